/* features.h - what a network is told of a decision: a row of numbers per candidate, and one row
 * for the system as a whole. Times are taken relative to the scenario's typical service and counts
 * relative to the number of devices, so that the same network settings suit any scenario. What has
 * no upper bound is either squashed into [0, 1] by x / (1 + x) or, where large values must still be
 * told apart, taken as its logarithm: log(1 + x) / 4, of 1e6 at most.
 *
 * "Least service" is over all groups that can run the task, "home" the group that has it.
 * All comes from the view; classes and groups are told apart by their properties and, if there are
 * at most FEATURE_MAX_NAMES of them, by an indicator each. */
#ifndef POISE_FEATURES_H
#define POISE_FEATURES_H

#include "poise.h"

#define FEATURE_MAX_NAMES 16

/* The columns of a candidate; indicators of its group and of its class follow. A candidate that
 * waits has zeros but for WAITS and the last two columns of the system. */
enum {
    FEATURE_WAITS,          // 1 if this is the choice to wait
    FEATURE_SERVICE,        // service / typical, squashed
    FEATURE_FIT,            // least service / service: how well the group suits the task
    FEATURE_FIT_NOW,        // the same among the groups listed for it
    FEATURE_SOON,           // least finish listed for it / finish; finish = backlog + service
    FEATURE_ADVANTAGE,      // o / (o + service), o = least service on any other group
    FEATURE_SHORT_HERE,     // shortest service listed for this group / service
    FEATURE_SHORT,          // shortest service listed / service
    FEATURE_AGE,            // time waited / typical, squashed
    FEATURE_AGE_SHARE,      // time waited / (time waited + service)
    FEATURE_RANK,           // 1 / (1 + older tasks shown)
    FEATURE_CLASS_SHARE,    // waiting tasks of its class / waiting tasks shown
    FEATURE_WEIGHT,         // weight / (weight + mean weight of those shown)
    FEATURE_PRIORITY,       // priority / (1 + |priority|)
    FEATURE_IDLE,           // idle devices / devices of the group
    FEATURE_BACKLOG,        // backlog of the group / typical, logarithm
    FEATURE_PRESSURE,       // tasks shown that are at home there / devices of the group, squashed
    FEATURE_HOME_BACKLOG,   // backlog of the task's home / typical, logarithm
    FEATURE_HOME_PRESSURE,  // tasks shown with the same home / its devices, squashed
    FEATURE_PATIENCE,       // (service - w) / (service + w), w = backlog + service at home
    FEATURE_ENERGY,         // least energy listed for the task / energy here, above idling
    FEATURE_CORES,          // cores needed / cores free in the group
    FEATURE_QUEUE,          // waiting tasks / devices of all groups, squashed
    FEATURE_FREE,           // idle devices / devices of all groups
    FEATURE_COLUMNS,
};

/* The columns of the system; three of each group (idle share, backlog and pressure as above) and,
 * if there are at most FEATURE_MAX_NAMES classes, one of each class (waiting tasks shown / devices,
 * squashed) follow. */
enum {
    SYSTEM_TASKS,       // tasks in the system / devices, squashed
    SYSTEM_TASKS_LOG,   // the same, logarithm
    SYSTEM_QUEUE,       // waiting tasks / devices, squashed
    SYSTEM_QUEUE_LOG,   // the same, logarithm
    SYSTEM_WORK,        // least service of all that wait / typical / devices, squashed
    SYSTEM_WORK_LOG,    // the same, logarithm
    SYSTEM_OLDEST,      // time that the oldest has waited / typical, squashed
    SYSTEM_OLDEST_LOG,  // the same, logarithm
    SYSTEM_AGE,         // mean time waited / typical, squashed
    SYSTEM_FREE,        // idle devices / devices of all groups
    SYSTEM_COLUMNS,
};

/* Scratch for the features of one scenario; holds nothing from one view to the next. */
typedef struct features features;

/* In one block of memory; NULL if there is none. The space must outlive it. */
features *features_new(const poise_space *space);
void features_free(features *f);               // NULL is fine
int features_of_candidate(const features *f);  // columns of a candidate
int features_of_system(const features *f);     // columns of the system
/* Fills x (n_candidates, features_of_candidate). */
void features_candidates(features *f, const poise_view *v, float *x);
/* Fills x (features_of_system). Good for the last view of an episode, too. */
void features_system(features *f, const poise_view *v, float *x);

#endif
