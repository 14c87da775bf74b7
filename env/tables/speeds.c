/* speeds.c - measured speeds of training jobs: job_type, batch_size, gpus, and a column
 * KIND_steps_per_s for each kind of devices; 0 = it does not run there. D. Narayanan et al.,
 * "Heterogeneity-aware cluster scheduling policies for deep learning workloads", OSDI 2020. */
#include "../table.h"

#include <string.h>

enum { JOB, BATCH, GPUS, N_COLUMNS };

static const table_column columns[] = {
    {"job_type", false}, {"batch_size", false}, {"gpus", false}, {0}};

static const char suffix[] = "_steps_per_s";

static bool is(const char *head)
{
    const size_t n = strcspn(head, "\r\n");
    const char *found = strstr(head, suffix);
    return strncmp(head, "job_type,", 9) == 0 && found && found < head + n;
}

/* The kinds of devices that the header names, and where their columns stand. */
static bool find_kinds(table_reader *r, char **cell, int n_cells, const char **kind, int *at,
                       int *n_kinds, poise_error *err)
{
    *n_kinds = 0;
    for (int c = 0; c < n_cells; c++) {
        const size_t n = strlen(cell[c]);
        if (n < sizeof suffix || strcmp(cell[c] + n - (sizeof suffix - 1), suffix) != 0)
            continue;
        if (*n_kinds == TABLE_DEVICES)
            return table_fail(r, err, "more than %d kinds of devices", TABLE_DEVICES);
        kind[*n_kinds] = arena_copy(table_memory(r), cell[c], n - (sizeof suffix - 1));
        at[(*n_kinds)++] = c;
    }
    if (*n_kinds + N_COLUMNS == n_cells)
        return true;
    return table_fail(r, err, "columns are job_type, batch_size, gpus and those that end in %s",
                      suffix);
}

static bool take(table_reader *r, char *const *cell, const int *at, const int *kind_at,
                 table_speed *row, poise_error *err)
{
    int64_t gpus = 0;
    if (!table_whole(r, "gpus", cell[at[GPUS]], 1, 1000000, &gpus, err))
        return false;
    row->job = cell[at[JOB]];
    row->batch = cell[at[BATCH]];
    row->devices = (int)gpus;
    if (!row->job[0])
        return table_fail(r, err, "job_type is empty");
    for (int k = 0; k < row->n_kinds; k++) {
        const char *text = cell[kind_at[k]];
        row->steps_per_s[k] = 0;
        if (text[0] && !table_real(r, row->kind[k], text, 0, 1e30, &row->steps_per_s[k], err))
            return false;
    }
    return true;
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    int at[N_COLUMNS], kind_at[TABLE_DEVICES];
    const char *kind[TABLE_DEVICES];
    char *cell[TABLE_CELLS];
    table_speed row = {.kind = kind};
    const int n = table_header(r, columns, at, cell, true, err);
    if (n < 0 || !find_kinds(r, cell, n, kind, kind_at, &row.n_kinds, err))
        return false;
    for (int got; (got = table_next(r, n, cell, err)) != 0; counts->rows++) {
        if (got < 0 || !take(r, cell, at, kind_at, &row, err))
            return false;
        if (!to->speed(to->data, &row, err))
            return table_fail_taken(r, err);
    }
    return true;
}

const table_format table_speeds = {
    .name = "speeds",
    .about = "measured speeds of jobs on kinds of devices",
    .kind = TABLE_SPEEDS,
    .is = is,
    .read = read,
};
