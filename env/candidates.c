/* candidates.c - what may be chosen now, in order of (task, group, profile). */
#include "outage.h"
#include "plan.h"
#include "window.h"

static void add(poise_env *e, int *n, poise_candidate c)
{
    e->candidate[(*n)++] = c;
}

/* ---- tasks that run at one speed from start to end ---------------------------------------- */

static int list_starts(poise_env *e)
{
    const int n_groups = e->s->n_groups;
    const int *open = e->open_groups;
    const int n_open = e->t.n_open;
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
    return n;
}

/* ---- all others -------------------------------------------------------------------------- */

/* Whether a device's own queue in the group takes one more. */
static bool may_queue(const poise_env *e, int group)
{
    const scenario_group *sg = &e->s->group[group];
    if (!e->group[group].queueing)
        return false;
    for (int d = e->group[group].first; d < e->group[group].first + sg->count; d++)
        if (sg->law->queues(sg, &e->device[d]) && machine_takes(&e->machine[d]))
            return true;
    return false;
}

/* Whether the task may be sent to the group under the profile now. */
static bool may_start(const poise_env *e, int slot, int group, int profile, bool displaces)
{
    if (!displaces && !e->group[group].takes)
        return false;
    if (!e->s->group[group].law->batch && room_for(e, slot, group, profile, displaces) != FITS_NOT)
        return true;
    return may_queue(e, group) && room_in_quota(e, slot, group, profile);
}

/* Whether the running task may go on there; where batches form it goes through a queue, too. */
static bool may_move(const poise_env *e, int slot, int group, int profile)
{
    if (!e->s->group[group].law->batch)
        return room_to_move(e, slot, group, profile);
    return may_queue(e, group) && room_in_quota(e, slot, group, profile);
}

/* Events to come. That of transfers is set when time passes, and may yet be of some that have
 * ended. */
static int n_to_come(const poise_env *e)
{
    bool stands = e->s->has_network && calendar_has(&e->calendar, e->transfer_entity);
    return e->calendar.n - stands + (e->network.t.n > 0);
}

/* Whether a waiting task has had its turn at this instant. Where nothing else is to come but the
 * end there is no other instant: the last task that was put back may start again. */
static bool had_turn(const poise_env *e, int slot)
{
    int end = calendar_has(&e->calendar, timer_entity(e, TIMER_END));
    return e->run[slot].kept_ns == e->t.now_ns && n_to_come(e) > end;
}

/* What may be done with a waiting task. Returns whether any of it is more than to stay as it is. */
static void list_waiting(poise_env *e, int i, int *n)
{
    const scenario_decision *d = &e->s->decision;
    const poise_task *seen = &e->view.task[i];
    const bool displaces = d->preempt != PREEMPT_NONE;
    const bool plans = e->plan_capacity > 0;
    const int slot = seen->slot;
    if (had_turn(e, slot))
        return;
    for (int g = 0; g < e->s->n_groups; g++)
        for (int p = 0; p < e->s->n_profiles; p++) {
            if (!(e->pace[scenario_cell(e->s, seen->class_id, g, p)] > 0))
                continue;
            int act = plans                                 ? plan_offer(e, slot, g, p)
                      : may_start(e, slot, g, p, displaces) ? POISE_START
                                                            : -1;
            if (act >= 0)
                add(e, n,
                    (poise_candidate){i, (int16_t)g, (int8_t)p, (int8_t)act,
                                      run_service_s(e, slot, g, p)});
        }
    if (d->reject)
        add(e, n, (poise_candidate){i, -1, 0, POISE_REJECT, 0});
    if (d->defer_ns > 0 && d->defer_ns <= HORIZON_MAX_NS - e->t.now_ns)
        add(e, n, (poise_candidate){i, -1, 0, POISE_DEFER, 0});
}

/* What may be done with a running task; returns whether any of it changes something. */
static bool list_running(poise_env *e, int i, int *n)
{
    const scenario_decision *d = &e->s->decision;
    const poise_task *seen = &e->view.task[i];
    const int slot = seen->slot;
    bool changes = d->suspend;
    if (e->run[slot].kept_ns == e->t.now_ns)
        return false;
    for (int g = 0; g < e->s->n_groups; g++)
        for (int p = 0; p < e->s->n_profiles; p++) {
            bool stays = g == seen->group && p == seen->profile;
            bool may =
                stays || ((g == seen->group || d->migrate) && (p == seen->profile || d->rescale));
            if (!may || !(e->pace[scenario_cell(e->s, seen->class_id, g, p)] > 0) ||
                (!stays && !may_move(e, slot, g, p)))
                continue;
            changes |= !stays;
            add(e, n,
                (poise_candidate){i, (int16_t)g, (int8_t)p, stays ? POISE_KEEP : POISE_MOVE,
                                  run_service_s(e, slot, g, p)});
        }
    if (d->suspend)
        add(e, n, (poise_candidate){i, -1, 0, POISE_SUSPEND, 0});
    return changes;
}

/* Waiting tasks that fit join the tasks that share, unless they have just been killed for want of
 * memory. */
static void let_in(poise_env *e)
{
    for (int i = 0; i < e->view.n_tasks;) {
        int slot = e->view.task[i].slot, class_id = e->view.task[i].class_id, g = 0;
        while (g < e->s->n_groups && !(e->pace[scenario_cell(e->s, class_id, g, 0)] > 0))
            g++;
        if (e->run[slot].kept_ns == e->t.now_ns || room_for(e, slot, g, 0, false) != FITS_NOW) {
            i++;
            continue;
        }
        window_leave(e, i, true);
        dispatch_task(e, slot, g, 0);
    }
}

static int list_shares(poise_env *e)
{
    int n = 0;
    let_in(e);
    if (e->t.parts_stand)
        return 0;
    window_show_running(e);
    for (int k = 0; k < e->view.n_running; k++) {
        int i = e->view.n_tasks + k;
        const poise_task *seen = &e->view.task[i];
        add(e, &n,
            (poise_candidate){i, (int16_t)seen->group, (int8_t)seen->profile, POISE_KEEP,
                              run_service_s(e, seen->slot, seen->group, seen->profile)});
    }
    return n;
}

static int list_all(poise_env *e)
{
    int n = 0;
    window_show_running(e);
    bool one = plan_lists_one(e), closed = plan_is_closed(e);
    if (e->plan_capacity > 0 && !closed)
        plan_see_backlog(e);
    for (int i = 0; i < e->view.n_tasks && !closed && !(one && n > 0); i++)
        list_waiting(e, i, &n);
    bool matters = n > 0;
    for (int k = 0; k < e->view.n_running; k++)
        matters |= list_running(e, e->view.n_tasks + k, &n);
    return matters ? n : 0;
}

/* Devices that may be put to sleep, or woken, while there is work to come. */
static void list_power(poise_env *e, int *n)
{
    for (int g = 0; g < e->s->n_groups; g++) {
        if (sleep_candidate(e, g, POISE_SLEEP) >= 0)
            add(e, n, (poise_candidate){POISE_WAIT, (int16_t)g, 0, POISE_SLEEP, 0});
        if (sleep_candidate(e, g, POISE_WAKE) >= 0)
            add(e, n, (poise_candidate){POISE_WAIT, (int16_t)g, 0, POISE_WAKE, 0});
    }
}

/* Whether there is anything to be done about devices now. */
static bool has_power(const poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++)
        if (sleep_candidate(e, g, POISE_SLEEP) >= 0 || sleep_candidate(e, g, POISE_WAKE) >= 0)
            return true;
    return false;
}

int candidates_list(poise_env *e)
{
    const bool moves = e->network.t.n > 0;
    int n = 0;
    if (e->s->has_runs) {
        n = e->s->decision.mode == MODE_SHARE ? list_shares(e) : list_all(e);
    } else {
        if (e->t.open_is_stale)
            dispatch_list_open(e);
        n = e->t.n_open > 0 ? list_starts(e) : 0;
    }
    const scenario_decision *d = &e->s->decision;
    bool may_wait = e->s->may_wait || d->power || d->reject || d->suspend || d->migrate ||
                    d->rescale || d->defer_ns > 0;
    bool powers = d->power && d->mode != MODE_SHARE && (moves || !nothing_left(e)) && has_power(e);
    if ((n > 0 || powers) && may_wait && n_to_come(e) > 0)
        add(e, &n, (poise_candidate){POISE_WAIT, -1, 0, POISE_HOLD, 0});
    if (powers)
        list_power(e, &n);
    return e->view.n_candidates = n;
}
