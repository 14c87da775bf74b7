/* net.c - the perceptron, compiled for float to learn with and for double to be checked with. */
#include "lib/net.h"

#include "lib/blas.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/as_float.h"
#include "lib/net_typed.inc"

#include "lib/as_double.h"
#include "lib/net_typed.inc"

int mlp_tensors(const mlp_f *net, const char *prefix, poise_tensor *t)
{
    int n = 0;
    for (int l = 0; l < net->n_layers; l++) {
        poise_tensor weight = {.n_dims = 2,
                               .dim = {net->width[l], net->width[l + 1]},
                               .data = mlp_weight_f(net, net->param, l)};
        snprintf(weight.name, sizeof weight.name, "%s.%d.weight", prefix, 2 * l);
        poise_tensor bias = {
            .n_dims = 1, .dim = {net->width[l + 1]}, .data = mlp_bias_f(net, net->param, l)};
        snprintf(bias.name, sizeof bias.name, "%s.%d.bias", prefix, 2 * l);
        t[n++] = weight;
        t[n++] = bias;
    }
    return n;
}
