/* scenario_read.c - the YAML tree of a scenario into plain structs. What is wrong in one place does
 * not keep the rest from being read, so that all mistakes are told at once. */
#include <string.h>

#include "scenario_load.h"

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

const char *scenario_text_of(scenario_loader *l, yaml_node *map, const char *key)
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

static void read_decision(scenario_loader *l, yaml_node *map)
{
    scenario_decision *d = &l->s->decision;
    if (map)
        options_read(&l->doc, map, scenario_decision_more, d, "", "section decision");
    else
        options_defaults(scenario_decision_more, d);
}

static void read_section(scenario_loader *l, const scenario_section *section, yaml_node *map)
{
    int before = l->doc.n_mistakes;
    if (yaml_is(&l->doc, map, YAML_MAP, section->what)) {
        options_read(&l->doc, map, section->rows, &l->set, l->set.work_unit, section->what);
        options_read(&l->doc, map, section->more, &l->set, l->set.work_unit, section->what);
        if (section->key && strcmp(section->key, "decision") == 0)
            read_decision(l, map);
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
    scenario_read_header(l);
    options_read(&l->doc, l->doc.root, scenario_record_rows, &l->set, "", "the scenario");
}

static void copy_settings(const scenario_settings *set, poise_scenario *s)
{
    s->name = set->name ? set->name : "";
    s->title = set->title ? set->title : "";
    s->about = set->about ? set->about : "";
    s->family = scenario_families[set->family];
    s->source_line = set->source ? set->source : "";
    s->measure = set->measure;
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
    s->change_ns = set->change_ns;
    s->warmup_ns = set->warmup_ns;
    s->warmup_jobs = set->warmup_jobs;
    s->end_ns = set->end_ns;
    s->end_jobs = set->end_jobs;
    s->keeps_records = set->records == 0;
}

static void read_steady(scenario_loader *l)
{
    const scenario_settings *set = &l->set;
    const bool waits = set->steady_metric == 1;
    l->s->steady = (poise_steady){.metric = -1};
    if (yaml_has(l->doc.root, "steady"))
        l->s->steady = (poise_steady){
            .metric = poise_metric_index(waits ? "wait_mean_s" : "response_mean_s"),
            .waits = waits,
            .batches = set->steady_batches,
            .deletes = set->steady_warmup == 0,
        };
}

void scenario_read(scenario_loader *l)
{
    yaml_doc *doc = &l->doc;
    l->names_wrong = true;  // until there are classes
    read_decision(l, NULL);
    read_sections(l);
    copy_settings(&l->set, l->s);
    read_steady(l);
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
    scenario_read_speeds(l);
    if (workload && workload->kind == YAML_MAP) {
        yaml_node *sources = yaml_need(doc, workload, "sources", "workload");
        if (sources)
            scenario_read_sources(l, sources);
        scenario_read_origin(l, workload);
        yaml_done(doc, workload, "workload");
    }
    scenario_read_interference(l);
    scenario_read_world(l);
    int before = doc->n_mistakes;
    yaml_done(doc, doc->root, "the scenario");
    l->end_wrong |= doc->n_mistakes > before && !yaml_has(doc->root, "end");
}
