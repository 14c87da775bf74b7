/* scenario_sources.c - where the jobs of a scenario file come from: sources that draw them, and
 * lists; traces stand in scenario_trace.c. */
#include <stdlib.h>
#include <string.h>

#include "scenario_load.h"
#include "units.h"

enum { MOST_SOURCES = 1000, MOST_JOBS = 1000000 };

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
    const char *name = scenario_text_of(l, map, "class");
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
    options_read(&l->doc, map, scenario_job_more, &job, "", "a job of a list");
    const int64_t *resources = scenario_read_resources(l, map, "resources", 0);
    yaml_done(&l->doc, map, "a job of a list");
    trace_job read = {
        .arrival_ns = job.arrival_ns,
        .size = job.size,
        .estimate = job.estimate > 0 ? job.estimate : job.size,
        .memory_bytes = job.memory_bytes,
        .cores = job.cores,
        .class_id = -1,
        .deadline_ns = job.deadline_ns,
        .resources = l->s->n_resources > 0 ? resources : NULL,
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
    if (c->graph && resources)
        yaml_wrong(&l->doc, yaml_mark_of(map, "resources"), NULL,
                   "resources: a job of class '%s' has none, the classes of its tasks do", c->name);
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

/* What only a shuffle needs, and it does. */
static void check_shuffle(scenario_loader *l, yaml_node *map, const scenario_source *src)
{
    const char *const keys[] = {"fill", "until", "period"};
    if (src->shuffled && src->period_ns == 0)
        yaml_wrong(&l->doc, yaml_mark_of(map, "order"), NULL,
                   "order: shuffled jobs need a period, the time between their arrivals");
    for (int k = 0; k < 3 && !src->shuffled; k++)
        if (yaml_has(map, keys[k]))
            yaml_wrong(&l->doc, yaml_mark_of(map, keys[k]), NULL,
                       "%s: there is none unless the order is shuffled", keys[k]);
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
    const char *name = scenario_text_of(l, map, "name");
    scenario_check_name(l, map, "name", name);
    src->name = name ? name : src->type->name;
    int before = l->doc.n_mistakes;
    options_read(&l->doc, map, src->type->options, src, "", what);
    options_read(&l->doc, map, src->type->further, src, "", what);
    scenario_read_dists(l, map, src->type->dists, src, what);
    if (src->period_ns > 0 && src->type->has_mix)
        src->rate_per_s = 1e9 / (double)src->period_ns;
    if (src->type->has_mix)
        read_classes_of(l, map, source);
    else if (strcmp(src->type->name, "trace") == 0)
        scenario_read_trace(l, map, source);
    else
        read_list(l, map, source);
    if (!src->type->has_mix)
        check_shuffle(l, map, src);
    if (src->stop_ns > 0 && src->stop_ns <= src->start_ns)
        yaml_wrong(&l->doc, yaml_mark_of(map, "stop"), NULL, "stop: not after start");
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

void scenario_read_sources(scenario_loader *l, yaml_node *list)
{
    poise_scenario *s = l->s;
    s->n_sources = scenario_read_maps(l, list, "sources", MOST_SOURCES, &l->source_node);
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
            scenario_take_cores_of_header(l, g);
}