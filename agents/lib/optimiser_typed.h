/* optimiser_typed.h - the optimiser of optimiser.h in one precision. */

typedef struct TYPED(optimiser) {
    optimiser_rule rule;
    int n;
    double power[2];  // beta1^t and beta2^t after t steps
    REAL *m, *v;      // (n) first and second moments; zero where the rule has none
    int n_parts;
    int *part;  // (n_parts) lengths of the tensors in param, for LARS
} TYPED(optimiser);

/* The optimiser of n parameters, in one block of memory; NULL if there is none. The lengths of the
 * n_parts tensors that the parameters consist of matter to LARS alone: 0 and NULL mean one. */
TYPED(optimiser) *
    TYPED(optimiser_new)(const optimiser_rule *rule, int n, int n_parts, const int *part);
void TYPED(optimiser_free)(TYPED(optimiser) * o);  // NULL is fine
/* One step of size lr down the gradient. */
void TYPED(optimiser_step)(TYPED(optimiser) * o, REAL *param, const REAL *grad, double lr);

/* Scales the gradient by limit / (norm + 1e-6) if its Euclidean norm exceeds the limit, as
 * clip_grad_norm_ of PyTorch does: (3, 4) clipped to .5 is (.29999994, .39999992). Returns the norm
 * before. */
double TYPED(clip_norm)(int n, REAL *grad, double limit);
/* Whether every one of n numbers is finite and at most limit in magnitude. */
bool TYPED(all_within)(int n, const REAL *x, double limit);
