/* earliest_deadline.c - earliest due date first: on one machine the greatest lateness is as small
 * as it can be (Jackson 1955). Tasks without a deadline come last. */
#include "lib/rule.h"

static double urgency(const poise_view *v, const poise_task *t)
{
    (void)v;
    return -fmin(t->deadline_s, 1e300);
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

const poise_agent_type agent_earliest_deadline = {
    .abi = POISE_AGENT_ABI,
    .name = "earliest_deadline",
    .about = "the task whose deadline comes first (Jackson 1955), where it will be done first",
    .attend = attend,
    .choose = choose,
};
