/* named.c - see named.h. */
#include "named.h"

#include "error.h"
#include "options.h"
#include "policy.h"

#include <stdlib.h>
#include <string.h>

bool named_plainly(yaml_doc *doc, yaml_mark mark, const char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const bool is_plain = *name && !name[strspn(name, good)] && strlen(name) <= 48;
    if (!is_plain)
        yaml_wrong(doc, mark, "letters, digits, _ -; at most 48", "name: '%.60s' is no plain name",
                   name);
    return is_plain;
}

/* ---- scenarios ---------------------------------------------------------------------------- */

const char *named_scenario(yaml_doc *doc, yaml_mark mark, const char *name)
{
    const names all = cli_scenarios();
    const char *const *stems;
    const char *path = cli_find(&all, name, &stems);
    if (!path)
        yaml_wrong_name(doc, mark, "scenario", name, stems);
    return path;
}

/* ---- agents ------------------------------------------------------------------------------- */

yaml_mark named_within(const yaml_doc *doc, yaml_mark scalar, const char *piece)
{
    const char *at =
        scalar.length ? memmem(doc->text + scalar.at, scalar.length, piece, strlen(piece)) : NULL;
    if (at)
        return (yaml_mark){(size_t)(at - doc->text), strlen(piece), scalar.set};
    return scalar;
}

const char *const *named_learners(void)
{
    names all = {0};
    for (int i = 0; poise_agent_types[i]; i++)
        if (poise_agent_types[i]->train_decisions > 0)
            names_add(&all, poise_agent_types[i]->name);
    names_add(&all, NULL);
    return all.at;
}

void named_check_options(yaml_doc *doc, yaml_mark scalar, const poise_agent_type *type,
                         const char *options)
{
    void *state = arena_take(doc->memory, 1, type->size);
    char *rest = arena_text(doc->memory, options);
    const char *who = arena_format(doc->memory, "agent %s", type->name);
    for (char *pair = strsep(&rest, ":"); pair; pair = strsep(&rest, ":")) {
        poise_error err = {0};
        const yaml_mark here = named_within(doc, scalar, pair);
        char *value = strchr(pair, '=');
        if (value)
            *value = 0;
        if (!value)
            yaml_wrong(doc, here, "OPTION=VALUE", "option '%s' has no value", pair);
        else if (!options_set(type->options, state, who, pair, value + 1, &err))
            yaml_wrong(doc, here, NULL, "%s", err.text);
    }
}

bool named_so(const char *spec, const char *agent)
{
    const size_t n = strlen(agent);
    return strcmp(spec, agent) == 0 || (strcspn(spec, ":") == n && strncmp(spec, agent, n) == 0);
}

bool named_among(const names *agents, const char *agent)
{
    int i = 0;
    while (i < agents->n && !named_so(agents->at[i], agent))
        i++;
    return i < agents->n;
}

bool named_suits(const poise_agent_type *type, const poise_scenario *s)
{
    poise_error err = {0};
    return !type->suits || type->suits(poise_scenario_space(s), &err);
}

static void add_once(names *to, const char *spec)
{
    if (!names_has(to, spec))
        names_add(to, spec);
}

void named_add_rules(names *to, const poise_scenario *s)
{
    for (const char *const *rule = poise_scenario_rules(s); *rule; rule++) {
        char *name = arena_copy(cli_memory(), *rule, strcspn(*rule, ":"));
        const poise_agent_type *type = poise_agent_find(name);
        if (type && !type->train_decisions && !type->uses_model)
            add_once(to, cli_agent(*rule));
    }
    for (int i = 0; poise_agent_types[i]; i++) {
        const poise_agent_type *type = poise_agent_types[i];
        if (!type->train_decisions && !type->uses_model && named_suits(type, s))
            add_once(to, type->name);
    }
}

/* ---- policies ----------------------------------------------------------------------------- */

experiment_policy named_policy(const char *path, poise_error *err)
{
    experiment_policy p = {0};
    policy_about *from = arena_take(cli_memory(), 1, sizeof *from);
    void *bytes = policy_read(path, &p.n_bytes, err);
    if (!bytes || !policy_about_read(bytes, p.n_bytes, path, from, err)) {
        free(bytes);
        return (experiment_policy){0};
    }
    p.bytes = bytes;
    p.agent = from->agent;
    p.decisions = from->decisions;
    p.train_seed = from->train_seed;
    return p;
}
