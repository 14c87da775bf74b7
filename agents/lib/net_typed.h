/* net_typed.h - the perceptron of net.h in one precision. */

typedef struct TYPED(mlp) {
    int n_layers;                   // weight matrices
    int width[MLP_MAX_LAYERS + 1];  // inputs, hidden layers, outputs
    int max_rows;                   // of one pass
    int n_params;
    int activation;             // between layers: TANH from new, or RELU
    REAL *param;                // (n_params) layer by layer: weight (in, out), bias (out)
    REAL *grad;                 // (n_params) sums over backward passes
    const REAL *input;          // of the last forward pass, the caller's
    REAL *out[MLP_MAX_LAYERS];  // (max_rows, width) of each layer, after its activation
    REAL *delta[2];             // (MLP_TILE, largest width) gradients on their way back
    REAL *turned;               // the weight matrices as (out, in), for the way back
} TYPED(mlp);

/* A network of n_layers matrices between n_layers + 1 widths, for passes of at most max_rows rows,
 * in one block of memory; its parameters are zero. NULL if there is no memory. */
TYPED(mlp) * TYPED(mlp_new)(int n_layers, const int *width, int max_rows);
void TYPED(mlp_free)(TYPED(mlp) * net);  // NULL is fine
/* Initial weights: normal with deviation 1 / sqrt(in), biases zero (LeCun et al. 1998, Efficient
 * BackProp, section 4.6); the last layer's are scaled by last_gain. Networks of an agent are told
 * apart by their number. */
void TYPED(mlp_start)(TYPED(mlp) * net, uint64_t seed, int number, double last_gain);
/* Weight (in, out) and bias (out) of a layer, inside param or grad. */
REAL *TYPED(mlp_weight)(const TYPED(mlp) * net, REAL *of, int layer);
REAL *TYPED(mlp_bias)(const TYPED(mlp) * net, REAL *of, int layer);
/* Outputs (rows, outputs) for inputs x (rows, inputs). They belong to the network and stay valid
 * until its next pass; x must stay as it is until the backward pass has been made. */
const REAL *TYPED(mlp_forward)(TYPED(mlp) * net, int rows, const REAL *x);
/* After a forward pass of the same rows: adds to grad what the gradient d_out (rows, outputs) of a
 * loss means for the parameters, and writes d_x (rows, inputs) unless it is NULL. */
void TYPED(mlp_backward)(TYPED(mlp) * net, int rows, const REAL *d_out, REAL *d_x);
void TYPED(mlp_zero_grad)(TYPED(mlp) * net);
