/* blas.c - the back ends of matrix products, and the door to OpenBLAS: the only file that includes
 * it. */
#include "lib/blas.h"

#include "lib/products.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>

const char *const blas_backends[] = {"reference", "openblas", NULL};

static once_flag started = ONCE_FLAG_INIT;
static blas_backend chosen = BLAS_REFERENCE;
static const products_clone *products = &products_plain;

/* Trials run side by side, so a product must not take threads of its own; its bits would depend on
 * their number, too. */
static void start(void)
{
    openblas_set_num_threads(1);
    products = products_best();
}

void blas_start(void)
{
    call_once(&started, start);
}

void blas_choose(blas_backend backend)
{
    blas_start();
    chosen = backend;
}

blas_backend blas_chosen(void)
{
    return chosen;
}

bool blas_use_clone(blas_clone clone)
{
    blas_start();
    const products_clone *found = products_of(clone);
    if (found)
        products = found;
    return found != NULL;
}

bool blas_is_thread_safe(void)
{
    return chosen == BLAS_REFERENCE || openblas_get_parallel() != 0;
}

const char *blas_config(void)
{
    blas_start();
    return chosen == BLAS_REFERENCE ? products->name : openblas_get_config();
}

const char *blas_openblas(void)
{
    return openblas_get_config();
}

static float fused_f(float a, float b, float c)
{
    return fmaf(a, b, c);
}

static double fused_d(double a, double b, double c)
{
    return fma(a, b, c);
}

static void gemm_f(int m, int n, int k, const float *a, int a_row, int a_column, const float *b,
                   int b_row, float *c, int c_row)
{
    const bool plain = a_column == 1;
    cblas_sgemm(CblasRowMajor, plain ? CblasNoTrans : CblasTrans, CblasNoTrans, m, n, k, 1, a,
                plain ? a_row : a_column, b, b_row, 1, c, c_row);
}

static void gemm_d(int m, int n, int k, const double *a, int a_row, int a_column, const double *b,
                   int b_row, double *c, int c_row)
{
    const bool plain = a_column == 1;
    cblas_dgemm(CblasRowMajor, plain ? CblasNoTrans : CblasTrans, CblasNoTrans, m, n, k, 1, a,
                plain ? a_row : a_column, b, b_row, 1, c, c_row);
}

#include "lib/as_float.h"
#include "lib/blas_typed.inc"

#include "lib/as_double.h"
#include "lib/blas_typed.inc"
