# SPDX-License-Identifier: Apache-2.0
"""The whole program with LDAP groups as the target: one branch of the directory holds the source, another the teams."""
import pytest

from company import BASE, entry

TEAMS = f"ou=teams,{BASE}"


@pytest.fixture
def directory(start_slapd):
    server = start_slapd()
    server.change(entry(TEAMS, {"objectClass": "organizationalUnit", "ou": "teams"}))
    return server


def configure(muster, directory, groups=None, teams=None, **sync):
    target = directory.system(url=[directory.ldaps])
    target["groups"] = {"base": TEAMS, **(groups or {})}
    muster.configure({"systems": {"corp": directory.system(), "teams": target}, "syncs": {"teams": {
        "from": "corp", "to": "teams", "users": {"where": "active eq true"},
        "teams": teams or [{"where": 'displayName sw "eng" or displayName eq "sales"'}],
        "guard": {"removals": {"count": 100}, "team": {"percent": 100}, "min_admins": 0}, **sync}}})


def teams(directory):
    """{name: [uids]} of what is in the target branch."""
    found = {}
    for values in directory.search("(objectClass=groupOfNames)", base=TEAMS).values():
        found[values["cn"][0]] = sorted(m.split(",")[0].split("=")[1] for m in values["member"]
                                        if "placeholder" not in m)
    return found


def sync(muster):
    done = muster("sync", "teams")
    assert done.code == 0, done
    again = muster("sync", "teams")
    assert again.code == 0 and "nothing to do" in again.out, again
    return done


def test_teams_follow_the_source(directory, muster):
    configure(muster, directory)
    assert muster("check").code == 0
    sync(muster)
    assert teams(directory) == {"eng-core": ["ada", "bob"], "eng-tools": ["cleo", "zoe"],
                                "engineering": ["ada", "bob", "cleo", "zoe"],
                                "sales": ["dan", "eve"]}
    marks = [v["description"][0] for v in directory.search("(objectClass=groupOfNames)",
                                                           base=TEAMS).values()]
    assert all(m.startswith("managed by muster: ") for m in marks)

    # Joiners, leavers, a new name, a group that empties, one that disappears.
    directory.change(
        f"dn: cn=eng-core,ou=groups,{BASE}\nchangetype: modify\ndelete: member\n"
        f"member: uid=bob,ou=people,{BASE}\n-\nadd: member\nmember: uid=jun,ou=people,{BASE}\n\n"
        f"dn: cn=eng-tools,ou=groups,{BASE}\nchangetype: modrdn\nnewrdn: cn=eng\\, tools\n"
        f"deleteoldrdn: 1\n\n"
        f"dn: cn=engineering,ou=groups,{BASE}\nchangetype: modify\ndelete: member\n"
        f"member: cn=eng-tools,ou=groups,{BASE}\n-\nadd: member\n"
        f"member: cn=eng\\, tools,ou=groups,{BASE}\n\n"
        f"dn: cn=sales,ou=groups,{BASE}\nchangetype: modify\nreplace: member\n"
        "member: cn=empty-membership-placeholder\n")
    sync(muster)
    assert teams(directory) == {"eng-core": ["ada", "jun"], "eng, tools": ["cleo", "zoe"],
                                "engineering": ["ada", "cleo", "jun", "zoe"], "sales": []}
    directory.change(f"dn: cn=sales,ou=groups,{BASE}\nchangetype: delete\n")
    sync(muster)
    assert sorted(teams(directory)) == ["eng, tools", "eng-core", "engineering"]


def test_what_muster_did_not_make_is_not_touched(directory, muster):
    directory.change(entry(f"cn=handmade,{TEAMS}", {"objectClass": "groupOfNames", "cn": "handmade",
                                                    "member": f"uid=ivy,ou=people,{BASE}"}))
    configure(muster, directory)
    sync(muster)
    assert teams(directory)["handmade"] == ["ivy"]


def test_an_existing_team_is_adopted(directory, muster):
    directory.change(entry(f"cn=sales,{TEAMS}", {"objectClass": "groupOfUniqueNames", "cn": "sales",
                                                 "uniqueMember": f"uid=ivy,ou=people,{BASE}"}))
    configure(muster, directory)
    done = sync(muster)
    assert "adopt" in done.out
    found = directory.search("(cn=sales)", base=TEAMS)[f"cn=sales,{TEAMS}"]
    # What it did not make or give, muster leaves: ivy stays or goes by the plan's rule, dan and eve come.
    assert {f"uid={u},ou=people,{BASE}" for u in ("dan", "eve")} <= set(found["uniqueMember"])
    assert "description" not in found


def test_a_group_that_ends_with_its_last_member(directory, muster):
    configure(muster, directory, groups={"empty": "delete"})
    sync(muster)
    directory.change(f"dn: cn=sales,ou=groups,{BASE}\nchangetype: modify\nreplace: member\n"
                     "member: cn=empty-membership-placeholder\n")
    sync(muster)
    assert "sales" not in teams(directory)
    directory.change(f"dn: cn=sales,ou=groups,{BASE}\nchangetype: modify\nreplace: member\n"
                     f"member: uid=ivy,ou=people,{BASE}\nmember: uid=dan,ou=people,{BASE}\n")
    sync(muster)
    assert teams(directory)["sales"] == ["dan", "ivy"]


def test_roles_are_further_groups(directory, muster):
    configure(muster, directory, groups={"roles": "{team} ({role})"},
              roles={"default": "member", "rules": [{"role": "lead", "where": 'title co "Lead"'}]})
    sync(muster)
    found = teams(directory)
    assert found["eng-core (lead)"] == ["ada"] and found["sales (lead)"] == ["dan"]
    assert found["eng-core"] == ["ada", "bob"]
    directory.change(f"dn: uid=ada,ou=people,{BASE}\nchangetype: modify\nreplace: title\n"
                     "title: Engineer\n")
    sync(muster)
    found = teams(directory)
    assert found.get("eng-core (lead)", []) == [] and found["eng-core"] == ["ada", "bob"]


def test_the_lost_state_file_removes_nothing(directory, muster):
    configure(muster, directory)
    sync(muster)
    before = teams(directory)
    for part in muster.folder.glob("state.db*"):
        part.unlink()
    done = sync(muster)
    assert "adopt" in done.out and teams(directory) == before


def test_killed_at_every_request(directory, muster):
    configure(muster, directory)
    for stop in range(1, 200):
        done = muster("sync", "teams", env={"MUSTER_FAULT_AT": str(stop)})
        if done.code != 100:
            break
    assert stop > 5
    sync(muster)
    assert teams(directory) == {"eng-core": ["ada", "bob"], "eng-tools": ["cleo", "zoe"],
                                "engineering": ["ada", "bob", "cleo", "zoe"],
                                "sales": ["dan", "eve"]}


def test_dump_writes_a_roster(directory, muster):
    configure(muster, directory)
    done = muster("dump", "corp")
    assert done.code == 0 and "ada@example.com" in done.out and "engineering" in done.out
