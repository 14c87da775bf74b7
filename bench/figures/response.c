/* response.c - the distribution of response times: for each agent the share of finished tasks that
 * took longer than a time, over all seeds stored. */
#include "plot_kind.h"

#include "error.h"

#include <math.h>
#include <stdlib.h>

/* Most seeds that are pooled. */
#define SEEDS_MAX 10

typedef struct sample {
    double *s;
    size_t n, room;
} sample;

static bool take_tasks(const poise_env *e, sample *x)
{
    const poise_episode ep = poise_env_episode(e);
    const size_t more = (size_t)(ep.n_records - ep.totals.first_record);
    if (x->n + more > x->room || !x->s) {
        const size_t room = 2 * (x->n + more) + 1;
        double *s = realloc(x->s, room * sizeof *s);
        if (!s)
            return false;
        x->s = s;
        x->room = room;
    }
    for (int64_t i = ep.totals.first_record; i < ep.n_records; i++) {
        const poise_record *r = &ep.record[i];
        if (r->fate == POISE_FINISHED)
            x->s[x->n++] = (double)(r->finished_ns - r->arrived_ns) * 1e-9;
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Runs the agent's cells again (that of one seed, if one is given); how many, -1 on error. */
static int gather(plot_input *in, const report_row *row, sample *x, poise_error *err)
{
    int n = 0;
    for (int i = 0; i < row->n_cells && n < SEEDS_MAX; i++) {
        const result_cell *cell = row->cell[i];
        if (!cell->ok || (in->seed >= 0 && cell->seed != in->seed))
            continue;
        if (!plot_rerun(in, cell, NULL, err))
            return -1;
        if (!take_tasks(in->env, x)) {
            error_null(err, "out of memory for the response times");
            return -1;
        }
        n++;
    }
    if (x->n)
        qsort(x->s, x->n, sizeof *x->s, by_size);
    return n;
}

/* The tail of a sorted sample; steps too small to be seen are left out. */
static void write_tail(const sample *x, double per, string_buffer *table)
{
    double last = 2;
    for (size_t i = 0; i + 1 < x->n; i++) {
        const double share = (double)(x->n - i - 1) / (double)x->n;
        if (x->s[i] <= 0 || share > last * .985)
            continue;
        table_row(table, 2, (double[]){x->s[i] / per, share});
        last = share;
    }
}

static void write_axes(const sample *x, int n, plot_unit unit, figure *f)
{
    double low = INFINITY, high = 0, most = 1;
    for (int i = 0; i < n; i++) {
        if (x[i].n == 0)
            continue;
        low = fmin(low, x[i].s[x[i].n / 100]);
        high = fmax(high, x[i].s[x[i].n - 1]);
        most = fmax(most, (double)x[i].n);
    }
    figure_number(f, "x_low", fmax(low, high * 1e-6) / unit.per);
    figure_number(f, "x_high", high * 1.2 / unit.per);
    figure_number(f, "y_low", fmax(1 / most, 1e-5));
    plot_axis(f, "x_title", "response time", unit.unit);
}

static plot_outcome draw(plot_input *in, const plot_rows *rows, sample *x, figure *f,
                         poise_error *err)
{
    int n_seeds = 0;
    double typical = 0;
    for (int i = 0; i < rows->n; i++) {
        const int n = gather(in, rows->at[i], &x[i], err);
        if (n < 0)
            return PLOT_FAILED;
        n_seeds = n > n_seeds ? n : n_seeds;
        if (x[i].n)
            typical = fmax(typical, x[i].s[x[i].n / 10 * 9]);
    }
    if (typical <= 0) {
        error_null(err, "no finished tasks from such a seed");
        return PLOT_NO_DATA;
    }
    const plot_unit unit = plot_time_unit(typical);
    for (int i = 0; i < rows->n; i++)
        write_tail(&x[i], unit.per, figure_table(f, "tail", i + 1));
    write_axes(x, rows->n, unit, f);
    plot_name_rows(in, rows, f);
    plot_note(in, f, NULL, "finished tasks of %d %s", n_seeds, n_seeds == 1 ? "seed" : "seeds");
    return PLOT_READY;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    if (!plot_has_records(in, err))
        return PLOT_NO_DATA;
    const plot_rows rows = plot_choose(in, &in->report, true);
    sample x[PLOT_ROWS_MAX] = {0};
    const plot_outcome outcome = draw(in, &rows, x, f, err);
    for (int i = 0; i < rows.n; i++)
        free(x[i].s);
    return outcome;
}

const plot_kind plot_response = {
    .name = "response",
    .about = "distribution of response times: share of tasks that took longer",
    .fill = fill,
};
