/* room.c - whether a task fits on devices, which others would have to go, and its places there. */
#include "compete.h"
#include "numbers.h"
#include "outage.h"

/* ---- what a task asks for ---------------------------------------------------------------- */

const scenario_mode *run_mode(const poise_env *e, const task *t, int group, int profile)
{
    return &e->s->mode[scenario_cell(e->s, t->class_id, group, profile)];
}

static int cores_of(const task *t, const scenario_mode *m)
{
    return m->cores > 0 ? m->cores : t->cores;
}

/* What a task takes of a device of the group: cores, or the one task that a place is for. */
static int places_cores(const poise_env *e, const task *t, const scenario_mode *m, int group)
{
    return e->group[group].demand_matters ? cores_of(t, m) : 1;
}

static int64_t used_bytes(const task *t, const scenario_mode *m)
{
    return m->memory_bytes >= 0 ? m->memory_bytes : t->memory_bytes;
}

/* What it asks to be promised; less than it uses where its class says so. */
static int64_t promised_bytes(const poise_env *e, const task *t, const scenario_mode *m)
{
    const scenario_class *c = &e->s->classes[t->class_id];
    return c->request_bytes != c->memory_bytes ? c->request_bytes : used_bytes(t, m);
}

demand run_demand(const poise_env *e, const task *t, const scenario_mode *m)
{
    return (demand){.cores = cores_of(t, m), .memory_bytes = promised_bytes(e, t, m)};
}

const int64_t *room_resources(const poise_env *e, int slot)
{
    const int64_t *own = e->run[slot].resources;
    return own ? own : e->s->classes[e->task[slot].class_id].resources;
}

/* ---- what is free ------------------------------------------------------------------------ */

/* Cores of one part. */
static uint64_t whole_part(const scenario_group *sg)
{
    return (uint64_t)(sg->params.cores / sg->params.parts);
}

/* How often the cores fit into parts of which free[k] are left: each time into one, or as whole
 * ones. */
static int64_t times_in_parts(const scenario_group *sg, const uint64_t *free, uint64_t cores)
{
    const uint64_t whole = whole_part(sg);
    uint64_t n = 0;
    if (cores == 0)
        return INT64_MAX;
    for (int k = 0; k < sg->params.parts; k++)
        n += cores < whole ? free[k] / cores : free[k] == whole;
    return (int64_t)(cores < whole ? n : n / (cores / whole));
}

/* Whether they do at all. */
static bool fits_parts(const scenario_group *sg, const uint64_t *free, uint64_t cores)
{
    if (cores >= whole_part(sg))
        return times_in_parts(sg, free, cores) > 0;
    for (int k = 0; k < sg->params.parts; k++)
        if (free[k] >= cores)
            return true;
    return false;
}

/* The part, of those with room for them, that comes first by the group's choice; draws of random
 * ones belong to the task, so that no other choice moves them. */
static int choose_part(const poise_env *e, const scenario_group *sg, const uint64_t *free,
                       uint64_t cores, int64_t id)
{
    poise_rng r = poise_rng_at(e->t.seed, POISE_FOR_PART, 0, (uint32_t)id);
    int best = -1, n = 0;
    for (int k = 0; k < sg->params.parts; k++) {
        if (free[k] < cores)
            continue;
        n++;
        if (best < 0 || (sg->within == PART_FULLEST && free[k] < free[best]) ||
            (sg->within == PART_EMPTIEST && free[k] > free[best]) ||
            (sg->within == PART_RANDOM && poise_rng_below(&r, n) == 0))
            best = k;
    }
    return best;
}

/* The parts that a task takes which fits: one, or the lowest whole ones. None without cores. */
static uint64_t parts_for(const poise_env *e, const scenario_group *sg, const uint64_t *free,
                          uint64_t cores, int64_t id)
{
    const uint64_t whole = whole_part(sg);
    uint64_t mask = 0, need = cores / whole;
    if (cores == 0)
        return 0;
    if (cores < whole) {
        const int part = choose_part(e, sg, free, cores, id);
        return part >= 0 ? UINT64_C(1) << part : 0;
    }
    for (int k = 0; k < sg->params.parts && (uint64_t)__builtin_popcountll(mask) < need; k++)
        if (free[k] == whole)
            mask |= UINT64_C(1) << k;
    return mask;
}

static bool may_displace(const poise_env *e, const place *p)
{
    return e->run[p->task].kept_ns != e->t.now_ns;
}

enum { MOST_PARTS = 64, MOST_NAMED = 64 };

/* What is free on a device, or would be. */
typedef struct room {
    device dev;
    int64_t resource[MOST_NAMED];
    uint64_t part[MOST_PARTS];
} room;

static void free_place(const poise_env *e, const scenario_group *sg, const place *p, room *r)
{
    const int64_t *need = room_resources(e, p->task);
    r->dev.running--;
    r->dev.cores_free += p->cores;
    r->dev.memory_free_bytes += sg->memory_bytes == INT64_MAX ? 0 : p->promised_bytes;
    for (int k = 0; need && k < e->s->n_resources; k++)
        r->resource[k] += need[k];
    int n = __builtin_popcountll(p->parts);
    for (int k = 0; k < sg->params.parts && n > 0; k++)
        if (p->parts >> k & 1)
            r->part[k] += (uint64_t)(p->cores / n);
}

static room room_of(const poise_env *e, int number, const scenario_group *sg)
{
    room r = {.dev = e->device[number]};
    for (int k = 0; k < e->s->n_resources; k++)
        r.resource[k] = e->resource_free[number * e->s->n_resources + k];
    for (int k = 0; k < sg->params.parts; k++)
        r.part[k] = e->part_free[number * e->most_parts + k];
    return r;
}

/* Whether the task fits where this much of named resources and parts is free. */
static bool fits_free(const poise_env *e, const scenario_group *sg, int slot, const demand *want,
                      const int64_t *resource, const uint64_t *part)
{
    const int64_t *need = room_resources(e, slot);
    for (int k = 0; need && k < e->s->n_resources; k++)
        if (need[k] > resource[k])
            return false;
    return sg->params.parts <= 1 || fits_parts(sg, part, (uint64_t)want->cores);
}

static bool fits_room(const poise_env *e, const scenario_group *sg, const room *r, int slot,
                      const demand *want)
{
    return sg->law->fits(sg, &r->dev, want) && fits_free(e, sg, slot, want, r->resource, r->part);
}

int64_t room_places(const poise_env *e, int number, int group, const arrival *a, const demand *want)
{
    const scenario_group *sg = &e->s->group[group];
    int64_t places = sg->law->places(sg, &e->device[number], want);
    if (e->group[group].queueing)
        return places;
    const int64_t *need = a->resources ? a->resources : e->s->classes[a->class_id].resources;
    const int64_t *free = &e->resource_free[number * e->s->n_resources];
    for (int k = 0; need && k < e->s->n_resources; k++)
        if (need[k] > 0 && free[k] / need[k] < places)
            places = free[k] / need[k];
    if (sg->params.parts <= 1)
        return places;
    int64_t times = times_in_parts(sg, &e->part_free[number * e->most_parts], (uint64_t)a->cores);
    return times < places ? times : places;
}

/* Whether the task could start on the device now, or once that has woken up, everything on it
 * staying where it is. */
static bool fits_device(const poise_env *e, int number, int group, int slot, const demand *want)
{
    const scenario_group *sg = &e->s->group[group];
    return machine_takes(&e->machine[number]) && sg->law->fits(sg, &e->device[number], want) &&
           fits_free(e, sg, slot, want, &e->resource_free[number * e->s->n_resources],
                     &e->part_free[number * e->most_parts]);
}

/* Whether place p has to go before place q: the one with less attention, then the one that started
 * last. */
static bool goes_before(const poise_env *e, int p, int q)
{
    const run *a = &e->run[e->place[p].task], *b = &e->run[e->place[q].task];
    if (a->attention != b->attention)
        return a->attention < b->attention;
    if (a->began_ns != b->began_ns)
        return a->began_ns > b->began_ns;
    return e->task[e->place[p].task].id > e->task[e->place[q].task].id;
}

/* The place on the device that has to go after `after` (-1: the first); -1 if there is none. */
static int next_victim(const poise_env *e, int number, int after)
{
    int best = -1;
    for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on)
        if (may_displace(e, &e->place[p]) && (after < 0 || goes_before(e, after, p)) &&
            (best < 0 || goes_before(e, p, best)))
            best = p;
    return best;
}

enum { NO_VICTIM = -1, NO_ROOM = -2 };

/* The last place that has to go so that the task fits on the device; NO_VICTIM: it fits as it is,
 * NO_ROOM: it cannot be made to fit. */
static int last_victim(const poise_env *e, int number, int group, int slot, const demand *want)
{
    const scenario_group *sg = &e->s->group[group];
    if (e->machine[number].off)
        return NO_ROOM;
    room r = room_of(e, number, sg);
    int p = NO_VICTIM;
    while (!fits_room(e, sg, &r, slot, want)) {
        p = next_victim(e, number, p);
        if (p < 0)
            return NO_ROOM;
        free_place(e, sg, &e->place[p], &r);
    }
    return p;
}

/* Devices (cores) that the task holds in the group under the profile. */
static int held_by(const poise_env *e, const task *t, int group, int profile)
{
    const scenario_mode *m = run_mode(e, t, group, profile);
    return m->devices * places_cores(e, t, m, group);
}

bool room_in_quota(const poise_env *e, int slot, int group, int profile)
{
    const task *t = &e->task[slot];
    int tenant = e->s->classes[t->class_id].tenant;
    if (tenant < 0 || e->s->tenant[tenant].quota == 0 || e->run[slot].state == TASK_QUEUED)
        return true;
    int64_t held = e->tenant[tenant].held + e->tenant[tenant].queued;
    if (e->run[slot].state == TASK_RUNNING)
        held -= held_by(e, t, t->group, t->profile);
    return held + held_by(e, t, group, profile) <= e->s->tenant[tenant].quota;
}

void room_promise(poise_env *e, int slot, int sign)
{
    const task *t = &e->task[slot];
    int tenant = e->s->classes[t->class_id].tenant;
    if (tenant >= 0)
        e->tenant[tenant].queued += sign * held_by(e, t, t->group, t->profile);
}

run_fit room_for(const poise_env *e, int slot, int group, int profile, bool may_displace)
{
    const task *t = &e->task[slot];
    const scenario_mode *m = run_mode(e, t, group, profile);
    const demand want = run_demand(e, t, m);
    const scenario_group *sg = &e->s->group[group];
    if (!room_in_quota(e, slot, group, profile))
        return FITS_NOT;
    int now = 0, by_displacing = 0, first = e->group[group].first;
    int from = may_displace ? 0 : e->group[group].open;
    for (int d = first + from; d < first + sg->count && now < m->devices; d++) {
        if (fits_device(e, d, group, slot, &want))
            now++;
        else if (may_displace && last_victim(e, d, group, slot, &want) != NO_ROOM)
            by_displacing++;
    }
    if (now >= m->devices)
        return FITS_NOW;
    return now + by_displacing >= m->devices ? FITS_BY_DISPLACING : FITS_NOT;
}

bool room_on(const poise_env *e, int number, int slot, int group, int profile)
{
    const task *t = &e->task[slot];
    const demand want = run_demand(e, t, run_mode(e, t, group, profile));
    return !e->machine[number].off && fits_device(e, number, group, slot, &want);
}

bool room_to_move(const poise_env *e, int slot, int group, int profile)
{
    const task *t = &e->task[slot];
    const scenario_group *sg = &e->s->group[group];
    const scenario_mode *m = run_mode(e, t, group, profile);
    const demand want = run_demand(e, t, m);
    if (!room_in_quota(e, slot, group, profile))
        return false;
    int n = 0, first = e->group[group].first;
    for (int d = first; d < first + sg->count && n < m->devices; d++) {
        if (!machine_takes(&e->machine[d]))
            continue;
        room r = room_of(e, d, sg);
        for (int p = e->first_place + slot; p >= 0; p = e->place[p].next_of)
            if (e->place[p].device == d)
                free_place(e, sg, &e->place[p], &r);
        n += fits_room(e, sg, &r, slot, &want);
    }
    return n >= m->devices;
}

/* Whether the task has a place on the device already. */
static bool holds(const poise_env *e, int slot, int number)
{
    if (e->run[slot].n_places == 0)
        return false;
    for (int p = e->first_place + slot; p >= 0; p = e->place[p].next_of)
        if (e->place[p].device == number)
            return true;
    return false;
}

/* The device of its group on which the task starts soonest without displacing others: one that is
 * awake, then one that boots, then one that sleeps. -1 if there is none. */
static int free_device(const poise_env *e, int slot, const demand *want)
{
    const int group = e->task[slot].group, first = e->group[group].first;
    int64_t least = INT64_MAX;
    int best = -1;
    for (int d = first + e->group[group].open; d < first + e->s->group[group].count; d++) {
        if (holds(e, slot, d) || !fits_device(e, d, group, slot, want))
            continue;
        int64_t ns = sleep_delay_ns(e, d, group);
        if (ns < least) {
            least = ns;
            best = d;
        }
        if (ns == 0)
            break;
    }
    return best;
}

int room_find(const poise_env *e, int slot, int *victim)
{
    const task *t = &e->task[slot];
    const demand want = run_demand(e, t, run_mode(e, t, t->group, t->profile));
    int first = e->group[t->group].first, best = -1, best_last = NO_VICTIM;
    *victim = -1;
    int free = free_device(e, slot, &want);
    if (free >= 0)
        return free;
    for (int d = first; d < first + e->s->group[t->group].count; d++) {
        int last = holds(e, slot, d) ? NO_ROOM : last_victim(e, d, t->group, slot, &want);
        if (last == NO_ROOM || (best >= 0 && !goes_before(e, last, best_last)))
            continue;
        best = d;
        best_last = last;
    }
    if (best >= 0)
        *victim = next_victim(e, best, -1);
    return best;
}

/* ---- places ------------------------------------------------------------------------------ */

static void link_place(poise_env *e, int p, int number)
{
    machine *m = &e->machine[number];
    e->place[p].prev_on = m->on_last;
    e->place[p].next_on = -1;
    if (m->on_last >= 0)
        e->place[m->on_last].next_on = p;
    else
        m->on_first = p;
    m->on_last = p;
}

static void unlink_place(poise_env *e, int p)
{
    const place *it = &e->place[p];
    machine *m = &e->machine[it->device];
    if (it->prev_on >= 0)
        e->place[it->prev_on].next_on = it->next_on;
    else
        m->on_first = it->next_on;
    if (it->next_on >= 0)
        e->place[it->next_on].prev_on = it->prev_on;
    else
        m->on_last = it->prev_on;
}

/* The tenant holds n more devices (cores). */
static void hold_for(poise_env *e, int tenant, int n)
{
    tenant_state *ts = &e->tenant[tenant];
    compete_settle(e);
    integrate(&ts->held_ns, ts->held, e->t.now_ns - ts->since_ns);
    ts->since_ns = e->t.now_ns;
    ts->held += n;
}

__int128 room_held_ns(const poise_env *e, int tenant)
{
    const tenant_state *ts = &e->tenant[tenant];
    __int128 held_ns = ts->held_ns;
    integrate(&held_ns, ts->held, e->t.now_ns - ts->since_ns);
    return held_ns;
}

/* The place takes (sign 1) or gives back (-1) what the task needs on its device. */
static void occupy(poise_env *e, int p, int sign)
{
    const place *it = &e->place[p];
    const task *t = &e->task[it->task];
    const scenario_group *sg = &e->s->group[t->group];
    group_state *gs = &e->group[t->group];
    poise_group *seen = &e->group_seen[t->group];
    device *dev = &e->device[it->device];
    power_count(e, t->group);
    dev->cores_free -= sign * it->cores;
    dev->running += sign;
    seen->running += p == e->first_place + it->task ? sign : 0;  // once, on however many devices
    bool turns = dev->running == (sign > 0);
    bool shown = !e->machine[it->device].off;
    gs->busy_cores += gs->whole ? sign * turns : sign * it->cores;
    if (shown) {
        seen->cores_free -= gs->whole ? sign * turns : sign * it->cores;
        seen->idle -= turns ? sign : 0;
    }
    dev->memory_free_bytes -= sg->memory_bytes == INT64_MAX ? 0 : sign * it->promised_bytes;
    if (sg->memory_bytes != INT64_MAX && shown)
        seen->memory_free_bytes -= (double)(sign * it->promised_bytes);
    e->machine[it->device].used_bytes += sign * it->used_bytes;
    gs->used_bytes += sign * it->used_bytes;
    const int64_t *need = room_resources(e, it->task);
    const int n = e->s->n_resources;
    for (int k = 0; need && k < n; k++) {
        e->resource_free[it->device * n + k] -= sign * need[k];
        e->resource_seen[t->group * n + k] -= shown ? (double)(sign * need[k]) : 0;
    }
    int parts = __builtin_popcountll(it->parts);
    for (int k = 0; k < sg->params.parts && parts > 0; k++)
        if (it->parts >> k & 1)
            e->part_free[it->device * e->most_parts + k] -=
                (uint64_t)(int64_t)(sign * (it->cores / parts));
    int tenant = e->s->classes[t->class_id].tenant;
    if (tenant >= 0)
        hold_for(e, tenant, sign * it->cores);
    double of = (double)e->machine[it->device].used_bytes / (double)sg->memory_bytes;
    if (sign > 0 && sg->memory_bytes != INT64_MAX && of > e->t.memory_peak)
        e->t.memory_peak = of;
    if (turns && gs->fails)
        outage_turn(e, it->device, t->group);
    if (turns && gs->sleeps)
        sleep_turn(e, it->device, t->group);
}

/* Whether the speed or the power of a task there depends on what else is on its devices. */
static bool depends_on_others(const poise_env *e, int group)
{
    return e->group[group].fluid || e->group[group].whole;
}

void place_take(poise_env *e, int slot, int number)
{
    task *t = &e->task[slot];
    run *r = &e->run[slot];
    const scenario_mode *m = run_mode(e, t, t->group, t->profile);
    const scenario_group *sg = &e->s->group[t->group];
    int p = e->first_place + slot;
    if (r->n_places++ > 0) {
        p = e->t.n_free_place;
        e->t.n_free_place = e->place[p].next_of;
        e->place[p].next_of = e->place[e->first_place + slot].next_of;
        e->place[e->first_place + slot].next_of = p;
    } else {
        e->place[p].next_of = -1;
        t->device = number;
    }
    place *it = &e->place[p];
    it->task = slot;
    it->device = number;
    it->cores = places_cores(e, t, m, t->group);
    it->used_bytes = used_bytes(t, m);
    it->promised_bytes = promised_bytes(e, t, m);
    it->busy_mw = m->busy_mw;
    it->factor = 1;
    it->share = -1;
    it->parts = 0;
    if (sg->params.parts > 1)
        it->parts =
            parts_for(e, sg, &e->part_free[number * e->most_parts], (uint64_t)it->cores, t->id);
    if (depends_on_others(e, t->group))
        run_settle_device(e, number);
    occupy(e, p, 1);
    link_place(e, p, number);
    power_update(e, number, t->group);
}

void place_leave_all(poise_env *e, int slot)
{
    int first = e->first_place + slot, group = e->task[slot].group;
    const bool depends = depends_on_others(e, group);
    run_settle(e, slot);
    for (int p = first; p >= 0 && depends; p = e->place[p].next_of)
        run_settle_device(e, e->place[p].device);
    for (int p = first; p >= 0; p = e->place[p].next_of) {
        occupy(e, p, -1);
        unlink_place(e, p);
    }
    for (int p = first, next; p >= 0; p = next) {
        int number = e->place[p].device, within = number - e->group[group].first;
        next = e->place[p].next_of;
        power_update(e, number, group);
        if (depends && !e->s->decision.stand)
            run_pace_device(e, number, group);
        if (within < e->group[group].open)
            e->group[group].open = within;
        if (p != first) {
            e->place[p].next_of = e->t.n_free_place;
            e->t.n_free_place = p;
        }
    }
    e->run[slot].n_places = 0;
    if (e->set_words > 0)
        numbers_give_back(e, slot);
}
