/* highest_response_ratio.c - the highest of (wait + service) / service first: short tasks, but long
 * ones grow until they are served (Brinch Hansen, Information Processing Letters 1 (1971)). */
#include "lib/rule.h"

static double ratio(const poise_view *v, const poise_task *t)
{
    return (v->now_s - t->arrived_s) / fmax(t->best_s, 1e-9);
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    return rule_choose(v, ratio);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    rule_attend(v, ratio, attention);
}

const poise_agent_type agent_highest_response_ratio = {
    .abi = POISE_AGENT_ABI,
    .name = "highest_response_ratio",
    .about = "the highest of (wait + service) / service (Brinch Hansen 1971)",
    .attend = attend,
    .choose = choose,
};
