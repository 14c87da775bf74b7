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

/* Mean arrivals per second of a class; sources without a rate do not count. */
static double arrivals_per_s(const poise_scenario *s, int class_id)
{
    double sum = 0;
    for (int k = 0; k < s->n_sources; k++) {
        const scenario_source *src = &s->source[k];
        for (int m = 0; m < src->n_mix; m++) {
            double before = m > 0 ? src->mix_cumulative[m - 1] : 0;
            if (src->mix_class[m] == class_id)
                sum += src->rate_per_s * (src->mix_cumulative[m] - before);
        }
    }
    return sum;
}

/* What all jobs of the class would make of the group's time, if they all went there. */
static double share(const poise_scenario *s, int class_id, int group, double per_s)
{
    const scenario_class *c = &s->classes[class_id];
    const scenario_group *g = &s->group[group];
    double service_s = c->size.mean / s->speed[class_id * s->n_groups + group];
    double at_once = (double)g->count * g->law->cores(g) / (g->law->demand_matters ? c->cores : 1);
    return per_s * service_s / at_once;
}

/* The load of one group that does the work of all, each class as fast as where it is fastest. Rho
 * is this at most, and a part of it that is no smaller than one over the number of groups. */
static double all_in_one(const poise_scenario *s)
{
    double sum = 0;
    for (int c = 0; c < s->n_classes; c++) {
        double per_s = arrivals_per_s(s, c), least = INFINITY;
        for (int g = 0; g < s->n_groups && per_s > 0; g++)
            if (s->speed[c * s->n_groups + g] > 0)
                least = fmin(least, share(s, c, g, per_s));
        sum += per_s > 0 ? least : 0;
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
        double per_s = arrivals_per_s(s, c);
        bool used = per_s > 0;
        glp_set_row_bnds(lp, c + 1, GLP_FX, used, used);
        for (int g = 0; g < n && used; g++) {
            double part = s->speed[c * n + g] > 0 ? share(s, c, g, per_s) / unit : INFINITY;
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
