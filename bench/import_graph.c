/* import_graph.c - a network measured layer by layer, or a workflow that was run: jobs are its
 * tasks, each as long as it was measured on any device. */
#include "import.h"

#include "error.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A task that was measured as taking no time still takes this long. */
#define LEAST_S 1e-9

/* An edge between numbers of tasks. */
typedef struct link {
    int from, to;
    int64_t bytes;
} link;

typedef struct graph {
    const import_found *f;
    bool is_network;
    naming *classes;
    int *class_of;  // (n_tasks)
    link *in;       // (n_links) by `to`, then `from`
    size_t n_links;
    int whole;  // the class of jobs, behind those of tasks
    int most_cores;
} graph;

/* ---- edges -------------------------------------------------------------------------------- */

static int by_end(const void *a, const void *b)
{
    const link *x = a, *y = b;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

/* Edges between the same tasks are one. */
static void merge(graph *g)
{
    size_t n = 0;
    for (size_t k = 0; k < g->n_links; k++) {
        if (n > 0 && g->in[n - 1].from == g->in[k].from && g->in[n - 1].to == g->in[k].to)
            g->in[n - 1].bytes += g->in[k].bytes > 0 ? g->in[k].bytes : 0;
        else
            g->in[n++] = g->in[k];
    }
    g->n_links = n;
}

static bool find_ends(graph *g, poise_error *err)
{
    const import_found *f = g->f;
    g->in = arena_take(f->memory, f->n_edges + 1, sizeof *g->in);
    for (size_t k = 0; k < f->n_edges; k++) {
        const table_edge *e = &f->edge[k];
        const link l = {naming_find(f->tasks, e->from), naming_find(f->tasks, e->to), e->bytes};
        if (l.from < 0 || l.to < 0) {
            error_add(err, "%s: error: an edge names '%.80s', there is no such task",
                      f->path[TABLE_LAYERS] ? f->path[TABLE_LAYERS] : f->path[TABLE_WORKFLOW],
                      l.from < 0 ? e->from : e->to);
            return false;
        }
        g->in[g->n_links++] = l;
    }
    qsort(g->in, g->n_links, sizeof *g->in, by_end);
    merge(g);
    return true;
}

/* Where it is not told what a parent sends to a child: no more than the one wrote in all, or the
 * other read; and if that is more than the child read, in proportion. */
static void share_input(graph *g, size_t first, size_t n)
{
    const double read = (double)g->f->task[g->in[first].to].input_bytes;
    double sum = 0;
    for (size_t k = first; k < first + n; k++) {
        const double wrote = (double)g->f->task[g->in[k].from].output_bytes;
        sum += wrote < read ? wrote : read;
    }
    for (size_t k = first; k < first + n; k++) {
        const double wrote = (double)g->f->task[g->in[k].from].output_bytes;
        const double bytes = wrote < read ? wrote : read;
        if (g->in[k].bytes < 0)
            g->in[k].bytes = (int64_t)(sum > read ? bytes * (read / sum) : bytes);
    }
}

static void share_inputs(graph *g)
{
    for (size_t k = 0, n; k < g->n_links; k += n) {
        for (n = 1; k + n < g->n_links && g->in[k + n].to == g->in[k].to;)
            n++;
        share_input(g, k, n);
    }
}

/* ---- classes ------------------------------------------------------------------------------ */

/* Layers that compute the same kind of thing are a class; programs that need as many cores are. */
static void find_classes(graph *g)
{
    const import_found *f = g->f;
    g->classes = naming_new(f->memory);
    g->class_of = arena_take(f->memory, f->n_tasks + 1, sizeof *g->class_of);
    g->most_cores = 1;
    for (size_t k = 0; k < f->n_tasks; k++) {
        const table_task *t = &f->task[k];
        const char *kind = t->cores == 1 ? "task" : arena_format(f->memory, "task-%d", t->cores);
        g->class_of[k] = naming_number(g->classes, g->is_network ? t->op : kind);
        g->most_cores = t->cores > g->most_cores ? t->cores : g->most_cores;
    }
    g->whole = naming_number(g->classes, g->is_network ? "whole network" : "whole workflow");
}

static void add_classes(string_buffer *yaml, const graph *g)
{
    string_add(yaml, "  classes:\n");
    for (int c = 0; c < g->whole; c++) {
        string_add(yaml, "    - {name: %s", naming_name(g->classes, c));
        size_t k = 0;
        while (g->class_of[k] != c)
            k++;
        if (g->most_cores > 1)
            string_add(yaml, ", cores: %d", g->f->task[k].cores);
        string_add(yaml, "}\n");
    }
    string_add(yaml, "    - {name: %s, graph: %s}\n", naming_name(g->classes, g->whole),
               g->is_network ? "network" : "workflow");
}

/* ---- tasks -------------------------------------------------------------------------------- */

static void add_after(string_buffer *yaml, const graph *g, const link *in, size_t n)
{
    string_add(yaml, ",\n         after: %s", g->is_network ? "[" : "{");
    for (size_t k = 0; k < n; k++) {
        string_add(yaml, "%s%s", k ? ", " : "", naming_name(g->f->tasks, in[k].from));
        if (!g->is_network)
            string_add(yaml, ": %" PRId64 " B", in[k].bytes);
    }
    string_add(yaml, g->is_network ? "]" : "}");
}

/* Tasks in the order of the file, each with the edges into it. */
static void add_tasks(string_buffer *yaml, const graph *g)
{
    const import_found *f = g->f;
    size_t *first = arena_take(f->memory, f->n_tasks + 2, sizeof *first);
    for (size_t k = 0; k < g->n_links; k++)
        first[g->in[k].to + 1]++;
    for (size_t k = 0; k < f->n_tasks; k++)
        first[k + 1] += first[k];
    string_add(yaml, "graphs:\n  - name: %s\n    tasks:\n", g->is_network ? "network" : "workflow");
    for (size_t k = 0; k < f->n_tasks; k++) {
        const table_task *t = &f->task[k];
        string_add(yaml, "      - {name: %s, class: %s", naming_name(f->tasks, (int)k),
                   naming_name(g->classes, g->class_of[k]));
        import_add_real(yaml, ", size: ", t->seconds > LEAST_S ? t->seconds : LEAST_S);
        if (g->is_network)
            string_add(yaml, ", params: %" PRId64 " B, activation: %" PRId64 " B", t->params_bytes,
                       t->activation_bytes);
        else if (t->memory_bytes > 0)
            string_add(yaml, ", memory: %" PRId64 " B", t->memory_bytes);
        if (first[k + 1] > first[k])
            add_after(yaml, g, &g->in[first[k]], first[k + 1] - first[k]);
        string_add(yaml, "}\n");
    }
}

/* ---- the scenario ------------------------------------------------------------------------- */

static double work_of(const import_found *f)
{
    double sum = 0;
    for (size_t k = 0; k < f->n_tasks; k++)
        sum += f->task[k].seconds > LEAST_S ? f->task[k].seconds : LEAST_S;
    return sum;
}

static const char *about_of(const graph *g)
{
    const import_found *f = g->f;
    if (g->is_network)
        return arena_format(
            f->memory,
            "Each job is a step of training, forward and backward, through the %zu layers that\n"
            "%s measured, %.6g s in all on one device. Assumed: the devices, all as fast\n"
            "as the one measured, their links, and arrivals at half of what they can do.\n",
            f->n_tasks, import_base(f->path[TABLE_LAYERS]), work_of(f));
    return arena_format(
        f->memory,
        "Each job is the workflow of %zu programs that\n%s measured, %.6g s in all one by\n"
        "one. Assumed: the machines, all as fast as those it ran on, their links, and arrivals at\n"
        "half of what they can do. For one run of it: source {type: batch, jobs: 1}.\n",
        f->n_tasks, import_base(f->path[TABLE_WORKFLOW]), work_of(f));
}

bool import_graph(const import_found *f, import_result *out, poise_error *err)
{
    graph g = {.f = f, .is_network = f->path[TABLE_LAYERS] != NULL};
    string_buffer more = {0}, *yaml = &out->yaml;
    if (!find_ends(&g, err))
        return false;
    if (!g.is_network)
        share_inputs(&g);
    find_classes(&g);
    import_head(
        yaml, f, "graph",
        arena_format(f->memory, "%s of %s", g.is_network ? "The layers" : "The workflow", f->name),
        about_of(&g));
    if (g.most_cores > 1)
        string_add(&more, "    law: cores\n    cores: %d\n", g.most_cores);
    string_add(&more, "    link: {bandwidth: %s}\n", g.is_network ? "12.5 GB/s" : "125 MB/s");
    import_groups(yaml, f, g.is_network ? "gpu" : "machine", 4, more.at);
    string_free(&more);
    add_tasks(yaml, &g);
    string_add(yaml, "workload:\n  load: 0.5\n");
    add_classes(yaml, &g);
    string_add(yaml, "  sources:\n    - {type: poisson, rate: 1 /s, class: %s}\n",
               naming_name(g.classes, g.whole));
    string_add(yaml, "decision: {window: 32}\nend: {jobs: 100}\n");
    return true;
}
