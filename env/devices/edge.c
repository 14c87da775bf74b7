/* edge.c - a link, then a processor: a task's input goes over the link of the group to the device
 * first, then it waits its turn there. Beside a group without a link this makes the choice between
 * local and offloaded work. A task joins the device's queue when its input has come. */
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
    {"queue", POISE_INT, offsetof(law_params, queue), INFINITY, 0, INFINITY, "",
     "places at the device for tasks that wait for their input or their turn; `unlimited` for no "
     "bound",
     NULL},
    {0},
};

const device_law device_edge = {
    .name = "edge",
    .about = "a link, then a processor: one task at a time, once its input has come",
    .options = options,
    .could_run = could_run,
    .fits = fits,
    .queues = queues,
    .places = places,
    .cores = cores,
    .data_first = true,
};
