/* error.h - filling a poise_error: sentences collected at the edge, where the world comes in. */
#ifndef POISE_ERROR_H
#define POISE_ERROR_H

#include "poise.h"

/* Forgets what was in err. */
void error_clear(poise_error *err);
/* Adds one mistake, a line (or more) of text; beyond the room the text says that more follow. */
void error_add(poise_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same as the only mistake; returns NULL: a loader can `return error_null(err, ...)`. */
void *error_null(poise_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The nearest of the names by edit distance (with transpositions), NULL if none is near enough to
 * be what was meant. Names are NULL-terminated. */
const char *nearest_name(const char *wrong, const char *const *names);

/* Status with which error_no_memory ends the program; that of bench/cli.h for the same. */
enum { ERROR_NO_MEMORY_STATUS = 4 };
/* Ends the program at once, from any thread, with a line on standard error: for small things of
 * limited size. What others write to disk must be safe from an end at any time. */
_Noreturn void error_no_memory(void);
/* What it is given, unless that is NULL: then there was no memory. */
void *error_must(void *memory);

#endif
