/* encoder_typed.h - the encoder of encoder.h in one precision. */

/* What the backward pass needs again of one block. */
typedef struct TYPED(encoder_block) {
    REAL *x, *middle;           // (max_rows, width) before attention, before the network
    REAL *norm1, *norm2;        // (max_rows, width) the same, normalised
    REAL *moments1, *moments2;  // (max_rows, 2)
    REAL *qkv;                  // (max_rows, 3 width)
    REAL *p;                    // probabilities of attention
    REAL *gathered;             // (max_rows, width) by attention
    REAL *inner;                // (max_rows, inner)
    REAL *dropped1, *dropped2;  // (max_rows, width) factors of dropout
} TYPED(encoder_block);

typedef struct TYPED(encoder) {
    encoder_shape shape;
    int rows;  // of the last pass
    int n_spans;
    const attention_span *span;  // the caller's
    bool dropped;                // the last pass was with dropout
    TYPED(encoder_block) block[ENCODER_MAX_BLOCKS];
    REAL *last, *moments, *out;     // (max_rows, width), (max_rows, 2), (max_rows, width)
    REAL *d_x, *d_norm, *d_branch;  // (max_rows, width)
    REAL *d_qkv, *d_inner;          // (max_rows, 3 width), (max_rows, inner)
    REAL *turned, *scratch;
} TYPED(encoder);

/* Points the encoder's arrays into the memory at base, or counts the numbers only where base is
 * NULL; returns them. */
size_t TYPED(encoder_lay_out)(TYPED(encoder) * e, const encoder_shape *s, REAL *base);
/* Initial parameters at param: weights normal with deviation 1 / sqrt(in), those that write into
 * the tokens divided by sqrt(2 n_blocks) more (Radford et al. 2019), gains 1, biases 0. */
void TYPED(encoder_start)(const encoder_shape *s, REAL *param, poise_rng *r);
/* Tokens out (rows, width) of tokens x (rows, width). Every row is the query of one span. The spans
 * must stay as they are until the backward pass; the result belongs to the encoder. With a stream r
 * there is dropout, NULL is for evaluation. */
const REAL *TYPED(encoder_forward)(TYPED(encoder) * e, const REAL *param, int rows, const REAL *x,
                                   int n_spans, const attention_span *span, poise_rng *r);
/* Adds to grad; returns the gradient by x (rows, width), which belongs to the encoder. */
const REAL *TYPED(encoder_backward)(TYPED(encoder) * e, const REAL *param, const REAL *d_out,
                                    REAL *grad);
