/* rng.c - counter-based random streams: number k of a stream is a function of (key, k), nothing
 * else. Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011. A stream has 2^34 words before it repeats. */
#include "rng.h"

#include "det.h"

#include <assert.h>

typedef struct philox {
    uint32_t w[4];
} philox;

static inline philox philox_round(philox c, uint32_t key_0, uint32_t key_1)
{
    uint64_t p0 = (uint64_t)c.w[0] * 0xd2511f53U;
    uint64_t p1 = (uint64_t)c.w[2] * 0xcd9e8d57U;
    return (philox){{(uint32_t)(p1 >> 32) ^ c.w[1] ^ key_0, (uint32_t)p1,
                     (uint32_t)(p0 >> 32) ^ c.w[3] ^ key_1, (uint32_t)p0}};
}

/* Ten rounds, the key growing by the golden ratio and sqrt(3) - 1. */
static inline philox philox_block(philox c, uint32_t key_0, uint32_t key_1)
{
#pragma GCC unroll 10
    for (uint32_t i = 0; i < 10; i++)
        c = philox_round(c, key_0 + i * 0x9e3779b9U, key_1 + i * 0xbb67ae85U);
    return c;
}

/* (k + 1/2) 2^-52, k the upper 52 of the 64 bits: 53 would round the last one up to 1. */
static inline double uniform(uint32_t low, uint32_t high)
{
    uint64_t bits = (uint64_t)high << 32 | low;
    return det_double(0x3ff0000000000000U | bits >> 12) - (1 - 0x1p-53);
}

/* ---- one stream --------------------------------------------------------------------------- */

poise_rng poise_rng_at(uint64_t seed, poise_purpose purpose, uint32_t entity, uint32_t index)
{
    return (poise_rng){.key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
                       .counter = {0, index, entity, (uint32_t)purpose},
                       .used = 4};
}

static void refill(poise_rng *r)
{
    philox c = {{r->counter[0], r->counter[1], r->counter[2], r->counter[3]}};
    c = philox_block(c, r->key[0], r->key[1]);
    memcpy(r->block, c.w, sizeof r->block);
    r->counter[0]++;
    r->used = 0;
}

uint32_t poise_rng_u32(poise_rng *r)
{
    if (r->used == 4)
        refill(r);
    return r->block[r->used++];
}

uint64_t poise_rng_u64(poise_rng *r)
{
    uint32_t low = poise_rng_u32(r);
    return (uint64_t)poise_rng_u32(r) << 32 | low;
}

double poise_rng_uniform(poise_rng *r)
{
    uint32_t low = poise_rng_u32(r);
    return uniform(low, poise_rng_u32(r));
}

/* Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019). */
int poise_rng_below(poise_rng *r, int n)
{
    assert(n >= 1);
    uint32_t range = (uint32_t)n;
    uint64_t m = (uint64_t)poise_rng_u32(r) * range;
    if ((uint32_t)m < range) {
        uint32_t least = -range % range;
        while ((uint32_t)m < least)
            m = (uint64_t)poise_rng_u32(r) * range;
    }
    return (int)(m >> 32);
}

double poise_rng_normal(poise_rng *r)
{
    return det_normal_quantile(poise_rng_uniform(r));
}

/* The family stands in the top two bits of its seeds: families cannot meet. */
uint64_t poise_seed(poise_family family, uint64_t seed, uint64_t episode)
{
    philox c = {{(uint32_t)episode, (uint32_t)(episode >> 32), (uint32_t)family, POISE_FOR_SEEDS}};
    c = philox_block(c, (uint32_t)seed, (uint32_t)(seed >> 32));
    uint64_t bits = (uint64_t)c.w[1] << 32 | c.w[0];
    return bits >> 2 | (uint64_t)family << 62;
}

/* ---- many at once ------------------------------------------------------------------------- */

DET_CLONES
void rng_uniforms(uint64_t seed, poise_purpose purpose, uint32_t entity, uint32_t index, int n,
                  uint32_t draw, double *restrict u0, double *restrict u1)
{
    uint32_t key_0 = (uint32_t)seed, key_1 = (uint32_t)(seed >> 32);
    for (int i = 0; i < n; i++) {
        philox c = {{draw, index + (uint32_t)i, entity, (uint32_t)purpose}};
        c = philox_block(c, key_0, key_1);
        u0[i] = uniform(c.w[0], c.w[1]);
        u1[i] = uniform(c.w[2], c.w[3]);
    }
}

DET_CLONES
void rng_exponentials(double *u, int n, double mean)
{
    for (int i = 0; i < n; i++)
        u[i] = -mean * det_log(u[i]);
}

/* ---- GSL ---------------------------------------------------------------------------------- */

static void gsl_start(void *state, unsigned long seed)
{
    *(poise_rng *)state = poise_rng_at(seed, POISE_FOR_HARNESS, 0, 0);
}

static unsigned long gsl_word(void *state)
{
    return poise_rng_u32(state);
}

static double gsl_real(void *state)
{
    return poise_rng_uniform(state);
}

const gsl_rng_type *poise_rng_gsl(void)
{
    static const gsl_rng_type type = {.name = "philox4x32_10",
                                      .max = 0xffffffffU,
                                      .min = 0,
                                      .size = sizeof(poise_rng),
                                      .set = gsl_start,
                                      .get = gsl_word,
                                      .get_double = gsl_real};
    return &type;
}

void poise_rng_gsl_set(gsl_rng *g, const poise_rng *r)
{
    assert(g->type == poise_rng_gsl());
    *(poise_rng *)g->state = *r;
}
