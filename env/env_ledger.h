/* env_ledger.h - the sums that an environment keeps: integrals over time, what is measured,
 * rewards. A part of env.c, compiled in place there. */
#ifndef POISE_ENV_LEDGER_H
#define POISE_ENV_LEDGER_H

#include <stdio.h>

#include "compete.h"
#include "cost.h"
#include "invariants.h"
#include "monitor.h"
#include "outage.h"
#include "recovery.h"
#include "transfer.h"

static void fail(poise_env *e, const char *why)
{
    snprintf(e->error, sizeof e->error, "%s", why);
    e->t.phase = POISE_FAILED;
}

static void beyond_horizon(poise_env *e)
{
    fail(e, "a service would end beyond the longest time that can be simulated (9.2e9 s)");
}

/* Brings all integrals over time up to `to`, which becomes now. */
static HOT void pass_time(poise_env *e, int64_t to, const bool runs)
{
    tally *t = &e->t;
    int64_t dt = to - t->now_ns;
    if (is_heard(e))
        listen_pass(e, to);
    invariants_pass(e, dt);
    if (__builtin_expect(to >= t->recovery.next_ns, 0))
        recovery_pass(e, to);
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
    t->warm_moved_share = t->moved_share;
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
    recovery_begin(e);
    t->warm_energy_mwns = dispatch_energy_mwns(e);
    for (int g = 0; g < e->s->n_groups; g++)
        e->warm_busy_ns[g] = dispatch_busy_ns(e, g);
    if (e->s->has_runs)
        begin_measuring_runs(e);
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

#endif
