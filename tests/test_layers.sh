#!/bin/sh
# test_layers.sh SOURCE BUILD - a folder includes only what stands to its left in
# env <- agents <- bench; output stays in bench/, threads in two files; nothing that reaches
# simulated time or learning calls a function whose last bits depend on the machine.
set -u
cd "$1" || exit 1
build=$2
n_failed=0

# expect_none SENTENCE LINES: LINES are what breaks the rule.
expect_none()
{
    if [ -n "$2" ]; then
        printf 'not ok: %s:\n%s\n' "$1" "$2"
        n_failed=$((n_failed + 1))
    else
        printf 'ok: %s\n' "$1"
    fi
}

# Prints "FILE:LINE: NAME" for each include line with "NAME" of the files in a folder.
includes()
{
    find "$1" -name '*.[ch]' -exec grep -nHE '^ *# *include *"' {} + |
        sed 's/^\([^:]*:[0-9]*\): *# *include *"\([^"]*\)".*/\1: \2/'
}

# foreign FOLDER OTHER...: includes in FOLDER of headers that lie in one of the others.
foreign()
{
    folder=$1
    shift
    includes "$folder" | while read -r place name; do
        for other in "$@"; do
            [ ! -e "$other/$name" ] || [ -e "$folder/$name" ] || echo "  $place $other/$name"
            case $name in
            ../"$other"/* | "$other"/*) echo "  $place $name" ;;
            esac
        done
    done
}

# uses WORDS FOLDER...: lines of C in the folders that use one of the words outside of comments and
# text. Other compilers cannot leave comments out alone.
uses()
{
    words=$1
    shift
    find "$@" -name '*.[ch]' | while read -r file; do
        gcc -fpreprocessed -E -x c "$file" 2>/dev/null | sed 's/"[^"]*"/""/g' |
            grep -E "(^|[^A-Za-z0-9_.>])($words)" | sed "s|^|  $file: |"
    done
}

# calls WORDS ARCHIVE: functions among WORDS that the objects of a library call.
calls()
{
    [ -e "$build/$2" ] || echo "  $build/$2 is missing"
    nm -A -u "$build/$2" | grep -E " U ($1)(@.*)?\$" | sed 's/^/  /'
}

expect_none "env/ includes nothing from agents/ and bench/" "$(foreign env agents bench tests)"
expect_none "agents/ includes nothing from bench/" "$(foreign agents bench tests)"
expect_none "bench/ includes nothing from tests/" "$(foreign bench tests)"

threaded='(bench/pool|env/vector)\.c:'
expect_none "threads are started by the pool of trials and the vector environment alone" \
    "$(grep -rnE '^ *# *include *<pthread\.h>' --include='*.[ch]' env agents bench |
        grep -vE "^$threaded"
        uses '(pthread_create|thrd_create) *\(' env agents bench | grep -vE "^  $threaded")"
# But for the last words of a program that has no memory for small things, or whose GLPK gives up;
# for rows of traces that would not fit, which go into a file without a name; and for what a policy
# on the other side of a pipe is asked.
expect_none "env/ and agents/ print nothing and write no file" \
    "$(uses '(printf|puts|putchar|perror|creat|open|write|mkstemp|rename) *\(|stdout|stderr' env agents |
        grep -vE '^  env/(error|solver)\.c: .*fprintf\(stderr' | grep -vE '^  env/spill\.c: .*(mkstemp|write) *\(' |
        grep -vE '^  agents/lib/process\.c: .*write *\('
        grep -rnE 'fopen *\([^)]*"([wa]|r[be]*\+)' --include='*.[ch]' env agents)"
expect_none "nothing asks a shell and nothing sets a locale" \
    "$(uses '(system|popen|setlocale) *\(' env agents bench)"

libm='exp|exp2|exp10|expm1|log|log2|log10|log1p|pow|cbrt|hypot|sin|cos|tan|sincos|asin|acos|atan'
libm="$libm|atan2|sinh|cosh|tanh|asinh|acosh|atanh|erf|erfc|lgamma|lgamma_r|tgamma"
expect_none "the simulator calls no function of libm that is not exact" \
    "$(calls "($libm)(f|l)?" libpoise_env.a)"
expect_none "the agents call no function of libm that is not exact" \
    "$(calls "($libm)(f|l)?" libpoise_agents.a)"

[ "$n_failed" -eq 0 ]
