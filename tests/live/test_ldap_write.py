# SPDX-License-Identifier: Apache-2.0
"""Writing groups of a real slapd: what is sent, what is there afterwards, and what happens when something is in the way."""
import math
import time

import pytest

import company
from company import BASE, PLACEHOLDER, entry

PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
MARKED = 8
MARK = "managed by muster: "


def person(uid):
    return f"uid={uid},{PEOPLE}"


def team(name):
    return f"cn={name},{GROUPS}"


def lines(*changes):
    return "".join("\t".join(c) + "\n" for c in changes)


def members(server, name):
    """The members of a group of any class, by the value of their RDN."""
    found = server.search(f"(cn={name})", base=GROUPS)
    assert len(found) == 1, found
    values = next(iter(found.values()))
    return sorted(v.split(",")[0].split("=", 1)[-1] for a in ("member", "uniqueMember", "memberUid")
                  for v in values.get(a, []))


def ids(server, dn):
    return server.search("(objectClass=*)", base=dn)[dn]["entryUUID"][0]


def outcomes(answer):
    return [o["outcome"] for o in answer["outcomes"]]


def by_change(answer):
    return {o["change"]: o for o in answer["outcomes"]}


def member_lines(server, name, add=(), remove=()):
    dn = team(name)
    uuid = ids(server, dn)
    return ([("remove", uuid, dn, u, person(u)) for u in remove]
            + [("add", uuid, dn, u, person(u)) for u in add])


# --- making groups

def test_a_group_and_its_first_members_are_one_request(probe, slapd, proxy):
    road = proxy(slapd.ports[0])
    answer = probe(slapd.system(road.uri), "apply", changes=lines(
        ("create", "src-1", "crew"), *(("add", "", "", u, person(u)) for u in ("ada", "bob"))))
    assert outcomes(answer) == ["done"] * 3
    made = slapd.search("(cn=crew)")[team("crew")]
    assert answer["outcomes"][0]["id"] == made["entryUUID"][0]
    assert made["objectClass"] == ["top", "groupOfNames"]
    assert made["description"] == [MARK + "src-1"]
    assert members(slapd, "crew") == ["ada", "bob"]
    assert [n for n, _, _ in road.requests if n not in ("bind", "unbind")] == ["search", "add"]


def test_an_empty_group_stands_by_its_placeholder_until_someone_comes(probe, slapd, proxy):
    road = proxy(slapd.ports[0])
    answer = probe(slapd.system(road.uri), "apply", changes=lines(
        ("create", "src-1", "crew"), ("then",), ("add", "", "", "ada", person("ada")), ("then",),
        ("remove", "", "", "ada", person("ada"))))
    assert outcomes(answer) == ["done"] * 3
    assert slapd.members("crew") == [PLACEHOLDER]
    answer = probe(slapd.system(), "apply", "after-read", changes=lines(
        *member_lines(slapd, "crew", add=["bob"])))
    assert outcomes(answer) == ["done"] and slapd.members("crew") == [person("bob")]
    # A connection that has not read the groups asks for the placeholder by itself.
    answer = probe(slapd.system(), "apply", changes=lines(*member_lines(slapd, "archive",
                                                                        add=["bob"])))
    assert outcomes(answer) == ["done"] and slapd.members("archive") == [person("bob")]


AWKWARD = ["Smith, John", "a+b=c", 'say "hi"', "back\\slash", "<angle>", "semi;colon", "#hash",
           "Zoë Größe", "x#y", "a/b", "(paren)*", "два", "\\2c", "a,b,c", "eq=ual", "日本語"]


def test_awkward_names_come_back_as_they_were(probe, slapd):
    answer = probe(slapd.system(), "apply", changes=lines(
        *(("create", f"src-{i}", name) for i, name in enumerate(AWKWARD))))
    assert outcomes(answer) == ["done"] * len(AWKWARD)
    read = probe(slapd.system(), "read")
    marked = {dict(g["fields"])["mark"]: dict(g["fields"])["displayName"]
              for g in read["groups"] if g["flags"] & MARKED}
    assert marked == {f"src-{i}": name for i, name in enumerate(AWKWARD)}
    renames = []
    for g in read["groups"]:
        fields = dict(g["fields"])
        if g["flags"] & MARKED:
            renames.append(("rename", g["id"], fields["dn"], fields["displayName"] + ", new"))
    assert set(outcomes(probe(slapd.system(), "apply", changes=lines(*renames)))) == {"done"}
    read = probe(slapd.system(), "read")
    assert sorted(dict(g["fields"])["displayName"] for g in read["groups"]
                  if g["flags"] & MARKED) == sorted(n + ", new" for n in AWKWARD)


def test_a_name_that_is_taken(probe, slapd):
    system = slapd.system()
    answer = probe(system, "apply", changes=lines(("create", "src-1", "staff"),
                                                  ("add", "", "", "ivy", person("ivy"))))
    assert outcomes(answer) == ["refused", "skipped"]
    assert team("staff") in answer["outcomes"][0]["why"] and "mark" in answer["outcomes"][0]["why"]
    assert "ivy" not in members(slapd, "staff")
    again = lines(("create", "src-2", "crew"), ("add", "", "", "ada", person("ada")))
    assert outcomes(probe(system, "apply", changes=again)) == ["done", "done"]
    assert outcomes(probe(system, "apply", changes=again)) == ["already", "already"]


@pytest.mark.parametrize("kind,attribute", [("groupOfUniqueNames", "uniqueMember"),
                                            ("posixGroup", "memberUid")])
def test_other_classes_of_groups(probe, slapd, kind, attribute):
    slapd.change(entry(f"cn=No Uid,{PEOPLE}", {"objectClass": "inetOrgPerson", "cn": "No Uid",
                                               "sn": "x", "uid": "nouid"})
                 + entry(team("old"), {"objectClass": "posixGroup", "cn": "old",
                                       "gidNumber": "20000", "memberUid": "bob"}))
    system = slapd.system()
    system["groups"]["class"] = kind
    answer = probe(system, "apply", changes=lines(
        ("create", "src-1", "crew"), ("add", "", "", "ada", person("ada")), ("then",),
        ("add", "", "", "n", f"cn=No Uid,{PEOPLE}"), ("create", "src-2", "other")))
    assert outcomes(answer) == ["done"] * 4, answer
    assert members(slapd, "crew") == (["No Uid", "ada"] if kind != "posixGroup" else ["ada", "nouid"])
    made = slapd.search("(|(cn=crew)(cn=other))", base=GROUPS)
    if kind == "posixGroup":
        assert sorted(e["gidNumber"][0] for e in made.values()) == ["20001", "20002"]
        assert attribute not in made[team("other")]
    else:
        assert made[team("other")][attribute] == [PLACEHOLDER]


# --- names

def test_renames(probe, slapd, proxy):
    road = proxy(slapd.ports[0])
    uuid, dn = ids(slapd, team("sales")), team("sales")
    answer = probe(slapd.system(road.uri), "apply", "after-read", changes=lines(
        ("rename", uuid, dn, "Sales, west"), ("then",),
        ("add", uuid, dn, "ivy", person("ivy"))))
    assert outcomes(answer) == ["done", "done"], answer
    found = slapd.search("(cn=Sales, west)")
    assert list(found) == [f"cn=Sales\\2C west,{GROUPS}"]
    assert next(iter(found.values()))["entryUUID"] == [uuid]
    assert next(iter(found.values()))["cn"] == ["Sales, west"]
    assert members(slapd, "Sales, west") == ["dan", "eve", "ivy"]
    assert road.count("rename") == 1 and road.count("modify") == 1


def test_a_rename_in_case_alone(probe, slapd):
    answer = probe(slapd.system(), "apply", changes=lines(
        ("rename", ids(slapd, team("sales")), team("sales"), "SALES")))
    assert outcomes(answer) == ["done"]
    assert slapd.search("(cn=sales)")["cn=SALES," + GROUPS]["cn"] == ["SALES"]


def test_a_new_name_that_is_taken(probe, slapd):
    answer = probe(slapd.system(), "apply", changes=lines(
        ("rename", ids(slapd, team("sales")), team("sales"), "staff")))
    assert outcomes(answer) == ["refused"]
    assert "entryAlreadyExists (68)" in answer["outcomes"][0]["why"]


def test_a_group_with_two_names_is_called_by_that_of_its_dn(probe, slapd):
    slapd.change(entry(team("second"), {"objectClass": "groupOfNames", "cn": ["first", "second"],
                                        "member": person("ada")}))
    system = slapd.system()
    read = {dict(g["fields"])["displayName"]: g for g in probe(system, "read")["groups"]}
    assert "second" in read and "first" not in read
    assert outcomes(probe(system, "apply", changes=lines(
        ("rename", read["second"]["id"], team("second"), "third")))) == ["done"]
    assert "third" in {dict(g["fields"])["displayName"] for g in probe(system, "read")["groups"]}


# --- members

def test_a_delta_is_one_request(probe, slapd, proxy):
    road = proxy(slapd.ports[0])
    changes = lines(*member_lines(slapd, "staff", add=["ivy", "jun"], remove=["ada", "bob"]))
    answer = probe(slapd.system(road.uri), "apply", "after-read", changes=changes)
    assert outcomes(answer) == ["done"] * 4
    assert members(slapd, "staff") == sorted("cleo dan eve finn gia hugo zoe canary ivy jun".split())
    assert road.count("modify") == 1
    assert outcomes(probe(slapd.system(), "apply", changes=changes)) == ["already"] * 4


@pytest.mark.limit(300)
def test_a_big_group_takes_a_thousand_values_a_request(probe, start_slapd, proxy):
    server = start_slapd(company.generated(52500, 1, big=50000), size=1 << 30)
    there = {m.split(",")[0][4:] for m in server.members("g0000")}
    absent = [f"u{i:06d}" for i in range(52500) if f"u{i:06d}" not in there]
    leaving = sorted(there)[:1500]
    road = proxy(server.ports[0])
    changes = lines(*member_lines(server, "g0000", add=absent, remove=leaving))
    answer = probe(server.system(road.uri), "apply", changes=changes)
    assert set(outcomes(answer)) == {"done"} and len(answer["outcomes"]) == 4000
    assert road.count("modify") == math.ceil(4000 / 1000)
    assert {m.split(",")[0][4:] for m in server.members("g0000")} == \
        (there - set(leaving)) | set(absent)


def test_what_holds_already_is_told_apart(probe, slapd, proxy):
    """Somebody else changed the group meanwhile: it is read once more, and the rest is done."""
    road = proxy(slapd.ports[0])
    changes = member_lines(slapd, "staff", add=["ivy", "ada", "jun"], remove=["bob", "jun", "ivy"])
    changes = [c for c in changes if c[0] == "add" or c[3] != "ivy"]
    changes = [c for c in changes if not (c[0] == "add" and c[3] == "jun")]
    answer = probe(slapd.system(road.uri), "apply", "after-read", changes=lines(*changes))
    assert [(c[0], c[3], by_change(answer)[i + 1]["outcome"]) for i, c in enumerate(changes)] == [
        ("remove", "bob", "done"), ("remove", "jun", "already"),
        ("add", "ivy", "done"), ("add", "ada", "already")]
    assert road.count("modify") == 2


def test_one_bad_value_does_not_keep_the_others_out(probe, slapd):
    uuid, dn = ids(slapd, team("staff")), team("staff")
    changes = [("add", uuid, dn, f"x{i}", person(f"x{i}")) for i in range(40)]
    changes[17] = ("add", uuid, dn, "bad", "this is no DN")
    answer = probe(slapd.system(), "apply", changes=lines(*changes))
    bad = [o for o in answer["outcomes"] if o["outcome"] != "done"]
    assert [o["change"] for o in bad] == [18]
    assert "invalidAttributeSyntax (21)" in bad[0]["why"] and dn in bad[0]["why"]
    assert len(members(slapd, "staff")) == 10 + 39
    # The same with a new group: it is made, and the others are in it.
    changes = [("create", "src-9", "crew")] + [("add", "", "", c[3], c[4]) for c in changes]
    answer = probe(slapd.system(), "apply", changes=lines(*changes))
    assert [o["change"] for o in answer["outcomes"] if o["outcome"] != "done"] == [19]
    assert len(members(slapd, "crew")) == 39


def test_someone_who_is_not_there(probe, slapd):
    uuid = ids(slapd, team("staff"))
    answer = probe(slapd.system(), "apply", changes=lines(
        ("add", uuid, team("staff"), "00000000-0000-0000-0000-000000000000", ""),
        ("add", uuid, team("staff"), ids(slapd, person("ivy")), "")))
    assert [by_change(answer)[i]["outcome"] for i in (1, 2)] == ["refused", "done"]
    assert "no such person" in by_change(answer)[1]["why"]


# --- groups that lose their last member

def test_empty_placeholder(probe, slapd, proxy):
    road = proxy(slapd.ports[0])
    answer = probe(slapd.system(road.uri), "apply", changes=lines(
        *member_lines(slapd, "sales", remove=["dan", "eve"])))
    assert outcomes(answer) == ["done", "done"]
    assert slapd.members("sales") == [PLACEHOLDER]
    assert road.count("modify") == 2
    read = probe(slapd.system(), "read")
    sales = [g["id"] for g in read["groups"] if dict(g["fields"])["displayName"] == "sales"][0]
    assert sales not in [g for g, _ in read["edges"]] and read["foreign"] == 0


def test_empty_delete(probe, slapd):
    system = slapd.system()
    system["groups"]["empty"] = "delete"
    answer = probe(system, "apply", changes=lines(
        *member_lines(slapd, "sales", remove=["dan", "eve"])))
    assert outcomes(answer) == ["done", "done"]
    assert not slapd.search("(cn=sales)", base=GROUPS)
    assert probe(system, "abilities")["no_empty_groups"]
    # Who comes in while the last one goes keeps the group.
    answer = probe(system, "apply", changes=lines(
        *member_lines(slapd, "it-admins", remove=["gia", "hugo"], add=["ada"])))
    assert outcomes(answer) == ["done"] * 3 and members(slapd, "it-admins") == ["ada"]


def test_empty_keep(probe, slapd):
    system = slapd.system()
    system["groups"]["empty"] = "keep"
    answer = probe(system, "apply", changes=lines(
        *member_lines(slapd, "sales", remove=["dan", "eve"])))
    assert sorted(outcomes(answer)) == ["done", "refused"]
    why = [o["why"] for o in answer["outcomes"] if o["outcome"] == "refused"][0]
    assert "groups.empty" in why and team("sales") in why
    assert len(slapd.members("sales")) == 1


def test_a_group_that_is_exchanged_whole_never_stands_empty(probe, start_slapd, proxy):
    server = start_slapd(company.generated(2400, 1, big=1200))
    there = sorted(m.split(",")[0][4:] for m in server.members("g0000"))
    absent = [f"u{i:06d}" for i in range(2400) if f"u{i:06d}" not in there]
    road = proxy(server.ports[0])
    answer = probe(server.system(road.uri), "apply", changes=lines(
        *member_lines(server, "g0000", add=absent, remove=there)))
    assert set(outcomes(answer)) == {"done"}
    assert road.count("modify") == math.ceil(2400 / 1000)
    assert sorted(m.split(",")[0][4:] for m in server.members("g0000")) == absent


# --- deleting

def test_deleting(probe, slapd):
    uuid = ids(slapd, team("sales"))
    changes = lines(("delete", uuid, team("sales")))
    assert outcomes(probe(slapd.system(), "apply", changes=changes)) == ["done"]
    assert outcomes(probe(slapd.system(), "apply", changes=changes)) == ["already"]
    assert not slapd.search("(cn=sales)", base=GROUPS)


# --- rights, limits, pace

def test_missing_rights_say_which(probe, start_slapd):
    server = start_slapd(limits='access to * by * read\n')
    answer = probe(server.system(), "apply", changes=lines(
        *member_lines(server, "sales", add=["ada"], remove=["dan"]), ("create", "s", "crew"),
        ("rename", ids(server, team("archive")), team("archive"), "attic"),
        ("delete", ids(server, team("staff")), team("staff"))))
    assert outcomes(answer) == ["refused"] * 5
    for o in answer["outcomes"]:
        assert "insufficientAccessRights (50)" in o["why"] and company.SYNC_DN in o["why"], o
    assert team("sales") in by_change(answer)[1]["why"] and "member" in by_change(answer)[1]["why"]


def test_many_groups_at_once_but_never_two_writes_to_one(probe, start_slapd, proxy):
    server = start_slapd(company.generated(300, 120, average=20))
    found = server.search("(objectClass=groupOfNames)")
    changes = []
    for dn, values in sorted(found.items()):
        uuid = values["entryUUID"][0]
        changes += [("add", uuid, dn, f"new{i}", person(f"new{i}")) for i in range(3)]
    changes += [("create", f"s{i}", f"crew{i}") for i in range(40)]
    road = proxy(server.ports[0])
    answer = probe(server.system(road.uri), "apply", "after-read", changes=lines(*changes))
    assert set(outcomes(answer)) == {"done"}
    assert road.count("modify") == 120 and road.count("add") == 40
    assert not road.overtaken and 2 <= road.most_outstanding <= 32
    road = proxy(server.ports[0])
    answer = probe(server.system(road.uri), "apply", "in_flight=1", changes=lines(
        *(("create", f"t{i}", f"tail{i}") for i in range(5))))
    assert road.most_outstanding == 1


def test_the_pace_is_kept(probe, slapd):
    before = time.monotonic()
    answer = probe(slapd.system(), "apply", "per_second=4", changes=lines(
        *(("create", f"s{i}", f"crew{i}") for i in range(10))))
    assert set(outcomes(answer)) == {"done"} and time.monotonic() - before >= 2


def test_a_server_that_takes_only_small_requests(probe, start_slapd, proxy):
    """It ends the connection, as slapd does above sockbuf_max_incoming_auth: halves get through."""
    server = start_slapd(company.generated(1000, 1, big=1))
    road = proxy(server.ports[0])
    road.refuse_above = 12000
    answer = probe(server.system(road.uri), "apply", changes=lines(
        *member_lines(server, "g0000", add=[f"u{i:06d}" for i in range(1000)])))
    assert set(outcomes(answer)) == {"done", "already"}, set(outcomes(answer))
    assert len(server.members("g0000")) == 1000


# --- answers that are lost

@pytest.mark.parametrize("what", ["add", "modify", "rename", "delete"])
def test_a_lost_answer_is_looked_up(probe, slapd, proxy, what):
    road = proxy(slapd.ports[0])
    road.lose = what
    changes = lines(
        ("create", "src-1", "crew"), ("add", "", "", "ada", person("ada")),
        ("rename", ids(slapd, team("archive")), team("archive"), "attic"),
        ("delete", ids(slapd, team("eng-core")), team("eng-core")),
        *member_lines(slapd, "staff", add=["ivy"], remove=["bob"]))
    answer = probe(slapd.system(road.uri), "apply", changes=changes)
    assert len(answer["outcomes"]) == 6 and set(outcomes(answer)) <= {"done", "already"}, answer
    assert members(slapd, "crew") == ["ada"]
    assert slapd.search("(cn=attic)") and not slapd.search("(cn=eng-core)")
    assert "ivy" in members(slapd, "staff") and "bob" not in members(slapd, "staff")
    assert not road.overtaken


def test_a_server_that_is_gone_leaves_the_unknown_unknown(probe, slapd, proxy):
    road = proxy(slapd.ports[0])
    road.after(1200, slapd.kill)
    changes = lines(*(("create", f"s{i}", f"crew{i}") for i in range(200)))
    answer = probe({**slapd.system(road.uri), "connect_timeout": "2s", "timeout": "2s"}, "apply",
                   changes=changes)
    assert answer["error"]["code"] == 69
    told = outcomes(answer)
    assert set(told) <= {"done", "unknown"} and len(told) < 200 and told.count("unknown") <= 32
    done = {o["change"] for o in answer["outcomes"] if o["outcome"] == "done"}
    slapd.start()
    there = {int(dn.split(",")[0][7:]) + 1 for dn in slapd.search("(cn=crew*)", base=GROUPS)}
    unknown = {o["change"] for o in answer["outcomes"] if o["outcome"] == "unknown"}
    assert done <= there <= done | unknown
    # And then everything is found or made.
    assert set(outcomes(probe(slapd.system(), "apply", changes=changes))) <= {"done", "already"}
    assert len(slapd.search("(cn=crew*)", base=GROUPS)) == 200


# --- settling

def test_find(probe, slapd):
    system = slapd.system()
    probe(system, "apply", changes=lines(("create", "src-1", "crew")))
    uuid = ids(slapd, team("crew"))
    staff = ids(slapd, team("staff"))
    answer = probe(system, "find", changes=lines(
        ("create", "src-1", "crew"), ("create", "src-2", "other"), ("create", "src-3", "staff"),
        ("add", staff, team("staff"), "ada", person("ada")),
        ("add", staff, team("staff"), "ivy", person("ivy")),
        ("rename", uuid, team("crew"), "crew"), ("rename", uuid, team("crew"), "else"),
        ("delete", uuid, team("crew")),
        ("delete", "00000000-0000-0000-0000-000000000000", team("gone"))))
    assert answer["found"] == [["found", uuid], ["not", ""], ["not", ""], ["found", ""],
                               ["not", ""], ["found", ""], ["not", ""], ["found", ""], ["not", ""]]


def test_stopped_at_every_step_and_taken_up_again(probe, start_slapd):
    """The fault counter ends the process before and after each request; the same batch again ends the same."""
    ends = set()
    for stop in range(1, 20):
        server = start_slapd()
        changes = lines(
            ("create", "src-1", "crew"), ("add", "", "", "ada", person("ada")),
            ("rename", ids(server, team("archive")), team("archive"), "attic"),
            *member_lines(server, "staff", add=["ivy"], remove=["bob"]),
            ("delete", ids(server, team("sales")), team("sales")))
        fault = probe.run(server.system(), "apply", changes=changes,
                          env={"MUSTER_FAULT_AT": str(stop)})
        if fault.returncode != 100:
            assert stop > 4, "no step was counted"
            break
        answer = probe(server.system(), "apply", changes=changes)
        assert set(outcomes(answer)) <= {"done", "already"}, (stop, answer)
        groups = server.search("(objectClass=groupOfNames)", attributes=["cn", "member",
                                                                         "description"])
        ends.add(repr(sorted((dn, sorted(map(repr, v.items()))) for dn, v in groups.items())))
        server.stop()
    assert len(ends) == 1


def test_abilities(probe, slapd):
    system = slapd.system()
    assert probe(system, "abilities") == {"groups": True, "members": True, "users": False,
                                          "no_empty_groups": False, "role_group": ""}
    system["groups"]["roles"] = "{team}-{role}"
    assert probe(system, "abilities")["role_group"] == "{team}-{role}"
