/* Bytes that tasks wait for: inputs, what they take with them, data of tasks before them, and
 * messages, worked out by hand where links are shared. */
#include <math.h>

#include "scenario.h"
#include "support.h"

typedef struct hand {
    poise_scenario *s;
    poise_env *e;
} hand;

#define OF(devices, rest) "poise: 1\nname: hand-v1\ntitle: by hand\ndevices:\n" devices rest

static hand begin(const char *yaml)
{
    hand h = {.s = scenario_of(yaml)};
    h.e = new_env(h.s);
    poise_env_reset(h.e, 1);
    return h;
}

static void end(hand *h)
{
    poise_env_free(h->e);
    poise_scenario_free(h->s);
}

/* The candidate that does this with the task that arrived as number `id`. */
static void choose(hand *h, int64_t id, int group, poise_act act)
{
    const poise_view *v = poise_env_view(h->e);
    for (int c = 0; c < v->n_candidates; c++)
        if (v->candidate[c].task >= 0 && v->task[v->candidate[c].task].id == id &&
            v->candidate[c].group == group && v->candidate[c].act == (int)act) {
            poise_env_choose(h->e, c);
            return;
        }
    ck_abort_msg("at %g s task %lld cannot go to group %d", v->now_s, (long long)id, group);
}

static void start(hand *h, int64_t id, int group)
{
    choose(h, id, group, POISE_START);
}

/* To the end: the oldest starts first, and who runs stays. */
static void finish(hand *h)
{
    const poise_view *v = poise_env_view(h->e);
    while (poise_env_running(h->e)) {
        int c = 0;
        while (v->candidate[c].act != POISE_START && v->candidate[c].act != POISE_KEEP)
            c++;
        poise_env_choose(h->e, c);
    }
    ck_assert_str_eq(poise_env_error(h->e), "");
}

static void expect_ends(hand *h, int n, const double *end_s)
{
    finish(h);
    poise_episode ep = poise_env_episode(h->e);
    ck_assert_int_eq(ep.n_records, n);
    for (int i = 0; i < n; i++)
        ck_assert_msg(fabs(seconds(ep.record[i].finished_ns) - end_s[i]) <= 2e-9,
                      "task %d ended at %.9f, not %.9f", i, seconds(ep.record[i].finished_ns),
                      end_s[i]);
}

#define ENDS(h, ...)                                                                               \
    expect_ends(h, (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)),                  \
                (const double[]){__VA_ARGS__})

static double moved_bytes(const hand *h)
{
    return poise_env_episode(h->e).totals.moved_bytes;
}

#define TWO_AT_ONCE                                                                                \
    "workload:\n  classes: [{name: a, input: 10 B}]\n  sources: [{type: list, jobs: ["             \
    "{at: 0, class: a, size: 1}, {at: 0, class: a, size: 1}]}]\n"

/* ---- inputs ------------------------------------------------------------------------------- */

/* A latency of 0.5 s, 10 bytes at 10 B/s, 1 s of work; each over a link of its own. */
START_TEST(an_input_takes_latency_and_bytes_over_bandwidth)
{
    hand h = begin(
        OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, latency: 500 ms}}\n", TWO_AT_ONCE));
    ck_assert_double_eq(poise_env_view(h.e)->candidate[0].service_s, 0.5 + 1 + 1);
    ENDS(&h, 2.5, 2.5);
    ck_assert_double_eq(moved_bytes(&h), 20);
    end(&h);
}
END_TEST

/* One link for both: 5 B/s each, 2 s, then 1 s of work. One after the other: 1 s and 2 s. With all
 * of it for each: 1 s. */
START_TEST(inputs_share_a_link_as_the_scenario_says)
{
    hand h =
        begin(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, per: group}}\n", TWO_AT_ONCE));
    ENDS(&h, 3, 3);
    end(&h);
    h = begin(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, per: group, sharing: fifo}}\n",
                 TWO_AT_ONCE));
    ENDS(&h, 2, 3);
    end(&h);
    h = begin(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, per: group, sharing: none}}\n",
                 TWO_AT_ONCE));
    ENDS(&h, 2, 2);
    end(&h);
}
END_TEST

/* Each device has 10 B/s, but both inputs come from where 8 B/s go out: 2.5 s after 0.25 s, and 1 s
 * of work. */
START_TEST(inputs_share_the_link_out_of_where_they_are)
{
    hand h = begin(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s}}\n",
                      "workload:\n  origin: {bandwidth: 8 B/s, latency: 250 ms}\n"
                      "  classes: [{name: a, input: 10 B}]\n  sources: [{type: list, jobs: ["
                      "{at: 0, class: a, size: 1}, {at: 0, class: a, size: 1}]}]\n"));
    ENDS(&h, 3.75, 3.75);
    ck_assert_double_eq(moved_bytes(&h), 20);
    end(&h);
}
END_TEST

/* The second pair of groups as they are named, the other way round and between devices of one
 * group: each has the link that was given, 10 bytes over 2, 4 and 8 B/s. */
START_TEST(every_pair_of_groups_finds_its_link)
{
    poise_scenario *s =
        scenario_of(OF("  - {name: d}\n  - {name: f, count: 2}\n  - {name: h}\n",
                       "links:\n  - {between: [h, d], bandwidth: 2 B/s}\n"
                       "  - {between: [f, f], bandwidth: 4 B/s}\n"
                       "  - {between: [d, f], bandwidth: 8 B/s, latency: 1}\n" TWO_AT_ONCE));
    ck_assert_double_eq(scenario_transfer_s(s, 0, 2, 10), 5);
    ck_assert_double_eq(scenario_transfer_s(s, 2, 0, 10), 5);
    ck_assert_double_eq(scenario_transfer_s(s, 1, 1, 10), 2.5);
    ck_assert_double_eq(scenario_transfer_s(s, 1, 0, 10), 2.25);
    ck_assert_double_eq(scenario_transfer_s(s, 1, 2, 10), 0);
    const scenario_end end[] = {{0, 0}, {1, 0}, {1, 1}, {2, 0}};
    const double expected[4][4] = {
        {0, 2.25, 2.25, 5}, {2.25, 0, 2.5, 0}, {2.25, 2.5, 0, 0}, {5, 0, 0, 0}};
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            network_way way = scenario_way(s, end[a], end[b]);
            ck_assert_double_eq(scenario_way_s(s, &way, 10), expected[a][b]);
        }
    poise_scenario_free(s);
}
END_TEST

/* 30 bytes at 10 B/s from 0; 20 from 1 on, when 20 are left: both at 5 B/s to 5 s. */
START_TEST(two_inputs_on_a_contended_link_end_when_shares_say)
{
    hand h = begin(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, per: group}}\n",
                      "workload:\n  classes: [{name: a, input: 30 B}, {name: b, input: 20 B}]\n"
                      "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 1, class: "
                      "b, size: 2}]}]\n"));
    start(&h, 0, 0);
    ck_assert_double_eq(poise_env_view(h.e)->group[0].link_used, 1);
    ENDS(&h, 6, 7);
    end(&h);
}
END_TEST

/* The device has a queue: the second input comes while the first task works. 0: data 0-1, work 1-3;
 * 1: data 1-2 (one after the other), work 3-5. */
START_TEST(inputs_come_while_tasks_wait_in_the_queue_of_a_device)
{
    hand h = begin(OF("  - {name: d, queue: unlimited, link: {bandwidth: 10 B/s, sharing: fifo}}\n",
                      "workload:\n  classes: [{name: a, input: 10 B}]\n  sources: [{type: list, "
                      "jobs: [{at: 0, class: a, size: 2}, {at: 0, class: a, size: 2}]}]\n"));
    start(&h, 0, 0);
    start(&h, 1, 0);
    ENDS(&h, 3, 5);
    end(&h);
}
END_TEST

/* 50 bytes and 10 bytes at 10 B/s side by side: under fifo the first holds the device to 5 and
 * works to 7, the second to 9; under edge the second works from 1 to 3, the first from 5 to 7. */
START_TEST(an_edge_device_serves_who_has_come)
{
    for (int k = 0; k < 2; k++) {
        hand h =
            begin(k == 0 ? OF("  - {name: d, queue: unlimited, link: {bandwidth: 10 B/s, "
                              "sharing: none}}\n",
                              "workload:\n  classes: [{name: a, input: 50 B}, {name: b, input: "
                              "10 B}]\n  sources: [{type: list, jobs: [{at: 0, class: a, size: "
                              "2}, {at: 0, class: b, size: 2}]}]\n")
                         : OF("  - {name: d, law: edge, link: {bandwidth: 10 B/s, sharing: "
                              "none}}\n",
                              "workload:\n  classes: [{name: a, input: 50 B}, {name: b, input: "
                              "10 B}]\n  sources: [{type: list, jobs: [{at: 0, class: a, size: "
                              "2}, {at: 0, class: b, size: 2}]}]\n"));
        start(&h, 0, 0);
        start(&h, 1, 0);
        expect_ends(&h, 2, k == 0 ? (const double[]){7, 9} : (const double[]){7, 3});
        end(&h);
    }
}
END_TEST

/* ---- displaced, moved, failed ------------------------------------------------------------- */

/* 40 bytes at 10 B/s from 0; suspended at 1 by hand, 10 have come in vain. It starts again at 1 at
 * once elsewhere: 40 bytes more to 5, work to 6. */
START_TEST(who_loses_its_device_before_its_input_came_needs_all_of_it_again)
{
    hand h = begin(OF("  - {name: d, link: {bandwidth: 10 B/s}}\n"
                      "  - {name: f, link: {bandwidth: 10 B/s}}\n",
                      "workload:\n  classes: [{name: a, input: 40 B}, {name: b}]\n"
                      "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 1, class: "
                      "b, size: 9}]}]\ndecision: {migrate: true}\n"));
    start(&h, 0, 0);
    ck_assert_double_eq(poise_env_view(h.e)->now_s, 1);
    choose(&h, 0, 1, POISE_MOVE);
    start(&h, 1, 0);
    ENDS(&h, 6, 10);
    ck_assert_double_eq(moved_bytes(&h), 50);
    end(&h);
}
END_TEST

/* 5 s of work from 0, moved at 1: 20 bytes over 10 B/s out of d, 5 B/s into f: 4 s, then 4 s are
 * left. Back on the same device nothing would move. */
START_TEST(a_task_that_is_moved_takes_its_bytes_with_it)
{
    hand h = begin(OF("  - {name: d, link: {bandwidth: 10 B/s}}\n"
                      "  - {name: f, link: {bandwidth: 5 B/s}}\n",
                      "workload:\n  classes: [{name: a, change: {bytes: 20 B}}, {name: b}]\n"
                      "  sources: [{type: list, jobs: [{at: 0, class: a, size: 5}, {at: 1, class: "
                      "b, size: 1}]}]\ndecision: {migrate: true}\n"));
    start(&h, 0, 0);
    choose(&h, 0, 1, POISE_MOVE);
    start(&h, 1, 0);
    ENDS(&h, 9, 2);
    ck_assert_double_eq(moved_bytes(&h), 20);
    end(&h);
}
END_TEST

START_TEST(a_task_that_goes_on_where_it_was_moves_nothing)
{
    hand h = begin(OF("  - {name: d, link: {bandwidth: 10 B/s}}\n",
                      "workload:\n  classes: [{name: a, change: {bytes: 20 B}}, {name: b}]\n"
                      "  sources: [{type: list, jobs: [{at: 0, class: a, size: 5}, {at: 1, class: "
                      "b, size: 1}]}]\ndecision: {preempt: resume}\n"));
    start(&h, 0, 0);
    start(&h, 1, 0);
    ENDS(&h, 6, 2);
    ck_assert_double_eq(moved_bytes(&h), 0);
    end(&h);
}
END_TEST

/* Two inputs of 100 bytes at 10 B/s together; the first is killed at 4 with 20 of its bytes there,
 * the other has 80 left: 12 s. */
START_TEST(a_task_that_is_killed_leaves_the_link_to_others)
{
    hand h = begin(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, per: group}}\n",
                      "workload:\n  classes: [{name: a, input: 100 B, deadline: 4, late: kill}, "
                      "{name: b, input: 100 B}]\n"
                      "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 0, class: "
                      "b, size: 1}]}]\n"));
    finish(&h);
    poise_episode ep = poise_env_episode(h.e);
    ck_assert_int_eq(ep.record[0].fate, POISE_KILLED);
    ck_assert_int_eq(ep.record[1].finished_ns, 13000000000);
    ck_assert_double_eq(ep.totals.moved_bytes, 120);
    end(&h);
}
END_TEST

/* ---- graphs ------------------------------------------------------------------------------- */

#define GRAPH(tasks) "graphs:\n  - name: g\n    class: a\n    tasks:\n" tasks
#define ONE_JOB                                                                                    \
    "workload:\n  classes: [{name: a}, {name: job, graph: g}]\n"                                   \
    "  sources: [{type: list, jobs: [{at: 0, class: job, size: 1}]}]\n"

/* x and y end at 1 on d and f; both send 10 bytes to z on h at once, into which 10 B/s go: 2 s. */
START_TEST(data_of_two_tasks_before_share_the_link_into_the_device)
{
    hand h = begin(OF("  - {name: d, link: {bandwidth: 10 B/s}}\n"
                      "  - {name: f, link: {bandwidth: 10 B/s}}\n"
                      "  - {name: h, link: {bandwidth: 10 B/s}}\n",
                      GRAPH("      - {name: x, size: 1}\n      - {name: y, size: 1}\n"
                            "      - {name: z, size: 1, after: {x: 10 B, y: 10 B}}\n") ONE_JOB));
    start(&h, 0, 0);
    start(&h, 1, 1);
    start(&h, 2, 2);
    ENDS(&h, 1, 1, 4);
    end(&h);
}
END_TEST

/* Sent ahead, z holds h; it waits for y, which ends at 3, and for 10 bytes of each: those of x come
 * from 1 to 2, those of y from 3 to 4. */
START_TEST(data_come_to_tasks_that_were_sent_ahead)
{
    hand h = begin(OF("  - {name: d, link: {bandwidth: 10 B/s}}\n"
                      "  - {name: f, link: {bandwidth: 10 B/s}}\n"
                      "  - {name: h, queue: 1, link: {bandwidth: 10 B/s}}\n",
                      GRAPH("      - {name: x, size: 1}\n      - {name: y, size: 3}\n"
                            "      - {name: z, size: 1, after: {x: 10 B, y: 10 B}}\n") ONE_JOB
                      "decision: {ahead: true}\n"));
    start(&h, 0, 0);
    start(&h, 1, 1);
    start(&h, 2, 2);
    ENDS(&h, 1, 3, 5);
    end(&h);
}
END_TEST

/* Two jobs of two tasks that exchange 10 bytes a unit between d and f, one link of 10 B/s for each
 * group: alone at full speed, 1 unit a second; both at half of it. The first, of 3 units, begins at
 * 0, the second, of 1 unit, at 1: it ends at 3, the first has done 1 + 1 and ends at 4. */
START_TEST(those_who_talk_over_one_link_slow_each_other_down)
{
    hand h = begin(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, per: group}, speed: {a: "
                      "1}}\n"
                      "  - {name: f, count: 2, link: {bandwidth: 10 B/s, per: group}, speed: {b: "
                      "1}}\n",
                      "graphs:\n  - name: g\n    tasks: [{name: x, class: a, size: 1}, {name: y, "
                      "class: b, size: 1}]\n"
                      "    messages: [{between: [x, y], bytes: 10 B}]\n"
                      "workload:\n  classes: [{name: a}, {name: b}, {name: job, graph: g}]\n"
                      "  sources: [{type: list, jobs: [{at: 0, class: job, size: 3}, {at: 1, "
                      "class: job, size: 1}]}]\n"));
    ENDS(&h, 4, 4, 3, 3);
    ck_assert_double_eq_tol(moved_bytes(&h), 40, 1e-9);
    end(&h);
}
END_TEST

/* ---- the environment ---------------------------------------------------------------------- */

/* Many tasks with inputs, data and displacement, as agents play them. */
static const char busy[] =
    OF("  - {name: d, count: 3, queue: 2, link: {bandwidth: 10 B/s, latency: 1 ms}}\n"
       "  - {name: f, count: 2, law: edge, link: {bandwidth: 8 B/s, per: group, sharing: fifo}}\n",
       "links: [{between: [d, f], bandwidth: 20 B/s, latency: 2 ms, duplex: half}]\n"
       "graphs:\n  - name: g\n    class: a\n    tasks: [{name: x, bytes: 3 B}, {name: y, size: 2, "
       "bytes: 5 B}, {name: z, after: [x, y]}]\n"
       "    messages: [{between: [x, y], bytes: 1 B}]\n"
       "workload:\n  load: 0.6\n  classes:\n"
       "    - {name: a, size: {distribution: exponential, mean: 1}, input: 2 B, change: {bytes: 3 "
       "B}}\n"
       "    - {name: job, size: 1, graph: g}\n"
       "  sources: [{type: poisson, rate: 1 /s, mix: {a: 2, job: 1}}]\n"
       "decision: {preempt: resume, average: 5 s}\nend: {jobs: 400}\n");

START_TEST(a_copy_goes_on_with_what_was_on_its_way)
{
    poise_scenario *s = scenario_of(busy);
    poise_env *e = new_env(s), *copy = new_env(s);
    poise_env_reset(e, 5);
    for (int k = 0; k < 700 && poise_env_running(e); k++)
        poise_env_choose(e, k % poise_env_view(e)->n_candidates);
    ck_assert(poise_env_running(e));
    ck_assert(poise_env_copy(copy, e));
    for (int k = 0; poise_env_running(e); k++) {
        poise_env_choose(e, k % poise_env_view(e)->n_candidates);
        poise_env_choose(copy, k % poise_env_view(copy)->n_candidates);
    }
    ck_assert_uint_eq(poise_env_hash(e), poise_env_hash(copy));
    ck_assert_double_eq(poise_env_episode(e).totals.moved_bytes,
                        poise_env_episode(copy).totals.moved_bytes);
    poise_env_free(e);
    poise_env_free(copy);
    poise_scenario_free(s);
}
END_TEST

START_TEST(all_jobs_end_and_links_are_never_more_than_full)
{
    poise_scenario *s = scenario_of(busy);
    poise_env *e = new_env(s);
    const poise_view *v = poise_env_view(e);
    const char *agents[] = {"fifo", "random", "shortest", "least_loaded"};
    for (int k = 0; k < 4; k++) {
        poise_agent *a = new_agent(agents[k], s);
        double most = 0;
        poise_env_reset(e, 3);
        poise_agent_begin(a, POISE_MODE_EVALUATE, 3);
        for (; poise_env_running(e); poise_env_choose(e, poise_agent_choose(a, v)))
            for (int g = 0; g < 2; g++)
                if ((most = fmax(most, v->group[g].link_used)) > 1 || v->group[g].average_link > 1)
                    ck_abort_msg("%s: link of %d", agents[k], g);
        ck_assert_str_eq(poise_env_error(e), "");
        poise_episode ep = poise_env_episode(e);
        ck_assert_int_eq(ep.totals.unfinished + ep.totals.dropped, 0);
        ck_assert_double_gt(most, 0);
        ck_assert_double_gt(ep.totals.moved_bytes, 2. * (double)ep.totals.finished - 1e-6);
        poise_agent_free(a);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* 1e18 bytes at 1e-9 B/s: the clock does not go so far. */
START_TEST(a_transfer_beyond_all_time_ends_the_episode_with_a_sentence)
{
    hand h = begin(OF("  - {name: d, link: {bandwidth: 1e-9 B/s}}\n",
                      "workload:\n  classes: [{name: a, input: 1e18 B}]\n"
                      "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}]}]\n"));
    while (poise_env_running(h.e))
        poise_env_choose(h.e, 0);
    ck_assert_ptr_nonnull(strstr(poise_env_error(h.e), "beyond the longest time"));
    end(&h);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "transfer", an_input_takes_latency_and_bytes_over_bandwidth,
        inputs_share_a_link_as_the_scenario_says, inputs_share_the_link_out_of_where_they_are,
        every_pair_of_groups_finds_its_link, two_inputs_on_a_contended_link_end_when_shares_say,
        inputs_come_while_tasks_wait_in_the_queue_of_a_device, an_edge_device_serves_who_has_come,
        who_loses_its_device_before_its_input_came_needs_all_of_it_again,
        a_task_that_is_moved_takes_its_bytes_with_it,
        a_task_that_goes_on_where_it_was_moves_nothing,
        a_task_that_is_killed_leaves_the_link_to_others,
        data_of_two_tasks_before_share_the_link_into_the_device,
        data_come_to_tasks_that_were_sent_ahead, those_who_talk_over_one_link_slow_each_other_down,
        a_copy_goes_on_with_what_was_on_its_way, all_jobs_end_and_links_are_never_more_than_full,
        a_transfer_beyond_all_time_ends_the_episode_with_a_sentence);
}
