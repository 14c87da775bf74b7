/* store_seal.c - see store_seal.h. A seal is a hash over the columns of all rows of an id, in the
 * order of their keys. */
#include "store_seal.h"

#include "error.h"
#include "store_inside.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

/* The first layout with seals. */
#define SEALED_LAYOUT 4
#define QUERIES_MAX 6

/* Where the rows of a kind are. */
typedef struct seal_rule {
    const char *name;
    const char *seals;                  // ids with their seals
    const char *bare;                   // ids without
    const char *rows[QUERIES_MAX + 1];  // of an id
    /* Rows that came with a later layout, and which; they count where there are some, so that seals
     * of cells without them stay what they were. */
    const char *later;
    int layout;
} seal_rule;

#define SEALS(kind) "SELECT id, sum FROM seal WHERE kind = '" kind "'"
#define BARE(kind, key)                                                                            \
    "SELECT " key " FROM " kind " AS t WHERE NOT EXISTS"                                           \
    " (SELECT 1 FROM seal WHERE kind = '" kind "' AND id = t." key ")"

static const seal_rule rules[SEAL_KINDS] = {
    [SEAL_SCENARIO] = {"scenario",
                       SEALS("scenario"),
                       BARE("scenario", "hash"),
                       {"SELECT * FROM scenario WHERE hash = ?",
                        "SELECT * FROM setting WHERE scenario = ? ORDER BY position",
                        "SELECT * FROM sweep WHERE scenario = ? ORDER BY path",
                        "SELECT * FROM meta WHERE key = 'notes of ' || ?"},
                       NULL,
                       0},
    [SEAL_PROVENANCE] = {"provenance",
                         SEALS("provenance"),
                         BARE("provenance", "id"),
                         {"SELECT * FROM provenance WHERE id = ?"},
                         NULL,
                         0},
    [SEAL_POLICY] = {"policy",
                     SEALS("policy"),
                     BARE("policy", "id"),
                     {"SELECT * FROM policy WHERE id = ?",
                      "SELECT * FROM training WHERE policy = ? ORDER BY key, episode"},
                     NULL,
                     0},
    [SEAL_CELL] = {"cell",
                   SEALS("cell"),
                   BARE("cell", "id"),
                   {"SELECT * FROM cell WHERE id = ?",
                    "SELECT * FROM metric WHERE cell = ? ORDER BY name",
                    "SELECT * FROM bound WHERE cell = ? ORDER BY metric",
                    "SELECT * FROM latency WHERE cell = ?", "SELECT * FROM trail WHERE cell = ?"},
                   "SELECT * FROM steady WHERE cell = ?",
                   5},
    [SEAL_EXPERIMENT] = {"experiment",
                         SEALS("experiment"),
                         BARE("experiment", "id"),
                         {"SELECT * FROM experiment WHERE id = ?"},
                         NULL,
                         0},
};

/* One hash after another. */
static uint64_t with(uint64_t hash, const void *bytes, size_t n)
{
    return XXH3_64bits_withSeed(bytes, n, hash);
}

static uint64_t with_number(uint64_t hash, uint64_t number)
{
    const uint64_t bytes = htole64(number);
    return with(hash, &bytes, sizeof bytes);
}

/* A column with its type and its length. False without memory. */
static bool add_column(sqlite3_stmt *q, int column, uint64_t *hash)
{
    const int type = sqlite3_column_type(q, column);
    uint64_t bits;
    double real;
    const void *bytes = "";
    *hash = with_number(*hash, (uint64_t)type);
    switch (type) {
    case SQLITE_NULL: return true;
    case SQLITE_INTEGER:
        *hash = with_number(*hash, (uint64_t)sqlite3_column_int64(q, column));
        return true;
    case SQLITE_FLOAT:
        real = sqlite3_column_double(q, column);
        memcpy(&bits, &real, sizeof bits);
        *hash = with_number(*hash, bits);
        return true;
    case SQLITE_TEXT: bytes = sqlite3_column_text(q, column); break;
    default: bytes = sqlite3_column_blob(q, column); break;
    }
    const size_t n = (size_t)sqlite3_column_bytes(q, column);
    *hash = with_number(*hash, n);
    *hash = n > 0 && bytes ? with(*hash, bytes, n) : *hash;
    return bytes || n == 0;
}

/* Adds all rows that a query gives for an id. */
static bool add_rows(store *s, const char *sql, const char *id, uint64_t *hash, poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, sql);
    if (!q)
        return store_fail(s, err);
    sqlite3_bind_text(q, 1, id, -1, SQLITE_STATIC);
    bool good = true;
    int code;
    while (good && (code = sqlite3_step(q)) == SQLITE_ROW) {
        const int n = sqlite3_column_count(q);
        *hash = with_number(*hash, (uint64_t)n);
        for (int i = 0; good && i < n; i++)
            good = add_column(q, i, hash);
        if (!good)
            error_null(err, "%s: out of memory", s->path);
    }
    if (good && code != SQLITE_DONE)
        good = store_fail(s, err);
    sqlite3_reset(q);
    return good;
}

/* The seal that fits what is stored. */
static bool make_seal(store *s, seal_kind kind, const char *id, char text[17], poise_error *err)
{
    uint64_t hash = 0;
    for (const char *const *sql = rules[kind].rows; *sql; sql++) {
        hash = with_number(hash, (uint64_t)(sql - rules[kind].rows));
        if (!add_rows(s, *sql, id, &hash, err))
            return false;
    }
    if (rules[kind].later && s->layout >= rules[kind].layout &&
        !add_rows(s, rules[kind].later, id, &hash, err))
        return false;
    snprintf(text, 17, "%016" PRIx64, hash);
    return true;
}

bool store_seal(store *s, seal_kind kind, const char *id, poise_error *err)
{
    char text[17];
    if (!make_seal(s, kind, id, text, err))
        return false;
    sqlite3_stmt *q = store_statement(s, "INSERT OR REPLACE INTO seal VALUES (?, ?, ?)");
    if (!q)
        return store_fail(s, err);
    sqlite3_bind_text(q, 1, rules[kind].name, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 3, text, -1, SQLITE_STATIC);
    const bool good = sqlite3_step(q) == SQLITE_DONE || store_fail(s, err);
    sqlite3_reset(q);
    return good;
}

/* Calls for each id that a query gives; false as soon as that is, or with a sentence in err. */
static bool for_each(store *s, seal_kind kind, const char *sql,
                     bool (*call)(store *s, seal_kind kind, const char *id, const char *text,
                                  poise_error *err),
                     poise_error *err)
{
    sqlite3_stmt *q = store_statement(s, sql);
    if (!q)
        return store_fail(s, err);
    bool good = true;
    int code;
    while (good && (code = sqlite3_step(q)) == SQLITE_ROW) {
        const bool is_pair = sqlite3_column_count(q) > 1;
        const char *id = (const char *)sqlite3_column_text(q, 0);
        const char *text = is_pair ? (const char *)sqlite3_column_text(q, 1) : "";
        good = id && text ? call(s, kind, id, text, err)
                          : error_null(err, "%s: out of memory", s->path) != NULL;
    }
    if (good && code != SQLITE_DONE)
        good = store_fail(s, err);
    sqlite3_reset(q);
    return good;
}

static bool seal_one(store *s, seal_kind kind, const char *id, const char *text, poise_error *err)
{
    (void)text;
    return store_seal(s, kind, id, err);
}

bool store_seal_all(store *s, poise_error *err)
{
    bool good = true;
    for (int k = 0; good && k < SEAL_KINDS; k++)
        good = for_each(s, (seal_kind)k, rules[k].bare, seal_one, err);
    return good;
}

static bool condemn(store *s, seal_kind kind, const char *id, const char *text, poise_error *err)
{
    (void)text;
    return error_null(err,
                      "%s: the store is damaged (%s %.40s is not as it was stored): move it away, "
                      "or restore a copy",
                      s->path, rules[kind].name, id);
}

static bool compare(store *s, seal_kind kind, const char *id, const char *text, poise_error *err)
{
    char fits[17];
    return make_seal(s, kind, id, fits, err) &&
           (strcmp(text, fits) == 0 || condemn(s, kind, id, text, err));
}

/* All of one kind: every seal, then what has none. */
static bool is_whole(store *s, seal_kind kind, poise_error *err)
{
    return for_each(s, kind, rules[kind].seals, compare, err) &&
           for_each(s, kind, rules[kind].bare, condemn, err);
}

bool store_is_sealed(store *s, poise_error *err)
{
    if (s->layout < SEALED_LAYOUT)
        return true;
    /* Another program may write meanwhile: all is seen as of one moment. */
    bool good = sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK || store_fail(s, err);
    for (int k = 0; good && k < SEAL_KINDS; k++)
        good = is_whole(s, (seal_kind)k, err);
    const bool ended = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    return good && (ended || store_fail(s, err));
}
