/* env.c - the simulator's loop. Time goes from event to event; at an instant all that ends and all
 * that arrives is handled first, then candidates are listed; if any, a decision is due. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "state.h"

static void fail(poise_env *e, const char *why)
{
    snprintf(e->error, sizeof e->error, "%s", why);
    e->t.phase = POISE_FAILED;
}

/* ---- what the integrals need ------------------------------------------------------------- */

static int64_t in_system(const poise_env *e)
{
    return e->t.n_arrived - e->t.n_finished - e->t.n_dropped;
}

/* Brings all integrals over time up to `to`, which becomes now. */
static void pass_time(poise_env *e, int64_t to)
{
    tally *t = &e->t;
    int64_t dt = to - t->now_ns;
    integrate(&t->tasks_ns, in_system(e), dt);
    t->now_ns = to;
    if (e->s->weighs_tasks) {
        t->holding_s += t->holding * seconds(dt);
        t->slowdown_s += t->slowdown * seconds(dt);
    }
}

/* The task enters (sign 1) or leaves (-1) the sums over tasks, if a reward needs them. */
static void weigh(poise_env *e, const task *t, int sign)
{
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
}

/* ---- tasks ------------------------------------------------------------------------------- */

/* The tasks in the window stand from `at` on. */
static void move_window(poise_env *e, int at)
{
    memmove(&e->window[at], &e->window[e->t.window_at],
            (size_t)e->view.n_tasks * sizeof *e->window);
    e->t.window_at = at;
    e->view.task = e->window + at;
}

/* The task appears in the window, behind the others. */
static void show(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    const scenario_class *c = &e->s->classes[t->class_id];
    if (e->t.window_at + e->view.n_tasks == e->s->window + WINDOW_SPARE)
        move_window(e, 0);
    e->window[e->t.window_at + e->view.n_tasks++] = (poise_task){
        .id = t->id,
        .arrived_s = seconds(t->arrived_ns),
        .size = t->visible,
        .weight = c->weight,
        .memory_bytes = (double)t->memory_bytes,
        .best_s = t->visible * e->best_pace[t->class_id],
        .class_id = t->class_id,
        .priority = c->priority,
        .cores = t->cores,
        .slot = slot,
    };
}

/* The task joins those that wait: in the window, or behind it. */
static void join(poise_env *e, int slot)
{
    if (e->view.n_tasks < e->s->window) {
        show(e, slot);
        return;
    }
    e->task[slot].next = -1;
    if (e->view.n_beyond++ == 0)
        e->t.waiting_first = slot;
    else
        e->task[e->t.waiting_last].next = slot;
    e->t.waiting_last = slot;
}

/* Takes the task at `place` out of the window; the oldest one behind it moves in. */
static int leave(poise_env *e, int place)
{
    poise_task *seen = &e->window[e->t.window_at + place];
    int slot = seen->slot;
    int behind = --e->view.n_tasks - place;
    if (place == 0)
        e->view.task = e->window + ++e->t.window_at;
    else
        memmove(seen, seen + 1, (size_t)behind * sizeof *seen);
    if (e->view.n_beyond > 0) {
        int first = e->t.waiting_first;
        e->t.waiting_first = e->task[first].next;
        e->view.n_beyond--;
        show(e, first);
    }
    return slot;
}

static double visible_size(const poise_env *e, const arrival *a)
{
    double mean = e->s->space.mean_size[a->class_id];
    if (e->s->visible == SEE_MEAN && mean > 0)
        return mean;
    return e->s->visible == SEE_TRUE ? a->size : a->estimate;
}

static bool record_arrival(poise_env *e, const arrival *a, poise_fate fate)
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
    return true;
}

/* Tasks that devices could take at once do not count as waiting: where several arrive at an
 * instant, those that are to start wait for the decision only. */
static bool is_full(const poise_env *e, const arrival *a)
{
    int limit = e->s->queue_limit, waiting = e->view.n_tasks + e->view.n_beyond;
    return limit >= 0 && waiting >= limit && !dispatch_takes_more(e, a, waiting - limit);
}

/* The job its source has spoken of is here: it waits, or is dropped where the queue is full. */
static void admit(poise_env *e, int source)
{
    const arrival *a = &e->upcoming[source];
    tally *t = &e->t;
    if (e->s->warmup_jobs > 0 && t->n_arrived == e->s->warmup_jobs && t->now_ns >= e->s->warmup_ns)
        begin_measuring(e);
    uint64_t bits;
    memcpy(&bits, &a->size, sizeof bits);
    t->world_hash = hash_mix(t->world_hash, a->time_ns, bits + (uint64_t)a->class_id);
    bool full = is_full(e, a);
    if (!record_arrival(e, a, full ? POISE_DROPPED : POISE_WAITING)) {
        fail(e, "no memory for more task records");
        return;
    }
    int64_t id = t->n_arrived++;
    if (full) {
        t->n_dropped++;
        t->n_measured_dropped += id >= t->measure_job;
        t->hash = hash_mix(t->hash, t->now_ns, (uint64_t)id << 2 | 2);
        return;
    }
    if (t->n_free_first < 0) {
        if (!env_grow(e)) {
            fail(e, "the queue grew beyond all memory: is the system overloaded? "
                    "(queue.limit bounds it)");
            return;
        }
        a = &e->upcoming[source];  // where it lies has moved
    }
    int slot = t->n_free_first;
    task *k = &e->task[slot];
    t->n_free_first = k->next;
    *k = (task){
        .id = id,
        .arrived_ns = a->time_ns,
        .size = a->size,
        .visible = visible_size(e, a),
        .memory_bytes = a->memory_bytes,
        .cores = a->cores,
        .next = -1,
        .device = -1,
        .class_id = (int16_t)a->class_id,
        .group = -1,
    };
    weigh(e, k, 1);
    join(e, slot);
}

/* ---- events ------------------------------------------------------------------------------ */

/* Asks the source for its next job, if there is to be one. */
static void expect(poise_env *e, int source)
{
    const scenario_source *src = &e->s->source[source];
    arrival *a = &e->upcoming[source];
    if (src->type->next(e->s, src, e->source_state + e->source_at[source], a))
        calendar_set(&e->calendar, source, EVENT_ARRIVAL, a->time_ns);
    else
        calendar_remove(&e->calendar, source);
}

static void arrive(poise_env *e, int source)
{
    admit(e, source);
    if (e->s->end_jobs > 0 && e->t.n_arrived >= e->s->end_jobs)
        for (int i = 0; i < e->s->n_sources; i++)
            calendar_remove(&e->calendar, i);
    else
        expect(e, source);
}

static void finish(poise_env *e, int slot)
{
    tally *t = &e->t;
    task *k = &e->task[slot];
    calendar_remove(&e->calendar, task_entity(e, slot));
    t->n_finished++;
    t->n_measured_finished += k->id >= t->measure_job;
    t->hash = hash_mix(t->hash, t->now_ns, (uint64_t)k->id << 2 | 1);
    weigh(e, k, -1);
    if (e->keeps_records) {
        e->record[k->id].finished_ns = t->now_ns;
        e->record[k->id].fate = POISE_FINISHED;
    }
    if (!dispatch_finish(e, slot))
        fail(e, "a service would end beyond the longest time that can be simulated (9.2e9 s)");
    k->next = t->n_free_first;
    t->n_free_first = slot;
}

/* The end time is here, with work left or without. */
static void end(poise_env *e)
{
    bool done = e->calendar.n == 1 && in_system(e) == 0;
    e->t.phase = done ? POISE_TERMINATED : POISE_TRUNCATED;
}

static void handle(poise_env *e)
{
    int entity = calendar_entity(&e->calendar);
    switch ((event_kind)calendar_kind(&e->calendar)) {
    case EVENT_FINISH: finish(e, entity - task_entity(e, 0)); break;
    case EVENT_ARRIVAL: arrive(e, entity); break;
    case EVENT_WARM:
        calendar_remove(&e->calendar, entity);
        if (e->t.n_arrived > e->s->warmup_jobs || e->s->warmup_jobs == 0)
            begin_measuring(e);
        break;
    case EVENT_END: end(e); break;
    }
}

/* ---- decisions --------------------------------------------------------------------------- */

/* Lists what may be chosen now, in order of (task, group, profile); waiting comes last. */
static int list_candidates(poise_env *e)
{
    const int n_groups = e->s->n_groups;
    if (e->t.open_is_stale)
        dispatch_list_open(e);
    const int *open = e->open_groups;
    const int n_open = e->t.n_open;
    if (n_open == 0 || e->view.n_tasks == 0)
        return e->view.n_candidates = 0;
    const int n_tasks = e->view.n_tasks;
    const bool demand_matters = e->demand_matters;
    poise_candidate *candidate = e->candidate;
    int n = 0;
    for (int i = 0; i < n_tasks; i++) {
        const poise_task *seen = &e->view.task[i];
        const double *pace = e->pace + seen->class_id * n_groups;
        const double size = seen->size;
        for (int k = 0; k < n_open; k++) {
            int g = open[k];
            if (pace[g] > 0 && (!demand_matters || dispatch_fits(e, seen, g)))
                candidate[n++] = (poise_candidate){i, (int16_t)g, 0, POISE_START, size * pace[g]};
        }
    }
    if (n > 0 && e->s->may_wait && e->calendar.n > 0)
        e->candidate[n++] = (poise_candidate){POISE_WAIT, -1, 0, POISE_HOLD, 0};
    e->view.n_candidates = n;
    return n;
}

/* All work is done. An end time on its own is a horizon that idle devices live to see; beside a
 * number of jobs it is only a limit. */
static bool nothing_left(const poise_env *e)
{
    return e->calendar.n == 0 || (e->s->end_jobs > 0 && e->calendar.n == 1 && in_system(e) == 0 &&
                                  calendar_kind(&e->calendar) == EVENT_END);
}

/* Goes on to the next instant at which a decision is due, or to the end. */
static void advance(poise_env *e)
{
    e->view.n_candidates = 0;
    do {
        if (nothing_left(e)) {
            e->t.phase = POISE_TERMINATED;
            return;
        }
        pass_time(e, calendar_time(&e->calendar));
        do
            handle(e);
        while (e->t.phase == POISE_RUNNING && e->calendar.n > 0 &&
               calendar_time(&e->calendar) == e->t.now_ns);
    } while (e->t.phase == POISE_RUNNING && list_candidates(e) == 0);
}

/* The difference of two integrals; most fit into 64 bits, whose conversion is quicker. */
static double difference(__int128 now, __int128 before)
{
    __int128 d = now - before;
    int64_t low = (int64_t)d;
    return low == d ? (double)low : (double)d;
}

/* The weighted reward since the last decision. */
static double collect_reward(poise_env *e)
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
        r -= w[REWARD_ENERGY] * 1e-12 * difference(energy_mwns, t->last_energy_mwns);
        t->last_energy_mwns = energy_mwns;
    }
    return r;
}

/* Closes the step: what came of the choice, and a view that is up to date. */
static poise_outcome conclude(poise_env *e)
{
    tally *t = &e->t;
    poise_outcome o = {
        .reward = collect_reward(e),
        .elapsed_s = seconds(t->now_ns - t->last_ns),
        .phase = t->phase,
    };
    t->last_ns = t->now_ns;
    t->reward += o.reward;
    e->view.now_s = seconds(t->now_ns);
    e->view.n_system = (int)in_system(e);
    if (e->queueing)
        dispatch_refresh_view(e);
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
    e->keeps_records = true;
    e->view.n_tasks = e->view.n_beyond = 0;
    e->view.task = e->window;
    reset_slots(e);
    dispatch_reset(e);
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
    advance(e);
    return conclude(e);
}

bool poise_env_running(const poise_env *e)
{
    return e->t.phase == POISE_RUNNING;
}

const poise_view *poise_env_view(const poise_env *e)
{
    return &e->view;
}

poise_outcome poise_env_choose(poise_env *e, int candidate)
{
    assert(e->t.phase == POISE_RUNNING);
    assert(candidate >= 0 && candidate < e->view.n_candidates);
    poise_candidate c = e->candidate[candidate];
    e->t.n_decisions++;
    if (c.task == POISE_WAIT) {
        e->t.hash = hash_mix(e->t.hash, e->t.now_ns, 3);
        advance(e);
        return conclude(e);
    }
    int slot = leave(e, c.task);
    uint64_t where = (uint64_t)(uint16_t)c.group << 48 | (uint64_t)(uint16_t)c.profile << 32;
    e->t.hash = hash_mix(e->t.hash, e->t.now_ns, where ^ (uint64_t)e->task[slot].id << 2);
    if (!dispatch_task(e, slot, c.group))
        fail(e, "a service would end beyond the longest time that can be simulated (9.2e9 s)");
    else if (list_candidates(e) == 0)
        advance(e);
    return conclude(e);
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

poise_outcome poise_env_step(poise_env *e, const double *attention)
{
    assert(e->t.phase == POISE_RUNNING);
    int best = poise_argmax(attention, e->view.n_candidates);
    if (best >= 0)
        return poise_env_choose(e, best);
    fail(e, "the attention holds a NaN");
    return conclude(e);
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
