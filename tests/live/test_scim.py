# SPDX-License-Identifier: Apache-2.0
"""The SCIM connector against the strict stand-in: every manner of service, every way to misbehave."""
import json

import pytest

PEOPLE = {
    "ada": {"name": {"givenName": "Ada", "familyName": "Lovelace"}, "title": "Engineer", "department": "Research"},
    "bob": {"name": {"givenName": "Bob", "familyName": "Builder"}},
    "eve": {"name": {"givenName": "Eve", "familyName": "Engel"}},
    "kim": {"name": {"givenName": "Kim", "familyName": "Ærø"}},
}
TEAMS = {"eng": ["ada", "bob", "kim"], "ops": ["eve"]}


def person(who, **more):
    return {"userName": f"{who}@example.com", "displayName": f"{who.capitalize()} of Example",
            "emails": [{"value": f"{who}@example.com", "type": "work"}],
            **PEOPLE.get(who, {"name": {"givenName": who, "familyName": "Test"}}), **more}


def roster(people=PEOPLE, teams=TEAMS, **changes):
    return json.dumps({"users": [person(p, **changes.get(p, {})) for p in people],
                       "teams": [{"displayName": t, "members": [f"{m}@example.com" for m in members]}
                                 for t, members in teams.items()]})


class Bench:
    """A roster on one side, a stand-in service on the other."""

    def __init__(self, muster, write, service):
        self.muster, self.write, self.service = muster, write, service
        self.configure()

    def configure(self, system=None, **sync):
        self.muster.configure({
            "systems": {"staff": {"kind": "file", "path": self.write("staff.yaml", roster())},
                        "crm": self.service.system(**{"timeout": "2s", "connect_timeout": "2s", **(system or {})})},
            "syncs": {"crm": {"from": "staff", "to": "crm",
                              "guard": {"removals": {"count": 1000, "percent": 100},
                                        "team": {"percent": 100}, "rewrites": {"percent": 100}}, **sync}}})

    def roster(self, *given, **changes):
        self.write("staff.yaml", roster(*given, **changes))

    def sync(self, code=0):
        result = self.muster("sync")
        assert result.code == code, result
        return result

    def plans_nothing(self):
        before = len(self.service.writes())
        result = self.muster("sync")
        assert result.code == 0 and "nothing to do" in result.out, result
        assert len(self.service.writes()) == before

    def arrived(self, people=PEOPLE, teams=TEAMS):
        state = self.service.dump()
        assert sorted(u["userName"] for u in state["Users"]) == sorted(f"{p}@example.com" for p in people)
        for team, members in teams.items():
            assert self.service.members(team) == sorted(f"{m}@example.com" for m in members)
        self.spoke_well()

    def spoke_well(self):
        # What nothing announces can only be found out by trying.
        unsaid = ("PATCH is not supported", "2 are allowed", "something broke")
        assert [c for c in self.service.complaints() if not any(u in c for u in unsaid)] == []


@pytest.fixture
def bench(muster, write, start_scim):
    def make(system=None, **options):
        made = Bench(muster, write, start_scim(**options))
        if system:
            made.configure(system)
        return made
    return make


SERVICES = {
    "plain": ({}, {}),
    "answers 200": ({"patch_answer": 200}, {}),
    "small pages": ({"max_results": 1, "page_size": 1}, {}),
    "cursor": ({"paging": "cursor", "page_size": 2, "max_results": 2}, {}),
    "both pagings": ({"paging": "both", "page_size": 2, "max_results": 2}, {}),
    "no patch": ({"no_patch": 501}, {}),
    "no patch, unsaid": ({"no_patch": 405, "no_config": True}, {}),
    "versions": ({"etag": True, "require_if_match": True}, {}),
    "versions, no patch": ({"etag": True, "require_if_match": True, "no_patch": 501}, {}),
    "bulk": ({"bulk": True}, {}),
    "small bulk": ({"bulk": True, "bulk_max_operations": 2}, {}),
    "bulk that is not there": ({"bulk": True, "bulk_max_payload": 1}, {}),
    "no config": ({"no_config": True}, {}),
    "no filter": ({"no_filter": True}, {}),
    "names as ids": ({"ids": "name"}, {}),
    "relative locations": ({"relative_location": True}, {}),
    "few members": ({"max_members": 2, "max_members_status": 413}, {}),
    "few members, 400": ({"max_members": 1, "max_members_status": 400}, {"groups": {"chunk": 1}}),
    "each group by itself": ({}, {"groups": {"members": "each"}}),
    "no paging": ({}, {"paging": "none"}),
    "aws": ({"profile": "aws"}, {"profile": "aws"}),
    "github": ({"profile": "github"}, {"profile": "github"}),
    "google": ({"profile": "google"}, {}),
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_whole_life_at(name, bench):
    options, system = SERVICES[name]
    b = bench(system, **options)
    checked = b.muster("check")
    assert checked.code == 0, checked
    b.sync()
    shown = {"teams": {}} if name == "aws" else {}
    b.arrived(**shown)
    b.plans_nothing()
    # Attributes change, come and go; a team is renamed by its members; people move.
    b.roster(PEOPLE, {"eng": ["ada", "kim", "eve"], "ops": ["bob"]},
             ada={"title": "Lead", "department": None}, bob={"title": "New", "nickName": "Bobby"},
             eve={"emails": [{"value": "eve@other.example", "type": "work"}]})
    b.sync()
    if name not in ("github", "aws"):
        assert b.service.user("ada@example.com")["title"] == "Lead"
        assert b.service.user("bob@example.com")["nickName"] == "Bobby"
    assert b.service.user("eve@example.com")["emails"][0]["value"] == "eve@other.example"
    if name != "aws":
        assert b.service.members("eng") == ["ada@example.com", "eve@example.com", "kim@example.com"]
        assert b.service.members("ops") == ["bob@example.com"]
    b.plans_nothing()
    # A leaver is disabled first.
    b.roster(["ada", "bob", "kim"], {"eng": ["ada", "kim"], "ops": ["bob"]}, ada={"title": "Lead", "department": None},
             bob={"title": "New", "nickName": "Bobby"})
    b.sync()
    assert b.service.user("eve@example.com")["active"] is False
    b.spoke_well()
    b.plans_nothing()


def test_leavers_and_their_teams_are_deleted(bench):
    b = bench()
    b.configure(leavers={"first": "delete"})
    b.sync()
    b.roster(["ada", "bob"], {"eng": ["ada", "bob"]})
    b.sync()
    state = b.service.dump()
    assert sorted(u["userName"] for u in state["Users"]) == ["ada@example.com", "bob@example.com"]
    assert [g["displayName"] for g in state["Groups"]] == ["eng"]
    assert b.service.complaints() == []
    b.plans_nothing()


@pytest.mark.parametrize("manner, code", [("gone", 0), ("unrouted", 10), ("refuse", 10)])
def test_a_delete_that_is_answered_oddly(manner, code, bench):
    b = bench(delete=manner)
    b.configure(leavers={"first": "delete"})
    b.sync()
    b.roster(["ada", "bob", "kim"], {"eng": ["ada", "bob", "kim"], "ops": []})
    b.sync(code)
    assert (b.service.user("eve@example.com") is None) == (manner == "gone")


def test_all_changes_of_one_object_are_one_request(bench):
    b = bench()
    b.sync()
    before = len(b.service.writes())
    b.roster(PEOPLE, {"eng": ["ada"], "ops": ["eve", "bob", "kim"]},
             ada={"title": "Lead", "nickName": "A", "name": {"givenName": "A", "familyName": "L"}})
    b.sync()
    writes = b.service.writes()[before:]
    assert sorted(w["method"] + w["path"].split("/")[3] for w in writes) == ["PATCHGroups", "PATCHGroups", "PATCHUsers"]


def test_members_go_in_chunks(bench):
    people = [f"u{i:03}" for i in range(250)]
    b = bench()
    b.roster(people, {"all": people})
    b.sync()
    groups = [w for w in b.service.writes() if "/Groups" in w["path"]]
    assert [w["method"] for w in groups] == ["POST", "PATCH", "PATCH"]
    assert len(b.service.members("all")) == 250
    b.roster(people, {"all": people[:10]})
    before = len(b.service.writes())
    b.sync()
    assert len(b.service.writes()) - before == 3
    assert len(b.service.members("all")) == 10
    assert b.service.complaints() == []


def test_one_write_an_object_and_many_at_once(bench):
    people = [f"u{i:03}" for i in range(200)]
    b = bench(latency=20)
    b.roster(people, {"all": people, "some": people[:150]})
    b.sync()
    assert b.service.complaints() == []
    assert 16 <= b.service.control("stats")["max_in_flight"] <= 40


@pytest.mark.parametrize("options", [{"retry_after": 1.0}, {"retry_after": -1.0}, {"retry_after_date": True}])
def test_a_rate_limit_is_kept(options, bench):
    people = [f"u{i:03}" for i in range(30)]
    b = bench(rate=20, burst=12, **options)
    b.roster(people, {"all": people})
    b.sync()
    b.arrived(people, {"all": people})
    b.plans_nothing()


@pytest.mark.parametrize("fault", ["drop", "half", "commit_error", "commit_stall"])
def test_what_was_done_without_an_answer_is_found(fault, bench):
    b = bench(**{fault + "_every": 2, "fault_limit": 3, "fault_on": "POST /scim/v2/(Users|Groups)$"})
    b.sync()
    b.arrived()
    posts = [w for w in b.service.writes() if w["method"] == "POST" and w["committed"]]
    assert len(posts) == 6
    b.plans_nothing()


@pytest.mark.parametrize("fault", ["drop", "half", "error", "commit_error", "refuse", "stall"])
def test_harmless_writes_are_repeated(fault, bench):
    b = bench()
    b.sync()
    b.service.set(**{fault + "_every": 2, "fault_limit": 2, "fault_on": "PATCH"})
    b.roster(PEOPLE, {"eng": ["ada", "eve"], "ops": ["bob", "kim"]}, ada={"title": "x"}, bob={"title": "y"})
    b.sync()
    assert b.service.members("ops") == ["bob@example.com", "kim@example.com"]
    assert b.service.user("ada@example.com")["title"] == "x"
    b.service.set(fault_limit=0, **{fault + "_every": 0})
    b.plans_nothing()


def test_a_creation_that_was_not_carried_out(bench):
    b = bench(refuse_every=2, fault_limit=2, fault_on="POST /scim/v2/Users$")
    first = b.muster("sync")
    # The search finds nothing: nobody knows yet, and the next run looks again.
    assert first.code == 15, first
    b.service.set(refuse_every=0)
    b.sync()
    b.arrived()
    b.plans_nothing()


FIRST = ("cut", "error", "html", "empty", "total-missing", "total-high", "shrink", "grow")
NONSENSE = ("truncated", "repeat", "total-missing", "no-resources", "null-resources", "bad-utf8", "html",
            "empty", "total-high")
FAILING = ("cut", "error")
MOVING = ("total-low", "no-id", "duplicate", "not-object", "shrink", "grow")


@pytest.mark.limit(100)
@pytest.mark.parametrize("fault", NONSENSE + FAILING + MOVING)
def test_a_list_that_makes_no_sense_removes_nothing(fault, muster, write, start_scim):
    """As a source: the service's people are copied to a second one, then its lists go wrong."""
    source, target = start_scim(users=50, groups=5, members=10, max_results=20), start_scim()
    muster.configure({"systems": {"idp": source.system(), "crm": target.system()},
                      "syncs": {"crm": {"from": "idp", "to": "crm"}}})
    first = muster("sync")
    assert first.code == 0, first
    before = target.dump()
    assert len(before["Users"]) == 50
    writes = len(target.writes())
    source.set(list_fault=fault, list_fault_page=1 if fault in FIRST else 2, list_fault_kind="Users")
    result = muster("sync")
    # A source that fails, whatever the way, is one that cannot be trusted.
    assert result.code == 13, result
    assert len(target.writes()) == writes
    assert target.dump() == before


@pytest.mark.limit(100)
@pytest.mark.parametrize("fault", NONSENSE + FAILING + MOVING)
def test_a_target_that_makes_no_sense_gets_nothing(fault, bench):
    b = bench(users=50, groups=5, members=10, max_results=20)
    b.service.set(list_fault=fault, list_fault_page=1 if fault in FIRST else 2, list_fault_kind="Users")
    result = b.muster("sync")
    if fault in MOVING:
        assert result.code == 10 and "not complete" in result.out, result
    else:
        assert result.code == (69 if fault in FAILING else 65), result
    assert b.service.writes() == []


@pytest.mark.parametrize("options, system", [
    ({}, {"roles": "attribute"}), ({"no_patch": 501}, {"roles": "attribute"}), ({}, {})])
def test_roles_as_an_attribute(options, system, bench):
    """Said, or seen in /Schemas."""
    b = bench(**options)
    b.configure(system, roles={"default": "member", "rules": [
        {"role": "admin", "where": 'title eq "Engineer"'}]})
    b.sync()
    roles = {u["userName"]: [r["value"] for r in u["roles"]] for u in b.service.dump()["Users"]}
    assert roles["ada@example.com"] == ["admin"] and roles["bob@example.com"] == ["member"]
    b.plans_nothing()
    b.roster(ada={"title": "Baker"}, bob={"title": "Engineer"})
    b.sync()
    roles = {u["userName"]: [r["value"] for r in u["roles"]] for u in b.service.dump()["Users"]}
    assert roles["ada@example.com"] == ["member"] and roles["bob@example.com"] == ["admin"]
    b.spoke_well()
    b.plans_nothing()


def test_roles_as_groups(bench):
    b = bench()
    b.configure({"roles": "group"}, roles={"default": "member", "rules": [
        {"role": "admin", "where": 'title eq "Engineer"'}]})
    b.sync()
    names = {g["displayName"] for g in b.service.dump()["Groups"]}
    assert {"eng", "eng-admin"} <= names, names
    assert b.service.members("eng-admin") == ["ada@example.com"]
    b.plans_nothing()


def test_a_huge_value_is_one_entry(bench):
    b = bench(users=3)
    b.service.set(list_fault="huge", huge_size=100000)
    result = b.muster("plan")
    assert "64" in result.out + result.err or "65536" in result.out + result.err, result


def test_credentials_that_are_refused(bench, write):
    b = bench()
    b.configure({"token": {"file": write("wrong.token", "wrong\n")}})
    result = b.sync(77)
    assert "401" in result.err and "wrong" not in result.err
    b.configure({"token": {"file": write("wrong.token", "wrong\n")}})
    assert b.muster("check").code != 0


def test_a_redirect_is_not_followed(bench, start_scim):
    elsewhere = start_scim()
    b = bench(redirect_to=elsewhere.origin)
    result = b.sync(65)
    assert elsewhere.log() == []
    assert "redirect" in result.err and elsewhere.origin in result.err


def test_nobody_is_there(bench):
    b = bench()
    b.service.stop()
    result = b.sync(69)
    assert "cannot connect" in result.err


def test_a_server_that_never_answers(bench, stall):
    b = bench()
    b.configure({"url": f"http://127.0.0.1:{stall('silent').port}/scim/v2", "timeout": "1s"})
    assert b.sync(69).err.count("no complete answer within 1 s") >= 1


def test_oauth_client_credentials(bench, write):
    b = bench(oauth_client="muster:s3&cret", oauth_only=True, token_lifetime=3600)
    auth = {"token_url": b.service.origin + "/oauth/token", "client_id": "muster",
            "client_secret": {"file": write("client", "s3&cret\n")}}
    for style in ("body", "basic"):
        system = b.service.system()
        del system["token"]
        b.muster.configure({"systems": {"staff": {"kind": "file", "path": b.write("staff.yaml", roster())},
                                        "crm": {**system, "auth": {**auth, "style": style}}},
                            "syncs": {"crm": {"from": "staff", "to": "crm"}}})
        b.sync()
    b.arrived()
    b.service.control("revoke")
    b.plans_nothing()


def test_a_conflict_is_adopted_or_refused(bench):
    b = bench()
    hidden = {"userName": "ada@example.com", "displayName": "Other"}
    # The service hides the account from lists (a soft deletion), and knows it all the same.
    b.configure({"users": {"filter": 'userName ne "ada@example.com" and userName ne "bob@example.com"'}})
    b.service.set(all_filters=True)
    ada = b.service.control("create", kind="Users", resource=hidden)
    b.service.control("create", kind="Users", resource={"userName": "bob@example.com", "externalId": "not ours"})
    result = b.sync(10)
    assert "bob@example.com" in result.err + result.out
    assert "another externalId" in result.err + result.out
    assert ada["id"] in [m["value"] for g in b.service.dump()["Groups"] if g["displayName"] == "eng"
                         for m in g["members"]]


def test_an_error_answer_is_one_clear_line(bench):
    b = bench(required="nickName")
    result = b.sync(10)
    said = result.err + result.out
    assert "nickName" in said and "invalidValue" in said, result
    assert all(len(line) < 500 for line in said.splitlines())


def test_a_private_authority(muster, write, start_scim, certificates):
    service = start_scim(tls_cert=certificates.path("server.crt"), tls_key=certificates.path("server.key"))
    systems = {"staff": {"kind": "file", "path": write("staff.yaml", roster())},
               "crm": service.system(timeout="2s")}
    muster.configure({"systems": systems, "syncs": {"crm": {"from": "staff", "to": "crm"}}})
    refused = muster("sync")
    assert refused.code == 69 and "certificate" in refused.err, refused
    assert service.log() == []
    systems["crm"]["tls"] = {"ca": certificates.ca}
    muster.configure({"systems": systems, "syncs": {"crm": {"from": "staff", "to": "crm"}}})
    assert muster("sync").code == 0
    assert service.complaints() == []


def test_killed_at_every_step(bench):
    """Every request has a step before and one behind it; after each stop the next runs finish the work."""
    people, teams = ["ada"], {"eng": ["ada"]}
    for step in range(1, 60):
        b = bench()
        b.roster(people, teams)
        b.muster.state.unlink(missing_ok=True)
        stopped = b.muster("sync", env={"MUSTER_FAULT_AT": str(step)})
        if stopped.code == 0:
            assert step > 5
            break
        assert stopped.code == 100, stopped
        for _ in range(3):
            result = b.muster("sync")
            if result.code == 0:
                break
        assert result.code == 0, (step, result)
        b.arrived(people, teams)
        assert len([w for w in b.service.writes() if w["method"] == "POST" and w["committed"]]) == 2
        b.plans_nothing()
        b.service.stop()
    else:
        raise AssertionError("no end of steps")
