/* coarse.h - a view made small enough for a table: the number of its state, and what may be done.
 *
 * Any scenario is made small in the same way:
 *
 * - Kinds of tasks: where there are no more classes than `small`, or than size_bins x fit_bins,
 * each class is a kind. Else classes are sorted into size_bins by their least expected service and,
 *   within these, into fit_bins by how much longer they take on the group that suits them worst.
 * - State of a small system (at most `small` classes, and groups, and 4 times as many devices): how
 *   many tasks of each kind wait, how many of each kind run where and how (where views show it); of
 *   each group, how many devices are idle, asleep or booting and how many tasks stand in their own
 *   queues. Numbers below `exact` are told apart one by one, larger ones 4 an octave. Two views
 *   that differ in what may be done are two states: in the middle of an instant, some of it is
 * done.
 * - State of a large one: the same as levels, a number's binary digits (0, 1, 2-3, 4-7 ...) cut off
 *   at queue_levels, idle_levels and backlog_levels; of the kinds that run, whether any does; and
 *   the number of tasks in the system, cut off at system_levels.
 * - What an action sees of the state, which is what is told apart where it is compared with others:
 *   in a small system with one kind of tasks all of it, else the state as levels.
 * - Actions: to give a device of a group to a kind under a profile, to keep, move, book, suspend,
 *   refuse or put aside a task of a kind, to wait, to put a device of a group to sleep or wake it.
 *   The oldest such task is taken; the youngest, where it is refused or put aside.
 * - With more than joint_groups groups there would be too many of both. Then the state knows
 *   how many groups have an idle device, and an action instead of the group when the task would be
 *   done there, in typical services and two levels an octave, and which quarter of the group is
 *   free; of groups that are alike in this the first is taken.
 * - Where the scenario shares, an action gives all capacity to one kind, or to all tasks alike.
 * - Where tenants compete, an action is all this and the bid made for it, 0 to bids - 1. */
#ifndef POISE_COARSE_H
#define POISE_COARSE_H

#include "agent.h"

/* What may be done, and the candidate that stands for it. */
typedef struct coarse_action {
    int number;  // below n_actions
    int candidate;
} coarse_action;

typedef struct coarse {
    /* Options. */
    int size_bins, fit_bins, system_levels, queue_levels, idle_levels, backlog_levels, joint_groups,
        small, exact, bids;

    const poise_space *space;
    bool is_small, is_exact;  // is_exact: actions see all of the state
    bool is_joint;            // groups are told apart
    int n_kinds, n_actions;
    int *kind;             // (n_classes)
    int *waiting;          // (n_kinds) tasks of a view
    int *running;          // (n_kinds)
    long *listed;          // (n_actions) number of the last list that had the action
    long n_lists;          // so far
    coarse_action *now;    // (n_now) the actions of the view seen last, in order of candidates
    int n_now;             // 0 where there is nothing to be done
    uint64_t state, seen;  // of the view seen last; as levels, if it is
} coarse;

/* Options of `coarse`, which begins `at` bytes into the state: rows for the agent's table. */
bool coarse_init(coarse *c, const poise_space *space);  // false: no memory
void coarse_free(coarse *c);
/* Looks at a view: fills in now, n_now and state. */
void coarse_see(coarse *c, const poise_view *v);
/* The number of the action that a candidate of the view seen last is, with bid 0. */
int coarse_action_of(const coarse *c, const poise_view *v, int candidate);
/* Where tenants compete: the action's bid for its candidate, less for all others, whose attention
 * (n), at most `top`, keeps its order. */
void coarse_bid(const coarse *c, const coarse_action *a, double top, double *attention, int n);
/* Level of a number of tasks, below COARSE_LEVELS: each of its own to 32, then 16 an octave. */
enum { COARSE_LEVELS = 512 };
int coarse_level(int n);
/* A bijection that spreads states and actions over a table. */
uint64_t coarse_scramble(uint64_t h);

#endif
