/* test_teams.c - trainings of tenants who compete: all learn at once, each for itself, and what
 * they have learnt stands in one policy under their names. */
#include "bench_support.h"
#include "policy.h"
#include "support.h"
#include "train.h"

#include <math.h>

/* Left is fast for jobs of a, right for those of b; one job every 10 s. Only who knows its own
 * group gets 1 s. */
#define SIDES(agents)                                                                              \
    "poise: 1\nname: sides-v1\ntitle: sides\n"                                                     \
    "devices:\n  - {name: left, speed: {x: 1, y: 0.2}}\n"                                          \
    "  - {name: right, speed: {x: 0.2, y: 1}}\n" agents "competition: {rule: highest}\n"           \
    "workload:\n  classes:\n"                                                                      \
    "    - {name: x, tenant: a, size: {distribution: deterministic, mean: 1}}\n"                   \
    "    - {name: y, tenant: b, size: {distribution: deterministic, mean: 1}}\n"                   \
    "  sources:\n    - {type: deterministic, period: 10 s, mix: {x: 1, y: 1}}\n"                   \
    "end: {jobs: 100}\n"

static const char both[] = SIDES("tenants: [{name: a}, {name: b}]\n");
static const char against_a_rule[] = SIDES("tenants: [{name: a, agent: fifo}, {name: b}]\n");
static const char one_diverges[] =
    SIDES("tenants: [{name: a}, {name: b, agent: \"reinforce:learning_rate=1e9:n_steps=50\"}]\n");

static const char *const learners[] = {
    "q_learning",
    "sarsa",
    "reinforce:n_steps=64:learning_rate=0.005",
    "a2c:n_steps=32:learning_rate=0.005",
    "ppo:n_steps=64:learning_rate=0.005",
    "dqn:learning_starts=200:explore_decisions=2000:replay_size=2000:learning_rate=0.003",
    "ppo:network=attention:width=8:heads=1:n_steps=64:learning_rate=0.003"};
enum { N_LEARNERS = 7, DECISIONS = 6000 };

static poise_scenario *scenario;
static poise_env *env;

static void make(const char *yaml)
{
    make_folder();
    scenario = scenario_of(yaml);
    env = new_env(scenario);
}

static void make_both(void)
{
    make(both);
}

static void drop_all(void)
{
    poise_env_free(env);
    poise_scenario_free(scenario);
    remove_folder();
}

static training asked_of(const char *agent)
{
    return (training){.scenario = scenario, .agent = agent, .decisions = DECISIONS, .seed = 2};
}

/* Mean response in seconds of the policy. */
static double response_of(const training *t, const training_result *r)
{
    const trial of = {.scenario = scenario,
                      .agent = t->agent,
                      .policy = r->policy,
                      .policy_bytes = r->policy_bytes,
                      .seed = 1};
    const trial_result played = trial_run(&of, env, NULL, NULL);
    ck_assert_msg(played.status == TRIAL_OK, "%s", played.error);
    return played.value[poise_metric_index("response_mean_s")];
}

START_TEST(all_who_compete_learn_what_is_best_for_them)
{
    training t = asked_of(learners[_i]);
    const training_result r = train_run(&t, env, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    const double reached = response_of(&t, &r);
    ck_assert_msg(fabs(reached - 1) < 1e-9, "%s: %g s instead of 1", learners[_i], reached);
    training_result copy = r;
    train_free(&copy);
}
END_TEST

START_TEST(a_learner_finds_the_best_answer_to_a_rule)
{
    make(against_a_rule);
    training t = asked_of(learners[_i]);
    training_result r = train_run(&t, env, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    poise_episode ep;
    response_of(&t, &r);
    ep = poise_env_episode(env);
    for (int64_t i = 0; i < ep.n_records; i++)
        if (ep.record[i].class_id == 1)
            ck_assert_int_eq(ep.record[i].finished_ns - ep.record[i].arrived_ns, 1000000000);
    policy_about about;
    poise_error err = {0};
    ck_assert(policy_about_read(r.policy, r.policy_bytes, "p", &about, &err));
    ck_assert_ptr_null(memmem(r.policy, 4096, "\"a.", 3));
    ck_assert_ptr_nonnull(memmem(r.policy, 4096, "\"b.", 3));
    train_free(&r);
    drop_all();
}
END_TEST

static void same(const training_result *a, const training_result *b)
{
    ck_assert_msg(a->status == TRIAL_OK && b->status == TRIAL_OK, "%s%s", a->error, b->error);
    ck_assert_uint_eq(a->policy_bytes, b->policy_bytes);
    ck_assert_mem_eq(a->policy, b->policy, a->policy_bytes);
    ck_assert_uint_eq(a->n_log, b->n_log);
    for (size_t i = 0; i < a->n_log; i++)
        if (a->log[i].episode != b->log[i].episode || strcmp(a->log[i].key, b->log[i].key) != 0 ||
            a->log[i].value != b->log[i].value)
            ck_abort_msg("line %zu of the log: %s %g, %s %g", i, a->log[i].key, a->log[i].value,
                         b->log[i].key, b->log[i].value);
}

START_TEST(a_team_goes_on_from_its_checkpoint_as_if_nothing_had_happened)
{
    poise_error err = {0};
    training t = asked_of(learners[_i]);
    t.decisions = 3000;
    t.checkpoint = in_folder("p.ckpt");
    t.checkpoint_every = 900;
    t.validate_every = 800;
    t.validation_seeds = 2;
    training_result whole = train_run(&t, env, NULL, NULL);
    size_t n;
    void *bytes = policy_read(t.checkpoint, &n, &err);
    ck_assert_msg(bytes != NULL, "%s", err.text);
    t.resume = bytes;
    t.resume_bytes = n;
    t.resume_name = "p.ckpt";
    training_result resumed = train_run(&t, env, NULL, NULL);
    same(&whole, &resumed);
    free(bytes);
    train_free(&whole);
    train_free(&resumed);
}
END_TEST

static bool has_key(const training_result *r, const char *key)
{
    for (size_t i = 0; i < r->n_log; i++)
        if (strcmp(r->log[i].key, key) == 0)
            return true;
    return false;
}

START_TEST(tensors_and_figures_of_a_team_carry_the_names_of_tenants)
{
    training t = asked_of("ppo:n_steps=64");
    t.decisions = 2000;
    training_result r = train_run(&t, env, NULL, NULL);
    poise_error err = {0};
    poise_agent *a = poise_agent_new(t.agent, poise_scenario_space(scenario), 1, &err),
                *b = poise_agent_new(t.agent, poise_scenario_space(scenario), 1, &err);
    poise_tensor of_a[POISE_MAX_TENSORS], of_b[POISE_MAX_TENSORS];
    const int n = a->type->params(a->state, of_a);
    b->type->params(b->state, of_b);
    for (int i = 0; i < n; i++) {
        policy_name_of_tenant(&of_a[i], "a");
        policy_name_of_tenant(&of_b[i], "b");
    }
    ck_assert_str_eq(of_a[0].name, "a.policy.0.weight");
    ck_assert(policy_read_tensors(r.policy, r.policy_bytes, "p", "a", of_a, n, &err));
    ck_assert(policy_read_tensors(r.policy, r.policy_bytes, "p", "b", of_b, n, &err));
    ck_assert(poise_agent_params_hash(a) != poise_agent_params_hash(b));
    ck_assert(has_key(&r, "rollout/ep_rew_mean") && has_key(&r, "a/rollout/ep_rew_mean") &&
              has_key(&r, "b/rollout/ep_rew_mean") && has_key(&r, "a/train/value_loss"));
    poise_agent_free(a);
    poise_agent_free(b);
    train_free(&r);
}
END_TEST

START_TEST(a_member_that_diverges_fails_the_training_by_its_name)
{
    make(one_diverges);
    training t = asked_of("q_learning");
    training_result r = train_run(&t, env, NULL, NULL);
    ck_assert_int_eq(r.status, TRIAL_FAILED);
    ck_assert_msg(strstr(r.error, "tenant b: reinforce diverged") != NULL, "%s", r.error);
    train_free(&r);
    drop_all();
}
END_TEST

START_TEST(a_policy_of_one_agent_is_none_of_a_team)
{
    training t = asked_of("q_learning");
    poise_error err = {0};
    poise_agent *a = poise_agent_new(t.agent, poise_scenario_space(scenario), 1, &err);
    const policy_about about = {.agent = "q_learning"};
    size_t n;
    void *bytes = policy_pack(a, &about, &n);
    const trial of = {
        .scenario = scenario, .agent = t.agent, .policy = bytes, .policy_bytes = n, .seed = 1};
    const trial_result played = trial_run(&of, env, NULL, NULL);
    ck_assert_int_eq(played.status, TRIAL_FAILED);
    ck_assert_msg(strstr(played.error, "'a.q.key'") && strstr(played.error, "tenant a"), "%s",
                  played.error);
    free(bytes);
    poise_agent_free(a);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("teams");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, make_both, drop_all);
    tcase_add_loop_test(t, all_who_compete_learn_what_is_best_for_them, 0, N_LEARNERS);
    tcase_add_loop_test(t, a_team_goes_on_from_its_checkpoint_as_if_nothing_had_happened, 0,
                        N_LEARNERS);
    tcase_add_test(t, tensors_and_figures_of_a_team_carry_the_names_of_tenants);
    tcase_add_test(t, a_policy_of_one_agent_is_none_of_a_team);
    TCase *others = tcase_create("other_teams");
    tcase_set_timeout(others, 120);
    tcase_add_loop_test(others, a_learner_finds_the_best_answer_to_a_rule, 0, N_LEARNERS);
    tcase_add_test(others, a_member_that_diverges_fails_the_training_by_its_name);
    Suite *suite = suite_create("teams");
    suite_add_tcase(suite, t);
    suite_add_tcase(suite, others);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
