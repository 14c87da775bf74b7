/* store.c - the store as an SQLite file: opening it, its tables, and all that writes to it. */
#include "store_inside.h"

#include "error.h"
#include "lib/blas.h"
#include "file.h"
#include "provenance.h"
#include "store_seal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* In the file's header, so that another program's SQLite file is not taken for a store. */
#define APPLICATION_ID 0x506f6973
/* How long another program may hold the file before we give up. */
#define PATIENCE_MS 10000

#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* Hashes are hexadecimal text; times of creation are for people and never compared. */
static const char *const tables = "PRAGMA application_id = " STRING(
    APPLICATION_ID) ";"
                    "PRAGMA user_version = " STRING(
                        STORE_LAYOUT) ";"
                                      "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT "
                                      "NULL) STRICT;"
                                      "CREATE TABLE scenario (hash TEXT PRIMARY KEY, name TEXT NOT "
                                      "NULL, title TEXT NOT NULL,"
                                      " path TEXT NOT NULL, resolved TEXT NOT NULL, offered_load "
                                      "REAL) STRICT;"
                                      "CREATE TABLE setting (scenario TEXT NOT NULL REFERENCES "
                                      "scenario(hash), position INTEGER,"
                                      " text TEXT NOT NULL, PRIMARY KEY (scenario, position)) "
                                      "STRICT;"
                                      "CREATE TABLE sweep (scenario TEXT NOT NULL REFERENCES "
                                      "scenario(hash), path TEXT,"
                                      " value TEXT NOT NULL, PRIMARY KEY (scenario, path)) STRICT;"
                                      "CREATE TABLE provenance (id TEXT PRIMARY KEY, version TEXT "
                                      "NOT NULL, commit_id TEXT NOT NULL,"
                                      " compiler TEXT NOT NULL, flags TEXT NOT NULL, cpu TEXT NOT "
                                      "NULL, blas TEXT NOT NULL,"
                                      " os TEXT NOT NULL) STRICT;"
                                      "CREATE TABLE policy (id TEXT PRIMARY KEY, scenario TEXT NOT "
                                      "NULL REFERENCES scenario(hash),"
                                      " agent TEXT NOT NULL, description TEXT NOT NULL, decisions "
                                      "INTEGER NOT NULL,"
                                      " train_seed INTEGER NOT NULL, provenance TEXT NOT NULL "
                                      "REFERENCES provenance(id),"
                                      " wall_s REAL NOT NULL, created TEXT NOT NULL, bytes BLOB "
                                      "NOT NULL) STRICT;"
                                      "CREATE TABLE training (policy TEXT NOT NULL REFERENCES "
                                      "policy(id), key TEXT, episode INTEGER,"
                                      " decisions INTEGER NOT NULL, value REAL, PRIMARY KEY "
                                      "(policy, key, episode))"
                                      " STRICT, WITHOUT ROWID;"
                                      "CREATE TABLE cell (id TEXT PRIMARY KEY, scenario TEXT NOT "
                                      "NULL REFERENCES scenario(hash),"
                                      " agent TEXT NOT NULL, description TEXT NOT NULL, policy "
                                      "TEXT REFERENCES policy(id),"
                                      " seed INTEGER NOT NULL, provenance TEXT NOT NULL REFERENCES "
                                      "provenance(id),"
                                      " status TEXT NOT NULL CHECK (status IN ('ok', 'failed')), "
                                      "error TEXT NOT NULL,"
                                      " trajectory TEXT NOT NULL, world TEXT NOT NULL, wall_s REAL "
                                      "NOT NULL,"
                                      " created TEXT NOT NULL) STRICT;"
                                      "CREATE TABLE metric (cell TEXT NOT NULL REFERENCES cell(id) "
                                      "ON DELETE CASCADE, name TEXT,"
                                      " value REAL NOT NULL, PRIMARY KEY (cell, name)) STRICT, "
                                      "WITHOUT ROWID;"
                                      "INSERT INTO meta VALUES ('results_version', '" STRING(
                                          RESULTS_VERSION) "');";

/* What came with layout 2; a bound without a value says that bounds have been looked for. */
static const char *const tables_2 =
    "CREATE TABLE bound (cell TEXT NOT NULL REFERENCES cell(id) ON DELETE CASCADE, metric TEXT,"
    " value REAL, name TEXT NOT NULL, PRIMARY KEY (cell, metric)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE latency (cell TEXT PRIMARY KEY REFERENCES cell(id) ON DELETE CASCADE,"
    " decisions INTEGER NOT NULL, p50_s REAL, p99_s REAL) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 2;";

/* What came with layout 3; marks are 16-bit numbers, the lower byte first. */
static const char *const tables_3 =
    "CREATE TABLE trail (cell TEXT PRIMARY KEY REFERENCES cell(id) ON DELETE CASCADE,"
    " stride INTEGER NOT NULL, marks BLOB NOT NULL) STRICT;"
    "CREATE TABLE experiment (id TEXT PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL,"
    " path TEXT NOT NULL) STRICT;"
    "PRAGMA user_version = 3;";

/* What came with layout 4: see store_seal.h. */
static const char *const tables_4 =
    "CREATE TABLE seal (kind TEXT, id TEXT, sum TEXT NOT NULL, PRIMARY KEY (kind, id))"
    " STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 4;";

/* What came with layout 5: see steady.h. */
static const char *const tables_5 =
    "CREATE TABLE steady (cell TEXT PRIMARY KEY REFERENCES cell(id) ON DELETE CASCADE,"
    " metric TEXT NOT NULL, n INTEGER NOT NULL, deleted INTEGER NOT NULL, stationary INTEGER NOT "
    "NULL,"
    " batches INTEGER NOT NULL, mean REAL, half REAL, correlation REAL, von_neumann REAL,"
    " effective REAL) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = " STRING(STORE_LAYOUT) ";";

/* What each layout added to the one before. */
static const char *const additions[STORE_LAYOUT - 1] = {tables_2, tables_3, tables_4, tables_5};

/* ---- identities --------------------------------------------------------------------------- */

static store_id id_of(const char *text)
{
    const XXH128_hash_t h = XXH3_128bits(text, strlen(text));
    store_id id;
    snprintf(id.text, sizeof id.text, "%016" PRIx64 "%016" PRIx64, (uint64_t)h.high64,
             (uint64_t)h.low64);
    return id;
}

/* Who multiplies the matrices of networks, as far as that changes bits: the reference is the same
 * everywhere, OpenBLAS depends on the processor. */
static const char *products(void)
{
    return blas_chosen() == BLAS_REFERENCE ? "" : blas_config();
}

store_id store_policy_id(uint64_t scenario_hash, const char *description, int64_t decisions,
                         int64_t train_seed)
{
    char text[2048];
    snprintf(text, sizeof text, "policy %d\n%016" PRIx64 "\n%s\n%" PRId64 "\n%" PRId64 "%s",
             TRAINING_VERSION, scenario_hash, description, decisions, train_seed, products());
    return id_of(text);
}

store_id store_policy_id_of(uint64_t scenario_hash, const char *description, const void *bytes,
                            size_t n_bytes)
{
    const XXH128_hash_t h = XXH3_128bits(bytes, n_bytes);
    char text[2048];
    snprintf(text, sizeof text, "policy file %d\n%016" PRIx64 "\n%s\n%016" PRIx64 "%016" PRIx64,
             RESULTS_VERSION, scenario_hash, description, (uint64_t)h.high64, (uint64_t)h.low64);
    return id_of(text);
}

store_id store_cell_id(uint64_t scenario_hash, const char *description, const char *policy,
                       int64_t seed)
{
    char text[2048];
    snprintf(text, sizeof text, "cell %d\n%016" PRIx64 "\n%s\n%s\n%" PRId64 "%s", RESULTS_VERSION,
             scenario_hash, description, policy, seed, *policy ? products() : "");
    return id_of(text);
}

store_id store_id_with(store_id so_far, store_id next)
{
    char text[2 * sizeof so_far.text];
    snprintf(text, sizeof text, "%s\n%s", so_far.text, next.text);
    return id_of(text);
}

/* ---- errors and statements ---------------------------------------------------------------- */

/* Whether SQLite may neither write to the file nor make its own beside it. */
static bool is_read_only(const char *path)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    return access(path, F_OK) == 0 && (access(path, W_OK) != 0 || access(dir, W_OK) != 0);
}

bool store_fail(store *s, poise_error *err)
{
    const char *path = s->path;
    const int code = sqlite3_errcode(s->db);
    switch (code == SQLITE_CANTOPEN && is_read_only(path) ? SQLITE_READONLY : code) {
    case SQLITE_NOTADB:
        error_null(err, "%s: this is not a store of results (not an SQLite file)", path);
        break;
    case SQLITE_CORRUPT:
        error_null(err, "%s: the store is damaged (%s): move it away, or restore a copy", path,
                   sqlite3_errmsg(s->db));
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: error_null(err, "%s: another program holds the store locked", path); break;
    case SQLITE_READONLY:
        error_null(err, "%s: the store cannot be used: it or its directory is read-only", path);
        break;
    case SQLITE_FULL:
        error_null(err, "%s: cannot write to the store: the disk is full", path);
        break;
    default: {
        const int why = sqlite3_system_errno(s->db);
        error_null(err, "%s: the store cannot be used: %s%s%s%s", path, sqlite3_errmsg(s->db),
                   why ? " (" : "", why ? strerror(why) : "", why ? ")" : "");
    }
    }
    return false;
}

sqlite3_stmt *store_statement(store *s, const char *sql)
{
    int i = 0;
    while (i < STATEMENTS_MAX && s->sql[i] && s->sql[i] != sql)
        i++;
    assert(i < STATEMENTS_MAX);
    if (!s->sql[i]) {
        if (sqlite3_prepare_v2(s->db, sql, -1, &s->statement[i], NULL) != SQLITE_OK)
            return NULL;
        s->sql[i] = sql;
    }
    sqlite3_reset(s->statement[i]);
    sqlite3_clear_bindings(s->statement[i]);
    return s->statement[i];
}

/* Binds the values of a statement; false without memory. */
static bool bind(sqlite3_stmt *q, const char *types, va_list args)
{
    int code = SQLITE_OK;
    for (int i = 1; *types && code == SQLITE_OK; i++, types++)
        switch (*types) {
        case 't':
            code = sqlite3_bind_text(q, i, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
            break;
        case 'i': code = sqlite3_bind_int64(q, i, va_arg(args, int64_t)); break;
        case 'r': code = sqlite3_bind_double(q, i, va_arg(args, double)); break;
        case 'b': {
            const void *bytes = va_arg(args, const void *);
            code = sqlite3_bind_blob64(q, i, bytes, va_arg(args, size_t), SQLITE_TRANSIENT);
            break;
        }
        default: assert(!"a type of binding");
        }
    return code == SQLITE_OK;
}

/* Runs one statement that returns nothing. Types: t text (NULL is null), i int64_t, r double (NAN
 * is null), b bytes and size_t. */
static bool run(store *s, poise_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *q = store_statement(s, sql);
    if (!q)
        return store_fail(s, err);
    va_list args;
    va_start(args, types);
    const bool bound = bind(q, types, args);
    va_end(args);
    const int code = bound ? sqlite3_step(q) : SQLITE_ERROR;
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        store_fail(s, err);
    sqlite3_reset(q);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

void store_note_failure(store *s)
{
    if (!s->unanswered.n_mistakes)
        store_fail(s, &s->unanswered);
}

bool store_answered(store *s, poise_error *err)
{
    if (!s->unanswered.n_mistakes)
        return true;
    *err = s->unanswered;
    error_clear(&s->unanswered);
    return false;
}

/* The number that a query of one row gives; -1 on error, see store_answered. */
static int64_t ask(store *s, const char *sql, const char *types, ...)
{
    sqlite3_stmt *q = store_statement(s, sql);
    if (!q) {
        store_note_failure(s);
        return -1;
    }
    va_list args;
    va_start(args, types);
    const bool bound = bind(q, types, args);
    va_end(args);
    const bool got = bound && sqlite3_step(q) == SQLITE_ROW;
    const int64_t n = got ? sqlite3_column_int64(q, 0) : -1;
    if (!got)
        store_note_failure(s);
    sqlite3_reset(q);
    return n;
}

bool store_begin(store *s, poise_error *err)
{
    return run(s, err, "BEGIN IMMEDIATE", "");
}

bool store_finish(store *s, bool good, poise_error *err)
{
    if (good && run(s, err, "COMMIT", ""))
        return true;
    poise_error ignored = {0};
    run(s, &ignored, "ROLLBACK", "");
    return false;
}

/* ---- opening ------------------------------------------------------------------------------ */

/* Removes a file of SQLite with those that SQLite keeps beside it. */
static void remove_database(const char *path)
{
    static const char *const beside[] = {"", "-journal", "-wal", "-shm"};
    char name[PATH_MAX + 16];
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        snprintf(name, sizeof name, "%s%s", path, beside[i]);
        unlink(name);
    }
}

/* Makes an empty store under a temporary name and puts it at path, unless another is there. */
static bool make(const char *path, poise_error *err)
{
    char temporary[PATH_MAX];
    if (!file_make_parents(path, err))
        return false;
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new%ld", path, (long)getpid()) >=
        sizeof temporary)
        return error_null(err, "%s: the name is too long", path);
    remove_database(temporary);
    /* SQLite would tell that a folder is read-only as a file that is not there. */
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_null(err, "%s: cannot make the store: %s", path, strerror(errno));
    close(fd);
    store s = {.path = temporary};
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    bool good = sqlite3_open_v2(temporary, &s.db, flags, NULL) == SQLITE_OK &&
                sqlite3_exec(s.db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_exec(s.db, tables, NULL, NULL, NULL) == SQLITE_OK;
    for (int i = 0; good && i < STORE_LAYOUT - 1; i++)
        good = sqlite3_exec(s.db, additions[i], NULL, NULL, NULL) == SQLITE_OK;
    good = good &&
           sqlite3_exec(s.db, "COMMIT; PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_OK;
    if (!good) {
        s.path = (char *)path;
        store_fail(&s, err);
    }
    sqlite3_close(s.db);
    if (good && renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) != 0 &&
        errno != EEXIST) {
        good = rename(temporary, path) == 0;  // a file system without RENAME_NOREPLACE
        if (!good)
            error_null(err, "%s: cannot make the store: %s", path, strerror(errno));
    }
    remove_database(temporary);
    return good;
}

/* A path as an SQLite URI that promises that nobody writes to the file. */
static void immutable_uri(const char *path, char *uri, size_t size)
{
    size_t at = (size_t)snprintf(uri, size, "file:");
    for (; *path && at + 16 < size; path++)
        at += (size_t)snprintf(uri + at, size - at, strchr("?#%", *path) ? "%%%02X" : "%c",
                               (unsigned char)*path);
    snprintf(uri + at, size - at, "?immutable=1");
}

static bool is_our_kind(store *s, poise_error *err)
{
    const int64_t id = ask(s, "PRAGMA application_id", "");
    const int64_t layout = ask(s, "PRAGMA user_version", "");
    if (!store_answered(s, err))
        return false;
    if (id != APPLICATION_ID)
        return error_null(err, "%s: this is not a store of results", s->path);
    s->layout = (int)layout;
    if (layout < 1 || layout > STORE_LAYOUT)
        return error_null(err, "%s: the store has layout %" PRId64 ", this program knows %d",
                          s->path, layout, STORE_LAYOUT);
    return true;
}

/* Says what is wrong by the first line of a verdict that says more than in which file. A page that
 * cannot be read is no damage: that is told by a code. */
static bool condemn(store *s, const char *verdict, poise_error *err)
{
    if (strncmp(verdict, "***", 3) == 0 && strchr(verdict, '\n'))
        verdict = strchr(verdict, '\n') + 1;
    const int n = (int)strcspn(verdict, "\n");
    if (strstr(verdict, "error code="))
        error_null(err, "%s: the store cannot be read (%.*s)", s->path, n, verdict);
    else
        error_null(err, "%s: the store is damaged (%.*s): move it away, or restore a copy", s->path,
                   n, verdict);
    return false;
}

/* Looks at every page and every row once: a store is small, and a damaged one must not be written
 * to. */
static bool is_sound(store *s, poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, "PRAGMA quick_check(1)");
    if (!q || sqlite3_step(q) != SQLITE_ROW)
        return store_fail(s, err);
    const char *verdict = (const char *)sqlite3_column_text(q, 0);
    const bool good = verdict && strcmp(verdict, "ok") == 0;
    if (!good && verdict)
        condemn(s, verdict, err);
    else if (!good)
        store_fail(s, err);
    sqlite3_reset(q);
    return good && store_is_sealed(s, err);
}

static bool open_file(store *s, const char *name, int flags, poise_error *err)
{
    sqlite3_close(s->db);
    memset(s->sql, 0, sizeof s->sql);
    if (sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return store_fail(s, err);
    sqlite3_extended_result_codes(s->db, 0);
    sqlite3_busy_timeout(s->db, PATIENCE_MS);
    /* A cell touches few pages, but others than the one before: they are kept, and not written to
     * the file itself after every few cells. */
    const char *const ways = "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;"
                             "PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 8000";
    if (sqlite3_exec(s->db, ways, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(s, err);
    return is_our_kind(s, err);
}

static void forget_statements(store *s)
{
    for (int i = 0; i < STATEMENTS_MAX && s->sql[i]; i++)
        sqlite3_finalize(s->statement[i]);
    memset(s->sql, 0, sizeof s->sql);
}

/* Adds the tables that a store of an older layout lacks. Another program may have done so since. */
static bool bring_up_to_date(store *s, poise_error *err)
{
    if (s->layout == STORE_LAYOUT)
        return true;
    if (!store_begin(s, err))
        return false;
    const int64_t layout = ask(s, "PRAGMA user_version", "");
    bool good = store_answered(s, err);
    for (int i = 1; good && i < STORE_LAYOUT; i++)
        good = i < layout || sqlite3_exec(s->db, additions[i - 1], NULL, NULL, NULL) == SQLITE_OK ||
               store_fail(s, err);
    good = store_finish(s, good && store_seal_all(s, err), err);
    s->layout = good ? STORE_LAYOUT : s->layout;
    return good;
}

static bool open_for_writing(store *s, poise_error *err)
{
    if (access(s->path, F_OK) != 0 && !make(s->path, err))
        return false;
    if (!open_file(s, s->path, SQLITE_OPEN_READWRITE, err) || !is_sound(s, err))
        return false;
    if (sqlite3_db_readonly(s->db, "main") == 1)
        return error_null(err, "%s: cannot write to the store: it is read-only", s->path);
    /* Takes the lock for writing once, so that a store that cannot be written says so now. */
    return store_begin(s, err) && run(s, err, "COMMIT", "") && bring_up_to_date(s, err);
}

/* A store in a directory that cannot be written cannot have a log either; if there is none, it is
 * read as it lies. */
static bool open_for_reading(store *s, poise_error *err)
{
    struct stat st;
    if (stat(s->path, &st) != 0)
        return error_null(err, "%s: there is no such store: %s", s->path, strerror(errno));
    if (open_file(s, s->path, SQLITE_OPEN_READWRITE, err))
        return is_sound(s, err);
    const int code = sqlite3_errcode(s->db);
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
        return false;
    char name[PATH_MAX * 3];
    snprintf(name, sizeof name, "%s-wal", s->path);
    if (stat(name, &st) == 0 && st.st_size > 0)
        return false;
    error_clear(err);
    forget_statements(s);
    immutable_uri(s->path, name, sizeof name);
    return open_file(s, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err) && is_sound(s, err);
}

store *store_open(const char *path, bool create, poise_error *err)
{
    store *s = calloc(1, sizeof *s);
    if (s)
        s->path = strdup(path);
    if (!s || !s->path) {
        free(s);
        return error_null(err, "%s: out of memory", path);
    }
    if (create ? open_for_writing(s, err) : open_for_reading(s, err))
        return s;
    store_close(s);
    return NULL;
}

void store_close(store *s)
{
    if (!s)
        return;
    forget_statements(s);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}

const char *store_path(const store *s)
{
    return s->path;
}

bool store_keep_no_log(store *s, poise_error *err)
{
    return sqlite3_exec(s->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK ||
           store_fail(s, err);
}

/* ---- writing ------------------------------------------------------------------------------ */

static void hex(uint64_t hash, char text[17])
{
    snprintf(text, 17, "%016" PRIx64, hash);
}

static bool put_provenance(store *s, poise_error *err)
{
    const provenance *p = provenance_here();
    return run(s, err, "INSERT OR IGNORE INTO provenance VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
               "tttttttt", p->id, p->version, p->commit, p->compiler, p->flags, p->cpu, p->blas,
               p->os) &&
           (sqlite3_changes(s->db) == 0 || store_seal(s, SEAL_PROVENANCE, p->id, err));
}

bool store_put_scenario(store *s, const poise_scenario *scenario, const char *path,
                        const char *const *sets, int n_sets, const store_sweep *sweeps,
                        int n_sweeps, poise_error *err)
{
    char hash[17], from_root[PATH_MAX];
    hex(poise_scenario_hash(scenario), hash);
    path = realpath(path, from_root) ? from_root : path;
    if (!store_begin(s, err))
        return false;
    const bool known = ask(s, "SELECT count(*) FROM scenario WHERE hash = ?", "t", hash) == 1;
    bool good = store_answered(s, err) && put_provenance(s, err);
    if (good && !known)
        good = run(s, err, "INSERT INTO scenario VALUES (?, ?, ?, ?, ?, ?)", "tttttr", hash,
                   poise_scenario_name(scenario), poise_scenario_title(scenario), path,
                   poise_scenario_resolved(scenario), poise_scenario_offered_load(scenario));
    if (good && !known && *poise_scenario_notes(scenario))
        good = run(s, err, "INSERT OR REPLACE INTO meta VALUES ('notes of ' || ?, ?)", "tt", hash,
                   poise_scenario_notes(scenario));
    for (int i = 0; good && !known && i < n_sets; i++)
        good =
            run(s, err, "INSERT INTO setting VALUES (?, ?, ?)", "tit", hash, (int64_t)i, sets[i]);
    for (int i = 0; good && i < n_sweeps; i++)
        good = run(s, err, "INSERT OR REPLACE INTO sweep VALUES (?, ?, ?)", "ttt", hash,
                   sweeps[i].path, sweeps[i].value);
    return store_finish(s, good && store_seal(s, SEAL_SCENARIO, hash, err), err);
}

store_state store_cell_state(store *s, store_id id, double *wall_s)
{
    sqlite3_stmt *q = store_statement(s, "SELECT status = 'ok', wall_s FROM cell WHERE id = ?");
    if (q)
        sqlite3_bind_text(q, 1, id.text, -1, SQLITE_STATIC);
    store_state state = STORE_LACKS;
    const int code = q ? sqlite3_step(q) : SQLITE_ERROR;
    if (code == SQLITE_ROW) {
        state = sqlite3_column_int(q, 0) ? STORE_OK : STORE_FAILED;
        if (wall_s)
            *wall_s = sqlite3_column_double(q, 1);
    } else if (code != SQLITE_DONE) {
        store_note_failure(s);
    }
    sqlite3_reset(q);
    return state;
}

bool store_has_bounds(store *s, store_id id)
{
    return ask(s, "SELECT count(*) FROM bound WHERE cell = ?", "t", id.text) > 0;
}

bool store_has_policy(store *s, store_id id)
{
    return ask(s, "SELECT count(*) FROM policy WHERE id = ?", "t", id.text) == 1;
}

double store_value(store *s, store_id id, const char *metric)
{
    sqlite3_stmt *q = store_statement(s, "SELECT value FROM metric WHERE cell = ? AND name = ?");
    if (q) {
        sqlite3_bind_text(q, 1, id.text, -1, SQLITE_STATIC);
        sqlite3_bind_text(q, 2, metric, -1, SQLITE_STATIC);
    }
    const int code = q ? sqlite3_step(q) : SQLITE_ERROR;
    const double value = code == SQLITE_ROW ? sqlite3_column_double(q, 0) : NAN;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        store_note_failure(s);
    sqlite3_reset(q);
    return value;
}

static bool put_metrics(store *s, const char *id, const trial_result *r, poise_error *err)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    bool good = true;
    for (int i = 0; good && i < n; i++)
        if (!isnan(r->value[i]))
            good = run(s, err, "INSERT INTO metric VALUES (?, ?, ?)", "ttr", id, rows[i].name,
                       r->value[i]);
    return good;
}

static bool put_bounds(store *s, const char *id, const trial_result *r, poise_error *err)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    const char *const insert = "INSERT INTO bound VALUES (?, ?, ?, ?)";
    bool good = !r->has_bounds || run(s, err, insert, "ttrt", id, "", NAN, "");
    for (int i = 0; good && i < n && r->has_bounds; i++) {
        char name[POISE_BOUND_NAME];
        poise_bound_name(r->bound[i].by, name);
        if (!isnan(r->bound[i].value))
            good = run(s, err, insert, "ttrt", id, rows[i].name, r->bound[i].value, name);
    }
    return good;
}

static bool put_latency(store *s, const char *id, const latency_summary *l, poise_error *err)
{
    return l->n == 0 || run(s, err, "INSERT INTO latency VALUES (?, ?, ?, ?)", "tirr", id, l->n,
                            l->p50_s, l->p99_s);
}

static bool put_trail(store *s, const char *id, const trail *t, poise_error *err)
{
    unsigned char bytes[2 * TRAIL_MARKS_MAX];
    for (int k = 0; k < t->n; k++) {
        bytes[2 * k] = (unsigned char)(t->mark[k] & 0xff);
        bytes[2 * k + 1] = (unsigned char)(t->mark[k] >> 8);
    }
    return t->n == 0 || run(s, err, "INSERT INTO trail VALUES (?, ?, ?)", "tib", id, t->stride,
                            bytes, 2 * (size_t)t->n);
}

static bool put_steady(store *s, const char *id, const steady_summary *l, poise_error *err)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    return l->n == 0 ||
           run(s, err, "INSERT INTO steady VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "ttiiiirrrrr",
               id, rows[l->metric].name, l->n, l->deleted, (int64_t)l->stationary,
               (int64_t)l->batches, l->mean, l->half, l->correlation, l->von_neumann, l->effective);
}

bool store_put_cell(store *s, const store_cell *cell, const trial_result *r, poise_error *err)
{
    char scenario[17], trajectory[17], world[17];
    hex(cell->scenario_hash, scenario);
    hex(r->trajectory_hash, trajectory);
    hex(r->world_hash, world);
    if (!store_begin(s, err))
        return false;
    const bool ok = r->status == TRIAL_OK;
    bool good = put_provenance(s, err) &&
                run(s, err, "DELETE FROM cell WHERE id = ?", "t", cell->id.text) &&
                run(s, err,
                    "INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                    " strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
                    "tttttittttt"
                    "r",
                    cell->id.text, scenario, cell->agent, cell->description,
                    *cell->policy ? cell->policy : NULL, cell->seed, provenance_here()->id,
                    ok ? "ok" : "failed", r->error, trajectory, world, r->wall_s);
    if (good && ok)
        good = put_metrics(s, cell->id.text, r, err) && put_bounds(s, cell->id.text, r, err) &&
               put_latency(s, cell->id.text, &r->decision, err) &&
               put_trail(s, cell->id.text, &r->trail, err) &&
               put_steady(s, cell->id.text, &r->steady, err);
    return store_finish(s, good && store_seal(s, SEAL_CELL, cell->id.text, err), err);
}

bool store_put_policy(store *s, const store_policy *p, poise_error *err)
{
    char scenario[17];
    hex(p->scenario_hash, scenario);
    if (!store_begin(s, err))
        return false;
    bool good = put_provenance(s, err) &&
                run(s, err,
                    "INSERT OR IGNORE INTO policy VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
                    " strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?)",
                    "ttttiitrb", p->id.text, scenario, p->agent, p->description, p->decisions,
                    p->train_seed, provenance_here()->id, p->wall_s, p->bytes, p->n_bytes);
    for (size_t i = 0; good && i < p->n_log; i++)
        good =
            run(s, err, "INSERT OR IGNORE INTO training VALUES (?, ?, ?, ?, ?)", "ttiir",
                p->id.text, p->log[i].key, p->log[i].episode, p->log[i].decisions, p->log[i].value);
    return store_finish(s, good && store_seal(s, SEAL_POLICY, p->id.text, err), err);
}

bool store_put_experiment(store *s, const store_experiment *x, poise_error *err)
{
    return store_begin(s, err) &&
           store_finish(s,
                        run(s, err, "INSERT OR REPLACE INTO experiment VALUES (?, ?, ?, ?)", "tttt",
                            x->id.text, x->name, x->title, x->path) &&
                            store_seal(s, SEAL_EXPERIMENT, x->id.text, err),
                        err);
}

bool store_has_experiment(store *s, store_id id, char *name, size_t size)
{
    *name = 0;
    if (s->layout < 3)
        return false;
    sqlite3_stmt *q = store_statement(s, "SELECT name FROM experiment ORDER BY rowid DESC LIMIT 1");
    const int code = q ? sqlite3_step(q) : SQLITE_ERROR;
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : "";
    if ((code != SQLITE_ROW && code != SQLITE_DONE) || !text)
        store_note_failure(s);
    snprintf(name, size, "%s", text ? text : "");
    sqlite3_reset(q);
    return ask(s, "SELECT count(*) FROM experiment WHERE id = ?", "t", id.text) == 1;
}
