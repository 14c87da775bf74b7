/* spans.h - who held which device of a run, from when to when, as heard while it runs: tasks with
 * every stretch that they ran, not only the last, and stretches in which a device was broken or
 * slept. */
#ifndef SPANS_H
#define SPANS_H

#include "listen.h"

typedef enum span_kind { SPAN_TASK, SPAN_BROKEN, SPAN_ASLEEP } span_kind;

typedef struct span {
    int64_t from_ns, to_ns;  // to_ns is INT64_MAX while it lasts
    int64_t record;          // of the task, -1 without one
    int64_t next;            // of the same task at once on another device, -1 = none
    int class_id, cores;     // of the task
    int group, device;       // the device within the group
    span_kind kind;
} span;

typedef struct spans {
    const poise_env *env;
    span *at;
    int64_t n, room;
    int64_t *of_record;  // (n_records) the first open span of each task, -1 = none
    int64_t n_records;
    int64_t *of_device;  // (devices, 2) the open one of being broken, and of sleeping; -1 = none
    bool no_memory;
    env_listener listener;
} spans;

/* From the next reset on; false without memory. */
bool spans_listen(spans *s, poise_env *e);
/* The run is over: what lasts ends with it. Nothing is heard from now on. false if something is
 * missing for want of memory. */
bool spans_end(spans *s, poise_env *e);
void spans_free(spans *s);

#endif
