#!/bin/sh
# test_export_store.sh SOURCE BUILD - a store for other programs: lines of CSV and JSON hold every
# number as the store has it, and arrays are those that NumPy reads and rliable takes.
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
mkdir bin && ln -s "$2/poise" bin/poise
export POISE_DATA="$1" PATH="$folder/bin:$PATH"
. "$1/tests/verdict.sh"

cat >small.yaml <<'END_OF_FILE'
poise: 1
name: small
scenarios:
  - {scenario: two-devices-v1, set: {warmup.jobs: 20, end.jobs: 120}}
  - {scenario: slow-server-v1, set: {warmup.jobs: 20, end.jobs: 120}}
agents: [random, fifo, shortest]
seeds: 0..4
END_OF_FILE
poise sweep small.yaml -q >out 2>err && poise run slow-server-v1 -q -a threshold,fifo --seeds 0..1 \
    --set warmup.jobs=20 --set end.jobs=120 -o results/small.db >out 2>err
poise export small.yaml --format csv >small.csv 2>err && [ "$(wc -l <small.csv)" -eq 31 ] &&
    poise export results/small.db --format csv -o all.csv 2>err && [ "$(wc -l <all.csv)" -eq 33 ]
verdict "of an experiment its own cells are lines, of a store all"
poise export results/small.db --format csv -o all.csv 2>err
[ $? -eq 4 ] && grep -q 'all.csv' err && poise export results/small.db --format csv --force -o all.csv
verdict "a file that is there is replaced by --force only"
poise run two-devices-v1 -q -a fifo --seeds 0 --sweep end.jobs=60,80 --set warmup.jobs=20 -o swept.db >out 2>err &&
    poise export swept.db --format csv >swept.csv && head -1 swept.csv | grep -q ',end.jobs,' &&
    poise export swept.db --format jsonl | grep -q '"settings":{"end.jobs":"60"}'
verdict "what a sweep varies is a column"
poise export small.yaml --format jsonl >small.jsonl 2>err && [ "$(wc -l <small.jsonl)" -eq 30 ]
verdict "of JSON there are as many lines as cells"
poise report --cells small.yaml >cells.csv 2>err
poise export small.yaml --format npy -o small >out 2>err && [ -s small-raw.npy ] && [ -s small-scores.npy ] &&
    grep -q '3 agents, 3 of them with all runs; 5 runs, 2 tasks' out
verdict "arrays of all agents"
poise export results/small.db --format npy -o uneven >out 2>err &&
    grep -q '4 agents, 3 of them with all runs; 5 runs, 2 tasks' out
verdict "who does not take part everywhere is behind those who do"
poise export swept.db --format npy --metric makespan_s >out 2>err && [ -s swept-raw.npy ] &&
    [ ! -e swept-scores.npy ] && grep -q 'warning: no scores are written' err
verdict "where there are no scores the values are there all the same, with the reason"
poise export small.yaml --format npz >out 2>err
[ $? -eq 2 ] && grep -q "did you mean 'npy'" err
verdict "formats have names"
poise export small.yaml --format csv -a fifo >out 2>err
[ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ]
verdict "what is of a run is refused of a store"
poise export missing.db --format csv >out 2>err
[ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ]
verdict "a store that is not there is told"

# ---- other readers ---------------------------------------------------------------------------------
python=
for candidate in /usr/bin/python3 python3; do
    [ -z "$python" ] && "$candidate" -c 'pass' 2>err && python=$candidate
done
if [ -z "$python" ]; then
    echo "skipped: there is no python3 to read CSV and JSON again"
else
    # The other command that prints all numbers of all cells, written apart from this one.
    "$python" - <<'END_OF_FILE' 2>err
import csv, json
cells = {c["cell"]: c for c in csv.DictReader(open("cells.csv"))}
rows = list(csv.DictReader(open("small.csv")))
lines = [json.loads(line) for line in open("small.jsonl")]
assert [r["cell"] for r in rows] == [o["cell"] for o in lines]
assert sorted(cells) == sorted(r["cell"] for r in rows)
metrics = set(lines[0]["metrics"])
assert len(metrics) > 30 and metrics <= set(rows[0]) and metrics <= set(next(iter(cells.values())))
bounded = 0
for r, o in zip(rows, lines):
    for k in metrics:
        v = None if cells[r["cell"]][k] == "" else float(cells[r["cell"]][k])
        assert (None if r[k] == "" else float(r[k])) == v == o["metrics"][k], k
        if k in o["bounds"]:
            bounded += 1
            assert float(r[k + ".bound"]) == o["bounds"][k]["value"] and o["bounds"][k]["by"]
    assert r["agent"] == o["agent"] and int(r["seed"]) == o["seed"] and o["status"] == "ok"
    assert float(r["wall_s"]) > 0 and o["policy"] is None
assert bounded >= len(rows)
END_OF_FILE
    verdict "CSV and JSON hold the numbers that the list of cells has, to the last bit"
fi
if [ -z "$python" ] || ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "skipped: there is no NumPy to read the arrays"
else
    # Scores by hand: 0 is the mean of random, 1 is what the legend says.
    "$python" - <<'END_OF_FILE' 2>err
import csv, json, numpy as np
legend = json.load(open("small-names.json"))
raw, scores = np.load("small-raw.npy"), np.load("small-scores.npy")
assert raw.dtype == np.float64 and raw.shape == scores.shape == (3, 5, 2)
cells = list(csv.DictReader(open("small.csv")))
for i, agent in enumerate(legend["agents"]):
    for m, task in enumerate(legend["tasks"]):
        for k, seed in enumerate(task["seeds"]):
            one, = [c for c in cells if c["agent"] == agent and c["scenario"] == task["name"]
                    and int(c["seed"]) == seed]
            assert float(one[task["metric"]]) == raw[i, k, m]
zero = raw[legend["agents"].index("random")].mean(axis=0)
one = np.array([t["one"] for t in legend["tasks"]])
assert np.allclose([t["zero"] for t in legend["tasks"]], zero, rtol=1e-12)
assert np.allclose(np.maximum((raw - zero) / (one - zero), -1), scores, rtol=1e-9, atol=1e-12)
rliable = dict(zip(legend["agents"][:legend["n_complete"]], scores))
assert {x.shape for x in rliable.values()} == {(5, 2)} and not np.isnan(scores).any()
uneven, legend = np.load("uneven-scores.npy"), json.load(open("uneven-names.json"))
n = legend["n_complete"]
assert n == 3 and not np.isnan(uneven[:n]).any() and np.isnan(uneven[n:]).any()
END_OF_FILE
    verdict "NumPy reads the arrays: values as the cells have them, scores as by hand"
fi

[ $n_failed -eq 0 ]
