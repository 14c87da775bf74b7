/* test_pace.c - devices whose speed changes over time, and sources that stop: regimes that change.
 */
#include <math.h>

#include "support.h"

#define HEAD "poise: 1\nname: pace-v1\ntitle: by hand\n"

/* One device at full, then half, then twice its speed, and so again after an hour. */
#define ONE "devices: [{name: d, pace: {period: 1 h, values: [[0, 1], [10 s, 0.5], [20 s, 2]]}}]\n"

static double ended_s(const poise_episode *ep, int task)
{
    return 1e-9 * (double)ep->record[task].finished_ns;
}

static void expect_ends(const char *yaml, const char *agent, int n, const double *end_s)
{
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    for (int again = 0; again < 2; again++) {  // an episode begins with the pace of its begin
        play(e, a, 1);
        poise_episode ep = poise_env_episode(e);
        ck_assert_int_eq(ep.n_records, n);
        for (int k = 0; k < n; k++)
            ck_assert_double_eq_tol(ended_s(&ep, k), end_s[k], 2e-9);
    }
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

/* 12: ten by 10 s, two more at half speed: 14. 6: three by 20 s, three at twice the speed: 21.5. 4
 * at 30 s: 32. 3 at 3605 s, in the second period: 3608. */
START_TEST(work_goes_on_at_the_pace_of_the_time)
{
    expect_ends(
        HEAD ONE
        "workload:\n  classes: [{name: a}]\n"
        "  sources: [{type: list, jobs: [{at: 0, class: a, size: 12}, {at: 1, class: a, size: "
        "6}, {at: 30, class: a, size: 4}, {at: 3605, class: a, size: 3}]}]\n",
        "fifo", 4, (const double[]){14, 21.5, 32, 3608});
}
END_TEST

/* Two share the device: 8 each, 5 done by 10 s; 2.5 more by 20 s; the rest of .5 at 1 each. */
START_TEST(tasks_that_share_slow_down_together)
{
    expect_ends(
        HEAD "devices: [{name: d, law: shared, pace: {period: 1 h, values: [[0, 1], [10 s, 0.5], "
             "[20 s, 2]]}}]\n"
             "workload:\n  classes: [{name: a}]\n"
             "  sources: [{type: list, jobs: [{at: 0, class: a, size: 8}, {at: 0, class: a, size: "
             "8}]}]\n",
        "fifo", 2, (const double[]){20.5, 20.5});
}
END_TEST

/* The group beside it has no pace of its own: two of 2 s share it until 4. */
START_TEST(other_groups_keep_their_speed)
{
    expect_ends(HEAD "devices:\n  - {name: a, speed: {other: 1}, pace: {values: [[0, 0.5]]}}\n"
                     "  - {name: b, law: shared}\n"
                     "workload:\n  classes: [{name: c}, {name: other}]\n"
                     "  sources: [{type: list, jobs: [{at: 0, class: c, size: 2}, {at: 0, class: "
                     "c, size: 2}]}]\n",
                "fifo", 2, (const double[]){4, 4});
}
END_TEST

/* 3 s, and two of 2 s in its queue. At 1 s all takes twice as long: 2 left of the first, 4 each of
 * the others; when the last starts, the queue is empty. */
START_TEST(queues_are_expected_to_take_as_long_as_they_now_do)
{
    poise_scenario *s = scenario_of(
        HEAD "devices: [{name: d, queue: unlimited, pace: {period: 1 h, values: [[0, 1], [1 s, "
             "0.5]]}}]\n"
             "workload:\n  classes: [{name: a}]\n"
             "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, class: a, size: "
             "2}, {at: 0, class: a, size: 2}, {at: 2, class: a, size: 1}, {at: 12, class: a, "
             "size: 1}]}]\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const poise_view *v = poise_env_view(e);
    while (v->now_s < 2)
        poise_env_choose(e, 0);
    ck_assert_double_eq_tol(v->group[0].backlog_s, 3 + 4 + 4, 1e-8);
    poise_env_choose(e, 0);
    ck_assert(v->now_s == 12);
    ck_assert_double_eq_tol(v->group[0].backlog_s, 1 + 2, 1e-8);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Up to 10 s the first is twice as fast, then the second: the job of 10 s goes to where it will be
 * done first by the speeds of now. */
START_TEST(agents_expect_the_speed_of_now)
{
    poise_scenario *s = scenario_of(
        HEAD "devices:\n"
             "  - {name: a, pace: {period: 1 h, values: [[0, 2], [10 s, 0.5]]}}\n  - {name: b}\n"
             "workload:\n  classes: [{name: c}]\n"
             "  sources: [{type: list, jobs: [{at: 5, class: c, size: 1}, {at: 15, class: c, size: "
             "1}]}]\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const double expected[2][2] = {{0.5, 1}, {2, 1}};
    for (int k = 0; k < 2; k++) {
        const poise_view *v = poise_env_view(e);
        ck_assert_int_eq(v->n_candidates, 2);
        for (int c = 0; c < 2; c++)
            ck_assert_double_eq_tol(v->candidate[c].service_s, expected[k][c], 1e-12);
        poise_env_choose(e, k);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

static int64_t n_between(const poise_episode *ep, int class_id, double from_s, double to_s)
{
    int64_t n = 0;
    for (int64_t k = 0; k < ep->n_records; k++) {
        double at_s = 1e-9 * (double)ep->record[k].arrived_ns;
        n += ep->record[k].class_id == class_id && at_s >= from_s && at_s < to_s;
    }
    return n;
}

/* A source that stops at half time, and one that begins there; the load is the mean over time: (2 x
 * .1 + 1 x .3) / 2. Streams do not depend on stops: the first jobs are those of one that goes on.
 */
START_TEST(one_mix_of_arrivals_gives_way_to_another)
{
    const char *sources[] = {"{name: x, type: poisson, rate: 2 /s, class: a, stop: 50 s}, "
                             "{name: y, type: poisson, rate: 1 /s, class: b, start: 50 s}",
                             "{name: x, type: poisson, rate: 2 /s, class: a}, "
                             "{name: y, type: poisson, rate: 1 /s, class: b, start: 50 s}"};
    int64_t first[2];
    for (int k = 0; k < 2; k++) {
        char yaml[1024];
        snprintf(yaml, sizeof yaml,
                 HEAD "devices: [{name: d}]\n"
                      "workload:\n  classes: [{name: a, size: 0.1}, {name: b, size: 0.3}]\n"
                      "  sources: [%s]\nend: {time: 100 s}\n",
                 sources[k]);
        poise_scenario *s = scenario_of(yaml);
        poise_env *e = new_env(s);
        poise_agent *a = new_agent("fifo", s);
        play(e, a, 3);
        poise_episode ep = poise_env_episode(e);
        first[k] = n_between(&ep, 0, 0, 50);
        ck_assert_int_eq(n_between(&ep, 1, 0, 50), 0);
        ck_assert_int_gt(n_between(&ep, 1, 50, 100), 20);
        ck_assert(k == 0 ? n_between(&ep, 0, 50, 100) == 0 : n_between(&ep, 0, 50, 100) > 50);
        ck_assert_double_eq_tol(poise_scenario_offered_load(s), k == 0 ? 0.25 : 0.35, 1e-9);
        poise_agent_free(a);
        poise_env_free(e);
        poise_scenario_free(s);
    }
    ck_assert_int_gt(first[0], 60);
    ck_assert_int_eq(first[0], first[1]);
}
END_TEST

int main(void)
{
    return RUN_TESTS("pace", work_goes_on_at_the_pace_of_the_time,
                     tasks_that_share_slow_down_together, other_groups_keep_their_speed,
                     queues_are_expected_to_take_as_long_as_they_now_do,
                     agents_expect_the_speed_of_now, one_mix_of_arrivals_gives_way_to_another);
}
