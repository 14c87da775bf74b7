/* env_tasks.h - tasks from their arrival to their end, and the jobs they make up. A part of env.c,
 * compiled in place there. */
#ifndef POISE_ENV_TASKS_H
#define POISE_ENV_TASKS_H

#include <string.h>

#include "det.h"
#include "env_ledger.h"
#include "jobs.h"
#include "window.h"

static double visible_size(const poise_env *e, const arrival *a)
{
    double mean = e->s->space.mean_size[a->class_id];
    if (e->s->visible == SEE_MEAN && mean > 0)
        return mean;
    return e->s->visible == SEE_TRUE ? a->size : a->estimate;
}

/* When the job, of which agents see so much, is due. Slack is of what they see: a deadline that
 * gave away the size would make hiding it vain. */
static int64_t deadline_ns(const poise_env *e, const arrival *a, double visible)
{
    const scenario_class *c = &e->s->classes[a->class_id];
    double s = 0;
    if (a->deadline_ns > 0)
        return a->deadline_ns > HORIZON_MAX_NS - a->time_ns ? INT64_MAX
                                                            : a->time_ns + a->deadline_ns;
    if (c->deadline.type) {
        poise_rng r = poise_rng_at(e->t.seed, POISE_FOR_DEADLINE, 0, (uint32_t)e->t.n_arrived);
        s = dist_draw(&c->deadline, poise_rng_uniform(&r), &r);
    } else if (c->slack > 0) {
        s = c->slack * visible * (c->graph ? c->graph->least_s : e->best_pace[a->class_id]);
    } else {
        return INT64_MAX;
    }
    int64_t ns = service_ns(s);
    return ns < 0 || ns > HORIZON_MAX_NS - a->time_ns ? INT64_MAX : a->time_ns + ns;
}

/* Without records: a task that arrives, or leaves unfinished or never having had a slot. */
static COLD void count_arrival(poise_env *e, const arrival *a, poise_fate fate)
{
    poise_statistics *st = e->statistics;
    int tenant = e->s->classes[a->class_id].tenant;
    if (e->t.n_arrived < e->t.measure_job)
        return;
    if (e->t.n_arrived == e->t.measure_job)
        st->first_ns = a->time_ns;
    if (tenant >= 0) {
        st->tenant[tenant].arrived++;
        st->tenant[tenant].dropped += fate == POISE_DROPPED;
    }
    if (st->series && fate == POISE_DROPPED)
        batches_add_gone(st->series, e->t.n_arrived - e->t.measure_job);
}

static COLD void count_drop(poise_env *e, int64_t id, int class_id)
{
    int tenant = e->s->classes[class_id].tenant;
    if (id < e->t.measure_job)
        return;
    if (tenant >= 0)
        e->statistics->tenant[tenant].dropped++;
    if (e->statistics->series)
        batches_add_gone(e->statistics->series, id - e->t.measure_job);
}

/* Without records: a task that is done. */
static COLD void count_finish(poise_env *e, int slot, const bool runs)
{
    const task *k = &e->task[slot];
    const scenario_class *c = &e->s->classes[k->class_id];
    poise_statistics *st = e->statistics;
    if (k->id < e->t.measure_job)
        return;
    statistics_add_task(
        st,
        &(finished_task){
            .arrived_ns = k->arrived_ns,
            .started_ns = e->started_ns[slot],
            .finished_ns = e->t.now_ns,
            .size = k->size,
            .quality = e->s->mode[scenario_cell(e->s, k->class_id, k->group, k->profile)].quality,
            .class_id = k->class_id,
        });
    if (st->series)
        batches_add(st->series, k->id - e->t.measure_job,
                    (e->s->steady.waits ? e->started_ns[slot] : e->t.now_ns) - k->arrived_ns);
    if (e->most_stages > 0 && e->run[slot].at_job < 0)
        statistics_add_job(st, e->t.now_ns - k->arrived_ns);
    if (c->tenant >= 0) {
        tenant_statistics *t = &st->tenant[c->tenant];
        t->finished++;
        t->late += runs && e->t.now_ns > e->run[slot].deadline_ns;
        t->response_ns += e->t.now_ns - k->arrived_ns;
        t->least_s += k->size / st->best_speed[k->class_id];
    }
}

static HOT bool record_arrival(poise_env *e, const arrival *a, poise_fate fate, int64_t due_ns,
                               const bool runs)
{
    if (!e->keeps_records) {
        if (e->keeps_statistics)
            count_arrival(e, a, fate);
        return true;
    }
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
    if (e->keeps_statistics)
        e->started_ns[slot] = -1;
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
    const double visible = visible_size(e, a);
    int64_t due_ns = runs ? deadline_ns(e, a, visible) : INT64_MAX;
    bool full = is_full(e, a);
    if (!record_arrival(e, a, full ? POISE_DROPPED : POISE_WAITING, due_ns, runs)) {
        fail(e, "no memory for more task records");
        return true;
    }
    int64_t id = t->n_arrived++;
    invariants_enter(e);
    if (full) {
        if (is_heard(e))
            listen_gone(e, id, a->class_id, POISE_DROPPED);
        count_unfinished(e, id, POISE_DROPPED);
        return false;
    }
    int slot = take_slot(e);
    if (slot < 0)
        return true;
    a = &e->upcoming[source];  // where it lies may have moved
    enter(e, slot, id, source, a, visible);
    if (runs)
        begin_run(e, slot, a, due_ns, e->s->classes[a->class_id].killed_when_late);
    weigh(e, &e->task[slot], 1, runs);
    window_join(e, slot, runs);
    return true;
}

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
    if (fate == POISE_DROPPED && is_heard(e))
        listen_gone(e, id, a.class_id, fate);
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
    const double visible = visible_size(e, a);
    int number = jobs_begin(e, source, visible, deadline_ns(e, a, visible));
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

/* The task was put aside and is back. */
static void come_back(poise_env *e, int slot)
{
    calendar_remove(&e->calendar, task_entity(e, slot));
    e->run[slot].state = TASK_WAITING;
    window_return(e, slot);
    run_wait(e, slot);
}

/* Tasks that what has happened has released take slots and wait. */
static void release_tasks(poise_env *e)
{
    jobs_take_back(e);
    for (int number, stage; jobs_next_released(e, &number, &stage);) {
        const job_task *known = jobs_task(e, number, stage);
        if (known->to_place > 0)
            continue;  // what it comes after has lost its place since
        if (known->slot >= 0) {
            come_back(e, known->slot);
            continue;
        }
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

/* Asks the source for its next job, if there is to be one. */
static void expect(poise_env *e, int source)
{
    const scenario_source *src = &e->s->source[source];
    arrival *a = &e->upcoming[source];
    a->user = 0;
    a->deadline_ns = 0;
    a->resources = NULL;
    if (src->type->next(e->s, src, e->source_state + e->source_at[source], a) &&
        (src->stop_ns == 0 || a->time_ns < src->stop_ns))
        calendar_set(&e->calendar, source, e->s->decision.one_by_one ? EVENT_FIRST : EVENT_ARRIVAL,
                     a->time_ns);
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
    if (is_heard(e))
        listen_job(e, source);
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
    if (is_heard(e))
        listen_task(e, slot, TURN_LEAVES, fate);
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
    } else if (e->keeps_statistics) {
        if (fate == POISE_FINISHED)
            count_finish(e, slot, runs);
        else
            count_drop(e, k->id, k->class_id);
    }
    if (runs) {
        bool late = count_late(e, k->id, e->run[slot].deadline_ns, fate);
        bool done = fate == POISE_FINISHED;
        double quality = done ? run_mode(e, k, k->group, k->profile)->quality : 0;
        t->quality += quality;
        if (e->s->n_tenants > 0)
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
        if (is_heard(e))
            listen_gone(e, id, j->graph->node[stage].class_id, fate);
        count_unfinished(e, id, fate);
        count_late(e, id, j->due_ns, fate);
        weigh(e, &(task){.size = k->size, .class_id = (int16_t)j->graph->node[stage].class_id}, -1,
              true);
        if (e->keeps_records)
            e->record[id].fate = (int16_t)fate;
        else if (e->keeps_statistics)
            count_drop(e, id, j->graph->node[stage].class_id);
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
        if (e->keeps_statistics && j->first_id >= e->t.measure_job)
            statistics_add_job(e->statistics, e->t.now_ns - j->arrived_ns);
    } else {
        jobs_task(e, number, e->run[slot].stage)->done = true;
        abandon_job(e, number, fate);
    }
    int source = j->source, user = j->user;
    jobs_end(e, number);
    tell_source(e, source, user);
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

#endif
