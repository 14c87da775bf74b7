/* state.h - the inside of a running environment, shared by the files that make it run:
 *
 *   env.c       the loop: events and decisions; its parts are env_tasks.h (tasks from arrival to
 *               end), env_acts.h (what a choice does) and env_ledger.h (sums and rewards)
 *   window.c    tasks that wait: which of them agents see, in which order
 *   candidates.c  what may be chosen now
 *   dispatch.c  tasks on devices: which device, its own queue, what a group looks like
 *   transfer.c  what tasks wait for on their devices
 *   run.c       tasks that do other than run at one speed from start to end: progress, several
 *               devices, displacement, change of profile, sharing
 *   jobs.c      jobs that are graphs of tasks
 *   outage.c    devices that fail and are repaired
 *   sleep.c     devices that sleep and wake
 *   series.c    what energy and devices cost
 *   invariants.c  what is asserted of every run in debug builds
 *   numbers.c   processors by their numbers
 *   monitor.c   what agents see of groups beside their tasks
 *   memory.c    one block, its growth and copies
 *   recovery.c  when the system is back to what it was before the world changed
 *   statistics.c  what is measured of tasks where no records are kept
 *   batches.c   their times in order of arrival, for what a long run says of the steady state
 *
 * A scenario whose tasks all run at one speed from start to end on one device (has_runs is false)
 * never comes to run.c: the end of a service is known when it starts. */
#ifndef POISE_STATE_H
#define POISE_STATE_H

#include <math.h>

#include "calendar.h"
#include "device.h"
#include "listen.h"
#include "scenario.h"
#include "source.h"
#include "statistics.h"

/* Kinds of events, in the order in which they are handled at one time. */
typedef enum event_kind {
    EVENT_WARM,
    EVENT_PRICE,  // energy has another price from now on, or another carbon intensity
    EVENT_PACE,   // devices have another speed from now on
    EVENT_FIRST,  // an arrival, where each event is decided about by itself
    EVENT_FINISH,
    EVENT_TRANSFER,  // bytes have come
    EVENT_KILL,      // a task is at its limit or its deadline
    EVENT_FAIL,      // a device or a rack breaks
    EVENT_REPAIR,    // it is whole again
    EVENT_REST,      // a device falls asleep, is asleep, or is awake
    EVENT_RETURN,    // a task that was put aside is back
    EVENT_START,     // a task starts as it was booked
    EVENT_BATCH,     // a batch has waited long enough
    EVENT_ARRIVAL,
    EVENT_TICK,  // a decision is due
    EVENT_END,
} event_kind;

/* See jobs.h. */
typedef struct job job;
typedef struct job_task job_task;

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
    int16_t profile;
    int16_t source;  // it came from, and the user there who waits for it
    int user;
} task;

/* Where a task is. */
typedef enum task_state {
    TASK_GONE,     // its slot is free
    TASK_WAITING,  // in the window or behind it
    TASK_ASIDE,    // put aside for a while
    TASK_BOOKED,   // to start at began_ns
    TASK_QUEUED,   // in a device's own queue
    TASK_RUNNING,  // on devices
} task_state;

/* What more there is to know of a task that may do other than run at one speed from start to end.
 * left + done = size until work is lost. */
typedef struct run {
    double left, done;   // work units, as of since_ns
    double safe;         // part of done that a failure cannot take: when it started, or at a repair
    double base;         // work units per second with nothing in the way
    double rate;         // now; 0 = it stands still
    double weight;       // of its share of a device, 0 = that of its class
    double attention;    // at this decision, to be kept where it runs
    int64_t since_ns;    // may lie ahead: until then it is being set up
    int64_t counted_ns;  // its energy is counted up to here
    int64_t began_ns;    // when it got its devices, or will
    int64_t kept_ns;     // when it was last chosen to stay, start or leave: not twice at an instant
    int64_t limit_ns;    // of time on devices, INT64_MAX without
    int64_t used_ns;     // time on devices before began_ns
    int64_t deadline_ns;  // INT64_MAX without
    int64_t ready_ns;
    int64_t job;
    int stage;
    int state;        // a task_state
    int n_places;     // devices it holds
    int64_t pass;     // at which it was last booked
    int at_job;       // of the jobs in the system; -1 = it is a job of its own
    double own;       // its rate were it not for messages it exchanges
    int n_awaited;    // what it waits for on its devices before it goes on
    int n_flows;      // transfers to it
    int sent_to;      // device that all it needs is sent to, -1 = none
    int holder;       // device that all it needs has come to, -1 = none
    int n_broken;     // devices it holds that are to be repaired first
    int preemptions;  // times it was taken off its devices
    int tenant;
    bool dies;                 // at its deadline
    bool fresh;                // it has never run
    bool failed;               // its devices were taken by a failure: it restarts
    const int64_t *resources;  // (n_resources) named ones it needs, NULL = none
} run;

/* A task's hold on one device. The first of a task has the number first_place + slot, the others
 * come from a list of free ones below first_place. */
typedef struct place {
    int task, device;
    int next_on, prev_on;  // on the device, in order of start; -1 = none
    int next_of;           // of the task, or free; -1 = none
    int cores;
    int64_t promised_bytes, used_bytes;  // memory
    uint64_t parts;                      // of the device's cores, where it has parts
    double factor;                       // of the task's full speed here
    double share;                        // the same as last divided by attention, -1 = not yet
    int64_t busy_mw;                     // power of the device with this task alone
} place;

/* Whether a device sleeps. */
typedef enum machine_rest { REST_AWAKE, REST_LEAVING, REST_ASLEEP, REST_BOOTING } machine_rest;

/* What more there is to know of a device. */
typedef struct machine {
    int on_first, on_last;  // places on it, the oldest first; -1 = none
    bool off;               // starts no task at once: broken, asleep, on its way there or back
    bool batch_due;         // its queue has waited long enough
    bool fails;             // its own failure is being repaired, not only its rack's
    int8_t broken;          // by how many failures at once
    int8_t rest;            // a machine_rest; a broken device is awake
    uint32_t draws;         // from its random stream
    int64_t off_mw;         // what it draws while it is off
    int64_t used_bytes;     // memory in use, may exceed what there is
    int64_t power_mw;       // now
    int64_t base_mw;        // of this, what does not depend on its tasks
    int64_t rest_ns;        // when it is asleep, or awake, if it is on its way there
    int64_t turned_ns;      // when it was last sent to sleep or woken
    int64_t clock_ns;       // when it fails next, or, while that clock stands, time until then
} machine;

/* Devices of a group that also fail together. */
typedef struct rack {
    int group, first, count;
    uint32_t draws;
} rack;

/* A group while the simulation runs; what agents see of it is a poise_group beside it. */
typedef struct group_state {
    int first;            // number of its first device
    int open;             // no device below this one (within the group) has room to start a task
    bool takes;           // some device can start a task or queue it, demand aside
    bool demand_matters;  // as the law says
    bool queueing;        // devices have queues of their own
    bool fluid;           // speeds depend on what else is on a device
    bool whole;           // a device is busy or idle as a whole
    int cores;            // of one device, in terms of which it is busy
    int slots;            // of one device, in terms of which tasks fit
    double core_w;        // of one busy core, its share of idle power included
    int64_t busy_cores;
    int64_t since_ns;    // busy_ns and energy are counted up to here
    __int128 busy_ns;    // integral of busy_cores
    int64_t power_mw;    // of all its devices; only kept with runs, as are those below
    int64_t full_mw;     // the same without the cap
    double speed;        // part of their speed that the cap leaves, 1 without
    double pace;         // and what its series makes of it now
    int64_t base_mw;     // the part of it that does not depend on tasks
    int64_t used_bytes;  // memory in use
    __int128 energy_mwns;
    bool fails, sleeps;           // its devices may
    int n_down, n_asleep;         // devices that are broken, that sleep
    __int128 down_ns, asleep_ns;  // integrals of them up to since_ns
} group_state;

/* What invariants.c counts once more: of a group, and (in the first of these) of the whole. */
typedef struct audit {
    __int128 busy_ns, energy_mwns;
    __int128 at_work_ns, idle_ns, down_ns, asleep_ns, turning_ns;  // of devices, each in one state
    __int128 sojourn_ns;  // times of leaving less times of entering
    double served, gone;  // work units: done, and of these what tasks that have left had done
} audit;

/* What a tenant has. */
typedef struct tenant_state {
    int64_t n_in;  // its tasks in the system
    int64_t finished, dropped, late;
    double quality;
    double holding, slowdown;               // sums over its tasks in the system
    double tasks_s, holding_s, slowdown_s;  // integrals up to summed_ns
    int64_t summed_ns;
    double last_sum, reward;                 // its reward so far
    double budget, spent, refilled, credit;  // where it bids
    int64_t refilled_ns;
    __int128 last_held_ns;
    int64_t held;    // devices (cores) it holds now
    int64_t queued;  // that its tasks in devices' own queues will hold
    int64_t since_ns;
    __int128 held_ns;  // integral of held up to since_ns
} tenant_state;

/* What a tenant wants most, and would pay. */
typedef struct bid {
    int candidate;  // among all; -1: nothing
    double attention, price;
} bid;

/* When a running task is expected to end. */
typedef struct plan_end {
    int64_t end_ns;
    int slot;
} plan_end;

/* Resources of a plan: places (cores or devices), memory, then named ones. */
enum { PLAN_NAMED = 2, PLAN_DIMS = PLAN_NAMED + 64 };

/* See recovery.h. */
typedef struct recovery_state {
    int64_t length_ns, next_ns;  // of a window; the end of this one, INT64_MAX = none is counted
    int64_t back_ns;             // after the change: the end of the last window out of the band
    bool is_out;                 // the last whole window after the change was
    int n_before, n_after;       // whole windows
    double mean, squares;        // of those before: means, sum of squared deviations from it
    __int128 tasks_ns;           // the integral when this window began
} recovery_state;

/* Everything that changes and is not an array. Copied whole. */
typedef struct tally {
    int64_t now_ns;
    recovery_state recovery;
    uint64_t seed;
    poise_phase phase;
    int n_free_first;                                       // first free slot
    int waiting_first, waiting_last;                        // tasks behind the window
    int n_free_place;                                       // first free place
    int n_free_job;                                         // first free place for a job
    int released_first, released_last;                      // tasks of jobs to be given slots
    int lost_first;                                         // that have lost their places
    int64_t n_arrived, n_finished, n_dropped, n_decisions;  // dropped: all that went unfinished
    int64_t n_jobs;                                         // so far
    int64_t n_measured_finished, n_measured_dropped;
    int64_t n_measured_rejected, n_measured_killed, n_measured_late;  // of those
    int64_t n_late, n_preemptions, n_failures;
    int64_t warm_preemptions, warm_failures;  // when measuring began
    double warm_lost_work, warm_cost, warm_carbon_g, warm_moved_bytes;
    int n_background;              // events that matter only while there is work
    __int128 priced_mwns;          // energy that is paid for
    double energy_cost, carbon_g;  // of it
    double last_cost, last_carbon_g;
    double unfair_s;  // integral of 1 - Jain's index up to unfair_ns
    double last_unfair_s;
    int64_t unfair_ns;
    double common_reward;  // what of the reward all tenants share
    int64_t transfer_ns;   // when something comes next
    bool moves_changed;    // transfers began or ended
    int64_t pass;          // counts the instants at which something is decided
    int64_t plan_pass;     // for which there is a plan
    int n_booked;          // tasks booked at this instant, or (0 or 1) committed to for good
    int committed;         // the last of them
    int64_t shadow_ns;     // its start, as planned
    bool beyond_horizon;   // a service would end later than there is time
    double quality;        // sum over tasks finished
    double lost_work;      // work units done in vain
    double memory_peak;
    double moved_share, warm_moved_share;      // of all that is divided: see share_moved
    int64_t measure_ns;                        // measuring began, -1 = not yet
    int64_t measure_job;                       // first job that is measured
    int window_at;                             // where the stretch begins
    int n_open;                                // groups listed in open_groups
    bool open_is_stale;                        // they have to be listed anew
    bool parts_stand;                          // nothing but ends has changed parts since divided
    __int128 tasks_ns;                         // integral of tasks in system
    double holding, slowdown;                  // sums over tasks in system
    double holding_s, slowdown_s;              // their integrals
    __int128 warm_tasks_ns, warm_energy_mwns;  // the integrals when measuring began
    __int128 last_tasks_ns, last_energy_mwns;  // at the last decision
    double last_holding_s, last_slowdown_s;
    int64_t last_finished, last_dropped, last_late, last_ns;
    double last_quality;
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
    bool listens;         // some source is told when its jobs leave
    int n_racks;
    bool fails, sleeps;                         // devices of some group may
    int first_batch_entity, first_task_entity;  // in the calendar
    int first_outage_entity, first_rest_entity, transfer_entity;
    int most_edges, most_messages;  // of a graph
    int first_place;                // of the places that belong to slots
    int most_parts;                 // of a device of some group
    /* Arrays in the block. */
    task *task;        // (capacity)
    run *run;          // (capacity) with runs
    place *place;      // (first_place + capacity) with runs
    guest *guest;      // (capacity) room for the tasks of one device
    double *factor;    // (capacity) room for their speeds
    int job_capacity;  // jobs that are graphs, and the most tasks that one of them has
    int most_stages;
    job *job;                    // (job_capacity)
    job_task *job_task;          // (job_capacity, most_stages)
    int plan_capacity;           // breakpoints of a group's plan
    int *plan_n;                 // (n_groups) where tasks are booked: how many there are,
    int64_t *plan_at;            // (n_groups, plan_capacity) their times,
    int64_t *plan_free;          // (n_groups, plan_capacity, resources) what is free from then on
    plan_end *plan_end;          // (capacity) room for running tasks
    int set_words;               // of a set of processors, where they have numbers: see numbers.h
    uint64_t *free_set;          // (n_groups, set_words) free now
    uint64_t *held_set;          // (capacity, set_words) of each running task
    uint64_t *plan_set;          // (n_groups, plan_capacity, set_words) free from then on
    uint64_t *found_set;         // (set_words) room for one
    int64_t *started_ns;         // (capacity) without records: the first time, -1 = not yet
    double *all_to_one;          // (max_candidates) where tasks share: room for weights
    device *device;              // (n_devices)
    group_state *group;          // (n_groups)
    int64_t *free_ns;            // (n_groups) of the device that takes the next task
    double *queued_ns;           // (n_groups) of the same
    int *open_groups;            // (n_groups + 1) groups that take a task now, ascending
    poise_group *group_seen;     // (n_groups)
    poise_task *window;          // (window + WINDOW_SPARE) of which the view shows a stretch
    poise_task *class_seen;      // (n_classes) what all tasks of a class have in common
    poise_candidate *candidate;  // (max_candidates)
    double *pace;                // (n_classes, n_groups) seconds per work unit, 0 = cannot run
    double *best_pace;           // (n_classes) the least of them
    __int128 *warm_busy_ns;      // (n_groups) when measuring began
    __int128 *warm_down_ns;      // (n_groups) the same
    __int128 *warm_held_ns;      // (n_tenants) the same
    double *busy_s, *down_s;     // (n_groups) room for the totals
    double *tenant_held_s;       // (n_tenants) the same
    rack *rack;                  // (n_racks)
    audit *audit;                // (n_groups) in debug builds
    machine *machine;            // (n_devices) with runs
    int64_t *resource_free;      // (n_devices, n_resources) named resources
    double *resource_seen;       // (n_groups, n_resources) the same, as the view shows it
    uint64_t *part_free;         // (n_devices * most parts) cores free in each part
    tenant_state *tenant;        // (n_tenants)
    bid *bids;                   // (n_tenants)
    poise_task *own_task;        // (window + max_running) of the tenant who looks
    poise_candidate *own_candidate;  // (max_candidates)
    int *own_place;                  // (window + max_running) of all tasks, among its own
    poise_view own_view;
    arrival *upcoming;   // (n_sources) the next job of each
    char *source_state;  // states of the sources, one after the other
    size_t *source_at;   // (n_sources) where each begins
    network network;
    double *link_rate;  // (n_groups, 2) bytes per second over all links of a group, each way
    calendar calendar;
    tally t;
    poise_view view;
    /* Records of tasks, or statistics in their place; a copy has none. */
    poise_record *record;
    poise_record_more *more;  // with runs
    int64_t n_records, record_capacity;
    bool keeps_records;
    const env_listener *listener;  // NULL without; a copy has none
    poise_statistics *statistics;
    bool keeps_statistics;
    bool (*stop)(const void *data);  // asked now and then; NULL: nobody
    const void *stop_data;
    char error[200];
};

/* Room behind the window, so that the oldest task can leave without moving the others. */
enum { WINDOW_SPARE = 16 };

/* Entities of the calendar: sources, then timers, then devices that form batches, devices and racks
 * that fail, devices that sleep, then the slots of tasks (the end of their service, or whatever
 * else happens to them next). */
enum { TIMER_WARM, TIMER_END, TIMER_TICK, TIMER_PRICE, TIMER_CARBON, TIMER_PACE, N_TIMERS };

static inline int timer_entity(const poise_env *e, int timer)
{
    return e->s->n_sources + timer;
}

static inline int task_entity(const poise_env *e, int slot)
{
    return e->first_task_entity + slot;
}

/* Tasks that have arrived and not left. */
static inline int64_t in_system(const poise_env *e)
{
    return e->t.n_arrived - e->t.n_finished - e->t.n_dropped;
}

/* An event that is no reason to go on once all work is done. */
static inline void background_set(poise_env *e, int entity, event_kind kind, int64_t time_ns)
{
    e->t.n_background += !calendar_has(&e->calendar, entity);
    calendar_set(&e->calendar, entity, (int)kind, time_ns);
}

static inline void background_remove(poise_env *e, int entity)
{
    e->t.n_background -= calendar_has(&e->calendar, entity);
    calendar_remove(&e->calendar, entity);
}

/* Events that can still lead to work, and the end. */
static inline int events_left(const poise_env *e)
{
    return in_system(e) > 0 ? e->calendar.n : e->calendar.n - e->t.n_background;
}

/* All work is done. An end time on its own is a horizon that idle devices live to see; beside a
 * number of jobs it is only a limit. */
static inline bool nothing_left(const poise_env *e)
{
    int n = events_left(e);
    return n == 0 || (e->s->end_jobs > 0 && n == 1 && in_system(e) == 0 &&
                      calendar_has(&e->calendar, timer_entity(e, TIMER_END)));
}

/* Whether the device can start a task, if need be once it has woken up. */
static inline bool machine_takes(const machine *m)
{
    return !m->off || (m->broken == 0 && m->rest >= REST_ASLEEP);
}

/* Adds amount (>= 0) times a time that has passed (>= 0): one multiplication of 64 by 64 bits. */
static inline void integrate(__int128 *sum, int64_t amount, int64_t dt_ns)
{
    *sum += (__int128)((unsigned __int128)(uint64_t)amount * (uint64_t)dt_ns);
}

/* Compiled in place, once for scenarios with runs and once for those without: what a constant
 * argument decides costs nothing. */
#define HOT __attribute__((always_inline)) inline

/* Kept out of the way of the usual. */
#define COLD __attribute__((cold, noinline))

/* Relative error of a service in nanoseconds whose size, pace and two products are all rounded. */
#define ROUNDING 4.5e-16

/* Seconds to nanoseconds, rounded up: a service is never shorter than asked for. What is above a
 * whole number by rounding only (7 units at 10 a second are 0.7 s) counts as whole. Negative if it
 * is beyond the horizon. */
static inline int64_t service_ns(double s)
{
    double ns = s * 1e9;
    if (!(ns < (double)HORIZON_MAX_NS))
        return -1;
    int64_t whole = (int64_t)ns;
    return whole + (ns - (double)whole > ROUNDING * ns);
}

/* So much later (>= 0), at most the longest time there is. */
static inline int64_t later(int64_t from_ns, int64_t ns)
{
    return ns < HORIZON_MAX_NS - from_ns ? from_ns + ns : HORIZON_MAX_NS;
}

/* An expected time as service_ns says it, at most four years: sums with any time of the clock are
 * none beyond it. */
static inline int64_t within_years(int64_t ns)
{
    const int64_t most = HORIZON_MAX_NS >> 6;
    return ns < 0 || ns > most ? most : ns;
}

/* Whether somebody listens: hardly ever, and then time is no matter. */
static inline bool is_heard(const poise_env *e)
{
    return __builtin_expect(e->listener != NULL, 0);
}

/* Mixes what happened at a time into a running hash. */
static inline uint64_t hash_mix(uint64_t h, int64_t time_ns, uint64_t what)
{
    h = (h ^ (uint64_t)time_ns ^ what * 0xd6e8feb86659fd93ULL) * 0x9e3779b97f4a7c15ULL;
    return h ^ h >> 29;
}

/* memory.c: half as many slots again; false if there is no memory for them. */
bool env_grow(poise_env *e);
/* memory.c: half as many jobs that are graphs again; false as above. */
bool env_grow_jobs(poise_env *e);
/* memory.c: room for one more record; false if there is none. */
bool env_grow_records(poise_env *e);

/* window.c: what never changes, once. */
void window_prepare(poise_env *e);
/* window.c: a task that was away comes back, in order of arrival. */
void window_return(poise_env *e, int slot);
/* window.c: takes a waiting task out, wherever it stands. */
void window_remove(poise_env *e, int slot);
/* window.c: lists the running tasks that agents see behind those in the window. */
void window_show_running(poise_env *e);
/* window.c: what a run adds to what agents see of a task. */
void window_see_run(const poise_env *e, int slot, poise_task *seen);

/* env.c: does what the candidate says, attention being noted; -1: the attention held a NaN. */
poise_outcome env_choose_noted(poise_env *e, int candidate);

/* env.c: asks the source for its next job. */
void env_expect(poise_env *e, int source);

/* candidates.c: lists what may be chosen now; returns how many. */
int candidates_list(poise_env *e);

/* dispatch.c: all devices idle, at the start of an episode. */
void dispatch_reset(poise_env *e);
/* dispatch.c: whether the group, which takes tasks, takes this one. */
bool dispatch_fits(const poise_env *e, const poise_task *seen, int group);
/* dispatch.c: whether devices could take more than n such tasks at once. */
bool dispatch_takes_more(const poise_env *e, const arrival *a, int64_t n);
/* dispatch.c: sends the task to the device of the group that starts it soonest (the lowest number
 * on ties), under the profile. It must be possible. False if its service would end beyond the
 * horizon. */
bool dispatch_task(poise_env *e, int slot, int group, int profile);
/* dispatch.c: the task's service ends now; the next one in the device's own queue starts. False as
 * above. */
bool dispatch_finish(poise_env *e, int slot);
/* dispatch.c: whether the group can take a task is to be found out anew. */
void dispatch_refresh(poise_env *e, int group);
/* dispatch.c: with runs: starts what it can of the queues of the group's devices. */
void dispatch_serve(poise_env *e, int group);
/* dispatch.c: the group's speeds have changed; from now on all takes so many times as long. */
void dispatch_expect_anew(poise_env *e, int group, double longer);
/* dispatch.c: takes a task out of its device's own queue. */
void dispatch_unqueue(poise_env *e, int slot);
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
