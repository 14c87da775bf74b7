/* shares.h - dividing a capacity among tasks: the pure rules, and what carries them between a view
 * and attention. Parts are in full speeds of one task, as caps and capacities are. */
#ifndef POISE_SHARES_H
#define POISE_SHARES_H

#include "agent.h"

/* What there is to divide and who asks for it. */
typedef struct shares {
    int n;
    double capacity;
    double *cap;     // (n) most that each can use, > 0
    double *weight;  // (n) what a second of each costs, > 0
    double *work;    // (n) seconds that each still takes at full speed, > 0
    double *part;    // (n) what each gets: filled by a rule
} shares;

/* A way to divide; it fills part. */
typedef void shares_rule(void *state, shares *s);

/* Weighted max-min fairness: parts rise together, in proportion to weight, and whoever has its cap
 * rises no more (Bertsekas and Gallager, Data Networks, 1992, 6.5). With `equally` all weights
 * count 1. */
void shares_max_min(shares *s, bool equally);

/* What the multiplier of Lagrange says of min sum_i B_i / R_i subject to sum_i R_i <= capacity,
 * R_i <= cap_i, with B_i = weight_i work_i: B_i / R_i is what task i costs until its end if parts
 * stand. */
typedef struct shares_dual {
    double lambda;  // what one more unit of capacity would save; 0 if it is not scarce
    double primal;  // sum_i B_i / R_i
    double dual;    // min over R of sum_i B_i / R_i + lambda (sum_i R_i - capacity); <= primal
    int steps;      // of the ascent
} shares_dual;
/* Fills part by dual ascent: R_i = min(cap_i, sqrt(B_i / lambda)) is best for a price lambda, and
 * the price rises where more than there is is asked for, else it falls. The dual's slope is that
 * excess; a step is that of Newton within what is known of the price, at most most_steps >= 1. */
shares_dual shares_lagrangian(shares *s, int most_steps);

/* ---- between view and attention ------------------------------------------------------------ */

/* Where the tasks of a view are gathered, a group at a time. */
typedef struct shares_desk {
    shares ask;
    int *candidate;  // (ask.n) of whom each entry is
} shares_desk;

/* Memory for the views of a space; false, with a sentence of `agent` in err, if there is none. */
bool shares_desk_init(shares_desk *d, const poise_space *space, const char *agent,
                      poise_error *err);
void shares_desk_free(shares_desk *d);
/* Gathers the candidates that get a part of the group: all that run there, or could start there
 * where the scenario dispatches. Devices of a group count as one, for views do not tell them
 * apart. */
void shares_gather(shares_desk *d, const poise_view *v, int group);
/* The attention that gives these parts: w_i = part_i / cap_i, so that w_i cap_i / sum_j w_j cap_j
 * of the capacity is part_i where all of it is given away. */
void shares_attend(const shares_desk *d, const poise_view *v, double *attention);
/* Gathers, divides by the rule and attends for all groups; candidates that give no device get
 * rule_rest. Where the scenario dispatches, whoever would get most for its cap starts. */
void shares_divide(shares_desk *d, const poise_view *v, shares_rule *rule, void *state,
                   double *attention);

#endif
