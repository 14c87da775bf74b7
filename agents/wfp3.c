/* wfp3.c - first the task that has waited for longest against the time it needs, wide ones before
 * narrow ones: (waited / time)^3 x processors. Of production at a large machine (Tang, Lan, Desai
 * and Buettner, "Fault-aware, utility-based job scheduling on Blue Gene/P systems", CLUSTER 2009).
 */
#include "lib/rule.h"

static double key(const poise_view *v, const poise_task *t)
{
    double waited = (v->now_s - t->arrived_s) / fmax(t->best_s, 1e-9);
    return waited * waited * waited * t->cores;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    return rule_choose(v, key);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    rule_attend(v, key, attention);
}

const poise_agent_type agent_wfp3 = {
    .abi = POISE_AGENT_ABI,
    .name = "wfp3",
    .about = "what waited longest against its time, wide tasks first (WFP3, Tang et al. 2009)",
    .attend = attend,
    .choose = choose,
};
