/* test_ties.c - reports tell agents apart that are the same in law no more often than promised.
 *
 * Of two equal queues the shorter one is joined by both `least_loaded` and `power_of_d` with two
 * choices; where they are equally long the first one joins the first and the second one throws
 * dice. That does not matter for how long one waits in the mean, but for who waits. */
#include "bench_support.h"

enum { REPETITIONS = 100, SEEDS = 10, LEAST_TIES = 91 };

/* The cells of repetition r: seeds 10 r to 10 r + 9. */
static results part_of(const results *all, int r, result_cell *cell)
{
    results part = *all;
    part.cell = cell;
    part.n_cells = 0;
    for (int i = 0; i < all->n_cells; i++)
        if (all->cell[i].seed / SEEDS == r)
            cell[part.n_cells++] = all->cell[i];
    return part;
}

START_TEST(agents_that_are_the_same_in_law_are_reported_as_ties_in_91_of_100_repetitions)
{
    static const char *const agents[] = {"least_loaded", "power_of_d:d=2"};
    static const char *const sets[] = {"warmup.jobs=0", "end.jobs=200"};
    const int metric = poise_metric_index("response_mean_s");
    poise_error err = {0};
    poise_scenario *scenario =
        poise_scenario_load(POISE_SOURCE_DIR "/scenarios/two-queues-v1.yaml", sets, 2, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    store *s = open_store("ties.db");
    run_experiment(s, scenario, agents, 2, REPETITIONS * SEEDS, 2);
    results *all = store_read(s, &err);
    ck_assert_msg(all != NULL, "%s", err.text);
    int ties = 0, against = 0;
    for (int i = 0; i < REPETITIONS; i++) {
        result_cell cell[2 * SEEDS];
        const results part = part_of(all, i, cell);
        ck_assert_int_eq(part.n_cells, 2 * SEEDS);
        report r = report_make(&part, 0, metric, "least_loaded", NULL);
        ck_assert_int_eq(r.n_rows, 2);
        ties += r.row[0].tied && r.row[1].tied && r.row[1].rank == 1;
        against += r.row[1 - r.baseline].p_holm >= REPORT_ALPHA;
        report_free(&r);
    }
    /* 95 are expected, 91 or more in 97% of all such experiments. Here it is the same question that
     * ranks and the comparison with the baseline answer. */
    ck_assert_int_ge(ties, LEAST_TIES);
    ck_assert_int_lt(ties, REPETITIONS);
    ck_assert_int_eq(against, ties);
    results_free(all);
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ties");
    TCase *tests = tcase_create("ties");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests,
                   agents_that_are_the_same_in_law_are_reported_as_ties_in_91_of_100_repetitions);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
