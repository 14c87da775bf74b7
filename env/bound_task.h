/* bound_task.h - the tasks of an episode as bounds see them: when each could begin and end if there
 * were no others, and what it needs of all devices together. */
#ifndef BOUND_TASK_H
#define BOUND_TASK_H

#include "bound_price.h"

/* A task of the records, if it were alone. */
typedef struct bound_task {
    double arrived_s;  // of its job
    double from_s;     // what comes before it in its job is done, its data have come
    double end_s;
    double least_s;  // service on its fastest devices
    double tail_s;   // of what came after it in its job
    double need;     // see bound_pool.h
    int part;        // of the scenario; -1 none
    int class_id, fate;
    bool begins;  // a job
} bound_task;

typedef struct bound_tasks {
    const poise_episode *ep;
    const poise_scenario *s;
    price_list prices;
    int64_t first;  // record of the first task
    int n;
    bound_task *task;  // (n) in the order of the records
    int *order;        // (n) by part, then from_s
    int *first_of;     // (n_parts + 1) in that order
    double begin_s, end_s;
    bool cut;  // the episode ended at its end time, whatever was left
} bound_tasks;

/* Those from record `first` on. false without memory. */
bool bound_tasks_make(bound_tasks *b, const poise_episode *ep, int64_t first, double begin_s);
void bound_tasks_free(bound_tasks *b);

#endif
