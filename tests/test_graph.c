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
        the_offered_load_counts_the_tasks_of_jobs);
}
