/* scenario_read.c - the YAML tree of a scenario into plain structs. What is wrong in one place does
 * not keep the rest from being read, so that all mistakes are told at once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario_load.h"
#include "units.h"

enum { MOST_PARTS = 1000, MOST_JOBS = 1000000, MOST_DEVICES = 1000000, MOST_CORES = 10000000 };

int scenario_read_maps(scenario_loader *l, yaml_node *list, const char *what, int most,
                       yaml_node ***nodes)
{
    if (!yaml_is(&l->doc, list, YAML_LIST, what))
        return 0;
    if (list->n == 0)
        yaml_wrong(&l->doc, list->mark, NULL, "%s is empty, at least one is needed", what);
    if (list->n > most) {
        yaml_wrong(&l->doc, list->mark, NULL, "%s: %d are more than %d", what, list->n, most);
        return 0;
    }
    int n = 0;
    *nodes = arena_take(l->memory, (size_t)list->n + 1, sizeof(yaml_node *));
    for (int k = 0; k < list->n; k++)
        if (yaml_is(&l->doc, list->entry[k].value, YAML_MAP, "an item of the list"))
            (*nodes)[n++] = list->entry[k].value;
    return n;
}

/* The text of a scalar key, NULL if it is missing or no scalar. */
static const char *text_of(scenario_loader *l, yaml_node *map, const char *key)
{
    yaml_node *value = yaml_get(&l->doc, map, key);
    return value && yaml_is(&l->doc, value, YAML_SCALAR, key) ? value->text : NULL;
}

static bool is_plain_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-");
    return n > 0 && n <= 48 && !name[n];
}

void scenario_check_name(scenario_loader *l, const yaml_node *map, const char *key,
                         const char *name)
{
    if (name && !is_plain_name(name))
        yaml_wrong(&l->doc, yaml_mark_of(map, key), "letters, digits, _ . + -; at most 48",
                   "%s: '%.60s' is no plain name", key, name);
}

/* ---- sections ----------------------------------------------------------------------------- */

static void check_header(scenario_loader *l)
{
    const char *name = l->set.name;
    size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;
    size_t version = n;
    while (version > 0 && name[version - 1] >= '0' && name[version - 1] <= '9')
        version--;
    bool good = name && !name[n] && version < n && version > 2 && name[version - 1] == 'v' &&
                name[version - 2] == '-';
    if (name && name[0] && (!good || n > 64))
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, "name"),
                   "lower case letters, digits and -, then -v and a number: my-cluster-v1",
                   "name: '%.60s' is not a name with a version", name);
    if (l->set.title && strchr(l->set.title, '\n'))
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, "title"), NULL, "title: more than one line");
    const char *unit = l->set.work_unit;
    if (unit && (strlen(unit) > 16 ||
                 unit[strspn(unit, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")]))
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, "work_unit"), "at most 16 letters",
                   "work_unit: '%.60s' is not a word", unit);
    l->set.work_unit = unit && unit[0] ? unit : "s";
}

static void read_section(scenario_loader *l, const scenario_section *section, yaml_node *map)
{
    int before = l->doc.n_mistakes;
    if (yaml_is(&l->doc, map, YAML_MAP, section->what)) {
        options_read(&l->doc, map, section->rows, &l->set, l->set.work_unit, section->what);
        options_read(&l->doc, map, section->more, &l->set, l->set.work_unit, section->what);
        if (section->key && strcmp(section->key, "decision") == 0)
            scenario_read_decision_more(l, map);
        if (section->key)
            yaml_done(&l->doc, map, section->what);
    } else {
        options_defaults(section->rows, &l->set);
        options_defaults(section->more, &l->set);
    }
    if (section->key && strcmp(section->key, "end") == 0 && l->doc.n_mistakes > before)
        l->end_wrong = true;
}

static void read_sections(scenario_loader *l)
{
    for (const scenario_section *section = scenario_sections; section->rows; section++) {
        yaml_node *map = l->doc.root;
        if (section->key)
            map = yaml_get(&l->doc, map, section->key);
        if (map)
            read_section(l, section, map);
        else {
            options_defaults(section->rows, &l->set);
            options_defaults(section->more, &l->set);
        }
    }
    check_header(l);
}

static void copy_settings(const scenario_settings *set, poise_scenario *s)
{
    s->name = set->name ? set->name : "";
    s->title = set->title ? set->title : "";
    s->about = set->about ? set->about : "";
    s->work_unit = set->work_unit;
    s->window = set->window;
    s->decision.mode = set->mode;
    s->may_wait = set->wait;
    s->visible = (visibility)set->sizes;
    s->queue_limit = set->queue_limit;
    memcpy(s->reward_weight, set->reward_weight, sizeof s->reward_weight);
    s->weighs_tasks =
        s->reward_weight[REWARD_HOLDING] != 0 || s->reward_weight[REWARD_SLOWDOWN] != 0;
    s->discount_per_s = set->discount_per_s;
    s->warmup_ns = set->warmup_ns;
    s->warmup_jobs = set->warmup_jobs;
    s->end_ns = set->end_ns;
    s->end_jobs = set->end_jobs;
}

void scenario_read(scenario_loader *l)
{
    yaml_doc *doc = &l->doc;
    l->names_wrong = true;  // until there are classes
    scenario_read_decision_more(l, NULL);
    read_sections(l);
    copy_settings(&l->set, l->s);
    scenario_name_graphs(l);
    yaml_node *devices = yaml_need(doc, doc->root, "devices", "the scenario");
    yaml_node *workload = yaml_need(doc, doc->root, "workload", "the scenario");
    scenario_name_resources(l, devices);
    if (workload && yaml_is(doc, workload, YAML_MAP, "workload")) {
        options_read(doc, workload, scenario_workload_rows, &l->set, "", "workload");
        yaml_node *classes = yaml_need(doc, workload, "classes", "workload");
        if (classes)
            scenario_read_classes(l, classes);
    }
    scenario_read_graphs(l);
    if (devices)
        scenario_read_groups(l, devices);
    if (workload && workload->kind == YAML_MAP) {
        yaml_node *sources = yaml_need(doc, workload, "sources", "workload");
        if (sources)
            scenario_read_sources(l, sources);
        yaml_done(doc, workload, "workload");
    }
    scenario_read_speeds(l);
    scenario_read_interference(l);
    scenario_read_world(l);
    int before = doc->n_mistakes;
    yaml_done(doc, doc->root, "the scenario");
    l->end_wrong |= doc->n_mistakes > before && !yaml_has(doc->root, "end");
}

/* ---- classes ------------------------------------------------------------------------------ */

static void add_kind(scenario_loader *l, const char *kind)
{
    for (int k = 0; k < l->n_kinds; k++)
        if (strcmp(l->kind[k], kind) == 0)
            return;
    l->kind[l->n_kinds++] = kind;
}

/* The tasks of a graph run on devices, a job of them does not: what says how a task runs has no
 * effect there. */
static void check_graph_class(scenario_loader *l, yaml_node *map, const scenario_class *c)
{
    const struct {
        const char *key;
        bool given;
    } none[] = {
        {"kind", strcmp(c->kind, c->name) != 0},
        {"memory", c->memory_bytes > 0},
        {"cores", c->cores > 1},
        {"priority", c->priority != 0},
        {"weight", c->weight != 1},
        {"request", yaml_has(map, "request")},
        {"input", c->input_bytes > 0},
        {"flop", c->flop > 0},
        {"byte", c->byte > 0},
        {"cap", c->cap > 0},
        {"limit", c->killed_at_limit},
        {"tenant", yaml_has(map, "tenant")},
        {"profiles", c->n_profiles > 0},
        {"sync", c->has_sync},
    };
    for (int k = 0; k < (int)(sizeof none / sizeof *none); k++)
        if (none[k].given)
            yaml_wrong(&l->doc, yaml_mark_of(map, none[k].key), NULL,
                       "%s: a class with a graph has none, the classes of its tasks do",
                       none[k].key);
}

static void read_class(scenario_loader *l, yaml_node *map, int class_id)
{
    scenario_class *c = &l->s->classes[class_id];
    int before = l->doc.n_mistakes;
    options_read(&l->doc, map, scenario_class_rows, c, l->set.work_unit, "a job class");
    scenario_check_name(l, map, "name", c->name);
    scenario_check_name(l, map, "kind", c->kind);
    l->names_wrong |= !c->name || !c->name[0];
    c->tenant = -1;
    c->name = c->name ? c->name : "";
    c->kind = c->kind ? c->kind : c->name;
    scenario_read_class_more(l, map, class_id);
    c->graph = scenario_graph_of(l, map);
    if (c->graph)
        check_graph_class(l, map, c);
    else
        add_kind(l, c->kind);
    for (int k = 0; k < class_id; k++)
        if (c->name[0] && strcmp(l->s->classes[k].name, c->name) == 0) {
            yaml_wrong(&l->doc, yaml_mark_of(map, "name"), NULL, "two job classes are named '%s'",
                       c->name);
            l->names_wrong = true;
        }
    yaml_node *size = yaml_get(&l->doc, map, "size");
    if (size)
        scenario_read_dist(l, size, "size", l->set.work_unit, &l->written_size[class_id], &c->size);
    else if (c->graph)
        l->written_size[class_id] = c->size = dist_constant(1);
    yaml_done(&l->doc, map, "a job class");
    l->class_wrong[class_id] = l->doc.n_mistakes > before;
}

void scenario_read_classes(scenario_loader *l, yaml_node *list)
{
    poise_scenario *s = l->s;
    s->n_classes = scenario_read_maps(l, list, "classes", MOST_PARTS, &l->class_node);
    s->classes = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *s->classes);
    l->written_size = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *l->written_size);
    l->class_text = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *l->class_text);
    l->class_wrong = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof(bool));
    l->kind = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *l->kind);
    l->names_wrong = s->n_classes == 0;
    for (int k = 0; k < s->n_classes; k++)
        read_class(l, l->class_node[k], k);
}

/* ---- device groups ------------------------------------------------------------------------ */

static const device_law *read_law(scenario_loader *l, yaml_node *map)
{
    const char *names[32] = {0};
    for (int k = 0; k < 31 && device_laws[k]; k++)
        names[k] = device_laws[k]->name;
    const char *name = text_of(l, map, "law");
    const device_law *law = device_law_find(name ? name : "fifo");
    if (!law)
        yaml_wrong_name(&l->doc, yaml_mark_of(map, "law"), "law", name, names);
    return law;
}

/* `cores: trace` stands for what the header of the trace says, which is read later. */
static void take_cores_of_trace(scenario_loader *l, yaml_node *map, int group)
{
    yaml_node *cores = yaml_get(&l->doc, map, "cores");
    if (cores && cores->kind == YAML_SCALAR && strcmp(cores->text, "trace") == 0) {
        l->cores_of_trace[group] = true;
        cores->text = "1";
    }
}

static void check_cores(scenario_loader *l, const yaml_node *map, const scenario_group *g)
{
    if (!g->law->whole && (int64_t)g->count * g->law->cores(g) > MOST_CORES)
        yaml_wrong(&l->doc, yaml_mark_of(map, "cores"), NULL,
                   "cores: %d devices of %d cores are more than %d cores", g->count,
                   g->law->cores(g), MOST_CORES);
}

static void read_group(scenario_loader *l, yaml_node *map, int group)
{
    scenario_group *g = &l->s->group[group];
    int before = l->doc.n_mistakes;
    options_read(&l->doc, map, scenario_group_rows, g, "", "a device group");
    scenario_check_name(l, map, "name", g->name);
    scenario_check_name(l, map, "kind", g->kind);
    g->name = g->name ? g->name : "";
    g->kind = g->kind ? g->kind : g->name;
    if (!yaml_has(map, "busy"))
        g->busy_mw = g->idle_mw;
    if (g->busy_mw < g->idle_mw && l->doc.n_mistakes == before)
        yaml_wrong(&l->doc, yaml_mark_of(map, "busy"), NULL, "busy: less power than when idle");
    for (int k = 0; k < group; k++)
        if (g->name[0] && strcmp(l->s->group[k].name, g->name) == 0)
            yaml_wrong(&l->doc, yaml_mark_of(map, "name"), NULL, "two device groups are named '%s'",
                       g->name);
    yaml_get(&l->doc, map, "speed");
    scenario_read_group_more(l, map, group);
    scenario_read_group_world(l, map, group);
    g->law = read_law(l, map);
    if (!g->law)
        return;
    if (strcmp(g->law->name, "cores") == 0)
        take_cores_of_trace(l, map, group);
    const char *what = arena_format(l->memory, "a device group with law %s", g->law->name);
    options_read(&l->doc, map, g->law->options, &g->params, "", what);
    yaml_done(&l->doc, map, what);
    check_cores(l, map, g);
}

void scenario_read_groups(scenario_loader *l, yaml_node *list)
{
    poise_scenario *s = l->s;
    s->n_groups = scenario_read_maps(l, list, "devices", MOST_PARTS, &l->group_node);
    s->group = arena_take(l->memory, (size_t)s->n_groups + 1, sizeof *s->group);
    l->group_text = arena_take(l->memory, (size_t)s->n_groups + 1, sizeof *l->group_text);
    l->cores_of_trace = arena_take(l->memory, (size_t)s->n_groups + 1, sizeof(bool));
    int before = l->doc.n_mistakes, n_devices = 0;
    for (int g = 0; g < s->n_groups; g++) {
        read_group(l, l->group_node[g], g);
        n_devices += s->group[g].count;
    }
    if (n_devices > MOST_DEVICES)
        yaml_wrong(&l->doc, list->mark, NULL, "devices: %d in all are more than %d", n_devices,
                   MOST_DEVICES);
    l->groups_wrong = s->n_groups == 0 || l->doc.n_mistakes > before;
}

static const char *speed_unit(scenario_loader *l)
{
    return strcmp(l->set.work_unit, "s") == 0 ? ""
                                              : arena_format(l->memory, "%s/s", l->set.work_unit);
}

static void read_speed_map(scenario_loader *l, yaml_node *map, int group, const poise_option *row)
{
    int n_groups = l->s->n_groups;
    for (int k = 0; k < l->n_kinds; k++) {
        double *speed = &l->kind_speed[k * n_groups + group];
        yaml_node *value = yaml_get(&l->doc, map, l->kind[k]);
        if (value)
            options_read_one(&l->doc, value, row, speed, "");
    }
    for (int k = 0; k < map->n; k++)
        if (!map->entry[k].used && !l->names_wrong)
            yaml_wrong_name(&l->doc, map->entry[k].mark, "task kind", map->entry[k].key, l->kind);
}

/* The speed of a group: one number for all task kinds, or a map; kinds that the map does not have
 * cannot run there. */
static void read_speed(scenario_loader *l, int group)
{
    const poise_option row = {"speed", POISE_QUANTITY, 0, 1, 0, 1e30, speed_unit(l), "", NULL};
    yaml_node *node = yaml_get(&l->doc, l->group_node[group], "speed");
    double all = node ? 0 : 1;
    if (node && node->kind == YAML_MAP) {
        read_speed_map(l, node, group, &row);
        return;
    }
    if (node)
        options_read_one(&l->doc, node, &row, &all, "");
    for (int k = 0; k < l->n_kinds; k++)
        l->kind_speed[k * l->s->n_groups + group] = all;
}

void scenario_read_speeds(scenario_loader *l)
{
    size_t n = (size_t)l->n_kinds * (size_t)l->s->n_groups;
    l->kind_speed = arena_take(l->memory, n + 1, sizeof *l->kind_speed);
    int before = l->doc.n_mistakes;
    for (int g = 0; g < l->s->n_groups; g++)
        read_speed(l, g);
    l->groups_wrong |= l->doc.n_mistakes > before;
}

/* ---- sources ------------------------------------------------------------------------------ */

int scenario_find_class(scenario_loader *l, const char *name, yaml_mark mark)
{
    const poise_scenario *s = l->s;
    const char **names = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *names);
    for (int k = 0; k < s->n_classes; k++) {
        names[k] = s->classes[k].name;
        if (strcmp(names[k], name) == 0)
            return k;
    }
    if (!l->names_wrong)
        yaml_wrong_name(&l->doc, mark, "job class", name, names);
    return -1;
}

static void set_mix(scenario_loader *l, int source, int n, const int *class_id,
                    const double *weight)
{
    scenario_source *src = &l->s->source[source];
    double sum = 0;
    for (int k = 0; k < n; k++)
        sum += weight[k];
    double *cumulative = arena_take(l->memory, (size_t)n + 1, sizeof *cumulative), up_to = 0;
    for (int k = 0; k < n; k++)
        cumulative[k] = (up_to += weight[k]) / sum;
    cumulative[n - 1] = 1;
    src->n_mix = n;
    src->mix_class = class_id;
    src->mix_cumulative = cumulative;
    l->source_text[source].weight = weight;
}

static void read_mix(scenario_loader *l, yaml_node *map, int source)
{
    const poise_option row = {"mix", POISE_REAL, 0, 0, 0, 1e9, "", "", NULL};
    if (!yaml_is(&l->doc, map, YAML_MAP, "mix"))
        return;
    int before = l->doc.n_mistakes;
    int *class_id = arena_take(l->memory, (size_t)map->n + 1, sizeof *class_id);
    double *weight = arena_take(l->memory, (size_t)map->n + 1, sizeof *weight), sum = 0;
    for (int k = 0; k < map->n; k++) {
        class_id[k] = scenario_find_class(l, map->entry[k].key, map->entry[k].mark);
        options_read_one(&l->doc, map->entry[k].value, &row, &weight[k], "");
        sum += weight[k];
    }
    if (l->doc.n_mistakes > before || l->names_wrong)
        return;
    if (!(sum > 0))
        yaml_wrong(&l->doc, map->mark, NULL, "mix: the weights of the classes sum to 0");
    else
        set_mix(l, source, map->n, class_id, weight);
}

/* The class that a source delivers where it has only one. */
static int one_class(scenario_loader *l, yaml_node *map)
{
    const char *name = text_of(l, map, "class");
    if (name)
        return scenario_find_class(l, name, yaml_mark_of(map, "class"));
    if (l->s->n_classes == 1)
        return 0;
    yaml_wrong(&l->doc, yaml_start(map->mark), NULL,
               "a source must say which class of jobs it delivers: key 'class' is missing");
    return -1;
}

static void read_classes_of(scenario_loader *l, yaml_node *map, int source)
{
    yaml_node *mix = yaml_get(&l->doc, map, "mix");
    if (mix && yaml_has(map, "class"))
        yaml_wrong(&l->doc, yaml_mark_of(map, "class"), NULL, "give either class or mix, not both");
    if (mix) {
        yaml_get(&l->doc, map, "class");
        read_mix(l, mix, source);
        return;
    }
    int *class_id = arena_take(l->memory, 1, sizeof *class_id);
    double *weight = arena_take(l->memory, 1, sizeof *weight);
    *class_id = one_class(l, map);
    *weight = 1;
    if (*class_id >= 0)
        set_mix(l, source, 1, class_id, weight);
}

typedef struct ordered_job {
    trace_job job;
    int order;
} ordered_job;

static int by_arrival(const void *left, const void *right)
{
    const ordered_job *a = left, *b = right;
    if (a->job.arrival_ns != b->job.arrival_ns)
        return a->job.arrival_ns < b->job.arrival_ns ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static trace_job read_job(scenario_loader *l, yaml_node *map)
{
    scenario_job job = {0};
    options_read(&l->doc, map, scenario_job_rows, &job, l->set.work_unit, "a job of a list");
    yaml_done(&l->doc, map, "a job of a list");
    trace_job read = {
        .arrival_ns = job.arrival_ns,
        .size = job.size,
        .estimate = job.estimate > 0 ? job.estimate : job.size,
        .memory_bytes = job.memory_bytes,
        .cores = job.cores,
        .class_id = -1,
    };
    if (job.class_name)
        read.class_id = scenario_find_class(l, job.class_name, yaml_mark_of(map, "class"));
    if (read.class_id < 0)
        return read;
    const scenario_class *c = &l->s->classes[read.class_id];
    if (!yaml_has(map, "memory"))
        read.memory_bytes = c->memory_bytes;
    if (!yaml_has(map, "cores"))
        read.cores = c->cores;
    return read;
}

static void read_list(scenario_loader *l, yaml_node *map, int source)
{
    scenario_source *src = &l->s->source[source];
    yaml_node *list = yaml_need(&l->doc, map, "jobs", "a source of type list");
    yaml_node **node;
    int n = list ? scenario_read_maps(l, list, "jobs", MOST_JOBS, &node) : 0;
    if (n == 0)
        return;
    ordered_job *read = arena_take(l->memory, (size_t)n, sizeof *read);
    trace_job *job = arena_take(l->memory, (size_t)n, sizeof *job);
    for (int k = 0; k < n; k++)
        read[k] = (ordered_job){read_job(l, node[k]), k};
    qsort(read, (size_t)n, sizeof *read, by_arrival);
    for (int k = 0; k < n; k++)
        job[k] = read[k].job;
    src->job = job;
    src->n_jobs = n;
}

/* The trace's own path if it is absolute or lies beside the scenario file, else from the working
 * directory. */
static const char *find_trace(scenario_loader *l, const char *file)
{
    const char *slash = strrchr(l->doc.path, '/');
    if (file[0] == '/' || !slash)
        return file;
    const char *beside =
        arena_format(l->memory, "%.*s/%s", (int)(slash - l->doc.path), l->doc.path, file);
    return access(beside, F_OK) == 0 ? beside : file;
}

static bool has_window(const scenario_source *src)
{
    return src->from_ns > 0 || src->to_ns > 0;
}

/* What of the trace the scenario asks for: a window of it, the first so many jobs of that. */
static bool cut_trace(scenario_loader *l, yaml_node *map, int source, trace *t)
{
    const scenario_source *src = &l->s->source[source];
    int64_t to_ns = src->to_ns > 0 ? src->to_ns : INT64_MAX;
    if (!has_window(src) || trace_cut(t, src->from_ns, to_ns, src->first_jobs) > 0)
        return true;
    char from[32], to[32];
    units_print_time(src->from_ns, from, sizeof from);
    units_print_time(src->to_ns, to, sizeof to);
    yaml_wrong(&l->doc, yaml_mark_of(map, src->to_ns > 0 ? "to" : "from"), NULL,
               "no job of the trace arrives from %s on%s%s", from,
               src->to_ns > 0 ? " and before " : "", src->to_ns > 0 ? to : "");
    return false;
}

/* Arrivals at load_factor times the rate. */
static bool stretch_trace(scenario_loader *l, yaml_node *map, int source, trace *t)
{
    double by = 1 / l->s->source[source].load_factor;
    if (by == 1)
        return true;
    if ((double)t->job[t->n_jobs - 1].arrival_ns * by > HORIZON_MAX_S / 2 * 1e9) {
        yaml_wrong(&l->doc, yaml_mark_of(map, "load_factor"), NULL,
                   "load_factor: the last job arrives beyond the clock's range of 285 years");
        return false;
    }
    for (int64_t k = 0; k < t->n_jobs; k++)
        t->job[k].arrival_ns = (int64_t)((double)t->job[k].arrival_ns * by + 0.5);
    return true;
}

/* Jobs that need more cores than any device has are left out with a note: 0 = what the header says
 * is the limit. */
static int64_t widest(const scenario_loader *l)
{
    int64_t most = 0;
    for (int g = 0; g < l->s->n_groups; g++) {
        const scenario_group *group = &l->s->group[g];
        if (l->cores_of_trace[g] || !group->law || strcmp(group->law->name, "cores") != 0)
            return 0;
        most = group->params.cores > most ? group->params.cores : most;
    }
    return most;
}

static void note(scenario_loader *l, int64_t n, const char *what)
{
    if (n > 0)
        string_add(&l->notes, "; %lld %s", (long long)n, what);
}

static void note_counts(scenario_loader *l, const char *file, const trace_counts *c)
{
    string_add(&l->notes, "%strace %s: %lld jobs from %lld lines", l->notes.length ? "\n" : "",
               file, (long long)c->jobs, (long long)c->lines);
    note(l, c->dropped_no_run, "left out because their run time is unknown or 0");
    note(l, c->dropped_no_procs, "left out because their processors are unknown or 0");
    note(l, c->dropped_too_wide, "left out because they need more processors than there are");
    note(l, c->cut_to_estimate, "cut to the run time they had asked for");
    note(l, c->no_estimate, "without a requested time, so that the run time is taken");
    note(l, c->unsorted, "out of order, sorted");
}

static void keep_trace(scenario_loader *l, int source, const trace *t, int class_id)
{
    scenario_source *src = &l->s->source[source];
    trace_job *job = arena_take(l->memory, (size_t)t->n_jobs + 1, sizeof *job);
    memcpy(job, t->job, (size_t)t->n_jobs * sizeof *job);
    for (int64_t k = 0; k < t->n_jobs; k++) {
        job[k].class_id = class_id;
        if (job[k].memory_bytes <= 0)
            job[k].memory_bytes = l->s->classes[class_id].memory_bytes;
    }
    src->job = job;
    src->n_jobs = t->n_jobs;
    l->source_text[source].trace_hash = t->hash;
    if (l->header.max_procs == 0)
        l->header = t->header;
}

static void load_trace(scenario_loader *l, yaml_node *map, yaml_mark mark, int source,
                       const char *file, int class_id)
{
    const char *path = find_trace(l, file);
    const scenario_source *src = &l->s->source[source];
    poise_error err = {0};
    trace t;
    l->source_text[source].file = file;
    if (!trace_format_for(path)) {
        yaml_wrong(&l->doc, mark, NULL, "'%s' has a suffix of no trace format that is known", file);
    } else if (access(path, R_OK) != 0) {
        yaml_wrong(&l->doc, mark, NULL, "cannot read the trace '%s': %s", file, strerror(errno));
    } else if (!trace_load(path, widest(l), has_window(src) ? 0 : src->first_jobs, &t, &err)) {
        yaml_wrong(&l->doc, mark, NULL, "the trace cannot be used: %s", err.text);
    } else {
        if (cut_trace(l, map, source, &t) && stretch_trace(l, map, source, &t)) {
            keep_trace(l, source, &t, class_id);
            note_counts(l, file, &t.counts);
        }
        trace_free(&t);
    }
}

static void read_trace(scenario_loader *l, yaml_node *map, int source)
{
    const char *file = text_of(l, map, "file");
    yaml_mark mark = yaml_mark_of(map, "file");
    int class_id = one_class(l, map);
    const scenario_source *src = &l->s->source[source];
    if (src->to_ns > 0 && src->to_ns <= src->from_ns) {
        char from[32], to[32];
        units_print_time(src->from_ns, from, sizeof from);
        units_print_time(src->to_ns, to, sizeof to);
        yaml_wrong(&l->doc, yaml_mark_of(map, "to"), NULL, "to: %s is not after from, which is %s",
                   to, from);
        return;
    }
    if (l->set.trace) {
        file = l->set.trace;
        mark = yaml_mark_of(yaml_get(&l->doc, l->doc.root, "workload"), "trace");
    }
    if (!file || !file[0])
        yaml_wrong(&l->doc, mark, NULL,
                   "key 'file' is missing in a source of type trace "
                   "(or give the file with --set workload.trace=FILE)");
    else if (class_id >= 0)
        load_trace(l, map, mark, source, file, class_id);
}

static const source_type *read_source_type(scenario_loader *l, yaml_node *map)
{
    const char *names[32] = {0};
    for (int k = 0; k < 31 && source_types[k]; k++)
        names[k] = source_types[k]->name;
    yaml_node *node = yaml_need(&l->doc, map, "type", "a source");
    if (!node || !yaml_is(&l->doc, node, YAML_SCALAR, "type"))
        return NULL;
    const source_type *type = source_find(node->text);
    if (!type)
        yaml_wrong_name(&l->doc, node->mark, "type of source", node->text, names);
    return type;
}

static void read_source(scenario_loader *l, yaml_node *map, int source)
{
    scenario_source *src = &l->s->source[source];
    src->type = read_source_type(l, map);
    if (!src->type)
        return;
    const char *what = arena_format(l->memory, "a source of type %s", src->type->name);
    const char *name = text_of(l, map, "name");
    scenario_check_name(l, map, "name", name);
    src->name = name ? name : src->type->name;
    int before = l->doc.n_mistakes;
    options_read(&l->doc, map, src->type->options, src, "", what);
    options_read(&l->doc, map, src->type->further, src, "", what);
    scenario_read_dists(l, map, src->type->dists, src, what);
    if (src->period_ns > 0)
        src->rate_per_s = 1e9 / (double)src->period_ns;
    if (src->type->has_mix)
        read_classes_of(l, map, source);
    else if (strcmp(src->type->name, "trace") == 0)
        read_trace(l, map, source);
    else
        read_list(l, map, source);
    bool is_read = l->doc.n_mistakes == before;
    if (src->type->read && is_read)
        src->type->read(l, map, src);
    if (is_read || !src->type->read)
        yaml_done(&l->doc, map, what);
}

void scenario_take_rate(scenario_loader *l, yaml_node *map, scenario_source *src, double own_per_s)
{
    src->own_per_s = own_per_s;
    if (src->rate_per_s == 0)
        src->rate_per_s = own_per_s;
    const double per_s[] = {own_per_s, src->rate_per_s};
    for (int k = 0; k < 2; k++)
        if (!(per_s[k] >= RATE_MIN && per_s[k] <= RATE_MAX)) {
            yaml_wrong(&l->doc, yaml_mark_of(map, "rate"), "rates from 1e-9 to 1e9 /s",
                       "a source of type %s with %.6g arrivals per second in the mean",
                       src->type->name, per_s[k]);
            return;
        }
}

static void take_cores_from_header(scenario_loader *l, int group)
{
    scenario_group *g = &l->s->group[group];
    if (l->header.max_procs > 0 && l->header.max_procs <= 1000000) {
        g->params.cores = (int)l->header.max_procs;
        check_cores(l, l->group_node[group], g);
        return;
    }
    yaml_wrong(&l->doc, yaml_mark_of(l->group_node[group], "cores"), NULL,
               "cores: there is no trace that says how many processors its machine has");
}

void scenario_read_sources(scenario_loader *l, yaml_node *list)
{
    poise_scenario *s = l->s;
    s->n_sources = scenario_read_maps(l, list, "sources", MOST_PARTS, &l->source_node);
    s->source = arena_take(l->memory, (size_t)s->n_sources + 1, sizeof *s->source);
    l->source_text = arena_take(l->memory, (size_t)s->n_sources + 1, sizeof *l->source_text);
    int n_traces = 0;
    int before = l->doc.n_mistakes;
    for (int k = 0; k < s->n_sources; k++) {
        read_source(l, l->source_node[k], k);
        n_traces += s->source[k].type && strcmp(s->source[k].type->name, "trace") == 0;
    }
    if (l->set.trace && n_traces != 1)
        yaml_wrong(&l->doc, yaml_mark_of(yaml_get(&l->doc, l->doc.root, "workload"), "trace"), NULL,
                   "trace: there are %d sources of type trace, this key is for exactly one",
                   n_traces);
    l->sources_wrong = l->doc.n_mistakes > before;
    for (int g = 0; g < s->n_groups; g++)
        if (l->cores_of_trace[g] && !l->sources_wrong)
            take_cores_from_header(l, g);
}
