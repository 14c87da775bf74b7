/* state.h - the inside of a running environment, shared by env.c (the loop), dispatch.c (tasks on
 * devices) and memory.c (one block, its growth and copies). */
#ifndef POISE_STATE_H
#define POISE_STATE_H

#include "calendar.h"
#include "device.h"
#include "scenario.h"
#include "source.h"

/* Kinds of events, in the order in which they are handled at one time. */
typedef enum event_kind { EVENT_WARM, EVENT_FINISH, EVENT_ARRIVAL, EVENT_END } event_kind;

/* A task in the system. What agents see of it is made when it enters the window. */
typedef struct task {
    int64_t id;
    int64_t arrived_ns;
    double size;     // true, work units
    double visible;  // what agents see
    int64_t memory_bytes;
    int cores;
    int next;    // in the queue it stands in, or the list of free slots; -1 = none
    int device;  // number over all groups
    int16_t class_id;
    int16_t group;
} task;

/* A group while the simulation runs; what agents see of it is a poise_group beside it. */
typedef struct group_state {
    int first;            // number of its first device
    int open;             // no device below this one (within the group) has room to start a task
    bool takes;           // some device can start a task or queue it, demand aside
    bool demand_matters;  // as the law says
    bool queueing;        // devices have queues of their own
    int cores;            // of one device
    double core_w;        // of one busy core, its share of idle power included
    int64_t busy_cores;
    int64_t since_ns;  // busy_ns is counted up to here
    __int128 busy_ns;  // integral of busy_cores
} group_state;

/* Everything that changes and is not an array. Copied whole. */
typedef struct tally {
    int64_t now_ns;
    uint64_t seed;
    poise_phase phase;
    int n_free_first;                 // first free slot
    int waiting_first, waiting_last;  // tasks behind the window
    int64_t n_arrived, n_finished, n_dropped, n_decisions;
    int64_t n_measured_finished, n_measured_dropped;
    int64_t measure_ns;                        // measuring began, -1 = not yet
    int64_t measure_job;                       // first job that is measured
    int window_at;                             // where the stretch begins
    int n_open;                                // groups listed in open_groups
    bool open_is_stale;                        // they have to be listed anew
    __int128 tasks_ns;                         // integral of tasks in system
    double holding, slowdown;                  // sums over tasks in system
    double holding_s, slowdown_s;              // their integrals
    __int128 warm_tasks_ns, warm_energy_mwns;  // the integrals when measuring began
    __int128 last_tasks_ns, last_energy_mwns;  // at the last decision
    double last_holding_s, last_slowdown_s;
    int64_t last_finished, last_ns;
    double reward;  // so far
    uint64_t hash, world_hash;
} tally;

struct poise_env {
    const poise_scenario *s;
    void *block;
    size_t block_bytes;
    int capacity;  // slots for tasks
    int n_devices;
    bool demand_matters;  // in some group
    bool queueing;        // in some group
    /* Arrays in the block. */
    task *task;                  // (capacity)
    device *device;              // (n_devices)
    group_state *group;          // (n_groups)
    int64_t *free_ns;            // (n_groups) of the device that takes the next task
    double *queued_ns;           // (n_groups) of the same
    int *open_groups;            // (n_groups + 1) groups that take a task now, ascending
    poise_group *group_seen;     // (n_groups)
    poise_task *window;          // (window + WINDOW_SPARE) of which the view shows a stretch
    poise_candidate *candidate;  // (max_candidates)
    double *pace;                // (n_classes, n_groups) seconds per work unit, 0 = cannot run
    double *best_pace;           // (n_classes) the least of them
    __int128 *warm_busy_ns;      // (n_groups) when measuring began
    double *busy_s;              // (n_groups) room for the totals
    arrival *upcoming;           // (n_sources) the next job of each
    char *source_state;          // states of the sources, one after the other
    size_t *source_at;           // (n_sources) where each begins
    calendar calendar;
    tally t;
    poise_view view;
    /* Records of tasks; a copy has none. */
    poise_record *record;
    int64_t n_records, record_capacity;
    bool keeps_records;
    char error[200];
};

/* Room behind the window, so that the oldest task can leave without moving the others. */
enum { WINDOW_SPARE = 16 };

/* Entities of the calendar: sources, then timers, then the slots of tasks in service. */
enum { TIMER_WARM, TIMER_END, N_TIMERS };

static inline int timer_entity(const poise_env *e, int timer)
{
    return e->s->n_sources + timer;
}

static inline int task_entity(const poise_env *e, int slot)
{
    return e->s->n_sources + N_TIMERS + slot;
}

/* Adds amount (>= 0) times a time that has passed (>= 0): one multiplication of 64 by 64 bits. */
static inline void integrate(__int128 *sum, int64_t amount, int64_t dt_ns)
{
    *sum += (__int128)((unsigned __int128)(uint64_t)amount * (uint64_t)dt_ns);
}

/* Mixes what happened at a time into a running hash. */
static inline uint64_t hash_mix(uint64_t h, int64_t time_ns, uint64_t what)
{
    h = (h ^ (uint64_t)time_ns ^ what * 0xd6e8feb86659fd93ULL) * 0x9e3779b97f4a7c15ULL;
    return h ^ h >> 29;
}

/* memory.c: half as many slots again; false if there is no memory for them. */
bool env_grow(poise_env *e);
/* memory.c: room for one more record; false if there is none. */
bool env_grow_records(poise_env *e);

/* dispatch.c: all devices idle, at the start of an episode. */
void dispatch_reset(poise_env *e);
/* dispatch.c: whether the group, which takes tasks, takes this one. */
bool dispatch_fits(const poise_env *e, const poise_task *seen, int group);
/* dispatch.c: whether devices could take more than n such tasks at once. */
bool dispatch_takes_more(const poise_env *e, const arrival *a, int64_t n);
/* dispatch.c: sends the task to the device of the group that starts it soonest (the lowest number
 * on ties). It must be possible. False if its service would end beyond the horizon. */
bool dispatch_task(poise_env *e, int slot, int group);
/* dispatch.c: the task's service ends now; the next one in the device's own queue starts. False as
 * above. */
bool dispatch_finish(poise_env *e, int slot);
/* dispatch.c: lists the groups that take a task now. */
void dispatch_list_open(poise_env *e);
/* dispatch.c: brings what the view says of queues on devices up to now. */
void dispatch_refresh_view(poise_env *e);
/* dispatch.c: integral of the busy cores of a group up to now. */
__int128 dispatch_busy_ns(const poise_env *e, int group);
/* dispatch.c: energy of all devices up to now in milliwatts times nanoseconds, 1e-12 J. Taken from
 * the busy times and not summed up on its own, so that it is exact whatever share of a device's
 * power a core has. */
__int128 dispatch_energy_mwns(const poise_env *e);

#endif
