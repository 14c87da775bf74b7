/* stats_steady.c - see stats_steady.h. */
#include "stats_steady.h"

#include "error.h"

#include <assert.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

/* Means of `n` batches of m values from x on, into mean (n). */
static void find_means(const double *x, int m, int n, double *mean)
{
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < m; k++)
            sum += x[i * m + k];
        mean[i] = sum / m;
    }
}

/* ---- the beginning ------------------------------------------------------------------------- */

enum { LEAST_BATCHES = 4 };

stats_warmup stats_mser(const double *x, int n, int m)
{
    assert(m >= 1);
    stats_warmup w = {.statistic = NAN, .mean = NAN};
    const int n_batches = n / m;
    if (n_batches < LEAST_BATCHES)
        return w;
    double *batch = error_must(malloc((size_t)n_batches * sizeof *batch));
    find_means(x, m, n_batches, batch);
    /* From the last batch to the first, so that each adds one value to mean and sum of squares
     * (Welford, Technometrics 4, 1962). <=: of equal ones the one that deletes least. */
    double mean = 0, squares = 0;
    for (int d = n_batches - 1; d >= 0; d--) {
        const int left = n_batches - d;
        const double step = batch[d] - mean;
        mean += step / left;
        squares += step * (batch[d] - mean);
        const double statistic = squares / left / left;
        if (d == n_batches / 2 || (d < n_batches / 2 && statistic <= w.statistic)) {
            w.batches = d;
            w.statistic = statistic;
        }
    }
    free(batch);
    w.values = w.batches * m;
    w.stationary = w.batches < n_batches / 2;
    if (w.stationary)
        w.mean = gsl_stats_mean(x + w.values, 1, (size_t)(n - w.values));
    return w;
}

/* ---- batch means --------------------------------------------------------------------------- */

stats_batches stats_batch_means(const double *x, int n, int n_batches, double level)
{
    assert(n_batches >= 2 && n_batches <= n);
    const int size = n / n_batches;
    double *batch = error_must(malloc((size_t)n_batches * sizeof *batch));
    find_means(x + (n - n_batches * size), size, n_batches, batch);
    stats_batches b = {.mean = stats_of(batch, n_batches, level), .size = size};
    b.error = b.mean.sd / sqrt(n_batches);
    double steps = 0;
    for (int i = 1; i < n_batches; i++)
        steps += (batch[i] - batch[i - 1]) * (batch[i] - batch[i - 1]);
    b.von_neumann = steps > 0 ? steps / (b.mean.sd * b.mean.sd * (n_batches - 1)) : 2;
    const double correlation =
        n_batches > 2 ? gsl_stats_correlation(batch, 1, batch + 1, 1, (size_t)n_batches - 1) : 0;
    b.correlation = isnan(correlation) ? 0 : correlation;
    b.correlated = fabs(b.correlation) > STATS_CORRELATED;
    free(batch);
    return b;
}

double stats_overlapping(const double *x, int n, int m)
{
    assert(m >= 1 && m < n);
    const double mean = gsl_stats_mean(x, 1, (size_t)n);
    /* Sums of deviations, so that what comes and goes leaves little behind. */
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        sum += x[i] - mean;
        sum -= i >= m ? x[i - m] - mean : 0;
        squares += i >= m - 1 ? sum * sum / m / m : 0;
    }
    return squares * m / ((double)(n - m) * (n - m + 1));
}

double stats_effective(const double *x, int n)
{
    assert(n >= 4);
    const double of_mean = stats_overlapping(x, n, (int)sqrt(n));
    const double of_values = gsl_stats_variance(x, 1, (size_t)n);
    return of_values > 0 ? of_values / of_mean : n;
}

/* ---- when to stop -------------------------------------------------------------------------- */

bool stats_is_precise(const stats_mean *m, const stats_precision *p)
{
    const double most = p->of_truth ? p->relative / (1 + p->relative) : p->relative;
    return m->n >= p->least && m->high - m->mean <= most * fabs(m->mean);
}

int stats_stop(const double *x, int n, const stats_precision *p)
{
    for (int i = 1; i <= n; i++) {
        const stats_mean m = stats_of(x, i, p->level);
        if (stats_is_precise(&m, p))
            return i;
    }
    return 0;
}
