/* trend.h - the scale of returns, kept with the policy. Most of a return depends on how many tasks
 * are in the system and grows with it beyond any bound, which a network of tanh units cannot
 * follow. So a straight line through returns by number of tasks is kept, and the network learns the
 * rest, in units of its standard deviation: whatever the scale of rewards, what is learnt is of
 * size one. (Normalised targets: van Hasselt et al., NIPS 2016, here with the number of tasks.) */
#ifndef POISE_TREND_H
#define POISE_TREND_H

#include "agent.h"

/* Running means over choices: of the tasks in the system, the return, and their products. */
enum {
    TREND_TASKS,
    TREND_RETURN,
    TREND_TASKS_2,
    TREND_TASKS_RETURN,
    TREND_RETURN_2,
    TREND_MOMENTS
};

typedef struct trend {
    double moments[TREND_MOMENTS];
    double batches;  // that they are of
} trend;

/* The line. */
typedef struct trend_line {
    double at_tasks, mean, slope, deviation;
} trend_line;
/* Without returns yet: mean 0, deviation 1. */
trend_line trend_of(const trend *t);
static inline double trend_expects(const trend_line *l, double tasks)
{
    return l->mean + l->slope * (tasks - l->at_tasks);
}
/* Brings the means up to date with n returns: the first batches count alike, later ones a
 * fifth: a policy that gets better may make returns smaller by orders of magnitude. */
void trend_follow(trend *t, int n, const double *tasks, const double *returns);
/* Makes all returns so far larger by `plus`. */
void trend_shift(trend *t, double plus);
/* The moments as one tensor. */
poise_tensor trend_tensor(trend *t, const char *name);

#endif
