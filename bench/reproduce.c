/* reproduce.c - runs what a file of published numbers asks for, and judges every row. */
#include "reproduce.h"

#include "error.h"
#include "named.h"
#include "plan_show.h"
#include "pool.h"
#include "stats.h"
#include "store_lock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Distances are decimal fractions, which doubles are not. */
#define ROUNDING 1e-9

const char *const reproduce_verdict_names[N_REPRODUCE_VERDICTS] = {"skipped", "holds", "misses",
                                                                   "explained", "failed"};

/* ---- which cells a row is about ----------------------------------------------------------- */

/* Whether the point is one of the row's: its scenario, with these settings. */
static bool is_meant(const reproduce_row *row, const experiment_point *p)
{
    if (row->scenario && strcmp(poise_scenario_name(p->scenario), row->scenario) != 0)
        return false;
    for (int i = 0; i < row->at.n; i++) {
        int k = 0;
        while (k < p->n_sets && strcmp(p->set[k], row->at.at[i]) != 0)
            k++;
        if (k == p->n_sets)
            return false;
    }
    return true;
}

/* The agent at a point that is called so: by its whole specification, else by its name. NULL if
 * there is none. */
static const char *agent_called(const experiment_point *p, const char *name)
{
    const char *spec = cli_agent(name);
    for (int k = 0; k < p->n_agents; k++)
        if (strcmp(p->agent[k].agent, spec) == 0)
            return p->agent[k].agent;
    for (int k = 0; k < p->n_agents; k++)
        if (named_so(p->agent[k].agent, spec))
            return p->agent[k].agent;
    return NULL;
}

/* The number of points that a row is about; the last of them. */
static int points_of(const reproduce_row *row, const experiment_file *x,
                     const experiment_point **last)
{
    int n = 0;
    for (int i = 0; i < x->ask.n_points; i++) {
        const experiment_point *p = &x->ask.point[i];
        if (!is_meant(row, p) || (row->agent && !agent_called(p, row->agent)))
            continue;
        n++;
        *last = p;
    }
    return n;
}

/* Whether every row is about something that the experiment does. */
static bool check_rows(reproduction *r, const experiment_file *x, poise_error *err)
{
    for (int i = 0; i < r->n_rows; i++) {
        const reproduce_row *row = &r->row[i];
        const experiment_point *last = NULL;
        const int n = points_of(row, x, &last);
        if (n == 0)
            yaml_wrong(&r->doc, row->mark, "scenario, at and agent, as the experiment has them",
                       "'%.60s' is about no run of the experiment", row->what);
        else if ((row->chain || row->jobs) && n > 1)
            yaml_wrong(&r->doc, row->mark, "at: {path: value}",
                       "'%.60s' is about %d scenarios, it can only be about one", row->what, n);
        else if (row->jobs && last->n_seeds > 1)
            yaml_wrong(&r->doc, row->mark, "seeds: 0", "a schedule is compared with one run");
    }
    return yaml_report(&r->doc, err);
}

/* ---- our numbers -------------------------------------------------------------------------- */

/* The cells that the store has, sorted by id. */
typedef struct cells {
    const result_cell **at;
    int n;
} cells;

static int by_id(const void *a, const void *b)
{
    const result_cell *const *x = a, *const *y = b;
    return memcmp((*x)->id.text, (*y)->id.text, sizeof(*x)->id.text);
}

static cells sort_cells(const results *all)
{
    cells c = {error_must(calloc((size_t)all->n_cells + 1, sizeof *c.at)), all->n_cells};
    for (int i = 0; i < c.n; i++)
        c.at[i] = &all->cell[i];
    qsort(c.at, (size_t)c.n, sizeof *c.at, by_id);
    return c;
}

static const result_cell *cell_of(const cells *c, store_id id)
{
    const result_cell key = {.id = id}, *sought = &key;
    const result_cell **found = bsearch(&sought, c->at, (size_t)c->n, sizeof *c->at, by_id);
    return found ? *found : NULL;
}

/* A mean over all cells; over seeds of one point it has an interval. */
static void average(reproduce_row *row, const experiment_file *x, const plan *p, const cells *c)
{
    const int metric = poise_metric_index(row->metric);
    double *value = error_must(calloc((size_t)plan_n_cells(p) + 1, sizeof *value));
    const experiment_point *last = NULL;
    int n = 0;
    for (int i = 1; i <= plan_n_cells(p); i++) {
        const plan_entry e = plan_cell_at(p, i);
        const experiment_point *point = &x->ask.point[e.point];
        const char *agent = is_meant(row, point) ? agent_called(point, row->agent) : NULL;
        if (!agent || !e.asked || strcmp(agent, e.agent) != 0)
            continue;
        const result_cell *cell = cell_of(c, e.id);
        if (!cell || !cell->ok)
            row->problem = cell ? arena_text(cli_memory(), cell->error) : "it has not been run";
        else if (!isnan(cell->value[metric]))
            value[n++] = row->times * cell->value[metric];
    }
    const stats_mean mean = stats_of(value, n, .95);
    row->ours = row->problem ? NAN : mean.mean;
    row->half = points_of(row, x, &last) == 1 ? mean.high - mean.mean : NAN;
    free(value);
    if (n == 0 && !row->problem)
        row->problem = "the metric is not defined in any run";
}

static void compute(reproduce_row *row, const experiment_file *x, const plan *p, const cells *c)
{
    const experiment_point *point = NULL;
    poise_error err = {0};
    points_of(row, x, &point);
    if (row->metric) {
        average(row, x, p, c);
        return;
    }
    row->ours = row->chain ? reproduce_solve(point->scenario, row->chain, &err)
                           : reproduce_count(point->scenario, agent_called(point, row->agent),
                                             point->seed[0], row->jobs, &err);
    if (isnan(row->ours))
        row->problem = arena_text(cli_memory(), err.text);
}

static void judge(reproduce_row *row)
{
    const double off = fabs(row->ours - row->value);
    const double within = row->within * (1 + ROUNDING) + ROUNDING * ROUNDING * fabs(row->value);
    if (row->problem)
        row->verdict = REPRODUCE_FAILED;
    else if (off <= within)
        row->verdict = REPRODUCE_HOLDS;
    else
        row->verdict = row->explained ? REPRODUCE_EXPLAINED : REPRODUCE_MISSES;
}

static int compute_all(reproduction *r, const experiment_file *x, const plan *p, store *s)
{
    poise_error err = {0};
    results *all = store_read(s, &err);
    if (!all)
        return cli_explain(STATUS_IO, &err);
    const cells c = sort_cells(all);
    int status = STATUS_OK;
    for (int i = 0; i < r->n_rows && !pool_signal(); i++) {
        compute(&r->row[i], x, p, &c);
        judge(&r->row[i]);
        const reproduce_verdict v = r->row[i].verdict;
        if (v == REPRODUCE_MISSES || v == REPRODUCE_FAILED)
            status = STATUS_TRIAL;
    }
    free(c.at);
    results_free(all);
    return pool_signal() ? cli_error(128 + pool_signal(), "interrupted") : status;
}

/* ---- the run ------------------------------------------------------------------------------ */

static int run_plan(reproduction *r, const experiment_file *x, const reproduce_wish *wish, store *s)
{
    poise_error err = {0};
    const plan_choice choice = {0};
    plan *p = plan_new(&x->ask, s, &choice, &err);
    if (!p)
        return cli_explain(STATUS_INPUT, &err);
    int status;
    plan_status came = PLAN_STORE_ERROR;
    if (plan_put_head(p, x->name, x->title, x->path, s, &err))
        came = plan_run_shown(p, wish->threads, store_path(s), wish->quiet, &err);
    if (came == PLAN_STORE_ERROR)
        status = cli_explain(STATUS_IO, &err);
    else if (came == PLAN_INTERRUPTED)
        status = plan_say_interrupted(p);
    else
        status = compute_all(r, x, p, s);
    plan_free(p);
    return status;
}

static int run_in_store(reproduction *r, const experiment_file *x, const reproduce_wish *wish)
{
    const char *path = arena_format(cli_memory(), "%s/%s.db", wish->folder, x->name);
    poise_error err = {0};
    store_lock *lock = store_lock_take(path, false, NULL, &err);
    if (!lock)
        return cli_explain(STATUS_IO, &err);
    store *s = store_open(path, true, &err);
    const int status = s ? run_plan(r, x, wish, s) : cli_explain(STATUS_IO, &err);
    store_close(s);
    store_lock_leave(lock);
    return status;
}

int reproduce_run(reproduction *r, const reproduce_wish *wish)
{
    experiment_file x = {0};
    poise_error err = {0};
    const double start_s = wall_now_s();
    if (!experiment_file_read(&x, r->path, NULL, 0, &err))
        return cli_explain(STATUS_INPUT, &err);
    const int status =
        check_rows(r, &x, &err) ? run_in_store(r, &x, wish) : cli_explain(STATUS_INPUT, &err);
    experiment_file_free(&x);
    r->elapsed_s = wall_now_s() - start_s;
    return status;
}
