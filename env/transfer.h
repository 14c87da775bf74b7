/* transfer.h - bytes that tasks need on their devices: the input of a task comes from the origin of
 * data, what an edge of a graph carries from the device of the task before, and what a task that is
 * moved takes with it from the device it was on. A task holds its device while it waits for them;
 * in a queue (and always under law edge) it waits there. A task that loses its device before all
 * has come, or its place in a queue before it has ever run, needs all of it again. Tasks on several
 * devices get everything on the first.
 *
 * Also, bytes that tasks exchange while they run. Only for scenarios with has_runs; where nothing
 * is ever moved over links, nothing is to be waited for. */
#ifndef POISE_TRANSFER_H
#define POISE_TRANSFER_H

#include "run.h"

/* Nothing is on its way, at the start of an episode. */
void transfer_reset(poise_env *e);

/* The task has a device (task.device), or a place in its queue: all that it needs there and that
 * there is now is sent, unless that is done. */
void transfer_supply(poise_env *e, int slot);
/* Bytes for the task, which has a device, begin to move from a device to that one. */
void transfer_send(poise_env *e, int from, int slot, int64_t bytes);
/* What the task waits for before it can run: transfers, and tasks before it in its job. */
int transfer_awaited(const poise_env *e, int slot);
/* All that was awaited may have come. */
void transfer_note(poise_env *e, int slot);
/* One thing less that a running task waits for. */
void transfer_come(poise_env *e, int slot);
/* The task loses its device, or its place in the queue. */
void transfer_leave(poise_env *e, int slot);

/* Seconds until what the task needs, the data of tasks before it aside, would be there, if it were
 * sent to the group now with nothing in the way. */
double transfer_expected_s(const poise_env *e, int slot, int group);
/* The same for what is on its way to the task. */
double transfer_left_s(const poise_env *e, int slot);

/* Two devices exchange so many bytes a second at most from now on, 0 = none; `number` (>= 0) names
 * their conversation. */
void transfer_talk(poise_env *e, int64_t number, int a, int b, double byte_per_s);
/* The part of that which links leave to the conversation; 1 if it needs none. */
double transfer_part(poise_env *e, int64_t number);

/* Something has come (EVENT_TRANSFER). */
void transfer_event(poise_env *e);
/* Before time passes: if transfers began or ended, what follows for the rates of others, for when
 * the next one comes, and for what the view says of links. */
void transfer_update(poise_env *e);
/* Bytes moved so far. */
double transfer_moved(const poise_env *e);

#endif
