/* reproduce_chain.c - what rules cost on small Markov decision processes, exactly: rows of
 * published optima and of the rules beside them. */
#include "reproduce.h"

#include "error.h"
#include "markov.h"

#include <math.h>
#include <string.h>

/* Between the bounds on a cost, as a part of it; and the most states of a process. */
#define GAP 1e-7
#define STATES 200000

/* What is in service at a place is worth, by MaxWeight. */
static double weight_of(const markov *m, const int *count, int place)
{
    const unsigned char *busy = m->busy + place * m->n_modes;
    double sum = 0;
    for (int i = 0; i < m->n_modes; i++) {
        const markov_mode *mode = &m->mode[i];
        sum += busy[i] * m->type[mode->type].cost * count[mode->type] * mode->rate;
    }
    return sum;
}

/* Tasks of the type in service at a place. */
static int served(const markov *m, int place, int type)
{
    return m->needs[place * m->n_types + type];
}

/* Whether a place serves more of the first type in which two differ; order (n_types). */
static bool is_before(const markov *m, const int *order, int place, int other)
{
    for (int k = 0; k < m->n_types; k++) {
        const int a = served(m, place, order[k]), b = served(m, other, order[k]);
        if (a != b)
            return a > b;
    }
    return place < other;
}

/* A rule while a chain is solved by it. */
typedef struct ruling {
    const reproduce_chain *chain;
    int order[MARKOV_TYPES];  // types, those that go first at the front
} ruling;

/* Any place may follow any other: tasks may be put anywhere at any time. */
static int choose(const markov *m, const int *count, int place, void *data)
{
    const ruling *r = data;
    int best = -1;
    double most = -1;
    (void)place;
    for (int k = 0; k < m->n_places; k++) {
        bool fits = true;
        for (int t = 0; t < m->n_types; t++)
            fits &= served(m, k, t) <= count[t];
        const double weight = r->chain->policy == REPRODUCE_MAX_WEIGHT ? weight_of(m, count, k) : 0;
        if (!fits || weight < most)
            continue;
        if (weight > most || is_before(m, r->order, k, best)) {
            best = k;
            most = weight;
        }
    }
    return best;
}

static int type_called(const markov *m, const char *name)
{
    int t = 0;
    while (t < m->n_types && strcmp(m->type[t].name, name) != 0)
        t++;
    return t;
}

/* The named types first, then the others in their own order; false with a sentence in err. */
static bool put_in_order(const markov *m, ruling *r, poise_error *err)
{
    const names *first = &r->chain->order;
    int n = 0;
    for (int i = 0; i < first->n; i++) {
        const int t = type_called(m, first->at[i]);
        if (t == m->n_types || n == m->n_types)
            return error_null(err, "there are no tasks of a type '%s'", first->at[i]);
        r->order[n++] = t;
    }
    for (int t = 0; t < m->n_types && n < m->n_types; t++)
        if (!names_has(first, m->type[t].name))
            r->order[n++] = t;
    return true;
}

static double solve_rule(const poise_scenario *s, const reproduce_chain *c, poise_error *err)
{
    const markov_wish wish = {.cost = c->cost, .states = STATES, .gap = GAP};
    ruling r = {.chain = c};
    markov *bare = markov_new(s, &wish, err);
    bool good = bare && put_in_order(bare, &r, err);
    if (good && !bare->preempts)
        good = error_null(err, "costs of rules are known where tasks may be preempted only");
    markov_free(bare);
    markov *m = good ? markov_of_rule(s, &wish, choose, &r, err) : NULL;
    const double cost = m ? m->cost : NAN;
    markov_free(m);
    return cost;
}

double reproduce_solve(const poise_scenario *s, const reproduce_chain *c, poise_error *err)
{
    const markov_wish wish = {.cost = c->cost, .states = STATES, .gap = GAP};
    if (c->policy != REPRODUCE_OPTIMAL)
        return solve_rule(s, c, err);
    const markov *m = markov_of(s, &wish, err);
    return m ? m->cost : NAN;
}
