/* earliest.c - see earliest.h. */
#include "earliest.h"

#include <stdlib.h>
#include <string.h>

bool earliest_init(earliest *e, const poise_space *space)
{
    e->space = space;
    e->n_tasks = 1;
    e->n_devices = 0;
    for (int g = 0; g < space->n_graphs; g++)
        if (space->graph[g].n_tasks > e->n_tasks)
            e->n_tasks = space->graph[g].n_tasks;
    for (int g = 0; g < space->n_groups; g++)
        e->n_devices += space->count[g];
    e->task = calloc((size_t)EARLIEST_JOBS * (size_t)e->n_tasks, sizeof *e->task);
    e->n_spans = calloc((size_t)e->n_devices + 1, sizeof *e->n_spans);
    e->span = calloc((size_t)e->n_devices * EARLIEST_SPANS + 1, sizeof *e->span);
    return e->task && e->n_spans && e->span;
}

void earliest_free(earliest *e)
{
    free(e->task);
    free(e->n_spans);
    free(e->span);
}

void earliest_begin(earliest *e)
{
    for (int i = 0; i < EARLIEST_JOBS * e->n_tasks; i++)
        e->task[i].job = -1;
    memset(e->n_spans, 0, (size_t)e->n_devices * sizeof *e->n_spans);
}

static earliest_task *task_of(const earliest *e, int64_t job, int stage)
{
    return &e->task[(job % EARLIEST_JOBS) * e->n_tasks + stage];
}

/* Whether the candidate sends a waiting task to a device. */
static bool sends(const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    return poise_gives_device(c) && v->task[c->task].group < 0;
}

/* Where the candidate's task stands in the timetable; NULL if it is not in it. One that was sent
 * and is back is not. */
static earliest_task *planned(const earliest *e, const poise_view *v, int candidate)
{
    const poise_task *t = &v->task[v->candidate[candidate].task];
    earliest_task *at = task_of(e, t->job, t->stage);
    return at->job == t->job && !at->sent ? at : NULL;
}

/* ---- gaps ---------------------------------------------------------------------------------- */

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

/* A gap: span `before` is the first behind it. */
typedef struct gap {
    double start_s, done_s;
    int device, before;
} gap;

static gap gap_on(const earliest *e, int device, double from_s, double service_s)
{
    const earliest_span *span = e->span + (size_t)device * EARLIEST_SPANS;
    int k = 0;
    for (; k < e->n_spans[device] && from_s + service_s > span[k].start_s; k++)
        from_s = span[k].done_s > from_s ? span[k].done_s : from_s;
    return (gap){from_s, from_s + service_s, device, k};
}

/* The gap on the group's devices in which the candidate's task is done first. */
static gap gap_of(const earliest *e, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    const double service_s =
        t->size / poise_profile_of(e->space, t->class_id, c->group, c->profile)->speed;
    double from_s = data_s(e, t, c->group);
    int first = 0;
    from_s = from_s > v->now_s ? from_s : v->now_s;
    for (int g = 0; g < c->group; g++)
        first += e->space->count[g];
    gap best = gap_on(e, first, from_s, service_s);
    for (int d = first + 1; d < first + e->space->count[c->group]; d++) {
        gap other = gap_on(e, d, from_s, service_s);
        best = other.done_s < best.done_s ? other : best;
    }
    return best;
}

double earliest_done_s(const earliest *e, const poise_view *v, int candidate)
{
    return gap_of(e, v, candidate).done_s;
}

/* ---- the timetable ------------------------------------------------------------------------- */

/* Takes out what is over and, if `all`, what was not sent yet. */
static void clean(earliest *e, double now_s, bool all)
{
    for (int d = 0; d < e->n_devices; d++) {
        earliest_span *span = e->span + (size_t)d * EARLIEST_SPANS;
        int n = 0;
        for (int k = 0; k < e->n_spans[d]; k++) {
            earliest_task *t = task_of(e, span[k].job, span[k].stage);
            bool waits = t->job == span[k].job && !t->sent;
            if (all && waits)
                t->job = -1;
            else if (span[k].done_s > now_s || waits)
                span[n++] = span[k];
        }
        e->n_spans[d] = n;
    }
}

/* Puts the candidate's task into the timetable; returns when it starts. */
static double put(earliest *e, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    gap at = gap_of(e, v, candidate);
    earliest_span *span = e->span + (size_t)at.device * EARLIEST_SPANS;
    int *n = &e->n_spans[at.device];
    if (*n == EARLIEST_SPANS) {  // full: what is over first goes
        memmove(span, span + 1, (size_t)-- * n * sizeof *span);
        at.before -= at.before > 0;
    }
    memmove(span + at.before + 1, span + at.before, (size_t)(*n - at.before) * sizeof *span);
    span[at.before] = (earliest_span){at.start_s, at.done_s, t->job, t->stage};
    ++*n;
    *task_of(e, t->job, t->stage) =
        (earliest_task){t->job, c->group, c->profile, at.start_s, at.done_s, false};
    return at.start_s;
}

/* The candidate of the task that is put in next; -1 if all are in. */
static int missing(const earliest *e, const poise_view *v, earliest_order *precedes,
                   earliest_taste *suits)
{
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++) {
        if (!sends(v, c) || planned(e, v, c))
            continue;
        bool same_task = best >= 0 && v->candidate[c].task == v->candidate[best].task;
        if (best < 0 || (same_task ? suits(e, v, c, best) : precedes(v, c, best)))
            best = c;
    }
    return best;
}

/* The candidate that starts first of those that are where the timetable has them; -1 if none is. */
static int next(const earliest *e, const poise_view *v)
{
    int best = -1;
    double least_s = INFINITY;
    for (int c = 0; c < v->n_candidates; c++) {
        const earliest_task *t = sends(v, c) ? planned(e, v, c) : NULL;
        if (t && t->group == v->candidate[c].group && t->profile == v->candidate[c].profile &&
            t->start_s < least_s) {
            best = c;
            least_s = t->start_s;
        }
    }
    return best;
}

/* Puts in the tasks that are not in, until one can start now, which is sent at once; else the one
 * that starts first is. A task may have to go for one of a much later job: no more than there are
 * are put in. */
static int fill(earliest *e, const poise_view *v, earliest_order *precedes, earliest_taste *suits)
{
    int c = 0;
    for (int n = 0; n < v->n_tasks && (c = missing(e, v, precedes, suits)) >= 0; n++)
        if (put(e, v, c) <= v->now_s)
            return c;
    return next(e, v);
}

int earliest_choose(earliest *e, const poise_view *v, earliest_order *precedes,
                    earliest_taste *suits)
{
    clean(e, v->now_s, false);
    int best = fill(e, v, precedes, suits);
    if (best < 0) {  // devices are free other than was thought: what is not sent is put in anew
        clean(e, v->now_s, true);
        best = fill(e, v, precedes, suits);
    }
    if (best < 0)
        return rule_hold(v);
    planned(e, v, best)->sent = true;
    return best;
}
