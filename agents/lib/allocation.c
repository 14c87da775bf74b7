/* allocation.c - see allocation.h.
 *
 * The columns of a program are X, row by row and way by way, then one more: the level that all
 * exceed, or the time by which all are done. Its rows are what each task achieves (1 .. n), its
 * time (n+1 .. 2n), the devices of each kind, and, where levels rise, what each task achieves above
 * the level (the last n). GLPK keeps its memory per thread: where
 * it had none in this one, it is given back, so that an agent leaves nothing behind in a thread. */
#include "allocation.h"

#include "solver.h"

#include <glpk.h>
#include <math.h>
#include <stddef.h>

/* A dual beyond this is not 0: programs are scaled so that what matters is near 1. */
#define ZERO 1e-9

typedef struct program {
    glp_prob *lp;
    bool is_outermost;  // of those that use GLPK in this thread
    int extra;          // the last column
    int most_pivots, method;
} program;

static int n_ways(const allocation *a)
{
    return a->n_kinds * a->n_profiles;
}

/* The column of X_row,way. */
static int column(const allocation *a, int row, int way)
{
    return 1 + row * n_ways(a) + way;
}

static int row_of_kind(const allocation *a, int kind)
{
    return 1 + 2 * a->n_rows + kind;
}

/* ---- programs ------------------------------------------------------------------------------ */

static int row_above(const allocation *a, int row)
{
    return row_of_kind(a, a->n_kinds) + row;
}

/* A column for the task's time in each way; throughput is in units of `unit`. */
static void add_ways(program *p, const allocation *a, int row, double unit, bool rises)
{
    for (int w = 0; w < n_ways(a); w++) {
        const int i = row * n_ways(a) + w, c = column(a, row, w);
        const double gain = a->speed[i] > 0 ? a->speed[i] / unit : 0;
        const int at[] = {0, 1 + a->n_rows + row, row_of_kind(a, w / a->n_profiles), 1 + row,
                          row_above(a, row)};
        const double value[] = {0, 1, a->alike[row] * a->need[i], gain, gain};
        glp_set_mat_col(p->lp, c, gain > 0 ? 3 + rises : 2, at, value);
        glp_set_col_bnds(p->lp, c, gain > 0 ? GLP_LO : GLP_FX, 0, 0);
    }
}

/* A program to maximise; unit (n_rows) is what the throughput of each row is measured in. */
static program program_begin(const allocation *a, const double *unit, bool rises)
{
    const bool is_outermost = solver_begin();
    program p = {.is_outermost = is_outermost, .most_pivots = a->most_pivots, .method = GLP_PRIMAL};
    p.lp = glp_create_prob();
    glp_set_obj_dir(p.lp, GLP_MAX);
    glp_add_rows(p.lp, (rises ? 3 : 2) * a->n_rows + a->n_kinds);
    p.extra = 1 + a->n_rows * n_ways(a);
    glp_add_cols(p.lp, p.extra);
    for (int r = 0; r < a->n_rows; r++) {
        add_ways(&p, a, r, unit[r], rises);
        glp_set_row_bnds(p.lp, 1 + r, GLP_LO, 0, 0);
        glp_set_row_bnds(p.lp, 1 + a->n_rows + r, GLP_UP, 0, 1);
    }
    for (int k = 0; k < a->n_kinds; k++)
        glp_set_row_bnds(p.lp, row_of_kind(a, k), GLP_UP, 0, a->count[k]);
    glp_set_col_bnds(p.lp, p.extra, GLP_LO, 0, 0);
    return p;
}

static void program_end(program *p)
{
    glp_delete_prob(p->lp);
    solver_end(p->is_outermost);
}

static bool solve(program *p)
{
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.it_lim = p->most_pivots;
    how.meth = p->method;
    return glp_simplex(p->lp, &how) == 0 && glp_get_status(p->lp) == GLP_OPT;
}

/* Of all X that achieve what the rows ask for, one that takes the fewest devices. Devices of one
 * kind count a little less than those of the kinds before it. */
static bool solve_for_fewest(program *p, const allocation *a)
{
    for (int r = 0; r < a->n_rows; r++)
        for (int w = 0; w < n_ways(a); w++)
            glp_set_obj_coef(p->lp, column(a, r, w),
                             -a->alike[r] * (a->need[r * n_ways(a) + w] + ZERO) *
                                 (1 - 1e-3 * (w / a->n_profiles) / a->n_kinds));
    glp_set_obj_coef(p->lp, p->extra, 0);
    return solve(p);
}

/* The bits beyond a billionth are the solver's path, not the answer. */
static double rounded(double x)
{
    return rint(x * 0x1p36) * 0x1p-36;
}

static void take_parts(const program *p, allocation *a, double total)
{
    for (int r = 0; r < a->n_rows; r++)
        for (int w = 0; w < n_ways(a); w++) {
            const double x = glp_get_col_prim(p->lp, column(a, r, w)) / total;
            a->part[r * n_ways(a) + w] = rounded(fmin(fmax(x, 0), 1));
        }
}

static void take_prices(const program *p, allocation *a, double unit)
{
    for (int k = 0; k < a->n_kinds; k++)
        a->price[k] = unit * glp_get_row_dual(p->lp, row_of_kind(a, k));
}

/* ---- scales -------------------------------------------------------------------------------- */

static double total_count(const allocation *a)
{
    double sum = 0;
    for (int k = 0; k < a->n_kinds; k++)
        sum += a->count[k];
    return sum;
}

/* The most that the row achieves with a profile of the kind, for each device if by_device. */
static double best_on(const allocation *a, int row, int kind, bool by_device)
{
    double best = 0;
    for (int p = 0; p < a->n_profiles; p++) {
        const int i = row * n_ways(a) + kind * a->n_profiles + p;
        const double need = by_device ? fmax(a->need[i], 1e-6) : 1;
        best = fmax(best, a->speed[i] / need);
    }
    return best;
}

/* Throughput of the row on all devices in proportion, for each device that it takes. */
static double equal_throughput(const allocation *a, int row)
{
    double sum = 0;
    for (int k = 0; k < a->n_kinds; k++)
        sum += a->count[k] / total_count(a) * best_on(a, row, k, true);
    return sum;
}

static double largest_speed(const allocation *a)
{
    double most = 0;
    for (int i = 0; i < a->n_rows * n_ways(a); i++)
        most = fmax(most, a->speed[i]);
    return most;
}

/* What is done where no program helps. */
static bool equal_parts(allocation *a)
{
    const double total = total_count(a);
    for (int i = 0; i < a->n_rows * n_ways(a); i++)
        a->part[i] =
            total > 0 && a->speed[i] > 0 ? a->count[i % n_ways(a) / a->n_profiles] / total : 0;
    for (int k = 0; k < a->n_kinds; k++)
        a->price[k] = 0;
    return false;
}

/* ---- max-min fairness ---------------------------------------------------------------------- */

enum { RISES = -1 };  // a level that is not known yet

/* The last column is the level: what rows achieve above it is not negative. */
static void couple(program *p, const allocation *a)
{
    int *at = glp_calloc(a->n_rows + 1, sizeof *at);
    double *value = glp_calloc(a->n_rows + 1, sizeof *value);
    for (int r = 0; r < a->n_rows; r++) {
        at[1 + r] = row_above(a, r);
        value[1 + r] = -1;
        glp_set_row_bnds(p->lp, at[1 + r], a->level[r] < 0 ? GLP_LO : GLP_FR, 0, 0);
    }
    glp_set_mat_col(p->lp, p->extra, a->n_rows, at, value);
    glp_free(at);
    glp_free(value);
}

static bool holds_down(const program *p, const allocation *a, int row)
{
    return a->level[row] < 0 && fabs(glp_get_row_dual(p->lp, row_above(a, row))) > ZERO;
}

/* Of the rows that rise, those whose dual is not 0 hold the level down, and keep it from now on.
 * Returns how many still rise; none in the last round. */
static int settle(program *p, const allocation *a, bool last)
{
    const double level = fmax(glp_get_col_prim(p->lp, p->extra), 0);
    int rising = 0, holding = 0;
    for (int r = 0; r < a->n_rows; r++)
        holding += holds_down(p, a, r);
    for (int r = 0; r < a->n_rows; r++) {
        if (a->level[r] >= 0)
            continue;
        if (holding > 0 && !last && !holds_down(p, a, r)) {
            rising++;
            continue;
        }
        a->level[r] = level;
        glp_set_row_bnds(p->lp, 1 + r, GLP_LO, level, 0);
        glp_set_row_bnds(p->lp, row_above(a, r), GLP_FR, 0, 0);
    }
    return rising;
}

/* Whether there are devices on which the row can run. */
static bool can_run(const allocation *a, int row)
{
    for (int k = 0; k < a->n_kinds; k++)
        if (a->count[k] > 0 && best_on(a, row, k, false) > 0)
            return true;
    return false;
}

/* What the levels of rows are measured in; whether there are rows that can run, which rise. */
static bool measure(allocation *a, bool normalised)
{
    const double most = largest_speed(a);
    bool any = false;
    for (int r = 0; r < a->n_rows; r++) {
        const bool runs = can_run(a, r);
        a->level[r] = !runs ? 1 : a->weight[r] * (normalised ? equal_throughput(a, r) : most);
        any |= runs;
    }
    return any;
}

static bool rise(program *p, allocation *a, int most_rounds, double *first)
{
    couple(p, a);
    glp_set_obj_coef(p->lp, p->extra, 1);
    for (int round = 1, rising = 1; rising > 0; round++) {
        if (!solve(p))
            return false;
        if (round == 1) {
            *first = glp_get_obj_val(p->lp);
            take_prices(p, a, 1);
        }
        rising = settle(p, a, round >= most_rounds);
    }
    glp_set_col_bnds(p->lp, p->extra, GLP_FX, 0, 0);
    return solve_for_fewest(p, a);
}

bool allocation_max_min(allocation *a, bool normalised, int most_rounds, double *value)
{
    double first = 0;
    if (!measure(a, normalised))
        return equal_parts(a);
    program p = program_begin(a, a->level, true);
    for (int r = 0; r < a->n_rows; r++)
        a->level[r] = can_run(a, r) ? RISES : 0;
    const bool good = rise(&p, a, most_rounds, &first);
    if (good)
        take_parts(&p, a, 1);
    program_end(&p);
    const double unit = normalised ? 1 : largest_speed(a);
    for (int r = 0; r < a->n_rows; r++)
        a->level[r] *= unit;
    for (int k = 0; k < a->n_kinds; k++)
        a->price[k] *= unit;
    if (value)
        *value = first * unit;
    return good || equal_parts(a);
}

/* ---- the makespan -------------------------------------------------------------------------- */

static double best_speed(const allocation *a, int row)
{
    double best = 0;
    for (int k = 0; k < a->n_kinds; k++)
        if (a->count[k] > 0)
            best = fmax(best, best_on(a, row, k, false));
    return best;
}

/* The longest that a task takes where it is fastest: a scale for times. */
static double longest_s(const allocation *a)
{
    double most_s = 0;
    for (int r = 0; r < a->n_rows; r++)
        if (can_run(a, r))
            most_s = fmax(most_s, a->work[r] / best_speed(a, r));
    return most_s;
}

/* The last column is T: nobody's time, and no device's, is longer. */
static void bound_times(program *p, const allocation *a, double unit_s)
{
    const int n = a->n_rows + a->n_kinds;
    int *at = glp_calloc(n + 1, sizeof *at);
    double *value = glp_calloc(n + 1, sizeof *value);
    for (int i = 1; i <= n; i++) {
        const int kind = i - 1 - a->n_rows;
        at[i] = a->n_rows + i;
        value[i] = kind < 0 ? -1 : -a->count[kind];
        const double busy_s = kind >= 0 && a->busy_s ? a->busy_s[kind] : 0;
        glp_set_row_bnds(p->lp, at[i], GLP_UP, 0, -busy_s / unit_s);
    }
    glp_set_mat_col(p->lp, p->extra, n, at, value);
    glp_free(at);
    glp_free(value);
}

bool allocation_makespan(allocation *a, double *value)
{
    const double unit_s = longest_s(a);
    if (!(unit_s > 0))
        return equal_parts(a);
    for (int r = 0; r < a->n_rows; r++)
        a->level[r] = can_run(a, r) ? best_speed(a, r) : 1;
    program p = program_begin(a, a->level, false);
    for (int r = 0; r < a->n_rows; r++)
        if (can_run(a, r))
            glp_set_row_bnds(p.lp, 1 + r, GLP_LO, a->work[r] / a->level[r] / unit_s, 0);
    bound_times(&p, a, unit_s);
    glp_set_obj_coef(p.lp, p.extra, -1);
    p.method = GLP_DUALP;  // T = infinity is feasible in the dual
    bool good = solve(&p);
    const double end = good ? glp_get_col_prim(p.lp, p.extra) : 1;
    take_prices(&p, a, unit_s);
    glp_set_col_bnds(p.lp, p.extra, GLP_FX, end, end);
    p.method = GLP_PRIMAL;
    good = good && solve_for_fewest(&p, a);
    if (good)
        take_parts(&p, a, end);
    program_end(&p);
    if (value)
        *value = end * unit_s;
    return good || equal_parts(a);
}

/* ---- the sum ------------------------------------------------------------------------------- */

bool allocation_sum(allocation *a, double *value)
{
    const double unit = largest_speed(a);
    for (int r = 0; r < a->n_rows; r++)
        a->level[r] = unit / a->weight[r];
    if (!(unit > 0))
        return equal_parts(a);
    program p = program_begin(a, a->level, false);
    glp_set_col_bnds(p.lp, p.extra, GLP_FX, 0, 0);
    for (int r = 0; r < a->n_rows; r++)
        for (int w = 0; w < n_ways(a); w++)
            glp_set_obj_coef(p.lp, column(a, r, w),
                             a->alike[r] * a->speed[r * n_ways(a) + w] / a->level[r]);
    bool good = solve(&p);
    take_prices(&p, a, unit);
    if (value)
        *value = unit * glp_get_obj_val(p.lp);
    for (int r = 0; r < a->n_rows && good; r++)
        glp_set_row_bnds(p.lp, 1 + r, GLP_LO, glp_get_row_prim(p.lp, 1 + r), 0);
    good = good && solve_for_fewest(&p, a);
    if (good)
        take_parts(&p, a, 1);
    program_end(&p);
    return good || equal_parts(a);
}
