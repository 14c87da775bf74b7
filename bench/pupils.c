/* pupils.c - see pupils.h. */
#include "pupils.h"

#include "error.h"
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pupils_new(pupils *p, const char *spec, const poise_space *space, uint64_t seed,
                poise_error *err)
{
    *p = (pupils){.space = space, .n = space->competes ? space->n_tenants : 1};
    p->reward = calloc((size_t)p->n, sizeof *p->reward);
    if (!p->reward)
        return error_null(err, "out of memory for a training");
    if (space->competes)
        p->team = poise_team_new(spec, space, seed, err);
    else
        p->alone = poise_agent_new(spec, space, seed, err);
    return p->team || p->alone;
}

void pupils_free(pupils *p)
{
    poise_team_free(p->team);
    poise_agent_free(p->alone);
    free(p->reward);
}

poise_agent *pupils_at(const pupils *p, int k)
{
    return p->team ? poise_team_member(p->team, k) : p->alone;
}

bool pupils_learns(const pupils *p, int k)
{
    return pupils_at(p, k)->type->train_decisions > 0;
}

const char *pupils_name(const pupils *p, int k)
{
    return p->team ? p->space->tenant_name[k] : "";
}

const poise_agent *pupils_first(const pupils *p)
{
    int k = 0;
    while (p->team && k < p->n - 1 && p->space->tenant_agent[k])
        k++;
    return pupils_at(p, k);
}

/* ---- tensors ---- */

typedef int lister(void *state, poise_tensor *t);

static int list(const pupils *p, int k, lister *of, poise_tensor *t)
{
    const int n = of && pupils_learns(p, k) ? of(pupils_at(p, k)->state, t) : 0;
    for (int i = 0; p->team && i < n; i++)
        policy_name_of_tenant(&t[i], pupils_name(p, k));
    return n;
}

int pupils_params(const pupils *p, poise_tensor *t)
{
    int n = 0;
    for (int k = 0; k < p->n; k++)
        n += list(p, k, pupils_at(p, k)->type->params, t + n);
    return n;
}

int pupils_memory(const pupils *p, poise_tensor *t)
{
    int n = 0;
    for (int k = 0; k < p->n; k++)
        n += list(p, k, pupils_at(p, k)->type->memory, t + n);
    return n;
}

bool pupils_can_rest(const pupils *p)
{
    for (int k = 0; k < p->n; k++)
        if (pupils_learns(p, k) && !pupils_at(p, k)->type->memory)
            return false;
    return true;
}

/* ---- decisions ---- */

void pupils_begin(pupils *p, poise_mode mode, uint64_t seed)
{
    if (p->team)
        poise_team_begin(p->team, mode, seed);
    else
        poise_agent_begin(p->alone, mode, seed);
}

poise_outcome pupils_step(pupils *p, poise_env *e)
{
    return p->team ? poise_team_step(p->team, e, p->reward) : poise_agent_step(p->alone, e);
}

bool pupils_learn(pupils *p, poise_env *e, const poise_outcome *o, poise_error *err)
{
    if (!p->team)
        return p->alone->type->learn(p->alone->state, o, poise_env_view(e), err);
    for (int k = 0; k < p->n; k++) {
        const poise_agent *a = pupils_at(p, k);
        poise_outcome own = *o;
        poise_error why = {0};
        own.reward = p->reward[k];
        if (!pupils_learns(p, k) || a->type->learn(a->state, &own, poise_env_view_of(e, k), &why))
            continue;
        return error_null(err, "tenant %s: %s", pupils_name(p, k), why.text);
    }
    return true;
}
