/* scenario_graph_cost.c - what the tasks of graphs cost on the devices of a scenario: where they
 * can run, how long they and the transfers between them take on average; their passes; and graphs
 * as canonical YAML. */
#include <math.h>

#include "scenario_load.h"
#include "units.h"

/* ---- costs -------------------------------------------------------------------------------- */

static double link_s(const scenario_link *link, int64_t bytes)
{
    return link->byte_per_s > 0 ? (double)bytes / link->byte_per_s : 0;
}

double scenario_transfer_s(const poise_scenario *s, int from, int to, int64_t bytes)
{
    const scenario_link *out = &s->group[from].link, *in = &s->group[to].link;
    const scenario_pair *between = scenario_pair_of(s, from, to);
    if (between)
        return seconds(between->link.latency_ns) + link_s(&between->link, bytes);
    return seconds(out->latency_ns) + seconds(in->latency_ns) +
           fmax(link_s(out, bytes), link_s(in, bytes));
}

static demand demand_of(const poise_scenario *s, const graph_node *t)
{
    return (demand){.cores = s->classes[t->class_id].cores, .memory_bytes = t->memory_bytes};
}

/* Work units per second of the task on one device of the group, 0 if it cannot run there. */
static double speed_of(const poise_scenario *s, const graph_node *t, int group)
{
    const scenario_group *g = &s->group[group];
    demand d = demand_of(s, t);
    return g->law->could_run(g, &d) ? s->speed[t->class_id * s->n_groups + group] : 0;
}

/* Mean over the pairs of different devices that can run the two tasks; 0 if there is only one
 * device for both. */
static double mean_transfer_s(const poise_scenario *s, const graph_template *g, const graph_edge *e)
{
    double pairs = 0, sum_s = 0;
    for (int a = 0; a < s->n_groups; a++) {
        if (!(speed_of(s, &g->node[e->from], a) > 0))
            continue;
        for (int b = 0; b < s->n_groups; b++) {
            if (!(speed_of(s, &g->node[e->to], b) > 0))
                continue;
            double n = (double)s->group[a].count * (s->group[b].count - (a == b));
            pairs += n;
            sum_s += n * scenario_transfer_s(s, a, b, e->bytes);
        }
    }
    return pairs > 0 ? sum_s / pairs : 0;
}

static bool has_links(const poise_scenario *s)
{
    bool links = s->n_pairs > 0;
    for (int g = 0; g < s->n_groups; g++)
        links |= s->group[g].link.latency_ns > 0 || s->group[g].link.byte_per_s > 0;
    return links;
}

static void analyse(scenario_loader *l, graph_template *g)
{
    const poise_scenario *s = l->s;
    size_t n = (size_t)g->n_nodes;
    double *service_s = arena_take(l->memory, n, sizeof *service_s);
    double *least_s = arena_take(l->memory, n, sizeof *least_s);
    double *load_s = arena_take(l->memory, n, sizeof *load_s);
    double *edge_s = arena_take(l->memory, (size_t)g->n_edges + 1, sizeof *edge_s);
    for (int k = 0; k < g->n_nodes; k++) {
        double devices = 0, sum = 0, together = 0, fastest = 0;
        for (int group = 0; group < s->n_groups; group++) {
            double speed = speed_of(s, &g->node[k], group), count = s->group[group].count;
            if (!(speed > 0))
                continue;
            devices += count;
            sum += count / speed;
            together += count * speed;
            fastest = fmax(fastest, speed);
        }
        service_s[k] = sum / devices;
        least_s[k] = 1 / fastest;
        load_s[k] = 1 / together;
    }
    bool links = has_links(s);
    for (int e = 0; e < g->n_edges && links; e++)
        edge_s[e] = mean_transfer_s(s, g, &g->out[e]);
    graph_analyse(l->memory, g, &(graph_costs){service_s, least_s, load_s, edge_s});
}

/* ---- checks ------------------------------------------------------------------------------- */

/* A simulation cannot outlast its clock. */
static bool check_service(scenario_loader *l, yaml_node *map, const char *graph,
                          const graph_node *t)
{
    const poise_scenario *s = l->s;
    for (int g = 0; g < s->n_groups; g++) {
        double speed = speed_of(s, t, g);
        if (!(speed > 0) || t->mean_size / speed <= HORIZON_MAX_S)
            continue;
        yaml_wrong(&l->doc, map->mark, NULL,
                   "task '%s' of graph '%s' takes %.3g years on device group '%s', the clock has "
                   "285",
                   t->name, graph, t->mean_size / speed / 31557600, s->group[g].name);
        return false;
    }
    return true;
}

/* `map` (n_nodes) is where the tasks stand, NULL for what passes have made of them. */
static bool check_tasks(scenario_loader *l, const graph_text *text, const graph_template *g,
                        yaml_node *const *map)
{
    for (int k = 0; k < g->n_nodes; k++) {
        yaml_node *where = map ? map[k] : text->map;
        if (!scenario_check_task(l, where, g->name, &g->node[k]) ||
            !check_service(l, where, g->name, &g->node[k]))
            return false;
    }
    return true;
}

/* ---- passes ------------------------------------------------------------------------------- */

static void note_passes(scenario_loader *l, const graph_text *text, const graph_template *before,
                        const graph_template *after)
{
    string_buffer *out = &l->notes;
    string_add(out, "%sgraph %s, passes", out->length ? "\n" : "", after->name);
    for (int k = 0; k < text->n_passes; k++)
        string_add(out, "%s %s", k ? "," : "", graph_pass_names[text->pass[k]]);
    string_add(out,
               ": tasks %d -> %d, sinks %d -> %d, work %.6g -> %.6g %s, bytes over edges %.6g -> "
               "%.6g, critical path %.6g -> %.6g s",
               before->n_nodes, after->n_nodes, before->n_sinks, after->n_sinks, before->work,
               after->work, l->s->work_unit, before->bytes, after->bytes, before->critical_s,
               after->critical_s);
}

static void finish(scenario_loader *l, int number)
{
    const graph_text *text = &l->graph_text[number];
    if (!check_tasks(l, text, text->before, text->task_map))
        return;
    graph_template before = *text->before;
    analyse(l, &before);
    graph_template *g = &before;
    for (int k = 0; k < text->n_passes; k++)
        g = text->pass[k] == PASS_MERGE ? graph_merge(l->memory, g) : graph_fuse(l->memory, g);
    if (text->n_passes > 0) {
        if (!check_tasks(l, text, g, NULL))
            return;
        analyse(l, g);
        note_passes(l, text, &before, g);
    }
    l->s->graph[number] = *g;
}

void scenario_finish_graphs(scenario_loader *l)
{
    for (int k = 0; k < l->s->n_graphs; k++)
        finish(l, k);
    for (int c = 0; c < l->s->n_classes; c++)
        l->s->has_runs |= l->s->classes[c].graph != NULL;
    if (l->s->decision.ahead && l->s->decision.mode == MODE_SHARE)
        yaml_wrong(&l->doc, yaml_mark_of(yaml_get(&l->doc, l->doc.root, "decision"), "ahead"), NULL,
                   "ahead: where tasks share, there is nothing to send them to");
}

static poise_graph public_graph(arena *a, const graph_template *g)
{
    size_t n = (size_t)g->n_nodes;
    const char **name = arena_take(a, n, sizeof *name);
    int *class_id = arena_take(a, n, sizeof *class_id);
    double *mean_size = arena_take(a, n, sizeof *mean_size);
    for (int k = 0; k < g->n_nodes; k++) {
        name[k] = g->node[k].name;
        class_id[k] = g->node[k].class_id;
        mean_size[k] = g->node[k].mean_size;
    }
    return (poise_graph){
        .name = g->name,
        .n_tasks = g->n_nodes,
        .n_edges = g->n_edges,
        .task_name = name,
        .class_id = class_id,
        .first_edge = g->in_at,
        .edge = g->in,
        .mean_size = mean_size,
        .service_s = g->service_s,
        .upward_s = g->upward_s,
        .downward_s = g->downward_s,
        .critical_s = g->critical_s,
        .n_critical = g->n_critical,
        .critical = g->critical,
        .bottleneck = g->bottleneck,
    };
}

const poise_graph *scenario_public_graphs(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    poise_graph *all = arena_take(l->memory, (size_t)s->n_graphs + 1, sizeof *all);
    for (int k = 0; k < s->n_graphs; k++)
        all[k] = public_graph(l->memory, &s->graph[k]);
    return all;
}

double scenario_graph_work(const graph_template *g, int class_id, int *n_tasks)
{
    double work = 0;
    *n_tasks = 0;
    for (int k = 0; k < g->n_nodes; k++)
        if (g->node[k].class_id == class_id) {
            work += g->node[k].mean_size;
            ++*n_tasks;
        }
    return work;
}

/* ---- printing ----------------------------------------------------------------------------- */

static void print_bytes(string_buffer *out, const char *key, int64_t bytes)
{
    char text[32];
    units_print_bytes(bytes, text, sizeof text);
    string_add(out, "%s: %s", key, text);
}

static void print_task(string_buffer *out, const scenario_loader *l, const graph_template *g, int k,
                       const dist *written)
{
    const graph_node *t = &g->node[k];
    string_add(out, "      - {name: %s, class: %s", t->name, l->s->classes[t->class_id].name);
    if (t->op)
        string_add(out, ", op: %s", t->op);
    if (written->type) {
        string_add(out, ", size: ");
        scenario_print_dist(out, written);
    }
    if (t->params_bytes > 0)
        print_bytes(out, ", params", t->params_bytes);
    if (t->activation_bytes > 0)
        print_bytes(out, ", activation", t->activation_bytes);
    print_bytes(out, ", memory", t->memory_bytes);
    string_add(out, ", after: {");
    for (int e = g->in_at[k]; e < g->in_at[k + 1]; e++) {
        string_add(out, e > g->in_at[k] ? ", " : "");
        print_bytes(out, g->node[g->in[e].from].name, g->in[e].bytes);
    }
    string_add(out, "}}\n");
}

static void print_graph(string_buffer *out, const scenario_loader *l, const graph_text *text)
{
    const graph_template *g = text->before;
    string_add(out, "  - name: %s\n    passes: [", g->name);
    for (int k = 0; k < text->n_passes; k++)
        string_add(out, "%s%s", k ? ", " : "", graph_pass_names[text->pass[k]]);
    string_add(out, "]\n    tasks:\n");
    for (int k = 0; k < g->n_nodes; k++)
        print_task(out, l, g, k, &text->written_size[k]);
    string_add(out, g->n_messages > 0 ? "    messages:\n" : "");
    for (int k = 0; k < g->n_messages; k++) {
        const graph_message *m = &g->message[k];
        string_add(out, "      - {between: [%s, %s], ", g->node[m->a].name, g->node[m->b].name);
        print_bytes(out, "bytes", m->bytes);
        string_add(out, "}\n");
    }
}

void scenario_print_graphs(string_buffer *out, const scenario_loader *l)
{
    string_add(out, l->s->n_graphs > 0 ? "graphs:\n" : "");
    for (int k = 0; k < l->s->n_graphs; k++)
        print_graph(out, l, &l->graph_text[k]);
}
