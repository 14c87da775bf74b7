/* cmd_tournament.c - `poise tournament`: every agent against every other, on the runs of a store;
 * or as tenants of one cluster. */
#include "cli.h"

#include "error.h"
#include "experiment_file.h"
#include "plan_show.h"
#include "pool.h"
#include "tables.h"
#include "tenants.h"
#include "tournament.h"

#include <string.h>
#include <unistd.h>

typedef struct options {
    const char *subject;
    const char *tenants;  // scenario in which agents are tenants
    names agents, sets;
    numbers seeds;
    tables_format format;
    int threads;
    double patience_s;
    bool quiet;
} options;

enum { OPT_FORMAT = 256, OPT_TENANTS, OPT_SEEDS, OPT_SET, OPT_PATIENCE };

static const struct argp_option rows[] = {
    {"agent", 'a', "SPEC,...", 0,
     "only these agents, over the scenarios in which all of them take part; default all that take "
     "part in every scenario",
     0},
    {"tenants", OPT_TENANTS, "SCENARIO", 0,
     "instead: run the scenario with every pair of agents as its two tenants, both ways round; "
     "nothing is stored",
     0},
    {"seeds", OPT_SEEDS, "SEEDS", 0, "of these runs: 0..9 or 0,3,7; default 0..9", 0},
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting of that scenario", 0},
    {"jobs", 'j', "N", 0, "threads; results do not depend on it", 0},
    {"patience", OPT_PATIENCE, "S", 0, CLI_PATIENCE, 0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {"format", OPT_FORMAT, "FORMAT", 0, "text, markdown, latex or csv; default text", 0},
    {0},
};

static const char about[] =
    "Let every agent of a store meet every other on the same seeds of the same scenarios, and say "
    "how often each beats each. The store is a file, the name of a scenario, or that of an "
    "experiment; default core-v1.\v"
    "Examples:\n"
    "  poise tournament\n"
    "  poise tournament load-v1 --format latex > cross.tex\n"
    "  poise tournament results/core-v1.db -a balancer,shortest,fifo\n"
    "  poise tournament --tenants two-tenants-v1 -a fifo,shortest,longest";

static tables_format format_called(const char *name)
{
    static const char *const known[] = {"text", "markdown", "latex", "csv", NULL};
    const tables_format format = tables_format_called(name);
    if (format != N_TABLES_FORMATS && format != TABLES_JSON)
        return format;
    const char *nearest = nearest_name(name, known);
    if (nearest)
        cli_refuse("there is no format '%s', did you mean '%s'?", name, nearest);
    cli_refuse("there is no format '%s'; there are text, markdown, latex and csv", name);
}

/* What goes with --tenants, and what goes only with it. */
static void check(const options *o)
{
    if (o->tenants && o->subject)
        cli_refuse("--tenants runs a scenario of its own: no store goes with it, like '%s'",
                   o->subject);
    if (o->tenants && (o->agents.n < 2 || o->agents.n > TENANTS_MAX))
        cli_refuse("--tenants takes 2 to %d agents, as in -a fifo,shortest", TENANTS_MAX);
    if (!o->tenants && (o->seeds.n || o->sets.n || o->threads))
        cli_refuse("--seeds, --set and -j go with --tenants: a store is only read");
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'a': names_add_agents(&o->agents, argument); break;
    case OPT_TENANTS: o->tenants = argument; break;
    case OPT_SEEDS: o->seeds = cli_seeds("--seeds", argument); break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case 'j': o->threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case OPT_PATIENCE: o->patience_s = cli_patience(argument); break;
    case 'q': o->quiet = true; break;
    case OPT_FORMAT: o->format = format_called(argument); break;
    case ARGP_KEY_ARG:
        if (o->subject)
            cli_refuse("one store at a time, '%s' is one too many", argument);
        o->subject = argument;
        break;
    case ARGP_KEY_END: check(o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void print(string_buffer *out)
{
    fwrite(out->at ? out->at : "", 1, out->length, stdout);
    string_free(out);
}

/* The style of a format that is one for people. */
static grid_style style_of(tables_format format)
{
    return format == TABLES_MARKDOWN ? GRID_MARKDOWN
           : format == TABLES_LATEX  ? GRID_LATEX
                                     : GRID_PLAIN;
}

static int write_tournament(const options *o, const results *r, const plan *p)
{
    const report_filter of_plan = plan_filter(p);
    poise_error err = {0};
    tournament t;
    if (!tournament_make(&t, r, o->agents.at, o->agents.n, p ? &of_plan : NULL, &err))
        return cli_explain(STATUS_USAGE, &err);
    string_buffer out = {0};
    if (o->format == TABLES_CSV)
        tournament_csv(&t, &out);
    else
        tournament_write(&t, style_of(o->format), &out);
    print(&out);
    tournament_free(&t);
    return STATUS_OK;
}

static int with_store(const options *o, const char *path, plan *p)
{
    poise_error err = {0};
    store *s = store_open(path, false, &err);
    const bool good = s && (!p || plan_look(p, s, &err));
    results *r = good ? store_read(s, &err) : NULL;
    if (r && p)
        plan_warn_missing(r, p);
    const int status = r ? write_tournament(o, r, p) : cli_explain(STATUS_IO, &err);
    results_free(r);
    store_close(s);
    return status;
}

static int with_experiment(const options *o, const char *file)
{
    experiment_file x = {0};
    poise_error err = {0};
    if (!experiment_file_read(&x, file, NULL, 0, &err))
        return cli_explain(STATUS_INPUT, &err);
    const char *path = arena_format(cli_memory(), "results/%s.db", x.name);
    plan *p = plan_new(&x.ask, NULL, NULL, &err);
    int status;
    if (!p)
        status = cli_explain(STATUS_INPUT, &err);
    else if (access(path, F_OK) != 0)
        status = cli_error(STATUS_IO, "%s is not there: `poise sweep %s` makes it", path, file);
    else
        status = with_store(o, path, p);
    plan_free(p);
    experiment_file_free(&x);
    return status;
}

static int with_tenants(const options *o)
{
    const tenants_ask ask = {
        .path = cli_scenario_path(o->tenants),
        .set = o->sets.at,
        .n_sets = o->sets.n,
        .agent = o->agents.at,
        .n_agents = o->agents.n,
        .seed = o->seeds.at,
        .n_seeds = o->seeds.n,
        .n_threads = o->threads ? o->threads : pool_processors(),
        .patience_s = o->patience_s,
        .quiet = o->quiet,
    };
    poise_error err = {0};
    tenants t;
    if (!tenants_play(&t, &ask, &err))
        return cli_explain(pool_signal() ? 128 + pool_signal() : STATUS_INPUT, &err);
    string_buffer out = {0};
    if (o->format == TABLES_CSV)
        tenants_csv(&t, &out);
    else
        tenants_write(&t, style_of(o->format), &out);
    print(&out);
    const int status = t.n_failed ? STATUS_TRIAL : STATUS_OK;
    tenants_free(&t);
    return status;
}

int cmd_tournament(int argc, char **argv)
{
    options o = {.format = TABLES_TEXT};
    const struct argp argp = {rows, take, "[STORE|EXPERIMENT]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (o.tenants && !o.seeds.n)
        o.seeds = cli_seeds("--seeds", "0..9");
    if (o.tenants)
        return with_tenants(&o);
    const char *file = experiment_file_meant(o.subject ? o.subject : "core-v1");
    return file ? with_experiment(&o, file) : with_store(&o, cli_store(o.subject), NULL);
}
