/* cmd_rules.c - `poise rules`: the tables that are kept beside the scenarios. */
#include "cli.h"

#include "file.h"
#include "pool.h"
#include "rules.h"

#include <stdlib.h>
#include <string.h>

typedef struct options {
    names scenarios;
    const char *output;
    numbers seeds;
    int threads;
    bool all, quiet;
} options;

enum { OPT_SEEDS = 256, OPT_ALL };

static const struct argp_option rows[] = {
    {"seeds", OPT_SEEDS, "SEEDS", 0, "0..9 or 0,3,7; default 0..9", 0},
    {"jobs", 'j', "N", 0, "threads; results do not depend on it. Default: as many as processors",
     0},
    {"output", 'o', "DIR", 0,
     "where NAME.txt is written, - for standard output; default: results/ beside the scenario", 0},
    {"all", OPT_ALL, 0, 0, "every scenario that has rules", 0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {0},
};

static const char about[] =
    "Run the rules that a scenario names over the same seeds, and write their table: by the metric "
    "it names, with intervals, differences to the first rule, and which rules are told apart.\v"
    "Examples:\n"
    "  poise rules mm1-v1\n"
    "  poise rules mine.yaml -o - --seeds 0..4\n"
    "  poise rules --all";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_SEEDS: o->seeds = cli_seeds("--seeds", argument); break;
    case 'j': o->threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case 'o': o->output = argument; break;
    case OPT_ALL: o->all = true; break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG: names_add(&o->scenarios, argument); break;
    case ARGP_KEY_END:
        if (o->scenarios.n == 0 && !o->all)
            cli_refuse("which scenario? Give names, or --all");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* results/NAME.txt beside the scenario, or DIR/NAME.txt. */
static const char *path_of(const options *o, const char *scenario)
{
    const char *slash = strrchr(scenario, '/'), *stem = cli_stem(scenario);
    if (o->output)
        return arena_format(cli_memory(), "%s/%s.txt", o->output, stem);
    return arena_format(cli_memory(), "%.*sresults/%s.txt", slash ? (int)(slash + 1 - scenario) : 0,
                        scenario, stem);
}

static int put(const options *o, const char *scenario, const char *text)
{
    poise_error err = {0};
    if (o->output && strcmp(o->output, "-") == 0) {
        fputs(text, stdout);
        return STATUS_OK;
    }
    const char *path = path_of(o, scenario);
    if (!file_make_parents(path, &err) || !file_write(path, text, strlen(text), &err))
        return cli_explain(STATUS_IO, &err);
    if (!o->quiet)
        fprintf(stderr, "%s\n", path);
    return STATUS_OK;
}

static int tabulate(const options *o, const char *path)
{
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
    if (!s)
        return cli_explain(STATUS_INPUT, &err);
    int status = STATUS_OK;
    if (poise_scenario_rules(s)[0]) {
        const rules_ask ask = {s, o->seeds.at, o->seeds.n, o->threads, o->quiet};
        char *text = rules_table(&ask, &err);
        status = text ? put(o, path, text) : cli_explain(STATUS_TRIAL, &err);
        free(text);
    } else if (!o->all) {
        status = cli_error(
            STATUS_INPUT, "%s has no rules to compare: give it some, as in rules: [fifo, shortest]",
            path);
    }
    poise_scenario_free(s);
    return status;
}

int cmd_rules(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "[SCENARIO...]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (!o.seeds.n)
        o.seeds = cli_seeds("--seeds", "0..9");
    if (!o.threads)
        o.threads = pool_processors();
    names paths = o.all ? cli_scenarios() : (names){0};
    for (int i = 0; i < o.scenarios.n; i++)
        names_add(&paths, cli_scenario_path(o.scenarios.at[i]));
    pool_catch_signals();
    int status = STATUS_OK;
    for (int i = 0; i < paths.n && !pool_signal(); i++) {
        const int here = tabulate(&o, paths.at[i]);
        status = here ? here : status;
    }
    return pool_signal() ? 128 + pool_signal() : status;
}
