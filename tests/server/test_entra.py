# SPDX-License-Identifier: Apache-2.0
"""Entra ID, request by request: with its default dialect and with its compliance flag."""
import uuid

from conftest_server import ENTERPRISE, GROUP, USER

ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def new_user(name, external):
    return {"schemas": [USER, ENTERPRISE], "externalId": external, "userName": name, "active": True,
            "displayName": "Ada Lovelace",
            "emails": [{"primary": True, "type": "work", "value": name}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"},
            "roles": [], ENTERPRISE: {"department": "Engines", "manager": None}}


def test_connection_probes(service):
    for kind, attribute in (("Users", "userName"), ("Groups", "displayName")):
        got = service.find(kind, f'{attribute} eq "{uuid.uuid4()}"')
        assert (got.status, got["totalResults"], got["Resources"]) == (200, 0, [])
        assert got["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
        assert got.headers["Content-Type"] == "application/scim+json"


def test_user_without_flag(service):
    made = service.post("/Users", new_user("ada@example.com", "ada"))
    assert made.status == 201 and made["active"] is True and "roles" not in made.json
    assert made.headers["Location"] == made["meta"]["location"]
    where = "/Users/" + made["id"]
    # matching, by each of the attributes that can be chosen
    for text in ('userName eq "ADA@example.com"', 'externalId eq "ada"',
                 'emails[type eq "work"].value eq "ada@example.com"'):
        assert service.find("Users", text)["totalResults"] == 1, text
    assert service.find("Users", 'externalId eq "ADA"')["totalResults"] == 0
    # an update: capitalised ops, text for booleans, a path with a filter that matches nothing yet
    got = service.patch(where, {"op": "Replace", "path": "displayName", "value": "Ada L."},
                        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+1 555"},
                        {"op": "Replace", "path": "active", "value": "True"},
                        {"op": "Add", "path": ENTERPRISE + ":manager", "value": "manager-id"})
    assert got.status == 200 and got["displayName"] == "Ada L."
    assert got["phoneNumbers"] == [{"type": "mobile", "value": "+1 555"}]
    assert got[ENTERPRISE]["manager"] == {"value": "manager-id"}
    # soft delete: visible, inactive, and found
    got = service.patch(where, {"op": "Replace", "path": "active", "value": "False"})
    assert got.status == 200 and got["active"] is False
    assert service.find("Users", 'userName eq "ada@example.com"')["Resources"][0]["active"] is False
    # a deleted user's name gets the object id in front
    got = service.patch(where, {"op": "Replace", "path": "userName",
                                "value": "0a1b2c3d4e5f60718293a4b5c6d7e8f9ada@example.com"})
    assert got.status == 200
    assert service.post("/Users", new_user("ada@example.com", "ada2")).status == 201
    assert service.delete(where).status == 204
    assert service.get(where).status == 404


def test_user_with_flag(service):
    where = "/Users/" + service.post("/Users", new_user("bob@example.com", "bob"))["id"]
    got = service.patch(where, {"op": "replace", "value": {
        "displayName": "Bob", "name.givenName": "Bob", "active": False,
        'emails[type eq "work"].value': "bobby@example.com",
        'addresses[type eq "work"].locality': "London",
        ENTERPRISE + ":department": "Sales", ENTERPRISE + ":manager": "m1"}})
    assert got.status == 200
    assert got["name"]["givenName"] == "Bob" and got["name"]["familyName"] == "Lovelace"
    assert got["active"] is False
    assert got["emails"] == [{"primary": True, "type": "work", "value": "bobby@example.com"}]
    assert got["addresses"] == [{"type": "work", "locality": "London"}]
    assert got[ENTERPRISE] == {"department": "Sales", "manager": {"value": "m1"}}


def test_group(service):
    people = [service.user(f"u{i}@example.com") for i in range(3)]
    made = service.post("/Groups", {"schemas": [GROUP, ADSCIM], "externalId": "8aa1a0c0",
                                    "displayName": "Engineers", "meta": {"resourceType": "Group"}})
    assert made.status == 201
    group = made["id"]
    found = service.find("Groups", 'displayName eq "Engineers"', excludedAttributes="members")
    assert [g["id"] for g in found["Resources"]] == [group]
    add = {"op": "Add", "path": "members", "value": [{"$ref": None, "value": p} for p in people]}
    assert service.patch(f"/Groups/{group}", add).status == 204
    assert service.members(group) == sorted(people)
    # without the flag: members to remove come as a value
    gone = {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": people[0]}]}
    assert service.patch(f"/Groups/{group}", gone).status == 204
    assert service.members(group) == sorted(people[1:])
    # with it: as a filter
    gone = {"op": "remove", "path": f'members[value eq "{people[1]}"]'}
    assert service.patch(f"/Groups/{group}", gone).status in (200, 204)
    assert service.members(group) == people[2:]
    # who is not in is no error, and takes nobody else along
    assert service.patch(f"/Groups/{group}", gone).status in (200, 204)
    gone = {"op": "Remove", "path": "members", "value": []}
    assert service.patch(f"/Groups/{group}", gone).status == 204
    assert service.members(group) == people[2:]
    shown = service.get(f"/Groups/{group}?excludedAttributes=members")
    assert "members" not in shown.json and shown["displayName"] == "Engineers"
    assert service.patch(f"/Groups/{group}", {"op": "Replace", "path": "displayName",
                                              "value": "Makers"}).status == 204
    assert service.members(group) == people[2:]


def test_one_user_through_her_life(service):
    """As the provisioning log shows it: probe, create, delta, manager in a later pass, soft delete, back, deletion."""
    assert service.get("/Schemas")["totalResults"] >= 3
    assert service.find("Users", 'externalId eq "eve"')["totalResults"] == 0
    boss = service.post("/Users", new_user("boss@example.com", "boss"))["id"]
    eve = service.post("/Users", new_user("eve@example.com", "eve"))
    where = "/Users/" + eve["id"]
    assert service.get(where)["active"] is True
    # the manager comes with a later pass, as a text; Entra compares what a GET shows with what it sent
    for op in ("Add", "Replace"):
        got = service.patch(where, {"op": op, "path": ENTERPRISE + ":manager", "value": boss})
        assert got.status == 200 and got[ENTERPRISE]["manager"]["value"] == boss
    assert service.find("Users", f'{ENTERPRISE}:manager eq "{boss}"')["totalResults"] == 1
    assert service.patch(where, {"op": "Remove", "path": ENTERPRISE + ":manager"}).status == 200
    assert "manager" not in service.get(where).json.get(ENTERPRISE, {})
    # values of one type are changed in place, never doubled
    for op, number in (("Add", "+1 1"), ("Replace", "+1 2")):
        service.patch(where, {"op": op, "path": 'phoneNumbers[type eq "work"].value', "value": number},
                      {"op": "Add", "path": 'addresses[type eq "work"].formatted', "value": "Street " + number})
    got = service.get(where)
    assert got["phoneNumbers"] == [{"type": "work", "value": "+1 2"}]
    assert got["addresses"] == [{"type": "work", "formatted": "Street +1 2"}]
    assert service.patch(where, {"op": "Remove", "path": 'phoneNumbers[type eq "work"].value'}).status == 200
    assert not any("value" in n for n in service.get(where).json.get("phoneNumbers", []))
    # unassigned, assigned again: the same account
    for value, active in (("False", False), ("True", True), (False, False), (True, True)):
        assert service.patch(where, {"op": "Replace", "path": "active", "value": value})["active"] is active
        assert service.find("Users", 'userName eq "eve@example.com"')["Resources"][0]["id"] == eve["id"]
    assert service.delete(where).status == 204 and service.delete(where).status == 404


def test_on_both_addresses(service):
    """The flag is a query parameter of the tenant's address, so that it comes with every request."""
    flag = "?aadOptscim062020"
    made = service.post("/Users" + flag, new_user("flag@example.com", "flag"))
    assert made.status == 201
    where = f"/Users/{made['id']}{flag}"
    assert service.patch(where, {"op": "replace", "value": {"active": False}})["active"] is False
    found = service.get(f"/Users{flag}&filter=userName%20eq%20%22flag@example.com%22")
    assert found["totalResults"] == 1 and found["Resources"][0]["active"] is False
    assert service.delete(where).status == 204


def test_dialect_is_logged_once(service):
    where = "/Users/" + service.user("x@example.com")
    for value in ("False", "True", "False"):
        service.patch(where, {"op": "Replace", "path": "active", "value": value})
    said = service.stop().err
    assert said.count('booleans as text ("False")') == 1
    assert said.count("capitalised operations") == 1


def test_strict_refuses_the_dialect(strict):
    where = "/Users/" + strict.user("x@example.com")
    got = strict.patch(where, {"op": "replace", "path": "active", "value": "False"})
    assert (got.status, got["scimType"]) == (400, "invalidValue")
    got = strict.patch(where, {"op": "add", "path": 'emails[type eq "work"].value', "value": "a@x"})
    assert (got.status, got["scimType"]) == (400, "noTarget")
    group = strict.group("g")
    got = strict.patch(f"/Groups/{group}", {"op": "add", "path": "members",
                                            "value": [{"value": "nobody"}]})
    assert (got.status, got["scimType"]) == (400, "invalidValue")
