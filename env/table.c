/* table.c - see table.h. */
#include "table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "units.h"

const table_format *table_format_of(const char *begin, size_t length)
{
    for (int k = 0; table_formats[k]; k++)
        if (table_formats[k]->looks(begin, length))
            return table_formats[k];
    return NULL;
}

bool table_read(lines *in, const table_format *format, const table_taker *to, table_counts *counts,
                poise_error *err)
{
    table_reader r = {.in = in, .memory = arena_new()};
    *counts = (table_counts){0};
    bool good = format->read(&r, to, counts, err);
    if (good && counts->rows == 0) {
        error_add(err, "%s: error: there is nothing in it but its header", in->path);
        good = false;
    }
    free(r.text);
    arena_free(r.memory);
    return good;
}

bool table_contains(const char *begin, size_t length, const char *text)
{
    const size_t n = strlen(text);
    const char *end = begin + length;
    for (const char *at = begin; (size_t)(end - at) >= n; at++) {
        at = memchr(at, text[0], (size_t)(end - at) - n + 1);
        if (!at)
            return false;
        if (memcmp(at, text, n) == 0)
            return true;
    }
    return false;
}

/* ---- mistakes ----------------------------------------------------------------------------- */

bool table_fail(const table_reader *r, poise_error *err, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lines_wrong(r->in, err, "%s", text);
    return false;
}

bool table_fail_taken(const table_reader *r, poise_error *err)
{
    char text[600];
    snprintf(text, sizeof text, "%.599s", err->text);
    error_clear(err);
    lines_wrong(r->in, err, "%s", text);
    return false;
}

/* ---- lines -------------------------------------------------------------------------------- */

/* The line in hand as a text, without the end that other systems write. */
static char *keep_line(table_reader *r)
{
    size_t n = r->in->length;
    if (n + 1 > r->room) {
        r->room = 2 * (n + 1);
        free(r->text);
        r->text = malloc(r->room);
        if (!r->text)
            error_no_memory();
    }
    while (n > 0 && lines_is_space(r->in->text[n - 1]))
        n--;
    memcpy(r->text, r->in->text, n);
    r->text[n] = 0;
    return r->text;
}

int table_line(table_reader *r, char **line, poise_error *err)
{
    int got;
    while ((got = lines_next(r->in, err)) == 1) {
        if (memchr(r->in->text, 0, r->in->length)) {
            table_fail(r, err, "there is a zero byte in the line: this is not a text file");
            return -1;
        }
        *line = keep_line(r);
        if (**line)
            return 1;
    }
    return got;
}

bool table_whole(const table_reader *r, const char *name, const char *text, int64_t most,
                 int64_t *value, poise_error *err)
{
    if (units_whole(text, value) == UNITS_OK && *value >= 0 && *value <= most)
        return true;
    return table_fail(r, err, "%s is '%s', not a whole number from 0 to %lld", name,
                      lines_show(text, strlen(text)).text, (long long)most);
}

bool table_real(const table_reader *r, const char *name, const char *text, double most,
                double *value, poise_error *err)
{
    if (units_real(text, value) == UNITS_OK && *value >= 0 && *value <= most)
        return true;
    return table_fail(r, err, "%s is '%s', not a number from 0 to %g", name,
                      lines_show(text, strlen(text)).text, most);
}

/* ---- columns ------------------------------------------------------------------------------ */

bool table_open_csv(csv_table *t, table_reader *r, const char *const *columns, int *at,
                    poise_error *err)
{
    if (!csv_open(t, r->in, err))
        return false;
    for (int k = 0; columns[k]; k++)
        if (!csv_need(t, columns[k], &at[k], err)) {
            csv_close(t);
            return false;
        }
    return true;
}

bool table_csv_whole(csv_table *t, int column, double most, int64_t *value, poise_error *err)
{
    double x;
    if (!csv_real(t, column, 0, most, &x, err))
        return false;
    if (!(x == floor(x)))
        return csv_wrong(t, column, csv_wrong_number, "a whole number is needed", err);
    *value = (int64_t)x;
    return true;
}
