/* normaliser.c - see normaliser.h. */
#include "lib/normaliser.h"

#include "det.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

normaliser *normaliser_new(int n, double rows)
{
    normaliser *z = calloc(1, sizeof *z + (2 * (size_t)n + 1) * sizeof(double));
    if (!z)
        return NULL;
    z->n = n;
    z->most = rows;
    z->count = (double *)(z + 1);
    z->mean = z->count + 1;
    z->square = z->mean + n;
    return z;
}

void normaliser_free(normaliser *z)
{
    free(z);
}

static void add(normaliser *z, int i, double x)
{
    double off = x - z->mean[i];
    z->mean[i] += off / *z->count;
    z->square[i] += off * (x - z->mean[i]);
}

/* One row more; where enough are known, all weigh less instead. */
static void count_row(normaliser *z)
{
    if (*z->count + 1 <= z->most) {
        ++*z->count;
        return;
    }
    for (int i = 0; i < z->n; i++)
        z->square[i] *= 1 - 1 / *z->count;
}

void normaliser_add(normaliser *z, const float *x)
{
    count_row(z);
    for (int i = 0; i < z->n; i++)
        add(z, i, (double)x[i]);
}

void normaliser_add_double(normaliser *z, const double *x)
{
    count_row(z);
    for (int i = 0; i < z->n; i++)
        add(z, i, x[i]);
}

double normaliser_variance(const normaliser *z, int i)
{
    return *z->count > 1 ? z->square[i] / *z->count : 0;
}

enum { COLUMNS = 64 };  // brought to scale at once

DET_CLONES static void apply_to(const double *mean, const double *scale, int n, const float *x,
                                double limit, float *y)
{
    for (int i = 0; i < n; i++) {
        double v = ((double)x[i] - mean[i]) * scale[i];
        v = v > limit ? limit : v;
        y[i] = (float)(v < -limit ? -limit : v);
    }
}

/* Of n columns from `first` on. Before the second row they are left as they are. */
DET_CLONES static void scales_of(const normaliser *z, int first, int n, double *mean, double *scale)
{
    const bool known = *z->count > 1;
    const double share = known ? *z->count : 1;
    for (int i = 0; i < n; i++) {
        mean[i] = known ? z->mean[first + i] : 0;
        scale[i] = known ? 1 / sqrt(z->square[first + i] / share + 1e-8) : 1;
    }
}

void normaliser_apply(const normaliser *z, int rows, const float *x, double limit, float *y)
{
    double mean[COLUMNS], scale[COLUMNS];
    for (int first = 0; first < z->n; first += COLUMNS) {
        const int n = z->n - first < COLUMNS ? z->n - first : COLUMNS;
        scales_of(z, first, n, mean, scale);
        for (int r = 0; r < rows; r++) {
            const size_t at = (size_t)r * (size_t)z->n + (size_t)first;
            apply_to(mean, scale, n, x + at, limit, y + at);
        }
    }
}

int normaliser_tensors(normaliser *z, const char *prefix, poise_tensor *t)
{
    t[0] = (poise_tensor){.n_dims = 1, .dim = {1}, .is_double = true, .data = z->count};
    t[1] = (poise_tensor){.n_dims = 1, .dim = {z->n}, .is_double = true, .data = z->mean};
    t[2] = (poise_tensor){.n_dims = 1, .dim = {z->n}, .is_double = true, .data = z->square};
    snprintf(t[0].name, sizeof t->name, "%s.count", prefix);
    snprintf(t[1].name, sizeof t->name, "%s.mean", prefix);
    snprintf(t[2].name, sizeof t->name, "%s.square", prefix);
    return 3;
}
