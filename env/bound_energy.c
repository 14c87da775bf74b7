/* bound_energy.c - see bound_energy.h.
 *
 * A device draws its least (idle, asleep, on its way, 0 where it may be broken) at all times. A
 * task on it adds at least the difference between its busy power and that least, times the part of
 * the device that it has, for as long as its work takes at full speed: power between idle and busy
 * goes with the part in use, and where several tasks share a device it is their mean. Whatever
 * slows a task down keeps it there for longer; a cap on power makes work cheaper, by no more than
 * when all devices are busy at once. */
#include "bound_energy.h"

#include <math.h>
#include <stdlib.h>

#include "cost.h"
#include "det.h"
#include "device.h"
#include "outage.h"

/* Changes of a price that are looked at one by one. */
enum { MOST_CHANGES = 1000000 };

/* ---- devices ------------------------------------------------------------------------------- */

/* Watts of one device, at least and at most. */
typedef struct watts {
    double least, busy_least, busy_most, off_most;
} watts;

static watts watts_of(const poise_scenario *s, int group)
{
    const scenario_group *g = &s->group[group];
    const scenario_sleep *z = &g->sleep;
    watts w = {.busy_least = (double)g->busy_mw, .busy_most = (double)g->busy_mw};
    bool any = false;
    for (int c = 0; c < s->n_classes; c++)
        for (int k = 0; k < s->n_profiles; k++) {
            const scenario_mode *m = &s->mode[scenario_cell(s, c, group, k)];
            if (!(m->speed > 0))
                continue;
            w.busy_least = any ? fmin(w.busy_least, (double)m->busy_mw) : (double)m->busy_mw;
            w.busy_most = any ? fmax(w.busy_most, (double)m->busy_mw) : (double)m->busy_mw;
            any = true;
        }
    w.least = fmin((double)g->idle_mw, w.busy_least);
    w.off_most = (double)g->idle_mw;
    if (sleep_sleeps(s, g)) {
        const double off[] = {(double)z->asleep_mw, (double)z->boot_mw, (double)z->down_mw};
        for (int k = 0; k < 3; k++) {
            w.least = fmin(w.least, off[k]);
            w.off_most = fmax(w.off_most, off[k]);
        }
    }
    if (outage_fails(g) || outage_racks(g))
        w.least = 0;
    return (watts){w.least / 1e3, w.busy_least / 1e3, w.busy_most / 1e3, w.off_most / 1e3};
}

/* Power of a device in use in part is rounded down to whole milliwatts. */
static double rounding_w(const poise_scenario *s, const scenario_group *g)
{
    return s->has_runs && g->law->cores(g) > 1 ? 1e-3 : 0;
}

/* The part of the energy for some work that a cap on power leaves: dynamic power is cut to a part
 * p, and speed to p^(1/exponent). */
static double part_under_cap(const scenario_group *g, const watts *w)
{
    const double cap = 1e-3 * (double)g->cap_mw, off = g->count * w->off_most,
                 full = g->count * w->busy_most;
    if (g->cap_mw == 0 || full <= cap)
        return 1;
    const double part = full > off ? (cap - off) / (full - off) : 0;
    return part > 0 ? det_exp(det_log(part) * (1 - 1 / g->cap_exponent)) : 0;
}

/* ---- tasks --------------------------------------------------------------------------------- */

/* The part of a device that a task with so many cores has, over what shares it at once. */
static double part_of_device(const scenario_group *g, const scenario_class *c,
                             const scenario_mode *m, int cores)
{
    if (g->law->demand_matters)
        return (double)(m->cores > 0 ? m->cores : cores) / g->law->cores(g);
    return price_fastest(g, c) / price_room(g);
}

/* Joules beyond the least of its devices that a work unit takes in this mode. */
static double joules_in(const price_list *p, const price_mode *pm, const watts *w, int cores)
{
    const poise_scenario *s = p->s;
    const scenario_group *g = &s->group[pm->group];
    const scenario_class *c = &s->classes[pm->class_id];
    const scenario_mode *m = &s->mode[scenario_cell(s, pm->class_id, pm->group, pm->profile)];
    const bool mixes = g->law->whole;  // its power may be that of others beside it
    const double busy_w = mixes ? w->busy_least : 1e-3 * (double)m->busy_mw;
    const double device_s = m->devices * part_of_device(g, c, m, cores) / pm->speed;
    return (busy_w - w->least) * device_s / p->peak[pm->group] * part_under_cap(g, w);
}

/* The least of all modes. */
static double joules_of(const price_list *p, const watts *w, int class_id, int cores)
{
    double least = INFINITY;
    for (int k = p->first_mode[class_id]; k < p->first_mode[class_id + 1]; k++)
        least = fmin(least, joules_in(p, &p->mode[k], &w[p->mode[k].group], cores));
    return isinf(least) ? 0 : least;
}

static double joules_of_all(const bound_tasks *b, const watts *w)
{
    double sum = 0, known = 0;
    int class_id = -1, cores = -1;
    for (int i = 0; i < b->n; i++) {
        const poise_record *r = &b->ep->record[b->first + i];
        if (r->fate != POISE_FINISHED)
            continue;
        if (r->class_id != class_id || r->cores != cores)
            known = joules_of(&b->prices, w, class_id = r->class_id, cores = r->cores);
        sum += known * r->size;
    }
    return sum;
}

/* ---- what it costs ------------------------------------------------------------------------- */

static double least_value(const scenario_series *x)
{
    double least = x->n > 0 ? x->value[0] : 0;
    for (int k = 1; k < x->n; k++)
        least = fmin(least, x->value[k]);
    return least;
}

/* The integral of a series, which has some values, over a time. */
static double over_time(const scenario_series *x, double from_s, double to_s)
{
    double sum = 0, at_s = from_s;
    int64_t ns = (int64_t)(from_s * 1e9);
    for (int k = 0; k < MOST_CHANGES && at_s < to_s; k++) {
        const int64_t next = series_next(x, ns);
        const double until_s = next == INT64_MAX ? to_s : fmin(seconds(next), to_s);
        sum += series_value(x, ns) * (until_s - at_s);
        at_s = until_s;
        ns = next;
    }
    return at_s < to_s ? sum + least_value(x) * (to_s - at_s) : sum;
}

/* Of energy: all devices at all times, tasks whenever it is least. */
static double paid(const scenario_series *x, double devices_w, double tasks_j, double from_s,
                   double to_s)
{
    if (x->n == 0)
        return 0;
    if (least_value(x) < 0)
        return NAN;
    return (devices_w * over_time(x, from_s, to_s) + tasks_j * least_value(x)) / 3.6e6;
}

bool bound_energy_of(const bound_tasks *b, double from_s, double to_s, bound_energy *out)
{
    const poise_scenario *s = b->s;
    const double span_s = fmax(to_s - from_s, 0);
    double devices_w = 0, rent = 0;
    watts *w = calloc((size_t)s->n_groups, sizeof *w);
    if (!w)
        return false;
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_group *group = &s->group[g];
        w[g] = watts_of(s, g);
        devices_w += group->count * (w[g].least - rounding_w(s, group));
        rent += sleep_sleeps(s, group) ? 0 : group->count * group->price_per_h / 3600;
    }
    const double tasks_j = joules_of_all(b, w);
    *out = (bound_energy){
        .devices_j = devices_w * span_s,
        .tasks_j = tasks_j,
        .cost = paid(&s->price, devices_w, tasks_j, from_s, to_s) + rent * span_s,
        .carbon_g = paid(&s->carbon, devices_w, tasks_j, from_s, to_s),
    };
    free(w);
    return true;
}
