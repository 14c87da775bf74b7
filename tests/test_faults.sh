#!/bin/sh
# test_faults.sh SOURCE BUILD - what the system refuses, memory or files, once or from then on, ends
# in a sentence and a documented status; what was stored stays as it was, and the same command goes
# on from there to the results of a run that nothing has disturbed. Some calls are made to fail one
# after the other by a library that is loaded before all others (faults.c); with POISE_LONG=1 each.
set -u
source=$1
poise=$2/poise
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
cd "$folder" || exit 1
export POISE_DATA="$source"

case "${CFLAGS:-}" in
*-fsanitize*)
    echo "skipped: sanitizers bring an allocator of their own"
    exit 0
    ;;
esac
faults=$folder/faults.so
if ! "${CC:-cc}" -O1 -shared -fPIC -o "$faults" "$source/tests/faults.c"; then
    echo "not ok: faults.c does not compile"
    exit 1
fi

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
agents: [fifo, {agent: q_learning, train: 60}]
seeds: 0
tables: text
END

# ---- what is disturbed ----------------------------------------------------------------------------
# Each works in the store t.db; $prefix comes before the program.
prefix=
run_1() { $prefix "$poise" run ../tiny.yaml -a fifo,shortest,q_learning --train 60 --seeds 0 -q \
    -j 1 -o t.db; }
run_2() { $prefix "$poise" run ../tiny.yaml -a fifo,shortest,q_learning --train 60 --seeds 0 -q \
    -j 2 -o t.db; }
report() { $prefix "$poise" report t.db; }
verify() { $prefix "$poise" verify t.db -q -j 1; }
report_json() { $prefix "$poise" report t.db --format json; }
sweep() { $prefix "$poise" sweep ../few.yaml -q -j 1 --retry-failed -o t.db && cat t/few.txt; }
shard() { $prefix "$poise" sweep ../few.yaml -q -j 1 --retry-failed --shard "$1" -o t.db; }
merge() { $prefix "$poise" merge ../few.yaml -q -o t.db && cat t/few.txt; }

# What the store holds.
cells() { "$poise" report --cells t.db; }

# ---- one fault ------------------------------------------------------------------------------------
# libfyaml reads through a pointer that is NULL where it has no memory. There is no way to hear of
# that; it happens while a scenario is read, which is before a store is opened.
is_fyaml() { [ "$kind" = memory ] && [ "$1" -eq 139 ] && [ ! -e t.db ]; }

# What is wrong with how the command has ended, with its status; nothing if all is well.
complaint()
{
    case $1 in
    0)
        cmp -s out "../$what.out" || echo "another output"
        [ ! -s err ] || echo "it does well but complains"
        cells 2>&1 | cmp -s - "../$what.cells" || echo "other cells"
        ;;
    1)
        grep -q '^poise.*: warning: .* failed: .' err ||
            grep -q '): \(it fails here: \|cannot be run again: \).*memory' out ||
            echo "no word of what failed"
        ;;
    2 | 3 | 4) [ "$(grep -v ': warning: ' err | grep -c ': error: .')" -eq 1 ] || echo "not one sentence" ;;
    *) is_fyaml "$1" || echo "status $1" ;;
    esac
    is_fyaml "$1" || grep -v -e ': \(error\|warning\): .' -e '^ *[0-9]* |' err
}

# What is wrong with what is left, and with going on from there.
complaint_after()
{
    if [ -e t.db ]; then
        cells >left 2>&1 || echo "the store cannot be read"
        grep -v ',failed,' left | grep -qvxFf "../$what.cells" && echo "cells that are not so"
    fi
    for name in *; do
        case $name in
        t | t.db | t.db-wal | t.db-shm | t.db.lock | t.shard* | begin | out | err | left | n) ;;
        t.db.new*) [ "$kind" = remove ] || [ "$kind" = unlink ] || echo "left behind: $name" ;;
        *) echo "left behind: $name" ;;
        esac
    done
    prefix=
    "$what" >out 2>err || echo "it does not go on"
    cmp -s out "../$what.out" || echo "another output when it goes on"
    cells 2>&1 | cmp -s - "../$what.cells" || echo "other cells when it goes on"
}

# As the command finds it.
begin()
{
    rm -rf t t.*
    [ ! -d begin ] || cp begin/* .
}

# fault N LAST: lets call N fail and as many in a row.
fault()
{
    disturb "env LD_PRELOAD=$faults FAULT_KIND=$kind FAULT_AT=$1 FAULT_LAST=$2" \
        "call $1 of $n_calls fails ($2 in a row)"
}

# disturb PREFIX HOW: runs the command behind it, and judges what comes of that.
disturb()
{
    begin
    prefix="timeout 30 $1"
    "$what" >out 2>err
    status=$?
    bad=$(complaint $status)
    said=$(cat err)
    [ $status -eq 0 ] || bad=$bad$(complaint_after)
    n_tried=$((n_tried + 1))
    [ -z "$bad" ] || echo "not ok: $what, $kind $2, status $status: $bad: $said"
}

# ---- many of them ---------------------------------------------------------------------------------
# faults WHAT KIND EACH MOST: each of the first calls fails, and then some of the rest, MOST in all;
# all once, and every other for good.
faults()
{
    what=$1 kind=$2 each=$3 most=$4
    begin
    prefix="env LD_PRELOAD=$faults FAULT_KIND=$kind FAULT_COUNT=n"
    "$what" >/dev/null 2>&1
    n_calls=$(cat n)
    stride=1
    [ "$n_calls" -le "$most" ] || stride=$(((n_calls - each) / (most - each) + 1))
    [ -z "${POISE_LONG:-}" ] || stride=1
    i=1 n_once=0 n_tried=0
    while [ "$i" -le "$n_calls" ]; do
        fault "$i" 1
        n_once=$((n_once + 1))
        [ $((n_once % 2)) -eq 0 ] || [ "$kind" = open ] || fault "$i" 1000000
        [ "$i" -lt "$each" ] && i=$((i + 1)) || i=$((i + stride))
    done
    echo "ok: $what, $kind: $n_tried faults among $n_calls calls"
}

# traced WHAT CALLS...: the same by another way, which also sees what the C library does itself.
traced()
{
    what=$1 n_tried=0
    shift
    if ! strace -f -o /dev/null true 2>/dev/null; then
        echo "ok: skipped: no strace, or it may not look on"
        return
    fi
    for kind in "$@"; do
        for when in 1 2 3+ 7; do
            disturb "strace -f -qq -o /dev/null -e trace=$kind -e inject=$kind:error=ENOSPC:when=$when" \
                "fails ($when)"
        done
    done
    echo "ok: $what, traced: $n_tried faults"
}

# undisturbed WHAT: what the command says, and what is in the store then.
undisturbed()
{
    what=$1
    begin
    if ! "$what" >"../$what.out" 2>err || ! cells >"../$what.cells" || [ -s err ]; then
        echo "not ok: $what, which nothing disturbs: $(cat err)"
        exit 1
    fi
}

# Begins that are not from nothing: a store of run_1, the shards of an experiment.
mkdir whole stored shards files memory
(
    cd whole || exit 1
    undisturbed run_1
    undisturbed run_2
    undisturbed sweep
    mkdir begin
    run_1 >out && cp t.db begin && cp t.db ../stored
    undisturbed report
    undisturbed report_json
    undisturbed verify
    rm -r begin t*
    mkdir begin
    shard 1/2 && shard 2/2 && cp t.shard*.db begin && cp t.shard*.db ../shards
    undisturbed merge
) || exit 1
cmp run_1.out run_2.out && cmp sweep.cells merge.cells && cmp sweep.out merge.out || exit 1

# Two folders beside each other.
(
    cd files || exit 1
    for command in run_1 sweep; do
        faults "$command" open 20 20
        faults "$command" read 5 15
        faults "$command" write 5 20
        faults "$command" sync 20 20
        faults "$command" rename 20 20
        faults "$command" remove 20 20
        faults "$command" map 20 20
    done
    traced run_1 write pwrite64 fdatasync ftruncate renameat2 unlink
    faults run_2 write 1 15
    cp -r ../stored begin
    faults report read 5 15
    faults report map 20 20
    rm -r begin
    cp -r ../shards begin
    faults merge open 20 20
    faults merge read 1 12
    faults merge write 5 15
    faults merge rename 20 20
) >files.log 2>&1 &
(
    cd memory || exit 1
    faults run_1 memory 15 36
    faults run_2 memory 1 10
    faults sweep memory 15 32
    cp -r ../stored begin
    faults report memory 1 12
    faults report_json memory 1 10
    faults verify memory 1 26
    rm -r begin
    cp -r ../shards begin
    faults merge memory 1 16
) >memory.log 2>&1
wait
cat files.log memory.log
if grep -qv '^ok: ' files.log memory.log; then
    echo "test_faults: FAILED"
    exit 1
fi
echo "test_faults: all good"
