/* scenario_check.c - what only makes sense together: every job can run somewhere, every run ends
 * within the clock's range. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "scenario_load.h"
#include "units.h"

enum { MOST_WAYS = 10000000, MOST_SHOWN = 100000000 };

static double given_speed(const scenario_loader *l, int class_id, int group)
{
    return l->kind_speed[l->class_kind[class_id] * l->s->n_groups + group];
}

/* ---- why something can run nowhere -------------------------------------------------------- */

/* What has to run somewhere: a class under one of its profiles, a job, a task of a graph. */
typedef struct runner {
    const char *who;
    yaml_node *map;  // where it stands
    int class_id;
    const scenario_profile *profile;
    demand need;
    const int64_t *resources;
} runner;

/* Groups that have a speed for its kind of tasks and are of the kind its profile is for. */
static bool is_for(const scenario_loader *l, const runner *r, int group)
{
    const char *kind = r->profile->kind;
    return given_speed(l, r->class_id, group) > 0 &&
           (!kind || strcmp(kind, l->s->group[group].kind) == 0);
}

/* The most there is on such groups. */
typedef struct most {
    int n_groups, devices, cores, n_without_speed;
    int part;  // cores of a part, of the last such group that has parts
    int64_t memory_bytes;
} most;

static most most_there_is(const scenario_loader *l, const runner *r)
{
    most m = {0};
    for (int k = 0; k < l->s->n_groups; k++) {
        const scenario_group *g = &l->s->group[k];
        if (!is_for(l, r, k))
            continue;
        bool kills = g->pressure == PRESSURE_KILL;  // what a task uses, too, must fit
        int64_t memory = kills ? g->memory_bytes : scenario_promised_bytes(g);
        m.n_groups++;
        m.devices = g->count > m.devices ? g->count : m.devices;
        m.cores = g->law->cores(g) > m.cores ? g->law->cores(g) : m.cores;
        m.memory_bytes = memory > m.memory_bytes ? memory : m.memory_bytes;
        m.part = g->params.parts > 1 ? g->params.cores / g->params.parts : m.part;
        m.n_without_speed += g->law->speed && !(g->law->speed(g, &l->s->classes[r->class_id]) > 0);
    }
    return m;
}

/* The first named resource of which no such group has enough, -1 if there is none. */
static int scarce_resource(const scenario_loader *l, const runner *r, int64_t *there_is)
{
    const poise_scenario *s = l->s;
    for (int k = 0; r->resources && k < s->n_resources; k++) {
        *there_is = 0;
        for (int g = 0; g < s->n_groups; g++)
            if (is_for(l, r, g) && s->group[g].resources[k] > *there_is)
                *there_is = s->group[g].resources[k];
        if (r->resources[k] > *there_is)
            return k;
    }
    return -1;
}

static void wrong_kind(scenario_loader *l, const runner *r)
{
    const poise_scenario *s = l->s;
    const char *kind = r->profile->kind;
    const char **kinds = arena_take(l->memory, (size_t)s->n_groups + 1, sizeof *kinds);
    int n = 0;
    bool is_known = false;
    for (int g = 0; g < s->n_groups; g++) {
        int k = 0;
        while (k < n && strcmp(kinds[k], s->group[g].kind) != 0)
            k++;
        if (k == n && n < 64)
            kinds[n++] = s->group[g].kind;
        is_known |= kind && strcmp(kind, s->group[g].kind) == 0;
    }
    if (kind && !is_known)
        yaml_wrong(&l->doc, yaml_mark_of(r->map, "kind"), yaml_names(&l->doc, kinds),
                   "%s is for devices of kind '%s', there are none%s", r->who, kind,
                   yaml_guess(&l->doc, kind, kinds));
    else
        yaml_wrong(&l->doc, yaml_mark_of(r->map, "kind"), NULL,
                   "%s can run nowhere: no device group%s has a speed for task kind '%s'", r->who,
                   kind ? arena_format(l->memory, " of kind '%s'", kind) : "",
                   s->classes[r->class_id].kind);
}

/* What of the profile, the class's request or, where these say nothing, of the task itself. */
static demand needed(const scenario_loader *l, const runner *r)
{
    const scenario_class *c = &l->s->classes[r->class_id];
    demand d = r->need;
    d.cores = r->profile->cores > 0 ? r->profile->cores : d.cores;
    d.memory_bytes = r->profile->memory_bytes >= 0 ? r->profile->memory_bytes : d.memory_bytes;
    d.memory_bytes = c->request_bytes != c->memory_bytes ? c->request_bytes : d.memory_bytes;
    return d;
}

/* Says why the runner, which can run nowhere, cannot. */
static void wrong_place(scenario_loader *l, const runner *r)
{
    yaml_doc *doc = &l->doc;
    const most m = most_there_is(l, r);
    const demand d = needed(l, r);
    char needs[32], there_is[32];
    int64_t units = 0;
    int scarce = scarce_resource(l, r, &units);
    units_print_bytes(d.memory_bytes, needs, sizeof needs);
    units_print_bytes(m.memory_bytes, there_is, sizeof there_is);
    if (m.n_groups == 0)
        wrong_kind(l, r);
    else if (r->profile->devices > m.devices)
        yaml_wrong(doc, yaml_mark_of(r->map, "devices"), NULL,
                   "%s needs %d devices, no device group that runs its kind has more than %d",
                   r->who, r->profile->devices, m.devices);
    else if (d.memory_bytes > m.memory_bytes)
        yaml_wrong(doc, yaml_mark_of(r->map, "memory"), NULL,
                   "%s needs %s, no device group that runs its kind has more than %s", r->who,
                   needs, there_is);
    else if (d.cores > m.cores)
        yaml_wrong(doc, yaml_mark_of(r->map, "cores"), NULL,
                   "%s needs %d cores, no device group that runs its kind has more than %d", r->who,
                   d.cores, m.cores);
    else if (scarce >= 0)
        yaml_wrong(doc, yaml_mark_of(r->map, "resources"), NULL,
                   "%s needs %" PRId64 " of resource '%s', no device group that runs its kind has "
                   "more than %" PRId64,
                   r->who, r->resources[scarce], l->s->resource_name[scarce], units);
    else if (m.part > 0 && d.cores > m.part && d.cores % m.part != 0)
        yaml_wrong(doc, yaml_mark_of(r->map, "cores"), NULL,
                   "%s needs %d cores, which neither fit into a part of %d nor are whole parts",
                   r->who, d.cores, m.part);
    else if (m.n_without_speed == m.n_groups)
        yaml_wrong(doc, yaml_start(r->map->mark), NULL,
                   "%s can run nowhere: give its flop or byte, which make its speed there", r->who);
    else
        yaml_wrong(doc, r->map->mark, NULL,
                   "%s needs %s and %d cores%s, no device group that runs its kind has both",
                   r->who, needs, d.cores, r->profile->devices > 1 ? " on each device" : "");
}

/* ---- classes ------------------------------------------------------------------------------ */

static bool profile_runs(const poise_scenario *s, int class_id, int profile)
{
    for (int g = 0; g < s->n_groups; g++)
        if (s->mode[scenario_cell(s, class_id, g, profile)].speed > 0)
            return true;
    return false;
}

static void check_class(scenario_loader *l, int class_id)
{
    poise_scenario *s = l->s;
    const scenario_class *c = &s->classes[class_id];
    runner r = {
        .who = arena_format(l->memory, "job class '%s'", c->name),
        .map = l->class_node[class_id],
        .class_id = class_id,
        .need = {.cores = c->cores, .memory_bytes = c->memory_bytes},
        .resources = c->resources,
    };
    for (int g = 0; g < s->n_groups; g++)
        scenario_fill_modes(l, class_id, g, given_speed(l, class_id, g));
    yaml_node *list = c->n_profiles > 0 ? yaml_get(&l->doc, r.map, "profiles") : NULL;
    for (int p = 0; (r.profile = scenario_profile_of(c, p)); p++) {
        if (profile_runs(s, class_id, p))
            continue;
        if (list) {
            r.map = list->entry[p].value;
            r.who =
                arena_format(l->memory, "profile '%s' of job class '%s'", r.profile->name, c->name);
        }
        wrong_place(l, &r);
    }
}

/* Agents and features meet mean services; a simulation cannot outlast its clock. */
static void check_services(scenario_loader *l, int class_id)
{
    const poise_scenario *s = l->s;
    const scenario_class *c = &s->classes[class_id];
    for (int k = 0; k < s->n_groups * s->n_profiles && c->size.type; k++) {
        double speed = s->mode[class_id * s->n_groups * s->n_profiles + k].speed;
        if (!(speed > 0) || c->size.mean / speed <= HORIZON_MAX_S)
            continue;
        yaml_wrong(&l->doc, yaml_mark_of(l->class_node[class_id], "size"), NULL,
                   "a job of class '%s' takes %.3g years on device group '%s', the clock has 285",
                   c->name, c->size.mean / speed / 31557600, s->group[k / s->n_profiles].name);
        return;
    }
}

/* ---- jobs and tasks ----------------------------------------------------------------------- */

/* Whether a job or task can run on the group under some profile. */
static bool runs_on(const scenario_loader *l, const runner *r, int group)
{
    const poise_scenario *s = l->s;
    const scenario_profile *p;
    for (int k = 0; (p = scenario_profile_of(&s->classes[r->class_id], k)); k++)
        if (s->mode[scenario_cell(s, r->class_id, group, k)].speed > 0 &&
            scenario_could_run(s, r->class_id, group, p, r->need, r->resources))
            return true;
    return false;
}

/* Whether it can run somewhere and on all groups that take any task of its class; else *group is
 * one where it does not fit, NULL if it can run nowhere. */
static bool fits_its_groups(const scenario_loader *l, const runner *r, const char **group)
{
    const poise_scenario *s = l->s;
    runner plain = *r;
    bool runs = false;
    *group = NULL;
    plain.resources = NULL;
    for (int g = 0; g < s->n_groups; g++) {
        if (!(s->speed[r->class_id * s->n_groups + g] > 0))
            continue;
        if (runs && s->group[g].law->demand_matters)
            continue;
        runs |= runs_on(l, r, g);
        if (!s->group[g].law->demand_matters && !runs_on(l, &plain, g))
            *group = s->group[g].name;
    }
    bool fits = runs && !*group;
    *group = runs ? *group : NULL;
    return fits;
}

static void wrong_fit(scenario_loader *l, runner *r, const char *who, const char *such,
                      const char *group)
{
    r->who = who;
    r->profile = scenario_profile_of(&l->s->classes[r->class_id], 0);
    if (!group)
        wrong_place(l, r);
    else
        yaml_wrong(&l->doc, r->map->mark, NULL,
                   "%s does not fit on device group '%s', which runs its class '%s': give such %s "
                   "a class of their own",
                   who, group, l->s->classes[r->class_id].name, such);
}

bool scenario_check_task(scenario_loader *l, yaml_node *map, const char *graph,
                         const graph_node *task)
{
    const scenario_class *c = &l->s->classes[task->class_id];
    runner r = {
        .map = map,
        .class_id = task->class_id,
        .need = {.cores = c->cores, .memory_bytes = task->memory_bytes},
        .resources = c->resources,
    };
    const char *group;
    if (fits_its_groups(l, &r, &group))
        return true;
    const char *who = arena_format(l->memory, "task '%s' of graph '%s'", task->name, graph);
    wrong_fit(l, &r, who, "tasks", group);
    return false;
}

/* A job may ask for less than its class, and for more where its groups have as much. Groups whose
 * law does not look at demands take any task of a class they run. */
static bool check_job(scenario_loader *l, int source, int64_t number, const trace_job *job)
{
    const scenario_class *c = &l->s->classes[job->class_id];
    runner r = {
        .map = l->source_node[source],
        .class_id = job->class_id,
        .need = {.cores = job->cores, .memory_bytes = job->memory_bytes},
        .resources = job->resources ? job->resources : c->resources,
    };
    const char *group;
    if (c->graph || fits_its_groups(l, &r, &group))
        return true;
    const char *who = arena_format(l->memory, "job %" PRId64 " of source '%s'", number,
                                   l->s->source[source].name);
    wrong_fit(l, &r, who, "jobs", group);
    return false;
}

/* A source that draws how many cores its jobs need: its widest job must fit. */
static void check_widest(scenario_loader *l, int source)
{
    const scenario_source *src = &l->s->source[source];
    for (int m = 0; m < src->n_mix; m++) {
        const scenario_class *c = &l->s->classes[src->mix_class[m]];
        runner r = {
            .who = arena_format(l->memory, "the widest job of source '%s'", src->name),
            .map = l->source_node[source],
            .class_id = src->mix_class[m],
            .profile = scenario_profile_of(c, 0),
            .need = {.cores = src->lublin.cores, .memory_bytes = c->memory_bytes},
            .resources = c->resources,
        };
        bool runs = l->class_wrong[r.class_id] || c->graph;
        for (int g = 0; g < l->s->n_groups && !runs; g++)
            runs = runs_on(l, &r, g);
        if (!runs)
            wrong_place(l, &r);
    }
}

/* The jobs of a list or trace: one mistake a source is enough. */
static void check_jobs(scenario_loader *l, int source)
{
    const scenario_source *src = &l->s->source[source];
    if (src->type->has_sizes)
        check_widest(l, source);
    for (int64_t k = 0; k < src->n_jobs; k++)
        if (!l->class_wrong[scenario_job_of(src, k)->class_id] &&
            !check_job(l, source, k, &src->job[k]))
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

/* ---- the end ------------------------------------------------------------------------------ */

static bool is_endless(const scenario_source *src)
{
    return src->type->has_mix && src->max_jobs == 0 && src->stop_ns == 0;
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
    mark = yaml_mark_of(l->doc.root, "change_at");
    if (s->change_ns > 0 && (s->end_ns == 0 || s->change_ns >= s->end_ns))
        yaml_wrong(&l->doc, mark, NULL,
                   "change_at is not before end.time: there is no time to recover");
    if (s->change_ns > 0 && s->change_ns <= s->warmup_ns)
        yaml_wrong(&l->doc, mark, NULL,
                   "change_at is not after warmup.time: nothing is known of before");
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
        if (src->stop_ns > 0)
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

/* The tables of a scenario and the candidates of a view are counted in int, and have to fit into
 * memory. */
static bool check_table(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    double ways = (double)s->n_classes * s->n_groups * s->n_profiles;
    double shown = 2.0 * s->window * (s->n_groups * (double)s->n_profiles + 4);
    if (ways > MOST_WAYS)
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, "devices"), NULL,
                   "%d job classes on %d device groups under up to %d profiles are more than %d "
                   "ways to run",
                   s->n_classes, s->n_groups, s->n_profiles, MOST_WAYS);
    else if (shown > MOST_SHOWN)
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, "decision"), NULL,
                   "window: %d tasks on %d device groups under up to %d profiles are more "
                   "candidates than %d",
                   s->window, s->n_groups, s->n_profiles, MOST_SHOWN);
    else
        return true;
    return false;
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
    if (!check_table(l))
        return;
    s->mode = arena_take(l->memory, cells * (size_t)s->n_profiles + 1, sizeof *s->mode);
    check_places(l);
    scenario_check_conflicts(l);
    for (int k = 0; k < s->n_sources && !l->sources_wrong; k++)
        check_sizes(l, k);
    if (l->sources_wrong || l->end_wrong)
        return;
    check_end(l);
    if (l->set.load == 0)
        scenario_check_horizon(l);
}
