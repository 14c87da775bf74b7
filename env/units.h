/* units.h - numbers with units as people write them: 4h, 10min, 250 ms, 16 GiB, 1.2 kW, 2.5
 * GFLOP/s.
 *
 * Strict and independent of the locale: no hexadecimal, no inf or nan, no digit separators, nothing
 * after the unit. A space may stand before the unit. Integers are computed exactly, not through a
 * double. */
#ifndef POISE_UNITS_H
#define POISE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* What came of reading a text. */
typedef enum units_result {
    UNITS_OK,
    UNITS_EMPTY,       // nothing there
    UNITS_NO_NUMBER,   // does not begin with a decimal number
    UNITS_JUNK,        // something after the number (and its unit) that is no unit
    UNITS_WRONG_UNIT,  // a unit, but not one of this quantity
    UNITS_NOT_WHOLE,   // a fraction where a whole number is needed
    UNITS_TOO_LARGE,   // does not fit
} units_result;

units_result units_real(const char *text, double *value);
units_result units_whole(const char *text, int64_t *value);
/* Nanoseconds; seconds if no unit is given. ns, us, ms, s, min, h, d. */
units_result units_time(const char *text, int64_t *ns);
/* Bytes if no unit is given. B, kB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB. */
units_result units_bytes(const char *text, int64_t *bytes);
/* Milliwatts; watts if no unit is given. mW, W, kW, MW. */
units_result units_power(const char *text, int64_t *mw);
/* A quantity of `unit_asked`: a word ("FLOP"), a word per second ("FLOP/s"), per second ("/s") or
 * nothing
 * (""). The text may leave the unit out, put an SI prefix or a plural s to the word, and say
 * another time after the slash ("120 steps/min"). */
units_result units_quantity(const char *text, const char *unit_asked, double *value);

/* The decimal number that text begins with, as it is written: digits * 10^exponent, of at most 18
 * digits. Its length, 0 if there is none. */
int units_decimal(const char *text, int64_t *digits, int *exponent);

/* Shortest text that reads back as the same double. size of at least 32. */
void units_print_real(double value, char *text, int size);
/* Exact and readable: "2.5 s", "16 GiB", "0.25 W". size of at least 32. */
void units_print_time(int64_t ns, char *text, int size);
void units_print_bytes(int64_t bytes, char *text, int size);
void units_print_power(int64_t mw, char *text, int size);

#endif
