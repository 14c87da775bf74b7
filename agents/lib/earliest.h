/* earliest.h - a plan of graphs of tasks that are sent to devices before they are ready: when each
 * task that was sent is expected to be done, and where. Tasks are added at the end of what a device
 * has to do, never in gaps before. Each group counts as one processor; with several devices it is
 * free when the view says so. */
#ifndef POISE_EARLIEST_H
#define POISE_EARLIEST_H

#include "rule.h"

/* A task that was sent. */
typedef struct earliest_task {
    int64_t job;  // -1: none
    int group;
    double done_s;
} earliest_task;

typedef struct earliest {
    const poise_space *space;
    double byte_per_s, latency_s;  // between groups; 0 bytes per second: transfers take no time
    int n_tasks;                   // most that a graph has
    earliest_task *task;           // (EARLIEST_JOBS, n_tasks) of the last jobs
    double *free_s;                // (n_groups) when all that was sent there is done
} earliest;

enum { EARLIEST_JOBS = 256 };

/* Takes memory for the plan, which earliest_free gives back; false if there is none. */
bool earliest_init(earliest *e, const poise_space *space);
void earliest_free(earliest *e);
/* A new episode begins. */
void earliest_begin(earliest *e);

/* The service of the candidate's task there, without transfers. */
double earliest_service_s(const earliest *e, const poise_view *v, int candidate);
/* When the candidate's task would be done: behind what its group has to do, and when all that it
 * needs has come. */
double earliest_done_s(const earliest *e, const poise_view *v, int candidate);
/* The candidate is chosen. */
void earliest_send(earliest *e, const poise_view *v, int candidate);

/* Whether the candidate sends a waiting task to a device. */
static inline bool earliest_sends(const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    return poise_gives_device(c) && v->task[c->task].group < 0;
}

#endif
