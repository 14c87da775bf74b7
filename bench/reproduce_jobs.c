/* reproduce_jobs.c - a published schedule against ours, job by job. Its jobs and ours stand in
 * order of submission. */
#include "reproduce.h"

#include "error.h"
#include "file.h"
#include "listen.h"
#include "numbers.h"
#include "pool.h"
#include "state.h"
#include "trial.h"
#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_LIMIT (256LL << 20)
enum { MOST_COLUMNS = 64 };

/* A job of theirs. */
typedef struct job {
    int64_t submitted_ns, started_ns, finished_ns;
    const char *processors;  // NULL: they are not compared
    int line;
    bool misplaced;  // ours runs on others
} job;

typedef struct schedule {
    char *text;  // of the file; processors point into it
    job *job;    // (n)
    int64_t n;
} schedule;

/* ---- theirs ------------------------------------------------------------------------------- */

/* Cuts the line at its commas. */
static int split(char *line, char *field[MOST_COLUMNS])
{
    int n = 0;
    for (char *rest = line; rest && n < MOST_COLUMNS; n++)
        field[n] = strsep(&rest, ",");
    return n;
}

static int column_called(char *const *head, int n, const char *name, const char *path,
                         poise_error *err)
{
    for (int i = 0; name && i < n; i++)
        if (strcmp(head[i], name) == 0)
            return i;
    if (name)
        error_add(err, "%s has no column '%s'", path, name);
    return -1;
}

static bool read_time(const char *path, int line, const char *text, int64_t *ns, poise_error *err)
{
    double s;
    if (units_real(text, &s) != UNITS_OK || fabs(s) > 9e9)
        return error_null(err, "%s:%d: '%.40s' is no time", path, line, text);
    *ns = llround(s * 1e9);
    return true;
}

/* Where the columns stand. */
typedef struct columns {
    int submitted, started, finished, processors;  // the last may be -1
    int n;
} columns;

static bool read_job(const reproduce_jobs *jobs, const columns *c, char *line, job *to,
                     poise_error *err)
{
    char *field[MOST_COLUMNS] = {0};
    const int n = split(line, field);
    if (n != c->n)
        return error_null(err, "%s:%d: %d fields instead of %d", jobs->path, to->line, n, c->n);
    to->processors = c->processors < 0 ? NULL : field[c->processors];
    return read_time(jobs->path, to->line, field[c->submitted], &to->submitted_ns, err) &&
           read_time(jobs->path, to->line, field[c->started], &to->started_ns, err) &&
           read_time(jobs->path, to->line, field[c->finished], &to->finished_ns, err);
}

static char *next_line(char **rest)
{
    char *line = strsep(rest, "\n");
    if (line)
        line[strcspn(line, "\r")] = 0;
    return line;
}

static bool read_columns(const reproduce_jobs *jobs, char *head, columns *c, poise_error *err)
{
    char *field[MOST_COLUMNS];
    error_clear(err);
    c->n = split(head, field);
    c->submitted = column_called(field, c->n, jobs->submitted, jobs->path, err);
    c->started = column_called(field, c->n, jobs->started, jobs->path, err);
    c->finished = column_called(field, c->n, jobs->finished, jobs->path, err);
    c->processors = column_called(field, c->n, jobs->processors, jobs->path, err);
    return !err->text[0];
}

static int by_submission(const void *a, const void *b)
{
    const job *x = a, *y = b;
    const int order = (x->submitted_ns > y->submitted_ns) - (x->submitted_ns < y->submitted_ns);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static bool read_schedule(const reproduce_jobs *jobs, schedule *s, poise_error *err)
{
    size_t n_bytes;
    columns c;
    s->text = file_read(jobs->path, TABLE_LIMIT, &n_bytes, err);
    char *rest = s->text, *head = rest ? next_line(&rest) : NULL;
    if (!head || !read_columns(jobs, head, &c, err))
        return false;
    size_t most = 1;
    for (const char *at = rest; at && (at = strchr(at, '\n')); at++)
        most++;
    s->job = error_must(calloc(most, sizeof *s->job));
    for (int line = 2; rest; line++) {
        char *text = next_line(&rest);
        s->job[s->n].line = line;
        if (*text && !read_job(jobs, &c, text, &s->job[s->n++], err))
            return false;
    }
    qsort(s->job, (size_t)s->n, sizeof *s->job, by_submission);
    return true;
}

/* ---- ours --------------------------------------------------------------------------------- */

/* The numbers in a set, as "4-7 9". */
static void print_set(const poise_env *e, const uint64_t *set, string_buffer *out)
{
    for (int k = 0, end; k < 64 * e->set_words; k = end + 1) {
        for (end = k; end < 64 * e->set_words && set[end / 64] >> end % 64 & 1;)
            end++;
        if (end > k)
            string_add(out, end > k + 1 ? "%s%d-%d" : "%s%d", out->length ? " " : "", k, end - 1);
    }
}

/* What is heard while ours run. */
typedef struct hearing {
    const poise_env *env;
    schedule *theirs;
} hearing;

static int slot_of(const poise_env *e, int64_t record)
{
    int slot = 0;
    while (e->run[slot].state != TASK_RUNNING || e->task[slot].id != record)
        slot++;
    return slot;
}

/* Where a job starts it gets its processors. */
static void hear(void *data, const task_event *event)
{
    const hearing *h = data;
    if (event->turn != TURN_STARTS || event->record >= h->theirs->n)
        return;
    job *theirs = &h->theirs->job[event->record];
    if (!theirs->processors)
        return;
    string_buffer held = {0};
    print_set(h->env, numbers_held(h->env, slot_of(h->env, event->record)), &held);
    theirs->misplaced |= strcmp(held.at ? held.at : "", theirs->processors) != 0;
    string_free(&held);
}

static bool is_near(int64_t a, int64_t b, int64_t within)
{
    return llabs(a - b) <= within;
}

static int64_t count_met(const schedule *s, const poise_episode *ep, int64_t within_ns)
{
    int64_t n = 0;
    for (int64_t k = 0; k < s->n; k++) {
        const poise_record *r = &ep->record[k];
        const job *theirs = &s->job[k];
        n += is_near(r->arrived_ns, theirs->submitted_ns, within_ns) &&
             is_near(r->started_ns, theirs->started_ns, within_ns) &&
             is_near(r->finished_ns, theirs->finished_ns, within_ns) && !theirs->misplaced;
    }
    return n;
}

static double compare(const trial *t, poise_env *e, const reproduce_jobs *jobs, schedule *s,
                      poise_error *err)
{
    if (jobs->processors && e->set_words == 0) {
        error_add(err, "the scenario does not name processors");
        return NAN;
    }
    hearing h = {e, s};
    const env_listener listener = {.data = &h, .task = hear};
    env_listen(e, &listener);
    trial_result result = trial_run(t, e, NULL, &pool_stopping);
    env_listen(e, NULL);
    const poise_episode ep = poise_env_episode(e);
    double met = NAN;
    if (result.status != TRIAL_OK)
        error_add(err, "%s", result.error);
    else if (ep.n_records != s->n)
        error_add(err, "%" PRId64 " jobs, of theirs there are %" PRId64, ep.n_records, s->n);
    else
        met = (double)count_met(s, &ep, jobs->within_ns);
    trial_result_free(&result);
    return met;
}

double reproduce_count(const poise_scenario *s, const char *agent, int64_t seed,
                       const reproduce_jobs *jobs, poise_error *err)
{
    schedule theirs = {0};
    if (!jobs->path) {
        error_add(err, "there is no data set '%s'", jobs->file);
        return NAN;
    }
    const trial t = {.scenario = s, .agent = agent, .seed = seed};
    poise_env *e = read_schedule(jobs, &theirs, err) ? poise_env_new(s, err) : NULL;
    const double met = e ? compare(&t, e, jobs, &theirs, err) : NAN;
    poise_env_free(e);
    free(theirs.job);
    free(theirs.text);
    return met;
}
