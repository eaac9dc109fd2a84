#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the floor plan and the measures of the house: walls.py [TREE [OBJECTS]].

Prints FILE:LINE: what, and exits 1 at any. OBJECTS: the plain objects of the program; with them the
symbols are looked at as well (nm). --figures prints the measures of src/README.md instead.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys

FLOORS = {"base": 1, "model": 2, "expr": 3, "plan": 4, "view": 4, "store": 4, "wire": 4, "config": 4,
          "connect": 5, "serve": 5, "run": 6, "cli": 7, "main": 8}
GROUND = ("base", "model", "expr")  # many small headers, each a door of its own
TABLES = ("cli/commands", "connect/connect")  # they know all of their kind, on purpose
LINES = {".c": 600, ".h": 200}
FUNCTION_LINES = 50
COLUMNS = 100
FOLDER_FILES = 16
CIRCLE_FILES = 3
SPDX = "SPDX-License-Identifier: Apache-2.0"
# The ground's own: the log level, the crash point, the clock of tests, the hash key.
MUTABLE_FILES = ("base/log", "base/crashpoint", "base/clock", "base/hash")
# A signal handler has nothing but a flag, and pthread_once its mark.
MUTABLE_NAMES = re.compile(r"^(stop_signal|once(\.\d+)?)$")

# Names of other programs, libraries and standards that comments speak of.
FOREIGN = {"client_secret_basic", "ldap_int_poll", "ldap_start_tls_s", "pcre2_match_data_create_from_pattern",
           "sd_listen_fds", "sd_notify"}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.S)
STRUCT = re.compile(r"^(?:typedef )?(?:struct|enum|union) (\w+) \{", re.M)
IDENTIFIER = re.compile(r"(?<![\w.%<-])(?:[a-z]\w*_\w+(?![\w-])|[a-z]\w+(?=\(\)))")
STATIC = re.compile(r"^static (?!inline\b)[^;={}()]*?\b(\w+)\([^;{}]*?\)\s*\{", re.M)


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def without_comments(text):
    """The same lines and columns, comments blanked."""
    def blank(found):
        piece = found.group(0)
        return piece if piece[0] in "\"'" else re.sub(r"[^\n]", " ", piece)
    return COMMENT.sub(blank, text)


def comments_of(text):
    for found in COMMENT.finditer(text):
        if found.group(0)[0] == "/":
            yield text.count("\n", 0, found.start()) + 1, found.group(0)


class House:
    """The sources of a tree, and what was found broken in them."""

    def __init__(self, tree):
        self.tree = tree
        self.broken = []
        self.includes = 0
        self.sources = {path.relative_to(tree): read(path) for top in ("src", "tests")
                        for path in sorted((tree / top).rglob("*.[ch]"))}

    def bad(self, name, line, text):
        self.broken.append((str(name), line, text))

    def in_src(self):
        return ((name, text) for name, text in self.sources.items() if name.parts[0] == "src")

    # --- every include runs down, through a door

    def look_at_includes(self):
        for name, text in self.in_src():
            for at, line in enumerate(text.split("\n"), 1):
                found = INCLUDE.match(line)
                if found:
                    self.includes += 1
                    complaint = self.include_complaint(name, pathlib.PurePosixPath(found[1]))
                    if complaint:
                        self.bad(name, at, f'"{found[1]}" {complaint}')

    @staticmethod
    def include_complaint(name, header):
        """Why `name` may not include `header`, or None."""
        here = name.relative_to("src").parent.parts
        room, there = (here[0] if here else "main"), header.parent.parts
        if any(part in (".", "..") for part in header.parts):
            return "is no path from src/"
        if not there or there[0] not in FLOORS:
            return "is in no room"
        if room not in FLOORS:
            return f"is asked for by {room}, a room that is not on the floor plan"
        if room != there[0]:
            if FLOORS[there[0]] >= FLOORS[room]:
                return f"runs up: from {room} (floor {FLOORS[room]}) to floor {FLOORS[there[0]]}"
            if there[0] not in GROUND and str(header) != f"{there[0]}/{there[0]}.h":
                return f'is not the door of {there[0]}: include "{there[0]}/{there[0]}.h"'
            return None
        if here[:len(there)] == there:
            return None  # of its own folder, or of one around it
        if header.stem != there[-1] or here[:len(there) - 1] != there[:-1]:
            return f"is private to {'/'.join(there)}"
        # The kinds of systems do not know each other, and only connect.c knows them all.
        if room == "connect" and len(there) == 2 and str(name) != "src/connect/connect.c":
            return "is a kind of system: only connect.c knows it"
        return None

    # --- the measures: files, folders, functions, captions, columns

    def look_at_measures(self):
        for name, text in self.sources.items():
            lines = text.split("\n")
            lines.pop()
            if not lines or lines[0] != f"/* {SPDX} */":
                self.bad(name, 1, "the first line is not the SPDX line")
            if len(lines) > 1 and not re.match(r"/\* .+", lines[1]):
                self.bad(name, 2, "the second line does not say what the file is for")
            for at, line in enumerate(lines, 1):
                if len(line.expandtabs(8)) > COLUMNS:
                    self.bad(name, at, f"more than {COLUMNS} columns")
            if name.parts[0] == "src":
                if len(lines) > LINES[name.suffix]:
                    self.bad(name, len(lines), f"{len(lines)} lines, at most {LINES[name.suffix]}")
                for at, length in functions(lines):
                    if length > FUNCTION_LINES:
                        self.bad(name, at, f"a function of {length} lines, at most {FUNCTION_LINES}")
        for folder, count in self.folders().items():
            if count > FOLDER_FILES:
                self.bad(folder, 1, f"{count} .c files in one folder, at most {FOLDER_FILES}")
        for name in sorted(self.tree.glob("tests/**/*.py")) + sorted(self.tree.glob("tests/**/*.sh")) + \
                sorted(self.tree.glob(".ci/*")):
            if name.is_file() and SPDX not in "".join(read(name).split("\n")[:2]):
                self.bad(name.relative_to(self.tree), 1, "the SPDX line is missing")

    def folders(self):
        return collections.Counter(name.parent for name, _ in self.in_src() if name.suffix == ".c")

    # --- the names: files named in comments exist, a tag and a static function mean one thing

    def look_at_names(self):
        files = {path.name for top in ("src", "tests", "schemas", "conf") for path in
                 (self.tree / top).rglob("*") if path.is_file()}
        words = self.words()
        tags, statics = collections.defaultdict(list), collections.defaultdict(list)
        for name, text in self.sources.items():
            for at, comment in comments_of(text):
                for cited in re.finditer(r"(?<![<\w./-])(?:\w[\w-]*/)*(\w[\w.-]*\.[ch])(?!\.?\w)", comment):
                    if not self.is_there(name, cited[0], cited[1], files):
                        self.bad(name, at + comment[:cited.start()].count("\n"),
                                 f"the comment names {cited[0]}, which is not there")
                if name.parts[0] == "src":
                    for cited in IDENTIFIER.finditer(comment):
                        if cited[0] not in words:
                            self.bad(name, at + comment[:cited.start()].count("\n"),
                                     f"the comment names {cited[0]}, which is not there")
            if name.parts[0] == "src":
                code = without_comments(text)
                for found in STRUCT.finditer(code):
                    tags[found[1]].append((name, code.count("\n", 0, found.start()) + 1))
                for found in STATIC.finditer(code):
                    statics[found[1]].append((name, code.count("\n", 0, found.start()) + 1))
        for kind, names in (("struct tag", tags), ("static function", statics)):
            for word, places in sorted(names.items()):
                for name, at in places[1:]:
                    self.bad(name, at, f"the {kind} {word} has another meaning in {places[0][0]}")
        self.statics = statics

    def words(self):
        """Every word that code, schemas, profiles, units or manuals know, and the names of files."""
        found = set(FOREIGN) | {name.stem for name in self.sources}
        for text in self.sources.values():
            found.update(re.findall(r"\w+", without_comments(text)))
        for top in ("schemas", "conf", "systemd", "src/man"):
            for path in (self.tree / top).rglob("*"):
                if path.is_file():
                    found.update(re.findall(r"\w+", read(path)))
        return found

    def is_there(self, name, cited, file, files):
        if "/" not in cited:
            return file in files
        return any((self.tree / top / cited).is_file() for top in ("src", "tests", ".", name.parent))

    # --- the symbols: no mutable globals, no circles, no sub-rooms that need each other, no spare doors

    def look_at_symbols(self, objects):
        links = Links(self.tree, objects)
        for unit, symbol in links.mutable:
            self.bad(f"src/{unit}.c", 1, f"mutable global {symbol}")
        if "main" not in links.units:
            return  # a part of the program: who uses what cannot be told
        for circle in links.circles(CIRCLE_FILES):
            self.bad(f"src/{circle[0]}.c", 1,
                     f"a circle of {len(circle)} files, at most {CIRCLE_FILES}: {' '.join(circle)}")
        for one, other, why in links.mutual_rooms():
            self.bad(f"src/{one}", 1, f"needs {other}, which needs it: {why}")
        tests = "\n".join(text for name, text in self.sources.items() if name.parts[0] == "tests")
        words = set(re.findall(r"\w+", without_comments(tests)))
        for unit, symbol in links.spare():
            if symbol not in words:
                self.bad(f"src/{unit}.c", 1, f"{symbol} is public, and no other file uses it")
        for symbol, unit in links.owner.items():
            for name, at in self.statics.get(symbol, ()):
                self.bad(name, at, f"the static function {symbol} is a public name of {unit}.c")


def functions(lines):
    """Line and length of each function body."""
    start = 0
    for at, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = at
        elif line.startswith("}") and start:
            yield start, at - start - 1
            start = 0


class Links:
    """What the objects define and need, by unit ("plan/diff/diff")."""

    def __init__(self, tree, objects):
        # An object whose source has moved away says nothing of this tree.
        paths = [path for path in sorted(pathlib.Path(objects).rglob("*.o"))
                 if (tree / "src" / path.relative_to(objects)).with_suffix(".c").is_file()]
        self.units = {str(path.relative_to(objects).with_suffix("")) for path in paths}
        self.owner, self.mutable, needs = {}, [], collections.defaultdict(set)
        for unit, kind, symbol in self.symbols(objects, paths):
            if kind == "U":
                needs[unit].add(symbol)
            elif kind in "TDBRVG" and symbol != "main":
                self.owner[symbol] = unit
            if kind in "dDbBC" and unit not in MUTABLE_FILES and not MUTABLE_NAMES.match(symbol) and \
                    (unit, symbol) not in self.relocated:
                self.mutable.append((unit, symbol))
        self.uses = {unit: {} for unit in self.units}
        for unit, symbols in needs.items():
            for symbol in symbols & self.owner.keys():
                if self.owner[symbol] != unit:
                    self.uses[unit].setdefault(self.owner[symbol], []).append(symbol)

    def symbols(self, objects, paths):
        """(unit, nm's letter, name) of every symbol; what is constant once relocated is noted."""
        self.relocated = set()
        if not paths:
            return
        table = subprocess.run(["objdump", "-t", *paths], capture_output=True, text=True, check=True)
        unit = ""
        for line in table.stdout.split("\n"):
            head = re.match(r"(.*\.o):\s+file format", line)
            if head:
                unit = str(pathlib.Path(head[1]).relative_to(objects).with_suffix(""))
            elif " .data.rel.ro" in line:
                self.relocated.add((unit, line.split()[-1]))
        listed = subprocess.run(["nm", "-A", *paths], capture_output=True, text=True, check=True)
        for line in listed.stdout.split("\n"):
            found = re.match(r"(.*)\.o:[0-9a-f ]*\s([A-Za-z]) (\S+)$", line)
            if found:
                yield str(pathlib.Path(found[1]).relative_to(objects)), found[2], found[3]

    def circles(self, larger_than):
        """The strongly connected parts of more files than that (Tarjan), the largest first."""
        index, low, stack, found = {}, {}, [], []

        def visit(unit):
            index[unit] = low[unit] = len(index)
            stack.append(unit)
            for other in self.uses[unit]:
                if other in TABLES:
                    continue
                if other not in index:
                    visit(other)
                    low[unit] = min(low[unit], low[other])
                elif other in stack:
                    low[unit] = min(low[unit], index[other])
            if low[unit] == index[unit]:
                at = stack.index(unit)
                if len(stack) - at > larger_than:
                    found.append(sorted(stack[at:]))
                del stack[at:]

        sys.setrecursionlimit(10000)
        for unit in sorted(self.units):
            if unit not in index and unit not in TABLES:
                visit(unit)
        return sorted(found, key=len, reverse=True)

    def mutual_rooms(self):
        """Sub-rooms that need each other, with an example of either way."""
        arrows = {}
        for unit, others in self.uses.items():
            for other, symbols in others.items():
                if unit not in TABLES and other not in TABLES:
                    for pair in sub_rooms(unit, other):
                        arrows.setdefault(pair, f"{unit}.c uses {symbols[0]} of {other}.c")
        for (one, other), why in sorted(arrows.items()):
            if one < other and (other, one) in arrows:
                yield one, other, f"{why}, {arrows[other, one]}"

    def spare(self):
        used = {symbol for others in self.uses.values() for symbols in others.values() for symbol in symbols}
        return sorted((unit, symbol) for symbol, unit in self.owner.items()
                      if symbol not in used and not symbol.startswith("embed_"))


def sub_rooms(one, other):
    """The two folders side by side in which they stand, or nothing when one is around the other."""
    a, b = one.split("/")[:-1], other.split("/")[:-1]
    for depth, (mine, theirs) in enumerate(zip(a, b)):
        if mine != theirs:
            return [("/".join(a[:depth + 1]), "/".join(b[:depth + 1]))]
    return []


def figures(house, objects):
    """The measures of the table in src/README.md, one a line."""
    sources = [(name, text) for name, text in house.in_src() if name.suffix == ".c"]
    lengths = sorted(length for _, text in sources for _, length in functions(text.split("\n")))
    circles = Links(house.tree, objects).circles(1)
    print(f"files {len(sources)}, lines {sum(text.count(chr(10)) for _, text in house.in_src())}")
    print(f"functions {len(lengths)}: median {lengths[len(lengths) // 2]}, "
          f"p90 {lengths[len(lengths) * 9 // 10]}, max {lengths[-1]}")
    print(f"circles {len(circles)}, the largest {max(map(len, circles), default=0)}, "
          f"{sum(map(len, circles))} files in one")
    print(f"files in the fullest folder {max(house.folders().values())}")
    print(f"longest file {max(text.count(chr(10)) for _, text in sources)}, longest header "
          f"{max(text.count(chr(10)) for name, text in house.in_src() if name.suffix == '.h')}")
    print(f"struct tags of two meanings {sum('struct tag' in what for _, _, what in house.broken)}, "
          f"static functions {sum('static function' in what for _, _, what in house.broken)}")


def main(arguments):
    show = "--figures" in arguments
    places = [argument for argument in arguments if not argument.startswith("--")]
    tree = pathlib.Path(places[0] if places else ".").resolve()
    objects = tree / places[1] if len(places) > 1 else None
    house = House(tree)
    house.look_at_includes()
    house.look_at_measures()
    house.look_at_names()
    if objects:
        house.look_at_symbols(objects)
    if show:
        figures(house, objects)
        return 0
    for name, line, text in sorted(house.broken):
        print(f"{name}:{line}: {text}")
    if house.broken:
        print(f"walls: {len(house.broken)} broken", file=sys.stderr)
        return 1
    print(f"walls: {house.includes} includes and {len(house.sources)} files stand")
    return 0


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    sys.exit(main(sys.argv[1:]))
