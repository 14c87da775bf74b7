/* calendar.h - the future event list: a 4-ary min-heap with one entry per entity.
 *
 * An entity (a source, a timer, a task in service) has at most one next event, so setting its time
 * again moves it. Order is total: by time, then kind of event, then order of insertion. */
#ifndef POISE_CALENDAR_H
#define POISE_CALENDAR_H

#include <stdint.h>

typedef unsigned __int128 calendar_key;  // time (64 bits), kind (8), insertion (56)

typedef struct calendar {
    calendar_key *key;  // (capacity) heap
    int32_t *entity;    // (capacity) of the entry at that place of the heap
    int32_t *place;     // (capacity) of the entity in the heap, -1 = not in it
    int n;
    uint64_t inserted;
} calendar;

static inline int64_t calendar_time(const calendar *c)
{
    return (int64_t)(c->key[0] >> 64);
}

static inline int calendar_kind(const calendar *c)
{
    return (int)(uint8_t)(c->key[0] >> 56);
}

static inline int calendar_entity(const calendar *c)
{
    return c->entity[0];
}

static inline void calendar_put(calendar *c, int at, calendar_key key, int32_t entity)
{
    c->key[at] = key;
    c->entity[at] = entity;
    c->place[entity] = at;
}

static inline void calendar_up(calendar *c, int at, calendar_key key, int32_t entity)
{
    while (at > 0) {
        int parent = (at - 1) / 4;
        if (c->key[parent] < key)
            break;
        calendar_put(c, at, c->key[parent], c->entity[parent]);
        at = parent;
    }
    calendar_put(c, at, key, entity);
}

static inline void calendar_down(calendar *c, int at, calendar_key key, int32_t entity)
{
    for (;;) {
        int child = 4 * at + 1;
        if (child >= c->n)
            break;
        int last = child + 4 < c->n ? child + 4 : c->n;
        int least = child;
        for (int i = child + 1; i < last; i++)
            if (c->key[i] < c->key[least])
                least = i;
        if (key < c->key[least])
            break;
        calendar_put(c, at, c->key[least], c->entity[least]);
        at = least;
    }
    calendar_put(c, at, key, entity);
}

/* The entity's next event is of this kind (0..255) at time_ns >= 0. */
static inline void calendar_set(calendar *c, int32_t entity, int kind, int64_t time_ns)
{
    uint64_t order = (uint64_t)kind << 56 | (c->inserted++ & 0xffffffffffffffULL);
    calendar_key key = (calendar_key)(uint64_t)time_ns << 64 | order;
    int at = c->place[entity];
    if (at < 0)
        calendar_up(c, c->n++, key, entity);
    else if (key < c->key[at])
        calendar_up(c, at, key, entity);
    else
        calendar_down(c, at, key, entity);
}

/* The entity has no next event. */
static inline void calendar_remove(calendar *c, int32_t entity)
{
    int at = c->place[entity];
    if (at < 0)
        return;
    c->place[entity] = -1;
    int last = --c->n;
    if (at == last)
        return;
    calendar_key key = c->key[last];
    int32_t moved = c->entity[last];
    if (at > 0 && key < c->key[(at - 1) / 4])
        calendar_up(c, at, key, moved);
    else
        calendar_down(c, at, key, moved);
}

#endif
