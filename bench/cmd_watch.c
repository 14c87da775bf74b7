/* cmd_watch.c - `poise watch`: how far a sweep is and who leads, while it runs. */
#include "cli.h"

#include "error.h"
#include "experiment_file.h"
#include "pool.h"
#include "tables.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_EVERY_S 2.
#define LINE_EVERY_S 10.
/* A look may take a second for a large store: so much of the time, at most, is spent on looking. */
#define SHARE .1

typedef struct options {
    const char *subject, *store;
    const char *metric;
    double every_s;  // 0: as above
    bool once, quick;
} options;

enum { OPT_METRIC = 256, OPT_EVERY, OPT_ONCE, OPT_QUICK };

static const struct argp_option rows[] = {
    {"once", OPT_ONCE, 0, 0, "look once and end", 0},
    {"every", OPT_EVERY, "TIME", 0, "look so often; default 2s, without a terminal 10s", 0},
    {"metric", OPT_METRIC, "NAME", 0,
     "what to rank by; measure: what each scenario names; default the first of the experiment, or "
     "response_mean_s",
     0},
    {"quick", OPT_QUICK, 0, 0, "the quick form of an experiment", 0},
    {"output", 'o', "FILE", 0, "the store of the experiment; default results/NAME.db", 0},
    {0},
};

static const char about[] =
    "Show how far a sweep is, and the ranking so far, while it runs elsewhere: an experiment (its "
    "file, or its name) or a store. Ends when all cells are done, or on an interrupt; "
    "what is watched is only read. Without a terminal a line is printed whenever there is news.\v"
    "Examples:\n"
    "  poise sweep load-v1 -q & poise watch load-v1\n"
    "  poise watch results/load-v1.db --once";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_ONCE: o->once = true; break;
    case OPT_QUICK: o->quick = true; break;
    case OPT_EVERY: o->every_s = cli_time("--every", argument); break;
    case OPT_METRIC: o->metric = argument; break;
    case 'o': o->store = argument; break;
    case ARGP_KEY_ARG:
        if (o->subject)
            cli_refuse("one experiment or store at a time, '%s' is one too many", argument);
        o->subject = argument;
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* ---- the screen --------------------------------------------------------------------------- */

/* Where it is shown; `shown` lines of it are on the terminal now. */
typedef struct screen {
    bool terminal;
    int columns, lines, shown;
} screen;

static screen screen_new(void)
{
    const char *kind = getenv("TERM");
    return (screen){.terminal = isatty(STDOUT_FILENO) && kind && strcmp(kind, "dumb") != 0};
}

/* It may have been resized. */
static void measure(screen *at)
{
    struct winsize size;
    at->columns = 100;
    at->lines = 1000;
    if (at->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        at->columns = size.ws_col - 1;
        at->lines = size.ws_row - 1;
    }
}

/* In place of what was shown before, which stays where it is at the end. */
static void show_table(screen *at, const watch *w)
{
    string_buffer out = {0};
    measure(at);
    watch_table(w, at->columns, at->lines, &out);
    if (at->shown)
        printf("\033[%dF\033[J", at->shown);
    fputs(out.at, stdout);
    fflush(stdout);
    at->shown = 0;
    for (const char *c = out.at; at->terminal && *c; c++)
        at->shown += *c == '\n';
    string_free(&out);
}

static void show_line(const watch *w)
{
    char now[16];
    struct tm local;
    const time_t t = time(NULL);
    string_buffer out = {0};
    strftime(now, sizeof now, "%H:%M:%S", localtime_r(&t, &local));
    watch_line(w, &out);
    printf("%s %s", now, out.at);
    fflush(stdout);
    string_free(&out);
}

/* ---- watching ----------------------------------------------------------------------------- */

/* False if a signal came. */
static bool wait_s(double s)
{
    const double until_s = wall_now_s() + s;
    while (!pool_signal() && wall_now_s() < until_s)
        nanosleep(&(struct timespec){.tv_nsec = 50000000L}, NULL);
    return !pool_signal();
}

static int look_on(const options *o, watch *w)
{
    screen at = screen_new();
    const double every_s = o->every_s > 0 ? o->every_s
                           : at.terminal  ? TERMINAL_EVERY_S
                                          : LINE_EVERY_S;
    for (;;) {
        poise_error err = {0};
        const double start_s = wall_now_s();
        if (!watch_look(w, &err))
            return cli_explain(STATUS_IO, &err);
        if (at.terminal || o->once)
            show_table(&at, w);
        else if (watch_has_news(w) || watch_is_over(w))
            show_line(w);
        if (o->once || watch_is_over(w))
            return STATUS_OK;
        const double took_s = wall_now_s() - start_s;
        if (!wait_s(took_s > SHARE * every_s ? took_s / SHARE : every_s))
            return 128 + pool_signal();
    }
}

static int watch_this(const options *o, const watch_ask *ask)
{
    pool_catch_signals();
    watch *w = watch_new(ask);
    const int status = look_on(o, w);
    watch_free(w);
    return status;
}

static const char *metric_of(const options *o, const char *usual)
{
    if (o->metric && strcmp(o->metric, TABLES_MEASURE) != 0)
        cli_metric(o->metric);
    return o->metric ? o->metric : usual;
}

static int watch_experiment(const options *o, const char *file)
{
    experiment_file x = {0};
    poise_error err = {0};
    if (!experiment_file_read_form(&x, file, o->quick, NULL, 0, &err))
        return cli_explain(STATUS_INPUT, &err);
    const plan_choice all = {.keeps_failures = true};
    plan *p = plan_new(&x.ask, NULL, &all, &err);
    const char *path = o->store ? o->store : arena_format(cli_memory(), "results/%s.db", x.name);
    const watch_ask ask = {
        .title = arena_format(cli_memory(), "%s: %s", x.name, path),
        .store = path,
        .plan = p,
        .metric = metric_of(o, x.metric[0]),
    };
    const int status = p ? watch_this(o, &ask) : cli_explain(STATUS_INPUT, &err);
    plan_free(p);
    experiment_file_free(&x);
    return status;
}

static int watch_store(const options *o)
{
    const char *path = cli_store(o->subject);
    if (o->quick)
        cli_refuse("--quick is of an experiment: its file, or its name");
    if (o->store)
        cli_refuse("-o is the store of an experiment; '%s' is a store itself", path);
    if (access(path, F_OK) != 0)
        return cli_error(STATUS_IO, "%s: there is no such store", path);
    return watch_this(
        o, &(watch_ask){.title = path, .store = path, .metric = metric_of(o, "response_mean_s")});
}

int cmd_watch(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "[EXPERIMENT|STORE]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    const char *file = experiment_file_meant(o.subject);
    return file ? watch_experiment(&o, file) : watch_store(&o);
}
