# SPDX-License-Identifier: Apache-2.0
"""What leaves the inbox through the API: a few may go, a landslide is held and shown, nobody is fooled by it."""
import sqlite3


def held(service):
    with sqlite3.connect(service.store) as db:
        return (db.execute("select count(*) from resource where held <> 0").fetchone()[0],
                db.execute("select count(*) from member where held <> 0").fetchone()[0],
                db.execute("select count(*) from resource where kind = 1").fetchone()[0])


def test_deletions_are_held(service):
    people = [service.user(f"u{i}@example.com", externalId=f"x{i}") for i in range(20)]
    for person in people:
        assert service.delete(f"/Users/{person}").status == 204
    # to the client they are gone ...
    assert service.get("/Users")["totalResults"] == 0
    assert all(service.get(f"/Users/{p}").status == 404 for p in people)
    # ... but only five are
    assert held(service) == (15, 0, 15)
    metrics = service.get("//metrics").body.decode()
    assert 'muster_inbox_held{kind="user"} 15' in metrics
    # who is pushed again is there as before, with the same id
    back = service.post("/Users", {"userName": "u19@example.com", "externalId": "x19"})
    assert back.status == 201 and back["id"] == people[19]
    # and a held name is free for someone else
    other = service.post("/Users", {"userName": "u18@example.com", "externalId": "new"})
    assert other.status == 201 and other["id"] != people[18]
    assert held(service)[0] == 13
    assert service.stop().err.count("held:") == 1


def test_a_leaver_is_locked_at_once(service):
    people = [service.user(f"u{i}") for i in range(12)]
    for person in people:
        assert service.patch(f"/Users/{person}", {"op": "replace", "path": "active", "value": False}).status == 200
    assert service.find("Users", "active eq false")["totalResults"] == 12
    # locking counts: what follows is held
    assert service.delete(f"/Users/{people[0]}").status == 204
    assert held(service)[0] == 1


def test_memberships_are_held(service):
    people = [service.user(f"u{i}") for i in range(30)]
    group = service.group("g", *people)
    service.patch(f"/Groups/{group}", *[{"op": "remove", "path": f'members[value eq "{p}"]'} for p in people[:5]])
    assert held(service)[1] == 0
    assert service.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}).status in (200, 204)
    assert service.members(group) == [] and held(service)[1] == 25
    service.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": people[9]}]})
    assert service.members(group) == [people[9]] and held(service)[1] == 24
    assert "muster_inbox_memberships 1\n" in service.get("//metrics").body.decode()


def test_an_empty_group_may_go(service):
    people = [service.user(f"u{i}") for i in range(8)]
    for person in people:
        service.delete(f"/Users/{person}")
    before = held(service)[0]
    assert service.delete("/Groups/" + service.group("empty")).status == 204
    assert held(service)[0] == before


def test_the_window_survives_a_restart(service):
    people = [service.user(f"u{i}") for i in range(12)]
    for person in people[:5]:
        service.delete(f"/Users/{person}")
    service.stop()
    service.start()
    service.delete(f"/Users/{people[5]}")
    assert held(service)[0] == 1
