/* proportional_share.c - every task a part of the capacity in proportion to what it can use at
 * most: equal attention, for parts are w_i c_i / sum_j w_j c_j. */
#include "lib/rule.h"

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    const double equal = v->space->weighs ? 1 : 0;
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        attention[c] = poise_gives_device(it) ? equal : rule_rest(it);
    }
}

const poise_agent_type agent_proportional_share = {
    .abi = POISE_AGENT_ABI,
    .name = "proportional_share",
    .about = "parts of a divided capacity in proportion to what tasks can use at most",
    .attend = attend,
};
