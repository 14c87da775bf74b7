/* stats_suite.c - see stats_suite.h. */
#include "stats_suite.h"

#include "error.h"
#include "poise.h"
#include "stats.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- interquartile means ------------------------------------------------------------------- */

double stats_iqm(double *x, int n)
{
    assert(n >= 1);
    gsl_sort(x, 1, (size_t)n);
    double sum = 0;
    for (int i = n / 4; i < n - n / 4; i++)
        sum += x[i];
    return sum / (n - 2 * (n / 4));
}

double stats_iqm_fractional(double *x, int n)
{
    assert(n >= 1);
    gsl_sort(x, 1, (size_t)n);
    double sum = 0;
    for (int i = 0; i < n; i++)  // value i stands for the places from i to i + 1
        sum += x[i] * fmax(0, fmin(i + 1, .75 * n) - fmax(i, .25 * n));
    return sum / (.5 * n);
}

/* ---- aggregates ---------------------------------------------------------------------------- */

static int n_values(const stats_scores *s)
{
    return s->n_runs * s->n_tasks;
}

double stats_suite_mean(const stats_scores *s, double at)
{
    (void)at;
    double sum = 0;
    for (int i = 0; i < n_values(s); i++)
        sum += s->x[i];
    return sum / n_values(s);
}

double stats_suite_median(const stats_scores *s, double at)
{
    (void)at;
    /* The means take the place of the first run's scores, which are not needed any more. */
    for (int m = 0; m < s->n_tasks; m++) {
        double sum = 0;
        for (int i = 0; i < s->n_runs; i++)
            sum += s->x[i * s->n_tasks + m];
        s->x[m] = sum / s->n_runs;
    }
    gsl_sort(s->x, 1, (size_t)s->n_tasks);
    return gsl_stats_median_from_sorted_data(s->x, 1, (size_t)s->n_tasks);
}

double stats_suite_iqm(const stats_scores *s, double at)
{
    (void)at;
    return stats_iqm(s->x, n_values(s));
}

double stats_suite_iqm_fractional(const stats_scores *s, double at)
{
    (void)at;
    return stats_iqm_fractional(s->x, n_values(s));
}

double stats_suite_gap(const stats_scores *s, double at)
{
    double sum = 0;
    for (int i = 0; i < n_values(s); i++)
        sum += fmin(s->x[i], at);
    return at - sum / n_values(s);
}

double stats_suite_profile(const stats_scores *s, double at)
{
    int above = 0;
    for (int i = 0; i < n_values(s); i++)
        above += s->x[i] > at;
    return (double)above / n_values(s);
}

double stats_suite_improvement(const stats_scores *s, double at)
{
    (void)at;
    const int n_tasks = s[0].n_tasks;
    assert(s[1].n_tasks == n_tasks);
    double above = 0;
    for (int i = 0; i < s[0].n_runs; i++)
        for (int k = 0; k < s[1].n_runs; k++)
            for (int m = 0; m < n_tasks; m++) {
                const double x = s[0].x[i * n_tasks + m], y = s[1].x[k * n_tasks + m];
                above += x > y ? 1 : x == y ? .5 : 0;
            }
    return above / s[0].n_runs / s[1].n_runs / n_tasks;
}

double stats_suite_iqm_difference(const stats_scores *s, double at)
{
    return stats_suite_iqm(&s[0], at) - stats_suite_iqm(&s[1], at);
}

/* ---- bootstrap ----------------------------------------------------------------------------- */

/* Sets with room for their scores, in one block; to be freed. */
static stats_scores *room_for(const stats_bootstrap *b)
{
    size_t values = 0, sets = (size_t)b->n_sets * sizeof(stats_scores);
    for (int k = 0; k < b->n_sets; k++)
        values += (size_t)n_values(&b->set[k]);
    stats_scores *room = error_must(malloc(sets + values * sizeof(double)));
    double *x = (double *)((char *)room + sets);
    for (int k = 0; k < b->n_sets; k++) {
        room[k] = b->set[k];
        room[k].x = x;
        x += n_values(&room[k]);
    }
    return room;
}

/* A stream for each task of each resample (and for each set, if they do not go together). */
static void draw(const stats_scores *from, uint64_t seed, int first_stream, int number,
                 stats_scores *to)
{
    for (int m = 0; m < from->n_tasks; m++) {
        poise_rng rng =
            poise_rng_at(seed, POISE_FOR_BOOTSTRAP, (uint32_t)(first_stream + m), (uint32_t)number);
        for (int i = 0; i < from->n_runs; i++)
            to->x[i * from->n_tasks + m] =
                from->x[poise_rng_below(&rng, from->n_runs) * from->n_tasks + m];
    }
}

void stats_resample(const stats_bootstrap *b, int first, int n, double *value)
{
    stats_scores *room = room_for(b);
    for (int i = 0; i < n; i++) {
        int stream = 0;
        for (int k = 0; k < b->n_sets; k++) {
            assert(!b->paired || b->set[k].n_runs == b->set[0].n_runs);
            draw(&b->set[k], b->seed, stream, first + i, &room[k]);
            stream += b->paired ? 0 : b->set[k].n_tasks;
        }
        value[i] = b->aggregate(room, b->at);
    }
    free(room);
}

/* Of the scores as they are. */
static double value_of(const stats_bootstrap *b)
{
    stats_scores *room = room_for(b);
    for (int k = 0; k < b->n_sets; k++)
        memcpy(room[k].x, b->set[k].x, (size_t)n_values(&room[k]) * sizeof(double));
    const double value = b->aggregate(room, b->at);
    free(room);
    return value;
}

static stats_doubt doubt_of(const stats_bootstrap *b)
{
    stats_doubt doubt = STATS_FINE;
    for (int k = 0; k < b->n_sets; k++) {
        const int n = b->set[k].n_runs;
        const stats_doubt of = n < STATS_RUNS_REFUSED ? STATS_REFUSED
                               : n < STATS_RUNS_FEW   ? STATS_FEW
                                                      : STATS_FINE;
        doubt = of > doubt ? of : doubt;
    }
    return doubt;
}

stats_estimate stats_bootstrap_of(const stats_bootstrap *b, int n_resamples, double level)
{
    assert(n_resamples >= 2);
    stats_estimate e = {value_of(b), NAN, NAN, NAN, doubt_of(b)};
    if (e.doubt == STATS_REFUSED)
        return e;
    double *value = error_must(malloc((size_t)n_resamples * sizeof *value));
    stats_resample(b, 0, n_resamples, value);
    e.sd = gsl_stats_sd(value, 1, (size_t)n_resamples);
    e.low = stats_quantile_7(value, n_resamples, .5 - level / 2);
    e.high = stats_quantile_7(value, n_resamples, .5 + level / 2);
    free(value);
    return e;
}
