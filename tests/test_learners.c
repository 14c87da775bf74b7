/* test_learners.c - that learners learn: what is best where that is known, better than chance where
 * it is not, the same from the same seed, and nothing while they are evaluated. */
#include "lib/features.h"
#include "support.h"

#include <math.h>

static const char *const learners[] = {"q_learning", "double_q", "sarsa", "expected_sarsa",
                                       "reinforce"};
enum { N_LEARNERS = 5 };

typedef int chooser(poise_agent *a, const poise_view *v);

static int by_choice(poise_agent *a, const poise_view *v)
{
    return a->type->choose(a->state, v);
}

static int by_attention(poise_agent *a, const poise_view *v)
{
    a->type->attend(a->state, v, a->attention);
    return poise_argmax(a->attention, v->n_candidates);
}

/* Trains for so many decisions; false with the reason in err if it failed. After each episode one
 * is played in evaluation if asked for. */
static bool train(poise_env *e, poise_agent *a, int decisions, chooser *choose, bool evaluates,
                  poise_error *err)
{
    for (uint64_t episode = 0; decisions > 0; episode++) {
        uint64_t seed = poise_seed(POISE_TRAIN, 1, episode);
        poise_env_reset(e, seed);
        poise_agent_begin(a, POISE_MODE_TRAIN, seed);
        while (poise_env_running(e) && decisions-- > 0) {
            int c = choose(a, poise_env_view(e));
            if (c < 0)
                return false;
            poise_outcome o = poise_env_choose(e, c);
            if (!a->type->learn(a->state, &o, poise_env_view(e), err))
                return false;
        }
        if (evaluates)
            play(e, a, 3);
    }
    return true;
}

static void teach(poise_env *e, poise_agent *a, int decisions)
{
    poise_error err = {0};
    ck_assert_msg(train(e, a, decisions, by_choice, false, &err), "%s", err.text);
}

/* Mean response times over the first n evaluation seeds: their mean, and half of the 95% interval
 * (for n = 10, Student's t with 9 degrees of freedom). */
typedef struct estimate {
    double mean, half;
} estimate;

static estimate mean_response(poise_env *e, poise_agent *a)
{
    enum { SEEDS = 10 };
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < SEEDS; i++) {
        play(e, a, poise_seed(POISE_EVALUATE, i, 0));
        double x = metric_of(e, "response_mean_s");
        sum += x;
        squares += x * x;
    }
    double mean = sum / SEEDS, variance = (squares - SEEDS * mean * mean) / (SEEDS - 1);
    return (estimate){mean, 2.2622 * sqrt(variance / SEEDS)};
}

static estimate response_of(const char *spec, poise_env *e, const poise_scenario *s, int decisions)
{
    poise_agent *a = new_agent(spec, s);
    if (decisions > 0)
        teach(e, a, decisions);
    estimate r = mean_response(e, a);
    poise_agent_free(a);
    return r;
}

/* ---- what is best is known ---- */

/* A job every 10 s; on the fast server it takes 1 s, on the slow one 5 s. */
static const char two_servers[] =
    "poise: 1\n"
    "name: two-servers-v1\n"
    "title: two servers\n"
    "devices:\n"
    "  - {name: slow, kind: cpu, speed: 0.2}\n"
    "  - {name: fast, kind: cpu, speed: 1}\n"
    "workload:\n"
    "  classes:\n"
    "    - {name: job, size: {distribution: deterministic, mean: 1}}\n"
    "  sources:\n"
    "    - {type: deterministic, period: 10 s, class: job}\n"
    "end: {jobs: 100}\n";

START_TEST(learners_find_the_faster_of_two_servers)
{
    poise_scenario *s = scenario_of(two_servers);
    poise_env *e = new_env(s);
    estimate r = response_of(learners[_i], e, s, 20000);
    ck_assert_msg(fabs(r.mean - 1) < 1e-9, "%s: %g s instead of 1", learners[_i], r.mean);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Jobs of two classes, one every 10 s, each fast on a group of its own: only who looks at the class
 * gets 1 s. */
static const char two_classes[] = "poise: 1\n"
                                  "name: two-classes-v1\n"
                                  "title: two classes\n"
                                  "devices:\n"
                                  "  - {name: left, kind: cpu, speed: {a: 1, b: 0.2}}\n"
                                  "  - {name: right, kind: cpu, speed: {a: 0.2, b: 1}}\n"
                                  "workload:\n"
                                  "  classes:\n"
                                  "    - {name: a, size: {distribution: deterministic, mean: 1}}\n"
                                  "    - {name: b, size: {distribution: deterministic, mean: 1}}\n"
                                  "  sources:\n"
                                  "    - {type: deterministic, period: 10 s, mix: {a: 1, b: 1}}\n"
                                  "end: {jobs: 100}\n";

START_TEST(learners_find_out_what_each_class_of_tasks_needs)
{
    poise_scenario *s = scenario_of(two_classes);
    poise_env *e = new_env(s);
    estimate r = response_of(learners[_i], e, s, 20000);
    ck_assert_msg(fabs(r.mean - 1) < 1e-9, "%s: %g s instead of 1", learners[_i], r.mean);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- better than chance ---- */

START_TEST(reinforce_beats_chance_on_two_devices_within_seconds)
{
    poise_scenario *s = load_scenario("two-devices-v1", NULL);
    poise_env *e = new_env(s);
    estimate chance = response_of("random", e, s, 0),
             learnt = response_of("reinforce", e, s, 60000);
    ck_assert_msg(learnt.mean + learnt.half < chance.mean - chance.half, "%g s +- %g, chance %g",
                  learnt.mean, learnt.half, chance.mean);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(learners_beat_chance_round_robin_and_fifo_on_a_mix_of_gpus)
{
    static const char *const rules[] = {"random", "round_robin", "fifo"};
    static const int decisions[] = {300000, 300000, 300000, 300000, 150000};
    poise_scenario *s = load_scenario("gpu-mix-v1", NULL);
    poise_env *e = new_env(s);
    estimate learnt = response_of(learners[_i], e, s, decisions[_i]);
    for (int i = 0; i < 3; i++) {
        estimate rule = response_of(rules[i], e, s, 0);
        ck_assert_msg(learnt.mean + learnt.half < rule.mean - rule.half,
                      "%s %g s +- %g, %s %g +- %g", learners[_i], learnt.mean, learnt.half,
                      rules[i], rule.mean, rule.half);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(reinforce_beats_round_robin_at_immediate_dispatch)
{
    poise_scenario *s = load_scenario("dispatch-v1", NULL);
    poise_env *e = new_env(s);
    estimate rule = response_of("round_robin", e, s, 0);
    estimate learnt = response_of("reinforce", e, s, 150000);
    ck_assert_msg(learnt.mean + learnt.half < rule.mean - rule.half, "%g s +- %g, round robin %g",
                  learnt.mean, learnt.half, rule.mean);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- reproducible ---- */

static uint64_t hash_after_training(const char *name, const poise_scenario *s, chooser *choose,
                                    bool evaluates)
{
    poise_error err = {0};
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(name, s);
    ck_assert_msg(train(e, a, 12000, choose, evaluates, &err), "%s", err.text);
    uint64_t hash = poise_agent_params_hash(a);
    poise_agent_free(a);
    poise_env_free(e);
    return hash;
}

static const char *const short_episodes[] = {"end.jobs=1000", "warmup.jobs=0", NULL};

START_TEST(the_same_seed_gives_the_same_parameters)
{
    poise_scenario *s = load_scenario("two-devices-v1", short_episodes);
    const char *name = learners[_i];
    uint64_t hash = hash_after_training(name, s, by_choice, false);
    ck_assert(hash_after_training(name, s, by_choice, false) == hash);
    /* Evaluating now and then changes nothing about what is learnt. */
    ck_assert(hash_after_training(name, s, by_choice, true) == hash);
    /* The sampled candidate is put on top where attention is asked for. */
    ck_assert(hash_after_training(name, s, by_attention, false) == hash);
    poise_scenario_free(s);
}
END_TEST

START_TEST(attention_is_highest_where_a_trained_learner_chooses)
{
    poise_scenario *s = load_scenario("gpu-mix-v1", short_episodes);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(learners[_i], s);
    teach(e, a, 12000);
    poise_env_reset(e, 5);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 5);
    while (poise_env_running(e)) {
        const poise_view *v = poise_env_view(e);
        int c = by_choice(a, v);
        ck_assert_int_eq(by_attention(a, v), c);
        poise_env_choose(e, c);
    }
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(episodes_left_half_way_do_no_harm)
{
    poise_scenario *s = load_scenario("gpu-mix-v1", short_episodes);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(learners[_i], s);
    poise_error err = {0};
    for (uint64_t episode = 0; episode < 3000; episode++) {
        poise_env_reset(e, episode);
        poise_agent_begin(a, POISE_MODE_TRAIN, episode);
        for (uint64_t i = 0; i < episode % 40; i++) {
            poise_outcome o = poise_env_choose(e, by_choice(a, poise_env_view(e)));
            ck_assert_msg(a->type->learn(a->state, &o, poise_env_view(e), &err), "%s", err.text);
        }
        by_choice(a, poise_env_view(e));
        by_choice(a, poise_env_view(e));
    }
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_diverging_learner_says_so)
{
    poise_scenario *s = load_scenario("two-devices-v1", NULL);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("reinforce:learning_rate=1e9", s);
    poise_error err = {0};
    ck_assert(!train(e, a, 20000, by_choice, false, &err));
    ck_assert_msg(strstr(err.text, "diverged") && strstr(err.text, "learning_rate"), "%s",
                  err.text);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- features ---- */

/* Collects the features of a random episode; n numbers at most. Returns how many. */
static int features_of_episode(const poise_scenario *s, int most, float *x)
{
    const poise_space *space = poise_scenario_space(s);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("random", s);
    features *f = features_new(space);
    int n = 0,
        per_decision = features_of_system(f) + space->max_candidates * features_of_candidate(f);
    poise_env_reset(e, 11);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 11);
    while (poise_env_running(e) && n + per_decision <= most) {
        const poise_view *v = poise_env_view(e);
        features_system(f, v, x + n);
        n += features_of_system(f);
        features_candidates(f, v, x + n);
        n += v->n_candidates * features_of_candidate(f);
        poise_env_choose(e, poise_agent_choose(a, v));
    }
    features_free(f);
    poise_agent_free(a);
    poise_env_free(e);
    return n;
}

enum { MOST = 2000000 };
static float collected[2][MOST];

START_TEST(features_are_small_numbers_on_every_scenario)
{
    char names[128][64];
    int n_scenarios = scenario_names(names, 128);
    for (int i = 0; i < n_scenarios; i++) {
        poise_scenario *s = load_scenario(names[i], NULL);
        int n = features_of_episode(s, MOST, collected[0]);
        ck_assert_int_gt(n, 0);
        int n_odd = 0;
        for (int k = 0; k < n; k++)
            n_odd += !(collected[0][k] >= -1 && collected[0][k] <= 3.5f);
        ck_assert_msg(n_odd == 0, "%s: %d of %d", names[i], n_odd, n);
        poise_scenario_free(s);
    }
}
END_TEST

/* The same system with all times and sizes a thousand times as long looks the same. */
START_TEST(features_do_not_depend_on_the_unit_of_time)
{
    static const char *const quick[] = {"end.jobs=400", "warmup.jobs=0", NULL};
    static const char *const slow[] = {"end.jobs=400", "warmup.jobs=0", "devices.0.speed=2 MFLOP/s",
                                       "devices.1.speed=4 MFLOP/s", NULL};
    int n[2];
    for (int i = 0; i < 2; i++) {
        poise_scenario *s = load_scenario("two-devices-v1", i ? slow : quick);
        n[i] = features_of_episode(s, MOST, collected[i]);
        poise_scenario_free(s);
    }
    ck_assert_int_eq(n[0], n[1]);
    float furthest = 0;
    for (int k = 0; k < n[0]; k++)
        furthest = fmaxf(furthest, fabsf(collected[0][k] - collected[1][k]));
    ck_assert_float_le(furthest, 1e-5f);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("learners");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, learners_find_the_faster_of_two_servers, 0, N_LEARNERS);
    tcase_add_loop_test(t, learners_find_out_what_each_class_of_tasks_needs, 0, N_LEARNERS);
    tcase_add_test(t, reinforce_beats_chance_on_two_devices_within_seconds);
    tcase_add_loop_test(t, learners_beat_chance_round_robin_and_fifo_on_a_mix_of_gpus, 0,
                        N_LEARNERS);
    tcase_add_test(t, reinforce_beats_round_robin_at_immediate_dispatch);
    tcase_add_loop_test(t, the_same_seed_gives_the_same_parameters, 0, N_LEARNERS);
    tcase_add_loop_test(t, attention_is_highest_where_a_trained_learner_chooses, 0, N_LEARNERS);
    tcase_add_loop_test(t, episodes_left_half_way_do_no_harm, 0, N_LEARNERS);
    tcase_add_test(t, a_diverging_learner_says_so);
    tcase_add_test(t, features_are_small_numbers_on_every_scenario);
    tcase_add_test(t, features_do_not_depend_on_the_unit_of_time);
    Suite *suite = suite_create("learners");
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
