/* pupils.h - who learns in a training: one agent, or where tenants compete all of them at once,
 * each from its own view and its own reward. What they know stands together: names of tensors and
 * of figures then begin with the tenant's ("TENANT."). Tenants whose agents are rules only play. */
#ifndef PUPILS_H
#define PUPILS_H

#include "agent.h"

typedef struct pupils {
    const poise_space *space;
    int n;  // agents: 1, or one a tenant
    poise_team *team;
    poise_agent *alone;  // without a team
    double *reward;      // (n) of the last decision
} pupils;

/* Agents as in a trial. NULL members and a sentence in err on error. */
bool pupils_new(pupils *p, const char *spec, const poise_space *space, uint64_t seed,
                poise_error *err);
void pupils_free(pupils *p);

poise_agent *pupils_at(const pupils *p, int k);
bool pupils_learns(const pupils *p, int k);
/* "" alone, else the name of the k-th tenant. */
const char *pupils_name(const pupils *p, int k);
/* One that is of the training's own specification. */
const poise_agent *pupils_first(const pupils *p);
/* Tensors of all that learn, as of params and of memory in an agent's table: at most
 * n POISE_MAX_TENSORS. Returns how many. */
int pupils_params(const pupils *p, poise_tensor *t);
int pupils_memory(const pupils *p, poise_tensor *t);
/* Whether all that learn say what they must remember. */
bool pupils_can_rest(const pupils *p);

void pupils_begin(pupils *p, poise_mode mode, uint64_t seed);
poise_outcome pupils_step(pupils *p, poise_env *e);
/* What is learnt of the last decision; false with a sentence in err that names the tenant. */
bool pupils_learn(pupils *p, poise_env *e, const poise_outcome *o, poise_error *err);

#endif
