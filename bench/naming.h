/* naming.h - names for what data calls anything: what may stand in scenario files, tables and
 * command lines (lower case letters, digits, _ . + -), each once. */
#ifndef NAMING_H
#define NAMING_H

#include "arena.h"

typedef struct naming naming;

/* No names so far. Everything is taken of `memory` and lives as long. */
naming *naming_new(arena *memory);
/* The number of what is called so: the next one, from 0 on, if it is new. */
int naming_number(naming *n, const char *given);
/* The same, -1 if it is new. */
int naming_find(const naming *n, const char *given);
int naming_count(const naming *n);
/* What number k is called in data, and its name: the same as far as it may stand, and as it is not
 * the name of another. */
const char *naming_given(const naming *n, int k);
const char *naming_name(const naming *n, int k);

#endif
