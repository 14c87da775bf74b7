/* report.c - the ranking itself: rows, comparisons, ties. How it is written is in report_write.c.
 */
#include "report.h"

#include "error.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_row(const report_row *row, const result_cell *cell, const results *r)
{
    const result_policy *policy = cell->policy < 0 ? NULL : &r->policy[cell->policy];
    return row->policy == policy && strcmp(row->description, cell->description) == 0;
}

/* Cells stand sorted by agent and seed, so those of a row follow each other. */
static void collect(report *r, int scenario, const report_filter *filter)
{
    const results *all = r->results;
    r->row = error_must(calloc((size_t)all->n_cells + 1, sizeof *r->row));
    r->cell = error_must(calloc((size_t)all->n_cells + 1, sizeof *r->cell));
    const result_cell **cell = r->cell;
    for (int i = 0; i < all->n_cells; i++) {
        const result_cell *c = &all->cell[i];
        if (c->scenario != scenario || (filter && !filter->wants(filter->data, c->id)))
            continue;
        report_row *row = r->n_rows ? &r->row[r->n_rows - 1] : NULL;
        if (!row || !same_row(row, c, all)) {
            row = &r->row[r->n_rows++];
            row->agent = c->agent;
            row->description = c->description;
            row->policy = c->policy < 0 ? NULL : &all->policy[c->policy];
            row->cell = cell;
        }
        row->cell[row->n_cells++] = c;
        row->n_failed += !c->ok;
        cell++;
    }
}

/* " @200k" decisions of training */
static void budget_text(char *text, size_t size, int64_t decisions)
{
    const bool thousands = decisions % 1000 == 0;
    snprintf(text, size, " @%" PRId64 "%s", thousands ? decisions / 1000 : decisions,
             thousands ? "k" : "");
}

/* " @01234567" where the same file, or the same command, was another one at another time. */
static void build_text(const report *r, const report_row *row, char *text, size_t size)
{
    const char *at = strchr(row->description, '@');
    bool differs = false;
    for (int k = 0; k < r->n_rows; k++)
        differs |= strcmp(r->row[k].agent, row->agent) == 0 &&
                   strcmp(r->row[k].description, row->description) != 0;
    text[0] = 0;
    if (at && differs)
        snprintf(text, size, " %.9s", at);
}

/* Agents are called as the user wrote them; what differs between two of the same name is added, and
 * whether they use a model. */
static void label(report *r)
{
    for (int i = 0; i < r->n_rows; i++) {
        report_row *row = &r->row[i];
        bool budgets = false, seeds = false;
        for (int k = 0; k < r->n_rows && row->policy; k++) {
            const report_row *other = &r->row[k];
            if (k == i || !other->policy || strcmp(other->agent, row->agent) != 0)
                continue;
            budgets |= other->policy->decisions != row->policy->decisions;
            seeds |= other->policy->train_seed != row->policy->train_seed;
        }
        char budget[40] = "", seed[40] = "", build[16];
        build_text(r, row, build, sizeof build);
        if (budgets)
            budget_text(budget, sizeof budget, row->policy->decisions);
        if (seeds)
            snprintf(seed, sizeof seed, " #%" PRId64, row->policy->train_seed);
        snprintf(row->label, sizeof row->label, "%.150s%s%s%s%s", row->agent, build, budget, seed,
                 poise_agent_mark(row->description));
    }
}

static double value_of(const result_cell *c, int metric)
{
    return c->ok ? c->value[metric] : NAN;
}

/* Values of one row that are known, into x (n_cells); how many. */
static int known(const report_row *row, int metric, double *x)
{
    int n = 0;
    for (int i = 0; i < row->n_cells; i++)
        if (!isnan(value_of(row->cell[i], metric)))
            x[n++] = value_of(row->cell[i], metric);
    return n;
}

/* Both are in order of seed. */
stats_pair report_compare(const report_row *a, const report_row *b, int metric)
{
    double *x = error_must(malloc((size_t)(a->n_cells + 1) * 2 * sizeof *x));
    double *y = x + a->n_cells + 1;
    int n = 0;
    for (int i = 0, k = 0; i < a->n_cells && k < b->n_cells;) {
        const int64_t s = a->cell[i]->seed, t = b->cell[k]->seed;
        if (s == t) {
            x[n] = value_of(a->cell[i], metric);
            y[n] = value_of(b->cell[k], metric);
            n += !isnan(x[n]) && !isnan(y[n]);
        }
        i += s <= t;
        k += t <= s;
    }
    const stats_pair pair = stats_paired(x, y, n, REPORT_LEVEL);
    free(x);
    return pair;
}

stats_mean report_gap(const report_row *row, int metric, double *bound)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    double *x = error_must(malloc((size_t)(row->n_cells + 1) * 2 * sizeof *x));
    double *gap = x + row->n_cells;
    int n = 0;
    for (int i = 0; i < row->n_cells; i++) {
        const result_cell *c = row->cell[i];
        const double b = c->ok && c->bound ? c->bound[metric].value : NAN;
        if (isnan(b) || isnan(c->value[metric]))
            continue;
        x[n] = b;
        gap[n++] = rows[metric].better > 0 ? b - c->value[metric] : c->value[metric] - b;
    }
    *bound = stats_of(x, n, REPORT_LEVEL).mean;
    const stats_mean mean = stats_of(gap, n, REPORT_LEVEL);
    free(x);
    return mean;
}

stats_mean report_mean(const report_row *row, int metric)
{
    double *x = error_must(malloc((size_t)(row->n_cells + 1) * sizeof *x));
    const stats_mean mean = stats_of(x, known(row, metric, x), REPORT_LEVEL);
    free(x);
    return mean;
}

double report_gap_percent(const report_row *row)
{
    return fabs(row->bound) > 1e-12 ? 100 * row->gap.mean / fabs(row->bound) : NAN;
}

static void measure_latency(report_row *row)
{
    int n = 0;
    row->p50_s = row->p99_s = 0;
    for (int i = 0; i < row->n_cells; i++)
        if (row->cell[i]->ok && row->cell[i]->decision.n > 0) {
            row->p50_s += row->cell[i]->decision.p50_s;
            row->p99_s += row->cell[i]->decision.p99_s;
            n++;
        }
    row->p50_s = n > 0 ? row->p50_s / n : NAN;
    row->p99_s = n > 0 ? row->p99_s / n : NAN;
}

static void summarise(report *r)
{
    for (int i = 0; i < r->n_rows; i++) {
        report_row *row = &r->row[i];
        row->mean = report_mean(row, r->metric);
        row->gap = report_gap(row, r->metric, &row->bound);
        measure_latency(row);
        row->dropped = report_mean(row, poise_metric_index("dropped")).mean;
        row->unfinished = report_mean(row, poise_metric_index("unfinished")).mean;
        if (row->n_cells > r->n_seeds)
            r->n_seeds = row->n_cells;
    }
}

/* ---- ranking ------------------------------------------------------------------------------ */

/* Whether a ranks before b: agents that failed come last, then by mean, then by label. */
static bool is_before(const report *r, const report_row *a, const report_row *b)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    if ((a->n_failed > 0) != (b->n_failed > 0))
        return b->n_failed > 0;
    if (isnan(a->mean.mean) != isnan(b->mean.mean))
        return isnan(b->mean.mean);
    if (a->mean.mean != b->mean.mean && !isnan(a->mean.mean))
        return rows[r->metric].better > 0 ? a->mean.mean > b->mean.mean
                                          : a->mean.mean < b->mean.mean;
    return strcmp(a->label, b->label) < 0;
}

static void sort(report *r)
{
    for (int i = 1; i < r->n_rows; i++) {
        const report_row row = r->row[i];
        int k = i;
        for (; k > 0 && is_before(r, &row, &r->row[k - 1]); k--)
            r->row[k] = r->row[k - 1];
        r->row[k] = row;
    }
}

/* The first row and those behind it that cannot be told from it; returns how many rows were ranked.
 * A row that can be told ends the group, so that ranks follow the means. */
static int rank_group(report *r, int first, double *p, double *adjusted)
{
    const int n = r->n_rows - first - 1;
    for (int i = 0; i < n; i++)
        p[i] = report_compare(&r->row[first + 1 + i], &r->row[first], r->metric).p;
    stats_holm(p, n, adjusted);
    int size = 1;
    while (size <= n && adjusted[size - 1] >= REPORT_ALPHA && !r->row[first + size].n_failed)
        size++;
    for (int i = 0; i < size; i++) {
        r->row[first + i].rank = first + 1;
        r->row[first + i].tied = size > 1;
    }
    return size;
}

static void rank(report *r)
{
    double *p = error_must(calloc(2 * (size_t)r->n_rows + 2, sizeof *p));
    for (int first = 0; first < r->n_rows;)
        first += rank_group(r, first, p, p + r->n_rows + 1);
    free(p);
}

bool report_leads(const report *r)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    const int n = r->n_rows - 1;
    if (n < 1 || r->row[0].n_failed || rows[r->metric].better == 0)
        return false;
    double *p = error_must(calloc(2 * (size_t)n, sizeof *p));
    for (int i = 0; i < n; i++)
        p[i] = report_compare(&r->row[1 + i], &r->row[0], r->metric).p;
    stats_holm(p, n, p + n);
    bool leads = true;
    for (int i = 0; i < n; i++)
        leads &= p[n + i] < REPORT_ALPHA;  // NAN is no evidence
    free(p);
    return leads;
}

/* ---- baseline ----------------------------------------------------------------------------- */

static int find(const report *r, const char *baseline)
{
    for (int i = 0; baseline && i < r->n_rows; i++)
        if (strcmp(r->row[i].agent, baseline) == 0)
            return i;
    for (int i = 0; baseline && i < r->n_rows; i++) {
        const char *agent = r->row[i].agent;
        if (strlen(baseline) == strcspn(agent, ":") &&
            strncmp(agent, baseline, strlen(baseline)) == 0)
            return i;
    }
    return -1;
}

static void compare_with_baseline(report *r)
{
    double *p = error_must(calloc(2 * (size_t)r->n_rows + 2, sizeof *p));
    double *adjusted = p + r->n_rows + 1;
    for (int i = 0; i < r->n_rows; i++) {
        report_row *row = &r->row[i];
        row->p_holm = NAN;
        p[i] = NAN;
        if (r->baseline < 0 || i == r->baseline)
            continue;
        row->versus = report_compare(row, &r->row[r->baseline], r->metric);
        p[i] = row->versus.p;
    }
    stats_holm(p, r->n_rows, adjusted);
    for (int i = 0; i < r->n_rows; i++)
        r->row[i].p_holm = adjusted[i];
    free(p);
}

report report_make(const results *all, int scenario, int metric, const char *baseline,
                   const report_filter *filter)
{
    report r = {
        .results = all, .scenario = &all->scenario[scenario], .metric = metric, .baseline = -1};
    collect(&r, scenario, filter);
    label(&r);
    summarise(&r);
    sort(&r);
    rank(&r);
    r.baseline = find(&r, baseline);
    compare_with_baseline(&r);
    return r;
}

void report_free(report *r)
{
    free(r->cell);
    free(r->row);
    r->row = NULL;
    r->n_rows = 0;
}
