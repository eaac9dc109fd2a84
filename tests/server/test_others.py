# SPDX-License-Identifier: Apache-2.0
"""OneLogin, JumpCloud, Google, Ping, authentik and Microsoft's Postman collection: what they really send."""
from conftest_server import ENTERPRISE, USER


def test_onelogin(service):
    assert service.find("Users", 'userName eq "doesnotexist_ol_test"')["totalResults"] == 0
    made = service.post("/Users", {
        "schemas": ["urn:scim:schemas:core:1.0", "urn:scim:schemas:extension:enterprise:1.0"],
        "userName": "ol@example.com", "id": None, "active": "true", "locale": "en",
        "name": {"givenName": "One", "familyName": "Login", "formatted": "One Login"},
        "emails": [{"value": "ol@example.com", "type": "work", "primary": True}],
        ENTERPRISE: {"department": "IT", "manager": {"managerId": "77", "displayName": "Boss"}}},
        content_type="application/json", Accept="application/json")
    assert made.status == 201 and made["active"] is True and made["id"]
    assert made.headers["Content-Type"] == "application/json"
    assert made[ENTERPRISE]["manager"] == {"value": "77"}
    # its addresses end in a stray ? or &
    assert service.put(f"/Users/{made['id']}?", {**made.json, "active": "false"})["active"] is False
    assert service.get("/Groups?&").status == 200
    group = service.group("ol")
    assert service.patch(f"/Groups/{group}", {"op": "add", "path": "members",
                                              "value": [{"value": made["id"]}]}).status in (200, 204)
    assert service.delete(f"/Users/{made['id']}").status == 204
    assert service.members(group) == []


def test_jumpcloud(service):
    assert service.find("Users", 'userName eq "test@example.com"')["Resources"] == []
    made = service.post("/Users", {"schemas": [USER], "userName": "test@example.com", "active": True,
                                   "name": {"familyName": "T", "givenName": "J"},
                                   "emails": [{"type": "work", "primary": True,
                                               "value": "test@example.com"}]})
    group = service.group("jc-test")
    where = f"/Groups/{group}"
    service.patch(where, {"op": "add", "path": "members", "value": [{"value": made["id"]}]})
    assert service.members(group) == [made["id"]]
    service.patch(where, {"op": "remove", "path": "members", "value": [{"value": made["id"]}]})
    assert service.members(group) == []
    assert service.put(f"/Users/{made['id']}", {**made.json, "active": False})["active"] is False
    assert service.delete(where).status == 204
    assert service.delete(f"/Users/{made['id']}").status == 204


def test_google(service):
    made = service.post("/Users", {"schemas": ["urn:scim:schemas:core:1.0", USER],
                                   "userName": "g@example.com", "name": {"givenName": "G"}},
                        content_type="application/json; charset=UTF-8",
                        User_Agent="Google-Auto-Provisioning")
    assert made.status == 201 and made["schemas"] == [USER]
    plain = {"content_type": "application/json; charset=UTF-8", "User_Agent": "Google-Auto-Provisioning"}
    found = service.find("Users", 'userName eq "g@example.com"')
    assert found["totalResults"] == 1 and found["Resources"][0]["id"] == made["id"]
    where = "/Users/" + made["id"]
    body = {"schemas": ["urn:scim:schemas:core:1.0", USER, ENTERPRISE], "id": made["id"], "userName": "g@example.com",
            "name": {"givenName": "G", "familyName": "H", "formatted": "G H"}, "active": True,
            "emails": [{"value": "g@example.com", "primary": True, "type": "work"}],
            "phoneNumbers": [{"value": "", "type": "work"}], "addresses": [], ENTERPRISE: {"department": ""}}
    put = service.put(where, body, **plain)
    assert put.status == 200 and put["name"]["familyName"] == "H" and put["schemas"][0] == USER
    # suspended, back, and gone
    assert service.put(where, {**body, "active": False}, **plain)["active"] is False
    assert service.patch(where, {"op": "replace", "path": "active", "value": True}, **plain)["active"] is True
    assert service.delete(where).status == 204
    assert service.find("Users", 'userName eq "g@example.com"')["totalResults"] == 0


def test_ping(service):
    service.user("ping@example.com", emails=[{"value": "Ping@Example.com", "type": "work"}])
    assert service.find("Users", 'emails eq "ping@example.com"')["totalResults"] == 1
    assert service.find("Users", 'emails.value eq "PING@example.com"')["totalResults"] == 1
    service.group("one")
    assert service.get("/Groups/")["totalResults"] == 1
    found = service.find("Users", "userName eq ping@example.com")["Resources"][0]
    assert service.put(f"/Users/{found['id']}/", {**found, "title": "T"})["title"] == "T"
    # it fetches all groups and finds its own by itself, then changes members, then disables by PUT
    for i in range(3):
        service.group(f"g{i}")
    groups = service.get("/Groups?startIndex=1&count=100")["Resources"]
    group = next(g["id"] for g in groups if g["displayName"] == "g1")
    add = {"op": "add", "path": "members", "value": [{"value": found["id"], "display": "ping@example.com"}]}
    assert service.patch(f"/Groups/{group}", add).status in (200, 204)
    assert service.get(f"/Users/{found['id']}")["groups"][0]["value"] == group
    gone = {"op": "remove", "path": f'members[value eq "{found["id"]}"]'}
    assert service.patch(f"/Groups/{group}", gone).status in (200, 204)
    assert service.put(f"/Users/{found['id']}", {**found, "active": False})["active"] is False
    assert service.find("Users", 'userName eq "ping@example.com"')["Resources"][0]["active"] is False
    assert service.delete(f"/Users/{found['id']}").status == 204


def test_authentik(service):
    user = service.user("au@example.com")
    group = service.group("au")
    config = service.get("/ServiceProviderConfig")
    assert config["patch"]["supported"] and config["bulk"]["maxOperations"] > 0
    service.patch(f"/Groups/{group}", {"op": "replace", "path": None,
                                       "value": {"id": group, "displayName": "au2"}},
                  {"op": "add", "path": "members", "value": [{"value": user}]})
    assert service.members(group) == [user]


def test_postman_shapes(service):
    assert service.get("/serviceConfiguration")["patch"]["supported"] is True
    made = service.post("/Users", {
        "UserName": "UserName123", "Active": True, "DisplayName": "BobIsAmazing",
        "schemas": [ENTERPRISE, USER], "externalId": "${__UUID}",
        "name": {"formatted": "Ryan Leenay", "familyName": "Leenay", "givenName": "Ryan"},
        "emails": [{"Primary": True, "type": "work", "value": "testing@bob.com"},
                   {"Primary": False, "type": "home", "value": "testinghome@bob.com"}],
        ENTERPRISE: {"Department": "bob", "Manager": {"Value": "SuzzyQ"}}})
    assert made.status == 201 and made["userName"] == "UserName123"
    assert made[ENTERPRISE] == {"department": "bob", "manager": {"value": "SuzzyQ"}}
    # externalId is the same literal text in many requests: it is not unique
    assert service.post("/Users", {"userName": "other", "externalId": "${__UUID}"}).status == 201
    assert service.get("/Users/?filter=DisplayName+eq+%22BobIsAmazing%22")["totalResults"] == 1
    for shape in ("attributes=emails%5Btype%20eq%20%22work%22%5D", "attributes=emails.value,id"):
        got = service.get("/Users?" + shape)
        assert got.status == 200 and "testing@bob.com" in got.body.decode()
    garbage = service.post("/Users", {
        "schemas": [USER], "userName": "garbage", "active": "True", "roles": [], "title": None,
        "emails": [{"type": "work", "value": "1@x", "primary": True},
                   {"type": "work", "value": "2@x", "display": None}],
        "addresses": [{"type": "work", "locality": None}, {"type": "home", "locality": "L"}],
        "meta": {"created": "2012-03-27T19:59:26.000Z", "version": "W/\"1\""}})
    assert garbage.status == 201 and garbage["active"] is True
    for bad in ({"schemas": [USER], "displayName": "no name"}, "{broken", "", "[]"):
        assert service.post("/Users", bad).status == 400
    where = f"/Users/{garbage['id']}"
    assert service.put(where, {"userame": "x", "schemas": [USER]}).status == 400
    assert service.put(where, {"userName": "garbage", "adreses": [1]}).status == 200


def test_postman_filters(service):
    for i, name in enumerate(("One", "Two", "Three")):
        service.user(f"Olly{i}", name={"familyName": "Employee"},
                     emails=[{"value": f"{name}@example.{'com' if i else 'org'}"}])
    service.user("other")
    text = ("name.FamilyName eq Employee and "
            "(emails.Value co example.com or emails.Value co example.org)")
    assert service.find("Users", text)["totalResults"] == 3
    assert service.find("Users", "userName sw O")["totalResults"] == 4
    assert service.find("Users", "meta.Created gt 2015-10-10T14:38:21.8617979-07:00")["totalResults"] == 4


def test_postman_members(service):
    group = service.group("g")
    where = f"/Groups/{group}"
    assert service.call("PATCH", where, {"id": "x", "Operations": [
        {"op": "add", "path": "members", "value": "string id 1"}]}).status == 204
    user = service.user("u")
    service.patch(where, {"name": "addMember", "op": "add", "path": "members",
                          "value": [{"displayName": "new User", "value": user}]})
    assert b"new User" in service.get(where).body
    assert service.members(group) == sorted(["string id 1", user])
    service.patch(where, {"op": "remove", "path": f'members[value eq "{user}"]'})
    assert service.members(group) == ["string id 1"]
    service.patch(where, {"op": "remove", "path": "members"})
    assert service.members(group) == []
