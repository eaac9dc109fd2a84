# SPDX-License-Identifier: Apache-2.0
"""What a person sees who sits at a terminal: progress while it works, colour, and neither in a pipe."""
import os
import pty
import re
import subprocess

import pytest

PEOPLE = 400


@pytest.fixture
def company(muster, write, start_scim):
    lines = "".join(f"u{i}@example.com,Person {i},t{i % 3}\n" for i in range(PEOPLE))
    roster = write("staff.csv", "userName,displayName,team\n" + lines)
    service = start_scim(latency=20)
    muster.configure({"systems": {"staff": {"kind": "file", "path": roster}, "crm": service.system()},
                      "syncs": {"crm": {"from": "staff", "to": "crm", "pace": {"in_flight": 8}}}})
    return muster


def on_terminal(muster, *words, **more):
    """Everything that appears on a terminal, and the exit code."""
    command, environment = muster.prepare(words, {"TERM": "xterm", **more})
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
                          cwd=muster.folder) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:   # the terminal is closed once nobody is on its other side
                break
            shown += piece
        code = child.wait(60)
    os.close(ours)
    return code, shown.decode()


def test_progress_tells_what_how_far_how_fast_and_how_long(company):
    code, shown = on_terminal(company, "sync")
    assert code == 0, shown
    steps = re.findall(r"\r\x1b\[Kcrm: changing ([\d,]+) of 803, (\d+:\d\d) left, ([\d,]+)/s", shown)
    assert len(steps) >= 3 and "crm: reading" in shown, shown
    done = [int(step[0].replace(",", "")) for step in steps]
    assert done == sorted(done) and done[-1] > done[0]
    # The line is wiped before the report, which is in colour.
    assert re.search(r"\r\x1b\[K\x1b\[1mcrm: 400 to create", shown), shown[-2000:]
    assert "\x1b[32m  + user   u0@example.com" in shown


def test_no_colour_where_it_is_not_wanted(company):
    for words, more in ((("--no-color", "plan"), {}), (("plan",), {"NO_COLOR": "1"}), (("plan",), {"TERM": "dumb"})):
        code, shown = on_terminal(company, *words, **more)
        assert code == 0 and "400 to create" in shown and "\x1b[3" not in shown, (words, more, shown[:500])
    quiet = on_terminal(company, "-q", "plan")[1]
    assert "reading" not in quiet, quiet


def test_a_pipe_gets_neither(company):
    result = company("sync")
    assert result.code == 0 and "\x1b" not in result.out + result.err and "changing" not in result.err, result
