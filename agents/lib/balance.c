/* balance.c - see balance.h. */
#include "balance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "det.h"

bool balance_init(balance *b, int most)
{
    const size_t n = (size_t)most + 1;
    double *numbers = calloc(n * (BALANCE_FEATURES + 3 * BALANCE_KEYS + 3), sizeof *numbers);
    b->chosen = calloc(n, sizeof *b->chosen);
    b->most = most;
    b->token = numbers;
    if (!numbers || !b->chosen)
        return false;
    b->query = b->token + n * BALANCE_FEATURES;
    b->key = b->query + n * BALANCE_KEYS;
    b->mean = b->key + n * BALANCE_KEYS;
    b->say = b->mean + n * BALANCE_KEYS;
    b->score = b->say + n;
    b->received = b->score + n;
    return true;
}

void balance_free(balance *b)
{
    free(b->token);
    free(b->chosen);
}

/* ---- attention ----------------------------------------------------------------------------- */

/* out (n, BALANCE_KEYS) = x (n, BALANCE_FEATURES) w (BALANCE_FEATURES, BALANCE_KEYS) */
static void project(balance *b, int n, const double *x, const double w[][BALANCE_KEYS], double *out)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < BALANCE_KEYS; k++) {
            double sum = 0;
            for (int f = 0; f < BALANCE_FEATURES; f++)
                sum += x[i * BALANCE_FEATURES + f] * w[f][k];
            out[i * BALANCE_KEYS + k] = sum;
        }
    b->operations += (int64_t)n * BALANCE_KEYS * BALANCE_FEATURES;
}

/* Whoever is under pressure asks more sharply for urgent tasks; all ask for old ones alike. */
static void ask_and_answer(balance *b, double sharpness)
{
    const double scale = sqrt(BALANCE_KEYS);
    const double wq[BALANCE_FEATURES][BALANCE_KEYS] = {
        [BALANCE_ONE] = {sharpness * scale, b->patience * scale},
        [BALANCE_PRESSURE] = {sharpness * b->yield * scale, 0},
    };
    static const double wk[BALANCE_FEATURES][BALANCE_KEYS] = {
        [BALANCE_URGENCY] = {1, 0},
        [BALANCE_AGE] = {0, 1},
    };
    project(b, b->n + 1, b->token, wq, b->query);
    project(b, b->n, b->token, wk, b->key);
}

static double dot(const double *q, const double *k)
{
    double sum = 0;
    for (int d = 0; d < BALANCE_KEYS; d++)
        sum += q[d] * k[d];
    return sum;
}

/* Where query q falls when queries are sorted into `rank` equal bins. */
static int bin_of(double q, double low, double high, int rank)
{
    int bin = high > low ? (int)((q - low) / (high - low) * rank) : 0;
    return bin < rank ? bin : rank - 1;
}

/* Of tasks' queries that are nearly the same only their mean asks, with the say of all of them:
 * attention of low rank. The device asks for itself. How many ask; means and say are filled. */
static int gather_queries(balance *b)
{
    const int n = b->n, rank = b->rank > 0 && b->rank < n ? b->rank : 0;
    const int asking = rank ? rank : n;
    double low = b->query[0], high = b->query[0];
    memset(b->mean, 0, (size_t)(asking + 1) * BALANCE_KEYS * sizeof *b->mean);
    memset(b->say, 0, (size_t)(asking + 1) * sizeof *b->say);
    for (int i = 0; i < n; i++) {
        low = fmin(low, b->query[i * BALANCE_KEYS]);
        high = fmax(high, b->query[i * BALANCE_KEYS]);
    }
    for (int i = 0; i < n; i++) {
        int to = rank ? bin_of(b->query[i * BALANCE_KEYS], low, high, rank) : i;
        for (int k = 0; k < BALANCE_KEYS; k++)
            b->mean[to * BALANCE_KEYS + k] += b->query[i * BALANCE_KEYS + k];
        b->say[to] += 1;
    }
    for (int i = 0; i < asking; i++)
        for (int k = 0; k < BALANCE_KEYS && b->say[i] > 0; k++)
            b->mean[i * BALANCE_KEYS + k] /= b->say[i];
    for (int i = 0; i < asking; i++)
        b->say[i] *= 0.5 / n;
    memcpy(b->mean + asking * BALANCE_KEYS, b->query + n * BALANCE_KEYS,
           BALANCE_KEYS * sizeof *b->mean);
    b->say[asking] = 0.5;
    b->operations += (int64_t)n * (2 + BALANCE_KEYS) + asking * BALANCE_KEYS;
    return asking + 1;
}

/* Whether the key with the first score comes before the other; ties by number. */
static bool comes_first(const double *score, int a, int b)
{
    return score[a] != score[b] ? score[a] > score[b] : a < b;
}

static void swap(int *a, int *b)
{
    int t = *a;
    *a = *b;
    *b = t;
}

/* Brings the `top` keys of highest score to the front (Hoare's selection). */
static void select_keys(balance *b, int top)
{
    int low = 0, high = b->n - 1;
    while (low < high) {
        swap(&b->chosen[(low + high) / 2], &b->chosen[high]);
        int last = b->chosen[high], to = low;
        for (int i = low; i < high; i++)
            if (comes_first(b->score, b->chosen[i], last))
                swap(&b->chosen[i], &b->chosen[to++]);
        swap(&b->chosen[to], &b->chosen[high]);
        b->operations += high - low;
        if (to == top || to == top - 1)
            return;
        low = to < top ? to + 1 : low;
        high = to > top ? to - 1 : high;
    }
}

/* The keys that count: all, or the best by what all would ask together. How many. */
static int choose_keys(balance *b, int asking)
{
    for (int j = 0; j < b->n; j++)
        b->chosen[j] = j;
    if (b->top == 0 || b->top >= b->n)
        return b->n;
    double all[BALANCE_KEYS] = {0};
    for (int i = 0; i < asking; i++)
        for (int k = 0; k < BALANCE_KEYS; k++)
            all[k] += b->say[i] * b->mean[i * BALANCE_KEYS + k];
    for (int j = 0; j < b->n; j++)
        b->score[j] = dot(all, b->key + j * BALANCE_KEYS);
    b->operations += (int64_t)(asking + b->n) * BALANCE_KEYS;
    select_keys(b, b->top);
    return b->top;
}

/* Adds say times the softmax of a query's scores over the keys that count. */
static void ask_one(balance *b, const double *query, double say, int n_keys)
{
    const double scale = 1 / sqrt(BALANCE_KEYS);
    double most = -INFINITY, sum = 0;
    for (int j = 0; j < n_keys; j++) {
        b->score[j] = dot(query, b->key + b->chosen[j] * BALANCE_KEYS) * scale;
        most = b->score[j] > most ? b->score[j] : most;
    }
    for (int j = 0; j < n_keys; j++)
        b->score[j] = det_exp(b->score[j] - most);
    for (int j = 0; j < n_keys; j++)
        sum += b->score[j];
    for (int j = 0; j < n_keys; j++)
        b->received[b->chosen[j]] += say / sum * b->score[j];
    b->operations += (int64_t)n_keys * (BALANCE_KEYS + 4);
}

void balance_attend(balance *b)
{
    double sharpness = b->sharpness;
    memset(b->received, 0, (size_t)b->n * sizeof *b->received);
    for (int h = 0; h < b->heads && b->n > 0; h++, sharpness /= 2) {
        ask_and_answer(b, sharpness);
        const int asking = gather_queries(b), n_keys = choose_keys(b, asking);
        for (int i = 0; i < asking; i++)
            if (b->say[i] > 0)
                ask_one(b, b->mean + i * BALANCE_KEYS, b->say[i] / b->heads, n_keys);
    }
}

/* ---- the cycle ----------------------------------------------------------------------------- */

static double sum_of(int n, const double *x)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

void balance_renormalise(int n, double *resource, double total)
{
    const double sum = sum_of(n, resource);
    for (int i = 0; i < n; i++)
        resource[i] = sum > 0 ? resource[i] / sum * total : total / n;
}

void balance_multiply(int n, double *resource, const double *received, double mix)
{
    const double total = sum_of(n, resource);
    for (int i = 0; i < n; i++)
        resource[i] *= received[i];
    balance_renormalise(n, resource, total);
    for (int i = 0; i < n; i++)
        resource[i] = (1 - mix) * resource[i] + mix * total / n;
}

void balance_parts(int n, const double *weight, const double *cap, double total, double *part)
{
    double sum = total;
    for (int i = 0; i < n && total == 0; i++)
        sum += weight[i] * cap[i];
    for (int i = 0; i < n; i++)
        part[i] = sum > 0 ? weight[i] * cap[i] / sum : 0;
}

void balance_trust(int n, const double *predicted, const double *observed, double *error,
                   double *trust)
{
    double most = 0;
    for (int i = 0; i < n; i++) {
        error[i] = fabs(predicted[i] - observed[i]);
        most = error[i] > most ? error[i] : most;
    }
    for (int i = 0; i < n; i++)
        trust[i] = most > 0 ? (1 - error[i]) / most : 1;
}

int balance_adjust(int n, double *weight, const double *predicted, const double *observed,
                   const double *slope, const double *trust, double threshold, double rate)
{
    int n_adjusted = 0;
    for (int i = 0; i < n; i++) {
        if (!(trust[i] < threshold))
            continue;
        double w = weight[i] - rate * (predicted[i] - observed[i]) * slope[i];
        weight[i] = w < 0 ? 0 : w > 1 ? 1 : w;
        n_adjusted++;
    }
    return n_adjusted;
}
