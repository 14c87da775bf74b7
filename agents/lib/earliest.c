/* earliest.c - see earliest.h. */
#include "earliest.h"

#include <stdlib.h>

bool earliest_init(earliest *e, const poise_space *space)
{
    e->space = space;
    e->n_tasks = 1;
    for (int g = 0; g < space->n_graphs; g++)
        if (space->graph[g].n_tasks > e->n_tasks)
            e->n_tasks = space->graph[g].n_tasks;
    e->task = calloc((size_t)EARLIEST_JOBS * (size_t)e->n_tasks, sizeof *e->task);
    e->free_s = calloc((size_t)space->n_groups, sizeof *e->free_s);
    return e->task && e->free_s;
}

void earliest_free(earliest *e)
{
    free(e->task);
    free(e->free_s);
}

void earliest_begin(earliest *e)
{
    for (int i = 0; i < EARLIEST_JOBS * e->n_tasks; i++)
        e->task[i].job = -1;
    for (int g = 0; g < e->space->n_groups; g++)
        e->free_s[g] = 0;
}

static earliest_task *task_of(const earliest *e, int64_t job, int stage)
{
    return &e->task[(job % EARLIEST_JOBS) * e->n_tasks + stage];
}

double earliest_service_s(const earliest *e, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    return t->size / poise_profile_of(e->space, t->class_id, c->group, c->profile)->speed;
}

/* When all that the task needs of those before it would be in the group. */
static double data_s(const earliest *e, const poise_task *t, int group)
{
    double latest = 0;
    if (t->graph < 0)
        return 0;
    const poise_graph *g = &e->space->graph[t->graph];
    for (int i = g->first_edge[t->stage]; i < g->first_edge[t->stage + 1]; i++) {
        const earliest_task *before = task_of(e, t->job, g->edge[i].from);
        if (before->job != t->job)
            continue;
        double here = before->done_s;
        if (before->group != group && e->byte_per_s > 0)
            here += e->latency_s + (double)g->edge[i].bytes / e->byte_per_s;
        latest = here > latest ? here : latest;
    }
    return latest;
}

double earliest_done_s(const earliest *e, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    double start = v->now_s, needs = data_s(e, &v->task[c->task], c->group);
    double turn = v->group[c->group].count == 1 ? e->free_s[c->group]
                                                : v->now_s + v->group[c->group].backlog_s;
    start = turn > start ? turn : start;
    start = needs > start ? needs : start;
    return start + earliest_service_s(e, v, candidate);
}

void earliest_send(earliest *e, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    double done_s = earliest_done_s(e, v, candidate);
    *task_of(e, t->job, t->stage) = (earliest_task){t->job, c->group, done_s};
    e->free_s[c->group] = done_s;
}
