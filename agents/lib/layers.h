/* layers.h - the layers of networks, forward and backward, as functions over rows that lie packed
 * one behind the other: sequences of different lengths share a pass without any padding between
 * them. Parameters and what a backward pass needs again are the caller's arrays. Backward functions
 * add to gradients of parameters; what they do to gradients of inputs is said at each. */
#ifndef POISE_LAYERS_H
#define POISE_LAYERS_H

#include "agent.h"

#include <stddef.h>

#define LAYER_NORM_EPSILON 1e-5  // as in PyTorch

typedef enum activation { ACTIVATION_TANH, ACTIVATION_RELU, ACTIVATION_GELU } activation;
/* Their names in that order, NULL-terminated: the choices of an option. */
extern const char *const activation_names[];

/* Which rows attend to which: n_queries rows from `query` on see the n_keys rows from `key` on. A
 * sequence that attends to itself is one span; tasks that attend to devices and devices that attend
 * to tasks are two. A row is the query of one span at most. */
typedef struct attention_span {
    int query, n_queries;
    int key, n_keys;
} attention_span;

/* Multi-head attention over rows of this width (a multiple of n_heads). */
typedef struct attention_heads {
    int width, n_heads;
    bool causal;  // query i of a span sees keys 0 .. i
} attention_heads;

/* Numbers taken by the probabilities of these spans, and by the scratch of one pass of spans of at
 * most so many rows. */
size_t attention_pairs(const attention_heads *h, int n_spans, const attention_span *span);
size_t attention_scratch(const attention_heads *h, int max_rows);

#include "as_float.h"
#include "layers_typed.h"
#include "as_double.h"
#include "layers_typed.h"

#endif
