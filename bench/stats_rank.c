/* stats_rank.c - see stats_rank.h. */
#include "stats_rank.h"

#include "error.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

/* What differs by no more than this part of the largest value differs by rounding. */
#define ROUNDING 1e-12

static double largest(const double *x, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* ---- signs --------------------------------------------------------------------------------- */

/* Sums of d (n) under every pattern of signs, into sum (2^n). */
static void flips(const double *d, int n, double *sum)
{
    sum[0] = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 1 << i; k++) {
            sum[k + (1 << i)] = sum[k] + d[i];
            sum[k] -= d[i];
        }
}

double stats_sign_flip(const double *d, int n)
{
    assert(n >= 1 && n <= STATS_FLIP_MAX);
    /* Two halves, so that a million patterns need two small tables. */
    double left[1 << (STATS_FLIP_MAX / 2)] = {0}, right[1 << (STATS_FLIP_MAX / 2)] = {0};
    const int n_left = n / 2, n_right = n - n_left;
    flips(d, n_left, left);
    flips(d + n_left, n_right, right);
    double observed = 0, scale = 0;
    for (int i = 0; i < n; i++) {
        observed += d[i];
        scale += fabs(d[i]);
    }
    /* Patterns that are equal but for rounding count as equal. */
    const double bound = fabs(observed) - ROUNDING * scale;
    long extreme = 0;
    for (int i = 0; i < 1 << n_left; i++)
        for (int k = 0; k < 1 << n_right; k++)
            extreme += fabs(left[i] + right[k]) >= bound;
    return (double)extreme / (double)(1L << n);
}

double stats_sign(const double *d, int n)
{
    const double zero = ROUNDING * largest(d, n);
    int more = 0, less = 0;
    for (int i = 0; i < n; i++) {
        more += d[i] > zero;
        less += d[i] < -zero;
    }
    const unsigned fewer = (unsigned)(more < less ? more : less);
    return more + less > 0 ? fmin(1, 2 * gsl_cdf_binomial_P(fewer, .5, (unsigned)(more + less)))
                           : 1;
}

/* ---- ranks --------------------------------------------------------------------------------- */

/* Twice the ranks of x (n) into rank (n): those of equal values are the same, the middle of their
 * places. Twice, so that they are whole numbers. */
static void find_ranks(const double *x, int n, int *rank)
{
    size_t *order = error_must(malloc(((size_t)n + 1) * sizeof *order));
    gsl_sort_index(order, x, 1, (size_t)n);
    const double same = ROUNDING * largest(x, n);
    for (int first = 0, next; first < n; first = next) {
        for (next = first + 1; next < n && x[order[next]] - x[order[next - 1]] <= same;)
            next++;
        for (int i = first; i < next; i++)
            rank[order[i]] = first + 1 + next;
    }
    free(order);
}

/* P(sum <= most), each of rank (n) being in the sum with probability 1/2. */
static double share_of_signs(const int *rank, int n, int most)
{
    double *of = error_must(calloc((size_t)most + 1, sizeof *of));  // P(sum = s) so far
    of[0] = 1;
    for (int i = 0; i < n; i++)
        for (int s = most; s >= 0; s--)
            of[s] = (of[s] + (s >= rank[i] ? of[s - rank[i]] : 0)) / 2;
    double share = 0;
    for (int s = 0; s <= most; s++)
        share += of[s];
    free(of);
    return share;
}

stats_rank_test stats_wilcoxon(const double *d, int n)
{
    const double zero = ROUNDING * largest(d, n);
    double *size = error_must(malloc(((size_t)n + 1) * sizeof *size));
    int *rank = error_must(malloc(((size_t)n + 1) * sizeof *rank)), m = 0, up = 0, down = 0;
    for (int i = 0; i < n; i++)
        if (fabs(d[i]) > zero)
            size[m++] = fabs(d[i]);
    find_ranks(size, m, rank);
    for (int i = 0, k = 0; i < n; i++)
        if (fabs(d[i]) > zero)
            *(d[i] > 0 ? &up : &down) += rank[k++];
    const int fewer = up < down ? up : down;
    stats_rank_test r = {fewer / 2., NAN};
    if (m <= STATS_WILCOXON_MAX)
        r.p = fmin(1, 2 * share_of_signs(rank, m, fewer));
    free(size);
    free(rank);
    return r;
}

double stats_above(const double *a, int n_a, const double *b, int n_b)
{
    double above = 0;
    const double same = ROUNDING * fmax(largest(a, n_a), largest(b, n_b));
    for (int i = 0; i < n_a; i++)
        for (int k = 0; k < n_b; k++)
            above += a[i] - b[k] > same ? 1 : a[i] - b[k] >= -same ? .5 : 0;
    return above / n_a / n_b;
}

/* How many choices of n_a of the ranks (n) have which sum, (n_a + 1, total + 1) for all numbers of
 * them; to be freed. */
static double *count_choices(const int *rank, int n, int n_a, int total)
{
    const size_t width = (size_t)total + 1;
    double *ways = error_must(calloc(((size_t)n_a + 1) * width, sizeof *ways));
    ways[0] = 1;
    for (int i = 0; i < n; i++)
        for (int k = n_a; k > 0; k--) {
            double *to = ways + (size_t)k * width;
            const double *from = to - width;
            for (int s = total; s >= rank[i]; s--)
                to[s] += from[s - rank[i]];
        }
    return ways;
}

/* The two-sided p of the sum of n_a of the ranks (n) being `observed`. */
static double share_of_choices(const int *rank, int n, int n_a, int observed)
{
    const int total = n * (n + 1);
    double *ways = count_choices(rank, n, n_a, total);
    const double *of = ways + (size_t)n_a * ((size_t)total + 1);
    double least = 0, most = 0, all = 0;
    for (int s = 0; s <= total; s++) {
        all += of[s];
        least += s <= observed ? of[s] : 0;
        most += s >= observed ? of[s] : 0;
    }
    free(ways);
    return fmin(1, 2 * fmin(least, most) / all);
}

stats_rank_test stats_mann_whitney(const double *a, int n_a, const double *b, int n_b)
{
    const int n = n_a + n_b;
    stats_rank_test r = {NAN, NAN};
    if (n_a < 1 || n_b < 1)
        return r;
    double *x = error_must(malloc((size_t)n * sizeof *x));
    int *rank = error_must(malloc((size_t)n * sizeof *rank)), sum = 0;
    for (int i = 0; i < n; i++)
        x[i] = i < n_a ? a[i] : b[i - n_a];
    find_ranks(x, n, rank);
    for (int i = 0; i < n_a; i++)
        sum += rank[i];
    r.statistic = (sum - n_a * (n_a + 1)) / 2.;
    if (n <= STATS_MANN_WHITNEY_MAX)
        r.p = share_of_choices(rank, n, n_a, sum);
    free(x);
    free(rank);
    return r;
}
