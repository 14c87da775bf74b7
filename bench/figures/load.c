/* load.c - throughput and a metric of each agent against what a sweep varies: the offered load, or
 * any other setting with numbers for values. */
#include "plot_kind.h"

#include "error.h"
#include "units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_MAX 256
#define LOG_FROM 12

typedef struct point {
    double x;
    int scenario;
    report by_metric, by_throughput;
} point;

typedef struct sweep {
    const char *path;  // of the setting that varies
    point point[POINTS_MAX];
    int n;
} sweep;

/* ---- the points --------------------------------------------------------------------------- */

/* The setting that varies: the load if it does, else the first with a number for a value. */
static const char *path_of(const result_scenario *s)
{
    if (plot_swept(s, "workload.load"))
        return "workload.load";
    double ignored;
    for (int i = 0; i < s->n_sweeps; i++)
        if (units_real(s->sweep[i].value, &ignored) == UNITS_OK)
            return s->sweep[i].path;
    return NULL;
}

static int by_x(const void *a, const void *b)
{
    const point *p = a, *q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* The sweep that the input's scenario is a point of, else the last one that came. */
static bool find(const plot_input *in, sweep *s)
{
    const results *r = in->results;
    int of = in->scenario;
    for (int i = r->n_scenarios - 1; !path_of(&r->scenario[of]); i--) {
        if (i < 0)
            return false;
        of = i;
    }
    s->path = path_of(&r->scenario[of]);
    for (int i = 0; i < r->n_scenarios && s->n < POINTS_MAX; i++) {
        const char *value = plot_swept(&r->scenario[i], s->path);
        double x;
        if (!value || units_real(value, &x) != UNITS_OK ||
            !plot_differ_only_in(&r->scenario[i], &r->scenario[of], (const char *[]){s->path}, 1))
            continue;
        s->point[s->n++] = (point){.x = x, .scenario = i};
    }
    qsort(s->point, (size_t)s->n, sizeof *s->point, by_x);
    return s->n >= 2;
}

static void rank(const plot_input *in, sweep *s)
{
    const int throughput = poise_metric_index("throughput_per_s");
    for (int i = 0; i < s->n; i++) {
        point *p = &s->point[i];
        p->by_metric = report_make(in->results, p->scenario, in->metric, NULL, in->filter);
        p->by_throughput = report_make(in->results, p->scenario, throughput, NULL, in->filter);
    }
}

/* ---- the curves --------------------------------------------------------------------------- */

static stats_mean mean_of(const report *r, const char *label)
{
    for (int i = 0; i < r->n_rows; i++)
        if (strcmp(r->row[i].label, label) == 0 && r->row[i].mean.n > 0)
            return r->row[i].mean;
    return (stats_mean){.mean = NAN, .low = NAN, .high = NAN};
}

typedef struct range {
    double low, high;  // of the means; high also of the intervals
    double bottom;     // of the intervals
} range;

static range range_of(const sweep *s, const plot_rows *rows, bool throughput)
{
    range r = {INFINITY, -INFINITY, INFINITY};
    for (int i = 0; i < rows->n; i++)
        for (int k = 0; k < s->n; k++) {
            const point *p = &s->point[k];
            const stats_mean m =
                mean_of(throughput ? &p->by_throughput : &p->by_metric, rows->at[i]->label);
            r.low = fmin(r.low, m.mean);
            r.bottom = fmin(r.bottom, fmin(m.mean, m.low));
            r.high = fmax(r.high, fmax(m.mean, m.high));
        }
    return r;
}

/* A mean and its interval in a unit; an unknown interval is the mean itself, and on a logarithmic
 * axis one that reaches 0 ends where the axis does. */
static void put(double *to, stats_mean m, double per, double floor)
{
    to[0] = m.mean / per;
    to[1] = fmax(isnan(m.low) ? to[0] : m.low / per, floor);
    to[2] = isnan(m.high) ? to[0] : m.high / per;
}

static void write_curves(const sweep *s, const plot_rows *rows, double per_throughput,
                         double per_metric, double floor, figure *f)
{
    for (int i = 0; i < rows->n; i++) {
        string_buffer *table = figure_table(f, "mean", i + 1);
        const char *label = rows->at[i]->label;
        for (int k = 0; k < s->n; k++) {
            const point *p = &s->point[k];
            const stats_mean metric = mean_of(&p->by_metric, label);
            double row[7] = {p->x};
            if (isnan(metric.mean))
                continue;
            put(row + 1, mean_of(&p->by_throughput, label), per_throughput, -INFINITY);
            put(row + 4, metric, per_metric, floor);
            table_row(table, 7, row);
        }
    }
}

static void write_axes(const plot_input *in, const sweep *s, const plot_rows *rows, figure *f)
{
    const poise_metric *metric;
    poise_metrics(&metric);
    const range thr = range_of(s, rows, true), y = range_of(s, rows, false);
    const plot_unit rate = plot_unit_of("/s", thr.high);
    const bool log_y = y.low > 0 && y.high > LOG_FROM * y.low;
    const plot_unit unit = plot_unit_of(metric[in->metric].unit,
                                        log_y ? sqrt(y.low * y.high) : fmax(fabs(y.low), y.high));
    const double low = s->point[0].x, high = s->point[s->n - 1].x;
    char words[96];
    plot_metric_words(in->metric, words, sizeof words);
    plot_axis(f, "metric_title", words, unit.unit);
    plot_axis(f, "throughput_title", "throughput", rate.unit);
    plot_axis(f, "x_title", strcmp(s->path, "workload.load") == 0 ? "offered load" : s->path, "");
    figure_number(f, "x_low", low - .04 * (high - low));
    figure_number(f, "x_high", high + .04 * (high - low));
    figure_number(f, "spread", .005 * (high - low));
    figure_number(f, "throughput_high", 1.05 * thr.high / rate.per);
    figure_number(f, "log_y", log_y);
    const double y_low = log_y ? y.low / 1.3 : y.low < 0 ? y.bottom : 0;
    figure_number(f, "y_low", y_low / unit.per);
    const double room = y.high > y_low ? .05 * (y.high - y_low) : unit.per;
    figure_number(f, "y_high", (log_y ? y.high * 1.3 : y.high + room) / unit.per);
    write_curves(s, rows, rate.per, unit.per, log_y ? y_low / unit.per : -INFINITY, f);
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    sweep *s = calloc(1, sizeof *s);
    if (!s) {
        error_null(err, "out of memory");
        return PLOT_FAILED;
    }
    plot_outcome outcome = PLOT_NO_DATA;
    if (!find(in, s)) {
        error_null(
            err,
            "it needs several loads: poise run %s --sweep workload.load=0.3,0.5,0.7,0.9, or a "
            "grid in an experiment",
            in->results->scenario[in->scenario].name);
    } else {
        rank(in, s);
        const report *last = &s->point[s->n - 1].by_metric;
        const plot_rows rows = plot_choose(in, last, true);
        if (rows.n > 0) {
            plot_name_rows(in, &rows, f);
            write_axes(in, s, &rows, f);
            char seeds[64];
            plot_seeds_text(last->n_seeds, seeds, sizeof seeds);
            plot_note(in, f, (const char *[]){s->path, NULL}, "%s", seeds);
            outcome = PLOT_READY;
        } else {
            error_null(err, "no agent has finished trials at the end of the sweep");
        }
    }
    for (int i = 0; i < s->n; i++) {
        report_free(&s->point[i].by_metric);
        report_free(&s->point[i].by_throughput);
    }
    free(s);
    return outcome;
}

const plot_kind plot_load = {
    .name = "load",
    .about = "throughput and mean response (or another metric) against offered load",
    .fill = fill,
};
