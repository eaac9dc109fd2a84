# SPDX-License-Identifier: Apache-2.0
"""Whatever comes over the network: a SCIM error or a closed connection, never a wrong 2xx, and the service lives on."""
import json
import os
import resource
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

from conftest_server import ENTERPRISE, MESSAGE, USER

DEEP = 100000
BODIES = {
    "empty": b"", "not JSON": b"<user/>", "cut": b'{"userName": "a"', "after": b'{"userName": "a"} x', "array": b"[]",
    "text": b'"x"', "null": b"null", "duplicate key": b'{"userName": "a", "userName": "b"}',
    "duplicate key inside": b'{"userName": "a", "name": {"givenName": "x", "givenName": "y"}}',
    "depth bomb": b'{"a":' * DEEP + b"1" + b"}" * DEEP, "depth bomb of arrays": b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "open depth bomb": b'{"a":' * DEEP, "40 levels": b'{"a":' * 40 + b"1" + b"}" * 40,
    "not UTF-8": b'{"userName": "\xff"}', "overlong UTF-8": b'{"userName": "\xc0\xaf"}',
    "encoded surrogate": b'{"userName": "\xed\xa0\x80"}', "beyond Unicode": b'{"userName": "\xf4\x90\x80\x80"}',
    "cut UTF-8": b'{"userName": "\xe2\x82"}', "UTF-16": '{"userName": "a"}'.encode("utf-16"),
    "NUL": b'{"userName": "a\x00b"}', "escaped NUL": b'{"userName": "a\\u0000b"}', "NUL after": b'{"userName": "a"}\x00',
    "lone surrogate": b'{"userName": "\\ud800"}', "surrogates turned round": b'{"userName": "\\udc00\\ud800"}',
    "control character": b'{"userName": "a\x01"}', "bad escape": b'{"userName": "\\x41"}',
    "huge number": b'{"userName": "a", "x": 1e99999}', "huge integer": b'{"userName": "a", "x": ' + b"9" * 5000 + b"}",
    "NaN": b'{"userName": "a", "x": NaN}', "comment": b'{/* */ "userName": "a"}', "comma": b'{"userName": "a",}',
}


@pytest.fixture
def places(service):
    user, group = service.user("ada", title="T"), service.group("eng")
    return [("POST", "/Users"), ("PUT", f"/Users/{user}"), ("PATCH", f"/Users/{user}"), ("POST", "/Groups"),
            ("PUT", f"/Groups/{group}"), ("PATCH", f"/Groups/{group}"), ("POST", "/Bulk"), ("POST", "/.search"),
            ("POST", "/Users/.search")]


def counts(service):
    with sqlite3.connect(service.store) as db:
        return db.execute("select max(version), count(*) from resource").fetchone()


def test_bodies_that_are_no_json_object(service, places):
    before = counts(service)
    for name, body in BODIES.items():
        for method, path in places:
            got = service.call(method, path, body)
            assert (got.status, got["scimType"]) == (400, "invalidSyntax"), (name, method, path, got)
            assert got["schemas"] == [MESSAGE + "Error"] and got["status"] == "400" and got["detail"]
    assert counts(service) == before


def test_bodies_of_the_wrong_shape(service, places):
    before = counts(service)
    operations = [None, 7, "x", {}, [], [None], [7], [[]], [{}], [{"op": "add"}], [{"op": 7, "path": "title"}],
                  [{"op": "move", "path": "title", "value": "x"}], [{"op": "add", "path": 7, "value": "x"}],
                  [{"op": "add", "path": "x" * 100000, "value": "x"}], [{"op": "replace", "path": "title[", "value": "x"}],
                  [{"op": "replace", "path": "emails[" + "(" * 1000, "value": "x"}],
                  [{"op": "remove", "path": "emails[" + "not (" * 200 + "value pr" + ")" * 200 + "]"}],
                  [{"op": "add", "path": "id", "value": "x"}], [{"op": "remove"}]]
    for value in operations:
        for method, path in places:
            if method == "PATCH" or path == "/Bulk":
                got = service.call(method, path, {"Operations": value})
                inner = got.json.get("Operations") or [{"status": "400"}]
                assert got.status == 400 or (path == "/Bulk" and {o["status"] for o in inner} == {"400"}), \
                    (value, method, path, got)
    for body in ({"userName": 7, "userNamE": 8}, {"userName": {"a": 1}}, {"userName": "x", "emails": [[1, 2]]},
                 {"userName": "x", "emails": [{"value": {"a": 1}}]}, {"userName": "x", "name": [1, 2]},
                 {"userName": "x", "active": 1.5}, {"userName": "x", "externalId": {"a": []}},
                 {"userName": "x", ENTERPRISE: "y"}, {"schemas": "x"}, {"userName": ["a", "b"]}):
        got = service.post("/Users", body)
        assert got.status == 400 and got["scimType"] in ("invalidValue", "invalidSyntax"), (body, got)
    for body in ({"displayName": ["a", "b"]}, {"displayName": {}}, {"displayName": "g", "members": [[]]}, {"members": []},
                 {"displayName": "g", "members": [{"value": {"a": 1}}]}, {"displayName": "g", "members": [{}]},
                 {"displayName": "g", "members": [{"value": ""}]}):
        got = service.post("/Groups", body)
        assert got.status == 400 and got["scimType"] in ("invalidValue", "invalidSyntax"), (body, got)
    for body in ({"filter": 3}, {"count": "x"}, {"startIndex": {}}, {"attributes": 7}, {"sortBy": []},
                 {"cursor": 1}, {"filter": "(" * 3000}, {"attributes": [7]}, {"sortOrder": "up", "sortBy": "id"}):
        assert service.post("/.search", body).status == 400, body
    assert counts(service) == before


def test_strict_takes_no_other_shape(strict):
    for more in ({"emails": 7}, {"emails": "a@x"}, {"emails": {"value": "a@x"}}, {"emails": [{"value": [7]}]}, {"title": 7},
                 {"emails": ["a@x"]}, {"active": "true"}, {"title": ["x"]}, {"name": "x"}, {"nonsense": 1, "active": "x"}):
        got = strict.post("/Users", {"schemas": [USER], "userName": "x", **more})
        assert got.status == 400 and got["scimType"] in ("invalidValue", "invalidSyntax"), (more, got)
    assert strict.get("/Users?count=0")["totalResults"] == 0


def test_what_is_large_but_sound_is_taken(service):
    many = {f"unknown{i}": i for i in range(5000)}
    made = service.post("/Users", {"userName": "many", **many})
    assert made.status == 201 and "unknown1" not in made.json
    emails = [{"value": f"{i}@example.com", "type": "work"} for i in range(2000)]
    made = service.post("/Users", {"userName": "mails", "emails": emails})
    assert made.status == 201 and len(made["emails"]) == 2000
    name = "".join(chr(c) for c in range(0x20, 0x2000)) + "\U0001f600"
    assert service.get("/Users/" + service.user("text", title=name))["title"] == name


@pytest.mark.parametrize("query", [
    "filter=%00", "filter=userName%20eq%20%22%00%22", "filter=%ff", "filter=%", "filter=%zz", "a=b&" * 200,
    "filter=userName%20eq%20%22" + "x" * 20000 + "%22", "filter=" + "(" * 2000, "filter=" + "not%20(" * 300,
    "filter=" + "a%20pr%20and%20" * 400 + "a%20pr", "filter=userName%20eq%20%22%5Cud800%22", "cursor=%00",
    "cursor=" + "A" * 8000, "count=99999999999999999999", "startIndex=1e5", "count=0x10", "sortBy=a%5B", "sortBy=" + "a." * 3000,
    "filter=emails%5Bemails%5Bvalue%20pr%5D%5D", "filter=userName%20gt%20", "filter=meta.created%20gt%20%22yesterday%22"])
def test_queries(service, query):
    service.user("ada")
    got = service.get("/Users?" + query)
    assert got.status in (400, 414, 431), (query[:80], got)
    if got.json:
        assert got["schemas"] == [MESSAGE + "Error"]
    assert service.get("/Users?count=0")["totalResults"] == 1


def test_attribute_lists(service):
    user = service.user("ada", title="T")
    for text in ("%00", "a" * 20000, "a%5B%5B", "urn:x:", "..."):
        got = service.get(f"/Users/{user}?attributes={text}")
        assert got.status in (200, 400, 414, 431) and b"T\"" not in got.body, (text[:20], got)
    got = service.get(f"/Users/{user}?attributes=" + ",".join(["userName"] * 150))
    assert got.status == 200 and set(got.json) == {"schemas", "id", "userName"}


def test_headers(service):
    user = service.user("ada")
    where = f"/Users/{user}"
    for name, value, fine in (
            ("Authorization", "Bearer " + "x" * 9000, 401), ("Authorization", "Basic eDp5", 401), ("Authorization", "Bearer", 401),
            ("Authorization", "Bearer mat." + "." * 3000, 401), ("Authorization", "Bearer \xff\xfe", 401),
            ("If-None-Match", '"' * 5000, 200), ("If-None-Match", "W/" * 2000, 200), ("Host", "a b<>\"", 200),
            ("Host", "x" * 5000, 200), ("X-Forwarded-Proto", "javascript", 200), ("Accept", "*" * 5000, 200)):
        sent = {"Host": "h", "Authorization": f"Bearer {service.token}", name: value}
        head = "".join(f"{n}: {v}\r\n" for n, v in sent.items())
        got = service.raw(f"GET /scim/v2{where} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode("latin1"))
        assert got[:12] == f"HTTP/1.1 {fine}".encode(), (name, value[:20], got[:300])
        assert b"<>" not in got and b"javascript" not in got
    assert service.patch(where, {"op": "add", "path": "title", "value": "x"}, If_Match='"' * 3000).status == 412
    # a second, contradicting length is no way to smuggle a request in
    smuggled = (f"POST /scim/v2/Users HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {service.token}\r\n"
                "Content-Type: application/json\r\nContent-Length: 16\r\nTransfer-Encoding: chunked\r\n\r\n"
                f"0\r\n\r\nDELETE /scim/v2{where} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {service.token}\r\n\r\n")
    assert service.raw(smuggled.encode()).startswith(b"HTTP/1.1 400")
    double = (f"POST /scim/v2/Users HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {service.token}\r\n"
              "Content-Type: application/json\r\nContent-Length: 18\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
              '{"userName": "zz"}')
    assert service.raw(double.encode()).startswith(b"HTTP/1.1 400")
    assert service.get("/Users?count=0")["totalResults"] == 1


def test_oauth_forms(service):
    form = {"content_type": "application/x-www-form-urlencoded", "token": ""}
    answers = [service.post("//oauth2/token", body, **form) for body in
               (b"", b"grant_type", b"grant_type=%00", b"grant_type=%ff", b"a=b&" * 1000, b"grant_type=password",
                b"\x00", b"grant_type=client_credentials&grant_type=x&client_secret=")]
    assert {a.status for a in answers} <= {400, 401} and all(a["error"] for a in answers)
    for given in ("Basic", "Basic !!!!", "Basic " + "A" * 20000, "Basic Og==", "Basic eA"):
        got = service.post("//oauth2/token", "grant_type=client_credentials", Authorization=given, **form)
        assert got.status in (401, 429, 431), (given[:20], got)


# --- a full disk

class TinyDisk:
    """A file system of 3 MB that can be filled and freed; where none can be mounted, a limit on the service's files."""

    def __init__(self, folder):
        self.folder = folder / "disk"
        self.folder.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", self.folder], capture_output=True,
                                 check=False)
        self.mounted = mounted.returncode == 0

    def fill(self, service):
        if not self.mounted:
            largest = max(p.stat().st_size for p in self.folder.iterdir())
            resource.prlimit(service.process.process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
            return
        with open(self.folder / "ballast", "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 4096):
                    pass
            except OSError:
                pass

    def free(self, service):
        if self.mounted:
            os.unlink(self.folder / "ballast")
        else:
            infinite = resource.RLIM_INFINITY
            resource.prlimit(service.process.process.pid, resource.RLIMIT_FSIZE, (infinite, infinite))

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", self.folder], check=True)


@pytest.fixture
def tiny_disk(folder):
    disk = TinyDisk(folder)
    yield disk
    disk.close()


@pytest.mark.limit(180)
def test_a_full_disk_in_the_middle_of_writing(muster, start_service, tiny_disk):
    """Eight clients write while the disk fills and is freed: what was told 2xx is there, what was told 503 is not."""
    service = start_service(store=tiny_disk.folder / "inbox.db")
    group = service.group("g")
    told, refused, lock = {}, set(), threading.Lock()
    ended = threading.Event()

    def work(number):
        own = service.twin()
        for i in range(100000):
            if ended.is_set():
                return
            name = f"u{number}-{i}"
            made = own.post("/Users", {"userName": name, "title": "x" * 3000})
            assert made.status in (201, 503), made
            with lock:
                if made.status == 503:
                    refused.add(name)
                    assert made["schemas"] == [MESSAGE + "Error"] and made.headers["Retry-After"]
                    continue
                told[name] = [made["id"], False]
            got = own.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": made["id"]}]},
                            {"op": "replace", "path": "externalId", "value": made["id"]})
            assert got.status in (200, 204, 503), got
            with lock:
                told[name][1] = got.status != 503

    faults = []

    def guarded(number):
        try:
            work(number)
        except BaseException as fault:
            faults.append(fault)
            raise

    def wait(condition):
        deadline = time.monotonic() + 40
        while not condition() and not faults and time.monotonic() < deadline:
            time.sleep(0.01)
        assert condition() and not faults, (len(told), len(refused), faults)

    threads = [threading.Thread(target=guarded, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    try:
        wait(lambda: len(told) > 40)
        tiny_disk.fill(service)
        wait(lambda: len(refused) > 40)
        # who reads does not notice
        assert service.get("/Users?count=0")["totalResults"] >= 40
        before = len(told)
        tiny_disk.free(service)
        # writing goes on, without a restart
        wait(lambda: len(told) > before + 20)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not faults, faults
    for restarted in (False, True):
        if restarted:
            service.process.stop()
            service.start()
        members = set(service.members(group))
        for name, (user, joined) in told.items():
            assert service.get(f"/Users/{user}").status == 200
            assert (user in members) == joined, name
        for name in refused:
            assert service.find("Users", f'userName eq "{name}"')["totalResults"] == 0
        assert service.get(f"/Groups/{group}")["externalId"] in members
        assert service.get("/Users?count=0")["totalResults"] == len(told)


# --- slow and silent clients

def test_slow_and_silent_clients(service):
    """Slow ones are served, and nobody waits for them or for those that fell silent in the middle of a request."""
    host, port = service.host.split(":")
    head = (f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 20\r\n").encode()
    silent = []
    for part in (b"", b"GET", b"GET /scim/v2/Users HTTP/1.1\r\nHost", head, head + b"\r\n", head + b'\r\n{"userName'):
        silent.append(socket.create_connection((host, int(port)), timeout=60))
        silent[-1].sendall(part)
    slow = [socket.create_connection((host, int(port)), timeout=60) for _ in range(20)]
    bodies = [f'{{"userName":"slow{i:03}"}}'.encode() for i in range(20)]
    try:
        for at in range(len(head) + 2 + 22):
            for i, s in enumerate(slow):
                whole = head.replace(b": 20\r", b": 22\r") + b"\r\n" + bodies[i]
                s.sendall(whole[at:at + 1])
            if at % 20 == 0:
                begun = time.monotonic()
                assert service.get("/Users?count=0").status == 200
                assert time.monotonic() - begun < 5
        for s in slow:
            assert s.recv(65536).startswith(b"HTTP/1.1 201")
    finally:
        for s in silent + slow:
            s.close()
    assert service.get("/Users?count=0")["totalResults"] == 20


def test_clients_that_leave(service):
    """Whoever hangs up before the answer harms nobody; whoever never reads the answer neither."""
    for i in range(30):
        service.user(f"u{i}", title="x" * 30000)
    host, port = service.host.split(":")
    request = (f"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.token}\r\n\r\n").encode()
    deaf = []
    for _ in range(50):
        s = socket.create_connection((host, int(port)), timeout=30)
        s.sendall(request * 5)
        deaf.append(s)
    body = json.dumps({"schemas": [USER], "userName": "left"}).encode()
    for i in range(50):
        with socket.create_connection((host, int(port)), timeout=30) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            s.sendall((f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.token}\r\n"
                       f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
    assert service.get("/Users?count=0").status == 200
    for s in deaf:
        s.close()
    assert service.find("Users", 'userName eq "left"')["totalResults"] <= 1
    assert service.get("/Users?count=0").status == 200


def test_bulk_of_references(service):
    """A chain and a circle of a thousand references, and references that lead nowhere."""
    def group(i, to):
        return {"method": "POST", "path": "/Groups", "bulkId": f"{i}",
                "data": {"displayName": f"g{i}", "members": [{"value": f"bulkId:{to}"}]}}

    user = {"method": "POST", "path": "/Users", "bulkId": "1000", "data": {"userName": "last"}}
    got = service.post("/Bulk", {"Operations": [*(group(i, i + 1) for i in range(999)), user]})
    assert [o["status"] for o in got["Operations"]] == ["409"] * 998 + ["400", "201"]
    user["bulkId"], user["data"]["userName"] = "999", "again"
    got = service.post("/Bulk", {"Operations": [*(group(i, i + 1) for i in range(999)), user]})
    assert {o["status"] for o in got["Operations"]} == {"201"} and service.get("/Groups?count=0")["totalResults"] == 999
    got = service.post("/Bulk", {"Operations": [group(i, (i + 1) % 1000) for i in range(1000)]})
    assert {o["status"] for o in got["Operations"]} == {"201"} and service.get("/Groups?count=0")["totalResults"] == 1999
    got = service.post("/Bulk", {"Operations": [group("me", "me"), group("x", ""), group("", "x")]})
    assert {o["status"] for o in got["Operations"]} <= {"400", "409"}
    assert service.get("/Groups?count=0")["totalResults"] == 1999
