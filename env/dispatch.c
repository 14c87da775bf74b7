/* dispatch.c - tasks on devices: where a task goes within a group, when its service ends, what a
 * group looks like from outside. How a device works is its law's business (devices/NAME.c). */
#include <assert.h>
#include <math.h>

#include "compete.h"
#include "jobs.h"
#include "numbers.h"
#include "outage.h"
#include "run.h"
#include "transfer.h"

static demand demand_of(const task *t)
{
    return (demand){.cores = t->cores, .memory_bytes = t->memory_bytes};
}

static int cores_used(const group_state *gs, const task *t)
{
    return gs->demand_matters ? t->cores : 1;
}

/* Devices and groups with what runs need of them; all idle. */
static void reset_runs(poise_env *e)
{
    const poise_scenario *s = e->s;
    e->t.n_free_place = -1;
    for (int p = e->first_place - 1; p >= 0; p--) {
        e->place[p].next_of = e->t.n_free_place;
        e->t.n_free_place = p;
    }
    compete_reset(e);
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_group *sg = &s->group[g];
        group_state *gs = &e->group[g];
        gs->power_mw = gs->full_mw = gs->base_mw = sg->idle_mw * sg->count;
        gs->speed = gs->pace = 1;
        gs->fluid = sg->law->factors || s->interference || sg->pressure == PRESSURE_SLOW ||
                    sg->cap_mw > 0 || sg->pace.n > 0;
        for (int k = 0; k < s->n_resources; k++)
            e->resource_seen[g * s->n_resources + k] = (double)sg->resources[k] * sg->count;
        e->group_seen[g].resource_free = e->resource_seen + g * s->n_resources;
        e->group_seen[g].parts = sg->params.parts > 1 ? sg->params.parts : 1;
        if (sg->params.parts > 1)
            e->group_seen[g].part_free = e->part_free + gs->first * e->most_parts;
        for (int d = gs->first; d < gs->first + sg->count; d++) {
            e->machine[d] = (machine){
                .on_first = -1,
                .on_last = -1,
                .power_mw = sg->idle_mw,
                .base_mw = sg->idle_mw,
            };
            for (int k = 0; k < s->n_resources; k++)
                e->resource_free[d * s->n_resources + k] = sg->resources[k];
            for (int k = 0; k < sg->params.parts; k++)
                e->part_free[d * e->most_parts + k] =
                    (uint64_t)(sg->params.cores / sg->params.parts);
        }
    }
}

/* Memory that a device promises. */
static int64_t promised(const scenario_group *sg)
{
    if (sg->memory_bytes == INT64_MAX || !(sg->overcommit > 1))
        return sg->memory_bytes;
    return (int64_t)(sg->overcommit * (double)sg->memory_bytes);
}

void dispatch_reset(poise_env *e)
{
    int number = 0;
    e->t.open_is_stale = true;
    numbers_reset(e);
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_group *sg = &e->s->group[g];
        int cores = sg->law->cores(sg);
        e->group[g] = (group_state){
            .first = number,
            .takes = true,
            .demand_matters = sg->law->demand_matters,
            .queueing = sg->params.queue != 0,
            .whole = sg->law->whole,
            .cores = sg->law->whole ? 1 : cores,
            .slots = cores,
            .core_w = (double)sg->busy_mw * 1e-3 / cores,
        };
        e->free_ns[g] = 0;
        e->queued_ns[g] = 0;
        double memory = sg->memory_bytes == INT64_MAX ? INFINITY : (double)sg->memory_bytes;
        int seen_cores = e->group[g].cores;
        e->group_seen[g] = (poise_group){
            .count = sg->count,
            .idle = sg->count,
            .up = sg->count,
            .cores = seen_cores,
            .parts = 1,
            .cores_free = seen_cores * sg->count,
            .memory_bytes = memory,
            .memory_free_bytes = memory * sg->count,
            .power_w = (double)sg->idle_mw * 1e-3 * sg->count,
            .idle_w = (double)sg->idle_mw * 1e-3,
            .busy_w = (double)sg->busy_mw * 1e-3,
        };
        for (int d = 0; d < sg->count; d++)
            e->device[number++] = (device){
                .first = -1,
                .last = -1,
                .cores_free = cores,
                .memory_free_bytes = promised(sg),
            };
    }
    if (e->s->has_runs)
        reset_runs(e);
}

/* The lowest device on which the demand can start, -1 if there is none. */
static inline int starting_device(const poise_env *e, int group, const demand *want)
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
    const int first = e->group[group].first;
    const device *dev = e->device + first;
    int best = -1;
    for (int d = 0; d < sg->count; d++)
        if (sg->law->queues(sg, &dev[d]) &&
            (!e->s->has_runs || machine_takes(&e->machine[first + d])) &&
            (best < 0 || wait_behind(e, &dev[d]) < wait_behind(e, &dev[best])))
            best = d;
    return best < 0 ? -1 : first + best;
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
        if (!e->group[g].takes || !(e->s->speed[a->class_id * e->s->n_groups + g] > 0))
            continue;
        for (int d = e->group[g].first; d < e->group[g].first + sg->count && places <= n; d++)
            if (!e->s->has_runs)
                places += sg->law->places(sg, &e->device[d], &want);
            else if (machine_takes(&e->machine[d]))
                places += room_places(e, d, g, a, &want);
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

/* Whether no task at all can start on the device, whatever it needs. */
static inline bool is_shut(const poise_env *e, const group_state *gs, int number)
{
    if (e->device[number].cores_free == 0 && !(gs->demand_matters && e->s->coreless))
        return true;
    return e->s->has_runs && !machine_takes(&e->machine[number]);
}

/* Whether any device of the group takes one more task, demand aside, and when it would start; moves
 * the hint `open` up. */
void dispatch_refresh(poise_env *e, int group)
{
    group_state *gs = &e->group[group];
    int count = e->group_seen[group].count, open = gs->open;
    while (open < count && is_shut(e, gs, gs->first + open))
        open++;
    gs->open = open;
    bool takes = open < count || e->s->decision.preempt != PREEMPT_NONE;
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
        const group_state *gs = &e->group[g];
        if (e->s->has_runs) {
            energy += gs->energy_mwns;
            integrate(&energy, gs->power_mw, e->t.now_ns - gs->since_ns);
            continue;
        }
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
static HOT void occupy(poise_env *e, const task *t, int sign)
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

static HOT bool start(poise_env *e, int slot)
{
    task *t = &e->task[slot];
    int64_t ns = service_ns(t->size * e->pace[t->class_id * e->s->n_groups + t->group]);
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
    } else if (e->keeps_statistics) {
        e->started_ns[slot] = e->t.now_ns;
    }
    if (is_heard(e))
        listen_task(e, slot, TURN_STARTS, POISE_IN_SERVICE);
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
    if (is_heard(e))
        listen_task(e, slot, TURN_QUEUES, POISE_WAITING);
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
    int cell = scenario_cell(e->s, t->class_id, t->group, t->profile);
    return within_years(service_ns(t->visible * e->pace[cell]));
}

/* A task that was expected to take so long has left the device's own queue. Sums of very long ones
 * are rounded. */
static void less_queued(device *dev, int64_t ns)
{
    double left = dev->queued_ns - (double)ns;
    dev->queued_ns = dev->queued > 0 && left > 0 ? left : 0;
}

void dispatch_expect_anew(poise_env *e, int group, double longer)
{
    const int first = e->group[group].first;
    if (!e->group[group].queueing)
        return;
    for (int d = first; d < first + e->s->group[group].count; d++) {
        device *dev = &e->device[d];
        int64_t left_ns = dev->free_ns - e->t.now_ns;
        if (left_ns > 0)
            dev->free_ns = e->t.now_ns + within_years(service_ns(seconds(left_ns) * longer));
        dev->queued_ns = 0;
        for (int slot = dev->first; slot >= 0; slot = e->task[slot].next)
            dev->queued_ns += (double)expected_ns(e, &e->task[slot]);
    }
    dispatch_refresh(e, group);
}

/* What the record of a task says of where it was sent. */
static HOT void record_dispatch(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    if (!e->keeps_records)
        return;
    poise_record *r = &e->record[t->id];
    r->dispatched_ns = e->t.now_ns;
    r->group = t->group;
    r->profile = t->profile;
    r->device = t->device - e->group[t->group].first;
}

/* The first in the queue of the device whose data have come goes to its head; false if there is
 * none. */
static bool call_forward(poise_env *e, device *dev)
{
    int before = -1, slot = dev->first;
    while (slot >= 0 && transfer_awaited(e, slot) > 0) {
        before = slot;
        slot = e->task[slot].next;
    }
    if (slot < 0 || before < 0)
        return slot >= 0;
    e->task[before].next = e->task[slot].next;
    if (dev->last == slot)
        dev->last = before;
    e->task[slot].next = dev->first;
    dev->first = slot;
    return true;
}

/* With runs: how many tasks of the device's queue start now. */
static int to_start(poise_env *e, int group, int number)
{
    const scenario_group *sg = &e->s->group[group];
    device *dev = &e->device[number];
    if (dev->queued == 0 || e->machine[number].off)
        return 0;
    if (sg->law->data_first && (dev->running > 0 || !call_forward(e, dev)))
        return 0;
    if (sg->law->batch)
        return sg->law->batch(sg, dev, e->machine[number].batch_due);
    const task *t = &e->task[dev->first];
    return room_on(e, number, dev->first, group, t->profile) &&
           (run_mode(e, t, group, t->profile)->devices == 1 ||
            room_for(e, dev->first, group, t->profile, false) == FITS_NOW);
}

/* The oldest task in the queue of a device that forms batches waits for more. */
static void await_batch(poise_env *e, int group, int number)
{
    const scenario_group *sg = &e->s->group[group];
    const device *dev = &e->device[number];
    int entity = e->first_batch_entity + number;
    if (!sg->law->batch || sg->params.timeout_ns == 0)
        return;
    e->machine[number].batch_due &= dev->queued > 0;
    if (dev->queued == 0 || e->machine[number].batch_due) {
        calendar_remove(&e->calendar, entity);
        return;
    }
    int64_t due = later(e->run[dev->first].began_ns, sg->params.timeout_ns);
    if (due <= e->t.now_ns)
        e->machine[number].batch_due = true;
    else
        calendar_set(&e->calendar, entity, EVENT_BATCH, due);
}

static void serve_device(poise_env *e, int group, int number)
{
    device *dev = &e->device[number];
    for (int n, k = 0; (n = to_start(e, group, number)) > 0;) {
        /* Memory and named resources may hold less than a batch. */
        for (k = 0; k < n && room_on(e, number, dev->first, group, e->task[dev->first].profile);
             k++) {
            int slot = dequeue(e, dev);
            int64_t ns = expected_ns(e, &e->task[slot]);
            room_promise(e, slot, -1);
            dev->free_ns = e->t.now_ns + ns;
            less_queued(dev, ns);
            run_start(e, slot, number);
        }
        if (k == 0)
            return;
        e->machine[number].batch_due = false;
        await_batch(e, group, number);
    }
}

void dispatch_serve(poise_env *e, int group)
{
    if (!e->group[group].queueing)
        return;
    int first = e->group[group].first;
    for (int d = first; d < first + e->s->group[group].count; d++)
        if (e->device[d].queued > 0)
            serve_device(e, group, d);
    dispatch_refresh(e, group);
}

void dispatch_unqueue(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    device *dev = &e->device[t->device];
    int before = -1, k = dev->first;
    for (; k != slot; k = e->task[k].next)
        before = k;
    if (before < 0)
        dev->first = t->next;
    else
        e->task[before].next = t->next;
    if (dev->last == slot)
        dev->last = before;
    dev->queued--;
    e->group_seen[t->group].queued--;
    room_promise(e, slot, -1);
    if (before < 0)
        e->machine[t->device].batch_due = false;  // another is the oldest now
    less_queued(dev, expected_ns(e, t));
    transfer_leave(e, slot);
    await_batch(e, t->group, t->device);
    dispatch_refresh(e, t->group);
}

/* Whether the task goes through the queue of a device though it could start: to fill a batch, or
 * because its data come first. */
static bool must_queue(const poise_env *e, int slot, int group)
{
    const device_law *law = e->s->group[group].law;
    if (law->batch)
        return true;
    return law->data_first && e->run[slot].fresh && e->s->has_network &&
           queueing_device(e, group) >= 0;
}

/* With runs: the task starts, or joins the queue of the device where it is expected to start first.
 */
static __attribute__((noinline)) bool send(poise_env *e, int slot, int group)
{
    task *t = &e->task[slot];
    bool displaces = e->s->decision.preempt != PREEMPT_NONE;
    if (!must_queue(e, slot, group) &&
        room_for(e, slot, group, t->profile, displaces) != FITS_NOT) {
        run_start(e, slot, -1);
        record_dispatch(e, slot);
        e->device[t->device].free_ns =
            later(e->t.now_ns, expected_ns(e, t) + sleep_delay_ns(e, t->device, group));
        dispatch_refresh(e, group);
        if (displaces)  // who had to go may have held more than is taken now
            dispatch_serve(e, group);
        return !e->t.beyond_horizon;
    }
    int number = queueing_device(e, group);
    assert(number >= 0);
    t->device = number;
    e->run[slot].began_ns = e->t.now_ns;
    transfer_supply(e, slot);
    record_dispatch(e, slot);
    device *dev = &e->device[number];
    dev->queued_ns += (double)expected_ns(e, t);
    e->run[slot].state = TASK_QUEUED;
    if (e->keeps_records)
        e->record[t->id].fate = POISE_WAITING;
    run_wait(e, slot);
    enqueue(e, dev, slot);
    room_promise(e, slot, 1);
    await_batch(e, group, number);
    if (e->machine[number].rest == REST_ASLEEP)
        sleep_wake(e, number, group);
    serve_device(e, group, number);
    dispatch_refresh(e, group);
    return !e->t.beyond_horizon;
}

bool dispatch_task(poise_env *e, int slot, int group, int profile)
{
    task *t = &e->task[slot];
    t->group = (int16_t)group;
    t->profile = (int16_t)profile;
    if (e->s->has_runs)
        return send(e, slot, group);
    demand want = demand_of(t);
    int number = starting_device(e, group, &want);
    bool starts = number >= 0;
    if (!starts)
        number = queueing_device(e, group);
    assert(number >= 0);
    t->device = number;
    device *dev = &e->device[number];
    record_dispatch(e, slot);
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
    dispatch_refresh(e, group);
    return ok;
}

bool dispatch_finish(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    int group = t->group;
    if (e->s->has_runs) {
        run_stop(e, slot);
        dispatch_serve(e, group);
        return !e->t.beyond_horizon;
    }
    device *dev = &e->device[t->device];
    int within = t->device - e->group[group].first;
    occupy(e, t, -1);
    bool ok = true;
    if (dev->queued > 0) {
        int following = dequeue(e, dev);
        int64_t ns = expected_ns(e, &e->task[following]);
        dev->free_ns = e->t.now_ns + ns;
        less_queued(dev, ns);
        ok = start(e, following);
    } else if (within < e->group[group].open) {
        e->group[group].open = within;
    }
    dispatch_refresh(e, group);
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
