/* store_copy.c - see store_copy.h. Rows are copied as they are, column by column, so that a table
 * which gets another column is copied with it. */
#include "store_copy.h"

#include "error.h"
#include "store_inside.h"
#include "store_seal.h"

#include <stdio.h>
#include <string.h>

/* What a table's rows belong to, and the layout that it came with. */
typedef struct copy_rule {
    const char *select, *insert;
    int layout;
} copy_rule;

static const copy_rule scenario_rows[] = {
    {"SELECT * FROM scenario WHERE hash = ?",
     "INSERT OR IGNORE INTO scenario VALUES (?, ?, ?, ?, ?, ?)", 1},
    {"SELECT * FROM setting WHERE scenario = ?", "INSERT OR IGNORE INTO setting VALUES (?, ?, ?)",
     1},
    {"SELECT * FROM sweep WHERE scenario = ?", "INSERT OR IGNORE INTO sweep VALUES (?, ?, ?)", 1},
    {"SELECT * FROM meta WHERE key = 'notes of ' || ?", "INSERT OR IGNORE INTO meta VALUES (?, ?)",
     1},
};

static const copy_rule policy_rows[] = {
    {"SELECT * FROM policy WHERE id = ?",
     "INSERT OR IGNORE INTO policy VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", 1},
    {"SELECT * FROM training WHERE policy = ?",
     "INSERT OR IGNORE INTO training VALUES (?, ?, ?, ?, ?)", 1},
};

static const copy_rule cell_rows[] = {
    {"SELECT * FROM cell WHERE id = ?",
     "INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", 1},
    {"SELECT * FROM metric WHERE cell = ?", "INSERT INTO metric VALUES (?, ?, ?)", 1},
    {"SELECT * FROM bound WHERE cell = ?", "INSERT INTO bound VALUES (?, ?, ?, ?)", 2},
    {"SELECT * FROM latency WHERE cell = ?", "INSERT INTO latency VALUES (?, ?, ?, ?)", 2},
    {"SELECT * FROM trail WHERE cell = ?", "INSERT INTO trail VALUES (?, ?, ?)", 3},
    {"SELECT * FROM steady WHERE cell = ?",
     "INSERT INTO steady VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", 5},
};

static const copy_rule provenance_row = {
    "SELECT * FROM provenance WHERE id = ?",
    "INSERT OR IGNORE INTO provenance VALUES (?, ?, ?, ?, ?, ?, ?, ?)", 1};

/* The rows of one key. */
static bool copy(store *to, store *from, const copy_rule *what, const char *key, poise_error *err)
{
    if (from->layout < what->layout)
        return true;
    sqlite3_stmt *q = store_statement(from, what->select);
    if (!q)
        return store_fail(from, err);
    sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    int code;
    bool good = true;
    while (good && (code = sqlite3_step(q)) == SQLITE_ROW) {
        sqlite3_stmt *put = store_statement(to, what->insert);
        good = put;
        for (int i = 0; good && i < sqlite3_column_count(q); i++)
            good = sqlite3_bind_value(put, i + 1, sqlite3_column_value(q, i)) == SQLITE_OK;
        good = (good && sqlite3_step(put) == SQLITE_DONE) || store_fail(to, err);
        if (put)
            sqlite3_reset(put);
    }
    if (good && code != SQLITE_DONE)
        good = store_fail(from, err);
    sqlite3_reset(q);
    return good;
}

#define COPY(to, from, rows, key, err)                                                             \
    copy_all(to, from, rows, (int)(sizeof(rows) / sizeof *(rows)), key, err)
static bool copy_all(store *to, store *from, const copy_rule *rows, int n, const char *key,
                     poise_error *err)
{
    bool good = true;
    for (int i = 0; i < n && good; i++)
        good = copy(to, from, &rows[i], key, err);
    return good;
}

/* A column of one row as text, "" if there is none; see store_answered. */
static void look(store *s, const char *sql, const char *key, char *text, size_t size)
{
    sqlite3_stmt *q = store_statement(s, sql);
    if (q)
        sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    const int code = q ? sqlite3_step(q) : SQLITE_ERROR;
    const bool is_null = code == SQLITE_ROW && sqlite3_column_type(q, 0) == SQLITE_NULL;
    const char *value = code == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : "";
    if ((code != SQLITE_ROW && code != SQLITE_DONE) || (!value && !is_null))
        store_note_failure(s);
    snprintf(text, size, "%s", value ? value : "");
    sqlite3_reset(q);
}

static bool copy_policy(store *to, store *from, const char *id, poise_error *err)
{
    char scenario[64], provenance[64];
    look(from, "SELECT scenario FROM policy WHERE id = ?", id, scenario, sizeof scenario);
    look(from, "SELECT provenance FROM policy WHERE id = ?", id, provenance, sizeof provenance);
    return store_answered(from, err) && COPY(to, from, scenario_rows, scenario, err) &&
           store_seal(to, SEAL_SCENARIO, scenario, err) &&
           copy(to, from, &provenance_row, provenance, err) &&
           store_seal(to, SEAL_PROVENANCE, provenance, err) &&
           COPY(to, from, policy_rows, id, err) && store_seal(to, SEAL_POLICY, id, err);
}

static bool copy_cell(store *to, store *from, const char *id, poise_error *err)
{
    char scenario[64], provenance[64], policy[64];
    look(from, "SELECT scenario FROM cell WHERE id = ?", id, scenario, sizeof scenario);
    look(from, "SELECT provenance FROM cell WHERE id = ?", id, provenance, sizeof provenance);
    look(from, "SELECT policy FROM cell WHERE id = ?", id, policy, sizeof policy);
    sqlite3_stmt *drop = store_statement(to, "DELETE FROM cell WHERE id = ?");
    if (!drop)
        return store_fail(to, err);
    sqlite3_bind_text(drop, 1, id, -1, SQLITE_STATIC);
    const bool dropped = sqlite3_step(drop) == SQLITE_DONE || store_fail(to, err);
    sqlite3_reset(drop);
    return dropped && store_answered(from, err) && COPY(to, from, scenario_rows, scenario, err) &&
           store_seal(to, SEAL_SCENARIO, scenario, err) &&
           copy(to, from, &provenance_row, provenance, err) &&
           store_seal(to, SEAL_PROVENANCE, provenance, err) &&
           (!*policy || copy_policy(to, from, policy, err)) && COPY(to, from, cell_rows, id, err) &&
           store_seal(to, SEAL_CELL, id, err);
}

/* Both hold the cell: they must say the same. */
static bool agree(store *to, store *from, const char *id, poise_error *err)
{
    const char *const sql = "SELECT trajectory || world FROM cell WHERE id = ?";
    char here[64], there[64];
    look(to, sql, id, here, sizeof here);
    look(from, sql, id, there, sizeof there);
    if (!store_answered(to, err) || !store_answered(from, err))
        return false;
    return strcmp(here, there) == 0 ||
           error_null(err, "%s and %s disagree on cell %s: `poise verify` tells which is right",
                      to->path, from->path, id);
}

/* Copies a cell if `from` has more of it; false with a sentence in err. */
static bool bring_cell(store *to, store *from, store_id cell, bool failed_too, int *copied,
                       poise_error *err)
{
    const store_state there = store_cell_state(from, cell, NULL);
    const store_state here = store_cell_state(to, cell, NULL);
    const bool both = there == STORE_OK && here == STORE_OK;
    const bool has_more =
        both ? store_has_bounds(from, cell) && !store_has_bounds(to, cell)
             : there == STORE_OK || (there == STORE_FAILED && here == STORE_LACKS && failed_too);
    if (!store_answered(from, err) || !store_answered(to, err) ||
        (both && !agree(to, from, cell.text, err)))
        return false;
    *copied += has_more;
    return !has_more || copy_cell(to, from, cell.text, err);
}

int store_copy_cells(store *to, store *from, const store_id *cell, int n, bool failed_too,
                     poise_error *err)
{
    if (!store_begin(to, err))
        return -1;
    int copied = 0;
    bool good = true;
    for (int i = 0; i < n && good; i++)
        good = bring_cell(to, from, cell[i], failed_too, &copied, err);
    return store_finish(to, good, err) ? copied : -1;
}

int store_copy_policies(store *to, store *from, const store_id *policy, int n, poise_error *err)
{
    if (!store_begin(to, err))
        return -1;
    int copied = 0;
    bool good = true;
    for (int i = 0; i < n && good; i++) {
        const bool wanted = store_has_policy(from, policy[i]) && !store_has_policy(to, policy[i]);
        good = store_answered(from, err) && store_answered(to, err);
        if (good && wanted) {
            good = copy_policy(to, from, policy[i].text, err);
            copied++;
        }
    }
    return store_finish(to, good, err) ? copied : -1;
}
