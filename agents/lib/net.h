/* net.h - a multilayer perceptron: matrix products, tanh or ReLU between them, a linear last layer.
 * Weights stand as (in, out), so that a forward pass is x W without a transposed factor; policies
 * are stored in that shape too (PyTorch's Linear is its transpose).
 *
 *     mlp_f *net = mlp_new_f(2, (int[]){n_features, 32, 1}, 256);
 *     mlp_start_f(net, seed, 0, 0.01);
 *     const float *y = mlp_forward_f(net, rows, x);
 *     ... fill d_y, the gradient of the loss by y ...
 *     mlp_backward_f(net, rows, d_y, NULL);
 *     optimiser_step_f(o, net->param, net->grad, lr); */
#ifndef POISE_NET_H
#define POISE_NET_H

#include "layers.h"

#define MLP_MAX_LAYERS 6
#define MLP_TILE 64  // rows that go through all layers at once

#include "as_float.h"
#include "net_typed.h"
#include "as_double.h"
#include "net_typed.h"

/* Describes each layer of a float network as two tensors, PREFIX.0.weight and PREFIX.0.bias, with
 * the numbers of a torch.nn.Sequential of Linear and Tanh (0, 2, 4 ...). Returns how many. */
int mlp_tensors(const mlp_f *net, const char *prefix, poise_tensor *t);

#endif
