#!/bin/sh
# A training that is killed, and one that is ended, go on from their checkpoints to the same
# bytes as one that was left alone.
poise=$2/poise
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT INT TERM
cd "$dir" || exit 1

fail() {
    echo "FAILED: $*"
    exit 1
}

source=$1
with=
train() { # NAME ARGUMENTS...
    name=$1
    shift
    $with "$poise" train "$source/scenarios/two-devices-v1.yaml" --set end.jobs=1000 \
        --set warmup.jobs=0 -q -o "$name.safetensors" --checkpoint 1500 "$@"
}

# Waits until there is a checkpoint that is not the first.
await_checkpoint() { # NAME PID
    for _ in $(seq 600); do
        grep -q '"poise.decisions":"[1-9]' "$1.ckpt" 2>/dev/null && return
        kill -0 "$2" 2>/dev/null || return
        sleep 0.05
    done
    fail "$1: no checkpoint"
}

train whole -a ppo:n_steps=256 --steps 60000 --seed 5 >/dev/null || fail "the whole training"
[ ! -e whole.ckpt ] || fail "a training that is over leaves its checkpoint"

for signal in KILL TERM; do
    (with='exec' train $signal -a ppo:n_steps=256 --steps 60000 --seed 5 >/dev/null 2>said) &
    pid=$!
    await_checkpoint $signal $pid
    kill -$signal $pid
    wait $pid && fail "the training was over before SIG$signal came"
    [ ! -e $signal.safetensors ] || fail "SIG$signal: there is a policy"
    [ $signal = KILL ] || grep -q 'resume' said || fail "nothing is said of --resume: $(cat said)"
    train $signal --resume $signal.ckpt >/dev/null || fail "resuming after SIG$signal"
    cmp whole.safetensors $signal.safetensors || fail "SIG$signal: another policy"
    cmp whole.progress.csv $signal.progress.csv || fail "SIG$signal: another log"
done

# Several seeds at once are the same as one after the other.
train many -a ppo:n_steps=256 --steps 4000 --seed 5,6 -j 2 >/dev/null || fail "two seeds"
train one -a ppo:n_steps=256 --steps 4000 --seed 6 >/dev/null || fail "one seed"
cmp many-6.safetensors one.safetensors || fail "two at once: another policy"

train none --resume one.safetensors 2>said && fail "a policy is resumed"
grep -q 'its training is over' said || fail "resuming a policy: $(cat said)"
"$poise" train "$source/scenarios/two-devices-v1.yaml" -q -o x.safetensors -a ppo:learning_rate=1e9 \
    --steps 20000 2>said && fail "learning rate 1e9"
grep -q 'diverged.*x.ckpt is of after' said || fail "diverged: $(cat said)"
if [ ! -s x.ckpt ] || [ -e x.safetensors ]; then fail "diverged: files"; fi
"$poise" train "$source/scenarios/mm1-v1.yaml" -q --resume x.ckpt 2>said && fail "another scenario"
grep -q 'another scenario' said || fail "another scenario: $(cat said)"
echo "test_resume: all good"
