/* products.h - the reference products of blas.h, compiled for several sets of instructions. */
#ifndef POISE_PRODUCTS_H
#define POISE_PRODUCTS_H

#include "blas.h"

/* The arguments are those of multiply. */
typedef struct products_clone {
    const char *name;
    void (*multiply_f)(int m, int n, int k, const float *a, int a_row, int a_column, const float *b,
                       int b_row, const float *start, int start_row, float *c, int c_row);
    void (*multiply_d)(int m, int n, int k, const double *a, int a_row, int a_column,
                       const double *b, int b_row, const double *start, int start_row, double *c,
                       int c_row);
} products_clone;

extern const products_clone products_plain;
/* NULL if this CPU does not have the instructions. */
const products_clone *products_of(blas_clone clone);
const products_clone *products_best(void);

#endif
