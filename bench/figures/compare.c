/* compare.c - all agents ranked by the mean of a metric, with intervals: the picture of a table. */
#include "plot_kind.h"

#include "error.h"

#include <math.h>
#include <stdio.h>

/* Beyond this ratio of largest to smallest the axis is logarithmic. */
#define LOG_FROM 12

/* Two figures of the half width, and as many decimals of the mean. */
static void add_interval(double mean, double half, char *text, size_t size)
{
    const double digits = half > 0 ? 1 - floor(log10(half)) : 0;
    const int decimals = (int)fmin(6, fmax(0, digits));
    snprintf(text, size, "%.*f \u00b1 %.*f", decimals, mean, decimals, half);
}

/* Three digits, zeros too, so that equal agents do not look rounded differently. */
static void add_alone(double mean, char *text, size_t size)
{
    const int n = snprintf(text, size, mean != 0 ? "%#.3g" : "%g", mean);
    if (text[n - 1] == '.')
        text[n - 1] = 0;
}

static void write_values(const plot_rows *rows, plot_unit unit, figure *f)
{
    char text[PLOT_ROWS_MAX][48];
    const char *value[PLOT_ROWS_MAX];
    for (int i = 0; i < rows->n; i++) {
        const stats_mean *m = &rows->at[i]->mean;
        if (isnan(m->low))
            add_alone(m->mean / unit.per, text[i], sizeof text[i]);
        else
            add_interval(m->mean / unit.per, (m->high - m->mean) / unit.per, text[i],
                         sizeof text[i]);
        value[i] = text[i];
    }
    figure_texts(f, "value", value, rows->n);
}

/* The axis starts at 0 where all is positive and near it; a logarithmic one at the data. */
static void write_range(const plot_rows *rows, plot_unit unit, figure *f)
{
    double low = INFINITY, high = -INFINITY, least = INFINITY;
    for (int i = 0; i < rows->n; i++) {
        const stats_mean *m = &rows->at[i]->mean;
        low = fmin(low, fmin(m->mean, m->low));
        least = fmin(least, m->mean);
        high = fmax(high, fmax(m->mean, m->high));
    }
    const bool log_x = low > 0 && high > LOG_FROM * least;
    figure_number(f, "log_x", log_x);
    if (log_x) {
        figure_number(f, "x_low", low / unit.per / 1.3);
        figure_number(f, "x_high", high / unit.per * 1.3);
    } else {
        double room = .06 * (high - fmin(low, low > 0 ? 0 : low));
        if (room == 0)  // all the same: an axis needs a length
            room = high != 0 ? .06 * fabs(high) : unit.per;
        figure_number(f, "x_low", low > 0 && low < .6 * high ? 0 : (low - room) / unit.per);
        figure_number(f, "x_high", (high + room) / unit.per);
    }
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    plot_rows rows = plot_choose(in, &in->report, false);
    while (rows.n > 0 && isnan(rows.at[rows.n - 1]->mean.mean))
        rows.n--;
    if (rows.n == 0) {
        error_null(err, "no agent has finished trials with this metric");
        return PLOT_NO_DATA;
    }
    const poise_metric *metric;
    poise_metrics(&metric);
    double size = 0;
    for (int i = 0; i < rows.n; i++)
        size = fmax(size, fabs(rows.at[i]->mean.mean));
    const char *unit = metric[in->metric].unit;
    const plot_unit u = plot_unit_of(unit, size);
    char words[96];
    plot_metric_words(in->metric, words, sizeof words);
    plot_axis(f, "x_title", words, u.unit);
    plot_name_rows(in, &rows, f);
    write_values(&rows, u, f);
    write_range(&rows, u, f);
    string_buffer *table = figure_table(f, "mean", 1);
    for (int i = 0; i < rows.n; i++) {
        const stats_mean *m = &rows.at[i]->mean;
        const bool known = !isnan(m->low);
        const double mean = m->mean / u.per;
        table_row(
            table, 4,
            (double[]){i + 1, mean, known ? m->low / u.per : mean, known ? m->high / u.per : mean});
    }
    char seeds[64];
    plot_seeds_text(in->report.n_seeds, seeds, sizeof seeds);
    plot_note(in, f, NULL, "%s", seeds);
    return PLOT_READY;
}

const plot_kind plot_compare = {
    .name = "compare",
    .about = "agents ranked by the mean of a metric, with 95% intervals",
    .fill = fill,
};
