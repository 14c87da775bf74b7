/* square_root.c - parts of a divided capacity in proportion to the roots of what tasks cost, up to
 * their caps: R_i = min(cap_i, sqrt(B_i / lambda)), which is what the conditions of Karush, Kuhn
 * and Tucker say of min sum_i B_i / R_i (Kleinrock, Queueing Systems II, 1976, 5.7). Filling
 * capacity like water by sqrt(B_i) gives it exactly; `lagrangian` finds the same by raising a
 * price. */
#include <math.h>

#include "lib/shares.h"

static void divide(void *state, shares *s)
{
    (void)state;
    for (int i = 0; i < s->n; i++)
        s->weight[i] = sqrt(s->weight[i] * s->work[i]);
    shares_max_min(s, false);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    shares_divide(state, v, divide, NULL, attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    return shares_desk_init(state, space, "square_root", err);
}

static void release(void *state)
{
    shares_desk_free(state);
}

const poise_agent_type agent_square_root = {
    .abi = POISE_AGENT_ABI,
    .name = "square_root",
    .about = "parts of a divided capacity by the root of weight times work, up to caps (Kleinrock "
             "1976)",
    .size = sizeof(shares_desk),
    .init = init,
    .attend = attend,
    .free = release,
};
