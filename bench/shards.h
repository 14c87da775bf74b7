/* shards.h - an experiment in several stores: which part one of them is for, what they are called
 * and where the others are. */
#ifndef SHARDS_H
#define SHARDS_H

#include "cli.h"

/* Share number `number` (from 1) of `of`; all 0: the whole. */
typedef struct shard {
    int number, of;
} shard;

/* Reads "2/8", or "slurm": the task of the job array that this process is in. Refuses all else. */
shard shard_read(const char *text);
/* results/x.shard-2-of-8.db for results/x.db. */
const char *shard_path(const char *store_path, shard which);
/* The stores of all shards of a store that are there, in order of name. */
names shard_paths(const char *store_path);

#endif
