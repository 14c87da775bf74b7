/* tokens.h - the attention network fed from views: a token for each task that is shown and for each
 * group of devices, candidates with the features of features.h, and passes over many decisions that
 * were kept. A kept decision is an array of numbers:
 *
 *     tasks, candidates                    how many
 *     (n_system)                           features of the system
 *     (tasks, TOKEN_TASK_COLUMNS + names)  of each task
 *     (groups, GROUP_COLUMNS + names)      of each group
 *     (candidates, n_candidate)            of each candidate
 *     (candidates) twice                   its task and its group, -1 none */
#ifndef POISE_TOKENS_H
#define POISE_TOKENS_H

#include "attention.h"
#include "features.h"

/* Tokens, and candidates, of one pass, unless a single decision has more. */
#define TOKENS_PER_PASS 1024

typedef struct tokens {
    attention_f *net;
    features *features;
    const poise_space *space;
    int n_task, n_device, n_candidate, n_system;  // columns
    attention_batch_f batch;                      // of the last pass
    int *task_at, *device_at, *candidate_at;      // (max_decisions + 1)
    int *task_of, *device_of;                     // (max_candidates)
    float *task, *device, *candidate, *system;
} tokens;

/* The network's size. */
typedef struct tokens_shape {
    int width, heads, blocks, hidden, max_decisions;
    double dropout;
} tokens_shape;

/* With first weights of the seed. NULL if there is no memory. */
tokens *tokens_new(const poise_space *space, const tokens_shape *shape, uint64_t seed);
void tokens_free(tokens *t);  // NULL is fine

/* Floats of a kept decision with so many tasks and candidates. */
size_t tokens_size(const tokens *t, int n_tasks, int n_candidates);
size_t tokens_size_of(const tokens *t, const float *kept);
/* What stands where in a kept decision. */
typedef struct tokens_parts {
    int n_tasks, n_candidates;
    const float *system, *task, *device, *candidate, *task_of, *device_of;
} tokens_parts;
tokens_parts tokens_look(const tokens *t, const float *kept);
/* Keeps a view with n_candidates (its own, or 0: only its value will be asked for). */
size_t tokens_see(tokens *t, const poise_view *v, int n_candidates, float *kept);

/* Begins a pass; then adds kept decisions as long as they fit (at least one does). Their rows in
 * task, device, candidate and system may be changed before tokens_forward. */
void tokens_clear(tokens *t);
bool tokens_add(tokens *t, const float *kept);
/* Scores and values of the pass are in net; with a stream there is dropout. */
void tokens_forward(tokens *t, poise_rng *r);

#endif
