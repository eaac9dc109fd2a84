# SPDX-License-Identifier: Apache-2.0
"""The LDAP connector by itself against Active Directory (Samba) and 389-ds: what is read, what is written."""
import os
import re
import subprocess

import pytest

from company import entry
from directories import AD_BASE, Ds389, Namespace, SambaAd, ad_people, secret_file
from ldap_probe import Probe

INACTIVE, SELF, MARKED = 1, 4, 8
MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"


@pytest.fixture(scope="module")
def namespace():
    network = Namespace()
    yield network
    network.leave()


@pytest.fixture
def probe(folder):
    return Probe(folder)


def lines(*changes):
    return "".join("\t".join(c) + "\n" for c in changes)


def outcomes(answer):
    return [o["outcome"] for o in answer["outcomes"]]


def told(answer):
    return {o["change"]: o["outcome"] for o in answer["outcomes"]}


def group(answer, name):
    found = next(g for g in answer["groups"] if ["displayName", name] in g["fields"])
    return found["id"], dict(found["fields"])["dn"], found


def edges(answer):
    names = {g["id"]: dict(g["fields"])["displayName"] for g in answer["groups"]}
    names.update({u["id"]: dict(u["fields"])["dn"].split(",")[0].split("=")[1]
                  for u in answer["users"]})
    return {(names[g], names[m]) for g, m in answer["edges"]}


def search(url, who, password, base, where, *attributes, ca=None):
    return subprocess.run(["ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-x", "-H", url, "-D", who,
                           "-w", password, "-b", base, where, *attributes], text=True, check=True,
                          env={**os.environ, "LDAPTLS_CACERT": ca or ""}, capture_output=True).stdout


def try_writing(probe, system, person, members, empty_text):
    """What every server must do alike: `person` gives a DN, `members` reads a group's people."""
    answer = probe(system, "apply", changes=lines(
        ("create", "src-1", "crew, one"), ("add", "", "", "1", person(1)),
        ("add", "", "", "2", person(2)), ("create", "src-2", "idle")))
    assert outcomes(answer) == ["done"] * 4, answer
    read = probe(system, "read")
    crew, dn, entry_read = group(read, "crew, one")
    idle, idle_dn, _ = group(read, "idle")
    assert entry_read["flags"] & MARKED and dict(entry_read["fields"])["mark"] == "src-1"
    assert {o["id"] for o in answer["outcomes"]} >= {crew, idle}
    # Here a group may stand empty, and needs nobody in its place.
    assert "placeholder" not in empty_text("idle")
    again = lines(("create", "src-1", "crew, one"), ("add", "", "", "1", person(1)))
    assert outcomes(probe(system, "apply", changes=again)) == ["already"] * 2
    changes = lines(("remove", crew, dn, "1", person(1)), ("remove", crew, dn, "2", person(2)),
                    ("add", crew, dn, "7", person(7)))
    assert outcomes(probe(system, "apply", "after-read", changes=changes)) == ["done"] * 3
    assert outcomes(probe(system, "apply", "after-read", changes=changes)) == ["already"] * 3
    assert members("crew, one") == [7]
    changes = lines(("remove", crew, dn, "9", person(9)), ("add", crew, dn, "7", person(7)),
                    ("add", crew, dn, "8", person(8)))
    assert told(probe(system, "apply", changes=changes)) == {1: "already", 2: "already", 3: "done"}
    answer = probe(system, "apply", changes=lines(
        ("rename", crew, dn, "crew 2"), ("then",), ("remove", crew, dn, "7", person(7)),
        ("remove", crew, dn, "8", person(8))))
    assert outcomes(answer) == ["done"] * 3, answer
    assert members("crew 2") == []
    answer = probe(system, "find", changes=lines(
        ("create", "src-1", "crew 2"), ("create", "src-9", "nobody"),
        ("add", crew, dn, "7", person(7)), ("rename", crew, dn, "crew 2")))
    assert answer["found"] == [["found", crew], ["not", ""], ["not", ""], ["found", ""]]
    assert outcomes(probe(system, "apply", changes=lines(
        ("delete", crew, dn), ("delete", idle, idle_dn)))) == ["done", "done"]
    assert outcomes(probe(system, "apply", changes=lines(("delete", crew, dn)))) == ["already"]


# --- Active Directory

PEOPLE = 1620  # more than a server gives of one attribute at a time (1500)


def ad_person(i):
    return f"CN=User {i:05d},OU=people,{AD_BASE}"


@pytest.fixture(scope="module")
def ad(namespace, certificates):
    server = SambaAd(certificates)
    try:
        server.start().change("".join(ad_people(PEOPLE)))
        server.change(f"dn: {ad_person(5)}\nchangetype: modify\nadd: manager\n"
                      f"manager: {ad_person(1)}\n")
        yield server
    finally:
        server.stop()


@pytest.fixture
def ad_admin(ad, folder):
    return ad.system(bind_dn=ad.admin, password={"file": secret_file(folder, ad.admin_password)})


def ad_search(ad, where, *attributes, base=AD_BASE):
    return search(ad.ldaps, ad.admin, ad.admin_password, base, where, *attributes,
                  ca=ad.certificates.ca)


@pytest.mark.limit(400)
def test_ad_reading(probe, ad):
    answer = probe(ad.system(), "read", "source")
    assert answer["complete"] and not answer["rejected"] and answer["cut"] == 0
    assert answer["user_count"] == PEOPLE
    people = {dict(u["fields"])["dn"]: u for u in answer["users"]}
    five = people[ad_person(5)]
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", five["id"])
    assert "cn: User 00005" in ad_search(ad, "(objectClass=*)", "cn", base=f"<GUID={five['id']}>")
    fields = dict(five["fields"])
    assert fields["userName"] == "u00005@ad.example.test" and fields["externalId"] == five["id"]
    assert fields[MANAGER] == people[ad_person(1)]["id"]
    assert {dn for dn, u in people.items() if u["flags"] & INACTIVE} == {
        ad_person(i) for i in range(0, PEOPLE, 10)}
    found = edges(answer)
    assert len([e for e in found if e[0] == "biggroup"]) == PEOPLE
    assert {e for e in found if e[0] != "biggroup"} == {
        ("leaf", "User 00001"), ("mid", "leaf"), ("top", "mid"), ("top", "User 00002")}


def test_ad_primary_group_and_our_own_account(probe, ad):
    system = ad.system()
    system["groups"] = {"base": AD_BASE, "filter": "(sAMAccountName=Domain Users)"}
    system["users"] = {"base": AD_BASE}
    answer = probe(system, "read", "source")
    assert answer["complete"] and len(answer["edges"]) >= PEOPLE
    assert [dict(u["fields"])["userName"] for u in answer["users"] if u["flags"] & SELF] == [
        ad.account]


def test_ad_takes_no_password_in_the_clear(probe, ad):
    error = probe(ad.system(url=ad.uri), "read")["error"]
    assert error["code"] == 77 and "strongerAuthRequired (8)" in error["text"]
    system = ad.system(url=ad.uri, tls={"ca": ad.certificates.ca, "starttls": True})
    assert probe(system, "read", "counts")["user_count"] == PEOPLE


def test_ad_check(probe, ad, ad_admin):
    said = "\n".join(f["text"] for f in probe(ad.system(), "check")["findings"])
    assert "Active Directory" in said and f"{PEOPLE} users" in said
    assert "162 of the users are locked" in said and "may not write member" in said, said
    said = "\n".join(f["text"] for f in probe(ad_admin, "check")["findings"])
    assert "may change members" in said, said


def ad_members(ad, name):
    found = ad_search(ad, f"(cn={name})", "member")
    return sorted(int(n) for n in re.findall(r"^member: CN=User (\d+),", found, re.M))


def test_ad_writing(probe, ad, ad_admin):
    try_writing(probe, ad_admin, ad_person, lambda name: ad_members(ad, name),
                lambda name: ad_search(ad, f"(cn={name})", "member", "sAMAccountName"))


def test_ad_without_rights(probe, ad):
    leaf, dn, _ = group(probe(ad.system(), "read"), "leaf")
    answer = probe(ad.system(), "apply", changes=lines(("add", leaf, dn, "3", ad_person(3)),
                                                       ("create", "src-1", "crew")))
    assert outcomes(answer) == ["refused", "refused"]
    assert all("insufficientAccessRights (50)" in o["why"] for o in answer["outcomes"]), answer


def test_ad_a_big_delta_with_someone_unknown(probe, ad, ad_admin):
    leaf, dn, _ = group(probe(ad_admin, "read"), "leaf")
    changes = [("add", leaf, dn, str(i), ad_person(i)) for i in range(1200)]
    changes[600] = ("add", leaf, dn, "ghost", f"CN=Ghost,OU=people,{AD_BASE}")
    changes.append(("remove", leaf, dn, "1500", ad_person(1500)))
    answer = probe(ad_admin, "apply", changes=lines(*changes))
    by_change = {o["change"]: o for o in answer["outcomes"]}
    assert by_change[601]["outcome"] == "refused" and dn in by_change[601]["why"], by_change[601]
    assert by_change[1201]["outcome"] == "already" and by_change[2]["outcome"] == "already"
    assert {o["outcome"] for n, o in by_change.items() if n not in (601, 1201)} <= {"done", "already"}
    assert ad_members(ad, "leaf") == [i for i in range(1200) if i != 600]
    answer = probe(ad_admin, "apply", changes=lines(
        *(("remove", leaf, dn, str(i), ad_person(i)) for i in range(1200) if i not in (1, 600))))
    assert set(outcomes(answer)) == {"done"} and ad_members(ad, "leaf") == [1]


# --- 389-ds

DS_BASE = "dc=example,dc=com"


def ds_person(i):
    return f"uid=u{i},ou=people,{DS_BASE}"


def ds_data():
    text = "".join(entry(f"ou={ou},{DS_BASE}", {"objectClass": "organizationalUnit", "ou": ou})
                   for ou in ("people", "groups"))
    for i in range(60):
        text += entry(ds_person(i), {
            "objectClass": "inetOrgPerson", "uid": f"u{i}", "cn": f"User {i}", "sn": f"N{i}",
            "givenName": "User", "mail": f"U{i}@Example.com",
            "manager": ds_person(0) if i == 5 else None,
            "nsAccountLock": "TRUE" if i % 10 == 3 else None})
    text += entry(f"cn=inner,ou=groups,{DS_BASE}", {
        "objectClass": "groupOfNames", "cn": "inner", "member": [ds_person(1), ds_person(2)]})
    return text + entry(f"cn=outer,ou=groups,{DS_BASE}", {
        "objectClass": "groupOfUniqueNames", "cn": "outer",
        "uniqueMember": [f"cn=inner,ou=groups,{DS_BASE}", ds_person(3)]})


@pytest.fixture(scope="module")
def ds389(namespace):
    server = Ds389()
    try:
        server.start().change(ds_data())
        yield server
    finally:
        server.stop()


def ds_search(ds389, where, *attributes):
    return search(ds389.uri, ds389.admin, ds389.password, DS_BASE, where, *attributes)


@pytest.mark.limit(300)
def test_389ds_reading(probe, ds389):
    answer = probe(ds389.system(page_size=7), "read", "source")
    assert answer["complete"] and not answer["rejected"] and answer["user_count"] == 60
    people = {dict(u["fields"])["dn"]: u for u in answer["users"]}
    five = people[ds_person(5)]
    assert re.search(rf"^nsUniqueId: {five['id']}$", ds_search(ds389, "(uid=u5)", "nsUniqueId"),
                     re.M | re.I)
    fields = dict(five["fields"])
    assert fields["userName"] == "u5@example.com" and fields["externalId"] == five["id"]
    assert fields[MANAGER] == people[ds_person(0)]["id"]
    assert {dn for dn, u in people.items() if u["flags"] & INACTIVE} == {
        ds_person(i) for i in range(3, 60, 10)}
    assert edges(answer) == {("inner", "u1"), ("inner", "u2"), ("outer", "inner"), ("outer", "u3")}


def test_389ds_check(probe, ds389):
    said = "\n".join(f["text"] for f in probe(ds389.system(), "check")["findings"])
    assert "389 Directory Server" in said and "60 users" in said
    assert "6 of the users are locked" in said and "may change members" in said


def test_389ds_writing(probe, ds389):
    def members(name):
        found = ds_search(ds389, f"(cn={name})", "member")
        return sorted(int(n) for n in re.findall(r"^member: uid=u(\d+),", found, re.M))

    try_writing(probe, ds389.system(), ds_person, members,
                lambda name: ds_search(ds389, f"(cn={name})", "member"))
