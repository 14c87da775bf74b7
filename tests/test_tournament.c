/* test_tournament.c - agents that meet on the same seeds, against games counted by hand. */
#include "tournament.h"

#include "report_inside.h"
#include "results_support.h"

enum { SEEDS = 5 };

static tournament meet(const char *const *only, int n)
{
    tournament t;
    poise_error err = {0};
    ck_assert_msg(tournament_make(&t, &all, only, n, NULL, &err), "%s", err.text);
    return t;
}

static int place_of(const tournament *t, const char *label)
{
    for (int i = 0; i < t->n_agents; i++)
        if (strcmp(t->agent[i].label, label) == 0)
            return i;
    ck_abort_msg("there is no %s", label);
}

static const tournament_pair *pair_of(const tournament *t, const char *a, const char *b)
{
    return &t->pair[place_of(t, a) * t->n_agents + place_of(t, b)];
}

static void add_example(void)
{
    add(0, "fifo", (double[]){2, 2, 1, 2, 2}, SEEDS);
    add(0, "lifo", (double[]){3, 3, 3, 3, 3}, SEEDS);
    add(0, "shortest", (double[]){1, 1, 1, 1, 1}, SEEDS);
    add(1, "fifo", (double[]){1, 1, 1, 1, 1}, SEEDS);
    add(1, "lifo", (double[]){3, 4, 3, 2, NAN}, SEEDS);
    add(1, "random", (double[]){0, 0, 0, 0, 0}, SEEDS);
    add(1, "shortest", (double[]){3, 3, 3, 3, NAN}, SEEDS);
}

static void expect_games(const tournament_pair *p, double above, int wins, int ties, int losses)
{
    ck_assert_double_eq_tol(p->above, above, 1e-15);
    ck_assert_int_eq(p->wins, wins);
    ck_assert_int_eq(p->ties, ties);
    ck_assert_int_eq(p->losses, losses);
}

START_TEST(games_are_counted_on_the_same_seeds_and_scenarios_count_alike)
{
    add_example();
    tournament t = meet(NULL, 0);
    ck_assert_int_eq(t.n_agents, 3);
    ck_assert_int_eq(t.n_left_out, 1);
    ck_assert_int_eq(t.n_games, 2 * SEEDS);
    /* Of five 4 and a tie: .9; of the others 4, and one lost that failed: .8. */
    expect_games(pair_of(&t, "shortest", "fifo"), .85, 8, 1, 1);
    /* All five; a tie, a loss, a tie, a win, and both failed: (1 + 3/2) / 5. */
    expect_games(pair_of(&t, "shortest", "lifo"), .75, 6, 3, 1);
    /* All five; of the others only the one that failed. */
    expect_games(pair_of(&t, "fifo", "lifo"), .6, 6, 0, 4);
    expect_games(pair_of(&t, "lifo", "fifo"), .4, 4, 0, 6);
    ck_assert_str_eq(t.agent[0].label, "shortest");
    ck_assert_double_eq_tol(t.agent[0].score, .8, 1e-15);
    ck_assert_double_eq_tol(t.agent[1].score, .375, 1e-15);
    ck_assert_double_eq_tol(t.agent[2].score, .325, 1e-15);
    ck_assert_int_eq(t.agent[0].n_failed, 1);
    ck_assert_int_eq(t.agent[1].n_failed, 0);
    const tournament_pair in = tournament_in(&t, 0, place_of(&t, "lifo"), 1);
    expect_games(&in, .5, 1, 3, 1);
    tournament_free(&t);
}
END_TEST

START_TEST(pairs_are_told_apart_by_the_sign_test_with_holms_correction)
{
    add_example();
    tournament t = meet(NULL, 0);
    /* 8 of 9: 2 (1 + 9) / 2^9. 6 of 7: 2 (1 + 7) / 2^7. 6 of 10: 2 (1 + 10 + 45 + 120 + 210) /
     * 2^10. Times 3, 2 and 1. */
    ck_assert_double_eq_tol(pair_of(&t, "fifo", "shortest")->p, 20. / 512, 1e-12);
    ck_assert_double_eq_tol(pair_of(&t, "shortest", "lifo")->p, 16. / 128, 1e-12);
    ck_assert_double_eq_tol(pair_of(&t, "lifo", "fifo")->p, 772. / 1024, 1e-12);
    ck_assert_double_eq_tol(pair_of(&t, "shortest", "fifo")->p_holm, 60. / 512, 1e-12);
    ck_assert_double_eq_tol(pair_of(&t, "shortest", "lifo")->p_holm, 32. / 128, 1e-12);
    ck_assert_double_eq_tol(pair_of(&t, "fifo", "lifo")->p_holm, 772. / 1024, 1e-12);
    ck_assert_int_eq(t.agent[0].n_beaten, 0);
    tournament_free(&t);
    /* Alone the first pair needs no correction: 20 / 512 is below 5%. */
    t = meet((const char *const[]){"fifo", "shortest"}, 2);
    ck_assert_int_eq(t.agent[0].n_beaten, 1);
    ck_assert_int_eq(t.agent[1].n_beat_it, 1);
    tournament_free(&t);
}
END_TEST

START_TEST(named_agents_meet_where_all_of_them_take_part)
{
    add_example();
    tournament t = meet((const char *const[]){"random", "lifo"}, 2);
    ck_assert_int_eq(t.n_tasks, 1);
    ck_assert_int_eq(t.n_games, SEEDS);
    expect_games(pair_of(&t, "lifo", "random"), .8, 4, 0, 1);
    tournament_free(&t);
}
END_TEST

START_TEST(who_cannot_meet_is_told)
{
    static const struct {
        const char *only[2];
        int n;
        const char *sentence;
    } wrong[] = {
        {{"fifo", "nobody"}, 2, "the agent 'nobody' is not among those of the store"},
        {{"fifo"}, 1, "a tournament needs two agents that take part in every scenario"},
        {{"random", "longest"}, 2, "there is no scenario in which all of these agents take part"},
    };
    add_example();
    add(0, "longest", (double[]){9}, 1);
    /* Cells stand by scenario: the last one belongs before those of the second. */
    const result_cell last = cell[all.n_cells - 1];
    memmove(cell + 16, cell + 15, (size_t)(all.n_cells - 16) * sizeof *cell);
    cell[15] = last;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tournament t;
        poise_error err = {0};
        ck_assert(!tournament_make(&t, &all, wrong[i].only, wrong[i].n, NULL, &err));
        ck_assert_msg(strstr(err.text, wrong[i].sentence) != NULL, "%s", err.text);
    }
}
END_TEST

/* Two agents and ten seeds, of which the second wins so many. */
static void add_duel(int won)
{
    double x[10], y[10];
    for (int i = 0; i < 10; i++) {
        x[i] = 1;
        y[i] = i < won ? 0 : 2;
    }
    add(0, "fifo", x, 10);
    add(0, "lifo", y, 10);
}

START_TEST(intervals_are_those_of_seeds_drawn_anew)
{
    /* The games won of ten drawn, half of which were, are binomial: P(X <= 1) = .0107 and P(X <= 2)
     * = .0547, so that the middle 95% are 2 to 8. */
    add_duel(5);
    tournament t = meet(NULL, 0);
    ck_assert_double_eq_tol(t.agent[0].score, .5, 1e-15);
    ck_assert_double_eq_tol(t.agent[0].low, .2, 1e-12);
    ck_assert_double_eq_tol(t.agent[0].high, .8, 1e-12);
    ck_assert_double_eq(t.agent[0].best, 1);
    ck_assert_double_eq(t.agent[0].worst, 2);
    tournament_free(&t);
    all.n_cells = 0;
    add_duel(10);
    t = meet(NULL, 0);
    ck_assert_str_eq(t.agent[0].label, "lifo");
    ck_assert_double_eq(t.agent[0].low, 1);
    ck_assert_double_eq(t.agent[0].worst, 1);
    ck_assert_double_eq(t.agent[1].best, 2);
    tournament_free(&t);
}
END_TEST

START_TEST(agents_that_are_the_same_share_their_ranks)
{
    add(0, "fifo", (double[]){3, 1, 2, 5, 4}, SEEDS);
    add(0, "lifo", (double[]){3, 1, 2, 5, 4 + 1e-13}, SEEDS);
    tournament t = meet(NULL, 0);
    expect_games(pair_of(&t, "fifo", "lifo"), .5, 0, 5, 0);
    ck_assert_double_eq(pair_of(&t, "fifo", "lifo")->p, 1);
    for (int i = 0; i < 2; i++) {
        ck_assert_double_eq(t.agent[i].score, .5);
        ck_assert_double_eq(t.agent[i].best, 1.5);
        ck_assert_double_eq(t.agent[i].worst, 1.5);
    }
    ck_assert_int_eq(t.doubt, STATS_FEW);
    tournament_free(&t);
}
END_TEST

static int longest_line(const char *text)
{
    int longest = 0;
    while (*text) {
        char line[1024];
        const size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, text);
        const int width = report_width(line);
        longest = width > longest ? width : longest;
        text += n + (text[n] == '\n');
    }
    return longest;
}

/* In two games of three fifo beats lifo, lifo beats random and random beats fifo; 40 of 60 have a p
 * of .0135, .04 after Holm. */
START_TEST(circles_are_told)
{
    double x[3][30];
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 30; i++)
            x[k][i] = (i + k) % 3;
    for (int of = 0; of < 2; of++) {
        add(of, "fifo", x[0], 30);
        add(of, "lifo", x[of ? 2 : 1], 30);
        add(of, "random", x[of ? 1 : 2], 30);
    }
    tournament t = meet(NULL, 0);
    string_buffer out = {0};
    tournament_write(&t, GRID_PLAIN, &out);
    ck_assert_msg(strstr(out.at, "1 circle: fifo beats lifo, that beats random") != NULL, "%s",
                  out.at);
    ck_assert_int_le(longest_line(out.at), 100);
    string_free(&out);
    tournament_free(&t);
}
END_TEST

START_TEST(tables_of_many_agents_stay_in_a_hundred_columns_and_programs_get_all_pairs)
{
    static char name[20][64];
    for (int k = 0; k < 20; k++) {
        snprintf(name[k], sizeof name[k], "agent_with_a_long_name_%02d:option=%d", k, k);
        double x[SEEDS];
        for (int i = 0; i < SEEDS; i++)
            x[i] = k;
        add(0, name[k], x, SEEDS);
    }
    tournament t = meet(NULL, 0);
    string_buffer out = {0}, csv = {0};
    tournament_write(&t, GRID_PLAIN, &out);
    tournament_csv(&t, &csv);
    ck_assert_int_le(longest_line(out.at), 100);
    ck_assert_msg(strstr(out.at, "the first 14 of 20; --format csv has all pairs") != NULL, "%s",
                  out.at);
    int n_lines = 0;
    for (const char *c = csv.at; *c; c++)
        n_lines += *c == '\n';
    ck_assert_int_eq(n_lines, 1 + 20 * 19 * 2);
    string_free(&out);
    string_free(&csv);
    tournament_free(&t);
}
END_TEST

int main(void)
{
    Suite *whole = suite_create("tournament");
    TCase *tests = tcase_create("tournament");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, games_are_counted_on_the_same_seeds_and_scenarios_count_alike);
    tcase_add_test(tests, pairs_are_told_apart_by_the_sign_test_with_holms_correction);
    tcase_add_test(tests, named_agents_meet_where_all_of_them_take_part);
    tcase_add_test(tests, who_cannot_meet_is_told);
    tcase_add_test(tests, intervals_are_those_of_seeds_drawn_anew);
    tcase_add_test(tests, agents_that_are_the_same_share_their_ranks);
    tcase_add_test(tests, circles_are_told);
    tcase_add_test(tests,
                   tables_of_many_agents_stay_in_a_hundred_columns_and_programs_get_all_pairs);
    suite_add_tcase(whole, tests);
    SRunner *runner = srunner_create(whole);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
