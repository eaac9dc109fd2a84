# SPDX-License-Identifier: Apache-2.0
"""Reading a real slapd: what arrives, and what happens when the server, the way or the data are not as they should be."""
import base64
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

import company
from company import BASE, entry

PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
INACTIVE, READONLY, SELF, MARKED = 1, 2, 4, 8


def users(answer):
    """{DN: (flags, {path: [values]})}"""
    return index(answer["users"])


def groups(answer):
    return index(answer["groups"])


def index(entries):
    found = {}
    for e in entries:
        fields = {}
        for name, value in e["fields"]:
            fields.setdefault(name, []).append(value)
        fields["id"] = [e["id"]]
        found[fields["dn"][0]] = (e["flags"], fields)
    return found


def edges(answer):
    """{(name of the group, name of the member)}"""
    names = {}
    for e in answer["users"] + answer["groups"]:
        dn = dict(e["fields"])["dn"]
        names[e["id"]] = dn.split(",")[0].split("=", 1)[1]
    return {(names[g], names[m]) for g, m in answer["edges"]}


def quick(system, **more):
    return {**system, "timeout": "2s", "connect_timeout": "2s", **more}


# --- what arrives

def test_the_sample_company_arrives(probe, slapd):
    answer = probe(slapd.system(), "read", "source")
    assert answer["complete"] and not answer["rejected"]
    people = users(answer)
    assert len(people) == 12
    flags, zoe = people[f"uid=zoe,{PEOPLE}"]
    uuid = slapd.search("(uid=zoe)")[f"uid=zoe,{PEOPLE}"]["entryUUID"][0]
    assert flags == 0
    assert zoe == {
        "id": [uuid], "externalId": [uuid], "userName": ["zoe@example.com"],
        "name.givenName": ["Zoë"], "name.familyName": ["Größe"], "displayName": ["Zoë Größe"],
        'emails[type eq "work"].value': ["zoe@example.com"], "title": ["Übersetzerin"],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": ["11"],
        "dn": [f"uid=zoe,{PEOPLE}"], "active": ["true"]}
    assert "userName" not in people[f"uid=ivy,{PEOPLE}"][1]
    teams = groups(answer)
    assert teams[f"cn=sales,{GROUPS}"][1]["displayName"] == ["sales"]
    assert edges(answer) == {
        ("eng-core", "ada"), ("eng-core", "bob"), ("eng-tools", "cleo"), ("eng-tools", "zoe"),
        ("engineering", "eng-core"), ("engineering", "eng-tools"), ("sales", "dan"),
        ("sales", "eve"), ("it-admins", "gia"), ("it-admins", "hugo"),
        *(("staff", u) for u in "ada bob cleo dan eve finn gia hugo zoe canary".split())}


@pytest.mark.parametrize("way", ["ldap", "ldaps", "starttls", "ldapi", "certificate", "anonymous"])
def test_every_way_in(probe, slapd, way):
    system = slapd.system({"ldap": slapd.uri, "starttls": slapd.uri, "ldapi": slapd.ldapi,
                           "anonymous": slapd.uri}.get(way))
    if way == "starttls":
        system["tls"]["starttls"] = True
    if way in ("ldapi", "certificate", "anonymous"):
        del system["bind_dn"], system["password"]
    if way == "certificate":
        system["tls"].update(cert=slapd.certificates.path("client.crt"),
                             key=slapd.certificates.path("client.key"))
    assert probe(system, "read")["user_count"] == 12


def test_own_attributes_and_templates(probe, slapd):
    system = slapd.system()
    system["users"]["attributes"] = {
        "userName": "{uid|upper}", "nickName": "{givenName} the {title|before: }",
        "emails.value": "{mail}", "active": "{employeeNumber|is:5:false:true}"}
    system["groups"]["attributes"] = {"displayName": "team {cn}"}
    slapd.change(f"dn: uid=bob,{PEOPLE}\nchangetype: modify\nadd: mail\nmail: bob@old.example\n")
    answer = probe(system, "read", "source")
    people = users(answer)
    assert people[f"uid=bob,{PEOPLE}"][1]["userName"] == ["BOB"]
    assert people[f"uid=bob,{PEOPLE}"][1]["nickName"] == ["Bob the Engineer"]
    assert people[f"uid=bob,{PEOPLE}"][1]["emails.value"] == ["bob@example.com", "bob@old.example"]
    assert [dn for dn, (flags, _) in people.items() if flags & INACTIVE] == [f"uid=eve,{PEOPLE}"]
    assert people[f"uid=eve,{PEOPLE}"][1]["active"] == ["false"]
    assert groups(answer)[f"cn=sales,{GROUPS}"][1]["displayName"] == ["team sales"]


def test_locked_and_expired_accounts_are_inactive(probe, start_slapd):
    server = start_slapd(variant="ppolicy")
    server.change(
        f"dn: uid=bob,{PEOPLE}\nchangetype: modify\nadd: pwdAccountLockedTime\n"
        "pwdAccountLockedTime: 000001010000Z\n\n"
        f"dn: uid=dan,{PEOPLE}\nchangetype: modify\nadd: pwdAccountLockedTime\n"
        "pwdAccountLockedTime: 20200101000000Z\n\n"
        f"dn: uid=eve,{PEOPLE}\nchangetype: modify\nadd: pwdEndTime\npwdEndTime: 20200101000000Z\n\n"
        f"dn: uid=gia,{PEOPLE}\nchangetype: modify\nadd: pwdEndTime\npwdEndTime: 29990101000000Z\n")
    people = users(probe(server.system(), "read", "source"))
    inactive = {dn.split(",")[0] for dn, (flags, _) in people.items() if flags & INACTIVE}
    # A lock with a time is the server's answer to wrong passwords, and passes.
    assert inactive == {"uid=bob", "uid=eve"}
    assert people[f"uid=bob,{PEOPLE}"][1]["active"] == ["false"]


def test_a_manager_is_the_id_of_an_entry(probe, slapd):
    path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"
    for who, boss in (("ada", "zoe"), ("zoe", "ada"), ("bob", "nobody")):
        slapd.change(f"dn: uid={who},{PEOPLE}\nchangetype: modify\nadd: manager\n"
                     f"manager: UID={boss.upper()}, {PEOPLE}\n")
    people = users(probe(slapd.system(), "read", "source"))
    ada, zoe = people[f"uid=ada,{PEOPLE}"][1], people[f"uid=zoe,{PEOPLE}"][1]
    assert ada[path] == zoe["id"] and zoe[path] == ada["id"]
    assert path not in people[f"uid=bob,{PEOPLE}"][1]
    assert ada["title"] == ["Lead Engineer"]


def test_every_class_of_groups(probe, slapd):
    slapd.change(
        entry(f"cn=unique,{GROUPS}", {"objectClass": "groupOfUniqueNames", "cn": "unique",
              "uniqueMember": [f"uid=ada,{PEOPLE}", f"uid=bob,{PEOPLE}#'0101'B"]})
        + entry(f"cn=posix,{GROUPS}", {"objectClass": "posixGroup", "cn": "posix", "gidNumber": "5",
                "memberUid": ["cleo", "zoe", "nobody"]})
        + entry(f"cn=over,{GROUPS}", {"objectClass": "groupOfNames", "cn": "over",
                "member": [f"cn=posix,{GROUPS}", f"cn=unique,{GROUPS}", ""]}))
    answer = probe(slapd.system(), "read", "source")
    found = {e for e in edges(answer) if e[0] in ("unique", "posix", "over")}
    assert found == {("unique", "ada"), ("unique", "bob"), ("posix", "cleo"), ("posix", "zoe"),
                     ("over", "posix"), ("over", "unique")}
    assert answer["foreign"] == 1


def test_cycles_of_groups_are_edges_like_others(probe, slapd):
    slapd.change(f"dn: cn=eng-core,{GROUPS}\nchangetype: modify\nadd: member\n"
                 f"member: cn=engineering,{GROUPS}\nmember: cn=eng-core,{GROUPS}\n")
    found = edges(probe(slapd.system(), "read", "source"))
    assert {("eng-core", "engineering"), ("engineering", "eng-core"),
            ("eng-core", "eng-core")} <= found


AWKWARD = ["Smith, John", "a+b=c", 'say "hi"', "back\\slash", "<angle>", "semi;colon", "#hash",
           " lead", "trail ", "Zoë Größe", "x#y", "a/b", "tab\there"]


def escape(value):
    return "".join(f"\\{b:02x}" if chr(b) in ',+="\\<>;# \t' or b > 126 else chr(b)
                   for b in value.encode())


def test_awkward_names_find_each_other(probe, start_slapd):
    """Members are written in another spelling than the entries' own names."""
    ldif = company.tree()
    members = []
    for i, name in enumerate(AWKWARD):
        ldif += entry(f"cn={escape(name)},{PEOPLE}",
                      {"objectClass": "inetOrgPerson", "cn": name, "sn": str(i), "uid": f"a{i}",
                       "mail": f"a{i}@example.com"})
        members.append(f"CN={escape(name)} , OU=People,DC=Example, DC=COM")
    ldif += entry(f"uid=multi+cn=More Parts,{PEOPLE}",
                  {"objectClass": "inetOrgPerson", "cn": "More Parts", "sn": "m", "uid": "multi",
                   "mail": "multi@example.com"})
    members.append(f"cn=more  parts+uid=MULTI,{PEOPLE}")
    ldif += entry(f"cn=all\\, of \\+ them,{GROUPS}",
                  {"objectClass": "groupOfNames", "cn": "all, of + them", "member": members})
    server = start_slapd(ldif)
    answer = probe(server.system(), "read", "source")
    assert answer["user_count"] == len(AWKWARD) + 1
    assert answer["foreign"] == 0 and answer["edge_count"] == len(AWKWARD) + 1
    assert [g[1]["displayName"] for g in groups(answer).values()] == [["all, of + them"]]
    assert {u[1]["displayName"][0].strip() for u in users(answer).values()} == {
        n.strip() for n in AWKWARD} | {"More Parts"}


def test_our_own_account_is_told_apart(probe, slapd):
    system = slapd.system()
    system["users"].update(base=BASE, filter="(objectClass=*)")
    people = users(probe(system, "read", "source"))
    assert [dn for dn, (flags, _) in people.items() if flags & SELF] == [company.SYNC_DN]
    system = slapd.system(slapd.ldapi)
    del system["bind_dn"], system["password"]
    slapd.change(entry(slapd.admin_dn, {"objectClass": "person", "cn": "admin", "sn": "admin"}))
    system["users"].update(base=BASE, filter="(objectClass=person)")
    people = users(probe(system, "read", "source"))
    assert [dn for dn, (flags, _) in people.items() if flags & SELF] == [slapd.admin_dn]


def test_pages_of_every_size_lose_nobody(probe, start_slapd):
    """OpenLDAP's cookie begins with a zero byte where a page's last entry has a number that 256 divides."""
    server = start_slapd(company.generated(1100, 3, big=1000))
    for size in (0, 1, 3, 500, 1000, 5000):
        answer = probe({**server.system(), "page_size": size}, "read", "counts")
        assert (answer["user_count"], answer["group_count"]) == (1100, 3), size
        assert answer["complete"]


def test_canaries(probe, slapd):
    seen = f"UID=Canary, {PEOPLE}"
    system = {**slapd.system(), "canaries": [seen, f"uid=gone,{PEOPLE}", f"cn=staff,{GROUPS}"]}
    assert probe(system, "read")["canaries_missing"] == [f"uid=gone,{PEOPLE}"]


def test_scope_tells_reads_apart(probe, slapd):
    scopes = set()
    for change in ({}, {"filter": "(objectClass=person)"}, {"base": BASE}, {"scope": "one"}):
        system = slapd.system()
        system["users"].update(change)
        scopes.add(probe(system, "read", "counts")["scope"])
    assert len(scopes) == 4
    assert probe(slapd.system(), "read", "counts")["scope"] in scopes


def test_referrals_are_not_followed(probe, slapd, stall):
    away = stall("silent")
    slapd.change(entry(f"ou=away,{PEOPLE}", {"objectClass": ["referral", "extensibleObject"],
                 "ou": "away", "ref": f"ldap://127.0.0.1:{away.port}/ou=people,dc=other"}))
    answer = probe(slapd.system(), "read")
    assert answer["user_count"] == 12 and answer["complete"] and away.accepted == 0


# --- entries that cannot be taken

def test_bad_entries_are_rejected_and_the_rest_arrives(probe, slapd):
    photo = base64.b64encode(b"\xff\xfe\x00binary").decode()
    slapd.change(f"dn: uid=bob,{PEOPLE}\nchangetype: modify\nadd: jpegPhoto\njpegPhoto:: {photo}\n\n"
                 f"dn: uid=dan,{PEOPLE}\nchangetype: modify\nreplace: title\n"
                 f"title: {'x' * 70000}\n\n"
                 f"dn: uid=eve,{PEOPLE}\nchangetype: modify\nreplace: title\n"
                 f"title: {'y' * 1100000}\n")
    system = slapd.system()
    system["users"]["attributes"] = {"nickName": "{jpegPhoto}"}
    answer = probe(system, "read", "source")
    assert answer["user_count"] == 9 and answer["complete"]
    odd = {o["name"].split(",")[0]: o for o in answer["rejected"]}
    assert set(odd) == {"uid=bob", "uid=dan", "uid=eve"}
    assert "jpegPhoto" in odd["uid=bob"]["reason"] and "UTF-8" in odd["uid=bob"]["reason"]
    assert "title" in odd["uid=dan"]["reason"] and "65536" in odd["uid=dan"]["reason"]
    assert all(re.fullmatch(r"[0-9a-f-]{36}", o["id"]) for o in odd.values())


def test_entries_without_an_id_are_rejected(probe, start_slapd):
    server = start_slapd(limits='{limits}access to dn.exact="uid=eve,ou=people,{base}" '
                                'attrs=entryUUID by * none\n'.replace(
                                    "{limits}", 'limits dn.exact="{sync}" size=unlimited\n'))
    answer = probe(server.system(), "read", "source")
    assert answer["user_count"] == 11
    assert [o["name"] for o in answer["rejected"]] == [f"uid=eve,{PEOPLE}"]
    assert "entryUUID" in answer["rejected"][0]["reason"] and answer["rejected"][0]["id"] == ""


# --- a server that gives less than all

@pytest.mark.parametrize("page_size", [0, 100, 1000])
def test_a_size_limit_makes_the_read_incomplete(probe, start_slapd, page_size):
    server = start_slapd(company.generated(700, 2), limits="")
    answer = probe({**server.system(), "page_size": page_size}, "read", "counts")
    assert not answer["complete"] and answer["user_count"] <= 500
    assert "sizeLimitExceeded (4)" in answer["why_not"]
    assert company.SYNC_DN in answer["why_not"] and PEOPLE in answer["why_not"]


def test_a_missing_base_is_an_error(probe, slapd):
    system = slapd.system()
    system["groups"]["base"] = f"ou=nowhere,{BASE}"
    error = probe(system, "read")["error"]
    assert error["code"] == 65 and "noSuchObject (32)" in error["text"]
    assert f"ou=nowhere,{BASE}" in error["text"]


def test_a_bad_filter_is_an_error(probe, slapd):
    system = slapd.system()
    system["users"]["filter"] = "(&(uid=*)(|)!)"
    error = probe(system, "read")["error"]
    assert error["code"] == 65 and "filter" in error["text"], error


# --- credentials and rights

def test_a_wrong_password_is_said_once(probe, slapd, write, proxy):
    road = proxy(slapd.ports[0])
    system = {**slapd.system([road.uri, slapd.uri]), "password": {"file": write("pw", "wrong")}}
    error = probe(system, "read")["error"]
    assert error["code"] == 77 and "invalidCredentials (49)" in error["text"]
    assert company.SYNC_DN in error["text"] and "wrong" not in error["text"].replace("wrong pass", "")
    assert road.count("bind") == 1


@pytest.mark.parametrize("change,says", [
    ({"password": None}, "'bind_dn' needs 'password'"),
    ({"bind_dn": None}, "'password' needs 'bind_dn'"),
    ({"tls": {"key": "/x"}}, "'key' needs 'cert'"),
    ({"url": "ldap://127.0.0.1/dc=x"}, "nothing behind it"),
    ({"url": "ldaps://127.0.0.1", "tls": {"starttls": True}}, "encrypted from the start"),
    ({"url": "ldap://192.0.2.1"}, "without protection")])
def test_settings_that_contradict_each_other(probe, slapd, change, says):
    """A name without a password would be an anonymous bind that looks like a success."""
    system = {k: v for k, v in {**slapd.system(), **change}.items() if v is not None}
    done = probe.run(system, "read")
    assert done.returncode == 78 and says in done.stderr, done
    assert "probe.yaml:" in done.stderr


def test_a_server_that_wants_encryption(probe, start_slapd):
    server = start_slapd(first="security simple_bind=128\n")
    error = probe(server.system(server.uri), "read")["error"]
    assert error["code"] == 77 and "confidentialityRequired (13)" in error["text"]
    assert "starttls" in error["text"]


# --- TLS

@pytest.mark.parametrize("way", ["ldaps", "starttls"])
@pytest.mark.parametrize("fault,code,says", [
    ("notca", 77, ["not trusted", "Test CA", "notca.crt"]),
    ("missing", 78, ["tls.ca", "No such file"]),
    ("garbage", 78, ["garbage.pem"]),
    ("wronghost", 77, ["other.example", "127.0.0.1"])])
def test_tls_failures_say_why(probe, start_slapd, write, certificates, way, fault, code, says):
    server = start_slapd(certificate="wronghost" if fault == "wronghost" else "server")
    system = server.system(server.uri if way == "starttls" else None)
    system["tls"] = {"starttls": way == "starttls", "ca": {
        "notca": certificates.not_ca, "missing": "/nonexistent/ca.pem",
        "garbage": write("garbage.pem", "no certificate"),
        "wronghost": certificates.ca}[fault]}
    error = probe(system, "read")["error"]
    assert error["code"] == code, error
    assert all(s in error["text"] for s in says), error


def test_a_server_without_starttls(probe, slapd, stall):
    error = probe(quick(slapd.system(f"ldap://127.0.0.1:{stall('garbage').port}",
                                     tls={"starttls": True})), "read")["error"]
    assert error["code"] in (65, 69), error


# --- servers that stall, die or are not there

STALLS = [("backlog", "ldap"), ("silent", "ldap"), ("silent", "ldaps"), ("silent", "starttls"),
          ("starttls", "starttls"), ("half", "ldap"), ("half", "ldaps"), ("close", "ldap"),
          ("close", "ldaps"), ("garbage", "ldap"), ("garbage", "ldaps"), ("http", "ldap")]


@pytest.mark.parametrize("mode,way", STALLS)
def test_time_outs_hold(probe, slapd, stall, mode, way):
    server = stall(mode)
    scheme = "ldaps" if way == "ldaps" else "ldap"
    system = quick(slapd.system(f"{scheme}://127.0.0.1:{server.port}"))
    system["tls"]["starttls"] = way == "starttls"
    before = time.monotonic()
    error = probe(system, "read", timeout=20)["error"]
    assert time.monotonic() - before < 5
    assert error["code"] in (65, 69), error
    assert str(server.port) in error["text"]


def test_a_handshake_that_stalls_after_a_while(probe, slapd):
    """By then libldap waits in poll, and afterwards it takes O_NONBLOCK off the socket."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept = []

    def serve():
        connection, _ = listener.accept()
        kept.append(connection)
        connection.recv(4096)
        time.sleep(0.3)  # no event tells that the client waits
        connection.sendall(b"\x16\x03\x03")  # the beginning of a TLS record

    threading.Thread(target=serve, daemon=True).start()
    before = time.monotonic()
    error = probe(quick(slapd.system(f"ldaps://127.0.0.1:{listener.getsockname()[1]}")), "read",
                  timeout=20)["error"]
    assert time.monotonic() - before < 5 and error["code"] == 69, error
    for s in [listener, *kept]:
        s.close()


def test_the_next_server_takes_over(probe, slapd, stall):
    urls = [f"ldaps://127.0.0.1:{stall('silent').port}", "ldap://127.0.0.1:1", slapd.ldaps]
    assert probe(quick(slapd.system(urls)), "read", "counts")["user_count"] == 12


def test_nobody_is_there(probe, slapd):
    error = probe(quick(slapd.system("ldap://127.0.0.1:1")), "read")["error"]
    assert error["code"] == 69 and error["again"] and "127.0.0.1:1" in error["text"]
    error = probe(quick(slapd.system("ldap://no-such-host.invalid", insecure=True)), "read")["error"]
    assert error["code"] == 69 and "no-such-host.invalid" in error["text"]
    error = probe(quick(slapd.system("ldapi://%2Fnonexistent%2Fldapi")), "read")["error"]
    assert error["code"] == 69 and "/nonexistent/ldapi" in error["text"]


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
@pytest.mark.parametrize("what", ["pause", "kill"])
def test_a_server_that_stops_in_the_middle(probe, start_slapd, proxy, what, scheme):
    server = start_slapd(company.generated(3000, 20))
    road = proxy(server.ports[scheme == "ldaps"])
    road.after(200000, getattr(server, what))
    before = time.monotonic()
    url = f"{scheme}://127.0.0.1:{road.port}"
    error = probe(quick(server.system(url)), "read", timeout=30)["error"]
    assert time.monotonic() - before < 8
    assert error["code"] == 69 and error["again"], error
    if what == "pause":
        server.resume()


def test_a_signal_ends_the_wait(probe, slapd):
    slapd.pause()
    child = subprocess.Popen(probe.command(slapd.system(slapd.uri), "read"), stdout=subprocess.PIPE,
                             env=probe.environment)
    time.sleep(0.5)  # it waits in connect, bind or search: any will do
    before = time.monotonic()
    child.send_signal(signal.SIGTERM)
    out = child.communicate(timeout=10)[0]
    slapd.resume()
    assert time.monotonic() - before < 5 and child.returncode == 143, out


# --- check

def test_check_says_what_is_there(probe, slapd):
    texts = [f["text"] for f in probe(slapd.system(), "check")["findings"]]
    said = "\n".join(texts)
    assert "OpenLDAP" in said and BASE in said
    assert "12 users" in said and "7 groups" in said and "20 memberships" in said
    assert "1 of the users have no value for userName" in said
    assert f"{company.SYNC_DN} may change members" in said


def test_check_says_what_is_missing(probe, start_slapd):
    server = start_slapd(limits='access to attrs=member by * none\n'
                                'access to dn.subtree="ou=groups,{base}" by * read\n')
    system = {**server.system(), "canaries": [f"uid=gone,{PEOPLE}"]}
    findings = probe(system, "check")["findings"]
    bad = [f["text"] for f in findings if f["bad"]]
    assert any("right to read member" in t for t in bad), findings
    assert any("canary" in t for t in bad)
    assert any("may not write member" in f["text"] for f in findings)
