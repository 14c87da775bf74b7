/* experiment_agents.c - see experiment_agents.h. */
#include "experiment_agents.h"

#include "error.h"
#include "lib/plugin.h"
#include "options.h"
#include "values.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for one who takes part. */
struct seat {
    XXH128_hash_t key;
    int order;
    experiment_agent agent;
};

typedef enum sort { RULES, POLICY, COMMAND, PLUGIN, BUILT_IN } sort;

static sort sort_of(const char *spec)
{
    return strcmp(spec, "rules") == 0                               ? RULES
           : strncmp(spec, NAMED_POLICY, strlen(NAMED_POLICY)) == 0 ? POLICY
           : poise_agent_is_pipe(spec)                              ? COMMAND
           : poise_agent_is_plugin(spec)                            ? PLUGIN
                                                                    : BUILT_IN;
}

const char *registry_path(const registry *r, const char *path)
{
    return *path == '/' ? path : arena_format(r->doc->memory, "%s%s", r->folder, path);
}

/* ---- what agents are ---------------------------------------------------------------------- */

static const poise_agent_type *type_of(const registry *r, const char *spec)
{
    return poise_agent_find(arena_copy(r->doc->memory, spec, strcspn(spec, ":")));
}

/* Every option of an agent that is built in, spelled out in one order. */
static void describe(const registry *r, const poise_agent_type *type, const char *spec, char *text,
                     size_t size)
{
    poise_agent a = {.type = type, .state = arena_take(r->doc->memory, 1, type->size)};
    char *rest = arena_text(r->doc->memory, spec);
    options_defaults(type->options, a.state);
    strsep(&rest, ":");
    for (char *pair = strsep(&rest, ":"); pair; pair = strsep(&rest, ":")) {
        poise_error ignored = {0};
        char *value = strchr(pair, '=');
        if (value)
            *value = 0;
        options_set(type->options, a.state, "", pair, value ? value + 1 : "", &ignored);
    }
    poise_agent_describe(&a, text, size);
}

static XXH128_hash_t key_of(const registry *r, const char *spec, int64_t decisions)
{
    char text[CARD_DESCRIPTION_MAX];
    const poise_agent_type *type = sort_of(spec) == BUILT_IN ? type_of(r, spec) : NULL;
    if (!type)
        return XXH3_128bits_withSeed(spec, strlen(spec), (uint64_t)decisions);
    describe(r, type, spec, text, sizeof text);
    if (!decisions || !type->train_decisions)
        decisions = type->train_decisions;
    return XXH3_128bits_withSeed(text, strlen(text), (uint64_t)decisions);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* An item of a list. */
typedef struct item {
    const char *agent;
    int decisions;
    bool tuned;
    yaml_mark mark;  // of the agent's text
    yaml_node *map;  // NULL: the item is a text
} item;

static const poise_option item_rows[] = {
    {"agent", POISE_TEXT, offsetof(item, agent), NAN, 0, 0, "", "as of -a", NULL},
    {"train", POISE_INT, offsetof(item, decisions), 0, 1, 1e9, "", "decisions of training", NULL},
    {"tuned", POISE_BOOL, offsetof(item, tuned), 0, 0, 1, "", "by the recipe", NULL},
    {0},
};

/* Keys that only some agents have. */
static void refuse_key(registry *r, const item *it, const char *key, const char *why)
{
    if (it->map && yaml_has(it->map, key))
        yaml_wrong(r->doc, yaml_mark_of(it->map, key), NULL, "%s: %s", key, why);
}

static void refuse_keys(registry *r, const item *it, const char *why)
{
    refuse_key(r, it, "options", why);
    refuse_key(r, it, "train", why);
    refuse_key(r, it, "tuned", why);
}

static bool is_there(registry *r, yaml_mark mark, const char *what, const char *path)
{
    const bool is = access(path, R_OK) == 0;
    if (!is)
        yaml_wrong(r->doc, mark, NULL, "%s '%s' cannot be read: %s", what, path, strerror(errno));
    return is;
}

static const char *read_policy(registry *r, const item *it)
{
    const char *given = it->agent + strlen(NAMED_POLICY);
    refuse_keys(r, it, "a policy is as it was trained");
    if (!*given)
        yaml_wrong(r->doc, it->mark, "policy:NAME or policy:FILE", "a policy without a name");
    else if (recipe_is_path(given))
        is_there(r, it->mark, "the policy", registry_path(r, given));
    return it->agent;
}

static const char *read_plugin(registry *r, const item *it)
{
    const size_t n = plugin_path_length(it->agent);
    const char *path = registry_path(r, arena_copy(r->doc->memory, it->agent, n));
    refuse_key(r, it, "tuned", "there are no recipes for plug-ins");
    return is_there(r, it->mark, "the plug-in", path)
               ? arena_format(r->doc->memory, "%s%s", path, it->agent + n)
               : NULL;
}

static const char *const *agents_known(void)
{
    names all = {0};
    for (int i = 0; poise_agent_types[i]; i++)
        names_add(&all, poise_agent_types[i]->name);
    for (int i = 0; poise_agent_aliases[i].name; i++)
        names_add(&all, poise_agent_aliases[i].name);
    names_add(&all, "rules");
    names_add(&all, NULL);
    return all.at;
}

static const char *read_built_in(registry *r, const item *it)
{
    const size_t n = strcspn(it->agent, ":");
    const char *name = arena_copy(r->doc->memory, it->agent, n);
    const poise_agent_type *type = poise_agent_find(name);
    if (!type) {
        yaml_wrong(r->doc, named_within(r->doc, it->mark, name), "those of `poise list agents`",
                   "agent '%.60s' does not exist%s", name,
                   yaml_guess(r->doc, name, agents_known()));
        return NULL;
    }
    if (it->agent[n])
        named_check_options(r->doc, it->mark, type, it->agent + n + 1);
    if (type->train_decisions == 0) {
        const char *why = arena_format(r->doc->memory, "agent %s does not learn", type->name);
        refuse_key(r, it, "train", why);
        refuse_key(r, it, "tuned", why);
    }
    return cli_agent(it->agent);
}

/* The specification; NULL after a mistake. */
static const char *read_spec(registry *r, const item *it)
{
    switch (sort_of(it->agent)) {
    case RULES: refuse_keys(r, it, "`rules` are several agents"); return it->agent;
    case COMMAND: refuse_keys(r, it, "a command on a pipe says all itself"); return it->agent;
    case POLICY: return read_policy(r, it);
    case PLUGIN: return read_plugin(r, it);
    case BUILT_IN: return read_built_in(r, it);
    }
    return NULL;
}

/* Whether the value can be that of the option. */
static bool suits_option(registry *r, const poise_agent_type *type, const char *option,
                         const char *value, yaml_mark mark)
{
    if (strchr(value, ':')) {
        yaml_wrong(r->doc, mark, NULL, "option '%s': a value cannot have a ':'", option);
        return false;
    }
    if (!type)
        return true;
    poise_error err = {0};
    void *state = arena_take(r->doc->memory, 1, type->size);
    const bool good =
        options_set(type->options, state, arena_format(r->doc->memory, "agent %s", type->name),
                    option, value, &err);
    if (!good)
        yaml_wrong(r->doc, mark, NULL, "%s", err.text);
    return good;
}

static bool has_option(const poise_agent_type *type, const char *name)
{
    const poise_option *row = type->options;
    while (row && row->name && strcmp(row->name, name) != 0)
        row++;
    return row && row->name;
}

/* An option with its values. */
static void read_option(registry *r, const poise_agent_type *type, const char *agent,
                        const yaml_entry *e, sweeps *to)
{
    if (type && !has_option(type, e->key)) {
        suits_option(r, type, e->key, "", e->mark);
        return;
    }
    if (!*e->key || strpbrk(e->key, ":=")) {
        yaml_wrong(r->doc, e->mark, NULL, "'%.60s' is not the name of an option", e->key);
        return;
    }
    /* What is drawn for an option of one agent is not what is drawn for that of another. */
    const values v = values_read(r->doc, e->value,
                                 arena_format(r->doc->memory, "option %s of %s", e->key, agent));
    names good = {0};
    for (int i = 0; i < v.n; i++)
        if (suits_option(r, type, e->key, v.text[i], v.mark[i]))
            names_add(&good, v.text[i]);
    if (good.n > 0)
        sweeps_add(to, e->key, good);
}

/* All options that the item gives. Those of an agent that does not exist cannot be checked. */
static sweeps read_options(registry *r, const item *it, const char *spec)
{
    sweeps all = {0};
    yaml_node *map = it->map ? yaml_get(r->doc, it->map, "options") : NULL;
    const sort is = spec ? sort_of(spec) : RULES;
    if (!map || (is != BUILT_IN && is != PLUGIN) || !yaml_is(r->doc, map, YAML_MAP, "options"))
        return all;
    const poise_agent_type *type = is == BUILT_IN ? type_of(r, spec) : NULL;
    const char *name =
        type ? type->name : arena_copy(r->doc->memory, it->agent, plugin_path_length(it->agent));
    for (int i = 0; i < map->n; i++)
        read_option(r, type, name, &map->entry[i], &all);
    return all;
}

static void add_entrants(registry *r, const item *it, const char *spec, const sweeps *options,
                         entrants *to)
{
    const int64_t n = sweeps_points(options);
    if (n > SWEEPS_MAX - to->n) {
        yaml_wrong(r->doc, it->mark, NULL, "the options make more than %d agents", SWEEPS_MAX);
        return;
    }
    const poise_agent_type *type = sort_of(spec) == BUILT_IN ? type_of(r, spec) : NULL;
    to->learns |= sort_of(spec) == PLUGIN || (type && type->train_decisions > 0);
    for (int k = 0; k < n; k++) {
        entrant e = {
            .spec = spec, .mark = it->mark, .decisions = it->decisions, .tuned = it->tuned};
        for (int i = 0; i < options->n; i++)
            e.spec = arena_format(r->doc->memory, "%s:%s=%s", e.spec, options->path[i],
                                  options->value[i].at[sweeps_choice(options, k, i)]);
        if (!e.decisions && !e.tuned)
            e.decisions = r->decisions;
        e.key = key_of(r, e.spec, e.decisions);
        to->at = arena_grow(r->doc->memory, to->at, (size_t)to->n, sizeof *to->at);
        to->at[to->n++] = e;
    }
}

static const char *const never[] = {"time", "hours",     "minutes", "seconds",
                                    "wall", "wall_time", "budget",  NULL};

void registry_refuse_times(yaml_doc *doc, yaml_node *map, const char *what)
{
    for (int i = 0; i < map->n; i++)
        for (int k = 0; never[k]; k++)
            if (strcmp(map->entry[i].key, never[k]) == 0) {
                map->entry[i].used = true;
                yaml_wrong(doc, map->entry[i].mark, "a number of decisions",
                           "unknown key '%s' in %s: training is counted in decisions, never in "
                           "time",
                           never[k], what);
            }
}

static void read_item(registry *r, yaml_node *node, entrants *to)
{
    item it = {.agent = node->text, .mark = node->mark};
    const int before = r->doc->n_mistakes;
    if (node->kind == YAML_MAP) {
        options_read(r->doc, node, item_rows, &it, "", "an agent");
        it.map = node;
        it.mark = yaml_mark_of(node, "agent");
    } else if (!yaml_is(r->doc, node, YAML_SCALAR, "an agent")) {
        r->wrong = true;
        return;
    }
    const char *spec = it.agent ? read_spec(r, &it) : NULL;
    const sweeps options = read_options(r, &it, spec);
    if (it.map) {
        registry_refuse_times(r->doc, node, "an agent");
        yaml_done(r->doc, node, "an agent");
    }
    if (spec && r->doc->n_mistakes == before)
        add_entrants(r, &it, spec, &options, to);
    r->wrong |= r->doc->n_mistakes > before;
}

void entrants_read(registry *r, yaml_node *list, entrants *to)
{
    if (list->kind != YAML_LIST)
        read_item(r, list, to);
    for (int i = 0; list->kind == YAML_LIST && i < list->n; i++)
        read_item(r, list->entry[i].value, to);
}

/* ---- a scenario --------------------------------------------------------------------------- */

/* Who takes part in a scenario, while that is found out. */
typedef struct cast {
    registry *r;
    const poise_scenario *scenario;
    int n;
} cast;

static void sit(cast *c, XXH128_hash_t key, experiment_agent agent)
{
    registry *r = c->r;
    if (c->n == r->n_seats) {
        struct seat *old = r->seat;
        r->n_seats = 2 * r->n_seats + 64;
        r->seat = arena_take(r->doc->memory, (size_t)r->n_seats, sizeof *r->seat);
        if (c->n)
            memcpy(r->seat, old, (size_t)c->n * sizeof *old);
    }
    r->seat[c->n] = (struct seat){key, c->n, agent};
    c->n++;
}

static XXH128_hash_t key_of_rule(registry *r, const char *spec)
{
    int k = 0;
    while (k < r->rule.n && strcmp(r->rule.at[k], spec) != 0)
        k++;
    if (k == r->rule.n) {
        r->rule_key = arena_grow(r->doc->memory, r->rule_key, (size_t)k, sizeof *r->rule_key);
        r->rule_key[k] = key_of(r, spec, r->decisions);
        names_add(&r->rule, spec);
    }
    return r->rule_key[k];
}

static void sit_rules(cast *c)
{
    names all = {0};
    named_add_rules(&all, c->scenario);
    for (int i = 0; i < all.n; i++)
        sit(c, key_of_rule(c->r, all.at[i]),
            (experiment_agent){.agent = all.at[i], .train_decisions = c->r->decisions});
}

static void wrong_once(registry *r, yaml_mark mark, const char *text)
{
    if (!yaml_knows(r->doc, mark, text))
        yaml_wrong(r->doc, mark, NULL, "%s", text);
}

/* The policy of a file, which is read once; NULL after a mistake. */
static const experiment_policy *policy_of(registry *r, const char *path, yaml_mark mark)
{
    arena *m = r->doc->memory;
    for (int i = 0; i < r->n_policies; i++)
        if (strcmp(r->policy_path[i], path) == 0)
            return r->policy[i].bytes ? &r->policy[i] : NULL;
    poise_error err = {0};
    experiment_policy p = named_policy(path, &err);
    void *read = (void *)p.bytes;
    if (read)
        p.bytes = memcpy(arena_take(m, p.n_bytes, 1), read, p.n_bytes);
    else
        yaml_wrong(r->doc, mark, NULL, "%s", err.text);
    r->wrong |= !read;
    free(read);
    r->policy_path = arena_grow(m, r->policy_path, (size_t)r->n_policies, sizeof *r->policy_path);
    r->policy = arena_grow(m, r->policy, (size_t)r->n_policies, sizeof *r->policy);
    r->policy_path[r->n_policies] = path;
    r->policy[r->n_policies++] = p;
    return p.bytes ? &r->policy[r->n_policies - 1] : NULL;
}

static void sit_policy(cast *c, const entrant *e)
{
    const char *given = e->spec + strlen(NAMED_POLICY);
    const char *scenario = poise_scenario_name(c->scenario);
    const char *path =
        recipe_is_path(given) ? registry_path(c->r, given) : recipe_policy_for(given, scenario);
    if (!path) {
        c->r->wrong = true;
        wrong_once(c->r, e->mark,
                   arena_format(c->r->doc->memory, "there is no policy '%.60s': %s", given,
                                recipe_shipped_for(scenario)));
        return;
    }
    const experiment_policy *is = policy_of(c->r, path, e->mark);
    if (is)
        sit(c, XXH3_128bits_withSeed(path, strlen(path), 1),
            (experiment_agent){.agent = e->spec, .trained = *is});
}

static const recipe *recipe_of(cast *c, const entrant *e)
{
    registry *r = c->r;
    poise_error err = {0};
    if (!r->has_recipes && !recipes_read(&r->recipes, &err))
        yaml_wrong(r->doc, e->mark, NULL, "%s", err.text);
    r->has_recipes = true;
    return recipes_find(&r->recipes, poise_scenario_name(c->scenario), e->spec,
                        strcspn(e->spec, ":"));
}

static void sit_tuned(cast *c, const entrant *e)
{
    const recipe *is = recipe_of(c, e);
    const char *spec = is ? recipe_spec(is, e->spec) : e->spec;
    const int64_t decisions = e->decisions ? e->decisions : is ? is->decisions : c->r->decisions;
    sit(c, key_of(c->r, spec, decisions),
        (experiment_agent){.agent = spec, .train_decisions = decisions});
}

static void sit_entrant(cast *c, const entrant *e)
{
    switch (sort_of(e->spec)) {
    case RULES: sit_rules(c); break;
    case POLICY: sit_policy(c, e); break;
    case COMMAND:
    case PLUGIN:
    case BUILT_IN:
        if (e->tuned)
            sit_tuned(c, e);
        else
            sit(c, e->key, (experiment_agent){.agent = e->spec, .train_decisions = e->decisions});
        break;
    }
}

static int by_order(const void *left, const void *right)
{
    const struct seat *a = left, *b = right;
    return a->order - b->order;
}

static int by_key(const void *left, const void *right)
{
    const struct seat *a = left, *b = right;
    const int order = XXH128_cmp(&a->key, &b->key);
    return order ? order : by_order(left, right);
}

/* Of the seats of one agent the first is left. */
static void leave_out_doubles(cast *c)
{
    int n = 0;
    struct seat *seat = c->r->seat;
    qsort(seat, (size_t)c->n, sizeof *seat, by_key);
    for (int i = 0; i < c->n; i++)
        if (n == 0 || !XXH128_isEqual(seat[n - 1].key, seat[i].key))
            seat[n++] = seat[i];
    c->n = n;
    qsort(seat, (size_t)n, sizeof *seat, by_order);
}

const experiment_agent *entrants_cast(registry *r, const poise_scenario *s,
                                      const entrants *const *lists, int n_lists, int *n)
{
    cast c = {.r = r, .scenario = s};
    for (int k = 0; k < n_lists; k++)
        for (int i = 0; i < lists[k]->n; i++)
            sit_entrant(&c, &lists[k]->at[i]);
    if (c.n > 0)
        leave_out_doubles(&c);
    experiment_agent *agent = arena_take(r->doc->memory, (size_t)c.n + 1, sizeof *agent);
    for (int i = 0; i < c.n; i++)
        agent[i] = r->seat[i].agent;
    *n = c.n;
    return agent;
}
