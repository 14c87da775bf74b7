/* longest.c - longest processing time first. On equal machines the makespan is within 4/3 - 1/(3 m)
 * of the least (Graham, SIAM J. on Applied Mathematics 17 (1969)). */
#include "lib/rule.h"

static double length(const poise_view *v, const poise_task *t)
{
    (void)v;
    return t->best_s;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    return rule_choose(v, length);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    rule_attend(v, length, attention);
}

const poise_agent_type agent_longest = {
    .abi = POISE_AGENT_ABI,
    .name = "longest",
    .about = "the task with the longest expected service first (Graham 1969), where it will be "
             "done first",
    .attend = attend,
    .choose = choose,
};
