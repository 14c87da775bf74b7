/* test_exact_learners.c - that learners with networks find what is best where that is exact, by the
 * recipes that ship. POISE_LONG=1 asks each for 9 of 10 training seeds (some 10 minutes); else one
 * in each scenario is trained from one seed. */
#include "policy.h"
#include "recipe.h"
#include "support.h"
#include "train.h"

static const char *const learners[] = {"dqn", "a2c", "ppo"};
enum { DQN, A2C, PPO, N_LEARNERS };

/* A scenario, what its optimum costs per second, what a policy may cost at most, and the learner
 * that is tried in short. Costs are minus the reward. */
typedef struct bar {
    const char *scenario;
    double optimum, most;
    int in_short;
} bar;

/* Slow server: thresholds 2, 3, 4 cost .9403, .9240, .9394. Admission: thresholds 1, 2, 3 cost
 * -1.8947, -2.2251, -2.1774. c mu: the other class first 4.7647, in order of arrival 4.65. The
 * criss-cross network, where a job counts twice until its first half is done: class 3 first costs
 * 2.4% more than what is best, in order of arrival 4.7%. */
static const bar bars[] = {
    {"slow-server-v1", .9239860815, .9325, PPO},
    {"admission-v1", -2.225092251, -2.17, A2C},
    {"cmu-v1", 4.5, 4.6, A2C},
    {"criss-cross-light-v1", .8550420144, .8550420144 * 1.01, DQN},
};
enum { N_BARS = sizeof bars / sizeof *bars };

/* Cost per second over an evaluation episode. */
static double cost(poise_env *e, poise_agent *a)
{
    const double reward = play(e, a, poise_seed(POISE_EVALUATE, 0, 0));
    return -reward / (1e-9 * (double)poise_env_episode(e).totals.end_ns);
}

/* What the recipe's policy costs, trained from the seed. */
static double learnt(const recipe *r, const poise_scenario *s, poise_env *e, int64_t seed)
{
    const training asked = {.scenario = s,
                            .agent = r->agent,
                            .decisions = INSTRUMENTED ? r->decisions / 50 : r->decisions,
                            .seed = seed,
                            .validate_every = INSTRUMENTED ? 0 : r->validate,
                            .validation_seeds = r->validation_seeds};
    poise_error err;
    training_result t = train_run(&asked, e, NULL, NULL);
    ck_assert_msg(t.status == TRIAL_OK, "%s", t.error);
    poise_agent *a = new_agent(r->agent, s);
    ck_assert_msg(policy_apply(t.policy, t.policy_bytes, "it", a, &err), "%s", err.text);
    const double found = cost(e, a);
    poise_agent_free(a);
    train_free(&t);
    return found;
}

/* What a policy costs is measured beside the optimal one on the same jobs: the difference is small,
 * and most of the noise of both is in common. */
START_TEST(learners_with_networks_reach_the_exact_optimum_or_nearly)
{
    const bar *b = &bars[_i / N_LEARNERS];
    const char *name = learners[_i % N_LEARNERS];
    const int seeds = getenv("POISE_LONG") ? 10 : 1;
    if (seeds == 1 && b->in_short != _i % N_LEARNERS)
        return;
    recipes all = {0};
    poise_error err;
    ck_assert_msg(recipes_add(&all, POISE_SOURCE_DIR "/policies/recipes.yaml", &err), "%s",
                  err.text);
    const recipe *r = recipes_find(&all, b->scenario, name, strlen(name));
    ck_assert_msg(r, "no %s for %s", name, b->scenario);
    poise_scenario *s = load_scenario(b->scenario, NULL);
    poise_env *e = new_env(s);
    poise_agent *optimal = new_agent("optimal", s);
    const double known = cost(e, optimal);
    int good = 0;
    for (int seed = 0; seed < seeds; seed++) {
        const double found = b->optimum + learnt(r, s, e, seed) - known;
        printf("%s in %s, seed %d: %.4f, at best %.4f\n", name, b->scenario, seed, found,
               b->optimum);
        good += found <= b->most;
    }
    ck_assert_msg(INSTRUMENTED || good >= (seeds < 10 ? 1 : 9),
                  "%s reaches %g on %s from %d of %d seeds", name, b->most, b->scenario, good,
                  seeds);
    poise_agent_free(optimal);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("exact learners");
    tcase_set_timeout(t, getenv("POISE_LONG") ? 3600 : 300);
    tcase_add_loop_test(t, learners_with_networks_reach_the_exact_optimum_or_nearly, 0,
                        N_BARS * N_LEARNERS);
    Suite *suite = suite_create("exact learners");
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
