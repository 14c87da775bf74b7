/* cmd_plot.c - `poise plot`: figures of what a store holds, drawn by gnuplot. */
#include "cli.h"

#include "plot.h"
#include "plot_suite.h"
#include "pool.h"
#include "tables.h"

#include "error.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *store, *folder, *baseline, *scenario;
    names kinds, formats, metrics, agents, point;
    int64_t seed;
    double from_s, to_s, patience_s;
    bool quiet, if_possible, wide;
} options;

enum {
    OPT_KIND = 256,
    OPT_FORMAT,
    OPT_METRIC,
    OPT_SEED,
    OPT_FROM,
    OPT_TO,
    OPT_POINT,
    OPT_TIMEOUT,
    OPT_SCENARIO,
    OPT_BASELINE,
    OPT_POSSIBLE,
    OPT_WIDTH
};

static const struct argp_option rows[] = {
    {"kind", OPT_KIND, "KIND,...", 0,
     "of `poise list figures`; default all that the store has data for", 0},
    {"output", 'o', "FOLDER", 0, "where the pictures go; default figures", 0},
    {"format", OPT_FORMAT, "FORMAT,...", 0, "pdf, png, svg, tex, tikz; default the first three", 0},
    {"width", OPT_WIDTH, "WIDTH", 0, "column (84 mm, the default) or page (174 mm)", 0},
    {"agents", 'a', "A,B,...", 0, "only these agents", 0},
    {"metric", OPT_METRIC, "NAME[,NAME]", 0,
     "what is shown; default response_mean_s; measure: what the scenario names. pareto shows two",
     0},
    {"baseline", OPT_BASELINE, "AGENT", 0, "what to compare with; default fifo", 0},
    {"scenario", OPT_SCENARIO, "NAME", 0, "which one, where the store has several", 0},
    {"if-possible", OPT_POSSIBLE, 0, 0,
     "leave out what the store has no data for, even if it is asked for", 0},
    {"point", OPT_POINT, "PATH=VALUE", 0, "which point of a sweep, for figures that show one", 0},
    {"seed", OPT_SEED, "SEED", 0, "the run to show; default the first that all agents have", 0},
    {"from", OPT_FROM, "TIME", 0, "for figures of single runs: from this simulated time", 0},
    {"to", OPT_TO, "TIME", 0, "until this one: --from 10h --to 14h", 0},
    {"timeout", OPT_TIMEOUT, "TIME", 0, "how long gnuplot may draw a picture; default 60s", 0},
    {"quiet", 'q', 0, 0, "do not say what was drawn", 0},
    {0},
};

static const char about[] =
    "Draw figures of a store: a file, or the name of a scenario for results/SCENARIO.db. Single "
    "runs are run again and checked against the store.\v"
    "Examples:\n"
    "  poise plot gpu-mix-v1\n"
    "  poise plot gpu-mix-v1 --kind gantt -a fifo,shortest --from 20h --to 24h";

/* ---- options ------------------------------------------------------------------------------ */

static void take_point(options *o, const char *text)
{
    if (!strchr(text, '=') || *text == '=')
        cli_refuse("--point '%s' is not of the form path=value", text);
    names_add(&o->point, text);
}

static bool is_page(const char *width)
{
    if (strcmp(width, "page") != 0 && strcmp(width, "column") != 0)
        cli_refuse("--width is column or page, not '%s'", width);
    return *width == 'p';
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_KIND: names_add_pieces(&o->kinds, argument); break;
    case OPT_FORMAT: names_add_pieces(&o->formats, argument); break;
    case OPT_WIDTH: o->wide = is_page(argument); break;
    case OPT_METRIC: names_add_pieces(&o->metrics, argument); break;
    case OPT_BASELINE: o->baseline = cli_agent(argument); break;
    case OPT_SCENARIO: o->scenario = argument; break;
    case OPT_POSSIBLE: o->if_possible = true; break;
    case OPT_SEED: o->seed = cli_whole("--seed", argument, 0, INT64_MAX); break;
    case OPT_FROM: o->from_s = cli_time("--from", argument); break;
    case OPT_TO: o->to_s = cli_time("--to", argument); break;
    case OPT_TIMEOUT: o->patience_s = cli_time("--timeout", argument); break;
    case OPT_POINT: take_point(o, argument); break;
    case 'o': o->folder = argument; break;
    case 'a': names_add_agents(&o->agents, argument); break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG:
        if (o->store)
            cli_refuse("one store at a time, '%s' is one too many", argument);
        o->store = argument;
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Refuses words of a list that are not among the known ones. */
static void check_words(const names *list, const char *what, const char *const *known)
{
    for (int i = 0; i < list->n; i++) {
        int k = 0;
        while (known[k] && strcmp(known[k], list->at[i]) != 0)
            k++;
        const char *nearest = known[k] ? NULL : nearest_name(list->at[i], known);
        if (nearest)
            cli_refuse("there is no %s '%s', did you mean '%s'?", what, list->at[i], nearest);
        if (!known[k])
            cli_refuse("there is no %s '%s'; `poise plot --help` shows those there are", what,
                       list->at[i]);
    }
}

static void settle(options *o)
{
    names kinds = {0};
    for (int i = 0; plot_kinds[i]; i++)
        names_add(&kinds, plot_kinds[i]->name);
    names_add(&kinds, NULL);
    if (o->kinds.n == 1 && strcmp(o->kinds.at[0], "all") == 0)
        o->kinds.n = 0;
    check_words(&o->kinds, "kind of figure", kinds.at);
    check_words(&o->formats, "format", figure_formats);
    const bool usual = o->formats.n == 0;
    for (int i = 0; usual && i < FIGURE_FORMATS_USUAL; i++)
        names_add(&o->formats, figure_formats[i]);
    if (o->metrics.n > 2)
        cli_refuse("--metric takes one metric, or two for pareto");
    for (int i = 0; i < o->metrics.n; i++)
        if (strcmp(o->metrics.at[i], TABLES_MEASURE) != 0)
            cli_metric(o->metrics.at[i]);
    if (o->from_s >= o->to_s)
        cli_refuse("--to must be later than --from");
}

/* ---- drawing ------------------------------------------------------------------------------ */

static int draw_format(const options *o, const plot_kind *kind, figure *f, const char *format,
                       string_buffer *drawn)
{
    char path[PATH_MAX];
    string_buffer said = {0};
    poise_error err = {0};
    int status = STATUS_OK;
    if (snprintf(path, sizeof path, "%s/%s%s", o->folder, figure_name(f), figure_ending(format)) >=
        PATH_MAX)
        status = cli_error(STATUS_IO, "%s: the name is too long", o->folder);
    else if (!figure_draw(f, format, path, o->patience_s, &said, &err))
        status = pool_signal() ? cli_error(128 + pool_signal(), "interrupted")
                               : cli_explain(STATUS_IO, &err);
    else
        string_add(drawn, "%s%s", drawn->length ? " " : "", path);
    if (said.length)
        cli_warn("gnuplot says of '%s': %s", kind->name, said.at);
    string_free(&said);
    return status;
}

/* All formats, and what they are drawn from. */
static int draw_formats(const options *o, const plot_kind *kind, figure *f)
{
    string_buffer drawn = {0};
    poise_error err = {0};
    int status = STATUS_OK;
    for (int i = 0; i < o->formats.n && status == STATUS_OK; i++)
        status = draw_format(o, kind, f, o->formats.at[i], &drawn);
    if (status == STATUS_OK && !figure_keep(f, o->folder, &err))
        status = cli_explain(STATUS_IO, &err);
    if (!o->quiet && drawn.length)
        printf("%s\n  %s\n", drawn.at, kind->about);
    string_free(&drawn);
    return status;
}

/* A kind without data is left out, with the reason; if it was asked for by name that is an error.
 */
static int draw_kind(const options *o, plot_input *in, const plot_kind *kind)
{
    poise_error err = {0};
    figure *f = figure_new(o->folder, kind->name, &err);
    if (!f)
        return cli_explain(STATUS_IO, &err);
    plot_call(in, kind, f);
    if (o->wide)
        figure_widen(f);
    const plot_outcome outcome = kind->fill(in, f, &err);
    int status = STATUS_OK;
    if (pool_signal())
        status = cli_error(128 + pool_signal(), "interrupted");
    else if (outcome == PLOT_READY)
        status = draw_formats(o, kind, f);
    else if (outcome == PLOT_FAILED)
        status = cli_error(STATUS_TRIAL, "%s: %s", kind->name, err.text);
    else if (o->kinds.n && !o->if_possible)
        status = cli_error(STATUS_USAGE, "%s cannot be drawn: %s", kind->name, err.text);
    else if (!o->quiet)
        printf("%s left out: %s\n", kind->name, err.text);
    figure_free(f);
    return status;
}

static bool is_known(const plot_input *in, const char *agent)
{
    for (int i = 0; i < in->results->n_cells; i++) {
        const plot_input one = {.agents = {.at = &agent, .n = 1}};
        if (plot_wants(&one, in->results->cell[i].agent, in->results->cell[i].agent))
            return true;
    }
    for (int i = 0; i < in->report.n_rows; i++)
        if (strcmp(in->report.row[i].label, agent) == 0)
            return true;
    return false;
}

static void check_agent(const plot_input *in, const char *agent)
{
    if (is_known(in, agent))
        return;
    names known = {0};
    for (int i = 0; i < in->results->n_cells; i++)
        names_add(&known, in->results->cell[i].agent);
    names_add(&known, NULL);
    const char *nearest = nearest_name(agent, known.at);
    if (nearest)
        cli_refuse("%s has no results of an agent '%s', did you mean '%s'?", store_path(in->store),
                   agent, nearest);
    cli_refuse("%s has no results of an agent '%s'", store_path(in->store), agent);
}

/* The number'th that is asked for; of the first there always is one, else NULL. */
static const char *metric_of(const options *o, int number)
{
    return number < o->metrics.n ? o->metrics.at[number] : number ? NULL : "response_mean_s";
}

static int draw_all(const options *o, plot_input *in)
{
    in->scenario = plot_scenario(in->results, o->scenario, &o->point, NULL);
    if (in->scenario < 0)
        return cli_error(STATUS_USAGE, "%s holds no scenario%s%s%s", store_path(in->store),
                         o->scenario ? " " : "", o->scenario ? o->scenario : "",
                         o->point.n ? " with these settings (--point)" : "");
    in->metric = tables_metric(in->results, in->scenario, metric_of(o, 0));
    in->other = metric_of(o, 1) ? tables_metric(in->results, in->scenario, metric_of(o, 1)) : -1;
    in->report = report_make(in->results, in->scenario, in->metric, in->baseline, NULL);
    for (int i = 0; i < in->agents.n; i++)
        check_agent(in, in->agents.at[i]);
    if (o->baseline)
        check_agent(in, o->baseline);
    pool_catch_signals();
    int status = STATUS_OK;
    for (int i = 0; plot_kinds[i] && (status == STATUS_OK || status == STATUS_TRIAL); i++) {
        if (o->kinds.n > 0 && !names_has(&o->kinds, plot_kinds[i]->name))
            continue;
        const int came = draw_kind(o, in, plot_kinds[i]);
        status = came ? came : status;
    }
    report_free(&in->report);
    plot_suite_free(in);
    poise_env_free(in->env);
    poise_scenario_free(in->loaded);
    return status;
}

int cmd_plot(int argc, char **argv)
{
    options o = {.folder = "figures", .seed = -1, .from_s = NAN, .to_s = NAN, .patience_s = 60};
    const struct argp argp = {rows, take, "[STORE]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    settle(&o);
    poise_error err = {0};
    plot_input in = {.baseline = o.baseline ? o.baseline : "fifo",
                     .seed = o.seed,
                     .from_s = o.from_s,
                     .to_s = o.to_s,
                     .agents = o.agents};
    in.store = store_open(cli_store(o.store), false, &err);
    results *r = in.store ? store_read(in.store, &err) : NULL;
    in.results = r;
    const int status = r ? draw_all(&o, &in) : cli_explain(STATUS_IO, &err);
    results_free(r);
    store_close(in.store);
    return status;
}
