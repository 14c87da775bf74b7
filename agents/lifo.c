/* lifo.c - last in, first out: the newest task. With preemption it interrupts whoever runs, and
 * every task then takes as long as if it shared the server (Kleinrock, Queueing Systems II, 1976).
 */
#include "lib/rule.h"

static double newness(const poise_view *v, const poise_task *t)
{
    (void)v;
    return (double)t->id;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    return rule_choose(v, newness);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    rule_attend(v, newness, attention);
}

const poise_agent_type agent_lifo = {
    .abi = POISE_AGENT_ABI,
    .name = "lifo",
    .about = "the newest task to the group that will have done it first",
    .attend = attend,
    .choose = choose,
};
