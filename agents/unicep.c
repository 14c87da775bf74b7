/* unicep.c - first the task that has waited for longest against the time it needs, narrow ones
 * before wide ones: waited / (log2(processors) x time). (UNICEF in Tang, Lan, Desai and Buettner,
 * "Fault-aware, utility-based job scheduling on Blue Gene/P systems", CLUSTER 2009; UNICEP in D.
 * Zhang et al., "RLScheduler", SC 2020.) */
#include "det.h"
#include "lib/rule.h"

typedef struct unicep {
    bool still;
} unicep;

/* A single processor, whose logarithm is 0, counts for next to nothing: it comes before all else.
 */
static double merit(double waited_s, const poise_task *t)
{
    const double ln_2 = 0.6931471805599453;
    double width = t->cores > 1 ? det_log(t->cores) / ln_2 : 1e-15;
    return (waited_s + 1e-15) / (width * fmax(t->best_s, 1e-9));
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
    const unicep *r = state;
    return rule_choose(v, r->still ? key_still : key);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    const unicep *r = state;
    rule_attend(v, r->still ? key_still : key, attention);
}

static const poise_option options[] = {
    {"still", POISE_BOOL, offsetof(unicep, still), 0, 0, 1, "",
     "the time waited is -1 s - arrival and stands still, as behind RLScheduler's published table",
     NULL},
    {0},
};

const poise_agent_type agent_unicep = {
    .abi = POISE_AGENT_ABI,
    .name = "unicep",
    .about = "what waited longest against its time, narrow tasks first (UNICEP, Tang et al. 2009)",
    .options = options,
    .size = sizeof(unicep),
    .attend = attend,
    .choose = choose,
};
