/* max_min.c - weighted max-min fairness by water-filling: parts rise together, in proportion to
 * the weights of the tasks, until a task has its cap (Bertsekas and Gallager, Data Networks, 1992,
 * section 6.5). Nobody can have more but at the cost of one who has less for its weight. */
#include "lib/shares.h"

static void divide(void *state, shares *s)
{
    (void)state;
    shares_max_min(s, false);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    shares_divide(state, v, divide, NULL, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    return shares_desk_init(state, space, "max_min", err);
}

static void release(void *state)
{
    shares_desk_free(state);
}

const poise_agent_type agent_max_min = {
    .abi = POISE_AGENT_ABI,
    .name = "max_min",
    .about = "weighted max-min fair parts of a divided capacity, up to caps (Bertsekas and "
             "Gallager 1992)",
    .size = sizeof(shares_desk),
    .init = init,
    .attend = attend,
    .free = release,
};
