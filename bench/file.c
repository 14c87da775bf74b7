/* file.c - see file.h. */
#include "file.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A sentence about what errno says; false. */
static bool fail(poise_error *err, const char *path, const char *what)
{
    error_null(err, "%s: cannot %s: %s", path, what, strerror(errno));
    return false;
}

/* read() of all n bytes, going on after short reads; how many there were, -1 on error. */
static ssize_t read_all(int fd, char *to, size_t n)
{
    size_t at = 0;
    while (at < n) {
        const ssize_t got = read(fd, to + at, n - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        at += (size_t)got;
    }
    return (ssize_t)at;
}

void *file_read(const char *path, long long limit, size_t *n_bytes, poise_error *err)
{
    char *bytes = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        fail(err, path, "read it");
    } else if (!S_ISREG(st.st_mode) || st.st_size > limit) {
        error_null(err, "%s: cannot read it: %s", path,
                   S_ISREG(st.st_mode) ? "it is too long" : "it is not a file");
    } else {
        bytes = malloc((size_t)st.st_size + 1);
        const ssize_t got = bytes ? read_all(fd, bytes, (size_t)st.st_size) : -1;
        if (got < 0) {
            fail(err, path, "read it");
            free(bytes);
            bytes = NULL;
        } else {
            bytes[got] = 0;
            *n_bytes = (size_t)got;
        }
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

static bool write_all(int fd, const char *from, size_t n)
{
    while (n > 0) {
        const ssize_t put = write(fd, from, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        from += put;
        n -= (size_t)put;
    }
    return true;
}

bool file_write(const char *path, const void *bytes, size_t n_bytes, poise_error *err)
{
    char temporary[PATH_MAX];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return fail(err, path, "write it");
    }
    const int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fail(err, path, "write it");
    const mode_t mask = umask(0);
    umask(mask);
    bool good = fchmod(fd, 0666 & ~mask) == 0 && write_all(fd, bytes, n_bytes) && fsync(fd) == 0;
    const int why = errno;
    good = close(fd) == 0 && good;
    if (good && rename(temporary, path) == 0)
        return true;
    if (!good && why)
        errno = why;
    fail(err, path, "write it");
    unlink(temporary);
    return false;
}

/* ---- several files ------------------------------------------------------------------------ */

bool file_any_is_there(const char *const *path, int n, poise_error *err)
{
    for (int k = 0; k < n; k++)
        if (access(path[k], F_OK) == 0) {
            error_null(err, "%s is there already; --force replaces it", path[k]);
            return true;
        }
    return false;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "dir/name" into path. */
static bool join(char path[PATH_MAX], const char *dir, const char *name, poise_error *err)
{
    if ((size_t)snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return fail(err, dir, "write into it");
}

/* Moves the files out of dir to their places: all, or none if they must not replace others. */
static bool move_all(const char *dir, const file_text *file, int n, bool replace, poise_error *err)
{
    char from[PATH_MAX];
    int moved = 0;
    for (; moved < n; moved++) {
        const char *to = file[moved].path;
        if (!join(from, dir, base_of(to), err))
            break;
        if ((replace ? rename(from, to) : link(from, to)) != 0) {
            fail(err, to, "write it");
            break;
        }
    }
    for (int k = 0; k < moved && moved < n && !replace; k++)
        unlink(file[k].path);
    return moved == n;
}

static void remove_all(const char *dir, const file_text *file, int n)
{
    char path[PATH_MAX];
    poise_error unused;
    for (int k = 0; k < n; k++)
        if (join(path, dir, base_of(file[k].path), &unused))
            unlink(path);
    rmdir(dir);
}

bool file_write_all(const file_text *file, int n, bool replace, file_check *check, void *data,
                    poise_error *err)
{
    char dir[PATH_MAX], path[PATH_MAX];
    const int folder = (int)(base_of(file[0].path) - file[0].path);
    if ((size_t)snprintf(dir, sizeof dir, "%.*s.poise-XXXXXX", folder, file[0].path) >=
        sizeof dir) {
        errno = ENAMETOOLONG;
        return fail(err, file[0].path, "write it");
    }
    if (!mkdtemp(dir))
        return fail(err, file[0].path, "write it");
    bool good = true;
    for (int k = 0; k < n && good; k++)
        good = join(path, dir, base_of(file[k].path), err) &&
               file_write(path, file[k].text, file[k].n_bytes, err);
    good = good && (!check || check(data, dir, err)) && move_all(dir, file, n, replace, err);
    remove_all(dir, file, n);
    return good;
}

bool file_make_parents(const char *path, poise_error *err)
{
    char dir[PATH_MAX];
    if ((size_t)snprintf(dir, sizeof dir, "%s", path) >= sizeof dir) {
        errno = ENAMETOOLONG;
        return fail(err, path, "make its directory");
    }
    for (char *slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(dir, 0777) != 0 && errno != EEXIST)
            return fail(err, dir, "make the directory");
        *slash = '/';
    }
    return true;
}
