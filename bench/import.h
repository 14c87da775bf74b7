/* import.h - files of others as a scenario of ours. Files are read first, all of them; what was
 * found then decides which scenario it is to be: see bench/import_*.c, one file a kind. */
#ifndef IMPORT_H
#define IMPORT_H

#include "arena.h"
#include "naming.h"
#include "poise.h"
#include "string_buffer.h"
#include "table.h"

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
    const char *path[8];  // of each kind of table, by table_kind; NULL: none was given
    const char *jobs;     // path of the trace, NULL without
    /* TABLE_NODES */
    import_machines *machines;  // (n_machines)
    size_t n_machines;
    /* TABLE_SPEEDS */
    naming *kinds;        // of devices that have a column
    naming *speed_jobs;   // "TYPE BATCH DEVICES"
    import_speed *speed;  // (n_speeds) in the order of speed_jobs
    size_t n_speeds;
    /* TABLE_PAIRS */
    naming *pair_kinds, *pair_jobs;  // "TYPE BATCH"
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

/* ---- for them ----------------------------------------------------------------------------- */

/* The scenario's first lines: what it is, in a comment and in its keys. `about` are lines that end
 * with a newline, each of at most 96 letters. */
void import_head(string_buffer *yaml, const import_found *f, const char *family, const char *title,
                 const char *about);
/* The groups that were asked for, or one of `count` devices called `name`, each with the lines
 * `more` (which are indented by 4). */
void import_groups(string_buffer *yaml, const import_found *f, const char *name, int count,
                   const char *more);
/* The last part of a path, without folders. */
const char *import_base(const char *path);
/* A number as it reads back: ", KEY: VALUE". */
void import_add_real(string_buffer *out, const char *before, double value);

#endif
