/* batsim.c - workloads of the simulator Batsim, in JSON: nb_res, jobs (id, subtime, res, walltime,
 * profile) and profiles, of which those of type `delay` are read: the job runs for so long.
 * P.-F. Dutot et al., "Batsim: a realistic language-independent resources and jobs management
 * systems simulator", JSSPP 2015.
 *
 * JSON is not read line by line: the document is held as a whole, which must be at most 256 MiB.
 * The key of a class is the profile. A job that would run longer than its walltime is cut to it, as
 * Batsim kills it then; without a walltime (or -1) the run time is the estimate. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "trace.h"

enum { MOST_BYTES = 256 << 20 };
enum { RUN, WALLTIME, PROCESSORS, N_COLUMNS };

static const char *const columns[] = {"run_s", "walltime_s", "processors"};

/* Where the scan for the lines of jobs stands. */
typedef struct scan {
    const char *at;
    int64_t line;
    int depth;
} scan;

typedef struct batsim_reader {
    trace_reader base;
    char *text;
    json_t *document;
    const json_t *jobs, *profiles;  // of the document
    size_t n_delivered;
    scan place;  // behind the beginning of the job in hand
    double value[N_COLUMNS];
} batsim_reader;

static const char cut[] = "cut to the walltime they had asked for";
static const char no_estimate[] = "without a walltime, so that the run time is taken";
static const char wrong_job[] = "left out because a value of the job is not what it should be";

/* ---- lines -------------------------------------------------------------------------------- */

/* Behind the string that begins at *at. */
static void skip_string(scan *s)
{
    for (s->at++; *s->at && *s->at != '"'; s->at++)
        s->at += *s->at == '\\' && s->at[1];
    s->at += *s->at == '"';
}

/* Goes on to the next character that begins or ends something, or a string; NULL at the end. What
 * it passes is well-formed JSON. */
static const char *advance(scan *s)
{
    for (;; s->at++) {
        s->line += *s->at == '\n';
        if (*s->at == '\0')
            return NULL;
        if (strchr("{}[]\"", *s->at))
            break;
    }
    const char *here = s->at;
    if (*here == '"') {
        skip_string(s);
        return here;
    }
    s->depth += *here == '{' || *here == '[' ? 1 : -1;
    s->at++;
    return here;
}

/* Behind the '[' of the list of jobs. */
static void find_jobs(scan *s)
{
    bool named = false;
    for (const char *p; (p = advance(s));) {
        if (named && *p == '[' && s->depth == 2)
            return;
        named = s->depth == 1 && *p == '"' && strncmp(p, "\"jobs\"", 6) == 0;
    }
}

/* Behind the beginning of the next job. */
static void find_next_job(scan *s)
{
    for (const char *p; (p = advance(s));)
        if ((*p == '{' || *p == '[') && s->depth == 3)
            return;
}

/* ---- jobs --------------------------------------------------------------------------------- */

static bool fail(batsim_reader *r, poise_error *err, const char *what, const char *why)
{
    r->base.wrong = wrong_job;
    lines_wrong(r->base.in, err, "%s %s", what, why);
    return false;
}

static bool read_number(batsim_reader *r, const json_t *map, const char *key, double least,
                        double most, double *value, poise_error *err)
{
    const json_t *node = json_object_get(map, key);
    *value = json_number_value(node);
    if (!node)
        return fail(r, err, key, "is missing");
    if (!json_is_number(node) || !(*value >= least && *value <= most))
        return fail(r, err, key, "is no number, or one that is not possible");
    return true;
}

static bool read_profile(batsim_reader *r, const char *name, double *run_s, poise_error *err)
{
    const json_t *profile = json_object_get(r->profiles, name);
    if (!profile)
        return fail(r, err, "the profile of the job", "is not there");
    const char *type = json_string_value(json_object_get(profile, "type"));
    if (!type || strcmp(type, "delay") != 0)
        return fail(r, err, "the profile of the job", "is of another type than delay");
    return read_number(r, profile, "delay", 1e-9, HORIZON_MAX_S, run_s, err);
}

/* A number, or text that ends in one behind "!": "w0!12". */
static int64_t id_of(const json_t *id, int64_t otherwise)
{
    if (json_is_integer(id))
        return json_integer_value(id);
    const char *text = json_string_value(id), *mark = text ? strrchr(text, '!') : NULL;
    const char *number = mark ? mark + 1 : text;
    if (!number || strspn(number, "0123456789") != strlen(number) || strlen(number) > 18 ||
        !*number)
        return otherwise;
    return strtoll(number, NULL, 10);
}

static bool read_walltime(batsim_reader *r, const json_t *job, poise_error *err)
{
    const json_t *walltime = json_object_get(job, "walltime");
    double *value = r->value;
    value[WALLTIME] = value[RUN];
    if (!walltime || json_number_value(walltime) == -1) {
        trace_count_add(&r->base.counts, no_estimate, 1, 0);
        return true;
    }
    if (!read_number(r, job, "walltime", 1e-9, HORIZON_MAX_S, &value[WALLTIME], err))
        return false;
    if (value[RUN] > value[WALLTIME])
        trace_count_add(&r->base.counts, cut, 1, r->base.in->number);
    value[RUN] = fmin(value[RUN], value[WALLTIME]);
    return true;
}

static bool read_job(batsim_reader *r, const json_t *job, trace_row *row, poise_error *err)
{
    double submit_s, *value = r->value;
    const char *profile = json_string_value(json_object_get(job, "profile"));
    if (!json_is_object(job))
        return fail(r, err, "the job", "is no map");
    if (!profile)
        return fail(r, err, "profile", "is missing");
    if (!read_number(r, job, "subtime", 0, HORIZON_MAX_S, &submit_s, err) ||
        !read_number(r, job, "res", 1, 1e6, &value[PROCESSORS], err) ||
        !read_profile(r, profile, &value[RUN], err) || !read_walltime(r, job, err))
        return false;
    *row = (trace_row){.arrival_ns = llround(submit_s * 1e9),
                       .id = id_of(json_object_get(job, "id"), row->id),
                       .line = r->base.in->number,
                       .key = profile,
                       .value = value};
    return true;
}

static trace_got next(trace_reader *base, trace_row *row, poise_error *err)
{
    batsim_reader *r = (batsim_reader *)base;
    if (r->n_delivered == json_array_size(r->jobs))
        return TRACE_END;
    find_next_job(&r->place);
    base->in->number = r->place.line;
    base->counts.lines++;
    row->id = (int64_t)r->n_delivered;
    const json_t *job = json_array_get(r->jobs, r->n_delivered++);
    return read_job(r, job, row, err) ? TRACE_ROW : TRACE_WRONG;
}

/* ---- the document ------------------------------------------------------------------------- */

static void free_reader(batsim_reader *r)
{
    json_decref(r->document);
    free(r->text);
    free(r);
}

static void close_reader(trace_reader *base)
{
    if (!base)
        return;
    lines_close(base->in);
    free_reader((batsim_reader *)base);
}

static bool read_document(batsim_reader *r, poise_error *err)
{
    lines *in = r->base.in;
    size_t length;
    json_error_t why;
    r->text = lines_rest(in, MOST_BYTES, &length, err);
    if (!r->text)
        return false;
    r->document = json_loadb(r->text, length, JSON_REJECT_DUPLICATES, &why);
    in->number = why.line > 0 ? why.line : 1;
    if (!r->document) {
        lines_wrong(in, err, "this is no JSON%s: %s",
                    (size_t)why.position >= length ? ", or the file is cut off" : "", why.text);
        return false;
    }
    r->jobs = json_object_get(r->document, "jobs");
    r->profiles = json_object_get(r->document, "profiles");
    in->number = 1;
    if (json_is_array(r->jobs) && json_is_object(r->profiles))
        return true;
    lines_wrong(in, err,
                "a workload of Batsim has a list `jobs` and a map `profiles`, this has not");
    return false;
}

static trace_reader *open_reader(lines *in, poise_error *err)
{
    batsim_reader *r = calloc(1, sizeof *r);
    if (!r)
        return error_null(err, "%s: error: there is no memory to read it", in->path);
    r->base.in = in;
    if (!read_document(r, err)) {
        free_reader(r);
        return NULL;
    }
    int64_t machines = json_integer_value(json_object_get(r->document, "nb_res"));
    r->base.header = (trace_header){.max_procs = machines > 0 && machines < 1e9 ? machines : 0,
                                    .unix_start_time = -1,
                                    .column = columns,
                                    .n_columns = N_COLUMNS,
                                    .n_own = N_COLUMNS};
    r->place = (scan){.at = r->text, .line = 1};
    find_jobs(&r->place);
    in->cut = false;
    return &r->base;
}

/* A document over several lines, or in one line with its jobs. */
static bool looks(const char *begin, size_t length)
{
    const char *end = begin + length, *p = begin;
    while (p < end && (lines_is_space(*p) || *p == '\n'))
        p++;
    return p < end && *p == '{' && !lines_first_has(p, (size_t)(end - p), "\"input_length\"");
}

const trace_format trace_batsim = {
    .name = "batsim",
    .about = "workloads of the simulator Batsim, in JSON, of jobs with profiles of type delay",
    .suffix = ".json",
    .looks = looks,
    .open = open_reader,
    .next = next,
    .close = close_reader,
    .size = "run_s",
    .estimate = "walltime_s",
    .cores = "processors",
};
