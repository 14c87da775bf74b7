/* bound.c - see bound.h. Each bound is the answer to a problem that any schedule solves, too. */
#include "bound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "scenario.h"

/* A task as the bounds see it. */
typedef struct piece {
    double from_s;   // arrival
    double least_s;  // service where it is fastest
    double left;     // of the time of the pool that it takes; of all devices together
} piece;

/* Servers of the group that may be busy at once, in units of what `taken` counts; NAN for laws
 * whose capacity is not a number of them. */
static double servers_of(const scenario_group *g)
{
    const char *law = g->law->name;
    if (strcmp(law, "fifo") == 0)
        return g->count;
    if (strcmp(law, "cores") == 0)
        return (double)g->count * g->params.cores;
    return NAN;
}

/* The most speed that a task can have there, over that of its mode. */
static double fastest(const scenario_group *g)
{
    const char *law = g->law->name;
    if (strcmp(law, "shared") == 0)
        return fmax(g->params.capacity, 1);
    if (strcmp(law, "batching") == 0 && g->params.exponent > 1)
        return INFINITY;
    return 1;
}

static double pool_of(const poise_scenario *s)
{
    double sum = 0;
    for (int g = 0; g < s->n_groups; g++)
        sum += servers_of(&s->group[g]);
    return sum;
}

/* The least time that the task can take, and the least of servers' time. */
static piece look_at(const poise_scenario *s, const poise_record *r)
{
    piece p = {1e-9 * (double)r->arrived_ns, INFINITY, INFINITY};
    for (int g = 0; g < s->n_groups; g++)
        for (int k = 0; k < s->n_profiles; k++) {
            const scenario_mode *m = &s->mode[scenario_cell(s, r->class_id, g, k)];
            if (!(m->speed > 0))
                continue;
            /* Stragglers and failures make service longer, never shorter. */
            const bool cores = strcmp(s->group[g].law->name, "cores") == 0;
            const int taken = m->devices * (!cores ? 1 : m->cores > 0 ? m->cores : r->cores);
            p.least_s = fmin(p.least_s, r->size / m->speed / fastest(&s->group[g]));
            p.left = fmin(p.left, r->size / m->speed * taken);
        }
    return p;
}

/* ---- shortest remaining first -------------------------------------------------------------- */

static void sink(double *heap, int n, int at)
{
    const double value = heap[at];
    for (int child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && heap[child + 1] < heap[child];
        if (value <= heap[child])
            break;
        heap[at] = heap[child];
    }
    heap[at] = value;
}

static void push(double *heap, int *n, double value)
{
    int at = (*n)++;
    for (; at > 0 && value < heap[(at - 1) / 2]; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = value;
}

static double pop(double *heap, int *n)
{
    const double least = heap[0];
    heap[0] = heap[--*n];
    sink(heap, *n, 0);
    return least;
}

/* Sum of responses of the pieces, which arrive in order, on one server. */
static double pooled(const piece *p, int n, double servers, double *heap)
{
    double now = 0, sum = 0;
    int waiting = 0;
    for (int i = 0; i <= n; i++) {
        const double until = i < n ? p[i].from_s : INFINITY;
        while (waiting > 0 && now < until) {
            const double spent = fmin(heap[0], until - now);
            now += spent;
            if (spent >= heap[0]) {
                pop(heap, &waiting);
                sum += now;
            } else {
                heap[0] -= spent;
            }
        }
        if (i < n) {
            now = fmax(now, until);
            sum -= until;
            push(heap, &waiting, p[i].left / servers);
        }
    }
    return sum;
}

/* ---- all of them --------------------------------------------------------------------------- */

/* From the first measured arrival to the end of all work. */
static double makespan(const piece *p, int n, double first_s, double servers)
{
    double end = 0, work = 0;
    for (int i = n - 1; i >= 0; i--) {
        work += p[i].left / servers;
        end = fmax(end, p[i].from_s + p[i].least_s);
        end = isnan(servers) ? end : fmax(end, p[i].from_s + work);
    }
    return end - first_s;
}

static double idle_energy(const poise_episode *ep)
{
    const poise_scenario *s = ep->scenario;
    double mw = 0;
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_group *group = &s->group[g];
        if (group->failures.mtbf.type || group->failures.rack_mtbf.type)
            continue;
        double least = fmin((double)group->idle_mw, (double)group->busy_mw);
        for (int c = 0; c < s->n_classes; c++)
            for (int k = 0; k < s->n_profiles; k++) {
                const scenario_mode *m = &s->mode[scenario_cell(s, c, g, k)];
                least = m->speed > 0 ? fmin(least, (double)m->busy_mw) : least;
            }
        if (group->sleep.boot_ns >= 0)
            least = fmin(fmin(least, (double)group->sleep.asleep_mw),
                         fmin((double)group->sleep.boot_mw, (double)group->sleep.down_mw));
        mw += least * group->count;
    }
    return 1e-12 * mw * (double)(ep->totals.end_ns - ep->totals.begin_ns);
}

static poise_bounds bounds_of(const poise_episode *ep, piece *p, double *heap)
{
    const poise_scenario *s = ep->scenario;
    const double servers = pool_of(s),
                 first_s = 1e-9 * (double)ep->record[ep->totals.first_record].arrived_ns;
    double least = 0;
    int n = 0;
    for (int64_t i = ep->totals.first_record; i < ep->n_records; i++)
        if (ep->record[i].fate == POISE_FINISHED) {
            p[n] = look_at(s, &ep->record[i]);
            least += p[n++].least_s;
        }
    if (n == 0)
        return (poise_bounds){NAN, NAN, NAN, NAN, idle_energy(ep)};
    poise_bounds b = {
        .service_s = least / n,
        .pooled_s = isnan(servers) ? NAN : pooled(p, n, servers, heap) / n,
        .makespan_s = makespan(p, n, first_s, servers),
        .energy_j = idle_energy(ep),
    };
    b.response_s = fmax(b.service_s, b.pooled_s);
    return b;
}

poise_bounds poise_bounds_of(const poise_episode *ep)
{
    const poise_scenario *s = ep->scenario;
    poise_bounds none = {NAN, NAN, NAN, NAN, NAN};
    const bool known = ep->record && ep->n_records > ep->totals.first_record &&
                       ep->totals.begin_ns >= 0 && !s->has_paces && !s->interference;
    if (!known)
        return none;
    piece *p = calloc((size_t)ep->n_records, sizeof *p);
    double *heap = calloc((size_t)ep->n_records + 1, sizeof *heap);
    if (p && heap)
        none = bounds_of(ep, p, heap);
    free(p);
    free(heap);
    return none;
}
