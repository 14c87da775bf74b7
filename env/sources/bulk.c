/* bulk.c - jobs that arrive in batches: at each epoch as many as a distribution says. */
#include "det.h"
#include "scenario_load.h"
#include "source_draw.h"

enum { MOST_AT_ONCE = 1000000000 };

typedef struct bulk {
    uint64_t seed;
    int64_t time_ns;    // of the last epoch
    uint32_t n_epochs;  // so far
    uint32_t n_jobs;    // delivered so far
    int left;           // jobs of the last epoch that are still to be delivered
} bulk;

static size_t state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(bulk);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    (void)s;
    *(bulk *)state = (bulk){.seed = seed, .time_ns = src->start_ns};
}

/* A size that is not whole is rounded up or down at random, so that the mean stays. */
static int whole(double x, double u)
{
    double n = __builtin_floor(x + u);
    return n < MOST_AT_ONCE ? (int)n : MOST_AT_ONCE;
}

/* Goes on to the next epoch; false if it is beyond any time that can be simulated. */
static bool next_epoch(const poise_scenario *s, const scenario_source *src, bulk *b)
{
    poise_rng r = poise_rng_at(b->seed, POISE_FOR_SOURCE, (uint32_t)(src - s->source), b->n_epochs);
    double gap = poise_rng_uniform(&r), size = poise_rng_uniform(&r);
    double mean_ns = 1e9 * src->batch.mean / src->rate_per_s;
    double gap_ns = src->epochs == BULK_POISSON ? -mean_ns * det_log(gap) : mean_ns;
    if (!(gap_ns < (double)(HORIZON_MAX_NS - b->time_ns)))
        return false;
    b->time_ns += (int64_t)(gap_ns + 0.5);
    b->n_epochs++;
    double jobs = dist_draw(&src->batch, size, &r);
    b->left = whole(jobs, poise_rng_uniform(&r));
    return true;
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    bulk *b = state;
    if (src->max_jobs > 0 && b->n_jobs >= (uint32_t)src->max_jobs)
        return false;
    while (b->left == 0)
        if (!next_epoch(s, src, b))
            return false;
    b->left--;
    out->time_ns = b->time_ns;
    poise_rng r = poise_rng_at(b->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), b->n_jobs);
    poise_rng_uniform(&r);  // a gap, for sources without batches
    source_draw_job(s, src, b->seed, b->n_jobs++, poise_rng_uniform(&r), false, out);
    return true;
}

static void read(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    if (!(src->batch.mean >= 1 && src->batch.mean <= 1e6))
        yaml_wrong(&l->doc, yaml_mark_of(map, "batch"), NULL,
                   "batch: its mean is %g jobs, it must be from 1 to 1e6", src->batch.mean);
    scenario_take_rate(l, map, src, src->rate_per_s);
}

static const char *const epochs[] = {"poisson", "deterministic", NULL};

static void again(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending)
{
    (void)s;
    bulk *b = state;
    b->seed = seed;
    b->n_jobs -= pending;
    b->left = 0;
    b->time_ns = now_ns > src->start_ns ? now_ns : src->start_ns;
}

static const poise_option options[] = {
    {"rate", POISE_QUANTITY, offsetof(scenario_source, rate_per_s), POISE_REQUIRED, 1e-9, 1e9, "/s",
     "mean jobs per second, in all batches", NULL},
    {"epochs", POISE_CHOICE, offsetof(scenario_source, epochs), BULK_POISSON, 0, 0, "",
     "when batches arrive: at random or at equal distances", epochs},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which the first gap counts", NULL},
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), 0, 0, 2e9, "",
     "most jobs it delivers, 0 without limit", NULL},
    {0},
};

static const dist_option dists[] = {
    {"batch", offsetof(scenario_source, written_batch), offsetof(scenario_source, batch), "job",
     "jobs at once; a fraction is rounded up or down at random, so that the mean stays"},
    {0},
};

const source_type source_bulk = {
    .name = "bulk",
    .about = "batches of jobs, at the epochs of a Poisson process or at equal distances",
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
