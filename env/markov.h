/* markov.h - scenarios that are small Markov decision processes, and their exact optimum.
 *
 * Where arrivals are Poisson and sizes exponential, how many tasks of each type there are, and
 * where those in service are, says all that matters about what is to come. The chain is built from
 * the scenario and solved by relative value iteration (M. L. Puterman, Markov Decision Processes,
 * Wiley 1994, ch. 8.5 and 11.5), each step of which is carried on to the values of its policy. What
 * is found is best among all policies that do not know the sizes of tasks.
 *
 * What is known of the optimum without caps: with a cap that is given, losing tasks for nothing
 * only helps (a policy may treat some that are there as if they were lost), so that `cost` is below
 * it where tasks cost and leaving devices idle is allowed or does not help. Where tasks may be
 * displaced it is at most high + cut, which is what the policy costs when tasks beyond the caps
 * wait apart for idle devices; elsewhere that is an estimate. */
#ifndef POISE_MARKOV_H
#define POISE_MARKOV_H

#include "poise.h"

enum { MARKOV_TYPES = 8, MARKOV_MODES = 24, MARKOV_NEXT = 8 };

/* What is to be least. */
typedef enum markov_cost {
    MARKOV_REWARD,   // minus the scenario's reward
    MARKOV_HOLDING,  // weights of the tasks in the system, those of graphs from when they are ready
    MARKOV_NUMBER,   // the same with weight 1
} markov_cost;
extern const char *const markov_cost_names[];  // NULL-terminated

/* How it is solved. Equal wishes give equal bits. */
typedef struct markov_wish {
    int cost;  // a markov_cost
    int cap;   // most tasks of a type in the system, more are lost for nothing; 0 = see markov.cap
    int states;  // most states (numbers of tasks, places of those in service)
    double gap;  // between the bounds on the optimum, as a part of it
} markov_wish;

/* Tasks that are alike: of a class, or of one place in a graph. */
typedef struct markov_type {
    const char *name;               // the scenario's
    int class_id, graph, stage;     // graph is -1 for tasks that are jobs
    double size;                    // mean, work units
    int n_next, next[MARKOV_NEXT];  // types of the tasks that are ready when it is done
    double cost;                    // per second that one is in the system
    int n_roots;                    // > 0: jobs arrive as tasks of these types
} markov_type;

/* Tasks of a type in service in a group under a profile. */
typedef struct markov_mode {
    int type, group, profile;
    double rate;  // completions per second of one
    double cost;  // per second that one is in service
    double gain;  // when one is done
} markov_mode;

/* Jobs that arrive together as tasks of n_roots types. */
typedef struct markov_arrival {
    double rate;
    int n_roots, root[MARKOV_TYPES];
    int n_tasks;  // of the whole job
} markov_arrival;

struct markov;
/* What a rule does with count (n_types) tasks in the system, those in service at `place` (-1 where
 * tasks may be preempted): a place, or -1 - type, one of which is refused. */
typedef int (*markov_rule)(const struct markov *m, const int *count, int place, void *data);

/* A scenario as a decision process, and its optimum. Immutable; belongs to the scenario. */
typedef struct markov {
    markov_wish wish;
    int n_types, n_modes, n_arrivals, n_groups;
    markov_type type[MARKOV_TYPES];
    markov_mode mode[MARKOV_MODES];
    markov_arrival arrival[MARKOV_TYPES];
    int *servers;         // (n_groups)
    double idle_cost;     // per second, whatever is done
    double refusal_cost;  // of a task that is refused or dropped
    int queue_limit;      // -1 none
    bool preempts;        // tasks in service may be put anywhere at any time
    bool idles;           // devices may be left idle
    bool rejects;
    double discount_per_s;
    markov_rule rule;  // NULL: what is best
    void *rule_data;

    int n_places;          // ways in which the devices can be busy, 0: nothing is in service
    unsigned char *busy;   // (n_places, n_modes) tasks in service
    unsigned char *needs;  // (n_places, n_types) of each type
    unsigned char *open;   // (n_places, n_types) a device that it could have is idle
    int *down;             // (n_places, n_modes) the place with one task less; -1
    double *place_cost;    // (n_places)
    int *up_at, *up;       // (n_places + 1), places with the same tasks in service and perhaps more

    /* Most tasks of each type. They grow until they hardly matter; the tasks that then find no room
     * are charged what one more would cost. */
    int cap[MARKOV_TYPES];
    int n_counts, n_states;
    int16_t *choice;  // (n_states) a place, or -1 - type: one of it is refused

    double cost;                  // of the best policy per second (without discount: in the mean)
    double low, high;             // which it lies between, for these caps
    double beyond;                // what of it is charged, by values, for tasks beyond the caps
    double cut;                   // what it may be above `high` without caps, at most
    double start_cost;            // discounted: cost from an empty system on
    double number[MARKOV_TYPES];  // tasks of each type in the mean
    double at_cap;                // part of the time in which there are as many of a type as can be
    bool wastes;                  // it would stop tasks that the scenario does not let it stop
    struct markov *next;          // the same scenario with another wish
} markov;

/* The optimum of the scenario, solved when it is first asked for. NULL with a sentence in err where
 * it is no small Markov decision process. Any number of threads may ask. */
const markov *markov_of(const poise_scenario *s, const markov_wish *wish, poise_error *err);
/* What a rule costs, as `cost`, instead of the optimum; to be freed with markov_free. NULL with a
 * sentence in err, also where the rule does what is not allowed in some state with so many tasks.
 */
markov *markov_of_rule(const poise_scenario *s, const markov_wish *wish, markov_rule rule,
                       void *data, poise_error *err);
/* Gives back what has been solved, from m on. */
void markov_free(markov *m);

/* The same unsolved, to be freed with markov_free: what must be known before it is worth solving.
 */
markov *markov_new(const poise_scenario *s, const markov_wish *wish, poise_error *err);

/* Fills in what is solved from what the scenario says; false with a sentence in err. */
bool markov_read(markov *m, const poise_scenario *s, poise_error *err);
bool markov_is_small(const markov *m, poise_error *err);
bool markov_solve(markov *m, poise_error *err);

/* The place with these tasks in service, busy (n_modes); -1 if there is none. */
int markov_place(const markov *m, const unsigned char *busy);
/* What is best with count (n_types) tasks in the system, those in service at `place` (which does
 * not matter where tasks may be preempted): as `choice`. Counts beyond the caps are taken as the
 * caps. */
int markov_choose(const markov *m, const int *count, int place);

#endif
