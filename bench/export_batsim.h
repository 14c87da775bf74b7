/* export_batsim.h - a run as Batsim writes one (NAME_jobs.csv), for tools that read that: evalys
 * and its like (P.-F. Dutot et al., "Batsim: a realistic language-independent resources and jobs
 * management systems simulator", JSSPP 2016).
 *
 * Batsim's machines are cores where tasks ask for cores, else devices, numbered from 0 over all
 * groups. Where processors are only counted each task is given the lowest numbers that are free. */
#ifndef EXPORT_BATSIM_H
#define EXPORT_BATSIM_H

#include "export.h"
#include "gauge.h"

/* What is heard of a task. */
typedef struct batsim_held {
    const int *machine;  // (n) ascending, as at its last start
    int n;               // 0 before that
    int64_t left_ns;     // finished or not; 0 before that
} batsim_held;

typedef struct batsim_log {
    export_log log;  // the first: what is heard goes to it
    const poise_env *env;
    int n_devices;
    int *first;          // (n_devices + 1) machine of each device
    bool *is_busy;       // (machines)
    gauge_place *place;  // (n_devices) room for those of one task
    int *machine;        // (machines) room for those of one task
    batsim_held *held;   // (n_held) by record
    size_t n_held;
} batsim_log;

/* As export_listen. */
void batsim_listen(batsim_log *b, const poise_scenario *s, poise_env *e, arena *memory);

/* A head and a line for each job in order of arrival, with the columns and the six decimals of
 * Batsim 1.x: job_id, hacky_job_id, workload_name, submission_time, requested_number_of_resources,
 * requested_time, success, starting_time, execution_time, finish_time, waiting_time,
 * turnaround_time, stretch, consumed_energy, allocated_resources ("0-3 5"). Times are seconds, -1
 * for what has not happened; requested_time is what the estimate takes on the fastest group; energy
 * is joules. A job that is a graph stands as a whole, with the machines of its first task. */
void batsim_jobs(string_buffer *out, const batsim_log *b, const poise_episode *ep);

#endif
