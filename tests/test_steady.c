/* What single long runs say of the steady state: of series by hand, of the M/M/1 queue, and how it
 * is stored. */
#include "steady.h"

#include "batches.h"
#include "bench_support.h"
#include "store_copy.h"
#include "store_inside.h"
#include "support.h"
#include "trial.h"
#include "verify.h"

#include <math.h>

/* ---- batches ------------------------------------------------------------------------------- */

START_TEST(batches_do_not_depend_on_the_order_in_which_tasks_end)
{
    batch_series *there = calloc(1, sizeof *there), *back = calloc(1, sizeof *back);
    batches_clear(there);
    batches_clear(back);
    const int n = 3 * BATCHES_MOST * BATCHES_LEAST;
    for (int i = 0; i < n; i++) {
        batches_add(there, i, 1000 + i % 77);
        batches_add(back, n - 1 - i, 1000 + (n - 1 - i) % 77);
    }
    /* 3 x 32768 batches of 5 do not fit, nor do as many halves of them: of 20 they do. */
    ck_assert_int_eq(there->size, 20);
    ck_assert_int_eq(there->n, 3 * BATCHES_MOST / 4);
    ck_assert_int_eq(there->batch[0].n, 20);
    ck_assert_int_eq((int64_t)there->batch[0].sum_ns, 20 * 1000 + 19 * 20 / 2);
    ck_assert_int_eq(memcmp(there, back, sizeof *there), 0);
    batches_clear(there);
    ck_assert_int_eq(there->n, 0);
    for (int i = 0; i < BATCHES_MOST; i++)
        if (there->batch[i].n != 0 || there->batch[i].sum_ns != 0)
            ck_abort_msg("batch %d is not empty", i);
    free(there);
    free(back);
}
END_TEST

/* One server that takes 1 s a task, tasks at given times. */
#define JOBS_AT(list, rest)                                                                        \
    "poise: 1\nname: hand-v1\ntitle: by hand\ndevices: [{name: d}]\nworkload:\n"                   \
    "  classes: [{name: job}]\n  sources: [{type: list, jobs: [" list "]}]\n" rest

static poise_series series_of(const char *yaml)
{
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(e, a, 1);
    const poise_episode ep = poise_env_episode(e);
    poise_series series;
    ck_assert(poise_series_of(&ep, &series));
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
    return series;
}

#define SIX                                                                                        \
    "{at: 0, class: job, size: 1}, {at: 0, class: job, size: 2}, {at: 0, class: job, size: 3}, "   \
    "{at: 20, class: job, size: 1}, {at: 21, class: job, size: 1}, {at: 22, class: job, size: 9}"

START_TEST(series_hold_responses_or_waits_in_batches_of_five)
{
    /* Responses 1, 3, 6, 1, 1: mean 12/5, of squares 48/5. Waits 0, 1, 3, 0, 0. The sixth does not
     * fill a batch. */
    for (int k = 0; k < 2; k++) {
        poise_series s = series_of(k ? JOBS_AT(SIX, "steady: {}\nrecords: none\n")
                                     : JOBS_AT(SIX, "steady: {}\n"));
        ck_assert_int_eq(s.n, 1);
        ck_assert_int_eq(s.size, 5);
        ck_assert_double_eq_tol(s.mean[0], 12. / 5, 1e-12);
        ck_assert_double_eq_tol(s.square[0], 48. / 5, 1e-12);
        ck_assert_double_eq(s.count[0], 5);
        poise_series_free(&s);
        s = series_of(k ? JOBS_AT(SIX, "steady: {metric: wait_mean_s}\nrecords: none\n")
                        : JOBS_AT(SIX, "steady: {metric: wait_mean_s}\n"));
        ck_assert_double_eq_tol(s.mean[0], 4. / 5, 1e-12);
        poise_series_free(&s);
    }
    poise_series none = series_of(JOBS_AT(SIX, ""));
    ck_assert_int_eq(none.n, 0);
    poise_series_free(&none);
}
END_TEST

/* ---- runs ---------------------------------------------------------------------------------- */

static poise_scenario *load_mm1(const char *const *sets, int n_sets)
{
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(SCENARIO_DIR "/mm1-v1.yaml", sets, n_sets, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    return s;
}

static trial_result run_mm1(const char *const *sets, int n_sets, int64_t seed)
{
    poise_scenario *s = load_mm1(sets, n_sets);
    poise_env *e = new_env(s);
    const trial t = {.scenario = s, .agent = "fifo", .seed = seed};
    trial_result r = trial_run(&t, e, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    poise_env_free(e);
    poise_scenario_free(s);
    return r;
}

START_TEST(runs_with_and_without_records_say_the_same)
{
    static const char *const sets[] = {"steady.batches=10", "steady.metric=wait_mean_s",
                                       "decision.window=4", "queue.limit=8", "records=none"};
    for (int64_t seed = 0; seed < 5; seed++) {
        const trial_result with = run_mm1(sets, 4, seed), without = run_mm1(sets, 5, seed);
        ck_assert_int_gt(with.value[poise_metric_index("dropped")], 0);
        ck_assert_int_eq(with.steady.n, without.steady.n);
        ck_assert_int_eq(with.steady.deleted, without.steady.deleted);
        ck_assert_double_eq(with.steady.mean, without.steady.mean);
        ck_assert_double_eq(with.steady.half, without.steady.half);
        ck_assert_double_eq(with.steady.effective, without.steady.effective);
    }
}
END_TEST

START_TEST(a_queue_that_grows_without_end_is_not_stationary)
{
    static const char *const sets[] = {"workload.load=1.4", "steady.batches=20"};
    const trial_result r = run_mm1(sets, 2, 0);
    ck_assert(!r.steady.stationary && !steady_is_sound(&r.steady));
    ck_assert(isnan(r.steady.mean) && isnan(r.steady.half));
    ck_assert_int_gt(r.steady.deleted, 9000);
}
END_TEST

START_TEST(a_run_of_few_tasks_says_nothing)
{
    static const char *const sets[] = {"warmup.jobs=0", "end.jobs=199", "steady.batches=20"};
    const trial_result r = run_mm1(sets, 3, 0);
    ck_assert_int_eq(r.steady.n, 195);
    ck_assert(!r.steady.stationary && isnan(r.steady.half));
}
END_TEST

/* 1 / (mu - lambda) = 5 s at load .8. What one run says of its own spread is what shows between
 * runs: response times have variance 25. */
START_TEST(intervals_of_single_mm1_runs_hold_the_truth_in_95_percent)
{
    enum { RUNS = INSTRUMENTED ? 20 : 1000, JOBS = 100000 };
    static const char *const sets[] = {"warmup.jobs=0", "end.jobs=100000", "records=none",
                                       "steady.batches=20", "decision.window=1"};
    static double mean[RUNS];
    poise_scenario *s = load_mm1(sets, 5);
    poise_env *e = new_env(s);
    int held = 0, not_stationary = 0;
    double effective = 0;
    for (int seed = 0; seed < RUNS; seed++) {
        const trial t = {.scenario = s, .agent = "fifo", .seed = seed};
        const steady_summary r = trial_run(&t, e, NULL, NULL).steady;
        if (r.n != JOBS)
            ck_abort_msg("%lld tasks", (long long)r.n);
        held += fabs(r.mean - 5) <= r.half;
        not_stationary += !r.stationary;
        effective += r.effective / RUNS;
        mean[seed] = r.mean;
    }
    ck_assert_int_eq(not_stationary, 0);
    ck_assert_int_ge(held, INSTRUMENTED ? 17 : 930);
    ck_assert_int_le(held, INSTRUMENTED ? 20 : 970);
    const stats_mean of_runs = stats_of(mean, RUNS, .95);
    if (!INSTRUMENTED)
        ck_assert_double_le(fabs(effective * of_runs.sd * of_runs.sd / 25 - 1), .15);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- in a store ---------------------------------------------------------------------------- */

static const char *const few_batches[] = {"end.jobs=6000", "warmup.jobs=0", "steady.batches=10"};

static void run_into(store *s, const poise_scenario *scenario)
{
    static const char *const agents[] = {"fifo", "shortest"};
    run_experiment(s, scenario, agents, 2, 2, 2);
}

static void expect_same(const steady_summary *a, const steady_summary *b)
{
    ck_assert_int_eq(a->metric, b->metric);
    ck_assert_int_eq(a->n, b->n);
    ck_assert_int_eq(a->deleted, b->deleted);
    ck_assert_int_eq(a->stationary, b->stationary);
    ck_assert_int_eq(a->batches, b->batches);
    ck_assert_double_eq(a->mean, b->mean);
    ck_assert_double_eq(a->half, b->half);
    ck_assert_double_eq(a->correlation, b->correlation);
    ck_assert_double_eq(a->von_neumann, b->von_neumann);
    ck_assert_double_eq(a->effective, b->effective);
}

START_TEST(a_store_holds_what_each_run_says_and_copies_it)
{
    poise_error err = {0};
    poise_scenario *scenario = load_mm1(few_batches, 3);
    store *a = open_store("a.db"), *b = open_store("b.db");
    run_into(a, scenario);
    results *r = store_read(a, &err);
    ck_assert_int_eq(r->n_cells, 4);
    store_id id[4];
    for (int i = 0; i < 4; i++) {
        id[i] = r->cell[i].id;
        const trial_result alone = run_mm1(few_batches, 3, r->cell[i].seed);
        if (strcmp(r->cell[i].agent, "fifo") == 0)
            expect_same(&r->cell[i].steady, &alone.steady);
        ck_assert_int_eq(r->cell[i].steady.n, 6000);
    }
    ck_assert_int_eq(store_copy_cells(b, a, id, 4, false, &err), 4);
    store_close(b);
    b = store_open(in_folder("b.db"), false, &err);
    ck_assert_msg(b != NULL, "%s", err.text);
    results *copy = store_read(b, &err);
    for (int i = 0; i < 4; i++)
        expect_same(&r->cell[i].steady, &copy->cell[i].steady);
    results_free(copy);
    results_free(r);
    store_close(b);
    store_close(a);
    poise_scenario_free(scenario);
}
END_TEST

static void execute(const char *name, const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(in_folder(name), &db), SQLITE_OK);
    char *why = NULL;
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
    sqlite3_close(db);
}

START_TEST(seals_of_the_layout_before_hold_and_cover_what_came_with_this_one)
{
    poise_error err = {0};
    poise_scenario *plain = short_scenario(), *steady = load_mm1(few_batches, 3);
    store *s = open_store("a.db");
    run_into(s, plain);
    store_close(s);
    execute("a.db", "DROP TABLE steady; PRAGMA user_version = 4");
    s = store_open(in_folder("a.db"), false, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    results *r = store_read(s, &err);
    ck_assert_int_eq(r->n_cells, 4);
    ck_assert_int_eq(r->cell[0].steady.n, 0);
    results_free(r);
    store_close(s);
    s = open_store("a.db");
    run_into(s, steady);
    store_close(s);
    s = store_open(in_folder("a.db"), false, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    store_close(s);
    execute("a.db", "UPDATE steady SET half = half / 2");
    s = store_open(in_folder("a.db"), false, &err);
    ck_assert_ptr_null(s);
    ck_assert_ptr_nonnull(strstr(err.text, "not as it was stored"));
    poise_scenario_free(plain);
    poise_scenario_free(steady);
}
END_TEST

START_TEST(what_a_run_says_is_verified)
{
    poise_error err = {0};
    poise_scenario *scenario = load_mm1(few_batches, 3);
    store *s = open_store("a.db");
    run_into(s, scenario);
    const verify_item *item;
    for (int doctored = 0; doctored < 2; doctored++) {
        results *r = store_read(s, &err);
        const verify_ask ask = {.store = s, .results = r};
        verification *v = verify_new(&ask, &err);
        ck_assert_msg(v && verify_run(v, 2, NULL, NULL, &err), "%s", err.text);
        ck_assert_int_eq(verify_items(v, &item), 4);
        for (int i = 0; i < 4; i++) {
            ck_assert_int_eq(item[i].verdict, doctored && i == 2 ? VERIFY_DIFFERS : VERIFY_SAME);
            if (item[i].verdict == VERIFY_DIFFERS)
                ck_assert_ptr_nonnull(
                    strstr(item[i].text, "effective times of the steady state differs"));
        }
        char sql[200];
        snprintf(sql, sizeof sql, "UPDATE steady SET effective = 1 WHERE cell = '%s'",
                 r->cell[item[2].cell].id.text);
        ck_assert_int_eq(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
        verify_free(v);
        results_free(r);
    }
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

START_TEST(a_report_says_what_single_runs_say_in_a_line_an_agent)
{
    poise_error err = {0};
    poise_scenario *scenario = load_mm1(few_batches, 3);
    store *s = open_store("a.db");
    run_into(s, scenario);
    results *r = store_read(s, &err);
    string_buffer out = {0};
    report of = report_make(r, 0, poise_metric_index("response_mean_s"), NULL, NULL);
    report_steady(&of, &out);
    ck_assert_ptr_nonnull(strstr(out.at, "interval of 10 batches (averages)\n"));
    ck_assert_ptr_nonnull(strstr(out.at, "\n    fifo: "));
    ck_assert_ptr_nonnull(strstr(out.at, " effective of 6000, first "));
    report_free(&of);
    string_free(&out);
    of = report_make(r, 0, poise_metric_index("wait_mean_s"), NULL, NULL);
    report_steady(&of, &out);
    ck_assert_int_eq((int)out.length, 0);
    report_free(&of);
    results_free(r);
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("steady state");
    TCase *tests = tcase_create("series");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, batches_do_not_depend_on_the_order_in_which_tasks_end);
    tcase_add_test(tests, series_hold_responses_or_waits_in_batches_of_five);
    tcase_add_test(tests, runs_with_and_without_records_say_the_same);
    tcase_add_test(tests, a_queue_that_grows_without_end_is_not_stationary);
    tcase_add_test(tests, a_run_of_few_tasks_says_nothing);
    tcase_add_test(tests, a_store_holds_what_each_run_says_and_copies_it);
    tcase_add_test(tests, seals_of_the_layout_before_hold_and_cover_what_came_with_this_one);
    tcase_add_test(tests, what_a_run_says_is_verified);
    tcase_add_test(tests, a_report_says_what_single_runs_say_in_a_line_an_agent);
    tcase_add_test(tests, intervals_of_single_mm1_runs_hold_the_truth_in_95_percent);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
