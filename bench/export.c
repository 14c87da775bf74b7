/* export.c - see export.h. */
#include "export.h"

#include "scenario.h"
#include "units.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- what is heard ------------------------------------------------------------------------ */

static void hear_job(void *data, const arrival *a, int64_t first_record)
{
    export_log *log = data;
    const int n = log->scenario->n_resources;
    log->job = arena_grow(log->memory, log->job, log->n_jobs, sizeof *log->job);
    export_job *job = &log->job[log->n_jobs++];
    *job = (export_job){.came = *a, .first_record = first_record};
    if (n > 0 && a->resources) {
        int64_t *own = arena_take(log->memory, (size_t)n, sizeof *own);
        memcpy(own, a->resources, (size_t)n * sizeof *own);
        job->came.resources = own;
    }
}

static void hear_device(void *data, int64_t now_ns, int group, int device, device_turn turn)
{
    export_log *log = data;
    log->event = arena_grow(log->memory, log->event, log->n_events, sizeof *log->event);
    log->event[log->n_events++] = (export_event){now_ns, group, device, turn};
}

void export_listen(export_log *log, const poise_scenario *s, poise_env *e, arena *memory)
{
    *log = (export_log){
        .scenario = s,
        .memory = memory,
        .listener = {.data = log, .job = hear_job, .device = hear_device},
    };
    env_listen(e, &log->listener);
}

bool export_reacts(const poise_scenario *s)
{
    for (int k = 0; k < s->n_sources; k++)
        if (s->source[k].type->left)
            return true;
    return false;
}

/* ---- cells -------------------------------------------------------------------------------- */

void export_seconds(string_buffer *out, int64_t ns)
{
    char text[40];
    int n = snprintf(text, sizeof text, "%lld.%09lld", ns / NS_PER_S, ns % NS_PER_S);
    while (text[n - 1] == '0')
        n--;
    n -= text[n - 1] == '.';
    string_add(out, "%.*s", n, text);
}

/* The same in a cell that is empty for what has not happened. */
static void add_time_cell(string_buffer *out, int64_t ns)
{
    string_add(out, ",");
    if (ns >= 0)
        export_seconds(out, ns);
}

static void add_real_cell(string_buffer *out, double value)
{
    char text[32];
    units_print_real(value, text, sizeof text);
    string_add(out, ",%s", text);
}

/* ---- jobs --------------------------------------------------------------------------------- */

static bool is_over(int fate)
{
    return fate != POISE_WAITING && fate != POISE_IN_SERVICE;
}

/* A job whose tasks run one by one begins with the first and is done with the last of them; one of
 * them that is dropped, refused or killed takes the others along. */
static export_end end_of_all(const poise_record *r, int64_t n)
{
    export_end e = {.started_ns = -1, .finished_ns = -1, .group = -1, .device = -1, .profile = -1};
    e.fate = POISE_FINISHED;
    for (int64_t k = 0; k < n; k++) {
        if (r[k].started_ns >= 0 && (e.started_ns < 0 || r[k].started_ns < e.started_ns))
            e.started_ns = r[k].started_ns;
        if (r[k].finished_ns > e.finished_ns)
            e.finished_ns = r[k].finished_ns;
        if (r[k].fate != POISE_FINISHED && (e.fate == POISE_FINISHED || is_over(r[k].fate)))
            e.fate = r[k].fate;
    }
    if (e.fate == POISE_WAITING && e.started_ns >= 0)
        e.fate = POISE_IN_SERVICE;
    if (e.fate != POISE_FINISHED)
        e.finished_ns = -1;
    return e;
}

int64_t export_records_of(const export_log *log, const poise_episode *ep, size_t job)
{
    const int64_t next = job + 1 < log->n_jobs ? log->job[job + 1].first_record : ep->n_records;
    return next - log->job[job].first_record;
}

export_end export_end_of(const export_log *log, const poise_episode *ep, size_t job)
{
    const export_job *j = &log->job[job];
    const poise_record *r = &ep->record[j->first_record];
    if (log->scenario->classes[j->came.class_id].graph)
        return end_of_all(r, export_records_of(log, ep, job));
    return (export_end){r->started_ns, r->finished_ns, r->group, r->device, r->profile, r->fate};
}

static int64_t due_ns(const poise_episode *ep, const export_job *j)
{
    const int64_t due = ep->more ? ep->more[j->first_record].deadline_ns : INT64_MAX;
    return due == INT64_MAX ? -1 : due - j->came.time_ns;
}

static void add_head(string_buffer *out, const poise_scenario *s)
{
    string_add(out, "arrival_s,class,size,estimate,cores,memory_bytes,deadline_s,id");
    for (int k = 0; k < s->n_resources; k++)
        string_add(out, ",%s", s->resource_name[k]);
    string_add(out, ",started_s,finished_s,group,device,profile,outcome\n");
}

static void add_came(string_buffer *out, const poise_scenario *s, const poise_episode *ep,
                     const export_job *j, size_t number)
{
    const arrival *a = &j->came;
    const scenario_class *c = &s->classes[a->class_id];
    const int64_t *resources = a->resources ? a->resources : c->resources;
    export_seconds(out, a->time_ns);
    string_add(out, ",%s", c->name);
    add_real_cell(out, a->size);
    add_real_cell(out, a->estimate);
    string_add(out, ",%d,%" PRId64, a->cores, a->memory_bytes);
    add_time_cell(out, due_ns(ep, j));
    string_add(out, ",%zu", number);
    for (int k = 0; k < s->n_resources; k++)
        string_add(out, ",%" PRId64, resources ? resources[k] : 0);
}

static void add_profile(string_buffer *out, const scenario_class *c, int profile)
{
    if (profile < 0 || profile >= c->n_profiles)
        string_add(out, ",");
    else if (c->profile[profile].name[0])
        string_add(out, ",%s", c->profile[profile].name);
    else
        string_add(out, ",%d", profile);
}

static void add_went(string_buffer *out, const poise_scenario *s, int class_id, export_end e)
{
    static const char *const fates[] = {
        [POISE_WAITING] = "waiting",   [POISE_IN_SERVICE] = "in_service",
        [POISE_FINISHED] = "finished", [POISE_DROPPED] = "dropped",
        [POISE_REJECTED] = "rejected", [POISE_KILLED] = "killed",
    };
    add_time_cell(out, e.started_ns);
    add_time_cell(out, e.finished_ns);
    if (e.group >= 0)
        string_add(out, ",%s,%d", s->group[e.group].name, e.device);
    else
        string_add(out, ",,");
    add_profile(out, &s->classes[class_id], e.group >= 0 ? e.profile : -1);
    string_add(out, ",%s\n", fates[e.fate]);
}

void export_jobs(string_buffer *out, const export_log *log, const poise_episode *ep)
{
    const poise_scenario *s = log->scenario;
    add_head(out, s);
    for (size_t k = 0; k < log->n_jobs; k++) {
        add_came(out, s, ep, &log->job[k], k);
        add_went(out, s, log->job[k].came.class_id, export_end_of(log, ep, k));
    }
}

/* ---- events ------------------------------------------------------------------------------- */

void export_events(string_buffer *out, const export_log *log)
{
    static const char *const turns[] = {
        [DEVICE_FAILS] = "fail",   [DEVICE_IS_REPAIRED] = "repair", [DEVICE_POWERS_DOWN] = "down",
        [DEVICE_SLEEPS] = "sleep", [DEVICE_BOOTS] = "boot",         [DEVICE_IS_AWAKE] = "wake",
    };
    string_add(out, "time_s,event,group,device\n");
    for (size_t k = 0; k < log->n_events; k++) {
        const export_event *e = &log->event[k];
        export_seconds(out, e->time_ns);
        string_add(out, ",%s,%s,%d\n", turns[e->turn], log->scenario->group[e->group].name,
                   e->device);
    }
}

/* ---- scenario ----------------------------------------------------------------------------- */

/* The resolved text of the scenario on its way to another one. */
typedef struct rewriting {
    string_buffer *out;
    const export_log *log;
    export_name as;
    bool time_was_up;  // before all jobs had come
    char section[32];  // that the line in hand is of
    bool in_classes, in_sources;
    int class_id;    // whose lines these are, -1 none
    bool says_size;  // it has one of its own, or is a graph
} rewriting;

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* What agents know of a class whose sources said the sizes was the mean of what they deliver: it
 * stays what it was. */
static void close_class(rewriting *w)
{
    if (w->class_id < 0 || w->says_size)
        return;
    const double mean = w->log->scenario->space.mean_size[w->class_id];
    char text[32];
    units_print_real(mean, text, sizeof text);
    if (mean > 0)
        string_add(w->out, "      size: {distribution: deterministic, mean: %s}\n", text);
}

static void add_source(rewriting *w)
{
    string_add(w->out, "  sources:\n    - type: trace\n      file: \"");
    for (const char *c = w->as.file; *c; c++)
        string_add(w->out, "%s%c", strchr("\"\\", *c) ? "\\" : "", *c);
    string_add(w->out, "\"\n");
}

/* A line of the section `workload`; false if it is left out. */
static bool keep_workload(rewriting *w, const char *line)
{
    if (line[0] == ' ' && line[1] == ' ' && line[2] != ' ') {
        if (w->in_classes)
            close_class(w);
        w->class_id = -1;
        w->in_classes = begins(line, "  classes:");
        w->in_sources = begins(line, "  sources:");
        if (w->in_sources)
            add_source(w);
    } else if (w->in_classes && begins(line, "    - ")) {
        close_class(w);
        w->class_id++;
        w->says_size = false;
    } else if (w->in_classes && (begins(line, "      size: ") || begins(line, "      graph: "))) {
        w->says_size = true;
    }
    return !w->in_sources && !begins(line, "  load:") && !begins(line, "  trace:");
}

static void rewrite(rewriting *w, const char *line, int n)
{
    if (line[0] != ' ' && line[0] != '\n') {
        w->in_classes = w->in_sources = false;
        snprintf(w->section, sizeof w->section, "%.*s", (int)strcspn(line, ":\n"), line);
    }
    if (strcmp(w->section, "name") == 0)
        string_add(w->out, "name: %s\n", w->as.name);
    else if (strcmp(w->section, "end") == 0 && w->time_was_up && begins(line, "  jobs: "))
        string_add(w->out, "  jobs: 0\n");
    else if (strcmp(w->section, "workload") != 0 || keep_workload(w, line))
        string_add(w->out, "%.*s", n, line);
}

void export_scenario(string_buffer *out, const export_log *log, const poise_episode *ep,
                     export_name as)
{
    const poise_scenario *s = log->scenario;
    rewriting w = {
        .out = out,
        .log = log,
        .as = as,
        .time_was_up =
            s->end_ns > 0 && ep->totals.end_ns == s->end_ns && (int64_t)log->n_jobs < s->end_jobs,
        .class_id = -1,
    };
    string_add(out, "%s", as.head);
    for (const char *line = s->resolved; *line;) {
        const int n = (int)strcspn(line, "\n") + 1;
        rewrite(&w, line, line[n - 1] ? n : n - 1);
        line += line[n - 1] ? n : n - 1;
    }
}

/* ---- names -------------------------------------------------------------------------------- */

static bool has_version(const char *name, size_t n)
{
    size_t at = n;
    while (at > 0 && isdigit((unsigned char)name[at - 1]))
        at--;
    return at < n && at > 2 && name[at - 1] == 'v' && name[at - 2] == '-';
}

const char *export_name_of(arena *memory, const char *path)
{
    const char *slash = strrchr(path, '/');
    char name[60];
    size_t n = 0;
    for (const char *c = slash ? slash + 1 : path; *c && n < sizeof name - 1; c++) {
        const bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        const bool is_large = *c >= 'A' && *c <= 'Z';
        if (is_plain || is_large)
            name[n++] = (char)(is_large ? *c - 'A' + 'a' : *c);
        else if (n > 0 && name[n - 1] != '-')
            name[n++] = '-';
    }
    while (n > 0 && name[n - 1] == '-')
        n--;
    name[n] = 0;
    return arena_format(memory, "%s%s", n > 0 ? name : "jobs", has_version(name, n) ? "" : "-v1");
}
