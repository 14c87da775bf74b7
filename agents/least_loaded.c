/* least_loaded.c - the oldest task to the group with the least work per device, by count of tasks:
 * what a load balancer does that knows no speeds. Where every group is one server with its own
 * queue that is to join the shortest queue (Winston, J. Appl. Prob. 14 (1977)). */
#include "lib/rule.h"

static double load(const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (!poise_gives_device(c))
        return INFINITY;
    const poise_group *g = &v->group[c->group];
    int capacity = g->count * g->cores;
    return (double)(capacity - g->cores_free + g->queued) / capacity;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int first = rule_oldest(v), best = first;
    if (first < 0)
        return rule_hold(v);
    for (int c = first + 1; rule_same_task(v, c, first); c++)
        if (load(v, c) < load(v, best))
            best = c;
    return best;
}

const poise_agent_type agent_least_loaded = {
    .abi = POISE_AGENT_ABI,
    .name = "least_loaded",
    .about = "the oldest task to the group with the fewest tasks per device (shortest queue)",
    .choose = choose,
};
