/* words.h - a scenario in words: what it has and what it lets agents do. */
#ifndef WORDS_H
#define WORDS_H

#include "poise.h"

/* Several lines, grouped under headings; malloc'd. Says nothing of what the scenario does not use.
 */
char *words_of(const poise_scenario *s);

#endif
