/* options.c - settings read by their rows. */
#include "options.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "error.h"
#include "units.h"

static void *at(const poise_option *row, void *base)
{
    return (char *)base + row->offset;
}

static const void *at_const(const poise_option *row, const void *base)
{
    return (const char *)base + row->offset;
}

/* What one of the unit of the text is in the unit of the store. */
static double store_scale(const poise_option *row)
{
    return row->type == POISE_TIME ? 1e9 : row->type == POISE_POWER ? 1e3 : 1;
}

static bool may_be_unlimited(const poise_option *row)
{
    return isinf(row->max) && (row->type == POISE_INT || row->type == POISE_BYTES);
}

static void write_unlimited(const poise_option *row, void *base)
{
    if (row->type == POISE_INT)
        *(int *)at(row, base) = -1;
    else
        *(int64_t *)at(row, base) = INT64_MAX;
}

static void write_default(const poise_option *row, void *base)
{
    double def = isnan(row->def) ? 0 : row->def;
    if (isinf(def) && may_be_unlimited(row)) {
        write_unlimited(row, base);
        return;
    }
    switch (row->type) {
    case POISE_REAL:
    case POISE_QUANTITY: *(double *)at(row, base) = def; break;
    case POISE_INT:
    case POISE_CHOICE: *(int *)at(row, base) = (int)def; break;
    case POISE_BOOL: *(bool *)at(row, base) = def != 0; break;
    case POISE_TEXT: *(const char **)at(row, base) = NULL; break;
    case POISE_TIME:
    case POISE_BYTES:
    case POISE_POWER: *(int64_t *)at(row, base) = (int64_t)(def * store_scale(row)); break;
    }
}

void options_defaults(const poise_option *rows, void *base)
{
    for (; rows && rows->name; rows++)
        write_default(rows, base);
}

static size_t size_of(poise_type type)
{
    switch (type) {
    case POISE_REAL:
    case POISE_QUANTITY: return sizeof(double);
    case POISE_INT:
    case POISE_CHOICE: return sizeof(int);
    case POISE_BOOL: return sizeof(bool);
    case POISE_TEXT: return sizeof(const char *);
    case POISE_TIME:
    case POISE_BYTES:
    case POISE_POWER: return sizeof(int64_t);
    }
    return 0;
}

bool option_is_default(const poise_option *row, const void *base)
{
    union {
        double real;
        int64_t whole;
        const char *words;
    } value = {0};
    poise_option here = *row;
    here.offset = 0;
    write_default(&here, &value);
    return memcmp(&value, at_const(row, base), size_of(row->type)) == 0;
}

/* The unit of a row's quantities, for units_quantity. */
static const char *unit_of(const poise_option *row, const char *unit)
{
    return row->unit && row->unit[0] ? row->unit : unit;
}

/* ---- reading ------------------------------------------------------------------------------ */

static const char *kind_of(const poise_option *row)
{
    switch (row->type) {
    case POISE_INT: return "a whole number";
    case POISE_TIME: return "a time";
    case POISE_BYTES: return "a size in bytes";
    case POISE_POWER: return "a power";
    default: return "a number";
    }
}

static bool explain(units_result r, const poise_option *row, const char *text, char *problem,
                    size_t size)
{
    switch (r) {
    case UNITS_OK: return true;
    case UNITS_EMPTY: snprintf(problem, size, "there is no value"); break;
    case UNITS_NO_NUMBER:
    case UNITS_NOT_WHOLE: snprintf(problem, size, "'%s' is not %s", text, kind_of(row)); break;
    case UNITS_JUNK: snprintf(problem, size, "'%s' has something after the number", text); break;
    case UNITS_WRONG_UNIT: snprintf(problem, size, "'%s' has the wrong unit", text); break;
    case UNITS_TOO_LARGE: snprintf(problem, size, "'%s' is too large", text); break;
    }
    return false;
}

static bool is_within(const poise_option *row, double value, const char *text, char *problem,
                      size_t size)
{
    char bound[32];
    if (value >= row->min && value <= row->max)
        return true;
    units_print_real(value < row->min ? row->min : row->max, bound, sizeof bound);
    snprintf(problem, size, "'%s' is %s %s%s%s", text, value < row->min ? "below" : "above", bound,
             row->unit && row->unit[0] ? " " : "", row->unit ? row->unit : "");
    return false;
}

static bool read_real(const poise_option *row, void *base, const char *text, const char *unit,
                      char *problem, size_t size)
{
    double value;
    units_result r = row->type == POISE_REAL ? units_real(text, &value)
                                             : units_quantity(text, unit_of(row, unit), &value);
    if (!explain(r, row, text, problem, size) || !is_within(row, value, text, problem, size))
        return false;
    *(double *)at(row, base) = value;
    return true;
}

static bool read_integer(const poise_option *row, void *base, const char *text, char *problem,
                         size_t size)
{
    if (may_be_unlimited(row) && strcmp(text, "unlimited") == 0) {
        write_unlimited(row, base);
        return true;
    }
    int64_t value;
    units_result r = row->type == POISE_TIME    ? units_time(text, &value)
                     : row->type == POISE_BYTES ? units_bytes(text, &value)
                     : row->type == POISE_POWER ? units_power(text, &value)
                                                : units_whole(text, &value);
    if (r == UNITS_OK && row->type == POISE_INT && (value > INT_MAX || value < INT_MIN))
        r = value < row->min || value > row->max ? r : UNITS_TOO_LARGE;
    if (!explain(r, row, text, problem, size) ||
        !is_within(row, (double)value / store_scale(row), text, problem, size))
        return false;
    if (row->type == POISE_INT)
        *(int *)at(row, base) = (int)value;
    else
        *(int64_t *)at(row, base) = value;
    return true;
}

static bool read_bool(const poise_option *row, void *base, const char *text, char *problem,
                      size_t size)
{
    bool is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0) {
        snprintf(problem, size, "'%s' is neither true nor false", text);
        return false;
    }
    *(bool *)at(row, base) = is_true;
    return true;
}

static bool read_choice(const poise_option *row, void *base, const char *text, char *problem,
                        size_t size)
{
    for (int k = 0; row->choices[k]; k++)
        if (strcmp(row->choices[k], text) == 0) {
            *(int *)at(row, base) = k;
            return true;
        }
    const char *nearest = nearest_name(text, row->choices);
    int n = snprintf(problem, size, "'%s' is not known", text);
    if (nearest && n > 0 && (size_t)n < size)
        snprintf(problem + n, size - (size_t)n, ", did you mean '%s'?", nearest);
    return false;
}

bool option_read(const poise_option *row, void *base, const char *text, const char *unit,
                 char *problem, size_t size)
{
    switch (row->type) {
    case POISE_REAL:
    case POISE_QUANTITY: return read_real(row, base, text, unit, problem, size);
    case POISE_INT:
    case POISE_TIME:
    case POISE_BYTES:
    case POISE_POWER: return read_integer(row, base, text, problem, size);
    case POISE_BOOL: return read_bool(row, base, text, problem, size);
    case POISE_CHOICE: return read_choice(row, base, text, problem, size);
    case POISE_TEXT: *(const char **)at(row, base) = text; return true;
    }
    return false;
}

/* ---- describing --------------------------------------------------------------------------- */

static void add_choices(const poise_option *row, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; row->choices[k] && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", k ? ", " : "", row->choices[k]);
}

static const char *written(const poise_option *row)
{
    switch (row->type) {
    case POISE_TIME: return " (as in 30 s, 10min, 4h)";
    case POISE_BYTES: return " (as in 16 GiB, 8 GB)";
    case POISE_POWER: return " (as in 250 W, 1.2 kW)";
    default: return "";
    }
}

/* " from 1 to 1000", " of at least 1" */
static void bounds(const poise_option *row, char *text, size_t size)
{
    char least[32], most[32];
    units_print_real(row->min, least, sizeof least);
    units_print_real(row->max, most, sizeof most);
    if (isinf(row->min) && isinf(row->max))
        text[0] = '\0';
    else if (row->min == row->max)
        snprintf(text, size, ", only %s", least);
    else if (isinf(row->max))
        snprintf(text, size, " of at least %s", least);
    else if (isinf(row->min))
        snprintf(text, size, " of at most %s", most);
    else
        snprintf(text, size, " from %s to %s", least, most);
}

void option_allowed(const poise_option *row, const char *unit, char *text, size_t size)
{
    if (row->type == POISE_CHOICE) {
        add_choices(row, text, size);
    } else if (row->type == POISE_BOOL) {
        snprintf(text, size, "true, false");
    } else if (row->type == POISE_TEXT) {
        snprintf(text, size, "text");
    } else {
        char range[80];
        bounds(row, range, sizeof range);
        const char *name = row->type == POISE_QUANTITY ? unit_of(row, unit)
                           : row->type == POISE_BYTES  ? ""
                                                       : row->unit;
        snprintf(text, size, "%s%s%s%s%s%s", kind_of(row), range, name && name[0] ? " " : "",
                 name ? name : "", written(row), may_be_unlimited(row) ? ", or unlimited" : "");
    }
}

void option_print(const poise_option *row, const void *base, char *text, size_t size)
{
    const void *p = at_const(row, base);
    int n = (int)size;
    bool unlimited = (row->type == POISE_INT && *(const int *)p == -1) ||
                     (row->type == POISE_BYTES && *(const int64_t *)p == INT64_MAX);
    if (unlimited && may_be_unlimited(row)) {
        snprintf(text, size, "unlimited");
        return;
    }
    switch (row->type) {
    case POISE_REAL:
    case POISE_QUANTITY: units_print_real(*(const double *)p, text, n); break;
    case POISE_INT: snprintf(text, size, "%d", *(const int *)p); break;
    case POISE_BOOL: snprintf(text, size, "%s", *(const bool *)p ? "true" : "false"); break;
    case POISE_CHOICE: snprintf(text, size, "%s", row->choices[*(const int *)p]); break;
    case POISE_TIME: units_print_time(*(const int64_t *)p, text, n); break;
    case POISE_BYTES: units_print_bytes(*(const int64_t *)p, text, n); break;
    case POISE_POWER: units_print_power(*(const int64_t *)p, text, n); break;
    case POISE_TEXT:
        snprintf(text, size, "%s", *(const char *const *)p ? *(const char *const *)p : "");
        break;
    }
}

static void print_default(const poise_option *row, char *text, size_t size)
{
    union {
        double real;
        int64_t whole;
        int number;
        bool flag;
        const char *words;
    } value = {0};
    poise_option here = *row;
    here.offset = 0;
    if (isnan(row->def)) {
        snprintf(text, size, "required");
    } else if (row->type == POISE_TEXT) {
        snprintf(text, size, "-");
    } else {
        write_default(&here, &value);
        option_print(&here, &value, text, size);
    }
}

void options_print_schema(string_buffer *out, const poise_option *rows, const char *unit)
{
    for (; rows && rows->name; rows++) {
        char allowed[256], def[64];
        option_allowed(rows, unit, allowed, sizeof allowed);
        print_default(rows, def, sizeof def);
        string_add(out, "  %-15s %-10s %s\n%30s%s\n", rows->name, def, rows->help, "", allowed);
    }
}

/* ---- whole tables ------------------------------------------------------------------------- */

enum { MOST_ROWS = 64 };

static const char *nearest_option(const poise_option *rows, const char *name)
{
    const char *names[MOST_ROWS + 1] = {0};
    for (int k = 0; k < MOST_ROWS && rows[k].name; k++)
        names[k] = rows[k].name;
    return nearest_name(name, names);
}

static void unknown_option(const poise_option *rows, const char *who, const char *name,
                           poise_error *err)
{
    if (!rows || !rows->name) {
        error_add(err, "%s has no options, '%s' is not known", who, name);
        return;
    }
    string_buffer all = {0};
    for (const poise_option *row = rows; row->name; row++)
        string_add(&all, "%s%s", row == rows ? "" : ", ", row->name);
    const char *nearest = nearest_option(rows, name);
    if (nearest)
        error_add(err, "%s has no option '%s', did you mean '%s'? (allowed: %s)", who, name,
                  nearest, all.at);
    else
        error_add(err, "%s has no option '%s' (allowed: %s)", who, name, all.at);
    string_free(&all);
}

bool options_set(const poise_option *rows, void *base, const char *who, const char *name,
                 const char *text, poise_error *err)
{
    for (const poise_option *row = rows; row && row->name; row++) {
        if (strcmp(row->name, name) != 0)
            continue;
        char problem[256], allowed[256];
        if (option_read(row, base, text, "", problem, sizeof problem))
            return true;
        option_allowed(row, "", allowed, sizeof allowed);
        error_add(err, "option '%s' of %s: %s (allowed: %s)", name, who, problem, allowed);
        return false;
    }
    unknown_option(rows, who, name, err);
    return false;
}

bool options_read_one(yaml_doc *doc, const yaml_node *value, const poise_option *row, void *base,
                      const char *unit)
{
    char problem[256], allowed[256];
    if (!yaml_is(doc, value, YAML_SCALAR, row->name))
        return false;
    if (!value->text[0] && !value->quoted) {
        yaml_wrong(doc, value->mark, NULL, "%s: there is no value", row->name);
        return false;
    }
    if (option_read(row, base, value->text, unit, problem, sizeof problem))
        return true;
    option_allowed(row, unit, allowed, sizeof allowed);
    yaml_wrong(doc, value->mark, allowed, "%s: %s", row->name, problem);
    return false;
}

void options_read(yaml_doc *doc, yaml_node *map, const poise_option *rows, void *base,
                  const char *unit, const char *what)
{
    options_defaults(rows, base);
    for (; rows && rows->name; rows++) {
        yaml_node *value = isnan(rows->def) ? yaml_need(doc, map, rows->name, what)
                                            : yaml_get(doc, map, rows->name);
        if (value)
            options_read_one(doc, value, rows, base, unit);
    }
}
