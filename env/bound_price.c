/* bound_price.c - see bound_price.h. Whatever is left out here (failures, interference, caps on
 * power, transfers, stragglers, quotas) takes capacity away or slows tasks down, so that what is
 * counted stays enough. */
#include "bound_price.h"

#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "det.h"
#include "solver.h"

/* Larger programs are not solved; then devices cost the same, whatever they are. */
enum { MOST_ROWS = 4000, MOST_STEPS = 100000 };

/* ---- what a device can do ------------------------------------------------------------------ */

static bool is_called(const scenario_group *g, const char *law)
{
    return strcmp(g->law->name, law) == 0;
}

/* Tasks that share have so much at once; b in a batch are b^exponent times as fast as one. */
double price_room(const scenario_group *g)
{
    if (is_called(g, "shared"))
        return g->params.capacity;
    if (is_called(g, "batching"))
        return det_exp(g->params.exponent * det_log(g->params.room));
    if (is_called(g, "roofline"))
        return g->params.room;
    return 1;
}

double price_fastest(const scenario_group *g, const scenario_class *c)
{
    if (!is_called(g, "shared"))
        return 1;
    double cap = c->cap > 0 ? c->cap : g->params.cap;
    return cap < g->params.capacity ? cap : g->params.capacity;
}

/* Work units per second with nothing in the way, checkpoints aside. */
static double speed_of(const scenario_class *c, const scenario_group *g, const scenario_mode *m)
{
    double interval = (double)c->checkpoint.interval_ns, cost = (double)c->checkpoint.cost_ns;
    double part = cost > 0 ? interval / (interval + cost) : 1;
    return m->speed * part * price_fastest(g, c);
}

static double highest(const scenario_series *x)
{
    double most = x->n > 0 ? 0 : 1;
    for (int k = 0; k < x->n; k++)
        most = fmax(most, x->value[k]);
    return most;
}

/* ---- loads --------------------------------------------------------------------------------- */

/* Jobs of lists, traces and graphs say themselves what memory and resources they need. */
static bool says_needs(const poise_scenario *s)
{
    bool alone = s->n_graphs > 0;
    for (int k = 0; k < s->n_sources; k++)
        alone |= s->source[k].n_jobs > 0;
    return !alone;
}

/* Numbers of the limits of a group: of its law, memory, resources. */
static int limits_of(const poise_scenario *s)
{
    return LAW_MOST_LOADS + 1 + s->n_resources;
}

static void add_load(price_list *p, price_mode *m, int number, double plain, double per_core)
{
    int limit = m->group * limits_of(p->s) + number;
    p->load[m->first_load + m->n_loads++] = (price_load){limit, plain, per_core};
}

/* Bytes that the task is promised on each device. */
static double promised_bytes(const scenario_class *c, const scenario_mode *m)
{
    if (c->request_bytes != c->memory_bytes)
        return (double)c->request_bytes;
    return (double)(m->memory_bytes >= 0 ? m->memory_bytes : c->memory_bytes);
}

/* Memory and resources are held for as long as the task runs. */
static void add_held(price_list *p, price_mode *pm, const scenario_mode *m)
{
    const poise_scenario *s = p->s;
    const scenario_class *c = &s->classes[pm->class_id];
    const scenario_group *g = &s->group[pm->group];
    double devices_s = m->devices / pm->speed / g->count;
    double memory = (double)g->memory_bytes * fmax(g->overcommit, 1);
    if (!says_needs(s))
        return;
    if (g->memory_bytes != INT64_MAX && g->law->cores(g) > 1 && promised_bytes(c, m) > 0)
        add_load(p, pm, LAW_MOST_LOADS, devices_s * promised_bytes(c, m) / memory, 0);
    for (int k = 0; c->resources && k < s->n_resources; k++)
        if (c->resources[k] > 0)
            add_load(p, pm, LAW_MOST_LOADS + 1 + k,
                     devices_s * (double)c->resources[k] / (double)g->resources[k], 0);
}

static void add_loads(price_list *p, price_mode *pm, const scenario_mode *m)
{
    const scenario_class *c = &p->s->classes[pm->class_id];
    const scenario_group *g = &p->s->group[pm->group];
    double load[LAW_MOST_LOADS] = {0};
    if (g->law->loads) {
        scenario_mode slower = *m;
        slower.speed = pm->speed / price_fastest(g, c);
        g->law->loads(g, c, &slower, load);
        for (int k = 0; k < LAW_MOST_LOADS; k++)
            if (load[k] > 0)
                add_load(p, pm, k, load[k] / g->count, 0);
    } else {
        double each = m->devices / pm->speed / g->count / g->law->cores(g);
        bool asks = g->law->demand_matters && m->cores == 0;
        double cores = g->law->demand_matters ? m->cores : 1;
        add_load(p, pm, 0, asks ? 0 : each * cores, asks ? each : 0);
    }
    add_held(p, pm, m);
}

static void list_modes(price_list *p)
{
    const poise_scenario *s = p->s;
    int n_loads = 0;
    for (int c = 0; c < s->n_classes; c++) {
        p->first_mode[c] = p->n_modes;
        for (int g = 0; g < s->n_groups; g++)
            for (int k = 0; k < s->n_profiles; k++) {
                const scenario_mode *m = &s->mode[scenario_cell(s, c, g, k)];
                if (!(m->speed > 0))
                    continue;
                price_mode *pm = &p->mode[p->n_modes++];
                *pm = (price_mode){c, g, k, speed_of(&s->classes[c], &s->group[g], m), n_loads, 0};
                add_loads(p, pm, m);
                n_loads += pm->n_loads;
            }
    }
    p->first_mode[s->n_classes] = p->n_modes;
}

/* ---- parts --------------------------------------------------------------------------------- */

/* Classes with a group in common are of one part: each takes the lowest number of its groups' parts
 * until nothing changes. */
static void find_parts(price_list *p)
{
    const poise_scenario *s = p->s;
    int *name = p->group_part;
    for (int g = 0; g < s->n_groups; g++)
        name[g] = g;
    for (bool changed = true; changed;) {
        changed = false;
        for (int c = 0; c < s->n_classes; c++) {
            int least = s->n_groups;
            for (int m = p->first_mode[c]; m < p->first_mode[c + 1]; m++)
                least = name[p->mode[m].group] < least ? name[p->mode[m].group] : least;
            for (int m = p->first_mode[c]; m < p->first_mode[c + 1]; m++) {
                changed |= name[p->mode[m].group] != least;
                name[p->mode[m].group] = least;
            }
        }
    }
    for (int c = 0; c < s->n_classes; c++) {
        const bool runs = p->first_mode[c] < p->first_mode[c + 1];
        p->part[c] = runs ? name[p->mode[p->first_mode[c]].group] : -1;
    }
    p->n_parts = s->n_groups;
}

/* ---- prices -------------------------------------------------------------------------------- */

static double cost_of(const price_list *p, const price_mode *m, double work, double by_cores)
{
    double sum = 0;
    for (int k = 0; k < m->n_loads; k++) {
        const price_load *l = &p->load[m->first_load + k];
        sum += p->price[l->limit] * (l->plain * work + l->per_core * by_cores);
    }
    return sum;
}

double price_need(const price_list *p, int class_id, int cores)
{
    double least = INFINITY;
    for (int m = p->first_mode[class_id]; m < p->first_mode[class_id + 1]; m++)
        least = fmin(least, cost_of(p, &p->mode[m], 1, cores));
    return isinf(least) ? 0 : least;
}

/* Where there is no better: so much for the devices of each group as they are of all in the part.
 */
static void set_even_prices(price_list *p, int part)
{
    const poise_scenario *s = p->s;
    double devices = 0;
    for (int g = 0; g < s->n_groups; g++)
        devices += p->group_part[g] == part ? s->group[g].count : 0;
    for (int k = 0; k < p->n_limits; k++) {
        const int g = p->limit_group[k];
        if (p->group_part[g] == part)
            p->price[k] = k % limits_of(s) == 0 ? s->group[g].count / devices : 0;
    }
}

/* A row: what the class costs in all is no more than it does under this mode. */
static void add_row(glp_prob *lp, const price_list *p, const price_mode *m, const int *column,
                    int class_column, const double *amount, double unit)
{
    int at[PRICE_MOST_LOADS + 2], n = 1;
    double value[PRICE_MOST_LOADS + 2];
    at[1] = class_column;
    value[1] = 1;
    for (int k = 0; k < m->n_loads; k++) {
        const price_load *l = &p->load[m->first_load + k];
        at[++n] = column[l->limit];
        value[n] = -(l->plain * amount[0] + l->per_core * amount[1]) / unit;
    }
    const int row = glp_add_rows(lp, 1);
    glp_set_row_bnds(lp, row, GLP_UP, 0, 0);
    glp_set_mat_row(lp, row, n, at, value);
}

/* The dual program of a part: prices that sum to 1, and the most that all classes cost by them. */
static void fill(glp_prob *lp, const price_list *p, int part, const double *work,
                 const double *by_cores, double unit, int *column)
{
    const int sum = glp_add_rows(lp, 1);
    glp_set_row_bnds(lp, sum, GLP_FX, 1, 1);
    glp_set_obj_dir(lp, GLP_MAX);
    for (int k = 0; k < p->n_limits; k++) {
        if (p->group_part[p->limit_group[k]] != part)
            continue;
        column[k] = glp_add_cols(lp, 1);
        glp_set_col_bnds(lp, column[k], GLP_LO, 0, 0);
        glp_set_mat_col(lp, column[k], 1, (int[]){0, sum}, (double[]){0, 1});
    }
    for (int c = 0; c < p->s->n_classes; c++) {
        if (p->part[c] != part || !(work[c] > 0))
            continue;
        const int cost = glp_add_cols(lp, 1);
        glp_set_col_bnds(lp, cost, GLP_LO, 0, 0);
        glp_set_obj_coef(lp, cost, 1);
        for (int m = p->first_mode[c]; m < p->first_mode[c + 1]; m++)
            add_row(lp, p, &p->mode[m], column, cost, (double[]){work[c], by_cores[c]}, unit);
    }
}

/* Takes over what the solver found, down to what it cannot tell from 0. */
static void take_prices(price_list *p, int part, glp_prob *lp, const int *column)
{
    double sum = 0;
    for (int k = 0; k < p->n_limits; k++)
        if (p->group_part[p->limit_group[k]] == part) {
            const double price = glp_get_col_prim(lp, column[k]);
            p->price[k] = price > 1e-9 ? price : 0;
            sum += p->price[k];
        }
    for (int k = 0; k < p->n_limits && sum > 0; k++)
        if (p->group_part[p->limit_group[k]] == part)
            p->price[k] /= sum;
}

static void find_prices(price_list *p, int part, const double *work, const double *by_cores,
                        int *column)
{
    double unit = 0;
    int n_rows = 0;
    set_even_prices(p, part);
    for (int c = 0; c < p->s->n_classes; c++) {
        if (p->part[c] != part || !(work[c] > 0))
            continue;
        double least = INFINITY;
        for (int m = p->first_mode[c]; m < p->first_mode[c + 1]; m++, n_rows++)
            least = fmin(least, cost_of(p, &p->mode[m], work[c], by_cores[c]));
        unit += least;
    }
    if (!(unit > 0) || n_rows > MOST_ROWS)
        return;
    const bool is_outermost = solver_begin();
    glp_prob *lp = glp_create_prob();
    fill(lp, p, part, work, by_cores, unit, column);
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.it_lim = 100000;
    if (glp_simplex(lp, &how) == 0 && glp_get_status(lp) == GLP_OPT)
        take_prices(p, part, lp, column);
    glp_delete_prob(lp);
    solver_end(is_outermost);
}

/* ---- clocks -------------------------------------------------------------------------------- */

/* How fast the part is at a time: each limit goes with the pace of its group. */
static double rate_at(const price_list *p, int part, int64_t ns)
{
    double sum = 0;
    for (int k = 0; k < p->n_limits; k++) {
        const scenario_series *x = &p->s->group[p->limit_group[k]].pace;
        if (p->group_part[p->limit_group[k]] == part && p->price[k] > 0)
            sum += p->price[k] * (x->n > 0 ? series_value(x, ns) : 1);
    }
    return sum;
}

/* When the pace of some group of the part changes next. */
static int64_t next_change(const price_list *p, int part, int64_t ns)
{
    int64_t next = INT64_MAX;
    for (int g = 0; g < p->s->n_groups; g++) {
        const scenario_series *x = &p->s->group[g].pace;
        const int64_t here = p->group_part[g] == part && x->n > 0 ? series_next(x, ns) : INT64_MAX;
        next = here < next ? here : next;
    }
    return next;
}

/* From the last step on it is as fast as it can ever be: no schedule that is bounded goes there. */
static double peak_rate(const price_list *p, int part)
{
    double sum = 0;
    for (int k = 0; k < p->n_limits; k++)
        if (p->group_part[p->limit_group[k]] == part)
            sum += p->price[k] * p->peak[p->limit_group[k]];
    return sum;
}

/* Steps up to the end, as many as there is room for. */
static int set_clock(price_list *p, int part, double until_s, double *room, int most)
{
    double *at_s = room, *own_s = room + most, *rate = room + 2 * most, own = 0;
    int n = 0;
    for (int64_t ns = 0; n < most; n++) {
        const int64_t next = next_change(p, part, ns);
        const bool last = n + 1 == most || next == INT64_MAX || seconds(ns) > until_s;
        at_s[n] = seconds(ns);
        own_s[n] = own;
        rate[n] = last && next != INT64_MAX ? peak_rate(p, part) : rate_at(p, part, ns);
        if (last) {
            n++;
            break;
        }
        own += rate[n] * seconds(next - ns);
        ns = next;
    }
    p->clock[part] = (pool_clock){n, at_s, own_s, rate};
    return n;
}

static bool set_clocks(price_list *p, double until_s)
{
    for (int part = 0; part < p->n_parts; part++) {
        const bool varies = next_change(p, part, 0) != INT64_MAX;
        bool plain = !varies;
        for (int g = 0; g < p->s->n_groups; g++)
            plain &= p->group_part[g] != part || p->peak[g] == 1;
        if (plain)
            continue;
        const int most = varies ? MOST_STEPS : 1;
        double *room = malloc(3 * (size_t)most * sizeof *room);
        if (!room)
            return false;
        set_clock(p, part, until_s, room, most);
    }
    return true;
}

/* ---- all of it ----------------------------------------------------------------------------- */

bool price_make(price_list *p, const poise_scenario *s, const double *work, const double *by_cores,
                double until_s)
{
    const size_t groups = (size_t)s->n_groups, classes = (size_t)s->n_classes;
    const size_t modes = classes * groups * (size_t)s->n_profiles, each = (size_t)limits_of(s);
    *p = (price_list){.s = s, .n_limits = (int)(groups * each)};
    p->part = calloc(classes, sizeof *p->part);
    p->group_part = calloc(groups, sizeof *p->group_part);
    p->mode = calloc(modes, sizeof *p->mode);
    p->first_mode = calloc(classes + 1, sizeof *p->first_mode);
    p->load = calloc(modes * each, sizeof *p->load);
    p->limit_group = calloc(groups * each, sizeof *p->limit_group);
    p->price = calloc(groups * each, sizeof *p->price);
    p->peak = calloc(groups, sizeof *p->peak);
    p->clock = calloc(groups, sizeof *p->clock);
    int *column = calloc(groups * each, sizeof *column);
    bool good = p->part && p->group_part && p->mode && p->first_mode && p->load && p->limit_group &&
                p->price && p->peak && p->clock && column;
    for (int g = 0; g < s->n_groups && good; g++)
        p->peak[g] = highest(&s->group[g].pace);
    for (int k = 0; k < p->n_limits && good; k++)
        p->limit_group[k] = k / (int)each;
    if (good) {
        list_modes(p);
        find_parts(p);
        for (int part = 0; part < p->n_parts; part++)
            find_prices(p, part, work, by_cores, column);
        good = set_clocks(p, until_s);
    }
    free(column);
    if (!good)
        price_free(p);
    return good;
}

void price_free(price_list *p)
{
    for (int k = 0; p->clock && k < p->n_parts; k++)
        free((double *)p->clock[k].at_s);
    free(p->part);
    free(p->group_part);
    free(p->mode);
    free(p->first_mode);
    free(p->load);
    free(p->limit_group);
    free(p->price);
    free(p->peak);
    free(p->clock);
    *p = (price_list){0};
}
