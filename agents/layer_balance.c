/* layer_balance.c - devices divided over the stages of graphs, by load and contribution. A stage's
 * budget grows with the work that waits at it and with what it contributes to its job: the longest
 * way through it over the longest way that is left, 1 on the critical path. The choice is the task
 * and group with most budget for each second that they cost: until the task is done there, its
 * data's way included, and a part of what it would cost the rest of the way to stay on a group that
 * is slower than the best. That part is the one thing here that looks ahead: a chain leaves a slow
 * device although its data are there. */
#include <stdlib.h>

#include "det.h"
#include "error.h"
#include "lib/rule.h"

typedef struct layer_balance {
    double load, critical, ahead;
    int *first;      // (n_graphs + 1) the number of a graph's first stage; of the classes of tasks
                     // without a graph, which are a stage each
    double *load_s;  // (stages) seconds of service that wait there, of the stages in view
} layer_balance;

static const poise_option options[] = {
    {"load", POISE_REAL, offsetof(layer_balance, load), 0.1, 0, 100, "",
     "a stage's budget grows with this power of the work that waits at it", NULL},
    {"critical", POISE_REAL, offsetof(layer_balance, critical), 2, 0, 100, "",
     "and with this power of its part in the critical path", NULL},
    {"ahead", POISE_REAL, offsetof(layer_balance, ahead), 0.02, 0, 1, "",
     "part of the rest of the way that counts as spent in the same group", NULL},
    {0},
};

static int stage_of(const layer_balance *l, const poise_view *v, const poise_task *t)
{
    return t->graph >= 0 ? l->first[t->graph] + t->stage
                         : l->first[v->space->n_graphs] + t->class_id;
}

static void weigh_stages(layer_balance *l, const poise_view *v)
{
    for (int i = 0; i < v->n_tasks; i++)
        l->load_s[stage_of(l, v, &v->task[i])] = 0;
    for (int i = 0; i < v->n_tasks; i++)
        l->load_s[stage_of(l, v, &v->task[i])] += v->task[i].best_s;
}

static double log_of(double seconds)
{
    return det_log(seconds > 1e-12 ? seconds : 1e-12);
}

/* Seconds of the group, and what the rest of the way would take longer there. */
static double cost_s(const layer_balance *l, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    const double *service_s = v->space->service_s + t->class_id * v->n_groups;
    double least_s = service_s[0];
    for (int g = 1; g < v->n_groups; g++)
        least_s = fmin(least_s, service_s[g]);
    const double rest_s = fmax(t->upward_rank_s - t->best_s, 0);
    const double slower = least_s > 0 ? service_s[c->group] / least_s - 1 : 0;
    return rule_finish_s(v, candidate) + l->ahead * rest_s * slower;
}

/* The logarithm of budget over cost. Tasks that run, where they are shown, have no stage that
 * waits: they are worth what a task that waits alone would be. */
static double worth(const layer_balance *l, const poise_view *v, int candidate)
{
    const poise_task *t = &v->task[v->candidate[candidate].task];
    const double way_s = t->graph >= 0 ? t->critical_s : t->best_s;
    const bool waits = v->candidate[candidate].task < v->n_tasks;
    const double load_s = waits ? l->load_s[stage_of(l, v, t)] : t->best_s;
    return l->load * log_of(load_s) + l->critical * (log_of(t->upward_rank_s) - log_of(way_s)) -
           log_of(cost_s(l, v, candidate));
}

static void attend(void *state, const poise_view *v, double *attention)
{
    layer_balance *l = state;
    weigh_stages(l, v);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] =
            poise_gives_device(&v->candidate[c]) ? worth(l, v, c) : rule_rest(&v->candidate[c]);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    layer_balance *l = state;
    const int n_graphs = space->n_graphs;
    l->first = calloc((size_t)n_graphs + 1, sizeof *l->first);
    if (l->first) {
        for (int g = 0; g < n_graphs; g++)
            l->first[g + 1] = l->first[g] + space->graph[g].n_tasks;
        l->load_s = calloc((size_t)(l->first[n_graphs] + space->n_classes), sizeof *l->load_s);
    }
    if (l->load_s)
        return true;
    error_add(err, "agent layer_balance: out of memory");
    return false;
}

static void release(void *state)
{
    layer_balance *l = state;
    free(l->first);
    free(l->load_s);
}

const poise_agent_type agent_layer_balance = {
    .abi = POISE_AGENT_ABI,
    .name = "layer_balance",
    .about = "devices over the stages of graphs: most load and contribution to the critical path "
             "for each second",
    .options = options,
    .size = sizeof(layer_balance),
    .init = init,
    .attend = attend,
    .free = release,
};
