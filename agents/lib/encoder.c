/* encoder.c - the encoder, compiled for float and for double. */
#include "lib/encoder.h"

#include "det.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where the parameters of a block begin, counted from its own begin. */
typedef struct block_places {
    int norm1, in_proj, out_proj, norm2, linear1, linear2, size;
} block_places;

static block_places places_of(const encoder_shape *s)
{
    const int d = s->width;
    block_places at = {0};
    at.in_proj = at.norm1 + 2 * d;
    at.out_proj = at.in_proj + (d + 1) * 3 * d;
    at.norm2 = at.out_proj + (d + 1) * d;
    at.linear1 = at.norm2 + 2 * d;
    at.linear2 = at.linear1 + (d + 1) * s->inner;
    at.size = at.linear2 + (s->inner + 1) * d;
    return at;
}

static void add_norm(param_list *l, int n, const char *name)
{
    params_add(l, 0, n, "%s.weight", name);
    params_add(l, 0, n, "%s.bias", name);
}

int encoder_params(const encoder_shape *s, param_list *l)
{
    const int d = s->width, from = l->n_params;
    for (int i = 0; i < s->n_blocks; i++) {
        char name[40];
        snprintf(name, sizeof name, "blocks.%d.norm1", i);
        add_norm(l, d, name);
        snprintf(name, sizeof name, "blocks.%d.attn.in_proj", i);
        params_add_linear(l, d, 3 * d, name);
        snprintf(name, sizeof name, "blocks.%d.attn.out_proj", i);
        params_add_linear(l, d, d, name);
        snprintf(name, sizeof name, "blocks.%d.norm2", i);
        add_norm(l, d, name);
        snprintf(name, sizeof name, "blocks.%d.linear1", i);
        params_add_linear(l, d, s->inner, name);
        snprintf(name, sizeof name, "blocks.%d.linear2", i);
        params_add_linear(l, s->inner, d, name);
    }
    add_norm(l, d, "norm");
    return from;
}

static attention_heads heads_of(const encoder_shape *s)
{
    return (attention_heads){.width = s->width, .n_heads = s->n_heads, .causal = s->causal};
}

#include "lib/as_float.h"
#include "lib/encoder_typed.inc"

#include "lib/as_double.h"
#include "lib/encoder_typed.inc"
