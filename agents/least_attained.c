/* least_attained.c - least attained service first, also called foreground-background: the task that
 * has been served least, for those who do not know sizes. With preemption and a quantum it shares
 * the server among the least served (Kleinrock, Queueing Systems II, 1976). */
#include "lib/rule.h"

static double neglect(const poise_view *v, const poise_task *t)
{
    (void)v;
    return -t->done;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    return rule_choose(v, neglect);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    rule_attend(v, neglect, attention);
}

const poise_agent_type agent_least_attained = {
    .abi = POISE_AGENT_ABI,
    .name = "least_attained",
    .about = "the task that has been served least (least attained service; Kleinrock 1976)",
    .attend = attend,
    .choose = choose,
};
