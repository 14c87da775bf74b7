/* stats_support.h - what the tests of statistics share. */
#ifndef STATS_SUPPORT_H
#define STATS_SUPPORT_H

#include "support.h"

#include <math.h>

static inline void ck_close(double value, double wanted, double relative)
{
    ck_assert_msg(fabs(value - wanted) <= relative * fabs(wanted), "%.17g is not %.17g", value,
                  wanted);
}

/* Two samples of ten, as of two agents in the same worlds. */
__attribute__((unused)) static const double a10[] = {12.1, 13.4, 11.8, 15.2, 12.9,
                                                     14.1, 13.3, 12.2, 14.8, 13.0};
__attribute__((unused)) static const double b10[] = {11.4, 12.9, 11.9, 14.1, 12.3,
                                                     13.2, 12.8, 11.9, 14.1, 12.1};

/* P(|T| > t) by Simpson's rule over the density, where others take beta functions. */
static inline double two_sided(double t, double df)
{
    enum { STEPS = 2000 };
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        const double x = t * i / STEPS, weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
        sum += weight * pow(1 + x * x / df, -(df + 1) / 2);
    }
    const double scale = tgamma((df + 1) / 2) / tgamma(df / 2) / sqrt(df * M_PI);
    return 1 - 2 * scale * sum * t / STEPS / 3;
}

#endif
