/* tape.h - the decisions of an episode, kept so that it can be gone through again without the
 * agents. */
#ifndef TAPE_H
#define TAPE_H

#include "agent.h"

/* Starts as {0}. */
typedef struct tape {
    unsigned char *at;  // malloc'd
    size_t n, room;     // bytes
    bool is_torn;       // memory ran out
} tape;

/* Notes what the agent (or, if team is not NULL, each of the team) has just decided, at a view of
 * n_candidates. */
void tape_note(tape *t, const poise_agent *a, const poise_team *team, const poise_space *space,
               int n_candidates);
/* Does in the environment what stands at *at of a tape of n bytes, and goes on; false if that is no
 * decision that can be done there. */
bool tape_step(const unsigned char *bytes, size_t n, size_t *at, poise_env *e, poise_outcome *o);

#endif
