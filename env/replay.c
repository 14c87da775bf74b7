/* replay.c - jobs that the scenario holds: in its order, where nothing is random, or shuffled and
 * drawn again (as simulators of packing inflate a list of tasks until a cluster is full: Weng et
 * al., USENIX ATC 2023). A shuffle is a permutation that is computed, not stored: a Feistel network
 * on the numbers below a power of four, whose values beyond the last job are mapped again until
 * they are of one (Black and Rogaway, CT-RSA 2002). */
#include "replay.h"

#include "device.h"

const char *const replay_orders[] = {"recorded", "shuffled", 0};

enum { ROUNDS = 6 };

typedef struct replay {
    int64_t delivered;
    int64_t total;  // jobs of the episode
    int half_bits;  // of the numbers that are permuted
    uint32_t entity;
    uint64_t seed;
    int64_t asked, capacity;  // cores
} replay;

size_t replay_state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(replay);
}

static int64_t cores_there_are(const poise_scenario *s)
{
    int64_t cores = 0;
    for (int g = 0; g < s->n_groups; g++)
        cores += (int64_t)s->group[g].count * s->group[g].law->cores(&s->group[g]);
    return cores;
}

/* Job number k of the episode before it is shuffled: those of the list, then such that are drawn
 * from it. */
static const trace_job *job_of(const scenario_source *src, const replay *r, int64_t k)
{
    if (k < src->n_jobs)
        return scenario_job_of(src, k);
    poise_rng draw = poise_rng_at(r->seed, POISE_FOR_SOURCE, r->entity, (uint32_t)k);
    return &src->job[poise_rng_below(&draw, (int)src->n_jobs)];
}

/* How many jobs there are once they ask for as much as is wanted. */
static int64_t count_jobs(const scenario_source *src, const replay *r)
{
    double wanted = src->fill * (double)r->capacity;
    int64_t n = src->n_jobs, asked = 0;
    for (int64_t k = 0; k < n; k++)
        asked += scenario_job_of(src, k)->cores;
    if (asked == 0)
        return n;
    while ((double)asked < wanted && n < INT32_MAX)
        asked += job_of(src, r, n++)->cores;
    return n;
}

void replay_reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    replay *r = state;
    *r = (replay){.total = src->n_jobs, .seed = seed, .entity = (uint32_t)(src - s->source)};
    if (!src->shuffled)
        return;
    r->capacity = cores_there_are(s);
    r->total = count_jobs(src, r);
    while (INT64_C(1) << 2 * r->half_bits < r->total)
        r->half_bits++;
}

static uint64_t scramble(const replay *r, uint64_t x)
{
    const uint64_t mask = (UINT64_C(1) << r->half_bits) - 1;
    uint64_t left = x >> r->half_bits, right = x & mask;
    for (int k = 0; k < ROUNDS; k++) {
        poise_rng f = poise_rng_at(r->seed, POISE_FOR_SHUFFLE, r->entity * ROUNDS + (uint32_t)k,
                                   (uint32_t)right);
        uint64_t next = left ^ (poise_rng_u32(&f) & mask);
        left = right;
        right = next;
    }
    return left << r->half_bits | right;
}

/* Which job comes as number k. */
static int64_t shuffled(const replay *r, int64_t k)
{
    uint64_t x = (uint64_t)k;
    do
        x = scramble(r, x);
    while (x >= (uint64_t)r->total);
    return (int64_t)x;
}

bool replay_next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    (void)s;
    replay *r = state;
    if (r->delivered == r->total ||
        (src->shuffled && r->delivered > HORIZON_MAX_NS / src->period_ns))
        return false;
    const int64_t k = r->delivered++;
    const trace_job *j = src->shuffled ? job_of(src, r, shuffled(r, k)) : scenario_job_of(src, k);
    *out = (arrival){
        .time_ns = src->shuffled ? k * src->period_ns : j->arrival_ns,
        .size = j->size,
        .estimate = j->estimate,
        .memory_bytes = j->memory_bytes,
        .cores = j->cores,
        .class_id = j->class_id,
        .deadline_ns = j->deadline_ns,
        .resources = j->resources,
    };
    r->asked += j->cores;
    return !(src->until > 0 && (double)r->asked > src->until * (double)r->capacity);
}
