/* regret.c - see regret.h. Bounds are those of the very jobs that a run finished, so that they hold
 * for each run by itself. */
#include "regret.h"

#include "bound.h"
#include "error.h"
#include "markov.h"
#include "scenario.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Means over the seeds. */
typedef struct distance {
    double response_s, response_bound_s, makespan_s, makespan_bound_s, energy_j, energy_bound_j;
    double reward_per_s;
} distance;

static bool measure(const regret_ask *ask, const char *agent, poise_env *e, distance *d,
                    poise_error *err)
{
    const int response = poise_metric_index("response_mean_s");
    const int makespan = poise_metric_index("makespan_s"), energy = poise_metric_index("energy_j");
    const double part = 1. / ask->n_seeds;
    *d = (distance){0};
    for (int i = 0; i < ask->n_seeds; i++) {
        const trial t = {.scenario = ask->scenario, .agent = agent, .seed = ask->seed[i]};
        const trial_result r = trial_run(&t, e, NULL, NULL);
        if (r.status != TRIAL_OK)
            return error_null(err, "%s, seed %lld: %s", agent, (long long)ask->seed[i], r.error);
        const poise_episode ep = poise_env_episode(e);
        poise_bound b[POISE_MAX_METRICS];
        poise_bounds_of(&ep, b);
        d->response_s += part * r.value[response];
        d->response_bound_s += part * b[response].value;
        d->makespan_s += part * r.value[makespan];
        d->makespan_bound_s += part * b[makespan].value;
        d->energy_j += part * r.value[energy];
        d->energy_bound_j += part * b[energy].value;
        d->reward_per_s += part * ep.totals.reward / (1e-9 * (double)ep.totals.end_ns);
    }
    return true;
}

/* A value, its bound, and by how much it is above. */
static void put(string_buffer *out, double value, double bound)
{
    if (isnan(bound) || isnan(value) || bound <= 0)
        string_add(out, "  %10.6g %10s %8s", value, "-", "");
    else
        string_add(out, "  %10.6g %10.6g %+7.1f%%", value, bound, 100 * (value / bound - 1));
}

static void explain(const markov *m, const poise_error *why, bool sizes_seen, string_buffer *out)
{
    string_add(
        out, "\nbounds on what the finished jobs allow: response: shortest remaining first on all "
             "devices as one,\n  or each task alone; makespan: all work on all devices, each task "
             "alone; energy: idle devices\n");
    if (!m) {
        string_add(out, "%s\n", why->text);
        return;
    }
    string_add(out,
               "optimum: reward %.9g per second in the mean, by a chain of %d states with at most "
               "%d tasks of a type\n",
               -m->cost, m->n_states, m->cap[0]);
    if (m->at_cap > 1e-6)
        string_add(out, "  note: it is at a cap %.2g of the time, where more cannot come\n",
                   m->at_cap);
    if (sizes_seen)
        string_add(out, "  note: it uses no sizes; agents see them here and may do better\n");
}

bool regret_table(const regret_ask *ask, string_buffer *out, poise_error *err)
{
    const poise_scenario *s = ask->scenario;
    const markov_wish wish = {.cost = MARKOV_REWARD, .states = 200000, .gap = 1e-6};
    poise_error why = {0};
    const markov *m = NULL;
    if (s->discount_per_s > 0)
        error_add(&why, "no distance to the optimum: the reward is discounted");
    else
        m = markov_of(s, &wish, &why);
    poise_env *e = poise_env_new(s, err);
    if (!e)
        return false;
    string_add(out, "\n%-24s  %10s %10s %8s  %10s %10s %8s  %10s %10s %8s", "agent", "response s",
               "bound", "", "makespan s", "bound", "", "energy J", "bound", "");
    string_add(out, m ? "  %10s %10s\n" : "\n", "reward/s", "regret");
    bool good = true;
    for (int i = 0; i < ask->n_agents && good; i++) {
        const char *agent = ask->agent[i];
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(agent, ":"), agent);
        const poise_agent_type *type = poise_agent_find(name);
        distance d;
        if (type && type->learn)
            continue;
        good = measure(ask, agent, e, &d, err);
        if (!good)
            break;
        snprintf(name, sizeof name, "%.40s%s", agent, poise_agent_mark(agent));
        string_add(out, "%-24s", name);
        put(out, d.response_s, d.response_bound_s);
        put(out, d.makespan_s, d.makespan_bound_s);
        put(out, d.energy_j, d.energy_bound_j);
        if (m)
            string_add(out, "  %10.6g %10.4g", d.reward_per_s, -m->cost - d.reward_per_s);
        string_add(out, "\n");
    }
    explain(m, &why, s->visible == SEE_TRUE, out);
    poise_env_free(e);
    return good;
}
