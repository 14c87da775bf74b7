/* string_buffer.c - a string that grows while it is written. */
#include "string_buffer.h"

#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void make_room(string_buffer *t, size_t more)
{
    if (t->length + more < t->room)
        return;
    t->room = 2 * (t->length + more) + 256;
    t->at = realloc(t->at, t->room);
    if (!t->at)
        error_no_memory();
}

void string_add(string_buffer *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n >= 0) {
        make_room(t, (size_t)n + 1);
        vsnprintf(t->at + t->length, t->room - t->length, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

void string_free(string_buffer *t)
{
    free(t->at);
    *t = (string_buffer){0};
}
