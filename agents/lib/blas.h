/* blas.h - matrix products: OpenBLAS on one thread, and beside each the plain loop that is its
 * test. Matrices are dense and row-major; the last index runs fastest. */
#ifndef POISE_BLAS_H
#define POISE_BLAS_H

#include <stdbool.h>

/* Makes OpenBLAS work on the calling thread alone. Called by whatever takes memory for networks;
 * any thread may, any number of times. */
void blas_start(void);
/* Whether several threads may multiply at once. The serial build of OpenBLAS has no locks around
 * its buffers and returns wrong products then: train on one thread if this is false. */
bool blas_is_thread_safe(void);
/* The build, CPU kernel and version of OpenBLAS, for reports. Not owned by the caller. */
const char *blas_config(void);

#include "as_float.h"
#include "blas_typed.h"
#include "as_double.h"
#include "blas_typed.h"

#endif
