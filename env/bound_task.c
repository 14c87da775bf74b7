/* bound_task.c - see bound_task.h. In a graph a task begins when those before it have ended and
 * what they made has come: each edge takes the least of all pairs of groups, nothing within one
 * group (it may be the same device), and all bandwidth is the task's. A schedule that shares and
 * waits is no earlier anywhere along the way. */
#include "bound_task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "outage.h"

enum { MOST_GROUPS = 16 };

/* ---- alone --------------------------------------------------------------------------------- */

/* What a scenario takes to move bytes; nothing where there is no network or too many groups. */
typedef struct moves {
    int n;           // groups, 0: nothing takes time
    bool may_leave;  // a task may begin where its data come soonest, and end where it is fastest
    double latency_s[MOST_GROUPS + 1][MOST_GROUPS], byte_per_s[MOST_GROUPS + 1][MOST_GROUPS];
} moves;

/* From group `from`, the last of which is the origin of inputs. */
static double move_s(const moves *m, int from, int to, int64_t bytes)
{
    if (m->n == 0 || from == to)
        return 0;
    return m->latency_s[from][to] + (double)bytes / m->byte_per_s[from][to];
}

static bool may_leave(const poise_scenario *s)
{
    const scenario_decision *d = &s->decision;
    bool may = d->preempt != PREEMPT_NONE || d->migrate || d->suspend;
    for (int g = 0; g < s->n_groups; g++)
        may |= outage_fails(&s->group[g]) || s->group[g].pressure == PRESSURE_KILL;
    return may;
}

static void find_moves(moves *m, const poise_scenario *s)
{
    m->may_leave = may_leave(s);
    m->n = s->has_network && s->n_groups <= MOST_GROUPS ? s->n_groups : 0;
    for (int a = 0; a <= m->n && m->n > 0; a++)
        for (int b = 0; b < m->n; b++) {
            const scenario_end from = {a < m->n ? a : SCENARIO_ORIGIN, 0}, to = {b, 0};
            const network_way way = scenario_way(s, from, to);
            m->latency_s[a][b] = way.n_pipes > 0 ? seconds(way.latency_ns) : 0;
            m->byte_per_s[a][b] = INFINITY;
            for (int k = 0; k < way.n_pipes; k++)
                m->byte_per_s[a][b] = fmin(m->byte_per_s[a][b], s->pipe[way.pipe[k]].byte_per_s);
        }
}

/* Seconds that a work unit of the class takes at least, on any group or on one. */
static double least_on(const price_list *p, int class_id, int group)
{
    double least = INFINITY;
    for (int k = p->first_mode[class_id]; k < p->first_mode[class_id + 1]; k++) {
        const price_mode *m = &p->mode[k];
        if (group < 0 || m->group == group)
            least = fmin(least, 1 / (m->speed * p->peak[m->group]));
    }
    return least;
}

/* Whether the edges of two graphs with as many tasks are the same. */
static bool same_edges(const graph_template *a, const graph_template *b)
{
    bool same = a->n_edges == b->n_edges;
    for (int i = 0; same && i <= a->n_nodes; i++)
        same = a->in_at[i] == b->in_at[i];
    for (int k = 0; same && k < a->n_edges; k++)
        same = a->in[k].from == b->in[k].from && a->in[k].bytes == b->in[k].bytes;
    return same;
}

/* The graph whose tasks these n are; NULL if that cannot be told. */
static const graph_template *graph_of(const bound_tasks *b, int at, int n)
{
    const graph_template *found = NULL;
    for (int k = 0; k < b->s->n_graphs; k++) {
        const graph_template *g = &b->s->graph[k];
        bool same = g->n_nodes == n;
        for (int i = 0; same && i < n; i++)
            same = g->node[i].class_id == b->task[at + i].class_id;
        if (same && found && !same_edges(g, found))
            return NULL;
        found = same ? g : found;
    }
    return found;
}

/* Room for a job: when each of its tasks would end on each group, or (n is 1) on any. */
typedef struct job_ends {
    double *at;     // (tasks, n)
    double *least;  // (n_classes, n) seconds that a work unit takes
    int n;
} job_ends;

/* The earliest that the task could begin on the group, after its job came. */
static double ready_s(const bound_tasks *b, const moves *m, const job_ends *e, int number,
                      int group, const graph_template *graph, int stage)
{
    const scenario_class *c = &b->s->classes[b->task[number].class_id];
    double ready = c->input_bytes > 0 ? move_s(m, m->n, group, c->input_bytes) : 0;
    for (int i = graph ? graph->in_at[stage] : 0; graph && i < graph->in_at[stage + 1]; i++) {
        const double *before = e->at + (size_t)graph->in[i].from * (size_t)e->n;
        double least = INFINITY;
        for (int g = 0; g < e->n; g++)
            least = fmin(least, before[g] + move_s(m, g, group, graph->in[i].bytes));
        ready = fmax(ready, least);
    }
    return ready;
}

/* The least that moving bytes from a task to another takes, wherever they run. */
static double least_move_s(const bound_tasks *b, const moves *m, const job_ends *e, int from,
                           int to, int64_t bytes)
{
    const double *here = e->least + (size_t)b->task[from].class_id * (size_t)e->n;
    const double *there = e->least + (size_t)b->task[to].class_id * (size_t)e->n;
    double least = INFINITY;
    for (int g = 0; g < e->n; g++)
        for (int h = 0; h < e->n; h++)
            if (!isinf(here[g]) && !isinf(there[h]))
                least = fmin(least, move_s(m, g, h, bytes));
    return isinf(least) ? 0 : least;
}

/* What comes after the tasks of a job, as far as it was done. */
static void find_tails(bound_tasks *b, const moves *m, const job_ends *e, int at,
                       const graph_template *graph)
{
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        const bound_task *t = &b->task[at + i];
        for (int k = graph->in_at[i]; k < graph->in_at[i + 1] && t->fate == POISE_FINISHED; k++) {
            const int from = at + graph->in[k].from;
            const double s = least_move_s(b, m, e, from, at + i, graph->in[k].bytes);
            b->task[from].tail_s = fmax(b->task[from].tail_s, s + t->least_s + t->tail_s);
        }
    }
}

/* The n tasks of a job, or a task by itself. */
static void time_job(bound_tasks *b, const moves *m, job_ends *e, int at, int n)
{
    const graph_template *graph = n > 1 ? graph_of(b, at, n) : NULL;
    for (int i = 0; i < n; i++) {
        bound_task *t = &b->task[at + i];
        const double size = b->ep->record[b->first + at + i].size;
        double from = INFINITY, end = INFINITY, least = INFINITY;
        double *ends = e->at + (size_t)i * (size_t)e->n;
        for (int g = 0; g < e->n; g++) {
            const double per_unit = e->least[t->class_id * e->n + g];
            const double ready = isinf(per_unit) ? INFINITY : ready_s(b, m, e, at + i, g, graph, i);
            ends[g] = ready + size * per_unit;
            from = fmin(from, ready);
            end = fmin(end, ends[g]);
            least = fmin(least, size * per_unit);
        }
        if (m->may_leave) {
            end = from + least;
            for (int g = 0; g < e->n; g++)
                ends[g] = isinf(ends[g]) ? INFINITY : end;
        }
        t->from_s = t->arrived_s + (isinf(from) ? 0 : from);
        t->end_s = t->arrived_s + (isinf(end) ? 0 : end);
        t->least_s = isinf(least) ? 0 : least;
    }
    if (graph)
        find_tails(b, m, e, at, graph);
}

/* ---- all of them --------------------------------------------------------------------------- */

static bool time_tasks(bound_tasks *b)
{
    moves m;
    int most = 1;
    find_moves(&m, b->s);
    for (int k = 0; k < b->s->n_graphs; k++)
        most = b->s->graph[k].n_nodes > most ? b->s->graph[k].n_nodes : most;
    job_ends e = {.n = m.n > 0 ? m.n : 1};
    e.at = calloc((size_t)most * (size_t)e.n, sizeof *e.at);
    e.least = calloc((size_t)b->s->n_classes * (size_t)e.n, sizeof *e.least);
    const bool good = e.at && e.least;
    for (int c = 0; c < b->s->n_classes && good; c++)
        for (int g = 0; g < e.n; g++)
            e.least[c * e.n + g] = least_on(&b->prices, c, m.n > 0 ? g : -1);
    for (int at = 0, n; good && at < b->n; at += n) {
        for (n = 1; n < most && at + n < b->n && !b->task[at + n].begins; n++)
            ;
        time_job(b, &m, &e, at, n);
    }
    free(e.at);
    free(e.least);
    return good;
}

static void read_records(bound_tasks *b)
{
    const poise_episode *ep = b->ep;
    for (int i = 0; i < b->n; i++) {
        const poise_record *r = &ep->record[b->first + i];
        b->task[i] = (bound_task){
            .arrived_s = seconds(r->arrived_ns),
            .class_id = r->class_id,
            .fate = r->fate,
            .begins = !ep->more || ep->more[b->first + i].stage == 0,
        };
    }
}

/* Work, and work times cores, of each class. */
static bool find_prices(bound_tasks *b)
{
    const size_t n = (size_t)b->s->n_classes;
    double *work = calloc(2 * n, sizeof *work);
    for (int i = 0; work && i < b->n; i++) {
        const poise_record *r = &b->ep->record[b->first + i];
        work[r->class_id] += r->size;
        work[n + (size_t)r->class_id] += r->size * r->cores;
    }
    const bool good = work && price_make(&b->prices, b->s, work, work + n, b->end_s);
    free(work);
    return good;
}

/* Most tasks need as many cores as the one before of their class. */
static bool find_needs(bound_tasks *b)
{
    typedef struct known {
        int cores;
        double need;
    } known;
    const size_t n = (size_t)b->s->n_classes;
    known *of = malloc(n * sizeof *of);
    for (size_t c = 0; of && c < n; c++)
        of[c].cores = -1;
    for (int i = 0; of && i < b->n; i++) {
        const poise_record *r = &b->ep->record[b->first + i];
        known *k = &of[r->class_id];
        if (k->cores != r->cores)
            *k = (known){r->cores, price_need(&b->prices, r->class_id, r->cores)};
        b->task[i].need = k->need * r->size;
        b->task[i].part = b->prices.part[r->class_id];
    }
    free(of);
    return of != NULL;
}

typedef struct start_place {
    double from_s;
    int part, task;
} start_place;

static int by_start(const void *a, const void *b)
{
    const start_place *p = a, *q = b;
    if (p->part != q->part)
        return p->part - q->part;
    if (p->from_s != q->from_s)
        return p->from_s < q->from_s ? -1 : 1;
    return p->task - q->task;
}

/* Those of no part stand first; they are in none. */
static bool put_in_order(bound_tasks *b)
{
    start_place *all = malloc(((size_t)b->n + 1) * sizeof *all);
    bool sorted = true;
    for (int i = 0; all && i < b->n; i++) {
        all[i] = (start_place){b->task[i].from_s, b->task[i].part, i};
        sorted &= i == 0 || by_start(&all[i - 1], &all[i]) < 0;
    }
    if (all && !sorted)
        qsort(all, (size_t)b->n, sizeof *all, by_start);
    int part = 0;
    for (int i = 0; all && i < b->n; i++) {
        for (; part <= all[i].part; part++)
            b->first_of[part] = i;
        b->order[i] = all[i].task;
    }
    for (; part <= b->prices.n_parts; part++)
        b->first_of[part] = b->n;
    free(all);
    return all != NULL;
}

bool bound_tasks_make(bound_tasks *b, const poise_episode *ep, int64_t first, double begin_s)
{
    const poise_scenario *s = ep->scenario;
    const size_t n = (size_t)(ep->n_records - first);
    *b = (bound_tasks){
        .ep = ep,
        .s = s,
        .first = first,
        .n = (int)n,
        .begin_s = begin_s,
        .end_s = seconds(ep->totals.end_ns),
        .cut = s->end_ns > 0 && ep->totals.end_ns >= s->end_ns,
        .task = calloc(n + 1, sizeof *b->task),
        .order = calloc(n + 1, sizeof *b->order),
        .first_of = calloc((size_t)s->n_groups + 2, sizeof *b->first_of),
    };
    bool good = b->task && b->order && b->first_of && find_prices(b);
    if (good)
        read_records(b);
    good = good && find_needs(b) && time_tasks(b) && put_in_order(b);
    if (!good)
        bound_tasks_free(b);
    return good;
}

void bound_tasks_free(bound_tasks *b)
{
    price_free(&b->prices);
    free(b->task);
    free(b->order);
    free(b->first_of);
    *b = (bound_tasks){0};
}
