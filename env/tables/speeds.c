/* speeds.c - measured speeds of training jobs: job_type, batch_size, gpus, and a column
 * KIND_steps_per_s for each kind of devices; 0, or nothing = it does not run there. D. Narayanan et
 * al., "Heterogeneity-aware cluster scheduling policies for deep learning workloads", OSDI 2020. */
#include "../table.h"

#include <math.h>
#include <string.h>

enum { JOB, BATCH, GPUS, N_COLUMNS, WORD = 128 };

static const char *const columns[] = {"job_type", "batch_size", "gpus", NULL};
static const char suffix[] = "_steps_per_s";

static bool looks(const char *begin, size_t length)
{
    static const char *const jobs[] = {"arrival_s", NULL};
    return csv_has_names(begin, length, columns) && !csv_has_names(begin, length, jobs);
}

/* The kinds of devices that the header names, and where their columns stand. */
static bool find_kinds(table_reader *r, const csv_table *t, const char **kind, int *at,
                       int *n_kinds, poise_error *err)
{
    *n_kinds = 0;
    for (int c = 0; c < t->n_columns; c++) {
        const size_t n = strlen(t->name[c]), m = sizeof suffix - 1;
        if (n <= m || strcmp(t->name[c] + n - m, suffix) != 0)
            continue;
        if (*n_kinds == TABLE_DEVICES)
            return table_fail(r, err, "more than %d kinds of devices", TABLE_DEVICES);
        kind[*n_kinds] = arena_copy(r->memory, t->name[c], n - m);
        at[(*n_kinds)++] = c;
    }
    return *n_kinds > 0 || table_fail(r, err, "no column ends in %s", suffix);
}

static bool read_row(csv_table *t, const int *at, const int *kind_at, char *job, char *batch,
                     table_speed *row, poise_error *err)
{
    int64_t gpus;
    if (!csv_text(t, at[JOB], job, WORD, err) || !csv_text(t, at[BATCH], batch, WORD, err) ||
        !table_csv_whole(t, at[GPUS], 1e6, &gpus, err))
        return false;
    if (!job[0])
        return csv_wrong(t, at[JOB], csv_wrong_text, "a type of job is needed", err);
    if (gpus == 0)
        return csv_wrong(t, at[GPUS], csv_wrong_range, "at least 1 is needed", err);
    for (int k = 0; k < row->n_kinds; k++) {
        if (!csv_real(t, kind_at[k], 0, 1e30, &row->steps_per_s[k], err))
            return false;
        row->steps_per_s[k] = isnan(row->steps_per_s[k]) ? 0 : row->steps_per_s[k];
    }
    row->job = job;
    row->batch = batch;
    row->devices = (int)gpus;
    return true;
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    int at[N_COLUMNS] = {0}, kind_at[TABLE_DEVICES] = {0}, got;
    const char *kind[TABLE_DEVICES];
    char job[WORD], batch[WORD];
    csv_table t;
    table_speed row = {.kind = kind};
    if (!table_open_csv(&t, r, columns, at, err))
        return false;
    bool good = find_kinds(r, &t, kind, kind_at, &row.n_kinds, err);
    for (; good && (got = csv_next(&t, err)) != CSV_END; counts->rows++)
        good = got == CSV_ROW && read_row(&t, at, kind_at, job, batch, &row, err) &&
               (to->speed(to->data, &row, err) || table_fail_taken(r, err));
    csv_close(&t);
    return good;
}

const table_format table_speeds = {
    .name = "speeds",
    .about = "measured speeds of jobs on kinds of devices",
    .kind = TABLE_SPEEDS,
    .looks = looks,
    .read = read,
};
