/* suite_write.h - a suite as people and programs read it: the leaderboard, mean scores of each
 * agent in each scenario, and what 0 and 1 mean there. */
#ifndef SUITE_WRITE_H
#define SUITE_WRITE_H

#include "grid.h"
#include "suite.h"

/* Tables. Of the agents at most `most` are listed, 0: all. */
void suite_write(const suite *s, grid_style style, int most, string_buffer *out);
/* All numbers, one line, or object, an agent, with a column for each scenario's mean score. */
void suite_csv(const suite *s, string_buffer *out);
void suite_json(const suite *s, string_buffer *out);

#endif
