/* test_rules.c - rules against schedules by hand. */
#include <math.h>

#include "support.h"

/* What a rule does with a scenario of these devices, classes, jobs and decisions. */
static poise_env *env;
static poise_agent *agent;
static poise_scenario *scenario;

static void play_out(const char *rule)
{
    env = new_env(scenario);
    agent = new_agent(rule, scenario);
    poise_env_reset(env, 1);
    poise_agent_begin(agent, POISE_MODE_EVALUATE, 1);
    while (poise_env_running(env))
        poise_agent_step(agent, env);
    ck_assert_str_eq(poise_env_error(env), "");
}

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
    play_out(rule);
}

static void schedule_file(const char *rule, const char *name)
{
    char path[1024];
    poise_error err;
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", POISE_SOURCE_DIR, name);
    scenario = poise_scenario_load(path, NULL, 0, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    play_out(rule);
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

#define TWO "{name: a, queue: unlimited}, {name: b, queue: unlimited}"

START_TEST(the_latest_of_the_earliest_ends_goes_first)
{
    /* The long one to a; the short ones one after the other to b. */
    schedule("max_min_batch", TWO, CLASS,
             "{at: 0 s, class: c, size: 1}, {at: 0 s, class: c, size: 1},"
             "{at: 0 s, class: c, size: 3}",
             "window: 8");
    ck_assert_double_eq(started_s(2), 0);
    ck_assert_double_eq(started_s(0), 0);
    ck_assert_double_eq(started_s(1), 1);
    clear();
}
END_TEST

START_TEST(who_suffers_most_goes_first)
{
    /* Without a the first would take 4 s instead of 3, the second 12: it gets a. */
    schedule("sufferage",
             "{name: a, speed: {x: 1, y: 1}, queue: unlimited},"
             "{name: b, speed: {x: 0.75, y: 0.25}, queue: unlimited}",
             "{name: x, kind: x}, {name: y, kind: y}",
             "{at: 0 s, class: x, size: 3}, {at: 0 s, class: y, size: 3}", "window: 8");
    ck_assert_double_eq(finished_s(1), 3);
    ck_assert_double_eq(finished_s(0), 4);
    clear();
}
END_TEST

START_TEST(a_flow_shop_goes_in_johnsons_order)
{
    /* Order 2, 0, 3, 4, 1: on the first machine without a pause, on the second from 1, 4, 10, 17
     * and 22. Each job is a record for each machine. */
    const double first_s[] = {4, 22, 1, 10, 17}, second_s[] = {10, 24, 3, 16, 22};
    schedule_file("johnson", "flow-shop-v1");
    for (int i = 0; i < 5; i++) {
        ck_assert_double_eq(finished_s(2 * i), first_s[i]);
        ck_assert_double_eq(finished_s(2 * i + 1), second_s[i]);
    }
    clear();
}
END_TEST

START_TEST(the_smallest_dominant_share_goes_first)
{
    /* a, b, a, b, a: shares 4/18, 3/9, 8/18, 6/9, 12/18; then all 9 cores are taken. */
    schedule_file("dominant_share", "drf-v1");
    const poise_episode ep = poise_env_episode(env);
    int n_first[2] = {0};
    for (int i = 0; i < 10; i++)
        n_first[ep.record[i].class_id] += ep.record[i].started_ns == 0;
    ck_assert_int_eq(n_first[0], 3);
    ck_assert_int_eq(n_first[1], 2);
    clear();
}
END_TEST

START_TEST(a_graph_goes_by_rank_to_where_it_ends_first)
{
    /* Fig. 3 and 4 of Topcuoglu, Hariri and Wu 2002. */
    const double heft_s[] = {9, 40, 28, 26, 38, 42, 49, 62, 68, 80};
    const double cpop_s[] = {16, 35, 39, 42, 48, 51, 46, 68, 77, 86};
    schedule_file("heft:bandwidth=1", "heft-v1");
    for (int i = 0; i < 10; i++)
        ck_assert_double_eq(finished_s(i), heft_s[i]);
    clear();
    schedule_file("cpop:bandwidth=1", "heft-v1");
    for (int i = 0; i < 10; i++)
        ck_assert_double_eq(finished_s(i), cpop_s[i]);
    clear();
}
END_TEST

START_TEST(the_class_with_most_tasks_goes_first)
{
    /* Two of b, then one of each: a is listed first. */
    schedule("max_weight", ONE, "{name: a}, {name: b}",
             "{at: 0 s, class: a, size: 1}, {at: 0 s, class: b, size: 1},"
             "{at: 0 s, class: b, size: 1}",
             "window: 8");
    ck_assert_double_eq(started_s(1), 0);
    ck_assert_double_eq(started_s(0), 1);
    ck_assert_double_eq(started_s(2), 2);
    clear();
    /* Server one helps with the second of class two, for 3 x 2 x .5 > 2. At 2 s that one goes over
     * to server two with half of it done: 3 x .5 < 2. */
    schedule("max_weight", "{name: one, speed: {x: 1, y: 0.5}}, {name: two, speed: {y: 1}}",
             "{name: x, kind: x}, {name: y, kind: y, weight: 3}",
             "{at: 0 s, class: x, size: 2}, {at: 0 s, class: x, size: 2},"
             "{at: 0 s, class: y, size: 2}, {at: 0 s, class: y, size: 2}",
             "window: 8, preempt: resume, migrate: true");
    const double end_s[] = {4, 6, 2, 3};
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq(finished_s(i), end_s[i]);
    clear();
}
END_TEST

START_TEST(an_idle_device_is_fed_first)
{
    /* The first job is longer, but goes on to the idle device; then that one has enough to do until
     * 4 s, and the job without successor comes before the second. */
    scenario = scenario_of("poise: 1\nname: hand-v1\ntitle: by hand\nabout: test\n"
                           "devices: [{name: one, speed: {one: 1}}, {name: two, speed: {two: 1}}]\n"
                           "graphs: [{name: route, tasks: [{name: first, class: first, size: 1},\n"
                           "  {name: second, class: second, size: 3, after: first}]}]\n"
                           "workload:\n"
                           "  classes: [{name: first, kind: one}, {name: second, kind: two},\n"
                           "    {name: third, kind: one}, {name: crossing, graph: route}]\n"
                           "  sources: [{type: list, jobs: [{at: 0 s, class: crossing, size: 1}, "
                           "{at: 0 s, class: crossing, size: 1},\n"
                           "    {at: 0 s, class: third, size: 2}]}]\n"
                           "decision: {window: 8}\n");
    play_out("feed_idle");
    const double start_s[] = {0, 1, 3, 4, 1};
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq(started_s(i), start_s[i]);
    clear();
}
END_TEST

/* Clean until 10 s, dirty until 20 s. The job of 2 s starts at once, that of 12 s, with 88 s left,
 * more than five times its own second and that of all who wait, at 20 s; that of 13 s has 9 s, less
 * than five times (1 + 2), and starts. */
START_TEST(wait_awhile_spares_dirty_hours_while_there_is_time)
{
    schedule(
        "wait_awhile", ONE, "{name: a}",
        "{at: 2, class: a, size: 1, deadline: 98}, {at: 12, class: a, size: 1, deadline: 88}, "
        "{at: 13, class: a, size: 1, deadline: 9}",
        "wait: true}\nseries: {carbon: {period: 100 s, values: [[0, 100], [10, 300], [20, 100]]}");
    ck_assert(started_s(0) == 2);
    ck_assert(started_s(1) == 20);
    ck_assert(started_s(2) == 13);
    clear();
}
END_TEST

/* Laxities 6 - 5 and 3 - 1: the longer one goes first, though its deadline is later. */
START_TEST(least_laxity_counts_what_is_left_to_do)
{
    schedule("least_laxity", ONE, "{name: a}",
             "{at: 0, class: a, size: 5, deadline: 6}, {at: 0, class: a, size: 1, deadline: 3}",
             "");
    ck_assert(started_s(0) == 0);
    ck_assert(started_s(1) == 5);
    clear();
}
END_TEST

/* Ratios 10/5, 3/1, 3/2: the third; at 2 s they are 8/5 and 1/1: the second. */
START_TEST(critical_ratio_divides_time_left_by_work_left)
{
    schedule("critical_ratio", ONE, "{name: a}",
             "{at: 0, class: a, size: 5, deadline: 10}, {at: 0, class: a, size: 1, deadline: 3}, "
             "{at: 0, class: a, size: 2, deadline: 3}",
             "");
    ck_assert(started_s(2) == 0);
    ck_assert(started_s(1) == 2);
    ck_assert(started_s(0) == 3);
    clear();
}
END_TEST

/* At 10 s the second has waited 9/8 of its service, the third half of its own. */
START_TEST(the_highest_response_ratio_lets_long_tasks_grow)
{
    schedule(
        "highest_response_ratio", ONE, "{name: a}",
        "{at: 0, class: a, size: 10}, {at: 1, class: a, size: 8}, {at: 9.5, class: a, size: 1}",
        "");
    ck_assert(started_s(1) == 10);
    ck_assert(started_s(2) == 18);
    clear();
}
END_TEST

/* At 1 s four are left of the first, three of the second; at 3 s one and two of the third. */
START_TEST(the_shortest_remaining_displaces_whoever_has_more_left)
{
    schedule("shortest_remaining", ONE, "{name: a}",
             "{at: 0, class: a, size: 5}, {at: 1, class: a, size: 3}, {at: 3, class: a, size: 2}",
             "preempt: resume");
    ck_assert(started_s(1) == 1);
    ck_assert(fabs(finished_s(1) - 4) < 2e-9);
    ck_assert(fabs(finished_s(2) - 6) < 2e-9);
    ck_assert(fabs(finished_s(0) - 10) < 2e-9);
    clear();
}
END_TEST

/* The second is due first, and comes when the first runs: it is displaced, or it is not. */
START_TEST(due_dates_displace_nobody_but_deadlines_do)
{
    const char *const jobs =
        "{at: 0, class: a, size: 5, deadline: 20}, {at: 1, class: a, size: 1, deadline: 3}, "
        "{at: 2, class: a, size: 1, deadline: 1}";
    schedule("earliest_due_date", ONE, "{name: a}", jobs, "preempt: resume");
    ck_assert(started_s(2) == 5);
    ck_assert(started_s(1) == 6);
    clear();
    schedule("earliest_deadline", ONE, "{name: a}", jobs, "preempt: resume");
    ck_assert(started_s(1) == 1);
    ck_assert(started_s(2) == 2);
    clear();
}
END_TEST

/* At 6 s the first has had more than four: the second displaces it. The third comes later than the
 * second, and neither has had four before it is done; the first goes on at 11 s with four left. */
START_TEST(tiresias_has_two_queues)
{
    schedule("tiresias:threshold=4", ONE, "{name: a}",
             "{at: 0, class: a, size: 10}, {at: 6, class: a, size: 3}, {at: 7, class: a, size: 2}",
             "preempt: resume");
    ck_assert(started_s(1) == 6);
    ck_assert(fabs(finished_s(1) - 9) < 2e-9);
    ck_assert(fabs(finished_s(2) - 11) < 2e-9);
    ck_assert(fabs(finished_s(0) - 15) < 2e-9);
    clear();
}
END_TEST

/* All three queue at the fast one, two seconds each, while the slow one is idle. */
START_TEST(the_fastest_device_gets_all)
{
    schedule(
        "fastest_device",
        "{name: slow, queue: unlimited}, {name: fast, queue: unlimited, speed: 2}", "{name: a}",
        "{at: 0, class: a, size: 4}, {at: 0, class: a, size: 4}, {at: 0, class: a, size: 4}", "");
    for (int k = 0; k < 3; k++)
        ck_assert(started_s(k) == 2 * k);
    clear();
}
END_TEST

/* Costs 1 and 8, means 1 and (1 + 7) / 2: indices 1 and 2. The second class goes first, its oldest
 * before its shortest. */
START_TEST(c_mu_knows_classes_only)
{
    schedule("c_mu", ONE, "{name: a}, {name: b, weight: 8}",
             "{at: 0, class: a, size: 1}, {at: 0, class: b, size: 7}, {at: 0, class: b, size: 1}",
             "");
    ck_assert(started_s(1) == 0);
    ck_assert(started_s(2) == 7);
    ck_assert(started_s(0) == 8);
    clear();
}
END_TEST

/* The average of memory in use follows 8 of 10 GB with a time constant of 1 s: at 5 s it is 0.79.
 * The first, with 5 s left, is moved to half of memory and speed, where it takes until 15 s; the
 * second starts there and takes four seconds for two. Below the threshold both run at full size,
 * and slow down to 10/16 while they are two: for 2 / .625 = 3.2 s, then the first has 3 left. */
START_TEST(monitor_goes_to_small_profiles_where_memory_is_full)
{
    const char *const device =
        "{name: one, law: cores, cores: 2, memory: 10 GB, overcommit: 2, pressure: slow}";
    const char *const classes =
        "{name: a, memory: 8 GB, profiles: [{name: full}, {name: half, memory: 4 GB, speed: 0.5}]}";
    const char *const jobs = "{at: 0, class: a, size: 10}, {at: 5, class: a, size: 2}";
    schedule("monitor:threshold=0.5", device, classes, jobs, "rescale: true, average: 1 s");
    ck_assert(fabs(finished_s(1) - 9) < 2e-9);
    ck_assert(fabs(finished_s(0) - 15) < 2e-9);
    clear();
    schedule("monitor:threshold=5", device, classes, jobs, "rescale: true, average: 1 s");
    ck_assert(fabs(finished_s(1) - (5 + 2 / .625)) < 2e-9);
    ck_assert(fabs(finished_s(0) - (5 + 2 / .625 + 3)) < 2e-9);
    clear();
}
END_TEST

/* At 10 s the average of busy devices is 1 but for exp(-10): the second runs pruned, in 2 s for its
 * 4, unless nothing is done about that. */
START_TEST(monitor_prunes_where_devices_are_busy)
{
    const char *const classes =
        "{name: a, profiles: [{name: full}, {name: pruned, speed: 2, quality: 0.9}]}";
    const char *const jobs = "{at: 0, class: a, size: 10}, {at: 1, class: a, size: 4}";
    schedule("monitor", ONE, classes, jobs, "rescale: true, average: 1 s");
    ck_assert(finished_s(0) == 10);
    ck_assert(finished_s(1) == 12);
    ck_assert_double_eq_tol(metric_of(env, "quality_mean"), .95, 1e-12);
    clear();
    schedule("monitor:busy=5", ONE, classes, jobs, "rescale: true, average: 1 s");
    ck_assert(finished_s(1) == 14);
    clear();
}
END_TEST

/* The fast one is free from 1 s on. At 2 s the averages are .63 exp(-1) = .23 and 1 - exp(-2) =
 * .86: what is left of the second, 8 s, takes 4 there. */
START_TEST(monitor_moves_tasks_off_busy_devices)
{
    const char *const devices = "{name: fast, speed: 2}, {name: slow}";
    const char *const jobs = "{at: 0, class: a, size: 2}, {at: 0, class: a, size: 10}";
    const char *const decision = "migrate: true, average: 1 s, quantum: 1 s";
    schedule("monitor:busy=0.7", devices, "{name: a}", jobs, decision);
    ck_assert(finished_s(0) == 1);
    ck_assert(fabs(finished_s(1) - 6) < 2e-9);
    clear();
    schedule("monitor:busy=5", devices, "{name: a}", jobs, decision);
    ck_assert(finished_s(1) == 10);
    clear();
}
END_TEST

/* The same rule without the loop is `shortest`: paired over seeds, more than 5 standard errors. */
START_TEST(monitor_beats_the_rule_without_it_under_memory_pressure)
{
    enum { SEEDS = 8 };
    const char *const sets[] = {"end.jobs=900", NULL};
    scenario = load_scenario("memory-pressure-v1", sets);
    env = new_env(scenario);
    double sum = 0, squares = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        double response_s[2];
        for (int k = 0; k < 2; k++) {
            agent = new_agent(k ? "monitor" : "shortest", scenario);
            play(env, agent, seed);
            response_s[k] = metric_of(env, "response_mean_s");
            poise_agent_free(agent);
        }
        const double gained_s = response_s[0] - response_s[1];
        sum += gained_s;
        squares += gained_s * gained_s;
    }
    const double mean = sum / SEEDS;
    ck_assert_double_gt(mean / sqrt((squares / SEEDS - mean * mean) / (SEEDS - 1)), 5);
    poise_env_free(env);
    poise_scenario_free(scenario);
}
END_TEST

#define UNEQUAL "{name: slow, queue: unlimited}, {name: fast, queue: unlimited, speed: 2}"

/* The fast one is busy until 10 s: a task of 4 would be done there at 12, on the slow one at 5. */
START_TEST(min_min_counts_what_waits_in_front)
{
    schedule("min_min", UNEQUAL, "{name: a}",
             "{at: 0, class: a, size: 20}, {at: 1, class: a, size: 4}", "");
    ck_assert(finished_s(0) == 10);
    ck_assert(finished_s(1) == 5);
    clear();
}
END_TEST

/* Levels: 3 of the chain's first task, 2.5 of the task alone, 2 and 1 of the rest. */
START_TEST(hlfet_goes_by_the_way_to_the_end)
{
    schedule(
        "hlfet", ONE, "{name: c}, {name: j, graph: g}", "{at: 0, class: j, size: 1}",
        "window: 8}\ngraphs: [{name: g, class: c, tasks: [{name: one, size: 1}, {name: alone, "
        "size: "
        "2.5}, {name: two, size: 1, after: one}, {name: three, size: 1, after: two}]}]\nreward: "
        "{flow: 1");
    const double starts[] = {0, 1, 3.5, 4.5};
    for (int k = 0; k < 4; k++)
        ck_assert(fabs(started_s(k) - starts[k]) < 2e-9);
    clear();
}
END_TEST

/* Two wait at the second server: pressure 1 - 2 of the job that would go there, 1 of the other. */
START_TEST(max_pressure_sends_nothing_to_where_much_waits)
{
    schedule(
        "max_pressure", "{name: one, speed: {one: 1}}, {name: two, speed: {two: 1}}",
        "{name: first, kind: one}, {name: second, kind: two}, {name: other, kind: one}, {name: "
        "crossing, graph: g}",
        "{at: 0, class: second, size: 10}, {at: 0, class: second, size: 10}, "
        "{at: 0, class: second, size: 10}, {at: 1, class: crossing, size: 1}, "
        "{at: 1, class: other, size: 1}",
        "window: 8}\ngraphs: [{name: g, tasks: [{name: a, class: first, size: 1}, {name: b, class: "
        "second, size: 1, after: a}]}]\nreward: {flow: 1");
    for (int k = 0; k < 6; k++) {
        const poise_episode ep = poise_env_episode(env);
        const poise_record *r = &ep.record[k];
        if (r->class_id == 0)
            ck_assert(r->started_ns == 2000000000);
        if (r->class_id == 2)
            ck_assert(r->started_ns == 1000000000);
    }
    clear();
}
END_TEST

/* Ticks at whole seconds. The second device has had nothing to do for 5 s at 5 s and goes to sleep;
 * the job of 20 s finds it so, and waits for 10 s while it boots. With more patience it starts at
 * once. */
START_TEST(the_autoscaler_is_patient)
{
    const char *const devices = "{name: d, count: 2, sleep: {boot: 10 s}}";
    const char *const jobs = "{at: 0, class: a, size: 100}, {at: 20, class: a, size: 1}";
    schedule("autoscaler:patience=5:spare=0", devices, "{name: a}", jobs,
             "power: true, quantum: 1 s");
    ck_assert(finished_s(1) == 31);
    clear();
    schedule("autoscaler:patience=50:spare=0", devices, "{name: a}", jobs,
             "power: true, quantum: 1 s");
    ck_assert(finished_s(1) == 21);
    clear();
    /* One that waits is not more than one for each that is awake: it waits for the first. */
    schedule("autoscaler:patience=5:spare=0:up=1", devices, "{name: a}", jobs,
             "power: true, quantum: 1 s");
    ck_assert_double_eq(finished_s(1), 101);
    clear();
    /* One idle device is spared. */
    schedule("autoscaler:patience=5:spare=1", devices, "{name: a}", jobs,
             "power: true, quantum: 1 s");
    ck_assert(finished_s(1) == 21);
    clear();
}
END_TEST

static int fate(int job)
{
    return poise_env_episode(env).record[job].fate;
}

/* 3,000 choices between three groups: each has 1,000, standard deviation 26. */
START_TEST(chance_takes_all_alike)
{
    int n[3] = {0};
    scenario = scenario_of(
        "poise: 1\nname: lot-v1\ntitle: t\nabout: t\ndevices: [{name: a, queue: unlimited}, "
        "{name: b, queue: unlimited}, {name: c, queue: unlimited}]\ndecision: {window: 1}\n"
        "workload: {classes: [{name: j, size: 1}], sources: [{type: batch, jobs: 3000, class: "
        "j}]}\n");
    play_out("random");
    for (int i = 0; i < 3000; i++)
        n[poise_env_episode(env).record[i].group]++;
    for (int g = 0; g < 3; g++)
        ck_assert_int_lt(abs(n[g] - 1000), 110);
    clear();
}
END_TEST

/* Sums of what is needed times what is free, halved: .5 for the first, .35 and .55. Beside the
 * third 8 cores and 1 r are free: the second, not the first. In order of arrival the first leaves
 * no room for either. */
START_TEST(tetris_starts_what_aligns_best)
{
    const char *const jobs = "{at: 0, class: c, size: 10, cores: 5, resources: {r: 5}}, "
                             "{at: 0, class: c, size: 10, cores: 6, resources: {r: 1}}, "
                             "{at: 0, class: c, size: 10, cores: 2, resources: {r: 9}}";
    schedule("tetris", "{name: m, law: cores, cores: 10, resources: {r: 10}}", CLASS, jobs,
             "window: 8");
    const double start_s[] = {10, 0, 0};
    for (int i = 0; i < 3; i++)
        ck_assert(started_s(i) == start_s[i]);
    clear();
    schedule("fifo", "{name: m, law: cores, cores: 10, resources: {r: 10}}", CLASS, jobs,
             "window: 8");
    ck_assert(started_s(0) == 0);
    ck_assert(started_s(1) == 10);
    clear();
}
END_TEST

/* At 2 s the first is in service and the second waits. At 6 s both are gone. */
START_TEST(beyond_a_number_in_the_system_tasks_are_refused)
{
    const char *const jobs = "{at: 0, class: a, size: 5}, {at: 1, class: a, size: 1}, "
                             "{at: 2, class: a, size: 1}, {at: 6, class: a, size: 1}";
    schedule("admission:tasks=2", ONE, "{name: a}", jobs, "reject: true");
    ck_assert_int_eq(fate(2), POISE_REJECTED);
    ck_assert(started_s(1) == 5);
    ck_assert(started_s(3) == 6);
    clear();
    schedule("admission:tasks=1", ONE, "{name: a}", jobs, "reject: true");
    ck_assert_int_eq(fate(1), POISE_REJECTED);
    ck_assert_int_eq(fate(2), POISE_REJECTED);
    ck_assert(started_s(3) == 6);
    clear();
}
END_TEST

/* By deadline the jobs end at 2, 5, 9, and 14 > 13: of 2, 3, 4 and 5 s the last is given up, then
 * that of 6 s ends at 15 <= 18. */
START_TEST(the_longest_is_given_up_where_one_would_be_late)
{
    const double start_s[] = {5, 0, 9, 2, 15};
    schedule_file("moore_hodgson", "edd-v1");
    for (int i = 0; i < 5; i++)
        ck_assert(started_s(i) == start_s[i]);
    ck_assert(metric_of(env, "late") == 1);
    clear();
    /* 2, 5, 9 > 6: the 4 s are given up; 5 + 6 > 9: the 6 s are; 5 + 5 <= 11. */
    schedule("moore_hodgson", ONE,
             "{name: a, deadline: 6}, {name: b, deadline: 4}, {name: c, deadline: 9}, "
             "{name: d, deadline: 5}, {name: e, deadline: 11}",
             "{at: 0, class: a, size: 4}, {at: 0, class: b, size: 2}, {at: 0, class: c, size: 6}, "
             "{at: 0, class: d, size: 3}, {at: 0, class: e, size: 5}",
             "window: 8");
    const double tight_s[] = {10, 0, 14, 2, 5};
    for (int i = 0; i < 5; i++)
        ck_assert(started_s(i) == tight_s[i]);
    ck_assert(metric_of(env, "late") == 2);
    clear();
}
END_TEST

/* At 10 s the second has waited for 8 s for its 4 on 2 cores, the third for 6 s for its 2 on 3.
 * WFP3: 2^3 x 2 and 3^3 x 3. UNICEP: 8 / (1 x 4) and 6 / (1.58 x 2). F1: .6 x 2 + 870 x .3 and .3 x
 * 3 + 870 x .6, of which the least. */
START_TEST(wide_jobs_are_weighed_by_wait_and_time)
{
    const char *const machine = "{name: m, law: cores, cores: 4}";
    const char *const jobs = "{at: 0, class: a, size: 10, cores: 4}, "
                             "{at: 2, class: a, size: 4, cores: 2}, "
                             "{at: 4, class: a, size: 2, cores: 3}";
    const struct {
        const char *rule;
        double second_s, third_s;
    } want[] = {{"WFP3", 12, 10}, {"UNICEP", 10, 14}, {"F1", 10, 14}};
    for (int i = 0; i < 3; i++) {
        schedule(want[i].rule, machine, "{name: a}", jobs, "window: 8");
        ck_assert(started_s(1) == want[i].second_s);
        ck_assert(started_s(2) == want[i].third_s);
        clear();
    }
}
END_TEST

/* One task of 10 s at a, one of 1 s at b: as many, but not as much. */
START_TEST(the_shortest_queue_is_not_that_with_the_least_work)
{
    const char *const jobs = "{at: 0, class: c, size: 10}, {at: 0, class: c, size: 1}, "
                             "{at: 0, class: c, size: 1}";
    schedule("join_shortest_queue", TWO, CLASS, jobs, "window: 8");
    ck_assert(started_s(2) == 10);
    clear();
    schedule("least_work_left", TWO, CLASS, jobs, "window: 8");
    ck_assert(started_s(2) == 1);
    clear();
}
END_TEST

/* 2, 4, 6 and 8 of 20 for works of 1, 4, 9 and 16: the first ends at 1 / 2, all at 30 / 20. With at
 * most 7 for each the last has less than its root. */
START_TEST(parts_by_square_roots_are_those_of_lagrange)
{
    double end_s[4];
    schedule_file("lagrangian", "square-root-v1");
    for (int i = 0; i < 4; i++)
        end_s[i] = finished_s(i);
    clear();
    schedule_file("square_root", "square-root-v1");
    ck_assert_double_eq_tol(finished_s(0), .5, 1e-8);
    ck_assert_double_eq_tol(finished_s(3), 1.5, 1e-8);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(finished_s(i), end_s[i], 1e-8);
    clear();
    /* 13 / 6 s for the first of 13/6, 13/3, 13/2 and 7. */
    schedule("square_root", "{name: link, law: shared, capacity: 20, cap: 7}", "{name: a}",
             "{at: 0, class: a, size: 1}, {at: 0, class: a, size: 4}, {at: 0, class: a, size: 9}, "
             "{at: 0, class: a, size: 16}",
             "mode: share");
    ck_assert_double_eq_tol(finished_s(0), 6. / 13, 1e-8);
    clear();
}
END_TEST

/* Items on bins, largest first, each into the first bin that takes it. */
static int bins_used(int n_bins, int capacity, const char *const *items, int n_items)
{
    char bins[128], jobs[2048];
    size_t at = 0;
    snprintf(bins, sizeof bins, "{name: bin, count: %d, apart: true, law: cores, cores: %d}",
             n_bins, capacity);
    for (int i = 0; i < n_items; i++)
        at += (size_t)snprintf(jobs + at, sizeof jobs - at,
                               "%s{at: 0, class: c, size: 1, cores: %s}", i ? ", " : "", items[i]);
    schedule("first_fit", bins, CLASS, jobs, "window: 16");
    bool used[16] = {false};
    int n_used = 0;
    for (int i = 0; i < n_items; i++) {
        ck_assert(started_s(i) == 0);
        used[poise_env_episode(env).record[i].group] = true;
    }
    for (int b = 0; b < n_bins; b++)
        n_used += used[b];
    clear();
    return n_used;
}

/* Totals of 36 and 180 need four bins of 10 and three of 60 at least. */
START_TEST(first_fit_of_the_largest_first_fills_as_few_bins_as_can_be)
{
    const char *const nine[] = {"7", "6", "5", "4", "4", "3", "3", "2", "2"};
    ck_assert_int_eq(bins_used(9, 10, nine, 9), 4);
    const char *const ten[] = {"44", "24", "24", "22", "21", "17", "8", "8", "6", "6"};
    ck_assert_int_eq(bins_used(10, 60, ten, 10), 3);
}
END_TEST

START_TEST(backfilling_agents_are_fifo_where_the_scenario_backfills)
{
    static const char *const ways[] = {"easy", "conservative"};
    for (int w = 0; w < 2; w++) {
        char set[64];
        snprintf(set, sizeof set, "decision.backfill=%s", ways[w]);
        const char *const sets[] = {set, "warmup.jobs=0", "end.jobs=400", NULL};
        scenario = load_scenario("gang-training-v1", sets);
        env = new_env(scenario);
        uint64_t hash[2];
        for (int k = 0; k < 2; k++) {
            agent = new_agent(k ? ways[w] : "fifo", scenario);
            play(env, agent, 5);
            hash[k] = poise_env_hash(env);
            poise_agent_free(agent);
        }
        ck_assert_uint_eq(hash[0], hash[1]);
        poise_error err;
        ck_assert_ptr_null(poise_agent_new(ways[!w], poise_scenario_space(scenario), 1, &err));
        poise_env_free(env);
        poise_scenario_free(scenario);
    }
}
END_TEST

static void expect_refused(const char *name, const char *spec, const char *says)
{
    poise_error err;
    poise_scenario *s = load_scenario(name, NULL);
    ck_assert_ptr_null(poise_agent_new(spec, poise_scenario_space(s), 1, &err));
    ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
    poise_scenario_free(s);
}

START_TEST(who_is_for_other_scenarios_says_what_to_set)
{
    expect_refused("mm1-v1", "easy", "--set decision.commit=pass --set decision.backfill=easy");
    expect_refused("gang-training-v1", "conservative", "--set decision.backfill=conservative");
    expect_refused("processor-sharing-v1", "easy", "none is booked");
    expect_refused("srpt-v1", "conservative", "displaced");
    expect_refused("mm1-v1", "admission", "--set decision.reject=true");
}
END_TEST

START_TEST(other_names_are_of_agents_that_there_are)
{
    char text[256];
    const poise_agent_alias *last = NULL;
    for (const poise_agent_alias *a = poise_agent_aliases; a->name; last = a++) {
        ck_assert_msg(poise_agent_find(a->agent) != NULL, "%s", a->agent);
        ck_assert_str_eq(poise_agent_find(a->agent)->name, a->agent);
        ck_assert_str_eq(poise_agent_find(a->name)->name, a->agent);
        if (last)
            ck_assert_str_lt(last->name, a->name);
        for (const poise_agent_type *const *t = poise_agent_types; *t; t++)
            ck_assert_str_ne((*t)->name, a->name);
    }
    poise_scenario *s = load_scenario("mm1-v1", NULL);
    agent = new_agent("JSQ", s);
    poise_agent_describe(agent, text, sizeof text);
    ck_assert_str_eq(text, "least_loaded");
    poise_agent_free(agent);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "rules", last_in_is_first_out, the_longest_goes_first, the_earliest_deadline_goes_first,
        the_least_served_goes_first, most_weight_per_second_goes_first,
        the_slow_server_waits_for_enough_tasks, of_two_queues_the_emptier_is_taken,
        the_latest_of_the_earliest_ends_goes_first, who_suffers_most_goes_first,
        a_flow_shop_goes_in_johnsons_order, the_smallest_dominant_share_goes_first,
        a_graph_goes_by_rank_to_where_it_ends_first, the_class_with_most_tasks_goes_first,
        an_idle_device_is_fed_first, wait_awhile_spares_dirty_hours_while_there_is_time,
        least_laxity_counts_what_is_left_to_do, critical_ratio_divides_time_left_by_work_left,
        the_highest_response_ratio_lets_long_tasks_grow,
        the_shortest_remaining_displaces_whoever_has_more_left,
        due_dates_displace_nobody_but_deadlines_do, tiresias_has_two_queues,
        the_fastest_device_gets_all, c_mu_knows_classes_only,
        monitor_goes_to_small_profiles_where_memory_is_full, monitor_prunes_where_devices_are_busy,
        monitor_moves_tasks_off_busy_devices,
        monitor_beats_the_rule_without_it_under_memory_pressure, min_min_counts_what_waits_in_front,
        hlfet_goes_by_the_way_to_the_end, max_pressure_sends_nothing_to_where_much_waits,
        the_autoscaler_is_patient, chance_takes_all_alike, tetris_starts_what_aligns_best,
        beyond_a_number_in_the_system_tasks_are_refused,
        the_longest_is_given_up_where_one_would_be_late, wide_jobs_are_weighed_by_wait_and_time,
        the_shortest_queue_is_not_that_with_the_least_work,
        parts_by_square_roots_are_those_of_lagrange,
        first_fit_of_the_largest_first_fills_as_few_bins_as_can_be,
        backfilling_agents_are_fifo_where_the_scenario_backfills,
        who_is_for_other_scenarios_says_what_to_set, other_names_are_of_agents_that_there_are);
}
