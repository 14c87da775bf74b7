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
