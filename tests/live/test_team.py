# SPDX-License-Identifier: Apache-2.0
"""Team APIs through the real program: the life of a membership with every profile, against strict stand-ins."""
import json
import sqlite3

import pytest
import team_services

PROFILES = sorted(team_services.SERVICES)


def able(word):
    return [name for name in PROFILES if getattr(team_services.SERVICES[name], "can_" + word, True)]


class Team:
    """A roster, a service and the sync between them."""

    def __init__(self, muster, write, service, people=(), **more):
        self.muster, self.write, self.service = muster, write, service
        self.people = {}
        system = service.system(**more.pop("system", {}))
        self.words = getattr(service, "house_roles", {"member": "member", "admin": "admin"})
        rules = [{"role": self.words[word], "where": f'title eq "{word}"'}
                 for word in self.words if word != "member"]
        self.sync_keys = {"from": "staff", "to": "team",
                          "roles": {"default": self.words["member"], "rules": rules}, **more}
        if getattr(service, "by_login", False):
            self.sync_keys["users"] = {"attributes": {"userName": "{nickName}"}}
        self.system = system
        for email, role in dict(people).items():
            self.people[email] = role
        self.save()

    def save(self):
        users = [{"id": email, "userName": email, "emails": [{"value": email}], "title": role,
                  "nickName": email.split("@")[0],
                  "displayName": email.split("@")[0].title() + " X",
                  "name": {"givenName": email.split("@")[0].title(), "familyName": "X"}}
                 for email, role in sorted(self.people.items())]
        path = self.write("staff.yaml", json.dumps({"users": users}))
        self.muster.configure({"systems": {"staff": {"kind": "file", "path": path}, "team": self.system},
                               "syncs": {"team": self.sync_keys}})

    def want(self, email, role="member"):
        self.people[email] = role
        self.save()

    def leave(self, email):
        del self.people[email]
        self.save()

    def sync(self, code=0):
        result = self.muster("sync", "team")
        assert result.code == code, (result, self.service.complaints, self.service.log[-5:])
        assert not self.service.complaints, (self.service.complaints, result)
        self.clean(result)
        return result

    def plan(self):
        result = self.muster("plan", "team", "--json")
        assert result.code in (0, 2, 12), result
        return result.json()["syncs"][0]["plan"]

    def settled(self):
        """Another run writes nothing and plans nothing."""
        before = len(self.service.writes())
        self.sync()
        plan = self.plan()
        assert not plan["changes"], plan["changes"]
        assert len(self.service.writes()) == before, self.service.writes()[before:]

    def clean(self, result):
        """No link and no code of an invitation is seen anywhere."""
        state = b"".join(p.read_bytes() for p in self.muster.folder.glob("state.db*"))
        assert "SECRET" not in result.out + result.err, result
        assert b"SECRET" not in state
        assert self.service.secret.encode() not in state

    def age(self, days):
        """What was sent was sent that much earlier."""
        db = sqlite3.connect(self.muster.state)
        with db:
            db.execute("UPDATE invitation SET first_sent = first_sent - ?, last_sent = last_sent - ?, "
                       "expires_at = CASE expires_at WHEN 0 THEN 0 ELSE expires_at - ? END",
                       (days * 86400,) * 3)
        db.close()
        self.service.age(days)

    def role_of(self, email):
        return self.service.member(email).role


@pytest.fixture
def make_team(muster, write, start_team):
    def make(profile, people=(), **more):
        return Team(muster, write, start_team(profile), people, **more)
    return make


def service_role(service, word):
    return {"member": service.member_role, "admin": getattr(service, "second_role", service.admin_role)}[word]


@pytest.mark.parametrize("profile", able("invite"))
def test_the_life_of_a_membership(profile, make_team):
    team = make_team(profile, {"ada@example.com": "member", "bob@example.com": "admin"})
    service = team.service
    plan = team.plan()
    assert plan["counts"]["invite"] == 2 and not service.writes()
    team.sync()
    assert sorted(service.mails) == ["ada@example.com", "bob@example.com"]
    assert service.pending() == ["ada@example.com", "bob@example.com"]
    team.settled()
    service.accept("ada@example.com")
    service.accept("bob@example.com")
    team.sync()
    assert team.role_of("ada@example.com") == service_role(service, "member")
    assert team.role_of("bob@example.com") == service_role(service, "admin")
    team.settled()
    team.want("ada@example.com", "admin")
    team.sync()
    assert team.role_of("ada@example.com") == service_role(service, "admin")
    team.settled()
    team.want("ada@example.com", "member")
    team.sync()
    assert team.role_of("ada@example.com") == service_role(service, "member")
    team.settled()
    team.leave("ada@example.com")
    result = team.sync()
    if getattr(service, "can_remove", True):
        assert not service.member("ada@example.com")
    else:
        assert service.member("ada@example.com")
        assert "remove ada@example.com" in team.muster("todo").out, result
    team.settled()
    assert sorted(service.mails) == ["ada@example.com", "bob@example.com"]


@pytest.mark.parametrize("profile", able("invite"))
def test_an_invitation_is_sent_again_and_revoked(profile, make_team):
    team = make_team(profile, {"ada@example.com": "member"},
                     invitations={"resend_after": "7d", "resend_at_most": 1, "then": "revoke"})
    service = team.service
    team.sync()
    team.age(3)
    team.settled()
    team.age(5)
    team.sync()
    if not getattr(service, "can_resend", True):
        assert service.mails == ["ada@example.com"]
        assert "send the invitation of ada@example.com again" in team.muster("todo").out
        return
    assert service.mails == ["ada@example.com"] * 2
    assert service.pending() == ["ada@example.com"]
    team.settled()
    team.age(8)
    team.sync()
    assert service.mails == ["ada@example.com"] * 2
    assert service.pending() == []


@pytest.mark.parametrize("profile", able("invite"))
def test_who_leaves_before_accepting_is_revoked(profile, make_team):
    team = make_team(profile, {"ada@example.com": "member", "bob@example.com": "member"})
    team.sync()
    team.age(1)
    team.leave("ada@example.com")
    team.sync()
    if getattr(team.service, "can_revoke", True):
        assert team.service.pending() == ["bob@example.com"]
    else:
        assert "revoke the invitation of ada@example.com" in team.muster("todo").out
    team.settled()


@pytest.mark.parametrize("profile", able("invite"))
def test_a_lost_answer_never_invites_twice(profile, make_team):
    team = make_team(profile, {"ada@example.com": "member"})
    service = team.service
    service.fail("POST", service.invite_path, manner="drop")
    first = team.muster("sync", "team")
    # Where the mail is a call of its own, the list says at once whether to go on.
    assert first.code == (0 if getattr(service, "mails_later", False) else 15), (first, service.log)
    team.age(1)
    age_intents(team.muster)
    team.sync()
    assert service.pending() == ["ada@example.com"]
    assert service.mails == ["ada@example.com"]
    team.settled()


def age_intents(muster):
    """The intents of earlier runs are old enough to believe that what is not there was not done."""
    db = sqlite3.connect(muster.state)
    with db:
        db.execute("UPDATE change SET intended = intended - 86400")
    db.close()


@pytest.mark.parametrize("profile", able("invite"))
def test_a_lost_request_is_sent_again(profile, make_team):
    team = make_team(profile, {"ada@example.com": "member"})
    service = team.service
    service.fail("POST", service.invite_path, manner="lost")
    first = team.muster("sync", "team")
    assert first.code == 15, (first, service.log)
    age_intents(team.muster)
    team.sync()
    assert service.mails == ["ada@example.com"]
    team.settled()


BROKEN = {
    "server error": ({"status": 500, "times": 99, "body": {}}, 69),
    "too many": ({"status": 429, "times": 99, "headers": [("Retry-After", "9999")]}, 75),
    "html": ({"status": 200, "body": "<html>sign in</html>", "kind": "text/html"}, 65),
    "no json": ({"status": 200, "body": "[{"}, 65),
    "another shape": ({"status": 200, "body": {"unexpected": 1}}, 65),
    "a text": ({"status": 200, "body": '"hello"'}, 65),
    "redirect": ({"status": 302, "headers": [("Location", "https://elsewhere.example/")]}, 65),
    "not the key": ({"status": 401, "times": 99, "body": {}}, 77),
    "no right": ({"status": 403, "body": {}}, 77),
}


@pytest.mark.parametrize("broken", sorted(BROKEN))
@pytest.mark.parametrize("profile", PROFILES)
def test_a_list_that_makes_no_sense_removes_nobody(profile, broken, make_team):
    team = make_team(profile, {})
    service = team.service
    service.add("eve@example.com", service.member_role)
    how, code = BROKEN[broken]
    for path in service.list_paths:
        service.fail("GET", path, **how)
    result = team.muster("sync", "team")
    assert result.code == code, result
    assert not service.writes() and service.member("eve@example.com")
