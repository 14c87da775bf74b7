/* easy.c - EASY backfilling: tasks in order of arrival; the first that does not fit is promised the
 * earliest time at which it can start, and others go ahead if they do not delay it (Lifka, "The
 * ANL/IBM SP Scheduling System", JSSPP 1995). The scenario backfills, by its keys commit and
 * backfill: this is `fifo` where it does. */
#include "lib/backfill.h"

static bool suits(const poise_space *space, poise_error *err)
{
    return backfill_suits(space, "easy", err);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)state, (void)seed;
    return suits(space, err);
}

const poise_agent_type agent_easy = {
    .abi = POISE_AGENT_ABI,
    .name = "easy",
    .about =
        "in order of arrival; others go ahead if the first that waits is not delayed (Lifka 1995)",
    .suits = suits,
    .init = init,
    .attend = backfill_attend,
    .choose = backfill_choose,
};
