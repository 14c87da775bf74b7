/* experiment.h - many trials: scenarios x agents x seeds, with the policies that learners need.
 * What is in the store already is not run again. */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include "card.h"
#include "store.h"
#include "train.h"

/* A policy that is there already, for an agent that would have to be trained. */
typedef struct experiment_policy {
    const void *bytes;  // of its file; NULL: the agent is no such policy
    size_t n_bytes;
    const char *agent;  // specification that the policy is for
    int64_t decisions, train_seed;
} experiment_policy;

/* Who takes part at a point. */
typedef struct experiment_agent {
    const char *agent;          // specification, or what a policy is called
    experiment_policy trained;  // all 0: it is no such policy
    int64_t train_decisions;    // budget of a learner; 0: its own
} experiment_agent;

/* One scenario of an experiment, how it was loaded, and who is tried in it with which seeds. A
 * sweep has several. */
typedef struct experiment_point {
    poise_scenario *scenario;
    const char *path;
    const char **set;  // (n_sets) overrides, those of the sweep last
    int n_sets;
    store_sweep *sweep;  // (n_sweeps)
    int n_sweeps;
    const experiment_agent *agent;  // (n_agents)
    int n_agents;
    const int64_t *seed;  // (n_seeds) of evaluation
    int n_seeds;
} experiment_point;

/* When there are runs enough, where that is not said by the number of seeds: those of a scenario
 * come in waves, and no further wave begins when the intervals of all agents are narrow. */
typedef struct experiment_precision {
    double within;         // half of a 95% interval over the mean: .02; 0: all seeds are run
    int metric;            // of this mean: row of poise_metrics
    int least;             // seeds before one may stop
    int wave;              // seeds of each wave, at least 1
    bool of_difference;    // of the paired difference to the baseline, over the baseline's mean
    const char *baseline;  // an agent; the first one of scenarios in which it does not take part
} experiment_precision;

/* What is asked. Everything is the caller's and must outlive the plan. */
typedef struct experiment {
    const experiment_point *point;
    int n_points;
    const int64_t *train_seed;
    int n_train_seeds;
    double patience_s;  // see trial; 0: the default
    bool bounds;        // of all cells, also of long runs and of those stored without
    experiment_precision precision;
} experiment;

/* The card of an agent at a point of the experiment, see card_of. */
bool experiment_card(const experiment *x, int point, int agent, agent_card *card, poise_error *err);

/* Which cells of an experiment are run, and when they are done. */
typedef struct plan_choice {
    int shard, n_shards;  // only the share number `shard` (from 1) of n_shards; n_shards 0: all
    /* Which cells, by number (from 1) and what they are called; NULL: all. */
    bool (*wants)(const void *data, int number, const char *scenario, const char *agent);
    const void *data;
    bool keeps_failures;    // cells that the store holds as failed are not tried again
    bool stops_at_failure;  // no cell starts after one that failed
} plan_choice;

/* How far the running of a plan is. Of what is chosen. */
typedef struct experiment_progress {
    int cells, cells_stored, cells_done, cells_failed;  // planned; before this run; in this run
    int policies, policies_done;                        // to be trained in this run
    int64_t decisions, decisions_done;                  // of training
    double elapsed_s, left_s;                           // left_s is NAN while it is unknown
} experiment_progress;

typedef struct plan plan;

/* Expands an experiment into policies and cells and looks which of them the store holds; s may be
 * NULL: none. choice may be NULL: all cells, and all that failed again. Shares do not depend on
 * what has been done: all cells of a policy are of one share, and shares are about as long. NULL
 * with a sentence in err: an agent that cannot be made, out of memory. */
plan *plan_new(const experiment *x, store *s, const plan_choice *choice, poise_error *err);
void plan_free(plan *p);  // NULL is fine
bool plan_has_learners(const plan *p);
experiment_progress plan_progress(const plan *p);
/* Whether the plan asks for the cell, chosen or not. Where a precision is asked for that is known
 * as soon as a store has been looked at: then only those of waves that have begun are asked for. */
bool plan_asks_for(const plan *p, store_id cell);
int plan_n_asked(const plan *p);  // cells
/* How precise a scenario (by its hash) is so far, as a sentence: "stopped at 40 seeds: ..."; "" if
 * no precision of the metric is asked for. */
void plan_remark(const plan *p, uint64_t scenario, int metric, char *text, size_t size);
/* The identity of the experiment: that of its cells in their order, chosen or not. */
store_id plan_id(const plan *p);
/* Records in a store the scenarios, in their order, and what experiment they are of. */
bool plan_put_head(const plan *p, const char *name, const char *title, const char *path, store *s,
                   poise_error *err);

/* A cell as it is listed. */
typedef struct plan_entry {
    int number;  // from 1
    int point;
    const char *agent;   // as the experiment says it
    int64_t train_seed;  // -1: nothing is trained
    int64_t seed;
    store_id id;
    bool asked;  // see plan_asks_for
    bool chosen, wanted;
    store_state state;
    double wall_s;  // expected; NAN unknown
} plan_entry;
int plan_n_cells(const plan *p);
plan_entry plan_cell_at(const plan *p, int number);  // from 1

/* Tries agents whose times nobody knows, for limit_s in all, so that it is known about how long
 * cells and trainings take: see plan_entry and plan_left_s. */
void plan_try(plan *p, double limit_s);
/* Seconds that what is wanted takes on n_threads, as far as is known; NAN if nothing is. */
double plan_left_s(const plan *p, int n_threads);

/* Copies what is wanted and another store holds into the plan's store; the number of cells copied,
 * -1 with a sentence in err. */
int plan_borrow(plan *p, store *from, poise_error *err);
/* Counts what another store (NULL: none) holds as done, copying nothing; false with a sentence in
 * err if that could not be read. */
bool plan_look(plan *p, store *other, poise_error *err);

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

/* Runs what is missing, on n_threads threads, what takes longest first; each cell is stored as soon
 * as it is finished. Cells of a policy whose training fails are stored as failed. Logs of trainings
 * are also written to log_dir/AGENT-ID/progress.csv, if log_dir is not NULL. */
plan_status plan_run(plan *p, int n_threads, const char *log_dir, const plan_listener *listener,
                     poise_error *err);

#endif
