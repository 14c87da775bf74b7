/* stats_support.h - what the tests of statistics share. */
#ifndef STATS_SUPPORT_H
#define STATS_SUPPORT_H

#include <check.h>
#include <math.h>
#include <stdlib.h>

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

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
