/* store_copy.h - results from one store to another: what merges shards. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store.h"

/* Copies those of n cells that `from` holds and `to` lacks, with all that belongs to them: numbers,
 * scenario, policy, where they come from. A cell that failed gives way to one that did not; it is
 * copied only if failed_too is set and `to` has nothing of it. One without bounds gives way to one
 * with bounds. All are copied or none. How many were; -1 with a sentence in err: also if both have
 * a cell that did other things in one than in the other. */
int store_copy_cells(store *to, store *from, const store_id *cell, int n, bool failed_too,
                     poise_error *err);
/* The same for policies, needed or not. */
int store_copy_policies(store *to, store *from, const store_id *policy, int n, poise_error *err);

#endif
