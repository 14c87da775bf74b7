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
/* Where few tasks are there, each one more makes a difference: thresholds lie there. */
#define FEATURE_MOST_FEW 5

/* The columns of a candidate; indicators of its group and of its class follow. What is about no
 * task (to wait, devices that sleep or wake) has zeros where a task is described, and what gives no
 * device has zeros where a group is. */
enum {
    FEATURE_ACT,  // an indicator of each poise_act: what choosing it does
    FEATURE_SERVICE = FEATURE_ACT + POISE_WAKE + 1,  // service / typical, squashed
    FEATURE_SERVICE_LOG,    // log(service / typical) / 4, between -1 and 3.5
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
    FEATURE_WEIGHT,         // weight / (weight + mean weight of those that wait, or share)
    FEATURE_PRIORITY,       // priority / (1 + |priority|)
    FEATURE_SLACK,          // d / (d + service), d = time to the deadline; 1 without, 0 after it
    FEATURE_DONE,           // work done / work of the task
    FEATURE_UPWARD,         // longest way from its start to the end of its job / typical, squashed
    FEATURE_CAP,            // most of a shared device that it can use
    FEATURE_QUALITY,        // of what comes out under the profile
    FEATURE_WIDTH,          // devices at once / devices of the group
    FEATURE_IDLE,           // idle devices / devices of the group
    FEATURE_RUNNING,        // tasks in service / devices of the group, squashed
    FEATURE_QUEUED,         // tasks queued there / devices of the group, squashed
    FEATURE_BACKLOG,        // backlog of the group / typical, logarithm
    FEATURE_PRESSURE,       // tasks shown that are at home there / devices of the group, squashed
    FEATURE_HOME_BACKLOG,   // backlog of the task's home / typical, logarithm
    FEATURE_HOME_PRESSURE,  // tasks shown with the same home / its devices, squashed
    FEATURE_PATIENCE,       // (service - w) / (service + w), w = backlog + service at home
    FEATURE_ENERGY,         // least energy listed for the task / energy here, above idling
    FEATURE_CORES,          // cores needed / cores free in the group
    FEATURE_CORES_FREE,     // cores free / cores of the group
    FEATURE_MEMORY,         // memory needed / memory free on a device in the mean
    FEATURE_MEMORY_FREE,    // memory free / memory of the group
    FEATURE_RESOURCE,       // most needed of a named resource / what is free of it in the group
    FEATURE_FEW,            // an indicator of each of 1 .. FEATURE_MOST_FEW tasks in the system
    FEATURE_QUEUE =
        FEATURE_FEW + FEATURE_MOST_FEW,  // waiting tasks / devices of all groups, squashed
    FEATURE_FREE,                        // idle devices / devices of all groups
    FEATURE_COLUMNS,
};

/* The columns of the system; GROUP_COLUMNS of each group and, if there are at most
 * FEATURE_MAX_NAMES classes, two of each class (tasks shown / devices, squashed and its logarithm)
 * follow. */
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
    SYSTEM_PRICE,       // of a kWh, squashed
    SYSTEM_CARBON,      // of a kWh / 300 g, squashed
    SYSTEM_FEW,         // as FEATURE_FEW
    SYSTEM_COLUMNS = SYSTEM_FEW + FEATURE_MOST_FEW,
};

/* Where attention divides, these columns of the system come last: what is left to do of all that
 * runs, in typical services over capacity, as some ways to divide it would have it cost. Pairs of
 * tasks i, j delay each other, by weights w and services s. */
enum {
    SHARED_WORK,   // sum of s, logarithm
    SHARED_TURNS,  // one after the other, the best first: min(w_i s_j, w_j s_i), logarithm
    SHARED_ROOTS,  // parts that stand: sqrt(w_i s_i w_j s_j), logarithm
    SHARED_EQUAL,  // equal parts: (w_i + w_j) min(s_i, s_j), logarithm
    SHARED_COLUMNS,
};

/* The columns of a group among those of the system. */
enum {
    GROUP_IDLE,      // idle devices / devices
    GROUP_BACKLOG,   // backlog / typical, logarithm
    GROUP_PRESSURE,  // tasks shown that are at home there / devices, squashed
    GROUP_TASKS,     // tasks in service or queued there / devices, squashed
    GROUP_FREE,      // cores free / cores, or memory free / memory if that is less
    GROUP_COLUMNS,
};

/* The columns of a task by itself; an indicator of its class follows, if there are few. */
enum {
    TOKEN_LEAST,     // log(least service / typical) / 4
    TOKEN_SERVICE,   // the same, squashed
    TOKEN_AGE,       // time waited / typical, squashed
    TOKEN_RANK,      // 1 / (1 + older tasks shown)
    TOKEN_WEIGHT,    // weight / (weight + mean weight of those that wait, or share)
    TOKEN_PRIORITY,  // priority / (1 + |priority|)
    TOKEN_SLACK,     // d / (d + least service), d = time to the deadline; 1 without
    TOKEN_DONE,      // work done / work of the task
    TOKEN_RUNS,      // 1 if it runs
    TOKEN_UPWARD,    // longest way to the end of its job / typical, squashed
    TOKEN_CORES,     // cores needed / cores of a device of the largest group
    TOKEN_MEMORY,    // memory needed / memory of a device with the most
    TOKEN_COLUMNS,
};

/* Scratch for the features of one scenario; holds nothing from one view to the next. */
typedef struct features features;

/* In one block of memory; NULL if there is none. The space must outlive it. */
features *features_new(const poise_space *space);
void features_free(features *f);               // NULL is fine
int features_of_candidate(const features *f);  // columns of a candidate
int features_of_system(const features *f);     // columns of the system
int features_of_task(const features *f);       // columns of a task
int features_of_group(const features *f);      // columns of a group: GROUP_COLUMNS and its name
/* Fills x (n_tasks + n_running, features_of_task), and x (n_groups, features_of_group). */
void features_tasks(features *f, const poise_view *v, float *x);
void features_groups(features *f, const poise_view *v, float *x);
/* Fills x (n_candidates, features_of_candidate). */
void features_candidates(features *f, const poise_view *v, float *x);
/* Fills x (features_of_system). Good for the last view of an episode, too. */
void features_system(features *f, const poise_view *v, float *x);

/* Tasks in the system, each counting its weight as far as it is shown: what a second costs where
 * holding does. */
double features_burden(const poise_view *v);

#endif
