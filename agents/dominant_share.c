/* dominant_share.c - dominant resource fairness: a task of the tenant whose largest share of any
 * resource, cores or memory, is smallest (Ghodsi et al., NSDI 2011). What tenants hold is seen
 * where the scenario shows running tasks. Tasks of nobody count as those of one more tenant. */
#include "lib/rule.h"

#include "error.h"

#include <stdlib.h>

typedef struct dominant_share {
    int n_tenants;
    double *cores, *memory;  // (n_tenants + 1) held now
} dominant_share;

/* What all groups have. */
static double total(const poise_view *v, bool memory)
{
    double sum = 0;
    for (int g = 0; g < v->n_groups; g++)
        sum += v->group[g].count * (memory ? v->group[g].memory_bytes : v->group[g].cores);
    return sum;
}

static int owner(const dominant_share *d, const poise_task *t)
{
    return t->tenant >= 0 ? t->tenant : d->n_tenants;
}

static void count(dominant_share *d, const poise_view *v)
{
    for (int k = 0; k <= d->n_tenants; k++)
        d->cores[k] = d->memory[k] = 0;
    for (int i = v->n_tasks; i < v->n_tasks + v->n_running; i++) {
        d->cores[owner(d, &v->task[i])] += v->task[i].cores;
        d->memory[owner(d, &v->task[i])] += v->task[i].memory_bytes;
    }
}

static int choose(void *state, const poise_view *v)
{
    dominant_share *d = state;
    const double cores = total(v, false), memory = total(v, true);
    int best = -1;
    double least = 0;
    count(d, v);
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        if (!poise_gives_device(it) || v->task[it->task].group >= 0)
            continue;
        int k = owner(d, &v->task[it->task]);
        double share = fmax(d->cores[k] / cores, d->memory[k] / memory);
        if (best < 0 || share < least) {
            best = c;
            least = share;
        }
    }
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    dominant_share *d = state;
    (void)seed;
    d->n_tenants = space->n_tenants;
    d->cores = calloc((size_t)space->n_tenants + 1, sizeof *d->cores);
    d->memory = calloc((size_t)space->n_tenants + 1, sizeof *d->memory);
    if (!d->cores || !d->memory)
        error_add(err, "agent dominant_share: out of memory");
    return d->cores && d->memory;
}

static void release(void *state)
{
    free(((dominant_share *)state)->cores);
    free(((dominant_share *)state)->memory);
}

const poise_agent_type agent_dominant_share = {
    .abi = POISE_AGENT_ABI,
    .name = "dominant_share",
    .about = "a task of the tenant with the smallest dominant share (Ghodsi et al. 2011)",
    .size = sizeof(dominant_share),
    .init = init,
    .attend = attend,
    .choose = choose,
    .free = release,
};
