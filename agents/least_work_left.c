/* least_work_left.c - the oldest task to the group with the least work in front of it, whatever its
 * own service takes there. With equal servers it is as good as one queue for all (Kiefer and
 * Wolfowitz 1955; Harchol-Balter, Performance Modeling and Design of Computer Systems, 2013,
 * section 24). */
#include "lib/rule.h"

static double work_s(const poise_view *v, int candidate)
{
    return v->group[v->candidate[candidate].group].backlog_s;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int first = rule_oldest(v), best = first;
    if (first < 0)
        return rule_hold(v);
    for (int c = first + 1; rule_same_task(v, c, first); c++)
        if (work_s(v, c) < work_s(v, best))
            best = c;
    return best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_least_work_left = {
    .abi = POISE_AGENT_ABI,
    .name = "least_work_left",
    .about = "the oldest task to the group with the least work in front of it",
    .attend = attend,
    .choose = choose,
};
