/* report_rules.c - what a table of rules says beyond the ranking: further metrics, and which rules
 * are told apart. */
#include "report_inside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- further metrics ---------------------------------------------------------------------- */

/* The row of another report over the same cells. */
static const report_row *same(const report *other, const report_row *row)
{
    for (int i = 0; i < other->n_rows; i++)
        if (strcmp(other->row[i].description, row->description) == 0)
            return &other->row[i];
    return NULL;
}

static bool says_something(const report *r)
{
    bool says = false;
    for (int i = 0; i < r->n_rows; i++)
        says |= !isnan(r->row[i].mean.mean) && r->row[i].mean.mean != 0;
    return says;
}

/* Reports by the first `most` metrics that say something; how many. */
static int gather(const report *r, const char *const *metrics, int most, report *more)
{
    const int scenario = (int)(r->scenario - r->results->scenario);
    int n = 0;
    for (; *metrics && n < most; metrics++) {
        const int metric = poise_metric_index(*metrics);
        if (metric < 0 || metric == r->metric)
            continue;
        more[n] = report_make(r->results, scenario, metric, NULL, NULL);
        if (says_something(&more[n]))
            n++;
        else
            report_free(&more[n]);
    }
    return n;
}

static void mean_text(char text[96], const report *other, const report_row *row)
{
    const report_row *there = same(other, row);
    const int decimals = report_decimals(other);
    char mean[40], half[40];
    report_number(mean, there ? there->mean.mean : NAN, decimals, false);
    report_number(half, there ? there->mean.high - there->mean.mean : NAN, decimals, false);
    snprintf(text, 96, "%s ± %s", mean, half);
}

static void title_text(char text[96], const report *other)
{
    const poise_metric *m = report_metric(other);
    snprintf(text, 96, *m->unit ? "%s [%s]" : "%s%s", m->name, m->unit);
}

static void put_further(const report *r, const report *more, int n, string_buffer *out)
{
    int width[16] = {5};
    char text[96];
    for (int i = 0; i < r->n_rows; i++)
        width[0] = (int)fmax(width[0], report_width(r->row[i].label));
    for (int k = 0; k < n; k++) {
        title_text(text, &more[k]);
        width[k + 1] = report_width(text);
        for (int i = 0; i < r->n_rows; i++) {
            mean_text(text, &more[k], &r->row[i]);
            width[k + 1] = (int)fmax(width[k + 1], report_width(text));
        }
    }
    string_add(out, "further means ± 95%%\n\n  ");
    report_left(out, width[0], "agent");
    for (int k = 0; k < n; k++) {
        title_text(text, &more[k]);
        report_right(out, width[k + 1] + 3, text);
    }
    for (int i = 0; i < r->n_rows; i++) {
        string_add(out, "\n  ");
        report_left(out, width[0], r->row[i].label);
        for (int k = 0; k < n; k++) {
            mean_text(text, &more[k], &r->row[i]);
            report_right(out, width[k + 1] + 3, text);
        }
    }
    string_add(out, "\n");
}

void report_further(const report *r, const char *const *metrics, int most, string_buffer *out)
{
    report more[15];
    const int n = gather(r, metrics, most < 15 ? most : 15, more);
    if (n > 0)
        put_further(r, more, n, out);
    for (int k = 0; k < n; k++)
        report_free(&more[k]);
}

/* ---- separations -------------------------------------------------------------------------- */

static void put_ties(const report *r, string_buffer *out)
{
    const int n = r->n_rows;
    for (int i = 0; i < n; i++) {
        const char *before = " ";
        for (int k = i + 1; k < n; k++) {
            if (report_apart(r, i, k))
                continue;
            if (*before == ' ')
                string_add(out, "  not %s from", r->row[i].label);
            string_add(out, "%s%s", before, r->row[k].label);
            before = ", ";
        }
        string_add(out, *before == ',' ? "\n" : "");
    }
}

/* From the best on, each that is told apart from all those before. */
static void put_chain(const report *r, string_buffer *out)
{
    const int n = r->n_rows;
    int chosen[64], n_chosen = 0;
    for (int k = 0; k < n && n_chosen < 64; k++) {
        bool apart = true;
        for (int i = 0; i < n_chosen; i++)
            apart &= report_apart(r, chosen[i], k);
        if (apart)
            chosen[n_chosen++] = k;
    }
    string_add(out, "  each from each, the best first (%d):", n_chosen);
    for (int i = 0; i < n_chosen; i++)
        string_add(out, "%s%s", i ? ", " : " ", r->row[chosen[i]].label);
    string_add(out, "\n");
}

void report_separations(const report *r, string_buffer *out)
{
    const int n = r->n_rows;
    if (n < 2)
        return;
    int n_apart = 0;
    for (int i = 0; i < n; i++)
        for (int k = i + 1; k < n; k++)
            n_apart += report_apart(r, i, k);
    string_add(out, "told apart: %d of %d pairs (paired t over the same seeds, Holm, p < %g)\n",
               n_apart, n * (n - 1) / 2, REPORT_ALPHA);
    put_ties(r, out);
    put_chain(r, out);
    const double best = r->row[0].mean.mean, worst = r->row[n - 1].mean.mean;
    if (best != 0)
        string_add(out, "the worst is %.3g%% from the best\n", 100 * fabs((worst - best) / best));
}
