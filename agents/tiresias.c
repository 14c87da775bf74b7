/* tiresias.c - two queues by attained service: tasks that have had less than a threshold of device
 * time, times their devices, come first; in each queue the oldest does (Gu et al., "Tiresias", NSDI
 * 2019, discretised 2D-LAS). For those who do not know sizes, with fewer displacements than
 * least_attained. */
#include "lib/rule.h"

typedef struct tiresias {
    double threshold_s;
} tiresias;

static const poise_option options[] = {
    {"threshold", POISE_REAL, offsetof(tiresias, threshold_s), 3600, 0, 1e12, "s",
     "device seconds that a task has had when it goes down to the second queue", NULL},
    {0},
};

/* Device seconds so far, at the expected speed of where the task runs, or is fastest. */
static double attained_s(const poise_view *v, const poise_task *t)
{
    double left = fmax(t->size, 1e-300);
    int devices = 1;
    if (t->group >= 0)
        devices = poise_profile_of(v->space, t->class_id, t->group, t->profile)->devices;
    return t->done * (t->best_s / left) * devices;
}

/* Whether the task of candidate a comes before that of b. */
static bool precedes(const tiresias *s, const poise_view *v, int a, int b)
{
    const poise_task *x = &v->task[v->candidate[a].task], *y = &v->task[v->candidate[b].task];
    const bool up = attained_s(v, x) < s->threshold_s;
    if (up != (attained_s(v, y) < s->threshold_s))
        return up;
    return x->id < y->id;
}

static int choose(void *state, const poise_view *v)
{
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++) {
        if (!poise_gives_device(&v->candidate[c]))
            continue;
        bool same_task = best >= 0 && v->candidate[c].task == v->candidate[best].task;
        if (best < 0 || (same_task ? rule_finish_s(v, c) < rule_finish_s(v, best)
                                   : precedes(state, v, c, best)))
            best = c;
    }
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    const tiresias *s = state;
    const int best = choose(state, v);
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        attention[c] = rule_rest(it);
        if (poise_gives_device(it)) {
            const poise_task *t = &v->task[it->task];
            attention[c] = (attained_s(v, t) < s->threshold_s ? 1e15 : 0) - (double)t->id;
        }
    }
    attention[best] = nextafter(attention[best], INFINITY);
}

const poise_agent_type agent_tiresias = {
    .abi = POISE_AGENT_ABI,
    .name = "tiresias",
    .about = "two queues by attained device time, the oldest first in each (Gu et al. 2019)",
    .options = options,
    .size = sizeof(tiresias),
    .attend = attend,
    .choose = choose,
};
