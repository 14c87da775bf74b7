/* cmd_export.c - `poise export`: what others need. Of a run, which is played: its jobs, what became
 * of devices, and the scenario; of a store its cells, or arrays. */
#include "cli.h"
#include "card.h"
#include "export_batsim.h"
#include "export_store.h"
#include "file.h"
#include "policy.h"
#include "trial.h"

#include "error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is written, of a run or of a store. */
typedef enum format {
    FORMAT_POISE,
    FORMAT_BATSIM,
    FORMAT_CSV,
    FORMAT_JSONL,
    FORMAT_NPY,
    N_FORMATS
} format;
static const char *const formats[] = {"poise", "batsim", "csv", "jsonl", "npy", NULL};

typedef struct options {
    const char *subject, *agent, *policy, *output, *metric;
    names sets;
    int64_t seed;
    format format;
    bool has_seed, quick, force;
} options;

enum { OPT_SEED = 256, OPT_SET, OPT_LENIENT, OPT_FORCE, OPT_FORMAT, OPT_METRIC, OPT_QUICK };

static const struct argp_option rows[] = {
    {"agent", 'a', "SPEC", 0, "who decides, as NAME or NAME:OPTION=VALUE:...", 0},
    {"policy", 'p', "FILE", 0, "instead: a policy, which says itself which agent it is for", 0},
    {"seed", OPT_SEED, "SEED", 0, "evaluation seed; default 0", 0},
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting of the scenario", 0},
    {"lenient", OPT_LENIENT, 0, 0, "leave out lines of traces that are wrong, and say how many", 0},
    {"format", OPT_FORMAT, "FORMAT", 0,
     "of a run: poise (the default) or batsim; of a store: csv, jsonl or npy", 0},
    {"metric", OPT_METRIC, "NAME", 0,
     "what is in the raw arrays of npy; default what each scenario names", 0},
    {"quick", OPT_QUICK, 0, 0, "of an experiment its quick form", 0},
    {"output", 'o', "NAME", 0,
     "files are named NAME-jobs.csv and so on, default the scenario's name; for csv and jsonl the "
     "file, default standard output",
     0},
    {"force", OPT_FORCE, 0, 0, "replace files that are there already", 0},
    {0},
};

static const char about[] =
    "Of a run: play it and write NAME-jobs.csv (each job as it came and went), NAME-events.csv "
    "(devices that fail, sleep and wake) and NAME.yaml (the scenario with these jobs in place of "
    "its "
    "own). The scenario is then played once more from the files: whether that was the same run is "
    "told. With --format batsim only its jobs are written, as NAME_jobs.csv with Batsim's "
    "columns.\n"
    "Of a store, or of the cells of an experiment: csv and jsonl are a line a cell with all that "
    "is "
    "known of it; npy are arrays of agents, runs and tasks for NumPy, NAME-raw.npy and "
    "NAME-scores.npy, with NAME-names.json."
    "\v"
    "Examples:\n"
    "  poise export gpu-mix-v1 -a shortest --seed 3 -o out/mix\n"
    "  poise export hpc-swf-v1 -a fifo --format batsim -o out/easy\n"
    "  poise export results/gpu-mix-v1.db --format csv > cells.csv\n"
    "  poise export core-v1 --format npy -o core";

static format format_called(const char *name)
{
    for (int k = 0; k < N_FORMATS; k++)
        if (strcmp(name, formats[k]) == 0)
            return (format)k;
    const char *nearest = nearest_name(name, formats);
    if (nearest)
        cli_refuse("there is no format '%s', did you mean '%s'?", name, nearest);
    cli_refuse("there is no format '%s'; there are poise, batsim, csv, jsonl and npy", name);
}

/* What is of a run only, or of arrays only, is refused elsewhere. */
static void check_options(const options *o)
{
    if (o->metric && o->format != FORMAT_NPY)
        cli_refuse("--metric is what is in the arrays of --format npy");
    const bool of_run = o->format == FORMAT_POISE || o->format == FORMAT_BATSIM;
    if (of_run && o->quick)
        cli_refuse("--quick is of an experiment, with --format csv, jsonl or npy");
    if (of_run && !o->subject)
        cli_refuse("which scenario? `poise list scenarios` shows those there are");
    if (of_run && !o->policy == !o->agent)
        cli_refuse("give either an agent with -a or a policy with -p; a store needs --format csv, "
                   "jsonl or npy");
    if (!of_run && (o->policy || o->agent || o->has_seed || o->sets.n))
        cli_refuse("--format %s is of a store: -a, -p, --seed and --set are of a run",
                   formats[o->format]);
    if (o->output && !*cli_stem(o->output))
        cli_refuse("-o '%s' has no name", o->output);
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'a': o->agent = cli_agent(argument); break;
    case 'p': o->policy = argument; break;
    case OPT_SEED:
        o->seed = cli_whole("--seed", argument, 0, INT64_MAX);
        o->has_seed = true;
        break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_LENIENT: names_add(&o->sets, "workload.lenient=true"); break;
    case 'o': o->output = argument; break;
    case OPT_FORCE: o->force = true; break;
    case OPT_FORMAT: o->format = format_called(argument); break;
    case OPT_QUICK: o->quick = true; break;
    case OPT_METRIC: o->metric = argument; break;
    case ARGP_KEY_ARG:
        if (o->subject)
            cli_refuse("one scenario or store at a time, '%s' is one too many", argument);
        o->subject = argument;
        break;
    case ARGP_KEY_END: check_options(o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* ---- the run ------------------------------------------------------------------------------ */

/* One run, and the environment that still holds it. */
typedef struct run {
    poise_env *env;
    batsim_log heard;  // also where it is not Batsim's
    trial_result result;
} run;

static int play(run *r, const trial *t)
{
    poise_error err = {0};
    r->env = poise_env_new(t->scenario, &err);
    if (!r->env)
        return cli_explain(STATUS_IO, &err);
    batsim_listen(&r->heard, t->scenario, r->env, cli_memory());
    r->result = trial_run(t, r->env, NULL, NULL);
    if (r->result.status == TRIAL_OK)
        return STATUS_OK;
    return cli_error(STATUS_TRIAL, "%s", r->result.error);
}

/* An agent that cannot be, or a policy that does not fit, is told before anything is run. */
static int check_agent(const options *o, trial *t)
{
    const card_terms terms = {t->policy, t->policy_bytes, o->policy, t->patience_s};
    poise_error err = {0};
    agent_card card;
    if (!card_of(t->agent, t->scenario, terms, &card, &err))
        return cli_explain(t->policy ? STATUS_INPUT : STATUS_USAGE, &err);
    if (!t->policy && card.train_decisions)
        return cli_error(STATUS_USAGE,
                         "agent '%s' learns: train it first and give its policy with -p", t->agent);
    t->build = card.build;
    return STATUS_OK;
}

/* ---- files -------------------------------------------------------------------------------- */

/* Where things are written: NAME-jobs.csv, NAME-events.csv, NAME.yaml. */
typedef struct places {
    const char *jobs, *events, *yaml;
} places;

static places places_of(const options *o, const poise_scenario *s)
{
    arena *m = cli_memory();
    const char *name = o->output ? o->output : poise_scenario_name(s);
    const size_t n = strlen(name);
    if (n > 5 && strcmp(name + n - 5, ".yaml") == 0)
        name = arena_copy(m, name, n - 5);
    return (places){
        .jobs = arena_format(m, "%s-jobs.csv", name),
        .events = arena_format(m, "%s-events.csv", name),
        .yaml = arena_format(m, "%s.yaml", name),
    };
}

static const char *head_of(const options *o, const trial *t)
{
    string_buffer head = {0};
    string_add(&head, "# The jobs of %s as they came from seed %" PRId64 ", for agent\n# %s.\n",
               poise_scenario_name(t->scenario), o->seed, t->agent);
    for (int k = 0; k < o->sets.n; k++)
        string_add(&head, "# With %.*s\n", (int)strcspn(o->sets.at[k], "\n"), o->sets.at[k]);
    string_add(&head, "# Written by poise export; with the same seed, the same agent does the same "
                      "again.\n");
    const char *text = arena_text(cli_memory(), head.at);
    string_free(&head);
    return text;
}

static int write_files(const options *o, const trial *t, const run *r, places at)
{
    const poise_episode ep = poise_env_episode(r->env);
    const char *slash = strrchr(at.jobs, '/');
    const export_name as = {
        .name = export_name_of(cli_memory(), cli_stem(at.yaml)),
        .file = slash ? slash + 1 : at.jobs,
        .head = head_of(o, t),
    };
    string_buffer text[3] = {0};
    export_jobs(&text[0], &r->heard.log, &ep);
    export_events(&text[1], &r->heard.log);
    export_scenario(&text[2], &r->heard.log, &ep, as);
    const file_text files[] = {{at.jobs, text[0].at, text[0].length},
                               {at.events, text[1].at, text[1].length},
                               {at.yaml, text[2].at, text[2].length}};
    poise_error err = {0};
    const bool good =
        file_make_parents(at.yaml, &err) && file_write_all(files, 3, o->force, NULL, NULL, &err);
    for (int k = 0; k < 3; k++)
        string_free(&text[k]);
    return good ? STATUS_OK : cli_explain(STATUS_IO, &err);
}

/* ---- the same again ----------------------------------------------------------------------- */

/* Whether the run from the files went as the first: every event and choice, and every job. */
static bool same(const run *a, const run *b)
{
    const poise_episode x = poise_env_episode(a->env), y = poise_env_episode(b->env);
    string_buffer one = {0}, two = {0};
    export_jobs(&one, &a->heard.log, &x);
    export_jobs(&two, &b->heard.log, &y);
    const bool equal =
        x.hash == y.hash && x.world_hash == y.world_hash && strcmp(one.at, two.at) == 0;
    string_free(&one);
    string_free(&two);
    return equal;
}

static int play_again(const trial *first, const run *r, const char *yaml)
{
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(yaml, NULL, 0, &err);
    if (!s)
        return cli_explain(STATUS_TRIAL, &err);
    trial t = *first;
    t.scenario = s;
    run again = {0};
    int status = play(&again, &t);
    if (!status && same(r, &again))
        printf("played again from the files: the same run\n");
    else if (!status)
        status = cli_error(STATUS_TRIAL, "played again from the files: another run. The jobs are "
                                         "those of this run; an agent that goes by what a scenario "
                                         "declares of its workload finds other things declared");
    poise_env_free(again.env);
    poise_scenario_free(s);
    return status;
}

static void tell(const trial *t, const run *r, places at)
{
    printf("%s: %zu jobs of %s, agent %s\n", at.jobs, r->heard.log.n_jobs,
           poise_scenario_name(t->scenario), t->agent);
    printf("%s: %zu events of devices\n", at.events, r->heard.log.n_events);
    printf("%s: the scenario with these jobs\n", at.yaml);
    if (t->scenario->n_graphs > 0)
        printf("jobs that are graphs stand as wholes: their tasks are those of the scenario\n");
    if (export_reacts(t->scenario))
        printf("here jobs come when others have left: these are the times at which they came for "
               "this agent, others would have met other ones\n");
}

/* The run, with records of its tasks. */
static int play_recorded(run *r, const trial *t)
{
    const int status = play(r, t);
    if (!status && r->heard.log.n_jobs == 0)
        return cli_error(STATUS_TRIAL, "no job arrived, there is nothing to export");
    if (!status && poise_env_episode(r->env).n_records == 0)
        return cli_error(STATUS_USAGE,
                         "the scenario keeps no records of its tasks, and what became "
                         "of jobs is not known without: --set records=all");
    return status;
}

static int export_poise(const options *o, const trial *t)
{
    const places at = places_of(o, t->scenario);
    const char *const paths[] = {at.jobs, at.events, at.yaml};
    poise_error err = {0};
    if (!o->force && file_any_is_there(paths, 3, &err))
        return cli_explain(STATUS_IO, &err);
    run r = {0};
    int status = play_recorded(&r, t);
    if (!status)
        status = write_files(o, t, &r, at);
    if (!status) {
        tell(t, &r, at);
        status = play_again(t, &r, at.yaml);
    }
    poise_env_free(r.env);
    return status;
}

static int export_batsim(const options *o, const trial *t)
{
    const char *name = o->output ? o->output : poise_scenario_name(t->scenario);
    const char *path = arena_format(cli_memory(), "%s_jobs.csv", name);
    poise_error err = {0};
    if (!o->force && file_any_is_there(&path, 1, &err))
        return cli_explain(STATUS_IO, &err);
    run r = {0};
    int status = play_recorded(&r, t);
    if (!status) {
        const poise_episode ep = poise_env_episode(r.env);
        string_buffer out = {0};
        batsim_jobs(&out, &r.heard, &ep);
        const file_text file = {path, out.at, out.length};
        if (file_make_parents(path, &err) && file_write_all(&file, 1, o->force, NULL, NULL, &err))
            printf("%s: %zu jobs of %s, agent %s\n", path, r.heard.log.n_jobs,
                   poise_scenario_name(t->scenario), t->agent);
        else
            status = cli_explain(STATUS_IO, &err);
        string_free(&out);
    }
    poise_env_free(r.env);
    return status;
}

static int export(const options *o, const trial *t)
{
    return o->format == FORMAT_BATSIM ? export_batsim(o, t) : export_poise(o, t);
}

/* ---- the command -------------------------------------------------------------------------- */

static int with_policy(const options *o, trial *t)
{
    poise_error err = {0};
    policy_about from;
    size_t n_bytes = 0;
    void *bytes = policy_read(o->policy, &n_bytes, &err);
    if (!bytes)
        return cli_explain(STATUS_IO, &err);
    int status = STATUS_OK;
    if (!policy_about_read(bytes, n_bytes, o->policy, &from, &err)) {
        status = cli_explain(STATUS_INPUT, &err);
    } else {
        t->agent = from.agent;
        t->policy = bytes;
        t->policy_bytes = n_bytes;
        status = check_agent(o, t);
        status = status ? status : export(o, t);
    }
    t->agent = NULL;
    free(bytes);
    return status;
}

static int export_run(const options *o)
{
    poise_error err = {0};
    poise_scenario *s =
        poise_scenario_load(cli_scenario_path(o->subject), o->sets.at, o->sets.n, &err);
    if (!s)
        return cli_explain(STATUS_INPUT, &err);
    if (*poise_scenario_notes(s))
        fprintf(stderr, "%s\n", poise_scenario_notes(s));
    trial t = {.scenario = s, .agent = o->agent, .seed = o->seed};
    int status;
    if (o->policy) {
        status = with_policy(o, &t);
    } else {
        status = check_agent(o, &t);
        status = status ? status : export(o, &t);
    }
    poise_scenario_free(s);
    return status;
}

int cmd_export(int argc, char **argv)
{
    static const export_format of_store[] = {
        [FORMAT_CSV] = EXPORT_CSV,
        [FORMAT_JSONL] = EXPORT_JSONL,
        [FORMAT_NPY] = EXPORT_NPY,
    };
    options o = {0};
    const struct argp argp = {rows, take, "SCENARIO|STORE|EXPERIMENT", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    if (o.format == FORMAT_POISE || o.format == FORMAT_BATSIM)
        return export_run(&o);
    const export_ask ask = {
        .subject = o.subject,
        .format = of_store[o.format],
        .output = o.output,
        .metric = o.metric ? cli_metric(o.metric) : -1,
        .quick = o.quick,
        .force = o.force,
    };
    return export_store(&ask);
}
