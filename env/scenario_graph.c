/* scenario_graph.c - the graphs of a scenario file. Their lists of tasks are read once into items;
 * then every item is copied as often as it repeats; then names become edges.
 *
 * A block is a list of tasks that is copied as a whole. Within a block `input` is what the block
 * comes after, and tasks that say nothing come after that. What comes after a block comes after
 * those of its tasks that no other of its tasks comes after. */
#include <stdlib.h>
#include <string.h>

#include "scenario_load.h"

enum {
    MOST_GRAPHS = 1000,
    MOST_TASKS = 10000,
    MOST_EDGES = 1000000,
    MOST_BEFORE = 1000,  // tasks that one comes after: the keys of a map are limited
    MOST_NAME = 160,     // of a task: blocks within blocks make long ones
    DEEPEST = 8,         // blocks within blocks
    MOST_TOLD = 12,      // tasks of a cycle in a message
};

/* ---- names -------------------------------------------------------------------------------- */

typedef struct named {
    const char *name;
    int k;
} named;

static int by_name(const void *left, const void *right)
{
    const named *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : a->k - b->k;
}

static int find_name(const named *sorted, int n, const char *name)
{
    int low = 0;
    for (int high = n; low < high;) {
        int middle = low + (high - low) / 2;
        if (strcmp(sorted[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && strcmp(sorted[low].name, name) == 0 ? sorted[low].k : -1;
}

/* Names of tasks are keys of maps in the resolved text. */
static bool is_task_name(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
    size_t n = strspn(name, letters);
    return n > 0 && n <= MOST_NAME && !name[n] && !strchr(".+-", name[0]);
}

static void check_task_name(scenario_loader *l, const yaml_node *map, const char *key,
                            const char *name)
{
    if (name && !is_task_name(name))
        yaml_wrong(&l->doc, yaml_mark_of(map, key),
                   "letters, digits, _ . + -; the first a letter or digit; at most 160",
                   "%s: '%.60s' is no plain name", key, name);
}

/* ---- items -------------------------------------------------------------------------------- */

typedef struct exits {
    int n, *node;
} exits;

typedef struct scope scope;

/* Where an edge begins: the items of a name as it is known somewhere, or known tasks. */
typedef struct feed {
    const char *name;
    yaml_mark mark;
    int64_t bytes;  // -1 = nothing is said of them
    const scope *where;
    const exits *of;  // instead of a name
} feed;

typedef struct item item;

typedef struct items {
    int n;
    item *item;
    named *sorted;
} items;

/* A task or a block of tasks. */
struct item {
    scenario_task set;
    yaml_node *map;
    int class_id;  // -1 after a mistake
    dist written, size;
    bool is_exit;  // no other of its list comes after it
    bool says_after;
    int n_after;
    feed *after;
    bool is_block;
    items inside;
};

static void read_after_one(scenario_loader *l, item *t, const char *name, yaml_mark mark,
                           int64_t bytes)
{
    for (int k = 0; k < t->n_after; k++)
        if (strcmp(t->after[k].name, name) == 0) {
            yaml_wrong(&l->doc, mark, NULL, "after: '%s' stands there twice", name);
            return;
        }
    t->after = arena_grow(l->memory, t->after, (size_t)t->n_after, sizeof *t->after);
    t->after[t->n_after++] = (feed){.name = name, .mark = mark, .bytes = bytes};
}

/* after: one task, a list of tasks, or a map from task to bytes. */
static void read_after(scenario_loader *l, item *t)
{
    const poise_option row = {"after", POISE_BYTES, 0, 0, 0, 1e18, "bytes", "", NULL};
    yaml_node *node = yaml_get(&l->doc, t->map, "after");
    int64_t bytes = yaml_has(t->map, "bytes") ? t->set.bytes : -1;
    t->says_after = node != NULL;
    if (!node)
        return;
    if (node->kind == YAML_SCALAR)
        read_after_one(l, t, node->text, node->mark, bytes);
    for (int k = 0; node->kind == YAML_LIST && k < node->n; k++) {
        yaml_node *name = node->entry[k].value;
        if (yaml_is(&l->doc, name, YAML_SCALAR, "after: an item of the list"))
            read_after_one(l, t, name->text, name->mark, bytes);
    }
    for (int k = 0; node->kind == YAML_MAP && k < node->n; k++) {
        yaml_get(&l->doc, node, node->entry[k].key);
        if (options_read_one(&l->doc, node->entry[k].value, &row, &bytes, ""))
            read_after_one(l, t, node->entry[k].key, node->entry[k].mark, bytes);
    }
}

/* How a task runs and how much there is to do: by its class, its size or its floating-point
 * operations. */
static void read_work(scenario_loader *l, item *t, const char *class_name)
{
    yaml_doc *doc = &l->doc;
    yaml_node *size = yaml_get(doc, t->map, "size");
    t->class_id = -1;
    if (!class_name)
        yaml_wrong(doc, yaml_start(t->map->mark), NULL,
                   "task '%s' must say its class: key 'class' is missing", t->set.name);
    else
        t->class_id = scenario_find_class(l, class_name, yaml_mark_of(t->map, "class"));
    const scenario_class *c = t->class_id < 0 ? NULL : &l->s->classes[t->class_id];
    if (c && c->graph) {
        yaml_wrong(doc, yaml_mark_of(t->map, "class"), NULL,
                   "class '%s' is a graph of tasks itself, a task needs one that runs on devices",
                   c->name);
        t->class_id = -1;
    }
    bool flops = yaml_has(t->map, "flops");
    if (flops && size)
        yaml_wrong(doc, yaml_mark_of(t->map, "flops"), NULL, "give either size or flops, not both");
    else if (flops && strcmp(l->set.work_unit, "FLOP") != 0)
        yaml_wrong(doc, yaml_mark_of(t->map, "flops"), NULL,
                   "flops: sizes count '%s' in this scenario, not FLOP (work_unit: FLOP)",
                   l->set.work_unit);
    else if (flops)
        t->written = t->size = dist_constant(t->set.flop);
    else if (size)
        scenario_read_dist(l, size, "size", l->set.work_unit, &t->written, &t->size);
    else if (c && c->size.type)
        t->size = c->size;
    else if (c && !l->class_wrong[t->class_id])
        yaml_wrong(doc, yaml_start(t->map->mark), NULL,
                   "task '%s' needs a size, its class '%s' has none", t->set.name, c->name);
}

/* Memory: as the task says, what a layer needs, or that of its class. */
static void settle_memory(scenario_loader *l, item *t)
{
    bool is_layer = yaml_has(t->map, "params") || yaml_has(t->map, "activation");
    if (!yaml_has(t->map, "memory"))
        t->set.memory_bytes = is_layer ? t->set.params_bytes + t->set.activation_bytes
                                       : l->s->classes[t->class_id].memory_bytes;
}

static void read_items(scenario_loader *l, yaml_node *list, const char *class_name, int depth,
                       items *read);

/* Keys that say how a single task runs have no place in a block. */
static void read_block(scenario_loader *l, item *t, yaml_node *list, const char *class_name,
                       int depth)
{
    static const char *const single[] = {"op", "flops", "params", "activation", "memory", "size"};
    for (int k = 0; k < (int)(sizeof single / sizeof *single); k++)
        if (yaml_get(&l->doc, t->map, single[k]))
            yaml_wrong(&l->doc, yaml_mark_of(t->map, single[k]), NULL,
                       "%s: a block of tasks has none, its tasks do", single[k]);
    t->is_block = true;
    if (depth == DEEPEST)
        yaml_wrong(&l->doc, list->mark, NULL, "blocks lie more than %d deep in each other",
                   DEEPEST);
    else
        read_items(l, list, class_name, depth + 1, &t->inside);
}

static void read_item(scenario_loader *l, yaml_node *map, const char *class_name, int depth,
                      item *t)
{
    yaml_node *list = yaml_get(&l->doc, map, "tasks");
    const char *what = list ? "a block of tasks" : "a task";
    t->map = map;
    options_read(&l->doc, map, scenario_task_rows, &t->set, "", what);
    check_task_name(l, map, "name", t->set.name);
    check_task_name(l, map, "op", t->set.op);
    t->set.name = t->set.name ? t->set.name : "";
    class_name = t->set.class_name ? t->set.class_name : class_name;
    read_after(l, t);
    if (list)
        read_block(l, t, list, class_name, depth);
    else
        read_work(l, t, class_name);
    if (!list && t->class_id >= 0)
        settle_memory(l, t);
    yaml_done(&l->doc, map, what);
}

/* What tasks of `inside` (the list itself or a block in it) come after is no exit of the list. */
static void mark_used(items *list, const items *inside)
{
    for (int k = 0; k < inside->n; k++) {
        const item *t = &inside->item[k];
        for (int j = 0; j < t->n_after; j++) {
            int used = find_name(list->sorted, list->n, t->after[j].name);
            bool is_other =
                inside != list && find_name(inside->sorted, inside->n, t->after[j].name) >= 0;
            if (used >= 0 && !is_other)
                list->item[used].is_exit = false;
        }
        mark_used(list, &t->inside);
    }
}

static void read_items(scenario_loader *l, yaml_node *list, const char *class_name, int depth,
                       items *read)
{
    yaml_node **map;
    int n = scenario_read_maps(l, list, "tasks", MOST_TASKS, &map);
    read->item = arena_take(l->memory, (size_t)n + 1, sizeof *read->item);
    read->sorted = arena_take(l->memory, (size_t)n + 1, sizeof *read->sorted);
    for (int k = 0; k < n; k++) {
        read_item(l, map[k], class_name, depth, &read->item[k]);
        read->item[k].is_exit = true;
        read->sorted[k] = (named){read->item[k].set.name, k};
    }
    read->n = n;
    qsort(read->sorted, (size_t)n, sizeof *read->sorted, by_name);
    for (int k = 1; k < n; k++)
        if (read->sorted[k].name[0] && strcmp(read->sorted[k - 1].name, read->sorted[k].name) == 0)
            yaml_wrong(&l->doc, yaml_mark_of(map[read->sorted[k].k], "name"), NULL,
                       "two tasks are named '%s'", read->sorted[k].name);
    mark_used(read, read);
}

/* ---- copies ------------------------------------------------------------------------------- */

/* A list of items where it has become tasks. */
struct scope {
    const scope *outer;  // of the list in which the block stands, NULL at the top
    const items *list;
    exits *exit;  // (list->n)
    int n_input;
    const feed *input;  // of a block
};

/* A task and one place its edges come from. */
typedef struct join {
    feed from;
    int to;
} join;

typedef struct builder {
    scenario_loader *l;
    graph_draft d;
    graph_node *node;
    graph_part *part;
    dist *written;
    yaml_node **map;
    join *join;
    int n_joins;
    graph_edge *edge;
    graph_message *message;
    named *sorted;  // all tasks
    int *last;      // (n_nodes) the last task that has an edge from it
    bool full;
} builder;

static void add_join(builder *b, const feed *from, int to)
{
    b->join = arena_grow(b->l->memory, b->join, (size_t)b->n_joins, sizeof *b->join);
    b->join[b->n_joins++] = (join){*from, to};
}

static void add_exit(builder *b, exits *e, int node)
{
    e->node = arena_grow(b->l->memory, e->node, (size_t)e->n, sizeof *e->node);
    e->node[e->n++] = node;
}

static int add_node(builder *b, const item *t, const char *name)
{
    int k = b->d.n_nodes;
    if (k == MOST_TASKS) {
        b->full = true;
        return -1;
    }
    arena *m = b->l->memory;
    b->node = arena_grow(m, b->node, (size_t)k, sizeof *b->node);
    b->written = arena_grow(m, b->written, (size_t)k, sizeof *b->written);
    b->map = arena_grow(m, b->map, (size_t)k, sizeof *b->map);
    graph_part *part = arena_take(m, 1, sizeof *part);
    *part = (graph_part){t->size, k};
    b->node[k] = (graph_node){
        .name = name,
        .op = t->set.op,
        .class_id = t->class_id,
        .memory_bytes = t->set.memory_bytes,
        .params_bytes = t->set.params_bytes,
        .activation_bytes = t->set.activation_bytes,
        .n_parts = 1,
        .part = part,
        .mean_size = t->size.mean,
    };
    b->written[k] = t->written;
    b->map[k] = t->map;
    return b->d.n_nodes++;
}

static scope *copy_items(builder *b, const items *list, const char *prefix, const scope *outer,
                         const feed *input, int n_input);

/* One copy of the item, behind its feeds; its exits are added to e. */
static void copy_once(builder *b, const item *t, const char *name, const scope *where,
                      const feed *from, int n_from, exits *e)
{
    if (!t->is_block) {
        int node = add_node(b, t, name);
        for (int k = 0; k < n_from && node >= 0; k++)
            add_join(b, &from[k], node);
        if (node >= 0)
            add_exit(b, e, node);
        return;
    }
    const char *prefix = arena_format(b->l->memory, "%s.", name);
    const scope *inside = copy_items(b, &t->inside, prefix, where, from, n_from);
    for (int k = 0; k < t->inside.n; k++)
        for (int j = 0; t->inside.item[k].is_exit && j < inside->exit[k].n; j++)
            add_exit(b, e, inside->exit[k].node[j]);
}

/* What an item of the scope comes after; nothing at the top, the block's input in a block, where it
 * does not say. */
static const feed *feeds_of(builder *b, const item *t, const scope *where, int *n)
{
    int64_t bytes = yaml_has(t->map, "bytes") ? t->set.bytes : -1;
    *n = t->says_after ? t->n_after : where->outer != NULL;
    feed *from = arena_take(b->l->memory, (size_t)*n + 1, sizeof *from);
    for (int k = 0; k < *n; k++) {
        from[k] = t->says_after ? t->after[k] : (feed){.name = "input", .bytes = bytes};
        from[k].where = where;
    }
    return from;
}

static exits copy_item(builder *b, const item *t, const char *prefix, const scope *where)
{
    arena *m = b->l->memory;
    int n_from, n = t->set.repeat;
    const feed *from = feeds_of(b, t, where, &n_from);
    exits all = {0};
    for (int k = 1; k <= n && !b->full; k++) {
        const char *name = n > 1 ? arena_format(m, "%s%s.%d", prefix, t->set.name, k)
                                 : arena_format(m, "%s%s", prefix, t->set.name);
        exits *one = arena_take(m, 1, sizeof *one);
        copy_once(b, t, name, where, from, n_from, t->set.chain ? one : &all);
        if (!t->set.chain)
            continue;
        feed *behind = arena_take(m, 1, sizeof *behind);
        *behind = (feed){.of = one, .bytes = yaml_has(t->map, "bytes") ? t->set.bytes : -1};
        from = behind;
        n_from = 1;
        all = *one;
    }
    return all;
}

static scope *copy_items(builder *b, const items *list, const char *prefix, const scope *outer,
                         const feed *input, int n_input)
{
    scope *s = arena_take(b->l->memory, 1, sizeof *s);
    *s = (scope){
        .outer = outer,
        .list = list,
        .exit = arena_take(b->l->memory, (size_t)list->n + 1, sizeof *s->exit),
        .n_input = n_input,
        .input = input,
    };
    for (int k = 0; k < list->n; k++)
        s->exit[k] = copy_item(b, &list->item[k], prefix, s);
    return s;
}

/* ---- edges -------------------------------------------------------------------------------- */

/* A mistake of an item is told once, not for every copy. */
static bool is_told(const scenario_loader *l, yaml_mark mark)
{
    for (int k = 0; k < l->doc.n_mistakes; k++)
        if (l->doc.mistake[k].mark.at == mark.at && l->doc.mistake[k].mark.set == mark.set)
            return true;
    return false;
}

static void add_edge(builder *b, int from, int to, int64_t bytes, yaml_mark mark)
{
    int n = b->d.n_edges;
    b->full |= n == MOST_EDGES;
    if (b->full)
        return;
    if (b->last[from] == to) {
        if (!is_told(b->l, mark))
            yaml_wrong(&b->l->doc, mark, NULL, "task '%s' comes after '%s' twice", b->node[to].name,
                       b->node[from].name);
        return;
    }
    b->last[from] = to;
    b->edge = arena_grow(b->l->memory, b->edge, (size_t)n, sizeof *b->edge);
    b->edge[n] = (graph_edge){from, to, bytes < 0 ? b->node[from].activation_bytes : bytes};
    b->d.n_edges++;
}

static void unknown_task(builder *b, const scope *where, const char *name, yaml_mark mark)
{
    arena *m = b->l->memory;
    if (is_told(b->l, mark))
        return;
    int n = 0;
    const char **names = NULL;
    for (const scope *s = where; s; s = s->outer)
        for (int k = 0; k <= s->list->n; k++) {
            names = arena_grow(m, names, (size_t)n, sizeof *names);
            names[n++] = k < s->list->n ? s->list->item[k].set.name : "input";
            n -= k == s->list->n && !s->outer;
        }
    names = arena_grow(m, names, (size_t)n, sizeof *names);
    names[n] = NULL;
    yaml_wrong_name(&b->l->doc, mark, "task", name, names);
}

/* All edges of a task from one place; of what lies nearest to the task counts what it says of
 * bytes. */
static void add_edges(builder *b, const feed *f, int to, int64_t bytes, yaml_mark mark)
{
    const exits *of = f->of;
    int64_t said = bytes < 0 ? f->bytes : bytes;
    for (const scope *s = f->where; s && !of; s = s->outer) {
        int k = find_name(s->list->sorted, s->list->n, f->name);
        if (k >= 0) {
            of = &s->exit[k];
        } else if (s->outer && strcmp(f->name, "input") == 0) {
            for (int j = 0; j < s->n_input; j++)
                add_edges(b, &s->input[j], to, said, mark);
            return;
        }
    }
    if (of) {
        for (int k = 0; k < of->n; k++)
            add_edge(b, of->node[k], to, said, mark);
        return;
    }
    int k = find_name(b->sorted, b->d.n_nodes, f->name);
    if (k >= 0)
        add_edge(b, k, to, said, mark);
    else
        unknown_task(b, f->where, f->name, f->mark);
}

static void join_all(builder *b)
{
    arena *m = b->l->memory;
    b->last = arena_take(m, (size_t)b->d.n_nodes + 1, sizeof *b->last);
    for (int k = 0; k < b->d.n_nodes; k++)
        b->last[k] = -1;
    for (int k = 0; k < b->n_joins; k++) {
        const join *j = &b->join[k];
        const feed *f = &j->from;
        yaml_mark mark = f->mark.length > 0 ? f->mark : yaml_start(b->map[j->to]->mark);
        add_edges(b, f, j->to, -1, mark);
    }
}

/* ---- messages ----------------------------------------------------------------------------- */

/* The tasks of a name: one, or all copies of an item that repeats. */
static exits find_tasks(builder *b, const scope *top, yaml_node *name)
{
    exits found = {0};
    if (!yaml_is(&b->l->doc, name, YAML_SCALAR, "between: an item of the list"))
        return found;
    int k = find_name(b->sorted, b->d.n_nodes, name->text);
    if (k >= 0) {
        add_exit(b, &found, k);
        return found;
    }
    k = find_name(top->list->sorted, top->list->n, name->text);
    if (k < 0)
        unknown_task(b, top, name->text, name->mark);
    return k < 0 ? found : top->exit[k];
}

static void add_messages(builder *b, exits x, exits y, int64_t bytes)
{
    for (int i = 0; i < x.n; i++)
        for (int j = 0; j < y.n && !b->full; j++) {
            int n = b->d.n_messages;
            b->full |= n == MOST_EDGES;
            b->message = arena_grow(b->l->memory, b->message, (size_t)n, sizeof *b->message);
            b->message[b->d.n_messages++] = (graph_message){x.node[i], y.node[j], bytes};
        }
}

static void read_message(builder *b, const scope *top, yaml_node *map)
{
    scenario_loader *l = b->l;
    scenario_message set;
    options_read(&l->doc, map, scenario_message_rows, &set, "", "a message");
    yaml_node *pair = yaml_need(&l->doc, map, "between", "a message");
    yaml_done(&l->doc, map, "a message");
    if (!pair || !yaml_is(&l->doc, pair, YAML_LIST, "between"))
        return;
    if (pair->n != 2) {
        yaml_wrong(&l->doc, pair->mark, NULL, "between: two tasks are needed, %d are given",
                   pair->n);
        return;
    }
    exits x = find_tasks(b, top, pair->entry[0].value);
    exits y = find_tasks(b, top, pair->entry[1].value);
    if (x.n > 0 && y.n > 0)
        add_messages(b, x, y, set.bytes);
}

/* Messages are told of tasks that can run at once. */
static void check_messages(builder *b, const graph_template *g, yaml_mark mark)
{
    for (int k = 0; k < g->n_messages; k++) {
        int x = g->message[k].a, y = g->message[k].b;
        int first = x < y ? x : y, second = x < y ? y : x;
        if (x == y)
            yaml_wrong(&b->l->doc, mark, NULL, "messages: task '%s' with itself", g->node[x].name);
        else if (graph_precedes(b->l->memory, g, first, second))
            yaml_wrong(&b->l->doc, mark, NULL,
                       "messages: '%s' and '%s' never run at once, '%s' comes after '%s'",
                       g->node[x].name, g->node[y].name, g->node[second].name, g->node[first].name);
        else
            continue;
        return;
    }
}

/* ---- graphs ------------------------------------------------------------------------------- */

static void tell_cycle(scenario_loader *l, const char *name, const graph_node *node,
                       const int *cycle, int n, yaml_mark mark)
{
    string_buffer text = {0};
    for (int k = 0; k < n && k < MOST_TOLD; k++)
        string_add(&text, "%.48s -> ", node[cycle[k]].name);
    yaml_wrong(&l->doc, mark, NULL, "graph '%s' has a cycle: %s%s%.48s", name, text.at,
               n > MOST_TOLD ? "... -> " : "", node[cycle[0]].name);
    string_free(&text);
}

/* Sorted names of all tasks; false with a mistake if two are the same ("a.1" and a copy of "a"). */
static bool sort_names(builder *b, yaml_mark mark)
{
    int n = b->d.n_nodes;
    b->sorted = arena_take(b->l->memory, (size_t)n + 1, sizeof *b->sorted);
    for (int k = 0; k < n; k++)
        b->sorted[k] = (named){b->node[k].name, k};
    qsort(b->sorted, (size_t)n, sizeof *b->sorted, by_name);
    for (int k = 0; k < n; k++)
        if (strlen(b->sorted[k].name) > MOST_NAME) {
            yaml_wrong(&b->l->doc, mark, NULL, "the name of task '%.60s...' is longer than %d",
                       b->sorted[k].name, MOST_NAME);
            return false;
        } else if (k > 0 && strcmp(b->sorted[k - 1].name, b->sorted[k].name) == 0) {
            yaml_wrong(&b->l->doc, yaml_mark_of(b->map[b->sorted[k].k], "name"), NULL,
                       "two tasks are named '%s', with their copies", b->sorted[k].name);
            return false;
        }
    return true;
}

/* What is kept of each task besides the template, in its order; sizes are drawn in this order, too,
 * so that the resolved text means the same jobs. */
static void keep_text(builder *b, graph_text *text, const graph_template *g)
{
    arena *m = b->l->memory;
    dist *written = arena_take(m, (size_t)g->n_nodes, sizeof *written);
    yaml_node **map = arena_take(m, (size_t)g->n_nodes, sizeof *map);
    for (int k = 0; k < g->n_nodes; k++) {
        graph_part *part = (graph_part *)g->node[k].part;
        written[k] = b->written[part->draw];
        map[k] = b->map[part->draw];
        part->draw = k;
    }
    text->before = g;
    text->written_size = written;
    text->task_map = map;
}

static void check_many_before(builder *b, const graph_template *g, yaml_mark mark)
{
    for (int k = 0; k < g->n_nodes; k++)
        if (g->in_at[k + 1] - g->in_at[k] > MOST_BEFORE) {
            yaml_wrong(&b->l->doc, mark, NULL, "task '%s' comes after %d tasks, more than %d",
                       g->node[k].name, g->in_at[k + 1] - g->in_at[k], MOST_BEFORE);
            return;
        }
}

/* Tasks and messages are there: the template, unless its tasks go in a circle. */
static void build(builder *b, int number, yaml_mark tasks_mark, yaml_mark messages_mark)
{
    scenario_loader *l = b->l;
    graph_template *g = &l->s->graph[number];
    int *cycle = arena_take(l->memory, (size_t)b->d.n_nodes + 1, sizeof *cycle), n_cycle;
    b->d.node = b->node;
    b->d.edge = b->edge;
    b->d.message = b->message;
    const graph_template *built = graph_build(l->memory, g->name, &b->d, cycle, &n_cycle);
    if (!built) {
        tell_cycle(l, g->name, b->node, cycle, n_cycle, yaml_start(b->map[cycle[0]]->mark));
        return;
    }
    check_many_before(b, built, tasks_mark);
    check_messages(b, built, messages_mark);
    keep_text(b, &l->graph_text[number], built);
    *g = *built;
}

static void read_tasks(scenario_loader *l, int number, yaml_node *list, yaml_node *messages,
                       const char *class_name)
{
    items read = {0};
    builder b = {.l = l};
    int before = l->doc.n_mistakes;
    read_items(l, list, class_name, 0, &read);
    if (l->doc.n_mistakes > before || l->names_wrong)
        return;
    const scope *top = copy_items(&b, &read, "", NULL, NULL, 0);
    if (!b.full && !sort_names(&b, list->mark))
        return;
    if (!b.full)
        join_all(&b);
    yaml_node **map;
    int n = messages ? scenario_read_maps(l, messages, "messages", MOST_TASKS, &map) : 0;
    for (int k = 0; k < n && !b.full; k++)
        read_message(&b, top, map[k]);
    if (b.full)
        yaml_wrong(&l->doc, yaml_start(list->mark), NULL,
                   "a graph has at most %d tasks and %d edges, with all copies", MOST_TASKS,
                   MOST_EDGES);
    if (l->doc.n_mistakes == before && b.map && b.written)
        build(&b, number, yaml_start(list->mark), messages ? messages->mark : list->mark);
}

static void read_passes(scenario_loader *l, yaml_node *list, graph_text *text)
{
    if (!list || !yaml_is(&l->doc, list, YAML_LIST, "passes"))
        return;
    graph_pass *pass = arena_take(l->memory, (size_t)list->n + 1, sizeof *pass);
    for (int k = 0; k < list->n; k++) {
        yaml_node *name = list->entry[k].value;
        if (!yaml_is(&l->doc, name, YAML_SCALAR, "passes: an item of the list"))
            continue;
        int p = 0;
        while (graph_pass_names[p] && strcmp(graph_pass_names[p], name->text) != 0)
            p++;
        if (!graph_pass_names[p])
            yaml_wrong_name(&l->doc, name->mark, "pass", name->text, graph_pass_names);
        pass[text->n_passes++] = (graph_pass)p;
    }
    text->pass = pass;
}

void scenario_name_graphs(scenario_loader *l)
{
    poise_scenario *s = l->s;
    yaml_node *list = yaml_get(&l->doc, l->doc.root, "graphs"), **map;
    s->n_graphs = list ? scenario_read_maps(l, list, "graphs", MOST_GRAPHS, &map) : 0;
    s->graph = arena_take(l->memory, (size_t)s->n_graphs + 1, sizeof *s->graph);
    l->graph_text = arena_take(l->memory, (size_t)s->n_graphs + 1, sizeof *l->graph_text);
    for (int k = 0; k < s->n_graphs; k++) {
        graph_template *g = &s->graph[k];
        l->graph_text[k].map = map[k];
        options_read(&l->doc, map[k], scenario_graph_rows, g, "", "a graph");
        check_task_name(l, map[k], "name", g->name);
        g->name = g->name ? g->name : "";
        for (int j = 0; j < k; j++)
            if (g->name[0] && strcmp(s->graph[j].name, g->name) == 0)
                yaml_wrong(&l->doc, yaml_mark_of(map[k], "name"), NULL, "two graphs are named '%s'",
                           g->name);
    }
}

const graph_template *scenario_graph_of(scenario_loader *l, yaml_node *class_map)
{
    yaml_node *node = yaml_get(&l->doc, class_map, "graph");
    if (!node || !yaml_is(&l->doc, node, YAML_SCALAR, "graph"))
        return NULL;
    const char **names = arena_take(l->memory, (size_t)l->s->n_graphs + 1, sizeof *names);
    for (int k = 0; k < l->s->n_graphs; k++) {
        names[k] = l->s->graph[k].name;
        if (strcmp(names[k], node->text) == 0)
            return &l->s->graph[k];
    }
    yaml_wrong_name(&l->doc, node->mark, "graph", node->text, names);
    return NULL;
}

void scenario_read_graphs(scenario_loader *l)
{
    for (int k = 0; k < l->s->n_graphs; k++) {
        yaml_node *map = l->graph_text[k].map;
        yaml_node *class_name = yaml_get(&l->doc, map, "class");
        yaml_node *tasks = yaml_need(&l->doc, map, "tasks", "a graph");
        yaml_node *messages = yaml_get(&l->doc, map, "messages");
        read_passes(l, yaml_get(&l->doc, map, "passes"), &l->graph_text[k]);
        yaml_done(&l->doc, map, "a graph");
        if (class_name && !yaml_is(&l->doc, class_name, YAML_SCALAR, "class"))
            continue;
        if (tasks)
            read_tasks(l, k, tasks, messages, class_name ? class_name->text : NULL);
    }
}
