/* max_pressure.c - a device serves the class with the highest pressure: its tasks by cost less
 * those of the classes that they turn into, times the rate there (Tassiulas and Ephremides, IEEE
 * TAC 37 (1992); Dai and Lin, Operations Research 53 (2005)). In networks, where max_weight may not
 * be, it is stable whenever any rule is. Without graphs it is max_weight. */
#include "lib/rule.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

typedef struct max_pressure {
    int n_classes;
    double *cost;  // (n_classes) of the tasks in view
} max_pressure;

/* Only what could be worked on counts: what still waits for others is in no queue. */
static void count(max_pressure *m, const poise_view *v)
{
    memset(m->cost, 0, (size_t)m->n_classes * sizeof *m->cost);
    for (int i = 0; i < v->n_tasks + v->n_running; i++)
        if (v->task[i].n_before == 0)
            m->cost[v->task[i].class_id] += v->task[i].weight;
}

/* Cost of the classes that the task's job goes on with. */
static double downstream(const max_pressure *m, const poise_view *v, const poise_task *t)
{
    double sum = 0;
    if (t->graph < 0)
        return 0;
    const poise_graph *g = &v->space->graph[t->graph];
    for (int e = 0; e < g->n_edges; e++)
        if (g->edge[e].from == t->stage)
            sum += m->cost[g->class_id[g->edge[e].to]];
    return sum;
}

static double pressure(const max_pressure *m, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    const double service_s = v->space->service_s[t->class_id * v->n_groups + c->group];
    return (m->cost[t->class_id] - downstream(m, v, t)) / service_s;
}

/* Among equals who runs, then the oldest. */
static bool precedes(const poise_view *v, int a, int b)
{
    const poise_candidate *p = &v->candidate[a], *q = &v->candidate[b];
    if ((p->act == POISE_KEEP) != (q->act == POISE_KEEP))
        return p->act == POISE_KEEP;
    return v->task[p->task].id < v->task[q->task].id;
}

static int choose(void *state, const poise_view *v)
{
    max_pressure *m = state;
    int best = -1;
    double most = 0;
    count(m, v);
    for (int c = 0; c < v->n_candidates; c++) {
        if (!poise_gives_device(&v->candidate[c]))
            continue;
        double p = pressure(m, v, c);
        if (best < 0 || p > most || (p >= most && precedes(v, c, best))) {
            best = c;
            most = p;
        }
    }
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    const int best = choose(state, v);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = poise_gives_device(&v->candidate[c]) ? pressure(state, v, c)
                                                            : rule_rest(&v->candidate[c]);
    attention[best] = nextafter(attention[best], INFINITY);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    max_pressure *m = state;
    m->n_classes = space->n_classes;
    m->cost = malloc((size_t)m->n_classes * sizeof *m->cost);
    if (!m->cost)
        error_add(err, "agent max_pressure: out of memory");
    return m->cost != NULL;
}

static void release(void *state)
{
    free(((max_pressure *)state)->cost);
}

const poise_agent_type agent_max_pressure = {
    .abi = POISE_AGENT_ABI,
    .name = "max_pressure",
    .about = "the class with most cost above that of what follows, by rate (Dai and Lin 2005)",
    .size = sizeof(max_pressure),
    .init = init,
    .attend = attend,
    .choose = choose,
    .free = release,
};
