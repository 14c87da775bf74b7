/* import_batch.c - jobs that need nothing but their trace: those of batch systems on the processors
 * of one machine, requests and the like on servers, one at a time. */
#include "import.h"

#include "error.h"
#include "scenario.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of what servers can do, where nobody says how many there are. */
#define LOAD 0.8

typedef struct batch {
    const import_found *f;
    import_jobs jobs;
    const char *nameless;  // class of jobs without one
    int64_t max_procs;     // by the header
    int widest;
    double work;  // core seconds
    int64_t last_ns;
} batch;

static const char *see_key(void *data, const trace_header *header, const trace_row *row,
                           poise_error *err)
{
    batch *b = data;
    (void)err;
    naming_number(b->jobs.classes, row->key && row->key[0] ? row->key : b->nameless);
    b->max_procs = header->max_procs;
    return NULL;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const trace_key *)a)->key, ((const trace_key *)b)->key);
}

/* Seconds that requests keep a server busy, where nobody says: what a token takes to be generated
 * is about that of large models on a node of GPUs, what a token of the prompt takes much less. */
static const trace_term of_tokens[] = {{"context_tokens", 200e-6}, {"generated_tokens", 30e-3}};
static const trace_term of_new_tokens[] = {{"new_tokens", 200e-6}, {"output_tokens", 30e-3}};

static trace_sum size_for(const import_found *f)
{
    if (f->size.n > 0)
        return f->size;
    if (strcmp(f->format->name, "llm") == 0)
        return (trace_sum){2, of_tokens};
    if (strcmp(f->format->name, "prefix_cache") == 0)
        return (trace_sum){2, of_new_tokens};
    return (trace_sum){0};
}

/* "30 ms for each of generated_tokens": what sizes are made of; "" as the format says. */
static const char *size_words(const import_found *f)
{
    const trace_sum size = size_for(f);
    string_buffer text = {0};
    for (int k = 0; k < size.n; k++)
        import_add_real(
            &text,
            arena_format(f->memory, "%s%s times ", k ? " + " : "Sizes are ", size.term[k].column),
            size.term[k].factor);
    const char *words = text.at ? arena_format(f->memory, "%s.\n", text.at) : "";
    string_free(&text);
    return words;
}

/* How jobs are made: as the format says, of the classes that their keys name. */
static trace_wish wish_for(const batch *b)
{
    const int n = naming_count(b->jobs.classes);
    trace_key *key = arena_take(b->f->memory, (size_t)n + 1, sizeof *key);
    trace_class *has = arena_take(b->f->memory, (size_t)n + 1, sizeof *has);
    for (int k = 0; k < n; k++) {
        const char *given = naming_given(b->jobs.classes, k);
        key[k] = (trace_key){strcmp(given, b->nameless) == 0 ? "" : given, k};
        has[k].cores = 1;
    }
    const bool keyed = n > 1 || key[0].key[0];
    qsort(key, (size_t)n, sizeof *key, by_key);
    int64_t most = 0;
    for (int k = 0; k < b->f->n_asked; k++)
        most = b->f->asked[k].count > most ? b->f->asked[k].count : most;
    return (trace_wish){
        .format = b->f->format,
        .size = size_for(b->f),
        .keyed = keyed,
        .class_id = keyed ? -1 : 0,
        .n_keys = keyed ? n : 0,
        .key = key,
        .class_has = has,
        .lenient = b->f->lenient,
        .max_procs = most,
    };
}

static void take_job(batch *b, const trace_job *job, int64_t number)
{
    import_jobs *jobs = &b->jobs;
    jobs->job = arena_grow(b->f->memory, jobs->job, jobs->n, sizeof *jobs->job);
    jobs->job[jobs->n++] = (import_job){
        .arrival_ns = job->arrival_ns,
        .id = number,
        .class_id = job->class_id,
        .size = job->size,
        .estimate = job->estimate,
        .cores = job->cores,
        .memory_bytes = job->memory_bytes,
        .deadline_ns = job->deadline_ns,
    };
    jobs->estimates |= job->estimate != job->size;
    jobs->demands |= job->cores > 1 || job->memory_bytes > 0;
    jobs->deadlines |= job->deadline_ns > 0;
    b->widest = job->cores > b->widest ? job->cores : b->widest;
    b->work += job->size * job->cores;
    b->last_ns = job->arrival_ns;
}

static bool load(batch *b, string_buffer *said, poise_error *err)
{
    trace t;
    if (!import_rows(b->f, see_key, b, NULL, err))
        return false;
    const trace_wish wish = wish_for(b);
    if (!trace_load(b->f->jobs, &wish, &t, err))
        return false;
    for (int64_t k = 0; k < t.n_jobs; k++)
        take_job(b, &t.job[k], k);
    import_say(said, b->f, &t.counts);
    trace_free(&t);
    return true;
}

/* ---- the scenario ------------------------------------------------------------------------- */

static void add_machine(string_buffer *yaml, const batch *b)
{
    const import_found *f = b->f;
    const int64_t known = b->max_procs > 0 ? b->max_procs : b->widest;
    string_add(yaml, "devices:\n");
    if (f->n_asked == 0)
        string_add(yaml, "  - {name: machine, law: cores, cores: %" PRId64 "}%s\n", known,
                   b->max_procs > 0 ? "" : "  # as the widest job needs: assumed");
    for (int k = 0; k < f->n_asked; k++)
        string_add(yaml, "  - {name: %s, law: cores, cores: %d}\n", f->asked[k].kind,
                   f->asked[k].count);
}

/* So many that they are busy for LOAD of the time in which jobs come. */
static int servers(const batch *b)
{
    const double span_s = seconds(b->last_ns);
    const double n = span_s > 0 ? ceil(b->work / span_s / LOAD) : 1;
    return n < 1 ? 1 : n > 1000000 ? 1000000 : (int)n;
}

static const char *about_of(const batch *b, bool parallel)
{
    arena *m = b->f->memory;
    const char *what = arena_format(m, "The %zu jobs of %s.\n", b->jobs.n, import_base(b->f->jobs));
    if (parallel)
        return arena_format(m, "%s%sEach needs its processors of one machine for as long.\n", what,
                            size_words(b->f));
    return arena_format(m, "%s%sEach keeps one server busy for as many seconds.\n%s", what,
                        size_words(b->f),
                        b->f->n_asked ? "" : "Assumed: how many servers, for a load of 0.8.\n");
}

bool import_batch(const import_found *f, import_result *out, poise_error *err)
{
    batch b = {.f = f, .nameless = "job", .jobs.classes = naming_new(f->memory)};
    if (!load(&b, &out->said, err))
        return false;
    const bool parallel = b.widest > 1;
    string_buffer *yaml = &out->yaml;
    import_head(yaml, f, "cluster", arena_format(f->memory, "Jobs of %s", import_base(f->jobs)),
                about_of(&b, parallel));
    if (parallel)
        add_machine(yaml, &b);
    else
        import_groups(yaml, f, "server", servers(&b), "");
    string_add(yaml, "workload:\n  classes:\n");
    for (int k = 0; k < naming_count(b.jobs.classes); k++)
        string_add(yaml, "    - {name: %s}\n", naming_name(b.jobs.classes, k));
    import_source(yaml, f);
    string_add(yaml, "decision: {window: 256%s}\n", b.jobs.estimates ? ", sizes: estimate" : "");
    import_write_jobs(&out->csv, f, &b.jobs);
    return true;
}
