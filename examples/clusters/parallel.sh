#!/bin/sh
# parallel.sh EXPERIMENT N - a sweep as N shards by GNU parallel: as many at a time as there are
# processors here or, with PARALLEL='--sshloginfile hosts --wd .', on other machines that share this
# folder. Then what there is of them is merged. The same command again goes on where it was ended.
set -u
seq "$2" | parallel -q poise sweep "$1" -j 1 --shard "{}/$2"
poise merge "$1"
