/* actor.h - what policies are made of: a network that scores every candidate of a decision from its
 * features, and one that forecasts the return from those of the system (mlp); or one network that
 * does both and lets tasks and devices look at each other (attention). It is told of a decision by
 * its sight, an array of numbers that can be kept. Passes forward and backward go over many
 * decisions at once, whatever their numbers of candidates.
 *
 *     sight s[n] = ...;
 *     for (int i = 0, took; i < n; i += took) {
 *         took = actor_forward(a, ACTOR_BOTH, n - i, s + i);
 *         ... read a->score and a->value, fill a->d_score and a->d_value ...
 *         actor_backward(a, ACTOR_BOTH);
 *     }
 *     actor_step(a, ACTOR_BOTH, max_grad_norm, rate); */
#ifndef POISE_ACTOR_H
#define POISE_ACTOR_H

#include "features.h"
#include "net.h"
#include "normaliser.h"
#include "optimiser.h"
#include "tokens.h"

/* A decision as it is kept: features of the system, then a row of features a candidate; with the
 * attention network as in tokens.h. */
typedef struct sight {
    const float *at;
    int n_candidates;  // 0: only its value is asked for
} sight;

typedef struct actor {
    int network, hidden, layers, init, optimiser;  // options
    int width, heads, blocks;
    double l2, dropout;
    bool normalise;

    features *features;
    int most;                // candidates of a decision
    int n_x, n_system;       // columns of a candidate and of the system
    int max_rows;            // candidates, and decisions, of one pass
    mlp_f *policy, *critic;  // the networks, or
    tokens *tokens;          // the one network
    poise_rng *drops;        // for dropout; NULL: there is none now
    optimiser_f *policy_optimiser, *critic_optimiser;
    normaliser *of_candidate, *of_system, *of_task, *of_device;  // of the columns of a sight
    float *x;                                                    // (max_rows, n_x) of a pass
    float *system;                                               // (max_rows, n_system)
    int n_rows, n;                                               // of the last pass
    const float *score;        // (n_rows) of the last pass, candidate by candidate
    const float *value;        // (n)
    float *d_score, *d_value;  // (max_rows) gradients of a loss by them
    float *zero;               // (max_rows) what parts say that are not asked
} actor;

/* Rows of agents whose state holds an actor as the member `at`. */
// clang-format off
#define ACTOR_ROWS(type, at)                                                                       \
    {"network", POISE_CHOICE, offsetof(type, at.network), ACTOR_MLP, 0, 1, "",                     \
     "a perceptron for each candidate, or attention between tasks and devices", actor_networks},   \
    {"width", POISE_INT, offsetof(type, at.width), 32, 2, 1024, "numbers",                         \
     "of a token of the attention network; heads divide it", NULL},                                \
    {"heads", POISE_INT, offsetof(type, at.heads), 2, 1, 64, "",                                   \
     "of the attention network", NULL},                                                            \
    {"blocks", POISE_INT, offsetof(type, at.blocks), 1, 1, ENCODER_MAX_BLOCKS, "",                 \
     "of the attention network", NULL},                                                            \
    {"dropout", POISE_REAL, offsetof(type, at.dropout), 0, 0, .9, "",                              \
     "of the attention network while it learns", NULL},                                            \
    {"hidden", POISE_INT, offsetof(type, at.hidden), 32, 1, 1024, "units",                         \
     "width of the hidden layers", NULL},                                                          \
    {"layers", POISE_INT, offsetof(type, at.layers), 2, 0, MLP_MAX_LAYERS - 1, "",                 \
     "hidden layers", NULL},                                                                       \
    {"init", POISE_CHOICE, offsetof(type, at.init), ACTOR_SCALED, 0, 1, "",                        \
     "first weights: normal, or orthogonal", actor_inits},                                         \
    {"optimiser", POISE_CHOICE, offsetof(type, at.optimiser), OPTIMISER_ADAM, 0, OPTIMISER_LARS, "",\
     "rule that makes steps of gradients", optimiser_names},                                       \
    {"l2", POISE_REAL, offsetof(type, at.l2), 0, 0, 1, "",                                         \
     "weights pulled towards zero", NULL},                                                         \
    {"normalise_obs", POISE_BOOL, offsetof(type, at.normalise), 0, 0, 1, "",                       \
     "features by their running mean and deviation, kept with the policy", NULL}
// clang-format on

/* Its parts, for passes and steps. */
enum { ACTOR_POLICY = 1, ACTOR_VALUE = 2, ACTOR_BOTH = 3 };
enum { ACTOR_MLP, ACTOR_ATTENTION };
extern const char *const actor_networks[];
enum { ACTOR_SCALED, ACTOR_ORTHOGONAL };
extern const char *const actor_inits[];

/* Makes networks and memory, options read. false, with a sentence of `agent` in err, if there is
 * no memory. */
bool actor_init(actor *a, const poise_space *space, uint64_t seed, const char *agent,
                poise_error *err);
void actor_free(actor *a);

/* Beta: as asked for, else the scenario's, else 1 / (horizon * typical service). */
double actor_discount(const poise_space *space, double discount_per_s, double horizon);

/* Floats of a sight with so many candidates, at most; and of one that was written. */
size_t actor_room(const actor *a, int n_candidates);
size_t actor_size(const actor *a, const sight *s);
/* Writes the sight of a view with n_candidates: its own, or 0 if only its value will be asked for.
 * Returns its floats. */
size_t actor_see(actor *a, const poise_view *v, int n_candidates, float *at);

/* Scores (n_candidates) of one decision. They stay until the next pass. */
const float *actor_score(actor *a, sight s);
/* Scores and values (of the parts asked for, else 0) of as many of n decisions as fit into a pass,
 * at least one; how many. */
int actor_forward(actor *a, int parts, int n, const sight *s);
/* Adds what d_score and d_value mean for the parameters to the gradient. After actor_forward. */
void actor_backward(actor *a, int parts);
/* Values (n) of n decisions. */
void actor_forecast(actor *a, int n, const sight *s, float *value);
/* Takes the n sights into the means and deviations that features are normalised by. */
void actor_notice(actor *a, int n, const sight *s);

/* Makes every value v into scale v + shift. */
void actor_rescale(actor *a, double scale, double shift);

void actor_zero_grad(actor *a);
/* Shortens the gradients of the parts to the limit and makes a step down; the length before, of the
 * policy's if that is one of them. */
double actor_step(actor *a, int parts, double max_grad_norm, double rate);
/* Whether all parameters are numbers of a size with which tanh units learn. */
bool actor_is_sound(const actor *a);
/* Copies the parameters of an actor with the same options. */
void actor_copy(actor *to, const actor *from);

/* Parameters, and what the optimisers remember, as tensors; returns how many. */
int actor_tensors(actor *a, poise_tensor *t);
int actor_memory(actor *a, poise_tensor *t);

#endif
