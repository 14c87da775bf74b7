/* gpu_clustering.c - the oldest task to a device with tasks of its own kind only (such that share a
 * part, one part each, two, ...), then to one with such tasks among others, then to an idle one,
 * last to any; of these to the fullest (Weng et al., USENIX ATC 2023, after Gandiva's grouping of
 * jobs by what they ask for). Tasks without cores are of no kind and go to the first group. */
#include "lib/packing.h"

#include <stdlib.h>

#include "error.h"

enum { MOST_KIND = 31 };

typedef struct clusters {
    packer packer;   // first: rows are into it
    uint32_t *kind;  // (n_groups) a bit for each kind sent there since it was last idle
} clusters;

static uint32_t kind_of(const poise_group *g, int cores)
{
    if (packing_shares(g, cores))
        return 1;
    double parts = cores / packing_whole(g);
    return UINT32_C(1) << (parts < MOST_KIND ? (int)parts : MOST_KIND);
}

static double score(void *state, const poise_view *v, const poise_task *t, int group)
{
    const clusters *s = state;
    const poise_group *g = &v->group[group];
    if (t->cores == 0)
        return 0;
    const uint32_t own = kind_of(g, t->cores), there = g->running == 0 ? 0 : s->kind[group];
    double level = there == own ? 0.75 : there & own ? 0.5 : there == 0 ? 0.25 : 0;
    return packing_cut(&s->packer, level + 0.25 * (1 - packing_cores(g) / s->packer.most_cores));
}

static int choose(void *state, const poise_view *v)
{
    clusters *s = state;
    const int best = packing_choose(s, &s->packer, v, score);
    const poise_candidate *c = &v->candidate[best];
    if (!poise_gives_device(c))
        return best;
    const poise_group *g = &v->group[c->group];
    const int cores = v->task[c->task].cores;
    if (g->running == 0)
        s->kind[c->group] = 0;
    if (cores > 0)
        s->kind[c->group] |= kind_of(g, cores);
    return best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    clusters *s = state;
    (void)seed;
    if (!packing_init(&s->packer, space, err, "gpu_clustering"))
        return false;
    s->kind = calloc((size_t)space->n_groups, sizeof *s->kind);
    if (!s->kind)
        error_add(err, "agent gpu_clustering: out of memory");
    return s->kind != NULL;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    clusters *s = state;
    (void)mode;
    packing_begin(&s->packer, seed);
    for (int g = 0; g < s->packer.space->n_groups; g++)
        s->kind[g] = 0;
}

static void release(void *state)
{
    clusters *s = state;
    packing_free(&s->packer);
    free(s->kind);
}

static const poise_option options[] = {PACKING_STEPS, {0}};

const poise_agent_type agent_gpu_clustering = {
    .abi = POISE_AGENT_ABI,
    .name = "gpu_clustering",
    .about = "tasks that ask for the same number of parts onto the same devices (Weng et al. 2023)",
    .options = options,
    .size = sizeof(clusters),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .free = release,
};
