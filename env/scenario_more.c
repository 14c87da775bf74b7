/* scenario_more.c - what a scenario file may say beyond tasks that run at one speed from start to
 * end: rows, reading and printing. Keys stand in the resolved text where they are not at their
 * default, so that plain scenarios stay plain. */
#include <math.h>
#include <string.h>

#include "scenario_load.h"

/* ---- rows -------------------------------------------------------------------------------- */

#define IN(field) offsetof(scenario_decision, field)

static const char *const attentions[] = {"softmax", "weights", 0};
static const char *const preemptions[] = {"none", "resume", "restart", 0};
static const char *const commitments[] = {"none", "pass", "hold", 0};
static const char *const backfillings[] = {"none", "easy", "conservative", 0};

const poise_option scenario_decision_more[] = {
    {"attention", POISE_CHOICE, IN(weights), 0, 0, 0, "",
     "where tasks share: attention is the logarithm of a weight (softmax) or the weight",
     attentions},
    {"preempt", POISE_CHOICE, IN(preempt), 0, 0, 0, "",
     "running tasks may be displaced by tasks with more attention, and go on later (resume) or "
     "begin anew (restart)",
     preemptions},
    {"migrate", POISE_BOOL, IN(migrate), 0, 0, 1, "", "running tasks may move to another group",
     NULL},
    {"rescale", POISE_BOOL, IN(rescale), 0, 0, 1, "", "running tasks may change their profile",
     NULL},
    {"suspend", POISE_BOOL, IN(suspend), 0, 0, 1, "",
     "running tasks may be put back into the queue", NULL},
    {"reject", POISE_BOOL, IN(reject), 0, 0, 1, "", "waiting tasks may be refused", NULL},
    {"power", POISE_BOOL, IN(power), 0, 0, 1, "", "agents put devices to sleep and wake them",
     NULL},
    {"ahead", POISE_BOOL, IN(ahead), 0, 0, 1, "",
     "tasks of graphs may be sent to a device's own queue before they are ready", NULL},
    {"defer", POISE_TIME, IN(defer_ns), 0, 0, HORIZON_MAX_S, "s",
     "waiting tasks may be put aside for so long; 0 not", NULL},
    {"quantum", POISE_TIME, IN(quantum_ns), 0, 0, HORIZON_MAX_S, "s",
     "decisions are due at its multiples, too; 0 only when something happens", NULL},
    {"average", POISE_TIME, IN(average_ns), 0, 0, HORIZON_MAX_S, "s",
     "time constant of the running averages that agents see; 0 none", NULL},
    {"commit", POISE_CHOICE, IN(commit), 0, 0, 0, "",
     "tasks that do not fit may be chosen, and booked: anew at every instant (pass) or until they "
     "have started (hold)",
     commitments},
    {"backfill", POISE_CHOICE, IN(backfill), 0, 0, 0, "",
     "what may start before a booked task: nothing, or what does not delay the booked one (easy; "
     "with commit hold the oldest first) or any of those booked (conservative)",
     backfillings},
    {"lookahead", POISE_TIME, IN(lookahead_ns), 0, 0, HORIZON_MAX_S, "s",
     "tasks are booked into the earliest slot that ends within this horizon; 0 not", NULL},
    {"running", POISE_INT, IN(running), 0, 0, 4096, "tasks",
     "most running tasks that agents see; 0: as many as waiting ones, where they can be displaced, "
     "moved or share",
     NULL},
    {0},
};

#undef IN
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
     "the deadline is so many times the least expected service after the arrival; 0 none", NULL},
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
     "on each device; `unlimited` stands for that of the task", NULL},
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
#define IN(field) offsetof(scenario_group, field)

static const char *const pressures[] = {"none", "slow", "kill", 0};

const poise_option scenario_group_more[] = {
    {"overcommit", POISE_REAL, IN(overcommit), 1, 1, 1000, "",
     "memory is promised up to so many times what there is", NULL},
    {"pressure", POISE_CHOICE, IN(pressure), 0, 0, 0, "",
     "what happens when more memory is used than there is: tasks slow down in proportion, or the "
     "newest are killed and begin anew",
     pressures},
    {"floor", POISE_REAL, IN(pressure_floor), 0.1, 0, 1, "",
     "least part of full speed under pressure", NULL},
    {"power_cap", POISE_POWER, IN(cap_mw), 0, 0, 1e12, "W",
     "of the whole group; beyond it all its tasks slow down; 0 none", NULL},
    {"cap_exponent", POISE_REAL, IN(cap_exponent), 3, 1, 10, "",
     "power above idling goes as speed to this exponent", NULL},
    {"price", POISE_REAL, IN(price_per_h), 0, 0, 1e9, "/h", "of one device that is not asleep",
     NULL},
    {0},
};

#undef IN

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

/* ---- classes ----------------------------------------------------------------------------- */

static void read_profile(scenario_loader *l, yaml_node *map, scenario_class *c, int k)
{
    scenario_profile *p = (scenario_profile *)&c->profile[k];
    options_read(&l->doc, map, profile_rows, p, l->set.work_unit, "a profile");
    scenario_check_name(l, map, "name", p->name);
    scenario_check_name(l, map, "kind", p->kind);
    p->name = p->name ? p->name : "";
    if (p->memory_bytes == INT64_MAX)
        p->memory_bytes = -1;
    if (!yaml_has(map, "busy"))
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

int64_t *scenario_read_resources(scenario_loader *l, yaml_node *map, const char *key,
                                 int64_t missing)
{
    const poise_option row = {key, POISE_QUANTITY, 0, 0, 0, 9e15, "", "", NULL};
    poise_scenario *s = l->s;
    yaml_node *node = yaml_get(&l->doc, map, key);
    if (!node || !yaml_is(&l->doc, node, YAML_MAP, key))
        return NULL;
    int64_t *amount = arena_take(l->memory, SCENARIO_MOST_RESOURCES, sizeof *amount);
    for (int k = 0; k < SCENARIO_MOST_RESOURCES; k++)
        amount[k] = missing;
    for (int i = 0; i < node->n; i++) {
        double value = 0;
        int k = 0;
        while (k < s->n_resources && strcmp(s->resource_name[k], node->entry[i].key) != 0)
            k++;
        if (k == s->n_resources) {
            yaml_wrong_name(&l->doc, node->entry[i].mark, "resource", node->entry[i].key,
                            s->resource_name);
            continue;
        }
        if (!options_read_one(&l->doc, node->entry[i].value, &row, &value, ""))
            continue;
        if (value != floor(value))
            yaml_wrong(&l->doc, node->entry[i].value->mark, "whole numbers; take smaller units",
                       "%s: '%s' is not whole", key, node->entry[i].value->text);
        amount[k] = (int64_t)value;
    }
    return amount;
}

void scenario_name_resources(scenario_loader *l, yaml_node *devices)
{
    poise_scenario *s = l->s;
    const char **name = arena_take(l->memory, SCENARIO_MOST_RESOURCES + 1, sizeof *name);
    s->resource_name = name;
    for (int g = 0; devices && devices->kind == YAML_LIST && g < devices->n; g++) {
        yaml_node *group = devices->entry[g].value;
        if (group->kind != YAML_MAP || !yaml_has(group, "resources"))
            continue;
        yaml_node *map = yaml_get(&l->doc, group, "resources");
        for (int i = 0; map->kind == YAML_MAP && i < map->n; i++) {
            int k = 0;
            while (k < s->n_resources && strcmp(name[k], map->entry[i].key) != 0)
                k++;
            if (k < s->n_resources)
                continue;
            scenario_check_name(l, map, map->entry[i].key, map->entry[i].key);
            if (k == SCENARIO_MOST_RESOURCES)
                yaml_wrong(&l->doc, map->entry[i].mark, NULL, "more than %d named resources", k);
            else
                name[s->n_resources++] = map->entry[i].key;
        }
    }
}

void scenario_read_class_more(scenario_loader *l, yaml_node *map, int class_id)
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

void scenario_read_group_more(scenario_loader *l, yaml_node *map, int group)
{
    scenario_group *g = &l->s->group[group];
    options_read(&l->doc, map, scenario_group_more, g, "", "a device group");
    g->resources = scenario_read_resources(l, map, "resources", 0);
    if (!g->resources)
        g->resources = arena_take(l->memory, SCENARIO_MOST_RESOURCES, sizeof *g->resources);
}

/* ---- interference ------------------------------------------------------------------------ */

typedef struct interference_pair {
    const char *of, *beside;
    double speed;
} interference_pair;

static const poise_option interference_rows[] = {
    {"of", POISE_TEXT, offsetof(interference_pair, of), POISE_REQUIRED, 0, 0, "",
     "class that is slowed down", NULL},
    {"beside", POISE_TEXT, offsetof(interference_pair, beside), POISE_REQUIRED, 0, 0, "",
     "by each task of this class on the same device", NULL},
    {"speed", POISE_REAL, offsetof(interference_pair, speed), POISE_REQUIRED, 1e-6, 1, "",
     "to this part of its speed", NULL},
    {0},
};

void scenario_read_interference(scenario_loader *l)
{
    poise_scenario *s = l->s;
    yaml_node *list = yaml_get(&l->doc, l->doc.root, "interference"), **node = NULL;
    int n = list ? scenario_read_maps(l, list, "interference", 1000000, &node) : 0;
    if (n == 0)
        return;
    size_t cells = (size_t)s->n_classes * (size_t)s->n_classes;
    s->interference = arena_take(l->memory, cells + 1, sizeof *s->interference);
    for (size_t k = 0; k < cells; k++)
        s->interference[k] = 1;
    for (int k = 0; k < n; k++) {
        interference_pair pair = {0};
        options_read(&l->doc, node[k], interference_rows, &pair, "", "an interference");
        yaml_done(&l->doc, node[k], "an interference");
        if (!pair.of || !pair.beside)
            continue;
        int a = scenario_find_class(l, pair.of, yaml_mark_of(node[k], "of"));
        int b = scenario_find_class(l, pair.beside, yaml_mark_of(node[k], "beside"));
        if (a >= 0 && b >= 0)
            s->interference[a * s->n_classes + b] = pair.speed;
    }
}

/* ---- decisions --------------------------------------------------------------------------- */

void scenario_read_decision_more(scenario_loader *l, yaml_node *map)
{
    scenario_decision *d = &l->s->decision;
    if (map)
        options_read(&l->doc, map, scenario_decision_more, d, "", "section decision");
    else
        options_defaults(scenario_decision_more, d);
}

/* ---- how classes run on groups ------------------------------------------------------------ */

static double alone_speed(const scenario_loader *l, int class_id, int group, double given)
{
    const scenario_group *g = &l->s->group[group];
    return g->law->speed ? given * g->law->speed(g, &l->s->classes[class_id]) : given;
}

/* n devices in step: each work unit is divided among them, and after every step they reduce their
 * results in a ring, 2 (n - 1) messages of bytes / n each (P. Patarasuk, X. Yuan, JPDC 69(2),
 * 2009). */
static double in_step(const scenario_group *g, const scenario_sync *sync, int n, double speed)
{
    double reduce_s = 2.0 * (n - 1) * seconds(g->link.latency_ns);
    if (g->link.byte_per_s > 0)
        reduce_s += 2.0 * (n - 1) / n * (double)sync->bytes / g->link.byte_per_s;
    return sync->step / (sync->step / (n * speed) + reduce_s);
}

static bool has_resources(const poise_scenario *s, const scenario_class *c, const scenario_group *g)
{
    for (int k = 0; c->resources && k < s->n_resources; k++)
        if (c->resources[k] > g->resources[k])
            return false;
    return true;
}

static scenario_mode mode_of(const scenario_loader *l, int class_id, int group,
                             const scenario_profile *p, double given)
{
    const scenario_class *c = &l->s->classes[class_id];
    const scenario_group *g = &l->s->group[group];
    double one = alone_speed(l, class_id, group, given);
    scenario_mode m = {
        .devices = p->devices,
        .cores = p->cores,
        .memory_bytes = p->memory_bytes,
        .busy_mw = p->busy_mw >= 0 ? p->busy_mw : g->busy_mw,
        .quality = p->quality,
    };
    demand d = {
        .cores = p->cores > 0 ? p->cores : c->cores,
        .memory_bytes = p->memory_bytes >= 0 ? p->memory_bytes : c->memory_bytes,
    };
    if (p->devices > g->count || (p->kind && strcmp(p->kind, g->kind) != 0) ||
        !g->law->could_run(g, &d) || !has_resources(l->s, c, g))
        return m;
    m.alone_speed = p->devices * one;
    if (p->speed > 0)
        m.speed = m.alone_speed = one * p->speed;
    else if (p->devices > 1 && c->has_sync && !c->sync.asynchronous)
        m.speed = in_step(g, &c->sync, p->devices, one);
    else
        m.speed = m.alone_speed;
    return m;
}

void scenario_fill_modes(scenario_loader *l, int class_id, int group, double given)
{
    static const scenario_profile only = {
        .name = "", .devices = 1, .memory_bytes = -1, .busy_mw = -1, .quality = 1};
    poise_scenario *s = l->s;
    const scenario_class *c = &s->classes[class_id];
    double *best = &s->speed[class_id * s->n_groups + group];
    *best = 0;
    for (int p = 0; p < s->n_profiles; p++) {
        scenario_mode *m = &s->mode[scenario_cell(s, class_id, group, p)];
        if (p < c->n_profiles || p == 0)
            *m = mode_of(l, class_id, group, c->n_profiles > 0 ? &c->profile[p] : &only, given);
        *best = m->speed > *best ? m->speed : *best;
    }
}

/* ---- what follows -------------------------------------------------------------------------- */

static bool class_has_runs(const scenario_class *c)
{
    return c->n_profiles > 0 || c->has_sync || c->killed_at_limit || c->deadline.type ||
           c->slack > 0 || c->input_bytes > 0 || c->graph || c->resources ||
           c->request_bytes != c->memory_bytes || c->checkpoint.cost_ns > 0 || c->tenant >= 0;
}

static bool group_has_runs(const scenario_group *g)
{
    return g->law->factors || g->law->batch || g->overcommit > 1 || g->pressure != PRESSURE_NONE ||
           g->cap_mw > 0 || g->price_per_h > 0 || g->params.parts > 1 || g->failures.mtbf.type ||
           g->failures.rack_mtbf.type || g->sleep.boot_ns >= 0 || strcmp(g->law->name, "edge") == 0;
}

static bool decision_has_runs(const scenario_decision *d)
{
    return d->mode != MODE_DISPATCH || d->preempt || d->migrate || d->rescale || d->suspend ||
           d->reject || d->power || d->defer_ns > 0 || d->commit || d->lookahead_ns > 0 ||
           d->average_ns > 0;
}

void scenario_settle(poise_scenario *s)
{
    scenario_decision *d = &s->decision;
    bool sees = d->preempt != PREEMPT_NONE || d->migrate || d->rescale || d->suspend ||
                d->mode == MODE_SHARE;
    if (d->running == 0 && sees)
        d->running = s->window;
    s->has_runs = decision_has_runs(d) || s->interference || s->n_tenants > 0 || s->price.n > 0 ||
                  s->carbon.n > 0;
    for (int c = 0; c < s->n_classes; c++)
        s->has_runs |= class_has_runs(&s->classes[c]);
    for (int g = 0; g < s->n_groups; g++) {
        s->has_runs |= group_has_runs(&s->group[g]);
        s->has_batches |= s->group[g].law->batch != NULL;
    }
}

/* ---- printing ---------------------------------------------------------------------------- */

static const char *print_one(string_buffer *out, const char *before, const poise_option *row,
                             const void *base)
{
    const char *const *text = (const void *)((const char *)base + row->offset);
    char value[64];
    if (row->type == POISE_TEXT && !*text)
        return before;
    if (row->type != POISE_TEXT)
        option_print(row, base, value, sizeof value);
    string_add(out, "%s%s: %s", before, row->name, row->type == POISE_TEXT ? *text : value);
    return ", ";
}

const char *scenario_print_flow(string_buffer *out, const char *before, const poise_option *rows,
                                const void *base)
{
    for (; rows->name; rows++)
        if (!option_is_default(rows, base))
            before = print_one(out, before, rows, base);
    return before;
}

const char *scenario_print_all(string_buffer *out, const char *before, const poise_option *rows,
                               const void *base)
{
    for (; rows->name; rows++)
        before = print_one(out, before, rows, base);
    return before;
}

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

static void print_resources(string_buffer *out, const char *indent, const poise_scenario *s,
                            const int64_t *amount)
{
    const char *before = "{";
    for (int k = 0; amount && k < s->n_resources; k++)
        if (amount[k] > 0) {
            if (*before == '{')
                string_add(out, "%sresources: ", indent);
            string_add(out, "%s%s: %lld", before, s->resource_name[k], (long long)amount[k]);
            before = ", ";
        }
    if (*before != '{')
        string_add(out, "}\n");
}

static void print_dist(string_buffer *out, const char *before, const char *key, const dist *written,
                       const char *after)
{
    string_add(out, "%s%s: ", before, key);
    scenario_print_dist(out, written);
    string_add(out, "%s", after);
}

void scenario_print_decision_more(string_buffer *out, const poise_scenario *s)
{
    scenario_print_rows(out, "  ", scenario_decision_more, &s->decision);
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
    print_resources(out, "      ", l->s, c.resources);
    if (c.n_profiles > 0)
        string_add(out, "      profiles:\n");
    for (int k = 0; k < c.n_profiles; k++) {
        scenario_profile p = c.profile[k];
        if (p.memory_bytes < 0)
            p.memory_bytes = INT64_MAX;
        scenario_print_flow(out, "        - {", profile_rows, &p);
        string_add(out, "}\n");
    }
}

void scenario_print_group_more(string_buffer *out, const scenario_loader *l, int group)
{
    const scenario_group *g = &l->s->group[group];
    scenario_print_rows(out, "    ", scenario_group_more, g);
    print_resources(out, "    ", l->s, g->resources);
}

void scenario_print_interference(string_buffer *out, const poise_scenario *s)
{
    if (!s->interference)
        return;
    string_add(out, "interference:\n");
    for (int a = 0; a < s->n_classes; a++)
        for (int b = 0; b < s->n_classes; b++) {
            const interference_pair pair = {s->classes[a].name, s->classes[b].name,
                                            s->interference[a * s->n_classes + b]};
            if (pair.speed == 1)
                continue;
            scenario_print_flow(out, "  - {", interference_rows, &pair);
            string_add(out, "}\n");
        }
}

/* ---- schema ------------------------------------------------------------------------------ */

static void schema_part(string_buffer *out, const char *path, const char *about,
                        const poise_option *rows)
{
    string_add(out, "\n%s - %s\n", path, about);
    options_print_schema(out, rows, "work_unit");
}

void scenario_schema_more(string_buffer *out)
{
    schema_part(out, "decision (further)", "what agents may do besides", scenario_decision_more);
    schema_part(out, "devices[] (further)",
                "besides: resources (a map from name to amount, of one device)",
                scenario_group_more);
    schema_part(out, "workload.classes[] (further)",
                "besides: deadline (seconds from arrival, or a distribution), resources (a map)",
                scenario_class_more);
    schema_part(out, "workload.classes[].profiles[]", "the ways in which the class may run",
                profile_rows);
    schema_part(out, "workload.classes[].sync",
                "how several devices work on one task; besides: straggler (a distribution: by how "
                "much a device is slower, from 1)",
                sync_rows);
    schema_part(out, "workload.classes[].change", class_parts[1].about, change_rows);
    schema_part(out, "workload.classes[].checkpoint", class_parts[2].about, checkpoint_rows);
    schema_part(out, "interference[]", "classes that slow each other down on one device",
                interference_rows);
}
