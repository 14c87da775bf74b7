/* sparse.c - see sparse.h. */
#include "sparse.h"

#include <math.h>
#include <string.h>

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double largest(const double *a, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, fabs(a[i]));
    return most;
}

/* y = A x; x is as before afterwards. */
static void apply(const sparse *a, double *x, double *y)
{
    const double gain = a->mean ? x[0] : 0;
    if (a->mean)
        x[0] = 0;
    for (int i = 0; i < a->n; i++) {
        double sum = gain + a->inside[i] * x[i];
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++)
            sum += a->value[k] * x[a->column[k]];
        y[i] = sum;
    }
    if (a->mean)
        x[0] = gain;
}

/* z = M^-1 r, M = (D + L) D^-1 (D + U) of the chain without unknown 0 where that is the gain. */
static void precondition(const sparse *a, const double *r, double *z)
{
    const int from = a->mean;
    if (a->mean)
        z[0] = 0;
    for (int i = from; i < a->n; i++) {
        double sum = r[i];
        for (size_t k = a->first[i]; k < a->upper[i]; k++)
            sum -= a->value[k] * z[a->column[k]];
        z[i] = sum / a->inside[i];
    }
    for (int i = a->n - 1; i >= from; i--) {
        double sum = 0;
        for (size_t k = a->upper[i]; k < a->first[i + 1]; k++)
            sum += a->value[k] * z[a->column[k]];
        z[i] -= sum / a->inside[i];
    }
    if (a->mean)
        z[0] = r[0];
}

double sparse_solve(const sparse *a, const double *b, double *x, double part, int most,
                    double *work)
{
    const int n = a->n;
    double *r = work, *shadow = r + n, *p = shadow + n, *v = p + n, *s = v + n, *t = s + n,
           *y = t + n, *best = y + n;
    apply(a, x, r);
    for (int i = 0; i < n; i++)
        r[i] = b[i] - r[i];
    const double whole = largest(r, n);
    double least = whole, rho = 1, alpha = 1, omega = 1;
    memcpy(best, x, (size_t)n * sizeof *x);
    memcpy(shadow, r, (size_t)n * sizeof *r);
    memset(p, 0, (size_t)n * sizeof *p);
    memset(v, 0, (size_t)n * sizeof *v);
    for (int step = 0; step < most && least > part * whole; step++) {
        const double next = dot(shadow, r, n), beta = next / rho * (alpha / omega);
        rho = next;
        for (int i = 0; i < n; i++)
            p[i] = r[i] + beta * (p[i] - omega * v[i]);
        precondition(a, p, y);
        apply(a, y, v);
        alpha = rho / dot(shadow, v, n);
        for (int i = 0; i < n; i++) {
            x[i] += alpha * y[i];
            s[i] = r[i] - alpha * v[i];
        }
        precondition(a, s, y);
        apply(a, y, t);
        omega = dot(t, s, n) / dot(t, t, n);
        for (int i = 0; i < n; i++) {
            x[i] += omega * y[i];
            r[i] = s[i] - omega * t[i];
        }
        const double now = largest(r, n);
        if (!isfinite(now) || !isfinite(alpha) || !isfinite(omega))
            break;
        if (now < least) {
            least = now;
            memcpy(best, x, (size_t)n * sizeof *x);
        }
    }
    memcpy(x, best, (size_t)n * sizeof *x);
    return whole > 0 ? least / whole : 0;
}
