/* cmd_eval.c - `poise eval`: a policy file, or any agent, in a scenario: all metrics. */
#include "cli.h"

#include "card.h"
#include "lib/blas.h"
#include "policy.h"
#include "pool.h"
#include "progress.h"
#include "recipe.h"
#include "regret.h"
#include "stats.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *scenario, *policy, *agent;
    names sets;
    numbers seeds;
    int threads;
    double patience_s;
    bool quiet, regret;
} options;

enum { OPT_SEEDS = 256, OPT_SET, OPT_LENIENT, OPT_BLAS, OPT_PATIENCE, OPT_REGRET };

static const struct argp_option rows[] = {
    {"policy", 'p', "FILE|NAME", 0,
     "the policy, which says itself which agent it is for: a file, or one that ships "
     "(`poise list policies`)",
     0},
    {"agent", 'a', "SPEC", 0, "instead of a policy: an agent that needs none", 0},
    {"patience", OPT_PATIENCE, "S", 0, CLI_PATIENCE, 0},
    {"seeds", OPT_SEEDS, "SEEDS", 0, "evaluation seeds: 0..9 or 0,3,7; default 0..9", 0},
    {"jobs", 'j', "N", 0, "threads; results do not depend on it", 0},
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting of the scenario", 0},
    {"lenient", OPT_LENIENT, 0, 0, "leave out lines of traces that are wrong, and say how many", 0},
    {"regret", OPT_REGRET, 0, 0,
     "also say how far it is from the optimum, where that is known, and from bounds", 0},
    {"blas", OPT_BLAS, "reference|openblas", 0,
     "who multiplies the matrices of networks; default reference: the same bits on every machine",
     0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {0},
};

static const char about[] =
    "Evaluate a policy file in a scenario and print all metrics with their intervals. Nothing is "
    "stored.\v"
    "Examples:\n"
    "  poise eval gpu-mix-v1 -p q.safetensors --seeds 0..9\n"
    "  poise eval gpu-mix-v1 -p ppo";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'p': o->policy = argument; break;
    case 'a': o->agent = cli_agent(argument); break;
    case OPT_SEEDS: o->seeds = cli_seeds("--seeds", argument); break;
    case 'j': o->threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_LENIENT: names_add(&o->sets, "workload.lenient=true"); break;
    case OPT_REGRET: o->regret = true; break;
    case OPT_BLAS: cli_blas(argument); break;
    case OPT_PATIENCE: o->patience_s = cli_patience(argument); break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG:
        if (o->scenario)
            cli_refuse("one scenario at a time, '%s' is one too many", argument);
        o->scenario = argument;
        break;
    case ARGP_KEY_END:
        if (!o->scenario)
            cli_refuse("which scenario? `poise list scenarios` shows those there are");
        if (!o->policy == !o->agent)
            cli_refuse("give either a policy with -p or an agent with -a");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

typedef struct exam {
    const options *ask;
    trial trial;           // all but the seed
    agent_card card;       // of its agent
    trial_result *result;  // (n seeds)
    poise_env **env;       // (threads)
    int n_done;
    progress progress;
} exam;

static void run(void *data, int job, int worker)
{
    exam *x = data;
    trial t = x->trial;
    t.seed = x->ask->seeds.at[job];
    t.bounds = true;
    poise_error err = {0};
    if (!x->env[worker])
        x->env[worker] = poise_env_new(t.scenario, &err);
    if (x->env[worker]) {
        x->result[job] = trial_run(&t, x->env[worker], NULL, &pool_stopping);
        return;
    }
    x->result[job].status = TRIAL_FAILED;
    snprintf(x->result[job].error, sizeof x->result[job].error, "%.239s", err.text);
}

static bool done(void *data, int job)
{
    exam *x = data;
    (void)job;
    x->n_done++;
    return true;
}

static void tick(void *data)
{
    exam *x = data;
    const double elapsed_s = wall_now_s() - x->progress.start_s;
    const int n = x->ask->seeds.n;
    progress_show(&x->progress, x->n_done ? elapsed_s * (n - x->n_done) / x->n_done : NAN,
                  "%d of %d trials", x->n_done, n);
}

/* Without the options of a policy's agent: it has all of them, and they fill lines. */
static void print_title(const exam *x, int n_ok)
{
    const options *o = x->ask;
    const char *mark = poise_agent_mark(x->card.description);
    if (o->policy)
        printf("%s%s (policy %s)", x->card.name, mark, o->policy);
    else
        printf("%s%s", x->trial.agent, mark);
    printf(" in %s, %d %s\n", poise_scenario_name(x->trial.scenario), n_ok,
           n_ok == 1 ? "seed" : "seeds");
    for (int i = 0; i < o->sets.n; i++)
        printf("%s%s", i ? ", " : "with ", o->sets.at[i]);
    printf("%s\n", o->sets.n ? "\n" : "");
}

/* The mean of the bounds of a metric, and all that they are made of. */
static void print_bound(const exam *x, int metric, double *room)
{
    unsigned by = 0;
    char mean[32] = "", name[POISE_BOUND_NAME];
    int k = 0;
    for (int i = 0; i < x->ask->seeds.n; i++) {
        const trial_result *r = &x->result[i];
        if (r->status != TRIAL_OK || isnan(r->bound[metric].value))
            continue;
        by |= r->bound[metric].by;
        room[k++] = r->bound[metric].value;
    }
    if (k > 0)
        snprintf(mean, sizeof mean, "%.6g", stats_of(room, k, .95).mean);
    poise_bound_name(by, name);
    printf(k > 0 ? " %12s  %s\n" : "%s%s\n", mean, name);
}

static void print_metrics(const exam *x, int n_ok)
{
    const poise_metric *row;
    const int n_metrics = poise_metrics(&row), n = x->ask->seeds.n;
    double *value = calloc((size_t)n + 1, sizeof *value);
    print_title(x, n_ok);
    printf("  %-26s %-6s %12s %12s %12s  %s\n", "metric", "unit", "mean", "± 95%", "bound", "by");
    for (int m = 0; value && m < n_metrics; m++) {
        int k = 0;
        for (int i = 0; i < n; i++)
            if (x->result[i].status == TRIAL_OK && !isnan(x->result[i].value[m]))
                value[k++] = x->result[i].value[m];
        const stats_mean s = stats_of(value, k, .95);
        printf("  %-26s %-6s", row[m].name, row[m].unit);
        char mean[32] = "-", half[32] = "-";
        if (k > 0)
            snprintf(mean, sizeof mean, "%.6g", s.mean);
        if (k > 1)
            snprintf(half, sizeof half, "%.3g", s.high - s.mean);
        printf(" %12s %11s", mean, half);
        print_bound(x, m, value);
    }
    free(value);
}

/* The trials as results that no store holds, and what stands below the metrics: what single runs
 * say of the steady state, and how far they are from the best. */
static void print_more(const exam *x)
{
    const poise_scenario *s = x->trial.scenario;
    const int n = x->ask->seeds.n, steady = poise_scenario_steady(s).metric;
    const int metric = steady >= 0 ? steady : poise_metric_index("response_mean_s");
    result_scenario scenario = {
        .name = (char *)poise_scenario_name(s),
        .title = (char *)poise_scenario_title(s),
        .resolved = (char *)poise_scenario_resolved(s),
        .hash = poise_scenario_hash(s),
    };
    results all = {.scenario = &scenario, .n_scenarios = 1};
    all.cell = calloc((size_t)n, sizeof *all.cell);
    all.n_cells = all.cell ? n : 0;
    char agent[64];
    snprintf(agent, sizeof agent, "%.*s", (int)strcspn(x->trial.agent, ":"), x->trial.agent);
    for (int i = 0; i < all.n_cells; i++)
        all.cell[i] = (result_cell){
            .policy = -1,
            .agent = agent,
            .description = (char *)x->trial.agent,
            .seed = x->ask->seeds.at[i],
            .ok = x->result[i].status == TRIAL_OK,
            .error = x->result[i].error,
            .value = x->result[i].value,
            .bound = x->result[i].bound,
            .steady = x->result[i].steady,
        };
    string_buffer out = {0};
    report r = report_make(&all, 0, metric, NULL, NULL);
    report_steady(&r, &out);
    report_free(&r);
    if (x->ask->regret) {
        r = report_make(&all, 0, poise_metric_index("response_mean_s"), NULL, NULL);
        regret_table(&r, s, &out);
        report_free(&r);
    }
    fwrite(out.at ? out.at : "", 1, out.length, stdout);
    string_free(&out);
    free(all.cell);
}

/* Prints what came of it; the status. */
static int judge(const exam *x)
{
    const options *o = x->ask;
    if (pool_signal())
        return cli_error(128 + pool_signal(), "interrupted");
    int n_ok = 0;
    for (int i = 0; i < o->seeds.n; i++) {
        n_ok += x->result[i].status == TRIAL_OK;
        if (x->result[i].status != TRIAL_OK)
            cli_warn("seed %" PRId64 " failed: %s", o->seeds.at[i], x->result[i].error);
    }
    if (n_ok) {
        print_metrics(x, n_ok);
        print_more(x);
    }
    return n_ok == o->seeds.n ? STATUS_OK : STATUS_TRIAL;
}

static int examine(exam *x)
{
    const options *o = x->ask;
    const int threads = blas_is_thread_safe() || !x->trial.policy ? o->threads : 1;
    x->result = calloc((size_t)o->seeds.n, sizeof *x->result);
    x->env = calloc((size_t)threads, sizeof *x->env);
    if (!x->result || !x->env) {
        free(x->env);
        free(x->result);
        return cli_error(STATUS_IO, "out of memory");
    }
    x->progress = progress_start(o->quiet);
    pool_catch_signals();
    const pool_work work = {
        .n_jobs = o->seeds.n, .run = run, .done = done, .tick = tick, .data = x};
    pool_run(&work, threads);
    progress_wipe(&x->progress);
    const int status = judge(x);
    for (int i = 0; i < threads; i++)
        poise_env_free(x->env[i]);
    free(x->env);
    free(x->result);
    return status;
}

/* Makes the agent once: an agent that cannot be, or a policy that does not fit, is told now. */
static int check_agent(exam *x)
{
    trial *t = &x->trial;
    const card_terms terms = {t->policy, t->policy_bytes, x->ask->policy, t->patience_s};
    poise_error err = {0};
    if (!card_of(t->agent, t->scenario, terms, &x->card, &err))
        return cli_explain(t->policy ? STATUS_INPUT : STATUS_USAGE, &err);
    if (!t->policy && x->card.train_decisions)
        return cli_error(STATUS_USAGE,
                         "agent '%s' learns: train it first and give its policy with -p", t->agent);
    t->build = x->card.build;
    return STATUS_OK;
}

static int with_policy(exam *x, policy_about *from)
{
    poise_error err = {0};
    const options *o = x->ask;
    size_t n_bytes = 0;
    void *bytes = policy_read(o->policy, &n_bytes, &err);
    if (!bytes)
        return cli_explain(STATUS_IO, &err);
    int status;
    if (!policy_about_read(bytes, n_bytes, o->policy, from, &err)) {
        status = cli_explain(STATUS_INPUT, &err);
    } else {
        x->trial.agent = from->agent;
        x->trial.policy = bytes;
        x->trial.policy_bytes = n_bytes;
        status = check_agent(x);
        if (!status && from->scenario_hash != poise_scenario_hash(x->trial.scenario))
            cli_warn("the policy was trained in another scenario (%s, or with other settings)",
                     from->scenario);
        status = status ? status : examine(x);
    }
    free(bytes);
    return status;
}

int cmd_eval(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "SCENARIO", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (!o.seeds.n)
        o.seeds = cli_seeds("--seeds", "0..9");
    if (!o.threads)
        o.threads = pool_processors();
    poise_error err = {0};
    poise_scenario *s =
        poise_scenario_load(cli_scenario_path(o.scenario), o.sets.at, o.sets.n, &err);
    if (!s)
        return cli_explain(STATUS_INPUT, &err);
    if (*poise_scenario_notes(s))
        fprintf(stderr, "%s\n", poise_scenario_notes(s));
    if (o.policy)
        o.policy = recipe_policy_path(o.policy, poise_scenario_name(s));
    exam x = {
        .ask = &o,
        .trial = {
            .scenario = s, .agent = o.agent, .patience_s = o.patience_s, .only_numbers = true}};
    policy_about from;
    int status;
    if (o.policy) {
        status = with_policy(&x, &from);
    } else {
        status = check_agent(&x);
        status = status ? status : examine(&x);
    }
    poise_scenario_free(s);
    return status;
}
