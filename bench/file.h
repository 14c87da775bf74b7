/* file.h - whole files: read at once, written through a temporary name so that nobody ever sees a
 * half-written one. */
#ifndef FILE_H
#define FILE_H

#include "poise.h"

/* The bytes of a file, followed by a 0 that is not counted; the caller frees them. NULL with a
 * sentence in err, also if it is longer than limit bytes. */
void *file_read(const char *path, long long limit, size_t *n_bytes, poise_error *err);
/* Writes n_bytes to path: a temporary file beside it, fsync, rename. false with a sentence in err;
 * then what was at path before is untouched. */
bool file_write(const char *path, const void *bytes, size_t n_bytes, poise_error *err);
/* Makes the directory that path lies in, and those above it. */
bool file_make_parents(const char *path, poise_error *err);

#endif
