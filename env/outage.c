/* outage.c - devices that fail. Each has an alternating stream of lives and repairs, each rack one
 * beside it, drawn by (device or rack, number of the draw): when things break does not depend on
 * what agents do, unless a device only breaks while it works. A device is down while it or its rack
 * is. */
#include "outage.h"

#include "jobs.h"

/* ---- streams ----------------------------------------------------------------------------- */

/* Racks have streams of their own, beside those of all devices. */
#define RACK_STREAM (UINT32_C(1) << 31)

/* The next draw from a stream, in nanoseconds; negative beyond the longest time there is. */
static int64_t draw_ns(const poise_env *e, const dist *d, uint32_t stream, uint32_t *draws)
{
    poise_rng r = poise_rng_at(e->t.seed, POISE_FOR_DEVICE, stream, (*draws)++);
    int64_t ns = service_ns(dist_draw(d, poise_rng_uniform(&r), &r));
    return ns < 0 || ns > HORIZON_MAX_NS - e->t.now_ns ? -1 : ns;
}

static void expect(poise_env *e, int of, event_kind kind, int64_t after_ns)
{
    int entity = e->first_outage_entity + of;
    if (after_ns >= 0)
        background_set(e, entity, kind, e->t.now_ns + after_ns);
    else
        background_remove(e, entity);
}

int outage_group(const poise_env *e, int number)
{
    int low = 0, high = e->s->n_groups - 1;
    while (low < high) {
        int middle = high - (high - low) / 2;
        if (e->group[middle].first <= number)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

__int128 outage_down_ns(const poise_env *e, int group)
{
    const group_state *gs = &e->group[group];
    __int128 down_ns = gs->down_ns;
    integrate(&down_ns, gs->n_down, e->t.now_ns - gs->since_ns);
    return down_ns;
}

/* ---- the clock of a device --------------------------------------------------------------- */

/* The clock to the next failure of a device runs, or stands while it is idle or its rack down. */
static void run_clock(poise_env *e, int number, int group)
{
    const scenario_failures *f = &e->s->group[group].failures;
    machine *m = &e->machine[number];
    bool runs = !f->only_busy || (e->device[number].running > 0 && m->broken == 0);
    bool ran = calendar_has(&e->calendar, e->first_outage_entity + number);
    if (!f->mtbf.type || m->fails || runs == ran || m->clock_ns < 0)
        return;
    if (runs) {
        expect(e, number, EVENT_FAIL, m->clock_ns);
        m->clock_ns += e->t.now_ns;
    } else {
        background_remove(e, e->first_outage_entity + number);
        m->clock_ns -= e->t.now_ns;
    }
}

/* The device begins a new life. */
static void live(poise_env *e, int number, int group)
{
    const scenario_failures *f = &e->s->group[group].failures;
    machine *m = &e->machine[number];
    m->fails = false;
    if (f->mtbf.type)
        m->clock_ns = draw_ns(e, &f->mtbf, (uint32_t)number, &m->draws);
    run_clock(e, number, group);
}

void outage_turn(poise_env *e, int number, int group)
{
    run_clock(e, number, group);
}

/* ---- what a failure does ----------------------------------------------------------------- */

/* What is free on the device is counted in the view (sign 1), or is not (-1). */
static void show(poise_env *e, int number, int group, int sign)
{
    const device *dev = &e->device[number];
    poise_group *seen = &e->group_seen[group];
    const int n = e->s->n_resources;
    seen->up += sign;
    seen->idle += dev->running == 0 ? sign : 0;
    seen->cores_free += sign * (e->group[group].whole ? dev->running == 0 : dev->cores_free);
    if (e->s->group[group].memory_bytes != INT64_MAX)
        seen->memory_free_bytes += (double)(sign * dev->memory_free_bytes);
    for (int k = 0; k < n; k++)
        e->resource_seen[group * n + k] += sign * (double)e->resource_free[number * n + k];
}

static int64_t power_off_mw(const scenario_sleep *z, int broken, int rest)
{
    if (broken > 0)
        return 0;
    return rest == REST_ASLEEP ? z->asleep_mw : rest == REST_BOOTING ? z->boot_mw : z->down_mw;
}

/* Tells the listener what becomes of the device, if that is anything new. */
static void tell(const poise_env *e, int number, int group, int broken, int rest)
{
    static const device_turn of_rest[] = {
        [REST_AWAKE] = DEVICE_IS_AWAKE,
        [REST_LEAVING] = DEVICE_POWERS_DOWN,
        [REST_ASLEEP] = DEVICE_SLEEPS,
        [REST_BOOTING] = DEVICE_BOOTS,
    };
    const machine *m = &e->machine[number];
    device_turn turn = of_rest[rest];
    if (broken > 0 || m->broken > 0)
        turn = broken > 0 ? DEVICE_FAILS : DEVICE_IS_REPAIRED;
    else if (rest == m->rest)
        return;
    if (e->listener->device)
        e->listener->device(e->listener->data, e->t.now_ns, group, number - e->group[group].first,
                            turn);
}

void outage_change(poise_env *e, int number, int group, int broken, int rest)
{
    machine *m = &e->machine[number];
    group_state *gs = &e->group[group];
    poise_group *seen = &e->group_seen[group];
    bool off = broken > 0 || rest != REST_AWAKE;
    if (is_heard(e))
        tell(e, number, group, broken, rest);
    power_count(e, group);
    run_settle_device(e, number);
    if (off != m->off)
        show(e, number, group, off ? -1 : 1);
    gs->n_down += (broken > 0) - (m->broken > 0);
    gs->n_asleep += (rest == REST_ASLEEP) - (m->rest == REST_ASLEEP);
    seen->asleep = gs->n_asleep;
    seen->booting += (rest == REST_BOOTING) - (m->rest == REST_BOOTING);
    m->broken = (int8_t)broken;
    m->rest = (int8_t)rest;
    m->off = off;
    m->off_mw = power_off_mw(&e->s->group[group].sleep, broken, rest);
    power_update(e, number, group);
    if (machine_takes(m) && number - gs->first < gs->open)
        gs->open = number - gs->first;
}

/* The part of the work done so far that the task keeps when its device fails: checkpoints are taken
 * each time it has done what it does in one interval at full speed. */
static double kept_part(const poise_env *e, int slot, int keeps)
{
    const run *r = &e->run[slot];
    const scenario_checkpoint *c = &e->s->classes[e->task[slot].class_id].checkpoint;
    if (keeps == KEEP_ALL || !(r->done > 0))
        return 1;
    if (keeps == KEEP_NOTHING)
        return 0;
    double work = r->base * seconds(c->interval_ns + c->cost_ns);
    if (c->interval_ns == 0 || !(work > 0))
        return 1;
    /* A checkpoint that falls on the failure, rounding aside, has been taken. */
    double kept = r->safe + floor((r->done - r->safe) / work + 1e-9) * work;
    return kept < r->done ? kept / r->done : 1;
}

/* Tasks on the device wait for its repair, without the work they lose. */
static void hold_tasks(poise_env *e, int number, int keeps)
{
    for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on) {
        int slot = e->place[p].task;
        run *r = &e->run[slot];
        run_lose(e, slot, kept_part(e, slot, keeps));
        r->safe = r->done;
        r->n_broken++;
        r->failed = true;
        run_pace(e, slot);
    }
}

/* Tasks on the device and in its queue wait elsewhere. */
static void send_away(poise_env *e, int number, int group, int keeps)
{
    for (int p; (p = e->machine[number].on_first) >= 0;) {
        int slot = e->place[p].task;
        run_displace(e, slot, kept_part(e, slot, keeps));
        e->run[slot].failed = true;
    }
    for (int slot; (slot = e->device[number].first) >= 0;) {
        dispatch_unqueue(e, slot);
        e->run[slot].state = TASK_WAITING;
        window_return(e, slot);
        run_wait(e, slot);
        jobs_displaced(e, slot);
    }
    dispatch_serve(e, group);
}

static void break_device(poise_env *e, int number, int group)
{
    const scenario_failures *f = &e->s->group[group].failures;
    machine *m = &e->machine[number];
    if (m->broken > 0) {
        m->broken++;
        return;
    }
    e->t.n_failures++;
    e->t.hash = hash_mix(e->t.hash, e->t.now_ns, (uint64_t)number << 2 | UINT64_C(1) << 60);
    if (e->sleeps)
        sleep_forget(e, number);
    outage_change(e, number, group, 1, REST_AWAKE);
    if (f->stays)
        hold_tasks(e, number, f->keeps);
    else
        send_away(e, number, group, f->keeps);
    run_clock(e, number, group);
    dispatch_refresh(e, group);
}

/* A task whose devices are all whole again restarts. */
static void release_tasks(poise_env *e, int number, int group)
{
    for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on) {
        int slot = e->place[p].task;
        run *r = &e->run[slot];
        if (--r->n_broken > 0)
            continue;
        run_settle(e, slot);
        r->since_ns =
            later(e->t.now_ns, e->s->classes[e->task[slot].class_id].checkpoint.restart_ns);
        r->failed = false;
    }
    run_pace_device(e, number, group);
}

static void mend_device(poise_env *e, int number, int group)
{
    machine *m = &e->machine[number];
    if (m->broken > 1) {
        m->broken--;
        return;
    }
    e->t.hash = hash_mix(e->t.hash, e->t.now_ns, (uint64_t)number << 2 | UINT64_C(1) << 61);
    outage_change(e, number, group, 0, REST_AWAKE);
    release_tasks(e, number, group);
    run_clock(e, number, group);
    if (e->sleeps)
        sleep_turn(e, number, group);
    dispatch_refresh(e, group);
    dispatch_serve(e, group);
}

/* ---- events ------------------------------------------------------------------------------ */

void outage_begin(poise_env *e, int entity)
{
    int of = entity - e->first_outage_entity;
    background_remove(e, entity);
    if (of < e->n_devices) {
        int group = outage_group(e, of);
        machine *m = &e->machine[of];
        m->fails = true;
        break_device(e, of, group);
        expect(e, of, EVENT_REPAIR,
               draw_ns(e, &e->s->group[group].failures.mttr, (uint32_t)of, &m->draws));
        return;
    }
    rack *k = &e->rack[of - e->n_devices];
    for (int d = k->first; d < k->first + k->count; d++)
        break_device(e, d, k->group);
    expect(e, of, EVENT_REPAIR,
           draw_ns(e, &e->s->group[k->group].failures.rack_mttr,
                   RACK_STREAM + (uint32_t)(of - e->n_devices), &k->draws));
}

/* The rack begins a new life. */
static void live_rack(poise_env *e, int number)
{
    rack *k = &e->rack[number];
    expect(e, e->n_devices + number, EVENT_FAIL,
           draw_ns(e, &e->s->group[k->group].failures.rack_mtbf, RACK_STREAM + (uint32_t)number,
                   &k->draws));
}

void outage_end(poise_env *e, int entity)
{
    int of = entity - e->first_outage_entity;
    background_remove(e, entity);
    if (of < e->n_devices) {
        int group = outage_group(e, of);
        mend_device(e, of, group);
        live(e, of, group);
        return;
    }
    const rack *k = &e->rack[of - e->n_devices];
    for (int d = k->first; d < k->first + k->count; d++)
        mend_device(e, d, k->group);
    live_rack(e, of - e->n_devices);
}

void outage_reset(poise_env *e)
{
    int n_racks = 0;
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_group *sg = &e->s->group[g];
        const int first = e->group[g].first;
        e->group[g].fails = outage_fails(sg);
        for (int d = first; d < first + sg->count; d++)
            live(e, d, g);
        for (int at = 0; at < sg->count && outage_racks(sg); at += sg->failures.rack) {
            int rest = sg->count - at, most = sg->failures.rack;
            e->rack[n_racks] =
                (rack){.group = g, .first = first + at, .count = rest < most ? rest : most};
            live_rack(e, n_racks++);
        }
    }
}
