#!/bin/sh
# test_import.sh SOURCE BUILD - files of others become scenarios that mean what the files say, runs
# become files that play the same run again, and what is wrong with a file is said in one line.
set -u
source=$1
poise=$2/poise
shared=${POISE_SHARED:-$source/../shared}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export POISE_DATA="$source"
n_failed=0

# verdict SENTENCE: judges the status of the command before it.
verdict()
{
    if [ $? -eq 0 ]; then
        echo "ok: $1"
    else
        echo "not ok: $1"
        n_failed=$((n_failed + 1))
    fi
}

# refused SENTENCE PATTERN ARGUMENT...: poise import says the pattern and leaves nothing behind.
refused()
{
    sentence=$1 pattern=$2
    shift 2
    "$poise" import -o bad "$@" >out 2>err
    got=$?
    [ "$got" -ne 0 ] && grep -q -- "$pattern" err && [ -z "$(ls -A | grep -e bad -e poise-)" ]
    verdict "$sentence"
    [ "$got" -ne 0 ] && grep -q -- "$pattern" err || sed 's/^/  /' err
}

# made SENTENCE NAME ARGUMENT...: poise import makes NAME.yaml, which is a scenario.
made()
{
    sentence=$1 name=$2
    shift 2
    "$poise" import -o "$name" "$@" >out 2>err && "$poise" check "$name.yaml" >out.check 2>>err
    verdict "$sentence" || sed 's/^/  /' err
    [ -s "$name.yaml" ] || sed 's/^/  /' err
}

# gives SENTENCE SCENARIO AGENT METRIC VALUE ARGUMENT...: that is the metric's value, as printed.
gives()
{
    sentence=$1 scenario=$2 agent=$3 metric=$4 value=$5
    shift 5
    "$poise" eval "$scenario" -a "$agent" --seeds 0 -q "$@" >out 2>err
    found=$(awk -v m="$metric" '$1 == m {print $(NF - 1)}' out)
    [ "$found" = "$value" ]
    verdict "$sentence"
    [ "$found" = "$value" ] || echo "  $metric is '$found', not '$value'" "$(cat err)"
}

# counts SENTENCE EXPECTED PATTERN: so many lines of the import's words hold the pattern.
says()
{
    grep -q -- "$2" out
    verdict "$1"
    grep -q -- "$2" out || sed 's/^/  /' out
}

# ---- layer graphs ---------------------------------------------------------------------------------
# Two layers behind one that loads data: 0.539 + 0.188 ms and 1 + 2 ms, one after the other.
cat >layers.txt <<'END'
node1 -- Input -- forward_compute_time=500.0, backward_compute_time=0.000, activation_size=77.0, parameter_size=0.000
node2 -- Conv2d(3, 64, kernel_size=(3, 3)) -- forward_compute_time=0.539, backward_compute_time=0.188, activation_size=100.0, parameter_size=36.000
node3 -- LSTM(8, 8) -- forward_compute_time=1.0, backward_compute_time=2.0, activation_size=[10.0; 20.0], parameter_size=0.000
	node1 -- node2
	node2 -- node3
END
made "a layer graph becomes a scenario" layers layers.txt
gives "its layers take what they took, one after the other" layers.yaml fifo makespan_s 0.003727 \
    --set devices.0.count=1 --set end.jobs=1
grep -q 'class: lstm, size: 0.003, params: 0 B, activation: 30 B' layers.yaml
verdict "several tensors of a layer are added up"
made "devices may be named and counted" two layers.txt --devices v100=3,k80=2
"$poise" show two.yaml --resolved | grep -A2 'name: k80' | grep -q 'count: 2'
verdict "and are then there"
"$poise" import layers.txt -o layers >out 2>err
[ $? -eq 4 ] && grep -q 'force' err
verdict "nothing is replaced"
"$poise" import layers.txt -o layers --force >out 2>err
verdict "unless that is asked for"

sed 's/, backward.*//' layers.txt >wrong
refused "a layer that is cut off" "wrong:1: error: backward_compute_time is missing" wrong
sed 's/node3 -- LSTM/node2 -- LSTM/' layers.txt >wrong
refused "a layer that is there twice" "wrong:3: error: 'node2' is there twice" wrong
sed 's/node2 -- node3/node2 -- node9/' layers.txt >wrong
refused "an edge to nowhere" "there is no such task" wrong
sed 's/node1 -- node2/node3 -- node2/' layers.txt >wrong
refused "a circle" "has a cycle" wrong
sed 's/0.539/0.5x9/' layers.txt >wrong
refused "a number that is none" "wrong:2: error: forward_compute_time is '0.5x9'" wrong

# ---- workflows ------------------------------------------------------------------------------------
# 1 s, then 2 s and 4 s side by side on two machines, then 1 s: 6 s. One of them writes 10 MB, which
# both its children read; their 4 MB each come to 6 MB of input: 3 MB each.
cat >flow.txt <<'END'
# a diamond
T 0 1000000 1 5 10000000 100
T 1 2000000 1 10000000 4000000 100
T 2 4000000 1 10000000 4000000 100
T 3 1000000 1 6000000 7 100
E 0 1
E 0 2
E 1 3
E 2 3
END
made "a workflow becomes a scenario" flow flow.txt
gives "its programs take what they took" flow.yaml fifo makespan_s 8 \
    --set devices.0.count=1 --set end.jobs=1
grep -q 'after: {t1: 3000000 B, t2: 3000000 B}' flow.yaml
verdict "a program reads no more than it read"
sed 's/^T 3.*/T 3 1000000 1/' flow.txt >wrong
refused "a program that is cut off" "wrong:5: error: the line has 3 numbers, 6 are needed" wrong

cat >flow.json <<'END'
{"name": "diamond", "schemaVersion": "1.5", "workflow": {
  "specification": {
    "tasks": [
      {"name": "split", "id": "split_1", "parents": [], "inputFiles": [], "outputFiles": ["f"]},
      {"name": "left", "id": "left_2", "parents": ["split_1"], "inputFiles": ["f"], "outputFiles": ["g"]},
      {"name": "join", "id": "join_3", "parents": ["split_1", "left_2"], "inputFiles": ["g"], "outputFiles": []}],
    "files": [{"id": "f", "sizeInBytes": 1000}, {"id": "g", "sizeInBytes": 77}]},
  "execution": {"tasks": [
    {"id": "split_1", "runtimeInSeconds": 1.5, "coreCount": 2},
    {"id": "left_2", "runtimeInSeconds": 2, "coreCount": 1, "memoryInBytes": 4096},
    {"id": "join_3", "runtimeInSeconds": 0.25}]}}}
END
made "a workflow in JSON becomes a scenario" json flow.json
gives "its programs take what they took in JSON" json.yaml fifo makespan_s 3.75 \
    --set devices.0.count=1 --set end.jobs=1
grep -q 'after: {split_1: 0 B, left_2: 77 B}' json.yaml
verdict "edges carry the files that one writes and the other reads"
sed 's/"1.5"/"1.2"/' flow.json >wrong
refused "a version that says no units" "schemaVersion must be 1.4 or 1.5, it is 1.2" wrong
sed 's/"left_2"\],/"left_9"],/' flow.json >wrong
refused "a parent that is not there" "there is no task that is called left_9" wrong
head -c 300 flow.json >wrong
refused "JSON that is cut off" "it is no JSON" wrong

# ---- files of no kind -----------------------------------------------------------------------------
: >empty
refused "an empty file" "the file is empty" empty
echo "hello, world" >wrong
refused "a file of another kind" "of no format that is known" wrong
gzip -c flow.txt | head -c 60 >wrong.gz
refused "a compressed file that is cut off" "cut off" wrong.gz
refused "a file that is not there" "cannot read it" nowhere
refused "devices that are no devices" "not of the form KIND=N" flow.txt --devices "v 1=3"
refused "two of a kind" "give one" flow.txt layers.txt flow.txt

# ---- batch traces ---------------------------------------------------------------------------------
# Four processors; 2 of them for 10 s, all for 10 s, the third job has no run time: FIFO has done all
# at 20 s, the mean response is (10 + 20) / 2.
cat >batch.swf <<'END'
; MaxProcs: 4
1 0 -1 10 2 -1 -1 2 30 -1 1 1 1 1 1 1 -1 -1
2 0 -1 10 4 -1 -1 4 30 -1 1 1 1 1 1 1 -1 -1
3 5 -1 -1 4 -1 -1 4 30 -1 5 1 1 1 1 1 -1 -1
END
made "a batch trace becomes a scenario" batch batch.swf
"$poise" import -o again batch.swf >out 2>err
says "what is left out is counted" "2 jobs from 3 lines; 1 left out because their run time"
gives "its jobs share the processors of the header" batch.yaml fifo makespan_s 20
gives "and take as long as they took" batch.yaml fifo response_mean_s 15
grep -q 'sizes: estimate' batch.yaml && grep -q '^0,job,10,30,2,0,0$' batch.csv
verdict "what was asked for is the estimate"
made "fewer processors may be asked for" small batch.swf --devices machine=2 --lenient
[ "$(grep -c ',job,' small.csv)" -eq 1 ]
verdict "wider jobs are then left out"
sed 's/^2 0/2 x/' batch.swf >wrong.swf
refused "a trace with a word for a number" "wrong.swf:3: error" wrong.swf

# ---- runs for others ------------------------------------------------------------------------------
# plays SENTENCE SCENARIO AGENT: what is exported plays the same run again.
plays()
{
    "$poise" export "$2" -a "$3" --seed 5 -o "run/$2-$3" --force >out 2>err &&
        grep -q "the same run" out
    verdict "$1"
    sed 's/^/  /' err
}
plays "jobs that were drawn come again as they were" mm1-v1 shortest
plays "several classes" gpu-mix-v1 random
plays "estimates and processors" hpc-swf-v1 shortest
plays "failures and checkpoints" spot-v1 fifo
plays "deadlines and batches" serving-v1 shortest
plays "tenants" two-tenants-v1 fifo
plays "memory under pressure" memory-pressure-v1 random
plays "sleep and prices" carbon-batch-v1 shortest
plays "graphs" resnet50-graph-v1 random
"$poise" export "$source/theory/repair.yaml" -a fifo -o run/closed >out 2>err
says "that jobs came because others had left is told" "jobs come when others have left"
"$poise" run run/gpu-mix-v1-random.yaml -a random,shortest --seeds 5 -q -o run/x.db >out 2>err
verdict "another agent may meet the same jobs"
head -3 run/spot-v1-fifo-events.csv | grep -q '^[0-9.]*,fail,spot,[0-9]*$'
verdict "failures are told with their device"
"$poise" export mm1-v1 -a fifo -o run/mm1-v1-shortest >out 2>err
[ $? -eq 4 ] && grep -q 'force' err
verdict "what was exported is not replaced"
"$poise" export mm1-v1 -a fiffo >out 2>err
[ $? -eq 2 ] && grep -q "did you mean 'fifo'" err
verdict "an agent that is none"
"$poise" export mm1-v1 -a q_learning >out 2>err
[ $? -eq 2 ] && grep -q "give its policy with -p" err
verdict "an agent that has learned nothing"

# ---- real data ------------------------------------------------------------------------------------
# rows SENTENCE EXPECTED FILE: the CSV has so many jobs.
rows()
{
    found=$(grep -vc -e '^#' -e '^arrival_s' "$3")
    [ "$found" -eq "$2" ]
    verdict "$1"
    [ "$found" -eq "$2" ] || echo "  $found, not $2"
}
if [ -d "$shared/data" ]; then
    data=$shared/data
    made "a network of PipeDream" gnmt "$data/pipedream/gnmt.graph.txt"
    [ "$(grep -c '{name: node' gnmt.yaml)" -eq \
        "$(grep '^node' "$data/pipedream/gnmt.graph.txt" | grep -vc ' -- Input')" ]
    verdict "has all layers but its inputs"
    flow=$data/wfinstances/montage-chameleon-2mass-005d-001.txt
    made "a workflow of WfCommons" montage "$flow"
    [ "$(grep -c '{name: t[0-9]' montage.yaml)" -eq "$(grep -c '^T' "$flow")" ]
    verdict "has all programs"
    [ "$(grep -o '[ {]t[0-9]*: [0-9]* B' montage.yaml | wc -l)" -eq "$(grep -c '^E' "$flow")" ]
    verdict "and all edges"
    trace=$data/swf/HPC2N-2002-2.2-head3172.swf
    made "a batch trace of the archive" hpc2n "$trace"
    rows "has the jobs that ran" \
        "$(awk '!/^;/ && $4 > 0 && ($8 > 0 ? $8 : $5) > 0' "$trace" | wc -l)" hpc2n.csv
else
    echo "skipped: no shared data at $shared/data (set POISE_SHARED)"
fi
[ $n_failed -eq 0 ]
