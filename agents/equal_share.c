/* equal_share.c - every task the same part of the capacity, however much it could use; what one
 * cannot use goes to the others in equal parts. Where nobody is capped this is the egalitarian
 * processor sharing of Kleinrock (1967). */
#include "lib/shares.h"

static void divide(void *state, shares *s)
{
    (void)state;
    shares_max_min(s, true);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    shares_divide(state, v, divide, NULL, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    return shares_desk_init(state, space, "equal_share", err);
}

static void release(void *state)
{
    shares_desk_free(state);
}

const poise_agent_type agent_equal_share = {
    .abi = POISE_AGENT_ABI,
    .name = "equal_share",
    .about = "the same part of a divided capacity for every task, up to its cap (Kleinrock 1967)",
    .size = sizeof(shares_desk),
    .init = init,
    .attend = attend,
    .free = release,
};
