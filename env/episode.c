/* episode.c - what an environment has recorded, as a value for metrics. */
#include "cost.h"
#include "outage.h"
#include "recovery.h"
#include "transfer.h"

/* What the devices of all groups divide, in full speeds of one task. */
static double divided(const poise_scenario *s)
{
    double all = 0;
    for (int g = 0; g < s->n_groups; g++)
        all += s->group[g].count * s->space.capacity[g];
    return all;
}

/* What only runs have. */
static void add_runs(const poise_env *e, poise_totals *totals)
{
    const tally *t = &e->t;
    bool measured = t->measure_ns >= 0;
    totals->tenant_held_s = e->tenant_held_s;
    for (int k = 0; k < e->s->n_tenants; k++)
        e->tenant_held_s[k] =
            measured ? (double)(room_held_ns(e, k) - e->warm_held_ns[k]) * 1e-9 : 0;
    for (int g = 0; g < e->s->n_groups; g++)
        e->down_s[g] = measured ? (double)(outage_down_ns(e, g) - e->warm_down_ns[g]) * 1e-9 : 0;
    if (!measured)
        return;
    totals->preemptions = t->n_preemptions - t->warm_preemptions;
    totals->failures = t->n_failures - t->warm_failures;
    totals->cost = cost_so_far(e) - t->warm_cost;
    totals->carbon_g = carbon_so_far_g(e) - t->warm_carbon_g;
    totals->moved_bytes = transfer_moved(e) - t->warm_moved_bytes;
    totals->lost_work = t->lost_work - t->warm_lost_work;
    totals->memory_peak = t->memory_peak;
    if (e->s->space.shares)
        totals->moved_share = (t->moved_share - t->warm_moved_share) / divided(e->s);
}

/* Part of all cores that is in use now. */
static double allocated(const poise_env *e)
{
    int64_t busy = 0, cores = 0;
    for (int g = 0; g < e->s->n_groups; g++) {
        busy += e->group[g].busy_cores;
        cores += (int64_t)e->group[g].cores * e->s->group[g].count;
    }
    return (double)busy / (double)cores;
}

poise_episode poise_env_episode(const poise_env *e)
{
    const tally *t = &e->t;
    poise_totals totals = {
        .begin_ns = t->measure_ns,
        .end_ns = t->now_ns,
        .first_record = t->measure_job,
        .decisions = t->n_decisions,
        .reward = t->reward,
        .busy_s = e->busy_s,
        .down_s = e->down_s,
        .allocated = allocated(e),
        .recovered = recovery_is_done(e),
        .recovery_s = recovery_s(e),
    };
    if (t->measure_ns >= 0) {
        totals.arrived = t->n_arrived - t->measure_job;
        totals.finished = t->n_measured_finished;
        totals.dropped = t->n_measured_dropped;
        totals.rejected = t->n_measured_rejected;
        totals.killed = t->n_measured_killed;
        totals.late = t->n_measured_late;
        totals.unfinished = totals.arrived - totals.finished - totals.dropped;
        totals.tasks_s = (double)(t->tasks_ns - t->warm_tasks_ns) * 1e-9;
        totals.energy_j = (double)(dispatch_energy_mwns(e) - t->warm_energy_mwns) * 1e-12;
    }
    for (int g = 0; g < e->s->n_groups; g++) {
        __int128 busy_ns = dispatch_busy_ns(e, g) - e->warm_busy_ns[g];
        double busy_s = (double)busy_ns * 1e-9 / e->group_seen[g].cores;
        e->busy_s[g] = t->measure_ns >= 0 ? busy_s : 0;
    }
    if (e->s->has_runs)
        add_runs(e, &totals);
    return (poise_episode){
        .scenario = e->s,
        .record = e->record,
        .more = e->s->has_runs ? e->more : NULL,
        .n_records = e->keeps_records ? e->n_records : 0,
        .statistics = e->keeps_statistics ? e->statistics : NULL,
        .totals = totals,
        .hash = t->hash,
        .world_hash = t->world_hash,
    };
}
