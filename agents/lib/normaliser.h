/* normaliser.h - running mean and variance of each of n columns (Welford, Technometrics 4, 1962),
 * and numbers brought to mean 0 and deviation 1 by them. Kept with the policy that saw them. What
 * was seen long ago may fade: a policy that learns leaves the states in which it began. */
#ifndef POISE_NORMALISER_H
#define POISE_NORMALISER_H

#include "agent.h"

typedef struct normaliser {
    int n;
    double most;     // rows that count: from there on the oldest fade
    double *count;   // (1) rows that count so far
    double *mean;    // (n)
    double *square;  // (n) sums of squared distances from the mean
} normaliser;

/* In one block of memory; NULL if there is none. INFINITY rows: all count the same. */
normaliser *normaliser_new(int n, double rows);
void normaliser_free(normaliser *z);  // NULL is fine
/* Takes one row x (n) into account. */
void normaliser_add(normaliser *z, const float *x);
void normaliser_add_double(normaliser *z, const double *x);
/* Of column i, with the number of rows in its denominator; 0 before the second row. */
double normaliser_variance(const normaliser *z, int i);
/* y (rows, n) = (x - mean) / sqrt(variance + 1e-8), held within -limit .. limit; y may be x. Before
 * the second row it is x, held. */
void normaliser_apply(const normaliser *z, int rows, const float *x, double limit, float *y);
/* Describes what it remembers: PREFIX.count, PREFIX.mean, PREFIX.square. Returns 3. */
int normaliser_tensors(normaliser *z, const char *prefix, poise_tensor *t);

#endif
