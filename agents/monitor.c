/* monitor.c - the loop of monitoring and control: the shortest task first, at full size and quality
 * while memory and devices last. Where the running average of memory in use passes a threshold, new
 * tasks start under the profile that needs least (a smaller batch), and running ones are moved to
 * one that needs less, or to another group, the largest first. Where that of busy devices passes
 * one, new tasks start under the profile that is done soonest, whatever its quality (a pruned
 * model), and running ones are moved to where they gain most, if devices there are not busy.
 * Without averages nothing is ever beyond a threshold; with one profile it is then `shortest`. */
#include "lib/rule.h"

typedef struct monitor {
    double threshold, busy;
} monitor;

static const poise_option options[] = {
    {"threshold", POISE_REAL, offsetof(monitor, threshold), 0.9, 0, 1e9, "",
     "of memory in use over memory there is, averaged, beyond which something is done", NULL},
    {"busy", POISE_REAL, offsetof(monitor, busy), 0.9, 0, 1e9, "",
     "of busy devices over all of the group, averaged, beyond which something is done", NULL},
    {0},
};

static bool is_full(const monitor *m, const poise_view *v, int group)
{
    return v->group[group].average_memory > m->threshold;
}

static bool is_busy(const monitor *m, const poise_view *v, int group)
{
    return v->group[group].average_busy > m->busy;
}

static double memory_of(const poise_view *v, int class_id, int group, int profile)
{
    const poise_profile *p = poise_profile_of(v->space, class_id, group, profile);
    return p->memory_bytes * p->devices;
}

/* ---- tasks that run ------------------------------------------------------------------------ */

/* What a move is good for: the more the better, 0 nothing. */
typedef double gain(const monitor *m, const poise_view *v, int candidate);

/* Bytes that the move takes off a group that is full. */
static double relief(const monitor *m, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    if (c->act != POISE_MOVE || !is_full(m, v, t->group))
        return 0;
    const double has = memory_of(v, t->class_id, t->group, t->profile);
    if (c->group == t->group)
        return has - memory_of(v, t->class_id, c->group, c->profile);
    return is_full(m, v, c->group) ? 0 : has;
}

/* Seconds that the move off a group that is busy saves its task. */
static double saving_s(const monitor *m, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    if (c->act != POISE_MOVE || c->group == t->group || !is_busy(m, v, t->group) ||
        is_busy(m, v, c->group) || is_full(m, v, c->group))
        return 0;
    const poise_profile *p = poise_profile_of(v->space, t->class_id, t->group, t->profile);
    return p->speed > 0 ? t->size / p->speed - c->service_s : 0;
}

/* The move that gains most, -1 if none does. */
static int best_move(const monitor *m, const poise_view *v, gain *of)
{
    int best = -1;
    double most = 0;
    for (int c = 0; c < v->n_candidates; c++) {
        double gained = v->candidate[c].task >= v->n_tasks ? of(m, v, c) : 0;
        if (gained > most) {
            most = gained;
            best = c;
        }
    }
    return best;
}

/* ---- tasks that start ---------------------------------------------------------------------- */

/* Whether the profile is one for the state of the group: where memory is full one that needs least,
 * else, where devices are not busy, one of the best quality. */
static bool is_fit(const monitor *m, const poise_view *v, int class_id, const poise_candidate *c)
{
    const bool full = is_full(m, v, c->group), busy = is_busy(m, v, c->group);
    const poise_profile *mine = poise_profile_of(v->space, class_id, c->group, c->profile);
    const double needs = memory_of(v, class_id, c->group, c->profile);
    for (int p = 0; p < v->space->n_profiles; p++) {
        const poise_profile *other = poise_profile_of(v->space, class_id, c->group, p);
        if (!(other->speed > 0))
            continue;
        if (full ? memory_of(v, class_id, c->group, p) < needs
                 : !busy && other->quality > mine->quality)
            return false;
    }
    return true;
}

/* When the candidate's task would be done; under a profile that is not for now, never. */
static double finish_s(const monitor *m, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (c->act == POISE_MOVE)
        return INFINITY;
    if (c->act == POISE_START && !is_fit(m, v, v->task[c->task].class_id, c))
        return INFINITY;
    return rule_finish_s(v, candidate);
}

static int choose(void *state, const poise_view *v)
{
    const monitor *m = state;
    int best = best_move(m, v, relief);
    if (best < 0)
        best = best_move(m, v, saving_s);
    if (best >= 0)
        return best;
    double least_s = INFINITY;
    for (int c = 0; c < v->n_candidates; c++) {
        double s = finish_s(m, v, c);
        if (s < least_s) {
            least_s = s;
            best = c;
        }
    }
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_monitor = {
    .abi = POISE_AGENT_ABI,
    .name = "monitor",
    .about = "the shortest task; beyond a threshold of memory or devices in use other profiles, "
             "and moves",
    .options = options,
    .size = sizeof(monitor),
    .attend = attend,
    .choose = choose,
};
