/* bound_energy.h - the least energy that devices and tasks take, and what it costs. */
#ifndef BOUND_ENERGY_H
#define BOUND_ENERGY_H

#include "bound_task.h"

/* Least energy, money and carbon from from_s to to_s: of devices, whatever they do, and of the
 * service of the tasks beyond that. That of
 * devices may be a little below 0, where rounding counts. */
typedef struct bound_energy {
    double devices_j, tasks_j;
    double cost, carbon_g;  // of both
} bound_energy;

/* Of the tasks that finished. b may hold none. false without memory. */
bool bound_energy_of(const bound_tasks *b, double from_s, double to_s, bound_energy *out);

#endif
