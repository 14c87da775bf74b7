/* test_graph.c - jobs that are graphs of tasks: ranks, critical paths, passes, how they are written
 * in a scenario, and how they run. */
#include <math.h>

#include "graph.h"
#include "scenario.h"
#include "support.h"

static arena *memory;

/* ---- templates built by hand -------------------------------------------------------------- */

/* A task of one part. */
static graph_node task_of(const char *name, const char *op, int class_id, double size)
{
    graph_part *part = arena_take(memory, 1, sizeof *part);
    part->size = dist_constant(size);
    return (graph_node){.name = name,
                        .op = op,
                        .class_id = class_id,
                        .n_parts = 1,
                        .part = part,
                        .mean_size = size};
}

static graph_template *build(const graph_node *node, int n, const graph_edge *edge, int n_edges)
{
    const graph_draft d = {.n_nodes = n, .n_edges = n_edges, .node = node, .edge = edge};
    int cycle[64], n_cycle;
    graph_template *g = graph_build(memory, "g", &d, cycle, &n_cycle);
    ck_assert_ptr_nonnull(g);
    return g;
}

/* Ranks where a unit of work takes a second and a byte takes one. */
static void analyse(graph_template *g)
{
    double one[64], bytes[64];
    for (int k = 0; k < g->n_nodes; k++)
        one[k] = 1;
    for (int e = 0; e < g->n_edges; e++)
        bytes[e] = (double)g->out[e].bytes;
    graph_analyse(memory, g, &(graph_costs){one, one, one, bytes});
}

/* The ten tasks on three processors of Topcuoglu, Hariri, Wu 2002, fig. 2. */
static const int heft_cost[10][3] = {{14, 16, 9},  {13, 19, 18}, {11, 13, 19}, {13, 8, 17},
                                     {12, 13, 10}, {13, 16, 9},  {7, 15, 11},  {5, 11, 14},
                                     {18, 12, 20}, {21, 7, 16}};
static const graph_edge heft_edge[15] = {
    {0, 1, 18}, {0, 2, 12}, {0, 3, 9},  {0, 4, 11}, {0, 5, 14}, {1, 7, 19}, {1, 8, 16}, {2, 6, 23},
    {3, 7, 27}, {3, 8, 23}, {4, 8, 13}, {5, 7, 15}, {6, 9, 17}, {7, 9, 11}, {8, 9, 13}};

static graph_template *heft(void)
{
    graph_node node[10];
    double mean_s[10], least_s[10], load_s[10], transfer_s[15];
    for (int k = 0; k < 10; k++) {
        const int *c = heft_cost[k];
        node[k] = task_of(arena_format(memory, "n%d", k + 1), NULL, k, 1);
        mean_s[k] = (c[0] + c[1] + c[2]) / 3.0;
        least_s[k] = fmin(fmin(c[0], c[1]), c[2]);
        load_s[k] = 1 / (1.0 / c[0] + 1.0 / c[1] + 1.0 / c[2]);
    }
    graph_template *g = build(node, 10, heft_edge, 15);
    for (int e = 0; e < 15; e++)
        transfer_s[e] = (double)g->out[e].bytes;
    graph_analyse(memory, g, &(graph_costs){mean_s, least_s, load_s, transfer_s});
    return g;
}

static const double heft_upward[10] = {108,      77,       80,       80,       69,
                                       190. / 3, 128. / 3, 107. / 3, 133. / 3, 44. / 3};
static const double heft_downward[10] = {0,  31,       25,       22,       24,
                                         27, 187. / 3, 200. / 3, 191. / 3, 280. / 3};

/* Published: rank_u 108 77 80 80 69 63.333 42.667 35.667 44.333 14.667, rank_d 0 31 25 22 24 27
 * 62.333 66.667 63.667 93.333 (table 3 there); the critical path 1-2-9-10 is where their sum is
 * 108. */
START_TEST(ranks_of_the_ten_task_example_are_those_published)
{
    memory = arena_new();
    const graph_template *g = heft();
    for (int k = 0; k < 10; k++) {
        ck_assert_double_eq_tol(g->upward_s[k], heft_upward[k], 1e-9);
        ck_assert_double_eq_tol(g->downward_s[k], heft_downward[k], 1e-9);
    }
    const int path[] = {0, 1, 8, 9};
    ck_assert_int_eq(g->n_critical, 4);
    ck_assert_mem_eq(g->critical, path, sizeof path);
    ck_assert_double_eq(g->critical_s, 108);
    /* 9 + 13 + 12 + 7, the least costs on 1-2-9-10. */
    ck_assert_double_eq(g->least_s, 41);
    arena_free(memory);
}
END_TEST

/* Tasks 3 and 4: both 80, one as 43/3 + 23 + 128/3, the other as 38/3 + 23 + 133/3. */
START_TEST(ranks_that_are_equal_by_the_book_are_equal_to_the_last_bit)
{
    memory = arena_new();
    const graph_template *g = heft();
    ck_assert(g->upward_s[2] == g->upward_s[3]);
    ck_assert(g->upward_s[2] == 80);
    arena_free(memory);
}
END_TEST

/* The part of a rank that is service, by hand: task 8 then 10: 10 + 44/3; task 1: 1-2-9-10 has
 * 13 + 50/3 + 50/3 + 44/3 = 61. */
START_TEST(service_and_transfer_make_up_a_rank)
{
    memory = arena_new();
    const graph_template *g = heft();
    ck_assert_double_eq_tol(g->upward_work_s[7], 10 + 44. / 3, 1e-12);
    ck_assert_double_eq_tol(g->upward_work_s[0], 61, 1e-12);
    arena_free(memory);
}
END_TEST

/* Task 2: 1 / (1/13 + 1/19 + 1/18) = 5.405, all others less (task 3: 4.539). */
START_TEST(the_bottleneck_is_the_task_that_fills_its_devices_longest)
{
    memory = arena_new();
    ck_assert_int_eq(heft()->bottleneck, 1);
    arena_free(memory);
}
END_TEST

START_TEST(a_task_stands_behind_all_that_it_comes_after)
{
    memory = arena_new();
    const graph_node node[] = {task_of("d", NULL, 0, 1), task_of("b", NULL, 0, 1),
                               task_of("c", NULL, 0, 1), task_of("a", NULL, 0, 1)};
    const graph_edge edge[] = {{3, 1, 1}, {3, 2, 2}, {1, 0, 3}, {2, 0, 4}};
    const graph_template *g = build(node, 4, edge, 4);
    const char *expected[] = {"a", "b", "c", "d"};
    const int level[] = {0, 1, 1, 2};
    for (int k = 0; k < 4; k++) {
        ck_assert_str_eq(g->node[k].name, expected[k]);
        ck_assert_int_eq(g->level[k], level[k]);
    }
    ck_assert_int_eq(g->in_at[3], 2);
    ck_assert_int_eq(g->in[2].from, 1);
    ck_assert_int_eq((int)g->in[3].bytes, 4);
    ck_assert_int_eq(g->out[g->out_at[0] + 1].to, 2);
    ck_assert_int_eq(g->n_sinks, 1);
    ck_assert(graph_precedes(memory, g, 0, 3));
    ck_assert(!graph_precedes(memory, g, 1, 2));
    ck_assert(!graph_precedes(memory, g, 3, 0));
    arena_free(memory);
}
END_TEST

/* Tasks 2 -> 4 -> 3 -> 2 go round; 0 leads in, 1 comes out of it. */
START_TEST(a_cycle_is_found_and_told_in_its_direction)
{
    memory = arena_new();
    graph_node node[5];
    for (int k = 0; k < 5; k++)
        node[k] = task_of("x", NULL, 0, 1);
    const graph_edge edge[] = {{0, 2, 0}, {2, 4, 0}, {4, 3, 0}, {3, 2, 0}, {3, 1, 0}};
    const graph_draft d = {.n_nodes = 5, .n_edges = 5, .node = node, .edge = edge};
    int cycle[5], n_cycle;
    ck_assert_ptr_null(graph_build(memory, "g", &d, cycle, &n_cycle));
    const int expected[] = {2, 4, 3};
    ck_assert_int_eq(n_cycle, 3);
    ck_assert_mem_eq(cycle, expected, sizeof expected);
    arena_free(memory);
}
END_TEST

/* ---- passes ------------------------------------------------------------------------------- */

/* in -> f1 -> g1 -> out, in -> f2 -> g2 -> out: f1 and f2 do the same, then g1 and g2, too. Work 1
 * + 2 (2 + 3) + 1 = 12 becomes 7; 6 edges of 1 byte become 3. The longest way stays: 1 + 2 + 3 + 1
 * and three bytes, 10 s. */
static graph_template *twice_the_same(const char *op_of_g2)
{
    const graph_node node[] = {task_of("in", NULL, 0, 1),     task_of("f1", "f", 0, 2),
                               task_of("f2", "f", 0, 2),      task_of("g1", "g", 0, 3),
                               task_of("g2", op_of_g2, 0, 3), task_of("out", NULL, 0, 1)};
    const graph_edge edge[] = {{0, 1, 1}, {0, 2, 1}, {1, 3, 1}, {2, 4, 1}, {3, 5, 1}, {4, 5, 1}};
    return build(node, 6, edge, 6);
}

START_TEST(merging_does_the_same_only_once_and_keeps_the_longest_way)
{
    memory = arena_new();
    graph_template *g = twice_the_same("g"), *m = graph_merge(memory, g);
    analyse(g);
    analyse(m);
    ck_assert_int_eq(m->n_nodes, 4);
    ck_assert_int_eq(m->n_edges, 3);
    ck_assert_double_eq(g->work, 12);
    ck_assert_double_eq(m->work, 7);
    ck_assert_double_eq(m->bytes, 3);
    ck_assert_double_eq(g->critical_s, 10);
    ck_assert_double_eq(m->critical_s, 10);
    ck_assert_int_eq(m->n_sinks, g->n_sinks);
    ck_assert_str_eq(m->node[3].name, "out");
    arena_free(memory);
}
END_TEST

START_TEST(other_operations_are_not_merged_nor_those_without_a_label)
{
    memory = arena_new();
    ck_assert_int_eq(graph_merge(memory, twice_the_same("h"))->n_nodes, 5);
    ck_assert_int_eq(graph_merge(memory, twice_the_same(NULL))->n_nodes, 5);
    arena_free(memory);
}
END_TEST

/* a - b is not b - a; and two results that are the same are still two results. */
START_TEST(order_of_inputs_and_results_are_kept_by_merging)
{
    memory = arena_new();
    const graph_node node[] = {task_of("a", "a", 0, 1),       task_of("b", "b", 0, 1),
                               task_of("a-b", "minus", 0, 1), task_of("b-a", "minus", 0, 1),
                               task_of("x", "sum", 0, 1),     task_of("y", "sum", 0, 1)};
    const graph_edge edge[] = {{0, 2, 1}, {1, 2, 1}, {1, 3, 1}, {0, 3, 1},
                               {2, 4, 1}, {3, 4, 1}, {2, 5, 1}, {3, 5, 1}};
    const graph_template *m = graph_merge(memory, build(node, 6, edge, 8));
    ck_assert_int_eq(m->n_nodes, 6);
    ck_assert_int_eq(m->n_sinks, 2);
    arena_free(memory);
}
END_TEST

/* a -> b -> c -> d with d of another class, and a side way a -> d that keeps a apart: b and c
 * become one. b -> c moved 4 bytes for 4 s, so the longest way 1+1 +2+4 +3+1 +1 = 13 becomes 9. */
START_TEST(fusing_makes_one_task_of_a_chain_and_moves_nothing_inside)
{
    memory = arena_new();
    graph_node node[] = {task_of("a", NULL, 0, 1), task_of("b", NULL, 0, 2),
                         task_of("c", NULL, 0, 3), task_of("d", NULL, 1, 1)};
    node[1].params_bytes = 10;
    node[1].memory_bytes = 15;
    node[2].params_bytes = 20;
    node[2].memory_bytes = 23;
    const graph_edge edge[] = {{0, 1, 1}, {1, 2, 4}, {2, 3, 1}, {0, 3, 1}};
    graph_template *g = build(node, 4, edge, 4), *f = graph_fuse(memory, g);
    analyse(g);
    analyse(f);
    ck_assert_int_eq(f->n_nodes, 3);
    ck_assert_str_eq(f->node[1].name, "b+c");
    ck_assert_double_eq(f->node[1].mean_size, 5);
    ck_assert_int_eq(f->node[1].n_parts, 2);
    ck_assert_int_eq((int)f->node[1].memory_bytes, 10 + 20 + 5);
    ck_assert_double_eq(f->work, g->work);
    ck_assert_double_eq(f->bytes, 3);
    ck_assert_double_eq(g->critical_s, 13);
    ck_assert_double_eq(f->critical_s, 9);
    arena_free(memory);
}
END_TEST

START_TEST(a_long_chain_becomes_one_task)
{
    memory = arena_new();
    enum { N = 60 };
    graph_node node[N];
    graph_edge edge[N - 1];
    for (int k = 0; k < N; k++) {
        node[k] = task_of(arena_format(memory, "t%d", k), NULL, 0, k);
        if (k > 0)
            edge[k - 1] = (graph_edge){k - 1, k, 1};
    }
    const graph_template *f = graph_fuse(memory, build(node, N, edge, N - 1));
    ck_assert_int_eq(f->n_nodes, 1);
    ck_assert_str_eq(f->node[0].name, "t0+..+t59");
    ck_assert_double_eq(f->node[0].mean_size, N * (N - 1) / 2);
    arena_free(memory);
}
END_TEST

/* ---- graphs in a scenario ----------------------------------------------------------------- */

/* A scenario with one graph, one job of it at time 0, class `a` at one unit a second on two devices
 * and class `b` on one. */
static poise_scenario *with_graph(const char *graph, const char *more)
{
    char *yaml = arena_format(memory,
                              "poise: 1\nname: graph-v1\ntitle: a graph\n"
                              "devices:\n"
                              "  - {name: x, count: 2, speed: {a: 1}}\n"
                              "  - {name: y, speed: {b: 2}}\n"
                              "graphs:\n  - name: g\n%s"
                              "workload:\n  classes:\n"
                              "    - {name: a, size: 1}\n    - {name: b, size: 4}\n"
                              "    - {name: job, graph: g}\n"
                              "  sources:\n"
                              "    - {type: list, jobs: [{at: 0, class: job, size: 1}]}\n%s",
                              graph, more);
    return scenario_of(yaml);
}

START_TEST(a_hundred_steps_of_a_network_are_one_line)
{
    memory = arena_new();
    poise_scenario *s = with_graph("    class: a\n    tasks:\n"
                                   "      - {name: embed, size: 3}\n"
                                   "      - {name: step, after: embed, repeat: 100, chain: true, "
                                   "size: 2, bytes: 4 kB}\n"
                                   "      - {name: out, after: {step: 1 kB}}\n",
                                   "");
    const graph_template *g = &s->graph[0];
    ck_assert_int_eq(g->n_nodes, 102);
    ck_assert_int_eq(g->n_edges, 101);
    ck_assert_str_eq(g->node[100].name, "step.100");
    ck_assert_double_eq(g->work, 3 + 200 + 1);
    ck_assert_double_eq(g->bytes, 100 * 4000 + 1000);
    ck_assert_double_eq(g->critical_s, 204);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* Two residual blocks: conv takes what the block comes after, add takes both. */
START_TEST(blocks_repeat_and_know_what_they_come_after)
{
    memory = arena_new();
    poise_scenario *s = with_graph("    class: a\n    tasks:\n"
                                   "      - {name: in, size: 1, activation: 7 B}\n"
                                   "      - name: block\n        after: in\n        repeat: 2\n"
                                   "        chain: true\n        tasks:\n"
                                   "          - {name: conv, size: 1, activation: 5 B}\n"
                                   "          - {name: add, after: {conv: 2 B, input: 3 B}}\n"
                                   "      - {name: fc, after: block}\n",
                                   "");
    const graph_template *g = &s->graph[0];
    const char *name[] = {"in", "block.1.conv", "block.1.add", "block.2.conv", "block.2.add", "fc"};
    const graph_edge in[] = {{0, 1, 7}, {1, 2, 2}, {0, 2, 3}, {2, 3, 0},
                             {3, 4, 2}, {2, 4, 3}, {4, 5, 0}};
    ck_assert_int_eq(g->n_nodes, 6);
    ck_assert_int_eq(g->n_edges, 7);
    for (int k = 0; k < 6; k++)
        ck_assert_str_eq(g->node[k].name, name[k]);
    for (int k = 0; k < 7; k++) {
        ck_assert_int_eq(g->in[k].from, in[k].from);
        ck_assert_int_eq(g->in[k].to, in[k].to);
        ck_assert_int_eq((int)g->in[k].bytes, (int)in[k].bytes);
    }
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

START_TEST(copies_side_by_side_come_after_the_same_and_before_the_same)
{
    memory = arena_new();
    poise_scenario *s = with_graph("    tasks:\n"
                                   "      - {name: split, class: a}\n"
                                   "      - {name: work, class: b, after: split, repeat: 5}\n"
                                   "      - {name: join, class: a, after: [work]}\n",
                                   "");
    const graph_template *g = &s->graph[0];
    ck_assert_int_eq(g->n_nodes, 7);
    ck_assert_int_eq(g->n_edges, 10);
    ck_assert_int_eq(g->level[6], 2);
    ck_assert_double_eq(g->critical_s, 1 + 2 + 1);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* The resolved text has every copy; sizes are drawn by place in the graph, so it means the same. */
START_TEST(the_resolved_text_of_a_graph_reads_back_as_itself)
{
    memory = arena_new();
    poise_scenario *s = with_graph(
        "    class: a\n    passes: [merge, fuse]\n    tasks:\n"
        "      - {name: last, class: b, after: [left, right]}\n"
        "      - {name: left, after: {first: 2 GB}, size: {distribution: exponential, mean: 3}}\n"
        "      - {name: right, after: [first], bytes: 10 B, memory: 1 GB, op: r}\n"
        "      - {name: first, repeat: 3, chain: true, params: 8 B, activation: 16 B}\n"
        "    messages: [{between: [left, right], bytes: 1 MB}]\n",
        "");
    const char *resolved = poise_scenario_resolved(s);
    poise_scenario *again = scenario_of(resolved);
    ck_assert_str_eq(poise_scenario_resolved(again), resolved);
    ck_assert_uint_eq(poise_scenario_hash(again), poise_scenario_hash(s));
    for (int k = 0; k < s->graph[0].n_nodes; k++)
        for (int j = 0; j < s->graph[0].node[k].n_parts; j++)
            ck_assert_int_eq(s->graph[0].node[k].part[j].draw,
                             again->graph[0].node[k].part[j].draw);
    ck_assert_str_eq(s->graph[0].node[0].name, "first.1+..+first.3");
    poise_scenario_free(again);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

START_TEST(what_passes_have_done_is_told)
{
    memory = arena_new();
    poise_scenario *s = with_graph("    class: a\n    passes: [merge, fuse]\n    tasks:\n"
                                   "      - {name: in, bytes: 0}\n"
                                   "      - {name: f, after: in, op: f, size: 2, repeat: 2}\n"
                                   "      - {name: out, after: f}\n",
                                   "");
    ck_assert_str_eq(
        poise_scenario_notes(s),
        "graph g, passes merge, fuse: tasks 4 -> 1, sinks 1 -> 1, work 6 -> 4 s, bytes "
        "over edges 0 -> 0, critical path 4 -> 4 s");
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* A job every 10 s on average, of size 2 on average: tasks of class a come to 2 (1 + 3) of work
 * for two devices of speed 1: 0.4; class b to 2 * 4 for one of speed 2: 0.4; one more a: 2 (8) / 2
 * / 10. */
START_TEST(the_offered_load_counts_the_tasks_of_jobs)
{
    memory = arena_new();
    char *yaml = arena_format(memory, "poise: 1\nname: graph-v1\ntitle: a graph\n"
                                      "devices:\n"
                                      "  - {name: x, count: 2, speed: {a: 1}}\n"
                                      "  - {name: y, speed: {b: 2}}\n"
                                      "graphs:\n  - name: g\n    tasks:\n"
                                      "      - {name: s, class: a}\n"
                                      "      - {name: t, class: a, size: 7, after: s}\n"
                                      "      - {name: u, class: b, after: s}\n"
                                      "workload:\n  classes:\n"
                                      "    - {name: a, size: 1}\n    - {name: b, size: 4}\n"
                                      "    - {name: job, graph: g, size: 2}\n"
                                      "  sources: [{type: poisson, rate: 0.1 /s, class: job}]\n"
                                      "end: {jobs: 10}\n");
    poise_scenario *s = scenario_of(yaml);
    ck_assert_double_eq_tol(poise_scenario_offered_load(s), 0.8, 1e-9);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* ---- jobs that run ------------------------------------------------------------------------ */

static const poise_record *record_of(const poise_env *e, int stage)
{
    const poise_episode ep = poise_env_episode(e);
    return ep.record + stage;
}

static double finished_s(const poise_env *e, int stage)
{
    const poise_record *r = record_of(e, stage);
    ck_assert_int_eq(r->fate, POISE_FINISHED);
    return seconds(r->finished_ns);
}

/* Chooses the candidate that starts the task in the group; it must be there. */
static void start(poise_env *e, int stage, int group)
{
    const poise_view *v = poise_env_view(e);
    for (int i = 0; i < v->n_candidates; i++) {
        const poise_candidate *c = &v->candidate[i];
        if (c->act == POISE_START && v->task[c->task].stage == stage && c->group == group) {
            poise_env_choose(e, i);
            return;
        }
    }
    ck_abort_msg("task %d cannot start in group %d at %g s", stage, group, v->now_s);
}

static void play_fifo(poise_env *e, const poise_scenario *s, uint64_t seed)
{
    poise_agent *a = new_agent("fifo", s);
    play(e, a, seed);
    poise_agent_free(a);
}

static void set_links(poise_scenario *s, double latency_s, double byte_per_s)
{
    for (int g = 0; g < s->n_groups; g++) {
        s->group[g].link.latency_ns = (int64_t)(latency_s * 1e9);
        s->group[g].link.byte_per_s = byte_per_s;
    }
    scenario_settle_network(s);
}

/* split 0-1, two works of 2 s on the two devices 1-3, join 3-4. */
static const char *const diamond = "    class: a\n    tasks:\n"
                                   "      - {name: split}\n"
                                   "      - {name: work, after: split, repeat: 2, size: 2}\n"
                                   "      - {name: join, after: work}\n";

START_TEST(a_task_waits_for_all_that_it_comes_after)
{
    memory = arena_new();
    poise_scenario *s = with_graph(diamond, "");
    poise_env *e = new_env(s);
    play_fifo(e, s, 1);
    const double finish[] = {1, 3, 3, 4}, ready[] = {0, 1, 1, 3};
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.n_records, 4);
    for (int k = 0; k < 4; k++) {
        ck_assert_double_eq(finished_s(e, k), finish[k]);
        ck_assert_double_eq(seconds(ep.more[k].ready_ns), ready[k]);
        ck_assert_int_eq(ep.more[k].stage, k);
        ck_assert_int_eq(ep.record[k].arrived_ns, 0);
    }
    ck_assert_int_ne(ep.record[1].device, ep.record[2].device);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* Ranks 4, 3, 3, 1. What is left of the longest way: 4 until split is done, 3 until both works
 * are, then 1. */
START_TEST(agents_see_ranks_and_what_is_left_of_the_critical_path)
{
    memory = arena_new();
    poise_scenario *s = with_graph(diamond, "");
    poise_env *e = new_env(s);
    const poise_view *v = poise_env_view(e);
    const poise_graph *g = poise_scenario_space(s)->graph;
    poise_env_reset(e, 1);
    ck_assert_int_eq(v->n_tasks, 1);
    ck_assert_double_eq(v->task[0].upward_rank_s, 4);
    ck_assert_double_eq(v->task[0].critical_s, 4);
    ck_assert_int_eq(v->task[0].graph, 0);
    ck_assert_str_eq(g->task_name[v->task[0].stage], "split");
    ck_assert_double_eq(g->critical_s, 4);
    start(e, 0, 0);
    ck_assert_int_eq(v->n_tasks, 2);
    ck_assert_double_eq(v->task[1].upward_rank_s, 3);
    ck_assert_double_eq(v->task[1].critical_s, 3);
    start(e, 1, 0);
    start(e, 2, 0);
    ck_assert_double_eq(v->task[0].critical_s, 1);
    ck_assert_int_eq(v->task[0].stage, 3);
    start(e, 3, 0);
    ck_assert(!poise_env_running(e));
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* a on x 0-1; 10 bytes over two links with a latency of 0.5 s each at 5 B/s take 3 s; b (size 4 at
 * 2 a second) 4-6; back to x: 3 s more and 1 s of work. */
static const char *const there_and_back = "    tasks:\n"
                                          "      - {name: one, class: a}\n"
                                          "      - {name: two, class: b, after: {one: 10 B}}\n"
                                          "      - {name: three, class: a, after: {two: 10 B}}\n";

START_TEST(data_takes_latency_and_bytes_over_bandwidth_to_another_device)
{
    memory = arena_new();
    poise_scenario *s = with_graph(there_and_back, "");
    set_links(s, 0.5, 5);
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    start(e, 0, 0);
    ck_assert_double_eq(poise_env_view(e)->candidate[0].service_s, 3 + 2);
    start(e, 1, 1);
    start(e, 2, 0);
    ck_assert_double_eq(finished_s(e, 0), 1);
    ck_assert_double_eq(finished_s(e, 1), 6);
    ck_assert_double_eq(finished_s(e, 2), 10);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* Of the two devices of x the second holds what the last task needs most of: it starts there, at
 * once; the 5 bytes from the first take 0.5 + 0.5 + 1 s. */
START_TEST(a_task_goes_where_most_of_its_data_is)
{
    memory = arena_new();
    poise_scenario *s = with_graph("    class: a\n    tasks:\n"
                                   "      - {name: little}\n      - {name: much, size: 2}\n"
                                   "      - {name: sum, after: {little: 5 B, much: 50 B}}\n",
                                   "");
    set_links(s, 0.5, 5);
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    start(e, 0, 0);
    start(e, 1, 0);
    start(e, 2, 0);
    ck_assert_int_eq(record_of(e, 1)->device, 1);
    ck_assert_int_eq(record_of(e, 2)->device, 1);
    ck_assert_double_eq(finished_s(e, 2), 2 + 2 + 1);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* The ten tasks, cost as given where sizes are products of costs and speeds that product over the
 * cost; a byte takes a second between processors, whatever else is moved. They have queues. */
static poise_scenario *heft_scenario(void)
{
    const char *speed[3] = {"", "", ""}, *tasks = "", *classes = "";
    const char *link = "{bandwidth: 1 B/s, sharing: none}";
    for (int k = 0; k < 10; k++) {
        const int *c = heft_cost[k];
        int size = c[0] * c[1] * c[2];
        const char *after = "";
        for (int p = 0; p < 3; p++)
            speed[p] = arena_format(memory, "%s%sn%d: %d", speed[p], k ? ", " : "", k, size / c[p]);
        for (int e = 0; e < 15; e++)
            if (heft_edge[e].to == k)
                after = arena_format(memory, "%s%sn%d: %d B", after, *after ? ", " : "",
                                     heft_edge[e].from, (int)heft_edge[e].bytes);
        tasks = arena_format(memory, "%s      - {name: n%d, class: n%d, after: {%s}}\n", tasks, k,
                             k, after);
        classes = arena_format(memory, "%s    - {name: n%d, size: %d}\n", classes, k, size);
    }
    poise_scenario *s = scenario_of(
        arena_format(memory,
                     "poise: 1\nname: heft-v1\ntitle: ten tasks on three processors\ndevices:\n"
                     "  - {name: p1, queue: unlimited, link: %s, speed: {%s}}\n"
                     "  - {name: p2, queue: unlimited, link: %s, speed: {%s}}\n"
                     "  - {name: p3, queue: unlimited, link: %s, speed: {%s}}\n"
                     "graphs:\n  - name: g\n    tasks:\n%sworkload:\n  classes:\n%s"
                     "    - {name: job, graph: g}\n"
                     "  sources:\n    - {type: list, jobs: [{at: 0, class: job, size: 1}]}\n"
                     "decision: {ahead: true}\n",
                     link, speed[0], link, speed[1], link, speed[2], tasks, classes));
    return s;
}

/* Means over three processors and over all pairs of different ones. */
START_TEST(ranks_follow_from_the_devices_and_links_of_a_scenario)
{
    memory = arena_new();
    poise_scenario *s = heft_scenario();
    const poise_graph *g = poise_scenario_space(s)->graph;
    for (int k = 0; k < 10; k++) {
        ck_assert_double_eq_tol(g->upward_s[k], heft_upward[k], 1e-9);
        ck_assert_double_eq_tol(g->downward_s[k], heft_downward[k], 1e-9);
    }
    ck_assert(g->upward_s[2] == g->upward_s[3]);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* A link of two groups counts instead of theirs: 10 bytes at 2 B/s after 1 s. */
START_TEST(a_link_between_two_groups_replaces_theirs)
{
    memory = arena_new();
    poise_scenario *s =
        with_graph(there_and_back, "links: [{between: [y, x], bandwidth: 2 B/s, latency: 1 s}]\n");
    set_links(s, 0.5, 5);
    ck_assert_double_eq(scenario_transfer_s(s, 0, 1, 10), 6);
    ck_assert_double_eq(scenario_transfer_s(s, 0, 0, 10), 3);
    ck_assert_double_eq(s->graph[0].critical_s, 1 + 6 + 2 + 6 + 1);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* Sends the tasks ahead in the order given, each to its processor; checks when they end. */
static void follow(const int *order, const int *processor, const double *finish)
{
    poise_scenario *s = heft_scenario();
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    for (int k = 0; k < 10; k++) {
        int stage = order[k] - 1;
        ck_assert_double_eq(poise_env_view(e)->now_s, 0);
        start(e, stage, processor[stage] - 1);
    }
    ck_assert(!poise_env_running(e));
    for (int k = 0; k < 10; k++)
        ck_assert_double_eq_tol(finished_s(e, k), finish[k], 2e-9);
    poise_env_free(e);
    poise_scenario_free(s);
}

/* Fig. 3 (a) there: P1 2[27,40] 8[57,62]; P2 4[18,26] 6[26,42] 9[56,68] 10[73,80]; P3 1[0,9]
 * 3[9,28] 5[28,38] 7[38,49]. */
START_TEST(the_schedule_of_heft_ends_after_80)
{
    memory = arena_new();
    const int by_rank[] = {1, 3, 4, 2, 5, 6, 9, 7, 8, 10};
    const int processor[] = {3, 1, 3, 2, 3, 2, 3, 1, 2, 2};
    const double finish[] = {9, 40, 28, 26, 38, 42, 49, 62, 68, 80};
    follow(by_rank, processor, finish);
    arena_free(memory);
}
END_TEST

/* P1 3[28,39] 7[39,46]; P2 1[0,16] 2[16,35] 5[35,48] 9[65,77] 10[79,86]; P3 4[25,42] 6[42,51]
 * 8[54,68]. */
START_TEST(the_schedule_of_cpop_ends_after_86)
{
    memory = arena_new();
    const int order[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const int processor[] = {2, 2, 1, 3, 2, 3, 1, 3, 2, 2};
    const double finish[] = {16, 35, 39, 42, 48, 51, 46, 68, 77, 86};
    follow(order, processor, finish);
    arena_free(memory);
}
END_TEST

/* x runs on one for 5 s, then one fails until 1005; y, which comes after x, has been sent ahead to
 * two. x goes on in two's queue, where y must not stand before it: x until 10, y until 13, z
 * until 16. */
START_TEST(a_task_sent_ahead_does_not_hold_what_it_waits_for)
{
    poise_scenario *s = scenario_of(
        "poise: 1\nname: lost-v1\ntitle: lost\ndevices:\n"
        "  - {name: one, queue: unlimited, failures: {mtbf: 5 s, mttr: 1000 s}}\n"
        "  - {name: two, queue: unlimited}\n"
        "graphs:\n  - name: g\n    tasks:\n      - {name: x, class: a}\n"
        "      - {name: y, class: b, after: {x: 0 B}}\n      - {name: z, class: b, after: {y: 0 "
        "B}}\n"
        "workload:\n  classes: [{name: a, size: 10}, {name: b, size: 3}, {name: job, graph: g}]\n"
        "  sources: [{type: list, jobs: [{at: 0, class: job, size: 1}]}]\n"
        "decision: {ahead: true}\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    for (int stage = 0; stage < 3; stage++)
        start(e, stage, stage > 0);
    ck_assert_double_eq(poise_env_view(e)->now_s, 5);
    ck_assert_int_eq(poise_env_view(e)->n_tasks, 1);  // x alone
    for (int stage = 0; stage < 3; stage++)
        start(e, stage, 1);
    ck_assert(!poise_env_running(e));
    ck_assert_double_eq_tol(finished_s(e, 0), 10, 2e-9);
    ck_assert_double_eq_tol(finished_s(e, 1), 13, 2e-9);
    ck_assert_double_eq_tol(finished_s(e, 2), 16, 2e-9);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

#define FAILURES(keeps)                                                                            \
    "queue: unlimited, link: {bandwidth: 1 MB/s, latency: 100 ms}, failures: {mtbf: "              \
    "{distribution: exponential, mean: 30 s}, mttr: {distribution: exponential, mean: 10 s}, "     \
    "keeps: " keeps "}}\n"

/* Devices fail all the time while jobs are sent ahead: whoever decides, no task waits for ever. */
START_TEST(jobs_sent_ahead_to_devices_that_fail_all_end)
{
    static const char *const rules[] = {"fifo", "random", "heft", NULL};
    poise_scenario *s = scenario_of(
        "poise: 1\nname: lost-v1\ntitle: lost\ndevices:\n"
        "  - {name: one, count: 2, " FAILURES("all") "  - {name: two, count: 2, " FAILURES(
            "nothing") "graphs:\n  - name: g\n    tasks:\n      - {name: x, class: a}\n"
                       "      - {name: y, class: b, after: {x: 1 MB}}\n"
                       "      - {name: z, class: b, after: {x: 2 MB}}\n"
                       "      - {name: w, class: a, after: {y: 1 MB, z: 0 B}}\n"
                       "      - {name: v, class: a, after: {w: 1 MB, x: 0 B}}\n"
                       "workload:\n  classes: [{name: a, size: {distribution: exponential, mean: "
                       "3}}, {name: b, size: 2}, {name: job, graph: g}]\n"
                       "  sources: [{type: poisson, rate: 0.1, class: job}]\n"
                       "decision: {ahead: true}\nend: {jobs: 300}\n");
    poise_env *e = new_env(s);
    for (int i = 0; rules[i]; i++) {
        poise_agent *a = new_agent(rules[i], s);
        play(e, a, 1);
        const poise_episode ep = poise_env_episode(e);
        int64_t left = 0;
        for (int64_t k = 0; k < 1500; k++)
            left += ep.record[k].fate != POISE_FINISHED;
        ck_assert_int_eq(left, 0);
        ck_assert_int_gt(ep.totals.failures, 100);
        poise_agent_free(a);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Two that talk: a has 6 units at 1 a second, b 4 units at 2 a second. */
static void talk(const char *bytes, double end_of_a, double end_of_b)
{
    poise_scenario *s = with_graph(arena_format(memory,
                                                "    tasks:\n      - {name: x, class: a, size: 6}\n"
                                                "      - {name: y, class: b, size: 4}\n"
                                                "    messages: [{between: [x, y], bytes: %s}]\n",
                                                bytes),
                                   "");
    set_links(s, 0, 5);
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    start(e, 0, 0);
    start(e, 1, 1);
    ck_assert_double_eq(finished_s(e, 0), end_of_a);
    ck_assert_double_eq(finished_s(e, 1), end_of_b);
    poise_env_free(e);
    poise_scenario_free(s);
}

/* At the pace of the slower, 1 a second: b ends at 4, a at 6. With 10 bytes a unit at 5 B/s half a
 * unit a second: b ends at 8, when a has done 4 and goes on alone, to 10. */
START_TEST(tasks_that_talk_run_at_the_pace_of_the_slower_and_of_the_link)
{
    memory = arena_new();
    talk("0 B", 6, 4);
    talk("10 B", 10, 8);
    arena_free(memory);
}
END_TEST

/* x starts alone at its own 2 a second (class b on y); when its partner comes at 1 s with 1 a
 * second, 6 units are left for both: x has 8 - 2 and ends at 1 + 6. */
START_TEST(a_task_runs_at_its_own_pace_until_its_partner_comes)
{
    memory = arena_new();
    poise_scenario *s = with_graph("    tasks:\n      - {name: first, class: a}\n"
                                   "      - {name: x, class: b, size: 8}\n"
                                   "      - {name: y, class: a, size: 9, after: first}\n"
                                   "    messages: [{between: [x, y], bytes: 0}]\n",
                                   "");
    poise_env *e = new_env(s);
    play_fifo(e, s, 1);
    ck_assert_double_eq(finished_s(e, 1), 7);
    ck_assert_double_eq(finished_s(e, 2), 10);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* ---- many jobs ---------------------------------------------------------------------------- */

static const char *const random_tasks =
    "      - {name: in, class: a, size: {distribution: exponential, mean: 1}}\n"
    "      - {name: left, class: b, after: {in: 3 B}, size: {distribution: exponential, mean: 4}}\n"
    "      - {name: right, class: a, after: in, repeat: 3, chain: true, "
    "size: {distribution: uniform, low: 0.5, high: 1.5}}\n"
    "      - {name: out, class: a, after: [left, right]}\n";

static poise_scenario *many_jobs(const char *passes, const char *more)
{
    return scenario_of(arena_format(memory,
                                    "poise: 1\nname: graph-v1\ntitle: many graphs\n"
                                    "devices:\n"
                                    "  - {name: x, count: 3, speed: {a: 1, b: 0.5}}\n"
                                    "  - {name: y, count: 2, speed: {b: 2}}\n"
                                    "graphs:\n  - name: g\n    passes: [%s]\n    tasks:\n%s"
                                    "workload:\n  load: 0.7\n  classes:\n"
                                    "    - {name: a, size: 1}\n    - {name: b, size: 4}\n"
                                    "    - {name: job, graph: g, size: {distribution: "
                                    "exponential, mean: 2}}\n"
                                    "  sources: [{type: poisson, rate: 0.1 /s, class: job}]\n"
                                    "decision: {window: 12}\n%send: {jobs: 300}\n",
                                    passes, random_tasks, more));
}

static int n_misplaced(const poise_episode *ep, const graph_template *g)
{
    int n = 0;
    for (int64_t first = 0; first < ep->n_records; first += g->n_nodes)
        for (int e = 0; e < g->n_edges; e++) {
            const poise_record *r = &ep->record[first];
            n += r[g->in[e].to].started_ns < r[g->in[e].from].finished_ns;
        }
    return n;
}

START_TEST(no_task_of_many_jobs_starts_before_those_it_comes_after_have_ended)
{
    memory = arena_new();
    poise_scenario *s = many_jobs("", "");
    const char *agents[] = {"fifo", "shortest", "random"};
    uint64_t world[3];
    poise_env *e = new_env(s);
    for (int k = 0; k < 3; k++) {
        poise_agent *a = new_agent(agents[k], s);
        play(e, a, 7);
        poise_episode ep = poise_env_episode(e);
        ck_assert_int_eq(ep.n_records, 300 * 6);
        ck_assert_int_eq(ep.totals.finished, 300 * 6);
        ck_assert_int_eq(ep.totals.unfinished, 0);
        ck_assert_int_eq(n_misplaced(&ep, &s->graph[0]), 0);
        world[k] = ep.world_hash;
        poise_agent_free(a);
    }
    ck_assert(world[0] == world[1] && world[1] == world[2]);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

static double total_size(const poise_scenario *s)
{
    poise_env *e = new_env(s);
    play_fifo(e, s, 3);
    poise_episode ep = poise_env_episode(e);
    double sum = 0;
    for (int64_t k = 0; k < ep.n_records; k++)
        sum += ep.record[k].size;
    poise_env_free(e);
    return sum;
}

/* right.1 to right.3 become one: 4 tasks a job, the sizes are those drawn without the pass. */
START_TEST(fusing_does_not_change_what_is_drawn)
{
    memory = arena_new();
    poise_scenario *plain = many_jobs("", ""), *fused = many_jobs("fuse", "");
    ck_assert_int_eq(fused->graph[0].n_nodes, 4);
    double work = total_size(plain);
    ck_assert_double_eq_tol(total_size(fused), work, 1e-9 * work);
    poise_scenario_free(plain);
    poise_scenario_free(fused);
    arena_free(memory);
}
END_TEST

START_TEST(a_copy_of_an_environment_with_jobs_goes_on_the_same_way)
{
    memory = arena_new();
    poise_scenario *s = many_jobs("", "");
    poise_env *e = new_env(s), *twin = new_env(s);
    poise_env_reset(e, 5);
    for (int k = 0; k < 900; k++)
        poise_env_choose(e, poise_env_view(e)->n_candidates - 1);
    ck_assert(poise_env_copy(twin, e));
    while (poise_env_running(e)) {
        poise_env_choose(e, poise_env_view(e)->n_candidates - 1);
        poise_env_choose(twin, poise_env_view(twin)->n_candidates - 1);
    }
    ck_assert(!poise_env_running(twin));
    ck_assert_uint_eq(poise_env_hash(twin), poise_env_hash(e));
    poise_env_free(twin);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* Six tasks a job: what is dropped is a multiple of that, and the rest is done. */
START_TEST(a_full_queue_drops_jobs_with_all_their_tasks)
{
    memory = arena_new();
    poise_scenario *s = many_jobs("", "queue: {limit: 2}\n");
    poise_env *e = new_env(s);
    play_fifo(e, s, 2);
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_gt(ep.totals.dropped, 0);
    ck_assert_int_eq(ep.totals.dropped % 6, 0);
    ck_assert_int_eq(ep.totals.dropped + ep.totals.finished, 300 * 6);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* split is done when one of the works is refused: that work, the other and join are gone. */
START_TEST(a_job_goes_with_a_task_of_it_that_is_refused)
{
    memory = arena_new();
    poise_scenario *s = with_graph(diamond, "");
    s->decision.reject = true;
    s->space.n_aside = 1;
    poise_env *e = new_env(s);
    const poise_view *v = poise_env_view(e);
    poise_env_reset(e, 1);
    start(e, 0, 0);
    start(e, 1, 0);
    int refuse = -1;
    for (int i = 0; i < v->n_candidates; i++)
        refuse = v->candidate[i].act == POISE_REJECT ? i : refuse;
    ck_assert_int_ge(refuse, 0);
    poise_env_choose(e, refuse);
    ck_assert(!poise_env_running(e));
    poise_totals t = poise_env_episode(e).totals;
    ck_assert_int_eq(t.finished, 1);
    ck_assert_int_eq(t.dropped, 3);
    ck_assert_int_eq(t.unfinished, 0);
    for (int k = 1; k < 4; k++)
        ck_assert_int_eq(record_of(e, k)->fate, POISE_REJECTED);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* The diamond with 2 s to live: split has ended, the works are killed, join never came. */
START_TEST(a_job_is_killed_at_its_deadline_with_all_its_tasks)
{
    memory = arena_new();
    poise_scenario *s = scenario_of(
        arena_format(memory,
                     "poise: 1\nname: graph-v1\ntitle: a graph\n"
                     "devices: [{name: x, count: 2}]\ngraphs:\n  - name: g\n%s"
                     "workload:\n  classes:\n    - {name: a, size: 1}\n"
                     "    - {name: job, graph: g, deadline: 2, late: kill}\n"
                     "  sources:\n    - {type: list, jobs: [{at: 0, class: job, size: 1}]}\n",
                     diamond));
    poise_env *e = new_env(s);
    play_fifo(e, s, 1);
    poise_totals t = poise_env_episode(e).totals;
    ck_assert_int_eq(t.finished, 1);
    ck_assert_int_eq(t.unfinished, 0);
    for (int k = 1; k < 4; k++)
        ck_assert_int_eq(record_of(e, k)->fate, POISE_KILLED);
    ck_assert_double_eq(poise_env_view(e)->now_s, 2);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* ---- networks ----------------------------------------------------------------------------- */

/* Sums over the tasks of a class, or of all (-1). */
static double flop_of(const graph_template *g, int class_id)
{
    double sum = 0;
    for (int k = 0; k < g->n_nodes; k++)
        sum += class_id < 0 || g->node[k].class_id == class_id ? g->node[k].mean_size : 0;
    return sum;
}

static int64_t params_of(const graph_template *g)
{
    int64_t bytes = 0;
    for (int k = 0; k < g->n_nodes; k++)
        bytes += g->node[k].params_bytes;
    return bytes / 4;
}

/* torchvision's resnet50: 25,557,032 parameters, 4.089 G multiply-adds in convolutions and the last
 * layer; He et al. 2016, table 1: 3.8e9, with the stride one convolution earlier. Each of the 16
 * blocks is a chain of three convolutions, and the last addition goes into the pooling only: 72 -
 * 32 - 1 tasks after fusing. */
START_TEST(the_layers_of_resnet_50_sum_to_the_published_totals)
{
    memory = arena_new();
    poise_scenario *s = load_scenario("resnet50-graph-v1", NULL);
    const graph_template *g = &s->graph[0];
    ck_assert_int_eq(params_of(g), 25557032);
    ck_assert_double_eq(flop_of(g, 0) / 2, 4089184256);
    ck_assert_double_eq_tol(flop_of(g, 0) / 2, 3.8e9, 0.08 * 3.8e9);
    ck_assert_int_eq(g->n_nodes, 72);
    ck_assert_int_eq(graph_fuse(memory, g)->n_nodes, 39);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* Devlin et al. 2019: 110M parameters; 109,482,240 in the published model without the heads for
 * training. 12 (24 s h^2 + 4 s^2 h) FLOP with s = 128, h = 768 in the blocks, 2 h^2 in the pooler.
 */
START_TEST(the_layers_of_bert_base_sum_to_the_published_totals)
{
    memory = arena_new();
    poise_scenario *s = load_scenario("bert-base-graph-v1", NULL);
    const graph_template *g = &s->graph[0];
    const double n = 128, h = 768;
    ck_assert_int_eq(params_of(g), 109482240);
    ck_assert_double_eq(flop_of(g, 0), 12 * (24 * n * h * h + 4 * n * n * h) + 2 * h * h);
    ck_assert_int_eq(g->n_nodes, 1 + 12 * 10 + 1);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

/* One job of four tasks that ends after 4 s (see above); its tasks after 1, 3, 3 and 4. */
START_TEST(the_response_of_a_job_is_that_of_its_last_task)
{
    memory = arena_new();
    poise_scenario *s = with_graph(diamond, "");
    poise_env *e = new_env(s);
    play_fifo(e, s, 1);
    ck_assert_double_eq(metric_of(e, "response_mean_s"), 11. / 4);
    ck_assert_double_eq(metric_of(e, "job_response_mean_s"), 4);
    ck_assert_double_eq(metric_of(e, "job_response_p95_s"), 4);
    ck_assert_double_eq(metric_of(e, "jobs_finished"), 1);
    poise_env_free(e);
    poise_scenario_free(s);
    arena_free(memory);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "graph", ranks_of_the_ten_task_example_are_those_published,
        ranks_that_are_equal_by_the_book_are_equal_to_the_last_bit,
        service_and_transfer_make_up_a_rank,
        the_bottleneck_is_the_task_that_fills_its_devices_longest,
        a_task_stands_behind_all_that_it_comes_after, a_cycle_is_found_and_told_in_its_direction,
        merging_does_the_same_only_once_and_keeps_the_longest_way,
        other_operations_are_not_merged_nor_those_without_a_label,
        order_of_inputs_and_results_are_kept_by_merging,
        fusing_makes_one_task_of_a_chain_and_moves_nothing_inside, a_long_chain_becomes_one_task,
        a_hundred_steps_of_a_network_are_one_line, blocks_repeat_and_know_what_they_come_after,
        copies_side_by_side_come_after_the_same_and_before_the_same,
        the_resolved_text_of_a_graph_reads_back_as_itself, what_passes_have_done_is_told,
        the_offered_load_counts_the_tasks_of_jobs, a_task_waits_for_all_that_it_comes_after,
        agents_see_ranks_and_what_is_left_of_the_critical_path,
        data_takes_latency_and_bytes_over_bandwidth_to_another_device,
        a_task_goes_where_most_of_its_data_is,
        ranks_follow_from_the_devices_and_links_of_a_scenario,
        a_link_between_two_groups_replaces_theirs, the_schedule_of_heft_ends_after_80,
        the_schedule_of_cpop_ends_after_86, a_task_sent_ahead_does_not_hold_what_it_waits_for,
        jobs_sent_ahead_to_devices_that_fail_all_end,
        tasks_that_talk_run_at_the_pace_of_the_slower_and_of_the_link,
        a_task_runs_at_its_own_pace_until_its_partner_comes,
        no_task_of_many_jobs_starts_before_those_it_comes_after_have_ended,
        fusing_does_not_change_what_is_drawn,
        a_copy_of_an_environment_with_jobs_goes_on_the_same_way,
        a_full_queue_drops_jobs_with_all_their_tasks, a_job_goes_with_a_task_of_it_that_is_refused,
        a_job_is_killed_at_its_deadline_with_all_its_tasks,
        the_layers_of_resnet_50_sum_to_the_published_totals,
        the_layers_of_bert_base_sum_to_the_published_totals,
        the_response_of_a_job_is_that_of_its_last_task);
}
