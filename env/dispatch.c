/* dispatch.c - tasks on devices: where a task goes within a group, when its service ends, what a
 * group looks like from outside. How a device works is its law's business (devices/NAME.c). */
#include <assert.h>
#include <math.h>

#include "state.h"

/* Relative error of a service in nanoseconds whose size, pace and two products are all rounded. */
#define ROUNDING 4.5e-16

static demand demand_of(const task *t)
{
    return (demand){.cores = t->cores, .memory_bytes = t->memory_bytes};
}

static int cores_used(const group_state *gs, const task *t)
{
    return gs->demand_matters ? t->cores : 1;
}

void dispatch_reset(poise_env *e)
{
    int number = 0;
    e->t.open_is_stale = true;
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_group *sg = &e->s->group[g];
        int cores = sg->law->cores(sg);
        e->group[g] = (group_state){
            .first = number,
            .takes = true,
            .demand_matters = sg->law->demand_matters,
            .queueing = sg->params.queue != 0,
            .cores = cores,
            .core_w = (double)sg->busy_mw * 1e-3 / cores,
        };
        e->free_ns[g] = 0;
        e->queued_ns[g] = 0;
        double memory = sg->memory_bytes == INT64_MAX ? INFINITY : (double)sg->memory_bytes;
        e->group_seen[g] = (poise_group){
            .count = sg->count,
            .idle = sg->count,
            .cores = cores,
            .cores_free = cores * sg->count,
            .memory_bytes = memory,
            .memory_free_bytes = memory * sg->count,
            .idle_w = (double)sg->idle_mw * 1e-3,
            .busy_w = (double)sg->busy_mw * 1e-3,
        };
        for (int d = 0; d < sg->count; d++)
            e->device[number++] = (device){
                .first = -1,
                .last = -1,
                .cores_free = cores,
                .memory_free_bytes = sg->memory_bytes,
            };
    }
}

/* The lowest device on which the demand can start, -1 if there is none. */
static int starting_device(const poise_env *e, int group, const demand *want)
{
    const scenario_group *sg = &e->s->group[group];
    const group_state *gs = &e->group[group];
    if (!gs->demand_matters)
        return gs->open < sg->count ? gs->first + gs->open : -1;
    for (int d = gs->open; d < sg->count; d++)
        if (sg->law->fits(sg, &e->device[gs->first + d], want))
            return gs->first + d;
    return -1;
}

/* Nanoseconds until a task that joins the device's own queue is expected to start. A task in
 * service for longer than expected may end at any time. */
static double wait_behind(const poise_env *e, const device *dev)
{
    int64_t ns = dev->free_ns - e->t.now_ns;
    return (double)(ns > 0 ? ns : 0) + dev->queued_ns;
}

/* The device whose own queue is expected to be done first, -1 if none takes one more. */
static int queueing_device(const poise_env *e, int group)
{
    if (!e->group[group].queueing)
        return -1;
    const scenario_group *sg = &e->s->group[group];
    const device *dev = e->device + e->group[group].first;
    int best = -1;
    for (int d = 0; d < sg->count; d++)
        if (sg->law->queues(sg, &dev[d]) &&
            (best < 0 || wait_behind(e, &dev[d]) < wait_behind(e, &dev[best])))
            best = d;
    return best < 0 ? -1 : e->group[group].first + best;
}

bool dispatch_fits(const poise_env *e, const poise_task *seen, int group)
{
    if (!e->group[group].demand_matters)
        return true;
    demand want = demand_of(&e->task[seen->slot]);
    return starting_device(e, group, &want) >= 0;
}

bool dispatch_takes_more(const poise_env *e, const arrival *a, int64_t n)
{
    const demand want = {.cores = a->cores, .memory_bytes = a->memory_bytes};
    int64_t places = 0;
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_group *sg = &e->s->group[g];
        if (!e->group[g].takes || !(e->pace[a->class_id * e->s->n_groups + g] > 0))
            continue;
        for (int d = 0; d < sg->count && places <= n; d++)
            places += sg->law->places(sg, &e->device[e->group[g].first + d], &want);
    }
    return places > n;
}

/* Notes what stands before a task that joins a queue of the group; false if there is no place. */
static bool expect_start(poise_env *e, int group)
{
    int number = queueing_device(e, group);
    if (number < 0)
        return false;
    e->free_ns[group] = e->device[number].free_ns;
    e->queued_ns[group] = e->device[number].queued_ns;
    return true;
}

/* Whether any device of the group takes one more task, demand aside, and when it would start; moves
 * the hint `open` up. */
static void refresh_takes(poise_env *e, int group)
{
    group_state *gs = &e->group[group];
    const device *dev = e->device + gs->first;
    int count = e->group_seen[group].count, open = gs->open;
    while (open < count && dev[open].cores_free == 0)
        open++;
    gs->open = open;
    bool takes = open < count;
    if (takes) {
        e->free_ns[group] = 0;
        e->queued_ns[group] = 0;
    } else {
        takes = gs->queueing && expect_start(e, group);
    }
    if (takes != gs->takes) {
        gs->takes = takes;
        e->t.open_is_stale = true;
        e->group_seen[group].backlog_s = takes ? 0 : INFINITY;
    }
}

__int128 dispatch_busy_ns(const poise_env *e, int group)
{
    __int128 busy_ns = e->group[group].busy_ns;
    integrate(&busy_ns, e->group[group].busy_cores, e->t.now_ns - e->group[group].since_ns);
    return busy_ns;
}

__int128 dispatch_energy_mwns(const poise_env *e)
{
    __int128 energy = 0;
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_group *sg = &e->s->group[g];
        __int128 busy_ns = dispatch_busy_ns(e, g);
        int64_t more_mw = sg->busy_mw - sg->idle_mw, cores = e->group[g].cores;
        energy += (__int128)e->t.now_ns * sg->idle_mw * sg->count;
        energy += cores == 1 ? busy_ns * more_mw
                             : busy_ns / cores * more_mw + busy_ns % cores * more_mw / cores;
    }
    return energy;
}

void dispatch_list_open(poise_env *e)
{
    int n = 0;
    for (int g = 0; g < e->s->n_groups; g++) {
        e->open_groups[n] = g;
        n += e->group[g].takes;
    }
    e->t.n_open = n;
    e->t.open_is_stale = false;
}

/* The task takes (sign 1) or gives back (-1) its share of the device. */
static void occupy(poise_env *e, const task *t, int sign)
{
    const scenario_group *sg = &e->s->group[t->group];
    group_state *gs = &e->group[t->group];
    poise_group *seen = &e->group_seen[t->group];
    device *dev = &e->device[t->device];
    int cores = sign * cores_used(gs, t);
    gs->busy_ns = dispatch_busy_ns(e, t->group);
    gs->since_ns = e->t.now_ns;
    gs->busy_cores += cores;
    dev->cores_free -= cores;
    dev->running += sign;
    seen->cores_free -= cores;
    seen->running += sign;
    if (sign > 0 && dev->running == 1)
        seen->idle--;
    if (sign < 0 && dev->running == 0)
        seen->idle++;
    if (sg->memory_bytes != INT64_MAX) {
        dev->memory_free_bytes -= sign * t->memory_bytes;
        seen->memory_free_bytes -= (double)(sign * t->memory_bytes);
    }
}

/* Seconds to nanoseconds, rounded up: a service is never shorter than asked for. What is above a
 * whole number by rounding only (7 units at 10 a second are 0.7 s) counts as whole. Negative if it
 * is beyond the horizon. */
static int64_t service_ns(double s)
{
    double ns = s * 1e9;
    if (!(ns < (double)HORIZON_MAX_NS))
        return -1;
    int64_t whole = (int64_t)ns;
    return whole + (ns - (double)whole > ROUNDING * ns);
}

static bool start(poise_env *e, int slot)
{
    task *t = &e->task[slot];
    double pace = e->pace[t->class_id * e->s->n_groups + t->group];
    int64_t ns = service_ns(t->size * pace);
    if (ns < 0 || e->t.now_ns > HORIZON_MAX_NS - ns)
        return false;
    occupy(e, t, 1);
    calendar_set(&e->calendar, task_entity(e, slot), EVENT_FINISH, e->t.now_ns + ns);
    if (e->keeps_records) {
        const group_state *gs = &e->group[t->group];
        poise_record *r = &e->record[t->id];
        r->started_ns = e->t.now_ns;
        r->energy_j = cores_used(gs, t) * gs->core_w * seconds(ns);
        r->fate = POISE_IN_SERVICE;
    }
    return true;
}

static void enqueue(poise_env *e, device *dev, int slot)
{
    e->task[slot].next = -1;
    if (dev->last < 0)
        dev->first = slot;
    else
        e->task[dev->last].next = slot;
    dev->last = slot;
    dev->queued++;
    e->group_seen[e->task[slot].group].queued++;
}

static int dequeue(poise_env *e, device *dev)
{
    int slot = dev->first;
    dev->first = e->task[slot].next;
    if (dev->first < 0)
        dev->last = -1;
    dev->queued--;
    e->group_seen[e->task[slot].group].queued--;
    return slot;
}

/* What the task is expected to take, from what agents see of its size; at most four years, so that
 * it can be added to any time of the clock. */
static int64_t expected_ns(const poise_env *e, const task *t)
{
    const int64_t most = HORIZON_MAX_NS >> 6;
    int64_t ns = service_ns(t->visible * e->pace[t->class_id * e->s->n_groups + t->group]);
    return ns < 0 || ns > most ? most : ns;
}

bool dispatch_task(poise_env *e, int slot, int group)
{
    task *t = &e->task[slot];
    demand want = demand_of(t);
    int number = starting_device(e, group, &want);
    bool starts = number >= 0;
    if (!starts)
        number = queueing_device(e, group);
    assert(number >= 0);
    t->group = (int16_t)group;
    t->device = number;
    device *dev = &e->device[number];
    if (e->keeps_records) {
        poise_record *r = &e->record[t->id];
        r->dispatched_ns = e->t.now_ns;
        r->group = (int16_t)group;
        r->device = number - e->group[group].first;
    }
    if (e->group[group].queueing) {
        if (starts)
            dev->free_ns = e->t.now_ns + expected_ns(e, t);
        else
            dev->queued_ns += (double)expected_ns(e, t);
    }
    bool ok = true;
    if (starts)
        ok = start(e, slot);
    else
        enqueue(e, dev, slot);
    refresh_takes(e, group);
    return ok;
}

bool dispatch_finish(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    int group = t->group;
    device *dev = &e->device[t->device];
    int within = t->device - e->group[group].first;
    occupy(e, t, -1);
    bool ok = true;
    if (dev->queued > 0) {
        int following = dequeue(e, dev);
        int64_t ns = expected_ns(e, &e->task[following]);
        dev->free_ns = e->t.now_ns + ns;
        dev->queued_ns = dev->queued > 0 ? dev->queued_ns - (double)ns : 0;
        ok = start(e, following);
    } else if (within < e->group[group].open) {
        e->group[group].open = within;
    }
    refresh_takes(e, group);
    return ok;
}

void dispatch_refresh_view(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++) {
        const group_state *gs = &e->group[g];
        int64_t ns = e->free_ns[g] - e->t.now_ns;
        /* Later than expected: another device may now be the better one. */
        const int count = e->group_seen[g].count;
        if (count > 1 && gs->queueing && ns < 0 && gs->open == count && expect_start(e, g))
            ns = e->free_ns[g] - e->t.now_ns;
        if (gs->takes)
            e->group_seen[g].backlog_s = 1e-9 * ((double)(ns > 0 ? ns : 0) + e->queued_ns[g]);
    }
}
