# SPDX-License-Identifier: Apache-2.0
"""What was answered 2xx is on disk: kill -9 under load, a full disk, graceful stop; limits and slow clients."""
import http.client
import os
import random
import resource
import signal
import socket
import sqlite3
import threading
import time

import pytest


class Writer(threading.Thread):
    """Writes all the time: a user of its own by PATCH and PUT, new users by POST and Bulk, memberships, deletions."""

    def __init__(self, service, number, group, tell):
        super().__init__()
        self.own, self.number, self.group, self.tell = service.twin(), number, group, tell
        self.user = service.find("Users", f'userName eq "w{number}"')["Resources"][0]["id"]
        self.asked = self.done = -1  # of the user's PATCHes
        self.there, self.gone, self.member = set(), set(), set()
        self.fault = None

    def run(self):
        step = 0
        try:
            while True:
                self.one(f"{time.monotonic_ns()}", step)
                step += 1
        except (http.client.HTTPException, ConnectionError):
            pass  # the service is gone
        except BaseException as fault:
            self.fault = fault

    def call(self, answer, *good):
        assert answer.status in good, answer
        self.tell()
        return answer

    def one(self, name, step):
        own, kind = self.own, step % 4
        if kind == 0:
            made = self.call(own.post("/Users", {"userName": f"p{self.number}-{name}"}), 201)["id"]
            self.there.add(made)
            self.call(own.patch(f"/Groups/{self.group}", {"op": "add", "path": "members", "value": [{"value": made}]},
                                {"op": "replace", "path": "externalId", "value": made}), 200, 204)
            self.member.add(made)
        elif kind == 1:
            self.asked += 1
            self.call(own.patch(f"/Users/{self.user}", {"op": "replace", "path": "title", "value": f"{self.asked}"},
                                {"op": "replace", "path": "name.givenName", "value": f"{self.asked}"},
                                {"op": "replace", "path": 'emails[type eq "work"].value', "value": f"{self.asked}@w"},
                                {"op": "replace", "value": {"nickName": f"{self.asked}", "locale": f"{self.asked}"}}), 200)
            self.done = self.asked
        elif kind == 2:
            pair = self.call(own.post("/Bulk", {"Operations": [
                {"method": "POST", "path": "/Users", "bulkId": f"{i}", "data": {"userName": f"b{i}{self.number}-{name}"}}
                for i in (1, 2)]}), 200)
            self.there |= {o["location"].rsplit("/", 1)[1] for o in pair["Operations"]}
        elif self.there - self.member:
            victim = (self.there - self.member).pop()
            self.there.discard(victim)
            self.call(own.delete(f"/Users/{victim}"), 204)
            self.gone.add(victim)


def check_after_a_kill(service, group, writers):
    members = set(service.members(group))
    for w in writers:
        assert w.fault is None, w.fault
        for user in w.there:
            assert service.get(f"/Users/{user}").status == 200
        for user in w.gone:
            assert service.get(f"/Users/{user}").status == 404
        assert w.member <= members
        # all of a PATCH or nothing of it, and not an older one than was told
        user = service.get(f"/Users/{w.user}")
        seen = {user["title"], user["name"]["givenName"], user["nickName"], user["locale"],
                user["emails"][0]["value"].removesuffix("@w")}
        assert len(seen) == 1 and w.done <= int(seen.pop()) <= w.asked, user
    assert service.get(f"/Groups/{group}").json.get("externalId") in members
    with sqlite3.connect(service.store) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        counted = db.execute("select users, teams, members from total").fetchone()
        assert counted == tuple(db.execute(q).fetchone()[0] for q in (
            "select count(*) from resource where kind = 1 and held = 0", "select count(*) from resource where kind = 2",
            "select count(*) from member where held = 0"))


@pytest.mark.limit(180)
def test_kill_at_random_moments(service):
    """Eight rounds of load, each ended by SIGKILL at a moment of chance, on the same file."""
    group = service.group("g", service.user("first"))
    service.patch(f"/Groups/{group}", {"op": "add", "path": "externalId", "value": service.members(group)[0]})
    for number in range(8):
        same = {"title": "-1", "nickName": "-1", "locale": "-1", "name": {"givenName": "-1"}}
        service.user(f"w{number}", emails=[{"type": "work", "value": "-1@w"}], **same)
    for round_number in range(8):
        left, lock, enough = random.randrange(1, 250), threading.Lock(), threading.Event()

        def tell():
            nonlocal left
            with lock:
                left -= 1
                if left <= 0:
                    enough.set()

        writers = [Writer(service, number, group, tell) for number in range(8)]
        for w in writers:
            w.asked = w.done = int(service.get(f"/Users/{w.user}")["title"])
            w.start()
        assert enough.wait(60), round_number
        service.process.process.send_signal(signal.SIGKILL)
        for w in writers:
            w.join()
        service.process.stop()
        service.start()
        check_after_a_kill(service, group, writers)


def test_group_commit(service):
    def work(number):
        own = service.twin()
        for i in range(20):
            assert own.post("/Users", {"userName": f"{number}-{i}"}).status == 201

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures = dict(line.rsplit(" ", 1) for line in service.get("//metrics").body.decode().splitlines()
                   if not line.startswith("#"))
    assert int(figures["muster_scim_committed_requests_total"]) == 320
    assert int(figures["muster_scim_commits_total"]) < 320


def test_the_log_stays_short(service):
    """A hundred megabytes without a pause: what was moved into the file makes room in the log again."""
    log = service.store.with_name(service.store.name + "-wal")
    longest = 0
    for i in range(60):
        got = service.post("/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": str(n),
             "data": {"userName": f"u{i}-{n}", "title": "x" * 30000}} for n in range(60)]})
        assert got.status == 200 and all(o["status"] == "201" for o in got["Operations"])
        longest = max(longest, log.stat().st_size)
    assert service.store.stat().st_size > 60 << 20
    assert longest < 50 << 20, longest


def test_full_disk(muster, start_service):
    """A file-size limit stands for the full disk: what cannot be written is a 503, reading goes on."""
    service = start_service()
    user = service.user("before")
    service.stop()
    resource_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024, resource_limit[1]))
    try:
        service.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, resource_limit)
    made, answers = [], []
    for i in range(60):
        got = service.post("/Users", {"userName": f"u{i}", "title": "x" * 30000})
        answers.append(got.status)
        if got.status == 201:
            made.append(got["id"])
    print(answers)
    assert set(answers) == {201, 503}, answers
    assert service.get(f"/Users/{user}").status == 200
    assert [service.get(f"/Users/{m}").status for m in made] == [200] * len(made)
    service.process.stop()
    service.start()
    assert service.get("/Users?count=0")["totalResults"] == len(made) + 1
    assert service.post("/Users", {"userName": "after"}).status == 201


def test_graceful_stop(service):
    service.user("ada")
    ended = service.stop()
    assert ended.code == 0 and "stopping" in ended.err


def test_large_bodies(service):
    got = service.post("/Users", '{"userName": "' + "x" * (3 << 20) + '"}')
    assert got.status == 413 and "maxPayloadSize" in got["detail"]
    service.connection.close()
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    head = (f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.token}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n").encode()
    assert b" 413 " in service.raw(head + chunk * 3 + b"0\r\n\r\n").split(b"\r\n")[0]
    try:
        assert service.raw(head + chunk * 20)[:12] in (b"", b"HTTP/1.1 413")
    except ConnectionError:
        pass
    huge = b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 100000 + b"\r\n\r\n"
    try:
        assert service.raw(huge)[:10] in (b"", b"HTTP/1.1 4")
    except ConnectionError:
        pass
    operations = [{"op": "add", "path": "title", "value": "x"}] * 1001
    assert service.patch("/Users/" + service.user("ada"), *operations).status == 413


@pytest.mark.parametrize("data", [b"", b"GET", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\r\n\r\n\r\n",
                                  b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
                                  b"GET /%00%ff HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 100,
                                  b"POST /scim/v2/Users HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                                  b"BREW /scim/v2/Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"])
def test_half_requests(service, data):
    try:
        got = service.raw(data, close=True, patience=0.5)
    except ConnectionError:
        got = b""
    assert got == b"" or got.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), got
    assert service.get("/Users").status == 200


def test_a_byte_at_a_time(service):
    host, port = service.host.split(":")
    request = (f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.token}\r\nContent-Type: "
               'application/json\r\nContent-Length: 16\r\nConnection: close\r\n\r\n{"userName":"a"}').encode()
    with socket.create_connection((host, int(port)), timeout=30) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(request)):
            s.send(request[i:i + 1])
        assert s.recv(65536).startswith(b"HTTP/1.1 201")


@pytest.mark.limit(240)
def test_idle_connections(service):
    wanted = 10000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(wanted, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted + 200), hard))
    host, port = service.host.split(":")
    idle = []
    try:
        begun = time.monotonic()
        for _ in range(wanted):
            idle.append(socket.create_connection((host, int(port)), timeout=30))
        assert service.get("/Users?count=0").status == 200
        assert time.monotonic() - begun < 120
        rss = int(open(f"/proc/{service.process.process.pid}/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")
        assert rss < 1 << 30
    finally:
        for s in idle:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert service.get("/Users?count=0").status == 200


def test_health_and_metrics(service):
    assert service.get("//healthz", token="").status == 200
    assert service.get("//readyz", token="").status == 200
    text = service.get("//metrics", token="").body.decode()
    assert text.endswith("\n") and "muster_scim_requests_total" in text
    # what came through a proxy needs a token
    assert service.get("//metrics", token="", X_Forwarded_For="10.0.0.1").status == 401
