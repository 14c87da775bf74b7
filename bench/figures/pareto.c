/* pareto.c - agents by two metrics at once, with the intervals of both and the front: those that
 * nobody beats in one metric without losing in the other. */
#include "plot_kind.h"

#include "error.h"
#include "stats_front.h"

#include <math.h>
#include <stdio.h>

#define LOG_FROM 12

/* One agent, as stats_front.h takes it: (2) each. */
typedef struct place {
    double value[2], low[2], high[2];
} place;

typedef struct chart {
    int metric[2], better[2];
    plot_unit unit[2];
    plot_rows rows;
    place at[PLOT_ROWS_MAX];
    stats_place status[PLOT_ROWS_MAX];
} chart;

/* ---- what is shown ------------------------------------------------------------------------ */

static bool differs(const plot_input *in, int metric)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < in->report.n_rows; i++) {
        const double mean = report_mean(&in->report.row[i], metric).mean;
        low = fmin(low, mean);
        high = fmax(high, mean);
    }
    return high > low;
}

/* The metric beside the first one: the first of these in which agents differ. */
static int choose_other(const plot_input *in)
{
    static const char *const other[] = {"energy_per_task_j",     "cost", "jain_fairness",
                                        "tenant_response_max_s", "late", "response_p99_s",
                                        "response_mean_s",       NULL};
    for (int i = 0; other[i]; i++) {
        const int metric = poise_metric_index(other[i]);
        if (metric != in->metric && differs(in, metric))
            return metric;
    }
    return -1;
}

/* Those of which both metrics are known; an unknown interval is the value itself. */
static void collect(const plot_input *in, chart *c)
{
    const plot_rows all = plot_choose(in, &in->report, true);
    for (int i = 0; i < all.n; i++) {
        place p;
        for (int k = 0; k < 2; k++) {
            const stats_mean m = report_mean(all.at[i], c->metric[k]);
            p.value[k] = m.mean;
            p.low[k] = isnan(m.low) ? m.mean : m.low;
            p.high[k] = isnan(m.high) ? m.mean : m.high;
        }
        if (isnan(p.value[0]) || isnan(p.value[1]))
            continue;
        c->at[c->rows.n] = p;
        c->rows.at[c->rows.n++] = all.at[i];
    }
}

/* Values as stats_front.h takes them: one after the other. */
static void judge(chart *c)
{
    double value[2 * PLOT_ROWS_MAX], low[2 * PLOT_ROWS_MAX], high[2 * PLOT_ROWS_MAX];
    for (int i = 0; i < c->rows.n; i++)
        for (int k = 0; k < 2; k++) {
            value[2 * i + k] = c->at[i].value[k];
            low[2 * i + k] = c->at[i].low[k];
            high[2 * i + k] = c->at[i].high[k];
        }
    stats_front(value, low, high, c->rows.n, 2, c->better, c->status);
}

/* What the front covers of the box between the worst and the best of each metric; NAN where the
 * box is flat. */
static double hypervolume(const chart *c)
{
    double value[2 * PLOT_ROWS_MAX], worst[2], best[2];
    for (int k = 0; k < 2; k++) {
        worst[k] = best[k] = c->at[0].value[k];
        for (int i = 0; i < c->rows.n; i++) {
            const double x = c->at[i].value[k];
            value[2 * i + k] = x;
            worst[k] = c->better[k] * (x - worst[k]) < 0 ? x : worst[k];
            best[k] = c->better[k] * (x - best[k]) > 0 ? x : best[k];
        }
    }
    const double box = fabs(best[0] - worst[0]) * fabs(best[1] - worst[1]);
    return box > 0 ? stats_hypervolume(value, c->rows.n, 2, c->better, worst) / box : NAN;
}

/* ---- the figure --------------------------------------------------------------------------- */

static void write_axis(chart *c, int k, const char *axis, figure *f)
{
    const poise_metric *metric;
    poise_metrics(&metric);
    double low = INFINITY, high = -INFINITY, least = INFINITY, most = 0;
    for (int i = 0; i < c->rows.n; i++) {
        low = fmin(low, c->at[i].low[k]);
        high = fmax(high, c->at[i].high[k]);
        least = fmin(least, c->at[i].value[k]);
        most = fmax(most, fabs(c->at[i].value[k]));
    }
    const bool log = low > 0 && high > LOG_FROM * least;
    c->unit[k] = plot_unit_of(metric[c->metric[k]].unit, log ? sqrt(low * high) : most);
    const double per = c->unit[k].per;
    const double room = high > low ? .06 * (high - low) : fmax(.06 * fabs(high), per * 1e-3);
    char words[96], title[128], name[16];
    plot_metric_words(c->metric[k], words, sizeof words);
    snprintf(title, sizeof title, "%s, %s is better", words, c->better[k] > 0 ? "more" : "less");
    snprintf(name, sizeof name, "%s_title", axis);
    plot_axis(f, name, title, c->unit[k].unit);
    snprintf(name, sizeof name, "log_%s", axis);
    figure_number(f, name, log);
    snprintf(name, sizeof name, "%s_low", axis);
    figure_number(f, name, (log ? low / 1.3 : low - room) / per);
    snprintf(name, sizeof name, "%s_high", axis);
    figure_number(f, name, (log ? high * 1.3 : high + room) / per);
}

/* Whether a is better than b in the first metric; if equal, in the second. */
static bool precedes(const chart *c, int a, int b)
{
    for (int k = 0; k < 2; k++)
        if (c->at[a].value[k] != c->at[b].value[k])
            return c->better[k] * (c->at[a].value[k] - c->at[b].value[k]) > 0;
    return a < b;
}

/* Those of the front, from the best in the first metric on, into order; how many. */
static int sort_front(const chart *c, int *order)
{
    int n = 0;
    for (int i = 0; i < c->rows.n; i++) {
        if (!c->status[i].front)
            continue;
        int at = n++;
        for (; at > 0 && precedes(c, i, order[at - 1]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return n;
}

/* Steps: from one of the front to the next as far as both are beaten. */
static void write_front(const chart *c, figure *f)
{
    int order[PLOT_ROWS_MAX];
    const int n = sort_front(c, order);
    string_buffer *table = figure_table(f, "front", 1);
    figure_columns(f, "x y");
    for (int i = 0; i < n; i++) {
        const double x = c->at[order[i]].value[0] / c->unit[0].per;
        if (i > 0)
            table_row(table, 2, (double[]){x, c->at[order[i - 1]].value[1] / c->unit[1].per});
        table_row(table, 2, (double[]){x, c->at[order[i]].value[1] / c->unit[1].per});
    }
}

static void write_points(const chart *c, figure *f)
{
    for (int i = 0; i < c->rows.n; i++) {
        const place *p = &c->at[i];
        const double x = c->unit[0].per, y = c->unit[1].per;
        string_buffer *table = figure_table(f, "agent", i + 1);
        figure_columns(f, "x y x-low x-high y-low y-high");
        table_row(table, 6,
                  (double[]){p->value[0] / x, p->value[1] / y, p->low[0] / x, p->high[0] / x,
                             p->low[1] / y, p->high[1] / y});
    }
}

static void write_note(const plot_input *in, const chart *c, figure *f)
{
    int front = 0, beaten = 0;
    for (int i = 0; i < c->rows.n; i++) {
        front += c->status[i].front;
        beaten += c->status[i].certainly;
    }
    const double volume = hypervolume(c);
    char text[64] = "";
    if (!isnan(volume))
        snprintf(text, sizeof text, ", hypervolume %.2f", volume);
    plot_note(in, f, NULL, "front of %d, %d of %d beaten for sure%s", front, beaten, c->rows.n,
              text);
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const poise_metric *metric;
    poise_metrics(&metric);
    chart c = {.metric = {in->metric, in->other < 0 ? choose_other(in) : in->other}};
    if (c.metric[1] < 0) {
        error_null(err, "agents differ in no second metric (--metric X,Y)");
        return PLOT_NO_DATA;
    }
    for (int k = 0; k < 2; k++) {
        c.better[k] = metric[c.metric[k]].better;
        if (c.better[k] == 0) {
            error_null(err, "of %s neither more nor less is better", metric[c.metric[k]].name);
            return PLOT_NO_DATA;
        }
    }
    collect(in, &c);
    if (c.rows.n < 2) {
        error_null(err, "it needs two agents with finished runs in which %s and %s are known",
                   metric[c.metric[0]].name, metric[c.metric[1]].name);
        return PLOT_NO_DATA;
    }
    judge(&c);
    write_axis(&c, 0, "x", f);
    write_axis(&c, 1, "y", f);
    plot_name_rows(in, &c.rows, f);
    write_points(&c, f);
    write_front(&c, f);
    write_note(in, &c, f);
    return PLOT_READY;
}

const plot_kind plot_pareto = {
    .name = "pareto",
    .about = "agents by two metrics at once, with intervals and the front of those not beaten",
    .fill = fill,
};
