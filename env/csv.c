/* csv.c - tables as text. */
#include "csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "error.h"
#include "scenario.h"
#include "units.h"

const char csv_wrong_count[] = "left out because they have too many or too few fields";
const char csv_wrong_number[] = "left out because a field is no number";
const char csv_wrong_range[] = "left out because a value is not possible";
const char csv_wrong_text[] = "left out because a field is no word";

/* ---- lines -------------------------------------------------------------------------------- */

static csv_field trimmed(const char *from, const char *end)
{
    while (from < end && lines_is_space(*from))
        from++;
    while (from < end && lines_is_space(end[-1]))
        end--;
    return (csv_field){from, (size_t)(end - from)};
}

/* How many fields there are between begin and end; the first CSV_MOST_COLUMNS are stored. */
static int split(const char *begin, const char *end, csv_field *field)
{
    int n = 0;
    for (const char *comma; begin <= end; begin = comma + 1) {
        comma = memchr(begin, ',', (size_t)(end - begin));
        if (!comma)
            comma = end;
        if (n < CSV_MOST_COLUMNS)
            field[n] = trimmed(begin, comma);
        n++;
    }
    return n;
}

/* The next line that is no comment and not blank. */
static int next_line(csv_table *t, poise_error *err)
{
    int got;
    while ((got = lines_next(t->in, err)) == 1) {
        csv_field all = trimmed(t->in->text, t->in->text + t->in->length);
        if (all.length > 0 && all.from[0] != '#')
            return 1;
    }
    return got;
}

static const char *skip_mark(const char *p)
{
    return memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? p + 3 : p;
}

int csv_next(csv_table *t, poise_error *err)
{
    int got = next_line(t, err);
    if (got <= 0)
        return got == 0 ? CSV_END : CSV_FAILED;
    int n = split(t->in->text, t->in->text + t->in->length, t->field);
    if (n == t->n_columns)
        return CSV_ROW;
    t->wrong = csv_wrong_count;
    if (t->in->cut && t->in->begin == t->in->end && n < t->n_columns)
        lines_wrong(t->in, err, "the line has %d fields of %d and no end: the file is cut off here",
                    n, t->n_columns);
    else
        lines_wrong(t->in, err, "the line has %d fields, there are %d columns", n, t->n_columns);
    return CSV_WRONG;
}

/* ---- names -------------------------------------------------------------------------------- */

static bool is_name(csv_field f)
{
    for (size_t k = 0; k < f.length; k++)
        if (f.from[k] <= ' ' || f.from[k] > '~' || f.from[k] == '"' || f.from[k] == '\'')
            return false;
    return f.length > 0;
}

/* The names are copied: the line is gone with the next one. */
static bool keep_names(csv_table *t, poise_error *err)
{
    t->names = malloc(t->in->length + (size_t)t->n_columns + 1);
    if (!t->names) {
        error_add(err, "%s: error: there is no memory to read it", t->in->path);
        return false;
    }
    char *to = t->names;
    for (int k = 0; k < t->n_columns; k++) {
        csv_field f = t->field[k];
        if (!is_name(f)) {
            lines_wrong(t->in, err, "'%s' cannot be the name of a column",
                        lines_show(f.from, f.length).text);
            return false;
        }
        memcpy(to, f.from, f.length);
        to[f.length] = '\0';
        if (csv_column(t, to) >= 0 && csv_column(t, to) < k) {
            lines_wrong(t->in, err, "there are two columns '%s'", to);
            return false;
        }
        t->name[k] = to;
        to += f.length + 1;
    }
    return true;
}

bool csv_open(csv_table *t, lines *in, poise_error *err)
{
    *t = (csv_table){.in = in};
    int got = next_line(t, err);
    if (got == 0)
        error_add(err, "%s: error: there is no line of column names: %s", in->path,
                  in->number == 0 ? "the file is empty" : "all lines are comments or blank");
    if (got <= 0)
        return false;
    if (memchr(in->text, 0, in->length)) {
        lines_wrong(in, err, "there is a zero byte in the line: this is not a text file");
        return false;
    }
    int n =
        split(in->length >= 3 ? skip_mark(in->text) : in->text, in->text + in->length, t->field);
    if (n > CSV_MOST_COLUMNS) {
        lines_wrong(in, err, "there are %d columns, %d can be read", n, CSV_MOST_COLUMNS);
        return false;
    }
    t->n_columns = n;
    for (int k = 0; k < n; k++)
        t->name[k] = "";
    if (keep_names(t, err))
        return true;
    csv_close(t);
    return false;
}

void csv_close(csv_table *t)
{
    free(t->names);
    t->names = NULL;
}

int csv_column(const csv_table *t, const char *name)
{
    for (int k = 0; k < t->n_columns; k++)
        if (strcmp(t->name[k], name) == 0)
            return k;
    return -1;
}

bool csv_need(const csv_table *t, const char *name, int *column, poise_error *err)
{
    *column = csv_column(t, name);
    if (*column >= 0)
        return true;
    const char *names[CSV_MOST_COLUMNS + 1] = {0};
    memcpy(names, t->name, (size_t)t->n_columns * sizeof *names);
    const char *near = nearest_name(name, names);
    lines_wrong(t->in, err, "there is no column '%s'%s%s%s", name, near ? ", is it '" : "",
                near ? near : "", near ? "'?" : "");
    return false;
}

bool csv_has_names(const char *begin, size_t length, const char *const *names)
{
    const char *end = begin + length, *p = begin;
    for (;;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        csv_field all =
            trimmed(length >= 3 && p == begin ? skip_mark(p) : p, newline ? newline : end);
        if (all.length == 0 || all.from[0] == '#') {
            if (!newline)
                return false;
            p = newline + 1;
            continue;
        }
        csv_field field[CSV_MOST_COLUMNS];
        int n = split(all.from, all.from + all.length, field);
        for (; *names; names++) {
            bool found = false;
            for (int k = 0; k < n && k < CSV_MOST_COLUMNS && !found; k++)
                found = strlen(*names) == field[k].length &&
                        memcmp(*names, field[k].from, field[k].length) == 0;
            if (!found)
                return false;
        }
        return true;
    }
}

/* ---- fields ------------------------------------------------------------------------------- */

bool csv_wrong(csv_table *t, int column, const char *kind, const char *what, poise_error *err)
{
    csv_field f = t->field[column];
    t->wrong = kind;
    if (memchr(t->in->text, 0, t->in->length))
        lines_wrong(t->in, err, "there is a zero byte in the line: this is not a text file");
    else
        lines_wrong(t->in, err, "%s is '%s', %s", t->name[column],
                    lines_show(f.from, f.length).text, what);
    return false;
}

/* Digits that a double holds exactly need no library: their quotient is rounded once. */
static bool read_short(csv_field f, double *value)
{
    static const double power[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    if (f.length > 16)
        return false;
    const char *p = f.from, *end = p + f.length, *point = NULL;
    bool negative = *p == '-';
    p += negative;
    uint64_t whole = 0;
    int digits = 0;
    for (; p < end; p++) {
        if (*p == '.' && !point)
            point = p;
        else if (decimal_digit(*p) < 10)
            whole = whole * 10 + decimal_digit(*p), digits++;
        else
            return false;
    }
    if (digits == 0 || digits > 15)
        return false;
    double x = (double)whole / power[point ? end - point - 1 : 0];
    *value = negative ? -x : x;
    return true;
}

static bool read_long(csv_field f, double *value)
{
    char text[64];
    if (f.length >= sizeof text)
        return false;
    memcpy(text, f.from, f.length);
    text[f.length] = '\0';
    return strlen(text) == f.length && units_real(text, value) == UNITS_OK;
}

bool csv_real(csv_table *t, int column, double least, double most, double *value, poise_error *err)
{
    csv_field f = t->field[column];
    *value = NAN;
    if (f.length == 0)
        return true;
    if (!read_short(f, value) && !read_long(f, value))
        return csv_wrong(t, column, csv_wrong_number, "not a number", err);
    if (*value < least)
        return csv_wrong(t, column, csv_wrong_range,
                         least == 0 ? "it must not be negative" : "too small", err);
    if (*value > most)
        return csv_wrong(t, column, csv_wrong_range, "too large", err);
    return true;
}

/* Whole seconds and nine digits behind the point, exactly; the tenth rounds. */
static bool read_seconds(csv_field f, int64_t *ns)
{
    const char *p = f.from, *end = p + f.length;
    int64_t whole = 0, part = 0, unit = NS_PER_S / 10;
    int digits = 0;
    for (; p < end && decimal_digit(*p) < 10; p++, digits++) {
        whole = whole * 10 + decimal_digit(*p);
        if (whole > (int64_t)HORIZON_MAX_S)
            return false;
    }
    if (p < end && *p == '.') {
        for (p++; p < end && decimal_digit(*p) < 10; p++, digits++) {
            if (unit > 0)
                part += unit * decimal_digit(*p);
            else if (unit == 0 && decimal_digit(*p) >= 5)
                part++;
            unit = unit > 0 ? unit / 10 : -1;
        }
    }
    *ns = whole * NS_PER_S + part;
    return p == end && digits > 0;
}

bool csv_time(csv_table *t, int column, int64_t *ns, poise_error *err)
{
    if (read_seconds(t->field[column], ns))
        return true;
    double s;
    if (csv_is_empty(t, column))
        return csv_wrong(t, column, csv_wrong_number, "a time in seconds is needed", err);
    if (!csv_real(t, column, 0, HORIZON_MAX_S, &s, err))
        return false;
    *ns = llround(s * 1e9);
    return true;
}

bool csv_text(csv_table *t, int column, char *text, size_t size, poise_error *err)
{
    csv_field f = t->field[column];
    if (f.length >= size)
        return csv_wrong(t, column, csv_wrong_text, "too long a word", err);
    for (size_t k = 0; k < f.length; k++)
        if ((unsigned char)f.from[k] < ' ' || f.from[k] == '"')
            return csv_wrong(t, column, csv_wrong_text, "there must be no quotes in it", err);
    memcpy(text, f.from, f.length);
    text[f.length] = '\0';
    return true;
}
