# SPDX-License-Identifier: Apache-2.0
"""The SCIM connector against services of other makers: SCIMMY (npm) and scim2-server (PyPI)."""
import json
import os
import re
import socket
import subprocess
import time
import urllib.request

import pytest

from slapd import die_with_parent

TOKEN = "peer-token"


class Peer:
    """A service of another maker as a process, and what it holds."""

    def __init__(self, folder, command, base, env=None, port=None):
        self.errors = open(folder / "peer.err", "wb")
        # scim2-server is a development server with a short queue: it closes connections that wait too long.
        self.in_flight = 32 if port is None else 4
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})},
                                        preexec_fn=die_with_parent)
        if port is None:
            port = int(re.match(r"port (\d+)", self.process.stdout.readline()).group(1))
        self.origin = f"http://127.0.0.1:{port}"
        self.url = self.origin + base
        self.token = folder / "peer.token"
        self.token.write_text(TOKEN)
        self.token.chmod(0o600)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError((folder / "peer.err").read_text())

    def system(self, **more):
        return {"kind": "scim", "url": self.url, "token": {"file": str(self.token)}, "bulk": self.bulk, **more}

    def get(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def post(self, path, resource):
        request = urllib.request.Request(self.url + path, data=json.dumps(resource).encode(), headers={
            "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def users(self):
        return {u["userName"]: u for u in self.get("/Users?count=1000")["Resources"]}

    def members(self, team):
        names = {u["id"]: u["userName"] for u in self.users().values()}
        return sorted(names[m["value"]] for g in self.get("/Groups?count=1000")["Resources"]
                      if g["displayName"] == team for m in g.get("members") or [])

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


@pytest.fixture(params=["scimmy", "scimmy one by one", "scim2-server", "scim2-server one by one"])
def peer(request, folder):
    if request.param.startswith("scim2-server"):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        command = [request.getfixturevalue("venv") / "scim2-server", "--hostname", "127.0.0.1", "--port", str(port),
                   "--bearer-token", TOKEN]
        made = Peer(folder, command, "/v2", port=port)
    else:
        made = Peer(folder, ["node", request.getfixturevalue("scimmy"), TOKEN], "/scim/v2")
    made.bulk = "one by one" not in request.param
    yield made
    made.stop()


def person(who, **more):
    return {"userName": f"{who}@example.com", "displayName": f"{who.capitalize()} of Example",
            "name": {"givenName": who.capitalize(), "familyName": "Example"},
            "emails": [{"value": f"{who}@example.com", "type": "work"}], **more}


def roster(people, teams):
    return json.dumps({"users": people, "teams": [
        {"displayName": t, "members": [f"{m}@example.com" for m in members]} for t, members in teams.items()]})


def sync(muster, code=0):
    result = muster("sync")
    assert result.code == code, result
    return result


@pytest.mark.limit(200)
def test_a_whole_life(muster, write, peer):
    many = [f"u{i:03}" for i in range(120)]
    people = [person(w) for w in many]
    path = write("staff.yaml", roster([*people, person("ada", title="Engineer", department="Research")],
                                      {"all": many, "eng": ["ada", "u001", "u002"]}))
    muster.configure({
        "systems": {"staff": {"kind": "file", "path": path},
                    "peer": peer.system(page_size=50)},
        "syncs": {"peer": {"from": "staff", "to": "peer", "leavers": {"first": "disable", "then": "delete", "after": "0s"},
                           "pace": {"in_flight": peer.in_flight},
                           "guard": {"removals": {"count": 500, "percent": 100}, "team": {"percent": 100}}}}})
    checked = muster("check")
    assert checked.code == 0, checked
    assert "no Bulk" not in checked.out
    sync(muster)
    assert len(peer.users()) == 121
    assert len(peer.members("all")) == 120
    assert peer.members("eng") == ["ada@example.com", "u001@example.com", "u002@example.com"]
    assert "nothing to do" in sync(muster).out

    path = write("staff.yaml", roster(
        [*people[1:], person("ada", title="Lead", nickName="A",
                             emails=[{"value": "ada@new.example", "type": "work"}])],
        {"all": many[1:], "eng": ["ada", "u003"]}))
    sync(muster)
    ada = peer.users()["ada@example.com"]
    assert (ada["title"], ada["nickName"], ada["emails"][0]["value"]) == ("Lead", "A", "ada@new.example")
    assert peer.members("eng") == ["ada@example.com", "u003@example.com"]
    assert len(peer.members("all")) == 119
    assert peer.users()["u000@example.com"]["active"] is False
    for _ in range(2):
        last = sync(muster)
    assert "nothing to do" in last.out


def test_read_as_a_source(muster, write, peer):
    path = write("staff.yaml", roster([person(w) for w in ("ada", "bob")], {"eng": ["ada", "bob"]}))
    muster.configure({"systems": {"staff": {"kind": "file", "path": path}, "peer": peer.system()},
                      "syncs": {"peer": {"from": "staff", "to": "peer"}}})
    sync(muster)
    dumped = muster("dump", "peer")
    assert dumped.code == 0, dumped
    assert "userName: ada@example.com" in dumped.out and "displayName: eng" in dumped.out


def test_what_is_there_is_adopted_and_a_leaver_comes_back(muster, write, peer):
    """Somebody else's user and team are taken over as they are, and an account is never made twice."""
    core = "urn:ietf:params:scim:schemas:core:2.0:"
    made = peer.post("/Users", {"schemas": [core + "User"], "userName": "ada@example.com", "active": True})
    peer.post("/Groups", {"schemas": [core + "Group"], "displayName": "eng"})

    def push(*who):
        write("staff.yaml", roster([person(w) for w in who], {"eng": who}))
        sync(muster)
        assert "nothing to do" in sync(muster).out
        assert peer.members("eng") == [f"{w}@example.com" for w in who]
        return {name: (u["id"], u["active"]) for name, u in peer.users().items()}

    muster.configure({
        "systems": {"staff": {"kind": "file", "path": write("staff.yaml", "users: []")}, "peer": peer.system()},
        "syncs": {"peer": {"from": "staff", "to": "peer", "guard": {
            "removals": {"count": 100}, "team": {"percent": 100}, "rewrites": {"percent": 100}}}}})
    users = push("ada", "bob", "kim")
    assert users["ada@example.com"] == (made["id"], True) and len(users) == 3
    assert push("ada", "kim")["bob@example.com"] == (users["bob@example.com"][0], False)
    assert push("ada", "bob", "kim") == users


def test_http2_takes_one_connection(muster, write, folder, scimmy, certificates):
    """ALPN gives HTTP/2: everything goes over one connection, many requests at once."""
    peer = Peer(folder, ["node", scimmy, TOKEN], "/scim/v2",
                {"TLS_KEY": certificates.path("server.key"), "TLS_CERT": certificates.path("server.crt")})
    try:
        url = peer.url.replace("http://", "https://")
        many = [f"u{i:03}" for i in range(100)]
        muster.configure({
            "systems": {"staff": {"kind": "file", "path": write("staff.yaml", roster([person(w) for w in many], {"all": many}))},
                        "peer": {"kind": "scim", "url": url, "token": {"file": str(peer.token)}, "bulk": False,
                                 "tls": {"ca": certificates.ca}}},
            "syncs": {"peer": {"from": "staff", "to": "peer"}}})
        sync(muster)
        seen = json.loads(subprocess.run(
            ["curl", "-s", "--http2", "--cacert", certificates.ca, url.replace("/scim/v2", "/seen")],
            capture_output=True, text=True, timeout=20, check=True).stdout)
        assert seen["sessions"] == 2  # the sync and this question
        assert seen["streams"] > 100
        assert seen["most"] >= 16
    finally:
        peer.stop()
