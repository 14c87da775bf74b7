/* test_trail.c - what runs leave behind: marks of the running hash, thinned where they are many,
 * the same whoever runs the trial, and kept in stores. */
#include "bench_support.h"

#include <sqlite3.h>

static poise_scenario *scenario;
static poise_env *env;

static void make_env(void)
{
    poise_error err = {0};
    make_folder();
    scenario = short_scenario();
    env = poise_env_new(scenario, &err);
    ck_assert_msg(env != NULL, "%s", err.text);
}

static void free_env(void)
{
    poise_env_free(env);
    poise_scenario_free(scenario);
    remove_folder();
}

/* ---- thinning ----------------------------------------------------------------------------- */

/* The hash after n decisions of a run that never was: its lower bits are n's. */
static void leave(trail *t, int64_t n_decisions)
{
    ck_assert(trail_begin(t));
    for (int64_t n = 0; n <= n_decisions; n++)
        if (n == t->next)
            trail_mark(t, (uint64_t)n);
    trail_end(t);
}

/* With s the least power of two for which 2048 marks reach the end, marks are at 0, s, 2 s ...; a
 * run of 2047 decisions has 2048 marks at stride 1, one of 2048 has 1025 at stride 2. */
START_TEST(marks_stand_at_multiples_of_a_stride_that_doubles_when_there_is_no_room)
{
    static const struct {
        int64_t decisions, stride;
        int n;
    } known[] = {{0, 1, 1},       {5, 1, 6},       {2047, 1, 2048},     {2048, 2, 1025},
                 {4095, 2, 2048}, {4096, 4, 1025}, {1000000, 512, 1954}};
    const int row = _i;
    trail t;
    leave(&t, known[row].decisions);
    ck_assert_int_eq(t.n, known[row].n);
    ck_assert_int_eq(t.stride, known[row].stride);
    bool good = true;
    for (int k = 0; k < t.n; k++)
        good &= t.mark[k] == (uint16_t)(k * t.stride);
    ck_assert(good);
    trail_free(&t);
}
END_TEST

START_TEST(a_trail_contradicts_only_where_it_has_a_mark_that_differs)
{
    trail t;
    leave(&t, 3000);  // marks after 0, 2, 4 ... 3000 decisions
    ck_assert(!trail_contradicts(&t, 2998, 2998));
    ck_assert(!trail_contradicts(&t, 2998, 2998 + (UINT64_C(1) << 40)));
    ck_assert(trail_contradicts(&t, 2998, 2997));
    ck_assert(!trail_contradicts(&t, 2999, 7));
    ck_assert(!trail_contradicts(&t, 3002, 7));
    trail_free(&t);
    ck_assert(!trail_contradicts(&t, 0, 7));
}
END_TEST

/* ---- trials ------------------------------------------------------------------------------- */

typedef struct steps {
    uint64_t hash[4096];
    int n;
} steps;

static void note(void *data, const poise_env *e, const poise_outcome *o)
{
    steps *s = data;
    (void)o;
    if (s->n < 4096)
        s->hash[s->n++] = poise_env_hash(e);
}

START_TEST(a_trial_leaves_the_lower_bits_of_the_hash_after_each_decision)
{
    static steps seen;
    const trial_watch watch = {note, &seen};
    const trial t = {.scenario = scenario, .agent = "shortest", .seed = 4, .leaves_trail = true};
    trial_result r = trial_run(&t, env, &watch, NULL);
    ck_assert_int_eq(r.status, TRIAL_OK);
    ck_assert_int_eq(r.trail.stride, 1);
    ck_assert_int_eq(r.trail.n, seen.n);
    ck_assert_int_gt(seen.n, 100);
    bool good = true;
    for (int k = 0; k < seen.n; k++)
        good &= r.trail.mark[k] == (uint16_t)seen.hash[k];
    ck_assert(good);
    ck_assert_uint_eq(seen.hash[seen.n - 1], r.trajectory_hash);
    trial_result_free(&r);
}
END_TEST

START_TEST(a_trial_that_is_not_asked_for_a_trail_or_fails_has_none)
{
    const trial quiet = {.scenario = scenario, .agent = "fifo"},
                bad = {.scenario = scenario, .agent = "nobody", .leaves_trail = true};
    const trial_result r = trial_run(&quiet, env, NULL, NULL),
                       failed = trial_run(&bad, env, NULL, NULL);
    ck_assert_int_eq(r.status, TRIAL_OK);
    ck_assert_ptr_null(r.trail.mark);
    ck_assert_int_eq(failed.status, TRIAL_FAILED);
    ck_assert_ptr_null(failed.trail.mark);
}
END_TEST

/* ---- stores ------------------------------------------------------------------------------- */

static const char *const agents[] = {"fifo", "shortest"};

START_TEST(a_store_gives_back_the_trail_that_the_same_trial_leaves_again)
{
    poise_error err = {0};
    store *s = open_store("a.db");
    run_experiment(s, scenario, agents, 2, 3, 2);
    results *r = store_read(s, &err);
    ck_assert_int_eq(r->n_cells, 6);
    for (int i = 0; i < r->n_cells; i++) {
        trail kept;
        ck_assert_msg(store_trail(s, r->cell[i].id, &kept, &err), "%s", err.text);
        const trial t = {.scenario = scenario,
                         .agent = r->cell[i].description,
                         .seed = r->cell[i].seed,
                         .leaves_trail = true};
        trial_result again = trial_run(&t, env, NULL, NULL);
        ck_assert_int_gt(kept.n, 100);
        ck_assert_int_eq(kept.n, again.trail.n);
        ck_assert_int_eq(kept.stride, again.trail.stride);
        ck_assert_mem_eq(kept.mark, again.trail.mark, (size_t)kept.n * sizeof *kept.mark);
        trail_free(&kept);
        trial_result_free(&again);
    }
    results_free(r);
    store_close(s);
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

START_TEST(a_store_of_the_layout_without_trails_is_read_and_gets_them_when_written_to)
{
    poise_error err = {0};
    store *s = open_store("a.db");
    run_experiment(s, scenario, agents, 1, 2, 1);
    store_close(s);
    execute("a.db", "DROP TABLE trail; DROP TABLE experiment; DROP TABLE seal; DROP TABLE steady; "
                    "PRAGMA user_version = 2");
    s = store_open(in_folder("a.db"), false, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    results *r = store_read(s, &err);
    ck_assert_int_eq(r->n_cells, 2);
    trail t;
    ck_assert(store_trail(s, r->cell[0].id, &t, &err));
    ck_assert_int_eq(t.n, 0);
    trail_free(&t);
    results_free(r);
    store_close(s);
    s = open_store("a.db");
    ck_assert_int_eq(run_experiment(s, scenario, agents, 2, 2, 1), 2);
    r = store_read(s, &err);
    int n_trails = 0;
    for (int i = 0; i < r->n_cells; i++) {
        ck_assert(store_trail(s, r->cell[i].id, &t, &err));
        n_trails += t.n > 0;
        trail_free(&t);
    }
    ck_assert_int_eq(n_trails, 2);
    results_free(r);
    store_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trail");
    TCase *tests = tcase_create("trail");
    tcase_add_checked_fixture(tests, make_env, free_env);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(
        tests, marks_stand_at_multiples_of_a_stride_that_doubles_when_there_is_no_room, 0, 7);
    tcase_add_test(tests, a_trail_contradicts_only_where_it_has_a_mark_that_differs);
    tcase_add_test(tests, a_trial_leaves_the_lower_bits_of_the_hash_after_each_decision);
    tcase_add_test(tests, a_trial_that_is_not_asked_for_a_trail_or_fails_has_none);
    tcase_add_test(tests, a_store_gives_back_the_trail_that_the_same_trial_leaves_again);
    tcase_add_test(tests,
                   a_store_of_the_layout_without_trails_is_read_and_gets_them_when_written_to);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
