/* export_npy.c - see export_npy.h. */
#include "export_npy.h"

#include "error.h"
#include "json_text.h"
#include "tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- scenarios ---------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The seeds of all rows, each once. */
static void find_seeds(export_task *t)
{
    size_t n = 0;
    for (int i = 0; i < t->report.n_rows; i++)
        n += (size_t)t->report.row[i].n_cells;
    int64_t *seed = error_must(malloc((n + 1) * sizeof *seed));
    n = 0;
    for (int i = 0; i < t->report.n_rows; i++)
        for (int k = 0; k < t->report.row[i].n_cells; k++)
            seed[n++] = t->report.row[i].cell[k]->seed;
    qsort(seed, n, sizeof *seed, ascending);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || seed[i] != seed[i - 1])
            seed[t->n_seeds++] = seed[i];
    t->seed = seed;
}

static void name_task(export_task *t, const result_scenario *r)
{
    size_t at = (size_t)snprintf(t->name, sizeof t->name, "%s", r->name);
    for (int i = 0; i < r->n_sweeps && at < sizeof t->name; i++)
        at += (size_t)snprintf(t->name + at, sizeof t->name - at, " %s=%s", r->sweep[i].path,
                               r->sweep[i].value);
}

static void add_tasks(export_arrays *a, const results *r, int metric, const report_filter *filter)
{
    a->task = error_must(calloc((size_t)r->n_scenarios + 1, sizeof *a->task));
    for (int i = 0; i < r->n_scenarios; i++) {
        export_task *t = &a->task[a->n_tasks];
        *t = (export_task){.metric = metric >= 0 ? metric : tables_metric(r, i, TABLES_MEASURE)};
        t->report = report_make(r, i, t->metric, NULL, filter);
        if (t->report.n_rows == 0) {
            report_free(&t->report);
            continue;
        }
        name_task(t, &r->scenario[i]);
        find_seeds(t);
        a->n_runs = t->n_seeds > a->n_runs ? t->n_seeds : a->n_runs;
        a->n_tasks++;
    }
}

/* ---- agents ------------------------------------------------------------------------------- */

static const report_row *row_called(const export_task *t, const char *label)
{
    for (int i = 0; i < t->report.n_rows; i++)
        if (strcmp(t->report.row[i].label, label) == 0)
            return &t->report.row[i];
    return NULL;
}

static bool is_listed(const export_arrays *a, const char *label)
{
    for (int i = 0; i < a->n_agents; i++)
        if (strcmp(a->agent[i], label) == 0)
            return true;
    return false;
}

/* Those that have runs in so many scenarios, in the order in which they are ranked there. */
static void add_agents(export_arrays *a, int n_tasks)
{
    for (int m = 0; m < a->n_tasks; m++)
        for (int i = 0; i < a->task[m].report.n_rows; i++) {
            const char *label = a->task[m].report.row[i].label;
            int n = 0;
            for (int k = 0; k < a->n_tasks; k++)
                n += row_called(&a->task[k], label) != NULL;
            if (n == n_tasks && !is_listed(a, label))
                a->agent[a->n_agents++] = label;
        }
}

/* In the order of the suite; without one, who takes part everywhere stands first. */
static void list_agents(export_arrays *a)
{
    size_t n = 1;
    for (int m = 0; m < a->n_tasks; m++)
        n += (size_t)a->task[m].report.n_rows;
    a->agent = error_must(calloc(n, sizeof *a->agent));
    for (int i = 0; i < a->suite.n_agents; i++)
        a->agent[a->n_agents++] = a->suite.agent[i].label;
    for (int n_tasks = a->n_tasks; n_tasks > 0; n_tasks--)
        add_agents(a, n_tasks);
}

/* ---- values ------------------------------------------------------------------------------- */

static double *at(const export_arrays *a, double *x, int agent, int run, int task)
{
    return &x[((size_t)agent * (size_t)a->n_runs + (size_t)run) * (size_t)a->n_tasks +
              (size_t)task];
}

static double *new_array(const export_arrays *a)
{
    const size_t n = (size_t)a->n_agents * (size_t)a->n_runs * (size_t)a->n_tasks;
    double *x = error_must(malloc((n + 1) * sizeof *x));
    for (size_t i = 0; i < n; i++)
        x[i] = NAN;
    return x;
}

static void fill_raw(export_arrays *a, int agent, int task)
{
    const export_task *t = &a->task[task];
    const report_row *row = row_called(t, a->agent[agent]);
    for (int i = 0, k = 0; row && i < t->n_seeds && k < row->n_cells; i++) {
        if (row->cell[k]->seed != t->seed[i])
            continue;
        const result_cell *c = row->cell[k++];
        *at(a, a->raw, agent, i, task) = c->ok ? c->value[t->metric] : NAN;
    }
}

/* Agents that have all runs of the first scenario to the last, up to the first that has not. */
static void count_complete(export_arrays *a)
{
    const double *x = a->score ? a->score : a->raw;
    const size_t each = (size_t)a->n_runs * (size_t)a->n_tasks;
    bool complete = true;
    for (int i = 0; i < a->n_agents && complete; i++) {
        for (size_t k = 0; k < each; k++)
            complete &= !isnan(x[(size_t)i * each + k]);
        a->n_complete += complete;
    }
}

static void fill_score(export_arrays *a)
{
    const size_t each = (size_t)a->n_runs * (size_t)a->n_tasks;
    a->score = new_array(a);
    for (int i = 0; i < a->suite.n_agents; i++)
        memcpy(a->score + (size_t)i * each, a->suite.agent[i].score, each * sizeof *a->score);
}

export_arrays *export_arrays_new(const results *r, int metric, const report_filter *filter,
                                 poise_error *why)
{
    export_arrays *a = error_must(calloc(1, sizeof *a));
    error_clear(why);
    add_tasks(a, r, metric, filter);
    if (a->n_tasks == 0) {
        export_arrays_free(a);
        return error_null(why, "there are no cells to export");
    }
    const bool has_scores = suite_make(&a->suite, r, "random", NULL, filter, why);
    list_agents(a);
    a->raw = new_array(a);
    for (int i = 0; i < a->n_agents; i++)
        for (int m = 0; m < a->n_tasks; m++)
            fill_raw(a, i, m);
    if (has_scores)
        fill_score(a);
    count_complete(a);
    return a;
}

void export_arrays_free(export_arrays *a)
{
    if (!a)
        return;
    for (int m = 0; m < a->n_tasks; m++) {
        report_free(&a->task[m].report);
        free((void *)a->task[m].seed);
    }
    suite_free(&a->suite);
    free(a->task);
    free(a->agent);
    free(a->raw);
    free(a->score);
    free(a);
}

/* ---- files -------------------------------------------------------------------------------- */

/* The head is padded so that numbers begin at a multiple of 64 bytes. */
void *export_npy(const export_arrays *a, const double *x, size_t *n_bytes)
{
    const size_t n = (size_t)a->n_agents * (size_t)a->n_runs * (size_t)a->n_tasks;
    char head[192];
    const int said = snprintf(head, sizeof head,
                              "{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d, %d), }",
                              a->n_agents, a->n_runs, a->n_tasks);
    const size_t padded = (10 + (size_t)said + 1 + 63) / 64 * 64;
    unsigned char *bytes = error_must(malloc(padded + n * 8));
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = (unsigned char)(padded - 10);
    bytes[9] = 0;
    memset(bytes + 10, ' ', padded - 10);
    memcpy(bytes + 10, head, (size_t)said);
    bytes[padded - 1] = '\n';
    for (size_t i = 0; i < n; i++) {
        uint64_t word;
        memcpy(&word, &x[i], sizeof word);
        for (size_t k = 0; k < 8; k++)
            bytes[padded + i * 8 + k] = (unsigned char)(word >> 8 * k);
    }
    *n_bytes = padded + n * 8;
    return bytes;
}

static json_t *task_of(const export_arrays *a, int task)
{
    static const char *const ones[] = {
        [SUITE_SOLVED] = "the optimal policy",
        [SUITE_OPTIMUM] = "the optimum",
        [SUITE_BOUND] = "a bound",
        [SUITE_BEST] = "the best of these agents",
    };
    const export_task *t = &a->task[task];
    const poise_metric *rows;
    poise_metrics(&rows);
    json_t *o = json_object(), *seeds = json_array();
    for (int i = 0; i < t->n_seeds; i++)
        json_array_append_new(seeds, json_integer(t->seed[i]));
    json_object_set_new(o, "name", json_text(t->name));
    json_object_set_new(o, "metric", json_string(rows[t->metric].name));
    json_object_set_new(o, "unit", json_string(rows[t->metric].unit));
    json_object_set_new(o, "better", json_integer(rows[t->metric].better));
    json_object_set_new(o, "seeds", seeds);
    if (a->score) {
        const suite_task *s = &a->suite.task[task];
        json_object_set_new(o, "score_metric", json_string(rows[s->metric].name));
        json_object_set_new(o, "zero", json_real(s->zero));
        json_object_set_new(o, "one", json_real(s->one));
        json_object_set_new(o, "one_is", json_string(ones[s->from]));
    }
    return o;
}

void export_npy_names(const export_arrays *a, string_buffer *out)
{
    json_t *o = json_object(), *agents = json_array(), *tasks = json_array();
    for (int i = 0; i < a->n_agents; i++)
        json_array_append_new(agents, json_text(a->agent[i]));
    for (int m = 0; m < a->n_tasks; m++)
        json_array_append_new(tasks, task_of(a, m));
    json_object_set_new(o, "axes", json_pack("[sss]", "agent", "run", "task"));
    json_object_set_new(o, "agents", agents);
    json_object_set_new(o, "n_complete", json_integer(a->n_complete));
    json_object_set_new(o, "tasks", tasks);
    char *text = error_must(json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER));
    string_add(out, "%s\n", text);
    free(text);
    json_decref(o);
}
