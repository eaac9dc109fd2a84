#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs one test: one.sh NAME, where NAME is seen from tests/ and may leave out what is plain.
#   plan/test_plan, unit/plan/test_plan    a unit test (cmocka)
#   plans/leaver                           a golden case; faults/leaver: the same, stopped at every step
#   fuzz/json                              a fuzzer, FUZZ_SECONDS (10) from its corpus
#   live/test_scim.py[::NAME]              a pytest file or one test of it; also server/, peers/, interop/
set -euo pipefail
name=${1#tests/}
build() { "${MAKE:-make}" --no-print-directory -j"$(nproc)" "$@"; }

case $name in
'')
    echo "make one T=NAME: plan/test_plan, plans/leaver, faults/leaver, fuzz/json or live/test_scim.py[::test]" >&2
    exit 64
    ;;
plans/*)
    build build/tests/plans_runner
    exec build/tests/plans_runner "tests/${name%.case}.case"
    ;;
faults/*)
    build build/tests/faults_runner
    name=${name#faults/}
    exec build/tests/faults_runner "/${name%.case}.case"
    ;;
fuzz/*)
    name=${name#fuzz/}
    name=fuzz_${name#fuzz_}
    build "build/fuzz/${name%.c}"
    FUZZ_SECONDS=${FUZZ_SECONDS:-10} exec tests/fuzz.sh "build/fuzz/${name%.c}"
    ;;
*.py | *.py::*)
    build test-programs
    exec /usr/bin/python3 -m pytest -p no:cacheprovider -q --tb=short "tests/$name"
    ;;
*)
    name=${name#unit/}
    name=${name%.c}
    if ! [ -e "tests/unit/$name.c" ]; then
        echo "There is no tests/unit/$name.c; there are:" >&2
        find tests/unit -name 'test_*.c' | sort | sed 's,tests/unit/\(.*\)\.c,    make one T=\1,' >&2
        exit 64
    fi
    build "build/unit/$name"
    exec "build/unit/$name"
    ;;
esac
