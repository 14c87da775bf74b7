/* trial.c - see trial.h. */
#include "trial.h"

#include "card.h"
#include "error.h"
#include "policy.h"
#include "trial_apart.h"

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

void trial_fail(trial_result *r, const char *format, ...)
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

/* While no decision is due it is the environment's time that passes, not the agent's. */
static bool breathe(const void *side)
{
    isolate_life *life = ((const trial_side *)side)->life;
    if (life)
        atomic_fetch_add_explicit(&life->breaths, 1, memory_order_relaxed);
    return is_set(((const trial_side *)side)->stop);
}

static void enter(const trial_side *side, isolate_stage stage)
{
    if (side->life)
        atomic_store(&side->life->stage, (int)stage);
}

/* Who decides: an agent or a team, the other is NULL. */
typedef struct player {
    poise_agent *agent;
    poise_team *team;
} player;

static const char *problem_of(const player *p)
{
    return p->team ? poise_team_error(p->team) : poise_agent_error(p->agent);
}

/* One decision, of which some are timed. All agents of a team decide at once, and are not. */
static poise_outcome step(const player *p, poise_env *e, latency *l, int64_t n)
{
    if (p->team)
        return poise_team_step(p->team, e, NULL);
    if (!latency_is_timed(n))
        return poise_agent_step(p->agent, e);
    int64_t ns;
    const poise_outcome o = poise_agent_step_timed(p->agent, e, &ns);
    latency_add(l, ns);
    return o;
}

/* The n-th decision, noted on both sides. */
static poise_outcome decide(const player *p, poise_env *e, const trial_side *side, latency *l,
                            int64_t n)
{
    const poise_space *space = poise_env_view(e)->space;
    const int n_candidates = poise_env_view(e)->n_candidates;
    const poise_outcome o = step(p, e, l, n);
    if (side->life)
        atomic_fetch_add_explicit(&side->life->decisions, 1, memory_order_relaxed);
    if (side->tape && o.phase != POISE_FAILED)
        tape_note(side->tape, p->agent, p->team, space, n_candidates);
    return o;
}

/* The episode itself: false if it ended before its time, with the reason in r. */
static bool play(const player *p, poise_env *e, uint64_t seed, const trial_watch *watch,
                 const trial_side *side, trial_result *r)
{
    poise_outcome o = poise_env_reset(e, seed);
    latency l = {0};
    enter(side, ISOLATE_DECIDING);
    trail_pass(&r->trail, 0, e);
    if (watch)
        watch->see(watch->data, e, &o);
    for (int64_t n = 0; poise_env_running(e); n++) {
        o = decide(p, e, side, &l, n);
        trail_pass(&r->trail, n + 1, e);
        if (watch)
            watch->see(watch->data, e, &o);
        if (is_set(side->stop))
            break;
    }
    r->decision = latency_of(&l);
    if (is_set(side->stop) && o.phase != POISE_TERMINATED && o.phase != POISE_TRUNCATED) {
        r->status = TRIAL_INTERRUPTED;
        return false;
    }
    if (o.phase == POISE_FAILED) {
        const char *problem = problem_of(p);
        trial_fail(r, "%s", *problem ? problem : poise_env_error(e));
        return false;
    }
    return true;
}

/* What may still be wrong when the last decision was good; false with the reason in r. */
static bool finish(const player *p, const trial_side *side, trial_result *r)
{
    enter(side, ISOLATE_ENDING);
    if (p->team)
        poise_team_finish(p->team);
    else
        poise_agent_finish(p->agent);
    const char *problem = problem_of(p);
    if (*problem)
        trial_fail(r, "%s", problem);
    return !*problem;
}

static void measure(const trial *t, const poise_env *e, trial_result *r)
{
    const poise_episode episode = poise_env_episode(e);
    const poise_metric *rows;
    const int n_metrics = poise_metrics(&rows);
    assert(n_metrics <= TRIAL_MAX_METRICS);
    (void)n_metrics;
    r->trajectory_hash = episode.hash;
    r->world_hash = episode.world_hash;
    r->has_bounds = t->bounds || episode.n_records <= TRIAL_FEW_TASKS;
    if (poise_measure(&episode, r->value) && steady_of(&episode, &r->steady) &&
        (!r->has_bounds || poise_bounds_of(&episode, r->bound)))
        r->status = TRIAL_OK;
    else
        trial_fail(r, "out of memory for the metrics");
}

/* The agent of the trial with its policy, ready to act; NULL with a sentence in err. */
static poise_agent *make(const trial *t, const poise_space *space, uint64_t seed,
                         const trial_side *side, poise_error *err)
{
    enter(side, ISOLATE_LOADING);
    poise_agent *a = poise_agent_open(t->agent, space, err);
    enter(side, ISOLATE_PREPARING);
    if (a && t->build && a->build != t->build)
        error_null(err, "what %s consists of has changed since the run began", t->agent);
    else if (a && poise_agent_prepare(a, space, seed, err) &&
             (!t->policy || policy_apply(t->policy, t->policy_bytes, "policy", a, err)))
        return a;
    poise_agent_free(a);
    return NULL;
}

/* One agent a tenant, with what each has learnt in the policy. */
static poise_team *gather(const trial *t, const poise_space *space, uint64_t seed,
                          const trial_side *side, poise_error *err)
{
    enter(side, ISOLATE_PREPARING);
    poise_team *team = poise_team_new(t->agent, space, seed, err);
    if (!team || !t->policy ||
        policy_apply_team(t->policy, t->policy_bytes, "policy", team, space, err))
        return team;
    poise_team_free(team);
    return NULL;
}

/* A new episode; what waits for others is told for how long. */
static void begin(const player *p, const trial *t, int n_tenants, uint64_t seed,
                  const trial_side *side)
{
    const double patience_s = t->patience_s > 0 ? t->patience_s : ISOLATE_PATIENCE_S;
    for (int k = 0; k < (p->team ? n_tenants : 1); k++)
        poise_agent_terms(p->team ? poise_team_member(p->team, k) : p->agent, patience_s, is_set,
                          side->stop);
    if (p->team)
        poise_team_begin(p->team, POISE_MODE_EVALUATE, seed);
    else
        poise_agent_begin(p->agent, POISE_MODE_EVALUATE, seed);
}

trial_result trial_here(const trial *t, poise_env *e, const trial_watch *watch,
                        const trial_side *side)
{
    trial_result r = trial_blank();
    poise_error err = {0};
    const uint64_t seed = poise_seed(POISE_EVALUATE, (uint64_t)t->seed, 0);
    const poise_space *space = poise_scenario_space(t->scenario);
    player p = {0};
    if (space->competes)
        p.team = gather(t, space, seed, side, &err);
    else
        p.agent = make(t, space, seed, side, &err);
    if (!p.agent && !p.team) {
        trial_fail(&r, "%.239s", err.text);
        return r;
    }
    if (p.agent)
        p.agent->attends = t->attends;
    begin(&p, t, space->n_tenants, seed, side);
    poise_env_ask(e, breathe, side);
    if (t->leaves_trail && !trail_begin(&r.trail)) {
        trial_fail(&r, "out of memory for the trail of a run");
    } else if (play(&p, e, seed, watch, side, &r) && finish(&p, side, &r)) {
        enter(side, ISOLATE_OURS);
        measure(t, e, &r);
    }
    poise_env_ask(e, NULL, NULL);
    enter(side, ISOLATE_ENDING);
    poise_team_free(p.team);
    poise_agent_free(p.agent);
    enter(side, ISOLATE_OURS);
    if (r.status == TRIAL_OK)
        trail_end(&r.trail);
    else
        trail_free(&r.trail);
    return r;
}

trial_result trial_blank(void)
{
    trial_result r = {.status = TRIAL_NOT_RUN, .trail.next = -1};
    for (int i = 0; i < TRIAL_MAX_METRICS; i++)
        r.value[i] = r.bound[i].value = NAN;
    return r;
}

void trial_result_free(trial_result *r)
{
    trail_free(&r->trail);
}

trial_result trial_run(const trial *t, poise_env *e, const trial_watch *watch,
                       const atomic_bool *stop)
{
    static const atomic_bool never;
    const double start_s = wall_now_s();
    const trial_side side = {.stop = stop ? stop : &never};
    trial_result r = card_is_apart(t->agent, t->scenario) ? trial_apart(t, e, watch, side.stop)
                                                          : trial_here(t, e, watch, &side);
    r.wall_s = wall_now_s() - start_s;
    return r;
}
