/* decimal.c - the rarer parts of reading decimal numbers. */
#include "decimal.h"

const char *decimal_fraction(const char *p, uint64_t whole, int digits, double *value)
{
    static const double power[DECIMAL_DIGITS + 1] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                                     1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                                     1e14, 1e15, 1e16, 1e17, 1e18};
    int places = 0;
    for (; decimal_digit(*p) < 10; p++)
        if (digits + places < DECIMAL_DIGITS) {
            whole = whole * 10 + decimal_digit(*p);
            places++;
        }
    *value = (double)whole / power[places];
    return p;
}
