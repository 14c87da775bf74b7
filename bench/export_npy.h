/* export_npy.h - the runs of all agents over all scenarios as arrays for NumPy, shaped as rliable
 * and its like want them: for each agent (n_runs, n_tasks). Runs are in order of seed, so that of
 * one task run i of all agents met the same world. */
#ifndef EXPORT_NPY_H
#define EXPORT_NPY_H

#include "suite.h"

typedef struct export_task {
    char name[128];
    int metric;  // that raw is of: row of poise_metrics
    report report;
    const int64_t *seed;  // (n_seeds) in order
    int n_seeds;
} export_task;

typedef struct export_arrays {
    int n_agents, n_complete, n_runs, n_tasks;
    const char **agent;   // (n_agents) labels; first those that have all runs: n_complete
    export_task *task;    // (n_tasks)
    double *raw, *score;  // (n_agents, n_runs, n_tasks) NAN where there is no such run; score is
                          // that of suite.h, with a value for runs that failed, or NULL
    suite suite;          // that score is of
} export_arrays;

/* The arrays of all scenarios with cells that count (filter NULL: all). metric is what raw is of;
 * -1: of each scenario what it names. Where no score can be told score is NULL, with a sentence in
 * `why` that says what is lacking. NULL, also with a sentence there, if no cells count. The results
 * must outlive the arrays. */
export_arrays *export_arrays_new(const results *r, int metric, const report_filter *filter,
                                 poise_error *why);
void export_arrays_free(export_arrays *a);  // NULL is fine

/* x (n_agents, n_runs, n_tasks) of the arrays as the bytes of a file that numpy.load reads:
 * float64, little-endian, format 1.0 of numpy.lib.format. To be freed. */
void *export_npy(const export_arrays *a, const double *x, size_t *n_bytes);
/* What stands for what in the arrays, as JSON: agents, n_complete, and tasks with name, metric,
 * unit, better, seeds and, where there are scores, what 0 and 1 are. */
void export_npy_names(const export_arrays *a, string_buffer *out);

#endif
