/* store.h - results on disk: one SQLite file that holds what is needed to repeat every number.
 *
 * A cell is one evaluated trial; its key is a hash of everything that decides its numbers, so
 * running again finds it and does nothing. Each cell is written in one transaction when it is
 * finished, so a run that is killed loses only what was in flight. One thread uses a store. */
#ifndef STORE_H
#define STORE_H

#include "trial.h"

/* Version of the numbers: part of every identity. Raised when a change of the simulator or of an
 * agent changes results on purpose. */
#define RESULTS_VERSION 1
/* The same of what learners become in training: part of the identity of policies, and so of what
 * they do. */
#define TRAINING_VERSION 2
/* Version of the tables, in the file's user_version. Stores of layout 1 lack bounds and times of
 * decisions, those of layout 2 trails and what experiment they are of, those of layout 4 what
 * single runs say of the steady state: they are read as they are, and get the tables when they are
 * written to. */
#define STORE_LAYOUT 5

/* An identity: 128 bits in hexadecimal. */
typedef struct store_id {
    char text[33];
} store_id;

/* Identity of a policy: what a training depends on, of which products by OpenBLAS are a part.
 * description: see poise_agent_describe. */
store_id store_policy_id(uint64_t scenario_hash, const char *description, int64_t decisions,
                         int64_t train_seed);
/* Identity of a policy that was trained elsewhere: its bytes. */
store_id store_policy_id_of(uint64_t scenario_hash, const char *description, const void *bytes,
                            size_t n_bytes);
/* Identity of a cell. policy is the id of the policy it used, "" for agents that do not learn. */
store_id store_cell_id(uint64_t scenario_hash, const char *description, const char *policy,
                       int64_t seed);

/* Identity of a list: of what was listed so far ({"..."} at first: what it is a list of) and the
 * next one. */
store_id store_id_with(store_id so_far, store_id next);

typedef struct store store;

/* Opens a store, and makes it if create is set (through a temporary name, so that a half-made one
 * is never seen). NULL with a sentence in err: no such file, not a store, of another layout,
 * damaged, locked, read-only. */
store *store_open(const char *path, bool create, poise_error *err);
void store_close(store *s);  // NULL is fine
const char *store_path(const store *s);
/* From now on the store has no write-ahead log beside it, which other hosts could not read: for
 * shards on a network file system. */
bool store_keep_no_log(store *s, poise_error *err);

/* ---- writing ------------------------------------------------------------------------------ */

/* A setting that a sweep varies, and its value in one scenario of the sweep. */
typedef struct store_sweep {
    char *path, *value;
} store_sweep;

/* Records a scenario: how it was loaded (path, which is stored from the root, and overrides), and
 * the sweeps it is a point of. True also if it is there already. */
bool store_put_scenario(store *s, const poise_scenario *scenario, const char *path,
                        const char *const *sets, int n_sets, const store_sweep *sweeps,
                        int n_sweeps, poise_error *err);

typedef enum store_state { STORE_LACKS, STORE_OK, STORE_FAILED } store_state;
/* Whether it holds the cell, and how long that took (wall_s may be NULL). */
store_state store_cell_state(store *s, store_id id, double *wall_s);
/* Whether bounds have been stored with it. */
bool store_has_bounds(store *s, store_id id);
bool store_has_policy(store *s, store_id id);
/* The value of a metric that is stored with it, NAN if there is none. */
double store_value(store *s, store_id id, const char *metric);
/* Whether such questions could be answered since the last time this was asked; otherwise false,
 * with a sentence in err: what was said to be lacking may be there. */
bool store_answered(store *s, poise_error *err);

/* One finished trial. agent is the specification as the user wrote it, description spells out every
 * option. A cell that failed is kept as failed and tried again by the next run. */
typedef struct store_cell {
    store_id id;
    uint64_t scenario_hash;
    const char *agent, *description;
    const char *policy;  // id, "" if none
    int64_t seed;
} store_cell;
bool store_put_cell(store *s, const store_cell *cell, const trial_result *r, poise_error *err);

/* One row of a training log, after an episode. Keys are those of Stable-Baselines3. */
typedef struct store_log {
    int64_t episode, decisions;
    const char *key;
    double value;
} store_log;

/* A trained policy: the bytes of its file (see policy.h) and the log of its training. */
typedef struct store_policy {
    store_id id;
    uint64_t scenario_hash;
    const char *agent, *description;
    int64_t decisions, train_seed;
    const void *bytes;
    size_t n_bytes;
    const store_log *log;
    size_t n_log;
    double wall_s;
} store_policy;
bool store_put_policy(store *s, const store_policy *p, poise_error *err);

/* An experiment whose cells the store is for. The last one put is the one that it is of. */
typedef struct store_experiment {
    store_id id;  // see plan_id
    const char *name, *title, *path;
} store_experiment;
bool store_put_experiment(store *s, const store_experiment *x, poise_error *err);
/* Whether the store is for that experiment, among others; name (its size) gets the name of the last
 * one, "" if it is for none. */
bool store_has_experiment(store *s, store_id id, char *name, size_t size);

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct result_scenario {
    char *name, *title, *resolved;
    uint64_t hash;
    char *path;  // of the file it was loaded from
    char **set;  // (n_sets) overrides it was loaded with
    int n_sets;
    store_sweep *sweep;  // (n_sweeps) settings varied, if it is a point of a sweep
    int n_sweeps;
    double offered_load;  // NAN if unknown
    char *notes;          // what was left out of its traces, and the like; "" if nothing
} result_scenario;

typedef struct result_policy {
    store_id id;
    int scenario;    // index
    int provenance;  // index; -1: it is not known
    char *agent, *description;
    int64_t decisions, train_seed;
    double wall_s;  // that training took; 0 of a policy that came as a file
} result_policy;

typedef struct result_cell {
    store_id id;
    int scenario;    // index
    int policy;      // index, -1 if none
    int provenance;  // index; -1: it is not known
    char *agent, *description;
    int64_t seed;
    bool ok;
    char *error;  // why it failed; "" if ok
    uint64_t trajectory_hash, world_hash;
    double wall_s;
    const double *value;       // (poise_metrics) NAN where undefined or not stored
    const poise_bound *bound;  // the same; NULL: no bounds of anything are stored
    latency_summary decision;  // n is 0 where none is stored
    steady_summary steady;     // the same
} result_cell;

/* All that a store holds, without policies' bytes and training logs. Scenarios and policies stand
 * in the order in which they came; cells by scenario, then agent by name, then seed. */
typedef struct results {
    result_scenario *scenario;
    result_policy *policy;
    result_cell *cell;
    struct provenance *provenance;  // (n_provenances) the builds and machines, see provenance.h
    int n_scenarios, n_policies, n_cells, n_provenances;
    int results_version;  // of the program that made the store
    double *values;
    poise_bound *bounds;
} results;
results *store_read(store *s, poise_error *err);
void results_free(results *r);  // NULL is fine

/* A training log: (episode, decisions, value) of one key, in order of episode. The caller frees
 * point. key is for instance "rollout/ep_rew_mean". */
typedef struct store_point {
    int64_t episode, decisions;
    double value;
} store_point;
bool store_training(store *s, store_id policy, const char *key, store_point **point, int *n_points,
                    poise_error *err);
/* The trail of a cell, to be freed; one without marks where none is stored. false on error. */
bool store_trail(store *s, store_id cell, trail *t, poise_error *err);
/* The bytes of a policy; the caller frees them. NULL on error. */
void *store_policy_bytes(store *s, store_id policy, size_t *n_bytes, poise_error *err);
/* Whether its runs keep records of tasks. */
bool result_keeps_records(const result_scenario *r);
/* Loads the scenario of a result again, by its file and overrides or, when that file is gone or has
 * changed since, from the resolved text. NULL if neither gives the same hash. */
poise_scenario *result_scenario_load(const result_scenario *r, poise_error *err);

#endif
