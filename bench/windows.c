/* windows.c - see windows.h. */
#include "windows.h"

#include <stdlib.h>
#include <string.h>

/* The narrowest windows where the end is open. */
#define NARROWEST_NS 1000

bool windows_begin(windows *w, int n_values, int64_t from_ns, int64_t to_ns)
{
    const int64_t length_ns = to_ns == INT64_MAX ? 0 : to_ns - from_ns;
    *w = (windows){.from_ns = from_ns,
                   .to_ns = to_ns,
                   .width_ns = NARROWEST_NS,
                   .end_ns = from_ns,
                   .n_values = n_values};
    if (length_ns > 0)
        w->width_ns = (length_ns + WINDOWS_MAX - 1) / WINDOWS_MAX;
    w->sum = calloc((size_t)WINDOWS_MAX * (size_t)n_values, sizeof *w->sum);
    return w->sum != NULL;
}

void windows_free(windows *w)
{
    free(w->sum);
    w->sum = NULL;
}

static void widen(windows *w)
{
    const size_t n = (size_t)w->n_values;
    for (size_t k = 0; k < WINDOWS_MAX / 2; k++)
        for (size_t i = 0; i < n; i++)
            w->sum[k * n + i] = w->sum[2 * k * n + i] + w->sum[(2 * k + 1) * n + i];
    memset(w->sum + WINDOWS_MAX / 2 * n, 0, WINDOWS_MAX / 2 * n * sizeof *w->sum);
    w->width_ns *= 2;
}

void windows_add(windows *w, int64_t from_ns, int64_t to_ns, const double *value)
{
    if (from_ns < w->from_ns)
        from_ns = w->from_ns;
    if (to_ns > w->to_ns)
        to_ns = w->to_ns;
    if (from_ns >= to_ns)
        return;
    while ((to_ns - w->from_ns - 1) / w->width_ns >= WINDOWS_MAX)
        widen(w);
    w->end_ns = to_ns;
    for (int64_t k = (from_ns - w->from_ns) / w->width_ns; from_ns < to_ns; k++) {
        const int64_t edge_ns = w->from_ns + (k + 1) * w->width_ns;
        const int64_t until_ns = edge_ns < to_ns ? edge_ns : to_ns;
        for (int i = 0; i < w->n_values; i++)
            w->sum[k * w->n_values + i] += value[i] * ((double)(until_ns - from_ns) * 1e-9);
        from_ns = until_ns;
    }
}

void windows_match(windows *w, const windows *other)
{
    while (w->width_ns < other->width_ns)
        widen(w);
}

int windows_count(const windows *w)
{
    return (int)((w->end_ns - w->from_ns + w->width_ns - 1) / w->width_ns);
}

double windows_begin_s(const windows *w, int k)
{
    return (double)(w->from_ns + k * w->width_ns) * 1e-9;
}

double windows_end_s(const windows *w, int k)
{
    const int64_t edge_ns = w->from_ns + (k + 1) * w->width_ns;
    return (double)(edge_ns < w->end_ns ? edge_ns : w->end_ns) * 1e-9;
}

double windows_middle_s(const windows *w, int k)
{
    return (windows_begin_s(w, k) + windows_end_s(w, k)) / 2;
}

double windows_mean(const windows *w, int k, int i)
{
    return w->sum[k * w->n_values + i] / (windows_end_s(w, k) - windows_begin_s(w, k));
}
