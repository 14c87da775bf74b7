/* stats_suite.h - one number for an agent over a suite of scenarios ("tasks"), and how sure it is:
 * Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice", NeurIPS
 * 2021 (rliable). Scores are normalised before: more is better, and 1 is what one aims at. */
#ifndef STATS_SUITE_H
#define STATS_SUITE_H

#include <stdbool.h>
#include <stdint.h>

/* x (n_runs, n_tasks): the score of each run on each task. None is NAN: a run that failed has a
 * score, too, the worst. */
typedef struct stats_scores {
    double *x;
    int n_runs, n_tasks;
} stats_scores;

/* Mean of the middle half of n >= 1 values, which come out in order. There are two definitions, the
 * same where 4 divides n: rliable leaves out floor(n / 4) values on each side; the other one
 * exactly n / 4, by giving the outermost that stay a fractional weight. */
double stats_iqm(double *x, int n);
double stats_iqm_fractional(double *x, int n);

/* ---- aggregates ---------------------------------------------------------------------------- */

/* What is made of scores s (n_sets of them, as many as it asks for), whose x may be put in another
 * order; `at` is where (a level, a threshold), not used by all. */
typedef double stats_aggregate(const stats_scores *s, double at);

stats_aggregate stats_suite_mean;
stats_aggregate stats_suite_median;          // of the means of the tasks
stats_aggregate stats_suite_iqm;             // of all values, as rliable does
stats_aggregate stats_suite_iqm_fractional;  // of all values
stats_aggregate stats_suite_gap;      // optimality gap: how far below `at`, above counts as at
stats_aggregate stats_suite_profile;  // performance profile: share of values above `at`
/* Of two sets over the same tasks: how likely a run of the first is above one of the second on the
 * same task, ties one half, mean over the tasks. */
stats_aggregate stats_suite_improvement;
/* Of two sets: the first one's IQM above the second one's. */
stats_aggregate stats_suite_iqm_difference;

/* ---- bootstrap ----------------------------------------------------------------------------- */

typedef struct stats_bootstrap {
    const stats_scores *set;  // (n_sets)
    int n_sets;
    stats_aggregate *aggregate;
    double at;      // for the aggregate
    uint64_t seed;  // its stream is that of POISE_FOR_BOOTSTRAP
    /* Run i of all sets met the same worlds: it is drawn in all sets or in none. They have as many
     * runs each. */
    bool paired;
} stats_bootstrap;

/* Values of the aggregate for resamples first .. first+n-1 into value (n): in each the runs of
 * every task are drawn anew, with replacement. A resample depends on nothing but the seed and its
 * number, so any number of threads may divide them. */
void stats_resample(const stats_bootstrap *b, int first, int n, double *value);

/* A percentile interval covers 84% instead of 95% with 5 runs, 90% with 10. */
enum { STATS_RUNS_REFUSED = 5, STATS_RUNS_FEW = 10 };
typedef enum stats_doubt {
    STATS_FINE,
    STATS_FEW,      // fewer than STATS_RUNS_FEW: the interval is too narrow, and must be called so
    STATS_REFUSED,  // fewer than STATS_RUNS_REFUSED: there is none
} stats_doubt;

/* The aggregate of the scores themselves, standard deviation and percentile interval (type 7) of
 * n_resamples resamples. All but the value are NAN where refused. */
typedef struct stats_estimate {
    double value, sd, low, high;
    stats_doubt doubt;
} stats_estimate;
stats_estimate stats_bootstrap_of(const stats_bootstrap *b, int n_resamples, double level);

#endif
