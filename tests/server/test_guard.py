# SPDX-License-Identifier: Apache-2.0
"""What leaves the inbox through the API: a few may go, a landslide is held and shown, nobody is fooled by it."""
import sqlite3
import threading


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


# --- what is held is shown, and decided

def landslide(muster, service, scim_service, count=20):
    """Pushed to the inbox, synced on, then deleted one by one by the identity provider's token."""
    people = [service.user(f"u{i:02}@example.com", externalId=f"x{i}") for i in range(count)]
    group = service.group("eng", *people)
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)}, "crm": scim_service.system()},
                      "syncs": {"crm": {"from": "okta", "to": "crm", "teams": [{}], "guard": LOOSE}}})
    assert muster("sync").code == 0
    assert len(scim_service.members("eng")) == count
    for person in people:
        assert service.delete(f"/Users/{person}").status == 204
    return people, group


LOOSE = {"removals": {"count": 1000, "percent": 100}, "team": {"percent": 100}, "shrink": 100}


def shown(muster):
    return muster("status", "--json").json()["inboxes"][0]


def active(scim_service):
    return sorted(u["userName"] for u in scim_service.dump()["Users"] if u.get("active", True))


def test_held_removals_are_approved(muster, service, scim_service):
    landslide(muster, service, scim_service)
    # five are let go; the rest the next sync does not touch
    assert muster("sync").code == 0
    stay = [f"u{i:02}@example.com" for i in range(5, 20)]
    assert active(scim_service) == stay and scim_service.members("eng") == stay
    said = muster("status")
    assert said.code == 0 and "okta: inbox" in said.out, said
    assert "the removal of 15 users" in said.out and "u05@example.com   by token test" in said.out
    assert "... and 5 more" in said.out and "u19" not in said.out
    state = shown(muster)
    assert (state["held_users"], state["held_groups"], state["held_memberships"]) == (15, 0, 0)
    assert [h["name"] for h in state["held"]] == stay and state["held"][0]["tokens"] == "test"
    assert state["held_since"] > 0 and f"muster approve okta {state['checksum'][:12]}, or muster reject okta" in said.out
    assert muster("status", "--detailed-exitcode").code == 12
    assert muster("status", "crm").out.count("okta: inbox") == 1
    # one of them comes back: another set, another checksum
    assert service.post("/Users", {"userName": "u19@example.com", "externalId": "x19"}).status == 201
    moved = muster("approve", "okta", state["checksum"][:12])
    assert moved.code == 14 and "moved" in moved.err, moved
    assert muster("approve", "okta", "abc").code == 64
    assert muster("approve", "okat", state["checksum"]).code == 64
    # its membership was not pushed again: that one stays held
    assert held(service)[:2] == (14, 1)
    approved = muster("approve", "okta", shown(muster)["checksum"])
    assert approved.code == 0 and "14 users, 1 membership is approved" in approved.out, approved
    assert held(service)[0] == 0 and "okta: inbox" not in muster("status").out
    assert muster("approve", "okta", state["checksum"]).code == 65
    assert muster("sync").code == 0
    assert active(scim_service) == ["u19@example.com"] and scim_service.members("eng") == []
    assert service.get("/Users")["totalResults"] == 1
    # what happened still counts in the window
    assert service.delete("/Users/" + service.get("/Users")["Resources"][0]["id"]).status == 204
    assert held(service)[0] == 1


def test_held_removals_are_rejected(muster, service, scim_service):
    people, group = landslide(muster, service, scim_service)
    tag = service.get(f"/Groups/{group}").headers["ETag"]
    rejected = muster("reject", "okta")
    assert rejected.code == 0 and "15 users is rejected" in rejected.out, rejected
    # they are back for the identity provider, with their ids and memberships ...
    assert service.get("/Users")["totalResults"] == 15
    assert service.members(group) == sorted(people[5:])
    assert service.get(f"/Groups/{group}", If_None_Match=tag).status == 200
    assert service.post("/Users", {"userName": "u07@example.com"}).status == 409
    # ... and for the syncs
    assert muster("sync").code == 0
    assert active(scim_service) == [f"u{i:02}@example.com" for i in range(5, 20)]
    assert muster("reject", "okta", "--json").code == 65
    # what did not happen does not count; the five that did still do
    assert service.delete(f"/Users/{people[5]}").status == 204
    assert held(service)[0] == 1
    assert muster("reject", "okta", shown(muster)["checksum"][:6]).code == 0
    assert service.get(f"/Users/{people[5]}").status == 200


def test_held_memberships_and_groups(muster, service):
    people = [service.user(f"u{i:02}") for i in range(30)]
    group, other = service.group("eng", *people), service.group("other", *people[:8])
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)}}})
    second = service.make_token("second")
    assert service.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}).status in (200, 204)
    assert service.delete(f"/Groups/{other}", token=second).status == 204
    said = muster("status").out
    assert "the removal of 1 group, 30 memberships" in said
    lines = {line.split("   by token ")[0].strip(): line for line in said.splitlines()}
    # two tokens within one second are both named
    assert "second" in lines["- group  other"] and "test" in lines["- member eng <- u00"]
    checksum = shown(muster)["checksum"]
    assert muster("approve", "okta", checksum).code == 0
    assert service.members(group) == [] and service.get("/Groups")["totalResults"] == 1
    with sqlite3.connect(service.store) as db:
        assert db.execute("select count(*) from member").fetchone() == (0,)
        assert db.execute("select users, teams, members from total").fetchone() == (30, 1, 0)


def test_who_is_pushed_again(service):
    """A user or group that comes back after a held deletion is the one it was, with the memberships it is given now."""
    for i in range(6):
        service.delete("/Users/" + service.user(f"x{i}"))
    people = [service.user(f"u{i}", externalId=f"x{i}") for i in range(12)]
    group, outer = service.group("Eng", *people), service.group("outer")
    service.patch(f"/Groups/{outer}", {"op": "add", "path": "members", "value": [{"value": group}]})
    before = service.get(f"/Groups/{group}").headers["ETag"]
    assert service.delete(f"/Users/{people[0]}").status == 204
    shown_now = service.get(f"/Groups/{group}", If_None_Match=before)
    assert shown_now.status == 200 and len(shown_now["members"]) == 11
    # the user: same id, in no group until somebody says so
    back = service.post("/Users", {"userName": "u0", "externalId": "x0"})
    assert back["id"] == people[0] and "groups" not in back.json
    assert people[0] not in service.members(group) and held(service)[1] == 1
    service.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": people[0]}]})
    assert held(service)[1] == 0 and len(service.members(group)) == 12
    # the group: same id, with the members it is posted with; the others stay held, and so does its place in `outer`
    assert service.delete(f"/Groups/{group}").status == 204 and service.get(f"/Groups/{group}").status == 404
    back = service.post("/Groups", {"displayName": "eng", "members": [{"value": people[3]}]})
    assert back.status == 201 and back["id"] == group and back["displayName"] == "eng"
    assert service.members(group) == [people[3]] and service.members(outer) == []
    assert held(service)[:2] == (1, 12)
    # another group of that name, as its externalId says, is another one
    other = service.post("/Groups", {"displayName": "second", "externalId": "1", "members": [{"value": p} for p in people]})
    assert service.delete(f"/Groups/{other['id']}").status == 204
    assert service.post("/Groups", {"displayName": "second", "externalId": "2"})["id"] != other["id"]
    with sqlite3.connect(service.store) as db:
        counted = db.execute("select users, teams, members from total").fetchone()
        assert counted == tuple(db.execute(q).fetchone()[0] for q in (
            "select count(*) from resource where kind = 1 and held = 0", "select count(*) from resource where kind = 2 and held = 0",
            "select count(*) from member where held = 0"))


def test_deciding_while_the_service_is_busy(muster, service):
    """Writes of the service and decisions of a person wait for each other and both succeed."""
    people = [service.user(f"u{i:03}") for i in range(150)]
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)}}})
    for person in people:
        service.delete(f"/Users/{person}")
    assert shown(muster)["held_users"] > 100
    ended, answers = threading.Event(), []

    def push():
        own = service.twin()
        while not ended.is_set():
            answers.append(own.post("/Users", {"userName": f"n{len(answers)}"}).status)

    pusher = threading.Thread(target=push)
    pusher.start()
    try:
        decided = [muster("reject", "okta") for _ in range(1)] + [muster("status") for _ in range(3)]
    finally:
        ended.set()
        pusher.join()
    assert [d.code for d in decided] == [0] * 4, decided
    assert set(answers) == {201}
    assert service.find("Users", 'userName sw "u"')["totalResults"] > 100


def test_failed_requests_count_for_nothing(service):
    people = [service.user(f"u{i}") for i in range(30)]
    group = service.group("g", *people)
    service.delete(f"/Users/{people[29]}")
    for _ in range(3):
        got = service.patch(f"/Groups/{group}", {"op": "remove", "path": "members"},
                            {"op": "replace", "path": 'members[value eq "none"].display', "value": "x"})
        assert got.status == 400
    service.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{people[0]}"]'})
    assert held(service)[1] == 0 and len(service.members(group)) == 28


def test_an_inbox_of_version_1(muster, start_service):
    """A file of an older muster, with something held in it, is brought up to date and says what it can."""
    service = start_service()
    for i in range(8):
        service.delete("/Users/" + service.user(f"u{i}"))
    service.stop()
    with sqlite3.connect(service.store) as db:
        db.execute("alter table removal drop column held")
        db.execute("alter table token drop column person")
        db.execute("drop index resource_other")
        db.execute("drop index member_person")
        db.execute("create index member_person on member(person, team)")
        db.execute("pragma user_version = 1")
    service.start()
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)}}})
    state = shown(muster)
    assert state["held_users"] == 3 and state["held"][0]["tokens"] == "test"
    assert muster("approve", "okta", state["checksum"]).code == 0


def test_an_inbox_that_is_not_there_or_damaged(muster, write):
    path = muster.folder / "other.db"
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(path)}}})
    # nobody has pushed anything yet
    assert muster("status").code == 0 and shown(muster)["held"] == []
    assert muster("approve", "okta", "123456").code == 78
    write("other.db", b"no database" * 1000)
    said = muster("status")
    assert said.code == 65 and "okta: " in said.out and "other.db" in said.out, said
    assert "other.db" in muster("status", "--json").json()["inboxes"][0]["error"]
    assert muster("reject", "okta").code == 65
