# SPDX-License-Identifier: Apache-2.0
"""What requests cost, counted in SQL statements and in steps of SQLite's machine: a group's size must not matter
where its members are not asked for, and writers that come together share their commits."""
import json
import os
import socket
import sqlite3

import pytest

LARGE = 100_000
TRIES = 25


def figures(service):
    lines = service.get("//metrics", token="").body.decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def cost(service, ask):
    """Statements and steps of a request: the least of some, for now and then one pays for a new view or a token."""
    least = None
    for number in range(TRIES):
        before = figures(service)
        ask(number)
        after = figures(service)
        spent = tuple(after[f"muster_inbox_{name}_total"] - before[f"muster_inbox_{name}_total"]
                      for name in ("statements", "steps"))
        least = min(least or spent, spent)
    return least


def fill(service, team, count, first):
    """Writes users and memberships into the file itself: a hundred thousand of them in a moment."""
    with sqlite3.connect(service.store) as db:
        row, = db.execute("select row from resource where kind = 2 and label = ?", (team,)).fetchone()
        top, = db.execute("select max(row) from resource").fetchone()
        db.executemany("insert into resource values (?, ?, 1, 0, 1, ?, 1700000000, 1700000000, ?, null, null, 0, ?)", (
            (top + i, b"\1" + os.urandom(15), first + i, f"{team}{i}", f'"userName":"{team}{i}"')
            for i in range(1, count + 1)))
        db.execute("insert into member select ?, row, null, 0 from resource where row > ?", (row, top))
        db.execute("update total set users = users + ?, members = members + ?", (count, count))


@pytest.fixture
def teams(start_service):
    """A service with groups of 200 and of 100,000: too many for either to be shown in the answer to a PATCH."""
    service = start_service()
    ids = [service.group(name) for name in ("small", "large")]
    service.stop()
    fill(service, "small", 200, 1000)
    fill(service, "large", LARGE, 10_000)
    service.start()
    assert service.get("/Users?count=0")["totalResults"] == LARGE + 200
    return service, ids


def test_a_group_without_its_members(teams):
    service, ids = teams
    spent = [cost(service, lambda _, g=g: service.get(f"/Groups/{g}?excludedAttributes=members")) for g in ids]
    assert spent[0] == spent[1]
    only = [cost(service, lambda _, g=g: service.get(f"/Groups/{g}?attributes=displayName")) for g in ids]
    assert only[0] == only[1]
    # and it is seen when members are looked at
    whole = cost(service, lambda _: service.get(f"/Groups/{ids[0]}"))
    assert whole[1] > spent[0][1] + 200


def test_a_list_without_members(teams):
    service, _ = teams
    spent = [cost(service, lambda _, name=name: service.get(f"/Groups?{name}")) for name in
             ("excludedAttributes=members", "attributes=displayName")]
    for statements, steps in spent:
        assert steps < 1000, (statements, steps)
    # one finds its row at once, the other passes the first: never a member
    filtered = [cost(service, lambda _, name=name: service.get(
        f"/Groups?excludedAttributes=members&filter=displayName+eq+%22{name}%22")) for name in ("small", "large")]
    assert filtered[0][0] == filtered[1][0] and abs(filtered[0][1] - filtered[1][1]) < 5


def test_finding_one_user_among_many(teams):
    service, _ = teams
    few = cost(service, lambda _: service.get("/Users?filter=userName+eq+%22nobody%22"))
    found = cost(service, lambda _: service.get("/Users?filter=userName+eq+%22large77%22"))
    one = service.find("Users", 'userName eq "large77"')["Resources"][0]["id"]
    by_id = cost(service, lambda _: service.get(f"/Users/{one}"))
    for statements, steps in (few, found, by_id):
        assert statements < 10 and steps < 500, (statements, steps)


def member(verb, user):
    if verb == "add":
        return {"op": "add", "path": "members", "value": [{"value": user}]}
    return {"op": "remove", "path": f'members[value eq "{user}"]'}


def test_patch_of_one_member(teams):
    service, ids = teams
    users = [service.user(f"new{i}") for i in range(TRIES)]
    for verb in ("add", "remove"):
        spent = []
        for group in ids:
            def ask(number, verb=verb, group=group):
                got = service.patch(f"/Groups/{group}", member(verb, users[number]))
                assert got.status == 204, got
            spent.append(cost(service, ask))
        assert spent[0] == spent[1], verb
    assert users[0] not in service.members(ids[0])


def test_a_page_of_users_asks_once_for_all_groups(start_service):
    service = start_service()
    users = [service.user(f"u{i}") for i in range(60)]
    for number in range(4):
        service.group(f"g{number}", *users)
    ten, sixty = (cost(service, lambda _, n=n: service.get(f"/Users?count={n}")) for n in (10, 60))
    assert sixty[0] - ten[0] == 0
    assert len(service.get("/Users?count=60")["Resources"][59]["groups"]) == 4


def test_writers_share_commits(service):
    """A thousand creations, 32 at a time."""
    waves, width = 32, 32
    host, port = service.host.split(":")
    lines = [socket.create_connection((host, int(port)), timeout=60) for _ in range(width)]
    try:
        readers = [s.makefile("rb") for s in lines]
        for wave in range(waves):
            for number, s in enumerate(lines):
                body = json.dumps({"userName": f"u{wave}-{number}"}).encode()
                s.sendall(f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.token}\r\n"
                          f"Content-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            for reader in readers:
                assert b" 201 " in reader.readline()
                length = 0
                while (line := reader.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                reader.read(length)
    finally:
        for s in lines:
            s.close()
    seen = figures(service)
    assert seen["muster_scim_committed_requests_total"] == waves * width
    assert seen["muster_scim_commits_total"] <= waves * width / 2
