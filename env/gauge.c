/* gauge.c - see gauge.h. */
#include "gauge.h"

#include <string.h>

#include "numbers.h"
#include "state.h"

/* Memory of a group in bytes: in use, and what there is; both 0 without a bound. */
static void add_memory(const poise_env *e, int group, double *used, double *all)
{
    const scenario_group *sg = &e->s->group[group];
    const double bytes = (double)sg->memory_bytes * sg->count;
    if (sg->memory_bytes == INT64_MAX)
        return;
    *all += bytes;
    *used += e->s->has_runs ? (double)e->group[group].used_bytes
                            : bytes - e->group_seen[group].memory_free_bytes;
}

static double power_w(const poise_env *e, int group)
{
    const scenario_group *sg = &e->s->group[group];
    const group_state *gs = &e->group[group];
    if (e->s->has_runs)
        return (double)gs->power_mw * 1e-3;
    const double busy = (double)gs->busy_cores / gs->cores;
    return 1e-3 * ((double)sg->idle_mw * sg->count + busy * (double)(sg->busy_mw - sg->idle_mw));
}

gauge gauge_read(const poise_env *e, int group)
{
    gauge g = {.price_per_kwh = e->view.price_per_kwh,
               .carbon_g_per_kwh = e->view.carbon_g_per_kwh};
    double cores = 0, devices = 0, used = 0, bytes = 0;
    for (int k = group < 0 ? 0 : group; k < (group < 0 ? e->s->n_groups : group + 1); k++) {
        const int count = e->s->group[k].count;
        const group_state *gs = &e->group[k];
        devices += count;
        cores += (double)gs->cores * count;
        g.busy += (double)gs->busy_cores;
        g.in_service += e->group_seen[k].running;
        g.down += gs->n_down;
        g.asleep += gs->n_asleep;
        g.power_w += power_w(e, k);
        add_memory(e, k, &used, &bytes);
    }
    g.in_system = group < 0 ? (int)in_system(e) : g.in_service;
    g.busy /= cores;
    g.down /= devices;
    g.asleep /= devices;
    g.memory = bytes > 0 ? used / bytes : 0;
    return g;
}

static bool is_running(const poise_env *e, int slot)
{
    return e->s->has_runs ? e->run[slot].state == TASK_RUNNING
                          : calendar_has(&e->calendar, task_entity(e, slot));
}

/* Devices that the task holds by one of its places. */
static double held_by(const poise_env *e, const place *p)
{
    const int group = e->task[p->task].group;
    const double capacity = poise_scenario_space(e->s)->capacity[group];
    if (capacity > 0)
        return p->factor / capacity;
    if (e->group[group].whole)
        return 1. / e->device[p->device].running;
    return (double)p->cores / e->group[group].cores;
}

static double held_in(const poise_env *e, int slot)
{
    const group_state *gs = &e->group[e->task[slot].group];
    if (!e->s->has_runs)
        return gs->demand_matters ? (double)e->task[slot].cores / gs->cores : 1. / gs->cores;
    double held = 0;
    for (int p = e->first_place + slot; p >= 0; p = e->place[p].next_of)
        held += held_by(e, &e->place[p]);
    return held;
}

void gauge_held(const poise_env *e, bool by_tenant, double *held)
{
    const int n = by_tenant ? e->s->n_tenants : e->s->n_classes;
    memset(held, 0, (size_t)n * sizeof *held);
    for (int slot = 0; slot < e->capacity; slot++) {
        if (!is_running(e, slot))
            continue;
        const int class_id = e->task[slot].class_id;
        const int whose = by_tenant ? e->s->classes[class_id].tenant : class_id;
        if (whose >= 0)
            held[whose] += held_in(e, slot);
    }
}

/* The slot of a running task, -1 if it does not run. */
static int find(const poise_env *e, int64_t record)
{
    for (int slot = 0; slot < e->capacity; slot++)
        if (is_running(e, slot) && e->task[slot].id == record)
            return slot;
    return -1;
}

double gauge_part(const poise_env *e, int64_t record)
{
    const int slot = find(e, record);
    return slot < 0 ? 0 : held_in(e, slot);
}

int gauge_devices(const poise_env *e, int64_t record, int *number, int n)
{
    const int slot = find(e, record);
    int k = 0;
    if (slot < 0 || n < 1)
        return 0;
    const int first = e->group[e->task[slot].group].first;
    number[0] = e->task[slot].device - first;
    if (!e->s->has_runs)
        return 1;
    for (int p = e->first_place + slot; p >= 0 && k < n; p = e->place[p].next_of)
        number[k++] = e->place[p].device - first;
    return k;
}

int gauge_places(const poise_env *e, int slot, gauge_place *held, int n)
{
    const task *t = &e->task[slot];
    const bool asks = e->group[t->group].demand_matters;
    if (!e->s->has_runs) {
        held[0] = (gauge_place){t->device, asks ? t->cores : 1};
        return 1;
    }
    int k = 0;
    for (int p = e->first_place + slot; p >= 0 && k < n; p = e->place[p].next_of)
        held[k++] = (gauge_place){e->place[p].device, asks ? e->place[p].cores : 1};
    return k;
}

const uint64_t *gauge_numbers(const poise_env *e, int slot, int *n_words)
{
    *n_words = e->set_words;
    return e->set_words > 0 ? numbers_held(e, slot) : NULL;
}
