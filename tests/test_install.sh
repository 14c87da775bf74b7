#!/bin/sh
# test_install.sh SOURCE BUILD - what is installed is enough: a program elsewhere finds Poise by
# find_package and by pkg-config, builds against it, and both builds say the same; the program looks
# for scenarios where it was installed. CC and CFLAGS are those of the build (a sanitizer must be
# linked on both sides).
set -eu
source=$1
build=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cc=${CC:-cc}

cmake --install "$build" --prefix "$place/prefix" >/dev/null
module=$(find "$place/prefix" -name poise.pc)
PKG_CONFIG_PATH=$(dirname "$module")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH

cmake -G Ninja -S "$source/tests/consumer" -B "$place/build" -DCMAKE_PREFIX_PATH="$place/prefix" \
    -DCMAKE_C_COMPILER="$cc" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
cmake --build "$place/build" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }

# shellcheck disable=SC2046,SC2086 # flags are words
$cc ${CFLAGS:-} $(pkg-config --cflags poise) -o "$place/by_pkg_config" \
    "$source/tests/consumer/main.c" $(pkg-config --libs poise)

"$place/build/consumer" "$place/prefix" >"$place/1.txt"
"$place/by_pkg_config" "$place/prefix" >"$place/2.txt"
cat "$place/1.txt"
cmp "$place/1.txt" "$place/2.txt"

# A plug-in needs nothing but the headers, and is opened by the program.
cmake -G Ninja -S "$source/examples/plugin" -B "$place/plugin" -DCMAKE_PREFIX_PATH="$place/prefix" \
    -DCMAKE_C_COMPILER="$cc" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
cmake --build "$place/plugin" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
"$place/prefix/bin/poise" show "$place/plugin/my_policy.so" | grep -q '^my_policy: '

# The program finds its scenarios where it was installed.
"$place/prefix/bin/poise" info >"$place/info.txt"
grep -qF "$place/prefix" "$place/info.txt"

# Experiments are there, too.
cmp "$source/bench/experiments/tiny-v1.yaml" "$place/prefix/share/poise/experiments/tiny-v1.yaml"

# So it does its policies, one of which plays.
id=$(sed -n '2s/,.*//p' "$source/policies/results.csv")
"$place/prefix/bin/poise" list policies | grep -q "^  $id "
"$place/prefix/bin/poise" eval "${id%.*}" -p "$id" --seeds 0 -q |
    grep -qF "(policy $place/prefix/bin/../share/poise/policies/$id.safetensors)"

want=$(sed -n 's/^#define POISE_VERSION "\(.*\)"/\1/p' "$source/env/poise.h")
[ "$(pkg-config --modversion poise)" = "$want" ]
grep -q "^Poise $want\$" "$place/1.txt"
