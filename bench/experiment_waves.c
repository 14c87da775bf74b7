/* experiment_waves.c - how many seeds a scenario takes where a precision is asked for. Seeds are
 * run in waves; when all cells of a wave are known, and not before, it is judged whether another
 * one begins. So the number of seeds depends on nothing but the results: not on threads, nor on
 * what was stored before. */
#include "experiment_inside.h"

#include "named.h"
#include "stats_steady.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LEVEL .95

/* ---- groups -------------------------------------------------------------------------------- */

static plan_group *group_with(plan *p, uint64_t scenario)
{
    int i = 0;
    while (i < p->n_groups && p->group[i].scenario != scenario)
        i++;
    if (i == p->n_groups)
        p->group[p->n_groups++] = (plan_group){.scenario = scenario, .kind = -1, .baseline = -1};
    return &p->group[i];
}

static plan_group *group_at(const plan *p, const plan_kind *k)
{
    return &p->group[p->group_of[k->point]];
}

static const char *agent_of(const plan *p, const plan_kind *k)
{
    return p->ask.point[k->point].agent[k->agent].agent;
}

/* Whose differences to are sought: the first kind if the baseline does not take part. */
static int baseline_of(const plan *p, const plan_group *g)
{
    const char *baseline = p->ask.precision.baseline;
    for (int i = g->kind; i >= 0 && baseline; i = p->kind[i].beside)
        if (named_so(agent_of(p, &p->kind[i]), baseline))
            return i;
    return g->kind;
}

/* Groups of points, and the kinds of each in their order. */
static void fill_groups(plan *p)
{
    const experiment *x = &p->ask;
    for (int i = 0; i < x->n_points; i++) {
        plan_group *g = group_with(p, poise_scenario_hash(x->point[i].scenario));
        p->group_of[i] = (int)(g - p->group);
        g->most = x->point[i].n_seeds > g->most ? x->point[i].n_seeds : g->most;
    }
    for (int i = p->n_kinds - 1; i >= 0; i--) {
        plan_group *g = group_at(p, &p->kind[i]);
        p->kind[i].beside = g->kind;
        g->kind = i;
    }
    for (int i = 0; i < p->n_groups; i++)
        p->group[i].baseline = baseline_of(p, &p->group[i]);
}

bool plan_make_groups(plan *p)
{
    const experiment *x = &p->ask;
    int most = 0;
    if (!(x->precision.within > 0))
        return true;
    for (int i = 0; i < x->n_points; i++)
        most = x->point[i].n_seeds > most ? x->point[i].n_seeds : most;
    p->group = calloc((size_t)x->n_points + 1, sizeof *p->group);
    p->group_of = calloc((size_t)x->n_points + 1, sizeof *p->group_of);
    p->sample = calloc((size_t)most + 1, sizeof *p->sample);
    const bool good = p->group && p->group_of && p->sample;
    if (good)
        fill_groups(p);
    return good;
}

int plan_group_kind(const plan *p, const plan_kind *k)
{
    return p->group ? group_at(p, k)->kind : -1;
}

bool plan_is_over(const plan *p, const plan_kind *k)
{
    return !p->group || group_at(p, k)->is_over;
}

/* ---- precision ----------------------------------------------------------------------------- */

/* The values of a kind in the open waves, into x; how many there are. */
static int values_of(const plan *p, const plan_kind *k, double *x)
{
    int n = 0;
    for (int c = k->first; c < k->first + k->n; c++)
        if (p->cell[c].is_open && !isnan(p->cell[c].value))
            x[n++] = p->cell[c].value;
    return n;
}

/* The cell of a kind with the seed of another cell, most likely in its place; NULL without one. */
static const plan_cell *partner(const plan *p, const plan_kind *k, const plan_cell *of)
{
    if (of->turn < k->n && p->cell[k->first + of->turn].seed == of->seed)
        return &p->cell[k->first + of->turn];
    for (int c = k->first; c < k->first + k->n; c++)
        if (p->cell[c].seed == of->seed)
            return &p->cell[c];
    return NULL;
}

/* The differences of a kind to another, over the seeds of which both have a value, into x. */
static int differences_of(const plan *p, const plan_kind *k, const plan_kind *to, double *x)
{
    int n = 0;
    for (int c = k->first; c < k->first + k->n; c++) {
        const plan_cell *a = &p->cell[c], *b = a->is_open ? partner(p, to, a) : NULL;
        if (b && b->is_open && !isnan(a->value - b->value))
            x[n++] = a->value - b->value;
    }
    return n;
}

/* Half the interval of m over a mean. */
static double relative_to(double mean, const stats_mean *m)
{
    const double half = m->high - m->mean;
    return half > 0 || isnan(half) ? half / fabs(mean) : 0;
}

/* How wide the interval of a kind is, and over how many runs; NAN over fewer than two. */
static double width_of(const plan *p, const plan_group *g, const plan_kind *k, int *n)
{
    const plan_kind *baseline = &p->kind[g->baseline];
    const bool of_difference = p->ask.precision.of_difference;
    *n = values_of(p, of_difference ? baseline : k, p->sample);
    stats_mean m = stats_of(p->sample, *n, LEVEL);
    const double mean = m.mean;
    if (of_difference) {
        *n = differences_of(p, k, baseline, p->sample);
        m = stats_of(p->sample, *n, LEVEL);
    }
    return relative_to(mean, &m);
}

/* Looks at the intervals of all kinds. An agent of which no run is good is not waited for: it would
 * never be precise. */
static void judge(plan *p, plan_group *g)
{
    const experiment_precision *ask = &p->ask.precision;
    g->is_precise = true;
    g->relative = NAN;
    g->agent = "";
    for (int i = g->kind; i >= 0; i = p->kind[i].beside) {
        int n;
        const double width = width_of(p, g, &p->kind[i], &n);
        if (n == 0 || (ask->of_difference && i == g->baseline))
            continue;
        g->is_precise &= n >= ask->least && width <= ask->within;
        if (!isnan(width) && !(width <= g->relative)) {
            g->relative = width;
            g->agent = agent_of(p, &p->kind[i]);
        }
    }
}

/* ---- waves --------------------------------------------------------------------------------- */

/* Where the next wave ends; 0: there is none, or not yet. */
static int next_wave(plan *p, plan_group *g)
{
    if (g->is_over || g->left > 0)
        return 0;
    judge(p, g);
    g->is_over = g->is_precise || g->open >= g->most;
    if (g->is_over)
        return 0;
    const int wave = p->ask.precision.wave;
    return wave < g->most - g->open ? g->open + wave : g->most;
}

static void open_to(plan *p, plan_group *g, int open)
{
    g->open = open;
    g->left = 0;
    for (int i = g->kind; i >= 0; i = p->kind[i].beside)
        for (int c = p->kind[i].first; c < p->kind[i].first + p->kind[i].n; c++) {
            plan_cell *cell = &p->cell[c];
            cell->is_open = cell->turn < open;
            g->left += cell->is_open && !cell->is_known;
        }
}

void plan_begin_waves(plan *p)
{
    const int wave = p->ask.precision.wave;
    for (int i = 0; i < p->n_groups; i++) {
        plan_group *g = &p->group[i];
        g->is_over = false;
        for (int open = wave < g->most ? wave : g->most; open > 0; open = next_wave(p, g))
            open_to(p, g, open);
    }
}

int plan_next_wave(plan *p, const plan_kind *k)
{
    return p->group ? next_wave(p, group_at(p, k)) : 0;
}

int plan_open_wave(plan *p, const plan_kind *k, int open)
{
    plan_group *g = group_at(p, k);
    const int from = g->open;
    open_to(p, g, open);
    return from;
}

void plan_cell_known(plan *p, plan_cell *cell, double value)
{
    if (p->group && !cell->is_known)
        group_at(p, &p->kind[cell->kind])->left--;
    cell->is_known = true;
    cell->value = value;
}

/* ---- what is said of it -------------------------------------------------------------------- */

void plan_remark(const plan *p, uint64_t scenario, int metric, char *text, size_t size)
{
    const experiment_precision *ask = &p->ask.precision;
    const plan_group *g = p->group;
    *text = 0;
    while (g < p->group + p->n_groups && g->scenario != scenario)
        g++;
    if (g == p->group + p->n_groups || metric != ask->metric || g->open == 0)
        return;
    char widest[96] = "no interval";
    if (!isnan(g->relative))
        snprintf(widest, sizeof widest, "%.2g%% (%.60s)", 100 * g->relative, g->agent);
    const char *of = ask->of_difference ? ", of differences over the baseline's mean" : "";
    if (!g->is_over)
        snprintf(text, size, "%d seeds so far: the wave is not complete", g->open);
    else
        snprintf(text, size, "%s %d seeds: %s, %.3g%% asked%s",
                 g->is_precise ? "stopped at" : "cap reached at", g->open, widest,
                 100 * ask->within, of);
}
