/* improvement.c - how likely a run of an agent beats one of the baseline, over all scenarios
 * (Agarwal et al., NeurIPS 2021, figure 10). At one half neither is better. */
#include "plot_suite.h"

#include "error.h"

#include <math.h>
#include <stdio.h>

static stats_estimate above_of(const suite_agent *a)
{
    return a->above;
}

static void write_values(const plot_input *in, const plot_agents *agents, figure *f)
{
    char text[PLOT_ROWS_MAX][32];
    const char *value[PLOT_ROWS_MAX];
    for (int i = 0; i < agents->n; i++) {
        snprintf(text[i], sizeof text[i], "%.2f", in->suite->agent[agents->at[i]].above.value);
        value[i] = text[i];
    }
    figure_texts(f, "value", value, agents->n);
}

/* All but the baseline itself. */
static plot_agents choose(const plot_input *in)
{
    plot_agents agents = plot_suite_agents(in, PLOT_ROWS_MAX);
    int n = 0;
    for (int i = 0; i < agents.n; i++)
        if (!isnan(in->suite->agent[agents.at[i]].above.value))
            agents.at[n++] = agents.at[i];
    agents.n = n;
    return agents;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const suite *s = plot_suite_of(in, err);
    if (!s)
        return PLOT_NO_DATA;
    const plot_agents agents = choose(in);
    if (agents.n == 0) {
        error_null(err, "it needs a baseline in all %d scenarios, and somebody else (--baseline)",
                   s->n_tasks);
        return PLOT_NO_DATA;
    }
    char baseline[128], title[192];
    plot_short(s->agent[s->baseline].label, baseline, sizeof baseline);
    snprintf(title, sizeof title, "probability of a better run than %s", baseline);
    figure_text(f, "x_title", title);
    plot_name_agents(in, &agents, f);
    plot_estimates(in, &agents, "above", above_of, f);
    write_values(in, &agents, f);
    plot_suite_note(in, "bars", f);
    return PLOT_READY;
}

const plot_kind plot_improvement = {
    .name = "improvement",
    .about = "probability that a run beats one of the baseline, over all scenarios",
    .of_suite = true,
    .fill = fill,
};
