/* bound.h - what no schedule can do better, knowing all: bounds on metrics from the jobs of a run.
 *
 * Each is the answer to an easier problem that the run has solved, too: the same jobs with their
 * true sizes, each device as good as it can be, no failures, interference, set-up, transfers in
 * each other's way or caps on power. A bound says its name, which says what problem:
 *
 *   fastest-alone   each task on its fastest device from its arrival on, as if alone
 *   critical-path   the same along the graph of its job, least transfers included
 *   srpt-pooled     all devices as one server: shortest remaining first (Schrage 1968)
 *   mean-busy-time  the same with weights, and no task faster than alone (Goemans et al. 2002)
 *   fifo-pooled     the same server in order of arrival: the least longest response
 *   total-work      the same server: from each arrival on, all that comes later
 *   capacity-lp     what the same server can finish or work off in the time there is
 *   last-arrival    nothing is over before all has come
 *   sum-of-bounds   of the terms of a reward
 *   energy-floor    devices at their least power, tasks where they need least
 *
 * One server stands for all devices by the prices of a linear program: bound_price.h. */
#ifndef POISE_BOUND_H
#define POISE_BOUND_H

#include "poise.h"

/* A bound on one metric: values are never below it where less is better, and never above it where
 * more is. */
typedef struct poise_bound {
    double value;  // NAN if none is known
    unsigned by;   // what it is made of: an or of these, in the order above
} poise_bound;
enum {
    POISE_BY_ALONE = 1 << 0,
    POISE_BY_PATH = 1 << 1,
    POISE_BY_SHORTEST = 1 << 2,
    POISE_BY_MIDDLES = 1 << 3,
    POISE_BY_FIFO = 1 << 4,
    POISE_BY_WORK = 1 << 5,
    POISE_BY_CAPACITY = 1 << 6,
    POISE_BY_ARRIVAL = 1 << 7,
    POISE_BY_SUM = 1 << 8,
    POISE_BY_ENERGY = 1 << 9,
};

/* Its name, several joined by +; and what a name stands for. */
enum { POISE_BOUND_NAME = 160 };
void poise_bound_name(unsigned by, char text[POISE_BOUND_NAME]);
unsigned poise_bound_by(const char *text);

/* The bounds on all metrics of an episode, bound (poise_metrics rows). Those over tasks that
 * finished are over these very tasks, as if there were no others; those over time (throughput,
 * tasks in the system, reward, energy) are over all that came, until the end time of the scenario
 * or, without one, until all could be done. Without records only devices' energy has one. Takes
 * O(n log n) and memory of its own; false without. */
bool poise_bounds_of(const poise_episode *ep, poise_bound *bound);
/* Room for the rows of poise_metrics. */
#define POISE_MAX_METRICS 96

/* Tasks per second that can be finished in the long run, in the mean: what arrives, or the most
 * that devices can do of it, by the linear program of the offered load (classes over groups and
 * profiles, within cores, memory, resources, FLOP/s). NAN where sources have no rate. Not a bound
 * on a run, whose jobs may be smaller by chance. */
double poise_most_throughput(const poise_scenario *s);

/* What of the scenario its bounds know nothing of, as a list for a sentence ("failures,
 * stragglers");
 * "" if there is nothing. Written into text (size bytes). */
void poise_bounds_leave_out(const poise_scenario *s, char *text, size_t size);

#endif
