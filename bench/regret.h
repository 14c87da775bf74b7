/* regret.h - how far agents are from the optimum, where it is known, and from proven bounds. */
#ifndef REGRET_H
#define REGRET_H

#include "string_buffer.h"
#include "trial.h"

/* What is asked: agents (n_agents specifications) in a scenario, from each of n_seeds seeds. */
typedef struct regret_ask {
    const poise_scenario *scenario;
    const char *const *agent;
    const int64_t *seed;
    int n_agents, n_seeds;
} regret_ask;

/* Runs them once more, keeping the jobs of each run, and writes a table. Learners, whose policies
 * are not at hand, are left out. false with a sentence in err. */
bool regret_table(const regret_ask *ask, string_buffer *out, poise_error *err);

#endif
