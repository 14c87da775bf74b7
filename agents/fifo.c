/* fifo.c - first in, first out: the oldest task to the group that will have done it first. */
#include "lib/rule.h"

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int first = rule_oldest(v), best = first;
    if (first < 0)
        return rule_hold(v);
    for (int c = first + 1; rule_same_task(v, c, first); c++)
        if (rule_finish_s(v, c) < rule_finish_s(v, best))
            best = c;
    return best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    int best = choose(state, v);
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        attention[c] = poise_gives_device(it) ? -(double)v->task[it->task].id - 1 : rule_rest(it);
    }
    attention[best] += 0.5;
}

const poise_agent_type agent_fifo = {
    .abi = POISE_AGENT_ABI,
    .name = "fifo",
    .about = "the oldest task to the group, among those free, that will have done it first",
    .attend = attend,
    .choose = choose,
};
