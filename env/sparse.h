/* sparse.h - large systems of linear equations with few terms in each: those of Markov chains.
 *
 * BiCGStab (H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992)) with a symmetric
 * Gauss-Seidel sweep as its preconditioner. One thread, sums in order: the same bits everywhere. */
#ifndef POISE_SPARSE_H
#define POISE_SPARSE_H

#include <stdbool.h>
#include <stddef.h>

/* The matrix I - P of a chain, row by row. Where `mean` is set, the column of unknown 0 is not that
 * of the chain but all ones: unknown 0 is then the mean gain, and the value of state 0 is 0. */
typedef struct sparse {
    int n;
    bool mean;
    size_t *first;   // (n + 1) where the terms of a row begin
    size_t *upper;   // (n) where those right of the diagonal begin
    int *column;     // (first[n]) of -P beside the diagonal, those left of it first
    double *value;   // (first[n])
    double *inside;  // (n) the diagonal, not 0
} sparse;

/* Improves x (n) until the largest residual of A x = b is `part` of what it was, or `most` steps
 * are done. work is (8 n). Returns that part. */
double sparse_solve(const sparse *a, const double *b, double *x, double part, int most,
                    double *work);

#endif
