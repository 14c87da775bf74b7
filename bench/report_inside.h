/* report_inside.h - what the files that write reports share: numbers and columns for people. */
#ifndef REPORT_INSIDE_H
#define REPORT_INSIDE_H

#include "report.h"

const poise_metric *report_metric(const report *r);
/* Columns that a text takes: bytes of UTF-8 that do not continue a character. */
int report_width(const char *text);
/* The text behind, or before, as many spaces as make it so wide. */
void report_right(string_buffer *out, int width, const char *text);
void report_left(string_buffer *out, int width, const char *text);
/* So many that the narrowest interval shows two digits, or the smallest mean four if there is no
 * interval; and never more than makes sense of the largest. */
int report_decimals(const report *r);
/* A number for people; "-" for NAN. */
void report_number(char text[40], double value, int decimals, bool sign);

/* A probability for people. */
void report_probability(char text[40], double p);
/* Seconds that training took here; NAN if nothing was trained. */
double report_train_s(const report_row *row);
/* "mm1-v1-response_mean_s", or with the number of the point of a sweep, for labels of LaTeX. */
void report_label(const report *r, char *text, size_t size);

/* A field of CSV, quoted where it must be; and a number, empty where it is not finite. */
void report_field(string_buffer *out, const char *text, bool first);

/* The columns of the ranking. */
typedef enum report_column {
    REPORT_RANK,
    REPORT_AGENT,
    REPORT_MEAN,
    REPORT_HALF,
    REPORT_DIFF,
    REPORT_DIFF_HALF,
    REPORT_PERCENT,
    REPORT_P,
    REPORT_DROPPED,
    REPORT_UNFINISHED,
    REPORT_GAP,
    N_REPORT_COLUMNS
} report_column;

/* One line of it, as text. */
typedef struct report_line {
    char cell[N_REPORT_COLUMNS][288];
} report_line;
report_line report_header(const report *r);
report_line report_line_of(const report *r, const report_row *row);
bool report_shows(const report *r, report_column column);
/* Whether no task of any row was dropped or left unfinished: columns of zeros, which tables that
 * must be narrow leave out. */
bool report_lost_none(const report *r);
/* What to know about a table, and which runs failed: lines that begin with two blanks. */
void report_notes(const report *r, string_buffer *out);
/* "more is better" */
const char *report_direction(const poise_metric *m);

#endif
