/* wfp3.c - first the task that has waited for longest against the time it needs, wide ones before
 * narrow ones: (waited / time)^3 x processors. Of production at a large machine (Tang, Lan, Desai
 * and Buettner, "Fault-aware, utility-based job scheduling on Blue Gene/P systems", CLUSTER 2009).
 */
#include "lib/rule.h"

typedef struct wfp3 {
    bool still;
} wfp3;

static double merit(double waited_s, const poise_task *t)
{
    double waited = waited_s / fmax(t->best_s, 1e-9);
    return waited * waited * waited * t->cores;
}

static double key(const poise_view *v, const poise_task *t)
{
    return merit(v->now_s - t->arrived_s, t);
}

static double key_still(const poise_view *v, const poise_task *t)
{
    (void)v;
    return merit(-1 - t->arrived_s, t);
}

static int choose(void *state, const poise_view *v)
{
    const wfp3 *r = state;
    return rule_choose(v, r->still ? key_still : key);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    const wfp3 *r = state;
    rule_attend(v, r->still ? key_still : key, attention);
}

static const poise_option options[] = {
    {"still", POISE_BOOL, offsetof(wfp3, still), 0, 0, 1, "",
     "the time waited is -1 s - arrival and stands still, as behind RLScheduler's published table",
     NULL},
    {0},
};

const poise_agent_type agent_wfp3 = {
    .abi = POISE_AGENT_ABI,
    .name = "wfp3",
    .about = "what waited longest against its time, wide tasks first (WFP3, Tang et al. 2009)",
    .options = options,
    .size = sizeof(wfp3),
    .attend = attend,
    .choose = choose,
};
