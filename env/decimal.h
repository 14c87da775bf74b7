/* decimal.h - decimal numbers read where they stand in a text, fast and the same on any machine. */
#ifndef POISE_DECIMAL_H
#define POISE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_DIGITS = 18 };  // that one number can hold

static inline unsigned decimal_digit(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

/* From the digits after the point on; those that a number cannot hold only have to be digits. */
const char *decimal_fraction(const char *p, uint64_t whole, int digits, double *value);

/* The number at p, digits with at most one point, and a minus before: where it ends, NULL if there
 * is none. One with more than 18 digits before the point is infinite. */
static inline const char *decimal_read(const char *p, double *value)
{
    bool negative = *p == '-';
    const char *first = p += negative;
    uint64_t whole = 0;
    for (; decimal_digit(*p) < 10; p++)
        whole = whole * 10 + decimal_digit(*p);
    long digits = p - first;
    double x = (double)(int64_t)whole;
    if (digits == 0)
        return NULL;
    if (*p == '.')
        p = decimal_fraction(p + 1, whole, digits < DECIMAL_DIGITS ? (int)digits : DECIMAL_DIGITS,
                             &x);
    if (digits > DECIMAL_DIGITS)
        x = __builtin_inf();
    *value = negative ? -x : x;
    return p;
}

#endif
