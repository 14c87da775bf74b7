/* team.c - agents that compete, one a tenant. */
#include "agent.h"

#include <stdlib.h>

#include "error.h"

/* Members that learn explore each in its own way; rules draw as they would alone. */
static uint64_t seed_of(const poise_agent_type *type, int tenant, uint64_t seed)
{
    const bool learns = type->train_decisions > 0;
    return learns && tenant > 0 ? poise_seed(POISE_TRAIN, seed, (uint64_t)tenant) : seed;
}

struct poise_team {
    int n;
    const double **attention;  // (n)
    poise_agent *member[];     // (n)
};

poise_team *poise_team_new(const char *spec, const poise_space *space, uint64_t seed,
                           poise_error *err)
{
    size_t n = (size_t)space->n_tenants;
    poise_team *t = calloc(1, sizeof *t + n * (sizeof(poise_agent *) + sizeof(double *)));
    if (!t)
        return error_null(err, "no memory for a team of agents");
    t->attention = (const double **)(t->member + n);
    for (int k = 0; k < space->n_tenants; k++, t->n++) {
        const char *own = space->tenant_agent[k];
        t->member[k] = poise_agent_open(own ? own : spec, space, err);
        const uint64_t its = t->member[k] ? seed_of(t->member[k]->type, k, seed) : 0;
        if (!t->member[k] || !poise_agent_prepare(t->member[k], space, its, err)) {
            poise_agent_free(t->member[k]);
            poise_team_free(t);
            return NULL;
        }
        t->attention[k] = t->member[k]->attention;
    }
    return t;
}

void poise_team_free(poise_team *t)
{
    for (int k = 0; t && k < t->n; k++)
        poise_agent_free(t->member[k]);
    free(t);
}

poise_agent *poise_team_member(const poise_team *t, int tenant)
{
    return t->member[tenant];
}

void poise_team_begin(poise_team *t, poise_mode mode, uint64_t seed)
{
    for (int k = 0; k < t->n; k++)
        poise_agent_begin(t->member[k], mode,
                          mode == POISE_MODE_TRAIN ? seed_of(t->member[k]->type, k, seed) : seed);
}

void poise_team_finish(poise_team *t)
{
    for (int k = 0; k < t->n; k++)
        poise_agent_finish(t->member[k]);
}

const char *poise_team_error(const poise_team *t)
{
    for (int k = 0; k < t->n; k++)
        if (*poise_agent_error(t->member[k]))
            return poise_agent_error(t->member[k]);
    return "";
}

/* An agent that only knows its choice bids 1 for it, and 0 for all else. */
static void attend(poise_agent *a, const poise_view *v)
{
    if (a->type->attend) {
        a->type->attend(a->state, v, a->attention);
        return;
    }
    for (int i = 0; i < v->n_candidates; i++)
        a->attention[i] = 0;
    a->attention[a->type->choose(a->state, v)] = 1;
}

poise_outcome poise_team_step(poise_team *t, poise_env *e, double *reward)
{
    for (int k = 0; k < t->n; k++) {
        const poise_view *v = poise_env_view_of(e, k);
        if (v->n_candidates > 0)
            attend(t->member[k], v);
    }
    return poise_env_bid(e, t->attention, reward);
}
