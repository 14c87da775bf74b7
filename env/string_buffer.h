/* string_buffer.h - a string that grows while it is written. */
#ifndef POISE_STRING_BUFFER_H
#define POISE_STRING_BUFFER_H

#include <stddef.h>

/* Starts as {0}. `at` is malloc'd and terminated, NULL while nothing was added. */
typedef struct string_buffer {
    char *at;
    size_t length, room;
} string_buffer;

void string_add(string_buffer *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void string_free(string_buffer *t);

#endif
