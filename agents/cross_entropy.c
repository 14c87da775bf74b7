/* cross_entropy.c - the cross-entropy method (Rubinstein, Methodology and Computing in Applied
 * Probability 1 (1999); de Boer et al., Annals of Operations Research 134 (2005)): plans are drawn
 * from a distribution, which is fitted to the best of them (the elite), until it knows one plan
 * only. Each number is normal, turned back at 0 and 1; the fit is smoothed. Then it starts anew,
 * in turn around the best plan so far and with no opinion. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "lib/search.h"

typedef struct cross_entropy {
    search search;
    int samples, elite;
    double smoothing, width;
    double *memory;            // all of the following
    double *sample, *cost;     // (samples, numbers), (samples)
    double *mean, *deviation;  // (numbers)
    int *order;                // (samples) by cost
} cross_entropy;

static const poise_option options[] = {
    SEARCH_OPTIONS(cross_entropy, 100),
    {"samples", POISE_INT, offsetof(cross_entropy, samples), 20, 2, 1e5, "plans",
     "drawn between two fits", NULL},
    {"elite", POISE_INT, offsetof(cross_entropy, elite), 4, 1, 1e5, "plans",
     "of them to which the distribution is fitted", NULL},
    {"smoothing", POISE_REAL, offsetof(cross_entropy, smoothing), 0.7, 1e-3, 1, "",
     "weight of the fit against the distribution before it", NULL},
    {"width", POISE_REAL, offsetof(cross_entropy, width), 0.3, 1e-3, 10, "",
     "standard deviation at first", NULL},
    {0},
};

static void sort(cross_entropy *c, int n)
{
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && c->cost[c->order[at - 1]] > c->cost[i]; at--)
            c->order[at] = c->order[at - 1];
        c->order[at] = i;
    }
}

/* Mean and deviation of the elite, smoothed; returns the largest deviation. */
static double fit(cross_entropy *c)
{
    const search *s = &c->search;
    const int elite = c->elite < c->samples ? c->elite : c->samples;
    double largest = 0;
    for (int i = 0; i < s->n; i++) {
        double sum = 0, squares = 0;
        for (int k = 0; k < elite; k++)
            sum += c->sample[(size_t)c->order[k] * (size_t)s->most + (size_t)i];
        const double mean = sum / elite;
        for (int k = 0; k < elite; k++) {
            const double x = c->sample[(size_t)c->order[k] * (size_t)s->most + (size_t)i];
            squares += (x - mean) * (x - mean);
        }
        c->mean[i] += c->smoothing * (mean - c->mean[i]);
        c->deviation[i] += c->smoothing * (sqrt(squares / elite) - c->deviation[i]);
        largest = fmax(largest, c->deviation[i]);
    }
    return largest;
}

static void draw(cross_entropy *c, double *x)
{
    search *s = &c->search;
    for (int i = 0; i < s->n; i++)
        x[i] = search_within(c->mean[i] + c->deviation[i] * poise_rng_normal(&s->rng));
}

/* Draws and fits until the distribution knows one plan only; the first samples are those known. */
static void settle(cross_entropy *c, int n_known)
{
    search *s = &c->search;
    for (double largest = 1; largest > s->grain && s->left > 0; largest = fit(c)) {
        for (int k = 0; k < c->samples; k++) {
            double *x = c->sample + (size_t)k * (size_t)s->most;
            if (k < n_known)
                search_known(s, k, x);
            else
                draw(c, x);
            c->cost[k] = search_try(s, x);
        }
        sort(c, c->samples);
        n_known = 0;
    }
}

static void narrow(void *state, search *s)
{
    cross_entropy *c = state;
    for (int round = 0; s->left > 0; round++) {
        for (int i = 0; i < s->n; i++) {
            c->mean[i] = round % 2 == 1 ? s->best[i] : 0.5;
            c->deviation[i] = c->width;
        }
        settle(c, round == 0 ? s->n_known : 0);
    }
}

static void attend(void *state, const poise_view *v, double *attention)
{
    cross_entropy *c = state;
    search_attend(&c->search, v, narrow, c, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    cross_entropy *c = state;
    if (!search_init(&c->search, space, "cross_entropy", err))
        return false;
    const size_t n = (size_t)c->samples, most = (size_t)c->search.most;
    c->memory = calloc(n * most + n + 2 * most, sizeof *c->memory);
    c->order = calloc(n, sizeof *c->order);
    if (!c->memory || !c->order) {
        error_add(err, "agent cross_entropy: out of memory");
        return false;
    }
    c->sample = c->memory;
    c->cost = c->memory + n * most;
    c->mean = c->cost + n;
    c->deviation = c->mean + most;
    return true;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    cross_entropy *c = state;
    search_begin(&c->search, seed);
}

static void release(void *state)
{
    cross_entropy *c = state;
    search_free(&c->search);
    free(c->memory);
    free(c->order);
}

const poise_agent_type agent_cross_entropy = {
    .abi = POISE_AGENT_ABI,
    .name = "cross_entropy",
    .about =
        "plans or parts drawn from a distribution that is fitted to the best (Rubinstein 1999)",
    .options = options,
    .size = sizeof(cross_entropy),
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
