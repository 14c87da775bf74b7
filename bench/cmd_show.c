/* cmd_show.c - `poise show`: an agent or a scenario, in words and with all its settings. */
#include "cli.h"

#include "card.h"
#include "error.h"
#include "options.h"
#include "scenario.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *name;
    names sets;
    bool schema, resolved, observation;
} options;

enum { OPT_SET = 256, OPT_LENIENT, OPT_SCHEMA, OPT_RESOLVED, OPT_OBSERVATION };

static const struct argp_option rows[] = {
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting of the scenario first", 0},
    {"lenient", OPT_LENIENT, 0, 0, "leave out lines of traces that are wrong, and say how many", 0},
    {"resolved", OPT_RESOLVED, 0, 0, "only the scenario with every setting, as YAML", 0},
    {"observation", OPT_OBSERVATION, 0, 0, "only the layout of the scenario's flat observation", 0},
    {"schema", OPT_SCHEMA, 0, 0, "what a scenario file may say", 0},
    {0},
};

static const char about[] = "Show an agent with its options, or a scenario with all its settings.\v"
                            "Examples:\n"
                            "  poise show priority\n"
                            "  poise show ./mine.so\n"
                            "  poise show gpu-mix-v1 --set workload.load=0.5\n"
                            "  poise show gpu-mix-v1 --observation\n"
                            "  poise show --schema";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_LENIENT: names_add(&o->sets, "workload.lenient=true"); break;
    case OPT_SCHEMA: o->schema = true; break;
    case OPT_RESOLVED: o->resolved = true; break;
    case OPT_OBSERVATION: o->observation = true; break;
    case ARGP_KEY_ARG:
        if (o->name)
            cli_refuse("one name at a time, '%s' is one too many", argument);
        o->name = argument;
        break;
    case ARGP_KEY_END:
        if (!o->name && !o->schema)
            cli_refuse("show what? Give the name of an agent or a scenario, or --schema");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static int show_schema(void)
{
    char *text = poise_scenario_schema();
    if (!text)
        return cli_error(STATUS_IO, "out of memory");
    fputs(text, stdout);
    free(text);
    return STATUS_OK;
}

/* name: as it stands in a specification, which is the path of a plug-in. */
static void write_agent(const poise_agent_type *type, const char *name, FILE *to)
{
    fprintf(to, "%s: %s\n", type->name, type->about);
    if (type->uses_model)
        fputs("uses a model: it plays the scenario forward on copies, or solves it; no policy in "
              "the field could\n",
              to);
    if (type->train_decisions)
        fprintf(to, "learns; trains for %ld decisions if nothing else is asked for\n",
                type->train_decisions);
    if (!type->options || !type->options->name) {
        fputs("no options\n", to);
        return;
    }
    string_buffer out = {0};
    options_print_schema(&out, type->options, "");
    fprintf(to, "\noptions, as in -a %s:%s=VALUE (name, default, meaning, what is allowed)\n%s",
            name, type->options->name, out.at);
    string_free(&out);
}

static int show_plugin(const char *path)
{
    poise_error err = {0};
    char *text = card_show(path, write_agent, &err);
    if (!text)
        return cli_explain(STATUS_INPUT, &err);
    fputs(text, stdout);
    free(text);
    return STATUS_OK;
}

/* ---- the flat observation ----------------------------------------------------------------- */

static void show_block(const char *name, const char *rows_of, const poise_block *b)
{
    printf("\n%s: %d x %d numbers from %d on, %s\n", name, b->rows, b->columns, b->offset, rows_of);
    for (int c = 0; c < b->columns && b->column; c++)
        printf("  %4d  %-24s %2g to %g  %s\n", c, b->column[c].name, (double)b->column[c].low,
               (double)b->column[c].high, b->column[c].about);
}

static void show_observation(const poise_scenario *s)
{
    const poise_layout l = poise_observation_layout(&s->space);
    printf("observation of %s: %d numbers (float32), version %d of the layout\n", s->name,
           l.n_floats, l.version);
    printf("typical service %.6g s\n", s->space.typical_service_s);
    show_block("task", "a row for each place in the view, zeros where there is none", &l.task);
    show_block("group", "a row for each group of devices", &l.group);
    show_block("globals", "of the system as a whole", &l.globals);
    show_block("mask", "1 for each cell that may be chosen now", &l.mask);
}

static int show_words(const poise_scenario *s)
{
    char *text = words_of(s);
    if (!text)
        return cli_error(STATUS_IO, "out of memory");
    printf("%s\nall settings\n", text);
    free(text);
    return STATUS_OK;
}

static int show_scenario(const options *o)
{
    poise_error err = {0};
    poise_scenario *s =
        poise_scenario_load(cli_scenario_path(o->name), o->sets.at, o->sets.n, &err);
    if (!s)
        return cli_explain(STATUS_INPUT, &err);
    int status = STATUS_OK;
    if (o->observation) {
        show_observation(s);
    } else {
        if (!o->resolved)
            status = show_words(s);
        fputs(s->resolved, stdout);
    }
    poise_scenario_free(s);
    return status;
}

/* Refuses a name that is neither, with the nearest of both. */
static void check_name(const char *name)
{
    const size_t n = strlen(name);
    if (n > 5 && strcmp(name + n - 5, ".yaml") == 0)
        return;
    const names all = cli_scenarios();
    names both = {0};
    for (int i = 0; i < all.n; i++)
        names_add(&both, cli_stem(all.at[i]));
    for (int i = 0; poise_agent_types[i]; i++)
        names_add(&both, poise_agent_types[i]->name);
    for (int i = 0; poise_agent_aliases[i].name; i++)
        names_add(&both, poise_agent_aliases[i].name);
    if (names_has(&both, name) || poise_agent_find(name))
        return;
    names_add(&both, NULL);
    const char *nearest = nearest_name(name, both.at);
    if (nearest)
        cli_refuse("there is no agent or scenario '%s', did you mean '%s'?", name, nearest);
    cli_refuse("there is no agent or scenario '%s'; `poise list` shows those there are", name);
}

/* The path of a scenario may have slashes, too. */
static bool is_plugin(const char *name)
{
    const size_t n = strlen(name);
    return poise_agent_is_plugin(name) && !(n > 5 && strcmp(name + n - 5, ".yaml") == 0);
}

int cmd_show(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "[NAME]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (o.schema)
        return show_schema();
    if (is_plugin(o.name))
        return show_plugin(o.name);
    check_name(o.name);
    const poise_agent_type *type = poise_agent_find(o.name);
    if (type)
        write_agent(type, type->name, stdout);
    return type ? STATUS_OK : show_scenario(&o);
}
