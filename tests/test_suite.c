/* test_suite.c - scores over several scenarios against numbers by hand. */
#include "suite.h"

#include "stats_support.h"

#include <stdlib.h>
#include <string.h>

enum { SEEDS = 5, CELLS = 64 };

/* Results as a store has them, made by hand: two scenarios, one by which less and one by which more
 * is better. Cells are added agent by agent. */
static result_scenario scenario[2];
static result_cell cell[CELLS];
static double values[CELLS][POISE_MAX_METRICS];
static poise_bound bounds[CELLS][POISE_MAX_METRICS];
static result_policy policy[] = {{.scenario = 0, .agent = "ppo"}, {.scenario = 1, .agent = "ppo"}};
static results all;

static void load(result_scenario *r, char *path)
{
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    *r = (result_scenario){.name = strdup(poise_scenario_name(s)),
                           .title = "",
                           .resolved = strdup(poise_scenario_resolved(s)),
                           .hash = poise_scenario_hash(s),
                           .path = path,
                           .offered_load = NAN,
                           .notes = ""};
    poise_scenario_free(s);
}

static void setup(void)
{
    load(&scenario[0], POISE_SOURCE_DIR "/scenarios/two-devices-v1.yaml");
    load(&scenario[1], POISE_SOURCE_DIR "/scenarios/admission-v1.yaml");
    all = (results){.scenario = scenario, .n_scenarios = 2, .cell = cell, .policy = policy};
}

static void teardown(void)
{
    for (int i = 0; i < 2; i++) {
        free(scenario[i].name);
        free(scenario[i].resolved);
    }
}

static const char *const measure[] = {"response_mean_s", "reward"};

/* Runs of an agent from seeds 0, 1, ...: NAN failed. */
static void add(int of, char *agent, const double *x, int n)
{
    const int metric = poise_metric_index(measure[of]);
    for (int i = 0; i < n; i++) {
        const int k = all.n_cells++;
        ck_assert_int_lt(k, CELLS);
        for (int m = 0; m < POISE_MAX_METRICS; m++) {
            values[k][m] = NAN;
            bounds[k][m] = (poise_bound){NAN, 0};
        }
        values[k][metric] = x[i];
        cell[k] = (result_cell){.scenario = of,
                                .policy = strcmp(agent, "ppo") == 0 ? of : -1,
                                .provenance = -1,
                                .agent = agent,
                                .description = agent,
                                .seed = i,
                                .ok = !isnan(x[i]),
                                .error = "",
                                .value = values[k]};
    }
}

/* The bounds of the last runs that were added. */
static void bound(const double *x, int n)
{
    for (int i = 0; i < n; i++) {
        const int k = all.n_cells - n + i;
        bounds[k][poise_metric_index(measure[cell[k].scenario])] =
            (poise_bound){x[i], POISE_BY_ALONE};
        cell[k].bound = bounds[k];
    }
}

static suite make(void)
{
    suite s;
    poise_error err = {0};
    ck_assert_msg(suite_make(&s, &all, "random", "fifo", NULL, &err), "%s", err.text);
    return s;
}

static const suite_agent *agent_of(const suite *s, const char *label)
{
    for (int i = 0; i < s->n_agents; i++)
        if (strcmp(s->agent[i].label, label) == 0)
            return &s->agent[i];
    ck_abort_msg("there is no %s", label);
}

/* Less is better: random takes 10 in the mean, no schedule less than 2. More is better: random has
 * 0, and nothing is bounded; fifo has most, 10. */
static void add_example(void)
{
    add(0, "fifo", (double[]){6, 6, 6, 6, 6}, SEEDS);
    add(0, "random", (double[]){10, 12, 8, 10, 10}, SEEDS);
    add(0, "shortest", (double[]){4, 4, 2.5, 4, 4}, SEEDS);
    bound((double[]){2, 1, 2, 3, 2}, SEEDS);
    add(1, "fifo", (double[]){10, 10, 10, 10, 10}, SEEDS);
    add(1, "random", (double[]){0, 0, 0, 0, 0}, SEEDS);
    add(1, "shortest", (double[]){5, 5, 5, 5, NAN}, SEEDS);
}

START_TEST(a_score_is_0_at_random_and_1_at_the_mean_bound_or_the_best_agent)
{
    add_example();
    suite s = make();
    ck_assert_int_eq(s.n_tasks, 2);
    ck_assert_int_eq(s.n_agents, 3);
    ck_assert_int_eq(s.n_runs, SEEDS);
    ck_assert_double_eq(s.task[0].zero, 10);
    ck_assert_double_eq(s.task[0].one, 2);
    ck_assert_int_eq(s.task[0].from, SUITE_BOUND);
    ck_assert_double_eq(s.task[1].zero, 0);
    ck_assert_double_eq(s.task[1].one, 10);
    ck_assert_int_eq(s.task[1].from, SUITE_BEST);
    ck_assert_str_eq(s.task[1].name, "admission-v1");
    /* (10 - 4) / (10 - 2) and (10 - 2.5) / 8; 5 / 10. */
    const double *x = agent_of(&s, "shortest")->score;
    ck_assert_double_eq(x[0], .75);
    ck_assert_double_eq(x[4], .9375);
    ck_assert_double_eq(x[1], .5);
    const double *y = agent_of(&s, "random")->score;
    ck_assert_double_eq(y[0], 0);
    ck_assert_double_eq(y[2], -.25);
    ck_assert_double_eq(y[4], .25);
    suite_free(&s);
}
END_TEST

START_TEST(runs_that_failed_are_missing_or_are_far_worse_than_random_score_the_floor)
{
    add_example();
    add(0, "unlucky", (double[]){18, 18.1, 100, NAN}, 4);  // and none from seed 4
    add(1, "unlucky", (double[]){-9, -10, -11, 0, 1}, SEEDS);
    suite s = make();
    static const double wanted[] = {-1, -.9, -1, -1, -1, -1, -1, 0, -1, .1};
    const suite_agent *a = agent_of(&s, "unlucky");
    for (int i = 0; i < 2 * SEEDS; i++)
        ck_assert_double_eq_tol(a->score[i], wanted[i], 1e-15);
    ck_assert_int_eq(a->n_failed, 2);
    ck_assert_int_eq(agent_of(&s, "shortest")->n_failed, 1);
    ck_assert_double_eq(agent_of(&s, "shortest")->score[9], -1);
    suite_free(&s);
}
END_TEST

START_TEST(aggregates_and_places_are_those_by_hand)
{
    add_example();
    suite s = make();
    /* shortest: .75 .75 .9375 .75 .75 and .5 .5 .5 .5 -1. Of ten values rliable's IQM leaves out
     * two on each side: (.5 + .5 + .5 + .75 + .75 + .75) / 6. The means of its tasks are .7875 and
     * .2. */
    const suite_agent *a = agent_of(&s, "shortest");
    ck_close(a->iqm.value, .625, 1e-14);
    ck_close(a->mean.value, .49375, 1e-14);
    ck_close(a->median.value, .49375, 1e-14);
    ck_close(a->gap.value, 1 - .49375, 1e-14);
    /* Above fifo on one of two tasks, in all 25 pairs of runs. */
    ck_close(a->above.value, .5, 1e-14);
    ck_assert(isnan(agent_of(&s, "fifo")->above.value));
    ck_close(agent_of(&s, "random")->above.value + 1, 1, 1e-14);
    /* fifo: five times .5, five times 1, whatever is drawn. */
    ck_close(agent_of(&s, "fifo")->iqm.value, .75, 1e-14);
    ck_close(agent_of(&s, "fifo")->iqm.low, .75, 1e-14);
    ck_close(agent_of(&s, "fifo")->iqm.high, .75, 1e-14);
    ck_assert_int_eq(agent_of(&s, "fifo")->iqm.doubt, STATS_FEW);
    ck_close(suite_mean(&s, 1, 0), .7875, 1e-14);
    ck_assert_str_eq(s.agent[0].label, "fifo");
    ck_assert_str_eq(s.agent[1].label, "shortest");
    ck_assert_str_eq(s.agent[2].label, "random");
    ck_assert_int_eq(s.baseline, 0);
    /* random is never above 0.25, the others never below 0.4 but with hardly any probability. */
    ck_assert_double_eq(s.agent[2].best, 3);
    ck_assert_double_eq(s.agent[2].worst, 3);
    ck_assert_int_eq(s.agent[2].rank, 3);
    suite_free(&s);
}
END_TEST

START_TEST(one_agent_under_two_names_is_a_tie)
{
    add_example();
    add(0, "twin", (double[]){6, 6, 6, 6, 6}, SEEDS);
    add(1, "twin", (double[]){10, 10, 10, 10, 10}, SEEDS);
    suite s = make();
    const suite_agent *a = agent_of(&s, "fifo"), *b = agent_of(&s, "twin");
    ck_assert(a->tied && b->tied);
    ck_assert_int_eq(a->rank, 1);
    ck_assert_int_eq(b->rank, 1);
    /* Both are first and second: one and a half. */
    ck_assert_double_eq(a->best, 1.5);
    ck_assert_double_eq(b->worst, 1.5);
    ck_assert_double_eq(b->above.value, .5);
    suite_free(&s);
}
END_TEST

START_TEST(who_lacks_a_scenario_stands_last_and_has_no_rank)
{
    add_example();
    add(1, "optimistic", (double[]){10, 10, 10, 10, 10}, SEEDS);
    suite s = make();
    ck_assert_int_eq(s.n_complete, 3);
    const suite_agent *a = &s.agent[3];
    ck_assert_str_eq(a->label, "optimistic");
    ck_assert_int_eq(a->n_tasks, 1);
    ck_assert_int_eq(a->row[0], -1);
    ck_assert(isnan(a->score[0]) && isnan(suite_mean(&s, 3, 0)));
    ck_assert_double_eq(a->iqm.value, 1);
    ck_assert_double_eq(a->above.value, .5);  // on the one task, tied with fifo
    ck_assert_int_eq(a->rank, 0);
    ck_assert(isnan(a->best));
    int which[2];
    ck_assert_int_eq(suite_common(&s, 3, 0, which), 1);
    ck_assert_int_eq(which[0], 1);
    const stats_scores x = suite_scores(&s, 3, which, 1);
    ck_assert_int_eq(x.n_runs, SEEDS);
    ck_assert_int_eq(x.n_tasks, 1);
    ck_assert_double_eq(x.x[4], 1);
    free(x.x);
    suite_free(&s);
}
END_TEST

START_TEST(a_bound_that_is_met_by_some_run_of_each_seed_is_the_optimum)
{
    add(0, "fifo", (double[]){2, 6, 6, 6, 3}, SEEDS);
    bound((double[]){2, 1, 2, 2, 3}, SEEDS);
    add(0, "random", (double[]){10, 12, 8, 10, 10}, SEEDS);
    add(0, "shortest", (double[]){3, 1 + 1e-11, 2, 2, 4}, SEEDS);
    bound((double[]){2, 1, 2, 2, 3}, SEEDS);
    add(1, "fifo", (double[]){10, 10, 10, 10, 10}, SEEDS);
    add(1, "random", (double[]){0, 0, 0, 0, 0}, SEEDS);
    suite s = make();
    ck_assert_int_eq(s.task[0].from, SUITE_OPTIMUM);
    ck_assert_double_eq(s.task[0].one, 2);
    suite_free(&s);
    bounds[1][poise_metric_index("response_mean_s")].value = .9;  // of the runs of seed 1 alone
    s = make();
    ck_assert_int_eq(s.task[0].from, SUITE_BOUND);
    ck_assert_double_eq_tol(s.task[0].one, 1.98, 1e-15);
    suite_free(&s);
}
END_TEST

START_TEST(the_optimal_policy_is_1_unless_somebody_is_told_apart_above_it)
{
    add_example();
    add(1, "optimal", (double[]){9, 10, 11, 9, 10}, SEEDS);
    suite s = make();
    ck_assert_int_eq(s.task[1].from, SUITE_SOLVED);
    ck_assert_double_eq_tol(s.task[1].one, 9.8, 1e-14);  // fifo has 10, which may be chance
    suite_free(&s);
    for (int i = all.n_cells - SEEDS; i < all.n_cells; i++)
        values[i][poise_metric_index("reward")] -= i % 2 ? 7 : -1;  // 7.6 in the mean
    s = make();
    ck_assert_int_eq(s.task[1].report.row[0].rank, 1);  // nobody is told apart
    ck_assert(s.task[1].report.row[1].tied);
    ck_assert_int_eq(s.task[1].from, SUITE_BEST);  // but one is too far above
    suite_free(&s);
    for (int i = all.n_cells - SEEDS; i < all.n_cells; i++)
        values[i][poise_metric_index("reward")] -= 5;
    s = make();
    ck_assert_int_eq(s.task[1].from, SUITE_BEST);
    ck_assert_double_eq(s.task[1].one, 10);
    suite_free(&s);
}
END_TEST

START_TEST(a_learner_is_one_agent_with_another_policy_in_each_scenario)
{
    add_example();
    add(0, "ppo", (double[]){2, 2, 2, 2, 2}, SEEDS);
    add(1, "ppo", (double[]){10, 10, 10, 10, 10}, SEEDS);
    suite s = make();
    ck_assert_int_eq(s.n_complete, 4);
    ck_assert_str_eq(s.agent[0].label, "ppo");
    ck_assert_double_eq(s.agent[0].iqm.value, 1);
    ck_assert_int_eq(s.agent[0].rank, 1);
    suite_free(&s);
}
END_TEST

static void ck_refused(const char *sentence)
{
    suite s;
    poise_error err = {0};
    ck_assert(!suite_make(&s, &all, "random", "fifo", NULL, &err));
    ck_assert_msg(strstr(err.text, sentence) != NULL, "%s", err.text);
}

START_TEST(what_has_no_scores_is_told)
{
    add(0, "fifo", (double[]){6, 6, 6, 6, 6}, SEEDS);
    ck_refused("needs two of them or more, there is 1");
    add(1, "fifo", (double[]){6, 6, 6, 6, 6}, SEEDS);
    ck_refused("two-devices-v1: scores need the runs of random, which has none");
    add(0, "random", (double[]){10, 12, 8, 10, NAN}, SEEDS);
    ck_refused("which failed in some");
    cell[all.n_cells - 1].ok = true;
    values[all.n_cells - 1][poise_metric_index("response_mean_s")] = 10;
    add(1, "random", (double[]){0, 0, 0, 0}, 4);
    ck_refused("which lacks some");
    all.n_cells -= 4;
    add(1, "random", (double[]){6, 6, 6, 6, 6}, SEEDS);
    ck_refused("admission-v1: by reward random is as good as the best that is known");
    add(1, "shortest", (double[]){7, 7, 7, 7, 7, 7}, 6);
    ck_refused("admission-v1 has 6 seeds and two-devices-v1 5");
}
END_TEST

static bool is_no_shortest(const void *data, store_id id)
{
    (void)data;
    for (int i = 0; i < all.n_cells; i++)
        if (strcmp(cell[i].id.text, id.text) == 0)
            return strcmp(cell[i].agent, "shortest") != 0;
    return false;
}

START_TEST(only_cells_that_are_wanted_count)
{
    add_example();
    for (int i = 0; i < all.n_cells; i++)
        snprintf(cell[i].id.text, sizeof cell[i].id.text, "%d", i);
    const report_filter filter = {.wants = is_no_shortest};
    suite s;
    poise_error err = {0};
    ck_assert(suite_make(&s, &all, "random", "shortest", &filter, &err));
    ck_assert_int_eq(s.n_agents, 2);
    ck_assert_int_eq(s.baseline, -1);
    ck_assert_int_eq(s.task[0].from, SUITE_BEST);  // the bounds were those of its runs
    suite_free(&s);
}
END_TEST

int main(void)
{
    Suite *tests = suite_create("suite");
    TCase *c = tcase_create("suite");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_score_is_0_at_random_and_1_at_the_mean_bound_or_the_best_agent);
    tcase_add_test(c, runs_that_failed_are_missing_or_are_far_worse_than_random_score_the_floor);
    tcase_add_test(c, aggregates_and_places_are_those_by_hand);
    tcase_add_test(c, one_agent_under_two_names_is_a_tie);
    tcase_add_test(c, who_lacks_a_scenario_stands_last_and_has_no_rank);
    tcase_add_test(c, a_bound_that_is_met_by_some_run_of_each_seed_is_the_optimum);
    tcase_add_test(c, the_optimal_policy_is_1_unless_somebody_is_told_apart_above_it);
    tcase_add_test(c, a_learner_is_one_agent_with_another_policy_in_each_scenario);
    tcase_add_test(c, what_has_no_scores_is_told);
    tcase_add_test(c, only_cells_that_are_wanted_count);
    suite_add_tcase(tests, c);
    SRunner *runner = srunner_create(tests);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
