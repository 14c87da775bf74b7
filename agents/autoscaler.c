/* autoscaler.c - as many devices awake as there is work for, with hysteresis: one is woken when the
 * tasks that wait are more than `up` times those awake, and sent to sleep when nothing has waited
 * for `patience` seconds and more than `spare` devices of its group are idle. Tasks go as by
 * `fifo`. Thresholds apart keep it from switching to and fro (Gandhi et al., "AutoScale", ACM TOCS
 * 30 (2012)). */
#include "lib/rule.h"

typedef struct autoscaler {
    double up, patience_s;
    int spare;
    double quiet_s;  // when something waited last
} autoscaler;

static const poise_option options[] = {
    {"up", POISE_REAL, offsetof(autoscaler, up), 0.5, 0, 1e9, "",
     "a device is woken beyond so many waiting tasks for each that is awake or booting", NULL},
    {"patience", POISE_REAL, offsetof(autoscaler, patience_s), 300, 0, 1e12, "s",
     "nothing has waited for so long before a device goes to sleep", NULL},
    {"spare", POISE_INT, offsetof(autoscaler, spare), 1, 0, 1e6, "devices",
     "idle devices of a group that stay awake", NULL},
    {0},
};

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode, (void)seed;
    ((autoscaler *)state)->quiet_s = 0;
}

/* The candidate that switches a device, -1 if none should be. */
static int turn(autoscaler *a, const poise_view *v)
{
    const int waiting = v->n_tasks + (int)v->n_beyond;
    int awake = 0, wake = -1, sleep = -1;
    for (int g = 0; g < v->n_groups; g++)
        awake += v->group[g].up + v->group[g].booting;
    if (waiting > 0)
        a->quiet_s = v->now_s;
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        if (it->act == POISE_WAKE && wake < 0)
            wake = c;
        if (it->act == POISE_SLEEP && v->group[it->group].idle > a->spare)
            sleep = c;
    }
    if (wake >= 0 && waiting > a->up * awake)
        return wake;
    return waiting == 0 && v->now_s - a->quiet_s >= a->patience_s ? sleep : -1;
}

static int choose(void *state, const poise_view *v)
{
    const int first = rule_oldest(v), switched = turn(state, v);
    int best = first;
    if (switched >= 0 && v->candidate[switched].act == POISE_WAKE)
        return switched;
    for (int c = first; first >= 0 && rule_same_task(v, c, first); c++)
        if (rule_finish_s(v, c) < rule_finish_s(v, best))
            best = c;
    return best >= 0 ? best : switched >= 0 ? switched : rule_hold(v);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_autoscaler = {
    .abi = POISE_AGENT_ABI,
    .name = "autoscaler",
    .about = "fifo, and as many devices awake as there is work for (Gandhi et al. 2012)",
    .options = options,
    .size = sizeof(autoscaler),
    .begin = begin,
    .attend = attend,
    .choose = choose,
};
