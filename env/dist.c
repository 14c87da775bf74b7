/* dist.c - distributions of sizes: one row a family. All but the hyperexponential one invert the
 * survival function, so a small uniform number is a large size in every family. */
#include "dist.h"

#include "det.h"
#include "rng.h"

#include <stdarg.h>
#include <stdio.h>

#define AT(member) offsetof(dist, member)
#define LARGEST 1e30

static const poise_option no_options[] = {{0}};

static bool fail(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail(char *text, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(text, size, format, args);
    va_end(args);
    return false;
}

/* ---- exponential -------------------------------------------------------------------------- */

static const poise_option mean_options[] = {
    {"mean", POISE_QUANTITY, AT(mean), POISE_REQUIRED, 0, LARGEST, "", "mean size", NULL},
    {0},
};

static bool exponential_prepare(dist *d, char *text, size_t size)
{
    if (!(d->mean > 0))
        return fail(text, size, "the mean must be greater than 0");
    d->second_moment = 2 * d->mean * d->mean;
    return true;
}

static double exponential_draw(const dist *d, double u, poise_rng *r)
{
    (void)r;
    return -d->mean * det_log(u);
}

static void exponential_fill(const dist *d, double *u, int n)
{
    rng_exponentials(u, n, d->mean);
}

static const dist_type exponential = {
    .name = "exponential",
    .about = "density exp(-x / mean) / mean",
    .options = mean_options,
    .prepare = exponential_prepare,
    .draw = exponential_draw,
    .fill = exponential_fill,
};

/* ---- deterministic ------------------------------------------------------------------------ */

static bool deterministic_prepare(dist *d, char *text, size_t size)
{
    if (!(d->mean > 0))
        return fail(text, size, "the mean must be greater than 0");
    d->second_moment = d->mean * d->mean;
    return true;
}

static double deterministic_draw(const dist *d, double u, poise_rng *r)
{
    (void)u;
    (void)r;
    return d->mean;
}

static const dist_type deterministic = {
    .name = "deterministic",
    .about = "always the mean",
    .options = mean_options,
    .prepare = deterministic_prepare,
    .draw = deterministic_draw,
};

dist dist_constant(double value)
{
    return (dist){.type = &deterministic, .mean = value, .second_moment = value * value};
}

/* ---- uniform ------------------------------------------------------------------------------ */

static const poise_option uniform_options[] = {
    {"low", POISE_QUANTITY, AT(low), POISE_REQUIRED, 0, LARGEST, "", "least size", NULL},
    {"high", POISE_QUANTITY, AT(high), POISE_REQUIRED, 0, LARGEST, "", "greatest size", NULL},
    {0},
};

static bool uniform_prepare(dist *d, char *text, size_t size)
{
    if (!(d->low < d->high))
        return fail(text, size, "low is %g, it must be less than high, which is %g", d->low,
                    d->high);
    d->mean = (d->low + d->high) / 2;
    d->second_moment = (d->low * d->low + d->low * d->high + d->high * d->high) / 3;
    return true;
}

static double uniform_draw(const dist *d, double u, poise_rng *r)
{
    (void)r;
    return d->high - (d->high - d->low) * u;
}

static const dist_type uniform = {
    .name = "uniform",
    .about = "equally likely between low and high",
    .options = uniform_options,
    .prepare = uniform_prepare,
    .draw = uniform_draw,
};

/* ---- lognormal ---------------------------------------------------------------------------- */

static const poise_option lognormal_options[] = {
    {"mean", POISE_QUANTITY, AT(mean), 0, 0, LARGEST, "", "mean size; with scv", NULL},
    {"scv", POISE_REAL, AT(scv), 0, 0, 1e6, "",
     "squared coefficient of variation: variance / mean^2", NULL},
    {"mu", POISE_REAL, AT(mu), 0, -60, 60, "", "mean of log(size); with sigma", NULL},
    {"sigma", POISE_REAL, AT(sigma), 0, 0, 8, "", "standard deviation of log(size)", NULL},
    {0},
};

static bool lognormal_prepare(dist *d, char *text, size_t size)
{
    bool by_mean = d->mean > 0 && d->scv > 0 && d->mu == 0 && d->sigma == 0;
    bool by_log = d->sigma > 0 && d->mean == 0 && d->scv == 0;
    if (!by_mean && !by_log)
        return fail(text, size,
                    "give either mean and scv, or mu and sigma (mean, scv and sigma greater "
                    "than 0)");
    if (by_mean) {
        double variance = det_log1p(d->scv);
        d->sigma = __builtin_sqrt(variance);
        d->mu = det_log(d->mean) - variance / 2;
        d->second_moment = d->mean * d->mean * (1 + d->scv);
    } else {
        double variance = d->sigma * d->sigma;
        d->mean = det_exp(d->mu + variance / 2);
        d->scv = det_expm1(variance);
        d->second_moment = det_exp(2 * d->mu + 2 * variance);
    }
    return true;
}

static double lognormal_draw(const dist *d, double u, poise_rng *r)
{
    (void)r;
    return det_exp(d->mu - d->sigma * det_normal_quantile(u));
}

static const dist_type lognormal = {
    .name = "lognormal",
    .about = "log(size) is normal, with mean mu and standard deviation sigma",
    .options = lognormal_options,
    .prepare = lognormal_prepare,
    .draw = lognormal_draw,
};

/* ---- hyperexponential --------------------------------------------------------------------- */

static const poise_option hyperexponential_options[] = {
    {"mean", POISE_QUANTITY, AT(mean), 0, 0, LARGEST, "", "mean size; with scv", NULL},
    {"scv", POISE_REAL, AT(scv), 0, 0, 1e6, "",
     "squared coefficient of variation, at least 1; the phases carry equal work", NULL},
    {"p", POISE_REAL, AT(p), 0, 0, 1, "", "probability of the first phase", NULL},
    {"mean_1", POISE_QUANTITY, AT(mean_1), 0, 0, LARGEST, "", "mean of the first phase", NULL},
    {"mean_2", POISE_QUANTITY, AT(mean_2), 0, 0, LARGEST, "", "mean of the second phase", NULL},
    {0},
};

/* Balanced means, p mean_1 = (1-p) mean_2: Whitt, "The queueing network analyzer", 1983. */
static void balance_means(dist *d)
{
    d->p = (1 + __builtin_sqrt((d->scv - 1) / (d->scv + 1))) / 2;
    d->mean_1 = d->mean / (2 * d->p);
    d->mean_2 = d->mean / (2 * (1 - d->p));
}

static bool hyperexponential_prepare(dist *d, char *text, size_t size)
{
    bool any_mean = d->mean != 0 || d->scv != 0;
    bool any_phase = d->p != 0 || d->mean_1 != 0 || d->mean_2 != 0;
    bool by_mean = d->mean > 0 && d->scv > 0 && !any_phase;
    bool by_phase = d->p > 0 && d->p < 1 && d->mean_1 > 0 && d->mean_2 > 0 && !any_mean;
    if (!by_mean && !by_phase)
        return fail(text, size,
                    "give either mean and scv, or p, mean_1 and mean_2 (all greater than 0, p "
                    "less than 1)");
    if (by_mean && d->scv < 1)
        return fail(text, size, "scv is %g, it must be at least 1 (erlang and lognormal vary less)",
                    d->scv);
    if (by_mean)
        balance_means(d);
    else
        d->mean = d->p * d->mean_1 + (1 - d->p) * d->mean_2;
    d->second_moment = 2 * (d->p * d->mean_1 * d->mean_1 + (1 - d->p) * d->mean_2 * d->mean_2);
    d->scv = d->second_moment / (d->mean * d->mean) - 1;
    return true;
}

/* u says the phase, and where it lies within the phase's part of (0,1) says the size. */
static double hyperexponential_draw(const dist *d, double u, poise_rng *r)
{
    (void)r;
    if (u <= d->p)
        return -d->mean_1 * det_log(u / d->p);
    return -d->mean_2 * det_log((u - d->p) / (1 - d->p));
}

static const dist_type hyperexponential = {
    .name = "hyperexponential",
    .about = "exponential with mean_1 with probability p, else exponential with mean_2",
    .options = hyperexponential_options,
    .prepare = hyperexponential_prepare,
    .draw = hyperexponential_draw,
};

/* ---- Pareto ------------------------------------------------------------------------------- */

static const poise_option pareto_options[] = {
    {"alpha", POISE_REAL, AT(alpha), POISE_REQUIRED, 0, 1000, "", "tail index, greater than 1",
     NULL},
    {"mean", POISE_QUANTITY, AT(mean), 0, 0, LARGEST, "", "mean size; or scale", NULL},
    {"scale", POISE_QUANTITY, AT(scale), 0, 0, LARGEST, "", "least size; or mean", NULL},
    {0},
};

static bool pareto_prepare(dist *d, char *text, size_t size)
{
    if (!(d->alpha > 1))
        return fail(text, size, "alpha is %g, it must be greater than 1 for the mean to exist",
                    d->alpha);
    if ((d->mean > 0) == (d->scale > 0))
        return fail(text, size, "give either mean or scale, greater than 0");
    if (d->mean > 0)
        d->scale = d->mean * (d->alpha - 1) / d->alpha;
    else
        d->mean = d->scale * d->alpha / (d->alpha - 1);
    d->second_moment = d->alpha > 2 ? d->alpha / (d->alpha - 2) * d->scale * d->scale : DET_INF;
    return true;
}

static double pareto_draw(const dist *d, double u, poise_rng *r)
{
    (void)r;
    return d->scale * det_pow(u, -1 / d->alpha);
}

static const dist_type pareto = {
    .name = "pareto",
    .about = "P(X > x) = (scale / x)^alpha for x >= scale",
    .options = pareto_options,
    .prepare = pareto_prepare,
    .draw = pareto_draw,
};

/* ---- bounded Pareto ----------------------------------------------------------------------- */

static const poise_option bounded_pareto_options[] = {
    {"alpha", POISE_REAL, AT(alpha), POISE_REQUIRED, 0, 1000, "", "tail index", NULL},
    {"low", POISE_QUANTITY, AT(low), POISE_REQUIRED, 0, LARGEST, "", "least size", NULL},
    {"high", POISE_QUANTITY, AT(high), POISE_REQUIRED, 0, LARGEST, "", "greatest size", NULL},
    {0},
};

/* E[X^k] = alpha low^k / (1 - tail) times the integral of t^(k-alpha-1) over 1 .. high/low. */
static double bounded_pareto_moment(const dist *d, int k, double low_to_k)
{
    double log_ratio = det_log(d->high / d->low), power = d->alpha - k;
    double integral = power == 0 ? log_ratio : -det_expm1(-power * log_ratio) / power;
    return d->alpha * low_to_k / (1 - d->tail) * integral;
}

static bool bounded_pareto_prepare(dist *d, char *text, size_t size)
{
    if (!(d->alpha > 0))
        return fail(text, size, "alpha must be greater than 0");
    if (!(d->low > 0 && d->low < d->high))
        return fail(text, size,
                    "low is %g and high is %g, low must be greater than 0 and less than high",
                    d->low, d->high);
    d->tail = det_pow(d->low / d->high, d->alpha);
    if (d->tail == 1)
        return fail(text, size,
                    "alpha is %g, too small for low and high: their ratio to alpha is 1", d->alpha);
    d->mean = bounded_pareto_moment(d, 1, d->low);
    d->second_moment = bounded_pareto_moment(d, 2, d->low * d->low);
    return true;
}

static double bounded_pareto_draw(const dist *d, double u, poise_rng *r)
{
    (void)r;
    double x = d->low * det_pow(u + (1 - u) * d->tail, -1 / d->alpha);
    return x < d->low ? d->low : x > d->high ? d->high : x;
}

static const dist_type bounded_pareto = {
    .name = "bounded_pareto",
    .about = "P(X > x) = ((low / x)^alpha - tail) / (1 - tail), tail = (low / high)^alpha",
    .options = bounded_pareto_options,
    .prepare = bounded_pareto_prepare,
    .draw = bounded_pareto_draw,
};

/* ---- Erlang ------------------------------------------------------------------------------- */

static const poise_option erlang_options[] = {
    {"mean", POISE_QUANTITY, AT(mean), POISE_REQUIRED, 0, LARGEST, "", "mean size", NULL},
    {"phases", POISE_INT, AT(phases), POISE_REQUIRED, 1, 1000, "",
     "exponential phases in a row; the scv is 1 / phases", NULL},
    {0},
};

static bool erlang_prepare(dist *d, char *text, size_t size)
{
    if (!(d->mean > 0))
        return fail(text, size, "the mean must be greater than 0");
    d->second_moment = d->mean * d->mean * (1 + 1. / d->phases);
    return true;
}

static double erlang_draw(const dist *d, double u, poise_rng *r)
{
    double sum = det_log(u);
    for (int i = 1; i < d->phases; i++)
        sum += det_log(poise_rng_uniform(r));
    return -d->mean / d->phases * sum;
}

static const dist_type erlang = {
    .name = "erlang",
    .about = "sum of `phases` exponential sizes of equal mean",
    .options = erlang_options,
    .prepare = erlang_prepare,
    .draw = erlang_draw,
};

/* ---- geometric ---------------------------------------------------------------------------- */

static const poise_option geometric_options[] = {
    {"mean", POISE_QUANTITY, AT(mean), POISE_REQUIRED, 1, LARGEST, "", "mean, at least 1", NULL},
    {0},
};

static bool geometric_prepare(dist *d, char *text, size_t size)
{
    if (!(d->mean >= 1))
        return fail(text, size, "the mean is %g, it must be at least 1", d->mean);
    d->second_moment = d->mean * (2 * d->mean - 1);
    return true;
}

static double geometric_draw(const dist *d, double u, poise_rng *r)
{
    (void)r;
    return 1 + __builtin_floor(det_log(u) / det_log1p(-1 / d->mean));
}

static const dist_type geometric = {
    .name = "geometric",
    .about = "1, 2, 3 ... with probabilities p (1 - p)^(k - 1), p = 1 / mean",
    .options = geometric_options,
    .prepare = geometric_prepare,
    .draw = geometric_draw,
};

/* ---- empirical ---------------------------------------------------------------------------- */

static bool empirical_prepare(dist *d, char *text, size_t size)
{
    if (d->n_values < 1)
        return fail(text, size, "at least one value is needed");
    d->mean = d->second_moment = 0;
    double below = 0;
    for (int i = 0; i < d->n_values; i++) {
        double x = d->value[i], weight = d->cumulative[i] - below;
        if (!(x > 0 && x <= LARGEST))
            return fail(text, size, "value %d is %g, it must be greater than 0", i + 1, x);
        if (!(weight >= 0))
            return fail(text, size, "the weight of value %d is less than 0", i + 1);
        d->mean += weight * x;
        d->second_moment += weight * x * x;
        below = d->cumulative[i];
    }
    if (below != 1)
        return fail(text, size, "the weights sum to %g, not to 1", below);
    return true;
}

/* The first value whose cumulative weight is above 1 - u. */
static double empirical_draw(const dist *d, double u, poise_rng *r)
{
    (void)r;
    int low = 0, high = d->n_values - 1;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (d->cumulative[middle] > 1 - u)
            high = middle;
        else
            low = middle + 1;
    }
    return d->value[low];
}

static const dist_type empirical = {
    .name = "empirical",
    .about = "one of the values, each with its weight",
    .options = no_options,
    .prepare = empirical_prepare,
    .draw = empirical_draw,
};

/* ---- all ---------------------------------------------------------------------------------- */

const dist_type *const dist_types[] = {
    &exponential, &deterministic,  &uniform, &lognormal, &hyperexponential,
    &pareto,      &bounded_pareto, &erlang,  &geometric, &empirical,
    NULL,
};

const dist_type *dist_find(const char *name)
{
    for (int i = 0; dist_types[i]; i++)
        if (strcmp(dist_types[i]->name, name) == 0)
            return dist_types[i];
    return NULL;
}
