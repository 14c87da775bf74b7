#!/bin/sh
# make.sh [-n] [-p] [-j N] [SCENARIO.NAME...] - makes again what is in this folder: every recipe (or
# those named) is trained from ten training seeds, and the policy that does best on seeds that nothing
# else uses ships. It and all ten are then judged on evaluation seeds 0 to 9 beside the best rules.
#
#   SCENARIO.NAME.safetensors   the policy that ships; recipes.yaml says from which training seed
#   curves/SCENARIO.NAME.csv    validation against decisions, over the ten
#   results.csv, RESULTS.md     what came of it
#   curves.svg                  all curves on a page
#
# What is done is kept in $POISE_WORK (build/policies): run again after an interruption, or with
# other recipes, it does what is missing. -n only says how long it took the last time, -p only
# writes RESULTS.md and the figures. The program is $POISE (build/poise). rules.csv names the rules
# to compare with: the best of `poise run SCENARIO -a rules`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
poise=${POISE:-$root/build/poise}
work=${POISE_WORK:-$root/build/policies}
jobs=2
dry=
page=
export POISE_DATA="$root"
while getopts npj: option; do
    case $option in
    n) dry=1 ;;
    p) page=1 ;;
    j) jobs=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ -x "$poise" ] || { echo "make.sh: $poise is not there: build it, or name another in POISE" >&2; exit 1; }
mkdir -p "$work" "$here/curves"
# What policies depend on beside their recipe: the sources that the program is built from.
code=$(cd "$root" && find agents env bench/train.c bench/validate.c -type f | LC_ALL=C sort | xargs cat | cksum)

# The rows "SCENARIO.NAME decisions validate seed options" of all recipes.
"$poise" list policies | sed 1d >"$work/recipes"
wanted=${*:-$(awk '{ print $1 }' "$work/recipes")}

# column NAME FILE: the number of a column of a table.
column()
{
    head -1 "$2" | tr ',' '\n' | grep -nx "$1" | cut -d: -f1
}

# estimate: seconds that the recipes took, by results.csv.
estimate()
{
    touch "$work/none"
    results=$here/results.csv
    [ -e "$results" ] || results=$work/none
    for id in $wanted; do
        grep "^$id," "$results" || echo "$id,unknown"
    done | awk -F, '$2 == "unknown" { n++; next } { s += $19 + $20 } END {
        printf "%d recipes took %.0f s the last time", NR - n, s
        printf n ? ", %d are new\n" : "\n", n }' >&2
}
estimate
[ -z "$dry" ] || exit 0

# policies: the ten, as agents.
policies()
{
    for k in 0 1 2 3 4 5 6 7 8 9; do
        printf 'policy:p-%d.safetensors%s' $k "$([ $k -lt 9 ] && echo ,)"
    done
}

# train: ten policies and their logs.
train()
{
    [ ! -e trained ] || return 0
    rm -f ./*
    start=$(date +%s)
    "$poise" train "$scenario" -a "$name" --tuned --seed 0..9 -j "$jobs" -q -o p.safetensors >said
    echo $(($(date +%s) - start)) >trained
}

# orderly STORE: the agents of a store, the best first, but none that leaves much more undone than
# others, twice as much and 2% of what arrives: means over finished tasks are best where some are
# never served.
orderly()
{
    "$poise" report "$1" --cells >cells.csv
    "$poise" report "$1" --metric "$measure" --format csv >table.csv
    awk -F, -v c="$(column arrived cells.csv)" -v a="$(column agent table.csv)" \
        -v u="$(column unfinished table.csv)" '
        FNR == 1 { next }
        FILENAME == "cells.csv" { arrived += $c; cells++; next }
        { name[++n] = $a; left[n] = $u; if (n == 1 || $u < least) least = $u }
        END { for (i = 1; i <= n; i++) if (left[i] <= 2 * least + .02 * arrived / cells) print name[i] }
    ' cells.csv table.csv
}

# choose: the training seed of the best, on seeds of its own.
choose()
{
    "$poise" run "$scenario" -a "$(policies)" --seeds 1000..1004 -j "$jobs" --metric "$measure" -q \
        -o choose.db >said
    orderly choose.db | sed 's/.*p-\(.\).*/\1/;q' >chosen
}

# judge: all ten beside the rules, on the evaluation seeds.
judge()
{
    start=$(date +%s)
    rules=$(sed -n "s/^$scenario,//p" "$here/rules.csv" | tr ' ' ',')
    "$poise" run "$scenario" -a "${rules:-rules},$(policies)" --seeds 0..9 -j "$jobs" \
        --metric "$measure" -q -o results.db >said
    orderly results.db >orderly
    grep -v '^policy:' orderly | head -1 >best-rule
    "$poise" report results.db --metric "$measure" --baseline "$(cat best-rule)" --format csv >versus.csv
    echo $(($(date +%s) - start)) >judged
}

# digest: a row of results.csv.
digest()
{
    awk -F, -v id="$id" -v measure="$measure" -v sign="$sign" -v best="$(cat best-rule)" \
        -v chosen="$(cat chosen)" -v decisions="$decisions" -v train_s="$(cat trained)" \
        -v judge_s="$(cat judged)" -v first="$(first_seed)" '
    FILENAME == "orderly" { fair[$0]; next }
    FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["agent"] == best { rule = $at["mean"]; next }
    $at["agent"] ~ /^policy:/ {
        k = $at["agent"]; sub(/.*p-/, "", k); sub(/\..*/, "", k)
        mean[k + 0] = $at["mean"]
        if (k == chosen) {
            d = $at["difference"]; low = $at["difference_low"]; high = $at["difference_high"]
        }
        v = $at["agent"] in fair ? verdict($at["difference"], $at["difference_low"], $at["difference_high"], $at["mean"]) : "lost"
        count[v]++
        of[k + 0] = v
    }
    function size(x) { return x < 0 ? -x : x }
    function verdict(by, lo, hi, of_mean) {
        if (lo * hi <= 0 || size(by) < 1e-4 * size(of_mean)) return "tied"
        return lo * sign > 0 ? "won" : "lost"
    }
    END {
        for (k = 0; k < 10; k++) sum += mean[k]
        m = sum / 10
        for (k = 0; k < 10; k++) { square += (mean[k] - m) ^ 2; each = each (k ? " " : "") sprintf("%.6g", mean[k]) }
        half = 2.262157 * sqrt(square / 9 / 10)  # Student t, 9 degrees of freedom
        printf "%s,%s,%s,%d,%s,%.6g,%.6g,%.6g,%.6g,%.6g,%s,%s,%d,%d,%d,%.6g,%.6g,%s,%d,%d\n", id, measure, \
            decisions, chosen, first, mean[chosen + 0], rule, d, low, high, best, of[chosen + 0], count["won"], \
            count["tied"], count["lost"], m, half, each, train_s, judge_s
    }' orderly versus.csv
}

# first_seed: what the policy that ships has on evaluation seed 0, with all digits.
first_seed()
{
    awk -F, -v a="$(column agent cells.csv)" -v s="$(column seed cells.csv)" \
        -v m="$(column "$measure" cells.csv)" -v who="policy:p-$(cat chosen).safetensors" \
        '$a == who && $s == 0 { print $m }' cells.csv
}

# keep: puts what ships into its place.
keep()
{
    cp "p-$(cat chosen).safetensors" "$here/$id.safetensors.new"
    mv "$here/$id.safetensors.new" "$here/$id.safetensors"
    "$poise" curves p-?.progress.csv -s "$scenario" --name "$name" -c results.db -o "$here/curves/$id.csv"
    {
        echo "recipe,measure,decisions,seed,seed_0,mean,rule_mean,difference,low,high,rule,verdict,won,tied,lost,ten_mean,ten_half,each,train_s,judge_s"
        {
            [ ! -e "$here/results.csv" ] || sed 1d "$here/results.csv" | grep -v "^$id," || true
            cat row
        } | sort
    } >"$here/results.csv.new"
    mv "$here/results.csv.new" "$here/results.csv"
    note_seed
}

# note_seed: the training seed into the row of recipes.yaml.
note_seed()
{
    awk -v s="$scenario" -v n="$name" -v seed="$(cat chosen)" '
    function flush_row(i, agent, own) {
        for (i = 1; i <= rows; i++) {
            if (row[i] ~ /^    agent:/) { agent = row[i]; sub(/^ *agent: *["'"'"']?/, "", agent); sub(/[:"'"'"' ].*/, "", agent) }
            if (row[i] ~ /^    name:/) { own = row[i]; sub(/^ *name: */, "", own) }
        }
        mine = row[1] == "  - scenario: " s && (own == "" ? agent : own) == n
        for (i = 1; i <= rows; i++)
            if (!(mine && row[i] ~ /^    seed:/)) print row[i]
        if (mine) print "    seed: " seed
        rows = 0
    }
    /^  - scenario:/ { flush_row(); row[++rows] = $0; next }
    rows && /^    / { row[++rows] = $0; next }
    { flush_row(); print }
    END { flush_row() }' "$here/recipes.yaml" >"$here/recipes.yaml.new"
    mv "$here/recipes.yaml.new" "$here/recipes.yaml"
}

# make ID: all of one recipe.
make()
{
    id=$1 scenario=${1%.*} name=${1##*.}
    row=$(awk -v id="$id" '$1 == id' "$work/recipes" | sed 's/ (not trained)$//')
    [ -n "$row" ] || { echo "make.sh: there is no recipe $id" >&2; return 2; }
    decisions=$(echo "$row" | awk '{ print $2 }')
    measure=$("$poise" show "$scenario" | sed -n 's/^measure: *//p')
    measure=${measure:-response_mean_s}
    sign=$("$poise" list metrics | awk -v m="$measure" '$1 == m { print / \+  / ? 1 : -1 }')
    key=$(echo "$row" | awk '{ $4 = ""; print }' | cat - "$here/rules.csv" "$root/scenarios/$scenario.yaml" | cksum | tr ' ' -)-${code%% *}
    mkdir -p "$work/$id/$key"
    cd "$work/$id/$key"
    train
    [ -e row ] || { choose; judge; digest >row.new; mv row.new row; }
    keep
    awk -F, '{ printf "%s: %s %s, %s by %s, difference %s (%s to %s): %s; %s s\n", $1, $2, $6, $7, $11, $8, $9, $10, $12, $19 + $20 }' row
    cd "$root"
}

# page: RESULTS.md and the figure.
page()
{
    {
        cat <<'END'
# What the recipes reach

Written by `make.sh`. Each recipe is trained from training seeds 0 to 9; the policy that ships is the one that does best on evaluation seeds
1000 to 1004. *Shipped* is its mean over evaluation seeds 0 to 9, which neither training nor validation nor that choice uses; the
difference is to the best rule over the same seeds, with its 95% interval (paired t), and the verdict is by that interval (less than 0.01% is a tie). *Of ten* counts
the verdicts of all ten policies, *ten seeds* is the mean of their means with its 95% interval over training seeds. Rules are
those of `rules.csv`: the best of all agents that need neither training nor a model (`poise run -a rules`), found on all ten seeds or,
where many are slow, by the first; but for those that leave much more undone than others.
Seconds are those of ten trainings on two threads, validation included.

| recipe | measure | decisions | shipped (seed) | best rule | | difference | verdict | of ten: won, tied, lost | ten seeds | s |
|---|---|---|---|---|---|---|---|---|---|---|
END
        sed 1d "$here/results.csv" | awk -F, '{
            printf "| `%s` | %s | %d | %.5g (%s) | `%s` | %.5g | %+.3g (%+.3g to %+.3g) | **%s** | %d, %d, %d | %.5g +- %.2g | %s |\n",
                $1, $2, $3, $6, $4, $11, $7, $8, $9, $10, $12, $13, $14, $15, $16, $17, $19 }'
        printf '\nEach of the ten:\n\n| recipe | training seeds 0 to 9 |\n|---|---|\n'
        sed 1d "$here/results.csv" | awk -F, '{
            n = split($18, x, " "); s = ""
            for (i = 1; i <= n; i++) s = s (i > 1 ? ", " : "") sprintf("%.5g", x[i])
            printf "| `%s` | %s |\n", $1, s }'
    } >"$here/RESULTS.md.new"
    mv "$here/RESULTS.md.new" "$here/RESULTS.md"
    "$poise" curves "$here"/curves/*.csv -o "$here/curves.svg"
    "$poise" curves "$here"/curves/*.csv -o "$root/docs/learning.png"
}

if [ "$page" ]; then
    page
    exit
fi
for id in $wanted; do
    make "$id"
    page
done
