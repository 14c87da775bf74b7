/* cmd_report.c - `poise report`: what a store holds, as a ranked table for people or programs. */
#include "cli.h"

#include "error.h"
#include "experiment_file.h"
#include "page.h"
#include "plan_show.h"
#include "plot_kind.h"
#include "pool.h"
#include "stability.h"
#include "units.h"

#include <string.h>

typedef struct options {
    const char *store, *baseline;
    const char *usual;  // the baseline if none is asked for; NULL: none
    names metrics, kinds, objectives, reference;
    tables_format format;  // N_TABLES_FORMATS: a page
    bool all, cells, tests, cost, regret, suite, stability;
    bool with_suite;  // below the rankings
    bool quick;       // of the experiment's quick form
    int top;          // in scores over all scenarios; 0: all agents
} options;

enum {
    OPT_METRIC = 256,
    OPT_BASELINE,
    OPT_FORMAT,
    OPT_ALL,
    OPT_CELLS,
    OPT_TESTS,
    OPT_COST,
    OPT_REGRET,
    OPT_PARETO,
    OPT_REFERENCE,
    OPT_FIGURES,
    OPT_SUITE,
    OPT_STABILITY,
    OPT_QUICK,
    OPT_TOP,
};

static const struct argp_option rows[] = {
    {"metric", OPT_METRIC, "NAME,...", 0,
     "what to rank by; measure: what each scenario names; default those of the experiment, or "
     "response_mean_s",
     0},
    {"all", OPT_ALL, 0, 0, "all metrics", 0},
    {"baseline", OPT_BASELINE, "AGENT", 0,
     "what to compare with; default that of the experiment, or fifo", 0},
    {"format", OPT_FORMAT, "FORMAT", 0, "text, csv, markdown, json, latex or html; default text",
     0},
    {"figures", OPT_FIGURES, "KIND,...", 0,
     "for html: kinds of `poise plot`, or none; default compare, learning and load, and those of "
     "the "
     "experiment",
     0},
    {"tests", OPT_TESTS, 0, 0, "also all tests against the baseline (always in html, csv, json)",
     0},
    {"cost", OPT_COST, 0, 0, "also what agents cost: training, time to decide (always in html)", 0},
    {"latency", OPT_COST, 0, OPTION_ALIAS, 0, 0},
    {"regret", OPT_REGRET, 0, 0, "also how far agents are from the best possible (text only)", 0},
    {"suite", OPT_SUITE, 0, 0,
     "only scores over all scenarios: 0 is what random does, 1 the best that is known", 0},
    {"stability", OPT_STABILITY, 0, 0,
     "only one table over all scenarios: quality, time, utilisation, and how steady agents are", 0},
    {"top", OPT_TOP, "N", 0, "only the N best agents in scores over all scenarios", 0},
    {"quick", OPT_QUICK, 0, 0, "the quick form of an experiment", 0},
    {"pareto", OPT_PARETO, "METRIC,METRIC,...", 0,
     "by several metrics at once: who is on the front, how sure that is, hypervolume", 0},
    {"reference", OPT_REFERENCE, "VALUE,VALUE,...", 0,
     "for --pareto: the point up to which the hypervolume is measured; default the worst means", 0},
    {"cells", OPT_CELLS, 0, 0, "one line of CSV a cell: every number, nothing that may differ", 0},
    {0},
};

static const char about[] =
    "Print the ranked table of a store: a file, or the name of a scenario for "
    "results/SCENARIO.db. Or of an experiment: its file, or its name; then the metrics and the "
    "baseline are its own, and of its store only its own cells count.\v"
    "Examples:\n"
    "  poise report gpu-mix-v1 --metric response_p95_s\n"
    "  poise report results/gpu-mix-v1.db --all --format csv > results.csv\n"
    "  poise report load.yaml --format latex > tables.tex\n"
    "  poise report load.yaml --format html > load.html";

/* A page is no table: experiments ask for it by `poise report`. */
static tables_format format_called(const char *name)
{
    if (strcmp(name, "html") == 0)
        return N_TABLES_FORMATS;
    const tables_format format = tables_format_called(name);
    if (format != N_TABLES_FORMATS)
        return format;
    const char *nearest = nearest_name(name, tables_format_names);
    if (nearest)
        cli_refuse("there is no format '%s', did you mean '%s'?", name, nearest);
    cli_refuse("there is no format '%s'; there are text, csv, markdown, json, latex and html",
               name);
}

static void check_kinds(const names *kinds)
{
    names known = {0};
    for (int i = 0; plot_kinds[i]; i++)
        names_add(&known, plot_kinds[i]->name);
    names_add(&known, NULL);
    for (int i = 0; i < kinds->n; i++) {
        const char *name = kinds->at[i], *nearest = nearest_name(name, known.at);
        if (names_has(kinds, "none") && kinds->n == 1)
            return;
        known.n--;
        if (!names_has(&known, name))
            cli_refuse(nearest ? "there is no kind of figure '%s', did you mean '%s'?"
                               : "there is no kind of figure '%s'",
                       name, nearest);
        known.n++;
    }
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_METRIC: names_add_pieces(&o->metrics, argument); break;
    case OPT_BASELINE: o->baseline = cli_agent(argument); break;
    case OPT_FORMAT: o->format = format_called(argument); break;
    case OPT_ALL: o->all = true; break;
    case OPT_CELLS: o->cells = true; break;
    case OPT_FIGURES: names_add_pieces(&o->kinds, argument); break;
    case OPT_TESTS: o->tests = true; break;
    case OPT_COST: o->cost = true; break;
    case OPT_REGRET: o->regret = true; break;
    case OPT_SUITE: o->suite = true; break;
    case OPT_STABILITY: o->stability = true; break;
    case OPT_TOP: o->top = (int)cli_whole("--top", argument, 1, 1000000); break;
    case OPT_QUICK: o->quick = true; break;
    case OPT_PARETO: names_add_pieces(&o->objectives, argument); break;
    case OPT_REFERENCE: names_add_pieces(&o->reference, argument); break;
    case ARGP_KEY_ARG:
        if (o->store)
            cli_refuse("one store at a time, '%s' is one too many", argument);
        o->store = argument;
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Whether any scenario of the store has results of the agent. */
static bool has_agent(const results *r, const char *agent)
{
    bool has = false;
    for (int i = 0; i < r->n_scenarios && !has; i++) {
        report one = report_make(r, i, 0, agent, NULL);
        has = one.baseline >= 0;
        report_free(&one);
    }
    return has;
}

/* The experiment that is reported; x is NULL if the argument is a store. */
typedef struct subject {
    const experiment_file *x;
    plan *plan;
    int n_missing;
} subject;

static void write_page(const options *o, store *s, const results *r, const subject *of,
                       const tables_wish *tables, string_buffer *out)
{
    page_wish wish = {.tables = *tables, .kinds = o->kinds};
    if (wish.kinds.n == 0) {
        names_add_pieces(&wish.kinds, "compare,learning,load");
        if (tables->suite)
            names_add_pieces(&wish.kinds, "iqm,profile");
        for (int i = 0; of->x && i < of->x->n_figures; i++)
            names_add(&wish.kinds, of->x->figure[i]);
    }
    if (of->x) {
        wish.name = of->x->name;
        wish.title = of->x->title;
        wish.file = of->x->path;
        wish.id = plan_id(of->plan);
        wish.n_cells = plan_n_asked(of->plan);
        wish.n_missing = of->n_missing;
    }
    pool_catch_signals();
    page_write(s, r, &wish, out);
}

/* The metrics of --pareto and their reference; NULL if it is not asked for. */
static const report_objectives *objectives_of(const options *o)
{
    const poise_metric *row;
    poise_metrics(&row);
    const int n = o->objectives.n;
    report_objectives *by = arena_take(cli_memory(), 1, sizeof *by);
    double *reference = arena_take(cli_memory(), REPORT_OBJECTIVES, sizeof *reference);
    if (n == 0 && o->reference.n == 0)
        return NULL;
    if (n == 0)
        cli_refuse("--reference goes with --pareto");
    if (n < 2 || n > REPORT_OBJECTIVES)
        cli_refuse("--pareto takes 2 to %d metrics, not %d", REPORT_OBJECTIVES, n);
    *by = (report_objectives){.n = n, .reference = o->reference.n ? reference : NULL};
    for (int i = 0; i < n; i++) {
        by->metric[i] = cli_metric(o->objectives.at[i]);
        if (row[by->metric[i]].better == 0)
            cli_refuse("%s has no better direction, so nobody is ahead by it", o->objectives.at[i]);
    }
    if (o->reference.n && o->reference.n != n)
        cli_refuse("--reference needs a value for each metric of --pareto: %d, not %d", n,
                   o->reference.n);
    for (int i = 0; i < o->reference.n; i++)
        if (units_real(o->reference.at[i], &reference[i]) != UNITS_OK)
            cli_refuse("--reference: '%s' is no number", o->reference.at[i]);
    return by;
}

/* False if there are no tables, with a sentence in err. */
static bool write_stability(tables_format format, const results *r, const tables_wish *wish,
                            string_buffer *out, poise_error *err)
{
    static const grid_style style[N_TABLES_FORMATS] = {
        [TABLES_TEXT] = GRID_PLAIN, [TABLES_MARKDOWN] = GRID_MARKDOWN, [TABLES_LATEX] = GRID_LATEX};
    suite tasks;
    if (format == TABLES_JSON || format == N_TABLES_FORMATS)
        cli_refuse("--stability has the formats text, markdown, latex and csv");
    if (!suite_tasks(&tasks, r, wish->baseline, wish->filter, err))
        return false;
    stability s = stability_of(&tasks);
    if (format == TABLES_CSV)
        stability_csv(&s, out);
    else
        stability_write(&s, style[format], out);
    stability_free(&s);
    suite_free(&tasks);
    return true;
}

static int write_report(const options *o, store *s, const results *r, const subject *of)
{
    if (o->baseline && !has_agent(r, o->baseline))
        return cli_error(STATUS_USAGE, "the baseline '%s' is not among the agents of the store",
                         o->baseline);
    const report_filter of_plan = plan_filter(of->plan), *filter = of->plan ? &of_plan : NULL;
    string_buffer out = {0};
    poise_error err = {0};
    bool good = true;
    const tables_wish wish = {
        .format = o->format,
        .metric = o->metrics.at,
        .n_metrics = o->metrics.n,
        .baseline = o->baseline ? o->baseline : o->usual,
        .filter = filter,
        .front = objectives_of(o),
        .tests = o->tests,
        .cost = o->cost,
        .regret = o->regret,
        .suite = o->with_suite,
        .quick = o->quick,
        .top = o->top,
    };
    if (o->cells)
        report_cells(r, filter, &out);
    else if (o->stability)
        good = write_stability(o->format, r, &wish, &out, &err);
    else if (o->suite)
        tables_write_suite(r, &wish, &out);
    else if (o->format == N_TABLES_FORMATS)
        write_page(o, s, r, of, &wish, &out);
    else
        tables_write(r, &wish, &out);
    if (pool_signal()) {
        string_free(&out);
        return cli_error(128 + pool_signal(), "interrupted");
    }
    if (!good)
        return cli_explain(STATUS_INPUT, &err);
    if (out.at)
        fwrite(out.at, 1, out.length, stdout);
    string_free(&out);
    return STATUS_OK;
}

static void fill_metrics(options *o)
{
    const poise_metric *row;
    const int n = poise_metrics(&row);
    for (int i = 0; o->all && i < n; i++)
        names_add(&o->metrics, row[i].name);
    if (o->metrics.n == 0)
        names_add(&o->metrics, "response_mean_s");
    for (int i = 0; i < o->metrics.n; i++)
        if (strcmp(o->metrics.at[i], TABLES_MEASURE) != 0)
            cli_metric(o->metrics.at[i]);
}

static int report_store(options *o, const char *path, subject of)
{
    poise_error err = {0};
    fill_metrics(o);
    check_kinds(&o->kinds);
    store *s = store_open(path, false, &err);
    const bool good = s && (!of.plan || plan_look(of.plan, s, &err));
    results *r = good ? store_read(s, &err) : NULL;
    if (r && of.plan)
        of.n_missing = plan_warn_missing(r, of.plan);
    const int status = r ? write_report(o, s, r, &of) : cli_explain(STATUS_IO, &err);
    results_free(r);
    store_close(s);
    return status;
}

/* ---- experiments -------------------------------------------------------------------------- */

static int report_experiment(options *o, const char *path)
{
    experiment_file x = {0};
    poise_error err = {0};
    if (!experiment_file_read_form(&x, path, o->quick, NULL, 0, &err))
        return cli_explain(STATUS_INPUT, &err);
    const bool its_own = o->metrics.n == 0 && !o->all;
    for (int i = 0; its_own && i < x.n_metrics; i++)
        names_add(&o->metrics, x.metric[i]);
    o->usual = x.baseline;
    o->with_suite = x.suite;
    plan *p = plan_new(&x.ask, NULL, NULL, &err);
    const char *its = arena_format(cli_memory(), "results/%s.db", x.name);
    const int status =
        p ? report_store(o, its, (subject){.x = &x, .plan = p}) : cli_explain(STATUS_INPUT, &err);
    plan_free(p);
    experiment_file_free(&x);
    return status;
}

int cmd_report(int argc, char **argv)
{
    options o = {.usual = "fifo"};
    const struct argp argp = {rows, take, "[STORE|EXPERIMENT]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    const char *file = experiment_file_meant(o.store);
    if (o.quick && !file)
        cli_refuse("--quick is of an experiment: its file, or its name");
    return file ? report_experiment(&o, file) : report_store(&o, cli_store(o.store), (subject){0});
}
