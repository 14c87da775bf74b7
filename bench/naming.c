/* naming.c - see naming.h. Two hash tables with open addressing, by what was given and by name. */
#include "naming.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum { MOST_LETTERS = 40 };

/* Numbers of entries by a text, -1 in free places. */
typedef struct lookup {
    const char **text;  // (room) NULL in free places
    int *number;        // (room)
    size_t room;        // a power of 2, more than twice of what is in it
} lookup;

struct naming {
    arena *memory;
    const char **given, **name;  // (n)
    int n;
    lookup by_given, by_name;
};

/* ---- tables ------------------------------------------------------------------------------- */

static size_t place_of(const lookup *t, const char *text)
{
    size_t at = (size_t)XXH64(text, strlen(text), 0) & (t->room - 1);
    while (t->text[at] && strcmp(t->text[at], text) != 0)
        at = (at + 1) & (t->room - 1);
    return at;
}

static void put(lookup *t, const char *text, int number)
{
    const size_t at = place_of(t, text);
    t->text[at] = text;
    t->number[at] = number;
}

static lookup new_lookup(arena *memory, size_t room)
{
    return (lookup){
        .text = arena_take(memory, room, sizeof(char *)),
        .number = arena_take(memory, room, sizeof(int)),
        .room = room,
    };
}

static void make_room(naming *n)
{
    if (2 * ((size_t)n->n + 1) < n->by_given.room)
        return;
    n->by_given = new_lookup(n->memory, 2 * n->by_given.room);
    n->by_name = new_lookup(n->memory, 2 * n->by_name.room);
    for (int k = 0; k < n->n; k++) {
        put(&n->by_given, n->given[k], k);
        put(&n->by_name, n->name[k], k);
    }
}

/* ---- names -------------------------------------------------------------------------------- */

/* What may stand of a text: n letters in name, which has room for MOST_LETTERS + 2. */
static int clean(const char *text, char *name)
{
    int n = 0;
    for (; *text && n < MOST_LETTERS; text++) {
        const char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        const bool stands = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("_.+", c);
        const bool is_letter = c >= 'a' && c <= 'z';
        if (n == 0 && !is_letter)
            name[n++] = 'x';
        if (stands)
            name[n++] = c;
        else if (n > 1 && name[n - 1] != '-')
            name[n++] = '-';
    }
    while (n > 0 && name[n - 1] == '-')
        n--;
    if (n == 0)
        name[n++] = 'x';
    return n;
}

static const char *new_name(const naming *n, const char *given)
{
    char name[MOST_LETTERS + 16];
    const int length = clean(given, name);
    name[length] = 0;
    for (int k = 2; n->by_name.text[place_of(&n->by_name, name)]; k++)
        snprintf(name + length, sizeof name - (size_t)length, "-%d", k);
    return arena_text(n->memory, name);
}

naming *naming_new(arena *memory)
{
    naming *n = arena_take(memory, 1, sizeof *n);
    n->memory = memory;
    n->by_given = new_lookup(memory, 64);
    n->by_name = new_lookup(memory, 64);
    return n;
}

int naming_find(const naming *n, const char *given)
{
    const size_t at = place_of(&n->by_given, given);
    return n->by_given.text[at] ? n->by_given.number[at] : -1;
}

int naming_number(naming *n, const char *given)
{
    const int found = naming_find(n, given);
    if (found >= 0)
        return found;
    make_room(n);
    n->given = arena_grow(n->memory, n->given, (size_t)n->n, sizeof *n->given);
    n->name = arena_grow(n->memory, n->name, (size_t)n->n, sizeof *n->name);
    n->given[n->n] = arena_text(n->memory, given);
    n->name[n->n] = new_name(n, given);
    put(&n->by_given, n->given[n->n], n->n);
    put(&n->by_name, n->name[n->n], n->n);
    return n->n++;
}

int naming_count(const naming *n)
{
    return n->n;
}

const char *naming_given(const naming *n, int k)
{
    return n->given[k];
}

const char *naming_name(const naming *n, int k)
{
    return n->name[k];
}
