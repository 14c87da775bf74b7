/* hlfet.c - highest level first with estimated times: the task of a graph with the longest way of
 * computing to the job's end, to the group that can start it first (Adam, Chandy and Dickson,
 * Communications of the ACM 17 (1974)). Levels know nothing of transfers, which is what sets it
 * apart from `heft`. Jobs in order of arrival. */
#include "lib/rule.h"

#include <stdlib.h>

#include "error.h"

typedef struct hlfet {
    int n_tasks;    // most that a graph has
    double *level;  // (n_graphs, n_tasks) seconds
} hlfet;

static void find_levels(double *level, const poise_graph *g)
{
    for (int k = 0; k < g->n_tasks; k++)
        level[k] = g->service_s[k];
    for (int to = g->n_tasks - 1; to >= 0; to--)  // edges are sorted by `to`, in topological order
        for (int e = g->first_edge[to]; e < g->first_edge[to + 1]; e++) {
            const int from = g->edge[e].from;
            level[from] = fmax(level[from], g->service_s[from] + level[to]);
        }
}

static double level_of(const hlfet *h, const poise_task *t)
{
    return t->graph < 0 ? t->best_s : h->level[t->graph * h->n_tasks + t->stage];
}

/* Whether the task of candidate a comes before that of b. */
static bool precedes(const hlfet *h, const poise_view *v, int a, int b)
{
    const poise_task *x = &v->task[v->candidate[a].task], *y = &v->task[v->candidate[b].task];
    if (x->job != y->job)
        return x->job < y->job;
    const double one = level_of(h, x), two = level_of(h, y);
    return one > two || one < two ? one > two : x->id < y->id;
}

/* Whether candidate a starts before b, or is done before it if they start together. */
static bool suits(const poise_view *v, int a, int b)
{
    const double x = v->group[v->candidate[a].group].backlog_s;
    const double y = v->group[v->candidate[b].group].backlog_s;
    return x < y || (x <= y && rule_finish_s(v, a) < rule_finish_s(v, b));
}

static int choose(void *state, const poise_view *v)
{
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++) {
        if (!poise_gives_device(&v->candidate[c]))
            continue;
        bool same_task = best >= 0 && v->candidate[c].task == v->candidate[best].task;
        if (best < 0 || (same_task ? suits(v, c, best) : precedes(state, v, c, best)))
            best = c;
    }
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    hlfet *h = state;
    h->n_tasks = 1;
    for (int g = 0; g < space->n_graphs; g++)
        h->n_tasks = space->graph[g].n_tasks > h->n_tasks ? space->graph[g].n_tasks : h->n_tasks;
    h->level = calloc((size_t)h->n_tasks * (size_t)(space->n_graphs + 1), sizeof *h->level);
    if (!h->level) {
        error_add(err, "agent hlfet: out of memory");
        return false;
    }
    for (int g = 0; g < space->n_graphs; g++)
        find_levels(h->level + g * h->n_tasks, &space->graph[g]);
    return true;
}

static void release(void *state)
{
    free(((hlfet *)state)->level);
}

const poise_agent_type agent_hlfet = {
    .abi = POISE_AGENT_ABI,
    .name = "hlfet",
    .about = "tasks of graphs by their level, to where they start first (Adam et al. 1974)",
    .size = sizeof(hlfet),
    .init = init,
    .attend = attend,
    .choose = choose,
    .free = release,
};
