/* max_min_lp.c - Gavel's least attained service: time on each kind of device such that the least of
 * what tasks achieve, relative to an equal share of all devices and their weight, is as large as
 * can be, then the next least (Narayanan et al., OSDI 2020, section 4.1, water filling as in 4.3).
 * A linear program plans it, rounds follow it. */
#include "lib/rounds.h"

typedef struct max_min_lp {
    rounds follow;
    int rows, pivots, levels;
    bool normalise;
} max_min_lp;

static const poise_option options[] = {
    {"rows", POISE_INT, offsetof(max_min_lp, rows), 64, 1, 4096, "",
     "sorts of tasks (class, weight, needs) that are planned for at most", NULL},
    {"pivots", POISE_INT, offsetof(max_min_lp, pivots), 10000, 1, 1e9, "",
     "of the simplex at most, for each program", NULL},
    {"levels", POISE_INT, offsetof(max_min_lp, levels), 8, 1, 1e6, "",
     "programs for a plan: who could have more than the least rises so many times", NULL},
    {"normalise", POISE_BOOL, offsetof(max_min_lp, normalise), 1, 0, 1, "",
     "by what the task would achieve on an equal share; else work units per second count", NULL},
    {0},
};

static bool plan(void *state, allocation *a)
{
    const max_min_lp *m = state;
    a->most_pivots = m->pivots;
    return allocation_max_min(a, m->normalise, m->levels, NULL);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    max_min_lp *m = state;
    rounds_attend(&m->follow, v, plan, m, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    max_min_lp *m = state;
    return rounds_init(&m->follow, space, false, m->rows, "max_min_lp", err);
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode, (void)seed;
    rounds_begin(&((max_min_lp *)state)->follow);
}

static void release(void *state)
{
    rounds_free(&((max_min_lp *)state)->follow);
}

const poise_agent_type agent_max_min_lp = {
    .abi = POISE_AGENT_ABI,
    .name = "max_min_lp",
    .about = "max-min fair throughput on unequal devices, by linear programs (Gavel: Narayanan et "
             "al. 2020)",
    .options = options,
    .size = sizeof(max_min_lp),
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
