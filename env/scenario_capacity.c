/* scenario_capacity.c - the offered load: how busy the busiest group must be when every class is
 * divided over the groups as well as can be.
 *
 * A linear program: the part x_cg of class c that goes to group g, sum_g x_cg = 1, keeps group g
 * busy for sum_c x_cg lambda_c E[S_c] / speed_cg (cores of the task) / (cores of the group); the
 * least rho that no group exceeds. At rho >= 1 no policy is stable. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>

#include "scenario_load.h"

/* Of the unit of load: what a solver in double precision cannot tell from never. */
#define BEYOND_MEASURE 1e7

/* Mean work per second of the tasks of a class in jobs that are graphs of tasks. */
static double work_of_graphs(const poise_scenario *s, const scenario_source *src, int class_id)
{
    double sum = 0;
    for (int m = 0; m < src->n_mix && s->n_graphs > 0; m++) {
        const scenario_class *job = &s->classes[src->mix_class[m]];
        double scale = src->mean_size > 0 ? src->mean_size : job->size.mean;
        int n_tasks;
        if (job->graph)
            sum += src->rate_per_s * source_part(src, m) * scale *
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
                sum += src->rate_per_s * source_part(src, m) * size * (by_cores ? cores : 1);
        sum += work_of_graphs(s, src, class_id) * (by_cores ? c->cores : 1);
    }
    return sum;
}

/* What all jobs of the class would make of the group's time, if they all went there. */
static double share(const poise_scenario *s, int class_id, int group)
{
    const scenario_group *g = &s->group[group];
    double busy =
        work_per_s(s, class_id, g->law->demand_matters) / s->speed[class_id * s->n_groups + group];
    return busy / ((double)g->count * g->law->cores(g));
}

/* The load of one group that does the work of all, each class as fast as where it is fastest. Rho
 * is this at most, and a part of it that is no smaller than one over the number of groups. */
static double all_in_one(const poise_scenario *s)
{
    double sum = 0;
    for (int c = 0; c < s->n_classes; c++) {
        double least = INFINITY;
        bool used = work_per_s(s, c, false) > 0;
        for (int g = 0; g < s->n_groups && used; g++)
            if (s->speed[c * s->n_groups + g] > 0)
                least = fmin(least, share(s, c, g));
        sum += used ? least : 0;
    }
    return sum;
}

/* Columns: rho first, then a part for every (class, group) where it runs. Rows: a class each, then
 * a group each. Loads are in units of `unit`, for the solver's tolerances are absolute; where a
 * class would take beyond measure it goes nowhere. */
static void fill(glp_prob *lp, const poise_scenario *s, double unit)
{
    glp_set_obj_dir(lp, GLP_MIN);
    glp_add_rows(lp, s->n_classes + s->n_groups);
    int rho = glp_add_cols(lp, 1);
    glp_set_col_bnds(lp, rho, GLP_LO, 0, 0);
    glp_set_obj_coef(lp, rho, 1);
    int n = s->n_groups;
    int *row = calloc((size_t)n + 3, sizeof *row);
    double *value = calloc((size_t)n + 3, sizeof *value);
    for (int g = 0; g < n; g++) {
        row[g + 1] = s->n_classes + g + 1;
        value[g + 1] = -1;
        glp_set_row_bnds(lp, s->n_classes + g + 1, GLP_UP, 0, 0);
    }
    glp_set_mat_col(lp, rho, n, row, value);
    for (int c = 0; c < s->n_classes; c++) {
        bool used = work_per_s(s, c, false) > 0;
        glp_set_row_bnds(lp, c + 1, GLP_FX, used, used);
        for (int g = 0; g < n && used; g++) {
            double part = s->speed[c * n + g] > 0 ? share(s, c, g) / unit : INFINITY;
            if (part > BEYOND_MEASURE)
                continue;
            int column = glp_add_cols(lp, 1);
            glp_set_col_bnds(lp, column, GLP_LO, 0, 0);
            row[1] = c + 1, row[2] = s->n_classes + g + 1;
            value[1] = 1, value[2] = part;
            glp_set_mat_col(lp, column, 2, row, value);
        }
    }
    free(row);
    free(value);
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
    int terminal = glp_term_out(GLP_OFF);
    glp_prob *lp = glp_create_prob();
    double unit = all_in_one(s);
    fill(lp, s, unit);
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.it_lim = 1000000;
    bool solved = glp_simplex(lp, &how) == 0 && glp_get_status(lp) == GLP_OPT;
    double rho = solved ? unit * glp_get_obj_val(lp) : NAN;
    glp_delete_prob(lp);
    glp_term_out(terminal);
    return rho;
}
