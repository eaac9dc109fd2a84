# SPDX-License-Identifier: Apache-2.0
"""The inbox as a source: what was pushed arrives at a target with the next sync, held removals do not."""
from conftest_server import ENTERPRISE


def test_from_push_to_roster(muster, start_service):
    service = start_service()
    people = [service.user(f"u{i}@example.com", externalId=f"x{i}", name={"givenName": "U", "familyName": str(i)},
                           emails=[{"type": "work", "primary": True, "value": f"u{i}@example.com"}],
                           roles=[{"value": "admin"}], **{ENTERPRISE: {"department": "IT"}})
              for i in range(12)]
    inner = service.group("inner", *people[:8])
    service.group("outer", inner, people[11])
    service.patch(f"/Users/{people[0]}", {"op": "replace", "value": {"active": False}})
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)}}})
    checked = muster("check")
    assert "12 users, 2 groups, 10 memberships" in checked.out, checked
    dumped = muster("dump", "okta")
    assert dumped.code == 0, dumped
    for part in ("u11@example.com", "inner", "outer", "IT", "active: false"):
        assert part in dumped.out, (part, dumped)
    # a landslide changes nothing for the source
    for person in people[1:]:
        service.delete(f"/Users/{person}")
    assert service.get("/Users")["totalResults"] == 1
    checked = muster("check")
    assert "held: deletions of 7 users" in checked.out + checked.err, checked
    dumped = muster("dump", "okta")
    assert dumped.out.count("userName") == 8, dumped


def test_from_push_to_a_scim_service(muster, start_service, scim_service):
    service = start_service()
    people = [service.user(f"u{i}@example.com", externalId=f"x{i}",
                           emails=[{"type": "work", "value": f"u{i}@example.com"}]) for i in range(3)]
    group = service.group("eng", *people)
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)},
                                  "crm": scim_service.system()},
                      "syncs": {"crm": {"from": "okta", "to": "crm", "teams": [{}]}}})
    done = muster("sync")
    assert done.code == 0, done
    assert scim_service.members("eng") == [f"u{i}@example.com" for i in range(3)]
    service.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{people[0]}"]'})
    assert muster("sync").code == 0
    assert scim_service.members("eng") == [f"u{i}@example.com" for i in (1, 2)]
    assert scim_service.complaints() == []
    before = len(scim_service.writes())
    assert muster("sync").code == 0
    assert len(scim_service.writes()) == before


def test_muster_pushes_to_muster(muster, start_service, write):
    """The client half against the service half: created, changed, removed, then nothing to do."""
    service = start_service()
    roster = """users:
- {userName: ada@example.com, displayName: Ada, title: Lead, active: true}
- {userName: bob@example.com, displayName: Bob, active: true}
teams:
- {displayName: eng, members: [ada@example.com, bob@example.com]}
"""
    path = write("staff.yaml", roster)
    token = write("token", service.token)
    muster.configure({"systems": {"staff": {"kind": "file", "path": path},
                                  "own": {"kind": "scim", "url": service.url, "token": {"file": token}}},
                      "syncs": {"own": {"from": "staff", "to": "own", "teams": [{}]}}})
    done = muster("sync")
    assert done.code == 0, done
    assert service.get("/Users")["totalResults"] == 2 and service.get("/Groups")["totalResults"] == 1
    write("staff.yaml", roster.replace("Lead", "Boss").replace(", bob@example.com]", "]"))
    assert muster("sync").code == 0
    assert service.find("Users", 'title eq "Boss"')["totalResults"] == 1
    group = service.get("/Groups")["Resources"][0]
    assert len(group["members"]) == 1
    again = muster("plan", "--detailed-exitcode")
    assert again.code == 0, again


def test_roles_from_roles_and_from_groups(muster, start_service, scim_service):
    service = start_service()
    people = [service.user(f"u{i}@example.com", externalId=f"x{i}") for i in range(4)]
    service.patch(f"/Users/{people[0]}", {"op": "add", "path": "roles", "value": [{"value": "admin", "type": "app"}]})
    service.group("eng", *people)
    service.group("it-leads", people[1])
    rules = [{"role": "admin", "where": 'roles.value eq "admin"'}, {"role": "manager", "where": 'groups.display eq "it-leads"'}]
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)}, "crm": scim_service.system()},
                      "syncs": {"crm": {"from": "okta", "to": "crm", "teams": [{"where": 'displayName eq "eng"'}],
                                        "roles": {"default": "member", "rules": rules}}}})
    planned = muster("plan")
    assert planned.code == 0, planned
    roles = {line.split()[2]: line.split()[-1] for line in planned.out.splitlines() if line.startswith("  + user ")}
    assert roles == {"u0@example.com": "admin", "u1@example.com": "manager", "u2@example.com": "member",
                     "u3@example.com": "member"}, planned
    assert muster("sync").code == 0
    assert {u["userName"]: u["roles"][0]["value"] for u in scim_service.dump()["Users"]} == roles


def test_status_counts_what_changed_since(muster, start_service, scim_service):
    """The inbox tells its changes since the cursor of the last sync that was carried out."""
    service = start_service()
    people = [service.user(f"u{i}@example.com", externalId=f"x{i}") for i in range(12)]
    group = service.group("eng", *people[:2])
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)}, "crm": scim_service.system()},
                      "syncs": {"crm": {"from": "okta", "to": "crm", "teams": [{}]}}})

    def changed():
        shown = muster("status")
        count = muster("status", "--json").json()["syncs"][0].get("changed_since")
        assert shown.code == 0 and (f"{count} changed at okta since" in shown.out) == bool(count), shown
        return count

    assert changed() is None          # no sync yet, so there is nothing to count from
    assert muster("sync").code == 0 and changed() == 0
    service.patch(f"/Users/{people[3]}", {"op": "replace", "path": "title", "value": "Lead"})
    assert changed() == 1
    service.patch(f"/Users/{people[3]}", {"op": "replace", "path": "title", "value": "Chief"})
    assert changed() == 1             # an entry counts once
    service.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": people[5]}]})
    service.delete(f"/Users/{people[11]}")
    assert changed() == 3             # a user, a group by its members, and one who is gone
    assert muster("plan").code == 0 and changed() == 3
    assert muster("sync").code == 0 and changed() == 0
    # another file in its place does not know the cursor: the next whole read takes it anew
    service.stop()
    for path in service.store.parent.glob(service.store.name + "*"):
        path.unlink()
    service.start()
    assert changed() is None
