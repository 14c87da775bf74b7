/* batches.h - the response or waiting times of the measured tasks in order of arrival, as batches
 * of successive tasks, for the analysis of the steady state: in memory that does not grow with the
 * run. Tasks may end in any order; sums are whole, so that they do not depend on it.
 *
 * A batch has BATCHES_LEAST tasks at first. A task that would need one batch more than there are
 * makes one batch of every two: then all have twice as many. */
#ifndef POISE_BATCHES_H
#define POISE_BATCHES_H

#include "scenario.h"

enum { BATCHES_LEAST = 5, BATCHES_MOST = 1 << 15 };

typedef struct task_batch {
    __int128 sum_ns, squares_ns2;
    int64_t n;     // tasks that finished
    int64_t gone;  // tasks that left undone
} task_batch;

typedef struct batch_series {
    int64_t size;  // tasks of a batch
    int n;         // batches so far
    task_batch batch[BATCHES_MOST];
} batch_series;

/* Makes it empty; what is behind the n batches that it says it has must be empty already. */
void batches_clear(batch_series *s);
/* The task that is number `index` in order of arrival has finished, or left undone. */
void batches_add(batch_series *s, int64_t index, int64_t value_ns);
void batches_add_gone(batch_series *s, int64_t index);

#endif
