# SPDX-License-Identifier: Apache-2.0
"""Tokens: making, rotating, scopes, revoking, OAuth2 client credentials; rates and failed attempts."""
import base64
import re
import time
import urllib.parse


def test_life_of_a_token(service, muster):
    second = service.make_token("second")
    assert re.fullmatch(r"muster_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}", second)
    # two live at once
    assert service.get("/Users").status == service.get("/Users", token=second).status == 200
    listed = muster("token", "list", "--json", "--store", service.store).json()["tokens"]
    assert {t["name"] for t in listed} == {"test", "second"} and "token" not in listed[0]
    assert second.split("_")[2] not in (muster.folder / "inbox.db").read_bytes().decode("latin1")
    assert muster("token", "revoke", "second", "--store", service.store).code == 0
    got = service.get("/Users", token=second)
    assert got.status == 401 and "revoked" in got["detail"]
    assert got.headers["WWW-Authenticate"].startswith("Bearer")
    assert service.get("/Users").status == 200
    assert muster("token", "revoke", "second", "--store", service.store).code == 65
    short = service.make_token("short", "--expires", "1s")
    deadline = time.monotonic() + 10
    while (got := service.get("/Users", token=short)).status == 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert got.status == 401 and "expired" in got["detail"]


def test_a_broken_token_is_refused(service):
    good = service.token
    for bad in ("", good[:-1], good + "x", good[:20] + ("A" if good[20] != "A" else "B") + good[21:],
                "muster_" + "0" * 12 + good[19:]):
        got = service.get("/Users", token=bad)
        assert got.status == 401 and got["status"] == "401"


def test_scopes(service):
    user, group = service.user("ada"), service.group("g")
    reader = service.make_token("reader", "--scopes", "read")
    users = service.make_token("users", "--scopes", "read,users")
    assert service.get("/Users", token=reader).status == 200
    assert service.post("/Users/.search", {}, token=reader).status == 200
    assert service.post("/Users", {"userName": "x"}, token=reader).status == 403
    assert service.delete(f"/Users/{user}", token=reader).status == 403
    assert service.post("/Users", {"userName": "x"}, token=users).status == 201
    assert service.post("/Groups", {"displayName": "x"}, token=users).status == 403
    assert service.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}, token=users).status == 403
    refused = service.post("/Groups", {"displayName": "x"}, token=users)
    assert refused["status"] == "403" and 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    for token, error in (("", None), ("nonsense", 'error="invalid_token"')):
        got = service.get("/Users", token=token).headers["WWW-Authenticate"]
        assert got.startswith('Bearer realm="muster"') and (error in got if error else "error" not in got)
    got = service.post("/Bulk", {"Operations": [
        {"method": "POST", "path": "/Groups", "bulkId": "1", "data": {"displayName": "x"}},
        {"method": "POST", "path": "/Users", "bulkId": "2", "data": {"userName": "y"}}]}, token=users)
    assert [o["status"] for o in got["Operations"]] == ["403", "201"]


def test_client_credentials(service):
    def ask(form, **headers):
        return service.post("//oauth2/token", urllib.parse.urlencode(form), token="",
                            content_type="application/x-www-form-urlencoded", **headers)

    got = ask({"grant_type": "client_credentials", "client_id": "x", "client_secret": service.token})
    assert got.status == 200 and got["token_type"] == "Bearer" and 0 < got["expires_in"] <= 3600
    access = got["access_token"]
    assert service.get("/Users", token=access).status == 200
    assert service.get("/Users", token=access[:-1] + ("A" if access[-1] != "A" else "B")).status == 401
    later = access.split(".")
    later[2] = str(int(later[2]) + 1000)
    assert service.get("/Users", token=".".join(later)).status == 401
    pair = base64.b64encode(f"id:{service.token}".encode()).decode()
    assert ask({"grant_type": "client_credentials"}, Authorization="Basic " + pair).status == 200
    assert ask({"grant_type": "client_credentials", "client_secret": "no"}).status == 401
    assert ask({"grant_type": "password"}).json["error"] == "unsupported_grant_type"
    service.muster("token", "revoke", "test", "--store", service.store)
    # a view that was opened a moment before may still show it; that moment is 10 ms
    deadline = time.monotonic() + 1
    while (got := service.get("/Users", token=access)).status == 200 and time.monotonic() < deadline:
        pass
    assert got.status == 401


def test_failed_attempts(service):
    answers = [service.get("/Users", token="wrong") for _ in range(12)]
    assert [a.status for a in answers] == [401] * 10 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "60"
    # whoever has a good token is not shut out by a neighbour
    assert service.get("/Users").status == 200


def test_rate(muster, start_service):
    muster.configure({"serve": {"listen": "127.0.0.1:8443", "per_second": 2,
                                "store": str(muster.folder / "inbox.db")}})
    service = start_service()
    service.stop()
    service.process = muster.start("serve", "--listen", "127.0.0.1:0")
    service.url = service.process.wait_line("/scim/v2").strip()
    service.host = urllib.parse.urlsplit(service.url).netloc
    service.connection = None
    service = service.twin()
    answers = [service.get("/Users?count=0") for _ in range(12)]
    assert answers[0].status == 200 and answers[-1].status == 429
    assert answers[-1].headers["Retry-After"] == "1" and answers[-1]["status"] == "429"


def test_last_used(service, muster):
    service.get("/Users")
    service.stop()
    listed = muster("token", "list", "--json", "--store", service.store).json()["tokens"]
    assert listed[0]["last_used"] != "never"


def test_me(service, muster):
    ada, bob = service.user("Ada@example.com", title="T"), service.user("bob@example.com")
    assert muster("token", "create", "x", "--user", "nobody@example.com", "--store", service.store).code == 65
    token = service.make_token("ada", "--user", "ada@EXAMPLE.com")
    got = service.get("/Me", token=token)
    assert got.status == 200 and got["id"] == ada and got["meta"]["location"].endswith("/Users/" + ada)
    assert got.headers["Location"] == got["meta"]["location"] and got.headers["ETag"] == got["meta"]["version"]
    assert service.get("/Me", token=token, If_None_Match=got.headers["ETag"]).status == 304
    assert set(service.get("/Me?attributes=userName", token=token).json) == {"schemas", "id", "userName"}
    changed = service.patch("/Me", {"op": "replace", "path": "title", "value": "Lead"}, token=token)
    assert changed.status == 200 and changed["title"] == "Lead"
    assert changed.headers["Location"].endswith("/Users/" + ada)
    assert service.put("/Me", {"userName": "ada@new.org"}, token=token, If_Match=got.headers["ETag"]).status == 412
    put = service.put("/Me", {"userName": "ada@new.org", "displayName": "A"}, token=token)
    assert put.status == 200 and put["userName"] == "ada@new.org" and "title" not in put.json
    assert service.get(f"/Users/{ada}")["displayName"] == "A"
    made = service.post("/Me", {"userName": "x"}, token=token)
    assert made.status == 405 and made.headers["Allow"] == "GET, PUT, PATCH, DELETE"
    # the binding is to the person, not to the name; it is shown, and holds for access tokens as well
    listed = {t["name"]: t for t in muster("token", "list", "--json", "--store", service.store).json()["tokens"]}
    assert listed["ada"]["user"] == "ada@new.org" and listed["ada"]["user_id"] == ada and "user" not in listed["test"]
    assert "belongs to ada@new.org" in muster("token", "list", "--store", service.store).out
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_secret": token})
    access = service.post("//oauth2/token", form, token="", content_type="application/x-www-form-urlencoded")
    assert service.get("/Me", token=access["access_token"])["id"] == ada
    # scopes hold for /Me too
    reader = service.make_token("bob", "--user", "bob@example.com", "--scopes", "read")
    assert service.get("/Me", token=reader)["id"] == bob
    assert service.patch("/Me", {"op": "replace", "path": "title", "value": "x"}, token=reader).status == 403
    assert service.delete("/Me", token=reader).status == 403
    assert service.delete("/Me", token=token).status == 204
    assert service.get(f"/Users/{ada}").status == service.get("/Me", token=token).status == 404
    # whoever is nobody has no /Me, for any method
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert service.call(method, "/Me", None if method in ("GET", "DELETE") else {}).status == 501
    assert service.get("/Me", token="").status == 401


def test_status_tells_of_tokens_that_end(service, muster):
    muster.configure({"systems": {"okta": {"kind": "inbox", "store": str(service.store)}}, "syncs": {}})

    def ending():
        shown = muster("status")
        assert shown.code == 0, shown
        names = [t["name"] for t in muster("status", "--json").json()["inboxes"][0]["expiring_tokens"]]
        assert all(f"token {name} (" in shown.out for name in names) and shown.out.count("token ") >= len(names)
        return names

    assert ending() == []
    service.make_token("soon", "--expires", "29d")
    service.make_token("later", "--expires", "31d")
    service.make_token("ever", "--expires", "never")
    assert ending() == ["soon"]
    # its successor is there
    service.make_token("soon", "--expires", "365d")
    assert ending() == []
    gone = service.make_token("gone", "--expires", "2s")
    assert ending() == ["gone"]
    assert muster("token", "revoke", "gone", "--store", service.store).code == 0
    assert ending() == [] and service.get("/Users", token=gone).status == 401
