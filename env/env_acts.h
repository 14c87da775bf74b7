/* env_acts.h - what a choice does, and what attention means where it is not a choice. A part of
 * env.c, compiled in place there. */
#ifndef POISE_ENV_ACTS_H
#define POISE_ENV_ACTS_H

#include "env_tasks.h"
#include "plan.h"

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

/* What of the device goes from tasks that stay to others that stay, as it is divided anew: the
 * lesser of what all of them gain and what all of them lose. What a task that comes takes, and what
 * one that leaves gives back, is none of it. */
static double share_moved(poise_env *e, int number)
{
    double gained = 0, lost = 0;
    for (int p = e->machine[number].on_first; p >= 0; p = e->place[p].next_on) {
        place *it = &e->place[p];
        double more = it->share >= 0 ? it->factor - it->share : 0;
        gained += more > 0 ? more : 0;
        lost -= more < 0 ? more : 0;
        it->share = it->factor;
    }
    double least = gained < lost ? gained : lost;
    return least > 1e-12 * (gained + lost) ? least : 0;  // equal shares differ by rounding
}

static void divide_device(poise_env *e, int number, int group)
{
    if (e->machine[number].on_first < 0)
        return;
    run_pace_device(e, number, group);
    if (e->s->space.capacity[group] > 0)
        e->t.moved_share += share_moved(e, number);
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
            divide_device(e, e->group[g].first + d, g);
    e->t.parts_stand = e->s->decision.stand;
    return true;
}

/* Among equals, a running task stays where it is. */
static int prefer_running(const poise_env *e, const double *attention, int best)
{
    for (int c = best; e->view.n_running > 0 && c < e->view.n_candidates; c++)
        if (attention[c] == attention[best] && e->candidate[c].act == POISE_KEEP)
            return c;
    return best;
}

#endif
