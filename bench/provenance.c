/* provenance.c - see provenance.h. */
#include "provenance.h"

#include "commit.h"
#include "lib/blas.h"
#include "poise.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <xxhash.h>

static void copy(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text);
    to[strcspn(to, "\n")] = 0;
}

static void read_cpu(char *to, size_t size)
{
    copy(to, size, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[512];
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            copy(to, size, strchr(line, ':') + 2);
            break;
        }
    if (f)
        fclose(f);
}

const provenance *provenance_here(void)
{
    static provenance p;
    if (*p.id)
        return &p;
    copy(p.version, sizeof p.version, POISE_VERSION);
    copy(p.commit, sizeof p.commit, POISE_COMMIT);
#ifdef __clang__
    copy(p.compiler, sizeof p.compiler, __VERSION__);
#else
    copy(p.compiler, sizeof p.compiler, "gcc " __VERSION__);
#endif
    copy(p.flags, sizeof p.flags, POISE_FLAGS);
    read_cpu(p.cpu, sizeof p.cpu);
    copy(p.blas, sizeof p.blas, blas_config());
    p.blas_threads = blas_is_thread_safe();
    struct utsname os;
    if (uname(&os) == 0)
        snprintf(p.os, sizeof p.os, "%.40s %.80s %.40s", os.sysname, os.release, os.machine);
    char all[1024];
    snprintf(all, sizeof all, "%s\n%s\n%s\n%s\n%s\n%s\n%s", p.version, p.commit, p.compiler,
             p.flags, p.cpu, p.blas, p.os);
    snprintf(p.id, sizeof p.id, "%016" PRIx64, (uint64_t)XXH3_64bits(all, strlen(all)));
    return &p;
}
