#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs test programs and pytest folders, and ends with one line that counts both: N passed, N failed.

run.py [--jobs N] [--timeout SECONDS] NAME... where a NAME is a program that speaks TAP (cmocka does)
or a folder or file of pytest. What crashes, hangs, says nothing, or leaves a promised test out has
failed; so has a skipped test, because here nothing that is needed may be missing.
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

PLAN = re.compile(r"^1\.\.(\d+)\s*$")
POINT = re.compile(r"^(not )?ok \d+(.*)$")
UNHAPPY = re.compile(r"^not ok \d+ - (.*)|^(==\d+==ERROR: .*)|^(\S+\.c:\d+:\d+: runtime error: .*)|^(FAIL .*)"
                     r"|^(stopped: .*)|^(not there, .*)")
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed$")
RESULTS = "build/results"


def run_bounded(command, timeout, environment):
    """The output and the exit code of a command; 'timeout' ends its whole process group."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, env=environment, start_new_session=True)
    try:
        out = child.communicate(timeout=timeout)[0]
        code = child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out = child.communicate()[0] + b"\nstopped: it took more than %d s\n" % timeout
        code = -signal.SIGKILL
    return out.decode(errors="replace"), code


def reasons_of(text, passed, failed, code):
    """What a person wants to read last: which tests failed, or why the program counts as failed."""
    found = [next(filter(None, match.groups())).strip() for match in map(UNHAPPY.match, text.splitlines())
             if match]
    if found:
        return found[:5] + ([f"and {len(found) - 5} more"] if len(found) > 5 else [])
    if code < 0:
        return [f"ended by {signal.Signals(-code).name}"]
    if passed + failed == 1 and failed:
        return [f"exit {code} without a word of TAP"]
    return [f"exit {code}, or a promised test was left out"]


def count_tap(text, code):
    planned = passed = failed = 0
    closing = None
    for line in text.splitlines():
        plan, point, end = PLAN.match(line), POINT.match(line), CLOSING.match(line)
        if plan:
            planned += int(plan.group(1))
        elif point and not point.group(1) and "# SKIP" not in line:
            passed += 1
        elif point:
            failed += 1
        elif end:
            closing = int(end.group(1)), int(end.group(2))
    if planned == 0 and closing:
        passed, failed = closing
    failed += max(0, planned - passed - failed)
    if passed + failed == 0 or (code != 0 and failed == 0):
        failed += 1
    return passed, failed


def run_program(path, timeout):
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", TZ="UTC", LC_ALL="C.UTF-8")
    environment.setdefault("ASAN_OPTIONS", "detect_stack_use_after_return=1:strict_string_checks=1")
    environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    start = time.monotonic()
    if os.access(path, os.X_OK):
        text, code = run_bounded([path], timeout, environment)
    else:
        text, code = "not there, or not a program\n", 127
    passed, failed = count_tap(text, code)
    return path, passed, failed, text, code, time.monotonic() - start


def run_programs(paths, jobs, timeout, verbose):
    total_passed = total_failed = 0
    bad = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for path, passed, failed, text, code, seconds in pool.map(
                lambda p: run_program(p, timeout), paths):
            total_passed += passed
            total_failed += failed
            if failed or verbose:
                print(text, end="" if text.endswith("\n") else "\n")
            bad += [f"{path}: {reason}" for reason in reasons_of(text, passed, failed, code) if failed]
            print(f"{'FAIL' if failed else 'ok  '}  {path}: {passed} passed, {failed} failed"
                  f"{f', exit {code}' if code else ''} ({seconds:.1f} s)", flush=True)
    return total_passed, total_failed, bad


def pytest_reasons(suite):
    """"file::test: the first line of what went wrong" of each test that did not pass."""
    for case in suite.iter("testcase"):
        for kind in ("failure", "error", "skipped"):
            found = case.find(kind)
            if found is not None:
                said = (found.get("message") or found.text or kind).strip().split("\n")[0]
                yield f"{case.get('classname', '').replace('.', '/')}::{case.get('name')}: {kind}: {said[:200]}"


def run_pytest(paths, timeout, verbose):
    os.makedirs(RESULTS, exist_ok=True)
    report = f"{RESULTS}/pytest.{os.getpid()}.xml"
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", TZ="UTC", LC_ALL="C.UTF-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml", report,
               "-v" if verbose else "-q", "--tb=short", "-rfEs", "--durations=10",
               "--durations-min=2",
               # Most of a live test is waiting: for time-outs that must hold, for servers to start.
               "-n", "4", *paths]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment,
                             start_new_session=True)
    try:
        code = child.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        code = child.wait()
        print(f"stopped: pytest took more than {timeout} s")
    passed = failed = 0
    why = []
    try:
        for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
            bad = sum(int(suite.get(k, 0)) for k in ("failures", "errors", "skipped"))
            failed += bad
            passed += int(suite.get("tests", 0)) - bad
            why += pytest_reasons(suite)
        os.remove(report)
    except (OSError, xml.etree.ElementTree.ParseError) as trouble:
        failed += 1
        why.append(f"pytest left no report ({trouble}), exit {code}")
    if code != 0 and failed == 0:
        failed += 1
        why.append(f"pytest ended with exit {code}, though every test passed")
    return passed, failed, why


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=1500, help="seconds for one program")
    parser.add_argument("--pytest-timeout", type=int, default=1800, help="seconds for all of pytest")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    folders = [n for n in arguments.names if os.path.isdir(n) or n.endswith(".py")]
    programs = [n for n in arguments.names if n not in folders]
    passed, failed, bad = run_programs(programs, arguments.jobs, arguments.timeout, arguments.verbose)
    if folders:
        sys.stdout.flush()
        more_passed, more_failed, more_bad = run_pytest(folders, arguments.pytest_timeout,
                                                        arguments.verbose)
        passed, failed, bad = passed + more_passed, failed + more_failed, bad + more_bad
    for line in bad:
        print(f"failed: {line}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
