/* suite.c - see suite.h. */
#include "suite.h"

#include "error.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Resamples are drawn from this seed. */
enum { BOOTSTRAP_SEED = 1 };

static const poise_metric *metric_of(const suite_task *t)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    return &rows[t->metric];
}

/* ---- tasks -------------------------------------------------------------------------------- */

int suite_metric(const result_scenario *r, char *family, size_t size, poise_error *err)
{
    poise_error ignored = {0};
    poise_scenario *s =
        poise_scenario_load(r->path, (const char *const *)r->set, r->n_sets, &ignored);
    const bool same = s && poise_scenario_hash(s) == r->hash;
    const int metric = same ? poise_metric_index(poise_scenario_measure(s)) : -1;
    if (same && family)
        snprintf(family, size, "%s", poise_scenario_family(s));
    poise_scenario_free(s);
    if (!same)
        error_add(err, "%s: its file %s is gone or has changed, so which metric matters is unknown",
                  r->name, r->path);
    return metric;
}

static bool find_metric(suite_task *t, const results *all, poise_error *err)
{
    t->metric = suite_metric(&all->scenario[t->scenario], t->family, sizeof t->family, err);
    if (t->metric < 0)
        return false;
    if (metric_of(t)->better == 0)
        error_add(err, "%s: of %s neither more nor less is better, so there are no scores", t->name,
                  metric_of(t)->name);
    return metric_of(t)->better != 0;
}

static void name_task(suite_task *t, const result_scenario *r)
{
    size_t at = (size_t)snprintf(t->name, sizeof t->name, "%s", r->name);
    for (int i = 0; i < r->n_sweeps && at < sizeof t->name; i++)
        at += (size_t)snprintf(t->name + at, sizeof t->name - at, " %s=%s", r->sweep[i].path,
                               r->sweep[i].value);
}

static bool has_cells(const results *all, int scenario, const report_filter *filter)
{
    bool has = false;
    for (int i = 0; i < all->n_cells && !has; i++)
        has = all->cell[i].scenario == scenario &&
              (!filter || filter->wants(filter->data, all->cell[i].id));
    return has;
}

/* The cell of a row with a seed; NULL if it has none. Cells are in order of seed. */
static const result_cell *cell_of(const report_row *row, int64_t seed)
{
    for (int i = 0; i < row->n_cells; i++)
        if (row->cell[i]->seed == seed)
            return row->cell[i];
    return NULL;
}

static double value_of(const suite_task *t, const result_cell *c)
{
    return c && c->ok ? c->value[t->metric] : NAN;
}

/* The seeds of a task in order, those of any agent: *n. To be freed. */
static int64_t *seeds_of(const suite_task *t, int *n)
{
    size_t most = 1;
    for (int i = 0; i < t->report.n_rows; i++)
        most += (size_t)t->report.row[i].n_cells;
    int64_t *seed = error_must(malloc(most * sizeof *seed));
    *n = 0;
    for (int i = 0; i < t->report.n_rows; i++)
        for (int k = 0; k < t->report.row[i].n_cells; k++) {
            const int64_t now = t->report.row[i].cell[k]->seed;
            int at = *n;
            while (at > 0 && seed[at - 1] >= now)
                at--;
            if (at < *n && seed[at] == now)
                continue;
            memmove(seed + at + 1, seed + at, (size_t)(*n - at) * sizeof *seed);
            seed[at] = now;
            (*n)++;
        }
    return seed;
}

/* ---- what 0 and 1 are --------------------------------------------------------------------- */

/* The best bound of the runs of a seed, NAN if none has one, and whether one of them is at it.
 * Runs that finished other tasks have other bounds: none of them is beyond the best. */
static double bound_of_seed(const suite_task *t, int64_t seed, bool *is_met)
{
    const int better = metric_of(t)->better;
    double best = NAN, nearest = NAN;
    for (int i = 0; i < t->report.n_rows; i++) {
        const result_cell *c = cell_of(&t->report.row[i], seed);
        const double value = value_of(t, c);
        if (isnan(value) || !c->bound || isnan(c->bound[t->metric].value))
            continue;
        const double bound = c->bound[t->metric].value;
        best = isnan(best) || better * (bound - best) > 0 ? bound : best;
        nearest = isnan(nearest) || better * (value - nearest) > 0 ? value : nearest;
    }
    *is_met = fabs(nearest - best) <= REPORT_MET * fabs(best);
    return best;
}

static void one_by_bounds(suite_task *t, const int64_t *seed, int n_seeds)
{
    double sum = 0;
    bool all_met = true, is_met;
    for (int i = 0; i < n_seeds; i++) {
        sum += bound_of_seed(t, seed[i], &is_met);
        all_met &= is_met;
    }
    t->one = sum / n_seeds;  // NAN where a seed has none
    t->from = all_met ? SUITE_OPTIMUM : SUITE_BOUND;
}

/* Whether the row is the solution by the metric: of `optimal`, with any options, complete, and not
 * beaten. Rows of agents that failed stand last, and nobody is above the first one's mean. */
static bool is_solution(const suite_task *t, const report_row *row, int n_seeds)
{
    static const char name[] = "optimal";
    const size_t n = strlen(name);
    const double lead = fabs(t->report.row[0].mean.mean - row->mean.mean);
    return strncmp(row->agent, name, n) == 0 && (!row->agent[n] || row->agent[n] == ':') &&
           row->rank == 1 && !row->n_failed && row->n_cells == n_seeds &&
           lead <= SUITE_LUCK * fabs(row->mean.mean - t->zero);
}

static void find_one(suite_task *t, const int64_t *seed, int n_seeds)
{
    const report *r = &t->report;
    for (int i = 0; i < r->n_rows; i++)
        if (is_solution(t, &r->row[i], n_seeds)) {
            t->one = r->row[i].mean.mean;
            t->from = SUITE_SOLVED;
            return;
        }
    one_by_bounds(t, seed, n_seeds);
    if (isnan(t->one)) {
        t->one = r->row[0].mean.mean;
        t->from = SUITE_BEST;
    }
}

static bool find_scale(suite_task *t, const char *zero, const int64_t *seed, int n_seeds,
                       poise_error *err)
{
    const report_row *row = t->report.baseline < 0 ? NULL : &t->report.row[t->report.baseline];
    if (!row || row->mean.n < n_seeds) {
        error_add(err, "%s: scores need the runs of %s, which %s", t->name, zero,
                  !row              ? "has none"
                  : row->n_failed   ? "failed in some"
                  : row->mean.n > 0 ? "lacks some"
                                    : "has none in which the metric is known");
        return false;
    }
    t->zero = row->mean.mean;
    find_one(t, seed, n_seeds);
    if (metric_of(t)->better * (t->one - t->zero) > 1e-12 * fabs(t->zero))
        return true;
    error_add(err, "%s: by %s %s is as good as the best that is known, so there are no scores",
              t->name, metric_of(t)->name, zero);
    return false;
}

/* ---- agents ------------------------------------------------------------------------------- */

static suite_agent *agent_called(suite *s, const char *label)
{
    for (int i = 0; i < s->n_agents; i++)
        if (strcmp(s->agent[i].label, label) == 0)
            return &s->agent[i];
    suite_agent *a = &s->agent[s->n_agents++];
    *a = (suite_agent){.best = NAN, .worst = NAN};
    snprintf(a->label, sizeof a->label, "%s", label);
    a->row = error_must(malloc((size_t)s->n_tasks * sizeof *a->row));
    const size_t n_scores = (size_t)s->n_tasks * (size_t)s->n_runs;
    a->score = error_must(malloc((n_scores + 1) * sizeof *a->score));
    for (int m = 0; m < s->n_tasks; m++)
        a->row[m] = -1;
    for (size_t i = 0; i < n_scores; i++)
        a->score[i] = NAN;
    return a;
}

static double score_of(const suite_task *t, double value)
{
    const double score = (value - t->zero) / (t->one - t->zero);
    return score > SUITE_FLOOR ? score : SUITE_FLOOR;  // also where the value is NAN
}

static void add_row(suite *s, int task, int row, const int64_t *seed)
{
    const suite_task *t = &s->task[task];
    suite_agent *a = agent_called(s, t->report.row[row].label);
    if (a->row[task] >= 0)
        return;  // the better one of two that are called the same
    a->row[task] = row;
    a->n_tasks++;
    for (int i = 0; i < s->n_runs; i++) {
        const double value = value_of(t, cell_of(&t->report.row[row], seed[i]));
        a->n_failed += isnan(value);
        a->score[i * s->n_tasks + task] = score_of(t, value);
    }
}

int suite_common(const suite *s, int a, int b, int *which)
{
    int n = 0;
    for (int m = 0; m < s->n_tasks; m++)
        if (s->agent[a].row[m] >= 0 && s->agent[b].row[m] >= 0)
            which[n++] = m;
    return n;
}

stats_scores suite_scores(const suite *s, int agent, const int *which, int n)
{
    double *x = error_must(malloc((size_t)s->n_runs * (size_t)n * sizeof *x + 1));
    for (int i = 0; i < s->n_runs; i++)
        for (int k = 0; k < n; k++)
            x[i * n + k] = s->agent[agent].score[i * s->n_tasks + which[k]];
    return (stats_scores){x, s->n_runs, n};
}

double suite_mean(const suite *s, int agent, int task)
{
    double sum = 0;
    for (int i = 0; i < s->n_runs; i++)
        sum += s->agent[agent].score[i * s->n_tasks + task];
    return sum / s->n_runs;
}

/* ---- aggregates --------------------------------------------------------------------------- */

static stats_estimate estimate(const stats_scores *set, int n_sets, stats_aggregate *aggregate,
                               double at)
{
    const stats_bootstrap b = {.set = set,
                               .n_sets = n_sets,
                               .aggregate = aggregate,
                               .at = at,
                               .seed = BOOTSTRAP_SEED,
                               .paired = true};
    return stats_bootstrap_of(&b, SUITE_RESAMPLES, REPORT_LEVEL);
}

static void aggregate(suite *s, int agent, int *which)
{
    suite_agent *a = &s->agent[agent];
    const stats_scores own = suite_scores(s, agent, which, suite_common(s, agent, agent, which));
    a->mean = estimate(&own, 1, stats_suite_mean, 0);
    a->median = estimate(&own, 1, stats_suite_median, 0);
    a->iqm = estimate(&own, 1, stats_suite_iqm, 0);
    a->gap = estimate(&own, 1, stats_suite_gap, 1);
    free(own.x);
}

static void compare(suite *s, int agent, int *which)
{
    suite_agent *a = &s->agent[agent];
    a->above = (stats_estimate){NAN, NAN, NAN, NAN, STATS_REFUSED};
    const int n = s->baseline < 0 ? 0 : suite_common(s, agent, s->baseline, which);
    if (n == 0 || agent == s->baseline)
        return;
    const stats_scores both[] = {suite_scores(s, agent, which, n),
                                 suite_scores(s, s->baseline, which, n)};
    a->above = estimate(both, 2, stats_suite_improvement, 0);
    free(both[0].x);
    free(both[1].x);
}

/* Total: labels differ. */
static int by_score(const void *left, const void *right)
{
    const suite_agent *a = left, *b = right;
    if (a->n_tasks != b->n_tasks)
        return b->n_tasks - a->n_tasks;
    if (a->iqm.value != b->iqm.value)
        return a->iqm.value < b->iqm.value ? 1 : -1;
    return strcmp(a->label, b->label);
}

static int find(const suite *s, const char *name)
{
    for (int i = 0; name && i < s->n_agents; i++)
        if (strcmp(s->agent[i].label, name) == 0)
            return i;
    for (int i = 0; name && i < s->n_agents; i++) {
        const char *label = s->agent[i].label;
        if (strlen(name) == strcspn(label, ":") && strncmp(label, name, strlen(name)) == 0)
            return i;
    }
    return -1;
}

/* ---- ranks -------------------------------------------------------------------------------- */

/* IQMs of the same resamples of all that take part everywhere (n_complete, SUITE_RESAMPLES): run i
 * of a task is drawn for all or for none. To be freed. */
static double *resample(const suite *s, int *which)
{
    double *value = error_must(malloc((size_t)s->n_complete * SUITE_RESAMPLES * sizeof *value + 1));
    for (int i = 0; i < s->n_complete; i++) {
        const stats_scores own = suite_scores(s, i, which, suite_common(s, i, i, which));
        const stats_bootstrap b = {
            .set = &own, .n_sets = 1, .aggregate = stats_suite_iqm, .seed = BOOTSTRAP_SEED};
        stats_resample(&b, 0, SUITE_RESAMPLES, value + (size_t)i * SUITE_RESAMPLES);
        free(own.x);
    }
    return value;
}

/* Two-sided p of the difference of two IQMs. Where it does not vary p is 0, or 1 if there is none.
 * Resamples of n runs vary less than samples do, by (n - 1) / n. */
static double p_of(const suite *s, int a, int b, const double *value)
{
    const double *x = value + (size_t)a * SUITE_RESAMPLES, *y = value + (size_t)b * SUITE_RESAMPLES;
    double *diff = error_must(malloc(SUITE_RESAMPLES * sizeof *diff));
    for (int i = 0; i < SUITE_RESAMPLES; i++)
        diff[i] = x[i] - y[i];
    const stats_mean d = stats_of(diff, SUITE_RESAMPLES, REPORT_LEVEL);
    free(diff);
    const double is = fabs(s->agent[a].iqm.value - s->agent[b].iqm.value);
    const double sd = d.sd * sqrt(s->n_runs / (s->n_runs - 1.));
    return is <= 1e-12 ? 1 : erfc(is / sd / sqrt(2));
}

/* The first agent and those behind it that cannot be told from it, by p of all pairs (n_complete
 * squared); how many were ranked. */
static int rank_group(suite *s, int first, const double *p)
{
    const double *of_first = p + (size_t)first * (size_t)s->n_complete;
    int size = 1;
    while (first + size < s->n_complete && !(of_first[first + size] < REPORT_ALPHA))
        size++;
    for (int i = 0; i < size; i++) {
        s->agent[first + i].rank = first + 1;
        s->agent[first + i].tied = size > 1;
    }
    return size;
}

/* p of all pairs (n_complete squared), corrected as one table is; below the diagonal and on it
 * NAN. To be freed. */
static double *compare_all(const suite *s, const double *value)
{
    const int n = s->n_complete, n_pairs = n * n;
    double *p = error_must(malloc(2 * (size_t)n_pairs * sizeof *p + 1));
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            p[n_pairs + i * n + k] = k > i ? p_of(s, i, k, value) : NAN;
    stats_holm(p + n_pairs, n_pairs, p);
    return p;
}

/* The middle 95% of an agent's ranks over the resamples. Ties have the mean of their places. */
static void rank_interval(suite *s, int agent, const double *value)
{
    double *rank = error_must(malloc(SUITE_RESAMPLES * sizeof *rank));
    for (int i = 0; i < SUITE_RESAMPLES; i++) {
        const double own = value[(size_t)agent * SUITE_RESAMPLES + (size_t)i];
        rank[i] = 1;
        for (int k = 0; k < s->n_complete; k++) {
            const double other = value[(size_t)k * SUITE_RESAMPLES + (size_t)i];
            rank[i] += k == agent ? 0 : other > own ? 1 : other == own ? .5 : 0;
        }
    }
    s->agent[agent].best = stats_quantile(rank, SUITE_RESAMPLES, .5 - REPORT_LEVEL / 2);
    s->agent[agent].worst = stats_quantile(rank, SUITE_RESAMPLES, .5 + REPORT_LEVEL / 2);
    free(rank);
}

static void rank(suite *s, int *which)
{
    if (s->n_runs < STATS_RUNS_REFUSED)
        return;
    double *value = resample(s, which);
    double *p = compare_all(s, value);
    for (int first = 0; first < s->n_complete;)
        first += rank_group(s, first, p);
    for (int i = 0; i < s->n_complete; i++)
        rank_interval(s, i, value);
    free(p);
    free(value);
}

/* ---- the suite ---------------------------------------------------------------------------- */

bool suite_tasks(suite *s, const results *all, const char *zero, const report_filter *filter,
                 poise_error *err)
{
    *s = (suite){.results = all, .baseline = -1};
    s->task = error_must(calloc((size_t)all->n_scenarios + 1, sizeof *s->task));
    for (int i = 0; i < all->n_scenarios; i++) {
        if (!has_cells(all, i, filter))
            continue;
        suite_task *t = &s->task[s->n_tasks];
        t->scenario = i;
        name_task(t, &all->scenario[i]);
        if (!find_metric(t, all, err)) {
            suite_free(s);
            return false;
        }
        t->report = report_make(all, i, t->metric, zero, filter);
        s->n_tasks++;
    }
    return true;
}

static bool are_several(const suite *s, poise_error *err)
{
    if (s->n_tasks < 2)
        error_add(err, "a score over scenarios needs two of them or more, there %s",
                  s->n_tasks ? "is 1" : "are none");
    return s->n_tasks >= 2;
}

/* Scores of all rows, task by task; the first task says how many seeds each has. */
static bool add_scores(suite *s, const char *zero, poise_error *err)
{
    size_t n_rows = 1;
    for (int m = 0; m < s->n_tasks; m++)
        n_rows += (size_t)s->task[m].report.n_rows;
    s->agent = error_must(calloc(n_rows, sizeof *s->agent));
    bool good = true;
    for (int m = 0; m < s->n_tasks && good; m++) {
        suite_task *t = &s->task[m];
        int n_seeds;
        int64_t *seed = seeds_of(t, &n_seeds);
        s->n_runs = m ? s->n_runs : n_seeds;
        if (n_seeds != s->n_runs)
            error_add(err, "%s has %d seeds and %s %d: scores need as many everywhere", t->name,
                      n_seeds, s->task[0].name, s->n_runs);
        good = n_seeds == s->n_runs && find_scale(t, zero, seed, n_seeds, err);
        for (int i = 0; i < t->report.n_rows && good; i++)
            add_row(s, m, i, seed);
        free(seed);
    }
    return good;
}

bool suite_make(suite *s, const results *all, const char *zero, const char *baseline,
                const report_filter *filter, poise_error *err)
{
    if (!suite_tasks(s, all, zero, filter, err))
        return false;
    if (!are_several(s, err) || !add_scores(s, zero, err)) {
        suite_free(s);
        return false;
    }
    int *which = error_must(malloc((size_t)s->n_tasks * sizeof *which));
    for (int i = 0; i < s->n_agents; i++)
        aggregate(s, i, which);
    qsort(s->agent, (size_t)s->n_agents, sizeof *s->agent, by_score);
    while (s->n_complete < s->n_agents && s->agent[s->n_complete].n_tasks == s->n_tasks)
        s->n_complete++;
    s->baseline = find(s, baseline);
    for (int i = 0; i < s->n_agents; i++)
        compare(s, i, which);
    rank(s, which);
    free(which);
    return true;
}

void suite_free(suite *s)
{
    for (int i = 0; i < s->n_agents; i++) {
        free(s->agent[i].row);
        free(s->agent[i].score);
    }
    for (int m = 0; m < s->n_tasks; m++)
        report_free(&s->task[m].report);
    free(s->agent);
    free(s->task);
    *s = (suite){0};
}
