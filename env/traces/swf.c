/* swf.c - Standard Workload Format: a line a job, 18 numbers, -1 where unknown; lines from ';' on
 * are comments, those before the first job make the header. Chapin et al., "Benchmarks and
 * standards for the evaluation of parallel job schedulers", JSSPP 1999.
 *
 * A fixed buffer runs over the file, plain or gzip; numbers are read where they stand.
 *
 * What is taken: processors = requested if known, else allocated; estimate = requested time if
 * known, else the run time; a job that ran longer than its estimate is cut to it; jobs without a
 * run time or processors are left out, whatever their status says (a cancelled or failed job that
 * ran has used the machine). Memory = requested, else used, times processors. */
#include "error.h"
#include "trace.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { N_FIELDS = 18, MAX_DIGITS = 18, BUFFER_BYTES = 256 * 1024 };

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

struct trace_reader {
    gzFile file;
    char *path;
    trace_header header;
    trace_counts counts;
    int64_t line;       // number of the line in hand, from 1
    size_t begin, end;  // what of the buffer is still unread
    bool ended;         // the file has no more
    bool pending;       // the line in hand has not been delivered yet
    const char *text;   // the line in hand, up to and with its newline
    size_t length;      // without the newline
    char buffer[BUFFER_BYTES + 1];
};

/* ---- lines -------------------------------------------------------------------------------- */

static int fail_reading(const trace_reader *r, poise_error *err)
{
    long long line = r->line;
    int code = Z_OK;
    const char *text = gzerror(r->file, &code);
    if (code == Z_ERRNO)
        error_add(err, "%s: error: cannot be read: %s", r->path, strerror(errno));
    else if (code == Z_BUF_ERROR)
        error_add(err, "%s:%lld: error: the compressed file is cut off after here", r->path, line);
    else
        error_add(err, "%s:%lld: error: the compressed file is damaged after here: %s", r->path,
                  line, text);
    return -1;
}

/* Moves what is left to the front and fills the rest. A last line without newline gets one. */
static int refill(trace_reader *r, poise_error *err)
{
    size_t left = r->end - r->begin, room = BUFFER_BYTES - left;
    memmove(r->buffer, r->buffer + r->begin, left);
    r->begin = 0;
    r->end = left;
    int got = gzread(r->file, r->buffer + left, (unsigned)room);
    int code = Z_OK;
    if (got < (int)room)
        gzerror(r->file, &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
        return fail_reading(r, err);
    r->end += (size_t)got;
    r->ended = got < (int)room;
    if (r->ended && r->end > 0 && r->buffer[r->end - 1] != '\n')
        r->buffer[r->end++] = '\n';
    return 1;
}

/* The next line into text and length: 1, at the end 0, on error -1. */
static int next_line(trace_reader *r, poise_error *err)
{
    char *newline = memchr(r->buffer + r->begin, '\n', r->end - r->begin);
    if (!newline && !r->ended) {
        if (refill(r, err) < 0)
            return -1;
        newline = memchr(r->buffer, '\n', r->end);
    }
    if (!newline && !r->ended) {
        error_add(err, "%s:%lld: error: the line is longer than %d bytes: this is no trace",
                  r->path, (long long)r->line + 1, BUFFER_BYTES);
        return -1;
    }
    if (!newline)
        return 0;
    r->text = r->buffer + r->begin;
    r->length = (size_t)(newline - r->text);
    r->begin += r->length + 1;
    r->line++;
    return 1;
}

/* ---- numbers ------------------------------------------------------------------------------ */

static inline bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static inline bool ends_field(char c)
{
    return is_space(c) || c == '\n';
}

static inline unsigned digit(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

static int fail_field(const trace_reader *r, int k, const char *p, const char *what,
                      poise_error *err)
{
    char word[25];
    int n = 0;
    for (; !ends_field(p[n]) && n < 24; n++)
        word[n] = p[n] >= ' ' && p[n] <= '~' ? p[n] : '?';
    word[n] = '\0';
    const char *more = ends_field(p[n]) ? "" : "...";
    error_add(err, "%s:%lld: error: field %d (%s) is '%s%s', %s", r->path, (long long)r->line,
              k + 1, field_names[k], word, more, what);
    return -1;
}

/* Where field k of the line in hand begins. */
static const char *field_at(const trace_reader *r, int k)
{
    const char *p = r->text;
    for (;; k--) {
        while (is_space(*p))
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
        while (is_space(*p))
            p++;
        n += *p != '\n';
        while (!ends_field(*p))
            p++;
    }
    return n;
}

static int fail_count(const trace_reader *r, poise_error *err)
{
    error_add(err, "%s:%lld: error: the line has %d fields, a job has %d", r->path,
              (long long)r->line, count_words(r->text), N_FIELDS);
    return -1;
}

/* The field that begins at p is not a number; a file of another kind shows in its first line. */
static int fail_number(const trace_reader *r, int k, const char *p, poise_error *err)
{
    if (memchr(r->text, 0, r->length)) {
        error_add(err, "%s:%lld: error: there is a zero byte in the line: this is not a text file",
                  r->path, (long long)r->line);
        return -1;
    }
    return fail_field(r, k, p,
                      r->counts.lines > 1
                          ? "not a number"
                          : "not a number: is this a trace in Standard Workload Format?",
                      err);
}

/* From the digits after the point on; those that a number cannot hold only have to be digits. */
static const char *read_fraction(const char *p, uint64_t whole, int digits, double *value)
{
    static const double power[MAX_DIGITS + 1] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                                 1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                                 1e14, 1e15, 1e16, 1e17, 1e18};
    int places = 0;
    for (; digit(*p) < 10; p++)
        if (digits + places < MAX_DIGITS) {
            whole = whole * 10 + digit(*p);
            places++;
        }
    *value = (double)whole / power[places];
    return p;
}

/* The number at p, digits with at most one point: where it ends, NULL if it is none. One with more
 * digits than fit is infinite. */
static inline const char *read_number(const char *p, double *value)
{
    bool negative = *p == '-';
    const char *first = p += negative;
    uint64_t whole = 0;
    for (; digit(*p) < 10; p++)
        whole = whole * 10 + digit(*p);
    long digits = p - first;
    double x = (double)(int64_t)whole;
    if (digits == 0)
        return NULL;
    if (*p == '.')
        p = read_fraction(p + 1, whole, digits < MAX_DIGITS ? (int)digits : MAX_DIGITS, &x);
    if (digits > MAX_DIGITS)
        x = __builtin_inf();
    *value = negative ? -x : x;
    return ends_field(*p) ? p : NULL;
}

/* The line in hand into its fields. Most of them are -1. */
static int split(const trace_reader *r, double value[N_FIELDS], poise_error *err)
{
    const char *p = r->text;
    for (int k = 0; k < N_FIELDS; k++) {
        while (is_space(*p))
            p++;
        if (p[0] == '-' && p[1] == '1' && ends_field(p[2])) {
            value[k] = -1;
            p += 2;
            continue;
        }
        const char *after = read_number(p, &value[k]);
        if (!after)
            return *p == '\n' ? fail_count(r, err) : fail_number(r, k, p, err);
        if (after - p > MAX_DIGITS && value[k] - value[k] != 0)
            return fail_field(r, k, p, "too large a number", err);
        p = after;
    }
    while (is_space(*p))
        p++;
    return *p == '\n' ? 1 : fail_count(r, err);
}

/* ---- header ------------------------------------------------------------------------------- */

/* "; Key: 123" -> 123; -1 if the line has another key or no number. */
static int64_t directive(const char *p, const char *key)
{
    double value;
    size_t n = strlen(key);
    while (*p == ';' || is_space(*p))
        p++;
    if (strncmp(p, key, n) != 0 || p[n] != ':')
        return -1;
    for (p += n + 1; is_space(*p);)
        p++;
    return read_number(p, &value) && value >= 0 && value < 1e18 ? (int64_t)value : -1;
}

/* Blank lines and comments are no jobs. */
static bool is_job(const trace_reader *r)
{
    const char *p = r->text;
    while (is_space(*p))
        p++;
    return *p != '\n' && *p != ';';
}

/* Reads up to the first job, which stays pending. */
static bool read_header(trace_reader *r, poise_error *err)
{
    int64_t procs = -1, nodes = -1, start = -1;
    int got;
    while ((got = next_line(r, err)) == 1 && !is_job(r)) {
        procs = procs < 0 ? directive(r->text, "MaxProcs") : procs;
        nodes = nodes < 0 ? directive(r->text, "MaxNodes") : nodes;
        start = start < 0 ? directive(r->text, "UnixStartTime") : start;
    }
    r->header.max_procs = procs > 0 ? procs : nodes > 0 ? nodes : 0;
    r->header.unix_start_time = start;
    r->pending = got == 1;
    if (got == 0)
        error_add(err, "%s: error: there are no jobs in it: %s", r->path,
                  r->line == 0 ? "the file is empty" : "all lines are comments or blank");
    return got == 1;
}

/* ---- jobs --------------------------------------------------------------------------------- */

static double known(double first, double second)
{
    return first > 0 ? first : second > 0 ? second : 0;
}

/* Times that the clock cannot hold, processors and memory that cannot be counted. */
static int check(const trace_reader *r, const double *value, poise_error *err)
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
    return whole * NS_PER_S + llround((s - (double)whole) * 1e9);
}

/* The job of a line, counted; false if it is to be left out. */
static bool take(const double *value, trace_job *job, trace_counts *n)
{
    double procs = known(value[ASKED_PROCS], value[PROCS]);
    double run = value[RUN], estimate = known(value[ASKED_TIME], run);
    n->dropped_no_run += run <= 0;
    n->dropped_no_procs += run > 0 && procs <= 0;
    if (run <= 0 || procs <= 0)
        return false;
    n->jobs++;
    n->no_estimate += value[ASKED_TIME] <= 0;
    n->cut_to_estimate += run > estimate;
    double memory = known(value[ASKED_MEMORY], value[MEMORY]) * 1024 * procs;
    *job = (trace_job){.arrival_ns = nanoseconds(value[SUBMIT]),
                       .size = run < estimate ? run : estimate,
                       .estimate = estimate,
                       .memory_bytes = (int64_t)memory,
                       .cores = (int32_t)procs};
    return true;
}

static int next(trace_reader *r, trace_job *job, int64_t *id, poise_error *err)
{
    double value[N_FIELDS];
    for (;;) {
        int got = r->pending ? 1 : next_line(r, err);
        r->pending = false;
        if (got <= 0)
            return got;
        if (!is_job(r))
            continue;
        r->counts.lines++;
        if (split(r, value, err) < 0 || check(r, value, err) < 0)
            return -1;
        *id = (int64_t)value[JOB_ID];
        if (take(value, job, &r->counts))
            return 1;
    }
}

/* ---- the file ----------------------------------------------------------------------------- */

static void close_file(trace_reader *r)
{
    if (!r)
        return;
    gzclose(r->file);
    free(r->path);
    free(r);
}

static gzFile open_file(const char *path, poise_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return error_null(err, "%s: error: this is a directory, a trace is a file", path);
    gzFile file = gzopen(path, "rb");
    if (!file)
        return error_null(err, "%s: error: cannot be opened: %s", path, strerror(errno));
    gzbuffer(file, BUFFER_BYTES);
    return file;
}

static trace_reader *open_trace(const char *path, poise_error *err)
{
    gzFile file = open_file(path, err);
    if (!file)
        return NULL;
    trace_reader *r = calloc(1, sizeof *r);
    char *copy = strdup(path);
    if (!r || !copy) {
        gzclose(file);
        free(r);
        free(copy);
        return error_null(err, "%s: error: there is no memory to read it", path);
    }
    r->file = file;
    r->path = copy;
    if (read_header(r, err))
        return r;
    close_file(r);
    return NULL;
}

static const trace_header *header(const trace_reader *r)
{
    return &r->header;
}

static const trace_counts *counts(const trace_reader *r)
{
    return &r->counts;
}

static const char *const suffixes[] = {".swf", NULL};

const trace_format trace_swf = {
    .name = "swf",
    .about = "Standard Workload Format of the Parallel Workloads Archive",
    .suffixes = suffixes,
    .open = open_trace,
    .next = next,
    .header = header,
    .counts = counts,
    .close = close_file,
};
