/* block_set.c - a set of 64-bit numbers that only grows. */
#include "block_set.h"

#include <stdlib.h>

/* Where x is, or the free place where it belongs; room is a power of two, never full. */
static size_t find(const block_set *s, uint64_t x)
{
    uint64_t hash = x * UINT64_C(0x9E3779B97F4A7C15);
    size_t k = (size_t)(hash >> 20) & (s->room - 1);
    while (s->at[k] != 0 && s->at[k] != x)
        k = (k + 1) & (s->room - 1);
    return k;
}

bool block_set_has(const block_set *s, uint64_t x)
{
    if (x == 0)
        return s->has_zero;
    return s->room > 0 && s->at[find(s, x)] == x;
}

static bool grow(block_set *s)
{
    block_set larger = {.room = s->room ? 2 * s->room : 1024, .has_zero = s->has_zero};
    larger.at = calloc(larger.room, sizeof *larger.at);
    if (!larger.at)
        return false;
    for (size_t k = 0; k < s->room; k++)
        if (s->at[k] != 0)
            larger.at[find(&larger, s->at[k])] = s->at[k];
    larger.n = s->n;
    free(s->at);
    *s = larger;
    return true;
}

bool block_set_add(block_set *s, uint64_t x)
{
    if (x == 0) {
        s->has_zero = true;
        return true;
    }
    if (2 * s->n >= s->room && !grow(s))
        return false;
    size_t k = find(s, x);
    s->n += s->at[k] == 0;
    s->at[k] = x;
    return true;
}

void block_set_free(block_set *s)
{
    free(s->at);
    *s = (block_set){0};
}
