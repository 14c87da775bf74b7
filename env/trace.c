/* trace.c - a whole trace in a total order: by arrival, then by the jobs' own numbers, then as they
 * stand in the file. Long ones lie in temporary files. */
#include "trace.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_STATIC_LINKING_ONLY  // what a state is, so that it can stand on the stack
#include <xxhash.h>

/* ---- jobs in the order of the file -------------------------------------------------------- */

typedef struct loading {
    spill *jobs, *ids;
    spill *resources;  // rows of n_resources amounts, NULL without
    size_t n_resources;
    int64_t unsorted, first_unsorted;
    int64_t last_ns, last_id;
    bool sorted;
} loading;

static bool begin(loading *l, poise_error *err)
{
    l->jobs = spill_new(sizeof(trace_job));
    l->ids = spill_new(sizeof(int64_t));
    if (l->n_resources > 0)
        l->resources = spill_new(l->n_resources * sizeof(int64_t));
    if (l->jobs && l->ids && (l->resources || l->n_resources == 0))
        return true;
    return error_null(err, "error: there is no memory for a trace");
}

static void give_up(loading *l)
{
    spill_free(l->jobs);
    spill_free(l->ids);
    spill_free(l->resources);
}

static bool append(loading *l, const trace_job *job, int64_t id, int64_t line)
{
    if (l->jobs->n > 0) {
        if (job->arrival_ns < l->last_ns && l->unsorted++ == 0)
            l->first_unsorted = line;
        if (job->arrival_ns < l->last_ns || (job->arrival_ns == l->last_ns && id < l->last_id))
            l->sorted = false;
    }
    l->last_ns = job->arrival_ns;
    l->last_id = id;
    return spill_add(l->jobs, job) && spill_add(l->ids, &id) &&
           (!job->resources || spill_add(l->resources, job->resources));
}

/* The jobs point at their resources where those are now. */
static void point(const loading *l)
{
    for (int64_t k = 0; l->resources && l->resources->n > 0 && k < l->jobs->n; k++) {
        trace_job *job = spill_at(l->jobs, k);
        job->resources = (int64_t *)l->resources->rows + (size_t)k * l->n_resources;
    }
}

static bool read_all(trace_stream *stream, loading *l, poise_error *err)
{
    trace_job job;
    int64_t id, line;
    int got;
    while ((got = trace_next(stream, &job, &id, &line, err)) == 1)
        if (!append(l, &job, id, line)) {
            error_add(err, "error: there is no memory for a trace of more than %lld jobs",
                      (long long)l->jobs->n);
            return false;
        }
    return got == 0;
}

static bool close_all(loading *l)
{
    bool closed =
        spill_close(l->jobs) && spill_close(l->ids) && (!l->resources || spill_close(l->resources));
    if (closed)
        point(l);
    return closed;
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

/* Jobs go into another spill; what they point at stays where it is. */
static bool sort(loading *l)
{
    const int64_t n = l->jobs->n;
    place *at = malloc((size_t)n * sizeof *at);
    spill *sorted = spill_new(sizeof(trace_job));
    bool good = at && sorted;
    if (at) {
        for (int64_t i = 0; i < n; i++)
            at[i] = (place){((trace_job *)spill_at(l->jobs, i))->arrival_ns,
                            *(int64_t *)spill_at(l->ids, i), i};
        qsort(at, (size_t)n, sizeof *at, compare);
    }
    for (int64_t i = 0; good && i < n; i++)
        good = spill_add(sorted, l->jobs->rows + (size_t)at[i].position * sizeof(trace_job));
    good = good && spill_close(sorted);
    if (good) {
        spill *unsorted = l->jobs;
        l->jobs = sorted;
        sorted = unsorted;
    }
    spill_free(sorted);
    free(at);
    return good;
}

/* ---- a trace ------------------------------------------------------------------------------ */

/* Of what the jobs say, wherever their resources stand. */
static uint64_t hash_of(const trace *t)
{
    const size_t row = sizeof *t->job;
    if (!t->resources) {
        XXH64_state_t state;
        XXH64_reset(&state, 0);
        for (int64_t k = 0; k < t->n_jobs; k++)
            XXH64_update(&state, spill_at(t->jobs, k), row);
        return XXH64_digest(&state);
    }
    uint64_t hash = 0;
    for (int64_t k = 0; k < t->n_jobs; k++) {
        trace_job job = *(trace_job *)spill_at(t->jobs, k);
        const int64_t *amounts = job.resources;
        spill_at(t->resources, k);
        job.resources = NULL;
        hash = XXH64(&job, row, hash);
        hash = XXH64(amounts, (size_t)t->n_resources * sizeof *amounts, hash);
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
    if (l->jobs->n == 0) {
        fail_empty(path, &t->counts, err);
        return false;
    }
    if (!close_all(l) || (!l->sorted && !sort(l))) {
        error_add(err, "%s: error: there is no memory to sort it", path);
        return false;
    }
    bool has_resources = l->resources && l->resources->n > 0;
    const int64_t n = l->jobs->n;
    t->jobs = l->jobs;
    t->resources = has_resources ? l->resources : NULL;
    t->job = (trace_job *)t->jobs->rows;
    t->n_resources = wish->n_resources;
    t->n_jobs = wish->first_jobs > 0 && wish->first_jobs < n ? wish->first_jobs : n;
    t->hash = hash_of(t);
    l->jobs = NULL;
    l->resources = has_resources ? NULL : l->resources;
    return true;
}

bool trace_load(const char *path, const trace_wish *wish, trace *t, poise_error *err)
{
    *t = (trace){0};
    trace_stream *stream = trace_open(path, wish, err);
    if (!stream)
        return false;
    loading l = {.sorted = true, .n_resources = (size_t)wish->n_resources};
    bool loaded = begin(&l, err) && read_all(stream, &l, err);
    t->header = *trace_header_of(stream);
    t->header.n_columns = t->header.n_own = 0;
    t->header.column = NULL;
    t->counts = *trace_counts_of(stream);
    trace_close(stream);
    if (l.unsorted > 0)
        trace_count_add(&t->counts, "out of order, sorted", l.unsorted, l.first_unsorted);
    loaded = loaded && finish(path, &l, wish, t, err);
    give_up(&l);
    return loaded;
}

int64_t trace_cut(trace *t, int64_t from_ns, int64_t to_ns, int64_t skip_jobs, int64_t first_jobs)
{
    int64_t n = 0;
    for (int64_t k = 0; k < t->n_jobs && (first_jobs == 0 || n < first_jobs); k++) {
        const trace_job *job = spill_at(t->jobs, k);
        if (job->arrival_ns < from_ns || job->arrival_ns >= to_ns)
            continue;
        if (skip_jobs > 0) {
            skip_jobs--;
            continue;
        }
        t->job[n] = *job;
        t->job[n++].arrival_ns -= from_ns;
    }
    t->n_jobs = n;
    t->hash = hash_of(t);
    return n;
}

void trace_free(trace *t)
{
    spill_free(t->jobs);
    spill_free(t->resources);
    *t = (trace){0};
}
