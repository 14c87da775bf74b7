/* fragmentation_gradient.c - FGD (Weng et al., USENIX ATC 2023): the oldest task to the group whose
 * fragmentation grows least.
 *
 * A device's fragmentation is what is free there that a typical job could not use, in the mean over
 * typical jobs: all of it where the job cannot run there or asks for no cores, else the parts with
 * less left than it needs. Typical are the most frequent demands of the workload as the scenario
 * declares it, up to `popularity` of all jobs. As in the authors' simulator the score is the
 * sigmoid of the decrease, counted in whole parts (GPUs), cut to percent, and a task takes the
 * fullest part that has room (as the environment does unless the scenario says otherwise). */
#include "lib/packing.h"

#include <stdlib.h>
#include <string.h>

#include "det.h"
#include "error.h"

enum { MOST_PARTS = 64, MOST_RESOURCES = 64, CACHE_BITS = 17 };

/* What is free on a device. */
typedef struct state {
    int n_parts;
    double whole, memory;
    double part[MOST_PARTS];
    double resource[MOST_RESOURCES];
} state;

/* A score that was found before, by all it depends on. */
typedef struct known {
    uint64_t key;  // 0: nothing
    double score;
} known;

typedef struct gradient {
    packer packer;  // first: rows are into it
    double popularity;
    int n_typical;
    poise_demand *typical;  // (n_typical) their parts sum to 1
    uint64_t *alike;        // (n_groups) equal where the same classes can run
    known *cache;           // (2^CACHE_BITS)
} gradient;

/* ---- typical jobs ------------------------------------------------------------------------- */

static bool same(const gradient *f, const poise_demand *a, const poise_demand *b)
{
    if (a->class_id != b->class_id || a->cores != b->cores ||
        (f->packer.memory && a->memory_bytes != b->memory_bytes))
        return false;
    if (!a->resource || !b->resource)
        return a->resource == b->resource;
    return memcmp(a->resource, b->resource,
                  (size_t)f->packer.space->n_resources * sizeof *a->resource) == 0;
}

static int by_part(const void *left, const void *right)
{
    const poise_demand *a = left, *b = right;
    if (a->part != b->part)
        return a->part > b->part ? -1 : 1;
    return (a > b) - (a < b);
}

/* Demands that differ in memory only are one where it does not count; then the most frequent. */
static void find_typical(gradient *f)
{
    const poise_space *space = f->packer.space;
    int n = 0;
    for (int k = 0; k < space->n_demands; k++) {
        int i = 0;
        while (i < n && !same(f, &f->typical[i], &space->demand[k]))
            i++;
        if (i == n)
            f->typical[n++] = space->demand[k];
        else
            f->typical[i].part += space->demand[k].part;
    }
    qsort(f->typical, (size_t)n, sizeof *f->typical, by_part);
    double sum = 0, all = 0;
    for (int k = 0; k < n; k++)
        all += f->typical[k].part;
    while (f->n_typical < n && sum < f->popularity * all)
        sum += f->typical[f->n_typical++].part;
    for (int k = 0; k < f->n_typical; k++)
        f->typical[k].part /= sum;
}

/* ---- fragmentation ------------------------------------------------------------------------ */

static state state_of(const gradient *f, const poise_view *v, int group)
{
    const poise_group *g = &v->group[group];
    const double up = packing_up(g);
    state s;
    s.n_parts = packing_parts(g);
    s.whole = packing_whole(g);
    s.memory = g->memory_free_bytes / up;
    for (int k = 0; k < s.n_parts; k++)
        s.part[k] = packing_free_in(g, k);
    for (int k = 0; k < f->packer.space->n_resources; k++)
        s.resource[k] = g->resource_free[k] / up;
    return s;
}

/* Cores free in parts that are of no use to a job which needs so many: all of them, if it does not
 * fit at all. */
static double useless(const state *s, double cores)
{
    const double in_each = cores < s->whole ? cores : s->whole;
    double wasted = 0, all = 0;
    int n = 0;
    for (int k = 0; k < s->n_parts; k++) {
        bool is_of_use = s->part[k] >= in_each;
        all += s->part[k];
        wasted += is_of_use ? 0 : s->part[k];
        n += is_of_use;
    }
    return n * in_each >= cores ? wasted : all;
}

static bool has_the_rest(const gradient *f, const state *s, const poise_demand *d)
{
    for (int k = 0; d->resource && k < f->packer.space->n_resources; k++)
        if ((double)d->resource[k] > s->resource[k])
            return false;
    return !f->packer.memory || (double)d->memory_bytes <= s->memory;
}

static double fragmentation(const gradient *f, const state *s, int group)
{
    const poise_space *space = f->packer.space;
    double sum = 0, all = 0;
    for (int k = 0; k < s->n_parts; k++)
        all += s->part[k];
    for (int k = 0; k < f->n_typical; k++) {
        const poise_demand *d = &f->typical[k];
        bool fits = d->cores > 0 && space->speed[d->class_id * space->n_groups + group] > 0 &&
                    has_the_rest(f, s, d);
        sum += d->part * (fits ? useless(s, d->cores) : all);
    }
    return sum / s->whole;
}

/* The task takes what it needs. */
static void place(const gradient *f, state *s, const poise_task *t)
{
    double left = t->cores;
    for (int k = 0; t->resource && k < f->packer.space->n_resources; k++)
        s->resource[k] -= (double)t->resource[k];
    s->memory -= t->memory_bytes;
    if (left < s->whole) {
        int best = -1;
        for (int k = 0; k < s->n_parts; k++)
            if (s->part[k] >= left && (best < 0 || s->part[k] < s->part[best]))
                best = k;
        if (best >= 0)
            s->part[best] -= left;
        return;
    }
    for (int k = 0; k < s->n_parts && left > 0; k++)
        if (s->part[k] >= s->whole) {
            s->part[k] -= s->whole;
            left -= s->whole;
        }
}

/* ---- scores ------------------------------------------------------------------------------- */

static inline uint64_t mixed(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15ULL;
    return h ^ h >> 29;
}

/* Names all that a score depends on; parts in any order. */
static uint64_t key_of(const gradient *f, const poise_view *v, const poise_task *t, int group)
{
    const poise_group *g = &v->group[group];
    uint64_t h = mixed(f->alike[group], (uint64_t)g->cores << 32 | (uint64_t)g->cores_free);
    uint64_t parts = 0;
    for (int k = 0; g->part_free && k < g->parts; k++)
        parts += mixed(0x51ed270b, g->part_free[k]);
    h = mixed(mixed(h, parts), (uint64_t)g->parts << 32 | (uint64_t)g->up);
    for (int k = 0; k < f->packer.space->n_resources; k++) {
        h = mixed(h, (uint64_t)(int64_t)g->resource_free[k]);
        h = mixed(h, t->resource ? (uint64_t)t->resource[k] : 0);
    }
    if (f->packer.memory)
        h = mixed(mixed(h, (uint64_t)t->memory_bytes),
                  isinf(g->memory_free_bytes) ? 1 : (uint64_t)(int64_t)g->memory_free_bytes);
    return mixed(h, (uint64_t)t->cores) | 1;
}

static double score(void *agent, const poise_view *v, const poise_task *t, int group)
{
    gradient *f = agent;
    const uint64_t key = key_of(f, v, t, group);
    known *k = &f->cache[key >> (64 - CACHE_BITS)];
    if (k->key == key)
        return k->score;
    state s = state_of(f, v, group);
    const double before = fragmentation(f, &s, group);
    place(f, &s, t);
    const double less = before - fragmentation(f, &s, group);
    *k = (known){key, packing_cut(&f->packer, 1 / (1 + det_exp(-less)))};
    return k->score;
}

static int choose(void *agent, const poise_view *v)
{
    gradient *f = agent;
    return packing_choose(f, &f->packer, v, score);
}

static void attend(void *agent, const poise_view *v, double *attention)
{
    rule_point(v, choose(agent, v), attention);
}

static bool init(void *agent, const poise_space *space, uint64_t seed, poise_error *err)
{
    gradient *f = agent;
    (void)seed;
    if (!packing_init(&f->packer, space, err, "fragmentation_gradient"))
        return false;
    f->typical = calloc((size_t)space->n_demands + 1, sizeof *f->typical);
    f->alike = calloc((size_t)space->n_groups, sizeof *f->alike);
    f->cache = calloc((size_t)1 << CACHE_BITS, sizeof *f->cache);
    if (!f->typical || !f->alike || !f->cache) {
        error_add(err, "agent fragmentation_gradient: out of memory");
        return false;
    }
    find_typical(f);
    for (int g = 0; g < space->n_groups; g++)
        for (int c = 0; c < space->n_classes; c++)
            f->alike[g] = mixed(f->alike[g], space->speed[c * space->n_groups + g] > 0 ? 1 : 2);
    return true;
}

static void begin(void *agent, poise_mode mode, uint64_t seed)
{
    (void)mode;
    packing_begin(agent, seed);
}

static void release(void *agent)
{
    gradient *f = agent;
    packing_free(&f->packer);
    free(f->typical);
    free(f->alike);
    free(f->cache);
}

static const poise_option options[] = {
    PACKING_ROWS,
    {"popularity", POISE_REAL, offsetof(gradient, popularity), 0.95, 0, 1, "",
     "the most frequent demands that make up so much of all jobs are typical", NULL},
    {0},
};

const poise_agent_type agent_fragmentation_gradient = {
    .abi = POISE_AGENT_ABI,
    .name = "fragmentation_gradient",
    .about = "the oldest task where it fragments devices least (FGD, Weng et al. 2023)",
    .options = options,
    .size = sizeof(gradient),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .free = release,
};
