/* test_stats_suite.c - aggregates over a suite against numbers by hand and rliable's definitions,
 * and the bootstrap against all resamples there are. */
#include "stats_suite.h"

#include "pool.h"
#include "stats.h"

#include "stats_support.h"

#include <string.h>

/* Two agents, five runs on three tasks, as 11ths by formulas. */
static stats_scores example(double *x, int which)
{
    for (int n = 0; n < 5; n++)
        for (int m = 0; m < 3; m++)
            x[n * 3 + m] =
                (which == 0 ? (7 * n + 3 * m + n * m) % 11 : (5 * n + 4 * m + 2 * n * m + 3) % 11) /
                10.;
    return (stats_scores){x, 5, 3};
}

START_TEST(aggregates_of_the_example_are_those_by_hand)
{
    double x[15], y[15];
    const stats_scores s = example(x, 0), t = example(y, 1);
    ck_close(stats_suite_mean(&s, 0), .4333333333, 1e-9);
    ck_close(stats_suite_mean(&t, 0), .4866666667, 1e-9);
    ck_close(stats_suite_gap(&s, 1), .5666666667, 1e-9);
    ck_close(stats_suite_gap(&t, 1), .5133333333, 1e-9);
    ck_close(stats_suite_median(&s, 0), .42, 1e-9);
    ck_close(stats_suite_median(&t, 0), .48, 1e-9);
}
END_TEST

START_TEST(interquartile_means_by_whole_values_and_by_fractions_differ)
{
    double x[15], y[15];
    const stats_scores s = example(x, 0), t = example(y, 1);
    ck_close(stats_suite_iqm(&s, 0), .4222222222, 1e-9);
    ck_close(stats_suite_iqm(&t, 0), .4777777778, 1e-9);
    ck_close(stats_suite_iqm_fractional(&s, 0), .4166666667, 1e-9);
    ck_close(stats_suite_iqm_difference((stats_scores[]){s, t}, 0), .4222222222 - .4777777778,
             1e-8);
    double eight[] = {1000, 0, 1, 2, 3, 4, 5, 6}, twelve[12], five[] = {5, 1, 2, 4, 3}, one = 7;
    for (int i = 0; i < 12; i++)
        twelve[i] = 12 - i;
    ck_assert_double_eq(stats_iqm(eight, 8), 3.5);
    ck_assert_double_eq(stats_iqm_fractional(eight, 8), 3.5);
    ck_assert_double_eq(stats_iqm(twelve, 12), 6.5);
    ck_assert_double_eq(stats_iqm_fractional(twelve, 12), 6.5);
    /* From place 1.25 to 3.75 of 5: 2 and 4 with weight 3/4. */
    ck_close(stats_iqm_fractional(five, 5), (.75 * 2 + 3 + .75 * 4) / 2.5, 1e-14);
    ck_assert_double_eq(stats_iqm(&one, 1), 7);
    ck_assert_double_eq(stats_iqm_fractional(&one, 1), 7);
}
END_TEST

START_TEST(the_gap_counts_what_is_missing_and_not_what_is_beyond)
{
    double x[] = {.5, 3, 1, 0};
    ck_assert_double_eq(stats_suite_gap(&(stats_scores){x, 2, 2}, 1), (.5 + 0 + 0 + 1) / 4);
    ck_assert_double_eq(stats_suite_gap(&(stats_scores){x, 2, 2}, 2), (1.5 + 0 + 1 + 2) / 4);
}
END_TEST

START_TEST(performance_profiles_fall_from_threshold_to_threshold)
{
    static const double of_x[] = {.8, .666667, .4, .2, 0},
                        of_y[] = {.933333, .733333, .466667, .2, 0};
    double x[15], y[15];
    const stats_scores s = example(x, 0), t = example(y, 1);
    for (int i = 0; i < 5; i++) {
        ck_assert_double_eq_tol(stats_suite_profile(&s, i / 4.), of_x[i], 5e-7);
        ck_assert_double_eq_tol(stats_suite_profile(&t, i / 4.), of_y[i], 5e-7);
    }
}
END_TEST

START_TEST(probability_of_improvement_is_the_mean_over_tasks_with_half_for_ties)
{
    double x[15], y[15];
    const stats_scores both[] = {example(x, 0), example(y, 1)};
    const stats_scores turned[] = {both[1], both[0]};
    ck_close(stats_suite_improvement(both, 0), .44, 1e-12);
    ck_close(stats_suite_improvement(turned, 0), .56, 1e-12);
    static const double of_task[] = {.56, .32, .44};
    for (int m = 0; m < 3; m++) {
        double p[5], q[5];
        for (int n = 0; n < 5; n++) {
            p[n] = x[n * 3 + m];
            q[n] = y[n * 3 + m];
        }
        const stats_scores single[] = {{p, 5, 1}, {q, 5, 1}};
        ck_close(stats_suite_improvement(single, 0), of_task[m], 1e-12);
        ck_close(stats_above(p, 5, q, 5), of_task[m], 1e-12);
    }
    /* Above on one task of three, below on the others: also with unequal numbers of runs. */
    double u[] = {1, 0, 0, 1, 0, 0}, v[] = {0, 1, 1};
    ck_close(stats_suite_improvement((stats_scores[]){{u, 2, 3}, {v, 1, 3}}, 0), 1 / 3., 1e-14);
}
END_TEST

/* ---- bootstrap ----------------------------------------------------------------------------- */

/* Three runs on two tasks have 27 x 27 resamples. */
static double small[] = {.1, .9, .4, .6, .7, .2};
static const stats_scores small_set = {small, 3, 2};
enum { ALL = 729, RESAMPLES = 50000 };

static void resample_all(stats_aggregate *aggregate, double value[ALL])
{
    for (int i = 0; i < ALL; i++) {
        double x[6];
        int rest = i;
        for (int k = 0; k < 6; k++) {
            x[k] = small[rest % 3 * 2 + k % 2];
            rest /= 3;
        }
        value[i] = aggregate(&(stats_scores){x, 3, 2}, 0);
    }
}

typedef struct moments {
    double mean, sd, fourth;
} moments;

static moments moments_of(const double *x, int n)
{
    moments m = {0};
    for (int i = 0; i < n; i++)
        m.mean += x[i] / n;
    for (int i = 0; i < n; i++) {
        m.sd += (x[i] - m.mean) * (x[i] - m.mean) / n;
        m.fourth += pow(x[i] - m.mean, 4) / n;
    }
    m.sd = sqrt(m.sd);
    return m;
}

/* The p-quantile is within that of the exact distribution at p -+ 3 standard errors of the part
 * below it: there is no density to divide by. */
static void ck_quantile(const double *drawn, const double *exact, double p)
{
    const double error = 3 * sqrt(p * (1 - p) / RESAMPLES);
    const double q = stats_quantile_7(drawn, RESAMPLES, p);
    ck_assert_double_ge(q, stats_quantile(exact, ALL, p - error) - 1e-12);
    ck_assert_double_le(q, stats_quantile(exact, ALL, p + error) + 1e-12);
}

static void ck_bootstrap(stats_aggregate *aggregate, double mean, double sd, double low,
                         double high)
{
    static double exact[ALL], drawn[RESAMPLES];
    resample_all(aggregate, exact);
    const moments all = moments_of(exact, ALL);
    ck_close(all.mean, mean, 1e-9);
    ck_close(all.sd, sd, 1e-9);
    ck_close(stats_quantile_7(exact, ALL, .025), low, 1e-9);
    ck_close(stats_quantile_7(exact, ALL, .975), high, 1e-9);
    const stats_bootstrap b = {
        .set = &small_set, .n_sets = 1, .aggregate = aggregate, .seed = 2024};
    stats_resample(&b, 0, RESAMPLES, drawn);
    const moments some = moments_of(drawn, RESAMPLES);
    const double variance = all.sd * all.sd;
    ck_assert_double_le(fabs(some.mean - mean), 3 * sd / sqrt(RESAMPLES));
    /* The variance of a sample's variance is (mu4 - sigma^4) / n. */
    ck_assert_double_le(fabs(some.sd * some.sd - variance),
                        3 * sqrt((all.fourth - variance * variance) / RESAMPLES));
    ck_quantile(drawn, exact, .025);
    ck_quantile(drawn, exact, .975);
}

START_TEST(the_bootstrap_agrees_with_all_resamples_there_are)
{
    ck_bootstrap(stats_suite_iqm, .4802469136, .1367266533, .225, .725);
    /* Not .1088662079: see below. */
    ck_bootstrap(stats_suite_mean, .4833333333, .1088662108, .2666666667, .7);
}
END_TEST

START_TEST(the_standard_deviation_of_the_mean_is_that_of_the_strata)
{
    /* By hand .1088662108: sqrt(sum of the variances within tasks (over n) / n_runs) / n_tasks;
     * tasks .1 .4 .7 around .4 and .9 .6 .2 around 17/30. */
    const double of_tasks = (.09 + 0 + .09) / 3 + (1. / 9 + 1. / 900 + 121. / 900) / 3;
    double exact[ALL];
    resample_all(stats_suite_mean, exact);
    ck_close(moments_of(exact, ALL).sd, sqrt(of_tasks / 3) / 2, 1e-12);
}
END_TEST

enum { PIECES = 50 };

typedef struct division {
    const stats_bootstrap *bootstrap;
    double value[RESAMPLES];
} division;

static void run_piece(void *data, int piece, int worker)
{
    (void)worker;
    division *d = data;
    const int n = RESAMPLES / PIECES;
    stats_resample(d->bootstrap, piece * n, n, d->value + piece * n);
}

START_TEST(resamples_do_not_depend_on_the_number_of_threads)
{
    static division d;
    static double whole[RESAMPLES];
    const stats_bootstrap b = {
        .set = &small_set, .n_sets = 1, .aggregate = stats_suite_iqm, .seed = 5};
    d.bootstrap = &b;
    stats_resample(&b, 0, RESAMPLES, whole);
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        memset(d.value, 0, sizeof d.value);
        ck_assert(
            pool_run(&(pool_work){.n_jobs = PIECES, .run = run_piece, .data = &d}, n_threads));
        ck_assert_mem_eq(d.value, whole, sizeof whole);
    }
    stats_bootstrap other = b;
    other.seed = 6;
    stats_resample(&other, 0, RESAMPLES, d.value);
    ck_assert_mem_ne(d.value, whole, sizeof whole);
}
END_TEST

START_TEST(a_task_is_resampled_alike_whatever_other_tasks_there_are)
{
    /* A second task with nothing but zeros halves the mean. */
    double one[] = {.1, .4, .7}, two[] = {.1, 0, .4, 0, .7, 0}, alone[100], with_zeros[100];
    const stats_scores single = {one, 3, 1}, both = {two, 3, 2};
    stats_bootstrap b = {.set = &single, .n_sets = 1, .aggregate = stats_suite_mean, .seed = 9};
    stats_resample(&b, 0, 100, alone);
    b.set = &both;
    stats_resample(&b, 0, 100, with_zeros);
    for (int i = 0; i < 100; i++)
        ck_assert_double_eq_tol(2 * with_zeros[i], alone[i], 1e-14);
}
END_TEST

START_TEST(paired_sets_are_drawn_together)
{
    /* A second agent that is always .25 better: paired, the difference has no spread at all. */
    double x[24], y[24];
    for (int i = 0; i < 24; i++) {
        x[i] = i * 7 % 24 / 32.;
        y[i] = x[i] + .25;
    }
    const stats_scores sets[] = {{y, 12, 2}, {x, 12, 2}};
    stats_bootstrap b = {.set = sets,
                         .n_sets = 2,
                         .aggregate = stats_suite_iqm_difference,
                         .seed = 1,
                         .paired = true};
    const stats_estimate paired = stats_bootstrap_of(&b, 1000, .95);
    b.paired = false;
    const stats_estimate apart = stats_bootstrap_of(&b, 1000, .95);
    ck_close(paired.value, .25, 1e-14);
    ck_assert_double_le(paired.sd, 1e-15);
    ck_assert_double_ge(apart.sd, .05);
    ck_assert(apart.low < .25 && apart.high > .25);
}
END_TEST

START_TEST(intervals_are_refused_below_5_runs_and_in_doubt_below_10)
{
    static const struct {
        int n_runs;
        stats_doubt doubt;
    } row[] = {
        {3, STATS_REFUSED}, {4, STATS_REFUSED}, {5, STATS_FEW}, {9, STATS_FEW}, {10, STATS_FINE}};
    double x[10];
    for (int i = 0; i < 10; i++)
        x[i] = i / 10.;
    for (int i = 0; i < 5; i++) {
        const stats_scores sets[] = {{x, 10, 1}, {x, row[i].n_runs, 1}};
        const stats_bootstrap b = {
            .set = sets, .n_sets = 2, .aggregate = stats_suite_improvement, .seed = 3};
        const stats_estimate e = stats_bootstrap_of(&b, 500, .95);
        ck_assert_int_eq(e.doubt, row[i].doubt);
        ck_assert_int_eq(isnan(e.low) || isnan(e.high) || isnan(e.sd), e.doubt == STATS_REFUSED);
        ck_assert(!isnan(e.value));
        ck_assert(e.doubt == STATS_REFUSED || (e.low <= e.value && e.value <= e.high));
    }
}
END_TEST

START_TEST(scores_are_left_as_they_are)
{
    double x[15], before[15];
    const stats_scores s = example(x, 0);
    memcpy(before, x, sizeof x);
    const stats_bootstrap b = {.set = &s, .n_sets = 1, .aggregate = stats_suite_median, .seed = 3};
    stats_bootstrap_of(&b, 100, .95);
    ck_assert_mem_eq(x, before, sizeof x);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "aggregates", aggregates_of_the_example_are_those_by_hand,
        interquartile_means_by_whole_values_and_by_fractions_differ,
        the_gap_counts_what_is_missing_and_not_what_is_beyond,
        performance_profiles_fall_from_threshold_to_threshold,
        probability_of_improvement_is_the_mean_over_tasks_with_half_for_ties,
        the_bootstrap_agrees_with_all_resamples_there_are,
        the_standard_deviation_of_the_mean_is_that_of_the_strata,
        resamples_do_not_depend_on_the_number_of_threads,
        a_task_is_resampled_alike_whatever_other_tasks_there_are, paired_sets_are_drawn_together,
        intervals_are_refused_below_5_runs_and_in_doubt_below_10, scores_are_left_as_they_are);
}
