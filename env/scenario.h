/* scenario.h - the inside of a scenario: what the files of env/ share and agents never see.
 *
 * scenario.c is the only place that fills it. Immutable afterwards. All memory belongs to the
 * scenario and is freed with it. */
#ifndef POISE_SCENARIO_H
#define POISE_SCENARIO_H

#include "dist.h"
#include "poise.h"

#define NS_PER_S 1000000000LL
/* The latest time a simulation may reach: 292 years do not fit into int64 nanoseconds. */
#define HORIZON_MAX_S 9e9
#define HORIZON_MAX_NS 9000000000000000000LL

static inline double seconds(int64_t ns)
{
    return (double)ns * 1e-9;
}

typedef struct device_law device_law;
typedef struct source_type source_type;

/* What a law knows of its group; the rows of each law (devices/NAME.c) fill its own part. */
typedef struct law_params {
    int queue;  // fifo: places behind the task in service; 0 none, -1 without bound
    int cores;  // cores: at once on one device
} law_params;

typedef struct scenario_group {
    const char *name;
    const char *kind;  // "cpu", "gpu", "tpu", "edge" or any other word
    int count;         // devices
    const device_law *law;
    law_params params;
    int64_t memory_bytes;      // per device; INT64_MAX if it does not matter
    int64_t idle_mw, busy_mw;  // power of one device
} scenario_group;

typedef struct scenario_class {
    const char *name;
    const char *kind;  // what the speeds of groups refer to; the name if not given
    dist size;         // work units
    int64_t memory_bytes;
    int cores;  // needed on a device with law `cores`
    int priority;
    double weight;          // holding cost per second
    double estimate_error;  // sd of the log of visible / true size under `sizes: estimate`
} scenario_class;

/* One job of a list or trace. */
typedef struct trace_job {
    int64_t arrival_ns;
    double size;           // work units
    double estimate;       // visible size; size if none is known
    int64_t memory_bytes;  // per task
    int32_t cores;
    int32_t class_id;
} trace_job;

typedef struct scenario_source {
    const char *name;
    const source_type *type;
    double rate_per_s;     // poisson, deterministic: mean arrivals per second
    int64_t period_ns;     // deterministic: between arrivals
    int64_t start_ns;      // first possible arrival
    int max_jobs;          // batch: how many; poisson, deterministic: at most, 0 without limit
    int n_mix;             // which classes, by cumulative probability
    const int *mix_class;  // (n_mix)
    const double *mix_cumulative;  // (n_mix), the last is 1
    int first_jobs;                // trace: only the first so many, 0 all
    int64_t n_jobs;                // list, trace
    const trace_job *job;          // list, trace: (n_jobs), in order of arrival
} scenario_source;

/* How much of a task's true size agents see. */
typedef enum visibility { SEE_TRUE, SEE_ESTIMATE, SEE_MEAN } visibility;

typedef enum reward_term {
    REWARD_FLOW,        // -tasks in system, integrated over time
    REWARD_HOLDING,     // -sum of weights of tasks in system, integrated over time
    REWARD_SLOWDOWN,    // -sum of 1 / least expected service of tasks in system, integrated
    REWARD_THROUGHPUT,  // +1 per completion
    REWARD_ENERGY,      // -joules
    N_REWARD_TERMS,
} reward_term;
extern const char *const reward_term_names[];  // NULL-terminated

struct poise_scenario {
    const char *name, *title, *about, *path;
    const char *work_unit;  // what sizes count: "step", "FLOP", "s"
    int n_groups, n_classes, n_sources;
    scenario_group *group;
    scenario_class *classes;
    scenario_source *source;
    double *speed;  // (n_classes, n_groups) work units per second, 0 = cannot run there
    int window;
    bool may_wait;
    visibility visible;
    int queue_limit;  // most tasks that wait for a device, -1 = no limit
    double reward_weight[N_REWARD_TERMS];
    bool weighs_tasks;  // the reward holds sums over tasks (holding, slowdown)
    double discount_per_s;
    int64_t end_ns;       // 0 = no end time
    int64_t end_jobs;     // arrivals stop after as many; 0 = no limit
    int64_t warmup_ns;    // tasks that arrive before are not measured
    int64_t warmup_jobs;  // nor are the first so many
    double offered_load;
    poise_space space;
    char *resolved;
    char *notes;
    uint64_t hash;
    void *memory;  // everything above that is pointed to; freed as one
};

#endif
