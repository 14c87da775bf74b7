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

#REST
[ $n_failed -eq 0 ]
