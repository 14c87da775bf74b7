/* run.h - tasks that may do other than run at one speed from start to end: what run.c (progress,
 * start and stop), room.c (devices that fit) and power.c share, and what the rest of the simulator
 * asks of them. Only for scenarios with has_runs. */
#ifndef POISE_RUN_H
#define POISE_RUN_H

#include "state.h"

/* ---- room.c ------------------------------------------------------------------------------ */

const scenario_mode *run_mode(const poise_env *e, const task *t, int group, int profile);
demand run_demand(const poise_env *e, const task *t, const scenario_mode *m);

/* The named resources that a task needs, NULL = none. */
const int64_t *room_resources(const poise_env *e, int slot);

/* How a task could start. */
typedef enum run_fit { FITS_NOT, FITS_BY_DISPLACING, FITS_NOW } run_fit;
/* Whether the task could start in the group under the profile now, on as many devices as that
 * takes. may_displace: tasks that may be displaced at this instant do not count as there. */
run_fit room_for(const poise_env *e, int slot, int group, int profile, bool may_displace);
/* Whether it could, once it has left the places it holds. */
bool room_to_move(const poise_env *e, int slot, int group, int profile);
/* Whether its tenant may hold what the task takes in the group under the profile, beside what all
 * its others hold, or will once they leave devices' own queues. */
bool room_in_quota(const poise_env *e, int slot, int group, int profile);
/* The task joins (sign 1) or leaves (-1) a device's own queue. */
void room_promise(poise_env *e, int slot, int sign);
/* How many tasks like this one could start on the device now, or join its own queue. */
int64_t room_places(const poise_env *e, int number, int group, const arrival *a,
                    const demand *want);
/* Whether the task could start on this device now. */
bool room_on(const poise_env *e, int number, int slot, int group, int profile);
/* The device of the group on which the task fits, or would after displacing the tasks with the
 * least attention; the lowest number on ties. Devices it holds do not count. *victim is the place
 * that has to go next, -1 if it fits. -1 if there is no such device. */
int room_find(const poise_env *e, int slot, int *victim);

/* The task takes one more place, on the device; its group and profile are set. */
void place_take(poise_env *e, int slot, int number);
/* The task gives back the places it holds. */
void place_leave_all(poise_env *e, int slot);

/* Integral of the devices (cores) that a tenant held up to now. */
__int128 room_held_ns(const poise_env *e, int tenant);

/* ---- power.c ----------------------------------------------------------------------------- */

/* Power in milliwatts of the device with the tasks that are on it, were there no cap. */
int64_t power_of(const poise_env *e, int number, int group);
/* Brings the integrals of a group up to now. */
void power_count(poise_env *e, int group);
/* The device's power may have changed. */
void power_update(poise_env *e, int number, int group);

/* ---- run.c ------------------------------------------------------------------------------- */

/* Brings what the task has left up to now. */
void run_settle(poise_env *e, int slot);
/* Sets the task's rate by what its devices allow, and when it ends. */
void run_pace(poise_env *e, int slot);
/* The task, which runs, goes on at this rate; sets when it ends. */
void run_set_rate(poise_env *e, int slot, double rate);
/* All tasks on the device up to now, at the rates they had; before anything there changes. */
void run_settle_device(poise_env *e, int number);
/* The rates of all tasks on the device; after anything there has changed. */
void run_pace_device(poise_env *e, int number, int group);

/* The task, with its group and profile set, starts or goes on: on `device`, or where it fits (-1),
 * displacing others if it must. */
void run_start(poise_env *e, int slot, int number);
/* The task gives up its devices, and its state is TASK_WAITING; where it goes is the caller's
 * business. Devices' own queues are not served yet. */
void run_stop(poise_env *e, int slot);
/* A running task goes back into the queue. keeps: the part of the work done so far that is not
 * lost. */
void run_displace(poise_env *e, int slot, double keeps);
/* The task may have lost part of the work it has done. */
void run_lose(poise_env *e, int slot, double keeps);
/* The part of its work that a task keeps when it is displaced, as the scenario says. */
double run_kept_part(const poise_env *e, const task *t);
/* The task waits: if it is to be killed at its deadline, that is what happens next. */
void run_wait(poise_env *e, int slot);
/* What agents may think is left of the task, in work units: its visible size less what they saw it
 * do, 0 once it has outlived that. How far it really is would tell its true size. */
double run_visible_left(const poise_env *e, int slot);
/* Expected seconds until the task would be done, started now in the group under the profile. */
double run_service_s(const poise_env *e, int slot, int group, int profile);

/* At the start of an episode: groups whose speeds change over time. */
void pace_reset(poise_env *e);
/* Some of them change now (EVENT_PACE). */
void pace_change(poise_env *e);

#endif
