/* csv_trace.h - what readers of traces share whose file is a table: they name their columns and say
 * what a row means. */
#ifndef POISE_CSV_TRACE_H
#define POISE_CSV_TRACE_H

#include "csv.h"
#include "trace.h"

enum { CSV_TRACE_COLUMNS = 16, CSV_TRACE_KEY = 256 };

/* Begins the reader of a format, or is it. */
typedef struct csv_trace csv_trace;
struct csv_trace {
    trace_reader base;
    csv_table table;
    int at[CSV_TRACE_COLUMNS];  // of the columns that were asked for: where they stand in the file
    /* Fills value, key and the row's arrival; its number is that of the row if it says no other.
     * false with a sentence in err. */
    bool (*read)(csv_trace *r, trace_row *row, poise_error *err);
    double value[CSV_TRACE_COLUMNS];
    char key[CSV_TRACE_KEY];
};

/* A reader of `size` bytes for a table with all of the columns `needed` and perhaps the `optional`
 * ones, whose place is -1 if they are missing (both NULL-terminated; at[] has first the ones, then
 * the others). `columns` names the n_columns of the rows. NULL on error. */
trace_reader *csv_trace_open(size_t size, lines *in, const char *const *needed,
                             const char *const *optional, const char *const *columns, int n_columns,
                             bool (*read)(csv_trace *r, trace_row *row, poise_error *err),
                             poise_error *err);
trace_got csv_trace_next(trace_reader *base, trace_row *row, poise_error *err);
void csv_trace_close(trace_reader *base);

#endif
