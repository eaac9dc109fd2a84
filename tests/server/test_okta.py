# SPDX-License-Identifier: Apache-2.0
"""Okta: the twelve steps of its SPEC test, profiles by PUT, group push, and someone who comes back."""
import time
import uuid

from conftest_server import USER


def profile(name, **more):
    return {"schemas": [USER], "userName": name, "name": {"givenName": "Test", "familyName": "User"},
            "emails": [{"primary": True, "value": name, "type": "work"}], "displayName": "Test User",
            "locale": "en-US", "externalId": "00u" + name, "groups": [], "password": "1mz050nq",
            "active": True, **more}


def test_spec(service):
    service.post("/Users", profile("first@example.com"))
    listed = service.get("/Users?count=1&startIndex=1")
    assert listed.status == 200
    assert all(isinstance(listed[k], int) for k in ("itemsPerPage", "startIndex", "totalResults"))
    first = listed["Resources"][0]
    assert first["id"] and first["name"]["familyName"] and first["name"]["givenName"]
    assert first["userName"] and first["active"] is True and first["emails"][0]["value"]
    assert service.get("/Users/" + first["id"]).status == 200
    random = f"{uuid.uuid4()}@example.com"
    assert service.find("Users", f'userName eq "{random}"')["totalResults"] == 0
    missing = service.get(f"/Users/{uuid.uuid4()}")
    assert missing.status == 404 and missing["detail"] and missing["status"] == "404"
    asked = {"content_type": "application/json", "Accept": "application/scim+json; charset=utf-8"}
    made = service.post("/Users", profile(random), **asked)
    assert made.status == 201 and made["active"] is True and made["name"]["givenName"] == "Test"
    assert "password" not in made.json
    assert service.get("/Users/" + made["id"])["userName"] == random
    again = service.post("/Users", profile(random), **asked)
    assert (again.status, again["scimType"]) == (409, "uniqueness")
    assert service.find("Users", f'userName eq "{random.upper()}"')["totalResults"] == 1
    begun = time.monotonic()
    assert service.get("/Groups").status == 200
    assert time.monotonic() - begun < 0.6
    refused = service.get("/Users", token="nonsense")
    assert refused.status == 401 and refused["status"] == "401" and refused["detail"]
    assert service.get("/Users/00919288221112222")["status"] == "404"


def test_profile_by_put(service):
    made = service.post("/Users", profile("a@example.com"))
    body = {**made.json, "title": "Lead", "displayName": "New Name"}
    body.pop("locale")
    got = service.put("/Users/" + made["id"], body)
    assert got.status == 200 and got["title"] == "Lead" and "locale" not in got.json
    # neither the missing `active` nor an `id` in the body changes anything
    service.patch("/Users/" + made["id"], {"op": "replace", "value": {"active": False}})
    body.pop("active")
    assert service.put("/Users/" + made["id"], body)["active"] is False
    assert service.put(f"/Users/{uuid.uuid4()}", body).status == 404


def test_deactivation_and_rehire(service):
    made = service.post("/Users", profile("leaver@example.com"))
    where = "/Users/" + made["id"]
    assert service.patch(where, {"op": "replace", "value": {"active": False}})["active"] is False
    # null wakes nobody up
    assert service.patch(where, {"op": "replace", "value": {"active": None}})["active"] is False
    back = service.post("/Users", profile("leaver@example.com", title="Back"))
    assert back.status == 201 and back["id"] == made["id"]
    assert back["active"] is True and back["title"] == "Back"
    # another person does not inherit the account
    service.patch(where, {"op": "replace", "value": {"active": False}})
    other = service.post("/Users", profile("leaver@example.com", externalId="other"))
    assert (other.status, other["scimType"]) == (409, "uniqueness")


def test_deleted_and_back(service):
    made = service.post("/Users", profile("gone@example.com"))
    assert service.delete("/Users/" + made["id"]).status == 204
    assert service.find("Users", 'userName eq "gone@example.com"')["totalResults"] == 0
    same = service.post("/Users", profile("gone@example.com"))
    assert same.status == 201 and same["id"] == made["id"]
    service.delete("/Users/" + same["id"])
    other = service.post("/Users", profile("gone@example.com", externalId="someone else"))
    assert other.status == 201 and other["id"] != made["id"]


def test_import_in_pages(service):
    """An import walks through all users by hundreds; meanwhile somebody is added, and nobody is missed or seen twice."""
    for i in range(250):
        service.post("/Users", {"schemas": [USER], "userName": f"i{i:03}@example.com"})
    seen, start, total = [], 1, 250
    while start <= total:
        page = service.get(f"/Users?startIndex={start}&count=100")
        assert page["startIndex"] == start and page["itemsPerPage"] == len(page["Resources"]) <= 100
        seen += [u["userName"] for u in page["Resources"]]
        total = page["totalResults"]
        start += page["itemsPerPage"]
        if start == 101:
            service.user("late@example.com")
    assert seen == [f"i{i:03}@example.com" for i in range(250)] + ["late@example.com"]


def test_group_push(service):
    people = [service.user(f"p{i}@example.com") for i in range(4)]
    made = service.post("/Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                                    "displayName": "Pushed", "members": []})
    where, group = "/Groups/" + made["id"], made["id"]
    assert made.status == 201
    rename = {"op": "replace", "value": {"id": group, "displayName": "Renamed"}}
    add = {"op": "add", "path": "members",
           "value": [{"value": p, "display": f"p{i}"} for i, p in enumerate(people)]}
    assert service.patch(where, add).status in (200, 204)
    assert service.patch(where, rename).status in (200, 204)
    got = service.get(where)
    assert got["displayName"] == "Renamed" and service.members(group) == sorted(people)
    assert sorted(m["display"] for m in got["members"]) == ["p0", "p1", "p2", "p3"]
    service.patch(where, {"op": "remove", "path": f'members[value eq "{people[0]}"]'},
                  {"op": "add", "path": "members", "value": [{"value": people[1]}]})
    assert service.members(group) == sorted(people[1:])
    service.patch(where, {"op": "replace", "path": "members", "value": [{"value": people[0]}]})
    assert service.members(group) == people[:1]
    # "push now" of an empty group
    service.patch(where, {"op": "replace", "path": "members", "value": []})
    assert service.members(group) == []
    assert service.delete(where).status == 204


def test_replace_without_members_empties_nothing(service):
    people = [service.user(f"p{i}@example.com") for i in range(3)]
    group = service.group("Kept", *people)
    where = "/Groups/" + group
    for body in ({"displayName": "Kept"}, {"displayName": "Kept", "members": None}):
        service.patch(where, {"op": "replace", "value": body})
        assert service.members(group) == sorted(people)
        assert service.put(where, body).status == 200
        assert service.members(group) == sorted(people)
    # nor does a member that names nobody, as a template with a gap makes one
    for shape in ([{}], [None], [""], [{"value": None}], [{"value": ""}], [{"display": "x"}], {}, "", [[]], [people[0], {}]):
        for got in (service.put(where, {"displayName": "Kept", "members": shape}),
                    service.patch(where, {"op": "replace", "value": {"members": shape}}),
                    *(service.patch(where, {"op": op, "path": "members", "value": shape}) for op in ("add", "remove", "replace"))):
            assert (got.status, got["scimType"]) == (400, "invalidValue"), (shape, got)
        assert service.members(group) == sorted(people)
    service.put(where, {"displayName": "Kept", "members": []})
    assert service.members(group) == []
