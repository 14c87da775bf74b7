/* calendar.h - the future event list, with at most one entry per entity.
 *
 * An entity (a source, a timer, a task in service) has at most one next event, so setting its time
 * again moves it. Order is total: by time, then kind of event, then order of insertion. While few
 * events are pending they stand in a sorted array, the next one last; beyond CALENDAR_FEW they form
 * a 4-ary min-heap (an ascending array is one already, so changing over is a reversal). */
#ifndef POISE_CALENDAR_H
#define POISE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 calendar_key;  // time (64 bits), kind (8), insertion (56)

enum { CALENDAR_FEW = 32 };

typedef struct calendar {
    calendar_key *key;  // (capacity)
    int32_t *entity;    // (capacity) of the entry at that place
    int32_t *place;     // (entities) -1 = not in it; its place, in a heap
    int n;
    bool heap;
    uint64_t inserted;
} calendar;

/* calendar.c: the same, for a calendar that is a heap or becomes one. */
void calendar_heap_set(calendar *c, int32_t entity, calendar_key key);
void calendar_heap_remove(calendar *c, int32_t entity);
void calendar_to_heap(calendar *c);

static inline int calendar_next(const calendar *c)
{
    return c->heap ? 0 : c->n - 1;
}

/* Of the next event; there must be one. */
static inline int64_t calendar_time(const calendar *c)
{
    return (int64_t)(c->key[calendar_next(c)] >> 64);
}

static inline int calendar_kind(const calendar *c)
{
    return (int)(uint8_t)(c->key[calendar_next(c)] >> 56);
}

static inline int calendar_entity(const calendar *c)
{
    return c->entity[calendar_next(c)];
}

static inline bool calendar_has(const calendar *c, int32_t entity)
{
    return c->place[entity] >= 0;
}

/* Forgets all entries of n_entities entities. */
static inline void calendar_clear(calendar *c, int n_entities)
{
    c->n = 0;
    c->heap = false;
    c->inserted = 0;
    for (int i = 0; i < n_entities; i++)
        c->place[i] = -1;
}

/* The entity has no next event. */
static inline void calendar_remove(calendar *c, int32_t entity)
{
    if (c->place[entity] < 0)
        return;
    if (c->heap) {
        calendar_heap_remove(c, entity);
        return;
    }
    c->place[entity] = -1;
    int at = c->n - 1;
    while (at > 0 && c->entity[at] != entity)
        at--;
    c->n--;
    for (; at < c->n; at++) {
        c->key[at] = c->key[at + 1];
        c->entity[at] = c->entity[at + 1];
    }
}

/* The entity's next event is of this kind (0..255) at time_ns >= 0. */
static inline void calendar_set(calendar *c, int32_t entity, int kind, int64_t time_ns)
{
    uint64_t order = (uint64_t)kind << 56 | (c->inserted++ & 0xffffffffffffffULL);
    calendar_key key = (calendar_key)(uint64_t)time_ns << 64 | order;
    if (!c->heap && c->n == CALENDAR_FEW)
        calendar_to_heap(c);
    if (c->heap) {
        calendar_heap_set(c, entity, key);
        return;
    }
    calendar_remove(c, entity);
    int at = c->n++;
    for (; at > 0 && c->key[at - 1] < key; at--) {
        c->key[at] = c->key[at - 1];
        c->entity[at] = c->entity[at - 1];
    }
    c->key[at] = key;
    c->entity[at] = entity;
    c->place[entity] = at;
}

#endif
