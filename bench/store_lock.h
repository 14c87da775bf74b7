/* store_lock.h - one sweep at a time on a store: the file STORE.lock, which the system locks for a
 * process until that ends, however it does. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "poise.h"

typedef struct store_lock store_lock;

/* Takes the lock; makes the folder that the store will lie in. If another process has it: with
 * wait, waits for it (until a signal comes, see pool.h; tells once through `waits` who has it, NULL
 * is fine), else NULL with a sentence in err that says who has it. NULL also if the file cannot be
 * made. */
store_lock *store_lock_take(const char *store_path, bool wait, void (*waits)(const char *sentence),
                            poise_error *err);
void store_lock_leave(store_lock *l);  // takes the file away; NULL is fine
/* Whether another process has the lock; who ("process 17 on host") into who (its size). */
bool store_lock_is_held(const char *store_path, char *who, size_t size);

#endif
