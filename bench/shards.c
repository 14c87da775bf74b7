/* shards.c - see shards.h. */
#include "shards.h"

#include "units.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS_MAX 100000

/* Refuses what is no number of a shard. */
static int number_in(const char *what, const char *text, int least, int most)
{
    int64_t value;
    if (units_whole(text, &value) != UNITS_OK || value < least || value > most)
        cli_refuse("%s '%s' is not a whole number from %d to %d", what, text, least, most);
    return (int)value;
}

static int variable(const char *name, int least)
{
    const char *text = getenv(name);
    if (!text)
        cli_refuse("--shard slurm is for a task of a Slurm job array: %s is not set", name);
    return number_in(name, text, least, INT32_MAX);
}

/* Tasks first, first + step, ... are shards 1, 2, ... */
static shard shard_of_task(void)
{
    const int task = variable("SLURM_ARRAY_TASK_ID", 0);
    const int first = variable("SLURM_ARRAY_TASK_MIN", 0);
    const int last = variable("SLURM_ARRAY_TASK_MAX", 0);
    const int step = getenv("SLURM_ARRAY_TASK_STEP") ? variable("SLURM_ARRAY_TASK_STEP", 1) : 1;
    const int of = (last - first) / step + 1;
    if (last < first || task < first || task > last || (task - first) % step || of > SHARDS_MAX)
        cli_refuse("--shard slurm: task %d is none of an array %d-%d:%d", task, first, last, step);
    return (shard){(task - first) / step + 1, of};
}

shard shard_read(const char *text)
{
    if (strcmp(text, "slurm") == 0)
        return shard_of_task();
    const size_t n = strcspn(text, "/");
    if (!text[n])
        cli_refuse("--shard '%s' is neither NUMBER/HOW-MANY, as 2/8, nor slurm", text);
    const int of = number_in("--shard: how many", text + n + 1, 1, SHARDS_MAX);
    const char *first = arena_copy(cli_memory(), text, n);
    return (shard){number_in("--shard: number", first, 1, of), of};
}

/* The store's path without .db. */
static const char *stem_of(const char *store_path)
{
    const size_t n = strlen(store_path);
    const bool is_db = n > 3 && strcmp(store_path + n - 3, ".db") == 0;
    return arena_copy(cli_memory(), store_path, is_db ? n - 3 : n);
}

const char *shard_path(const char *store_path, shard which)
{
    return arena_format(cli_memory(), "%s.shard-%d-of-%d.db", stem_of(store_path), which.number,
                        which.of);
}

/* Whether the rest of a name is as shard_path writes it. */
static bool is_shard(const char *rest)
{
    int number, of, end = 0;
    return sscanf(rest, ".shard-%6d-of-%6d.db%n", &number, &of, &end) == 2 && end > 0 && !rest[end];
}

static int by_name(const void *a, const void *b)
{
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

names shard_paths(const char *store_path)
{
    const char *stem = stem_of(store_path), *slash = strrchr(stem, '/');
    const char *base = slash ? slash + 1 : stem;
    const char *dir = slash ? arena_copy(cli_memory(), stem, (size_t)(slash + 1 - stem)) : "";
    names all = {0};
    DIR *d = opendir(*dir ? dir : ".");
    for (struct dirent *entry; d && (entry = readdir(d));)
        if (strncmp(entry->d_name, base, strlen(base)) == 0 &&
            is_shard(entry->d_name + strlen(base)))
            names_add(&all, arena_format(cli_memory(), "%s%s", dir, entry->d_name));
    if (d)
        closedir(d);
    if (all.n > 1)
        qsort(all.at, (size_t)all.n, sizeof *all.at, by_name);
    return all;
}
