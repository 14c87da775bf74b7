#!/bin/sh
# test_disk.sh SOURCE BUILD - what disks do to stores: full ones, folders and files that cannot be
# written, what is no store, and stores in which bytes have changed or from which some are missing.
# A sentence, nothing lost that was committed, and no number that is another one unnoticed.
# POISE_LONG=1 changes each byte in turn and cuts at each length.
set -u
source=$1
poise=$2/poise
folder=$(mktemp -d) || exit 1
mounted=
trap '[ -z "$mounted" ] || umount "$folder/small"; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
cd "$folder" || exit 1
export POISE_DATA="$source"
. "$1/tests/verdict.sh"

cat >tiny.yaml <<'END'
poise: 1
name: tiny-v1
title: A few jobs
devices: [{name: one}, {name: two, speed: 2}]
workload: {classes: [{name: job, size: 1}], sources: [{type: poisson, rate: 1, class: job}]}
end: {jobs: 20}
END
cat >few.yaml <<'END'
poise: 1
name: few
title: A few cells
scenarios: tiny.yaml
agents: [fifo, shortest, {agent: q_learning, train: 60}]
seeds: 0
END

sweep() { "$poise" sweep few.yaml -q -j 1 -o "$@"; }
cells() { "$poise" report --cells "$1"; }

# refused STATUS: the command before it ended with 4 and one sentence.
refused() { [ "$1" -eq 4 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q '^poise [a-z]*: error: .' err; }

# only_good STORE: there is none, or all cells that it holds are those of the whole sweep.
only_good()
{
    [ ! -e "$1" ] || { cells "$1" >left 2>err && ! grep -qvxFf whole.cells left; }
}

# goes_on STORE: the same command leads to the whole sweep.
goes_on() { sweep "$1" >out 2>err && cells "$1" | cmp -s - whole.cells; }

sweep whole.db >out 2>err && cells whole.db >whole.cells && [ "$(wc -l <whole.cells)" -eq 4 ]
verdict "a sweep with nothing in its way"
bytes=$(wc -c <whole.db)

# ---- full disks -----------------------------------------------------------------------------------
# Files that may not grow: in units of 512 bytes.
bad=
for limit in 1 8 40 100 150 200 240 280 320 360 400; do
    rm -rf t t.*
    (ulimit -f $limit && sweep t.db) >out 2>err
    status=$?
    if [ $status -ne 0 ]; then
        refused $status && only_good t.db && goes_on t.db || bad="$bad $limit"
    else
        cells t.db | cmp -s - whole.cells || bad="$bad $limit"
    fi
done
[ -z "$bad" ]
verdict "no file may grow beyond a limit$bad"

mkdir small
if mount -t tmpfs -o size=64k none small 2>/dev/null; then
    mounted=1
    bad=
    for size in 16k 64k 128k 200k 240k 280k 400k; do
        mount -o remount,size=$size small || bad="$bad $size"
        sweep small/t.db >out 2>err
        status=$?
        # Not even a reader can do without the files that SQLite keeps beside a store.
        cp small/t.db* . 2>/dev/null
        if [ $status -ne 0 ]; then
            refused $status && only_good t.db || bad="$bad $size"
            cells t.db >before 2>err
            mount -o remount,size=2m small && goes_on small/t.db || bad="$bad $size"
        fi
        rm -rf small/* t.db*
    done
    [ -z "$bad" ]
    verdict "a disk of so many bytes is full$bad"
else
    echo "skipped: only root may make a disk that is full"
fi

for command in "list agents" "show fifo" "check tiny.yaml" "info" "run tiny.yaml -a fifo -o r.db" \
    "report whole.db" "report --cells whole.db" "sweep few.yaml -n -o whole.db" \
    "sweep few.yaml -o whole.db" "eval tiny.yaml -a fifo" "--help"; do
    [ -w /dev/full ] || break
    # shellcheck disable=SC2086
    "$poise" $command >/dev/full 2>err
    [ $? -eq 4 ] && [ "$(grep -c 'error: cannot write to standard output: No space left' err)" -eq 1 ]
    verdict "no room for what is printed: $command"
done

# ---- what cannot be written -----------------------------------------------------------------------
if [ -n "$mounted" ]; then
    cp whole.db small/t.db
    mount -o remount,ro small
    sweep small/t.db >out 2>err
    refused $? && grep -q 'Read-only' err
    verdict "a sweep on a disk that is read-only"
    "$poise" run tiny.yaml -q -a fifo --seeds 1 -o small/t.db >out 2>err
    refused $? && grep -q 'read-only' err
    verdict "a run on a disk that is read-only"
    cells small/t.db 2>err | cmp -s - whole.cells
    verdict "a store on a disk that is read-only is read"
    mount -o remount,rw small
    rm -rf small/*
fi
mkdir folder.db && mkfifo fifo.db && : >empty.db && ln -s nowhere/x.db link.db
echo "no database" >text.db
for name in folder fifo text link; do
    timeout 20 "$poise" run tiny.yaml -q -a fifo -o $name.db >out 2>err
    refused $?
    verdict "a run into a $name"
    timeout 20 "$poise" report $name.db >out 2>err
    refused $?
    verdict "a report of a $name"
done
for command in "run tiny.yaml -q -a fifo -o" report; do
    # shellcheck disable=SC2086
    timeout 20 "$poise" $command empty.db >out 2>err
    refused $?
    verdict "an empty file for $command"
done

# ---- bytes that have changed, or are missing ------------------------------------------------------
# flip FILE OFFSET: turns a bit of the byte.
flip()
{
    old=$(od -An -tu1 -j "$2" -N 1 "$1")
    printf '%b' "\\0$(printf '%o' $((old ^ (1 << ($2 % 8)))))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# survives COMMAND...: with the store t.db as it is; it says so and leaves it alone, or nothing that
# matters has changed.
survives()
{
    cp t.db damaged
    timeout 20 "$@" >out 2>err
    status=$?
    if [ $status -ne 0 ]; then
        refused $status && cmp -s t.db damaged
    else
        cells t.db 2>err | cmp -s - whole.cells
    fi
}

# harm HOW MANY: flips or cuts at so many places, evenly.
harm()
{
    step=$((bytes / $2))
    [ -z "${POISE_LONG:-}" ] || step=1
    at=$((step / 2)) n=0 said=0 bad=
    while [ $at -lt "$bytes" ]; do
        rm -f t.db*
        cp whole.db t.db
        if [ "$1" = flip ]; then flip t.db $at; else truncate -s $at t.db; fi
        case $((n % 3)) in
        0) survives "$poise" report t.db ;;
        1) survives "$poise" sweep few.yaml -q -j 1 -o t.db ;;
        2) survives "$poise" run tiny.yaml -q -a fifo,shortest --seeds 0 -o t.db ;;
        esac || bad="$bad $at"
        [ "$status" -eq 0 ] || said=$((said + 1))
        n=$((n + 1)) at=$((at + step))
    done
    [ -z "$bad" ] && [ $said -gt $((n / 4)) ]
    verdict "$1 at $n of $bytes bytes: $said noticed, the others do not matter$bad"
}
harm flip 150
harm cut 60

# Each number that matters is told from another one: all bytes of some pages in the middle.
at=$((bytes / 2 / 4096 * 4096)) n=0 bad=
while [ $n -lt 60 ]; do
    rm -f t.db*
    cp whole.db t.db
    flip t.db $((at + 67 * n))
    survives "$poise" report t.db || bad="$bad $((at + 67 * n))"
    n=$((n + 1))
done
[ -z "$bad" ]
verdict "flips close together$bad"

# ---- what SQLite keeps beside a store -------------------------------------------------------------
# Killed while it waits for an agent that never answers: what was committed is in the log.
rm -rf t t.*
"$poise" run tiny.yaml -q -a fifo,shortest -a 'pipe:sleep 100' --seeds 0 -j 1 -o t.db --patience 60 \
    >out 2>err &
pid=$!
for _ in $(seq 300); do
    [ "$(cells t.db 2>/dev/null | wc -l)" -eq 3 ] && break
    sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null
mkdir log && cp t.db* log
[ -s log/t.db-wal ]
verdict "a run that was killed leaves a log"
cells t.db >killed 2>err && ! grep -qvxFf whole.cells killed && [ "$(wc -l <killed)" -eq 3 ]
verdict "all that it had committed is there"

# Of a log that is damaged or gone, what comes before the damage counts; it is as it was, and the
# rest is run again.
bad=
log_bytes=$(wc -c <log/t.db-wal)
for how in gone shm_gone shm_text cut_1 cut_2 cut_3 flip_1 flip_2 flip_3 flip_4; do
    rm -rf t t.*
    cp log/t.db* .
    case $how in
    gone) rm -f t.db-wal ;;
    shm_gone) rm -f t.db-shm ;;
    shm_text) seq 8000 >t.db-shm ;;
    cut_*) truncate -s $((log_bytes * ${how#cut_} / 4)) t.db-wal ;;
    flip_*) flip t.db-wal $((log_bytes * ${how#flip_} / 5)) ;;
    esac
    only_good t.db && goes_on t.db || bad="$bad $how"
done
[ -z "$bad" ]
verdict "a log that is damaged or gone$bad"

[ $n_failed -eq 0 ] || exit 1
echo "test_disk: all good"
