#!/bin/sh
# benchmark.sh [-j N] - runs the benchmark set and writes what README.md and docs/core-v1.md show of it:
# the table and the figures between the marks in README.md, all tables in docs/core-v1.md,
# docs/core-iqm.png and docs/core-profile.png.
#
# Results are kept in $POISE_WORK (build/benchmark): run again after an interruption it does what is
# missing. The program is $POISE (build/poise).
set -eu
docs=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$docs")
poise=${POISE:-$root/build/poise}
work=${POISE_WORK:-$root/build/benchmark}
jobs=2
export POISE_DATA="$root"
while getopts j: option; do
    case $option in
    j) jobs=$OPTARG ;;
    *) exit 2 ;;
    esac
done
[ -x "$poise" ] || { echo "benchmark.sh: $poise is not there: build it, or name another in POISE" >&2; exit 1; }
mkdir -p "$work"
cd "$work"

is_new=1
[ ! -e results/core-v1.db ] || is_new=
start=$(date +%s)
"$poise" sweep core-v1 -j "$jobs" --no-figures
seconds=$(($(date +%s) - start))
[ -z "$is_new" ] || echo "$seconds $jobs" >time.txt

{
    echo "# core-v1"
    echo
    echo "Written by \`docs/benchmark.sh\`; [benchmark.md](benchmark.md) says what it means."
    if [ -e time.txt ]; then
        read -r seconds threads <time.txt
        printf 'All runs took %d min %d s on %d threads.\n' $((seconds / 60)) $((seconds % 60)) "$threads"
    fi
    echo
    "$poise" report core-v1 --suite --format markdown
} >core-v1.md
"$poise" report core-v1 --suite --top 15 --format markdown | sed '/^\*\*What 0/,$d; /^- /d' | cat -s >top.md
"$poise" plot results/core-v1.db --kind iqm,profile --format png --width page -o figures -q

awk '/<!-- core-v1: end -->/ { skips = 0 }
    !skips
    /<!-- core-v1: begin -->/ { skips = 1; print ""; while ((getline line < "top.md") > 0) print line }' \
    "$root/README.md" >README.md
mv README.md "$root/README.md"
mv core-v1.md "$docs/core-v1.md"
cp figures/core-v1-iqm.png "$docs/core-iqm.png"
cp figures/core-v1-profile.png "$docs/core-profile.png"
