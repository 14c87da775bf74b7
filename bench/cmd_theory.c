/* cmd_theory.c - `poise theory`: simulates what is known exactly, and says whether it comes out. */
#include "cli.h"

#include "pool.h"
#include "progress.h"
#include "theory.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    names patterns;
    int replications, threads;
    uint64_t seed;
    bool list, quiet;
} options;

enum { OPT_LIST = 256 };

static const struct argp_option rows[] = {
    {"replications", 'r', "N", 0, "of each case; default: as many as its precision needs", 0},
    {"seed", 's', "S", 0, "of all replications; default 1", 0},
    {"jobs", 'j', "N", 0, "threads; results do not depend on it. Default: as many as processors",
     0},
    {"list", OPT_LIST, 0, 0, "only say which cases there are, and where they are from", 0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {0},
};

static const char about[] =
    "Simulate systems whose answers are known exactly, and print theory, simulation, 95% interval, "
    "normal deviate and verdict. PATTERN names cases: Q1, 'Q5*'; without one all are taken. The "
    "exit status is 1 if a verdict is not `ok`.\v"
    "A verdict is `ok` if |z| < 4.8 and the interval is as narrow as the case asks (`wide` if it "
    "is "
    "not); where there is no chance, the value must be equal. With fewer replications intervals "
    "may be wider.\n"
    "Examples:\n"
    "  poise theory\n"
    "  poise theory 'Q1*' S9 -j 2";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'r': o->replications = (int)cli_whole("--replications", argument, 2, 100000); break;
    case 's': o->seed = (uint64_t)cli_whole("--seed", argument, 0, INT64_MAX); break;
    case 'j': o->threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case OPT_LIST: o->list = true; break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG: names_add(&o->patterns, argument); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* A case that was asked for. */
typedef struct question {
    const theory_case *of;
    poise_scenario *scenario;
    int n;          // replications
    double *value;  // (n, THEORY_ANSWERS)
} question;

typedef struct enquiry {
    const options *ask;
    question *question;
    int n_questions, n_jobs, n_done;
    int *first_job;      // (n_questions + 1)
    poise_error *error;  // (threads)
    progress progress;
} enquiry;

/* ---- which cases --------------------------------------------------------------------------- */

static bool is_asked(const options *o, const theory_case *c)
{
    bool asked = o->patterns.n == 0;
    for (int i = 0; i < o->patterns.n; i++)
        asked |= fnmatch(o->patterns.at[i], c->id, FNM_CASEFOLD) == 0;
    return asked;
}

/* A pattern that names nothing is a mistake. */
static void check_patterns(const options *o)
{
    const theory_case *all;
    const int n = theory_cases(&all);
    for (int i = 0; i < o->patterns.n; i++) {
        bool found = false;
        for (int k = 0; k < n; k++)
            found |= fnmatch(o->patterns.at[i], all[k].id, FNM_CASEFOLD) == 0;
        if (!found)
            cli_refuse("no case is named '%s'; `poise theory --list` shows those there are",
                       o->patterns.at[i]);
    }
}

static int list(const options *o)
{
    const theory_case *all;
    const int n = theory_cases(&all);
    for (int i = 0; i < n; i++)
        if (is_asked(o, &all[i])) {
            char path[256];
            theory_path(&all[i], path, sizeof path);
            printf("%-16s %s\n%-16s   %s, %s\n", all[i].id, all[i].about, "", path, all[i].agent);
        }
    return STATUS_OK;
}

/* The first data folder that has theory/. */
static const char *data_dir(void)
{
    for (const char *const *dir = cli_data_dirs(); *dir; dir++) {
        const char *path = arena_format(cli_memory(), "%s/theory", *dir);
        if (access(path, R_OK) == 0)
            return *dir;
    }
    cli_refuse("no data folder of `poise info` has theory/: set POISE_DATA to one that has");
}

/* Loads the scenarios; the status. */
static int prepare(enquiry *q)
{
    const theory_case *all;
    const int n = theory_cases(&all);
    const char *dir = data_dir();
    q->question = arena_take(cli_memory(), (size_t)n, sizeof *q->question);
    q->first_job = arena_take(cli_memory(), (size_t)n + 1, sizeof *q->first_job);
    for (int i = 0; i < n; i++) {
        if (!is_asked(q->ask, &all[i]))
            continue;
        poise_error err = {0};
        question *one = &q->question[q->n_questions];
        *one = (question){.of = &all[i], .scenario = theory_load(&all[i], dir, &err)};
        if (!one->scenario)
            return cli_explain(STATUS_INPUT, &err);
        one->n = all[i].replications ? all[i].replications : THEORY_REPLICATIONS;
        if (q->ask->replications && one->n > 1)
            one->n = q->ask->replications;
        one->value = arena_take(cli_memory(), (size_t)one->n * THEORY_ANSWERS, sizeof *one->value);
        q->first_job[q->n_questions++] = q->n_jobs;
        q->n_jobs += one->n;
    }
    q->first_job[q->n_questions] = q->n_jobs;
    return STATUS_OK;
}

/* ---- simulating ---------------------------------------------------------------------------- */

static void run(void *data, int job, int worker)
{
    enquiry *q = data;
    int k = 0;
    while (q->first_job[k + 1] <= job)
        k++;
    question *one = &q->question[k];
    const int r = job - q->first_job[k];
    if (!theory_simulate(one->of, one->scenario, q->ask->seed, r, one->value + r * THEORY_ANSWERS,
                         &q->error[worker]))
        for (int i = 0; i < THEORY_ANSWERS; i++)
            one->value[r * THEORY_ANSWERS + i] = NAN;
}

static bool done(void *data, int job)
{
    enquiry *q = data;
    (void)job;
    q->n_done++;
    return true;
}

static void tick(void *data)
{
    enquiry *q = data;
    progress_show(&q->progress, NAN, "%d of %d replications", q->n_done, q->n_jobs);
}

/* ---- telling ------------------------------------------------------------------------------- */

static void print_verdict(const theory_case *c, const theory_answer *a, const theory_verdict *v)
{
    char what[64], low[32] = "", high[32] = "", z[16] = "equal";
    snprintf(what, sizeof what, a->x != 0 ? "%s(%g)" : "%s", a->quantity, a->x);
    if (a->precision > 0) {
        snprintf(low, sizeof low, "%.6g", v->simulated.low);
        snprintf(high, sizeof high, "%.6g", v->simulated.high);
        snprintf(z, sizeof z, "%.2f", v->z);
    } else if (!v->good) {
        snprintf(z, sizeof z, "differs");
    }
    const bool wide = !v->good && fabs(v->z) < 4.8;
    printf("%-16s %-24s %12.7g %12.7g %11s %11s %7s  %s\n", c->id, what, v->exact,
           v->simulated.mean, low, high, z,
           v->good ? "ok"
           : wide  ? "wide"
                   : "WRONG");
}

static int judge(const enquiry *q)
{
    int n_all = 0, n_good = 0;
    printf("%-16s %-24s %12s %12s %11s %11s %7s\n", "case", "quantity", "theory", "simulation",
           "95% from", "to", "z");
    for (int k = 0; k < q->n_questions; k++) {
        const question *one = &q->question[k];
        double *x = arena_take(cli_memory(), (size_t)one->n, sizeof *x);
        for (int i = 0; i < theory_answers(one->of); i++) {
            for (int r = 0; r < one->n; r++)
                x[r] = one->value[r * THEORY_ANSWERS + i];
            const theory_verdict v = theory_judge(one->of, i, x, one->n);
            print_verdict(one->of, &one->of->answer[i], &v);
            n_all++;
            n_good += v.good;
        }
    }
    printf("%d of %d answers are met\n", n_good, n_all);
    return n_good == n_all ? STATUS_OK : STATUS_TRIAL;
}

static int enquire(enquiry *q)
{
    q->error = arena_take(cli_memory(), (size_t)q->ask->threads, sizeof *q->error);
    q->progress = progress_start(q->ask->quiet);
    pool_catch_signals();
    const pool_work work = {.n_jobs = q->n_jobs, .run = run, .done = done, .tick = tick, .data = q};
    pool_run(&work, q->ask->threads);
    progress_wipe(&q->progress);
    if (pool_signal())
        return cli_error(128 + pool_signal(), "interrupted");
    int status = STATUS_OK;
    for (int i = 0; i < q->ask->threads; i++)
        if (q->error[i].text[0])
            status = cli_error(STATUS_TRIAL, "%s", q->error[i].text);
    const int verdict = judge(q);
    return status ? status : verdict;
}

int cmd_theory(int argc, char **argv)
{
    options o = {.seed = 1};
    const struct argp argp = {rows, take, "[PATTERN...]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (!o.threads)
        o.threads = pool_processors();
    check_patterns(&o);
    if (o.list)
        return list(&o);
    enquiry q = {.ask = &o};
    int status = prepare(&q);
    if (!status)
        status = enquire(&q);
    for (int k = 0; k < q.n_questions; k++)
        poise_scenario_free(q.question[k].scenario);
    return status;
}
