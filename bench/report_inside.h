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

#endif
