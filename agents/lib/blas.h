/* blas.h - matrix products: our own, whose bits are the same on every machine, and OpenBLAS on one
 * thread. Matrices are row-major; the last index runs fastest.
 *
 * The reference back end computes every element as one chain of fused multiply-adds in the order of
 * k, whatever the size of the product and the instructions used: batches may be cut anywhere, and
 * CPUs with and without AVX-512 agree bit for bit. OpenBLAS is its cross-check, and faster where
 * matrices are far larger than a cache. */
#ifndef POISE_BLAS_H
#define POISE_BLAS_H

#include <stdbool.h>

typedef enum blas_backend { BLAS_REFERENCE, BLAS_OPENBLAS } blas_backend;
/* Their names in that order, NULL-terminated. */
extern const char *const blas_backends[];

/* Makes all products of the process come from this back end; before threads are started. The
 * reference is the default. */
void blas_choose(blas_backend backend);
blas_backend blas_chosen(void);

/* The instructions that the reference is compiled for; the best the CPU has is used. */
typedef enum blas_clone { BLAS_PLAIN, BLAS_AVX2, BLAS_AVX512 } blas_clone;
/* For tests, as blas_choose: false, with nothing changed, if the CPU does not have them. */
bool blas_use_clone(blas_clone clone);

/* Finds the best clone, and makes OpenBLAS work on the calling thread alone. Called by whatever
 * takes memory for networks; any thread may, any number of times. */
void blas_start(void);
/* Whether several threads may multiply at once. The serial build of OpenBLAS has no locks around
 * its buffers and returns wrong products then: train on one thread if this is false. */
bool blas_is_thread_safe(void);
/* What multiplies, for reports: "reference (AVX-512)", or OpenBLAS as below. Not owned by the
 * caller. */
const char *blas_config(void);
/* The build, CPU kernel and version of OpenBLAS, chosen or not. Not owned by the caller. */
const char *blas_openblas(void);

#include "as_float.h"
#include "blas_typed.h"
#include "as_double.h"
#include "blas_typed.h"

#endif
