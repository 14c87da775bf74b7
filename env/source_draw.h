/* source_draw.h - the job that a source with a mix of classes delivers: class, size, estimate. */
#ifndef POISE_SOURCE_DRAW_H
#define POISE_SOURCE_DRAW_H

#include "source.h"

/* Draws all of job number `index` but its time. u_size in (0,1) decides its size; class, estimate
 * and what else the size needs come from the stream (seed, POISE_FOR_CLASS, source, index). */
void source_draw_job(const poise_scenario *s, const scenario_source *src, uint64_t seed,
                     uint32_t index, double u_size, arrival *out);

#endif
