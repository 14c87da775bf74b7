/* precision.h - how precise means are to be, as users write it. */
#ifndef PRECISION_H
#define PRECISION_H

#include "experiment.h"

/* What applies where nothing else is said. */
enum { PRECISION_LEAST = 10, PRECISION_WAVE = 10 };
#define PRECISION_SEEDS "0..99"  // the cap
#define PRECISION_ALLOWED "a share below 1, as in 2% or 0.02"

/* "2%" or "0.02": more than 0, less than 1. false if it is nothing of that kind. */
bool precision_read(const char *text, double *within);

#endif
