/* experiment_inside.h - a plan as those files see it that expand (experiment.c), time
 * (experiment_time.c) and run it (experiment_run.c). */
#ifndef EXPERIMENT_INSIDE_H
#define EXPERIMENT_INSIDE_H

#include "experiment.h"

/* What is known of an agent at a point. */
typedef struct plan_agent {
    char *name, *description;
    int64_t train_decisions;  // budget; 0: it does not learn
    uint64_t build;
} plan_agent;

/* A policy that cells of the plan need. */
typedef struct plan_policy {
    int point, agent;
    store_id id;
    int64_t decisions, train_seed;
    bool is_given;      // was trained elsewhere
    bool is_stored;     // a store has it
    bool wanted;        // must be trained, or be put into the store if it is given
    const void *bytes;  // once known
    size_t n_bytes;
    void *owned;        // the bytes, if they are the plan's
    double wall_s;      // that its training takes; NAN unknown
    atomic_llong done;  // decisions
    training_result result;
    int kind;  // the last of those whose cells need it; plan_kind.before leads on
} plan_policy;

/* Cells that differ in nothing but the seed: they take about as long. */
typedef struct plan_kind {
    int point, agent, policy;  // policy is -1 if none is needed
    int before;                // another kind that needs the policy, -1 if there is none
    int first, n;              // cells
    int n_wanted, n_done;      // known to the calling thread
    double wall_sum_s;         // of n_walls finished cells
    int n_walls;
    double tried_s;  // what a cell may take, by a try; NAN none
    int next;        // cell that is to be handed out next, or one before it: see experiment_run.c
    int beside;      // the next one of its group, -1 if there is none
} plan_kind;

typedef struct plan_cell {
    int kind;
    int64_t seed;
    store_id id;
    bool chosen, wanted;
    store_state state;     // in the stores that were looked at
    double wall_s;         // of one that is stored
    bool lacks_bounds;     // those that are stored, though they are wanted
    int turn;              // place of its seed among those of its kind
    bool is_open;          // of a wave that has begun
    bool is_known;         // what came of it is: it need not be run any more
    double value;          // that a precision is asked of; NAN: it failed, or there is none
    trial_result *result;  // between its end and its storing
} plan_cell;

/* The points of one scenario, whose agents all take the same seeds. */
typedef struct plan_group {
    uint64_t scenario;
    int kind;           // its first; plan_kind.beside leads on
    int baseline;       // kind that differences are to
    int most;           // seeds that any of its points has
    int left;           // open cells of which nothing is known yet
    int open;           // places of seeds before this one are of waves that have begun
    bool is_over;       // no further wave will begin
    bool is_precise;    // as was asked
    double relative;    // the widest interval, NAN if there is none
    const char *agent;  // whose it is
} plan_group;

/* What a worker keeps from job to job. */
typedef struct scratch {
    int point;
    poise_env *env;
} scratch;

/* Kinds whose cells may start: new ones in their order, one cell of each first; when that has ended
 * and its time is known, by how long they take, in a heap. */
typedef struct plan_queue {
    int *training;  // (n_policies) longest first
    int n_trainings, next_training, n_training_now;
    int *fresh;  // (n_kinds)
    int n_fresh, next_fresh;
    int *heap;      // (n_kinds) longest at the top
    double *key_s;  // (n_kinds)
    int n_heap;
    int *tried;  // (n_kinds) those with their first cell in flight
    int n_tried;
    atomic_bool is_over;  // nothing more is to start
} plan_queue;

struct plan {
    experiment ask;
    plan_choice choice;
    store *store;
    int *first_agent;  // (n_points + 1) places in `agent`
    plan_agent *agent;
    plan_policy *policy;
    plan_kind *kind;
    plan_cell *cell;
    int n_policies, n_kinds, n_cells;
    /* (n_places) Hash table of ids: index + 1 of a cell, -(index + 1) of a training, 0 = free. */
    int *place;
    size_t n_places;    // a power of two
    plan_group *group;  // (n_groups) NULL: no precision is asked for
    int *group_of;      // (n_points)
    int n_groups;
    double *sample;  // (2, most seeds) scratch
    plan_queue queue;
    scratch *scratch;  // (n_threads)
    int n_threads;
    experiment_progress progress;
    double start_s;
    const plan_listener *listener;
    const char *log_dir;
    poise_error *err;
};

const plan_agent *plan_agent_at(const plan *p, int point, int agent);
/* The training that makes a policy; the trial that a cell is. */
training plan_training(const plan *p, const plan_policy *policy);
trial plan_trial(const plan *p, const plan_cell *cell);
void plan_drop_result(plan_cell *cell);  // none is fine
/* Waves of seeds, see experiment_waves.c; nothing happens where no precision is asked for. Groups
 * are made when the cells are; false without memory. */
bool plan_make_groups(plan *p);
/* Begins those waves, from the first on, that what is known of cells tells to begin. */
void plan_begin_waves(plan *p);
/* What came of an open cell of the kind is known now. */
void plan_cell_known(plan *p, plan_cell *cell, double value);
/* Where the next wave of the kind's group ends if one is to begin now, else 0. And begins it: where
 * it begins. */
int plan_next_wave(plan *p, const plan_kind *k);
int plan_open_wave(plan *p, const plan_kind *k, int open);
/* The first kind of the group, -1 without one; whether no further wave of it will begin. */
int plan_group_kind(const plan *p, const plan_kind *k);
bool plan_is_over(const plan *p, const plan_kind *k);
/* Whether nothing is left to do of a cell, by what stores have of it. */
bool plan_is_done(const plan *p, const plan_cell *cell);
/* Expected seconds of a cell of the kind; NAN unknown. */
double plan_kind_s(const plan_kind *k);

#endif
