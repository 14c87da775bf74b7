/* recipe.c - see recipe.h. */
#include "recipe.h"

#include "cli.h"
#include "error.h"
#include "named.h"
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

static void check_agent(yaml_doc *doc, yaml_mark mark, recipe *r)
{
    const size_t n = strcspn(r->agent, ":");
    const char *name = arena_copy(doc->memory, r->agent, n);
    const poise_agent_type *type = poise_agent_find(name);
    if (!type)
        yaml_wrong_name(doc, mark, "learner", name, named_learners());
    else if (type->train_decisions == 0)
        yaml_wrong(doc, mark, yaml_names(doc, named_learners()), "agent '%s' does not learn", name);
    else if (r->agent[n])
        named_check_options(doc, mark, type, r->agent + n + 1);
    r->name = r->name ? r->name : type ? type->name : name;
}

static void read_row(yaml_doc *doc, yaml_node *map, recipe *r)
{
    if (!yaml_is(doc, map, YAML_MAP, "a recipe"))
        return;
    options_read(doc, map, rows, r, "", "a recipe");
    yaml_done(doc, map, "a recipe");
    if (r->name)
        named_plainly(doc, yaml_mark_of(map, "name"), r->name);
    if (r->scenario)
        named_scenario(doc, yaml_mark_of(map, "scenario"), r->scenario);
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

bool recipe_is_path(const char *given)
{
    return strchr(given, '/') || strstr(given, ".safetensors") || strstr(given, ".ckpt");
}

const char *recipe_policy_for(const char *name, const char *scenario)
{
    const char *path = recipe_policy(name);
    return path ? path : recipe_policy(arena_format(cli_memory(), "%s.%s", scenario, name));
}

const char *recipe_shipped_for(const char *scenario)
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
    if (!*text)
        return arena_format(cli_memory(), "none ships for %s", scenario);
    return arena_format(cli_memory(), "those that ship for %s are %s", scenario, text);
}

const char *recipe_policy_path(const char *given, const char *scenario)
{
    if (recipe_is_path(given) || access(given, F_OK) == 0)
        return given;
    const char *path = recipe_policy_for(given, scenario);
    if (!path)
        cli_refuse("there is no policy '%s': no such file, and %s", given,
                   recipe_shipped_for(scenario));
    return path;
}
