/* theory.c - see theory.h. */
#include "theory.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#define Z_MOST 4.8

int theory_answers(const theory_case *c)
{
    int n = 0;
    while (n < THEORY_ANSWERS && c->answer[n].quantity)
        n++;
    return n;
}

/* ---- one replication ----------------------------------------------------------------------- */

void theory_path(const theory_case *c, char *path, size_t size)
{
    const char *version = strstr(c->file, "-v");
    const bool is_shipped = version && version[2] >= '0' && version[2] <= '9';
    snprintf(path, size, "%s/%s.yaml", is_shipped ? "scenarios" : "theory", c->file);
}

poise_scenario *theory_load(const theory_case *c, const char *dir, poise_error *err)
{
    char path[4096], within[256], jobs[32], warmup[32];
    const char *sets[THEORY_SETS + 2];
    int n = 0;
    theory_path(c, within, sizeof within);
    snprintf(path, sizeof path, "%s/%s", dir, within);
    snprintf(jobs, sizeof jobs, "end.jobs=%d", c->jobs);
    snprintf(warmup, sizeof warmup, "warmup.jobs=%d", c->jobs / 10);
    if (c->jobs > 0) {
        sets[n++] = jobs;
        sets[n++] = warmup;
    }
    for (int i = 0; i < THEORY_SETS && c->sets[i]; i++)
        sets[n++] = c->sets[i];
    return poise_scenario_load(path, sets, n, err);
}

static double value_of(const poise_episode *ep, const double *metric, const theory_answer *a)
{
    for (const theory_quantity *q = theory_quantities; q->name; q++)
        if (strcmp(q->name, a->quantity) == 0)
            return q->of(ep, a->x);
    int row = poise_metric_index(a->quantity);
    return row >= 0 ? metric[row] : NAN;
}

static bool play(const theory_case *c, poise_env *e, poise_agent *a, uint64_t seed,
                 poise_error *err)
{
    poise_env_reset(e, seed);
    poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
    while (poise_env_running(e))
        poise_agent_step(a, e);
    if (poise_env_error(e)[0])
        error_add(err, "%s: %s", c->id, poise_env_error(e));
    return poise_env_error(e)[0] == 0;
}

static bool add_values(const theory_case *c, const poise_env *e, double *value)
{
    double metric[64];
    const poise_episode ep = poise_env_episode(e);
    if (!poise_measure(&ep, metric))
        return false;
    for (int i = 0; i < theory_answers(c); i++)
        value[i] += value_of(&ep, metric, &c->answer[i]);
    return true;
}

bool theory_simulate(const theory_case *c, const poise_scenario *s, uint64_t seed, int r,
                     double *value, poise_error *err)
{
    const int n_episodes = c->episodes ? c->episodes : 1, n = theory_answers(c);
    if (!poise_scenario_keeps_records(s))
        return error_null(err,
                          "%s: answers are checked against records of tasks, which records: "
                          "none does not keep",
                          c->id);
    poise_env *e = poise_env_new(s, err);
    poise_agent *a = e ? poise_agent_new(c->agent, poise_scenario_space(s), seed, err) : NULL;
    bool good = e && a;
    memset(value, 0, (size_t)n * sizeof *value);
    for (int k = 0; good && k < n_episodes; k++) {
        uint64_t number = (uint64_t)r * (uint64_t)n_episodes + (uint64_t)k;
        good =
            play(c, e, a, poise_seed(POISE_EVALUATE, seed, number), err) && add_values(c, e, value);
    }
    for (int i = 0; i < n; i++)
        value[i] /= n_episodes;
    poise_agent_free(a);
    poise_env_free(e);
    return good;
}

/* ---- verdicts ------------------------------------------------------------------------------ */

/* Student's t as the normal deviate that is as unlikely. */
static double normal_of(double t, double freedom)
{
    double tail = gsl_cdf_tdist_Q(fabs(t), freedom);
    double z = tail > 0 ? gsl_cdf_ugaussian_Qinv(tail) : INFINITY;
    return copysign(z, t);
}

/* The half-width of n replications over that of all, if they scatter alike. */
static double widening(int n, int all)
{
    if (n >= all)
        return 1;
    double few = gsl_cdf_tdist_Pinv(.975, n - 1) / sqrt(n);
    double many = gsl_cdf_tdist_Pinv(.975, all - 1) / sqrt(all);
    return few / many * (1 + 3 / sqrt(2.0 * (n - 1)));  // and for how they scatter by chance
}

theory_verdict theory_judge(const theory_case *c, int answer, const double *x, int n)
{
    const theory_answer *a = &c->answer[answer];
    theory_verdict v = {.exact = a->formula(a->p), .simulated = stats_of(x, n, .95), .z = NAN};
    const double off = v.simulated.mean - v.exact, slack = a->within * fabs(v.exact);
    if (a->precision == 0) {
        v.good = true;
        for (int i = 0; i < n; i++)
            v.good &= fabs(x[i] - v.exact) <= slack;
        return v;
    }
    if (n < 2)
        return v;
    const double beyond = copysign(fmax(fabs(off) - slack, 0), off);
    const double error = v.simulated.sd / sqrt(n), half = v.simulated.high - v.simulated.mean;
    const int all = c->replications ? c->replications : THEORY_REPLICATIONS;
    v.z = beyond == 0 ? 0 : normal_of(beyond / error, n - 1);
    v.good = fabs(v.z) < Z_MOST && half <= a->precision * fabs(v.exact) * widening(n, all);
    return v;
}
