/* faults.c - a library to be preloaded: the Nth call of some kind fails, once or from then on.
 *
 * FAULT_KIND  which calls count: memory, or some of open,read,write,sync,rename,remove,map (a list)
 * FAULT_AT    the number of the call that fails, from 1; 0 or none: nothing does
 * FAULT_ERROR its errno by number; by default ENOMEM of memory and maps, EIO of the rest
 * FAULT_LAST  how many calls in a row fail, by default 1
 * FAULT_COUNT a file to which the number of calls is written at the end
 *
 * Calls count from when the libraries have made themselves ready until the program ends; those of
 * programs that it starts do not. It knows nothing of what it is loaded into. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

enum { MEMORY = 1, OPEN = 2, READ = 4, WRITE = 8, SYNC = 16, RENAME = 32, REMOVE = 64, MAP = 128 };

static const struct {
    const char *name;
    int bit;
} kinds[] = {{"memory", MEMORY}, {"open", OPEN},     {"read", READ},     {"write", WRITE},
             {"sync", SYNC},     {"rename", RENAME}, {"remove", REMOVE}, {"map", MAP}};

static int counted;
static long first, last;
static int given_error;
static atomic_long calls;
static char count_path[4096];

static long number(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtol(text, NULL, 10) : otherwise;
}

static int kinds_of(const char *text)
{
    int bits = 0;
    for (size_t k = 0; text && k < sizeof kinds / sizeof *kinds; k++)
        if (strstr(text, kinds[k].name))
            bits |= kinds[k].bit;
    return bits;
}

/* Runs after those of all libraries but before main. */
__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAULT_COUNT");
    if (path)
        snprintf(count_path, sizeof count_path, "%s", path);
    first = number("FAULT_AT", 0);
    last = first + number("FAULT_LAST", 1) - 1;
    given_error = (int)number("FAULT_ERROR", 0);
    const int bits = kinds_of(getenv("FAULT_KIND"));
    unsetenv("LD_PRELOAD");
    counted = bits;
}

__attribute__((destructor)) static void end(void)
{
    counted = 0;
    FILE *out = *count_path ? fopen(count_path, "w") : NULL;
    if (!out)
        return;
    fprintf(out, "%ld\n", atomic_load(&calls));
    fclose(out);
}

/* Whether this call of the kind is one that fails; then errno is set. */
static bool fails(int kind)
{
    if (!(counted & kind))
        return false;
    const long at = atomic_fetch_add(&calls, 1) + 1;
    if (at < first || at > last || first == 0)
        return false;
    errno = given_error ? given_error : kind & (MEMORY | MAP) ? ENOMEM : EIO;
    return true;
}

/* ---- memory ------------------------------------------------------------------------------- */

/* glibc's own: dlsym needs memory itself. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t n)
{
    return fails(MEMORY) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fails(MEMORY) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t n)
{
    return fails(MEMORY) ? NULL : __libc_realloc(old, n);
}

void *memalign(size_t align, size_t n)
{
    return fails(MEMORY) ? NULL : __libc_memalign(align, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    return memalign(align, n);
}

int posix_memalign(void **to, size_t align, size_t n)
{
    void *got = memalign(align, n);
    if (!got)
        return ENOMEM;
    *to = got;
    return 0;
}

/* ---- files -------------------------------------------------------------------------------- */

/* The next function of the name. */
#define NEXT(name)                                                                                 \
    static __typeof__(&name) next;                                                                 \
    if (!next)                                                                                     \
    next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define MODE(flags, mode)                                                                          \
    mode_t mode = 0;                                                                               \
    if (((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE) {                                   \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode = va_arg(args, mode_t);                                                               \
        va_end(args);                                                                              \
    }

int open(const char *path, int flags, ...)
{
    NEXT(open);
    MODE(flags, mode)
    return fails(OPEN) ? -1 : next(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    NEXT(open64);
    MODE(flags, mode)
    return fails(OPEN) ? -1 : next(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
    NEXT(openat);
    MODE(flags, mode)
    return fails(OPEN) ? -1 : next(dir, path, flags, mode);
}

FILE *fopen(const char *path, const char *how)
{
    NEXT(fopen);
    return fails(OPEN) ? NULL : next(path, how);
}

FILE *fopen64(const char *path, const char *how)
{
    NEXT(fopen64);
    return fails(OPEN) ? NULL : next(path, how);
}

int mkostemp(char *template, int flags)
{
    NEXT(mkostemp);
    return fails(OPEN) ? -1 : next(template, flags);
}

int mkostemp64(char *template, int flags)
{
    NEXT(mkostemp64);
    return fails(OPEN) ? -1 : next(template, flags);
}

char *mkdtemp(char *template)
{
    NEXT(mkdtemp);
    return fails(OPEN) ? NULL : next(template);
}

ssize_t read(int fd, void *to, size_t n)
{
    NEXT(read);
    return fails(READ) ? -1 : next(fd, to, n);
}

ssize_t pread64(int fd, void *to, size_t n, off64_t at)
{
    NEXT(pread64);
    return fails(READ) ? -1 : next(fd, to, n, at);
}

ssize_t write(int fd, const void *from, size_t n)
{
    NEXT(write);
    return fails(WRITE) ? -1 : next(fd, from, n);
}

ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at)
{
    NEXT(pwrite64);
    return fails(WRITE) ? -1 : next(fd, from, n, at);
}

int ftruncate64(int fd, off64_t n)
{
    NEXT(ftruncate64);
    return fails(WRITE) ? -1 : next(fd, n);
}

int fallocate64(int fd, int mode, off64_t at, off64_t n)
{
    NEXT(fallocate64);
    return fails(WRITE) ? -1 : next(fd, mode, at, n);
}

int fsync(int fd)
{
    NEXT(fsync);
    return fails(SYNC) ? -1 : next(fd);
}

int fdatasync(int fd)
{
    NEXT(fdatasync);
    return fails(SYNC) ? -1 : next(fd);
}

int rename(const char *from, const char *to)
{
    NEXT(rename);
    return fails(RENAME) ? -1 : next(from, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    NEXT(renameat2);
    return fails(RENAME) ? -1 : next(from_dir, from, to_dir, to, flags);
}

int unlink(const char *path)
{
    NEXT(unlink);
    return fails(REMOVE) ? -1 : next(path);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir);
    return fails(RENAME) ? -1 : next(path, mode);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t from)
{
    NEXT(mmap);
    return fails(MAP) ? MAP_FAILED : next(at, n, protection, flags, fd, from);
}

void *mmap64(void *at, size_t n, int protection, int flags, int fd, off64_t from)
{
    NEXT(mmap64);
    return fails(MAP) ? MAP_FAILED : next(at, n, protection, flags, fd, from);
}
