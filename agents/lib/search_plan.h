/* search_plan.h - plans for the tasks that a view shows, as vectors of numbers in [0, 1]: two a
 * task, its place in the order and where it is to go ("random keys"; Bean, ORSA J. on Computing 6
 * (1994)). Every vector is a plan: tasks are put in one by one in this order, each behind those
 * before it, where it is to go or where it would be done first. What a plan costs follows from
 * visible sizes, speeds and what was sent before, on flat arrays. */
#ifndef POISE_SEARCH_PLAN_H
#define POISE_SEARCH_PLAN_H

#include "agent.h"

/* What is to be least. */
typedef enum plan_objective {
    PLAN_AUTO,      // as the scenario's measure says, else its reward
    PLAN_MAKESPAN,  // time until all is done
    PLAN_RESPONSE,  // sum of the times until tasks are done
    PLAN_JOBS,      // the same of jobs
    PLAN_HOLDING,   // the same, weighted
    PLAN_SLOWDOWN,  // the same, each over its task's least expected service
    PLAN_LATE,      // tasks that miss their deadlines
    PLAN_LATENESS,  // most that one is late
    PLAN_REWARD,    // minus the scenario's reward, as far as plans decide it
} plan_objective;
extern const char *const plan_objective_names[];  // NULL-terminated

enum { PLAN_CHOICES = 16, PLAN_SENT = 256 };

/* Where a task may go; group -1: it is refused. */
typedef struct plan_choice {
    int group, profile;
    int places;        // that it takes there
    double release_s;  // no sooner
    double service_s;
    double cost;  // beside what time costs
} plan_choice;

/* A task, and where the plan has it. */
typedef struct plan_task {
    int64_t job;
    int stage;
    int n_choices;
    double least_s;  // service
    double tail_s;   // what of its job follows it
    double deadline_s;
    double rate, late;  // what a second until it is done costs, and to miss the deadline
    double key, where;  // its numbers in the plan that is followed, -1 = it was not in it
    int first;          // task of its job in the plan
    double job_done_s;  // of the first: when what follows all of them is done, too
    int chosen;         // of its choices
    double start_s, done_s;
    int rank;  // by start
    bool sent;
} plan_task;

/* Places of a group that become free at once. */
typedef struct plan_free {
    double at_s;
    int64_t places;
} plan_free;

/* A task that was sent and, as far as is known, is not done. */
typedef struct plan_sent {
    int64_t job;
    int stage, group, places;
    double start_s, done_s;
} plan_sent;

typedef struct plan {
    const poise_space *space;
    int objective;  // never PLAN_AUTO
    int most_tasks;
    int n;                          // tasks in it
    plan_task *task, *was;          // (most_tasks) and those of the plan before
    plan_choice *choice;            // (most_tasks, PLAN_CHOICES)
    int *order;                     // (most_tasks) in which they are put in
    int *index;                     // (most that a view shows) of its tasks, -1 = not in the plan
    int most_free;                  // of a group
    int *n_base, *n_free;           // (n_groups)
    plan_free *base, *free;         // (n_groups, most_free) by time: without the plan, and with it
    int *here;                      // (n_groups) tasks there that are known
    bool *ahead;                    // (n_groups) tasks may be sent to queues there
    bool displaces;                 // running tasks are planned anew
    bool idles;                     // devices may be left idle now
    bool astray;                    // the world went other than planned
    double now_s, busy_s;           // when it was made; when all that was sent is done
    double tolerance_s;             // times that differ by less are the same
    double watt_s, last, lateness;  // what a joule, the end and the most lateness cost
    double refusal;                 // and to refuse a task
    int n_sent;
    plan_sent *sent;  // (PLAN_SENT) in order of sending
} plan;

/* Takes memory for plans of so many tasks at most, which plan_release gives back; false if there is
 * none. */
bool plan_init(plan *p, const poise_space *space, int most_tasks, int objective);
void plan_release(plan *p);
/* A new episode begins. */
void plan_begin(plan *p);

/* ---- making plans (search_plan.c) ---------------------------------------------------------- */

/* Gathers the tasks of a view, of which plan_holds was asked. */
void plan_gather(plan *p, const poise_view *v);
/* The plan that x (2 n) stands for; returns what it costs. */
double plan_decode(plan *p, const double *x);
/* How many plans are known beforehand, and the k-th of them: each possible one for a single task;
 * else the one before, and what simple rules would do. */
int plan_n_known(const plan *p);
void plan_known(const plan *p, int k, double *x);

/* ---- following them (search_follow.c) ------------------------------------------------------ */

/* Compares what was sent with what the view shows. Returns whether the plan holds: all tasks of the
 * view are in it, and nothing happened at another time than planned. */
bool plan_holds(plan *p, const poise_view *v);
/* The plan of x, which was decoded last, is to be followed. */
void plan_adopt(plan *p, const double *x);
/* Attention that follows the plan, and notes what that sends. */
void plan_attend(plan *p, const poise_view *v, double *attention);

#endif
