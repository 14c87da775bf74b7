#!/bin/sh
# test_board.sh SOURCE BUILD - scores over all scenarios of an experiment: below its tables in every
# format for people, alone for programs, and not at all where there can be none.
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin && ln -s "$2/poise" bin/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH"
. "$1/tests/verdict.sh"

cat >board.yaml <<'END'
poise: 1
name: board
title: Two scenarios
suite: true
scenarios:
  - {scenario: two-devices-v1, set: {warmup.jobs: 20, end.jobs: 120}}
  - {scenario: slow-server-v1, set: {warmup.jobs: 20, end.jobs: 120}, agents: ['threshold:tasks=3']}
  - {scenario: admission-v1, set: {warmup.jobs: 20, end.jobs: 220}}
agents: [fifo, random, shortest]
seeds: 0..5
tables: [text, markdown, latex, csv]
quick:
  seeds: 0..4
  agents: [fifo, random]
END
poise sweep board.yaml -q -j 2 >out 2>err && poise report board.yaml >board.txt 2>err &&
    grep -q '^4 agents over 3 scenarios, 6 seeds each$' board.txt &&
    grep -q '^What 0 and 1 are$' board.txt && grep -q '^Mean scores in scenarios 1 to 3$' board.txt
verdict "scores are below the tables of an experiment that asks for them"
[ "$(grep -c '^response_mean_s: ' board.txt)" -eq 2 ] && [ "$(grep -c '^reward: ' board.txt)" -eq 1 ]
verdict "each scenario is ranked by the metric that it names"
[ "$(sed -n '/agents over/,$p' board.txt | awk 'length > 100' | wc -l)" -eq 0 ]
verdict "lines of scores have at most 100 columns"
cmp -s board.txt results/board/board.txt && grep -q '^## All scenarios$' results/board/board.md &&
    grep -q 'label{tab:suite}' results/board/board.tex && ! grep -q iqm results/board/board.csv &&
    head -1 results/board/board.suite.csv | grep -q ',iqm,iqm_low,iqm_high,'
verdict "files of tables have them too, those for programs one of their own"
poise report board.yaml --suite --format csv >suite.csv 2>err &&
    cmp -s suite.csv results/board/board.suite.csv && [ "$(wc -l <suite.csv)" -eq 5 ]
verdict "alone they are written for programs, one line an agent"

# By hand from the means: who takes part everywhere first; random is 0 wherever it is.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    $1 == "random" { good = $at["two-devices-v1"]^2 < 1e-20 && $at["admission-v1"]^2 < 1e-20 &&
                            $at["mean"]^2 < 1e-20 && $at["scenarios"] == 3 }
    END { exit !good }' suite.csv
verdict "random scores 0 in each scenario"
poise report results/board.db --format csv >all.csv 2>err &&
    awk -F, 'NR == FNR { if (FNR == 1) { for (i = 1; i <= NF; i++) at[$i] = i }
                         else if ($at["scenario"] == "two-devices-v1") {
                             mean[$at["agent"]] = $at["mean"]
                             bound[$at["agent"]] = $at["bound"] } next }
        FNR == 1 { for (i = 1; i <= NF; i++) to[$i] = i }
        $1 == "shortest" {
            from = mean["random"]
            score = (mean["shortest"] - from) / (bound["shortest"] - from)
            exit !((score - $to["two-devices-v1"])^2 < 1e-12)
        }' all.csv suite.csv
verdict "a score is how far from random to the bound one comes"
tail -1 suite.csv | grep -q '^threshold:tasks=3,fifo,0,1,6,0,,'
verdict "who takes part in one scenario stands last, without a rank"

poise report board.yaml --suite --top 2 >top.txt 2>err &&
    [ "$(grep -c '^ .*\(shortest\|fifo \|random\|threshold\)  *[-0-9]' top.txt)" -eq 6 ] &&
    ! grep -q 'threshold:tasks' top.txt
verdict "of many agents only the best are listed, in each of the tables"
poise report board.yaml --format html --figures none >board.html 2>err &&
    grep -q '<h2>All scenarios</h2>' board.html && grep -q '<td class="name">threshold:tasks=3' board.html
verdict "a page has them"
poise run two-devices-v1 -q -a fifo,random --seeds 0..4 --set end.jobs=200 --set warmup.jobs=20 \
    -o one.db >out 2>err && poise report one.db --suite >one.txt 2>err &&
    grep -q 'needs two of them or more, there is 1' one.txt
verdict "one scenario has no scores, which is told"

# ---- the quick form --------------------------------------------------------------------------------
poise sweep board.yaml --quick -q >out 2>err && poise report board.yaml --quick >quick.txt 2>err &&
    grep -q '^3 agents over 3 scenarios, 5 seeds each$' quick.txt &&
    grep -q 'not to be compared' quick.txt && [ -f results/board-quick.db ] && [ -f results/board-quick/board-quick.txt ]
verdict "the quick form has what the file says in place of the rest, and a store of its own"
poise sweep board.yaml -n >out 2>err && grep -q ', 0 to do' out
verdict "it leaves the whole one alone"
grep -v -e '^quick:' -e '^  seeds: 0..4' -e '^  agents: .fifo, random.' board.yaml >whole.yaml
poise sweep whole.yaml --quick -q >out 2>err
[ $? -eq 3 ] && grep -q "has no quick form" err
verdict "an experiment without one says so"
sed 's/^  seeds: 0..4/  sedes: 0..4/' board.yaml >wrong.yaml
poise sweep wrong.yaml -q >out 2>err
[ $? -eq 3 ] && grep -q "wrong.yaml:13:3: error: unknown key 'sedes' in quick, did you mean 'seeds'" err
verdict "a key that the quick form cannot have is told, also when it is not asked for"

exit $((n_failed > 0))
