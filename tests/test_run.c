/* Tasks that may do other than run at one speed from start to end: by hand, and against those that
 * do not. */
#include <math.h>

#include "scenario.h"
#include "support.h"

/* The same scenario through the code that can do all, where nothing asks for it. */
static poise_scenario *generalised(const char *name)
{
    poise_scenario *s = load_scenario(name, NULL);
    s->has_runs = true;
    return s;
}

static const char *const names[] = {"mm1-v1",      "mmc-v1",     "mg1-v1",    "two-devices-v1",
                                    "dispatch-v1", "gpu-mix-v1", "hpc-swf-v1"};
static const char *const rules[] = {"fifo", "shortest", "random", "least_loaded"};

static void expect_same(const poise_episode *a, const poise_episode *b, const char *what)
{
    ck_assert_msg(a->hash == b->hash && a->n_records == b->n_records, "%s", what);
    for (int64_t i = 0; i < a->n_records; i++)
        if (a->record[i].started_ns != b->record[i].started_ns ||
            a->record[i].finished_ns != b->record[i].finished_ns ||
            a->record[i].device != b->record[i].device)
            ck_abort_msg("%s: record %lld", what, (long long)i);
    double e = a->totals.energy_j;
    ck_assert_msg(fabs(b->totals.energy_j - e) <= 1e-9 * e, "%s: energy", what);
    for (int g = 0; g < a->scenario->n_groups; g++)
        ck_assert_msg(a->totals.busy_s[g] == b->totals.busy_s[g], "%s: busy", what);
    ck_assert_int_eq(a->totals.finished, b->totals.finished);
    ck_assert_int_eq(a->totals.decisions, b->totals.decisions);
}

START_TEST(what_can_do_all_does_the_same_where_nothing_asks_for_it)
{
    for (int i = 0; i < 7; i++) {
        poise_scenario *plain = load_scenario(names[i], NULL), *all = generalised(names[i]);
        poise_env *a = new_env(plain), *b = new_env(all);
        for (int k = 0; k < 4; k++) {
            poise_agent *one = new_agent(rules[k], plain), *two = new_agent(rules[k], all);
            double left = play(a, one, 3), right = play(b, two, 3);
            poise_episode x = poise_env_episode(a), y = poise_env_episode(b);
            expect_same(&x, &y, names[i]);
            ck_assert(fabs(left - right) <= 1e-9 * fabs(left));
            poise_agent_free(one);
            poise_agent_free(two);
        }
        poise_env_free(a);
        poise_env_free(b);
        poise_scenario_free(plain);
        poise_scenario_free(all);
    }
}
END_TEST

/* ---- by hand ------------------------------------------------------------------------------ */

/* A scenario of `devices`, with classes, sources and all else in `rest`. */
#define OF(devices, rest)                                                                          \
    "poise: 1\nname: hand-v1\ntitle: by hand\ndevices:\n  - {name: d, " devices "}\n" rest

typedef struct hand {
    poise_scenario *s;
    poise_env *e;
    poise_episode ep;
    double reward;
} hand;

static hand play_hand(const char *yaml, const char *agent)
{
    hand h = {.s = scenario_of(yaml)};
    h.e = new_env(h.s);
    poise_agent *a = new_agent(agent, h.s);
    h.reward = play(h.e, a, 1);
    ck_assert_str_eq(poise_env_error(h.e), "");
    h.ep = poise_env_episode(h.e);
    poise_agent_free(a);
    return h;
}

static void end_hand(hand *h)
{
    poise_env_free(h->e);
    poise_scenario_free(h->s);
}

/* Seconds at which a task ended, to the tick. */
static double ended(const hand *h, int task)
{
    return 1e-9 * (double)h->ep.record[task].finished_ns;
}

static void expect_ends(const hand *h, int n, const double *end_s)
{
    ck_assert_int_eq(h->ep.n_records, n);
    for (int i = 0; i < n; i++)
        ck_assert_msg(fabs(ended(h, i) - end_s[i]) <= 2e-9, "task %d ended at %.9f, not %.9f", i,
                      ended(h, i), end_s[i]);
}

#define ENDS(h, ...)                                                                               \
    expect_ends(h, (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)),                  \
                (const double[]){__VA_ARGS__})

/* 10 s from 0; at 1 a task of 2 s displaces it: done at 3. The first goes on with 9 s left after
 * 0.5 s of set-up: 3 + 0.5 + 9. */
START_TEST(a_displaced_task_goes_on_where_it_was_after_its_set_up)
{
    hand h = play_hand(OF("idle: 0 W, busy: 10 W",
                          "workload:\n  classes: [{name: a, change: {time: 500 ms}}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}, {at: 1, "
                          "class: a, size: 2}]}]\ndecision: {preempt: resume}\n"),
                       "shortest");
    ENDS(&h, 12.5, 3);
    ck_assert_int_eq(h.ep.more[0].preemptions, 1);
    ck_assert_int_eq(h.ep.record[0].started_ns, 0);
    ck_assert(fabs(h.ep.totals.energy_j - 125) < 1e-9);
    ck_assert(fabs(h.ep.record[0].energy_j - 105) < 1e-9);
    end_hand(&h);
}
END_TEST

/* The same, begun anew: 3 + 10; a quarter lost: 3 + 9 + 0.25. */
START_TEST(a_displaced_task_loses_what_the_scenario_says)
{
    hand h = play_hand(OF("count: 1",
                          "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}, {at: 1, "
                          "class: a, size: 2}]}]\ndecision: {preempt: restart}\n"),
                       "shortest");
    ENDS(&h, 13, 3);
    ck_assert(h.ep.more[0].lost == 1);
    end_hand(&h);
    h = play_hand(OF("count: 1", "workload:\n  classes: [{name: a, change: {lost: 0.25}}]\n"
                                 "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}, "
                                 "{at: 1, class: a, size: 2}]}]\ndecision: {preempt: resume}\n"),
                  "shortest");
    ENDS(&h, 12.25, 3);
    ck_assert(fabs(h.ep.more[0].lost - 0.25) < 1e-9);
    end_hand(&h);
}
END_TEST

/* Two servers with tasks of 8 (a) and 6 (b) at 0; at 1 one of 3: the longer one goes (7 left
 * against 5), and returns at 4 when the short one is done: 4 + 7. */
START_TEST(who_has_least_attention_is_displaced)
{
    hand h = play_hand(OF("count: 2",
                          "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 8}, {at: 0, "
                          "class: a, size: 6}, {at: 1, class: a, size: 3}]}]\n"
                          "decision: {preempt: resume}\n"),
                       "shortest");
    ENDS(&h, 11, 6, 4);
    end_hand(&h);
}
END_TEST

/* Urgent tasks displace others, equals do not: b (priority 1) at 1 displaces a; c (1) at 2 waits.
 */
START_TEST(equals_do_not_displace_each_other)
{
    hand h = play_hand(OF("count: 1",
                          "workload:\n  classes: [{name: a}, {name: b, priority: 1}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 1, "
                          "class: b, size: 3}, {at: 2, class: b, size: 1}]}]\n"
                          "decision: {preempt: resume}\n"),
                       "priority");
    ENDS(&h, 8, 4, 5);
    end_hand(&h);
}
END_TEST

/* Processor sharing: 3 s at 0 and 1 s at 1. Alone until 1 (2 left), then half speed each: the short
 * one takes 2 s, done at 3; the other has 1 left, alone: done at 4. */
START_TEST(a_shared_device_divides_its_speed)
{
    hand h = play_hand(OF("law: shared, idle: 5 W, busy: 25 W",
                          "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 1, "
                          "class: a, size: 1}]}]\n"),
                       "fifo");
    ENDS(&h, 4, 3);
    ck_assert(fabs(h.ep.totals.energy_j - 100) < 1e-9);
    ck_assert(h.ep.totals.busy_s[0] == 4);
    end_hand(&h);
}
END_TEST

/* Capacity 10 shared by caps 2, 2.6, 4 and 5: max-min gives 2, 2.6, 2.7, 2.7 where the caps are not
 * weights. Here w_i c_i is the weight: 10 c / 13.6 each, below all caps: 1.4706, 1.9118, 2.9412,
 * 3.6765. With weights 1 / c that is equal weights, and max-min comes out. Sizes are ten times
 * these speeds, so that all end at 10. */
START_TEST(what_one_cannot_use_of_its_share_is_handed_on)
{
    hand h = play_hand(
        OF("law: shared, capacity: 10, weighted: true",
           "workload:\n  classes: [{name: a, cap: 2, weight: 0.5}, {name: b, cap: 2.6, weight: "
           "0.38461538461538464}, {name: c, cap: 4, weight: 0.25}, {name: e, cap: 5, weight: "
           "0.2}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 20}, {at: 0, class: b, size: "
           "26}, {at: 0, class: c, size: 27}, {at: 0, class: e, size: 27}]}]\n"),
        "fifo");
    for (int i = 0; i < 4; i++)
        ck_assert(fabs(ended(&h, i) - 10) < 1e-6);
    end_hand(&h);
    h = play_hand(
        OF("law: shared, capacity: 10, weighted: true",
           "workload:\n  classes: [{name: a, cap: 2}, {name: b, cap: 2.6}, {name: c, cap: 4}, "
           "{name: e, cap: 5}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 20}, {at: 0, class: b, size: "
           "26}, {at: 0, class: c, size: 40}, {at: 0, class: e, size: 50}]}]\n"),
        "fifo");
    for (int i = 0; i < 4; i++)  // each at 10 / 13.6 of its cap
        ck_assert(fabs(ended(&h, i) - 13.6) < 1e-6);
    end_hand(&h);
}
END_TEST

/* 10 FLOP/s and 4 B/s. A task of 10 FLOP and 1 B per unit is compute bound: a unit a second; one of
 * 2 FLOP and 8 B memory bound: half a unit a second. Side by side the first needs 1 B/s beside the
 * 4 of the second: both at 0.8 of their speed while both run. First: 4 units, second: 1. The second
 * would end at 2 / 0.8 = 2.5; then the first has 4 - 2 = 2 left. */
START_TEST(compute_bound_and_memory_bound_work_differ_on_a_roofline)
{
    hand h = play_hand(OF("law: roofline, flops: 10, bandwidth: 4, room: 2",
                          "workload:\n  classes: [{name: a, flop: 10, byte: 1}, {name: b, flop: 2, "
                          "byte: 8}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 0, "
                          "class: b, size: 1}]}]\n"),
                       "fifo");
    ENDS(&h, 4.5, 2.5);
    end_hand(&h);
    h = play_hand(OF("law: roofline, flops: 10, bandwidth: 4",
                     "workload:\n  classes: [{name: a, flop: 10, byte: 1}, {name: b, flop: 2, "
                     "byte: 8}]\n"
                     "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 0, "
                     "class: b, size: 1}]}]\n"),
                  "fifo");
    ENDS(&h, 4, 6);
    end_hand(&h);
}
END_TEST

/* Each of two devices does half of the 10 FLOP of a unit: two units a second. */
START_TEST(a_gang_divides_its_operations_among_its_devices)
{
    hand h = play_hand(OF("count: 2, law: roofline, flops: 10, bandwidth: 4",
                          "workload:\n  classes: [{name: a, flop: 10, byte: 1, profiles: [{name: "
                          "two, devices: 2}]}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}]}]\n"),
                       "fifo");
    ENDS(&h, 2);
    end_hand(&h);
}
END_TEST

/* Batches of at most 4, 2^0.5 as fast for two: tasks of 1 s at 0, 0.2 and 0.9 with a timeout of
 * 0.5: the first two start at 0.5 and take 2 / sqrt(2) s together; the third waits until they are
 * done (1.914) and then goes at once, being overdue: + 1. */
START_TEST(batches_wait_for_their_timeout_and_run_faster_together)
{
    hand h = play_hand(OF("law: batching, batch: 4, timeout: 500 ms, exponent: 0.5",
                          "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 0.2, "
                          "class: a, size: 1}, {at: 0.9, class: a, size: 1}]}]\n"),
                       "fifo");
    double both = 0.5 + sqrt(2);
    ENDS(&h, both, both, both + 1);
    ck_assert_int_eq(h.ep.record[1].started_ns, 500000000);
    end_hand(&h);
}
END_TEST

/* A full batch goes at once; all of it ends with its longest, 2 s: 2 * 2 / 2^0.5. */
START_TEST(a_full_batch_starts_at_once_and_ends_with_its_longest)
{
    hand h = play_hand(OF("law: batching, batch: 2, timeout: 10, exponent: 0.5",
                          "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 0.5, "
                          "class: a, size: 2}]}]\n"),
                       "fifo");
    double both = 0.5 + 4 / sqrt(2);
    ENDS(&h, both, both);
    end_hand(&h);
}
END_TEST

/* Two of three fit into memory; the third is overdue when they are done. */
START_TEST(a_batch_is_no_larger_than_what_fits_into_memory)
{
    hand h = play_hand(OF("law: batching, batch: 4, timeout: 1, exponent: 1, memory: 8 GB",
                          "workload:\n  classes: [{name: a, memory: 4 GB}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 0, "
                          "class: a, size: 1}, {at: 0, class: a, size: 1}]}]\n"),
                       "fifo");
    ENDS(&h, 2, 2, 3);
    end_hand(&h);
}
END_TEST

/* Continuous batching: alone until 1 (3 left), then 2^0.5 / 2 of full speed each. The second (1 s)
 * takes sqrt(2) s; then the first has 2 left, alone. */
START_TEST(continuous_batches_let_tasks_join_and_leave)
{
    hand h = play_hand(OF("law: batching, batch: 8, exponent: 0.5, continuous: true",
                          "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 1, "
                          "class: a, size: 1}]}]\n"),
                       "fifo");
    ENDS(&h, 3 + sqrt(2), 1 + sqrt(2));
    end_hand(&h);
}
END_TEST

/* a runs at half speed beside b, b at 0.8 beside a. a: 4 units, b: 4 units from 0. b ends at 5; a
 * has done 2.5 by then, 1.5 left: 6.5. */
START_TEST(tasks_interfere_by_the_table_of_their_classes)
{
    hand h = play_hand(OF("law: cores, cores: 2",
                          "interference: [{of: a, beside: b, speed: 0.5}, {of: b, beside: a, "
                          "speed: 0.8}]\n"
                          "workload:\n  classes: [{name: a}, {name: b}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 0, "
                          "class: b, size: 4}]}]\n"),
                       "fifo");
    ENDS(&h, 6.5, 5);
    end_hand(&h);
}
END_TEST

/* 8 GB promised twice: two tasks that use 6 GB each slow down to 8 / 12. Both have 4 s of work: 6
 * s; with a floor of 0.9: 4 / 0.9. */
START_TEST(a_device_short_of_memory_slows_down)
{
    const char *yaml = OF("law: cores, cores: 2, memory: 8 GB, overcommit: 2, pressure: slow",
                          "workload:\n  classes: [{name: a, memory: 6 GB}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 0, "
                          "class: a, size: 4}]}]\n");
    hand h = play_hand(yaml, "fifo");
    ENDS(&h, 6, 6);
    ck_assert(fabs(h.ep.totals.memory_peak - 1.5) < 1e-12);
    end_hand(&h);
    h = play_hand(
        OF("law: cores, cores: 2, memory: 8 GB, overcommit: 2, pressure: slow, floor: 0.9",
           "workload:\n  classes: [{name: a, memory: 6 GB}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 0, "
           "class: a, size: 4}]}]\n"),
        "fifo");
    ENDS(&h, 4 / 0.9, 4 / 0.9);
    end_hand(&h);
}
END_TEST

/* They ask for 4 GB and use 6: at 1 the newer is killed as it starts, at 4 it has room. */
START_TEST(a_device_short_of_memory_kills_the_newest)
{
    hand h = play_hand(OF("law: cores, cores: 2, memory: 8 GB, pressure: kill",
                          "workload:\n  classes: [{name: a, memory: 6 GB, request: 4 GB}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 1, "
                          "class: a, size: 3}]}]\n"),
                       "fifo");
    ENDS(&h, 4, 7);
    ck_assert_int_ge(h.ep.more[1].preemptions, 1);
    ck_assert_int_eq(h.ep.more[0].preemptions, 0);
    end_hand(&h);
}
END_TEST

/* The same where they share: who is killed does not join again at the same instant. */
START_TEST(who_shares_a_device_short_of_memory_is_killed_once_at_a_time)
{
    hand h = play_hand(OF("law: shared, memory: 8 GB, pressure: kill",
                          "workload:\n  classes: [{name: a, memory: 6 GB, request: 4 GB}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 1, "
                          "class: a, size: 3}]}]\ndecision: {mode: share}\n"),
                       "fifo");
    ENDS(&h, 4, 7);
    ck_assert_int_eq(h.ep.more[1].preemptions, 1);
    end_hand(&h);
}
END_TEST

/* A job on one device (rule: as soon as it can), moved to the profile of two devices when the
 * second is free at 2: 8 units, 2 done, 1 s of change, 6 left at speed 1.5: 2 + 1 + 4. */
START_TEST(a_running_task_changes_its_profile_at_a_cost)
{
    hand h = play_hand(OF("count: 2",
                          "workload:\n  classes:\n"
                          "    - {name: a, change: {time: 1}, profiles: [{name: one}, {name: two, "
                          "devices: 2, speed: 1.5}]}\n    - {name: b}\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: b, size: 2}, {at: 0, "
                          "class: a, size: 8}]}]\ndecision: {rescale: true}\n"),
                       "shortest");
    ENDS(&h, 2, 7);
    ck_assert_int_eq(h.ep.record[1].profile, 1);
    end_hand(&h);
}
END_TEST

/* Four devices in step, 100 MB reduced after each unit over 1 GB/s and 1 ms: a unit takes 1/4 s of
 * computing, 2 * 3 / 4 * 0.1 s of bandwidth and 6 ms of latency. */
START_TEST(several_devices_pay_for_their_all_reduce)
{
    const char *yaml =
        OF("count: 4, link: {bandwidth: 1e9, latency: 1 ms}",
           "workload:\n  classes: [{name: a, sync: {bytes: 100 MB}, profiles: [{name: four, "
           "devices: 4}]}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}]}]\n");
    hand h = play_hand(yaml, "fifo");
    ENDS(&h, 10 * (0.25 + 0.15 + 0.006));
    ck_assert(h.ep.totals.busy_s[0] > 4 * ended(&h, 0) - 1e-6);
    end_hand(&h);
}
END_TEST

/* Two stragglers of three times the time: in step all wait for the slowest, else each does what it
 * can: 12 units on 2 devices take 18 s either way if both are as slow, against 6. */
START_TEST(the_slowest_device_sets_the_pace_in_step)
{
    hand h = play_hand(
        OF("count: 2", "workload:\n  classes: [{name: a, sync: {straggler: 3}, profiles: [{name: "
                       "two, devices: 2}]}]\n"
                       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 12}]}]\n"),
        "fifo");
    ENDS(&h, 18);
    end_hand(&h);
    const char *draws = "straggler: {distribution: empirical, values: [1, 3]}";
    char yaml[2048];
    double end_s[2];
    for (int k = 0; k < 2; k++) {
        snprintf(yaml, sizeof yaml,
                 OF("count: 8", "workload:\n  classes: [{name: a, sync: {mode: %s, %s}, profiles: "
                                "[{name: all, devices: 8}]}]\n"
                                "  sources: [{type: list, jobs: [{at: 0, class: a, size: 24}]}]\n"),
                 k ? "asynchronous" : "synchronous", draws);
        h = play_hand(yaml, "fifo");
        end_s[k] = ended(&h, 0);
        end_hand(&h);
    }
    /* n of 8 are slow: 24 / (8 - n + n / 3) s without waiting, 9 with. */
    ck_assert(fabs(end_s[0] - 9) < 1e-8);
    double n = (8 - 24 / end_s[1]) * 1.5;
    ck_assert(fabs(n - round(n)) < 1e-6 && n > 0.5 && n < 7.5);
}
END_TEST

/* Power = speed^3: 10 units at 2.5 units a second and 15.625 W take 4 s and 62.5 J; a group capped
 * to 1/8 of its dynamic power runs at half speed. */
START_TEST(a_profile_has_its_own_power_and_a_cap_costs_speed)
{
    hand h = play_hand(OF("count: 1",
                          "workload:\n  classes: [{name: a, profiles: [{name: slow, speed: 2.5, "
                          "busy: 15.625 W}]}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}]}]\n"),
                       "fifo");
    ENDS(&h, 4);
    ck_assert(fabs(h.ep.totals.energy_j - 62.5) < 1e-9);
    end_hand(&h);
    h = play_hand(
        OF("count: 2, idle: 10 W, busy: 90 W, power_cap: 40 W",
           "workload:\n  classes: [{name: a}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, class: a, "
           "size: 3}]}]\n"),
        "fifo");
    ENDS(&h, 6, 6);
    ck_assert(fabs(h.ep.totals.energy_j - 240) < 1e-6);
    end_hand(&h);
}
END_TEST

/* Killed at its limit: asks for 3 s, would take 5. Killed at its deadline while it waits: at 2. */
START_TEST(tasks_are_killed_at_their_limit_and_their_deadline)
{
    hand h = play_hand(
        OF("count: 1",
           "workload:\n  classes: [{name: a, limit: kill}, {name: b, deadline: 2, late: kill}, "
           "{name: c, deadline: 2}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 5, estimate: 3}, {at: 0, "
           "class: "
           "b, size: 1}, {at: 0, class: c, size: 1}]}]\n"
           "decision: {sizes: estimate}\nreward: {flow: 0, late: 1, dropped: 10}\n"),
        "fifo");
    ck_assert_int_eq(h.ep.record[0].fate, POISE_KILLED);
    ck_assert_int_eq(h.ep.record[1].fate, POISE_KILLED);
    ck_assert_int_eq(h.ep.record[2].started_ns, 3000000000);
    ck_assert_int_eq(h.ep.totals.killed, 2);
    ck_assert_int_eq(h.ep.totals.late, 2);
    ck_assert_int_eq(h.ep.totals.dropped, 2);
    ck_assert(h.reward == -22);
    end_hand(&h);
}
END_TEST

/* A device of 8 GPUs in thousandths: 600, 600 and 400 share no GPU they do not fit on: 600 + 400 on
 * the first, 600 on the second; a task of 2000 takes two whole ones; one of 7000 has to wait for
 * five of them. */
START_TEST(a_fraction_of_a_device_stays_within_one_part)
{
    hand h = play_hand(
        OF("law: cores, cores: 8000, parts: 8",
           "workload:\n  classes: [{name: a, cores: 600}, {name: b, cores: 400}, {name: c, cores: "
           "2000}, {name: e, cores: 5000}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 0, class: a, size: "
           "1}, {at: 0, class: b, size: 4}, {at: 0, class: c, size: 4}, {at: 0, class: e, size: "
           "1}]}]\n"),
        "fifo");
    /* Whole parts left: 8 - 2 - 2 = 4, so e (5) waits for the second part at 1. */
    ENDS(&h, 4, 1, 4, 4, 2);
    end_hand(&h);
}
END_TEST

START_TEST(named_resources_bound_what_runs_side_by_side)
{
    hand h = play_hand(OF("law: cores, cores: 10, resources: {licence: 1, disk: 5}",
                          "workload:\n  classes: [{name: a, resources: {licence: 1}}, {name: b, "
                          "resources: {disk: 3}}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 2}, {at: 0, "
                          "class: a, size: 2}, {at: 0, class: b, size: 3}, {at: 0, class: b, size: "
                          "3}]}]\n"),
                       "fifo");
    ENDS(&h, 2, 4, 3, 6);
    end_hand(&h);
}
END_TEST

/* Shares by weights 1, 2, 3, 4 of a capacity of 20: 2, 4, 6, 8 - the square roots of 1, 4, 9, 16 -
 * so works of 1, 4, 9, 16 end at 0.5, 1, 1.5, 2 while the weights stand. */
START_TEST(attention_divides_a_shared_device)
{
    poise_scenario *s = scenario_of(
        OF("law: shared, capacity: 20, cap: 20, weighted: true",
           "workload:\n  classes: [{name: a}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 0, class: a, size: "
           "4}, {at: 0, class: a, size: 9}, {at: 0, class: a, size: 16}]}]\n"
           "decision: {mode: share, attention: weights}\n"));
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    ck_assert_int_eq(poise_env_view(e)->n_candidates, 4);
    const double first[4] = {1, 2, 3, 4};
    poise_env_step(e, first);
    /* All of it changes hands at 0.5: 2, 3, 4 over 9. */
    ck_assert(fabs(poise_env_view(e)->now_s - 0.5) < 1e-9);
    ck_assert_int_eq(poise_env_view(e)->n_candidates, 3);
    ck_assert(fabs(poise_env_view(e)->task[0].size - 2) < 1e-6);
    const double one[3] = {1, 0, 0};
    poise_env_step(e, one);  // 2 units at 20 a second
    ck_assert(fabs(poise_env_view(e)->now_s - 0.6) < 1e-6);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Two works of 2 and 1 under equal parts, and one of 1 from 3 s on. */
#define STANDING(decision)                                                                         \
    OF("law: shared",                                                                              \
       "workload:\n  classes: [{name: a}]\n"                                                       \
       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 2}, {at: 0, class: "               \
       "a, size: 1}, {at: 3, class: a, size: 1}]}]\n"                                              \
       "decision: {mode: share, stand: true" decision "}\n")

/* The same as play_hand where attention is divided. */
static hand share_hand(poise_scenario *s, const char *agent)
{
    hand h = {.s = s, .e = new_env(s)};
    poise_agent *a = new_agent(agent, s);
    poise_env_reset(h.e, 1);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 1);
    while (poise_env_running(h.e))
        poise_agent_step(a, h.e);
    ck_assert_str_eq(poise_env_error(h.e), "");
    h.ep = poise_env_episode(h.e);
    poise_agent_free(a);
    return h;
}

START_TEST(parts_that_stand_are_not_used_by_others_until_a_task_comes)
{
    /* The second ends at 2; the first, with 1 left, stays at a half: 1/2 left at 3, when parts are
     * decided again, and done at 4. The third keeps its half: 3 + 2. */
    hand h = share_hand(scenario_of(STANDING("")), "equal_share");
    ENDS(&h, 4, 2, 5);
    ck_assert_int_eq(h.ep.totals.decisions, 2);
    end_hand(&h);
    /* At 2.5 the first gets all: 3/4 left, 1/4 at 3, then half the speed again: done at 3.5. The
     * third is done before it could be given more. */
    h = share_hand(scenario_of(STANDING(", quantum: 2.5 s")), "equal_share");
    ENDS(&h, 3.5, 2, 5);
    ck_assert_int_eq(h.ep.totals.decisions, 3);
    end_hand(&h);
}
END_TEST

/* Square roots, and equal parts: 1 / 2 + 4 / 4 + 9 / 6 + 16 / 8 = 5, and 30 / 5 = 6. */
START_TEST(works_under_parts_that_stand_take_as_long_as_theory_says)
{
    const char *const sets[] = {"decision.stand=true", NULL};
    static const char *const agent[] = {"square_root", "lagrangian", "equal_share",
                                        "proportional_share"};
    static const double mean_s[] = {1.25, 1.25, 1.5, 1.5};
    for (int k = 0; k < 4; k++) {
        hand h = share_hand(load_scenario("square-root-v1", sets), agent[k]);
        ck_assert(fabs(metric_of(h.e, "response_mean_s") - mean_s[k]) < 1e-8);
        end_hand(&h);
    }
}
END_TEST

/* The softmax of equal attention is equal shares; log 3 against 0 is three to one. */
START_TEST(softmax_of_attention_is_a_weight)
{
    poise_scenario *s = scenario_of(
        OF("law: shared, weighted: true",
           "workload:\n  classes: [{name: a}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, class: a, size: "
           "3}]}]\ndecision: {mode: share}\n"));
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const double attention[2] = {log(3), 0};
    poise_env_step(e, attention);
    ck_assert(fabs(poise_env_view(e)->now_s - 4) < 1e-6);
    ck_assert(fabs(poise_env_view(e)->task[0].size - 2) < 1e-6);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* exp(-700) of the server: its task would end in 1e304 s. It has the server alone from 3 to 6. */
START_TEST(next_to_no_attention_is_a_task_that_stands_still)
{
    poise_scenario *s = scenario_of(
        OF("law: shared", "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, "
                          "class: a, size: 3}]}]\ndecision: {mode: share}\n"));
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const double attention[2] = {0, -700};
    poise_env_step(e, attention);
    ck_assert_str_eq(poise_env_error(e), "");
    ck_assert(fabs(poise_env_view(e)->now_s - 3) < 1e-6);
    poise_outcome o = poise_env_step(e, attention);
    ck_assert_int_eq(o.phase, POISE_TERMINATED);
    ck_assert(fabs(poise_env_view(e)->now_s - 6) < 1e-6);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Least attained service with a quantum of 1 s: 3 s at 0 and 1 s at 0.5. */
START_TEST(a_quantum_lets_agents_decide_again)
{
    poise_scenario *s =
        scenario_of(OF("count: 1", "workload:\n  classes: [{name: a}]\n"
                                   "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}]}]\n"
                                   "decision: {preempt: resume, suspend: true, quantum: 1}\n"));
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    poise_env_choose(e, 0);
    for (int k = 1; k <= 2; k++) {
        const poise_view *v = poise_env_view(e);
        ck_assert(v->now_s == k);
        ck_assert_int_eq(v->n_running, 1);
        ck_assert(fabs(v->task[v->n_tasks].done - k) < 1e-9);
        ck_assert_int_eq(v->candidate[0].act, POISE_KEEP);
        poise_env_choose(e, 0);
    }
    ck_assert(!poise_env_running(e));
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Refused, put aside for 2 s, or started. */
START_TEST(waiting_tasks_may_be_refused_or_put_aside)
{
    poise_scenario *s = scenario_of(
        OF("count: 2", "workload:\n  classes: [{name: a}]\n"
                       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, class: "
                       "a, size: 4}]}]\ndecision: {reject: true, defer: 2}\n"));
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const poise_view *v = poise_env_view(e);
    ck_assert_int_eq(v->n_candidates, 6);  // nothing is to come that could be waited for
    ck_assert_int_eq(v->candidate[1].act, POISE_REJECT);
    ck_assert_int_eq(v->candidate[5].act, POISE_DEFER);
    poise_env_choose(e, 5);
    poise_env_choose(e, 1);
    ck_assert(poise_env_view(e)->now_s == 2);
    poise_env_choose(e, 0);
    ck_assert(!poise_env_running(e));
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.record[0].fate, POISE_REJECTED);
    ck_assert_int_eq(ep.record[1].finished_ns, 6000000000);
    ck_assert_int_eq(ep.totals.rejected, 1);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* A copy in the middle of it all goes on as the original does. */
START_TEST(a_copy_of_runs_goes_on_as_the_original)
{
    poise_scenario *s = scenario_of(
        OF("count: 4, law: cores, cores: 4, memory: 16 GB, overcommit: 1.5, pressure: slow",
           "workload:\n  classes:\n"
           "    - {name: a, memory: 3 GB, size: {distribution: exponential, mean: 5}, profiles: "
           "[{name: one}, {name: two, devices: 2, speed: 1.8}]}\n"
           "    - {name: b, memory: 5 GB, cores: 2, size: {distribution: exponential, mean: 8}, "
           "deadline: 60, late: kill}\n"
           "  sources: [{type: poisson, rate: 0.9, mix: {a: 1, b: 1}}]\n"
           "decision: {preempt: resume, rescale: true, quantum: 3}\nend: {jobs: 300}\n"));
    poise_env *e = new_env(s), *f = new_env(s);
    poise_agent *a = new_agent("shortest", s);
    poise_env_reset(e, 4);
    for (int k = 0; k < 500 && poise_env_running(e); k++)
        poise_agent_step(a, e);
    ck_assert(poise_env_running(e));
    ck_assert(poise_env_copy(f, e));
    while (poise_env_running(e))
        poise_agent_step(a, e);
    while (poise_env_running(f))
        poise_agent_step(a, f);
    ck_assert(poise_env_hash(e) == poise_env_hash(f));
    poise_agent_free(a);
    poise_env_free(e);
    poise_env_free(f);
    poise_scenario_free(s);
}
END_TEST

/* ---- choices, one by one ------------------------------------------------------------------- */

/* The candidate that does this with the task in the group; -1 if there is none. */
static int candidate_of(const poise_env *e, poise_act act, int64_t id, int group)
{
    const poise_view *v = poise_env_view(e);
    for (int c = 0; c < v->n_candidates; c++)
        if (v->candidate[c].act == (int)act && v->candidate[c].group == group &&
            v->candidate[c].task >= 0 && v->task[v->candidate[c].task].id == id)
            return c;
    return -1;
}

static void pick(poise_env *e, poise_act act, int64_t id, int group)
{
    int c = candidate_of(e, act, id, group);
    if (c < 0)
        ck_abort_msg("task %lld: no such candidate", (long long)id);
    poise_env_choose(e, c);
}

static poise_env *begin(const poise_scenario *s)
{
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    return e;
}

/* A gang on two devices is one task in service; at the end nothing is left of it in the view. */
START_TEST(the_view_counts_tasks_in_service)
{
    poise_scenario *s = scenario_of(
        OF("count: 3", "workload:\n  classes: [{name: a, profiles: [{name: two, devices: 2}]}, "
                       "{name: b}]\n"
                       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, class: "
                       "b, size: 9}, {at: 1, class: b, size: 1}]}]\n"
                       "decision: {suspend: true}\n"));
    poise_env *e = begin(s);
    pick(e, POISE_START, 0, 0);
    pick(e, POISE_START, 1, 0);
    ck_assert_int_eq(poise_env_view(e)->group[0].running, 2);
    ck_assert_int_eq(poise_env_view(e)->group[0].idle, 0);
    while (poise_env_running(e))
        poise_env_choose(e, 0);
    ck_assert_int_eq(poise_env_view(e)->group[0].running, 0);
    ck_assert_int_eq(poise_env_view(e)->n_running, 0);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* One device at once: the second task waits for the first though there is an idle device with a
 * queue. */
START_TEST(queues_of_devices_keep_quotas)
{
    hand h = play_hand(OF("count: 2, queue: unlimited",
                          "workload:\n  classes: [{name: a, tenant: t}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 2}, {at: 0, "
                          "class: a, size: 3}]}]\ntenants: [{name: t, quota: 1}]\n"),
                       "fifo");
    ENDS(&h, 2, 5);
    end_hand(&h);
}
END_TEST

/* a runs from its timeout at 1 to 5. b is overdue at 2.5 and dies at 4.5; c came at 4.2 and has
 * waited for as long as it has to at 5.2, not when a ends. */
START_TEST(a_batch_forgets_who_has_gone)
{
    hand h = play_hand(OF("law: batching, batch: 3, timeout: 1",
                          "workload:\n  classes: [{name: a}, {name: b, deadline: 3, late: kill}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 1.5, "
                          "class: b, size: 1}, {at: 4.2, class: a, size: 1}]}]\n"),
                       "fifo");
    ck_assert_int_eq(h.ep.record[1].fate, POISE_KILLED);
    ck_assert_int_eq(h.ep.record[2].started_ns, 5200000000);
    end_hand(&h);
}
END_TEST

/* A batch of one runs, with room for another, but both places in the queue are taken: the task on
 * the other device cannot go there. */
START_TEST(no_task_moves_to_where_batches_have_no_place)
{
    poise_scenario *s = scenario_of(
        "poise: 1\nname: hand-v1\ntitle: by hand\ndevices:\n  - {name: d}\n"
        "  - {name: f, law: batching, batch: 2, queue: 2}\n"
        "workload:\n  classes: [{name: a}]\n"
        "  sources: [{type: list, jobs: [{at: 0, class: a, size: 5}, {at: 0, class: a, size: 5}, "
        "{at: 0, class: a, size: 5}, {at: 0, class: a, size: 5}]}]\n"
        "decision: {migrate: true, suspend: true, quantum: 1}\n");
    poise_env *e = begin(s);
    pick(e, POISE_START, 0, 0);
    for (int k = 1; k < 4; k++)
        pick(e, POISE_START, k, 1);
    ck_assert(poise_env_view(e)->now_s == 1);
    ck_assert_int_ge(candidate_of(e, POISE_KEEP, 0, 0), 0);
    ck_assert_int_eq(candidate_of(e, POISE_MOVE, 0, 1), -1);
    while (poise_env_running(e))
        poise_env_choose(e, 0);
    ck_assert_int_eq(poise_env_episode(e).totals.finished, 4);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* A gang holds both devices, q queues at the second. At 1 c displaces the gang from both and takes
 * the first: q starts on the second at once. The gang, 3 s left, is back at 3 when both are free.
 */
START_TEST(what_a_displaced_gang_leaves_serves_queues)
{
    poise_scenario *s = scenario_of(
        OF("count: 2, queue: 1",
           "workload:\n  classes: [{name: a, profiles: [{name: two, devices: 2, speed: 1}]}, "
           "{name: b}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}, {at: 0.5, class: b, size: "
           "2}, {at: 1, class: b, size: 2}]}]\ndecision: {preempt: resume}\n"));
    poise_env *e = begin(s);
    pick(e, POISE_START, 0, 0);
    pick(e, POISE_KEEP, 0, 0);
    pick(e, POISE_START, 1, 0);
    ck_assert(poise_env_view(e)->now_s == 1);
    pick(e, POISE_START, 2, 0);
    while (poise_env_running(e))
        poise_env_choose(
            e, candidate_of(e, POISE_KEEP, 1, 0) < 0 ? 0 : candidate_of(e, POISE_KEEP, 1, 0));
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.record[1].started_ns, 1000000000);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Nobody has a weight, nobody is preferred: 3 s each at half speed. */
START_TEST(no_weights_are_equal_weights)
{
    poise_scenario *s = scenario_of(
        OF("law: shared", "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, "
                          "class: a, size: 3}]}]\ndecision: {mode: share, attention: weights}\n"));
    poise_env *e = begin(s);
    const double none[2] = {0, 0};
    while (poise_env_running(e))
        poise_env_step(e, none);
    ck_assert(poise_env_view(e)->now_s == 6);
    ck_assert_int_eq(poise_env_episode(e).totals.finished, 2);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* When b is done at 1, a is put back, and nothing else is to come: it may start again, with 2 s
 * left. */
START_TEST(who_puts_back_the_last_task_is_asked_again)
{
    poise_scenario *s = scenario_of(
        OF("count: 2", "workload:\n  classes: [{name: a}]\n"
                       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, class: "
                       "a, size: 1}]}]\ndecision: {suspend: true}\nend: {time: 100}\n"));
    poise_env *e = begin(s);
    pick(e, POISE_START, 0, 0);
    pick(e, POISE_START, 1, 0);
    pick(e, POISE_SUSPEND, 0, -1);
    ck_assert(poise_env_view(e)->now_s == 1);
    pick(e, POISE_START, 0, 0);
    ck_assert(!poise_env_running(e));
    ck_assert_int_eq(poise_env_episode(e).record[0].finished_ns, 3000000000);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* The same while its input moves: what was moved is no longer to come, and nothing else is. Anew: 2
 * s of input, then 1. */
START_TEST(who_puts_back_the_last_task_that_waits_for_input_is_asked_again)
{
    poise_scenario *s = scenario_of(
        OF("count: 2, link: {bandwidth: 1 GB/s}",
           "workload:\n  classes: [{name: a, input: 2 GB}, {name: b}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 0, class: b, size: "
           "1}]}]\ndecision: {suspend: true}\n"));
    poise_env *e = begin(s);
    pick(e, POISE_START, 0, 0);
    pick(e, POISE_START, 1, 0);
    ck_assert(poise_env_view(e)->now_s == 1);
    pick(e, POISE_SUSPEND, 0, -1);
    ck_assert(poise_env_view(e)->now_s == 1);
    pick(e, POISE_START, 0, 0);
    while (poise_env_running(e))
        pick(e, POISE_KEEP, 0, 0);
    ck_assert_int_eq(poise_env_episode(e).record[0].finished_ns, 4000000000);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Deadlines of twice the service that is seen, the mean of 3: they do not tell 2 from 4. */
START_TEST(slack_is_of_the_size_that_is_seen)
{
    poise_scenario *s = scenario_of(
        OF("count: 1", "workload:\n  classes: [{name: a, slack: 2}]\n"
                       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 2}, {at: 0, class: "
                       "a, size: 4}]}]\ndecision: {sizes: mean}\n"));
    poise_env *e = begin(s);
    ck_assert(poise_env_view(e)->task[0].deadline_s == 6);
    ck_assert(poise_env_view(e)->task[1].deadline_s == 6);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* 100 W do not divide by three in whole milliwatts; three together draw 100 W all the same. */
START_TEST(three_thirds_of_a_device_draw_what_one_does)
{
    const char *rest =
        "workload:\n  classes: [{name: a}]\n  sources: [{type: list, jobs: [{at: 0, class: a, "
        "size: 1}, {at: 0, class: a, size: 1}, {at: 0, class: a, size: 1}]}]\n"
        "decision: {suspend: true}\n";
    const char *laws[] = {"shared", "cores, cores: 3"};
    char yaml[1024];
    for (int k = 0; k < 2; k++) {
        snprintf(yaml, sizeof yaml,
                 "poise: 1\nname: hand-v1\ntitle: by hand\ndevices:\n  - {name: d, law: %s, idle: "
                 "0 W, busy: 100 W}\n%s",
                 laws[k], rest);
        hand h = play_hand(yaml, "fifo");
        ck_assert(fabs(h.ep.totals.energy_j - (k == 0 ? 300 : 100)) < 1e-6);
        end_hand(&h);
    }
}
END_TEST

/* Their sum is beyond all numbers, their parts are not. */
START_TEST(huge_and_tiny_weights_divide_as_others_do)
{
    poise_scenario *s = scenario_of(
        OF("law: shared", "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 3}, {at: 0, "
                          "class: a, size: 3}]}]\ndecision: {mode: share, attention: weights}\n"));
    const double weights[2][2] = {{1.5e308, 0.5e308}, {3e-320, 1e-320}};
    for (int k = 0; k < 2; k++) {
        poise_env *e = begin(s);
        poise_env_step(e, weights[k]);
        ck_assert(fabs(poise_env_view(e)->now_s - 4) < 1e-2);
        ck_assert_int_eq(poise_env_view(e)->n_running, 1);
        poise_env_free(e);
    }
    poise_scenario_free(s);
}
END_TEST

/* An estimate beyond the clock is no limit; nor do other times run over it. */
START_TEST(times_beyond_the_clock_never_come)
{
    hand h = play_hand(
        OF("law: batching, batch: 2",
           "workload:\n  classes: [{name: a, limit: kill}]\n"
           "  sources: [{type: list, jobs: [{at: 7e9, class: a, size: 5, estimate: 1e30, deadline: "
           "9e9}, {at: 7e9, class: a, size: 2, estimate: 8e9}]}]\n"
           "decision: {sizes: estimate, quantum: 6e9, defer: 9e9}\n"),
        "fifo");
    ck_assert_int_eq(h.ep.totals.finished, 2);
    ck_assert_int_eq(h.ep.totals.late, 0);
    end_hand(&h);
}
END_TEST

/* 8e9 s, or twice as many under the other profile: more than there are. */
START_TEST(a_move_beyond_the_clock_fails_in_words)
{
    poise_scenario *s = scenario_of(
        OF("count: 1",
           "workload:\n  classes: [{name: a, profiles: [{name: p}, {name: q, speed: 0.5}]}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 8e9}]}]\n"
           "decision: {rescale: true, quantum: 1}\n"));
    poise_env *e = begin(s);
    pick(e, POISE_START, 0, 0);
    const poise_view *v = poise_env_view(e);
    int c = candidate_of(e, POISE_MOVE, 0, 0);
    ck_assert_int_eq(v->candidate[c].profile, 1);
    ck_assert_int_eq(poise_env_choose(e, c).phase, POISE_FAILED);
    ck_assert_ptr_nonnull(strstr(poise_env_error(e), "beyond the longest time"));
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Two share a device for 1.2e10 s. */
START_TEST(to_share_beyond_the_clock_fails_in_words)
{
    poise_scenario *s = scenario_of(
        OF("law: shared", "workload:\n  classes: [{name: a}]\n"
                          "  sources: [{type: list, jobs: [{at: 0, class: a, size: 6e9}, {at: 0, "
                          "class: a, size: 6e9}]}]\ndecision: {suspend: true}\n"));
    poise_env *e = begin(s);
    pick(e, POISE_START, 0, 0);
    pick(e, POISE_START, 1, 0);
    ck_assert(!poise_env_running(e));
    ck_assert_ptr_nonnull(strstr(poise_env_error(e), "beyond the longest time"));
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "run", what_can_do_all_does_the_same_where_nothing_asks_for_it,
        a_displaced_task_goes_on_where_it_was_after_its_set_up,
        a_displaced_task_loses_what_the_scenario_says, who_has_least_attention_is_displaced,
        equals_do_not_displace_each_other, a_shared_device_divides_its_speed,
        what_one_cannot_use_of_its_share_is_handed_on,
        compute_bound_and_memory_bound_work_differ_on_a_roofline,
        batches_wait_for_their_timeout_and_run_faster_together,
        a_full_batch_starts_at_once_and_ends_with_its_longest,
        continuous_batches_let_tasks_join_and_leave, tasks_interfere_by_the_table_of_their_classes,
        a_device_short_of_memory_slows_down, a_device_short_of_memory_kills_the_newest,
        who_shares_a_device_short_of_memory_is_killed_once_at_a_time,
        a_gang_divides_its_operations_among_its_devices,
        a_batch_is_no_larger_than_what_fits_into_memory,
        next_to_no_attention_is_a_task_that_stands_still,
        a_running_task_changes_its_profile_at_a_cost, several_devices_pay_for_their_all_reduce,
        the_slowest_device_sets_the_pace_in_step, a_profile_has_its_own_power_and_a_cap_costs_speed,
        tasks_are_killed_at_their_limit_and_their_deadline,
        a_fraction_of_a_device_stays_within_one_part, named_resources_bound_what_runs_side_by_side,
        attention_divides_a_shared_device,
        parts_that_stand_are_not_used_by_others_until_a_task_comes,
        works_under_parts_that_stand_take_as_long_as_theory_says, softmax_of_attention_is_a_weight,
        a_quantum_lets_agents_decide_again, waiting_tasks_may_be_refused_or_put_aside,
        a_copy_of_runs_goes_on_as_the_original, the_view_counts_tasks_in_service,
        queues_of_devices_keep_quotas, a_batch_forgets_who_has_gone,
        no_task_moves_to_where_batches_have_no_place, what_a_displaced_gang_leaves_serves_queues,
        no_weights_are_equal_weights, who_puts_back_the_last_task_is_asked_again,
        who_puts_back_the_last_task_that_waits_for_input_is_asked_again,
        slack_is_of_the_size_that_is_seen, three_thirds_of_a_device_draw_what_one_does,
        huge_and_tiny_weights_divide_as_others_do, times_beyond_the_clock_never_come,
        a_move_beyond_the_clock_fails_in_words, to_share_beyond_the_clock_fails_in_words);
}
