/* values.h - a setting that takes several values, as the file of an experiment gives it: one value,
 * a list, or a rule that makes a list:
 *
 *     {range: [1, 9, 2]}, {range: 1..9}     from the first to the last at most, in steps (of 1)
 *     {linspace: [0.3, 0.9, 4]}             so many from the first to the last, evenly spaced
 *     {logspace: [1e-4, 1e-2, 3]}           the same of their logarithms
 *     {random: {low: 0, high: 1, count: 5}} so many drawn; also law: log, whole: true, seed: 1
 *
 * Values are texts. The ends of a rule may have a unit, the same for all of them: [1 h, 4 h, 3]. */
#ifndef VALUES_H
#define VALUES_H

#include "yaml.h"

/* Texts belong to the memory of the file. */
typedef struct values {
    const char **text;  // (n) no two are the same
    yaml_mark *mark;    // (n) where each comes from
    int n;
} values;

/* Most values of one setting. */
#define VALUES_MAX 10000

/* Whether the map is a rule. */
bool values_are_ruled(const yaml_node *map);
/* The values of the setting called `name`; n is 0 after a mistake.
 *
 * Those of range are exact decimals, those of linspace the doubles nearest to the exact fractions;
 * those between the ends of logspace, and those that are drawn, are rounded to 12 digits. What is
 * drawn depends on the name, the seed and the place in the list alone. */
values values_read(yaml_doc *doc, yaml_node *node, const char *name);

#endif
