/* scenario_print.c - a scenario as canonical YAML, every default spelled out in a fixed order; and
 * the schema for people. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenario_load.h"
#include "units.h"

/* ---- values ------------------------------------------------------------------------------- */

static bool is_plain(const char *text)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+- ";
    size_t n = strspn(text, safe);
    bool begins = text[0] && !strchr("-+. ", text[0]);
    return begins && !text[n] && text[n - 1] != ' ';
}

void scenario_print_text(string_buffer *out, const char *text)
{
    if (is_plain(text)) {
        string_add(out, "%s", text);
        return;
    }
    string_add(out, "\"");
    for (; *text; text++)
        if (*text == '\n')
            string_add(out, "\\n");
        else if (*text == '\t')
            string_add(out, "\\t");
        else
            string_add(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
    string_add(out, "\"");
}

/* Whether the text survives as a literal block with one final newline. */
static bool is_block(const char *text)
{
    size_t n = strlen(text);
    return n > 1 && text[0] != ' ' && text[0] != '\n' && text[0] != '\t' && text[n - 1] == '\n' &&
           text[n - 2] != '\n';
}

static void add_prose(string_buffer *out, const char *text)
{
    if (!is_block(text)) {
        scenario_print_text(out, text);
        return;
    }
    string_add(out, "|\n");
    while (*text) {
        size_t n = strcspn(text, "\n");
        string_add(out, n ? "  %.*s" : "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
        string_add(out, *text ? "\n" : "");
    }
}

static void add_real(string_buffer *out, double value)
{
    char text[32];
    units_print_real(value, text, sizeof text);
    string_add(out, "%s", text);
}

static void add_value(string_buffer *out, const poise_option *row, const void *base)
{
    char text[64];
    if (row->type == POISE_TEXT) {
        const char *const *p = (const void *)((const char *)base + row->offset);
        add_prose(out, *p ? *p : "");
        return;
    }
    option_print(row, base, text, sizeof text);
    string_add(out, "%s", text);
}

/* "key: value" lines behind `indent`, the first behind `first`; texts that are not given stay
 * away. */
static void add_rows(string_buffer *out, const char *first, const char *indent,
                     const poise_option *rows, const void *base)
{
    for (; rows && rows->name; rows++) {
        const char *const *p = (const void *)((const char *)base + rows->offset);
        if (rows->type == POISE_TEXT && !*p)
            continue;
        string_add(out, "%s%s: ", first, rows->name);
        add_value(out, rows, base);
        string_add(out, "\n");
        first = indent;
    }
}

/* The rows that are not at their default. */
void scenario_print_rows(string_buffer *out, const char *indent, const poise_option *rows,
                         const void *base)
{
    for (; rows && rows->name; rows++) {
        const poise_option one[] = {*rows, {0}};
        if (!option_is_default(rows, base))
            add_rows(out, indent, indent, one, base);
    }
}

static const char *print_one(string_buffer *out, const char *before, const poise_option *row,
                             const void *base)
{
    const char *const *text = (const void *)((const char *)base + row->offset);
    char value[64];
    if (row->type == POISE_TEXT && !*text)
        return before;
    string_add(out, "%s%s: ", before, row->name);
    if (row->type == POISE_TEXT) {
        scenario_print_text(out, *text);
    } else {
        option_print(row, base, value, sizeof value);
        string_add(out, "%s", value);
    }
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

static void add_dists(string_buffer *out, const char *indent, const dist_option *rows,
                      const void *base)
{
    for (; rows && rows->name; rows++) {
        string_add(out, "%s%s: ", indent, rows->name);
        scenario_print_dist(out, (const void *)((const char *)base + rows->written));
        string_add(out, "\n");
    }
}

void scenario_print_numbers(string_buffer *out, const double *value, int n)
{
    string_add(out, "[");
    for (int k = 0; k < n; k++) {
        string_add(out, k ? ", " : "");
        add_real(out, value[k]);
    }
    string_add(out, "]");
}

/* ---- parts -------------------------------------------------------------------------------- */

void scenario_print_dist(string_buffer *out, const dist *written)
{
    string_add(out, "{distribution: %s", written->type->name);
    for (const poise_option *row = written->type->options; row && row->name; row++) {
        string_add(out, ", %s: ", row->name);
        add_value(out, row, written);
    }
    if (written->n_values > 0) {
        string_add(out, ", values: ");
        scenario_print_numbers(out, written->value, written->n_values);
    }
    if (written->weight) {
        string_add(out, ", weights: ");
        scenario_print_numbers(out, written->weight, written->n_values);
    }
    string_add(out, "}");
}

static void add_classes(string_buffer *out, const scenario_loader *l)
{
    string_add(out, "  classes:\n");
    for (int c = 0; c < l->s->n_classes; c++) {
        add_rows(out, "    - ", "      ", scenario_class_rows, &l->s->classes[c]);
        if (l->s->classes[c].graph)
            string_add(out, "      graph: %s\n", l->s->classes[c].graph->name);
        scenario_print_class_more(out, l, c);
        if (!l->written_size[c].type)
            continue;
        string_add(out, "      size: ");
        scenario_print_dist(out, &l->written_size[c]);
        string_add(out, "\n");
    }
}

static void add_speeds(string_buffer *out, const scenario_loader *l, int group)
{
    string_add(out, "    speed: {");
    const char *comma = "";
    for (int k = 0; k < l->n_kinds; k++) {
        double speed = l->kind_speed[k * l->s->n_groups + group];
        if (!(speed > 0))
            continue;
        string_add(out, "%s%s: ", comma, l->kind[k]);
        add_real(out, speed);
        comma = ", ";
    }
    string_add(out, "}\n");
}

static void add_groups(string_buffer *out, const scenario_loader *l)
{
    string_add(out, "devices:\n");
    for (int g = 0; g < l->s->n_groups; g++) {
        const scenario_group *group = &l->s->group[g];
        add_rows(out, "  - ", "    ", scenario_group_rows, group);
        string_add(out, "    law: %s\n", group->law->name);
        add_rows(out, "    ", "    ", group->law->options, &group->params);
        add_speeds(out, l, g);
        scenario_print_group_more(out, l, g);
        scenario_print_group_world(out, l, g);
    }
}

static void add_mix(string_buffer *out, const scenario_loader *l, int source)
{
    const scenario_source *src = &l->s->source[source];
    string_add(out, "      mix: {");
    for (int k = 0; k < src->n_mix; k++) {
        string_add(out, "%s%s: ", k ? ", " : "", l->s->classes[src->mix_class[k]].name);
        add_real(out, l->source_text[source].weight[k]);
    }
    string_add(out, "}\n");
}

static void add_job(string_buffer *out, const scenario_loader *l, const trace_job *job)
{
    const scenario_job written = {
        .arrival_ns = job->arrival_ns,
        .memory_bytes = job->memory_bytes,
        .class_name = l->s->classes[job->class_id].name,
        .size = job->size,
        .estimate = job->estimate,
        .cores = job->cores,
        .deadline_ns = job->deadline_ns,
    };
    scenario_print_all(out, "        - {", scenario_job_rows, &written);
    scenario_print_flow(out, ", ", scenario_job_more, &written);
    if (job->resources)
        scenario_print_resources(out, ", ", l->s, job->resources, false);
    string_add(out, "}\n");
}

static void add_sources(string_buffer *out, const scenario_loader *l, bool identity)
{
    string_add(out, "  sources:\n");
    for (int k = 0; k < l->s->n_sources; k++) {
        const scenario_source *src = &l->s->source[k];
        string_add(out, "    - type: %s\n      name: %s\n", src->type->name, src->name);
        add_rows(out, "      ", "      ", src->type->options, src);
        scenario_print_rows(out, "      ", src->type->further, src);
        add_dists(out, "      ", src->type->dists, src);
        if (src->type->print)
            src->type->print(out, src);
        if (src->type->has_mix) {
            add_mix(out, l, k);
        } else if (l->source_text[k].file) {
            scenario_print_trace(out, l, k, identity);
        } else {
            string_add(out, "      jobs:\n");
            for (int64_t j = 0; j < src->n_jobs; j++)
                add_job(out, l, &src->job[j]);
        }
    }
}

static void add_rules(string_buffer *out, const poise_scenario *s)
{
    if (s->n_rules > 0)
        string_add(out, "rules:\n");
    for (int k = 0; k < s->n_rules; k++) {
        string_add(out, "  - ");
        scenario_print_text(out, s->rule[k]);
        string_add(out, "\n");
    }
}

static void add_header(string_buffer *out, const scenario_loader *l, bool identity)
{
    const scenario_settings *set = &l->set;
    string_add(out, "poise: %d\nname: %s\n", set->version, set->name);
    if (!identity) {
        string_add(out, "title: ");
        scenario_print_text(out, set->title);
        string_add(out, "\nabout: ");
        add_prose(out, set->about ? set->about : "");
        string_add(out, "\n");
        scenario_print_rows(out, "", scenario_sections[0].more, set);
        add_rules(out, l->s);
    }
    string_add(out, "work_unit: %s\n", set->work_unit);
    scenario_print_rows(out, "", scenario_record_rows, set);
}

char *scenario_print(const scenario_loader *l, bool identity)
{
    string_buffer out = {0};
    add_header(&out, l, identity);
    add_groups(&out, l);
    scenario_print_graphs(&out, l);
    scenario_print_interference(&out, l->s);
    scenario_print_world(&out, l->s);
    string_add(&out, "workload:\n");
    scenario_print_origin(&out, l->s);
    add_classes(&out, l);
    add_sources(&out, l, identity);
    for (const scenario_section *section = scenario_sections; section->rows; section++)
        if (section->key && (!section->is_wish || yaml_has(l->doc.root, section->key))) {
            string_add(&out, "%s:\n", section->key);
            add_rows(&out, "  ", "  ", section->rows, &l->set);
            scenario_print_rows(&out, "  ", section->more, &l->set);
            if (strcmp(section->key, "decision") == 0)
                scenario_print_rows(&out, "  ", scenario_decision_more, &l->s->decision);
        }
    return out.at;
}

/* ---- schema ------------------------------------------------------------------------------- */

void scenario_schema_part(string_buffer *out, const char *path, const char *about,
                          const poise_option *rows, const char *unit)
{
    string_add(out, "\n%s - %s\n", path, about);
    options_print_schema(out, rows, unit);
}

static void add_source_type(string_buffer *out, const char *path, const source_type *type)
{
    string_add(out, "\n%s - %s%s%s\n", path, type->about, type->besides ? "; besides: " : "",
               type->besides ? type->besides : "");
    options_print_schema(out, type->options, "");
    options_print_schema(out, type->further, "");
    for (const dist_option *row = type->dists; row && row->name; row++)
        string_add(out, "  %-15s %-10s %s\n%30sa number of %s, or {distribution: NAME, ...}\n",
                   row->name, "required", row->help, "", row->unit);
}

static void add_plug_ins(string_buffer *out)
{
    char path[96];
    for (int k = 0; device_laws[k]; k++) {
        snprintf(path, sizeof path, "devices[] with law: %s", device_laws[k]->name);
        scenario_schema_part(out, path, device_laws[k]->about, device_laws[k]->options, "");
    }
    for (int k = 0; dist_types[k]; k++) {
        snprintf(path, sizeof path, "size: {distribution: %s}", dist_types[k]->name);
        scenario_schema_part(out, path, dist_types[k]->about, dist_types[k]->options, "work_unit");
    }
    for (int k = 0; source_types[k]; k++) {
        snprintf(path, sizeof path, "workload.sources[] with type: %s", source_types[k]->name);
        add_source_type(out, path, source_types[k]);
    }
    scenario_schema_part(out, "workload.sources[].jobs[]",
                         "the jobs of a source of type list; besides: resources (a map; those of "
                         "its class if not given)",
                         scenario_job_rows, "work_unit");
    options_print_schema(out, scenario_job_more, "");
}

static const char rules_help[] =
    "  rules           none       agents to compare, the first with each other one: a list\n";

static void add_sections(string_buffer *out)
{
    for (const scenario_section *section = scenario_sections; section->rows; section++) {
        scenario_schema_part(out, section->key ? section->key : "top level", section->about,
                             section->rows, "");
        options_print_schema(out, section->more, "");
        if (!section->key) {
            string_add(out, "%s", rules_help);
            options_print_schema(out, scenario_record_rows, "");
        }
        if (section->key && strcmp(section->key, "decision") == 0)
            options_print_schema(out, scenario_decision_more, "");
    }
}

static void add_schema_of_graphs(string_buffer *out)
{
    scenario_schema_part(
        out, "graphs[]",
        "jobs that are graphs of tasks; besides: tasks, class (of tasks that say none), "
        "messages, passes (a list: merge does what is the same only once, fuse makes one task "
        "of a chain)",
        scenario_graph_rows, "");
    scenario_schema_part(
        out, "graphs[].tasks[]",
        "tasks and blocks of tasks; besides: size (a number or a map with `distribution`), "
        "after (tasks that it needs: a name, a list, or a map from name to bytes), tasks (makes "
        "it a block, whose tasks know what it comes after as `input`)",
        scenario_task_rows, "work_unit");
    scenario_schema_part(out, "graphs[].messages[]",
                         "tasks that exchange bytes while both run; besides: between (two tasks)",
                         scenario_message_rows, "");
}

char *poise_scenario_schema(void)
{
    string_buffer out = {0};
    string_add(&out,
               "A scenario is a YAML file. Each line: key, default, meaning; below it what is "
               "allowed.\n");
    add_sections(&out);
    scenario_schema_groups(&out);
    scenario_schema_world(&out);
    add_schema_of_graphs(&out);
    scenario_schema_part(&out, "workload", "jobs: classes and sources", scenario_workload_rows, "");
    scenario_schema_origin(&out);
    scenario_schema_classes(&out);
    string_add(&out,
               "\nworkload.sources[] - where jobs come from: type, name, class (one class) or "
               "mix (a map from class to weight), file (of type trace)\n");
    add_plug_ins(&out);
    return out.at;
}
