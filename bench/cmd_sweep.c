/* cmd_sweep.c - `poise sweep`: runs an experiment from its file, whole or a share of it. */
#include "cli.h"
#include "error.h"
#include "experiment_file.h"
#include "outputs.h"
#include "plan_show.h"
#include "pool.h"
#include "shards.h"
#include "store_lock.h"
#include "lib/blas.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Most seconds that -n tries agents for, whose times no store knows. */
#define TRIES_S 5.

typedef struct options {
    const char *experiment, *store;
    names sets, only;
    shard shard;
    int threads;
    double patience_s;
    bool list, quick, keep_going, retry_failed, wait, quiet, no_figures;
} options;

enum {
    OPT_KEEP_GOING = 256,
    OPT_RETRY,
    OPT_ONLY,
    OPT_SHARD,
    OPT_WAIT,
    OPT_SET,
    OPT_BLAS,
    OPT_PATIENCE,
    OPT_NO_FIGURES,
    OPT_QUICK,
};

static const struct argp_option rows[] = {
    {"dry-run", 'n', 0, 0,
     "only list the cells, which of them are done and about how long the others take", 0},
    {"jobs", 'j', "N", 0, "threads; results do not depend on it. Default: as many as processors",
     0},
    {"keep-going", OPT_KEEP_GOING, 0, 0, "go on after a cell that failed", 0},
    {"retry-failed", OPT_RETRY, 0, 0, "run cells again that failed before", 0},
    {"only", OPT_ONLY, "WHAT", 0,
     "only these cells: numbers as -n lists them (3,7..9) or a pattern of SCENARIO/AGENT "
     "('gpu-mix*/fifo*'); may be given several times",
     0},
    {"quick", OPT_QUICK, 0, 0,
     "the quick form that the file describes, in a store of its own: not to be compared with the "
     "whole",
     0},
    {"shard", OPT_SHARD, "I/N|slurm", 0,
     "only share I of N, into a store of its own (`poise merge` puts them together); slurm: as the "
     "task of a job array says",
     0},
    {"wait", OPT_WAIT, 0, 0, "wait while another sweep is at work on the store", 0},
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting of the experiment: --set seeds=0..4", 0},
    {"blas", OPT_BLAS, "reference|openblas", 0,
     "who multiplies the matrices of networks; default reference: the same bits on every machine",
     0},
    {"patience", OPT_PATIENCE, "S", 0, CLI_PATIENCE, 0},
    {"no-figures", OPT_NO_FIGURES, 0, 0, "neither figures nor tables at the end", 0},
    {"output", 'o', "FILE", 0, "the store; default results/NAME.db", 0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {0},
};

static const char about[] =
    "Run an experiment: a file, or the name of one that `poise list experiments` shows. What the "
    "store holds already is not run again, an interrupted sweep goes on when it is started again. "
    "After the last cell the tables and figures that the file asks for are made.\v"
    "Examples:\n"
    "  poise sweep load.yaml -n\n"
    "  poise sweep load.yaml -j 8 --keep-going\n"
    "  poise sweep load.yaml --shard 2/8; ...; poise merge load.yaml";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'n': o->list = true; break;
    case 'j': o->threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case OPT_KEEP_GOING: o->keep_going = true; break;
    case OPT_RETRY: o->retry_failed = true; break;
    case OPT_ONLY: names_add(&o->only, argument); break;
    case OPT_SHARD: o->shard = shard_read(argument); break;
    case OPT_WAIT: o->wait = true; break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_BLAS: cli_blas(argument); break;
    case OPT_PATIENCE: o->patience_s = cli_patience(argument); break;
    case OPT_QUICK: o->quick = true; break;
    case OPT_NO_FIGURES: o->no_figures = true; break;
    case 'o': o->store = argument; break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG:
        if (o->experiment)
            cli_refuse("one experiment at a time, '%s' is one too many", argument);
        o->experiment = argument;
        break;
    case ARGP_KEY_END:
        if (!o->experiment)
            cli_refuse("which experiment? A file that ends in .yaml, or a name of `poise list "
                       "experiments`");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* ---- which cells -------------------------------------------------------------------------- */

/* What --only lets through: patterns, and numbers, which are sorted. */
typedef struct filter {
    names pattern;
    const int64_t *number;
    size_t n_numbers;
} filter;

static void read_filter(const options *o, filter *f)
{
    numbers all = {0};
    char problem[200];
    for (int i = 0; i < o->only.n; i++) {
        const char *text = o->only.at[i];
        if (!*text || strspn(text, "0123456789,.") < strlen(text))
            names_add(&f->pattern, text);
        else if (!numbers_add_seeds(&all, text, problem, sizeof problem))
            cli_refuse("--only '%s' are no numbers of cells; write 3,7..9", text);
    }
    f->number = numbers_sorted(&all);
    f->n_numbers = (size_t)all.n;
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool passes(const void *data, int number, const char *scenario, const char *agent)
{
    const filter *f = data;
    const int64_t sought = number;
    if (bsearch(&sought, f->number, f->n_numbers, sizeof *f->number, ascending))
        return true;
    char *name = NULL;
    if (f->pattern.n == 0 || asprintf(&name, "%s/%s", scenario, agent) < 0)
        return false;
    bool passed = false;
    for (int i = 0; i < f->pattern.n && !passed; i++)
        passed = fnmatch(f->pattern.at[i], name, 0) == 0;
    free(name);
    return passed;
}

static plan *make_plan(const options *o, const experiment_file *x, store *s, const filter *f,
                       int *status)
{
    poise_error err = {0};
    const plan_choice choice = {
        .shard = o->shard.number,
        .n_shards = o->shard.of,
        .wants = o->only.n ? passes : NULL,
        .data = f,
        .keeps_failures = !o->retry_failed,
        .stops_at_failure = !o->keep_going,
    };
    plan *p = plan_new(&x->ask, s, &choice, &err);
    if (!p)
        *status = cli_explain(STATUS_INPUT, &err);
    else if (o->only.n && plan_progress(p).cells == 0) {
        *status = cli_error(STATUS_USAGE, "--only lets no cell of the experiment%s through",
                            o->shard.of ? " in this shard" : "");
        plan_free(p);
        p = NULL;
    }
    return p;
}

/* The other stores that may have what this one wants: all but `own`. */
static names relatives(const char *whole, const char *own)
{
    names all = {0};
    if (strcmp(whole, own) != 0 && access(whole, F_OK) == 0)
        names_add(&all, whole);
    const names shards = shard_paths(whole);
    for (int i = 0; i < shards.n; i++)
        if (strcmp(shards.at[i], own) != 0)
            names_add(&all, shards.at[i]);
    return all;
}

/* One that cannot be read is passed over: what it has can be run again. */
static store *open_relative(const char *path)
{
    poise_error err = {0};
    store *s = store_open(path, false, &err);
    if (!s)
        cli_warn("%s", err.text);
    return s;
}

/* ---- the list ----------------------------------------------------------------------------- */

static const char *state_of(const plan_entry *e)
{
    if (!e->chosen)
        return "other";
    if (e->state == STORE_OK)
        return e->wanted ? "bounds" : "done";
    return e->state == STORE_FAILED ? "failed" : "to do";
}

/* What differs between the points of a scenario, "" if nothing does. */
static const char *settings_of(const experiment_point *at)
{
    const char *text = "";
    for (int i = 0; i < at->n_sweeps; i++)
        text = arena_format(cli_memory(), "%s %s=%s", text, at->sweep[i].path, at->sweep[i].value);
    return text;
}

static void print_time(double s)
{
    if (isnan(s))
        printf("of unknown length");
    else if (s < 120)
        printf("about %.3g s", s);
    else if (s < 7200)
        printf("about %.3g min", s / 60);
    else
        printf("about %.3g h", s / 3600);
}

static void print_cells(const experiment_file *x, const plan *p)
{
    printf("%6s  %-6s %9s  %s\n", "cell", "state", "about [s]", "what");
    for (int i = 1; i <= plan_n_cells(p); i++) {
        const plan_entry e = plan_cell_at(p, i);
        const experiment_point *at = &x->ask.point[e.point];
        char expected[32] = "";
        if (!e.asked)
            continue;
        if (e.wanted && !isnan(e.wall_s))
            snprintf(expected, sizeof expected, "%.2g", e.wall_s);
        printf("%6d  %-6s %9s  %s%s %s", i, state_of(&e), expected,
               poise_scenario_name(at->scenario), settings_of(at), e.agent);
        if (e.train_seed >= 0)
            printf(" trained with seed %" PRId64, e.train_seed);
        printf(" seed %" PRId64 "\n", e.seed);
    }
}

static void print_sum(const experiment_file *x, const plan *p, int threads)
{
    const experiment_progress g = plan_progress(p);
    const int left = g.cells - g.cells_stored;
    printf("%s: %d cells, %d done, %d to do", x->name, g.cells, g.cells_stored, left);
    if (g.policies)
        printf(", %d %s to train first (%" PRId64 " decisions)", g.policies,
               g.policies == 1 ? "policy" : "policies", g.decisions);
    if (left > 0) {
        printf("; ");
        print_time(plan_left_s(p, threads));
        printf(" on %d %s", threads, threads == 1 ? "thread" : "threads");
    }
    printf("\n");
    if (x->ask.precision.within > 0)
        printf("as many seeds as %.3g%% takes: at most %d cells\n", 100 * x->ask.precision.within,
               plan_n_cells(p));
}

/* -n: looks at stores, writes to none. */
static int list(const options *o, const experiment_file *x, const filter *f, const char *own)
{
    poise_error err = {0};
    store *s = NULL;
    if (access(own, F_OK) == 0 && !(s = store_open(own, false, &err)))
        return cli_explain(STATUS_IO, &err);
    int status = STATUS_OK;
    plan *p = make_plan(o, x, s, f, &status);
    if (p && !s)
        plan_look(p, NULL, &err);
    const names others = relatives(o->store, own);
    for (int i = 0; p && i < others.n; i++) {
        store *other = open_relative(others.at[i]);
        if (other && !plan_look(p, other, &err))
            cli_warn("%s", err.text);
        store_close(other);
    }
    if (p) {
        plan_try(p, TRIES_S);
        print_cells(x, p);
        print_sum(x, p, o->threads);
    }
    plan_free(p);
    store_close(s);
    return status;
}

/* ---- the run ------------------------------------------------------------------------------ */

static void on_wait(const char *sentence)
{
    cli_warn("%s", sentence);
}

/* Takes from the other stores of the experiment what they have of this one's. */
static bool borrow(const options *o, plan *p, const char *own, poise_error *err)
{
    const names others = relatives(o->store, own);
    bool good = true;
    for (int i = 0; i < others.n && good; i++) {
        store *other = open_relative(others.at[i]);
        const int n = other ? plan_borrow(p, other, err) : 0;
        if (n > 0 && !o->quiet)
            fprintf(stderr, "%d %s copied from %s\n", n, n == 1 ? "cell" : "cells", others.at[i]);
        good = n >= 0;
        store_close(other);
    }
    return good;
}

/* Cells of the plan that are stored as failed. */
static int count_failed(const plan *p)
{
    int n = 0;
    for (int i = 1; i <= plan_n_cells(p); i++) {
        const plan_entry e = plan_cell_at(p, i);
        n += e.chosen && !e.wanted && e.state == STORE_FAILED;
    }
    return n;
}

/* Where a precision was asked for: how precise each scenario, and each point of a grid, is. */
static void print_precision(const experiment *x, const plan *p)
{
    char text[200];
    for (int i = 0; i < x->n_points; i++) {
        const experiment_point *at = &x->point[i];
        plan_remark(p, poise_scenario_hash(at->scenario), x->precision.metric, text, sizeof text);
        if (*text)
            printf("%s%s: %s\n", poise_scenario_name(at->scenario), settings_of(at), text);
    }
}

/* What came of the run, for people and as an exit status. */
static int conclude(const options *o, const plan *p, const char *own, plan_status status,
                    const poise_error *err)
{
    const experiment_progress g = plan_progress(p);
    const int stored = g.cells_stored + g.cells_done, before = count_failed(p);
    if (status == PLAN_STORE_ERROR)
        return cli_explain(STATUS_IO, err);
    if (status == PLAN_INTERRUPTED)
        return plan_say_interrupted(p);
    if (!o->quiet)
        printf("%d of %d cells are in %s: %d run now, %d before\n", stored, g.cells, own,
               g.cells_done, g.cells_stored);
    const char *again = before > 0 ? "; --retry-failed runs those again that failed before" : "";
    if (status == PLAN_FAILED)
        return cli_error(STATUS_TRIAL, "%d %s failed%s%s", g.cells_failed,
                         g.cells_failed == 1 ? "cell" : "cells",
                         stored < g.cells ? ", which ended the sweep; --keep-going goes on" : "",
                         again);
    if (before > 0)
        return cli_error(STATUS_TRIAL, "%d %s failed before%s", before,
                         before == 1 ? "cell" : "cells", again);
    return STATUS_OK;
}

static int run(const options *o, const experiment_file *x, store *s, plan *p, const char *own)
{
    poise_error err = {0};
    if (!o->quiet)
        plan_announce(p, own);
    const plan_status came = plan_run_shown(p, o->threads, own, o->quiet, &err);
    int status = conclude(o, p, own, came, &err);
    if (!o->quiet && came != PLAN_STORE_ERROR)
        print_precision(&x->ask, p);
    const experiment_progress g = plan_progress(p);
    const bool is_whole = g.cells_stored + g.cells_done == plan_n_asked(p);
    if ((came == PLAN_DONE || came == PLAN_FAILED) && is_whole && !o->no_figures) {
        const int made = outputs_make(x, p, s, o->quiet);
        status = status ? status : made;
    }
    return status;
}

static int run_in_store(const options *o, const experiment_file *x, const filter *f,
                        const char *own)
{
    poise_error err = {0};
    store *s = store_open(own, true, &err);
    if (!s || (o->shard.of && !store_keep_no_log(s, &err))) {
        store_close(s);
        return cli_explain(STATUS_IO, &err);
    }
    int status = STATUS_OK;
    plan *p = make_plan(o, x, s, f, &status);
    if (p && (!plan_put_head(p, x->name, x->title, x->path, s, &err) || !borrow(o, p, own, &err)))
        status = cli_explain(STATUS_IO, &err);
    if (p && status == STATUS_OK)
        status = run(o, x, s, p, own);
    plan_free(p);
    store_close(s);
    return status;
}

static int sweep(const options *o, const experiment_file *x)
{
    const char *own = o->shard.of ? shard_path(o->store, o->shard) : o->store;
    filter f = {0};
    read_filter(o, &f);
    if (o->list)
        return list(o, x, &f, own);
    pool_catch_signals();
    poise_error err = {0};
    /* Agents that cannot be made leave neither store nor lock. */
    int status = STATUS_OK;
    plan *p = make_plan(o, x, NULL, &f, &status);
    plan_free(p);
    if (!p)
        return status;
    store_lock *lock = store_lock_take(own, o->wait, on_wait, &err);
    if (!lock)
        return pool_signal() ? cli_error(128 + pool_signal(), "interrupted")
                             : cli_explain(STATUS_IO, &err);
    status = run_in_store(o, x, &f, own);
    store_lock_leave(lock);
    return status;
}

int cmd_sweep(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "EXPERIMENT", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (!o.threads)
        o.threads = pool_processors();
    experiment_file x = {0};
    poise_error err = {0};
    const char *path = experiment_file_path(o.experiment);
    if (!experiment_file_read_form(&x, path, o.quick, o.sets.at, o.sets.n, &err))
        return cli_explain(STATUS_INPUT, &err);
    x.ask.patience_s = o.patience_s;
    if (!o.store)
        o.store = arena_format(cli_memory(), "results/%s.db", x.name);
    if (o.shard.of && x.ask.precision.within > 0)
        cli_refuse("%s asks for a precision, by which seeds are run until all are known: that goes "
                   "without --shard",
                   x.name);
    const int status = sweep(&o, &x);
    experiment_file_free(&x);
    return status;
}
