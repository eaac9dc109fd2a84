# SPDX-License-Identifier: Apache-2.0
"""Every leniency: what identity providers send is taken as meant and logged once a token; `strict: true` refuses each."""
import json
import sqlite3
import threading

import pytest

from conftest_server import ENTERPRISE, GROUP, MESSAGE, USER


def patch(*operations):
    return {"schemas": [MESSAGE + "PatchOp"], "Operations": list(operations)}


def user(**more):
    return {"schemas": [USER], "userName": "new", **more}


# what is logged: the request (USER_ID and GROUP_ID are filled in), what strict answers, what is there afterwards
CASES = {
    "capitalised operations": ("PATCH", "/Users/USER_ID", patch({"op": "Replace", "path": "title", "value": "x"}), 200,
                               {"title": "x"}),
    "booleans as text": ("PATCH", "/Users/USER_ID", patch({"op": "replace", "path": "active", "value": "False"}), 400,
                         {"active": False}),
    "numbers where text is due": ("PUT", "/Users/USER_ID", user(title=7), 400, {"title": "7"}),
    "dotted or full names as keys": ("PATCH", "/Users/USER_ID", patch({"op": "replace", "value": {"name.givenName": "G"}}),
                                     400, {"name": {"givenName": "G"}}),
    "remove with a list of values": ("PATCH", "/Groups/GROUP_ID",
                                     patch({"op": "remove", "path": "members", "value": [{"value": "USER_ID"}]}), 400, None),
    "a plain value where an object is due": ("PATCH", "/Users/USER_ID",
                                             patch({"op": "add", "path": ENTERPRISE + ":manager", "value": "m"}), 400,
                                             {ENTERPRISE: {"manager": {"value": "m"}}}),
    "one value where a list is due": ("PUT", "/Users/USER_ID", user(emails={"value": "a@x"}), 400,
                                      {"emails": [{"value": "a@x"}]}),
    "add with a filter that matches nothing": ("PATCH", "/Users/USER_ID",
                                               patch({"op": "add", "path": 'emails[type eq "work"].value', "value": "a@x"}),
                                               400, {"emails": [{"type": "work", "value": "a@x"}]}),
    "`schemas` absent": ("PUT", "/Users/USER_ID", {"userName": "new", "schemas": ["urn:scim:schemas:core:1.0"]}, 400,
                         {"userName": "new"}),
    "attributes that no schema has": ("PATCH", "/Users/USER_ID", patch({"op": "add", "value": {"favourite": "x", "title": "y"}}),
                                      400, {"title": "y"}),
    "null for a required value": ("PATCH", "/Users/USER_ID", patch({"op": "replace", "value": {"userName": None, "title": "z"}}),
                                  400, {"userName": "ada", "title": "z"}),
    "members that are not known here": ("PATCH", "/Groups/GROUP_ID",
                                        patch({"op": "add", "path": "members", "value": [{"value": "nobody"}]}), 400, None),
    "more than one primary value": ("PUT", "/Users/USER_ID", user(emails=[{"value": "1@x", "primary": True},
                                                                         {"value": "2@x", "primary": True}]), 400,
                                    {"emails": [{"value": "1@x", "primary": True}, {"value": "2@x", "primary": False}]}),
    "filter values without quotes": ("GET", "/Users?filter=userName%20eq%20ada", None, 400, None),
}


def send(service, case):
    ids = {"USER_ID": service.post("/Users", {"schemas": [USER], "userName": "ada", "active": True})["id"]}
    ids["GROUP_ID"] = service.post("/Groups", {"schemas": [GROUP], "displayName": "g",
                                               "members": [{"value": ids["USER_ID"]}]})["id"]
    method, path, body = case[:3]
    text = json.dumps(body) if body else None
    for name, value in ids.items():
        path, text = path.replace(name, value), text and text.replace(name, value)
    return ids, service.call(method, path, text)


@pytest.mark.parametrize("logged", CASES)
def test_taken_as_meant_and_logged(service, logged):
    case = CASES[logged]
    ids, got = send(service, case)
    assert got.status in (200, 204), got
    if case[4]:
        now = service.get("/Users/" + ids["USER_ID"]).json
        assert {key: now[key] for key in case[4]} == case[4]
    if "remove" in logged:
        assert service.members(ids["GROUP_ID"]) == []
    if "members" in logged:
        assert service.members(ids["GROUP_ID"]) == sorted([ids["USER_ID"], "nobody"])
    if "filter values" in logged:
        assert got["totalResults"] == 1
    said = service.stop().err
    assert said.count(logged) == 1 and "token" in said, said


@pytest.mark.parametrize("logged", CASES)
def test_strict_refuses_it(strict, logged):
    case = CASES[logged]
    ids, got = send(strict, case)
    assert got.status == case[3], got
    if got.status == 400:
        assert got["scimType"] and got["detail"]
        assert strict.get("/Users/" + ids["USER_ID"])["meta"]["version"].startswith('W/"')
        assert "title" not in strict.get("/Users/" + ids["USER_ID"]).json
        assert strict.members(ids["GROUP_ID"]) == [ids["USER_ID"]]
    assert "taken as meant" not in strict.stop().err


def test_each_token_has_a_dialect_of_its_own(service):
    where = "/Users/" + service.post("/Users", user())["id"]
    other = service.make_token("other")
    for token in (None, None, other, other):
        service.patch(where, {"op": "Replace", "path": "title", "value": "x"}, token=token)
    said = service.stop().err
    assert said.count("capitalised operations") == 2 and said.count("(other)") == 1


def test_dialects_inside_of_bulk_requests(service):
    service.post("/Bulk", {"schemas": [MESSAGE + "BulkRequest"], "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": user(active="False")}]})
    assert service.stop().err.count("booleans as text") == 1


def test_strict_by_configuration(muster, start_service):
    muster.configure({"serve": {"listen": "127.0.0.1:8443", "strict": True, "store": str(muster.folder / "inbox.db")}})
    service = start_service()
    service.stop()
    service.process = muster.start("serve", "--listen", "127.0.0.1:0")
    service.url = service.process.wait_line("/scim/v2").strip()
    service.host = service.url.split("/")[2]
    service = service.twin()
    assert service.post("/Users", user(active="true"))["scimType"] == "invalidValue"
    assert service.post("/Users", user(active=True)).status == 201


# --- what must never happen, in every dialect

SHAPES = {
    "plain": lambda op: op, "capitalised": lambda op: {**op, "op": op["op"].capitalize()},
    "with a null value": lambda op: {"value": None, **op}, "with unknown keys": lambda op: {**op, "name": "x"},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_filtered_remove_takes_only_whom_it_names(service, shape):
    people = [service.post("/Users", user(userName=f"u{i}"))["id"] for i in range(4)]
    group = service.group("g", *people)
    for path in ('members[value eq "nobody"]', f'members[value eq "{people[0]}"]', f'MEMBERS[VALUE EQ "{people[1]}"]',
                 'members[display eq "none"]', f'members[value eq "{people[0]}" and type eq "Group"]'):
        got = service.patch(f"/Groups/{group}", SHAPES[shape]({"op": "remove", "path": path}))
        assert got.status in (200, 204, 400), got
    assert service.members(group) == sorted(people[2:])
    for path in ("members[value eq", "members[]", "members[value]", 'members[value eq ""', "members[nonsense sw]"):
        got = service.patch(f"/Groups/{group}", SHAPES[shape]({"op": "remove", "path": path}))
        assert got.status == 400, (path, got)
    assert service.members(group) == sorted(people[2:])


@pytest.mark.parametrize("body", [
    {"op": "replace", "path": "active", "value": None}, {"op": "replace", "value": {"active": None}},
    {"op": "remove", "path": "active"}, {"op": "add", "path": "active", "value": None}, {"op": "replace", "value": {}},
    {"op": "replace", "path": "active", "value": []}, {"op": "replace", "path": "title", "value": "x"}])
def test_nothing_but_true_wakes_anybody_up(service, body):
    where = "/Users/" + service.post("/Users", user(active=False))["id"]
    got = service.patch(where, body)
    assert got.status in (200, 204, 400), got
    # an attribute that was taken away is not shown, and changes nothing
    assert service.get(where).json.get("active") is (None if body["op"] == "remove" else False)
    with sqlite3.connect(service.store) as db:
        assert db.execute("select active from resource").fetchone() == (0,)
    for put in (user(), user(active=None), user(active=[])):
        assert service.put(where, put).status in (200, 400)
        assert service.get(where)["active"] is False
    assert service.put(where, user(active="True"))["active"] is True


def test_concurrent_changes_lose_nobody(service):
    """Members added, removed and the group renamed at once, one connection each: all of it holds in the end."""
    people = [service.post("/Users", user(userName=f"u{i}"))["id"] for i in range(40)]
    group = service.group("g", *people[:3])
    answers = []

    def work(operations):
        own = service.twin()
        for operation in operations:
            answers.append(own.patch(f"/Groups/{group}", operation).status)

    jobs = [[{"op": "add", "path": "members", "value": [{"value": p}]} for p in people[3 + i::4]] for i in range(4)]
    jobs.append([{"op": "remove", "path": f'members[value eq "{p}"]'} for p in people[:3]])
    jobs.append([{"op": "replace", "value": {"id": group, "displayName": f"g{i}"}} for i in range(20)])
    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 204}
    assert service.members(group) == sorted(people[3:])
    assert service.get(f"/Groups/{group}")["displayName"] == "g19"
