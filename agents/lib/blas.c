/* blas.c - the door to OpenBLAS: the only file that includes it. */
#include "lib/blas.h"

#include <cblas.h>
#include <threads.h>

static once_flag started = ONCE_FLAG_INIT;

/* Trials run side by side, so a product must not take threads of its own; its bits would depend on
 * their number, too. */
static void use_one_thread(void)
{
    openblas_set_num_threads(1);
}

void blas_start(void)
{
    call_once(&started, use_one_thread);
}

bool blas_is_thread_safe(void)
{
    return openblas_get_parallel() != 0;
}

const char *blas_config(void)
{
    return openblas_get_config();
}

void matmul_f(int m, int n, int k, const float *a, const float *b, float keep, float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, keep, c, n);
}

void matmul_tn_f(int m, int n, int k, const float *a, const float *b, float keep, float *c)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1, a, m, b, n, keep, c, n);
}

void matmul_d(int m, int n, int k, const double *a, const double *b, double keep, double *c)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, keep, c, n);
}

void matmul_tn_d(int m, int n, int k, const double *a, const double *b, double keep, double *c)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1, a, m, b, n, keep, c, n);
}

void multiply_f(int m, int n, int k, const float *a, int a_row, int a_column, const float *b,
                int b_row, float keep, float *c, int c_row)
{
    CBLAS_TRANSPOSE turned = a_column == 1 ? CblasNoTrans : CblasTrans;
    cblas_sgemm(CblasRowMajor, turned, CblasNoTrans, m, n, k, 1, a,
                a_column == 1 ? a_row : a_column, b, b_row, keep, c, c_row);
}

void multiply_d(int m, int n, int k, const double *a, int a_row, int a_column, const double *b,
                int b_row, double keep, double *c, int c_row)
{
    CBLAS_TRANSPOSE turned = a_column == 1 ? CblasNoTrans : CblasTrans;
    cblas_dgemm(CblasRowMajor, turned, CblasNoTrans, m, n, k, 1, a,
                a_column == 1 ? a_row : a_column, b, b_row, keep, c, c_row);
}

#include "lib/as_float.h"
#include "lib/blas_typed.inc"

#include "lib/as_double.h"
#include "lib/blas_typed.inc"
