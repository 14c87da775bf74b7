/* recall.c - see recall.h. */
#include "recall.h"

#include "error.h"
#include "provenance.h"

#include <stdlib.h>
#include <string.h>

/* Whether the specification makes the agent of that description. Its sentence is kept only if there
 * is none yet. */
static bool is_it(const char *spec, const char *description, const poise_scenario *s,
                  double patience_s, recalled *to, poise_error *err)
{
    poise_error own = {0};
    if (!card_of(spec, s, (card_terms){.patience_s = patience_s}, &to->card, &own)) {
        if (!err->n_mistakes)
            *err = own;
        return false;
    }
    if (strcmp(to->card.description, description) != 0) {
        if (!err->n_mistakes)
            error_null(err, "%s is another agent than it was: %s here, %s there", spec,
                       to->card.description, description);
        return false;
    }
    snprintf(to->agent, sizeof to->agent, "%s", spec);
    error_clear(err);
    return true;
}

bool recall_agent(const char *agent, const char *description, const void *policy,
                  size_t policy_bytes, const poise_scenario *s, double patience_s, recalled *to,
                  poise_error *err)
{
    poise_error ignored = {0};
    policy_about *about = policy ? malloc(sizeof *about) : NULL;
    error_clear(err);
    const bool knows = about && policy_about_read(policy, policy_bytes, "policy", about, &ignored);
    const bool found =
        (knows && is_it(about->agent, description, s, patience_s, to, err)) ||
        (strncmp(agent, "policy:", 7) != 0 && is_it(agent, description, s, patience_s, to, err)) ||
        is_it(description, description, s, patience_s, to, err);
    free(about);
    return found;
}

bool recall_learner(const char *agent, const char *description, const poise_scenario *s,
                    double patience_s, recalled *to, poise_error *err)
{
    error_clear(err);
    return is_it(agent, description, s, patience_s, to, err);
}

/* ---- products ----------------------------------------------------------------------------- */

static const char *multiplier(const results *r, int i)
{
    return i < 0 ? "reference" : r->provenance[i].blas;
}

blas_backend recall_blas(const results *r, int i)
{
    const char *reference = blas_backends[BLAS_REFERENCE];
    const bool ours = strncmp(multiplier(r, i), reference, strlen(reference)) == 0;
    return ours ? BLAS_REFERENCE : BLAS_OPENBLAS;
}

bool recall_has_blas(const results *r, int i, poise_error *err)
{
    if (recall_blas(r, i) == BLAS_REFERENCE || strcmp(multiplier(r, i), blas_openblas()) == 0)
        return true;
    return error_null(err, "its products are of %s; here OpenBLAS is %s", multiplier(r, i),
                      blas_openblas());
}

/* ---- identities --------------------------------------------------------------------------- */

/* Identities hold who multiplies, of what is chosen now. */
static blas_backend with(blas_backend backend)
{
    const blas_backend before = blas_chosen();
    blas_choose(backend);
    return before;
}

recall_origin recall_origin_of(const results *r, const result_policy *p, const void *bytes,
                               size_t n_bytes)
{
    const uint64_t hash = r->scenario[p->scenario].hash;
    const blas_backend before = with(recall_blas(r, p->provenance));
    const store_id given = store_policy_id_of(hash, p->description, bytes, n_bytes),
                   trained = store_policy_id(hash, p->description, p->decisions, p->train_seed);
    with(before);
    if (strcmp(trained.text, p->id.text) == 0)
        return RECALL_TRAINED;
    return strcmp(given.text, p->id.text) == 0 ? RECALL_GIVEN : RECALL_FOREIGN;
}

bool recall_is_itself(const results *r, const result_cell *cell)
{
    const char *policy = cell->policy < 0 ? "" : r->policy[cell->policy].id.text;
    const blas_backend before = with(recall_blas(r, cell->provenance));
    const store_id id =
        store_cell_id(r->scenario[cell->scenario].hash, cell->description, policy, cell->seed);
    with(before);
    return strcmp(id.text, cell->id.text) == 0;
}

bool recall_is_called_so(const result_cell *cell)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(cell->agent, ":"), cell->agent);
    const poise_agent_type *type = poise_agent_find(name);
    const size_t n = type ? strlen(type->name) : 0;
    return !type ||
           (strncmp(cell->description, type->name, n) == 0 && strchr(": ;", cell->description[n]));
}
