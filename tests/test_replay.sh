#!/bin/sh
# test_replay.sh SOURCE BUILD - poise verify and poise replay, as their users see them: statuses,
# plug-ins, interrupts, tables of events, pictures, and what poise info tells.
# shellcheck disable=SC2016 # what stands in single quotes is for others to expand
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
source=$1
poise=$2/poise
cc=${CC:-cc}
export POISE_DATA="$1"
. "$1/tests/verdict.sh"

run() { "$poise" run two-devices-v1 --set warmup.jobs=50 --set end.jobs=350 -q "$@" >out 2>err; }
verify() { timeout 60 "$poise" verify "$@" >out 2>err; }
replay() { timeout 60 "$poise" replay "$@" >out 2>err; }
# build NAME FLAG...: NAME.so of tests/plugin.c.
build()
{
    name=$1
    shift
    # shellcheck disable=SC2086 # flags are words
    $cc -shared -fPIC -Wno-unused-function -Wno-override-init ${CFLAGS:-} -I"$folder/include" \
        "-DNAME=\"my_$name\"" "$@" -o "$name.so" "$source/tests/plugin.c" || exit 1
}
mkdir -p include/poise && cp "$source/env/poise.h" "$source/agents/agent.h" include/poise/

# ---- verify ---------------------------------------------------------------------------------------
run -a fifo,q_learning --train 1000 --seeds 0..4 -o plain.db
verify plain.db && [ "$(cat out)" = "10 cells verified, all the same" ] && [ ! -s err ]
verdict "a store is verified and says so in one line"
verify plain.db --sample 3 --train -q && [ "$(sed -n 1p out)" = "3 cells verified, all the same" ]
verdict "so is a sample, with the trainings of its policies"
mkdir elsewhere && (cd elsewhere && "$poise" verify ../plain.db >../out 2>../err)
verdict "from another folder, too"
cp plain.db locked.db && chmod a-w locked.db && verify locked.db && rm -f locked.db
verdict "a store that is read-only is verified"
verify none.db
[ $? -eq 4 ] && grep -q 'there is no such store' err
verdict "a store that is not there has status 4"
verify plain.db --sample 0
[ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ]
verdict "a sample of none is refused"

# A file of one's own, changed behind the store's back: the store knows what it was.
sed 's/^name: .*/name: mine-v1/' "$source/scenarios/two-devices-v1.yaml" >mine.yaml
"$poise" run mine.yaml --set end.jobs=350 --set warmup.jobs=50 -q -a fifo --seeds 0 -o mine.db \
    >out 2>err && rm mine.yaml && verify mine.db
verdict "a scenario whose file is gone is verified by what the store holds of it"

# ---- plug-ins -------------------------------------------------------------------------------------
build tested
run -a ./tested.so --seeds 0..2 -o plugin.db && verify plugin.db &&
    grep -q '^3 cells verified, all the same$' out
verdict "runs of a plug-in are verified"
replay plugin.db 1 && grep -q '^the same run as stored' out && grep -q 'choose start' out
verdict "and replayed"
build tested -O1 -DOTHER
verify plugin.db
[ $? -eq 1 ] && [ "$(grep -c 'cannot be run again: ./tested.so is another agent than it was: my_tested@' out)" -eq 3 ] &&
    grep -q '^3 cells: 3 cannot be run again$' out
verdict "another build of it is told, with both"
rm tested.so
verify plugin.db
[ $? -eq 1 ] && [ "$(grep -c 'cannot be run again: .*tested.so' out)" -eq 3 ]
verdict "one that is gone is told"
build crashes
DEED=aborts "$poise" run two-devices-v1 --set warmup.jobs=50 --set end.jobs=350 -q \
    -a ./crashes.so --seeds 0 -o crashes.db >out 2>err
DEED=aborts "$poise" verify crashes.db >out 2>err
verdict "a crash that comes again is the same"
verify crashes.db && grep -q 'it does not fail here, but did: .*crashed in decision 5' out &&
    grep -q '^1 cell: 1 not verifiable$' out
verdict "one that does not come again is said not to be verifiable"

# ---- interrupts -----------------------------------------------------------------------------------
run -a fifo --seeds 0 -o long.db --set end.jobs=3000000 --set records=none
for signal in INT TERM; do
    "$poise" verify long.db >out 2>err &
    pid=$!
    sleep 0.2
    kill -$signal $pid
    wait $pid
    status=$?
    if [ $signal = INT ]; then wanted=130; else wanted=143; fi
    [ $status -eq $wanted ] && grep -q 'interrupted: 0 of 1' err
    verdict "SIG$signal ends it with its status and says how far it was"
done

# ---- replay ---------------------------------------------------------------------------------------
replay plain.db && [ "$(wc -l <out)" -eq 11 ] &&
    [ "$(sed -n 2p out | awk '{print $1, $3, $4, $5, $6}')" = "1 ok 0 two-devices-v1 fifo" ]
verdict "without a cell, all are listed"
id=$("$poise" report --cells plain.db | sed -n 2p | cut -d, -f1)
replay plain.db 1 && mv out by_number && replay plain.db "$id" && cmp -s out by_number &&
    replay plain.db "$(echo "$id" | cut -c1-12)" && cmp -s out by_number &&
    grep -q "^  cell  *$id\$" by_number
verdict "a cell is found by its number, its id, and the beginning of it"
trajectory=$("$poise" report --cells plain.db | sed -n 2p | cut -d, -f9)
grep -q "^  trajectory  *$trajectory\$" by_number && grep -q '^the same run as stored, ' by_number
verdict "its hashes are shown, and that it is the run that is stored"
for wrong in 11 0 abcdefabcdef 12345678; do
    replay plain.db $wrong
    [ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ]
    verdict "a cell that is not there ($wrong) is refused"
done
replay plain.db 1 --format csv && [ "$(head -1 out)" = \
    "time_s,decision,event,job,task,class,group,device,profile" ] &&
    ! grep -v '^[0-9.]*,[0-9]*,[a-z ]*,[0-9]*,[0-9]*,[a-z]*,[a-z]*,[0-9]*,[^,]*$' out | sed 1d | grep -q . &&
    [ "$(grep -c ',arrival,' out)" -eq 350 ] && [ "$(grep -c ',end,' out)" -eq 350 ]
verdict "events are a table in CSV, from which nothing is missing"
replay plain.db 1 --format csv --from 10s --to 20s &&
    awk -F, 'NR > 1 && ($1 < 10 || $1 > 20) {exit 1} END {exit NR < 3}' out
verdict "a stretch of it is shown"
replay plain.db 6 && grep -q '^  policy .*, 1000 decisions from training seed 0$' out &&
    grep -q '^the same run as stored' out
verdict "a learner's run is replayed with its policy"
replay crashes.db 1
[ $? -eq 1 ] && grep -q 'the run does not fail here, but did' err
verdict "of a run that failed it is told whether it does so again"
replay plain.db 1 --gantt run.jpeg
[ $? -eq 2 ] && grep -q 'must end in .pdf, .png or .svg' err
verdict "a picture of another kind is refused"
if command -v gnuplot >/dev/null; then
    replay plain.db 2 --gantt pictures/run.svg --from 10s --to 40s &&
        grep -q '</svg>' pictures/run.svg && [ "$(ls -A pictures)" = run.svg ] &&
        grep -q 'seed 1' pictures/run.svg
    verdict "the run is drawn"
    replay mine.db 1 --gantt 'p$(touch x)`touch y`;'"'"'.svg' && grep -q '</svg>' p*.svg &&
        [ ! -e x ] && [ ! -e y ]
    verdict "whatever the picture is called"
else
    echo "skipped: there is no gnuplot"
fi

# ---- info -----------------------------------------------------------------------------------------
"$poise" info --json >out 2>err
for key in version commit compiler flags libraries blas cpu os results_version training_version \
    store_layout observation_version agent_abi data; do
    grep -q "\"$key\": " out || echo "no $key" >>err
done
[ ! -s err ] && grep -q "\"results_version\": \"[0-9]*\"" out && grep -q 'GLPK [0-9]' out
verdict "poise info tells all versions that results depend on"

[ $n_failed -eq 0 ]
