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

/* Values of two rows over the seeds that both finished: x (n), y (n), to be freed by freeing x. */
typedef struct pairs {
    double *x, *y;
    int n;
} pairs;

/* Both are in order of seed. */
static pairs pairs_of(const report_row *a, const report_row *b, int metric)
{
    double *x = error_must(malloc((size_t)(a->n_cells + 1) * 2 * sizeof *x));
    pairs s = {x, x + a->n_cells + 1, 0};
    for (int i = 0, k = 0; i < a->n_cells && k < b->n_cells;) {
        const int64_t mine = a->cell[i]->seed, other = b->cell[k]->seed;
        if (mine == other) {
            s.x[s.n] = value_of(a->cell[i], metric);
            s.y[s.n] = value_of(b->cell[k], metric);
            s.n += !isnan(s.x[s.n]) && !isnan(s.y[s.n]);
        }
        i += mine <= other;
        k += other <= mine;
    }
    return s;
}

stats_pair report_compare(const report_row *a, const report_row *b, int metric)
{
    const pairs s = pairs_of(a, b, metric);
    const stats_pair pair = stats_paired(s.x, s.y, s.n, REPORT_LEVEL);
    free(s.x);
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

static bool meets_bound(const result_cell *c, int metric)
{
    const double bound = c->ok && c->bound ? c->bound[metric].value : NAN;
    return fabs(c->value[metric] - bound) <= REPORT_MET * fabs(bound);
}

/* Whether any agent meets its bound from the seed. */
static bool is_met(const report *r, int64_t seed)
{
    for (int i = 0; i < r->n_rows; i++)
        for (int k = 0; k < r->row[i].n_cells; k++) {
            const result_cell *c = r->row[i].cell[k];
            if (c->seed == seed && c->ok && meets_bound(c, r->metric))
                return true;
        }
    return false;
}

bool report_is_optimum(const report *r)
{
    int n = 0;
    for (int i = 0; i < r->n_rows; i++)
        for (int k = 0; k < r->row[i].n_cells; k++) {
            const result_cell *c = r->row[i].cell[k];
            if (!c->ok || !c->bound || isnan(c->bound[r->metric].value))
                continue;
            n++;
            if (!is_met(r, c->seed))
                return false;
        }
    return n > 0;
}

static void measure_time(report_row *row)
{
    int n = 0, n_runs = 0;
    row->p50_s = row->p99_s = row->run_s = 0;
    for (int i = 0; i < row->n_cells; i++) {
        const result_cell *c = row->cell[i];
        if (c->ok && c->decision.n > 0) {
            row->p50_s += c->decision.p50_s;
            row->p99_s += c->decision.p99_s;
            n++;
        }
        row->run_s += c->ok ? c->wall_s : 0;
        n_runs += c->ok;
    }
    row->run_s = n_runs > 0 ? row->run_s / n_runs : NAN;
    row->p50_s = n > 0 ? row->p50_s / n : NAN;
    row->p99_s = n > 0 ? row->p99_s / n : NAN;
}

static void summarise(report *r)
{
    for (int i = 0; i < r->n_rows; i++) {
        report_row *row = &r->row[i];
        row->mean = report_mean(row, r->metric);
        row->gap = report_gap(row, r->metric, &row->bound);
        measure_time(row);
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

/* Whether both have the same seeds and values: they did the same, as far as the metric tells. */
static bool is_same(const report_row *a, const report_row *b, int metric)
{
    bool same = a->n_cells == b->n_cells;
    for (int i = 0; same && i < a->n_cells; i++) {
        const double x = value_of(a->cell[i], metric), y = value_of(b->cell[i], metric);
        same = a->cell[i]->seed == b->cell[i]->seed && (x == y || (isnan(x) && isnan(y)));
    }
    return same;
}

/* For each row the first one that is the same, into first (n_rows). */
static void find_first(const report *r, int *first)
{
    for (int i = 0; i < r->n_rows; i++) {
        first[i] = 0;
        while (!is_same(&r->row[first[i]], &r->row[i], r->metric))
            first[i]++;
    }
}

static double p_of(const report_row *a, const report_row *b, int metric)
{
    const pairs s = pairs_of(a, b, metric);
    for (int j = 0; j < s.n; j++)
        s.x[j] -= s.y[j];
    const stats_mean diff = stats_of(s.x, s.n, REPORT_LEVEL);
    free(s.x);
    return stats_student_of(&diff).p;
}

/* That of a pair of which one row is as an earlier one, so that the pair has been told. */
static double p_told(const report *r, const int *first, int i, int k)
{
    const int a = first[i], b = first[k];
    if (i == k || r->n_seeds < 2)
        return NAN;
    return a == b ? 1 : r->p[a * r->n_rows + b];
}

/* The p of all pairs: a table is read as a whole, so its comparisons are corrected as one. Rows
 * that are the same ask the same questions, which count once. */
static void compare_all(report *r)
{
    const size_t n = (size_t)r->n_rows, n_most = n * (n - (n > 0)) / 2;
    r->p = error_must(malloc((n * n + 1) * sizeof *r->p));
    double *p = error_must(malloc((2 * n_most + 1) * sizeof *p)), *adjusted = p + n_most;
    int *first = error_must(malloc((n + 1) * sizeof *first));
    find_first(r, first);
    for (int i = 0; i < r->n_rows; i++)
        for (int k = 0; k < i; k++)
            if (first[i] == i && first[k] == k)
                p[r->n_pairs++] = p_of(&r->row[i], &r->row[k], r->metric);
    stats_holm(p, r->n_pairs, adjusted);
    for (int i = 0; i < r->n_rows; i++)
        for (int k = 0; k <= i; k++) {
            const bool is_new = i != k && first[i] == i && first[k] == k;
            const double value = is_new ? *adjusted++ : p_told(r, first, i, k);
            r->p[i * r->n_rows + k] = r->p[k * r->n_rows + i] = value;
        }
    free(first);
    free(p);
}

bool report_apart(const report *r, int a, int b)
{
    return r->p[a * r->n_rows + b] < REPORT_ALPHA;  // NAN is no evidence
}

/* The first row and those behind it that cannot be told from it; returns how many rows were ranked.
 * A row that can be told ends the group, so that ranks follow the means. After one run nothing can
 * be told at all, as notes say: then only rows that are the same are ties. */
static int rank_group(report *r, int first)
{
    int end = first + 1;
    while (end < r->n_rows && !r->row[end].n_failed &&
           (r->n_seeds > 1 ? !report_apart(r, first, end)
                           : is_same(&r->row[first], &r->row[end], r->metric)))
        end++;
    for (int i = first; i < end; i++) {
        r->row[i].rank = first + 1;
        r->row[i].tied = end - first > 1;
    }
    return end - first;
}

static void rank(report *r)
{
    for (int first = 0; first < r->n_rows;)
        first += rank_group(r, first);
}

bool report_leads(const report *r)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    bool leads = r->n_rows > 1 && !r->row[0].n_failed && rows[r->metric].better != 0;
    for (int i = 1; i < r->n_rows; i++)
        leads &= report_apart(r, 0, i);
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

/* What differs by rounding does not differ. */
static double slack_of(const pairs *s)
{
    double most = 0;
    for (int i = 0; i < s->n; i++)
        most = fmax(most, fmax(fabs(s->x[i]), fabs(s->y[i])));
    return 1e-12 * most;
}

static report_tests tests_of(const pairs *s, int better)
{
    report_tests t = {.gain = NAN, .p_wilcoxon = NAN, .d_z = NAN, .a12 = NAN, .visible = NAN};
    if (s->n < 1)
        return t;
    if (better) {
        const double above = stats_above(s->x, s->n, s->y, s->n);
        t.tally = stats_count(s->x, s->y, s->n, better, slack_of(s));
        t.a12 = better > 0 ? above : 1 - above;
    }
    t.d_z = stats_effect_of(s->x, s->n, s->y, s->n).d_z;
    if (s->n > 1)
        t.gain = stats_pairing_of(s->x, s->y, s->n).gain;
    for (int i = 0; i < s->n; i++)
        s->x[i] -= s->y[i];
    t.p_wilcoxon = stats_wilcoxon(s->x, s->n).p;
    return t;
}

static void compare_with_baseline(report *r)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    double effect = NAN;  // the same for rows of as many pairs, which are most
    for (int i = 0, n = -1; i < r->n_rows; i++) {
        report_row *row = &r->row[i];
        row->p_holm = NAN;
        row->tests = tests_of(&(pairs){0}, 0);
        if (r->baseline < 0 || i == r->baseline)
            continue;
        const pairs s = pairs_of(row, &r->row[r->baseline], r->metric);
        row->versus = stats_paired(s.x, s.y, s.n, REPORT_LEVEL);
        row->p_holm = r->p[i * r->n_rows + r->baseline];
        row->tests = tests_of(&s, rows[r->metric].better);
        effect = s.n == n ? effect : stats_visible_effect(s.n);
        row->tests.visible = effect * row->versus.diff.sd;
        n = s.n;
        free(s.x);
    }
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
    compare_all(&r);
    rank(&r);
    r.baseline = find(&r, baseline);
    compare_with_baseline(&r);
    if (filter && filter->remark)
        filter->remark(filter->data, r.scenario->hash, metric, r.remark, sizeof r.remark);
    return r;
}

void report_free(report *r)
{
    free(r->cell);
    free(r->row);
    free(r->p);
    r->p = NULL;
    r->row = NULL;
    r->n_rows = 0;
}
