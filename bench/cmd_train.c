/* cmd_train.c - `poise train`: one learner, one policy file. */
#include "cli.h"

#include "card.h"
#include "file.h"
#include "lib/blas.h"
#include "policy.h"
#include "pool.h"
#include "progress.h"
#include "recipe.h"

#include "error.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    const char *scenario, *agent, *output, *resume;
    names sets;
    numbers seeds;
    int64_t decisions, checkpoint_every, validate_every;
    int validation_seeds, validation_patience, threads;
    double patience_s;
    bool quiet, tuned;
} options;

enum {
    OPT_STEPS = 256,
    OPT_SEED,
    OPT_SET,
    OPT_LENIENT,
    OPT_BLAS,
    OPT_PATIENCE,
    OPT_CHECKPOINT,
    OPT_RESUME,
    OPT_VALIDATE,
    OPT_VALIDATION_SEEDS,
    OPT_STOP_AFTER,
    OPT_TUNED,
};

static const struct argp_option rows[] = {
    {"agent", 'a', "SPEC", 0, "the learner, as NAME or NAME:OPTION=VALUE:...", 0},
    {"tuned", OPT_TUNED, 0, 0,
     "take options, decisions, validation and seed from the recipe that ships for the scenario; "
     "what is given beside it goes before. `poise list policies` shows what there is",
     0},
    {"steps", OPT_STEPS, "N", 0, "decisions to train for; default: the learner's own", 0},
    {"seed", OPT_SEED, "SEEDS", 0,
     "training seed: 3, or 0..9 for a policy each (FILE-3.safetensors); default 0", 0},
    {"jobs", 'j', "N", 0, "threads, for several seeds; policies do not depend on it", 0},
    {"checkpoint", OPT_CHECKPOINT, "N", 0,
     "decisions between two checkpoints (FILE without suffix, then .ckpt); default a tenth of all. "
     "The last one stays if training is interrupted or fails",
     0},
    {"resume", OPT_RESUME, "FILE", 0,
     "go on from a checkpoint: bit for bit as if nothing had been interrupted", 0},
    {"validate", OPT_VALIDATE, "N", 0,
     "every so many decisions, judge the policy on seeds of their own, and keep the best", 0},
    {"validation-seeds", OPT_VALIDATION_SEEDS, "N", 0, "so many of them; default 3", 0},
    {"stop-after", OPT_STOP_AFTER, "N", 0,
     "stop once validation has found no better policy so many times; default never", 0},
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
    "Examples:\n"
    "  poise train gpu-mix-v1 -a q_learning --steps 200000 -o q.safetensors\n"
    "  poise train gpu-mix-v1 -a ppo --tuned -o p.safetensors";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'a': o->agent = cli_agent(argument); break;
    case OPT_STEPS: o->decisions = cli_whole("--steps", argument, 1, INT64_MAX / 2); break;
    case OPT_SEED: o->seeds = cli_seeds("--seed", argument); break;
    case 'j': o->threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case OPT_CHECKPOINT:
        o->checkpoint_every = cli_whole("--checkpoint", argument, 1, INT64_MAX / 2);
        break;
    case OPT_RESUME: o->resume = argument; break;
    case OPT_VALIDATE:
        o->validate_every = cli_whole("--validate", argument, 1, INT64_MAX / 2);
        break;
    case OPT_VALIDATION_SEEDS:
        o->validation_seeds = (int)cli_whole("--validation-seeds", argument, 1, 10000);
        break;
    case OPT_STOP_AFTER:
        o->validation_patience = (int)cli_whole("--stop-after", argument, 1, INT_MAX);
        break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_LENIENT: names_add(&o->sets, "workload.lenient=true"); break;
    case OPT_BLAS: cli_blas(argument); break;
    case OPT_PATIENCE: o->patience_s = cli_patience(argument); break;
    case 'o': o->output = argument; break;
    case 'q': o->quiet = true; break;
    case OPT_TUNED: o->tuned = true; break;
    case ARGP_KEY_ARG:
        if (o->scenario)
            cli_refuse("one scenario at a time, '%s' is one too many", argument);
        o->scenario = argument;
        break;
    case ARGP_KEY_END:
        if (!o->scenario)
            cli_refuse("which scenario? `poise list scenarios` shows those there are");
        if (!o->agent && !o->resume)
            cli_refuse("which agent? Give a learner with -a");
        if (o->resume && (o->agent || o->seeds.n || o->tuned))
            cli_refuse("a checkpoint says itself which agent and seed it is of: no -a, --seed or "
                       "--tuned");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* What --resume goes on from. */
typedef struct checkpoint {
    policy_about about;
    void *bytes;
    size_t n_bytes;
} checkpoint;

/* A training for each seed, as jobs of a pool. */
typedef struct lesson {
    training task;
    training_result result;
    atomic_llong done;
    char output[PATH_MAX], checkpoint[PATH_MAX];
} lesson;

typedef struct school {
    const options *ask;
    lesson *lesson;  // (n)
    int n;
    progress progress;
} school;

static void run(void *data, int job, int worker)
{
    school *all = data;
    lesson *l = &all->lesson[job];
    poise_error err = {0};
    (void)worker;
    poise_env *e = poise_env_new(l->task.scenario, &err);
    if (e)
        l->result = train_run(&l->task, e, &l->done, &pool_stopping);
    else
        snprintf(l->result.error, sizeof l->result.error, "%.239s", err.text);
    poise_env_free(e);
}

static void tick(void *data)
{
    school *all = data;
    double done = 0, of = 0;
    for (int i = 0; i < all->n; i++) {
        done += (double)atomic_load(&all->lesson[i].done);
        of += (double)all->lesson[i].task.decisions;
    }
    const double elapsed_s = wall_now_s() - all->progress.start_s;
    progress_show(&all->progress, done > 0 ? elapsed_s * (of - done) / done : NAN,
                  "%.0f of %.0f decisions", done, of);
}

/* The path of a file beside the policy. */
static void path_beside(const char *policy, const char *suffix, char path[PATH_MAX])
{
    const char *slash = strrchr(policy, '/'), *dot = strrchr(slash ? slash : policy, '.');
    const size_t n = dot ? (size_t)(dot - policy) : strlen(policy);
    snprintf(path, PATH_MAX, "%.*s%s", (int)n, policy, suffix);
}

static int keep(const options *o, const lesson *l)
{
    const training_result *r = &l->result;
    poise_error err = {0};
    char log[PATH_MAX];
    path_beside(l->output, ".progress.csv", log);
    if (!policy_write(l->output, r->policy, r->policy_bytes, &err) ||
        !train_write_progress(log, r->log, r->n_log, &err))
        return cli_explain(STATUS_IO, &err);
    double first = NAN, last = NAN, states = NAN;
    int64_t episodes = 0;
    for (size_t i = 0; i < r->n_log; i++) {
        if (strcmp(r->log[i].key, "train/states_visited") == 0)
            states = r->log[i].value;
        if (strcmp(r->log[i].key, "rollout/ep_rew_mean") == 0) {
            first = isnan(first) ? r->log[i].value : first;
            last = r->log[i].value;
            episodes = r->log[i].episode;
        }
    }
    printf("%s: %s after %lld decisions, %" PRId64 " episodes; mean reward an episode from "
           "%.6g to %.6g",
           l->output, o->agent, atomic_load(&l->done), episodes, first, last);
    if (!isnan(states))
        printf("; %.0f states visited", states);
    printf("\n");
    if (r->checkpoint >= 0)
        remove(l->checkpoint);
    return STATUS_OK;
}

/* What came of a training; the status. */
static int report(const options *o, const lesson *l)
{
    const training_result *r = &l->result;
    if (r->status == TRIAL_OK)
        return keep(o, l);
    char rest[PATH_MAX + 80] = "";
    if (r->checkpoint >= 0)
        snprintf(rest, sizeof rest, "; %s is of after %" PRId64 " decisions", l->checkpoint,
                 r->checkpoint);
    if (pool_signal())
        return cli_error(128 + pool_signal(), "interrupted: no policy was written%s%s", rest,
                         *rest ? ", --resume goes on from it" : "");
    return cli_error(STATUS_TRIAL, "the training failed: %s%s", r->error, rest);
}

/* FILE-SEED.safetensors where there are several. */
static void name_files(lesson *l, const options *o, int64_t seed)
{
    char suffix[64];
    snprintf(suffix, sizeof suffix, "-%" PRId64 ".safetensors", seed);
    if (o->seeds.n > 1)
        path_beside(o->output, suffix, l->output);
    else
        snprintf(l->output, sizeof l->output, "%s", o->output);
    path_beside(l->output, ".ckpt", l->checkpoint);
}

static training task_of(const options *o, const poise_scenario *s, const agent_card *card)
{
    const int64_t decisions = o->decisions ? o->decisions : card->train_decisions;
    return (training){
        .scenario = s,
        .agent = o->agent,
        .decisions = decisions,
        .patience_s = o->patience_s,
        .build = card->build,
        .checkpoint_every = o->checkpoint_every ? o->checkpoint_every : decisions / 10 + 1,
        .validate_every = o->validate_every,
        .validation_seeds = o->validation_seeds ? o->validation_seeds : 3,
        .validation_patience = o->validation_patience,
    };
}

static int teach(const options *o, const poise_scenario *s, const agent_card *card,
                 const checkpoint *from)
{
    school all = {o, calloc((size_t)o->seeds.n + 1, sizeof *all.lesson), o->seeds.n,
                  progress_start(o->quiet)};
    if (!all.lesson)
        return cli_error(STATUS_IO, "out of memory");
    for (int i = 0; i < all.n; i++) {
        lesson *l = &all.lesson[i];
        name_files(l, o, o->seeds.at[i]);
        l->task = task_of(o, s, card);
        l->task.seed = o->seeds.at[i];
        l->task.checkpoint = l->checkpoint;
        l->task.resume = from->bytes;
        l->task.resume_bytes = from->n_bytes;
        l->task.resume_name = o->resume;
        l->result = (training_result){.status = TRIAL_FAILED, .checkpoint = -1};
    }
    pool_catch_signals();
    const pool_work work = {.n_jobs = all.n, .run = run, .tick = tick, .data = &all};
    const bool alone = !blas_is_thread_safe() || all.n == 1;
    pool_run(&work, alone ? 1 : o->threads ? o->threads : pool_processors());
    progress_wipe(&all.progress);
    int status = STATUS_OK;
    for (int i = 0; i < all.n; i++) {
        const int own = report(o, &all.lesson[i]);
        status = status ? status : own;
        train_free(&all.lesson[i].result);
    }
    free(all.lesson);
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

/* Reads the checkpoint, which says what is to be trained; the status. */
static int take_up(options *o, const poise_scenario *s, checkpoint *from)
{
    poise_error err = {0};
    from->bytes = policy_read(o->resume, &from->n_bytes, &err);
    if (!from->bytes)
        return cli_explain(STATUS_IO, &err);
    if (!policy_about_read(from->bytes, from->n_bytes, o->resume, &from->about, &err))
        return cli_explain(STATUS_INPUT, &err);
    if (from->about.budget <= 0)
        return cli_error(STATUS_INPUT, "%s is a policy, not a checkpoint: its training is over",
                         o->resume);
    if (from->about.scenario_hash != poise_scenario_hash(s))
        return cli_error(STATUS_INPUT,
                         "%s is of a training in another scenario (%s, or with other settings)",
                         o->resume, from->about.scenario);
    static int64_t seed;
    seed = from->about.train_seed;
    o->agent = from->about.agent;
    o->seeds = (numbers){&seed, 1};
    o->decisions = o->decisions ? o->decisions : from->about.budget;
    return STATUS_OK;
}

/* Takes from the recipe what was not given; the status. */
static int take_recipe(options *o, const char *scenario)
{
    recipes all;
    poise_error err = {0};
    if (!recipes_read(&all, &err))
        return cli_explain(STATUS_INPUT, &err);
    const size_t n = strcspn(o->agent, ":");
    const recipe *r = recipes_find(&all, scenario, o->agent, n);
    if (!r)
        return cli_error(STATUS_USAGE, "there is no recipe '%.*s' for %s; there are %s", (int)n,
                         o->agent, scenario, all.n ? recipes_told(&all, scenario) : "none");
    static int64_t seed;
    seed = r->seed;
    o->agent = recipe_spec(r, o->agent);
    o->decisions = o->decisions ? o->decisions : r->decisions;
    o->validate_every = o->validate_every ? o->validate_every : r->validate;
    o->validation_seeds = o->validation_seeds ? o->validation_seeds : r->validation_seeds;
    o->seeds = o->seeds.n ? o->seeds : (numbers){&seed, 1};
    if (!o->quiet)
        fprintf(stderr, "%s, %" PRId64 " decisions, validated every %" PRId64 "\n", o->agent,
                o->decisions, o->validate_every);
    return STATUS_OK;
}

/* Says that there is a recipe, where it is not asked for. */
static void mention_recipe(const options *o, const char *scenario)
{
    recipes all;
    poise_error ignored = {0};
    const size_t n = strcspn(o->agent, ":");
    if (!o->quiet && recipes_read(&all, &ignored) && recipes_find(&all, scenario, o->agent, n))
        fprintf(stderr, "there are tuned options for %.*s in %s: --tuned takes them\n", (int)n,
                o->agent, scenario);
}

/* Trains as asked for; the status. */
static int train(options o, const poise_scenario *s)
{
    poise_error err = {0};
    checkpoint from = {0};
    agent_card card;
    char path[PATH_MAX];
    int status = STATUS_OK;
    if (o.resume)
        status = take_up(&o, s, &from);
    else if (o.tuned)
        status = take_recipe(&o, poise_scenario_name(s));
    else
        mention_recipe(&o, poise_scenario_name(s));
    if (!o.seeds.n)
        o.seeds = cli_seeds("--seed", "0");
    status = status ? status : find_learner(&o, s, &card);
    if (!status) {
        snprintf(path, sizeof path, "%s.safetensors", card.name);
        o.output = o.output ? o.output : path;
        status =
            is_writable(o.output, &err) ? teach(&o, s, &card, &from) : cli_explain(STATUS_IO, &err);
    }
    free(from.bytes);
    return status;
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
    const int status = train(o, s);
    poise_scenario_free(s);
    return status;
}
