/* shared.c - processor sharing: all tasks on a device run at once and divide its capacity in
 * proportion to w_i c_i, w the weight of a task and c its cap, the most of the capacity that it can
 * use; what one cannot use is handed on to the others. With equal weights and no caps this is the
 * egalitarian processor sharing of Kleinrock (1967). Where a scenario shares, weights are
 * attention. */
#include <limits.h>
#include <math.h>

#include "device.h"

enum { UNBOUNDED = 1 << 24 };

static int cores(const scenario_group *g)
{
    return g->params.room > 0 ? g->params.room : UNBOUNDED;
}

static bool could_run(const scenario_group *g, const demand *d)
{
    return d->memory_bytes <= g->memory_bytes;
}

static bool fits(const scenario_group *g, const device *dev, const demand *d)
{
    (void)g;
    return dev->cores_free > 0 && d->memory_bytes <= dev->memory_free_bytes;
}

static bool queues(const scenario_group *g, const device *dev)
{
    (void)g, (void)dev;
    return false;
}

static int places(const scenario_group *g, const device *dev, const demand *d)
{
    (void)g;
    if (d->memory_bytes == 0 || dev->memory_free_bytes / d->memory_bytes >= dev->cores_free)
        return dev->cores_free;
    return (int)(dev->memory_free_bytes / d->memory_bytes);
}

/* The power of two that brings the largest weight to between 1/2 and 1, as far as there is one:
 * weights whose sum would be beyond all numbers, or below, divide like others, and the shares of
 * others stay as they are to the last bit. 0 where weights do not count, or nobody has one: then
 * nobody is preferred. */
static double unit_of(const scenario_group *g, int n, const guest *who)
{
    double most = 0;
    int exponent;
    for (int i = 0; i < n && g->params.weighted; i++)
        most = who[i].weight > most ? who[i].weight : most;
    if (!(most > 0))
        return 0;
    frexp(most, &exponent);
    return ldexp(1, exponent > -1022 ? -exponent : 1022);
}

static double weight_of(double unit, const guest *who)
{
    double weight = unit > 0 ? who->weight * unit : 1;
    return weight * who->cap;
}

/* Of all that have not got their factor yet (it is negative). */
static double weights_left(double unit, int n, const guest *who, const double *factor)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += factor[i] < 0 ? weight_of(unit, &who[i]) : 0;
    return sum;
}

/* Rounds of water-filling: whoever would get more than its cap gets that, and leaves. */
static void factors(const scenario_group *g, int n, const guest *who, double *factor)
{
    double capacity = g->params.capacity, unit = unit_of(g, n, who), sum;
    for (int i = 0; i < n; i++)
        factor[i] = -1;
    for (bool again = true; again;) {
        again = false;
        double left = capacity;
        sum = weights_left(unit, n, who, factor);
        for (int i = 0; i < n; i++) {
            if (factor[i] >= 0 || !(left * weight_of(unit, &who[i]) > who[i].cap * sum))
                continue;
            factor[i] = who[i].cap;
            capacity -= who[i].cap;
            again = true;
        }
    }
    for (int i = 0; i < n; i++)
        if (factor[i] < 0)
            factor[i] = sum > 0 && capacity > 0 ? capacity * weight_of(unit, &who[i]) / sum : 0;
}

/* The capacity is used up, or all places are taken by tasks that cannot use more of it. */
static void loads(const scenario_group *g, const scenario_class *c, const scenario_mode *m,
                  double *load)
{
    double cap = c->cap > 0 ? c->cap : g->params.cap, most = g->params.capacity;
    load[0] = m->devices / (m->speed * most);
    if (g->params.room > 0)
        load[1] = m->devices / (m->speed * (cap < most ? cap : most) * g->params.room);
}

static const poise_option options[] = {
    {"capacity", POISE_REAL, offsetof(law_params, capacity), 1, 1e-9, 1e9, "",
     "what there is to share, in full speeds of one task", NULL},
    {"cap", POISE_REAL, offsetof(law_params, cap), 1, 1e-9, 1e9, "",
     "most of it that one task can use; classes may say their own", NULL},
    {"weighted", POISE_BOOL, offsetof(law_params, weighted), 0, 0, 1, "",
     "in proportion to the weights of the classes, else equally", NULL},
    {"room", POISE_INT, offsetof(law_params, room), 0, 0, 1e6, "",
     "most tasks at once, 0 without bound", NULL},
    {0},
};

const device_law device_shared = {
    .name = "shared",
    .about = "all tasks at once divide its capacity (processor sharing), with weights and caps",
    .options = options,
    .could_run = could_run,
    .fits = fits,
    .queues = queues,
    .places = places,
    .cores = cores,
    .whole = true,
    .factors = factors,
    .loads = loads,
};
