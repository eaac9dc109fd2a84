# SPDX-License-Identifier: Apache-2.0
"""Other directory servers as the source: Samba as an Active Directory, and 389-ds."""
import company
import pytest

from directories import AD_BASE, Ds389, Namespace, SambaAd, ad_people

PEOPLE = 25


@pytest.fixture
def namespace():
    """An empty network for this test: the server, muster and the target all live in it."""
    network = Namespace()
    yield network
    network.leave()


@pytest.fixture
def ad(namespace, certificates):
    server = SambaAd(certificates)
    try:
        server.start().change("".join(ad_people(PEOPLE)))
        yield server
    finally:
        server.stop()


@pytest.fixture
def ds389(namespace):
    server = Ds389()
    try:
        server.start()
        # The suffix is there already.
        server.change(company.sample().split("\n\n", 1)[1])
        yield server
    finally:
        server.stop()


def configure(muster, source, service, **sync):
    muster.configure({"systems": {"corp": source, "crm": service.system()},
                      "syncs": {"crm": {"from": "corp", "to": "crm",
                                        "guard": {"removals": {"count": 100}, "team": {"percent": 100},
                                                  "rewrites": {"percent": 100}}, **sync}}})


def sync(muster, service):
    done = muster("sync")
    assert done.code == 0, done
    writes = len(service.writes())
    again = muster("sync")
    assert again.code == 0 and "nothing to do" in again.out, again
    assert len(service.writes()) == writes and service.complaints() == []


def names(*numbers):
    return sorted(f"u{i:05d}@ad.example.test" for i in numbers)


@pytest.mark.limit(240)
def test_active_directory(ad, muster, start_scim):
    service = start_scim()
    configure(muster, ad.system(), service)
    checked = muster("check")
    assert checked.code == 0, checked
    sync(muster, service)
    users = {u["userName"]: u for u in service.dump()["Users"]}
    # Whoever is disabled and has no account gets none, and is in no team.
    active = [i for i in range(PEOPLE) if i % 10]
    assert sorted(users) == names(*active) and all(u["active"] for u in users.values())
    assert users[names(3)[0]]["emails"][0]["value"] == "u00003@example.com"
    assert service.members("biggroup") == names(*active)
    assert service.members("top") == names(1, 2) and service.members("mid") == names(1)

    # A leaver of a group, a locked account, a new name for a person and for a group.
    ad.change(f"dn: CN=leaf,OU=groups,{AD_BASE}\nchangetype: modify\nadd: member\n"
              f"member: CN=User 00005,OU=people,{AD_BASE}\n\n"
              f"dn: CN=User 00003,OU=people,{AD_BASE}\nchangetype: modify\n"
              f"replace: userAccountControl\nuserAccountControl: 546\n\n"
              f"dn: CN=User 00004,OU=people,{AD_BASE}\nchangetype: modrdn\n"
              f"newrdn: CN=Somebody Else\ndeleteoldrdn: 1\n\n"
              f"dn: CN=mid,OU=groups,{AD_BASE}\nchangetype: modrdn\nnewrdn: CN=middle\ndeleteoldrdn: 1\n")
    before = {u["userName"]: u["id"] for u in service.dump()["Users"]}
    sync(muster, service)
    assert service.user(names(3)[0])["active"] is False
    assert service.members("biggroup") == names(*[i for i in active if i != 3])
    assert {u["userName"]: u["id"] for u in service.dump()["Users"]} == before
    assert service.members("top") == names(1, 2, 5) and service.members("middle") == names(1, 5)


@pytest.mark.limit(240)
def test_389ds(ds389, muster, start_scim):
    service = start_scim()
    configure(muster, ds389.system(), service)
    checked = muster("check")
    assert checked.code == 0, checked
    sync(muster, service)
    # Ivy has no mail, so she has no userName.
    assert len(service.dump()["Users"]) == 11
    assert service.members("engineering") == sorted(f"{u}@example.com" for u in ("ada", "bob", "cleo", "zoe"))
    assert service.user("zoe@example.com")["displayName"] == "Zoë Größe"
    ds389.change("dn: uid=eve,ou=people,dc=example,dc=com\nchangetype: modify\nadd: nsAccountLock\n"
                 "nsAccountLock: true\n\n"
                 "dn: uid=dan,ou=people,dc=example,dc=com\nchangetype: delete\n")
    sync(muster, service)
    assert service.user("eve@example.com")["active"] is False
    assert service.user("dan@example.com")["active"] is False
    assert service.members("sales") == [] and "hugo@example.com" in service.members("staff")
