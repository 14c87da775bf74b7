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

/* The episode itself: false if it ended before its time, with the reason in r. */
static bool play(poise_agent *a, poise_env *e, uint64_t seed, const trial_watch *watch,
                 const atomic_bool *stop, trial_result *r)
{
    poise_outcome o = poise_env_reset(e, seed);
    if (watch)
        watch->see(watch->data, e, &o);
    while (poise_env_running(e)) {
        o = poise_agent_step(a, e);
        if (watch)
            watch->see(watch->data, e, &o);
        if (stop && atomic_load_explicit(stop, memory_order_relaxed)) {
            r->status = TRIAL_INTERRUPTED;
            return false;
        }
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

trial_result trial_run(const trial *t, poise_env *e, const trial_watch *watch,
                       const atomic_bool *stop)
{
    trial_result r = {.status = TRIAL_NOT_RUN};
    for (int i = 0; i < TRIAL_MAX_METRICS; i++)
        r.value[i] = NAN;
    const double start_s = wall_now_s();
    poise_error err = {0};
    const uint64_t seed = poise_seed(POISE_EVALUATE, (uint64_t)t->seed, 0);
    poise_agent *a = poise_agent_new(t->agent, poise_scenario_space(t->scenario), seed, &err);
    if (!a || (t->policy && !policy_apply(t->policy, t->policy_bytes, "policy", a, &err))) {
        fail(&r, "%s", err.text);
    } else {
        poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
        if (play(a, e, seed, watch, stop, &r))
            measure(e, &r);
    }
    poise_agent_free(a);
    r.wall_s = wall_now_s() - start_s;
    return r;
}
