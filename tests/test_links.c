/* Tasks and jobs whose bytes share links: when they end, by hand. */
#include <math.h>

#include "scenario.h"
#include "support.h"

#define OF(devices, workload, more)                                                                \
    "poise: 1\nname: links-v1\ntitle: bytes on their way\nwork_unit: s\ndevices:\n" devices        \
    "workload:\n" workload more

static poise_env *opened(const char *yaml, uint64_t seed)
{
    poise_env *e = new_env(scenario_of(yaml));
    poise_env_reset(e, seed);
    return e;
}

static void closed(poise_env *e)
{
    poise_scenario *s = (poise_scenario *)poise_env_episode(e).scenario;
    poise_env_free(e);
    poise_scenario_free(s);
}

/* The candidate with this act for the task that arrived as number `id` (-1: about none), in the
 * group; -1 if there is none. */
static int find(const poise_env *e, int act, int64_t job, int stage, int group)
{
    const poise_view *v = poise_env_view(e);
    for (int i = 0; i < v->n_candidates; i++) {
        const poise_candidate *c = &v->candidate[i];
        if (c->act != act || (group >= 0 && c->group != group))
            continue;
        if (job < 0 ||
            (c->task >= 0 && v->task[c->task].job == job && v->task[c->task].stage == stage))
            return i;
    }
    return -1;
}

static void choose(poise_env *e, int act, int64_t job, int stage, int group)
{
    int c = find(e, act, job, stage, group);
    if (c < 0)
        ck_abort_msg("no act %d for task %lld.%d in group %d at %g s", act, (long long)job, stage,
                     group, poise_env_view(e)->now_s);
    poise_env_choose(e, c);
}

static void start(poise_env *e, int64_t job, int group)
{
    choose(e, POISE_START, job, 0, group);
}

/* To the end, whoever runs staying where it is. */
static void run_out(poise_env *e)
{
    while (poise_env_running(e)) {
        int stays = find(e, POISE_KEEP, -1, 0, -1);
        poise_env_choose(e, stays >= 0 ? stays : 0);
    }
    ck_assert_str_eq(poise_env_error(e), "");
}

static void expect_end(const poise_env *e, int task, double end_s)
{
    const poise_episode ep = poise_env_episode(e);
    const poise_record *r = &ep.record[task];
    double s = seconds(r->finished_ns);
    if (r->fate != POISE_FINISHED || fabs(s - end_s) > 2e-9)
        ck_abort_msg("task %d (fate %d) ended at %.9f, not %.9f", task, r->fate, s, end_s);
}

/* ---- inputs ------------------------------------------------------------------------------- */

/* 0.5 s and 10 bytes at 5 B/s, then 1 s; the device is held from 0 s on. */
START_TEST(a_task_holds_its_device_while_its_input_comes)
{
    poise_env *e = opened(OF("  - {name: d, idle: 1 W, busy: 3 W, link: {bandwidth: 5 B/s, "
                             "latency: 500 ms}}\n",
                             "  classes: [{name: a, size: 1, input: 10 B}]\n"
                             "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}]}]\n",
                             ""),
                          1);
    ck_assert_double_eq(poise_env_view(e)->candidate[0].service_s, 3.5);
    start(e, 0, 0);
    run_out(e);
    expect_end(e, 0, 3.5);
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.record[0].started_ns, 0);
    ck_assert_double_eq_tol(ep.totals.energy_j, 3.5 * 3, 1e-9);
    ck_assert_double_eq_tol(ep.totals.moved_bytes, 10, 1e-9);
    closed(e);
}
END_TEST

START_TEST(an_input_takes_no_time_without_a_link)
{
    poise_env *e = opened(OF("  - {name: d}\n",
                             "  classes: [{name: a, size: 1, input: 1 GB}]\n"
                             "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}]}]\n",
                             ""),
                          1);
    start(e, 0, 0);
    run_out(e);
    expect_end(e, 0, 1);
    closed(e);
}
END_TEST

#define SHARED(sharing)                                                                            \
    OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, per: group, sharing: " sharing "}}\n",   \
       "  classes: [{name: a, size: 1, input: 100 B}]\n"                                           \
       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 5, class: a, size: "      \
       "1}]}]\n",                                                                                  \
       "")

/* 100 bytes each over a link of 10 B/s, from 0 s and from 5 s. Fair: half-way at 5 s, 5 B/s each
 * to 15 s, then the second has 50 left, to 20 s. One after the other: 10 s, 20 s. Without sharing:
 * 10 s, 15 s. Then 1 s of work each. */
START_TEST(two_inputs_share_a_link)
{
    const char *const yaml[] = {SHARED("fair"), SHARED("fifo"), SHARED("none")};
    const double end_s[][2] = {{16, 21}, {11, 21}, {11, 16}};
    for (int k = 0; k < 3; k++) {
        poise_env *e = opened(yaml[k], 1);
        start(e, 0, 0);
        start(e, 1, 0);
        run_out(e);
        expect_end(e, 0, end_s[k][0]);
        expect_end(e, 1, end_s[k][1]);
        ck_assert_double_eq_tol(metric_of(e, "moved_bytes"), 200, 1e-9);
        closed(e);
    }
}
END_TEST

/* The same with a link for each device: nobody is in the way. */
START_TEST(devices_with_links_of_their_own_do_not_share)
{
    poise_env *e =
        opened(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s}}\n",
                  "  classes: [{name: a, size: 1, input: 100 B}]\n"
                  "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 5, class: "
                  "a, size: 1}]}]\n",
                  ""),
               1);
    start(e, 0, 0);
    start(e, 1, 0);
    run_out(e);
    expect_end(e, 0, 11);
    expect_end(e, 1, 16);
    closed(e);
}
END_TEST

/* The only thing to come is the input of the first: the second may wait for that. */
START_TEST(agents_may_wait_for_what_is_on_its_way)
{
    poise_env *e = opened(OF("  - {name: d, count: 2, link: {bandwidth: 5 B/s}}\n",
                             "  classes: [{name: a, size: 1, input: 10 B}]\n"
                             "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 0, "
                             "class: a, size: 1}]}]\n",
                             "decision: {wait: true}\n"),
                          1);
    start(e, 0, 0);
    choose(e, POISE_HOLD, -1, 0, -1);
    ck_assert_double_eq(poise_env_view(e)->now_s, 2);
    start(e, 1, 0);
    run_out(e);
    expect_end(e, 0, 3);
    expect_end(e, 1, 5);
    closed(e);
}
END_TEST

/* ---- law edge ----------------------------------------------------------------------------- */

#define EDGE(sharing, queue)                                                                       \
    OF("  - {name: d, law: edge, queue: " queue ", link: {bandwidth: 10 B/s, sharing: " sharing    \
       "}}\n",                                                                                     \
       "  classes: [{name: a, size: 10, input: 100 B}]\n"                                          \
       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}, {at: 0, class: a, size: "     \
       "10}]}]\n",                                                                                 \
       "")

/* Transfers and services of 10 s. One after the other: the first is served (10-20) while the
 * second's input comes, which is served 20-30. Fair: both inputs come at 20 s: 30 s, 40 s. */
START_TEST(the_link_and_the_processor_of_an_edge_device_work_at_once)
{
    const char *const yaml[] = {EDGE("fifo", "unlimited"), EDGE("fair", "unlimited")};
    const double end_s[][2] = {{20, 30}, {30, 40}};
    for (int k = 0; k < 2; k++) {
        poise_env *e = opened(yaml[k], 1);
        start(e, 0, 0);
        start(e, 1, 0);
        run_out(e);
        expect_end(e, 0, end_s[k][0]);
        expect_end(e, 1, end_s[k][1]);
        poise_episode ep = poise_env_episode(e);
        ck_assert_int_eq(ep.record[1].dispatched_ns, 0);
        ck_assert_double_eq_tol(seconds(ep.record[1].started_ns), end_s[k][0], 2e-9);
        ck_assert_double_eq_tol(ep.totals.busy_s[0], 20, 1e-8);
        closed(e);
    }
}
END_TEST

/* Whose input has come is served first: 1 byte of the second is there at 1 s, while the 100 bytes
 * of the first (other device's link aside) share until then. Link 10 B/s fair: both 5 B/s until the
 * second has its 5 bytes at 1 s: served 1-11; the first has 95 left: 10.5 s, served 11-21. */
START_TEST(who_has_its_input_is_served_first_at_an_edge_device)
{
    poise_env *e =
        opened(OF("  - {name: d, law: edge, link: {bandwidth: 10 B/s}}\n",
                  "  classes: [{name: a, size: 10, input: 100 B}, {name: b, size: 10, "
                  "input: 5 B}]\n"
                  "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}, {at: 0, class: "
                  "b, size: 10}]}]\n",
                  ""),
               1);
    start(e, 0, 0);
    start(e, 1, 0);
    run_out(e);
    expect_end(e, 1, 11);
    expect_end(e, 0, 21);
    closed(e);
}
END_TEST

/* One place besides the task in service: the third is not taken while two are on their way. */
START_TEST(places_at_an_edge_device_count_tasks_whose_input_is_on_its_way)
{
    poise_env *e = opened(OF("  - {name: d, law: edge, queue: 1, link: {bandwidth: 10 B/s, "
                             "sharing: fifo}}\n",
                             "  classes: [{name: a, size: 10, input: 100 B}]\n"
                             "  sources: [{type: batch, jobs: 3, class: a}]\n",
                             ""),
                          1);
    int sent = 0;
    while (poise_env_running(e) && poise_env_view(e)->now_s == 0) {
        poise_env_choose(e, 0);
        sent++;
    }
    ck_assert_int_le(sent, 2);
    run_out(e);
    ck_assert_double_eq(metric_of(e, "finished"), 3);
    closed(e);
}
END_TEST

/* 4 s here, or 100 bytes at 50 B/s after 0.5 s and then 1 s there. */
START_TEST(agents_see_what_offloading_takes)
{
    poise_env *e = opened(OF("  - {name: here, speed: 0.25}\n"
                             "  - {name: there, law: edge, link: {bandwidth: 50 B/s, latency: 500 "
                             "ms}}\n",
                             "  classes: [{name: a, size: 1, input: 100 B}]\n"
                             "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}]}]\n",
                             ""),
                          1);
    const poise_view *v = poise_env_view(e);
    ck_assert_double_eq(v->candidate[find(e, POISE_START, 0, 0, 0)].service_s, 4);
    ck_assert_double_eq(v->candidate[find(e, POISE_START, 0, 0, 1)].service_s, 3.5);
    start(e, 0, 1);
    run_out(e);
    expect_end(e, 0, 3.5);
    closed(e);
}
END_TEST

/* ---- tasks that are taken off their devices ------------------------------------------------ */

/* Killed at 4 s, when 20 of its 100 bytes have come at 5 B/s: the other, with 80 left, has 10 B/s
 * from then on: 12 s, and 1 s of work. 20 + 100 bytes. */
START_TEST(a_killed_task_leaves_the_link_to_others)
{
    poise_env *e =
        opened(OF("  - {name: d, count: 2, link: {bandwidth: 10 B/s, per: group}}\n",
                  "  classes: [{name: a, size: 1, input: 100 B}, {name: b, size: 1, "
                  "input: 100 B, deadline: 4 s, late: kill}]\n"
                  "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}, {at: 0, class: "
                  "b, size: 1}]}]\n",
                  ""),
               1);
    start(e, 0, 0);
    start(e, 1, 0);
    run_out(e);
    expect_end(e, 0, 13);
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.record[1].fate, POISE_KILLED);
    ck_assert_double_eq_tol(ep.totals.moved_bytes, 120, 1e-6);
    closed(e);
}
END_TEST

#define ALONE(class, more)                                                                         \
    OF("  - {name: d, link: {bandwidth: 10 B/s}}\n",                                               \
       "  classes: [{name: a" class "}]\n"                                                         \
                                    "  sources: [{type: list, jobs: [{at: 0, class: a, size: "     \
                                    "10}, {at: 1, class: a, size: "                                \
                                    "2}]}]\n",                                                     \
       "decision: {" more "}\n")

/* 20 bytes take 2 s. The first is displaced at 1 s, with half of its input, which it needs anew: 2
 * s and 2 s of the other to 5, then 2 s and 10 s. */
START_TEST(an_input_that_was_cut_off_comes_anew)
{
    poise_env *e = opened(ALONE(", input: 20 B", "preempt: resume"), 1);
    start(e, 0, 0);
    start(e, 1, 0);
    run_out(e);
    expect_end(e, 1, 5);
    expect_end(e, 0, 17);
    ck_assert_double_eq_tol(poise_env_episode(e).totals.moved_bytes, 10 + 20 + 20, 1e-6);
    closed(e);
}
END_TEST

/* Displaced at 1 s after 1 s of work, it goes on where it was: nothing has to be moved. */
START_TEST(a_task_that_goes_on_where_it_was_moves_nothing)
{
    poise_env *e = opened(ALONE(", change: {bytes: 1 kB}", "preempt: resume"), 1);
    start(e, 0, 0);
    start(e, 1, 0);
    run_out(e);
    expect_end(e, 1, 3);
    expect_end(e, 0, 12);
    ck_assert_double_eq(poise_env_episode(e).totals.moved_bytes, 0);
    closed(e);
}
END_TEST

/* From x to y at 1 s with 9 of 10 units left: out at 10 B/s and in at 5 B/s, 1 s of latency: 100
 * bytes take 21 s; y does 3 units a second. */
START_TEST(a_task_that_moves_takes_its_state_along)
{
    poise_env *e = opened(
        OF("  - {name: x, link: {bandwidth: 10 B/s, latency: 400 ms}}\n"
           "  - {name: y, speed: 3, link: {bandwidth: 5 B/s, latency: 600 ms}}\n",
           "  classes: [{name: a, change: {bytes: 100 B}}, {name: b}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}, {at: 1, class: b, size: "
           "1}]}]\n",
           "decision: {migrate: true}\n"),
        1);
    start(e, 0, 0);
    int c = find(e, POISE_MOVE, 0, 0, 1);
    ck_assert_int_ge(c, 0);
    ck_assert_double_eq_tol(poise_env_view(e)->candidate[c].service_s, 21 + 3, 1e-9);
    poise_env_choose(e, c);
    start(e, 1, 0);
    run_out(e);
    expect_end(e, 1, 2);
    expect_end(e, 0, 1 + 21 + 3);
    ck_assert_double_eq_tol(poise_env_episode(e).totals.moved_bytes, 100, 1e-9);
    closed(e);
}
END_TEST

/* Both inputs of 20 bytes come at 4 s; the device breaks at 6 s, when the second has not begun. It
 * needs its input on the other device, too: 6-8 s, while the first goes on there, 6-14. */
START_TEST(an_input_that_waits_on_a_broken_device_comes_anew_elsewhere)
{
    poise_scenario *s =
        scenario_of(OF("  - {name: d, law: edge, link: {bandwidth: 10 B/s}, failures: {mtbf: 6 s, "
                       "mttr: 1000 s}}\n"
                       "  - {name: f, law: edge, link: {bandwidth: 10 B/s}}\n",
                       "  classes: [{name: a, size: 10, input: 20 B}]\n"
                       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}, {at: 0, "
                       "class: a, size: 10}]}]\n",
                       ""));
    s->group[0].failures.mtbf = dist_constant(6);
    s->group[0].failures.mttr = dist_constant(1000);
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    start(e, 0, 0);
    start(e, 1, 0);
    ck_assert_double_eq(poise_env_view(e)->now_s, 6);
    start(e, 0, 1);
    start(e, 1, 1);
    run_out(e);
    expect_end(e, 0, 14);
    expect_end(e, 1, 24);
    ck_assert_double_eq_tol(poise_env_episode(e).totals.moved_bytes, 20 + 20 + 20, 1e-6);
    closed(e);
}
END_TEST

/* ---- graphs ------------------------------------------------------------------------------- */

#define GRAPH(links, tasks)                                                                        \
    OF("  - {name: x, speed: {a: 1}" links "}\n  - {name: y, count: 2, speed: {b: 1}" links "}\n"  \
       "graphs:\n  - name: g\n    tasks:\n" tasks,                                                 \
       "  classes: [{name: a, size: 1}, {name: b, size: 1}, {name: job, graph: g}]\n"              \
       "  sources: [{type: list, jobs: [{at: 0, class: job, size: 1}]}]\n",                        \
       "")

#define FORK                                                                                       \
    "      - {name: s, class: a}\n      - {name: t, class: b, after: {s: 10 B}, repeat: 2}\n"

/* Two edges of 10 bytes leave x at 1 s by its port of 5 B/s: 4 s fair, 2 and 4 s in turn, 2 s each
 * without sharing. */
START_TEST(edges_of_a_graph_share_the_port_they_leave_by)
{
    const char *const yaml[] = {
        GRAPH(", link: {bandwidth: 5 B/s}", FORK),
        GRAPH(", link: {bandwidth: 5 B/s, sharing: fifo}", FORK),
        GRAPH(", link: {bandwidth: 5 B/s, sharing: none}", FORK),
    };
    const double end_s[][2] = {{6, 6}, {4, 6}, {4, 4}};
    for (int k = 0; k < 3; k++) {
        poise_env *e = opened(yaml[k], 1);
        choose(e, POISE_START, 0, 0, 0);
        choose(e, POISE_START, 0, 1, 1);
        choose(e, POISE_START, 0, 2, 1);
        run_out(e);
        expect_end(e, 1, end_s[k][0]);
        expect_end(e, 2, end_s[k][1]);
        ck_assert_double_eq_tol(poise_env_episode(e).totals.moved_bytes, 20, 1e-9);
        closed(e);
    }
}
END_TEST

/* Messages of 10 bytes a unit over a link of 10 B/s leave 1 unit a second to one pair, and half of
 * that to each of two: 4 units of work take 8 s. */
START_TEST(tasks_that_talk_share_a_link_with_others_that_talk)
{
    poise_env *e = opened(
        OF("  - {name: x, count: 2, speed: {a: 2}, link: {bandwidth: 10 B/s, per: group}}\n"
           "  - {name: y, count: 2, speed: {b: 3}, link: {bandwidth: 1 kB/s}}\n"
           "graphs:\n  - name: g\n    tasks:\n      - {name: p, class: a}\n"
           "      - {name: q, class: b}\n    messages: [{between: [p, q], bytes: 10 B}]\n",
           "  classes: [{name: a, size: 4}, {name: b, size: 4}, {name: job, graph: g}]\n"
           "  sources: [{type: list, jobs: [{at: 0, class: job, size: 1}, {at: 0, class: job, "
           "size: 1}]}]\n",
           ""),
        1);
    choose(e, POISE_START, 0, 0, 0);
    choose(e, POISE_START, 0, 1, 1);
    choose(e, POISE_START, 1, 0, 0);
    choose(e, POISE_START, 1, 1, 1);
    run_out(e);
    for (int k = 0; k < 4; k++)
        expect_end(e, k, 8);
    ck_assert_double_eq_tol(poise_env_episode(e).totals.moved_bytes, 80, 1e-6);
    closed(e);
}
END_TEST

/* ---- too much ------------------------------------------------------------------------------ */

#define BIG(link)                                                                                  \
    OF("  - {name: x, count: 60000}\n  - {name: y, count: 60000}\n",                               \
       "  classes: [{name: a, size: 1, change: {bytes: 1 B}}]\n"                                   \
       "  sources: [{type: list, jobs: [{at: 0, class: a, size: 1}]}]\n",                          \
       "links: [{between: [x, y], bandwidth: 1 B/s" link "}]\ndecision: {migrate: true}\n")

/* 60,000 squared, both ways. */
START_TEST(more_lines_between_devices_than_memory_holds_are_refused)
{
    char path[] = "/tmp/poise-test-XXXXXX.yaml";
    FILE *f = fdopen(mkstemps(path, 5), "w");
    fputs(BIG(""), f);
    fclose(f);
    poise_error err;
    ck_assert_ptr_null(poise_scenario_load(path, NULL, 0, &err));
    remove(path);
    ck_assert_msg(strstr(err.text, "7200000000 lines") != NULL, "%s", err.text);
    poise_scenario_free(scenario_of(BIG(", per: group")));
    poise_scenario_free(scenario_of(BIG(", sharing: none")));
}
END_TEST

/* ---- what agents see, copies, order --------------------------------------------------------- */

/* The input is half-way when the second task comes: the link is full. */
START_TEST(agents_see_the_part_of_a_link_in_use)
{
    poise_env *e = opened(SHARED("fair"), 1);
    ck_assert_double_eq(poise_env_view(e)->group[0].link_used, 0);
    start(e, 0, 0);
    ck_assert_double_eq(poise_env_view(e)->now_s, 5);
    ck_assert_double_eq(poise_env_view(e)->group[0].link_used, 1);
    start(e, 1, 0);
    run_out(e);
    ck_assert_double_eq(poise_env_view(e)->group[0].link_used, 0);
    closed(e);
}
END_TEST

static const char busy[] =
    OF("  - {name: near, law: edge, count: 2, speed: {a: 1, b: 1, p: 1, q: 1}, link: {bandwidth: "
       "40 B/s, latency: 10 ms, per: group}, failures: {mtbf: 30 s, mttr: 4 s}}\n"
       "  - {name: far, law: cores, cores: 2, count: 2, speed: {a: 3, b: 2, p: 2, q: 3}, link: "
       "{bandwidth: 30 B/s, sharing: fifo, duplex: half}}\n"
       "  - {name: slow, queue: 2, speed: {a: 1, b: 1, p: 1, q: 1}, link: {bandwidth: 25 B/s}, "
       "failures: {mtbf: 50 s, mttr: 5 s, task: stays}}\n"
       "graphs:\n  - name: g\n    tasks:\n      - {name: r, class: p}\n"
       "      - {name: s, class: q, after: {r: 15 B}}\n      - {name: t, class: p, after: {r: 9 "
       "B}}\n      - {name: u, class: q, after: {s: 5 B, t: 12 B}}\n    messages: [{between: [s, "
       "t], bytes: 6 B}]\n",
       "  classes:\n    - {name: a, size: {distribution: exponential, mean: 1}, input: 20 B, "
       "change: {bytes: 10 B}, deadline: 25 s, late: kill}\n    - {name: b, size: {distribution: "
       "exponential, mean: 2}, input: 7 B, change: {bytes: 30 B, time: 100 ms}}\n    - {name: p, "
       "size: {distribution: exponential, mean: 1}, input: 3 B}\n    - {name: q, size: 1}\n    - "
       "{name: job, graph: g}\n  sources: [{type: poisson, rate: 0.5 /s, mix: {a: 2, b: 2, job: "
       "1}}]\n",
       "links: [{between: [far, slow], bandwidth: 12 B/s}]\n"
       "decision: {window: 4, running: 4, wait: true, preempt: resume, migrate: true, suspend: "
       "true, reject: true, defer: 1 s, average: 5 s, ahead: true}\nend: {jobs: 60, time: 300 "
       "s}\n");

/* Laws whose tasks come and go together, gangs, devices that sleep; nobody is refused, so that jobs
 * live to talk. */
static const char crowd[] = OF(
    "  - {name: many, law: shared, room: 5, count: 2, capacity: 2, cap: 1, speed: {a: 1, g: 1, p: "
    "1, q: "
    "1}, link: {bandwidth: 60 B/s, per: group}}\n"
    "  - {name: batch, law: batching, batch: 4, exponent: 0.7, timeout: 500 ms, speed: {a: 1}, "
    "link: {bandwidth: 30 B/s, latency: 20 ms}}\n"
    "  - {name: near, law: edge, queue: 2, speed: {a: 1, p: 1, q: 2}, link: {bandwidth: 15 B/s}, "
    "sleep: {after: 2 s, boot: 1 s, down: 500 ms}}\n"
    "  - {name: gang, count: 4, speed: {a: 1, g: 2, q: 1}, link: {bandwidth: 20 B/s, duplex: "
    "half}, failures: {mtbf: 60 s, mttr: 3 s, task: stays}}\n"
    "graphs:\n  - name: two\n    tasks:\n      - {name: s, class: p}\n      - {name: t, class: "
    "q}\n      - {name: u, class: q, after: {s: 10 B, t: 4 B}}\n    messages: [{between: [s, t], "
    "bytes: 15 B}]\n",
    "  classes:\n    - {name: a, size: {distribution: exponential, mean: 1}, input: 12 B, "
    "change: {bytes: 5 B}}\n    - {name: g, size: {distribution: exponential, mean: 2}, input: 9 "
    "B, change: {bytes: 20 B}, profiles: [{name: one}, {name: two, devices: 2, speed: "
    "1.8}]}\n    - {name: p, size: {distribution: exponential, mean: 3}}\n    - {name: q, size: "
    "{distribution: exponential, mean: 2}, input: 6 B}\n    - {name: job, graph: two}\n"
    "  sources: [{type: poisson, rate: 0.8 /s, mix: {a: 3, g: 1, job: 1}}]\n",
    "decision: {window: 5, running: 6, wait: true, preempt: restart, migrate: true, rescale: "
    "true, power: true, quantum: 3 s}\nend: {jobs: 60, time: 400 s}\n");

/* Plays on at random, up to so many decisions; a stream of its own decides. */
static void play_on(poise_env *e, uint64_t *stream, int most)
{
    for (int k = 0; k < most && poise_env_running(e); k++) {
        *stream = *stream * 6364136223846793005ULL + 1442695040888963407ULL;
        poise_env_choose(e, (int)((*stream >> 33) % (uint64_t)poise_env_view(e)->n_candidates));
    }
    if (poise_env_error(e)[0])
        ck_abort_msg("%s", poise_env_error(e));
}

/* Copied at every tenth decision, with whatever is on its way then. */
START_TEST(a_copy_goes_on_like_the_original_whatever_is_on_its_way)
{
    poise_scenario *both[] = {scenario_of(busy), scenario_of(crowd)};
    for (uint64_t seed = 0; seed < 6; seed++) {
        const poise_scenario *s = both[seed % 2];
        poise_env *e = new_env(s), *copy = new_env(s);
        uint64_t stream = seed;
        poise_env_reset(e, seed);
        poise_env_reset(copy, 99);
        for (int k = 0; k < 30 && poise_env_running(e); k++) {
            play_on(e, &stream, 10);
            if (!poise_env_copy(copy, e))
                ck_abort_msg("no copy");
            uint64_t one = stream, two = stream;
            poise_env_copy(copy, e);
            play_on(copy, &one, 40);
            poise_env *again = new_env(s);
            poise_env_reset(again, 1);
            poise_env_copy(again, e);
            play_on(again, &two, 40);
            if (poise_env_hash(copy) != poise_env_hash(again) ||
                poise_env_view(copy)->now_s != poise_env_view(again)->now_s)
                ck_abort_msg("seed %d, decision %d", (int)seed, 10 * k);
            poise_env_free(again);
        }
        /* The original was not touched: from the start, the same comes out. */
        play_on(e, &stream, 100000);
        poise_env *anew = new_env(s);
        uint64_t same = seed;
        poise_env_reset(anew, seed);
        play_on(anew, &same, 100000);
        ck_assert(poise_env_hash(anew) == poise_env_hash(e));
        double a = poise_env_episode(anew).totals.moved_bytes;
        ck_assert(a > 0 && a == poise_env_episode(e).totals.moved_bytes);
        poise_env_free(anew);
        poise_env_free(copy);
        poise_env_free(e);
    }
    poise_scenario_free(both[0]);
    poise_scenario_free(both[1]);
}
END_TEST

/* Much of everything at once, for what is asserted of every run in debug builds. */
static void upset(const char *yaml)
{
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    double moved_bytes = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        uint64_t stream = ~seed;
        poise_env_reset(e, seed);
        play_on(e, &stream, 20000);
        const poise_view *v = poise_env_view(e);
        for (int g = 0; g < v->n_groups; g++)
            if (!(v->group[g].link_used >= 0 && v->group[g].link_used <= 1))
                ck_abort_msg("link of group %d: %g", g, v->group[g].link_used);
        moved_bytes += poise_env_episode(e).totals.moved_bytes;
    }
    ck_assert_double_gt(moved_bytes, 100 * 200);
    poise_env_free(e);
    poise_scenario_free(s);
}

START_TEST(nothing_that_happens_to_tasks_upsets_their_transfers)
{
    upset(busy);
    upset(crowd);
}
END_TEST

/* The same world with the groups in another order in the file. */
START_TEST(the_order_of_groups_does_not_matter_to_transfers)
{
#define X "  - {name: x, speed: {a: 1}, link: {bandwidth: 7 B/s, per: group}}\n"
#define Y "  - {name: y, count: 3, speed: {b: 1}, link: {bandwidth: 5 B/s, latency: 30 ms}}\n"
#define REST                                                                                       \
    "  classes: [{name: a, size: {distribution: exponential, mean: 1}, input: 3 B}, {name: b, "    \
    "size: {distribution: exponential, mean: 4}, input: 9 B}]\n"                                   \
    "  sources: [{type: poisson, rate: 0.8 /s, mix: {a: 1, b: 1}}]\n"
    const char *const yaml[] = {OF(X Y, REST, "end: {jobs: 300}\n"),
                                OF(Y X, REST, "end: {jobs: 300}\n")};
    poise_env *e[2];
    for (int k = 0; k < 2; k++) {
        e[k] = opened(yaml[k], 3);
        poise_agent *a = new_agent("fifo", poise_env_episode(e[k]).scenario);
        play(e[k], a, 3);
        poise_agent_free(a);
    }
    const poise_episode one = poise_env_episode(e[0]), two = poise_env_episode(e[1]);
    ck_assert_int_eq(one.n_records, two.n_records);
    for (int64_t i = 0; i < one.n_records; i++)
        if (one.record[i].finished_ns != two.record[i].finished_ns)
            ck_abort_msg("task %lld", (long long)i);
    closed(e[0]);
    closed(e[1]);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "links", a_task_holds_its_device_while_its_input_comes,
        an_input_takes_no_time_without_a_link, two_inputs_share_a_link,
        devices_with_links_of_their_own_do_not_share,
        the_link_and_the_processor_of_an_edge_device_work_at_once,
        who_has_its_input_is_served_first_at_an_edge_device,
        places_at_an_edge_device_count_tasks_whose_input_is_on_its_way,
        agents_see_what_offloading_takes, a_killed_task_leaves_the_link_to_others,
        an_input_that_was_cut_off_comes_anew, a_task_that_goes_on_where_it_was_moves_nothing,
        a_task_that_moves_takes_its_state_along, edges_of_a_graph_share_the_port_they_leave_by,
        tasks_that_talk_share_a_link_with_others_that_talk, agents_see_the_part_of_a_link_in_use,
        a_copy_goes_on_like_the_original_whatever_is_on_its_way,
        nothing_that_happens_to_tasks_upsets_their_transfers,
        the_order_of_groups_does_not_matter_to_transfers, agents_may_wait_for_what_is_on_its_way,
        more_lines_between_devices_than_memory_holds_are_refused,
        an_input_that_waits_on_a_broken_device_comes_anew_elsewhere);
}
