/* reproduce.h - numbers that others published, and ours beside them.
 *
 * A file is an experiment (experiment_file.h) with a section `reproduce`: where the numbers come
 * from, which data sets are needed, and rows that say what to expect, and how near. A row is the
 * mean of a metric over cells of the experiment; or what a rule costs on a small Markov decision
 * process, exactly; or how many jobs of a published schedule are met. docs/reproduce.md describes
 * the format for people. */
#ifndef REPRODUCE_H
#define REPRODUCE_H

#include "cli.h"
#include "experiment_file.h"
#include "string_buffer.h"
#include "yaml.h"

/* A data set that does not ship. */
typedef struct reproduce_need {
    const char *file;    // as data_sets_file finds it
    const char *from;    // where it can be had
    const char *xxh128;  // of its bytes, as `xxh128sum` prints it; NULL: any will do
    const char *path;    // NULL: it is not there
} reproduce_need;

typedef enum reproduce_verdict {
    REPRODUCE_SKIPPED,  // not computed: data are missing
    REPRODUCE_HOLDS,    // ours is as near as it has to be
    REPRODUCE_MISSES,
    REPRODUCE_EXPLAINED,  // it misses, and the file says why
    REPRODUCE_FAILED,     // there is no number of ours
} reproduce_verdict;
#define N_REPRODUCE_VERDICTS 5
extern const char *const reproduce_verdict_names[N_REPRODUCE_VERDICTS];

/* What a row of a chain costs: see markov.h. */
typedef enum reproduce_policy {
    REPRODUCE_OPTIMAL,
    REPRODUCE_MAX_WEIGHT,  // the largest sum of cost x number x rate over tasks in service
    REPRODUCE_ORDER,       // types that are named first are served first
} reproduce_policy;

typedef struct reproduce_chain {
    int cost;     // a markov_cost
    int policy;   // a reproduce_policy
    names order;  // types that go first, of equals for MaxWeight
} reproduce_chain;

/* A published schedule: a table in CSV with a line a job. */
typedef struct reproduce_jobs {
    const char *file, *path;                     // data set, and where it is
    const char *submitted, *started, *finished;  // columns, in s
    const char *processors;                      // column of "4-7 9"; NULL: not compared
    int64_t within_ns;                           // as far as times may be apart
} reproduce_jobs;

typedef struct reproduce_row {
    yaml_mark mark;
    const char *what, *source, *explained;  // the last two may be NULL
    const char *scenario;                   // NULL: any of the experiment
    names at;                               // settings of the point, "path=value"
    const char *agent, *metric;
    double times;                          // our number is the metric times this
    const reproduce_chain *chain;          // NULL: it is no such row
    const reproduce_jobs *jobs;            // NULL: it is no such row
    double value, within;                  // theirs, and how far ours may be from it
    const char *value_text, *within_text;  // as the file says

    double ours;  // NAN: there is none
    double half;  // of the 95% interval over seeds; NAN: there is none
    reproduce_verdict verdict;
    const char *problem;  // why it failed; NULL
} reproduce_row;

/* A file. Everything lives until the end of the program. */
typedef struct reproduction {
    yaml_doc doc;
    const char *path, *name, *title;
    const char *source, *note;  // what is published where; what is to be known of it, "" nothing
    reproduce_need *need;       // (n_needs)
    int n_needs;
    reproduce_row *row;  // (n_rows)
    int n_rows;
    double elapsed_s;
} reproduction;

/* Reads the section of a file, loads no scenario. false with all its mistakes in err. */
bool reproduce_read(reproduction *r, const char *path, poise_error *err);
/* Whether the data that are needed are all there; and whether they are those that are meant, else
 * false with a sentence in err. */
bool reproduce_has_data(const reproduction *r);
bool reproduce_check_data(const reproduction *r, poise_error *err);

/* Where and how it is run. */
typedef struct reproduce_wish {
    const char *folder;  // of the stores
    int threads;
    bool quiet;
} reproduce_wish;

/* Runs what the store lacks, computes every row and judges it. The exit status, of which those that
 * are no verdict are explained on standard error. */
int reproduce_run(reproduction *r, const reproduce_wish *wish);

/* ---- numbers of rows, for reproduce.c ----------------------------------------------------- */

/* What the policy costs per second in the scenario; NAN with a sentence in err. */
double reproduce_solve(const poise_scenario *s, const reproduce_chain *c, poise_error *err);
/* How many jobs of the schedule are met by the agent from the seed; NAN with a sentence in err. */
double reproduce_count(const poise_scenario *s, const char *agent, int64_t seed,
                       const reproduce_jobs *jobs, poise_error *err);

/* ---- writing ------------------------------------------------------------------------------ */

typedef enum reproduce_format {
    REPRODUCE_TEXT,
    REPRODUCE_MARKDOWN,
    REPRODUCE_CSV,
    N_REPRODUCE_FORMATS,
} reproduce_format;
extern const char *const reproduce_format_names[];  // NULL-terminated

/* The rows of a file with their verdicts; first: no other stands before it. */
void reproduce_write(const reproduction *r, reproduce_format format, bool first,
                     string_buffer *out);
/* How many rows of n files have which verdict, and which do not hold. Nothing in CSV. */
void reproduce_write_sum(const reproduction *r, int n, reproduce_format format, string_buffer *out);

#endif
