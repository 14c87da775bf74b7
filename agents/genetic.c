/* genetic.c - a genetic algorithm (Holland, Adaptation in Natural and Artificial Systems, 1975;
 * Goldberg, Genetic Algorithms, 1989; for matching tasks to machines Braun et al., J. of Parallel
 * and Distributed Computing 61 (2001)): of a population of plans those that cost less have more
 * children. A child takes each number from one of its two parents, and some change. The best plan
 * of a generation lives on, and is refined by small steps. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "lib/search.h"

typedef struct genetic {
    search search;
    int population, contestants;
    double crossover, mutation, refinement;
    double *old, *next;        // (population, numbers)
    double *cost, *next_cost;  // (population)
} genetic;

static const poise_option options[] = {
    SEARCH_OPTIONS(genetic, 100),
    {"population", POISE_INT, offsetof(genetic, population), 20, 2, 1e5, "plans", "of a generation",
     NULL},
    {"contestants", POISE_INT, offsetof(genetic, contestants), 2, 1, 1e5, "plans",
     "drawn at random, of which the best becomes a parent", NULL},
    {"crossover", POISE_REAL, offsetof(genetic, crossover), 0.7, 0, 1, "",
     "chance that a child has two parents", NULL},
    {"mutation", POISE_REAL, offsetof(genetic, mutation), 1.5, 0, 1e6, "",
     "numbers of a child that are drawn anew, in the mean", NULL},
    {"refinement", POISE_REAL, offsetof(genetic, refinement), 0.3, 0, 1, "",
     "part of the children that are the best plan, moved a step", NULL},
    {0},
};

static const double *parent(const genetic *g, poise_rng *r)
{
    int best = poise_rng_below(r, g->population);
    for (int k = 1; k < g->contestants; k++) {
        const int other = poise_rng_below(r, g->population);
        best = g->cost[other] < g->cost[best] ? other : best;
    }
    return g->old + (size_t)best * (size_t)g->search.most;
}

static void mutate(genetic *g, double *child)
{
    search *s = &g->search;
    const double chance = g->mutation / s->n;
    for (int i = 0; i < s->n; i++)
        if (poise_rng_uniform(&s->rng) < chance)
            child[i] = poise_rng_uniform(&s->rng);
}

static void bear(genetic *g, double *child)
{
    search *s = &g->search;
    poise_rng *r = &s->rng;
    if (poise_rng_uniform(r) < g->refinement) {
        memcpy(child, s->best, (size_t)s->n * sizeof *child);
        search_step(s, child);
        return;
    }
    const double *mother = parent(g, r);
    const double *father = poise_rng_uniform(r) < g->crossover ? parent(g, r) : mother;
    for (int i = 0; i < s->n; i++)
        child[i] = poise_rng_below(r, 2) ? mother[i] : father[i];
    mutate(g, child);
}

static int best_of(const genetic *g)
{
    int best = 0;
    for (int i = 1; i < g->population; i++)
        best = g->cost[i] < g->cost[best] ? i : best;
    return best;
}

static void replace(genetic *g)
{
    search *s = &g->search;
    const size_t most = (size_t)s->most, n = (size_t)s->n * sizeof *g->old;
    const int best = best_of(g);
    memcpy(g->next, g->old + (size_t)best * most, n);
    g->next_cost[0] = g->cost[best];
    for (int i = 1; i < g->population; i++) {
        bear(g, g->next + (size_t)i * most);
        g->next_cost[i] = search_try(s, g->next + (size_t)i * most);
    }
    double *old = g->old, *cost = g->cost;
    g->old = g->next;
    g->cost = g->next_cost;
    g->next = old;
    g->next_cost = cost;
}

static void evolve(void *state, search *s)
{
    genetic *g = state;
    for (int i = 0; i < g->population; i++) {
        double *x = g->old + (size_t)i * (size_t)s->most;
        search_draw(s, i, x);
        g->cost[i] = search_try(s, x);
    }
    while (s->left > 0)
        replace(g);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    genetic *g = state;
    search_attend(&g->search, v, evolve, g, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    genetic *g = state;
    if (!search_init(&g->search, space, "genetic", err))
        return false;
    const size_t n = (size_t)g->population, numbers = n * (size_t)g->search.most;
    g->old = calloc(numbers, sizeof *g->old);
    g->next = calloc(numbers, sizeof *g->next);
    g->cost = calloc(n, sizeof *g->cost);
    g->next_cost = calloc(n, sizeof *g->next_cost);
    if (g->old && g->next && g->cost && g->next_cost)
        return true;
    error_add(err, "agent genetic: out of memory");
    return false;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    genetic *g = state;
    search_begin(&g->search, seed);
}

static void release(void *state)
{
    genetic *g = state;
    search_free(&g->search);
    free(g->old);
    free(g->next);
    free(g->cost);
    free(g->next_cost);
}

const poise_agent_type agent_genetic = {
    .abi = POISE_AGENT_ABI,
    .name = "genetic",
    .about = "the best of plans or parts that were bred: a genetic algorithm (Holland 1975; Braun "
             "et al. 2001)",
    .options = options,
    .size = sizeof(genetic),
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
