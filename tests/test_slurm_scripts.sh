#!/bin/sh
# test_slurm_scripts.sh SOURCE BUILD - the scripts that `poise slurm` writes: what they say to sbatch
# and to a shell, whatever folders and settings are called, and what becomes of it if sbatch fails.
# Needs no Slurm: a shell runs the scripts as Slurm would.
# shellcheck disable=SC2016 # what stands in single quotes is for others to expand
set -u
poise=$2/poise
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export POISE_DATA="$1"
. "$1/tests/verdict.sh"

# refused SENTENCE STATUS PATTERN COMMAND...: one line that has the pattern, and no script.
refused()
{
    sentence=$1 status=$2 pattern=$3
    shift 3
    rm -f mine.sbatch mine.merge.sbatch
    "$@" >out 2>err
    [ $? -eq "$status" ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "$pattern" err &&
        [ ! -s out ] && [ ! -e mine.sbatch ] && [ ! -e mine.merge.sbatch ]
    verdict "$sentence"
}

# says FILE LINE: a line of its own.
says() { grep -qxF -- "$2" "$1"; }

cat >mine.yaml <<'END'
poise: 1
name: mine
scenarios:
  - scenario: two-devices-v1
    set: {warmup.jobs: 50, end.jobs: 350}
agents: [fifo, random]
seeds: 0..2
END
slurm() { "$poise" slurm mine.yaml "$@"; }

# ---- what is written ------------------------------------------------------------------------------
slurm --array 3 --time 1:00:00 --cpus 2 --mem 4G --partition long,short --account lab-1 \
    --option=--qos=high --option '--constraint=[gpu&big]*2' --keep-going --retry-failed \
    >out 2>err && [ ! -s err ]
verdict "scripts are written"
says mine.sbatch "#SBATCH --array=1-3" && says mine.sbatch "#SBATCH --time=1:00:00" &&
    says mine.sbatch "#SBATCH --cpus-per-task=2" && says mine.sbatch "#SBATCH --mem=4G" &&
    says mine.sbatch "#SBATCH --partition=long,short" &&
    says mine.sbatch "#SBATCH --account=lab-1" && says mine.sbatch "#SBATCH --qos=high" &&
    says mine.sbatch "#SBATCH --constraint=[gpu&big]*2" && says mine.sbatch "#SBATCH --requeue" &&
    says mine.sbatch "#SBATCH --signal=B:TERM@60"
verdict "sbatch is told what was asked for"
says mine.merge.sbatch "#SBATCH --partition=long,short" && ! grep -q array= mine.merge.sbatch
verdict "the merge is a single job of the same partition"
sh -n mine.sbatch && sh -n mine.merge.sbatch &&
    { ! command -v shellcheck >/dev/null || shellcheck mine.sbatch mine.merge.sbatch; } >err
verdict "they are scripts without a flaw"
says mine.sbatch "exec $(readlink -f "$poise") sweep mine.yaml -o $folder/results/mine.db \
-j 2 --shard \"\$SLURM_ARRAY_TASK_ID/3\" --keep-going --retry-failed" &&
    says mine.merge.sbatch \
        "exec $(readlink -f "$poise") merge mine.yaml -o $folder/results/mine.db --wait"
verdict "a task is a shard of the sweep"
[ "$(cat out)" = "job=\$(sbatch --parsable $folder/mine.sbatch)
sbatch --dependency=afterany:\"\${job%%;*}\" $folder/mine.merge.sbatch" ]
verdict "it is said how they are submitted"
cp mine.sbatch kept
slurm --array 4 --time 90 >out 2>err
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "there already; --force" err && cmp mine.sbatch kept
verdict "scripts are not replaced unasked"
slurm --array 4 --time 90 --force >out 2>err && says mine.sbatch "#SBATCH --array=1-4"
verdict "but if asked"
slurm --array 4 --time 90 >out 2>err
verdict "the same scripts once more replace nothing"
slurm --array 4 --time 9 --force >out 2>err && ! grep -q signal mine.sbatch
verdict "a short job is not told of its end as soon as it begins"
slurm --array 2 --time 2-12 -o jobs/here >out 2>err && sh -n jobs/here/mine.sbatch &&
    says jobs/here/mine.sbatch "cd $folder"
verdict "scripts are written where it was asked"

# ---- mistakes -------------------------------------------------------------------------------------
for time in 90 5:30 1:00:00 200:00:00 0-12 2-12:30 2-12:30:59; do
    slurm --array 2 --time $time --force >out 2>err && says mine.sbatch "#SBATCH --time=$time"
    verdict "$time is a time"
done
for time in '' x 5d 1:60 1:2:3:4 2-24 1-2-3 2- :3 3: -5 ' 5' 1.5 '1:00:00;id' 0x10; do
    refused "'$time' is no time" 2 "not a time as Slurm writes it" slurm --array 2 --time="$time"
done
for time in 0 0:30 999999 400-0; do
    refused "$time is too short or too long" 2 "from a minute to a year" slurm --array 2 --time $time
done
for name in 'a b' 'a;id' '$(id)' -x '' 'a
b'; do
    refused "a bad partition" 2 "is not a name" slurm --array 2 --time 5 --partition="$name"
    refused "a bad account" 2 "is not a name" slurm --array 2 --time 5 --account="$name"
done
for size in '' G 1.5G 4GB -1 '4 G' '$(id)'; do
    refused "'$size' is no size" 2 "is not a size" slurm --array 2 --time 5 --mem="$size"
done
for option in qos=high -q --comment='a b' '--comment=$(id)' '--comment=`id`' '--a=#' "--a='b'" -- ''; do
    refused "'$option' is no option" 2 "not an option of sbatch" \
        slurm --array 2 --time 5 --option="$option"
done
refused "an option of two lines" 2 "not an option of sbatch" slurm --array 2 --time 5 \
    --option='--qos=a
touch CANARY'
refused "the array is ours" 2 "poise slurm has options for it" slurm --array 2 --time 5 \
    --option=--array=1-9
refused "the command is ours" 2 "the script says what is run" slurm --array 2 --time 5 \
    --option=--wrap=ls
refused "no shards" 2 "whole number from 1" slurm --array 0 --time 5
refused "no array" 2 "how many shards" slurm --time 5
refused "no time" 2 "how long" slurm --array 2
refused "no experiment" 2 "which experiment" "$poise" slurm --array 2 --time 5

# ---- names that a shell would like ----------------------------------------------------------------
evil="it's \$(touch CANARY) \`touch CANARY\` \"a\" ;touch CANARY|&<>*?[a]\\ #!~ -x"
mkdir "$evil" && ln -s "$1" "$evil/data" && cp mine.yaml "$evil/\$(touch CANARY)'.yaml" &&
    cp mine.yaml "$evil/mine.yaml"
verdict "there is such a folder"
(
    cd "$evil" || exit 1
    POISE_DATA=data "$poise" slurm mine.yaml --array 2 --time 5 --store "\$(touch CANARY)'.db" \
        --set 'title=$(touch CANARY)`touch CANARY`'\''"\' >out 2>err || exit 1
    ! command -v shellcheck >/dev/null || shellcheck mine.sbatch mine.merge.sbatch || exit 1
    cd / || exit 1
    for task in 2 1; do
        env -u POISE_DATA SLURM_ARRAY_TASK_ID=$task sh "$folder/$evil/mine.sbatch" || exit 1
    done
    env -u POISE_DATA sh "$folder/$evil/mine.merge.sbatch" || exit 1
    cd "$folder/$evil" && "$poise" report "./\$(touch CANARY)'.db" --cells >cells
) >said 2>&1
verdict "scripts run in it, shard by shard, and merge"
[ "$(wc -l <"$evil/cells")" -gt 4 ]
verdict "all is in the store"
mkdir bin && cat >bin/sbatch <<'END'
#!/bin/sh
printf '<%s>' "$@" >>"$SAID"
echo >>"$SAID"
echo '17;cluster'
END
chmod +x bin/sbatch
(cd "$evil" && SAID=$folder/said PATH=$folder/bin:$PATH sh -c "$(cat out)" >out2 2>../err) &&
    [ "$(tail -n 2 said)" = "<--parsable><$folder/$evil/mine.sbatch>
<--dependency=afterany:17><$folder/$evil/mine.merge.sbatch>" ]
verdict "the commands that are printed name the scripts"
rm -f said
(cd "$evil" && SAID=$folder/said PATH=$folder/bin:$PATH "$poise" slurm mine.yaml --array 2 \
    --time 5 --force --submit >out 2>../err) && [ "$(cat said)" = "<--parsable><$folder/$evil/mine.sbatch>
<--parsable><--dependency=afterany:17><$folder/$evil/mine.merge.sbatch>" ]
verdict "and sbatch gets them as they are"
[ -z "$(find . -name 'CANARY*')" ] && [ ! -e /CANARY ]
verdict "no name was run"
for place in folder data store set output; do
    line="$place
#SBATCH --wrap=ls"
    mkdir -p "$line"
    case $place in
    folder) (cd "$line" && "$poise" slurm ../mine.yaml --array 2 --time 5) ;;
    data) POISE_DATA="$line" "$poise" slurm mine.yaml --array 2 --time 5 ;;
    store) slurm --array 2 --time 5 --store "$line/a.db" ;;
    output) slurm --array 2 --time 5 -o "$line" ;;
    set) slurm --array 2 --time 5 --set "title=$line" ;;
    esac >out 2>err
    [ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "a line break or another control" err
    verdict "a line break in the name of the $place is refused"
done

# ---- sbatch that fails ----------------------------------------------------------------------------
# submit STATUS PATTERN: one line says it.
submit()
{
    rm -f said
    SAID=$folder/said PATH=$path slurm --array 2 --time 5 --force --submit >out 2>err
    [ $? -eq "$1" ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "$2" err && [ ! -s out ]
}
path=$folder/none
submit 4 "there is no sbatch here"
verdict "where there is no sbatch that is said"
path=$folder/bin:$PATH
printf '#!/bin/sh\necho called >>"$SAID"\necho "sbatch: error: no such partition" >&2\nexit 1\n' \
    >bin/sbatch
submit 4 "has not taken .*mine.sbatch: sbatch: error: no such partition" && [ "$(wc -l <said)" -eq 1 ]
verdict "what sbatch refuses is said, and no merge is submitted"
printf '#!/bin/sh\necho called >>"$SAID"\necho hello\n' >bin/sbatch
submit 4 "told no job's number: 'hello'" && [ "$(wc -l <said)" -eq 1 ]
verdict "a number that is none is refused"
printf '#!/bin/sh\necho called >>"$SAID"\nkill -9 $$\n' >bin/sbatch
submit 4 "it said nothing" && [ "$(wc -l <said)" -eq 1 ]
verdict "so is a death"
printf '#!/bin/sh\necho called >>"$SAID"\n[ $# -lt 3 ] || { echo no >&2; exit 1; }\necho 5\n' \
    >bin/sbatch
submit 4 "the shards are job 5, but nothing will merge them: .*: no" && [ "$(wc -l <said)" -eq 2 ]
verdict "shards that nothing will merge are told of"

[ "$n_failed" -eq 0 ]
