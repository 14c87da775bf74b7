/* params.h - the parameters of a network as one flat array, and what its parts are called. */
#ifndef POISE_PARAMS_H
#define POISE_PARAMS_H

#include "agent.h"

/* One tensor in the array. */
typedef struct param_row {
    char name[40];  // PyTorch's: "blocks.0.attn.in_proj.weight"
    int n_dims, dim[2];
    int at;  // of its first number
} param_row;

typedef struct param_list {
    int n_rows;
    int n_params;  // numbers in all
    param_row row[POISE_MAX_TENSORS];
} param_list;

/* Adds a matrix (rows, columns), or a vector (columns) where rows is 0. The name is made as printf
 * does. Returns where it begins in the array. */
int params_add(param_list *l, int rows, int columns, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds PREFIX.weight (in, out) and PREFIX.bias (out), which follow each other; returns the first's
 * place. */
int params_add_linear(param_list *l, int in, int out, const char *prefix);
/* Describes the parameters of a float network as tensors, their names behind "PREFIX.". Returns how
 * many. */
int params_tensors(const param_list *l, float *param, const char *prefix, poise_tensor *t);
/* The lengths of the tensors, as an optimiser wants them: part (n_rows). Returns n_rows. */
int params_parts(const param_list *l, int *part);

#endif
