/* shortest_remaining.c - the task with the least left to do first, where it will be done first. On
 * one server with preemption no rule has a smaller mean response time, on any sequence of arrivals
 * (Schrage, Operations Research 16 (1968)). Unlike `shortest` it chooses the task before the place.
 */
#include "lib/rule.h"

static double nearness(const poise_view *v, const poise_task *t)
{
    (void)v;
    return -t->best_s;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    return rule_choose(v, nearness);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    rule_attend(v, nearness, attention);
}

const poise_agent_type agent_shortest_remaining = {
    .abi = POISE_AGENT_ABI,
    .name = "shortest_remaining",
    .about = "the task with the least left to do, where it will be done first (SRPT; Schrage 1968)",
    .attend = attend,
    .choose = choose,
};
