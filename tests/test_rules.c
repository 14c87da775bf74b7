/* test_rules.c - rules against schedules by hand. */
#include "support.h"

/* What a rule does with a scenario of these devices, classes, jobs and decisions. */
static poise_env *env;
static poise_agent *agent;
static poise_scenario *scenario;

static void schedule(const char *rule, const char *devices, const char *classes, const char *jobs,
                     const char *decision)
{
    char yaml[4096];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: hand-v1\ntitle: by hand\nabout: test\ndevices: [%s]\n"
             "workload:\n  classes: [%s]\n  sources: [{type: list, jobs: [%s]}]\n"
             "decision: {%s}\n",
             devices, classes, jobs, decision);
    scenario = scenario_of(yaml);
    env = new_env(scenario);
    agent = new_agent(rule, scenario);
    poise_env_reset(env, 1);
    poise_agent_begin(agent, POISE_MODE_EVALUATE, 1);
    while (poise_env_running(env))
        poise_agent_step(agent, env);
    ck_assert_str_eq(poise_env_error(env), "");
}

static void clear(void)
{
    poise_agent_free(agent);
    poise_env_free(env);
    poise_scenario_free(scenario);
}

static double started_s(int job)
{
    return (double)poise_env_episode(env).record[job].started_ns / 1e9;
}

static double finished_s(int job)
{
    return (double)poise_env_episode(env).record[job].finished_ns / 1e9;
}

#define ONE "{name: one}"
#define CLASS "{name: c}"

START_TEST(last_in_is_first_out)
{
    const char *jobs = "{at: 0 s, class: c, size: 3}, {at: 1 s, class: c, size: 1},"
                       "{at: 2 s, class: c, size: 1}";
    schedule("lifo", ONE, CLASS, jobs, "window: 8");
    ck_assert_double_eq(started_s(2), 3);
    ck_assert_double_eq(started_s(1), 4);
    clear();
    /* Each interrupts whoever runs: the first is served in [0,1] and [3,5]. */
    schedule("lifo", ONE, CLASS, jobs, "window: 8, preempt: resume");
    ck_assert_double_eq(finished_s(1), 2);
    ck_assert_double_eq(finished_s(2), 3);
    ck_assert_double_eq(finished_s(0), 5);
    clear();
}
END_TEST

START_TEST(the_longest_goes_first)
{
    schedule("longest", ONE, CLASS,
             "{at: 0 s, class: c, size: 1}, {at: 0 s, class: c, size: 3},"
             "{at: 0 s, class: c, size: 2}",
             "window: 8");
    ck_assert_double_eq(started_s(1), 0);
    ck_assert_double_eq(started_s(2), 3);
    ck_assert_double_eq(started_s(0), 5);
    clear();
}
END_TEST

START_TEST(the_earliest_deadline_goes_first)
{
    schedule("earliest_deadline", ONE,
             "{name: a, deadline: 10 s}, {name: b, deadline: 5 s}, {name: c}, {name: d, deadline: "
             "7 s}",
             "{at: 0 s, class: c, size: 6}, {at: 0 s, class: a, size: 4}, {at: 0 s, class: b, "
             "size: 2}, {at: 0 s, class: d, size: 3}",
             "window: 8");
    ck_assert_double_eq(started_s(2), 0);
    ck_assert_double_eq(started_s(3), 2);
    ck_assert_double_eq(started_s(1), 5);
    ck_assert_double_eq(started_s(0), 9);
    clear();
}
END_TEST

START_TEST(the_least_served_goes_first)
{
    /* In turns of a second: 0, 1, then both have had one and who runs goes on. */
    schedule("least_attained", ONE, CLASS,
             "{at: 0 s, class: c, size: 2}, {at: 0 s, class: c, size: 2}",
             "window: 8, preempt: resume, quantum: 1 s");
    ck_assert_double_eq(started_s(0), 0);
    ck_assert_double_eq(started_s(1), 1);
    ck_assert_double_eq(finished_s(1), 3);
    ck_assert_double_eq(finished_s(0), 4);
    clear();
}
END_TEST

START_TEST(most_weight_per_second_goes_first)
{
    /* Ratios .5, .5, .444, 1.25, 2. */
    schedule("weighted_shortest", ONE,
             "{name: a, weight: 3}, {name: b, weight: 1}, {name: c, weight: 4}, {name: d, weight: "
             "5}, {name: e, weight: 2}",
             "{at: 0 s, class: a, size: 6}, {at: 0 s, class: b, size: 2}, {at: 0 s, class: c, "
             "size: 9}, {at: 0 s, class: d, size: 4}, {at: 0 s, class: e, size: 1}",
             "window: 8");
    const double start_s[] = {5, 11, 13, 1, 0};
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq(started_s(i), start_s[i]);
    clear();
}
END_TEST

START_TEST(the_slow_server_waits_for_enough_tasks)
{
    const char *servers = "{name: slow, speed: 0.5}, {name: fast, speed: 1}";
    const char *jobs = "{at: 0 s, class: c, size: 2}, {at: 0 s, class: c, size: 2},"
                       "{at: 0 s, class: c, size: 2}";
    /* Behind the first there are two in the queue and one at the fast server. */
    schedule("threshold:tasks=2", servers, CLASS, jobs, "window: 8, wait: true");
    ck_assert_double_eq(finished_s(0), 2);
    ck_assert_double_eq(finished_s(1), 4);  // 0 .. 4 on the slow one
    ck_assert_double_eq(started_s(2), 2);
    clear();
    schedule("threshold:tasks=3", servers, CLASS, jobs, "window: 8, wait: true");
    ck_assert_double_eq(started_s(1), 2);
    ck_assert_double_eq(started_s(2), 4);
    clear();
}
END_TEST

START_TEST(of_two_queues_the_emptier_is_taken)
{
    /* The first two go to different queues, the third to the one that is empty at 2 s. */
    schedule("power_of_d:d=2", "{name: a, queue: unlimited}, {name: b, queue: unlimited}", CLASS,
             "{at: 0 s, class: c, size: 5}, {at: 0 s, class: c, size: 1},"
             "{at: 2 s, class: c, size: 1}",
             "window: 8");
    ck_assert_double_eq(started_s(0), 0);
    ck_assert_double_eq(started_s(1), 0);
    ck_assert_double_eq(started_s(2), 2);
    clear();
}
END_TEST

int main(void)
{
    return RUN_TESTS("rules", last_in_is_first_out, the_longest_goes_first,
                     the_earliest_deadline_goes_first, the_least_served_goes_first,
                     most_weight_per_second_goes_first, the_slow_server_waits_for_enough_tasks,
                     of_two_queues_the_emptier_is_taken);
}
