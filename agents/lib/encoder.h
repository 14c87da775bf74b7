/* encoder.h - a stack of attention blocks: each adds to its tokens what attention gathers from the
 * others of their sequence, and then what a small network makes of each (Vaswani et al. 2017; with
 * the norms before, Xiong et al., ICML 2020). */
#ifndef POISE_ENCODER_H
#define POISE_ENCODER_H

#include "layers.h"
#include "params.h"

#define ENCODER_MAX_BLOCKS 6

typedef struct encoder_shape {
    int width;    // of a token
    int n_heads;  // divides the width
    int n_blocks;
    int inner;       // width of the hidden layer of the small network, with ReLU
    double dropout;  // of what a block adds, in training
    bool causal;     // tokens see only those before them
    int max_tokens;  // of a sequence
    int max_rows;    // of a pass, all sequences together
} encoder_shape;

#include "as_float.h"
#include "encoder_typed.h"
#include "as_double.h"
#include "encoder_typed.h"

/* Adds the parameters of an encoder to a list, as blocks.0.attn.in_proj.weight and so on; returns
 * where they begin. */
int encoder_params(const encoder_shape *s, param_list *l);

#endif
