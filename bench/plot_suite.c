/* plot_suite.c - what figures over all scenarios of a store share: the scores, which agents are
 * shown, and what stands above the figure. */
#include "plot_suite.h"

#include "error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The agent whose score is 0. */
#define ZERO "random"

const suite *plot_suite_of(plot_input *in, poise_error *err)
{
    if (in->suite)
        return in->suite;
    suite *s = error_must(calloc(1, sizeof *s));
    if (suite_make(s, in->results, ZERO, in->baseline, in->filter, err))
        in->suite = s;
    else
        free(s);
    return in->suite;
}

void plot_suite_free(plot_input *in)
{
    if (in->suite)
        suite_free(in->suite);
    free(in->suite);
    in->suite = NULL;
}

plot_agents plot_suite_agents(const plot_input *in, int most)
{
    plot_agents agents = {0};
    for (int i = 0; i < in->suite->n_complete && agents.n < most; i++)
        if (plot_wants(in, in->suite->agent[i].label, in->suite->agent[i].label))
            agents.at[agents.n++] = i;
    return agents;
}

void plot_name_agents(const plot_input *in, const plot_agents *agents, figure *f)
{
    char text[PLOT_ROWS_MAX][128];
    const char *label[PLOT_ROWS_MAX];
    double style[PLOT_ROWS_MAX];
    for (int i = 0; i < agents->n; i++) {
        plot_short(in->suite->agent[agents->at[i]].label, text[i], sizeof text[i]);
        label[i] = text[i];
        style[i] = agents->at[i] + 1;
    }
    figure_number(f, "n", agents->n);
    figure_texts(f, "label", label, agents->n);
    figure_numbers(f, "style", style, agents->n);
}

/* "core-v1" of "results/core-v1.db". */
static void name_store(const plot_input *in, char *name, size_t size)
{
    const char *path = store_path(in->store), *slash = strrchr(path, '/');
    snprintf(name, size, "%s", slash ? slash + 1 : path);
    char *ending = strrchr(name, '.');
    if (ending && strcmp(ending, ".db") == 0)
        *ending = 0;
}

void plot_call(const plot_input *in, const plot_kind *kind, figure *f)
{
    char of[96], name[128];
    if (kind->of_suite)
        name_store(in, of, sizeof of);
    else
        snprintf(of, sizeof of, "%s", in->results->scenario[in->scenario].name);
    snprintf(name, sizeof name, "%s-%s", of, kind->name);
    figure_call(f, name);
}

void plot_suite_note(const plot_input *in, const char *marks, figure *f)
{
    const suite *s = in->suite;
    char name[96], text[192];
    name_store(in, name, sizeof name);
    snprintf(text, sizeof text, "%.40s: %d scenarios, %d seed%s", name, s->n_tasks, s->n_runs,
             s->n_runs == 1 ? "" : "s");
    figure_text(f, "note", text);
    if (s->n_runs < STATS_RUNS_REFUSED)
        snprintf(text, sizeof text, "no intervals of fewer than %d seeds", STATS_RUNS_REFUSED);
    else
        snprintf(text, sizeof text, "%s: 95%% intervals%s", marks,
                 s->n_runs < STATS_RUNS_FEW ? ", too narrow for so few seeds" : " (bootstrap)");
    figure_text(f, "note_below", text);
}

void plot_estimates(const plot_input *in, const plot_agents *agents, const char *name,
                    stats_estimate (*of)(const suite_agent *), figure *f)
{
    string_buffer *table = figure_table(f, name, 1);
    figure_columns(f, "row value low high");
    for (int i = 0; i < agents->n; i++) {
        const stats_estimate e = of(&in->suite->agent[agents->at[i]]);
        const bool known = !isnan(e.low);
        table_row(table, 4,
                  (double[]){i + 1, e.value, known ? e.low : e.value, known ? e.high : e.value});
    }
}
