/* test_trial.c - one trial and one training: repeatable, stoppable, and honest when they fail. */
#include "bench_support.h"
#include "file.h"
#include "policy.h"

#include <math.h>

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

static trial_result run(const char *agent, int64_t seed, const trial_watch *watch)
{
    const trial t = {.scenario = scenario, .agent = agent, .seed = seed};
    return trial_run(&t, env, watch, NULL);
}

static void same(const trial_result *a, const trial_result *b)
{
    ck_assert_int_eq(a->status, TRIAL_OK);
    ck_assert_uint_eq(a->trajectory_hash, b->trajectory_hash);
    ck_assert_uint_eq(a->world_hash, b->world_hash);
    ck_assert_mem_eq(a->value, b->value, sizeof a->value);
}

START_TEST(a_trial_in_a_used_environment_is_that_in_a_fresh_one)
{
    const trial_result first = run("random", 3, NULL);
    run("shortest", 8, NULL);
    const trial_result again = run("random", 3, NULL);
    same(&first, &again);
}
END_TEST

START_TEST(agents_meet_the_same_world_and_seeds_different_ones)
{
    const trial_result a = run("fifo", 1, NULL), b = run("random", 1, NULL),
                       c = run("fifo", 2, NULL);
    ck_assert_uint_eq(a.world_hash, b.world_hash);
    ck_assert_uint_ne(a.world_hash, c.world_hash);
    ck_assert_uint_ne(a.trajectory_hash, b.trajectory_hash);
}
END_TEST

typedef struct seen {
    double reward;
    int64_t n;
} seen;

static void look(void *data, const poise_env *e, const poise_outcome *o)
{
    seen *s = data;
    (void)e;
    s->reward += o->reward;
    s->n++;
}

START_TEST(a_watch_sees_the_start_and_every_decision_and_all_reward)
{
    seen s = {0};
    const trial_watch watch = {look, &s};
    const trial_result watched = run("shortest", 5, &watch), alone = run("shortest", 5, NULL);
    same(&watched, &alone);
    ck_assert_int_eq(s.n, 1 + (int64_t)watched.value[poise_metric_index("decisions")]);
    const double reward = watched.value[poise_metric_index("reward")];
    ck_assert_double_eq_tol(s.reward, reward, 1e-9 * fabs(reward));
}
END_TEST

START_TEST(a_trial_stops_when_it_is_asked_to)
{
    atomic_bool stop = true;
    const trial t = {.scenario = scenario, .agent = "fifo"};
    const trial_result r = trial_run(&t, env, NULL, &stop);
    ck_assert_int_eq(r.status, TRIAL_INTERRUPTED);
    ck_assert(isnan(r.value[0]));
}
END_TEST

/* One job that lasts longer than the episode, and 9e11 that are dropped meanwhile. */
static const char full_text[] =
    "poise: 1\nname: test-v1\ntitle: test\nabout: test\ndevices: [{name: a}]\n"
    "workload:\n  classes: [{name: c, size: 1000000000}, {name: d, size: 1}]\n"
    "  sources: [{type: batch, jobs: 1, class: c}, {type: poisson, rate: 1000, class: d}]\n"
    "queue: {limit: 0}\nend: {time: 900000000 s}\nrecords: none\n";

START_TEST(a_trial_stops_even_where_no_decision_is_due)
{
    atomic_bool stop = true;
    poise_error err;
    FILE *f = fopen(in_folder("full.yaml"), "w");
    fputs(full_text, f);
    fclose(f);
    poise_scenario *s = poise_scenario_load(in_folder("full.yaml"), NULL, 0, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    poise_env *e = poise_env_new(s, &err);
    const trial t = {.scenario = s, .agent = "fifo"};
    ck_assert_int_eq(trial_run(&t, e, NULL, &stop).status, TRIAL_INTERRUPTED);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(an_agent_that_cannot_be_made_or_whose_policy_does_not_fit_fails_with_a_sentence)
{
    const trial_result unknown = run("nobody", 0, NULL);
    ck_assert_int_eq(unknown.status, TRIAL_FAILED);
    ck_assert_ptr_nonnull(strstr(unknown.error, "nobody"));
    const trial t = {
        .scenario = scenario, .agent = "reinforce", .policy = "rubbish", .policy_bytes = 7};
    const trial_result misfit = trial_run(&t, env, NULL, NULL);
    ck_assert_int_eq(misfit.status, TRIAL_FAILED);
    ck_assert_ptr_nonnull(strstr(misfit.error, "policy"));
    ck_assert(isnan(misfit.value[0]));
}
END_TEST

/* ---- training ----------------------------------------------------------------------------- */

static const char *const learners[] = {"q_learning", "reinforce"};

START_TEST(a_training_takes_just_the_decisions_of_its_budget_and_is_repeatable)
{
    const training t = {.scenario = scenario, .agent = learners[_i], .decisions = 1234, .seed = 7};
    atomic_llong done = 0;
    training_result a = train_run(&t, env, &done, NULL);
    ck_assert_msg(a.status == TRIAL_OK, "%s", a.error);
    ck_assert_int_eq(atomic_load(&done), 1234);
    run("random", 1, NULL);
    training_result b = train_run(&t, env, NULL, NULL);
    ck_assert_uint_eq(a.policy_bytes, b.policy_bytes);
    ck_assert_mem_eq(a.policy, b.policy, a.policy_bytes);
    ck_assert_uint_eq(a.n_log, b.n_log);
    train_free(&a);
    train_free(&b);
}
END_TEST

START_TEST(another_training_seed_is_another_policy)
{
    const training t = {.scenario = scenario, .agent = learners[_i], .decisions = 1500, .seed = 0},
                   u = {.scenario = scenario, .agent = learners[_i], .decisions = 1500, .seed = 1};
    training_result a = train_run(&t, env, NULL, NULL), b = train_run(&u, env, NULL, NULL);
    ck_assert_uint_eq(a.policy_bytes, b.policy_bytes);
    ck_assert_mem_ne(a.policy, b.policy, a.policy_bytes);
    train_free(&a);
    train_free(&b);
}
END_TEST

START_TEST(a_trained_policy_behaves_the_same_from_its_file)
{
    poise_error err = {0};
    const training t = {.scenario = scenario, .agent = learners[_i], .decisions = 2000, .seed = 0};
    training_result r = train_run(&t, env, NULL, NULL);
    const char *path = in_folder("p.safetensors");
    ck_assert_msg(policy_write(path, r.policy, r.policy_bytes, &err), "%s", err.text);
    size_t n;
    void *bytes = policy_read(path, &n, &err);
    policy_about about;
    ck_assert_msg(policy_about_read(bytes, n, path, &about, &err), "%s", err.text);
    const trial direct = {.scenario = scenario,
                          .agent = learners[_i],
                          .policy = r.policy,
                          .policy_bytes = r.policy_bytes,
                          .seed = 4};
    const trial loaded = {
        .scenario = scenario, .agent = about.agent, .policy = bytes, .policy_bytes = n, .seed = 4};
    const trial_result a = trial_run(&direct, env, NULL, NULL),
                       b = trial_run(&loaded, env, NULL, NULL);
    same(&a, &b);
    free(bytes);
    train_free(&r);
}
END_TEST

START_TEST(an_interrupted_training_gives_no_policy)
{
    atomic_bool stop = true;
    const training t = {.scenario = scenario, .agent = learners[_i], .decisions = 2000, .seed = 0};
    training_result r = train_run(&t, env, NULL, &stop);
    ck_assert_int_eq(r.status, TRIAL_INTERRUPTED);
    ck_assert_ptr_null(r.policy);
    train_free(&r);
}
END_TEST

START_TEST(the_log_has_one_line_an_episode_and_the_mean_of_the_episodes_so_far)
{
    poise_error err = {0};
    const training t = {.scenario = scenario, .agent = learners[_i], .decisions = 2000, .seed = 0};
    training_result r = train_run(&t, env, NULL, NULL);
    double sum = 0, reward = NAN;
    int64_t episodes = 0;
    for (size_t i = 0; i < r.n_log; i++) {
        const store_log *l = &r.log[i];
        if (strcmp(l->key, "rollout/ep_rew") == 0) {
            ck_assert_int_eq(l->episode, ++episodes);
            reward = l->value;
            sum += reward;
        }
        if (strcmp(l->key, "rollout/ep_rew_mean") == 0)
            ck_assert_double_eq_tol(l->value, sum / (double)episodes, 1e-9 * fabs(l->value));
    }
    ck_assert_int_ge(episodes, 2);
    ck_assert(train_write_progress(in_folder("progress.csv"), r.log, r.n_log, &err));
    size_t n;
    char *text = file_read(in_folder("progress.csv"), 1 << 20, &n, &err);
    int64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    ck_assert_int_eq(lines, episodes + 1);
    ck_assert_int_eq(strncmp(text, "time/episodes,time/total_timesteps,rollout/ep_rew,", 50), 0);
    free(text);
    train_free(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trial");
    TCase *tests = tcase_create("trial");
    tcase_add_checked_fixture(tests, make_env, free_env);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_trial_in_a_used_environment_is_that_in_a_fresh_one);
    tcase_add_test(tests, agents_meet_the_same_world_and_seeds_different_ones);
    tcase_add_test(tests, a_watch_sees_the_start_and_every_decision_and_all_reward);
    tcase_add_test(tests, a_trial_stops_when_it_is_asked_to);
    tcase_add_test(tests, a_trial_stops_even_where_no_decision_is_due);
    tcase_add_test(tests,
                   an_agent_that_cannot_be_made_or_whose_policy_does_not_fit_fails_with_a_sentence);
    tcase_add_loop_test(tests, a_training_takes_just_the_decisions_of_its_budget_and_is_repeatable,
                        0, 2);
    tcase_add_loop_test(tests, another_training_seed_is_another_policy, 0, 2);
    tcase_add_loop_test(tests, a_trained_policy_behaves_the_same_from_its_file, 0, 2);
    tcase_add_loop_test(tests, an_interrupted_training_gives_no_policy, 0, 2);
    tcase_add_loop_test(tests, the_log_has_one_line_an_episode_and_the_mean_of_the_episodes_so_far,
                        0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
