/* agent.c - agents as everybody uses them: found by name, made from a specification, asked for a
 * choice. An agent, its state, its attention and the text of its options are one block. */
#include "agent.h"

#include "error.h"
#include "options.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <xxhash.h>

#define ALIGNMENT 64
#define AGENTS_MAX 256

const poise_agent_type *poise_agent_find(const char *name)
{
    for (const poise_agent_alias *alias = poise_agent_aliases; alias->name; alias++)
        if (strcasecmp(alias->name, name) == 0)
            name = alias->agent;
    for (int i = 0; poise_agent_types[i]; i++)
        if (strcasecmp(poise_agent_types[i]->name, name) == 0)
            return poise_agent_types[i];
    return NULL;
}

/* The agent that a specification names, NULL if there is none. */
static const poise_agent_type *type_of(const char *spec)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(spec, ":"), spec);
    return poise_agent_find(name);
}

const char *poise_agent_mark(const char *spec)
{
    const poise_agent_type *type = type_of(spec);
    return type && type->uses_model ? " (uses a model)" : "";
}

static void unknown(const char *name, poise_error *err)
{
    const char *names[AGENTS_MAX] = {0};
    int n = 0;
    for (int i = 0; n < AGENTS_MAX - 1 && poise_agent_types[i]; i++)
        names[n++] = poise_agent_types[i]->name;
    for (int i = 0; n < AGENTS_MAX - 1 && poise_agent_aliases[i].name; i++)
        names[n++] = poise_agent_aliases[i].name;
    const char *nearest = nearest_name(name, names);
    if (nearest)
        error_add(err, "there is no agent '%s', did you mean '%s'?", name, nearest);
    else
        error_add(err, "there is no agent '%s'; `poise list agents` shows those there are", name);
}

/* Reads "option=value:option=value", which is cut into pieces. */
static bool read_options(poise_agent *a, char *text, poise_error *err)
{
    char who[80], *rest = text;
    snprintf(who, sizeof who, "agent %s", a->type->name);
    bool good = true;
    for (char *pair = strsep(&rest, ":"); pair; pair = strsep(&rest, ":")) {
        char *value = strchr(pair, '=');
        if (!value) {
            error_add(err, "option '%s' of %s has no value; write %s:%s=VALUE", pair, who,
                      a->type->name, *pair ? pair : "OPTION");
            good = false;
            continue;
        }
        *value = 0;
        good = options_set(a->type->options, a->state, who, pair, value + 1, err) && good;
    }
    return good;
}

static size_t rounded(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* An agent of the type with nothing in it but the copy of its specification. */
static poise_agent *take(const poise_agent_type *type, const poise_space *space, size_t n_spec)
{
    const size_t state = rounded(sizeof(poise_agent));
    const size_t attention = state + rounded(type->size);
    const size_t text = attention + rounded((size_t)space->max_candidates * sizeof(double));
    const size_t size = rounded(text + n_spec);
    char *block = aligned_alloc(ALIGNMENT, size);
    if (!block)
        return NULL;
    memset(block, 0, size);
    poise_agent *a = (poise_agent *)block;
    *a = (poise_agent){type, block + state, (double *)(block + attention), block + text};
    return a;
}

poise_agent *poise_agent_new(const char *spec, const poise_space *space, uint64_t seed,
                             poise_error *err)
{
    error_clear(err);
    const poise_agent_type *type = type_of(spec);
    if (!type) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(spec, ":"), spec);
        unknown(name, err);
        return NULL;
    }
    assert(type->abi == POISE_AGENT_ABI);
    poise_agent *a = take(type, space, strlen(spec) + 1);
    if (!a)
        return error_null(err, "agent %s: out of memory", type->name);
    options_defaults(type->options, a->state);
    const char *options = spec + strcspn(spec, ":");
    memcpy(a->options, options, strlen(options) + 1);
    if ((*a->options && !read_options(a, a->options + 1, err)) ||
        (type->init && !type->init(a->state, space, seed, err))) {
        poise_agent_free(a);
        return NULL;
    }
    return a;
}

void poise_agent_free(poise_agent *a)
{
    if (a && a->type->free)
        a->type->free(a->state);
    free(a);
}

void poise_agent_begin(poise_agent *a, poise_mode mode, uint64_t seed)
{
    if (a->type->begin)
        a->type->begin(a->state, mode, seed);
}

int poise_agent_choose(poise_agent *a, const poise_view *v)
{
    if (a->type->choose)
        return a->type->choose(a->state, v);
    a->type->attend(a->state, v, a->attention);
    return poise_argmax(a->attention, v->n_candidates);
}

poise_outcome poise_agent_step(poise_agent *a, poise_env *e)
{
    const poise_view *v = poise_env_view(e);
    const bool divides = v->space->shares;
    const bool displaces = v->space->max_running > 0 && !a->type->learn;  // learners sample
    if (!a->type->choose || (a->type->attend && (divides || displaces))) {
        a->type->attend(a->state, v, a->attention);
        return poise_env_step(e, a->attention);
    }
    return poise_env_choose(e, a->type->choose(a->state, v));
}

void poise_agent_describe(const poise_agent *a, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "%s", a->type->name);
    for (const poise_option *row = a->type->options; row && row->name && at < size; row++) {
        char value[256];
        option_print(row, a->state, value, sizeof value);
        at += (size_t)snprintf(text + at, size - at, ":%s=%s", row->name, value);
    }
}

uint64_t poise_agent_params_hash(const poise_agent *a)
{
    if (!a->type->params)
        return 0;
    poise_tensor t[POISE_MAX_TENSORS];
    const int n = a->type->params(a->state, t);
    XXH64_state_t *hash = XXH64_createState();
    XXH64_reset(hash, 0);
    for (int i = 0; i < n; i++) {
        size_t count = t[i].is_double ? sizeof(double) : sizeof(float);
        for (int k = 0; k < t[i].n_dims; k++)
            count *= (size_t)t[i].dim[k];
        XXH64_update(hash, t[i].name, strlen(t[i].name) + 1);
        XXH64_update(hash, t[i].data, count);
    }
    const uint64_t value = XXH64_digest(hash);
    XXH64_freeState(hash);
    return value;
}
