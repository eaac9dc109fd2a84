#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How much of each room the tests reach: coverage.py OBJECTS. Reads what gcov says of the objects.

A figure to think about, never a gate: a line that was run need not be a line that was checked.
"""
import collections
import json
import pathlib
import subprocess
import sys


def lines_of(objects):
    """{source: {line: was it run}}, all objects together."""
    found = collections.defaultdict(dict)
    # Objects are seen from the folder of their build, and one whose source has moved away says nothing.
    notes = sorted(str(path) for path in pathlib.Path(objects).rglob("*.gcno")
                   if pathlib.Path("src", path.relative_to(objects)).with_suffix(".c").is_file())
    for start in range(0, len(notes), 50):
        said = subprocess.run(["gcov", "--json-format", "--stdout", *notes[start:start + 50]],
                              capture_output=True, text=True, check=True).stdout
        for document in filter(None, said.split("\n")):
            for file in json.loads(document)["files"]:
                if file["file"].startswith("src/"):
                    for line in file["lines"]:
                        known = found[file["file"]].get(line["line_number"], False)
                        found[file["file"]][line["line_number"]] = known or line["count"] > 0
    return found


def main(objects, details):
    rooms = collections.defaultdict(lambda: [0, 0])
    files = lines_of(objects)
    for name, lines in files.items():
        room = "/".join(name.split("/")[1:-1]) or "main"
        for key in {room, room.split("/")[0], "all"}:
            rooms[key][0] += sum(lines.values())
            rooms[key][1] += len(lines)
    for room, (run, total) in sorted(rooms.items()):
        print(f"{100 * run / total:5.1f} %  {run:6} of {total:6} lines  {room}")
    if details:
        for name, lines in sorted(files.items(), key=lambda item: sum(item[1].values()) / len(item[1])):
            print(f"{100 * sum(lines.values()) / len(lines):5.1f} %  {name}")


if __name__ == "__main__":
    main(sys.argv[1], "--files" in sys.argv[2:])
