/* adam_typed.h - the optimiser of adam.h in one precision. */

/* Adam (Kingma and Ba, ICLR 2015, algorithm 1): moments with bias correction, epsilon outside the
 * corrected root. */
typedef struct TYPED(adam) {
    int n;
    double beta1, beta2, epsilon;  // .9, .999, 1e-8 from new
    double power1, power2;         // beta1^t and beta2^t
    REAL *m, *v;                   // (n) first and second moments
} TYPED(adam);

/* The optimiser of n parameters, in one block of memory; NULL if there is none. */
TYPED(adam) * TYPED(adam_new)(int n);
void TYPED(adam_free)(TYPED(adam) * a);  // NULL is fine
/* One step of size lr down the gradient. */
void TYPED(adam_step)(TYPED(adam) * a, REAL *param, const REAL *grad, double lr);
