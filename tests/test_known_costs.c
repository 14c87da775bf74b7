/* test_known_costs.c - what rules cost on small Markov decision processes: exactly, by the chain,
 * as published and computed elsewhere; and in simulation, by the rules themselves.
 *
 * POISE_LONG=1 in the environment makes the episodes of the simulations 25 times as long. */
#include <math.h>
#include <stdlib.h>

#include "markov.h"
#include "support.h"

/* ---- exactly ------------------------------------------------------------------------------- */

static double cost_of(const char *scenario, const char *const *sets, markov_cost cost,
                      markov_rule rule, void *data)
{
    poise_error err = {0};
    const markov_wish wish = {.cost = (int)cost, .states = 200000, .gap = 1e-10};
    poise_scenario *s = load_scenario(scenario, sets);
    markov *m = markov_of_rule(s, &wish, rule, data, &err);
    ck_assert_msg(m != NULL, "%s: %s", scenario, err.text);
    const double found = m->cost;
    ck_assert_double_lt(m->cut, 2e-5 * fabs(m->cost));
    markov_free(m);
    poise_scenario_free(s);
    return found;
}

static void expect(double found, double known, double digit, const char *what)
{
    ck_assert_msg(fabs(found - known) <= digit, "%s: %.10g, not %.10g", what, found, known);
}

/* Puts a task of the type in service in the group. */
static void serve(const markov *m, unsigned char *busy, const char *type, int group)
{
    for (int i = 0; i < m->n_modes; i++)
        if (strcmp(m->type[m->mode[i].type].name, type) == 0 && m->mode[i].group == group)
            busy[i]++;
}

static int there(const markov *m, const int *count, const char *type)
{
    for (int t = 0; t < m->n_types; t++)
        if (strcmp(m->type[t].name, type) == 0)
            return count[t];
    return 0;
}

/* The fast server whenever there is something to do, the slow one when more than so many jobs are
 * there. */
static int use_slow_from(const markov *m, const int *count, int place, void *data)
{
    const int *threshold = data;
    unsigned char busy[MARKOV_MODES] = {0};
    memcpy(busy, m->busy + place * m->n_modes, (size_t)m->n_modes);
    int waiting = count[0] - busy[0] - busy[1];
    const bool slow = !busy[1] && waiting > 0 && count[0] > *threshold;
    if (!busy[0] && waiting > 0) {
        busy[0] = 1;
        waiting--;
    }
    busy[1] |= slow && waiting > 0;
    return markov_place(m, busy);
}

/* Mean numbers by the balance equations of each threshold (all digits that are printed). */
START_TEST(thresholds_of_the_slow_server_have_their_known_costs)
{
    const double at_half[] = {1.06403941, .94029161, .92398608, .93936732,
                              .95844612,  .97359659, .98397496, .99057113};
    const double at_more[] = {2.51162791, 2.40399002, 2.42843296, 2.52471814,
                              2.65264340, 2.79061772, 2.92744764, 3.05736164};
    const char *const more[] = {"workload.sources.0.rate=0.8", NULL};
    for (int t = 1; t <= 8; t++) {
        expect(cost_of("slow-server-v1", NULL, MARKOV_REWARD, use_slow_from, &t), at_half[t - 1],
               1.1e-8, "slow server at .5");
        expect(cost_of("slow-server-v1", more, MARKOV_REWARD, use_slow_from, &t), at_more[t - 1],
               3e-8, "slow server at .8");
    }
}
END_TEST

/* Serves, and refuses those behind the first so many. */
static int let_in(const markov *m, const int *count, int place, void *data)
{
    const int *most = data;
    (void)place;
    return count[0] > *most ? -1 : m->n_places - 1 - (count[0] == 0);
}

/* 5 (1 - p_n) lambda - L of M/M/1/n. */
START_TEST(thresholds_of_admission_have_their_known_gains)
{
    const double known[] = {1.894736842, 2.225092251, 2.177377145,
                            1.988742644, 1.738116224, 1.459193744};
    for (int n = 1; n <= 6; n++)
        expect(-cost_of("admission-v1", NULL, MARKOV_REWARD, let_in, &n), known[n - 1], 1e-9,
               "admission");
}
END_TEST

/* The first threshold that is best for a discount of beta a step of mean length 1 / 1.9 s, where a
 * job is paid for when it comes in: refusing costs as much. 0: it refuses none of the first 30. */
static int best_threshold(double beta, double *value)
{
    char discount[64];
    const double per_s = 1.9 * (1 - beta) / beta;
    snprintf(discount, sizeof discount, "reward.discount=%.17g", per_s);
    const char *const sets[] = {"reward.throughput=0", "reward.dropped=5", discount, NULL};
    poise_error err = {0};
    const markov_wish wish = {.states = 200000, .gap = 1e-11};
    poise_scenario *s = load_scenario("admission-v1", sets);
    const markov *m = markov_of(s, &wish, &err);
    ck_assert_msg(m != NULL, "%s", err.text);
    const unsigned char busy[] = {1};
    int n = 1;
    while (n <= 30 && markov_choose(m, &n, markov_place(m, busy)) >= 0)
        n++;
    *value = (5 * .9 / per_s - m->start_cost) / beta;
    poise_scenario_free(s);
    return n > 30 ? 0 : n - 1;
}

/* By value iteration in discrete time: all are let in at beta .8 and .9, up to 3 at .95 to .98, up
 * to 2 only from .99 on, where an empty system is worth 119.93661428. */
START_TEST(discounts_change_the_best_threshold)
{
    const double beta[] = {.8, .9, .95, .98, .99, .999};
    const int known[] = {0, 0, 3, 3, 2, 2};
    for (int i = 0; i < 6; i++) {
        double value;
        ck_assert_int_eq(best_threshold(beta[i], &value), known[i]);
        if (beta[i] == .99)
            expect(value, 119.93661428, 1e-7, "an empty system");
    }
}
END_TEST

/* The type first that is named first. */
static int serve_first(const markov *m, const int *count, int place, void *data)
{
    const char *const *order = data;
    unsigned char busy[MARKOV_MODES] = {0};
    (void)place;
    for (int k = 0; order[k]; k++)
        if (there(m, count, order[k]) > 0) {
            serve(m, busy, order[k], 0);
            break;
        }
    if (there(m, count, "second") > 0 && m->n_groups > 1)
        serve(m, busy, "second", 1);
    return markov_place(m, busy);
}

START_TEST(both_orders_of_two_classes_have_their_known_costs)
{
    const char *first[] = {"first", "second", NULL}, *second[] = {"second", "first", NULL};
    expect(cost_of("cmu-v1", NULL, MARKOV_REWARD, serve_first, second), 4.5, 1e-7, "c mu");
    expect(cost_of("cmu-v1", NULL, MARKOV_REWARD, serve_first, first), 4.764705882, 1e-7,
           "the wrong order");
}
END_TEST

/* Server 1 has the longer queue first, of equals that which goes on. */
static int longer_first(const markov *m, const int *count, int place, void *data)
{
    const char *ahead[] = {"first", "third", NULL}, *back[] = {"third", "first", NULL};
    (void)data;
    const bool more = there(m, count, "third") > there(m, count, "first");
    return serve_first(m, count, place, more ? back : ahead);
}

/* What goes on while server 2 has nothing, else what leaves. */
static int feed_idle(const markov *m, const int *count, int place, void *data)
{
    const char *ahead[] = {"first", "third", NULL}, *back[] = {"third", "first", NULL};
    (void)data;
    return serve_first(m, count, place, there(m, count, "second") == 0 ? ahead : back);
}

/* Whether it is what was published once it is rounded up to four digits. */
static void expect_below(double found, double printed)
{
    ck_assert_msg(fabs(ceil(1e4 * found) - 1e4 * printed) < .5, "%.8g, not %.4f rounded up", found,
                  printed);
}

/* Published: .6786, .6836, .6781 and .8572, .8651, .8564 for class 1 first, class 3 first and
 * MaxWeight, all rounded up: class 1 first makes M/M/1 queues one after the other, 3/7 + 1/4 and
 * 3/7 + 3/7. */
START_TEST(rules_on_the_criss_cross_network_have_their_known_costs)
{
    const char *ahead[] = {"first", "third", NULL}, *back[] = {"third", "first", NULL};
    const char *const slower[] = {"devices.1.speed.two=1", NULL};
    const char *light = "criss-cross-light-v1";
    expect(cost_of(light, NULL, MARKOV_HOLDING, serve_first, ahead), 3. / 7 + 1. / 4, 1e-8, light);
    expect(cost_of(light, slower, MARKOV_HOLDING, serve_first, ahead), 6. / 7, 1e-8, light);
    expect_below(3. / 7 + 1. / 4, .6786);
    expect_below(6. / 7, .8572);
    expect_below(cost_of(light, NULL, MARKOV_HOLDING, serve_first, back), .6836);
    expect_below(cost_of(light, NULL, MARKOV_HOLDING, longer_first, NULL), .6781);
    expect_below(cost_of(light, slower, MARKOV_HOLDING, serve_first, back), .8651);
    expect_below(cost_of(light, slower, MARKOV_HOLDING, longer_first, NULL), .8564);
    expect(cost_of(light, NULL, MARKOV_HOLDING, feed_idle, NULL), .67063, 5e-6, light);
}
END_TEST

/* Server 2 has class 2; server 1 that with the larger cost x number x speed. */
static int max_weight(const markov *m, const int *count, int place, void *data)
{
    unsigned char busy[MARKOV_MODES] = {0};
    const int one = there(m, count, "one"), two = there(m, count, "two");
    (void)place;
    (void)data;
    if (two > 0)
        serve(m, busy, "two", 1);
    if (two > 1 && 1.5 * two > one)
        serve(m, busy, "two", 0);
    else if (one > 0)
        serve(m, busy, "one", 0);
    return markov_place(m, busy);
}

START_TEST(max_weight_costs_48_43_in_the_n_model)
{
    if (INSTRUMENTED)
        return;
    expect(cost_of("n-model-v1", NULL, MARKOV_REWARD, max_weight, NULL), 48.43, 5e-3, "N-model");
}
END_TEST

static int idle(const markov *m, const int *count, int place, void *data)
{
    (void)m, (void)count, (void)place, (void)data;
    return 0;
}

START_TEST(rules_that_do_what_is_not_allowed_are_refused)
{
    poise_error err = {0};
    const markov_wish wish = {.states = 1000, .gap = 1e-6};
    poise_scenario *s = load_scenario("cmu-v1", NULL);
    ck_assert_ptr_null(markov_of_rule(s, &wish, idle, NULL, &err));
    ck_assert_msg(strstr(err.text, "does not let") != NULL, "%s", err.text);
    poise_scenario_free(s);
}
END_TEST

/* ---- in simulation ------------------------------------------------------------------------- */

enum { EPISODES = 20 };

/* Cost per second of a rule over 20 episodes from an empty system (by Little's law where jobs are
 * counted, which arrive at this rate): within 4.8 standard errors of what is known, which are less
 * than `part` of it. */
static void simulate(const char *scenario, const char *const *sets, const char *agent, int jobs,
                     double rate, double known, double part)
{
    const int length = getenv("POISE_LONG") ? 25 : 1;
    char end[32];
    snprintf(end, sizeof end, "end.jobs=%d", jobs * length / (INSTRUMENTED ? 8 : 1));
    const char *all[8] = {"warmup.jobs=0", end};
    for (int i = 0; sets && sets[i]; i++)
        all[2 + i] = sets[i];
    poise_scenario *s = load_scenario(scenario, all);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    double sum = 0, squares = 0;
    for (int i = 0; i < EPISODES; i++) {
        play(e, a, poise_seed(POISE_EVALUATE, (uint64_t)i, 0));
        const poise_totals t = poise_env_episode(e).totals;
        const double x = rate > 0 ? rate * metric_of(e, "job_response_mean_s")
                                  : -t.reward / (1e-9 * (double)t.end_ns);
        sum += x;
        squares += x * x;
    }
    const double mean = sum / EPISODES;
    const double error = sqrt((squares / EPISODES - mean * mean) / (EPISODES - 1));
    ck_assert_msg(fabs(mean - known) < 4.8 * error, "%s, %s: %.6g +- %.2g, known %.6g", scenario,
                  agent, mean, error, known);
    ck_assert_msg(4.8 * error < part * fabs(known) * (INSTRUMENTED ? 3 : 1) / sqrt(length),
                  "%s, %s: %.6g +- %.2g is not precise", scenario, agent, mean, error);
    if (getenv("POISE_LONG"))
        printf("%-22s %-20s %10.6f +- %.6f, known %10.6f\n", scenario, agent, mean, error, known);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

START_TEST(thresholds_of_the_slow_server_are_met)
{
    const char *const more[] = {"workload.sources.0.rate=0.8", NULL};
    const struct {
        const char *agent;
        double half, more;
    } known[] = {
        {"threshold:tasks=1", 1.06403941, 2.51162791}, {"threshold:tasks=2", .94029161, 2.40399002},
        {"threshold:tasks=3", .92398608, 2.42843296},  {"threshold:tasks=5", .95844612, 2.65264340},
        {"threshold:tasks=8", .99057113, 3.05736164},
    };
    for (int i = 0; i < 5; i++) {
        simulate("slow-server-v1", NULL, known[i].agent, 8000, 0, known[i].half, .09);
        simulate("slow-server-v1", more, known[i].agent, 8000, 0, known[i].more, .15);
    }
    simulate("slow-server-v1", NULL, "optimal", 8000, 0, .9239860815, .09);
    simulate("slow-server-v1", more, "optimal", 8000, 0, 2.403990025, .15);
}
END_TEST

START_TEST(admission_gains_are_met)
{
    const char *const three[] = {"queue.limit=2", NULL}, *const two[] = {"queue.limit=1", NULL};
    simulate("admission-v1", NULL, "optimal", 8000, 0, -2.225092251, .05);
    simulate("admission-v1", two, "fifo", 8000, 0, -2.225092251, .05);
    simulate("admission-v1", three, "fifo", 8000, 0, -2.177377145, .09);
}
END_TEST

START_TEST(orders_of_two_classes_are_met)
{
    const char *const wrong[] = {"workload.classes.0.priority=1", NULL};
    simulate("cmu-v1", NULL, "c_mu", 8000, 0, 4.5, .1);
    simulate("cmu-v1", NULL, "optimal", 8000, 0, 4.5, .1);
    simulate("cmu-v1", wrong, "priority", 8000, 0, 4.764705882, .1);
    simulate("cmu-v1", NULL, "fifo", 8000, 0, 4.65, .1);
}
END_TEST

/* By the chain to 1e-7 (see above, where they are compared with what was published). */
START_TEST(rules_on_the_criss_cross_network_are_met)
{
    const char *ahead[] = {"first", "third", NULL};
    const char *const slower[] = {"devices.1.speed.two=1", NULL};
    const char *light = "criss-cross-light-v1", *medium = "criss-cross-medium-v1";
    const struct {
        const char *agent;
        double light, slower;
    } known[] = {
        {"priority", 3. / 7 + 1. / 4, 6. / 7},
        {"max_weight", cost_of(light, NULL, MARKOV_HOLDING, longer_first, NULL),
         cost_of(light, slower, MARKOV_HOLDING, longer_first, NULL)},
        {"feed_idle", cost_of(light, NULL, MARKOV_HOLDING, feed_idle, NULL),
         cost_of(light, slower, MARKOV_HOLDING, feed_idle, NULL)},
        {"optimal:cost=holding", .6706227, .8432119},
    };
    for (int i = 0; i < 4; i++) {
        simulate(light, NULL, known[i].agent, 4000, .6, known[i].light, .05);
        simulate(light, slower, known[i].agent, 4000, .6, known[i].slower, .09);
    }
    simulate(medium, NULL, "optimal:cost=holding", 4000, 1.2, 2.08355, .09);
    simulate(medium, NULL, "feed_idle", 4000, 1.2,
             cost_of(medium, NULL, MARKOV_HOLDING, feed_idle, NULL), .09);
    simulate(medium, NULL, "priority", 4000, 1.2,
             cost_of(medium, NULL, MARKOV_HOLDING, serve_first, ahead), .09);
}
END_TEST

/* Near its limit costs scatter: a quarter of them in short episodes, which begin empty. */
START_TEST(costs_of_the_n_model_are_met)
{
    if (INSTRUMENTED)
        return;
    const bool long_run = getenv("POISE_LONG") != NULL;
    simulate("n-model-v1", NULL, "max_weight", 6000, 0, 48.43, .8);
    simulate("n-model-v1", NULL, long_run ? "optimal" : "optimal:states=20000", 6000, 0, 46.165,
             .5);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "known_costs", thresholds_of_the_slow_server_have_their_known_costs,
        thresholds_of_admission_have_their_known_gains, discounts_change_the_best_threshold,
        both_orders_of_two_classes_have_their_known_costs,
        rules_on_the_criss_cross_network_have_their_known_costs,
        max_weight_costs_48_43_in_the_n_model, rules_that_do_what_is_not_allowed_are_refused,
        thresholds_of_the_slow_server_are_met, admission_gains_are_met,
        orders_of_two_classes_are_met, rules_on_the_criss_cross_network_are_met,
        costs_of_the_n_model_are_met);
}
