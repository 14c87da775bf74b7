/* import.h - files of others as a scenario of ours. Files are read first, all of them; what was
 * found then decides which scenario it is to be: see bench/import_*.c, one file a kind. */
#ifndef IMPORT_H
#define IMPORT_H

#include "arena.h"
#include "naming.h"
#include "poise.h"
#include "string_buffer.h"
#include "table.h"
#include "trace.h"

/* Devices that were asked for: v100=64. */
typedef struct import_devices {
    const char *kind;
    int count;
} import_devices;

/* A measured speed of a kind of jobs; the columns are those of import_found.kind. */
typedef struct import_speed {
    int job;              // number in import_found.speed_jobs
    int devices;          // it runs on at once
    double *steps_per_s;  // (n_kinds)
} import_speed;

typedef struct import_pair {
    int kind;    // of devices: number in import_found.pair_kinds
    int job[2];  // numbers in import_found.pair_jobs
    double part[2];
} import_pair;

/* Machines that are alike. */
typedef struct import_machines {
    const char *model;
    int64_t cpu_milli, memory_bytes;
    int accelerators, count;
} import_machines;

/* All that was found in the files. */
typedef struct import_found {
    arena *memory;
    const char *name;  // of the scenario
    const char *csv;   // file of the jobs, beside the scenario
    bool lenient;
    const import_devices *asked;  // (n_asked)
    int n_asked;
    trace_sum size;                 // of jobs, as it was asked for; n 0: as is usual
    const char *path[TABLE_KINDS];  // of each kind of table, by table_kind; NULL: none was given
    const char *jobs;               // path of the trace, NULL without
    const trace_format *format;     // of the trace
    /* TABLE_NODES */
    import_machines *machines;  // (n_machines)
    size_t n_machines;
    /* TABLE_SPEEDS */
    naming *kinds;        // of devices that have a column
    naming *speed_jobs;   // "TYPE-BATCH-xDEVICES"
    import_speed *speed;  // (n_speeds) in the order of speed_jobs
    size_t n_speeds;
    /* TABLE_PAIRS */
    naming *pair_kinds, *pair_jobs;  // "TYPE-BATCH"
    import_pair *pair;               // (n_pairs)
    size_t n_pairs;
    /* TABLE_LAYERS, TABLE_WORKFLOW */
    naming *tasks;
    table_task *task;  // (n_tasks) in the order of `tasks`
    size_t n_tasks;
    table_edge *edge;  // (n_edges)
    size_t n_edges;
} import_found;

/* What is to be written. */
typedef struct import_result {
    string_buffer yaml, csv;  // csv.at NULL: the scenario has no trace
    string_buffer said;       // lines for people
} import_result;

/* Nothing found so far. */
void import_begin(import_found *f, arena *memory);
/* Reads one file, whatever it is. What was found is said in a line. false with err filled. */
bool import_read(import_found *f, const char *path, string_buffer *said, poise_error *err);
/* Makes a scenario of what was found; false with a sentence in err if that makes none. */
bool import_make(const import_found *f, import_result *out, poise_error *err);

/* ---- one kind each ------------------------------------------------------------------------ */

bool import_graph(const import_found *f, import_result *out, poise_error *err);
bool import_training(const import_found *f, import_result *out, poise_error *err);
bool import_cluster(const import_found *f, import_result *out, poise_error *err);
bool import_batch(const import_found *f, import_result *out, poise_error *err);

/* ---- for them ----------------------------------------------------------------------------- */

/* The scenario's first lines: what it is, in a comment and in its keys. `about` are lines that end
 * with a newline, each of at most 96 letters. */
void import_head(string_buffer *yaml, const import_found *f, const char *family, const char *title,
                 const char *about);
/* The groups that were asked for, or one of `count` devices called `name`, each with the lines
 * `more` (which are indented by 4). */
void import_groups(string_buffer *yaml, const import_found *f, const char *name, int count,
                   const char *more);
/* A job on its way to our own CSV. */
typedef struct import_job {
    int64_t arrival_ns, id;
    int class_id;  // number in the names of the classes
    double size, estimate;
    int cores;
    int64_t memory_bytes, cpu_milli, deadline_ns;
} import_job;

/* Jobs, and which of their columns say anything. */
typedef struct import_jobs {
    naming *classes;
    import_job *job;  // (n)
    size_t n;
    bool estimates, demands, cpus, deadlines;
} import_jobs;

/* Takes a row of a trace. NULL; or, if it makes no job, what kind of rows that is (never freed),
 * with a sentence in err. */
typedef const char *import_see(void *data, const trace_header *header, const trace_row *row,
                               poise_error *err);
/* Shows all rows of the trace to `see`. Those that make no job are an error with their place, or
 * (lenient) left out. Says how many there were. */
bool import_rows(const import_found *f, import_see *see, void *data, string_buffer *said,
                 poise_error *err);
/* Says how many jobs there were, and what was left out or changed. */
void import_say(string_buffer *said, const import_found *f, const trace_counts *c);
/* The number in a row's column, NAN if it is not there. */
double import_value(const trace_header *header, const trace_row *row, const char *column);
/* The jobs as our own CSV, in order of arrival. */
void import_write_jobs(string_buffer *csv, const import_found *f, import_jobs *jobs);
/* "  sources:" with the trace that was written. */
void import_source(string_buffer *yaml, const import_found *f);

/* A kind of training jobs by type and batch size, as traces of such jobs call it. */
const char *import_job_name(arena *memory, const char *type, const char *batch);
/* The last part of a path, without folders. */
const char *import_base(const char *path);
/* A number as it reads back: ", KEY: VALUE". */
void import_add_real(string_buffer *out, const char *before, double value);

#endif
