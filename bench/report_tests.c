/* report_tests.c - what stands beside the ranking: the tests against the baseline in full, and what
 * agents cost. */
#include "report_inside.h"

#include "latency.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* The title and the label of a table beside the ranking. */
static void name_table(const report *r, const char *what, char title[512], char label[256])
{
    char ranking[200];
    report_label(r, ranking, sizeof ranking);
    snprintf(title, 512, "%s: %s", report_metric(r)->name, what);
    snprintf(label, 256, "%s-%.16s", ranking, what);
}

/* ---- tests -------------------------------------------------------------------------------- */

static void put_tests(const report_row *row, grid *g)
{
    const report_tests *t = &row->tests;
    grid_put(g, NAN, "%s", row->label);
    if (t->tally.wins + t->tally.ties + t->tally.losses > 0)
        grid_put(g, t->tally.wins, "%d/%d/%d", t->tally.wins, t->tally.ties, t->tally.losses);
    else
        grid_put(g, NAN, "-");
    if (t->gain >= 1e4)
        grid_put(g, 1e4, ">9999");
    else
        grid_number(g, t->gain, 3);
    grid_probability(g, row->versus.p);
    grid_probability(g, row->versus.p_flip);
    grid_probability(g, t->p_wilcoxon);
    if (isnan(t->d_z))
        grid_put(g, NAN, "-");
    else
        grid_put(g, t->d_z, "%+.2f", t->d_z);
    if (isnan(t->a12))
        grid_put(g, NAN, "-");
    else
        grid_put(g, t->a12, "%.2f", t->a12);
    grid_number(g, t->visible, 3);
}

void report_tests_table(const report *r, grid_style style, string_buffer *out)
{
    const char *unit = report_metric(r)->unit;
    char title[512], label[256];
    grid g = {0};
    if (r->baseline < 0 || r->n_rows < 2)
        return;
    const char *const heads[] = {"<agent",    "won/tied/lost", "gain", "p (t)",
                                 "p (signs)", "p (Wilcoxon)",  "d_z",  "A12"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        grid_head(&g, "%s", heads[i]);
    grid_head(&g, *unit ? "seen [%s]" : "seen%s", unit);
    for (int i = 0; i < r->n_rows; i++)
        if (i != r->baseline)
            put_tests(&r->row[i], &g);
    name_table(r, "tests", title, label);
    char against[512];
    snprintf(against, sizeof against, "%.200s against %.200s, run by run over the same seeds",
             title, r->row[r->baseline].label);
    const grid_words words = {
        against, label,
        "gain: times as many runs would be needed if each met a world of its own\n"
        "p of one comparison, not corrected: paired t, all sign patterns, Wilcoxon's signed ranks "
        "(exact)\n"
        "d_z: the mean difference in standard deviations of the differences\n"
        "A12: how often it is the better one of a run each, whatever their seeds\n"
        "seen: the least difference that so many runs show 4 times in 5 (p < 0.05)\n"};
    grid_write(&g, &words, style, out);
    grid_free(&g);
}

/* ---- cost --------------------------------------------------------------------------------- */

double report_train_s(const report_row *row)
{
    return row->policy && row->policy->wall_s > 0 ? row->policy->wall_s : NAN;
}

static void put_duration(double s, grid *g)
{
    if (isnan(s))
        grid_put(g, s, "-");
    else if (s < 120)
        grid_put(g, s, "%.3g s", s);
    else
        grid_put(g, s, s < 7200 ? "%.3g min" : "%.3g h", s / (s < 7200 ? 60 : 3600));
}

static void put_cost(const report_row *row, grid *g)
{
    char text[24];
    grid_put(g, NAN, "%s", row->label);
    if (row->policy)
        grid_put(g, (double)row->policy->decisions, "%" PRId64, row->policy->decisions);
    else
        grid_put(g, 0, "-");
    put_duration(report_train_s(row), g);
    latency_text(text, row->p50_s);
    grid_put(g, row->p50_s, "%s", text);
    latency_text(text, row->p99_s);
    grid_put(g, row->p99_s, "%s", text);
    put_duration(row->run_s, g);
}

void report_cost(const report *r, grid_style style, string_buffer *out)
{
    char title[512], label[256];
    grid g = {0};
    const char *const heads[] = {"<agent", "trained for", "in", "p50", "p99", "a run"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        grid_head(&g, "%s", heads[i]);
    for (int i = 0; i < r->n_rows; i++)
        put_cost(&r->row[i], &g);
    name_table(r, "cost", title, label);
    const grid_words words = {
        "cost: training, time to decide, time of a run", label,
        "trained for: decisions of training\n"
        "p50, p99: time to decide, median and 99th percentile of a run, means over the seeds\n"
        "times are those of the machine that ran it\n"};
    grid_write(&g, &words, style, out);
    grid_free(&g);
}
