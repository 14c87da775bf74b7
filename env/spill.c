/* spill.c - see spill.h. The one file of the simulator that writes to the disk. */
#include "spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

spill *spill_new(size_t row_bytes)
{
    spill *s = calloc(1, sizeof *s);
    if (s)
        *s = (spill){.row_bytes = row_bytes, .fd = -1};
    return s;
}

void spill_free(spill *s)
{
    if (!s)
        return;
    if (s->n_mapped > 0)
        munmap(s->rows, s->n_mapped);
    else
        free(s->rows);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

/* A file that is gone as soon as nobody has it open; -1 with errno set. */
static int nameless_file(void)
{
    const char *dir = getenv("TMPDIR");
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/poise-XXXXXX", dir && dir[0] ? dir : "/tmp");
    if (n >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkstemp(path);
    if (fd >= 0) {
        unlink(path);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return fd;
}

static bool write_all(int fd, const char *at, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, at, n);
        if (written < 0 && errno != EINTR)
            return false;
        at += written > 0 ? written : 0;
        n -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool read_all(int fd, char *to, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, to + done, n - done, (off_t)done);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* All rows back into memory: there is no file, or no more room in it. */
static bool give_up_file(spill *s)
{
    int64_t held = s->n - s->n_in_file, room = 2 * s->n;
    s->error = errno;
    char *rows = malloc((size_t)room * s->row_bytes);
    size_t n_bytes = (size_t)s->n_in_file * s->row_bytes;
    if (!rows || !read_all(s->fd, rows, n_bytes)) {
        free(rows);
        return false;
    }
    memcpy(rows + n_bytes, s->rows, (size_t)held * s->row_bytes);
    free(s->rows);
    if (s->fd >= 0)
        close(s->fd);
    s->rows = rows;
    s->room = room;
    s->n_in_file = 0;
    s->fd = -1;
    return true;
}

/* What is in memory goes into the file. */
static bool flush(spill *s)
{
    if (s->fd < 0)
        s->fd = nameless_file();
    if (s->fd < 0 || !write_all(s->fd, s->rows, (size_t)(s->n - s->n_in_file) * s->row_bytes))
        return give_up_file(s);
    s->n_in_file = s->n;
    return true;
}

static bool grow(spill *s)
{
    int64_t room = s->room > 0 ? 2 * s->room : 64;
    char *rows = realloc(s->rows, (size_t)room * s->row_bytes);
    if (!rows)
        return false;
    s->rows = rows;
    s->room = room;
    return true;
}

bool spill_add(spill *s, const void *row)
{
    if (s->n - s->n_in_file == s->room) {
        bool few = (size_t)s->room * s->row_bytes < SPILL_BYTES;
        if (!(few || s->error ? grow(s) : flush(s)))
            return false;
    }
    memcpy(s->rows + (size_t)(s->n - s->n_in_file) * s->row_bytes, row, s->row_bytes);
    s->n++;
    return true;
}

bool spill_close(spill *s)
{
    if (s->fd < 0 && s->n > 0) {
        char *rows = realloc(s->rows, (size_t)s->n * s->row_bytes);
        if (rows)
            s->rows = rows;
    }
    if (s->fd < 0)
        return true;
    if (s->n > s->n_in_file && !flush(s))
        return false;
    if (s->fd < 0)
        return true;
    size_t n_bytes = (size_t)s->n * s->row_bytes;
    char *rows = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
    if (rows == MAP_FAILED)
        return give_up_file(s);
    free(s->rows);
    close(s->fd);  // what is mapped stays
    s->fd = -1;
    s->rows = rows;
    s->n_mapped = n_bytes;
    return true;
}

void spill_protect(spill *s)
{
    if (s->n_mapped > 0)
        mprotect(s->rows, s->n_mapped, PROT_READ);
}

void spill_give_back(const spill *s, int64_t k)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int64_t first = k > SPILL_CHUNK ? k - SPILL_CHUNK : 0;
    size_t from = (size_t)first * s->row_bytes / page * page;
    size_t to = (size_t)k * s->row_bytes / page * page;
    if (to > from)
        madvise(s->rows + from, to - from, MADV_DONTNEED);
}
