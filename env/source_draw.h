/* source_draw.h - the job that a source with a mix of classes delivers: class, size, estimate. */
#ifndef POISE_SOURCE_DRAW_H
#define POISE_SOURCE_DRAW_H

#include "source.h"

/* Replaces n uniform numbers by the sizes they decide, if the source has one class whose
 * distribution can do so over an array; else leaves them and returns false. */
bool source_fill_sizes(const poise_scenario *s, const scenario_source *src, double *u, int n);

/* Draws all of job number `index` but its time. size is its size or, unless is_size, the number in
 * (0,1) that decides it; class, estimate and what else the size needs come from the stream
 * (seed, POISE_FOR_CLASS, source, index). */
void source_draw_job(const poise_scenario *s, const scenario_source *src, uint64_t seed,
                     uint32_t index, double size, bool is_size, arrival *out);

#endif
