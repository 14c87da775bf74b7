/* plot_suite.h - what figures over all scenarios of a store share. Kinds that use it say of_suite
 * in their table. */
#ifndef PLOT_SUITE_H
#define PLOT_SUITE_H

#include "plot_kind.h"
#include "suite.h"

/* The scores of the agents of the input's results (see suite.h; `random` is 0), made when first
 * asked for; they belong to the input. NULL with a sentence in err if there are none. */
const suite *plot_suite_of(plot_input *in, poise_error *err);
void plot_suite_free(plot_input *in);

/* Agents that are shown, best first: indices into in->suite->agent. */
typedef struct plot_agents {
    int at[PLOT_ROWS_MAX];
    int n;
} plot_agents;
/* At most `most` of those that take part in all scenarios and are wanted. */
plot_agents plot_suite_agents(const plot_input *in, int most);
/* Settings n, label[] and style[]: the same number for the same agent in all figures of a suite. */
void plot_name_agents(const plot_input *in, const plot_agents *agents, figure *f);
/* Settings note and note_below: name of the store, scenarios, seeds; what the marks ("bars") are,
 * and whether they may be trusted. */
void plot_suite_note(const plot_input *in, const char *marks, figure *f);
/* Calls a figure's files "SCENARIO-KIND", those of a suite "STORE-KIND". */
void plot_call(const plot_input *in, const plot_kind *kind, figure *f);
/* A table of estimates, one row an agent; an interval that is not known is the value itself. */
void plot_estimates(const plot_input *in, const plot_agents *agents, const char *name,
                    stats_estimate (*of)(const suite_agent *), figure *f);

#endif
