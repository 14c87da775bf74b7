/* bound_pool.h - many devices as one: what the best order of tasks comes to on a single server that
 * may switch between tasks at any time. Each answer is the least there is for such a server, so
 * that none of the schedules that a server stands for does better.
 *
 * A server works through what tasks need of it (`need`, seconds of its full speed), one second in a
 * second where its clock is plain. Where speeds change over time, so does the server's: all of it
 * is reckoned in the server's own time, in which it works evenly, and told in the time of the
 * world. */
#ifndef BOUND_POOL_H
#define BOUND_POOL_H

#include <stdbool.h>

/* A task as a server sees it. */
typedef struct pool_task {
    double arrived_s;  // what its response counts from
    double from_s;     // it cannot be worked on before
    double least_s;    // it is worked on for so long at least, whatever else there is
    double need;       // > 0
    double tail_s;     // what comes after it in its job takes so long at least
    double weight;
} pool_task;

/* How fast the server is from when on: `rate` from at_s[k] until at_s[k + 1], the last for good. */
typedef struct pool_clock {
    int n;                // 0: always 1
    const double *at_s;   // (n) ascending, the first is 0
    const double *own_s;  // (n) the server's own time then
    const double *rate;   // (n) > 0
} pool_clock;

/* Tasks (n) stand in order of from_s; `heap` has room for 3 n numbers. Sums are over the tasks. */
typedef struct pool {
    const pool_task *task;
    int n;
    const pool_clock *clock;
    double *heap;
} pool;

/* Sum of min(end, until_s) - arrived_s where the one with the least left goes first: no other order
 * has fewer tasks in the system at any time (L. Schrage, Operations Research 16, 1968). done_s (n),
 * which may be NULL, gets the times of their ends in order of ending. */
double pool_shortest_remaining(const pool *p, double until_s, double *done_s);
/* A bound on the weighted sum of the same. A task that is worked on at most as fast as in least_s
 * ends at least least_s / 2 after the middle of its work; the weighted sum of those middles is
 * least where the largest weight / need goes first (M. X. Goemans et al., SIAM J. Discrete
 * Mathematics 15, 2002). Where until_s is not INFINITY, what is left of a task then counts as that
 * part of it, and ends are not counted. */
double pool_middles(const pool *p, double until_s);
/* The largest end - from_s, which is least in order of arrival. */
double pool_longest(const pool *p);
/* Seconds of its full speed from one time to another. */
double pool_capacity(const pool_clock *c, double from_s, double to_s);
/* When all is done at the earliest, and what comes after it: the longest tail goes first (J.
 * Carlier, European J. Operational Research 11, 1982). */
double pool_end(const pool *p);

#endif
