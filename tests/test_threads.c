/* test_threads.c - the pool, and that its number of threads changes nothing but the time. */
#include "bench_support.h"
#include "pool.h"

#include <signal.h>

#define N_JOBS 100

typedef struct tally {
    atomic_int runs[N_JOBS];
    int heard[N_JOBS];
    int stop_after;  // jobs heard of; 0 = never
    int n_heard;
} tally;

static void run(void *data, int job, int worker)
{
    tally *t = data;
    (void)worker;
    atomic_fetch_add(&t->runs[job], 1);
}

static bool hear(void *data, int job)
{
    tally *t = data;
    t->heard[job]++;
    return ++t->n_heard != t->stop_after;
}

static const int threads[] = {1, 2, 7, 200};

START_TEST(every_job_runs_once_and_is_heard_of_once)
{
    tally t = {0};
    const pool_work work = {.n_jobs = N_JOBS, .run = run, .done = hear, .data = &t};
    ck_assert(pool_run(&work, threads[_i]));
    for (int i = 0; i < N_JOBS; i++) {
        ck_assert_int_eq(atomic_load(&t.runs[i]), 1);
        ck_assert_int_eq(t.heard[i], 1);
    }
}
END_TEST

START_TEST(no_job_at_all_is_no_trouble)
{
    const pool_work work = {0};
    ck_assert(pool_run(&work, 2));
}
END_TEST

START_TEST(a_no_from_the_listener_stops_the_rest)
{
    tally t = {.stop_after = 3};
    const pool_work work = {.n_jobs = N_JOBS, .run = run, .done = hear, .data = &t};
    ck_assert(!pool_run(&work, 1));
    ck_assert_int_eq(t.n_heard, 3);
    ck_assert(atomic_load(&pool_stopping));
}
END_TEST

static void interrupt(void *data, int job, int worker)
{
    run(data, job, worker);
    if (job == 5)
        kill(getpid(), SIGINT);
    while (job >= 5 && !atomic_load(&pool_stopping))
        usleep(1000);
}

/* Even jobs may start at any time, an odd one when the one before it has ended. */
typedef struct pairs {
    tally tally;
    bool given[N_JOBS], over[N_JOBS], too_early;
} pairs;

static int next_of_pairs(void *data)
{
    pairs *p = data;
    bool later = false;
    for (int i = N_JOBS - 1; i >= 0; i--) {
        const bool ready = i % 2 == 0 || p->over[i - 1];
        if (!p->given[i] && ready) {
            p->given[i] = true;
            return i;
        }
        later |= !p->given[i];
    }
    return later ? POOL_LATER : POOL_NONE;
}

static void end_of_pairs(void *data, int job)
{
    pairs *p = data;
    p->too_early |= job % 2 && !p->over[job - 1];
    p->over[job] = true;
}

START_TEST(jobs_wait_for_those_that_they_need)
{
    pairs p = {0};
    const pool_work work = {.n_jobs = N_JOBS,
                            .run = run,
                            .done = hear,
                            .data = &p,
                            .next = next_of_pairs,
                            .settle = end_of_pairs};
    ck_assert(pool_run(&work, threads[_i]));
    for (int i = 0; i < N_JOBS; i++)
        ck_assert_int_eq(p.tally.heard[i], 1);
    ck_assert(!p.too_early);
}
END_TEST

static int never(void *data)
{
    (void)data;
    return POOL_LATER;
}

START_TEST(a_job_that_can_never_start_does_not_hold_the_pool_up)
{
    tally t = {0};
    const pool_work work = {.n_jobs = N_JOBS, .run = run, .done = hear, .data = &t, .next = never};
    ck_assert(pool_run(&work, threads[_i]));
    ck_assert_int_eq(t.n_heard, 0);
}
END_TEST

START_TEST(a_signal_stops_the_pool_and_is_remembered)
{
    tally t = {0};
    const pool_work work = {.n_jobs = N_JOBS, .run = interrupt, .done = hear, .data = &t};
    pool_catch_signals();
    ck_assert(!pool_run(&work, 2));
    ck_assert_int_eq(pool_signal(), SIGINT);
    ck_assert_int_lt(t.n_heard, N_JOBS);
    ck_assert_int_ge(t.n_heard, 6);
}
END_TEST

START_TEST(results_do_not_depend_on_the_number_of_threads)
{
    const char *agents[256];
    int n_agents = 0;
    poise_scenario *scenario = short_scenario();
    for (int i = 0; poise_agent_types[i]; i++)
        if (!poise_agent_types[i]->suits)
            agents[n_agents++] = poise_agent_types[i]->name;
    char *wanted = NULL;
    static const int counts[] = {1, 2, 7};
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.db", counts[i]);
        store *s = open_store(name);
        ck_assert_int_eq(run_experiment(s, scenario, agents, n_agents, 5, counts[i]), 5 * n_agents);
        char *cells = all_cells(s);
        if (wanted)
            ck_assert_str_eq(cells, wanted);
        else
            wanted = strdup(cells);
        free(cells);
        store_close(s);
    }
    free(wanted);
    poise_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = tcase_create("pool");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, every_job_runs_once_and_is_heard_of_once, 0, 4);
    tcase_add_loop_test(tests, jobs_wait_for_those_that_they_need, 0, 4);
    tcase_add_loop_test(tests, a_job_that_can_never_start_does_not_hold_the_pool_up, 0, 4);
    tcase_add_test(tests, no_job_at_all_is_no_trouble);
    tcase_add_test(tests, a_no_from_the_listener_stops_the_rest);
    tcase_add_test(tests, a_signal_stops_the_pool_and_is_remembered);
    tcase_add_test(tests, results_do_not_depend_on_the_number_of_threads);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
