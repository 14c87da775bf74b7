#!/bin/sh
# test_clusters.sh SOURCE BUILD - the recipes of docs/clusters.md are the files of examples/clusters,
# and give what one process gives, each where its tool is installed.
set -u
source=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin && ln -s "$2/poise" bin/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH"
recipes=$1/examples/clusters
. "$1/tests/verdict.sh"

# has TOOL COMMAND...: whether the command works; says if not.
has()
{
    tool=$1
    shift
    "$@" >has.out 2>&1 || { echo "skipped: there is no $tool" && false; }
}

# printed FILE: it stands in the documentation, line by line.
printed()
{
    awk -v file="$recipes/$1" '
        BEGIN { while ((getline line < file) > 0) wanted = wanted line "\n" }
        /^```/ { if (open && text == wanted) found = 1; open = !open; text = ""; next }
        open { text = text $0 "\n" }
        END { exit !(found && wanted != "") }' "$source/docs/clusters.md"
}
for file in parallel.sh Snakefile ask_tell.py; do
    printed $file
    verdict "the documentation shows $file as it is"
done

cat >'mine too.yaml' <<'END'
poise: 1
name: mine
scenarios:
  - scenario: two-devices-v1
    set: {warmup.jobs: 50, end.jobs: 350}
agents: [fifo, random]
seeds: 0..4
END
poise sweep 'mine too.yaml' -q -o one.db >out 2>err && poise report one.db --cells >one.csv &&
    [ "$(wc -l <one.csv)" -eq 11 ]
verdict "one process runs the experiment"

# same SENTENCE: the store is that of one process.
same()
{
    poise report results/mine.db --cells 2>err | cmp - one.csv || {
        cat tool.err >>err
        false
    }
    verdict "$1"
    rm -rf results
}

if has "GNU parallel" sh -c 'parallel --version | grep "GNU parallel"'; then
    sh "$recipes/parallel.sh" 'mine too.yaml' 3 >out 2>tool.err
    same "by GNU parallel"
fi
if has Snakemake snakemake --version; then
    # With a home of its own: others may be at work in its cache.
    HOME=$PWD XDG_CACHE_HOME=$PWD/cache snakemake -q -j 2 -s "$recipes/Snakefile" \
        --config 'experiment=mine too.yaml' shards=3 >out 2>tool.err
    same "by Snakemake"
fi
if has Optuna python3 -c 'import optuna'; then
    python3 "$recipes/ask_tell.py" two-devices-v1 2 >out 2>err && tail -n 1 out | grep -q "^best: " &&
        [ "$(poise report results/two-devices-v1-search.db --cells | wc -l)" -eq 11 ]
    verdict "Optuna asks twice and is told"
fi
[ "$n_failed" -eq 0 ]
