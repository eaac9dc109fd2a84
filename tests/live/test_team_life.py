# SPDX-License-Identifier: Apache-2.0
"""The life of an invitation from none to its end, by hand and on its own, where services differ in what they can."""
import json
import sqlite3

import pytest
import team_services
from test_team import Team, able, age_intents, service_role

ADA = "ada@example.com"
ONCE = {"resend_after": "7d", "resend_at_most": 1, "then": "revoke"}


@pytest.fixture
def make_team(muster, write, start_team):
    def make(profile, people=(), **more):
        return Team(muster, write, start_team(profile), people, **more)
    return make


def states(team):
    """What `muster invitations` says, by address."""
    listed = team.muster("invitations", "list", "team", "--json").json()
    assert listed["format_version"] == 1
    return {i["address"]: i["state"] for i in listed["invitations"]}


def counts(team):
    return {k: v for k, v in team.plan()["counts"].items() if v}


def in_kind(word):
    """Profiles by how they send again: 'call', 'anew' (taken back and sent anew), 'none'."""
    kinds = {"call": ("scalekit", "sentry", "workos", "datadog", "tailscale"),
             "none": ("scale", "pagerduty"), "workspace": ("scalekit-workspace",)}
    known = sum(kinds.values(), ())
    return kinds.get(word) or [n for n in team_services.SERVICES if n not in known]


# --- sent again

@pytest.mark.parametrize("profile", in_kind("call"))
def test_sent_again_by_a_call(profile, make_team):
    team = make_team(profile, {ADA: "member"}, invitations=ONCE)
    team.sync()
    first = team.service.invitation(ADA).id
    team.age(8)
    assert counts(team) == {"resend": 1}
    team.sync()
    assert team.service.mails == [ADA] * 2 and team.service.invitation(ADA).id == first
    assert not [w for w in team.service.writes() if w["method"] == "DELETE"]
    assert states(team) == {ADA: "pending"}
    team.settled()


@pytest.mark.parametrize("profile", in_kind("anew"))
def test_sent_again_by_taking_back_and_inviting(profile, make_team):
    team = make_team(profile, {ADA: "member"}, invitations=ONCE)
    team.sync()
    first = team.service.invitation(ADA)
    team.age(8)
    team.sync()
    assert team.service.mails == [ADA] * 2 and team.service.pending() == [ADA]
    assert team.service.invitation(ADA) is not first and first.state == "revoked"
    team.settled()


def test_taken_back_and_not_sent_anew_is_sent_by_the_next_run(make_team):
    team = make_team("scaling", {ADA: "member"}, invitations=ONCE)
    team.sync()
    team.age(8)
    team.service.fail("POST", "/invite", status=503, body={}, times=9)
    assert team.muster("sync", "team").code in (10, 15)
    team.service.faults.clear()
    age_intents(team.muster)
    team.sync()
    assert team.service.mails == [ADA] * 2 and team.service.pending() == [ADA]
    team.settled()


@pytest.mark.parametrize("profile", ["scale", "pagerduty"])
def test_what_cannot_be_sent_again_is_a_task(profile, make_team):
    team = make_team(profile, {ADA: "member"}, invitations=ONCE)
    team.sync()
    team.age(8)
    assert counts(team) == {"handoffs": 1}
    team.sync()
    team.settled()
    todo = team.muster("todo").out
    assert "send the invitation of ada@example.com again" in todo and team.service.mails == [ADA]
    # A person clicks Remove, and the next run invites anew.
    team.service.invitations.clear()
    team.sync()
    assert team.service.mails == [ADA] * 2
    assert team.muster("todo").out == "nothing to do by hand\n"
    team.settled()


@pytest.mark.parametrize("then", ["revoke", "leave"])
@pytest.mark.parametrize("profile", ["workos", "scaling", "gitlab"])
def test_no_answer_at_all(profile, then, make_team):
    """As often as allowed; then it is revoked or left, and nobody is invited again on its own."""
    team = make_team(profile, {ADA: "member"},
                     invitations={"resend_after": "7d", "resend_at_most": 2, "then": then})
    for sent in (1, 2, 3):
        team.sync()
        assert team.service.mails == [ADA] * sent
        team.settled()
        team.age(8)
    team.sync()
    assert team.service.pending() == ([] if then == "revoke" else [ADA])
    assert states(team)[ADA] == ("revoked" if then == "revoke" else "pending")
    team.age(100)
    result = team.sync()
    assert "has not answered 3 invitations" in result.out and team.service.mails == [ADA] * 3, result
    assert team.muster("invitations", "resend", "team", ADA).code == 0
    assert team.service.mails == [ADA] * 4 and team.service.pending() == [ADA]
    team.sync()
    team.service.accept(ADA)
    team.sync()
    assert states(team) == {ADA: "accepted"}
    team.settled()


# --- expired, refused, revoked

@pytest.mark.parametrize("profile", ["scalekit", "sentry", "workos", "github", "vercel"])
def test_expired_as_the_list_says(profile, make_team):
    team = make_team(profile, {ADA: "member"}, invitations=ONCE)
    service = team.service
    team.sync()
    team.age(3)
    if profile == "vercel":
        list_all = service.list

        def expired(request):
            answer = list_all(request)
            body = json.loads(answer.body)
            for code in body["emailInviteCodes"]:
                code["expired"] = service.invitations[0].state == "pending" and not service.invitations[1:]
            answer.body = json.dumps(body).encode()
            return answer
        service.list = expired
    else:
        service.expire(ADA)
    team.sync()
    assert states(team) == {ADA: "expired"} and service.mails == [ADA]
    team.settled()
    team.age(5)
    if profile == "github":  # an invitation that failed is still addressed by its id
        service.invitations[0].state = "expired"
        service.revoke = lambda request, _id: (setattr(service.invitations[0], "state", "revoked"),
                                               service.say(204))[1]
    team.sync()
    assert service.mails == [ADA] * 2 and states(team) == {ADA: "pending"}
    team.settled()


@pytest.mark.parametrize("profile", ["scaling", "clerk", "tailscale", "grafana", "auth0"])
def test_gone_from_the_list_without_a_word(profile, make_team):
    """Expired or declined, where the list shows pending ones alone: asked again as rarely as ever."""
    team = make_team(profile, {ADA: "member"}, invitations=ONCE)
    team.sync()
    team.age(2)
    team.service.invitations[0].state = "expired"
    for _ in range(3):
        team.sync()
    assert team.service.mails == [ADA]
    team.age(6)
    team.sync()
    assert team.service.mails == [ADA] * 2
    team.service.invitations[1].state = "declined"
    team.age(30)
    for _ in range(3):
        team.sync()
    assert team.service.mails == [ADA] * 2


def test_expired_by_its_own_date(make_team):
    team = make_team("scalekit", {ADA: "member"}, invitations={"resend_after": "30d", "resend_at_most": 1})
    team.sync()
    team.settled()
    team.age(16)  # 15 days is what it is good for
    team.service.everyone = lambda: [team.service.shape(p, "ACTIVE") for p in team.service.members]
    team.sync()
    assert states(team) == {ADA: "expired"} and team.service.mails == [ADA]


def test_refused_by_the_person(make_team):
    team = make_team("cloudflare", {ADA: "member", "bob@example.com": "member"})
    service = team.service
    team.sync()
    service.accept("bob@example.com")
    service.mails.remove("bob@example.com")
    shape = service.shape
    service.shape = lambda p: {**shape(p), **({"status": "rejected"} if p.email == ADA else {})}
    result = team.sync()
    assert "refused the invitation" in result.out and states(team)[ADA] == "refused"
    team.age(60)
    team.settled()
    assert service.mails == [ADA]
    # Whoever leaves and comes back is asked anew.
    team.leave(ADA)
    team.sync()
    assert ADA not in states(team)
    service.invitations.clear()
    service.shape = shape
    team.want(ADA)
    team.sync()
    assert service.mails == [ADA] * 2


@pytest.mark.parametrize("profile", ["workos", "scaling", "grafana", "sentry"])
def test_revoked_by_hand_stays_so(profile, make_team):
    team = make_team(profile, {ADA: "member"})
    team.sync()
    assert team.muster("invitations", "revoke", "team", ADA).code == 0
    assert team.service.pending() == [] and states(team) == {ADA: "revoked"}
    team.age(60)
    result = team.sync()
    assert "revoked by hand" in result.out and team.service.mails == [ADA], result
    team.settled()
    assert team.muster("invitations", "resend", "team", ADA).code == 0
    assert team.service.mails == [ADA] * 2 and states(team) == {ADA: "pending"}
    team.settled()
    team.service.accept(ADA)
    team.sync()
    assert states(team) == {ADA: "accepted"}


def test_an_expired_one_is_taken_off_the_list_by_hand(make_team):
    team = make_team("sentry", {ADA: "member"})
    team.sync()
    team.service.expire(ADA)
    team.sync()
    assert team.muster("invitations", "revoke", "team", ADA).code == 0
    assert [i.state for i in team.service.invitations] == ["revoked"]
    team.settled()
    assert team.service.mails == [ADA] and states(team) == {ADA: "revoked"}


# --- leaving before accepting

@pytest.mark.parametrize("profile", able("invite"))
def test_left_and_back_again(profile, make_team):
    team = make_team(profile, {ADA: "member", "bob@example.com": "member"})
    service = team.service
    team.sync()
    team.age(1)
    team.leave(ADA)
    team.sync()
    if getattr(service, "can_revoke", True):
        assert service.pending() == ["bob@example.com"] and states(team)[ADA] == "revoked"
    else:
        service.invitations.remove(service.invitation(ADA))  # a person does what the task says
        team.sync()
        assert team.muster("todo").out == "nothing to do by hand\n"
    team.settled()
    team.want(ADA)
    team.sync()
    assert service.mails.count(ADA) == 2 and service.pending() == [ADA, "bob@example.com"]
    team.settled()


@pytest.mark.parametrize("profile", ["scaling", "scalekit", "workos", "clerk"])
def test_left_and_accepted_meanwhile(profile, make_team):
    team = make_team(profile, {ADA: "member", "bob@example.com": "member"})
    team.sync()
    team.leave(ADA)
    team.service.accept(ADA)
    team.sync()
    assert not team.service.member(ADA) and team.service.pending() == ["bob@example.com"]
    team.settled()


def test_left_with_an_expired_one(make_team):
    team = make_team("sentry", {ADA: "member", "bob@example.com": "member"})
    team.sync()
    team.service.expire(ADA)
    team.sync()
    team.leave(ADA)
    team.sync()
    team.settled()
    assert ADA not in states(team)


# --- the role of a pending one

@pytest.mark.parametrize("profile", ["scalekit", "gitlab", "sentry", "pagerduty", "datadog", "cloudflare"])
def test_the_role_of_a_pending_one_in_place(profile, make_team):
    team = make_team(profile, {ADA: "member"})
    team.sync()
    team.want(ADA, "admin")
    assert counts(team) == {"roles": 1}
    team.sync()
    wanted = service_role(team.service, "admin")
    person = team.service.invitation(ADA)
    assert wanted in (person.role, *getattr(person, "roles", ())) and team.service.mails == [ADA]
    team.settled()


@pytest.mark.parametrize("profile", ["scaling", "workos", "clerk", "github", "vercel", "grafana", "auth0",
                                     "tailscale"])
def test_the_role_of_a_pending_one_by_another(profile, make_team):
    """It costs a second mail, so it waits as long as any."""
    team = make_team(profile, {ADA: "member"})
    team.sync()
    team.want(ADA, "admin")
    team.settled()
    team.age(8)
    team.sync()
    role = team.service.invitation(ADA).role
    assert team.service.role_joined(role) == service_role(team.service, "admin")
    assert team.service.mails == [ADA] * 2
    team.settled()


def test_the_role_of_a_pending_one_that_cannot_change_follows_the_member(make_team):
    team = make_team("scale", {ADA: "member"})
    team.sync()
    team.want(ADA, "admin")
    team.settled()
    team.service.accept(ADA)
    team.sync()
    assert team.role_of(ADA) == "manager"
    team.settled()


@pytest.mark.parametrize("profile", ["scalekit", "scaling", "workos"])
def test_invited_by_somebody_else_before(profile, make_team):
    team = make_team(profile, {ADA: "member"})
    team.service.invite("Ada@Example.com", team.service.member_role)
    team.service.mails.clear()
    team.sync()
    assert team.service.mails == [] and states(team)[ADA] == "pending"
    team.settled()
    team.service.accept("Ada@Example.com")
    team.sync()
    team.settled()
    assert states(team) == {ADA: "accepted"}


# --- several at once

@pytest.mark.parametrize("profile", ["scale", "clerk", "vercel", "tailscale"])
def test_already_of_one_says_nothing_of_the_others(profile, make_team):
    """A request for several is refused whole because of one of them."""
    team = make_team(profile, {f"p{n}@example.com": "member" for n in range(4)})
    service = team.service
    invite = service.invite

    def checked(email, role, **values):
        if email == "p2@example.com":
            service.already_invited(email)
        return invite(email, role, **values)

    def whole(request):
        before = list(service.invitations), list(service.mails)
        try:
            return many(request)
        except Exception:
            service.invitations, service.mails = before
            raise

    service.invite = checked
    name = next(r[2] for r in service.routes if r[0] == "POST" and r[2] in ("invite_many", "bulk"))
    many = getattr(service, name)
    setattr(service, name, whole)
    team.sync()
    assert sorted(service.mails) == ["p0@example.com", "p1@example.com", "p3@example.com"]


# --- by hand

def test_by_hand_where_the_service_cannot(make_team):
    team = make_team("scale", {ADA: "member"})
    team.sync()
    for word in ("resend", "revoke"):
        result = team.muster("invitations", word, "team", ADA)
        assert result.code == 1 and "Your Team, click Remove" in result.err, result
    result = team.muster("invitations", "resend", "team", "nobody@example.com")
    assert result.code == 64 and "lists no open invitation" in result.err, result
    assert team.service.mails == [ADA]


def test_two_mails_in_a_row(make_team):
    team = make_team("tailscale", {ADA: "member"})
    team.sync()
    before = len(team.service.writes())
    result = team.muster("invitations", "resend", "team", ADA)
    assert result.code == 1 and "within 60 s" in result.err, result
    assert len(team.service.writes()) == before
    team.service.age(1)
    assert team.muster("invitations", "resend", "team", ADA).code == 0
    assert team.service.mails == [ADA] * 2


def test_two_steps_of_which_the_first_was_lost_with_the_process(make_team):
    """Another key made the user, and nobody the mail: it is taken up, and the mail comes with the next repeat."""
    team = make_team("datadog", {ADA: "member"})
    team.service.fail("POST", "/users", manner="drop")
    team.sync()
    assert team.service.mails == [ADA] and len(team.service.invitations) == 1
    team.settled()


def test_somebody_who_is_switched_off(make_team):
    team = make_team("datadog", {ADA: "member"})
    team.service.fail("POST", "/users", status=409, body={"errors": ["user already exists"]}, times=9)
    result = team.sync()
    assert "enable the user" in team.muster("todo").out, result
    team.settled()
    assert team.service.mails == []


# --- tasks for a person

def age_tasks(team, days):
    db = sqlite3.connect(team.muster.state)
    with db:
        db.execute("UPDATE handoff SET opened = opened - ?", (days * 86400,))
    db.close()


def test_tasks_age_and_close_themselves(make_team):
    team = make_team("scale")
    for n in range(3):
        team.want(f"p{n}@example.com")
    team.sync()
    for n in range(3):
        team.service.accept(f"p{n}@example.com")
    team.sync()
    team.leave("p0@example.com")
    team.sync()
    age_tasks(team, 9)
    team.leave("p1@example.com")
    plan = team.plan()
    assert plan["counts"]["handoffs"] == 1 and len(plan["open_handoffs"]) == 1
    assert next(f for f in plan["figures"] if f["what"] == "users removed")["value"] == 2
    team.sync()
    status = team.muster("status", "team").out
    assert "2 hand-offs for a person, the oldest since" in status and "(9 days)" in status, status
    tasks = team.muster("todo", "--json").json()["handoffs"]
    assert [t["days"] for t in tasks] == [9, 0] and all(t["system"] == "team" for t in tasks)
    assert tasks[0]["what"].startswith("remove p0@example.com (gone from staff since ")
    assert "dashboard.scale.com, Your Team, click Remove" in tasks[0]["what"]
    assert "remove p0@example.com" in team.muster("explain", "p0@example.com").out
    team.settled()
    team.service.members.remove(team.service.member("p0@example.com"))
    team.sync()
    assert [t["days"] for t in team.muster("todo", "--json").json()["handoffs"]] == [0]
    team.want("p1@example.com")  # the person stays after all
    team.sync()
    assert team.muster("todo").out == "nothing to do by hand\n"
    assert "hand-off" not in team.muster("status", "team").out


def test_tasks_are_held_by_the_guard(make_team):
    team = make_team("scale", {f"p{n}@example.com": "member" for n in range(40)},
                     guard={"removals": {"count": 2, "percent": 0}})
    team.sync()
    for n in range(40):
        team.service.accept(f"p{n}@example.com")
    team.sync()
    for n in range(3):
        team.leave(f"p{n}@example.com")
    result = team.muster("sync", "team")
    assert result.code == 12 and team.muster("todo").out == "nothing to do by hand\n", result


def test_the_admin_is_transferred_by_hand(make_team):
    team = make_team("scale", {"owner@example.com": "admin"})
    team.sync_keys["roles"] = {"default": "member", "rules": [{"role": "admin", "where": 'title eq "boss"'}]}
    team.want(ADA, "boss")
    team.sync()
    assert team.service.invitation(ADA).role == "member"
    todo = team.muster("todo").out
    assert "give ada@example.com the role admin at team" in todo and "support@scale.com" in todo, todo
    team.service.accept(ADA)
    team.sync()
    assert team.muster("todo", "--json").json()["handoffs"][0]["key"] == "role admin: " + ADA
    team.settled()
    team.service.member("owner@example.com").role = "manager"  # support has done it
    team.service.member(ADA).role = "admin"
    team.sync_keys["roles"]["rules"].append({"role": "manager", "where": 'title eq "admin"'})
    team.save()
    team.sync()
    assert team.muster("todo").out == "nothing to do by hand\n"
    team.settled()


# --- one person, one team

@pytest.fixture
def two_teams(muster, write, start_team):
    """Two Scale teams of one company, and who is wanted in which."""
    one, two = start_team("scale"), start_team("scale")

    def configure(first=(ADA,), second=(ADA,), order=("a", "b"), sources=1, **system):
        people = sorted({*first, *second})
        roster = json.dumps({"users": [
            {"id": p, "userName": p, "emails": [{"value": p}],
             "title": " ".join(w for w, team in (("one", first), ("two", second)) if p in team)}
            for p in people]})
        syncs = {"a": {"from": "staff", "to": "one", "users": {"where": 'title co "one"'}},
                 "b": {"from": "staff", "to": "two", "users": {"where": 'title co "two"'}}}
        systems = {"staff": {"kind": "file", "path": write("staff.yaml", roster)},
                   "one": one.system(), "two": {**two.system(), **system}}
        if sources == 2:
            systems["others"] = {"kind": "file", "path": write("others.yaml", roster)}
            syncs["b"]["from"] = "others"
        muster.configure({"systems": systems, "syncs": {name: syncs[name] for name in order}})
        return muster, one, two
    return configure


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("sources", [1, 2])
def test_the_first_in_the_configuration_has_precedence(order, sources, two_teams):
    muster, one, two = two_teams(order=order, sources=sources)
    loser = order[1]
    plan = muster("plan", loser)
    winner_team = {"a": "one", "b": "two"}[order[0]]
    assert f"is wanted in the team {winner_team}, which comes first" in plan.out, plan
    # Whichever runs first.
    assert muster("sync", loser).code == 0
    assert muster("sync").code == 0
    mails = {"a": one.mails, "b": two.mails}
    assert mails[order[0]] == [ADA] and mails[loser] == []
    explained = muster("explain", ADA).out
    assert f"the team {winner_team}" in explained and "{local}+" in explained, explained


def test_who_was_there_before_is_in_a_team_too(two_teams):
    muster, one, two = two_teams(first=[ADA], second=[], order=("b", "a"))
    one.add(ADA, "member", given="Ada", family="X")
    assert muster("sync").code == 0 and not one.mails  # adopted, not invited
    muster, one, two = two_teams(order=("b", "a"))
    result = muster("sync", "b")
    assert "is in the team one" in result.out and not two.mails, result


def test_a_second_address_is_no_conflict(two_teams):
    muster, one, two = two_teams(address="{local}+{team}@{domain}")
    result = muster("sync")
    assert result.code == 0 and "conflict" not in result.out, result
    assert one.mails == [ADA] and two.mails == ["ada+two@example.com"]
    one.accept(ADA)
    two.accept("ada+two@example.com")
    assert muster("sync").code == 0
    # Read back, the second address is still the same person: both leave.
    muster, one, two = two_teams(first=[], second=["bob@example.com"], address="{local}+{team}@{domain}")
    assert muster("sync").code == 0
    todo = muster("todo").out
    assert "remove ada@example.com" in todo and "remove ada+two@example.com" in todo, todo


def test_a_plus_tag_is_another_address(make_team):
    team = make_team("scale", {ADA: "member"})
    team.service.add("ada+other@example.com", "member", given="Ada", family="X")
    team.sync()
    assert team.service.mails == [ADA]


def test_a_second_address_is_read_back(make_team):
    """As a source, and in what dump writes, people have the address that the second one was made of."""
    team = make_team("scale", system={"address": "{local}+{team}@{domain}"})
    service = team.service
    service.add("ada+team@example.com", "member", given="Ada", family="X")
    service.add("bob+other+team@example.com", "member", given="Bob", family="X")
    service.add("eve+else@example.com", "member", given="Eve", family="X")
    dumped = team.muster("dump", "team").out
    for address in (ADA, "bob+other@example.com", "eve+else@example.com", "owner@example.com"):
        assert f"userName: {address}" in dumped, dumped
    assert "userName: ada+" not in dumped
    for email in (ADA, "bob+other@example.com"):
        team.want(email)
    team.sync()
    assert not service.writes()  # as a target they are known by the second one
    team.settled()


@pytest.mark.parametrize("profile", ["scaling", "scalekit", "workos", "gitlab", "scale"])
def test_another_address_before_accepting(profile, make_team):
    team = make_team(profile, {ADA: "member"})
    service = team.service
    team.sync()
    team.age(1)
    write = team.write
    team.write = lambda name, text: write(name, text.replace('"value": "ada@', '"value": "ada.l@'))
    team.save()
    team.sync()
    if profile == "scale":
        assert "revoke the invitation of ada@example.com" in team.muster("todo").out
        assert service.mails == [ADA]
        team.settled()
        service.invitations.clear()
        team.sync()
    assert service.mails == [ADA, "ada.l@example.com"] and service.pending() == ["ada.l@example.com"]
    assert team.muster("todo").out == "nothing to do by hand\n"
    team.settled()
