/* fifo.c - a server: one task at a time, in the order they were sent, with places to queue behind
 * it. Without places (the default) a task is sent only to an idle device; with them, a scenario can
 * ask for immediate dispatch, as in load balancing. */
#include <limits.h>
#include <math.h>

#include "device.h"

static bool could_run(const scenario_group *g, const demand *d)
{
    return d->memory_bytes <= g->memory_bytes;
}

static bool fits(const scenario_group *g, const device *dev, const demand *d)
{
    (void)g, (void)d;
    return dev->running == 0;
}

static bool queues(const scenario_group *g, const device *dev)
{
    return g->params.queue < 0 || dev->queued < g->params.queue;
}

static int places(const scenario_group *g, const device *dev, const demand *d)
{
    return g->params.queue < 0 ? INT_MAX : fits(g, dev, d) + (g->params.queue - dev->queued);
}

static int cores(const scenario_group *g)
{
    (void)g;
    return 1;
}

static const poise_option options[] = {
    {"queue", POISE_INT, offsetof(law_params, queue), 0, 0, INFINITY, "",
     "places in the device's own queue; `unlimited` for no bound", NULL},
    {0},
};

const device_law device_fifo = {
    .name = "fifo",
    .about = "one task at a time, in order of dispatch, perhaps with its own queue",
    .options = options,
    .could_run = could_run,
    .fits = fits,
    .queues = queues,
    .places = places,
    .cores = cores,
};
