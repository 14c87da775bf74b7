/* search.c - see search.h. */
#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "det.h"
#include "error.h"
#include "rule.h"

/* ---- the problem --------------------------------------------------------------------------- */

/* What parts cost if they stand until all are done, as lib/shares.h has it. */
static double standing_cost(const search *s)
{
    double cost = 0;
    for (int i = 0; i < s->n; i++)
        cost += s->cost[i] / s->desk.ask.part[i];
    return cost;
}

/* What they cost if the weights stand, and whoever is done leaves its part to the others. */
static double played_cost(search *s)
{
    shares *ask = &s->desk.ask;
    double at_s = 0, cost = 0;
    memcpy(s->rest, ask->work, (size_t)s->n * sizeof *s->rest);
    for (int left = s->n; left > 0;) {
        int next = -1;
        for (int i = 0; i < s->n; i++)
            if (ask->weight[i] > 0 &&
                (next < 0 || s->rest[i] * ask->part[next] < s->rest[next] * ask->part[i]))
                next = i;
        const double dt_s = s->rest[next] / ask->part[next];
        at_s += dt_s;
        s->rest[next] = 0;
        for (int i = 0; i < s->n; i++) {
            if (!(ask->weight[i] > 0))
                continue;
            s->rest[i] -= i == next ? 0 : ask->part[i] * dt_s;
            if (s->rest[i] > 1e-12 * ask->work[i])
                continue;
            ask->weight[i] = 0;
            cost += at_s * (s->objective == PLAN_RESPONSE ? 1 : s->cost[i] / ask->work[i]);
            left--;
        }
        shares_max_min(ask, false);
    }
    return cost;
}

/* Parts are in proportion to exp(RANGE x), those that are capped aside: a ratio of 10^6 at most. */
#define RANGE 14.0

static void divide(search *s, const double *x)
{
    for (int i = 0; i < s->n; i++)
        s->desk.ask.weight[i] = det_exp(RANGE * (x[i] - 1));
    shares_max_min(&s->desk.ask, false);
}

/* Many vectors mean the same; x becomes the one of them whose largest number is 1 and in which
 * nobody asks for more than the cap, so that no step is without effect. */
static double shares_cost(search *s, double *x)
{
    const double *part = s->desk.ask.part;
    double most = 0;
    divide(s, x);
    for (int i = 0; i < s->n; i++)
        most = fmax(most, part[i]);
    for (int i = 0; i < s->n; i++)
        x[i] = fmax(0, 1 + det_log(part[i] / most) / RANGE);
    if (s->objective != PLAN_RESPONSE && s->objective != PLAN_HOLDING)
        return standing_cost(s);
    const double cost = played_cost(s);
    divide(s, x);
    return cost;
}

static double cost_of(search *s, double *x)
{
    return s->space->shares ? shares_cost(s, x) : plan_decode(&s->plan, x);
}

double search_try(search *s, double *x)
{
    if (s->left == 0)
        return INFINITY;
    s->left--;
    s->spent++;
    const double cost = cost_of(s, x);
    if (cost < s->best_cost) {
        s->best_cost = cost;
        memcpy(s->best, x, (size_t)s->n * sizeof *x);
    }
    return cost;
}

/* Parts alike, parts in proportion to what tasks cost, and those of last time. */
enum { N_PARTS_KNOWN = 3 };

static void known_parts(const search *s, int k, double *x)
{
    double most = 0;
    for (int i = 0; i < s->n; i++)
        most = fmax(most, s->cost[i]);
    for (int i = 0; i < s->n; i++) {
        x[i] = 0.5;
        if (k == 1)
            x[i] = fmax(0, 1 + det_log(s->cost[i] / most) / RANGE);
        for (int j = 0; k == 2 && j < s->n_parts_was; j++)
            if (s->part_was[j].id == s->part[i].id)
                x[i] = s->part_was[j].x;
    }
}

void search_known(const search *s, int k, double *x)
{
    if (s->space->shares)
        known_parts(s, k, x);
    else
        plan_known(&s->plan, k, x);
}

void search_draw(search *s, int k, double *x)
{
    if (k < s->n_known) {
        search_known(s, k, x);
        return;
    }
    for (int i = 0; i < s->n; i++)
        x[i] = poise_rng_uniform(&s->rng);
}

double search_within(double x)
{
    x = fabs(x);
    x -= 2 * floor(x / 2);
    return x > 1 ? 2 - x : x;
}

void search_step(search *s, double *x)
{
    const double size = det_exp(det_log(s->grain) * poise_rng_uniform(&s->rng));
    const int one = poise_rng_below(&s->rng, 2) ? poise_rng_below(&s->rng, s->n) : -1;
    for (int i = 0; i < s->n; i++)
        if (one < 0 || i == one)
            x[i] = search_within(x[i] + size * poise_rng_normal(&s->rng));
}

/* ---- one decision -------------------------------------------------------------------------- */

/* Searches n numbers; then the problem is as the best of them has it. */
static void solve(search *s, search_method *method, void *state, int n, double grain, double most)
{
    s->n = n;
    s->grain = grain;
    s->left = most < s->evaluations ? (int)most : s->evaluations;
    s->best_cost = INFINITY;
    search_known(s, 0, s->best);
    while (s->left > 0)
        method(state, s);
    cost_of(s, s->best);
}

/* How many plans there are: more evaluations than some times as many are for nothing. */
static double n_plans(const plan *p)
{
    double n = 1;
    for (int i = 0; i < p->n && n < 1e9; i++)
        n *= (i + 1.0) * (p->task[i].n_choices + 1.0);
    return p->n == 1 ? p->task[0].n_choices : 4 * n;
}

static void attend_plan(search *s, const poise_view *v, search_method *method, void *state,
                        double *attention)
{
    plan *p = &s->plan;
    if (!plan_holds(p, v) && v->n_candidates > 1) {
        plan_gather(p, v);
        s->n_known = plan_n_known(p);
        if (p->n > 0) {
            const double grain = 0.25 / (p->n > PLAN_CHOICES ? p->n : PLAN_CHOICES);
            solve(s, method, state, 2 * p->n, grain, n_plans(p));
            plan_adopt(p, s->best);
        }
    }
    plan_attend(p, v, attention);
}

/* Gathers who asks for the group's capacity; whether there is less than they can use. */
static bool gather_parts(search *s, const poise_view *v, int group)
{
    shares_gather(&s->desk, v, group);
    shares *ask = &s->desk.ask;
    double asked = 0;
    for (int i = 0; i < ask->n; i++) {
        s->cost[i] = ask->weight[i] * ask->work[i];
        ask->part[i] = ask->cap[i];
        asked += ask->cap[i];
    }
    return ask->n > 1 && asked > ask->capacity;
}

static void search_parts(search *s, const poise_view *v, search_method *method, void *state,
                         double most)
{
    const int n = s->desk.ask.n;
    s->part += s->n_parts;  // behind those of the groups before
    for (int i = 0; i < n; i++)
        s->part[i].id = v->task[v->candidate[s->desk.candidate[i]].task].id;
    s->n_known = N_PARTS_KNOWN;
    solve(s, method, state, n, 1e-6, most);
    for (int i = 0; i < n; i++)
        s->part[i].x = s->best[i];
    s->part -= s->n_parts;
    s->n_parts += n;
}

static void attend_parts(search *s, const poise_view *v, search_method *method, void *state,
                         double *attention)
{
    search_part *was = s->part;
    s->part = s->part_was;
    s->part_was = was;
    s->n_parts_was = s->n_parts;
    s->n_parts = 0;
    int scarce = 0;
    for (int g = 0; g < v->n_groups; g++)
        scarce += gather_parts(s, v, g);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = poise_gives_device(&v->candidate[c]) ? 0 : rule_rest(&v->candidate[c]);
    for (int g = 0; g < v->n_groups; g++) {
        if (gather_parts(s, v, g))
            search_parts(s, v, method, state, floor((double)s->evaluations / scarce));
        shares_attend(&s->desk, v, attention);
    }
}

void search_attend(search *s, const poise_view *v, search_method *method, void *state,
                   double *attention)
{
    const long before = s->spent;
    if (v->space->shares)
        attend_parts(s, v, method, state, attention);
    else
        attend_plan(s, v, method, state, attention);
    if (s->spent - before > s->most_spent)
        s->most_spent = s->spent - before;
}

/* ---- memory -------------------------------------------------------------------------------- */

bool search_init(search *s, const poise_space *space, const char *agent, poise_error *err)
{
    const int shown = space->window + space->max_running;
    s->space = space;
    s->most_tasks = s->most_tasks < shown ? s->most_tasks : shown;
    s->most = space->shares ? space->max_candidates : 2 * s->most_tasks;
    const size_t n = (size_t)s->most;
    s->best = calloc(3 * n, sizeof *s->best);
    s->cost = s->best ? s->best + n : NULL;
    s->rest = s->best ? s->best + 2 * n : NULL;
    s->part = calloc(n, sizeof *s->part);
    s->part_was = calloc(n, sizeof *s->part_was);
    if (!s->best || !s->part || !s->part_was ||
        !plan_init(&s->plan, space, s->most_tasks, s->objective)) {
        error_add(err, "agent %s: out of memory", agent);
        return false;
    }
    return shares_desk_init(&s->desk, space, agent, err);
}

void search_free(search *s)
{
    plan_release(&s->plan);
    shares_desk_free(&s->desk);
    free(s->best);
    free(s->part);
    free(s->part_was);
}

void search_begin(search *s, uint64_t seed)
{
    s->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
    s->n_parts = 0;
    s->spent = s->most_spent = 0;
    plan_begin(&s->plan);
}
