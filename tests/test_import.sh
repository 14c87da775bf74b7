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
. "$1/tests/verdict.sh"

# refused SENTENCE PATTERN ARGUMENT...: poise import says the pattern and leaves nothing behind.
refused()
{
    sentence=$1 pattern=$2
    shift 2
    "$poise" import -o bad "$@" >out 2>err
    got=$?
    [ "$got" -ne 0 ] && grep -q -- "$pattern" err && [ -z "$(find . -maxdepth 1 \( -name "*bad*" -o -name "*poise-*" \))" ]
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
    found=$(awk -v m="$metric" '$1 == m {print $2 ~ /^[0-9]/ ? $2 : $3}' out)
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
refused "a file that is not there" "nowhere: error: cannot be" nowhere
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

# ---- requests -------------------------------------------------------------------------------------
cat >requests.csv <<'END'
TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:15:46.6805900,1000,10
2023-11-16 18:15:47.6805900,2000,20
END
# 1000 tokens of 200 us and 10 of 30 ms are 0.5 s, the other is twice that; they come 1 s apart.
made "requests to a language model become a scenario" asked requests.csv --devices server=2
gives "their tokens take their time" asked.yaml fifo makespan_s 2
gives "and so does each" asked.yaml fifo response_mean_s 0.75
made "that time may be given" cheap requests.csv --size generated_tokens=0.01
gives "and is taken" cheap.yaml fifo response_mean_s 0.15
refused "a column that is not there" "nonsense" requests.csv --size nonsense=1
"$poise" import requests.csv --force >out 2>err
[ $? -eq 2 ] && tail -1 requests.csv | grep -q '^2023'
verdict "a file is not replaced by what is made of it, even if that is asked for"

# ---- training jobs --------------------------------------------------------------------------------
# On a V100 a job of one GPU does 2 steps a second, one of two GPUs 3, on a K80 half of that or
# nothing. Beside its like each has 0.6.
cat >speeds.csv <<'END'
job_type,batch_size,gpus,k80_steps_per_s,v100_steps_per_s
ResNet-18,16,1,1,2
ResNet-18,16,2,0,3
A3C,,1,5,0
END
cat >pairs.csv <<'END'
gpu,job_a,batch_a,job_b,batch_b,a_steps_per_s,b_steps_per_s,a_fraction_of_isolated,b_fraction_of_isolated
v100,ResNet-18,16,ResNet-18,16,1.2,1.2,0.6,0.6
END
cat >jobs.csv <<'END'
arrival_s,job_type,batch_size,gpus,steps
0,ResNet-18,16,1,20
0,ResNet-18,16,2,30
END
made "training jobs and speeds become a scenario" train jobs.csv speeds.csv --devices v100=2
gives "jobs of several GPUs wait for all of them" train.yaml fifo makespan_s 20
gives "and are as fast as was measured" train.yaml fifo response_mean_s 15
grep -q 'resnet-18-16-x2' train.yaml
verdict "names say type, batch size and number of GPUs"
printf 'arrival_s,job_type,batch_size,gpus,steps\n0,ResNet-18,16,1,18\n0,ResNet-18,16,1,18\n' >two.csv
made "pairs become interference" pair two.csv speeds.csv pairs.csv --devices v100=1
gives "two jobs on one GPU are slowed down" pair.yaml fifo makespan_s 15
refused "jobs without their table" "these jobs need a throughput table: give one, too" jobs.csv
refused "a table without its jobs" "makes no scenario alone: give the jobs" speeds.csv
refused "devices that nobody measured" "no speeds are measured on 'a100'; there are k80, v100" \
    jobs.csv speeds.csv --devices a100=4
refused "devices that nobody named" "--devices" jobs.csv speeds.csv
refused "jobs that nobody measured" "jobs.csv:3: error: jobs ResNet-18-16-x2 have no speed" \
    jobs.csv speeds.csv --devices k80=4
made "unless they are to be left out" left jobs.csv speeds.csv --devices k80=4 --lenient
"$poise" import jobs.csv speeds.csv --devices k80=4 --lenient -o more >out 2>err
says "and counted" "1 left out: they have no speed"
refused "a table that is of no use" "does not go with" batch.swf speeds.csv
sed 's/gpus,k80/gpus,more,k80/' speeds.csv >wrong
refused "a row with a cell too few" "wrong:2: error" jobs.csv wrong --devices k80=4

# ---- pods -----------------------------------------------------------------------------------------
# One machine with two T4 and 4 CPUs, one with a V100. Two pods of 0.6 of a GPU fit on one T4 each,
# a third waits for them: 10 s, then 10 s. The pod that names a V100 takes that.
cat >nodes.csv <<'END'
sn,cpu_milli,memory_mib,gpu,model
n1,4000,1024,2,T4
n2,4000,1024,1,V100M16
END
cat >pods.csv <<'END'
name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p1,1000,100,1,600,T4,LS,Running,0,10,0
p2,1000,100,1,600,T4,LS,Running,0,10,0
p3,1000,100,1,600,T4,LS,Running,0,10,0
p4,1000,100,1,1000,V100M16|V100M32,LS,Running,0,15,0
p5,500,100,0,0,,LS,Running,0,5,0
END
made "pods and machines become a scenario" packed pods.csv nodes.csv
gives "pods share GPUs only where they fit" packed.yaml fifo makespan_s 20
gives "and run where they may" packed.yaml fifo response_mean_s 12
refused "pods without machines" "these jobs need a list of machines: give one, too" pods.csv
refused "machines without pods" "give the pods" nodes.csv
sed 's/V100M16|V100M32/A10/' pods.csv >wrong.csv
refused "a pod that fits nowhere" "wrong.csv:5: error: the pod fits on no machine" wrong.csv nodes.csv

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
"$poise" export machine-repair-v1 -a fifo -o run/closed >out 2>err
says "that jobs came because others had left is told" "jobs come when others have left"
"$poise" run run/gpu-mix-v1-random.yaml -a random,shortest --seeds 5 -q -o run/x.db >out 2>err
verdict "another agent may meet the same jobs"
head -3 run/spot-v1-fifo-events.csv | grep -q '^[0-9.]*,fail,spot,[0-9]*$'
verdict "failures are told with their device"
"$poise" export mm1-v1 -a fifo -o run/mm1-v1-shortest >out 2>err
[ $? -eq 4 ] && grep -q 'force' err
verdict "what was exported is not replaced"
"$poise" export mm1-v1 -a fifo -o run/none --set records=none >out 2>err
[ $? -eq 2 ] && grep -q 'records=all' err
verdict "a run without records"
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
    # 5588.6343 s, .393957 by an independent program, first come first served.
    gives "and wait as they should" hpc2n.yaml fifo wait_mean_s 5588.63 \
        --set decision.commit=pass --set decision.window=4096
    gives "and use what they should" hpc2n.yaml fifo utilisation 0.393957 \
        --set decision.commit=pass --set decision.window=4096
    made "Gavel's jobs on V100" philly "$data/gavel/csv/6214e9.csv" \
        "$data/gavel/isolated_steps_per_s.csv" --devices v100=64 --lenient
    rows "are those with a speed there" "$(awk -F, 'FNR == NR {
            if ($6 > 0) fast[$1, $2, $3] = 1; next }
        FNR > 1 && ($2, $3, $4) in fast' \
        "$data/gavel/isolated_steps_per_s.csv" "$data/gavel/csv/6214e9.csv" | wc -l)" philly.csv
    # 6171478.352 s by an independent program.
    gives "and wait as in strict order of arrival" philly.yaml fifo response_mean_s 6.17148e+06 \
        --set decision.commit=pass --set decision.window=2048
    made "Gavel's jobs in pairs" gavel-pairs "$data/gavel/csv/max_min_fairness.csv" \
        "$data/gavel/isolated_steps_per_s.csv" "$data/gavel/colocated_pairs_steps_per_s.csv" \
        --devices v100=8,p100=8 --lenient
    made "openb's pods on its machines" openb "$data/alibaba-gpu-v2023/openb_pod_list_default.csv" \
        "$data/alibaba-gpu-v2023/openb_node_list_gpu_node.csv" --lenient
    awk '/^    count:/ {n += $2} END {exit n != 1213}' openb.yaml
    verdict "has all machines"
    made "requests of Azure" conv "$data/azure-llm-2023/AzureLLMInferenceTrace_conv.csv" \
        --devices server=48
    rows "has all requests" 19366 conv.csv
    # 6673725.458 us by an independent program.
    gives "and one queue for all servers keeps them short" conv.yaml fifo response_mean_s 6.67373
    made "requests of Mooncake" kimi "$data/mooncake/conversation_trace.csv"
    rows "has all of them" 12031 kimi.csv
    made "a workload of Batsim" batsim "$data/batsim-evalys/medium_late.json" --devices machine=32
    rows "has all jobs" 801 batsim.csv
    # 8.672887 s by an independent program that counts processors, with EASY backfilling.
    gives "and waits as it should" batsim.yaml fifo wait_mean_s 8.67289 \
        --set decision.commit=pass --set decision.backfill=easy --set decision.window=1024
else
    echo "skipped: no shared data at $shared/data (set POISE_SHARED)"
fi
[ $n_failed -eq 0 ]
