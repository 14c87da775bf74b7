/* support.h - what the tests share: running one episode, finding scenarios and data, and the main
 * function of a Check program. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "poise.h"

#define SCENARIO_DIR POISE_SOURCE_DIR "/scenarios"

/* A scenario of the tree by name, with overrides ("path=value", NULL-terminated); the test fails if
 * it does not load. */
static inline poise_scenario *load_scenario(const char *name, const char *const *sets)
{
    char path[1024];
    poise_error err;
    int n = 0;
    while (sets && sets[n])
        n++;
    ck_assert_int_lt(snprintf(path, sizeof path, "%s/%s.yaml", SCENARIO_DIR, name), 1024);
    poise_scenario *s = poise_scenario_load(path, sets, n, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    return s;
}

/* Under a sanitizer all takes several times as long, and shorter episodes find as much. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { INSTRUMENTED = 1 };
#else
enum { INSTRUMENTED = 0 };
#endif

/* A scenario of the tree, from an empty system, cut to about so many tasks if it has more. */
static inline poise_scenario *load_short(const char *name, int tasks)
{
    const char *sets[] = {"warmup.jobs=0", "warmup.time=0", NULL, NULL};
    poise_scenario *s = load_scenario(name, sets);
    const poise_space *space = poise_scenario_space(s);
    int per_job = 1;
    char end[64];
    for (int g = 0; g < space->n_graphs; g++)
        per_job = space->graph[g].n_tasks > per_job ? space->graph[g].n_tasks : per_job;
    const int jobs = tasks > 2 * per_job ? tasks / per_job : 2;
    const char *given = strstr(poise_scenario_resolved(s), "\nend:");
    const char *at = given ? strstr(given, "jobs: ") : NULL;
    const int has = at ? atoi(at + strlen("jobs: ")) : 0;
    if (has > 0 && has <= jobs)
        return s;
    snprintf(end, sizeof end, "end.jobs=%d", jobs);
    sets[2] = end;
    poise_scenario_free(s);
    return load_scenario(name, sets);
}

/* A scenario written out in the test. */
static inline poise_scenario *scenario_of(const char *yaml)
{
    char path[] = "/tmp/poise-test-XXXXXX.yaml";
    int fd = mkstemps(path, 5);
    ck_assert_int_ge(fd, 0);
    FILE *f = fdopen(fd, "w");
    fputs(yaml, f);
    fclose(f);
    poise_error err;
    poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
    remove(path);
    ck_assert_msg(s != NULL, "%s", err.text);
    return s;
}

/* Tasks that are displaced, moved, rescaled, put aside and refused. */
__attribute__((unused)) static const char busy_text[] =
    "poise: 1\nname: busy-v1\ntitle: much at once\nabout: for a test\ndevices:\n"
    "  - {name: gpu, count: 2, memory: 16 GB, idle: 50 W, busy: 200 W, resources: {disk: 10},\n"
    "     speed: 2, law: cores, cores: 2}\n"
    "  - {name: cpu, count: 4, idle: 10 W, busy: 40 W, queue: 2}\n"
    "workload:\n  classes:\n"
    "    - {name: train, size: {distribution: exponential, mean: 8}, memory: 4 GB, weight: 3,\n"
    "       resources: {disk: 2}, profiles: [{name: full}, {name: half, speed: 0.5}]}\n"
    "    - {name: serve, size: {distribution: exponential, mean: 1}, priority: 2}\n"
    "  sources: [{type: poisson, rate: 2 /s, mix: {train: 1, serve: 4}}]\n"
    "decision: {window: 4, running: 3, wait: true, preempt: resume, migrate: true, rescale: true,\n"
    "           suspend: true, reject: true, defer: 2 s, average: 10 s}\n"
    "end: {jobs: 25, time: 20 s}\n";

/* A server that tasks divide. */
__attribute__((unused)) static const char share_text[] =
    "poise: 1\nname: share-v1\ntitle: a divided server\nabout: for a test\n"
    "devices: [{name: server, law: shared}]\n"
    "workload:\n  classes:\n"
    "    - {name: small, size: {distribution: exponential, mean: 1}}\n"
    "    - {name: large, size: {distribution: exponential, mean: 3}, weight: 2}\n"
    "  sources: [{type: poisson, rate: 0.5 /s, mix: {small: 2, large: 1}}]\n"
    "decision: {mode: share, window: 8}\nend: {jobs: 25, time: 60 s}\n";

static inline poise_env *new_env(const poise_scenario *s)
{
    poise_error err;
    poise_env *e = poise_env_new(s, &err);
    ck_assert_msg(e != NULL, "%s", err.text);
    return e;
}

static inline poise_agent *new_agent(const char *spec, const poise_scenario *s)
{
    poise_error err;
    poise_agent *a = poise_agent_new(spec, poise_scenario_space(s), 1, &err);
    ck_assert_msg(a != NULL, "%s", err.text);
    return a;
}

/* Whether the agent is one for this scenario. */
static inline bool suits(const poise_agent_type *type, const poise_scenario *s)
{
    poise_error err = {0};
    return !type->suits || type->suits(poise_scenario_space(s), &err);
}

/* Plays one episode to its end; returns the sum of rewards. */
static inline double play(poise_env *e, poise_agent *a, uint64_t seed)
{
    double sum = poise_env_reset(e, seed).reward;
    poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
    while (poise_env_running(e)) {
        int c = poise_agent_choose(a, poise_env_view(e));
        if (c < 0)  // not an assertion: each of those talks to the parent process
            ck_abort_msg("%s: attention is NaN", a->type->name);
        sum += poise_env_choose(e, c).reward;
    }
    ck_assert_str_eq(poise_env_error(e), "");
    return sum;
}

static inline double metric_of(const poise_env *e, const char *name)
{
    double value[64];
    poise_episode ep = poise_env_episode(e);
    int row = poise_metric_index(name);
    ck_assert_msg(row >= 0, "no metric %s", name);
    ck_assert(poise_measure(&ep, value));
    return value[row];
}

/* The names of all scenarios of the tree, sorted; n of them. */
static inline int scenario_names(char names[][64], int most)
{
    DIR *dir = opendir(SCENARIO_DIR);
    ck_assert_ptr_nonnull(dir);
    int n = 0;
    for (struct dirent *d; (d = readdir(dir));) {
        char *dot = strrchr(d->d_name, '.');
        if (!dot || strcmp(dot, ".yaml") != 0)
            continue;
        ck_assert_int_lt(n, most);
        snprintf(names[n++], 64, "%.*s", (int)(dot - d->d_name), d->d_name);
    }
    closedir(dir);
    qsort(names, (size_t)n, 64, (int (*)(const void *, const void *))strcmp);
    return n;
}

/* The folder of shared data, NULL (after saying so) if there is none. */
static inline const char *shared_dir(void)
{
    static char dir[1024];
    const char *given = getenv("POISE_SHARED");
    snprintf(dir, sizeof dir, "%s", given ? given : POISE_SOURCE_DIR "/../shared");
    DIR *d = opendir(dir);
    if (!d) {
        printf("skipped: no shared data at %s (set POISE_SHARED)\n", dir);
        return NULL;
    }
    closedir(d);
    return dir;
}

/* Runs one case of tests; returns the status for main. */
static inline int run_tests(const char *name, const TTest *const *tests, int n)
{
    Suite *all = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 300);
    for (int i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(all, tcase);
    SRunner *runner = srunner_create(all);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
#define RUN_TESTS(name, ...)                                                                       \
    run_tests(name, (const TTest *const[]){__VA_ARGS__},                                           \
              (int)(sizeof((const TTest *const[]){__VA_ARGS__}) / sizeof(const TTest *)))

#endif
