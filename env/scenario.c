/* scenario.c - loading a scenario: the one place where a model is put together. */
#include "scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "error.h"
#include "markov.h"
#include "observe.h"
#include "scenario_load.h"

/* ---- sizes of traces ---------------------------------------------------------------------- */

/* Mean size of the jobs of a class whose sources say what they are; 0 if none does. */
static double mean_of_sources(const poise_scenario *s, int class_id)
{
    double sum = 0, per_s = 0;
    for (int k = 0; k < s->n_sources; k++) {
        const scenario_source *src = &s->source[k];
        for (int m = 0; m < src->n_mix && src->type->has_sizes; m++)
            if (src->mix_class[m] == class_id) {
                sum += source_part(src, m) * src->rate_per_s * src->mean_size;
                per_s += source_part(src, m) * src->rate_per_s;
            }
    }
    return per_s > 0 ? sum / per_s : 0;
}

/* Classes without a size of their own get the mean of their jobs and of the tasks of graphs. */
static void take_mean_of_jobs(poise_scenario *s, int class_id)
{
    double sum = 0;
    int64_t n = 0;
    for (int k = 0; k < s->n_sources; k++)
        for (int64_t j = 0; j < s->source[k].n_jobs; j++) {
            const trace_job *job = scenario_job_of(&s->source[k], j);
            if (job->class_id == class_id) {
                sum += job->size;
                n++;
            }
        }
    for (int k = 0; k < s->n_graphs; k++) {
        int n_tasks;
        sum += scenario_graph_work(&s->graph[k], class_id, &n_tasks);
        n += n_tasks;
    }
    s->classes[class_id].size =
        dist_constant(n > 0 ? sum / (double)n : mean_of_sources(s, class_id));
}

/* ---- load --------------------------------------------------------------------------------- */

/* Twelve digits: the last bits of the linear program's answer must not decide arrivals. */
static double rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", value);
    return strtod(text, NULL);
}

static bool is_rate(double per_s)
{
    return per_s >= RATE_MIN && per_s <= RATE_MAX;
}

/* false if a rate would become absurd. */
static bool scale_rates(poise_scenario *s, double factor)
{
    for (int k = 0; k < s->n_sources; k++) {
        scenario_source *src = &s->source[k];
        if (src->rate_per_s > 0 && !is_rate(src->rate_per_s * factor))
            return false;
        if (src->period_ns > 0 && src->type->has_mix) {
            src->period_ns = (int64_t)((double)src->period_ns / factor + 0.5);
            src->rate_per_s = 1e9 / (double)src->period_ns;
        } else {
            src->rate_per_s = rounded(src->rate_per_s * factor);
        }
    }
    return true;
}

static void set_load(scenario_loader *l)
{
    poise_scenario *s = l->s;
    s->offered_load = scenario_load_of(s);
    if (l->set.load == 0)
        return;
    yaml_node *workload = yaml_get(&l->doc, l->doc.root, "workload");
    if (!(s->offered_load > 0)) {
        yaml_wrong(&l->doc, yaml_mark_of(workload, "load"), NULL,
                   "load: there is no source with a rate that could be scaled");
        return;
    }
    if (!scale_rates(s, l->set.load / s->offered_load))
        yaml_wrong(&l->doc, yaml_mark_of(workload, "load"), "rates from 1e-9 to 1e9 /s",
                   "load: it would need a rate beyond what sources can do");
    s->offered_load = scenario_load_of(s);
    scenario_check_horizon(l);
}

/* ---- space -------------------------------------------------------------------------------- */

static double least_service_s(const poise_space *space, int class_id)
{
    double least = INFINITY;
    for (int g = 0; g < space->n_groups; g++)
        least = fmin(least, space->service_s[class_id * space->n_groups + g]);
    return least;
}

static void fill_services(scenario_loader *l, double *service_s, double *mean_size)
{
    const poise_scenario *s = l->s;
    for (int c = 0; c < s->n_classes; c++) {
        mean_size[c] = s->classes[c].size.mean;
        for (int g = 0; g < s->n_groups; g++) {
            double speed = s->speed[c * s->n_groups + g];
            service_s[c * s->n_groups + g] = speed > 0 ? mean_size[c] / speed : INFINITY;
        }
    }
}

/* What there is to divide in each group, and the most that a task can use. */
static void fill_caps(scenario_loader *l, double *capacity, double *cap)
{
    const poise_scenario *s = l->s;
    for (int g = 0; g < s->n_groups; g++) {
        const law_params *p = &s->group[g].params;
        capacity[g] = p->capacity;
        for (int c = 0; c < s->n_classes; c++)
            cap[c * s->n_groups + g] = s->classes[c].cap > 0 ? s->classes[c].cap : p->cap;
    }
}

static poise_profile public_profile(const poise_scenario *s, int class_id, int group, int profile)
{
    const scenario_class *c = &s->classes[class_id];
    const scenario_mode *m = &s->mode[scenario_cell(s, class_id, group, profile)];
    return (poise_profile){
        .name = profile < c->n_profiles ? c->profile[profile].name : "",
        .speed = m->speed,
        .devices = m->devices,
        .memory_bytes = (double)(m->memory_bytes < 0 ? c->memory_bytes : m->memory_bytes),
        .busy_w = (double)m->busy_mw * 1e-3,
        .quality = m->quality,
    };
}

static const poise_profile *public_profiles(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    size_t cells = (size_t)s->n_classes * (size_t)s->n_groups * (size_t)s->n_profiles;
    poise_profile *all = arena_take(l->memory, cells, sizeof *all);
    for (int c = 0; c < s->n_classes; c++)
        for (int g = 0; g < s->n_groups; g++)
            for (int p = 0; p < s->n_profiles; p++)
                all[scenario_cell(s, c, g, p)] = public_profile(s, c, g, p);
    return all;
}

/* Cells of the grid: see poise_view_mask. */
static int aside(const scenario_decision *d)
{
    return (d->suspend || d->reject) + (d->defer_ns > 0);
}

static int cells_of(const poise_scenario *s)
{
    const scenario_decision *d = &s->decision;
    int row = s->n_groups * s->n_profiles + aside(d);
    return (s->window + d->running) * row + 1 + (d->power ? 2 * s->n_groups : 0);
}

static void build_space(scenario_loader *l)
{
    poise_scenario *s = l->s;
    size_t n_groups = (size_t)s->n_groups, n_classes = (size_t)s->n_classes;
    const char **group_name = arena_take(l->memory, n_groups, sizeof *group_name);
    const char **class_name = arena_take(l->memory, n_classes, sizeof *class_name);
    const char **tenant_name = arena_take(l->memory, (size_t)s->n_tenants + 1, sizeof(char *));
    const char **tenant_agent = arena_take(l->memory, (size_t)s->n_tenants + 1, sizeof(char *));
    int *count = arena_take(l->memory, n_groups, sizeof *count);
    double *service_s = arena_take(l->memory, n_groups * n_classes, sizeof *service_s);
    double *mean_size = arena_take(l->memory, n_classes, sizeof *mean_size);
    double *capacity = arena_take(l->memory, n_groups, sizeof *capacity);
    double *cap = arena_take(l->memory, n_groups * n_classes, sizeof *cap);
    int64_t *resource =
        arena_take(l->memory, n_groups * (size_t)s->n_resources + 1, sizeof *resource);
    for (int g = 0; g < s->n_groups; g++) {
        group_name[g] = s->group[g].name;
        count[g] = s->group[g].count;
        for (int k = 0; k < s->n_resources; k++)
            resource[g * s->n_resources + k] = s->group[g].resources[k];
    }
    for (int c = 0; c < s->n_classes; c++)
        class_name[c] = s->classes[c].name;
    for (int t = 0; t < s->n_tenants; t++) {
        tenant_name[t] = s->tenant[t].name;
        tenant_agent[t] = s->tenant[t].agent;
    }
    fill_services(l, service_s, mean_size);
    fill_caps(l, capacity, cap);
    s->space = (poise_space){
        .n_groups = s->n_groups,
        .n_classes = s->n_classes,
        .n_profiles = s->n_profiles,
        .n_tenants = s->n_tenants,
        .n_resources = s->n_resources,
        .window = s->window,
        .max_running = s->decision.running,
        .n_aside = aside(&s->decision),
        .max_candidates = cells_of(s),
        .may_wait = s->may_wait,
        .shares = s->decision.mode == MODE_SHARE,
        .weighs = s->decision.weights,
        .group_name = group_name,
        .class_name = class_name,
        .tenant_name = tenant_name,
        .tenant_agent = tenant_agent,
        .competes = s->competition.rule != COMPETE_NOT,
        .resource_name = s->resource_name,
        .count = count,
        .resource = resource,
        .capacity = capacity,
        .cap = cap,
        .speed = s->speed,
        .profile = public_profiles(l),
        .n_graphs = s->n_graphs,
        .graph = scenario_public_graphs(l),
        .service_s = service_s,
        .mean_size = mean_size,
        .discount_per_s = s->discount_per_s,
        .scenario = s,
    };
    int n_run = 0;  // classes that run on devices, those with graphs do not
    for (int c = 0; c < s->n_classes; c++)
        n_run += !s->classes[c].graph;
    for (int c = 0; c < s->n_classes; c++)
        if (!s->classes[c].graph)
            s->space.typical_service_s += least_service_s(&s->space, c) / n_run;
    scenario_fill_demands(l);
    s->space.observer = observer_new(s, l->memory);
}

/* ---- loading ------------------------------------------------------------------------------ */

static void keep_texts(scenario_loader *l)
{
    poise_scenario *s = l->s;
    char *resolved = scenario_print(l, false), *identity = scenario_print(l, true);
    s->resolved = arena_text(l->memory, resolved);
    s->notes = arena_text(l->memory, l->notes.at ? l->notes.at : "");
    s->hash = XXH64(identity, strlen(identity), 0);
    free(resolved);
    free(identity);
}

/* Puts all together; each step only where those before found nothing wrong that it builds on. */
static void assemble(scenario_loader *l)
{
    scenario_read(l);
    scenario_check(l);
    if (l->doc.n_mistakes == 0)
        scenario_finish_graphs(l);
    if (l->doc.n_mistakes > 0)
        return;
    scenario_settle(l->s);
    for (int c = 0; c < l->s->n_classes; c++)
        if (!l->s->classes[c].size.type)
            take_mean_of_jobs(l->s, c);
    set_load(l);
    build_space(l);
    keep_texts(l);
}

poise_scenario *poise_scenario_load(const char *path, const char *const *sets, int n_sets,
                                    poise_error *err)
{
    arena *memory = arena_new();
    scenario_loader l = {.memory = memory, .s = arena_take(memory, 1, sizeof *l.s)};
    l.s->memory = memory;
    l.s->path = arena_text(memory, path);
    if (yaml_open(&l.doc, memory, l.s->path, "scenario", sets, n_sets))
        assemble(&l);
    string_free(&l.notes);
    if (yaml_report(&l.doc, err))
        return l.s;
    poise_scenario_free(l.s);
    return NULL;
}

void poise_scenario_free(poise_scenario *s)
{
    if (!s)
        return;
    for (int k = 0; k < s->n_sources; k++) {
        spill_free(s->source[k].jobs);
        spill_free(s->source[k].amounts);
    }
    markov_free(s->solved);
    arena_free(s->memory);
}

const char *poise_scenario_name(const poise_scenario *s)
{
    return s->name;
}

const char *poise_scenario_title(const poise_scenario *s)
{
    return s->title;
}

const char *poise_scenario_about(const poise_scenario *s)
{
    return s->about;
}

const char *poise_scenario_family(const poise_scenario *s)
{
    return s->family;
}

const char *poise_scenario_source(const poise_scenario *s)
{
    return s->source_line;
}

const char *poise_scenario_measure(const poise_scenario *s)
{
    return s->measure;
}

const char *const *poise_scenario_rules(const poise_scenario *s)
{
    return s->rule;
}

const char *poise_scenario_resolved(const poise_scenario *s)
{
    return s->resolved;
}

uint64_t poise_scenario_hash(const poise_scenario *s)
{
    return s->hash;
}

poise_steady poise_scenario_steady(const poise_scenario *s)
{
    return s->steady;
}

double poise_scenario_offered_load(const poise_scenario *s)
{
    return s->offered_load;
}

const char *poise_scenario_notes(const poise_scenario *s)
{
    return s->notes;
}

bool poise_scenario_keeps_records(const poise_scenario *s)
{
    return s->keeps_records;
}

const poise_space *poise_scenario_space(const poise_scenario *s)
{
    return &s->space;
}
