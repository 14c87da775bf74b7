/* renewal.c - independent gaps of any distribution between arrivals. */
#include "scenario_load.h"
#include "source_draw.h"

typedef struct renewal {
    uint64_t seed;
    int64_t time_ns;
    uint32_t n_jobs;  // delivered so far
} renewal;

static size_t state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(renewal);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    (void)s;
    *(renewal *)state = (renewal){.seed = seed, .time_ns = src->start_ns};
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    renewal *w = state;
    if (src->max_jobs > 0 && w->n_jobs >= (uint32_t)src->max_jobs)
        return false;
    poise_rng r = poise_rng_at(w->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), w->n_jobs);
    double u = poise_rng_uniform(&r), size = poise_rng_uniform(&r);
    double gap_ns = 1e9 * dist_draw(&src->gap, u, &r) * (src->own_per_s / src->rate_per_s);
    if (!(gap_ns < (double)(HORIZON_MAX_NS - w->time_ns)))
        return false;
    w->time_ns += (int64_t)(gap_ns + 0.5);
    out->time_ns = w->time_ns;
    source_draw_job(s, src, w->seed, w->n_jobs++, size, false, out);
    return true;
}

static void read(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    scenario_take_rate(l, map, src, 1 / src->gap.mean);
}

static void again(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending)
{
    (void)s;
    renewal *w = state;
    w->seed = seed;
    w->n_jobs -= pending;
    w->time_ns = now_ns > src->start_ns ? now_ns : src->start_ns;
}

static const poise_option options[] = {
    {"rate", POISE_QUANTITY, offsetof(scenario_source, rate_per_s), 0, 0, 1e9, "/s",
     "mean arrivals per second to which gaps are scaled; 0 as they stand", NULL},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which the first gap counts", NULL},
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), 0, 0, 2e9, "",
     "most jobs it delivers, 0 without limit", NULL},
    {0},
};

static const dist_option dists[] = {
    {"gap", offsetof(scenario_source, written_gap), offsetof(scenario_source, gap), "s",
     "time between arrivals"},
    {0},
};

const source_type source_renewal = {
    .name = "renewal",
    .about = "independent gaps of any distribution between arrivals",
    .options = options,
    .further = source_stop,
    .dists = dists,
    .has_mix = true,
    .state_bytes = state_bytes,
    .reset = reset,
    .next = next,
    .again = again,
    .read = read,
};
