/* test_deep.c - learners with networks on the smallest problems there are, whose answers are known
 * by arithmetic: each tells whether one part of a learner works. (Idea: A. Jones, "Debugging
 * reinforcement learning systems", 2021.) The views are made by hand. */
#include "lib/on_policy.h"
#include "lib/policy.h"
#include "support.h"

#include <math.h>

static const char *const learners[] = {"reinforce:learning_rate=0.01",
                                       "a2c:learning_rate=0.01",
                                       "ppo:learning_rate=0.01",
                                       "dqn:learning_rate=0.01",
                                       "reinforce:network=attention:width=16:learning_rate=0.005",
                                       "a2c:network=attention:width=16:learning_rate=0.003",
                                       "ppo:network=attention:width=16:learning_rate=0.003",
                                       "dqn:network=attention:width=16:learning_rate=0.003"};
enum { N_LEARNERS = 8 };

/* Two candidates, for two equal devices of two groups; the observation is whether the queue is long
 * or short. */
typedef struct probe {
    poise_scenario *scenario;
    poise_view view;
    poise_task task;
    poise_group group[2];
    poise_candidate candidate[2];
} probe;

static probe *new_probe(void)
{
    probe *p = calloc(1, sizeof *p);
    p->scenario = load_scenario("two-devices-v1", NULL);
    const poise_space *space = poise_scenario_space(p->scenario);
    p->task = (poise_task){.size = 1,
                           .weight = 1,
                           .best_s = 1,
                           .cores = 1,
                           .tenant = -1,
                           .group = -1,
                           .profile = -1,
                           .graph = -1,
                           .deadline_s = INFINITY};
    for (int i = 0; i < 2; i++) {
        p->group[i] = (poise_group){.count = 1,
                                    .idle = 1,
                                    .cores = 1,
                                    .cores_free = 1,
                                    .up = 1,
                                    .parts = 1,
                                    .memory_bytes = INFINITY,
                                    .memory_free_bytes = INFINITY};
        p->candidate[i] = (poise_candidate){.group = (int16_t)i, .service_s = 1};
    }
    p->view = (poise_view){.n_tasks = 1,
                           .n_system = 1,
                           .n_groups = 2,
                           .n_candidates = 2,
                           .tenant = -1,
                           .task = &p->task,
                           .group = p->group,
                           .candidate = p->candidate,
                           .space = space};
    ck_assert_int_eq(space->n_groups, 2);
    return p;
}

static void free_probe(probe *p)
{
    poise_scenario_free(p->scenario);
    free(p);
}

/* The view of an observation: -1 a short queue, 1 a long one. No candidates at an end. */
static const poise_view *seen(probe *p, int observation, bool over)
{
    p->view.n_beyond = observation > 0 ? 20 : 0;
    p->view.n_candidates = over ? 0 : 2;
    return &p->view;
}

static poise_agent *new_learner(const char *name, const probe *p)
{
    poise_error err;
    char spec[200];
    /* A second is worth .9 of what comes after it; small batches learn within seconds. */
    snprintf(spec, sizeof spec, "%s:discount_per_s=%.17g:decay=6000%s", name, -log(.9),
             strncmp(name, "dqn", 3) == 0   ? ":explore_decisions=3000"
             : strncmp(name, "a2c", 3) == 0 ? ":n_steps=16"
                                            : ":n_steps=64");
    poise_agent *a = poise_agent_new(spec, p->view.space, 1, &err);
    ck_assert_msg(a != NULL, "%s", err.text);
    return a;
}

/* A problem: what comes of a choice, given the observation and the step in the episode. */
typedef double reward_of(int step, int observation, int chosen);

static void teach(poise_agent *a, probe *p, int n_steps, reward_of *reward)
{
    poise_rng r = poise_rng_at(5, POISE_FOR_HARNESS, 0, 0);
    poise_error err = {0};
    for (int done = 0, episode = 0; done < 6000; episode++) {
        poise_agent_begin(a, POISE_MODE_TRAIN, (uint64_t)episode);
        const int observation = 2 * poise_rng_below(&r, 2) - 1;
        for (int step = 0; step < n_steps; step++, done++) {
            /* In problems of two steps the observation is the step. */
            const int now = n_steps > 1 ? 2 * step - 1 : observation;
            const int chosen = poise_agent_choose(a, seen(p, now, false));
            const bool over = step == n_steps - 1;
            const poise_outcome o = {reward(step, now, chosen), 1,
                                     over ? POISE_TERMINATED : POISE_RUNNING};
            if (!a->type->learn(a->state, &o, seen(p, 1, over), &err))
                ck_abort_msg("%s: %s", a->type->name, err.text);
        }
    }
    poise_agent_begin(a, POISE_MODE_EVALUATE, 0);
}

/* What the learner thinks a view is worth. */
static double value_of(poise_agent *a, probe *p, int observation)
{
    const poise_view *v = seen(p, observation, false);
    if (strcmp(a->type->name, "dqn") != 0)
        return on_policy_value(a->state, v);
    a->type->attend(a->state, v, a->attention);
    return fmax(a->attention[0], a->attention[1]);
}

/* The probability with which the learner would choose a candidate. */
static double chance_of(poise_agent *a, probe *p, int observation, int candidate)
{
    double p_of[2], log_p[2];
    a->type->attend(a->state, seen(p, observation, false), a->attention);
    if (strcmp(a->type->name, "dqn") == 0)
        return a->attention[candidate] > a->attention[1 - candidate];
    softmax_d(2, a->attention, p_of, log_p);
    return p_of[candidate];
}

static void is_near(const poise_agent *a, double x, double wanted, double tolerance)
{
    ck_assert_msg(fabs(x - wanted) < tolerance, "%s: %g instead of %g", a->type->name, x, wanted);
}

static double one(int step, int observation, int chosen)
{
    (void)step, (void)observation, (void)chosen;
    return 1;
}

START_TEST(a_constant_reward_is_what_a_state_is_worth)
{
    probe *p = new_probe();
    poise_agent *a = new_learner(learners[_i], p);
    teach(a, p, 1, one);
    is_near(a, value_of(a, p, -1), 1, .02);
    poise_agent_free(a);
    free_probe(p);
}
END_TEST

static double as_seen(int step, int observation, int chosen)
{
    (void)step, (void)chosen;
    return observation;
}

START_TEST(what_is_seen_tells_what_a_state_is_worth)
{
    probe *p = new_probe();
    poise_agent *a = new_learner(learners[_i], p);
    teach(a, p, 1, as_seen);
    is_near(a, value_of(a, p, -1), -1, .05);
    is_near(a, value_of(a, p, 1), 1, .05);
    poise_agent_free(a);
    free_probe(p);
}
END_TEST

static double at_the_end(int step, int observation, int chosen)
{
    (void)observation, (void)chosen;
    return step;
}

START_TEST(a_reward_a_step_later_is_worth_its_discount)
{
    /* Reward 1 after the second step: V = .9 before the first, 1 before the second. */
    probe *p = new_probe();
    poise_agent *a = new_learner(learners[_i], p);
    teach(a, p, 2, at_the_end);
    is_near(a, value_of(a, p, -1), .9, .03);
    is_near(a, value_of(a, p, 1), 1, .03);
    poise_agent_free(a);
    free_probe(p);
}
END_TEST

static double by_choice(int step, int observation, int chosen)
{
    (void)step, (void)observation;
    return chosen ? 1 : -1;
}

START_TEST(the_better_of_two_choices_is_made_nearly_always)
{
    probe *p = new_probe();
    poise_agent *a = new_learner(learners[_i], p);
    teach(a, p, 1, by_choice);
    ck_assert_double_gt(chance_of(a, p, -1, 1), .99);
    ck_assert_double_gt(chance_of(a, p, 1, 1), .99);
    poise_agent_free(a);
    free_probe(p);
}
END_TEST

static double by_match(int step, int observation, int chosen)
{
    (void)step;
    return (observation > 0) == chosen;
}

START_TEST(the_choice_that_what_is_seen_asks_for_is_made)
{
    probe *p = new_probe();
    poise_agent *a = new_learner(learners[_i], p);
    teach(a, p, 1, by_match);
    for (int observation = -1; observation <= 1; observation += 2) {
        const poise_view *v = seen(p, observation, false);
        ck_assert_int_eq(poise_agent_choose(a, v), observation > 0);
        ck_assert_double_gt(chance_of(a, p, observation, observation > 0), .8);
    }
    poise_agent_free(a);
    free_probe(p);
}
END_TEST

/* ---- rewards relative to their mean ---- */

/* For ever: 1 after a second, or 3 after four, which looks better at each single decision. */
static void teach_for_ever(poise_agent *a, probe *p)
{
    poise_error err = {0};
    poise_agent_begin(a, POISE_MODE_TRAIN, 0);
    for (int i = 0; i < 20000; i++) {
        const bool slow = poise_agent_choose(a, seen(p, 1, false)) == 1;
        const poise_outcome o = {slow ? 3 : 1, slow ? 4 : 1, POISE_RUNNING};
        if (!a->type->learn(a->state, &o, seen(p, 1, false), &err))
            ck_abort_msg("%s", err.text);
    }
    poise_agent_begin(a, POISE_MODE_EVALUATE, 0);
}

START_TEST(q_learning_by_networks_finds_what_a_second_is_worth)
{
    probe *p = new_probe();
    poise_error err;
    poise_agent *a =
        poise_agent_new("dqn:average_reward=true:explore_decisions=5000:decay=20000:n_step=1",
                        p->view.space, 1, &err);
    ck_assert_msg(a != NULL, "%s", err.text);
    teach_for_ever(a, p);
    ck_assert_int_eq(poise_agent_choose(a, seen(p, 1, false)), 0);
    poise_figure f[16];
    const int n = a->type->progress(a->state, f, 16);
    ck_assert_str_eq(f[n - 1].key, "train/reward_per_s");
    ck_assert_double_eq_tol(f[n - 1].value, 1, .02);
    /* Three instead of four. */
    a->type->attend(a->state, seen(p, 1, false), a->attention);
    ck_assert_double_eq_tol(a->attention[1] - a->attention[0], -1, .1);
    poise_agent_free(a);
    free_probe(p);
}
END_TEST

/* ---- the gradient that REINFORCE follows ---- */

/* One of n choices by a softmax over theta. */
static int draw(poise_rng *r, int n, const double *theta, double *p, double *log_p)
{
    softmax_d(n, theta, p, log_p);
    return sample_d(n, p, poise_rng_uniform(r));
}

/* Sums of n samples of a gradient, and of their squares. */
typedef struct samples {
    double n, sum[6], squares[6];
} samples;

static void add_sample(samples *s, const double *g, int n)
{
    s->n++;
    for (int i = 0; i < n; i++) {
        s->sum[i] += g[i];
        s->squares[i] += g[i] * g[i];
    }
}

static void agrees(const samples *s, int i, double exact)
{
    const double mean = s->sum[i] / s->n;
    const double error = sqrt((s->squares[i] / s->n - mean * mean) / s->n);
    ck_assert_msg(fabs(mean - exact) < 4 * error, "%g +- %g, not %g", mean, error, exact);
}

enum { GRADIENTS = 100000 };

START_TEST(sampled_gradients_of_a_bandit_have_the_exact_mean)
{
    /* dJ/dtheta_i = p_i (r_i - J) with J = sum p r. */
    const double theta[3] = {.1, -.2, .3}, reward[3] = {1, 0, 2};
    const double exact[3] = {-.054769009508974, -.290662656794643, .345431666303617};
    poise_rng r = poise_rng_at(1, POISE_FOR_AGENT, 0, 0);
    samples s = {0};
    double p[3], log_p[3], d[3];
    for (int k = 0; k < GRADIENTS; k++) {
        const int chosen = draw(&r, 3, theta, p, log_p);
        policy_loss_d(3, p, log_p, chosen, -reward[chosen], 0, d);
        add_sample(&s, d, 3);
    }
    for (int i = 0; i < 3; i++)
        agrees(&s, i, exact[i]);
}
END_TEST

/* The first choice pays .5 or 0 and leads to a state of its own; there the second pays 1 or 0, or 0
 * or 3, discounted by .9. J = sum p0 (r0 + .9 sum p1 r1), and dJ follows as for the bandit. */
START_TEST(sampled_gradients_of_two_steps_have_the_exact_mean)
{
    const double theta[2] = {.3, 0}, then[2][2] = {{.3, 0}, {0, .9}};
    const double reward[2] = {.5, 0}, later[2][2] = {{1, 0}, {0, 3}}, discount = .9;
    const double exact[6] = {-.220639611908309,   .220639611908309,    .12638452304084496,
                             -.12638452304084496, -.23612092268491125, .23612092268491125};
    poise_rng r = poise_rng_at(2, POISE_FOR_AGENT, 0, 0);
    samples s = {0};
    double p[2], log_p[2], gained = 0;
    for (int k = 0; k < GRADIENTS; k++) {
        double d[6] = {0};
        const int first = draw(&r, 2, theta, p, log_p);
        double q[2], log_q[2];
        const int second = draw(&r, 2, then[first], q, log_q);
        const double rest = discount * later[first][second], all = reward[first] + rest;
        policy_loss_d(2, p, log_p, first, -all, 0, d);
        policy_loss_d(2, q, log_q, second, -rest, 0, d + 2 + 2 * first);
        add_sample(&s, d, 6);
        gained += all / GRADIENTS;
    }
    for (int i = 0; i < 6; i++)
        agrees(&s, i, exact[i]);
    ck_assert_double_eq_tol(gained, 1.4010917217446202, .02);
}
END_TEST

/* ---- rules as teachers ---- */

START_TEST(a_learner_that_imitates_a_rule_chooses_as_it_does)
{
    static const char *const sets[] = {"end.jobs=1000", "warmup.jobs=0", NULL};
    poise_scenario *s = load_scenario("two-devices-v1", sets);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("ppo:clone=shortest:clone_decisions=100000:n_steps=256:"
                               "learning_rate=0.005",
                               s);
    poise_agent *rule = new_agent("shortest", s);
    poise_error err = {0};
    for (uint64_t episode = 0; episode < 12; episode++) {
        poise_env_reset(e, poise_seed(POISE_TRAIN, 1, episode));
        poise_agent_begin(a, POISE_MODE_TRAIN, episode);
        while (poise_env_running(e)) {
            const poise_outcome o = poise_agent_step(a, e);
            if (!a->type->learn(a->state, &o, poise_env_view(e), &err))
                ck_abort_msg("%s", err.text);
        }
    }
    int n = 0, same = 0;
    poise_env_reset(e, 5);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 5);
    poise_agent_begin(rule, POISE_MODE_EVALUATE, 5);
    while (poise_env_running(e)) {
        const poise_view *v = poise_env_view(e);
        const int c = poise_agent_choose(rule, v), own = poise_agent_choose(a, v);
        n += v->n_candidates > 1;
        same += v->n_candidates > 1 && own == c;
        poise_env_choose(e, c);
    }
    ck_assert_msg(same > .9 * n, "%d of %d", same, n);
    ck_assert_int_gt(n, 100);
    poise_agent_free(rule);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("deep");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, a_constant_reward_is_what_a_state_is_worth, 0, N_LEARNERS);
    tcase_add_loop_test(t, what_is_seen_tells_what_a_state_is_worth, 0, N_LEARNERS);
    tcase_add_loop_test(t, a_reward_a_step_later_is_worth_its_discount, 0, N_LEARNERS);
    tcase_add_loop_test(t, the_better_of_two_choices_is_made_nearly_always, 0, N_LEARNERS);
    tcase_add_loop_test(t, the_choice_that_what_is_seen_asks_for_is_made, 0, N_LEARNERS);
    tcase_add_test(t, q_learning_by_networks_finds_what_a_second_is_worth);
    tcase_add_test(t, sampled_gradients_of_a_bandit_have_the_exact_mean);
    tcase_add_test(t, sampled_gradients_of_two_steps_have_the_exact_mean);
    tcase_add_test(t, a_learner_that_imitates_a_rule_chooses_as_it_does);
    Suite *suite = suite_create("deep");
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
