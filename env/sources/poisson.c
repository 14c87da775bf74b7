/* poisson.c - arrivals with independent exponential gaps. Numbers are drawn a block of jobs ahead,
 * so that the arithmetic runs over arrays; the counter-based streams make that invisible. */
#include "det.h"
#include "rng.h"
#include "source_draw.h"

enum { AHEAD = 32 };

typedef struct poisson {
    uint64_t seed;
    int64_t time_ns;
    uint32_t n_jobs;  // delivered so far
    double gap_ns[AHEAD];
    double size[AHEAD];  // or the uniform numbers that decide it
    bool has_sizes;      // which of the two
} poisson;

static size_t state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(poisson);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    (void)s;
    poisson *p = state;
    p->seed = seed;
    p->time_ns = src->start_ns;
    p->n_jobs = 0;
}

/* Draws the block in which the next job is. */
static void fill(const poise_scenario *s, const scenario_source *src, poisson *p)
{
    rng_uniforms(p->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), p->n_jobs - p->n_jobs % AHEAD,
                 AHEAD, 0, p->gap_ns, p->size);
    p->has_sizes = source_fill_sizes(s, src, p->size, AHEAD);
    rng_exponentials(p->gap_ns, AHEAD, 1e9 / src->rate_per_s);
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    poisson *p = state;
    if (src->max_jobs > 0 && p->n_jobs >= (uint32_t)src->max_jobs)
        return false;
    uint32_t k = p->n_jobs % AHEAD;
    if (k == 0)
        fill(s, src, p);
    if (!(p->gap_ns[k] < (double)(HORIZON_MAX_NS - p->time_ns)))
        return false;  // not within any time that can be simulated
    p->time_ns += (int64_t)(p->gap_ns[k] + 0.5);
    out->time_ns = p->time_ns;
    source_draw_job(s, src, p->seed, p->n_jobs++, p->size[k], p->has_sizes, out);
    return true;
}

static void again(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending)
{
    poisson *p = state;
    p->seed = seed;
    p->n_jobs -= pending;
    p->time_ns = now_ns > src->start_ns ? now_ns : src->start_ns;
    if (p->n_jobs % AHEAD != 0)
        fill(s, src, p);
}

static const poise_option options[] = {
    {"rate", POISE_QUANTITY, offsetof(scenario_source, rate_per_s), POISE_REQUIRED, 1e-9, 1e9, "/s",
     "mean arrivals per second (rescaled where workload.load is given)", NULL},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which jobs arrive", NULL},
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), 0, 0, 2e9, "",
     "most jobs it delivers, 0 without limit", NULL},
    {0},
};

const source_type source_poisson = {
    .name = "poisson",
    .about = "independent exponential gaps between arrivals",
    .options = options,
    .further = source_stop,
    .has_mix = true,
    .state_bytes = state_bytes,
    .reset = reset,
    .next = next,
    .again = again,
};
