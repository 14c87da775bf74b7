/* swf.c - Standard Workload Format: a line a job, 18 numbers, -1 where unknown; lines from ';' on
 * are comments, those before the first job make the header. Chapin et al., "Benchmarks and
 * standards for the evaluation of parallel job schedulers", JSSPP 1999.
 *
 * What is taken: processors = requested if known, else allocated; estimate = requested time if
 * known, else the run time; a job that ran longer than its estimate is cut to it; jobs without a
 * run time or processors are left out, whatever their status says (a cancelled or failed job that
 * ran has used the machine). Memory = requested, else used, times processors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "error.h"
#include "trace.h"

enum { N_FIELDS = 18 };

enum { JOB_ID, SUBMIT, WAIT, RUN, PROCS, CPU, MEMORY, ASKED_PROCS, ASKED_TIME, ASKED_MEMORY };

static const char *const field_names[N_FIELDS] = {
    "job number",
    "submit time",
    "wait time",
    "run time",
    "allocated processors",
    "average CPU time",
    "used memory",
    "requested processors",
    "requested time",
    "requested memory",
    "status",
    "user",
    "group",
    "executable",
    "queue",
    "partition",
    "preceding job",
    "think time",
};

/* Columns of the rows: what is taken, then the fields as they stand. */
static const char *const columns[] = {
    "run_s",   "estimate_s", "processors",    "memory_bytes", "id",      "submit_s",
    "wait_s",  "run_field",  "allocated",     "cpu_s",        "used_kb", "asked",
    "asked_s", "asked_kb",   "status",        "user",         "group",   "executable",
    "queue",   "partition",  "preceding_job", "think_s",
};
enum { TAKEN = 4, N_COLUMNS = TAKEN + N_FIELDS };

enum { NO_RUN, NO_PROCS, CUT, NO_ESTIMATE, N_COUNTS };
static const char *const counted[N_COUNTS] = {
    "left out because their run time is unknown or 0",
    "left out because their processors are unknown or 0",
    "cut to the run time they had asked for",
    "without a requested time, so that the run time is taken",
};

typedef struct swf_reader {
    trace_reader base;
    double value[N_COLUMNS];
} swf_reader;

/* ---- numbers ------------------------------------------------------------------------------ */

static inline bool ends_field(char c)
{
    return lines_is_space(c) || c == '\n';
}

static int fail_field(trace_reader *r, int k, const char *p, const char *what, poise_error *err)
{
    size_t n = 0;
    while (!ends_field(p[n]))
        n++;
    r->wrong = "left out because a field is not what it should be";
    lines_wrong(r->in, err, "field %d (%s) is '%s', %s", k + 1, field_names[k],
                lines_show(p, n).text, what);
    return -1;
}

/* Where field k of the line in hand begins. */
static const char *field_at(const trace_reader *r, int k)
{
    const char *p = r->in->text;
    for (;; k--) {
        while (lines_is_space(*p))
            p++;
        if (k == 0)
            return p;
        while (!ends_field(*p))
            p++;
    }
}

static int count_words(const char *p)
{
    int n = 0;
    while (*p != '\n') {
        while (lines_is_space(*p))
            p++;
        n += *p != '\n';
        while (!ends_field(*p))
            p++;
    }
    return n;
}

static int fail_count(trace_reader *r, poise_error *err)
{
    r->wrong = "left out because they have too many or too few fields";
    lines_wrong(r->in, err, "the line has %d fields, a job has %d", count_words(r->in->text),
                N_FIELDS);
    return -1;
}

/* The field that begins at p is not a number; a file of another kind shows in its first line. */
static int fail_number(trace_reader *r, int k, const char *p, poise_error *err)
{
    if (memchr(r->in->text, 0, r->in->length)) {
        r->wrong = "left out because there is a zero byte in them";
        lines_wrong(r->in, err, "there is a zero byte in the line: this is not a text file");
        return -1;
    }
    return fail_field(r, k, p,
                      r->counts.lines > 1
                          ? "not a number"
                          : "not a number: is this a trace in Standard Workload Format?",
                      err);
}

/* The line in hand into its fields. Most of them are -1. */
static int split(trace_reader *r, double value[N_FIELDS], poise_error *err)
{
    const char *p = r->in->text;
    for (int k = 0; k < N_FIELDS; k++) {
        while (lines_is_space(*p))
            p++;
        if (p[0] == '-' && p[1] == '1' && ends_field(p[2])) {
            value[k] = -1;
            p += 2;
            continue;
        }
        const char *after = decimal_read(p, &value[k]);
        if (!after || !ends_field(*after))
            return *p == '\n' ? fail_count(r, err) : fail_number(r, k, p, err);
        if (after - p > DECIMAL_DIGITS && value[k] - value[k] != 0)
            return fail_field(r, k, p, "too large a number", err);
        p = after;
    }
    while (lines_is_space(*p))
        p++;
    return *p == '\n' ? 1 : fail_count(r, err);
}

/* ---- header ------------------------------------------------------------------------------- */

/* "; Key: 123" -> 123; -1 if the line has another key or no number. */
static int64_t directive(const char *p, const char *key)
{
    double value;
    size_t n = strlen(key);
    while (*p == ';' || lines_is_space(*p))
        p++;
    if (strncmp(p, key, n) != 0 || p[n] != ':')
        return -1;
    for (p += n + 1; lines_is_space(*p);)
        p++;
    const char *after = decimal_read(p, &value);
    return after && ends_field(*after) && value >= 0 && value < 1e18 ? (int64_t)value : -1;
}

/* Blank lines and comments are no jobs. */
static bool is_job(const trace_reader *r)
{
    const char *p = r->in->text;
    while (lines_is_space(*p))
        p++;
    return *p != '\n' && *p != ';';
}

/* Reads up to the first job, which stays pending. */
static bool read_header(trace_reader *r, poise_error *err)
{
    int64_t procs = -1, nodes = -1, start = -1;
    int got;
    while ((got = lines_next(r->in, err)) == 1 && !is_job(r)) {
        procs = procs < 0 ? directive(r->in->text, "MaxProcs") : procs;
        nodes = nodes < 0 ? directive(r->in->text, "MaxNodes") : nodes;
        start = start < 0 ? directive(r->in->text, "UnixStartTime") : start;
    }
    r->header.max_procs = procs > 0 ? procs : nodes > 0 ? nodes : 0;
    r->header.unix_start_time = start;
    r->in->pending = got == 1;
    if (got == 0)
        error_add(err, "%s: error: there are no jobs in it: %s", r->in->path,
                  r->in->number == 0 ? "the file is empty" : "all lines are comments or blank");
    return got == 1;
}

/* ---- jobs --------------------------------------------------------------------------------- */

static double known(double first, double second)
{
    return first > 0 ? first : second > 0 ? second : 0;
}

/* Times that the clock cannot hold, processors and memory that cannot be counted. */
static int check(trace_reader *r, const double *value, poise_error *err)
{
    static const int times[] = {SUBMIT, RUN, ASKED_TIME};
    double procs = known(value[ASKED_PROCS], value[PROCS]);
    int procs_field = value[ASKED_PROCS] > 0 ? ASKED_PROCS : PROCS;
    int memory_field = value[ASKED_MEMORY] > 0 ? ASKED_MEMORY : MEMORY;
    int wrong = -1;
    const char *what = "";
    for (int i = 0; i < 3; i++)
        if (value[times[i]] > HORIZON_MAX_S) {
            wrong = times[i];
            what = "more seconds than a simulation can last (9.2e9)";
        }
    if (value[SUBMIT] < 0) {
        wrong = SUBMIT;
        what = "it must not be negative";
    } else if (procs > INT32_MAX || procs != (double)(int64_t)procs) {
        wrong = procs_field;
        what = "it must be a whole number up to 2147483647";
    } else if (value[memory_field] * 1024 * procs > 9e18) {
        wrong = memory_field;
        what = "more KB per processor than can be counted";
    }
    if (wrong < 0)
        return 1;
    return fail_field(r, wrong, field_at(r, wrong), what, err);
}

/* Whole seconds are exact. */
static int64_t nanoseconds(double s)
{
    int64_t whole = (int64_t)s;
    double part = s - (double)whole;
    return whole * NS_PER_S + (part > 0 ? llround(part * 1e9) : 0);
}

/* The row of a line, counted; false if it is to be left out. */
static bool take(swf_reader *r, const double *value, trace_row *row)
{
    trace_count *n = r->base.counts.count;
    double procs = known(value[ASKED_PROCS], value[PROCS]);
    double run = value[RUN], estimate = known(value[ASKED_TIME], run);
    n[NO_RUN].n += run <= 0;
    n[NO_PROCS].n += run > 0 && procs <= 0;
    if (run <= 0 || procs <= 0)
        return false;
    n[NO_ESTIMATE].n += value[ASKED_TIME] <= 0;
    n[CUT].n += run > estimate;
    double memory = known(value[ASKED_MEMORY], value[MEMORY]) * 1024 * procs;
    r->value[0] = run < estimate ? run : estimate;
    r->value[1] = estimate;
    r->value[2] = procs;
    r->value[3] = memory > 0 ? memory : NAN;
    row->arrival_ns = nanoseconds(value[SUBMIT]);
    row->id = (int64_t)value[JOB_ID];
    row->line = r->base.in->number;
    row->key = "";
    row->value = r->value;
    return true;
}

static trace_got next(trace_reader *base, trace_row *row, poise_error *err)
{
    swf_reader *r = (swf_reader *)base;
    double *value = r->value + TAKEN;
    for (;;) {
        int got = lines_next(base->in, err);
        if (got <= 0)
            return got == 0 ? TRACE_END : TRACE_FAILED;
        if (!is_job(base))
            continue;
        base->counts.lines++;
        if (split(base, value, err) < 0 || check(base, value, err) < 0)
            return TRACE_WRONG;
        if (take(r, value, row))
            return TRACE_ROW;
    }
}

/* ---- the file ----------------------------------------------------------------------------- */

/* A comment from ; on, or a line that begins with two numbers. */
static bool looks(const char *begin, size_t length)
{
    const char *p = begin, *end = begin + length;
    double value;
    while (p < end && (lines_is_space(*p) || *p == '\n'))
        p++;
    if (p == end || *p == ';')
        return p < end;
    for (int k = 0; k < 2; k++) {
        p = decimal_read(p, &value);
        if (!p || !lines_is_space(*p))
            return false;
        while (lines_is_space(*p))
            p++;
    }
    return true;
}

static void close_reader(trace_reader *r)
{
    if (r)
        lines_close(r->in);
    free(r);
}

static trace_reader *open_reader(lines *in, poise_error *err)
{
    swf_reader *r = calloc(1, sizeof *r);
    if (!r)
        return error_null(err, "%s: error: there is no memory to read it", in->path);
    r->base.in = in;
    r->base.header = (trace_header){.column = columns, .n_columns = N_COLUMNS, .n_own = N_COLUMNS};
    for (int k = 0; k < N_COUNTS; k++)
        trace_count_add(&r->base.counts, counted[k], 0, 0);
    if (read_header(&r->base, err))
        return &r->base;
    free(r);
    return NULL;
}

const trace_format trace_swf = {
    .name = "swf",
    .about = "Standard Workload Format of the Parallel Workloads Archive",
    .suffix = ".swf",
    .looks = looks,
    .open = open_reader,
    .next = next,
    .close = close_reader,
    .size = "run_s",
    .estimate = "estimate_s",
    .memory = "memory_bytes",
    .cores = "processors",
};
