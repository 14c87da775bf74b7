/* run.c - tasks that may do other than run at one speed from start to end. A task holds places on
 * one device or several; what it has left melts at its rate, which is its full speed times the
 * least part of it that its devices allow, and changes when others come and go. Whoever changes
 * anything on a device first settles its tasks at the old rates and then paces them anew. */
#include "invariants.h"
#include "jobs.h"
#include "numbers.h"
#include "outage.h"
#include "plan.h"
#include "transfer.h"

#include <assert.h>

/* ---- progress ---------------------------------------------------------------------------- */

/* Part of a device's power that is the task's on this place. */
static double part_of_device(const poise_env *e, const place *p)
{
    const group_state *gs = &e->group[e->task[p->task].group];
    return gs->whole ? 1.0 / e->device[p->device].running : (double)p->cores / gs->slots;
}

static void count_energy(poise_env *e, int slot, double dt_s)
{
    double w = 0;
    for (int p = e->first_place + slot; p >= 0; p = e->place[p].next_of)
        if (!e->machine[e->place[p].device].off)
            w += 1e-3 * (double)e->place[p].busy_mw * part_of_device(e, &e->place[p]);
    e->record[e->task[slot].id].energy_j += w * dt_s;
}

void run_settle(poise_env *e, int slot)
{
    run *r = &e->run[slot];
    if (r->state != TASK_RUNNING)
        return;
    if (e->keeps_records && e->t.now_ns > r->counted_ns)
        count_energy(e, slot, seconds(e->t.now_ns - r->counted_ns));
    r->counted_ns = e->t.now_ns;
    if (e->t.now_ns <= r->since_ns)
        return;
    double work = r->rate * seconds(e->t.now_ns - r->since_ns);
    r->since_ns = e->t.now_ns;
    if (work > r->left)
        work = r->left;
    r->left -= work;
    r->done += work;
    invariants_serve(e, work);
}

/* When the task comes to its end at its present rate, INT64_MAX if it stands still; negative beyond
 * the longest time there is. */
static int64_t end_ns(const poise_env *e, const run *r)
{
    if (!(r->rate > 0))
        return INT64_MAX;
    int64_t from = r->since_ns > e->t.now_ns ? r->since_ns : e->t.now_ns;
    int64_t ns = service_ns(r->left * (1 / r->rate));
    if (ns >= 0 && from <= HORIZON_MAX_NS - ns)
        return from + ns;
    /* Where tasks share, one may be given next to nothing for now. */
    return e->s->decision.mode == MODE_SHARE ? INT64_MAX : -1;
}

/* What happens next to a running task: its end, or being killed at its limit or deadline. */
static void schedule(poise_env *e, int slot)
{
    const run *r = &e->run[slot];
    int64_t end = end_ns(e, r), kill = INT64_MAX;
    if (r->limit_ns != INT64_MAX)
        kill = later(r->began_ns - r->used_ns, r->limit_ns);
    if (r->deadline_ns < kill && r->dies)
        kill = r->deadline_ns;
    if (end < 0 && e->group[e->task[slot].group].fluid)
        end = INT64_MAX;  // its share is next to nothing for now
    if (end < 0)
        e->t.beyond_horizon = true;
    else if (end <= kill && end != INT64_MAX)
        calendar_set(&e->calendar, task_entity(e, slot), EVENT_FINISH, end);
    else if (kill != INT64_MAX)
        calendar_set(&e->calendar, task_entity(e, slot), EVENT_KILL, kill);
    else
        calendar_remove(&e->calendar, task_entity(e, slot));
}

/* The part of its full speed that its devices allow: that of the slowest, or their mean where
 * nobody waits for it. */
static double allowed(const poise_env *e, int slot)
{
    const scenario_class *c = &e->s->classes[e->task[slot].class_id];
    double least = INFINITY, sum = 0;
    for (int p = e->first_place + slot; p >= 0; p = e->place[p].next_of) {
        least = e->place[p].factor < least ? e->place[p].factor : least;
        sum += e->place[p].factor;
    }
    return c->has_sync && c->sync.asynchronous ? sum / e->run[slot].n_places : least;
}

void run_pace(poise_env *e, int slot)
{
    run *r = &e->run[slot];
    if (r->state != TASK_RUNNING)
        return;
    double factor = allowed(e, slot);
    double rate = r->n_awaited + r->n_broken > 0 ? 0 : factor == 1 ? r->base : r->base * factor;
    if (r->at_job >= 0 && e->job[r->at_job].graph->n_messages > 0)
        jobs_pace(e, r->at_job, slot, rate);
    else
        run_set_rate(e, slot, rate);
}

void run_set_rate(poise_env *e, int slot, double rate)
{
    run *r = &e->run[slot];
    if (rate == r->rate && calendar_has(&e->calendar, task_entity(e, slot)))
        return;
    run_settle(e, slot);
    r->rate = rate;
    schedule(e, slot);
}

/* The tasks of a device as its law sees them, oldest first. */
static int list_guests(poise_env *e, int number)
{
    int n = 0;
    for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on) {
        const run *r = &e->run[e->place[p].task];
        const task *t = &e->task[e->place[p].task];
        const scenario_class *c = &e->s->classes[t->class_id];
        const scenario_group *sg = &e->s->group[t->group];
        e->guest[n] = (guest){
            .class_id = t->class_id,
            .weight = r->weight >= 0 ? r->weight : c->weight,
            .cap = c->cap > 0 ? c->cap : sg->params.cap,
            .speed = r->base,
            .left = r->left,
            .flop = c->flop / r->n_places,
            .byte = c->byte / r->n_places,
        };
        e->factor[n++] = 1;
    }
    return n;
}

/* What others on the device cost beyond the law: interference by class, memory that is not there,
 * a cap on the group's power. */
static void slow_down(poise_env *e, int number, int group, int n)
{
    const poise_scenario *s = e->s;
    const scenario_group *sg = &s->group[group];
    double all = e->group[group].speed * e->group[group].pace;
    if (sg->pressure == PRESSURE_SLOW && e->machine[number].used_bytes > sg->memory_bytes) {
        double part = (double)sg->memory_bytes / (double)e->machine[number].used_bytes;
        all *= part > sg->pressure_floor ? part : sg->pressure_floor;
    }
    for (int i = 0; i < n; i++) {
        e->factor[i] *= all;
        for (int k = 0; s->interference && k < n; k++)
            if (k != i)
                e->factor[i] *=
                    s->interference[e->guest[i].class_id * s->n_classes + e->guest[k].class_id];
    }
}

void run_pace_device(poise_env *e, int number, int group)
{
    const scenario_group *sg = &e->s->group[group];
    if (!e->group[group].fluid) {
        for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on)
            run_pace(e, e->place[p].task);
        return;
    }
    e->t.parts_stand = false;
    int n = list_guests(e, number);
    if (sg->law->factors)
        sg->law->factors(sg, n, e->guest, e->factor);
    slow_down(e, number, group, n);
    int i = 0;
    for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on)
        e->place[p].factor = e->factor[i++];
    for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on)
        run_pace(e, e->place[p].task);
}

void run_settle_device(poise_env *e, int number)
{
    for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on)
        run_settle(e, e->place[p].task);
}

/* ---- start and stop ---------------------------------------------------------------------- */

/* The task's full speed: stragglers among its devices keep the others waiting where they work in
 * step, and only themselves where they do not. */
static double full_speed(const poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    const scenario_class *c = &e->s->classes[t->class_id];
    const scenario_mode *m = run_mode(e, t, t->group, t->profile);
    double speed = m->speed;
    if (c->has_sync && c->sync.straggler.type) {
        double slowest = 1, sum = 0;
        for (int k = 0; k < m->devices; k++) {
            poise_rng r =
                poise_rng_at(e->t.seed, POISE_FOR_STRAGGLER, (uint32_t)k, (uint32_t)t->id);
            double slower = dist_draw(&c->sync.straggler, poise_rng_uniform(&r), &r);
            slowest = slower > slowest ? slower : slowest;
            sum += slower > 1 ? 1 / slower : 1;
        }
        if (c->sync.asynchronous)
            speed = m->alone_speed * sum / m->devices;
        else  // only the computing waits, not the all-reduce
            speed = 1 / (1 / speed + (slowest - 1) / m->alone_speed);
    }
    double interval = (double)c->checkpoint.interval_ns, cost = (double)c->checkpoint.cost_ns;
    return cost > 0 ? speed * (interval / (interval + cost)) : speed;
}

/* What it takes to set the task up before it makes progress. */
static int64_t set_up_ns(const poise_env *e, int slot)
{
    const run *r = &e->run[slot];
    const scenario_class *c = &e->s->classes[e->task[slot].class_id];
    if (r->fresh)
        return 0;
    return r->failed ? c->checkpoint.restart_ns : c->change.time_ns;
}

/* Wakes those of its devices that sleep; how long it takes until all are awake. */
static int64_t boot_ns(poise_env *e, int slot)
{
    const int group = e->task[slot].group;
    int64_t most = 0;
    if (!e->group[group].sleeps)
        return 0;
    for (int p = e->first_place + slot; p >= 0; p = e->place[p].next_of) {
        int number = e->place[p].device;
        if (e->machine[number].rest == REST_ASLEEP)
            sleep_wake(e, number, group);
        int64_t ns = sleep_delay_ns(e, number, group);
        most = ns > most ? ns : most;
    }
    return most;
}

static void record_start(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    if (is_heard(e))
        listen_task(e, slot, TURN_STARTS, POISE_IN_SERVICE);
    if (e->keeps_statistics && e->started_ns[slot] < 0)
        e->started_ns[slot] = e->t.now_ns;
    if (!e->keeps_records)
        return;
    poise_record *rec = &e->record[t->id];
    if (rec->started_ns < 0)
        rec->started_ns = e->t.now_ns;
    if (rec->dispatched_ns < 0)
        rec->dispatched_ns = e->t.now_ns;
    rec->group = t->group;
    rec->profile = t->profile;
    rec->device = t->device - e->group[t->group].first;
    rec->fate = POISE_IN_SERVICE;
}

/* Where memory in use is more than there is, the newest tasks on the device are killed until it is
 * not; they have to start again. */
static void relieve(poise_env *e, int number, int group)
{
    const scenario_group *sg = &e->s->group[group];
    if (sg->pressure != PRESSURE_KILL)
        return;
    while (e->machine[number].used_bytes > sg->memory_bytes) {
        int slot = e->place[e->machine[number].on_last].task;
        run_displace(e, slot, 0);
        e->run[slot].kept_ns = e->t.now_ns;
    }
}

void run_start(poise_env *e, int slot, int number)
{
    task *t = &e->task[slot];
    run *r = &e->run[slot];
    const scenario_mode *m = run_mode(e, t, t->group, t->profile);
    if (r->at_job >= 0 && number < 0)
        number = jobs_favourite(e, slot, t->group, t->profile);
    while (r->n_places < m->devices) {
        int victim = -1;
        int where = number >= 0 && r->n_places == 0 ? number : room_find(e, slot, &victim);
        assert(where >= 0);
        if (victim >= 0)
            run_displace(e, e->place[victim].task, run_kept_part(e, t));
        else
            place_take(e, slot, where);
    }
    if (e->set_words > 0)
        numbers_take(e, slot, plan_allows(e, slot));
    r->base = full_speed(e, slot);
    r->rate = -1;  // none yet
    r->began_ns = r->counted_ns = e->t.now_ns;
    r->safe = r->done;
    r->since_ns = later(later(e->t.now_ns, boot_ns(e, slot)), set_up_ns(e, slot));
    transfer_supply(e, slot);
    r->n_awaited = transfer_awaited(e, slot);
    r->kept_ns = e->t.now_ns;
    r->state = TASK_RUNNING;
    if (r->fresh && e->s->classes[t->class_id].killed_at_limit) {
        int64_t ns = service_ns(t->visible / m->speed);
        r->limit_ns = ns < 0 ? INT64_MAX : ns;  // beyond the longest time there is none
    }
    r->fresh = r->failed = false;
    record_start(e, slot);
    int group = t->group;
    if (!e->group[group].fluid)
        run_pace(e, slot);
    for (int p = e->first_place + slot; p >= 0 && e->group[group].fluid; p = e->place[p].next_of)
        run_pace_device(e, e->place[p].device, group);
    for (int p = e->first_place + slot; p >= 0 && r->n_places > 0; p = e->place[p].next_of)
        relieve(e, e->place[p].device, group);
}

void run_stop(poise_env *e, int slot)
{
    run *r = &e->run[slot];
    run_settle(e, slot);
    calendar_remove(&e->calendar, task_entity(e, slot));
    r->state = TASK_WAITING;
    r->used_ns += e->t.now_ns - r->began_ns;
    r->rate = 0;
    r->n_broken = 0;
    transfer_leave(e, slot);
    place_leave_all(e, slot);
    if (r->at_job >= 0 && e->job[r->at_job].graph->n_messages > 0)
        jobs_pace(e, r->at_job, -1, 0);
    dispatch_refresh(e, e->task[slot].group);
}

double run_kept_part(const poise_env *e, const task *t)
{
    if (e->s->decision.preempt == PREEMPT_RESTART)
        return 0;
    return 1 - e->s->classes[t->class_id].change.lost;
}

void run_lose(poise_env *e, int slot, double keeps)
{
    run *r = &e->run[slot];
    double lost = r->done * (1 - keeps);
    r->done -= lost;
    r->left += lost;
    e->t.lost_work += lost;
    if (e->keeps_records)
        e->more[e->task[slot].id].lost += lost;
}

void run_wait(poise_env *e, int slot)
{
    const run *r = &e->run[slot];
    if (r->dies && r->deadline_ns != INT64_MAX)
        calendar_set(&e->calendar, task_entity(e, slot), EVENT_KILL, r->deadline_ns);
}

void run_displace(poise_env *e, int slot, double keeps)
{
    task *t = &e->task[slot];
    run_stop(e, slot);
    if (is_heard(e))
        listen_task(e, slot, TURN_IS_DISPLACED, POISE_WAITING);
    run_lose(e, slot, keeps);
    e->run[slot].preemptions++;
    e->t.n_preemptions++;
    if (e->keeps_records) {
        e->more[t->id].preemptions++;
        e->record[t->id].fate = POISE_WAITING;
    }
    e->t.hash = hash_mix(e->t.hash, e->t.now_ns, (uint64_t)t->id << 2 | 1 << 30);
    window_return(e, slot);
    run_wait(e, slot);
    jobs_displaced(e, slot);
}

double run_visible_left(const poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    const run *r = &e->run[slot];
    double left = t->visible - r->done;
    if (r->state == TASK_RUNNING && e->t.now_ns > r->since_ns)
        left -= r->rate * seconds(e->t.now_ns - r->since_ns);
    return left > 0 ? left : 0;
}

double run_service_s(const poise_env *e, int slot, int group, int profile)
{
    const task *t = &e->task[slot];
    const run *r = &e->run[slot];
    bool stays = r->state == TASK_RUNNING && t->group == group && t->profile == profile;
    double s =
        run_visible_left(e, slot) * e->pace[scenario_cell(e->s, t->class_id, group, profile)];
    double ahead_s = r->since_ns > e->t.now_ns ? seconds(r->since_ns - e->t.now_ns) : 0;
    if (stays)
        return s + (r->n_flows > 0 ? fmax(ahead_s, transfer_left_s(e, slot)) : ahead_s);
    double data_s = transfer_expected_s(e, slot, group);
    if (r->at_job >= 0)
        data_s = fmax(data_s, jobs_data_s(e, slot, group, profile));
    return s + fmax(seconds(set_up_ns(e, slot)), data_s);
}
