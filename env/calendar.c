/* calendar.c - the future event list once it has grown into a heap. */
#include "calendar.h"

static void put(calendar *c, int at, calendar_key key, int32_t entity)
{
    c->key[at] = key;
    c->entity[at] = entity;
    c->place[entity] = at;
}

static void up(calendar *c, int at, calendar_key key, int32_t entity)
{
    while (at > 0) {
        int parent = (at - 1) / 4;
        if (c->key[parent] < key)
            break;
        put(c, at, c->key[parent], c->entity[parent]);
        at = parent;
    }
    put(c, at, key, entity);
}

static void down(calendar *c, int at, calendar_key key, int32_t entity)
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
        put(c, at, c->key[least], c->entity[least]);
        at = least;
    }
    put(c, at, key, entity);
}

/* Reverses the order of the entries: sorted arrays have the next event last, heaps first. */
static void reverse(calendar *c)
{
    for (int low = 0, high = c->n - 1; low < high; low++, high--) {
        calendar_key key = c->key[low];
        int32_t entity = c->entity[low];
        c->key[low] = c->key[high];
        c->entity[low] = c->entity[high];
        c->key[high] = key;
        c->entity[high] = entity;
    }
}

void calendar_to_heap(calendar *c)
{
    reverse(c);
    for (int i = 0; i < c->n; i++)
        c->place[c->entity[i]] = i;
    c->heap = true;
}

/* A heap of few entries becomes a sorted array again. */
static void to_array(calendar *c)
{
    for (int i = 1; i < c->n; i++) {
        calendar_key key = c->key[i];
        int32_t entity = c->entity[i];
        int at = i;
        for (; at > 0 && key < c->key[at - 1]; at--) {
            c->key[at] = c->key[at - 1];
            c->entity[at] = c->entity[at - 1];
        }
        c->key[at] = key;
        c->entity[at] = entity;
    }
    reverse(c);
    c->heap = false;
}

void calendar_heap_set(calendar *c, int32_t entity, calendar_key key)
{
    int at = c->place[entity];
    if (at < 0)
        up(c, c->n++, key, entity);
    else if (key < c->key[at])
        up(c, at, key, entity);
    else
        down(c, at, key, entity);
}

void calendar_heap_remove(calendar *c, int32_t entity)
{
    int at = c->place[entity];
    c->place[entity] = -1;
    int last = --c->n;
    calendar_key key = c->key[last];
    int32_t moved = c->entity[last];
    if (at < last && at > 0 && key < c->key[(at - 1) / 4])
        up(c, at, key, moved);
    else if (at < last)
        down(c, at, key, moved);
    if (c->n <= CALENDAR_FEW / 4)
        to_array(c);
}
