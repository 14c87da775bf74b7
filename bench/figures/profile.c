/* profile.c - performance profiles: which share of an agent's runs, over all scenarios, score above
 * each value (Agarwal et al., NeurIPS 2021, figure 7). Where one curve is above another everywhere,
 * its agent is stochastically better. */
#include "plot_suite.h"

#include "error.h"

#include <math.h>
#include <stdlib.h>

/* More curves with bands cannot be told apart. */
#define AGENTS_MAX 7
#define STEPS 80
#define RESAMPLES (SUITE_RESAMPLES / 2)

typedef struct range {
    double low, high;
} range;

static range range_of(const suite *s, const plot_agents *agents)
{
    range r = {INFINITY, -INFINITY};
    for (int i = 0; i < agents->n; i++)
        for (int k = 0; k < s->n_runs * s->n_tasks; k++) {
            r.low = fmin(r.low, s->agent[agents->at[i]].score[k]);
            r.high = fmax(r.high, s->agent[agents->at[i]].score[k]);
        }
    return r;
}

/* The curve begins just below the least score, where all runs are above. */
static void write_curve(const suite *s, int agent, range r, const int *which, string_buffer *table)
{
    const stats_scores own = suite_scores(s, agent, which, s->n_tasks);
    for (int i = 0; i <= STEPS; i++) {
        const double at = r.low + (r.high - r.low) * i / STEPS;
        const stats_bootstrap b = {
            .set = &own, .n_sets = 1, .aggregate = stats_suite_profile, .at = at, .seed = 1};
        const stats_estimate e = stats_bootstrap_of(&b, RESAMPLES, REPORT_LEVEL);
        const bool known = !isnan(e.low);
        table_row(table, 4,
                  (double[]){at, e.value, known ? e.low : e.value, known ? e.high : e.value});
    }
    free(own.x);
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const suite *s = plot_suite_of(in, err);
    if (!s)
        return PLOT_NO_DATA;
    const plot_agents agents = plot_suite_agents(in, AGENTS_MAX);
    if (agents.n == 0) {
        error_null(err, "no agent that is asked for takes part in all %d scenarios", s->n_tasks);
        return PLOT_NO_DATA;
    }
    int *which = error_must(malloc((size_t)s->n_tasks * sizeof *which));
    suite_common(s, agents.at[0], agents.at[0], which);
    range r = range_of(s, &agents);
    const double room = r.high > r.low ? .02 * (r.high - r.low) : .1;
    r.low -= room;
    r.high += room;
    for (int i = 0; i < agents.n; i++) {
        string_buffer *table = figure_table(f, "profile", i + 1);
        figure_columns(f, "score share low high");
        write_curve(s, agents.at[i], r, which, table);
    }
    free(which);
    figure_number(f, "x_low", r.low);
    figure_number(f, "x_high", r.high);
    plot_name_agents(in, &agents, f);
    plot_suite_note(in, "bands", f);
    return PLOT_READY;
}

const plot_kind plot_profile = {
    .name = "profile",
    .about = "share of runs over all scenarios that score above a value, with bands",
    .of_suite = true,
    .fill = fill,
};
