# SPDX-License-Identifier: Apache-2.0
"""RFC 7644 and 9865, clause by clause: discovery, filters, paging, sorting, PATCH, Bulk, ETags, attributes."""
import json
import threading

from conftest_server import ENTERPRISE, GROUP, MESSAGE, USER


def names(answer):
    assert answer.status == 200, answer
    return [r.get("userName") or r.get("displayName") for r in answer["Resources"]]


def test_discovery(service):
    assert {t["name"] for t in service.get("/ResourceTypes")["Resources"]} == {"User", "Group"}
    assert service.get("/ResourceTypes/user")["schemaExtensions"][0]["schema"] == ENTERPRISE
    schemas = service.get("/Schemas")
    ids = [s["id"] for s in schemas["Resources"]]
    assert USER in ids and GROUP in ids and ENTERPRISE in ids
    assert not any(i.startswith(MESSAGE) for i in ids)
    assert service.get("/Schemas/" + USER.upper())["id"] == USER
    config = service.get("/ServiceProviderConfig", token="")
    assert all(config[k]["supported"] for k in ("patch", "bulk", "filter", "sort", "etag"))
    assert config["pagination"]["defaultPaginationMethod"] == "index"
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas"):
        assert service.get(path + "?filter=a%20pr").status == 403
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert service.call(method, path, "{}").status == 405
    assert service.get("/Schemas/urn:none")["status"] == "404"
    assert service.get("/nonsense").json["schemas"] == [MESSAGE + "Error"]
    assert service.get("/Me").status == 501
    # the version may be left out
    for prefix in ("//scim/Users", "//v2/Users", "//Users"):
        assert service.get(prefix).status == 200


def test_filters(service):
    service.user("ada", title="Lead", emails=[{"type": "work", "value": "ada@w.org"},
                                              {"type": "home", "value": "ada@h.org"}],
                 **{ENTERPRISE: {"department": "Engines", "employeeNumber": "7"}})
    service.user("bob", title="Engineer", active=False, emails=[{"type": "home", "value": "bob@w.org"}])
    service.user("Émile", nickName="é")
    group = service.group("eng", service.find("Users", 'userName eq "bob"')["Resources"][0]["id"])
    cases = {
        'userName eq "ADA"': ["ada"],
        'userName eq "émile"': ["Émile"],
        'userName ne "ada"': ["bob", "Émile"],
        'title pr': ["ada", "bob"],
        'not (title pr)': ["Émile"],
        'title co "ea" or title sw "Eng"': ["ada", "bob"],
        'title eq "Lead" or title eq "Engineer" and active eq true': ["ada"],
        '(title eq "Lead" or title eq "Engineer") and active eq false': ["bob"],
        'emails[type eq "work" and value co "@w.org"]': ["ada"],
        'emails.value ew "w.org"': ["ada", "bob"],
        'emails.type eq "work" and emails.value eq "ada@h.org"': ["ada"],
        f'{ENTERPRISE}:department eq "engines"': ["ada"],
        f'{USER}:userName eq "ada"': ["ada"],
        'active eq false': ["bob"],
        'USERNAME SW "a" AND TITLE PR': ["ada"],
        'meta.lastModified gt "2011-05-13T04:42:34Z"': ["ada", "bob", "Émile"],
        'meta.resourceType eq "User"': ["ada", "bob", "Émile"],
        'groups.display eq "eng"': ["bob"],
        f'groups.value eq "{group}"': ["bob"],
        'nickName eq null': ["ada", "bob"],
        f'schemas eq "{USER}"': ["ada", "bob", "Émile"],
        f'schemas eq "{ENTERPRISE}"': ["ada"],
        'schemas pr and not (schemas co "enterprise")': ["bob", "Émile"],
        'nonsense eq "x"': [],
    }
    for text, expected in cases.items():
        assert names(service.find("Users", text)) == expected, text
    for text in ('userName', 'userName xx "a"', 'userName eq "a', '(userName eq "a"', 'active gt true',
                 'userName eq "a" and', '"a" eq userName', "x" * 5000, "(" * 40 + 'a pr' + ")" * 40):
        got = service.find("Users", text)
        assert (got.status, got["scimType"]) == (400, "invalidFilter"), text
    member = service.find("Users", 'userName eq "bob"')["Resources"][0]["id"]
    assert names(service.find("Groups", f'members.value eq "{member}"')) == ["eng"]
    assert names(service.find("Groups", f'members[value eq "{member}"]')) == ["eng"]
    assert names(service.find("Groups", 'members pr')) == ["eng"]


def test_index_paging(service):
    for i in range(7):
        service.user(f"u{i}")
    assert names(service.get("/Users?startIndex=1&count=3")) == ["u0", "u1", "u2"]
    page = service.get("/Users?startIndex=4&count=3")
    assert names(page) == ["u3", "u4", "u5"]
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (7, 3, 4)
    assert names(service.get("/Users?startIndex=7&count=3")) == ["u6"]
    assert names(service.get("/Users?startIndex=6&count=3")) == ["u5", "u6"]
    assert names(service.get("/Users?startIndex=99")) == []
    assert names(service.get("/Users?startIndex=-5&count=2")) == ["u0", "u1"]
    none = service.get("/Users?count=0")
    assert none["totalResults"] == 7 and none["Resources"] == []
    assert service.get("/Users?count=-1")["Resources"] == []
    assert service.get("/Users?count=many")["scimType"] == "invalidValue"
    # a filtered list stays what it was while it is paged through
    assert names(service.find("Users", 'userName sw "u"', count=3)) == ["u0", "u1", "u2"]
    service.user("u7")
    second = service.find("Users", 'userName sw "u"', count=3, startIndex=4)
    assert names(second) == ["u3", "u4", "u5"] and second["totalResults"] == 7


def test_sorting(service):
    for name, title in (("b", "Z"), ("A", "y"), ("c", None)):
        service.user(name, title=title, emails=[{"value": f"2{name}"}, {"value": f"{name}1", "primary": True}])
    assert names(service.get("/Users?sortBy=userName")) == ["A", "b", "c"]
    assert names(service.get("/Users?sortBy=userName&sortOrder=descending")) == ["c", "b", "A"]
    assert names(service.get("/Users?sortBy=title")) == ["A", "b", "c"]
    assert names(service.get("/Users?sortBy=title&sortOrder=descending")) == ["c", "b", "A"]
    assert names(service.get("/Users?sortBy=emails")) == ["A", "b", "c"]
    assert names(service.get("/Users?sortBy=userName&count=1&startIndex=2")) == ["b"]
    assert names(service.get("/Users?sortBy=meta.created&count=1&startIndex=1")) == ["b"]
    assert service.get("/Users?sortBy=userName&sortOrder=up").status == 400


def test_cursors(service):
    for i in range(7):
        service.user(f"u{i}", title="even" if i % 2 == 0 else "odd")
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = service.get(f"/Users?count=3&cursor={cursor}")
        assert page["totalResults"] == 7 and "startIndex" not in page.json
        seen += names(page)
        cursor, pages = page.json.get("nextCursor"), pages + 1
    assert seen == [f"u{i}" for i in range(7)] and pages == 3
    first = service.get("/Users?count=3&cursor=")["nextCursor"]
    assert all(c.isalnum() or c in "-._~" for c in first)
    other = service.make_token("other")
    for query, token, kind in ((f"count=3&cursor={first[:-4]}AAAA", None, "invalidCursor"),
                               ("count=3&cursor=nonsense", None, "invalidCursor"),
                               (f"count=3&cursor={first}&sortBy=userName", None, "invalidCursor"),
                               (f"count=3&cursor={first}&attributes=userName", None, "invalidCursor"),
                               (f"count=3&cursor={first}", other, "invalidCursor"),
                               (f"count=2&cursor={first}", None, "invalidCount")):
        got = service.get("/Users?" + query, token=token)
        assert (got.status, got["scimType"]) == (400, kind), query
    page = service.find("Users", 'title eq "even"', count=3, cursor="")
    assert names(page) == ["u0", "u2", "u4"]
    page = service.find("Users", 'title eq "even"', count=3, cursor=page["nextCursor"])
    assert names(page) == ["u6"] and "nextCursor" not in page.json
    page = service.get("/Users?sortBy=userName&sortOrder=descending&count=4&cursor=")
    assert names(page) == ["u6", "u5", "u4", "u3"]
    page = service.get(f"/Users?sortBy=userName&sortOrder=descending&count=4&cursor={page['nextCursor']}")
    assert names(page) == ["u2", "u1", "u0"] and "nextCursor" not in page.json
    group = service.group("g")
    page = service.post("/.search", {"schemas": [MESSAGE + "SearchRequest"], "count": 7, "cursor": ""})
    page = service.post("/.search", {"count": 7, "cursor": page["nextCursor"]})
    assert [r["id"] for r in page["Resources"]] == [group]


def test_search(service):
    service.user("ada", displayName="x")
    service.group("x")
    got = service.post("/.search", {"schemas": [MESSAGE + "SearchRequest"], "filter": 'displayName eq "x"',
                                    "attributes": ["displayName"]})
    assert got["totalResults"] == 2 and all(set(r) == {"schemas", "id", "displayName"}
                                            for r in got["Resources"])
    assert service.get('/?filter=displayName%20eq%20%22x%22')["totalResults"] == 2
    assert service.get('/?filter=userName%20pr')["totalResults"] == 1
    got = service.post("/Users/.search", {"filter": 'userName eq "ada"', "excludedAttributes": ["meta"],
                                          "startIndex": 1, "count": 10})
    assert got["totalResults"] == 1 and "meta" not in got["Resources"][0]
    assert service.post("/Users/.search", {"filter": 3}).status == 400
    assert service.get("/Users/.search").status == 405


def test_attributes(service):
    body = {"schemas": [USER], "userName": "ada", "title": "T", "name": {"givenName": "A", "familyName": "L"},
            "emails": [{"value": "a", "type": "work"}], ENTERPRISE: {"department": "D", "costCenter": "C"}}
    made = service.post("/Users?attributes=userName", body)
    assert set(made.json) == {"schemas", "id", "userName"}
    where = "/Users/" + made["id"]
    got = service.get(where + "?attributes=NAME.givenName,emails.type," + ENTERPRISE + ":department")
    assert got["name"] == {"givenName": "A"} and got["emails"] == [{"type": "work"}]
    assert got[ENTERPRISE] == {"department": "D"} and "title" not in got.json
    got = service.get(where + "?attributes=" + ENTERPRISE)
    assert got[ENTERPRISE] == {"department": "D", "costCenter": "C"}
    got = service.get(where + "?excludedAttributes=id,name.givenName,emails,schemas")
    assert got["id"] == made["id"] and got["name"] == {"familyName": "L"} and "emails" not in got.json
    assert service.get(where + "?attributes=a&excludedAttributes=b").status == 400
    got = service.patch(where + "?attributes=title", {"op": "replace", "path": "title", "value": "U"})
    assert got.status == 200 and set(got.json) == {"schemas", "id", "title"}
    assert set(service.put(where + "?attributes=userName", body).json) == {"schemas", "id", "userName"}


def test_etags(service):
    where = "/Users/" + service.user("ada")
    first = service.get(where)
    tag = first.headers["ETag"]
    assert tag == first["meta"]["version"] and tag.startswith('W/"')
    assert service.get(where, If_None_Match=tag).status == 304
    assert service.get(where, If_None_Match='W/"abc", *').status == 304
    assert service.get(where, If_None_Match='W/"abc"').status == 200
    replace = {"op": "replace", "path": "title", "value": "T"}
    assert service.patch(where, replace, If_Match='W/"abc"').status == 412
    changed = service.patch(where, replace, If_Match=f'"x", {tag}')
    assert changed.status == 200 and changed.headers["ETag"] != tag
    assert service.put(where, {"userName": "b"}, If_Match=tag).status == 412
    assert service.delete(where, If_Match=tag).status == 412
    # nothing changed: the version stays
    assert service.patch(where, replace).headers["ETag"] == changed.headers["ETag"]
    assert service.delete(where, If_Match="*").status == 204


def test_patch_is_atomic(service):
    user, group = service.user("ada"), service.group("g")
    before = service.get(f"/Groups/{group}").json
    got = service.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]},
                        {"op": "replace", "path": "displayName", "value": "other"},
                        {"op": "replace", "path": 'members[value eq "none"].display', "value": "x"})
    assert (got.status, got["scimType"]) == (400, "noTarget")
    assert service.get(f"/Groups/{group}").json == before


def test_uniqueness(service):
    a, b = service.user("Ada", externalId="x"), service.user("bob", externalId="x")
    for got in (service.post("/Users", {"userName": "ADA"}),
                service.put(f"/Users/{b}", {"userName": "ada"}),
                service.patch(f"/Users/{b}", {"op": "replace", "path": "userName", "value": "aDa"})):
        assert (got.status, got["scimType"]) == (409, "uniqueness")
    assert service.patch(f"/Users/{a}", {"op": "replace", "path": "userName", "value": "ADA"}).status == 200
    assert service.group("same") != service.group("same")


def test_nested_groups(service):
    user = service.user("ada")
    inner = service.group("inner", user)
    outer = service.group("outer", inner)
    service.patch(f"/Groups/{inner}", {"op": "add", "path": "members", "value": [{"value": outer}]})
    groups = {g["display"]: g["type"] for g in service.get(f"/Users/{user}")["groups"]}
    assert groups == {"inner": "direct", "outer": "indirect"}
    members = service.get(f"/Groups/{outer}")["members"]
    assert members[0]["type"] == "Group" and members[0]["$ref"].endswith("/Groups/" + inner)
    got = service.patch(f"/Groups/{inner}", {"op": "add", "path": "members", "value": [{"value": inner}]})
    assert got.status == 400


def test_no_member_is_lost(service):
    people = [service.user(f"u{i}") for i in range(24)]
    group = service.group("g")

    def add(mine):
        own = service.twin()
        for person in mine:
            assert own.patch(f"/Groups/{group}", {"op": "add", "path": "members",
                                                  "value": [{"value": person}]}).status == 200

    threads = [threading.Thread(target=add, args=(people[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert service.members(group) == sorted(people)


def bulk(service, *operations, **more):
    return service.post("/Bulk", {"schemas": [MESSAGE + "BulkRequest"], "Operations": list(operations), **more})


def user_operation(name, bulk_id, **more):
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"userName": name, **more}}


def test_bulk_references(service):
    got = bulk(service,
               {"method": "POST", "path": "/Groups", "bulkId": "g",
                "data": {"displayName": "G", "members": [{"value": "bulkId:u"}, {"value": "bulkId:h"}]}},
               user_operation("ada", "u", **{ENTERPRISE: {"manager": {"value": "bulkId:v"}}}),
               user_operation("boss", "v"),
               {"method": "POST", "path": "/Groups", "bulkId": "h",
                "data": {"displayName": "H", "members": [{"value": "bulkId:g"}]}},
               {"method": "PATCH", "path": "/Users/bulkId:v",
                "data": {"Operations": [{"op": "add", "path": "title", "value": "Boss"}]}})
    assert got.status == 200 and [o["status"] for o in got["Operations"]] == ["201"] * 4 + ["200"]
    ids = {o["bulkId"]: o["location"].rsplit("/", 1)[1] for o in got["Operations"] if "bulkId" in o}
    assert service.members(ids["g"]) == sorted([ids["u"], ids["h"]])
    assert service.members(ids["h"]) == [ids["g"]]
    assert service.get(f"/Users/{ids['u']}")[ENTERPRISE]["manager"] == {"value": ids["v"]}
    assert service.get(f"/Users/{ids['v']}")["title"] == "Boss"
    assert service.get("/Groups")["totalResults"] == 2


def test_bulk_errors(service):
    user = service.user("ada")
    got = bulk(service, user_operation("ADA", "1"), user_operation("bob", "2"),
               {"method": "DELETE", "path": f"/Users/{user}", "version": 'W/"0"'},
               {"method": "PUT", "path": "/Users/none", "data": {"userName": "x"}},
               {"method": "POST", "path": "/Groups", "bulkId": "g",
                "data": {"displayName": "G", "members": [{"value": "bulkId:1"}]}},
               {"method": "TAKE", "path": "/Users"}, {"method": "POST", "path": "/Things", "data": {}})
    assert [o["status"] for o in got["Operations"]] == ["409", "201", "412", "404", "409", "400", "400"]
    assert got["Operations"][0]["response"]["scimType"] == "uniqueness"
    assert "location" not in got["Operations"][0] and "location" in got["Operations"][1]
    assert service.get("/Groups")["totalResults"] == 0
    got = bulk(service, user_operation("ada", "1"), user_operation("ada", "2"), user_operation("carl", "3"),
               failOnErrors=2)
    assert len(got["Operations"]) == 2
    assert service.find("Users", 'userName eq "carl"')["totalResults"] == 0
    got = bulk(service, *[user_operation(f"u{i}", f"{i}") for i in range(1001)])
    assert got.status == 413 and "maxOperations" in got["detail"]
    assert bulk(service, user_operation("x", "1"), user_operation("y", "1"))["Operations"][1]["status"] == "400"


def test_bulk_circle_with_a_failure(service):
    service.user("taken")
    got = bulk(service,
               {"method": "POST", "path": "/Groups", "bulkId": "a",
                "data": {"displayName": "A", "members": [{"value": "bulkId:b"}]}},
               {"method": "POST", "path": "/Groups", "bulkId": "b",
                "data": {"members": [{"value": "bulkId:a"}]}})
    assert [o["status"] for o in got["Operations"]] == ["409", "400"]
    assert service.get("/Groups")["totalResults"] == 0


def test_bodies(service):
    for body in ('{"userName": "a", "userName": "b"}', '{"userName": "\\u0000"}', '{"a":' * 50 + "1" + "}" * 50,
                 '{"userName": "a", "x": 1e999}', '{"userName": "\\ud800"}', b'{"userName": "\xff"}', "[]", "null"):
        got = service.post("/Users", body)
        assert (got.status, got["scimType"]) == (400, "invalidSyntax"), body
    for body, kind in (({"userName": 1.5}, None), ({"userName": ["a", "b"]}, "invalidValue"),
                       ({"userName": {"a": 1}}, "invalidValue"), ({"userName": "a", "active": 7}, "invalidValue"),
                       ({"userName": "b", "name": "x"}, "invalidValue"), ({"userName": ""}, "invalidValue")):
        got = service.post("/Users", body)
        assert got.status == (201 if kind is None else 400) and got.json.get("scimType") == kind, body
    assert service.post("/Users", "userName=a", content_type="application/x-www-form-urlencoded").status == 415
    assert json.loads(service.get("/Users/%00").body)["status"] == "400"
    assert service.get("/Users/%zz").status == 400
    assert service.call("PUT", "/Users", "{}").headers["Allow"] == "GET, POST"
    long = "ä" * 20000
    assert service.get("/Users/" + service.user("long", title=long))["title"] == long
