/* iqm.c - one number for an agent over all scenarios, with its interval: interquartile mean, median
 * and mean of the scores, and the optimality gap (Agarwal et al., NeurIPS 2021, figure 9). */
#include "plot_suite.h"

#include "error.h"

#include <math.h>
#include <stdio.h>

static stats_estimate iqm_of(const suite_agent *a)
{
    return a->iqm;
}

static stats_estimate median_of(const suite_agent *a)
{
    return a->median;
}

static stats_estimate mean_of(const suite_agent *a)
{
    return a->mean;
}

static stats_estimate gap_of(const suite_agent *a)
{
    return a->gap;
}

/* In the order in which a script has room for them. */
static const struct aggregate {
    const char *name, *title;
    stats_estimate (*of)(const suite_agent *);
} aggregates[] = {
    {"iqm", "IQM", iqm_of},
    {"gap", "optimality gap", gap_of},
    {"median", "median", median_of},
    {"mean", "mean", mean_of},
};
enum { N_AGGREGATES = sizeof aggregates / sizeof *aggregates };

static void write_columns(const plot_input *in, const plot_agents *agents, figure *f)
{
    const char *name[N_AGGREGATES], *title[N_AGGREGATES];
    double low[N_AGGREGATES], high[N_AGGREGATES];
    for (int k = 0; k < N_AGGREGATES; k++) {
        name[k] = aggregates[k].name;
        title[k] = aggregates[k].title;
        low[k] = INFINITY;
        high[k] = -INFINITY;
        for (int i = 0; i < agents->n; i++) {
            const stats_estimate e = aggregates[k].of(&in->suite->agent[agents->at[i]]);
            low[k] = fmin(low[k], fmin(e.value, e.low));
            high[k] = fmax(high[k], fmax(e.value, e.high));
        }
        const double room = high[k] > low[k] ? .08 * (high[k] - low[k]) : .1;
        low[k] -= room;
        high[k] += room;
        plot_estimates(in, agents, aggregates[k].name, aggregates[k].of, f);
    }
    figure_texts(f, "aggregate", name, N_AGGREGATES);
    figure_texts(f, "title", title, N_AGGREGATES);
    figure_numbers(f, "low", low, N_AGGREGATES);
    figure_numbers(f, "high", high, N_AGGREGATES);
}

/* "1" or "2\u20134": the middle 95% of its ranks. */
static void write_ranks(const plot_input *in, const plot_agents *agents, figure *f)
{
    char text[PLOT_ROWS_MAX][32];
    const char *rank[PLOT_ROWS_MAX];
    for (int i = 0; i < agents->n; i++) {
        const suite_agent *a = &in->suite->agent[agents->at[i]];
        if (isnan(a->best))
            snprintf(text[i], sizeof text[i], "-");
        else if (a->best == a->worst)
            snprintf(text[i], sizeof text[i], "%g", a->best);
        else
            snprintf(text[i], sizeof text[i], "%g\u2013%g", a->best, a->worst);
        rank[i] = text[i];
    }
    figure_texts(f, "rank", rank, agents->n);
    figure_number(f, "ranked", in->suite->n_runs >= STATS_RUNS_REFUSED);
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    if (!plot_suite_of(in, err))
        return PLOT_NO_DATA;
    const plot_agents agents = plot_suite_agents(in, PLOT_ROWS_MAX);
    if (agents.n == 0) {
        error_null(err, "no agent that is asked for takes part in all %d scenarios",
                   in->suite->n_tasks);
        return PLOT_NO_DATA;
    }
    plot_name_agents(in, &agents, f);
    write_columns(in, &agents, f);
    write_ranks(in, &agents, f);
    plot_suite_note(in, "bars", f);
    return PLOT_READY;
}

const plot_kind plot_iqm = {
    .name = "iqm",
    .about = "scores over all scenarios: interquartile mean and optimality gap, with intervals",
    .of_suite = true,
    .fill = fill,
};
