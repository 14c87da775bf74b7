/* watch.c - see watch.h. */
#include "watch.h"

#include "plan_show.h"
#include "pool.h"
#include "report.h"
#include "shards.h"
#include "store_lock.h"
#include "tables.h"

#include "error.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* So many cells must be seen to end before their rate is believed. */
enum { ENOUGH = 5 };

/* What tells that a file has changed. */
typedef struct stamp {
    int64_t size, time_ns;
} stamp;

/* A store that was looked at. */
typedef struct file {
    const char *path;
    stamp own, log;  // of the file and of its write-ahead log
    bool read;
} file;

/* An agent over all scenarios. */
typedef struct standing {
    char *agent;
    int n_planned, n_done, n_failed;
    int n_ranked;     // scenarios with a rank
    double rank_sum;  // of them
    double wall_s;    // sum over its runs
    stats_mean mean;  // by the metric, in the last of its scenarios
} standing;

struct watch {
    watch_ask ask;
    file *file;  // (n_files) the whole store, then shards
    int n_files;
    int cells, done, failed;  // done: with those that failed
    int policies;             // that are to be trained
    int first_done;           // at the first look that found something
    double first_s, rate;     // when that was; cells per second since, NAN unknown
    double left_s;            // NAN unknown
    string_buffer at_work;    // who is
    int *metric;              // (n_metrics) of the scenarios, in their order
    int n_metrics;
    standing *standing;  // (n_standings) the best first
    int n_standings, n_scenarios;
    bool has_news;
};

watch *watch_new(const watch_ask *ask)
{
    watch *w = error_must(calloc(1, sizeof *w));
    w->ask = *ask;
    w->first_s = w->rate = w->left_s = NAN;
    return w;
}

static void forget_standings(watch *w)
{
    for (int i = 0; i < w->n_standings; i++)
        free(w->standing[i].agent);
    free(w->standing);
    w->standing = NULL;
    w->n_standings = 0;
}

void watch_free(watch *w)
{
    if (!w)
        return;
    forget_standings(w);
    string_free(&w->at_work);
    free(w->metric);
    free(w->file);
    free(w);
}

/* ---- files -------------------------------------------------------------------------------- */

static stamp stamp_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return (stamp){-1, 0};
    return (stamp){st.st_size, st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec};
}

/* Whether the file is there and another one than at the last look. */
static bool has_changed(file *f)
{
    const stamp own = stamp_of(f->path);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.*s-wal", PATH_MAX - 8, f->path);
    const stamp log = stamp_of(path);
    const bool same = f->read && own.size == f->own.size && own.time_ns == f->own.time_ns &&
                      log.size == f->log.size && log.time_ns == f->log.time_ns;
    f->own = own;
    f->log = log;
    return own.size >= 0 && !same;
}

static void add_file(watch *w, const char *path)
{
    for (int i = 0; i < w->n_files; i++)
        if (strcmp(w->file[i].path, path) == 0)
            return;
    w->file = error_must(realloc(w->file, (size_t)(w->n_files + 1) * sizeof *w->file));
    w->file[w->n_files++] = (file){.path = path};
}

/* Shards may come at any time. */
static void find_files(watch *w)
{
    add_file(w, w->ask.store);
    const names shards = shard_paths(w->ask.store);
    for (int i = 0; w->ask.plan && i < shards.n; i++)
        add_file(w, shards.at[i]);
}

static void find_workers(watch *w)
{
    char who[300];
    string_free(&w->at_work);
    w->at_work = (string_buffer){0};
    for (int i = 0; i < w->n_files; i++)
        if (store_lock_is_held(w->file[i].path, who, sizeof who))
            string_add(&w->at_work, "%s%s", w->at_work.length ? ", " : "", who);
}

/* ---- counts ------------------------------------------------------------------------------- */

static void count_plan(watch *w)
{
    const plan *p = w->ask.plan;
    const experiment_progress g = plan_progress(p);
    w->cells = plan_n_asked(p);
    w->policies = g.policies;
    w->done = w->failed = 0;
    for (int i = 1; i <= plan_n_cells(p); i++) {
        const plan_entry e = plan_cell_at(p, i);
        w->done += e.asked && e.state != STORE_LACKS;
        w->failed += e.asked && e.state == STORE_FAILED;
    }
}

static void count_results(watch *w, const results *r)
{
    w->cells = w->done = r->n_cells;
    w->failed = 0;
    for (int i = 0; i < r->n_cells; i++)
        w->failed += !r->cell[i].ok;
}

/* By the rate that was seen; before that, by how long cells of their kind took. */
static void estimate(watch *w)
{
    const double now_s = wall_now_s();
    if (isnan(w->first_s)) {
        w->first_s = now_s;
        w->first_done = w->done;
    }
    const int seen = w->done - w->first_done, left = w->cells - w->done;
    const bool known = seen >= ENOUGH && now_s > w->first_s;
    w->rate = known ? seen / (now_s - w->first_s) : NAN;
    w->left_s = NAN;
    if (w->ask.plan && left == 0)
        w->left_s = 0;
    else if (w->ask.plan)
        w->left_s = known ? left / w->rate : plan_left_s(w->ask.plan, pool_processors());
}

/* ---- ranking ------------------------------------------------------------------------------ */

static standing *standing_of(watch *w, const char *agent)
{
    for (int i = 0; i < w->n_standings; i++)
        if (strcmp(w->standing[i].agent, agent) == 0)
            return &w->standing[i];
    const size_t n = (size_t)w->n_standings + 1;
    w->standing = error_must(realloc(w->standing, n * sizeof *w->standing));
    standing *s = &w->standing[w->n_standings++];
    *s = (standing){.agent = error_must(strdup(agent))};
    return s;
}

/* Scenarios are loaded for it, so it is asked once; those that come later stand behind. */
static int metric_of(watch *w, const results *r, int scenario)
{
    while (w->n_metrics <= scenario) {
        const size_t n = (size_t)w->n_metrics + 1;
        w->metric = error_must(realloc(w->metric, n * sizeof *w->metric));
        w->metric[w->n_metrics] = tables_metric(r, w->n_metrics, w->ask.metric);
        w->n_metrics++;
    }
    return w->metric[scenario];
}

static void add_scenario(watch *w, const results *r, int scenario, const report_filter *filter)
{
    report one = report_make(r, scenario, metric_of(w, r, scenario), NULL, filter);
    w->n_scenarios += one.n_rows > 0;
    for (int i = 0; i < one.n_rows; i++) {
        const report_row *row = &one.row[i];
        standing *s = standing_of(w, row->agent);
        s->n_done += row->n_cells;
        s->n_failed += row->n_failed;
        s->mean = row->mean;
        for (int k = 0; k < row->n_cells; k++)
            s->wall_s += row->cell[k]->wall_s;
        if (row->mean.n == 0)
            continue;
        s->rank_sum += row->rank;
        s->n_ranked++;
    }
    report_free(&one);
}

/* Total: names differ. Who has no rank yet stands behind. */
static int by_rank(const void *a, const void *b)
{
    const standing *x = a, *y = b;
    const double p = x->n_ranked ? x->rank_sum / x->n_ranked : INFINITY;
    const double q = y->n_ranked ? y->rank_sum / y->n_ranked : INFINITY;
    if (p != q)
        return p < q ? -1 : 1;
    return strcmp(x->agent, y->agent);
}

static void rank(watch *w, const results *r)
{
    const report_filter of_plan = plan_filter(w->ask.plan);
    forget_standings(w);
    w->n_scenarios = 0;
    for (int i = 0; r && i < r->n_scenarios; i++)
        add_scenario(w, r, i, w->ask.plan ? &of_plan : NULL);
    for (int i = 1; w->ask.plan && i <= plan_n_cells(w->ask.plan); i++)
        standing_of(w, plan_cell_at(w->ask.plan, i).agent)->n_planned +=
            plan_cell_at(w->ask.plan, i).asked;
    if (w->n_standings > 0)
        qsort(w->standing, (size_t)w->n_standings, sizeof *w->standing, by_rank);
}

/* ---- looking ------------------------------------------------------------------------------ */

static bool read_file(watch *w, file *f, poise_error *err)
{
    store *s = store_open(f->path, false, err);
    bool good = s && (!w->ask.plan || plan_look(w->ask.plan, s, err));
    if (good && f == w->file) {
        results *r = store_read(s, err);
        good = r != NULL;
        if (r && !w->ask.plan)
            count_results(w, r);
        if (r)
            rank(w, r);
        results_free(r);
    }
    store_close(s);
    f->read = good;
    return good;
}

bool watch_look(watch *w, poise_error *err)
{
    error_clear(err);
    w->has_news = false;
    find_files(w);
    find_workers(w);
    bool good = true;
    for (int i = 0; i < w->n_files && good; i++)
        if (has_changed(&w->file[i])) {
            good = read_file(w, &w->file[i], err);
            w->has_news = true;
        }
    if (w->ask.plan)
        count_plan(w);
    if (w->ask.plan && w->n_standings == 0)
        rank(w, NULL);
    estimate(w);
    return good;
}

bool watch_has_news(const watch *w)
{
    return w->has_news;
}

bool watch_is_over(const watch *w)
{
    return w->done >= w->cells && w->at_work.length == 0;
}

/* ---- text --------------------------------------------------------------------------------- */

/* Text that others wrote, as at most so many characters of one line. Returns how many. */
static int put_name(string_buffer *out, const char *text, int most)
{
    int n = 0;
    for (const char *c = text; *c; c++) {
        const bool begins = ((unsigned char)*c & 0xc0) != 0x80;
        if (begins && n == most)
            break;
        n += begins;
        string_add(out, "%c", (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c);
    }
    return n;
}

static void put_time(string_buffer *out, double s)
{
    const long whole = lround(s);
    if (!(s < 1e8))
        string_add(out, "an unknown time");
    else
        string_add(out, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}

static void put_counts(const watch *w, string_buffer *out)
{
    if (w->ask.plan)
        string_add(out, "%d of %d cells done, %d failed, %d left", w->done, w->cells, w->failed,
                   w->cells - w->done);
    else
        string_add(out, "%d cells, %d failed", w->cells, w->failed);
    if (w->policies > 0)
        string_add(out, ", %d %s to train", w->policies, w->policies == 1 ? "policy" : "policies");
}

static void put_pace(const watch *w, string_buffer *out)
{
    if (!isnan(w->rate))
        string_add(out, ", %.3g cells/s", w->rate);
    if (w->ask.plan && w->done < w->cells) {
        string_add(out, ", ");
        put_time(out, w->left_s);
        string_add(out, " to go");
    }
}

void watch_line(const watch *w, string_buffer *out)
{
    put_counts(w, out);
    put_pace(w, out);
    if (!w->at_work.length)
        string_add(out, ", nobody at work");
    if (w->n_standings > 0 && w->standing[0].n_ranked > 0) {
        string_add(out, ", first: ");
        put_name(out, w->standing[0].agent, 40);
    }
    string_add(out, "\n");
}

static void put_head(const watch *w, int columns, string_buffer *out)
{
    string_buffer line = {0};
    put_name(out, w->ask.title, columns);
    string_add(out, "\n");
    put_counts(w, &line);
    put_pace(w, &line);
    put_name(out, line.at, columns);
    string_free(&line);
    line = (string_buffer){0};
    string_add(&line, "at work: %s", w->at_work.length ? w->at_work.at : "nobody");
    string_add(out, "\n");
    put_name(out, line.at, columns);
    string_add(out, "\n");
    string_free(&line);
}

static void put_numbers(const standing *s, bool means, string_buffer *out)
{
    char runs[32];
    if (s->n_planned > 0)
        snprintf(runs, sizeof runs, "%d/%d", s->n_done, s->n_planned);
    else
        snprintf(runs, sizeof runs, "%d", s->n_done);
    string_add(out, "%12s%8d", runs, s->n_failed);
    if (s->n_done > 0)
        string_add(out, "%10.3g", s->wall_s / s->n_done);
    else
        string_add(out, "%10s", "-");
    if (s->n_ranked > 0)
        string_add(out, "%8.1f", s->rank_sum / s->n_ranked);
    else
        string_add(out, "%8s", "-");
    if (means && s->n_ranked > 0)
        string_add(out, "%14.6g%12.3g", s->mean.mean, s->mean.high - s->mean.mean);
}

/* The least that there is for names of agents, and what stands beside them. */
enum { NAME = 12, NUMBERS = 12 + 8 + 10 + 8, MEAN = 14 + 12 };

static void put_basis(const watch *w, int columns, string_buffer *out)
{
    string_buffer line = {0};
    const bool own = strcmp(w->ask.metric, TABLES_MEASURE) == 0;
    string_add(&line, "by %s%s, so far%s", own ? "what each scenario names" : w->ask.metric,
               w->n_scenarios == 1 ? "" : ", mean rank over the scenarios",
               w->n_files > 1 ? "; of what is merged" : "");
    put_name(out, line.at, columns);
    string_add(out, "\n");
    string_free(&line);
}

static void put_standings(const watch *w, int columns, int lines, string_buffer *out)
{
    const bool means = w->n_scenarios == 1 && columns >= NAME + NUMBERS + MEAN;
    const int room = columns - NUMBERS - (means ? MEAN : 0);
    const int width = room > 40 ? 40 : room > NAME ? room : NAME;
    string_add(out, "\n%-*s%12s%8s%10s%8s", width, "agent", "runs", "failed", "s a run", "rank");
    if (means)
        string_add(out, "%14s%12s", "mean", "+-95%");
    string_add(out, "\n");
    const int most = w->n_standings <= lines ? w->n_standings : lines - 1;
    for (int i = 0; i < most; i++) {
        const int n = put_name(out, w->standing[i].agent, width);
        string_add(out, "%*s", width - n, "");
        put_numbers(&w->standing[i], means, out);
        string_add(out, "\n");
    }
    if (most < w->n_standings)
        string_add(out, "and %d more\n", w->n_standings - most);
    put_basis(w, columns, out);
}

void watch_table(const watch *w, int columns, int lines, string_buffer *out)
{
    enum { AROUND = 6 };  // lines that are no agents
    put_head(w, columns, out);
    if (w->n_standings > 0 && lines > AROUND + 1)
        put_standings(w, columns, lines - AROUND, out);
}
