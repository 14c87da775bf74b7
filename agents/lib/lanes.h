/* lanes.h - sums over a row, in 16 lanes which are then added in pairs: the same order, so the same
 * bits, however wide the vectors are that do it. Rows are summed 16 at once where it can be.
 * Inline, for loops with DET_CLONES. */
#ifndef POISE_LANES_H
#define POISE_LANES_H

#include "as_float.h"
#include "lanes_typed.h"
#include "as_double.h"
#include "lanes_typed.h"

#endif
