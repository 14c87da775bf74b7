/* rounds.h - following a plan: an allocation says what part of its time each task is to spend on
 * each kind of device, and attention goes where a task is furthest behind it (the rounds of Gavel,
 * Narayanan et al., OSDI 2020, section 5): time planned so far over time received so far.
 *
 * The plan is made anew when a task arrives or leaves, or devices fail. Groups are of one kind
 * where all classes run alike on them. Where attention divides a capacity, tasks stay in their
 * group and the plan is the parts. Tasks that run do not change places with each other, which takes
 * a third device: where fewer wait than run, less than the plan may come of it.
 *
 * Where running tasks are not shown they count as many of a sort that stays on its kind of device,
 * so that what is crowded is planned for less. */
#ifndef POISE_ROUNDS_H
#define POISE_ROUNDS_H

#include "agent.h"
#include "allocation.h"

/* Tasks that the plan does not tell apart. */
typedef struct rounds_row {
    int64_t id;      // of the task where each has a row of its own, else -1
    int64_t oldest;  // id of the oldest of them, while rows are gathered
    int64_t memory_bytes;
    uint64_t resources;  // a checksum of the named ones it needs
    double weight;
    int class_id, cores;
    int group;  // that it cannot leave, -1: it can
    int alike;
} rounds_row;

/* What a task should have had and has had, way by way. */
typedef struct rounds_account {
    int64_t id;
    int row;      // of the plan, -1: it is not planned
    double *had;  // (n_ways) seconds
    double *due;  // (n_ways)
} rounds_account;

/* Fills the plan: one of allocation.h with its parameters. */
typedef bool rounds_rule(void *state, allocation *a);

typedef struct rounds {
    allocation plan;
    bool alone;  // each task has a row of its own
    int most_rows;
    int n_ways;
    int *kind;                                                      // (n_groups)
    double *count, *busy_s, *speed, *need, *weight, *alike, *work;  // the plan's, to be written
    double *planned_count;                                          // (n_kinds) for the last plan
    rounds_row *row, *planned;         // of now, and of the last plan; unseen ones last
    int n_planned;                     // of tasks that are seen, in order
    rounds_account *account, *before;  // (most tasks in a view) by id
    int n_accounts;
    double now_s;    // of the accounts, -1: there are none
    double grain_s;  // as if everybody had had so much of everything
} rounds;

/* Memory for the views of a space; false, with a sentence of `agent` in err, if there is none.
 * most_rows bounds the plan: those with the oldest tasks are in it. */
bool rounds_init(rounds *r, const poise_space *space, bool alone, int most_rows, const char *agent,
                 poise_error *err);
void rounds_free(rounds *r);
/* A new episode. */
void rounds_begin(rounds *r);
/* Attention (n_candidates), after a new plan if one is due. */
void rounds_attend(rounds *r, const poise_view *v, rounds_rule *rule, void *state,
                   double *attention);

#endif
