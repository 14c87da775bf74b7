/* rollout.h - choices in order of time and what came of each: what learners that learn in batches
 * gather between two updates. The number of candidates differs from choice to choice, so what was
 * seen of each (a sight, actor.h) stands behind that of the one before in one array.
 *
 * A decision with a single candidate is no choice: what comes of it counts for the choice before.
 * All numbers are doubles or floats, so that a batch can be kept as tensors while training rests
 * between two episodes. */
#ifndef POISE_ROLLOUT_H
#define POISE_ROLLOUT_H

#include "agent.h"

/* A choice, or with no candidates a mark of what the future is worth. */
typedef struct choice {
    double at;            // where in `seen` its sight begins
    double n_candidates;  // 0: only its value counts, for the choice before
    double chosen;        // candidate
    double log_p;         // logarithm of its probability when it was made
    double reward;        // until the next choice, discounted to this one
    double keep;          // discount of what follows
    double elapsed_s;     // until the next choice
    double tasks;         // in the system at the choice
    double ended;         // 1 for a mark: all work was done, nothing follows
} choice;
enum { CHOICE_NUMBERS = sizeof(choice) / sizeof(double) };

typedef struct rollout {
    int n_steps;       // choices in a batch
    size_t max_seen;   // floats
    size_t most;       // of one sight
    double n, n_seen;  // choices and floats used
    bool open;         // the last choice may still gather rewards
    bool asked;        // nothing has been learnt since it was made
    choice *choice;    // (2 n_steps + 2): every choice may end an episode and need a mark behind it
    float *seen;       // (max_seen)
} rollout;

/* Room for n_steps choices with sights of `most` floats at most and `typical` in the mean; a batch
 * also ends when that is full. NULL if there is no memory. */
rollout *rollout_new(int n_steps, size_t most, size_t typical);
void rollout_free(rollout *r);  // NULL is fine

/* A new episode begins: if the last one was left before its end, too little is known of its last
 * choice to learn from, but it still tells what the choice before it led to. */
void rollout_begin(rollout *r);
/* Where the sight of the next choice goes. If nothing was learnt of the last one, it is taken back:
 * the same decision is asked for again. */
float *rollout_room(rollout *r);
/* Notes a choice whose sight of n_seen floats lies in the room. */
void rollout_add(rollout *r, size_t n_seen, choice c);
/* What came of the last decision, with beta per second; whether the batch now waits for a mark: the
 * episode is over, or there is no room for another choice. */
bool rollout_learn(rollout *r, const poise_outcome *o, const poise_view *after, double beta);
/* Whether no other choice fits. */
bool rollout_full(const rollout *r);
/* Notes what the future is worth after the last choice: the sight of `after` lies in the room. */
void rollout_mark(rollout *r, size_t n_seen, double tasks, bool ended);
void rollout_clear(rollout *r);

/* The batch as tensors named PREFIX.choices and so on; returns how many. */
int rollout_tensors(rollout *r, const char *prefix, poise_tensor *t);

#endif
