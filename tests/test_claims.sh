#!/bin/sh
# test_claims.sh SOURCE BUILD - the list of claims can be followed: its commands are there, its
# experiments, scenarios and tests have their names, and the quick ones end as it says.
set -u
source=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin && ln -s "$2/poise" bin/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH"
. "$1/tests/verdict.sh"

claims=$source/bench/experiments/claims.md
[ "$(awk -F'|' '/^\|/ { gsub(/\\\|/, "") } /^\|/ && NF != 7' "$claims" | wc -l)" -eq 0 ]
verdict "each row has a claim, a command, a result, a time, a memory"
# shellcheck disable=SC2016 # backquotes of Markdown
grep -oE '(`|; |\| )poise [a-z]+' "$claims" | grep -oE '[a-z]+$' | sort -u >commands
n=0
while read -r command; do
    poise "$command" --help >out 2>err || n=$((n + 1))
done <commands
[ $n -eq 0 ] && [ "$(wc -l <commands)" -ge 10 ]
verdict "its commands are there"
grep -oE "[-]R '?[a-z_\\\\|]+" "$claims" | sed "s/^-R '*//" | tr -s '\\|' '\n' | grep . >tests
n=0
while read -r test; do
    find "$source/tests" -name "test_${test#test_}*" | grep -q . || n=$((n + 1))
done <tests
[ $n -eq 0 ] && [ "$(wc -l <tests)" -ge 4 ]
verdict "its tests are there"

# ends COMMAND WORDS: the command of the list, exactly, has these words in what it prints.
ends()
{
    grep -qF "\`$1\`" "$claims" && sh -c "$1" >out 2>&1
    grep -qF -- "$2" out && grep -qF "\`$1\`" "$claims"
    verdict "$1"
}
ends 'poise run gpu-mix-v1 -a fifo,shortest,least_loaded --seeds 0..9 -j 2' ' 2=  least_loaded'
ends 'poise solve slow-server-v1' '0.9239860754'
ends "poise run two-devices-v1 -a fifo -a 'pipe:false' --seeds 0..4" 'FAILED: pipe:false, seed 4'
ends 'poise sweep load-v1 -j 2' '300 of 300 cells'
ends 'poise verify load-v1 --sample 20' '20 cells verified, all the same'
ends 'poise export load-v1 --format npy -o load' '6 agents, 6 of them with all runs; 10 runs, 5 tasks'

[ $n_failed -eq 0 ]
