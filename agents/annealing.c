/* annealing.c - simulated annealing (Kirkpatrick, Gelatt and Vecchi, Science 220 (1983)): a plan is
 * changed at random, and a change that costs delta more is kept with chance exp(-delta / T). The
 * temperature T falls from a part of what they cost to nothing that matters, geometrically over the
 * evaluations there are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "det.h"
#include "error.h"
#include "lib/search.h"

typedef struct annealing {
    search search;
    double hot, cold;
    double *at, *next;  // (numbers)
} annealing;

static const poise_option options[] = {
    SEARCH_OPTIONS(annealing, 100),
    {"hot", POISE_REAL, offsetof(annealing, hot), 0.1, 0, 1e6, "",
     "first temperature, as a part of what the best known plan costs", NULL},
    {"cold", POISE_REAL, offsetof(annealing, cold), 1e-3, 1e-12, 1, "",
     "last temperature, as a part of the first (where parts are searched, of its cube)", NULL},
    {0},
};

/* A step, a number forgotten, or two that change places. */
static void change(search *s, double *x)
{
    const int i = poise_rng_below(&s->rng, s->n), k = poise_rng_below(&s->rng, s->n);
    const double was = x[i];
    switch (poise_rng_below(&s->rng, 3)) {
    case 0: x[i] = poise_rng_uniform(&s->rng); break;
    case 1: search_step(s, x); break;
    default: x[i] = x[k], x[k] = was;
    }
}

/* The best of the vectors that are known; returns its cost. */
static double first(annealing *a)
{
    search *s = &a->search;
    for (int k = 0; k < s->n_known && s->left > 0; k++) {
        search_draw(s, k, a->next);
        search_try(s, a->next);
    }
    memcpy(a->at, s->best, (size_t)s->n * sizeof *a->at);
    return s->best_cost;
}

static void cool(void *state, search *s)
{
    annealing *a = state;
    double cost = first(a), t = a->hot * fabs(cost);
    const double end = s->space->shares ? 3 * det_log(a->cold) : det_log(a->cold);
    const double slower = s->left > 0 ? det_exp(end / s->left) : 1;
    for (; s->left > 0; t *= slower) {
        memcpy(a->next, a->at, (size_t)s->n * sizeof *a->at);
        change(s, a->next);
        const double next = search_try(s, a->next), worse = next - cost;
        if (worse > 0 && !(poise_rng_uniform(&s->rng) < (t > 0 ? det_exp(-worse / t) : 0)))
            continue;
        cost = next;
        double *was = a->at;
        a->at = a->next;
        a->next = was;
    }
}

static void attend(void *state, const poise_view *v, double *attention)
{
    annealing *a = state;
    search_attend(&a->search, v, cool, a, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    annealing *a = state;
    if (!search_init(&a->search, space, "annealing", err))
        return false;
    a->at = calloc((size_t)a->search.most, sizeof *a->at);
    a->next = calloc((size_t)a->search.most, sizeof *a->next);
    if (a->at && a->next)
        return true;
    error_add(err, "agent annealing: out of memory");
    return false;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    annealing *a = state;
    search_begin(&a->search, seed);
}

static void release(void *state)
{
    annealing *a = state;
    search_free(&a->search);
    free(a->at);
    free(a->next);
}

const poise_agent_type agent_annealing = {
    .abi = POISE_AGENT_ABI,
    .name = "annealing",
    .about = "plans or parts by simulated annealing (Kirkpatrick et al. 1983)",
    .options = options,
    .size = sizeof(annealing),
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
