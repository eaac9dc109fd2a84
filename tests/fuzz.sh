#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs each fuzzer it is given for FUZZ_SECONDS (default 60) from its corpus, which stays as it is: fuzz.sh PROGRAM...
set -uo pipefail
seconds=${FUZZ_SECONDS:-60}
passed=0 failed=0

for program in "$@"; do
    name=$(basename "$program")
    seeds=tests/fuzz/corpus/${name#fuzz_}
    finds=build/fuzz/finds/$name
    log=build/fuzz/$name.log
    mkdir -p "$finds"
    # New finds go to the first folder; the seeds are only read.
    folders=("$finds")
    [ -d "$seeds" ] && folders+=("$seeds")
    if ASAN_OPTIONS=allocator_may_return_null=1 "$program" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="build/fuzz/crash-$name-" \
        "${folders[@]}" >"$log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        echo "ok    $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs in $seconds s"
    else
        failed=$((failed + 1))
        tail -n 60 "$log"
        echo "FAIL  $name: see $log; the input is build/fuzz/crash-$name-*"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
