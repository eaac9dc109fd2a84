#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Proves the floor plan and the measures of the house: walls.sh [TREE [OBJECTS]]; prints FILE:LINE: what, exits 1 at any.
set -euo pipefail
export LC_ALL=C
cd "${1:-.}"
objects=${2:-}
found=$(mktemp)
trap 'rm -f "$found"' EXIT

# --- every include runs down, through a door

# Prints "FILE LINE HEADER" for each include of our own.
includes() {
    find src -name '*.[ch]' -exec grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"' {} + |
        sed -E 's/^([^:]+):([0-9]+):[^"]*"([^"]+)".*/\1 \2 \3/'
}

includes | awk '
BEGIN {
    split("base 1 model 2 plan 3 store 3 wire 3 config 3 connect 4 serve 4 run 5 cli 6 main 7", words, " ")
    for (i = 1; i in words; i += 2)
        floor[words[i]] = words[i + 1]
}
function bad(text) { printf "%s:%s: %s\n", $1, $2, text }
{
    n = split($1, path, "/")
    room = n == 2 ? "main" : path[2]
    parts = split($3, door, "/")
    to = door[1]
    if ($3 ~ /(^|\/)\.\.?\//) { bad("\"" $3 "\": paths are seen from src/"); next }
    if (!(to in floor) || parts < 2) { bad("\"" $3 "\" is in no room"); next }
    if (!(room in floor)) { bad("the room " room " is not on the floor plan"); next }
    if (room != to) {
        if (floor[to] >= floor[room]) { bad(room " (floor " floor[room] ") includes " to " (floor " floor[to] ")"); next }
        if (to != "base" && to != "model" && $3 != to "/" to ".h")
            bad("\"" $3 "\" is not the door of " to ": include \"" to "/" to ".h\"")
        next
    }
    # Inside connect/ the kinds do not know each other, and only connect.c knows them all.
    kind = n == 4 ? path[3] : ""
    their = parts == 3 ? door[2] : ""
    if (their != "" && their != kind && !($1 == "src/" room "/" room ".c" && $3 == room "/" their "/" their ".h"))
        bad("\"" $3 "\" is private to " room "/" their)
}' >>"$found"

# --- the measures: files, functions, captions, columns

measure() {
    awk '
    function bad(at, text) { printf "%s:%d: %s\n", FILENAME, at, text }
    function flush_file() {
        if (file == "")
            return
        limit = file ~ /\.h$/ ? 200 : 600
        if (in_src && lines > limit)
            printf "%s:%d: %d lines, at most %d\n", file, lines, lines, limit
    }
    FNR == 1 {
        flush_file()
        file = FILENAME; start = 0
        in_src = FILENAME ~ /^src\//
        if ($0 != "/* SPDX-License-Identifier: Apache-2.0 */")
            bad(1, "the first line is not the SPDX line")
    }
    FNR == 2 && $0 !~ /^\/\* .+/ { bad(2, "the second line does not say what the file is for") }
    { lines = FNR }
    {
        wide = $0
        gsub(/[\200-\277]/, "", wide) # the later bytes of a UTF-8 character
        for (column = 0; (tab = index(wide, "\t")) > 0; wide = substr(wide, tab + 1))
            column = int((column + tab - 1) / 8 + 1) * 8
        if (column + length(wide) > 100)
            bad(FNR, "more than 100 columns")
    }
    in_src && /^\{/ { start = FNR }
    in_src && /^\}/ && start {
        if (FNR - start - 1 > 60)
            bad(start, "a function of " FNR - start - 1 " lines, at most 60")
        start = 0
    }
    END { flush_file() }' "$@"
}
sources=$(find src tests -name '*.[ch]' 2>/dev/null | sort || true)
# shellcheck disable=SC2086 # a list of our own file names
[ -z "$sources" ] || measure $sources >>"$found"

scripts=$(find tests .ci \( -name '*.sh' -o -name '*.py' -o -path '.ci/*' \) -type f 2>/dev/null | sort || true)
for script in $scripts; do
    head -n 2 "$script" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
        echo "$script:1: the SPDX line is missing"
done >>"$found"

# --- no mutable globals but the ground's own: the log level, the fault counter, the clock of tests, the hash key

if [ -n "$objects" ]; then
    find "$objects" -name '*.o' | sort | while read -r object; do
        objdump -t "$object" | awk -v object="${object#"$objects"/}" '
            $0 ~ / O \.(data|bss|tdata|tbss)/ && $0 !~ / O \.data\.rel\.ro/ &&
            object !~ /^base\/(log|fault|clock|hash)\.o$/ {
                # A signal handler has nothing but a flag, and pthread_once its mark.
                if ($NF ~ /^(stop_signal|once\.[0-9]+)$/)
                    next
                sub(/\.o$/, ".c", object)
                printf "src/%s:1: mutable global %s\n", object, $NF
            }'
    done >>"$found"
fi

if [ -s "$found" ]; then
    sort -t: -k1,1 -k2,2n "$found"
    echo "walls: $(wc -l <"$found") broken" >&2
    exit 1
fi
echo "walls: $(includes | wc -l) includes and $(wc -w <<<"$sources") files stand"
