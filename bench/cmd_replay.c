/* cmd_replay.c - `poise replay`: a stored run once more, event by event, and as a picture. */
#include "cli.h"

#include "events.h"
#include "export.h"
#include "plot.h"
#include "plot_kind.h"
#include "pool.h"
#include "provenance.h"
#include "recall.h"

#include "error.h"
#include "scenario.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A cell that is named by so many digits is named by its id, else by its number. */
#define ID_DIGITS 8
/* Seconds that gnuplot has. */
#define PATIENCE_S 60

typedef struct options {
    const char *store, *cell, *gantt;
    double from_s, to_s, patience_s;
    bool events, csv;
} options;

enum { OPT_EVENTS = 256, OPT_GANTT, OPT_FROM, OPT_TO, OPT_FORMAT, OPT_PATIENCE };

static const struct argp_option rows[] = {
    {"events", OPT_EVENTS, 0, 0, "the events, also where --gantt is given; else they are shown", 0},
    {"gantt", OPT_GANTT, "FILE", 0, "draw what every device did, as FILE.pdf, .png or .svg", 0},
    {"from", OPT_FROM, "TIME", 0, "from this simulated time, as 90s or 4h", 0},
    {"to", OPT_TO, "TIME", 0, "until this one", 0},
    {"format", OPT_FORMAT, "FORMAT", 0, "of the events: text or csv; default text", 0},
    {"patience", OPT_PATIENCE, "S", 0, CLI_PATIENCE, 0},
    {0},
};

static const char about[] =
    "Run a cell of a store (a file, or the name of a scenario for results/SCENARIO.db) once more "
    "and show what happens in it. CELL is a number, or the beginning of an id with at least 8 "
    "digits, as this command lists them without CELL.\v"
    "Examples:\n"
    "  poise replay gpu-mix-v1\n"
    "  poise replay gpu-mix-v1 17 --from 2h --to 3h\n"
    "  poise replay gpu-mix-v1 17 --format csv > events.csv\n"
    "  poise replay gpu-mix-v1 17 --gantt run.svg --from 2h --to 3h";

static bool is_csv(const char *format)
{
    if (strcmp(format, "text") != 0 && strcmp(format, "csv") != 0)
        cli_refuse("--format is text or csv, not '%s'", format);
    return strcmp(format, "csv") == 0;
}

/* The format that the end of a picture's name says; NULL if it says none. */
static const char *format_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && figure_formats[i]; i++)
        if (strcmp(dot + 1, figure_formats[i]) == 0)
            return figure_formats[i];
    return NULL;
}

static void take_argument(options *o, const char *argument)
{
    if (o->cell)
        cli_refuse("one cell at a time, '%s' is one too many", argument);
    if (o->store)
        o->cell = argument;
    else
        o->store = argument;
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_EVENTS: o->events = true; break;
    case OPT_GANTT: o->gantt = argument; break;
    case OPT_FROM: o->from_s = cli_time("--from", argument); break;
    case OPT_TO: o->to_s = cli_time("--to", argument); break;
    case OPT_FORMAT: o->csv = is_csv(argument); break;
    case OPT_PATIENCE: o->patience_s = cli_patience(argument); break;
    case ARGP_KEY_ARG: take_argument(o, argument); break;
    case ARGP_KEY_END:
        if (o->from_s >= o->to_s)
            cli_refuse("--to must be later than --from");
        if (o->gantt && !format_of(o->gantt))
            cli_refuse("--gantt '%s' must end in .pdf, .png or .svg", o->gantt);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* ---- cells -------------------------------------------------------------------------------- */

/* Prints a text of the store, which may hold anything, on one line. */
static void put(const char *text, FILE *out)
{
    for (; *text; text++)
        fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
}

static int list(const results *r)
{
    printf("%6s  %-12s  %-6s  %8s  %-24s  %s\n", "number", "cell", "status", "seed", "scenario",
           "agent");
    for (int i = 0; i < r->n_cells; i++) {
        const result_cell *c = &r->cell[i];
        const result_scenario *s = &r->scenario[c->scenario];
        printf("%6d  %.12s  %-6s  %8" PRId64 "  ", i + 1, c->id.text, c->ok ? "ok" : "failed",
               c->seed);
        put(s->name, stdout);
        printf("%*s  ", (int)(strlen(s->name) < 24 ? 24 - strlen(s->name) : 0), "");
        put(c->agent, stdout);
        if (c->policy >= 0)
            printf("  trained from seed %" PRId64, r->policy[c->policy].train_seed);
        for (int k = 0; k < s->n_sweeps; k++) {
            printf("%s", k ? ", " : "  with ");
            put(s->sweep[k].path, stdout);
            putchar('=');
            put(s->sweep[k].value, stdout);
        }
        putchar('\n');
    }
    return STATUS_OK;
}

/* The cell that is meant; refuses what is none, or could be several. */
static const result_cell *find(const results *r, const char *name, const char *path)
{
    const size_t n = strlen(name);
    if (n < ID_DIGITS && strspn(name, "0123456789") == n) {
        const int64_t number = cli_whole("CELL", name, 1, INT32_MAX);
        if (number > r->n_cells)
            cli_refuse("%s has %d cells, there is no number %s", path, r->n_cells, name);
        return &r->cell[number - 1];
    }
    const result_cell *found = NULL;
    for (int i = 0; i < r->n_cells && n >= ID_DIGITS; i++) {
        if (strncmp(r->cell[i].id.text, name, n) != 0)
            continue;
        if (found)
            cli_refuse("several cells of %s begin with %s", path, name);
        found = &r->cell[i];
    }
    if (!found)
        cli_refuse(
            "%s has no cell '%s': a number, or at least %d digits of an id, as `poise replay "
            "%s` lists them",
            path, name, ID_DIGITS, path);
    return found;
}

/* ---- events ------------------------------------------------------------------------------- */

typedef struct show {
    const options *ask;
    const poise_scenario *scenario;
    int64_t n;  // events of the run, shown or not
} show;

static void put_number(int64_t value)
{
    if (value >= 0)
        printf("%" PRId64, value);
}

static void put_csv(const show *w, const event_line *l, const char *time, const char *profile)
{
    const poise_scenario *s = w->scenario;
    printf("%s,%" PRId64 ",%s,", time, l->decision, l->event);
    put_number(l->job);
    putchar(',');
    put_number(l->task);
    printf(",%s,%s,", l->class_id < 0 ? "" : s->classes[l->class_id].name,
           l->group < 0 ? "" : s->group[l->group].name);
    put_number(l->device);
    printf(",%s\n", profile);
}

static void put_text(const show *w, const event_line *l, const char *time, const char *profile)
{
    const poise_scenario *s = w->scenario;
    char job[32] = "", task[32] = "", device[160] = "";
    if (l->job >= 0)
        snprintf(job, sizeof job, "%" PRId64, l->job);
    if (l->task >= 0)
        snprintf(task, sizeof task, "%" PRId64, l->task);
    if (l->group >= 0 && l->device >= 0)
        snprintf(device, sizeof device, "%.120s %d", s->group[l->group].name, l->device);
    else if (l->group >= 0)
        snprintf(device, sizeof device, "%.120s", s->group[l->group].name);
    char row[512];
    int n = snprintf(row, sizeof row, "%16s %9" PRId64 "  %-14s %8s %5s  %-16s %-16s %s", time,
                     l->decision, l->event, job, task,
                     l->class_id < 0 ? "" : s->classes[l->class_id].name, device, profile);
    n = n < (int)sizeof row ? n : (int)sizeof row - 1;
    while (n > 0 && row[n - 1] == ' ')
        n--;
    printf("%.*s\n", n, row);
}

static void tell(void *data, const event_line *l)
{
    show *w = data;
    const double time_s = (double)l->time_ns * 1e-9;
    w->n++;
    if (time_s < w->ask->from_s || time_s > w->ask->to_s)
        return;
    char profile[128];
    string_buffer time = {0};
    export_seconds(&time, l->time_ns);
    events_profile(w->scenario, l, profile, sizeof profile);
    if (w->ask->csv)
        put_csv(w, l, time.at, profile);
    else
        put_text(w, l, time.at, profile);
    string_free(&time);
}

/* ---- the run ------------------------------------------------------------------------------ */

static void put_head(const results *r, const result_cell *c, FILE *out)
{
    const result_scenario *s = &r->scenario[c->scenario];
    const result_policy *p = c->policy < 0 ? NULL : &r->policy[c->policy];
    put(s->name, out);
    fputs(": ", out);
    put(s->title, out);
    fprintf(out, "\n  %-11s %s\n  %-11s ", "cell", c->id.text, "agent");
    put(c->agent, out);
    fprintf(out, "\n  %-11s ", "that is");
    put(c->description, out);
    for (int i = 0; i < s->n_sets; i++) {
        fprintf(out, "\n  %-11s ", "with");
        put(s->set[i], out);
    }
    if (p)
        fprintf(out, "\n  %-11s %s, %" PRId64 " decisions from training seed %" PRId64, "policy",
                p->id.text, p->decisions, p->train_seed);
    fprintf(out, "\n  %-11s %" PRId64 "\n", "seed", c->seed);
    if (c->provenance >= 0) {
        const provenance *made = &r->provenance[c->provenance];
        fprintf(out, "  %-11s poise %s (%s), %s, %s\n", "made by", made->version, made->commit,
                made->compiler, made->cpu);
    }
    fprintf(out, "  %-11s %016" PRIx64 "\n  %-11s %016" PRIx64 "\n\n", "world", c->world_hash,
            "trajectory", c->trajectory_hash);
}

/* Whether it was the run that is stored; the status. */
static int judge(const result_cell *c, const trial_result *now, const show *w, FILE *out)
{
    if (now->status == TRIAL_INTERRUPTED)
        return cli_error(128 + pool_signal(), "interrupted");
    if (now->status != TRIAL_OK) {
        const bool same = !c->ok && strcmp(now->error, c->error) == 0;
        return cli_error(STATUS_TRIAL, "the run fails, %s: %s",
                         same    ? "as it did"
                         : c->ok ? "and did not"
                                 : "though not as it did",
                         now->error);
    }
    if (!c->ok)
        return cli_error(STATUS_TRIAL, "the run does not fail here, but did: %s", c->error);
    if (now->trajectory_hash != c->trajectory_hash)
        return cli_error(STATUS_TRIAL,
                         "this is another run than the one that is stored: its trajectory is "
                         "%016" PRIx64 "; poise verify tells where it goes elsewhere",
                         now->trajectory_hash);
    fprintf(out, "%sthe same run as stored, %" PRId64 " events\n", w->ask->csv ? "" : "\n", w->n);
    return STATUS_OK;
}

/* The trial of a cell, ready but for its environment; the policy's bytes are to be freed. */
static bool recall(const plot_input *in, recalled *who, trial *t, poise_error *err)
{
    const result_cell *c = in->cell;
    void *bytes = NULL;
    if (c->policy >= 0) {
        bytes =
            store_policy_bytes(in->store, in->results->policy[c->policy].id, &t->policy_bytes, err);
        t->policy = bytes;
        if (!bytes || !recall_has_blas(in->results, c->provenance, err))
            return false;
        blas_choose(recall_blas(in->results, c->provenance));
    }
    t->scenario = in->loaded;
    t->seed = c->seed;
    if (!recall_agent(c->agent, c->description, bytes, t->policy_bytes, in->loaded, t->patience_s,
                      who, err))
        return false;
    t->agent = who->agent;
    t->build = who->card.build;
    return true;
}

static int play(const options *o, const plot_input *in)
{
    FILE *out = o->csv ? stderr : stdout;
    poise_error err = {0};
    recalled who;
    trial t = {.patience_s = o->patience_s};
    show w = {.ask = o, .scenario = in->loaded};
    events ev;
    int status;
    if (recall(in, &who, &t, &err)) {
        put_head(in->results, in->cell, out);
        if (o->csv)
            puts("time_s,decision,event,job,task,class,group,device,profile");
        else
            printf("%16s %9s  %-14s %8s %5s  %-16s %-16s %s\n", "time_s", "decision", "event",
                   "job", "task", "class", "device", "profile");
        /* A plug-in's run is gone through again here, so that it can be watched. */
        events_listen(&ev, in->loaded, in->env, tell, &w);
        const trial_result now = trial_run(&t, in->env, NULL, &pool_stopping);
        events_end(&ev, in->env);
        status = judge(in->cell, &now, &w, out);
    } else {
        status = cli_error(STATUS_TRIAL, "the run cannot be repeated: %s", err.text);
    }
    free((void *)t.policy);
    return status;
}

/* ---- the picture -------------------------------------------------------------------------- */

static int draw(const options *o, plot_input *in)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(o->gantt, '/');
    poise_error err = {0};
    string_buffer said = {0};
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - o->gantt) : 1,
             slash ? o->gantt : ".");
    figure *f = figure_new(slash == o->gantt ? "/" : folder, plot_gantt.name, &err);
    const plot_outcome outcome = f ? plot_gantt.fill(in, f, &err) : PLOT_FAILED;
    int status = STATUS_OK;
    if (outcome == PLOT_READY &&
        !figure_draw(f, format_of(o->gantt), o->gantt, PATIENCE_S, &said, &err))
        status = STATUS_IO;
    else if (outcome != PLOT_READY)
        status = !f ? STATUS_IO : outcome == PLOT_NO_DATA ? STATUS_USAGE : STATUS_TRIAL;
    if (pool_signal())
        status = cli_error(128 + pool_signal(), "interrupted");
    else if (status)
        cli_error(status, "%s cannot be drawn: %s", o->gantt, err.text);
    else
        fprintf(o->csv ? stderr : stdout, "%s\n", o->gantt);
    if (said.length)
        cli_warn("gnuplot says: %s", said.at);
    string_free(&said);
    figure_free(f);
    return status;
}

static int show_cell(const options *o, plot_input *in)
{
    poise_error err = {0};
    in->scenario = in->cell->scenario;
    if (!plot_open(in, &err))
        return cli_error(STATUS_TRIAL, "the run cannot be repeated: %s", err.text);
    int status = o->events || !o->gantt ? play(o, in) : STATUS_OK;
    if (!status && o->gantt && !in->cell->ok)
        return cli_error(STATUS_TRIAL, "the run failed, there is no picture of it: %s",
                         in->cell->error);
    if (!status && o->gantt) {
        if (!o->events)
            put_head(in->results, in->cell, stdout);
        in->report = report_make(in->results, in->scenario, in->metric, NULL, NULL);
        status = draw(o, in);
        report_free(&in->report);
    }
    return status;
}

int cmd_replay(int argc, char **argv)
{
    options o = {.from_s = NAN, .to_s = NAN};
    const struct argp argp = {rows, take, "[STORE [CELL]]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    poise_error err = {0};
    plot_input in = {
        .metric = cli_metric("response_mean_s"), .seed = -1, .from_s = o.from_s, .to_s = o.to_s};
    in.store = store_open(cli_store(o.store), false, &err);
    results *r = in.store ? store_read(in.store, &err) : NULL;
    int status = r ? STATUS_OK : cli_explain(STATUS_IO, &err);
    in.results = r;
    pool_catch_signals();
    if (r && !o.cell)
        status = list(r);
    if (r && o.cell) {
        in.cell = find(r, o.cell, store_path(in.store));
        status = show_cell(&o, &in);
    }
    poise_env_free(in.env);
    poise_scenario_free(in.loaded);
    results_free(r);
    store_close(in.store);
    return status;
}
