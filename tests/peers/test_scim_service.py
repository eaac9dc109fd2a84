# SPDX-License-Identifier: Apache-2.0
"""The stand-in SCIM service judged itself: it must be strict, fast, and misbehave exactly as told."""
import asyncio
import base64
import http.client
import json
import ssl
import time
import urllib.parse

import pytest

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"


class Client:
    """A plain keep-alive client that says what it is told to say."""

    def __init__(self, service, token=None):
        self.service = service
        self.headers = {"Authorization": f"Bearer {token or service.token}", "User-Agent": "test",
                        "Content-Type": "application/scim+json", "Accept": "application/scim+json"}
        self.connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)

    def __call__(self, method, path, body=None, expect=None, **headers):
        sent = {**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
        sent = {k: v for k, v in sent.items() if v is not None}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        self.connection.request(method, "/scim/v2" + path, data, sent)
        answer = self.connection.getresponse()
        text = answer.read()
        self.answer = answer
        if expect is not None:
            assert answer.status == expect, text
        return json.loads(text) if text and "json" in answer.headers["Content-Type"] else text

    def user(self, name, /, expect=201, **more):
        return self("POST", "/Users", {"schemas": [CORE + "User"], "userName": name, **more}, expect)

    def group(self, name, members=(), expect=201):
        return self("POST", "/Groups", {"schemas": [CORE + "Group"], "displayName": name,
                                        "members": [{"value": m} for m in members]}, expect)

    def patch(self, path, *operations, expect=204, **headers):
        return self("PATCH", path, {"schemas": [MESSAGE + "PatchOp"], "Operations": list(operations)},
                    expect, **headers)


@pytest.fixture
def client(scim_service):
    return Client(scim_service)


def test_create_read_replace_delete(client, scim_service):
    made = client.user("ada@example.com", name={"givenName": "Ada"}, externalId="1",
                       emails=[{"value": "ada@example.com", "type": "work", "primary": True}])
    path = f"/Users/{made['id']}"
    assert made["meta"]["location"] == scim_service.url + path == client.answer.headers["Location"]
    assert made["active"] is True
    assert client("GET", path, expect=200) == made
    changed = client("PUT", path, {"schemas": [CORE + "User"], "userName": "ada2@example.com",
                                   "active": False}, 200)
    assert changed["active"] is False and "name" not in changed
    client("DELETE", path, expect=204)
    assert client("GET", path, expect=404)["status"] == "404"
    client("DELETE", path, expect=404)
    client.user("ada2@example.com")
    assert scim_service.complaints() == []
    assert [e["committed"] for e in scim_service.writes()] == [True, True, True, False, True]


@pytest.mark.parametrize("body, kind", [
    ({"userName": "x"}, "invalidSyntax"),
    ({"schemas": [CORE + "Group"], "userName": "x"}, "invalidSyntax"),
    ({"schemas": [CORE + "User"], "userName": "x", "shoeSize": "44"}, "invalidSyntax"),
    ({"schemas": [CORE + "User"], "userName": "x", "name": {"nick": "y"}}, "invalidSyntax"),
    ({"schemas": [CORE + "User"], "userName": "x", "active": "True"}, "invalidValue"),
    ({"schemas": [CORE + "User"], "userName": 7}, "invalidValue"),
    ({"schemas": [CORE + "User"]}, "invalidValue"),
    ({"schemas": [CORE + "User"], "userName": ""}, "invalidValue"),
    ({"schemas": [CORE + "User"], "userName": "x", "emails": {"value": "y"}}, "invalidValue"),
    ({"schemas": [CORE + "User"], "userName": "x", "emails": [
        {"value": "a", "primary": True}, {"value": "b", "primary": True}]}, "invalidValue"),
    ({"schemas": [CORE + "User"], "userName": "x", ENTERPRISE: {"department": "d"}}, "invalidSyntax"),
    (b'{"schemas": ["' + CORE.encode() + b'User"], "userName": "\xff"}', "invalidSyntax"),
    (b'{"userName": "a", "userName": "b"}', "invalidSyntax"),
    (b'{"userName": ', "invalidSyntax"),
])
def test_what_a_strict_service_refuses(client, scim_service, body, kind):
    answer = client("POST", "/Users", body, 400)
    assert answer["scimType"] == kind
    assert len(scim_service.complaints()) == 1
    assert scim_service.dump()["Users"] == []


def test_http_rules(client):
    client("GET", "/Users", expect=401, Authorization="Bearer wrong")
    assert client.answer.headers["WWW-Authenticate"].startswith("Bearer")
    client("GET", "/Users", expect=401, Authorization=None)
    client("GET", "/Users", expect=403, User_Agent=None)
    client("GET", "/Users", expect=406, Accept="text/html")
    client("POST", "/Users", b"x", expect=415, Content_Type="text/plain")
    client("GET", "/Nowhere", expect=404)
    client("PATCH", "/Users", {}, expect=405)
    client("GET", "/Users", b"body", expect=400)


def test_user_names_are_unique_whatever_their_case(client):
    client.user("Ada@Example.com")
    assert client.user("ada@example.COM", expect=409)["scimType"] == "uniqueness"
    other = client.user("bob@example.com")
    client.patch(f"/Users/{other['id']}", {"op": "replace", "path": "userName",
                                           "value": "ADA@example.com"}, expect=409)


def test_members_must_exist_and_leave_with_their_user(client, scim_service):
    ada, bob = client.user("ada")["id"], client.user("bob")["id"]
    group = client.group("eng", [ada, bob])
    assert {m["value"] for m in group["members"]} == {ada, bob}
    client.group("bad", ["nobody"], expect=400)
    client.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members",
                                            "value": [{"value": "nobody"}]}, expect=400)
    client.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members",
                                            "value": [{"value": group["id"]}]}, expect=400)
    client("DELETE", f"/Users/{bob}", expect=204)
    assert scim_service.members("eng") == ["ada"]


def test_patch_grammar(client):
    work = {"value": "a@example.com", "type": "work", "primary": True}
    user = client.user("ada", emails=[work], title="Engineer")
    path = f"/Users/{user['id']}"
    client.patch(path, {"op": "replace", "path": "name.familyName", "value": "L"},
                 {"op": "add", "path": "emails", "value": [{"value": "b@example.com", "type": "home"}]},
                 {"op": "replace", "path": 'emails[type eq "work"].value', "value": "c@example.com"},
                 {"op": "add", "path": ENTERPRISE + ":department", "value": "Tools"},
                 {"op": "remove", "path": "title"},
                 {"op": "replace", "value": {"active": False, ENTERPRISE: {"costCenter": "7"}}})
    now = client("GET", path, expect=200)
    assert now["name"] == {"familyName": "L"} and "title" not in now and now["active"] is False
    assert now["emails"] == [{**work, "value": "c@example.com"}, {"value": "b@example.com", "type": "home"}]
    assert now[ENTERPRISE] == {"department": "Tools", "costCenter": "7"}
    assert ENTERPRISE in now["schemas"]
    client.patch(path, {"op": "remove", "path": 'emails[type eq "home"]'},
                 {"op": "remove", "path": ENTERPRISE})
    now = client("GET", path, expect=200)
    assert len(now["emails"]) == 1 and ENTERPRISE not in now


@pytest.mark.parametrize("operation, kind", [
    ({"op": "Replace", "path": "title", "value": "x"}, "invalidSyntax"),
    ({"op": "replace", "path": "title", "value": "x", "name": "y"}, "invalidSyntax"),
    ({"op": "replace", "path": "title"}, "invalidValue"),
    ({"op": "remove"}, "noTarget"),
    ({"op": "remove", "path": "title", "value": "x"}, "invalidSyntax"),
    ({"op": "replace", "path": "shoeSize", "value": "x"}, "invalidPath"),
    ({"op": "replace", "path": "name.nick", "value": "x"}, "invalidPath"),
    ({"op": "replace", "path": "title..x", "value": "x"}, "invalidPath"),
    ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
    ({"op": "remove", "path": "userName"}, "mutability"),
    ({"op": "replace", "path": 'emails[type eq "home"].value', "value": "x"}, "noTarget"),
    ({"op": "replace", "path": 'emails[type is "home"].value', "value": "x"}, "invalidFilter"),
    ({"op": "replace", "value": "x"}, "invalidValue"),
    ({"op": "replace", "path": "active", "value": "False"}, "invalidValue"),
])
def test_patches_that_are_refused_change_nothing(client, operation, kind):
    user = client.user("ada", title="Engineer")
    answer = client.patch(f"/Users/{user['id']}", {"op": "replace", "path": "nickName", "value": "n"},
                          operation, expect=400)
    assert answer["scimType"] == kind, answer
    assert client("GET", f"/Users/{user['id']}", expect=200) == user


def test_patch_of_members(client, scim_service):
    ids = [client.user(n)["id"] for n in ("a", "b", "c")]
    path = f"/Groups/{client.group('g', ids[:1])['id']}"
    client.patch(path, {"op": "add", "path": "members", "value": [{"value": i} for i in ids]})
    assert scim_service.members("g") == ["a", "b", "c"]
    client.patch(path, {"op": "remove", "path": f'members[value eq "{ids[0]}"]'},
                 {"op": "remove", "path": f'members[value eq "{ids[0]}"]'})
    assert scim_service.members("g") == ["b", "c"]
    client.patch(path, {"op": "replace", "value": {"displayName": "h"}})
    assert scim_service.members("h") == ["b", "c"]
    client.patch(path, {"op": "replace", "path": "members", "value": [{"value": ids[0]}]})
    assert scim_service.members("h") == ["a"]
    client.patch(path, {"op": "remove", "path": "members"})
    assert scim_service.members("h") == []


def test_lenient_takes_what_others_send(start_scim):
    service = start_scim(lenient=True)
    client = Client(service)
    user = client.user("ada", active="True", shoeSize=44)
    client.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "False"},
                 {"op": "Add", "path": 'emails[type eq "work"].value', "value": "x@example.com"})
    assert service.user("ada")["active"] is False
    assert service.user("ada")["emails"] == [{"type": "work", "value": "x@example.com"}]


def find(client, kind, where, expect=200, **more):
    return client("GET", f"/{kind}?" + urllib.parse.urlencode({"filter": where, **more}), expect=expect)


def test_filters(client):
    ada = client.user("Ada", externalId="E1", emails=[{"value": "ada@example.com", "type": "work"}])
    client.user("bob", externalId="e1")
    group = client.group("eng", [ada["id"]])
    for where, names in [('userName eq "ADA"', ["Ada"]), ('externalId eq "e1"', ["bob"]),
                         ('emails.value eq "ADA@example.com"', ["Ada"]),
                         ('emails[type eq "work"]', ["Ada"]),
                         (f'id eq "{ada["id"]}" and userName eq "ada"', ["Ada"]),
                         ('userName eq "bob" and externalId eq "E1"', []),
                         ('userName eq "a\\"b"', [])]:
        answer = find(client, "Users", where)
        assert [u["userName"] for u in answer["Resources"]] == names, where
        assert answer["totalResults"] == len(names)
    assert find(client, "Groups", f'members eq "{ada["id"]}"')["Resources"][0]["id"] == group["id"]
    for where in ['userName co "a"', 'title eq "x"', 'userName eq', 'userName eq "a', "userName",
                  'shoeSize eq "1"', 'userName eq "a" or userName eq "b"']:
        assert find(client, "Users", where, 400)["scimType"] == "invalidFilter", where


def test_index_paging_and_projection(client):
    for i in range(7):
        client.user(f"u{i}", title="t")
    page = client("GET", "/Users?startIndex=3&count=2", expect=200)
    assert [u["userName"] for u in page["Resources"]] == ["u2", "u3"]
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (7, 3, 2)
    assert client("GET", "/Users?startIndex=8", expect=200)["Resources"] == []
    assert client("GET", "/Users?count=0", expect=200)["totalResults"] == 7
    seen = client("GET", "/Users?attributes=userName&count=1", expect=200)["Resources"][0]
    assert set(seen) == {"schemas", "id", "userName"}
    assert "title" not in client("GET", "/Users?excludedAttributes=title", expect=200)["Resources"][0]


def test_cursor_paging(start_scim):
    client = Client(start_scim(paging="cursor", max_results=3, users=8))
    client("GET", "/Users?startIndex=1", expect=400)
    page, names = client("GET", "/Users?cursor&count=3", expect=200), []
    pages = 1
    while True:
        names += [u["userName"] for u in page["Resources"]]
        if "nextCursor" not in page:
            break
        page = client("GET", f"/Users?count=3&cursor={page['nextCursor']}", expect=200)
        pages += 1
    assert len(set(names)) == 8 and pages == 3
    assert client("GET", "/Users?cursor=nonsense&count=3", expect=400)["scimType"] == "invalidCursor"
    assert client("GET", "/Users?cursor&count=4", expect=400)["scimType"] == "invalidCount"


def test_etags(start_scim):
    client = Client(start_scim(etag=True))
    user = client.user("ada")
    tag, path = client.answer.headers["ETag"], f"/Users/{user['id']}"
    assert tag == user["meta"]["version"]
    client("GET", path, expect=304, If_None_Match=tag)
    operation = {"op": "replace", "path": "title", "value": "x"}
    client.patch(path, operation, If_Match=tag)
    client.patch(path, operation, expect=412, If_Match=tag)
    client("DELETE", path, expect=412, If_Match=tag)
    client.patch(path, operation, If_Match="*")


def test_bulk(start_scim):
    service = start_scim(bulk=True, bulk_max_operations=3)
    client = Client(service)
    post = {"method": "POST", "path": "/Users", "bulkId": "a",
            "data": {"schemas": [CORE + "User"], "userName": "ada"}}
    group = {"method": "POST", "path": "/Groups", "bulkId": "g",
             "data": {"schemas": [CORE + "Group"], "displayName": "g", "members": [{"value": "bulkId:a"}]}}
    answer = client("POST", "/Bulk", {"schemas": [MESSAGE + "BulkRequest"], "failOnErrors": 1,
                                      "Operations": [post, group, {**post, "bulkId": "b"}]}, 200)
    assert [o["status"] for o in answer["Operations"]] == ["201", "201", "409"]
    assert service.members("g") == ["ada"]
    client("POST", "/Bulk", {"schemas": [MESSAGE + "BulkRequest"], "Operations": [post] * 4}, 413)
    assert client("GET", "/ServiceProviderConfig", expect=200)["bulk"]["supported"] is True


def test_the_ways_of_aws(start_scim):
    service = start_scim(profile="aws")
    client = Client(service)
    names = {"name": {"givenName": "A", "familyName": "B"}, "displayName": "A B"}
    client.user("x", expect=400)
    ids = [client.user(f"u{i}", **names)["id"] for i in range(3)]
    group = client.group("g", ids[:1])
    path = f"/Groups/{group['id']}"
    assert client("GET", path, expect=200)["members"] == []
    assert find(client, "Groups", f'id eq "{group["id"]}" and members eq "{ids[0]}"')["totalResults"] == 1
    client("PUT", path, {"schemas": [CORE + "Group"], "displayName": "g"}, 405)
    client.patch(path, {"op": "remove", "path": "members"}, expect=400)
    client.patch(path, {"op": "add", "path": "members", "value": [{"value": ids[0]}] * 101}, expect=400)
    client("GET", "/Groups?excludedAttributes=members", expect=400)


def test_rate_limit(start_scim):
    client = Client(start_scim(rate=1000, burst=2, retry_after=3))
    client.service.set(rate=0.001)
    for _ in range(2):
        client("GET", "/Users", expect=200)
    client("GET", "/Users", expect=429)
    assert client.answer.headers["Retry-After"] == "3"
    client.service.set(retry_after_date=True)
    client.service.set(rate=0.001, burst=0)
    client("GET", "/Users", expect=429)
    assert client.answer.headers["Retry-After"].endswith("GMT")


@pytest.mark.parametrize("fault, committed, seen", [
    ("drop_every", True, None), ("half_every", True, None), ("refuse_every", False, None),
    ("error_every", False, 500), ("commit_error_every", True, 500), ("html_every", False, 200)])
def test_faults_of_writes(start_scim, fault, committed, seen):
    service = start_scim(**{fault: 2})
    client = Client(service)
    client.user("one")
    if seen is None:
        with pytest.raises((http.client.HTTPException, ConnectionError, json.JSONDecodeError)):
            client.user("two", expect=None)
        client.connection.close()
    else:
        client.user("two", expect=seen)
    client.user("three")
    assert [u["userName"] for u in service.dump()["Users"]] == \
        ["one", *(["two"] if committed else []), "three"]
    assert service.log(fault=fault[:-6])[0]["committed"] is committed
    service.set(fault_limit=1, fault_on="POST /scim/v2/Users$")
    assert service.control("stats")["faults"] == 0


def test_stall_keeps_the_connection_silent(start_scim):
    client = Client(start_scim(commit_stall_every=1))
    client.connection.timeout = 0.3
    with pytest.raises(TimeoutError):
        client.user("ada")
    assert client.service.user("ada")


def pages(client, count=3):
    """Reads a list as a naive client would, five pages at most."""
    answers = []
    for start in range(1, 5 * count, count):
        answers.append(client("GET", f"/Users?startIndex={start}&count={count}"))
    return answers


def test_faults_of_lists(start_scim):
    service = start_scim(users=8)
    client = Client(service)

    def first(fault, **more):
        service.set(list_fault=fault, list_fault_page=1, **more)
        return client("GET", "/Users?count=3", expect=200)

    assert first("total-high")["totalResults"] == 15
    assert first("total-low")["totalResults"] == 1
    assert "totalResults" not in first("total-missing")
    assert first("total-text")["totalResults"] == "8"
    assert "id" not in first("no-id")["Resources"][0]
    assert "Resources" not in first("no-resources")
    assert first("null-resources")["Resources"] is None
    assert first("not-object")["Resources"][0] == "a text"
    twins = first("duplicate")["Resources"]
    assert twins[0] == twins[1]
    assert len(first("huge", huge_size=70000)["Resources"][0]["displayName"]) > 70000
    assert b"<html>" in first("html")
    assert first("empty") == b""
    for fault, error in [("truncated", json.JSONDecodeError), ("bad-utf8", UnicodeDecodeError),
                         ("cut", http.client.IncompleteRead)]:
        with pytest.raises(error):
            first(fault)
        client.connection.close()
    service.set(list_fault="repeat")
    seen = [u["userName"] for a in pages(client)[:2] for u in a["Resources"]]
    assert seen[:3] == seen[3:]
    service.set(list_fault="shrink")
    seen = {u["userName"] for a in pages(client) for u in a["Resources"]}
    assert len(seen) < 8
    service.set(list_fault="", list_fault_kind="")
    assert client("GET", "/Users?count=3", expect=200)["itemsPerPage"] == 3


def test_oauth(start_scim):
    service = start_scim(oauth_client="id:se cret", oauth_only=True)
    client = Client(service)
    client("GET", "/Users", expect=401)
    basic = base64.b64encode(b"id:se+cret").decode()
    connection = http.client.HTTPConnection("127.0.0.1", service.port)

    def fetch(secret):
        connection.request("POST", "/oauth/token", "grant_type=client_credentials", {
            "Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {secret}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    assert fetch(base64.b64encode(b"id:no").decode())[0] == 401
    status, token = fetch(basic)
    assert status == 200 and token["token_type"] == "Bearer"
    good = Client(service, token["access_token"])
    good("GET", "/Users", expect=200)
    service.control("revoke")
    good("GET", "/Users", expect=401)


def test_redirect_goes_to_the_other_origin(start_scim):
    other = start_scim()
    client = Client(start_scim(redirect_to=other.origin))
    client("GET", "/Users?count=1", expect=307)
    assert client.answer.headers["Location"] == f"{other.url}/Users?count=1"
    assert other.log() == []


def test_tls(start_scim, certificates):
    service = start_scim(tls_cert=certificates.path("server.crt"), tls_key=certificates.path("server.key"))
    context = ssl.create_default_context(cafile=certificates.ca)
    client = Client(service)
    client.connection = http.client.HTTPSConnection("127.0.0.1", service.port, context=context)
    client("GET", "/Users", expect=200)
    assert service.url.startswith("https://") and service.dump()["Users"] == []


def test_state_goes_out_and_in(start_scim, write):
    first = Client(start_scim())
    ada = first.user("ada", **{"schemas": [CORE + "User", ENTERPRISE], ENTERPRISE: {"department": "d"}})
    inner = first.group("inner", [ada["id"]])
    first.group("outer", [inner["id"]])
    state = first.service.dump()
    second = start_scim(load=write("state.json", json.dumps(state)))
    assert second.dump() == state
    second.control("update", kind="Users", id=ada["id"], values={"title": "changed by hand"})
    assert second.user("ada")["title"] == "changed by hand"
    second.control("delete", kind="Users", id=ada["id"])
    assert second.members("inner") == []


def test_two_writes_to_one_object_at_once_are_noticed(start_scim):
    service = start_scim(latency=200)
    client = Client(service)
    path = f"/Users/{client.user('ada')['id']}"
    body = json.dumps({"schemas": [MESSAGE + "PatchOp"], "Operations": [
        {"op": "replace", "path": "title", "value": "x"}]})
    others = [Client(service) for _ in range(2)]
    for other in others:
        other.connection.request("PATCH", "/scim/v2" + path, body, other.headers)
    for other in others:
        assert other.connection.getresponse().status == 204
    assert len([c for c in service.complaints() if "second write" in c]) == 1


async def flood(port, token, connections, each):
    async def one(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for i in range(each):
            body = json.dumps({"schemas": [CORE + "User"], "userName": f"u{number}.{i}"}).encode()
            writer.write(f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nUser-Agent: flood\r\n"
                         f"Authorization: Bearer {token}\r\nContent-Type: application/scim+json\r\n"
                         f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 201 " in head
            size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(size)
        writer.close()
    await asyncio.gather(*[one(n) for n in range(connections)])


def test_latency_costs_nothing_in_parallel(start_scim):
    service = start_scim(latency=20)
    start = time.monotonic()
    asyncio.run(flood(service.port, service.token, 32, 20))
    seconds = time.monotonic() - start
    stats = service.control("stats")
    assert stats["users"] == 640 and stats["max_in_flight"] == 32
    assert seconds < 640 * 0.020 / 4, "one after the other would take 12.8 s"


def test_it_ends_by_itself(start_scim):
    service = start_scim(lifetime=0.2)
    assert service.process.wait(10) == 0
