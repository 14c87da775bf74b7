/* layers.c - the layers, compiled for float to learn with and for double to be checked with. */
#include "lib/layers.h"

#include "det.h"
#include "lib/blas.h"
#include "lib/lanes.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const char *const activation_names[] = {"tanh", "relu", "gelu", NULL};

/* Queries of a span rounded up to whole vectors, so that loops over them need no rest. */
static int padded(int n)
{
    return (n + 15) & ~15;
}

size_t attention_pairs(const attention_heads *h, int n_spans, const attention_span *span)
{
    size_t n = 0;
    for (int i = 0; i < n_spans; i++)
        n += (size_t)padded(span[i].n_queries) * (size_t)span[i].n_keys;
    return n * (size_t)h->n_heads;
}

size_t attention_scratch(const attention_heads *h, int max_rows)
{
    return (size_t)padded(max_rows) * (size_t)(h->width / h->n_heads + max_rows);
}

/* exp(x) for x <= 0, in fewer steps than for any x: 0 where it would be less than 2^-125. */
static inline float exp_below_f(float x)
{
    const det_parts_f e = det_exp_parts_f(x < -87 ? -87 : x);
    const float y = (1 + e.p) * det_power_of_2f(e.k);
    return x < -87 ? 0 : y;
}

static inline double exp_below_d(double x)
{
    return det_exp(x);
}

static float root_f(float x)
{
    return sqrtf(x);
}

static double root_d(double x)
{
    return sqrt(x);
}

#include "lib/as_float.h"
#include "lib/layers_typed.inc"

#include "lib/as_double.h"
#include "lib/layers_typed.inc"
