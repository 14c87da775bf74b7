/* graph.c - templates of graphs of tasks: topological order, ranks, and passes that make them
 * smaller. */
#include "graph.h"

#include <math.h>
#include <stdlib.h>

/* ---- order -------------------------------------------------------------------------------- */

/* Most edges on a way from a source to each task (Kahn's algorithm); returns how many tasks are
 * behind no cycle, those on or behind one keep level -1. */
static int find_levels(arena *a, const graph_draft *d, int *level)
{
    size_t n = (size_t)d->n_nodes;
    int *missing = arena_take(a, n + 1, sizeof *missing);
    int *at = arena_take(a, n + 2, sizeof *at);
    int *order = arena_take(a, n + 1, sizeof *order);
    int *to = arena_take(a, (size_t)d->n_edges + 1, sizeof *to);
    for (int k = 0; k < d->n_edges; k++) {
        missing[d->edge[k].to]++;
        at[d->edge[k].from + 2]++;
    }
    for (int k = 0; k < d->n_nodes; k++)
        at[k + 2] += at[k + 1];
    for (int k = 0; k < d->n_edges; k++)
        to[at[d->edge[k].from + 1]++] = d->edge[k].to;
    int n_done = 0;
    for (int k = 0; k < d->n_nodes; k++) {
        level[k] = missing[k] > 0 ? -1 : 0;
        if (missing[k] == 0)
            order[n_done++] = k;
    }
    for (int done = 0; done < n_done; done++)
        for (int k = order[done], e = at[k]; e < at[k + 1]; e++)
            if (--missing[to[e]] == 0) {
                level[to[e]] = level[k] + 1;
                order[n_done++] = to[e];
            }
    return n_done;
}

/* Some predecessor of each task without a level that has none either: following them leads into a
 * cycle. Its tasks from the first one on, along the edges. */
static int find_cycle(arena *a, const graph_draft *d, const int *level, int *cycle)
{
    int *before = arena_take(a, (size_t)d->n_nodes, sizeof *before);
    bool *seen = arena_take(a, (size_t)d->n_nodes, sizeof *seen);
    for (int k = 0; k < d->n_edges; k++)
        if (level[d->edge[k].from] < 0)
            before[d->edge[k].to] = d->edge[k].from;
    int k = 0, n = 0;
    while (level[k] >= 0)
        k++;
    for (; !seen[k]; k = before[k])
        seen[k] = true;
    int first = k;
    for (int j = before[k]; j != k; j = before[j])
        first = j < first ? j : first;
    cycle[0] = first;
    for (int j = before[first]; j != first; j = before[j])
        n++;
    for (int j = before[first], place = n; j != first; j = before[j])
        cycle[place--] = j;
    return n + 1;
}

/* The place of each task in topological order. */
static void find_places(arena *a, const graph_draft *d, const int *level, int *place)
{
    bool given = true;
    for (int k = 0; k < d->n_edges; k++)
        given &= d->edge[k].from < d->edge[k].to;
    int *at = arena_take(a, (size_t)d->n_nodes + 2, sizeof *at);
    for (int k = 0; k < d->n_nodes; k++)
        at[level[k] + 1]++;
    for (int k = 0; k < d->n_nodes; k++)
        at[k + 1] += at[k];
    for (int k = 0; k < d->n_nodes; k++)
        place[k] = given ? k : at[level[k]]++;
}

/* Edges by one of their ends, in the order in which they stand within it. */
static const graph_edge *sorted_edges(arena *a, const graph_edge *edge, int n_edges, int n_nodes,
                                      bool by_to, const int **at)
{
    int *begin = arena_take(a, (size_t)n_nodes + 2, sizeof *begin);
    graph_edge *sorted = arena_take(a, (size_t)n_edges + 1, sizeof *sorted);
    for (int k = 0; k < n_edges; k++)
        begin[(by_to ? edge[k].to : edge[k].from) + 2]++;
    for (int k = 0; k < n_nodes; k++)
        begin[k + 2] += begin[k + 1];
    for (int k = 0; k < n_edges; k++)
        sorted[begin[(by_to ? edge[k].to : edge[k].from) + 1]++] = edge[k];
    *at = begin;
    return sorted;
}

static graph_template *lay_out(arena *a, const char *name, const graph_draft *d, const int *level,
                               const int *place)
{
    graph_template *g = arena_take(a, 1, sizeof *g);
    *g = (graph_template){
        .name = name, .n_nodes = d->n_nodes, .n_edges = d->n_edges, .n_messages = d->n_messages};
    graph_node *node = arena_take(a, (size_t)d->n_nodes, sizeof *node);
    graph_edge *edge = arena_take(a, (size_t)d->n_edges + 1, sizeof *edge);
    graph_message *message = arena_take(a, (size_t)d->n_messages + 1, sizeof *message);
    int *levels = arena_take(a, (size_t)d->n_nodes, sizeof *levels);
    for (int k = 0; k < d->n_nodes; k++) {
        node[place[k]] = d->node[k];
        levels[place[k]] = level[k];
    }
    for (int k = 0; k < d->n_edges; k++) {
        const graph_edge *e = &d->edge[k];
        edge[k] = (graph_edge){place[e->from], place[e->to], e->bytes};
        g->bytes += (double)e->bytes;
    }
    for (int k = 0; k < d->n_messages; k++) {
        const graph_message *m = &d->message[k];
        message[k] = (graph_message){place[m->a], place[m->b], m->bytes};
    }
    g->node = node;
    g->level = levels;
    g->message = message;
    g->in = sorted_edges(a, edge, d->n_edges, d->n_nodes, true, &g->in_at);
    g->out = sorted_edges(a, g->in, d->n_edges, d->n_nodes, false, &g->out_at);
    for (int k = 0; k < d->n_nodes; k++) {
        g->work += node[k].mean_size;
        g->n_sinks += g->out_at[k] == g->out_at[k + 1];
    }
    return g;
}

graph_template *graph_build(arena *a, const char *name, const graph_draft *draft, int *cycle,
                            int *n_cycle)
{
    int *level = arena_take(a, (size_t)draft->n_nodes, sizeof *level);
    int *place = arena_take(a, (size_t)draft->n_nodes, sizeof *place);
    *n_cycle = 0;
    if (find_levels(a, draft, level) < draft->n_nodes) {
        *n_cycle = find_cycle(a, draft, level, cycle);
        return NULL;
    }
    find_places(a, draft, level, place);
    return lay_out(a, name, draft, level, place);
}

bool graph_precedes(arena *a, const graph_template *g, int earlier, int later)
{
    bool *reached = arena_take(a, (size_t)g->n_nodes, sizeof *reached);
    reached[earlier] = true;
    for (int k = earlier; k < later; k++)
        for (int e = g->out_at[k]; reached[k] && e < g->out_at[k + 1]; e++)
            reached[g->out[e].to] = true;
    return earlier < later && reached[later];
}

/* ---- ranks -------------------------------------------------------------------------------- */

/* rank_u(i) = w_i + max over successors j of (c_ij + rank_u(j)). `next` is that successor, the
 * first on ties, -1 at a sink. Only what is compared or shown is rounded, not what is summed. */
static void rank_upward(arena *a, graph_template *g, const graph_costs *c, int *next)
{
    size_t n = (size_t)g->n_nodes;
    double *exact_s = arena_take(a, n, sizeof *exact_s);
    double *upward_s = arena_take(a, n, sizeof *upward_s);
    double *work_s = arena_take(a, n, sizeof *work_s);
    for (int k = g->n_nodes - 1; k >= 0; k--) {
        double longest_s = 0;
        next[k] = -1;
        for (int e = g->out_at[k]; e < g->out_at[k + 1]; e++) {
            double way_s = c->transfer_s[e] + exact_s[g->out[e].to];
            if (next[k] < 0 || graph_rounded(way_s) > graph_rounded(longest_s)) {
                longest_s = way_s;
                next[k] = g->out[e].to;
            }
        }
        exact_s[k] = g->service_s[k] + longest_s;
        upward_s[k] = graph_rounded(exact_s[k]);
        work_s[k] = g->service_s[k] + (next[k] < 0 ? 0 : work_s[next[k]]);
    }
    g->upward_s = upward_s;
    g->upward_work_s = work_s;
}

/* rank_d(i) = max over predecessors j of (rank_d(j) + w_j + c_ji). */
static void rank_downward(arena *a, graph_template *g, const graph_costs *c)
{
    double *downward_s = arena_take(a, (size_t)g->n_nodes, sizeof *downward_s);
    for (int k = 0; k < g->n_nodes; k++)
        for (int e = g->out_at[k]; e < g->out_at[k + 1]; e++) {
            double way_s = downward_s[k] + g->service_s[k] + c->transfer_s[e];
            downward_s[g->out[e].to] = fmax(downward_s[g->out[e].to], way_s);
        }
    for (int k = 0; k < g->n_nodes; k++)
        downward_s[k] = graph_rounded(downward_s[k]);
    g->downward_s = downward_s;
}

typedef struct ranked {
    double upward_s;
    int node;
} ranked;

static int by_rank(const void *left, const void *right)
{
    const ranked *x = left, *y = right;
    if (x->upward_s != y->upward_s)
        return x->upward_s > y->upward_s ? -1 : 1;
    return x->node - y->node;
}

static void sort_by_rank(arena *a, graph_template *g)
{
    ranked *all = arena_take(a, (size_t)g->n_nodes, sizeof *all);
    int *order = arena_take(a, (size_t)g->n_nodes, sizeof *order);
    for (int k = 0; k < g->n_nodes; k++)
        all[k] = (ranked){g->upward_s[k], k};
    qsort(all, (size_t)g->n_nodes, sizeof *all, by_rank);
    for (int k = 0; k < g->n_nodes; k++)
        order[k] = all[k].node;
    g->by_rank = order;
}

static void find_critical(arena *a, graph_template *g, const int *next)
{
    int *critical = arena_take(a, (size_t)g->n_nodes, sizeof *critical);
    int first = 0;
    for (int k = 1; k < g->n_nodes; k++)
        if (g->upward_s[k] > g->upward_s[first])
            first = k;
    g->n_critical = 0;
    for (int k = first; k >= 0; k = next[k])
        critical[g->n_critical++] = k;
    g->critical = critical;
    g->critical_s = g->upward_s[first];
}

static void find_least(arena *a, graph_template *g, const graph_costs *c)
{
    double *way_s = arena_take(a, (size_t)g->n_nodes, sizeof *way_s);
    g->least_s = 0;
    for (int k = g->n_nodes - 1; k >= 0; k--) {
        for (int e = g->out_at[k]; e < g->out_at[k + 1]; e++)
            way_s[k] = fmax(way_s[k], way_s[g->out[e].to]);
        way_s[k] += g->node[k].mean_size * c->least_s[k];
        g->least_s = fmax(g->least_s, graph_rounded(way_s[k]));
    }
}

void graph_analyse(arena *a, graph_template *g, const graph_costs *costs)
{
    double *service_s = arena_take(a, (size_t)g->n_nodes, sizeof *service_s);
    int *next = arena_take(a, (size_t)g->n_nodes, sizeof *next);
    double most_s = -1;
    for (int k = 0; k < g->n_nodes; k++) {
        service_s[k] = g->node[k].mean_size * costs->service_s[k];
        double load_s = graph_rounded(g->node[k].mean_size * costs->load_s[k]);
        if (load_s > most_s) {
            most_s = load_s;
            g->bottleneck = k;
        }
    }
    g->service_s = service_s;
    rank_upward(a, g, costs, next);
    rank_downward(a, g, costs);
    sort_by_rank(a, g);
    find_critical(a, g, next);
    find_least(a, g, costs);
}

/* ---- passes ------------------------------------------------------------------------------- */

/* What a task becomes: every task says which task of the old graph stands for it. */
typedef struct rewrite {
    const graph_template *g;
    graph_node *node;  // (n_nodes) what they look like now
    int *head;         // (n_nodes) the task that it begins in, itself if it stays
    bool *talks;       // (n_nodes) exchanges messages
} rewrite;

static rewrite begin_rewrite(arena *a, const graph_template *g)
{
    size_t n = (size_t)g->n_nodes;
    rewrite r = {g, arena_take(a, n, sizeof *r.node), arena_take(a, n, sizeof *r.head),
                 arena_take(a, n, sizeof *r.talks)};
    for (int k = 0; k < g->n_nodes; k++) {
        r.node[k] = g->node[k];
        r.head[k] = k;
    }
    for (int k = 0; k < g->n_messages; k++)
        r.talks[g->message[k].a] = r.talks[g->message[k].b] = true;
    return r;
}

/* Edges between tasks that stay; several between the same two carry the same data: once. */
static int rewrite_edges(arena *a, const rewrite *r, const int *number, graph_edge *edge)
{
    const graph_template *g = r->g;
    int n = 0, *last = arena_take(a, (size_t)g->n_nodes, sizeof *last);
    for (int k = 0; k < g->n_nodes; k++)
        last[k] = -1;
    for (int k = 0; k < g->n_nodes; k++) {
        int first = n;
        for (int e = g->in_at[k]; r->head[k] == k && e < g->in_at[k + 1]; e++) {
            int from = r->head[g->in[e].from];
            if (last[from] < first) {
                last[from] = n;
                edge[n++] = (graph_edge){number[from], number[k], g->in[e].bytes};
            } else if (edge[last[from]].bytes < g->in[e].bytes) {
                edge[last[from]].bytes = g->in[e].bytes;
            }
        }
    }
    return n;
}

static graph_template *end_rewrite(arena *a, const rewrite *r)
{
    const graph_template *g = r->g;
    graph_draft d = {0};
    graph_node *node = arena_take(a, (size_t)g->n_nodes, sizeof *node);
    graph_edge *edge = arena_take(a, (size_t)g->n_edges + 1, sizeof *edge);
    graph_message *message = arena_take(a, (size_t)g->n_messages + 1, sizeof *message);
    int *number = arena_take(a, (size_t)g->n_nodes, sizeof *number);
    for (int k = 0; k < g->n_nodes; k++)
        if (r->head[k] == k) {
            number[k] = d.n_nodes;
            node[d.n_nodes++] = r->node[k];
        }
    d.n_edges = rewrite_edges(a, r, number, edge);
    for (int k = 0; k < g->n_messages; k++) {
        const graph_message *m = &g->message[k];
        message[d.n_messages++] = (graph_message){number[m->a], number[m->b], m->bytes};
    }
    d.node = node;
    d.edge = edge;
    d.message = message;
    int n_cycle;
    return graph_build(a, g->name, &d, number, &n_cycle);
}

static bool same_numbers(const double *x, const double *y, int n)
{
    if (!x || !y)
        return x == y;
    for (int k = 0; k < n; k++)
        if (x[k] != y[k])
            return false;
    return true;
}

static bool same_dist(const dist *x, const dist *y)
{
    return x->type == y->type && x->mean == y->mean && x->second_moment == y->second_moment &&
           x->low == y->low && x->high == y->high && x->alpha == y->alpha && x->scale == y->scale &&
           x->mu == y->mu && x->sigma == y->sigma && x->p == y->p && x->mean_1 == y->mean_1 &&
           x->mean_2 == y->mean_2 && x->phases == y->phases && x->n_values == y->n_values &&
           same_numbers(x->value, y->value, x->n_values) &&
           same_numbers(x->cumulative, y->cumulative, x->n_values);
}

static bool same_work(const graph_node *x, const graph_node *y)
{
    if (strcmp(x->op, y->op) != 0 || x->class_id != y->class_id || x->n_parts != y->n_parts ||
        x->memory_bytes != y->memory_bytes || x->params_bytes != y->params_bytes ||
        x->activation_bytes != y->activation_bytes)
        return false;
    for (int k = 0; k < x->n_parts; k++)
        if (!same_dist(&x->part[k].size, &y->part[k].size))
            return false;
    return true;
}

static bool same_inputs(const rewrite *r, int x, int y)
{
    const graph_template *g = r->g;
    int n = g->in_at[x + 1] - g->in_at[x];
    const graph_edge *in_x = g->in + g->in_at[x], *in_y = g->in + g->in_at[y];
    if (n != g->in_at[y + 1] - g->in_at[y])
        return false;
    for (int k = 0; k < n; k++)
        if (r->head[in_x[k].from] != r->head[in_y[k].from] || in_x[k].bytes != in_y[k].bytes)
            return false;
    return true;
}

graph_template *graph_merge(arena *a, const graph_template *g)
{
    rewrite r = begin_rewrite(a, g);
    for (int k = 0; k < g->n_nodes; k++) {
        if (!g->node[k].op || r.talks[k] || g->out_at[k] == g->out_at[k + 1])
            continue;
        for (int j = 0; j < k && r.head[k] == k; j++)
            if (g->level[j] == g->level[k] && r.head[j] == j && g->node[j].op && !r.talks[j] &&
                g->out_at[j] < g->out_at[j + 1] && same_work(&g->node[j], &g->node[k]) &&
                same_inputs(&r, j, k))
                r.head[k] = j;
    }
    return end_rewrite(a, &r);
}

/* Whether the task becomes one with its only predecessor. */
static bool continues(const rewrite *r, int k)
{
    const graph_template *g = r->g;
    if (g->in_at[k + 1] - g->in_at[k] != 1)
        return false;
    int from = g->in[g->in_at[k]].from;
    return g->out_at[from + 1] - g->out_at[from] == 1 && !r->talks[k] && !r->talks[from] &&
           g->node[from].class_id == g->node[k].class_id;
}

/* "a", "a+b", "a+..+c" */
static const char *joined_name(arena *a, const char *first, int n, const char *last)
{
    return n == 1 ? first : arena_format(a, "%s+%s%s", first, n > 2 ? "..+" : "", last);
}

/* "x+y+z" of the operations of a chain; NULL if one has no label. */
static const char *joined_ops(arena *a, const graph_node *const *chain, int n)
{
    size_t length = 1;
    for (int k = 0; k < n; k++) {
        if (!chain[k]->op)
            return NULL;
        length += strlen(chain[k]->op) + 1;
    }
    char *text = arena_take(a, length, 1), *end = text;
    for (int k = 0; k < n; k++) {
        end = k ? stpcpy(end, "+") : end;
        end = stpcpy(end, chain[k]->op);
    }
    return text;
}

static graph_node fused(arena *a, const graph_node *const *chain, int n)
{
    const graph_node *last = chain[n - 1];
    graph_node one = {
        .name = joined_name(a, chain[0]->name, n, last->name),
        .op = joined_ops(a, chain, n),
        .class_id = last->class_id,
        .activation_bytes = last->activation_bytes,
    };
    int64_t most = 0;
    for (int k = 0; k < n; k++) {
        int64_t beside = chain[k]->memory_bytes - chain[k]->params_bytes;
        most = beside > most ? beside : most;
        one.params_bytes += chain[k]->params_bytes;
        one.n_parts += chain[k]->n_parts;
        one.mean_size += chain[k]->mean_size;
    }
    graph_part *part = arena_take(a, (size_t)one.n_parts, sizeof *part);
    one.memory_bytes = one.params_bytes + most;
    one.part = part;
    for (int k = 0; k < n; part += chain[k++]->n_parts)
        memcpy(part, chain[k]->part, (size_t)chain[k]->n_parts * sizeof *part);
    return one;
}

graph_template *graph_fuse(arena *a, const graph_template *g)
{
    rewrite r = begin_rewrite(a, g);
    const graph_node **chain = arena_take(a, (size_t)g->n_nodes, sizeof *chain);
    for (int head = 0; head < g->n_nodes; head++) {
        if (continues(&r, head))
            continue;
        int n = 0;
        for (int k = head, next = head; next >= 0; k = next) {
            chain[n++] = &g->node[k];
            r.head[k] = head;
            next = g->out_at[k] < g->out_at[k + 1] ? g->out[g->out_at[k]].to : -1;
            next = next >= 0 && continues(&r, next) ? next : -1;
        }
        if (n > 1)
            r.node[head] = fused(a, chain, n);
    }
    return end_rewrite(a, &r);
}
