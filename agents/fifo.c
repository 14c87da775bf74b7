/* fifo.c - first in, first out: the oldest task to the group that will have done it first. */
#include "lib/rule.h"

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int best = 0;
    for (int c = 1; c < v->n_candidates && v->candidate[c].task == v->candidate[0].task; c++)
        if (rule_finish_s(v, c) < rule_finish_s(v, best))
            best = c;
    return best;
}

const poise_agent_type agent_fifo = {
    .abi = POISE_AGENT_ABI,
    .name = "fifo",
    .about = "the oldest task to the group, among those free, that will have done it first",
    .choose = choose,
};
