/* store_read.c - reading a store as a whole: it is small, and whoever reports or plots sorts and
 * filters better in C than in SQL. Orders are total and do not depend on who finished first. */
#include "store_inside.h"

#include "error.h"
#include "provenance.h"
#include "string_buffer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The text in a column until the next row, "" for NULL. Without memory it is "" too, and the next
 * row is an error (see next). */
static const char *column_of(store *s, sqlite3_stmt *q, int column)
{
    if (sqlite3_column_type(q, column) == SQLITE_NULL)
        return "";
    const char *text = (const char *)sqlite3_column_text(q, column);
    if (!text)
        s->lost_text = true;
    return text ? text : "";
}

/* A copy of it. */
static char *text_of(store *s, sqlite3_stmt *q, int column)
{
    char *copy = strdup(column_of(s, q, column));
    if (!copy)
        s->lost_text = true;
    return copy;
}

static uint64_t hash_of(store *s, sqlite3_stmt *q, int column)
{
    return strtoull(column_of(s, q, column), NULL, 16);
}

static store_id id_at(store *s, sqlite3_stmt *q, int column)
{
    store_id id;
    snprintf(id.text, sizeof id.text, "%s", column_of(s, q, column));
    return id;
}

/* Room for one element more of an array of n, which doubles at powers of two. NULL without memory.
 */
static void *grow(void *old, int n, size_t size)
{
    return n & (n - 1) ? old : realloc(old, (n ? 2 * (size_t)n : 1) * size);
}

static bool no_memory(store *s, sqlite3_stmt *q, poise_error *err)
{
    if (q)
        sqlite3_reset(q);
    error_null(err, "%s: out of memory", s->path);
    return false;
}

/* The next row of a query: 1 there is one, 0 the end, -1 error in err. */
static int next(store *s, sqlite3_stmt *q, poise_error *err)
{
    if (s->lost_text) {
        s->lost_text = false;
        no_memory(s, q, err);
        return -1;
    }
    const int code = q ? sqlite3_step(q) : SQLITE_ERROR;
    if (code == SQLITE_ROW)
        return 1;
    if (code != SQLITE_DONE)
        store_fail(s, err);
    if (q)
        sqlite3_reset(q);
    return code == SQLITE_DONE ? 0 : -1;
}

static bool read_version(store *s, results *r, poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, "SELECT value FROM meta WHERE key = 'results_version'");
    int more;
    while ((more = next(s, q, err)) == 1)
        r->results_version = sqlite3_column_int(q, 0);
    return more == 0;
}

static void copy_text(store *s, sqlite3_stmt *q, int column, char *to, size_t size)
{
    snprintf(to, size, "%s", column_of(s, q, column));
}

static bool read_provenances(store *s, results *r, poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, "SELECT id, version, commit_id, compiler, flags, cpu,"
                                         " blas, os FROM provenance ORDER BY rowid");
    int more;
    while ((more = next(s, q, err)) == 1) {
        void *room = grow(r->provenance, r->n_provenances, sizeof *r->provenance);
        if (!room)
            return no_memory(s, q, err);
        r->provenance = room;
        provenance *to = &r->provenance[r->n_provenances++];
        *to = (provenance){0};
        copy_text(s, q, 0, to->id, sizeof to->id);
        copy_text(s, q, 1, to->version, sizeof to->version);
        copy_text(s, q, 2, to->commit, sizeof to->commit);
        copy_text(s, q, 3, to->compiler, sizeof to->compiler);
        copy_text(s, q, 4, to->flags, sizeof to->flags);
        copy_text(s, q, 5, to->cpu, sizeof to->cpu);
        copy_text(s, q, 6, to->blas, sizeof to->blas);
        copy_text(s, q, 7, to->os, sizeof to->os);
    }
    return more == 0;
}

static int provenance_index(const results *r, const char *id)
{
    for (int i = 0; i < r->n_provenances; i++)
        if (strcmp(r->provenance[i].id, id) == 0)
            return i;
    return -1;
}

static bool read_scenarios(store *s, results *r, poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, "SELECT hash, name, title, path, resolved, offered_load,"
                                         " (SELECT value FROM meta WHERE key = 'notes of ' || hash)"
                                         " FROM scenario ORDER BY rowid");
    int more;
    while ((more = next(s, q, err)) == 1) {
        void *room = grow(r->scenario, r->n_scenarios, sizeof *r->scenario);
        if (!room)
            return no_memory(s, q, err);
        r->scenario = room;
        r->scenario[r->n_scenarios++] = (result_scenario){
            .hash = hash_of(s, q, 0),
            .name = text_of(s, q, 1),
            .title = text_of(s, q, 2),
            .path = text_of(s, q, 3),
            .resolved = text_of(s, q, 4),
            .offered_load =
                sqlite3_column_type(q, 5) == SQLITE_NULL ? NAN : sqlite3_column_double(q, 5),
            .notes = text_of(s, q, 6),
        };
    }
    return more == 0;
}

/* -1 if there is none, which only a file that others wrote to can hold. */
static int scenario_index(const results *r, uint64_t hash)
{
    for (int i = 0; i < r->n_scenarios; i++)
        if (r->scenario[i].hash == hash)
            return i;
    return -1;
}

static bool read_settings(store *s, results *r, poise_error *err)
{
    sqlite3_stmt *q =
        store_statement(s, "SELECT scenario, text FROM setting ORDER BY scenario, position");
    int more;
    while ((more = next(s, q, err)) == 1) {
        const int index = scenario_index(r, hash_of(s, q, 0));
        if (index < 0)
            continue;
        result_scenario *to = &r->scenario[index];
        void *room = grow(to->set, to->n_sets, sizeof *to->set);
        if (!room)
            return no_memory(s, q, err);
        to->set = room;
        to->set[to->n_sets++] = text_of(s, q, 1);
    }
    return more == 0;
}

static bool read_sweeps(store *s, results *r, poise_error *err)
{
    sqlite3_stmt *q =
        store_statement(s, "SELECT scenario, path, value FROM sweep ORDER BY scenario, path");
    int more;
    while ((more = next(s, q, err)) == 1) {
        const int index = scenario_index(r, hash_of(s, q, 0));
        if (index < 0)
            continue;
        result_scenario *to = &r->scenario[index];
        void *room = grow(to->sweep, to->n_sweeps, sizeof *to->sweep);
        if (!room)
            return no_memory(s, q, err);
        to->sweep = room;
        to->sweep[to->n_sweeps++] = (store_sweep){text_of(s, q, 1), text_of(s, q, 2)};
    }
    return more == 0;
}

static bool read_policies(store *s, results *r, poise_error *err)
{
    sqlite3_stmt *q = store_statement(
        s, "SELECT p.id, p.scenario, agent, description, decisions, train_seed, provenance,"
           " wall_s"
           " FROM policy p JOIN scenario s ON s.hash = p.scenario"
           " ORDER BY s.rowid, agent, description, decisions, train_seed, p.id");
    int more;
    while ((more = next(s, q, err)) == 1) {
        void *room = grow(r->policy, r->n_policies, sizeof *r->policy);
        if (!room)
            return no_memory(s, q, err);
        r->policy = room;
        r->policy[r->n_policies++] = (result_policy){
            .id = id_at(s, q, 0),
            .scenario = scenario_index(r, hash_of(s, q, 1)),
            .agent = text_of(s, q, 2),
            .description = text_of(s, q, 3),
            .decisions = sqlite3_column_int64(q, 4),
            .train_seed = sqlite3_column_int64(q, 5),
            .provenance = provenance_index(r, column_of(s, q, 6)),
            .wall_s = sqlite3_column_double(q, 7),
        };
    }
    return more == 0;
}

static int policy_index(const results *r, const char *id)
{
    for (int i = 0; i < r->n_policies; i++)
        if (strcmp(r->policy[i].id.text, id) == 0)
            return i;
    return -1;
}

static bool read_cells(store *s, results *r, poise_error *err)
{
    sqlite3_stmt *q = store_statement(
        s, "SELECT c.id, c.scenario, c.policy, c.agent, c.description, c.seed, c.status, c.error,"
           " c.trajectory, c.world, c.wall_s, c.provenance FROM cell c JOIN scenario s ON s.hash = "
           "c.scenario"
           " LEFT JOIN policy p ON p.id = c.policy ORDER BY s.rowid, c.agent, c.description,"
           " p.decisions, p.train_seed, c.policy, c.seed, c.id");
    int more;
    while ((more = next(s, q, err)) == 1) {
        void *room = grow(r->cell, r->n_cells, sizeof *r->cell);
        if (!room)
            return no_memory(s, q, err);
        r->cell = room;
        r->cell[r->n_cells++] = (result_cell){
            .id = id_at(s, q, 0),
            .scenario = scenario_index(r, hash_of(s, q, 1)),
            .policy = policy_index(r, column_of(s, q, 2)),
            .agent = text_of(s, q, 3),
            .description = text_of(s, q, 4),
            .seed = sqlite3_column_int64(q, 5),
            .ok = strcmp(column_of(s, q, 6), "ok") == 0,
            .error = text_of(s, q, 7),
            .trajectory_hash = hash_of(s, q, 8),
            .world_hash = hash_of(s, q, 9),
            .wall_s = sqlite3_column_double(q, 10),
            .provenance = provenance_index(r, column_of(s, q, 11)),
        };
    }
    return more == 0;
}

/* Metrics of one cell, in the order of the rows of poise_metrics. */
static bool read_values(store *s, const result_cell *cell, double *value, int n, poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, "SELECT name, value FROM metric WHERE cell = ?");
    if (q)
        sqlite3_bind_text(q, 1, cell->id.text, -1, SQLITE_STATIC);
    for (int i = 0; i < n; i++)
        value[i] = NAN;
    int more;
    while ((more = next(s, q, err)) == 1) {
        const int i = poise_metric_index(column_of(s, q, 0));
        if (i >= 0)
            value[i] = sqlite3_column_double(q, 1);
    }
    return more == 0;
}

static bool read_metrics(store *s, results *r, poise_error *err)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    r->values = calloc((size_t)r->n_cells * (size_t)n + 1, sizeof *r->values);
    if (!r->values)
        return no_memory(s, NULL, err);
    for (int i = 0; i < r->n_cells; i++) {
        double *value = r->values + (size_t)i * (size_t)n;
        r->cell[i].value = value;
        if (!read_values(s, &r->cell[i], value, n, err))
            return false;
    }
    return true;
}

/* Bounds of all cells: (n_cells, poise_metrics). Rows come by cell, so that each is looked for
 * once. */
static bool read_bounds(store *s, results *r, poise_error *err)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    r->bounds = calloc((size_t)r->n_cells * (size_t)n + 1, sizeof *r->bounds);
    if (!r->bounds)
        return no_memory(s, NULL, err);
    for (int i = 0; i < r->n_cells * n; i++)
        r->bounds[i] = (poise_bound){NAN, 0};
    for (int i = 0; i < r->n_cells; i++) {
        sqlite3_stmt *q =
            store_statement(s, "SELECT metric, value, name FROM bound WHERE cell = ?");
        poise_bound *bound = r->bounds + (size_t)i * (size_t)n;
        int more;
        if (q)
            sqlite3_bind_text(q, 1, r->cell[i].id.text, -1, SQLITE_STATIC);
        while ((more = next(s, q, err)) == 1) {
            const int row = poise_metric_index(column_of(s, q, 0));
            r->cell[i].bound = bound;
            if (row >= 0)
                bound[row] =
                    (poise_bound){sqlite3_column_double(q, 1), poise_bound_by(column_of(s, q, 2))};
        }
        if (more < 0)
            return false;
    }
    return true;
}

static double real_at(sqlite3_stmt *q, int column)
{
    return sqlite3_column_type(q, column) == SQLITE_NULL ? NAN : sqlite3_column_double(q, column);
}

static bool read_latencies(store *s, results *r, poise_error *err)
{
    int more = 0;
    for (int i = 0; i < r->n_cells && more == 0; i++) {
        sqlite3_stmt *q =
            store_statement(s, "SELECT decisions, p50_s, p99_s FROM latency WHERE cell = ?");
        if (q)
            sqlite3_bind_text(q, 1, r->cell[i].id.text, -1, SQLITE_STATIC);
        while ((more = next(s, q, err)) == 1)
            r->cell[i].decision =
                (latency_summary){sqlite3_column_int64(q, 0), real_at(q, 1), real_at(q, 2)};
    }
    return more == 0;
}

static bool read_steady(store *s, results *r, poise_error *err)
{
    int more = 0;
    for (int i = 0; i < r->n_cells && more == 0; i++) {
        sqlite3_stmt *q =
            store_statement(s, "SELECT metric, n, deleted, stationary, batches, mean, half,"
                               " correlation, von_neumann, effective FROM steady WHERE cell = ?");
        if (q)
            sqlite3_bind_text(q, 1, r->cell[i].id.text, -1, SQLITE_STATIC);
        while ((more = next(s, q, err)) == 1)
            r->cell[i].steady = (steady_summary){
                .metric = poise_metric_index(column_of(s, q, 0)),
                .n = sqlite3_column_int64(q, 1),
                .deleted = sqlite3_column_int64(q, 2),
                .stationary = sqlite3_column_int(q, 3) != 0,
                .batches = sqlite3_column_int(q, 4),
                .mean = real_at(q, 5),
                .half = real_at(q, 6),
                .correlation = real_at(q, 7),
                .von_neumann = real_at(q, 8),
                .effective = real_at(q, 9),
            };
    }
    return more == 0;
}

results *store_read(store *s, poise_error *err)
{
    results *r = calloc(1, sizeof *r);
    if (!r)
        return error_null(err, "%s: out of memory", s->path);
    if (read_version(s, r, err) && read_provenances(s, r, err) && read_scenarios(s, r, err) &&
        read_settings(s, r, err) && read_sweeps(s, r, err) && read_policies(s, r, err) &&
        read_cells(s, r, err) && read_metrics(s, r, err) &&
        (s->layout < 2 || (read_bounds(s, r, err) && read_latencies(s, r, err))) &&
        (s->layout < 5 || read_steady(s, r, err)))
        return r;
    results_free(r);
    return NULL;
}

static void scenario_free(result_scenario *s)
{
    for (int i = 0; i < s->n_sets; i++)
        free(s->set[i]);
    for (int i = 0; i < s->n_sweeps; i++) {
        free(s->sweep[i].path);
        free(s->sweep[i].value);
    }
    free(s->set);
    free(s->sweep);
    free(s->name);
    free(s->title);
    free(s->path);
    free(s->resolved);
    free(s->notes);
}

void results_free(results *r)
{
    if (!r)
        return;
    for (int i = 0; i < r->n_scenarios; i++)
        scenario_free(&r->scenario[i]);
    for (int i = 0; i < r->n_policies; i++) {
        free(r->policy[i].agent);
        free(r->policy[i].description);
    }
    for (int i = 0; i < r->n_cells; i++) {
        free(r->cell[i].agent);
        free(r->cell[i].description);
        free(r->cell[i].error);
    }
    free(r->scenario);
    free(r->provenance);
    free(r->policy);
    free(r->cell);
    free(r->values);
    free(r->bounds);
    free(r);
}

bool store_training(store *s, store_id policy, const char *key, store_point **point, int *n_points,
                    poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, "SELECT episode, decisions, value FROM training"
                                         " WHERE policy = ? AND key = ? ORDER BY episode");
    if (q) {
        sqlite3_bind_text(q, 1, policy.text, -1, SQLITE_STATIC);
        sqlite3_bind_text(q, 2, key, -1, SQLITE_STATIC);
    }
    *point = NULL;
    *n_points = 0;
    int more;
    while ((more = next(s, q, err)) == 1) {
        void *room = grow(*point, *n_points, sizeof **point);
        if (!room) {
            free(*point);
            *point = NULL;
            return no_memory(s, q, err);
        }
        *point = room;
        const bool known = sqlite3_column_type(q, 2) != SQLITE_NULL;
        (*point)[(*n_points)++] = (store_point){
            .episode = sqlite3_column_int64(q, 0),
            .decisions = sqlite3_column_int64(q, 1),
            .value = known ? sqlite3_column_double(q, 2) : NAN,
        };
    }
    return more == 0;
}

/* The marks of a BLOB of n bytes; false without memory. */
static bool read_marks(const unsigned char *bytes, int n, trail *t)
{
    t->mark = malloc((size_t)n * sizeof *t->mark + 1);
    for (; t->mark && t->n < n; t->n++)
        t->mark[t->n] = (uint16_t)(bytes[2 * t->n] | bytes[2 * t->n + 1] << 8);
    return t->mark != NULL;
}

/* A power of two for which the last mark still has a number. */
static bool is_stride(int64_t stride)
{
    return stride >= 1 && stride <= INT64_MAX / TRAIL_MARKS_MAX && (stride & (stride - 1)) == 0;
}

bool store_trail(store *s, store_id cell, trail *t, poise_error *err)
{
    *t = (trail){.next = -1};
    if (s->layout < 3)
        return true;
    sqlite3_stmt *q = store_statement(s, "SELECT stride, marks FROM trail WHERE cell = ?");
    if (q)
        sqlite3_bind_text(q, 1, cell.text, -1, SQLITE_STATIC);
    const int more = next(s, q, err);
    if (more != 1)
        return more == 0;
    t->stride = sqlite3_column_int64(q, 0);
    const void *bytes = sqlite3_column_blob(q, 1);
    const int n = sqlite3_column_bytes(q, 1) / 2;
    const bool lost = !bytes && n > 0;
    if (lost || (is_stride(t->stride) && n <= TRAIL_MARKS_MAX && !read_marks(bytes, n, t)))
        return no_memory(s, q, err);
    sqlite3_reset(q);
    return true;
}

void *store_policy_bytes(store *s, store_id policy, size_t *n_bytes, poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, "SELECT bytes FROM policy WHERE id = ?");
    if (q)
        sqlite3_bind_text(q, 1, policy.text, -1, SQLITE_STATIC);
    const int more = next(s, q, err);
    if (more < 0)
        return NULL;
    if (more == 0)
        return error_null(err, "%s: the store has no policy %s", s->path, policy.text);
    const void *bytes = sqlite3_column_blob(q, 0);
    *n_bytes = (size_t)sqlite3_column_bytes(q, 0);
    void *copy = bytes || *n_bytes == 0 ? malloc(*n_bytes + 1) : NULL;
    if (copy && bytes)
        memcpy(copy, bytes, *n_bytes);
    if (!copy)
        no_memory(s, NULL, err);
    sqlite3_reset(q);
    return copy;
}

/* The resolved text with traces named from the root: it says them as the scenario's file did, from
 * the folder that this was in. NULL without memory. */
static char *resolved_from_root(const result_scenario *r)
{
    static const char key[] = "      file: ";
    const char *slash = strrchr(r->path, '/');
    string_buffer out = {0};
    for (const char *line = r->resolved; *line;) {
        const int n = (int)strcspn(line, "\n");
        const bool is_file = strncmp(line, key, strlen(key)) == 0;
        const bool quoted = is_file && line[strlen(key)] == '"';
        const char *file = is_file ? line + strlen(key) + quoted : line;
        if (slash && is_file && *file != '/') {
            string_add(&out, "%s\"", key);
            for (const char *c = r->path; c <= slash; c++)
                string_add(&out, "%s%c", strchr("\"\\", *c) ? "\\" : "", *c);
            string_add(&out, "%.*s%s\n", n - (int)(file - line), file, quoted ? "" : "\"");
        } else {
            string_add(&out, "%.*s\n", n, line);
        }
        line += n + (line[n] != 0);
    }
    return out.at;
}

/* Loads the resolved text as if it were a file. */
static poise_scenario *load_resolved(const result_scenario *r, poise_error *err)
{
    const int fd = memfd_create("scenario.yaml", MFD_CLOEXEC);
    char *text = resolved_from_root(r);
    const size_t n = text ? strlen(text) : 0;
    poise_scenario *s = NULL;
    if (fd >= 0 && text && write(fd, text, n) == (ssize_t)n) {
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        s = poise_scenario_load(path, NULL, 0, err);
    } else {
        error_null(err, "scenario %s: %s", r->name, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    free(text);
    return s;
}

bool result_keeps_records(const result_scenario *r)
{
    return !strstr(r->resolved, "\nrecords: none\n");
}

poise_scenario *result_scenario_load(const result_scenario *r, poise_error *err)
{
    poise_error first = {0};
    poise_scenario *s =
        poise_scenario_load(r->path, (const char *const *)r->set, r->n_sets, &first);
    if (s && poise_scenario_hash(s) == r->hash)
        return s;
    const bool is_there = s != NULL;
    poise_scenario_free(s);
    s = load_resolved(r, err);
    if (s && poise_scenario_hash(s) == r->hash)
        return s;
    if (s || is_there)
        error_null(err,
                   "%s: the scenario %s or a trace that it reads has changed since "
                   "these results were stored",
                   r->path, r->name);
    else
        *err = first;
    poise_scenario_free(s);
    return NULL;
}
