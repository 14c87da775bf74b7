/* layers_typed.h - the layers of layers.h in one precision. */

/* Takes n numbers from the memory at base, on a cache line of their own, or only counts them where
 * base is NULL. */
REAL *TYPED(take_numbers)(REAL *base, size_t *used, size_t n);

/* turned (columns, rows) = a (rows, columns)^T; the rows of a stand `step` numbers apart. */
void TYPED(turn)(int rows, int columns, const REAL *a, int step, REAL *turned);

/* y (rows, out) = x (rows, in) w (in, out) + b (out); b stands behind w. */
void TYPED(linear_forward)(int rows, int in, int out, const REAL *x, const REAL *w, REAL *y);
/* Adds to d_w (in, out) and the bias behind it. */
void TYPED(linear_gradient)(int rows, int in, int out, const REAL *x, const REAL *d_y, REAL *d_w);
/* The same, and writes d_x (rows, in) unless it is NULL. turned (in
 * out) is scratch. */
void TYPED(linear_backward)(int rows, int in, int out, const REAL *x, const REAL *w,
                            const REAL *d_y, REAL *turned, REAL *d_w, REAL *d_x);

/* y (n) = activation(x (n)); y may be x. GELU is x (1 + tanh(sqrt(2 / pi) (x + .044715 x^3))) / 2
 * (Hendrycks and Gimpel 2016). */
void TYPED(activate)(activation kind, int n, const REAL *x, REAL *y);
/* d (n) *= the slope, told by the output y; by the input x for GELU. */
void TYPED(activate_backward)(activation kind, int n, const REAL *x_or_y, REAL *d);

/* y (rows, n) = (x - mean) / sqrt(variance + LAYER_NORM_EPSILON) * gain (n) + bias (n), mean and
 * variance of each row (Ba et al. 2016); the bias stands behind the gain. moments (rows, 2): the
 * mean and 1 / sqrt. */
void TYPED(layer_norm_forward)(int rows, int n, const REAL *x, const REAL *gain, REAL *y,
                               REAL *moments);
/* Adds to d_gain (n) and the bias behind it, and to d_x (rows, n). */
void TYPED(layer_norm_backward)(int rows, int n, const REAL *x, const REAL *gain,
                                const REAL *moments, const REAL *d_y, REAL *d_gain, REAL *d_x);

/* y (rows, n) = rows index (rows) of table (entries, n); and the way back, which adds to d_table.
 */
void TYPED(embedding_forward)(int rows, int n, const int *index, const REAL *table, REAL *y);
void TYPED(embedding_backward)(int rows, int n, const int *index, const REAL *d_y, REAL *d_table);

/* Zeroes each of x (n) with this probability and scales the others by 1 / (1 - probability); factor
 * (n) is what each was multiplied by, for the way back. Draws n numbers of r. */
void TYPED(dropout)(int n, double probability, poise_rng *r, REAL *x, REAL *factor);
void TYPED(multiply_each)(int n, const REAL *factor, REAL *x);

/* Scaled dot-product attention (Vaswani et al. 2017) of the rows of qkv (rows, 3 width): queries,
 * keys and values side by side, each the heads side by side. Writes out (rows, width) for the rows
 * that are queries, and p (attention_pairs), the probabilities: each head of each span as (n_keys,
 * n_queries rounded up to 16). Where hidden is given (rows), rows with a 1 are seen by nobody.
 * false if a query sees no key. */
bool TYPED(attend_forward)(const attention_heads *h, int n_spans, const attention_span *span,
                           const REAL *qkv, const unsigned char *hidden, REAL *p, REAL *scratch,
                           REAL *out);
/* Adds to d_qkv (rows, 3 width), which the caller has zeroed. */
void TYPED(attend_backward)(const attention_heads *h, int n_spans, const attention_span *span,
                            const REAL *qkv, const REAL *p, const REAL *d_out, REAL *scratch,
                            REAL *d_qkv);
