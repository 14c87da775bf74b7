/* trace_stream.c - from rows of a trace to jobs: the format is told, columns are added up, classes
 * found by their keys, and what is wrong is refused, or (lenient) counted and left out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "table.h"
#include "trace.h"

enum { LOOK = 4096 };  // bytes that tell what a file is

/* ---- counts ------------------------------------------------------------------------------- */

void trace_count_add(trace_counts *c, const char *what, int64_t n, int64_t line)
{
    int k = 0;
    while (k < c->n && strcmp(c->count[k].what, what) != 0)
        k++;
    if (k == TRACE_MOST_COUNTS)
        c->count[--k].what = "left out for other reasons";
    else if (k == c->n)
        c->count[c->n++] = (trace_count){.what = what};
    if (c->count[k].n == 0)
        c->count[k].line = line;
    c->count[k].n += n;
}

int64_t trace_count_of(const trace_counts *c, const char *what)
{
    for (int k = 0; k < c->n; k++)
        if (strcmp(c->count[k].what, what) == 0)
            return c->count[k].n;
    return 0;
}

/* ---- formats ------------------------------------------------------------------------------ */

const trace_format *trace_format_named(const char *name)
{
    for (int k = 0; trace_formats[k]; k++)
        if (strcmp(trace_formats[k]->name, name) == 0)
            return trace_formats[k];
    return NULL;
}

static const trace_format *looks_like(const char *begin, size_t length)
{
    for (int k = 0; trace_formats[k]; k++)
        if (trace_formats[k]->looks(begin, length))
            return trace_formats[k];
    return NULL;
}

static bool ends_with(const char *path, size_t n, const char *suffix)
{
    size_t m = suffix ? strlen(suffix) : 0;
    return m > 0 && n > m && memcmp(path + n - m, suffix, m) == 0;
}

static const trace_format *named_like(const char *path)
{
    size_t n = strlen(path);
    if (ends_with(path, n, ".gz"))
        n -= 3;
    for (int k = 0; trace_formats[k]; k++)
        if (ends_with(path, n, trace_formats[k]->suffix))
            return trace_formats[k];
    return NULL;
}

static const trace_format *tell_format(const lines *in, poise_error *err)
{
    const trace_format *format = looks_like(in->buffer + in->begin, in->end - in->begin);
    if (!format && in->end > in->begin)
        format = named_like(in->path);
    if (format)
        return format;
    if (in->end == in->begin)
        return error_null(err, "%s: error: there are no jobs in it: the file is empty", in->path);
    char known[256] = "";
    size_t used = 0;
    for (int k = 0; trace_formats[k]; k++)
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "",
                                     trace_formats[k]->name);
    return error_null(err, "%s:1: error: it begins like no trace of a format that is known (%s)",
                      in->path, known);
}

/* ---- sums of columns ---------------------------------------------------------------------- */

/* A sum with the numbers of its columns; without terms it is not known. */
typedef struct bound_sum {
    int n;
    int *at;
    double *factor;
    double constant;
    bool known;
    int column;  // the only one, times 1; else -1
} bound_sum;

struct trace_stream {
    const trace_format *format;
    const trace_wish *wish;
    trace_reader *reader;
    bound_sum size, estimate, memory, cores, deadline;
    bound_sum *resource;  // (n_resources)
    bool has_resources;   // rows say some of them
    int64_t *amount;      // (n_resources) of the last job
    int64_t max_procs;
    char *last_key;  // and the class it gave
    size_t last_room;
    int last_class;
};

static int column_of(const trace_header *h, const char *name)
{
    for (int k = 0; k < h->n_columns; k++)
        if (strcmp(h->column[k], name) == 0)
            return k;
    return -1;
}

static bool wrong_column(const trace_stream *t, const char *what, const char *name,
                         poise_error *err)
{
    const trace_header *h = &t->reader->header;
    char known[512] = "one";
    size_t used = 3;
    for (int k = 0; k < h->n_columns && used < sizeof known; k++)
        used += (size_t)snprintf(known + used, sizeof known - used, ", %s", h->column[k]);
    error_add(err, "%s: error: %s: there is no column '%s' in a trace of format %s, there are %s",
              t->reader->in->path, what, name, t->format->name, known);
    return false;
}

static bool bind(trace_stream *t, const trace_sum *sum, const char *what, bound_sum *to,
                 poise_error *err)
{
    to->at = malloc((size_t)sum->n * sizeof *to->at);
    to->factor = malloc((size_t)sum->n * sizeof *to->factor);
    if (!to->at || !to->factor) {
        error_add(err, "error: there is no memory to read a trace");
        return false;
    }
    to->known = true;
    to->column = -1;
    for (int k = 0; k < sum->n; k++) {
        int at = column_of(&t->reader->header, sum->term[k].column);
        if (at >= 0) {
            to->at[to->n] = at;
            to->factor[to->n++] = sum->term[k].factor;
        } else if (strcmp(sum->term[k].column, "one") == 0) {
            to->constant += sum->term[k].factor;
        } else {
            return wrong_column(t, what, sum->term[k].column, err);
        }
    }
    if (to->n == 1 && to->factor[0] == 1 && to->constant == 0)
        to->column = to->at[0];
    return true;
}

/* What the scenario says, else the column that the format says, if the file has it. */
static bool bind_part(trace_stream *t, const trace_sum *sum, const char *usual, const char *what,
                      bound_sum *to, poise_error *err)
{
    trace_term term = {.column = usual, .factor = 1};
    to->column = -1;
    if (sum->n > 0)
        return bind(t, sum, what, to, err);
    if (!usual || column_of(&t->reader->header, usual) < 0)
        return true;
    return bind(t, &(trace_sum){1, &term}, what, to, err);
}

static bool bind_resources(trace_stream *t, poise_error *err)
{
    const trace_wish *w = t->wish;
    size_t n = (size_t)w->n_resources;
    t->resource = calloc(n + 1, sizeof *t->resource);
    t->amount = calloc(n + 1, sizeof *t->amount);
    if (!t->resource || !t->amount) {
        error_add(err, "error: there is no memory to read a trace");
        return false;
    }
    for (int k = 0; k < w->n_resources; k++) {
        const trace_sum none = {0}, *sum = w->resource ? &w->resource[k] : &none;
        /* Only columns that are no format's own may mean a resource by themselves. */
        int at = column_of(&t->reader->header, w->resource_name[k]);
        const char *usual = at >= t->reader->header.n_own ? w->resource_name[k] : NULL;
        if (!bind_part(t, sum, usual, "resources", &t->resource[k], err))
            return false;
        t->has_resources |= t->resource[k].known;
    }
    return true;
}

static bool bind_all(trace_stream *t, poise_error *err)
{
    const trace_wish *w = t->wish;
    const trace_format *f = t->format;
    if (!bind_part(t, &w->size, f->size, "size", &t->size, err) ||
        !bind_part(t, &w->estimate, f->estimate, "estimate", &t->estimate, err) ||
        !bind_part(t, &w->memory, f->memory, "memory", &t->memory, err) ||
        !bind_part(t, &w->cores, f->cores, "cores", &t->cores, err) ||
        !bind_part(t, &w->deadline, f->deadline, "deadline", &t->deadline, err) ||
        !bind_resources(t, err))
        return false;
    return t->size.known || wrong_column(t, "size", f->size ? f->size : "size", err);
}

static double add_up(const bound_sum *sum, const trace_row *row)
{
    double value = sum->constant;
    for (int k = 0; k < sum->n; k++)
        value += sum->factor[k] * row->value[sum->at[k]];
    return value;
}

static inline double value_of(const bound_sum *sum, const trace_row *row)
{
    return sum->column >= 0 ? row->value[sum->column] : sum->known ? add_up(sum, row) : NAN;
}

/* ---- columns that nobody knows ------------------------------------------------------------- */

static bool is_in(const trace_sum *sum, const char *column)
{
    for (int k = 0; k < sum->n; k++)
        if (strcmp(sum->term[k].column, column) == 0)
            return true;
    return false;
}

static bool is_used(const trace_wish *w, const char *column)
{
    const trace_sum *sums[] = {&w->size, &w->estimate, &w->memory, &w->cores, &w->deadline};
    for (int k = 0; k < 5; k++)
        if (is_in(sums[k], column))
            return true;
    for (int k = 0; k < w->n_resources; k++)
        if (strcmp(w->resource_name[k], column) == 0 ||
            (w->resource && is_in(&w->resource[k], column)))
            return true;
    return false;
}

static bool check_columns(trace_stream *t, poise_error *err)
{
    const trace_header *h = &t->reader->header;
    for (int k = h->n_own; k < h->n_columns; k++) {
        if (is_used(t->wish, h->column[k]))
            continue;
        if (!t->wish->lenient) {
            const char *names[TRACE_MOST_COLUMNS + 12] = {"arrival_s", "id",        "class",
                                                          "size",      "estimate",  "memory_bytes",
                                                          "cores",     "deadline_s"};
            const char *near = nearest_name(h->column[k], names);
            lines_wrong(t->reader->in, err,
                        "column '%s' is not known and no resource of the scenario%s%s%s",
                        h->column[k], near ? ", did you mean '" : "", near ? near : "",
                        near ? "'?" : "");
            return false;
        }
        trace_count_add(&t->reader->counts, "columns that are not known, not read", 1,
                        t->reader->in->number);
    }
    return true;
}

/* ---- opening ------------------------------------------------------------------------------ */

static void free_sum(bound_sum *sum)
{
    free(sum->at);
    free(sum->factor);
}

void trace_close(trace_stream *t)
{
    if (!t)
        return;
    bound_sum *sums[] = {&t->size, &t->estimate, &t->memory, &t->cores, &t->deadline};
    for (int k = 0; k < 5; k++)
        free_sum(sums[k]);
    for (int k = 0; t->resource && k < t->wish->n_resources; k++)
        free_sum(&t->resource[k]);
    free(t->resource);
    free(t->amount);
    free(t->last_key);
    if (t->reader)
        t->format->close(t->reader);
    free(t);
}

/* What the file is, where it cannot be read as what it was taken for: a trace of another format, or
 * a table that is no trace. */
static void say_what_it_is(const char *begin, size_t length, const trace_format *taken_for,
                           poise_error *err)
{
    const trace_format *other = looks_like(begin, length);
    const table_format *table = table_format_of(begin, length);
    char why[sizeof err->text];
    snprintf(why, sizeof why, "%s", err->text);
    if (other && other != taken_for)
        error_null(err, "%.*s (it looks like format %s)", (int)sizeof why - 128, why, other->name);
    else if (table)
        error_null(err, "%.*s (it looks like %s, which poise import reads: no jobs)",
                   (int)sizeof why - 256, why, table->about);
}

static trace_reader *open_reader(trace_stream *t, const char *path, poise_error *err)
{
    lines *in = lines_open(path, err);
    if (!in)
        return NULL;
    size_t length = in->end - in->begin < LOOK ? in->end - in->begin : LOOK;
    char begin[LOOK + 1] = "";  // the buffer goes on with the reader
    memcpy(begin, in->buffer + in->begin, length);
    t->format = t->wish->format ? t->wish->format : tell_format(in, err);
    trace_reader *r = t->format ? t->format->open(in, err) : NULL;
    if (r)
        return r;
    say_what_it_is(begin, length, t->format, err);
    lines_close(in);
    return NULL;
}

trace_stream *trace_open(const char *path, const trace_wish *wish, poise_error *err)
{
    error_clear(err);
    trace_stream *t = calloc(1, sizeof *t);
    if (!t)
        return error_null(err, "%s: error: there is no memory to read it", path);
    t->wish = wish;
    t->reader = open_reader(t, path, err);
    if (t->reader && check_columns(t, err) && bind_all(t, err)) {
        t->max_procs = wish->max_procs > 0 ? wish->max_procs : t->reader->header.max_procs;
        return t;
    }
    trace_close(t);
    return NULL;
}

const trace_header *trace_header_of(const trace_stream *t)
{
    return &t->reader->header;
}

const trace_counts *trace_counts_of(const trace_stream *t)
{
    return &t->reader->counts;
}

/* ---- classes ------------------------------------------------------------------------------ */

static int compare_key(const void *a, const void *b)
{
    return strcmp(a, ((const trace_key *)b)->key);
}

static void keep_last(trace_stream *t, const char *key, int class_id)
{
    size_t n = strlen(key) + 1;
    if (!t->last_key || n > t->last_room) {
        char *more = realloc(t->last_key, 2 * n);
        if (!more)
            return;
        t->last_key = more;
        t->last_room = 2 * n;
    }
    memcpy(t->last_key, key, n);
    t->last_class = class_id;
}

/* The class of a row, -1 if its key is of none. */
static int class_of(trace_stream *t, const char *key)
{
    const trace_wish *w = t->wish;
    if (!w->keyed)
        return w->class_id;
    if (t->last_key && strcmp(t->last_key, key) == 0)
        return t->last_class;
    const trace_key *found = bsearch(key, w->key, (size_t)w->n_keys, sizeof *w->key, compare_key);
    int class_id = found ? found->class_id : w->class_id;
    keep_last(t, key, class_id);
    return class_id;
}

/* ---- jobs --------------------------------------------------------------------------------- */

/* What a sentence says of a row that cannot be a job: `kind` counts it. */
static bool refuse(trace_stream *t, const char *kind, poise_error *err, const char *what,
                   double value)
{
    t->reader->wrong = kind;
    lines_wrong(t->reader->in, err, what, value);
    return false;
}

static const char too_wide[] = "left out because they need more processors than there are";
static const char too_large[] = "left out because they fit on no device";
static const char no_class[] = "left out because no class is known for them";
static const char not_possible[] = "left out because a value is not possible";

static bool take_size(trace_stream *t, const trace_row *row, trace_job *job, poise_error *err)
{
    job->size = value_of(&t->size, row);
    if (isnan(job->size))
        return refuse(t, not_possible, err, "there is no number for its size (%.0f)", job->size);
    if (!(job->size >= 1e-12 && job->size <= 1e30))
        return refuse(t, not_possible, err,
                      "the size is %.9g, allowed is what is more than 0 and at most 1e30",
                      job->size);
    double estimate = value_of(&t->estimate, row);
    job->estimate = isnan(estimate) ? job->size : estimate;
    if (!(job->estimate >= 1e-12 && job->estimate <= 1e30))
        return refuse(t, not_possible, err,
                      "the estimate is %.9g, allowed is what is more than 0 and at most 1e30",
                      job->estimate);
    return true;
}

static bool take_cores(trace_stream *t, const trace_row *row, const trace_class *has,
                       trace_job *job, poise_error *err)
{
    double cores = value_of(&t->cores, row);
    if (isnan(cores))
        cores = has ? has->cores : 0;
    else if (!(cores >= 0 && cores <= INT32_MAX && cores == (double)(int32_t)cores))
        return refuse(t, not_possible, err,
                      "it needs %.9g processors, allowed is a whole number from 0 to 2147483647",
                      cores);
    job->cores = (int32_t)cores;
    if (t->max_procs == 0 || cores <= (double)t->max_procs)
        return true;
    t->reader->wrong = too_wide;
    lines_wrong(t->reader->in, err,
                "it needs %.0f processors, there are %lld (lenient leaves such jobs out)", cores,
                (long long)t->max_procs);
    return false;
}

static bool take_memory(trace_stream *t, const trace_row *row, const trace_class *has,
                        trace_job *job, poise_error *err)
{
    double memory = value_of(&t->memory, row);
    if (isnan(memory))
        memory = has ? (double)has->memory_bytes : 0;
    if (!(memory >= 0 && memory <= 1e18))
        return refuse(t, not_possible, err, "it needs %.9g bytes of memory, allowed is 0 to 1e18",
                      memory);
    job->memory_bytes = (int64_t)(memory + 0.5);
    if (!t->deadline.known)
        return true;
    double deadline_s = value_of(&t->deadline, row);
    if (isnan(deadline_s))
        deadline_s = 0;
    if (!(deadline_s >= 0 && deadline_s <= HORIZON_MAX_S))
        return refuse(t, not_possible, err, "its deadline is %.9g s, allowed is 0 to 9e9",
                      deadline_s);
    job->deadline_ns = llround(deadline_s * 1e9);
    return true;
}

static bool take_resources(trace_stream *t, const trace_row *row, const trace_class *has,
                           trace_job *job, poise_error *err)
{
    if (!t->has_resources)
        return true;
    for (int k = 0; k < t->wish->n_resources; k++) {
        double amount = value_of(&t->resource[k], row);
        if (isnan(amount))
            amount = has && has->resources ? (double)has->resources[k] : 0;
        if (!(amount >= 0 && amount <= 9e15 && amount == (double)(int64_t)amount)) {
            t->reader->wrong = not_possible;
            lines_wrong(t->reader->in, err,
                        "it needs %.9g of '%s', allowed are whole numbers from 0", amount,
                        t->wish->resource_name[k]);
            return false;
        }
        t->amount[k] = (int64_t)amount;
    }
    job->resources = t->amount;
    return true;
}

static bool take_class(trace_stream *t, const trace_row *row, trace_job *job, poise_error *err)
{
    job->class_id = class_of(t, row->key);
    if (job->class_id >= 0)
        return true;
    t->reader->wrong = no_class;
    if (row->key[0])
        lines_wrong(t->reader->in, err,
                    "'%s' is no class of jobs, and none is given for it: classes: {%s: NAME}, or "
                    "class: NAME for all",
                    row->key, row->key);
    else
        lines_wrong(t->reader->in, err, "it says no class of jobs: class: NAME is one for all");
    return false;
}

static bool take_place(trace_stream *t, const trace_job *job, poise_error *err)
{
    if (!t->wish->fits || t->wish->fits(t->wish->data, job))
        return true;
    char needs[256] = "";
    size_t used = 0;
    for (int k = 0; job->resources && k < t->wish->n_resources && used < sizeof needs; k++)
        used += (size_t)snprintf(needs + used, sizeof needs - used, ", %lld of %s",
                                 (long long)job->resources[k], t->wish->resource_name[k]);
    t->reader->wrong = too_large;
    lines_wrong(t->reader->in, err,
                "it fits on no device: it needs %d cores, %lld bytes of memory%s (lenient leaves "
                "such jobs out)",
                (int)job->cores, (long long)job->memory_bytes, needs);
    return false;
}

static bool take(trace_stream *t, const trace_row *row, trace_job *job, poise_error *err)
{
    *job = (trace_job){.arrival_ns = row->arrival_ns};
    if (!take_class(t, row, job, err))
        return false;
    const trace_class *has = t->wish->class_has ? &t->wish->class_has[job->class_id] : NULL;
    return take_size(t, row, job, err) && take_cores(t, row, has, job, err) &&
           take_memory(t, row, has, job, err) && take_resources(t, row, has, job, err) &&
           take_place(t, job, err);
}

/* A last line without an end may be half a line. */
static bool check_end(trace_stream *t, poise_error *err)
{
    const lines *in = t->reader->in;
    if (!in->cut || t->format->may_end_open)
        return true;
    if (t->format->must_end && !t->wish->lenient) {
        lines_wrong(in, err, "the last line has no end: the file is cut off, or lacks a newline");
        return false;
    }
    trace_count_add(&t->reader->counts, "without an end of line: the file may be cut off", 1,
                    in->number);
    return true;
}

int trace_next(trace_stream *t, trace_job *job, int64_t *id, int64_t *line, poise_error *err)
{
    trace_row row;
    for (;;) {
        trace_got got = t->format->next(t->reader, &row, err);
        if (got == TRACE_END || got == TRACE_FAILED)
            return got == TRACE_END && check_end(t, err) ? 0 : -1;
        if (got == TRACE_ROW && take(t, &row, job, err)) {
            t->reader->counts.jobs++;
            *id = row.id;
            *line = row.line;
            return 1;
        }
        if (!t->wish->lenient)
            return -1;
        trace_count_add(&t->reader->counts, t->reader->wrong, 1, t->reader->in->number);
        error_clear(err);
    }
}
