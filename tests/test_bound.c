/* test_bound.c - no agent does better than the bounds say, on any scenario; where theory says that
 * a bound is met, it is. */
#include <math.h>

#include "bound.h"
#include "support.h"

static void check(const char *what, double bound, double value, const char *agent,
                  const char *scenario)
{
    ck_assert_msg(isnan(bound) || isnan(value) || bound <= value * (1 + 1e-9) + 2e-9,
                  "%s on %s: %s %.12g below its bound %.12g", agent, scenario, what, value, bound);
}

static void check_scenario(const char *name, int n_seeds)
{
    const char *const agents[] = {"fifo", "shortest", "shortest_remaining", "fastest_device",
                                  "random"};
    poise_scenario *s = load_short(name, INSTRUMENTED ? 40 : 200);
    poise_env *e = new_env(s);
    for (int k = 0; k < 5; k++)
        for (int seed = 0; seed < n_seeds && !poise_scenario_space(s)->competes; seed++) {
            poise_agent *a = new_agent(agents[k], s);
            play(e, a, poise_seed(POISE_EVALUATE, (uint64_t)seed, 0));
            const poise_episode ep = poise_env_episode(e);
            const poise_bounds b = poise_bounds_of(&ep);
            check("mean response", b.response_s, metric_of(e, "response_mean_s"), agents[k], name);
            check("makespan", b.makespan_s, metric_of(e, "makespan_s"), agents[k], name);
            check("energy", b.energy_j, metric_of(e, "energy_j"), agents[k], name);
            poise_agent_free(a);
        }
    poise_env_free(e);
    poise_scenario_free(s);
}

/* POISE_BOUND_SEEDS=20 takes minutes. */
START_TEST(no_rule_beats_a_bound_on_any_scenario)
{
    const char *wish = getenv("POISE_BOUND_SEEDS");
    char names[128][64];
    const int n = scenario_names(names, 128);
    for (int i = 0; i < n; i++)
        check_scenario(names[i], wish ? atoi(wish) : 2);
}
END_TEST

/* Shortest remaining first is best on each path (Schrage 1968), and one server is its own pool. */
START_TEST(shortest_remaining_meets_the_bound_on_one_preemptive_server)
{
    const char *const sets[] = {"decision.preempt=resume", "decision.sizes=exact",
                                "decision.window=4000",    "warmup.jobs=0",
                                "end.jobs=3000",           NULL};
    poise_scenario *s = load_scenario("mg1-v1", sets);
    poise_env *e = new_env(s);
    for (uint64_t seed = 0; seed < 5; seed++) {
        poise_agent *a = new_agent("shortest_remaining", s);
        play(e, a, seed);
        const poise_episode ep = poise_env_episode(e);
        const poise_bounds b = poise_bounds_of(&ep);
        const double mean = metric_of(e, "response_mean_s");
        ck_assert_msg(fabs(b.response_s - mean) < 1e-6 * mean, "%.12g, bound %.12g", mean,
                      b.response_s);
        poise_agent_free(a);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    return RUN_TESTS("bound", no_rule_beats_a_bound_on_any_scenario,
                     shortest_remaining_meets_the_bound_on_one_preemptive_server);
}
