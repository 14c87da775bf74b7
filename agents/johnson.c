/* johnson.c - Johnson's order of jobs that go through two machines: those that are shorter on the
 * first by their time there, then the others by their time on the second, the longest first (Naval
 * Research Logistics Quarterly 1 (1954)). Ends soonest if all are there at the beginning. Jobs that
 * are not chains of two tasks come last. */
#include "lib/rule.h"

static double order(const poise_view *v, const poise_task *t)
{
    const poise_graph *g = t->graph >= 0 ? &v->space->graph[t->graph] : NULL;
    if (!g || g->n_tasks != 2 || g->n_edges != 1)
        return -1e300;
    double first_s = g->service_s[0], second_s = g->service_s[1];
    return first_s < second_s ? 1 / fmax(first_s, 1e-9) : -1 / fmax(second_s, 1e-9);
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    return rule_choose(v, order);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    rule_attend(v, order, attention);
}

const poise_agent_type agent_johnson = {
    .abi = POISE_AGENT_ABI,
    .name = "johnson",
    .about = "Johnson's order of jobs that go through two machines (1954)",
    .attend = attend,
    .choose = choose,
};
