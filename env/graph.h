/* graph.h - jobs that are graphs of tasks: one template for all jobs of a class.
 *
 * Tasks stand in topological order, each behind all that it comes after, so that one loop forward
 * or backward meets them as they depend on each other. A template is built once; passes make new
 * ones. */
#ifndef POISE_GRAPH_H
#define POISE_GRAPH_H

#include <string.h>

#include "arena.h"
#include "dist.h"

/* One operation of a task; tasks have several only where a pass has fused them. */
typedef struct graph_part {
    dist size;  // work units, for a job of size 1
    int draw;   // number of its size among those of the job; no pass changes what is drawn
} graph_part;

typedef struct graph_node {
    const char *name;
    const char *op;                          // what it computes, NULL = like nothing else
    int class_id;                            // how it runs
    int64_t memory_bytes;                    // while it runs
    int64_t params_bytes, activation_bytes;  // of a layer of a network; 0 if it is none
    int n_parts;
    const graph_part *part;  // (n_parts) the size of the task is the sum
    double mean_size;        // work units, for a job of size 1
} graph_node;

typedef poise_edge graph_edge;

/* Tasks that exchange bytes with each work unit while both run. */
typedef struct graph_message {
    int a, b;
    int64_t bytes;
} graph_message;

/* What a template is built from: tasks in any order. */
typedef struct graph_draft {
    int n_nodes, n_edges, n_messages;
    const graph_node *node;
    const graph_edge *edge;  // no two between the same tasks
    const graph_message *message;
} graph_draft;

typedef struct graph_template {
    const char *name;
    int n_nodes, n_edges, n_messages;
    const graph_node *node;        // (n_nodes) in topological order
    const int *in_at, *out_at;     // (n_nodes + 1) where the edges of a task begin
    const graph_edge *in, *out;    // (n_edges) by `to` as they were given; by `from`, then `to`
    const graph_message *message;  // (n_messages)
    const int *level;              // (n_nodes) most edges on a way from a source; 0 = a source
    int n_sinks;
    double work;   // mean work units of a job of size 1
    double bytes;  // over all edges
    /* Filled by graph_analyse. Seconds, at mean sizes of a job of size 1. */
    const double *service_s;      // (n_nodes) mean over the devices that can run the task
    const double *upward_s;       // (n_nodes) longest expected way from its start to the job's end
    const double *upward_work_s;  // (n_nodes) what of it is service: it grows with the job's size
    const double *downward_s;     // (n_nodes) longest expected way from the job's start to it
    const int *by_rank;           // (n_nodes) tasks by upward rank, the highest first
    double critical_s;            // longest way of all: the critical path
    int n_critical;
    const int *critical;  // (n_critical) its tasks, in order
    double least_s;       // longest way with least services and no transfers: none is shorter
    int bottleneck;       // the task that keeps all devices that can run it busy for longest
} graph_template;

/* What tasks and transfers take on average, from the devices and links of a scenario. */
typedef struct graph_costs {
    const double *service_s;   // (n_nodes) per work unit, mean over the devices that can run it
    const double *least_s;     // (n_nodes) per work unit, on the fastest
    const double *load_s;      // (n_nodes) per work unit, by all devices that can run it together
    const double *transfer_s;  // (n_edges) in the order of `out`, mean over pairs of devices
} graph_costs;

/* Puts the tasks into topological order: as they are given if that is one, else by level. NULL if
 * there is a cycle; then its n_cycle tasks are in cycle (room for n_nodes), from the first of them
 * on along the edges. All memory is taken from the arena. */
graph_template *graph_build(arena *a, const char *name, const graph_draft *draft, int *cycle,
                            int *n_cycle);

/* Whether `later` comes after `earlier` on some way. */
bool graph_precedes(arena *a, const graph_template *g, int earlier, int later);

/* Fills ranks, critical path and bottleneck. Ranks: H. Topcuoglu, S. Hariri, M.-Y. Wu,
 * "Performance-effective and low-complexity task scheduling for heterogeneous computing", IEEE TPDS
 * 13(3), 2002, eqs. 6 to 9. */
void graph_analyse(arena *a, graph_template *g, const graph_costs *costs);

/* The same graph with operations that compute the same thing done once: same op, class, sizes and
 * memory, same inputs in the same order (common subexpressions). What comes out at the end stays:
 * tasks that nothing comes after are not merged, nor are those that exchange messages. */
graph_template *graph_merge(arena *a, const graph_template *g);

/* The same graph with chains as one task each: a task whose only successor has no other
 * predecessor becomes one with it if they are of one class, and nothing is moved between them. The
 * parameters of all stay in memory, what else they need is needed one after the other. */
graph_template *graph_fuse(arena *a, const graph_template *g);

/* To 40 binary digits: sums that differ by the order of their terms only become equal, so that ties
 * between ranks are ties (tasks 3 and 4 in the example of Topcuoglu et al.). */
static inline double graph_rounded(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = (bits + (1u << 11)) & ~(uint64_t)0xfff;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

#endif
