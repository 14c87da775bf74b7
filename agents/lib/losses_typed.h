/* losses_typed.h - the losses of losses.h in one precision. */

/* What is maximised by PPO, for one choice: min(r A, clip(r, 1 - eps, 1 + eps) A), where r is the
 * probability of the choice now over that when it was made (Schulman et al. 2017, equation 7).
 * d_log_p is its gradient by log p: r A, or 0 where the clipped term is the smaller. */
REAL TYPED(ppo_gain)(REAL ratio, REAL advantage, REAL eps, REAL *d_log_p);
/* The loss of PPO for one choice among n candidates, of a softmax with p and log_p (n) as softmax
 * gives them: -ppo_gain - bonus entropy(p). Writes its gradient d_z (n) by the scores, and the
 * ratio unless it is NULL. */
REAL TYPED(ppo_loss)(int n, const REAL *p, const REAL *log_p, int chosen, REAL old_log_p,
                     REAL advantage, REAL eps, REAL bonus, REAL *d_z, REAL *ratio);
/* (r - 1) - log r >= 0, where log r = log_p - old_log_p: its mean over choices of the old policy is
 * an estimate of KL(old | new) with little variance (Schulman 2020, "k3"). */
REAL TYPED(kl_k3)(REAL log_p, REAL old_log_p);

/* max((v - target)^2, (old + clip(v - old, -eps, eps) - target)^2) / 2, and its gradient by v. */
REAL TYPED(clipped_value_loss)(REAL v, REAL old, REAL target, REAL eps, REAL *d_v);
/* (v - target)^2 / 2 up to a distance of delta, linear beyond (Huber 1964); gradient by v. */
REAL TYPED(huber_loss)(REAL v, REAL target, REAL delta, REAL *d_v);
/* -log p[label], p = softmax(z), and its gradient d_z (n). NaN, with nothing written, where softmax
 * refuses z or the label is masked. */
REAL TYPED(cross_entropy_loss)(int n, const REAL *z, int label, REAL *d_z);
