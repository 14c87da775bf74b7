/* replay.h - the last choices a learner made, in a ring, to be learnt from many times. What was
 * seen of each stands in a ring of its own, for the number of candidates differs: the oldest
 * choices make room. Choices of one episode follow one another, so what came after one is the next
 * entry, and a return over n choices is a sum over entries.
 *
 * Drawn with probability proportional to a priority, from a tree of sums (Schaul et al., ICLR 2016,
 * "Prioritized experience replay"). All numbers are doubles or floats, so that the ring can be kept
 * as tensors while training rests. */
#ifndef POISE_REPLAY_H
#define POISE_REPLAY_H

#include "agent.h"

/* A choice, or with no candidates the end of an episode. */
typedef struct memory {
    double at;            // where in `seen` its sight begins
    double n_candidates;  // 0: only its value counts, for the choice before
    double chosen;
    double reward;     // until the next choice, discounted to this one
    double keep;       // discount of what follows
    double elapsed_s;  // until the next choice
    double tasks;      // in the system at the choice, by weight
    double ended;      // 1: all work was done, nothing follows
} memory;
enum { MEMORY_NUMBERS = sizeof(memory) / sizeof(double) };

typedef struct replay {
    int room;         // entries
    size_t max_seen;  // floats
    size_t most;      // of one sight
    double first, n;  // the oldest entry, and how many there are
    double n_seen;    // where the next sight goes
    double top;       // largest priority so far
    int leaves;       // of the tree: a power of 2, at least room
    memory *entry;    // (room)
    float *seen;      // (max_seen)
    double *sum;      // (2 leaves) priorities; node k is the sum of 2k and 2k + 1
} replay;

/* Room for so many choices with sights of `most` floats at most and `typical` in the mean. NULL if
 * there is no memory. */
replay *replay_new(int room, size_t most, size_t typical);
void replay_free(replay *r);  // NULL is fine

/* The i-th entry, 0 is the oldest. */
static inline memory *replay_at(const replay *r, int i)
{
    return &r->entry[((int)r->first + i) % r->room];
}

/* Where the sight of the next choice goes: `most` floats. Entries in its way are forgotten. */
float *replay_room(replay *r);
/* Adds an entry whose sight of n_seen floats lies in the room; it cannot be drawn yet. */
void replay_add(replay *r, size_t n_seen, memory m);
/* The last entry, NULL if there is none. */
memory *replay_last(const replay *r);
void replay_drop_last(replay *r);
/* How likely the i-th entry is to be drawn, >= 0; a new one deserves r->top. */
void replay_set_priority(replay *r, int i, double priority);
/* An entry by a number u in (0, 1), -1 if none can be drawn; and its part of all priorities. */
int replay_draw(const replay *r, double u, double *part);

/* The ring as tensors named PREFIX.entries and so on; returns how many. */
int replay_tensors(replay *r, const char *prefix, poise_tensor *t);

#endif
