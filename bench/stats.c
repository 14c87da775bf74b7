/* stats.c - see stats.h. Sums run in the order of the values, so results repeat bit for bit. */
#include "stats.h"

#include "error.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

stats_mean stats_of(const double *x, int n, double level)
{
    stats_mean m = {.n = n, .mean = NAN, .sd = NAN, .low = NAN, .high = NAN};
    if (n < 1)
        return m;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    m.mean = sum / n;
    if (n < 2)
        return m;
    double squares = 0;
    for (int i = 0; i < n; i++)
        squares += (x[i] - m.mean) * (x[i] - m.mean);
    m.sd = sqrt(squares / (n - 1));
    const double half = gsl_cdf_tdist_Pinv(.5 + level / 2, n - 1) * m.sd / sqrt(n);
    m.low = m.mean - half;
    m.high = m.mean + half;
    return m;
}

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
    double left[1 << (STATS_FLIP_MAX / 2)], right[1 << (STATS_FLIP_MAX / 2)];
    const int n_left = n / 2, n_right = n - n_left;
    flips(d, n_left, left);
    flips(d + n_left, n_right, right);
    double observed = 0, scale = 0;
    for (int i = 0; i < n; i++) {
        observed += d[i];
        scale += fabs(d[i]);
    }
    /* Patterns that are equal but for rounding count as equal. */
    const double bound = fabs(observed) - 1e-12 * scale;
    long extreme = 0;
    for (int i = 0; i < 1 << n_left; i++)
        for (int k = 0; k < 1 << n_right; k++)
            extreme += fabs(left[i] + right[k]) >= bound;
    return (double)extreme / (double)(1L << n);
}

stats_pair stats_paired(const double *a, const double *b, int n, double level)
{
    stats_pair r = {.t = NAN, .p = NAN, .p_flip = NAN};
    double *d = error_must(calloc((size_t)(n > 0 ? n : 1), sizeof *d));
    for (int i = 0; i < n; i++)
        d[i] = a[i] - b[i];
    r.diff = stats_of(d, n, level);
    if (n >= 2) {
        const double error = r.diff.sd / sqrt(n);
        r.t = r.diff.mean == 0 ? 0 : r.diff.mean / error;
        r.p = isinf(r.t) ? 0 : 2 * gsl_cdf_tdist_Q(fabs(r.t), n - 1);
    }
    if (n >= 1 && n <= STATS_FLIP_MAX)
        r.p_flip = stats_sign_flip(d, n);
    free(d);
    return r;
}

void stats_holm(const double *p, int n, double *adjusted)
{
    int m = 0;
    for (int i = 0; i < n; i++) {
        adjusted[i] = NAN;
        m += !isnan(p[i]);
    }
    double least = 0;
    for (int rank = 0; rank < m; rank++) {
        int next = -1;  // the smallest that has no place yet, the first on ties
        for (int i = 0; i < n; i++)
            if (!isnan(p[i]) && isnan(adjusted[i]) && (next < 0 || p[i] < p[next]))
                next = i;
        least = fmax(least, fmin(1, (m - rank) * p[next]));
        adjusted[next] = least;
    }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double stats_quantile(const double *x, int n, double p)
{
    assert(n >= 1 && p > 0 && p <= 1);
    double *sorted = error_must(malloc((size_t)n * sizeof *sorted));
    memcpy(sorted, x, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    const int rank = (int)ceil(p * n - 1e-9);
    const double value = sorted[rank < 1 ? 0 : rank - 1];
    free(sorted);
    return value;
}

/* The noncentral t is a shifted normal over the root of a chi square / df: averaged over its
 * quantiles at the midpoints of equal shares. */
enum { SHARES = 4000 };

/* What the normal must be above, in each share. */
static void find_bounds(double df, double bound[SHARES])
{
    const double t = gsl_cdf_tdist_Pinv(.975, df);
    for (int i = 0; i < SHARES; i++)
        bound[i] = t * sqrt(gsl_cdf_chisq_Pinv((i + .5) / SHARES, df) / df);
}

static double power_of(const double bound[SHARES], double shift)
{
    double sum = 0;
    for (int i = 0; i < SHARES; i++)
        sum += gsl_cdf_ugaussian_Q(bound[i] - shift) + gsl_cdf_ugaussian_P(-bound[i] - shift);
    return sum / SHARES;
}

double stats_power(double shift, double df)
{
    double bound[SHARES];
    find_bounds(df, bound);
    return power_of(bound, shift);
}

double stats_visible_effect(int n)
{
    if (n < 2)
        return INFINITY;
    double bound[SHARES], low = 0, high = 1;
    find_bounds(n - 1, bound);
    while (power_of(bound, high * sqrt(n)) < .8 && high < 1e3)
        high *= 2;
    for (int i = 0; i < 12; i++) {
        const double mid = (low + high) / 2;
        if (power_of(bound, mid * sqrt(n)) < .8)
            low = mid;
        else
            high = mid;
    }
    return high;
}
