#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs each fuzzer it is given for FUZZ_SECONDS (default 60) from its corpus, which stays as it is: fuzz.sh PROGRAM...
# As many at a time as there are processors.
set -uo pipefail
export FUZZ_SECONDS=${FUZZ_SECONDS:-60}

# One line that begins with "ok" or "FAIL", after the end of its log when it failed.
fuzz_one() {
    local program=$1 name seeds finds log
    name=$(basename "$program")
    seeds=tests/fuzz/corpus/${name#fuzz_}
    finds=build/fuzz/finds/$name
    log=build/fuzz/$name.log
    mkdir -p "$finds"
    # New finds go to the first folder; the seeds are only read.
    local folders=("$finds")
    [ -d "$seeds" ] && folders+=("$seeds")
    if ASAN_OPTIONS=allocator_may_return_null=1 "$program" -max_total_time="$FUZZ_SECONDS" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="build/fuzz/crash-$name-" \
        "${folders[@]}" >"$log" 2>&1 </dev/null; then
        echo "ok    $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs in $FUZZ_SECONDS s"
    else
        tail -n 60 "$log"
        echo "FAIL  $name: see $log; the input is build/fuzz/crash-$name-*"
    fi
}
export -f fuzz_one

said=$(mktemp) || exit
trap 'rm -f "$said"' EXIT
# shellcheck disable=SC2016  # $1 is the inner shell's
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz_one "$1"' fuzz | tee "$said"
passed=$(grep -c '^ok    ' "$said")
echo "$passed passed, $(($# - passed)) failed"
[ "$passed" -eq $# ]
