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

/* Devices that are awake, or will be, where the task can run. */
static int count_awake(const poise_view *v, const poise_task *t)
{
    int n = 0;
    for (int g = 0; g < v->n_groups; g++)
        if (v->space->speed[t->class_id * v->n_groups + g] > 0)
            n += v->group[g].up + v->group[g].booting;
    return n;
}

/* What may be switched: -1 if nothing. */
typedef struct switches {
    int wake, sleep;  // candidates: where the oldest task can run; where more are idle than spared
} switches;

static switches find_switches(const autoscaler *a, const poise_view *v, const poise_task *oldest)
{
    switches s = {-1, -1};
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        if (it->act == POISE_WAKE && s.wake < 0 && oldest &&
            v->space->speed[oldest->class_id * v->n_groups + it->group] > 0)
            s.wake = c;
        if (it->act == POISE_SLEEP && v->group[it->group].idle > a->spare)
            s.sleep = c;
    }
    return s;
}

/* Whether a task that is sent there would wake a device by that: none that is up has room. */
static bool would_wake(const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_group *g = &v->group[c->group];
    if (g->asleep == 0 || c->act != POISE_START)
        return false;
    return g->cores > 1 ? g->cores_free < v->task[c->task].cores : g->idle == 0;
}

/* The oldest task to where it is done first; devices that sleep are left alone while some may be
 * woken: that is for the thresholds to say. -1 if there is nowhere. */
static int place(const poise_view *v, int first, bool spare_sleepers)
{
    int best = -1;
    for (int c = first; first >= 0 && rule_same_task(v, c, first); c++)
        if (!(spare_sleepers && would_wake(v, c)) &&
            (best < 0 || rule_finish_s(v, c) < rule_finish_s(v, best)))
            best = c;
    return best;
}

static int choose(void *state, const poise_view *v)
{
    autoscaler *a = state;
    const poise_task *oldest = v->n_tasks > 0 ? &v->task[0] : NULL;
    const switches may = find_switches(a, v, oldest);
    const int waiting = v->n_tasks + v->n_beyond;
    if (waiting > 0)
        a->quiet_s = v->now_s;
    if (may.wake >= 0 && waiting > a->up * count_awake(v, oldest))
        return may.wake;
    const int best = place(v, rule_oldest(v), may.wake >= 0);
    if (best >= 0)
        return best;
    const bool quiet = waiting == 0 && v->now_s - a->quiet_s >= a->patience_s;
    return quiet && may.sleep >= 0 ? may.sleep : rule_hold(v);
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
