#!/bin/sh
# test_cli.sh SOURCE BUILD - the program as people meet it: mistakes end in one line and a documented
# exit status, interruptions in a store that is valid and goes on to the same result.
set -u
poise=$2/poise
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export POISE_DATA="$1"
. "$1/tests/verdict.sh"

# expect SENTENCE STATUS PATTERN COMMAND...: the command ends with the status and says the pattern in
# its only line on standard error.
expect()
{
    sentence=$1 status=$2 pattern=$3
    shift 3
    "$@" >out 2>err
    got=$?
    lines=$(wc -l <err)
    [ "$got" -eq "$status" ] && [ "$lines" -eq 1 ] && grep -q -- "$pattern" err
    verdict "$sentence"
    if [ "$got" -ne "$status" ] || [ "$lines" -ne 1 ] || ! grep -q -- "$pattern" err; then
        echo "  status $got, standard error:"
        sed 's/^/  /' err
    fi
}

# works SENTENCE COMMAND...: the command ends well.
works()
{
    sentence=$1
    shift
    "$@" >out 2>err
    verdict "$sentence"
}

# ---- names ---------------------------------------------------------------------------------------
works "papers' names of agents are known" "$poise" run two-devices-v1 -a JSQ,fcfs --seeds 0 -q \
    --set warmup.jobs=50 --set end.jobs=350 -o named.db
grep -q least_loaded out && grep -q fifo out && ! grep -qi jsq out
verdict "results go by the agent's own name"
"$poise" list agents >out
grep -q "join_shortest_queue *the same as least_loaded" out
verdict "papers' names are listed"

# ---- mistakes -------------------------------------------------------------------------------------
short="--set warmup.jobs=50 --set end.jobs=350"
expect "a mistyped command" 2 "did you mean 'list'" "$poise" lits
expect "a mistyped agent" 2 "did you mean 'fifo'" "$poise" run two-devices-v1 -a fiffo
expect "a mistyped agent in a list" 2 "did you mean 'random'" \
    "$poise" run two-devices-v1 -a fifo,radnom
expect "an unknown option of an agent" 2 "did you mean 'ageing'" \
    "$poise" run two-devices-v1 -a priority:aging=1
expect "a bad option of an agent" 2 "ageing" "$poise" run two-devices-v1 -a priority:ageing=old
expect "an option for an agent without any" 2 "no options" "$poise" run two-devices-v1 -a fifo:x=1
expect "a mistyped scenario" 2 "did you mean 'two-devices-v1'" "$poise" run two-device-v1
expect "a scenario file that is not there" 2 "there is no scenario" "$poise" run none.yaml
for command in check show "train -a reinforce" "eval -a fifo"; do
    # shellcheck disable=SC2086
    expect "no file for $command" 2 "there is no scenario" "$poise" $command none.yaml
done
expect "a mistyped metric" 2 "did you mean 'response_mean_s'" \
    "$poise" run two-devices-v1 --metric response_mean
expect "a baseline that does not take part" 2 "not among" \
    "$poise" run two-devices-v1 -a fifo --baseline random
for seeds in x 1..x 5..2 0,0 -1 1.5 "" 0..9999999999 1e3 0x10 "1 2" 0..3..5 ,1; do
    expect "seeds '$seeds'" 2 "seed" "$poise" run two-devices-v1 --seeds="$seeds"
done
expect "a mistyped option" 2 "did you mean '--seeds'" "$poise" run two-devices-v1 --sedes 0..9
expect "an unknown short option" 2 "no option '-x'" "$poise" run two-devices-v1 -x
expect "an option without its value" 2 "needs a value" "$poise" run two-devices-v1 --seeds
expect "no threads" 2 "whole number" "$poise" run two-devices-v1 -j 0
expect "a sweep without values" 2 "form" "$poise" run two-devices-v1 --sweep workload.load
expect "a sweep with a hole" 2 "value 2 is empty" \
    "$poise" run two-devices-v1 --sweep workload.load=.3,,.5
expect "a sweep that repeats itself" 2 "value .3 is given twice" \
    "$poise" run two-devices-v1 --sweep workload.load=.3,.5,.3
expect "an argument for speed" 2 "one too many" "$poise" speed fast
expect "two scenarios" 2 "one too many" "$poise" run mm1-v1 mg1-v1
expect "no scenario" 2 "which scenario" "$poise" run
expect "a mistyped format" 2 "did you mean 'json'" "$poise" report --format jsn
expect "a mistyped list" 2 "did you mean 'metrics'" "$poise" list metric
expect "an agent that does not learn" 2 "does not learn" "$poise" train mm1-v1 -a fifo
expect "a missing store" 4 "no such store" "$poise" report none.db
expect "a missing policy" 4 "none.safetensors" "$poise" eval mm1-v1 -p none.safetensors
echo "no policy at all" >bad.safetensors
expect "a file that is no policy" 3 "not a policy" "$poise" eval mm1-v1 -p bad.safetensors
[ ! -e results ]
verdict "none of these mistakes leaves anything behind"

"$poise" run two-devices-v1 --set devices.0.cuont=3 >out 2>err
[ $? -eq 3 ] && grep -q "did you mean 'count'" err && [ ! -e results ]
verdict "a mistyped key ends with 3 and the nearest key"
printf 'poise: 1\nname: x\n' >bad.yaml
"$poise" check two-devices-v1 bad.yaml >out 2>err
[ $? -eq 3 ] && grep -q '^bad.yaml:.*error: ' err && grep -q '^two-devices-v1: ok' out
verdict "check names the bad file and the good one"

# ---- tables of rules, lists of scenarios ----------------------------------------------------------
mkdir tables && cd tables || exit 1
cat >bare.yaml <<'END'
poise: 1
name: bare-v1
title: a scenario without rules
devices: [{name: one}]
workload: {classes: [{name: job, size: 1}], sources: [{type: poisson, rate: 0.5, class: job}]}
end: {jobs: 300}
END
expect "a table of rules that nobody named" 3 "has no rules to compare" "$poise" rules bare.yaml
{ cat bare.yaml; echo "rules: [fifo, reinforce]"; } >learner.yaml
expect "a rule that has to be trained" 1 "has to be trained first" "$poise" rules learner.yaml
{ cat bare.yaml; echo "rules: [fifo, shortst]"; } >mistyped.yaml
expect "a mistyped rule" 1 "did you mean 'shortest'" "$poise" rules mistyped.yaml
expect "a mistyped rule in a file that is checked" 3 "did you mean 'shortest'" \
    "$poise" check mistyped.yaml
{ cat bare.yaml; echo "rules: [fifo, shortest]"; } >ruled.yaml
works "a table of rules beside the scenario" "$poise" rules -q ruled.yaml
"$poise" rules -q ruled.yaml -j 1 -o - | cmp -s - results/ruled.txt
verdict "on standard output, from one thread, the same table"
mkdir -p some/scenarios
{ cat bare.yaml; echo "colour: red"; } >some/scenarios/broken-v1.yaml
{ cat bare.yaml; echo "family: queue"; } >some/scenarios/bare-v1.yaml
POISE_DATA=some "$poise" list scenarios >out 2>err
verdict "a list with a broken scenario"
grep -q "^  bare-v1  *1 in 1  *1  *0.50  a scenario without rules" out &&
    grep -q "^  broken-v1 .*error: unknown key 'colour'" out
verdict "says what is whole and what is wrong with the rest"
cd .. || exit 1

# ---- output that cannot be written ----------------------------------------------------------------
echo text >file
expect "a store below a file" 4 "file" "$poise" run two-devices-v1 -o file/x.db
expect "a store that is a text" 4 "not a store" "$poise" run two-devices-v1 -o file
expect "a policy below a file" 4 "file" "$poise" eval two-devices-v1 -p file/p.safetensors
# Root may write anywhere, so it becomes nobody (who must be able to reach the program).
nobody=
[ "$(id -u)" -ne 0 ] || nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
mkdir readonly && chmod 555 readonly && chmod 755 .
# shellcheck disable=SC2086
if $nobody test -x "$poise" -a -r "$1/scenarios/two-devices-v1.yaml" 2>/dev/null; then
    expect "a read-only folder" 4 "Permission denied" \
        $nobody "$poise" run two-devices-v1 -o readonly/x.db
    cp "$1/scenarios/two-devices-v1.yaml" secret.yaml && chmod 0 secret.yaml
    expect "a secret scenario" 4 "Permission denied" $nobody "$poise" check secret.yaml
    [ -z "$(ls readonly)" ]
    verdict "nothing is left in the read-only folder"
else
    echo "skipped: nobody can be nobody here"
fi
if [ -w /dev/full ]; then
    "$poise" list >/dev/full 2>err
    [ $? -eq 4 ] && grep -q 'No space left' err
    verdict "a full disk behind standard output ends with 4"
fi
"$poise" list >&- 2>err
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ]
verdict "a closed standard output ends with 4"

# ---- runs -----------------------------------------------------------------------------------------
# shellcheck disable=SC2086
run() { "$poise" run two-devices-v1 $short -q "$@"; }
works "a run" run -a fifo,shortest --seeds 0..4 -j 2 -o a.db
cp out first
works "the same run again" run -a fifo,shortest --seeds 0..4 -j 1 -o a.db
cmp -s out first
verdict "running again prints the same table"
"$poise" run two-devices-v1 $short -a fifo,shortest --seeds 0..4 -o a.db >out 2>err
grep -q '^10 of 10 cells already stored' err
verdict "running again says that everything is stored"
works "a run with seven threads" run -a fifo,shortest --seeds 0..4 -j 7 -o b.db
"$poise" report --cells a.db >a.csv && "$poise" report --cells b.db >b.csv && cmp -s a.csv b.csv
verdict "one thread and seven give the same cells"
[ "$(awk -F, '{ print NF }' a.csv | sort -u | wc -l)" -eq 1 ] && [ "$(wc -l <a.csv)" -eq 11 ]
verdict "cells are lines with equally many columns"
for format in text csv markdown json; do
    works "a report as $format" "$poise" report a.db --all --format $format --baseline shortest
    [ -s out ] && grep -q shortest out
    verdict "the report as $format names the agents"
done
expect "a report against an agent that the store has not" 2 "not among" \
    "$poise" report a.db --baseline random
works "odd characters in the name of a store" run -a fifo --seeds 0 -o 'odd ?#%41 "$(x)`y`.db'
works "reading it" "$poise" report 'odd ?#%41 "$(x)`y`.db'
[ -e 'odd ?#%41 "$(x)`y`.db' ]
verdict "the store has exactly that name"
"$poise" run slow-server-v1 -q -a optimal,fifo --seeds 0 --set end.jobs=2500 -o model.db >table
for format in text markdown; do
    "$poise" report model.db --format $format | grep -q 'optimal (uses a model)'
    verdict "who uses a model is marked in a report as $format"
done
grep -q 'optimal (uses a model)' table && ! grep -q 'fifo (uses a model)' table
verdict "who uses a model is marked in tables, and nobody else"
"$poise" report model.db --format csv | awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == "uses_model") at = i; next }
    $at == 1 { n++ }
    END { exit n != 1 }' &&
    "$poise" report model.db --format json | grep -c '"uses_model":true' | grep -qx 1
verdict "programs are told who uses a model"
"$poise" list agents | grep -q '^  optimal .*(uses a model)'
verdict "who uses a model is marked in the list of agents"

works "a sweep" run -a fifo,random --sweep workload.load=0.3,0.6 --seeds 0,1 -o sweep.db
grep -q '0\.3 .*0\.6' out
verdict "a sweep is a table with its values"
[ -z "$(ls ./*-wal ./*-shm ./*.new* 2>/dev/null)" ]
verdict "stores leave no other files behind"

{ "$poise" report --cells a.db --all; echo $? >status; } 2>err | head -1 >out
[ "$(cat status)" -eq 0 ] && [ ! -s err ]
verdict "a reader that has had enough is no error"
{ "$poise" run two-devices-v1 $short -q -a fifo --seeds 0..2 -o pipe.db; echo $? >status; } 2>err | true
[ "$(cat status)" -eq 0 ] && [ ! -s err ] && [ "$("$poise" report --cells pipe.db | wc -l)" -eq 4 ]
verdict "a run without a reader stores all its cells"

"$poise" run two-devices-v1 $short -q -a fifo --seeds 0..2 -o closed.db 0<&- >&- 2>err
[ $? -eq 4 ] && "$poise" report closed.db >out 2>err
verdict "a run with its streams closed ends with 4 and a store that is valid"

# ---- interruptions --------------------------------------------------------------------------------
# interrupted SIGNAL STATUS: a run of 120 cells that is stopped on the way and taken up again.
long() { "$poise" run two-devices-v1 --set end.jobs=20000 -a fifo,shortest,random --seeds 0..39 "$@"; }
works "an undisturbed run" long -q -j 2 -o whole.db
"$poise" report --cells whole.db >whole.csv
interrupted()
{
    rm -f part.db*
    "$poise" run two-devices-v1 --set end.jobs=20000 -a fifo,shortest,random --seeds 0..39 -j 2 \
        -o part.db >out 2>err &
    pid=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sleep 0.05
        [ -e part.db ] && [ "$("$poise" report --cells part.db 2>/dev/null | wc -l)" -gt 5 ] && break
    done
    kill -s "$1" $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? -eq "$2" ]
    verdict "$1 in the middle of a run ends with $2"
    n=$(($("$poise" report --cells part.db | wc -l) - 1))
    [ "$n" -gt 0 ] && [ "$n" -lt 120 ]
    verdict "after $1 the store holds some of the cells ($n)"
    long -q -j 1 -o part.db >out 2>err
    "$poise" report --cells part.db | cmp -s - whole.csv
    verdict "after $1 the same command ends with the result of an undisturbed run"
}
interrupted INT 130
interrupted TERM 143
interrupted KILL 137

# ---- the observation ------------------------------------------------------------------------------
works "the layout of an observation" "$poise" show two-devices-v1 --observation
grep -q '^observation of two-devices-v1: [0-9]* numbers' out && grep -q ' service\.fast ' out
verdict "the layout says its size and names its columns"

# ---- learners -------------------------------------------------------------------------------------
for agent in $("$poise" list agents | awk 'NR > 1 { print $1 }'); do
    "$poise" show "$agent" | grep -q '^learns' || continue
    works "training of $agent" "$poise" train two-devices-v1 $short -q -a "$agent" --steps 2000 \
        -o "$agent.safetensors"
    [ -s "$agent.progress.csv" ] && head -1 "$agent.progress.csv" | grep -q rollout/ep_rew_mean
    verdict "training of $agent writes its log"
    works "evaluation of $agent" "$poise" eval two-devices-v1 $short -q -p "$agent.safetensors" \
        --seeds 0..2
    run -a "$agent,fifo" --train 2000 --seeds 0..2 -j 2 -o "$agent.1.db" >out 2>err &&
        run -a "$agent" --train 2000 --seeds 0..2 -j 1 -o "$agent.2.db" >out 2>err &&
        run -a "fifo" --seeds 0..2 -j 1 -o "$agent.2.db" >out 2>err
    "$poise" report --cells "$agent.1.db" >1.csv
    "$poise" report --cells "$agent.2.db" | cmp -s - 1.csv && [ "$(wc -l <1.csv)" -eq 7 ]
    verdict "$agent learns the same on one thread and on two"
    "$poise" train two-devices-v1 -q -a "$agent" --steps 100000000 -o never.safetensors >out 2>err &
    pid=$!
    sleep 0.3
    kill -s TERM $pid
    wait $pid
    [ $? -eq 143 ] && [ ! -e never.safetensors ]
    verdict "an interrupted training of $agent writes no policy"
done

# ---- an OpenBLAS without locks --------------------------------------------------------------------
learner=$("$poise" list agents | awk '$1 == "reinforce" { print $1 }')
printf 'int openblas_get_parallel(void) { return 0; }\n' >serial.c
if [ -n "$learner" ] && ! ldd "$poise" | grep -q 'san\.so' &&
    ${CC:-cc} -shared -fPIC -o serial.so serial.c 2>/dev/null; then
    LD_PRELOAD=./serial.so "$poise" run two-devices-v1 $short -q -a "$learner" --train 2000 \
        --blas openblas --seeds 0,1 -j 2 -o serial.db >out 2>err
    [ $? -eq 0 ] && [ "$(grep -c 'running on one thread' err)" -eq 1 ]
    verdict "a serial OpenBLAS is told of once, and learners run on one thread"
    LD_PRELOAD=./serial.so "$poise" run two-devices-v1 $short -q -a fifo --seeds 0,1 -j 2 \
        -o serial.db >out 2>err
    [ $? -eq 0 ] && [ ! -s err ]
    verdict "agents that do not learn do not care"
    LD_PRELOAD=./serial.so "$poise" run two-devices-v1 $short -q -a "$learner" --train 2000 \
        --seeds 0,1 -j 2 -o reference.db >out 2>err
    [ $? -eq 0 ] && [ ! -s err ]
    verdict "nor do learners on our own products"
else
    echo "skipped: a serial OpenBLAS cannot be feigned here"
fi

expect "an unknown back end" 2 "not 'openblos'" "$poise" train two-devices-v1 -q -a reinforce \
    --blas openblos

# ---- traces ----------------------------------------------------------------------------------------
printf 'arrival_s,size\n0,1\n1,x\n2,3\n' >jobs.csv
traced="hpc-swf-v1 --set workload.trace=jobs.csv --set devices.0.cores=4"
# shellcheck disable=SC2086
expect "a line of a trace that is wrong" 3 "jobs.csv:3: error: size is 'x'" \
    "$poise" run $traced -q -a fifo --seeds 0 -o traced.db
# shellcheck disable=SC2086
works "a lenient run" "$poise" run $traced -q -a fifo --seeds 0 -o traced.db --lenient
"$poise" report traced.db | grep -q '2 jobs from 3 lines; 1 left out because a field is no number'
verdict "what was left out of a trace is stored with its results"

# ---- theory ----------------------------------------------------------------------------------------
expect "a case that does not exist" 2 "no case is named 'Q99'" "$poise" theory Q99
works "schedules known by hand" "$poise" theory -q 'S*'
"$poise" theory -q -r 3 -j 1 Q3c S10 >one && "$poise" theory -q -r 3 -j 3 Q3c S10 >three &&
    cmp one three
verdict "verdicts do not depend on the number of threads"
mkdir -p wrong/theory
sed 's/size: 3/size: 4/g' "$1/theory/list-two.yaml" >wrong/theory/list-two.yaml
POISE_DATA=wrong "$poise" theory -q S1-two >out 2>err
[ $? -eq 1 ] && grep -q WRONG out
verdict "an answer that is not met ends with status 1"

[ $n_failed -eq 0 ] || echo "$n_failed failed"
[ $n_failed -eq 0 ]
