/* env.c - the simulator's loop. Time goes from event to event; at an instant all that ends and all
 * that arrives is handled first, then candidates are listed; if any, a decision is due. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compete.h"
#include "cost.h"
#include "det.h"
#include "invariants.h"
#include "jobs.h"
#include "monitor.h"
#include "outage.h"
#include "plan.h"
#include "transfer.h"
#include "window.h"

static void fail(poise_env *e, const char *why)
{
    snprintf(e->error, sizeof e->error, "%s", why);
    e->t.phase = POISE_FAILED;
}

/* ---- what the integrals need ------------------------------------------------------------- */

/* Brings all integrals over time up to `to`, which becomes now. */
static HOT void pass_time(poise_env *e, int64_t to, const bool runs)
{
    tally *t = &e->t;
    int64_t dt = to - t->now_ns;
    invariants_pass(e, dt);
    integrate(&t->tasks_ns, in_system(e), dt);
    if (runs && e->s->decision.average_ns > 0 && dt > 0)
        monitor_pass(e, dt);
    t->now_ns = to;
    if (e->s->weighs_tasks) {
        t->holding_s += t->holding * seconds(dt);
        t->slowdown_s += t->slowdown * seconds(dt);
    }
}

/* The task enters (sign 1) or leaves (-1) the sums over tasks, if a reward needs them. */
static HOT void weigh(poise_env *e, const task *t, int sign, const bool runs)
{
    if (runs && e->s->n_tenants > 0)
        compete_weigh(e, t, sign);
    if (!e->s->weighs_tasks)
        return;
    if (in_system(e) == 0) {
        e->t.holding = e->t.slowdown = 0;
        return;
    }
    e->t.holding += sign * e->s->classes[t->class_id].weight;
    double best_s = t->size * e->best_pace[t->class_id];
    if (best_s > 0)
        e->t.slowdown += sign / best_s;
}

/* The same for what only runs have. */
static void begin_measuring_runs(poise_env *e)
{
    tally *t = &e->t;
    t->warm_preemptions = t->n_preemptions;
    t->warm_failures = t->n_failures;
    t->warm_lost_work = t->lost_work;
    t->warm_moved_bytes = transfer_moved(e);
    t->warm_cost = cost_so_far(e);
    t->warm_carbon_g = carbon_so_far_g(e);
    t->memory_peak = 0;
    for (int g = 0; g < e->s->n_groups; g++) {
        const int64_t bytes = e->s->group[g].memory_bytes;
        e->warm_down_ns[g] = outage_down_ns(e, g);
        for (int d = 0; d < e->s->group[g].count && bytes != INT64_MAX; d++) {
            double of = (double)e->machine[e->group[g].first + d].used_bytes / (double)bytes;
            t->memory_peak = of > t->memory_peak ? of : t->memory_peak;
        }
    }
    for (int k = 0; k < e->s->n_tenants; k++)
        e->warm_held_ns[k] = room_held_ns(e, k);
}

/* From here on everything counts. */
static void begin_measuring(poise_env *e)
{
    tally *t = &e->t;
    t->measure_ns = t->now_ns;
    t->measure_job = t->n_arrived;
    t->n_measured_finished = t->n_measured_dropped = 0;
    t->warm_tasks_ns = t->tasks_ns;
    t->warm_energy_mwns = dispatch_energy_mwns(e);
    for (int g = 0; g < e->s->n_groups; g++)
        e->warm_busy_ns[g] = dispatch_busy_ns(e, g);
    if (e->s->has_runs)
        begin_measuring_runs(e);
}

/* ---- tasks ------------------------------------------------------------------------------- */

static double visible_size(const poise_env *e, const arrival *a)
{
    double mean = e->s->space.mean_size[a->class_id];
    if (e->s->visible == SEE_MEAN && mean > 0)
        return mean;
    return e->s->visible == SEE_TRUE ? a->size : a->estimate;
}

static int64_t deadline_ns(const poise_env *e, const arrival *a)
{
    const scenario_class *c = &e->s->classes[a->class_id];
    double s = 0;
    if (a->deadline_ns > 0)
        return a->time_ns + a->deadline_ns;
    if (c->deadline.type) {
        poise_rng r = poise_rng_at(e->t.seed, POISE_FOR_DEADLINE, 0, (uint32_t)e->t.n_arrived);
        s = dist_draw(&c->deadline, poise_rng_uniform(&r), &r);
    } else if (c->slack > 0) {
        s = c->slack * a->size * (c->graph ? c->graph->least_s : e->best_pace[a->class_id]);
    } else {
        return INT64_MAX;
    }
    int64_t ns = service_ns(s);
    return ns < 0 || ns > HORIZON_MAX_NS - a->time_ns ? INT64_MAX : a->time_ns + ns;
}

static HOT bool record_arrival(poise_env *e, const arrival *a, poise_fate fate, int64_t due_ns,
                               const bool runs)
{
    if (!e->keeps_records)
        return true;
    if (e->n_records == e->record_capacity && !env_grow_records(e))
        return false;
    e->record[e->n_records++] = (poise_record){
        .arrived_ns = a->time_ns,
        .dispatched_ns = -1,
        .started_ns = -1,
        .finished_ns = -1,
        .size = a->size,
        .class_id = (int16_t)a->class_id,
        .group = -1,
        .fate = (int16_t)fate,
        .device = -1,
        .cores = a->cores,
    };
    if (runs)
        e->more[e->n_records - 1] = (poise_record_more){
            .job = e->t.n_jobs,
            .ready_ns = a->time_ns,
            .deadline_ns = due_ns,
        };
    return true;
}

/* Tasks that devices could take at once do not count as waiting: where several arrive at an
 * instant, those that are to start wait for the decision only. */
static bool is_full(const poise_env *e, const arrival *a)
{
    int limit = e->s->queue_limit, waiting = e->view.n_tasks + e->view.n_beyond;
    return limit >= 0 && waiting >= limit && !dispatch_takes_more(e, a, waiting - limit);
}

/* The task that has just come, as its run begins. */
static void begin_run(poise_env *e, int slot, const arrival *a, int64_t due_ns, bool dies)
{
    e->run[slot] = (run){
        .left = a->size,
        .weight = -1,
        .kept_ns = -1,
        .limit_ns = INT64_MAX,
        .deadline_ns = due_ns,
        .ready_ns = a->time_ns,
        .job = e->t.n_jobs,
        .at_job = -1,
        .sent_to = -1,
        .holder = -1,
        .dies = dies,
        .state = TASK_WAITING,
        .fresh = true,
        .resources = a->resources,
    };
    e->place[e->first_place + slot].next_of = -1;
    run_wait(e, slot);
}

/* A free slot, -1 if there is no memory for more. */
static int take_slot(poise_env *e)
{
    if (e->t.n_free_first < 0 && !env_grow(e)) {
        fail(e, "the queue grew beyond all memory: is the system overloaded? "
                "(queue.limit bounds it)");
        return -1;
    }
    int slot = e->t.n_free_first;
    e->t.n_free_first = e->task[slot].next;
    return slot;
}

/* A task that never got a slot, or leaves it unfinished. */
static void count_unfinished(poise_env *e, int64_t id, poise_fate fate)
{
    tally *t = &e->t;
    bool measured = id >= t->measure_job;
    t->n_dropped++;
    invariants_leave(e);
    t->n_measured_dropped += measured;
    t->n_measured_rejected += measured && fate == POISE_REJECTED;
    t->n_measured_killed += measured && fate == POISE_KILLED;
    t->hash = hash_mix(t->hash, t->now_ns, (uint64_t)id << 2 | 2);
}

/* What the size of what arrives leaves in the hash of the world. */
static void mark_arrival(poise_env *e, const arrival *a)
{
    uint64_t bits;
    memcpy(&bits, &a->size, sizeof bits);
    e->t.world_hash = hash_mix(e->t.world_hash, a->time_ns, bits + (uint64_t)a->class_id);
}

/* The task takes the slot, to wait. */
static void enter(poise_env *e, int slot, int64_t id, int source, const arrival *a, double visible)
{
    e->task[slot] = (task){
        .id = id,
        .arrived_ns = a->time_ns,
        .size = a->size,
        .visible = visible,
        .memory_bytes = a->memory_bytes,
        .cores = a->cores,
        .next = -1,
        .device = -1,
        .class_id = (int16_t)a->class_id,
        .group = -1,
        .source = (int16_t)source,
        .user = a->user,
    };
}

/* A task arrives: it waits, or is dropped where the queue is full. False if it is gone again. */
static HOT bool admit(poise_env *e, int source, const bool runs)
{
    const arrival *a = &e->upcoming[source];
    tally *t = &e->t;
    mark_arrival(e, a);
    int64_t due_ns = runs ? deadline_ns(e, a) : INT64_MAX;
    bool full = is_full(e, a);
    if (!record_arrival(e, a, full ? POISE_DROPPED : POISE_WAITING, due_ns, runs)) {
        fail(e, "no memory for more task records");
        return true;
    }
    int64_t id = t->n_arrived++;
    invariants_enter(e);
    if (full) {
        count_unfinished(e, id, POISE_DROPPED);
        return false;
    }
    int slot = take_slot(e);
    if (slot < 0)
        return true;
    a = &e->upcoming[source];  // where it lies may have moved
    enter(e, slot, id, source, a, visible_size(e, a));
    if (runs)
        begin_run(e, slot, a, due_ns, e->s->classes[a->class_id].killed_when_late);
    weigh(e, &e->task[slot], 1, runs);
    window_join(e, slot, runs);
    return true;
}

/* ---- jobs that are graphs ----------------------------------------------------------------- */

/* A task of a job arrives with it, without a slot yet. */
static bool admit_task(poise_env *e, int number, int stage, poise_fate fate)
{
    const arrival a = jobs_arrival(e, number, stage);
    mark_arrival(e, &a);
    if (!record_arrival(e, &a, fate, e->job[number].due_ns, true))
        return false;
    if (e->keeps_records) {
        poise_record_more *more = &e->more[e->n_records - 1];
        more->stage = stage;
        if (!jobs_is_first(e, number, stage))
            more->ready_ns = -1;
    }
    int64_t id = e->t.n_arrived++;
    invariants_enter(e);
    if (fate == POISE_DROPPED)
        count_unfinished(e, id, fate);
    else
        weigh(e, &(task){.size = a.size, .class_id = (int16_t)a.class_id}, 1, true);
    return true;
}

/* A job arrives with all its tasks. False if it is gone again. */
static bool admit_job(poise_env *e, int source)
{
    const arrival *a = &e->upcoming[source];
    bool full = is_full(e, a);
    int number = jobs_begin(e, source, visible_size(e, a), deadline_ns(e, a));
    if (number < 0) {
        fail(e, "no memory for more jobs: is the system overloaded? (queue.limit bounds it)");
        return true;
    }
    int n = e->job[number].graph->n_nodes;
    for (int stage = 0; stage < n; stage++)
        if (!admit_task(e, number, stage, full ? POISE_DROPPED : POISE_WAITING)) {
            fail(e, "no memory for more task records");
            return true;
        }
    for (int stage = 0; stage < n && !full; stage++)
        if (jobs_is_first(e, number, stage))
            jobs_release(e, number, stage);
    if (full)
        jobs_end(e, number);
    return !full;
}

/* Tasks that what has happened has released take slots and wait. */
static void release_tasks(poise_env *e)
{
    for (int number, stage; jobs_next_released(e, &number, &stage);) {
        int slot = take_slot(e);
        if (slot < 0)
            return;
        const arrival a = jobs_arrival(e, number, stage);
        const job *j = &e->job[number];
        job_task *k = jobs_task(e, number, stage);
        enter(e, slot, j->first_id + stage, j->source, &a, k->visible);
        begin_run(e, slot, &a, j->due_ns, j->dies);
        e->run[slot].job = j->number;
        e->run[slot].at_job = number;
        e->run[slot].stage = stage;
        e->run[slot].ready_ns = e->t.now_ns;
        k->slot = slot;
        window_return(e, slot);
    }
}

/* ---- events ------------------------------------------------------------------------------ */

/* Asks the source for its next job, if there is to be one. */
static void expect(poise_env *e, int source)
{
    const scenario_source *src = &e->s->source[source];
    arrival *a = &e->upcoming[source];
    a->user = 0;
    a->deadline_ns = 0;
    a->resources = NULL;
    if (src->type->next(e->s, src, e->source_state + e->source_at[source], a))
        calendar_set(&e->calendar, source, EVENT_ARRIVAL, a->time_ns);
    else
        calendar_remove(&e->calendar, source);
}

/* No more jobs are to come. */
static bool all_came(const poise_env *e)
{
    return e->s->end_jobs > 0 && e->t.n_jobs >= e->s->end_jobs;
}

/* Tells the source that a job of it has left, if that is of interest there. */
static void tell_source(poise_env *e, int source, int user)
{
    const scenario_source *src = &e->s->source[source];
    void *state = e->source_state + e->source_at[source];
    if (!src->type->left)
        return;
    if (calendar_has(&e->calendar, source))
        src->type->put_back(e->s, src, state, &e->upcoming[source]);
    src->type->left(e->s, src, state, e->t.now_ns, user);
    if (!all_came(e))
        expect(e, source);
}

static HOT void arrive(poise_env *e, int source, const bool runs)
{
    tally *t = &e->t;
    if (e->s->warmup_jobs > 0 && t->n_jobs == e->s->warmup_jobs && t->now_ns >= e->s->warmup_ns)
        begin_measuring(e);
    int user = e->upcoming[source].user;
    bool is_graph = runs && e->most_stages > 0 && jobs_graph(e, e->upcoming[source].class_id);
    bool stays = is_graph ? admit_job(e, source) : admit(e, source, runs);
    t->n_jobs++;
    if (all_came(e))
        for (int i = 0; i < e->s->n_sources; i++)
            calendar_remove(&e->calendar, i);
    else
        expect(e, source);
    if (!stays && e->listens)
        tell_source(e, source, user);
}

static void leave_job(poise_env *e, int slot, poise_fate fate);

/* A task that leaves, or is done, after its deadline. */
static bool count_late(poise_env *e, int64_t id, int64_t due_ns, poise_fate fate)
{
    bool late = e->t.now_ns > due_ns || (fate == POISE_KILLED && e->t.now_ns == due_ns);
    e->t.n_late += late;
    e->t.n_measured_late += id >= e->t.measure_job && late;
    return late;
}

/* The task, which holds and waits for nothing any more, leaves the system. */
static HOT void depart(poise_env *e, int slot, poise_fate fate, const bool runs)
{
    tally *t = &e->t;
    task *k = &e->task[slot];
    bool measured = k->id >= t->measure_job;
    if (fate == POISE_FINISHED) {
        t->n_finished++;
        invariants_leave(e);
        t->n_measured_finished += measured;
        t->hash = hash_mix(t->hash, t->now_ns, (uint64_t)k->id << 2 | 1);
    } else {
        count_unfinished(e, k->id, fate);
    }
    weigh(e, k, -1, runs);
    if (e->keeps_records) {
        e->record[k->id].fate = (int16_t)fate;
        if (fate == POISE_FINISHED)
            e->record[k->id].finished_ns = t->now_ns;
    }
    if (runs) {
        bool late = count_late(e, k->id, e->run[slot].deadline_ns, fate);
        bool done = fate == POISE_FINISHED;
        double quality = done ? run_mode(e, k, k->group, k->profile)->quality : 0;
        t->quality += quality;
        if (runs && e->s->n_tenants > 0)
            compete_depart(e, k, fate, late, quality);
        if (!done)
            run_lose(e, slot, 0);
        invariants_work(e, slot, fate);
        e->run[slot].state = TASK_GONE;
    }
    k->next = t->n_free_first;
    t->n_free_first = slot;
    if (runs && e->run[slot].at_job >= 0)
        leave_job(e, slot, fate);
    else if (e->listens)
        tell_source(e, k->source, k->user);
}

static void beyond_horizon(poise_env *e)
{
    fail(e, "a service would end beyond the longest time that can be simulated (9.2e9 s)");
}

static HOT void finish(poise_env *e, int slot, const bool runs)
{
    calendar_remove(&e->calendar, task_entity(e, slot));
    bool fits = dispatch_finish(e, slot);
    depart(e, slot, POISE_FINISHED, runs);
    if (!fits)
        beyond_horizon(e);
}

/* The task no longer waits, or holds anything. */
static void take_out(poise_env *e, int slot)
{
    calendar_remove(&e->calendar, task_entity(e, slot));
    int group = e->task[slot].group;
    switch ((task_state)e->run[slot].state) {
    case TASK_RUNNING:
        run_stop(e, slot);
        dispatch_serve(e, group);
        break;
    case TASK_QUEUED: dispatch_unqueue(e, slot); break;
    case TASK_WAITING: window_remove(e, slot); break;
    case TASK_ASIDE:
    case TASK_BOOKED:
    case TASK_GONE: break;
    }
}

/* The task is at its limit or its deadline. */
static void kill(poise_env *e, int slot)
{
    take_out(e, slot);
    depart(e, slot, POISE_KILLED, true);
}

/* A task of the job has left unfinished: the others go, too. */
static void abandon_job(poise_env *e, int number, poise_fate fate)
{
    job *j = &e->job[number];
    j->dying = true;
    for (int stage = 0; stage < j->graph->n_nodes; stage++) {
        job_task *k = jobs_task(e, number, stage);
        if (k->done)
            continue;
        k->done = true;
        if (k->slot >= 0) {
            int slot = k->slot;
            take_out(e, slot);
            depart(e, slot, fate, true);
            continue;
        }
        int64_t id = j->first_id + stage;
        count_unfinished(e, id, fate);
        count_late(e, id, j->due_ns, fate);
        weigh(e, &(task){.size = k->size, .class_id = (int16_t)j->graph->node[stage].class_id}, -1,
              true);
        if (e->keeps_records)
            e->record[id].fate = (int16_t)fate;
    }
}

/* A task of a job has left; with the last one, the job has. */
static void leave_job(poise_env *e, int slot, poise_fate fate)
{
    int number = e->run[slot].at_job;
    job *j = &e->job[number];
    jobs_task(e, number, e->run[slot].stage)->slot = -1;
    if (j->dying)
        return;
    if (fate == POISE_FINISHED) {
        jobs_task_done(e, slot);
        if (--j->left > 0)
            return;
    } else {
        jobs_task(e, number, e->run[slot].stage)->done = true;
        abandon_job(e, number, fate);
    }
    int source = j->source, user = j->user;
    jobs_end(e, number);
    tell_source(e, source, user);
}

/* The task was put aside and is back. */
static void come_back(poise_env *e, int slot)
{
    calendar_remove(&e->calendar, task_entity(e, slot));
    e->run[slot].state = TASK_WAITING;
    window_return(e, slot);
    run_wait(e, slot);
}

/* The task starts as it was booked; if there is no room after all, it waits again. */
static void start_booked(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    calendar_remove(&e->calendar, task_entity(e, slot));
    e->run[slot].state = TASK_WAITING;
    if (room_for(e, slot, t->group, t->profile, false) != FITS_NOW)
        come_back(e, slot);
    else if (!dispatch_task(e, slot, t->group, t->profile))
        beyond_horizon(e);
}

/* A batch has waited long enough. */
static void batch_due(poise_env *e, int number)
{
    calendar_remove(&e->calendar, e->first_batch_entity + number);
    e->machine[number].batch_due = true;
    dispatch_serve(e, outage_group(e, number));
}

/* The end time is here, with work left or without. */
static void end(poise_env *e)
{
    bool done = in_system(e) == 0 && events_left(e) == 1;
    e->t.phase = done ? POISE_TERMINATED : POISE_TRUNCATED;
}

/* What only happens with runs. */
static void handle_run(poise_env *e, event_kind kind, int entity)
{
    switch (kind) {
    case EVENT_KILL: kill(e, entity - task_entity(e, 0)); break;
    case EVENT_TRANSFER: transfer_event(e); break;
    case EVENT_START: start_booked(e, entity - task_entity(e, 0)); break;
    case EVENT_RETURN: come_back(e, entity - task_entity(e, 0)); break;
    case EVENT_BATCH: batch_due(e, entity - e->first_batch_entity); break;
    case EVENT_TICK: background_remove(e, entity); break;
    case EVENT_FAIL: outage_begin(e, entity); break;
    case EVENT_REPAIR: outage_end(e, entity); break;
    case EVENT_REST: sleep_event(e, entity - e->first_rest_entity); break;
    case EVENT_PRICE: cost_change(e, entity); break;
    default: break;
    }
}

static HOT void handle(poise_env *e, const bool runs)
{
    int entity = calendar_entity(&e->calendar);
    event_kind kind = (event_kind)calendar_kind(&e->calendar);
    switch (kind) {
    case EVENT_FINISH: finish(e, entity - task_entity(e, 0), runs); break;
    case EVENT_ARRIVAL: arrive(e, entity, runs); break;
    case EVENT_WARM:
        calendar_remove(&e->calendar, entity);
        if (e->t.n_arrived > e->s->warmup_jobs || e->s->warmup_jobs == 0)
            begin_measuring(e);
        break;
    case EVENT_END: end(e); break;
    default:
        if (runs)
            handle_run(e, kind, entity);
    }
}

/* ---- decisions --------------------------------------------------------------------------- */

/* A tick is due at every multiple of the quantum while there is anything to decide about. */
static void set_tick(poise_env *e)
{
    int entity = timer_entity(e, TIMER_TICK);
    int64_t quantum = e->s->decision.quantum_ns;
    if (quantum > 0 && in_system(e) > 0 && !calendar_has(&e->calendar, entity))
        background_set(e, entity, EVENT_TICK, (e->t.now_ns / quantum + 1) * quantum);
}

/* What follows for transfers from what has been done at this instant. */
static void settle_transfers(poise_env *e)
{
    transfer_update(e);
    if (e->t.phase == POISE_RUNNING && e->t.beyond_horizon)
        beyond_horizon(e);
}

/* Goes on to the next instant at which a decision is due, or to the end. */
static HOT void advance(poise_env *e, const bool runs)
{
    e->view.n_candidates = 0;
    do {
        if (runs) {
            settle_transfers(e);
            set_tick(e);
        }
        if (e->t.phase == POISE_FAILED)
            return;
        if (nothing_left(e)) {
            e->t.phase = POISE_TERMINATED;
            return;
        }
        pass_time(e, calendar_time(&e->calendar), runs);
        do {
            handle(e, runs);
            if (runs && e->most_stages > 0)
                release_tasks(e);
        } while (e->t.phase == POISE_RUNNING && e->calendar.n > 0 &&
                 calendar_time(&e->calendar) == e->t.now_ns);
        if (e->t.phase == POISE_RUNNING && runs) {
            settle_transfers(e);
            plan_begin_pass(e);
        }
    } while (e->t.phase == POISE_RUNNING && candidates_list(e) == 0);
}

/* The difference of two integrals; most fit into 64 bits, whose conversion is quicker. */
static double difference(__int128 now, __int128 before)
{
    __int128 d = now - before;
    int64_t low = (int64_t)d;
    return low == d ? (double)low : (double)d;
}

/* The terms of the reward that only runs have. */
static double collect_more(poise_env *e)
{
    tally *t = &e->t;
    const double *w = e->s->reward_weight;
    double r = 0;
    if (w[REWARD_LATE] != 0) {
        r -= w[REWARD_LATE] * (double)(t->n_late - t->last_late);
        t->last_late = t->n_late;
    }
    if (w[REWARD_DROPPED] != 0) {
        r -= w[REWARD_DROPPED] * (double)(t->n_dropped - t->last_dropped);
        t->last_dropped = t->n_dropped;
    }
    if (w[REWARD_QUALITY] != 0) {
        r += w[REWARD_QUALITY] * (t->quality - t->last_quality);
        t->last_quality = t->quality;
    }
    if (w[REWARD_FAIRNESS] != 0 && e->s->n_tenants > 0) {
        double unfair_s = compete_unfairness_s(e);
        double lost = w[REWARD_FAIRNESS] * (unfair_s - t->last_unfair_s);
        t->last_unfair_s = unfair_s;
        t->common_reward -= lost;
        r -= lost;
    }
    if (w[REWARD_COST] != 0) {
        double cost = cost_so_far(e), paid = w[REWARD_COST] * (cost - t->last_cost);
        t->last_cost = cost;
        t->common_reward -= paid;
        r -= paid;
    }
    if (w[REWARD_CARBON] != 0) {
        double carbon_g = carbon_so_far_g(e);
        double burnt = w[REWARD_CARBON] * (carbon_g - t->last_carbon_g);
        t->last_carbon_g = carbon_g;
        t->common_reward -= burnt;
        r -= burnt;
    }
    return r;
}

/* The weighted reward since the last decision. */
static HOT double collect_reward(poise_env *e, const bool runs)
{
    tally *t = &e->t;
    const double *w = e->s->reward_weight;
    double r = 0;
    if (w[REWARD_FLOW] != 0) {
        r -= w[REWARD_FLOW] * 1e-9 * difference(t->tasks_ns, t->last_tasks_ns);
        t->last_tasks_ns = t->tasks_ns;
    }
    if (e->s->weighs_tasks) {
        r -= w[REWARD_HOLDING] * (t->holding_s - t->last_holding_s);
        r -= w[REWARD_SLOWDOWN] * (t->slowdown_s - t->last_slowdown_s);
        t->last_holding_s = t->holding_s;
        t->last_slowdown_s = t->slowdown_s;
    }
    if (w[REWARD_THROUGHPUT] != 0) {
        r += w[REWARD_THROUGHPUT] * (double)(t->n_finished - t->last_finished);
        t->last_finished = t->n_finished;
    }
    if (w[REWARD_ENERGY] != 0) {
        __int128 energy_mwns = dispatch_energy_mwns(e);
        double spent = w[REWARD_ENERGY] * 1e-12 * difference(energy_mwns, t->last_energy_mwns);
        t->last_energy_mwns = energy_mwns;
        t->common_reward -= spent;
        r -= spent;
    }
    if (runs)
        r += collect_more(e);
    return r;
}

/* Closes the step: what came of the choice, and a view that is up to date. */
static HOT poise_outcome conclude(poise_env *e, const bool runs)
{
    tally *t = &e->t;
    poise_outcome o = {
        .reward = collect_reward(e, runs),
        .elapsed_s = seconds(t->now_ns - t->last_ns),
        .phase = t->phase,
    };
    t->last_ns = t->now_ns;
    t->reward += o.reward;
    if (t->phase == POISE_TERMINATED || t->phase == POISE_TRUNCATED)
        invariants_end(e);
    e->view.now_s = seconds(t->now_ns);
    e->view.n_system = (int)in_system(e);
    if (e->queueing)
        dispatch_refresh_view(e);
    if (runs && e->sleeps)
        sleep_see(e);
    if (runs)
        monitor_see(e);
    if (t->phase != POISE_RUNNING)
        e->view.n_candidates = 0;
    return o;
}

/* ---- the public face --------------------------------------------------------------------- */

static void reset_slots(poise_env *e)
{
    e->t.n_free_first = -1;
    for (int i = e->capacity - 1; i >= 0; i--) {
        e->task[i].next = e->t.n_free_first;
        e->t.n_free_first = i;
        if (e->s->has_runs)
            e->run[i].state = TASK_GONE;
    }
    calendar_clear(&e->calendar, task_entity(e, e->capacity));
}

poise_outcome poise_env_reset(poise_env *e, uint64_t seed)
{
    const poise_scenario *s = e->s;
    e->t = (tally){.seed = seed, .measure_ns = -1, .phase = POISE_RUNNING};
    e->t.measure_job = INT64_MAX;
    e->t.hash = e->t.world_hash = seed;
    e->error[0] = '\0';
    e->n_records = 0;
    e->keeps_records = e->record_capacity > 0;
    e->view.n_tasks = e->view.n_beyond = e->view.n_running = 0;
    e->view.task = e->window;
    reset_slots(e);
    dispatch_reset(e);
    jobs_reset(e);
    transfer_reset(e);
    invariants_reset(e);
    cost_reset(e);
    if (e->fails)
        outage_reset(e);
    if (e->sleeps)
        sleep_reset(e);
    if (s->warmup_jobs == 0 && s->warmup_ns == 0)
        begin_measuring(e);
    if (s->warmup_ns > 0)
        calendar_set(&e->calendar, timer_entity(e, TIMER_WARM), EVENT_WARM, s->warmup_ns);
    if (s->end_ns > 0)
        calendar_set(&e->calendar, timer_entity(e, TIMER_END), EVENT_END, s->end_ns);
    for (int i = 0; i < s->n_sources; i++) {
        s->source[i].type->reset(s, &s->source[i], e->source_state + e->source_at[i], seed);
        expect(e, i);
    }
    if (s->has_runs)
        advance(e, true);
    else
        advance(e, false);
    return conclude(e, true);
}

bool poise_env_running(const poise_env *e)
{
    return e->t.phase == POISE_RUNNING;
}

const poise_view *poise_env_view(const poise_env *e)
{
    return &e->view;
}

/* The running task goes on in another group or under another profile. */
static void move(poise_env *e, int slot, int group, int profile)
{
    task *t = &e->task[slot];
    int before = t->group;
    run_stop(e, slot);
    run_lose(e, slot, run_kept_part(e, t));
    e->run[slot].preemptions++;
    e->t.n_preemptions++;
    if (e->keeps_records)
        e->more[t->id].preemptions++;
    dispatch_task(e, slot, group, profile);
    dispatch_serve(e, before);
}

static void put_aside(poise_env *e, int slot)
{
    int64_t until = e->t.now_ns + e->s->decision.defer_ns;
    e->run[slot].state = TASK_ASIDE;
    if (until >= e->run[slot].deadline_ns && e->run[slot].dies)
        return;  // it will not come back
    calendar_set(&e->calendar, task_entity(e, slot), EVENT_RETURN, until);
}

/* Does what the candidate says; false if nothing more is to be decided at this instant. */
static HOT bool act(poise_env *e, poise_candidate c, const bool runs)
{
    int slot = c.task >= 0 ? e->view.task[c.task].slot : -1;
    if (!runs && slot < 0)
        return false;
    switch (runs ? (poise_act)c.act : POISE_START) {
    case POISE_START:
        window_leave(e, c.task, runs);
        if (!dispatch_task(e, slot, c.group, c.profile))
            beyond_horizon(e);
        else if (runs && (e->t.n_booked > 0 || e->s->decision.lookahead_ns > 0))
            plan_note_start(e, slot);
        break;
    case POISE_BOOK:
        if (!plan_book(e, slot, c.group, c.profile))
            window_leave(e, c.task, runs);
        break;
    case POISE_KEEP: e->run[slot].kept_ns = e->t.now_ns; break;
    case POISE_MOVE: move(e, slot, c.group, c.profile); break;
    case POISE_SUSPEND:
        run_displace(e, slot, run_kept_part(e, &e->task[slot]));
        e->run[slot].kept_ns = e->t.now_ns;
        dispatch_serve(e, e->task[slot].group);
        break;
    case POISE_REJECT:
        window_leave(e, c.task, runs);
        calendar_remove(&e->calendar, task_entity(e, slot));
        depart(e, slot, POISE_REJECTED, runs);
        break;
    case POISE_DEFER:
        window_leave(e, c.task, runs);
        put_aside(e, slot);
        break;
    case POISE_SLEEP: sleep_begin(e, sleep_candidate(e, c.group, POISE_SLEEP), c.group); break;
    case POISE_WAKE: sleep_wake(e, sleep_candidate(e, c.group, POISE_WAKE), c.group); break;
    default: return false;
    }
    return true;
}

/* What a choice leaves in the hash. */
static uint64_t choice_mark(const poise_env *e, poise_candidate c)
{
    if (c.act == POISE_HOLD)
        return 3;
    uint64_t where = (uint64_t)(uint16_t)c.group << 48 | (uint64_t)(uint8_t)c.profile << 32;
    if (c.act != POISE_START)
        where ^= (uint64_t)c.act << 40;
    return c.task == POISE_WAIT ? where : where ^ (uint64_t)e->view.task[c.task].id << 2;
}

static HOT poise_outcome choose(poise_env *e, int candidate, const bool runs)
{
    poise_candidate c = e->candidate[candidate];
    e->t.n_decisions++;
    e->t.hash = hash_mix(e->t.hash, e->t.now_ns, choice_mark(e, c));
    bool goes_on = act(e, c, runs);
    if (runs && e->most_stages > 0)
        release_tasks(e);
    if (e->t.phase == POISE_RUNNING && (!goes_on || candidates_list(e) == 0))
        advance(e, runs);
    return conclude(e, runs);
}

/* The same, compiled for scenarios with runs and for those without. */
static poise_outcome choose_any(poise_env *e, int candidate)
{
    if (e->s->has_runs)
        return choose(e, candidate, true);
    return choose(e, candidate, false);
}

/* Notes how much attention the running tasks have where they are, so that those with the least go
 * first where others need room; NULL: all the same. */
static void note_attention(poise_env *e, const double *attention)
{
    if (e->s->decision.preempt == PREEMPT_NONE)
        return;
    for (int i = 0; i < e->view.n_candidates; i++)
        if (e->candidate[i].act == POISE_KEEP)
            e->run[e->view.task[e->candidate[i].task].slot].attention =
                attention ? attention[i] : 0;
}

/* Divides what there is: weights as they are, or the exponentials of attention. False if one is
 * not a weight. */
static bool divide(poise_env *e, const double *attention)
{
    const int n = e->view.n_candidates;
    double most = attention[poise_argmax(attention, n)];
    uint64_t bits;
    for (int i = 0; i < n; i++) {
        const poise_candidate *c = &e->candidate[i];
        double w = e->s->decision.weights ? attention[i] : det_exp(attention[i] - most);
        if (!(w >= 0) || isinf(w))
            return false;
        memcpy(&bits, &w, sizeof bits);
        e->t.hash = hash_mix(e->t.hash, e->t.now_ns, bits);
        if (c->task >= 0)
            e->run[e->view.task[c->task].slot].weight = w;
    }
    for (int g = 0; g < e->s->n_groups; g++)
        for (int d = 0; d < e->s->group[g].count; d++)
            if (e->machine[e->group[g].first + d].on_first >= 0)
                run_pace_device(e, e->group[g].first + d, g);
    return true;
}

static poise_outcome share(poise_env *e, const double *attention)
{
    e->t.n_decisions++;
    if (!divide(e, attention))
        fail(e, "a weight is negative or infinite");
    else
        advance(e, true);
    return conclude(e, true);
}

/* Among equals, a running task stays where it is. */
static int prefer_running(const poise_env *e, const double *attention, int best)
{
    for (int c = best; e->view.n_running > 0 && c < e->view.n_candidates; c++)
        if (attention[c] == attention[best] && e->candidate[c].act == POISE_KEEP)
            return c;
    return best;
}

poise_outcome poise_env_choose(poise_env *e, int candidate)
{
    assert(e->t.phase == POISE_RUNNING);
    assert(candidate >= 0 && candidate < e->view.n_candidates);
    if (e->s->decision.mode == MODE_SHARE) {
        for (int i = 0; i < e->view.n_candidates; i++)
            e->all_to_one[i] = e->s->decision.weights ? i == candidate : i == candidate ? 0 : -1e9;
        return share(e, e->all_to_one);
    }
    note_attention(e, NULL);
    return choose_any(e, candidate);
}

int poise_argmax(const double *attention, int n)
{
    /* Two maxima side by side, then the first that equals the larger: no branch to mispredict. */
    double even = attention[0], odd = attention[0];
    bool is_nan = isnan(attention[0]);
    int i = 1;
    for (; i + 1 < n; i += 2) {
        is_nan |= isunordered(attention[i], attention[i + 1]) != 0;
        even = attention[i] > even ? attention[i] : even;
        odd = attention[i + 1] > odd ? attention[i + 1] : odd;
    }
    double most = even > odd ? even : odd;
    if (i < n) {
        is_nan |= isnan(attention[i]) != 0;
        most = attention[i] > most ? attention[i] : most;
    }
    int best = 0;
    for (int k = n - 1; k >= 0; k--)
        best = attention[k] == most ? k : best;
    return is_nan ? -1 : best;
}

poise_outcome env_choose_noted(poise_env *e, int candidate)
{
    if (candidate >= 0)
        return choose(e, candidate, true);
    fail(e, "the attention holds a NaN");
    return conclude(e, true);
}

poise_outcome poise_env_step(poise_env *e, const double *attention)
{
    assert(e->t.phase == POISE_RUNNING);
    int best = poise_argmax(attention, e->view.n_candidates);
    if (best < 0) {
        fail(e, "the attention holds a NaN");
        return conclude(e, true);
    }
    if (e->s->decision.mode == MODE_SHARE)
        return share(e, attention);
    note_attention(e, attention);
    return choose_any(e, prefer_running(e, attention, best));
}

const char *poise_env_error(const poise_env *e)
{
    return e->error;
}

uint64_t poise_env_hash(const poise_env *e)
{
    return e->t.hash;
}

uint64_t poise_env_world_hash(const poise_env *e)
{
    return e->t.world_hash;
}
