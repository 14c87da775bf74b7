/* trail.c - see trail.h. */
#include "trail.h"

#include <stdlib.h>

/* The lower bits of a hash are as good as any others. */
static uint16_t bits_of(uint64_t hash)
{
    return (uint16_t)hash;
}

bool trail_begin(trail *t)
{
    *t = (trail){.mark = malloc(TRAIL_MARKS_MAX * sizeof *t->mark), .stride = 1};
    return t->mark != NULL;
}

void trail_free(trail *t)
{
    free(t->mark);
    *t = (trail){0};
}

void trail_end(trail *t)
{
    uint16_t *smaller = t->n > 0 ? realloc(t->mark, (size_t)t->n * sizeof *t->mark) : NULL;
    if (smaller)
        t->mark = smaller;
    t->next = -1;
}

/* Every second mark stays, the first among them. */
static void thin(trail *t)
{
    t->n = TRAIL_MARKS_MAX / 2;
    for (int k = 1; k < t->n; k++)
        t->mark[k] = t->mark[2 * k];
    t->stride *= 2;
}

void trail_mark(trail *t, uint64_t hash)
{
    if (t->n == TRAIL_MARKS_MAX)
        thin(t);
    t->mark[t->n++] = bits_of(hash);
    t->next = t->n * t->stride;
}

bool trail_contradicts(const trail *t, int64_t n, uint64_t hash)
{
    if (t->n == 0 || n % t->stride != 0 || n / t->stride >= t->n)
        return false;
    return t->mark[n / t->stride] != bits_of(hash);
}
