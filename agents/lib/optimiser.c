/* optimiser.c - the rules of optimiser.h, compiled for float and for double. */
#include "lib/optimiser.h"

#include "det.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const optimiser_names[] = {"sgd",  "momentum", "adagrad", "rmsprop",
                                       "adam", "lars",     NULL};

optimiser_rule optimiser_default(int kind)
{
    return (optimiser_rule){
        .kind = kind,
        .momentum = .9,
        .beta1 = .9,
        .beta2 = kind == OPTIMISER_RMSPROP ? .99 : .999,
        .epsilon = kind == OPTIMISER_ADAGRAD ? 1e-10 : 1e-8,
        .trust = .001,
    };
}

static bool has_m(const optimiser_rule *r)
{
    return r->kind == OPTIMISER_MOMENTUM || r->kind == OPTIMISER_ADAM || r->kind == OPTIMISER_LARS;
}

static bool has_v(const optimiser_rule *r)
{
    return r->kind == OPTIMISER_ADAGRAD || r->kind == OPTIMISER_RMSPROP ||
           r->kind == OPTIMISER_ADAM;
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
#include "lib/optimiser_typed.inc"

#include "lib/as_double.h"
#include "lib/optimiser_typed.inc"

int optimiser_tensors(optimiser_f *o, const char *prefix, poise_tensor *t)
{
    int n = 0;
    t[n] = (poise_tensor){.n_dims = 1, .dim = {2}, .is_double = true, .data = o->power};
    snprintf(t[n++].name, sizeof t->name, "%s.power", prefix);
    if (has_m(&o->rule)) {
        t[n] = (poise_tensor){.n_dims = 1, .dim = {o->n}, .data = o->m};
        snprintf(t[n++].name, sizeof t->name, "%s.m", prefix);
    }
    if (has_v(&o->rule)) {
        t[n] = (poise_tensor){.n_dims = 1, .dim = {o->n}, .data = o->v};
        snprintf(t[n++].name, sizeof t->name, "%s.v", prefix);
    }
    return n;
}
