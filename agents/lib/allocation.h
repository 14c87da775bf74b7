/* allocation.h - what part of its time each task is to spend on each kind of device: the linear
 * programs of Gavel (Narayanan et al., "Heterogeneity-Aware Cluster Scheduling Policies for Deep
 * Learning Workloads", OSDI 2020), solved by GLPK's simplex within a number of pivots.
 *
 * Tasks that are alike share a row; a way is a kind of device under a profile. X (part) obeys
 *     sum_way X_row,way <= 1                                        a task is in one place at a
 * time sum_row,way on kind  alike_row need_row,way X_row,way <= count_kind and throughput_row(X) =
 * sum_way speed_row,way X_row,way. */
#ifndef POISE_ALLOCATION_H
#define POISE_ALLOCATION_H

#include <stdbool.h>

/* What there is, who asks for it, and what each is to get. The arrays are the caller's. */
typedef struct allocation {
    int n_rows, n_kinds, n_profiles;
    int most_pivots;       // of the simplex, for each program
    const double *count;   // (n_kinds) devices
    const double *busy_s;  // (n_kinds) device seconds promised before; NULL: none
    const double *speed;   // (n_rows, n_kinds, n_profiles) work units per second, 0 = cannot run
    const double *need;    // (n_rows, n_kinds, n_profiles) devices that it takes meanwhile
    const double *weight;  // (n_rows) > 0
    const double *alike;   // (n_rows) tasks of this row, >= 1
    const double *work;    // (n_rows) work units left of each, for the makespan; else not read
    double *part;          // (n_rows, n_kinds, n_profiles) filled: X
    double *price;         // (n_kinds) filled: what one more device adds to the objective (of the
                           // first program, where several are solved)
    double *level;         // (n_rows) filled by allocation_max_min; else scratch
} allocation;

/* Each is false where the pivots did not suffice, or no row can run: part is then an equal share,
 * count_kind / sum count of everybody's time on each kind. Where several X are best, it is one that
 * takes the fewest devices. *value (may be NULL) is the objective. */

/* Weighted max-min fairness: the least of level = throughput(X) / throughput(X_equal) / weight is
 * as large as can be, then that of those who can have more, and so on (water filling, at most
 * most_rounds). X_equal divides the time in proportion to devices, throughput(X_equal) for each
 * device taken: who needs four devices at once is entitled to a quarter of the time. If not
 * `normalised` levels are throughput(X) / weight. */
bool allocation_max_min(allocation *a, bool normalised, int most_rounds, double *value);
/* The least T such that all tasks can be done by then (preemptive schedules on unrelated machines:
 * Lawler and Labetoulle, J. ACM 25 (1978)). X is the part of T. */
bool allocation_makespan(allocation *a, double *value);
/* The largest sum of throughput times weight. */
bool allocation_sum(allocation *a, double *value);

#endif
