/* scenario_check.c - what only makes sense together: every job can run somewhere, every run ends
 * within the clock's range. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "scenario_load.h"
#include "units.h"

static int kind_of(const scenario_loader *l, int class_id)
{
    int k = 0;
    while (strcmp(l->kind[k], l->s->classes[class_id].kind) != 0)
        k++;
    return k;
}

static double given_speed(const scenario_loader *l, int class_id, int group)
{
    return l->kind_speed[kind_of(l, class_id) * l->s->n_groups + group];
}

static bool could_run(const scenario_loader *l, int class_id, int group, demand d)
{
    const scenario_group *g = &l->s->group[group];
    return given_speed(l, class_id, group) > 0 && g->law->could_run(g, &d);
}

static bool runs_somewhere(const scenario_loader *l, int class_id, demand d)
{
    for (int g = 0; g < l->s->n_groups; g++)
        if (could_run(l, class_id, g, d))
            return true;
    return false;
}

/* Why a job of the class can run nowhere; `who` names it. */
static void wrong_demand(scenario_loader *l, yaml_node *map, const char *who, int class_id,
                         demand d)
{
    int64_t memory = -1;
    int cores = 0;
    for (int g = 0; g < l->s->n_groups; g++) {
        const scenario_group *group = &l->s->group[g];
        if (given_speed(l, class_id, g) <= 0)
            continue;
        memory = group->memory_bytes > memory ? group->memory_bytes : memory;
        cores = group->law->cores(group) > cores ? group->law->cores(group) : cores;
    }
    char needs[32], most[32];
    units_print_bytes(d.memory_bytes, needs, sizeof needs);
    units_print_bytes(memory, most, sizeof most);
    if (memory < 0)
        yaml_wrong(&l->doc, yaml_mark_of(map, "kind"), NULL,
                   "%s can run nowhere: no device group has a speed for task kind '%s'", who,
                   l->s->classes[class_id].kind);
    else if (d.memory_bytes > memory)
        yaml_wrong(&l->doc, yaml_mark_of(map, "memory"), NULL,
                   "%s needs %s, no device group that runs its kind has more than %s", who, needs,
                   most);
    else if (d.cores > cores)
        yaml_wrong(&l->doc, yaml_mark_of(map, "cores"), NULL,
                   "%s needs %d cores, no device group that runs its kind has more than %d", who,
                   d.cores, cores);
    else
        yaml_wrong(&l->doc, map->mark, NULL,
                   "%s needs %s and %d cores, no device group that runs its kind has both", who,
                   needs, d.cores);
}

static void check_class(scenario_loader *l, int class_id)
{
    poise_scenario *s = l->s;
    const scenario_class *c = &s->classes[class_id];
    demand d = {.cores = c->cores, .memory_bytes = c->memory_bytes};
    bool runs = false;
    for (int g = 0; g < s->n_groups; g++) {
        scenario_fill_modes(l, class_id, g, given_speed(l, class_id, g));
        runs |= s->speed[class_id * s->n_groups + g] > 0;
    }
    if (!runs)
        wrong_demand(l, l->class_node[class_id], arena_format(l->memory, "job class '%s'", c->name),
                     class_id, d);
}

/* Agents and features meet mean services; a simulation cannot outlast its clock. */
static void check_services(scenario_loader *l, int class_id)
{
    const poise_scenario *s = l->s;
    const scenario_class *c = &s->classes[class_id];
    for (int g = 0; g < s->n_groups && c->size.type; g++) {
        double speed = s->speed[class_id * s->n_groups + g];
        if (!(speed > 0) || c->size.mean / speed <= HORIZON_MAX_S)
            continue;
        yaml_wrong(&l->doc, yaml_mark_of(l->class_node[class_id], "size"), NULL,
                   "a job of class '%s' takes %.3g years on device group '%s', the clock has 285",
                   c->name, c->size.mean / speed / 31557600, s->group[g].name);
        return;
    }
}

/* Whether a task can run somewhere and on all groups that take any task of its class; else *group
 * is one where it does not fit, NULL if it can run nowhere. */
static bool fits_its_groups(const scenario_loader *l, int class_id, demand d, const char **group)
{
    const poise_scenario *s = l->s;
    bool runs = false;
    *group = NULL;
    for (int g = 0; g < s->n_groups; g++) {
        bool can = s->group[g].law->could_run(&s->group[g], &d);
        if (!(s->speed[class_id * s->n_groups + g] > 0))
            continue;
        runs |= can;
        if (!can && !s->group[g].law->demand_matters)
            *group = s->group[g].name;
    }
    bool fits = runs && !*group;
    *group = runs ? *group : NULL;
    return fits;
}

static void wrong_fit(scenario_loader *l, yaml_node *map, const char *who, const char *such,
                      int class_id, demand d, const char *group)
{
    if (!group)
        wrong_demand(l, map, who, class_id, d);
    else
        yaml_wrong(&l->doc, map->mark, NULL,
                   "%s does not fit on device group '%s', which runs its class '%s': give such %s "
                   "a class of their own",
                   who, group, l->s->classes[class_id].name, such);
}

bool scenario_check_task(scenario_loader *l, yaml_node *map, const char *graph,
                         const graph_node *task)
{
    demand d = {.cores = l->s->classes[task->class_id].cores, .memory_bytes = task->memory_bytes};
    const char *group;
    if (fits_its_groups(l, task->class_id, d, &group))
        return true;
    const char *who = arena_format(l->memory, "task '%s' of graph '%s'", task->name, graph);
    wrong_fit(l, map, who, "tasks", task->class_id, d, group);
    return false;
}

/* A job may ask for less than its class, and for more where its groups have as much. Groups whose
 * law does not look at demands take any task of a class they run. */
static bool check_job(scenario_loader *l, int source, int64_t number, const trace_job *job)
{
    demand d = {.cores = job->cores, .memory_bytes = job->memory_bytes};
    const char *group;
    if (l->s->classes[job->class_id].graph || fits_its_groups(l, job->class_id, d, &group))
        return true;
    const char *who = arena_format(l->memory, "job %" PRId64 " of source '%s'", number,
                                   l->s->source[source].name);
    wrong_fit(l, l->source_node[source], who, "jobs", job->class_id, d, group);
    return false;
}

/* A source that draws how many cores its jobs need: its widest job must fit. */
static void check_widest(scenario_loader *l, int source)
{
    const scenario_source *src = &l->s->source[source];
    for (int m = 0; m < src->n_mix; m++) {
        int c = src->mix_class[m];
        demand d = {.cores = src->lublin.cores, .memory_bytes = l->s->classes[c].memory_bytes};
        if (!l->class_wrong[c] && !l->s->classes[c].graph && !runs_somewhere(l, c, d))
            wrong_demand(l, l->source_node[source],
                         arena_format(l->memory, "the widest job of source '%s'", src->name), c, d);
    }
}

/* The jobs of a list or trace: one mistake a source is enough. */
static void check_jobs(scenario_loader *l, int source)
{
    const scenario_source *src = &l->s->source[source];
    if (src->type->has_sizes)
        check_widest(l, source);
    for (int64_t k = 0; k < src->n_jobs; k++)
        if (!l->class_wrong[src->job[k].class_id] && !check_job(l, source, k, &src->job[k]))
            return;
}

/* Classes without a size of their own may only come from lists and traces. */
static void check_sizes(scenario_loader *l, int source)
{
    const scenario_source *src = &l->s->source[source];
    for (int k = 0; k < src->n_mix; k++) {
        int c = src->mix_class[k];
        bool is_graph = l->s->classes[c].graph != NULL;
        bool has_size = yaml_has(l->class_node[c], "size") || (is_graph && !src->type->has_sizes);
        if (src->type->has_sizes && has_size)
            yaml_wrong(&l->doc, yaml_mark_of(l->class_node[c], "size"), NULL,
                       "source '%s' says the sizes of job class '%s' itself: it must have none",
                       src->name, l->s->classes[c].name);
        else if (!src->type->has_sizes && !has_size)
            yaml_wrong(&l->doc, yaml_start(l->class_node[c]->mark), NULL,
                       "job class '%s' needs a size, source '%s' draws jobs of it",
                       l->s->classes[c].name, src->name);
    }
}

static bool is_endless(const scenario_source *src)
{
    return src->type->has_mix && src->max_jobs == 0;
}

static void check_end(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    yaml_mark mark = yaml_start(yaml_mark_of(l->doc.root, "end"));
    for (int k = 0; k < s->n_sources; k++)
        if (is_endless(&s->source[k]) && s->end_ns == 0 && s->end_jobs == 0) {
            yaml_wrong(&l->doc, mark, NULL,
                       "the run never ends: give end.time or end.jobs, or `jobs` of source '%s'",
                       s->source[k].name);
            break;
        }
    mark = yaml_start(yaml_mark_of(l->doc.root, "warmup"));
    if (s->end_ns > 0 && s->warmup_ns >= s->end_ns)
        yaml_wrong(&l->doc, mark, NULL, "warmup.time is not before end.time, nothing is measured");
    if (s->end_jobs > 0 && s->warmup_jobs >= s->end_jobs)
        yaml_wrong(&l->doc, mark, NULL, "warmup.jobs is not below end.jobs, nothing is measured");
}

void scenario_check_horizon(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    if (s->end_ns > 0)
        return;
    for (int k = 0; k < s->n_sources; k++) {
        const scenario_source *src = &s->source[k];
        if (!(src->rate_per_s > 0))
            continue;
        double jobs = is_endless(src) ? (double)s->end_jobs : src->max_jobs;
        if (jobs / src->rate_per_s + seconds(src->start_ns) > HORIZON_MAX_S / 2)
            yaml_wrong(&l->doc, l->source_node[k]->mark, NULL,
                       "at this rate the last job arrives beyond the clock's range of 285 years");
    }
}

/* Eligibility needs all groups and the class itself to be right. */
static void check_places(scenario_loader *l)
{
    if (l->s->n_groups == 0 || l->groups_wrong || l->names_wrong)
        return;
    for (int c = 0; c < l->s->n_classes; c++)
        if (!l->class_wrong[c] && !l->s->classes[c].graph) {
            check_class(l, c);
            check_services(l, c);
        }
    for (int k = 0; k < l->s->n_sources && !l->sources_wrong; k++)
        check_jobs(l, k);
}

void scenario_check(scenario_loader *l)
{
    poise_scenario *s = l->s;
    size_t cells = (size_t)s->n_classes * (size_t)s->n_groups;
    s->speed = arena_take(l->memory, cells + 1, sizeof *s->speed);
    s->n_profiles = 1;
    for (int c = 0; c < s->n_classes; c++)
        if (s->classes[c].n_profiles > s->n_profiles)
            s->n_profiles = s->classes[c].n_profiles;
    s->mode = arena_take(l->memory, cells * (size_t)s->n_profiles + 1, sizeof *s->mode);
    check_places(l);
    for (int k = 0; k < s->n_sources && !l->sources_wrong; k++)
        check_sizes(l, k);
    if (l->sources_wrong || l->end_wrong)
        return;
    check_end(l);
    if (l->set.load == 0)
        scenario_check_horizon(l);
}
