/* table.c - see table.h. */
#include "table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "error.h"
#include "units.h"

enum { LINE_BYTES = 256 * 1024 };

struct table_reader {
    gzFile file;
    const char *path;
    arena *memory;
    int64_t line;
    char text[LINE_BYTES];
};

/* ---- files -------------------------------------------------------------------------------- */

static gzFile open_file(const char *path, poise_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return error_null(err, "%s: error: it is a folder", path);
    gzFile file = gzopen(path, "rb");
    if (!file)
        return error_null(err, "%s: error: cannot read it: %s", path, strerror(errno));
    return file;
}

static bool fail_reading(const char *path, gzFile file, poise_error *err)
{
    int code = Z_OK;
    gzerror(file, &code);
    if (code == Z_ERRNO)
        error_add(err, "%s: error: cannot read it: %s", path, strerror(errno));
    else
        error_add(err, "%s: error: the compressed file is %s", path,
                  code == Z_BUF_ERROR ? "cut off" : "damaged");
    return false;
}

/* Whether reading, which has come to no further byte, is at the end of an unharmed file. */
static bool is_at_end(gzFile file)
{
    int code = Z_OK;
    gzerror(file, &code);
    return code == Z_OK || code == Z_STREAM_END;
}

bool table_head(const char *path, char *head, size_t n, poise_error *err)
{
    gzFile file = open_file(path, err);
    if (!file)
        return false;
    const int got = gzread(file, head, (unsigned)n - 1);
    bool good = got >= 0 && (got == (int)n - 1 || is_at_end(file));
    if (!good)
        fail_reading(path, file, err);
    for (int k = 0; k < got; k++)
        head[k] = head[k] ? head[k] : '?';
    head[got > 0 ? got : 0] = 0;
    if (good && strspn(head, " \t\r\n") == strlen(head)) {
        error_add(err, "%s: error: the file is empty", path);
        good = false;
    }
    gzclose(file);
    return good;
}

const table_format *table_format_of(const char *head)
{
    for (int k = 0; table_formats[k]; k++)
        if (table_formats[k]->is(head))
            return table_formats[k];
    return NULL;
}

bool table_read(const char *path, const table_format *format, const table_taker *to,
                table_counts *counts, poise_error *err)
{
    *counts = (table_counts){0};
    gzFile file = open_file(path, err);
    if (!file)
        return false;
    arena *memory = arena_new();
    table_reader *r = arena_take(memory, 1, sizeof *r);
    r->file = file;
    r->path = path;
    r->memory = memory;
    bool good = format->read(r, to, counts, err);
    if (good && counts->rows == 0) {
        error_add(err, "%s: error: there is nothing in it but its header", path);
        good = false;
    }
    gzclose(file);
    arena_free(memory);
    return good;
}

arena *table_memory(table_reader *r)
{
    return r->memory;
}

const char *table_path(const table_reader *r)
{
    return r->path;
}

/* ---- lines -------------------------------------------------------------------------------- */

int64_t table_line_number(const table_reader *r)
{
    return r->line;
}

bool table_fail(const table_reader *r, poise_error *err, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_clear(err);
    error_add(err, "%s:%lld: error: %s", r->path, (long long)r->line, text);
    return false;
}

bool table_fail_taken(const table_reader *r, poise_error *err)
{
    char text[600];
    snprintf(text, sizeof text, "%.599s", err->text);
    return table_fail(r, err, "%s", text);
}

/* A line of the file as it stands, without its end. */
static int raw_line(table_reader *r, poise_error *err)
{
    memset(r->text, 0, 2);
    if (!gzgets(r->file, r->text, LINE_BYTES)) {
        if (is_at_end(r->file))
            return 0;
        fail_reading(r->path, r->file, err);
        return -1;
    }
    r->line++;
    size_t n = strlen(r->text);
    if (n == LINE_BYTES - 1) {
        table_fail(r, err, "the line is longer than %d bytes", LINE_BYTES);
        return -1;
    }
    if ((n == 0 || r->text[n - 1] != '\n') && !gzeof(r->file)) {
        table_fail(r, err, "there is a zero byte in the line: this is not a text file");
        return -1;
    }
    while (n > 0 && strchr("\r\n", r->text[n - 1]))
        r->text[--n] = 0;
    return 1;
}

int table_line(table_reader *r, char **line, poise_error *err)
{
    int got;
    do
        got = raw_line(r, err);
    while (got == 1 && r->text[strspn(r->text, " \t")] == 0);
    *line = r->text;
    return got;
}

char *table_rest(table_reader *r, size_t limit, size_t *n_bytes, poise_error *err)
{
    size_t room = 1 << 16, n = 0;
    char *text = arena_take(r->memory, room, 1);
    for (int got; (got = gzread(r->file, text + n, (unsigned)(room - n))) != 0; n += (size_t)got) {
        if (got < 0 || n + (size_t)got > limit) {
            if (got < 0)
                fail_reading(r->path, r->file, err);
            else
                error_add(err, "%s: error: it is longer than %zu bytes", r->path, limit);
            return NULL;
        }
        if (n + (size_t)got == room) {
            char *larger = arena_take(r->memory, 2 * room, 1);
            memcpy(larger, text, room);
            text = larger;
            room *= 2;
        }
    }
    if (!is_at_end(r->file)) {
        fail_reading(r->path, r->file, err);
        return NULL;
    }
    *n_bytes = n;
    return text;
}

/* ---- cells -------------------------------------------------------------------------------- */

int table_cells(const table_reader *r, char *line, char *cell[TABLE_CELLS], poise_error *err)
{
    int n = 0;
    for (char *rest = line; rest; n++) {
        if (n == TABLE_CELLS) {
            table_fail(r, err, "the line has more than %d cells", TABLE_CELLS);
            return -1;
        }
        cell[n] = strsep(&rest, ",");
        if (cell[n][0] == '"') {
            table_fail(r, err, "cell %d begins with a quote: cells are not quoted", n + 1);
            return -1;
        }
    }
    return n;
}

static bool find_columns(table_reader *r, const table_column *column, int *at, int n_cells,
                         char *cell[], poise_error *err)
{
    for (int k = 0; column[k].name; k++) {
        at[k] = -1;
        for (int c = 0; c < n_cells; c++) {
            if (strcmp(cell[c], column[k].name) != 0)
                continue;
            if (at[k] >= 0)
                return table_fail(r, err, "column '%s' is there twice", cell[c]);
            at[k] = c;
        }
        if (at[k] < 0 && !column[k].optional)
            return table_fail(r, err, "column '%s' is missing", column[k].name);
    }
    return true;
}

static bool refuse_others(table_reader *r, const table_column *column, int n_cells, char *cell[],
                          poise_error *err)
{
    const char *names[TABLE_CELLS + 1] = {0};
    for (int k = 0; column[k].name; k++)
        names[k] = column[k].name;
    for (int c = 0; c < n_cells; c++) {
        int k = 0;
        while (names[k] && strcmp(names[k], cell[c]) != 0)
            k++;
        if (names[k])
            continue;
        const char *nearest = nearest_name(cell[c], names);
        return table_fail(r, err, "column '%.60s' is not known%s%s%s", cell[c],
                          nearest ? ", did you mean '" : "", nearest ? nearest : "",
                          nearest ? "'?" : "");
    }
    return true;
}

int table_header(table_reader *r, const table_column *column, int *at, char *cell[TABLE_CELLS],
                 bool others, poise_error *err)
{
    char *line;
    if (table_line(r, &line, err) != 1)
        return -1;
    /* Rows come into the same buffer. */
    const int n = table_cells(r, arena_text(r->memory, line), cell, err);
    if (n < 0 || !find_columns(r, column, at, n, cell, err) ||
        (!others && !refuse_others(r, column, n, cell, err)))
        return -1;
    return n;
}

int table_next(table_reader *r, int n_cells, char *cell[TABLE_CELLS], poise_error *err)
{
    char *line;
    const int got = table_line(r, &line, err);
    if (got != 1)
        return got;
    const int n = table_cells(r, line, cell, err);
    if (n == n_cells)
        return 1;
    if (n >= 0)
        table_fail(r, err, "the line has %d cells, the header has %d", n, n_cells);
    return -1;
}

bool table_whole(const table_reader *r, const char *column, const char *cell, int64_t least,
                 int64_t most, int64_t *value, poise_error *err)
{
    if (units_whole(cell, value) == UNITS_OK && *value >= least && *value <= most)
        return true;
    return table_fail(r, err, "%s is '%.40s', not a whole number from %lld to %lld", column, cell,
                      (long long)least, (long long)most);
}

bool table_real(const table_reader *r, const char *column, const char *cell, double least,
                double most, double *value, poise_error *err)
{
    if (units_real(cell, value) == UNITS_OK && *value >= least && *value <= most)
        return true;
    return table_fail(r, err, "%s is '%.40s', not a number from %g to %g", column, cell, least,
                      most);
}
