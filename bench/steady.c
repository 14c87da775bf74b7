/* steady.c - see steady.h. */
#include "steady.h"

#include <math.h>

static double sum_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* The variance of the single times in batches first .. n - 1. */
static double variance_of(const poise_series *s, int first)
{
    double count = 0, sum = 0, squares = 0;
    for (int i = first; i < s->n; i++) {
        count += s->count[i];
        sum += s->count[i] * s->mean[i];
        squares += s->count[i] * s->square[i];
    }
    return count > 1 ? (squares - sum * sum / count) / (count - 1) : 0;
}

/* How many independent times would say as much: the variance of single ones over that of the mean,
 * from overlapping batches as long as those of the interval. */
static double effective_of(const poise_series *s, int first, int batches)
{
    const int n = s->n - first, size = n / batches;
    const double count = sum_of(s->count + first, n);
    const double of_mean = stats_overlapping(s->mean + first, n, size);
    return of_mean > 0 ? variance_of(s, first) / of_mean : count;
}

static void analyse(const poise_series *s, const poise_steady *asked, steady_summary *to)
{
    int first = 0;
    to->n = (int64_t)sum_of(s->count, s->n);
    to->stationary = s->n >= 2 * asked->batches;
    if (asked->deletes && to->stationary) {
        const stats_warmup w = stats_mser(s->mean, s->n, 1);
        to->stationary = w.stationary;
        first = w.batches;
    }
    to->deleted = (int64_t)sum_of(s->count, first);
    to->batches = asked->batches;
    if (!to->stationary)
        return;
    const stats_batches b =
        stats_batch_means(s->mean + first, s->n - first, asked->batches, STEADY_LEVEL);
    to->mean = b.mean.mean;
    to->half = b.mean.high - b.mean.mean;
    to->correlation = b.correlation;
    to->von_neumann = b.von_neumann;
    to->effective = effective_of(s, first, asked->batches);
}

bool steady_of(const poise_episode *ep, steady_summary *to)
{
    const poise_steady asked = poise_scenario_steady(ep->scenario);
    poise_series s;
    *to = (steady_summary){.metric = asked.metric};
    to->mean = to->half = to->correlation = to->von_neumann = to->effective = NAN;
    if (!poise_series_of(ep, &s))
        return false;
    if (s.n > 0)
        analyse(&s, &asked, to);
    poise_series_free(&s);
    return true;
}

bool steady_is_sound(const steady_summary *s)
{
    return s->stationary && !(fabs(s->correlation) > STATS_CORRELATED);
}
