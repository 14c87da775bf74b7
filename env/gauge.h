/* gauge.h - what the gauges of a running environment show at this moment, for those who draw runs:
 * more than agents see, and nothing comes back. */
#ifndef POISE_GAUGE_H
#define POISE_GAUGE_H

#include "poise.h"

typedef struct gauge {
    int in_system, in_service;  // tasks
    double busy;                // part of what devices can do that is in use
    double memory;              // memory in use / memory there is, over groups with bounded memory;
                                // above 1 under pressure, 0 where no memory is bounded
    double down, asleep;        // part of the devices that are broken, that sleep
    double power_w;
    double price_per_kwh, carbon_g_per_kwh;  // 0 where the scenario says nothing
} gauge;

/* Of one group of devices (tasks in the system are then those in service), or of all (-1): parts
 * are then weighted by cores, bytes and devices. */
gauge gauge_read(const poise_env *e, int group);

/* What the classes of running tasks hold of all devices, as numbers of devices: a task counts with
 * its cores, or its part of a device that is divided. held is (n_classes); with by_tenant it is
 * (n_tenants), and tasks of nobody are left out. */
void gauge_held(const poise_env *e, bool by_tenant, double *held);

/* The same of one task, given by its record; 0 where it does not run. */
double gauge_part(const poise_env *e, int64_t record);

/* The devices that a running task holds, as numbers within its group, at most n of them: how many.
 * The task is given by its record; 0 where it does not run. */
int gauge_devices(const poise_env *e, int64_t record, int *number, int n);

/* A running task's part of one device. */
typedef struct gauge_place {
    int device;  // its number over all groups
    int cores;   // of the device; 1 where tasks do not ask for cores
} gauge_place;
/* The devices of the task in a slot that runs, at most n of them: how many. */
int gauge_places(const poise_env *e, int slot, gauge_place *held, int n);
/* Its processors as bits, the lowest number first; NULL where they are only counted. */
const uint64_t *gauge_numbers(const poise_env *e, int slot, int *n_words);

#endif
