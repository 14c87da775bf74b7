/* suite.h - agents over all scenarios of a store at once: normalised scores, their aggregates, and
 * who is above whom.
 *
 * The score of a run is 0 where it does as `random` does in that scenario on average, and 1 at the
 * best that is known: the mean over the same seeds of the optimal policy, or of the proven bounds.
 * It is linear in the metric in between and beyond, so differences stay paired; what is worse than
 * SUITE_FLOOR counts as that, and so does a run that failed or is not there although the agent
 * takes part: nobody gains by failing. Aggregates and their intervals are those of stats_suite.h.
 */
#ifndef SUITE_H
#define SUITE_H

#include "report.h"
#include "stats_suite.h"

#define SUITE_FLOOR (-1.)
#define SUITE_RESAMPLES 2000
/* By how much of a score others may be above the optimal policy by chance. */
#define SUITE_LUCK .05

/* Where 1 is. */
typedef enum suite_one {
    /* The mean of the agent `optimal`, with any options, if nobody is told apart above it or is
     * above it by more than SUITE_LUCK: then it solves another problem than that of the metric. */
    SUITE_SOLVED,
    SUITE_OPTIMUM,  // the mean bound over the seeds, where each is met by some run to 10^-9
    SUITE_BOUND,    // the same, not met: the optimum is at most 1, and may be well below it
    SUITE_BEST,     // nothing bounds the metric: the best mean of all agents, which take part
} suite_one;

/* A scenario by the metric that matters in it. */
typedef struct suite_task {
    char name[128];        // of the scenario, with the settings that a sweep varies
    char family[32];       // where it belongs ("queue", "cluster", ...)
    int scenario, metric;  // index into results; row of poise_metrics
    double zero, one;      // values of the metric whose scores are 0 and 1
    suite_one from;
    report report;  // the ranking, of which rows of agents are; the baseline is who scores 0
} suite_task;

/* An agent: who has the same label in each scenario, whatever its policy there. */
typedef struct suite_agent {
    char label[256];  // of report_row
    int n_tasks;      // of how many scenarios it has runs
    int *row;         // (suite n_tasks) into the task's report; -1 where it does not take part
    double *score;    // (n_runs, suite n_tasks) by seed; NAN where it does not take part
    int n_failed;     // runs that failed or are missing
    stats_estimate mean, median, iqm, gap;  // over the tasks that it takes part in
    stats_estimate above;  // probability of improvement over the baseline, tasks of both
    /* Those that take part everywhere are ranked, if there are STATS_RUNS_REFUSED seeds or more;
     * for others these are 0 and NAN. */
    int rank;  // 1 is best; ties share a rank
    bool tied;
    double best, worst;  // interval of its rank by resampling
} suite_agent;

typedef struct suite {
    const results *results;
    suite_task *task;
    suite_agent *agent;  // those that take part everywhere first, each by IQM, best first
    int n_tasks, n_agents, n_complete;
    int n_runs;    // seeds of each task
    int baseline;  // index into agent, -1 if it is not there
} suite;

/* Row of the metric that matters in a scenario (`measure`), which only its file says: -1 with a
 * sentence in err if that is gone or has changed. Its family goes into the text (size), if that is
 * not NULL. */
int suite_metric(const result_scenario *r, char *family, size_t size, poise_error *err);

/* The scores of all agents on all scenarios of the results, by the metric that each scenario names
 * (`measure`). zero is who scores 0 (`random`). Ranks are those of the IQM: agents are compared
 * by the difference of their IQMs over its bootstrap standard deviation (normal, both drawn alike),
 * Holm-corrected over all pairs; those with p >= 0.05 to the best of those not yet ranked share its
 * rank. The results must outlive the suite. false with a sentence in err: fewer than two scenarios,
 * unequal numbers of seeds, zero has no runs in one of them, or is as good as the best. */
bool suite_make(suite *s, const results *all, const char *zero, const char *baseline,
                const report_filter *filter, poise_error *err);
void suite_free(suite *s);
/* Only the tasks, however many: scenarios that have results, each ranked by its metric; there are
 * no scores and no agents. */
bool suite_tasks(suite *s, const results *all, const char *zero, const report_filter *filter,
                 poise_error *err);

/* The scores of one agent as stats_suite.h takes them: only the tasks in `which` (n), x to be freed
 * by the caller. */
stats_scores suite_scores(const suite *s, int agent, const int *which, int n);
/* The tasks that agents a and b (the same: one) take part in, into which (n_tasks); how many. */
int suite_common(const suite *s, int a, int b, int *which);
/* The mean score of an agent on a task over its runs; NAN where it does not take part. */
double suite_mean(const suite *s, int agent, int task);

#endif
