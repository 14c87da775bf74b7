/* regret.h - how far agents are from the optimum, where it is known, and from proven bounds. */
#ifndef REGRET_H
#define REGRET_H

#include "report.h"

/* Writes a table of the rows of a report and sentences below it: how much worse each is than the
 * bounds on the report's metric, on the makespan and on energy, over the seeds that have bounds;
 * and, where the scenario is a small Markov decision process, than the reward of its optimum. */
void regret_table(const report *r, const poise_scenario *s, string_buffer *out);

#endif
