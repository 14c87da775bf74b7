/* units.c - numbers with units as people write them. */
#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number as it was written: digits * 10^exponent. Digits beyond the 18th are dropped. */
typedef struct decimal {
    bool negative;
    int64_t digits;
    int exponent;
} decimal;

typedef struct unit {
    const char *name;
    int64_t scale;
} unit;

#define S INT64_C(1000000000)
static const unit times[] = {{"ns", 1},       {"us", 1000},    {"ms", 1000000},  {"s", S},
                             {"min", 60 * S}, {"h", 3600 * S}, {"d", 86400 * S}, {0}};
static const unit sizes[] = {{"B", 1},
                             {"kB", 1000},
                             {"MB", 1000000},
                             {"GB", 1000000000},
                             {"TB", 1000000000000},
                             {"PB", 1000000000000000},
                             {"KiB", INT64_C(1) << 10},
                             {"MiB", INT64_C(1) << 20},
                             {"GiB", INT64_C(1) << 30},
                             {"TiB", INT64_C(1) << 40},
                             {"PiB", INT64_C(1) << 50},
                             {0}};
static const unit powers[] = {{"mW", 1}, {"W", 1000}, {"kW", 1000000}, {"MW", 1000000000}, {0}};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_digit(decimal *d, char c)
{
    if (d->digits < INT64_C(100000000000000000))
        d->digits = 10 * d->digits + (c - '0');
    else
        d->exponent++;
}

/* The length of "e+12" at text, 0 if there is none: "2 exp" and "2e" have no exponent. */
static int exponent(const char *text, decimal *d)
{
    const char *p = text;
    if (*p != 'e' && *p != 'E')
        return 0;
    p++;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return 0;
    int value = 0;
    for (; is_digit(*p); p++)
        value = value < 100000 ? 10 * value + (*p - '0') : value;
    d->exponent += negative ? -value : value;
    return (int)(p - text);
}

/* Reads [+-]digits[.digits][e[+-]digits]; returns its length, 0 if there is no number. */
static int read_decimal(const char *text, decimal *d)
{
    *d = (decimal){0};
    const char *p = text;
    d->negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    int n_digits = 0;
    for (; is_digit(*p); p++, n_digits++)
        add_digit(d, *p);
    if (*p == '.') {
        p++;
        for (; is_digit(*p); p++, n_digits++) {
            d->exponent--;
            add_digit(d, *p);
        }
    }
    if (n_digits == 0)
        return 0;
    p += exponent(p, d);
    return (int)(p - text);
}

int units_decimal(const char *text, int64_t *digits, int *exponent)
{
    decimal d;
    const int length = read_decimal(text, &d);
    *digits = d.negative ? -d.digits : d.digits;
    *exponent = d.exponent;
    return length;
}

static units_result no_number(const char *text)
{
    return *text ? UNITS_NO_NUMBER : UNITS_EMPTY;
}

/* digits * 10^exponent * scale as an integer, rounded half away from zero. */
static units_result to_integer(decimal d, int64_t scale, int64_t *value)
{
    __int128 v = (__int128)d.digits * scale;
    if (v == 0)
        d.exponent = 0;
    for (; d.exponent > 0; d.exponent--) {
        if (v > INT64_MAX)
            return UNITS_TOO_LARGE;
        v *= 10;
    }
    __int128 divisor = 1;
    for (; d.exponent < 0 && divisor < (__int128)10 * v; d.exponent++)
        divisor *= 10;
    v = (v + divisor / 2) / divisor;
    if (v > INT64_MAX)
        return UNITS_TOO_LARGE;
    *value = (int64_t)(d.negative ? -v : v);
    return UNITS_OK;
}

static const char *skip_spaces(const char *p)
{
    while (*p == ' ')
        p++;
    return p;
}

/* What stands after a number and is not understood: a word may be a unit of something else. */
static units_result not_a_unit(const char *p)
{
    if (!is_letter(*p) && *p != '/')
        return UNITS_JUNK;
    while (is_letter(*p) || *p == '/')
        p++;
    return *p ? UNITS_JUNK : UNITS_WRONG_UNIT;
}

static units_result read_with_unit(const char *text, const unit *units, int64_t scale,
                                   int64_t *value)
{
    decimal d;
    int n = read_decimal(text, &d);
    if (n == 0)
        return no_number(text);
    const char *word = skip_spaces(text + n);
    if (!*word)
        return text[n] ? UNITS_JUNK : to_integer(d, scale, value);
    for (; units->name; units++)
        if (strcmp(word, units->name) == 0)
            return to_integer(d, units->scale, value);
    return not_a_unit(word);
}

units_result units_time(const char *text, int64_t *ns)
{
    return read_with_unit(text, times, S, ns);
}

units_result units_bytes(const char *text, int64_t *bytes)
{
    return read_with_unit(text, sizes, 1, bytes);
}

units_result units_power(const char *text, int64_t *mw)
{
    return read_with_unit(text, powers, 1000, mw);
}

/* A finite double at the start of text; strtod knows more forms than we allow, so it only sees what
 * read_decimal accepted. */
static units_result read_double(const char *text, int *length, double *value)
{
    decimal d;
    *length = read_decimal(text, &d);
    if (*length == 0)
        return no_number(text);
    char number[400];
    if (*length >= (int)sizeof number)
        return UNITS_TOO_LARGE;
    memcpy(number, text, (size_t)*length);
    number[*length] = '\0';
    *value = strtod(number, NULL);
    return isfinite(*value) ? UNITS_OK : UNITS_TOO_LARGE;
}

units_result units_real(const char *text, double *value)
{
    int n;
    units_result r = read_double(text, &n, value);
    if (r == UNITS_OK && text[n])
        return not_a_unit(skip_spaces(text + n));
    return r;
}

units_result units_whole(const char *text, int64_t *value)
{
    decimal d;
    int n = read_decimal(text, &d);
    if (n == 0)
        return no_number(text);
    if (text[n])
        return not_a_unit(skip_spaces(text + n));
    decimal shorter = d;
    for (; shorter.exponent < 0 && shorter.digits % 10 == 0 && shorter.digits; shorter.exponent++)
        shorter.digits /= 10;
    if (shorter.digits && shorter.exponent < 0)
        return UNITS_NOT_WHOLE;
    return to_integer(shorter, 1, value);
}

static double prefix(char c)
{
    switch (c) {
    case 'n': return 1e-9;
    case 'u': return 1e-6;
    case 'm': return 1e-3;
    case 'k': return 1e3;
    case 'M': return 1e6;
    case 'G': return 1e9;
    case 'T': return 1e12;
    case 'P': return 1e15;
    case 'E': return 1e18;
    default: return 0;
    }
}

static bool is_word(const char *text, int n, const char *word, int n_word)
{
    if (n == n_word + 1 && text[n - 1] == 's')
        n--;
    return n == n_word && strncmp(text, word, (size_t)n) == 0;
}

/* How many of `word` one of the unit `text` is; 0 if it is a unit of something else. */
static double scale_of_word(const char *text, int n, const char *word, int n_word)
{
    if (n_word == 0)
        return n == 0 || is_word(text, n, "job", 3);
    if (is_word(text, n, word, n_word))
        return 1;
    if (n_word == 1 && word[0] == 's')
        for (const unit *u = times; u->name; u++)
            if ((int)strlen(u->name) == n && strncmp(text, u->name, (size_t)n) == 0)
                return (double)u->scale / (double)S;
    double larger = n > 1 ? prefix(text[0]) : 0;
    if (larger > 0 && is_word(text + 1, n - 1, word, n_word))
        return larger;
    double asked = n_word > 1 ? prefix(word[0]) : 0;
    if (larger > 0 && asked > 0 && is_word(text + 1, n - 1, word + 1, n_word - 1))
        return larger / asked;
    if (asked > 0 && is_word(text, n, word + 1, n_word - 1))
        return 1 / asked;
    return 0;
}

static double scale_of_rate(const char *per)
{
    for (const unit *u = times; u->name; u++)
        if (strcmp(per, u->name) == 0)
            return (double)S / (double)u->scale;
    return 0;
}

units_result units_quantity(const char *text, const char *unit_asked, double *value)
{
    int n;
    units_result r = read_double(text, &n, value);
    if (r != UNITS_OK || !text[n])
        return r;
    const char *word = skip_spaces(text + n);
    if (!*word)
        return UNITS_JUNK;
    const char *slash = strchr(word, '/'), *asked = strchr(unit_asked, '/');
    int n_word = slash ? (int)(slash - word) : (int)strlen(word);
    int n_asked = asked ? (int)(asked - unit_asked) : (int)strlen(unit_asked);
    double scale = scale_of_word(word, n_word, unit_asked, n_asked);
    if (!slash != !asked || scale == 0)
        return not_a_unit(word);
    if (slash) {
        double rate = scale_of_rate(slash + 1);
        if (rate == 0)
            return not_a_unit(word);
        scale *= rate;
    }
    *value *= scale;
    return isfinite(*value) ? UNITS_OK : UNITS_TOO_LARGE;
}

void units_print_real(double value, char *text, int size)
{
    if (fabs(value) < 1e9 && value == (double)(int64_t)value) {
        snprintf(text, (size_t)size, "%" PRId64, (int64_t)value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, (size_t)size, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

/* value / 10^places with its trailing zeros cut. */
static void print_decimal(int64_t value, int64_t one, int places, const char *word, char *text,
                          int size)
{
    uint64_t size_of = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint64_t whole = size_of / (uint64_t)one, part = size_of % (uint64_t)one;
    for (; places > 0 && part % 10 == 0; places--)
        part /= 10;
    const char *sign = value < 0 ? "-" : "";
    if (part == 0)
        snprintf(text, (size_t)size, "%s%" PRIu64 " %s", sign, whole, word);
    else
        snprintf(text, (size_t)size, "%s%" PRIu64 ".%0*" PRIu64 " %s", sign, whole, places, part,
                 word);
}

void units_print_time(int64_t ns, char *text, int size)
{
    print_decimal(ns, S, 9, "s", text, size);
}

void units_print_power(int64_t mw, char *text, int size)
{
    print_decimal(mw, 1000, 3, "W", text, size);
}

/* In the largest unit that makes it a whole number: 16 GiB, 8 GB, 1001 B. */
void units_print_bytes(int64_t bytes, char *text, int size)
{
    const unit *best = sizes;
    for (const unit *u = sizes; u->name; u++)
        if (bytes != 0 && bytes % u->scale == 0 && u->scale > best->scale)
            best = u;
    snprintf(text, (size_t)size, "%" PRId64 " %s", bytes / best->scale, best->name);
}
