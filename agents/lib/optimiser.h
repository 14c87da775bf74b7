/* optimiser.h - from gradients to steps: six rules behind one interface, L2, clipping by norm. What
 * a rule remembers is in the open, so that a training can be resumed bit for bit.
 *
 *     optimiser_rule rule = optimiser_default(OPTIMISER_ADAM);
 *     optimiser_f *o = optimiser_new_f(&rule, net->n_params, 0, NULL);
 *     clip_norm_f(net->n_params, net->grad, .5);
 *     optimiser_step_f(o, net->param, net->grad, lr); */
#ifndef POISE_OPTIMISER_H
#define POISE_OPTIMISER_H

#include "agent.h"

typedef enum optimiser_kind {
    OPTIMISER_SGD,       // param -= lr g
    OPTIMISER_MOMENTUM,  // m = momentum m + g; param -= lr m (Polyak 1964, as in PyTorch)
    OPTIMISER_ADAGRAD,   // v += g^2; param -= lr g / (sqrt(v) + epsilon) (Duchi et al., JMLR 2011)
    OPTIMISER_RMSPROP,   // v = beta2 v + (1 - beta2) g^2; as before (Tieleman and Hinton 2012)
    OPTIMISER_ADAM,      // Kingma and Ba, ICLR 2015, algorithm 1: epsilon outside the root
    OPTIMISER_LARS,      // momentum with a rate of its own for each tensor (You et al. 2017)
} optimiser_kind;
/* Their names in that order, NULL-terminated: the choices of an option. */
extern const char *const optimiser_names[];

/* What a rule is, but for its rate. L2 is added to the gradient before anything else. */
typedef struct optimiser_rule {
    int kind;             // optimiser_kind
    double momentum;      // of MOMENTUM and LARS
    double beta1, beta2;  // of ADAM; RMSPROP has beta2 alone
    double epsilon;
    double l2;     // g + l2 param is descended
    double trust;  // of LARS: eta in lr eta |param| / (|g| + l2 |param| + epsilon)
} optimiser_rule;

/* The usual constants of a kind, those of PyTorch where it has it: momentum .9, beta .9 and .999,
 * beta2 .99 for RMSPROP, epsilon 1e-8, 1e-10 for ADAGRAD, trust .001; no L2. */
optimiser_rule optimiser_default(int kind);

#include "as_float.h"
#include "optimiser_typed.h"
#include "as_double.h"
#include "optimiser_typed.h"

/* Describes what a float optimiser remembers, for `memory` of an agent: PREFIX.power and, as far as
 * the rule has them, PREFIX.m and PREFIX.v. Returns how many. */
int optimiser_tensors(optimiser_f *o, const char *prefix, poise_tensor *t);

#endif
