/* swarm.c - particle swarm optimisation (Kennedy and Eberhart, IEEE ICNN 1995): particles fly
 * through the plans, drawn to the best place each of them has seen and to the best that all have.
 * Constants by Clerc and Kennedy, IEEE Trans. on Evolutionary Computation 6 (2002), whose swarms
 * come to rest. Places are in [0, 1]; walls turn particles back, and a particle that rests where
 * the best is is thrown anew. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "lib/search.h"

typedef struct swarm {
    search search;
    int particles;
    double inertia, own, common;
    double *memory;             // all of the following
    double *at, *speed, *best;  // (particles, numbers)
    double *best_cost;          // (particles)
} swarm;

static const poise_option options[] = {
    SEARCH_OPTIONS(swarm, 100),
    {"particles", POISE_INT, offsetof(swarm, particles), 20, 1, 1e5, "", "of the swarm", NULL},
    {"inertia", POISE_REAL, offsetof(swarm, inertia), 0.7298, 0, 1, "",
     "part of its speed that a particle keeps", NULL},
    {"own", POISE_REAL, offsetof(swarm, own), 1.49618, 0, 4, "",
     "pull of the best place that a particle has seen", NULL},
    {"common", POISE_REAL, offsetof(swarm, common), 1.49618, 0, 4, "",
     "pull of the best place that all have seen", NULL},
    {0},
};

static void look(swarm *w, int i)
{
    search *s = &w->search;
    const size_t most = (size_t)s->most;
    const double cost = search_try(s, w->at + (size_t)i * most);
    if (cost > w->best_cost[i] || isinf(cost))
        return;
    w->best_cost[i] = cost;
    memcpy(w->best + (size_t)i * most, w->at + (size_t)i * most, (size_t)s->n * sizeof(double));
}

/* A particle at a place that is known, or any, at rest. */
static void throw(swarm * w, int i, int known)
{
    search *s = &w->search;
    const size_t first = (size_t)i * (size_t)s->most;
    search_draw(s, known, w->at + first);
    memset(w->speed + first, 0, (size_t)s->n * sizeof(double));
    w->best_cost[i] = INFINITY;
    look(w, i);
}

/* Returns the longest way that it flew along any axis. */
static double fly(swarm *w, int i)
{
    search *s = &w->search;
    const size_t first = (size_t)i * (size_t)s->most;
    double *at = w->at + first, *speed = w->speed + first, longest = 0;
    const double *best = w->best + first;
    for (int k = 0; k < s->n; k++) {
        speed[k] = w->inertia * speed[k] + w->own * poise_rng_uniform(&s->rng) * (best[k] - at[k]) +
                   w->common * poise_rng_uniform(&s->rng) * (s->best[k] - at[k]);
        const double to = at[k] + speed[k];
        at[k] = search_within(to);
        if (to < 0 || to > 1)
            speed[k] = -0.5 * speed[k];
        longest = fmax(longest, fabs(speed[k]));
    }
    look(w, i);
    return longest;
}

static void roam(void *state, search *s)
{
    swarm *w = state;
    for (int i = 0; i < w->particles; i++)
        throw(w, i, i);
    while (s->left > 0)
        for (int i = 0; i < w->particles && s->left > 0; i++)
            if (fly(w, i) < s->grain)
                throw(w, i, s->n_known);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    swarm *w = state;
    search_attend(&w->search, v, roam, w, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    swarm *w = state;
    if (!search_init(&w->search, space, "swarm", err))
        return false;
    const size_t n = (size_t)w->particles, numbers = n * (size_t)w->search.most;
    w->memory = calloc(3 * numbers + n, sizeof *w->memory);
    if (!w->memory) {
        error_add(err, "agent swarm: out of memory");
        return false;
    }
    w->at = w->memory;
    w->speed = w->memory + numbers;
    w->best = w->memory + 2 * numbers;
    w->best_cost = w->memory + 3 * numbers;
    return true;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    swarm *w = state;
    search_begin(&w->search, seed);
}

static void release(void *state)
{
    swarm *w = state;
    search_free(&w->search);
    free(w->memory);
}

const poise_agent_type agent_swarm = {
    .abi = POISE_AGENT_ABI,
    .name = "swarm",
    .about = "the best of plans or parts that a swarm of particles met (Kennedy and Eberhart 1995)",
    .options = options,
    .size = sizeof(swarm),
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
