#!/bin/sh
# test_plugin.sh SOURCE BUILD - agents that are built elsewhere, with the installed headers: they do
# what the same agent does that is built in, and whatever else they do costs their own trials only.
# shellcheck disable=SC2016 # what stands in single quotes is for others to expand
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
source=$1
cc=${CC:-cc}
export POISE_DATA="$1"
. "$1/tests/verdict.sh"

cmake --install "$2" --prefix "$folder/prefix" >/dev/null || exit 1
poise=$folder/prefix/bin/poise
PKG_CONFIG_PATH=$(dirname "$(find "$folder/prefix" -name poise.pc)")
export PKG_CONFIG_PATH
cflags=$(pkg-config --cflags poise)


# build NAME FLAG...: NAME.so of tests/plugin.c.
build()
{
    name=$1
    shift
    # shellcheck disable=SC2086 # flags are words
    $cc -shared -fPIC -Wall -Wextra -Wno-unused-function -Wno-override-init \
        $cflags "-DNAME=\"my_$name\"" "$@" \
        -o "$name.so" "$source/tests/plugin.c" || exit 1
}

run() { "$poise" run two-devices-v1 --set warmup.jobs=50 --set end.jobs=350 -q "$@"; }
# numbers STORE AGENT: all that is stored of an agent's cells but its name.
numbers() { "$poise" report --cells "$1" | grep "^[^,]*,[^,]*,[^,]*,$2," | cut -d, -f7-; }

# refused SENTENCE PATTERN AGENT: it is not even tried: one line, status 2 and no store.
refused()
{
    rm -f none.db
    timeout 20 "$poise" run two-devices-v1 -q -a "$3" --seeds 0 -o none.db >out 2>err
    [ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "$2" err && [ ! -e none.db ]
    verdict "$1"
}

# fails SENTENCE PATTERN AGENT: its trial fails with the sentence, and nobody else's.
fails()
{
    rm -f bad.db
    timeout 60 "$poise" run two-devices-v1 --set warmup.jobs=50 --set end.jobs=350 -q --seeds 0 \
        -j 2 --patience 0.3 -a "fifo,shortest" -a "$3" -o bad.db >out 2>err
    [ $? -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "$2" err &&
        [ "$(numbers bad.db '[fs][^.,]*')" = "$others" ]
    verdict "$1"
}

run -a fifo,shortest --seeds 0 -o good.db >out 2>err
shortest=$(numbers good.db shortest)
others=$(numbers good.db '[fs][^.,]*')
[ "$(echo "$others" | sort -u | wc -l)" -eq 2 ]
verdict "built-in agents to compare with"

# ---- the example ------------------------------------------------------------------------------------
example=$source/examples/plugin/my_policy.c
sed '1,/^```c$/d;/^```$/,$d' "$source/docs/plugins.md" | cmp - "$example" &&
    sed '1,/^```python$/d;/^```$/,$d' "$source/docs/plugins.md" |
    cmp - "$source/examples/plugin/my_policy.py"
verdict "the examples are what is printed in the documentation"
# shellcheck disable=SC2086
$cc -O2 -Wall -Wextra -Werror -shared -fPIC $cflags -o my_policy.so "$example" 2>err &&
    run -a ./my_policy.so:patience=1e9,./my_policy.so:patience=0,fifo --seeds 0 -o example.db \
        >out 2>>err && [ "$(grep -c 'my_policy.so:patience=' out)" -ge 2 ]
verdict "the example is built with the installed headers, and runs"

# ---- the same as built in -------------------------------------------------------------------------
sed 's/"shortest"/"my_shortest"/' "$source/agents/shortest.c" >my_shortest.c
# shellcheck disable=SC2086
$cc -O2 -shared -fPIC -Dagent_shortest=poise_plugin -I"$source/agents" -I"$source/env" $cflags \
    -o my_shortest.so my_shortest.c
for threads in 1 3; do
    rm -f same.db
    run -a shortest,./my_shortest.so --seeds 0..9 -j $threads -o same.db >out 2>err
    [ "$(numbers same.db shortest)" = "$(numbers same.db ./my_shortest.so)" ] &&
        [ "$(numbers same.db shortest | wc -l)" -eq 10 ]
    verdict "a rule that is plugged in does what it does built in, on $threads threads"
done
"$poise" report --cells same.db | grep -q ",my_shortest@[0-9a-f]\{16\},"
verdict "its results name the build that they are of"
"$poise" eval two-devices-v1 --set end.jobs=2350 -q -a shortest --seeds 0..3 | tail -n +2 >one
"$poise" eval two-devices-v1 --set end.jobs=2350 -q -a ./my_shortest.so --seeds 0..3 | tail -n +2 >two
cmp one two
verdict "all metrics are the same"
for agent in fifo random; do
    "$poise" run two-tenants-v1 -q -a $agent --seeds 0 --set warmup.jobs=50 --set end.jobs=250 \
        --set tenants.0.agent=shortest -o tenants.db >out 2>err
    "$poise" run two-tenants-v1 -q -a $agent --seeds 0 --set warmup.jobs=50 --set end.jobs=250 \
        --set tenants.0.agent=./my_shortest.so -o tenants.db >out 2>err
    [ "$("$poise" report --cells tenants.db | grep ",$agent," | cut -d, -f9- | sort -u | wc -l)" -eq 1 ]
    verdict "a tenant may have a plug-in of its own, against $agent"
done
"$poise" report --cells tenants.db | grep -q 'random against my_shortest@'
verdict "results name the build that a tenant had"
sed 's/^rules:.*/rules: [shortest, ".\/tested.so:x=2", fifo]/' "$source/scenarios/two-devices-v1.yaml" \
    >ruled.yaml
build tested
"$poise" check ruled.yaml >out 2>err && "$poise" rules -q -o - --seeds 0 ruled.yaml >out 2>err &&
    grep -q ' \./tested\.so:x=2 ' out
verdict "a scenario may name plug-ins among its rules"
"$poise" show ./tested.so >out 2>err && grep -q '^my_tested: a plug-in for tests' out &&
    grep -q '^  x  *1 ' out
verdict "its options are shown"
for agent in shortest ./my_shortest.so; do
    "$poise" export two-devices-v1 --set end.jobs=2350 -a $agent -o exported --force >out 2>err
    grep -q 'the same run' out && grep -v '^#' exported-jobs.csv >"jobs.$(basename $agent .so)"
done
[ -s jobs.shortest ] && cmp jobs.shortest jobs.my_shortest
verdict "its run is exported as that of the same agent"

run -a ./tested.so --seeds 0 -o builds.db >out 2>err
build tested -O2
run -a ./tested.so --seeds 0 -o builds.db >out 2>err
[ "$("$poise" report --cells builds.db | grep -c "my_tested@")" -eq 2 ] &&
    [ "$("$poise" report builds.db | grep -c 'tested\.so @[0-9a-f]\{8\}')" -eq 2 ]
verdict "two builds of a file are two agents"

# ---- learners -------------------------------------------------------------------------------------
learns=".train_decisions = 1000, .learn = learn, .params = params, .progress = progress"
build learner "-DMORE=$learns" && build model "-DMORE=.uses_model = true"
for k in 1 2; do
    "$poise" train two-devices-v1 -q -a ./learner.so:x=3 -o $k.safetensors >out 2>err
done
cmp 1.safetensors 2.safetensors && grep -q 'train/mean' 1.progress.csv &&
    "$poise" eval two-devices-v1 -q -p 1.safetensors --seeds 0 >out 2>err && grep -q '^my_learner' out
verdict "a learner is trained, and its policy says which plug-in it is for"
run -a ./learner.so --seeds 0 -o learner.db >out 2>err &&
    [ "$(numbers learner.db ./learner.so | cut -d, -f2-)" = "$(echo "$shortest" | cut -d, -f2-)" ]
verdict "a learner takes part in a comparison"
run -a ./model.so --seeds 0 -o model.db >out 2>err && grep -q 'model\.so (uses a model)' out &&
    "$poise" report model.db | grep -q 'model\.so (uses a model)'
verdict "a plug-in that uses a model is marked"
DEED=aborts "$poise" train two-devices-v1 -q -a ./learner.so -o none.safetensors >out 2>err
[ $? -eq 1 ] && grep -q 'crashed in decision 5: Aborted (SIGABRT)' err && [ ! -e none.safetensors ]
verdict "a learner that crashes leaves no policy"

# ---- what no plug-in should do --------------------------------------------------------------------
# does DEED SENTENCE PATTERN
does()
{
    DEED=$1 fails "$2" "$3" ./tested.so
}
does segv "a plug-in that crashes" 'crashed in decision 100: Segmentation fault (SIGSEGV)'
does aborts "a plug-in that aborts" 'crashed in decision 5: Aborted (SIGABRT)'
does exits "a plug-in that ends the process" 'called exit(0) in decision 7'
does nan "a plug-in that pays no attention" 'the attention holds a NaN'
does hangs "a plug-in that never returns" 'took more than 0.3 s in decision 11'
does sleeps "a plug-in that falls asleep" 'took more than 0.3 s in decision 11'
does forks "a plug-in that starts others" 'took more than 0.3 s in decision 3'
does over "a plug-in that writes beyond its state" 'written beyond its state'
does beyond "a plug-in that writes beyond its attention" 'written beyond its attention'
does init_aborts "a plug-in that aborts before it begins" 'crashed while it prepared itself'
does init_exits "a plug-in that exits before it begins" 'called exit(3) while it prepared'
build nowhere '-DMORE=.choose = choose'
fails "a plug-in that chooses what is not there" 'a candidate that is not there' ./nowhere.so
does init_hangs "a plug-in that hangs before it begins" 'took more than .* while it prepared'
"$poise" report bad.db >out 2>err && grep -q 'tested.so (1 failed)' out
verdict "the store of such a run is valid"

DEED=says run -a ./tested.so --seeds 0 -o says.db >out 2>err && ! grep -q canary out && grep -q canary err
verdict "what a plug-in prints does not get among the results"
DEED=cheats "$poise" export two-devices-v1 --set end.jobs=2350 -a ./tested.so -o cheats >out 2>err
[ $? -eq 1 ] && grep -q 'must have changed what it was only to look at' err
verdict "a plug-in that changes what it sees is found out where its episode is gone through again"

# ---- what is no plug-in ---------------------------------------------------------------------------
build old '-DMORE=.abi = 1'
build later '-DMORE=.abi = POISE_AGENT_ABI + 1'
build thief '-DMORE=.name = "fifo"' && build idle '-DMORE=.attend = 0'
build nameless '-DMORE=.name = 0' && build odd '-DMORE=.name = "a b:c"'
build half '-DMORE=.train_decisions = 10' && build table '-DMORE=.size = 8'
printf 'void nowhere(void);\nvoid poise_plugin(void) { nowhere(); }\n' >undefined.c
$cc -shared -fPIC -o undefined.so undefined.c
printf 'int poise_plug;\n' >none.c && $cc -shared -fPIC -o none.so none.c
printf 'void poise_plugin(void) {}\n' >function.c && $cc -shared -fPIC -o function.so function.c
echo text >text.so
: >empty.so
head -c 6000 tested.so >cut.so
mkdir folder.so && mkfifo fifo.so
refused "a file that is not there" "there is no such plug-in" ./missing.so
refused "a file without a slash that is not there" "there is no such plug-in" missing.so
refused "a folder" "Is a directory" ./folder.so
refused "what is no file" "is not a file" ./fifo.so
refused "a text" "is not a shared object" ./text.so
refused "an empty file" "is not a shared object" ./empty.so
refused "half a file" "is not a shared object\|crashed while it was loaded" ./cut.so
refused "a shared object without an agent" "defines no .const poise_agent_type poise_plugin" ./none.so
refused "a symbol that is a function" "is not an agent's table" ./function.so
refused "a symbol that nobody defines" "undefined symbol: nowhere" ./undefined.so
abi=$(awk '$2 == "POISE_AGENT_ABI" { print $3 }' "$source/agents/agent.h")
refused "an older version" "version 1 of the agents' table, this program has version $abi: build it" \
    ./old.so
refused "a later version" "version $((abi + 1)) of the agents' table" ./later.so
refused "the name of a built-in agent" "is called 'fifo', as one that is built in" ./thief.so
refused "an agent without attention" "has no function attend" ./idle.so
refused "an agent without a name" "no proper name" ./nameless.so
refused "a name that could not be told from options" "no proper name" ./odd.so
refused "half a learner" "half a learner" ./half.so
refused "an option that lies outside of the state" "does not lie in the state" ./table.so
DEED=bursts refused "a plug-in that crashes when it is loaded" \
    "crashed while it was loaded: Aborted" ./tested.so
DEED=refuses refused "a plug-in that is not for the scenario" \
    "^poise run: error: ./tested.so: not here" ./tested.so
refused "an unknown option" "option 'y'" ./tested.so:y=1
refused "an option out of bounds" "'10' is above 9" ./tested.so:x=10
DEED=bursts "$poise" show ./tested.so >out 2>err
[ $? -eq 3 ] && grep -q 'crashed while it was loaded' err && [ ! -s out ]
verdict "what cannot be loaded cannot be shown"
cp tested.so 'it has: $(touch canary) `touch canary`;&|"%s%n.so' &&
    run -a './it has: $(touch canary) `touch canary`;&|"%s%n.so:x=2' --seeds 0 -o odd.db >out 2>err &&
    [ ! -e canary ] && [ "$("$poise" report --cells odd.db | grep -c ',my_tested@')" -eq 1 ]
verdict "a hostile file name is only a name"

# ---- the end of Poise -----------------------------------------------------------------------------
# runs PID: whether it does; one that has ended may stay listed until its parent asks for it, which
# for an orphan is whatever the machine has as process 1.
runs() { state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) && [ "${state:-Z}" = "${state#[ZX]}" ]; }

# gone PID...: whether there are some, and none of them runs, or soon will.
gone()
{
    [ $# -gt 0 ] || return 1
    for _ in $(seq 200); do
        there=0
        for pid in "$@"; do
            ! runs "$pid" || there=1
        done
        [ $there -eq 1 ] || return 0
        sleep 0.1
    done
    return 1
}

# hang SIGNAL: what a run says whose plug-in hangs when it gets the signal; the status.
hang()
{
    rm -f pids hang.db*
    PLUGIN_PIDS=pids DEED=hides "$poise" run two-devices-v1 -q -a ./tested.so,fifo --seeds 0 --patience 600 \
        -o hang.db >out 2>err &
    it=$!
    for _ in $(seq 50); do
        [ -s pids ] && break
        sleep 0.1
    done
    kill -s "$1" $it
    wait $it 2>/dev/null
}
hang KILL
# shellcheck disable=SC2046
gone $(cat pids)
verdict "no process is left when Poise is killed"
hang TERM
# shellcheck disable=SC2046
[ $? -eq 143 ] && gone $(cat pids) && "$poise" report hang.db >out 2>err
verdict "a run whose plug-in hangs can be interrupted"

[ $n_failed -eq 0 ] || echo "$n_failed failed"
[ $n_failed -eq 0 ]
