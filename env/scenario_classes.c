/* scenario_classes.c - classes of jobs in a scenario file: what their tasks need, the profiles they
 * may run under, what changes and failures cost them, and how they slow each other down. */
#include <math.h>
#include <string.h>

#include "scenario_load.h"

/* ---- rows -------------------------------------------------------------------------------- */

#define IN(field) offsetof(scenario_class, field)

static const char *const lates[] = {"keep", "kill", 0};
static const char *const limits[] = {"none", "kill", 0};

const poise_option scenario_class_more[] = {
    {"request", POISE_BYTES, IN(request_bytes), 0, 0, 1e18, "bytes",
     "memory that is asked for and promised; 0: all that is needed", NULL},
    {"input", POISE_BYTES, IN(input_bytes), 0, 0, 1e18, "bytes",
     "moved to the device before it starts", NULL},
    {"flop", POISE_QUANTITY, IN(flop), 0, 0, 1e30, "FLOP",
     "operations per work unit, under law roofline", NULL},
    {"byte", POISE_QUANTITY, IN(byte), 0, 0, 1e30, "B",
     "bytes of memory moved per work unit, under law roofline", NULL},
    {"cap", POISE_REAL, IN(cap), 0, 0, 1e9, "",
     "most of a device's capacity that a task can use, under law shared; 0: as the device says",
     NULL},
    {"slack", POISE_REAL, IN(slack), 0, 0, 1e9, "",
     "the deadline is so many times the least service, by the size that agents see, after the "
     "arrival; 0 none",
     NULL},
    {"late", POISE_CHOICE, IN(killed_when_late), 0, 0, 0, "",
     "what becomes of tasks at their deadline", lates},
    {"limit", POISE_CHOICE, IN(killed_at_limit), 0, 0, 0, "",
     "what becomes of tasks that have run as long as their visible size says", limits},
    {"tenant", POISE_TEXT, IN(tenant_name), 0, 0, 0, "", "whose the tasks are", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_profile, field)

static const poise_option profile_rows[] = {
    {"name", POISE_TEXT, IN(name), POISE_REQUIRED, 0, 0, "", "of the profile", NULL},
    {"kind", POISE_TEXT, IN(kind), 0, 0, 0, "", "of the devices it is for; any if not given", NULL},
    {"devices", POISE_INT, IN(devices), 1, 1, 1e6, "", "of one group, at once", NULL},
    {"speed", POISE_REAL, IN(speed), 0, 0, 1e9, "",
     "of all its devices, times that of one; 0: as `sync` says, or all at full speed", NULL},
    {"memory", POISE_BYTES, IN(memory_bytes), INFINITY, 0, INFINITY, "bytes",
     "needed on each device; `unlimited`: that of the task", NULL},
    {"cores", POISE_INT, IN(cores), 0, 0, 1e6, "", "of each device; 0: those of the task", NULL},
    {"busy", POISE_POWER, IN(busy_mw), 0, 0, 1e9, "W",
     "power of one device that runs it; 0: as the group says", NULL},
    {"quality", POISE_REAL, IN(quality), 1, 0, 1e9, "", "of what comes out", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_sync, field)

static const char *const sync_modes[] = {"synchronous", "asynchronous", 0};

static const poise_option sync_rows[] = {
    {"mode", POISE_CHOICE, IN(asynchronous), 0, 0, 0, "",
     "whether all wait for the slowest device and an all-reduce after each step", sync_modes},
    {"step", POISE_QUANTITY, IN(step), 1, 1e-12, 1e30, "", "work units between two all-reduces",
     NULL},
    {"bytes", POISE_BYTES, IN(bytes), 0, 0, 1e18, "bytes",
     "reduced each time, in a ring over the group's link", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_switch, field)

static const poise_option change_rows[] = {
    {"time", POISE_TIME, IN(time_ns), 0, 0, HORIZON_MAX_S, "s",
     "before a task that was displaced, moved or rescaled goes on", NULL},
    {"bytes", POISE_BYTES, IN(bytes), 0, 0, 1e18, "bytes", "moved to another device with it", NULL},
    {"lost", POISE_REAL, IN(lost), 0, 0, 1, "", "part of the work done so far that is lost", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_checkpoint, field)

static const poise_option checkpoint_rows[] = {
    {"interval", POISE_TIME, IN(interval_ns), POISE_REQUIRED, 1e-9, HORIZON_MAX_S, "s",
     "of running between two checkpoints", NULL},
    {"cost", POISE_TIME, IN(cost_ns), 0, 0, HORIZON_MAX_S, "s", "of taking one", NULL},
    {"restart", POISE_TIME, IN(restart_ns), 0, 0, HORIZON_MAX_S, "s",
     "before a task whose device failed goes on", NULL},
    {0},
};

#undef IN

enum { MOST_CLASSES = 1000, MOST_PAIRS = 1000000 };

/* ---- maps -------------------------------------------------------------------------------- */

/* A map within a class or group, whose rows go to a struct within it. */
typedef struct part {
    const char *key, *about;
    const poise_option *rows;
    size_t offset;
} part;

static const part class_parts[] = {
    {"sync", "how several devices work on one task", sync_rows, offsetof(scenario_class, sync)},
    {"change", "what displacement, migration and rescaling cost", change_rows,
     offsetof(scenario_class, change)},
    {"checkpoint", "what failures cost", checkpoint_rows, offsetof(scenario_class, checkpoint)},
    {0},
};

static void read_part(scenario_loader *l, yaml_node *map, const part *p, void *base,
                      const char *unit)
{
    yaml_node *node = yaml_get(&l->doc, map, p->key);
    void *into = (char *)base + p->offset;
    if (node && yaml_is(&l->doc, node, YAML_MAP, p->key))
        options_read(&l->doc, node, p->rows, into, unit, p->key);
    else
        options_defaults(p->rows, into);
}

static void done_part(scenario_loader *l, yaml_node *map, const char *key)
{
    yaml_node *node = yaml_get(&l->doc, map, key);
    if (node && node->kind == YAML_MAP)
        yaml_done(&l->doc, node, key);
}

/* ---- profiles ---------------------------------------------------------------------------- */

static void read_profile(scenario_loader *l, yaml_node *map, scenario_class *c, int k)
{
    scenario_profile *p = (scenario_profile *)&c->profile[k];
    options_read(&l->doc, map, profile_rows, p, l->set.work_unit, "a profile");
    scenario_check_name(l, map, "name", p->name);
    scenario_check_name(l, map, "kind", p->kind);
    p->name = p->name ? p->name : "";
    if (p->memory_bytes == INT64_MAX)
        p->memory_bytes = -1;
    if (p->busy_mw == 0)
        p->busy_mw = -1;
    for (int i = 0; i < k; i++)
        if (p->name[0] && strcmp(c->profile[i].name, p->name) == 0)
            yaml_wrong(&l->doc, yaml_mark_of(map, "name"), NULL,
                       "two profiles of class '%s' are named '%s'", c->name, p->name);
    yaml_done(&l->doc, map, "a profile");
}

static void read_profiles(scenario_loader *l, yaml_node *map, scenario_class *c)
{
    yaml_node *list = yaml_get(&l->doc, map, "profiles"), **node = NULL;
    int n = list ? scenario_read_maps(l, list, "profiles", SCENARIO_MOST_PROFILES, &node) : 0;
    c->profile = arena_take(l->memory, (size_t)n + 1, sizeof *c->profile);
    for (int k = 0; k < n; k++)
        read_profile(l, node[k], c, k);
    c->n_profiles = n;
}

/* ---- classes ------------------------------------------------------------------------------ */

static void read_class_more(scenario_loader *l, yaml_node *map, int class_id)
{
    scenario_class *c = &l->s->classes[class_id];
    class_text *text = &l->class_text[class_id];
    options_read(&l->doc, map, scenario_class_more, c, l->set.work_unit, "a job class");
    if (c->request_bytes == 0)
        c->request_bytes = c->memory_bytes;
    for (const part *p = class_parts; p->key; p++)
        read_part(l, map, p, c, l->set.work_unit);
    yaml_node *sync = yaml_get(&l->doc, map, "sync");
    c->has_sync = sync && sync->kind == YAML_MAP;
    yaml_node *straggler = c->has_sync ? yaml_get(&l->doc, sync, "straggler") : NULL;
    if (straggler)
        scenario_read_dist(l, straggler, "straggler", "", &text->straggler, &c->sync.straggler);
    for (const part *p = class_parts; p->key; p++)
        done_part(l, map, p->key);
    yaml_node *deadline = yaml_get(&l->doc, map, "deadline");
    if (deadline)
        scenario_read_dist(l, deadline, "deadline", "s", &text->deadline, &c->deadline);
    c->resources = scenario_read_resources(l, map, "resources", 0);
    read_profiles(l, map, c);
}

/* The number of the task kind. */
static int add_kind(scenario_loader *l, const char *kind)
{
    for (int k = 0; k < l->n_kinds; k++)
        if (strcmp(l->kind[k], kind) == 0)
            return k;
    l->kind[l->n_kinds] = kind;
    return l->n_kinds++;
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
    read_class_more(l, map, class_id);
    c->graph = scenario_graph_of(l, map);
    if (c->graph)
        check_graph_class(l, map, c);
    else
        l->class_kind[class_id] = add_kind(l, c->kind);
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
    s->n_classes = scenario_read_maps(l, list, "classes", MOST_CLASSES, &l->class_node);
    s->classes = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *s->classes);
    l->written_size = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *l->written_size);
    l->class_text = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *l->class_text);
    l->class_wrong = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof(bool));
    l->kind = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *l->kind);
    l->class_kind = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *l->class_kind);
    l->names_wrong = s->n_classes == 0;
    for (int k = 0; k < s->n_classes; k++)
        read_class(l, l->class_node[k], k);
}

int scenario_find_class(scenario_loader *l, const char *name, yaml_mark mark)
{
    const poise_scenario *s = l->s;
    for (int k = 0; k < s->n_classes; k++)
        if (strcmp(s->classes[k].name, name) == 0)
            return k;
    if (l->names_wrong)
        return -1;
    const char **names = arena_take(l->memory, (size_t)s->n_classes + 1, sizeof *names);
    for (int k = 0; k < s->n_classes; k++)
        names[k] = s->classes[k].name;
    yaml_wrong_name(&l->doc, mark, "job class", name, names);
    return -1;
}

/* ---- interference ------------------------------------------------------------------------ */

static const poise_option interference_rows[] = {
    {"speed", POISE_REAL, 0, POISE_REQUIRED, 1e-6, 1, "",
     "the part of its speed that a task has for each task of the other class on its device", NULL},
    {0},
};

/* Both classes: `of` and `beside`, or `between` for either way. */
static bool read_pair(scenario_loader *l, yaml_node *map, int class_id[2])
{
    yaml_node *between = yaml_get(&l->doc, map, "between");
    const char *const keys[] = {"of", "beside"};
    if (between && yaml_is(&l->doc, between, YAML_LIST, "between") && between->n != 2)
        yaml_wrong(&l->doc, between->mark, NULL, "between: it takes two job classes");
    for (int k = 0; k < 2; k++) {
        bool listed = between && between->kind == YAML_LIST && between->n == 2;
        yaml_node *name = between ? (listed ? between->entry[k].value : NULL)
                                  : yaml_need(&l->doc, map, keys[k], "an interference");
        class_id[k] = name && yaml_is(&l->doc, name, YAML_SCALAR, keys[k])
                          ? scenario_find_class(l, name->text, name->mark)
                          : -1;
    }
    return class_id[0] >= 0 && class_id[1] >= 0;
}

static void read_one_interference(scenario_loader *l, yaml_node *map)
{
    poise_scenario *s = l->s;
    double speed;
    int c[2];
    options_read(&l->doc, map, interference_rows, &speed, "", "an interference");
    bool found = read_pair(l, map, c);
    yaml_done(&l->doc, map, "an interference");
    for (int way = 0; way < (yaml_has(map, "between") && c[0] != c[1] ? 2 : 1) && found; way++) {
        double *cell = &s->interference[c[way] * s->n_classes + c[1 - way]];
        if (*cell > 0)
            yaml_wrong(&l->doc, map->mark, NULL,
                       "the speed of class '%s' beside '%s' is said twice", s->classes[c[way]].name,
                       s->classes[c[1 - way]].name);
        *cell = speed;
    }
}

/* Where nobody is slower beside others there is no table. */
static void drop_plain(poise_scenario *s, size_t cells)
{
    for (size_t k = 0; k < cells; k++)
        if (s->interference[k] < 1)
            return;
    s->interference = NULL;
}

void scenario_read_interference(scenario_loader *l)
{
    poise_scenario *s = l->s;
    yaml_node *list = yaml_get(&l->doc, l->doc.root, "interference"), **node = NULL;
    int n = list ? scenario_read_maps(l, list, "interference", MOST_PAIRS, &node) : 0;
    if (n == 0)
        return;
    size_t cells = (size_t)s->n_classes * (size_t)s->n_classes;
    s->interference = arena_take(l->memory, cells + 1, sizeof *s->interference);
    for (int k = 0; k < n; k++)
        read_one_interference(l, node[k]);
    for (size_t k = 0; k < cells; k++)
        s->interference[k] = s->interference[k] > 0 ? s->interference[k] : 1;
    drop_plain(s, cells);
}

/* ---- printing ---------------------------------------------------------------------------- */

static void print_part(string_buffer *out, const char *indent, const char *key,
                       const poise_option *rows, const void *base)
{
    bool any = false;
    for (const poise_option *row = rows; row->name; row++)
        any |= !option_is_default(row, base);
    if (!any)
        return;
    string_add(out, "%s%s: ", indent, key);
    scenario_print_flow(out, "{", rows, base);
    string_add(out, "}\n");
}

static void print_dist(string_buffer *out, const char *before, const char *key, const dist *written,
                       const char *after)
{
    string_add(out, "%s%s: ", before, key);
    scenario_print_dist(out, written);
    string_add(out, "%s", after);
}

void scenario_print_class_more(string_buffer *out, const scenario_loader *l, int class_id)
{
    scenario_class c = l->s->classes[class_id];
    const class_text *text = &l->class_text[class_id];
    if (c.request_bytes == c.memory_bytes)
        c.request_bytes = 0;
    scenario_print_rows(out, "      ", scenario_class_more, &c);
    if (c.has_sync) {
        string_add(out, "      sync: ");
        const char *before = scenario_print_flow(out, "{", sync_rows, &c.sync);
        if (text->straggler.type) {
            print_dist(out, before, "straggler", &text->straggler, "");
            before = ", ";
        }
        string_add(out, *before == '{' ? "{}\n" : "}\n");
    }
    print_part(out, "      ", "change", change_rows, &c.change);
    if (c.checkpoint.interval_ns > 0)
        print_part(out, "      ", "checkpoint", checkpoint_rows, &c.checkpoint);
    if (text->deadline.type)
        print_dist(out, "      ", "deadline", &text->deadline, "\n");
    if (c.resources) {
        scenario_print_resources(out, "      ", l->s, c.resources, false);
        string_add(out, "\n");
    }
    if (c.n_profiles > 0)
        string_add(out, "      profiles:\n");
    for (int k = 0; k < c.n_profiles; k++) {
        scenario_profile p = c.profile[k];
        p.memory_bytes = p.memory_bytes < 0 ? INT64_MAX : p.memory_bytes;
        p.busy_mw = p.busy_mw < 0 ? 0 : p.busy_mw;
        scenario_print_flow(out, "        - {", profile_rows, &p);
        string_add(out, "}\n");
    }
}

void scenario_print_interference(string_buffer *out, const poise_scenario *s)
{
    if (!s->interference)
        return;
    string_add(out, "interference:\n");
    for (int a = 0; a < s->n_classes; a++)
        for (int b = 0; b < s->n_classes; b++) {
            const double *speed = &s->interference[a * s->n_classes + b];
            if (*speed == 1)
                continue;
            string_add(out, "  - {of: %s, beside: %s", s->classes[a].name, s->classes[b].name);
            scenario_print_all(out, ", ", interference_rows, speed);
            string_add(out, "}\n");
        }
}

/* ---- schema ------------------------------------------------------------------------------ */

void scenario_schema_classes(string_buffer *out)
{
    scenario_schema_part(
        out, "workload.classes[]",
        "classes of jobs; besides: size (a number or a map with `distribution`), graph (the "
        "name of one of graphs: jobs are its tasks, their sizes times that of the job, 1 if "
        "not given), deadline (seconds from arrival, or a distribution), resources (a map from "
        "name to amount, on each device), profiles, sync, change, checkpoint",
        scenario_class_rows, "");
    options_print_schema(out, scenario_class_more, "work_unit");
    scenario_schema_part(out, "workload.classes[].profiles[]",
                         "the ways in which the class may run", profile_rows, "work_unit");
    scenario_schema_part(
        out, "workload.classes[].sync",
        "how several devices work on one task; besides: straggler (a distribution: by how "
        "much a device is slower, from 1)",
        sync_rows, "work_unit");
    scenario_schema_part(out, "workload.classes[].change", class_parts[1].about, change_rows, "");
    scenario_schema_part(out, "workload.classes[].checkpoint", class_parts[2].about,
                         checkpoint_rows, "");
    scenario_schema_part(
        out, "interference[]",
        "classes that slow each other down on one device; besides: of (the class that is slowed "
        "down) and beside (by which), or between (two classes, either way)",
        interference_rows, "");
}
