/* batching.c - a serving device: tasks run in batches, b of them together b^exponent times as fast
 * as one (concave: exponent below 1). Batches form in the device's own queue: one starts when the
 * device is free and it is full, or its oldest task has waited for the timeout; all end together,
 * with the longest. Continuous batching instead lets tasks join and leave at any time. */
#include <limits.h>
#include <math.h>

#include "det.h"
#include "device.h"

static int cores(const scenario_group *g)
{
    return g->params.room;
}

static bool could_run(const scenario_group *g, const demand *d)
{
    return d->memory_bytes <= g->memory_bytes;
}

static bool fits(const scenario_group *g, const device *dev, const demand *d)
{
    (void)g;
    return dev->cores_free > 0 && d->memory_bytes <= dev->memory_free_bytes;
}

static bool queues(const scenario_group *g, const device *dev)
{
    return g->params.queue < 0 || dev->queued < g->params.queue;
}

static int places(const scenario_group *g, const device *dev, const demand *d)
{
    (void)d;
    return g->params.queue < 0 ? INT_MAX : g->params.queue - dev->queued;
}

static int batch(const scenario_group *g, const device *dev, bool is_due)
{
    if (g->params.continuous)
        return dev->queued < dev->cores_free ? dev->queued : dev->cores_free;
    if (dev->running > 0 || dev->queued == 0)
        return 0;
    if (dev->queued >= g->params.room)
        return g->params.room;
    return is_due || g->params.timeout_ns == 0 ? dev->queued : 0;
}

/* In a batch that starts and ends together each task runs at the part of its speed that lets it end
 * with the longest. */
static void factors(const scenario_group *g, int n, const guest *who, double *factor)
{
    double each = det_exp((g->params.exponent - 1) * det_log(n)), longest_s = 0;
    for (int i = 0; i < n; i++) {
        factor[i] = n > 1 ? each : 1;
        double s = who[i].left / who[i].speed;
        longest_s = s > longest_s ? s : longest_s;
    }
    for (int i = 0; i < n && !g->params.continuous && longest_s > 0; i++)
        factor[i] *= who[i].left / who[i].speed / longest_s;
}

/* In full batches. */
static void loads(const scenario_group *g, const scenario_class *c, const scenario_mode *m,
                  double *load)
{
    (void)c;
    load[0] = m->devices / (m->speed * det_exp(g->params.exponent * det_log(g->params.room)));
}

static const poise_option options[] = {
    {"batch", POISE_INT, offsetof(law_params, room), POISE_REQUIRED, 1, 1e5, "",
     "most tasks in a batch", NULL},
    {"timeout", POISE_TIME, offsetof(law_params, timeout_ns), 0, 0, HORIZON_MAX_S, "s",
     "a batch that is not full starts when its oldest task has waited for so long; 0 at once",
     NULL},
    {"exponent", POISE_REAL, offsetof(law_params, exponent), 0.5, 0, 1, "",
     "b tasks together run b^exponent times as fast as one", NULL},
    {"continuous", POISE_BOOL, offsetof(law_params, continuous), 0, 0, 1, "",
     "tasks join and leave at any time", NULL},
    {"queue", POISE_INT, offsetof(law_params, queue), INFINITY, 1, INFINITY, "",
     "places in the device's own queue, where batches form; `unlimited` for no bound", NULL},
    {0},
};

const device_law device_batching = {
    .name = "batching",
    .about = "a serving device: batches, faster together than one by one, with a timeout",
    .options = options,
    .could_run = could_run,
    .fits = fits,
    .queues = queues,
    .places = places,
    .cores = cores,
    .whole = true,
    .factors = factors,
    .batch = batch,
    .loads = loads,
};
