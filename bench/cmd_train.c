/* cmd_train.c - `poise train`: one learner, one policy file. */
#include "cli.h"

#include "card.h"
#include "file.h"
#include "policy.h"
#include "pool.h"
#include "progress.h"

#include "error.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    const char *scenario, *agent, *output;
    names sets;
    int64_t decisions, seed;
    double patience_s;
    bool quiet;
} options;

enum { OPT_STEPS = 256, OPT_SEED, OPT_SET, OPT_LENIENT, OPT_BLAS, OPT_PATIENCE };

static const struct argp_option rows[] = {
    {"agent", 'a', "SPEC", 0, "the learner, as NAME or NAME:OPTION=VALUE:...", 0},
    {"steps", OPT_STEPS, "N", 0, "decisions to train for; default: the learner's own", 0},
    {"seed", OPT_SEED, "S", 0, "training seed; default 0", 0},
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting of the scenario", 0},
    {"lenient", OPT_LENIENT, 0, 0, "leave out lines of traces that are wrong, and say how many", 0},
    {"blas", OPT_BLAS, "reference|openblas", 0,
     "who multiplies the matrices of networks; default reference: the same bits on every machine",
     0},
    {"patience", OPT_PATIENCE, "S", 0, CLI_PATIENCE, 0},
    {"output", 'o', "FILE", 0, "the policy; default AGENT.safetensors", 0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {0},
};

static const char about[] =
    "Train a learner in a scenario and write its policy (safetensors), and the log of its training "
    "beside it (FILE without suffix, then .progress.csv).\v"
    "Example:\n"
    "  poise train gpu-mix-v1 -a q_learning --steps 200000 -o q.safetensors";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'a': o->agent = cli_agent(argument); break;
    case OPT_STEPS: o->decisions = cli_whole("--steps", argument, 1, INT64_MAX / 2); break;
    case OPT_SEED: o->seed = cli_whole("--seed", argument, 0, INT64_MAX); break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_LENIENT: names_add(&o->sets, "workload.lenient=true"); break;
    case OPT_BLAS: cli_blas(argument); break;
    case OPT_PATIENCE: o->patience_s = cli_patience(argument); break;
    case 'o': o->output = argument; break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG:
        if (o->scenario)
            cli_refuse("one scenario at a time, '%s' is one too many", argument);
        o->scenario = argument;
        break;
    case ARGP_KEY_END:
        if (!o->scenario)
            cli_refuse("which scenario? `poise list scenarios` shows those there are");
        if (!o->agent)
            cli_refuse("which agent? Give a learner with -a");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* A training as the only job of a pool, so that signals and progress work as everywhere. */
typedef struct lesson {
    training task;
    poise_env *env;
    training_result result;
    atomic_llong done;
    progress progress;
} lesson;

static void run(void *data, int job, int worker)
{
    lesson *l = data;
    (void)job;
    (void)worker;
    l->result = train_run(&l->task, l->env, &l->done, &pool_stopping);
}

static void tick(void *data)
{
    lesson *l = data;
    const double done = (double)atomic_load(&l->done), all = (double)l->task.decisions;
    const double elapsed_s = wall_now_s() - l->progress.start_s;
    progress_show(&l->progress, done > 0 ? elapsed_s * (all - done) / done : NAN,
                  "%.0f of %.0f decisions", done, all);
}

static void path_of_log(const char *policy, char path[PATH_MAX])
{
    const char *slash = strrchr(policy, '/'), *dot = strrchr(slash ? slash : policy, '.');
    const size_t n = dot ? (size_t)(dot - policy) : strlen(policy);
    snprintf(path, PATH_MAX, "%.*s.progress.csv", (int)n, policy);
}

static int keep(const options *o, const lesson *l)
{
    const training_result *r = &l->result;
    poise_error err = {0};
    char log[PATH_MAX];
    path_of_log(o->output, log);
    if (!policy_write(o->output, r->policy, r->policy_bytes, &err) ||
        !train_write_progress(log, r->log, r->n_log, &err))
        return cli_explain(STATUS_IO, &err);
    double first = NAN, last = NAN;
    int64_t episodes = 0;
    for (size_t i = 0; i < r->n_log; i++)
        if (strcmp(r->log[i].key, "rollout/ep_rew_mean") == 0) {
            first = isnan(first) ? r->log[i].value : first;
            last = r->log[i].value;
            episodes = r->log[i].episode;
        }
    printf("%s: %s after %" PRId64 " decisions, %" PRId64 " episodes; mean reward an episode from "
           "%.6g to %.6g\n",
           o->output, o->agent, l->task.decisions, episodes, first, last);
    return STATUS_OK;
}

static int teach(const options *o, const poise_scenario *s, const agent_card *card)
{
    poise_error err = {0};
    lesson l = {.task = {.scenario = s,
                         .agent = o->agent,
                         .decisions = o->decisions ? o->decisions : card->train_decisions,
                         .seed = o->seed,
                         .patience_s = o->patience_s,
                         .build = card->build},
                .progress = progress_start(o->quiet)};
    l.env = poise_env_new(s, &err);
    if (!l.env)
        return cli_explain(STATUS_INPUT, &err);
    pool_catch_signals();
    const pool_work work = {1, run, NULL, tick, &l};
    pool_run(&work, 1);
    progress_wipe(&l.progress);
    int status;
    if (pool_signal())
        status = cli_error(128 + pool_signal(), "interrupted: no policy was written");
    else if (l.result.status != TRIAL_OK)
        status = cli_error(STATUS_TRIAL, "the training failed: %s", l.result.error);
    else
        status = keep(o, &l);
    train_free(&l.result);
    poise_env_free(l.env);
    return status;
}

/* Says now, not after the training, that the result could not be written. */
static bool is_writable(const char *path, poise_error *err)
{
    if (!file_make_parents(path, err))
        return false;
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (access(*dir ? dir : "/", W_OK) == 0)
        return true;
    return error_null(err, "%s: cannot write it: %s", path, strerror(errno));
}

/* The learner that is asked for; the status. */
static int find_learner(const options *o, const poise_scenario *s, agent_card *card)
{
    poise_error err = {0};
    if (!card_of(o->agent, s, (card_terms){.patience_s = o->patience_s}, card, &err))
        return cli_explain(STATUS_USAGE, &err);
    if (card->train_decisions == 0)
        return cli_error(STATUS_USAGE, "agent '%s' does not learn", o->agent);
    return STATUS_OK;
}

int cmd_train(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "SCENARIO", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    poise_error err = {0};
    poise_scenario *s =
        poise_scenario_load(cli_scenario_path(o.scenario), o.sets.at, o.sets.n, &err);
    if (!s)
        return cli_explain(STATUS_INPUT, &err);
    if (*poise_scenario_notes(s))
        fprintf(stderr, "%s\n", poise_scenario_notes(s));
    char path[PATH_MAX];
    agent_card card;
    int status = find_learner(&o, s, &card);
    if (!status) {
        snprintf(path, sizeof path, "%s.safetensors", card.name);
        o.output = o.output ? o.output : path;
        status = is_writable(o.output, &err) ? teach(&o, s, &card) : cli_explain(STATUS_IO, &err);
    }
    poise_scenario_free(s);
    return status;
}
