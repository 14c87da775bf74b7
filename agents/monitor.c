/* monitor.c - the loop of monitoring and control: the shortest task first, at full size while
 * memory lasts. Where the running average of memory in use passes a threshold, new tasks start
 * under the profile that needs least (a smaller batch, a pruned model), and running ones are moved
 * to one that needs less, or to another group, the largest first. Where there is nothing to see (no
 * averages, no profiles), it is `shortest`. */
#include "lib/rule.h"

typedef struct monitor {
    double threshold;
} monitor;

static const poise_option options[] = {
    {"threshold", POISE_REAL, offsetof(monitor, threshold), 0.9, 0, 1e9, "",
     "of memory in use over memory there is, averaged, beyond which something is done", NULL},
    {0},
};

static bool is_full(const monitor *m, const poise_view *v, int group)
{
    return v->group[group].average_memory > m->threshold;
}

static double memory_of(const poise_view *v, int class_id, int group, int profile)
{
    const poise_profile *p = poise_profile_of(v->space, class_id, group, profile);
    return p->memory_bytes * p->devices;
}

/* Bytes that the move takes off a group that is full, 0 if it takes none. */
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

/* The move that helps most, -1 if none does. */
static int best_move(const monitor *m, const poise_view *v)
{
    int best = -1;
    double most = 0;
    for (int c = 0; c < v->n_candidates; c++) {
        double bytes = v->candidate[c].task >= v->n_tasks ? relief(m, v, c) : 0;
        if (bytes > most) {
            most = bytes;
            best = c;
        }
    }
    return best;
}

/* When the candidate's task would be done; of profiles that need more than the least where memory
 * is full, never. */
static double finish_s(const monitor *m, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (c->act != POISE_START || !is_full(m, v, c->group))
        return c->act == POISE_MOVE ? INFINITY : rule_finish_s(v, candidate);
    const int class_id = v->task[c->task].class_id;
    const double needs = memory_of(v, class_id, c->group, c->profile);
    for (int p = 0; p < v->space->n_profiles; p++)
        if (poise_profile_of(v->space, class_id, c->group, p)->speed > 0 &&
            memory_of(v, class_id, c->group, p) < needs)
            return INFINITY;
    return rule_finish_s(v, candidate);
}

static int choose(void *state, const poise_view *v)
{
    const monitor *m = state;
    int best = best_move(m, v);
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
    .about = "the shortest task; beyond a threshold of memory in use smaller profiles, and moves",
    .options = options,
    .size = sizeof(monitor),
    .attend = attend,
    .choose = choose,
};
