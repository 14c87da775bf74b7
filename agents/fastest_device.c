/* fastest_device.c - the oldest task to the group that serves it fastest, however long the queue
 * there: the simplest way to use unequal devices, and the one that fills the fast ones first. */
#include "lib/rule.h"

static int choose(void *state, const poise_view *v)
{
    (void)state;
    const int first = rule_oldest(v);
    int best = first;
    for (int c = first; first >= 0 && rule_same_task(v, c, first); c++)
        if (v->candidate[c].service_s < v->candidate[best].service_s)
            best = c;
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_fastest_device = {
    .abi = POISE_AGENT_ABI,
    .name = "fastest_device",
    .about = "the oldest task to the group that serves it fastest, whatever waits there",
    .attend = attend,
    .choose = choose,
};
