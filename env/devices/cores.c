/* cores.c - a machine of equal cores: a task occupies as many as it asks for, at full speed, as
 * long as cores and memory last. A whole cluster whose nodes do not matter is one such device. */
#include <limits.h>

#include "device.h"

static int cores(const scenario_group *g)
{
    return g->params.cores;
}

/* A task stays within one part, or takes whole ones. */
static bool fits_parts(const scenario_group *g, int needed)
{
    int part = g->params.cores / g->params.parts;
    return g->params.parts <= 1 || needed <= part || (part > 0 && needed % part == 0);
}

static bool could_run(const scenario_group *g, const demand *d)
{
    return d->cores <= g->params.cores && d->memory_bytes <= g->memory_bytes &&
           fits_parts(g, d->cores);
}

static bool fits(const scenario_group *g, const device *dev, const demand *d)
{
    (void)g;
    return d->cores <= dev->cores_free && d->memory_bytes <= dev->memory_free_bytes;
}

static bool queues(const scenario_group *g, const device *dev)
{
    (void)g, (void)dev;
    return false;
}

static int places(const scenario_group *g, const device *dev, const demand *d)
{
    (void)g;
    int by_cores = d->cores > 0 ? dev->cores_free / d->cores : INT_MAX;
    if (d->memory_bytes == 0 || dev->memory_free_bytes / d->memory_bytes >= by_cores)
        return by_cores;
    return (int)(dev->memory_free_bytes / d->memory_bytes);
}

static const poise_option options[] = {
    {"cores", POISE_INT, offsetof(law_params, cores), POISE_REQUIRED, 1, 1e6, "",
     "cores of one device; `trace` for what the header of the trace says", NULL},
    {"parts", POISE_INT, offsetof(law_params, parts), 1, 1, 64, "",
     "equal parts of the cores: a task that needs less than a part stays within one, others take "
     "whole parts (a node of 8 GPUs: 8 parts of 1000 thousandths)",
     NULL},
    {0},
};

const device_law device_cores = {
    .name = "cores",
    .about = "tasks side by side, each on as many cores as it asks for",
    .options = options,
    .demand_matters = true,
    .could_run = could_run,
    .fits = fits,
    .queues = queues,
    .places = places,
    .cores = cores,
};
