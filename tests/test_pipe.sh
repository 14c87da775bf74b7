#!/bin/sh
# test_pipe.sh SOURCE BUILD - agents that are programs on the other side of a pipe: they do what the
# same rule does that is built in, and whatever else they do costs their own trials only.
# shellcheck disable=SC2016 # what stands in single quotes is for others to expand
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
source=$1
poise=$2/poise
export POISE_DATA="$1"
. "$1/tests/verdict.sh"

run() { "$poise" run two-devices-v1 --set warmup.jobs=50 --set end.jobs=350 -q "$@"; }
# numbers STORE AGENT: all that is stored of an agent's cells but its name.
numbers() { "$poise" report --cells "$1" | grep "^[^,]*,[^,]*,[^,]*,$2," | sed 's/.*,,\([0-9]\)/\1/'; }

# refused SENTENCE PATTERN AGENT: it is not even tried: one line, status 2 and no store.
refused()
{
    rm -f none.db
    timeout 20 "$poise" run two-devices-v1 -q -a "$3" --seeds 0 -o none.db >out 2>err
    [ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "$2" err && [ ! -e none.db ]
    verdict "$1"
}

# fails SENTENCE PATTERN COMMAND: its trial fails with the sentence, and nobody else's.
fails()
{
    rm -f bad.db
    timeout 60 "$poise" run two-devices-v1 --set warmup.jobs=50 --set end.jobs=350 -q --seeds 0 \
        -j 2 --patience 0.3 -a fifo -a "pipe:$3" -o bad.db >out 2>err
    [ $? -eq 1 ] && [ "$(grep -c '^poise run: warning' err)" -eq 1 ] &&
        grep -q -- "$2" err && [ "$(numbers bad.db fifo)" = "$fifo" ]
    verdict "$1"
}

run -a fifo --seeds 0 -o good.db >out 2>err
fifo=$(numbers good.db fifo)
[ -n "$fifo" ]
verdict "a built-in agent to compare with"

# ---- policies that behave --------------------------------------------------------------------------
cat >first.sh <<'END'
read -r hello
while read -r view; do
    echo choose 0
done
END
for threads in 1 3; do
    run -a "fifo,pipe:sh first.sh a,b,c" --seeds 0..3 -j $threads -o first$threads.db >out 2>err
    "$poise" report --cells first$threads.db >first$threads.csv
done
cmp first1.csv first3.csv && [ "$(grep -c 'pipe@[0-9a-f]\{16\}:sh first.sh a' first1.csv)" -eq 4 ] &&
    [ "$(numbers first1.db fifo | wc -l)" -eq 4 ]
verdict "a command goes on to the end of its argument, and results do not depend on threads"
echo '# changed' >>first.sh
run -a "fifo" -a "pipe:sh first.sh a,b,c" --seeds 0..3 -o first1.db >out 2>err
[ "$("$poise" report --cells first1.db | grep -c 'pipe@')" -eq 8 ]
verdict "a script that was changed is another agent"
cat >words.sh <<'END'
for word in "$@"; do echo "<$word>" >&2; done
exec sh first.sh
END
run -a "pipe:sh words.sh 'a  b' \"c\\\"d\" e\\ f '' \$HOME *.sh \$(touch canary) ;touch canary" \
    --seeds 0 -o words.db >out 2>err
printf '<%s>\n' 'a  b' 'c"d' 'e f' '' '$HOME' '*.sh' '$(touch' 'canary)' ';touch' canary >want
cmp err want && [ ! -e canary ]
verdict "words are cut by quotes and backslashes, and no shell has a say"
run -a "pipe:./first.exe" --seeds 0 -o exec.db >out 2>err
[ $? -eq 2 ] && { echo '#!/bin/sh'; cat first.sh; } >first.exe && chmod +x first.exe &&
    run -a "pipe:./first.exe" --seeds 0 -o exec.db >out 2>err
verdict "a script that says what runs it is a program"
"$poise" eval two-tenants-v1 -q -a random --seeds 0 --set warmup.jobs=20 --set end.jobs=120 \
    --set "tenants.0.agent=pipe:sh first.sh" >out 2>err
verdict "a tenant may have a policy on a pipe"

if python=$(command -v python3); then
    cat >hello.py <<'END'
import json, sys
hello = json.loads(sys.stdin.readline())
space = hello["space"]
assert hello["poise"] == 1 and hello["episode"] == 0 and hello["mode"] == "evaluate"
assert hello["scenario"] == "two-devices-v1" and 0 <= hello["seed"] < 2 ** 53
assert [g["name"] for g in space["group"]] == ["slow", "fast"]
assert space["class_name"] == ["small", "big"] and space["speed"][1][0] == 0
assert space["speed"][0] == [2e9, 4e9] and space["service_s"][1][0] is None
for line in sys.stdin:
    view = json.loads(line)
    for c in view["candidate"]:
        if c["task"] >= 0:
            t = view["task"][c["task"]]
            assert t["deadline_s"] is None and t["arrived_s"] <= view["now_s"]
            exact = t["size"] / space["speed"][t["class_id"]][c["group"]]
            assert abs(c["service_s"] / exact - 1) < 1e-8
    print(*["%.17g" % -i for i in range(len(view["candidate"]))], flush=True)
END
    run -a "pipe:$python hello.py" --seeds 0 -o hello.db >out 2>err
    verdict "a policy is told what the scenario is and what there is to choose from"
    run -a shortest -a "pipe:$python $source/examples/plugin/my_policy.py" --seeds 0,1 \
        -o shortest.db >out 2>err
    [ "$(numbers shortest.db shortest)" = "$(numbers shortest.db '[^,]*my_policy.py')" ] &&
        [ "$(numbers shortest.db shortest | wc -l)" -eq 2 ]
    verdict "numbers pass both ways without a loss: the example does what the built-in rule does"
else
    echo "skipped: there is no python3 to run examples/plugin/my_policy.py"
fi

# ---- policies that do not --------------------------------------------------------------------------
# after N ACTION: a policy that chooses well N - 1 times.
after()
{
    printf 'read -r hello\nn=0\nwhile read -r view; do\nn=$((n + 1))\n' >bad.sh
    printf '[ $n -lt %s ] || { %s; }\necho choose 0\ndone\n' "$1" "$2" >>bad.sh
}
after 5 'exit 3'
fails "a policy that ends" 'decision 5: no answer, it ended with status 3' "sh bad.sh"
after 2 'exit 0'
fails "a policy that ends in peace" 'decision 2: no answer, it ended with status 0' "sh bad.sh"
after 3 'kill -SEGV $$'
fails "a policy that crashes" 'decision 3: no answer, .* Segmentation fault (SIGSEGV)' "sh bad.sh"
after 4 'exec >&-; sleep 100'
fails "a policy that falls silent" 'decision 4: no answer, it has closed its output' "sh bad.sh"
after 4 'sleep 100'
fails "a policy that hangs" 'decision 4: no answer within 0.3 s' "sh bad.sh"
after 4 'printf "choose"; sleep 100'
fails "a policy that hangs in a line" "no answer within 0.3 s; its last words were 'choose'" "sh bad.sh"
after 6 'echo nan nan nan nan nan nan'
fails "a policy that answers NaN" "decision 6: 'nan' is not a number" "sh bad.sh"
after 1 'printf "\033[31mj\\tunk\001\n"; continue'
fails "a policy that answers junk" "decision 1: '.x1b\[31mj' is not a number" "sh bad.sh"
after 7 'echo 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; continue'
fails "a policy that answers too much" "decision 7: its answer holds 17 numbers for " "sh bad.sh"
after 7 'echo; continue'
fails "a policy that answers nothing" "decision 7: its answer holds 0 numbers for " "sh bad.sh"
after 8 'echo choose 99; continue'
fails "a policy that chooses what is not there" "'choose 99' does not choose one of" "sh bad.sh"
after 8 'echo choose -1; continue'
fails "a policy that chooses less than nothing" "'choose -1' does not choose one of" "sh bad.sh"
after 9 'echo 0x10; continue'
fails "a number in another notation" "'0x10' is not a number" "sh bad.sh"
after 2 'while :; do printf aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done'
fails "a policy that does not end its line" "its line does not end: 'aaaaaaa.*\.\.\.'" "sh bad.sh"
after 3 'echo choose 0'
fails "a policy that answers twice" "said more than it was asked\|answered before it was asked" "sh bad.sh"
fails "a policy that does not listen" "decision [12]: " "echo choose 0"
fails "a policy that talks all the time" "decision 1: " "yes"
fails "a folder in place of a program" "cannot start /: Permission denied" /
"$poise" report bad.db >out 2>err && grep -q '(1 failed)' out
verdict "the store of such a run is valid"
refused "a program that does not exist" "there is no program 'no-such-program'" \
    "pipe:no-such-program x"
refused "a file that does not exist" "there is no program './none'" "pipe:./none"
refused "a quote that does not end" "a quote in the command does not end" "pipe:sh 'first.sh"
refused "no command" "no command" "pipe: "
refused "a control character" "control character" "pipe:sh$(printf '\007')x"

# runs PID: whether it does; one that has ended may stay listed until its parent asks for it.
runs() { state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) && [ "${state:-Z}" = "${state#[ZX]}" ]; }

# ---- the end of Poise ------------------------------------------------------------------------------
after 20 'echo $$ >pid; sleep 1000'
# hang SIGNAL: the status of a run whose policy hangs when it gets the signal.
hang()
{
    rm -f pid hang.db*
    "$poise" run two-devices-v1 -q -a "pipe:sh bad.sh" --seeds 0 --patience 600 -o hang.db >out 2>err &
    it=$!
    for _ in $(seq 50); do
        [ -s pid ] && break
        sleep 0.1
    done
    kill -s "$1" $it
    wait $it 2>/dev/null
    status=$?
    for _ in $(seq 200); do
        runs "$(cat pid)" || return $status
        sleep 0.1
    done
    return 0
}
hang KILL
[ $? -eq 137 ]
verdict "no policy is left when Poise is killed"
hang TERM
[ $? -eq 143 ] && "$poise" report hang.db >out 2>err
verdict "a run whose policy hangs can be interrupted"

[ $n_failed -eq 0 ] || echo "$n_failed failed"
[ $n_failed -eq 0 ]
