/* numbers.c - sets of processors. */
#include "numbers.h"

#include <assert.h>
#include <string.h>

enum { BITS = 64 };

int numbers_words(const poise_scenario *s)
{
    int most = 0;
    for (int g = 0; g < s->n_groups && s->decision.named; g++) {
        int cores = s->group[g].law->cores(&s->group[g]);
        most = cores > most ? cores : most;
    }
    return (most + BITS - 1) / BITS;
}

static uint64_t *nth(uint64_t *sets, const poise_env *e, size_t n)
{
    return sets + n * (size_t)e->set_words;
}

uint64_t *numbers_free(const poise_env *e, int group)
{
    return nth(e->free_set, e, (size_t)group);
}

uint64_t *numbers_held(const poise_env *e, int slot)
{
    return nth(e->held_set, e, (size_t)slot);
}

uint64_t *numbers_planned(const poise_env *e, int group, int breakpoint)
{
    return nth(e->plan_set, e, (size_t)group * (size_t)e->plan_capacity + (size_t)breakpoint);
}

int numbers_count(const poise_env *e, const uint64_t *set)
{
    int n = 0;
    for (int k = 0; k < e->set_words; k++)
        n += __builtin_popcountll(set[k]);
    return n;
}

void numbers_copy(const poise_env *e, uint64_t *to, const uint64_t *from)
{
    memcpy(to, from, (size_t)e->set_words * sizeof *to);
}

void numbers_add(const poise_env *e, uint64_t *to, const uint64_t *set)
{
    for (int k = 0; k < e->set_words; k++)
        to[k] |= set[k];
}

void numbers_subtract(const poise_env *e, uint64_t *from, const uint64_t *set)
{
    for (int k = 0; k < e->set_words; k++)
        from[k] &= ~set[k];
}

void numbers_intersect(const poise_env *e, uint64_t *to, const uint64_t *set)
{
    for (int k = 0; k < e->set_words; k++)
        to[k] &= set[k];
}

void numbers_lowest(const poise_env *e, uint64_t *set, int64_t n)
{
    for (int k = 0; k < e->set_words; k++) {
        uint64_t kept = 0, left = set[k];
        for (; left && n > 0; n--) {
            kept |= left & -left;
            left &= left - 1;
        }
        set[k] = kept;
    }
}

void numbers_reset(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_group *sg = &e->s->group[g];
        memset(numbers_free(e, g), 0xff, (size_t)e->set_words * sizeof *e->free_set);
        numbers_lowest(e, numbers_free(e, g), sg->law->cores(sg));
    }
}

void numbers_take(poise_env *e, int slot, const uint64_t *allowed)
{
    uint64_t *free = numbers_free(e, e->task[slot].group), *mine = numbers_held(e, slot);
    const int cores = e->place[e->first_place + slot].cores;
    numbers_copy(e, mine, free);
    if (allowed)
        numbers_intersect(e, mine, allowed);
    numbers_lowest(e, mine, cores);
    assert(numbers_count(e, mine) == cores);
    numbers_subtract(e, free, mine);
}

void numbers_give_back(poise_env *e, int slot)
{
    numbers_add(e, numbers_free(e, e->task[slot].group), numbers_held(e, slot));
}
