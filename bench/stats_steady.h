/* stats_steady.h - what one long run says about the steady state: where its beginning ends, how
 * sure its mean is although values that follow each other are alike, and when to stop.
 *
 * Series are x (n), in the order in which they were observed. */
#ifndef STATS_STEADY_H
#define STATS_STEADY_H

#include "stats.h"

#include <stdbool.h>

/* ---- the beginning ------------------------------------------------------------------------- */

/* MSER-m: of the means of batches of m values the first are deleted that make the squared standard
 * error of the rest least, at most half of them (K. White, M. Cobb, S. Spratt, Winter Simulation
 * Conference 2000). With m = 5 it is MSER-5. */
typedef struct stats_warmup {
    int batches, values;  // deleted
    double statistic;     // what was made least: sum of squares over the square of the number
    /* False where the search ended at its limit: then the series shows no steady state yet. */
    bool stationary;
    double mean;  // of the values that are left; NAN if not stationary
} stats_warmup;
/* m >= 1. What is left of n after whole batches counts in the mean only. Of fewer than four batches
 * nothing can be said: not stationary. */
stats_warmup stats_mser(const double *x, int n, int m);

/* ---- batch means --------------------------------------------------------------------------- */

/* Above this correlation, either way, batches are too short for the interval to be trusted. */
#define STATS_CORRELATED .3

/* The mean of n_batches batches of n / n_batches values (what does not fill one is left out at the
 * beginning), with Student's t interval of the means of batches as if these were independent; and
 * how much they are: correlation of each with the next, and von Neumann's ratio (sum of squares of
 * successive differences over that of deviations, near 2 if independent; Ann. Math. Stat. 12,
 * 1941).
 */
typedef struct stats_batches {
    stats_mean mean;  // n: batches; sd: of their means
    int size;         // values in a batch
    double error;     // standard error of the mean
    double correlation, von_neumann;
    bool correlated;  // |correlation| > STATS_CORRELATED: longer runs or fewer batches are needed
} stats_batches;
/* 2 <= n_batches <= n. Where batches do not vary correlation is 0 and the ratio
 * 2. */
stats_batches stats_batch_means(const double *x, int n, int n_batches, double level);

/* The variance of the mean from all n - m + 1 overlapping batches of m values, 1 <= m < n (M.
 * Meketon, B. Schmeiser, Winter Simulation Conference 1984). */
double stats_overlapping(const double *x, int n, int m);

/* How many independent values would say as much about the mean: the variance of the values over
 * that of the mean, from overlapping batches of floor(sqrt n) values. n if nothing varies; n >= 4.
 */
double stats_effective(const double *x, int n);

/* ---- when to stop -------------------------------------------------------------------------- */

/* Runs are added until the half-width of the interval is small for the mean (A. Law, Simulation
 * Modeling and Analysis, 5th ed., 9.4.1). */
typedef struct stats_precision {
    double relative;  // .02: two percent
    double level;     // of the interval
    int least;        // runs, before one may stop
    /* False: half-width <= relative |mean found|. True: relative / (1 + relative) in its place, so
     * that the error is within `relative` of the mean that is true. */
    bool of_truth;
} stats_precision;
bool stats_is_precise(const stats_mean *m, const stats_precision *p);
/* After how many of the n values one would have stopped; 0: not yet. */
int stats_stop(const double *x, int n, const stats_precision *p);

#endif
