/* cmd_curves.c - `poise curves`: the logs of one learner's trainings into a table, and tables into
 * a page of small figures. */
#include "cli.h"

#include "curve.h"
#include "error.h"
#include "file.h"
#include "plot_kind.h"
#include "pool.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room above and below, as a part of what is shown. */
#define ROOM .08
/* What comes before this part of a training is often far off, and shown only as far as it fits. */
#define EARLY .3
/* A rule may leave so many times the tasks undone that the most diligent one leaves, and so many
 * more. */
#define UNDONE 2
#define UNDONE_TASKS 20

typedef struct options {
    names files;
    const char *scenario, *name, *store, *output;
    double patience_s;
} options;

enum { OPT_NAME = 256, OPT_TIMEOUT };

static const struct argp_option rows[] = {
    {"scenario", 's', "NAME", 0, "of logs: where the trainings were", 0},
    {"name", OPT_NAME, "NAME", 0, "of logs: what the curve is called; default the learner", 0},
    {"compare", 'c', "STORE", 0, "of logs: a store that has rules to compare with", 0},
    {"output", 'o', "FILE", 0, "FILE.csv for a table, FILE.svg, .png or .pdf for figures", 0},
    {"timeout", OPT_TIMEOUT, "S", 0, "most seconds that gnuplot may take; default 60", 0},
    {0},
};

static const char about[] =
    "Put the logs of several trainings (FILE.progress.csv of `poise train --seed 0..9 --validate "
    "N`) together to a learning curve: the mean over training seeds and its 95% interval. Or draw "
    "such tables side by side.\v"
    "Examples:\n"
    "  poise curves p-*.progress.csv -s gpu-mix-v1 -c results/gpu-mix-v1.db -o ppo.csv\n"
    "  poise curves ppo.csv dqn.csv -o curves.svg";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 's': o->scenario = argument; break;
    case OPT_NAME: o->name = argument; break;
    case 'c': o->store = argument; break;
    case 'o': o->output = argument; break;
    case OPT_TIMEOUT: o->patience_s = (double)cli_whole("--timeout", argument, 1, 100000); break;
    case ARGP_KEY_ARG: names_add(&o->files, argument); break;
    case ARGP_KEY_END:
        if (!o->files.n)
            cli_refuse("which logs or tables?");
        if (!o->output)
            cli_refuse("where to? Give a file with -o");
        if (o->name && !curve_is_plain(o->name))
            cli_refuse("--name '%s': there must be no commas, quotes or control characters in it",
                       o->name);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* ---- logs --------------------------------------------------------------------------------- */

/* Whether the row is one of a rule that did the work there is: none that leaves much more undone
 * than `least`. */
static bool is_rule(const report_row *row, double least)
{
    return !row->policy && row->n_failed == 0 && !*poise_agent_mark(row->description) &&
           row->unfinished <= UNDONE * least + UNDONE_TASKS;
}

static bool is_named(const poise_scenario *s, const char *agent)
{
    for (const char *const *rule = poise_scenario_rules(s); *rule; rule++)
        if (strcmp(*rule, agent) == 0)
            return true;
    return false;
}

/* The best rules of the ranking. Several may do the same: of these the one that the scenario names.
 */
static void take_rules(const report *r, const poise_scenario *s, curve *c)
{
    double least = INFINITY;
    for (int i = 0; i < r->n_rows; i++)
        least = r->row[i].policy ? least : fmin(least, r->row[i].unfinished);
    for (int i = 0; i < r->n_rows; i++) {
        const report_row *row = &r->row[i];
        curve_rule *last = c->n_rules ? &c->rule[c->n_rules - 1] : NULL;
        if (!is_rule(row, least))
            continue;
        const bool same = last && last->mean == row->mean.mean;
        if (!same && c->n_rules == CURVE_RULES_MAX)
            break;
        if (!same)
            last = &c->rule[c->n_rules++];
        if (same && !is_named(s, row->agent))
            continue;
        *last = (curve_rule){"", row->n_cells, row->mean.mean, row->mean.low, row->mean.high};
        snprintf(last->name, sizeof last->name, "%.63s", row->label);
    }
}

/* Reads them from the store, as it ranks the scenario; the status. */
static int compare(const options *o, const poise_scenario *s, curve *c)
{
    poise_error err = {0};
    store *from = store_open(cli_store(o->store), false, &err);
    results *all = from ? store_read(from, &err) : NULL;
    int status = all ? STATUS_OK : cli_explain(STATUS_IO, &err);
    for (int i = 0; all && i < all->n_scenarios; i++)
        if (all->scenario[i].hash == poise_scenario_hash(s)) {
            report r = report_make(all, i, c->metric, NULL, NULL);
            take_rules(&r, s, c);
            report_free(&r);
        }
    if (!status && c->n_rules == 0)
        status = cli_error(STATUS_USAGE, "%s has no results of rules in %s", o->store, c->scenario);
    results_free(all);
    store_close(from);
    return status;
}

static int merge(const options *o)
{
    poise_error err = {0};
    if (!o->scenario)
        cli_refuse("of which scenario are the logs? Give it with -s");
    poise_scenario *s = poise_scenario_load(cli_scenario_path(o->scenario), NULL, 0, &err);
    if (!s)
        return cli_explain(STATUS_INPUT, &err);
    curve *c = arena_take(cli_memory(), 1, sizeof *c);
    snprintf(c->scenario, sizeof c->scenario, "%s", poise_scenario_name(s));
    snprintf(c->name, sizeof c->name, "%s", o->name ? o->name : "learner");
    c->metric = cli_metric(poise_scenario_measure(s));
    int status = STATUS_OK;
    if (!curve_of_logs(c, o->files.at, o->files.n, &err))
        status = cli_explain(STATUS_INPUT, &err);
    else if (o->store)
        status = compare(o, s, c);
    if (!status && !curve_write(c, o->output, &err))
        status = cli_explain(STATUS_IO, &err);
    poise_scenario_free(s);
    return status;
}

/* ---- figures ------------------------------------------------------------------------------ */

typedef struct frame {
    double low, high, decisions;
} frame;

static void widen(frame *f, double value)
{
    if (isfinite(value)) {
        f->low = fmin(f->low, value);
        f->high = fmax(f->high, value);
    }
}

static frame frame_of(const curve *c)
{
    frame f = {INFINITY, -INFINITY, c->point[c->n - 1].decisions};
    for (int k = 0; k < c->n_rules; k++)
        widen(&f, c->rule[k].mean);
    for (int k = 0; k < c->n; k++)
        if (c->point[k].decisions >= EARLY * f.decisions || k == c->n - 1) {
            widen(&f, c->point[k].mean);
            widen(&f, c->point[k].low);
            widen(&f, c->point[k].high);
        }
    const double room = f.high > f.low ? ROOM * (f.high - f.low) : fmax(1, fabs(f.high) * .1);
    f.low -= room;
    f.high += room;
    return f;
}

static double within(const frame *f, double value)
{
    return fmin(fmax(value, f->low), f->high);
}

/* The tables of panel i (from 1), in units of the axes. */
static void fill_tables(figure *f, const curve *c, int i, const frame *a, double per, double step)
{
    string_buffer *table = figure_table(f, "curve", i);
    for (int k = 0; k < c->n; k++) {
        const curve_point *p = &c->point[k];
        const bool known = isfinite(p->low);
        table_row(table, 4,
                  (double[]){p->decisions / step, within(a, p->mean) / per,
                             within(a, known ? p->low : p->mean) / per,
                             within(a, known ? p->high : p->mean) / per});
    }
    for (int k = 0; k < c->n_rules; k++) {
        char name[32];
        snprintf(name, sizeof name, "rule-%d", i);
        table = figure_table(f, name, k + 1);
        table_row(table, 2, (double[]){0, c->rule[k].mean / per});
        table_row(table, 2, (double[]){a->decisions / step, c->rule[k].mean / per});
    }
}

/* What all panels are called, gathered before it is written. */
typedef struct page {
    int n;
    const char **title, **rules, **x_title, **y_title;
    double *rules_in, *x_high, *y_low, *y_high;
} page;

static page page_for(int n)
{
    arena *m = cli_memory();
    const size_t room = (size_t)n;
    page p = {.n = n};
    p.title = arena_take(m, room, sizeof *p.title);
    p.rules = arena_take(m, room, sizeof *p.rules);
    p.x_title = arena_take(m, room, sizeof *p.x_title);
    p.y_title = arena_take(m, room, sizeof *p.y_title);
    p.rules_in = arena_take(m, room, sizeof *p.rules_in);
    p.x_high = arena_take(m, room, sizeof *p.x_high);
    p.y_low = arena_take(m, room, sizeof *p.y_low);
    p.y_high = arena_take(m, room, sizeof *p.y_high);
    return p;
}

static const char *with_unit(const char *words, const char *unit)
{
    return *unit ? arena_format(cli_memory(), "%s (%s)", words, unit) : words;
}

static void add_panel(figure *f, page *p, const curve *c, int i)
{
    const poise_metric *metrics;
    poise_metrics(&metrics);
    char words[80];
    const frame a = frame_of(c);
    const plot_unit y = plot_unit_of(metrics[c->metric].unit, fmax(fabs(a.low), fabs(a.high)));
    const plot_unit x = plot_unit_of("", a.decisions);
    plot_metric_words(c->metric, words, sizeof words);
    p->title[i] = arena_format(cli_memory(), "%s, %s", c->scenario, c->name);
    p->rules[i] = c->n_rules == 0 ? ""
                  : c->n_rules == 1
                      ? c->rule[0].name
                      : arena_format(cli_memory(), "%s, %s", c->rule[0].name, c->rule[1].name);
    p->x_title[i] = with_unit("decisions", x.unit);
    p->y_title[i] = with_unit(arena_text(cli_memory(), words), y.unit);
    p->rules_in[i] = c->n_rules;
    p->x_high[i] = a.decisions / x.per;
    p->y_low[i] = a.low / y.per;
    p->y_high[i] = a.high / y.per;
    fill_tables(f, c, i + 1, &a, y.per, x.per);
}

static void write_page(figure *f, const page *p, int seeds)
{
    static const char *const label[] = {"learner", "best rule", "the next"};
    figure_number(f, "n", 3);
    figure_texts(f, "label", label, 3);
    figure_numbers(f, "style", (const double[]){4, 1, 8}, 3);
    figure_number(f, "count", p->n);
    figure_number(f, "panels", (p->n + 2) / 3);
    figure_texts(f, "title", p->title, p->n);
    figure_texts(f, "rules", p->rules, p->n);
    figure_texts(f, "x_title", p->x_title, p->n);
    figure_texts(f, "y_title", p->y_title, p->n);
    figure_numbers(f, "rules_in", p->rules_in, p->n);
    figure_numbers(f, "x_high", p->x_high, p->n);
    figure_numbers(f, "y_low", p->y_low, p->n);
    figure_numbers(f, "y_high", p->y_high, p->n);
    figure_text(f, "note",
                arena_format(cli_memory(),
                             "validation while learning; bands: 95%% interval over "
                             "%d training seeds",
                             seeds));
    figure_text(f, "note_below", "");
}

/* "figures" of "figures/curves.svg". */
static const char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_copy(cli_memory(), path, (size_t)(slash - path) + (slash == path)) : ".";
}

static int draw(const options *o, const char *format)
{
    poise_error err = {0};
    figure *f = figure_new(folder_of(o->output), "curves", &err);
    if (!f)
        return cli_explain(STATUS_IO, &err);
    page p = page_for(o->files.n);
    curve *c = arena_take(cli_memory(), 1, sizeof *c);
    int status = STATUS_OK, seeds = 0;
    for (int i = 0; i < p.n && !status; i++) {
        if (!curve_read(c, o->files.at[i], &err))
            status = cli_explain(STATUS_INPUT, &err);
        else
            add_panel(f, &p, c, i);
        seeds = c->seeds > seeds ? c->seeds : seeds;
    }
    string_buffer said = {0};
    if (!status) {
        write_page(f, &p, seeds);
        pool_catch_signals();
        if (!figure_draw(f, format, o->output, o->patience_s, &said, &err))
            status = pool_signal() ? cli_error(128 + pool_signal(), "interrupted")
                                   : cli_explain(STATUS_IO, &err);
    }
    if (said.length)
        cli_warn("gnuplot says: %s", said.at);
    string_free(&said);
    figure_free(f);
    return status;
}

int cmd_curves(int argc, char **argv)
{
    options o = {.patience_s = 60};
    const struct argp argp = {rows, take, "FILE...", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    const char *dot = strrchr(o.output, '.');
    if (dot && strcmp(dot, ".csv") == 0)
        return merge(&o);
    for (int i = 0; dot && figure_formats[i]; i++)
        if (strcmp(dot + 1, figure_formats[i]) == 0)
            return draw(&o, figure_formats[i]);
    cli_refuse("-o '%s': its name must end in .csv, .svg, .png or .pdf", o.output);
}
