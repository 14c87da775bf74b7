#!/bin/sh
# test_reproduce.sh SOURCE BUILD - published numbers computed again: what holds, what is missed, what
# is explained, and what is skipped where data are not there.
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin && ln -s "$2/poise" bin/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH"
shared=${POISE_SHARED:-$1/../shared}
unset POISE_SHARED
. "$1/tests/verdict.sh"

# ---- what ships ------------------------------------------------------------------------------------
poise reproduce heft -q >out 2>err
[ $? -eq 0 ] && [ "$(grep -c ' holds$' out)" -eq 2 ] && grep -q '^2 numbers: 2 hold$' out
verdict "the lengths of two published schedules are met"
poise reproduce heft -q >again 2>err && cmp -s out again && [ -f results/reproduce/heft.db ]
verdict "what is stored gives the same table"
poise reproduce heft -q --format csv >heft.csv 2>err &&
    grep -q '^"heft","HEFT.s schedule length","H. Topcuoglu, .* Fig. 3",80,,80,0,holds$' heft.csv
verdict "a table in CSV has the numbers"
poise reproduce heft -q --format markdown >heft.md 2>err &&
    grep -q '^| CPOP.s schedule length | 86 | 86 | 0 | holds |$' heft.md
verdict "a table in Markdown has them, too"
poise reproduce --list >list 2>err && grep -q '^heft  *2 numbers ' list
verdict "the list says what there is"
n=0
for file in "$1"/bench/experiments/reproduce/*.yaml; do
    name=$(basename "$file" .yaml)
    grep -q "^name: $name\$" "$file" && grep -q "^$name  *[0-9]" list || n=$((n + 1))
done
[ "$n" -eq 0 ]
verdict "every file that ships is good, and is called as it is named"
[ "$(cat "$1"/bench/experiments/reproduce/*.yaml | grep -c 'explained:')" -le 2 ]
verdict "at most two numbers that ship need to be explained"

# ---- recorded data, where they are at hand ----------------------------------------------------------
recorded="rlscheduler batch-traces evalys-easy gavel-fifo llm-balancing"
for name in $recorded; do
    if [ ! -d "$shared" ]; then
        echo "skipped: no shared data at $shared (set POISE_SHARED) for $name"
        continue
    fi
    poise reproduce "$name" -q --data "$shared" >out 2>err
    [ $? -eq 0 ] && ! grep -q ' missed\|failed\|explained' out && [ ! -s err ]
    verdict "published: $name, or its data are not there"
    grep '  skipped: ' out
done
if [ -n "${POISE_LONG:-}" ]; then
    poise reproduce -q --data "$shared" >out 2>err
    verdict "everything that is published is met or explained"
    tail -1 out
fi
poise sweep "$1/bench/experiments/reproduce/gavel-fifo.yaml" -n >out 2>err
[ $? -eq 3 ] && grep -q "there is no data set 'data:gavel/csv/6214e9.csv'" err
verdict "an experiment without its data is refused, with what it lacks"

# ---- files by hand ---------------------------------------------------------------------------------
# One machine, jobs of 2, 2 and 1 s at 0, 1 and 2 s: in order of arrival they start at 0, 2 and 4 s,
# and take 2, 3 and 3 s in all, 8/3 s in the mean.
cat >one.yaml <<'END'
poise: 1
name: one-v1
title: One machine
devices: [{name: machine, law: cores, cores: 4}]
decision: {window: 4, commit: pass, backfill: easy, processors: named}
workload:
  classes: [{name: job}]
  sources:
    - type: list
      jobs:
        - {at: 0, class: job, size: 2, cores: 4}
        - {at: 1, class: job, size: 2, cores: 3}
        - {at: 2, class: job, size: 1, cores: 2}
END
mkdir data
printf '%s\n' 'id,at,start,end,where' 1,0,0,2,0-3 2,1,2,4,0-2 3,2,4,5,0-1 >data/good.csv
printf '%s\n' 'id,at,start,end,where' 1,0,0,2,0-3 2,1,2,4,1-3 3,2,4,5.1,0-1 >data/other.csv

# rows EXPECT...: the file hand.yaml with these rows.
rows()
{
    cat >hand.yaml <<'END'
poise: 1
name: hand
title: By hand
scenarios: [one.yaml, cmu-v1]
agents: [fifo]
seeds: 0
reproduce:
  source: by hand
  expect:
END
    for row in "$@"; do
        printf '    - {what: a row, %s}\n' "$row" >>hand.yaml
    done
}

met='scenario: one-v1, agent: fifo, metric: response_mean_s'
rows "$met, value: 2.6667, within: 0.0001" "$met, times: 3, value: 8, within: 0" \
    "$met, value: 2.64, within: 2%" 'scenario: cmu-v1, chain: {policy: order, order: [first]}, value: 4.764705882, within: 1e-6' \
    'scenario: cmu-v1, chain: {policy: order, order: [second]}, value: 4.5, within: 1e-6' \
    'scenario: cmu-v1, chain: {}, value: 4.5, within: 1e-6'
poise reproduce hand.yaml -q >out 2>err && grep -q '^6 numbers: 6 hold$' out
verdict "means, absolute and relative distances, and costs of orders of two classes are as known"
rows "$met, value: 2.66, within: 0.001" "$met, value: 2.6667, within: 0.0001"
poise reproduce hand.yaml -q >out 2>err
[ $? -eq 1 ] && [ "$(grep -c ' misses$' out)" -eq 1 ] && grep -q '^2 numbers: 1 holds, 1 missed$' out
verdict "a number that is missed ends with status 1"
rows "$met, value: 2.66, within: 0.001, explained: it was cut off" "$met, value: 2.6667, within: 0.0001, explained: rounded"
poise reproduce hand.yaml -q >out 2>err && grep -q ' explained$' out && grep -q '^      it was cut off$' out &&
    grep -q '^2 numbers: 1 holds, 1 explained$' out
verdict "one that is explained does not, and the reason is told"

jobs='scenario: one-v1, agent: fifo, jobs: {submitted: at, started: start, finished: end, processors: where'
rows "$jobs, file: good.csv}, value: 3, within: 0" "$jobs, file: other.csv}, value: 1, within: 0" \
    "$jobs, within: 0.2 s, file: other.csv}, value: 2, within: 0"
poise reproduce hand.yaml -q --data . >out 2>err && grep -q '^3 numbers: 3 hold$' out
verdict "jobs are counted that start, end and run as theirs do"

poise reproduce hand.yaml -q >out 2>err
[ $? -eq 1 ] && [ "$(grep -c "no data set '" out)" -eq 3 ] && [ "$(grep -c '  failed$' out)" -eq 3 ]
verdict "a schedule that is not there is told, with status 1"

# ---- data ------------------------------------------------------------------------------------------
rows "$met, value: 2.6667, within: 0.0001" "$jobs, file: good.csv}, value: 3, within: 0"
sed 's|^  expect:|  needs: [{file: good.csv, from: "https://example.org/good.csv", xxh128: SUM}]\n&|' hand.yaml >need.yaml
poise reproduce need.yaml -q >out 2>err && grep -q 'skipped: there is no good.csv' out &&
    grep -q 'https://example.org/good.csv' out && [ "$(grep -c ' skipped$' out)" -eq 2 ] &&
    grep -q '2 skipped for want of data$' out
verdict "what lacks data is skipped, with where to get them"
poise reproduce need.yaml -q --data . >out 2>err
[ $? -eq 3 ] && grep -q 'good.csv is another file than that of https://example.org/good.csv' err
verdict "other data than those that are meant are refused"
sum=$(sed -n 's/.*its xxh128 is \([0-9a-f]*\),.*/\1/p' err)
sed "s/SUM/$sum/" need.yaml >good.yaml && poise reproduce good.yaml -q --data . >out 2>err &&
    grep -q '^2 numbers: 2 hold$' out
verdict "data are looked for in the folder that is given"
POISE_SHARED=$folder poise reproduce good.yaml -q >again 2>err && cmp -s out again
verdict "and in that of the environment"
if command -v xxh128sum >/dev/null; then
    [ "$(xxh128sum <data/good.csv | cut -d' ' -f1)" = "$sum" ]
    verdict "sums of data are those of xxh128sum"
else
    echo "skipped: there is no xxh128sum"
fi

# ---- names -----------------------------------------------------------------------------------------
rows "$met, value: 2.6667, within: 0.0001, source: '=1+\"x|y\"'"
sed 's/what: a row/what: "\\e[31m<b>|`x`\\\\ so long that it does not stand beside its numbers in a table"/' hand.yaml >evil.yaml
poise reproduce evil.yaml -q >out 2>err && [ "$(tr -d '\n[:print:]' <out | wc -c)" -eq 0 ] &&
    ! awk 'length > 100' out | grep -q . && grep -q '^   *\[31m<b>|`x`' out
verdict "names stay text, and lines are no longer than 100"
poise reproduce evil.yaml -q --format markdown >out 2>err && grep -qF '\[31m\<b\>\|\`x\`\\ so' out
verdict "in Markdown they are no marks"
poise reproduce evil.yaml -q --format csv >out 2>err && grep -qF '"=1+""x|y"""' out
verdict "in CSV quotes are doubled"

# ---- mistakes --------------------------------------------------------------------------------------
# mistake PATTERN ROW...: the file is refused, with the line of the row.
mistake()
{
    pattern=$1
    shift
    rows "$@"
    poise reproduce hand.yaml -q >out 2>err
    [ $? -eq 3 ] && grep -q "^hand.yaml:10:.*$pattern" err && [ ! -s out ]
    verdict "refused: $pattern"
}
mistake "did you mean 'response_mean_s'" "scenario: one-v1, agent: fifo, metric: response_mean, value: 1, within: 0"
mistake "about no run" "scenario: one-v1, agent: lifo, metric: response_mean_s, value: 1, within: 0"
mistake "about no run" "$met, at: {end.jobs: 3}, value: 1, within: 0"
mistake "no distance" "$met, value: 1, within: near"
mistake "one of metric, chain and jobs" "scenario: one-v1, agent: fifo, value: 1, within: 0"
mistake "needs an agent" "scenario: one-v1, metric: response_mean_s, value: 1, within: 0"
mistake "only be about one" "chain: {}, value: 1, within: 0"
mistake "an order of types is needed" "scenario: cmu-v1, chain: {policy: order}, value: 1, within: 0"
poise reproduce hetf >out 2>err
[ $? -eq 2 ] && grep -q "did you mean 'heft'" err
verdict "a name that is not there is refused, with the nearest"

[ "$n_failed" -eq 0 ]
