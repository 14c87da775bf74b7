/* search.h - what optimisers search at a decision, whatever their idea: numbers in [0, 1] that
 * stand for a plan of the tasks in the view (search_plan.h) or, where the scenario shares, for the
 * parts of those that run; and the evaluation, which counts. A method tries vectors until no
 * evaluation is left; the best becomes the attention. A plan is followed without searching for as
 * long as the world goes as it says; the next search begins with it. */
#ifndef POISE_SEARCH_H
#define POISE_SEARCH_H

#include "search_plan.h"
#include "shares.h"

/* What was best for a task that shares. */
typedef struct search_part {
    int64_t id;
    double x;
} search_part;

typedef struct search {
    int evaluations;  // at a decision, at most
    int most_tasks;   // that a plan has, at most
    int objective;    // a plan_objective

    /* For methods. */
    int most;      // numbers that a vector can have
    int n;         // numbers that it has now
    int n_known;   // vectors that are known beforehand
    double grain;  // steps that are smaller do not matter
    int left;      // evaluations
    double *best;  // (n) of all that were tried, and what it costs
    double best_cost;
    poise_rng rng;

    long spent, most_spent;  // evaluations: in all, and most at a decision
    const poise_space *space;
    plan plan;
    shares_desk desk;
    double *cost;  // (most) where tasks share: a task's holding cost times its work
    double *rest;  // (most) room for what is left of it
    search_part *part, *part_was;
    int n_parts, n_parts_was;
} search;

/* The rows of options that all of them have; `type` is a struct that begins with a search. */
#define SEARCH_OPTIONS(type, evaluate)                                                             \
    {"evaluations", POISE_INT, offsetof(type, search.evaluations),   evaluate, 1,                  \
     1e9,           "",        "of plans, at each decision at most", NULL},                        \
        {"tasks",                                                                                  \
         POISE_INT,                                                                                \
         offsetof(type, search.most_tasks),                                                        \
         32,                                                                                       \
         1,                                                                                        \
         1024,                                                                                     \
         "tasks",                                                                                  \
         "that are planned at once at most, the first of the view",                                \
         NULL},                                                                                    \
    {                                                                                              \
        "objective", POISE_CHOICE, offsetof(type, search.objective), PLAN_AUTO, 0, 0, "",          \
            "what plans make small; auto: the scenario's measure if it is among them, else minus " \
            "its reward",                                                                          \
            plan_objective_names                                                                   \
    }

/* A way to search: tries vectors until none is left. */
typedef void search_method(void *state, search *s);

/* Takes memory, which search_free gives back; false, with a sentence of `agent` in err, if there is
 * none. */
bool search_init(search *s, const poise_space *space, const char *agent, poise_error *err);
void search_free(search *s);
/* A new episode begins. */
void search_begin(search *s, uint64_t seed);
/* Searches if need be, and attends to what the best plan says. */
void search_attend(search *s, const poise_view *v, search_method *method, void *state,
                   double *attention);

/* ---- for methods --------------------------------------------------------------------------- */

/* What x (n) costs: one evaluation. INFINITY if none was left. Where many vectors mean the same, x
 * becomes the one that stands for them. */
double search_try(search *s, double *x);
/* The k-th of the vectors known beforehand: what simple rules would do, and the best of last time.
 */
void search_known(const search *s, int k, double *x);
/* A vector at random; with k below n_known, the k-th of those known. */
void search_draw(search *s, int k, double *x);
/* Moves x a step away, along one axis or all, whose size is of any order of magnitude between grain
 * and 1 alike. */
void search_step(search *s, double *x);
/* The number within 0 and 1 that x is if it is turned back at both. */
double search_within(double x);

#endif
