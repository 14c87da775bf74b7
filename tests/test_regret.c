/* test_regret.c - bounds and times of decisions are kept with results, apart from what is compared,
 * and distances to bounds and to the optimum are those that theory says. */
#include "bench_support.h"
#include "regret.h"

#include <math.h>
#include <sqlite3.h>

static const char *const rules[] = {"fifo", "shortest_remaining"};

/* Runs the rules in a scenario file of the tree with its settings; all that came of it. */
static results *run_in(const char *file, const char *const *sets, int n_sets, bool bounds,
                       poise_scenario **scenario)
{
    char path[256];
    poise_error err = {0};
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", POISE_SOURCE_DIR, file);
    *scenario = poise_scenario_load(path, sets, n_sets, &err);
    ck_assert_msg(*scenario != NULL, "%s", err.text);
    const int64_t seed[] = {0, 1, 2};
    const experiment_agent agent[] = {{.agent = rules[0]}, {.agent = rules[1]}};
    const experiment_point point = {.scenario = *scenario,
                                    .path = path,
                                    .set = (const char **)sets,
                                    .n_sets = n_sets,
                                    .agent = agent,
                                    .n_agents = 2,
                                    .seed = seed,
                                    .n_seeds = 3};
    const experiment x = {.point = &point, .n_points = 1, .bounds = bounds};
    store *s = open_store("a.db");
    const plan_listener silent = {0};
    ck_assert(store_put_scenario(s, *scenario, path, sets, n_sets, NULL, 0, &err));
    plan *p = plan_new(&x, s, NULL, &err);
    ck_assert_int_eq(plan_run(p, 1, NULL, &silent, &err), PLAN_DONE);
    plan_free(p);
    results *r = store_read(s, &err);
    ck_assert_msg(r != NULL, "%s", err.text);
    store_close(s);
    return r;
}

/* One preemptive server: shortest remaining first is at the bound, order of arrival above it. */
START_TEST(a_report_says_how_far_agents_are_from_the_bound)
{
    const char *const sets[] = {"decision.preempt=resume", "decision.sizes=exact",
                                "decision.window=4000", "warmup.jobs=0", "end.jobs=2000"};
    poise_scenario *s;
    results *all = run_in("mg1-v1", sets, 5, false, &s);
    report r = report_make(all, 0, poise_metric_index("response_mean_s"), "fifo", NULL);
    ck_assert_int_eq(r.n_rows, 2);
    ck_assert_str_eq(r.row[0].label, "shortest_remaining");
    ck_assert_double_lt(report_gap_percent(&r.row[0]), 1e-5);
    ck_assert_double_gt(report_gap_percent(&r.row[1]), 10);
    ck_assert_double_eq_tol(r.row[1].gap.mean, r.row[1].mean.mean - r.row[1].bound, 1e-9);
    string_buffer out = {0};
    report_text(&r, &out);
    ck_assert_ptr_nonnull(strstr(out.at, "srpt-pooled"));
    regret_table(&r, s, &out);
    ck_assert_ptr_nonnull(strstr(out.at, "distance to the best possible"));
    string_free(&out);
    report_free(&r);
    results_free(all);
    poise_scenario_free(s);
}
END_TEST

/* Runs of more tasks than a few are bounded when they are asked to be, also those stored before. */
START_TEST(bounds_of_long_runs_are_found_when_asked_for)
{
    const char *const sets[] = {"end.jobs=12000"};
    poise_scenario *s;
    results *without = run_in("mm1-v1", sets, 1, false, &s);
    ck_assert_int_eq(without->n_cells, 6);
    ck_assert_ptr_null(without->cell[0].bound);
    poise_scenario_free(s);
    results *with = run_in("mm1-v1", sets, 1, true, &s);
    ck_assert_int_eq(with->n_cells, 6);
    const int response = poise_metric_index("response_mean_s");
    for (int i = 0; i < 6; i++) {
        ck_assert_ptr_nonnull(with->cell[i].bound);
        ck_assert_double_le(with->cell[i].bound[response].value, with->cell[i].value[response]);
        ck_assert_uint_eq(with->cell[i].trajectory_hash, without->cell[i].trajectory_hash);
    }
    results_free(without);
    results_free(with);
    poise_scenario_free(s);
}
END_TEST

/* What of two runs depends on the machine is not among what can be compared. */
START_TEST(times_of_decisions_are_kept_apart_from_what_is_compared)
{
    poise_scenario *s;
    results *r = run_in("two-devices-v1", NULL, 0, false, &s);
    string_buffer out = {0};
    for (int i = 0; i < r->n_cells; i++) {
        ck_assert_int_gt(r->cell[i].decision.n, 0);
        ck_assert_double_gt(r->cell[i].decision.p50_s, 0);
        ck_assert_double_ge(r->cell[i].decision.p99_s, r->cell[i].decision.p50_s);
    }
    report_cells(r, NULL, &out);
    ck_assert_ptr_null(strstr(out.at, "p99_s,p50"));
    char *before = strdup(out.at);
    for (int i = 0; i < r->n_cells; i++)
        r->cell[i].decision = (latency_summary){1, 7, 7};
    out.length = 0;
    report_cells(r, NULL, &out);
    ck_assert_str_eq(before, out.at);
    free(before);
    string_free(&out);
    results_free(r);
    poise_scenario_free(s);
}
END_TEST

/* 98 decisions of 1 us, one of 1 ms, one of 1 s: half take 1 us, 99 of 100 at most 1 ms. */
START_TEST(quantiles_of_times_are_within_a_bucket)
{
    latency l = {0};
    ck_assert(isnan(latency_quantile(&l, 0.5)));
    for (int i = 0; i < 98; i++)
        latency_add(&l, 1000);
    latency_add(&l, 1000000);
    latency_add(&l, 1000000000);
    ck_assert_double_eq_tol(latency_quantile(&l, 0.5), 1e-6, 1e-6 / 32);
    ck_assert_double_eq_tol(latency_quantile(&l, 0.99), 1e-3, 1e-3 / 32);
    ck_assert_double_eq_tol(latency_quantile(&l, 1), 1, 1. / 32);
    char text[24];
    latency_text(text, 12.34e-6);
    ck_assert_str_eq(text, "12.3 us");
}
END_TEST

static void forget_what_is_new(const char *path)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db,
                                  "DROP TABLE bound; DROP TABLE latency; DROP TABLE trail; DROP "
                                  "TABLE experiment; DROP TABLE seal; DROP TABLE steady; "
                                  "PRAGMA user_version = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
}

START_TEST(a_store_of_the_first_layout_is_read_and_gets_what_it_lacks)
{
    poise_error err = {0};
    poise_scenario *s;
    results_free(run_in("two-devices-v1", NULL, 0, false, &s));
    poise_scenario_free(s);
    forget_what_is_new(in_folder("a.db"));
    store *old = store_open(in_folder("a.db"), false, &err);
    ck_assert_msg(old != NULL, "%s", err.text);
    results *r = store_read(old, &err);
    ck_assert_msg(r != NULL, "%s", err.text);
    ck_assert_int_eq(r->n_cells, 6);
    ck_assert_ptr_null(r->cell[0].bound);
    ck_assert_int_eq(r->cell[0].decision.n, 0);
    results_free(r);
    store_close(old);
    r = run_in("two-devices-v1", NULL, 0, true, &s);
    ck_assert_int_eq(r->n_cells, 6);
    ck_assert_ptr_nonnull(r->cell[0].bound);
    results_free(r);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("regret");
    TCase *tcase = tcase_create("regret");
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_report_says_how_far_agents_are_from_the_bound);
    tcase_add_test(tcase, bounds_of_long_runs_are_found_when_asked_for);
    tcase_add_test(tcase, times_of_decisions_are_kept_apart_from_what_is_compared);
    tcase_add_test(tcase, quantiles_of_times_are_within_a_bucket);
    tcase_add_test(tcase, a_store_of_the_first_layout_is_read_and_gets_what_it_lacks);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
