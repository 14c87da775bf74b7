/* suite.h - agents over all scenarios of a store at once: normalised scores, their aggregates, and
 * who is above whom.
 *
 * The score of a run is 0 where it does as `random` does in that scenario on average, and 1 at the
 * best that is known: the mean of the proven bounds (or of the optimum) over the same seeds. It is
 * linear in the metric in between and beyond, so differences stay paired; what is worse than
 * SUITE_FLOOR counts as that, and so does a run that failed or is not there although the agent
 * takes part: nobody gains by failing. Aggregates and their intervals are those of stats_suite.h.
 */
#ifndef SUITE_H
#define SUITE_H

#include "report.h"
#include "stats_suite.h"

#define SUITE_FLOOR (-1.)
#define SUITE_RESAMPLES 2000

/* Where 1 is. */
typedef enum suite_one {
    SUITE_BOUND,    // the mean bound over the seeds
    SUITE_OPTIMUM,  // the same, of a bound that some run met to 10^-9: it is the optimum
    SUITE_BEST,     // nothing bounds the metric: the best mean of all agents, and reports say so
} suite_one;

/* A scenario by its own metric. */
typedef struct suite_task {
    int scenario, metric;  // index into results; row of poise_metrics
    double zero, one;      // values of the metric whose scores are 0 and 1
    suite_one from;
    report report;  // the ranking, of which rows of agents are
} suite_task;

/* An agent: the same specification in each scenario, or the learner of the same name with the
 * policy that each scenario has for it. */
typedef struct suite_agent {
    char label[128];
    int n_tasks;    // of how many scenarios it has runs
    int *row;       // (suite n_tasks) into the task's report; -1 where it does not take part
    double *score;  // (n_runs, suite n_tasks), NAN where it does not take part
    int n_failed;   // runs that failed or are missing
    stats_estimate mean, median, iqm, gap;  // over the tasks that it takes part in
    stats_estimate above;                   // probability of improvement over the baseline
    double best, worst;                     // interval of its rank among those that are complete
} suite_agent;

typedef struct suite {
    const results *results;
    suite_task *task;
    suite_agent *agent;  // those that take part everywhere first, each by IQM, best first
    int n_tasks, n_agents, n_complete;
    int n_runs;    // seeds, the same in all tasks
    int baseline;  // index into agent, -1 if it is not there
} suite;

/* The scores of all agents on all scenarios of the results, by the metric that each scenario names
 * (`measure`). zero is who scores 0 (`random`). false with a sentence in err: fewer than two
 * scenarios, zero has no runs in one of them, or is as good as the best. */
bool suite_make(suite *s, const results *all, const char *zero, const char *baseline,
                const report_filter *filter, poise_error *err);
void suite_free(suite *s);

/* The scores of one agent as stats_suite.h takes them: only the tasks in `which` (n), x to be freed
 * by the caller. */
stats_scores suite_scores(const suite *s, int agent, const int *which, int n);

#endif
