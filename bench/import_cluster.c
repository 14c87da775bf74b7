/* import_cluster.c - machines with GPUs, and pods: each needs thousandths of CPUs, memory, and
 * thousandths of one GPU or several whole ones, perhaps of some models only. */
#include "import.h"

#include "error.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Thousandths of a GPU. */
enum { GPU = 1000 };

typedef struct cluster {
    const import_found *f;
    import_jobs jobs;  // classes are what pods say of models
} cluster;

/* ---- pods --------------------------------------------------------------------------------- */

/* Pods say "cpu" if they need no GPU, "any", or models: "V100M16|V100M32". */
static bool takes_model(const char *spec, const char *model)
{
    const size_t n = strlen(model);
    if (strcmp(spec, "cpu") == 0 || strcmp(spec, "any") == 0)
        return true;
    for (const char *at = spec; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, model, n) == 0 && (!at[n] || at[n] == '|'))
            return true;
    }
    return false;
}

/* Whether an empty machine has what the pod needs. */
static bool fits(const import_machines *m, const import_job *j, const char *spec)
{
    return takes_model(spec, m->model) && j->cores <= GPU * m->accelerators &&
           j->memory_bytes <= m->memory_bytes && j->cpu_milli <= m->cpu_milli;
}

static bool fits_somewhere(const import_found *f, const import_job *j, const char *spec)
{
    for (size_t k = 0; k < f->n_machines; k++)
        if (fits(&f->machines[k], j, spec))
            return true;
    return false;
}

static const char *see_pod(void *data, const trace_header *header, const trace_row *row,
                           poise_error *err)
{
    cluster *c = data;
    import_job job = {
        .arrival_ns = row->arrival_ns,
        .id = row->id,
        .size = import_value(header, row, "run_s"),
        .cores = (int)import_value(header, row, "gpu_total_milli"),
        .memory_bytes = (int64_t)import_value(header, row, "memory_bytes"),
        .cpu_milli = (int64_t)import_value(header, row, "cpu_milli"),
    };
    job.estimate = job.size;
    if (!(job.size > 0)) {
        error_add(err, "the pod has no run time: it is deleted when it is scheduled, or that is "
                       "not said");
        return "left out: they have no run time";
    }
    if (!fits_somewhere(c->f, &job, row->key)) {
        error_add(err, "the pod fits on no machine");
        return "left out: they fit on no machine";
    }
    job.class_id = naming_number(c->jobs.classes, row->key);
    c->jobs.job = arena_grow(c->f->memory, c->jobs.job, c->jobs.n, sizeof *c->jobs.job);
    c->jobs.job[c->jobs.n++] = job;
    return NULL;
}

/* ---- the scenario ------------------------------------------------------------------------- */

static void add_speeds(string_buffer *yaml, const cluster *c, const char *model)
{
    const naming *classes = c->jobs.classes;
    const char *comma = "";
    string_add(yaml, "    speed: {");
    for (int k = 0; k < naming_count(classes); k++) {
        const char *given = naming_given(classes, k);
        if (!takes_model(given, model))
            continue;
        string_add(yaml, "%s%s: 1", comma, naming_name(classes, k));
        comma = ", ";
    }
    string_add(yaml, "}\n");
}

static void add_machines(string_buffer *yaml, const cluster *c)
{
    const import_found *f = c->f;
    naming *names = naming_new(f->memory);
    string_add(yaml, "devices:\n");
    for (size_t k = 0; k < f->n_machines; k++) {
        const import_machines *m = &f->machines[k];
        const char *name = arena_format(f->memory, "%s-%dx-%" PRId64 "cpu-%" PRId64 "gib",
                                        m->model[0] ? m->model : "cpu", m->accelerators,
                                        m->cpu_milli / 1000, m->memory_bytes >> 30);
        naming_number(names, arena_format(f->memory, "%s %zu", name, k));
        string_add(yaml, "  - name: %s\n    count: %d\n    memory: %" PRId64 " B\n",
                   naming_name(names, (int)k), m->count, m->memory_bytes);
        if (m->accelerators > 0)
            string_add(yaml, "    law: cores\n    cores: %d\n    parts: %d\n",
                       GPU * m->accelerators, m->accelerators);
        else
            string_add(yaml, "    law: cores\n    cores: 1\n");
        string_add(yaml, "    resources: {cpu_milli: %" PRId64 "}\n", m->cpu_milli);
        add_speeds(yaml, c, m->model);
    }
}

static const char *about_of(const cluster *c)
{
    return arena_format(
        c->f->memory,
        "The %zu pods of %s on the machines of\n%s. Cores are thousandths of GPUs: a pod\n"
        "that needs less than a GPU stays within one, others take whole ones. Its run time is "
        "what\n"
        "it was from when it was scheduled until it was deleted.\n",
        c->jobs.n, import_base(c->f->jobs), import_base(c->f->path[TABLE_NODES]));
}

bool import_cluster(const import_found *f, import_result *out, poise_error *err)
{
    cluster c = {.f = f, .jobs = {.demands = true, .cpus = true}};
    c.jobs.classes = naming_new(f->memory);
    if (f->n_asked > 0) {
        error_add(err, "--devices: the list of machines says what there is");
        return false;
    }
    if (!import_rows(f, see_pod, &c, &out->said, err))
        return false;
    string_buffer *yaml = &out->yaml;
    import_head(yaml, f, "cluster", arena_format(f->memory, "Pods of %s", import_base(f->jobs)),
                about_of(&c));
    add_machines(yaml, &c);
    string_add(yaml, "workload:\n  classes:\n");
    for (int k = 0; k < naming_count(c.jobs.classes); k++)
        string_add(yaml, "    - {name: %s, cores: 0}\n", naming_name(c.jobs.classes, k));
    import_source(yaml, f);
    string_add(yaml, "decision: {window: 64}\n");
    import_write_jobs(&out->csv, f, &c.jobs);
    return true;
}
