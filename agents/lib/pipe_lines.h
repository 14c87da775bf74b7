/* pipe_lines.h - what is written to a policy on the other side of a pipe: the scenario once, then a
 * view for each decision, each as one line of JSON whose keys are the names of poise.h's fields. A
 * number that is not finite is null. */
#ifndef POISE_PIPE_LINES_H
#define POISE_PIPE_LINES_H

#include "poise.h"

/* Version of the protocol, in the first line. */
#define PIPE_PROTOCOL 1

/* The first line: version, names and numbers that never change. seed: below 2^53, so that every
 * reader of JSON gets it whole. malloc'd, ends with a newline; NULL without memory. */
char *pipe_hello(const poise_space *space, bool trains, uint64_t seed, int episode);
/* The line of a decision. */
char *pipe_view(const poise_view *v);

#endif
