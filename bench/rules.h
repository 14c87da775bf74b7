/* rules.h - the table of a scenario's rules: the agents that it names, over the same seeds, ranked
 * by the metric that it names. The same text each time, whatever the number of threads. */
#ifndef RULES_H
#define RULES_H

#include "poise.h"

#include <inttypes.h>

typedef struct rules_ask {
    const poise_scenario *scenario;  // with at least one rule
    const int64_t *seed;             // (n_seeds)
    int n_seeds, n_threads;
    bool quiet;
} rules_ask;

/* Its text, malloc'd. NULL with a sentence in err: a rule that is no agent, that has to be trained,
 * or that is the same as another one; a trial that failed; interrupted by a signal. */
char *rules_table(const rules_ask *ask, poise_error *err);

/* The line of a table that says what it was made of; as long as it is the same, so are its numbers.
 */
void rules_stamp(const poise_scenario *s, char *text, size_t size);

#endif
