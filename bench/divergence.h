/* divergence.h - the first decision at which a run goes elsewhere than the one that left a trail,
 * and what happens there. */
#ifndef DIVERGENCE_H
#define DIVERGENCE_H

#include "string_buffer.h"
#include "trial.h"

/* Runs the trial in the environment until it contradicts the trail, and says where that is: "at
 * decision 118, at 35.2 s: job 57 (training) starts on gpu 0"; where the trail has no mark after
 * every decision, the stretch. The sentence is about this run, of what the other did there nothing
 * is known. true if the run contradicts the trail; if not, out says how far they go together.
 * Signals (pool.h) end it early. */
bool divergence_find(const trial *t, poise_env *e, const trail *left, string_buffer *out);

#endif
