/* test_experiment.c - what an experiment consists of: its cells, shares of it, what stores have of
 * it, and what is copied from one to another. */
#include "bench_support.h"

#include "store_copy.h"

enum { N_SEEDS = 6, N_TRAIN_SEEDS = 5 };

static poise_scenario *scenario;
static int64_t seeds[N_SEEDS], train_seeds[N_TRAIN_SEEDS];
static const experiment_agent agents[] = {
    {.agent = "fifo"},
    {.agent = "q_learning", .train_decisions = 300},
    {.agent = "random"},
    {.agent = "sarsa", .train_decisions = 900},
};
static experiment_point point;
static experiment ask;

static void make_experiment(void)
{
    make_folder();
    scenario = short_scenario();
    for (int i = 0; i < N_SEEDS; i++)
        seeds[i] = i;
    for (int i = 0; i < N_TRAIN_SEEDS; i++)
        train_seeds[i] = 100 + i;
    point = (experiment_point){.scenario = scenario,
                               .path = SCENARIO,
                               .agent = agents,
                               .n_agents = 4,
                               .seed = seeds,
                               .n_seeds = N_SEEDS};
    ask = (experiment){
        .point = &point, .n_points = 1, .train_seed = train_seeds, .n_train_seeds = N_TRAIN_SEEDS};
}

static void free_experiment(void)
{
    poise_scenario_free(scenario);
    remove_folder();
}

static plan *make_plan(store *s, const plan_choice *choice)
{
    poise_error err = {0};
    plan *p = plan_new(&ask, s, choice, &err);
    ck_assert_msg(p != NULL, "%s", err.text);
    return p;
}

/* Runs what is chosen in a store of that name; how many cells had to be run. */
static int run(const char *name, const plan_choice *choice, int n_threads)
{
    poise_error err = {0};
    const plan_listener silent = {0};
    store *s = open_store(name);
    plan *p = make_plan(s, choice);
    ck_assert(plan_put_head(p, "x", "", "x.yaml", s, &err));
    ck_assert_msg(plan_run(p, n_threads, NULL, &silent, &err) == PLAN_DONE, "%s", err.text);
    const int n = plan_progress(p).cells_done;
    plan_free(p);
    store_close(s);
    return n;
}

static char *export_of(const char *name)
{
    store *s = open_store(name);
    char *text = all_cells(s);
    store_close(s);
    return text;
}

/* Two rules x 6 seeds, two learners x 5 training seeds x 6 seeds. */
START_TEST(cells_are_all_combinations_and_numbered_in_their_order)
{
    plan *p = make_plan(NULL, NULL);
    ck_assert_int_eq(plan_n_cells(p), 12 + 60);
    const plan_entry first = plan_cell_at(p, 1), eighth = plan_cell_at(p, 8),
                     last = plan_cell_at(p, 72);
    ck_assert_str_eq(first.agent, "fifo");
    ck_assert_int_eq(first.train_seed, -1);
    ck_assert_str_eq(eighth.agent, "q_learning");
    ck_assert_int_eq(eighth.train_seed, 100);
    ck_assert_int_eq(eighth.seed, 1);
    ck_assert_str_eq(last.agent, "sarsa");
    ck_assert_int_eq(last.train_seed, 104);
    ck_assert_int_eq(plan_progress(p).policies, 10);
    ck_assert_int_eq(plan_progress(p).decisions, 5 * 300 + 5 * 900);
    plan_free(p);
}
END_TEST

/* The heaviest and the lightest share of trainings, in decisions, differ by one training at most.
 */
START_TEST(shares_hold_every_cell_once_and_keep_a_policy_together)
{
    static const int of[] = {1, 2, 3, 4, 7, 80};
    int owner[72 + 1] = {0};
    const char *seen_agent = NULL;
    int64_t seen_seed = -1, least = INT64_MAX, most = 0;
    int seen_owner = 0;
    for (int k = 1; k <= of[_i]; k++) {
        const plan_choice choice = {.shard = k, .n_shards = of[_i]};
        plan *p = make_plan(NULL, &choice);
        ck_assert_int_eq(plan_n_cells(p), 72);
        for (int c = 1; c <= 72; c++)
            if (plan_cell_at(p, c).chosen) {
                ck_assert_int_eq(owner[c], 0);
                owner[c] = k;
            }
        const int64_t decisions = plan_progress(p).decisions;
        least = decisions < least ? decisions : least;
        most = decisions > most ? decisions : most;
        plan_free(p);
    }
    ck_assert_int_le(most - least, 900);
    plan *p = make_plan(NULL, NULL);
    for (int c = 1; c <= 72; c++) {
        const plan_entry e = plan_cell_at(p, c);
        ck_assert_int_ne(owner[c], 0);
        if (e.train_seed >= 0 && e.agent == seen_agent && e.train_seed == seen_seed)
            ck_assert_int_eq(owner[c], seen_owner);
        seen_agent = e.agent;
        seen_seed = e.train_seed;
        seen_owner = owner[c];
    }
    plan_free(p);
}
END_TEST

/* Once with few seeds and once with all of them. */
START_TEST(a_scenario_that_is_in_the_list_twice_shares_its_policies)
{
    poise_error err = {0};
    experiment_point twice[] = {point, point};
    twice[0].n_seeds = 2;
    ask.point = twice;
    ask.n_points = 2;
    plan *p = make_plan(NULL, NULL);
    ck_assert_int_eq(plan_n_cells(p), 72);
    ck_assert_int_eq(plan_progress(p).policies, 10);
    plan_free(p);
    for (int k = 1; k <= 3; k++) {
        p = make_plan(NULL, &(plan_choice){.shard = k, .n_shards = 3});
        ck_assert_int_le(plan_progress(p).policies, 4);
        plan_free(p);
    }
    store *s = open_store("twice.db");
    p = make_plan(s, NULL);
    ck_assert(plan_put_head(p, "x", "", "x.yaml", s, &err));
    ck_assert_int_eq(plan_run(p, 3, NULL, &(plan_listener){0}, &err), PLAN_DONE);
    ck_assert_int_eq(plan_progress(p).cells_done, 72);
    plan_free(p);
    store_close(s);
    ask.point = &point;
    ask.n_points = 1;
    run("once.db", NULL, 2);
    char *got = export_of("twice.db"), *wanted = export_of("once.db");
    ck_assert_str_eq(got, wanted);
    free(got);
    free(wanted);
}
END_TEST

START_TEST(the_identity_is_that_of_the_cells)
{
    plan *p = make_plan(NULL, NULL);
    const plan_choice half = {.shard = 1, .n_shards = 2};
    plan *share = make_plan(NULL, &half);
    ck_assert_str_eq(plan_id(p).text, plan_id(share).text);
    plan_free(share);
    point.n_seeds--;
    plan *fewer = make_plan(NULL, NULL);
    ck_assert_str_ne(plan_id(p).text, plan_id(fewer).text);
    plan_free(fewer);
    plan_free(p);
}
END_TEST

static int copy(const char *to, const char *from)
{
    poise_error err = {0};
    store *t = open_store(to), *f = open_store(from);
    plan *p = make_plan(t, NULL);
    ck_assert(plan_put_head(p, "x", "", "x.yaml", t, &err));
    store_id id[72];
    for (int c = 0; c < 72; c++)
        id[c] = plan_cell_at(p, c + 1).id;
    const int n = store_copy_cells(t, f, id, 72, true, &err);
    ck_assert_msg(n >= 0, "%s", err.text);
    plan_free(p);
    store_close(t);
    store_close(f);
    return n;
}

START_TEST(shares_put_together_in_any_order_are_the_whole)
{
    ck_assert_int_eq(run("whole.db", NULL, 1), 72);
    char *wanted = export_of("whole.db");
    for (int k = 3; k >= 1; k--) {
        char name[32];
        snprintf(name, sizeof name, "%d.db", k);
        run(name, &(plan_choice){.shard = k, .n_shards = 3}, 7);
    }
    ck_assert_int_gt(copy("all.db", "2.db"), 0);
    ck_assert_int_gt(copy("all.db", "1.db"), 0);
    ck_assert_int_gt(copy("all.db", "3.db"), 0);
    ck_assert_int_eq(copy("all.db", "1.db"), 0);
    char *got = export_of("all.db");
    ck_assert_str_eq(got, wanted);
    free(got);
    ck_assert_int_eq(run("all.db", NULL, 2), 0);
    free(wanted);
}
END_TEST

/* How many cells of the store have bounds. */
static int n_with_bounds(const char *name)
{
    store *s = open_store(name);
    plan *p = make_plan(s, NULL);
    int n = 0;
    for (int i = 1; i <= plan_n_cells(p); i++)
        n += store_has_bounds(s, plan_cell_at(p, i).id);
    plan_free(p);
    store_close(s);
    return n;
}

/* A scenario of more tasks than bounds are found for unless that is asked. */
START_TEST(cells_with_bounds_take_the_place_of_those_without)
{
    static const char *const sets[] = {"warmup.jobs=0", "end.jobs=10100"};
    poise_error err = {0};
    poise_scenario *usual = scenario;
    scenario = poise_scenario_load(SCENARIO, sets, 2, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    point.scenario = scenario;
    point.n_agents = 1;
    ck_assert_int_eq(run("a.db", NULL, 2), N_SEEDS);
    ask.bounds = true;
    ck_assert_int_eq(run("1.db", &(plan_choice){.shard = 1, .n_shards = 2}, 2), N_SEEDS / 2);
    store *a = open_store("a.db"), *one = open_store("1.db");
    plan *p = make_plan(a, NULL);
    store_id id[N_SEEDS];
    for (int i = 0; i < N_SEEDS; i++)
        id[i] = plan_cell_at(p, i + 1).id;
    plan_free(p);
    ck_assert_int_eq(store_copy_cells(a, one, id, N_SEEDS, true, &err), N_SEEDS / 2);
    ck_assert_int_eq(store_copy_cells(a, one, id, N_SEEDS, true, &err), 0);
    ck_assert_int_eq(store_copy_cells(one, a, id, N_SEEDS, true, &err), N_SEEDS / 2);
    store_close(a);
    store_close(one);
    ck_assert_int_eq(n_with_bounds("a.db"), N_SEEDS / 2);
    ck_assert_int_eq(n_with_bounds("1.db"), N_SEEDS / 2);
    ck_assert_int_eq(run("a.db", NULL, 2), N_SEEDS / 2);
    ck_assert_int_eq(n_with_bounds("a.db"), N_SEEDS);
    poise_scenario_free(scenario);
    scenario = usual;
}
END_TEST

START_TEST(what_another_store_has_is_taken_from_there)
{
    run("1.db", &(plan_choice){.shard = 1, .n_shards = 2}, 2);
    poise_error err = {0};
    const plan_choice choice = {.shard = 1, .n_shards = 3};
    const plan_listener silent = {0};
    store *s = open_store("a.db"), *other = open_store("1.db");
    plan *p = make_plan(s, &choice);
    ck_assert(plan_put_head(p, "x", "", "x.yaml", s, &err));
    const experiment_progress before = plan_progress(p);
    const int copied = plan_borrow(p, other, &err);
    ck_assert_int_gt(copied, 0);
    ck_assert_int_eq(plan_progress(p).cells_stored, copied);
    ck_assert_int_lt(plan_progress(p).policies, before.policies);
    ck_assert_int_eq(plan_run(p, 2, NULL, &silent, &err), PLAN_DONE);
    ck_assert_int_eq(plan_progress(p).cells_done + copied, before.cells);
    plan_free(p);
    store_close(other);
    store_close(s);
}
END_TEST

START_TEST(stores_that_disagree_are_not_merged)
{
    poise_error err = {0};
    run("a.db", NULL, 2);
    run("b.db", NULL, 2);
    store *b = open_store("b.db"), *a = open_store("a.db");
    plan *p = make_plan(b, NULL);
    const plan_entry e = plan_cell_at(p, 3);
    trial_result other = {.status = TRIAL_OK, .trajectory_hash = 1};
    const store_cell row = {e.id, poise_scenario_hash(scenario), "fifo", "fifo", "", e.seed};
    ck_assert(store_put_cell(b, &row, &other, &err));
    store_id id[] = {plan_cell_at(p, 1).id, e.id};
    ck_assert_int_eq(store_copy_cells(a, b, id, 2, true, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "disagree"));
    plan_free(p);
    store_close(a);
    store_close(b);
}
END_TEST

static void count_failures(void *data, const char *sentence)
{
    (void)sentence;
    ++*(int *)data;
}

/* A learning rate that makes a network diverge: the first failure ends the run, unless it may not;
 * and what failed is tried again only if that is asked for. */
START_TEST(failures_are_kept_and_end_the_run_unless_told_otherwise)
{
    static const experiment_agent some[] = {
        {.agent = "reinforce:learning_rate=1e9", .train_decisions = 3000}, {.agent = "fifo"}};
    point.agent = some;
    point.n_agents = 2;
    ask.n_train_seeds = 1;
    poise_error err = {0};
    int heard = 0;
    const plan_listener listener = {.failed = count_failures, .data = &heard};
    store *s = open_store("a.db");
    plan_choice choice = {.keeps_failures = true, .stops_at_failure = true};
    plan *p = make_plan(s, &choice);
    ck_assert(plan_put_head(p, "x", "", "x.yaml", s, &err));
    ck_assert_int_eq(plan_run(p, 1, NULL, &listener, &err), PLAN_FAILED);
    ck_assert_int_eq(plan_progress(p).cells_done, N_SEEDS);
    ck_assert_int_eq(plan_progress(p).cells_failed, N_SEEDS);
    plan_free(p);
    choice.stops_at_failure = false;
    p = make_plan(s, &choice);
    ck_assert_int_eq(plan_progress(p).cells_stored, N_SEEDS);
    ck_assert_int_eq(plan_cell_at(p, 1).state, STORE_FAILED);
    ck_assert_int_eq(plan_run(p, 1, NULL, &listener, &err), PLAN_DONE);
    plan_free(p);
    choice.keeps_failures = false;
    p = make_plan(s, &choice);
    ck_assert_int_eq(plan_progress(p).cells_stored, N_SEEDS);
    ck_assert_int_eq(plan_cell_at(p, 1).wanted, true);
    ck_assert_int_eq(plan_run(p, 1, NULL, &listener, &err), PLAN_FAILED);
    ck_assert_int_eq(heard, 2);
    plan_free(p);
    store_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("experiment");
    TCase *tests = tcase_create("plan");
    tcase_add_checked_fixture(tests, make_experiment, free_experiment);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, cells_are_all_combinations_and_numbered_in_their_order);
    tcase_add_loop_test(tests, shares_hold_every_cell_once_and_keep_a_policy_together, 0, 6);
    tcase_add_test(tests, a_scenario_that_is_in_the_list_twice_shares_its_policies);
    tcase_add_test(tests, the_identity_is_that_of_the_cells);
    tcase_add_test(tests, shares_put_together_in_any_order_are_the_whole);
    tcase_add_test(tests, cells_with_bounds_take_the_place_of_those_without);
    tcase_add_test(tests, what_another_store_has_is_taken_from_there);
    tcase_add_test(tests, stores_that_disagree_are_not_merged);
    tcase_add_test(tests, failures_are_kept_and_end_the_run_unless_told_otherwise);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
