/* arena.h - memory that is freed as one: what belongs to a scenario is taken piece by piece and
 * given back together. */
#ifndef POISE_ARENA_H
#define POISE_ARENA_H

#include <stddef.h>

typedef struct arena arena;

/* An empty arena. Scenarios are small and their size is limited before they are read, so an arena
 * that gets no memory ends the program (error_no_memory); its functions never return NULL. */
arena *arena_new(void);
void arena_free(arena *a);  // NULL is fine
/* n elements of `size` bytes, zeroed, aligned for any type. */
void *arena_take(arena *a, size_t n, size_t size);
/* A copy of n bytes of text, terminated. */
char *arena_copy(arena *a, const char *text, size_t n);
char *arena_text(arena *a, const char *text);
/* Formatted text. */
char *arena_format(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `old` (n elements) or a larger copy of it, so that there is room for one more. Room doubles at
 * powers of two: arrays grown only by this need no note of their room. */
void *arena_grow(arena *a, void *old, size_t n, size_t size);

#endif
