/* trace.h - readers of job traces: one file a format under env/traces/, ending with its table
 * `const trace_format trace_NAME`. Readers stream: they hold a buffer, not the file. */
#ifndef POISE_TRACE_H
#define POISE_TRACE_H

#include "scenario.h"

typedef struct trace_reader trace_reader;

/* What a trace says of itself, known once its header has been read. */
typedef struct trace_header {
    int64_t max_procs;        // processors of the machine, 0 = unknown
    int64_t unix_start_time;  // of time 0, -1 = unknown
} trace_header;

/* What was left out or changed while reading, over the whole file. */
typedef struct trace_counts {
    int64_t lines, jobs;       // lines that hold a job, jobs that were kept
    int64_t dropped_no_run;    // run time unknown or 0
    int64_t dropped_no_procs;  // processors unknown or 0
    int64_t dropped_too_wide;  // more processors than the machine has
    int64_t cut_to_estimate;   // run time longer than requested: cut, as the machine would kill it
    int64_t no_estimate;       // requested time unknown: the run time is taken
    int64_t unsorted;          // submitted before the line above: sorted by the loader
} trace_counts;

typedef struct trace_format {
    const char *name;
    const char *about;
    const char *const *suffixes;  // file names it is for, without ".gz"; NULL-terminated
    /* NULL on error. */
    trace_reader *(*open)(const char *path, poise_error *err);
    /* The next job in the order of the file and its number there: 1 = one was read, 0 = end,
     * -1 = error in err ("file:line: error: ..."). Times from the start of the trace, size in
     * seconds of run time. class_id is 0. Jobs that say too little are counted and left out. */
    int (*next)(trace_reader *r, trace_job *job, int64_t *id, poise_error *err);
    const trace_header *(*header)(const trace_reader *r);
    const trace_counts *(*counts)(const trace_reader *r);
    void (*close)(trace_reader *r);
} trace_format;

/* All formats, sorted by name; NULL-terminated. Written by the build. */
extern const trace_format *const trace_formats[];
/* The format for a file name, NULL if its suffix is of none. */
const trace_format *trace_format_for(const char *path);

/* A whole trace, in order of (arrival, number of the job), for sharing between environments. */
typedef struct trace {
    trace_job *job;
    int64_t n_jobs;
    trace_header header;
    trace_counts counts;
    uint64_t hash;  // xxHash64 of the jobs
} trace;
/* max_procs: jobs that need more are counted and left out; 0 = what the header says. first_jobs: at
 * most so many, counted after leaving out; 0 = all. false with err filled on error. */
bool trace_load(const char *path, int64_t max_procs, int64_t first_jobs, trace *t,
                poise_error *err);
/* Keeps the jobs that arrive from from_ns on and before to_ns, at most first_jobs of them (0 =
 * all); times then count from from_ns. Returns how many are left; the hash is of those. */
int64_t trace_cut(trace *t, int64_t from_ns, int64_t to_ns, int64_t first_jobs);
void trace_free(trace *t);

#endif
