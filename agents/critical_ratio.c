/* critical_ratio.c - the least of time left to the deadline over time still needed first: below 1 a
 * task is late already (Putnam et al., Production and Inventory Management 12 (1971)). Tasks
 * without a deadline come last. */
#include "lib/rule.h"

static double urgency(const poise_view *v, const poise_task *t)
{
    return -fmin((t->deadline_s - v->now_s) / fmax(t->best_s, 1e-9), 1e300);
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    return rule_choose(v, urgency);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    rule_attend(v, urgency, attention);
}

const poise_agent_type agent_critical_ratio = {
    .abi = POISE_AGENT_ABI,
    .name = "critical_ratio",
    .about = "the least of time left over time needed (Putnam et al. 1971)",
    .attend = attend,
    .choose = choose,
};
