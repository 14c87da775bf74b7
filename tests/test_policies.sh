#!/bin/sh
# test_policies.sh SOURCE BUILD - tuned options and policies that ship, by the commands that take
# them: found by name, replaced by what is given, told apart from files.
set -u
poise=$2/poise
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
failed=0

verdict()
{
    if [ $? -eq 0 ]; then
        echo "ok: $1"
    else
        echo "FAILED: $1"
        cat out err 2>/dev/null
        failed=1
    fi
}

# expect SENTENCE STATUS WORDS COMMAND...: the command ends with the status and says the words.
expect()
{
    sentence=$1 status=$2 words=$3
    shift 3
    "$@" >out 2>err
    [ $? -eq "$status" ] && grep -qF -- "$words" err
    verdict "$sentence"
}

mkdir -p data/policies
export POISE_DATA="$place/data"
cat >data/policies/recipes.yaml <<'END'
poise: 1
recipes:
  - {scenario: two-devices-v1, agent: "ppo:n_steps=100:hidden=8", decisions: 600, validate: 300, validation_seeds: 1, seed: 4}
  - {scenario: two-devices-v1, agent: "ppo:n_steps=50:hidden=4", name: small, decisions: 400}
END

# ---- --tuned --------------------------------------------------------------------------------------
"$poise" train two-devices-v1 -a ppo --tuned -q -o tuned.safetensors >out 2>err &&
    "$poise" train two-devices-v1 -a ppo:n_steps=100:hidden=8 --steps 600 --validate 300 \
        --validation-seeds 1 --seed 4 -q -o given.safetensors >out 2>err &&
    cmp tuned.safetensors given.safetensors && cmp tuned.progress.csv given.progress.csv
verdict "a recipe is its options, decisions, validation and seed"
"$poise" train two-devices-v1 -a ppo:hidden=6 --tuned --steps 500 --seed 5 -q -o mine.safetensors >out 2>err &&
    "$poise" train two-devices-v1 -a ppo:n_steps=100:hidden=6 --steps 500 --validate 300 \
        --validation-seeds 1 --seed 5 -q -o given.safetensors >out 2>err &&
    cmp mine.safetensors given.safetensors
verdict "what is given beside it goes before"
"$poise" train two-devices-v1 -a small --tuned -q -o data/policies/two-devices-v1.small.safetensors >out 2>err &&
    grep -aq 'hidden=4' data/policies/two-devices-v1.small.safetensors
verdict "a second recipe has a name of its own"
expect "a recipe that is not asked for is mentioned" 0 "--tuned takes them" \
    "$poise" train two-devices-v1 -a ppo:n_steps=100 --steps 200 -o other.safetensors
"$poise" train two-devices-v1 -a a2c --steps 200 -o other.safetensors >out 2>err && ! grep -q tuned err
verdict "one that is not there is not mentioned"
expect "no recipe" 2 "for two-devices-v1; there are ppo in two-devices-v1, small in two-devices-v1" \
    "$poise" train two-devices-v1 -a a2c --tuned
expect "a checkpoint is not tuned" 2 "no -a, --seed or --tuned" \
    "$poise" train two-devices-v1 --resume x.ckpt --tuned

# ---- policies by name -----------------------------------------------------------------------------
"$poise" list policies >out && grep -q '^  two-devices-v1.ppo .*(not trained)$' out &&
    grep -q '^  two-devices-v1.small  *400 .*hidden=4$' out
verdict "policies are listed"
numbers()
{
    "$poise" eval two-devices-v1 -p "$1" --seeds 0..2 -q 2>err | sed 1d
}
numbers data/policies/two-devices-v1.small.safetensors >by-file && [ -s by-file ] &&
    numbers two-devices-v1.small | cmp - by-file && numbers small | cmp - by-file
verdict "a policy that ships is found by its name, with and without the scenario"
cp tuned.safetensors small && numbers small >by-path && numbers tuned.safetensors | cmp - by-path &&
    ! cmp -s by-path by-file
verdict "a file of that name goes before"
rm small
expect "a policy that is not there" 2 "those that ship for two-devices-v1 are two-devices-v1.small" \
    "$poise" eval two-devices-v1 -p smal
expect "a scenario that none ships for" 2 "none ships for mm1-v1" "$poise" eval mm1-v1 -p small

# ---- policies as agents ---------------------------------------------------------------------------
"$poise" run two-devices-v1 -a fifo,policy:small,policy:tuned.safetensors --seeds 0..2 -q -o p.db >out 2>err &&
    grep -q policy:small out && grep -q policy:tuned.safetensors out && cp out first
verdict "policies are compared with rules"
small=$(awk '$1 == "response_mean_s" { print $3 }' by-file)
"$poise" report p.db --format csv >out &&
    awk -F, -v alone="$small" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "mean") at = i }
        $4 == "policy:small" { met = sprintf("%.6g", $at) == alone }
        END { exit !met }' out
verdict "they do there what they do alone ($small)"
"$poise" run two-devices-v1 -a fifo,policy:small,policy:tuned.safetensors --seeds 0..2 -o p.db 2>err >again &&
    grep -q '^9 of 9 cells already stored' err && cmp again first
verdict "they are run once"
cp mine.safetensors tuned.safetensors
"$poise" run two-devices-v1 -a fifo,policy:small,policy:tuned.safetensors --seeds 0..2 -o p.db 2>err >again &&
    grep -q '^6 of 9 cells already stored' err
verdict "another policy under the same name is another one"
expect "a policy of another scenario" 3 "but ppo needs" \
    "$poise" run mm1-v1 -a policy:tuned.safetensors -o none.db
expect "a policy that does not ship" 2 "those that ship" "$poise" run two-devices-v1 -a policy:smal
[ ! -e none.db ] && [ ! -e results ]
verdict "neither leaves a store"

# ---- mistakes -------------------------------------------------------------------------------------
sed -i 's/hidden=8/hiden=8/' data/policies/recipes.yaml
expect "a slip in the table" 3 "recipes.yaml:3:56: error: agent ppo has no option 'hiden', did you mean 'hidden'?" \
    "$poise" train two-devices-v1 -a ppo --tuned
"$poise" train two-devices-v1 -a ppo:n_steps=100 --steps 200 -o other.safetensors >out 2>err
verdict "a training that does not ask for it goes on"
exit $failed
