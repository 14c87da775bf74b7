/* scenario_capacity.c - the offered load: how busy the busiest group must be when every class is
 * divided over the groups and its profiles as well as can be.
 *
 * A linear program: the part x_cgp of class c that goes to group g under profile p, their sum 1,
 * takes x_cgp lambda_c E[S_c] / speed_cgp of the group's time (that of all its devices, times the
 * cores of the task where it asks for cores); the least rho that no group exceeds. Groups can be
 * busy in several ways: all places taken, FLOP/s or bytes/s used up, memory or a named resource
 * taken. At rho >= 1 no policy is stable. Below it one need not be: transfers, stragglers,
 * interference, caps on power and work that is done twice come on top. */
#include <glpk.h>
#include <math.h>

#include "bound.h"
#include "scenario_load.h"
#include "solver.h"

/* Of the unit of load: what a solver in double precision cannot tell from never. */
#define BEYOND_MEASURE 1e7

/* ---- what arrives ------------------------------------------------------------------------- */

/* Arrivals per second in the mean over the episode, where that has an end time. */
static double rate_of(const poise_scenario *s, const scenario_source *src)
{
    if (s->end_ns == 0 || (src->start_ns == 0 && src->stop_ns == 0))
        return src->rate_per_s;
    int64_t stop_ns = src->stop_ns > 0 && src->stop_ns < s->end_ns ? src->stop_ns : s->end_ns;
    double part = (double)(stop_ns - src->start_ns) / (double)s->end_ns;
    return part > 0 ? src->rate_per_s * part : 0;
}

/* Mean work per second of the tasks of a class in jobs that are graphs of tasks. */
static double work_of_graphs(const poise_scenario *s, const scenario_source *src, int class_id)
{
    double sum = 0;
    for (int m = 0; m < src->n_mix && s->n_graphs > 0; m++) {
        const scenario_class *job = &s->classes[src->mix_class[m]];
        double scale = src->mean_size > 0 ? src->mean_size : job->size.mean;
        int n_tasks;
        if (job->graph)
            sum += rate_of(s, src) * source_part(src, m) * scale *
                   scenario_graph_work(job->graph, class_id, &n_tasks);
    }
    return sum;
}

/* Mean work of a class that arrives per second, or work times cores where by_cores; sources without
 * a rate do not count. */
static double work_per_s(const poise_scenario *s, int class_id, bool by_cores)
{
    const scenario_class *c = &s->classes[class_id];
    double sum = 0;
    for (int k = 0; k < s->n_sources && !c->graph; k++) {
        const scenario_source *src = &s->source[k];
        double size = src->mean_size > 0 ? src->mean_size : c->size.mean;
        double cores = src->mean_cores > 0 ? src->mean_cores : c->cores;
        for (int m = 0; m < src->n_mix; m++)
            if (src->mix_class[m] == class_id)
                sum += rate_of(s, src) * source_part(src, m) * size * (by_cores ? cores : 1);
        sum += work_of_graphs(s, src, class_id) * (by_cores ? c->cores : 1);
    }
    return sum;
}

/* ---- what it takes ------------------------------------------------------------------------ */

/* Something of a group that there is only so much of. */
typedef struct limit {
    enum { OF_LAW, OF_MEMORY, OF_RESOURCE } kind;
    int number;  // of the loads of the law, or of the resource
} limit;

/* What the linear program is about. */
typedef struct problem {
    const poise_scenario *s;
    arena *memory;            // of all that follows
    double *work, *by_cores;  // (n_classes) that arrive per second; work times cores
    int n_limits;
    limit *limit;  // (n_limits) group by group
    int *first;    // (n_groups + 1) of each group
} problem;

static int add_limits(const poise_scenario *s, int group, limit *to)
{
    const scenario_group *g = &s->group[group];
    int n = 0;
    for (int k = 0; k < (g->law->loads ? LAW_MOST_LOADS : 1); k++)
        to[n++] = (limit){OF_LAW, k};
    if (g->memory_bytes != INT64_MAX && g->law->cores(g) > 1)
        to[n++] = (limit){OF_MEMORY, 0};
    for (int k = 0; k < s->n_resources; k++)
        to[n++] = (limit){OF_RESOURCE, k};
    return n;
}

static problem problem_of(const poise_scenario *s)
{
    size_t groups = (size_t)s->n_groups, classes = (size_t)s->n_classes;
    size_t most = groups * (size_t)(LAW_MOST_LOADS + 1 + s->n_resources);
    arena *memory = arena_new();
    problem p = {
        .s = s,
        .memory = memory,
        .work = arena_take(memory, classes + 1, sizeof *p.work),
        .by_cores = arena_take(memory, classes + 1, sizeof *p.by_cores),
        .limit = arena_take(memory, most + 1, sizeof *p.limit),
        .first = arena_take(memory, groups + 1, sizeof *p.first),
    };
    for (int c = 0; c < s->n_classes; c++) {
        p.work[c] = work_per_s(s, c, false);
        p.by_cores[c] = work_per_s(s, c, true);
    }
    for (int g = 0; g < s->n_groups; g++) {
        p.first[g] = p.n_limits;
        p.n_limits += add_limits(s, g, p.limit + p.n_limits);
    }
    p.first[s->n_groups] = p.n_limits;
    return p;
}

/* The part of the time in which what fails is whole. */
static double part_up(const dist *mtbf, const dist *mttr)
{
    return mtbf->type ? mtbf->mean / (mtbf->mean + mttr->mean) : 1;
}

/* Devices of the group that are up at a time, in the mean. */
static double devices_up(const scenario_group *g)
{
    const scenario_failures *f = &g->failures;
    return g->count * part_up(&f->mtbf, &f->mttr) * part_up(&f->rack_mtbf, &f->rack_mttr);
}

/* Work units per second, checkpoints included. */
static double speed_of(const scenario_class *c, const scenario_mode *m)
{
    double interval = (double)c->checkpoint.interval_ns, cost = (double)c->checkpoint.cost_ns;
    return cost > 0 ? m->speed * (interval / (interval + cost)) : m->speed;
}

/* Cores that are in use on average, of all devices, if the whole class ran in this mode. */
static double cores_in_use(const problem *p, int class_id, int group, const scenario_mode *m)
{
    double speed = speed_of(&p->s->classes[class_id], m);
    bool asks = p->s->group[group].law->demand_matters;
    double work = asks && m->cores == 0 ? p->by_cores[class_id] : p->work[class_id];
    return work / speed * m->devices * (asks && m->cores > 0 ? m->cores : 1);
}

static double by_law(const problem *p, int class_id, int group, const scenario_mode *m, int number)
{
    const scenario_group *g = &p->s->group[group];
    double load[LAW_MOST_LOADS] = {0};
    if (!g->law->loads)
        return cores_in_use(p, class_id, group, m) / (devices_up(g) * g->law->cores(g));
    scenario_mode slower = *m;
    slower.speed = speed_of(&p->s->classes[class_id], m);
    g->law->loads(g, &p->s->classes[class_id], &slower, load);
    return p->work[class_id] * load[number] / devices_up(g);
}

/* Bytes that the task is promised on each device. */
static int64_t promised_bytes(const scenario_class *c, const scenario_mode *m)
{
    if (c->request_bytes != c->memory_bytes)
        return c->request_bytes;
    return m->memory_bytes >= 0 ? m->memory_bytes : c->memory_bytes;
}

/* The part of what the limit is of that the whole class takes on average, if it all runs in this
 * mode. */
static double part_of(const problem *p, int class_id, int group, const scenario_mode *m,
                      const limit *l)
{
    const scenario_group *g = &p->s->group[group];
    const scenario_class *c = &p->s->classes[class_id];
    if (l->kind == OF_LAW)
        return by_law(p, class_id, group, m, l->number);
    double at_once = p->work[class_id] / speed_of(c, m) * m->devices, needs = 0, has = 1;
    if (l->kind == OF_MEMORY) {
        needs = (double)promised_bytes(c, m);
        has = (double)g->memory_bytes * g->overcommit;
    } else if (c->resources) {
        needs = (double)c->resources[l->number];
        has = (double)g->resources[l->number];
    }
    return needs > 0 ? at_once * needs / (has * devices_up(g)) : 0;
}

/* The largest part of anything of the group; INFINITY where the class cannot run so. */
static double largest_part(const problem *p, int class_id, int group, int profile)
{
    const scenario_mode *m = &p->s->mode[scenario_cell(p->s, class_id, group, profile)];
    double most = 0;
    if (!(m->speed > 0))
        return INFINITY;
    for (int k = p->first[group]; k < p->first[group + 1]; k++)
        most = fmax(most, part_of(p, class_id, group, m, &p->limit[k]));
    return most;
}

/* The load of one group that does the work of all, each class as fast as where it is fastest. Rho
 * is this at most, and a part of it that is no smaller than one over the number of limits. */
static double all_in_one(const problem *p)
{
    double sum = 0;
    for (int c = 0; c < p->s->n_classes; c++) {
        double least = INFINITY;
        for (int g = 0; g < p->s->n_groups && p->work[c] > 0; g++)
            for (int k = 0; k < p->s->n_profiles; k++)
                least = fmin(least, largest_part(p, c, g, k));
        sum += p->work[c] > 0 ? least : 0;
    }
    return sum;
}

/* ---- the linear program ------------------------------------------------------------------- */

/* A column for the part of the class that runs in this mode: it counts in the row of the class and
 * in those of the group's limits. */
static void add_mode(glp_prob *lp, const problem *p, int class_id, int group, int profile,
                     double unit, int *row, double *value)
{
    const scenario_mode *m = &p->s->mode[scenario_cell(p->s, class_id, group, profile)];
    int n = 1;
    row[1] = class_id + 1;
    value[1] = 1;
    for (int k = p->first[group]; k < p->first[group + 1]; k++) {
        double part = part_of(p, class_id, group, m, &p->limit[k]);
        if (part == 0)
            continue;
        row[++n] = p->s->n_classes + k + 1;
        value[n] = part / unit;
    }
    int column = glp_add_cols(lp, 1);
    glp_set_col_bnds(lp, column, GLP_LO, 0, 0);
    glp_set_mat_col(lp, column, n, row, value);
}

/* Columns: rho first, then a part for every (class, group, profile) where it runs. Rows: a class
 * each, then a limit each. Loads are in units of `unit`, for the solver's tolerances are absolute;
 * where a class would take beyond measure it goes nowhere. */
static void fill(glp_prob *lp, const problem *p, double unit)
{
    const poise_scenario *s = p->s;
    glp_set_obj_dir(lp, GLP_MIN);
    glp_add_rows(lp, s->n_classes + p->n_limits);
    int rho = glp_add_cols(lp, 1);
    glp_set_col_bnds(lp, rho, GLP_LO, 0, 0);
    glp_set_obj_coef(lp, rho, 1);
    int *row = arena_take(p->memory, (size_t)p->n_limits + 3, sizeof *row);
    double *value = arena_take(p->memory, (size_t)p->n_limits + 3, sizeof *value);
    for (int k = 0; k < p->n_limits; k++) {
        row[k + 1] = s->n_classes + k + 1;
        value[k + 1] = -1;
        glp_set_row_bnds(lp, s->n_classes + k + 1, GLP_UP, 0, 0);
    }
    glp_set_mat_col(lp, rho, p->n_limits, row, value);
    for (int c = 0; c < s->n_classes; c++) {
        bool used = p->work[c] > 0;
        glp_set_row_bnds(lp, c + 1, GLP_FX, used, used);
        for (int g = 0; g < s->n_groups && used; g++)
            for (int k = 0; k < s->n_profiles; k++)
                if (largest_part(p, c, g, k) / unit <= BEYOND_MEASURE)
                    add_mode(lp, p, c, g, k, unit, row, value);
    }
}

static bool has_rate(const poise_scenario *s)
{
    for (int k = 0; k < s->n_sources; k++)
        if (s->source[k].rate_per_s > 0)
            return true;
    return false;
}

double scenario_load_of(const poise_scenario *s)
{
    if (!has_rate(s))
        return NAN;
    const bool is_outermost = solver_begin();
    glp_prob *lp = glp_create_prob();
    problem p = problem_of(s);
    double unit = all_in_one(&p);
    fill(lp, &p, unit);
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.it_lim = 1000000;
    bool solved = glp_simplex(lp, &how) == 0 && glp_get_status(lp) == GLP_OPT;
    double rho = solved ? unit * glp_get_obj_val(lp) : NAN;
    arena_free(p.memory);
    glp_delete_prob(lp);
    solver_end(is_outermost);
    return rho;
}

/* ---- throughput ---------------------------------------------------------------------------- */

/* Tasks of a class that arrive per second, those of jobs that are graphs included. */
static double tasks_per_s(const poise_scenario *s, int class_id)
{
    double sum = 0;
    for (int k = 0; k < s->n_sources; k++) {
        const scenario_source *src = &s->source[k];
        for (int m = 0; m < src->n_mix; m++) {
            const scenario_class *job = &s->classes[src->mix_class[m]];
            int n_tasks = src->mix_class[m] == class_id;
            if (job->graph)
                scenario_graph_work(job->graph, class_id, &n_tasks);
            sum += rate_of(s, src) * source_part(src, m) * n_tasks;
        }
    }
    return sum;
}

/* Columns: the part of a class that is served in a mode. Rows: a class each, no more than all of
 * it; then a limit each, no more than there is. The most tasks per second. */
static void fill_throughput(glp_prob *lp, const problem *p)
{
    const poise_scenario *s = p->s;
    glp_set_obj_dir(lp, GLP_MAX);
    glp_add_rows(lp, s->n_classes + p->n_limits);
    for (int k = 1; k <= s->n_classes + p->n_limits; k++)
        glp_set_row_bnds(lp, k, GLP_UP, 0, 1);
    int *row = arena_take(p->memory, (size_t)p->n_limits + 3, sizeof *row);
    double *value = arena_take(p->memory, (size_t)p->n_limits + 3, sizeof *value);
    for (int c = 0; c < s->n_classes; c++)
        for (int g = 0; g < s->n_groups && p->work[c] > 0; g++)
            for (int k = 0; k < s->n_profiles; k++) {
                if (largest_part(p, c, g, k) > BEYOND_MEASURE)
                    continue;
                add_mode(lp, p, c, g, k, 1, row, value);
                glp_set_obj_coef(lp, glp_get_num_cols(lp), tasks_per_s(s, c));
            }
}

double poise_most_throughput(const poise_scenario *s)
{
    double most = 0;
    if (!has_rate(s) || isnan(s->offered_load))
        return NAN;
    for (int c = 0; c < s->n_classes; c++)
        most += tasks_per_s(s, c);
    if (s->offered_load <= 1)
        return most;
    const bool is_outermost = solver_begin();
    glp_prob *lp = glp_create_prob();
    problem p = problem_of(s);
    fill_throughput(lp, &p);
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.it_lim = 1000000;
    const bool solved = glp_simplex(lp, &how) == 0 && glp_get_status(lp) == GLP_OPT;
    most = solved ? glp_get_obj_val(lp) : NAN;
    arena_free(p.memory);
    glp_delete_prob(lp);
    solver_end(is_outermost);
    return most;
}
