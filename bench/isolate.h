/* isolate.h - work in a process of its own, so that it may crash, hang or call exit() and nothing
 * but its own answer is lost. For agents that are plug-ins.
 *
 * A nurse - a process without threads, forked before there are any - forks one more for each piece
 * of work, watches over it and says how it ended. So nothing is forked while threads hold locks,
 * and whatever happens to Poise, the nurse hears of its end and ends all that is left. */
#ifndef ISOLATE_H
#define ISOLATE_H

#include "poise.h"

#include <stdatomic.h>
#include <stdio.h>

/* Seconds without a sign of life after which work is ended, unless asked otherwise. */
#define ISOLATE_PATIENCE_S 10

/* Where work is: what it says of itself when it dies. */
typedef enum isolate_stage {
    ISOLATE_OURS,  // in Poise's own code: there is no limit
    ISOLATE_LOADING,
    ISOLATE_PREPARING,
    ISOLATE_DECIDING,
    ISOLATE_ENDING,
} isolate_stage;

/* Signs of life, in memory that both sides see. */
typedef struct isolate_life {
    atomic_int stage;
    atomic_llong decisions;  // so far
    atomic_uint breaths;     // rises where time passes between decisions
    atomic_bool stop;        // it should end soon
} isolate_life;

/* What is done there: reads what was asked, writes its answer. */
typedef void isolate_work(const void *ask, size_t n_ask, isolate_life *life, FILE *answer);

typedef struct isolate_job {
    isolate_work *work;
    const void *ask;  // (n_ask) bytes
    size_t n_ask;
    double patience_s;        // 0: ISOLATE_PATIENCE_S
    const atomic_bool *stop;  // may be NULL
    atomic_llong *decisions;  // follows those of life; may be NULL
} isolate_job;

typedef struct isolate_end {
    bool good;    // the work ran to its end
    void *bytes;  // (n_bytes) its answer, what there is of it if it did not; freed by the caller
    size_t n_bytes;
    char error[160];  // why it did not: "crashed in decision 7: Segmentation fault (SIGSEGV)"
} isolate_end;

/* Does a piece of work. On any thread, if isolate_open was called before there were several. */
isolate_end isolate_run(const isolate_job *job);

/* From now on isolate_open does something: there are plug-ins. */
void isolate_expect(void);
/* Forks the nurse, whose copies of everything made so far work is done with. While there is only
 * one thread. Nothing happens if no plug-in is expected, or there is a nurse. */
void isolate_open(void);
void isolate_close(void);

#endif
