/* backfill.h - what the agents `easy` and `conservative` share: they are `fifo` where the scenario
 * books tasks that do not fit and lets others go ahead of them, and for no other scenario. */
#ifndef POISE_BACKFILL_H
#define POISE_BACKFILL_H

#include "agent.h"

/* Whether the scenario backfills in this way ("easy", "conservative"); else false, with the
 * settings that it takes in err. */
bool backfill_suits(const poise_space *space, const char *way, poise_error *err);
/* The oldest task, as `fifo` has it. */
int backfill_choose(void *state, const poise_view *v);
void backfill_attend(void *state, const poise_view *v, double *attention);

#endif
