/* deterministic.c - one arrival every period. */
#include "source_draw.h"

typedef struct deterministic {
    uint64_t seed;
    uint32_t n_jobs;  // delivered so far
} deterministic;

static size_t state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(deterministic);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    (void)s, (void)src;
    *(deterministic *)state = (deterministic){.seed = seed};
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    deterministic *d = state;
    if (src->max_jobs > 0 && d->n_jobs >= (uint32_t)src->max_jobs)
        return false;
    if (d->n_jobs > (INT64_MAX - src->start_ns) / src->period_ns)
        return false;
    out->time_ns = src->start_ns + d->n_jobs * src->period_ns;
    poise_rng r = poise_rng_at(d->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), d->n_jobs);
    source_draw_job(s, src, d->seed, d->n_jobs++, poise_rng_uniform(&r), false, out);
    return true;
}

static void again(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending)
{
    (void)s, (void)src, (void)now_ns;
    deterministic *d = state;
    d->seed = seed;
    d->n_jobs -= pending;
}

static const poise_option options[] = {
    {"period", POISE_TIME, offsetof(scenario_source, period_ns), POISE_REQUIRED, 1e-9,
     HORIZON_MAX_S, "s", "time between arrivals", NULL},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "time of the first arrival", NULL},
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), 0, 0, 2e9, "",
     "most jobs it delivers, 0 without limit", NULL},
    {0},
};

const source_type source_deterministic = {
    .name = "deterministic",
    .about = "one arrival every period",
    .options = options,
    .further = source_stop,
    .has_mix = true,
    .state_bytes = state_bytes,
    .reset = reset,
    .next = next,
    .again = again,
};
