/* stats_rank.h - exact tests, which take nothing for granted about the shape of distributions: all
 * signs, ranks or choices that could have been are counted. All p are two-sided.
 *
 * Values that differ by less than a 10^12th of the largest are equal: they differ by rounding. */
#ifndef STATS_RANK_H
#define STATS_RANK_H

/* The sign-flip test: the share of the 2^n sign patterns whose absolute sum is at least that of
 * d. 1 <= n <= STATS_FLIP_MAX. */
#define STATS_FLIP_MAX 20
double stats_sign_flip(const double *d, int n);

/* The sign test: only which way differences d (n) go. Zeros are left out; p is 1 if none is left.
 */
double stats_sign(const double *d, int n);

typedef struct stats_rank_test {
    double statistic, p;
} stats_rank_test;

/* Wilcoxon's signed-rank test (Biometrics Bulletin 1, 1945) of differences d (n): zeros are left
 * out, as he did; equal ones share the mean of their ranks, and p is that of all signs of these
 * very ranks. The statistic is the smaller of the two sums of ranks; p is NAN if more than
 * STATS_WILCOXON_MAX are left. */
#define STATS_WILCOXON_MAX 500
stats_rank_test stats_wilcoxon(const double *d, int n);

/* The test of Mann and Whitney (Ann. Math. Stat. 18, 1947) of two samples; equal values share the
 * mean of their ranks, and p is that of all choices of n_a of these very ranks: twice the smaller
 * tail. The statistic is U, in how many of the n_a n_b pairs a is above b, ties one half; p is NAN
 * if there are more than STATS_MANN_WHITNEY_MAX values in all. */
#define STATS_MANN_WHITNEY_MAX 100
stats_rank_test stats_mann_whitney(const double *a, int n_a, const double *b, int n_b);

/* In which part of the n_a n_b pairs a is above b, ties one half. NAN if one is empty. */
double stats_above(const double *a, int n_a, const double *b, int n_b);

#endif
