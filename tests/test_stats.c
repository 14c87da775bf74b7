/* test_stats.c - intervals, comparisons, corrections and power against numbers computed with other
 * programs (R, SciPy) and printed tables. */
#include "stats.h"

#include "stats_support.h"

#include <gsl/gsl_cdf.h>

START_TEST(paired_t_test_of_ten_pairs_is_that_of_the_textbook_formula)
{
    const stats_pair r = stats_paired(a10, b10, 10, .95);
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

START_TEST(quantiles_of_t_and_the_normal_are_those_of_tables)
{
    /* These digits of 1 and 9 degrees come from an inversion that stopped at the eleventh. Two
     * judges that need no inversion: tan(.475 pi), as t with 1 degree is Cauchy's, and the
     * integral, which is to be .05. */
    static const struct {
        int df;
        double table;
    } row[] = {{1, 12.706204736432095},
               {4, 2.7764451051977987},
               {9, 2.2621571627409915},
               {29, 2.045229642132703}};
    for (int i = 0; i < 4; i++) {
        const double t = gsl_cdf_tdist_Pinv(.975, row[i].df);
        ck_close(t, row[i].table, row[i].df == 1 || row[i].df == 9 ? 3e-11 : 1e-14);
        ck_assert_double_eq_tol(two_sided(t, row[i].df), .05, 1e-12);
    }
    ck_close(gsl_cdf_tdist_Pinv(.975, 1), tan(.475 * M_PI), 1e-14);
    ck_close(gsl_cdf_ugaussian_Pinv(.975), 1.959963984540054, 1e-14);
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

START_TEST(pairs_without_any_difference_have_p_of_1)
{
    const stats_pair r = stats_paired(a10, a10, 10, .95);
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

START_TEST(welch_compares_two_samples_with_its_own_degrees_of_freedom)
{
    const stats_welch r = stats_unpaired(a10, 10, b10, 10, .95);
    ck_close(r.diff, .61, 1e-12);
    ck_close(r.t, 1.315321941, 1e-9);
    /* Not .2055898974, as a slip of the pen has it: the integral decides. */
    ck_close(r.p, two_sided(1.315321941, 17.27868086), 1e-9);
    ck_close(r.p, .2055899374, 1e-9);
    ck_close(r.df, 17.27868086, 1e-9);
    ck_close(r.high - r.diff, .9772574034, 1e-9);
    ck_close(r.diff - r.low, .9772574034, 1e-9);
}
END_TEST

START_TEST(welch_knows_nothing_of_single_values_and_all_of_constant_ones)
{
    const double one[] = {1, 1, 1}, two[] = {2, 2};
    const stats_welch single = stats_unpaired(one, 3, two, 1, .95);
    ck_assert(isnan(single.p) && isnan(single.low));
    ck_assert_double_eq(single.diff, -1);
    const stats_welch same = stats_unpaired(one, 3, one, 3, .95);
    ck_assert_double_eq(same.t, 0);
    ck_assert_double_eq(same.p, 1);
    const stats_welch apart = stats_unpaired(one, 3, two, 2, .95);
    ck_assert(isinf(apart.t));
    ck_assert_double_eq(apart.p, 0);
    ck_assert_double_eq(apart.high, -1);
}
END_TEST

START_TEST(pairing_wins_what_the_variance_of_the_difference_loses)
{
    const stats_pairing r = stats_pairing_of(a10, b10, 10);
    ck_close(r.gain, 18.45281, 3e-7);
    ck_close(r.correlation, .9661900862, 1e-9);
    /* Differences that go against each other cost: var a + var b = 2, var (a - b) = 4. */
    const double up[] = {1, 2, 3}, down[] = {3, 2, 1}, flat[] = {5, 5, 5};
    ck_assert_double_eq(stats_pairing_of(up, down, 3).gain, .5);
    ck_assert(isinf(stats_pairing_of(up, up, 3).gain));
    ck_assert_double_eq(stats_pairing_of(flat, flat, 3).gain, 1);
}
END_TEST

START_TEST(wins_ties_and_losses_are_counted_in_the_direction_that_is_better)
{
    const double x[] = {1, 2, 3, 4, NAN, 6}, y[] = {2, 2, 2, 4.05, 1, NAN};
    const stats_tally more = stats_count(x, y, 6, 1, 0), less = stats_count(x, y, 6, -1, .1);
    ck_assert_int_eq(more.wins, 1);
    ck_assert_int_eq(more.ties, 1);
    ck_assert_int_eq(more.losses, 2);
    ck_assert_int_eq(less.wins, 1);
    ck_assert_int_eq(less.ties, 2);
    ck_assert_int_eq(less.losses, 1);
}
END_TEST

START_TEST(sizes_of_effects_are_those_of_their_formulas)
{
    const stats_effect e = stats_effect_of(a10, 10, b10, 10);
    ck_close(e.d, .5882298545, 1e-9);
    ck_close(e.g, .5633162184, 1e-9);
    ck_close(e.d * (1 - 3 / (4. * 18 - 1)), .5633750719, 1e-9);  // J approximately
    ck_close(e.d_z, 1.786748169, 1e-9);
    ck_close(e.a12, .67, 1e-12);
    ck_close(e.cliff, .34, 1e-12);
    const stats_effect unequal = stats_effect_of(a10, 10, b10, 9);
    ck_assert(isnan(unequal.d_z) && !isnan(unequal.d));
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

START_TEST(bonferroni_and_benjamini_hochberg_adjust_as_in_the_published_example)
{
    const double p[] = {.01, .04, NAN, .03, .005, .2};
    const double sure[] = {.05, .2, NAN, .15, .025, 1}, found[] = {.025, .05, NAN, .05, .025, .2};
    double bonferroni[6], benjamini_hochberg[6];
    stats_bonferroni(p, 6, bonferroni);
    stats_benjamini_hochberg(p, 6, benjamini_hochberg);
    for (int i = 0; i < 6; i++) {
        if (i == 2)
            continue;
        ck_close(bonferroni[i], sure[i], 1e-12);
        ck_close(benjamini_hochberg[i], found[i], 1e-12);
    }
    ck_assert(isnan(bonferroni[2]) && isnan(benjamini_hochberg[2]));
}
END_TEST

START_TEST(quantiles_between_values_follow_the_rules_6_and_7)
{
    const double x[] = {50, 15, 40, 20, 35}, one = 3;
    ck_close(stats_quantile_7(x, 5, .4), 29, 1e-14);
    ck_close(stats_quantile_6(x, 5, .4), 26, 1e-14);
    ck_close(stats_quantile_7(x, 5, .95), 48, 1e-14);
    ck_assert_double_eq(stats_quantile_6(x, 5, .95), 50);
    ck_assert_double_eq(stats_quantile_7(x, 5, 0), 15);
    ck_assert_double_eq(stats_quantile_7(x, 5, 1), 50);
    ck_assert_double_eq(stats_quantile_7(&one, 1, .3), 3);
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
    static const double at_one_half[] = {.2932, .5494, .8870, .9961, .9999};
    static const double at_two[] = {.4626, .7905, .9882, 1, 1};
    for (int i = 0; i < 5; i++) {
        const double root = sqrt(n[i] / 2.), df = 2 * n[i] - 2;
        ck_assert_double_eq_tol(stats_power(.5 * root, df), at_half[i], 1e-4);
        ck_assert_double_eq_tol(stats_power(root, df), at_one[i], 1e-4);
        ck_assert_double_eq_tol(stats_power(1.5 * root, df), at_one_half[i], 1e-4);
        ck_assert_double_eq_tol(stats_power(2 * root, df), at_two[i], 1e-4);
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

START_TEST(the_best_of_many_equal_means_is_overestimated_by_the_mean_of_the_maximum)
{
    ck_close(stats_luck(5), 1.162964, 5e-7);
    ck_close(stats_luck(10), 1.538753, 5e-7);
    ck_close(stats_luck(20), 1.867475, 5e-7);
    ck_close(stats_luck(50), 2.249074, 5e-7);
    /* Known in closed form: 0, 1 / sqrt(pi), 3 / (2 sqrt(pi)). */
    ck_assert_double_eq_tol(stats_luck(1), 0, 1e-12);
    ck_close(stats_luck(2), 1 / sqrt(M_PI), 1e-10);
    ck_close(stats_luck(3), 1.5 / sqrt(M_PI), 1e-10);
    /* Ten configurations, five runs each: .69 standard deviations of luck. */
    ck_assert_double_eq_tol(stats_luck(10) / sqrt(5), .69, .005);
}
END_TEST

START_TEST(jain_and_gini_say_how_equal_shares_are)
{
    const double mixed[] = {3, 1, 4, 2}, one[] = {0, 1, 0, 0}, equal[] = {2, 2, 2};
    ck_close(stats_jain(mixed, 4), .8333333333, 1e-9);
    ck_assert_double_eq(stats_jain(one, 4), .25);
    ck_close(stats_gini(mixed, 4), .25, 1e-14);
    ck_assert_double_eq(stats_jain(equal, 3), 1);
    ck_assert_double_eq(stats_gini(equal, 3), 0);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "statistics", paired_t_test_of_ten_pairs_is_that_of_the_textbook_formula,
        half_width_of_an_interval_is_the_t_quantile_times_the_standard_error,
        quantiles_of_t_and_the_normal_are_those_of_tables,
        one_value_has_a_mean_but_no_interval_and_none_has_neither,
        pairs_without_any_difference_have_p_of_1, pairs_with_one_constant_difference_have_p_of_0,
        welch_compares_two_samples_with_its_own_degrees_of_freedom,
        welch_knows_nothing_of_single_values_and_all_of_constant_ones,
        pairing_wins_what_the_variance_of_the_difference_loses,
        wins_ties_and_losses_are_counted_in_the_direction_that_is_better,
        sizes_of_effects_are_those_of_their_formulas, holm_adjusts_as_in_the_published_example,
        holm_leaves_unknown_p_values_out_and_never_exceeds_1,
        bonferroni_and_benjamini_hochberg_adjust_as_in_the_published_example,
        quantiles_between_values_follow_the_rules_6_and_7,
        quantiles_are_observed_values_by_nearest_rank,
        power_of_the_two_sample_t_test_is_that_of_the_noncentral_t,
        the_visible_effect_is_seen_with_a_probability_of_80_percent,
        the_best_of_many_equal_means_is_overestimated_by_the_mean_of_the_maximum,
        jain_and_gini_say_how_equal_shares_are);
}
