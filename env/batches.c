/* batches.c - see batches.h. */
#include "batches.h"

#include <stdlib.h>
#include <string.h>

#include "statistics.h"

/* ---- batches ------------------------------------------------------------------------------- */

void batches_clear(batch_series *s)
{
    memset(s->batch, 0, (size_t)s->n * sizeof *s->batch);
    s->n = 0;
    s->size = BATCHES_LEAST;
}

/* One batch of every two. */
static void halve(batch_series *s)
{
    const int n = BATCHES_MOST / 2;
    for (int i = 0; i < n; i++) {
        const task_batch *two = &s->batch[2 * i];
        s->batch[i] = (task_batch){
            .sum_ns = two[0].sum_ns + two[1].sum_ns,
            .squares_ns2 = two[0].squares_ns2 + two[1].squares_ns2,
            .n = two[0].n + two[1].n,
            .gone = two[0].gone + two[1].gone,
        };
    }
    memset(s->batch + n, 0, (size_t)n * sizeof *s->batch);
    s->n = (s->n + 1) / 2;
    s->size *= 2;
}

static task_batch *batch_of(batch_series *s, int64_t index)
{
    while (index / s->size >= BATCHES_MOST)
        halve(s);
    const int k = (int)(index / s->size);
    s->n = k >= s->n ? k + 1 : s->n;
    return &s->batch[k];
}

void batches_add(batch_series *s, int64_t index, int64_t value_ns)
{
    task_batch *b = batch_of(s, index);
    b->sum_ns += value_ns;
    b->squares_ns2 += (__int128)value_ns * value_ns;
    b->n++;
}

void batches_add_gone(batch_series *s, int64_t index)
{
    batch_of(s, index)->gone++;
}

/* ---- of an episode ------------------------------------------------------------------------- */

/* What the series would have been, had it been kept. */
static void gather(const poise_episode *ep, bool waits, batch_series *s)
{
    const int64_t first = ep->totals.first_record;
    for (int64_t i = first; i < ep->n_records; i++) {
        const poise_record *r = &ep->record[i];
        if (r->fate == POISE_FINISHED)
            batches_add(s, i - first, (waits ? r->started_ns : r->finished_ns) - r->arrived_ns);
        else if (r->fate != POISE_WAITING && r->fate != POISE_IN_SERVICE)
            batches_add_gone(s, i - first);
    }
}

/* How many batches there are before those at the end that the end of the run has left open. */
static int closed(const batch_series *s)
{
    int n = s->n;
    while (n > 0 && s->batch[n - 1].n + s->batch[n - 1].gone < s->size)
        n--;
    return n;
}

/* The batches as means; false without memory. */
static bool tell(const batch_series *s, poise_series *to)
{
    const int n = closed(s);
    double *room = calloc(3 * (size_t)n + 1, sizeof *room);
    if (!room)
        return false;
    to->size = s->size;
    to->mean = room;
    to->square = room + n;
    to->count = room + 2 * n;
    for (int i = 0; i < n; i++) {
        const task_batch *b = &s->batch[i];
        if (b->n == 0)
            continue;
        to->mean[to->n] = (double)b->sum_ns * 1e-9 / (double)b->n;
        to->square[to->n] = (double)b->squares_ns2 * 1e-18 / (double)b->n;
        to->count[to->n++] = (double)b->n;
    }
    return true;
}

bool poise_series_of(const poise_episode *ep, poise_series *to)
{
    *to = (poise_series){0};
    const poise_steady asked = ep->scenario->steady;
    if (asked.metric < 0 || ep->totals.begin_ns < 0)
        return true;
    if (ep->statistics)
        return tell(ep->statistics->series, to);
    batch_series *s = calloc(1, sizeof *s);
    if (!s)
        return false;
    batches_clear(s);
    gather(ep, asked.waits, s);
    const bool good = tell(s, to);
    free(s);
    return good;
}

void poise_series_free(poise_series *s)
{
    free(s->mean);
    *s = (poise_series){0};
}
