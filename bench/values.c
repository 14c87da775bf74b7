/* values.c - see values.h. Rules count in decimals: 0.1, 0.2, 0.3 and not 0.30000000000000004. */
#include "values.h"

#include "det.h"
#include "options.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static void add(yaml_doc *doc, values *v, const char *text, yaml_mark mark)
{
    v->text = arena_grow(doc->memory, v->text, (size_t)v->n, sizeof *v->text);
    v->mark = arena_grow(doc->memory, v->mark, (size_t)v->n, sizeof *v->mark);
    v->text[v->n] = text;
    v->mark[v->n++] = mark;
}

static void add_real(yaml_doc *doc, values *v, double value, const char *unit, yaml_mark mark)
{
    char text[32];
    units_print_real(value, text, sizeof text);
    add(doc, v, arena_format(doc->memory, "%s%s", text, unit), mark);
}

/* The double nearest to the decimal of 12 digits that is nearest to value. */
static double rounded(double value)
{
    char text[32];
    double nearest = value;
    snprintf(text, sizeof text, "%.11e", value);
    units_real(text, &nearest);
    return nearest;
}

/* ---- numbers as they are written ---------------------------------------------------------- */

enum { MOST_DIGITS = 15, MOST_PLACES = 22 };  // so that both are doubles without rounding

typedef struct number {
    int64_t digits;  // it is digits * 10^exponent
    int exponent;
    const char *unit;  // what stands behind it
} number;

static double power_of_10(int n)
{
    double power = 1;
    for (int k = 0; k < n; k++)
        power *= 10;
    return power;
}

static double real_of(number x)
{
    return x.exponent < 0 ? (double)x.digits / power_of_10(-x.exponent)
                          : (double)x.digits * power_of_10(x.exponent);
}

static int count_digits(int64_t x)
{
    int n = 1;
    while (x /= 10)
        n++;
    return n;
}

static bool read_number(yaml_doc *doc, yaml_mark mark, const char *name, const char *text,
                        number *x)
{
    const int length = units_decimal(text, &x->digits, &x->exponent);
    x->unit = text + length;
    while (x->digits && x->digits % 10 == 0) {
        x->digits /= 10;
        x->exponent++;
    }
    x->exponent = x->digits ? x->exponent : 0;
    const bool fits = count_digits(x->digits) <= MOST_DIGITS && abs(x->exponent) <= MOST_PLACES;
    if (!length)
        yaml_wrong(doc, mark, NULL, "%s: '%.60s' is not a number", name, text);
    else if (!fits)
        yaml_wrong(doc, mark, "at most 15 digits, and 22 places before or behind the point",
                   "%s: '%.60s' is not a number to count with", name, text);
    return length && fits;
}

/* Gives all the exponent of the least; false if that is too many digits. */
static bool align(number *x, int n)
{
    int least = x[0].exponent;
    for (int k = 1; k < n; k++)
        least = x[k].exponent < least ? x[k].exponent : least;
    for (int k = 0; k < n; k++)
        for (; x[k].exponent > least; x[k].exponent--)
            if (__builtin_mul_overflow(x[k].digits, 10, &x[k].digits) ||
                llabs(x[k].digits) > INT64_C(1000000000000000000))
                return false;
    return true;
}

/* ---- rules -------------------------------------------------------------------------------- */

/* A rule while it is read. */
typedef struct rule {
    yaml_doc *doc;
    yaml_mark mark;
    const char *name;  // of the setting
    values v;
} rule;

static void add_value(rule *r, double value, const char *unit)
{
    add_real(r->doc, &r->v, value, unit, r->mark);
}

/* The numbers of a list, between least and most of them; how many, 0 after a mistake. */
static int read_numbers(rule *r, yaml_node *list, int least, int most, const char *form, number *x)
{
    if (list->kind != YAML_LIST || list->n < least || list->n > most) {
        yaml_wrong(r->doc, list->mark, form, "%s: not the numbers that are needed", r->name);
        return 0;
    }
    bool good = true;
    for (int k = 0; k < list->n; k++) {
        const yaml_node *item = list->entry[k].value;
        good = yaml_is(r->doc, item, YAML_SCALAR, r->name) &&
               read_number(r->doc, item->mark, r->name, item->text, &x[k]) && good;
    }
    return good ? list->n : 0;
}

static bool have_one_unit(const rule *r, const number *x, int n)
{
    for (int k = 1; k < n; k++)
        if (strcmp(x[k].unit, x[0].unit) != 0) {
            yaml_wrong(r->doc, r->mark, "the same unit behind each, or none",
                       "%s: the units '%.20s' and '%.20s' differ", r->name, x[0].unit, x[k].unit);
            return false;
        }
    return true;
}

static bool are_aligned(const rule *r, number *x, int n)
{
    const bool good = align(x, n);
    if (!good)
        yaml_wrong(r->doc, r->mark, NULL, "%s: these numbers are too far apart", r->name);
    return good;
}

static bool is_count(const rule *r, yaml_mark mark, number x, int *n)
{
    const double count = real_of(x);
    const bool good = !*x.unit && count >= 2 && count <= VALUES_MAX && count == (int)count;
    *n = good ? (int)count : 0;
    if (!good)
        yaml_wrong(r->doc, mark, "a whole number from 2 to 10000",
                   "%s: so many values there cannot be", r->name);
    return good;
}

/* FIRST..LAST as numbers; how many, 0 after a mistake. */
static int read_dots(rule *r, const yaml_node *node, number x[3])
{
    const char *dots = strstr(node->text, "..");
    if (!dots) {
        yaml_wrong(r->doc, node->mark, "[FIRST, LAST], [FIRST, LAST, STEP] or FIRST..LAST",
                   "%s: '%.60s' is not a range", r->name, node->text);
        return 0;
    }
    const char *first = arena_copy(r->doc->memory, node->text, (size_t)(dots - node->text));
    return read_number(r->doc, node->mark, r->name, first, &x[0]) &&
                   read_number(r->doc, node->mark, r->name, dots + 2, &x[1])
               ? 2
               : 0;
}

static void range(rule *r, yaml_node *node)
{
    number x[3];
    int n =
        node->kind == YAML_SCALAR
            ? read_dots(r, node, x)
            : read_numbers(r, node, 2, 3, "[FIRST, LAST], [FIRST, LAST, STEP] or FIRST..LAST", x);
    if (n == 2)
        x[n++] = (number){1, 0, x[0].unit};
    if (!n || !have_one_unit(r, x, n) || !are_aligned(r, x, n))
        return;
    const int64_t first = x[0].digits, last = x[1].digits, step = x[2].digits;
    const bool is_empty = step > 0 ? first > last : first < last;
    if (step == 0 || is_empty)
        yaml_wrong(r->doc, node->mark, NULL, "%s: the range %s", r->name,
                   step == 0 ? "has steps of 0" : "is empty: its steps lead away from its end");
    else if ((last - first) / step >= VALUES_MAX)
        yaml_wrong(r->doc, node->mark, "10000", "%s: the range has too many values", r->name);
    else
        for (int64_t k = 0; k <= (last - first) / step; k++)
            add_value(r, real_of((number){first + k * step, x[0].exponent, ""}), x[0].unit);
}

static void linspace(rule *r, yaml_node *node)
{
    number x[3];
    int n;
    if (!read_numbers(r, node, 3, 3, "[FIRST, LAST, COUNT]", x) ||
        !is_count(r, node->entry[2].mark, x[2], &n) || !have_one_unit(r, x, 2))
        return;
    const double first = real_of(x[0]), last = real_of(x[1]);
    if (!are_aligned(r, x, 2))
        return;
    const int exponent = x[0].exponent;
    add_value(r, first, x[0].unit);
    for (int k = 1; k < n - 1; k++) {
        const __int128 sum = (__int128)x[0].digits * (n - 1 - k) + (__int128)x[1].digits * k;
        const double below = (n - 1) * power_of_10(exponent < 0 ? -exponent : 0);
        add_value(r, (double)sum * power_of_10(exponent > 0 ? exponent : 0) / below, x[0].unit);
    }
    add_value(r, last, x[0].unit);
}

static void logspace(rule *r, yaml_node *node)
{
    number x[3];
    int n;
    if (!read_numbers(r, node, 3, 3, "[FIRST, LAST, COUNT]", x) ||
        !is_count(r, node->entry[2].mark, x[2], &n) || !have_one_unit(r, x, 2))
        return;
    const double first = real_of(x[0]), last = real_of(x[1]);
    if (first <= 0 || last <= 0) {
        yaml_wrong(r->doc, node->mark, "numbers above 0; they are the ends, not exponents",
                   "%s: there is no logarithm of 0 and below", r->name);
        return;
    }
    add_value(r, first, x[0].unit);
    for (int k = 1; k < n - 1; k++)
        add_value(r, rounded(first * det_pow(last / first, (double)k / (n - 1))), x[0].unit);
    add_value(r, last, x[0].unit);
}

/* ---- draws -------------------------------------------------------------------------------- */

typedef enum law { LAW_UNIFORM, LAW_LOG } law;
static const char *const laws[] = {"uniform", "log", NULL};

typedef struct draws {
    double low, high;
    int count, law, seed;
    bool whole;
} draws;

enum { MOST_DRAWS = 1000 };

static const poise_option draw_rows[] = {
    {"low", POISE_REAL, offsetof(draws, low), NAN, -1e15, 1e15, "", "the least", NULL},
    {"high", POISE_REAL, offsetof(draws, high), NAN, -1e15, 1e15, "", "the most", NULL},
    {"count", POISE_INT, offsetof(draws, count), NAN, 1, MOST_DRAWS, "", "how many", NULL},
    {"law", POISE_CHOICE, offsetof(draws, law), LAW_UNIFORM, 0, 0, "", "of what is drawn", laws},
    {"whole", POISE_BOOL, offsetof(draws, whole), 0, 0, 1, "", "whole numbers only", NULL},
    {"seed", POISE_INT, offsetof(draws, seed), 0, 0, 1e9, "", "of the draws", NULL},
    {0},
};

static double draw(const draws *d, poise_rng *stream)
{
    const double u = poise_rng_uniform(stream), most = d->high + d->whole;
    const double x =
        d->law == LAW_LOG ? d->low * det_pow(most / d->low, u) : d->low + u * (most - d->low);
    const double value = d->whole ? floor(x) : rounded(x);
    return value < d->low ? d->low : value > d->high ? d->high : value;
}

static bool can_draw(const rule *r, yaml_node *map, const draws *d)
{
    const char *problem = NULL;
    if (d->low >= d->high)
        problem = "low must be less than high";
    else if (d->law == LAW_LOG && d->low <= 0)
        problem = "by law log, low must be above 0";
    else if (d->whole && (d->low != floor(d->low) || d->high != floor(d->high)))
        problem = "whole numbers have whole bounds";
    else if (d->whole && d->high - d->low + 1 < d->count)
        problem = "there are fewer whole numbers from low to high than count";
    if (problem)
        yaml_wrong(r->doc, yaml_mark_of(map, "low"), NULL, "%s: %s", r->name, problem);
    return !problem;
}

static bool has(const double *value, int n, double x)
{
    for (int k = 0; k < n; k++)
        if (value[k] == x)
            return true;
    return false;
}

static void random_values(rule *r, yaml_node *map)
{
    const char *what = arena_format(r->doc->memory, "the random values of %s", r->name);
    const int before = r->doc->n_mistakes;
    draws d;
    if (!yaml_is(r->doc, map, YAML_MAP, what))
        return;
    options_read(r->doc, map, draw_rows, &d, "", what);
    yaml_done(r->doc, map, what);
    if (r->doc->n_mistakes > before || !can_draw(r, map, &d))
        return;
    const uint64_t id = XXH64(r->name, strlen(r->name), 0);
    poise_rng stream =
        poise_rng_at((uint64_t)d.seed, POISE_FOR_HARNESS, (uint32_t)(id >> 32), (uint32_t)id);
    double *value = arena_take(r->doc->memory, (size_t)d.count, sizeof *value);
    for (int n = 0; n < d.count; n++) {
        do
            value[n] = draw(&d, &stream);
        while (has(value, n, value[n]));
        add_value(r, value[n], "");
    }
}

/* ---- values ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*fill)(rule *r, yaml_node *node);
} rules[] = {
    {"range", range}, {"linspace", linspace}, {"logspace", logspace}, {"random", random_values}};
enum { N_RULES = sizeof rules / sizeof *rules };

static int rule_called(const char *name)
{
    int k = 0;
    while (k < N_RULES && strcmp(rules[k].name, name) != 0)
        k++;
    return k;
}

bool values_are_ruled(const yaml_node *map)
{
    return map->kind == YAML_MAP && map->n == 1 && rule_called(map->entry[0].key) < N_RULES;
}

static values read_rule(yaml_doc *doc, yaml_node *map, const char *name)
{
    rule r = {.doc = doc, .mark = map->mark, .name = name};
    const char *known[N_RULES + 1] = {0};
    for (int k = 0; k < N_RULES; k++)
        known[k] = rules[k].name;
    if (map->n != 1)
        yaml_wrong(doc, map->mark, yaml_names(doc, known),
                   "%s: a map of values holds one rule, not %d", name, map->n);
    else if (!values_are_ruled(map))
        yaml_wrong_name(doc, map->entry[0].mark, "rule", map->entry[0].key, known);
    else
        rules[rule_called(map->entry[0].key)].fill(&r, map->entry[0].value);
    return r.v;
}

static bool add_plain(yaml_doc *doc, values *v, const yaml_node *node, const char *name)
{
    if (!yaml_is(doc, node, YAML_SCALAR, arena_format(doc->memory, "a value of %s", name)))
        return false;
    if (!node->text[0] && !node->quoted) {
        yaml_wrong(doc, node->mark, NULL, "%s: there is no value", name);
        return false;
    }
    add(doc, v, node->text, node->mark);
    return true;
}

static values read_list(yaml_doc *doc, const yaml_node *list, const char *name)
{
    values v = {0};
    bool good = list->n > 0 && list->n <= VALUES_MAX;
    if (!good)
        yaml_wrong(doc, list->mark, "1 to 10000", "%s: %d values", name, list->n);
    for (int k = 0; k < list->n && list->n <= VALUES_MAX; k++)
        good = add_plain(doc, &v, list->entry[k].value, name) && good;
    return good ? v : (values){0};
}

/* Whether two texts are the same value: 0.1 and 0.10 are. */
static bool is_same(const char *a, double number_a, const char *b, double number_b)
{
    return number_a == number_b || strcmp(a, b) == 0;
}

static bool has_no_doubles(yaml_doc *doc, const values *v, const char *name)
{
    double *real = arena_take(doc->memory, (size_t)v->n + 1, sizeof *real);
    bool good = true;
    for (int k = 0; k < v->n; k++) {
        if (units_real(v->text[k], &real[k]) != UNITS_OK)
            real[k] = NAN;
        int first = 0;
        while (!is_same(v->text[first], real[first], v->text[k], real[k]))
            first++;
        if (first < k)
            yaml_wrong(doc, v->mark[k], NULL, "%s: value %.60s is given twice", name, v->text[k]);
        good &= first == k;
    }
    return good;
}

values values_read(yaml_doc *doc, yaml_node *node, const char *name)
{
    values v = {0};
    if (node->kind == YAML_MAP)
        v = read_rule(doc, node, name);
    else if (node->kind == YAML_LIST)
        v = read_list(doc, node, name);
    else
        add_plain(doc, &v, node, name);
    return has_no_doubles(doc, &v, name) ? v : (values){0};
}
