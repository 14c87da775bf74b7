/* sparse.c - see sparse.h. */
#include "sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DENSE = 160,  // most unknowns that are solved at once
    ROUND = 100,  // steps
};

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

/* ---- matrices ------------------------------------------------------------------------------ */

sparse *sparse_new(int n, size_t room)
{
    sparse *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    const size_t rows = (size_t)n;
    a->n = n;
    a->room = room;
    a->first = calloc(rows + 1, sizeof *a->first);
    a->upper = calloc(rows, sizeof *a->upper);
    a->column = calloc(room, sizeof *a->column);
    a->value = calloc(room, sizeof *a->value);
    a->inside = calloc(rows, sizeof *a->inside);
    a->mark = calloc(rows, sizeof *a->mark);
    a->right = calloc(rows, 4 * sizeof *a->right);
    if (!a->first || !a->upper || !a->column || !a->value || !a->inside || !a->mark || !a->right) {
        sparse_free(a);
        return NULL;
    }
    a->left = a->right + rows;
    a->rest = a->left + rows;
    a->more = a->rest + rows;
    return a;
}

void sparse_free(sparse *a)
{
    while (a) {
        sparse *coarse = a->coarse;
        free(a->first);
        free(a->upper);
        free(a->column);
        free(a->value);
        free(a->inside);
        free(a->part);
        free(a->member);
        free(a->member_at);
        free(a->mark);
        free(a->right);
        free(a->dense);
        free(a);
        a = coarse;
    }
}

/* y = A x */
static void apply(const sparse *a, const double *x, double *y)
{
    for (int i = 0; i < a->n; i++) {
        double sum = a->inside[i] * x[i];
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++)
            sum += a->value[k] * x[a->column[k]];
        y[i] = sum;
    }
}

void sparse_split(sparse *a, int row)
{
    size_t left = a->first[row];
    for (size_t k = left; k < a->first[row + 1]; k++)
        if (a->column[k] < row) {
            const int column = a->column[k];
            const double value = a->value[k];
            a->column[k] = a->column[left];
            a->value[k] = a->value[left];
            a->column[left] = column;
            a->value[left++] = value;
        }
    a->upper[row] = left;
}

void sparse_transpose(const sparse *a, sparse *b)
{
    const int n = a->n;
    memset(b->first, 0, ((size_t)n + 1) * sizeof *b->first);
    for (size_t k = 0; k < a->first[n]; k++)
        b->first[a->column[k] + 1]++;
    for (int i = 0; i < n; i++)
        b->first[i + 1] += b->first[i];
    memcpy(b->upper, b->first, (size_t)n * sizeof *b->upper);
    for (int i = 0; i < n; i++) {
        b->inside[i] = a->inside[i];
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++) {
            const size_t to = b->upper[a->column[k]]++;
            b->column[to] = i;
            b->value[to] = a->value[k];
        }
    }
    for (int i = 0; i < n; i++)
        sparse_split(b, i);
}

/* ---- levels -------------------------------------------------------------------------------- */

sparse *sparse_coarsen(sparse *a, const int *part, int n_coarse)
{
    const size_t n = (size_t)a->n;
    a->coarse = sparse_new(n_coarse, a->room / 2 + 64);
    a->part = calloc(n, sizeof *a->part);
    a->member = calloc(n, sizeof *a->member);
    a->member_at = calloc((size_t)n_coarse + 2, sizeof *a->member_at);
    if (!a->coarse || !a->part || !a->member || !a->member_at)
        return NULL;
    memcpy(a->part, part, n * sizeof *part);
    int *at = a->member_at + 1;
    for (int i = 0; i < a->n; i++)
        at[part[i] + 1]++;
    for (int c = 0; c < n_coarse; c++)
        at[c + 1] += at[c];
    for (int i = 0; i < a->n; i++)
        a->member[at[part[i]]++] = i;
    return a->coarse;
}

static bool make_room(sparse *a, size_t terms)
{
    if (terms <= a->room)
        return true;
    const size_t room = 2 * terms;
    int *column = realloc(a->column, room * sizeof *column);
    if (!column)
        return false;
    a->column = column;
    double *value = realloc(a->value, room * sizeof *value);
    if (!value)
        return false;
    a->value = value;
    a->room = room;
    return true;
}

/* Adds a row of a finer level to that of the unknown it is a part of, whose terms end at n. */
static size_t add_row(const sparse *a, sparse *c, int from, int row, size_t n)
{
    for (size_t k = a->first[from]; k < a->first[from + 1]; k++) {
        const int column = a->part[a->column[k]];
        if (column == row) {
            c->inside[row] += a->value[k];
        } else if (c->mark[column] > (int)c->first[row]) {
            c->value[c->mark[column] - 1] += a->value[k];
        } else {
            c->column[n] = column;
            c->value[n++] = a->value[k];
            c->mark[column] = (int)n;
        }
    }
    c->inside[row] += a->inside[from];
    return n;
}

/* Sums of the rows and columns of those that move as one. */
static bool add_up(const sparse *a, sparse *c)
{
    memset(c->mark, 0, (size_t)c->n * sizeof *c->mark);
    for (int row = 0; row < c->n; row++) {
        size_t n = c->first[row], terms = 0;
        for (int k = a->member_at[row]; k < a->member_at[row + 1]; k++)
            terms += a->first[a->member[k] + 1] - a->first[a->member[k]];
        if (!make_room(c, n + terms))
            return false;
        c->inside[row] = 0;
        for (int k = a->member_at[row]; k < a->member_at[row + 1]; k++)
            n = add_row(a, c, a->member[k], row, n);
        c->inside[row] = fmax(c->inside[row], 1e-12);
        c->first[row + 1] = n;
        sparse_split(c, row);
    }
    return true;
}

/* L U of a small matrix; as its diagonal dominates, no rows are exchanged. */
static bool factor(sparse *a)
{
    const size_t n = (size_t)a->n;
    if (!a->dense)
        a->dense = calloc(n * n, sizeof *a->dense);
    if (!a->dense)
        return false;
    memset(a->dense, 0, n * n * sizeof *a->dense);
    for (size_t i = 0; i < n; i++) {
        a->dense[i * n + i] = a->inside[i];
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++)
            a->dense[i * n + (size_t)a->column[k]] += a->value[k];
    }
    for (size_t k = 0; k < n; k++) {
        const double *pivot = a->dense + k * n;
        for (size_t i = k + 1; i < n; i++) {
            double *row = a->dense + i * n;
            if (row[k] == 0)
                continue;
            row[k] /= pivot[k];
            for (size_t j = k + 1; j < n; j++)
                row[j] -= row[k] * pivot[j];
        }
    }
    return true;
}

bool sparse_prepare(sparse *a)
{
    for (; a->coarse; a = a->coarse)
        if (!add_up(a, a->coarse))
            return false;
    return a->n > DENSE || factor(a);
}

/* ---- a cycle ------------------------------------------------------------------------------- */

static void solve_dense(const sparse *a, const double *r, double *z)
{
    const size_t n = (size_t)a->n;
    for (size_t i = 0; i < n; i++) {
        double sum = r[i];
        for (size_t k = 0; k < i; k++)
            sum -= a->dense[i * n + k] * z[k];
        z[i] = sum;
    }
    for (size_t i = n; i-- > 0;) {
        double sum = z[i];
        for (size_t k = i + 1; k < n; k++)
            sum -= a->dense[i * n + k] * z[k];
        z[i] = sum / a->dense[i * n + i];
    }
}

/* A sweep from 0: what it leaves of r is what lies right of the diagonal. */
static void sweep_down(const sparse *a, const double *r, double *z)
{
    for (int i = 0; i < a->n; i++) {
        double sum = r[i];
        for (size_t k = a->first[i]; k < a->upper[i]; k++)
            sum -= a->value[k] * z[a->column[k]];
        z[i] = sum / (a->inside[i]);
    }
}

static void sweep_up(const sparse *a, const double *r, double *z)
{
    for (int i = a->n - 1; i >= 0; i--) {
        double sum = r[i];
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++)
            sum -= a->value[k] * z[a->column[k]];
        z[i] = sum / (a->inside[i]);
    }
}

static void cycle(const sparse *a, const double *r, double *z);

/* A cycle, and one more for what it leaves. */
static void cycle_twice(const sparse *a, const double *r, double *z)
{
    cycle(a, r, z);
    if (!a->coarse)
        return;
    for (int i = 0; i < a->n; i++) {
        double sum = r[i] - a->inside[i] * z[i];
        for (size_t k = a->first[i]; k < a->first[i + 1]; k++)
            sum -= a->value[k] * z[a->column[k]];
        a->rest[i] = sum;
    }
    cycle(a, a->rest, a->more);
    for (int i = 0; i < a->n; i++)
        z[i] += a->more[i];
}

/* z is about A^-1 r. */
static void cycle(const sparse *a, const double *r, double *z)
{
    if (a->dense) {
        solve_dense(a, r, z);
        return;
    }
    sweep_down(a, r, z);
    if (a->coarse) {
        sparse *c = a->coarse;
        memset(c->right, 0, (size_t)c->n * sizeof *c->right);
        for (int i = 0; i < a->n; i++)
            for (size_t k = a->upper[i]; k < a->first[i + 1]; k++)
                c->right[a->part[i]] -= a->value[k] * z[a->column[k]];
        cycle_twice(c, c->right, c->left);
        for (int i = 0; i < a->n; i++)
            z[i] += c->left[a->part[i]];
    }
    sweep_up(a, r, z);
}

/* ---- BiCGStab ------------------------------------------------------------------------------ */

/* b - A x, which is what the steps are to make small. */
static void find_rest(const sparse *a, const double *b, const double *x, double *r)
{
    apply(a, x, r);
    for (int i = 0; i < a->n; i++)
        r[i] = b[i] - r[i];
}

double sparse_solve(const sparse *a, const double *b, double *x, double part, int most,
                    double *work)
{
    const int n = a->n;
    const size_t bytes = (size_t)n * sizeof *x;
    double *r = work, *shadow = r + n, *p = shadow + n, *v = p + n, *s = v + n, *t = s + n,
           *y = t + n, *best = y + n;
    find_rest(a, b, x, r);
    const double whole = largest(r, n);
    double least = whole, rho = 1, alpha = 1, omega = 1;
    double begun = INFINITY;  // largest residual at the last beginning
    bool lost = true;
    memcpy(best, x, bytes);
    for (int step = 0; step < most && least > part * whole && (!lost || least < begun); step++) {
        if (lost) {
            begun = least;
            memcpy(x, best, bytes);
            find_rest(a, b, x, r);
            memcpy(shadow, r, bytes);
            memset(p, 0, bytes);
            memset(v, 0, bytes);
            rho = alpha = omega = 1;
        }
        const double next = dot(shadow, r, n), beta = next / rho * (alpha / omega);
        rho = next;
        for (int i = 0; i < n; i++)
            p[i] = r[i] + beta * (p[i] - omega * v[i]);
        cycle(a, p, y);
        apply(a, y, v);
        alpha = rho / dot(shadow, v, n);
        for (int i = 0; i < n; i++) {
            x[i] += alpha * y[i];
            s[i] = r[i] - alpha * v[i];
        }
        cycle(a, s, y);
        apply(a, y, t);
        omega = dot(t, s, n) / dot(t, t, n);
        for (int i = 0; i < n; i++) {
            x[i] += omega * y[i];
            r[i] = s[i] - omega * t[i];
        }
        const double now = largest(r, n);
        lost = !(now < 1e4 * least) || !isfinite(alpha) || !isfinite(omega);
        if (now < least) {
            least = now;
            memcpy(best, x, bytes);
        }
    }
    memcpy(x, best, bytes);
    return whole > 0 ? least / whole : 0;
}

double sparse_settle(const sparse *a, double leak, const double *b, double *x, double part,
                     int most, double *work)
{
    const int n = a->n;
    double *r = work + (size_t)8 * (size_t)n, *change = r + n;
    double whole = 0, left = INFINITY;
    for (int round = 0; round < most; round++) {
        find_rest(a, b, x, r);
        for (int i = 0; i < n; i++)
            r[i] += leak * x[i];
        const double remains = largest(r, n);
        whole = round == 0 ? remains : whole;
        const bool stands = !(remains < .7 * left);  // rounding is all that is left
        left = remains;
        if (stands || remains <= part * whole)
            break;
        memset(change, 0, (size_t)n * sizeof *change);
        sparse_solve(a, r, change, 1e-3, ROUND, work);
        for (int i = 0; i < n; i++)
            x[i] += change[i];
    }
    return whole > 0 ? left / whole : 0;
}
