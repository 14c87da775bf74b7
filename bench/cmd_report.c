/* cmd_report.c - `poise report`: what a store holds, as a ranked table for people or programs. */
#include "cli.h"

#include "error.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *store, *baseline;
    names metrics;
    tables_format format;
    bool all, cells, latency;
} options;

enum { OPT_METRIC = 256, OPT_BASELINE, OPT_FORMAT, OPT_ALL, OPT_CELLS, OPT_LATENCY };

static const struct argp_option rows[] = {
    {"metric", OPT_METRIC, "NAME,...", 0, "what to rank by; default response_mean_s", 0},
    {"all", OPT_ALL, 0, 0, "all metrics", 0},
    {"baseline", OPT_BASELINE, "AGENT", 0, "what to compare with; default fifo", 0},
    {"format", OPT_FORMAT, "FORMAT", 0, "text, csv, markdown or json; default text", 0},
    {"latency", OPT_LATENCY, 0, 0, "also how long agents took to decide", 0},
    {"cells", OPT_CELLS, 0, 0, "one line of CSV a cell: every number, nothing that may differ", 0},
    {0},
};

static const char about[] =
    "Print the ranked table of a store: a file, or the name of a scenario for "
    "results/SCENARIO.db.\v"
    "Examples:\n"
    "  poise report gpu-mix-v1 --metric response_p95_s\n"
    "  poise report results/gpu-mix-v1.db --all --format csv > results.csv";

static tables_format format_called(const char *name)
{
    const tables_format format = tables_format_called(name);
    const char *nearest =
        format == N_TABLES_FORMATS ? nearest_name(name, tables_format_names) : NULL;
    if (nearest)
        cli_refuse("there is no format '%s', did you mean '%s'?", name, nearest);
    if (format == N_TABLES_FORMATS)
        cli_refuse("there is no format '%s'; there are text, csv, markdown and json", name);
    return format;
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
    case OPT_LATENCY: o->latency = true; break;
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

static int write_report(const options *o, const results *r)
{
    if (o->baseline && !has_agent(r, o->baseline))
        return cli_error(STATUS_USAGE, "the baseline '%s' is not among the agents of the store",
                         o->baseline);
    string_buffer out = {0};
    const tables_wish wish = {
        .format = o->format,
        .metric = o->metrics.at,
        .n_metrics = o->metrics.n,
        .baseline = o->baseline ? o->baseline : "fifo",
        .latency = o->latency,
    };
    if (o->cells)
        report_cells(r, NULL, &out);
    else
        tables_write(r, &wish, &out);
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
        cli_metric(o->metrics.at[i]);
}

int cmd_report(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "[STORE]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    fill_metrics(&o);
    poise_error err = {0};
    store *s = store_open(cli_store(o.store), false, &err);
    results *r = s ? store_read(s, &err) : NULL;
    const int status = r ? write_report(&o, r) : cli_explain(STATUS_IO, &err);
    results_free(r);
    store_close(s);
    return status;
}
