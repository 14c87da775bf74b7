/* attention_typed.h - the network of attention.h in one precision. */

/* Decisions, packed. Offsets (n_decisions + 1) begin with 0: what belongs to decision i are the
 * rows from [i] to before [i + 1]. All belong to the caller and must stay as they are until the
 * backward pass. */
typedef struct TYPED(attention_batch) {
    int n_decisions;
    const int *task_at, *device_at, *candidate_at;  // offsets; a decision has at least one token
    const REAL *task;                               // (tasks, n_task)
    const REAL *device;                             // (groups, n_device)
    const REAL *candidate;                          // (candidates, n_candidate)
    const REAL *system;                             // (n_decisions, n_system)
    const int *task_of, *device_of;  // (candidates) among those of its decision, -1 none
} TYPED(attention_batch);

typedef struct TYPED(attention) {
    attention_shape shape;
    param_list list;
    attention_places at;
    int n_params;
    REAL *param, *grad;  // (n_params); grad sums over backward passes
    REAL *score;         // (max_candidates) of the last forward pass
    REAL *value;         // (max_decisions)
    const TYPED(attention_batch) * batch;
    TYPED(encoder) encoder;
    attention_span *span;  // (2 max_decisions)
    const REAL *y;         // (max_rows, width) tokens after the encoder
    REAL *x;               // (max_rows, width) before it
    REAL *side;            // (max_rows, hidden) what a token adds behind a score
    REAL *mixed;           // (max_rows, width) task tokens times B
    REAL *hidden;          // (max_candidates, hidden) behind a score, after tanh
    REAL *pooled;          // (max_decisions, width + n_system)
    REAL *value_hidden;    // (max_decisions, hidden) after tanh
    REAL *d_y, *d_side, *d_mixed, *d_hidden, *d_pooled, *d_value_hidden;
    REAL *table, *turned;  // scratch of one decision: tasks x groups; of one matrix
} TYPED(attention);

/* A network in one block of memory, its parameters zero; NULL if there is no memory. */
TYPED(attention) * TYPED(attention_new)(const attention_shape *shape);
void TYPED(attention_free)(TYPED(attention) * net);  // NULL is fine
/* Initial parameters; the last layer behind the scores, B and the last layer of the value are
 * scaled by last_gain. Networks of an agent are told apart by their number. */
void TYPED(attention_start)(TYPED(attention) * net, uint64_t seed, int number, double last_gain);
/* Fills score and value for a batch. A decision without candidates only gets a value. With a stream
 * r there is dropout, NULL is for evaluation. */
void TYPED(attention_forward)(TYPED(attention) * net, const TYPED(attention_batch) * b,
                              poise_rng *r);
/* After a forward pass: adds to grad what the gradients d_score (candidates) and d_value
 * (n_decisions; NULL = zeros) of a loss mean for the parameters. */
void TYPED(attention_backward)(TYPED(attention) * net, const REAL *d_score, const REAL *d_value);
void TYPED(attention_zero_grad)(TYPED(attention) * net);
