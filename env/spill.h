/* spill.h - rows that are added one by one and then read, mostly in order: in memory while they are
 * few, beyond SPILL_BYTES in a temporary file without a name (in $TMPDIR, else /tmp) that is mapped
 * into memory. Going through them in order gives back the pages behind, so that what is resident
 * does not grow with the rows; whoever comes later finds them in the file again. */
#ifndef POISE_SPILL_H
#define POISE_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPILL_BYTES = 1 << 20, SPILL_CHUNK = 1 << 14 };

typedef struct spill {
    size_t row_bytes;
    int64_t n, room;  // rows there are, that fit into `rows` while they are added
    char *rows;       // what is not in the file yet; once closed, all rows
    int64_t n_in_file;
    int fd;           // -1: no file
    size_t n_mapped;  // bytes, 0: all is in memory
    int error;        // errno, if a file was needed and could not be had
} spill;

/* No rows yet, of so many bytes each. NULL without memory. */
spill *spill_new(size_t row_bytes);
void spill_free(spill *s);  // NULL is fine
/* false if there is no memory, or no room in the file and no memory either. */
bool spill_add(spill *s, const void *row);
/* No more rows: they can be read, and changed. false as above. */
bool spill_close(spill *s);
/* From here on they can only be read, by any number of threads. */
void spill_protect(spill *s);
/* Gives back the pages of the chunk of rows before row k, which begins another. */
void spill_give_back(const spill *s, int64_t k);

/* Row k of those that are closed. */
static inline void *spill_at(const spill *s, int64_t k)
{
    if (s->n_mapped > 0 && k % SPILL_CHUNK == 0)
        spill_give_back(s, k);
    return s->rows + (size_t)k * s->row_bytes;
}

#endif
