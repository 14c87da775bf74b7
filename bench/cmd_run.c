/* cmd_run.c - `poise run`: compares agents in a scenario, or along a sweep of scenarios. */
#include "cli.h"
#include "card.h"
#include "error.h"
#include "file.h"
#include "named.h"
#include "pool.h"
#include "plan_show.h"
#include "precision.h"
#include "recipe.h"
#include "lib/blas.h"
#include "regret.h"
#include "report.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    const char *scenario, *metric, *baseline, *store;
    names agents, sets;
    sweeps sweep;
    numbers seeds, train_seeds;
    int64_t train_decisions;
    int threads;
    double patience_s, within;
    bool quiet, all, regret, bounds, latency;
} options;

enum {
    OPT_SEEDS = 256,
    OPT_SET,
    OPT_LENIENT,
    OPT_SWEEP,
    OPT_METRIC,
    OPT_BASELINE,
    OPT_TRAIN,
    OPT_TRAIN_SEED,
    OPT_RECORDS,
    OPT_REGRET,
    OPT_BOUNDS,
    OPT_LATENCY,
    OPT_BLAS,
    OPT_PATIENCE,
    OPT_PRECISION,
};

static const struct argp_option rows[] = {
    {"agents", 'a', "A,B,...", 0,
     "agents, as NAME or NAME:OPTION=VALUE:..., policy:FILE or policy:NAME of one that ships, "
     "./FILE.so:OPTION=VALUE:... or pipe:COMMAND (to the end of the argument); `rules` are all "
     "that need neither training nor a model; default: all that need no training and are for the "
     "scenario",
     0},
    {"seeds", OPT_SEEDS, "SEEDS", 0, "evaluation seeds: 0..9 or 0,3,7; default 0..9", 0},
    {"precision", OPT_PRECISION, "P", 0,
     "run seeds, ten at a time, until half the 95% interval of every agent's mean is at most this "
     "share of it, as in 2%; --seeds are then the most, default " PRECISION_SEEDS,
     0},
    {"jobs", 'j', "N", 0, "threads; results do not depend on it. Default: as many as processors",
     0},
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting: --set devices.0.count=8", 0},
    {"lenient", OPT_LENIENT, 0, 0, "leave out lines of traces that are wrong, and say how many", 0},
    {"sweep", OPT_SWEEP, "PATH=V,V,...", 0, "run for each value; several: every combination", 0},
    {"metric", OPT_METRIC, "NAME", 0, "what to rank by; default response_mean_s", 0},
    {"baseline", OPT_BASELINE, "AGENT", 0, "what to compare with; default fifo if it takes part",
     0},
    {"train", OPT_TRAIN, "N", 0, "decisions that each learner trains for; default: its own", 0},
    {"train-seed", OPT_TRAIN_SEED, "SEEDS", 0,
     "training seeds; each gives a policy of its own. Default 0", 0},
    {"records", OPT_RECORDS, "all|none", 0,
     "none: no record of each task is kept, percentiles are estimates; as --set records=none", 0},
    {"bounds", OPT_BOUNDS, 0, 0,
     "find bounds of long runs, too: on what schedules of the same jobs could reach", 0},
    {"latency", OPT_LATENCY, 0, 0, "also how long agents took to decide", 0},
    {"regret", OPT_REGRET, 0, 0,
     "also say how far agents are from the optimum, where it is known, and from bounds", 0},
    {"blas", OPT_BLAS, "reference|openblas", 0,
     "who multiplies the matrices of networks; default reference: the same bits on every machine",
     0},
    {"patience", OPT_PATIENCE, "S", 0, CLI_PATIENCE, 0},
    {"output", 'o', "FILE", 0, "the store; default results/SCENARIO.db", 0},
    {"quiet", 'q', 0, 0, "no progress, only the table", 0},
    {0},
};

static const char about[] =
    "Train, evaluate and rank agents in a scenario. What the store holds already is not run "
    "again, and an interrupted run goes on when it is started again.\v"
    "Examples:\n"
    "  poise run gpu-mix-v1 -a fifo,shortest,reinforce --seeds 0..9 -j 2\n"
    "  poise run mine.yaml -a priority:ageing=0.1 --set devices.0.count=8\n"
    "  poise run gpu-mix-v1 -a policy:ppo,shortest\n"
    "  poise run gpu-mix-v1 -a fifo,random --sweep workload.load=0.3,0.5,0.7,0.9";

static void take_one(options *o, const char *argument)
{
    if (o->scenario)
        cli_refuse("one scenario at a time, '%s' is one too many", argument);
    o->scenario = argument;
}

static void add_records(options *o, const char *argument)
{
    const bool none = strcmp(argument, "none") == 0;
    if (!none && strcmp(argument, "all") != 0)
        cli_refuse("--records is all or none, not '%s'", argument);
    names_add(&o->sets, none ? "records=none" : "records=all");
}

static void add_agents(names *to, const char *argument)
{
    names given = {0};
    names_add_agents(&given, argument);
    for (int i = 0; i < given.n; i++)
        names_add(to, cli_agent(given.at[i]));
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'a': add_agents(&o->agents, argument); break;
    case OPT_SEEDS: o->seeds = cli_seeds("--seeds", argument); break;
    case 'j': o->threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_LENIENT: names_add(&o->sets, "workload.lenient=true"); break;
    case OPT_SWEEP: cli_add_sweep(&o->sweep, argument); break;
    case OPT_METRIC: o->metric = argument; break;
    case OPT_BASELINE: o->baseline = cli_agent(argument); break;
    case OPT_TRAIN: o->train_decisions = cli_whole("--train", argument, 1, INT64_MAX / 2); break;
    case OPT_TRAIN_SEED: o->train_seeds = cli_seeds("--train-seed", argument); break;
    case OPT_RECORDS: add_records(o, argument); break;
    case OPT_REGRET: o->regret = true; break;
    case OPT_BOUNDS: o->bounds = true; break;
    case OPT_LATENCY: o->latency = true; break;
    case OPT_BLAS: cli_blas(argument); break;
    case OPT_PRECISION:
        if (!precision_read(argument, &o->within))
            cli_refuse("--precision '%s' is not %s", argument, PRECISION_ALLOWED);
        break;
    case OPT_PATIENCE: o->patience_s = cli_patience(argument); break;
    case 'o': o->store = argument; break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG: take_one(o, argument); break;
    case ARGP_KEY_END:
        if (!o->scenario)
            cli_refuse("which scenario? `poise list scenarios` shows those there are");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void fill_defaults(options *o)
{
    o->all = o->agents.n == 0;
    for (int i = 0; o->all && poise_agent_types[i]; i++)
        if (poise_agent_types[i]->train_decisions == 0)
            names_add(&o->agents, poise_agent_types[i]->name);
    if (!o->seeds.n)
        o->seeds = cli_seeds("--seeds", o->within > 0 ? PRECISION_SEEDS : "0..9");
    if (!o->train_seeds.n)
        o->train_seeds = cli_seeds("--train-seed", "0");
    if (!o->threads)
        o->threads = pool_processors();
    if (!o->metric)
        o->metric = "response_mean_s";
}

static void settle_baseline(options *o)
{
    if (!o->baseline && named_among(&o->agents, "fifo"))
        o->baseline = "fifo";
    else if (!o->baseline && o->agents.n > 0)
        o->baseline = o->agents.at[0];
    else if (o->baseline && !named_among(&o->agents, o->baseline))
        cli_refuse("the baseline '%s' is not among the agents (-a)", o->baseline);
}

/* ---- the run ------------------------------------------------------------------------------ */

static int run_plan(const options *o, plan *p)
{
    poise_error err = {0};
    pool_catch_signals();
    if (!o->quiet)
        plan_announce(p, o->store);
    const plan_status status = plan_run_shown(p, o->threads, o->store, o->quiet, &err);
    if (status == PLAN_STORE_ERROR)
        return cli_explain(STATUS_IO, &err);
    if (status == PLAN_INTERRUPTED)
        return plan_say_interrupted(p);
    return status == PLAN_FAILED ? STATUS_TRIAL : STATUS_OK;
}

/* What is asked for beside the ranking at one point. */
static void tell_more(const options *o, const report *r, const poise_scenario *s,
                      string_buffer *out)
{
    if (!o->regret && !o->latency)
        return;
    for (int i = 0; i < r->scenario->n_sweeps; i++)
        string_add(out, "%s%s=%s", i ? ", " : "\n", r->scenario->sweep[i].path,
                   r->scenario->sweep[i].value);
    string_add(out, r->scenario->n_sweeps ? "\n" : "");
    if (o->regret)
        regret_table(r, s, out);
    if (o->latency) {
        string_add(out, "\n");
        report_cost(r, GRID_PLAIN, out);
    }
}

/* Below the table of a sweep: what is said of one of its points. */
static void add_remark(const report *r, string_buffer *out)
{
    if (!*r->remark)
        return;
    for (int i = 0; i < r->scenario->n_sweeps; i++)
        string_add(out, "%s%s=%s", i ? ", " : "  ", r->scenario->sweep[i].path,
                   r->scenario->sweep[i].value);
    string_add(out, ": %s\n", r->remark);
}

/* The reports of all points of the plan that the results hold. */
static void print_reports(const options *o, const plan *p, const results *r,
                          const experiment_point *point, int n_points)
{
    const report_filter filter = plan_filter(p);
    string_buffer out = {0}, more = {0};
    report *reports = error_must(calloc((size_t)n_points, sizeof *reports));
    int n = 0;
    for (int i = 0; i < n_points; i++)
        for (int k = 0; k < r->n_scenarios; k++)
            if (r->scenario[k].hash == poise_scenario_hash(point[i].scenario)) {
                reports[n] = report_make(r, k, cli_metric(o->metric), o->baseline, &filter);
                tell_more(o, &reports[n++], point[i].scenario, &more);
            }
    if (n > 0)
        report_head(&reports[0], n > 1, &out);
    string_add(&out, "\n");
    if (n == 1)
        report_text(&reports[0], &out);
    else if (n > 1)
        report_sweep(reports, n, &out);
    for (int i = 0; n > 1 && i < n; i++)
        add_remark(&reports[i], &out);
    fwrite(out.at, 1, out.length, stdout);
    if (more.length > 0)
        fwrite(more.at, 1, more.length, stdout);
    string_free(&more);
    for (int i = 0; i < n; i++)
        report_free(&reports[i]);
    free(reports);
    string_free(&out);
}

static int print_results(const options *o, store *s, const plan *p, const experiment_point *point,
                         int n_points)
{
    poise_error err = {0};
    results *r = store_read(s, &err);
    if (!r)
        return cli_explain(STATUS_IO, &err);
    print_reports(o, p, r, point, n_points);
    results_free(r);
    return STATUS_OK;
}

static int run_in_store(const options *o, store *s, const experiment *x)
{
    poise_error err = {0};
    for (int i = 0; i < x->n_points; i++) {
        const experiment_point *at = &x->point[i];
        if (!store_put_scenario(s, at->scenario, at->path, at->set, at->n_sets, at->sweep,
                                at->n_sweeps, &err))
            return cli_explain(STATUS_IO, &err);
    }
    plan *p = plan_new(x, s, NULL, &err);
    if (!p)
        return cli_explain(STATUS_USAGE, &err);
    int status = run_plan(o, p);
    if (status == STATUS_OK || status == STATUS_TRIAL) {
        const int printed = print_results(o, s, p, x->point, x->n_points);
        status = printed ? printed : status;
    }
    plan_free(p);
    return status;
}

/* Of agents that nobody has asked for only those that are for the scenario. */
static void leave_out_unsuited(names *agents, const poise_scenario *s)
{
    int n = 0;
    for (int i = 0; i < agents->n; i++)
        if (named_suits(poise_agent_find(agents->at[i]), s))
            agents->at[n++] = agents->at[i];
    agents->n = n;
}

static void expand_rules(names *agents, const poise_scenario *s)
{
    names all = {0};
    for (int i = 0; i < agents->n; i++)
        if (strcmp(agents->at[i], "rules") == 0)
            named_add_rules(&all, s);
        else if (!names_has(&all, agents->at[i]))
            names_add(&all, agents->at[i]);
    *agents = all;
}

/* Reads the policies among the agents; the status. */
static int read_policies(const options *o, const poise_scenario *s, experiment_agent *agent)
{
    for (int i = 0; i < o->agents.n; i++) {
        if (strncmp(o->agents.at[i], NAMED_POLICY, strlen(NAMED_POLICY)) != 0)
            continue;
        poise_error err = {0};
        const char *path =
            recipe_policy_path(o->agents.at[i] + strlen(NAMED_POLICY), poise_scenario_name(s));
        agent[i].trained = named_policy(path, &err);
        if (!agent[i].trained.bytes)
            return cli_explain(access(path, R_OK) == 0 ? STATUS_INPUT : STATUS_IO, &err);
    }
    return STATUS_OK;
}

/* Agents are made once before anything is written, so that a slip of the pen leaves no store. */
static int check_agents(const experiment *x)
{
    for (int i = 0; i < x->point[0].n_agents; i++) {
        poise_error err = {0};
        agent_card card;
        if (!experiment_card(x, 0, i, &card, &err))
            return cli_explain(x->point[0].agent[i].trained.bytes ? STATUS_INPUT : STATUS_USAGE,
                               &err);
    }
    return STATUS_OK;
}

static int run_points(const options *o, const experiment *x)
{
    const experiment_point *point = x->point;
    const int bad = check_agents(x);
    if (bad)
        return bad;
    for (int i = 0; i < x->n_points && !o->quiet; i++)
        if (*poise_scenario_notes(point[i].scenario) && i == 0)
            fprintf(stderr, "%s\n", poise_scenario_notes(point[i].scenario));
    poise_error err = {0};
    store *s = store_open(o->store, true, &err);
    if (!s)
        return cli_explain(STATUS_IO, &err);
    const int status = run_in_store(o, s, x);
    store_close(s);
    return status;
}

/* results/SCENARIO.db */
static const char *default_store(const poise_scenario *s)
{
    char *path = arena_format(cli_memory(), "results/%s.db", poise_scenario_name(s));
    for (char *c = path + strlen("results/"); *c; c++)
        *c = *c == '/' ? '_' : *c;
    return path;
}

static int run_all(options *o, experiment_point *point, int n_points)
{
    if (o->all)
        leave_out_unsuited(&o->agents, point[0].scenario);
    else
        expand_rules(&o->agents, point[0].scenario);
    settle_baseline(o);
    if (!o->store)
        o->store = default_store(point[0].scenario);
    experiment_agent *agent = arena_take(cli_memory(), (size_t)o->agents.n, sizeof *agent);
    for (int i = 0; i < o->agents.n; i++)
        agent[i] =
            (experiment_agent){.agent = o->agents.at[i], .train_decisions = o->train_decisions};
    for (int i = 0; i < n_points; i++) {
        point[i].agent = agent;
        point[i].n_agents = o->agents.n;
        point[i].seed = o->seeds.at;
        point[i].n_seeds = o->seeds.n;
    }
    const experiment x = {
        .point = point,
        .n_points = n_points,
        .train_seed = o->train_seeds.at,
        .n_train_seeds = o->train_seeds.n,
        .patience_s = o->patience_s,
        .bounds = o->bounds || o->regret,
        .precision = {.within = o->within,
                      .metric = cli_metric(o->metric),
                      .least = PRECISION_LEAST,
                      .wave = PRECISION_WAVE,
                      .baseline = o->baseline},
    };
    int status = read_policies(o, point[0].scenario, agent);
    status = status ? status : run_points(o, &x);
    for (int i = 0; i < o->agents.n; i++)
        free((void *)agent[i].trained.bytes);
    return status;
}

int cmd_run(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "SCENARIO", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    fill_defaults(&o);
    cli_metric(o.metric);
    int n_points = 0, status = STATUS_OK;
    experiment_point *point =
        cli_points(cli_scenario_path(o.scenario), &o.sets, &o.sweep, &n_points, &status);
    if (point)
        status = run_all(&o, point, n_points);
    cli_points_free(point, n_points);
    return status;
}
