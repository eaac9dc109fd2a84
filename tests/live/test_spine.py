# SPDX-License-Identifier: Apache-2.0
"""The main job as its users do it, with the program itself: a directory and a roster to a SCIM service and to another directory."""
import collections
import json
import os
import pathlib

import pytest

import company
from company import BASE, Person, Team, entry

PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
STAFF = "ada bob canary cleo dan eve finn gia hugo zoe".split()
LOOSE = {"removals": {"count": 1000, "percent": 100}, "team": {"percent": 100}, "rewrites": {"percent": 100}}


def mails(*names):
    return sorted(f"{n}@example.com" for n in names)


def modify(dn, *steps):
    """One LDIF change: steps are ('add' | 'delete' | 'replace', attribute, value...)."""
    lines = [f"dn: {dn}", "changetype: modify"]
    for what, name, *values in steps:
        lines += [f"{what}: {name}", *(company.line(name, v) for v in values), "-"]
    return "\n".join(lines) + "\n\n"


def person(uid):
    return f"uid={uid},{PEOPLE}"


def group(cn):
    return f"cn={cn},{GROUPS}"


def join(cn, *who):
    return modify(group(cn), ("add", "member", *(person(w) for w in who)))


def leave(cn, *who):
    return modify(group(cn), ("delete", "member", *(person(w) for w in who)))


class Spine:
    """A directory on one side, a SCIM service on the other, and what was sent between two looks."""

    def __init__(self, muster, directory, service):
        self.muster, self.directory, self.service = muster, directory, service
        self.seen = 0

    def configure(self, system=None, corp=None, **sync):
        self.muster.configure({
            "systems": {"corp": self.directory.system(**(corp or {})), "crm": self.service.system(**(system or {}))},
            "syncs": {"crm": {"from": "corp", "to": "crm", "users": {"where": 'groups.display eq "staff"'},
                              "guard": LOOSE, **sync}}})
        return self

    def sync(self, code=0):
        result = self.muster("sync")
        assert result.code == code, result
        assert self.service.complaints() == []
        return result

    def sent(self):
        """{'PATCH Users': 2, ...} since the last look."""
        new = self.service.writes()[self.seen:]
        self.seen += len(new)
        return dict(collections.Counter(f"{w['method']} {w['path'].split('/')[3]}" for w in new))

    def day(self, ldif, code=0):
        """Changes the directory, syncs, and sees that a second run sends nothing; what was sent, and the report."""
        self.sent()
        self.directory.change(ldif)
        report = self.sync(code)
        sent = self.sent()
        again = self.sync()
        assert "nothing to do" in again.out and self.sent() == {}, again
        return sent, report.out


@pytest.fixture
def spine(muster, slapd, scim_service):
    return Spine(muster, slapd, scim_service).configure()


# --- the main job

def test_the_days_of_a_company(spine):
    service = spine.service
    first = spine.sync()
    assert spine.sent() == {"POST Users": 10, "POST Groups": 7}
    assert "10 to create, 7 teams to create" in first.out, first
    assert sorted(u["userName"] for u in service.dump()["Users"]) == mails(*STAFF)
    # Nested groups are expanded; the placeholder of an empty group is nobody.
    assert service.members("engineering") == mails("ada", "bob", "cleo", "zoe")
    assert service.members("archive") == []
    zoe = service.user("zoe@example.com")
    assert zoe["name"] == {"givenName": "Zoë", "familyName": "Größe"} and zoe["active"] is True
    assert "nothing to do" in spine.sync().out and spine.sent() == {}

    # A joiner: in the directory since today, in staff and in a group that is nested.
    sent, out = spine.day(Person("kim", "Kim", "Ærø", title="Engineer").ldif() + join("staff", "kim")
                          + join("eng-core", "kim"))
    assert sent == {"POST Users": 1, "PATCH Groups": 3}, out
    assert "kim@example.com" in service.members("engineering")

    # A mover: from one team to another, with another title.
    sent, out = spine.day(leave("sales", "dan") + join("it-admins", "dan")
                          + modify(person("dan"), ("replace", "title", "Administrator")))
    assert sent == {"PATCH Users": 1, "PATCH Groups": 2}, out
    assert 'title: "Account Lead" -> "Administrator"' in out
    assert service.members("sales") == mails("eve") and "dan@example.com" in service.members("it-admins")

    # Someone is called otherwise: entry, mail and name change; the account stays the same one.
    before = service.user("eve@example.com")["id"]
    sent, out = spine.day(
        f"dn: {person('eve')}\nchangetype: modrdn\nnewrdn: uid=eva\ndeleteoldrdn: 1\n\n"
        + modify(person("eva"), ("replace", "mail", "eva@example.com"), ("replace", "sn", "Meyer"))
        + "".join(leave(g, "eve") if g != "sales" else "" for g in ("staff",)) + join("staff", "eva")
        + modify(group("sales"), ("replace", "member", person("eva"))))
    assert sent == {"PATCH Users": 1}, out
    eva = service.user("eva@example.com")
    assert eva["id"] == before and eva["name"]["familyName"] == "Meyer"
    assert service.user("eve@example.com") is None and service.members("sales") == mails("eva")

    # A group is called otherwise.
    sent, out = spine.day(f"dn: {group('sales')}\nchangetype: modrdn\nnewrdn: cn=accounts\ndeleteoldrdn: 1\n\n")
    assert sent == {"PATCH Groups": 1}, out
    assert service.members("accounts") == mails("eva")
    assert "sales" not in [g["displayName"] for g in service.dump()["Groups"]]

    # A leaver: out of staff, and out of the directory.
    sent, out = spine.day(f"dn: {person('finn')}\nchangetype: delete\n\n" + leave("staff", "finn"))
    assert service.user("finn@example.com")["active"] is False
    assert "disable" in out and "finn@example.com" in out
    assert sent == {"PATCH Users": 1, "PATCH Groups": 1}, out

    # The same one comes back under a new id, and gets the account back.
    before = service.user("finn@example.com")["id"]
    sent, out = spine.day(Person("finn", "Finn", "O'Brien, Jr.", title="Accountant", departmentNumber="300",
                                 employeeNumber="6").ldif() + join("staff", "finn"))
    assert "returns" in out, out
    assert service.user("finn@example.com")["id"] == before and service.user("finn@example.com")["active"] is True
    assert sent == {"PATCH Users": 1, "PATCH Groups": 1}, out

    # A new group, and one that is gone.
    sent, out = spine.day(entry(group("board"), {"objectClass": "groupOfNames", "cn": "board",
                                                 "member": [person("ada"), group("accounts")]})
                          + f"dn: {group('it-admins')}\nchangetype: delete\n\n")
    assert service.members("board") == mails("ada", "eva")
    assert "it-admins" not in [g["displayName"] for g in service.dump()["Groups"]]
    assert sent["POST Groups"] == 1 and sent["DELETE Groups"] == 1 and "PATCH Users" not in sent, out


def test_leavers_deleted_at_once(spine):
    spine.configure(leavers={"first": "delete"}).sync()
    sent, out = spine.day(leave("staff", "gia") + leave("it-admins", "gia"))
    assert spine.service.user("gia@example.com") is None
    assert sent["DELETE Users"] == 1 and spine.service.members("it-admins") == mails("hugo"), out


def test_requests_are_the_objects_that_changed(muster, start_slapd, start_scim):
    """60 people, 8 teams; 7 people, 4 teams change in every way at once: one request for each object, no more."""
    people = [Person(f"u{i:02}", "User", f"Number{i}", title="Engineer", employeeNumber=i) for i in range(60)]
    teams = [Team(f"team{t}", people[t * 7:t * 7 + 8]) for t in range(7)] + [Team("all", people)]
    server = start_slapd(company.tree() + "".join(e.ldif() for e in people + teams))
    spine = Spine(muster, server, start_scim(max_results=20)).configure({"page_size": 20}, users={})
    spine.sync()
    assert spine.sent() == {"POST Users": 60, "POST Groups": 8}

    def reads_of(action):
        before = len(spine.service.log(method="GET"))
        action()
        return len(spine.service.log(method="GET")) - before

    idle = reads_of(spine.sync)
    # The manners of the service, three pages of users, one of groups.
    assert idle <= 3 + 3 + 1, spine.service.log(method="GET")[-idle:]
    ldif = "".join(modify(person(f"u{i:02}"), ("replace", "title", "Lead"), ("replace", "sn", f"New{i}"),
                          ("add", "telephoneNumber", f"+1 555 {i}")) for i in range(7))
    for t in range(3):
        ldif += leave(f"team{t}", f"u{t * 7:02}", f"u{t * 7 + 1:02}") + join(f"team{t}", "u57", "u58", "u59")
    ldif += (f"dn: {group('team3')}\nchangetype: modrdn\nnewrdn: cn=renamed\ndeleteoldrdn: 1\n\n"
             + leave("renamed", "u21") + join("renamed", "u59"))
    server.change(ldif)
    reads = reads_of(spine.sync)
    writes = spine.service.writes()[spine.seen:]
    assert spine.sent() == {"PATCH Users": 7, "PATCH Groups": 4}
    assert len({w["path"] for w in writes}) == 11
    assert reads == idle
    assert len(spine.service.members("renamed")) == 8 and len(spine.service.members("team0")) == 9


def test_templates_teams_and_rules(spine):
    spine.configure(
        {"roles": "group", "role_group": "{team}-{role}s"},
        users={"where": 'active eq true and groups.display eq "staff" and not (userName sw "canary")',
               "attributes": {"displayName": "{name.familyName|upper}, {name.givenName}",
                              "nickName": "{userName|before:@}", "title": "{title|default:none}"}},
        teams=[{"where": 'displayName sw "eng-"', "name": "{displayName|strip:eng-}"},
               {"where": 'displayName eq "it-admins"'}],
        roles={"default": "member", "rules": [{"role": "admin", "where": 'groups.display eq "it-admins"'},
                                              {"role": "manager", "where": 'title co "Lead"'}]})
    spine.sync()
    ada, service = spine.service.user("ada@example.com"), spine.service
    assert ada["displayName"] == "LOVELACE, Ada" and ada["nickName"] == "ada"
    assert service.user("canary@example.com") is None
    assert {g["displayName"] for g in service.dump()["Groups"]} >= {"core", "tools", "it-admins"}
    assert service.members("core") == mails("ada", "bob")
    assert service.members("core-managers") == mails("ada")
    assert service.members("it-admins-admins") == mails("gia", "hugo")
    assert spine.sent() and "nothing to do" in spine.sync().out and spine.sent() == {}
    # A role is won, another is lost.
    spine.day(modify(person("ada"), ("replace", "title", "Fellow"))
              + modify(person("bob"), ("replace", "title", "Team Lead")))
    assert service.members("core-managers") == mails("bob")
    assert service.members("core") == mails("ada", "bob")


def test_the_state_file_is_lost(spine):
    """Nothing is made anew, nothing is removed; who left in the meantime stays until someone looks."""
    spine.sync()
    spine.sent()
    before = spine.service.dump()
    for path in pathlib.Path(spine.muster.folder).glob("state.db*"):
        path.unlink()
    plan = spine.muster("plan")
    assert plan.code == 0 and "= adopt" in plan.out and "- " not in plan.out.split("\n", 1)[1], plan
    spine.sync()
    assert spine.sent() == {} and spine.service.dump() == before
    # It is the same as before: what changes is one request again.
    sent, _ = spine.day(modify(person("bob"), ("replace", "title", "Lead")))
    assert sent == {"PATCH Users": 1}


def test_what_muster_did_not_make_stays(spine):
    service = spine.service
    stranger = service.control("create", kind="Users", resource={"userName": "own@crm.example", "active": True})
    service.control("create", kind="Groups", resource={
        "displayName": "crm only", "members": [{"value": stranger["id"]}]})
    service.control("create", kind="Users", resource={"userName": "ADA@example.com", "title": "old"})
    service.control("create", kind="Groups", resource={
        "displayName": "sales", "members": [{"value": stranger["id"]}]})
    out = spine.sync().out
    assert "= adopt" in out
    state = service.dump()
    assert len(state["Users"]) == 11
    assert [u for u in state["Users"] if u["id"] == stranger["id"]][0]["active"] is True
    assert service.members("crm only") == ["own@crm.example"]
    # A member that muster never knew is not its to remove.
    assert service.members("sales") == sorted(mails("dan", "eve") + ["own@crm.example"])
    assert service.user("ada@example.com")["title"] == "Lead Engineer"
    spine.sent()
    spine.directory.change(f"dn: {group('sales')}\nchangetype: delete\n\n")
    spine.sync()
    # An adopted team is left empty of those whom muster put there.
    assert "own@crm.example" in service.members("sales")


# --- a directory to a directory, a roster to a service

class Mirror:
    """Groups of a second directory, with roles as further groups."""

    def __init__(self, muster, start_slapd):
        self.muster = muster
        self.corp = start_slapd()
        people = "".join(p.ldif() for p in company.people() if p.uid != "hugo")
        own = Team("lab-own", [person("zoe")]).ldif()
        self.lab = start_slapd(company.tree() + people + own)
        self.configure()

    def configure(self):
        lab = self.lab.system()
        lab["groups"]["roles"] = "{team}-{role}"
        self.muster.configure({
            "systems": {"corp": self.corp.system(), "lab": lab},
            "syncs": {"lab": {"from": "corp", "to": "lab", "guard": LOOSE,
                              "users": {"match": ["userName"]},
                              "teams": [{"where": 'displayName sw "eng"'}, {"where": 'displayName eq "it-admins"'}],
                              "roles": {"default": "member",
                                        "rules": [{"role": "manager", "where": 'title co "Lead"'}]}}}})

    def sync(self):
        result = self.muster("sync")
        assert result.code == 0, result
        return result

    def names(self, cn):
        return sorted(m.split(",")[0][4:] for m in self.lab.members(cn))

    def marks(self):
        return {dn: e["entryCSN"] for dn, e in self.lab.search("(objectClass=groupOfNames)").items()}


def test_a_directory_to_a_directory(muster, start_slapd):
    m = Mirror(muster, start_slapd)
    people = m.lab.search("(objectClass=inetOrgPerson)")
    first = m.sync()
    # Whom the other directory does not know is named, and keeps nobody out.
    assert "hugo@example.com" in first.out, first
    assert m.names("engineering") == ["ada", "bob", "cleo", "zoe"]
    assert m.names("eng-core") == ["ada", "bob"] and m.names("eng-core-manager") == ["ada"]
    assert m.names("it-admins") == ["gia"]
    before = m.marks()
    assert "nothing to do" in m.sync().out and m.marks() == before

    m.corp.change(leave("eng-core", "bob") + join("eng-tools", "bob")
                  + modify(person("ada"), ("replace", "title", "Fellow"))
                  + modify(person("cleo"), ("replace", "title", "Lead of tools"))
                  + f"dn: {group('engineering')}\nchangetype: modrdn\nnewrdn: cn=eng-all\ndeleteoldrdn: 1\n\n"
                  + join("eng-all", "gia"))
    m.sync()
    assert m.names("eng-core") == ["ada"] and m.names("eng-tools") == ["bob", "cleo", "zoe"]
    assert m.names("eng-all") == ["ada", "bob", "cleo", "gia", "zoe"] and m.names("engineering") == []
    assert "ada" not in m.names("eng-core-manager") and m.names("eng-tools-manager") == ["cleo"]
    before = m.marks()
    assert "nothing to do" in m.sync().out and m.marks() == before

    # Groups and people that are not muster's own are as they were.
    assert m.names("lab-own") == ["zoe"]
    assert m.lab.search("(objectClass=inetOrgPerson)") == people


def test_a_directory_forgets_its_state(muster, start_slapd):
    m = Mirror(muster, start_slapd)
    m.sync()
    before = m.marks()
    for path in muster.folder.glob("state.db*"):
        path.unlink()
    m.sync()
    assert m.marks() == before


def test_a_roster_in_csv_to_a_service(muster, write, scim_service):
    def roster(rows):
        write("staff.csv", "userName,displayName,team,role,title\n" + "".join(",".join(r) + "\n" for r in rows))

    rows = [("ada@example.com", '"Lovelace, Ada"', "eng", "manager", "Lead"), ("bob@example.com", "Bob", "eng", "", ""),
            ("bob@example.com", "Bob", "ops", "", ""), ("kim@example.com", "Kim", "ops", "manager", "")]
    roster(rows)
    muster.configure({"systems": {"staff": {"kind": "file", "path": str(muster.folder / "staff.csv")},
                                  "crm": scim_service.system(roles="group")},
                      "syncs": {"crm": {"from": "staff", "to": "crm", "guard": LOOSE, "leavers": {"first": "delete"},
                                        "roles": {"default": "member"}}}})
    first = muster("sync")
    assert first.code == 0, first
    assert scim_service.user("ada@example.com")["displayName"] == "Lovelace, Ada"
    assert scim_service.members("eng") == mails("ada", "bob")
    assert scim_service.members("eng-manager") == mails("ada")
    assert scim_service.members("ops-manager") == mails("kim")
    roster(rows[:3])
    second = muster("sync")
    assert second.code == 0, second
    assert scim_service.user("kim@example.com") is None and scim_service.members("ops") == mails("bob")
    assert scim_service.members("ops-manager") == []
    before = len(scim_service.writes())
    assert "nothing to do" in muster("sync").out and len(scim_service.writes()) == before


# --- plans that are held, saved, decided

def hold(spine):
    """A first load, then more leavers than the guard lets pass; gives the number and checksum of the held plan."""
    spine.configure(guard={}).sync()
    spine.directory.change(leave("staff", "ada", "bob", "cleo", "dan", "eve", "finn", "gia"))
    return held(spine)


def held(spine):
    spine.sent()
    result = spine.muster("sync")
    assert result.code == 12 and spine.sent() == {}, result
    assert "held" in result.out and "Approve with: muster approve" in result.out
    words = result.out.split("muster approve", 1)[1].split()
    return words[0], words[1].rstrip("."), result


def test_held_approved_and_carried_out(spine):
    number, checksum, _ = hold(spine)
    # `status` tells what to type; with --detailed-exitcode a timer can see it.
    status = spine.muster("status")
    assert status.code == 0 and f"muster approve {number} {checksum[:6]}" in status.out, status
    assert spine.muster("status", "--detailed-exitcode").code == 12
    wrong = spine.muster("approve", number, "0000000")
    assert wrong.code in (14, 64, 65) and checksum[:6] not in wrong.out, wrong
    assert spine.muster("sync").code == 12
    assert spine.muster("approve", number, checksum).code == 0
    spine.sync()
    assert spine.sent()["PATCH Users"] == 7
    assert [u["userName"] for u in spine.service.dump()["Users"] if u["active"]].sort() == mails("canary", "hugo", "zoe").sort()
    assert "nothing to do" in spine.sync().out
    assert spine.muster("status", "--detailed-exitcode").code == 0
    # It is used up: the same again would be held again.
    again = spine.muster("apply", number)
    assert again.code != 0 and spine.sent() == {}, again


def test_held_and_rejected(spine):
    number, checksum, _ = hold(spine)
    assert spine.muster("reject", number).code == 0
    again, _, _ = held(spine)
    assert spine.muster("apply", again).code == 12 and spine.sent() == {}
    # The source is mended: there is nothing left to decide.
    spine.directory.change(join("staff", "ada", "bob", "cleo", "dan", "eve", "finn", "gia"))
    assert "nothing to do" in spine.sync().out


def test_approved_and_moved_on(spine):
    number, checksum, _ = hold(spine)
    assert spine.muster("approve", number, checksum).code == 0
    spine.directory.change(leave("staff", "hugo"))
    spine.sent()
    stale = spine.muster("apply", number)
    assert stale.code == 14 and spine.sent() == {}, stale
    moved = spine.muster("sync")
    assert moved.code in (12, 14) and spine.sent() == {}, moved
    assert "approve" in moved.out


def test_a_plan_is_saved_and_applied(spine):
    spine.sync()
    spine.sent()
    spine.directory.change(modify(person("bob"), ("replace", "title", "Lead")) + leave("sales", "dan"))
    path = str(spine.muster.folder / "plan.json")
    saved = spine.muster("plan", "-o", path, "--detailed-exitcode", "crm")
    assert saved.code == 2 and spine.sent() == {}, saved
    assert os.stat(path).st_mode & 0o077 == 0
    plan = json.loads(pathlib.Path(path).read_text())
    assert plan["format_version"] == 1 and plan["sync"] == "crm" and len(plan["checksum"]) == 64
    done = spine.muster("apply", path)
    assert done.code == 0 and spine.sent() == {"PATCH Users": 1, "PATCH Groups": 1}, done
    # The same file again is a plan of yesterday.
    stale = spine.muster("apply", path)
    assert stale.code == 14 and "nothing was applied" in stale.err and spine.sent() == {}, stale
    assert spine.muster("plan", "--detailed-exitcode").code == 0

    # Something moved in between, at either side.
    spine.directory.change(modify(person("bob"), ("replace", "title", "Chief")))
    spine.muster("plan", "-o", path)
    spine.directory.change(modify(person("cleo"), ("replace", "title", "Chief")))
    assert spine.muster("apply", path).code == 14 and spine.sent() == {}
    spine.muster("plan", "-o", path)
    bob = spine.service.user("bob@example.com")
    spine.service.control("update", kind="Users", id=bob["id"], values={"title": "by hand"})
    assert spine.muster("apply", path).code == 14 and spine.sent() == {}

    # What is no plan is said to be none.
    for text in ("", "{}", '{"sync": "crm"}', "\xff\x00", "[" * 100000):
        pathlib.Path(path).write_bytes(text.encode("latin-1"))
        wrong = spine.muster("apply", path)
        assert wrong.code == 65 and path in wrong.err and "muster plan -o" in wrong.err, wrong
    gone = spine.muster("apply", "/nonexistent/plan.json")
    assert gone.code == 64 and "/nonexistent/plan.json" in gone.err, gone
    nowhere = spine.muster("plan", "-o", "/nonexistent/plan.json", "crm")
    assert nowhere.code == 1 and "/nonexistent" in nowhere.err, nowhere


def test_a_held_plan_is_saved_and_approved(spine):
    number, checksum, _ = hold(spine)
    path = str(spine.muster.folder / "plan.json")
    saved = spine.muster("plan", "-o", path)
    assert saved.code == 12, saved
    # A file is no approval.
    assert spine.muster("apply", path).code == 12 and spine.sent() == {}
    assert spine.muster("approve", number, checksum).code == 0
    assert spine.muster("apply", path).code == 0
    assert spine.sent()["PATCH Users"] == 7


def test_the_last_admin_stays_whoever_approves(spine):
    spine.configure({"roles": "group"}, guard={**LOOSE, "protect": ['userName sw "canary"']}).sync()
    spine.directory.change(leave("staff", "canary"))
    refused = spine.muster("sync")
    assert refused.code == 12 and "canary" in refused.out, refused
    assert "Approve with" not in refused.out
    assert spine.service.user("canary@example.com")["active"] is True


# --- asking

def test_explain(spine):
    spine.sync()
    spine.directory.change(leave("staff", "gia") + modify(person("bob"), ("replace", "title", "Lead")))
    assert "rule teams[0]" not in spine.muster("explain", "ada@example.com").out

    def facts(*words):
        result = spine.muster("explain", *words, "--json")
        assert result.code == 0, result
        return {}.fromkeys(f"{f['topic']}: {f['text']}" for f in result.json()["syncs"][0]["facts"])

    ada = "\n".join(facts("ada@example.com"))
    assert f"uid=ada,{PEOPLE}" in ada and "eng-core <- engineering" in ada and "planned: nothing" in ada
    bob = "\n".join(facts("BOB@example.com"))
    assert "title" in bob and "Lead" in bob
    gia = "\n".join(facts("gia@example.com"))
    assert "not wanted" in gia and "disable" in gia, gia
    # By DN, by id, by the name; and who has no mail cannot be mapped, which is said.
    assert f"uid=ada,{PEOPLE}" in "\n".join(facts(person("ada")))
    assert "ada@example.com" in "\n".join(facts(spine.service.user("ada@example.com")["id"]))
    ivy = "\n".join(facts("Ivy Stone"))
    assert "userName" in ivy or "not wanted" in ivy, ivy
    team = "\n".join(facts("dan@example.com", "engineering"))
    assert "engineering" in team and "not" in team, team
    nobody = spine.muster("explain", "nobody@example.com")
    assert nobody.code == 65 and "nobody@example.com" in nobody.err and "corp" in nobody.err


def test_explain_where_not_every_sync_knows_the_person(spine, muster, start_scim, write):
    roster = write("staff.yaml", "users: [{userName: kay@example.com}]\n")
    muster.configure({
        "systems": {"corp": spine.directory.system(), "crm": spine.service.system(),
                    "staff": {"kind": "file", "path": roster}, "hr": start_scim().system()},
        "syncs": {"first": {"from": "staff", "to": "hr"}, "second": {"from": "corp", "to": "crm"}}})
    for who in ("ada@example.com", "kay@example.com"):
        result = muster("explain", who)
        assert result.code == 0 and who in result.out and "planned" in result.out, result
    assert muster("explain", "nobody@example.com").code == 65
    assert muster("explain", "ada@example.com", "--sync", "first").code == 65


def test_runs_and_status(spine):
    empty = spine.muster("status")
    assert empty.code == 0 and "crm" in empty.out, empty
    assert spine.muster("runs").code == 0
    spine.sync()
    spine.directory.change(modify(person("bob"), ("replace", "title", "Lead")))
    spine.sync()
    runs = spine.muster("runs", "--json").json()["runs"]
    assert [r["code"] for r in runs] == [0, 0] and runs[0]["outcomes"]["done"] == 1
    one = spine.muster("runs", str(runs[0]["run"]))
    assert one.code == 0 and 'title: "Engineer" -> "Lead"' in one.out and "done" in one.out, one
    status = spine.muster("status", "--json").json()["syncs"][0]
    assert status["users"] == 10 and status["teams"] == 7 and status["last_code"] == 0
    assert spine.muster("runs", "99").code == 64
    assert spine.muster("runs", "last").code == 64


def test_readers_do_not_wait_for_a_run(spine, muster, start_scim):
    service = start_scim(stall_every=1, fault_on="POST")
    spine.service = service
    spine.configure({"timeout": "6s"})
    running = muster.start("sync")
    while not service.writes():
        assert running.process.poll() is None
        running.lines.get(timeout=0.05) if not running.lines.empty() else None
    status = muster("status")
    assert status.code == 0 and "running" in status.out, status
    assert muster("runs").code == 0
    for command in (("sync",), ("plan",), ("explain", "ada@example.com")):
        busy = muster(*command)
        assert busy.code in (0, 11), busy
        if busy.code == 11:
            assert "crm" in busy.err and f"process {running.process.pid}" in busy.err, busy
    stopped = running.stop(seconds=30)
    assert stopped.code in (143, 15), stopped


def test_two_syncs_one_after_the_other(muster, slapd, start_scim):
    one, two = start_scim(), start_scim()
    muster.configure({"systems": {"corp": slapd.system(), "one": one.system(), "two": two.system()},
                      "syncs": {"first": {"from": "corp", "to": "one"}, "second": {"from": "corp", "to": "two"}}})
    assert muster("sync", "second").code == 0
    assert one.writes() == [] and len(two.dump()["Users"]) == 11
    one.stop()
    both = muster("sync", "--json")
    assert both.code == 69, both
    answer = both.json()
    assert [s["code"] for s in answer["syncs"]] == [69, 0]
    wrong = muster("sync", "secnd")
    assert wrong.code == 64 and "did you mean 'second'" in wrong.err, wrong


# --- answers for programs, and what never is in one

JSON_COMMANDS = [("check",), ("check", "--offline"), ("plan",), ("sync",), ("sync",), ("status",), ("runs",), ("runs", "1"),
                 ("explain", "ada@example.com"), ("explain", "ada@example.com", "eng-core"), ("version",)]


def test_every_answer_in_json(spine):
    for command in JSON_COMMANDS:
        result = spine.muster(*command, "--json")
        assert result.code == 0, result
        assert result.json()["format_version"] == 1, result
        assert result.err == "", result
    path = str(spine.muster.folder / "p.json")
    spine.configure(guard={})
    spine.directory.change(leave("staff", "ada", "bob", "cleo", "dan", "eve", "finn"))
    plan = spine.muster("plan", "--json", "-o", path)
    assert plan.code == 12
    entry = plan.json()["syncs"][0]
    assert entry["code"] == 12 and entry["plan"]["format_version"] == 1
    answers = [spine.muster("approve", entry["held_as"], entry["plan"]["checksum"], "--json"),
               spine.muster("reject", entry["held_as"], "--json"), spine.muster("apply", path, "--json"),
               spine.muster("config", "schema")]
    for result in answers[:3]:
        assert result.json()["format_version"] == 1, result
    assert answers[3].json()["$schema"], answers[3]
    assert spine.muster("config", "show", "--json").json()["format_version"] == 1


def test_secrets_are_nowhere(muster, start_slapd, start_scim, write):
    """The token and the password in no answer, log, error, plan or state file, whatever happens."""
    directory, service = start_slapd(), start_scim()
    spine = Spine(muster, directory, service).configure(guard={})
    texts = []

    def run(*words):
        for more in (("--json",), ("-v",)):
            result = muster(*words, *more)
            texts.append(result.out + result.err)

    for words in (("config", "show"), ("check",), ("plan",), ("plan", "-o", str(muster.folder / "p.json"), "crm"),
                  ("sync",), ("status",), ("runs",), ("runs", "1"), ("explain", "ada@example.com")):
        run(*words)
    # Errors quote what was answered: the credentials must not be in there either.
    service.set(error_every=1, error_status=500)
    directory.change(modify(person("bob"), ("replace", "title", "Lead")))
    run("sync")
    service.set(error_every=0)
    service.token = "other"
    spine.configure()
    run("sync")
    run("check")
    kept = b"".join(p.read_bytes() for p in muster.folder.rglob("*") if p.is_file() and p.name != "muster.yaml")
    for secret in ("test-token", company.SYNC_PASSWORD):
        assert all(secret not in t for t in texts), secret
        assert secret.encode() not in kept
    assert any(company.SYNC_DN in t for t in texts)


def test_no_color_and_no_progress_in_a_pipe(spine):
    for env in ({}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}):
        for words in (("plan",), ("check",), ("sync", "--no-color")):
            result = spine.muster(*words, env=env)
            assert "\x1b" not in result.out + result.err and "\r" not in result.out + result.err


COMMANDS = ("check plan sync apply approve reject status runs explain dump token serve config version help").split()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of(muster, command):
    for words in ((command, "--help"), (command, "-h"), ("help", command)):
        result = muster(*words)
        assert result.code == 0 and result.err == "" and f"muster {command}" in result.out, result
    wrong = muster(command, "--no-such-option")
    assert wrong.code == 64 and "--no-such-option" in wrong.err and f"muster help {command}" in wrong.err, wrong


@pytest.mark.parametrize("words, says", [
    (("snyc",), "did you mean 'sync'"), (("plna",), "did you mean 'plan'"), (("statu",), "did you mean 'status'"),
    (("sync", "cmr"), "did you mean 'crm'"), (("sync", "--jsno"), "did you mean --json"),
    (("plan", "--ouput", "x"), "did you mean --output"), (("dump", "corpp"), "did you mean 'corp'"),
    (("explain", "--sync", "crmm", "x"), "did you mean 'crm'"), (("help", "plann"), "did you mean 'plan'"),
    (("config", "shwo"), "show"), (("sync", "zzz"), "crm"), (("approve", "x", "y"), "muster status"),
    (("approve", "1"), "CHECKSUM"), (("explain",), "USER"), (("apply",), "FILE|PLAN"), (("status", "-Z"), "-Z"),
    (("plan", "-o"), "FILE"),
])
def test_a_slip_of_the_finger(muster, write, words, says):
    muster.configure({"systems": {"corp": {"kind": "file", "path": write("a.yaml", "users: []\n")},
                                  "crm": {"kind": "scim", "url": "http://127.0.0.1:9/", "token": {"file": write("t", "x")}}},
                      "syncs": {"crm": {"from": "corp", "to": "crm"}}})
    result = muster(*words)
    assert result.code == 64 and says in result.err, result
    assert result.out == ""
