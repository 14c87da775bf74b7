/* trend.c - see trend.h. */
#include "lib/trend.h"

#include <math.h>
#include <stdio.h>

trend_line trend_of(const trend *t)
{
    const double *m = t->moments;
    const double tasks_var = m[TREND_TASKS_2] - m[TREND_TASKS] * m[TREND_TASKS];
    const double covariance = m[TREND_TASKS_RETURN] - m[TREND_TASKS] * m[TREND_RETURN];
    const double variance = m[TREND_RETURN_2] - m[TREND_RETURN] * m[TREND_RETURN];
    trend_line l = {.at_tasks = m[TREND_TASKS], .mean = m[TREND_RETURN]};
    if (tasks_var > 1e-9 * m[TREND_TASKS_2])
        l.slope = covariance / tasks_var;
    const double rest = variance - l.slope * covariance;
    l.deviation = rest > 1e-12 * m[TREND_RETURN_2] ? sqrt(rest) : 1;
    return l;
}

void trend_follow(trend *t, int n, const double *tasks, const double *returns)
{
    t->batches++;
    const double rate = t->batches < 5 ? 1 / t->batches : .2;
    double fresh[TREND_MOMENTS] = {0};
    for (int i = 0; i < n; i++) {
        fresh[TREND_TASKS] += tasks[i] / n;
        fresh[TREND_RETURN] += returns[i] / n;
        fresh[TREND_TASKS_2] += tasks[i] * tasks[i] / n;
        fresh[TREND_TASKS_RETURN] += tasks[i] * returns[i] / n;
        fresh[TREND_RETURN_2] += returns[i] * returns[i] / n;
    }
    for (int i = 0; i < TREND_MOMENTS; i++)
        t->moments[i] += rate * (fresh[i] - t->moments[i]);
}

void trend_shift(trend *t, double plus)
{
    double *m = t->moments;
    m[TREND_RETURN_2] += plus * (2 * m[TREND_RETURN] + plus);
    m[TREND_TASKS_RETURN] += plus * m[TREND_TASKS];
    m[TREND_RETURN] += plus;
}

poise_tensor trend_tensor(trend *t, const char *name)
{
    poise_tensor tensor = {
        .n_dims = 1, .dim = {TREND_MOMENTS + 1}, .is_double = true, .data = t->moments};
    snprintf(tensor.name, sizeof tensor.name, "%s", name);
    return tensor;
}
