/* validate.c - how good a policy is while it is being learnt: episodes from seeds that neither
 * training nor evaluation uses, judged by the metric that matters in the scenario. The best policy
 * is kept, and training stops early once it has not become better for some time. */
#include "course.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

poise_tensor *course_params(course *c, int *n)
{
    poise_tensor *t = malloc((size_t)c->who.n * POISE_MAX_TENSORS * sizeof *t);
    if (t)
        *n = pupils_params(&c->who, t);
    else
        course_fail(c, "out of memory for the policy");
    return t;
}

/* Copies parameters to or from the block, which is made if there is none. */
static bool copy(course *c, bool to_agents)
{
    int n;
    size_t total = 1;
    poise_tensor *t = course_params(c, &n);
    if (!t)
        return false;
    for (int i = 0; i < n; i++)
        total += policy_tensor_bytes(&t[i]);
    char *at = c->best = c->best ? c->best : malloc(total);
    for (int i = 0; at && i < n; i++) {
        const size_t bytes = policy_tensor_bytes(&t[i]);
        memcpy(to_agents ? t[i].data : at, to_agents ? at : t[i].data, bytes);
        at += bytes;
    }
    free(t);
    return c->best || course_fail(c, "out of memory for the best policy");
}

bool course_keep_best(course *c)
{
    return copy(c, false);
}

void course_take_best(course *c)
{
    if (c->at.validated > 0)
        copy(c, true);
}

/* The metric of one episode, larger is better; NAN where it is undefined. Counts episodes that ran
 * into their time limit. */
static double play(course *c, int episode, double *cut_off)
{
    const uint64_t seed = poise_seed(POISE_VALIDATE, (uint64_t)c->plan->seed, (uint64_t)episode);
    pupils_begin(&c->who, POISE_MODE_EVALUATE, seed);
    poise_outcome o = poise_env_reset(c->env, seed);
    while (poise_env_running(c->env) && !(c->stop && atomic_load(c->stop)))
        o = pupils_step(&c->who, c->env);
    if (poise_env_running(c->env) || o.phase == POISE_FAILED)
        return NAN;
    *cut_off += o.phase == POISE_TRUNCATED;
    double value[TRIAL_MAX_METRICS];
    const poise_episode ended = poise_env_episode(c->env);
    const poise_metric *rows;
    poise_metrics(&rows);
    const int row = poise_metric_index(poise_scenario_measure(c->plan->scenario));
    if (row < 0 || !poise_measure(&ended, value))
        return NAN;
    return rows[row].better < 0 ? -value[row] : value[row];
}

/* Means over finished tasks are best where long ones are left until time is over, so episodes in
 * which all was done come first. Where none or all end by themselves, that says nothing. */
static bool is_better(const course_state *best, double mean, double cut_off)
{
    if (cut_off < best->cut_off || cut_off > best->cut_off)
        return cut_off < best->cut_off;
    return mean > best->best;
}

bool course_validate(course *c, bool *enough)
{
    const training *t = c->plan;
    double mean = 0, cut_off = 0;
    for (int i = 0; i < t->validation_seeds; i++)
        mean += play(c, i, &cut_off) / t->validation_seeds;
    if (c->stop && atomic_load(c->stop))
        return true;
    /* A policy under which an episode fails is worse than any. */
    if (isnan(mean))
        mean = -INFINITY;
    const bool better = c->at.validated <= 0 || is_better(&c->at, mean, cut_off);
    c->at.since_best = better ? 0 : c->at.since_best + 1;
    if (better) {
        c->at.best = mean > -1e300 ? mean : -1e300;
        c->at.cut_off = cut_off;
        c->at.validated = 1;
        if (!course_keep_best(c))
            return false;
    }
    *enough = t->validation_patience > 0 && c->at.since_best >= t->validation_patience;
    return course_note(c, "", "eval/score", mean) &&
           course_note(c, "", "eval/best_score", c->at.best);
}
