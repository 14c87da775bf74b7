/* theory_quantities.c - quantities of an episode that formulas speak of and that are no metrics. */
#include "theory.h"

#include "error.h"
#include "scenario.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

/* Exact for whole seconds, as schedules by hand have. */
static double whole_s(int64_t ns)
{
    return (double)ns / 1e9;
}

/* ---- over tasks that finished -------------------------------------------------------------- */

typedef double of_task(const poise_episode *ep, int64_t i);

static double wait_s(const poise_episode *ep, int64_t i)
{
    return whole_s(ep->record[i].started_ns - ep->record[i].arrived_ns);
}

static double response_s(const poise_episode *ep, int64_t i)
{
    return whole_s(ep->record[i].finished_ns - ep->record[i].arrived_ns);
}

/* In the system for its own sake: tasks of a graph from when they are ready. */
static double present_s(const poise_episode *ep, int64_t i)
{
    int64_t from = ep->more ? ep->more[i].ready_ns : ep->record[i].arrived_ns;
    return whole_s(ep->record[i].finished_ns - from);
}

static double cost(const poise_episode *ep, int64_t i)
{
    return ep->scenario->classes[ep->record[i].class_id].weight * present_s(ep, i);
}

static double waited_work(const poise_episode *ep, int64_t i)
{
    return ep->record[i].size * wait_s(ep, i);
}

/* class -1: of all classes. */
static double sum_of(const poise_episode *ep, of_task *of, int class_id, int64_t *n)
{
    double sum = 0;
    for (int64_t i = ep->totals.first_record; i < ep->n_records; i++)
        if (ep->record[i].fate == POISE_FINISHED &&
            (class_id < 0 || ep->record[i].class_id == class_id)) {
            sum += of(ep, i);
            ++*n;
        }
    return sum;
}

static double mean_of(const poise_episode *ep, of_task *of, int class_id)
{
    int64_t n = 0;
    double sum = sum_of(ep, of, class_id, &n);
    return n > 0 ? sum / (double)n : NAN;
}

static double rate_of(const poise_episode *ep, of_task *of, int class_id)
{
    int64_t n = 0;
    return sum_of(ep, of, class_id, &n) / whole_s(ep->totals.end_ns - ep->totals.begin_ns);
}

/* All values of it, in no order; free them. */
static double *values_of(const poise_episode *ep, of_task *of, size_t *n)
{
    double *value = error_must(malloc((size_t)(ep->n_records + 1) * sizeof *value));
    *n = 0;
    for (int64_t i = ep->totals.first_record; i < ep->n_records; i++)
        if (ep->record[i].fate == POISE_FINISHED)
            value[(*n)++] = of(ep, i);
    return value;
}

static double quantile_of(const poise_episode *ep, of_task *of, double q)
{
    size_t n;
    double *value = values_of(ep, of, &n), found = NAN;
    if (n > 0)
        found = gsl_stats_select(value, 1, n, (size_t)ceil(q * (double)n) - 1);
    free(value);
    return found;
}

static double wait_quantile(const poise_episode *ep, double q)
{
    return quantile_of(ep, wait_s, q);
}

static double response_variance(const poise_episode *ep, double x)
{
    (void)x;
    size_t n;
    double *value = values_of(ep, response_s, &n);
    double found = n > 1 ? gsl_stats_variance(value, 1, n) : NAN;
    free(value);
    return found;
}

static double wait_within(const poise_episode *ep, double x)
{
    int64_t n = 0, within = 0;
    for (int64_t i = ep->totals.first_record; i < ep->n_records; i++)
        if (ep->record[i].fate == POISE_FINISHED) {
            n++;
            within += wait_s(ep, i) <= x;
        }
    return n > 0 ? (double)within / (double)n : NAN;
}

static double wait_above(const poise_episode *ep, double x)
{
    return 1 - wait_within(ep, x);
}

static double class_wait(const poise_episode *ep, double x)
{
    return mean_of(ep, wait_s, (int)x);
}

static double class_response(const poise_episode *ep, double x)
{
    return mean_of(ep, present_s, (int)x);
}

static double class_number(const poise_episode *ep, double x)
{
    return rate_of(ep, present_s, (int)x);
}

static double cost_rate(const poise_episode *ep, double x)
{
    (void)x;
    return rate_of(ep, cost, -1);
}

static double work_waiting(const poise_episode *ep, double x)
{
    (void)x;
    return rate_of(ep, waited_work, -1);
}

static double waiting_mean(const poise_episode *ep, double x)
{
    (void)x;
    return rate_of(ep, wait_s, -1);
}

/* ---- schedules ----------------------------------------------------------------------------- */

static double response_sum(const poise_episode *ep, double x)
{
    (void)x;
    int64_t n = 0;
    return sum_of(ep, response_s, -1, &n);
}

static double cost_sum(const poise_episode *ep, double x)
{
    (void)x;
    int64_t n = 0;
    return sum_of(ep, cost, -1, &n);
}

static double last_finish(const poise_episode *ep, double x)
{
    (void)x;
    int64_t last = 0;
    for (int64_t i = 0; i < ep->n_records; i++)
        last = ep->record[i].finished_ns > last ? ep->record[i].finished_ns : last;
    return whole_s(last);
}

static double first_finish(const poise_episode *ep, double x)
{
    (void)x;
    int64_t first = INT64_MAX;
    for (int64_t i = 0; i < ep->n_records; i++)
        first = ep->record[i].finished_ns < first ? ep->record[i].finished_ns : first;
    return whole_s(first);
}

static double finish_of(const poise_episode *ep, double x)
{
    return whole_s(ep->record[(int64_t)x].finished_ns);
}

static double started_at_once(const poise_episode *ep, double x)
{
    int n = 0;
    for (int64_t i = 0; i < ep->n_records; i++)
        n += ep->record[i].class_id == (int)x &&
             ep->record[i].started_ns == ep->record[i].arrived_ns;
    return n;
}

static double lateness_max(const poise_episode *ep, double x)
{
    (void)x;
    int64_t most = INT64_MIN;
    for (int64_t i = 0; ep->more && i < ep->n_records; i++) {
        int64_t late = ep->record[i].finished_ns - ep->more[i].deadline_ns;
        most = late > most ? late : most;
    }
    return whole_s(most);
}

static double n_late(const poise_episode *ep, double x)
{
    (void)x;
    int n = 0;
    for (int64_t i = 0; ep->more && i < ep->n_records; i++)
        n += ep->record[i].finished_ns > ep->more[i].deadline_ns;
    return n;
}

/* ---- the number in the system -------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Calls see(data, k, s) for each span of s seconds in which k tasks are in the system, between
 * from and to; tasks that never finished are there for ever. */
static void walk_number(const poise_episode *ep, int64_t from, int64_t to,
                        void (*see)(void *data, int64_t k, double s), void *data)
{
    const int64_t n = ep->n_records;
    int64_t *end = error_must(malloc((size_t)(n + 1) * sizeof *end)), n_ends = 0, now = from;
    for (int64_t i = 0; i < n; i++)
        if (ep->record[i].finished_ns >= 0)
            end[n_ends++] = ep->record[i].finished_ns;
    qsort(end, (size_t)n_ends, sizeof *end, by_time);
    for (int64_t in = 0, out = 0; now < to;) {
        int64_t next_in = in < n ? ep->record[in].arrived_ns : INT64_MAX;
        int64_t next_out = out < n_ends ? end[out] : INT64_MAX;
        int64_t next = next_in < next_out ? next_in : next_out;
        next = next < to ? next : to;
        if (next > now) {
            see(data, in - out, whole_s(next - now));
            now = next;
        }
        if (next_in <= next_out)
            in++;
        else
            out++;
    }
    free(end);
}

/* Moments of the number, and the part of the time in which it is within bounds. */
typedef struct moments {
    double low, high, s, sum, squares, inside;
} moments;

static void add_moments(void *data, int64_t k, double s)
{
    moments *m = data;
    double number = (double)k;
    m->s += s;
    m->sum += number * s;
    m->squares += number * number * s;
    m->inside += number >= m->low && number <= m->high ? s : 0;
}

static moments moments_of(const poise_episode *ep, double low, double high)
{
    moments m = {.low = low, .high = high};
    walk_number(ep, ep->totals.begin_ns, ep->totals.end_ns, add_moments, &m);
    return m;
}

static double number_variance(const poise_episode *ep, double x)
{
    (void)x;
    moments m = moments_of(ep, 0, 0);
    return m.squares / m.s - m.sum / m.s * m.sum / m.s;
}

static double number_is(const poise_episode *ep, double x)
{
    moments m = moments_of(ep, x, x);
    return m.inside / m.s;
}

static double number_within(const poise_episode *ep, double x)
{
    moments m = moments_of(ep, 0, x);
    return m.inside / m.s;
}

static double number_at(const poise_episode *ep, double x)
{
    int64_t at = (int64_t)(x * 1e9);
    int n = 0;
    for (int64_t i = 0; i < ep->n_records && ep->record[i].arrived_ns <= at; i++)
        n += ep->record[i].finished_ns < 0 || ep->record[i].finished_ns > at;
    return n;
}

static double number_until(const poise_episode *ep, double x)
{
    moments m = {0};
    walk_number(ep, 0, (int64_t)(x * 1e9), add_moments, &m);
    return m.sum / m.s;
}

/* ---- totals -------------------------------------------------------------------------------- */

static double lost_share(const poise_episode *ep, double x)
{
    (void)x;
    return (double)ep->totals.dropped / (double)ep->totals.arrived;
}

static double served_share(const poise_episode *ep, double x)
{
    return 1 - lost_share(ep, x);
}

static double idle_share(const poise_episode *ep, double x)
{
    return 1 - poise_utilisation(ep, (int)x);
}

static double up_share(const poise_episode *ep, double x)
{
    const int g = (int)x;
    double span_s = whole_s(ep->totals.end_ns - ep->totals.begin_ns);
    return 1 - ep->totals.down_s[g] / (span_s * ep->scenario->group[g].count);
}

static double gain(const poise_episode *ep, double x)
{
    (void)x;
    return ep->totals.reward / whole_s(ep->totals.end_ns);
}

const theory_quantity theory_quantities[] = {
    {"wait_within", "part of the tasks that wait at most x seconds", wait_within},
    {"wait_above", "part of the tasks that wait longer than x seconds", wait_above},
    {"wait_quantile", "the x-quantile of the waits", wait_quantile},
    {"response_variance", "variance of the response times", response_variance},
    {"class_wait", "mean wait of class number x", class_wait},
    {"class_response",
     "mean response of class number x, of tasks of graphs from when they are ready",
     class_response},
    {"class_number", "mean number of tasks of class number x that are there, and ready",
     class_number},
    {"cost_rate", "holding cost per second: weights of the tasks that are there, and ready",
     cost_rate},
    {"work_waiting", "sum of size times wait, per second", work_waiting},
    {"waiting_mean", "mean number of tasks that wait", waiting_mean},
    {"response_sum", "sum of all response times", response_sum},
    {"cost_sum", "sum of all response times, each times the weight of its class", cost_sum},
    {"last_finish", "when the last task finishes", last_finish},
    {"first_finish", "when the first task finishes", first_finish},
    {"finish_of", "when task number x finishes", finish_of},
    {"started_at_once", "tasks of class number x that start when they arrive", started_at_once},
    {"lateness_max", "most that a task finishes after its deadline", lateness_max},
    {"n_late", "tasks that finish after their deadline", n_late},
    {"number_variance", "variance over time of the number in the system", number_variance},
    {"number_is", "part of the time in which x tasks are in the system", number_is},
    {"number_within", "part of the time in which at most x tasks are in the system", number_within},
    {"number_at", "tasks in the system at x seconds", number_at},
    {"number_until", "mean number in the system over the first x seconds", number_until},
    {"lost_share", "part of the arrivals that are dropped", lost_share},
    {"served_share", "part of the arrivals that are not dropped", served_share},
    {"idle_share", "part of the time in which a device of group x is idle", idle_share},
    {"up_share", "part of the time in which the devices of group x are up", up_share},
    {"gain", "reward per second", gain},
    {0},
};
