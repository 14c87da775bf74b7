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
/* Whether one of n files is there already, which err then says. */
bool file_any_is_there(const char *const *path, int n, poise_error *err);
/* One of several files that belong together. */
typedef struct file_text {
    const char *path, *text;
    size_t n_bytes;
} file_text;
/* Looks at files, which are all in dir under their own names; false with a sentence in err. */
typedef bool file_check(void *data, const char *dir, poise_error *err);
/* Writes n >= 1 files of one folder: all of them, or none; they are first written to a folder of
 * their own, and only if check (may be NULL) finds them good do they come to their places. Unless
 * `replace`, nothing may be there yet. false with a sentence in err. */
bool file_write_all(const file_text *file, int n, bool replace, file_check *check, void *data,
                    poise_error *err);
/* Makes the directory that path lies in, and those above it. */
bool file_make_parents(const char *path, poise_error *err);

#endif
