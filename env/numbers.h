/* numbers.h - processors by their numbers: which of a machine's each task holds, and which will be
 * free over the time to come. A set is so many words of bits, the lowest number first. Only for
 * scenarios that say `processors: named`, where every group is one machine. */
#ifndef POISE_NUMBERS_H
#define POISE_NUMBERS_H

#include "state.h"

/* Words of a set in this scenario; 0 where processors are only counted. */
int numbers_words(const poise_scenario *s);
/* All processors are free. */
void numbers_reset(poise_env *e);
/* The task, which has just got its place, takes the lowest free numbers; `allowed` (a set) says
 * which may be taken, NULL = any. */
void numbers_take(poise_env *e, int slot, const uint64_t *allowed);
/* The task gives its numbers back. */
void numbers_give_back(poise_env *e, int slot);

/* Sets in the block. */
uint64_t *numbers_free(const poise_env *e, int group);
uint64_t *numbers_held(const poise_env *e, int slot);
uint64_t *numbers_planned(const poise_env *e, int group, int breakpoint);

int numbers_count(const poise_env *e, const uint64_t *set);
void numbers_copy(const poise_env *e, uint64_t *to, const uint64_t *from);
void numbers_add(const poise_env *e, uint64_t *to, const uint64_t *set);
void numbers_subtract(const poise_env *e, uint64_t *from, const uint64_t *set);
void numbers_intersect(const poise_env *e, uint64_t *to, const uint64_t *set);
/* Leaves the n lowest of a set. */
void numbers_lowest(const poise_env *e, uint64_t *set, int64_t n);

#endif
