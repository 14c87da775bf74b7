/* feed_idle.c - first tasks whose successors would go to idle devices, then those whose jobs are
 * nearest to their end: a device that has nothing to do loses what it could have done, all other
 * work is better got rid of (Harrison and Wein, Queueing Systems 5 (1989), on two servers). */
#include "lib/rule.h"

#include <stdlib.h>

#include "error.h"

typedef struct feeder {
    bool *hungry;  // (n_groups) it has an idle device and nobody waits for it
} feeder;

static void look(feeder *f, const poise_view *v)
{
    for (int g = 0; g < v->n_groups; g++)
        f->hungry[g] = v->group[g].idle > 0;
    for (int i = 0; i < v->n_tasks; i++)
        for (int g = 0; g < v->n_groups; g++)
            f->hungry[g] &= !(v->space->speed[v->task[i].class_id * v->n_groups + g] > 0);
}

static bool feeds(const feeder *f, const poise_view *v, const poise_task *t)
{
    if (t->graph < 0)
        return false;
    const poise_graph *graph = &v->space->graph[t->graph];
    for (int k = 0; k < graph->n_edges; k++)
        for (int g = 0; graph->edge[k].from == t->stage && g < v->n_groups; g++)
            if (f->hungry[g] &&
                v->space->speed[graph->class_id[graph->edge[k].to] * v->n_groups + g] > 0)
                return true;
    return false;
}

/* Above 0 only for those that feed. */
static double use(const feeder *f, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (!poise_gives_device(c))
        return rule_rest(c);
    const poise_task *t = &v->task[c->task];
    return feeds(f, v, t) ? 1 : -t->upward_rank_s;
}

/* Among equals the older task; of one task where it will be done first. */
static bool precedes(const poise_view *v, int a, int b)
{
    const poise_candidate *p = &v->candidate[a], *q = &v->candidate[b];
    if (!poise_gives_device(p) || !poise_gives_device(q))
        return false;
    if (p->task == q->task)
        return rule_finish_s(v, a) < rule_finish_s(v, b);
    return v->task[p->task].id < v->task[q->task].id;
}

static int choose(void *state, const poise_view *v)
{
    feeder *f = state;
    int best = 0;
    look(f, v);
    double most = use(f, v, 0);
    for (int c = 1; c < v->n_candidates; c++) {
        double u = use(f, v, c);
        if (u > most || (u == most && precedes(v, c, best))) {
            best = c;
            most = u;
        }
    }
    return best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    int best = choose(state, v);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = use(state, v, c);
    attention[best] = nextafter(attention[best], INFINITY);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    feeder *f = state;
    f->hungry = malloc((size_t)space->n_groups * sizeof *f->hungry);
    if (!f->hungry)
        error_add(err, "agent feed_idle: out of memory");
    return f->hungry != NULL;
}

static void release(void *state)
{
    free(((feeder *)state)->hungry);
}

const poise_agent_type agent_feed_idle = {
    .abi = POISE_AGENT_ABI,
    .name = "feed_idle",
    .about =
        "tasks that bring work to idle devices, then jobs nearest to their end (Harrison, Wein "
        "1989)",
    .size = sizeof(feeder),
    .init = init,
    .attend = attend,
    .choose = choose,
    .free = release,
};
