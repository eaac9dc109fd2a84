# SPDX-License-Identifier: Apache-2.0
"""Team APIs that answer nonsense, refuse, lag and contradict themselves: classified, told, never read as gone."""
import json
import pathlib

import pytest
from team_core import TeamService
from test_team import Team, age_intents

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "src" / "man" / "muster-profile.5"


@pytest.fixture
def make_team(muster, write, start_team):
    def make(profile, people=(), **more):
        return Team(muster, write, start_team(profile), people, **more)
    return make


def accepted(team, *emails):
    """These are members whom muster brought."""
    for email in emails:
        team.want(email)
    team.sync()
    for email in emails:
        team.service.accept(email)
    team.sync()


def scaling_list(members=(), invitations=()):
    return {"status": 200, "body": {"data": {"members": list(members), "invitations": list(invitations)}}}


def entry(person, **changes):
    return {"id": person.id, "email": person.email, "firstName": "A", "lastName": "B", "role": person.role,
            "joinedAt": "2026-01-01T00:00:00Z", **changes}


BAD_ENTRIES = {
    "no id": ({"id": None}, "has no id"),
    "an id that is a list": ({"id": ["x"]}, "id is a list"),
    "no address": ({"email": None}, "no e-mail address"),
    "an address that is a number": ({"email": 7}, "no e-mail address"),
    "an address that is an object": ({"email": {"a": 1}}, "email is an object"),
    "an address with a line break": ({"email": "ada@example.com\nx"}, "control characters"),
    "an unknown role": ({"role": "org:emperor"}, "'org:emperor' is not known"),
    "no role": ({"role": None}, "no role"),
    "a role that is a list": ({"role": ["org:member"]}, "role is a list"),
}


@pytest.mark.parametrize("bad", sorted(BAD_ENTRIES))
def test_an_entry_that_makes_no_sense_is_told_and_left_alone(bad, make_team):
    team = make_team("scaling")
    accepted(team, "ada@example.com", "bob@example.com")
    changes, words = BAD_ENTRIES[bad]
    service = team.service
    people = [entry(p, **(changes if p.email.startswith("ada") else {})) for p in service.members]
    before, mails = len(service.writes()), list(service.mails)
    service.fail("GET", "/members", **scaling_list(people), times=9)
    team.want("ada@example.com", "admin")
    result = team.muster("plan", "team")
    assert words in result.out, result
    # A list that shows somebody without an id is not complete.
    code = 10 if bad in ("no id", "an id that is a list") else 0
    result = team.sync(code)
    assert len(service.writes()) == before and service.mails == mails, (service.writes()[before:], result)
    team.leave("ada@example.com")
    team.sync(code)
    assert len(service.writes()) == before, service.writes()[before:]


def test_an_entry_that_is_none_makes_the_list_incomplete(make_team):
    team = make_team("scaling")
    accepted(team, "ada@example.com")
    service = team.service
    team.leave("ada@example.com")
    team.want("new@example.com")
    service.fail("GET", "/members", **scaling_list([entry(p) for p in service.members] + ["x"]), times=9)
    before = len(service.writes())
    result = team.sync(10)
    assert len(service.writes()) == before, service.writes()[before:]
    assert "no id" in result.out and service.member("ada@example.com"), result


def test_one_address_in_two_spellings_is_doubtful(make_team):
    team = make_team("scaling", {"ada@example.com": "admin"})
    team.service.add("ada@example.com", "org:member")
    team.service.add("ADA@Example.com", "org:member")
    result = team.sync()
    assert "meets two" in result.out and not team.service.writes(), result


def test_one_address_in_two_spellings_where_it_is_the_id(make_team):
    """Scale knows people by address alone: two spellings are one entry that contradicts itself."""
    team = make_team("scale", {"ada@example.com": "admin", "sam@example.com": "member"})
    service = team.service
    service.add("sam@example.com", "member", given="S", family="X")
    service.add("ADA@Example.com", "labeler", given="A", family="X")
    service.add("ada@example.com", "member", given="A", family="X")
    for _ in range(3):
        result = team.sync()
        assert "listed twice" in result.out and not service.writes(), (result, service.writes())
    team.leave("ada@example.com")
    team.sync()
    assert not service.writes() and team.muster("todo").out == "nothing to do by hand\n"


def test_a_list_that_has_to_be_paid_for(make_team):
    team = make_team("clerk", {"ada@example.com": "member"})
    team.service.fail("GET", "/memberships", status=402, times=9, body=team.service.error(402, "pay", "pay first"))
    result = team.muster("sync", "team")
    assert result.code == 77 and "pay first" in result.err, result


def test_an_unknown_state_is_told(make_team):
    team = make_team("scalekit")
    accepted(team, "ada@example.com", "bob@example.com")
    service = team.service
    shape = service.shape
    service.shape = lambda p, status: shape(p, "ASCENDED" if p.email.startswith("ada") else status)
    team.leave("ada@example.com")
    before = len(service.writes())
    result = team.sync()
    assert "'ASCENDED'" in result.out and len(service.writes()) == before, result


@pytest.mark.parametrize("profile, answer, words", [
    ("scalekit", {"status": 200, "body": {"users": [], "next_page_token": "1"}}, "back to one that was read"),
    ("github", {"status": 200, "body": [], "headers": [("Link", '<{}>; rel="next"')]}, "back to one"),
    ("github", {"status": 200, "body": [],
                "headers": [("Link", '<https://elsewhere.example/x>; rel="next"')]}, "elsewhere"),
    ("clerk", {"status": 200, "body": {"data": [], "total_count": 3}}, "says that there are 3"),
    ("pagerduty", {"status": 200, "body": {"users": [], "more": True}}, "empty page"),
    ("gitlab", {"status": 200, "body": [], "headers": [("X-Next-Page", "1")]}, "back to one"),
    ("cloudflare", {"status": 200, "body": {"success": False, "errors": [{"code": 1, "message": "no luck"}],
                                            "result": []}}, "no luck"),
])
def test_paging_that_leads_nowhere(profile, answer, words, make_team):
    team = make_team(profile)
    service = team.service
    service.add("eve@example.com", service.member_role, login="eve")
    headers = [(k, v.replace("{}", f"{service.url}/orgs/acme/invitations?page=2"))
               for k, v in answer.get("headers", ())]
    service.fail("GET", service.list_paths[-1], times=20, **{**answer, "headers": headers})
    team.sync_keys["owns"] = "all"
    team.save()
    result = team.muster("sync", "team")
    assert result.code == 65 and words in result.err, result
    assert not service.writes()


@pytest.mark.parametrize("profile", ["scalekit", "github", "gitlab", "sentry", "workos", "clerk", "auth0",
                                     "pagerduty", "vercel", "cloudflare"])
def test_every_page_is_read(profile, make_team):
    team = make_team(profile)
    service = team.service
    if profile not in ("auth0", "clerk"):
        service.page_limit = 2
    for number in range(120 if profile in ("auth0", "clerk") else 7):
        service.add(f"p{number}@example.com", service.member_role, login=f"p{number}")
    result = team.muster("dump", "team")
    assert result.code == 0 and not service.complaints, (result, service.complaints)
    wanted = "owner" if getattr(service, "by_login", False) else "owner@example.com"
    assert result.out.count("userName:") == len(service.members) and wanted in result.out, result


def test_401_that_means_no_admin(make_team):
    team = make_team("scaling", {"ada@example.com": "member"})
    team.service.caller_is_admin = False
    result = team.muster("sync", "team")
    assert result.code == 77 and "org:admin" in result.err, result
    assert len(team.service.log) == 1


def test_no_seat_left(make_team):
    team = make_team("scale", {"ada@example.com": "member"})
    team.service.fail("POST", "/invite", status=402, body={"error": "not enabled"})
    result = team.muster("sync", "team")
    assert result.code == 10 and "not part of what was bought" in result.out, result


def test_an_error_in_the_body_for_one_of_many(make_team):
    team = make_team("gitlab", {"ada@example.com": "member", "no-host@example": "member"})
    result = team.muster("sync", "team")
    assert result.code == 10 and "no-host@example" in result.out, result
    assert team.service.mails == ["ada@example.com"]


def test_a_refused_batch_shows_whom_it_means(make_team):
    team = make_team("scale", {"ada@example.com": "member", "eve@example.com": "member"})
    team.service.elsewhere.add("eve@example.com")
    result = team.sync()
    assert "support@scale.com" in result.out, result
    assert team.service.mails == ["ada@example.com"]
    before = len(team.service.writes())
    again = team.sync()
    assert len(team.service.writes()) == before, again
    assert "1 open in muster todo" in again.out, again
    todo = team.muster("todo").out
    assert "bring eve@example.com into team" in todo and "support@scale.com" in todo, todo
    team.service.elsewhere.clear()
    assert team.muster("invitations", "resend", "team", "eve@example.com").code == 0
    assert team.service.mails == ["ada@example.com", "eve@example.com"]
    team.sync()
    assert team.muster("todo").out == "nothing to do by hand\n"


def test_html_in_place_of_an_answer_is_looked_up(make_team):
    team = make_team("scaling", {"ada@example.com": "member"})
    team.service.fail("POST", "/invite", status=200, body="<html>sign in</html>", kind="text/html")
    assert team.muster("sync", "team").code == 15
    age_intents(team.muster)
    team.sync()
    assert team.service.mails == ["ada@example.com"]


@pytest.mark.parametrize("profile, code", [("scale", 0), ("workos", 0), ("clerk", 0), ("github", 0),
                                           ("scaling", 10)])
def test_a_no_after_our_own_try(profile, code, make_team):
    """409, or a code that says so, is as good as done; of a 400 that says nothing the next list tells."""
    team = make_team(profile, {"ada@example.com": "member"})
    team.service.fail("POST", team.service.invite_path, status=503, headers=[("Retry-After", "0")], after=True)
    result = team.muster("sync", "team")
    assert result.code == code, result
    age_intents(team.muster)
    team.sync()
    assert team.service.mails == ["ada@example.com"]
    team.settled()


def test_a_rate_limit_is_waited_for(make_team):
    team = make_team("clerk", {"ada@example.com": "member"})
    team.service.fail("POST", "/bulk", status=429, headers=[("Retry-After", "1")], times=2)
    team.sync()
    assert team.service.mails == ["ada@example.com"]


def test_a_list_that_lags_behind(make_team):
    team = make_team("scale", {"ada@example.com": "member"})
    team.service.lag = 3
    for _ in range(5):
        team.sync()
    assert team.service.mails == ["ada@example.com"]


def test_a_token_that_ended_is_renewed_once(make_team):
    team = make_team("scalekit", {"ada@example.com": "member"})
    service = team.service
    list_users = service.list

    def list_and_end(request):
        answer = list_users(request)
        service.revoke_tokens()
        return answer

    service.list = list_and_end
    team.sync()
    assert service.mails == ["ada@example.com"] and service.token_requests == 2


def test_links_and_codes_stay_inside(make_team):
    team = make_team("grafana", {"ada@example.com": "member"})
    team.sync()
    code = team.service.invitations[0].code
    team.service.fail("DELETE", "/revoke", status=500, times=9,
                      body={"message": f"cannot open https://join.example/SECRET and {code}"})
    result = team.muster("-v", "invitations", "revoke", "team", "ada@example.com")
    assert result.code == 1 and "cannot open (a link) and ..." in result.err, result
    team.clean(result)
    team.clean(team.muster("runs", "2"))


# --- roles and keys

def test_the_one_admin_is_protected(make_team):
    team = make_team("scale", {"owner@example.com": "member"}, owns="all")
    result = team.sync()
    assert "it stays" in result.out and not team.service.writes(), result
    team.leave("owner@example.com")
    team.want("ada@example.com")
    result = team.sync()
    assert team.service.member("owner@example.com").role == "admin"
    assert "remove owner" not in result.out, result


def test_muster_s_own_account_is_never_changed(make_team):
    team = make_team("scaling", {}, owns="all")
    result = team.sync()
    assert "muster's own account" in result.out and not team.service.writes(), result


@pytest.mark.parametrize("profile, role", [("scale", "member"), ("scaling", "org:member"), ("clerk", "org:member"),
                                           ("sentry", "member"), ("grafana", "Viewer"), ("gitlab", 10),
                                           ("github", "direct_member"), ("vercel", "VIEWER"), ("tailscale", "member"),
                                           ("datadog", "role-read"), ("cloudflare", "r3")])
def test_least_privilege_where_nobody_speaks_of_roles(profile, role, make_team):
    team = make_team(profile, {"ada@example.com": "member"})
    del team.sync_keys["roles"]
    team.save()
    team.sync()
    assert team.service.invitation("ada@example.com").role == role
    team.settled()


@pytest.mark.parametrize("profile", ["scalekit", "workos", "auth0"])
def test_no_role_where_the_service_names_them(profile, make_team):
    """Roles that only the service knows: where nobody speaks of them none is sent, and it gives its own."""
    team = make_team(profile, {"ada@example.com": "member"})
    service = team.service
    name = {"scalekit": "create"}.get(profile, "invite_one")
    bodies = []

    def take(request):
        bodies.append(json.loads(request.body))
        request.body_seen = request.query_seen = True
        return service.say(201, {"id": service.invite("ada@example.com", service.member_role).id})

    setattr(service, name, take)
    del team.sync_keys["roles"]
    team.save()
    team.sync()
    text = json.dumps(bodies)
    assert len(bodies) == 1 and "role" not in text and "membership" not in text, text
    team.settled()


@pytest.mark.parametrize("profile", ["auth0", "datadog", "scalekit"])
def test_a_member_without_any_role(profile, make_team):
    """Where roles are a list, none is none: such a member gets one, and can be removed."""
    team = make_team(profile, {"ada@example.com": "member", "bob@example.com": "member"})
    service = team.service
    accepted(team, "ada@example.com", "bob@example.com")
    person = service.member("ada@example.com")
    if profile == "scalekit":
        shape = service.shape
        service.shape = lambda p, status: {**shape(p, status), "memberships": [
            {**m, "roles": m["roles"] if p.role else []} for m in shape(p, status)["memberships"]]}
        person.role = ""
    person.roles = []
    before = len(service.writes())
    if profile == "auth0":
        person.role = "rol_member"
    result = team.sync()
    assert "no role" not in result.out and len(service.writes()) == before + 1, (result, service.writes()[before:])
    team.leave("ada@example.com")
    team.sync()
    assert not service.member("ada@example.com")


def test_own_account_that_nobody_has_is_told(make_team):
    team = make_team("scaling", system={"own_account": "ownr@example.com"})
    result = team.muster("check", "team")
    assert result.code == 1 and "own_account: nobody there has" in result.out, result
    team.system["own_account"] = "OWNER@example.com"
    team.save()
    assert team.muster("check", "team").code == 0


@pytest.mark.parametrize("kind, key, code", [("live", "live_x1", 0), ("test", "live_x1", 77),
                                             ("live", "test_x1", 77), ("live", "x1", 77)])
def test_live_and_test_keys(kind, key, code, make_team):
    team = make_team("scale", {}, system={"key_kind": kind})
    team.service.secret = key
    team.system["auth"] = {"file": team.write("other.key", key)}
    team.save()
    result = team.muster("sync", "team")
    assert result.code == code, result
    assert key not in result.out + result.err
    if code:
        assert not team.service.log


def test_a_second_address_for_a_second_team(make_team):
    team = make_team("scale", {"ada@example.com": "member"},
                     system={"address": "{local}+{team}@{domain}"})
    team.sync()
    assert team.service.mails == ["ada+team@example.com"]
    team.service.accept("ada+team@example.com")
    team.sync()
    team.settled()


def test_nobody_is_in_two_teams(muster, write, start_team):
    one, two = start_team("scale"), start_team("scale")
    path = write("staff.yaml", json.dumps({"users": [{"userName": "ada@example.com"}]}))
    muster.configure({"systems": {"staff": {"kind": "file", "path": path}, "one": one.system(),
                                  "two": two.system()},
                      "syncs": {"a": {"from": "staff", "to": "one"}, "b": {"from": "staff", "to": "two"}}})
    result = muster("sync")
    assert result.code == 0 and one.mails == ["ada@example.com"] and two.mails == [], result
    assert "is in the team one" in result.out and "{local}+two@{domain}" in result.out, result


def test_the_dashboard_team_is_all_hand_offs(make_team):
    team = make_team("scalekit-workspace", {"ada@example.com": "member"}, roles={"default": "member"},
                     owns="all", system={"own_account": "owner@example.com"})
    team.service.add("eve@example.com", "USER")
    result = team.sync()
    todo = team.muster("todo").out
    assert "invite ada@example.com" in todo and "remove eve@example.com" in todo, (todo, result)
    team.settled()
    team.service.members.remove(team.service.member("eve@example.com"))
    team.service.add("ada@example.com", "USER")
    team.sync()
    assert team.muster("todo").out == "nothing to do by hand\n"


# --- by hand

def test_accepted_under_another_address(make_team):
    team = make_team("scaling")
    service = team.service
    accepted(team, "bob@example.com")
    service.mails.clear()
    team.want("ada@example.com")
    team.sync()
    service.accept("ada@example.com", as_email="ada.private@elsewhere.example")
    service.members[-1].given, service.members[-1].family = "Ada", "X"
    result = team.sync()
    assert "muster invitations link team" in result.out, result
    assert service.mails == ["ada@example.com"]
    linked = team.muster("invitations", "link", "team", "ada@example.com", "ada.private@elsewhere.example")
    assert linked.code == 0, linked
    team.sync()
    team.settled()
    assert service.mails == ["ada@example.com"]
    team.leave("ada@example.com")
    team.sync()
    assert not service.member("ada.private@elsewhere.example")


def test_invitations_by_hand(make_team):
    team = make_team("workos", {"ada@example.com": "member"})
    team.sync()
    assert "ada@example.com" in team.muster("invitations").out
    assert team.muster("invitations", "resend", "team", "ada@example.com").code == 0
    assert team.service.mails == ["ada@example.com"] * 2
    assert team.muster("invitations", "revoke", "team", "ADA@example.com").code == 0
    assert team.service.pending() == []
    listed = team.muster("invitations", "list", "team", "--json").json()["invitations"]
    assert [i["state"] for i in listed] == ["revoked"]
    assert team.muster("invitations", "revoke", "team", "nobody@example.com").code == 64
    assert team.muster("invitations", "fold", "team").code == 64


# --- profiles

PROFILE = """\
profile: 1
title: Widget
url: https://widget.example/api
removal: takes the seat
auth: {kind: header, header: X-Key}
roles:
  boss: {value: "2", rank: 2, admin: true}
  hand: {value: "1", rank: 1}
list:
  - call: GET /api/org/users
    sets:
      - items: $
        id: userId
        email: email
        role: role
        state: [{is: active}]
invite: {missing: by hand}
set_role: {missing: by hand}
revoke: {missing: by hand}
remove: {missing: by hand}
resend: {missing: by hand}
"""


@pytest.mark.parametrize("old, new, place, words", [
    ("title: Widget", "titel: Widget", "acme.yaml:2:1", "unknown key 'titel'"),
    ("items: $", "items: $[", "acme.yaml:12:18", "expected a number"),
    ("call: GET /api", "call: FETCH /api", "acme.yaml:10:11", "expected a method and a path"),
    ("/api/org/users", "/api/{org}/users", "acme.yaml:10:11", "nothing is known as {org}"),
    ("invite: {missing: by hand}", "invite: {}", "acme.yaml:17:9", "needs one of 'call', 'steps'"),
    ("[{is: active}]", "[{is: actve}]", "acme.yaml:16:22", "did you mean 'active'?"),
    ("kind: header, header: X-Key", "kind: header", "acme.yaml:5:7", "'header' goes with"),
    ("profile: 1", "profile: 2", "acme.yaml:1:10", "must be 1"),
])
def test_faults_of_a_profile_have_their_place(old, new, place, words, muster, write):
    write("acme.yaml", PROFILE.replace(old, new))
    muster.configure({"systems": {"t": {"kind": "team", "profile": "./acme.yaml",
                                        "auth": {"file": write("key", "x")}}}, "syncs": {}})
    result = muster("check", "--offline")
    assert result.code == 78 and place in result.err and words in result.err, result


def test_a_profile_of_one_s_own_is_tried_out(muster, write, start_team):
    service = start_team("grafana")
    service.add("ada@example.com", "Viewer")
    write("acme.yaml", PROFILE.replace("kind: header, header: X-Key", 'kind: header, header: Authorization, '
                                       'prefix: "Bearer "').replace('"2"', "Admin"))
    muster.configure({"systems": {"t": {"kind": "team", "profile": "./acme.yaml", "url": service.url,
                                        "auth": {"file": write("key", service.secret)}}}, "syncs": {}})
    result = muster("check", "t", "--profile-test")
    assert "owner@example.com" in result.out and "from email" in result.out, result
    assert "'Viewer' is not known to the profile" in result.out and not service.writes(), result
    assert not service.complaints, service.complaints


@pytest.mark.parametrize("keys, words", [
    ({"organisation": "x"}, "did you mean 'organization'?"),
    ({}, "misses the key 'organization'"),
    ({"organization": "x", "key_kind": "alive"}, "'key_kind' cannot be 'alive'"),
])
def test_parameters_are_keys_of_the_configuration(keys, words, muster, write):
    muster.configure({"systems": {"t": {"kind": "team", "profile": "clerk",
                                        "auth": {"file": write("key", "x")}, **keys}}, "syncs": {}})
    result = muster("check", "--offline")
    assert result.code == 78 and words in result.err, result


class Acme(TeamService):
    """The service of the manual's worked example."""

    base, secret, profile = "/v2", "acme-0123456789", "./acme.yaml"
    member_role, admin_role = 1, 2
    routes = (("GET", r"/workspaces/w1/people", "list"), ("POST", r"/workspaces/w1/people", "invite_one"),
              ("PUT", r"/workspaces/w1/people/([^/]+)", "set_role"),
              ("DELETE", r"/workspaces/w1/people/([^/]+)", "remove_one"))

    def authenticate(self, request):
        assert request.header("x-acme-key") == self.secret

    def settings(self):
        return {"profile": "./acme.yaml", "organization": "w1"}

    def join(self, invited, email):
        return self.add(email, invited.role, id=invited.id)

    def list(self, request):
        query = self.query_of(request, (), ("page",))
        people = self.members + [p for p in self.invitations if p.state == "pending"]
        start = (int(query["page"]) - 1) * 2
        return self.say(200, {"pages": (len(people) + 1) // 2, "people": [
            {"id": p.id, "mail": p.email, "fullName": p.given, "level": p.role,
             "createdAt": "2026-01-01T00:00:00Z", "joined": None if p in self.invitations else 1}
            for p in people[start:start + 2]]})

    def invite_one(self, request):
        body = self.body_of(request, ("mail", "level"))
        assert body["level"] in (1, 2)
        return self.say(201, {"id": self.invite(body["mail"], body["level"]).id})

    def anyone(self, user):
        return self.by_id(self.members + [p for p in self.invitations if p.state == "pending"], user)

    def set_role(self, request, user):
        self.anyone(user).role = self.body_of(request, ("level",))["level"]
        return self.say(200, {})

    def remove_one(self, request, user):
        person = self.anyone(user)
        if person in self.members:
            self.members.remove(person)
        person.state = "gone"
        return self.say(204)


def test_the_worked_example_of_the_manual_works(muster, write):
    text = next(block for block in MANUAL.read_text().split(".Bd -literal -offset indent\n")
                if block.startswith("profile: 1")).split(".Ed")[0]
    write("acme.yaml", text)
    service = Acme().start()
    try:
        service.system = lambda **more: {"kind": "team", "url": service.url, **service.settings(),
                                         "auth": {"file": write("acme.key", service.secret)}, **more}
        team = Team(muster, write, service, {"ada@example.com": "member", "bob@example.com": "admin"})
        trial = muster("check", "team", "--profile-test")
        assert trial.code == 0 and "owner@example.com" in trial.out, trial
        team.sync()
        assert sorted(service.mails) == ["ada@example.com", "bob@example.com"]
        service.accept("ada@example.com")
        service.accept("bob@example.com")
        team.sync()
        team.settled()
        team.want("ada@example.com", "admin")
        team.sync()
        assert team.role_of("ada@example.com") == 2
        team.leave("ada@example.com")
        team.sync()
        assert not service.member("ada@example.com")
        team.settled()
    finally:
        service.stop()


# --- what must stay inside, and what stands in answers that call themselves good

@pytest.mark.parametrize("profile", ["grafana", "vercel", "workos", "auth0", "tailscale", "sentry", "github",
                                     "gitlab", "clerk"])
def test_no_command_shows_a_link_or_a_code(profile, make_team):
    """Every word that muster says, with -v, and every byte that it keeps."""
    team = make_team(profile, {"ada@example.com": "member", "bob@example.com": "admin"})
    service, muster = team.service, team.muster
    commands = [("check",), ("check", "team", "--profile-test"), ("plan", "--json"), ("sync",), ("plan", "--json"),
                ("sync",), ("invitations",), ("invitations", "list", "--json"), ("status", "--json"), ("todo",),
                ("explain", "ada@example.com"), ("dump", "team"), ("runs", "1"), ("runs", "--json")]
    for words in commands:
        result = muster("-v", *words)
        assert result.code == 0, result
        team.clean(result)
    age = [("invitations", "resend", "team", "ada@example.com"), ("invitations", "revoke", "team", "bob@example.com")]
    service.age(1)
    link, code = service.link + "x", service.invitations[0].code
    for part in ("resend", "revoke", "invit", "users", "members"):
        for method in ("POST", "DELETE", "PUT"):
            service.fail(method, part, status=400, times=3, body=service.error(400, link, f"no: {link} {code}"))
    for words in age:
        result = muster("-v", *words)
        assert result.code == 1 and link not in result.out + result.err, result
        assert service.link not in result.out + result.err, result
    assert service.link.encode() not in b"".join(p.read_bytes() for p in muster.folder.glob("state.db*"))


INSIDE = {
    "scale": {"error": "something broke"}, "scaling": {"statusCode": 400, "type": "x", "code": "server_error"},
    "scalekit": {"code": 9, "message": "broke", "details": []}, "clerk": {"errors": [{"code": "x", "message": "broke"}]},
    "github": {"message": "broke"}, "gitlab": {"status": "error", "message": {"ada@example.com": "broke"}},
    "sentry": {"detail": "broke"}, "workos": {"code": "x", "message": "broke"},
    "auth0": {"statusCode": 400, "message": "broke"}, "pagerduty": {"error": {"code": 1, "message": "broke"}},
    "vercel": {"error": {"code": "x", "message": "broke"}}, "datadog": {"errors": ["broke"]},
    "tailscale": {"message": "broke"}, "cloudflare": {"success": False, "errors": [{"code": 1, "message": "broke"}]},
}


@pytest.mark.parametrize("profile", sorted(INSIDE))
def test_an_error_inside_a_good_answer(profile, make_team):
    team = make_team(profile, {"ada@example.com": "member"})
    service = team.service
    service.fail("POST", service.invite_path, status=200, body=INSIDE[profile], times=9)
    result = team.muster("sync", "team")
    assert result.code == 10 and not service.mails, result
    listed = team.muster("invitations", "list", "team", "--json").json()["invitations"]
    assert not [i for i in listed if i["state"] == "pending"], listed
    service.faults.clear()
    team.sync()
    assert service.mails == ["ada@example.com"]
    for path in service.list_paths:
        service.fail("GET", path, status=200, body=INSIDE[profile], times=9)
    team.leave("ada@example.com")
    before = len(service.writes())
    assert team.muster("sync", "team").code == 65
    assert len(service.writes()) == before


def test_invited_as_a_role_or_a_status(make_team):
    """Nobody documents how Scale lists people who have not accepted: each of the likely ways is understood."""
    team = make_team("scale", {f"p{n}@example.com": "member" for n in range(3)})
    ways = {"p0@example.com": {"role": "invited", "firstName": "P"}, "p1@example.com": {"status": "pending", "firstName": "P"},
            "p2@example.com": {"expiry": 4102444800}}
    everyone = team.service.teammates
    team.service.teammates = lambda: [{**p, **ways.get(p["email"], {})} for p in everyone()]
    team.sync()
    result = team.sync()
    assert "not known" not in result.out and "skipped" not in result.out, result
    team.settled()
    listed = team.muster("invitations", "list", "team", "--json").json()["invitations"]
    assert [i["state"] for i in listed] == ["pending"] * 3
    assert sorted(team.service.mails) == sorted(ways)


def test_an_invitation_in_a_state_that_nobody_knows(make_team):
    team = make_team("scaling", {"ada@example.com": "member", "bob@example.com": "member"})
    team.sync()
    shape = team.service.shape
    team.service.shape = lambda p: {**shape(p), "status": "paused" if p.email.startswith("ada") else p.state}
    team.age(30)
    result = team.sync()
    assert "its state is not known to the profile: status is 'paused'" in result.out, result
    team.leave("ada@example.com")
    team.sync()
    assert team.service.mails.count("ada@example.com") == 1 and team.service.invitation("ada@example.com")
    del team.service.shape
    team.sync()
    assert team.service.pending() == ["bob@example.com"]


@pytest.mark.parametrize("old, new, words", [
    ("GET /api/org/users", "GET /api/orgs/users", "is url right, its version included, and the path in the profile?"),
    ("items: $", "items: users", "the answer has $[].orgId, $[].userId, $[].email"),
    ("email: email", "email: mail", "has      orgId, userId, email, login, name, role, lastSeenAt"),
])
def test_a_profile_that_is_not_right_yet_says_where_to_look(old, new, words, muster, write, start_team):
    service = start_team("grafana")
    text = PROFILE.replace("kind: header, header: X-Key", "kind: bearer").replace('"2"', "Admin")
    write("acme.yaml", text.replace(old, new))
    muster.configure({"systems": {"t": {"kind": "team", "profile": "./acme.yaml", "url": service.url,
                                        "auth": {"file": write("key", service.secret)}}}, "syncs": {}})
    result = muster("check", "t", "--profile-test")
    assert result.code in (1, 65) and words in result.out + result.err, result


def test_defaults_that_are_made_of_others(make_team):
    """Auth0: the audience is url, and invitations lead to muster's own application, unless they are given."""
    team = make_team("auth0", {"ada@example.com": "member"})
    del team.system["audience"], team.system["application"]
    team.service.audience = team.service.url + "/"
    seen = []
    invite = team.service.invite_one

    def invite_one(request):
        seen.append(json.loads(request.body)["client_id"])
        request.body = request.body.replace(b"client-1", b"app_1")
        return invite(request)

    team.service.invite_one = invite_one
    team.save()
    team.sync()
    assert team.service.mails == ["ada@example.com"] and seen == ["client-1"]


@pytest.mark.parametrize("profile", ["scalekit", "scalekit-workspace", "auth0"])
def test_the_host_is_called_site_everywhere(profile, muster, write):
    keys = {"client_id": "c", "organization": "org_1"}
    if profile == "scalekit-workspace":
        del keys["organization"]
    system = {"kind": "team", "profile": profile, "auth": {"file": write("key", "x")}, **keys}
    muster.configure({"systems": {"t": {**system, "site": "acme.example"}}, "syncs": {}})
    assert muster("check", "--offline").code == 0
    muster.configure({"systems": {"t": system}, "syncs": {}})
    result = muster("check", "--offline")
    assert result.code == 78 and "misses the key 'site'" in result.err, result


@pytest.mark.parametrize("profile", ["scale", "scalekit", "datadog"])
def test_a_slow_service(profile, make_team):
    """Slower than usual is waited for; slower than `timeout` is out of reach, and an invitation is looked for."""
    team = make_team(profile, {"ada@example.com": "member"}, system={"timeout": "1s"})
    service = team.service
    service.options.latency = 400
    team.sync()
    assert service.mails == ["ada@example.com"]
    service.options.latency = 0
    team.want("bob@example.com")
    service.fail("POST", service.invite_path, manner="stall")
    result = team.muster("sync", "team")
    assert result.code == 15, result
    service.faults.clear()
    age_intents(team.muster)
    team.sync()
    assert service.mails.count("bob@example.com") == 1
    team.settled()
    if profile == "scale":
        service.fail("GET", "/teams", manner="stall", times=99)
        assert team.muster("sync", "team").code == 69
