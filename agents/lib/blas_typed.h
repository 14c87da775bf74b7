/* blas_typed.h - the products of blas.h in one precision. */

/* c (m, n) = a (m, k) b (k, n) + keep c; keep is 0 or 1. */
void TYPED(matmul)(int m, int n, int k, const REAL *a, const REAL *b, REAL keep, REAL *c);
/* c (m, n) = a (k, m)^T b (k, n) + keep c */
void TYPED(matmul_tn)(int m, int n, int k, const REAL *a, const REAL *b, REAL keep, REAL *c);
/* c (m, n) = a (m, k) b (k, n) + start (m, n) for parts of wider matrices: element (i, l) of a is
 * a[i a_row + l a_column], where one of the two is 1; the rows of b, start and c stand b_row,
 * start_row and c_row apart. start_row 0 adds the same row to all; start may be c with its own
 * c_row, or NULL for zeros. */
void TYPED(multiply)(int m, int n, int k, const REAL *a, int a_row, int a_column, const REAL *b,
                     int b_row, const REAL *start, int start_row, REAL *c, int c_row);
/* The same by plain loops: what the reference back end computes, bit for bit. */
void TYPED(multiply_plain)(int m, int n, int k, const REAL *a, int a_row, int a_column,
                           const REAL *b, int b_row, const REAL *start, int start_row, REAL *c,
                           int c_row);
