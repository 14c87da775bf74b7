/* import_training.c - training jobs and a table of measured speeds: who is how fast where. With a
 * table of pairs, two jobs may share a device, at the cost that was measured. */
#include "import.h"

#include "error.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The least speed there is beside another job: the two do not fit into memory together. */
#define LEAST_PART 1e-6

/* A kind of jobs. */
typedef struct kind_of_jobs {
    int devices;
    int speed;  // number in import_found.speed, -1: it has none
    int pair;   // number in import_found.pair_jobs, -1: it is in no pair
} kind_of_jobs;

typedef struct training {
    const import_found *f;
    import_jobs jobs;    // classes in the order of `kind`
    kind_of_jobs *kind;  // (n_kinds)
    size_t n_kinds;
    naming *known;  // kinds of jobs, those that run nowhere, too
    int *column;    // (n_asked) in the table of speeds
} training;

/* ---- devices ------------------------------------------------------------------------------ */

static const char *all_kinds(const import_found *f)
{
    const char *text = "";
    for (int k = 0; k < naming_count(f->kinds); k++)
        text = arena_format(f->memory, "%s%s%s", text, k ? ", " : "", naming_given(f->kinds, k));
    return text;
}

static bool find_columns(training *t, poise_error *err)
{
    const import_found *f = t->f;
    t->column = arena_take(f->memory, (size_t)f->n_asked + 1, sizeof *t->column);
    if (f->n_asked == 0) {
        error_add(err, "which devices are there? Give --devices KIND=N,... of %s", all_kinds(f));
        return false;
    }
    for (int k = 0; k < f->n_asked; k++) {
        t->column[k] = naming_find(f->kinds, f->asked[k].kind);
        if (t->column[k] >= 0)
            continue;
        error_add(err, "%s: error: no speeds are measured on '%s'; there are %s",
                  f->path[TABLE_SPEEDS], f->asked[k].kind, all_kinds(f));
        return false;
    }
    return true;
}

/* Steps per second of the jobs on a kind of devices that was asked for; 0 = they do not run there.
 */
static double speed_on(const training *t, const kind_of_jobs *kind, int asked)
{
    if (kind->speed < 0 || kind->devices > t->f->asked[asked].count)
        return 0;
    return t->f->speed[kind->speed].steps_per_s[t->column[asked]];
}

static bool runs_somewhere(const training *t, const kind_of_jobs *kind)
{
    for (int k = 0; k < t->f->n_asked; k++)
        if (speed_on(t, kind, k) > 0)
            return true;
    return false;
}

/* ---- jobs --------------------------------------------------------------------------------- */

/* Traces call a kind of jobs TYPE-BATCH-xDEVICES. */
static int kind_number(training *t, const char *key, int devices)
{
    arena *m = t->f->memory;
    const int number = naming_number(t->known, key);
    if ((size_t)number < t->n_kinds)
        return number;
    const char *end = strrchr(key, '-');
    const char *alone = end ? arena_copy(m, key, (size_t)(end - key)) : key;
    t->kind = arena_grow(m, t->kind, t->n_kinds, sizeof *t->kind);
    t->kind[t->n_kinds++] = (kind_of_jobs){
        .devices = devices,
        .speed = naming_find(t->f->speed_jobs, key),
        .pair = naming_find(t->f->pair_jobs, alone),
    };
    return number;
}

static const char *see_job(void *data, const trace_header *header, const trace_row *row,
                           poise_error *err)
{
    training *t = data;
    const double devices = import_value(header, row, "gpus");
    const double steps = import_value(header, row, "steps");
    if (!(devices >= 1) || devices > 1e6 || !(steps > 0)) {
        error_add(err, "the job has no steps to do, or no GPUs to do them on");
        return "left out: they have no steps or no GPUs";
    }
    const int number = kind_number(t, row->key, (int)devices);
    if (!runs_somewhere(t, &t->kind[number])) {
        error_add(err, "jobs %s have no speed on the devices that there are",
                  naming_given(t->known, number));
        return "left out: they have no speed on the devices that there are";
    }
    import_jobs *jobs = &t->jobs;
    jobs->job = arena_grow(t->f->memory, jobs->job, jobs->n, sizeof *jobs->job);
    jobs->job[jobs->n++] = (import_job){
        .arrival_ns = row->arrival_ns,
        .id = row->id,
        .class_id = number,
        .size = steps,
        .estimate = steps,
    };
    return NULL;
}

/* ---- pairs -------------------------------------------------------------------------------- */

/* The part of its speed that one kind of jobs has beside another, in the mean over the kinds of
 * devices that there are; negative if that was measured on none. */
static double part_beside(const training *t, int of, int beside)
{
    const import_found *f = t->f;
    double sum = 0;
    int n = 0;
    for (size_t k = 0; k < f->n_pairs && of >= 0 && beside >= 0; k++) {
        const import_pair *p = &f->pair[k];
        for (int side = 0; side < 2; side++) {
            if (p->job[side] != of || p->job[1 - side] != beside)
                continue;
            for (int i = 0; i < f->n_asked; i++)
                if (strcmp(f->asked[i].kind, naming_given(f->pair_kinds, p->kind)) == 0) {
                    sum += p->part[side];
                    n++;
                }
        }
    }
    return n > 0 ? sum / n : -1;
}

static void add_interference(string_buffer *yaml, const training *t)
{
    string_add(yaml, "interference:\n");
    for (size_t a = 0; a < t->n_kinds; a++)
        for (size_t b = 0; b < t->n_kinds; b++) {
            const kind_of_jobs *x = &t->kind[a], *y = &t->kind[b];
            if (x->devices > 1 || y->devices > 1 || !runs_somewhere(t, x) || !runs_somewhere(t, y))
                continue;
            double part = part_beside(t, x->pair, y->pair);
            part = part < LEAST_PART ? LEAST_PART : part > 1 ? 1 : part;
            string_add(yaml, "  - {of: %s, beside: %s", naming_name(t->known, (int)a),
                       naming_name(t->known, (int)b));
            import_add_real(yaml, ", speed: ", part);
            string_add(yaml, "}\n");
        }
}

/* ---- the scenario ------------------------------------------------------------------------- */

static void add_devices(string_buffer *yaml, const training *t, bool share)
{
    const import_found *f = t->f;
    string_add(yaml, "devices:\n");
    for (int k = 0; k < f->n_asked; k++) {
        string_add(yaml, "  - name: %s\n    count: %d\n%s    speed:\n", f->asked[k].kind,
                   f->asked[k].count, share ? "    law: cores\n    cores: 2\n" : "");
        for (size_t j = 0; j < t->n_kinds; j++)
            if (speed_on(t, &t->kind[j], k) > 0) {
                string_add(yaml, "      %s", naming_name(t->known, (int)j));
                import_add_real(yaml, ": ", speed_on(t, &t->kind[j], k));
                string_add(yaml, "\n");
            }
    }
}

/* The speed that was measured is that of all devices of a job together. */
static void add_classes(string_buffer *yaml, const training *t, bool share)
{
    string_add(yaml, "  classes:\n");
    for (size_t k = 0; k < t->n_kinds; k++) {
        const kind_of_jobs *kind = &t->kind[k];
        if (!runs_somewhere(t, kind))
            continue;
        string_add(yaml, "    - {name: %s", naming_name(t->known, (int)k));
        if (kind->devices > 1)
            string_add(yaml, ", %sprofiles: [{name: together, devices: %d, speed: 1}]",
                       share ? "cores: 2, " : "", kind->devices);
        string_add(yaml, "}\n");
    }
}

static const char *about_of(const training *t, bool share)
{
    const import_found *f = t->f;
    return arena_format(
        f->memory,
        "The %zu jobs of %s, as many steps each,\n"
        "at the speeds of %s. A job that takes several devices takes them at once,\n"
        "of one kind, at the speed that was measured with as many.\n%s",
        t->jobs.n, import_base(f->jobs), import_base(f->path[TABLE_SPEEDS]),
        share
            ? "Two jobs of one device each may share one, at the speeds of the pair table, in the\n"
              "mean over the kinds of devices; pairs that do not fit together or were not\n"
              "measured stand still.\n"
            : "");
}

bool import_training(const import_found *f, import_result *out, poise_error *err)
{
    training t = {.f = f, .known = naming_new(f->memory)};
    const bool share = f->path[TABLE_PAIRS] != NULL;
    t.jobs.classes = t.known;
    if (!find_columns(&t, err) || !import_rows(f, see_job, &t, &out->said, err))
        return false;
    string_buffer *yaml = &out->yaml;
    import_head(yaml, f, "cluster",
                arena_format(f->memory, "Training jobs of %s", import_base(f->jobs)),
                about_of(&t, share));
    string_add(yaml, "work_unit: step\n");
    add_devices(yaml, &t, share);
    if (share)
        add_interference(yaml, &t);
    string_add(yaml, "workload:\n");
    add_classes(yaml, &t, share);
    import_source(yaml, f);
    string_add(yaml, "decision: {window: 256}\n");
    import_write_jobs(&out->csv, f, &t.jobs);
    return true;
}
