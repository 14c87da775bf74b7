/* tabular.h - what tabular learners share: values of pairs of state and action in a hash table, the
 * choices that wait for what comes of them, and the schedules of step size and exploration. What a
 * view is for the table, is told in coarse.h.
 *
 * Decisions are not evenly spaced (semi-Markov): what follows after t seconds counts exp(-beta t)
 * (Bradtke and Duff, NIPS 1994). Where a mean reward per second is asked for (`average`), nothing
 * is discounted, but the mean rate is taken off the rewards; it is learnt from the same errors as
 * the values are (differential Q-learning: Wan, Naik and Sutton, ICML 2021; for semi-Markov
 * processes NeurIPS 2021).
 *
 * A decision with a single action is no choice: what comes of it counts for the choice before. The
 * rewards of n_steps choices are gathered into a target: where the state does not tell who is being
 * served, what a long service costs shows only many choices later.
 *
 * Most of what follows depends on how many tasks are there and little on the choice, so the table
 * would drown in noise. The value of the state (in small systems, see coarse.h), or of the number
 * of tasks, is learnt beside it and used as a potential: rewards are shaped by its change, which
 * leaves the best policy as it is (Ng, Harada and Russell, ICML 1999), and the table holds how much
 * better or worse an action is than that. So actions may be compared over coarser states than
 * values.
 *
 * What is acted on when training is over are means of the values, the latest of which weigh most
 * (Polyak and Juditsky, SIAM J. Control and Optimization 30, 1992; Shamir and Zhang, ICML 2013).
 * Training tries what looks nearly as good as the best nearly as often (Boltzmann), and a few
 * choices are random.
 *
 * Pairs of state and action live in a hash table of 2^table_bits entries. A pair not met before
 * counts as if it were `optimism` deviations better than average (optimistic start), so that it is
 * tried.
 *
 * A learner's state is a `tabular` (or begins with one), its options are tabular_options, and most
 * of the functions of its table are found here; what is its own is `learn`:
 *
 *     if (!tabular_arrive(t, o, after))
 *         return true;
 *     tabular_explore(t);
 *     while (tabular_is_due(t))
 *         tabular_update(t, 0, value of what follows);
 *     return tabular_is_sound(t, err); */
#ifndef POISE_TABULAR_H
#define POISE_TABULAR_H

#include "agent.h"
#include "lib/coarse.h"

enum { TABULAR_TRAIN_DECISIONS = 1000000, TABULAR_STEPS = 256, TABULAR_MEAN = -1 };

/* A choice whose consequences are still gathered. */
typedef struct tabular_choice {
    size_t entry, state;  // of its pair, and of the state
    int level;            // of the number of tasks then
    double reward;        // since then, discounted to then, or less the mean rate
    double keep;          // discount of what follows
    double elapsed_s;
} tabular_choice;

/* What else is learnt: numbers that training needs in order to go on. */
typedef struct tabular_counts {
    double decisions, states, pairs, shared;  // so far; shared: pairs that found the table full
    double error;                             // running mean of |target - value|
    double rate;                              // mean reward per second, where that is asked for
    double between_s, n_between;              // mean time from choice to choice, and of how many
} tabular_counts;

typedef struct tabular {
    coarse view;  // first: its options are rows of tabular_options

    /* Options. */
    int n_steps, table_bits, decay;
    double learning_rate, learning_rate_power, learning_rate_min, exploration_initial,
        exploration_final, temperature, optimism, averaging, discount_per_s, horizon, rate_step;
    bool average, potential;

    const char *name;  // of the learner
    double beta;       // per second
    int steps;         // settings in force
    double stray[2], heat;
    int n_tables;  // of values
    size_t n_entries;
    double *key;        // (n_entries) what stands there, 0 = nothing; a whole number < 2^53
    double *value;      // (n_tables, n_entries) of a pair: mean of
    double *latest;     // (n_tables, n_entries) what it was updated to
    double *visits;     // (n_tables, n_entries) how often it was updated, or (of the first) the
                        // state was met
    size_t *entry;      // (n_now) of the coming decision's actions; n_entries: it is not there
    double *chance;     // (n_now) to be picked when training
    double returns[3];  // count, mean and mean square deviation of targets
    double height[COARSE_LEVELS];  // the potential: value by number of tasks in the system
    double met[COARSE_LEVELS];     // how often it was updated
    tabular_counts count;

    poise_mode mode;
    poise_rng rng;
    tabular_choice
        waits[TABULAR_STEPS];  // choices that wait for their target, oldest first, a ring
    int first, n_waits;
    size_t state;      // entry of the coming decision's
    bool seen;         // the coming decision's actions are listed
    int picked;        // of these, -1 none yet
    bool asked;        // the pick stands among the choices that wait
    bool ended;        // the episode has ended,
    bool loses_sight;  // and what would have followed is not known
    int level;         // of the number of tasks in the system, at the coming decision
} tabular;

extern const poise_option tabular_options[];

/* The functions of a learner's table. */
void tabular_begin(void *state, poise_mode mode, uint64_t seed);
int tabular_choose(void *state, const poise_view *v);
void tabular_attend(void *state, const poise_view *v, double *attention);
int tabular_params(void *state, poise_tensor *t);
int tabular_memory(void *state, poise_tensor *t);
int tabular_progress(void *state, poise_figure *figure, int max);
void tabular_free(void *state);

/* For init: memory for n_tables values of each pair. */
bool tabular_init(tabular *t, const char *name, int n_tables, const poise_space *space,
                  poise_error *err);

/* For learn. An outcome is credited to the choices that wait for it; true if some of them can now
 * be settled: a choice is due next, or the episode has ended. */
bool tabular_arrive(tabular *t, const poise_outcome *o, const poise_view *after);
/* Numbers of actions that may be chosen next; 0 at the end of the episode. */
int tabular_n_actions(const tabular *t);
/* The value of an action in one of the tables, or (TABULAR_MEAN) in the mean of all; 0 for -1. */
double tabular_value(const tabular *t, int table, int action);
/* The best action in one of the tables or in their mean, the first on ties; -1 if there is none. */
int tabular_best(const tabular *t, int table);
/* Share of random choices now. */
double tabular_exploration(const tabular *t);
/* Fills in the chances of the actions that may be chosen next. */
void tabular_policy(tabular *t);
/* Picks what is done next: the best action, or now and then any. */
void tabular_explore(tabular *t);
/* Whether the oldest choice that waits has gathered all it may before its target is taken. */
bool tabular_is_due(const tabular *t);
/* Moves the oldest choice's value in a table towards its target, where what follows is worth `next`
 * by the tables. */
void tabular_update(tabular *t, int table, double next);
/* Whether all is finite; else false with a sentence in err. */
bool tabular_is_sound(const tabular *t, poise_error *err);

#endif
