/* scenario.h - the inside of a scenario: what the files of env/ share and agents never see.
 *
 * scenario.c is the only place that fills it. Immutable afterwards. All memory belongs to the
 * scenario and is freed with it. */
#ifndef POISE_SCENARIO_H
#define POISE_SCENARIO_H

#include "dist.h"
#include "network.h"
#include "poise.h"
#include "spill.h"

#define NS_PER_S 1000000000LL
/* The latest time a simulation may reach: 292 years do not fit into int64 nanoseconds. */
#define HORIZON_MAX_S 9e9
#define HORIZON_MAX_NS 9000000000000000000LL

/* Mean arrivals per second that a source can have. */
#define RATE_MIN 1e-9
#define RATE_MAX 1e9

static inline double seconds(int64_t ns)
{
    return (double)ns * 1e-9;
}

typedef struct device_law device_law;
typedef struct source_type source_type;

/* What a law knows of its group; the rows of each law (devices/NAME.c) fill its own part. */
typedef struct law_params {
    int queue;                      // fifo, edge: places behind the task in service; 0 none, -1 all
    int cores;                      // cores: at once on one device
    int parts;                      // cores: equal parts of a device that small tasks do not span
    int room;                       // shared, roofline, batching: tasks at once; 0 without bound
    double capacity;                // shared: full speeds of one task that there are to share
    double cap;                     // shared: most of them that one task can use
    bool weighted;                  // shared: by the weights of the classes, else equally
    double flop_per_s, byte_per_s;  // roofline
    double exponent;     // batching: b tasks together run b^exponent times as fast as one
    int64_t timeout_ns;  // batching: a batch that is not full waits as long for more
    bool continuous;     // batching: tasks join and leave at any time
} law_params;

/* The link between the devices of a group and the rest. */
typedef struct scenario_link {
    int64_t latency_ns;
    double byte_per_s;  // INFINITY: moving bytes takes no time
    int sharing;        // of transfers at once: a link_sharing
    int per_group;      // one link for all its devices
    int half_duplex;    // both ways share the bandwidth
    int first_pipe;     // of its directions: see scenario_network.c
} scenario_link;

/* When devices fail and how long repairs take; mtbf.type is NULL where they do not. Times in
 * seconds. */
typedef struct scenario_failures {
    dist mtbf, mttr;            // of one device
    int rack;                   // devices that also fail together; 0 none do
    dist rack_mtbf, rack_mttr;  // of a rack
    int only_busy;              // the clock to the next failure stands while a device is idle
    int keeps;                  // of a task's progress: KEEP_CHECKPOINT, KEEP_ALL, KEEP_NOTHING
    int stays;                  // the task waits on its device for the repair, else it is queued
} scenario_failures;
enum { KEEP_CHECKPOINT, KEEP_ALL, KEEP_NOTHING };

/* Devices that sleep; boot_ns is -1 where they do not. */
typedef struct scenario_sleep {
    int64_t after_ns;  // idle for so long: asleep by itself; 0 = only when an agent says so
    int64_t boot_ns, down_ns;
    int64_t asleep_mw, boot_mw, down_mw;
    int at_start;  // the episode begins with all asleep
} scenario_sleep;

/* A quantity that varies over time in steps, again and again. */
typedef struct scenario_series {
    int n;  // 0: none
    int64_t period_ns;
    const int64_t *at_ns;  // (n) from 0, ascending
    const double *value;   // (n) from then on
} scenario_series;

/* What happens when the tasks on a device use more memory than it has. */
typedef enum memory_pressure { PRESSURE_NONE, PRESSURE_SLOW, PRESSURE_KILL } memory_pressure;

/* Which part of a device a task takes that needs less than one, of those where it fits. */
typedef enum part_choice { PART_FULLEST, PART_EMPTIEST, PART_LOWEST, PART_RANDOM } part_choice;

typedef struct scenario_group {
    const char *name;
    const char *kind;  // "cpu", "gpu", "tpu", "edge" or any other word
    int count;         // devices
    bool apart;        // while it is read: each of them is to be a group of its own
    int within;        // a part_choice
    const device_law *law;
    law_params params;
    int64_t memory_bytes;      // per device; INT64_MAX if it does not matter
    const int64_t *resources;  // (n_resources) named resources of one device
    int64_t idle_mw, busy_mw;  // power of one device
    int64_t cap_mw;            // of the whole group, 0 none; beyond it all its tasks slow down:
    double cap_exponent;       //   dynamic power goes as speed to this exponent
    double price_per_h;        // of one device that is not asleep
    double overcommit;         // memory is promised up to so many times what there is
    int pressure;              // a memory_pressure
    double pressure_floor;     // PRESSURE_SLOW: least part of full speed
    scenario_link link;
    scenario_failures failures;
    scenario_sleep sleep;
    scenario_series pace;  // factor of all its speeds over time; n is 0 where it is always 1
} scenario_group;

/* A way in which a class may run (batch size, precision, pruning, voltage, number of devices). */
typedef struct scenario_profile {
    const char *name;
    const char *kind;      // of device it is for, NULL any
    int devices;           // of one group, at once
    double speed;          // of all of them, times that of one device; 0 = as `sync` says
    int64_t memory_bytes;  // per device; -1 = that of the task
    int cores;             // per device; 0 = those of the task
    int64_t busy_mw;       // of one device; -1 = that of the group
    double quality;        // of what comes out; 1 is best
} scenario_profile;

/* How several devices work on one task. */
typedef struct scenario_sync {
    int asynchronous;  // nobody waits for the slowest, no all-reduce
    double step;       // work units between two all-reduces
    int64_t bytes;     // reduced each time, by a ring: 2 (n - 1) / n of them over every link
    dist straggler;    // by how much a device of a task is slower, from 1; type NULL: none
} scenario_sync;

/* What a task that is moved, resumed or rescaled pays. */
typedef struct scenario_switch {
    int64_t time_ns;  // before it goes on
    int64_t bytes;    // moved to where it goes on, unless that is the same device
    double lost;      // part of the work done so far
} scenario_switch;

typedef struct scenario_checkpoint {
    int64_t interval_ns;  // of running between two; 0 = all progress is always safe
    int64_t cost_ns;      // of taking one
    int64_t restart_ns;   // before a task that failed goes on
} scenario_checkpoint;

typedef struct graph_template graph_template;

typedef struct scenario_class {
    const char *name;
    const char *kind;  // what the speeds of groups refer to; the name if not given
    dist size;         // work units
    int64_t memory_bytes;
    int64_t request_bytes;     // of memory that is asked for; memory_bytes if not given
    int cores;                 // needed on a device with law `cores`
    const int64_t *resources;  // (n_resources) named, needed on each device
    int priority;
    double weight;            // holding cost per second
    double estimate_error;    // sd of the log of visible / true size under `sizes: estimate`
    int killed_at_limit;      // when it has run for as long as its estimate
    double flop, byte;        // roofline: per work unit
    double cap;               // shared: most of a device that a task can use; 0 = what the law says
    dist deadline;            // seconds from arrival; type NULL: none
    double slack;             // deadline = slack times least service of what is seen, 0 none
    int killed_when_late;     // else it goes on
    int64_t input_bytes;      // from the origin of data to the device, before it starts
    const char *tenant_name;  // NULL: nobody's
    int tenant;               // -1 none
    int n_profiles;
    const scenario_profile *profile;  // (n_profiles)
    bool has_sync;
    scenario_sync sync;
    scenario_switch change;  // preemption, migration, another profile
    scenario_checkpoint checkpoint;
    const graph_template *graph;  // jobs of the class are graphs of tasks; NULL: one task
} scenario_class;

/* How a class runs on a group under a profile. */
typedef struct scenario_mode {
    double speed;        // work units per second, stragglers aside; 0 = not there
    double alone_speed;  // the same without what its devices spend on each other
    int devices;
    int cores;             // of each; 0 = those of the task
    int64_t memory_bytes;  // of each; -1 = that of the task
    int64_t busy_mw;       // of each device
    double quality;
} scenario_mode;

typedef struct scenario_tenant {
    const char *name;
    double share;       // what it is entitled to, relative to the others
    int quota;          // most devices (cores) it may hold at once, 0 without bound
    const char *agent;  // that drives it; NULL: the run says
} scenario_tenant;

/* How the attention of tenants decides, each driven by an agent of its own. */
enum { COMPETE_NOT, COMPETE_HIGHEST, COMPETE_PROPORTIONAL };
typedef struct scenario_competition {
    int rule;
    double budget, refill_per_s;  // proportional: bids are paid from it; 0 free
} scenario_competition;

/* A link between two groups, which replaces theirs between them. */
typedef struct scenario_pair {
    int a, b;
    scenario_link link;
} scenario_pair;

/* One job of a list or trace. */
typedef struct trace_job {
    int64_t arrival_ns;
    double size;           // work units
    double estimate;       // visible size; size if none is known
    int64_t memory_bytes;  // per task
    int32_t cores;
    int32_t class_id;
    int64_t deadline_ns;       // from arrival, 0 = as its class says
    const int64_t *resources;  // (n_resources) NULL = those of its class
} trace_job;

/* A state of a source of type mmpp. */
typedef struct mmpp_state {
    double rate_per_s;  // of arrivals, before they are scaled
    int64_t hold_ns;    // mean time it lasts
} mmpp_state;

typedef enum diurnal_shape { DIURNAL_STEP, DIURNAL_LINEAR, DIURNAL_SINE } diurnal_shape;
typedef enum bulk_epochs { BULK_POISSON, BULK_DETERMINISTIC } bulk_epochs;

/* Parameters of a source of type lublin, named as in sources/lublin.c. */
typedef struct lublin_params {
    int cores;
    double serial, pow2, low, medium, prob;
    double a1, b1, a2, b2, pa, pb;
    double aarr, barr, anum, bnum;
    int day_start;
} lublin_params;

typedef struct scenario_source {
    const char *name;
    const source_type *type;
    double rate_per_s;             // mean arrivals per second, 0 if it has no rate
    int64_t period_ns;             // deterministic: between arrivals
    int64_t start_ns;              // first possible arrival
    int64_t stop_ns;               // none from then on; 0 = until the end
    int max_jobs;                  // batch: how many; others: at most, 0 without limit
    int n_mix;                     // which classes, by cumulative probability
    const int *mix_class;          // (n_mix)
    const double *mix_cumulative;  // (n_mix), the last is 1
    int first_jobs, skip_jobs;     // trace: only the first so many, 0 all; after so many
    int64_t n_jobs;                // list, trace
    const trace_job *job;          // list, trace: (n_jobs), in order of arrival
    spill *jobs, *amounts;         // trace: where they and their resources are; amounts may be NULL
    int64_t from_ns, to_ns;        // trace: only jobs that arrive in it; to_ns 0 = to the end
    int shuffled;                  // list, trace: in another order in each episode
    double fill, until;            // then: see replay.h
    double load_factor;            // trace: gaps are divided by it
    const char *format;            // trace: its name, NULL = told by the content
    bool lenient;                  // trace: lines that are wrong are counted and left out
    double own_per_s;              // what the parameters below make of rate_per_s by themselves
    dist gap, written_gap;         // renewal: between arrivals, seconds
    dist think, written_think;     // closed: from the end of a user's job to the next, seconds
    int users;                     // closed
    dist batch, written_batch;     // bulk: jobs at once
    int epochs;                    // bulk: a bulk_epochs
    int n_states;                  // mmpp
    const mmpp_state *state;       // mmpp: (n_states)
    const double *jump;            // mmpp: (n_states, n_states) probabilities; NULL = in turn
    const double *jump_up_to;      // mmpp: (n_states, n_states) their sums along rows
    const double *state_up_to;     // mmpp: (n_states) sums of the stationary probabilities
    int64_t cycle_ns, peak_ns;     // diurnal: the period, when a sine is at its highest
    int shape;                     // diurnal: a diurnal_shape
    double amplitude;              // diurnal: of a sine, over its mean
    int n_points;                  // diurnal, lublin: equal parts of the period
    const double *point;           // diurnal: (n_points) arrivals per second; lublin: over the mean
    double point_highest;          // diurnal: the highest rate, also of a sine
    lublin_params lublin;
    double mean_size, mean_cores;  // of its jobs, cores weighted by size; 0 = as their class says
} scenario_source;

/* How much of a task's true size agents see. */
typedef enum visibility { SEE_TRUE, SEE_ESTIMATE, SEE_MEAN } visibility;

typedef enum reward_term {
    REWARD_FLOW,        // -tasks in system, integrated over time
    REWARD_HOLDING,     // -sum of weights of tasks in system, integrated over time
    REWARD_SLOWDOWN,    // -sum of 1 / least expected service of tasks in system, integrated
    REWARD_THROUGHPUT,  // +1 per completion
    REWARD_ENERGY,      // -joules
    REWARD_LATE,        // -1 per task that missed its deadline
    REWARD_DROPPED,     // -1 per task dropped, rejected or killed
    REWARD_QUALITY,     // +quality of each completion
    REWARD_FAIRNESS,    // -(1 - Jain's index over tenants with work of what they hold), integrated
    REWARD_COST,        // -money
    REWARD_CARBON,      // -grams
    N_REWARD_TERMS,
} reward_term;
extern const char *const reward_term_names[];  // NULL-terminated

/* What agents decide. */
typedef enum decision_mode { MODE_DISPATCH, MODE_SHARE } decision_mode;
typedef enum preemption { PREEMPT_NONE, PREEMPT_RESUME, PREEMPT_RESTART } preemption;
typedef enum commitment { COMMIT_NONE, COMMIT_PASS, COMMIT_HOLD } commitment;
typedef enum backfilling { BACKFILL_NONE, BACKFILL_EASY, BACKFILL_CONSERVATIVE } backfilling;

typedef struct scenario_decision {
    int mode;              // a decision_mode
    int weights;           // share: attention are weights (>= 0), else their logarithms
    bool stand;            // share: parts stand while tasks end
    int preempt;           // a preemption: what tasks that are displaced keep
    bool migrate;          // running tasks may move to another group
    bool rescale;          // or to another profile
    bool suspend;          // or be put back into the queue
    bool reject;           // waiting tasks may be refused
    bool power;            // agents put devices to sleep and wake them
    bool ahead;            // tasks of graphs may be sent to a device's queue before they are ready
    int64_t defer_ns;      // waiting tasks may be put aside for so long; 0 no
    int64_t quantum_ns;    // a decision is due at every multiple; 0 no
    int64_t average_ns;    // time constant of the view's running averages
    int commit, backfill;  // a commitment, a backfilling
    int named;             // bookings hold processors by their numbers, not so many of them
    int one_by_one;        // a decision is due after each event, arrivals first; else instants
    int64_t lookahead_ns;  // tasks are booked within this horizon; 0 no
    int running;           // most running tasks that a view shows
} scenario_decision;

struct poise_scenario {
    const char *name, *title, *about, *path;
    const char *work_unit;  // what sizes count: "step", "FLOP", "s"
    const char *family, *source_line, *measure;
    const char *const *rule;  // (n_rules) and NULL: agents to compare, the first is the baseline
    int n_rules;
    int n_groups, n_classes, n_sources;
    scenario_group *group;
    scenario_class *classes;
    scenario_source *source;
    int n_graphs;
    graph_template *graph;  // (n_graphs) see graph.h
    int n_profiles;         // most that a class has
    scenario_mode *mode;    // (n_classes, n_groups, n_profiles)
    double *speed;          // (n_classes, n_groups) the best of the profiles, work units per second
    int n_resources;        // named ones; cores and memory are no part of them
    const char *const *resource_name;  // (n_resources)
    int n_tenants;
    scenario_tenant *tenant;
    scenario_competition competition;
    int n_pairs;
    scenario_pair *pair;
    scenario_pair **sorted_pair;  // (n_pairs) by groups
    scenario_link origin;         // out of where inputs are; byte_per_s 0: nothing in the way
    int n_pipes;
    network_pipe *pipe;      // (n_pipes) of all links
    int *pipe_of;            // (n_pipes) 2 group, + 1 into it; -1 = of no group
    bool has_network;        // bytes are moved over links
    double *interference;    // (n_classes, n_classes) speed of one beside the other; NULL none
    scenario_series price;   // money per kWh
    scenario_series carbon;  // grams per kWh
    scenario_decision decision;
    int window;
    bool may_wait;
    bool has_batches;  // some device waits for batches to fill
    bool coreless;     // some task needs no cores at all
    bool has_paces;    // some group's speeds change over time
    bool has_runs;     // some task may do other than run at one speed from start to end
    visibility visible;
    int queue_limit;  // most tasks that wait for a device, -1 = no limit
    double reward_weight[N_REWARD_TERMS];
    bool weighs_tasks;  // the reward holds sums over tasks (holding, slowdown)
    double discount_per_s;
    int64_t end_ns;       // 0 = no end time
    int64_t end_jobs;     // arrivals stop after as many; 0 = no limit
    int64_t change_ns;    // when the world changes, 0 = never: see recovery.h
    int64_t warmup_ns;    // tasks that arrive before are not measured
    int64_t warmup_jobs;  // nor are the first so many
    bool keeps_records;   // of tasks; else statistics of them
    poise_steady steady;
    double offered_load;
    poise_space space;
    char *resolved;
    char *notes;
    uint64_t hash;
    void *memory;           // everything above that is pointed to; freed as one
    struct markov *solved;  // optima that have been asked for: see markov.h
};

/* Seconds to move bytes from a device of one group to another device, of the same or another group,
 * with nothing in the way: the latency of both links, then bytes / bandwidth of the slower; or by
 * the link that the two groups have between them. A bandwidth that was not given takes no time. */
double scenario_transfer_s(const poise_scenario *s, int from, int to, int64_t bytes);

/* A device, by its number within the group. */
typedef struct scenario_end {
    int group, device;
} scenario_end;
enum { SCENARIO_ORIGIN = -1 };  // where inputs are, as a group

/* The way between two devices, or from the origin to one. */
network_way scenario_way(const poise_scenario *s, scenario_end from, scenario_end to);
/* Seconds that bytes take over it with nothing else on their way. */
double scenario_way_s(const poise_scenario *s, const network_way *way, double bytes);
/* The link that two groups have between them, NULL without. */
const scenario_pair *scenario_pair_of(const poise_scenario *s, int a, int b);
/* Pipes that it has. */
int64_t scenario_pipes_of_pair(const poise_scenario *s, const scenario_pair *pair);
/* The pipes of all links; again after a change of links. */
void scenario_settle_network(poise_scenario *s);

/* Job k of a list or trace. Going through them in order keeps few of them in memory. */
static inline const trace_job *scenario_job_of(const scenario_source *src, int64_t k)
{
    if (src->jobs && k % SPILL_CHUNK == 0) {
        spill_at(src->jobs, k);
        if (src->amounts)
            spill_at(src->amounts, k);
    }
    return &src->job[k];
}

/* Row of the tables (n_classes, n_groups, n_profiles). */
static inline int scenario_cell(const poise_scenario *s, int class_id, int group, int profile)
{
    return (class_id * s->n_groups + group) * s->n_profiles + profile;
}

#endif
