/* pairs.c - measured speeds of two training jobs that share a GPU, as parts of what each has alone:
 * gpu, job_a, batch_a, job_b, batch_b, a_fraction_of_isolated, b_fraction_of_isolated; the speeds
 * themselves may stand beside. 0 = the two do not fit into memory together. D. Narayanan et al.,
 * OSDI 2020, as in speeds.c. */
#include "../table.h"

#include <string.h>

enum { GPU, JOB_A, BATCH_A, JOB_B, BATCH_B, PART_A, PART_B, STEPS_A, STEPS_B, N_COLUMNS };

static const table_column columns[] = {
    {"gpu", false},
    {"job_a", false},
    {"batch_a", false},
    {"job_b", false},
    {"batch_b", false},
    {"a_fraction_of_isolated", false},
    {"b_fraction_of_isolated", false},
    {"a_steps_per_s", true},
    {"b_steps_per_s", true},
    {0},
};

static bool is(const char *head)
{
    return strncmp(head, "gpu,job_a,", 10) == 0;
}

/* An empty cell: one of them has no speed alone either. */
static bool read_part(table_reader *r, const char *column, const char *cell, double *part,
                      poise_error *err)
{
    *part = 0;
    return !cell[0] || table_real(r, column, cell, 0, 1000, part, err);
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    int at[N_COLUMNS];
    char *cell[TABLE_CELLS];
    const int n = table_header(r, columns, at, cell, false, err);
    if (n < 0)
        return false;
    for (int got; (got = table_next(r, n, cell, err)) != 0; counts->rows++) {
        if (got < 0)
            return false;
        table_pair row = {
            .device = cell[at[GPU]],
            .job = {cell[at[JOB_A]], cell[at[JOB_B]]},
            .batch = {cell[at[BATCH_A]], cell[at[BATCH_B]]},
        };
        if (!row.device[0] || !row.job[0][0] || !row.job[1][0])
            return table_fail(r, err, "gpu, job_a and job_b must not be empty");
        if (!read_part(r, columns[PART_A].name, cell[at[PART_A]], &row.part[0], err) ||
            !read_part(r, columns[PART_B].name, cell[at[PART_B]], &row.part[1], err))
            return false;
        if (!to->pair(to->data, &row, err))
            return table_fail_taken(r, err);
    }
    return true;
}

const table_format table_pairs = {
    .name = "pairs",
    .about = "measured speeds of two jobs on one device",
    .kind = TABLE_PAIRS,
    .is = is,
    .read = read,
};
