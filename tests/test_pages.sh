#!/bin/sh
# test_pages.sh SOURCE BUILD - a page of results is one file: the same for the same store, it asks
# for nothing, and in a browser its tables sort, its figures show and names are text.
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin tmp other && ln -s "$2/poise" bin/poise
poise=$2/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH" TMPDIR="$folder/tmp"
. "$1/tests/verdict.sh"

# decoded FILE NAME: what the link of that download holds.
decoded()
{
    grep -o "download=\"$2\" href=\"data:[^,]*,[^\"]*" "$1" | sed 's/.*,//' | base64 -d
}

# ---- the file ----------------------------------------------------------------------------------------
poise run mm1-v1 -q -a fifo,shortest,least_loaded --seeds 0..9 --set warmup.jobs=50 \
    --set end.jobs=500 -o plain.db >out 2>err && poise report plain.db --format html >plain.html 2>err
verdict "a page of a store"
poise run mm1-v1 -q -a fifo,shortest --seeds 0..3 --set warmup.jobs=20 --set end.jobs=120 \
    --sweep workload.load=0.5,1.2 -o loads.db >out 2>err &&
    poise report loads.db --metric response_mean_s,slowdown_mean --format html >loads.html 2>err &&
    TMPDIR=$folder/other poise report loads.db --metric response_mean_s,slowdown_mean --format html |
    cmp -s - loads.html
verdict "the same store gives the same page"
[ -z "$(ls -A tmp)$(ls -A other)" ]
verdict "drawing leaves nothing behind"
for page in plain loads; do
    ! grep -qE "https?:|=[\"']?//|@import|url\\([\"']?[^#\"']" $page.html &&
        ! grep -oE " (src|srcset|poster|action|href|xlink:href)=[\"']?.{5}" $page.html |
        grep -qvE "=[\"'](#|data:)"
    verdict "$page.html names nothing outside of itself"
done
poise report loads.db --metric response_mean_s,slowdown_mean --format csv >loads.csv &&
    decoded loads.html report.csv | cmp -s - loads.csv
verdict "the numbers of all tables come with the page"
grep -q '<li class="warning">mm1-v1 with workload.load=1.2: 4 runs an agent are too few' loads.html &&
    grep -q '<li class="warning">mm1-v1 with workload.load=1.2: offered load 1.2: no' loads.html &&
    poise run two-devices-v1 -q -a fifo --seeds 0..9 --set warmup.jobs=50 --set end.jobs=500 -o calm.db >out 2>err &&
    poise report calm.db --format html --figures none >calm.html && ! grep -q '<li class="warning">' calm.html
verdict "warnings stand at the top, where there are some"
hash=$(poise report plain.db --format csv | sed -n 2p | cut -d, -f2)
decoded plain.html "scenario-$hash.yaml" >again.yaml && poise run again.yaml -q -a fifo,shortest,least_loaded \
    --seeds 0..9 -o again.db >out 2>err && poise report again.db --cells >again.csv &&
    poise report plain.db --cells | cmp -s - again.csv
verdict "the settings that come with the page give the same numbers"
sed -n 's/^<pre>poise run \(.*\)<\/pre>$/\1/p' plain.html >again.txt && [ "$(wc -l <again.txt)" -eq 1 ] &&
    eval "poise run $(sed 's/&#39;/'"'"'/g' again.txt) -q -o again2.db" >out 2>err &&
    poise report again2.db --cells | cmp -s - again.csv
verdict "so does the command that it names"
ln -s "$(command -v base64)" other/base64
PATH=$folder/other "$poise" report plain.db --format html >none.html 2>err &&
    grep -q 'class="warning">no figure .*gnuplot is not installed' none.html &&
    grep -q '</html>' none.html && ! grep -q '<svg' none.html
verdict "without gnuplot there is a page that says so"
poise report plain.db --format html --figures none >none.html 2>err && ! grep -q '<figure' none.html &&
    ! grep -q 'no figure' none.html
verdict "a page without figures, where none are wanted"
poise report plain.db --format html --figures compar >out 2>err
[ $? -eq 2 ] && grep -q "did you mean 'compare'" err
verdict "figures have names"

cat >small.yaml <<'END'
poise: 1
name: small
title: '</title><script>document.title="sung"</script><img src=x onerror="document.title=1">&amp;'
scenarios: [{scenario: two-devices-v1, set: {warmup.jobs: 20, end.jobs: 120}}]
agents: [random, fifo]
seeds: 0..2
metrics: slowdown_mean
baseline: random
END
poise sweep small.yaml -q >out 2>err && poise run two-devices-v1 -q -a fifo --seeds 0..2 \
    -a 'pipe:true "<script>document.title=2</script>" <!--' --set warmup.jobs=20 \
    --set end.jobs=120 -o results/small.db >out 2>err
poise report small.yaml --format html >small.html 2>err && grep -q '<h4>slowdown_mean' small.html &&
    grep -q '<th>vs random' small.html && ! grep -q 'pipe:' small.html &&
    poise report results/small.db --format html >hostile.html && grep -q 'pipe:true' hostile.html
verdict "a page of an experiment is of its cells, by its metrics"
sed 's/seeds: 0..2/seeds: 0..3/' small.yaml >larger.yaml
poise report larger.yaml --format html 2>err | grep -q '<li class="warning">2 of 8 cells'
verdict "what has not been run is among the warnings"
grep -q '<li class="warning">two-devices-v1: 3 runs failed' hostile.html &&
    [ "$(grep -c '<li>FAILED: ' hostile.html)" -eq 3 ]
verdict "what failed is told at the top and below its table"

# ---- in a browser --------------------------------------------------------------------------------------
for browser in chromium chromium-browser google-chrome ''; do
    ! command -v "$browser" >/dev/null || break
done
if [ -z "$browser" ]; then
    echo "skipped: there is no Chromium to open the pages in"
    [ $n_failed -eq 0 ]
    exit
fi

# opened PAGE SCRIPT: the title of the page after a script at its end. No name is resolved.
opened()
{
    { sed '/^<\/body>/,$d' "$1"; printf '<script>%s</script></body></html>\n' "$2"; } >opened.html
    sandbox=
    [ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
    timeout 120 "$browser" --headless --disable-gpu $sandbox --user-data-dir="$folder/profile" \
        --host-resolver-rules='MAP * ~NOTFOUND' --dump-dom "file://$folder/opened.html" 2>browser.log |
        grep -o '<title>[^<]*' | sed '1q' | sed 's/<title>//'
}

if [ "$(opened none.html 'document.title = "up"')" != up ]; then
    echo "skipped: $browser opens no page here"
    [ $n_failed -eq 0 ]
    exit
fi
column='const table = document.querySelector(".wide table"), head = [...table.querySelectorAll("th")],
    names = () => [...table.tBodies[0].rows].map(row => row.cells[1].textContent).join(" "),
    sort = i => { head[i].querySelector("button").click(); return names() };'
first=$(opened plain.html "$column document.title = names()")
[ "$first" = "shortest fifo least_loaded" ]
verdict "a table stands in order of rank"
[ "$(opened plain.html "$column document.title = sort(1)")" = "fifo least_loaded shortest" ] &&
    [ "$(opened plain.html "$column sort(1); document.title = sort(1)")" = "shortest least_loaded fifo" ] &&
    [ "$(opened plain.html "$column sort(1); document.title = sort(2)")" = "$first" ]
verdict "a click sorts by a column, another one the other way"
# The baseline has no difference; the gaps are 23% and twice more than 100%: as texts 1 comes first.
[ "$(opened plain.html "$column document.title = sort(4)")" = "shortest least_loaded fifo" ] &&
    [ "$(opened plain.html "$column sort(4); document.title = sort(4)")" = "least_loaded shortest fifo" ] &&
    [ "$(opened plain.html "$column sort(1); document.title = sort(8)")" = "$first" ]
verdict "numbers sort as numbers, what is unknown comes last"
for page in plain loads; do
    figures=1
    [ $page = plain ] || figures=2
    command -v gnuplot >/dev/null || figures=0
    [ "$(opened $page.html 'const all = [...document.querySelectorAll("figure svg")],
        seen = all.filter(svg => { const box = svg.getBoundingClientRect();
            return box.width > 200 && box.height > 50 && svg.querySelector("path, use, text") }),
        ids = [...document.querySelectorAll("[id]")].map(e => e.id),
        lost = [...document.querySelectorAll("use")].filter(e => !document.getElementById(e.href.baseVal.slice(1))),
        data = [...document.querySelectorAll("figure a[download$=\".dat\"]")].filter(a =>
            atob(a.href.split(",")[1]).startsWith("# "));
        document.title = [all.length, seen.length, data.length, ids.length - new Set(ids).size, lost.length,
            performance.getEntriesByType("resource").length].join(" ")')" = "$figures $figures $figures 0 0 0" ]
    verdict "figures of $page.html show, with their data, ids apart, nothing asked for"
done
[ "$(opened plain.html 'document.title = document.documentElement.scrollWidth <= innerWidth')" = true ]
verdict "a page is no wider than its window"
for page in small hostile; do
    [ "$(opened $page.html 'document.title = document.scripts.length + " " +
        document.querySelectorAll("img").length')" = "2 0" ]
    verdict "names in $page.html are no elements"
done
[ "$(opened small.html 'document.title = document.querySelector("h1").textContent ===
    "</title><script>document.title=\"sung\"</scr" + "ipt><img src=x onerror=\"document.title=1\">&amp;"')" = true ]
verdict "a title is read as it was written"

[ $n_failed -eq 0 ]
