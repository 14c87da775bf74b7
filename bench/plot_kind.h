/* plot_kind.h - what a kind of figure is, and what its functions draw from.
 *
 * To add a kind is to add plots/NAME.gp, which says how it looks, and bench/figures/NAME.c, which
 * fills its data and ends with `const plot_kind plot_NAME`; the build finds it by its file. */
#ifndef PLOT_KIND_H
#define PLOT_KIND_H

#include "cli.h"
#include "plot.h"
#include "report.h"

/* Most agents that a figure shows: the best ones. More cannot be told apart. */
#define PLOT_ROWS_MAX 16

/* Where the numbers come from and which of them are wanted. */
typedef struct plot_input {
    store *store;
    const results *results;
    int scenario;                 // index: what figures of one scenario show
    int metric;                   // row of poise_metrics
    int other;                    // another one, for figures of two; -1: the figure chooses
    const char *baseline;         // agent; NULL: none
    int64_t seed;                 // for runs that are shown; -1 = the first that all agents have
    const result_cell *cell;      // the one run that is shown; NULL = by agents and seed
    double from_s, to_s;          // stretch of simulated time; NAN = chosen from the data
    names agents;                 // which ones; empty = all
    bool attends;                 // in runs, agents write attention even where they could choose
    const report_filter *filter;  // cells that count; NULL: all
    report report;                // the ranking of the scenario by the metric
    poise_scenario *loaded;
    poise_env *env;       // holds the run of the last plot_rerun
    struct suite *suite;  // scores over all scenarios (see plot_suite.h), NULL: not made yet
} plot_input;

typedef enum plot_outcome {
    PLOT_READY,
    PLOT_NO_DATA,  // the sentence tells what is missing
    PLOT_FAILED,   // the sentence tells what went wrong
} plot_outcome;

typedef struct plot_kind {
    const char *name;
    const char *about;  // what it shows, as a caption begins
    bool of_suite;      // it shows all scenarios of a store at once, not one
    /* Fills the figure with settings and tables as its script expects them. */
    plot_outcome (*fill)(plot_input *in, figure *f, poise_error *err);
} plot_kind;

/* All kinds, sorted by name; NULL-terminated. */
extern const plot_kind *const plot_kinds[];
const plot_kind *plot_kind_called(const char *name);  // NULL if there is none
/* The one that shows a single run. */
extern const plot_kind plot_gantt;

/* ---- scenarios ---------------------------------------------------------------------------- */

/* The scenario that figures of one show: among those of the name (NULL: any) and with the settings
 * "path=value" of points of sweeps (NULL: any) the one with most finished runs, or fewest
 * overrides, or the highest load that agents can carry. -1 if there is none. */
int plot_scenario(const results *r, const char *name, const names *point,
                  const report_filter *filter);

/* The value that a sweep gave a setting in a scenario; NULL if it is not swept. */
const char *plot_swept(const result_scenario *s, const char *path);
/* Whether two are the same scenario, with the same overrides but for those of n paths. */
bool plot_differ_only_in(const result_scenario *a, const result_scenario *b,
                         const char *const *path, int n);

/* ---- agents ------------------------------------------------------------------------------- */

/* The agents of a ranking that are shown, best first. Of policies that differ in nothing but the
 * training seed only the first is taken, if once is set. */
typedef struct plot_rows {
    const report_row *at[PLOT_ROWS_MAX];
    int n;
} plot_rows;
plot_rows plot_choose(const plot_input *in, const report *r, bool once);
/* Those that a figure of few shows: at most `most` that -a asks for, else the best `usual` with the
 * baseline among them, or the worst where that is not there. */
plot_rows plot_choose_few(const plot_input *in, int usual, int most);
/* Whether -a asks for the agent, by specification, name or label. */
bool plot_wants(const plot_input *in, const char *agent, const char *label);
/* The same number for the same agent in all figures of a store: its colour, dash and point. Where
 * there are more agents than colours, the baseline and the best have one each: figures of one
 * scenario and metric then agree. */
int plot_style(const plot_input *in, const char *agent);
/* Settings n, label[] and style[] for the rows; up to 8 have a colour each. */
void plot_name_rows(const plot_input *in, const plot_rows *rows, figure *f);
/* Settings panels and agent[]: figures with a panel for each row. */
void plot_name_panels(const plot_rows *rows, figure *f);
/* A label that is not too long for a column: its middle is left out. */
void plot_short(const char *label, char *text, size_t size);

/* ---- runs --------------------------------------------------------------------------------- */

/* The seed of the runs to show: that of the input, else the least for which all rows have one. -1
 * if there is none. */
int64_t plot_seed(const plot_input *in, const plot_rows *rows);
/* The finished cell of a row with that seed, NULL if there is none. */
const result_cell *plot_cell(const report_row *row, int64_t seed);
/* Loads the input's scenario again into in->loaded, unless it is there. */
bool plot_open(plot_input *in, poise_error *err);
/* Whether runs of the input's scenario keep records of tasks; if not, err says so. */
bool plot_has_records(const plot_input *in, poise_error *err);
/* Runs a stored cell of the input's scenario again, with its policy; in->env holds the episode
 * then. watch may be NULL. false with a sentence in err, also if it is not the run that was stored.
 */
bool plot_rerun(plot_input *in, const result_cell *cell, const trial_watch *watch,
                poise_error *err);

/* ---- units and words ---------------------------------------------------------------------- */

/* A unit that suits numbers of some size: divide by `per`, write `unit`. */
typedef struct plot_unit {
    double per;
    char unit[24];
} plot_unit;
/* For seconds: us, ms, s, min, h or d. */
plot_unit plot_time_unit(double s);
/* For numbers of the given unit as poise_metric knows them: "s", "/s", "J", "W", "tasks", "" ... */
plot_unit plot_unit_of(const char *unit, double magnitude);
/* "mean response time" for response_mean_s. */
void plot_metric_words(int metric, char *text, size_t size);
/* "words (unit)", or the words alone if there is no unit. */
void plot_axis(figure *f, const char *name, const char *words, const char *unit);
/* The unit of the scenario's reward: "task s" if it is flow alone, "J" if energy alone, and so on;
 * "" if it is a mixture. */
const char *plot_reward_unit(const poise_scenario *s);
/* What was averaged: "10 seeds, bars: 95% interval of the mean". */
void plot_seeds_text(int n_seeds, char *text, size_t size);
/* Settings note and note_below, the lines above a figure: the scenario's name and overrides (but
 * for those of the paths `but`, ended by NULL, or all if it is NULL), and what the format says. */
void plot_note(const plot_input *in, figure *f, const char *const *but, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
