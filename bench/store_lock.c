/* store_lock.c - see store_lock.h. A record lock: it goes with the process, is not given to those
 * that it starts, and the system says who has it. */
#include "store_lock.h"

#include "error.h"
#include "file.h"
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Between two looks at a lock that somebody else has. */
#define LOOK_NS 100000000L

struct store_lock {
    int fd;
    char path[PATH_MAX];
};

/* Tries to lock the open file: 1 it is ours, 0 another process has it, -1 error in errno. */
static int try_lock(int fd)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &all) == 0)
        return 1;
    return errno == EACCES || errno == EAGAIN ? 0 : -1;
}

/* Whether the file that is locked is still the one of that name: the one before us may just have
 * taken it away. */
static bool is_there(const store_lock *l)
{
    struct stat open, named;
    return fstat(l->fd, &open) == 0 && stat(l->path, &named) == 0 && open.st_ino == named.st_ino &&
           open.st_dev == named.st_dev;
}

/* Says in the file who we are, for those who find it locked. */
static void sign(int fd)
{
    char host[256] = "?", text[400];
    gethostname(host, sizeof host - 1);
    const int n = snprintf(text, sizeof text, "process %ld on %s\n", (long)getpid(), host);
    /* What cannot be written is only a comfort. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) != n)
        ftruncate(fd, 0);
}

/* Who has the lock of the open file: as it signed, or as the system knows it. */
static void read_who(int fd, char *text, size_t size)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const ssize_t n = pread(fd, text, size - 1, 0);
    text[n > 0 ? n : 0] = 0;
    text[strcspn(text, "\n")] = 0;
    if (!*text && fcntl(fd, F_GETLK, &all) == 0 && all.l_pid > 0)
        snprintf(text, size, "process %ld", (long)all.l_pid);
    else if (!*text)
        snprintf(text, size, "another process");
}

/* The same as a sentence. */
static void say_who(const store_lock *l, const char *store_path, poise_error *err)
{
    char text[300];
    read_who(l->fd, text, sizeof text);
    error_null(err, "%s: %s is at work on the store; --wait waits for it", store_path, text);
}

static bool open_lock(store_lock *l, poise_error *err)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    return l->fd >= 0 || error_null(err, "%s: cannot make it: %s", l->path, strerror(errno));
}

/* 1 the lock is ours, 0 another process has it, which err says, -1 error in err. */
static int attempt(store_lock *l, const char *store_path, poise_error *err)
{
    int has;
    error_clear(err);
    do {
        if (!open_lock(l, err))
            return -1;
        has = try_lock(l->fd);
    } while (has == 1 && !is_there(l));
    if (has == 0)
        say_who(l, store_path, err);
    else if (has < 0)
        error_null(err, "%s: cannot lock it: %s", l->path, strerror(errno));
    return has;
}

store_lock *store_lock_take(const char *store_path, bool wait, void (*waits)(const char *sentence),
                            poise_error *err)
{
    if (!file_make_parents(store_path, err))
        return NULL;
    store_lock *l = calloc(1, sizeof *l);
    if (!l)
        return error_null(err, "%s: out of memory", store_path);
    l->fd = -1;
    int has = -1;
    if ((size_t)snprintf(l->path, sizeof l->path, "%s.lock", store_path) < sizeof l->path)
        has = attempt(l, store_path, err);
    else
        error_null(err, "%s: the name is too long", store_path);
    if (has == 0 && wait && waits)
        waits(err->text);
    for (; has == 0 && wait && !pool_signal(); has = attempt(l, store_path, err))
        nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    if (has == 1) {
        sign(l->fd);
        return l;
    }
    if (l->fd >= 0)
        close(l->fd);
    free(l);
    return NULL;
}

void store_lock_leave(store_lock *l)
{
    if (!l)
        return;
    unlink(l->path);
    close(l->fd);
    free(l);
}

bool store_lock_is_held(const char *store_path, char *who, size_t size)
{
    char path[PATH_MAX];
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if ((size_t)snprintf(path, sizeof path, "%s.lock", store_path) >= sizeof path)
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool held = fd >= 0 && fcntl(fd, F_GETLK, &all) == 0 && all.l_type != F_UNLCK;
    if (held)
        read_who(fd, who, size);
    if (fd >= 0)
        close(fd);
    return held;
}
