/* report.h - what came of an experiment, as people and programs read it: agents of one scenario
 * ranked by a metric, with intervals, compared over the same seeds, ties marked as ties. */
#ifndef REPORT_H
#define REPORT_H

#include "grid.h"
#include "stats.h"
#include "store.h"

#define REPORT_LEVEL .95
#define REPORT_ALPHA .05
#define REPORT_MET 1e-8  // so near to a bound is at it: bounds keep 1e-9 of rounding to themselves

/* What the same pairs of runs say in other words; the baseline has none: tally 0, the others NAN.
 */
typedef struct report_tests {
    stats_tally tally;  // runs in which it is better than the baseline, as good, worse
    double gain;        // times that unrelated worlds would take as many runs, see stats_pairing
    double p_wilcoxon;  // exact; p_flip is in versus. Neither is corrected
    double d_z;         // the difference in standard deviations of the differences of pairs
    double a12;         // how often it is the better one of a run each, whatever the seeds
    double visible;     // the least difference that so many pairs show 4 times in 5, see stats.h
} report_tests;

/* One agent (with one policy, if it learns) in the ranking. */
typedef struct report_row {
    char label[256];  // specification; with budget or training seed if others differ in it
    const result_policy *policy;  // NULL if it has none
    const char *agent, *description;
    const result_cell **cell;  // (n_cells) in order of seed
    int n_cells, n_failed;
    int rank;  // 1 is best; ties share a rank
    bool tied;
    stats_mean mean;
    stats_pair versus;  // minus the baseline, over the seeds that both finished
    double p_holm;      // of versus, see report.p; NAN for the baseline
    report_tests tests;
    double dropped, unfinished;  // means
    double bound;                // mean over the seeds that have one (see bound.h), NAN if none
    stats_mean gap;              // by how much the metric is worse than its bound, the same seeds
    double p50_s, p99_s;         // of the time to decide, means over the seeds
    double run_s;                // time that a run took, mean over the seeds
} report_row;

typedef struct report {
    const results *results;
    const result_scenario *scenario;
    int metric;       // row of poise_metrics
    report_row *row;  // (n_rows) in order of rank
    int n_rows;
    double *p;    // (n_rows, n_rows) of pairs of rows: paired t test, Holm over all pairs
    int n_pairs;  // of these, of rows that are not the same in all runs
    const result_cell **cell;  // those of all rows
    int baseline;              // row, -1 if it is not among them
    int n_seeds;               // most seeds that an agent has
    char remark[200];          // of whoever chose the cells; "" for none
} report;

/* Which cells count: NULL for all. */
typedef struct report_filter {
    bool (*wants)(const void *data, store_id cell);
    const void *data;
    /* What there is to say of a metric of a scenario (by its hash), "" for nothing; may be NULL. */
    void (*remark)(const void *data, uint64_t scenario, int metric, char *text, size_t size);
} report_filter;

/* The ranking of one scenario (index into results). baseline is an agent's name or specification,
 * NULL for none. All pairs of agents are compared by the paired t test, and their p corrected
 * together (Holm), where agents that are the same in all runs count as one: what is said of any two
 * of them, of ranks, of the baseline and of who may be set in bold, is said of the same numbers.
 * Ties: those that cannot be told from the best of the agents not yet ranked (p >= 0.05) share its
 * rank. The results must outlive the report. */
report report_make(const results *all, int scenario, int metric, const char *baseline,
                   const report_filter *filter);
void report_free(report *r);
/* Row a minus row b by a metric, over the seeds that both finished. */
stats_pair report_compare(const report_row *a, const report_row *b, int metric);

/* Whether two rows are told apart; false where nothing is known. */
bool report_apart(const report *r, int a, int b);
/* Whether the first row alone is the best: it is told apart from every other, with none of its runs
 * failed. Only such a row may be set in bold. */
bool report_leads(const report *r);

/* What to beware of, each a line: runs that failed or left tasks unfinished, by id; loads of 1 and
 * more, infinite moments, too few runs; agents with other seeds, budgets or information than the
 * others; the luck of the best of several variants. */
void report_warnings(const report *r, string_buffer *out);

/* Whether the bounds on the report's metric are the optimum: for each seed that has one some agent
 * meets it, to 10^-9. Then gaps are regrets. */
bool report_is_optimum(const report *r);
/* How far a mean is from its bound, in percent of the bound; NAN where that says nothing. */
double report_gap_percent(const report_row *row);
/* The same of any metric: mean bound and gap of a row. */
stats_mean report_gap(const report_row *row, int metric, double *bound);
/* Mean and interval of any metric of a row. */
stats_mean report_mean(const report_row *row, int metric);
/* What bounds a metric, in a line: "1.25 to 1.5 (srpt-pooled)"; "" if nothing does. */
void report_bound(const report *r, int metric, char *text, size_t size);
/* All tests against the baseline: a table beside the ranking; nothing without a baseline. */
void report_tests_table(const report *r, grid_style style, string_buffer *out);
/* What agents cost: training, time to decide. Apart, as it depends on the machine. */
void report_cost(const report *r, grid_style style, string_buffer *out);
/* What single runs say of the steady state, a line an agent (see steady.h); nothing unless the
 * scenario asks for that, and of this metric. */
void report_steady(const report *r, string_buffer *out);

/* A table of at most 100 columns for people, with what to know about it below. */
void report_text(const report *r, string_buffer *out);
/* Only the head: scenario, overrides and load, seeds. For a sweep (report_sweep) without what
 * differs between its points. */
void report_head(const report *r, bool is_sweep, string_buffer *out);
void report_markdown(const report *r, string_buffer *out);
/* A table for LaTeX with booktabs, as a float with caption, label and notes. */
void report_latex(const report *r, string_buffer *out);
/* The same for a page in HTML: numbers stand right and carry their value, for sorting. */
void report_html(const report *r, string_buffer *out);
/* A table of further metrics: means and intervals of each agent, in the same order. Columns in
 * which all agents agree on 0, or know nothing, are left out; so is the report's own metric. */
void report_further(const report *r, const char *const *metrics, int most, string_buffer *out);
/* Which agents are told apart: every pair, by the paired t test, Holm-corrected. */
void report_separations(const report *r, string_buffer *out);
/* One line an agent; head also writes the names of the columns, cost adds what depends on the
 * machine. */
void report_csv(const report *r, bool head, bool cost, string_buffer *out);
/* One object an agent, separated by commas; the caller writes the brackets. */
void report_json(const report *r, bool first, bool cost, string_buffer *out);

/* Several metrics at once, all with a better direction; reference (n): the point up to which the
 * hypervolume is measured, NULL: the worst mean of each. */
enum { REPORT_OBJECTIVES = 4 };
typedef struct report_objectives {
    int metric[REPORT_OBJECTIVES], n;
    const double *reference;
} report_objectives;
/* The agents of a ranking by all of them: means with intervals, who is on the front and how sure
 * that is, hypervolume. Agents with failed runs are left out, and counted. */
void report_pareto(const report *r, const report_objectives *by, grid_style style,
                   string_buffer *out);
void report_pareto_csv(const report *r, const report_objectives *by, bool head, string_buffer *out);
void report_pareto_json(const report *r, const report_objectives *by, bool first,
                        string_buffer *out);

/* Agents x values of a sweep: means of a metric. reports (n) are those of the points. */
void report_sweep(const report *reports, int n, string_buffer *out);

/* One line a cell, all metrics: everything that can be compared between two stores. */
void report_cells(const results *r, const report_filter *filter, string_buffer *out);

#endif
