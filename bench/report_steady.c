/* report_steady.c - what single runs say of the steady state, as lines below a table. */
#include "report_inside.h"

#include "steady.h"

#include <math.h>

/* Of the runs of an agent; means are over those that are stationary. */
typedef struct account {
    int runs, not_stationary, correlated;
    int batches;  // of each
    double mean, half, n, deleted, effective;
} account;

static void add_run(account *a, const steady_summary *s)
{
    a->runs++;
    a->batches = s->batches;
    a->not_stationary += !s->stationary;
    if (!s->stationary)
        return;
    const int n = a->runs - a->not_stationary;
    a->correlated += !steady_is_sound(s);
    a->mean += (s->mean - a->mean) / n;
    a->half += (s->half - a->half) / n;
    a->n += ((double)s->n - a->n) / n;
    a->deleted += ((double)s->deleted - a->deleted) / n;
    a->effective += (s->effective - a->effective) / n;
}

static account account_of(const report *r, const report_row *row)
{
    account a = {0};
    for (int i = 0; i < row->n_cells; i++)
        if (row->cell[i]->ok && row->cell[i]->steady.n > 0 &&
            row->cell[i]->steady.metric == r->metric)
            add_run(&a, &row->cell[i]->steady);
    return a;
}

/* So many that the smaller digit of half an interval shows. */
static int decimals_of(double half)
{
    const int n = half > 0 ? 1 - (int)floor(log10(half)) : 3;
    return n < 0 ? 0 : n > 9 ? 9 : n;
}

/* How often batches that are independent seem correlated: the coefficient is about normal with
 * variance 1 / n. */
static double by_chance(int batches)
{
    return erfc(STATS_CORRELATED * sqrt(batches / 2.));
}

/* "fifo: 4.98 ± 0.41 s, 1280 effective of 20000, first 65 left out", and each doubt in a line that
 * can stand alone. Labels are as long as in the table. */
static void put_account(const report *r, const char *label, const account *a, string_buffer *out)
{
    const int decimals = decimals_of(a->half);
    const char *runs = a->runs == 1 ? "run" : "runs";
    char mean[40], half[40];
    report_number(mean, a->mean, decimals, false);
    report_number(half, a->half, decimals, false);
    string_add(out, "    %.24s: ", label);
    if (a->not_stationary < a->runs)
        string_add(out, "%s ± %s %s, %.0f effective of %.0f, first %.0f left out\n", mean, half,
                   report_metric(r)->unit, a->effective, a->n, a->deleted);
    else
        string_add(out, "no steady state\n");
    if (a->not_stationary > 0)
        string_add(out, "      %.24s: not stationary in %d of %d %s; longer ones may be\n", label,
                   a->not_stationary, a->runs, runs);
    if (a->correlated > 0)
        string_add(out,
                   "      %.24s: batches correlated by more than %.1f in %d of %d %s (by chance: "
                   "%.0f%%)\n",
                   label, STATS_CORRELATED, a->correlated, a->runs, runs,
                   100 * by_chance(a->batches));
}

void report_steady(const report *r, string_buffer *out)
{
    bool first = true;
    for (int i = 0; i < r->n_rows; i++) {
        const account a = account_of(r, &r->row[i]);
        if (a.runs == 0)
            continue;
        if (first)
            string_add(out,
                       "  one run alone, in the steady state: mean ± half of the %.0f%% interval "
                       "of %d batches%s\n",
                       100 * STEADY_LEVEL, a.batches, r->n_seeds > 1 ? " (averages)" : "");
        first = false;
        put_account(r, r->row[i].label, &a, out);
    }
}
