/* csv_trace.c - what readers of traces share whose file is a table. */
#include "csv_trace.h"

#include <stdlib.h>

#include "error.h"

static bool find_columns(csv_trace *r, const char *const *needed, const char *const *optional,
                         poise_error *err)
{
    int n = 0;
    for (; *needed; needed++)
        if (!csv_need(&r->table, *needed, &r->at[n++], err))
            return false;
    for (; *optional; optional++)
        r->at[n++] = csv_column(&r->table, *optional);
    return true;
}

trace_reader *csv_trace_open(size_t size, lines *in, const char *const *needed,
                             const char *const *optional, const char *const *columns, int n_columns,
                             bool (*read)(csv_trace *r, trace_row *row, poise_error *err),
                             poise_error *err)
{
    csv_trace *r = calloc(1, size);
    if (!r)
        return error_null(err, "%s: error: there is no memory to read it", in->path);
    r->base.in = in;
    r->base.header = (trace_header){
        .unix_start_time = -1, .column = columns, .n_columns = n_columns, .n_own = n_columns};
    r->read = read;
    if (csv_open(&r->table, in, err)) {
        if (find_columns(r, needed, optional, err))
            return &r->base;
        csv_close(&r->table);
    }
    free(r);
    return NULL;
}

trace_got csv_trace_next(trace_reader *base, trace_row *row, poise_error *err)
{
    csv_trace *r = (csv_trace *)base;
    int got = csv_next(&r->table, err);
    if (got == CSV_END || got == CSV_FAILED)
        return got == CSV_END ? TRACE_END : TRACE_FAILED;
    *row = (trace_row){
        .id = base->counts.lines++, .line = base->in->number, .key = r->key, .value = r->value};
    bool good = got == CSV_ROW && r->read(r, row, err);
    base->wrong = r->table.wrong;
    return good ? TRACE_ROW : TRACE_WRONG;
}

void csv_trace_close(trace_reader *base)
{
    if (!base)
        return;
    csv_close(&((csv_trace *)base)->table);
    lines_close(base->in);
    free(base);
}
