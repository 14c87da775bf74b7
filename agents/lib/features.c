/* features.c - from a view to rows of numbers: first what is known of each task, group and class
 * is gathered in one pass over the view, then each candidate's row is put together from it. */
#include "lib/features.h"

#include "det.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct task_facts {
    double least_now_s;  // least service listed
    double soonest_s;    // least backlog + service listed
    double least_j;      // least energy listed
} task_facts;

typedef struct group_facts {
    double shortest_s;               // service listed for it
    int at_home;                     // tasks shown that it suits best
    double pressure;                 // tasks at home / devices, squashed
    double backlog;                  // in typical services, logarithm
    double idle;                     // share of its devices
    double running, queued;          // tasks / devices, squashed
    double cores_free, memory_free;  // parts of what it has
} group_facts;

struct features {
    const poise_space *space;
    double typical_s;
    int n_devices;
    bool names_groups, names_classes;
    double shortest_s;    // service listed
    double mean_weight;   // of the tasks shown
    double queue, free;   // FEATURE_QUEUE, FEATURE_FREE
    task_facts *task;     // (window + max_running)
    group_facts *group;   // (n_groups)
    int *waiting;         // (n_classes) waiting tasks shown
    int *shown;           // (n_classes) running ones, too
    int *home;            // (n_classes) group with the least service
    double *elsewhere_s;  // (n_classes, n_groups) least service on any other group
};

static double squash(double x)
{
    return isinf(x) ? 1 : x / (1 + x);
}

static double at_most(double x, double limit)
{
    return x < limit ? x : limit;
}

static double logarithm(double x)
{
    return det_log1p(at_most(x, 1e6)) / 4;
}

/* part / whole where both may be infinite or zero: what cannot be compared counts as equal. */
static double ratio(double part, double whole)
{
    if (!(whole > 0) || isinf(part))
        return 1;
    return part / whole;
}

static void find_homes(features *f)
{
    const poise_space *s = f->space;
    for (int c = 0; c < s->n_classes; c++) {
        const double *service_s = s->service_s + c * s->n_groups;
        for (int g = 0; g < s->n_groups; g++)
            if (service_s[g] < service_s[f->home[c]])
                f->home[c] = g;
        for (int g = 0; g < s->n_groups; g++) {
            double least = INFINITY;
            for (int o = 0; o < s->n_groups; o++)
                if (o != g && service_s[o] < least)
                    least = service_s[o];
            f->elsewhere_s[c * s->n_groups + g] = least;
        }
    }
}

features *features_new(const poise_space *space)
{
    size_t groups = (size_t)space->n_groups, classes = (size_t)space->n_classes;
    size_t bytes = sizeof(features) +
                   (size_t)(space->window + space->max_running) * sizeof(task_facts) +
                   groups * sizeof(group_facts) + classes * groups * sizeof(double) +
                   3 * classes * sizeof(int);
    features *f = calloc(1, bytes);
    if (!f)
        return NULL;
    f->space = space;
    f->task = (task_facts *)(f + 1);
    f->group = (group_facts *)(f->task + space->window + space->max_running);
    f->elsewhere_s = (double *)(f->group + groups);
    f->waiting = (int *)(f->elsewhere_s + classes * groups);
    f->home = f->waiting + classes;
    f->shown = f->home + classes;
    f->typical_s = space->typical_service_s > 0 ? space->typical_service_s : 1;
    for (int g = 0; g < space->n_groups; g++)
        f->n_devices += space->count[g];
    f->names_groups = space->n_groups <= FEATURE_MAX_NAMES;
    f->names_classes = space->n_classes <= FEATURE_MAX_NAMES;
    find_homes(f);
    return f;
}

void features_free(features *f)
{
    free(f);
}

int features_of_candidate(const features *f)
{
    return FEATURE_COLUMNS + (f->names_groups ? f->space->n_groups : 0) +
           (f->names_classes ? f->space->n_classes : 0);
}

int features_of_system(const features *f)
{
    return SYSTEM_COLUMNS + GROUP_COLUMNS * f->space->n_groups +
           (f->names_classes ? 2 * f->space->n_classes : 0) +
           (f->space->shares ? SHARED_COLUMNS : 0);
}

static void gather_tasks(features *f, const poise_view *v)
{
    memset(f->waiting, 0, (size_t)f->space->n_classes * sizeof *f->waiting);
    memset(f->shown, 0, (size_t)f->space->n_classes * sizeof *f->shown);
    const int n_weighed = v->n_tasks + (f->space->shares ? v->n_running : 0);
    double weight = 0;
    for (int t = 0; t < v->n_tasks + v->n_running; t++) {
        f->task[t] = (task_facts){INFINITY, INFINITY, INFINITY};
        f->shown[v->task[t].class_id]++;
        weight += t < n_weighed ? v->task[t].weight : 0;
    }
    for (int t = 0; t < v->n_tasks; t++) {
        const poise_task *task = &v->task[t];
        f->waiting[task->class_id]++;
        f->group[f->home[task->class_id]].at_home++;
    }
    f->mean_weight = n_weighed > 0 ? weight / n_weighed : 0;
}

static void gather_groups(features *f, const poise_view *v)
{
    int idle = 0;
    for (int g = 0; g < v->n_groups; g++) {
        const poise_group *group = &v->group[g];
        f->group[g].pressure = squash((double)f->group[g].at_home / group->count);
        f->group[g].backlog = logarithm(group->backlog_s / f->typical_s);
        f->group[g].idle = (double)group->idle / group->count;
        f->group[g].running = squash((double)group->running / group->count);
        f->group[g].queued = squash((double)group->queued / group->count);
        f->group[g].cores_free = (double)group->cores_free / group->cores / group->count;
        f->group[g].memory_free =
            ratio(group->memory_free_bytes, group->memory_bytes * group->count);
        idle += group->idle;
    }
    f->queue = squash((double)(v->n_tasks + v->n_beyond) / f->n_devices);
    f->free = (double)idle / f->n_devices;
}

static double finish_s(const poise_view *v, const poise_candidate *c)
{
    double backlog_s = v->group[c->group].backlog_s;
    bool waits = c->act == POISE_START && backlog_s < INFINITY;
    return waits ? backlog_s + c->service_s : c->service_s;
}

/* Energy above idling. */
static double energy_j(const poise_view *v, const poise_candidate *c)
{
    return c->service_s * (v->group[c->group].busy_w - v->group[c->group].idle_w);
}

static void gather_candidates(features *f, const poise_view *v)
{
    f->shortest_s = INFINITY;
    for (int i = 0; i < v->n_candidates; i++) {
        const poise_candidate *c = &v->candidate[i];
        if (!poise_gives_device(c))
            continue;
        task_facts *task = &f->task[c->task];
        task->least_now_s = at_most(c->service_s, task->least_now_s);
        task->soonest_s = at_most(finish_s(v, c), task->soonest_s);
        task->least_j = at_most(energy_j(v, c), task->least_j);
        f->group[c->group].shortest_s = at_most(c->service_s, f->group[c->group].shortest_s);
        f->shortest_s = at_most(c->service_s, f->shortest_s);
    }
}

static void gather(features *f, const poise_view *v)
{
    for (int g = 0; g < v->n_groups; g++)
        f->group[g] = (group_facts){.shortest_s = INFINITY};
    gather_tasks(f, v);
    gather_groups(f, v);
    gather_candidates(f, v);
}

/* Of the task's wait for its home: positive where staying in the queue for it would be quicker. */
static double patience(const features *f, const poise_view *v, const poise_candidate *c)
{
    const poise_task *task = &v->task[c->task];
    double wait_s = v->group[f->home[task->class_id]].backlog_s + task->best_s;
    if (!(c->service_s + wait_s > 0) || isinf(wait_s))
        return 0;
    return (c->service_s - wait_s) / (c->service_s + wait_s);
}

/* x between 0 and 1 where a ratio may be anything. */
static float part(double x)
{
    return x > 0 ? (float)at_most(x, 1) : 0;
}

/* log(x) / 4 within -1 .. 3.5. */
static double log_service(double x)
{
    const double y = det_log(at_most(x, 1e6) + 1e-9) / 4;
    return y > -1 ? y : -1;
}

static double slack(const poise_view *v, const poise_task *task, double service_s)
{
    const double left_s = task->deadline_s - v->now_s;
    if (!(left_s < INFINITY))
        return 1;
    return left_s > 0 ? left_s / (left_s + service_s) : 0;
}

/* What is to be said of a task, whatever is done with it. */
static void describe_task(const features *f, const poise_view *v, const poise_candidate *c,
                          float *x)
{
    const poise_task *task = &v->task[c->task];
    const double service_s = poise_gives_device(c) ? c->service_s : task->best_s;
    const double age_s = v->now_s - task->arrived_s;
    x[FEATURE_SERVICE] = (float)squash(service_s / f->typical_s);
    x[FEATURE_SERVICE_LOG] = (float)log_service(service_s / f->typical_s);
    x[FEATURE_SHORT] = (float)at_most(ratio(f->shortest_s, service_s), 1);
    x[FEATURE_AGE] = (float)squash(age_s / f->typical_s);
    x[FEATURE_AGE_SHARE] = (float)(age_s > 0 ? age_s / (age_s + service_s) : 0);
    x[FEATURE_RANK] = (float)(1. / (1 + c->task));
    const int shown = v->n_tasks > 0 ? v->n_tasks : 1;  // none: it runs already
    x[FEATURE_CLASS_SHARE] = (float)((double)f->waiting[task->class_id] / shown);
    x[FEATURE_WEIGHT] =
        (float)(task->weight > 0 ? task->weight / (task->weight + f->mean_weight) : 0);
    x[FEATURE_PRIORITY] = (float)task->priority / (float)(1 + abs(task->priority));
    x[FEATURE_SLACK] = (float)slack(v, task, service_s);
    x[FEATURE_DONE] = part(task->done > 0 ? task->done / (task->done + task->size) : 0);
    x[FEATURE_UPWARD] = (float)squash(task->upward_rank_s / f->typical_s);
    const group_facts *home = &f->group[f->home[task->class_id]];
    x[FEATURE_HOME_BACKLOG] = (float)home->backlog;
    x[FEATURE_HOME_PRESSURE] = (float)home->pressure;
}

/* How well a task and the group that it would get suit each other. */
static void describe_match(const features *f, const poise_view *v, const poise_candidate *c,
                           float *x)
{
    const poise_space *s = v->space;
    const poise_task *task = &v->task[c->task];
    const int pair = task->class_id * v->n_groups + c->group;
    const double at_home_s = s->service_s[task->class_id * v->n_groups + f->home[task->class_id]];
    const double else_s = f->elsewhere_s[pair] * ratio(task->best_s, at_home_s);
    const double service_s = c->service_s;
    x[FEATURE_FIT] = (float)ratio(task->best_s, service_s);
    x[FEATURE_FIT_NOW] = (float)ratio(f->task[c->task].least_now_s, service_s);
    x[FEATURE_SOON] = (float)ratio(f->task[c->task].soonest_s, finish_s(v, c));
    x[FEATURE_ADVANTAGE] = (float)(isinf(else_s) ? 1 : ratio(else_s, else_s + service_s));
    x[FEATURE_SHORT_HERE] = (float)ratio(f->group[c->group].shortest_s, service_s);
    x[FEATURE_PATIENCE] = (float)patience(f, v, c);
    x[FEATURE_ENERGY] = (float)ratio(f->task[c->task].least_j, energy_j(v, c));
    const poise_profile *profile = poise_profile_of(s, task->class_id, c->group, c->profile);
    x[FEATURE_QUALITY] = part(profile->quality);
    x[FEATURE_WIDTH] = part((double)profile->devices / s->count[c->group]);
    if (s->capacity[c->group] > 0)
        x[FEATURE_CAP] = part(s->cap[pair] / s->capacity[c->group]);
}

/* What the task needs of what the group has left. */
static void describe_room(const poise_view *v, const poise_candidate *c, float *x)
{
    const poise_task *task = &v->task[c->task];
    const poise_group *group = &v->group[c->group];
    const int up = group->up > 0 ? group->up : 1;
    x[FEATURE_CORES] =
        task->cores < group->cores_free ? (float)task->cores / (float)group->cores_free : 1;
    x[FEATURE_MEMORY] = part(task->memory_bytes * up / (group->memory_free_bytes + 1));
    double most = 0;
    for (int r = 0; task->resource && r < v->space->n_resources; r++) {
        const double share = (double)task->resource[r] / (group->resource_free[r] + 1e-9);
        most = share > most ? share : most;
    }
    x[FEATURE_RESOURCE] = part(most);
}

static void describe_group(const group_facts *g, float *x)
{
    x[FEATURE_IDLE] = (float)g->idle;
    x[FEATURE_RUNNING] = (float)g->running;
    x[FEATURE_QUEUED] = (float)g->queued;
    x[FEATURE_BACKLOG] = (float)g->backlog;
    x[FEATURE_PRESSURE] = (float)g->pressure;
    x[FEATURE_CORES_FREE] = part(g->cores_free);
    x[FEATURE_MEMORY_FREE] = part(g->memory_free);
}

static void describe(const features *f, const poise_view *v, const poise_candidate *c, float *x)
{
    const int n = features_of_candidate(f);
    const int class_column = n - (f->names_classes ? v->space->n_classes : 0);
    memset(x, 0, (size_t)n * sizeof *x);
    x[FEATURE_ACT + c->act] = 1;
    x[FEATURE_QUEUE] = (float)f->queue;
    x[FEATURE_FREE] = (float)f->free;
    if (v->n_system >= 1 && v->n_system <= FEATURE_MOST_FEW)
        x[FEATURE_FEW + v->n_system - 1] = 1;
    if (c->task >= 0) {
        describe_task(f, v, c, x);
        if (f->names_classes)
            x[class_column + v->task[c->task].class_id] = 1;
    }
    if (c->group >= 0) {
        describe_group(&f->group[c->group], x);
        if (f->names_groups)
            x[FEATURE_COLUMNS + c->group] = 1;
    }
    if (poise_gives_device(c)) {
        describe_match(f, v, c, x);
        describe_room(v, c, x);
    }
}

void features_candidates(features *f, const poise_view *v, float *x)
{
    gather(f, v);
    const int n = features_of_candidate(f);
    for (int i = 0; i < v->n_candidates; i++, x += n)
        describe(f, v, &v->candidate[i], x);
}

static void describe_queue(const features *f, const poise_view *v, float *x)
{
    double work_s = 0, age_s = 0, oldest_s = 0;
    for (int t = 0; t < v->n_tasks; t++) {
        double waited_s = v->now_s - v->task[t].arrived_s;
        work_s += v->task[t].best_s;
        age_s += waited_s;
        oldest_s = waited_s > oldest_s ? waited_s : oldest_s;
    }
    int waiting = v->n_tasks + v->n_beyond;
    double shown = v->n_tasks > 0 ? (double)waiting / v->n_tasks : 1;
    double work = work_s * shown / f->typical_s / f->n_devices;
    double tasks = (double)v->n_system / f->n_devices, queue = (double)waiting / f->n_devices;
    x[SYSTEM_TASKS] = (float)squash(tasks);
    x[SYSTEM_TASKS_LOG] = (float)logarithm(tasks);
    x[SYSTEM_QUEUE] = (float)squash(queue);
    x[SYSTEM_QUEUE_LOG] = (float)logarithm(queue);
    x[SYSTEM_WORK] = (float)squash(work);
    x[SYSTEM_WORK_LOG] = (float)logarithm(work);
    x[SYSTEM_OLDEST] = (float)squash(oldest_s / f->typical_s);
    x[SYSTEM_OLDEST_LOG] = (float)logarithm(oldest_s / f->typical_s);
    x[SYSTEM_AGE] = (float)squash(v->n_tasks > 0 ? age_s / v->n_tasks / f->typical_s : 0);
    x[SYSTEM_FREE] = (float)f->free;
    for (int k = 0; k < FEATURE_MOST_FEW; k++)
        x[SYSTEM_FEW + k] = v->n_system == k + 1;
    x[SYSTEM_PRICE] = (float)squash(v->price_per_kwh > 0 ? v->price_per_kwh : 0);
    x[SYSTEM_CARBON] = (float)squash(v->carbon_g_per_kwh > 0 ? v->carbon_g_per_kwh / 300 : 0);
}

static void describe_system_group(const features *f, const poise_view *v, int g, float *x)
{
    const group_facts *group = &f->group[g];
    const poise_group *seen = &v->group[g];
    x[GROUP_IDLE] = (float)group->idle;
    x[GROUP_BACKLOG] = (float)group->backlog;
    x[GROUP_PRESSURE] = (float)group->pressure;
    x[GROUP_TASKS] = (float)squash((double)(seen->running + seen->queued) / seen->count);
    x[GROUP_FREE] = part(at_most(group->memory_free, group->cores_free));
}

int features_of_task(const features *f)
{
    return TOKEN_COLUMNS + (f->names_classes ? f->space->n_classes : 0);
}

int features_of_group(const features *f)
{
    return GROUP_COLUMNS + (f->names_groups ? f->space->n_groups : 0);
}

static void describe_token(const features *f, const poise_view *v, int t, float *x)
{
    const poise_task *task = &v->task[t];
    int most_cores = 1;
    double most_memory = 1;
    for (int g = 0; g < v->n_groups; g++) {
        most_cores = v->group[g].cores > most_cores ? v->group[g].cores : most_cores;
        if (v->group[g].memory_bytes < INFINITY && v->group[g].memory_bytes > most_memory)
            most_memory = v->group[g].memory_bytes;
    }
    x[TOKEN_LEAST] = (float)log_service(task->best_s / f->typical_s);
    x[TOKEN_SERVICE] = (float)squash(task->best_s / f->typical_s);
    x[TOKEN_AGE] = (float)squash((v->now_s - task->arrived_s) / f->typical_s);
    x[TOKEN_RANK] = (float)(1. / (1 + t));
    x[TOKEN_WEIGHT] =
        (float)(task->weight > 0 ? task->weight / (task->weight + f->mean_weight) : 0);
    x[TOKEN_PRIORITY] = (float)task->priority / (float)(1 + abs(task->priority));
    x[TOKEN_SLACK] = (float)slack(v, task, task->best_s);
    x[TOKEN_DONE] = part(task->done > 0 ? task->done / (task->done + task->size) : 0);
    x[TOKEN_RUNS] = task->group >= 0;
    x[TOKEN_UPWARD] = (float)squash(task->upward_rank_s / f->typical_s);
    x[TOKEN_CORES] = part((double)task->cores / most_cores);
    x[TOKEN_MEMORY] = part(task->memory_bytes / most_memory);
}

void features_tasks(features *f, const poise_view *v, float *x)
{
    gather(f, v);
    const int n = features_of_task(f);
    for (int t = 0; t < v->n_tasks + v->n_running; t++, x += n) {
        memset(x, 0, (size_t)n * sizeof *x);
        describe_token(f, v, t, x);
        if (f->names_classes)
            x[TOKEN_COLUMNS + v->task[t].class_id] = 1;
    }
}

void features_groups(features *f, const poise_view *v, float *x)
{
    gather(f, v);
    const int n = features_of_group(f);
    for (int g = 0; g < v->n_groups; g++, x += n) {
        memset(x, 0, (size_t)n * sizeof *x);
        describe_system_group(f, v, g, x);
        if (f->names_groups)
            x[GROUP_COLUMNS + g] = 1;
    }
}

double features_burden(const poise_view *v)
{
    double burden = v->n_system;
    for (int t = 0; t < v->n_tasks + v->n_running; t++)
        burden += v->task[t].weight - 1;
    return burden;
}

/* Squares in the number of tasks, which are few where all run at once. */
static void describe_shared(const features *f, const poise_view *v, float *x)
{
    double sum[SHARED_COLUMNS] = {0}, capacity = 0;
    const poise_task *end = v->task + v->n_tasks + v->n_running;
    for (const poise_task *i = v->task; i < end; i++) {
        const double w = i->weight, s = i->best_s, root = sqrt(w * s);
        sum[SHARED_WORK] += s;
        sum[SHARED_TURNS] += w * s;
        sum[SHARED_ROOTS] += w * s;
        sum[SHARED_EQUAL] += w * s;
        for (const poise_task *j = v->task; j < i; j++) {
            const double first = w * j->best_s, last = j->weight * s;
            sum[SHARED_TURNS] += first < last ? first : last;
            sum[SHARED_ROOTS] += 2 * root * sqrt(j->weight * j->best_s);
            sum[SHARED_EQUAL] += (w + j->weight) * (s < j->best_s ? s : j->best_s);
        }
    }
    for (int g = 0; g < v->n_groups; g++)
        capacity += f->space->capacity[g] * f->space->count[g];
    for (int k = 0; k < SHARED_COLUMNS; k++)
        x[k] = (float)logarithm(sum[k] / f->typical_s / capacity);
}

void features_system(features *f, const poise_view *v, float *x)
{
    gather(f, v);
    describe_queue(f, v, x);
    x += SYSTEM_COLUMNS;
    for (int g = 0; g < v->n_groups; g++, x += GROUP_COLUMNS)
        describe_system_group(f, v, g, x);
    for (int c = 0; f->names_classes && c < v->space->n_classes; c++) {
        *x++ = (float)squash((double)f->shown[c] / f->n_devices);
        *x++ = (float)logarithm((double)f->shown[c] / f->n_devices);
    }
    if (f->space->shares)
        describe_shared(f, v, x);
}
