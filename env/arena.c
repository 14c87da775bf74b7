/* arena.c - memory that is freed as one: a list of chunks. */
#include "arena.h"

#include "error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 16384 };

typedef struct chunk {
    struct chunk *next;
    size_t used, room;
    _Alignas(max_align_t) unsigned char bytes[];
} chunk;

struct arena {
    chunk *first;
};

arena *arena_new(void)
{
    return error_must(calloc(1, sizeof(arena)));
}

void arena_free(arena *a)
{
    if (!a)
        return;
    for (chunk *c = a->first; c;) {
        chunk *next = c->next;
        free(c);
        c = next;
    }
    free(a);
}

static chunk *add_chunk(arena *a, size_t bytes)
{
    size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    chunk *c = error_must(calloc(1, sizeof *c + room));
    c->room = room;
    c->next = a->first;
    a->first = c;
    return c;
}

void *arena_take(arena *a, size_t n, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > 0 && n > (SIZE_MAX / 2) / size)
        error_no_memory();
    size_t bytes = (n * size + align - 1) / align * align;
    chunk *c = a->first;
    if (!c || c->room - c->used < bytes)
        c = add_chunk(a, bytes);
    void *piece = c->bytes + c->used;
    c->used += bytes;
    return piece;
}

char *arena_copy(arena *a, const char *text, size_t n)
{
    char *copy = arena_take(a, n + 1, 1);
    if (n > 0)
        memcpy(copy, text, n);
    return copy;
}

char *arena_text(arena *a, const char *text)
{
    return arena_copy(a, text, strlen(text));
}

char *arena_format(arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = arena_take(a, (size_t)(n < 0 ? 0 : n) + 1, 1);
    vsnprintf(text, (size_t)(n < 0 ? 0 : n) + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

void *arena_grow(arena *a, void *old, size_t n, size_t size)
{
    if (n > 0 && (n & (n - 1)) != 0)
        return old;
    void *new = arena_take(a, n > 0 ? 2 * n : 1, size);
    if (n > 0)
        memcpy(new, old, n * size);
    return new;
}
