/* outage.h - devices that start no task for a while: broken (outage.c), or asleep, on their way
 * there or back (sleep.c). Only for scenarios with has_runs. */
#ifndef POISE_OUTAGE_H
#define POISE_OUTAGE_H

#include "run.h"

/* ---- outage.c ---------------------------------------------------------------------------- */

/* Whether racks of the group fail. */
static inline bool outage_racks(const scenario_group *sg)
{
    return sg->failures.rack > 0 && sg->failures.rack_mtbf.type;
}

/* Whether devices of the group fail at all. */
static inline bool outage_fails(const scenario_group *sg)
{
    return sg->failures.mtbf.type || outage_racks(sg);
}

/* When devices and racks fail first, at the start of an episode. */
void outage_reset(poise_env *e);
/* The device or rack fails (EVENT_FAIL), or is repaired. */
void outage_begin(poise_env *e, int entity);
void outage_end(poise_env *e, int entity);
/* The device has got its first task, or has none any more. */
void outage_turn(poise_env *e, int number, int group);
/* The device is broken so many times over from now on, or has this rest (a machine_rest): what
 * follows for its power, the integrals of its group and what the view counts. */
void outage_change(poise_env *e, int number, int group, int broken, int rest);
/* Integral of the broken devices of a group up to now. */
__int128 outage_down_ns(const poise_env *e, int group);
/* The group of a device. */
int outage_group(const poise_env *e, int number);

/* ---- sleep.c ----------------------------------------------------------------------------- */

/* Whether devices of the group ever sleep. */
static inline bool sleep_sleeps(const poise_scenario *s, const scenario_group *sg)
{
    const scenario_sleep *z = &sg->sleep;
    return z->boot_ns >= 0 && (z->after_ns > 0 || z->at_start || s->decision.power);
}

/* At the start of an episode. */
void sleep_reset(poise_env *e);
/* What was to come of the device's rest is there (EVENT_REST). */
void sleep_event(poise_env *e, int number);
/* The device, which is neither broken nor in use, goes to sleep. */
void sleep_begin(poise_env *e, int number, int group);
/* The device, which sleeps, boots. */
void sleep_wake(poise_env *e, int number, int group);
/* The device has got its first task, or has none any more: it may fall asleep after a while. */
void sleep_turn(poise_env *e, int number, int group);
/* The device is broken, whatever it was about to do. */
void sleep_forget(poise_env *e, int number);
/* Nanoseconds until a device that takes a task now could start it. */
int64_t sleep_delay_ns(const poise_env *e, int number, int group);
/* The device that a candidate puts to sleep or wakes; -1 if there is none. */
int sleep_candidate(const poise_env *e, int group, poise_act act);
/* What agents see of waiting for devices to boot. */
void sleep_see(poise_env *e);

#endif
