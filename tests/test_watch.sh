#!/bin/sh
# test_watch.sh SOURCE BUILD - a sweep as others see it while it runs: counts, who is at work, who
# leads; in lines, and in place on a terminal.
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin && ln -s "$2/poise" bin/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH"
. "$1/tests/verdict.sh"

# until COMMAND...: waits for it to be true, 20 s at most.
until_true()
{
    for _ in $(seq 200); do
        "$@" && return 0
        sleep 0.1
    done
    return 1
}

# An agent that decides nothing before there is a file called go.
cat >gate.sh <<'END_OF_FILE'
read -r hello
while read -r view; do
    while [ ! -e go ]; do sleep 0.05; done
    echo choose 0
done
END_OF_FILE
cat >small.yaml <<'END_OF_FILE'
poise: 1
name: small
scenarios: [{scenario: two-devices-v1, set: {warmup.jobs: 5, end.jobs: 25}}]
agents: [fifo, 'pipe:sh gate.sh']
seeds: 0..2
END_OF_FILE

poise watch small.yaml --once >out 2>err && grep -q '^0 of 6 cells done, 0 failed, 6 left' out &&
    grep -q '^at work: nobody' out && [ ! -e results ]
verdict "nothing is done before it begins, and nothing is made by looking"
poise watch small.db --once >out 2>err
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ]
verdict "a store that is not there is told"

poise sweep small.yaml -q -j 2 --patience 60 >sweep.out 2>&1 &
sweep=$!
three_are_done()
{
    poise watch small.yaml --once >out 2>err && grep -q '^3 of 6 cells done, 0 failed, 3 left' out
}
until_true three_are_done && grep -q "^at work: process $sweep on " out
verdict "cells are counted as they come, and who is at work has a name"
grep -q '^fifo  *3/3  *0 ' out && grep -q '^pipe:sh gate.sh  *0/3  *0  *-  *-$' out &&
    grep -q '^by response_mean_s, so far' out
verdict "the ranking so far says how many runs it rests on"
poise report --cells results/small.db >cells.csv && [ "$(wc -l <cells.csv)" -eq 4 ]
verdict "the store has as many"
poise watch small.yaml --every 0.1s >lines 2>err &
watch=$!
until_true grep -qs '3 of 6 cells done' lines
verdict "without a terminal there are lines"
touch go
wait $watch && wait $sweep && grep -q '6 of 6 cells done, 0 failed, 0 left, nobody at work' lines
verdict "it ends when the sweep has"
[ "$(wc -l <lines)" -le 12 ] && ! grep -q "$(printf '\033')" lines
verdict "a line is printed when there is news, plainly"
poise report small.yaml --format csv >report.csv && poise watch small.yaml --once >out 2>err &&
    sed -n 2p report.csv | grep -q ",$(sed -n 6p out | cut -d' ' -f1),"
verdict "who leads is first in the report, too"

# ---- failures ----------------------------------------------------------------------------------------
sed 's/name: small/name: failing/; s/gate.sh/none.sh/' small.yaml >failing.yaml
poise sweep failing.yaml -q --keep-going >out 2>&1
poise watch failing.yaml --once >out 2>err && grep -q '^6 of 6 cells done, 3 failed, 0 left' out &&
    grep -q '^pipe:sh none.sh  *3/3  *3 ' out
verdict "runs that failed are counted, never dropped"
timeout 20 poise watch failing.yaml >out 2>err
verdict "and are no reason to wait"
poise watch results/failing.db --once --metric slowdown_mean >out 2>err &&
    grep -q '^6 cells, 3 failed' out && grep -q '^by slowdown_mean' out
verdict "a store alone says what it holds"
poise sweep small.yaml -q --shard 1/2 -o shards.db >out 2>&1
poise watch small.yaml -o shards.db --once >out 2>err && grep -q '^3 of 6 cells done' out
verdict "shards count before they are merged"
echo 'no store' >results/small.db && poise watch small.yaml --once >out 2>err
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ]
verdict "what is no store is told"

# ---- a terminal ----------------------------------------------------------------------------------------
if command -v script >/dev/null; then
    rm -f go results/small.db*
    poise sweep small.yaml -q -j 2 --patience 60 >sweep.out 2>&1 &
    sweep=$!
    until_true three_are_done
    TERM=xterm script -qec 'stty cols 60 rows 12; poise watch small.yaml --every 0.2s' typed >/dev/null 2>&1 &
    watch=$!
    until_true grep -qs '3 of 6' typed
    sleep 1
    touch go
    wait $watch && wait $sweep && grep -q "$(printf '\033')\[8F" typed && grep -q '6 of 6' typed &&
        [ "$(tr -d '\r' <typed | grep -c 'small: results')" -ge 3 ]
    verdict "on a terminal it is shown in place"
    tr -d '\r' <typed | sed "s/$(printf '\033')\[[0-9]*[A-Z]//g" | grep -v '^Script ' >shown
    [ "$(awk '{ print length }' shown | sort -n | tail -1)" -le 60 ]
    verdict "no line is longer than the terminal"
    rm -f go results/small.db*
    poise sweep small.yaml -q -j 2 --patience 60 >sweep.out 2>&1 &
    sweep=$!
    until_true three_are_done
    poise watch small.yaml >out 2>err &
    watch=$!
    until_true grep -qs '3 of 6' out
    kill -INT $watch
    kill -TERM $watch
    wait $watch
    [ $? -ge 130 ] && kill -0 $sweep
    verdict "an interrupt ends the watch, not the sweep"
    touch go
    wait $sweep
else
    echo "skipped: there is no script(1) that makes a terminal"
fi

[ $n_failed -eq 0 ]
