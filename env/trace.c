/* trace.c - a whole trace in memory, in a total order: by arrival, then by the jobs' own numbers,
 * then as they stand in the file. */
#include "trace.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* ---- jobs in the order of the file -------------------------------------------------------- */

typedef struct loading {
    trace_job *job;
    int64_t *id;
    int64_t *resources;  // (n, n_resources), NULL while no job says any
    int64_t n, room, unsorted, first_unsorted;
    size_t n_resources;
    bool sorted;
} loading;

/* Room for `room` elements; what cannot grow stays as it is. */
static void *resized(void *old, int64_t room, size_t size)
{
    return realloc(old, (size_t)room * size);
}

static bool grow(loading *l)
{
    int64_t room = l->room ? 2 * l->room : 1024;
    trace_job *job = resized(l->job, room, sizeof *job);
    l->job = job ? job : l->job;
    int64_t *id = job ? resized(l->id, room, sizeof *id) : NULL;
    l->id = id ? id : l->id;
    if (!id)
        return false;
    if (l->n_resources > 0) {
        int64_t *resources = resized(l->resources, room, l->n_resources * sizeof *resources);
        if (!resources)
            return false;
        l->resources = resources;
    }
    l->room = room;
    return true;
}

static void append(loading *l, const trace_job *job, int64_t id, int64_t line)
{
    const trace_job *last = l->n > 0 ? &l->job[l->n - 1] : NULL;
    if (last && job->arrival_ns < last->arrival_ns && l->unsorted++ == 0)
        l->first_unsorted = line;
    if (last && (job->arrival_ns < last->arrival_ns ||
                 (job->arrival_ns == last->arrival_ns && id < l->id[l->n - 1])))
        l->sorted = false;
    l->job[l->n] = *job;
    l->id[l->n] = id;
    if (job->resources)
        memcpy(l->resources + (size_t)l->n * l->n_resources, job->resources,
               l->n_resources * sizeof *l->resources);
    l->n++;
}

static bool read_all(trace_stream *stream, loading *l, poise_error *err)
{
    trace_job job;
    int64_t id, line;
    int got;
    while ((got = trace_next(stream, &job, &id, &line, err)) == 1) {
        if (l->n == l->room && !grow(l)) {
            error_add(err, "error: there is no memory for a trace of more than %lld jobs",
                      (long long)l->n);
            return false;
        }
        append(l, &job, id, line);
    }
    for (int64_t k = 0; k < l->n; k++)
        if (l->job[k].resources)
            l->job[k].resources = l->resources + (size_t)k * l->n_resources;
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

/* Of what the jobs say, wherever their resources stand. */
static uint64_t hash_of(const trace *t, size_t n_resources)
{
    if (!t->resources)
        return XXH64(t->job, (size_t)t->n_jobs * sizeof *t->job, 0);
    uint64_t hash = 0;
    for (int64_t k = 0; k < t->n_jobs; k++) {
        trace_job job = t->job[k];
        job.resources = NULL;
        hash = XXH64(&job, sizeof job, hash);
        hash = XXH64(t->job[k].resources, n_resources * sizeof *job.resources, hash);
    }
    return hash;
}

/* "of 3 lines, 1 left out because ..., 2 left out because ..." */
static void fail_empty(const char *path, const trace_counts *c, poise_error *err)
{
    char why[1024] = "";
    size_t used = 0;
    for (int k = 0; k < c->n; k++)
        if (c->count[k].n > 0 && used < sizeof why)
            used += (size_t)snprintf(why + used, sizeof why - used, "%s%lld %s", used ? ", " : "",
                                     (long long)c->count[k].n, c->count[k].what);
    if (c->lines == 0)
        error_add(err, "%s: error: there are no jobs in it", path);
    else
        error_add(err, "%s: error: no job is left of %lld lines: %s", path, (long long)c->lines,
                  why);
}

static bool finish(const char *path, loading *l, const trace_wish *wish, trace *t, poise_error *err)
{
    if (l->n == 0) {
        fail_empty(path, &t->counts, err);
        return false;
    }
    if (!l->sorted && !sort(l)) {
        error_add(err, "%s: error: there is no memory to sort it", path);
        return false;
    }
    t->job = l->job;
    t->resources = l->job[0].resources ? l->resources : NULL;
    t->n_resources = wish->n_resources;
    t->n_jobs = wish->first_jobs > 0 && wish->first_jobs < l->n ? wish->first_jobs : l->n;
    t->hash = hash_of(t, l->n_resources);
    l->job = NULL;
    l->resources = t->resources ? NULL : l->resources;
    return true;
}

bool trace_load(const char *path, const trace_wish *wish, trace *t, poise_error *err)
{
    *t = (trace){0};
    trace_stream *stream = trace_open(path, wish, err);
    if (!stream)
        return false;
    loading l = {.sorted = true, .n_resources = (size_t)wish->n_resources};
    bool loaded = read_all(stream, &l, err);
    t->header = *trace_header_of(stream);
    t->header.n_columns = t->header.n_own = 0;
    t->header.column = NULL;
    t->counts = *trace_counts_of(stream);
    trace_close(stream);
    if (l.unsorted > 0)
        trace_count_add(&t->counts, "out of order, sorted", l.unsorted, l.first_unsorted);
    loaded = loaded && finish(path, &l, wish, t, err);
    free(l.job);
    free(l.id);
    free(l.resources);
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
    t->hash = hash_of(t, (size_t)t->n_resources);
    return n;
}

void trace_free(trace *t)
{
    free(t->job);
    free(t->resources);
    *t = (trace){0};
}
