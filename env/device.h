/* device.h - how devices work: one file a law under env/devices/, ending with its table
 * `const device_law device_NAME`. The build finds them by their file. */
#ifndef POISE_DEVICE_H
#define POISE_DEVICE_H

#include "scenario.h"

/* One device of a group while the simulation runs. Task numbers are slots of the environment. */
typedef struct device {
    int running;      // tasks in service
    int queued;       // tasks in its own queue
    int first, last;  // its own queue, linked through the tasks; -1 if empty
    int cores_free;
    int64_t memory_free_bytes;
    int64_t free_ns;   // when the task in service is expected to end, from visible sizes
    double queued_ns;  // expected service of its own queue, a whole number
} device;

/* What a task asks of a device. */
typedef struct demand {
    int cores;
    int64_t memory_bytes;
} demand;

/* A task on a device, as far as its speed there depends on others. */
typedef struct guest {
    int class_id;
    double weight, cap;  // of its share; cap in full speeds of one task
    double speed;        // work units per second with nothing in the way
    double left;         // work units
    double flop, byte;   // per work unit, on this device
} guest;

enum { LAW_MOST_LOADS = 3 };

/* Profile number `profile` of the class, where a class without any has one; NULL beyond the last.
 */
const scenario_profile *scenario_profile_of(const scenario_class *c, int profile);
/* Whether empty devices of the group could run a task of the class, which needs that, under the
 * profile; speeds aside. */
bool scenario_could_run(const poise_scenario *s, int class_id, int group, const scenario_profile *p,
                        demand d, const int64_t *resources);

struct device_law {
    const char *name;
    const char *about;            // one line
    const poise_option *options;  // rows into struct law_params; NULL if it has none
    /* Whether `fits` looks at the task's demand, and the task occupies the cores it asks for; else
     * any task will do, and it occupies one. */
    bool demand_matters;
    /* Whether an empty device could ever run it. */
    bool (*could_run)(const scenario_group *g, const demand *d);
    /* Whether the task can start on this device now (true), without waiting in its own queue. */
    bool (*fits)(const scenario_group *g, const device *dev, const demand *d);
    /* Whether the device's own queue takes one more. */
    bool (*queues)(const scenario_group *g, const device *dev);
    /* How many such tasks the device takes now, its own queue included; INT_MAX without bound. */
    int (*places)(const scenario_group *g, const device *dev, const demand *d);
    /* Cores of one device: what tasks occupy, one each unless demand_matters. */
    int (*cores)(const scenario_group *g);
    /* A device is busy or idle as a whole, however many of its cores are in use. */
    bool whole;
    /* A task waits in the device's queue until all its data have come; else it holds the device. */
    bool data_first;
    /* The speed of a class there in work units per second, where it follows from the device; NULL:
     * as the file says. */
    double (*speed)(const scenario_group *g, const scenario_class *c);
    /* Fluid laws: the part of its full speed at which each of the n tasks on a device runs, oldest
     * first. NULL: each at full speed. */
    void (*factors)(const scenario_group *g, int n, const guest *who, double *factor);
    /* How many tasks of the device's own queue start together now; is_due: the oldest of them has
     * waited for the group's timeout. NULL: one whenever one fits. */
    int (*batch)(const scenario_group *g, const device *dev, bool is_due);
    /* What one unit of work per second of the class takes of one device at best, in the mode: the
     * part of each thing that there is only so much of, 0 where nothing is taken; a task on several
     * devices counts on all of them. NULL: its cores, for as long as it runs. */
    void (*loads)(const scenario_group *g, const scenario_class *c, const scenario_mode *m,
                  double *load);
};

/* All laws, sorted by name; NULL-terminated. Written by the build. */
extern const device_law *const device_laws[];
const device_law *device_law_find(const char *name);

#endif
