/* f1.c - a rule for parallel machines that was found by regression over simulated schedules: first
 * the task with the least log10(time) x processors + 870 log10(arrival), which favours short,
 * narrow and early ones (Carastan-Santos and de Camargo, "Obtaining dynamic scheduling policies
 * with simulation and machine learning", SC 2017). */
#include "det.h"
#include "lib/rule.h"

/* A time of 0 counts as 0.1 s, as D. Zhang et al. have it ("RLScheduler", SC 2020). */
static double log_10(double s)
{
    const double ln_10 = 2.302585092994046;
    return det_log(s > 0 ? s : 0.1) / ln_10;
}

static double key(const poise_view *v, const poise_task *t)
{
    (void)v;
    return -(log_10(t->best_s) * t->cores + 870 * log_10(t->arrived_s));
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

const poise_agent_type agent_f1 = {
    .abi = POISE_AGENT_ABI,
    .name = "f1",
    .about = "short, narrow and early tasks first (F1, Carastan-Santos and de Camargo 2017)",
    .attend = attend,
    .choose = choose,
};
