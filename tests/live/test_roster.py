# SPDX-License-Identifier: Apache-2.0
"""Roster files: read from YAML and CSV with every fault in its place, and written by `dump`."""
import pytest

YAML = """\
users:
  - userName: ada@example.com
    name: {givenName: Ada, familyName: Lovelace}
    emails: [{value: ada@example.com, type: work, primary: true}, {value: ada@home.example, type: home}]
    title: "Lead: \\"engines\\""
    department: Research
  - {userName: bob@example.com, active: false}
  - {id: k-1, userName: kim@example.com, displayName: "Kim Ærø"}
teams:
  - displayName: eng
    members:
      - ADA@example.com
      - {user: bob@example.com, role: manager}
  - displayName: everyone
    members: [{team: eng}, kim@example.com]
"""


def configure(muster, path):
    muster.configure({"systems": {"staff": {"kind": "file", "path": path}}, "syncs": {}})


def test_dump_reads_back_as_itself(muster, write):
    configure(muster, write("staff.yaml", YAML))
    first = muster("dump", "staff")
    assert first.code == 0, first
    assert 'title: "Lead: \\"engines\\""' in first.out
    assert "- {user: bob@example.com, role: manager}" in first.out
    assert "active: false" in first.out
    configure(muster, write("again.yaml", first.out))
    second = muster("dump", "staff")
    assert second.out == first.out


def test_csv_is_the_same_people(muster, write):
    configure(muster, write("staff.csv", "userName,displayName,team,role,title\r\n"
                            'ada@example.com,"Lovelace, Ada",eng,,Lead\r\n'
                            "Ada@example.com,,board,manager,\r\n"
                            'bob@example.com,"Bob ""B"" Lee",,,\r\n'))
    result = muster("dump", "staff")
    assert result.code == 0, result
    assert 'displayName: "Lovelace, Ada"' in result.out
    assert 'displayName: "Bob \\"B\\" Lee"' in result.out
    assert "- {user: ada@example.com, role: manager}" in result.out


@pytest.mark.parametrize("text, place, words", [
    ("users:\n  - usrName: x\n", ":2:5", "'userName' is missing"),
    ("users:\n  - {userName: a}\n  - {userName: A}\n", ":3:5", "twice"),
    ("users:\n  - {userName: a, titel: x}\n", ":2:26", "titel"),
    ("users: {a: 1}\n", ":1:8", "expected a list"),
    ("people: []\n", ":1:1", "unknown key 'people'"),
    ("teams:\n  - {displayName: t, members: [nobody]}\n", ":2:32", "'nobody' is neither"),
    ("users:\n  - {userName: a}\nteams:\n  - {displayName: t, members: [{user: a, rol: x}]}\n", ":4:42",
     "unknown key 'rol'"),
    ("users:\n  - {userName: a, active: perhaps}\n", ":2:27", "true or false"),
    ("users:\n  - {userName: a\n", ":3:1", "closing"),
    ("users:\n  - {userName: a, id: 1}\n  - {userName: b, id: 1}\n", ":3:5", "met before"),
])
def test_faults_of_yaml_have_their_place(muster, write, text, place, words):
    path = write("staff.yaml", text)
    configure(muster, path)
    result = muster("dump", "staff")
    assert result.code == 65, result
    assert path + place in result.err and words in result.err, result


@pytest.mark.parametrize("text, place, words", [
    ("", ":1:1", "head line"),
    ("title,team\nx,y\n", ":1:1", "userName"),
    ("userName,team\na\n", ":2:1", "expected 2 columns"),
    ("userName,team\n,eng\n", ":2:1", "userName is empty"),
    ('userName,team\n"a,eng\n', ":2:1", "not closed"),
    ('userName,team\n"a"x,eng\n', ":2:4", "expected a comma"),
    ("userName,title\na,x\na,y\n", ":3:3", "title is 'y' here and 'x'"),
    ("userName,role\na,admin\n", ":2:3", "a role needs a team"),
    ("userName,userName\na,b\n", ":1:10", "twice"),
    (b"userName\n\xff\xfe\n", "", "UTF-8"),
])
def test_faults_of_csv_have_their_place(muster, write, text, place, words):
    path = write("staff.csv", text)
    configure(muster, path)
    result = muster("dump", "staff")
    assert result.code == 65, result
    assert path + place in result.err and words in result.err, result


def test_a_missing_roster_is_no_empty_roster(muster, write, scim_service):
    muster.configure({"systems": {"staff": {"kind": "file", "path": "/nonexistent/staff.yaml"},
                                  "crm": scim_service.system()},
                      "syncs": {"crm": {"from": "staff", "to": "crm"}}})
    result = muster("sync")
    assert result.code == 13, result
    assert "/nonexistent/staff.yaml" in result.err
    assert scim_service.writes() == []


# --- from what is there to what is kept

def started(muster, write, folder, system):
    """A roster and a configuration made by dump; gives what their first plan and runs say."""
    muster.configure({"systems": {"crm": system}, "syncs": {}})
    write("crm.yaml", muster("dump", "crm").out)
    start = muster("dump", "crm", "--start", str(folder / "crm.yaml"))
    assert start.code == 0 and "# A configuration to start from" in start.out, start
    muster.configure(start.out)
    first, second = muster("sync"), muster("sync")
    assert first.code == 0 and second.code == 0 and "nothing to do" in second.out, (first, second)
    return start.out, first.out


def test_a_service_is_taken_over_as_it_is(muster, write, folder, start_scim):
    service = start_scim(users=20, groups=3, members=5)
    config, first = started(muster, write, folder, service.system())
    assert config.count("displayName eq") == 3 and "default" not in config, config
    assert "crm: 23 to adopt            from crm-roster" in first, first
    assert service.writes() == [] and service.complaints() == []
    roster = folder / "crm.yaml"
    roster.write_text(roster.read_text().replace("title: Engineer", "title: Baker", 1))
    assert "1 to update" in muster("sync").out
    assert [w["method"] for w in service.writes()] == ["PATCH"]


def test_a_directory_is_taken_over_as_it_is(muster, write, folder, slapd):
    def entries():
        """Without the one group that holds another: who is in it by that one becomes a direct member."""
        return {dn: entry for dn, entry in slapd.search().items() if not dn.startswith("cn=engineering,")}

    before, members = entries(), slapd.members("engineering")
    first = started(muster, write, folder, slapd.system())[1]
    assert "to adopt" in first and "to create" not in first and "to remove" not in first, first
    assert entries() == before and set(slapd.members("engineering")) > set(members)
    # Somebody without a mail has no userName: a roster cannot name her, and says so.
    assert "# left out: " in (folder / "crm.yaml").read_text()


def test_a_source_is_not_taken_over(muster, write):
    configure(muster, write("staff.yaml", YAML))
    result = muster("dump", "staff", "--start", "x.yaml")
    assert result.code == 64 and "only read" in result.err, result
