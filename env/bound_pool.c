/* bound_pool.c - see bound_pool.h. */
#include "bound_pool.h"

#include <math.h>

/* ---- the clock ----------------------------------------------------------------------------- */

/* The last step that begins at or before x. */
static int step_at(const double *from, int n, double x)
{
    int low = 0, high = n - 1;
    while (low < high) {
        int middle = high - (high - low) / 2;
        if (from[middle] <= x)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static double own_time(const pool_clock *c, double s)
{
    if (c->n == 0 || isinf(s))
        return s;
    int k = step_at(c->at_s, c->n, s);
    return c->own_s[k] + c->rate[k] * (s - c->at_s[k]);
}

static double world_time(const pool_clock *c, double own_s)
{
    if (c->n == 0 || isinf(own_s))
        return own_s;
    int k = step_at(c->own_s, c->n, own_s);
    return c->at_s[k] + (own_s - c->own_s[k]) / c->rate[k];
}

double pool_capacity(const pool_clock *c, double from_s, double to_s)
{
    return own_time(c, to_s) - own_time(c, from_s);
}

/* The integral of the world's time, counted from since_s on, over the server's own from a to b. */
static double time_over(const pool_clock *c, double a, double b, double since_s)
{
    double sum = 0;
    if (c->n == 0)
        return (b - a) * ((a + b) / 2 - since_s);
    for (int k = step_at(c->own_s, c->n, a); a < b; k++) {
        double to = k + 1 < c->n && c->own_s[k + 1] < b ? c->own_s[k + 1] : b;
        sum += (to - a) * ((world_time(c, a) + world_time(c, to)) / 2 - since_s);
        a = to;
    }
    return sum;
}

/* ---- a heap of tasks, the least key first -------------------------------------------------- */

/* Pairs of a key and a task. */
typedef struct heap {
    double *at;
    int n;
} heap;

static void sink(heap *h)
{
    double *at = h->at;
    const double key = at[0], task = at[1];
    int k = 0;
    for (int child; (child = 2 * k + 1) < h->n; k = child) {
        child += child + 1 < h->n && at[2 * child + 2] < at[2 * child];
        if (key <= at[2 * child])
            break;
        at[2 * k] = at[2 * child];
        at[2 * k + 1] = at[2 * child + 1];
    }
    at[2 * k] = key;
    at[2 * k + 1] = task;
}

static void push(heap *h, double key, int task)
{
    double *at = h->at;
    int k = h->n++;
    for (int up; k > 0 && key < at[2 * (up = (k - 1) / 2)]; k = up) {
        at[2 * k] = at[2 * up];
        at[2 * k + 1] = at[2 * up + 1];
    }
    at[2 * k] = key;
    at[2 * k + 1] = task;
}

static void pop(heap *h)
{
    h->n--;
    h->at[0] = h->at[2 * h->n];
    h->at[1] = h->at[2 * h->n + 1];
    sink(h);
}

/* ---- orders -------------------------------------------------------------------------------- */

/* The key is what is left of a task. */
double pool_shortest_remaining(const pool *p, double until_s, double *done_s)
{
    heap h = {.at = p->heap};
    double now = 0, sum = 0;
    int n_done = 0;
    for (int i = 0; i <= p->n; i++) {
        const double next = i < p->n ? own_time(p->clock, p->task[i].from_s) : INFINITY;
        while (h.n > 0 && now < next) {
            const double spent = fmin(h.at[0], next - now);
            now += spent;
            h.at[0] -= spent;
            if (h.at[0] > 0)
                continue;
            const double arrived_s = p->task[(int)h.at[1]].arrived_s;
            pop(&h);
            const double end_s = world_time(p->clock, now);
            sum += fmax(fmin(end_s, until_s) - arrived_s, 0);
            if (done_s)
                done_s[n_done++] = end_s;
        }
        if (i < p->n) {
            now = fmax(now, next);
            push(&h, p->task[i].need, i);
        }
    }
    return sum;
}

/* The key is need over weight; what is left of a task stands behind the heap. A part of a task's
 * work counts as that part of its weight. */
double pool_middles(const pool *p, double until_s)
{
    heap h = {.at = p->heap};
    double *left = p->heap + 2 * p->n, now = 0, sum = 0;
    const double stop = own_time(p->clock, until_s);
    for (int i = 0; i <= p->n; i++) {
        const double next = i < p->n ? own_time(p->clock, p->task[i].from_s) : INFINITY;
        const double to = fmin(next, stop);
        while (h.n > 0 && now < to) {
            const int k = (int)h.at[1];
            const pool_task *t = &p->task[k];
            const double spent = fmin(left[k], to - now);
            sum += t->weight / t->need * time_over(p->clock, now, now + spent, t->arrived_s);
            now += spent;
            left[k] -= spent;
            if (!(left[k] > 0))
                pop(&h);
        }
        if (i < p->n) {
            const pool_task *t = &p->task[i];
            now = fmax(now, next);
            left[i] = t->need;
            sum += isinf(until_s) ? t->weight * t->least_s / 2 : 0;
            if (t->weight > 0 && next < stop)
                push(&h, t->need / t->weight, i);
        }
    }
    for (int i = 0; i < p->n && !isinf(until_s); i++)
        sum +=
            p->task[i].weight * left[i] / p->task[i].need * fmax(until_s - p->task[i].arrived_s, 0);
    return sum;
}

double pool_longest(const pool *p)
{
    double now = 0, most = 0;
    for (int i = 0; i < p->n; i++) {
        now = fmax(now, own_time(p->clock, p->task[i].from_s)) + p->task[i].need;
        most = fmax(most, world_time(p->clock, now) - p->task[i].from_s);
    }
    return most;
}

/* The key is the tail, the longest first; what is left of a task stands behind the heap. */
double pool_end(const pool *p)
{
    heap h = {.at = p->heap};
    double *left = p->heap + 2 * p->n, now = 0, end_s = 0;
    for (int i = 0; i <= p->n; i++) {
        const double next = i < p->n ? own_time(p->clock, p->task[i].from_s) : INFINITY;
        while (h.n > 0 && now < next) {
            const int k = (int)h.at[1];
            const double spent = fmin(left[k], next - now);
            now += spent;
            left[k] -= spent;
            if (left[k] > 0)
                continue;
            pop(&h);
            end_s = fmax(end_s, world_time(p->clock, now) + p->task[k].tail_s);
        }
        if (i < p->n) {
            now = fmax(now, next);
            left[i] = p->task[i].need;
            push(&h, -p->task[i].tail_s, i);
        }
    }
    return end_s;
}
