# SPDX-License-Identifier: Apache-2.0
"""A roster pushed to SCIM services of other makers: it arrives, a second run does nothing, changes follow."""
import json

import pytest

PEOPLE = {
    "ada": {"givenName": "Ada", "familyName": "Lovelace"}, "bob": {"givenName": "Bob", "familyName": "Builder"},
    "eve": {"givenName": "Eve", "familyName": "Engel"}, "kim": {"givenName": "Kim", "familyName": "Ærø"},
}


def roster(people, teams, **titles):
    return json.dumps({
        "users": [{"userName": f"{p}@example.com", "name": PEOPLE[p], "displayName": p.capitalize(),
                   "title": titles.get(p, "Engineer"), "emails": [{"value": f"{p}@example.com", "type": "work"}]}
                  for p in people],
        "teams": [{"displayName": t, "members": [f"{m}@example.com" for m in members]}
                  for t, members in teams.items()]})


def mail(*names):
    return sorted(f"{n}@example.com" for n in names)


@pytest.fixture(params=["scimmy", "scimmy with bulk", "scim2-server"])
def peer(request):
    if request.param == "scim2-server":
        return request.getfixturevalue("scim2_server")
    return request.getfixturevalue("scimmy")(*request.param.split()[2:])


def test_roster_to_a_foreign_service(muster, write, peer):
    def sync(people, teams, **titles):
        write("staff.yaml", roster(people, teams, **titles))
        done = muster("sync")
        assert done.code == 0, done
        again = muster("sync")
        assert again.code == 0 and "nothing to do" in again.out, again
        assert peer.teams() == {t: mail(*members) for t, members in teams.items()}

    muster.configure({
        "systems": {"staff": {"kind": "file", "path": write("staff.yaml", "users: []")},
                    "crm": peer.system()},
        "syncs": {"crm": {"from": "staff", "to": "crm",
                          "guard": {"removals": {"count": 100}, "team": {"percent": 100},
                                    "rewrites": {"percent": 100}}}}})
    sync(PEOPLE, {"eng": ["ada", "bob", "kim"], "ops": ["eve"]})
    users = peer.users()
    assert sorted(users) == mail(*PEOPLE)
    assert users["kim@example.com"]["name"]["familyName"] == "Ærø"
    assert all(u["active"] is True for u in users.values())

    # A mover, a leaver, another title.
    sync(["ada", "bob", "kim"], {"eng": ["ada", "kim"], "ops": ["bob"]}, ada="Lead")
    users = peer.users()
    assert users["ada@example.com"]["title"] == "Lead"
    assert users["eve@example.com"]["active"] is False

    # The leaver comes back to the same account.
    before = users["eve@example.com"]["id"]
    sync(PEOPLE, {"eng": ["ada", "kim"], "ops": ["bob", "eve"]}, ada="Lead")
    users = peer.users()
    assert users["eve@example.com"]["id"] == before and users["eve@example.com"]["active"] is True


def test_what_is_there_is_adopted(muster, write, peer):
    core = "urn:ietf:params:scim:schemas:core:2.0:"
    made = peer.call("POST", "/Users", {"schemas": [core + "User"], "userName": "ada@example.com",
                                        "active": True})
    peer.call("POST", "/Groups", {"schemas": [core + "Group"], "displayName": "eng"})
    muster.configure({
        "systems": {"staff": {"kind": "file", "path": write("staff.yaml", roster(
            ["ada", "bob"], {"eng": ["ada", "bob"]}))}, "crm": peer.system()},
        "syncs": {"crm": {"from": "staff", "to": "crm", "guard": {"rewrites": {"percent": 100}}}}})
    plan = muster("plan")
    assert plan.code == 0 and "= " in plan.out, plan
    done = muster("sync")
    assert done.code == 0, done
    assert peer.users()["ada@example.com"]["id"] == made["id"]
    assert peer.teams() == {"eng": mail("ada", "bob")}
    assert "nothing to do" in muster("sync").out
