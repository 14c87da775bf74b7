/* statistics.c - see statistics.h. */
#include "statistics.h"

#include <stdlib.h>
#include <string.h>

/* Run times below this count as this much in the bounded slowdown (Feitelson et al., 1997). */
#define BOUND_S 10.0

/* ---- histograms --------------------------------------------------------------------------- */

int histogram_bucket(int64_t value)
{
    uint64_t v = (uint64_t)value;
    int above = v >> HISTOGRAM_BITS ? 63 - __builtin_clzll(v) - HISTOGRAM_BITS : 0;
    return (int)(v >> above) + (above << HISTOGRAM_BITS);
}

/* How many bits of the values in the bucket differ. */
static int loose_bits(int bucket)
{
    return bucket < 2 << HISTOGRAM_BITS ? 0 : (bucket >> HISTOGRAM_BITS) - 1;
}

int64_t histogram_low(int bucket)
{
    int loose = loose_bits(bucket);
    return (int64_t)(bucket - (loose << HISTOGRAM_BITS)) << loose;
}

int64_t histogram_width(int bucket)
{
    return (int64_t)1 << loose_bits(bucket);
}

int histogram_find(const histogram *h, int64_t *rank)
{
    int bucket = 0;
    while (*rank > h->count[bucket])
        *rank -= h->count[bucket++];
    return bucket;
}

static void count(histogram *h, int64_t value)
{
    h->count[histogram_bucket(value)]++;
    h->n++;
}

/* ---- statistics --------------------------------------------------------------------------- */

poise_statistics *statistics_new(const poise_scenario *s, bool keeps_series)
{
    size_t speeds = ((size_t)s->n_classes * sizeof(double) + 15) & ~(size_t)15;
    size_t tenants = ((size_t)s->n_tenants * sizeof(tenant_statistics) + 15) & ~(size_t)15;
    size_t batches = keeps_series ? sizeof(batch_series) : 0;
    poise_statistics *st = calloc(1, sizeof *st + speeds + tenants + batches);
    if (!st)
        return NULL;
    st->best_speed = (double *)(st + 1);
    st->tenant = (tenant_statistics *)((char *)(st + 1) + speeds);
    st->series = batches ? (batch_series *)((char *)(st + 1) + speeds + tenants) : NULL;
    for (int c = 0; c < s->n_classes; c++) {
        st->best_speed[c] = 0;
        for (int g = 0; g < s->n_groups; g++) {
            double here = s->speed[c * s->n_groups + g];
            st->best_speed[c] = here > st->best_speed[c] ? here : st->best_speed[c];
        }
    }
    statistics_clear(st, s);
    return st;
}

void statistics_free(poise_statistics *st)
{
    free(st);
}

void statistics_clear(poise_statistics *st, const poise_scenario *s)
{
    memset(st, 0, offsetof(poise_statistics, best_speed));
    memset(st->tenant, 0, (size_t)s->n_tenants * sizeof *st->tenant);
    if (st->series)
        batches_clear(st->series);
}

void statistics_add_task(poise_statistics *st, const finished_task *t)
{
    int64_t response_ns = t->finished_ns - t->arrived_ns;
    double response_s = seconds(response_ns);
    double service_s = seconds(t->finished_ns - t->started_ns);
    double best_s = t->size / st->best_speed[t->class_id];
    double bounded = response_s / (service_s > BOUND_S ? service_s : BOUND_S);
    st->n++;
    st->response_ns += response_ns;
    st->wait_ns += t->started_ns - t->arrived_ns;
    st->slowdown += best_s > 0 ? response_s / best_s : 1;
    st->bounded_slowdown += bounded > 1 ? bounded : 1;
    st->work += t->size;
    st->quality += t->quality;
    st->longest_ns = response_ns > st->longest_ns ? response_ns : st->longest_ns;
    st->last_ns = t->finished_ns > st->last_ns ? t->finished_ns : st->last_ns;
    count(&st->response, response_ns);
}

void statistics_add_job(poise_statistics *st, int64_t response_ns)
{
    st->n_jobs++;
    st->job_response_ns += response_ns;
    st->longest_job_ns = response_ns > st->longest_job_ns ? response_ns : st->longest_job_ns;
    count(&st->job_response, response_ns);
}
