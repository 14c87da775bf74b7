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
    double shortest_s;  // service listed for it
    int at_home;        // tasks shown that it suits best
    double pressure;    // tasks at home / devices, squashed
    double backlog;     // in typical services, logarithm
    double idle;        // share of its devices
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
    int *waiting;         // (n_classes) tasks shown
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
                   2 * classes * sizeof(int);
    features *f = calloc(1, bytes);
    if (!f)
        return NULL;
    f->space = space;
    f->task = (task_facts *)(f + 1);
    f->group = (group_facts *)(f->task + space->window + space->max_running);
    f->elsewhere_s = (double *)(f->group + groups);
    f->waiting = (int *)(f->elsewhere_s + classes * groups);
    f->home = f->waiting + classes;
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
    return SYSTEM_COLUMNS + 3 * f->space->n_groups + (f->names_classes ? f->space->n_classes : 0);
}

static void gather_tasks(features *f, const poise_view *v)
{
    memset(f->waiting, 0, (size_t)f->space->n_classes * sizeof *f->waiting);
    double weight = 0;
    for (int t = 0; t < v->n_tasks + v->n_running; t++)
        f->task[t] = (task_facts){INFINITY, INFINITY, INFINITY};
    for (int t = 0; t < v->n_tasks; t++) {
        const poise_task *task = &v->task[t];
        f->waiting[task->class_id]++;
        f->group[f->home[task->class_id]].at_home++;
        weight += task->weight;
    }
    f->mean_weight = v->n_tasks > 0 ? weight / v->n_tasks : 0;
}

static void gather_groups(features *f, const poise_view *v)
{
    int idle = 0;
    for (int g = 0; g < v->n_groups; g++) {
        const poise_group *group = &v->group[g];
        f->group[g].pressure = squash((double)f->group[g].at_home / group->count);
        f->group[g].backlog = logarithm(group->backlog_s / f->typical_s);
        f->group[g].idle = (double)group->idle / group->count;
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

static void describe_task(const features *f, const poise_view *v, const poise_candidate *c,
                          float *x)
{
    const poise_task *task = &v->task[c->task];
    double service_s = c->service_s, age_s = v->now_s - task->arrived_s;
    double else_s =
        f->elsewhere_s[task->class_id * v->n_groups + c->group] *
        ratio(task->best_s,
              f->space->service_s[task->class_id * v->n_groups + f->home[task->class_id]]);
    x[FEATURE_SERVICE] = (float)squash(service_s / f->typical_s);
    x[FEATURE_FIT] = (float)ratio(task->best_s, service_s);
    x[FEATURE_FIT_NOW] = (float)ratio(f->task[c->task].least_now_s, service_s);
    x[FEATURE_SOON] = (float)ratio(f->task[c->task].soonest_s, finish_s(v, c));
    x[FEATURE_ADVANTAGE] = (float)(isinf(else_s) ? 1 : ratio(else_s, else_s + service_s));
    x[FEATURE_SHORT] = (float)ratio(f->shortest_s, service_s);
    x[FEATURE_AGE] = (float)squash(age_s / f->typical_s);
    x[FEATURE_AGE_SHARE] = (float)(age_s > 0 ? age_s / (age_s + service_s) : 0);
    x[FEATURE_RANK] = (float)(1. / (1 + c->task));
    const int shown = v->n_tasks > 0 ? v->n_tasks : 1;  // none: it runs already
    x[FEATURE_CLASS_SHARE] = (float)((double)f->waiting[task->class_id] / shown);
    x[FEATURE_WEIGHT] =
        (float)(task->weight > 0 ? task->weight / (task->weight + f->mean_weight) : 0);
    x[FEATURE_PRIORITY] = (float)task->priority / (float)(1 + abs(task->priority));
    x[FEATURE_PATIENCE] = (float)patience(f, v, c);
}

static void describe_group(const features *f, const poise_view *v, const poise_candidate *c,
                           float *x)
{
    const poise_task *task = &v->task[c->task];
    const group_facts *here = &f->group[c->group], *home = &f->group[f->home[task->class_id]];
    int cores_free = v->group[c->group].cores_free;
    x[FEATURE_SHORT_HERE] = (float)ratio(here->shortest_s, c->service_s);
    x[FEATURE_IDLE] = (float)here->idle;
    x[FEATURE_BACKLOG] = (float)here->backlog;
    x[FEATURE_PRESSURE] = (float)here->pressure;
    x[FEATURE_HOME_BACKLOG] = (float)home->backlog;
    x[FEATURE_HOME_PRESSURE] = (float)home->pressure;
    x[FEATURE_ENERGY] = (float)ratio(f->task[c->task].least_j, energy_j(v, c));
    x[FEATURE_CORES] = task->cores < cores_free ? (float)task->cores / (float)cores_free : 1;
}

void features_candidates(features *f, const poise_view *v, float *x)
{
    gather(f, v);
    int n = features_of_candidate(f);
    int class_column = n - (f->names_classes ? v->space->n_classes : 0);
    for (int i = 0; i < v->n_candidates; i++, x += n) {
        const poise_candidate *c = &v->candidate[i];
        memset(x, 0, (size_t)n * sizeof *x);
        x[FEATURE_QUEUE] = (float)f->queue;
        x[FEATURE_FREE] = (float)f->free;
        x[FEATURE_WAITS] = !poise_gives_device(c);
        if (!poise_gives_device(c))
            continue;
        describe_task(f, v, c, x);
        describe_group(f, v, c, x);
        if (f->names_groups)
            x[FEATURE_COLUMNS + c->group] = 1;
        if (f->names_classes)
            x[class_column + v->task[c->task].class_id] = 1;
    }
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
}

void features_system(features *f, const poise_view *v, float *x)
{
    gather(f, v);
    describe_queue(f, v, x);
    x += SYSTEM_COLUMNS;
    for (int g = 0; g < v->n_groups; g++) {
        *x++ = (float)f->group[g].idle;
        *x++ = (float)f->group[g].backlog;
        *x++ = (float)f->group[g].pressure;
    }
    for (int c = 0; f->names_classes && c < v->space->n_classes; c++)
        *x++ = (float)squash((double)f->waiting[c] / f->n_devices);
}
