/* cmd_list.c - `poise list`: what there is, one line each. Scenario files are parsed only where
 * nothing but them is asked for, so that the list of all is quick; broken ones are listed too. */
#include "cli.h"

#include "plot_kind.h"
#include "recipe.h"

#include "device.h"
#include "dist.h"
#include "scenario.h"
#include "source.h"

#include "error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 1024

typedef struct options {
    names what;
} options;

static const struct argp_option rows[] = {{0}};

static const char about[] =
    "List agents (there are others outside: docs/plugins.md), scenarios, experiments, "
    "policies that ship, metrics, figures, devices (their laws), sources or "
    "distributions; without an argument agents and the titles of scenarios.\v"
    "Examples:\n"
    "  poise list\n"
    "  poise list scenarios\n"
    "  poise list metrics";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    names_add(&o->what, argument);
    return 0;
}

static void put(const char *name, const char *what)
{
    printf("  %-22s %s\n", name, what);
}

static void list_agents(void)
{
    printf("agents\n");
    for (int i = 0; poise_agent_types[i]; i++)
        printf("  %-26s %s%s\n", poise_agent_types[i]->name, poise_agent_types[i]->about,
               poise_agent_mark(poise_agent_types[i]->name));
    for (const poise_agent_alias *alias = poise_agent_aliases; alias->name; alias++)
        printf("  %-26s the same as %s\n", alias->name, alias->agent);
}

/* The text after "title:" at the start of a line, or "". */
static void read_title(const char *path, char *title)
{
    char line[LINE_MAX_BYTES];
    FILE *f = fopen(path, "r");
    title[0] = 0;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "title:", 6) == 0) {
            const char *text = line + 6 + strspn(line + 6, " \"'");
            snprintf(title, LINE_MAX_BYTES, "%.*s", (int)strcspn(text, "\"\r\n"), text);
            break;
        }
    if (f)
        fclose(f);
}

static void list_titles(const char *what, const names *files)
{
    printf("%s\n", what);
    for (int i = 0; i < files->n; i++) {
        char title[LINE_MAX_BYTES];
        read_title(files->at[i], title);
        put(cli_stem(files->at[i]), title);
    }
}

static void list_experiments(void)
{
    const names all = cli_experiments();
    list_titles("experiments", &all);
}

/* ---- scenarios in full -------------------------------------------------------------------- */

typedef struct entry {
    const char *path;
    poise_scenario *scenario;  // NULL if it is broken
    poise_error err;
} entry;

static int by_family(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = !x->scenario - !y->scenario;
    if (order)
        return order;
    if (!x->scenario)
        return strcmp(x->path, y->path);
    order = strcmp(x->scenario->family, y->scenario->family);
    return order ? order : strcmp(x->scenario->name, y->scenario->name);
}

static void put_scenario(const entry *one)
{
    const poise_scenario *s = one->scenario;
    char size[32], load[16] = "-";
    int n_devices = 0;
    for (int g = 0; g < s->n_groups; g++)
        n_devices += s->group[g].count;
    snprintf(size, sizeof size, "%d in %d", n_devices, s->n_groups);
    if (!isnan(s->offered_load))
        snprintf(load, sizeof load, "%.2f", s->offered_load);
    printf("  %-24s %9s %4d %5s  %s\n", cli_stem(one->path), size, s->n_classes, load, s->title);
    if (*s->source_line)
        printf("  %-24s %20s  %s\n", "", "", s->source_line);
}

/* Only the first line of what is wrong: `poise check` tells all. */
static void put_broken(const entry *one)
{
    printf("  %-24s %.*s\n", cli_stem(one->path), (int)strcspn(one->err.text, "\n"), one->err.text);
}

static void list_scenarios(void)
{
    const names all = cli_scenarios();
    entry *one = arena_take(cli_memory(), (size_t)all.n + 1, sizeof *one);
    for (int i = 0; i < all.n; i++) {
        one[i].path = all.at[i];
        one[i].scenario = poise_scenario_load(all.at[i], NULL, 0, &one[i].err);
    }
    qsort(one, (size_t)all.n, sizeof *one, by_family);
    printf("scenarios %28s %4s %5s  %s\n", "devices", "cls", "load",
           "title; source (devices in groups, classes, offered load)");
    const char *family = "";
    for (int i = 0; i < all.n; i++) {
        const char *here = one[i].scenario ? one[i].scenario->family : "broken";
        if (strcmp(here, family) != 0)
            printf("%s\n", here);
        family = here;
        if (one[i].scenario)
            put_scenario(&one[i]);
        else
            put_broken(&one[i]);
    }
    for (int i = 0; i < all.n; i++)
        poise_scenario_free(one[i].scenario);
}

static void list_metrics(void)
{
    const poise_metric *row;
    const int n = poise_metrics(&row);
    printf("metrics\n");
    for (int i = 0; i < n; i++) {
        char name[80];
        snprintf(name, sizeof name, *row[i].unit ? "%s [%s]" : "%s", row[i].name, row[i].unit);
        printf("  %-26s %c  %s\n", name,
               row[i].better > 0   ? '+'
               : row[i].better < 0 ? '-'
                                   : ' ',
               row[i].about);
    }
    printf("  (+ more is better, - less is better)\n");
}

static void list_figures(void)
{
    printf("figures\n");
    for (int i = 0; plot_kinds[i]; i++)
        put(plot_kinds[i]->name, plot_kinds[i]->about);
}

static void list_devices(void)
{
    printf("device laws\n");
    for (int i = 0; device_laws[i]; i++)
        put(device_laws[i]->name, device_laws[i]->about);
}

static void list_sources(void)
{
    printf("sources\n");
    for (int i = 0; source_types[i]; i++)
        put(source_types[i]->name, source_types[i]->about);
}

static void list_distributions(void)
{
    printf("distributions\n");
    for (int i = 0; dist_types[i]; i++)
        put(dist_types[i]->name, dist_types[i]->about);
}

static void list_policies(void)
{
    recipes all;
    poise_error err = {0};
    if (!recipes_read(&all, &err))
        exit(cli_explain(STATUS_INPUT, &err));
    printf("policies %31s %9s %5s  %s\n", "decisions", "validate", "seed",
           "learner and options that were tuned");
    for (int i = 0; i < all.n; i++) {
        const recipe *r = &all.at[i];
        const char *name = arena_format(cli_memory(), "%s.%s", r->scenario, r->name);
        printf("  %-28s %9d %9d %5d  %s%s\n", name, r->decisions, r->validate, r->seed, r->agent,
               recipe_policy(name) ? "" : " (not trained)");
    }
}

typedef struct section {
    const char *name;
    void (*list)(void);
} section;

static const section sections[] = {
    {"agents", list_agents},
    {"scenarios", list_scenarios},
    {"experiments", list_experiments},
    {"policies", list_policies},
    {"metrics", list_metrics},
    {"figures", list_figures},
    {"devices", list_devices},
    {"sources", list_sources},
    {"distributions", list_distributions},
};
#define N_SECTIONS ((int)(sizeof sections / sizeof *sections))

static const section *find(const char *name)
{
    const char *all[N_SECTIONS + 1] = {0};
    for (int i = 0; i < N_SECTIONS; i++) {
        all[i] = sections[i].name;
        if (strcmp(name, all[i]) == 0)
            return &sections[i];
    }
    const char *nearest = nearest_name(name, all);
    if (nearest)
        cli_refuse("there is no list of '%s', did you mean '%s'?", name, nearest);
    cli_refuse("there is no list of '%s'; there are agents, scenarios, experiments, policies, "
               "metrics, figures, devices, sources, distributions",
               name);
}

int cmd_list(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "[WHAT...]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (o.what.n == 0) {
        list_agents();
        putchar('\n');
        const names all = cli_scenarios();
        list_titles("scenarios", &all);
    }
    for (int i = 0; i < o.what.n; i++)
        find(o.what.at[i]);
    for (int i = 0; i < o.what.n; i++) {
        if (i)
            putchar('\n');
        find(o.what.at[i])->list();
    }
    return STATUS_OK;
}
