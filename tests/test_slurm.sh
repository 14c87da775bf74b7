#!/bin/sh
# test_slurm.sh SOURCE BUILD - an experiment on a cluster: a real Slurm, of three nodes that are all
# this machine, runs the shards of a sweep. One is killed, one is ended early; submitted again and
# merged, results are those of one process. Its daemons listen on the loopback only and have their
# own configuration, key and folder; Slurm that runs here otherwise is not touched.
# Skips (77) where Slurm or munge is not installed or cannot be started.
set -u
poise=$2/poise
source=$1

skip()
{
    echo "skipped: $1"
    exit 77
}

for tool in sbatch scancel squeue sinfo slurmctld slurmd munged; do
    PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null ||
        skip "there is no $tool: packages slurm-wlm and munge"
done
export PATH="$PATH:/usr/sbin:/sbin"
folder=$(mktemp -d /tmp/poise-slurm.XXXXXX) || exit 1
cd "$folder" || exit 1
# All clients, daemons and jobs have this in their environment, and nobody else has.
export SLURM_CONF="$folder/slurm.conf"
export POISE_DATA="$source"
n_failed=0

# with VARIABLE=VALUE: the processes that have it in their environment; grep is not to find itself.
with()
{
    for found in $(env -u SLURM_CONF grep -lzxF "$1" /proc/[0-9]*/environ 2>/dev/null); do
        found=${found%/environ}
        [ "${found#/proc/}" = $$ ] || echo "${found#/proc/}"
    done
}

# everyone: the processes of this cluster that are left.
everyone() { with "SLURM_CONF=$SLURM_CONF"; }

# The daemons end when asked, their jobs with them; what does not is killed.
finish()
{
    trap - EXIT INT TERM
    timeout 10 scancel --signal=KILL --state=RUNNING >/dev/null 2>&1
    for signal in TERM KILL KILL; do
        for process in $(everyone); do
            kill -$signal "$process" 2>/dev/null
        done
        sleep 0.5
    done
    cd / && rm -rf "$folder"
}
trap finish EXIT
trap 'finish; exit 1' INT TERM

# verdict SENTENCE: judges the status of the command before it.
verdict()
{
    if [ $? -eq 0 ]; then
        echo "ok: $1 ($(($(date +%s) - began)) s)"
    else
        echo "not ok: $1"
        n_failed=$((n_failed + 1))
        tail -n 20 err ./*.log 2>/dev/null
    fi
}

# within SECONDS COMMAND...: until the command succeeds.
within()
{
    tries=$(($1 * 10))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

# ---- a cluster ------------------------------------------------------------------------------------
is_taken() { grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") " /proc/net/tcp /proc/net/tcp6; }

# Four ports in a row that nobody uses, below those that the kernel gives away.
free_ports()
{
    port=$((10000 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
    for k in 0 1 2 3; do
        if is_taken $((port + k)); then
            free_ports
            return
        fi
    done
}

configure()
{
    host=$(uname -n)
    host=${host%%.*}
    user=$(id -un)
    free_ports
    cat >"$SLURM_CONF" <<END
ClusterName=poise
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
MailProg=/bin/true
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2
NodeName=n3 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 3)) CPUs=2
PartitionName=main Nodes=n1,n2,n3 Default=YES State=UP MaxTime=1:00:00
END
}

# daemon NAME COMMAND...: in the foreground of its own log. It ends by itself should nobody end it.
daemon()
{
    name=$1
    shift
    timeout 500 "$@" </dev/null >"$name.out" 2>&1 &
}

start()
{
    mkdir -p state spool/n1 spool/n2 spool/n3
    (umask 077 && dd if=/dev/urandom of=key bs=128 count=1 2>dd.out)
    daemon munged munged --foreground --force --key-file="$folder/key" \
        --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.out" --seed-file="$folder/seed" --num-threads=2
    within 5 test -S munge.socket || return 1
    daemon slurmctld slurmctld -D -f "$SLURM_CONF"
    for node in n1 n2 n3; do
        daemon "slurmd-$node" slurmd -D -N $node -f "$SLURM_CONF"
    done
    within 10 all_are_idle
}
all_are_idle() { [ "$(timeout 5 sinfo -h -o '%D %t' 2>/dev/null)" = "3 idle" ]; }

began=$(date +%s)
chmod 755 "$folder"
configure
if ! start; then
    tail -n 5 ./*.out
    skip "the daemons of Slurm do not start here"
fi
(exit 0)
verdict "a cluster of three nodes runs"

# ---- the experiment -------------------------------------------------------------------------------
cat >mine.yaml <<'END'
poise: 1
name: mine
title: "not for a shell: $(touch CANARY)"
scenarios:
  - scenario: two-devices-v1
    set: {records: none, end.jobs: 1000000}
agents:
  - fifo
  - random
  - shortest
  - agent: q_learning
    train: 2000
seeds: 0..3
END
# The policy and the cells that need it are of one shard: 4 + 3, 3, 3 and 3.
n_cells=16
slurm() { timeout 30 "$poise" slurm mine.yaml --time 30 --submit --keep-going "$@" >out 2>err; }
# ended: no job is left.
ended() { [ -z "$(timeout 5 squeue -h 2>/dev/null || echo unknown)" ]; }
# cells STORE: how many it holds.
cells() { "$poise" report "$1" --cells 2>/dev/null | tail -n +2 | wc -l; }
holds() { [ -e "$1" ] && [ "$(cells "$1")" -ge "$2" ]; }
# find_task I: sets `task` to the process of a task of the array.
find_task()
{
    for task in $(with "SLURM_ARRAY_TASK_ID=$1"); do
        [ "$(readlink "/proc/$task/exe")" = "$(readlink -f "$poise")" ] && everyone | grep -qx "$task" &&
            return
    done
    return 1
}

slurm --array 4 --partition nowhere
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "sbatch has not taken .*partition" err && ended
verdict "what Slurm refuses is said, and no job is left"
rm -f mine.sbatch mine.merge.sbatch
slurm --array 4
verdict "an array of four shards is submitted, and its merge"
array=$(sed -n 's/^job \([0-9]*\): the shards$/\1/p' out)
within 30 find_task 2 && within 30 holds results/mine.shard-2-of-4.db 1 && kill -9 "$task" &&
    timeout 10 scancel --batch --signal=TERM "${array}_3"
verdict "one is killed in mid-run, one is told to end"
within 120 ended
verdict "all end"
killed=$(cells results/mine.shard-2-of-4.db)
told=$(cells results/mine.shard-3-of-4.db)
[ "$killed" -ge 1 ] && [ "$killed" -lt 3 ] && [ "$told" -lt 3 ]
verdict "what they had finished is kept: $killed and $told of 3 cells"
grep -q "interrupted: $told of 3 cells are stored" mine-"${array}"_3.log
verdict "the one that was told says so"
grep -q "$((6 - killed - told)) of $n_cells cells are missing" mine-merge-*.log &&
    [ "$(cells results/mine.db)" -eq $((n_cells - 6 + killed + told)) ]
verdict "what there is has been merged, and what is not is said"

slurm --array 4 && within 120 ended && [ "$(cells results/mine.db)" -eq $n_cells ]
verdict "submitted again, it is completed"
array=$(sed -n 's/^job \([0-9]*\): the shards$/\1/p' out)
grep -q "^7 of 7 cells already stored" mine-"${array}"_1.log &&
    grep -q "^$killed of 3 cells already stored" mine-"${array}"_2.log &&
    grep -q "^$told of 3 cells already stored" mine-"${array}"_3.log
verdict "and nothing that was stored is run once more"

mkdir serial && (cd serial && "$poise" sweep ../mine.yaml -j 1 -q >../out 2>../err)
"$poise" report results/mine.db --cells >cluster.csv &&
    "$poise" report serial/results/mine.db --cells >serial.csv &&
    [ "$(wc -l <serial.csv)" -eq $((n_cells + 1)) ] && cmp cluster.csv serial.csv
verdict "the results are those of one process, byte for byte"

slurm --array 3 --force && within 120 ended
array=$(sed -n 's/^job \([0-9]*\): the shards$/\1/p' out)
[ "$(cat mine-"${array}"_?.log | grep -c '^\([0-9]*\) of \1 cells already stored')" -eq 3 ]
verdict "another number of shards redoes nothing"
"$poise" report results/mine.db --cells | cmp - cluster.csv
verdict "and changes nothing"

timeout 30 sbatch --array=1-3 --output=own-%a.log \
    --wrap="exec '$poise' sweep mine.yaml --shard slurm" >out 2>err &&
    within 120 ended &&
    [ "$(cat own-?.log | grep -c '^\([0-9]*\) of \1 cells already stored in .*shard-[123]-of-3')" -eq 3 ]
verdict "an array of one's own is told its shards by Slurm"

finish
[ -z "$(everyone)" ]
verdict "nothing is left of the cluster"
[ "$n_failed" -eq 0 ]
