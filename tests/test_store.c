/* test_store.c - results are kept: nothing is run twice, nothing is lost, and what is no store or a
 * damaged one is refused with a sentence and left as it is. */
#include "bench_support.h"
#include "file.h"
#include "lib/blas.h"

#include <math.h>
#include <sqlite3.h>
#include <sys/stat.h>

static const char *const agents[] = {"fifo", "shortest", "random"};

START_TEST(running_again_runs_nothing_and_changes_nothing)
{
    poise_scenario *scenario = short_scenario();
    store *s = open_store("a.db");
    ck_assert_int_eq(run_experiment(s, scenario, agents, 3, 4, 2), 12);
    char *before = all_cells(s);
    ck_assert_int_eq(run_experiment(s, scenario, agents, 3, 4, 2), 0);
    char *after = all_cells(s);
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

START_TEST(an_experiment_done_in_pieces_is_the_one_done_at_once)
{
    poise_scenario *scenario = short_scenario();
    store *pieces = open_store("pieces.db"), *whole = open_store("whole.db");
    ck_assert_int_eq(run_experiment(pieces, scenario, agents + 1, 1, 2, 1), 2);
    ck_assert_int_eq(run_experiment(pieces, scenario, agents, 2, 3, 1), 4);
    ck_assert_int_eq(run_experiment(pieces, scenario, agents, 3, 5, 1), 9);
    ck_assert_int_eq(run_experiment(whole, scenario, agents, 3, 5, 1), 15);
    char *a = all_cells(pieces), *b = all_cells(whole);
    ck_assert_str_eq(a, b);
    free(a);
    free(b);
    store_close(pieces);
    store_close(whole);
    poise_scenario_free(scenario);
}
END_TEST

static trial_result some_result(void)
{
    trial_result r = {.status = TRIAL_OK, .trajectory_hash = UINT64_MAX, .world_hash = 1};
    for (int i = 0; i < TRIAL_MAX_METRICS; i++)
        r.value[i] = 0.1 * i + 1e-17;
    r.value[1] = NAN;
    return r;
}

START_TEST(numbers_come_back_bit_for_bit_and_undefined_ones_undefined)
{
    poise_error err = {0};
    poise_scenario *scenario = short_scenario();
    store *s = open_store("a.db");
    const store_sweep sweep = {(char *)"workload.load", (char *)"0.5"};
    const char *const sets[] = {"a=1", "b=2"};
    ck_assert(store_put_scenario(s, scenario, SCENARIO, sets, 2, &sweep, 1, &err));
    const uint64_t hash = poise_scenario_hash(scenario);
    const store_cell cell = {store_cell_id(hash, "x", "", 3), hash, "x", "x", "", 3};
    const trial_result put = some_result();
    ck_assert(store_put_cell(s, &cell, &put, &err));
    ck_assert_int_eq(store_cell_state(s, cell.id, NULL), STORE_OK);
    results *r = store_read(s, &err);
    ck_assert_int_eq(r->n_cells, 1);
    ck_assert_uint_eq(r->cell[0].trajectory_hash, UINT64_MAX);
    ck_assert_int_eq(r->cell[0].seed, 3);
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    for (int i = 0; i < n; i++)
        ck_assert_msg(i == 1 ? isnan(r->cell[0].value[i]) : r->cell[0].value[i] == put.value[i],
                      "metric %d", i);
    ck_assert_int_eq(r->n_scenarios, 1);
    ck_assert_uint_eq(r->scenario[0].hash, hash);
    ck_assert_str_eq(r->scenario[0].set[1], "b=2");
    ck_assert_str_eq(r->scenario[0].sweep[0].value, "0.5");
    results_free(r);
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

START_TEST(a_failed_cell_is_kept_with_its_sentence_and_tried_again)
{
    poise_error err = {0};
    poise_scenario *scenario = short_scenario();
    store *s = open_store("a.db");
    ck_assert(store_put_scenario(s, scenario, SCENARIO, NULL, 0, NULL, 0, &err));
    const uint64_t hash = poise_scenario_hash(scenario);
    const store_cell cell = {store_cell_id(hash, "x", "", 0), hash, "x", "x", "", 0};
    const trial_result failed = {.status = TRIAL_FAILED, .error = "it \"broke\", 'badly'"};
    ck_assert(store_put_cell(s, &cell, &failed, &err));
    ck_assert_int_eq(store_cell_state(s, cell.id, NULL), STORE_FAILED);
    results *r = store_read(s, &err);
    ck_assert(!r->cell[0].ok);
    ck_assert_str_eq(r->cell[0].error, failed.error);
    results_free(r);
    const trial_result good = some_result();
    ck_assert(store_put_cell(s, &cell, &good, &err));
    r = store_read(s, &err);
    ck_assert_int_eq(r->n_cells, 1);
    ck_assert(r->cell[0].ok);
    results_free(r);
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

START_TEST(a_policy_and_its_log_come_back)
{
    poise_error err = {0};
    poise_scenario *scenario = short_scenario();
    store *s = open_store("a.db");
    ck_assert(store_put_scenario(s, scenario, SCENARIO, NULL, 0, NULL, 0, &err));
    const store_log log[] = {{1, 10, "rollout/ep_rew_mean", -3},
                             {1, 10, "train/loss", NAN},
                             {2, 25, "rollout/ep_rew_mean", -2.5}};
    const uint64_t hash = poise_scenario_hash(scenario);
    const store_policy put = {.id = store_policy_id(hash, "d", 25, 7),
                              .scenario_hash = hash,
                              .agent = "a",
                              .description = "d",
                              .decisions = 25,
                              .train_seed = 7,
                              .bytes = "\0bytes",
                              .n_bytes = 6,
                              .log = log,
                              .n_log = 3};
    ck_assert_msg(store_put_policy(s, &put, &err), "%s", err.text);
    ck_assert(store_has_policy(s, put.id));
    size_t n_bytes;
    void *bytes = store_policy_bytes(s, put.id, &n_bytes, &err);
    ck_assert_uint_eq(n_bytes, 6);
    ck_assert_mem_eq(bytes, put.bytes, 6);
    free(bytes);
    store_point *point;
    int n;
    ck_assert(store_training(s, put.id, "rollout/ep_rew_mean", &point, &n, &err));
    ck_assert_int_eq(n, 2);
    ck_assert_int_eq(point[1].decisions, 25);
    ck_assert_double_eq(point[1].value, -2.5);
    free(point);
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

START_TEST(everything_that_decides_a_number_is_in_its_identity)
{
    const store_id base = store_cell_id(1, "fifo", "", 0);
    ck_assert_str_eq(store_cell_id(1, "fifo", "", 0).text, base.text);
    ck_assert_str_ne(store_cell_id(2, "fifo", "", 0).text, base.text);
    ck_assert_str_ne(store_cell_id(1, "lifo", "", 0).text, base.text);
    ck_assert_str_ne(store_cell_id(1, "fifo", "p", 0).text, base.text);
    ck_assert_str_ne(store_cell_id(1, "fifo", "", 1).text, base.text);
    const store_id policy = store_policy_id(1, "q", 100, 0);
    ck_assert_str_ne(store_policy_id(1, "q", 101, 0).text, policy.text);
    ck_assert_str_ne(store_policy_id(1, "q", 100, 1).text, policy.text);
    /* Who multiplies matrices decides what networks learn and choose, not what rules do. */
    const store_id learnt = store_cell_id(1, "q", "p", 0);
    blas_choose(BLAS_OPENBLAS);
    ck_assert_str_ne(store_policy_id(1, "q", 100, 0).text, policy.text);
    ck_assert_str_ne(store_cell_id(1, "q", "p", 0).text, learnt.text);
    ck_assert_str_eq(store_cell_id(1, "fifo", "", 0).text, base.text);
    blas_choose(BLAS_REFERENCE);
    ck_assert_str_eq(store_policy_id(1, "q", 100, 0).text, policy.text);
}
END_TEST

START_TEST(a_scenario_is_loaded_again_from_the_store_when_its_file_is_gone)
{
    poise_error err = {0};
    poise_scenario *scenario = short_scenario();
    store *s = open_store("a.db");
    ck_assert(store_put_scenario(s, scenario, "/nowhere/x.yaml", NULL, 0, NULL, 0, &err));
    results *r = store_read(s, &err);
    poise_scenario *again = result_scenario_load(&r->scenario[0], &err);
    ck_assert_msg(again != NULL, "%s", err.text);
    ck_assert_uint_eq(poise_scenario_hash(again), poise_scenario_hash(scenario));
    poise_scenario_free(again);
    results_free(r);
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

/* ---- what is no store --------------------------------------------------------------------- */

/* Both ways to open the file fail with a sentence that holds `word` and leave its bytes alone. */
static void refuses(const char *name, const char *word)
{
    poise_error err = {0};
    size_t n_before, n_after;
    char path[128];
    snprintf(path, sizeof path, "%s", in_folder(name));
    char *before = file_read(path, 1 << 24, &n_before, &err);
    for (int create = 0; create < 2; create++) {
        memset(&err, 0, sizeof err);
        ck_assert_ptr_null(store_open(path, create, &err));
        ck_assert_msg(strstr(err.text, word) != NULL, "'%s' does not say '%s'", err.text, word);
        ck_assert_ptr_null(strchr(err.text, '\n'));
    }
    char *after = file_read(path, 1 << 24, &n_after, &err);
    ck_assert_uint_eq(n_after, n_before);
    ck_assert_mem_eq(after, before, n_before);
    free(before);
    free(after);
}

static void filled_store(const char *name)
{
    poise_scenario *scenario = short_scenario();
    store *s = open_store(name);
    run_experiment(s, scenario, agents, 3, 20, 1);
    store_close(s);
    poise_scenario_free(scenario);
}

START_TEST(a_text_an_empty_file_and_another_programs_database_are_refused)
{
    poise_error err = {0};
    char text[8192];
    memset(text, 'x', sizeof text);
    ck_assert(file_write(in_folder("text.db"), text, sizeof text, &err));
    refuses("text.db", "not a store");
    ck_assert(file_write(in_folder("empty.db"), "", 0, &err));
    refuses("empty.db", "not a store");
    sqlite3 *db;
    sqlite3_open(in_folder("other.db"), &db);
    sqlite3_exec(db, "CREATE TABLE cell (x)", NULL, NULL, NULL);
    sqlite3_close(db);
    refuses("other.db", "not a store");
}
END_TEST

START_TEST(a_store_of_another_layout_is_refused)
{
    store_close(open_store("a.db"));
    sqlite3 *db;
    sqlite3_open(in_folder("a.db"), &db);
    sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
    sqlite3_close(db);
    refuses("a.db", "layout 99");
}
END_TEST

START_TEST(a_truncated_store_is_refused)
{
    filled_store("a.db");
    struct stat st;
    ck_assert_int_eq(stat(in_folder("a.db"), &st), 0);
    ck_assert_int_eq(truncate(in_folder("a.db"), st.st_size / 2 / 4096 * 4096), 0);
    refuses("a.db", "damaged");
}
END_TEST

START_TEST(a_store_with_garbage_in_a_page_is_refused)
{
    filled_store("a.db");
    FILE *f = fopen(in_folder("a.db"), "r+");
    char garbage[4096];
    memset(garbage, 0xa5, sizeof garbage);
    fseek(f, 3 * 4096, SEEK_SET);
    ck_assert_uint_eq(fwrite(garbage, 1, sizeof garbage, f), sizeof garbage);
    fclose(f);
    refuses("a.db", "damaged");
}
END_TEST

START_TEST(a_missing_store_is_not_made_by_reading_it)
{
    poise_error err = {0};
    ck_assert_ptr_null(store_open(in_folder("none.db"), false, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "no such store"));
    ck_assert_int_ne(access(in_folder("none.db"), F_OK), 0);
}
END_TEST

START_TEST(a_folder_in_the_place_of_a_store_is_refused)
{
    poise_error err = {0};
    mkdir(in_folder("a.db"), 0777);
    ck_assert_ptr_null(store_open(in_folder("a.db"), true, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "a.db"));
}
END_TEST

START_TEST(what_a_killed_writer_left_in_the_log_is_read)
{
    poise_scenario *scenario = short_scenario();
    store *s = open_store("a.db");
    run_experiment(s, scenario, agents, 3, 2, 1);
    char *wanted = all_cells(s);
    /* The file and its log as they lie on the disk while the writer lives. */
    char name[2][128];
    poise_error err = {0};
    const char *const suffix[] = {"", "-wal"};
    for (int i = 0; i < 2; i++) {
        size_t n;
        snprintf(name[0], sizeof name[0], "%s%s", in_folder("a.db"), suffix[i]);
        snprintf(name[1], sizeof name[1], "%s%s", in_folder("b.db"), suffix[i]);
        char *bytes = file_read(name[0], 1 << 24, &n, &err);
        ck_assert_msg(bytes && file_write(name[1], bytes, n, &err), "%s", err.text);
        free(bytes);
    }
    store *copy = store_open(in_folder("b.db"), false, &err);
    ck_assert_msg(copy != NULL, "%s", err.text);
    char *cells = all_cells(copy);
    ck_assert_str_eq(cells, wanted);
    free(cells);
    free(wanted);
    store_close(copy);
    store_close(s);
    poise_scenario_free(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, running_again_runs_nothing_and_changes_nothing);
    tcase_add_test(tests, an_experiment_done_in_pieces_is_the_one_done_at_once);
    tcase_add_test(tests, numbers_come_back_bit_for_bit_and_undefined_ones_undefined);
    tcase_add_test(tests, a_failed_cell_is_kept_with_its_sentence_and_tried_again);
    tcase_add_test(tests, a_policy_and_its_log_come_back);
    tcase_add_test(tests, everything_that_decides_a_number_is_in_its_identity);
    tcase_add_test(tests, a_scenario_is_loaded_again_from_the_store_when_its_file_is_gone);
    tcase_add_test(tests, a_text_an_empty_file_and_another_programs_database_are_refused);
    tcase_add_test(tests, a_store_of_another_layout_is_refused);
    tcase_add_test(tests, a_truncated_store_is_refused);
    tcase_add_test(tests, a_store_with_garbage_in_a_page_is_refused);
    tcase_add_test(tests, a_missing_store_is_not_made_by_reading_it);
    tcase_add_test(tests, a_folder_in_the_place_of_a_store_is_refused);
    tcase_add_test(tests, what_a_killed_writer_left_in_the_log_is_read);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
