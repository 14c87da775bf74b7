/* wait_awhile.c - carbon-aware: the earliest deadline first, but while energy is dirtier (or
 * dearer) than it has been on average, tasks that can still wait do (Wiesner et al., "Let's Wait
 * Awhile", Middleware 2021). */
#include "lib/rule.h"

enum { CARBON, PRICE };

static const char *const signals[] = {"carbon", "price", 0};

typedef struct wait_awhile {
    int signal;
    double margin;
    double since_s, sum, time_s;  // of the signal over the time seen so far
    double last;                  // NAN: it has not been looked at
} wait_awhile;

static const poise_option options[] = {
    {"signal", POISE_CHOICE, offsetof(wait_awhile, signal), CARBON, 0, 0, "",
     "what is to be spared: carbon, or price", signals},
    {"margin", POISE_REAL, offsetof(wait_awhile, margin), 5, 1, 1e6, "",
     "a task waits while more than so many times what it and those that wait need are left to its "
     "deadline",
     NULL},
    {0},
};

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode, (void)seed;
    wait_awhile *w = state;
    w->since_s = w->sum = w->time_s = 0;
    w->last = NAN;
}

static double urgency(const poise_view *v, const poise_task *t)
{
    (void)v;
    return -fmin(t->deadline_s, 1e300);
}

/* Whether the signal is above its mean over time, with what it was since the last look. */
static bool is_high(wait_awhile *w, const poise_view *v)
{
    double now = w->signal == PRICE ? v->price_per_kwh : v->carbon_g_per_kwh;
    double dt = v->now_s - w->since_s;
    w->sum += (isnan(w->last) ? now : w->last) * dt;
    w->time_s += dt;
    w->since_s = v->now_s;
    w->last = now;
    return w->time_s > 0 && now * w->time_s > w->sum;
}

/* Seconds that all devices need for what waits. */
static double backlog_s(const poise_view *v)
{
    double work_s = 0;
    int n_devices = 0, before = -1;
    for (int g = 0; g < v->n_groups; g++)
        n_devices += v->group[g].count;
    for (int c = 0; c < v->n_candidates; c++)
        if (poise_gives_device(&v->candidate[c]) && v->candidate[c].task != before) {
            before = v->candidate[c].task;
            work_s += v->candidate[c].service_s;
        }
    return work_s / n_devices;
}

static bool can_wait(const wait_awhile *w, const poise_view *v, int candidate, double ahead_s)
{
    const poise_task *t = &v->task[v->candidate[candidate].task];
    return t->group < 0 && isfinite(t->deadline_s) &&
           t->deadline_s - v->now_s > w->margin * (v->candidate[candidate].service_s + ahead_s);
}

static int choose(void *state, const poise_view *v)
{
    wait_awhile *w = state;
    const bool high = is_high(w, v);
    const int hold = rule_hold(v);
    const bool may_hold = v->candidate[hold].act == POISE_HOLD;
    const double ahead_s = backlog_s(v);
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++) {
        if (!poise_gives_device(&v->candidate[c]) ||
            (high && may_hold && can_wait(w, v, c, ahead_s)))
            continue;
        bool same_task = best >= 0 && v->candidate[c].task == v->candidate[best].task;
        if (best < 0 || (same_task ? rule_finish_s(v, c) < rule_finish_s(v, best)
                                   : rule_precedes(v, urgency, c, best)))
            best = c;
    }
    return best < 0 ? hold : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_wait_awhile = {
    .abi = POISE_AGENT_ABI,
    .name = "wait_awhile",
    .about =
        "earliest deadline first, in hours of clean or cheap energy if it can wait (Wiesner et "
        "al. 2021)",
    .options = options,
    .size = sizeof(wait_awhile),
    .begin = begin,
    .attend = attend,
    .choose = choose,
};
