/* test_experiment_file.c - an experiment as a file: what it expands to, counted by hand, and every
 * mistake under its line. */
#include "bench_support.h"
#include "cli.h"
#include "experiment_file.h"

#include <sys/stat.h>

static experiment_file file;

/* Reads a file with this text behind its first two lines; false with all mistakes in err. */
static bool read_with(const char *text, const char *const *sets, int n_sets, poise_error *err)
{
    make_folder();
    FILE *f = fopen(in_folder("x.yaml"), "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "poise: 1\nname: x\n%s", text);
    fclose(f);
    const bool good = experiment_file_read(&file, in_folder("x.yaml"), sets, n_sets, err);
    remove_folder();
    return good;
}

static const experiment *read_good(const char *text)
{
    poise_error err;
    ck_assert_msg(read_with(text, NULL, 0, &err), "%s", err.text);
    return &file.ask;
}

/* "fifo random ...": who takes part at a point. */
static const char *agents_at(const experiment *x, int point)
{
    static char text[4096];
    *text = 0;
    for (int i = 0; i < x->point[point].n_agents; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
                 x->point[point].agent[i].agent);
    return text;
}

#define SHORT "scenarios: [two-devices-v1]\n"

/* ---- what it expands to ------------------------------------------------------------------- */

START_TEST(what_is_not_said_has_defaults)
{
    const experiment *x = read_good(SHORT "agents: [random, fifo]\n");
    ck_assert_str_eq(file.name, "x");
    ck_assert_str_eq(file.title, "");
    ck_assert_str_eq(file.baseline, "fifo");
    ck_assert_int_eq(file.n_metrics, 1);
    ck_assert_str_eq(file.metric[0], "response_mean_s");
    ck_assert_int_eq(file.n_figures, 0);
    ck_assert_int_eq(file.n_pictures, 3);
    ck_assert_int_eq(file.n_tables, 0);
    ck_assert_int_eq(x->n_points, 1);
    ck_assert_int_eq(x->n_train_seeds, 1);
    ck_assert_int_eq(x->train_seed[0], 1000);
    ck_assert(!x->bounds);
    const experiment_point *p = &x->point[0];
    ck_assert_int_eq(p->n_seeds, 10);
    ck_assert_int_eq(p->seed[9], 9);
    ck_assert_int_eq(p->n_sets, 0);
    ck_assert_int_eq(p->n_sweeps, 0);
    ck_assert_str_eq(agents_at(x, 0), "random fifo");
    ck_assert_int_eq(p->agent[0].train_decisions, 0);
    ck_assert(p->path[0] == '/');
    experiment_file_free(&file);
}
END_TEST

/* 2 scenarios x (2 x 3) combinations; the last setting varies fastest. */
START_TEST(the_grid_is_every_combination_for_every_scenario)
{
    const experiment *x = read_good("scenarios:\n"
                                    "  - two-devices-v1\n"
                                    "  - {scenario: slow-server-v1, set: {warmup.jobs: 0}}\n"
                                    "agents: fifo\n"
                                    "grid:\n"
                                    "  end.jobs: [2100, 2200]\n"
                                    "  workload.load: {linspace: [0.3, 0.5, 3]}\n");
    ck_assert_int_eq(x->n_points, 12);
    static const char *const jobs[] = {"2100", "2200"}, *const load[] = {"0.3", "0.4", "0.5"};
    for (int i = 0; i < 12; i++) {
        const experiment_point *p = &x->point[i];
        ck_assert_int_eq(p->n_sweeps, 2);
        ck_assert_str_eq(p->sweep[0].path, "end.jobs");
        ck_assert_str_eq(p->sweep[0].value, jobs[i % 6 / 3]);
        ck_assert_str_eq(p->sweep[1].path, "workload.load");
        ck_assert_str_eq(p->sweep[1].value, load[i % 3]);
        ck_assert_int_eq(p->n_sets, i < 6 ? 2 : 3);
        ck_assert_str_eq(poise_scenario_name(p->scenario),
                         i < 6 ? "two-devices-v1" : "slow-server-v1");
    }
    ck_assert_str_eq(x->point[6].set[0], "warmup.jobs=0");
    ck_assert_str_eq(x->point[6].set[1], "end.jobs=2100");
    ck_assert_str_eq(x->point[6].set[2], "workload.load=0.3");
    experiment_file_free(&file);
}
END_TEST

START_TEST(maps_in_set_and_grid_are_paths)
{
    const experiment *x =
        read_good("scenarios: [{scenario: two-devices-v1, set: {end: {jobs: 2300}}}]\n"
                  "agents: fifo\n"
                  "grid: {warmup: {jobs: {range: 1..2}}, reward.flow: 2}\n");
    ck_assert_int_eq(x->n_points, 2);
    ck_assert_str_eq(x->point[1].set[0], "end.jobs=2300");
    ck_assert_str_eq(x->point[1].set[1], "warmup.jobs=2");
    ck_assert_str_eq(x->point[1].set[2], "reward.flow=2");
    experiment_file_free(&file);
}
END_TEST

/* (2 x 2) priorities, 3 learners, of which the second is the first spelled out. */
START_TEST(options_with_several_values_are_several_agents)
{
    const experiment *x =
        read_good(SHORT "agents:\n"
                        "  - agent: priority\n"
                        "    options: {ageing: [0, 0.1]}\n"
                        "  - {agent: ppo, train: 500, options: {learning_rate: {logspace: "
                        "[1e-4, 1e-2, 3]}, horizon: 30}}\n"
                        "  - agent: q_learning\n"
                        "train: {decisions: 700}\n");
    ck_assert_str_eq(agents_at(x, 0), "priority:ageing=0 priority:ageing=0.1 "
                                      "ppo:learning_rate=0.0001:horizon=30 "
                                      "ppo:learning_rate=0.001:horizon=30 "
                                      "ppo:learning_rate=0.01:horizon=30 q_learning");
    ck_assert_int_eq(x->point[0].agent[2].train_decisions, 500);
    ck_assert_int_eq(x->point[0].agent[5].train_decisions, 700);
    ck_assert_str_eq(file.baseline, "priority:ageing=0");
    experiment_file_free(&file);
}
END_TEST

START_TEST(an_agent_that_is_written_twice_takes_part_once)
{
    const experiment *x = read_good(
        SHORT "agents: [fifo, FIFO, fcfs, 'priority:ageing=0', priority, 'priority:ageing=0.50', "
              "{agent: priority, options: {ageing: 0.5}}, {agent: q_learning, train: 100}, "
              "q_learning, {agent: q_learning, train: 100}]\n");
    ck_assert_str_eq(agents_at(x, 0),
                     "fifo priority:ageing=0 priority:ageing=0.50 q_learning q_learning");
    ck_assert_int_eq(x->point[0].agent[3].train_decisions, 100);
    ck_assert_int_eq(x->point[0].agent[4].train_decisions, 0);
    experiment_file_free(&file);
}
END_TEST

START_TEST(a_scenario_may_have_agents_and_seeds_of_its_own)
{
    const experiment *x =
        read_good("scenarios:\n"
                  "  - two-devices-v1\n"
                  "  - {scenario: two-devices-v1, agents: [random, fifo], seeds: [3, 7..8]}\n"
                  "agents: [fifo]\nseeds: 1..2\n");
    ck_assert_str_eq(agents_at(x, 0), "fifo");
    ck_assert_int_eq(x->point[0].n_seeds, 2);
    ck_assert_str_eq(agents_at(x, 1), "fifo random");
    ck_assert_int_eq(x->point[1].n_seeds, 3);
    ck_assert_int_eq(x->point[1].seed[0], 3);
    ck_assert_int_eq(x->point[1].seed[2], 8);
    experiment_file_free(&file);
}
END_TEST

/* What the scenario names comes first, and nothing comes twice. */
START_TEST(rules_are_those_of_each_scenario)
{
    const experiment *x = read_good("scenarios: [slow-server-v1, gpu-mix-v1]\n"
                                    "agents: [random, rules]\n");
    ck_assert_str_eq(x->point[0].agent[0].agent, "random");
    ck_assert_str_eq(x->point[0].agent[1].agent, "threshold:tasks=1");
    ck_assert_str_eq(x->point[1].agent[1].agent, "fifo");
    ck_assert_str_eq(x->point[1].agent[2].agent, "shortest");
    for (int i = 0; i < x->n_points; i++)
        for (int k = 0; k < x->point[i].n_agents; k++)
            for (int m = 0; m < k; m++)
                if (strcmp(x->point[i].agent[k].agent, x->point[i].agent[m].agent) == 0)
                    ck_abort_msg("%s is there twice", x->point[i].agent[k].agent);
    experiment_file_free(&file);
}
END_TEST

START_TEST(a_policy_is_that_of_the_scenario)
{
    const experiment *x =
        read_good("scenarios: [slow-server-v1, admission-v1]\nagents: [policy:ppo, fifo]\n");
    for (int i = 0; i < 2; i++) {
        const experiment_agent *a = &x->point[i].agent[0];
        ck_assert_str_eq(a->agent, "policy:ppo");
        ck_assert_ptr_nonnull(a->trained.bytes);
        ck_assert(strncmp(a->trained.agent, "ppo:", 4) == 0);
        ck_assert_int_gt(a->trained.decisions, 0);
    }
    ck_assert(x->point[0].agent[0].trained.n_bytes != x->point[1].agent[0].trained.n_bytes ||
              memcmp(x->point[0].agent[0].trained.bytes, x->point[1].agent[0].trained.bytes,
                     x->point[0].agent[0].trained.n_bytes) != 0);
    experiment_file_free(&file);
    /* Both are one file. */
    x = read_good("scenarios: [slow-server-v1]\nagents: [policy:ppo, policy:slow-server-v1.ppo]\n");
    ck_assert_int_eq(x->point[0].n_agents, 1);
    experiment_file_free(&file);
}
END_TEST

/* slow-server-v1 has a recipe of ppo (500000 decisions, 4096 steps), two-devices-v1 has none. */
START_TEST(a_tuned_agent_is_by_the_recipe_where_there_is_one)
{
    const experiment *x = read_good("scenarios: [slow-server-v1, two-devices-v1]\n"
                                    "agents:\n"
                                    "  - {agent: ppo, tuned: true, options: {horizon: [20, 30]}}\n"
                                    "  - {agent: ppo, tuned: true, train: 900}\n"
                                    "train: {decisions: 800}\n");
    const experiment_agent *a = x->point[0].agent;
    ck_assert_int_eq(x->point[0].n_agents, 3);
    ck_assert_ptr_nonnull(strstr(a[0].agent, ":n_steps=4096"));
    ck_assert_ptr_nonnull(strstr(a[0].agent, ":horizon=20"));
    ck_assert_ptr_null(strstr(a[0].agent, ":horizon=60"));
    ck_assert_ptr_nonnull(strstr(a[1].agent, ":horizon=30"));
    ck_assert_int_eq(a[0].train_decisions, 500000);
    ck_assert_ptr_nonnull(strstr(a[2].agent, ":horizon=60"));
    ck_assert_int_eq(a[2].train_decisions, 900);
    a = x->point[1].agent;
    ck_assert_str_eq(agents_at(x, 1), "ppo:horizon=20 ppo:horizon=30 ppo");
    ck_assert_int_eq(a[0].train_decisions, 800);
    ck_assert_int_eq(a[2].train_decisions, 900);
    experiment_file_free(&file);
}
END_TEST

START_TEST(scenarios_and_policies_by_path_lie_beside_the_file)
{
    poise_error err;
    make_folder();
    ck_assert_int_eq(mkdir(in_folder("sub"), 0777), 0);
    ck_assert_int_eq(symlink(SCENARIO, in_folder("sub/mine.yaml")), 0);
    ck_assert_int_eq(symlink(POISE_SOURCE_DIR "/policies/slow-server-v1.dqn.safetensors",
                             in_folder("sub/p.safetensors")),
                     0);
    FILE *f = fopen(in_folder("sub/x.yaml"), "w");
    fputs("poise: 1\nname: x\nscenarios: [mine.yaml, ./mine.yaml]\n"
          "agents: [fifo, policy:p.safetensors]\n",
          f);
    fclose(f);
    ck_assert_msg(experiment_file_read(&file, in_folder("sub/x.yaml"), NULL, 0, &err), "%s",
                  err.text);
    ck_assert_int_eq(file.ask.n_points, 2);
    ck_assert_int_eq(file.ask.point[0].n_agents, 2);
    ck_assert(strncmp(file.ask.point[0].agent[1].trained.agent, "dqn", 3) == 0);
    experiment_file_free(&file);
    remove_folder();
}
END_TEST

START_TEST(the_command_line_replaces_what_the_file_says)
{
    static const char *const sets[] = {"seeds=4", "grid.workload.load=[0.2, 0.6]",
                                       "scenarios.0.set={end.jobs: 2400}", "title=other",
                                       "agents=[random, fifo]"};
    poise_error err;
    ck_assert_msg(read_with("scenarios: [{scenario: two-devices-v1}]\nagents: [shortest]\n"
                            "title: one\nseeds: 0..9\ngrid: {workload.load: [0.5]}\n",
                            sets, 5, &err),
                  "%s", err.text);
    const experiment *x = &file.ask;
    ck_assert_str_eq(file.title, "other");
    ck_assert_int_eq(x->n_points, 2);
    ck_assert_int_eq(x->point[0].n_seeds, 1);
    ck_assert_int_eq(x->point[0].seed[0], 4);
    ck_assert_str_eq(x->point[1].set[0], "end.jobs=2400");
    ck_assert_str_eq(x->point[1].set[1], "workload.load=0.6");
    ck_assert_str_eq(agents_at(x, 0), "random fifo");
    experiment_file_free(&file);
}
END_TEST

START_TEST(values_that_are_no_plain_words_are_quoted)
{
    const experiment *x = read_good(
        "scenarios:\n"
        "  - {scenario: two-devices-v1, set: {about: \"a \\\"b\\\": [c]\\n# $(touch /tmp/x)\"}}\n"
        "agents: fifo\ngrid: {source: ['x: y', \"q'\"]}\n");
    ck_assert_int_eq(x->n_points, 2);
    ck_assert_str_eq(x->point[0].set[0], "about=\"a \\\"b\\\": [c]\\n# $(touch /tmp/x)\"");
    ck_assert_str_eq(x->point[0].set[1], "source=\"x: y\"");
    ck_assert_ptr_nonnull(strstr(poise_scenario_resolved(x->point[0].scenario), "$(touch /tmp/x)"));
    experiment_file_free(&file);
}
END_TEST

START_TEST(a_title_may_be_any_text)
{
    read_good(SHORT
              "agents: fifo\ntitle: \"'$(rm -rf ~)`x`|<>\\n\\\"second\\\" line; \\\\ %s %n\"\n");
    ck_assert_str_eq(file.title, "'$(rm -rf ~)`x`|<>\n\"second\" line; \\ %s %n");
    experiment_file_free(&file);
}
END_TEST

START_TEST(a_command_is_taken_as_it_is)
{
    const experiment *x = read_good(SHORT "agents: ['pipe:./x $(y) \"z\" | tee a:b=c', fifo]\n");
    ck_assert_str_eq(x->point[0].agent[0].agent, "pipe:./x $(y) \"z\" | tee a:b=c");
    experiment_file_free(&file);
}
END_TEST

START_TEST(a_precision_lifts_the_number_of_seeds)
{
    const experiment *x = read_good(SHORT "agents: [random, fifo]\nprecision: 2%\n"
                                          "metrics: [wait_mean_s, response_mean_s]\n");
    ck_assert_int_eq(x->point[0].n_seeds, 100);
    ck_assert_double_eq_tol(x->precision.within, .02, 1e-15);
    ck_assert_int_eq(x->precision.metric, poise_metric_index("wait_mean_s"));
    ck_assert_int_eq(x->precision.least, 10);
    ck_assert_int_eq(x->precision.wave, 10);
    ck_assert(!x->precision.of_difference);
    ck_assert_str_eq(x->precision.baseline, "fifo");
    experiment_file_free(&file);
    x = read_good(SHORT "agents: [random, fifo]\nseeds: 0..39\nbaseline: random\nprecision:\n"
                        "  {within: 5%, metric: makespan_s, least: 4, wave: 8, of: difference}\n");
    ck_assert_int_eq(x->point[0].n_seeds, 40);
    ck_assert_double_eq_tol(x->precision.within, .05, 1e-15);
    ck_assert_int_eq(x->precision.metric, poise_metric_index("makespan_s"));
    ck_assert_int_eq(x->precision.least, 4);
    ck_assert_int_eq(x->precision.wave, 8);
    ck_assert(x->precision.of_difference);
    ck_assert_str_eq(x->precision.baseline, "random");
    experiment_file_free(&file);
    x = read_good(SHORT "agents: [random, fifo]\n");
    ck_assert_double_eq(x->precision.within, 0);
    experiment_file_free(&file);
}
END_TEST

/* ---- mistakes ----------------------------------------------------------------------------- */

typedef struct mistake {
    const char *text, *place, *said;
} mistake;

static const mistake mistakes[] = {
    {"agents: fifo\n", ":1:1: error", "key 'scenarios' is missing"},
    {SHORT "agents: fifo\nprecision: 2x\n", ":5:12: error", "precision: '2x' is no share"},
    {SHORT "agents: fifo\nprecision: {least: 5}\n", ":5:12: error", "key 'within' is missing"},
    {SHORT "agents: fifo\nprecision: {within: 0}\n", ":5:21: error", "'0' is no share"},
    {SHORT "agents: fifo\nprecision: {within: 2%, metric: respons_mean_s}\n", ":5:33: error",
     "did you mean 'response_mean_s'"},
    {SHORT "agents: fifo\nprecision: {within: 2%, lest: 5}\n", ":5:25: error",
     "did you mean 'least'"},
    {SHORT "agents: fifo\nprecision: {within: 2%, least: 1}\n", ":5:32: error", "below 2"},
    {SHORT "agents: fifo\nprecision: [2%]\n", ":5:12: error", "must be a plain value"},
    {"scenarios: []\nagents: fifo\n", ":3:12: error", "at least one is needed"},
    {"scenarios: [gpu-mxi-v1]\nagents: fifo\n", ":3:13: error", "did you mean 'gpu-mix-v1'"},
    {"scenarios: [./none.yaml]\nagents: fifo\n", ":3:13: error", "cannot be read: No such file"},
    {"scenarios: [[a]]\nagents: fifo\n", ":3:13: error", "a scenario must be a plain value"},
    {"scenarios: [{set: {end.jobs: 5}}]\nagents: fifo\n", ":3:13: error",
     "key 'scenario' is missing"},
    {"scenarios: [{scenario: two-devices-v1, sett: {}}]\nagents: fifo\n", ":3:40: error",
     "did you mean 'set'"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {end.jbos: 5}\nagents: fifo\n", ":5:9: error",
     "two-devices-v1: unknown key 'jbos' in section end, did you mean 'jobs'"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {end.jobs: -5}\nagents: fifo\n", ":5:9: error",
     "'-5' is below 0"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {devices.9.count: 2}\nagents: fifo\n",
     ":5:9: error", "the list has 2 items, none is '9'"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {end.jobs: [5, 6]}\nagents: fifo\n",
     ":5:19: error", "setting 'end.jobs' needs one value"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {end.jobs: }\nagents: fifo\n", ":5:9: error",
     "setting 'end.jobs' needs one value"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {'a=b': 5}\nagents: fifo\n", ":5:10: error",
     "'a=b' is not the path of a setting"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {}\nagents: fifo\n", ":5:8: error",
     "there is no setting in it"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {end.jobs: 5, end: {jobs: 6}}\nagents: fifo\n",
     ":5:28: error", "setting 'end.jobs' is given twice"},
    {"scenarios:\n- scenario: two-devices-v1\n  set: {end.jobs: 500}\nagents: fifo\n"
     "grid: {end.jobs: [600]}\n",
     ":5:9: error", "is one of the grid, too"},
    {SHORT "agents: fifo\ngrid: {workload.laod: [0.1, 0.2]}\n", ":5:8: error",
     "two-devices-v1: unknown key 'laod' in workload, did you mean 'load'"},
    {SHORT "agents: fifo\ngrid: {workload.load: [0.5, abc]}\n", ":5:29: error",
     "'abc' is not a number"},
    {SHORT "agents: fifo\ngrid: {devices.0.count: [1, 0]}\n", ":5:29: error", "'0' is below 1"},
    {SHORT "agents: fifo\ngrid: {workload.load: {linspace: [1, 2]}}\n", ":5:34: error",
     "allowed: [FIRST, LAST, COUNT]"},
    {SHORT "agents: fifo\ngrid: {workload.load: [0.5, 0.5]}\n", ":5:29: error", "is given twice"},
    {SHORT "agents: fifo\ngrid: [1]\n", ":5:7: error", "grid must be a map"},
    {SHORT "agents: fifo\ngrid: {end.jobs: {range: 2001..4000}, reward.flow: {range: 1..6}}\n",
     ":5:7: error", "the grid has more than 10000 combinations"},
    {SHORT "agents: [fifo, shrotest]\n", ":4:16: error", "did you mean 'shortest'"},
    {SHORT "agents: [ruls]\n", ":4:10: error", "did you mean 'rules'"},
    {SHORT "agents: [priority:agein=1]\n", ":4:19: error", "did you mean 'ageing'"},
    {SHORT "agents: [{agent: priority, options: {agein: 1}}]\n", ":4:38: error",
     "did you mean 'ageing'"},
    {SHORT "agents: [{agent: priority, options: {ageing: [0, -1]}}]\n", ":4:50: error",
     "'-1' is below 0"},
    {SHORT "agents: [{agent: priority, options: {ageing: '0:1'}}]\n", ":4:47: error",
     "a value cannot have a ':'"},
    {SHORT "agents: [{agent: priority, options: [1]}]\n", ":4:37: error", "options must be a map"},
    {SHORT "agents: [{agent: fifo, options: {x: 1}}]\n", ":4:34: error",
     "agent fifo has no options"},
    {SHORT "agents: [{options: {a: 1}}]\n", ":4:10: error", "key 'agent' is missing"},
    {SHORT "agents: [{agent: fifo, optoins: {a: 1}}]\n", ":4:24: error", "did you mean 'options'"},
    {SHORT "agents: [{agent: fifo, train: 100}]\n", ":4:31: error", "agent fifo does not learn"},
    {SHORT "agents: [{agent: fifo, tuned: true}]\n", ":4:31: error", "agent fifo does not learn"},
    {SHORT "agents: [{agent: ppo, train: 1e10}]\n", ":4:30: error", "above 1e+09"},
    {SHORT "agents: [{agent: ppo, train: 0}]\n", ":4:30: error", "below 1"},
    {SHORT "agents: [{agent: ppo, hours: 1}]\n", ":4:23: error", "counted in decisions"},
    {SHORT "agents: [{agent: rules, train: 5}]\n", ":4:32: error", "several agents"},
    {SHORT "agents: [{agent: 'pipe:x', options: {a: 1}}]\n", ":4:37: error", "says all itself"},
    {SHORT "agents: [{agent: 'policy:ppo', options: {a: 1}}]\n", ":4:41: error",
     "as it was trained"},
    {SHORT "agents: [./none.so]\n", ":4:10: error", "the plug-in"},
    {SHORT "agents: [policy:./none.safetensors]\n", ":4:10: error", "the policy"},
    {SHORT "agents: ['policy:']\n", ":4:11: error", "a policy without a name"},
    {SHORT "agents: [policy:ppo]\n", ":4:10: error",
     "there is no policy 'ppo': none ships for two-devices-v1"},
    {"scenarios: [slow-server-v1]\nagents: [policy:pppo]\n", ":4:10: error",
     "those that ship for slow-server-v1 are slow-server-v1."},
    {SHORT "agents: ['']\n", ":4:11: error", "agent '' does not exist"},
    {SHORT "agents: [[fifo]]\n", ":4:10: error", "an agent must be a plain value"},
    {SHORT "agents: []\n", ":3:13: error", "no agent takes part"},
    {SHORT, ":3:13: error", "no agent takes part"},
    {"scenarios:\n- two-devices-v1\n- {scenario: slow-server-v1, agents: fifo}\n", ":4:3: error",
     "no agent takes part"},
    {SHORT "agents: fifo\nseeds: 3..1\n", ":5:8: error", "the first seed must not be above"},
    {SHORT "agents: fifo\nseeds: [1, x]\n", ":5:12: error", "'x' are not seeds"},
    {SHORT "agents: fifo\nseeds: [1, 0..2]\n", ":5:8: error", "seed 1 is given twice"},
    {SHORT "agents: fifo\nseeds: []\n", ":5:8: error", "there are no seeds"},
    {SHORT "agents: fifo\nseeds: -1\n", ":5:8: error", "are not seeds"},
    {SHORT "agents: fifo\nseeds: 0..1000000\n", ":5:8: error", "more than 1000000 seeds"},
    {SHORT "agents: [fifo, ppo]\nseeds: 0..4\ntrain: {seeds: 4..5}\n", ":5:8: error",
     "seed 4 is one of training and one of evaluation"},
    {SHORT "agents: [ppo]\nseeds: 999..1000\n", ":5:8: error", "seed 1000 is one of training"},
    {SHORT "agents: [ppo]\ntrain: {seeds: 9}\n", ":5:8: error", "seed 9 is one of training"},
    {"scenarios: [{scenario: two-devices-v1, seeds: 1000}]\nagents: [ppo]\n", ":3:47: error",
     "seed 1000 is one of training"},
    {SHORT "agents: fifo\ntrain: {decisions: 5 min}\n", ":5:20: error", "has the wrong unit"},
    {SHORT "agents: fifo\ntrain: {wall: 5}\n", ":5:9: error", "counted in decisions"},
    {SHORT "agents: fifo\ntime: 5\n", ":5:1: error", "counted in decisions"},
    {SHORT "agents: fifo\nmetrics: [response_mean]\n", ":5:11: error",
     "did you mean 'response_mean_s'"},
    {SHORT "agents: fifo\nmetrics: [utilisation, utilisation]\n", ":5:24: error", "given twice"},
    {SHORT "agents: fifo\nfigures: [compaer]\n", ":5:11: error", "did you mean 'compare'"},
    {SHORT "agents: fifo\npictures: jpg\n", ":5:11: error", "format 'jpg' does not exist"},
    {SHORT "agents: fifo\ntables: [txt]\n", ":5:10: error", "did you mean 'text'"},
    {SHORT "agents: fifo\nbaseline: fifoo\n", ":5:11: error",
     "the baseline 'fifoo' is not among the agents, did you mean 'fifo'"},
    {SHORT "agents: fifo\nbounds: maybe\n", ":5:9: error", "neither true nor false"},
    {SHORT "agents: fifo\ntitle: \"a\\e[2J\"\n", ":5:9: error",
     "title: a control character (byte 27)"},
    {SHORT "agents: \"fi\\efo\"\n", ":4:10: error", "agent 'fi?fo' does not exist"},
    {SHORT "agents: fifo\nname: y\n", ":5:1: error", "key 'name' is given twice"},
    {SHORT "agents: fifo\nsedes: 5\n", ":5:1: error", "did you mean 'seeds'"},
    {SHORT "agents: fifo\nseeds: 0..999999\ngrid: {end.jobs: [2500, 2600]}\n", ":3:12: error",
     "the experiment is too large"},
};

START_TEST(a_mistake_is_told_under_its_line)
{
    const mistake *m = &mistakes[_i];
    poise_error err;
    ck_assert_msg(!read_with(m->text, NULL, 0, &err), "%s was taken", m->text);
    ck_assert_msg(strstr(err.text, m->place), "%s is not in: %s", m->place, err.text);
    ck_assert_msg(strstr(err.text, m->said), "%s is not in: %s", m->said, err.text);
    ck_assert_msg(err.n_mistakes == 1, "%d mistakes: %s", err.n_mistakes, err.text);
    ck_assert_int_eq(file.ask.n_points, 0);
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
    poise_error err;
    ck_assert(!read_with("scenarios:\n"
                         "  - two-devices-v9\n"
                         "  - {scenario: two-devices-v1, set: {end.jbos: 1}}\n"
                         "  - slow-server-v1\n"
                         "agents: [fifoo, {agent: ppo, options: {gama: 1}}, policy:none]\n"
                         "grid: {workload.laod: [1, 2, 3]}\n"
                         "seeds: 5..4\n"
                         "metrics: [responses]\n"
                         "colour: red\n",
                         NULL, 0, &err));
    static const char *const places[] = {
        ":4:5: ", ":5:38: ", ":7:10: ", ":7:40: ", ":8:8: ", ":9:8: ", ":10:11: ", ":11:1: "};
    const char *at = err.text;
    for (int i = 0; i < 8; i++) {
        at = strstr(at, places[i]);
        ck_assert_msg(at != NULL, "%s is not in, or not in order: %s", places[i], err.text);
    }
    ck_assert_msg(err.n_mistakes == 8, "%d: %s", err.n_mistakes, err.text);
}
END_TEST

START_TEST(a_name_is_plain)
{
    static const char *const wrong[] = {"a/b", "..", "a b", "\"a\\nb\"", "$(x)", "''"};
    for (int i = 0; i < 6; i++) {
        poise_error err;
        make_folder();
        FILE *f = fopen(in_folder("x.yaml"), "w");
        fprintf(f, "poise: 1\nname: %s\nscenarios: [two-devices-v1]\nagents: fifo\n", wrong[i]);
        fclose(f);
        ck_assert(!experiment_file_read(&file, in_folder("x.yaml"), NULL, 0, &err));
        ck_assert_msg(strstr(err.text, "x.yaml:2:") && strstr(err.text, "is no plain name"), "%s",
                      err.text);
        remove_folder();
    }
}
END_TEST

START_TEST(what_only_goes_wrong_together_is_told_with_the_settings)
{
    poise_error err;
    /* The run ends after 100 jobs, but nothing counts before 100 are done. */
    ck_assert(!read_with("scenarios: [two-devices-v1]\nagents: fifo\n"
                         "grid: {end.jobs: [100, 200], warmup.jobs: [50, 100]}\n",
                         NULL, 0, &err));
    ck_assert_msg(strstr(err.text, ":3:13: error: ") &&
                      strstr(err.text, "warmup.jobs is not below end.jobs") &&
                      strstr(err.text, " with end.jobs=100, warmup.jobs=100"),
                  "%s", err.text);
    ck_assert_msg(err.n_mistakes == 1, "%s", err.text);
}
END_TEST

START_TEST(a_mistake_of_the_command_line_is_told_as_such)
{
    static const char *const sets[] = {"seeds=x"};
    poise_error err;
    ck_assert(!read_with(SHORT "agents: fifo\n", sets, 1, &err));
    ck_assert_msg(strstr(err.text, "--set seeds=x: error: seeds: 'x' are not seeds"), "%s",
                  err.text);
}
END_TEST

/* ---- files that ship ---------------------------------------------------------------------- */

typedef struct shipped {
    const char *name;
    int points, cells;
} shipped;

/* Counted by hand: tiny 2 scenarios x 4 agents x 5 seeds; load 5 loads x 6 agents x 10 seeds;
 * learners (3 rules + 4 learners x 3 policies) x 5 seeds. */
static const shipped files[] = {{"tiny-v1", 2, 40}, {"load-v1", 5, 300}, {"learners-v1", 1, 75}};

START_TEST(files_that_ship_expand_to_so_many_cells)
{
    const shipped *s = &files[_i];
    poise_error err;
    const char *path = experiment_file_path(s->name);
    ck_assert_msg(experiment_file_read(&file, path, NULL, 0, &err), "%s", err.text);
    ck_assert_str_eq(file.name, s->name);
    ck_assert_int_eq(file.ask.n_points, s->points);
    plan *p = plan_new(&file.ask, NULL, NULL, &err);
    ck_assert_msg(p != NULL, "%s", err.text);
    ck_assert_int_eq(plan_progress(p).cells, s->cells);
    plan_free(p);
    experiment_file_free(&file);
}
END_TEST

/* The first block of YAML in the document, so that what people read is what is read. */
START_TEST(the_example_of_the_documentation_is_read)
{
    FILE *doc = fopen(POISE_SOURCE_DIR "/docs/experiments.md", "r");
    ck_assert_ptr_nonnull(doc);
    make_folder();
    FILE *f = fopen(in_folder("x.yaml"), "w");
    char line[512];
    while (fgets(line, sizeof line, doc) && strcmp(line, "```yaml\n") != 0)
        ;
    while (fgets(line, sizeof line, doc) && strcmp(line, "```\n") != 0)
        fputs(line, f);
    fclose(f);
    fclose(doc);
    poise_error err;
    ck_assert_msg(experiment_file_read(&file, in_folder("x.yaml"), NULL, 0, &err), "%s", err.text);
    remove_folder();
    /* 2 scenarios x 4 loads. */
    ck_assert_int_eq(file.ask.n_points, 8);
    experiment_file_free(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("experiment_file");
    TCase *tcase = tcase_create("experiment_file");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, what_is_not_said_has_defaults);
    tcase_add_test(tcase, the_grid_is_every_combination_for_every_scenario);
    tcase_add_test(tcase, maps_in_set_and_grid_are_paths);
    tcase_add_test(tcase, options_with_several_values_are_several_agents);
    tcase_add_test(tcase, an_agent_that_is_written_twice_takes_part_once);
    tcase_add_test(tcase, a_scenario_may_have_agents_and_seeds_of_its_own);
    tcase_add_test(tcase, rules_are_those_of_each_scenario);
    tcase_add_test(tcase, a_precision_lifts_the_number_of_seeds);
    tcase_add_test(tcase, a_policy_is_that_of_the_scenario);
    tcase_add_test(tcase, a_tuned_agent_is_by_the_recipe_where_there_is_one);
    tcase_add_test(tcase, scenarios_and_policies_by_path_lie_beside_the_file);
    tcase_add_test(tcase, the_command_line_replaces_what_the_file_says);
    tcase_add_test(tcase, values_that_are_no_plain_words_are_quoted);
    tcase_add_test(tcase, a_title_may_be_any_text);
    tcase_add_test(tcase, a_command_is_taken_as_it_is);
    tcase_add_loop_test(tcase, a_mistake_is_told_under_its_line, 0,
                        sizeof mistakes / sizeof *mistakes);
    tcase_add_test(tcase, all_mistakes_are_told_at_once);
    tcase_add_test(tcase, a_name_is_plain);
    tcase_add_test(tcase, what_only_goes_wrong_together_is_told_with_the_settings);
    tcase_add_test(tcase, a_mistake_of_the_command_line_is_told_as_such);
    tcase_add_loop_test(tcase, files_that_ship_expand_to_so_many_cells, 0,
                        sizeof files / sizeof *files);
    tcase_add_test(tcase, the_example_of_the_documentation_is_read);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
