/* trial.c - see trial.h. */
#include "trial.h"

#include "policy.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double wall_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

__attribute__((format(printf, 2, 3))) static void fail(trial_result *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->error, sizeof r->error, format, args);
    va_end(args);
    r->status = TRIAL_FAILED;
}

static bool is_set(const void *stop)
{
    return atomic_load_explicit((const atomic_bool *)stop, memory_order_relaxed);
}

/* The episode itself: false if it ended before its time, with the reason in r. */
static bool play(poise_agent *a, poise_team *team, poise_env *e, uint64_t seed,
                 const trial_watch *watch, const atomic_bool *stop, trial_result *r)
{
    poise_outcome o = poise_env_reset(e, seed);
    if (watch)
        watch->see(watch->data, e, &o);
    while (poise_env_running(e)) {
        o = team ? poise_team_step(team, e, NULL) : poise_agent_step(a, e);
        if (watch)
            watch->see(watch->data, e, &o);
        if (stop && is_set(stop))
            break;
    }
    if (stop && is_set(stop) && o.phase != POISE_TERMINATED && o.phase != POISE_TRUNCATED) {
        r->status = TRIAL_INTERRUPTED;
        return false;
    }
    if (o.phase == POISE_FAILED) {
        fail(r, "%s", poise_env_error(e));
        return false;
    }
    return true;
}

static void measure(const poise_env *e, trial_result *r)
{
    const poise_episode episode = poise_env_episode(e);
    const poise_metric *rows;
    const int n_metrics = poise_metrics(&rows);
    assert(n_metrics <= TRIAL_MAX_METRICS);
    (void)n_metrics;
    r->trajectory_hash = episode.hash;
    r->world_hash = episode.world_hash;
    if (poise_measure(&episode, r->value))
        r->status = TRIAL_OK;
    else
        fail(r, "out of memory for the metrics");
}

/* The agent of the trial with its policy, ready to act; NULL with a sentence in err. */
static poise_agent *make(const trial *t, const poise_space *space, uint64_t seed, poise_error *err)
{
    poise_agent *a = poise_agent_new(t->agent, space, seed, err);
    if (a && (!t->policy || policy_apply(t->policy, t->policy_bytes, "policy", a, err)))
        return a;
    poise_agent_free(a);
    return NULL;
}

/* One agent a tenant. The policy is that of the trial's agent: tenants that name another do
 * without. */
static poise_team *gather(const trial *t, const poise_space *space, uint64_t seed, poise_error *err)
{
    poise_team *team = poise_team_new(t->agent, space, seed, err);
    for (int k = 0; team && t->policy && k < space->n_tenants; k++)
        if (!space->tenant_agent[k] &&
            !policy_apply(t->policy, t->policy_bytes, "policy", poise_team_member(team, k), err)) {
            poise_team_free(team);
            return NULL;
        }
    return team;
}

trial_result trial_run(const trial *t, poise_env *e, const trial_watch *watch,
                       const atomic_bool *stop)
{
    trial_result r = {.status = TRIAL_NOT_RUN};
    for (int i = 0; i < TRIAL_MAX_METRICS; i++)
        r.value[i] = NAN;
    const double start_s = wall_now_s();
    poise_error err = {0};
    const uint64_t seed = poise_seed(POISE_EVALUATE, (uint64_t)t->seed, 0);
    const poise_space *space = poise_scenario_space(t->scenario);
    poise_team *team = NULL;
    poise_agent *a = NULL;
    if (space->competes)
        team = gather(t, space, seed, &err);
    else
        a = make(t, space, seed, &err);
    if (!a && !team) {
        fail(&r, "%s", err.text);
    } else {
        if (team)
            poise_team_begin(team, POISE_MODE_EVALUATE, seed);
        else
            poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
        poise_env_ask(e, stop ? is_set : NULL, stop);
        if (play(a, team, e, seed, watch, stop, &r))
            measure(e, &r);
        poise_env_ask(e, NULL, NULL);
    }
    poise_team_free(team);
    poise_agent_free(a);
    r.wall_s = wall_now_s() - start_s;
    return r;
}
