/* differences.c - by how much each agent differs from the baseline in the same worlds: a forest
 * plot of paired differences with intervals. */
#include "plot_kind.h"

#include "error.h"

#include <math.h>
#include <stdio.h>

/* Rows that have a difference: those of the baseline itself and without common seeds have none. */
static plot_rows choose(const plot_input *in)
{
    plot_rows rows = plot_choose(in, &in->report, false);
    int n = 0;
    for (int i = 0; i < rows.n; i++)
        if (rows.at[i]->versus.diff.n > 0 && rows.at[i] != &in->report.row[in->report.baseline])
            rows.at[n++] = rows.at[i];
    rows.n = n;
    return rows;
}

/* Two figures of the half width, and as many decimals of the difference; what is only rounding is
 * none. */
static void add_value(const stats_mean *d, double per, char *text, size_t size)
{
    const double half = (d->high - d->mean) / per, mean = d->mean / per;
    const bool known = half > 5e-7;
    const int decimals = known ? (int)fmin(6, fmax(0, 1 - floor(log10(half)))) : 2;
    if (!known && fabs(mean) < 5e-7) {
        snprintf(text, size, "0");
        return;
    }
    const int n = snprintf(text, size, "%s%.*f", mean < 0 ? "\u2212" : "+", decimals, fabs(mean));
    if (known)
        snprintf(text + n, size - (size_t)n, " \u00b1 %.*f", decimals, half);
}

/* Told apart after Holm's correction: filled points, others are hollow. */
static void write_rows(const plot_rows *rows, double per, figure *f)
{
    char text[PLOT_ROWS_MAX][64];
    const char *value[PLOT_ROWS_MAX];
    string_buffer *table = figure_table(f, "diff", 1);
    figure_columns(f, "row difference low high apart");
    for (int i = 0; i < rows->n; i++) {
        const stats_mean *d = &rows->at[i]->versus.diff;
        const double mean = d->mean / per;
        const bool known = !isnan(d->low);
        table_row(table, 5,
                  (double[]){i + 1, mean, known ? d->low / per : mean, known ? d->high / per : mean,
                             rows->at[i]->p_holm < REPORT_ALPHA});
        add_value(d, per, text[i], sizeof text[i]);
        value[i] = text[i];
    }
    figure_texts(f, "value", value, rows->n);
}

/* The axis holds 0. */
static double write_range(const plot_rows *rows, const char *of_metric, char unit[24], figure *f)
{
    double low = 0, high = 0;
    for (int i = 0; i < rows->n; i++) {
        const stats_mean *d = &rows->at[i]->versus.diff;
        low = fmin(low, fmin(d->mean, d->low));
        high = fmax(high, fmax(d->mean, d->high));
    }
    const plot_unit u = plot_unit_of(of_metric, fmax(-low, high));
    const double room = high > low ? .06 * (high - low) : u.per;
    figure_number(f, "x_low", (low - room) / u.per);
    figure_number(f, "x_high", (high + room) / u.per);
    snprintf(unit, 24, "%s", u.unit);
    return u.per;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    if (in->report.baseline < 0) {
        error_null(err, "there are no runs of the baseline %s (--baseline)", in->baseline);
        return PLOT_NO_DATA;
    }
    const plot_rows rows = choose(in);
    if (rows.n == 0) {
        error_null(err, "no other agent has finished the seeds of the baseline %s", in->baseline);
        return PLOT_NO_DATA;
    }
    const poise_metric *metric;
    poise_metrics(&metric);
    char words[96], baseline[128], title[256], unit[24];
    const double per = write_range(&rows, metric[in->metric].unit, unit, f);
    plot_metric_words(in->metric, words, sizeof words);
    plot_short(in->report.row[in->report.baseline].label, baseline, sizeof baseline);
    snprintf(title, sizeof title, "difference in %s", words);
    plot_axis(f, "x_title", title, unit);
    snprintf(title, sizeof title,
             metric[in->metric].better < 0   ? "\u2190 better than %s"
             : metric[in->metric].better > 0 ? "better than %s \u2192"
                                             : "minus %s",
             baseline);
    figure_text(f, "better", title);
    figure_number(f, "better_is_more", metric[in->metric].better > 0);
    plot_name_rows(in, &rows, f);
    write_rows(&rows, per, f);
    if (in->report.n_seeds > 1)
        plot_note(in, f, NULL, "%d pairs, 95%% intervals; filled: p < 0.05 (Holm)",
                  in->report.n_seeds);
    else
        plot_note(in, f, NULL, "one pair, no interval known");
    return PLOT_READY;
}

const plot_kind plot_differences = {
    .name = "differences",
    .about = "paired differences to the baseline in the same worlds, with 95% intervals",
    .fill = fill,
};
