/* first_fit.c - the oldest task to the first group that takes it, as they are listed. */
#include "lib/rule.h"

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int first = rule_oldest(v);
    return first < 0 ? rule_hold(v) : first;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_first_fit = {
    .abi = POISE_AGENT_ABI,
    .name = "first_fit",
    .about = "the oldest task to the first group that takes it (first fit)",
    .attend = attend,
    .choose = choose,
};
