/* stability.h - agents before and after: what each gains on the baseline, what that costs in time,
 * and how steady it is - from seed to seed, from one division of a resource to the next, and when
 * the world changes. One table over all scenarios of a store, each by the metric that matters. */
#ifndef STABILITY_H
#define STABILITY_H

#include "grid.h"
#include "suite.h"

/* An agent in a scenario. What is not known is NAN. */
typedef struct stability_row {
    const suite_task *task;
    const report_row *row;
    double percent;      // mean difference to the baseline, of its mean
    double spread;       // standard deviation over the seeds, of the mean
    double quartiles;    // distance of the quartiles (type 7), of the median
    double p_spread;     // that it spreads as the baseline does (stats_spread_p), after Holm
    double utilisation;  // means over the seeds, as are the next two
    double oscillation;  // share_oscillation, per second
    double recovery_s;
    int n_recovered;  // runs that did recover, of those that could; -1 where nothing changes
    int n_could;
} stability_row;

typedef struct stability {
    stability_row *row;  // (n_rows) by scenario, then by rank
    int n_rows;
} stability;

/* tasks: see suite_tasks, made with the baseline; it must outlive the result. */
stability stability_of(const suite *tasks);
void stability_free(stability *s);
void stability_write(const stability *s, grid_style style, string_buffer *out);
/* One line an agent and scenario, every number in full. */
void stability_csv(const stability *s, string_buffer *out);

#endif
