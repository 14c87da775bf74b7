/* test_stats_pairing.c - what meeting the same worlds is worth in comparisons of agents, and that
 * agents which are the same are told apart no more often than promised. */
#include "stats.h"

#include "stats_support.h"

/* Two queues at load .8, from empty systems, as in two-queues-v1. */
typedef struct table {
    poise_scenario *scenario;
    poise_env *e;
} table;

static table set_up(const char *end)
{
    const char *const sets[] = {"warmup.jobs=0", end, NULL};
    table t = {.scenario = load_scenario("two-queues-v1", sets)};
    t.e = new_env(t.scenario);
    return t;
}

static void clear(table *t)
{
    poise_env_free(t->e);
    poise_scenario_free(t->scenario);
}

/* Mean response in world `world`; the agent's own dice are thrown by `dice`. */
static double respond(const table *t, poise_agent *a, int world, int dice)
{
    poise_env_reset(t->e, poise_seed(POISE_EVALUATE, 8, (uint64_t)world));
    poise_agent_begin(a, POISE_MODE_EVALUATE, poise_seed(POISE_EVALUATE, 9, (uint64_t)dice));
    while (poise_env_running(t->e))
        poise_agent_step(a, t->e);
    return metric_of(t->e, "response_mean_s");
}

START_TEST(pairing_wins_at_least_5_on_round_robin_against_the_shortest_queue)
{
    enum { WORLDS = INSTRUMENTED ? 40 : 400 };
    static double in_turn[WORLDS], shortest[WORLDS], elsewhere[WORLDS];
    table t = set_up("end.jobs=5000");
    poise_agent *turn = new_agent("round_robin", t.scenario);
    poise_agent *queue = new_agent("join_shortest_queue", t.scenario);
    for (int i = 0; i < WORLDS; i++) {
        in_turn[i] = respond(&t, turn, i, 0);
        shortest[i] = respond(&t, queue, i, 0);
        elsewhere[i] = respond(&t, queue, WORLDS + i, 0);
    }
    const stats_pairing same = stats_pairing_of(in_turn, shortest, WORLDS);
    const stats_pairing other = stats_pairing_of(in_turn, elsewhere, WORLDS);
    /* Measured elsewhere 7.9, with a standard error of some 10%; of few worlds three times that. */
    ck_assert_double_ge(same.gain, INSTRUMENTED ? 3 : 5);
    ck_assert_double_le(same.gain, 12);
    ck_assert_double_eq_tol(other.gain, 1, INSTRUMENTED ? .6 : .2);
    /* As much by the intervals: they are narrower by the root of it. */
    const stats_pair pair = stats_paired(in_turn, shortest, WORLDS, .95);
    const stats_welch apart = stats_unpaired(in_turn, WORLDS, elsewhere, WORLDS, .95);
    ck_assert_double_ge((apart.high - apart.low) / (pair.diff.high - pair.diff.low),
                        sqrt(INSTRUMENTED ? 3 : 5));
    poise_agent_free(turn);
    poise_agent_free(queue);
    clear(&t);
}
END_TEST

/* 95 of 100 are expected to be ties, 91 or more in 97% of all such experiments. */
enum { REPETITIONS = 100, RUNS = 10, LEAST_TIES = 91 };
#define ALPHA .05

START_TEST(one_agent_under_two_names_in_the_same_worlds_is_a_tie_always)
{
    table t = set_up("end.jobs=200");
    poise_agent *one = new_agent("least_loaded", t.scenario);
    poise_agent *two = new_agent("join_shortest_queue", t.scenario);
    for (int r = 0; r < REPETITIONS; r++) {
        double x[RUNS], y[RUNS];
        for (int i = 0; i < RUNS; i++) {
            x[i] = respond(&t, one, RUNS * r + i, 0);
            y[i] = respond(&t, two, RUNS * r + i, 0);
        }
        const stats_pair pair = stats_paired(x, y, RUNS, .95);
        ck_assert_double_eq(pair.p, 1);
        ck_assert_double_eq(pair.p_flip, 1);
        ck_assert_int_eq(stats_count(x, y, RUNS, -1, 0).ties, RUNS);
    }
    poise_agent_free(one);
    poise_agent_free(two);
    clear(&t);
}
END_TEST

START_TEST(one_agent_in_other_worlds_is_a_tie_in_91_of_100_repetitions)
{
    table t = set_up("end.jobs=500");
    poise_agent *a = new_agent("least_loaded", t.scenario);
    int ties = 0, ties_by_rank = 0;
    for (int r = 0; r < REPETITIONS; r++) {
        double x[RUNS], y[RUNS];
        for (int i = 0; i < RUNS; i++) {
            x[i] = respond(&t, a, 2 * RUNS * r + i, 0);
            y[i] = respond(&t, a, 2 * RUNS * r + RUNS + i, 0);
        }
        ties += stats_unpaired(x, RUNS, y, RUNS, .95).p >= ALPHA;
        ties_by_rank += stats_mann_whitney(x, RUNS, y, RUNS).p >= ALPHA;
    }
    ck_assert_int_ge(ties, LEAST_TIES);
    ck_assert_int_ge(ties_by_rank, LEAST_TIES);
    ck_assert_int_lt(ties, REPETITIONS);  // a test that never tells anything apart is none
    poise_agent_free(a);
    clear(&t);
}
END_TEST

START_TEST(agents_that_break_ties_by_other_dice_are_a_tie_in_91_of_100_repetitions)
{
    /* Both of two queues are looked at: the shorter one, the first drawn if they are equal. */
    table t = set_up("end.jobs=500");
    poise_agent *a = new_agent("power_of_d:d=2", t.scenario);
    int ties = 0, ties_by_flip = 0, ties_by_rank = 0, equal = 0;
    for (int r = 0; r < REPETITIONS; r++) {
        double x[RUNS], y[RUNS], d[RUNS];
        for (int i = 0; i < RUNS; i++) {
            const int world = RUNS * r + i;
            x[i] = respond(&t, a, world, 2 * world);
            y[i] = respond(&t, a, world, 2 * world + 1);
            d[i] = x[i] - y[i];
            equal += d[i] == 0;
        }
        const stats_pair pair = stats_paired(x, y, RUNS, .95);
        ties += pair.p >= ALPHA;
        ties_by_flip += pair.p_flip >= ALPHA;
        ties_by_rank += stats_wilcoxon(d, RUNS).p >= ALPHA;
    }
    ck_assert_int_lt(equal, REPETITIONS * RUNS / 100);  // the dice matter
    ck_assert_int_ge(ties, LEAST_TIES);
    ck_assert_int_ge(ties_by_flip, LEAST_TIES);
    ck_assert_int_ge(ties_by_rank, LEAST_TIES);
    ck_assert_int_lt(ties, REPETITIONS);
    poise_agent_free(a);
    clear(&t);
}
END_TEST

int main(void)
{
    return RUN_TESTS("pairing", pairing_wins_at_least_5_on_round_robin_against_the_shortest_queue,
                     one_agent_under_two_names_in_the_same_worlds_is_a_tie_always,
                     one_agent_in_other_worlds_is_a_tie_in_91_of_100_repetitions,
                     agents_that_break_ties_by_other_dice_are_a_tie_in_91_of_100_repetitions);
}
