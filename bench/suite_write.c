/* suite_write.c - see suite_write.h. */
#include "suite_write.h"

#include "error.h"
#include "escape.h"
#include "json_text.h"
#include "report_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *base_of(const suite *s)
{
    return s->baseline < 0 ? NULL : s->agent[s->baseline].label;
}

/* A score; what is 0 as far as is shown has no sign. */
static void put_score(grid *g, double value, int decimals)
{
    char text[40];
    report_number(text, fabs(value) < .5 * pow(10, -decimals) ? 0 : value, decimals, false);
    grid_put(g, value, "%s", text);
}

static void put_interval(grid *g, const stats_estimate *e, int decimals)
{
    if (isnan(e->low))
        grid_put(g, NAN, "-");
    else
        grid_put(g, e->low, "%.*f..%.*f", decimals, e->low, decimals, e->high);
}

/* ---- the leaderboard ---------------------------------------------------------------------- */

static void put_agent(grid *g, const suite *s, int agent)
{
    const suite_agent *a = &s->agent[agent];
    if (a->rank)
        grid_put(g, a->rank, "%d%s", a->rank, a->tied ? "=" : "");
    else
        grid_put(g, NAN, "-");
    grid_field *name = grid_put(g, NAN, "%s", a->label);
    const size_t n = strlen(name->text);
    if (a->n_failed)
        snprintf(name->text + n, sizeof name->text - n, " (%d failed)", a->n_failed);
    name->bold = a->rank == 1 && !a->tied && !a->n_failed;
    put_score(g, a->iqm.value, 3);
    put_interval(g, &a->iqm, 3);
    put_score(g, a->mean.value, 3);
    put_score(g, a->median.value, 3);
    put_score(g, a->gap.value, 3);
    if (base_of(s)) {
        put_score(g, a->above.value, 2);
        put_interval(g, &a->above, 2);
    }
    if (isnan(a->best))
        grid_put(g, NAN, "-");
    else
        grid_put(g, a->best, "%.3g..%.3g", a->best, a->worst);
    grid_put(g, a->n_tasks, "%d", a->n_tasks);
}

static void note_scores(const suite *s, string_buffer *out)
{
    const report *r = &s->task[0].report;
    string_add(out,
               "0 is the mean of %.20s, 1 the best that is known (below); runs that failed or are "
               "missing: %g\n%g is the least that a run can have\n",
               r->row[r->baseline].label, SUITE_FLOOR, SUITE_FLOOR);
    if (s->n_runs < STATS_RUNS_REFUSED)
        string_add(out, "fewer than %d seeds: neither intervals nor ranks\n", STATS_RUNS_REFUSED);
    else
        string_add(out,
                   "95%% intervals: the %d seeds of each scenario drawn again %d times, the same "
                   "for all%s\n",
                   s->n_runs, SUITE_RESAMPLES,
                   s->n_runs < STATS_RUNS_FEW ? "\nwith so few seeds they are too narrow" : "");
    string_add(out, "IQM: mean of the middle half of all runs; gap: by how much runs are below "
                    "1\n");
}

static void note_ranks(const suite *s, string_buffer *out)
{
    bool ties = false, failures = false;
    for (int i = 0; i < s->n_agents; i++) {
        ties |= s->agent[i].tied;
        failures |= s->agent[i].n_failed > 0;
    }
    if (base_of(s))
        string_add(out,
                   "P(>): how likely a run is above one of %.40s in the same scenario, ties one "
                   "half\n",
                   base_of(s));
    if (ties)
        string_add(out,
                   "= tied with the first of that rank: difference of IQMs, Holm over all pairs, "
                   "p >= 0.05\n");
    if (s->n_complete < s->n_agents)
        string_add(out,
                   "ranked are the %d that take part in all %d scenarios (n); numbers of others "
                   "are of their own n\n",
                   s->n_complete, s->n_tasks);
    if (failures)
        string_add(out, "failed: runs that failed or are missing\n");
}

static void write_board(const suite *s, grid_style style, int most, string_buffer *out)
{
    static const char *const heads[] = {"#", "<agent", "IQM", "95%", "mean", "median", "gap"};
    char title[120];
    grid g = {0};
    string_buffer notes = {0};
    for (int i = 0; i < 7; i++)
        grid_head(&g, "%s", heads[i]);
    if (base_of(s)) {
        grid_head(&g, "P(>)");
        grid_head(&g, "95%%");
    }
    grid_head(&g, "ranks");
    grid_head(&g, "n");
    for (int i = 0; i < s->n_agents && i < most; i++)
        put_agent(&g, s, i);
    note_scores(s, &notes);
    note_ranks(s, &notes);
    snprintf(title, sizeof title, "%d agents over %d scenarios, %d %s each", s->n_agents,
             s->n_tasks, s->n_runs, s->n_runs == 1 ? "seed" : "seeds");
    grid_write(&g, &(grid_words){title, "suite", notes.at}, style, out);
    string_free(&notes);
    grid_free(&g);
}

/* ---- what 0 and 1 are --------------------------------------------------------------------- */

/* The highest mean score of an agent. */
static double best_of(const suite *s, int task)
{
    double best = -INFINITY;
    for (int i = 0; i < s->n_agents; i++)
        if (s->agent[i].row[task] >= 0)
            best = fmax(best, suite_mean(s, i, task));
    return best;
}

/* What bounds the metric of a task: "(srpt-pooled)". */
static void bound_of(const suite_task *t, char *text, size_t size)
{
    char bound[400];
    report_bound(&t->report, t->metric, bound, sizeof bound);
    const char *names = strrchr(bound, '(');
    snprintf(text, size, "%s", names ? names : "");
}

/* Names what the bounds are made of, once for all scenarios of the same. */
static void note_bounds(const suite *s, string_buffer *out)
{
    char first[400], other[400];
    for (int m = 0; m < s->n_tasks; m++) {
        char numbers[200] = "";
        bool is_new = s->task[m].from == SUITE_BOUND;
        bound_of(&s->task[m], first, sizeof first);
        for (int k = 0; k < s->n_tasks && is_new; k++) {
            bound_of(&s->task[k], other, sizeof other);
            if (s->task[k].from != SUITE_BOUND || strcmp(first, other) != 0)
                continue;
            is_new = k >= m;
            const size_t n = strlen(numbers);
            snprintf(numbers + n, sizeof numbers - n, "%s%d", n ? ", " : "", k + 1);
        }
        if (is_new)
            string_add(out, "bound of %s: %s\n", numbers, first);
    }
}

static void write_scales(const suite *s, grid_style style, string_buffer *out)
{
    static const char *const heads[] = {"no", "<scenario", "<metric", "0", "1", "best", "<1 is"};
    static const char *const ones[] = {
        [SUITE_SOLVED] = "the optimal policy",
        [SUITE_OPTIMUM] = "a bound that is met",
        [SUITE_BOUND] = "a bound",
        [SUITE_BEST] = "the best agent",
    };
    const poise_metric *rows;
    poise_metrics(&rows);
    grid g = {0};
    string_buffer notes = {0};
    for (int i = 0; i < 7; i++)
        grid_head(&g, "%s", heads[i]);
    for (int m = 0; m < s->n_tasks; m++) {
        const suite_task *t = &s->task[m];
        const poise_metric *metric = &rows[t->metric];
        grid_put(&g, m + 1, "%d", m + 1);
        grid_put(&g, NAN, "%s", t->name);
        grid_put(&g, NAN, *metric->unit ? "%s [%s]" : "%s%s", metric->name, metric->unit);
        grid_put(&g, t->zero, "%.5g", t->zero);
        grid_put(&g, t->one, "%.5g", t->one);
        put_score(&g, best_of(s, m), 3);
        grid_put(&g, NAN, "%s", ones[t->from]);
    }
    string_add(&notes, "best: the highest mean score of an agent; where 1 is a bound, nobody may "
                       "be able to reach it\n");
    note_bounds(s, &notes);
    grid_write(&g, &(grid_words){"What 0 and 1 are", "suite-scales", notes.at}, style, out);
    string_free(&notes);
    grid_free(&g);
}

/* ---- agents by families ------------------------------------------------------------------- */

/* Families in the order of their first scenarios, into name (GRID_COLUMNS); how many. Those that
 * there is no room for are left out. */
static int families_of(const suite *s, const char **name)
{
    int n = 0;
    for (int m = 0; m < s->n_tasks; m++) {
        int k = 0;
        while (k < n && strcmp(name[k], s->task[m].family) != 0)
            k++;
        if (k == n && n < GRID_COLUMNS - 1)
            name[n++] = s->task[m].family;
    }
    return n;
}

/* The mean score in the scenarios of a family; NAN unless the agent takes part in all. */
static double family_mean(const suite *s, int agent, const char *family)
{
    double sum = 0;
    int n = 0;
    for (int m = 0; m < s->n_tasks; m++)
        if (strcmp(s->task[m].family, family) == 0) {
            sum += suite_mean(s, agent, m);
            n++;
        }
    return sum / n;
}

static void write_families(const suite *s, grid_style style, int most, string_buffer *out)
{
    const char *name[GRID_COLUMNS];
    const int n = families_of(s, name);
    grid g = {0};
    string_buffer notes = {0};
    grid_head(&g, "<agent");
    for (int k = 0; k < n; k++) {
        grid_head(&g, "%s", name[k]);
        string_add(&notes, "%s:", name[k]);
        for (int m = 0, first = 1; m < s->n_tasks; m++)
            if (strcmp(s->task[m].family, name[k]) == 0) {
                string_add(&notes, "%s %d", first ? "" : ",", m + 1);
                first = 0;
            }
        string_add(&notes, k + 1 < n ? "; " : "\n");
    }
    for (int i = 0; i < s->n_agents && i < most; i++) {
        grid_put(&g, NAN, "%s", s->agent[i].label);
        for (int k = 0; k < n; k++)
            put_score(&g, family_mean(s, i, name[k]), 2);
    }
    grid_write(&g, &(grid_words){"Mean scores by family", "suite-families", notes.at}, style, out);
    string_free(&notes);
    grid_free(&g);
}

/* ---- agents by scenarios ------------------------------------------------------------------ */

enum { COLUMNS = 12 };  // of scenarios that 100 columns of text have room for

static void write_scores(const suite *s, int first, int n, grid_style style, int most,
                         string_buffer *out)
{
    char title[120], label[40];
    snprintf(title, sizeof title, "Mean scores in scenarios %d to %d", first + 1, first + n);
    snprintf(label, sizeof label, "suite-scores-%d", first + 1);
    grid g = {0};
    grid_head(&g, "<agent");
    for (int m = first; m < first + n; m++)
        grid_head(&g, "%d", m + 1);
    for (int i = 0; i < s->n_agents && i < most; i++) {
        grid_put(&g, NAN, "%s", s->agent[i].label);
        for (int m = first; m < first + n; m++)
            put_score(&g, suite_mean(s, i, m), 2);
    }
    grid_write(&g, &(grid_words){title, label, ""}, style, out);
    grid_free(&g);
}

void suite_write(const suite *s, grid_style style, int most, string_buffer *out)
{
    most = most > 0 ? most : s->n_agents;
    write_board(s, style, most, out);
    string_add(out, "\n");
    write_families(s, style, most, out);
    string_add(out, "\n");
    write_scales(s, style, out);
    const int n_blocks = (s->n_tasks + COLUMNS - 1) / COLUMNS;
    const int step = (s->n_tasks + n_blocks - 1) / n_blocks;
    for (int m = 0; m < s->n_tasks; m += step) {
        string_add(out, "\n");
        write_scores(s, m, m + step < s->n_tasks ? step : s->n_tasks - m, style, most, out);
    }
}

/* ---- for programs ------------------------------------------------------------------------- */

/* What there is of an agent, but for its scores: names and values. */
enum { NUMBERS = 21 };
static const char *const number_names[NUMBERS] = {
    "scenarios",   "seeds",    "failed",  "rank",     "rank_low",       "rank_high", "iqm",
    "iqm_low",     "iqm_high", "mean",    "mean_low", "mean_high",      "median",    "median_low",
    "median_high", "gap",      "gap_low", "gap_high", "above_baseline", "above_low", "above_high"};

static void numbers_of(const suite *s, const suite_agent *a, double x[NUMBERS])
{
    const stats_estimate *e[] = {&a->iqm, &a->mean, &a->median, &a->gap, &a->above};
    x[0] = a->n_tasks;
    x[1] = s->n_runs;
    x[2] = a->n_failed;
    x[3] = a->rank ? a->rank : NAN;
    x[4] = a->best;
    x[5] = a->worst;
    for (int i = 0; i < 5; i++) {
        x[6 + 3 * i] = e[i]->value;
        x[7 + 3 * i] = e[i]->low;
        x[8 + 3 * i] = e[i]->high;
    }
}

void suite_csv(const suite *s, string_buffer *out)
{
    string_add(out, "agent,baseline,tied");
    for (int i = 0; i < NUMBERS; i++)
        string_add(out, ",%s", number_names[i]);
    for (int m = 0; m < s->n_tasks; m++) {
        string_add(out, ",");
        escape_csv(out, s->task[m].name);
    }
    string_add(out, "\n");
    for (int i = 0; i < s->n_agents; i++) {
        double x[NUMBERS];
        numbers_of(s, &s->agent[i], x);
        escape_csv(out, s->agent[i].label);
        string_add(out, ",");
        escape_csv(out, base_of(s) ? base_of(s) : "");
        string_add(out, ",%d", s->agent[i].tied);
        for (int k = 0; k < NUMBERS; k++)
            escape_csv_real(out, x[k]);
        for (int m = 0; m < s->n_tasks; m++)
            escape_csv_real(out, suite_mean(s, i, m));
        string_add(out, "\n");
    }
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void suite_json(const suite *s, string_buffer *out)
{
    json_t *all = json_array();
    const char *base = s->baseline < 0 ? "" : s->agent[s->baseline].label;
    for (int i = 0; i < s->n_agents; i++) {
        double x[NUMBERS];
        numbers_of(s, &s->agent[i], x);
        json_t *row = json_object(), *scores = json_object();
        json_object_set_new(row, "agent", json_text(s->agent[i].label));
        json_object_set_new(row, "baseline", *base ? json_text(base) : json_null());
        json_object_set_new(row, "tied", json_boolean(s->agent[i].tied));
        for (int k = 0; k < NUMBERS; k++)
            json_object_set_new(row, number_names[k], number(x[k]));
        for (int m = 0; m < s->n_tasks; m++)
            json_object_set_new(scores, s->task[m].name, number(suite_mean(s, i, m)));
        json_object_set_new(row, "scores", scores);
        json_array_append_new(all, row);
    }
    char *text = error_must(json_dumps(all, JSON_INDENT(2)));
    string_add(out, "%s\n", text);
    free(text);
    json_decref(all);
}
