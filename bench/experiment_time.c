/* experiment_time.c - how long cells and trainings take, before they have been run: by what the
 * store has of their like, else by short tries. */
#include "experiment_inside.h"

#include "error.h"
#include "scenario.h"

#include <math.h>
#include <stdlib.h>

/* Decisions of a try of a training, and the longest that one cell or training is tried for. */
#define TRY_DECISIONS 3000
#define TRY_S .25

double plan_kind_s(const plan_kind *k)
{
    return k->n_walls > 0 ? k->wall_sum_s / k->n_walls : k->tried_s;
}

/* A trial that is stopped early, and how much of it was done by then. */
typedef struct probe {
    const poise_scenario *scenario;
    atomic_bool stop;
    double until_s, part;
    int64_t n;
} probe;

/* The part of an episode that is over: of its time, or of its jobs. NAN if neither has an end. */
static double part_of(const poise_scenario *s, const poise_env *e)
{
    double part = NAN;
    if (s->end_ns > 0)
        part = 1e9 * poise_env_view(e)->now_s / (double)s->end_ns;
    const poise_episode so_far = poise_env_episode(e);
    if (s->end_jobs > 0 && so_far.n_records > 0)
        part = fmax(part, (double)so_far.n_records / (double)s->end_jobs);
    return part;
}

static void look(void *data, const poise_env *e, const poise_outcome *o)
{
    probe *q = data;
    (void)o;
    if (++q->n % 16 || wall_now_s() < q->until_s)
        return;
    q->part = part_of(q->scenario, e);
    atomic_store(&q->stop, true);
}

/* Whether cells of the kind can be tried: they have the policy that they need. */
static bool can_be_tried(const plan *p, const plan_kind *k)
{
    return k->n > 0 && k->n_wanted > 0 && isnan(plan_kind_s(k)) &&
           (k->policy < 0 || p->policy[k->policy].bytes);
}

/* A plug-in that hangs must not take longer than all tries may. */
static double patience_until(double patience_s, double end_s)
{
    const double left_s = fmax(end_s - wall_now_s(), .01);
    return patience_s > 0 ? fmin(patience_s, left_s) : left_s;
}

static void try_kind(plan *p, plan_kind *k, poise_env *e, double end_s)
{
    const poise_scenario *s = p->ask.point[k->point].scenario;
    const double start_s = wall_now_s();
    probe q = {.scenario = s, .until_s = fmin(start_s + TRY_S, end_s), .part = 1};
    trial t = plan_trial(p, &p->cell[k->first]);
    t.leaves_trail = false;
    t.patience_s = patience_until(t.patience_s, end_s);
    const trial_watch watch = {look, &q};
    const trial_result r = trial_run(&t, e, &watch, &q.stop);
    const double took_s = wall_now_s() - start_s;
    if (r.status == TRIAL_OK)
        k->tried_s = took_s;
    else if (r.status == TRIAL_INTERRUPTED && q.part > 0)
        k->tried_s = took_s / fmin(q.part, 1);
}

static void try_training(plan *p, plan_policy *policy, poise_env *e, double end_s)
{
    training t = plan_training(p, policy);
    if (t.decisions > TRY_DECISIONS)
        t.decisions = TRY_DECISIONS;
    t.patience_s = patience_until(t.patience_s, end_s);
    training_result r = train_run(&t, e, NULL, NULL);
    if (r.status == TRIAL_OK)
        policy->wall_s = r.wall_s * (double)policy->decisions / (double)t.decisions;
    train_free(&r);
}

/* Policies that differ in the seed only take as long. */
static void try_policies(plan *p, poise_env *e, int point, double end_s)
{
    for (int i = 0; i < p->n_policies && wall_now_s() < end_s; i++) {
        plan_policy *policy = &p->policy[i];
        if (policy->point != point || policy->is_given || !policy->wanted)
            continue;
        const plan_policy *before = i > 0 ? policy - 1 : NULL;
        if (before && before->point == point && before->agent == policy->agent)
            policy->wall_s = before->wall_s;
        else
            try_training(p, policy, e, end_s);
    }
}

void plan_try(plan *p, double limit_s)
{
    const double end_s = wall_now_s() + limit_s;
    for (int i = 0; i < p->ask.n_points && wall_now_s() < end_s; i++) {
        poise_error ignored = {0};
        poise_env *e = poise_env_new(p->ask.point[i].scenario, &ignored);
        for (int k = 0; e && k < p->n_kinds && wall_now_s() < end_s; k++)
            if (p->kind[k].point == i && can_be_tried(p, &p->kind[k]))
                try_kind(p, &p->kind[k], e, end_s);
        if (e)
            try_policies(p, e, i, end_s);
        poise_env_free(e);
    }
}
