/* pipe.h - an agent that is a program of its own: it is told of each decision by a line and answers
 * with one. docs/plugins.md defines the lines. */
#ifndef POISE_PIPE_H
#define POISE_PIPE_H

#include "agent.h"

/* What a specification of such an agent begins with; all behind it is the command. */
#define PIPE_PREFIX "pipe:"
/* Seconds it may take over a decision, unless pipe_terms says otherwise. */
#define PIPE_PATIENCE_S 10

/* Its table, which is not among those built in: it is nothing without a command. */
extern const poise_agent_type pipe_type;

/* Between memory for the state and init: the command, which must live as long as the agent. */
void pipe_command(void *state, const char *command);
/* How long it may take over a decision, and whether to go on waiting (stop may be NULL). */
void pipe_terms(void *state, double patience_s, bool (*stop)(const void *data), const void *data);
/* xxHash64 of the command and of the files that its words name. */
uint64_t pipe_build(const char *command);
/* Why it can decide no more; NULL while it can. */
const char *pipe_problem(const void *state);
/* After the last decision: it must not have said more than it was asked. */
void pipe_finish(void *state);

#endif
