/* stats.c - see stats.h. Sums run in the order of the values, so results repeat bit for bit. */
#include "stats.h"

#include "error.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_statistics_double.h>
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

/* ---- two samples --------------------------------------------------------------------------- */

stats_student stats_student_of(const stats_mean *m)
{
    stats_student r = {NAN, NAN};
    if (m->n < 2)
        return r;
    const double error = m->sd / sqrt(m->n);
    r.t = m->mean == 0 ? 0 : m->mean / error;
    r.p = isinf(r.t) ? 0 : 2 * gsl_cdf_tdist_Q(fabs(r.t), m->n - 1);
    return r;
}

stats_pair stats_paired(const double *a, const double *b, int n, double level)
{
    stats_pair r = {.t = NAN, .p = NAN, .p_flip = NAN};
    double *d = error_must(calloc((size_t)(n > 0 ? n : 1), sizeof *d));
    for (int i = 0; i < n; i++)
        d[i] = a[i] - b[i];
    r.diff = stats_of(d, n, level);
    const stats_student student = stats_student_of(&r.diff);
    r.t = student.t;
    r.p = student.p;
    if (n >= 1 && n <= STATS_FLIP_MAX)
        r.p_flip = stats_sign_flip(d, n);
    free(d);
    return r;
}

double stats_spread_p(const double *a, const double *b, int n)
{
    if (n < 3)
        return NAN;
    double *sum = error_must(malloc(2 * (size_t)n * sizeof *sum)), *diff = sum + n;
    for (int i = 0; i < n; i++) {
        sum[i] = a[i] + b[i];
        diff[i] = a[i] - b[i];
    }
    const double r = gsl_stats_correlation(sum, 1, diff, 1, (size_t)n);
    free(sum);
    if (isnan(r))
        return 1;  // sums or differences do not vary
    const double t = r * sqrt((n - 2) / fmax(0, 1 - r * r));
    return isinf(t) ? 0 : 2 * gsl_cdf_tdist_Q(fabs(t), n - 2);
}

stats_welch stats_unpaired(const double *a, int n_a, const double *b, int n_b, double level)
{
    const stats_mean x = stats_of(a, n_a, level), y = stats_of(b, n_b, level);
    stats_welch r = {x.mean - y.mean, NAN, NAN, NAN, NAN, NAN};
    if (n_a < 2 || n_b < 2)
        return r;
    const double v = x.sd * x.sd / n_a, w = y.sd * y.sd / n_b, error = sqrt(v + w);
    r.t = r.diff == 0 ? 0 : r.diff / error;
    /* Without any spread the smaller sample's: nothing depends on it. */
    r.df = error > 0 ? (v + w) * (v + w) / (v * v / (n_a - 1) + w * w / (n_b - 1))
                     : fmin(n_a, n_b) - 1;
    r.p = isinf(r.t) ? 0 : 2 * gsl_cdf_tdist_Q(fabs(r.t), r.df);
    const double half = gsl_cdf_tdist_Pinv(.5 + level / 2, r.df) * error;
    r.low = r.diff - half;
    r.high = r.diff + half;
    return r;
}

stats_pairing stats_pairing_of(const double *a, const double *b, int n)
{
    assert(n >= 2);
    const size_t size = (size_t)n;
    const double apart = gsl_stats_variance(a, 1, size) + gsl_stats_variance(b, 1, size);
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] - b[i];
    for (int i = 0; i < n; i++)
        squares += (a[i] - b[i] - sum / n) * (a[i] - b[i] - sum / n);
    return (stats_pairing){.gain = apart > 0 ? apart * (n - 1) / squares : 1,
                           .correlation = gsl_stats_correlation(a, 1, b, 1, size)};
}

stats_tally stats_count(const double *a, const double *b, int n, int better, double slack)
{
    stats_tally t = {0};
    for (int i = 0; i < n; i++) {
        const double ahead = better * (a[i] - b[i]);
        t.wins += ahead > slack;
        t.ties += fabs(ahead) <= slack;
        t.losses += ahead < -slack;
    }
    return t;
}

stats_effect stats_effect_of(const double *a, int n_a, const double *b, int n_b)
{
    stats_effect e = {NAN, NAN, NAN, stats_above(a, n_a, b, n_b), NAN};
    e.cliff = 2 * e.a12 - 1;
    const stats_mean x = stats_of(a, n_a, .95), y = stats_of(b, n_b, .95);
    const int df = n_a + n_b - 2;
    if (n_a < 2 || n_b < 2)
        return e;
    e.d = (x.mean - y.mean) / sqrt(((n_a - 1) * x.sd * x.sd + (n_b - 1) * y.sd * y.sd) / df);
    e.g = e.d * exp(gsl_sf_lngamma(df / 2.) - gsl_sf_lngamma((df - 1) / 2.)) / sqrt(df / 2.);
    if (n_a == n_b) {
        const stats_mean diff = stats_paired(a, b, n_a, .95).diff;
        e.d_z = diff.mean / diff.sd;
    }
    return e;
}

/* ---- many comparisons ---------------------------------------------------------------------- */

/* A p-value and its place in the list. */
typedef struct listed {
    double p;
    int at;
} listed;

static int by_size(const void *a, const void *b)
{
    const listed *x = a, *y = b;
    return x->p != y->p ? (x->p > y->p) - (x->p < y->p) : (x->at > y->at) - (x->at < y->at);
}

void stats_holm(const double *p, int n, double *adjusted)
{
    listed *order = error_must(malloc(((size_t)n + 1) * sizeof *order));
    int m = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(p[i]))
            order[m++] = (listed){p[i], i};
    qsort(order, (size_t)m, sizeof *order, by_size);
    for (int i = 0; i < n; i++)
        adjusted[i] = NAN;
    double least = 0;
    for (int rank = 0; rank < m; rank++) {
        least = fmax(least, fmin(1, (m - rank) * order[rank].p));
        adjusted[order[rank].at] = least;
    }
    free(order);
}

void stats_bonferroni(const double *p, int n, double *adjusted)
{
    int m = 0;
    for (int i = 0; i < n; i++)
        m += !isnan(p[i]);
    for (int i = 0; i < n; i++)
        adjusted[i] = isnan(p[i]) ? NAN : fmin(1, m * p[i]);
}

void stats_benjamini_hochberg(const double *p, int n, double *adjusted)
{
    int m = 0;
    for (int i = 0; i < n; i++) {
        adjusted[i] = NAN;
        m += !isnan(p[i]);
    }
    double most = 1;
    for (int rank = m; rank > 0; rank--) {
        int next = -1;  // the largest that has no place yet, the first on ties
        for (int i = 0; i < n; i++)
            if (!isnan(p[i]) && isnan(adjusted[i]) && (next < 0 || p[i] > p[next]))
                next = i;
        most = fmin(most, p[next] * m / rank);
        adjusted[next] = most;
    }
}

/* ---- quantiles ----------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* x in order, to be freed. */
static double *sort(const double *x, int n)
{
    double *sorted = error_must(malloc((size_t)n * sizeof *sorted));
    memcpy(sorted, x, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    return sorted;
}

double stats_quantile(const double *x, int n, double p)
{
    assert(n >= 1 && p > 0 && p <= 1);
    double *sorted = sort(x, n);
    const int rank = (int)ceil(p * n - 1e-9);
    const double value = sorted[rank < 1 ? 0 : rank - 1];
    free(sorted);
    return value;
}

/* At a place between 0, the least value, and n - 1. */
static double between(const double *x, int n, double place)
{
    double *sorted = sort(x, n);
    const double within = fmin(fmax(place, 0), n - 1);
    const double value =
        gsl_stats_quantile_from_sorted_data(sorted, 1, (size_t)n, within / fmax(n - 1, 1));
    free(sorted);
    return value;
}

double stats_quantile_6(const double *x, int n, double p)
{
    assert(n >= 1 && p >= 0 && p <= 1);
    return between(x, n, p * (n + 1) - 1);
}

double stats_quantile_7(const double *x, int n, double p)
{
    assert(n >= 1 && p >= 0 && p <= 1);
    return between(x, n, p * (n - 1));
}

/* ---- how much is seen, and how much is luck -------------------------------------------------- */

/* The noncentral t is a shifted normal over the root of a chi square / df: averaged over its
 * quantiles at the midpoints of equal shares. */
enum { SHARES = 1000 };

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

/* 1 - P(max <= z) - P(max <= -z): from 0 on its integral is the mean of the maximum. */
static double beyond(double z, void *k)
{
    const int n = *(const int *)k;
    return -expm1(n * log1p(-gsl_cdf_ugaussian_Q(z))) - pow(gsl_cdf_ugaussian_P(-z), n);
}

double stats_luck(int k)
{
    assert(k >= 1);
    gsl_integration_cquad_workspace *w = error_must(gsl_integration_cquad_workspace_alloc(100));
    const gsl_function f = {beyond, &k};
    double mean, error;
    /* Beyond 40 nothing is left of a normal distribution in double precision. */
    gsl_integration_cquad(&f, 0, 40, 0, 1e-12, w, &mean, &error, NULL);
    gsl_integration_cquad_workspace_free(w);
    return mean;
}

/* ---- how equal ------------------------------------------------------------------------------- */

double stats_jain(const double *x, int n)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        sum += x[i];
        squares += x[i] * x[i];
    }
    return sum * sum / (n * squares);
}

double stats_gini(const double *x, int n)
{
    double *sorted = sort(x, n), sum = 0, ranked = 0;
    for (int i = 0; i < n; i++) {
        sum += sorted[i];
        ranked += (2 * i + 1 - n) * sorted[i];
    }
    free(sorted);
    return ranked / (n * sum);
}
