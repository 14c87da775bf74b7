/* wfcommons.c - a workflow that was run, as JSON in the WfFormat of WfCommons, schema versions 1.4
 * and 1.5 (T. Coleman et al., "WfCommons: A framework for enabling scientific workflow research and
 * development", FGCS 128, 2022). Earlier versions do not say the unit of memory in its name, and
 * are refused.
 *
 *   1.5  workflow.specification.tasks (id, name, parents, inputFiles, outputFiles), .files (id,
 *        sizeInBytes); workflow.execution.tasks (id, runtimeInSeconds, coreCount, memoryInBytes)
 *   1.4  workflow.tasks (id, name, parents, files (name, link, sizeInBytes), runtimeInSeconds,
 *        coreCount or cores, memoryInBytes); parents are ids or names
 *
 * An edge carries the files that the parent writes and the child reads. */
#include "../table.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

enum { MOST_BYTES = 512 * 1024 * 1024 };

static bool looks(const char *begin, size_t length)
{
    size_t n = 0;
    while (n < length && (lines_is_space(begin[n]) || begin[n] == '\n'))
        n++;
    return n < length && begin[n] == '{' &&
           (table_contains(begin, length, "\"schemaVersion\"") ||
            table_contains(begin, length, "\"workflow\""));
}

/* The document while it is turned into rows. */
typedef struct reading {
    table_reader *r;
    const table_taker *to;
    poise_error *err;
    json_t *tasks;      // specification
    json_t *by_id;      // task by id, and by name where no id is the same
    json_t *file_size;  // by id
    json_t *executed;   // by id; NULL in 1.4
} reading;

static bool fail(const reading *w, const char *what, const char *of)
{
    error_clear(w->err);
    error_add(w->err, "%s: error: %s%s%s", w->r->in->path, what, of ? " " : "", of ? of : "");
    return false;
}

/* What a task is called in edges. */
static const char *id_of(const json_t *task)
{
    const char *id = json_string_value(json_object_get(task, "id"));
    return id ? id : json_string_value(json_object_get(task, "name"));
}

/* A number from 0 to most; `missing` where there is none, NAN where it is none. */
static double number_of(const json_t *map, const char *key, double missing, double most)
{
    const json_t *value = json_object_get(map, key);
    if (!value || json_is_null(value))
        return missing;
    const double x = json_is_number(value) ? json_number_value(value) : NAN;
    return x >= 0 && x <= most ? x : NAN;
}

/* ---- files -------------------------------------------------------------------------------- */

static bool is_written(const json_t *file)
{
    const char *link = json_string_value(json_object_get(file, "link"));
    return link && strcmp(link, "output") == 0;
}

static const char *file_name(const json_t *file)
{
    if (json_is_string(file))
        return json_string_value(file);
    const char *id = json_string_value(json_object_get(file, "id"));
    return id ? id : json_string_value(json_object_get(file, "name"));
}

/* Calls see for each file that the task reads, or writes. */
static void each_file(const json_t *task, bool written, void (*see)(void *, const json_t *),
                      void *data)
{
    const json_t *own = json_object_get(task, written ? "outputFiles" : "inputFiles"), *file;
    const json_t *both = json_object_get(task, "files");
    size_t k;
    json_array_foreach(own, k, file) see(data, file);
    json_array_foreach(both, k, file) if (is_written(file) == written) see(data, file);
}

/* Bytes of files, of those alone that `among` has where it is given. */
typedef struct sum {
    const reading *w;
    json_t *among;
    double bytes;
} sum;

static void add_size(void *data, const json_t *file)
{
    sum *s = data;
    const char *name = file_name(file);
    if (!name || (s->among && !json_object_get(s->among, name)))
        return;
    const json_t *size = json_object_get(s->w->file_size, name);
    s->bytes += size ? json_number_value(size)
                     : number_of(json_is_object(file) ? file : NULL, "sizeInBytes", 0, 1e18);
}

static void note_name(void *data, const json_t *file)
{
    const char *name = file_name(file);
    if (name)
        json_object_set_new(data, name, json_true());
}

static double bytes_of(const reading *w, const json_t *task, bool written, json_t *among)
{
    sum s = {.w = w, .among = among};
    each_file(task, written, add_size, &s);
    return s.bytes;
}

/* ---- tasks and edges ---------------------------------------------------------------------- */

static bool give_task(reading *w, const json_t *task)
{
    const char *id = id_of(task);
    const char *name = json_string_value(json_object_get(task, "name"));
    const json_t *run = w->executed ? json_object_get(w->executed, id) : task;
    if (!run)
        return fail(w, "nothing is said of the execution of task", id);
    const double seconds = number_of(run, "runtimeInSeconds", NAN, 1e9);
    const double cores = number_of(run, "coreCount", number_of(run, "cores", 1, 1e6), 1e6);
    const double memory = number_of(run, "memoryInBytes", 0, 1e18);
    if (isnan(seconds))
        return fail(w, "runtimeInSeconds is missing or no number in task", id);
    if (isnan(cores) || isnan(memory))
        return fail(w, "coreCount or memoryInBytes is no number in task", id);
    const table_task row = {
        .name = id,
        .op = name ? name : "",
        .seconds = seconds,
        .cores = cores < 1 ? 1 : (int)ceil(cores),
        .memory_bytes = (int64_t)memory,
        .input_bytes = (int64_t)bytes_of(w, task, false, NULL),
        .output_bytes = (int64_t)bytes_of(w, task, true, NULL),
    };
    return w->to->task(w->to->data, &row, w->err) ||
           fail(w, arena_text(w->r->memory, w->err->text), NULL);
}

static bool give_edges(reading *w, const json_t *task, table_counts *counts)
{
    const json_t *parents = json_object_get(task, "parents"), *name;
    json_t *read = json_object();
    each_file(task, false, note_name, read);
    bool good = true;
    size_t k;
    json_array_foreach(parents, k, name)
    {
        const char *text = json_string_value(name);
        const json_t *parent = text ? json_object_get(w->by_id, text) : NULL;
        if (!parent) {
            good = fail(w, "there is no task that is called", text ? text : "(no text)");
            break;
        }
        const table_edge edge = {
            .from = id_of(parent),
            .to = id_of(task),
            .bytes = (int64_t)bytes_of(w, parent, true, read),
        };
        counts->edges++;
        good = w->to->edge(w->to->data, &edge, w->err) ||
               fail(w, arena_text(w->r->memory, w->err->text), NULL);
        if (!good)
            break;
    }
    json_decref(read);
    return good;
}

/* ---- the document ------------------------------------------------------------------------- */

static bool index_tasks(reading *w)
{
    const json_t *task;
    size_t k;
    json_array_foreach(w->tasks, k, task)
    {
        const char *id = id_of(task);
        if (!id || !*id)
            return fail(w, "a task has neither an id nor a name", NULL);
        if (json_object_get(w->by_id, id))
            return fail(w, "two tasks are called", id);
        json_object_set(w->by_id, id, (json_t *)task);
    }
    json_array_foreach(w->tasks, k, task)
    {
        const char *name = json_string_value(json_object_get(task, "name"));
        if (name && !json_object_get(w->by_id, name))
            json_object_set(w->by_id, name, (json_t *)task);
    }
    return true;
}

/* Where tasks and files stand in this version. */
static bool find_parts(reading *w, const json_t *root)
{
    const char *version = json_string_value(json_object_get(root, "schemaVersion"));
    const json_t *workflow = json_object_get(root, "workflow"), *one;
    const json_t *specification = json_object_get(workflow, "specification");
    const json_t *execution = json_object_get(workflow, "execution");
    size_t k;
    if (!version || (strcmp(version, "1.4") != 0 && strcmp(version, "1.5") != 0))
        return fail(w, "schemaVersion must be 1.4 or 1.5, it is", version ? version : "missing");
    w->tasks = json_object_get(specification ? specification : workflow, "tasks");
    if (json_array_size(w->tasks) == 0)
        return fail(w, "there are no tasks in it", NULL);
    json_array_foreach(json_object_get(specification, "files"), k, one)
    {
        const double size = number_of(one, "sizeInBytes", 0, 1e18);
        if (isnan(size) || !file_name(one))
            return fail(w, "a file has no name, or its sizeInBytes is no number", NULL);
        json_object_set_new(w->file_size, file_name(one), json_real(size));
    }
    if (!specification)
        return index_tasks(w);
    w->executed = json_object();
    json_array_foreach(json_object_get(execution, "tasks"), k, one) if (id_of(one))
        json_object_set(w->executed, id_of(one), (json_t *)one);
    return index_tasks(w);
}

static bool give_all(reading *w, table_counts *counts)
{
    const json_t *task;
    size_t k;
    json_array_foreach(w->tasks, k, task)
    {
        if (!give_task(w, task))
            return false;
        counts->rows++;
    }
    json_array_foreach(w->tasks, k, task) if (!give_edges(w, task, counts)) return false;
    return true;
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    size_t n_bytes = 0;
    json_error_t wrong;
    char *text = lines_rest(r->in, MOST_BYTES, &n_bytes, err);
    if (!text)
        return false;
    json_t *root = json_loadb(text, n_bytes, 0, &wrong);
    free(text);
    if (!root) {
        error_add(err, "%s:%d: error: it is no JSON: %s", r->in->path, wrong.line, wrong.text);
        return false;
    }
    reading w = {.r = r, .to = to, .err = err, .by_id = json_object(), .file_size = json_object()};
    const bool good = find_parts(&w, root) && give_all(&w, counts);
    json_decref(w.by_id);
    json_decref(w.file_size);
    json_decref(w.executed);
    json_decref(root);
    return good;
}

const table_format table_wfcommons = {
    .name = "wfcommons",
    .about = "a workflow that was run, as WfCommons JSON",
    .kind = TABLE_WORKFLOW,
    .looks = looks,
    .read = read,
};
