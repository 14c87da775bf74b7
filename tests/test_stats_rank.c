/* test_stats_rank.c - exact tests against printed numbers and plain counts of all that could have
 * been. */
#include "stats_rank.h"

#include "stats_support.h"

static const double d[] = {.7, .5, -.1, 1.1, .6, .9, .45, .3, .75, .95};

START_TEST(exact_sign_flip_test_counts_the_patterns_as_extreme_as_the_data)
{
    ck_assert_double_eq(stats_sign_flip(d, 10), .00390625);
}
END_TEST

START_TEST(sign_flip_test_equals_a_plain_count_over_all_patterns)
{
    double x[13];
    for (int i = 0; i < 13; i++)
        x[i] = (i * 7 % 13 - 4) / 8.;  // exact in binary: ties are exact, too
    double observed = 0;
    for (int i = 0; i < 13; i++)
        observed += x[i];
    int extreme = 0;
    for (int pattern = 0; pattern < 1 << 13; pattern++) {
        double sum = 0;
        for (int i = 0; i < 13; i++)
            sum += pattern >> i & 1 ? x[i] : -x[i];
        extreme += fabs(sum) >= fabs(observed);
    }
    ck_assert_double_eq(stats_sign_flip(x, 13), extreme / 8192.);
}
END_TEST

START_TEST(wilcoxon_counts_all_signs_of_the_ranks)
{
    const stats_rank_test r = stats_wilcoxon(d, 10);
    ck_assert_double_eq(r.statistic, 1);
    ck_assert_double_eq(r.p, .00390625);
}
END_TEST

START_TEST(wilcoxon_leaves_zeros_out_and_shares_the_ranks_of_ties)
{
    /* Without the zeros |d| = 1 1 2 2 2 3, ranks 1.5 1.5 4 4 4 6. Down are 1.5 and 4. Patterns with
     * at most 5.5 on one side, doubled ranks 3 3 8 8 8 12, at most 11: {} {3} {3} {8} x 3 {3 3}
     * {3 8} x 6: 13 of 64. */
    const double x[] = {1, 0, -1, 2, -2, 2, 0, 3};
    const stats_rank_test r = stats_wilcoxon(x, 8);
    ck_assert_double_eq(r.statistic, 5.5);
    ck_assert_double_eq(r.p, 2 * 13 / 64.);
    /* Ties and zeros that rounding hides: .3 - .2 is not .1 in binary. */
    const double hidden[] = {.3 - .2, 0, -.1, .2, .3 - .5, .2, .3 - .2 - .1, .3};
    ck_assert_double_eq(stats_wilcoxon(hidden, 8).statistic, 5.5);
    ck_assert_double_eq(stats_wilcoxon(hidden, 8).p, 2 * 13 / 64.);
}
END_TEST

/* The ranks 1 .. n with these signs, by counting all patterns. */
static double plain_wilcoxon(int n, int fewer)
{
    int extreme = 0;
    for (int pattern = 0; pattern < 1 << n; pattern++) {
        int sum = 0;
        for (int i = 0; i < n; i++)
            sum += pattern >> i & 1 ? i + 1 : 0;
        extreme += sum <= fewer;
    }
    return fmin(1, 2. * extreme / (1 << n));
}

START_TEST(wilcoxon_equals_a_plain_count_over_all_patterns)
{
    double x[12];
    for (int down = 1; down <= 12; down++) {
        for (int i = 0; i < 12; i++)
            x[i] = i + 1 == down || i == 2 ? -(i + 1) : i + 1;
        const int fewer = down == 3 ? 3 : down + 3;
        ck_assert_double_eq(stats_wilcoxon(x, 12).statistic, fewer);
        ck_assert_double_eq(stats_wilcoxon(x, 12).p, plain_wilcoxon(12, fewer));
    }
}
END_TEST

START_TEST(tests_of_differences_that_are_all_zero_see_nothing)
{
    const double x[4] = {0};
    ck_assert_double_eq(stats_wilcoxon(x, 4).p, 1);
    ck_assert_double_eq(stats_sign(x, 4), 1);
    ck_assert_double_eq(stats_sign_flip(x, 4), 1);
    ck_assert_double_eq(stats_wilcoxon(x, 0).p, 1);
}
END_TEST

START_TEST(wilcoxon_of_hundreds_of_pairs_comes_close_to_the_normal)
{
    /* n (n + 1) / 4 and n (n + 1) (2 n + 1) / 24 are mean and variance of the sum of ranks. */
    double x[STATS_WILCOXON_MAX + 1];
    for (int i = 0; i <= STATS_WILCOXON_MAX; i++)
        x[i] = i % 9 < 4 ? -(i + 1.) : i + 1;
    const double n = STATS_WILCOXON_MAX;
    const stats_rank_test r = stats_wilcoxon(x, STATS_WILCOXON_MAX);
    const double z = (r.statistic + .5 - n * (n + 1) / 4) / sqrt(n * (n + 1) * (2 * n + 1) / 24);
    ck_assert_double_eq_tol(r.p, erfc(-z / M_SQRT2), 1e-4);
    ck_assert(r.p > .001 && r.p < .2);
    ck_assert(isnan(stats_wilcoxon(x, STATS_WILCOXON_MAX + 1).p));
}
END_TEST

START_TEST(sign_test_counts_ways_of_tossing_a_coin)
{
    ck_assert_double_eq_tol(stats_sign(d, 10), .021484375, 1e-15);
    const double x[] = {1, 0, 2, -1, 0};  // 3 tosses, one of them down
    ck_assert_double_eq(stats_sign(x, 5), 1);
}
END_TEST

START_TEST(mann_whitney_counts_all_choices_of_the_ranks)
{
    const double x[] = {1.1, 2.2, 3.3, 4.4, 5.5}, y[] = {.9, 1.7, 2.5, 2.9, 3.1};
    const stats_rank_test r = stats_mann_whitney(x, 5, y, 5);
    ck_assert_double_eq(r.statistic, 18);
    ck_close(r.p, .3095238095, 1e-9);
    ck_assert_double_eq(stats_mann_whitney(y, 5, x, 5).statistic, 7);
    ck_assert_double_eq(stats_mann_whitney(y, 5, x, 5).p, r.p);
    ck_assert_double_eq(stats_above(x, 5, y, 5), 18 / 25.);
    ck_assert(isnan(stats_mann_whitney(x, 0, y, 5).p));
}
END_TEST

START_TEST(mann_whitney_shares_the_ranks_of_ties)
{
    /* Ranks of 1 2 2 3 4: 1 2.5 2.5 4 5; the first sample holds 4 and 5, the most of the 10 choices
     * of two. And with 2.5 and 5, 7.5 in all: above are 9 (once), as high 7.5 (twice): 3 of 10. */
    const double top[] = {3, 4}, low[] = {1, 2, 2}, mixed[] = {2, 4}, rest[] = {1, 2, 3};
    ck_assert_double_eq(stats_mann_whitney(top, 2, low, 3).p, .2);
    ck_assert_double_eq(stats_mann_whitney(mixed, 2, rest, 3).statistic, 4.5);
    ck_close(stats_mann_whitney(mixed, 2, rest, 3).p, .6, 1e-14);
}
END_TEST

int main(void)
{
    return RUN_TESTS("exact tests", exact_sign_flip_test_counts_the_patterns_as_extreme_as_the_data,
                     sign_flip_test_equals_a_plain_count_over_all_patterns,
                     wilcoxon_counts_all_signs_of_the_ranks,
                     wilcoxon_leaves_zeros_out_and_shares_the_ranks_of_ties,
                     wilcoxon_equals_a_plain_count_over_all_patterns,
                     tests_of_differences_that_are_all_zero_see_nothing,
                     wilcoxon_of_hundreds_of_pairs_comes_close_to_the_normal,
                     sign_test_counts_ways_of_tossing_a_coin,
                     mann_whitney_counts_all_choices_of_the_ranks,
                     mann_whitney_shares_the_ranks_of_ties);
}
