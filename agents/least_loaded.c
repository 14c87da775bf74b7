/* least_loaded.c - the oldest task to the group with the least work per device, by count of tasks:
 * what a load balancer does that knows no speeds. */
#include "lib/rule.h"

static double load(const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (c->task == POISE_WAIT)
        return INFINITY;
    const poise_group *g = &v->group[c->group];
    int capacity = g->count * g->cores;
    return (double)(capacity - g->cores_free + g->queued) / capacity;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int best = 0;
    for (int c = 1; c < v->n_candidates && v->candidate[c].task == v->candidate[0].task; c++)
        if (load(v, c) < load(v, best))
            best = c;
    return best;
}

const poise_agent_type agent_least_loaded = {
    .abi = POISE_AGENT_ABI,
    .name = "least_loaded",
    .about = "the oldest task to the group with the fewest tasks per device",
    .choose = choose,
};
