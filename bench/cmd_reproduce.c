/* cmd_reproduce.c - `poise reproduce`: published numbers, computed again. */
#include "cli.h"
#include "data_sets.h"
#include "error.h"
#include "pool.h"
#include "reproduce.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    names what;
    reproduce_wish wish;
    reproduce_format format;
    bool list;
} options;

enum { OPT_LIST = 256, OPT_DATA, OPT_FORMAT };

static const struct argp_option rows[] = {
    {"list", OPT_LIST, 0, 0, "only list what there is, and which data it lacks", 0},
    {"data", OPT_DATA, "FOLDER", 0, "folder with the data sets; default $POISE_SHARED", 0},
    {"format", OPT_FORMAT, "FORMAT", 0, "text, markdown or csv; default text", 0},
    {"jobs", 'j', "N", 0, "threads; results do not depend on it. Default: as many as processors",
     0},
    {"output", 'o', "FOLDER", 0, "where stores are; default results/reproduce", 0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {0},
};

static const char about[] =
    "Compute published numbers again and print them beside ours, each with how near it has to be "
    "and whether it is: all, or those of the names or files that are given. What is stored is not "
    "run again. What needs data that are not there is skipped, with where to get them. The status "
    "is 1 where a number is missed that nothing explains.\v"
    "Examples:\n"
    "  poise reproduce heft criss-cross\n"
    "  poise reproduce --data ~/data -j 2\n"
    "  poise reproduce --format markdown > table.md";

static reproduce_format format_called(const char *name)
{
    for (int i = 0; reproduce_format_names[i]; i++)
        if (strcmp(reproduce_format_names[i], name) == 0)
            return (reproduce_format)i;
    const char *nearest = nearest_name(name, reproduce_format_names);
    cli_refuse(nearest ? "there is no format '%s', did you mean '%s'?"
                       : "there is no format '%s'; there are text, markdown and csv",
               name, nearest);
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    (void)state;
    switch (key) {
    case OPT_LIST: o->list = true; break;
    case OPT_DATA:
        if (access(argument, R_OK | X_OK) != 0)
            cli_refuse("--data '%s': %s", argument, strerror(errno));
        data_sets_in(argument);
        break;
    case OPT_FORMAT: o->format = format_called(argument); break;
    case 'j': o->wish.threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case 'o': o->wish.folder = argument; break;
    case 'q': o->wish.quiet = true; break;
    case ARGP_KEY_ARG: names_add(&o->what, argument); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* The file of that name. */
static const char *file_called(const names *all, const char *name)
{
    const char *const *stems;
    const char *path = cli_find(all, name, &stems);
    const char *nearest = path ? NULL : nearest_name(name, stems);
    if (!path)
        cli_refuse(nearest ? "there are no published numbers '%s', did you mean '%s'?"
                           : "there are no published numbers '%s'; `poise reproduce --list` shows "
                             "those there are, a file's name must end in .yaml",
                   name, nearest);
    return path;
}

/* The files that are meant. */
static names files_of(const options *o)
{
    const names all = cli_reproductions();
    if (o->what.n == 0 && all.n == 0)
        cli_refuse("no data folder of `poise info` has experiments/reproduce: set POISE_DATA to "
                   "one that has");
    if (o->what.n == 0)
        return all;
    names meant = {0};
    for (int i = 0; i < o->what.n; i++) {
        const char *name = o->what.at[i];
        const size_t n = strlen(name);
        const bool is_file = n > 5 && strcmp(name + n - 5, ".yaml") == 0;
        if (is_file && access(name, R_OK) != 0)
            cli_refuse("there is no file '%s': %s", name, strerror(errno));
        names_add(&meant, is_file ? name : file_called(&all, name));
    }
    return meant;
}

static void print_list(const reproduction *r, int n)
{
    for (int i = 0; i < n; i++) {
        printf("%-18s %3d %s  %s\n", r[i].name, r[i].n_rows,
               r[i].n_rows == 1 ? "number " : "numbers", r[i].title);
        for (int k = 0; k < r[i].n_needs; k++)
            if (!r[i].need[k].path)
                printf("%-18s needs %s: %s\n", "", r[i].need[k].file, r[i].need[k].from);
    }
}

static int run_one(reproduction *r, const options *o)
{
    poise_error err = {0};
    if (!reproduce_has_data(r))
        return STATUS_OK;
    if (!reproduce_check_data(r, &err))
        return cli_error(STATUS_INPUT, "%s", err.text);
    const int status = reproduce_run(r, &o->wish);
    if (!o->wish.quiet && status <= STATUS_TRIAL)
        fprintf(stderr, "%s: %.1f s\n", r->name, r->elapsed_s);
    return status;
}

static int run_all(reproduction *r, int n, const options *o)
{
    string_buffer out = {0};
    int status = STATUS_OK, done = 0;
    pool_catch_signals();
    while (done < n && status <= STATUS_TRIAL) {
        const int came = run_one(&r[done], o);
        status = came > status ? came : status;
        if (came > STATUS_TRIAL)
            break;
        reproduce_write(&r[done], o->format, done == 0, &out);
        fputs(out.at, stdout);
        fflush(stdout);
        string_free(&out);
        out = (string_buffer){0};
        done++;
    }
    if (status <= STATUS_TRIAL)
        reproduce_write_sum(r, done, o->format, &out);
    if (out.at)
        fputs(out.at, stdout);
    string_free(&out);
    return status;
}

int cmd_reproduce(int argc, char **argv)
{
    options o = {.wish.folder = "results/reproduce"};
    const struct argp argp = {rows, take, "[NAME...]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (!o.wish.threads)
        o.wish.threads = pool_processors();
    const names files = files_of(&o);
    reproduction *r = arena_take(cli_memory(), (size_t)files.n + 1, sizeof *r);
    for (int i = 0; i < files.n; i++) {
        poise_error err = {0};
        if (!reproduce_read(&r[i], files.at[i], &err))
            return cli_explain(STATUS_INPUT, &err);
    }
    if (!o.list)
        return run_all(r, files.n, &o);
    print_list(r, files.n);
    return STATUS_OK;
}
