/* stability.c - see stability.h. */
#include "stability.h"

#include "error.h"
#include "escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const poise_metric *metric_of(const stability_row *r)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    return &rows[r->task->metric];
}

/* ---- numbers ------------------------------------------------------------------------------ */

static double mean_of(const report_row *row, const char *metric)
{
    return report_mean(row, poise_metric_index(metric)).mean;
}

/* The values of a row that are known, into x (n_cells); how many. */
static int values_of(const report_row *row, int metric, double *x)
{
    int n = 0;
    for (int i = 0; i < row->n_cells; i++)
        if (row->cell[i]->ok && !isnan(row->cell[i]->value[metric]))
            x[n++] = row->cell[i]->value[metric];
    return n;
}

static void find_spread(stability_row *r)
{
    double *x = error_must(malloc((size_t)(r->row->n_cells + 1) * sizeof *x));
    const int n = values_of(r->row, r->task->metric, x);
    r->spread = r->row->mean.sd / fabs(r->row->mean.mean);
    r->quartiles = n > 1 ? (stats_quantile_7(x, n, .75) - stats_quantile_7(x, n, .25)) /
                               fabs(stats_quantile_7(x, n, .5))
                         : NAN;
    free(x);
}

/* Of means, so that an agent that is twice as good does not look steadier by that alone. */
static double spread_p(const stability_row *r, const report_row *baseline)
{
    const int metric = r->task->metric, most = r->row->n_cells + baseline->n_cells;
    double *x = error_must(malloc(2 * (size_t)(most + 1) * sizeof *x)), *y = x + most;
    int n = 0;
    for (int i = 0, k = 0; i < r->row->n_cells && k < baseline->n_cells;) {
        const result_cell *a = r->row->cell[i], *b = baseline->cell[k];
        x[n] = a->ok ? a->value[metric] / r->row->mean.mean : NAN;
        y[n] = b->ok ? b->value[metric] / baseline->mean.mean : NAN;
        n += a->seed == b->seed && !isnan(x[n]) && !isnan(y[n]);
        const bool on = a->seed <= b->seed;
        k += b->seed <= a->seed;
        i += on;
    }
    const double p = stats_spread_p(x, y, n);
    free(x);
    return p;
}

static void find_recovery(stability_row *r)
{
    const int metric = poise_metric_index("recovered");
    r->n_recovered = 0;
    for (int i = 0; i < r->row->n_cells; i++) {
        const result_cell *c = r->row->cell[i];
        const double value = c->ok ? c->value[metric] : NAN;
        r->n_could += !isnan(value);
        r->n_recovered += value == 1;
    }
    r->n_recovered = r->n_could ? r->n_recovered : -1;
    r->recovery_s = mean_of(r->row, "recovery_s");
}

static void measure(stability_row *r)
{
    const report *all = &r->task->report;
    find_spread(r);
    r->percent = r->p_spread = NAN;
    if (all->baseline >= 0 && all->baseline != r->row - all->row) {
        const report_row *baseline = &all->row[all->baseline];
        r->percent = 100 * r->row->versus.diff.mean / fabs(baseline->mean.mean);
        r->p_spread = spread_p(r, baseline);
    }
    r->utilisation = mean_of(r->row, "utilisation");
    r->oscillation = mean_of(r->row, "share_oscillation");
    find_recovery(r);
}

/* All comparisons of the table are corrected as one. */
static void correct(stability *s)
{
    double *p = error_must(malloc(2 * (size_t)(s->n_rows + 1) * sizeof *p)), *holm = p + s->n_rows;
    for (int i = 0; i < s->n_rows; i++)
        p[i] = s->row[i].p_spread;
    stats_holm(p, s->n_rows, holm);
    for (int i = 0; i < s->n_rows; i++)
        s->row[i].p_spread = holm[i];
    free(p);
}

stability stability_of(const suite *tasks)
{
    stability s = {0};
    size_t n = 1;
    for (int m = 0; m < tasks->n_tasks; m++)
        n += (size_t)tasks->task[m].report.n_rows;
    s.row = error_must(calloc(n, sizeof *s.row));
    for (int m = 0; m < tasks->n_tasks; m++)
        for (int i = 0; i < tasks->task[m].report.n_rows; i++) {
            stability_row *r = &s.row[s.n_rows++];
            r->task = &tasks->task[m];
            r->row = &r->task->report.row[i];
            measure(r);
        }
    correct(&s);
    return s;
}

void stability_free(stability *s)
{
    free(s->row);
    *s = (stability){0};
}

/* ---- tables ------------------------------------------------------------------------------- */

/* Columns that no row has anything for are left out. */
typedef struct columns {
    bool baseline, oscillation, recovery;
} columns;

static columns columns_of(const stability *s)
{
    columns c = {0};
    for (int i = 0; i < s->n_rows; i++) {
        c.baseline |= s->row[i].task->report.baseline >= 0;
        c.oscillation |= !isnan(s->row[i].oscillation);
        c.recovery |= s->row[i].n_could > 0;
    }
    return c;
}

static void put_percent(grid *g, double percent, bool sign, bool star)
{
    if (isfinite(percent))
        grid_put(g, percent, sign ? "%+.1f%s" : "%.1f%s", percent, star ? "*" : "");
    else
        grid_put(g, NAN, "-");
}

static void put_recovery(grid *g, const stability_row *r)
{
    if (r->n_could == 0)
        grid_put(g, NAN, "-");
    else
        grid_put(g, r->recovery_s, "%.4g %d/%d", r->recovery_s, r->n_recovered, r->n_could);
}

static void put_row(grid *g, const stability_row *r, const columns *c, bool first)
{
    grid_put(g, NAN, "%s", first ? r->task->name : "");
    if (r->row->n_failed)
        grid_put(g, NAN, "%s (%d failed)", r->row->label, r->row->n_failed);
    else
        grid_put(g, NAN, "%s", r->row->label);
    grid_number(g, r->row->mean.mean, 4);
    if (c->baseline)
        put_percent(g, r->percent, true, r->row->p_holm < REPORT_ALPHA);
    put_percent(g, 100 * r->utilisation, false, false);
    grid_number(g, 1e6 * r->row->p50_s, 2);
    put_percent(g, 100 * r->spread, false, r->p_spread < REPORT_ALPHA);
    put_percent(g, 100 * r->quartiles, false, false);
    if (c->oscillation)
        grid_number(g, r->oscillation, 2);
    if (c->recovery)
        put_recovery(g, r);
}

/* Whether the row is the first of its scenario. */
static bool begins(const stability *s, int i)
{
    return i == 0 || s->row[i].task != s->row[i - 1].task;
}

/* Scenarios by metric, in lines that are not too long. */
static void add_metrics(const stability *s, string_buffer *out)
{
    for (int i = 0; i < s->n_rows; i++) {
        bool is_new = begins(s, i);
        for (int k = 0; k < i && is_new; k++)
            is_new = s->row[k].task->metric != s->row[i].task->metric;
        if (!is_new)
            continue;
        size_t line = out->length;
        string_add(out, "mean: %s of", metric_of(&s->row[i])->name);
        for (int k = i; k < s->n_rows; k++) {
            const suite_task *t = s->row[k].task;
            if (t->metric != s->row[i].task->metric || !begins(s, k))
                continue;
            string_add(out, "%s %s", k > i ? "," : "", t->name);
            if (out->length - line > 70) {
                string_add(out, "\n");
                line = out->length;
            }
        }
        string_add(out, "\n");
    }
}

/* The baseline need not take part in every scenario. */
static const char *baseline_of(const stability *s)
{
    for (int i = 0; i < s->n_rows; i++) {
        const report *all = &s->row[i].task->report;
        if (all->baseline >= 0)
            return all->row[all->baseline].label;
    }
    return NULL;
}

static void add_notes(const stability *s, const columns *c, string_buffer *out)
{
    bool failures = false;
    for (int i = 0; i < s->n_rows; i++)
        failures |= s->row[i].row->n_failed > 0;
    add_metrics(s, out);
    if (c->baseline)
        string_add(out, "vs: mean difference to %s; * told apart (paired t, Holm, p < %g)\n",
                   baseline_of(s), REPORT_ALPHA);
    string_add(out, "busy: utilisation; decide: microseconds a decision, median, on the machine "
                    "that ran it\n");
    string_add(out, "sd, IQR: over the seeds, of mean and median%s\n",
               c->baseline ? "; * told apart (Pitman and Morgan, Holm)" : "");
    if (c->oscillation)
        string_add(out, "osc.: part of what is shared that goes from tasks that stay to others "
                        "that stay, per second\n");
    if (c->recovery)
        string_add(out, "recovery: mean seconds from the change of the world; how many runs did "
                        "recover\n");
    if (failures)
        string_add(out, "failed: runs that failed; numbers are of the others\n");
}

void stability_write(const stability *s, grid_style style, string_buffer *out)
{
    const columns c = columns_of(s);
    grid g = {0};
    grid_head(&g, "<scenario");
    grid_head(&g, "<agent");
    grid_head(&g, "mean");
    if (c.baseline)
        grid_head(&g, "vs %%");
    grid_head(&g, "busy %%");
    grid_head(&g, "decide");
    grid_head(&g, "sd %%");
    grid_head(&g, "IQR %%");
    if (c.oscillation)
        grid_head(&g, "osc.");
    if (c.recovery)
        grid_head(&g, "recovery");
    for (int i = 0; i < s->n_rows; i++)
        put_row(&g, &s->row[i], &c, begins(s, i));
    string_buffer notes = {0};
    add_notes(s, &c, &notes);
    grid_write(&g, &(grid_words){"Quality, time, utilisation and stability", "stability", notes.at},
               style, out);
    string_free(&notes);
    grid_free(&g);
}

void stability_csv(const stability *s, string_buffer *out)
{
    string_add(out, "scenario,metric,agent,seeds,failed,mean,difference_percent,p_holm,utilisation,"
                    "decide_p50_s,sd_of_mean,iqr_of_median,p_spread_holm,share_oscillation,"
                    "recovery_s,recovered,could_recover\n");
    for (int i = 0; i < s->n_rows; i++) {
        const stability_row *r = &s->row[i];
        escape_csv(out, r->task->name);
        string_add(out, ",%s,", metric_of(r)->name);
        escape_csv(out, r->row->label);
        string_add(out, ",%d,%d", r->row->n_cells, r->row->n_failed);
        const double number[] = {r->row->mean.mean, r->percent,   r->row->p_holm, r->utilisation,
                                 r->row->p50_s,     r->spread,    r->quartiles,   r->p_spread,
                                 r->oscillation,    r->recovery_s};
        for (size_t k = 0; k < sizeof number / sizeof *number; k++)
            escape_csv_real(out, number[k]);
        if (r->n_could > 0)
            string_add(out, ",%d,%d\n", r->n_recovered, r->n_could);
        else
            string_add(out, ",,\n");
    }
}
