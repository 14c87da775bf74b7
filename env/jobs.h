/* jobs.h - jobs that are graphs of tasks, while they are in the system. All tasks of a job arrive
 * with it; a task is released, and gets a slot, when all that it comes after are done (or, where
 * tasks are sent ahead, have their devices). Only for scenarios whose jobs have graphs. */
#ifndef POISE_JOBS_H
#define POISE_JOBS_H

#include "graph.h"
#include "run.h"

/* A job in the system. */
struct job {
    const graph_template *graph;
    int64_t number;    // of all jobs
    int64_t first_id;  // of its tasks: their ids follow one another in its order
    int64_t due_ns;    // INT64_MAX if there is no deadline
    int64_t arrived_ns;
    double visible;    // visible size of the job: ranks grow with it
    int left;          // tasks that are still in the system
    int front;         // tasks before this place in the order of ranks are done
    int source, user;  // it came from
    int next;          // in the list of free ones; -1 = none
    bool dies;         // at its deadline
    bool dying;        // a task of it was killed or refused: so are the others
};

/* A task of a job in the system. */
struct job_task {
    double size, visible, estimate;
    int slot;       // -1: not released yet, or gone
    int device;     // it runs on or is queued for, -1 = none yet
    int to_place;   // tasks before it that have no device yet
    int to_finish;  // tasks before it that are not done
    int next;  // in the list of those to be released, or that have lost their places; -1 = none
    bool done;
    bool placed;  // it has had a device; where tasks are sent ahead, it has one
    bool lost;    // its place, and it is in the list of those
    double pace;  // room: its rate if links had nothing else to carry
    double part;  // room: what they leave of it
};

/* No jobs, at the start of an episode. */
void jobs_reset(poise_env *e);
/* The graph of the job, NULL if it is a single task. */
static inline const graph_template *jobs_graph(const poise_env *e, int class_id)
{
    return e->s->classes[class_id].graph;
}
/* A place for the job that source has delivered, with the sizes of its tasks; -1 if there is no
 * memory for it. */
int jobs_begin(poise_env *e, int source, double visible, int64_t due_ns);
/* Sizes of a task that is part of a job, as they could be for all that agents see of the job; by
 * the environment's seed and `turn`. */
double jobs_draw_again(const poise_env *e, int number, int stage, int turn);
/* The job has left the system. */
void jobs_end(poise_env *e, int number);
job_task *jobs_task(const poise_env *e, int number, int stage);
/* A task of the job as if it had come from a source on its own. */
arrival jobs_arrival(const poise_env *e, int number, int stage);
/* The task comes after nothing that it would have to wait for. */
bool jobs_is_first(const poise_env *e, int number, int stage);
/* The task is to get a slot. */
void jobs_release(poise_env *e, int number, int stage);
/* The next task that is to be released, taken off the list; false if there is none. */
bool jobs_next_released(poise_env *e, int *number, int *stage);

/* The task in the slot has got a device (task.device), or a place in its queue; needs_data: what
 * tasks that are done have for it is sent there. */
void jobs_placed(poise_env *e, int slot, bool needs_data);
/* The task in the slot has lost its place. */
void jobs_displaced(poise_env *e, int slot);
/* Where tasks are sent ahead: those behind one that has lost its place are taken back until it has
 * one again, for what they would hold while they wait for it may be what it waits for. */
void jobs_take_back(poise_env *e);
/* The device of the group that holds most of what the task needs, if the task fits there now; -1 if
 * there is none, or the task takes several devices. */
int jobs_favourite(const poise_env *e, int slot, int group, int profile);
/* Seconds until what the task needs of tasks that are done would be there, sent to the group now.
 */
double jobs_data_s(const poise_env *e, int slot, int group, int profile);
/* The task is done: tasks behind it go on, or are to be released. */
void jobs_task_done(poise_env *e, int slot);

/* What being part of a job adds to what agents see of a task that has done nothing yet. */
void jobs_see(const poise_env *e, int slot, poise_task *seen);

/* Sets the rates of all tasks of the job that exchange messages: `own` is what the task in the slot
 * could do alone. Slot -1: one of them has stopped. */
void jobs_pace(poise_env *e, int number, int slot, double own);
/* What links leave to them has changed. */
void jobs_follow(poise_env *e, int number);
#endif
