/* test_stability_table.c - how steady agents are, against numbers by hand. */
#include "stability.h"

#include "report_inside.h"
#include "results_support.h"

enum { SEEDS = 5 };

static suite tasks;

static stability table(const char *baseline)
{
    poise_error err = {0};
    ck_assert_msg(suite_tasks(&tasks, &all, baseline, NULL, &err), "%s", err.text);
    return stability_of(&tasks);
}

static const stability_row *row_of(const stability *s, const char *agent, int scenario_number)
{
    for (int i = 0; i < s->n_rows; i++)
        if (s->row[i].task->scenario == scenario_number && strcmp(s->row[i].row->label, agent) == 0)
            return &s->row[i];
    ck_abort_msg("there is no %s", agent);
}

static void add_example(void)
{
    add(0, "fifo", (double[]){4, 6, 5, 5, 5}, SEEDS);
    add(0, "shortest", (double[]){2, 4, 2.5, 3, 3.5}, SEEDS);
    also("recovery_s", (double[]){10, 20, 30, 40, 100}, SEEDS);
    also("recovered", (double[]){1, 1, 1, 1, 0}, SEEDS);
    also("utilisation", (double[]){.5, .5, .5, .5, .75}, SEEDS);
    add(1, "fifo", (double[]){-4, -4, -4, -4, NAN}, SEEDS);
}

START_TEST(spread_is_relative_to_mean_and_median)
{
    add_example();
    stability s = table("fifo");
    /* Mean 5, squares 1 + 1 over 4; of 4 5 5 5 6 both quartiles are 5. */
    const stability_row *r = row_of(&s, "fifo", 0);
    ck_assert_double_eq_tol(r->spread, sqrt(.5) / 5, 1e-12);
    ck_assert_double_eq(r->quartiles, 0);
    ck_assert(isnan(r->percent));
    /* Mean 3, squares 1 + 1 + .25 + .25 over 4; quartiles 2.5 and 3.5 around 3. */
    r = row_of(&s, "shortest", 0);
    ck_assert_double_eq_tol(r->spread, sqrt(2.5 / 4) / 3, 1e-12);
    ck_assert_double_eq_tol(r->quartiles, 1. / 3, 1e-12);
    ck_assert_double_eq_tol(r->percent, -40, 1e-12);
    /* Less than 0 is no less spread. */
    r = row_of(&s, "fifo", 1);
    ck_assert_double_eq(r->spread, 0);
    stability_free(&s);
    suite_free(&tasks);
}
END_TEST

START_TEST(runs_that_did_not_recover_are_counted)
{
    add_example();
    stability s = table("fifo");
    const stability_row *r = row_of(&s, "shortest", 0);
    ck_assert_double_eq_tol(r->recovery_s, 40, 1e-12);
    ck_assert_int_eq(r->n_recovered, 4);
    ck_assert_int_eq(r->n_could, 5);
    ck_assert_double_eq_tol(r->utilisation, .55, 1e-12);
    ck_assert_int_eq(row_of(&s, "fifo", 0)->n_recovered, -1);
    stability_free(&s);
    suite_free(&tasks);
}
END_TEST

START_TEST(a_spread_is_told_apart_from_that_of_the_baseline)
{
    /* Sums 0 5 1 4 and differences 0 3 -1 4 have a correlation of 15 / 17; with two degrees of
     * freedom the p of r is 1 - |r|. */
    ck_assert_double_eq_tol(stats_spread_p((double[]){0, 4, 0, 4}, (double[]){0, 1, 1, 0}, 4),
                            2. / 17, 1e-12);
    /* The same values in another order spread alike; so do opposites, whose sums do not vary. */
    ck_assert_double_eq_tol(stats_spread_p((double[]){1, 2, 3}, (double[]){2, 3, 1}, 3), 1, 1e-12);
    ck_assert_double_eq(stats_spread_p((double[]){1, 2, 3}, (double[]){3, 2, 1}, 3), 1);
    ck_assert(isnan(stats_spread_p((double[]){1, 2}, (double[]){3, 1}, 2)));
    /* In a table each is taken relative to its mean: ten times the same is as steady. */
    add(0, "fifo", (double[]){1, 2, 3, 4, 5}, SEEDS);
    add(0, "lifo", (double[]){10, 20, 30, 40, 50}, SEEDS);
    stability s = table("fifo");
    ck_assert_double_eq_tol(row_of(&s, "lifo", 0)->p_spread, 1, 1e-9);
    stability_free(&s);
    suite_free(&tasks);
}
END_TEST

START_TEST(columns_that_say_nothing_are_left_out)
{
    add_example();
    stability s = table("fifo");
    string_buffer out = {0};
    stability_write(&s, GRID_PLAIN, &out);
    ck_assert_msg(strstr(out.at, "40 4/5") != NULL, "%s", out.at);
    ck_assert_msg(strstr(out.at, "osc.") == NULL, "%s", out.at);
    ck_assert_msg(strstr(out.at, "mean: reward of admission-v1") != NULL, "%s", out.at);
    stability_free(&s);
    suite_free(&tasks);
    out.length = 0;
    s = table(NULL);
    stability_write(&s, GRID_PLAIN, &out);
    ck_assert_msg(strstr(out.at, "vs") == NULL, "%s", out.at);
    string_free(&out);
    stability_free(&s);
    suite_free(&tasks);
}
END_TEST

START_TEST(failures_and_a_baseline_that_is_not_everywhere_are_told)
{
    add(0, "shortest", (double[]){1, 2, 3, 4, NAN}, SEEDS);
    add(1, "fifo", (double[]){1, 2, 3, 4, 5}, SEEDS);
    stability s = table("fifo");
    string_buffer out = {0};
    stability_write(&s, GRID_PLAIN, &out);
    ck_assert_msg(strstr(out.at, "shortest (1 failed)") != NULL, "%s", out.at);
    ck_assert_msg(strstr(out.at, "failed: runs that failed") != NULL, "%s", out.at);
    ck_assert_msg(strstr(out.at, "vs: mean difference to fifo;") != NULL, "%s", out.at);
    string_free(&out);
    stability_free(&s);
    suite_free(&tasks);
}
END_TEST

START_TEST(programs_get_every_number)
{
    add_example();
    stability s = table("fifo");
    string_buffer out = {0};
    stability_csv(&s, &out);
    ck_assert_msg(strstr(out.at, "two-devices-v1,response_mean_s,shortest,5,0,3,-40,") != NULL,
                  "%s", out.at);
    ck_assert_msg(strstr(out.at, ",40,4,5\n") != NULL, "%s", out.at);
    ck_assert_msg(strstr(out.at, "admission-v1,reward,fifo,5,1,-4,,") != NULL, "%s", out.at);
    string_free(&out);
    stability_free(&s);
    suite_free(&tasks);
}
END_TEST

int main(void)
{
    Suite *whole = suite_create("stability table");
    TCase *tests = tcase_create("stability table");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, spread_is_relative_to_mean_and_median);
    tcase_add_test(tests, runs_that_did_not_recover_are_counted);
    tcase_add_test(tests, a_spread_is_told_apart_from_that_of_the_baseline);
    tcase_add_test(tests, columns_that_say_nothing_are_left_out);
    tcase_add_test(tests, failures_and_a_baseline_that_is_not_everywhere_are_told);
    tcase_add_test(tests, programs_get_every_number);
    suite_add_tcase(whole, tests);
    SRunner *runner = srunner_create(whole);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
