/* listen.h - somebody who is told what happens while an environment runs, beyond what records keep:
 * jobs as their sources deliver them, what is chosen, and what becomes of tasks and devices.
 * Nothing comes back: a run that somebody listens to is the same run. */
#ifndef POISE_LISTEN_H
#define POISE_LISTEN_H

#include "source.h"

/* What becomes of a device. */
typedef enum device_turn {
    DEVICE_FAILS,
    DEVICE_IS_REPAIRED,
    DEVICE_POWERS_DOWN,  // it is on its way to sleep
    DEVICE_SLEEPS,
    DEVICE_BOOTS,  // it is on its way back
    DEVICE_IS_AWAKE,
} device_turn;

/* What becomes of a task. */
typedef enum task_turn {
    TURN_QUEUES,        // it joins a device's own queue
    TURN_STARTS,        // also where it goes on, or goes on elsewhere
    TURN_IS_DISPLACED,  // it is taken off its devices and waits again
    TURN_LEAVES,        // finished or not: see fate
} task_turn;

typedef struct task_event {
    int64_t time_ns;
    int64_t record;              // its number, in order of arrival
    int slot;                    // its place in the environment; -1: it never had one
    int class_id;                // of the task
    int group, device, profile;  // where; the device within the group; all -1: nowhere
    int cores;                   // that it needs on each device; 0: it never had a place
    task_turn turn;
    poise_fate fate;  // where it leaves
} task_event;

/* All but data may be NULL: then nobody hears of it. */
typedef struct env_listener {
    void *data;
    /* A job arrives, whatever then becomes of it. first_record is the number of its record, or of
     * the first of its tasks: theirs follow. */
    void (*job)(void *data, const arrival *a, int64_t first_record);
    void (*device)(void *data, int64_t now_ns, int group, int device, device_turn turn);
    void (*task)(void *data, const task_event *t);
    /* Before it is done: the candidate, and its task (NULL: it has none). c is NULL where attention
     * divides devices. */
    void (*choice)(void *data, int64_t now_ns, const poise_candidate *c, const poise_task *t);
    /* Time passes: from now (from_ns) until to_ns everything stands as it does in e. */
    void (*pass)(void *data, const poise_env *e, int64_t from_ns, int64_t to_ns);
    /* Before its choice: what an agent that decides by attention writes, one number for each
     * candidate of the view, which says whose it is where tenants bid. */
    void (*attention)(void *data, const poise_view *v, const double *attention);
} env_listener;

/* From the next reset on; the listener must outlive the environment or be taken away with NULL.
 * Copies of the environment are not listened to. */
void env_listen(poise_env *e, const env_listener *listener);

/* For the environment, where it has a listener: a job of a source arrives; what becomes of the task
 * in a slot, or of one that leaves without ever having had one; what is chosen; time; attention. */
void listen_job(const poise_env *e, int source);
void listen_task(const poise_env *e, int slot, task_turn turn, poise_fate fate);
void listen_gone(const poise_env *e, int64_t record, int class_id, poise_fate fate);
void listen_choice(const poise_env *e, const poise_candidate *c);
void listen_pass(const poise_env *e, int64_t to_ns);
void listen_attention(const poise_env *e, const poise_view *v, const double *attention);

#endif
