#!/bin/sh
# test_sweep.sh SOURCE BUILD - whatever happens to a sweep, the same command ends with the same
# bytes: killed at any moment, on any number of threads, in any number of shards, beside another.
# shellcheck disable=SC2016 # what stands in single quotes is for others to expand
set -u
folder=$(mktemp -d) || exit 1
pids=
trap 'for pid in $pids; do kill -9 "$pid" 2>/dev/null; done; rm -rf "$folder"' EXIT
cd "$folder" || exit 1
poise=$2/poise
export POISE_DATA="$1"
. "$1/tests/verdict.sh"

# sweep ARGUMENT...: of whole.yaml, quietly and without pictures; what it says is in out and err.
sweep() { timeout 60 "$poise" sweep whole.yaml --no-figures "$@" >out 2>err; }
merge() { timeout 60 "$poise" merge whole.yaml --no-figures "$@" >out 2>err; }
cells() { "$poise" report --cells "$1" >"$2"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
# files: all that is there, with what is in it.
files() { find . -type f ! -name out ! -name err ! -name '*.list' -exec sha256sum {} + | sort -k 2; }
# done_now: how many cells the last sweep ran, by what it said.
done_now() { sed -n 's/.*: \([0-9]*\) run now, .*/\1/p' out; }

# 2 x 2 points, 3 rules and 2 learners with 2 policies each: 140 cells, 16 trainings.
cat >whole.yaml <<'END'
poise: 1
name: whole-v1
title: "A sweep that is $(killed) `often`; 'and' \"goes\" on | <"
scenarios:
  - scenario: two-devices-v1
    set: {warmup.jobs: 20, end.jobs: 1000}
  - scenario: dispatch-v1
    set: {warmup.jobs: 20, end.jobs: 1000}
agents:
  - fifo
  - random
  - shortest
  - agent: q_learning
    train: 10000
  - agent: ppo
    options: {hidden: 8, n_steps: 128}
    train: 1000
grid: {workload.load: [0.5, 0.7]}
seeds: 0..4
train: {seeds: 1000..1001}
tables: [text]
END

# ---- left alone ------------------------------------------------------------------------------------
begin=$(now_ms)
sweep -j 2 -o whole.db && cells whole.db whole.csv
verdict "an undisturbed sweep"
whole_ms=$(($(now_ms) - begin))
n_cells=$(($(wc -l <whole.csv) - 1))
[ "$n_cells" -eq 140 ]
verdict "it has all cells"
for threads in 1 7; do
    sweep -j $threads -o j.db && cells j.db j.csv && cmp -s whole.csv j.csv
    verdict "-j $threads gives the same bytes"
    rm -f j.db*
done
[ "$(find whole -name progress.csv | wc -l)" -eq 16 ]
verdict "a policy is trained once for all its cells"
if command -v sqlite3 >/dev/null; then
    [ "$(sqlite3 whole.db 'SELECT count(*), count(DISTINCT id) FROM policy')" = '16|16' ]
    verdict "and stored once"
fi
files >before.list
sweep -j 2 -o whole.db && [ "$(done_now)" -eq 0 ] && cells whole.db again.csv &&
    cmp -s whole.csv again.csv
verdict "a sweep that is done does nothing"
rm again.csv

# ---- looking -----------------------------------------------------------------------------------------
mkdir look && cd look && cp ../whole.yaml . && files >before.list
sweep -n && grep -q '^whole-v1: 140 cells, 0 done, 140 to do, 16 policies to train' out &&
    files | cmp -s - before.list
verdict "-n lists all cells and makes no file"
sweep -j 2 --only 'two-devices-v1/fifo' --only '3,11..13' && files >before.list && sweep -n &&
    grep -q '^whole-v1: 140 cells, 13 done' out && files | cmp -s - before.list
verdict "--only runs what it names by pattern and by number, -n counts it and changes nothing"
[ "$(grep -c '^ *[0-9]*  done .*two-devices-v1 .* fifo seed' out)" -eq 10 ] &&
    [ "$(grep -cE '^ *(3|11|12|13)  done ' out)" -eq 4 ]
verdict "they are those that were named"
cd .. && rm -r look

# ---- kill -9 -----------------------------------------------------------------------------------------
# moment: the next of a fixed sequence of random numbers below 1000 (Lehmer's, of Park and Miller).
seed=20
moment() { seed=$((seed * 48271 % 2147483647)) && fraction=$((seed % 1000)); }

# killed N: starts the sweep and kills it after a random part of its length; whether it was alive.
killed()
{
    moment
    "$poise" sweep whole.yaml --no-figures -q -j 2 -o torn.db >out 2>err &
    pid=$! pids=$!
    sleep "$(awk "BEGIN { print $whole_ms * $fraction / 1e6 }")"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? -eq 137 ]
}

n_killed=0 n_wrong=0 n_ended=0
while [ $n_killed -lt 20 ] && [ $n_ended -lt 60 ]; do
    if killed; then
        n_killed=$((n_killed + 1))
        [ ! -e torn.db ] || { cells torn.db torn.csv && ! grep -qvxFf whole.csv torn.csv; } ||
            n_wrong=$((n_wrong + 1))
    else
        n_ended=$((n_ended + 1))
        cells torn.db torn.csv && cmp -s whole.csv torn.csv || n_wrong=$((n_wrong + 1))
        rm -rf torn.db* torn
    fi
done
[ $n_killed -eq 20 ] && [ $n_wrong -eq 0 ]
verdict "after each of 20 kills the store is valid and what is in it is right"
sweep -j 2 -o torn.db && cells torn.db torn.csv && cmp -s whole.csv torn.csv &&
    diff -rq -x '*.csv.??????' whole torn >err
verdict "resumed until done it is the same, logs of trainings too (but for files half-written)"
rm -rf torn.db* torn

# ---- signals -------------------------------------------------------------------------------------------
# interrupt SIGNAL STATUS: ends a sweep midway, or a later one if that was over already; whether it
# ended with the status.
interrupt()
{
    for part in 2 3 4 6 8; do
        rm -rf cut.db* cut
        "$poise" sweep whole.yaml --no-figures -q -j 2 -o cut.db >out 2>err &
        pid=$! pids=$!
        sleep "$(awk "BEGIN { print $whole_ms / 1e3 / $part }")"
        kill "-$1" $pid 2>/dev/null
        wait $pid
        status=$?
        [ $status -eq 0 ] || break
    done
    [ $status -eq "$2" ]
}

for ending in INT:130 TERM:143; do
    signal=${ending%:*}
    interrupt "$signal" "${ending#*:}" &&
        grep -q 'interrupted: [0-9]* of 140 cells are stored; the same command goes on' err
    verdict "SIG$signal ends it with its status and a word"
    sweep -j 2 -o cut.db && cells cut.db cut.csv && cmp -s whole.csv cut.csv
    verdict "it goes on after SIG$signal"
done

# ---- shards ----------------------------------------------------------------------------------------------
mkdir shards && cp whole.yaml shards && cd shards || exit 1
sum=0
for i in 3 1; do
    sweep --shard $i/4 -j 1 && sum=$((sum + $(done_now)))
done
merge
[ $? -eq 1 ] && grep -q 'cells are missing: not all shards are done' err
verdict "a merge says what is missing yet"
rm results/whole-v1.db*
for i in 1 2 3; do
    sweep --shard $i/3 -j 2 && sum=$((sum + $(done_now)))
done
[ $sum -eq 140 ]
verdict "3 shards after two of 4 run only what is missing"
for i in 4 2; do
    sweep --shard $i/4 && [ "$(done_now)" -eq 0 ]
    verdict "and then shard $i of 4 finds all done"
done
merge && cells results/whole-v1.db one.csv && cmp -s one.csv ../whole.csv
verdict "shards merged are the same bytes"
(cd results && sha256sum ./*.db) >before.list
merge && cells results/whole-v1.db one.csv && cmp -s one.csv ../whole.csv
verdict "merged again, too"
for order in '1 2 3 4' '4 3 2 1' '2 4 4 1 3 2'; do
    set --
    for i in $order; do set -- "$@" "results/whole-v1.shard-$i-of-4.db"; done
    rm -f other.db* && merge -o other.db "$@" && cells other.db one.csv && cmp -s one.csv ../whole.csv
    verdict "in the order $order"
done
[ ! -e results/whole-v1.shard-1-of-4.db-wal ]
verdict "shards keep no log beside them"
sed 's/^seeds: .*/seeds: 5..6/' whole.yaml >second.yaml
timeout 60 "$poise" sweep second.yaml --no-figures -q --shard 1/2 --only '*/fifo' -o second.db >out 2>err
sha256sum other.db >before.list
merge -o other.db results/whole-v1.shard-1-of-4.db second.shard-1-of-2.db
status=$?
[ $status -ne 0 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q 'second.shard-1-of-2.db is of another experiment' err &&
    sha256sum -c --status before.list && cells other.db one.csv && cmp -s one.csv ../whole.csv
verdict "a shard of another experiment is refused, and nothing is merged"
cd .. && rm -r shards

# ---- two at once --------------------------------------------------------------------------------------
cat >slow.sh <<'END'
read -r hello
: >"$1/began"
while [ ! -e "$1/go" ]; do sleep 0.02; done
while read -r view; do
    [ ! -e "$1/broken" ] || exit 3
    echo choose 0
done
END
cat >slow.yaml <<END
poise: 1
name: slow-v1
scenarios: [{scenario: two-devices-v1, set: {warmup.jobs: 0, end.jobs: 40}}]
agents: ["pipe:sh slow.sh $folder", fifo]
seeds: 0..2
END
slow() { timeout 60 "$poise" sweep slow.yaml --no-figures "$@"; }
await() { for _ in $(seq 500); do [ -e "$1" ] && return; sleep 0.02; done; return 1; }

"$poise" sweep slow.yaml --no-figures -q -j 1 --patience 100 >out1 2>err1 &
first=$! pids=$!
await began
slow -q >out 2>err
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "process $first on .* is at work" err
verdict "a second sweep on a store is told which process is at work on it"
timeout 9 "$poise" sweep slow.yaml -n >out 2>err && grep -q '^slow-v1: 6 cells' out
verdict "-n looks on, and waits for no agent that hangs"
timeout 60 "$poise" sweep slow.yaml --no-figures -q --wait >out2 2>err2 &
second=$!
pids="$first $second"
sleep 0.3
kill -0 $second && grep -q "process $first" err2
verdict "with --wait it waits, and says for whom"
: >go
wait $first && wait $second
verdict "until the first has ended"
cells results/slow-v1.db slow.csv && [ "$(wc -l <slow.csv)" -eq 7 ]
verdict "and all is there"
rm -rf go began results
"$poise" sweep slow.yaml --no-figures -q -j 1 --patience 100 >out1 2>err1 &
first=$! pids=$!
await began && kill -9 $first
wait $first 2>/dev/null
: >go
slow -q >out 2>err && cells results/slow-v1.db again.csv && cmp -s slow.csv again.csv
verdict "a sweep that was killed holds nothing"

# ---- failures --------------------------------------------------------------------------------------------
: >broken
rm -rf results
slow -j 1 >out 2>err
[ $? -eq 1 ] && grep -q '1 cell failed, which ended the sweep; --keep-going goes on' err &&
    cells results/slow-v1.db fail.csv && [ "$(grep -c failed fail.csv)" -eq 1 ]
verdict "the first failure ends a sweep"
slow -j 1 --keep-going >out 2>err
[ $? -eq 1 ] && grep -q 'failed' err && cells results/slow-v1.db fail.csv &&
    [ "$(grep -c failed fail.csv)" -eq 3 ] && [ "$(wc -l <fail.csv)" -eq 7 ]
verdict "with --keep-going what failed is stored as failed, and all else is done"
slow -n >out 2>err && grep -q '^slow-v1: 6 cells, 6 done, 0 to do' out
verdict "what failed counts as done"
rm broken
slow -j 1 >out 2>err
[ $? -eq 1 ] && [ "$(done_now)" -eq 0 ]
verdict "and is not run again unasked"
slow -j 1 --retry-failed >out 2>err && [ "$(done_now)" -eq 3 ] && cells results/slow-v1.db again.csv &&
    cmp -s slow.csv again.csv
verdict "--retry-failed runs it again, and then it is as if nothing had failed"
cat >wild.yaml <<'END'
poise: 1
name: wild-v1
scenarios: [{scenario: two-devices-v1, set: {warmup.jobs: 0, end.jobs: 500}}]
agents: [fifo, {agent: ppo, options: {learning_rate: [0.001, 1e9]}, train: 6000}]
seeds: 0..3
END
for threads in 1 7; do
    timeout 60 "$poise" sweep wild.yaml --no-figures --keep-going -q -j $threads -o wild$threads.db >out 2>err
    [ $? -eq 1 ] && grep -q 'diverged' err && grep -q '4 cells failed' err
    verdict "the cells of a training that diverges have failed (-j $threads)"
    cells wild$threads.db wild$threads.csv
done
cmp -s wild1.csv wild7.csv && [ "$(wc -l <wild1.csv)" -eq 13 ] && [ "$(grep -c failed wild1.csv)" -eq 4 ] &&
    timeout 60 "$poise" sweep wild.yaml -n -o wild1.db >out 2>err && grep -q '12 cells, 12 done' out
verdict "and are counted"

# ---- as precise as asked ---------------------------------------------------------------------------------
cat >precise.yaml <<'END'
poise: 1
name: precise-v1
scenarios: [{scenario: two-devices-v1, set: {warmup.jobs: 50, end.jobs: 350}}]
agents: [fifo, shortest]
grid: {workload.load: [0.3, 0.5]}
precision: 9%
seeds: 0..59
tables: [markdown]
END
precise() { timeout 60 "$poise" sweep precise.yaml --no-figures "$@"; }
precise -n >out 2>err && grep -q '^precise-v1: 40 cells, 0 done' out &&
    grep -q 'as many seeds as 9% takes: at most 240 cells' out
verdict "-n lists the first wave, and the most there may be"
precise -j 1 >out 2>err && n=$(done_now) && [ "$n" -gt 40 ] && [ "$n" -lt 240 ] &&
    [ "$(grep -c '^two-devices-v1 workload.load=0.[35]: stopped at [1-5]0 seeds' out)" -eq 2 ] &&
    precise -j 7 >out 2>err && [ "$(done_now)" -eq 0 ]
verdict "seeds are run until means are precise, and no more"
"$poise" report precise.yaml >out 2>err &&
    [ "$(grep -c 'stopped at [1-5]0 seeds: [0-9.]*% (fifo), 9% asked' out)" -eq 2 ] &&
    "$poise" report precise.yaml --figures none --format html >page.html 2>err &&
    grep -q 'stopped at [1-5]0 seeds' page.html && [ ! -s err ]
verdict "reports say how precise they are"
mv results/precise-v1.db first.db
timeout 60 "$poise" sweep precise.yaml --no-figures -q >out 2>err &
first=$! pids=$!
sleep 0.15
kill -9 $first 2>/dev/null
wait $first 2>/dev/null
precise -j 3 -q >out 2>err
cells first.db a.csv && cells results/precise-v1.db b.csv && cmp -s a.csv b.csv
verdict "a sweep that was killed ends with the same seeds"
"$poise" sweep precise.yaml --shard 1/2 >out 2>err
[ $? -eq 2 ] && grep -q 'goes without --shard' err && "$poise" slurm precise.yaml --array 2 --time 1:00:00 >out 2>err
[ $? -eq 2 ] && grep -q 'goes without shards' err
verdict "and is not cut into shards"

[ $n_failed -eq 0 ]
