/* stats.h - how sure one may be of a mean and of a difference: Student t intervals, paired
 * comparisons over the same seeds, Holm's correction. Through GSL. */
#ifndef STATS_H
#define STATS_H

/* A sample's mean and its two-sided interval from Student's t. With fewer than two values sd, low
 * and high are NAN; with none the mean too. */
typedef struct stats_mean {
    int n;
    double mean, sd, low, high;
} stats_mean;
stats_mean stats_of(const double *x, int n, double level);

/* Differences a[i] - b[i] of the same worlds: mean, interval, the two-sided p of the paired t test
 * and that of the exact sign-flip test (all 2^n signs; NAN beyond STATS_FLIP_MAX pairs). Where all
 * differences are equal, t is 0 or infinite and p 1 or 0. */
typedef struct stats_pair {
    stats_mean diff;
    double t, p, p_flip;
} stats_pair;
#define STATS_FLIP_MAX 20
stats_pair stats_paired(const double *a, const double *b, int n, double level);
/* The exact sign-flip test: the share of the 2^n sign patterns whose absolute sum is at least that
 * of d. 1 <= n <= STATS_FLIP_MAX. */
double stats_sign_flip(const double *d, int n);

/* Holm's step-down adjustment of n p-values (Scand. J. Stat. 6, 1979), into adjusted (n); NAN stay
 * NAN and are not counted. */
void stats_holm(const double *p, int n, double *adjusted);

/* The p-quantile (0 < p <= 1) of n >= 1 values by nearest rank: a value that was observed. */
double stats_quantile(const double *x, int n, double p);

/* Probability that a two-sided 5% t test with df degrees of freedom sees an effect that shifts its
 * statistic by `shift` (the noncentrality: d sqrt(n) for n pairs, d sqrt(n/2) for two samples). */
double stats_power(double shift, double df);
/* The least difference, in standard deviations of the differences, that a two-sided 5% paired t
 * test of n pairs sees with a probability of 80%; INFINITY for n < 2. */
double stats_visible_effect(int n);

#endif
