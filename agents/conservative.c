/* conservative.c - conservative backfilling: every task in view is promised a start in order of
 * arrival, and others go ahead if they delay none of them (Mu'alem and Feitelson, IEEE TPDS 12(6)
 * (2001)). The scenario backfills, by its keys commit and backfill: this is `fifo` where it does.
 */
#include "lib/backfill.h"

static bool suits(const poise_space *space, poise_error *err)
{
    return backfill_suits(space, "conservative", err);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)state, (void)seed;
    return suits(space, err);
}

const poise_agent_type agent_conservative = {
    .abi = POISE_AGENT_ABI,
    .name = "conservative",
    .about =
        "in order of arrival; others go ahead if nobody is delayed (Mu'alem and Feitelson 2001)",
    .suits = suits,
    .init = init,
    .attend = backfill_attend,
    .choose = backfill_choose,
};
