# SPDX-License-Identifier: Apache-2.0
"""Whatever is broken: one clear error with the right code, nothing sent, nothing lost, and the next good run converges."""
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess

import pytest

import company
from company import BASE, Person

PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
LOOSE = {"removals": {"count": 1000, "percent": 100}, "team": {"percent": 100}, "rewrites": {"percent": 100}}
QUICK = {"timeout": "1s", "connect_timeout": "1s"}


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def title(uid, text):
    return f"dn: uid={uid},{PEOPLE}\nchangetype: modify\nreplace: title\ntitle: {text}\n\n"


class World:
    """Two systems in step, then a day with a leaver, a joiner and a change, whose first run goes wrong."""

    def __init__(self, muster, slapd, service):
        self.muster, self.slapd, self.service = muster, slapd, service
        self.configure()
        first = muster("sync")
        assert first.code == 0, first
        self.before = service.dump()
        self.writes = len(service.writes())
        slapd.change(f"dn: uid=finn,{PEOPLE}\nchangetype: delete\n\n" + Person("kim", "Kim", "New").ldif()
                     + title("bob", "Lead"))

    def configure(self, corp=None, crm=None):
        source = self.slapd.system()
        source.update(corp or {})
        self.muster.configure({"systems": {"corp": source, "crm": self.service.system(**(crm or {}))},
                               "syncs": {"crm": {"from": "corp", "to": "crm", "guard": LOOSE,
                                                 "leavers": {"first": "delete"}}}})

    def fails(self, code, *says):
        """A run that ends with `code`, says all of that on stderr, and has changed nothing anywhere."""
        result = self.muster("sync")
        assert result.code == code, result
        for words in says:
            assert words in result.err, (words, result)
        assert all(len(line) < 1000 for line in result.err.splitlines()), result
        assert len(self.service.writes()) == self.writes and self.service.dump() == self.before
        return result

    def converges(self):
        self.configure()
        result = self.muster("sync")
        assert result.code == 0, result
        names = [u["userName"] for u in self.service.dump()["Users"]]
        assert "kim@example.com" in names and "finn@example.com" not in names and len(names) == 11
        assert self.service.user("bob@example.com")["title"] == "Lead"
        assert [c for c in self.service.complaints() if "something broke" not in c] == []
        again = self.muster("sync")
        assert again.code == 0 and "nothing to do" in again.out, again


@pytest.fixture
def world(muster, slapd, scim_service):
    return World(muster, slapd, scim_service)


# --- the source

def test_a_source_that_is_not_there(world):
    port = closed_port()
    world.configure({"url": f"ldap://127.0.0.1:{port}", **QUICK})
    world.fails(13, "crm: ", "corp", str(port))
    world.configure({"url": ["ldap://no-such-host.invalid"], "insecure": True, **QUICK})
    world.fails(13, "corp", "no-such-host.invalid")
    world.converges()


def test_credentials_and_places_that_are_wrong(world, write):
    world.configure({"password": {"file": write("pw", "not-the-one\n")}})
    wrong = world.fails(77, "corp", "invalidCredentials (49)", company.SYNC_DN)
    assert "not-the-one" not in wrong.err + wrong.out
    world.configure({"groups": {"base": f"ou=nowhere,{BASE}"}})
    world.fails(13, "corp", "noSuchObject (32)", f"ou=nowhere,{BASE}")
    world.configure({"canaries": [f"uid=canary,{PEOPLE}", f"uid=gone,{PEOPLE}"]})
    lost = world.muster("sync")
    assert lost.code == 13 and f"uid=gone,{PEOPLE}" in lost.out + lost.err, lost
    assert len(world.service.writes()) == world.writes
    world.configure({"users": {"base": PEOPLE, "filter": "(&(uid=*)"}})
    assert world.muster("sync").code in (13, 78)
    # Another scope with fewer people is not people who left.
    world.configure({"users": {"base": PEOPLE, "filter": "(uid=ada)"}})
    fewer = world.muster("sync")
    assert fewer.code == 13, fewer
    assert len(world.service.writes()) == world.writes and world.service.dump() == world.before
    world.converges()


def test_tls_that_cannot_be_trusted(world, start_slapd, certificates):
    world.configure({"tls": {"ca": certificates.path("notca.crt")}, **QUICK})
    world.fails(77, "corp", "not trusted")
    impostor = start_slapd(certificate="wronghost")
    world.configure({"url": impostor.ldaps, **QUICK})
    world.fails(77, "corp", "127.0.0.1")
    world.converges()


@pytest.mark.parametrize("mode", ["backlog", "silent", "starttls", "half", "http", "close", "garbage"])
def test_a_source_that_is_half_dead(world, stall, mode):
    url = f"ldap://127.0.0.1:{stall(mode).port}"
    world.configure({"url": url, **QUICK, **({"tls": {"starttls": True}} if mode == "starttls" else {})})
    world.fails(13, "corp", url)
    if mode in ("silent", "close"):
        world.configure({"url": url.replace("ldap:", "ldaps:"), **QUICK})
        world.fails(13, "corp")
    world.converges()


def test_a_size_limit_cuts_nobody_off(muster, start_slapd, scim_service):
    whole, cut = (start_slapd(company.generated(520, 2), **more) for more in ({}, {"limits": ""}))
    for server in (whole, cut, whole):
        muster.configure({"systems": {"corp": server.system(), "crm": scim_service.system()},
                          "syncs": {"crm": {"from": "corp", "to": "crm", "guard": LOOSE}}})
        before = len(scim_service.writes())
        result = muster("sync")
        if server is cut:
            said = result.out + result.err
            assert result.code == 13 and "sizeLimitExceeded (4)" in said and company.SYNC_DN in said, result
            assert len(scim_service.writes()) == before
        else:
            assert result.code == 0, result
        assert len(scim_service.dump()["Users"]) == 520
    assert len(scim_service.writes()) == before


def test_entries_that_cannot_be_read_are_not_gone(world):
    """A value of a megabyte and bytes that are no text: two entries are listed and kept, the others go on."""
    world.slapd.change(title("ada", "x" * 1048576)
                       + f"dn: uid=dan,{PEOPLE}\nchangetype: modify\nadd: jpegPhoto\njpegPhoto:: //4AYmlu\n\n")
    world.configure({"users": {"base": PEOPLE, "attributes": {"nickName": "{jpegPhoto}"}}})
    result = world.muster("sync")
    assert result.code in (0, 13), result
    said = result.out + result.err
    assert "uid=ada" in said and "uid=dan" in said and "UTF-8" in said and "65536" in said, result
    assert len(said) < 10000
    for who in ("ada", "dan"):
        assert world.service.user(f"{who}@example.com")["active"] is True
    assert "ada@example.com" in world.service.members("staff")
    world.slapd.change(title("ada", "Fellow") + f"dn: uid=dan,{PEOPLE}\nchangetype: modify\ndelete: jpegPhoto\n\n")
    world.converges()
    assert world.service.user("ada@example.com")["title"] == "Fellow"


AWKWARD = ["Smith, John", "a+b=c", 'say "hi"', "back\\slash", "<angle>", "semi;colon", "#hash", "Zoë Größe", "a/b",
           "*(star)", "per%cent", "{brace}|pipe", "nul \\00 text", "日本"]


def test_names_with_every_special_character(muster, start_slapd, scim_service):
    def dn(kind, name, base):
        return f"{kind}={''.join(f'{chr(92)}{b:02x}' for b in name.encode())},{base}"

    people = "".join(company.entry(dn("cn", n, PEOPLE), {
        "objectClass": "inetOrgPerson", "cn": n, "sn": n, "uid": f"a{i}", "mail": f"a{i}@example.com"})
        for i, n in enumerate(AWKWARD))
    teams = "".join(company.entry(dn("cn", n, GROUPS), {
        "objectClass": "groupOfNames", "cn": n, "member": [dn("cn", m, PEOPLE) for m in AWKWARD]}) for n in AWKWARD)
    corp, lab = start_slapd(company.tree() + people + teams), start_slapd(company.tree() + people)
    muster.configure({"systems": {"corp": corp.system(), "crm": scim_service.system(), "lab": lab.system()},
                      "syncs": {"crm": {"from": "corp", "to": "crm", "guard": LOOSE},
                                "lab": {"from": "corp", "to": "lab", "guard": LOOSE}}})
    result = muster("sync")
    assert result.code == 0, result
    for name in AWKWARD:
        assert len(scim_service.members(name)) == len(AWKWARD), name
    found = lab.search("(objectClass=groupOfNames)")
    assert sorted(e["cn"][0] for e in found.values()) == sorted(AWKWARD)
    assert all(len(e["member"]) == len(AWKWARD) for e in found.values())
    again = muster("sync")
    assert again.code == 0 and again.out.count("nothing to do") == 2, again
    assert scim_service.complaints() == []


# --- the target

@pytest.mark.parametrize("faults, code, says", [
    ({"error_every": 1, "error_status": 401}, 77, ["401"]),
    ({"error_every": 1, "error_status": 403}, 77, ["403"]),
    ({"error_every": 1, "error_status": 500}, 69, ["500"]),
    ({"error_every": 1, "error_status": 429, "retry_after": 3600.0}, 75, ["429"]),
    ({"error_every": 1, "error_status": 503, "retry_after": 3600.0}, 75, ["503"]),
    ({"html_every": 1}, 65, ["text/html"]),
    ({"drop_every": 1}, 69, []),
    ({"half_every": 1}, 69, []),
], ids=str)
@pytest.mark.limit(100)
def test_a_target_whose_lists_fail(world, faults, code, says):
    world.service.set(fault_on="GET .*/(Users|Groups)", **faults)
    world.fails(code, "crm: ", "list of users" if code == 65 else world.service.origin, *says)
    world.service.set(**{k: 0 for k in faults if k.endswith("_every")})
    world.converges()


@pytest.mark.parametrize("mode", ["backlog", "silent", "half", "http", "close", "garbage"])
@pytest.mark.limit(100)
def test_a_target_that_is_half_dead(world, stall, mode):
    url = f"http://127.0.0.1:{stall(mode).port}"
    world.configure(crm={"url": url + "/scim/v2", **QUICK})
    result = world.fails(65 if mode in ("garbage", "half") else 69, "crm", url)
    assert "corp" not in result.err.replace("from corp", "")
    world.converges()


def test_a_target_that_is_elsewhere(world, start_scim):
    port = closed_port()
    world.configure(crm={"url": f"http://127.0.0.1:{port}/scim/v2", **QUICK})
    world.fails(69, "crm", str(port))
    other = start_scim()
    world.configure()
    world.service.set(redirect_to=other.origin)
    world.fails(65, "crm", other.origin)
    assert other.log() == []
    world.service.set(redirect_to="")
    world.configure(crm={"url": world.service.origin + "/nowhere"})
    assert world.muster("sync").code in (65, 69) and len(world.service.writes()) == world.writes
    world.converges()


@pytest.mark.parametrize("faults, code, says", [
    ({"error_every": 1, "error_status": 403}, (10, 77), "403"),
    ({"error_every": 1, "error_status": 400}, (10,), "400"),
    ({"error_every": 1, "error_status": 500}, (10, 15, 69), "500"),
    ({"error_every": 1, "error_status": 429, "retry_after": 3600.0}, (10, 75), "429"),
    ({"html_every": 1}, (15,), "HTML"),
    ({"refuse_every": 1}, (10, 15, 69), ""),
], ids=str)
@pytest.mark.limit(100)
def test_a_target_that_takes_no_change(world, faults, code, says):
    world.service.set(fault_on="(POST|PATCH|DELETE)", **faults)
    world.configure(crm=QUICK)
    result = world.muster("sync")
    assert result.code in code, result
    said = (result.out + result.err)
    assert says.lower() in said.lower() and "crm" in said, result
    # Which entry it is about.
    assert "kim@example.com" in said or "bob@example.com" in said or result.code in (69, 75, 77), result
    assert world.service.dump() == world.before
    world.service.set(**{k: 0 for k in faults if k.endswith("_every")})
    world.converges()


def test_a_value_of_a_megabyte_at_the_target(world):
    who = world.service.user("hugo@example.com")
    world.service.control("update", kind="Users", id=who["id"], values={"title": "x" * 1048576})
    result = world.muster("sync")
    assert "65536" in result.out + result.err or "64" in result.out + result.err, result
    assert len(result.out + result.err) < 10000
    assert len([u for u in world.service.dump()["Users"] if u["userName"] == "hugo@example.com"]) == 1
    world.service.control("update", kind="Users", id=who["id"], values={"title": "Administrator"})
    world.converges()


# --- what muster itself stands on

def roster(count):
    return json.dumps({"users": [{"id": f"p{i}", "userName": f"p{i}@example.com", "displayName": f"Person {i}"}
                                 for i in range(count)]})


@pytest.fixture
def small(muster, write, scim_service):
    """A roster of two and a state file that knows them, in the folder `kept`."""
    def configure(count, **more):
        kept = muster.folder / "kept"
        kept.mkdir(exist_ok=True)
        write("scim.token", scim_service.token)
        muster.configure({"state": str(kept / "state.db"),
                          "systems": {"staff": {"kind": "file", "path": write("staff.yaml", roster(count))},
                                      "crm": {**scim_service.system(), "token": {"file": "scim.token"}}},
                          "syncs": {"crm": {"from": "staff", "to": "crm", "guard": LOOSE}}, **more})
        return kept / "state.db"
    configure(2)
    assert muster("sync").code == 0
    return configure


def as_nobody(muster, *words):
    """Runs as a user whom permissions bind; root sees none."""
    command, environment = muster.prepare(words, None)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "65534:65534", str(muster.folder)], check=True)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=muster.folder, timeout=60,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode != 99 and "Sanitizer" not in done.stderr, done
    return done


@pytest.mark.parametrize("what", ["file", "folder", "both"])
def test_a_state_that_cannot_be_written(muster, small, scim_service, what):
    state = small(4)
    before = len(scim_service.writes())
    assert as_nobody(muster, "status").returncode == 0
    for path in state.parent.glob("state.db*"):
        path.chmod(0o400 if what != "folder" else 0o600)
    state.parent.chmod(0o500 if what != "file" else 0o700)
    result = as_nobody(muster, "sync")
    state.parent.chmod(0o700)
    assert result.returncode != 0 and str(state.parent) in result.stderr, result
    assert result.returncode in (1, 77), result
    assert len(scim_service.writes()) == before
    for path in state.parent.glob("state.db*"):
        path.chmod(0o600)
    assert as_nobody(muster, "sync").returncode == 0
    assert len(scim_service.dump()["Users"]) == 4


def test_a_state_file_of_another_time_or_kind(muster, small, scim_service):
    state = small(4)
    before, good = len(scim_service.writes()), state.read_bytes()

    def refused(code, *says):
        kept = state.read_bytes()
        for command in ("sync", "plan", "status"):
            result = muster(command)
            assert result.code in code and str(state) in result.err, result
            assert all(s in result.err for s in says), result
        assert state.read_bytes() == kept and len(scim_service.writes()) == before

    with sqlite3.connect(state) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("PRAGMA user_version = 4711")
    db.close()
    refused((65, 78), "4711", str(version))
    for garbage in (b"this is no database, it is a text\n" * 100, good[:len(good) // 2], b"\0" * 8192):
        for path in state.parent.glob("state.db*"):
            path.unlink()
        state.write_bytes(garbage)
        refused((1, 65))
    with sqlite3.connect(state.parent / "other.db") as db:
        db.execute("CREATE TABLE something (x)")
    db.close()
    state.write_bytes((state.parent / "other.db").read_bytes())
    refused((65, 78))
    state.write_bytes(good)
    assert muster("sync").code == 0 and len(scim_service.dump()["Users"]) == 4


@pytest.mark.parametrize("manner", ["told", "killed"])
def test_a_disk_that_is_full(muster, small, scim_service, manner):
    """Files may not grow beyond a limit: the write fails (told), or the system ends the program (killed)."""
    small(3000)
    limit = 1_500_000

    def bounds():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN if manner == "told" else signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command, environment = muster.prepare(("sync",), None)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=muster.folder, timeout=90,
                          check=False, stdin=subprocess.DEVNULL, preexec_fn=bounds, restore_signals=False)
    assert "Sanitizer" not in done.stderr, done
    assert done.returncode not in (0, 99), done
    if manner == "told":
        # Whichever write meets the limit first says so: one of the state file itself, or one beside it.
        assert "File too large" in done.stderr or "disk is full or a size limit is reached" in done.stderr, done
    result = muster("sync")
    for _ in range(2):
        if result.code != 0:
            result = muster("sync")
    assert result.code == 0, result
    made = [w["body"]["externalId"] for w in scim_service.log(method="POST", committed=True)]
    assert len(made) == len(set(made)) == 3000
    assert "nothing to do" in muster("sync").out


def test_no_configuration(muster):
    result = muster("-c", "/nonexistent/muster.yaml", "sync")
    assert result.code == 78 and "/nonexistent/muster.yaml" in result.err, result
    assert "muster config example" in result.err
    for text in ("", "\xff\xfe", "version: 1\nsystems: [\n", "version: 2\n", "- a\n", "\0"):
        muster.config.write_bytes(text.encode("latin-1"))
        wrong = muster("check", "--offline")
        assert wrong.code == 78 and "muster.yaml:" in wrong.err, wrong


def test_secrets_that_others_can_read(muster, small, scim_service, write):
    small(4)
    before = len(scim_service.log())
    os.chmod(muster.folder / "scim.token", 0o644)
    for command in ("sync", "check"):
        result = muster(command)
        assert result.code == 78 and "scim.token" in result.err + result.out, result
        assert "chmod" in result.err + result.out and scim_service.token not in result.err + result.out, result
    os.unlink(muster.folder / "scim.token")
    result = muster("sync")
    assert result.code == 78 and "scim.token" in result.err, result
    assert len(scim_service.log()) == before
    write("scim.token", scim_service.token)
    assert muster("sync").code == 0
