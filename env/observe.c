/* observe.c - the view as a flat row of normalised numbers. Each block (tasks, groups, globals) has
 * a table of features: what its columns mean, whether a scenario has them, and the loop that fills
 * them. To add a column is to add a row; then the version goes up. */
#include "observe.h"

#include <math.h>
#include <string.h>

#include "det.h"
#include "device.h"
#include "grid.h"

enum { MOST_NAMES = 16, MOST_FEATURES = 24 };

/* Beyond, a squashed number is 1 in single precision. */
#define MOST 1e30

/* Four columns side by side, and how each is squashed: x / (base + slope x). */
typedef float quad __attribute__((vector_size(16)));

/* Rows of a block that are filled now. */
typedef struct rows {
    const poise_view *v;
    const poise_task *task;  // (n) where they are tasks
    int n, stride;
} rows;

/* One or more columns. x is the first of them in the first row. */
typedef struct feature {
    const char *name, *about;
    float low, high;
    int (*columns)(const poise_scenario *s);                         // NULL: one, always
    const char *(*suffix)(const poise_scenario *s, int column);      // of the name, NULL: none
    void (*fill)(const poise_observer *o, const rows *r, float *x);  // NULL: the one before does
} feature;

typedef struct filler {
    void (*fill)(const poise_observer *o, const rows *r, float *x);
    int column;
} filler;

/* The columns that a scenario has in a block. */
typedef struct plan {
    int n;
    filler filler[MOST_FEATURES];
} plan;

typedef struct group_facts {
    quad scale;  // of idle, queued, backlog, backlog
    float speed, share;
    double per_device, per_core, per_byte, per_watt;  // 0: of no meaning
} group_facts;

struct poise_observer {
    const poise_scenario *s;
    poise_layout layout;
    plan task, group, globals;
    int n_devices;
    double per_typical;       // typical services a second
    double per_device;        // of all groups
    double per_byte;          // of the largest memory of a device
    double per_core;          // of the largest number of cores of a device
    double mean_weight;       // of the classes
    double per_day, per_end;  // days and episodes a second
    double per_price, per_carbon;
    const group_facts *facts;  // (n_groups)
    const double *per_size;    // (n_classes, n_groups) typical services a work unit, 0 never
    const float *never;        // (n_classes, n_groups) 1 where the class cannot run
    const double *per_unit;    // (n_groups, n_resources)
};

/* ---- numbers ------------------------------------------------------------------------------ */

static inline float bounded(double x)
{
    return (float)(x < MOST ? x : MOST);
}

static inline quad squash_quad(quad x, quad base, quad slope)
{
    return x / (base + slope * x);
}

static inline void store_quad(float *x, quad q)
{
    memcpy(x, &q, sizeof q);
}

/* x / (1 + |x|). */
static inline float squash(double x)
{
    return isinf(x) ? (x > 0 ? 1 : -1) : (float)(x / (1 + fabs(x)));
}

static inline float clip(double x, double low, double high)
{
    return (float)(x < low ? low : x > high ? high : x);
}

/* Writes 1 into column `at` of n, and 0 into the others. */
static void indicate(float *x, int n, int at)
{
    for (int i = 0; i < n; i++)
        x[i] = i == at;
}

/* From 0 up to 1 and back in a turn, from the phase 0. */
static float wave(double turns)
{
    double phase = turns - floor(turns);
    return (float)(phase < 0.5 ? 2 * phase : 2 - 2 * phase);
}

/* ---- what a scenario has ------------------------------------------------------------------- */

static int named(int n)
{
    return n <= MOST_NAMES ? n : 0;
}

static int groups_of(const poise_scenario *s)
{
    return s->n_groups;
}

static const char *group_name(const poise_scenario *s, int i)
{
    return s->group[i].name;
}

static int classes_of(const poise_scenario *s)
{
    return s->n_classes > 1 ? named(s->n_classes) : 0;
}

static const char *class_name(const poise_scenario *s, int i)
{
    return s->classes[i].name;
}

static int tenants_of(const poise_scenario *s)
{
    return named(s->n_tenants);
}

static const char *tenant_name(const poise_scenario *s, int i)
{
    return s->tenant[i].name;
}

static int resources_of(const poise_scenario *s)
{
    return s->n_resources;
}

static const char *resource_name(const poise_scenario *s, int i)
{
    return s->resource_name[i];
}

static int places_of(const poise_scenario *s)
{
    return s->space.max_running > 0 ? s->n_groups : 0;
}

static int has_weights(const poise_scenario *s)
{
    for (int c = 1; c < s->n_classes; c++)
        if (s->classes[c].weight != s->classes[0].weight)
            return 1;
    return 0;
}

static int has_priorities(const poise_scenario *s)
{
    for (int c = 0; c < s->n_classes; c++)
        if (s->classes[c].priority != 0)
            return 1;
    return 0;
}

static int has_deadlines(const poise_scenario *s)
{
    for (int c = 0; c < s->n_classes; c++)
        if (s->classes[c].deadline.type || s->classes[c].slack > 0)
            return 1;
    for (int i = 0; i < s->n_sources; i++)
        for (int64_t j = 0; j < s->source[i].n_jobs; j++)
            if (scenario_job_of(&s->source[i], j)->deadline_ns > 0)
                return 1;
    return 0;
}

static int has_graphs(const poise_scenario *s)
{
    for (int c = 0; c < s->n_classes; c++)
        if (s->classes[c].graph)
            return 1;
    return 0;
}

static int has_memory(const poise_scenario *s)
{
    for (int g = 0; g < s->n_groups; g++)
        if (s->group[g].memory_bytes != INT64_MAX)
            return 1;
    return 0;
}

static int has_cores(const poise_scenario *s)
{
    for (int g = 0; g < s->n_groups; g++)
        if (s->group[g].params.cores > 1)
            return 1;
    return 0;
}

static int has_sharing(const poise_scenario *s)
{
    for (int g = 0; g < s->n_groups; g++)
        if (strcmp(s->group[g].law->name, "fifo") != 0)
            return 1;
    return 0;
}

static int has_failures(const poise_scenario *s)
{
    for (int g = 0; g < s->n_groups; g++)
        if (s->group[g].failures.mtbf.type || s->group[g].failures.rack_mtbf.type)
            return 1;
    return 0;
}

static int has_sleep(const poise_scenario *s)
{
    for (int g = 0; g < s->n_groups; g++)
        if (s->group[g].sleep.after_ns > 0 || s->group[g].sleep.at_start)
            return 1;
    return s->decision.power;
}

static int has_absence(const poise_scenario *s)
{
    return has_failures(s) || has_sleep(s);
}

static int has_progress(const poise_scenario *s)
{
    return s->space.max_running > 0 || s->decision.preempt != PREEMPT_NONE || has_failures(s);
}

static int has_links(const poise_scenario *s)
{
    for (int g = 0; g < s->n_groups; g++)
        if (s->group[g].link.byte_per_s > 0 && isfinite(s->group[g].link.byte_per_s))
            return 1;
    return 0;
}

static int has_power(const poise_scenario *s)
{
    for (int g = 0; g < s->n_groups; g++)
        if (s->group[g].idle_mw > 0 || s->group[g].busy_mw > 0)
            return 1;
    return 0;
}

static int has_averages(const poise_scenario *s)
{
    return s->decision.average_ns > 0;
}

static int has_average_links(const poise_scenario *s)
{
    return has_averages(s) && has_links(s);
}

static int has_average_memory(const poise_scenario *s)
{
    return has_averages(s) && has_memory(s);
}

static int has_unequal_speeds(const poise_scenario *s)
{
    for (int i = 0; i < s->n_classes * s->n_groups; i++)
        if (s->speed[i] != s->speed[i - i % s->n_groups])
            return 1;
    return 0;
}

static int has_unequal_counts(const poise_scenario *s)
{
    for (int g = 1; g < s->n_groups; g++)
        if (s->group[g].count != s->group[0].count)
            return 1;
    return 0;
}

static int has_end(const poise_scenario *s)
{
    return s->end_ns > 0;
}

static int has_price(const poise_scenario *s)
{
    return s->price.n > 0;
}

static int has_carbon(const poise_scenario *s)
{
    return s->carbon.n > 0;
}

/* The period of what varies with the time of day, 0 if nothing does. */
static int64_t day_ns(const poise_scenario *s)
{
    if (has_price(s))
        return s->price.period_ns;
    if (has_carbon(s))
        return s->carbon.period_ns;
    for (int i = 0; i < s->n_sources; i++)
        if (s->source[i].cycle_ns > 0)
            return s->source[i].cycle_ns;
    return 0;
}

static int has_days(const poise_scenario *s)
{
    return day_ns(s) > 0;
}

/* ---- tasks --------------------------------------------------------------------------------- */

static void fill_task(const poise_observer *o, const rows *r, float *x)
{
    const double now_s = r->v->now_s, per_typical = o->per_typical;
    for (int i = 0; i < r->n; i++, x += r->stride) {
        float age = bounded((now_s - r->task[i].arrived_s) * per_typical);
        float best = bounded(r->task[i].best_s * per_typical);
        store_quad(x,
                   squash_quad((quad){1, age, age, best}, (quad){1, 1, 16, 1}, (quad){0, 1, 1, 1}));
    }
}

DET_CLONES
static void fill_service(const poise_observer *o, const rows *r, float *x)
{
    const int n_groups = r->v->n_groups;
    for (int i = 0; i < r->n; i++, x += r->stride) {
        const double size = r->task[i].size;
        const double *restrict per_size = o->per_size + r->task[i].class_id * n_groups;
        const float *restrict never = o->never + r->task[i].class_id * n_groups;
        float *restrict y = x;
        for (int g = 0; g < n_groups; g++) {
            double services = size * per_size[g];
            float service = (float)(services < MOST ? services : MOST);
            y[g] = service / (1 + service) + never[g];
        }
    }
}

static void fill_weight(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++) {
        double weight = r->task[i].weight;
        x[i * r->stride] = weight > 0 ? (float)(weight / (weight + o->mean_weight)) : 0;
    }
}

static void fill_priority(const poise_observer *o, const rows *r, float *x)
{
    (void)o;
    for (int i = 0; i < r->n; i++)
        x[i * r->stride] = squash(r->task[i].priority);
}

static void fill_memory(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++)
        x[i * r->stride] = clip(r->task[i].memory_bytes * o->per_byte, 0, 1);
}

static void fill_cores(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++)
        x[i * r->stride] = clip(r->task[i].cores * o->per_core, 0, 1);
}

static void fill_deadline(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++) {
        double left_s = r->task[i].deadline_s - r->v->now_s;
        x[i * r->stride] = squash(left_s * o->per_typical);
        x[i * r->stride + 1] = squash((left_s - r->task[i].best_s) * o->per_typical);
    }
}

static void fill_rank(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++) {
        double rank = r->task[i].upward_rank_s * o->per_typical;
        x[i * r->stride] = squash(rank);
        x[i * r->stride + 1] = squash(rank / 16);
    }
}

static void fill_progress(const poise_observer *o, const rows *r, float *x)
{
    (void)o;
    for (int i = 0; i < r->n; i++) {
        double done = r->task[i].done, left = r->task[i].size;
        x[i * r->stride] = done > 0 ? clip(done / (done + left), 0, 1) : 0;
        x[i * r->stride + 1] = squash(r->task[i].preemptions);
    }
}

static void fill_class(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++)
        indicate(&x[i * r->stride], o->s->n_classes, r->task[i].class_id);
}

static void fill_tenant(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++)
        indicate(&x[i * r->stride], o->s->n_tenants, r->task[i].tenant);
}

static void fill_place(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++)
        indicate(&x[i * r->stride], o->s->n_groups, r->task[i].group);
}

static int profiles_of(const poise_scenario *s)
{
    return s->space.max_running > 0 && s->n_profiles > 1 ? s->n_profiles : 0;
}

static void fill_profile(const poise_observer *o, const rows *r, float *x)
{
    for (int i = 0; i < r->n; i++)
        indicate(&x[i * r->stride], o->s->n_profiles, r->task[i].profile);
}

static const feature task_features[] = {
    {"present", "1: there is a task", 0, 1, NULL, NULL, fill_task},
    {"age", "x / (1 + x), x = time since arrival / typical service", 0, 1, NULL, NULL, NULL},
    {"age_far", "x / (16 + x) of the same", 0, 1, NULL, NULL, NULL},
    {"best", "x / (1 + x), x = least expected service over all groups / typical", 0, 1, NULL, NULL,
     NULL},
    {"service",
     "x / (1 + x), x = expected service there under its fastest profile / typical; 1 "
     "where it cannot run",
     0, 1, groups_of, group_name, fill_service},
    {"weight", "w / (w + mean of the classes)", 0, 1, has_weights, NULL, fill_weight},
    {"priority", "x / (1 + |x|)", -1, 1, has_priorities, NULL, fill_priority},
    {"memory", "needed / most that a device has, at most 1", 0, 1, has_memory, NULL, fill_memory},
    {"cores", "needed / most that a device has, at most 1", 0, 1, has_cores, NULL, fill_cores},
    {"due", "x / (1 + |x|), x = time to the deadline / typical service; 1 without one", -1, 1,
     has_deadlines, NULL, fill_deadline},
    {"slack", "the same, less the least expected service", -1, 1, has_deadlines, NULL, NULL},
    {"rank", "x / (1 + x), x = expected way from its start to the job's end / typical service", 0,
     1, has_graphs, NULL, fill_rank},
    {"rank_far", "x / (16 + x) of the same", 0, 1, has_graphs, NULL, NULL},
    {"done", "work done / (done + left)", 0, 1, has_progress, NULL, fill_progress},
    {"preempted", "n / (1 + n), n = how often", 0, 1, has_progress, NULL, NULL},
    {"class", "1: it is of this class", 0, 1, classes_of, class_name, fill_class},
    {"tenant", "1: it belongs to this tenant", 0, 1, tenants_of, tenant_name, fill_tenant},
    {"on", "1: it runs there", 0, 1, places_of, group_name, fill_place},
    {"profile", "1: it runs under this profile of its class", 0, 1, profiles_of, NULL,
     fill_profile},
    {0},
};

/* ---- groups -------------------------------------------------------------------------------- */

/* Four counts of a group that lie side by side. */
typedef int counts __attribute__((vector_size(16)));
_Static_assert(offsetof(poise_group, idle) == sizeof(int) &&
                   offsetof(poise_group, queued) == 3 * sizeof(int),
               "count, idle, running and queued are read as one");

static void fill_group(const poise_observer *o, const rows *r, float *x)
{
    const double per_typical = o->per_typical;
    const group_facts *facts = o->facts;
    const poise_group *group = r->v->group;
    for (int g = 0; g < r->n; g++, x += r->stride) {
        float backlog = bounded(group[g].backlog_s * per_typical);
        counts n;
        memcpy(&n, &group[g], sizeof n);
        quad state = __builtin_shufflevector(__builtin_convertvector(n, quad),
                                             (quad){backlog, backlog}, 1, 3, 4, 5);
        store_quad(x, squash_quad(state * facts[g].scale, (quad){1, 1, 1, 16}, (quad){0, 1, 1, 1}));
    }
}

static void fill_speed(const poise_observer *o, const rows *r, float *x)
{
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = o->facts[g].speed;
}

static void fill_share(const poise_observer *o, const rows *r, float *x)
{
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = o->facts[g].share;
}

static void fill_running(const poise_observer *o, const rows *r, float *x)
{
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = squash(r->v->group[g].running * o->facts[g].per_device);
}

static void fill_cores_free(const poise_observer *o, const rows *r, float *x)
{
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = clip(r->v->group[g].cores_free * o->facts[g].per_core, 0, 1);
}

static void fill_memory_free(const poise_observer *o, const rows *r, float *x)
{
    for (int g = 0; g < r->n; g++) {
        double per_byte = o->facts[g].per_byte;
        double free_bytes = r->v->group[g].memory_free_bytes;
        x[g * r->stride] = per_byte > 0 ? clip(free_bytes * per_byte, -1, 1) : 1;
    }
}

static void fill_up(const poise_observer *o, const rows *r, float *x)
{
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = clip(r->v->group[g].up * o->facts[g].per_device, 0, 1);
}

static void fill_sleep(const poise_observer *o, const rows *r, float *x)
{
    for (int g = 0; g < r->n; g++) {
        x[g * r->stride] = clip(r->v->group[g].asleep * o->facts[g].per_device, 0, 1);
        x[g * r->stride + 1] = clip(r->v->group[g].booting * o->facts[g].per_device, 0, 1);
    }
}

static void fill_resources(const poise_observer *o, const rows *r, float *x)
{
    const int n = o->s->n_resources;
    for (int g = 0; g < r->n; g++)
        for (int i = 0; i < n; i++) {
            double per_unit = o->per_unit[g * n + i];
            double free_units = r->v->group[g].resource_free[i];
            x[g * r->stride + i] = per_unit > 0 ? clip(free_units * per_unit, 0, 1) : 1;
        }
}

static void fill_link(const poise_observer *o, const rows *r, float *x)
{
    (void)o;
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = clip(r->v->group[g].link_used, 0, 1);
}

static void fill_power(const poise_observer *o, const rows *r, float *x)
{
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = clip(r->v->group[g].power_w * o->facts[g].per_watt, 0, 1);
}

static void fill_average_busy(const poise_observer *o, const rows *r, float *x)
{
    (void)o;
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = clip(r->v->group[g].average_busy, 0, 1);
}

static void fill_average_memory(const poise_observer *o, const rows *r, float *x)
{
    (void)o;
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = squash(r->v->group[g].average_memory);
}

static void fill_average_link(const poise_observer *o, const rows *r, float *x)
{
    (void)o;
    for (int g = 0; g < r->n; g++)
        x[g * r->stride] = clip(r->v->group[g].average_link, 0, 1);
}

static const feature group_features[] = {
    {"idle", "idle devices / devices", 0, 1, NULL, NULL, fill_group},
    {"queued", "x / (1 + x), x = tasks in the devices' own queues / devices", 0, 1, NULL, NULL,
     NULL},
    {"backlog",
     "x / (1 + x), x = time until a task would start / typical service; 1 if it takes "
     "none now",
     0, 1, NULL, NULL, NULL},
    {"backlog_far", "x / (16 + x) of the same", 0, 1, NULL, NULL, NULL},
    {"speed", "mean over classes of speed / speed on the fastest group", 0, 1, has_unequal_speeds,
     NULL, fill_speed},
    {"share", "devices / devices of all groups", 0, 1, has_unequal_counts, NULL, fill_share},
    {"running", "x / (1 + x), x = tasks in service / devices", 0, 1, has_sharing, NULL,
     fill_running},
    {"cores_free", "free cores / cores", 0, 1, has_cores, NULL, fill_cores_free},
    {"memory_free", "free memory / memory, at least -1; 1 where it does not matter", -1, 1,
     has_memory, NULL, fill_memory_free},
    {"up", "devices neither broken nor asleep / devices", 0, 1, has_absence, NULL, fill_up},
    {"asleep", "sleeping devices / devices", 0, 1, has_sleep, NULL, fill_sleep},
    {"booting", "devices that are waking up / devices", 0, 1, has_sleep, NULL, NULL},
    {"free", "free amount of the resource / amount; 1 where it does not matter", 0, 1, resources_of,
     resource_name, fill_resources},
    {"link", "part of the link in use", 0, 1, has_links, NULL, fill_link},
    {"power", "power / most power of its devices, at most 1", 0, 1, has_power, NULL, fill_power},
    {"average_busy", "running average of the busy share", 0, 1, has_averages, NULL,
     fill_average_busy},
    {"average_memory", "x / (1 + x), x = running average of memory used / memory", 0, 1,
     has_average_memory, NULL, fill_average_memory},
    {"average_link", "running average of the part of the link in use", 0, 1, has_average_links,
     NULL, fill_average_link},
    {0},
};

/* ---- globals ------------------------------------------------------------------------------- */

static void fill_system(const poise_observer *o, const rows *r, float *x)
{
    const poise_view *v = r->v;
    int idle = 0, waiting = v->n_tasks + v->n_beyond;
    for (int g = 0; g < v->n_groups; g++)
        idle += v->group[g].idle;
    float tasks = (float)(v->n_system * o->per_device), queue = (float)(waiting * o->per_device);
    double oldest_s = v->n_tasks > 0 ? v->now_s - v->task[0].arrived_s : 0;
    float oldest = bounded(oldest_s * o->per_typical);
    const quad base = {1, 16, 1, 16}, slope = {1, 1, 1, 1};
    store_quad(x, squash_quad((quad){tasks, tasks, queue, queue}, base, slope));
    x[4] = oldest / (1 + oldest);
    x[5] = oldest / (16 + oldest);
    x[6] = waiting > 0 ? (float)v->n_beyond / (float)waiting : 0;
    x[7] = (float)(idle * o->per_device);
}

static void fill_time(const poise_observer *o, const rows *r, float *x)
{
    x[0] = clip(r->v->now_s * o->per_end, 0, 1);
}

static void fill_day(const poise_observer *o, const rows *r, float *x)
{
    double turns = r->v->now_s * o->per_day;
    x[0] = wave(turns);
    x[1] = wave(turns + 0.25);
}

static void fill_price(const poise_observer *o, const rows *r, float *x)
{
    x[0] = clip(r->v->price_per_kwh * o->per_price, -1, 1);
}

static void fill_carbon(const poise_observer *o, const rows *r, float *x)
{
    x[0] = clip(r->v->carbon_g_per_kwh * o->per_carbon, -1, 1);
}

static void fill_viewer(const poise_observer *o, const rows *r, float *x)
{
    indicate(x, o->s->n_tenants, r->v->tenant);
}

static const feature global_features[] = {
    {"tasks", "x / (1 + x), x = tasks in the system / devices", 0, 1, NULL, NULL, fill_system},
    {"tasks_far", "x / (16 + x) of the same", 0, 1, NULL, NULL, NULL},
    {"waiting", "x / (1 + x), x = waiting tasks / devices", 0, 1, NULL, NULL, NULL},
    {"waiting_far", "x / (16 + x) of the same", 0, 1, NULL, NULL, NULL},
    {"oldest", "x / (1 + x), x = time since arrival of the oldest that waits / typical service", 0,
     1, NULL, NULL, NULL},
    {"oldest_far", "x / (16 + x) of the same", 0, 1, NULL, NULL, NULL},
    {"beyond", "waiting tasks behind the window / waiting tasks", 0, 1, NULL, NULL, NULL},
    {"idle", "idle devices / devices of all groups", 0, 1, NULL, NULL, NULL},
    {"time", "time / end time", 0, 1, has_end, NULL, fill_time},
    {"day", "time of day: up from 0 to 1 in its first half, back in the second", 0, 1, has_days,
     NULL, fill_day},
    {"day_ahead", "the same, a quarter of a day on", 0, 1, has_days, NULL, NULL},
    {"price", "of energy / highest of the day", -1, 1, has_price, NULL, fill_price},
    {"carbon", "of energy / highest of the day", -1, 1, has_carbon, NULL, fill_carbon},
    {"viewer", "1: it is this tenant who looks", 0, 1, tenants_of, tenant_name, fill_viewer},
    {0},
};

/* ---- the layout ---------------------------------------------------------------------------- */

static int columns_of(const feature *f, const poise_scenario *s)
{
    return f->columns ? f->columns(s) : 1;
}

static const char *column_name(const feature *f, const poise_scenario *s, int i, int n,
                               arena *memory)
{
    if (f->suffix)
        return arena_format(memory, "%s.%s", f->name, f->suffix(s, i));
    return n > 1 ? arena_format(memory, "%s.%d", f->name, i) : f->name;
}

/* Lays out a block of so many rows behind what is laid out already. */
static poise_block lay_out(poise_observer *o, const feature *features, int rows_of, plan *p,
                           arena *memory)
{
    int n_columns = 0;
    for (const feature *f = features; f->name; f++)
        n_columns += columns_of(f, o->s);
    poise_column *column = arena_take(memory, (size_t)n_columns, sizeof *column);
    int at = 0;
    for (const feature *f = features; f->name; f++) {
        int n = columns_of(f, o->s);
        if (n > 0 && f->fill)
            p->filler[p->n++] = (filler){f->fill, at};
        for (int i = 0; i < n; i++)
            column[at++] = (poise_column){.name = column_name(f, o->s, i, n, memory),
                                          .about = f->about,
                                          .low = f->low,
                                          .high = f->high};
    }
    poise_block b = {
        .offset = o->layout.n_floats, .rows = rows_of, .columns = n_columns, .column = column};
    o->layout.n_floats += rows_of * n_columns;
    return b;
}

/* Mean over classes of the speed on a group, relative to the fastest group. */
static double relative_speed(const poise_scenario *s, int group)
{
    double sum = 0;
    int n_run = 0;  // jobs of the other classes are graphs of these
    for (int c = 0; c < s->n_classes; c++) {
        double most = 0;
        for (int g = 0; g < s->n_groups; g++)
            most = fmax(most, s->speed[c * s->n_groups + g]);
        if (!(most > 0))
            continue;
        sum += s->speed[c * s->n_groups + group] / most;
        n_run++;
    }
    return n_run > 0 ? sum / n_run : 0;
}

/* The most that one device of the group can draw, under any profile. */
static double most_watts(const poise_scenario *s, int group)
{
    const scenario_group *g = &s->group[group];
    int64_t most_mw = g->busy_mw > g->idle_mw ? g->busy_mw : g->idle_mw;
    if (g->sleep.boot_mw > most_mw)
        most_mw = g->sleep.boot_mw;
    for (int c = 0; c < s->n_classes; c++)
        for (int p = 0; p < s->n_profiles; p++) {
            int64_t busy_mw = s->mode[scenario_cell(s, c, group, p)].busy_mw;
            most_mw = busy_mw > most_mw ? busy_mw : most_mw;
        }
    return (double)most_mw * 1e-3;
}

static double inverse(double x)
{
    return x > 0 ? 1 / x : 0;
}

static void know_groups(poise_observer *o, arena *memory)
{
    const poise_scenario *s = o->s;
    const int n_resources = s->n_resources;
    group_facts *facts = arena_take(memory, (size_t)s->n_groups, sizeof *facts);
    double *per_unit =
        arena_take(memory, (size_t)s->n_groups * (size_t)n_resources + 1, sizeof *per_unit);
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_group *sg = &s->group[g];
        float per_device = (float)(1. / sg->count);
        bool limited = sg->memory_bytes != INT64_MAX;
        facts[g] = (group_facts){
            .scale = {per_device, per_device, 1, 1},
            .speed = (float)relative_speed(s, g),
            .share = (float)((double)sg->count / o->n_devices),
            .per_device = 1. / sg->count,
            .per_core = inverse((double)sg->count * sg->law->cores(sg)),
            .per_byte = limited ? inverse((double)sg->count * (double)sg->memory_bytes) : 0,
            .per_watt = inverse(sg->count * most_watts(s, g)),
        };
        for (int i = 0; i < n_resources; i++)
            if (sg->resources[i] != INT64_MAX)
                per_unit[g * n_resources + i] =
                    inverse((double)sg->count * (double)sg->resources[i]);
    }
    o->facts = facts;
    o->per_unit = per_unit;
}

static void know_services(poise_observer *o, arena *memory)
{
    const poise_scenario *s = o->s;
    size_t cells = (size_t)s->n_classes * (size_t)s->n_groups;
    double *per_size = arena_take(memory, cells, sizeof *per_size);
    float *never = arena_take(memory, cells, sizeof *never);
    for (size_t i = 0; i < cells; i++) {
        never[i] = !(s->speed[i] > 0);
        per_size[i] = s->speed[i] > 0 ? o->per_typical / s->speed[i] : 0;
    }
    o->per_size = per_size;
    o->never = never;
}

static double highest(const scenario_series *series)
{
    double most = 0;
    for (int i = 0; i < series->n; i++)
        most = fmax(most, fabs(series->value[i]));
    return most;
}

static void know_scales(poise_observer *o)
{
    const poise_scenario *s = o->s;
    double typical_s = s->space.typical_service_s, bytes = 0, cores = 1;
    o->per_typical = typical_s > 0 && isfinite(typical_s) ? 1 / typical_s : 1;
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_group *sg = &s->group[g];
        o->n_devices += sg->count;
        cores = fmax(cores, sg->params.cores);
        if (sg->memory_bytes != INT64_MAX)
            bytes = fmax(bytes, (double)sg->memory_bytes);
    }
    for (int c = 0; c < s->n_classes; c++)
        o->mean_weight += s->classes[c].weight / s->n_classes;
    o->per_device = 1. / o->n_devices;
    o->per_byte = inverse(bytes);
    o->per_core = 1 / cores;
    o->per_day = inverse(seconds(day_ns(s)));
    o->per_end = inverse(seconds(s->end_ns));
    o->per_price = inverse(highest(&s->price));
    o->per_carbon = inverse(highest(&s->carbon));
}

const poise_observer *observer_new(const poise_scenario *s, arena *memory)
{
    poise_observer *o = arena_take(memory, 1, sizeof *o);
    o->s = s;
    know_scales(o);
    know_groups(o, memory);
    know_services(o, memory);
    poise_layout *l = &o->layout;
    l->version = POISE_OBSERVATION_VERSION;
    l->task = lay_out(o, task_features, s->window + s->space.max_running, &o->task, memory);
    l->group = lay_out(o, group_features, s->n_groups, &o->group, memory);
    l->globals = lay_out(o, global_features, 1, &o->globals, memory);
    l->mask = (poise_block){.offset = l->n_floats, .rows = 1, .columns = s->space.max_candidates};
    l->n_floats += s->space.max_candidates;
    return o;
}

/* ---- the public face ----------------------------------------------------------------------- */

poise_layout poise_observation_layout(const poise_space *space)
{
    return space->observer->layout;
}

static inline void fill(const poise_observer *o, const plan *p, const rows *r, float *x)
{
    for (int i = 0; i < p->n; i++)
        p->filler[i].fill(o, r, x + p->filler[i].column);
}

/* The places for tasks from `at` on, of which n are taken. */
static void observe_tasks(const poise_observer *o, const poise_view *v, const poise_task *task,
                          int n, int places, float *x)
{
    const int stride = o->layout.task.columns;
    if (n > 0)
        fill(o, &o->task, &(rows){.v = v, .task = task, .n = n, .stride = stride}, x);
    if (n < places)
        memset(x + n * stride, 0, (size_t)(places - n) * (size_t)stride * sizeof *x);
}

/* Candidates stand in order of their cells. Where these follow one another without a gap, as they
 * mostly do, the mask is written in one go. */
static void observe_mask(const poise_view *v, float *x)
{
    const int n_cells = v->space->max_candidates;
    int n = v->n_candidates, first = n > 0 ? grid_cell(v, &v->candidate[0]) : 0;
    const bool waits = n > 0 && v->candidate[n - 1].act == POISE_HOLD;
    n -= waits;
    if (n > 0 && grid_cell(v, &v->candidate[n - 1]) - first != n - 1) {
        memset(x, 0, (size_t)n_cells * sizeof *x);
        for (int c = 0; c < n; c++)
            x[grid_cell(v, &v->candidate[c])] = 1;
    } else {
        for (int c = 0; c < n_cells; c++)
            x[c] = (unsigned)(c - first) < (unsigned)n;
    }
    if (waits)
        x[grid_cell(v, &v->candidate[n])] = 1;
}

void poise_observe(const poise_view *v, float *obs)
{
    const poise_observer *o = v->space->observer;
    const poise_layout *l = &o->layout;
    const int window = v->space->window, max_running = v->space->max_running;
    observe_tasks(o, v, v->task, v->n_tasks, window, obs);
    if (max_running > 0)
        observe_tasks(o, v, v->task + v->n_tasks, v->n_running, max_running,
                      obs + window * l->task.columns);
    fill(o, &o->group, &(rows){.v = v, .n = v->n_groups, .stride = l->group.columns},
         obs + l->group.offset);
    fill(o, &o->globals, &(rows){.v = v, .n = 1, .stride = l->globals.columns},
         obs + l->globals.offset);
    observe_mask(v, obs + l->mask.offset);
}
