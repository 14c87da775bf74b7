/* steady.h - what one long run says of the steady state: the analysis of stats_steady.h, of the
 * times that the scenario's section `steady` asks for. */
#ifndef STEADY_H
#define STEADY_H

#include "stats_steady.h"

#include "poise.h"

/* Times are seconds. */
typedef struct steady_summary {
    int metric;       // whose mean it is: row of poise_metrics
    int64_t n;        // times in the run; 0: nothing was asked, or nothing finished
    int64_t deleted;  // of these, left out at the beginning
    /* False where what is left out ended at its limit, half of all: then the run shows no steady
     * state yet, and nothing below is known. */
    bool stationary;
    int batches;                      // of the interval
    double mean, half;                // and half the width of its interval; NAN: nothing is known
    double correlation, von_neumann;  // of the means of batches: see stats_batches
    double effective;                 // as many independent times would say as much about the mean
} steady_summary;

/* Level of the interval. */
#define STEADY_LEVEL .95

/* The analysis of an episode into *to; false without memory. A run of fewer batches of 5 tasks than
 * the interval needs is not stationary. */
bool steady_of(const poise_episode *ep, steady_summary *to);
/* Whether the interval can be trusted: the run is stationary and its batches hardly correlated. */
bool steady_is_sound(const steady_summary *s);

#endif
