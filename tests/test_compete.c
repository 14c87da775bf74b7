/* Tenants that compete: what bids decide, what they cost, and that nobody has an advantage. */
#include <math.h>

#include "support.h"

enum { TRIAL_ROWS = 128 };

#define TWO(rest)                                                                                  \
    "poise: 1\nname: two-v1\ntitle: two tenants\n"                                                 \
    "devices: [{name: gpu, count: 4}]\n" rest "workload:\n  classes:\n"                            \
    "    - {name: x, tenant: a, size: {distribution: exponential, mean: 10}}\n"                    \
    "    - {name: y, tenant: b, size: {distribution: exponential, mean: 10}}\n"                    \
    "  sources:\n"                                                                                 \
    "    - {type: poisson, rate: 0.18, class: x}\n"                                                \
    "    - {type: poisson, rate: 0.18, class: y}\n"                                                \
    "end: {jobs: 4000}\n"

static poise_team *new_team(const char *spec, const poise_scenario *s)
{
    poise_error err = {0};
    poise_team *t = poise_team_new(spec, poise_scenario_space(s), 1, &err);
    ck_assert_msg(t != NULL, "%s", err.text);
    return t;
}

/* Plays an episode; rewards are summed into reward. */
static void compete(poise_env *e, poise_team *t, uint64_t seed, double *reward)
{
    int n = poise_env_view(e)->space->n_tenants;
    double gained[8];
    memset(reward, 0, (size_t)n * sizeof *reward);
    poise_env_reset(e, seed);
    poise_team_begin(t, POISE_MODE_EVALUATE, seed);
    while (poise_env_running(e)) {
        poise_team_step(t, e, gained);
        for (int k = 0; k < n; k++)
            reward[k] += gained[k];
    }
    ck_assert_str_eq(poise_env_error(e), "");
}

/* Mean response of a class, seconds. */
static double response_s(const poise_env *e, int class_id)
{
    poise_episode ep = poise_env_episode(e);
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < ep.n_records; i++)
        if (ep.record[i].class_id == class_id && ep.record[i].fate == POISE_FINISHED) {
            sum += 1e-9 * (double)(ep.record[i].finished_ns - ep.record[i].arrived_ns);
            n++;
        }
    return sum / (double)n;
}

START_TEST(a_tenant_sees_its_own_tasks_and_the_state_of_all_devices)
{
    poise_scenario *s = scenario_of(
        "poise: 1\nname: see-v1\ntitle: see\ndevices: [{name: d, count: 2}]\n"
        "tenants: [{name: a}, {name: b}]\ncompetition: {rule: highest}\n"
        "workload:\n  classes:\n    - {name: x, tenant: a}\n    - {name: y, tenant: b}\n"
        "  sources:\n    - {type: list, jobs: [{at: 0, class: x, size: 4}, {at: 0, class: y, size: "
        "2}, {at: 0, class: x, size: 3}]}\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const poise_view *all = poise_env_view(e);
    ck_assert_int_eq(all->n_tasks, 3);
    ck_assert_int_eq(all->tenant, -1);
    const poise_view *a = poise_env_view_of(e, 0);
    ck_assert_int_eq(a->tenant, 0);
    ck_assert_int_eq(a->n_tasks, 2);
    ck_assert_int_eq(a->n_system, 2);
    ck_assert(a->task[1].size == 3);
    ck_assert_int_eq(a->n_candidates, 2);
    ck_assert_int_eq(a->candidate[1].task, 1);
    ck_assert_int_eq(a->group[0].idle, 2);
    const poise_view *b = poise_env_view_of(e, 1);
    ck_assert_int_eq(b->n_tasks, 1);
    ck_assert(b->task[0].size == 2);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Two devices, three tasks at 0. b bids most for its task of 2 s; then a, bidding 5 for its second
 * task and 1 for its first, gets the second; the first waits until 2. */
START_TEST(the_highest_bid_decides)
{
    poise_scenario *s = scenario_of(
        "poise: 1\nname: bid-v1\ntitle: bid\ndevices: [{name: d, count: 2}]\n"
        "tenants: [{name: a}, {name: b}]\ncompetition: {rule: highest}\n"
        "workload:\n  classes:\n    - {name: x, tenant: a}\n    - {name: y, tenant: b}\n"
        "  sources:\n    - {type: list, jobs: [{at: 0, class: x, size: 4}, {at: 0, class: y, size: "
        "2}, {at: 0, class: x, size: 3}]}\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const double a_wants[2] = {1, 5}, b_wants[1] = {9};
    const double *bids[2] = {a_wants, b_wants};
    poise_env_bid(e, bids, NULL);
    ck_assert_int_eq(poise_env_view_of(e, 1)->n_candidates, 0);
    poise_env_bid(e, bids, NULL);
    const double left[1] = {0};
    const double *last[2] = {left, left};
    double reward[2];
    ck_assert(poise_env_running(e));
    ck_assert(poise_env_view(e)->now_s == 2);
    poise_env_bid(e, last, reward);
    ck_assert(!poise_env_running(e));
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.record[1].started_ns, 0);
    ck_assert_int_eq(ep.record[2].started_ns, 0);
    ck_assert_int_eq(ep.record[0].started_ns, 2000000000);
    ck_assert_int_eq(ep.record[0].finished_ns, 6000000000);
    /* a has two tasks until 3 and one until 6, of which this step saw 2 to 6: 1 + 4. */
    ck_assert(fabs(reward[0] + 5) < 1e-12 && fabs(reward[1]) < 1e-12);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* What is left and what was spent is what there was at the start and what came since. */
START_TEST(budgets_are_conserved)
{
    poise_scenario *s =
        scenario_of(TWO("tenants: [{name: a}, {name: b, share: 2}]\n"
                        "competition: {rule: proportional, budget: 10, refill: 0.05}\n"));
    poise_env *e = new_env(s);
    poise_team *t = new_team("shortest", s);
    double reward[2];
    compete(e, t, 3, reward);
    for (int k = 0; k < 2; k++) {
        poise_account c = poise_env_account(e, k);
        ck_assert(c.spent > 1 && c.refilled > 0);
        ck_assert(c.budget >= 0 && c.budget <= 10);
        ck_assert(fabs(10 + c.refilled - c.spent - c.budget) < 1e-9 * (10 + c.refilled));
    }
    poise_team_free(t);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* The paired difference of two equal tenants is 0 within 3.9 standard errors (1e-4, two-sided). */
static void expect_equal(const char *yaml, const char *agent)
{
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_team *t = new_team(agent, s);
    double sum = 0, squares = 0, reward[2];
    const int n = 20;
    for (int k = 0; k < n; k++) {
        compete(e, t, (uint64_t)k, reward);
        double d = response_s(e, 0) - response_s(e, 1);
        sum += d;
        squares += d * d;
    }
    double mean = sum / n, sd = sqrt((squares - n * mean * mean) / (n - 1));
    ck_assert_msg(fabs(mean) < 3.9 * sd / sqrt(n), "%s: %g +- %g", agent, mean, sd / sqrt(n));
    poise_team_free(t);
    poise_env_free(e);
    poise_scenario_free(s);
}

START_TEST(equal_tenants_with_equal_agents_fare_alike)
{
    expect_equal(TWO("tenants: [{name: a}, {name: b}]\ncompetition: {rule: highest}\n"), "fifo");
    expect_equal(TWO("tenants: [{name: a}, {name: b}]\ncompetition: {rule: highest}\n"),
                 "shortest");
    expect_equal(TWO("tenants: [{name: a}, {name: b}]\n"
                     "competition: {rule: proportional, budget: 5, refill: 0.1}\n"),
                 "shortest");
}
END_TEST

/* The same two agents, each under the other's name: what one got the other gets. */
START_TEST(swapping_their_names_swaps_their_results)
{
    poise_scenario *left = scenario_of(
        TWO("tenants: [{name: a, agent: shortest}, {name: b, agent: fifo}]\ncompetition: {rule: "
            "highest}\n"));
    poise_scenario *right = scenario_of(
        TWO("tenants: [{name: b, agent: fifo}, {name: a, agent: shortest}]\ncompetition: {rule: "
            "highest}\n"));
    poise_env *e = new_env(left), *f = new_env(right);
    poise_team *t = new_team("random", left), *u = new_team("random", right);
    double one[2], two[2];
    compete(e, t, 5, one);
    compete(f, u, 5, two);
    ck_assert(fabs(one[0] - two[1]) < 1e-9 * fabs(one[0]));
    ck_assert(fabs(one[1] - two[0]) < 1e-9 * fabs(one[1]));
    ck_assert(fabs(one[0] - one[1]) > 1);
    poise_team_free(t);
    poise_team_free(u);
    poise_env_free(e);
    poise_env_free(f);
    poise_scenario_free(left);
    poise_scenario_free(right);
}
END_TEST

/* Under saturation, by proportion, a tenant that bids e^1 beside e^0 gets 0.731 of all decisions.
 */
START_TEST(turns_are_in_proportion_to_bids)
{
    poise_scenario *s =
        scenario_of("poise: 1\nname: turns-v1\ntitle: turns\ndevices: [{name: d}]\n"
                    "tenants: [{name: a}, {name: b}]\ncompetition: {rule: proportional}\n"
                    "workload:\n  classes:\n    - {name: x, tenant: a, size: 1}\n"
                    "    - {name: y, tenant: b, size: 1}\n"
                    "  sources:\n    - {type: batch, jobs: 1000, class: x}\n"
                    "    - {type: batch, jobs: 1000, class: y}\n"
                    "decision: {window: 2000}\nend: {time: 1000 s}\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    double *bids[2];
    for (int k = 0; k < 2; k++) {
        bids[k] = malloc(3000 * sizeof **bids);
        for (int i = 0; i < 3000; i++)
            bids[k][i] = k == 0;
    }
    while (poise_env_running(e))
        poise_env_bid(e, (const double *const *)bids, NULL);
    poise_episode ep = poise_env_episode(e);
    int n[2] = {0};
    for (int64_t i = 0; i < ep.n_records; i++)
        n[ep.record[i].class_id] += ep.record[i].fate == POISE_FINISHED;
    ck_assert_int_eq(n[0] + n[1], 1000);
    ck_assert_int_le(abs(n[0] - 731), 1);
    free(bids[0]);
    free(bids[1]);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* A quota of one device: the tenant's second task waits although devices are idle. */
START_TEST(a_quota_bounds_what_a_tenant_holds)
{
    poise_scenario *s = scenario_of(
        "poise: 1\nname: quota-v1\ntitle: quota\ndevices: [{name: d, count: 3}]\n"
        "tenants: [{name: a, quota: 1}, {name: b}]\n"
        "workload:\n  classes:\n    - {name: x, tenant: a}\n    - {name: y, tenant: b}\n"
        "  sources:\n    - {type: list, jobs: [{at: 0, class: x, size: 4}, {at: 0, class: x, size: "
        "2}, {at: 0, class: y, size: 3}]}\n");
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(e, a, 1);
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.record[0].started_ns, 0);
    ck_assert_int_eq(ep.record[1].started_ns, 4000000000);
    ck_assert_int_eq(ep.record[2].started_ns, 0);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Two devices for 10 s: a (share 1) holds one for 4 s, b (share 3) one for 2 + 6 s. x = 4 and 8/3:
 * (20/3)^2 / (2 (16 + 64/9)) = 400/416. Responses: a 4, b (2 + 8) / 2 = 5 against 4 of least
 * service: 4/4 * 1/4 and 5/4 * 3/4. */
START_TEST(fairness_is_by_what_tenants_are_entitled_to)
{
    poise_scenario *s = scenario_of(
        "poise: 1\nname: fair-v1\ntitle: fair\ndevices: [{name: d, count: 2}]\n"
        "tenants: [{name: a}, {name: b, share: 3}]\n"
        "workload:\n  classes:\n    - {name: x, tenant: a}\n    - {name: y, tenant: b}\n"
        "  sources:\n    - {type: list, jobs: [{at: 0, class: x, size: 4}, {at: 0, class: y, size: "
        "2}, {at: 0, class: y, size: 6}]}\nend: {time: 10}\n");
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(e, a, 1);
    poise_episode ep = poise_env_episode(e);
    double value[TRIAL_ROWS];
    ck_assert(poise_measure(&ep, value));
    ck_assert(fabs(value[poise_metric_index("jain_fairness")] - 400.0 / 416) < 1e-12);
    ck_assert(fabs(value[poise_metric_index("finish_time_fairness_max")] - 15.0 / 16) < 1e-12);
    ck_assert(fabs(value[poise_metric_index("tenant_response_max_s")] - 5) < 1e-12);
    ck_assert(fabs(value[poise_metric_index("dominant_share_max")] - 0.4) < 1e-12);
    poise_tenant_result b = poise_tenant_of(&ep, 1);
    ck_assert_int_eq(b.finished, 2);
    ck_assert(b.held_s == 8);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "compete", a_tenant_sees_its_own_tasks_and_the_state_of_all_devices,
        the_highest_bid_decides, budgets_are_conserved, equal_tenants_with_equal_agents_fare_alike,
        swapping_their_names_swaps_their_results, turns_are_in_proportion_to_bids,
        a_quota_bounds_what_a_tenant_holds, fairness_is_by_what_tenants_are_entitled_to);
}
