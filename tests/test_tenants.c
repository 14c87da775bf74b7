/* test_tenants.c - agents as rivals, against who starts when by hand. */
#include "tenants.h"

#include "support.h"

#include <math.h>
#include <unistd.h>

/* Ten tasks of a second for each of two tenants, and one device. Who bids the service time
 * (`longest`) is above who bids it with the sign turned (`shortest`); of equal bids the tenant's is
 * first that has been served less, research at the beginning. */
static const char duel_text[] =
    "poise: 1\nname: duel-v1\ntitle: two tenants\nabout: for a test\n"
    "devices: [{name: server}]\n"
    "tenants: [{name: research, share: 1}, {name: production, share: 1}]\n"
    "competition: {rule: highest}\n"
    "workload:\n  classes: [{name: a, tenant: research, size: 1}, {name: b, tenant: production, "
    "size: 1}]\n"
    "  sources: [{type: deterministic, period: 1 ns, jobs: 10, class: a},\n"
    "            {type: deterministic, period: 1 ns, jobs: 10, class: b}]\n"
    "end: {time: 100 s}\n";

static char path[] = "/tmp/poise-test-XXXXXX.yaml";

static void write_duel(void)
{
    strcpy(path, "/tmp/poise-test-XXXXXX.yaml");
    const int fd = mkstemps(path, 5);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, duel_text, strlen(duel_text)), (long)strlen(duel_text));
    close(fd);
}

static void remove_duel(void)
{
    remove(path);
}

static const char *const rivals[] = {"longest", "shortest"};
static const int64_t seeds[] = {0, 1, 2};

static tenants_ask ask_of(const char *const *set, int n_sets)
{
    return (tenants_ask){.path = path,
                         .set = set,
                         .n_sets = n_sets,
                         .agent = rivals,
                         .n_agents = 2,
                         .seed = seeds,
                         .n_seeds = 3,
                         .n_threads = 2,
                         .quiet = true};
}

static tenants play_duel(const tenants_ask *ask)
{
    tenants t;
    poise_error err = {0};
    ck_assert_msg(tenants_play(&t, ask, &err), "%s", err.text);
    ck_assert_int_eq(t.n_failed, 0);
    return t;
}

START_TEST(whoever_bids_more_holds_all_while_both_want_it)
{
    /* For ten seconds one tenant is served alone; among equals they take turns. */
    const tenants_ask ask = ask_of((const char *const[]){"end.time=10 s"}, 1);
    tenants t = play_duel(&ask);
    ck_assert_double_eq_tol(tenants_held(&t, 0, 1).mean, .5, 1e-6);
    ck_assert_double_eq_tol(tenants_held(&t, 1, 0).mean, -.5, 1e-6);
    ck_assert_double_eq_tol(tenants_held(&t, 0, 0).mean, 0, 1e-6);
    const tenants_game *even = &t.game[0];
    ck_assert_double_eq_tol(even->held[0], .5, 1e-6);
    ck_assert_double_eq_tol(even->jain, 1, 1e-6);
    /* The other one finished nothing: how long its tasks take is not known. */
    ck_assert(isnan(tenants_pushed(&t, 1, 0).mean));
    tenants_free(&t);
}
END_TEST

START_TEST(where_all_is_done_in_the_end_only_times_tell)
{
    const tenants_ask ask = ask_of(NULL, 0);
    tenants t = play_duel(&ask);
    ck_assert_double_eq_tol(tenants_held(&t, 0, 1).mean, 0, 1e-6);
    /* In turn research is done at 1, 3 .. 19 s, production at 2, 4 .. 20: 10 and 11 s. Served first
     * at 1 .. 10: 5.5 s; served last at 11 .. 20: 15.5 s. */
    ck_assert_double_eq_tol(t.game[0].response_s[0], 10, 1e-6);
    ck_assert_double_eq_tol(t.game[0].response_s[1], 11, 1e-6);
    ck_assert_double_eq_tol(tenants_pushed(&t, 0, 1).mean, (5.5 / 10 + 5.5 / 11) / 2, 1e-6);
    ck_assert_double_eq_tol(tenants_pushed(&t, 1, 0).mean, (15.5 / 10 + 15.5 / 11) / 2, 1e-6);
    tenants_free(&t);
}
END_TEST

/* All is done in the end, so each tenant held the same in every game: nobody gains by being who he
 * is, though sums that are rounded differ from 0 in every seed alike. */
START_TEST(rounding_is_not_told_apart)
{
    tenants_ask ask = ask_of((const char *const[]){"end.jobs=200", "warmup.jobs=20"}, 2);
    ask.path = SCENARIO_DIR "/two-tenants-v1.yaml";
    tenants t = play_duel(&ask);
    ck_assert_double_eq(tenants_held(&t, 0, 1).mean, 0);
    ck_assert_double_eq(tenants_held(&t, 0, 1).sd, 0);
    tenants_free(&t);
}
END_TEST

START_TEST(games_do_not_depend_on_the_number_of_threads)
{
    tenants_ask ask = ask_of((const char *const[]){"end.jobs=600", "warmup.jobs=50"}, 2);
    ask.path = SCENARIO_DIR "/two-tenants-v1.yaml";
    string_buffer one = {0}, two = {0};
    for (int k = 1; k <= 2; k++) {
        ask.n_threads = k;
        tenants t = play_duel(&ask);
        tenants_csv(&t, k == 1 ? &one : &two);
        tenants_free(&t);
    }
    ck_assert_str_eq(one.at, two.at);
    string_free(&one);
    string_free(&two);
}
END_TEST

START_TEST(a_tenant_against_its_like_is_the_scenario_as_it_is_run)
{
    static const char *const sets[] = {"end.jobs=600", "warmup.jobs=50", NULL};
    tenants_ask ask = ask_of(sets, 2);
    ask.path = SCENARIO_DIR "/two-tenants-v1.yaml";
    tenants t = play_duel(&ask);
    poise_scenario *s = load_scenario("two-tenants-v1", sets);
    poise_env *e = new_env(s);
    const uint64_t seed = poise_seed(POISE_EVALUATE, 0, 0);
    poise_error err = {0};
    poise_team *team = poise_team_new("longest", poise_scenario_space(s), seed, &err);
    ck_assert_msg(team != NULL, "%s", err.text);
    poise_env_reset(e, seed);
    poise_team_begin(team, POISE_MODE_EVALUATE, seed);
    while (poise_env_running(e))
        poise_team_step(team, e, NULL);
    const poise_episode ep = poise_env_episode(e);
    for (int k = 0; k < 2; k++)
        ck_assert_double_eq(t.game[0].response_s[k], poise_tenant_of(&ep, k).response_mean_s);
    ck_assert_double_eq(t.game[0].jain, metric_of(e, "jain_fairness"));
    /* Shares are 1 and 2. */
    ck_assert_double_eq_tol(t.game[0].entitled[1], 2. / 3, 1e-15);
    poise_team_free(team);
    poise_env_free(e);
    poise_scenario_free(s);
    tenants_free(&t);
}
END_TEST

START_TEST(who_cannot_be_a_tenant_is_told)
{
    static const struct {
        const char *scenario, *agent, *sentence;
    } wrong[] = {
        {"mm1-v1", "fifo", "mm1-v1: it takes two tenants that compete"},
        {"two-tenants-v1", "q_learning", "agent 'q_learning' learns"},
        {"two-tenants-v1", "nobody", "there is no agent 'nobody'"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        char file[1024];
        snprintf(file, sizeof file, "%s/%s.yaml", SCENARIO_DIR, wrong[k].scenario);
        tenants_ask ask = ask_of(NULL, 0);
        ask.path = file;
        ask.agent = (const char *const[]){"fifo", wrong[k].agent};
        tenants t;
        poise_error err = {0};
        ck_assert(!tenants_play(&t, &ask, &err));
        ck_assert_msg(strstr(err.text, wrong[k].sentence) != NULL, "%s", err.text);
    }
}
END_TEST

START_TEST(tables_say_who_holds_its_share)
{
    const tenants_ask ask = ask_of((const char *const[]){"end.time=10 s"}, 1);
    tenants t = play_duel(&ask);
    string_buffer out = {0};
    tenants_write(&t, GRID_PLAIN, &out);
    ck_assert_msg(strstr(out.at, "  1  longest        -  +50.0*\n") != NULL, "%s", out.at);
    ck_assert_msg(strstr(out.at, "  2  shortest  -50.0*       -\n") != NULL, "%s", out.at);
    string_free(&out);
    tenants_free(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tenants");
    TCase *tests = tcase_create("tenants");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, write_duel, remove_duel);
    tcase_add_test(tests, whoever_bids_more_holds_all_while_both_want_it);
    tcase_add_test(tests, where_all_is_done_in_the_end_only_times_tell);
    tcase_add_test(tests, rounding_is_not_told_apart);
    tcase_add_test(tests, games_do_not_depend_on_the_number_of_threads);
    tcase_add_test(tests, a_tenant_against_its_like_is_the_scenario_as_it_is_run);
    tcase_add_test(tests, who_cannot_be_a_tenant_is_told);
    tcase_add_test(tests, tables_say_who_holds_its_share);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
