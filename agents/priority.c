/* priority.c - the most urgent task first, to the group that will have done it first. With ageing a
 * task gains urgency while it waits, so that none waits for ever. */
#include "lib/rule.h"

typedef struct priority {
    double ageing_per_s;
} priority;

static double urgency(const priority *p, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (!poise_gives_device(c))
        return rule_rest(c);
    const poise_task *t = &v->task[c->task];
    return t->priority + p->ageing_per_s * (v->now_s - t->arrived_s);
}

/* With running tasks in the view, which stand behind those that wait. */
static bool is_older(const poise_view *v, int candidate, int than)
{
    const poise_candidate *a = &v->candidate[candidate], *b = &v->candidate[than];
    if (!poise_gives_device(a) || !poise_gives_device(b))
        return false;
    return v->task[a->task].id < v->task[b->task].id;
}

static int choose(void *state, const poise_view *v)
{
    const priority *p = state;
    int best = 0;
    for (int c = 1; c < v->n_candidates; c++) {
        double gain = urgency(p, v, c) - urgency(p, v, best);
        bool same_task = v->candidate[c].task == v->candidate[best].task;
        bool older = gain == 0 && !same_task && v->n_running > 0 && is_older(v, c, best);
        if (gain > 0 || older || (same_task && rule_finish_s(v, c) < rule_finish_s(v, best)))
            best = c;
    }
    return best;
}

static const poise_option options[] = {
    {"ageing", POISE_REAL, offsetof(priority, ageing_per_s), 0, 0, 1e9, "/s",
     "priority gained per second of waiting; 0 for static priorities", NULL},
    {0},
};

/* Ties go to the older task, and to the group that will have done it first: among equals in urgency
 * a running task is never displaced. */
static void attend(void *state, const poise_view *v, double *attention)
{
    int best = choose(state, v);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = urgency(state, v, c);
    attention[best] = nextafter(attention[best], INFINITY);
}

const poise_agent_type agent_priority = {
    .abi = POISE_AGENT_ABI,
    .name = "priority",
    .about = "the task of the highest priority first, the oldest on ties; perhaps with ageing",
    .options = options,
    .size = sizeof(priority),
    .attend = attend,
    .choose = choose,
};
