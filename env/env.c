/* env.c - the simulator's loop. Time goes from event to event; at an instant all that ends and all
 * that arrives is handled first, then candidates are listed; if any, a decision is due. What
 * happens to tasks is env_tasks.h, what a choice does env_acts.h, what is summed up env_ledger.h.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compete.h"
#include "cost.h"
#include "det.h"
#include "env_acts.h"
#include "invariants.h"
#include "jobs.h"
#include "monitor.h"
#include "outage.h"
#include "plan.h"
#include "transfer.h"
#include "window.h"

/* ---- events ------------------------------------------------------------------------------ */

/* The end time is here, with work left or without. */
static void end(poise_env *e)
{
    bool done = in_system(e) == 0 && events_left(e) == 1;
    e->t.phase = done ? POISE_TERMINATED : POISE_TRUNCATED;
}

/* A multiple of the quantum. */
static void tick(poise_env *e, int entity)
{
    background_remove(e, entity);
    e->t.parts_stand = false;
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
    case EVENT_TICK: tick(e, entity); break;
    case EVENT_FAIL: outage_begin(e, entity); break;
    case EVENT_REPAIR: outage_end(e, entity); break;
    case EVENT_REST: sleep_event(e, entity - e->first_rest_entity); break;
    case EVENT_PRICE: cost_change(e, entity); break;
    case EVENT_PACE: pace_change(e); break;
    default: break;
    }
}

static HOT void handle(poise_env *e, const bool runs)
{
    int entity = calendar_entity(&e->calendar);
    event_kind kind = (event_kind)calendar_kind(&e->calendar);
    switch (kind) {
    case EVENT_FINISH: finish(e, entity - task_entity(e, 0), runs); break;
    case EVENT_FIRST:
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
    if (quantum == 0 || in_system(e) == 0 || calendar_has(&e->calendar, entity))
        return;
    int64_t last = e->t.now_ns / quantum * quantum;
    if (quantum <= HORIZON_MAX_NS - last)
        background_set(e, entity, EVENT_TICK, last + quantum);
}

/* What follows for transfers from what has been done at this instant. */
static void settle_transfers(poise_env *e)
{
    transfer_update(e);
    if (e->t.phase == POISE_RUNNING && e->t.beyond_horizon)
        beyond_horizon(e);
}

/* Whether a task goes on though nothing is to come: where tasks share, one that would end beyond
 * the longest time there is has no end until others leave it more. */
static bool goes_beyond(const poise_env *e)
{
    for (int slot = 0; slot < e->capacity && in_system(e) > 0; slot++)
        if (e->run[slot].state == TASK_RUNNING && e->run[slot].rate > 0)
            return true;
    return false;
}

enum { ASK_EVERY = 4096 };  // instants without a decision

/* Whether whoever is asked says that it is enough. */
static COLD bool is_to_stop(poise_env *e)
{
    if (!e->stop || !e->stop(e->stop_data))
        return false;
    fail(e, "interrupted");
    return true;
}

/* Goes on to the next instant at which a decision is due, or to the end. */
static HOT void advance(poise_env *e, const bool runs)
{
    const bool one = runs && e->s->decision.one_by_one;
    uint32_t n_instants = 0;
    e->view.n_candidates = 0;
    do {
        if (runs) {
            settle_transfers(e);
            if (e->t.phase == POISE_FAILED)
                return;
            set_tick(e);
        }
        if (nothing_left(e)) {
            e->t.phase = POISE_TERMINATED;
            if (runs && goes_beyond(e))
                beyond_horizon(e);
            return;
        }
        if (++n_instants % ASK_EVERY == 0 && is_to_stop(e))
            return;
        pass_time(e, calendar_time(&e->calendar), runs);
        do {
            handle(e, runs);
            if (runs && e->most_stages > 0)
                release_tasks(e);
        } while (!one && e->t.phase == POISE_RUNNING && e->calendar.n > 0 &&
                 calendar_time(&e->calendar) == e->t.now_ns);
        if (e->t.phase == POISE_RUNNING && runs) {
            settle_transfers(e);
            plan_begin_pass(e);
        }
    } while (e->t.phase == POISE_RUNNING && candidates_list(e) == 0);
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
    if (t->phase != POISE_RUNNING) {
        e->view.n_candidates = 0;
        if (runs && e->s->has_runs)
            window_show_running(e);
    }
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
    e->t.recovery.next_ns = INT64_MAX;
    e->t.measure_job = INT64_MAX;
    e->t.hash = e->t.world_hash = seed;
    e->error[0] = '\0';
    e->n_records = 0;
    e->keeps_records = e->record_capacity > 0;
    e->keeps_statistics = e->statistics != NULL;
    if (e->keeps_statistics)
        statistics_clear(e->statistics, s);
    e->view.n_tasks = e->view.n_beyond = e->view.n_running = 0;
    e->view.task = e->window;
    reset_slots(e);
    dispatch_reset(e);
    jobs_reset(e);
    transfer_reset(e);
    invariants_reset(e);
    cost_reset(e);
    pace_reset(e);
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

void poise_env_ask(poise_env *e, bool (*stop)(const void *data), const void *data)
{
    e->stop = stop;
    e->stop_data = data;
}

const poise_view *poise_env_view(const poise_env *e)
{
    return &e->view;
}

static HOT poise_outcome choose(poise_env *e, int candidate, const bool runs)
{
    poise_candidate c = e->candidate[candidate];
    if (is_heard(e))
        listen_choice(e, &e->candidate[candidate]);
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

static poise_outcome share(poise_env *e, const double *attention)
{
    if (is_heard(e))
        listen_choice(e, NULL);
    e->t.n_decisions++;
    if (!divide(e, attention))
        fail(e, "a weight is negative or infinite");
    else
        advance(e, true);
    return conclude(e, true);
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
    if (is_heard(e))
        listen_attention(e, &e->view, attention);
    if (e->s->decision.mode == MODE_SHARE)
        return share(e, attention);
    note_attention(e, attention);
    return choose_any(e, prefer_running(e, attention, best));
}

void env_expect(poise_env *e, int source)
{
    expect(e, source);
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
