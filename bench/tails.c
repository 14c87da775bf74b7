/* tails.c - see tails.h. */
#include "tails.h"

#include "error.h"
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

/* Most seeds that are repeated for each agent, and agents where -a names none. */
#define SEEDS_MAX 20
#define AGENTS_USUAL 6
/* Values of x, in equal steps of their logarithm. */
#define POINTS 160

/* One seed: values in ascending order, each standing for all tasks up to it. */
typedef struct sample {
    double *x;
    int64_t *up_to;  // (n) tasks with at most x
    size_t n;
} sample;

typedef struct samples {
    sample of[SEEDS_MAX];
    int n;
} samples;

/* ---- runs --------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool take_records(const tail_quantity *q, const poise_episode *ep, const poise_space *space,
                         sample *to)
{
    const size_t most = (size_t)(ep->n_records - ep->totals.first_record) + 1;
    to->x = malloc(most * sizeof *to->x);
    to->up_to = malloc(most * sizeof *to->up_to);
    if (!to->x || !to->up_to)
        return false;
    for (int64_t i = ep->totals.first_record; i < ep->n_records; i++)
        if (ep->record[i].fate == POISE_FINISHED)
            to->x[to->n++] = q->of(space, &ep->record[i]);
    qsort(to->x, to->n, sizeof *to->x, by_size);
    for (size_t i = 0; i < to->n; i++)
        to->up_to[i] = (int64_t)i + 1;
    return true;
}

static bool take_histogram(const histogram *h, sample *to)
{
    to->x = malloc(HISTOGRAM_BUCKETS * sizeof *to->x);
    to->up_to = malloc(HISTOGRAM_BUCKETS * sizeof *to->up_to);
    if (!to->x || !to->up_to)
        return false;
    int64_t n = 0;
    for (int b = 0; b < HISTOGRAM_BUCKETS; b++) {
        if (h->count[b] == 0)
            continue;
        to->x[to->n] = ((double)histogram_low(b) + (double)(histogram_width(b) - 1) / 2) * 1e-9;
        to->up_to[to->n++] = n += h->count[b];
    }
    return true;
}

static bool take(const tail_quantity *q, const poise_env *e, sample *to)
{
    const poise_episode ep = poise_env_episode(e);
    if (ep.statistics && q->histogram)
        return take_histogram(q->histogram(ep.statistics), to);
    return take_records(q, &ep, poise_env_view(e)->space, to);
}

/* Runs the agent's cells again (that of one seed, if one is given). */
static bool gather(plot_input *in, const report_row *row, const tail_quantity *q, samples *s,
                   poise_error *err)
{
    for (int i = 0; i < row->n_cells && s->n < SEEDS_MAX; i++) {
        const result_cell *cell = row->cell[i];
        if (!cell->ok || (in->seed >= 0 && cell->seed != in->seed))
            continue;
        if (!plot_rerun(in, cell, NULL, err))
            return false;
        if (!take(q, in->env, &s->of[s->n++]))
            return error_null(err, "out of memory for the tasks of a run");
    }
    return true;
}

/* ---- shares ------------------------------------------------------------------------------- */

static int64_t count_of(const sample *s)
{
    return s->n ? s->up_to[s->n - 1] : 0;
}

/* The smallest value with at least a part of the tasks up to it. */
static double quantile(const sample *s, double part)
{
    const double rank = part * (double)count_of(s);
    size_t low = 0, high = s->n - 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((double)s->up_to[middle] >= rank)
            high = middle;
        else
            low = middle + 1;
    }
    return s->x[low];
}

/* The part of the tasks with more than x. */
static double above(const sample *s, double x)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->x[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    const int64_t below = low ? s->up_to[low - 1] : 0;
    return (double)(count_of(s) - below) / (double)count_of(s);
}

/* ---- the figure --------------------------------------------------------------------------- */

typedef struct frame {
    double low, high, least, typical;  // x; least share that can be seen
    int n_seeds;
} frame;

/* What all agents need; typical is 0 if no task finished. */
static frame frame_of(const samples *s, int n)
{
    frame a = {.low = INFINITY, .least = 1};
    for (int i = 0; i < n; i++) {
        int64_t tasks = 0;
        for (int k = 0; k < s[i].n; k++) {
            const sample *of = &s[i].of[k];
            if (of->n == 0)
                continue;
            a.low = fmin(a.low, quantile(of, .01));
            a.high = fmax(a.high, of->x[of->n - 1]);
            a.typical = fmax(a.typical, quantile(of, .9));
            tasks += count_of(of);
        }
        a.least = tasks ? fmin(a.least, 1 / (double)tasks) : a.least;
        a.n_seeds = s[i].n > a.n_seeds ? s[i].n : a.n_seeds;
    }
    a.low = fmax(a.low, a.high * 1e-6);
    a.least = fmax(a.least, 1e-5);
    return a;
}

static void write_tail(const samples *s, const frame *a, double per, string_buffer *table)
{
    for (int p = 0; p <= POINTS; p++) {
        const double x = a->low * pow(a->high / a->low, (double)p / POINTS);
        double share[SEEDS_MAX];
        int n = 0;
        for (int k = 0; k < s->n; k++)
            if (s->of[k].n > 0)
                share[n++] = above(&s->of[k], x);
        const stats_mean m = stats_of(share, n, REPORT_LEVEL);
        if (!(m.mean > 0))
            break;
        const bool known = !isnan(m.low);
        table_row(table, 4,
                  (double[]){x / per, m.mean, known ? fmax(m.low, a->least / 10) : m.mean,
                             known ? fmin(m.high, 1) : m.mean});
    }
}

static void write_axes(const tail_quantity *q, const frame *a, plot_unit unit, figure *f)
{
    figure_number(f, "x_low", a->low / unit.per);
    figure_number(f, "x_high", a->high * 1.1 / unit.per);
    figure_number(f, "y_low", a->least);
    plot_axis(f, "x_title", q->words, unit.unit);
}

static plot_outcome draw(plot_input *in, const tail_quantity *q, const plot_rows *rows, samples *s,
                         figure *f, poise_error *err)
{
    for (int i = 0; i < rows->n; i++)
        if (!gather(in, rows->at[i], q, &s[i], err))
            return PLOT_FAILED;
    const frame a = frame_of(s, rows->n);
    if (!(a.typical > 0)) {
        error_null(err, "no finished tasks from such a seed");
        return PLOT_NO_DATA;
    }
    const plot_unit unit = q->is_time ? plot_time_unit(a.typical) : (plot_unit){.per = 1};
    for (int i = 0; i < rows->n; i++) {
        write_tail(&s[i], &a, unit.per, figure_table(f, "tail", i + 1));
        figure_columns(f, "x above low high");
    }
    write_axes(q, &a, unit, f);
    plot_name_rows(in, rows, f);
    if (a.n_seeds > 1)
        plot_note(in, f, NULL, "%d seeds, 95%% bands", a.n_seeds);
    else
        plot_note(in, f, NULL, "finished tasks of one seed");
    return PLOT_READY;
}

plot_outcome tails_fill(plot_input *in, const tail_quantity *q, figure *f, poise_error *err)
{
    if (!q->histogram && !plot_has_records(in, err))
        return PLOT_NO_DATA;
    const plot_rows rows = plot_choose_few(in, AGENTS_USUAL, PLOT_ROWS_MAX);
    samples *s = calloc(PLOT_ROWS_MAX, sizeof *s);
    if (!s) {
        error_null(err, "out of memory");
        return PLOT_FAILED;
    }
    const plot_outcome outcome = draw(in, q, &rows, s, f, err);
    for (int i = 0; i < PLOT_ROWS_MAX; i++)
        for (int k = 0; k < s[i].n; k++) {
            free(s[i].of[k].x);
            free(s[i].of[k].up_to);
        }
    free(s);
    return outcome;
}
