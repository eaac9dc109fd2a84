#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark: every row is a ratio against a floor or a peer measured in the same run.

run.py [ROW...] [--scale small|full] [--compare OLD.jsonl]   (BENCH_SCALE=full does the same)
Rounds alternate (floor, ours, floor, ours ...); rows print the median and the spread, and are also
appended to build/bench/bench.jsonl. A row whose goal is missed fails the run, and so does one that is
15 % worse than in OLD.jsonl and outside its spread. Absolute times are information only.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "peers"), str(TOP / "tests")]

import company  # noqa: E402
import slapd as slapd_module  # noqa: E402
import serve  # noqa: E402
from conftest import ScimService  # noqa: E402

PROGRAM = os.environ.get("MUSTER", str(TOP / "build" / "muster"))
ROUNDS = 5
FEW = 500  # creations of the one-at-a-time floor; more would only take longer


class Row:
    """One result: what it is, ours and the floor's samples, and the goal for their ratio."""

    def __init__(self, name, unit, floor_name):
        self.name, self.unit, self.floor_name = name, unit, floor_name
        self.ours, self.floor, self.more = [], [], {}

    def finish(self, goal, better="less", ratio=None):
        """Prints the row and keeps it; goal None makes it information."""
        ours, floor = statistics.median(self.ours), statistics.median(self.floor or [1])
        ratios = [o / f for o, f in zip(self.ours, self.floor)] or [ours]
        value = ratio if ratio is not None else statistics.median(ratios)
        passed = goal is None or (value <= goal if better == "less" else value >= goal)
        words = [f"{self.name:<18} ours {ours:.3f} {self.unit}"]
        if self.floor:
            words.append(f"{self.floor_name} {floor:.3f} {self.unit}")
            words.append(f"ratio {value:.2f}x")
        if goal is not None:
            words.append(f"goal {'<=' if better == 'less' else '>='}{goal:g}")
            words.append("PASS" if passed else "FAIL")
        if ratio is None and len(ratios) > 1:
            words.append(f"({len(ratios)} rounds {min(ratios):.2f}-{max(ratios):.2f})")
        words += [f"{k} {v}" for k, v in self.more.items()]
        print("  ".join(words), flush=True)
        return {"row": self.name, "unit": self.unit, "ours": ours, "floor": floor if self.floor else None,
                "floor_name": self.floor_name, "ratio": value, "low": min(ratios), "high": max(ratios),
                "goal": goal, "better": better, "passed": passed, **self.more}


def fact(name, value, unit, goal, **more):
    """A row that is one measured value against a limit."""
    row = Row(name, unit, "")
    row.ours, row.more = [value], more
    return row.finish(goal)


# --- running things

class Peak:
    """The most memory a process holds, in MB, watched while it runs.

    Not getrusage: what it tells of a child begins with the memory of the one that forked it.
    """

    def __init__(self, pid):
        self.path, self.kilobytes = f"/proc/{pid}/status", 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.ended.wait(0.02):
            try:
                with open(self.path, encoding="ascii") as f:
                    found = re.search(r"VmHWM:\s+(\d+)", f.read())
            except OSError:
                return
            if found:
                self.kilobytes = int(found.group(1))

    def megabytes(self):
        self.ended.set()
        self.thread.join()
        return self.kilobytes / 1024


class Done:
    """A command that ended: wall and CPU seconds, peak resident MB, and what it said."""

    def __init__(self, wall, cpu, peak, text):
        self.wall, self.cpu, self.peak, self.text = wall, cpu, peak, text


def timed(command, environment=None, expect=(0,), keep=True):
    """Runs a command to its end; what it prints goes to /dev/null unless it is to be kept."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=err,
                                 stdout=out if keep else subprocess.DEVNULL, env=environment)
        peak = Peak(child.pid)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text, problems = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if child.returncode not in expect:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {child.returncode}\n"
                           f"{text[-3000:]}\n{problems[-3000:]}")
    return Done(wall, used.ru_utime + used.ru_stime, peak.megabytes(), text)


def cpu_of(process):
    """CPU seconds that a process that still runs has used."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Place:
    """A private folder with a configuration, and muster run in it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster.bench.", dir="/var/tmp"))

    def configure(self, systems, sync):
        config = {"version": 1, "state": str(self.folder / "state.db"), "systems": systems,
                  "syncs": {"bench": sync}}
        (self.folder / "muster.yaml").write_text(json.dumps(config, indent=1))

    def muster(self, *words, expect=(0,)):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        return timed([PROGRAM, "-c", str(self.folder / "muster.yaml"), *words], environment, expect)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Pages:
    """What a service answered to muster, recorded, and told again by bench_pages at next to no cost.

    The stand-in makes its pages in Python: measured against it, a read would be the time of the stand-in.
    """

    def __init__(self, folder, service):
        self.index, self.data = folder / "pages.index", folder / "pages.data"
        self.origin = service.origin
        self.asked = [e["path"] + ("?" + e["query"] if e["query"] else "") for e in service.log()]
        with open(self.data, "wb") as data, open(self.index, "w", encoding="utf-8") as index:
            for target in dict.fromkeys(self.asked):
                request = urllib.request.Request(service.origin + target, headers={
                    "Authorization": f"Bearer {service.token}", "Accept": "application/scim+json"})
                with urllib.request.urlopen(request, timeout=600) as answer:
                    body = answer.read()
                    head = (f"HTTP/1.1 200 OK\r\nContent-Type: {answer.headers['Content-Type']}\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n").encode()
                index.write(f"{target} {data.tell()} {len(head) + len(body)}\n")
                data.write(head + body)
        self.process = None

    def start(self):
        """The URL's origin of the recording."""
        self.process = subprocess.Popen(
            [str(TOP / "build/bench/bench_pages"), str(self.index), str(self.data)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=slapd_module.die_with_parent)
        self.origin = f"http://127.0.0.1:{self.process.stdout.readline().split()[1]}"
        return self.origin

    def bare_read(self, folder, connections):
        """Seconds that a client needs that does nothing with the pages but receive them."""
        lines = folder / "pages.requests"
        lines.write_text("".join(f"GET {line.split()[0]}\n" for line in self.index.read_text().splitlines()))
        port, count = self.origin.rpartition(":")[2], len(lines.read_text().splitlines())
        done = timed([str(TOP / "build/bench/bench_load"), "127.0.0.1", port, "none", str(connections),
                      "60", str(lines), str(count)])
        return json.loads(done.text)["seconds"]

    def stop(self):
        """Ends it; it must have known all that it was asked for."""
        _, complaints = self.process.communicate(timeout=30)
        if complaints:
            raise RuntimeError("the recording lacks answers: " + complaints[:500])

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


OPEN_GUARD = {"removals": {"count": 10**9}, "rewrites": {"percent": 100}}


# --- rows

def no_change(users, groups, members, rounds):
    """Nothing to do: LDAP and SCIM are read whole, compared, and found equal; the floor is ldapsearch."""
    place = Place()
    folder = tempfile.mkdtemp(prefix="muster.tls.", dir="/tmp")
    server = slapd_module.Slapd(slapd_module.Certificates(folder),
                                company.twin_ldif(users, groups, members), size=1 << 33)
    service = pages = None
    try:
        server.start()
        service = ScimService(str(place.folder), users=users, groups=groups, members=members,
                              no_refs=True, max_results=1000, lifetime=3600)
        target = service.system()
        sync = {"from": "corp", "to": "crm", "guard": OPEN_GUARD}
        place.configure({"corp": server.system(url=server.uri), "crm": target}, sync)
        # A run that adopts what is there: it writes nothing, and shows what has to be recorded.
        place.muster("sync")
        if service.writes():
            raise RuntimeError("a run with nothing to do has written")
        pages = Pages(place.folder, service)
        service.stop()
        target["url"] = pages.start() + target["url"].removeprefix(service.origin)
        place.configure({"corp": server.system(url=server.uri), "crm": target}, sync)
        # Warms the caches; the links stay, for the service is the same under another address.
        place.muster("sync")
        row = Row(f"no_change_{users // 1000}k", "s", "ldapsearch")
        peaks, own, theirs, bare, floor_own = [], [], [], [], []
        for _ in range(rounds):
            bare.append(pages.bare_read(place.folder, 4))
            floor = timed(["ldapsearch", "-LLL", "-x", "-H", server.uri, "-D", server.sync_dn,
                           "-w", server.sync_password, "-b", server.base,
                           "(objectClass=*)", "*", "entryUUID", "modifyTimestamp"], keep=False)
            before = cpu_of(server.process), cpu_of(pages.process)
            done = place.muster("sync")
            theirs.append((cpu_of(server.process) - before[0], cpu_of(pages.process) - before[1]))
            row.floor.append(floor.wall)
            floor_own.append(floor.cpu)
            row.ours.append(done.wall)
            own.append(done.cpu)
            peaks.append(done.peak)
            if "nothing to do" not in done.text:
                raise RuntimeError(f"a second run has something to do:\n{done.text[:2000]}")
        pages.stop()
        row.more = {"cpu": f"{statistics.median(own):.2f} s",
                    "ldapsearch_cpu": f"{statistics.median(floor_own):.2f} s",
                    "slapd_cpu": f"{statistics.median(t[0] for t in theirs):.2f} s",
                    "pages_cpu": f"{statistics.median(t[1] for t in theirs):.2f} s",
                    "pages_alone": f"{statistics.median(bare):.2f} s",
                    "peak": f"{max(peaks):.0f} MB", "requests": len(pages.asked)}
        return row, max(peaks)
    finally:
        server.stop()
        if service:
            service.stop()
        if pages:
            pages.end()
        place.remove()
        shutil.rmtree(folder, ignore_errors=True)


def row_no_change(scale):
    row, peak = no_change(100_000, 5_000, 100, ROUNDS)
    yield row.finish(2.5)
    yield fact("peak_100k", peak, "MB", 150)
    if scale == "full":
        large, peak = no_change(1_000_000, 50_000, 100, 3)
        yield large.finish(2.5)
        yield fact("peak_1000k", peak, "MB", None)
        growth = Row("growth_1M/100k", "s", "100k")
        growth.ours, growth.floor = large.ours, row.ours
        yield growth.finish(11.5, ratio=statistics.median(large.ours) / statistics.median(row.ours))


def row_plan(scale):
    """Thinking alone: both sides in memory, one per cent changed (bench_plan.c)."""
    users = 1_000_000 if scale == "full" else 100_000
    best = None
    for _ in range(3):
        text = timed([str(TOP / "build/bench/bench_plan"), str(users)]).text
        found = re.search(r"join to guard ([\d.]+) s \(cpu ([\d.]+)\)", text)
        shaped = re.search(r"shape ([\d.]+) s", text)
        peak = re.search(r"peak (\d+) MB; allowed: (\d+) MB", text)
        if not (found and shaped and peak):
            raise RuntimeError(f"bench_plan says something else now:\n{text}")
        seconds = *map(float, found.groups()), float(shaped.group(1))
        best = min(best or seconds, seconds)
    name = f"plan_{users // 1000}k"
    # The limit is that of a million users and ten million memberships.
    yield fact(name, best[0], "s", 0.6 * users / 1_000_000, cpu=f"{best[1]:.3f} s",
               shape=f"{best[2]:.3f} s")
    yield fact(name + "_peak", int(peak.group(1)), "MB", int(peak.group(2)))


def create_seconds(count, in_flight):
    """Seconds to create `count` users in a service that answers after 20 ms, muster's CPU, the service's."""
    place = Place()
    service = ScimService(str(place.folder), latency=20, lifetime=3600)
    try:
        roster = place.folder / "roster.csv"
        with open(roster, "w", encoding="utf-8") as f:
            f.write("userName,displayName\n")
            f.writelines(f"user{i:07d}@example.com,User {i}\n" for i in range(count))
        place.configure({"staff": {"kind": "file", "path": str(roster)}, "crm": service.system()},
                        {"from": "staff", "to": "crm", "guard": OPEN_GUARD,
                         "pace": {"in_flight": in_flight, "per_second": 0}})
        before = cpu_of(service.process)
        done = place.muster("sync")
        service_cpu = cpu_of(service.process) - before
        stats = service.control("stats")
        if stats["users"] != count or service.complaints():
            raise RuntimeError(f"{stats} {service.complaints()[:3]}")
        if stats["max_in_flight"] > in_flight:
            raise RuntimeError(f"{stats['max_in_flight']} requests at once, {in_flight} were allowed")
        return done.wall, done.cpu, service_cpu
    finally:
        service.stop()
        place.remove()


def row_creates(scale):
    """10,000 creations at 20 ms: 32 in flight against one at a time, journal included."""
    count = 10_000 if scale == "full" else 4_000
    row = Row("creates_32", "s/1000", "one at a time")
    cpu = []
    for _ in range(2):
        row.floor.append(create_seconds(FEW, 1)[0] * 1000 / FEW)
        wall, *used = create_seconds(count, 32)
        row.ours.append(wall * 1000 / count)
        cpu.append([seconds * 1000 / count for seconds in used])
    row.more = {"rate": f"{1000 / statistics.median(row.ours):.0f}/s",
                "cpu": f"{statistics.median(c[0] for c in cpu):.2f} s/1000",
                "service_cpu": f"{statistics.median(c[1] for c in cpu):.2f} s/1000"}
    yield row.finish(25, "more", statistics.median(row.floor) / statistics.median(row.ours))


ROWS = {"plan": row_plan, "creates": row_creates, "no_change": row_no_change, **serve.rows(Row, fact)}


def compare(rows, path):
    """Rows that got worse by more than 15 % and left the old spread."""
    with open(path, encoding="utf-8") as f:
        old = {entry["row"]: entry for entry in map(json.loads, f) if "row" in entry}
    worse = []
    for row in rows:
        before = old.get(row["row"])
        if not before:
            continue
        if row["better"] == "less":
            bad = row["ratio"] > before["ratio"] * 1.15 and row["ratio"] > before["high"]
        else:
            bad = row["ratio"] < before["ratio"] * 0.85 and row["ratio"] < before["low"]
        if bad:
            worse.append(f"{row['row']}: {before['ratio']:.2f} -> {row['ratio']:.2f}")
    return worse


def sync_rate():
    """How many small synchronous writes the disk takes in a second."""
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as f:
        start, count = time.monotonic(), 0
        while time.monotonic() - start < 0.5:
            f.write(b"x" * 4096)
            f.flush()
            os.fdatasync(f.fileno())
            count += 1
    return count * 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []])
    parser.add_argument("--scale", choices=("small", "full"), default=os.environ.get("BENCH_SCALE", "small"))
    parser.add_argument("--compare")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    head = {"date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "scale": arguments.scale,
            "cores": os.cpu_count(), "load": load, "fdatasync": sync_rate()}
    print(f"# {head['cores']} cores, load {load:.2f}, {head['fdatasync']} fdatasync/s, scale {arguments.scale}"
          f"{'   NOISY: other work is going on' if load > os.cpu_count() / 2 else ''}", flush=True)
    rows, failures = [], 0
    for name in arguments.rows or ROWS:
        try:
            rows += list(ROWS[name](arguments.scale))
        except (RuntimeError, OSError, ValueError) as e:
            failures += 1
            print(f"{name:<18} FAIL  {e}", flush=True)
    output = TOP / "build" / "bench"
    output.mkdir(parents=True, exist_ok=True)
    with open(output / "bench.jsonl", "a", encoding="utf-8") as f:
        f.writelines(json.dumps(entry) + "\n" for entry in [head, *rows])
    for text in compare(rows, arguments.compare) if arguments.compare else []:
        failures += 1
        print("worse: " + text)
    failures += sum(not row["passed"] for row in rows)
    print(f"{sum(row['passed'] for row in rows)} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
