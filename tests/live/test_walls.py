# SPDX-License-Identifier: Apache-2.0
"""The walls can fail: a small tree that stands, and one broken thing at a time that must be named."""
import pathlib
import subprocess

import pytest

WALLS = pathlib.Path(__file__).resolve().parents[1] / "walls.py"
HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n/* For a test. */\n"
GOOD = {
    "src/main.c": '#include "cli/cli.h"\n',
    "src/cli/cli.h": "", "src/cli/cli.c": '#include "run/run.h"\n#include "cli/cli.h"\n',
    "src/run/run.h": "", "src/run/run.c": '#include "plan/plan.h"\n#include "connect/connect.h"\n',
    "src/plan/plan.h": "", "src/plan/internal.h": "", "src/plan/diff/diff.h": "", "src/plan/diff/order.h": "",
    "src/plan/plan.c": '#include "plan/diff/diff.h"\n',
    "src/plan/diff/diff.c": '#include "base/str.h"\n#include "model/entry.h"\n#include "plan/internal.h"\n',
    "src/store/store.h": "", "src/wire/wire.h": "", "src/config/config.h": "",
    "src/serve/serve.h": "", "src/serve/serve.c": '#include "wire/wire.h"\n#include "store/store.h"\n',
    "src/connect/connect.h": "",
    "src/connect/connect.c": '#include "connect/ldap/ldap.h"\n#include "connect/scim/scim.h"\n',
    "src/connect/ldap/ldap.h": "", "src/connect/ldap/internal.h": "",
    "src/connect/ldap/ldap.c": '#include "connect/connect.h"\n#include "connect/ldap/internal.h"\n',
    "src/connect/scim/scim.h": "", "src/connect/scim/scim.c": "",
    "src/base/str.h": "", "src/model/entry.h": '#include "base/str.h"\n',
    "tests/peers/x.py": "",
}


def build(folder, extra):
    for name, text in {**GOOD, **extra}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        head = "# SPDX-License-Identifier: Apache-2.0\n" if name.endswith(".py") else HEAD
        path.write_text(text[1:] if text.startswith("!") else head + text)


def walls(folder, *more):
    done = subprocess.run([WALLS, folder, *more], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_tree_that_stands(folder):
    build(folder, {})
    code, out, err = walls(folder)
    assert (code, err) == (0, ""), out
    assert "16 includes" in out


INCLUDE = [
    ("src/base/str.h", "model/entry.h"), ("src/model/entry.h", "plan/plan.h"),
    ("src/plan/diff/diff.c", "store/store.h"), ("src/store/s.c", "wire/wire.h"),
    ("src/wire/w.c", "config/config.h"), ("src/config/c.c", "plan/plan.h"),
    ("src/serve/serve.c", "connect/connect.h"), ("src/serve/serve.c", "run/run.h"),
    ("src/connect/connect.c", "serve/serve.h"), ("src/run/run.c", "cli/cli.h"),
    ("src/run/run.c", "plan/diff/diff.h"), ("src/run/run.c", "connect/ldap/ldap.h"),
    ("src/connect/ldap/ldap.c", "connect/scim/scim.h"), ("src/connect/other.c", "connect/scim/scim.h"),
    ("src/connect/connect.c", "connect/ldap/internal.h"), ("src/cli/cli.c", "../run/run.h"),
    ("src/plan/plan.c", "plan/diff/order.h"), ("src/plan/join/join.c", "plan/diff/order.h"),
    ("src/connect/ldap/read/read.c", "connect/scim/scim.h"), ("src/expr/path.h", "plan/plan.h"),
    ("src/cli/cli.c", "str.h"), ("src/cli/cli.c", "attic/attic.h"), ("src/attic/a.c", "base/str.h"),
]


@pytest.mark.parametrize("name, include", INCLUDE)
def test_an_include_that_does_not_run_down_through_a_door(folder, name, include):
    build(folder, {name: GOOD.get(name, "") + f'#include "{include}"\n'})
    code, out, err = walls(folder)
    assert code == 1 and "walls: 1 broken" in err
    line = (GOOD.get(name, "")).count("\n") + 3
    assert out.startswith(f"{name}:{line}: ") and len(out.splitlines()) == 1


def function(lines):
    return "int f(int x)\n{\n" + "\tx++;\n" * lines + "}\n"


def measure_id(value):
    return value if isinstance(value, str) and len(value) < 40 and "\n" not in value else "text"


@pytest.mark.parametrize("name, text, complaint", [
    ("src/base/a.c", "!int x;\n/* x */\n", "SPDX"),
    ("src/base/a.c", "!/* SPDX-License-Identifier: Apache-2.0 */\nint x;\n", "what the file is for"),
    ("src/base/a.c", "\n" * 599, "601 lines"), ("src/base/a.h", "\n" * 199, "201 lines"),
    ("src/base/a.c", function(51), "51 lines, at most 50"),
    ("src/base/a.c", "\t" * 12 + "int x;\n", "100 columns"),
    ("tests/unit/base/test_a.c", "x" * 101 + "\n", "100 columns"),
    ("tests/a.sh", "!#!/bin/sh\necho\n", "SPDX"),
], ids=measure_id)
def test_a_measure_that_is_broken(folder, name, text, complaint):
    build(folder, {name: text})
    code, out, _ = walls(folder)
    assert code == 1 and complaint in out and len(out.splitlines()) == 1, out


@pytest.mark.parametrize("name, text", [
    ("src/base/a.c", "\n" * 598), ("src/base/a.h", "\n" * 198), ("src/base/a.c", function(50)),
    ("src/base/a.c", "\t" * 12 + "int;\n"), ("src/base/a.c", "/* " + "é" * 94 + " */\n"),
], ids=measure_id)
def test_a_measure_that_just_holds(folder, name, text):
    build(folder, {name: text})
    assert walls(folder)[0] == 0


def test_a_folder_of_too_many_files(folder):
    build(folder, {f"src/base/a{number}.c": "" for number in range(16)})
    assert walls(folder)[0] == 0
    build(folder, {"src/base/more.c": "", "src/base/more.h": ""})
    code, out, _ = walls(folder)
    assert code == 1 and out == "src/base:1: 17 .c files in one folder, at most 16\n"


@pytest.mark.parametrize("extra, complaint", [
    ({"src/base/a.c": "/* see base/gone.h */\n"}, "src/base/a.c:3: the comment names base/gone.h"),
    ({"src/base/a.c": "/*\n * as in gone.c\n */\n"}, "src/base/a.c:4: the comment names gone.c"),
    ({"src/base/a.c": "int old;\n/* as in\n * gone_name says */\n"},
     "src/base/a.c:5: the comment names gone_name, which is not there"),
    ({"src/base/a.c": "/* see gone() */\n"}, "src/base/a.c:3: the comment names gone, which is not there"),
    ({"src/base/a.c": "struct pair {\n};\n", "src/run/b.c": "struct pair {\n};\n"},
     "src/run/b.c:3: the struct tag pair has another meaning in src/base/a.c"),
    ({"src/base/a.c": "static int twice(int x)\n{\n}\n", "src/run/b.c": "static void twice(void)\n{\n}\n"},
     "src/run/b.c:3: the static function twice has another meaning in src/base/a.c"),
], ids=["a header", "a file", "a word", "a call", "a tag", "a function"])
def test_a_name_that_misleads(folder, extra, complaint):
    build(folder, extra)
    code, out, _ = walls(folder)
    assert code == 1 and out.startswith(complaint) and len(out.splitlines()) == 1, out


@pytest.mark.parametrize("extra", [
    {"src/base/a.c": "/* see base/str.h, str.h, <ldap.h>, x.y.h.z and tests/peers/x.py */\n"},
    {"src/base/a.c": 'const char *name = "gone.c"; /* no comment names it */\n'},
    {"src/base/a.c": "int here_it_is; /* here_it_is is 5_000 of <not_this>, a-b_c and plain() is not */\n",
     "src/base/b.c": "int plain(void);\n"},
    {"src/base/a.c": "struct pair;\nstruct pair one(struct pair x);\n", "src/run/b.c": "struct pair {\n};\n"},
    {"src/base/a.c": "static int twice(int x);\n", "src/run/b.c": "static void twice(void)\n{\n}\n"},
], ids=["files that are there", "a text", "names that are there", "a tag that is only declared", "a function that is only declared"])
def test_a_name_that_is_fine(folder, extra):
    build(folder, extra)
    assert walls(folder)[0] == 0, walls(folder)


def program(folder, units):
    """Objects of a whole program: units are {"room/file": C text}."""
    units = {"main": "int main(void) { return 0; }\n", **units}
    build(folder, {f"src/{name}.c": "" for name in units if not (folder / "src" / f"{name}.c").exists()})
    for name, text in units.items():
        source, target = folder / "x.c", folder / "objects" / (name + ".o")
        source.write_text(text)
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-c", source, "-o", target], check=True)


def ring(names):
    """Each calls the next one, the last the first."""
    return {f"{names[i]}": f"void f{(i + 1) % len(names)}(void); void f{i}(void) {{ f{(i + 1) % len(names)}(); }}\n"
            for i in range(len(names))}


@pytest.mark.parametrize("units, complaint", [
    (ring(["run/a", "run/b", "run/c"]), None),
    (ring(["run/a", "run/b", "run/c", "run/d"]), "a circle of 4 files, at most 3: run/a run/b run/c run/d"),
    (ring(["run/a", "run/b", "cli/commands", "run/d"]), None),
    (ring(["plan/join/a", "plan/diff/b"]), "src/plan/diff:1: needs plan/join, which needs it"),
    (ring(["plan/a", "plan/diff/b"]), None),
    ({"run/a": "void lonely(void) { }\n"}, "src/run/a.c:1: lonely is public, and no other file uses it"),
    ({"run/a": "void by_a_test(void) { }\n"}, None),
    ({"run/a": "void f(void) { }\n", "run/b": "void f(void); static void g(void) { f(); }\n"
      "void (*const by_a_test)(void) = g;\n"}, None),
], ids=["three", "four", "through a table", "sub-rooms", "a room and its sub-room", "spare", "for a test", "used"])
def test_links(folder, units, complaint):
    build(folder, {"tests/unit/test_a.c": "void by_a_test(void);\n"})
    program(folder, units)
    code, out, _ = walls(folder, "objects")
    if complaint:
        assert code == 1 and complaint in out and len(out.splitlines()) == 1, out
    else:
        assert code == 0, out


def test_a_static_function_that_hides_a_public_one(folder):
    build(folder, {"src/run/b.c": "static void f(void)\n{\n}\n"})
    program(folder, {"run/a": "void f(void) { }\n", "run/c": "void f(void); int by_a_test(void) { f(); return 0; }\n"})
    build(folder, {"tests/unit/test_a.c": "int by_a_test(void);\n"})
    code, out, _ = walls(folder, "objects")
    assert code == 1 and out == "src/run/b.c:3: the static function f is a public name of run/a.c\n", out


@pytest.mark.parametrize("name, text, broken", [
    ("run/a", "int counter = 1;\n", ["counter"]),
    ("run/a", "static int seen; int f(void) { return ++seen; }\n", ["seen"]),
    ("run/a", "int *f(void); int *f(void) { static int kept; return &kept; }\n", ["kept"]),
    ("run/a", "const int limit = 5; static const char *const names[] = {\"a\"};\n"
              "const char *f(int i); const char *f(int i) { return names[i]; }\n", []),
    ("base/log", "int level = 1;\n", []),
    ("run/a", "int *f(void); int *f(void) { static int once; return &once; }\n", []),
], ids=measure_id)
def test_mutable_globals(folder, name, text, broken):
    build(folder, {f"src/{name}.c": ""})
    source, target = folder / "x.c", folder / "objects" / (name + ".o")
    source.write_text(text)
    target.parent.mkdir(parents=True)
    subprocess.run(["cc", "-fPIE", "-O1", "-c", source, "-o", target], check=True)
    code, out, _ = walls(folder, folder / "objects")
    assert code == (1 if broken else 0), out
    for symbol in broken:
        assert out.startswith(f"src/{name}.c:1: mutable global {symbol}")
