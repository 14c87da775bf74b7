/* verify.h - runs what a store holds again and compares every bit: the world, the trajectory, every
 * metric and bound, and, if asked, what trainings lead to. Where a run goes elsewhere, its trail
 * tells at which decision. Nothing is written to the store. */
#ifndef VERIFY_H
#define VERIFY_H

#include "store.h"
#include "string_buffer.h"

/* What is asked. Everything is the caller's and must outlive the verification. */
typedef struct verify_ask {
    store *store;
    const results *results;
    int sample;         // so many cells, drawn from a stream of their own; 0: all
    int64_t seed;       // of the draw
    bool train;         // policies, too: those of the cells that are verified
    double patience_s;  // as in trial
} verify_ask;

typedef enum verify_verdict {
    VERIFY_NOT_DONE,
    VERIFY_SAME,
    VERIFY_DIFFERS,
    VERIFY_CANNOT,  // be run again: the scenario has changed, the plug-in is not there ...
    VERIFY_GIVEN,   // a policy that was given as a file: there is nothing to compare with
    VERIFY_CHANCE,  // a plug-in failed then, and what made it fail need not come back
} verify_verdict;

/* What became of a cell or a policy. */
typedef struct verify_item {
    int cell, policy;  // index into the results; the other one is -1
    verify_verdict verdict;
    const char *text;  // what there is to say, in lines; NULL if nothing
} verify_item;

typedef struct verification verification;

/* Draws the cells, loads their scenarios and finds their agents. NULL with a sentence in err if
 * memory ran out or the store cannot be read. */
verification *verify_new(const verify_ask *ask, poise_error *err);
void verify_free(verification *v);  // NULL is fine
/* Runs on n_threads threads; tick (may be NULL) is called a few times a second. On a signal (see
 * pool.h) items that were not reached are left as they are. false with a sentence in err if the
 * store cannot be read any more. */
bool verify_run(verification *v, int n_threads, void (*tick)(void *data, const verification *v),
                void *data, poise_error *err);
/* The cells in order of the results, then the policies. */
int verify_items(const verification *v, const verify_item **item);
/* How many of them have been done. */
int verify_done(const verification *v);
/* If some are of another build or machine, a line that says so. It is good to know, and no
 * difference: results are to be the same all the same. */
void verify_tell_elsewhere(const verification *v, string_buffer *out);

#endif
