/* bound.c - see bound.h. From a run take those of its tasks that a metric is over: what is left is
 * a schedule of these tasks on one server (bound_pool.h), which is what the metric's bound is least
 * over. */
#include "bound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bound_energy.h"
#include "bound_task.h"
#include "device.h"
#include "outage.h"

/* Sums in doubles, and times in whole nanoseconds. */
#define SLACK 1e-9

/* ---- names --------------------------------------------------------------------------------- */

static const char *const names[] = {
    "fastest-alone", "critical-path", "srpt-pooled",  "mean-busy-time", "fifo-pooled",
    "total-work",    "capacity-lp",   "last-arrival", "sum-of-bounds",  "energy-floor"};
enum { N_NAMES = sizeof names / sizeof *names };

void poise_bound_name(unsigned by, char text[POISE_BOUND_NAME])
{
    size_t n = 0;
    text[0] = 0;
    for (int k = 0; k < N_NAMES; k++)
        if (by >> k & 1 && n < POISE_BOUND_NAME)
            n += (size_t)snprintf(text + n, POISE_BOUND_NAME - n, "%s%s", n ? "+" : "", names[k]);
}

unsigned poise_bound_by(const char *text)
{
    unsigned by = 0;
    for (const char *at = text; *at; at += strcspn(at, "+"), at += *at == '+')
        for (int k = 0; k < N_NAMES; k++)
            if (strlen(names[k]) == strcspn(at, "+") &&
                strncmp(names[k], at, strlen(names[k])) == 0)
                by |= 1u << k;
    return by;
}

/* A sum, and what went into it. */
typedef struct part_sum {
    double value;
    unsigned by;
} part_sum;

/* All that is known while the bounds of an episode are found. */
typedef struct world {
    const poise_episode *ep;
    bound_tasks b;
    bool *in;         // (n) the tasks that the present bound is over
    double *weight;   // (n)
    pool_task *room;  // (n)
    double *heap;     // (3 n)
    double *value;    // (n) responses, or ends
    poise_bound *out;
    bool graphs;
    bool starved;  // memory ran out
} world;

/* In graphs, being alone is to follow one's job's path. */
static void put(world *w, const char *metric, double value, unsigned by)
{
    if (w->graphs && by & POISE_BY_ALONE)
        by = (by & ~POISE_BY_ALONE) | POISE_BY_PATH;
    const int row = poise_metric_index(metric);
    const poise_metric *rows;
    poise_metrics(&rows);
    if (row >= 0 && !isnan(value))
        w->out[row] = (poise_bound){value + rows[row].better * SLACK * fabs(value), by};
}

static void copy(world *w, const char *to, const char *from)
{
    w->out[poise_metric_index(to)] = w->out[poise_metric_index(from)];
}

static bool world_make(world *w, const poise_episode *ep, int64_t first, double begin_s)
{
    const size_t n = (size_t)(ep->n_records - first) + 1;
    *w = (world){.ep = ep, .graphs = ep->scenario->n_graphs > 0};
    if (!bound_tasks_make(&w->b, ep, first, begin_s))
        return false;
    w->in = calloc(n, sizeof *w->in);
    w->weight = calloc(n, sizeof *w->weight);
    w->room = calloc(n, sizeof *w->room);
    w->heap = calloc(3 * n, sizeof *w->heap);
    w->value = calloc(n, sizeof *w->value);
    return w->in && w->weight && w->room && w->heap && w->value;
}

static void world_free(world *w)
{
    bound_tasks_free(&w->b);
    free(w->in);
    free(w->weight);
    free(w->room);
    free(w->heap);
    free(w->value);
}

/* ---- which tasks --------------------------------------------------------------------------- */

enum { FATE_FINISHED, FATE_STAYED, FATE_ANY };

/* Tasks that finished; or that did or were still there at the end; or all. How many. */
static int choose(world *w, int fates)
{
    int n = 0;
    for (int i = 0; i < w->b.n; i++) {
        const int fate = w->b.task[i].fate;
        w->in[i] = fate == POISE_FINISHED || fates == FATE_ANY ||
                   (fates == FATE_STAYED && (fate == POISE_WAITING || fate == POISE_IN_SERVICE));
        n += w->in[i];
    }
    return n;
}

enum { WEIGHT_EVEN, WEIGHT_SLOWDOWN, WEIGHT_HOLDING };

/* Slowdown is over service on the fastest device, as if it always went at its plain speed. */
static void weigh(world *w, int kind)
{
    const poise_scenario *s = w->b.s;
    for (int i = 0; i < w->b.n; i++) {
        const int c = w->b.task[i].class_id;
        double best = 0;
        for (int g = 0; g < s->n_groups; g++)
            best = fmax(best, s->speed[c * s->n_groups + g]);
        const double size = w->ep->record[w->b.first + i].size;
        w->weight[i] = kind == WEIGHT_EVEN      ? 1
                       : kind == WEIGHT_HOLDING ? s->classes[c].weight
                       : size > 0               ? best / size
                                                : 0;
    }
}

/* Whether no task could be faster than alone on the server: then middles say no more than the order
 * by what is left. */
static bool is_one_server(const pool *p)
{
    bool one = p->clock->n == 0;
    for (int k = 0; k < p->n && one; k++)
        one = p->task[k].least_s <= p->task[k].need * (1 + SLACK);
    return one;
}

/* Those of a part that need anything of it, as its server sees them. */
static pool pool_of(world *w, int part)
{
    pool p = {.task = w->room, .clock = &w->b.prices.clock[part], .heap = w->heap};
    for (int k = w->b.first_of[part]; k < w->b.first_of[part + 1]; k++) {
        const bound_task *t = &w->b.task[w->b.order[k]];
        if (w->in[w->b.order[k]] && t->need > 0)
            w->room[p.n++] = (pool_task){
                .arrived_s = t->arrived_s,
                .from_s = t->from_s,
                .least_s = t->least_s,
                .need = t->need,
                .tail_s = t->tail_s,
                .weight = w->weight[w->b.order[k]],
            };
    }
    return p;
}

/* The weighted sum of the responses of the part's tasks as if alone, up to a time: of those that
 * need nothing of its server, and of all. */
static void add_alone(const world *w, int part, double until_s, double *free_s, double *all_s)
{
    *free_s = *all_s = 0;
    for (int k = w->b.first_of[part]; k < w->b.first_of[part + 1]; k++) {
        const int i = w->b.order[k];
        const bound_task *t = &w->b.task[i];
        if (!w->in[i])
            continue;
        const double s = w->weight[i] * (fmin(t->end_s, until_s) - fmin(t->arrived_s, until_s));
        *all_s += s;
        *free_s += t->need > 0 ? 0 : s;
    }
}

/* The least weighted sum of responses, each counted until until_s: what is largest in each part. */
static part_sum least_sum(world *w, bool even, double until_s)
{
    part_sum sum = {0};
    for (int part = 0; part < w->b.prices.n_parts; part++) {
        double free_s, alone_s;
        const pool p = pool_of(w, part);
        add_alone(w, part, until_s, &free_s, &alone_s);
        double most = alone_s;
        unsigned by = alone_s > 0 ? POISE_BY_ALONE : 0;
        const double shortest =
            even && p.n ? free_s + pool_shortest_remaining(&p, until_s, NULL) : 0;
        const bool skip = p.n == 0 || (even && is_one_server(&p));
        const double middles = skip ? 0 : free_s + pool_middles(&p, until_s);
        if (shortest > most) {
            most = shortest;
            by = POISE_BY_SHORTEST;
        }
        if (middles > most * (1 + SLACK)) {
            most = middles;
            by = POISE_BY_MIDDLES;
        }
        sum.value += most;
        sum.by |= by;
    }
    return sum;
}

/* ---- responses ----------------------------------------------------------------------------- */

/* The one of n numbers that k are not above, 0 <= k < n; those before it in x are no larger (C. A.
 * R. Hoare, Find, CACM 4, 1961). */
static double select_rank(double *x, int n, int k)
{
    int low = 0, high = n - 1;
    while (low < high) {
        const double pivot = x[low + (high - low) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot)
                i++;
            while (pivot < x[j])
                j--;
            if (i <= j) {
                const double swapped = x[i];
                x[i++] = x[j];
                x[j--] = swapped;
            }
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return x[k];
}

/* The value of n that at least a share p of them do not exceed, as percentiles are measured. */
static double rank_of(double *x, int n, double p)
{
    const int rank = (int)ceil(p * n);
    return select_rank(x, n, rank > 0 ? rank - 1 : 0);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort(double *x, int n)
{
    bool sorted = true;
    for (int i = 1; i < n && sorted; i++)
        sorted = x[i - 1] <= x[i];
    if (!sorted)
        qsort(x, (size_t)n, sizeof *x, ascending);
}

/* The k-th smallest response is no less than the k-th smallest of those as if alone. */
static void bound_percentiles(world *w, int n)
{
    int k = 0;
    for (int i = 0; i < w->b.n; i++)
        if (w->in[i])
            w->value[k++] = w->b.task[i].end_s - w->b.task[i].arrived_s;
    put(w, "response_p50_s", rank_of(w->value, n, 0.5), POISE_BY_ALONE);
    put(w, "response_p95_s", rank_of(w->value, n, 0.95), POISE_BY_ALONE);
    put(w, "response_p99_s", rank_of(w->value, n, 0.99), POISE_BY_ALONE);
    double longest = rank_of(w->value, n, 1), queued = 0;
    for (int part = 0; part < w->b.prices.n_parts; part++) {
        const pool p = pool_of(w, part);
        queued = fmax(queued, pool_longest(&p));
    }
    put(w, "response_max_s", fmax(longest, queued),
        queued > longest ? POISE_BY_FIFO : POISE_BY_ALONE);
}

/* Over the tasks that finished. */
static void bound_responses(world *w)
{
    const int n = choose(w, FATE_FINISHED);
    if (n == 0)
        return;
    weigh(w, WEIGHT_EVEN);
    const part_sum even = least_sum(w, true, INFINITY);
    put(w, "response_mean_s", even.value / n, even.by);
    bound_percentiles(w, n);
    weigh(w, WEIGHT_SLOWDOWN);
    const part_sum slow = least_sum(w, false, INFINITY);
    int n_empty = 0;  // their slowdown is 1
    for (int i = 0; i < w->b.n; i++)
        n_empty += w->in[i] && !(w->weight[i] > 0);
    put(w, "slowdown_mean", (slow.value + n_empty) / n, slow.by);
}

/* ---- jobs ---------------------------------------------------------------------------------- */

/* A job by its tasks, which follow one another. */
typedef struct span {
    int first, n;
    bool finished;
    double alone_s;  // critical path
} span;

static bool next_job(const world *w, span *j)
{
    j->first += j->n;
    j->n = 0;
    j->finished = true;
    j->alone_s = 0;
    for (int i = j->first; i < w->b.n && (i == j->first || !w->b.task[i].begins); i++, j->n++) {
        j->finished &= w->b.task[i].fate == POISE_FINISHED;
        j->alone_s = fmax(j->alone_s, w->b.task[i].end_s - w->b.task[i].arrived_s);
    }
    return j->n > 0;
}

/* Jobs as tasks of the server of one part, which all their work there keeps busy; *free_s is the
 * sum of those that have none. */
static pool jobs_of(world *w, int part, double *free_s)
{
    pool p = {.task = w->room, .clock = &w->b.prices.clock[part], .heap = w->heap};
    *free_s = 0;
    for (span j = {0}; next_job(w, &j);) {
        double need = 0;
        for (int i = j.first; i < j.first + j.n; i++)
            need += w->b.task[i].part == part ? w->b.task[i].need : 0;
        const double from_s = w->b.task[j.first].arrived_s;
        if (j.finished && need > 0)
            w->room[p.n++] = (pool_task){from_s, from_s, 0, need, 0, 1};
        else if (j.finished)
            *free_s += j.alone_s;
    }
    return p;
}

/* Over the jobs all of whose tasks finished; without graphs each task is one. */
static void bound_jobs(world *w)
{
    int n = 0;
    double sum = 0;
    if (!w->graphs) {
        copy(w, "job_response_mean_s", "response_mean_s");
        copy(w, "job_response_p95_s", "response_p95_s");
        return;
    }
    for (span j = {0}; next_job(w, &j);)
        if (j.finished) {
            sum += j.alone_s;
            w->value[n++] = j.alone_s;
        }
    if (n == 0)
        return;
    put(w, "job_response_p95_s", rank_of(w->value, n, 0.95), POISE_BY_ALONE);
    unsigned by = POISE_BY_ALONE;
    for (int part = 0; part < w->b.prices.n_parts; part++) {
        double free_s;
        const pool p = jobs_of(w, part, &free_s);
        const double all = p.n ? free_s + pool_shortest_remaining(&p, INFINITY, NULL) : 0;
        if (all > sum) {
            sum = all;
            by = POISE_BY_SHORTEST;
        }
    }
    put(w, "job_response_mean_s", sum / n, by);
}

/* ---- the end of all work ------------------------------------------------------------------- */

/* When the tasks that finished could have ended at the earliest, all of them. */
static part_sum earliest_end(world *w)
{
    part_sum end = {0};
    if (choose(w, FATE_FINISHED) == 0)
        return end;
    for (int i = 0; i < w->b.n; i++)
        if (w->in[i] && w->b.task[i].end_s > end.value)
            end = (part_sum){w->b.task[i].end_s, POISE_BY_ALONE};
    for (int part = 0; part < w->b.prices.n_parts; part++) {
        const pool p = pool_of(w, part);
        const double s = p.n ? pool_end(&p) : 0;
        if (s > end.value)
            end = (part_sum){s, POISE_BY_WORK};
    }
    return end;
}

/* When the episode could have ended: at its end time, or when all that it did was done and nothing
 * more was to come. */
static double shortest_episode(const world *w, double done_s)
{
    const bound_tasks *b = &w->b;
    if (b->cut || b->n == 0)
        return b->end_s;
    return fmin(b->end_s, fmax(fmax(b->task[b->n - 1].arrived_s, done_s), b->begin_s));
}

static void bound_makespan(world *w, part_sum end)
{
    if (end.value > 0)
        put(w, "makespan_s", end.value - w->b.task[0].arrived_s,
            end.by == POISE_BY_ALONE ? POISE_BY_PATH : POISE_BY_WORK);
}

/* ---- what can be done in the time there is -------------------------------------------------- */

/* Some work that can be done or left. */
typedef struct lot {
    double need, gain;
} lot;

/* What gains most for what it needs comes first. */
static int by_worth(const void *a, const void *b)
{
    const lot *x = a, *y = b;
    const double p = x->need * y->gain, q = y->need * x->gain;
    return (p > q) - (p < q);
}

/* The most that can be gained from lots that may be done in part: a linear program whose answer is
 * to take them in that order. */
static double most_gain(lot *l, int n, double capacity)
{
    double sum = 0;
    qsort(l, (size_t)n, sizeof *l, by_worth);
    for (int k = 0; k < n && capacity > 0; k++) {
        const double part = l[k].need > capacity ? capacity / l[k].need : 1;
        sum += part * l[k].gain;
        capacity -= part * l[k].need;
    }
    return sum;
}

/* Tasks, or work, that all devices can finish until a time, whatever comes when. */
static double most_until(world *w, double end_s, bool work)
{
    double sum = 0;
    lot *l = malloc(((size_t)w->b.n + 1) * sizeof *l);
    for (int part = -1; part < w->b.prices.n_parts && l; part++) {
        int n = 0;
        const int from = part < 0 ? 0 : w->b.first_of[part];
        const int to = part < 0 ? w->b.first_of[0] : w->b.first_of[part + 1];
        for (int k = from; k < to; k++) {
            const bound_task *t = &w->b.task[w->b.order[k]];
            const double gain = work ? w->ep->record[w->b.first + w->b.order[k]].size : 1;
            if (t->need > 0)
                l[n++] = (lot){t->need, gain};
            else
                sum += gain;
        }
        if (n > 0)
            sum += most_gain(l, n, pool_capacity(&w->b.prices.clock[part], w->b.begin_s, end_s));
    }
    free(l);
    w->starved |= !l;
    return l ? sum : NAN;
}

/* The earliest times at which one task can be done, two, three ... into value: how many. Nobody is
 * ahead of the shortest remaining first, or of all tasks alone. */
static int earliest_ends(world *w)
{
    int n = 0, n_alone = 0;
    choose(w, FATE_ANY);
    weigh(w, WEIGHT_EVEN);
    for (int part = 0; part < w->b.prices.n_parts; part++) {
        const pool p = pool_of(w, part);
        if (p.n > 0)
            pool_shortest_remaining(&p, INFINITY, w->value + n);
        n += p.n;
    }
    for (int i = 0; i < w->b.n; i++)
        if (!(w->b.task[i].need > 0))
            w->value[n++] = w->b.task[i].end_s;
    sort(w->value, n);
    for (int i = 0; i < w->b.n; i++)
        w->heap[n_alone++] = w->b.task[i].end_s;
    sort(w->heap, n_alone);
    for (int k = 0; k < n; k++)
        w->value[k] = fmax(w->value[k], w->heap[k]);
    return n;
}

/* How many can be done by the end. */
static int most_done(const world *w, int n, double end_s)
{
    int k = 0;
    while (k < n && w->value[k] <= end_s * (1 + SLACK))
        k++;
    return k;
}

/* Where the episode was cut, what can be done until then; else all that came, no sooner than it can
 * end. */
static void bound_rates(world *w, double end_s, unsigned why)
{
    const double span_s = end_s - w->b.begin_s;
    if (!(span_s > 0) || w->b.n == 0)
        return;
    if (!w->b.cut) {
        double work = 0;
        for (int i = 0; i < w->b.n; i++)
            work += w->ep->record[w->b.first + i].size;
        put(w, "throughput_per_s", w->b.n / span_s, why);
        put(w, "work_rate_per_s", work / span_s, why);
        return;
    }
    const int n = earliest_ends(w), by_order = most_done(w, n, end_s);
    const double by_capacity = most_until(w, end_s, false);
    put(w, "throughput_per_s", fmin(by_order, by_capacity) / span_s,
        by_capacity < by_order ? POISE_BY_CAPACITY : POISE_BY_SHORTEST);
    put(w, "work_rate_per_s", most_until(w, end_s, true) / span_s, POISE_BY_CAPACITY);
    put(w, "finished", by_order, POISE_BY_SHORTEST);
}

/* Time in the system counts up to the end of an episode that was cut. */
static double counted_until(const world *w)
{
    return w->b.cut ? w->b.end_s : INFINITY;
}

/* Over all that was there until the end of this very run. */
static void bound_tasks_mean(world *w, int n_finished)
{
    const double span_s = w->b.end_s - w->b.begin_s;
    const int n = choose(w, FATE_STAYED), response = poise_metric_index("response_mean_s");
    if (n == 0 || !(span_s > 0))
        return;
    if (!w->b.cut && n == n_finished) {  // Little's law
        put(w, "tasks_mean", w->out[response].value * n / span_s, w->out[response].by);
        return;
    }
    weigh(w, WEIGHT_EVEN);
    const part_sum sum = least_sum(w, true, counted_until(w));
    put(w, "tasks_mean", sum.value / span_s, sum.by);
}

/* ---- energy, deadlines --------------------------------------------------------------------- */

static void bound_power(world *w, double end_s)
{
    const double n = (double)w->ep->totals.finished, span_s = w->b.end_s - w->b.begin_s;
    const int response = poise_metric_index("response_mean_s");
    bound_energy e;
    w->starved |= !bound_energy_of(&w->b, w->b.begin_s, end_s, &e);
    if (w->starved)
        return;
    const double energy_j = e.devices_j + e.tasks_j, each_j = n > 0 ? energy_j / n : NAN;
    put(w, "energy_j", energy_j, POISE_BY_ENERGY);
    put(w, "energy_per_task_j", each_j, POISE_BY_ENERGY);
    put(w, "energy_delay_js", each_j * w->out[response].value, POISE_BY_ENERGY);
    put(w, "cost", e.cost, POISE_BY_ENERGY);
    put(w, "carbon_g", e.carbon_g, POISE_BY_ENERGY);
    if (span_s > 0 && end_s > w->b.begin_s)
        put(w, "power_mean_w", e.devices_j / (end_s - w->b.begin_s) + e.tasks_j / span_s,
            POISE_BY_ENERGY);
}

/* Tasks that finished and could not have in time, or were killed because they could not. */
static int least_late(const world *w)
{
    int n = 0;
    for (int i = 0; i < w->b.n && w->ep->more; i++) {
        const bound_task *t = &w->b.task[i];
        const double due_s = seconds(w->ep->more[w->b.first + i].deadline_ns);
        const bool killed =
            t->fate == POISE_KILLED && !w->graphs && !w->b.s->classes[t->class_id].killed_at_limit;
        n += (t->fate == POISE_FINISHED || killed) && t->end_s > due_s * (1 + SLACK);
    }
    return n;
}

/* ---- reward -------------------------------------------------------------------------------- */

/* Of what is summed over tasks in the system: less cannot be lost. */
static part_sum least_lost(world *w)
{
    const double *weight = w->b.s->reward_weight;
    const int term[] = {REWARD_FLOW, REWARD_HOLDING, REWARD_SLOWDOWN};
    const int kind[] = {WEIGHT_EVEN, WEIGHT_HOLDING, WEIGHT_SLOWDOWN};
    part_sum lost = {0};
    choose(w, FATE_STAYED);
    for (int k = 0; k < 3; k++) {
        if (weight[term[k]] == 0)
            continue;
        weigh(w, kind[k]);
        const part_sum sum = least_sum(w, kind[k] == WEIGHT_EVEN, counted_until(w));
        lost.value += weight[term[k]] * sum.value;
        lost.by |= sum.by;
    }
    return lost;
}

/* What tasks that finish bring: as many as can, each as good as it can be. */
static double most_won(world *w, double end_s)
{
    const poise_scenario *s = w->b.s;
    const double *weight = s->reward_weight;
    double won = 0, best = 0;
    if (weight[REWARD_THROUGHPUT] == 0 && weight[REWARD_QUALITY] == 0)
        return 0;
    for (int k = 0; k < s->n_classes * s->n_groups * s->n_profiles; k++)
        best = fmax(best, s->mode[k].speed > 0 ? s->mode[k].quality : 0);
    const int n = earliest_ends(w), n_done = w->b.cut ? most_done(w, n, end_s) : n;
    won += weight[REWARD_THROUGHPUT] * n_done;
    return won + weight[REWARD_QUALITY] * best * n_done;
}

/* Over the whole episode. Terms with weights below 0 pay for what others are to avoid. */
static void bound_reward(world *w)
{
    const poise_scenario *s = w->b.s;
    const double *weight = s->reward_weight;
    bound_energy e;
    for (int k = 0; k < N_REWARD_TERMS; k++)
        if (weight[k] < 0 || (k == REWARD_SLOWDOWN && weight[k] > 0 && s->has_paces))
            return;
    const double end_s = shortest_episode(w, earliest_end(w).value);
    w->starved |= !bound_energy_of(&w->b, w->b.begin_s, end_s, &e);
    if (w->starved)
        return;
    const part_sum lost = least_lost(w);
    double rest = weight[REWARD_LATE] * least_late(w);
    rest += weight[REWARD_ENERGY] * (e.devices_j + e.tasks_j);
    rest += weight[REWARD_COST] > 0 ? weight[REWARD_COST] * e.cost : 0;
    rest += weight[REWARD_CARBON] > 0 ? weight[REWARD_CARBON] * e.carbon_g : 0;
    const double won = most_won(w, end_s);
    const unsigned by = won == 0 && rest == 0 ? lost.by : POISE_BY_SUM;
    put(w, "reward", won - rest - lost.value, by);
    if (w->b.end_s > 0)
        put(w, "reward_per_s", (won - rest - lost.value) / w->b.end_s, by);
}

/* ---- all of them --------------------------------------------------------------------------- */

/* The metrics over the measured time. */
static void bound_measured(world *w)
{
    const part_sum end = earliest_end(w);
    const double end_s = shortest_episode(w, end.value);
    const int n_finished = choose(w, FATE_FINISHED);
    if (w->ep->record) {
        bound_responses(w);
        bound_jobs(w);
        bound_makespan(w, end);
        bound_rates(w, end_s,
                    end_s > end.value          ? POISE_BY_ARRIVAL
                    : end.by == POISE_BY_ALONE ? POISE_BY_PATH
                                               : POISE_BY_WORK);
        bound_tasks_mean(w, n_finished);
        if (w->ep->more && w->b.n > 0)
            put(w, "late", least_late(w), POISE_BY_ALONE);
    }
    bound_power(w, end_s);
}

bool poise_bounds_of(const poise_episode *ep, poise_bound *bound)
{
    const poise_metric *rows;
    const int n_rows = poise_metrics(&rows);
    const int64_t first = ep->record ? ep->totals.first_record : ep->n_records;
    const bool measured = ep->totals.begin_ns >= 0 && first <= ep->n_records;
    world w = {0};
    bool good = true;
    for (int i = 0; i < n_rows; i++)
        bound[i] = (poise_bound){NAN, 0};
    if (measured && (good = world_make(&w, ep, first, seconds(ep->totals.begin_ns)))) {
        w.out = bound;
        bound_measured(&w);
        good = !w.starved;
    }
    const bool again = !measured || first > 0 || ep->totals.begin_ns > 0;
    if (good && ep->record && again) {
        world_free(&w);
        good = world_make(&w, ep, 0, 0);
        w.out = bound;
    }
    if (good && ep->record)
        bound_reward(&w);
    world_free(&w);
    return good && !w.starved;
}

/* ---- what they leave out ------------------------------------------------------------------- */

static void add_word(char *text, size_t size, bool is, const char *word)
{
    const size_t n = strlen(text);
    if (is && n < size)
        snprintf(text + n, size - n, "%s%s", n ? ", " : "", word);
}

void poise_bounds_leave_out(const poise_scenario *s, char *text, size_t size)
{
    bool fails = false, capped = false, sleeps = false, pressed = false, strays = false;
    for (int g = 0; g < s->n_groups; g++) {
        fails |= outage_fails(&s->group[g]) || outage_racks(&s->group[g]);
        capped |= s->group[g].cap_mw > 0;
        sleeps |= sleep_sleeps(s, &s->group[g]);
        pressed |= s->group[g].pressure != PRESSURE_NONE;
    }
    for (int c = 0; c < s->n_classes; c++)
        strays |= s->classes[c].has_sync && s->classes[c].sync.straggler.type;
    text[0] = 0;
    add_word(text, size, fails, "failures");
    add_word(text, size, strays, "stragglers");
    add_word(text, size, s->interference != NULL, "interference");
    add_word(text, size, pressed, "pressure on memory");
    add_word(text, size, capped, "caps on power");
    add_word(text, size, sleeps, "waking up");
    add_word(text, size, s->has_network, "links that are shared");
    add_word(text, size, s->n_tenants > 0, "tenants");
}
