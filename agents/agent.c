/* agent.c - agents as everybody uses them: found by name, made from a specification, asked for a
 * choice. An agent, its state, its attention and the text of its options are one block. */
#include "agent.h"

#include "lib/pipe.h"
#include "lib/plugin.h"

#include "error.h"
#include "options.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

/* The built-in agent that a specification names, NULL if there is none. */
static const poise_agent_type *type_of(const char *spec)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(spec, ":"), spec);
    return poise_agent_find(name);
}

bool poise_agent_is_pipe(const char *spec)
{
    return strncmp(spec, PIPE_PREFIX, strlen(PIPE_PREFIX)) == 0;
}

bool poise_agent_is_plugin(const char *spec)
{
    return !poise_agent_is_pipe(spec) && plugin_path_length(spec) > 0;
}

/* A plug-in's description says so itself, behind its name. */
const char *poise_agent_mark(const char *spec)
{
    static const char mark[] = " (uses a model)";
    const poise_agent_type *type = type_of(spec);
    const char *said = strchr(spec, '@') ? strstr(spec, mark) : NULL;
    return (type && type->uses_model) || (said && !memchr(spec, ':', (size_t)(said - spec))) ? mark
                                                                                             : "";
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

/* What stands behind the state and the attention of a plug-in, and must still do so at the end. */
static const unsigned char fence[ALIGNMENT] = "what is written over this was written out of bounds";

/* An agent of the type with nothing in it but the specification: first its options, then the path
 * of a plug-in. */
static poise_agent *take(const poise_agent_type *type, const poise_space *space, const char *spec,
                         size_t n_name)
{
    const size_t state = rounded(sizeof(poise_agent)), n_spec = strlen(spec);
    const size_t n_attention = (size_t)space->max_candidates * sizeof(double);
    const size_t attention = state + rounded(type->size + sizeof fence);
    const size_t text = attention + rounded(n_attention + sizeof fence);
    const size_t size = rounded(text + n_spec + 2);
    char *block = aligned_alloc(ALIGNMENT, size);
    if (!block)
        return NULL;
    memset(block, 0, size);
    poise_agent *a = (poise_agent *)block;
    *a = (poise_agent){.type = type,
                       .state = block + state,
                       .attention = (double *)(block + attention),
                       .options = block + text,
                       .chosen = -1,
                       .fence = {block + state + type->size, block + attention + n_attention}};
    memcpy(a->options, spec + n_name, n_spec - n_name);
    memcpy(a->options + n_spec - n_name + 1, spec, n_name);
    for (int i = 0; i < 2; i++)
        memcpy(a->fence[i], fence, sizeof fence);
    return a;
}

static poise_agent *open_built_in(const char *spec, const poise_space *space, poise_error *err)
{
    const poise_agent_type *type = type_of(spec);
    if (!type) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(spec, ":"), spec);
        unknown(name, err);
        return NULL;
    }
    assert(type->abi == POISE_AGENT_ABI);
    return take(type, space, spec, strcspn(spec, ":"));
}

static poise_agent *open_plugin(const char *spec, const poise_space *space, poise_error *err)
{
    char path[4096];
    const size_t n = plugin_path_length(spec);
    plugin p;
    if (n >= sizeof path)
        return error_null(err, "the path of a plug-in is %zu bytes long", n);
    memcpy(path, spec, n);
    path[n] = 0;
    if (!plugin_open(path, &p, err))
        return NULL;
    poise_agent *a = take(p.type, space, spec, n);
    if (!a) {
        plugin_close(p.library);
        return NULL;
    }
    a->path = a->options + strlen(spec) - n + 1;
    a->library = p.library;
    a->build = p.build;
    return a;
}

static poise_agent *open_pipe(const char *spec, const poise_space *space)
{
    poise_agent *a = take(&pipe_type, space, spec, strlen(PIPE_PREFIX));
    if (!a)
        return NULL;
    a->build = pipe_build(a->options);
    pipe_command(a->state, a->options);
    return a;
}

poise_agent *poise_agent_open(const char *spec, const poise_space *space, poise_error *err)
{
    error_clear(err);
    const bool is_pipe = poise_agent_is_pipe(spec);
    poise_agent *a = is_pipe                       ? open_pipe(spec, space)
                     : poise_agent_is_plugin(spec) ? open_plugin(spec, space, err)
                                                   : open_built_in(spec, space, err);
    if (!a && err->n_mistakes == 0)
        return error_null(err, "agent %.60s: out of memory", spec);
    if (!a || is_pipe)
        return a;
    options_defaults(a->type->options, a->state);
    if (!*a->options || read_options(a, a->options + 1, err))
        return a;
    poise_agent_free(a);
    return NULL;
}

bool poise_agent_prepare(poise_agent *a, const poise_space *space, uint64_t seed, poise_error *err)
{
    return !a->type->init || a->type->init(a->state, space, seed, err);
}

poise_agent *poise_agent_new(const char *spec, const poise_space *space, uint64_t seed,
                             poise_error *err)
{
    poise_agent *a = poise_agent_open(spec, space, err);
    if (!a || poise_agent_prepare(a, space, seed, err))
        return a;
    poise_agent_free(a);
    return NULL;
}

void poise_agent_free(poise_agent *a)
{
    if (!a)
        return;
    void *library = a->library;
    if (a->type->free)
        a->type->free(a->state);
    free(a);
    plugin_close(library);
}

void poise_agent_terms(poise_agent *a, double patience_s, bool (*stop)(const void *data),
                       const void *data)
{
    if (a->type == &pipe_type)
        pipe_terms(a->state, patience_s, stop, data);
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

/* A choice that is not there becomes attention that is none. */
static poise_outcome refuse(poise_agent *a, poise_env *e)
{
    a->problem = "it chose a candidate that is not there";
    a->chosen = -1;
    a->attention[0] = NAN;
    return poise_env_step(e, a->attention);
}

/* Whether it decides by attention, which is written then; else its choice is. */
static inline bool decide(poise_agent *a, const poise_view *v)
{
    const bool divides = v->space->shares;
    const bool displaces = v->space->max_running > 0 && !a->type->learn;  // learners sample
    if (a->type->choose && !(a->type->attend && (divides || displaces || a->attends))) {
        a->chosen = a->type->choose(a->state, v);
        return false;
    }
    a->chosen = -1;
    a->type->attend(a->state, v, a->attention);
    return true;
}

static inline poise_outcome act(poise_agent *a, poise_env *e, bool by_attention)
{
    if (by_attention)
        return poise_env_step(e, a->attention);
    if (a->chosen < 0 || a->chosen >= poise_env_view(e)->n_candidates)
        return refuse(a, e);
    return poise_env_choose(e, a->chosen);
}

poise_outcome poise_agent_step(poise_agent *a, poise_env *e)
{
    return act(a, e, decide(a, poise_env_view(e)));
}

static int64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

poise_outcome poise_agent_step_timed(poise_agent *a, poise_env *e, int64_t *decision_ns)
{
    const poise_view *v = poise_env_view(e);
    const int64_t from_ns = clock_ns();
    const bool by_attention = decide(a, v);
    *decision_ns = clock_ns() - from_ns;
    return act(a, e, by_attention);
}

void poise_agent_finish(poise_agent *a)
{
    if (a->type == &pipe_type)
        pipe_finish(a->state);
    if (a->library && memcmp(a->fence[0], fence, sizeof fence) != 0)
        a->problem = "it has written beyond its state";
    if (a->library && memcmp(a->fence[1], fence, sizeof fence) != 0)
        a->problem = "it has written beyond its attention";
}

const char *poise_agent_error(const poise_agent *a)
{
    const char *problem = a->type == &pipe_type ? pipe_problem(a->state) : a->problem;
    return problem ? problem : "";
}

static void put_options(const poise_agent *a, char *text, size_t size, size_t at)
{
    for (const poise_option *row = a->type->options; row && row->name && at < size; row++) {
        char value[256];
        option_print(row, a->state, value, sizeof value);
        at += (size_t)snprintf(text + at, size - at, ":%s=%s", row->name, value);
    }
}

void poise_agent_describe(const poise_agent *a, char *text, size_t size)
{
    int n;
    if (a->type == &pipe_type)
        n = snprintf(text, size, "pipe@%016" PRIx64 ":%s", a->build, a->options);
    else if (a->library)
        n = snprintf(text, size, "%s@%016" PRIx64 "%s", a->type->name, a->build,
                     a->type->uses_model ? " (uses a model)" : "");
    else
        n = snprintf(text, size, "%s", a->type->name);
    put_options(a, text, size, (size_t)n);
}

void poise_agent_respell(const poise_agent *a, char *text, size_t size)
{
    int n;
    if (a->type == &pipe_type)
        n = snprintf(text, size, "%s%s", PIPE_PREFIX, a->options);
    else
        n = snprintf(text, size, "%s", a->library ? a->path : a->type->name);
    put_options(a, text, size, (size_t)n);
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
