/* earliest_due_date.c - earliest due date first, and who runs stays: Jackson's rule as it is used
 * where nothing is displaced; the greatest lateness on one machine is least if all jobs are there
 * from the start (1955). With preemption `earliest_deadline` displaces, this does not. */
#include "lib/rule.h"

static double urgency(const poise_view *v, const poise_task *t)
{
    (void)v;
    return t->group >= 0 ? 1 : -fmin(t->deadline_s, 1e300);
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

const poise_agent_type agent_earliest_due_date = {
    .abi = POISE_AGENT_ABI,
    .name = "earliest_due_date",
    .about = "the task whose due date comes first; who runs stays (Jackson 1955)",
    .attend = attend,
    .choose = choose,
};
