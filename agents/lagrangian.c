/* lagrangian.c - parts as if they had to stand until all tasks are done: the least sum of holding
 * costs B_i / R_i that the capacity allows, found by raising and lowering a price for it (dual
 * ascent on B + lambda (R - C); Karush, Kuhn and Tucker with caps; Kleinrock, Queueing Systems II,
 * 1976, 5.7). Parts are in proportion to sqrt(B_i) where nobody is capped. */
#include "lib/shares.h"

typedef struct lagrangian {
    shares_desk desk;
    int steps;
} lagrangian;

static const poise_option options[] = {
    {"steps", POISE_INT, offsetof(lagrangian, steps), 64, 1, 1e6, "",
     "of the ascent at most, at each decision", NULL},
    {0},
};

static void divide(void *state, shares *s)
{
    const lagrangian *l = state;
    shares_lagrangian(s, l->steps);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    lagrangian *l = state;
    shares_divide(&l->desk, v, divide, l, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    lagrangian *l = state;
    return shares_desk_init(&l->desk, space, "lagrangian", err);
}

static void release(void *state)
{
    lagrangian *l = state;
    shares_desk_free(&l->desk);
}

const poise_agent_type agent_lagrangian = {
    .abi = POISE_AGENT_ABI,
    .name = "lagrangian",
    .about = "parts of least holding cost if they stand, by dual ascent: square roots (Kleinrock "
             "1976)",
    .options = options,
    .size = sizeof(lagrangian),
    .init = init,
    .attend = attend,
    .free = release,
};
