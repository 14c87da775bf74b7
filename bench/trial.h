/* trial.h - one run of one agent in one scenario from one seed, and the numbers that come of it.
 *
 * A trial is plain data and an experiment is an array of trials; who runs them, in which order and
 * on which thread changes nothing about the result. */
#ifndef TRIAL_H
#define TRIAL_H

#include "agent.h"
#include "bound.h"
#include "latency.h"
#include "steady.h"
#include "trail.h"

#include <stdatomic.h>

/* Room for the rows of poise_metrics. */
#define TRIAL_MAX_METRICS POISE_MAX_METRICS
/* Bounds of a run with at most so many tasks take some milliseconds and are found unasked. */
#define TRIAL_FEW_TASKS 10000

typedef struct trial {
    const poise_scenario *scenario;
    const char *agent;   // specification
    const void *policy;  // bytes of its policy (policy.h); NULL if it does not learn
    size_t policy_bytes;
    int64_t seed;  // the user's; the episode runs from poise_seed(EVALUATE, seed, 0)
    bool bounds;   // find bounds however many tasks there are

    /* For agents that are plug-ins or on the other side of a pipe; all may be 0. */
    double patience_s;  // most that one may take for a decision; 0: 10 s
    uint64_t build;     // its hash (agent_card): another one fails the trial
    bool only_numbers;  // the result is all that is wanted: see trial_run
    bool leaves_trail;  // the result has a trail: it is to be freed
    bool attends;       // the agent writes attention even where it could choose at once
} trial;

typedef enum trial_status { TRIAL_NOT_RUN, TRIAL_OK, TRIAL_FAILED, TRIAL_INTERRUPTED } trial_status;

typedef struct trial_result {
    trial_status status;
    char error[240];  // one sentence, if it failed
    uint64_t trajectory_hash, world_hash;
    double wall_s;
    double value[TRIAL_MAX_METRICS];       // (poise_metrics) NAN where undefined
    bool has_bounds;                       // they have been looked for
    poise_bound bound[TRIAL_MAX_METRICS];  // (poise_metrics) see bound.h
    latency_summary decision;              // how long its agent took for each
    steady_summary steady;                 // if the scenario asks for it
    trail trail;                           // of a good one, if asked for
} trial_result;

/* Frees what a result holds; {0} is fine. Needed where a trail was asked for. */
void trial_result_free(trial_result *r);

/* Looks on during a trial: called after the reset and after every decision. */
typedef struct trial_watch {
    void (*see)(void *data, const poise_env *e, const poise_outcome *o);
    void *data;
} trial_watch;

/* Runs a trial in the given environment (of the same scenario), which afterwards holds the episode
 * with its task records. watch may be NULL. Stops early when *stop becomes true; stop may be
 * NULL. What goes wrong is in the result.
 *
 * A plug-in runs in a process of its own, in an environment there. Unless only_numbers, its
 * decisions are then repeated in the given one, and must lead to the same trajectory. */
trial_result trial_run(const trial *t, poise_env *e, const trial_watch *watch,
                       const atomic_bool *stop);

/* Seconds of a clock that only goes forward, for measuring how long things take. */
double wall_now_s(void);

#endif
