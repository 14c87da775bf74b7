/* pool.h - runs an array of jobs on several threads. Whole jobs are handed out one by one, so a job
 * must depend on nothing but its own number: then results are the same for any number of threads.
 * This is the one place that knows of threads and signals. */
#ifndef POOL_H
#define POOL_H

#include <stdatomic.h>
#include <stdbool.h>

/* What `next` may say instead of a job: none is ready until another one has ended; none follows. */
enum { POOL_LATER = -1, POOL_NONE = -2 };

typedef struct pool_work {
    int n_jobs;
    /* Runs a job, on any thread. worker (0 .. n_threads-1) names the thread, for scratch space. */
    void (*run)(void *data, int job, int worker);
    /* In the calling thread, once for each job that was run, in the order in which they end; false
     * stops the rest. NULL: nothing to do. */
    bool (*done)(void *data, int job);
    /* In the calling thread, a few times a second. NULL: nothing to do. */
    void (*tick)(void *data);
    void *data;
    /* The job that is to be run next, each of 0 .. n_jobs-1 at most once; NULL: in this order. And
     * what there is to do in the calling thread after done was true, NULL: nothing. No two calls of
     * these two happen at the same time: what `next` looks at may only be changed by them. */
    int (*next)(void *data);
    void (*settle)(void *data, int job);
} pool_work;

/* True when all jobs were run that there were and done was never false. On a signal (see
 * pool_catch_signals) or after a false from done no further job starts, and those in flight see
 * *pool_stopping. */
bool pool_run(const pool_work *work, int n_threads);

/* Becomes true when jobs should give up soon. */
extern atomic_bool pool_stopping;
/* From now on SIGINT and SIGTERM ask jobs to stop; one that comes more than half a second after the
 * first ends the program as usual. */
void pool_catch_signals(void);
/* The signal that came, 0 if none did. */
int pool_signal(void);
/* How many processors there are for us. */
int pool_processors(void);

#endif
