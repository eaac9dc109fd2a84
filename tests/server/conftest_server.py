# SPDX-License-Identifier: Apache-2.0
"""What the conversations stand on: the real service on a free port, a token, and a client of few words."""
import copy
import http.client
import json
import socket
import urllib.parse

import pytest

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.json = json.loads(body) if body and b"{" in body[:1] else None

    def __repr__(self):
        return f"{self.status} {self.body[:2000]!r}"

    def __getitem__(self, key):
        return self.json[key]


class Service:
    """The service as a process; s.get("/Users"), s.post("/Users", {...}), s.patch(...)."""

    def __init__(self, muster, *options, listen="127.0.0.1:0", store=None):
        self.muster, self.store = muster, store or muster.folder / "inbox.db"
        self.options = options
        self.token = self.make_token("test")
        self.listen = listen
        self.start()

    def make_token(self, name, *options):
        made = self.muster("token", "create", name, "--store", self.store, *options)
        assert made.code == 0, made
        return made.out.strip()

    def start(self):
        self.connection = None
        self.process = self.muster.start("serve", "--listen", self.listen, "--store", self.store,
                                         *self.options)
        if self.listen.startswith("/"):
            self.process.wait_line("unix:")
            return
        self.url = self.process.wait_line("/scim/v2").strip()
        self.host = urllib.parse.urlsplit(self.url).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=30)

    def stop(self, **options):
        ended = self.process.stop(**options)
        assert ended.code == 0, ended
        return ended

    def twin(self):
        """The same service over a connection of its own, for another thread."""
        other = copy.copy(self)
        other.connection = http.client.HTTPConnection(self.host, timeout=30)
        return other

    def call(self, method, path, body=None, token=None, content_type="application/scim+json",
             **headers):
        """One request on a kept connection; path below /scim/v2 unless it begins with '//'."""
        sent = {"Authorization": f"Bearer {token or self.token}"}
        if token == "":
            sent = {}
        if body is not None:
            sent["Content-Type"] = content_type
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        where = path[1:] if path.startswith("//") else "/scim/v2" + path
        for attempt in (1, 2):
            try:
                try:
                    self.connection.request(method, where, body, sent)
                except BrokenPipeError:
                    pass  # it has answered before it had read all: the answer counts
                got = self.connection.getresponse()
                return Answer(got.status, got.headers, got.read())
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
                if attempt == 2:
                    raise

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body, **options):
        return self.call("POST", path, body, **options)

    def put(self, path, body, **options):
        return self.call("PUT", path, body, **options)

    def delete(self, path, **options):
        return self.call("DELETE", path, **options)

    def patch(self, path, *operations, **options):
        return self.call("PATCH", path, {"schemas": [MESSAGE + "PatchOp"],
                                         "Operations": list(operations)}, **options)

    def find(self, kind, filter_text, **more):
        query = urllib.parse.urlencode({"filter": filter_text, **more})
        return self.get(f"/{kind}?{query}")

    # things that most conversations begin with

    def user(self, user_name, **more):
        made = self.post("/Users", {"schemas": [USER], "userName": user_name, **more})
        assert made.status == 201, made
        return made["id"]

    def group(self, name, *members):
        made = self.post("/Groups", {"schemas": [GROUP], "displayName": name,
                                     "members": [{"value": m} for m in members]})
        assert made.status == 201, made
        return made["id"]

    def members(self, group):
        return sorted(m["value"] for m in self.get(f"/Groups/{group}").json.get("members", []))

    def raw(self, data, close=False, patience=30):
        """Sends bytes on a connection of their own; gives all that comes back until it is closed,
        or what came until patience ended."""
        host, port = self.host.split(":")
        with socket.create_connection((host, int(port)), timeout=30) as s:
            s.sendall(data)
            if close:
                s.shutdown(socket.SHUT_WR)
            s.settimeout(patience)
            got = b""
            while True:
                try:
                    part = s.recv(65536)
                except TimeoutError:
                    return got
                got += part
                if not part:
                    return got


@pytest.fixture
def start_service(muster):
    started = []

    def start(*options, **more):
        started.append(Service(muster, *options, **more))
        return started[-1]

    yield start
    for service in started:
        if service.process.process.poll() is None:
            service.stop()


@pytest.fixture
def service(start_service):
    return start_service()


@pytest.fixture
def strict(start_service):
    return start_service("--strict")
