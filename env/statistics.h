/* statistics.h - what is measured of tasks, in sums, counts and histograms of fixed size: kept
 * while the simulation runs where there are no records, gathered from the records where there are.
 *
 * Times are summed in whole nanoseconds, so that means do not depend on the order. A histogram has
 * buckets of one nanosecond up to 128 ns, then 128 equal ones for each doubling (G. Tene's
 * HdrHistogram): the middle of a bucket is never further from what is in it than 1/256 of that. */
#ifndef POISE_STATISTICS_H
#define POISE_STATISTICS_H

#include "scenario.h"
#include "batches.h"

enum { HISTOGRAM_BITS = 7, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS) << HISTOGRAM_BITS };

typedef struct histogram {
    int64_t n;
    int64_t count[HISTOGRAM_BUCKETS];
} histogram;

/* A tenant's tasks that arrived in the measured time. */
typedef struct tenant_statistics {
    int64_t arrived, finished, dropped, late;  // late: of those that finished
    __int128 response_ns;
    double least_s;  // sum of the least service that finished tasks could have had
} tenant_statistics;

typedef struct poise_statistics {
    int64_t first_ns, last_ns;      // first measured arrival, last finish
    int64_t n, n_jobs;              // measured tasks that finished, jobs with all their tasks
    __int128 response_ns, wait_ns;  // sums over the tasks
    __int128 job_response_ns;       // sum over the jobs
    int64_t longest_ns, longest_job_ns;
    double slowdown, bounded_slowdown, work, quality;  // sums over the tasks
    histogram response, job_response;                  // nanoseconds
    double *best_speed;                                // (n_classes) on any device
    tenant_statistics *tenant;                         // (n_tenants)
    batch_series *series;                              // NULL: not asked for
} poise_statistics;

/* A task from its arrival to the end of its service. */
typedef struct finished_task {
    int64_t arrived_ns, started_ns, finished_ns;
    double size, quality;
    int class_id;
} finished_task;

/* Empty ones, in one block; NULL without memory. */
poise_statistics *statistics_new(const poise_scenario *s, bool keeps_series);
void statistics_free(poise_statistics *st);  // NULL is fine
void statistics_clear(poise_statistics *st, const poise_scenario *s);
void statistics_add_task(poise_statistics *st, const finished_task *t);
void statistics_add_job(poise_statistics *st, int64_t response_ns);

/* The bucket of a value (>= 0), its least value and how many values it has. */
int histogram_bucket(int64_t value);
int64_t histogram_low(int bucket);
int64_t histogram_width(int bucket);
/* The bucket of the value of the given rank (1 .. n), which is left as its rank in there. */
int histogram_find(const histogram *h, int64_t *rank);

#endif
