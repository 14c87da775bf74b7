/* import_rows.c - rows of job traces on their way into our own CSV. */
#include "export.h"
#include "import.h"

#include "error.h"
#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------ */

void import_say(string_buffer *said, const import_found *f, const trace_counts *c)
{
    string_add(said, "%s: %s, %" PRId64 " jobs from %" PRId64 " lines", import_base(f->jobs),
               f->format->name, c->jobs, c->lines);
    for (int k = 0; k < c->n; k++)
        if (c->count[k].n > 0)
            string_add(said, "; %" PRId64 " %s", c->count[k].n, c->count[k].what);
    string_add(said, "\n");
}

/* The sentence that `see` left in err, with the place of the row. */
static bool fail_row(const import_found *f, const trace_row *row, poise_error *err)
{
    const char *sentence = arena_text(f->memory, err->text);
    error_clear(err);
    error_add(err, "%s:%" PRId64 ": error: %s; --lenient leaves such jobs out", f->jobs, row->line,
              sentence);
    return false;
}

static bool read_rows(const import_found *f, trace_reader *r, import_see *see, void *data,
                      trace_counts *counts, poise_error *err)
{
    trace_row row;
    for (trace_got got; (got = f->format->next(r, &row, err)) != TRACE_END;) {
        const char *kind = NULL;
        if (got == TRACE_FAILED || (got == TRACE_WRONG && !f->lenient))
            return false;
        if (got == TRACE_WRONG)
            kind = r->wrong;
        else
            kind = see(data, &r->header, &row, err);
        if (kind && got == TRACE_ROW && !f->lenient)
            return fail_row(f, &row, err);
        if (kind) {
            trace_count_add(counts, kind, 1, 0);
            error_clear(err);
        } else {
            counts->jobs++;
        }
    }
    return true;
}

bool import_rows(const import_found *f, import_see *see, void *data, string_buffer *said,
                 poise_error *err)
{
    lines *in = lines_open(f->jobs, err);
    trace_reader *r = in ? f->format->open(in, err) : NULL;
    if (!r) {
        lines_close(in);
        return false;
    }
    trace_counts counts = {0};
    const bool good = read_rows(f, r, see, data, &counts, err);
    counts.lines = r->counts.lines;
    for (int k = 0; k < r->counts.n; k++)
        trace_count_add(&counts, r->counts.count[k].what, r->counts.count[k].n, 0);
    f->format->close(r);
    if (good && counts.jobs == 0) {
        error_add(err, "%s: error: no job is left of %" PRId64 " lines", f->jobs, counts.lines);
        return false;
    }
    if (good && said)
        import_say(said, f, &counts);
    return good;
}

double import_value(const trace_header *header, const trace_row *row, const char *column)
{
    for (int k = 0; k < header->n_columns; k++)
        if (strcmp(header->column[k], column) == 0)
            return row->value[k];
    return NAN;
}

/* ---- writing ------------------------------------------------------------------------------ */

static int by_arrival(const void *a, const void *b)
{
    const import_job *x = a, *y = b;
    if (x->arrival_ns != y->arrival_ns)
        return x->arrival_ns < y->arrival_ns ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void add_job(string_buffer *csv, const import_jobs *jobs, const import_job *j)
{
    export_seconds(csv, j->arrival_ns);
    string_add(csv, ",%s", naming_name(jobs->classes, j->class_id));
    import_add_real(csv, ",", j->size);
    if (jobs->estimates)
        import_add_real(csv, ",", j->estimate);
    if (jobs->demands)
        string_add(csv, ",%d,%" PRId64, j->cores, j->memory_bytes);
    if (jobs->cpus)
        string_add(csv, ",%" PRId64, j->cpu_milli);
    if (jobs->deadlines)
        string_add(csv, ",");
    if (jobs->deadlines && j->deadline_ns > 0)
        export_seconds(csv, j->deadline_ns);
    string_add(csv, ",%" PRId64 "\n", j->id);
}

void import_write_jobs(string_buffer *csv, const import_found *f, import_jobs *jobs)
{
    qsort(jobs->job, jobs->n, sizeof *jobs->job, by_arrival);
    string_add(csv, "# Jobs of %s, made by poise import.\narrival_s,class,size%s%s%s%s,id\n",
               import_base(f->jobs), jobs->estimates ? ",estimate" : "",
               jobs->demands ? ",cores,memory_bytes" : "", jobs->cpus ? ",cpu_milli" : "",
               jobs->deadlines ? ",deadline_s" : "");
    for (size_t k = 0; k < jobs->n; k++)
        add_job(csv, jobs, &jobs->job[k]);
}

void import_source(string_buffer *yaml, const import_found *f)
{
    string_add(yaml, "  sources:\n    - {type: trace, file: \"");
    for (const char *c = f->csv; *c; c++)
        string_add(yaml, "%s%c", strchr("\"\\", *c) ? "\\" : "", *c);
    string_add(yaml, "\"}\n");
}
