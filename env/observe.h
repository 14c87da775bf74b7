/* observe.h - what a scenario prepares once for poise_observe. */
#ifndef POISE_OBSERVE_H
#define POISE_OBSERVE_H

#include "arena.h"
#include "scenario.h"

typedef struct poise_observer poise_observer;

/* The layout of the scenario's observation and the constants of its formulae; its space must be
 * complete. Memory is the arena's. */
const poise_observer *observer_new(const poise_scenario *s, arena *memory);

#endif
