/* policy_typed.h - the functions of policy.h in one precision. */

/* p (n) = softmax of z (n), where -INFINITY masks an entry out; log p is written too unless it is
 * NULL (-INFINITY where masked). false, with nothing written, if no entry is a finite number or one
 * is NaN or +INFINITY. */
bool TYPED(softmax)(int n, const REAL *z, REAL *p, REAL *log_p);
/* -sum p log p, with 0 log 0 = 0. */
REAL TYPED(entropy)(int n, const REAL *p, const REAL *log_p);
/* The first index at which the running sum of p exceeds u, u in (0,1); if rounding keeps the whole
 * sum below u, the last index with p > 0. */
int TYPED(sample)(int n, const REAL *p, double u);
/* The loss -advantage log p[chosen] - bonus entropy(p), and its gradient d_z (n) by the scores.
 * (Williams, Machine Learning 8, 1992; Williams and Peng, Connection Science 3, 1991.) */
REAL TYPED(policy_loss)(int n, const REAL *p, const REAL *log_p, int chosen, REAL advantage,
                        REAL bonus, REAL *d_z);
/* The loss (v - target)^2 / 2, and its gradient by v. */
REAL TYPED(value_loss)(REAL v, REAL target, REAL *d_v);
