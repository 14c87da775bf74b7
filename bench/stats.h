/* stats.h - how sure one may be of a mean and of a difference: Student t intervals, comparisons of
 * pairs and of two samples, sizes of effects, corrections for many comparisons, power. Through GSL.
 *
 * Tests that need no normal distribution are in stats_rank.h, aggregates over many scenarios in
 * stats_suite.h, single long runs in stats_steady.h, several objectives in stats_front.h. What is
 * not defined is NAN. Where two p-values or intervals are offered, none is better on all data. */
#ifndef STATS_H
#define STATS_H

#include "stats_rank.h"

/* A sample's mean and its two-sided interval from Student's t. With fewer than two values sd, low
 * and high are NAN; with none the mean too. */
typedef struct stats_mean {
    int n;
    double mean, sd, low, high;
} stats_mean;
stats_mean stats_of(const double *x, int n, double level);

/* Student's t test of whether a sample's true mean is 0: t and its two-sided p. Where all values
 * are equal, t is 0 or infinite and p 1 or 0. */
typedef struct stats_student {
    double t, p;
} stats_student;
stats_student stats_student_of(const stats_mean *m);

/* Differences a[i] - b[i] of the same worlds: mean, interval, the two-sided p of the paired t test
 * and that of the exact sign-flip test (all 2^n signs; NAN beyond STATS_FLIP_MAX pairs). */
typedef struct stats_pair {
    stats_mean diff;
    double t, p, p_flip;
} stats_pair;
stats_pair stats_paired(const double *a, const double *b, int n, double level);

/* Difference of the means of two samples whose variances need not be equal: Welch's t test
 * (Biometrika 34, 1947), its degrees of freedom, the two-sided p and the interval. NAN with fewer
 * than two values on a side; where neither side varies, t is 0 or infinite and p 1 or 0. */
typedef struct stats_welch {
    double diff, t, df, p, low, high;
} stats_welch;
stats_welch stats_unpaired(const double *a, int n_a, const double *b, int n_b, double level);

/* Whether two samples of n pairs spread alike: the two-sided p of the test of Pitman and of Morgan
 * (both Biometrika 31, 1939), by the correlation of sums and differences, which is 0 if variances
 * are equal. NAN for n < 3; 1 where neither varies. Normal distributions are taken for granted. */
double stats_spread_p(const double *a, const double *b, int n);

/* What meeting the same worlds was worth: the variance that the difference would have of unrelated
 * worlds over the one it has (as many times fewer runs are needed), and the correlation. The gain
 * is infinite where differences do not vary, 1 where nothing does. n >= 2. */
typedef struct stats_pairing {
    double gain, correlation;
} stats_pairing;
stats_pairing stats_pairing_of(const double *a, const double *b, int n);

/* How often a is better: |a[i] - b[i]| <= slack is a tie, better (1 or -1) says whether more or
 * less is. Pairs of which one is NAN are not counted. */
typedef struct stats_tally {
    int wins, ties, losses;
} stats_tally;
stats_tally stats_count(const double *a, const double *b, int n, int better, double slack);

/* Sizes of the effect of a against b, in standard deviations: Cohen's d (pooled), Hedges' g (d
 * without its bias, the factor J by gamma functions: J. of Educational Statistics 6, 1981), d_z (of
 * the differences of pairs, only if n_a = n_b; else NAN). And how often a value of a is above one
 * of b, ties one half: A12 (Vargha and Delaney, 2000); Cliff's delta is 2 A12 - 1. */
typedef struct stats_effect {
    double d, g, d_z, a12, cliff;
} stats_effect;
stats_effect stats_effect_of(const double *a, int n_a, const double *b, int n_b);

/* Holm's step-down adjustment of n p-values (Scand. J. Stat. 6, 1979), into adjusted (n); NAN stay
 * NAN and are not counted. */
void stats_holm(const double *p, int n, double *adjusted);
/* The same by Bonferroni, which assumes nothing and sees less; and by Benjamini and Hochberg (J. of
 * the Royal Statistical Society B 57, 1995), which bounds the share of false discoveries. */
void stats_bonferroni(const double *p, int n, double *adjusted);
void stats_benjamini_hochberg(const double *p, int n, double *adjusted);

/* The p-quantile (0 < p <= 1) of n >= 1 values by nearest rank: a value that was observed, which is
 * what latencies are quoted by. */
double stats_quantile(const double *x, int n, double p);
/* The same between neighbours, by the rules 6 and 7 (S, R, NumPy) of Hyndman and Fan (American
 * Statistician 50, 1996). 0 <= p <= 1. */
double stats_quantile_6(const double *x, int n, double p);
double stats_quantile_7(const double *x, int n, double p);

/* Probability that a two-sided 5% t test with df degrees of freedom sees an effect that shifts its
 * statistic by `shift` (the noncentrality: d sqrt(n) for n pairs, d sqrt(n/2) for two samples). */
double stats_power(double shift, double df);
/* The least difference, in standard deviations of the differences, that a two-sided 5% paired t
 * test of n pairs sees with a probability of 80%; INFINITY for n < 2. */
double stats_visible_effect(int n);

/* By how many standard deviations of a mean the best of k >= 1 equal ones looks better than they
 * are: the expected maximum of k standard normal values. */
double stats_luck(int k);

/* How equal n >= 1 shares are: Jain's index (1 if all are, 1/n if one has all; DEC TR-301, 1984)
 * and Gini's coefficient (0 if all are). Shares are >= 0 and not all 0. */
double stats_jain(const double *x, int n);
double stats_gini(const double *x, int n);

#endif
