/* data_sets.c - see data_sets.h. */
#include "data_sets.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "data:"

static const char *folder;

void data_sets_in(const char *dir)
{
    folder = dir;
}

const char *data_sets_file(const char *name)
{
    const char *dir = folder ? folder : getenv("POISE_SHARED");
    if (!dir || !*dir)
        return NULL;
    const char *path = arena_format(cli_memory(), "%s/%s", dir, name);
    if (access(path, R_OK) == 0)
        return path;
    path = arena_format(cli_memory(), "%s/data/%s", dir, name);
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *data_sets_value(const char *value)
{
    const size_t n = strlen(PREFIX);
    return strncmp(value, PREFIX, n) == 0 ? data_sets_file(value + n) : value;
}
