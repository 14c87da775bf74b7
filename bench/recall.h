/* recall.h - running again what a store holds: who acted, with which policy, from which seed, and
 * who multiplied the matrices. What stands in the way is told in a sentence. */
#ifndef RECALL_H
#define RECALL_H

#include "card.h"
#include "policy.h"
#include "store.h"

#include "lib/blas.h"

/* Whoever acts, as found again. */
typedef struct recalled {
    char agent[POLICY_SPEC_MAX];  // specification
    agent_card card;
} recalled;

/* The agent of that specification as its user wrote it, or, where that is another one by now, of
 * its description; a policy (NULL: none) may know its own. The one found has the description.
 * false with a sentence in err: what a plug-in consists of has changed, an agent is not there. */
bool recall_agent(const char *agent, const char *description, const void *policy,
                  size_t policy_bytes, const poise_scenario *s, double patience_s, recalled *to,
                  poise_error *err);

/* The same for a training: the agent as it was written, for a training finds options by itself that
 * a description has. */
bool recall_learner(const char *agent, const char *description, const poise_scenario *s,
                    double patience_s, recalled *to, poise_error *err);

/* Who multiplied the matrices for a cell or a policy. */
blas_backend recall_blas(const results *r, int provenance);
/* Whether that can be had here: the reference can; OpenBLAS gives the same bits only if it is the
 * same build that runs the same kernel. false with a sentence in err. Whichever it is, it must be
 * chosen (blas_choose) before threads are started. */
bool recall_has_blas(const results *r, int provenance, poise_error *err);

/* How a policy came to be, told by its identity. */
typedef enum recall_origin {
    RECALL_TRAINED,  // by a training that the store can name
    RECALL_GIVEN,    // it was given as a file: nothing but its bytes is known
    RECALL_FOREIGN,  // by another version of the program, or the row is not what it was
} recall_origin;
recall_origin recall_origin_of(const results *r, const result_policy *p, const void *bytes,
                               size_t n_bytes);
/* Whether the identity of a cell is that of what its row says. Like the origin of a policy this is
 * not to be asked while other threads multiply: identities are made of who is chosen to. */
bool recall_is_itself(const results *r, const result_cell *cell);
/* Whether a cell is listed under the name of the agent that it is of; true where the name is none
 * of a built-in agent. */
bool recall_is_called_so(const result_cell *cell);

#endif
