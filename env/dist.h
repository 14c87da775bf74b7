/* dist.h - distributions of sizes: each is sampled by inverting uniform numbers, so that runs at
 * different loads or parameters stay coupled (common random numbers). */
#ifndef POISE_DIST_H
#define POISE_DIST_H

#include "poise.h"

typedef struct dist dist;

/* A family of distributions: one row of the table in dist.c. */
typedef struct dist_type {
    const char *name;
    const char *about;            // one line with the density or the rule and its source
    const poise_option *options;  // rows into struct dist
    /* Checks the parameters and fills mean, second_moment and what draw needs, also parameters that
     * were not given: called once. A sentence in text (size bytes) and false if they make no sense
     * together. */
    bool (*prepare)(dist *d, char *text, size_t size);
    /* One value, from the uniform number u in (0,1); families that need more draw them from r. */
    double (*draw)(const dist *d, double u, poise_rng *r);
    /* Optional, where one number is enough: replaces n of them by values, over an array at once and
     * to the same bits as draw. */
    void (*fill)(const dist *d, double *u, int n);
} dist_type;

struct dist {
    const dist_type *type;
    double mean;               // of the prepared distribution
    double second_moment;      // E[X^2]; INFINITY if it does not exist
    double scv;                // squared coefficient of variation (lognormal, hyperexponential)
    double low, high;          // uniform, bounded Pareto
    double alpha;              // Pareto: tail index
    double scale;              // Pareto: least value
    double tail;               // bounded Pareto: (low / high)^alpha, filled by prepare
    double mu, sigma;          // lognormal, of the logarithm
    double p, mean_1, mean_2;  // hyperexponential: probability of the first phase, the two means
    int phases;                // Erlang
    int n_values;              // empirical: values and cumulative weights, owned by the scenario
    const double *value;
    const double *cumulative;
    const double *weight;  // empirical: as given, NULL if all are equal; for printing only
};

/* A setting that is a distribution: what poise_option is to plain values. Any plain value of its
 * unit will do, too. Tables end with a row whose name is NULL. */
typedef struct dist_option {
    const char *name;
    size_t written, prepared;  // offsets: parameters as given, for printing; ready to draw from
    const char *unit;          // as for POISE_QUANTITY; "s" takes 5 min, too
    const char *help;          // one line
} dist_option;

/* All families; NULL-terminated. */
extern const dist_type *const dist_types[];
const dist_type *dist_find(const char *name);
/* A distribution always equal to value. */
dist dist_constant(double value);

static inline double dist_draw(const dist *d, double u, poise_rng *r)
{
    return d->type->draw(d, u, r);
}

#endif
