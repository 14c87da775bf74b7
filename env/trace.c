/* trace.c - a whole trace in memory, in a total order: by arrival, then by the jobs' own numbers,
 * then as they stand in the file. */
#include "trace.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* ---- formats ------------------------------------------------------------------------------ */

static bool ends_with(const char *path, size_t n, const char *suffix)
{
    size_t m = strlen(suffix);
    return n > m && memcmp(path + n - m, suffix, m) == 0;
}

const trace_format *trace_format_for(const char *path)
{
    size_t n = strlen(path);
    if (ends_with(path, n, ".gz"))
        n -= 3;
    for (int i = 0; trace_formats[i]; i++)
        for (const char *const *suffix = trace_formats[i]->suffixes; *suffix; suffix++)
            if (ends_with(path, n, *suffix))
                return trace_formats[i];
    return NULL;
}

static const trace_format *find_format(const char *path, poise_error *err)
{
    const trace_format *format = trace_format_for(path);
    if (format)
        return format;
    char known[256] = "";
    size_t used = 0;
    for (int i = 0; trace_formats[i]; i++)
        for (const char *const *suffix = trace_formats[i]->suffixes; *suffix; suffix++)
            if (used < sizeof known)
                used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                         used ? ", " : "", *suffix);
    return error_null(err, "%s: error: a trace's name ends in one of %s, or that and .gz", path,
                      known);
}

/* ---- jobs in the order of the file -------------------------------------------------------- */

typedef struct loading {
    trace_job *job;
    int64_t *id;
    int64_t n, room;
    bool sorted;
} loading;

static bool grow(loading *l)
{
    int64_t room = l->room ? 2 * l->room : 1024;
    trace_job *job = realloc(l->job, (size_t)room * sizeof *job);
    if (!job)
        return false;
    l->job = job;
    int64_t *id = realloc(l->id, (size_t)room * sizeof *id);
    if (!id)
        return false;
    l->id = id;
    l->room = room;
    return true;
}

static void append(loading *l, const trace_job *job, int64_t id, trace_counts *counts)
{
    const trace_job *last = l->n > 0 ? &l->job[l->n - 1] : NULL;
    if (last && job->arrival_ns < last->arrival_ns)
        counts->unsorted++;
    if (last && (job->arrival_ns < last->arrival_ns ||
                 (job->arrival_ns == last->arrival_ns && id < l->id[l->n - 1])))
        l->sorted = false;
    l->job[l->n] = *job;
    l->id[l->n] = id;
    l->n++;
}

/* All jobs that fit the machine; max_procs 0 = any. */
static bool read_all(const trace_format *format, trace_reader *r, int64_t max_procs, loading *l,
                     trace_counts *left, poise_error *err)
{
    trace_job job;
    int64_t id;
    int got;
    while ((got = format->next(r, &job, &id, err)) == 1) {
        if (max_procs > 0 && job.cores > max_procs) {
            left->dropped_too_wide++;
        } else if (l->n == l->room && !grow(l)) {
            error_add(err, "error: there is no memory for a trace of more than %lld jobs",
                      (long long)l->n);
            return false;
        } else {
            append(l, &job, id, left);
        }
    }
    return got == 0;
}

/* ---- sorting ------------------------------------------------------------------------------ */

typedef struct place {
    int64_t arrival_ns, id, position;
} place;

static int compare(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->arrival_ns != y->arrival_ns)
        return x->arrival_ns < y->arrival_ns ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

static bool sort(loading *l)
{
    place *at = malloc((size_t)l->n * sizeof *at);
    trace_job *job = malloc((size_t)l->n * sizeof *job);
    if (at && job) {
        for (int64_t i = 0; i < l->n; i++)
            at[i] = (place){l->job[i].arrival_ns, l->id[i], i};
        qsort(at, (size_t)l->n, sizeof *at, compare);
        for (int64_t i = 0; i < l->n; i++)
            job[i] = l->job[at[i].position];
        trace_job *unsorted = l->job;
        l->job = job;
        job = unsorted;
    }
    bool sorted = at && job;
    free(at);
    free(job);
    return sorted;
}

/* ---- a trace ------------------------------------------------------------------------------ */

static bool finish(const char *path, loading *l, int64_t first_jobs, trace *t, poise_error *err)
{
    if (l->n == 0) {
        error_add(err,
                  "%s: error: no job is left: of %lld, %lld have no run time, %lld no processors, "
                  "%lld need more processors than there are",
                  path, (long long)t->counts.lines, (long long)t->counts.dropped_no_run,
                  (long long)t->counts.dropped_no_procs, (long long)t->counts.dropped_too_wide);
        return false;
    }
    if (!l->sorted && !sort(l)) {
        error_add(err, "%s: error: there is no memory to sort it", path);
        return false;
    }
    t->job = l->job;
    t->n_jobs = first_jobs > 0 && first_jobs < l->n ? first_jobs : l->n;
    t->hash = XXH64(t->job, (size_t)t->n_jobs * sizeof *t->job, 0);
    l->job = NULL;
    return true;
}

bool trace_load(const char *path, int64_t max_procs, int64_t first_jobs, trace *t, poise_error *err)
{
    *t = (trace){0};
    const trace_format *format = find_format(path, err);
    trace_reader *r = format ? format->open(path, err) : NULL;
    if (!r)
        return false;
    loading l = {.sorted = true};
    trace_counts left = {0};
    t->header = *format->header(r);
    if (max_procs == 0)
        max_procs = t->header.max_procs;
    bool loaded = read_all(format, r, max_procs, &l, &left, err);
    t->counts = *format->counts(r);
    t->counts.jobs -= left.dropped_too_wide;
    t->counts.dropped_too_wide = left.dropped_too_wide;
    t->counts.unsorted = left.unsorted;
    loaded = loaded && finish(path, &l, first_jobs, t, err);
    format->close(r);
    free(l.job);
    free(l.id);
    return loaded;
}

int64_t trace_cut(trace *t, int64_t from_ns, int64_t to_ns, int64_t first_jobs)
{
    int64_t n = 0;
    for (int64_t k = 0; k < t->n_jobs && (first_jobs == 0 || n < first_jobs); k++) {
        if (t->job[k].arrival_ns < from_ns || t->job[k].arrival_ns >= to_ns)
            continue;
        t->job[n] = t->job[k];
        t->job[n++].arrival_ns -= from_ns;
    }
    t->n_jobs = n;
    t->hash = XXH64(t->job, (size_t)n * sizeof *t->job, 0);
    return n;
}

void trace_free(trace *t)
{
    free(t->job);
    *t = (trace){0};
}
