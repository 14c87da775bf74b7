/* rng.h - random streams in bulk and for GSL. The streams themselves are in poise.h. */
#ifndef POISE_RNG_H
#define POISE_RNG_H

#include "poise.h"

#include <gsl/gsl_rng.h>

/* Two uniform numbers for each of n streams at once: from block `draw` of the streams (seed,
 * purpose, entity, index + i), i = 0 .. n-1, the first two words make u0[i], the last two u1[i].
 * With draw 0 these are the first two poise_rng_uniform of those streams. */
void rng_uniforms(uint64_t seed, poise_purpose purpose, uint32_t entity, uint32_t index, int n,
                  uint32_t draw, double *u0, double *u1);
/* u (n) uniform numbers in (0,1) -> u (n) exponential numbers with this mean, -mean log(u). */
void rng_exponentials(double *u, int n, double mean);

/* Streams as a GSL generator. gsl_rng_set(seed) starts stream (seed, POISE_FOR_HARNESS, 0, 0); any
 * 64-bit seed is its own stream, 0 too. */
const gsl_rng_type *poise_rng_gsl(void);
/* Makes g, of type poise_rng_gsl, go on as r would. */
void poise_rng_gsl_set(gsl_rng *g, const poise_rng *r);

#endif
