/* invariants.c - identities of every run. At each event devices are looked at one by one, and what
 * they show must be what groups say; over the run, Little's law holds on the path (the integral of
 * the tasks in the system is the sum of their times in it), no task and no work is lost, energy is
 * the integral of power, and every device is busy, idle, broken, asleep or on its way at any time.
 * Times and energies are whole numbers: they are equal, not close. */
#include "invariants.h"

#ifndef NDEBUG

#include <assert.h>

#include "outage.h"

/* Work is counted in doubles. */
#define NEAR 1e-9

static bool near(double a, double b, double scale)
{
    return fabs(a - b) <= NEAR * (fabs(scale) + fabs(a) + fabs(b));
}

void invariants_reset(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++)
        e->audit[g] = (audit){0};
}

/* ---- at each event ----------------------------------------------------------------------- */

/* What the devices of a group show, looked at one by one. */
typedef struct census {
    int up, idle, down, asleep, booting, leaving, busy_devices;
    int64_t busy_cores, cores_free, used_bytes, power_mw;
} census;

static void check_places(const poise_env *e, int number, int group)
{
    const device *dev = &e->device[number];
    const machine *m = &e->machine[number];
    int n = 0, cores = 0;
    int64_t used_bytes = 0;
    for (int p = m->on_first; p >= 0; p = e->place[p].next_on) {
        assert(e->place[p].device == number);
        assert(e->run[e->place[p].task].state == TASK_RUNNING);
        assert(e->task[e->place[p].task].group == group);
        n++;
        cores += e->place[p].cores;
        used_bytes += e->place[p].used_bytes;
    }
    assert(n == dev->running);
    assert(cores + dev->cores_free == e->group[group].slots);
    assert(used_bytes == m->used_bytes);
    assert(m->off == (m->broken > 0 || m->rest != REST_AWAKE));
    assert(m->broken >= 0 && (m->broken == 0 || m->rest == REST_AWAKE));
    assert(!m->off || m->broken > 0 || m->rest == REST_BOOTING || n == 0);
    for (int k = 0; k < e->s->n_resources; k++)
        assert(e->resource_free[number * e->s->n_resources + k] >= 0);
}

static void count_machine(const poise_env *e, int number, int group, census *c)
{
    const machine *m = &e->machine[number];
    bool busy = e->device[number].running > 0;
    check_places(e, number, group);
    c->up += !m->off;
    c->idle += !m->off && !busy;
    c->down += m->broken > 0;
    c->asleep += m->rest == REST_ASLEEP;
    c->booting += m->rest == REST_BOOTING;
    c->leaving += m->rest == REST_LEAVING;
    c->busy_devices += !m->off && busy;
    c->used_bytes += m->used_bytes;
    c->power_mw += power_of(e, number, group);
    if (!m->off)
        c->cores_free += e->group[group].whole ? !busy : e->device[number].cores_free;
}

static census look_at(const poise_env *e, int group)
{
    const group_state *gs = &e->group[group];
    census c = {0};
    for (int d = gs->first; d < gs->first + e->s->group[group].count; d++) {
        const device *dev = &e->device[d];
        assert(dev->cores_free >= 0 && dev->cores_free <= gs->slots);
        assert(dev->memory_free_bytes >= 0);
        assert(dev->queued >= 0 && (dev->queued == 0) == (dev->first < 0));
        c.busy_cores += gs->whole ? dev->running > 0 : gs->slots - dev->cores_free;
        if (e->s->has_runs)
            count_machine(e, d, group, &c);
    }
    return c;
}

/* The group says what its devices show. */
static void compare(const poise_env *e, int group, const census *c)
{
    const scenario_group *sg = &e->s->group[group];
    const group_state *gs = &e->group[group];
    const poise_group *seen = &e->group_seen[group];
    assert(gs->busy_cores == c->busy_cores);
    assert(gs->busy_cores >= 0 && gs->busy_cores <= (int64_t)gs->cores * sg->count);
    if (!e->s->has_runs)
        return;
    assert(seen->up == c->up && seen->idle == c->idle && seen->cores_free == c->cores_free);
    assert(seen->asleep == c->asleep && seen->booting == c->booting);
    assert(gs->n_down == c->down && gs->n_asleep == c->asleep);
    assert(gs->used_bytes == c->used_bytes && gs->full_mw == c->power_mw);
    assert(gs->power_mw <= gs->full_mw);
    assert(sg->cap_mw == 0 || gs->power_mw <= sg->cap_mw || gs->power_mw == gs->base_mw);
    assert(c->busy_devices + c->idle + c->down + c->asleep + c->booting + c->leaving == sg->count);
}

void invariants_pass(poise_env *e, int64_t dt_ns)
{
    assert(dt_ns >= 0);
    for (int g = 0; g < e->s->n_groups; g++) {
        const census c = look_at(e, g);
        audit *a = &e->audit[g];
        compare(e, g, &c);
        integrate(&a->busy_ns, c.busy_cores, dt_ns);
        integrate(&a->down_ns, c.down, dt_ns);
        integrate(&a->asleep_ns, c.asleep, dt_ns);
        integrate(&a->at_work_ns, c.busy_devices, dt_ns);
        integrate(&a->idle_ns, c.idle, dt_ns);
        integrate(&a->turning_ns, c.booting + c.leaving, dt_ns);
        integrate(&a->energy_mwns, e->group[g].power_mw, dt_ns);
    }
}

void invariants_enter(poise_env *e)
{
    e->audit->sojourn_ns -= e->t.now_ns;
}

void invariants_serve(poise_env *e, double work)
{
    assert(work >= 0);
    e->audit->served += work;
}

void invariants_leave(poise_env *e)
{
    e->audit->sojourn_ns += e->t.now_ns;
}

void invariants_work(poise_env *e, int slot, poise_fate fate)
{
    const run *r = &e->run[slot];
    const double size = e->task[slot].size;
    assert(near(r->left + r->done, size, size));
    assert(fate != POISE_FINISHED || near(r->left, 0, size));
    assert(r->n_places == 0);
    e->audit->gone += r->done;
}

/* ---- at the end -------------------------------------------------------------------------- */

static void check_calendar(const poise_env *e)
{
    const calendar *c = &e->calendar;
    int n = 0;
    for (int k = 0; k < c->n; k++) {
        int at = c->place[c->entity[k]];
        assert(at >= 0 && (!c->heap || at == k));
        assert(c->heap ? k == 0 || c->key[(k - 1) / 4] < c->key[k]
                       : k == 0 || c->key[k - 1] > c->key[k]);
        assert((int64_t)(c->key[k] >> 64) >= e->t.now_ns);
    }
    for (int entity = 0; entity < task_entity(e, e->capacity); entity++)
        n += calendar_has(c, entity);
    assert(n == c->n);
    assert(e->t.n_background >= 0 && e->t.n_background <= n);
}

/* Every slot is free, or has a task that is in the system; tasks of jobs may have none yet. */
static void check_slots(const poise_env *e)
{
    int n_free = 0, n_waiting = 0;
    for (int k = e->t.n_free_first; k >= 0; k = e->task[k].next)
        n_free++;
    assert(e->most_stages > 0 || e->capacity - n_free == in_system(e));
    assert(e->capacity - n_free <= in_system(e));
    if (!e->s->has_runs)
        return;
    double done = 0;
    for (int k = 0; k < e->capacity; k++) {
        const run *r = &e->run[k];
        n_waiting += r->state == TASK_WAITING;
        if (r->state == TASK_GONE)
            continue;
        assert(near(r->left + r->done, e->task[k].size, e->task[k].size));
        assert((r->n_places > 0) == (r->state == TASK_RUNNING));
        done += r->done;
    }
    assert(n_waiting == e->view.n_tasks + e->view.n_beyond);
    assert(near(e->audit->served, e->audit->gone + done + e->t.lost_work, 0));
}

/* The records tell the same story. */
static void check_records(const poise_env *e)
{
    int64_t n_finished = 0, n_dropped = 0;
    __int128 sojourn_ns = 0;
    bool all_known = true;
    assert(e->n_records == e->t.n_arrived);
    for (int64_t i = 0; i < e->n_records; i++) {
        const poise_record *r = &e->record[i];
        n_finished += r->fate == POISE_FINISHED;
        n_dropped += r->fate >= POISE_DROPPED;
        all_known &= r->fate <= POISE_DROPPED;
        if (r->fate == POISE_FINISHED)
            assert(r->arrived_ns <= r->started_ns && r->started_ns <= r->finished_ns &&
                   r->arrived_ns <= r->dispatched_ns && r->dispatched_ns <= r->finished_ns);
        if (r->fate != POISE_DROPPED)
            sojourn_ns +=
                (r->fate == POISE_FINISHED ? r->finished_ns : e->t.now_ns) - r->arrived_ns;
    }
    assert(n_finished == e->t.n_finished && n_dropped == e->t.n_dropped);
    assert(!all_known || sojourn_ns == e->t.tasks_ns);
}

/* Each device's time and energy, counted twice. */
static void check_group(const poise_env *e, int group, __int128 *energy_mwns)
{
    const audit *a = &e->audit[group];
    assert(dispatch_busy_ns(e, group) == a->busy_ns);
    if (!e->s->has_runs)
        return;
    __int128 all_ns = (__int128)e->t.now_ns * e->s->group[group].count;
    __int128 asleep_ns = e->group[group].asleep_ns;
    integrate(&asleep_ns, e->group[group].n_asleep, e->t.now_ns - e->group[group].since_ns);
    assert(outage_down_ns(e, group) == a->down_ns);
    assert(asleep_ns == a->asleep_ns);
    assert(a->at_work_ns + a->idle_ns + a->down_ns + a->asleep_ns + a->turning_ns == all_ns);
    *energy_mwns += a->energy_mwns;
}

void invariants_end(const poise_env *e)
{
    __int128 energy_mwns = 0;
    assert(e->t.tasks_ns == e->audit->sojourn_ns + (__int128)in_system(e) * e->t.now_ns);
    for (int g = 0; g < e->s->n_groups; g++)
        check_group(e, g, &energy_mwns);
    assert(!e->s->has_runs || energy_mwns == dispatch_energy_mwns(e));
    check_calendar(e);
    check_slots(e);
    if (e->keeps_records)
        check_records(e);
}

#endif
