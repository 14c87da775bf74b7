/* replay.h - replaying jobs that the scenario holds, for the sources `list` and `trace`. */
#ifndef POISE_REPLAY_H
#define POISE_REPLAY_H

#include "source.h"

size_t replay_state_bytes(const scenario_source *src);
void replay_reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed);
bool replay_next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out);

#endif
