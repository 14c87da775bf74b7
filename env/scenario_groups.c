/* scenario_groups.c - groups of devices in a scenario file: their law, their speeds, their named
 * resources, memory that is promised twice and power that is capped. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenario_load.h"

/* ---- rows -------------------------------------------------------------------------------- */

#define IN(field) offsetof(scenario_group, field)

static const char *const pressures[] = {"none", "slow", "kill", 0};
static const char *const part_choices[] = {"fullest", "emptiest", "lowest", "random", 0};

const poise_option scenario_group_more[] = {
    {"apart", POISE_BOOL, IN(apart), 0, 0, 1, "",
     "every device is a group of its own, NAME-0, NAME-1 and so on: agents say which it is to be",
     NULL},
    {"within", POISE_CHOICE, IN(within), 0, 0, 0, "",
     "which part of a device a task takes that needs less than one, of those where it fits",
     part_choices},
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

enum { MOST_GROUPS = 10000, MOST_DEVICES = 1000000, MOST_CORES = 10000000 };

/* ---- named resources --------------------------------------------------------------------- */

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

/* ---- groups ------------------------------------------------------------------------------- */

static void read_group_more(scenario_loader *l, yaml_node *map, int group)
{
    scenario_group *g = &l->s->group[group];
    options_read(&l->doc, map, scenario_group_more, g, "", "a device group");
    g->resources = scenario_read_resources(l, map, "resources", 0);
    if (!g->resources)
        g->resources = arena_take(l->memory, SCENARIO_MOST_RESOURCES, sizeof *g->resources);
}

static const device_law *read_law(scenario_loader *l, yaml_node *map)
{
    const char *names[32] = {0};
    for (int k = 0; k < 31 && device_laws[k]; k++)
        names[k] = device_laws[k]->name;
    const char *name = scenario_text_of(l, map, "law");
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

/* What cannot be of each device where it is of the whole group. */
static void check_apart(scenario_loader *l, yaml_node *map, const scenario_group *g)
{
    const struct {
        const char *key;
        bool given;
    } none[] = {
        {"power_cap", g->cap_mw > 0},
        {"failures", g->failures.rack > 0},
        {"link", g->link.per_group},
    };
    for (size_t k = 0; k < sizeof none / sizeof *none; k++)
        if (none[k].given)
            yaml_wrong(&l->doc, yaml_mark_of(map, none[k].key), NULL,
                       "%s of a whole group: there is none where devices are apart", none[k].key);
    scenario_check_name(l, map, "name", arena_format(l->memory, "%s-%d", g->name, g->count - 1));
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
    yaml_get(&l->doc, map, "speed");
    read_group_more(l, map, group);
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
    if (g->apart)
        check_apart(l, map, g);
}

/* Room for so many groups. */
static void take_groups(scenario_loader *l, int n)
{
    l->s->group = arena_take(l->memory, (size_t)n + 1, sizeof *l->s->group);
    l->group_text = arena_take(l->memory, (size_t)n + 1, sizeof *l->group_text);
    l->group_named = arena_take(l->memory, (size_t)n + 1, sizeof *l->group_named);
    l->cores_of_trace = arena_take(l->memory, (size_t)n + 1, sizeof(bool));
}

/* Makes a group of each device that is to be apart. */
static void set_apart(scenario_loader *l, int n_groups)
{
    const int n = l->s->n_groups;
    const scenario_group *group = l->s->group;
    const group_text *text = l->group_text;
    yaml_node **node = l->group_node;
    const bool *cores_of_trace = l->cores_of_trace;
    take_groups(l, n_groups);
    l->group_node = arena_take(l->memory, (size_t)n_groups + 1, sizeof *l->group_node);
    int to = 0;
    for (int g = 0; g < n; g++)
        for (int k = 0; k < (group[g].apart ? group[g].count : 1); k++, to++) {
            l->s->group[to] = group[g];
            l->group_text[to] = text[g];
            l->group_node[to] = node[g];
            l->cores_of_trace[to] = cores_of_trace[g];
            l->group_named[to] = group[g].name;
            if (!group[g].apart)
                continue;
            l->s->group[to].name = arena_format(l->memory, "%s-%d", group[g].name, k);
            l->s->group[to].count = 1;
            l->s->group[to].apart = false;
        }
    l->s->n_groups = n_groups;
}

static int by_name(const void *left, const void *right)
{
    const scenario_group *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);
    return order != 0 ? order : (*a > *b) - (*a < *b);
}

static void check_names(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    const scenario_group **sorted = arena_take(l->memory, (size_t)s->n_groups + 1, sizeof *sorted);
    for (int g = 0; g < s->n_groups; g++)
        sorted[g] = &s->group[g];
    qsort(sorted, (size_t)s->n_groups, sizeof *sorted, by_name);
    for (int k = 1; k < s->n_groups; k++)
        if (sorted[k]->name[0] && strcmp(sorted[k]->name, sorted[k - 1]->name) == 0)
            yaml_wrong(&l->doc, yaml_mark_of(l->group_node[sorted[k] - s->group], "name"), NULL,
                       "two device groups are named '%s'", sorted[k]->name);
}

void scenario_read_groups(scenario_loader *l, yaml_node *list)
{
    poise_scenario *s = l->s;
    s->n_groups = scenario_read_maps(l, list, "devices", MOST_GROUPS, &l->group_node);
    take_groups(l, s->n_groups);
    int before = l->doc.n_mistakes;
    int64_t n_devices = 0, n_groups = 0;
    for (int g = 0; g < s->n_groups; g++) {
        read_group(l, l->group_node[g], g);
        l->group_named[g] = s->group[g].name;
        n_devices += s->group[g].count;
        n_groups += s->group[g].apart ? s->group[g].count : 1;
    }
    if (n_groups > MOST_GROUPS)
        yaml_wrong(&l->doc, list->mark, NULL,
                   "devices: with each that is apart there are %" PRId64
                   " groups, which are more than %d",
                   n_groups, MOST_GROUPS);
    else
        set_apart(l, (int)n_groups);
    check_names(l);
    if (n_devices > MOST_DEVICES)
        yaml_wrong(&l->doc, list->mark, NULL, "devices: %" PRId64 " in all are more than %d",
                   n_devices, MOST_DEVICES);
    l->groups_wrong = s->n_groups == 0 || l->doc.n_mistakes > before;
}

void scenario_take_cores_of_header(scenario_loader *l, int group)
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

/* That of the group before. */
static void copy_speed(scenario_loader *l, int group)
{
    for (int k = 0; k < l->n_kinds; k++) {
        double *speed = &l->kind_speed[k * l->s->n_groups + group];
        *speed = speed[-1];
    }
}

void scenario_read_speeds(scenario_loader *l)
{
    size_t n = (size_t)l->n_kinds * (size_t)l->s->n_groups;
    l->kind_speed = arena_take(l->memory, n + 1, sizeof *l->kind_speed);
    int before = l->doc.n_mistakes;
    for (int g = 0; g < l->s->n_groups; g++)
        if (g > 0 && l->group_node[g] == l->group_node[g - 1])
            copy_speed(l, g);
        else
            read_speed(l, g);
    l->groups_wrong |= l->doc.n_mistakes > before;
}

/* ---- printing ---------------------------------------------------------------------------- */

void scenario_print_resources(string_buffer *out, const char *before, const poise_scenario *s,
                              const int64_t *amount, bool all)
{
    const char *between = "";
    string_add(out, "%sresources: {", before);
    for (int k = 0; k < s->n_resources; k++) {
        if (amount[k] == 0 && !all)
            continue;
        string_add(out, "%s%s: %lld", between, s->resource_name[k], (long long)amount[k]);
        between = ", ";
    }
    string_add(out, "}");
}

void scenario_print_group_more(string_buffer *out, const scenario_loader *l, int group)
{
    const scenario_group *g = &l->s->group[group];
    scenario_print_rows(out, "    ", scenario_group_more, g);
    if (l->s->n_resources == 0)
        return;
    scenario_print_resources(out, "    ", l->s, g->resources, true);
    string_add(out, "\n");
}

void scenario_schema_groups(string_buffer *out)
{
    scenario_schema_part(
        out, "devices[]",
        "groups of equal devices; besides: law (default fifo) with its own keys, speed (a "
        "number, or a map from task kind to number; kinds that are missing cannot run there), "
        "resources (a map from name to amount, of one device), failures, sleep, link, pace",
        scenario_group_rows, "");
    options_print_schema(out, scenario_group_more, "");
}
