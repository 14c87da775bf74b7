/* bound.h - what no schedule can do better, knowing all: lower bounds from the jobs of a run. */
#ifndef POISE_BOUND_H
#define POISE_BOUND_H

#include "poise.h"

/* Over the measured tasks that finished, as if there were no others. NAN where nothing is known. */
typedef struct poise_bounds {
    double service_s;   // mean response: each task on its fastest devices from its arrival on
    double pooled_s;    // mean response: shortest remaining first on one server that is as fast as
                        // all devices together, which each task uses as well as it can use any
    double response_s;  // the larger of the two
    double makespan_s;  // all devices busy from each arrival on with what is left; each task alone
    double energy_j;    // all devices idle (asleep) for the measured time
} poise_bounds;

/* Bounds on what the episode's metrics of these names can be. It must have records. Pooled
 * preemptive service: L. Schrage, Operations Research 16 (1968). Takes memory of its own; all NAN
 * without. */
poise_bounds poise_bounds_of(const poise_episode *ep);

#endif
