/* batch.c - all jobs at once. */
#include "source_draw.h"

typedef struct batch {
    uint64_t seed;
    uint32_t n_jobs;  // delivered so far
} batch;

static size_t state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(batch);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    (void)s, (void)src;
    *(batch *)state = (batch){.seed = seed};
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    batch *b = state;
    if (b->n_jobs >= (uint32_t)src->max_jobs)
        return false;
    out->time_ns = src->start_ns;
    poise_rng r = poise_rng_at(b->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), b->n_jobs);
    source_draw_job(s, src, b->seed, b->n_jobs++, poise_rng_uniform(&r), false, out);
    return true;
}

static void again(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending)
{
    (void)s, (void)src, (void)now_ns;
    batch *b = state;
    b->seed = seed;
    b->n_jobs -= pending;
}

static const poise_option options[] = {
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), POISE_REQUIRED, 1, 1e7, "",
     "how many jobs arrive", NULL},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "when they arrive", NULL},
    {0},
};

const source_type source_batch = {
    .name = "batch",
    .about = "all jobs at once",
    .options = options,
    .has_mix = true,
    .state_bytes = state_bytes,
    .reset = reset,
    .next = next,
    .again = again,
};
