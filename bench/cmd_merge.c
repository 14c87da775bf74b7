/* cmd_merge.c - `poise merge`: puts the shards of an experiment together. */
#include "cli.h"
#include "error.h"
#include "experiment_file.h"
#include "outputs.h"
#include "pool.h"
#include "shards.h"
#include "store_copy.h"
#include "store_lock.h"

#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *experiment, *store;
    names shards, sets;
    bool quiet, no_figures, wait;
} options;

enum { OPT_SET = 256, OPT_NO_FIGURES, OPT_WAIT };

static const struct argp_option rows[] = {
    {"set", OPT_SET, "PATH=VALUE", 0, "as given to `poise sweep`", 0},
    {"no-figures", OPT_NO_FIGURES, 0, 0, "neither figures nor tables at the end", 0},
    {"wait", OPT_WAIT, 0, 0, "wait while a sweep is at work on the store", 0},
    {"output", 'o', "FILE", 0, "the store; default results/NAME.db", 0},
    {"quiet", 'q', 0, 0, "say nothing but what is wrong", 0},
    {0},
};

static const char about[] =
    "Put what shards of an experiment have into one store, where it lacks that: all shards beside "
    "the store, or those that are given. Merging again changes nothing; a shard of another "
    "experiment is refused. Shards are left as they are.\v"
    "Example:\n"
    "  poise merge load.yaml";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_NO_FIGURES: o->no_figures = true; break;
    case OPT_WAIT: o->wait = true; break;
    case 'o': o->store = argument; break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG:
        if (o->experiment)
            names_add(&o->shards, argument);
        else
            o->experiment = argument;
        break;
    case ARGP_KEY_END:
        if (!o->experiment)
            cli_refuse("of which experiment? A file that ends in .yaml, or a name of `poise list "
                       "experiments`");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* The shards in the order given, opened; all or none. */
typedef struct opened {
    store **at;
    int n;
} opened;

static void close_all(opened *all)
{
    for (int i = 0; i < all->n; i++)
        store_close(all->at[i]);
}

/* Opens those that are of the experiment: what was found beside the store may be of an earlier form
 * of it and is left out, what was given is refused. */
static int open_all(const options *o, const names *paths, store_id id, opened *all)
{
    all->at = arena_take(cli_memory(), (size_t)paths->n + 1, sizeof *all->at);
    for (int i = 0; i < paths->n; i++) {
        poise_error err = {0};
        char name[128];
        store *s = store_open(paths->at[i], false, &err);
        if (!s)
            return cli_explain(STATUS_IO, &err);
        if (store_has_experiment(s, id, name, sizeof name)) {
            all->at[all->n++] = s;
            continue;
        }
        const bool answered = store_answered(s, &err);
        store_close(s);
        if (!answered)
            return cli_explain(STATUS_IO, &err);
        const char *of =
            *name ? arena_format(cli_memory(), "another experiment (%s)", name) : "no experiment";
        if (o->shards.n)
            return cli_error(STATUS_INPUT, "%s is of %s: nothing is merged", paths->at[i], of);
        cli_warn("%s is left out: it is of %s, or of this one before its file changed",
                 paths->at[i], of);
    }
    return STATUS_OK;
}

/* How many cells came, -1 on error. */
static int copy_all(const plan *p, store *to, const opened *all, poise_error *err)
{
    const int n_cells = plan_n_cells(p);
    store_id *id = arena_take(cli_memory(), (size_t)n_cells + 1, sizeof *id);
    for (int i = 0; i < n_cells; i++)
        id[i] = plan_cell_at(p, i + 1).id;
    int copied = 0;
    for (int i = 0; i < all->n && !pool_signal(); i++) {
        const int n = store_copy_cells(to, all->at[i], id, n_cells, true, err);
        if (n < 0)
            return -1;
        copied += n;
    }
    return copied;
}

/* Cells that are not there, or without the bounds that are wanted. */
static int count_missing(const plan *p, int *failed)
{
    int missing = 0;
    *failed = 0;
    for (int i = 1; i <= plan_n_cells(p); i++) {
        const plan_entry e = plan_cell_at(p, i);
        missing += e.state == STORE_LACKS || (e.state == STORE_OK && e.wanted);
        *failed += e.state == STORE_FAILED;
    }
    return missing;
}

/* What the store holds of the experiment after the merge. */
static int conclude(const options *o, const experiment_file *x, store *to, int n_shards, int copied)
{
    poise_error err = {0};
    plan *p = plan_new(&x->ask, to, NULL, &err);
    if (!p)
        return cli_explain(STATUS_INPUT, &err);
    int failed;
    const int n_cells = plan_n_cells(p), missing = count_missing(p, &failed);
    if (!o->quiet)
        printf("%d %s merged into %s: %d cells are new; it has %d of %d\n", n_shards,
               n_shards == 1 ? "shard" : "shards", store_path(to), copied, n_cells - missing,
               n_cells);
    int status = STATUS_OK;
    if (missing > 0)
        status = cli_error(STATUS_TRIAL, "%d of %d cells are missing: not all shards are done",
                           missing, n_cells);
    else if (failed > 0)
        status = cli_error(STATUS_TRIAL, "%d of %d cells failed", failed, n_cells);
    if (missing == 0 && !o->no_figures) {
        const int made = outputs_make(x, p, to, o->quiet);
        status = status ? status : made;
    }
    plan_free(p);
    return status;
}

static int merge_into(const options *o, const experiment_file *x, const plan *p, const opened *all)
{
    poise_error err = {0};
    store *to = store_open(o->store, true, &err);
    int copied = -1;
    if (to && plan_put_head(p, x->name, x->title, x->path, to, &err))
        copied = copy_all(p, to, all, &err);
    int status;
    if (copied < 0)
        status = cli_explain(STATUS_IO, &err);
    else if (pool_signal())
        status = cli_error(128 + pool_signal(), "interrupted: the same command goes on");
    else
        status = conclude(o, x, to, all->n, copied);
    store_close(to);
    return status;
}

static void on_wait(const char *sentence)
{
    cli_warn("%s", sentence);
}

static int merge(const options *o, const experiment_file *x)
{
    poise_error err = {0};
    plan *p = plan_new(&x->ask, NULL, NULL, &err);
    if (!p)
        return cli_explain(STATUS_INPUT, &err);
    const names paths = o->shards.n ? o->shards : shard_paths(o->store);
    opened all = {0};
    int status = open_all(o, &paths, plan_id(p), &all);
    if (status == STATUS_OK && all.n == 0)
        status = cli_error(STATUS_IO, "there are no shards of %s beside %s", x->name, o->store);
    store_lock *lock = NULL;
    if (status == STATUS_OK && !(lock = store_lock_take(o->store, o->wait, on_wait, &err)))
        status = pool_signal() ? cli_error(128 + pool_signal(), "interrupted")
                               : cli_explain(STATUS_IO, &err);
    if (status == STATUS_OK)
        status = merge_into(o, x, p, &all);
    store_lock_leave(lock);
    close_all(&all);
    plan_free(p);
    return status;
}

int cmd_merge(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "EXPERIMENT [SHARD...]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    experiment_file x = {0};
    poise_error err = {0};
    if (!experiment_file_read(&x, experiment_file_path(o.experiment), o.sets.at, o.sets.n, &err))
        return cli_explain(STATUS_INPUT, &err);
    if (!o.store)
        o.store = arena_format(cli_memory(), "results/%s.db", x.name);
    pool_catch_signals();
    const int status = merge(&o, &x);
    experiment_file_free(&x);
    return status;
}
