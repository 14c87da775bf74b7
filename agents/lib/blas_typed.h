/* blas_typed.h - the products of blas.h in one precision. */

/* c (m, n) = a (m, k) b (k, n) + keep c; keep is 0 or 1. */
void TYPED(matmul)(int m, int n, int k, const REAL *a, const REAL *b, REAL keep, REAL *c);
/* c (m, n) = a (k, m)^T b (k, n) + keep c */
void TYPED(matmul_tn)(int m, int n, int k, const REAL *a, const REAL *b, REAL keep, REAL *c);

/* The same by plain loops, every element summed in the order of k. */
void TYPED(matmul_plain)(int m, int n, int k, const REAL *a, const REAL *b, REAL keep, REAL *c);
void TYPED(matmul_tn_plain)(int m, int n, int k, const REAL *a, const REAL *b, REAL keep, REAL *c);
