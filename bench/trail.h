/* trail.h - what a run leaves behind: a few bits of its running hash after decisions, so that the
 * first decision in which another run goes elsewhere can be found later, without the run itself.
 *
 * A mark is kept after every stride-th decision. When there is no more room every second one is
 * given up and the stride doubles: short runs keep all, long ones at least 1024 of them. */
#ifndef TRAIL_H
#define TRAIL_H

#include "poise.h"

/* Most marks; even. */
#define TRAIL_MARKS_MAX 2048

/* Starts as {0}, which is none. */
typedef struct trail {
    uint16_t *mark;  // (n) malloc'd: mark k is of the hash after k stride decisions, 0 of the reset
    int n;
    int64_t stride;  // a power of two
    int64_t next;    // decisions after which a mark is due; -1: none is, ever
} trail;

/* Takes memory; false if there is none. */
bool trail_begin(trail *t);
void trail_free(trail *t);  // {0} is fine; it is {0} then
/* Gives back the memory that marks do not need. */
void trail_end(trail *t);
/* The mark that is due. */
void trail_mark(trail *t, uint64_t hash);

/* To be called after the reset (n = 0) and after every decision: costs a branch that predicts
 * itself once the stride is long. */
static inline void trail_pass(trail *t, int64_t n, const poise_env *e)
{
    if (n == t->next)
        trail_mark(t, poise_env_hash(e));
}

/* Whether a run that has this hash after n decisions cannot be the trail's; false where the trail
 * has no mark. */
bool trail_contradicts(const trail *t, int64_t n, uint64_t hash);

#endif
