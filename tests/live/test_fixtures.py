# SPDX-License-Identifier: Apache-2.0
"""The ground of the live tests itself: a private slapd with all its doors, and servers that stall."""
import socket

import ldap
import pytest

import company


def test_slapd_holds_the_sample_company(slapd):
    people = slapd.search("(objectClass=inetOrgPerson)")
    assert len(people) == 12
    zoe = people[f"uid=zoe,ou=people,{slapd.base}"]
    assert zoe["displayName"] == ["Zoë Größe"]
    assert slapd.members("engineering") == [f"cn=eng-core,ou=groups,{slapd.base}",
                                            f"cn=eng-tools,ou=groups,{slapd.base}"]
    assert slapd.members("archive") == [company.PLACEHOLDER]


@pytest.mark.parametrize("way", ["ldaps", "starttls", "ldapi", "certificate"])
def test_slapd_doors(slapd, way):
    connection = ldap.initialize(slapd.ldapi if way == "ldapi" else
                                 slapd.uri if way == "starttls" else slapd.ldaps)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, slapd.certificates.ca)
    if way == "certificate":
        connection.set_option(ldap.OPT_X_TLS_CERTFILE, slapd.certificates.path("client.crt"))
        connection.set_option(ldap.OPT_X_TLS_KEYFILE, slapd.certificates.path("client.key"))
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    if way == "starttls":
        connection.start_tls_s()
    if way == "certificate":
        connection.sasl_non_interactive_bind_s("EXTERNAL")
    else:
        connection.simple_bind_s(slapd.sync_dn, slapd.sync_password)
    assert connection.whoami_s() == f"dn:{slapd.sync_dn}"
    connection.unbind_s()


def test_slapd_comes_back_after_a_crash(slapd):
    slapd.change(f"dn: uid=bob,ou=people,{slapd.base}\nchangetype: modify\nreplace: title\n"
                 "title: Lead\n")
    before = slapd.uri
    slapd.kill()
    slapd.start()
    assert slapd.uri == before
    assert slapd.search("(uid=bob)").popitem()[1]["title"] == ["Lead"]


@pytest.mark.parametrize("variant", ["memberof", "dynlist", "multival", "refint"])
def test_slapd_variants_start(start_slapd, variant):
    assert len(start_slapd(variant=variant).search("(objectClass=groupOfNames)")) == 7


def test_generated_directory_is_what_was_asked(start_slapd):
    server = start_slapd(company.generated(300, 5, big=200))
    assert len(server.search("(objectClass=inetOrgPerson)")) == 300
    assert len(server.members("g0000")) == 200
    server.change(company.changes(0, 2, 3))
    assert len(server.search("(objectClass=inetOrgPerson)")) == 297


@pytest.mark.parametrize("mode", ["silent", "starttls", "half", "http", "close", "garbage"])
def test_stall_answers_as_its_mode_says(stall, mode):
    server = stall(mode)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.settimeout(0.2 if mode == "silent" else 5)
        try:
            if mode != "close":
                connection.sendall(b"\x30\x0c\x02\x01\x07")
            got = connection.recv(1000)
        except TimeoutError:
            got = None
        except ConnectionResetError:
            got = b""
    assert {"silent": lambda: got is None, "starttls": lambda: got[4] == 7 and len(got) == 14,
            "half": lambda: len(got) == 4, "http": lambda: b"200 OK" in got,
            "close": lambda: got == b"", "garbage": lambda: b"garbage" in got}[mode]()


def test_stall_backlog_never_connects(stall):
    with pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", stall("backlog").port), timeout=0.3)
