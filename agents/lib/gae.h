/* gae.h - how much better than expected a choice turned out: generalised advantage estimation
 * (Schulman et al., ICLR 2016), for decisions that are not evenly spaced. */
#ifndef POISE_GAE_H
#define POISE_GAE_H

#include <stdbool.h>

/* One choice and what followed until the next. */
typedef struct gae_step {
    double reward;     // gathered until then, discounted to the time of the choice
    double keep;       // discount of what comes after: exp(-beta elapsed_s); 0 at a terminal state
    double value;      // expected return before the choice
    double next;       // expected return after it; of no account if keep is 0
    bool last;         // nothing of what follows in the array belongs to it: its episode ended here
    double advantage;  // filled: the sum over l of (keep lambda)^l (reward + keep next - value)
} gae_step;

/* Fills the advantages of n steps in order of time; lambda 1 makes them return - value. The return
 * aimed at by the value is advantage + value. */
void gae(int n, gae_step *step, double lambda);
/* Subtracts the mean of n numbers and divides by their standard deviation (n - 1 in its
 * denominator) + 1e-8; leaves a single number alone. */
void gae_normalise(int n, gae_step *step);

#endif
