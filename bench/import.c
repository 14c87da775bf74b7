/* import.c - see import.h: reading of files, and which scenario they make. */
#include "import.h"

#include "error.h"
#include "units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *import_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void import_begin(import_found *f, arena *memory)
{
    *f = (import_found){
        .memory = memory,
        .kinds = naming_new(memory),
        .speed_jobs = naming_new(memory),
        .pair_kinds = naming_new(memory),
        .pair_jobs = naming_new(memory),
        .tasks = naming_new(memory),
    };
}

const char *import_job_name(arena *memory, const char *type, const char *batch)
{
    return arena_format(memory, "%s%s%s", type, *batch ? "-" : "", batch);
}

/* ---- rows of tables ----------------------------------------------------------------------- */

static bool refuse(poise_error *err, const char *sentence)
{
    error_add(err, "%s", sentence);
    return false;
}

/* Machines that are alike are one group. */
static bool take_node(void *data, const table_node *row, poise_error *err)
{
    import_found *f = data;
    (void)err;
    size_t k = 0;
    for (; k < f->n_machines; k++) {
        const import_machines *m = &f->machines[k];
        if (strcmp(m->model, row->model) == 0 && m->cpu_milli == row->cpu_milli &&
            m->memory_bytes == row->memory_bytes && m->accelerators == row->accelerators)
            break;
    }
    if (k == f->n_machines) {
        f->machines = arena_grow(f->memory, f->machines, f->n_machines++, sizeof *f->machines);
        f->machines[k] = (import_machines){
            .model = arena_text(f->memory, row->model),
            .cpu_milli = row->cpu_milli,
            .memory_bytes = row->memory_bytes,
            .accelerators = row->accelerators,
        };
    }
    f->machines[k].count++;
    return true;
}

static bool take_speed(void *data, const table_speed *row, poise_error *err)
{
    import_found *f = data;
    const char *one = import_job_name(f->memory, row->job, row->batch);
    const char *job = arena_format(f->memory, "%s-x%d", one, row->devices);
    if (naming_find(f->speed_jobs, job) >= 0)
        return refuse(err, "this job type, batch size and number of GPUs are there twice");
    for (int k = 0; k < row->n_kinds; k++)
        naming_number(f->kinds, row->kind[k]);
    f->speed = arena_grow(f->memory, f->speed, f->n_speeds, sizeof *f->speed);
    import_speed *speed = &f->speed[f->n_speeds++];
    speed->job = naming_number(f->speed_jobs, job);
    speed->devices = row->devices;
    speed->steps_per_s = arena_take(f->memory, (size_t)row->n_kinds + 1, sizeof(double));
    memcpy(speed->steps_per_s, row->steps_per_s, (size_t)row->n_kinds * sizeof(double));
    return true;
}

static bool take_pair(void *data, const table_pair *row, poise_error *err)
{
    import_found *f = data;
    (void)err;
    f->pair = arena_grow(f->memory, f->pair, f->n_pairs, sizeof *f->pair);
    import_pair *pair = &f->pair[f->n_pairs++];
    pair->kind = naming_number(f->pair_kinds, row->device);
    for (int k = 0; k < 2; k++) {
        pair->job[k] =
            naming_number(f->pair_jobs, import_job_name(f->memory, row->job[k], row->batch[k]));
        pair->part[k] = row->part[k];
    }
    return true;
}

static bool take_task(void *data, const table_task *row, poise_error *err)
{
    import_found *f = data;
    if (naming_find(f->tasks, row->name) >= 0)
        return refuse(err, arena_format(f->memory, "'%.80s' is there twice", row->name));
    naming_number(f->tasks, row->name);
    f->task = arena_grow(f->memory, f->task, f->n_tasks, sizeof *f->task);
    table_task *task = &f->task[f->n_tasks++];
    *task = *row;
    task->name = arena_text(f->memory, row->name);
    task->op = arena_text(f->memory, row->op);
    return true;
}

static bool take_edge(void *data, const table_edge *row, poise_error *err)
{
    import_found *f = data;
    (void)err;
    f->edge = arena_grow(f->memory, f->edge, f->n_edges, sizeof *f->edge);
    f->edge[f->n_edges++] = (table_edge){
        .from = arena_text(f->memory, row->from),
        .to = arena_text(f->memory, row->to),
        .bytes = row->bytes,
    };
    return true;
}

/* ---- files -------------------------------------------------------------------------------- */

static void say(string_buffer *said, const char *path, const table_format *format,
                const table_counts *c)
{
    string_add(said, "%s: %s, %" PRId64 " rows", import_base(path), format->about, c->rows);
    if (c->edges > 0)
        string_add(said, ", %" PRId64 " edges", c->edges);
    if (c->left_out > 0)
        string_add(said, "; left out: %" PRId64 " %s", c->left_out, c->why);
    string_add(said, "\n");
}

static bool read_table(import_found *f, const char *path, lines *in, const table_format *format,
                       string_buffer *said, poise_error *err)
{
    const table_taker taker = {f, take_node, take_speed, take_pair, take_task, take_edge};
    table_counts counts;
    if (f->path[format->kind]) {
        error_add(err, "%s and %s are both %s: give one", f->path[format->kind], path,
                  format->about);
        return false;
    }
    f->path[format->kind] = path;
    if (!table_read(in, format, &taker, &counts, err))
        return false;
    say(said, path, format, &counts);
    return true;
}

static void fail_unknown(const char *path, poise_error *err)
{
    string_buffer known = {0};
    for (int k = 0; trace_formats[k]; k++)
        string_add(&known, "%s, ", trace_formats[k]->name);
    for (int k = 0; table_formats[k]; k++)
        string_add(&known, "%s%s", k ? ", " : "", table_formats[k]->name);
    error_add(err, "%s: error: its content is of no format that is known: %s", path, known.at);
    string_free(&known);
}

static bool take_trace(import_found *f, const char *path, const trace_format *format,
                       poise_error *err)
{
    if (f->jobs) {
        error_add(err, "%s and %s are both jobs: give one", f->jobs, path);
        return false;
    }
    f->jobs = path;
    f->format = format;
    return true;
}

/* Blank to the end of what stands in the buffer. */
static bool is_blank(const char *begin, size_t length)
{
    size_t n = 0;
    while (n < length && (lines_is_space(begin[n]) || begin[n] == '\n'))
        n++;
    return n == length;
}

static bool read_any(import_found *f, const char *path, lines *in, string_buffer *said,
                     poise_error *err)
{
    const char *begin = in->buffer + in->begin;
    const size_t length = in->end - in->begin;
    if (is_blank(begin, length)) {
        error_add(err, "%s: error: the file is empty", path);
        return false;
    }
    const table_format *table = table_format_of(begin, length);
    if (table)
        return read_table(f, path, in, table, said, err);
    for (int k = 0; trace_formats[k]; k++)
        if (trace_formats[k]->looks(begin, length))
            return take_trace(f, path, trace_formats[k], err);
    fail_unknown(path, err);
    return false;
}

bool import_read(import_found *f, const char *path, string_buffer *said, poise_error *err)
{
    lines *in = lines_open(path, err);
    const bool good = in && read_any(f, path, in, said, err);
    lines_close(in);
    return good;
}

/* ---- which scenario ----------------------------------------------------------------------- */

typedef enum need { NOT_USED, MAY_BE, NEEDED } need;

/* A scenario that can be made, by the files that it takes. */
typedef struct recipe {
    const char *format;  // of the trace; "" any other; NULL: without jobs
    need tables[TABLE_KINDS];
    bool (*make)(const import_found *f, import_result *out, poise_error *err);
} recipe;

static const recipe recipes[] = {
    {NULL, {[TABLE_LAYERS] = NEEDED}, import_graph},
    {NULL, {[TABLE_WORKFLOW] = NEEDED}, import_graph},
    {"training", {[TABLE_SPEEDS] = NEEDED, [TABLE_PAIRS] = MAY_BE}, import_training},
    {"openb", {[TABLE_NODES] = NEEDED}, import_cluster},
    {"", {NOT_USED}, import_batch},
};
enum { N_RECIPES = sizeof recipes / sizeof *recipes };

static const char *const partners[TABLE_KINDS] = {
    [TABLE_NODES] = "a list of machines", [TABLE_SPEEDS] = "a throughput table",
    [TABLE_PAIRS] = "a pair table",       [TABLE_LAYERS] = "a layer graph",
    [TABLE_WORKFLOW] = "a workflow",
};

/* Which recipe the main file, jobs or else a table, is for. */
static const recipe *recipe_for(const import_found *f)
{
    for (int k = 0; k < N_RECIPES; k++) {
        const recipe *r = &recipes[k];
        if (f->jobs ? r->format && (!*r->format || strcmp(r->format, f->format->name) == 0)
                    : !r->format && ((f->path[TABLE_LAYERS] && r->tables[TABLE_LAYERS]) ||
                                     (f->path[TABLE_WORKFLOW] && r->tables[TABLE_WORKFLOW])))
            return r;
    }
    return NULL;
}

static bool fail_alone(const import_found *f, poise_error *err)
{
    int kind = 0;
    while (!f->path[kind])
        kind++;
    error_add(err, "%s: error: %s makes no scenario alone: give the %s that go with it, too",
              f->path[kind], partners[kind], kind == TABLE_NODES ? "pods" : "jobs");
    return false;
}

bool import_make(const import_found *f, import_result *out, poise_error *err)
{
    const recipe *r = recipe_for(f);
    if (!r)
        return fail_alone(f, err);
    for (int k = 0; k < TABLE_KINDS; k++) {
        if (r->tables[k] == NEEDED && !f->path[k]) {
            error_add(err, "%s: error: these jobs need %s: give one, too", f->jobs, partners[k]);
            return false;
        }
        if (r->tables[k] == NOT_USED && f->path[k]) {
            error_add(err, "%s: error: %s does not go with %s", f->path[k], partners[k],
                      f->jobs ? f->jobs : "what else was given");
            return false;
        }
    }
    if (f->size.n > 0 && r->make != import_batch) {
        error_add(err, "--size: what the files say decides how long these jobs are");
        return false;
    }
    return r->make(f, out, err);
}

/* ---- parts that scenarios share ----------------------------------------------------------- */

void import_add_real(string_buffer *out, const char *before, double value)
{
    char text[32];
    units_print_real(value, text, sizeof text);
    string_add(out, "%s%s", before, text);
}

/* Each line of a text behind `before`. */
static void add_lines(string_buffer *out, const char *before, const char *text)
{
    while (*text) {
        const int n = (int)strcspn(text, "\n");
        string_add(out, "%s%.*s\n", before, n, text);
        text += n + (text[n] == '\n');
    }
}

void import_head(string_buffer *yaml, const import_found *f, const char *family, const char *title,
                 const char *about)
{
    string_add(yaml,
               "# %s\n#\n# Made by poise import. What the files do not say is assumed, and "
               "said to be so below.\n",
               title);
    string_add(yaml, "poise: 1\nname: %s\ntitle: %s\nabout: |\n", f->name, title);
    add_lines(yaml, "  ", about);
    string_add(yaml, "family: %s\n", family);
}

void import_groups(string_buffer *yaml, const import_found *f, const char *name, int count,
                   const char *more)
{
    string_add(yaml, "devices:\n");
    if (f->n_asked == 0)
        string_add(yaml, "  - name: %s  # how many: assumed\n    count: %d\n%s", name, count, more);
    for (int k = 0; k < f->n_asked; k++)
        string_add(yaml, "  - name: %s\n    count: %d\n%s", f->asked[k].kind, f->asked[k].count,
                   more);
}
