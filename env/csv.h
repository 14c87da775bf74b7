/* csv.h - tables as text: a line that names the columns, then a line a row, commas between fields.
 * Lines that begin with # are comments, blank ones are skipped; there are no quotes. Numbers have a
 * decimal point and no unit; they are read to the nearest double, times to the nanosecond. */
#ifndef POISE_CSV_H
#define POISE_CSV_H

#include "lines.h"

enum { CSV_MOST_COLUMNS = 256 };

typedef struct csv_field {
    const char *from;
    size_t length;
} csv_field;

typedef struct csv_table {
    lines *in;
    int n_columns;
    const char *name[CSV_MOST_COLUMNS];  // (n_columns)
    csv_field field[CSV_MOST_COLUMNS];   // (n_columns) of the row in hand, into the line in hand
    const char *wrong;                   // what kind of mistake the last one was; never freed
    char *names;
} csv_table;

enum { CSV_END, CSV_ROW, CSV_WRONG, CSV_FAILED };

/* Reads the line of names. false on error, then there is nothing to close. */
bool csv_open(csv_table *t, lines *in, poise_error *err);
void csv_close(csv_table *t);  // not the file
/* The next row. CSV_WRONG: it has too many or too few fields. */
int csv_next(csv_table *t, poise_error *err);
/* The number of a column, -1 if there is none of this name. */
int csv_column(const csv_table *t, const char *name);
/* The same for a column that must be there: false with a sentence in err. */
bool csv_need(const csv_table *t, const char *name, int *column, poise_error *err);

static inline bool csv_is_empty(const csv_table *t, int column)
{
    return t->field[column].length == 0;
}

/* A number from least to most; NAN if the field is empty. Like the following, false with a sentence
 * in err if that is not what stands there. */
bool csv_real(csv_table *t, int column, double least, double most, double *value, poise_error *err);
/* Seconds from 0 to HORIZON_MAX_S, to the nanosecond; empty is wrong. */
bool csv_time(csv_table *t, int column, int64_t *ns, poise_error *err);
/* A copy of the field; empty is fine, longer than size - 1 is wrong. */
bool csv_text(csv_table *t, int column, char *text, size_t size, poise_error *err);
/* Says what is wrong with a field of the row in hand, and keeps `kind`. Returns false. */
bool csv_wrong(csv_table *t, int column, const char *kind, const char *what, poise_error *err);

/* Whether a file that begins like this has a line of names with all of `names` (NULL-terminated) in
 * it. */
bool csv_has_names(const char *begin, size_t length, const char *const *names);

/* Kinds of mistakes. */
extern const char csv_wrong_count[], csv_wrong_number[], csv_wrong_range[], csv_wrong_text[];

#endif
