/* experiment.h - many trials: scenarios x agents x seeds, with the policies that learners need.
 * What is in the store already is not run again. */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include "card.h"
#include "store.h"
#include "train.h"

/* One scenario of an experiment, and how it was loaded. A sweep has several. */
typedef struct experiment_point {
    poise_scenario *scenario;
    const char *path;
    const char **set;  // (n_sets) overrides, those of the sweep last
    int n_sets;
    store_sweep *sweep;  // (n_sweeps)
    int n_sweeps;
} experiment_point;

/* A policy that is there already, for an agent that would have to be trained. */
typedef struct experiment_policy {
    const void *bytes;  // of its file; NULL: the agent is no such policy
    size_t n_bytes;
    const char *agent;  // specification that the policy is for
    int64_t decisions, train_seed;
} experiment_policy;

/* What is asked. Everything is the caller's and must outlive the plan. */
typedef struct experiment {
    const experiment_point *point;
    const char *const *agent;          // specifications, or what a policy is called
    const experiment_policy *trained;  // (n_agents) NULL: none is such a policy
    const int64_t *seed;
    const int64_t *train_seed;
    int n_points, n_agents, n_seeds, n_train_seeds;
    int64_t train_decisions;  // 0 = each learner's own budget
    double patience_s;        // see trial; 0: the default
    bool bounds;              // of all cells, also of long runs and of those stored without
} experiment;

/* The card of an agent at a point of the experiment, see card_of. */
bool experiment_card(const experiment *x, int point, int agent, agent_card *card, poise_error *err);

/* How far the running of a plan is. */
typedef struct experiment_progress {
    int cells, cells_stored, cells_done, cells_failed;  // planned; before this run; in this run
    int policies, policies_done;                        // to be trained in this run
    int64_t decisions, decisions_done;                  // of training
    double elapsed_s, left_s;                           // left_s is NAN while it is unknown
} experiment_progress;

typedef struct plan plan;

/* Expands an experiment into policies and cells and looks which of them the store holds. NULL with
 * a sentence in err: an agent that cannot be made, out of memory. */
plan *plan_new(const experiment *x, store *s, poise_error *err);
void plan_free(plan *p);  // NULL is fine
bool plan_has_learners(const plan *p);
experiment_progress plan_progress(const plan *p);
/* Whether the plan holds the cell. */
bool plan_asks_for(const plan *p, store_id cell);

typedef enum plan_status {
    PLAN_DONE,
    PLAN_FAILED,  // done, but some training or trial failed: see the sentences
    PLAN_INTERRUPTED,
    PLAN_STORE_ERROR,  // in err; what was stored before is safe
} plan_status;

/* Hears of things while a plan runs, in the calling thread. */
typedef struct plan_listener {
    void (*tick)(void *data, const plan *p);           // a few times a second
    void (*failed)(void *data, const char *sentence);  // a trial or a training failed
    void *data;
} plan_listener;

/* Runs what is missing, on n_threads threads; each cell is stored as soon as it is finished. Logs
 * of trainings are also written to log_dir/AGENT-ID/progress.csv, if log_dir is not NULL. */
plan_status plan_run(plan *p, int n_threads, const char *log_dir, const plan_listener *listener,
                     poise_error *err);

#endif
