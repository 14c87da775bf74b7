/* monitor.c - what agents see of groups beside their tasks: power now, and running averages of the
 * busy share, of memory and of the link. They are exponential averages in continuous time: what
 * they follow stays x between two events, so that dt later they are exactly
 * x + (average - x) exp(-dt / average_ns). */
#include "monitor.h"

#include "det.h"

static double follow(double average, double x, double fades)
{
    return x + (average - x) * fades;
}

static double busy_part(const poise_env *e, int group)
{
    const group_state *gs = &e->group[group];
    return (double)gs->busy_cores / ((double)gs->cores * e->s->group[group].count);
}

static double memory_part(const poise_env *e, int group)
{
    const scenario_group *sg = &e->s->group[group];
    if (sg->memory_bytes == INT64_MAX)
        return 0;
    return (double)e->group[group].used_bytes / ((double)sg->memory_bytes * sg->count);
}

void monitor_pass(poise_env *e, int64_t dt_ns)
{
    double fades = det_exp(-((double)dt_ns / (double)e->s->decision.average_ns));
    for (int g = 0; g < e->s->n_groups; g++) {
        poise_group *seen = &e->group_seen[g];
        seen->average_busy = follow(seen->average_busy, busy_part(e, g), fades);
        seen->average_memory = follow(seen->average_memory, memory_part(e, g), fades);
        seen->average_link = follow(seen->average_link, seen->link_used, fades);
    }
}

void monitor_see(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++)
        e->group_seen[g].power_w = (double)e->group[g].power_mw * 1e-3;
}
