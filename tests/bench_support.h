/* bench_support.h - a folder of its own for each test, and small experiments to fill stores with.
 */
#ifndef BENCH_SUPPORT_H
#define BENCH_SUPPORT_H

#include "experiment.h"
#include "report.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCENARIO POISE_SOURCE_DIR "/scenarios/two-devices-v1.yaml"

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/poise-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* A path in the test's folder; valid until the fourth call after this one. */
static inline const char *in_folder(const char *name)
{
    static char path[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static inline poise_scenario *short_scenario(void)
{
    static const char *const sets[] = {"warmup.jobs=50", "end.jobs=350"};
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(SCENARIO, sets, 2, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    return s;
}

/* Runs an experiment of n_seeds seeds in the store; how many cells had to be run. */
static inline int run_experiment(store *s, const poise_scenario *scenario,
                                 const char *const *agents, int n_agents, int n_seeds,
                                 int n_threads)
{
    int64_t *seed = malloc((size_t)n_seeds * sizeof *seed);
    experiment_agent agent[256];
    const int64_t train_seed = 0;
    for (int i = 0; i < n_seeds; i++)
        seed[i] = i;
    for (int i = 0; i < n_agents; i++)
        agent[i] = (experiment_agent){.agent = agents[i], .train_decisions = 2000};
    const experiment_point point = {.scenario = (poise_scenario *)scenario,
                                    .path = SCENARIO,
                                    .agent = agent,
                                    .n_agents = n_agents,
                                    .seed = seed,
                                    .n_seeds = n_seeds};
    const experiment x = {
        .point = &point, .n_points = 1, .train_seed = &train_seed, .n_train_seeds = 1};
    poise_error err = {0};
    const plan_listener silent = {0};
    ck_assert(store_put_scenario(s, scenario, SCENARIO, NULL, 0, NULL, 0, &err));
    plan *p = plan_new(&x, s, NULL, &err);
    ck_assert_msg(p != NULL, "%s", err.text);
    const plan_status status = plan_run(p, n_threads, NULL, &silent, &err);
    ck_assert_msg(status == PLAN_DONE, "%s", err.text);
    const int n = plan_progress(p).cells_done;
    plan_free(p);
    free(seed);
    return n;
}

/* Every comparable number of a store as text; the caller frees it. */
static inline char *all_cells(store *s)
{
    poise_error err = {0};
    string_buffer out = {0};
    results *r = store_read(s, &err);
    ck_assert_msg(r != NULL, "%s", err.text);
    report_cells(r, NULL, &out);
    results_free(r);
    return out.at;
}

static inline store *open_store(const char *name)
{
    poise_error err = {0};
    store *s = store_open(in_folder(name), true, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    return s;
}

static inline int run_suite(Suite *all)
{
    SRunner *runner = srunner_create(all);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
