/* store_seal.h - whether rows are as they were written. SQLite tells a file that is no longer a
 * database, but not a number that is another one since. */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include "store.h"

/* What is sealed, with all rows that belong to it. */
typedef enum seal_kind {
    SEAL_SCENARIO,
    SEAL_PROVENANCE,
    SEAL_POLICY,
    SEAL_CELL,
    SEAL_EXPERIMENT,
    SEAL_KINDS,
} seal_kind;

/* Seals what is stored of an id now; within the transaction that wrote it. */
bool store_seal(store *s, seal_kind kind, const char *id, poise_error *err);
/* Seals all that has no seal, in a store of an older layout; within the transaction that raises it.
 */
bool store_seal_all(store *s, poise_error *err);
/* Whether all is as it was when it was sealed, and nothing is there without a seal. True of stores
 * of layouts without seals. */
bool store_is_sealed(store *s, poise_error *err);

#endif
