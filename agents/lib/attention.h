/* attention.h - a network that scores any number of candidates: every task and every device group
 * is a token, an encoder lets them look at each other, and a candidate's score comes from the
 * tokens of its task and its group and from its own features,
 *
 *     score = w . tanh(task T + device D + features C + b) + task B device / width,
 *
 * and the value of the situation from the mean token and the features of the system. The product
 * stands over the width, not its root: each of its width^2 weights moves by about the step size in
 * one update, so that a wider network would take larger steps, and fall on one choice before it
 * has seen what speaks for others. Permuting the tasks permutes the scores. Decisions of different
 * sizes lie packed in one batch; no padding is computed.
 *
 *     attention_f *net = attention_new_f(&shape);
 *     attention_start_f(net, seed, 0, .01);
 *     attention_forward_f(net, &batch, NULL);
 *     ... net->score, net->value; fill d_score and d_value ...
 *     attention_backward_f(net, d_score, d_value);
 *     optimiser_step_f(o, net->param, net->grad, lr); */
#ifndef POISE_ATTENTION_H
#define POISE_ATTENTION_H

#include "encoder.h"

typedef struct attention_shape {
    int n_task, n_device, n_candidate, n_system;  // features of each; the last two may be 0
    int width;                                    // of a token
    int n_heads;                                  // divides the width
    int n_blocks;                                 // 1 .. ENCODER_MAX_BLOCKS
    int inner;                                    // hidden width in a block, often 4 width
    int hidden;                                   // hidden width behind a score and the value
    bool cross;  // tasks look at device groups only and these at tasks only: cheaper
    double dropout;
    int max_tokens;      // of one decision: tasks and groups
    int max_rows;        // of a pass: tokens of all its decisions
    int max_candidates;  // of a pass
    int max_decisions;   // of a pass
} attention_shape;

/* Where the parts of the parameters begin. */
typedef struct attention_places {
    int task, device, encoder;  // embeddings, blocks
    int bilinear, of_task, of_device, of_candidate, no_task, no_device, score;
    int value_hidden, value;
} attention_places;

#include "as_float.h"
#include "attention_typed.h"
#include "as_double.h"
#include "attention_typed.h"

/* Describes the parameters as tensors: PREFIX.embed.task.weight, PREFIX.blocks.0.norm1.weight and
 * so on. Returns how many. */
int attention_tensors(const attention_f *net, const char *prefix, poise_tensor *t);

#endif
