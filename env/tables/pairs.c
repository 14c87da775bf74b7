/* pairs.c - measured speeds of two training jobs that share a GPU, as parts of what each has alone:
 * gpu, job_a, batch_a, job_b, batch_b, a_fraction_of_isolated, b_fraction_of_isolated; the speeds
 * themselves may stand beside. 0, or nothing = the two do not fit into memory together. D.
 * Narayanan et al., OSDI 2020, as in speeds.c. */
#include "../table.h"

#include <math.h>

enum { GPU, JOB_A, BATCH_A, JOB_B, BATCH_B, N_WORDS, PART_A = N_WORDS, PART_B, N_COLUMNS };
enum { WORD = 128 };

static const char *const columns[] = {"gpu",
                                      "job_a",
                                      "batch_a",
                                      "job_b",
                                      "batch_b",
                                      "a_fraction_of_isolated",
                                      "b_fraction_of_isolated",
                                      NULL};

static bool looks(const char *begin, size_t length)
{
    static const char *const names[] = {"gpu", "job_a", "job_b", NULL};
    return csv_has_names(begin, length, names);
}

static bool read_row(csv_table *t, const int *at, char word[N_WORDS][WORD], table_pair *row,
                     poise_error *err)
{
    for (int k = 0; k < N_WORDS; k++) {
        if (!csv_text(t, at[k], word[k], WORD, err))
            return false;
        if (!word[k][0] && k != BATCH_A && k != BATCH_B)
            return csv_wrong(t, at[k], csv_wrong_text, "a word is needed", err);
    }
    for (int k = 0; k < 2; k++) {
        if (!csv_real(t, at[PART_A + k], 0, 1000, &row->part[k], err))
            return false;
        row->part[k] = isnan(row->part[k]) ? 0 : row->part[k];
        row->job[k] = word[k ? JOB_B : JOB_A];
        row->batch[k] = word[k ? BATCH_B : BATCH_A];
    }
    row->device = word[GPU];
    return true;
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    int at[N_COLUMNS], got;
    char word[N_WORDS][WORD];
    csv_table t;
    table_pair row;
    if (!table_open_csv(&t, r, columns, at, err))
        return false;
    bool good = true;
    for (; good && (got = csv_next(&t, err)) != CSV_END; counts->rows++)
        good = got == CSV_ROW && read_row(&t, at, word, &row, err) &&
               (to->pair(to->data, &row, err) || table_fail_taken(r, err));
    csv_close(&t);
    return good;
}

const table_format table_pairs = {
    .name = "pairs",
    .about = "measured speeds of two jobs on one device",
    .kind = TABLE_PAIRS,
    .looks = looks,
    .read = read,
};
