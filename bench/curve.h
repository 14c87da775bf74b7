/* curve.h - learning curves over training seeds: what validation said of a learner against the
 * decisions it had taken, from the logs of several trainings; and the tables that keep them. */
#ifndef CURVE_H
#define CURVE_H

#include "poise.h"

#define CURVE_POINTS_MAX 100
#define CURVE_RULES_MAX 2

typedef struct curve_point {
    double decisions, mean, low, high;  // low and high are NAN for one seed
} curve_point;

/* A rule to compare with, by its mean over evaluation seeds. */
typedef struct curve_rule {
    char name[64];
    int seeds;
    double mean, low, high;
} curve_rule;

typedef struct curve {
    char scenario[64], name[64];
    int metric;  // row of poise_metrics
    int seeds;   // training seeds
    int n, n_rules;
    curve_point point[CURVE_POINTS_MAX];  // (n)
    curve_rule rule[CURVE_RULES_MAX];     // (n_rules) the best one first
} curve;

/* The mean over n logs (see train_write_progress) of what validation said, with its 95% interval by
 * Student's t, at decisions that lie within all of them, evenly apart, as many as the shortest log
 * has (at most CURVE_POINTS_MAX); between two validations a log counts by the line between them.
 * Logs of trainings without validation say the reward of training episodes instead. Sets point, n
 * and seeds, and metric if it is the reward; metric is what was validated before. false with a
 * sentence in err: a file that cannot be read, is no such log, or is not of the kind of the first.
 */
bool curve_of_logs(curve *c, const char *const *path, int n, poise_error *err);

/* Whether a table keeps the name as it is: there are no commas, quotes or control characters. */
bool curve_is_plain(const char *name);
/* Writes curves as a table, one line a point and one a rule; and reads one with one curve. */
bool curve_write(const curve *c, const char *path, poise_error *err);
bool curve_read(curve *c, const char *path, poise_error *err);

#endif
