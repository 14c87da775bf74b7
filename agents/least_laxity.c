/* least_laxity.c - the least time to spare first: what is left to the deadline, less what the task
 * still needs where it is fastest (Mok, MIT/LCS/TR-297, 1983). Tasks without a deadline come last.
 */
#include "lib/rule.h"

static double urgency(const poise_view *v, const poise_task *t)
{
    return -fmin(t->deadline_s - v->now_s - t->best_s, 1e300);
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

const poise_agent_type agent_least_laxity = {
    .abi = POISE_AGENT_ABI,
    .name = "least_laxity",
    .about = "the task with the least time to spare before its deadline (Mok 1983)",
    .attend = attend,
    .choose = choose,
};
