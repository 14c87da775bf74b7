/* trace.h - job traces: one file a format under env/traces/, ending with its table
 * `const trace_format trace_NAME`, which delivers rows; and what makes jobs of rows.
 *
 * A row says when something arrived, a key by which its class is found, and columns, which are
 * numbers with names. What of that is a job's size, memory and the like is a sum of columns, each
 * times a factor, which the scenario says, or else the format. Readers stream: they hold a buffer,
 * not the file. */
#ifndef POISE_TRACE_H
#define POISE_TRACE_H

#include "lines.h"
#include "scenario.h"
#include "spill.h"

/* ---- rows --------------------------------------------------------------------------------- */

enum { TRACE_MOST_COLUMNS = 256, TRACE_MOST_COUNTS = 24 };

/* What a trace says of itself, known once its header has been read. Belongs to the reader. */
typedef struct trace_header {
    int64_t max_procs;        // processors of the machine, 0 = unknown
    int64_t unix_start_time;  // of time 0, -1 = unknown
    int n_columns;
    const char *const *column;  // (n_columns) their names
    int n_own;                  // the columns from here on are none that the format knows of
} trace_header;

typedef struct trace_row {
    int64_t arrival_ns;   // from the start of the trace
    int64_t id;           // number of the job, which orders jobs that arrive together
    int64_t line;         // where it stands in the file
    const char *key;      // by which its class is found, "" = none; valid until the next row
    const double *value;  // (n_columns), NAN where the file does not say; valid until the next row
} trace_row;

/* Something that happened so many times while reading: "left out: ..." */
typedef struct trace_count {
    const char *what;  // never freed
    int64_t n, line;   // where it happened first, 0 = unknown
} trace_count;

/* What was left out or changed while reading, over the whole file. */
typedef struct trace_counts {
    int64_t lines, jobs;  // lines that should hold a job, jobs that were kept
    int n;
    trace_count count[TRACE_MOST_COUNTS];
} trace_counts;

void trace_count_add(trace_counts *c, const char *what, int64_t n, int64_t line);
/* How many times, by what is said of it. */
int64_t trace_count_of(const trace_counts *c, const char *what);

typedef enum trace_got { TRACE_END, TRACE_ROW, TRACE_WRONG, TRACE_FAILED } trace_got;

/* What readers begin with. */
typedef struct trace_reader {
    lines *in;
    trace_header header;
    trace_counts counts;
    const char *wrong;  // after TRACE_WRONG: what kind of mistake it was; never freed
} trace_reader;

typedef struct trace_format {
    const char *name;
    const char *about;
    const char *suffix;  // of files that look like none but are meant to be; NULL = none
    bool may_end_open;   // its last line may lack an end without a word about it
    bool must_end;       // its last line must have an end: else the file is cut off
    /* Whether a file that begins with these bytes looks like one of it. */
    bool (*looks)(const char *begin, size_t length);
    /* Reads up to the first row. Takes `in` over if it succeeds; NULL on error. */
    trace_reader *(*open)(lines *in, poise_error *err);
    /* The next row in the order of the file. TRACE_WRONG: the line in hand is none, err says why,
     * the next one may be. TRACE_FAILED: nothing can be read from here on. Rows that say too little
     * are counted and left out. */
    trace_got (*next)(trace_reader *r, trace_row *row, poise_error *err);
    void (*close)(trace_reader *r);
    /* "column" or "column * factor": what a job is made of if nothing else is said; NULL = nothing,
     * then the estimate is the size and all else is that of the class. */
    const char *size, *estimate, *memory, *cores, *deadline;
} trace_format;

/* All formats, sorted by name; NULL-terminated. Written by the build. */
extern const trace_format *const trace_formats[];
/* NULL if there is none of this name. */
const trace_format *trace_format_named(const char *name);

/* ---- jobs --------------------------------------------------------------------------------- */

/* A sum of columns, each times a factor; of column "one" that is a constant. */
typedef struct trace_term {
    const char *column;
    double factor;
} trace_term;

typedef struct trace_sum {
    int n;  // 0: as the format says
    const trace_term *term;
} trace_sum;

typedef struct trace_key {
    const char *key;
    int class_id;
} trace_key;

/* What jobs have that say nothing else. */
typedef struct trace_class {
    int64_t memory_bytes;
    int cores;
    const int64_t *resources;  // (n_resources), NULL = none of them
} trace_class;

/* How jobs are made of a trace. All zeros: as its format says, all of class 0. */
typedef struct trace_wish {
    const trace_format *format;  // NULL: told by the content
    trace_sum size, estimate, memory, cores, deadline;
    int n_resources;
    const char *const *resource_name;  // (n_resources)
    const trace_sum *resource;  // (n_resources); n 0: the column of that name if there is one
    bool keyed;                 // classes are found by the keys of rows; else all are class_id
    int class_id;               // of all rows, or (keyed) of keys that are not listed; -1 none
    int n_keys;
    const trace_key *key;          // (n_keys) sorted by key
    const trace_class *class_has;  // by class; NULL: nothing
    bool lenient;                  // lines that are wrong are counted and left out
    int64_t max_procs;             // no device has more; 0 = as the header says
    int64_t first_jobs;            // at most so many, counted after leaving out; 0 = all
    /* Whether a job can run on any device; NULL: not asked. */
    bool (*fits)(const void *data, const trace_job *job);
    const void *data;
} trace_wish;

/* The jobs of a file in its order. */
typedef struct trace_stream trace_stream;
/* The wish must outlive the stream. NULL on error. */
trace_stream *trace_open(const char *path, const trace_wish *wish, poise_error *err);
/* 1 = a job was read, with its number in the file and its line; 0 = end; -1 = error in err
 * ("file:line: error: ..."). Its class says what the trace does not; its resources are those of
 * the class or (n_resources) amounts that are valid until the next job. */
int trace_next(trace_stream *t, trace_job *job, int64_t *id, int64_t *line, poise_error *err);
const trace_header *trace_header_of(const trace_stream *t);
const trace_counts *trace_counts_of(const trace_stream *t);
void trace_close(trace_stream *t);  // NULL is fine

/* A whole trace, in order of (arrival, number of the job), for sharing between environments. */
typedef struct trace {
    trace_job *job;    // (n_jobs)
    spill *jobs;       // where they are
    spill *resources;  // of the jobs, which point into it; NULL if they have none of their own
    int n_resources;
    int64_t n_jobs;
    trace_header header;  // without columns
    trace_counts counts;
    uint64_t hash;  // xxHash64 of the jobs
} trace;
/* false with err filled on error. */
bool trace_load(const char *path, const trace_wish *wish, trace *t, poise_error *err);
/* Keeps the jobs that arrive from from_ns on and before to_ns, of them those after the first
 * skip_jobs, at most first_jobs of these (0 = all); times then count from from_ns. Returns how many
 * are left; the hash is of those. */
int64_t trace_cut(trace *t, int64_t from_ns, int64_t to_ns, int64_t skip_jobs, int64_t first_jobs);
void trace_free(trace *t);

#endif
