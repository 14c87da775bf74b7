/* test_stats.c - intervals, paired tests and corrections against numbers computed with other
 * programs (R, SciPy) and printed tables. */
#include "stats.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const double a[] = {12.1, 13.4, 11.8, 15.2, 12.9, 14.1, 13.3, 12.2, 14.8, 13.0};
static const double b[] = {11.4, 12.9, 11.9, 14.1, 12.3, 13.2, 12.8, 11.9, 14.1, 12.1};

static void ck_close(double value, double wanted, double relative)
{
    ck_assert_msg(fabs(value - wanted) <= relative * fabs(wanted), "%.12g is not %.12g", value,
                  wanted);
}

START_TEST(paired_t_test_of_ten_pairs_is_that_of_the_textbook_formula)
{
    const stats_pair r = stats_paired(a, b, 10, .95);
    ck_close(r.diff.mean, .61, 1e-12);
    ck_close(r.diff.sd, .3414023368, 1e-9);
    ck_close(r.t, 5.650193818, 1e-9);
    ck_close(r.p, 3.135237e-4, 1e-6);
    ck_close(r.diff.low, .3657754807, 1e-9);
    ck_close(r.diff.high, .8542245193, 1e-9);
}
END_TEST

START_TEST(half_width_of_an_interval_is_the_t_quantile_times_the_standard_error)
{
    /* t.975 of 4 degrees of freedom, from printed tables. */
    const double x[] = {1, 2, 3, 4, 5};
    const stats_mean m = stats_of(x, 5, .95);
    ck_assert_double_eq(m.mean, 3);
    ck_close(m.high - m.mean, 2.7764451051977987 * sqrt(2.5 / 5), 1e-12);
    ck_close(m.mean - m.low, m.high - m.mean, 1e-12);
}
END_TEST

START_TEST(one_value_has_a_mean_but_no_interval_and_none_has_neither)
{
    const double x = 7;
    const stats_mean one = stats_of(&x, 1, .95), none = stats_of(&x, 0, .95);
    ck_assert_double_eq(one.mean, 7);
    ck_assert(isnan(one.sd) && isnan(one.low) && isnan(one.high));
    ck_assert(isnan(none.mean) && isnan(none.low));
}
END_TEST

START_TEST(exact_sign_flip_test_counts_the_patterns_as_extreme_as_the_data)
{
    const double d[] = {.7, .5, -.1, 1.1, .6, .9, .45, .3, .75, .95};
    ck_assert_double_eq(stats_sign_flip(d, 10), .00390625);
}
END_TEST

START_TEST(sign_flip_test_equals_a_plain_count_over_all_patterns)
{
    double d[13];
    for (int i = 0; i < 13; i++)
        d[i] = (i * 7 % 13 - 4) / 8.;  // exact in binary: ties are exact, too
    double observed = 0;
    for (int i = 0; i < 13; i++)
        observed += d[i];
    int extreme = 0;
    for (int pattern = 0; pattern < 1 << 13; pattern++) {
        double sum = 0;
        for (int i = 0; i < 13; i++)
            sum += pattern >> i & 1 ? d[i] : -d[i];
        extreme += fabs(sum) >= fabs(observed);
    }
    ck_assert_double_eq(stats_sign_flip(d, 13), extreme / 8192.);
}
END_TEST

START_TEST(pairs_without_any_difference_have_p_of_1)
{
    const stats_pair r = stats_paired(a, a, 10, .95);
    ck_assert_double_eq(r.diff.mean, 0);
    ck_assert_double_eq(r.p, 1);
    ck_assert_double_eq(r.p_flip, 1);
}
END_TEST

START_TEST(pairs_with_one_constant_difference_have_p_of_0)
{
    const double x[] = {3, 4, 5}, y[] = {1, 2, 3};
    const stats_pair r = stats_paired(x, y, 3, .95);
    ck_assert(isinf(r.t));
    ck_assert_double_eq(r.p, 0);
    ck_assert_double_eq(r.p_flip, .25);
}
END_TEST

START_TEST(holm_adjusts_as_in_the_published_example)
{
    const double p[] = {.01, .04, .03, .005, .2}, wanted[] = {.04, .09, .09, .025, .2};
    double adjusted[5];
    stats_holm(p, 5, adjusted);
    for (int i = 0; i < 5; i++)
        ck_close(adjusted[i], wanted[i], 1e-12);
}
END_TEST

START_TEST(holm_leaves_unknown_p_values_out_and_never_exceeds_1)
{
    const double p[] = {NAN, .6, .7};
    double adjusted[3];
    stats_holm(p, 3, adjusted);
    ck_assert(isnan(adjusted[0]));
    ck_assert_double_eq(adjusted[1], 1);
    ck_assert_double_eq(adjusted[2], 1);
}
END_TEST

START_TEST(quantiles_are_observed_values_by_nearest_rank)
{
    const double x[] = {50, 15, 40, 20, 35};
    ck_assert_double_eq(stats_quantile(x, 5, .4), 20);
    ck_assert_double_eq(stats_quantile(x, 5, .95), 50);
    ck_assert_double_eq(stats_quantile(x, 5, 1e-9), 15);
}
END_TEST

START_TEST(power_of_the_two_sample_t_test_is_that_of_the_noncentral_t)
{
    static const int n[] = {3, 5, 10, 20, 30};
    static const double at_half[] = {.0768, .1077, .1851, .3379, .4779};
    static const double at_one[] = {.1588, .2863, .5620, .8690, .9677};
    for (int i = 0; i < 5; i++) {
        const double root = sqrt(n[i] / 2.), df = 2 * n[i] - 2;
        ck_assert_double_eq_tol(stats_power(.5 * root, df), at_half[i], 1e-4);
        ck_assert_double_eq_tol(stats_power(root, df), at_one[i], 1e-4);
    }
}
END_TEST

START_TEST(the_visible_effect_is_seen_with_a_probability_of_80_percent)
{
    for (int n = 2; n <= 30; n += 7) {
        const double d = stats_visible_effect(n);
        ck_assert_double_eq_tol(stats_power(d * sqrt(n), n - 1), .8, 2e-3);
    }
    ck_assert(isinf(stats_visible_effect(1)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("statistics");
    TCase *tests = tcase_create("statistics");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, paired_t_test_of_ten_pairs_is_that_of_the_textbook_formula);
    tcase_add_test(tests, half_width_of_an_interval_is_the_t_quantile_times_the_standard_error);
    tcase_add_test(tests, one_value_has_a_mean_but_no_interval_and_none_has_neither);
    tcase_add_test(tests, exact_sign_flip_test_counts_the_patterns_as_extreme_as_the_data);
    tcase_add_test(tests, sign_flip_test_equals_a_plain_count_over_all_patterns);
    tcase_add_test(tests, pairs_without_any_difference_have_p_of_1);
    tcase_add_test(tests, pairs_with_one_constant_difference_have_p_of_0);
    tcase_add_test(tests, holm_adjusts_as_in_the_published_example);
    tcase_add_test(tests, holm_leaves_unknown_p_values_out_and_never_exceeds_1);
    tcase_add_test(tests, quantiles_are_observed_values_by_nearest_rank);
    tcase_add_test(tests, power_of_the_two_sample_t_test_is_that_of_the_noncentral_t);
    tcase_add_test(tests, the_visible_effect_is_seen_with_a_probability_of_80_percent);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
