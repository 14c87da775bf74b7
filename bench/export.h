/* export.h - a run as texts for others: its jobs as they came and went, what became of devices, and
 * a scenario in which the same jobs come again. Numbers read back as the same nanoseconds and
 * doubles. */
#ifndef EXPORT_H
#define EXPORT_H

#include "arena.h"
#include "listen.h"
#include "string_buffer.h"

/* A job as its source delivered it. */
typedef struct export_job {
    arrival came;          // its resources are a copy
    int64_t first_record;  // of its tasks
} export_job;

typedef struct export_event {
    int64_t time_ns;
    int group, device;
    device_turn turn;
} export_event;

/* What is heard of a run. */
typedef struct export_log {
    const poise_scenario *scenario;
    arena *memory;
    export_job *job;
    export_event *event;
    size_t n_jobs, n_events;
    env_listener listener;
} export_log;

/* A log that listens to the environment from its next reset on. It must stay where it is and
 * outlive the run; all it takes is of `memory`. */
void export_listen(export_log *log, const poise_scenario *s, poise_env *e, arena *memory);

/* What became of a job. Times are -1 where it has not happened. */
typedef struct export_end {
    int64_t started_ns, finished_ns;
    int group, device, profile;  // -1: none, or several
    int fate;                    // a poise_fate
} export_end;
/* Of the job of that number in the log; the episode is the one that was listened to, with its
 * records. */
export_end export_end_of(const export_log *log, const poise_episode *ep, size_t job);
/* How many records it has: one, or those of all its tasks. */
int64_t export_records_of(const export_log *log, const poise_episode *ep, size_t job);

/* A line for each job in our own CSV: how it came (arrival_s, class, size, estimate, cores,
 * memory_bytes, deadline_s, id, named resources), then what became of it (started_s, finished_s,
 * group, device, profile, outcome), of a graph as a whole. The episode is the one that was listened
 * to, with its records. */
void export_jobs(string_buffer *out, const export_log *log, const poise_episode *ep);
/* A line for each event of a device: time_s, event, group, device. */
void export_events(string_buffer *out, const export_log *log);

/* What the scenario of an export is called, and from where it has its jobs. */
typedef struct export_name {
    const char *name;  // of the scenario, with a version
    const char *file;  // with the jobs, beside the scenario's
    const char *head;  // comment lines that it begins with
} export_name;
/* The scenario of the log with every setting, its jobs those of the file. */
void export_scenario(string_buffer *out, const export_log *log, const poise_episode *ep,
                     export_name as);

/* Seconds with all their nanoseconds: "2.5". */
void export_seconds(string_buffer *out, int64_t ns);

/* A name as scenarios have them, from the last part of a path: "out/My run.csv" -> "my-run-v1".
 * Belongs to `memory`. */
const char *export_name_of(arena *memory, const char *path);

/* Whether jobs come when others have left: the same jobs then suit this agent's run only. */
bool export_reacts(const poise_scenario *s);

#endif
