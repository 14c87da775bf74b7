/* plan.h - who starts when, by visible estimates: the free capacity of a group over the time to
 * come as a skyline, bookings in it, and what may be chosen beside them (commitment, backfilling,
 * lookahead). Only for scenarios that commit or look ahead. */
#ifndef POISE_PLAN_H
#define POISE_PLAN_H

#include "run.h"

/* What may be done with a waiting task in the group under the profile: POISE_START, POISE_BOOK, or
 * -1: nothing now. */
int plan_offer(poise_env *e, int slot, int group, int profile);
/* The task, which has not started, is promised its earliest start. True if it stays in the window
 * (it is decided about anew at the next instant). */
bool plan_book(poise_env *e, int slot, int group, int profile);
/* The task has just started: bookings made at this instant have to live with it. */
void plan_note_start(poise_env *e, int slot);
/* The processors that a task, which is about to start, may take now in its group: those that nobody
 * is promised while it runs. A set of numbers.h, valid until the next call; NULL = any. */
const uint64_t *plan_allows(poise_env *e, int slot);
/* A new instant: commitments that can be met start. */
void plan_begin_pass(poise_env *e);
/* Nothing more may be chosen at this instant, as bookings forbid it. */
bool plan_is_closed(const poise_env *e);
/* After a commitment that holds, only the oldest task that may go ahead is listed. */
bool plan_lists_one(const poise_env *e);

/* Where no more tasks can start, those that are sent there wait at least for the first that is
 * expected to end. */
void plan_see_backlog(poise_env *e);

/* The skyline itself, for tests: one per group, rebuilt from what runs. */
void plan_build(poise_env *e, int group);
/* The earliest start, not before now, of a task that takes `need` for `ns`; INT64_MAX if there is
 * none that ends by `until_ns`. */
int64_t plan_earliest(const poise_env *e, int group, const int64_t *need, int64_t ns,
                      int64_t until_ns);
/* Takes `need` from the plan over [from, to). */
void plan_take(poise_env *e, int group, const int64_t *need, int64_t from_ns, int64_t to_ns);

#endif
