/* test_precision.c - how many seeds run where a precision is asked for: by the rule of
 * stats_steady.h on values of all seeds, whatever threads, stores and interruptions there are. */
#include "bench_support.h"

#include "plan_show.h"
#include "precision.h"
#include "rng.h"
#include "stats_steady.h"

#include <math.h>

enum { N_SEEDS = 60, RESPONSE = 0 };

static poise_scenario *scenario;
static int64_t seeds[N_SEEDS];
static const int64_t train_seed = 1000;
static experiment_agent agents[3];
static experiment_point point;
static experiment ask;

static void make_experiment(void)
{
    make_folder();
    scenario = short_scenario();
    for (int i = 0; i < N_SEEDS; i++)
        seeds[i] = i;
    agents[0] = (experiment_agent){.agent = "fifo"};
    agents[1] = (experiment_agent){.agent = "shortest"};
    point = (experiment_point){.scenario = scenario,
                               .path = SCENARIO,
                               .agent = agents,
                               .n_agents = 2,
                               .seed = seeds,
                               .n_seeds = N_SEEDS};
    ask =
        (experiment){.point = &point, .n_points = 1, .train_seed = &train_seed, .n_train_seeds = 1};
    ck_assert_int_eq(poise_metric_index("response_mean_s"), RESPONSE);
}

static void free_experiment(void)
{
    poise_scenario_free(scenario);
    remove_folder();
}

static void ask_for(double within, int wave, bool of_difference)
{
    ask.precision = (experiment_precision){.within = within,
                                           .metric = RESPONSE,
                                           .least = 4,
                                           .wave = wave,
                                           .of_difference = of_difference,
                                           .baseline = "fifo"};
}

static plan *make_plan(store *s, const plan_choice *choice)
{
    poise_error err = {0};
    plan *p = plan_new(&ask, s, choice, &err);
    ck_assert_msg(p != NULL, "%s", err.text);
    return p;
}

/* Runs it in the store of that name and closes it: how many cells were run. */
static int run(const char *name, const plan_choice *choice, int n_threads)
{
    poise_error err = {0};
    const plan_listener silent = {0};
    store *s = open_store(name);
    plan *p = make_plan(s, choice);
    ck_assert(plan_put_head(p, "x", "", "x.yaml", s, &err));
    plan_run(p, n_threads, NULL, &silent, &err);
    ck_assert_msg(err.n_mistakes == 0, "%s", err.text);
    const int n = plan_progress(p).cells_done;
    plan_free(p);
    store_close(s);
    return n;
}

/* The seeds that a plan asks for when it has looked at a store: the same of all agents. */
static int asked_of(const char *name)
{
    poise_error err = {0};
    store *s = store_open(in_folder(name), false, &err);
    plan *p = make_plan(NULL, NULL);
    ck_assert_int_eq(plan_n_asked(p), plan_n_cells(p));
    ck_assert(plan_look(p, s, &err));
    const int n = plan_n_asked(p) / point.n_agents;
    for (int i = 1; i <= plan_n_cells(p); i++) {
        const plan_entry e = plan_cell_at(p, i);
        ck_assert_int_eq(e.asked, e.seed < n);
        ck_assert_int_eq(plan_asks_for(p, e.id), e.seed < n);
    }
    plan_free(p);
    store_close(s);
    return n;
}

static const char *remark_of(const char *name)
{
    static char text[200];
    poise_error err = {0};
    store *s = store_open(in_folder(name), false, &err);
    plan *p = make_plan(s, NULL);
    plan_remark(p, poise_scenario_hash(scenario), RESPONSE + 1, text, sizeof text);
    ck_assert_str_eq(text, "");
    plan_remark(p, poise_scenario_hash(scenario), RESPONSE, text, sizeof text);
    plan_free(p);
    store_close(s);
    return text;
}

/* Response times (2, N_SEEDS) of both rules, of all seeds. */
static double (*all_values(void))[N_SEEDS]
{
    static double value[2][N_SEEDS];
    poise_error err = {0};
    ask.precision.within = 0;
    run("all.db", NULL, 2);
    store *s = store_open(in_folder("all.db"), false, &err);
    results *r = store_read(s, &err);
    ck_assert_int_eq(r->n_cells, 2 * N_SEEDS);
    for (int i = 0; i < r->n_cells; i++)
        value[strcmp(r->cell[i].agent, "fifo") != 0][r->cell[i].seed] = r->cell[i].value[RESPONSE];
    results_free(r);
    store_close(s);
    return value;
}

/* Whether n values are precise by the rule. */
static bool is_enough(const double *x, int n, double within)
{
    const stats_precision p = {.relative = within, .level = .95, .least = 4};
    const stats_mean m = stats_of(x, n, .95);
    return stats_is_precise(&m, &p);
}

/* ---- when it stops ------------------------------------------------------------------------- */

START_TEST(waves_end_when_all_agents_are_precise)
{
    double(*value)[N_SEEDS] = all_values();
    const double within[] = {.3, .12, .08, .06};
    for (int k = 0; k < 4; k++)
        for (int wave = 3; wave <= 10; wave += 7) {
            char name[32];
            snprintf(name, sizeof name, "%d-%d.db", k, wave);
            int n = wave;
            while (n < N_SEEDS &&
                   !(is_enough(value[0], n, within[k]) && is_enough(value[1], n, within[k])))
                n = n + wave < N_SEEDS ? n + wave : N_SEEDS;
            ask_for(within[k], wave, false);
            ck_assert_int_eq(run(name, NULL, 2), 2 * n);
            ck_assert_int_eq(asked_of(name), n);
            ck_assert_int_eq(run(name, NULL, 1), 0);
        }
}
END_TEST

START_TEST(no_more_seeds_run_than_there_are)
{
    ask_for(.0001, 25, false);
    ck_assert_int_eq(run("a.db", NULL, 2), 2 * N_SEEDS);
    ck_assert_int_eq(asked_of("a.db"), N_SEEDS);
    ck_assert_msg(strstr(remark_of("a.db"), "cap reached at 60 seeds: ") == remark_of("a.db"), "%s",
                  remark_of("a.db"));
    ck_assert_ptr_nonnull(strstr(remark_of("a.db"), "), 0.01% asked"));
}
END_TEST

/* On the same seeds both meet the same tasks: their difference is known sooner than either mean. */
START_TEST(differences_are_relative_to_the_mean_of_the_baseline)
{
    double(*value)[N_SEEDS] = all_values(), diff[N_SEEDS];
    const double within = .05;
    int n = 3;
    for (int i = 0; i < N_SEEDS; i++)
        diff[i] = value[1][i] - value[0][i];
    for (; n < N_SEEDS; n += 3) {
        const stats_mean d = stats_of(diff, n, .95), b = stats_of(value[0], n, .95);
        if (n >= 4 && d.high - d.mean <= within * b.mean)
            break;
    }
    ask_for(within, 3, true);
    ck_assert_int_eq(run("a.db", NULL, 2), 2 * n);
    ask_for(within, 3, false);
    ck_assert_int_gt(run("b.db", NULL, 2), 2 * n);
    ask_for(within, 3, true);
    ck_assert_ptr_nonnull(strstr(remark_of("a.db"), "(shortest)"));
}
END_TEST

/* Sums of 20 exponential times (mean 20, 22% apart), within 5%: some 77 are needed. Whoever looks
 * again and again stops a little too often by luck: intervals hold the truth in 94 instead of 95
 * percent. */
START_TEST(intervals_at_which_waves_end_hold_the_truth_nearly_as_often_as_they_say)
{
    enum { RUNS = 4000, MOST = 400, PARTS = 20 };
    int held = 0, n_sum = 0;
    for (int r = 0; r < RUNS; r++) {
        double x[MOST], part[PARTS], rest[PARTS];
        int n = 0;
        stats_mean m = {0};
        do {
            for (int i = 0; i < PRECISION_WAVE; i++, n++) {
                rng_uniforms((uint64_t)r, POISE_FOR_HARNESS, 0, (uint32_t)(n * PARTS), PARTS, 0,
                             part, rest);
                rng_exponentials(part, PARTS, 1);
                x[n] = 0;
                for (int k = 0; k < PARTS; k++)
                    x[n] += part[k];
            }
            m = stats_of(x, n, .95);
        } while (n < MOST && !(n >= PRECISION_LEAST && m.high - m.mean <= .05 * m.mean));
        held += m.low <= 20 && 20 <= m.high;
        n_sum += n;
    }
    ck_assert_int_le(abs(n_sum / RUNS - 77), 10);
    ck_assert_int_ge(held, RUNS * 93 / 100);
    ck_assert_int_le(held, RUNS * 955 / 1000);
}
END_TEST

/* ---- whatever happens ---------------------------------------------------------------------- */

/* The cells of a store that the plan asks for. */
static char *cells_of(const char *name)
{
    poise_error err = {0};
    string_buffer out = {0};
    store *s = store_open(in_folder(name), false, &err);
    plan *p = make_plan(s, NULL);
    results *r = store_read(s, &err);
    const report_filter filter = plan_filter(p);
    report_cells(r, &filter, &out);
    results_free(r);
    plan_free(p);
    store_close(s);
    return out.at;
}

static void expect_same_cells(const char *a, const char *b)
{
    char *one = cells_of(a), *two = cells_of(b);
    ck_assert_int_gt((int)strlen(one), 1000);
    ck_assert_int_eq(strcmp(one, two), 0);
    free(one);
    free(two);
}

START_TEST(the_number_of_threads_changes_nothing)
{
    ask_for(.1, 5, false);
    const int n = run("1.db", NULL, 1);
    ck_assert_int_gt(n, 2 * 5);
    ck_assert_int_lt(n, 2 * N_SEEDS);
    for (int threads = 2; threads <= 7; threads += 5) {
        char name[32];
        snprintf(name, sizeof name, "%d.db", threads);
        ck_assert_int_eq(run(name, NULL, threads), n);
        expect_same_cells("1.db", name);
    }
}
END_TEST

static bool wants_odd(const void *data, int number, const char *scenario_name, const char *agent)
{
    (void)scenario_name;
    (void)agent;
    return number % *(const int *)data == 1;
}

START_TEST(what_was_stored_before_changes_nothing)
{
    ask_for(.1, 5, false);
    const int n = run("a.db", NULL, 2);
    /* Every third cell first: no wave can be judged by that. */
    const int third = 3;
    const plan_choice some = {.wants = wants_odd, .data = &third};
    ck_assert_int_eq(run("b.db", &some, 2), 4);
    ck_assert_int_eq(run("b.db", NULL, 2), n - 4);
    expect_same_cells("a.db", "b.db");
    /* More seeds than are asked for lie in the store. */
    all_values();
    ask_for(.1, 5, false);
    ck_assert_int_eq(run("all.db", NULL, 2), 0);
    ck_assert_int_eq(asked_of("all.db"), n / 2);
    expect_same_cells("a.db", "all.db");
}
END_TEST

/* The second point has nothing to do with the first, and the third is the first again, with another
 * agent: it takes the seeds of the first. */
START_TEST(all_agents_of_a_scenario_take_the_same_seeds)
{
    static const char *const sets[] = {"warmup.jobs=50", "end.jobs=2000"};
    static const experiment_agent other = {.agent = "random"};
    poise_error err = {0};
    poise_scenario *longer = poise_scenario_load(SCENARIO, sets, 2, &err);
    experiment_point points[] = {point, point, point};
    points[1].scenario = longer;
    points[2].agent = &other;
    points[2].n_agents = 1;
    ask.point = points;
    ask.n_points = 3;
    ask_for(.1, 5, false);
    run("a.db", NULL, 2);
    store *s = store_open(in_folder("a.db"), false, &err);
    results *r = store_read(s, &err);
    int n[2][3] = {{0}};
    for (int i = 0; i < r->n_cells; i++) {
        const result_cell *c = &r->cell[i];
        const bool is_first = r->scenario[c->scenario].hash == poise_scenario_hash(scenario);
        n[!is_first][c->agent[0] == 'f' ? 0 : c->agent[0] == 's' ? 1 : 2]++;
    }
    ck_assert_int_eq(n[0][0], n[0][1]);
    ck_assert_int_eq(n[0][0], n[0][2]);
    ck_assert_int_eq(n[1][0], n[1][1]);
    ck_assert_int_eq(n[1][2], 0);
    ck_assert_int_lt(n[1][0], n[0][0]);
    ck_assert_int_lt(n[0][0], N_SEEDS);
    results_free(r);
    store_close(s);
    poise_scenario_free(longer);
}
END_TEST

/* A policy that later waves need is there, although no cell was left to wait for it. */
START_TEST(learners_are_trained_once_for_all_waves)
{
    poise_error err = {0};
    agents[2] = (experiment_agent){.agent = "q_learning", .train_decisions = 300};
    point.n_agents = 3;
    ask_for(.1, 5, false);
    const int n = run("a.db", NULL, 2);
    ck_assert_int_gt(n, 3 * 5);
    ck_assert_int_eq(n % 3, 0);
    store *s = store_open(in_folder("a.db"), false, &err);
    results *r = store_read(s, &err);
    ck_assert_int_eq(r->n_policies, 1);
    for (int i = 0; i < r->n_cells; i++)
        ck_assert_msg(r->cell[i].ok, "%s", r->cell[i].error);
    results_free(r);
    store_close(s);
    ck_assert_int_eq(asked_of("a.db"), n / 3);
}
END_TEST

/* A network that diverges. Its cells are there as failed in all waves, and the others decide. */
START_TEST(an_agent_that_always_fails_is_not_waited_for)
{
    poise_error err = {0};
    ask_for(.1, 5, false);
    const int n = run("a.db", NULL, 2);
    agents[2] = (experiment_agent){.agent = "reinforce:learning_rate=1e9", .train_decisions = 3000};
    point.n_agents = 3;
    const plan_choice choice = {.keeps_failures = true};
    ck_assert_int_eq(run("b.db", &choice, 2), n / 2 * 3);
    store *s = store_open(in_folder("b.db"), false, &err);
    results *r = store_read(s, &err);
    int failed = 0;
    for (int i = 0; i < r->n_cells; i++)
        if (!r->cell[i].ok) {
            ck_assert_ptr_nonnull(strstr(r->cell[i].error, "its training failed"));
            failed++;
        }
    ck_assert_int_eq(failed, n / 2);
    results_free(r);
    store_close(s);
    ck_assert_int_eq(run("b.db", &choice, 2), 0);
}
END_TEST

/* ---- as users write it --------------------------------------------------------------------- */

START_TEST(a_precision_is_a_share_or_a_percentage)
{
    static const char *const good[] = {"2%", "0.02", "2 %", "2e-2"};
    static const char *const bad[] = {"", "%", "0", "0%", "-2%", "1", "100%", "2x", "2%%", "nan"};
    double within;
    for (int i = 0; i < 4; i++) {
        ck_assert_msg(precision_read(good[i], &within), "%s", good[i]);
        ck_assert_double_eq_tol(within, .02, 1e-15);
    }
    for (int i = 0; i < 10; i++)
        ck_assert_msg(!precision_read(bad[i], &within), "%s", bad[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("precision");
    TCase *tests = tcase_create("precision");
    tcase_add_checked_fixture(tests, make_experiment, free_experiment);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, waves_end_when_all_agents_are_precise);
    tcase_add_test(tests, no_more_seeds_run_than_there_are);
    tcase_add_test(tests, differences_are_relative_to_the_mean_of_the_baseline);
    tcase_add_test(tests, intervals_at_which_waves_end_hold_the_truth_nearly_as_often_as_they_say);
    tcase_add_test(tests, the_number_of_threads_changes_nothing);
    tcase_add_test(tests, what_was_stored_before_changes_nothing);
    tcase_add_test(tests, all_agents_of_a_scenario_take_the_same_seeds);
    tcase_add_test(tests, learners_are_trained_once_for_all_waves);
    tcase_add_test(tests, an_agent_that_always_fails_is_not_waited_for);
    tcase_add_test(tests, a_precision_is_a_share_or_a_percentage);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
