/* csv.c - our own table of jobs: a line of column names, then a line a job. Which columns it may
 * have, in any order:
 *
 * arrival_s (needed), id, class, size, estimate, memory_bytes, cores, deadline_s; those by the
 * names of the scenario's resources; and what an exported run says besides, which is not read. */
#include <math.h>
#include <stdlib.h>

#include "csv.h"
#include "error.h"
#include "trace.h"

/* Numbers that a job is made of, with their bounds. */
typedef struct number {
    const char *name;
    double least, most;
} number;
static const number numbers[] = {
    {"size", 1e-12, 1e30}, {"estimate", 1e-12, 1e30},        {"memory_bytes", 0, 9e15},
    {"cores", 0, 1e6},     {"deadline_s", 0, HORIZON_MAX_S},
};
enum { N_NUMBERS = sizeof numbers / sizeof *numbers, KEY_BYTES = 256 };

/* What a run adds when it is exported, and results of other programs. */
static const char *const results[] = {
    "started_s", "finished_s", "group",     "device",   "wait_s",   "response_s", "outcome",
    "profile",   "slowdown",   "preempted", "restarts", "energy_j", "job",
};
enum { N_RESULTS = sizeof results / sizeof *results };

typedef struct csv_reader {
    trace_reader base;
    csv_table table;
    int arrival, id, key;        // columns of the file, -1 = it has none
    int from[CSV_MOST_COLUMNS];  // columns of the rows: where they stand in the file
    double least[CSV_MOST_COLUMNS], most[CSV_MOST_COLUMNS];
    const char *name[CSV_MOST_COLUMNS];
    double value[CSV_MOST_COLUMNS];
    char key_text[KEY_BYTES];
} csv_reader;

static bool is_result(const char *name)
{
    for (int k = 0; k < N_RESULTS; k++)
        if (strcmp(name, results[k]) == 0)
            return true;
    return false;
}

static void add_column(csv_reader *r, int column, double least, double most)
{
    int k = r->base.header.n_columns++;
    r->from[k] = column;
    r->least[k] = least;
    r->most[k] = most;
    r->name[k] = r->table.name[column];
}

/* First the columns that we know, then all others: whether there may be any is not said here. */
static bool read_names(csv_reader *r, poise_error *err)
{
    if (!csv_need(&r->table, "arrival_s", &r->arrival, err))
        return false;
    r->id = csv_column(&r->table, "id");
    r->key = csv_column(&r->table, "class");
    bool seen[CSV_MOST_COLUMNS] = {0};
    for (int k = 0; k < N_NUMBERS; k++) {
        int column = csv_column(&r->table, numbers[k].name);
        if (column < 0)
            continue;
        seen[column] = true;
        add_column(r, column, numbers[k].least, numbers[k].most);
    }
    r->base.header.n_own = r->base.header.n_columns;
    for (int k = 0; k < r->table.n_columns; k++)
        if (!seen[k] && k != r->arrival && k != r->id && k != r->key &&
            !is_result(r->table.name[k]))
            add_column(r, k, -1e30, 1e30);
    r->base.header.column = r->name;
    return true;
}

static bool read_row(csv_reader *r, trace_row *row, poise_error *err)
{
    csv_table *t = &r->table;
    double id = NAN;
    if (!csv_time(t, r->arrival, &row->arrival_ns, err))
        return false;
    if (r->id >= 0 && !csv_real(t, r->id, -9e15, 9e15, &id, err))
        return false;
    if (isnan(id))
        id = (double)r->base.counts.lines - 1;
    if (id != (double)(int64_t)id)
        return csv_wrong(t, r->id, csv_wrong_number, "not a whole number", err);
    if (r->key >= 0 && !csv_text(t, r->key, r->key_text, sizeof r->key_text, err))
        return false;
    for (int k = 0; k < r->base.header.n_columns; k++)
        if (!csv_real(t, r->from[k], r->least[k], r->most[k], &r->value[k], err))
            return false;
    row->id = (int64_t)id;
    row->line = r->base.in->number;
    row->key = r->key_text;
    row->value = r->value;
    return true;
}

static trace_got next(trace_reader *base, trace_row *row, poise_error *err)
{
    csv_reader *r = (csv_reader *)base;
    int got = csv_next(&r->table, err);
    base->wrong = r->table.wrong;
    if (got == CSV_END || got == CSV_FAILED)
        return got == CSV_END ? TRACE_END : TRACE_FAILED;
    base->counts.lines++;
    bool good = got == CSV_ROW && read_row(r, row, err);
    base->wrong = r->table.wrong;
    return good ? TRACE_ROW : TRACE_WRONG;
}

static void close_reader(trace_reader *base)
{
    if (!base)
        return;
    csv_close(&((csv_reader *)base)->table);
    lines_close(base->in);
    free(base);
}

static trace_reader *open_reader(lines *in, poise_error *err)
{
    csv_reader *r = calloc(1, sizeof *r);
    if (!r)
        return error_null(err, "%s: error: there is no memory to read it", in->path);
    r->base.in = in;
    r->base.header.unix_start_time = -1;
    if (csv_open(&r->table, in, err)) {
        if (read_names(r, err))
            return &r->base;
        csv_close(&r->table);
    }
    free(r);
    return NULL;
}

static bool looks(const char *begin, size_t length)
{
    static const char *const needed[] = {"arrival_s", NULL};
    static const char *const other[] = {"arrival_s", "job_type", "steps", NULL};
    return csv_has_names(begin, length, needed) && !csv_has_names(begin, length, other);
}

const trace_format trace_csv = {
    .name = "csv",
    .about = "table of jobs: arrival_s, class, size, estimate, cores, memory_bytes, deadline_s",
    .suffix = ".csv",
    .must_end = true,
    .looks = looks,
    .open = open_reader,
    .next = next,
    .close = close_reader,
    .size = "size",
    .estimate = "estimate",
    .memory = "memory_bytes",
    .cores = "cores",
    .deadline = "deadline_s",
};
