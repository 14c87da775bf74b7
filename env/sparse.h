/* sparse.h - large systems of linear equations with few terms in each: those of Markov chains.
 *
 * BiCGStab (H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992)). Its preconditioner is a
 * multigrid cycle that sweeps, then moves neighbours as one (G. Horton and S. T. Leutenegger, ACM
 * SIGMETRICS 1994): the number of steps hardly grows with the size. One thread, sums in order: the
 * same bits everywhere. */
#ifndef POISE_SPARSE_H
#define POISE_SPARSE_H

#include <stdbool.h>
#include <stddef.h>

/* A matrix I - P of a chain row by row, or column by column. */
typedef struct sparse {
    int n;
    size_t *first;   // (n + 1) where the terms of a row begin
    size_t *upper;   // (n) where those right of the diagonal begin
    int *column;     // (first[n]) of -P beside the diagonal, those left of it first
    double *value;   // (first[n])
    double *inside;  // (n) the diagonal, not 0
    size_t room;     // terms that there is room for

    struct sparse *coarse;  // NULL: none
    int *part;              // (n) the unknown of coarse that each is a part of
    int *member;            // (n) unknowns by those of coarse
    int *member_at;         // (n of coarse + 2)
    int *mark;              // (n) of who builds it
    double *right, *left;   // (n) of a cycle, as are the next
    double *rest, *more;
    double *dense;  // (n, n) factors of the coarsest; NULL of others
} sparse;

/* The terms are the caller's to write, as many as `room` of them. NULL without memory. */
sparse *sparse_new(int n, size_t room);
void sparse_free(sparse *a);
/* Lets unknowns move as one: i is a part of part[i] (n), which is below n_coarse. Returns the
 * coarser matrix, which belongs to a; NULL without memory. */
sparse *sparse_coarsen(sparse *a, const int *part, int n_coarse);
/* Writes the columns of a as the rows of b, which has as much room. */
void sparse_transpose(const sparse *a, sparse *b);
/* Puts the terms of a row in order. */
void sparse_split(sparse *a, int row);
/* Must be called when terms have changed. false without memory. */
bool sparse_prepare(sparse *a);

/* Improves x (n) until the largest residual of A x = b is `part` of what it was, or `most` steps
 * are done. work is (8 n). Returns that part. */
double sparse_solve(const sparse *a, const double *b, double *x, double part, int most,
                    double *work);
/* The same without the `leak` that is in the diagonal of A, where what is left has no inverse but b
 * is in its range: x is one of many. work is (10 n). */
double sparse_settle(const sparse *a, double leak, const double *b, double *x, double part,
                     int most, double *work);

#endif
