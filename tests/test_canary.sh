#!/bin/sh
# test_canary.sh SOURCE BUILD - names are only names. Titles, agents, files, stores and folders hold
# all that a shell or gnuplot could take for a command; a program called canary, which any of them
# would find, never sings, and what was written comes out as it was written.
# shellcheck disable=SC2016 # what stands in single quotes is for others to expand
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
source=$1
poise=$2/poise
export POISE_DATA="$1"
n_failed=0

mkdir bin include tmp && ln -s "$source/env/poise.h" "$source/agents/agent.h" include &&
    ln -s . include/poise
printf '#!/bin/sh\necho "$0 $*" >>"%s/sung"\n' "$folder" >bin/canary && chmod +x bin/canary
export PATH="$folder/bin:$PATH"
python=$(command -v python3) || echo "there is no python3: what other readers make of it is not seen"

# verdict SENTENCE: judges the status of the command before it, and that nothing has sung.
verdict()
{
    if [ $? -eq 0 ] && [ ! -e sung ]; then
        echo "ok: $1"
    else
        echo "not ok: $1"
        [ ! -s err ] || sed 's/^/  /' err
        [ ! -e sung ] || sed 's/^/  sang: /' sung
        rm -f sung
        n_failed=$((n_failed + 1))
    fi
}

# quoted TEXT: as a word of a pipe's command.
quoted() { printf '%s' "$1" | sed 's/[^A-Za-z0-9_.]/\\&/g'; }
# reads TEXT FILE: whether Python finds the text in the file's strings: of JSON, CSV, or the texts
# of an SVG. Without Python there is only the file's being there.
reads()
{
    [ -n "$python" ] || { [ -s "$2" ]; return; }
    "$python" - "$1" "$2" <<'END'
import csv, json, sys
from xml.etree import ElementTree
want, path = sys.argv[1:]
def strings(x):
    if isinstance(x, str):
        yield x
    for y in (x.values() if isinstance(x, dict) else x if isinstance(x, list) else []):
        yield from strings(y)
with open(path, newline="") as f:
    if path.endswith(".json"):
        found = list(strings(json.load(f)))
    elif path.endswith(".svg"):
        found = ["".join(t.itertext()) for t in ElementTree.parse(f).iter()]
    else:
        rows = list(csv.reader(f))
        assert len({len(row) for row in rows}) == 1, "rows of different lengths"
        found = [field for row in rows for field in row]
sys.exit(not any(want in s for s in found))
END
}

evil='`canary`$(canary);canary|canary<canary >x&"q"'"'s'"'%s%n{A_x^2@~}\alpha$x$#?[b]!canary'
trace='a`canary`$(canary)&"|<{.swf'  # a plain text in YAML
short='`canary`$(canary)&'"'"'"|<{'
plain=$(printf '%s' "$short" | tr -d '"')
newline='
'

# ---- names that must be plain ------------------------------------------------------------------
# scenario TITLE NAME DEVICE CLASS TENANT: a scenario as YAML in double quotes.
scenario()
{
    # shellcheck disable=SC1003 # a backslash is a backslash
    title=$(printf '%s' "$1" | sed 's/["\\]/\\&/g')
    cat <<END
poise: 1
name: "$2"
title: "$title"
about: "$title"
source: "$title"
devices: [{name: "$3", count: 2}]
tenants: [{name: "$5"}, {name: other}]
workload:
  classes: [{name: "$4", size: {distribution: exponential, mean: 1}, tenant: "$5"}]
  sources: [{type: poisson, rate: 1, class: "$4"}]
rules: [fifo, shortest]
warmup: {jobs: 20}
end: {jobs: 220}
END
}

sh -c "echo $(printf '%s' "$evil" | tr -d '&')" >out 2>&1  # nothing that may sing later
[ -e sung ] && rm sung
verdict "a shell that sees such a name makes the canary sing"

n=0
for name in '`canary`' '$(canary)' ';canary' '|canary' '<canary' "'" 'a b' '{/x}' 'é'; do
    for place in 2 3 4 5; do
        set -- title plain-v1 device class tenant
        case $place in
        2) set -- "$1" "$name" "$3" "$4" "$5" ;;
        3) set -- "$1" "$2" "$name" "$4" "$5" ;;
        4) set -- "$1" "$2" "$3" "$name" "$5" ;;
        5) set -- "$1" "$2" "$3" "$4" "$name" ;;
        esac
        scenario "$@" >names.yaml
        "$poise" run names.yaml -a fifo -o names.db >out 2>err
        [ $? -eq 3 ] && grep -q 'names.yaml:.*: error: ' err && [ ! -e names.db ] || n=$((n + 1))
    done
done
[ $n -eq 0 ]
verdict "scenarios, devices, classes and tenants have plain names"
n=0
for byte in '\n' '\e[31m' '\x7f' '\b'; do
    scenario title plain-v1 device class tenant | grep -v '^title' >names.yaml
    printf '%s\n' "title: \"a${byte}b\"" >>names.yaml
    "$poise" check names.yaml >out 2>err
    [ $? -eq 3 ] && grep -q 'title: ' err || n=$((n + 1))
done
[ $n -eq 0 ]
verdict "titles hold one line and no commands to terminals"
"$poise" run "a${newline}b$(printf '\033')[31m.yaml" >out 2>err
[ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && ! grep -q "$(printf '\033')" err
verdict "a mistake is one line whatever the file is called"

# ---- names that may be anything ----------------------------------------------------------------
scenario "$evil" evil-v1 device class tenant >"$evil.yaml"
cat >"$evil.sh" <<'END'
read -r hello
while read -r view; do
    echo choose 0
done
END
${CC:-cc} -shared -fPIC -Iinclude -Wno-unused-function -o "$evil.so" "$source/tests/plugin.c" &&
    cp "$evil.so" "$short.so"
verdict "a plug-in by that name"
pipe="pipe:sh $(quoted "$evil.sh") $(quoted "$evil") \$(canary) \`canary\` ;canary |canary, a"
{
    echo "; MaxProcs: 8"
    for i in $(seq 200); do
        echo "$i $((i * 10)) -1 $((5 + i % 7)) 1 -1 -1 1 20 -1 1 1 1 -1 1 -1 -1 -1"
    done
} >"$trace"

TMPDIR=$folder/tmp "$poise" run "$evil.yaml" -q -a "fifo,q_learning,./$evil.so:x=2,./$short.so" -a "$pipe" \
    --train 300 --seeds 0..2 --sweep workload.load=0.4,0.6 -o "$evil.db" >out 2>err &&
    grep -qF "$evil" out && [ -e "$evil.db" ] && [ -d "$evil" ]
verdict "a scenario, agents, a store and a folder of logs by such names"
TMPDIR=$folder/tmp "$poise" run hpc-swf-v1 -q -a "fifo,./$short.so" --seeds 0 \
    --set "workload.trace=$trace" -o "$short.db" >out 2>err
verdict "a trace by such a name"
"$poise" run two-tenants-v1 -q -a fifo --seeds 0 --set warmup.jobs=20 --set end.jobs=120 \
    --set "tenants.0.agent=$pipe" -o "tenants$evil.db" >out 2>err
verdict "a tenant by such an agent"

for format in text markdown csv json latex html; do
    "$poise" report "$evil.db" --all --format $format >"report.$format" 2>err && [ -s report.$format ]
    verdict "a report as $format"
done
grep -qF "$evil" report.text && grep -qF "$short.so" report.text
verdict "the text is in the report"
"$poise" report --cells "$evil.db" >cells.csv && [ "$(wc -l <cells.csv)" -eq 31 ]
verdict "cells are lines"
reads "./$evil.so:x=2" report.csv && reads "$pipe" report.csv && reads "$pipe" cells.csv
verdict "names come out of CSV as they went in"
reads "./$evil.so:x=2" report.json && reads "$pipe" report.json
verdict "names come out of JSON as they went in"
! grep -qE '<canary|<\{|<[a-z]+ [^>]*`' report.html && grep -q '&lt;canary' report.html
verdict "names are no elements of a page"

# ---- pictures ------------------------------------------------------------------------------------
if command -v gnuplot >/dev/null; then
    echo "print \"$evil\"" | gnuplot >out 2>&1
    [ -e sung ] && rm sung
    verdict "so does gnuplot"
    "$poise" plot "$evil.db" -q -o "figures$evil" --format svg --point workload.load=0.6 >out 2>err &&
        "$poise" plot "$evil.db" -q -o "figures$evil" --format pdf,png,tex,tikz --kind compare >>out 2>>err &&
        [ ! -s err ] && [ "$(find "figures$evil" -name 'evil-v1-*.svg' | wc -l)" -ge 10 ] &&
        [ "$(find "figures$evil" -name 'evil-v1-compare*.*' | wc -l)" -ge 7 ]
    verdict "figures of all kinds, and in all formats"
    reads "./$short.so" "figures$evil/evil-v1-compare.svg" &&
        reads "./$short.so" "figures$evil/evil-v1-load.svg"
    verdict "an agent's name is in the figure as it was written"
    if command -v pdftotext >/dev/null; then
        pdftotext "figures$evil/evil-v1-compare.pdf" text && grep -qF "./$short.so" text
        verdict "and in the PDF"
    fi
    n=0
    (
        cd "figures$evil" || exit 1
        for script in evil-v1-*.gp; do
            cp "${script%.gp}.svg" ../drawn.svg
            gnuplot -e "format = 'svg'" "$script" >../out 2>../err && cmp -s "${script%.gp}.svg" ../drawn.svg ||
                n=$((n + 1))
        done
        [ $n -eq 0 ]
    )
    verdict "scripts beside figures draw the same without us"
    if command -v pdflatex >/dev/null; then
        cp "figures$evil"/evil-v1-compare-tex.* . &&
            printf '%s\n' '\documentclass{article}\usepackage{graphicx,color}\begin{document}' \
                '\input{evil-v1-compare-tex.tex}' '\end{document}' >figure.tex &&
            TEXMFVAR=$folder/texmf pdflatex -halt-on-error -interaction=nonstopmode figure.tex >out 2>err
        verdict "a figure for LaTeX is text to LaTeX"
    fi
    "$poise" plot "$short.db" -q -o figures --format svg --kind compare >out 2>err &&
        reads "trace=$trace" figures/hpc-swf-v1-compare.svg
    verdict "so is a trace's"
    "$poise" train "$evil.yaml" -q -a q_learning --seed 0..1 --steps 600 --validate 200 \
        -o "policy$evil.safetensors" >out 2>err && [ -e "policy$evil-1.safetensors" ]
    verdict "policies by such names"
    "$poise" curves "policy$evil-0.progress.csv" "policy$evil-1.progress.csv" -s "$evil.yaml" \
        --name "$plain" -o "curves$evil.csv" >out 2>err &&
        "$poise" curves "curves$evil.csv" -o "curves$evil.svg" >out 2>err
    verdict "curves by such names"
    reads "$plain" "curves$evil.svg"
    verdict "the name of a curve is in its figure"
    "$poise" curves "policy$evil-0.progress.csv" -s "$evil.yaml" --name "$short" -o c.csv >out 2>err
    [ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && [ ! -e c.csv ]
    verdict "a name that its table could not keep is refused"
else
    echo "gnuplot is not installed: no picture is drawn in this test"
fi

# ---- runs ----------------------------------------------------------------------------------------
"$poise" export "$evil.yaml" -a "./$evil.so" -o "out$evil" >out 2>err &&
    [ -e "out$evil.yaml" ] && [ -e "out$evil-jobs.csv" ] &&
    "$poise" run "out$evil.yaml" -q -a fifo --seeds 0 -o again.db >out 2>err && grep -qF "$evil" out
verdict "an exported run, and that run again"
"$poise" replay "$evil.db" >out 2>err && grep -qF "./$evil.so:x=2" out
verdict "a list of runs"
cell=$(sed -n 's/^ *\([0-9]*\) .*\/`canary`\$(canary)&.*/\1/p' out | head -1)
[ -n "$cell" ] && "$poise" replay "$evil.db" "$cell" --format csv >replayed.csv 2>err && reads task replayed.csv
verdict "a run replayed"
if command -v gnuplot >/dev/null; then
    "$poise" replay "$evil.db" "$cell" --gantt "gantt$evil.svg" >out 2>err && reads "./$short.so" "gantt$evil.svg"
    verdict "and drawn"
fi
"$poise" verify "$evil.db" -q >out 2>err
verdict "all runs verified"
"$poise" import "$trace" -o "imported$evil" >out 2>err && "$poise" check "imported$evil.yaml" >out 2>err
verdict "an imported trace"
"$poise" rules "$evil.yaml" -q --seeds 0..1 -o "rules$evil" >out 2>err &&
    grep -qF "$evil" "rules$evil/$evil.txt"
verdict "a table of rules"

# ---- experiments ---------------------------------------------------------------------------------
yaml() { printf '"%s"' "$(printf '%s' "$1" | sed 's/["\\]/\\&/g')"; }

mkdir "in$evil" && cp "$evil.yaml" "scenario$evil.yaml" && cp "scenario$evil.yaml" "$evil.sh" "$short.so" "in$evil" &&
    cd "in$evil" || exit 1
cat >"$evil.yaml" <<END
poise: 1
name: sweep-v1
title: $(yaml "$evil")
scenarios:
  - scenario: $(yaml "scenario$evil.yaml")
  - scenario: hpc-swf-v1
    set: {workload.trace: $(yaml "$folder/$trace"), workload.sources.0.first_jobs: 40}
agents: [fifo, $(yaml "./$short.so"), $(yaml "$pipe")]
seeds: 0..1
tables: [text, csv, json, markdown]
figures: [compare]
pictures: [svg]
END
"$poise" sweep "$evil.yaml" -n >out 2>err && grep -qF "./$short.so" out
verdict "an experiment's cells by such names"
"$poise" sweep "$evil.yaml" -q -o "$evil.db" >out 2>err && [ "$(find "$evil" -name '*sweep-v1*.*' | wc -l)" -ge 4 ]
verdict "a sweep, with its tables"
grep -qrF "$evil" "$evil" && reads "$pipe" "$evil/sweep-v1.json"
verdict "what it is called is in its tables"
"$poise" report --cells "$evil.db" >../sweep.csv && [ "$(wc -l <../sweep.csv)" -eq 13 ]
verdict "all cells are there"
if grep -q 'slurm' "$source/bench/main.c"; then
    "$poise" slurm "$evil.yaml" --array 2 --time 10 --store "slurm$evil.db" -o "scripts$evil" >out 2>err
    verdict "scripts for a cluster"
    for i in 1 2; do
        SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=2 SLURM_ARRAY_TASK_COUNT=2 \
            sh "scripts$evil/sweep-v1.sbatch" >out 2>err
        verdict "task $i runs"
    done
    sh "scripts$evil/sweep-v1.merge.sbatch" >out 2>err &&
        "$poise" report --cells "slurm$evil.db" | cmp -s - ../sweep.csv
    verdict "they are merged to the same"
    for option in --account --partition --option --mem --time --store; do
        "$poise" slurm "$evil.yaml" --array 2 --time 10 -o refused \
            "$option=x${newline}canary" >out 2>err
        status=$?
        [ $status -ge 2 ] && [ "$(grep -c 'poise slurm: error' err)" -eq 1 ] && [ ! -e refused/sweep-v1.sbatch ]
        verdict "a script takes no second line from $option"
    done
fi
cd ..

# ---- over all scenarios ------------------------------------------------------------------------------
# even FILE: whether all lines of each table in Markdown have as many cells.
even()
{
    sed 's/\\|//g' "$1" | awk -F'|' '/^\|/ { if (n && NF != n) bad = 1; n = NF; next } { n = 0 } END { exit bad }'
}

cd "in$evil" || exit 1
cat >"board$evil.yaml" <<END
poise: 1
name: board-v1
title: $(yaml "$evil")
suite: true
scenarios:
  - scenario: $(yaml "scenario$evil.yaml")
  - scenario: hpc-swf-v1
    set: {workload.trace: $(yaml "$folder/$trace"), workload.sources.0.first_jobs: 40}
agents: [random, fifo, $(yaml "./$short.so"), $(yaml "$pipe")]
seeds: 0..4
END
"$poise" watch "board$evil.yaml" -o "board$evil.db" --once >out 2>err && grep -qF '`canary`$(canary)' out
verdict "an experiment watched before it begins"
"$poise" sweep "board$evil.yaml" -q --keep-going -o "board$evil.db" >out 2>err
mkdir -p results && ln -s "../board$evil.db" results/board-v1.db
"$poise" watch "board$evil.yaml" -o "board$evil.db" --once >out 2>err && grep -qF "./$short.so" out &&
    "$poise" watch "board$evil.db" --once >>out 2>>err && ! grep -q "$(printf '\033')" out
verdict "and when it has ended"
for format in text markdown csv latex html; do
    "$poise" report "board$evil.yaml" --suite --format $format >"suite.$format" 2>err && [ -s suite.$format ] &&
        "$poise" report "board$evil.yaml" --tests --format $format >"tests.$format" 2>err && [ -s tests.$format ]
    verdict "scores and tests as $format"
done
grep -qF "./$short.so" suite.text && even suite.markdown && even tests.markdown && even ../report.markdown
verdict "no name breaks a table"
start=$(printf '%.100s' "$pipe")  # labels are not as long
reads "./$short.so" suite.csv && reads "$start" suite.csv && reads "$pipe" tests.csv
verdict "names come out of the scores as they went in"
! grep -qE '<canary|<\{|<[a-z]+ [^>]*`' suite.html tests.html && grep -q '&lt;canary\|&lt;{' suite.html
verdict "and are no elements of their page"
for format in text markdown latex csv; do
    "$poise" tournament "board$evil.db" --format $format >"cross.$format" 2>err && [ -s cross.$format ]
    verdict "a tournament as $format"
done
grep -qF "./$short.so" cross.text && reads "./$short.so" cross.csv && reads "$start" cross.csv &&
    even cross.markdown
verdict "who plays in it is called as it is called"
if command -v pdflatex >/dev/null; then
    {
        printf '%s\n' '\documentclass{article}\usepackage{booktabs}\usepackage[T1]{fontenc}\begin{document}'
        cat ../report.latex suite.latex tests.latex cross.latex | sed 's/\\end{table}/&\\clearpage/'
        printf '%s\n' '\end{document}'
    } >paper.tex
    TEXMFVAR=$folder/texmf pdflatex -draftmode -halt-on-error -interaction=nonstopmode paper.tex >out 2>&1
    verdict "to LaTeX all of this is text"
fi
if command -v gnuplot >/dev/null; then
    "$poise" plot "board$evil.db" -q -o "figures$evil" --format svg --kind iqm,profile,improvement >out 2>err &&
        [ "$(find "figures$evil" -name '*.svg' | wc -l)" -eq 3 ] && [ ! -s err ]
    verdict "figures over all scenarios"
fi
broken=$(printf 'b\377\300.so')  # no UTF-8
cp "$short.so" "$broken" && "$poise" run hpc-swf-v1 -q -a "fifo,./$broken" --seeds 0 \
    --set workload.sources.0.first_jobs=40 -o broken.db >out 2>err &&
    "$poise" report broken.db --format json >broken.json && reads './b��.so' broken.json &&
    "$poise" export broken.db --format jsonl | sed -n 1p >broken.json && reads './b��.so' broken.json
verdict "bytes that are no text are told as such in JSON"
for format in csv jsonl; do
    "$poise" export "board$evil.yaml" --format $format >board.$format 2>err && [ "$(wc -l <board.$format)" -ge 40 ]
    verdict "all cells as $format"
done
reads "./$short.so" board.csv && reads "$pipe" board.csv
verdict "agents are in fields, as they are called"
"$poise" export "board$evil.db" --format npy -o "arrays$evil" >out 2>err &&
    [ -s "arrays$evil-raw.npy" ] && reads "./$short.so" "arrays$evil-names.json" &&
    reads "$start" "arrays$evil-names.json"
verdict "arrays, whose files are called after nobody"
"$poise" export "scenario$evil.yaml" -a "./$short.so" --format batsim -o "out$evil" >out 2>err &&
    [ "$(wc -l <"out${evil}_jobs.csv")" -eq 221 ]
verdict "jobs as Batsim writes them"
cat >"again$evil.yaml" <<END
poise: 1
name: again-v1
title: $(yaml "$evil")
scenarios: [$(yaml "scenario$evil.yaml")]
agents: [fifo]
seeds: 0..1
reproduce:
  source: $(yaml "$evil")
  note: $(yaml "$evil")
  expect:
    - {what: $(yaml "$evil"), agent: fifo, metric: response_mean_s, value: 2, within: 100%, source: $(yaml "$evil")}
END
for format in text markdown csv; do
    "$poise" reproduce "again$evil.yaml" --format $format >"again.$format" 2>err && grep -q 'canary' "again.$format"
    verdict "a published number as $format"
done
reads "$evil" again.csv && even again.markdown
verdict "what it says of its source is text"
cd ..

# ---- gnuplot is no part of the results -------------------------------------------------------------
"$poise" report --cells "$evil.db" >before.csv
# broken STATUS-WORDS SCRIPT: `poise plot` with a gnuplot that does so says it in one line.
broken()
{
    printf '#!/bin/sh\n%s\n' "$2" >bin/gnuplot && chmod +x bin/gnuplot
    timeout 60 "$poise" plot "$evil.db" -q -o broken --kind compare --timeout 0.5s >out 2>err
    [ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "$1" err &&
        [ -z "$(find broken -name '*.pdf' -o -name '*.png' -o -name '*.svg')" ] && "$poise" report --cells "$evil.db" | cmp -s - before.csv
    verdict "a gnuplot that does: $2"
}
broken 'gnuplot failed (status 1)' 'exit 1'
broken 'no complete picture' 'printf "%%PDF-1.5 half" >picture'
broken 'took longer than 0.5 s' 'sleep 600'
broken 'signal 9' 'kill -9 $$'
for gnuplot in 'exit 1' 'printf "%%PDF-1.5 half" >picture' 'kill -9 $$'; do
    printf '#!/bin/sh\n%s\n' "$gnuplot" >bin/gnuplot
    (cd "in$evil" && rm -rf "$evil.db" "$evil" && "$poise" sweep "$evil.yaml" -q -o "$evil.db" >../out 2>../err)
    [ $? -eq 4 ] && grep -q gnuplot err && [ -s "in$evil/$evil/sweep-v1.json" ] &&
        "$poise" report --cells "in$evil/$evil.db" | cmp -s - sweep.csv
    verdict "it costs a sweep its pictures only: $gnuplot"
done
rm bin/gnuplot
PATH=$folder/bin "$poise" plot "$evil.db" -q -o broken >out 2>err
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q 'gnuplot is not installed' err &&
    "$poise" report --cells "$evil.db" | cmp -s - before.csv
verdict "no gnuplot at all"

# ---- nothing else has happened -----------------------------------------------------------------------
[ -z "$(find . -name sung -o -name canary ! -path './bin/*' -o -name x)" ] && [ -z "$(ls -A tmp)" ]
verdict "nothing was made that nobody asked for"

# uses WORDS: lines of C that use one of the words outside of comments and text.
uses()
{
    find "$source/env" "$source/agents" "$source/bench" -name '*.[ch]' | while read -r file; do
        gcc -fpreprocessed -E -x c "$file" 2>/dev/null | sed 's/"[^"]*"/""/g' |
            grep -E "(^|[^A-Za-z0-9_.>])($1) *\(" | sed "s|^|${file#"$source"/}: |"
    done
}
[ -z "$(uses 'system|popen|wordexp|execl|execlp|execle')" ]
verdict "no shell is ever asked"
# gnuplot and sbatch by their own names with words of ours; the words of a pipe as they were cut;
# ourselves.
uses 'execv|execvp|execve|execvpe|posix_spawn|posix_spawnp' >out
[ -s out ] && ! grep -vE '^(bench/plot|bench/cmd_slurm|agents/lib/process|bench/cmd_speed|bench/speed_commands)\.c: ' out
verdict "programs are started in a few places"

[ $n_failed -eq 0 ]
