#!/bin/sh
# test_reports.sh SOURCE BUILD - tables for papers and pages: what is set in bold is told apart, names
# stay text, and an experiment is reported as its file says.
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin && ln -s "$2/poise" bin/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH"
. "$1/tests/verdict.sh"
python=$(command -v python3) || echo "there is no python3: numbers in JSON are not looked at"


# ---- tables for LaTeX ------------------------------------------------------------------------------
# With one class on one machine, shortest is better than fifo in every run (Schrage, 1968), and
# least_loaded is fifo: there is nothing to choose from.
poise run mm1-v1 -q -a fifo,shortest,least_loaded --seeds 0..9 --set warmup.jobs=50 \
    --set end.jobs=500 -o apart.db >out 2>err &&
    poise report apart.db --format latex >apart.tex &&
    grep -q 'usepackage{booktabs}' apart.tex && grep -q '\\toprule' apart.tex
verdict "a table for LaTeX"
[ "$(grep -c '\\textbf' apart.tex)" -eq 1 ] &&
    grep -q '^    1 & \\textbf{shortest} & \\textbf{' apart.tex
verdict "what is told apart from all others is bold"
[ "$(grep -c '^    2= & ' apart.tex)" -eq 2 ] && grep -q ' = tied with the first' apart.tex
verdict "ties are marked, with a note that says how"
poise run mm1-v1 -q -a fifo,least_loaded --seeds 0..9 --set warmup.jobs=50 --set end.jobs=500 \
    -o tied.db >out 2>err && poise report tied.db --format latex >tied.tex &&
    ! grep -q textbf tied.tex && [ "$(grep -c '^    1= & ' tied.tex)" -eq 2 ]
verdict "nothing is bold in a tie"
poise run mm1-v1 -q -a fifo,shortest --seeds 0 --set warmup.jobs=50 --set end.jobs=500 \
    -o one.db >out 2>err && poise report one.db --format latex >one.tex && ! grep -q textbf one.tex
verdict "nothing is bold after one run"
# Ten of ten runs are won: 2 of 2^10 sign patterns are as far apart, and so says Wilcoxon: p = 0.0020.
poise report apart.db --tests >tests.txt &&
    grep -q '^  shortest  *10/0/0 .* 0.0020  *0.0020  *-.* 0.98 ' tests.txt &&
    grep -q '^  least_loaded  *0/10/0 .* 1.0000  *1.0000  *1.0000 .* 0.50 ' tests.txt
verdict "tests against the baseline have a table of their own"
poise report apart.db --metric response_mean_s,slowdown_mean,energy_j --tests --cost >wide.txt && [ "$(LC_ALL=C.UTF-8 wc -L <wide.txt)" -le 100 ]
verdict "no line of a text is wider than 100 columns"
poise report apart.db --tests --cost --format markdown >tests.md &&
    grep -q '^| 1 | \*\*shortest\*\* | \*\*' tests.md && grep -q '^| shortest | 10/0/0 |' tests.md &&
    [ "$(grep -c '\*\*shortest' tests.md)" -eq 1 ] && grep -q '^- gap: to the bound' tests.md
verdict "in Markdown, too, what is told apart from all others is bold, and notes are a list"
poise report apart.db --tests --cost --format latex >tests.tex &&
    [ "$(grep -c '^\\begin{table}' tests.tex)" -eq 3 ] && [ "$(grep -c textbf tests.tex)" -eq 1 ] &&
    grep -q 'least\\_loaded & 0/10/0 & ' tests.tex
verdict "in LaTeX tests and cost have floats of their own"
poise report apart.db --format csv | head -n 2 | cut -d, -f33-35 | paste -sd' ' >out
[ "$(cat out)" = "wins,ties,losses 10,0,0" ]
verdict "programs always get the tests"
if [ -n "$python" ]; then
    poise report apart.db --format json | "$python" -c 'import json, sys
rows = {row["agent"]: row for row in json.load(sys.stdin)}
v = rows["shortest"]["versus"]
assert v["wins"] == 10 and abs(v["p_wilcoxon"] - 2 / 1024) < 1e-12 and abs(v["a12"] - .98) < 1e-12
assert "versus" not in rows["fifo"]' 2>err
    verdict "also in JSON"
fi
poise report apart.db --format html --figures none >tests.html && grep -q '<td data-value="10">10/0/0</td>' tests.html
verdict "a page always has the tests"
poise report apart.db --all --format latex >all.tex &&
    [ "$(grep -c '^\\begin{table}' all.tex)" -eq "$(poise list metrics | grep -c '^  [a-z]')" ] &&
    [ "$(grep -o '\\label{.*}' all.tex | sort | uniq -d | wc -l)" -eq 0 ]
verdict "a table for each metric, with a label of its own"

evil='a#b$c%d&e_f{g}h~i^j\k<l>m|n"o'"'"'p`q--r,,s\input{x}[t]é'
{
    printf 'title: "%s"\n' "$(printf '%s' "$evil" | sed 's/["\\]/\\&/g')"
    grep -v '^title:' "$1/scenarios/mm1-v1.yaml"
} >evil.yaml
# shellcheck disable=SC2016 # the pipe's shell does not expand it either
pipe='pipe:cat \#\$\%\&_\{\}\~\^\\\<\>\|\"\`--,,'
poise run evil.yaml -q -a fifo -a "$pipe" --seeds 0..1 --set warmup.jobs=5 --set end.jobs=20 \
    -o evil.db >out 2>err
poise report evil.db --format latex >evil.tex && grep -q ' failed' evil.tex &&
    grep -qF 'a\#b\$c\%d\&e\_f\{g\}h\textasciitilde{}i\textasciicircum{}j\textbackslash{}k' evil.tex
verdict "names in tables are written as they are, and what failed is told"
poise report evil.db --format markdown >evil.md && grep -qF 'j\\k\<l>m\|n"o' evil.md &&
    ! grep -qF 'k<l>m' evil.md
verdict "in headings of Markdown, too"
if command -v pdflatex >/dev/null; then
    {
        printf '%s\n' '\documentclass{article}\usepackage{booktabs}\begin{document}'
        cat apart.tex tied.tex evil.tex tests.tex
        printf '%s\n' '\end{document}'
    } >paper.tex
    TEXMFVAR=$folder/texmf pdflatex -draftmode -halt-on-error -interaction=nonstopmode paper.tex >out 2>&1
    verdict "LaTeX takes the tables"
else
    echo "skipped: there is no pdflatex to take the tables"
fi

# ---- what to beware of -------------------------------------------------------------------------------
# warned FILE SENTENCE: whether the report of FILE.db has the warning, in every format.
warned()
{
    for format in text markdown latex csv json html; do
        poise report "$1.db" --format $format --figures none 2>err | sed 's/\\\([_%]\)/\1/g' |
            grep -q "$2" || {
            echo "  not in $format: $2"
            return 1
        }
    done
}
short='--set warmup.jobs=10 --set end.jobs=200'
# shellcheck disable=SC2086 # options
{
    poise run mm1-v1 -q $short --set workload.load=1.1 -a fifo,rollout --seeds 0..2 -o odd.db &&
        poise run mm1-v1 -q $short --set workload.load=1.1 -a priority:ageing=0 -a priority:ageing=1 \
            -a priority:ageing=2 --seeds 0,2 -o odd.db
    poise run mm1-v1 -q $short --set workload.load=1.1 -a 'pipe:true' --seeds 1 -o odd.db
} >out 2>err
warned odd 'offered load 1.1: no policy is stable'
verdict "a load of 1 and more is warned of"
poise report odd.db --metric utilisation >out && ! grep -q 'no policy is stable' out
verdict "where the metric depends on it"
warned odd '3 runs an agent are too few' && warned odd 'the seeds of .* (3): .*priority:ageing=0 (2)'
verdict "so are few seeds, and unequal ones"
warned odd 'FAILED: pipe:true, seed 1, cell [0-9a-f]\{12\}: ' && grep -q '^ *5  *pipe:true (1 failed)\|(1 failed)' out
verdict "runs that failed are told by id and counted"
warned odd 'unequal information: rollout uses a model'
verdict "so is unequal information"
warned odd 'the best of 3 variants of priority may owe up to'
verdict "so is the luck of the best of several variants"
# shellcheck disable=SC2086 # options
{
    poise run mm1-v1 -q $short -a q_learning --train 1000 --seeds 0..4 -o budget.db
    poise run mm1-v1 -q $short -a sarsa --train 2000 --seeds 0..4 -o budget.db
} >out 2>err
warned budget 'unequal budgets, in decisions: .* 1000' && warned budget '5 runs an agent are few'
verdict "so are unequal budgets"
pareto='workload.classes.0.size={distribution: pareto, alpha: 1.8, mean: 1}'
# shellcheck disable=SC2086 # options
poise run mm1-v1 -q $short --set "$pareto" -a fifo,lifo --set end.time=150s --seeds 0..9 -o heavy.db >out 2>err
warned heavy 'size has an infinite variance (pareto, alpha 1.8)'
verdict "so are infinite moments"
poise report heavy.db --cells >cells.csv
column=$(head -n 1 cells.csv | tr , '\n' | grep -nx unfinished | cut -d: -f1)
awk -F, -v column="$column" '$4 == "fifo" && $column > 0 { print substr($1, 1, 12) }' cells.csv >ids.txt
n=$(wc -l <ids.txt) ids=$(sed 3q ids.txt | paste -sd, | sed 's/,/, /g')
[ "$n" -gt 0 ] && [ "$n" -lt 10 ] &&
    warned heavy "$n of 10 runs of fifo lost tasks or left some unfinished: $ids"
verdict "so are runs that are not finished, by id"
# Of an M/M/1 queue in heavy traffic 60 tasks show nothing but its beginning.
poise run mm1-v1 -q --set warmup.jobs=0 --set end.jobs=60 --set workload.load=0.95 -a fifo,lifo \
    --seeds 0..9 -o early.db >out 2>err
warned early 'runs.* reached no steady state'
verdict "so are runs that are not stationary"
# shellcheck disable=SC2086 # options
poise run two-devices-v1 -q $short -a fifo,shortest --seeds 0..9 -o calm.db >out 2>err &&
    ! poise report calm.db --tests | grep -q warning
verdict "where there is nothing to beware of nothing is said"

poise report calm.db --regret >out 2>err && grep -q 'distance to the best possible' out &&
    grep -q 'regret: below the optimum, a reward of -3.017' out
verdict "how far agents are from the optimum of a small chain can be asked for later, too"

# ---- several metrics at once -------------------------------------------------------------------------
# With one class on one machine shortest is the best by response, and all need the same energy.
front='--pareto response_mean_s,slowdown_mean'
# shellcheck disable=SC2086 # options
poise report apart.db $front >front.txt && grep -q '^  shortest .* yes  *100.0%$' front.txt &&
    [ "$(grep -c ' no  *0.0%$' front.txt)" -eq 2 ] && grep -q 'reference: .* the worst mean of each' front.txt
verdict "who is on the front by several metrics"
# shellcheck disable=SC2086 # options
if [ -n "$python" ]; then
    poise report apart.db $front --reference 10,10 --format json | "$python" -c 'import json, sys
rows = {row["agent"]: row for row in json.load(sys.stdin)}
best = rows["shortest"]
assert best["front"] and not best["possibly_beaten"] and rows["fifo"]["certainly_beaten"]
wanted = (10 - best["response_mean_s"]["mean"]) * (10 - best["slowdown_mean"]["mean"])
assert abs(best["hypervolume"] - wanted) < 1e-9 * wanted' 2>err
    verdict "one agent that beats all covers the box from the reference to it"
fi
# shellcheck disable=SC2086 # options
for format in markdown latex csv html; do
    poise report apart.db $front --format $format --figures none >front.$format 2>err
done
grep -q '^| \*\*shortest\*\* | .* | yes | 100.0% |' front.markdown && grep -q 'yes & 100.0' front.latex &&
    grep -q '^mm1-v1,[0-9a-f]*,shortest,shortest,10,1,0,0,1,' front.csv && grep -q '<td data-value="1">100.0%' front.html
verdict "in all formats"
poise report apart.db --pareto response_mean_s,utilisation >out 2>err
[ $? -eq 2 ] && grep -q 'no better direction' err && poise report apart.db --pareto response_mean_s >out 2>err
# shellcheck disable=SC2086 # options
[ $? -eq 2 ] && poise report apart.db $front --reference 1 >out 2>err
[ $? -eq 2 ] && grep -q 'a value for each metric of --pareto: 2, not 1' err
verdict "what makes no front is refused"

# ---- experiments -------------------------------------------------------------------------------------
cat >small.yaml <<'END'
poise: 1
name: small
title: Small
scenarios:
  - {scenario: two-devices-v1, set: {warmup.jobs: 20, end.jobs: 120}}
  - {scenario: slow-server-v1, set: {warmup.jobs: 20, end.jobs: 120}}
agents: [random, fifo, shortest]
seeds: 0..2
metrics: [slowdown_mean, response_p95_s]
baseline: shortest
tables: [latex]
END
poise report small.yaml >out 2>err
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ]
verdict "an experiment that was not run has nothing to report"
poise sweep small.yaml -q >out 2>err && poise report small.yaml --format latex >small.tex 2>err &&
    [ ! -s err ] && cmp -s small.tex results/small/small.tex
verdict "an experiment's tables are what its report prints"
poise report small.yaml --format csv >small.csv &&
    [ "$(cut -d, -f1,8,18 small.csv | sort -u | sed '/^scenario,/d' | paste -sd' ')" = \
        "slow-server-v1,response_p95_s,shortest slow-server-v1,slowdown_mean,shortest \
two-devices-v1,response_p95_s,shortest two-devices-v1,slowdown_mean,shortest" ]
verdict "its metrics and its baseline are those of the file"
poise run two-devices-v1 -q -a fifo,least_loaded --seeds 0..5 --set warmup.jobs=20 --set end.jobs=120 \
    -o results/small.db >out 2>err && poise run mm1-v1 -q -a fifo --seeds 0 --set end.jobs=50 \
    --set warmup.jobs=5 -o results/small.db >out 2>err
poise report small.yaml --format csv | cmp -s - small.csv && poise report results/small.db >out &&
    grep -q least_loaded out && grep -q mm1-v1 out
verdict "other cells of its store do not count"
poise report small.yaml --metric response_mean_s --baseline fifo >out 2>err &&
    grep -q 'response_mean_s' out && grep -q 'vs fifo' out && ! grep -q slowdown out
verdict "options stand before the file"
sed 's/seeds: 0..2/seeds: 0..5/' small.yaml >larger.yaml
poise report larger.yaml >out 2>err && grep -q '15 of 36 cells' err
verdict "a report of an experiment that is not done says so"
poise sweep tiny-v1 -q >out 2>err && poise report tiny-v1 --format csv >out 2>err &&
    grep -q slowdown_mean out && poise report results/tiny-v1.db --format csv >out 2>err &&
    ! grep -q slowdown_mean out
verdict "an experiment goes by its name, its store by its file"
poise report small.yaml --format latx >out 2>err
[ $? -eq 2 ] && grep -q "did you mean 'latex'" err
verdict "formats have names"

[ $n_failed -eq 0 ]
