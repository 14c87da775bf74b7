/* scenario_trace.c - sources of type trace: how jobs are made of the rows of a file, and which of
 * them the scenario asks for. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario_load.h"
#include "units.h"

/* ---- sums of columns ---------------------------------------------------------------------- */

/* "5", "run_s" or {run_s: 1, one: 5}; nothing without the node. */
static trace_sum read_sum(scenario_loader *l, yaml_node *node, const char *key)
{
    const poise_option row = {key, POISE_REAL, 0, 0, -1e30, 1e30, "", "", NULL};
    trace_sum sum = {0};
    double value;
    char problem[160];
    if (!node)
        return sum;
    if (node->kind == YAML_LIST || (node->kind == YAML_MAP && node->n == 0)) {
        yaml_wrong(&l->doc, node->mark, "a map from columns to factors, a column, or a number",
                   "%s: this says no columns of the trace", key);
        return sum;
    }
    sum.n = node->kind == YAML_MAP ? node->n : 1;
    trace_term *term = arena_take(l->memory, (size_t)sum.n, sizeof *term);
    if (node->kind == YAML_SCALAR) {
        bool is_number = option_read(&row, &value, node->text, "", problem, sizeof problem);
        *term = is_number ? (trace_term){"one", value} : (trace_term){node->text, 1};
    }
    for (int k = 0; k < sum.n && node->kind == YAML_MAP; k++) {
        term[k].column = node->entry[k].key;
        options_read_one(&l->doc, node->entry[k].value, &row, &term[k].factor, "");
    }
    sum.term = term;
    return sum;
}

static const trace_sum *read_resource_sums(scenario_loader *l, yaml_node *map)
{
    const poise_scenario *s = l->s;
    trace_sum *sum = arena_take(l->memory, (size_t)s->n_resources + 1, sizeof *sum);
    yaml_node *node = yaml_get(&l->doc, map, "resources");
    if (!node || !yaml_is(&l->doc, node, YAML_MAP, "resources"))
        return sum;
    for (int i = 0; i < node->n; i++) {
        const char *name = node->entry[i].key;
        int k = 0;
        while (k < s->n_resources && strcmp(s->resource_name[k], name) != 0)
            k++;
        if (k == s->n_resources)
            yaml_wrong_name(&l->doc, node->entry[i].mark, "resource", name, s->resource_name);
        else
            sum[k] = read_sum(l, node->entry[i].value, name);
    }
    return sum;
}

/* ---- classes ------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const trace_key *)a)->key, ((const trace_key *)b)->key);
}

/* Classes are found by what `classes` says of a key, else by their own names; "*" is any other. */
static void read_keys(scenario_loader *l, yaml_node *listed, trace_wish *wish)
{
    int n_listed = listed && yaml_is(&l->doc, listed, YAML_MAP, "classes") ? listed->n : 0;
    int n_classes = l->s->n_classes, n = 0;
    trace_key *key = arena_take(l->memory, (size_t)(n_listed + n_classes + 1), sizeof *key);
    wish->keyed = true;
    wish->class_id = -1;
    for (int k = 0; k < n_listed; k++) {
        const yaml_entry *entry = &listed->entry[k];
        int class_id = -1;
        if (yaml_is(&l->doc, entry->value, YAML_SCALAR, entry->key))
            class_id = scenario_find_class(l, entry->value->text, entry->value->mark);
        if (strcmp(entry->key, "*") == 0)
            wish->class_id = class_id;
        else
            key[n++] = (trace_key){entry->key, class_id};
    }
    for (int c = 0; c < n_classes; c++)
        if (n_listed == 0 || !yaml_has(listed, l->s->classes[c].name))
            key[n++] = (trace_key){l->s->classes[c].name, c};
    if (n_classes == 1 && n_listed == 0)
        key[n++] = (trace_key){"", 0};
    qsort(key, (size_t)n, sizeof *key, by_key);
    wish->key = key;
    wish->n_keys = n;
}

static void read_classes(scenario_loader *l, yaml_node *map, trace_wish *wish)
{
    yaml_node *listed = yaml_get(&l->doc, map, "classes");
    const char *name = scenario_text_of(l, map, "class");
    if (name && listed)
        yaml_wrong(&l->doc, yaml_mark_of(map, "class"), NULL,
                   "give either class or classes, not both");
    if (name)
        wish->class_id = scenario_find_class(l, name, yaml_mark_of(map, "class"));
    else
        read_keys(l, listed, wish);
}

static const trace_class *class_table(scenario_loader *l)
{
    trace_class *has = arena_take(l->memory, (size_t)l->s->n_classes + 1, sizeof *has);
    for (int c = 0; c < l->s->n_classes; c++)
        has[c] = (trace_class){.memory_bytes = l->s->classes[c].memory_bytes,
                               .cores = l->s->classes[c].cores,
                               .resources = l->s->classes[c].resources};
    return has;
}

/* ---- places ------------------------------------------------------------------------------- */

static bool fits_group(const scenario_loader *l, const trace_job *job, int group)
{
    const poise_scenario *s = l->s;
    const scenario_class *c = &s->classes[job->class_id];
    const demand need = {.cores = job->cores, .memory_bytes = job->memory_bytes};
    const int64_t *resources = job->resources ? job->resources : c->resources;
    if (l->cores_of_trace[group] || !s->group[group].law)
        return true;
    if (!(l->kind_speed[l->class_kind[job->class_id] * s->n_groups + group] > 0))
        return false;
    for (int p = 0; p < (c->n_profiles > 0 ? c->n_profiles : 1); p++) {
        const scenario_profile *profile = scenario_profile_of(c, p);
        if (scenario_could_run(s, job->class_id, group, profile, need, resources))
            return true;
    }
    return false;
}

/* Whether a device that runs its class is large enough. */
static bool fits(const void *data, const trace_job *job)
{
    const scenario_loader *l = data;
    bool runs = l->s->classes[job->class_id].graph || l->groups_wrong || l->names_wrong;
    for (int g = 0; g < l->s->n_groups && !runs; g++)
        runs = fits_group(l, job, g);
    return runs;
}

/* ---- the wish ----------------------------------------------------------------------------- */

/* The most cores that a device has; 0 = what the header of the trace says is the limit. */
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

static const trace_format *read_format(scenario_loader *l, yaml_node *map, int source)
{
    const char *name = l->s->source[source].format;
    if (!name)
        return NULL;
    const trace_format *format = trace_format_named(name);
    int n = 0;
    while (trace_formats[n])
        n++;
    const char **names = arena_take(l->memory, (size_t)n + 1, sizeof *names);
    for (int k = 0; k < n; k++)
        names[k] = trace_formats[k]->name;
    if (!format)
        yaml_wrong_name(&l->doc, yaml_mark_of(map, "format"), "trace format", name, names);
    return format;
}

/* Whether the scenario asks for less than what the trace begins with. */
static bool has_window(const scenario_source *src)
{
    return src->from_ns > 0 || src->to_ns > 0 || src->skip_jobs > 0;
}

static const trace_wish *read_wish(scenario_loader *l, yaml_node *map, int source)
{
    scenario_source *src = &l->s->source[source];
    trace_wish *wish = arena_take(l->memory, 1, sizeof *wish);
    l->source_text[source].wish = wish;
    src->lenient |= l->set.lenient;
    *wish = (trace_wish){
        .format = read_format(l, map, source),
        .size = read_sum(l, yaml_get(&l->doc, map, "size"), "size"),
        .estimate = read_sum(l, yaml_get(&l->doc, map, "estimate"), "estimate"),
        .memory = read_sum(l, yaml_get(&l->doc, map, "memory"), "memory"),
        .cores = read_sum(l, yaml_get(&l->doc, map, "cores"), "cores"),
        .deadline = read_sum(l, yaml_get(&l->doc, map, "deadline"), "deadline"),
        .n_resources = l->s->n_resources,
        .resource_name = l->s->resource_name,
        .resource = read_resource_sums(l, map),
        .class_has = class_table(l),
        .lenient = src->lenient,
        .fits = fits,
        .data = l,
        .max_procs = widest(l),
        .first_jobs = has_window(src) ? 0 : src->first_jobs,
    };
    read_classes(l, map, wish);
    return wish;
}

/* ---- the file ----------------------------------------------------------------------------- */

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

/* What of the trace the scenario asks for: a window of it, the first so many jobs of that. */
static bool cut_trace(scenario_loader *l, yaml_node *map, int source, trace *t)
{
    const scenario_source *src = &l->s->source[source];
    int64_t to_ns = src->to_ns > 0 ? src->to_ns : INT64_MAX;
    if (!has_window(src) || trace_cut(t, src->from_ns, to_ns, src->skip_jobs, src->first_jobs) > 0)
        return true;
    if (src->skip_jobs > 0) {
        yaml_wrong(&l->doc, yaml_mark_of(map, "skip_jobs"), NULL,
                   "no job of the trace is left without the first %d", src->skip_jobs);
        return false;
    }
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
    for (int64_t k = 0; k < t->n_jobs; k++) {
        trace_job *job = spill_at(t->jobs, k);
        job->arrival_ns = (int64_t)((double)job->arrival_ns * by + 0.5);
    }
    return true;
}

/* "3 cut ...", and where it began if that is known. */
static void note(scenario_loader *l, const trace_count *c)
{
    if (c->n == 0)
        return;
    string_add(&l->notes, "; %lld %s", (long long)c->n, c->what);
    if (c->line > 0)
        string_add(&l->notes, " (line %lld%s)", (long long)c->line, c->n > 1 ? " first" : "");
}

static void note_counts(scenario_loader *l, const char *file, const trace_counts *c)
{
    string_add(&l->notes, "%strace %s: %lld jobs from %lld lines", l->notes.length ? "\n" : "",
               file, (long long)c->jobs, (long long)c->lines);
    for (int k = 0; k < c->n; k++)
        note(l, &c->count[k]);
}

/* The jobs are the scenario's now. */
static void keep_trace(scenario_loader *l, int source, trace *t)
{
    scenario_source *src = &l->s->source[source];
    spill_protect(t->jobs);
    if (t->resources)
        spill_protect(t->resources);
    if (t->jobs->error)
        string_add(&l->notes, "; kept in memory, as no temporary file can be written: %s",
                   strerror(t->jobs->error));
    src->jobs = t->jobs;
    src->amounts = t->resources;
    src->job = t->job;
    src->n_jobs = t->n_jobs;
    t->jobs = t->resources = NULL;
    l->source_text[source].trace_hash = t->hash;
    if (l->header.max_procs == 0)
        l->header = t->header;
}

static void load_trace(scenario_loader *l, yaml_node *map, yaml_mark mark, int source,
                       const char *file, const trace_wish *wish)
{
    const char *path = find_trace(l, file);
    poise_error err = {0};
    trace t;
    l->source_text[source].file = file;
    if (access(path, R_OK) != 0) {
        yaml_wrong(&l->doc, mark, NULL, "cannot read the trace '%s': %s", file, strerror(errno));
    } else if (!trace_load(path, wish, &t, &err)) {
        yaml_wrong(&l->doc, mark, NULL, "the trace cannot be used: %s", err.text);
    } else {
        if (cut_trace(l, map, source, &t) && stretch_trace(l, map, source, &t)) {
            note_counts(l, file, &t.counts);
            keep_trace(l, source, &t);
        }
        trace_free(&t);
    }
}

void scenario_read_trace(scenario_loader *l, yaml_node *map, int source)
{
    const char *file = scenario_text_of(l, map, "file");
    yaml_mark mark = yaml_mark_of(map, "file");
    const scenario_source *src = &l->s->source[source];
    int before = l->doc.n_mistakes;
    const trace_wish *wish = read_wish(l, map, source);
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
    else if (l->doc.n_mistakes == before && !l->names_wrong)
        load_trace(l, map, mark, source, file, wish);
}

/* ---- printing ----------------------------------------------------------------------------- */

static void print_sum(string_buffer *out, const char *before, const char *key, const trace_sum *sum)
{
    char factor[32];
    if (sum->n == 0)
        return;
    string_add(out, "%s%s: {", before, key);
    for (int k = 0; k < sum->n; k++) {
        string_add(out, "%s", k ? ", " : "");
        scenario_print_text(out, sum->term[k].column);
        units_print_real(sum->term[k].factor, factor, sizeof factor);
        string_add(out, ": %s", factor);
    }
    string_add(out, "}");
}

static void print_resources(string_buffer *out, const trace_wish *wish)
{
    const char *before = "      resources: {";
    for (int k = 0; k < wish->n_resources; k++) {
        if (wish->resource[k].n == 0)
            continue;
        print_sum(out, before, wish->resource_name[k], &wish->resource[k]);
        before = ", ";
    }
    if (before[0] == ',')
        string_add(out, "}\n");
}

/* All keys with their classes, those that are names of classes only where they mean another one. */
static void print_keys(string_buffer *out, const poise_scenario *s, const trace_wish *wish)
{
    const char *before = "      classes: {";
    for (int k = 0; k < wish->n_keys; k++) {
        const char *name = s->classes[wish->key[k].class_id].name;
        if (strcmp(wish->key[k].key, name) == 0 || !wish->key[k].key[0])
            continue;
        string_add(out, "%s", before);
        scenario_print_text(out, wish->key[k].key);
        string_add(out, ": %s", name);
        before = ", ";
    }
    if (wish->class_id >= 0) {
        string_add(out, "%s\"*\": %s", before, s->classes[wish->class_id].name);
        before = ", ";
    }
    if (before[0] == ',')
        string_add(out, "}\n");
}

void scenario_print_trace(string_buffer *out, const scenario_loader *l, int source, bool identity)
{
    const source_text *text = &l->source_text[source];
    const trace_wish *wish = text->wish;
    const poise_scenario *s = l->s;
    if (!wish->keyed || s->n_classes == 1)
        string_add(out, "      class: %s\n", s->classes[s->source[source].job[0].class_id].name);
    if (identity) {
        string_add(out, "      file: %016" PRIx64 "\n", text->trace_hash);
        return;
    }
    if (wish->keyed && s->n_classes > 1)
        print_keys(out, s, wish);
    string_add(out, "      file: ");
    scenario_print_text(out, text->file);
    string_add(out, "\n");
    const char *const keys[] = {"size", "estimate", "memory", "cores", "deadline"};
    const trace_sum *sums[] = {&wish->size, &wish->estimate, &wish->memory, &wish->cores,
                               &wish->deadline};
    for (int k = 0; k < 5; k++) {
        print_sum(out, "      ", keys[k], sums[k]);
        string_add(out, "%s", sums[k]->n ? "\n" : "");
    }
    print_resources(out, wish);
}
