/* recipe.c - see recipe.h. */
#include "recipe.h"

#include "cli.h"
#include "error.h"
#include "options.h"
#include "yaml.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const poise_option rows[] = {
    {"scenario", POISE_TEXT, offsetof(recipe, scenario), NAN, 0, 0, "", "its name", NULL},
    {"agent", POISE_TEXT, offsetof(recipe, agent), NAN, 0, 0, "", "learner and options", NULL},
    {"name", POISE_TEXT, offsetof(recipe, name), 0, 0, 0, "", "unless that of the agent", NULL},
    {"decisions", POISE_INT, offsetof(recipe, decisions), NAN, 1, 1e9, "", "budget", NULL},
    {"validate", POISE_INT, offsetof(recipe, validate), 0, 0, 1e9, "",
     "decisions between two validations", NULL},
    {"validation_seeds", POISE_INT, offsetof(recipe, validation_seeds), 3, 1, 10000, "",
     "seeds of each", NULL},
    {"seed", POISE_INT, offsetof(recipe, seed), 0, 0, 1e9, "", "that of the policy that ships",
     NULL},
    {0},
};

/* ---- one row ------------------------------------------------------------------------------ */

/* The mark of an option's text within that of a plain or quoted scalar. */
static yaml_mark mark_within(const yaml_doc *doc, yaml_mark all, const char *text)
{
    const char *at = all.length ? memmem(doc->text + all.at, all.length, text, strlen(text)) : NULL;
    if (at)
        return (yaml_mark){(size_t)(at - doc->text), strlen(text), all.set};
    return all;
}

/* Tries the options "option=value:..." of a learner one by one. */
static void check_options(yaml_doc *doc, yaml_mark mark, const poise_agent_type *type,
                          const char *options)
{
    void *state = arena_take(doc->memory, 1, type->size);
    char *rest = arena_text(doc->memory, options);
    const char *who = arena_format(doc->memory, "agent %s", type->name);
    for (char *pair = strsep(&rest, ":"); pair; pair = strsep(&rest, ":")) {
        poise_error err = {0};
        const yaml_mark here = mark_within(doc, mark, pair);
        char *value = strchr(pair, '=');
        if (value)
            *value = 0;
        if (!value)
            yaml_wrong(doc, here, "OPTION=VALUE", "option '%s' has no value", pair);
        else if (!options_set(type->options, state, who, pair, value + 1, &err))
            yaml_wrong(doc, here, NULL, "%s", err.text);
    }
}

/* The learners that are built in. */
static const char *const *learners(void)
{
    names all = {0};
    for (int i = 0; poise_agent_types[i]; i++)
        if (poise_agent_types[i]->train_decisions > 0)
            names_add(&all, poise_agent_types[i]->name);
    names_add(&all, NULL);
    return all.at;
}

static void check_agent(yaml_doc *doc, yaml_mark mark, recipe *r)
{
    const size_t n = strcspn(r->agent, ":");
    const char *name = arena_copy(doc->memory, r->agent, n);
    const poise_agent_type *type = poise_agent_find(name);
    if (!type)
        yaml_wrong_name(doc, mark, "learner", name, learners());
    else if (type->train_decisions == 0)
        yaml_wrong(doc, mark, yaml_names(doc, learners()), "agent '%s' does not learn", name);
    else if (r->agent[n])
        check_options(doc, mark, type, r->agent + n + 1);
    r->name = r->name ? r->name : type ? type->name : name;
}

/* Files are named by it. */
static void check_name(yaml_doc *doc, yaml_mark mark, const char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (!*name || name[strspn(name, good)] || strlen(name) > 48)
        yaml_wrong(doc, mark, "letters, digits, _ -; at most 48", "name: '%.60s' is no plain name",
                   name);
}

static void check_scenario(yaml_doc *doc, yaml_mark mark, const char *name)
{
    const names all = cli_scenarios();
    names stems = {0};
    for (int i = 0; i < all.n; i++)
        names_add(&stems, cli_stem(all.at[i]));
    names_add(&stems, NULL);
    if (!names_has(&(names){stems.at, stems.n - 1}, name))
        yaml_wrong_name(doc, mark, "scenario", name, stems.at);
}

static void read_row(yaml_doc *doc, yaml_node *map, recipe *r)
{
    if (!yaml_is(doc, map, YAML_MAP, "a recipe"))
        return;
    options_read(doc, map, rows, r, "", "a recipe");
    yaml_done(doc, map, "a recipe");
    if (r->name)
        check_name(doc, yaml_mark_of(map, "name"), r->name);
    if (r->scenario)
        check_scenario(doc, yaml_mark_of(map, "scenario"), r->scenario);
    if (r->agent)
        check_agent(doc, yaml_mark_of(map, "agent"), r);
}

/* ---- files -------------------------------------------------------------------------------- */

const recipe *recipes_find(const recipes *r, const char *scenario, const char *name, size_t n)
{
    for (int i = 0; i < r->n; i++)
        if (strcmp(r->at[i].scenario, scenario) == 0 && strlen(r->at[i].name) == n &&
            strncmp(r->at[i].name, name, n) == 0)
            return &r->at[i];
    return NULL;
}

static void add(recipes *r, const recipe *one)
{
    r->at = arena_grow(cli_memory(), r->at, (size_t)r->n, sizeof *r->at);
    r->at[r->n++] = *one;
}

static void read_list(yaml_doc *doc, yaml_node *list, recipes *own)
{
    for (int i = 0; i < list->n; i++) {
        recipe one = {0};
        read_row(doc, list->entry[i].value, &one);
        if (!one.scenario || !one.name)
            continue;
        if (recipes_find(own, one.scenario, one.name, strlen(one.name)))
            yaml_wrong(doc, list->entry[i].mark, "a name of its own",
                       "%s has a recipe '%s' already", one.scenario, one.name);
        add(own, &one);
    }
}

static int by_name(const void *a, const void *b)
{
    const recipe *x = a, *y = b;
    const int order = strcmp(x->scenario, y->scenario);
    return order ? order : strcmp(x->name, y->name);
}

bool recipes_add(recipes *r, const char *path, poise_error *err)
{
    static const poise_option version[] = {
        {"poise", POISE_INT, 0, NAN, 1, 1, "", "version of the format", NULL}, {0}};
    yaml_doc doc;
    recipes own = {0};
    int ignored;
    if (yaml_open(&doc, cli_memory(), arena_text(cli_memory(), path), "recipes", NULL, 0)) {
        options_read(&doc, doc.root, version, &ignored, "", "the recipes");
        yaml_node *list = yaml_need(&doc, doc.root, "recipes", "the recipes");
        if (list && yaml_is(&doc, list, YAML_LIST, "recipes"))
            read_list(&doc, list, &own);
        yaml_done(&doc, doc.root, "the recipes");
    }
    if (!yaml_report(&doc, err))
        return false;
    const int before = r->n;
    for (int i = 0; i < own.n; i++) {
        const recipes known = {r->at, before};
        if (!recipes_find(&known, own.at[i].scenario, own.at[i].name, strlen(own.at[i].name)))
            add(r, &own.at[i]);
    }
    if (r->n > 0)
        qsort(r->at, (size_t)r->n, sizeof *r->at, by_name);
    return true;
}

bool recipes_read(recipes *r, poise_error *err)
{
    *r = (recipes){0};
    for (const char *const *dir = cli_data_dirs(); *dir; dir++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%.4000s/policies/recipes.yaml", *dir);
        if (access(path, F_OK) == 0 && !recipes_add(r, path, err))
            return false;
    }
    return true;
}

const char *recipes_told(const recipes *r, const char *scenario)
{
    int n = 0;
    for (int i = 0; i < r->n; i++)
        n += strcmp(r->at[i].scenario, scenario) == 0;
    const char *all = "";
    for (int i = 0; i < r->n; i++)
        if (n == 0 || strcmp(r->at[i].scenario, scenario) == 0)
            all = arena_format(cli_memory(), "%s%s%s in %s", all, *all ? ", " : "", r->at[i].name,
                               r->at[i].scenario);
    return all;
}

/* ---- options ------------------------------------------------------------------------------ */

/* Whether "option=value:..." sets the option of the pair "option=value". */
static bool sets(const char *options, const char *pair)
{
    const size_t n = strcspn(pair, "=") + 1;
    for (const char *at = options; at; at = strchr(at, ':')) {
        at += *at == ':';
        if (strncmp(at, pair, n) == 0)
            return true;
    }
    return false;
}

const char *recipe_spec(const recipe *r, const char *spec)
{
    arena *m = cli_memory();
    const char *own = strchr(spec, ':');
    char *rest = arena_text(m, r->agent);
    const char *all = strsep(&rest, ":");
    for (char *pair = strsep(&rest, ":"); pair; pair = strsep(&rest, ":"))
        if (!own || !sets(own, pair))
            all = arena_format(m, "%s:%s", all, pair);
    return arena_format(m, "%s%s", all, own ? own : "");
}

/* ---- policies ----------------------------------------------------------------------------- */

const char *recipe_policy(const char *name)
{
    for (const char *const *dir = cli_data_dirs(); *dir; dir++) {
        const char *path = arena_format(cli_memory(), "%s/policies/%s.safetensors", *dir, name);
        if (access(path, F_OK) == 0)
            return path;
    }
    return NULL;
}

/* Those that ship for the scenario, for a sentence; "" if there are none. */
static const char *shipped_for(const char *scenario)
{
    recipes all;
    poise_error ignored = {0};
    const char *text = "";
    recipes_read(&all, &ignored);
    for (int i = 0; i < all.n; i++) {
        const char *name = arena_format(cli_memory(), "%s.%s", all.at[i].scenario, all.at[i].name);
        if (strcmp(all.at[i].scenario, scenario) == 0 && recipe_policy(name))
            text = arena_format(cli_memory(), "%s%s%s", text, *text ? ", " : "", name);
    }
    return text;
}

const char *recipe_policy_path(const char *given, const char *scenario)
{
    const bool is_path =
        strchr(given, '/') || strstr(given, ".safetensors") || strstr(given, ".ckpt");
    if (is_path || access(given, F_OK) == 0)
        return given;
    const char *path = recipe_policy(given);
    if (!path)
        path = recipe_policy(arena_format(cli_memory(), "%s.%s", scenario, given));
    if (path)
        return path;
    const char *there = shipped_for(scenario);
    cli_refuse("there is no policy '%s': no such file, and %s %s%s", given,
               *there ? "those that ship for" : "none ships for", scenario,
               *there ? arena_format(cli_memory(), " are %s", there) : "");
}
