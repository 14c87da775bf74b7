/* test_verify.c - what a store holds is run again: all is the same, and whatever has been changed
 * in the store is named. Where runs part is found by stepping both of them, here. */
#include "bench_support.h"
#include "file.h"
#include "lib/blas.h"
#include "pool.h"
#include "support.h"
#include "verify.h"

#include <sqlite3.h>
#include <sys/stat.h>

static const char *const rules[] = {"fifo", "shortest", "random"};

/* Without its seals a store passes for one in which all was written like that. */
static void execute(const char *name, const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(in_folder(name), &db), SQLITE_OK);
    char *why = NULL;
    const char *const unseal =
        "DROP TABLE IF EXISTS seal; DROP TABLE IF EXISTS steady; PRAGMA user_version = 3";
    ck_assert_msg(sqlite3_exec(db, unseal, NULL, NULL, &why) == SQLITE_OK, "%s", why);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
    sqlite3_close(db);
}

static int n_lines(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* What came of a verification: its lines, and how many items have each verdict. */
typedef struct outcome {
    char text[8192];
    int n, of[VERIFY_CHANCE + 1];
    store_id cell[64];  // that were looked at
} outcome;

static outcome look(const char *name, int sample, int64_t seed, bool train, int n_threads)
{
    outcome out = {0};
    poise_error err = {0};
    store *s = store_open(in_folder(name), false, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    results *r = store_read(s, &err);
    const verify_ask ask = {
        .store = s, .results = r, .sample = sample, .seed = seed, .train = train};
    verification *v = verify_new(&ask, &err);
    ck_assert_msg(v != NULL, "%s", err.text);
    ck_assert_msg(verify_run(v, n_threads, NULL, NULL, &err), "%s", err.text);
    const verify_item *item;
    out.n = verify_items(v, &item);
    for (int i = 0; i < out.n; i++) {
        out.of[item[i].verdict]++;
        if (i < 64 && item[i].cell >= 0)
            out.cell[i] = r->cell[item[i].cell].id;
        if (item[i].text)
            strncat(out.text, item[i].text, sizeof out.text - strlen(out.text) - 1);
    }
    verify_free(v);
    results_free(r);
    store_close(s);
    return out;
}

static outcome look_at_all(const char *name)
{
    return look(name, 0, 0, false, 2);
}

static void fill(const char *name, const char *const *agents, int n_agents, int n_seeds)
{
    poise_scenario *scenario = short_scenario();
    store *s = open_store(name);
    run_experiment(s, scenario, agents, n_agents, n_seeds, 1);
    store_close(s);
    poise_scenario_free(scenario);
}

static void expect(const outcome *out, const char *words)
{
    ck_assert_msg(strstr(out->text, words) != NULL, "'%s' is not in:\n%s", words, out->text);
}

/* ---- what is the same --------------------------------------------------------------------- */

START_TEST(a_store_verifies_on_any_number_of_threads)
{
    fill("a.db", rules, 3, 4);
    for (int n_threads = 1; n_threads <= 3; n_threads += 2) {
        const outcome out = look("a.db", 0, 0, false, n_threads);
        ck_assert_int_eq(out.n, 12);
        ck_assert_msg(out.of[VERIFY_SAME] == 12, "%s", out.text);
        ck_assert_str_eq(out.text, "");
    }
}
END_TEST

/* As a sweep leaves it that was ended after its trainings. */
START_TEST(a_store_of_policies_alone_has_nothing_to_verify_but_these)
{
    fill("a.db", (const char *const[]){"q_learning"}, 1, 1);
    execute("a.db", "DELETE FROM cell");
    ck_assert_int_eq(look_at_all("a.db").n, 0);
    ck_assert_int_eq(look("a.db", 0, 0, true, 1).of[VERIFY_SAME], 1);
}
END_TEST

START_TEST(that_another_machine_made_a_cell_is_told_and_no_difference)
{
    poise_error err = {0};
    fill("a.db", rules, 2, 1);
    execute("a.db", "UPDATE provenance SET cpu = 'Z80\n1976'");
    store *s = store_open(in_folder("a.db"), false, &err);
    results *r = store_read(s, &err);
    verification *v = verify_new(&(verify_ask){.store = s, .results = r}, &err);
    ck_assert(verify_run(v, 1, NULL, NULL, &err));
    string_buffer out = {0};
    verify_tell_elsewhere(v, &out);
    ck_assert_int_eq(strncmp(out.at, "2 made by another build or machine, such as ", 44), 0);
    ck_assert_ptr_nonnull(strstr(out.at, " Z80?1976; here "));
    ck_assert_int_eq(n_lines(out.at), 1);
    string_free(&out);
    verify_free(v);
    results_free(r);
    store_close(s);
    ck_assert_int_eq(look_at_all("a.db").of[VERIFY_SAME], 2);
}
END_TEST

START_TEST(what_is_not_reached_when_it_is_stopped_is_not_judged)
{
    fill("a.db", rules, 2, 2);
    atomic_store(&pool_stopping, true);
    const outcome out = look_at_all("a.db");
    atomic_store(&pool_stopping, false);
    ck_assert_int_eq(out.of[VERIFY_NOT_DONE], 4);
    ck_assert_str_eq(out.text, "");
}
END_TEST

START_TEST(looking_changes_nothing_in_the_store)
{
    poise_error err = {0};
    size_t n_before, n_after;
    fill("a.db", rules, 1, 2);
    char *before = file_read(in_folder("a.db"), 1 << 24, &n_before, &err);
    look_at_all("a.db");
    char *after = file_read(in_folder("a.db"), 1 << 24, &n_after, &err);
    ck_assert_uint_eq(n_before, n_after);
    ck_assert_mem_eq(before, after, n_before);
    free(before);
    free(after);
}
END_TEST

START_TEST(a_sample_is_drawn_by_its_seed_alone_and_without_repetition)
{
    fill("a.db", rules, 3, 10);
    const outcome a = look("a.db", 7, 3, false, 1), b = look("a.db", 7, 3, false, 2),
                  c = look("a.db", 7, 4, false, 1), all = look("a.db", 99, 4, false, 1);
    ck_assert_int_eq(a.n, 7);
    ck_assert_int_eq(a.of[VERIFY_SAME], 7);
    ck_assert_int_eq(all.n, 30);
    ck_assert_mem_eq(a.cell, b.cell, sizeof a.cell);
    ck_assert(memcmp(a.cell, c.cell, sizeof a.cell) != 0);
    for (int i = 0; i < 7; i++)
        for (int k = 0; k < i; k++)
            ck_assert_str_ne(a.cell[i].text, a.cell[k].text);
}
END_TEST

/* ---- what was changed --------------------------------------------------------------------- */

/* The id of the only cell of a store, as it begins a line. */
static const char *only_cell(const char *name)
{
    static char begin[32];
    poise_error err = {0};
    store *s = store_open(in_folder(name), false, &err);
    results *r = store_read(s, &err);
    ck_assert_int_eq(r->n_cells, 1);
    snprintf(begin, sizeof begin, "cell %.12s ", r->cell[0].id.text);
    results_free(r);
    store_close(s);
    return begin;
}

START_TEST(a_metric_that_was_changed_in_its_last_bit_is_named_with_its_cell)
{
    fill("a.db", rules, 1, 1);
    /* 1 + 2^-52 is the next number after 1. */
    execute("a.db", "UPDATE metric SET value = value * 1.0000000000000002220446049250313"
                    " WHERE name = 'wait_mean_s'");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_DIFFERS], 1);
    ck_assert_int_eq(n_lines(out.text), 1);
    ck_assert(strncmp(out.text, only_cell("a.db"), 18) == 0);
    expect(&out, "wait_mean_s differs: ");
}
END_TEST

START_TEST(a_metric_or_a_bound_that_is_gone_is_named)
{
    fill("a.db", rules, 2, 1);
    execute("a.db", "DELETE FROM metric WHERE name = 'energy_j' AND cell ="
                    " (SELECT id FROM cell WHERE agent = 'shortest')");
    execute("a.db", "UPDATE bound SET value = value + 1 WHERE metric = 'response_mean_s' AND cell ="
                    " (SELECT id FROM cell WHERE agent = 'fifo')");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_DIFFERS], 2);
    ck_assert_int_eq(n_lines(out.text), 2);
    expect(&out, "the bound of response_mean_s differs: ");
    expect(&out, "energy_j differs: ");
    expect(&out, " here, nothing stored");
}
END_TEST

START_TEST(hashes_that_were_changed_are_named)
{
    fill("a.db", rules, 1, 1);
    execute("a.db", "UPDATE cell SET world = '0123456789abcdef'");
    const outcome world = look_at_all("a.db");
    ck_assert_int_eq(n_lines(world.text), 1);
    expect(&world, "the world differs: ");
    expect(&world, "0123456789abcdef stored");
}
END_TEST

/* The mark after decision k stands in the bytes 2 k and 2 k + 1. */
START_TEST(a_mark_that_was_changed_names_its_decision)
{
    fill("a.db", rules, 1, 1);
    execute("a.db", "UPDATE trail SET marks = CAST(substr(marks, 1, 2 * 118) || x'beef' ||"
                    " substr(marks, 2 * 118 + 3) AS BLOB)");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_DIFFERS], 1);
    expect(&out, "the trail differs, though the trajectory is the same");
    expect(&out, "): decision 118 at ");
}
END_TEST

START_TEST(a_cell_whose_row_says_another_seed_is_not_itself)
{
    fill("a.db", rules, 1, 1);
    execute("a.db", "UPDATE cell SET seed = 17");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_DIFFERS], 1);
    expect(&out, "the world differs: ");
    expect(&out, "before the first decision: here job 0 ");
    expect(&out, "its identity is not that of what its row says");
}
END_TEST

START_TEST(a_cell_under_the_name_of_another_agent_is_told)
{
    fill("a.db", rules, 1, 1);
    execute("a.db", "UPDATE cell SET agent = 'random'");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_DIFFERS], 1);
    ck_assert_int_eq(n_lines(out.text), 1);
    expect(&out, "it is listed as random, but is of ");
}
END_TEST

/* ---- where runs part ---------------------------------------------------------------------- */

enum { STEPS_MAX = 20000 };

typedef struct steps {
    uint64_t hash[STEPS_MAX];
    int n;
} steps;

static void note(void *data, const poise_env *e, const poise_outcome *o)
{
    steps *s = data;
    (void)o;
    if (s->n < STEPS_MAX)
        s->hash[s->n++] = poise_env_hash(e);
}

/* The number of the first decision after which the two are in different states, found by going
 * through both. */
static int first_difference(const poise_scenario *s, const char *one, const char *other)
{
    static steps a, b;
    const char *const agent[] = {one, other};
    steps *const of[] = {&a, &b};
    for (int i = 0; i < 2; i++) {
        of[i]->n = 0;
        const trial_watch watch = {note, of[i]};
        poise_env *e = new_env(s);
        const trial t = {.scenario = s, .agent = agent[i], .seed = 0};
        ck_assert_int_eq(trial_run(&t, e, &watch, NULL).status, TRIAL_OK);
        poise_env_free(e);
    }
    int n = 0;
    while (n < a.n && n < b.n && a.hash[n] == b.hash[n])
        n++;
    return n;
}

static void doctor(const char *name)
{
    execute(name, "UPDATE cell SET agent = 'fifo', description = 'fifo'");
}

START_TEST(the_first_decision_that_differs_is_the_one_found_by_stepping_both_runs)
{
    static const char *const all[] = {"shortest", "random", "longest"};
    const char *const agent[] = {all[_i]};
    fill("a.db", agent, 1, 1);
    doctor("a.db");
    poise_scenario *s = short_scenario();
    const int known = first_difference(s, agent[0], "fifo");
    poise_scenario_free(s);
    char words[64];
    snprintf(words, sizeof words, "): decision %d at ", known);
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_DIFFERS], 1);
    expect(&out, "the trajectory differs: ");
    expect(&out, " metrics differ with it");
    ck_assert_int_gt(known, 0);
    expect(&out, words);
    expect(&out, ": here job ");
    ck_assert_ptr_nonnull(strstr(strstr(out.text, words), " metrics differ with it"));
}
END_TEST

static poise_scenario *long_scenario(void)
{
    static const char *const sets[] = {"warmup.jobs=50", "end.jobs=9000"};
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(SCENARIO, sets, 2, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    return s;
}

/* 9000 decisions and more leave marks after every eighth: a stretch of 8 holds the first that
 * differs. Of priorities whose ageing differs a little the first differences come late. */
START_TEST(of_a_long_run_the_stretch_with_the_first_difference_is_named)
{
    static const char *const agent[] = {"shortest"};
    poise_scenario *scenario = long_scenario();
    store *s = open_store("a.db");
    run_experiment(s, scenario, agent, 1, 1, 1);
    store_close(s);
    doctor("a.db");
    const int known = first_difference(scenario, "shortest", "fifo");
    poise_scenario_free(scenario);
    const outcome out = look_at_all("a.db");
    const char *at = strstr(out.text, "): decisions ");
    ck_assert_msg(at != NULL, "%s", out.text);
    int from = 0, to = 0;
    ck_assert_int_eq(sscanf(at, "): decisions %d to %d at ", &from, &to), 2);
    ck_assert_int_eq(to - from, 7);
    ck_assert_int_le(from, known);
    ck_assert_int_ge(to, known);
}
END_TEST

START_TEST(without_a_trail_it_is_said_that_the_decision_cannot_be_named)
{
    static const char *const agent[] = {"shortest"};
    fill("a.db", agent, 1, 1);
    doctor("a.db");
    execute("a.db", "DROP TABLE trail; PRAGMA user_version = 2");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_DIFFERS], 1);
    expect(&out, "no trail of it is stored");
}
END_TEST

/* ---- what cannot be run again ------------------------------------------------------------- */

static void copy_with(const char *from, const char *to, const char *more)
{
    poise_error err = {0};
    size_t n;
    char *text = file_read(from, 1 << 20, &n, &err);
    FILE *f = fopen(to, "w");
    fwrite(text, 1, n, f);
    fputs(more, f);
    fclose(f);
    free(text);
}

START_TEST(a_scenario_whose_trace_has_changed_cannot_be_run_again)
{
    poise_error err = {0};
    const char *const yaml = in_folder("hpc.yaml");
    mkdir(in_folder("traces"), 0777);
    copy_with(POISE_SOURCE_DIR "/scenarios/hpc-swf-v1.yaml", yaml, "");
    copy_with(POISE_SOURCE_DIR "/scenarios/traces/tiny.swf", in_folder("traces/tiny.swf"), "");
    poise_scenario *scenario = poise_scenario_load(in_folder("hpc.yaml"), NULL, 0, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    store *s = open_store("a.db");
    ck_assert(store_put_scenario(s, scenario, in_folder("hpc.yaml"), NULL, 0, NULL, 0, &err));
    run_experiment(s, scenario, rules, 1, 2, 1);
    store_close(s);
    poise_scenario_free(scenario);
    const outcome same = look_at_all("a.db");
    ck_assert_msg(same.of[VERIFY_SAME] == 2, "%s", same.text);
    copy_with(in_folder("traces/tiny.swf"), in_folder("traces/more.swf"),
              "9999 900000 0 100 1 -1 -1 1 100 -1 1 1 1 -1 1 -1 -1 -1\n");
    rename(in_folder("traces/more.swf"), in_folder("traces/tiny.swf"));
    const outcome other = look_at_all("a.db");
    ck_assert_int_eq(other.of[VERIFY_CANNOT], 2);
    expect(&other, "cannot be run again: ");
    expect(&other, "has changed since");
    remove(in_folder("traces/tiny.swf"));
    const outcome gone = look_at_all("a.db");
    ck_assert_int_eq(gone.of[VERIFY_CANNOT], 2);
    expect(&gone, "tiny.swf");
    ck_assert_ptr_null(strstr(gone.text, "/proc/self"));
}
END_TEST

START_TEST(an_agent_that_is_another_one_by_now_cannot_be_run_again)
{
    fill("a.db", rules, 1, 1);
    execute("a.db", "UPDATE cell SET description = 'fifo:lost_option=3'");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_CANNOT], 1);
    expect(&out, "cannot be run again: fifo is another agent than it was: fifo here, "
                 "fifo:lost_option=3 there");
}
END_TEST

START_TEST(results_of_another_version_cannot_be_run_again)
{
    fill("a.db", rules, 1, 1);
    execute("a.db", "UPDATE meta SET value = '0' WHERE key = 'results_version';"
                    "UPDATE metric SET cell = 'other'; UPDATE bound SET cell = 'other';"
                    "UPDATE trail SET cell = 'other'; UPDATE latency SET cell = 'other';"
                    "UPDATE cell SET id = 'other'");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(out.of[VERIFY_CANNOT], 1);
    expect(&out, "cannot be run again: it is of results version 0, not 1");
}
END_TEST

/* Runs what is asked at one point, which must come out as expected. */
static void run_point(store *s, const experiment_point *point, plan_status expected)
{
    poise_error err = {0};
    const int64_t train_seed = 0;
    const experiment x = {
        .point = point, .n_points = 1, .train_seed = &train_seed, .n_train_seeds = 1};
    const plan_listener silent = {0};
    ck_assert(store_put_scenario(s, point->scenario, point->path, (const char *const *)point->set,
                                 point->n_sets, NULL, 0, &err));
    plan *p = plan_new(&x, s, NULL, &err);
    ck_assert_msg(p != NULL, "%s", err.text);
    ck_assert_int_eq(plan_run(p, 1, NULL, &silent, &err), expected);
    plan_free(p);
}

/* ---- failures ----------------------------------------------------------------------------- */

/* Attention is minus the size there: no weight. */
START_TEST(a_cell_that_failed_must_fail_with_the_same_sentence)
{
    static const char *const sets[] = {"warmup.jobs=5", "end.jobs=50",
                                       "decision.attention=weights"};
    static const experiment_agent agent[] = {{.agent = "shortest"}, {.agent = "equal_share"}};
    static const char *const path = POISE_SOURCE_DIR "/scenarios/sharing-equal-v1.yaml";
    static const int64_t seed[] = {0, 1};
    poise_error err = {0};
    poise_scenario *scenario = poise_scenario_load(path, sets, 3, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    store *s = open_store("a.db");
    const experiment_point point = {.scenario = scenario,
                                    .path = path,
                                    .set = (const char **)sets,
                                    .n_sets = 3,
                                    .agent = agent,
                                    .n_agents = 2,
                                    .seed = seed,
                                    .n_seeds = 2};
    run_point(s, &point, PLAN_FAILED);
    store_close(s);
    poise_scenario_free(scenario);
    const outcome same = look_at_all("a.db");
    ck_assert_msg(same.of[VERIFY_SAME] == 4, "%s", same.text);
    execute("a.db", "UPDATE cell SET error = 'it burst' WHERE seed = 0 AND agent = 'shortest'");
    execute("a.db", "UPDATE cell SET status = 'failed', error = 'it leaked'"
                    " WHERE seed = 0 AND agent = 'equal_share'");
    execute("a.db", "UPDATE cell SET status = 'ok', error = ''"
                    " WHERE seed = 1 AND agent = 'shortest'");
    const outcome other = look_at_all("a.db");
    ck_assert_int_eq(other.of[VERIFY_DIFFERS], 3);
    expect(&other,
           "it fails otherwise: 'a weight is negative or infinite' here, 'it burst' stored");
    expect(&other, "it does not fail here, but did: 'it leaked'");
    expect(&other, "it fails here: 'a weight is negative or infinite'");
}
END_TEST

/* ---- learners ----------------------------------------------------------------------------- */

static const char *const learners[] = {"q_learning", "reinforce", "fifo"};

START_TEST(policies_are_used_as_stored_and_trained_again_to_the_same_bytes)
{
    fill("a.db", learners, 3, 2);
    const outcome cells = look_at_all("a.db"), all = look("a.db", 0, 0, true, 2);
    ck_assert_int_eq(cells.n, 6);
    ck_assert_msg(cells.of[VERIFY_SAME] == 6, "%s", cells.text);
    ck_assert_int_eq(all.n, 8);
    ck_assert_msg(all.of[VERIFY_SAME] == 8, "%s", all.text);
}
END_TEST

/* The last bytes of a policy are those of the last number of its last tensor. */
START_TEST(a_policy_whose_number_was_changed_is_told_by_training_again)
{
    fill("a.db", learners + 1, 1, 1);
    execute("a.db", "UPDATE policy SET bytes = CAST(substr(bytes, 1, length(bytes) - 4) ||"
                    " x'0000403f' AS BLOB)");
    const outcome out = look("a.db", 0, 0, true, 1);
    expect(&out, "policy ");
    expect(&out, "the same training leads elsewhere: tensor ");
    expect(&out, " differs in number ");
}
END_TEST

START_TEST(a_policy_that_was_given_is_said_to_be_so)
{
    poise_scenario *scenario = short_scenario();
    poise_env *e = new_env(scenario);
    const training t = {.scenario = scenario, .agent = "q_learning", .decisions = 500, .seed = 1};
    training_result r = train_run(&t, e, NULL, NULL);
    ck_assert_int_eq(r.status, TRIAL_OK);
    const experiment_agent given = {
        .agent = "policy:mine.safetensors",
        .trained = {r.policy, r.policy_bytes, "q_learning", 500, 1},
    };
    const int64_t seed = 0;
    const experiment_point point = {.scenario = scenario,
                                    .path = SCENARIO,
                                    .agent = &given,
                                    .n_agents = 1,
                                    .seed = &seed,
                                    .n_seeds = 1};
    store *s = open_store("a.db");
    run_point(s, &point, PLAN_DONE);
    store_close(s);
    const outcome out = look("a.db", 0, 0, true, 1);
    ck_assert_msg(out.of[VERIFY_SAME] == 1 && out.of[VERIFY_GIVEN] == 1, "%s", out.text);
    expect(&out, "was given as a file");
    train_free(&r);
    poise_env_free(e);
    poise_scenario_free(scenario);
}
END_TEST

START_TEST(products_of_openblas_are_multiplied_by_openblas_again)
{
    static const char *const agent[] = {"reinforce"};
    blas_choose(BLAS_OPENBLAS);
    fill("a.db", agent, 1, 1);
    blas_choose(BLAS_REFERENCE);
    const outcome out = look("a.db", 0, 0, true, 1);
    ck_assert_msg(out.of[VERIFY_SAME] == 2, "%s", out.text);
    ck_assert_int_eq(blas_chosen(), BLAS_REFERENCE);
    execute("a.db", "UPDATE provenance SET blas = 'OpenBLAS of another machine'");
    const outcome other = look_at_all("a.db");
    ck_assert_int_eq(other.of[VERIFY_CANNOT], 1);
    expect(&other, "its products are of OpenBLAS of another machine; here OpenBLAS is ");
}
END_TEST

/* ---- teams, and names --------------------------------------------------------------------- */

START_TEST(runs_of_tenants_who_compete_verify_and_part_where_they_do)
{
    static const char *const sets[] = {"warmup.jobs=50", "end.jobs=250",
                                       "tenants.0.agent=shortest"};
    static const char *const agent[] = {"shortest"};
    poise_error err = {0};
    poise_scenario *scenario =
        poise_scenario_load(POISE_SOURCE_DIR "/scenarios/two-tenants-v1.yaml", sets, 3, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    store *s = open_store("a.db");
    ck_assert(store_put_scenario(s, scenario, POISE_SOURCE_DIR "/scenarios/two-tenants-v1.yaml",
                                 sets, 3, NULL, 0, &err));
    run_experiment(s, scenario, agent, 1, 1, 1);
    store_close(s);
    const outcome same = look_at_all("a.db");
    ck_assert_msg(same.of[VERIFY_SAME] == 1, "%s", same.text);
    const int known = first_difference(scenario, "shortest", "fifo");
    poise_scenario_free(scenario);
    doctor("a.db");
    const outcome other = look_at_all("a.db");
    char words[64];
    snprintf(words, sizeof words, "): decision %d at ", known);
    expect(&other, words);
}
END_TEST

START_TEST(names_that_hold_anything_stay_on_their_line)
{
    fill("a.db", rules, 1, 1);
    execute("a.db", "UPDATE cell SET agent = 'a\n`touch x`$(y)|<' || char(27) || '\"'';%s%n';"
                    "UPDATE scenario SET name = '%n%s\r\n$(z)'; UPDATE cell SET world = ''");
    const outcome out = look_at_all("a.db");
    ck_assert_int_eq(n_lines(out.text), 1);
    ck_assert_ptr_null(strchr(out.text, 27));
    ck_assert_ptr_null(strchr(out.text, '\r'));
    expect(&out, "(%n%s??$(z), a?`touch x`$(y)|<?\"';%s%n, seed 0): the world differs");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify");
    TCase *tests = tcase_create("verify");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_store_verifies_on_any_number_of_threads);
    tcase_add_test(tests, a_store_of_policies_alone_has_nothing_to_verify_but_these);
    tcase_add_test(tests, that_another_machine_made_a_cell_is_told_and_no_difference);
    tcase_add_test(tests, what_is_not_reached_when_it_is_stopped_is_not_judged);
    tcase_add_test(tests, looking_changes_nothing_in_the_store);
    tcase_add_test(tests, a_sample_is_drawn_by_its_seed_alone_and_without_repetition);
    tcase_add_test(tests, a_metric_that_was_changed_in_its_last_bit_is_named_with_its_cell);
    tcase_add_test(tests, a_metric_or_a_bound_that_is_gone_is_named);
    tcase_add_test(tests, hashes_that_were_changed_are_named);
    tcase_add_test(tests, a_mark_that_was_changed_names_its_decision);
    tcase_add_test(tests, a_cell_whose_row_says_another_seed_is_not_itself);
    tcase_add_test(tests, a_cell_under_the_name_of_another_agent_is_told);
    tcase_add_loop_test(
        tests, the_first_decision_that_differs_is_the_one_found_by_stepping_both_runs, 0, 3);
    tcase_add_test(tests, of_a_long_run_the_stretch_with_the_first_difference_is_named);
    tcase_add_test(tests, without_a_trail_it_is_said_that_the_decision_cannot_be_named);
    tcase_add_test(tests, a_scenario_whose_trace_has_changed_cannot_be_run_again);
    tcase_add_test(tests, an_agent_that_is_another_one_by_now_cannot_be_run_again);
    tcase_add_test(tests, results_of_another_version_cannot_be_run_again);
    tcase_add_test(tests, a_cell_that_failed_must_fail_with_the_same_sentence);
    tcase_add_test(tests, policies_are_used_as_stored_and_trained_again_to_the_same_bytes);
    tcase_add_test(tests, a_policy_whose_number_was_changed_is_told_by_training_again);
    tcase_add_test(tests, a_policy_that_was_given_is_said_to_be_so);
    tcase_add_test(tests, products_of_openblas_are_multiplied_by_openblas_again);
    tcase_add_test(tests, runs_of_tenants_who_compete_verify_and_part_where_they_do);
    tcase_add_test(tests, names_that_hold_anything_stay_on_their_line);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
