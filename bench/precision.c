/* precision.c - see precision.h. */
#include "precision.h"

#include "units.h"

#include <stdio.h>
#include <string.h>

bool precision_read(const char *text, double *within)
{
    char number[64];
    size_t n = strlen(text);
    const bool is_percent = n > 0 && text[n - 1] == '%';
    double value;
    n -= is_percent;
    while (is_percent && n > 0 && text[n - 1] == ' ')
        n--;
    if (n >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)n, text);
    if (units_real(number, &value) != UNITS_OK)
        return false;
    *within = is_percent ? value / 100 : value;
    return *within > 0 && *within < 1;
}
