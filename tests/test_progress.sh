#!/bin/sh
# test_progress.sh SOURCE BUILD - logs of trainings speak the language of Stable-Baselines3: its keys,
# in its sense, from `poise train` and from sweeps; every other key is in docs/learners.md.
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin && ln -s "$2/poise" bin/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH"
. "$1/tests/verdict.sh"

# https://stable-baselines3.readthedocs.io/en/master/common/logger.html, "Explanation of logger
# output", all keys of version 2.3.
cat >theirs <<'END_OF_FILE'
eval/mean_ep_length
eval/mean_reward
eval/success_rate
rollout/ep_len_mean
rollout/ep_rew_mean
rollout/exploration_rate
rollout/success_rate
time/episodes
time/fps
time/iterations
time/time_elapsed
time/total_timesteps
train/actor_loss
train/approx_kl
train/clip_fraction
train/clip_range
train/critic_loss
train/ent_coef
train/ent_coef_loss
train/entropy_loss
train/explained_variance
train/learning_rate
train/loss
train/n_updates
train/policy_gradient_loss
train/std
train/value_loss
END_OF_FILE
# shellcheck disable=SC2016 # backquotes of Markdown
sed -n '/^## Logs/,/^## How/p' "$1/docs/learners.md" | grep -oE '`[a-z]+/[a-z_]+`' | tr -d '`' |
    sort -u >documented

# column KEY FILE: its values.
column()
{
    awk -F, -v key="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == key) at = i; next } at { print $at }' "$2"
}

for agent in ppo a2c reinforce dqn q_learning expected_sarsa; do
    poise train two-devices-v1 -q -a $agent --steps 4000 --validate 2000 --set warmup.jobs=2 \
        --set end.jobs=22 -o $agent.safetensors >out 2>err &&
        head -1 $agent.progress.csv | tr , '\n' >keys && [ -s keys ] &&
        [ -z "$(sort keys | comm -23 - documented)" ]
    verdict "$agent: every key of its log is documented"
    [ "$(head -2 keys | paste -sd' ')" = 'time/episodes time/total_timesteps' ] &&
        grep -qx rollout/ep_rew_mean keys && grep -qx rollout/ep_len_mean keys &&
        [ "$(comm -12 theirs documented | grep -cxFf - keys)" -ge 5 ]
    verdict "$agent: it has the keys that every log of theirs has, and those of its kind"
    [ "$(awk -F, 'NR == 1 { n = NF } NF != n' $agent.progress.csv | wc -l)" -eq 0 ]
    verdict "$agent: all lines have all columns"
    column time/total_timesteps $agent.progress.csv | sort -nc &&
        column time/episodes $agent.progress.csv | sort -nc &&
        [ "$(column time/total_timesteps $agent.progress.csv | tail -1)" -ge 4000 ]
    verdict "$agent: time goes forward, to the end of the budget"
done
[ "$(comm -12 theirs documented | wc -l)" -ge 15 ]
verdict "most of their keys are ours, too"

# Mean over the last 100 episodes, by hand.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["rollout/ep_rew"] == "" { next }
    {
        x[++n] = $at["rollout/ep_rew"]
        sum = 0
        first = n > 100 ? n - 99 : 1
        for (k = first; k <= n; k++) sum += x[k]
        d = sum / (n - first + 1) - $at["rollout/ep_rew_mean"]
        if (d > 1e-6 || d < -1e-6) bad++
    }
    END { exit bad || n < 2 }' q_learning.progress.csv
verdict "ep_rew_mean is the mean reward of the last 100 episodes"
column train/entropy_loss ppo.progress.csv | grep . | awk '$1 > 0 { bad = 1 } END { exit bad || NR < 2 }' &&
    column train/entropy_loss ppo.progress.csv | grep -q '^-[0-9]'
verdict "entropy_loss is minus the entropy"
column train/n_updates ppo.progress.csv | grep . | sort -nc &&
    column train/explained_variance ppo.progress.csv | grep . | awk '$1 > 1 { exit 1 }' &&
    column rollout/exploration_rate dqn.progress.csv | grep . | awk '$1 < 0 || $1 > 1 { exit 1 }'
verdict "counts grow, explained variance is at most 1, rates of exploration are parts"

# ---- sweeps ------------------------------------------------------------------------------------------
cat >small.yaml <<'END_OF_FILE'
poise: 1
name: small
scenarios: [{scenario: two-devices-v1, set: {warmup.jobs: 5, end.jobs: 25}}]
agents: [{agent: q_learning, train: 1000}]
train: {seeds: 3}
seeds: 0..1
END_OF_FILE
poise sweep small.yaml -q >out 2>err && mv results/small/q_learning-*/progress.csv swept.csv &&
    poise train two-devices-v1 -q -a q_learning --seed 3 --steps 1000 --set warmup.jobs=5 \
        --set end.jobs=25 -o once.safetensors >out 2>err && cmp -s swept.csv once.progress.csv
verdict "a sweep writes the log that a training alone does"

[ $n_failed -eq 0 ]
