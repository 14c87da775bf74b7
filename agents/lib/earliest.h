/* earliest.h - a timetable of graphs of tasks: when and where each task is expected to run. Tasks
 * are put in one by one, each into the first gap that is long enough for it and not before what it
 * needs has come (insertion-based; Topcuoglu, Hariri and Wu, IEEE TPDS 13 (2002)). They are sent in
 * order of their starts, so that tasks that are sent ahead queue in this order. */
#ifndef POISE_EARLIEST_H
#define POISE_EARLIEST_H

#include "rule.h"

/* A task in the timetable. */
typedef struct earliest_task {
    int64_t job;  // -1: none
    int group, profile;
    double start_s, done_s;
    bool sent;
} earliest_task;

/* When a device is taken, and by whom. */
typedef struct earliest_span {
    double start_s, done_s;
    int64_t job;
    int stage;
} earliest_span;

enum { EARLIEST_JOBS = 256, EARLIEST_SPANS = 256 };

typedef struct earliest {
    const poise_space *space;
    double byte_per_s, latency_s;  // between groups; 0 bytes per second: transfers take no time
    int n_tasks;                   // most that a graph has
    int n_devices;
    earliest_task *task;  // (EARLIEST_JOBS, n_tasks) of the last jobs
    int *n_spans;         // (n_devices)
    earliest_span *span;  // (n_devices, EARLIEST_SPANS) by time
} earliest;

/* Takes memory for the timetable, which earliest_free gives back; false if there is none. */
bool earliest_init(earliest *e, const poise_space *space);
void earliest_free(earliest *e);
/* A new episode begins. */
void earliest_begin(earliest *e);

/* When the candidate's task would be done if it were put in next. */
double earliest_done_s(const earliest *e, const poise_view *v, int candidate);

/* Whether the task of candidate a is put in before that of b. */
typedef bool earliest_order(const poise_view *v, int a, int b);
/* Whether candidate a is a better place than b for their task. */
typedef bool earliest_taste(const earliest *e, const poise_view *v, int a, int b);
/* Puts in the tasks that are not in the timetable yet, and sends the one that starts first; the
 * candidate that does nothing if there is none to send. */
int earliest_choose(earliest *e, const poise_view *v, earliest_order *precedes,
                    earliest_taste *suits);

#endif
