/* makespan_lp.c - Gavel's makespan policy: time on each kind of device such that all tasks in view
 * are done as soon as can be (Narayanan et al., OSDI 2020, section 4.2; the linear program of
 * Lawler and Labetoulle, J. ACM 25 (1978)). Rounds follow the plan. */
#include "lib/rounds.h"

typedef struct makespan_lp {
    rounds follow;
    int rows, pivots;
} makespan_lp;

static const poise_option options[] = {
    {"rows", POISE_INT, offsetof(makespan_lp, rows), 64, 1, 4096, "",
     "tasks that are planned for at most, the oldest", NULL},
    {"pivots", POISE_INT, offsetof(makespan_lp, pivots), 10000, 1, 1e9, "",
     "of the simplex at most, for each program", NULL},
    {0},
};

static bool plan(void *state, allocation *a)
{
    a->most_pivots = ((const makespan_lp *)state)->pivots;
    return allocation_makespan(a, NULL);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    makespan_lp *m = state;
    rounds_attend(&m->follow, v, plan, m, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    makespan_lp *m = state;
    return rounds_init(&m->follow, space, true, m->rows, "makespan_lp", err);
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode, (void)seed;
    rounds_begin(&((makespan_lp *)state)->follow);
}

static void release(void *state)
{
    rounds_free(&((makespan_lp *)state)->follow);
}

const poise_agent_type agent_makespan_lp = {
    .abi = POISE_AGENT_ABI,
    .name = "makespan_lp",
    .about = "all done as soon as can be on unequal devices, by linear programs (Gavel: Narayanan "
             "et al. 2020)",
    .options = options,
    .size = sizeof(makespan_lp),
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
