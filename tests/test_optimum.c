/* test_optimum.c - the best policies of small Markov decision processes: they come out as they are
 * known from dynamic programming and by hand, and simulating them costs what they promise. */
#include <math.h>
#include <unistd.h>

#include "markov.h"
#include "stats.h"
#include "support.h"

static const markov *solved(const poise_scenario *s, markov_cost cost, int cap)
{
    poise_error err = {0};
    const markov_wish wish = {.cost = (int)cost, .cap = cap, .states = 200000, .gap = 1e-7};
    const markov *m = markov_of(s, &wish, &err);
    ck_assert_msg(m != NULL, "%s", err.text);
    return m;
}

/* Whether the least cost of the scenario is this to its last digit. */
static void expect_cost(const char *scenario, const char *const *sets, markov_cost cost,
                        double known, double digit)
{
    poise_scenario *s = load_scenario(scenario, sets);
    const markov *m = solved(s, cost, 0);
    ck_assert_msg(fabs(m->cost - known) <= digit, "%s: %.9g, not %.9g", scenario, m->cost, known);
    ck_assert(m->low <= m->cost && m->cost <= m->high);
    ck_assert_double_lt(m->high - m->low, 1e-6 * fabs(m->cost));
    ck_assert_double_lt(m->cut, 1e-5 * fabs(m->cost));
    poise_scenario_free(s);
}

/* Lin and Kumar's slow server: .9239860815 with a threshold of 3 at .5 arrivals per second,
 * 2.403990025 with 2 at .8, by relative value iteration over all ways to assign. */
START_TEST(the_slow_server_is_best_used_from_a_threshold_on)
{
    const char *const busy[] = {"workload.sources.0.rate=0.8", NULL};
    expect_cost("slow-server-v1", NULL, MARKOV_REWARD, .9239860815, 1e-7);
    expect_cost("slow-server-v1", busy, MARKOV_REWARD, 2.403990025, 3e-7);
    poise_scenario *s = load_scenario("slow-server-v1", NULL);
    const markov *m = solved(s, MARKOV_REWARD, 0);
    const unsigned char fast[] = {1, 0}, both[] = {1, 1};
    for (int n = 1; n < 12; n++) {
        const bool uses = markov_choose(m, &n, markov_place(m, fast)) == markov_place(m, both);
        ck_assert_msg(uses == (n > 3), "with %d jobs the slow server is%s used", n,
                      uses ? "" : " not");
    }
    poise_scenario_free(s);
}
END_TEST

/* Naor's queue: .9 arrivals, service 1, reward 5 a job, 1 per second in the system: jobs are best
 * admitted while less than 2 are there, which gains 2.225092251. */
START_TEST(jobs_are_best_admitted_up_to_naors_threshold)
{
    poise_scenario *s = load_scenario("admission-v1", NULL);
    const markov *m = solved(s, MARKOV_REWARD, 0);
    ck_assert_double_eq_tol(m->cost, -2.225092251, 1e-8);
    const unsigned char busy[] = {1};
    const int two = 2, three = 3;
    ck_assert_int_ge(markov_choose(m, &two, markov_place(m, busy)), 0);
    ck_assert_int_eq(markov_choose(m, &three, markov_place(m, busy)), -1);
    poise_scenario_free(s);
}
END_TEST

/* Two classes at one server, c = (1, 3), mu = (2, .8): class 2 first, 4.5 with 1 and 1.5 jobs. */
START_TEST(c_mu_is_the_best_order_of_two_classes)
{
    const char *const sets[] = {"decision.preempt=resume", "workload.classes.1.weight=3", NULL};
    expect_cost("priority-v1", sets, MARKOV_HOLDING, 4.5, 1e-6);
    poise_scenario *s = load_scenario("priority-v1", sets);
    const markov *m = solved(s, MARKOV_HOLDING, 0);
    ck_assert_double_eq_tol(m->number[0], 1.5, 1e-6);
    ck_assert_double_eq_tol(m->number[1], 1, 1e-6);
    poise_scenario_free(s);
}
END_TEST

/* 2.084 in medium traffic (J. Dai and M. Gluzman, Stochastic Systems 12, 2022, table 1); in light
 * traffic .6707 and .8433, which are rounded up, as are the costs of rules beside them
 * (test_known_costs.c). The optimum lies between what it costs to lose all beyond 15 tasks of each
 * type for nothing and what a rule costs that is allowed. */
START_TEST(the_criss_cross_network_costs_what_dynamic_programming_says)
{
    const char *const slower[] = {"devices.1.speed.two=1", NULL};
    expect_cost("criss-cross-light-v1", NULL, MARKOV_HOLDING, .670623, 5e-7);
    expect_cost("criss-cross-medium-v1", NULL, MARKOV_HOLDING, 2.084, 5e-4);
    expect_cost("criss-cross-light-v1", slower, MARKOV_HOLDING, .843212, 5e-7);
    poise_scenario *s = load_scenario("criss-cross-light-v1", NULL);
    const markov *m = solved(s, MARKOV_HOLDING, 15);
    ck_assert_double_gt(m->low, .6706225);
    ck_assert_double_lt(m->high + m->cut, .6706228);
    poise_scenario_free(s);
}
END_TEST

/* 46.165, which takes hundreds of tasks of each type. */
START_TEST(the_n_model_costs_what_is_known_by_default)
{
    if (INSTRUMENTED)
        return;
    poise_scenario *s = load_scenario("n-model-v1", NULL);
    const markov *m = solved(s, MARKOV_REWARD, 0);
    ck_assert_double_eq_tol(m->cost, 46.165, 5e-4);
    ck_assert_double_lt(m->high - m->low + m->cut, 5e-4);
    ck_assert_int_lt(m->n_states, 200000);
    poise_scenario_free(s);
}
END_TEST

/* Losing tasks for nothing costs less than the optimum, the less the smaller the caps; keeping them
 * for idle devices costs more. */
START_TEST(caps_enclose_the_optimum_of_the_n_model)
{
    poise_scenario *s = load_scenario("n-model-v1", NULL);
    const int caps[] = {20, 40, 80};
    double before = 0;
    for (int i = 0; i < 3; i++) {
        const markov *m = solved(s, MARKOV_HOLDING, caps[i]);
        ck_assert_double_gt(m->cost, before);
        ck_assert_double_lt(m->cost, 46.165);
        ck_assert_double_gt(m->high + m->cut, 46.165);
        ck_assert_double_gt(m->at_cap, 1e-4);
        before = m->cost;
    }
    poise_scenario_free(s);
}
END_TEST

/* The same values by plain value iteration over (fast server, slow server, jobs), written out here:
 * (b + l + mu) h = n + l h(one more) + mu h(one less). */
START_TEST(discounted_costs_solve_bellmans_equation)
{
    const char *const sets[] = {"reward.discount=0.1", NULL};
    poise_scenario *s = load_scenario("slow-server-v1", sets);
    const markov *m = solved(s, MARKOV_REWARD, 0);
    enum { MOST = 127 };
    static double h[2][2][MOST + 2];  // busy fast, busy slow, jobs
    const double b = .1, l = .5, fast = 1, slow = .2, all = l + fast + slow + b;
    for (int round = 0; round < 4000; round++)
        for (int n = 0; n <= MOST; n++) {
            double q[2][2];
            for (int f = 0; f < 2; f++)
                for (int w = 0; w < 2; w++) {
                    if (f + w > n) {
                        q[f][w] = INFINITY;
                        continue;
                    }
                    double sum = n + l * h[f][w][n < MOST ? n + 1 : n];
                    sum += fast * (f ? h[0][w][n - 1] : h[f][w][n]);
                    sum += slow * (w ? h[f][0][n - 1] : h[f][w][n]);
                    q[f][w] = sum / all;
                }
            for (int f = 1; f >= 0; f--)
                for (int w = 1; w >= 0; w--) {
                    double best = q[f][w];
                    for (int i = f; i < 2; i++)
                        for (int k = w; k < 2; k++)
                            best = fmin(best, q[i][k]);
                    h[f][w][n] = best;
                }
        }
    ck_assert_double_eq_tol(m->start_cost, h[0][0][0], 1e-5 * h[0][0][0]);
    poise_scenario_free(s);
}
END_TEST

/* Mean cost per second of the optimal agent in simulation, within its 99.9% interval. */
static void expect_simulated(const char *scenario, const char *const *sets, const char *agent,
                             markov_cost cost)
{
    enum { N = 12 };
    poise_scenario *s = load_scenario(scenario, sets);
    const markov *m = solved(s, cost, 0);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    double x[N], sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        play(e, a, poise_seed(POISE_EVALUATE, (uint64_t)i, 0));
        const poise_totals t = poise_env_episode(e).totals;
        x[i] = -t.reward / (1e-9 * (double)t.end_ns);
        sum += x[i];
    }
    for (int i = 0; i < N; i++)
        squares += (x[i] - sum / N) * (x[i] - sum / N);
    const double half = 4.437 * sqrt(squares / (N - 1) / N);  // Student's t, 11 degrees
    ck_assert_msg(fabs(sum / N - m->cost) < half, "%s: %.6g +- %.2g simulated, %.6g promised",
                  scenario, sum / N, half, m->cost);
    ck_assert_double_lt(half, .1 * fabs(m->cost));
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

START_TEST(playing_the_optimum_costs_what_it_promises)
{
    const char *const few[] = {"end.jobs=20000", "warmup.jobs=0", NULL};
    const char *const weighted[] = {"end.jobs=40000",
                                    "warmup.jobs=0",
                                    "decision.preempt=resume",
                                    "workload.classes.1.weight=3",
                                    "reward.holding=1",
                                    "reward.flow=0",
                                    NULL};
    expect_simulated("slow-server-v1", few, "optimal", MARKOV_REWARD);
    expect_simulated("criss-cross-light-v1", few, "optimal", MARKOV_REWARD);
    expect_simulated("priority-v1", weighted, "optimal", MARKOV_REWARD);
    expect_simulated("admission-v1", few, "optimal", MARKOV_REWARD);
}
END_TEST

START_TEST(overloaded_systems_have_no_optimum)
{
    const char *const sets[] = {"workload.sources.0.rate=1.5", NULL};
    poise_scenario *s = load_scenario("slow-server-v1", sets);
    poise_error err = {0};
    const markov_wish wish = {.states = 20000, .gap = 1e-6};
    ck_assert_ptr_null(markov_of(s, &wish, &err));
    ck_assert_msg(strstr(err.text, "more comes than can be done") != NULL, "%s", err.text);
    poise_scenario_free(s);
}
END_TEST

START_TEST(what_is_no_such_process_is_refused_with_the_reason)
{
    const struct {
        const char *scenario, *why;
    } refused[] = {
        {"gpu-mix-v1", "exponential"},
        {"sharing-v1", "shared"},
        {"dispatch-v1", "queues"},
        {"mg1-v1", "exponential"},
    };
    for (int i = 0; i < 4; i++) {
        poise_scenario *s = load_scenario(refused[i].scenario, NULL);
        poise_error err = {0};
        ck_assert_ptr_null(poise_agent_new("optimal", poise_scenario_space(s), 1, &err));
        ck_assert_msg(strstr(err.text, refused[i].why) != NULL, "%s: %s", refused[i].scenario,
                      err.text);
        ck_assert_ptr_null(strchr(err.text, '\n'));
        poise_scenario_free(s);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "optimum", the_slow_server_is_best_used_from_a_threshold_on,
        jobs_are_best_admitted_up_to_naors_threshold, c_mu_is_the_best_order_of_two_classes,
        the_criss_cross_network_costs_what_dynamic_programming_says,
        the_n_model_costs_what_is_known_by_default, caps_enclose_the_optimum_of_the_n_model,
        discounted_costs_solve_bellmans_equation, playing_the_optimum_costs_what_it_promises,
        overloaded_systems_have_no_optimum, what_is_no_such_process_is_refused_with_the_reason);
}
