/* attention.c - the attention network, compiled for float and for double. */
#include "lib/attention.h"

#include "det.h"
#include "lib/blas.h"
#include "lib/lanes.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static encoder_shape encoder_of(const attention_shape *s)
{
    return (encoder_shape){
        .width = s->width,
        .n_heads = s->n_heads,
        .n_blocks = s->n_blocks,
        .inner = s->inner,
        .dropout = s->dropout,
        .max_tokens = s->max_tokens,
        .max_rows = s->max_rows,
    };
}

static attention_places list_params(const attention_shape *s, param_list *l)
{
    const encoder_shape encoder = encoder_of(s);
    const int d = s->width, h = s->hidden;
    attention_places at;
    at.task = params_add_linear(l, s->n_task, d, "embed.task");
    at.device = params_add_linear(l, s->n_device, d, "embed.device");
    at.encoder = encoder_params(&encoder, l);
    at.bilinear = params_add(l, d, d, "score.bilinear.weight");
    at.of_task = params_add_linear(l, d, h, "score.task");
    at.of_device = params_add(l, d, h, "score.device.weight");
    at.of_candidate =
        s->n_candidate ? params_add(l, s->n_candidate, h, "score.candidate.weight") : 0;
    at.no_task = params_add(l, 0, h, "score.no_task");
    at.no_device = params_add(l, 0, h, "score.no_device");
    at.score = params_add_linear(l, h, 1, "score.out");
    at.value_hidden = params_add_linear(l, d + s->n_system, h, "value.0");
    at.value = params_add_linear(l, h, 1, "value.2");
    return at;
}

#include "lib/as_float.h"
#include "lib/attention_typed.inc"

#include "lib/as_double.h"
#include "lib/attention_typed.inc"

int attention_tensors(const attention_f *net, const char *prefix, poise_tensor *t)
{
    return params_tensors(&net->list, net->param, prefix, t);
}
