/* poise.h - the public interface of the simulator and the environment. Read it first.
 *
 * One idea: at a decision the environment lists candidates (a waiting task on a device group under
 * a profile); an agent writes one number per candidate, the attention it deserves; the candidate
 * with the most attention starts. Everything an agent may know is in the view.
 *
 *     poise_error err;
 *     poise_scenario *s = poise_scenario_load("scenarios/mm1-v1.yaml", NULL, 0, &err);
 *     poise_env *e = poise_env_new(s, &err);
 *     poise_env_reset(e, 7);
 *     while (poise_env_running(e)) {
 *         score(poise_env_view(e), attention);
 *         poise_outcome o = poise_env_step(e, attention);
 *     }
 *
 * Times are seconds here and int64 nanoseconds inside. Errors happen where the world comes in
 * (load, new) and are sentences in a poise_error; a caller's mistake is an assert. */
#ifndef POISE_H
#define POISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POISE_VERSION "0.1.0"

/* ---- errors ------------------------------------------------------------------------------- */

/* What went wrong, as text ready to print: one or more lines "file:line:col: error: ...", without
 * a final newline. Empty when nothing did. Owned by the caller. */
typedef struct poise_error {
    int n_mistakes;  // how many were found, also those that no longer fitted into text
    char text[8192];
} poise_error;

/* ---- settings as rows --------------------------------------------------------------------- */

/* The type of a setting: how its text is read and what is stored at its offset. */
typedef enum poise_type {
    POISE_REAL,      // double
    POISE_INT,       // int
    POISE_BOOL,      // bool
    POISE_TEXT,      // const char *, owned by the reader's result
    POISE_CHOICE,    // int, index into choices
    POISE_TIME,      // int64_t nanoseconds; written 30, 30 s, 4h, 10min, 250 ms
    POISE_BYTES,     // int64_t; written 1024, 16 GiB, 8 GB
    POISE_POWER,     // int64_t milliwatts; written 250 W, 5 mW, 1.2 kW
    POISE_QUANTITY,  // double with an optional SI prefix and unit: 2.5 GFLOP, 2.5 GFLOP/s, 12
} poise_type;

/* One setting. Default, bounds, unit, help, parser and log come from the same row, so they cannot
 * disagree. Bounds are in the unit of the text (seconds, bytes, watts). A table ends with a row
 * whose name is NULL. */
typedef struct poise_option {
    const char *name;
    poise_type type;
    size_t offset;               // of the value in the struct it is read into
    double def;                  // default, in the unit of the text; POISE_REQUIRED: there is none
    double min, max;             // allowed, both ends included
    const char *unit;            // "s", "bytes", "W", "" ...
    const char *help;            // one line
    const char *const *choices;  // POISE_CHOICE: NULL-terminated names; def is an index
} poise_option;

/* The default of a setting that must be given. */
#define POISE_REQUIRED __builtin_nan("")

/* ---- random streams ----------------------------------------------------------------------- */

/* A stream of random numbers: Philox4x32-10 (Salmon et al., SC 2011), counter based. The key is the
 * seed, the counter holds (draw, index, entity, purpose): any number of any stream can be had
 * without drawing those before it, and no stream depends on the order in which others are used. */
typedef struct poise_rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    int used;  // words of the block already given away, 4 = none left
} poise_rng;

/* What a number is for; streams of different purposes never meet. */
typedef enum poise_purpose {
    POISE_FOR_JOB = 1,        // gap to the next arrival and size: one block a job
    POISE_FOR_CLASS,          // class of a job, further draws of its size
    POISE_FOR_DEVICE,         // whatever happens to devices
    POISE_FOR_DEADLINE,       // of a task
    POISE_FOR_STRAGGLER,      // how slow each device of a task is
    POISE_FOR_TASK,           // sizes of the tasks of a job
    POISE_FOR_ESTIMATE,       // what is seen of them
    POISE_FOR_PART,           // which part of a device a task takes
    POISE_FOR_SHUFFLE,        // the order of the jobs of a list or trace
    POISE_FOR_SOURCE = 32,    // what a source does beside its jobs: states, batches, candidates
    POISE_FOR_AGENT = 64,     // an agent's own exploration and sampling
    POISE_FOR_NETWORK,        // initial weights
    POISE_FOR_HARNESS = 128,  // whatever is drawn around the runs
    POISE_FOR_SEEDS,          // seeds derived from seeds
    POISE_FOR_BOOTSTRAP,      // which runs are drawn again
} poise_purpose;

/* The stream of (seed, purpose, entity, index), at its first draw. */
poise_rng poise_rng_at(uint64_t seed, poise_purpose purpose, uint32_t entity, uint32_t index);
uint32_t poise_rng_u32(poise_rng *r);
uint64_t poise_rng_u64(poise_rng *r);
/* (k + 1/2) 2^-52 for k uniform in 0 .. 2^52-1, exact: never 0, never 1. */
double poise_rng_uniform(poise_rng *r);
/* Uniform in 0 .. n-1 without bias, n >= 1. */
int poise_rng_below(poise_rng *r, int n);
/* Standard normal, by inversion of one uniform number. */
double poise_rng_normal(poise_rng *r);

/* Seeds of episodes come from disjoint families: a seed of one never meets one of another. */
typedef enum poise_family { POISE_EVALUATE, POISE_TRAIN, POISE_VALIDATE, POISE_TUNE } poise_family;
/* The seed of episode `episode` in the family, for the user's seed `seed`. */
uint64_t poise_seed(poise_family family, uint64_t seed, uint64_t episode);

/* ---- scenario ----------------------------------------------------------------------------- */

/* What is simulated. Immutable once loaded: any number of threads may share it. */
typedef struct poise_scenario poise_scenario;

/* Reads a scenario file. `sets` are n_sets overrides "path=value" ("devices.0.count=8"), applied
 * before anything is checked. NULL on error, with every mistake of the file in err. */
poise_scenario *poise_scenario_load(const char *path, const char *const *sets, int n_sets,
                                    poise_error *err);
void poise_scenario_free(poise_scenario *s);  // NULL is fine

const char *poise_scenario_name(const poise_scenario *s);
const char *poise_scenario_title(const poise_scenario *s);
const char *poise_scenario_about(const poise_scenario *s);
/* Where it belongs ("queue", "cluster", ...; "other"), and where it comes from, "" if unsaid. */
const char *poise_scenario_family(const poise_scenario *s);
const char *poise_scenario_source(const poise_scenario *s);
/* The metric that matters in it, and the agents that are to be compared by it: specifications, the
 * first is the baseline, NULL-terminated. Whether there are such agents is not checked. */
const char *poise_scenario_measure(const poise_scenario *s);
const char *const *poise_scenario_rules(const poise_scenario *s);
/* The whole scenario as canonical YAML: every setting with its value, defaults too. */
const char *poise_scenario_resolved(const poise_scenario *s);
/* xxHash64 of the resolved scenario and of the jobs of its traces: its identity in results. Prose
 * (title, about, family, source, measure, rules) and the paths of traces are no part of it. */
uint64_t poise_scenario_hash(const poise_scenario *s);
/* Mean work offered per unit of capacity under the best fractional assignment of classes to groups
 * (a linear program); NAN where sources have no rate. At 1 and above no policy is stable. */
double poise_scenario_offered_load(const poise_scenario *s);
/* Whether environments of it keep a record of each task (`records: all`). If not, they keep running
 * statistics of fixed size instead: metrics are the same but for percentiles, which are estimates
 * that are off by at most POISE_QUANTILE_ERROR of their value. */
bool poise_scenario_keeps_records(const poise_scenario *s);
#define POISE_QUANTILE_ERROR 0.004
/* What its section `steady` asks of every single run: an analysis of the times of its tasks, in
 * order of arrival, as those of a system in its steady state. */
typedef struct poise_steady {
    int metric;    // whose mean is sought: row of poise_metrics; -1: nothing is asked
    bool waits;    // times from arrival to start of service; else to its end
    int batches;   // of the interval, at least 2
    bool deletes;  // a beginning that is not like the rest is left out
} poise_steady;
poise_steady poise_scenario_steady(const poise_scenario *s);
/* Counts that a user should hear of: lines of a trace that were left out, and why. "" if none. */
const char *poise_scenario_notes(const poise_scenario *s);

/* What a scenario file may say, as text for people: every key with default, meaning and what is
 * allowed. malloc'd, the caller frees it. */
char *poise_scenario_schema(void);

/* What never changes about a scenario and every agent may know. The arrays are the scenario's. */
typedef struct poise_space {
    int n_groups;
    int n_classes;
    int n_profiles;                    // most profiles that any class has, 1 if none are given
    int n_tenants;                     // 0 if tasks belong to nobody
    int n_resources;                   // named resources
    int window;                        // most waiting tasks that a view shows
    int max_running;                   // most running tasks that a view shows, 0 without preemption
    int n_aside;                       // cells of a task to suspend or reject it, and to defer it
    int max_candidates;                // candidates, and cells, that a view can have
    bool may_wait;                     // a candidate that waits is listed
    bool competes;                     // each tenant has an agent of its own
    const char *const *tenant_agent;   // (n_tenants) that drives it, NULL: the run says
    bool shares;                       // attention is divided, not dispatched
    bool weighs;                       // where it is: attention are weights, else their logarithms
    const char *const *group_name;     // (n_groups)
    const char *const *class_name;     // (n_classes)
    const char *const *tenant_name;    // (n_tenants)
    const char *const *resource_name;  // (n_resources)
    const int *count;                  // (n_groups) devices in the group
    const int64_t *resource;           // (n_groups, n_resources) named ones of one device
    const double *capacity;            // (n_groups) what the tasks on one device divide, in full
                                       // speeds of one task; 0 where they divide nothing
    const double *cap;                 // (n_classes, n_groups) most of it that a task can use
    int n_demands;                     // what jobs of the workload ask for, the most frequent
    const struct poise_demand *demand;  // first: (n_demands), see poise_demand
    const double *speed;      // (n_classes, n_groups) work units per second under the fastest
                              // profile, 0 = cannot run there
    const double *service_s;  // (n_classes, n_groups) mean size / speed, INFINITY = cannot run
    const struct poise_profile *profile;  // (n_classes, n_groups, n_profiles)
    int n_graphs;                         // 0 if all jobs are single tasks
    const struct poise_graph *graph;      // (n_graphs)
    const double *mean_size;   // (n_classes) work units; of jobs of traces and lists their mean
    double typical_service_s;  // mean over classes of the least service_s: a scale for features
    double discount_per_s;     // beta of exp(-beta t): the objective's discount, 0 if undiscounted
    const struct poise_observer *observer;  // what poise_observe needs to know
    const poise_scenario *scenario;         // that it is of, for agents that use it as a model
} poise_space;
const poise_space *poise_scenario_space(const poise_scenario *s);

/* What a part of all jobs ask for, as the scenario declares its workload: the mixes of its sources,
 * the jobs of lists and traces. At most 1024 of them, whose parts together are 1 unless there are
 * more; jobs that are graphs are left out. */
typedef struct poise_demand {
    int class_id, cores;
    int64_t memory_bytes;
    const int64_t *resource;  // (n_resources) as a task's
    double part;
} poise_demand;

/* A task of a graph needs `bytes` of what another made. */
typedef struct poise_edge {
    int from, to;
    int64_t bytes;
} poise_edge;

/* A graph of tasks that jobs may be, its tasks in topological order. Times are expected, for a job
 * of size 1, as means over the devices that can run a task. */
typedef struct poise_graph {
    const char *name;
    int n_tasks, n_edges;
    const char *const *task_name;  // (n_tasks)
    const int *class_id;           // (n_tasks)
    const int *first_edge;         // (n_tasks + 1) where the edges into a task begin
    const poise_edge *edge;        // (n_edges) by `to`
    const double *mean_size;       // (n_tasks) work units
    const double *service_s;       // (n_tasks)
    const double *upward_s;        // (n_tasks) upward rank: longest way from its start to the end
    const double *downward_s;      // (n_tasks) downward rank: longest way from the start to it
    double critical_s;             // the longest way of all
    int n_critical;
    const int *critical;  // (n_critical) its tasks
    int bottleneck;       // the task that fills all devices that can run it for longest
} poise_graph;

/* How a class runs on a group under a profile: batch size, precision, voltage, devices at once. */
typedef struct poise_profile {
    const char *name;     // "" where none is given
    double speed;         // of all its devices, work units per second; 0 = not there
    int devices;          // at once
    double memory_bytes;  // on each device
    double busy_w;        // of each device
    double quality;       // of what comes out, 1 is best
} poise_profile;

static inline const poise_profile *poise_profile_of(const poise_space *p, int class_id, int group,
                                                    int profile)
{
    return &p->profile[(class_id * p->n_groups + group) * p->n_profiles + profile];
}

/* ---- view --------------------------------------------------------------------------------- */

/* A task as agents see it, waiting or (with preemption) running. Sizes are what the scenario makes
 * visible: the true size, an estimate, or the mean of the class. */
typedef struct poise_task {
    int64_t id;            // number of the job in order of arrival, from 0
    double arrived_s;      // simulated time of arrival
    double size;           // visible size of what is left to do, work units
    double done;           // work units done so far
    double weight;         // holding cost per second in the system
    double memory_bytes;   // needed while it runs
    double best_s;         // least expected service over all groups that can run it
    int class_id;          // index into the space's classes
    int priority;          // larger is more urgent
    int cores;             // needed at once on a device with law `cores`
    int slot;              // where the environment keeps it; of no meaning to agents
    int tenant;            // whose it is, -1 nobody's
    int group, profile;    // where and how it runs; -1, -1 while it waits
    int16_t graph;         // of its job, index into the space's graphs; -1 without one
    int16_t n_before;      // tasks that must be done before it goes on, where it may be sent ahead
    int64_t job;           // the job it is part of; tasks without a graph are a job each
    int stage;             // its place in the job's graph, 0 without one
    int preemptions;       // so far
    double deadline_s;     // simulated time; INFINITY if there is none
    double upward_rank_s;  // longest expected way from its start to the job's end; best_s without
                           // a graph
    double critical_s;     // longest expected way of all that is left of its job; 0 without a graph
    const int64_t *resource;  // (n_resources) named ones, needed on each device; NULL: none
} poise_task;

/* A group of equal devices as agents see it. */
typedef struct poise_group {
    int count;       // devices
    int idle;        // devices that are up and have nothing to do
    int running;     // tasks in service
    int queued;      // tasks in the devices' own queues, not yet in service
    int cores;       // per device; 1 for law fifo
    int cores_free;  // over the devices that are up
    int parts;       // of a device's cores, which small tasks do not span; 1: it has none
    const uint64_t
        *part_free;       // (parts) free cores of each, on the group's first device; NULL: none
    double memory_bytes;  // per device; INFINITY if it does not matter
    double memory_free_bytes;  // over the devices that are up
    double backlog_s;       // expected time until a task sent there now would start, from visible
                            // sizes; INFINITY if the group takes no task now
    double idle_w, busy_w;  // power of one device
    int up;                 // devices that are neither broken nor asleep nor on their way there
    int asleep;             // devices that sleep
    int booting;            // devices that are waking up
    const double *resource_free;  // (n_resources) named resources, over the devices that are up
    double link_used;             // part of its link's bandwidth in use
    double power_w;               // of all its devices
    double average_busy;          // running averages: busy share of the devices,
    double average_memory;        //   memory used / memory there is, above 1 under pressure,
    double average_link;          //   part of the link in use
} poise_group;

/* What choosing a candidate does. */
typedef enum poise_act {
    POISE_START,    // the task starts on a device of the group, or joins its queue. With preemption
                    // it may displace running tasks that were not chosen to stay at this instant:
                    // those with the least attention
    POISE_KEEP,     // the running task stays where it is; nothing else at this instant displaces it
    POISE_MOVE,     // the running task goes on in another group or under another profile
    POISE_BOOK,     // the task cannot start now: it is promised the earliest time when it can
    POISE_SUSPEND,  // the running task goes back into the queue
    POISE_REJECT,   // the task is refused
    POISE_DEFER,    // the task is put aside for a while
    POISE_HOLD,     // nothing (more) is done at this instant
    POISE_SLEEP,    // an idle device of the group goes to sleep
    POISE_WAKE,     // a device of the group that sleeps boots
} poise_act;

/* A choice. */
typedef struct poise_candidate {
    int task;          // index into the view's tasks; POISE_WAIT where it is about none
    int16_t group;     // -1 where it is about none
    int8_t profile;    // 0 where it is about none
    int8_t act;        // a poise_act
    double service_s;  // expected service from now on, from the visible size, with what a change
                       // costs; 0 where it starts nothing
} poise_candidate;
#define POISE_WAIT (-1)

/* Whether choosing it gives the task a device: such candidates have a task and a group. */
static inline bool poise_gives_device(const poise_candidate *c)
{
    return c->act <= POISE_BOOK;
}

/* All that an agent may know. Owned by the environment, valid until its next step. Every candidate
 * listed may be chosen now; they stand in order of (task, group, profile), with what else can be
 * done with a task (suspend, reject, defer) behind that; then waiting, then devices that sleep or
 * wake. */
typedef struct poise_view {
    double now_s;
    int n_tasks;    // waiting tasks shown, oldest first
    int n_running;  // running tasks shown behind them (with preemption only)
    int n_beyond;   // waiting tasks behind the window
    int n_system;   // tasks in the system, waiting or in service
    int n_groups;
    int n_candidates;                        // at least 1 while a decision is due, 0 at the end
    double price_per_kwh, carbon_g_per_kwh;  // now; 0 where the scenario says nothing
    int tenant;                              // whose view it is, -1 everybody's
    const poise_task *task;                  // (n_tasks + n_running)
    const poise_group *group;                // (n_groups)
    const poise_candidate *candidate;        // (n_candidates)
    const poise_space *space;                // what never changes
} poise_view;

/* The legality mask over the full grid, for policies with a fixed number of actions: mask[cell] is
 * 1 where the cell may be chosen now. A row of cells for each place in the view (window waiting,
 * then max_running running tasks): (n_groups, n_profiles) in C order, then one each to suspend or
 * reject, and to defer. Behind them one cell to wait, and two (sleep, wake) for each group. In all
 * max_candidates. */
void poise_view_mask(const poise_view *v, unsigned char *mask);
/* The cell of a candidate, and the candidate of a cell (-1 if it may not be chosen now). */
int poise_view_cell(const poise_view *v, int candidate);
int poise_view_candidate(const poise_view *v, int cell);

/* ---- environment -------------------------------------------------------------------------- */

/* One running simulation of a scenario. Used by one thread at a time. */
typedef struct poise_env poise_env;

typedef enum poise_phase {
    POISE_RUNNING,
    POISE_TERMINATED,  // all work is done
    POISE_TRUNCATED,   // the scenario's end time was reached with work left
    POISE_FAILED,      // the choice was not a number, or the system grew without bound
} poise_phase;

/* What came of a choice. Decisions are not evenly spaced: discount by exp(-beta elapsed_s). */
typedef struct poise_outcome {
    double reward;     // weighted sum of the scenario's reward terms since the last decision
    double elapsed_s;  // simulated time since the last decision
    poise_phase phase;
} poise_outcome;

/* Memory for a simulation, in one block. NULL on error. The scenario must outlive it. */
poise_env *poise_env_new(const poise_scenario *s, poise_error *err);
void poise_env_free(poise_env *e);  // NULL is fine
/* Starts a new episode and advances to its first decision. The outcome holds what came before. */
poise_outcome poise_env_reset(poise_env *e, uint64_t seed);
bool poise_env_running(const poise_env *e);
const poise_view *poise_env_view(const poise_env *e);
/* Where the scenario dispatches: does what the candidate with the most attention says (ties: lowest
 * index) and advances to the next decision. Where it shares: divides the capacity by attention
 * until the next decision. attention is (n_candidates); it must hold no NaN. */
poise_outcome poise_env_step(poise_env *e, const double *attention);
/* The same for a policy that knows its choice: the candidate's index. Where the choice displaces
 * others, those that started last go first; where the scenario shares, that candidate gets all. */
poise_outcome poise_env_choose(poise_env *e, int candidate);
/* Where tenants compete (space.competes), each has an agent of its own. The view of one: its own
 * tasks and what may be done with them, and the public state of the devices. Valid until the next
 * call; no candidates if it has none now. */
const poise_view *poise_env_view_of(poise_env *e, int tenant);
/* All tenants bid: attention[t] is over the candidates of tenant t's view. What the arbiter decides
 * is done (see `competition` in the scenario file), and reward[t] (may be NULL) is what each gained
 * since the last time: the scenario's reward over its own tasks, and its part of the energy by what
 * it held. */
poise_outcome poise_env_bid(poise_env *e, const double *const *attention, double *reward);
/* What tenant t can still spend, has spent and has been given since the start. */
typedef struct poise_account {
    double budget, spent, refilled;
} poise_account;
poise_account poise_env_account(const poise_env *e, int tenant);
/* Index of the largest of n numbers, the lowest on ties; -1 if one is NaN. */
int poise_argmax(const double *attention, int n);
/* The last sentence of a failed episode; "" otherwise. */
const char *poise_env_error(const poise_env *e);
/* While no decision is due, which may last, the environment asks now and then whether to stop; if
 * so, the episode fails. stop NULL: it does not ask, as at first. A copy does not, either. */
void poise_env_ask(poise_env *e, bool (*stop)(const void *data), const void *data);
/* Makes `to` an exact copy of `from` (same scenario), for look-ahead and roll-outs. The copy keeps
 * no task records, or statistics of tasks, until it is reset. false if there is no memory for a
 * system that has grown. */
bool poise_env_copy(poise_env *to, const poise_env *from);
/* Gives the memory of task records, or statistics, back; none are kept from now on. Metrics that
 * need them are NAN, totals stay. */
void poise_env_forget(poise_env *e);
/* Names a trajectory: every event and choice so far, in order. */
uint64_t poise_env_hash(const poise_env *e);
/* Names the world: arrivals, classes and sizes so far. Equal for all agents, unless users wait for
 * their jobs (sources of type closed): then arrivals follow from when jobs leave. */
uint64_t poise_env_world_hash(const poise_env *e);
/* Memory the environment holds without its task records. */
size_t poise_env_bytes(const poise_env *e);

/* ---- observation -------------------------------------------------------------------------- */

/* The version of the layout and of its formulae: numbers of one version never mean anything else.
 */
#define POISE_OBSERVATION_VERSION 1

/* One column of a block of the observation. */
typedef struct poise_column {
    const char *name;   // "age", "service.gpu"
    const char *about;  // what it is and how it is normalised
    float low, high;    // bounds, both ends included
} poise_column;

/* A block of the observation: (rows, columns) numbers in C order. */
typedef struct poise_block {
    int offset;                  // of its first number in the observation
    int rows, columns;           // columns is 0 (and offset that of the next block) if it is empty
    const poise_column *column;  // (columns); NULL for the mask, whose columns are cells
} poise_block;

/* The observation: the view as float32 numbers for networks with a fixed input. A row of `task` for
 * each place in the view (window waiting, then max_running running tasks; zeros where there is no
 * task, 1 in column `present` where there is one), a row of `group` for each group of devices, one
 * of `globals`, and the mask, 0 or 1 for each cell of poise_view_mask. Columns of what a scenario
 * does not have are left out. Every number is finite and within the bounds of its column. A time is
 * taken relative to typical_service_s and a count of tasks relative to devices; without an upper
 * bound, such an x is squashed to x / (1 + x), and to x / (16 + x) beside it ("far") where large
 * values must still be told apart. The arrays are the scenario's. */
typedef struct poise_layout {
    int version;  // POISE_OBSERVATION_VERSION
    int n_floats;
    poise_block task, group, globals, mask;
} poise_layout;
poise_layout poise_observation_layout(const poise_space *space);
/* Writes the observation, obs (n_floats). The bits are the same on every machine. */
void poise_observe(const poise_view *v, float *obs);

/* ---- vector environment ------------------------------------------------------------------- */

/* Many environments of one scenario that step together, on several threads. Whatever the number of
 * threads, the bits are those of stepping the environments one by one. Task records are not kept.
 * An environment whose episode has ended is reset by the next step: what is asked of it then is
 * ignored, its reward and time are 0 and the observation is the first of the next episode
 * (Gymnasium's autoreset mode "next step"). */
typedef struct poise_vector poise_vector;

/* What comes of a step: arrays of the caller, a row for each of n environments, in its order. Any
 * may be NULL: it is then not wanted. */
typedef struct poise_batch {
    float *obs;                 // (n, n_floats of the layout)
    unsigned char *mask;        // (n, max_candidates) as poise_view_mask; all 0 at an end
    float *reward;              // (n)
    float *elapsed_s;           // (n) simulated time since the last decision
    unsigned char *terminated;  // (n) 1: all work is done
    unsigned char *truncated;   // (n) 1: the end time was reached, or the environment failed
    double *total_reward;       // (n) of the episode, where it has just ended; else 0
    int64_t *n_decisions;       // (n) of the episode, where it has just ended; else 0
} poise_batch;

/* Memory for n_envs >= 1 environments, and n_threads - 1 >= 0 threads that sleep between steps and
 * help the one that calls (never more than there are environments). Handing work over costs some
 * microseconds a step: threads pay where the environments of one take longer. NULL on error. The
 * scenario must outlive it. Used by one thread at a time. */
poise_vector *poise_vector_new(const poise_scenario *s, int n_envs, int n_threads,
                               poise_error *err);
void poise_vector_free(poise_vector *v);  // NULL is fine
/* Starts new episodes: episode k = 0, 1, 2 ... of environment i has seed poise_seed(family,
 * seed[i], k). Rewards before the first decision count in total_reward only. seed is (n). */
void poise_vector_reset(poise_vector *v, poise_family family, const uint64_t *seed,
                        const poise_batch *out);
/* One decision in each environment: cell (n) are cells of the grid of poise_view_mask. It is an
 * error to choose one whose mask is 0: an assert, and without asserts that environment's episode
 * ends with POISE_FAILED. Never touches the heap, unless a system outgrows all before it. */
void poise_vector_step(poise_vector *v, const int32_t *cell, const poise_batch *out);
/* The same by attention (n, max_candidates), as poise_env_step takes it, a number for each cell:
 * only those whose mask is 1 are looked at. Where the scenario shares, they divide the capacity. */
void poise_vector_attend(poise_vector *v, const float *attention, const poise_batch *out);
/* An environment of the vector, to look at; owned by the vector. */
const poise_env *poise_vector_env(const poise_vector *v, int env);
/* How the last step of an environment ended, and the last sentence if it is POISE_FAILED. */
poise_phase poise_vector_phase(const poise_vector *v, int env);
const char *poise_vector_error(const poise_vector *v, int env);

/* ---- records and metrics ------------------------------------------------------------------ */

typedef enum poise_fate {
    POISE_WAITING,
    POISE_IN_SERVICE,
    POISE_FINISHED,
    POISE_DROPPED,   // it met a full queue
    POISE_REJECTED,  // an agent refused it
    POISE_KILLED,    // at its limit or deadline
} poise_fate;

/* One task, from arrival to end, in order of arrival; the tasks of a job with a graph follow one
 * another in its order. Times are nanoseconds of simulated time, -1 = not (yet). */
typedef struct poise_record {
    int64_t arrived_ns, dispatched_ns, started_ns, finished_ns;  // started: the first time
    double size;                                                 // true size, work units
    double energy_j;                                             // of the devices, for its service
    int16_t class_id, group, profile, fate;  // the last ones; fate: a poise_fate
    int32_t device;                          // number within the group, the first if several
    int32_t cores;
} poise_record;

/* What more there is to a record where tasks do other than run from start to end. */
typedef struct poise_record_more {
    int32_t stage;        // its place in the job's graph: with 0 begins the next job
    int32_t preemptions;  // times it was taken off its devices, whatever the reason
    int64_t ready_ns;  // when all tasks before it in its job were done; = arrived without a graph
    int64_t deadline_ns;  // INT64_MAX if there is none
    double lost;          // work units done in vain: restarts, failures
} poise_record_more;

/* Totals of an episode over the measured time (after warm-up). Integrals are exact. */
typedef struct poise_totals {
    int64_t begin_ns, end_ns;  // what is measured; begin_ns is -1 if the warm-up never ended
    int64_t first_record;      // of the first measured task
    int64_t arrived, finished, dropped, unfinished;  // tasks that arrived after the warm-up
    int64_t rejected, killed, late;  // of these, too: refused, killed, ended after their deadline
    int64_t preemptions, failures;   // over the measured time; failures of devices
    double cost, carbon_g;           // over the measured time
    double moved_bytes;              // over links
    double lost_work;                // work units done in vain
    double memory_peak;              // most of a device's memory in use / what it has
    double allocated;                // part of all cores of all devices in use at the end
    double moved_share;  // what went from tasks that stay to others that stay, parts of all there
                         // is to share
    double recovery_s;   // after the change of the world, see recovery_s; NAN without one
    int recovered;       // whether the system did recover; -1 if there is no telling
    const double *tenant_held_s;  // (n_tenants) integral of the devices (cores) held
    int64_t decisions;            // over the whole episode
    double reward;                // over the whole episode
    double tasks_s;               // integral of tasks in system
    double energy_j;
    const double *busy_s;  // (n_groups) integral of the busy share times count
    const double *down_s;  // (n_groups) integral of the broken devices
} poise_totals;

/* What happened, for metrics. Owned by the environment, valid until its next step or reset. */
typedef struct poise_episode {
    const poise_scenario *scenario;
    const poise_record *record;     // (n_records) in order of arrival
    const poise_record_more *more;  // (n_records) the same tasks; NULL: each is a job, and runs
                                    // from start to end without a deadline
    int64_t n_records;
    const struct poise_statistics *statistics;  // in place of records; NULL where those are kept
    poise_totals totals;
    uint64_t hash, world_hash;
} poise_episode;
poise_episode poise_env_episode(const poise_env *e);

/* What a tenant got of an episode, of its tasks that arrived in the measured time. */
typedef struct poise_tenant_result {
    int64_t arrived, finished, dropped, late;  // dropped: refused and killed ones, too
    double response_mean_s;                    // NAN if none finished
    double
        finish_time_fairness;  // mean response / mean least service, times its part of all shares
    double held_s;             // integral of the devices (cores) it held
    double entitled;           // the part of all shares that is its
} poise_tenant_result;
poise_tenant_result poise_tenant_of(const poise_episode *ep, int tenant);

/* A pure function of an episode. To add a metric is to add a row in env/metrics.c. */
struct poise_digest;
typedef struct poise_metric {
    const char *name;
    const char *unit;
    int better;         // +1 larger is better, -1 smaller is better, 0 neither
    const char *about;  // one line, with the definition
    double (*of)(const struct poise_digest *);  // what poise_measure calls
} poise_metric;
int poise_metrics(const poise_metric **rows);  // how many there are
/* All metrics of an episode into value (poise_metrics rows); NAN where undefined. Allocates some
 * 120 KB of scratch; false if that failed. */
bool poise_measure(const poise_episode *ep, double *value);
/* The times that the scenario's section `steady` asks for, of measured tasks in order of arrival,
 * as means of batches of `size` successive tasks: 5, or 10, 20 ... in long runs, so that there are
 * at most 32768 batches. Only tasks that finished count; batches of which none did are left out,
 * and so are those at the end that were not over when the run was. */
typedef struct poise_series {
    int64_t size;
    int n;
    double *mean, *square;  // (n) s, s^2: of the times of a batch, and of their squares
    double *count;          // (n) how many times
} poise_series;
/* Empty if nothing is asked. To be freed; false without memory. */
bool poise_series_of(const poise_episode *ep, poise_series *to);
void poise_series_free(poise_series *s);
/* Busy share of the group's capacity over the measured time; NAN if there is none. */
double poise_utilisation(const poise_episode *ep, int group);
/* Row of a metric's name, -1 if there is none. */
int poise_metric_index(const char *name);

#ifdef __cplusplus
}
#endif
#endif
