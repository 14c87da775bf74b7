/* pipe_lines.c - see pipe_lines.h. Fields are rows, so that a line holds what poise.h says. */
#include "lib/pipe_lines.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { REAL, INT, SHORT, LONG } kind;

/* A number of a struct. */
typedef struct field {
    const char *name;
    kind kind;
    size_t offset;
} field;

#define OF(type, kind, name)                                                                       \
    {                                                                                              \
#name, kind, offsetof(type, name)                                                          \
    }

static const field task_fields[] = {
    OF(poise_task, LONG, id),         OF(poise_task, REAL, arrived_s),
    OF(poise_task, REAL, size),       OF(poise_task, REAL, done),
    OF(poise_task, REAL, weight),     OF(poise_task, REAL, memory_bytes),
    OF(poise_task, REAL, best_s),     OF(poise_task, INT, class_id),
    OF(poise_task, INT, priority),    OF(poise_task, INT, cores),
    OF(poise_task, INT, tenant),      OF(poise_task, INT, group),
    OF(poise_task, INT, profile),     OF(poise_task, SHORT, graph),
    OF(poise_task, SHORT, n_before),  OF(poise_task, LONG, job),
    OF(poise_task, INT, stage),       OF(poise_task, INT, preemptions),
    OF(poise_task, REAL, deadline_s), OF(poise_task, REAL, upward_rank_s),
    OF(poise_task, REAL, critical_s), {0},
};

static const field group_fields[] = {
    OF(poise_group, INT, count),         OF(poise_group, INT, idle),
    OF(poise_group, INT, running),       OF(poise_group, INT, queued),
    OF(poise_group, INT, cores),         OF(poise_group, INT, cores_free),
    OF(poise_group, REAL, memory_bytes), OF(poise_group, REAL, memory_free_bytes),
    OF(poise_group, REAL, backlog_s),    OF(poise_group, REAL, idle_w),
    OF(poise_group, REAL, busy_w),       OF(poise_group, INT, up),
    OF(poise_group, INT, asleep),        OF(poise_group, INT, booting),
    OF(poise_group, REAL, link_used),    OF(poise_group, REAL, power_w),
    OF(poise_group, REAL, average_busy), OF(poise_group, REAL, average_memory),
    OF(poise_group, REAL, average_link), {0},
};

static const field view_fields[] = {
    OF(poise_view, REAL, now_s),
    OF(poise_view, INT, n_running),
    OF(poise_view, INT, n_beyond),
    OF(poise_view, INT, n_system),
    OF(poise_view, INT, tenant),
    OF(poise_view, REAL, price_per_kwh),
    OF(poise_view, REAL, carbon_g_per_kwh),
    {0},
};

static const field space_fields[] = {
    OF(poise_space, INT, n_groups),
    OF(poise_space, INT, n_classes),
    OF(poise_space, INT, n_profiles),
    OF(poise_space, INT, n_tenants),
    OF(poise_space, INT, n_resources),
    OF(poise_space, INT, window),
    OF(poise_space, INT, max_running),
    OF(poise_space, INT, max_candidates),
    OF(poise_space, REAL, typical_service_s),
    OF(poise_space, REAL, discount_per_s),
    {0},
};

static const field profile_fields[] = {
    OF(poise_profile, REAL, speed),        OF(poise_profile, INT, devices),
    OF(poise_profile, REAL, memory_bytes), OF(poise_profile, REAL, busy_w),
    OF(poise_profile, REAL, quality),      {0},
};

static const char *const act_names[] = {
    [POISE_START] = "start", [POISE_KEEP] = "keep",       [POISE_MOVE] = "move",
    [POISE_BOOK] = "book",   [POISE_SUSPEND] = "suspend", [POISE_REJECT] = "reject",
    [POISE_DEFER] = "defer", [POISE_HOLD] = "hold",       [POISE_SLEEP] = "sleep",
    [POISE_WAKE] = "wake",
};

/* ---- numbers and lists -------------------------------------------------------------------- */

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *value(const field *f, const void *base)
{
    const char *at = (const char *)base + f->offset;
    switch (f->kind) {
    case REAL: return number(*(const double *)at);
    case INT: return json_integer(*(const int *)at);
    case SHORT: return json_integer(*(const int16_t *)at);
    case LONG: return json_integer(*(const int64_t *)at);
    }
    return NULL;
}

static json_t *object(const field *fields, const void *base)
{
    json_t *o = json_object();
    for (; fields->name; fields++)
        json_object_set_new(o, fields->name, value(fields, base));
    return o;
}

static json_t *reals(const double *x, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, number(x[i]));
    return list;
}

static json_t *ints(const int *x, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_integer(x[i]));
    return list;
}

static json_t *wholes(const int64_t *x, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_integer(x[i]));
    return list;
}

static json_t *texts(const char *const *text, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_string(text[i]));
    return list;
}

/* (rows, columns) as a list of rows. */
static json_t *table(const double *x, int n_rows, int n_columns)
{
    json_t *list = json_array();
    for (int i = 0; i < n_rows; i++)
        json_array_append_new(list, reals(x + (size_t)i * (size_t)n_columns, n_columns));
    return list;
}

static char *line(json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(o);
    const size_t n = text ? strlen(text) : 0;
    char *ended = text ? realloc(text, n + 2) : NULL;
    if (ended)
        memcpy(ended + n, "\n", 2);
    else
        free(text);
    return ended;
}

/* ---- the first line ----------------------------------------------------------------------- */

static json_t *groups_of(const poise_space *p)
{
    json_t *list = json_array();
    for (int g = 0; g < p->n_groups; g++) {
        json_t *o = json_object();
        json_object_set_new(o, "name", json_string(p->group_name[g]));
        json_object_set_new(o, "count", json_integer(p->count[g]));
        json_object_set_new(o, "capacity", number(p->capacity[g]));
        json_object_set_new(
            o, "resource",
            wholes(p->resource + (size_t)g * (size_t)p->n_resources, p->n_resources));
        json_array_append_new(list, o);
    }
    return list;
}

/* (n_classes, n_groups, n_profiles) */
static json_t *profiles_of(const poise_space *p)
{
    json_t *classes = json_array();
    for (int c = 0; c < p->n_classes; c++) {
        json_t *groups = json_array();
        for (int g = 0; g < p->n_groups; g++) {
            json_t *profiles = json_array();
            for (int k = 0; k < p->n_profiles; k++) {
                const poise_profile *from = poise_profile_of(p, c, g, k);
                json_t *o = object(profile_fields, from);
                json_object_set_new(o, "name", json_string(from->name));
                json_array_append_new(profiles, o);
            }
            json_array_append_new(groups, profiles);
        }
        json_array_append_new(classes, groups);
    }
    return classes;
}

static json_t *graphs_of(const poise_space *p)
{
    json_t *list = json_array();
    for (int i = 0; i < p->n_graphs; i++) {
        const poise_graph *g = &p->graph[i];
        json_t *o = json_object(), *edges = json_array();
        for (int k = 0; k < g->n_edges; k++)
            json_array_append_new(edges, json_pack("[iiI]", g->edge[k].from, g->edge[k].to,
                                                   (json_int_t)g->edge[k].bytes));
        json_object_set_new(o, "name", json_string(g->name));
        json_object_set_new(o, "task", texts(g->task_name, g->n_tasks));
        json_object_set_new(o, "class_id", ints(g->class_id, g->n_tasks));
        json_object_set_new(o, "edge", edges);
        json_object_set_new(o, "mean_size", reals(g->mean_size, g->n_tasks));
        json_object_set_new(o, "service_s", reals(g->service_s, g->n_tasks));
        json_object_set_new(o, "upward_s", reals(g->upward_s, g->n_tasks));
        json_object_set_new(o, "downward_s", reals(g->downward_s, g->n_tasks));
        json_object_set_new(o, "critical", ints(g->critical, g->n_critical));
        json_object_set_new(o, "critical_s", number(g->critical_s));
        json_object_set_new(o, "bottleneck", json_integer(g->bottleneck));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *space_of(const poise_space *p)
{
    json_t *o = object(space_fields, p);
    json_object_set_new(o, "may_wait", json_boolean(p->may_wait));
    json_object_set_new(o, "competes", json_boolean(p->competes));
    json_object_set_new(o, "shares", json_boolean(p->shares));
    json_object_set_new(o, "weighs", json_boolean(p->weighs));
    json_object_set_new(o, "group", groups_of(p));
    json_object_set_new(o, "class_name", texts(p->class_name, p->n_classes));
    json_object_set_new(o, "tenant_name", texts(p->tenant_name, p->n_tenants));
    json_object_set_new(o, "resource_name", texts(p->resource_name, p->n_resources));
    json_object_set_new(o, "mean_size", reals(p->mean_size, p->n_classes));
    json_object_set_new(o, "cap", table(p->cap, p->n_classes, p->n_groups));
    json_object_set_new(o, "speed", table(p->speed, p->n_classes, p->n_groups));
    json_object_set_new(o, "service_s", table(p->service_s, p->n_classes, p->n_groups));
    json_object_set_new(o, "profile", profiles_of(p));
    json_object_set_new(o, "graph", graphs_of(p));
    return o;
}

char *pipe_hello(const poise_space *space, bool trains, uint64_t seed, int episode)
{
    json_t *o = json_object();
    json_object_set_new(o, "poise", json_integer(PIPE_PROTOCOL));
    json_object_set_new(o, "program", json_string(POISE_VERSION));
    json_object_set_new(o, "scenario", json_string(poise_scenario_name(space->scenario)));
    json_object_set_new(o, "mode", json_string(trains ? "train" : "evaluate"));
    json_object_set_new(o, "seed", json_integer((json_int_t)(seed & (((uint64_t)1 << 53) - 1))));
    json_object_set_new(o, "episode", json_integer(episode));
    json_object_set_new(o, "space", space_of(space));
    return line(o);
}

/* ---- a decision --------------------------------------------------------------------------- */

static json_t *tasks_of(const poise_view *v)
{
    json_t *list = json_array();
    const int n_resources = v->space->n_resources;
    for (int i = 0; i < v->n_tasks + v->n_running; i++) {
        json_t *o = object(task_fields, &v->task[i]);
        const int64_t *resource = v->task[i].resource;
        if (n_resources > 0)
            json_object_set_new(o, "resource", wholes(resource, resource ? n_resources : 0));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *groups_now(const poise_view *v)
{
    json_t *list = json_array();
    for (int g = 0; g < v->n_groups; g++) {
        const poise_group *from = &v->group[g];
        json_t *o = object(group_fields, from);
        if (v->space->n_resources > 0)
            json_object_set_new(o, "resource_free",
                                reals(from->resource_free, v->space->n_resources));
        if (from->part_free) {
            json_t *parts = json_array();
            for (int k = 0; k < from->parts; k++)
                json_array_append_new(parts, json_integer((json_int_t)from->part_free[k]));
            json_object_set_new(o, "part_free", parts);
        }
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *candidates_of(const poise_view *v)
{
    json_t *list = json_array();
    for (int i = 0; i < v->n_candidates; i++) {
        const poise_candidate *c = &v->candidate[i];
        json_array_append_new(list,
                              json_pack("{si si si ss so}", "task", c->task, "group", (int)c->group,
                                        "profile", (int)c->profile, "act", act_names[c->act],
                                        "service_s", number(c->service_s)));
    }
    return list;
}

char *pipe_view(const poise_view *v)
{
    json_t *o = object(view_fields, v);
    json_object_set_new(o, "task", tasks_of(v));
    json_object_set_new(o, "group", groups_now(v));
    json_object_set_new(o, "candidate", candidates_of(v));
    return line(o);
}
