# SPDX-License-Identifier: Apache-2.0
"""Rows of the benchmark about `muster serve`: against SCIMMY (npm, in memory) and against bare SELECTs.

Service and peer run on one core each time, the load (bench_load.c) on another. SCIMMY is installed
under build/interop, as `make interop` does.
"""
import atexit
import http.client
import importlib.util
import json
import os
import pathlib
import re
import select
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MUSTER", str(TOP / "build" / "muster"))
CORES = sorted(os.sched_getaffinity(0))
SERVICE_CORE, LOAD_CORE = CORES[0], CORES[-1]
PATH = "/scim/v2"
CONNECTIONS, P99_MS, ROUNDS = 32, 5, 3
FEW = 1000  # users for the comparisons: SCIMMY passes all of them at each filter and each creation
LARGE = 50_000  # members of the large group
PAGE, MEMBERS = 1000, 100
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"


def user_body(number, name="user"):
    return {"schemas": [USER, ENTERPRISE], "userName": f"{name}{number:07d}@example.com", "active": True,
            "externalId": f"{name}-{number}", "displayName": f"Given{number} Family{number}", "title": "Engineer",
            "name": {"givenName": f"Given{number}", "familyName": f"Family{number}"},
            "emails": [{"value": f"{name}{number:07d}@example.com", "type": "work", "primary": True}],
            ENTERPRISE: {"employeeNumber": str(number), "department": "Research"}}


class Server:
    """A process on the service's core, and a client of few words."""

    def __init__(self, command, expect, **more):
        self.problems = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                        stderr=self.problems,
                                        preexec_fn=lambda: os.sched_setaffinity(0, {SERVICE_CORE}), **more)
        ready = select.select([self.process.stdout], [], [], 60)[0]
        found = re.search(expect, self.process.stdout.readline() if ready else "")
        if not found:
            self.stop()
            self.problems.seek(0)
            raise RuntimeError(f"{command[0]} does not start: {self.problems.read()[-2000:]}")
        self.port = int(found.group(1))
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def call(self, token, method, path, body=None):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
        self.connection.request(method, PATH + path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:500]}")
        return json.loads(data) if data else None

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024

    def load(self, token, lines, connections=CONNECTIONS, seconds=2.0, limit=0):
        """Requests in turn; what bench_load says of them, and how much processor time each took here."""
        with tempfile.NamedTemporaryFile("w", suffix=".requests", dir="/var/tmp") as f:
            f.write("\n".join(lines) + "\n")
            f.flush()
            before = self.processor_seconds()
            run = subprocess.run([TOP / "build/bench/bench_load", "127.0.0.1", str(self.port), token, str(connections),
                                  str(seconds), f.name, str(limit)], capture_output=True, text=True, check=False,
                                 preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}), timeout=600)
            spent = self.processor_seconds() - before
        if run.returncode != 0:
            raise RuntimeError(f"bench_load: {run.stderr}")
        result = json.loads(run.stdout)
        if result["failed"] or not result["requests"]:
            raise RuntimeError(f"{lines[0][:80]}: {result}")
        result["processor_ms"] = spent * 1000 / result["requests"]
        return result

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Inbox:
    """A private folder with an inbox and a token; start() serves it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster.bench.", dir="/var/tmp"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.file = self.folder / "inbox.db"
        # Load is what is measured here, neither the limit for it nor the guard.
        config = {"version": 1, "serve": {"store": str(self.file), "per_second": 10**6,
                                          "guard": {"count": 0, "percent": 0}}}
        (self.folder / "muster.yaml").write_text(json.dumps(config))
        self.token = subprocess.run([PROGRAM, "token", "create", "bench", "--store", self.file], check=True, text=True,
                                    capture_output=True).stdout.strip()

    def start(self):
        return Server([PROGRAM, "-c", str(self.folder / "muster.yaml"), "serve", "--listen", "127.0.0.1:0"], r"http://127\.0\.0\.1:(\d+)/")

    def bytes(self):
        return sum(f.stat().st_size for f in self.folder.glob("inbox.db*"))

    def select(self, sql, repeats, step):
        run = subprocess.run([TOP / "build/bench/bench_select", self.file, sql, str(repeats), str(step)], text=True,
                             preexec_fn=lambda: os.sched_setaffinity(0, {SERVICE_CORE}), capture_output=True,
                             check=True)
        return json.loads(run.stdout)


def scimmy_start(token):
    spec = importlib.util.spec_from_file_location("interop_conftest", TOP / "tests/interop/conftest.py")
    interop = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(interop)
        program = interop.scimmy_program()
    except (OSError, AssertionError, subprocess.SubprocessError) as e:
        raise RuntimeError(f"SCIMMY, the peer, cannot be installed from npm: {e}") from e
    return Server(["node", str(program), token], r"port (\d+)", cwd=program.parent)


# --- against SCIMMY

class Match:
    """Our service and SCIMMY with the same users."""

    def __init__(self, users=FEW):
        self.inbox = Inbox()
        self.token = self.inbox.token
        self.ours = self.inbox.start()
        self.peer = None
        try:
            self.peer = scimmy_start(self.token)
            self.ids = {s: [s.call(self.token, "POST", "/Users", user_body(i))["id"] for i in range(users)]
                        for s in (self.ours, self.peer)}
        except BaseException:
            self.stop()
            raise

    def play(self, row, lines, ours, peer):
        """Rounds of both; lines(service, round) are the requests. The worst p99 of ours goes with the row."""
        worst, ratios = 0.0, []
        for number in range(-1, ROUNDS):
            theirs = self.peer.load(self.token, lines(self.peer, number), **peer)
            own = self.ours.load(self.token, lines(self.ours, number), **ours)
            if number < 0:
                continue  # both are warm from here on
            row.floor.append(theirs["per_second"])
            row.ours.append(own["per_second"])
            ratios.append(theirs["processor_ms"] / own["processor_ms"])
            worst = max(worst, own["p99_ms"])
        row.more = {"p99": f"{worst:.2f} ms", "a processor second": f"{statistics.median(ratios):.1f}x"}
        return worst

    def stop(self):
        for service in (self.ours, self.peer):
            if service:
                service.stop()
        shutil.rmtree(self.inbox.folder, ignore_errors=True)


def reads(row_class, fact, name, line):
    match = Match()
    try:
        row = row_class(name, "/s", "SCIMMY")
        worst = match.play(row, lambda service, _: [line(i, key) for i, key in enumerate(match.ids[service])],
                           {"seconds": 2}, {"seconds": 3})
        yield row.finish(30, "more")
        yield fact(name + "_p99", worst, "ms", P99_MS)
    finally:
        match.stop()


def row_get(row_class, fact, _):
    """A user by id, with a bearer token, on one core."""
    yield from reads(row_class, fact, "serve_get", lambda _, key: f"GET {PATH}/Users/{key}")


def row_filter(row_class, fact, _):
    """A user by userName, as identity providers look for everyone first."""
    def line(number, _):
        name = user_body(number)["userName"]
        return f"GET {PATH}/Users?filter=" + urllib.parse.quote(f'userName eq "{name}"')
    yield from reads(row_class, fact, "serve_filter", line)


def row_post(row_class, _, __):
    """Creations: ours are on disk when they are answered, SCIMMY's are in memory."""
    match = Match(users=1)
    try:
        row = row_class("serve_post", "/s", "SCIMMY")
        match.play(row, lambda _, number: [f"POST {PATH}/Users " + json.dumps(user_body(0, f"r{number + 1}-{{n}}-"))],
                   {"seconds": 60, "limit": 4000}, {"seconds": 60, "limit": 500})
        figures = dict(line.rsplit(" ", 1) for line in metrics(match.ours) if not line.startswith("#"))
        row.more["requests a commit"] = "{:.1f}".format(
            int(figures["muster_scim_committed_requests_total"]) / int(figures["muster_scim_commits_total"]))
        yield row.finish(5, "more")
    finally:
        match.stop()


def metrics(service):
    service.connection.request("GET", "/metrics")
    return service.connection.getresponse().read().decode().splitlines()


# --- against ourselves and the bare file

class Crowd:
    """An inbox of many users, made once a run; then groups, for the rows that need some."""
    made = {}

    def __init__(self, users):
        self.inbox, self.users = Inbox(), users
        self.ids, self.groups = [], None
        service = self.inbox.start()
        try:
            for first in range(0, users, 1000):
                self.ids += self.bulk(service, "/Users", [user_body(i) for i in range(first, first + 1000)])
        finally:
            service.stop()
        self.bytes = self.inbox.bytes()

    def bulk(self, service, path, bodies):
        operations = [{"method": "POST", "path": path, "bulkId": str(i), "data": body} for i, body in enumerate(bodies)]
        answer = service.call(self.inbox.token, "POST", "/Bulk",
                              {"schemas": [MESSAGE + "BulkRequest"], "Operations": operations})
        if any(o["status"] != "201" for o in answer["Operations"]):
            raise RuntimeError(f"bulk: {[o for o in answer['Operations'] if o['status'] != '201'][:1]}")
        return [o["location"].rsplit("/", 1)[1] for o in answer["Operations"]]

    def group(self, number, members):
        return {"schemas": [GROUP], "displayName": f"team-{number:05d}", "members": [{"value": m} for m in members]}

    def groups_make(self, service):
        """1,000 groups of 100, as many of 5, and one of 50,000; once."""
        if self.groups:
            return self.groups
        teams = [self.group(n, [self.ids[(n * 7919 + k * 97) % self.users] for k in range(MEMBERS)])
                 for n in range(PAGE)]
        for first in range(0, PAGE, 50):
            self.bulk(service, "/Groups", teams[first:first + 50])
        small = self.bulk(service, "/Groups", [self.group(PAGE + n, self.ids[n * 5:n * 5 + 5]) for n in range(PAGE)])
        large = self.bulk(service, "/Groups", [self.group(2 * PAGE, [])])[0]
        for first in range(0, LARGE, 10_000):
            service.call(self.inbox.token, "PATCH", f"/Groups/{large}", add(self.ids[first:first + 10_000]))
        self.groups = small, large
        return self.groups


def crowd(scale):
    if scale not in Crowd.made:
        Crowd.made[scale] = Crowd(1_000_000 if scale == "full" else 100_000)
    return Crowd.made[scale]


def add(ids):
    return {"schemas": [MESSAGE + "PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": i} for i in ids]}]}


def row_store(_, fact, scale):
    """What many users cost: bytes on disk, time to the first answer, memory at rest."""
    many = crowd(scale)
    name = f"serve_{many.users // 1000}k"
    starts, resident = [], 0
    for _ in range(5):
        began = time.monotonic()
        service = many.inbox.start()
        try:
            service.call(many.inbox.token, "GET", f"/Users/{many.ids[-1]}")
            starts.append((time.monotonic() - began) * 1000)
            time.sleep(1.5)  # past the first rest of the writer
            resident = max(resident, service.resident_mb())
        finally:
            service.stop()
    yield fact(name + "_disk", many.bytes / many.users, "bytes a user", 1300)
    yield fact(name + "_start", statistics.median(starts), "ms", 50)
    yield fact(name + "_idle", resident, "MB", 20)


def row_patch(row_class, fact, scale):
    """One member more in a group of 50,000 and in one of 5: acknowledged is on disk in both."""
    many = crowd(scale)
    service = many.inbox.start()
    try:
        small, large = many.groups_make(service)
        row = row_class("serve_patch", "ms", "in a group of 5")
        spare, worst, ratios, each = many.ids[LARGE:], 0.0, [], PAGE // (ROUNDS + 1)
        for number in range(ROUNDS + 1):
            mine, spare = spare[:each], spare[each:]
            few = service.load(many.inbox.token, [
                f"PATCH {PATH}/Groups/{g} " + json.dumps(add([m]))
                for g, m in zip(small[number * each:], mine)], 1, 60, each)
            lot = service.load(many.inbox.token, [f"PATCH {PATH}/Groups/{large} " + json.dumps(add([m]))
                                                  for m in mine], 1, 60, each)
            if number == 0:
                continue
            row.floor.append(few["p50_ms"])
            row.ours.append(lot["p50_ms"])
            ratios.append(lot["processor_ms"] / max(few["processor_ms"], 0.001))
            worst = max(worst, lot["p99_ms"])
        row.more = {"p99": f"{worst:.2f} ms", "processor time": f"{statistics.median(ratios):.2f}x"}
        yield row.finish(2)
        yield fact("serve_patch_p99", worst, "ms", P99_MS)
    finally:
        service.stop()


def row_page(row_class, _, scale):
    """Pages of 1,000 against the SELECT of the same rows, nothing done with them."""
    many = crowd(scale)
    service = many.inbox.start()
    columns = "row,id,kind,held,active,extended,version,created,modified,name,label,external,body"
    try:
        many.groups_make(service)
        pages = min(many.users // PAGE, 50)
        users = [f"GET {PATH}/Users?count={PAGE}&startIndex={n * PAGE + 1}" for n in range(pages)]
        row = row_class("serve_page_users", "ms", "SELECT")
        measure(row, many, service, users, PAGE,
                f"SELECT {columns} FROM resource WHERE kind = 1 AND row > ?1 ORDER BY row LIMIT {PAGE}")
        yield row.finish(3)
        row = row_class("serve_page_groups", "ms", "SELECT")
        measure(row, many, service, [f"GET {PATH}/Groups?count={PAGE}"], 0,
                "SELECT m.team, m.person, m.display, r.id, r.kind FROM member AS m CROSS JOIN resource AS r ON "
                f"r.row = m.person WHERE m.team > ?1 AND m.team <= (SELECT max(row) FROM (SELECT row FROM resource "
                f"WHERE kind = 2 AND kind <> 1 AND row > ?1 ORDER BY row LIMIT {PAGE})) ORDER BY m.team, m.person")
        yield row.finish(3)
    finally:
        service.stop()


def measure(row, many, service, lines, step, sql):
    spent = []
    for number in range(-1, ROUNDS):
        bare = many.inbox.select(sql, 20, step)
        ours = service.load(many.inbox.token, lines, 1, 2)
        if bare["rows"] < PAGE:
            raise RuntimeError(f"the SELECT yields {bare['rows']} rows")
        if number >= 0:
            row.floor.append(bare["p50_ms"])
            row.ours.append(ours["p50_ms"])
            spent.append(ours["processor_ms"])
    row.more = {"processor time": f"{statistics.median(spent):.2f} ms", "rows": bare["rows"]}


def rows(row_class, fact):
    """The rows by name, each to be called with the scale."""
    all_rows = {"serve_get": row_get, "serve_filter": row_filter, "serve_post": row_post, "serve_store": row_store,
                "serve_patch": row_patch, "serve_page": row_page}
    return {name: lambda scale, row=row: row(row_class, fact, scale) for name, row in all_rows.items()}
