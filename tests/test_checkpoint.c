/* test_checkpoint.c - trainings that rest and go on: the same bytes as if nothing had happened; and
 * what is left of those that fail. */
#include "bench_support.h"
#include "file.h"
#include "policy.h"
#include "train.h"

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

/* Small batches, so that updates fall before, between and after checkpoints; all that is optional
 * on. */
static const char *const learners[] = {
    "reinforce:n_steps=100:normalise_obs=true",
    "a2c:n_steps=30:optimiser=rmsprop",
    "ppo:n_steps=150:minibatch=32:average_reward=true:clone=fifo:clone_decisions=700",
    "dqn:learning_starts=200:replay_size=700:target_every=50:normalise_obs=true",
    "dqn:learning_starts=200:replay_size=700:n_step=2:average_reward=true",
    "ppo:n_steps=150:network=attention:width=8:heads=1:hidden=8:dropout=0.1:normalise_obs=true",
};
enum { N_LEARNERS = 6, DECISIONS = 3000 };

static training asked_of(const char *agent)
{
    return (training){.scenario = scenario,
                      .agent = agent,
                      .decisions = DECISIONS,
                      .seed = 3,
                      .checkpoint = in_folder("p.ckpt"),
                      .checkpoint_every = 900,
                      .validate_every = 800,
                      .validation_seeds = 2};
}

static void *read_checkpoint(size_t *n)
{
    poise_error err = {0};
    void *bytes = policy_read(in_folder("p.ckpt"), n, &err);
    ck_assert_msg(bytes != NULL, "%s", err.text);
    return bytes;
}

static void same(const training_result *a, const training_result *b)
{
    ck_assert_msg(a->status == TRIAL_OK && b->status == TRIAL_OK, "%s%s", a->error, b->error);
    ck_assert_uint_eq(a->policy_bytes, b->policy_bytes);
    ck_assert_mem_eq(a->policy, b->policy, a->policy_bytes);
    ck_assert_uint_eq(a->n_log, b->n_log);
    for (size_t i = 0; i < a->n_log; i++)
        if (a->log[i].episode != b->log[i].episode || a->log[i].decisions != b->log[i].decisions ||
            strcmp(a->log[i].key, b->log[i].key) != 0 || a->log[i].value != b->log[i].value)
            ck_abort_msg("line %zu of the log: %s %g, %s %g", i, a->log[i].key, a->log[i].value,
                         b->log[i].key, b->log[i].value);
}

START_TEST(a_training_that_was_interrupted_and_resumed_gives_the_same_bytes)
{
    training asked = asked_of(learners[_i]);
    training_result whole = train_run(&asked, env, NULL, NULL);
    ck_assert_msg(whole.status == TRIAL_OK, "%s", whole.error);
    ck_assert_int_gt(whole.checkpoint, 900);
    /* The last checkpoint of the whole training is what a killed one would have left. */
    size_t n;
    void *bytes = read_checkpoint(&n);
    asked.resume = bytes;
    asked.resume_bytes = n;
    asked.resume_name = "p.ckpt";
    training_result resumed = train_run(&asked, env, NULL, NULL);
    same(&whole, &resumed);
    free(bytes);
    train_free(&whole);
    train_free(&resumed);
}
END_TEST

START_TEST(checkpoints_and_validation_change_nothing_about_what_is_learnt)
{
    training asked = asked_of(learners[_i]);
    asked.validate_every = 0;
    training_result kept = train_run(&asked, env, NULL, NULL);
    asked.checkpoint = NULL;
    training_result bare = train_run(&asked, env, NULL, NULL);
    same(&kept, &bare);
    train_free(&kept);
    train_free(&bare);
}
END_TEST

START_TEST(a_checkpoint_is_a_policy_too)
{
    training asked = asked_of(learners[_i]);
    training_result r = train_run(&asked, env, NULL, NULL);
    size_t n;
    void *bytes = read_checkpoint(&n);
    policy_about about;
    poise_error err = {0};
    ck_assert(policy_about_read(bytes, n, "p", &about, &err));
    ck_assert_int_eq(about.decisions, r.checkpoint);
    ck_assert_int_eq(about.budget, DECISIONS);
    const trial t = {
        .scenario = scenario, .agent = about.agent, .policy = bytes, .policy_bytes = n, .seed = 4};
    const trial_result played = trial_run(&t, env, NULL, NULL);
    ck_assert_msg(played.status == TRIAL_OK, "%s", played.error);
    free(bytes);
    train_free(&r);
}
END_TEST

static const char *const wild[] = {"reinforce:n_steps=100",
                                   "a2c:n_steps=100",
                                   "ppo:n_steps=100",
                                   "dqn:learning_starts=200",
                                   "reinforce:n_steps=100:network=attention:width=8",
                                   "a2c:n_steps=100:network=attention:width=8",
                                   "ppo:n_steps=100:network=attention:width=8",
                                   "dqn:learning_starts=200:network=attention:width=8",
                                   "q_learning",
                                   "double_q",
                                   "sarsa",
                                   "expected_sarsa"};
enum { N_WILD = 12 };

START_TEST(a_diverging_training_says_so_and_leaves_the_last_good_checkpoint)
{
    char spec[100];
    snprintf(spec, sizeof spec, "%s:learning_rate=1e9", wild[_i]);
    training asked = asked_of(spec);
    asked.checkpoint_every = 1;
    training_result r = train_run(&asked, env, NULL, NULL);
    ck_assert_int_eq(r.status, TRIAL_FAILED);
    ck_assert_msg(strstr(r.error, "diverged") && strstr(r.error, "learning_rate"), "%s", r.error);
    ck_assert_ptr_null(r.policy);
    ck_assert_int_ge(r.checkpoint, 0);
    /* What is left is sound: it can be taken up, and its policy plays. */
    size_t n;
    void *bytes = read_checkpoint(&n);
    const trial t = {
        .scenario = scenario, .agent = spec, .policy = bytes, .policy_bytes = n, .seed = 4};
    const trial_result played = trial_run(&t, env, NULL, NULL);
    ck_assert_msg(played.status == TRIAL_OK, "%s", played.error);
    free(bytes);
    train_free(&r);
}
END_TEST

START_TEST(a_damaged_checkpoint_is_refused_with_a_sentence)
{
    training asked = asked_of(learners[2]);
    training_result r = train_run(&asked, env, NULL, NULL);
    train_free(&r);
    size_t n;
    char *bytes = read_checkpoint(&n);
    asked.resume = bytes;
    asked.resume_name = "p.ckpt";
    for (size_t cut = 10; cut < n; cut += n / 7) {
        asked.resume_bytes = cut;
        r = train_run(&asked, env, NULL, NULL);
        ck_assert_int_eq(r.status, TRIAL_FAILED);
        ck_assert_msg(strstr(r.error, "p.ckpt") != NULL, "%s", r.error);
        train_free(&r);
    }
    /* One of a learner of another shape. */
    asked.resume_bytes = n;
    asked.agent = "ppo:n_steps=150:hidden=16";
    r = train_run(&asked, env, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_FAILED && strstr(r.error, "p.ckpt"), "%s", r.error);
    train_free(&r);
    free(bytes);
}
END_TEST

START_TEST(validation_keeps_the_best_policy_and_ends_training_when_nothing_gets_better)
{
    /* A step size so large that nothing good comes later, and one validation after another. */
    training asked = asked_of("ppo:n_steps=100:learning_rate=0.3:target_kl=0");
    asked.decisions = 30000;
    asked.validate_every = 300;
    asked.validation_patience = 3;
    training_result r = train_run(&asked, env, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    double best = -INFINITY, said = NAN;
    int n = 0, since = 0;
    for (size_t i = 0; i < r.n_log; i++) {
        if (strcmp(r.log[i].key, "eval/best_score") == 0)
            said = r.log[i].value;
        if (strcmp(r.log[i].key, "eval/score") != 0)
            continue;
        n++;
        since = r.log[i].value > best ? 0 : since + 1;
        best = fmax(best, r.log[i].value);
    }
    ck_assert_int_ge(n, 4);
    ck_assert_int_ge(since, 3);
    ck_assert_double_eq(said, best);
    ck_assert_int_lt(r.log[r.n_log - 1].decisions, 30000);
    train_free(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tests = tcase_create("checkpoint");
    tcase_add_checked_fixture(tests, make_env, free_env);
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, a_training_that_was_interrupted_and_resumed_gives_the_same_bytes, 0,
                        N_LEARNERS);
    tcase_add_loop_test(tests, checkpoints_and_validation_change_nothing_about_what_is_learnt, 0,
                        N_LEARNERS);
    tcase_add_loop_test(tests, a_checkpoint_is_a_policy_too, 0, N_LEARNERS);
    tcase_add_loop_test(tests, a_diverging_training_says_so_and_leaves_the_last_good_checkpoint, 0,
                        N_WILD);
    tcase_add_test(tests, a_damaged_checkpoint_is_refused_with_a_sentence);
    tcase_add_test(tests,
                   validation_keeps_the_best_policy_and_ends_training_when_nothing_gets_better);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
