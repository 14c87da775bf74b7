#!/bin/sh
# test_export_batsim.sh SOURCE BUILD - a run as Batsim writes one, against one that Batsim wrote:
# EASY on 32 machines, 801 jobs, as published with evalys (times, energy, machines of every job).
set -u
data=${POISE_SHARED:-$1/../shared}/data/batsim-evalys
if [ ! -e "$data/easy/out_jobs.csv" ]; then
    echo "skipped: no shared data at $data (set POISE_SHARED)"
    exit 77
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

# Each machine draws 95 W, idle or not.
cat >easy-v1.yaml <<END_OF_FILE
poise: 1
name: easy-v1
title: The jobs of evalys
work_unit: s
devices: [{name: machine, kind: cpu, law: cores, cores: 32, idle: 3040 W, busy: 3040 W}]
workload:
  classes: [{name: job}]
  sources: [{type: trace, file: '$data/medium_late.json', class: job}]
decision: {window: 1024, sizes: estimate, commit: pass, backfill: easy, processors: named}
END_OF_FILE
"$2/poise" export easy-v1.yaml -a fifo --format batsim -o out >said 2>err || { cat err; exit 1; }
# What jobs and workloads are called is Batsim's own, and it prints the microsecond above or below.
awk -F, '
    function differ(a, b) { return a - b > 2e-6 || b - a > 2e-6 }
    NR == FNR { line[FNR] = $0; n = FNR; next }
    FNR == 1 { if ($0 != line[1]) { print "other columns"; bad = 1 }; next }
    {
        split(line[FNR], theirs, ",")
        for (k = 4; k <= 14; k++)
            if (differ($k + 0, theirs[k] + 0)) { print FNR ": column " k ": " $k ", " theirs[k]; bad = 1 }
        if ($15 != theirs[15]) { print FNR ": machines " $15 ", " theirs[15]; bad = 1 }
    }
    END { exit bad || FNR != n || n != 802 }' "$data/easy/out_jobs.csv" out_jobs.csv || exit 1
echo "ok: 801 of 801 jobs as Batsim wrote them: times, energy, machines"
"$2/poise" export easy-v1.yaml -a fifo --format batsim -o out >said 2>err
[ $? -eq 4 ] && grep -q 'out_jobs.csv' err || exit 1
echo "ok: a file that is there is not replaced"
