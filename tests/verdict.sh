# shellcheck shell=sh
# verdict.sh - for tests/test_NAME.sh: judges commands, and counts those that failed in n_failed.
n_failed=0

# verdict SENTENCE: judges the status of the command before it; where it failed, the files out and
# err have what it said.
verdict()
{
    if [ $? -eq 0 ]; then
        echo "ok: $1"
    else
        echo "not ok: $1"
        n_failed=$((n_failed + 1))
        for file in out err; do
            [ ! -s $file ] || sed "s/^/  $file: /" $file | head -20
        done
    fi
}
