# SPDX-License-Identifier: Apache-2.0
"""Sample directories as LDIF: a small company with names and stories, and generated ones of any size.

A class Person or Team is plain data; ldif() of them gives the text that slapadd or ldapadd takes.
"""
import random

BASE = "dc=example,dc=com"
SYNC_DN = f"cn=sync,ou=svc,{BASE}"
SYNC_PASSWORD = "syncpw"
PLACEHOLDER = "cn=empty-membership-placeholder"


class Person:
    """One inetOrgPerson; attributes given by keyword replace or (None) remove the default ones."""

    def __init__(self, uid, given, family, **attributes):
        self.uid = uid
        self.values = {"uid": uid, "cn": f"{given} {family}", "givenName": given, "sn": family,
                       "displayName": f"{given} {family}", "mail": f"{uid}@example.com"}
        self.values.update(attributes)

    @property
    def dn(self):
        return f"uid={self.uid},ou=people,{BASE}"

    def ldif(self):
        return entry(self.dn, {"objectClass": "inetOrgPerson", **self.values})


class Team:
    """One groupOfNames; members are Person, Team or DN text. An empty one gets the placeholder."""

    def __init__(self, name, members=(), **attributes):
        self.name = name
        self.members = list(members)
        self.values = attributes

    @property
    def dn(self):
        return f"cn={self.name},ou=groups,{BASE}"

    def ldif(self):
        members = [m if isinstance(m, str) else m.dn for m in self.members] or [PLACEHOLDER]
        return entry(self.dn, {"objectClass": "groupOfNames", "cn": self.name, **self.values,
                               "member": members})


def entry(dn, values):
    """One LDIF record; a value may be text or a list of texts, None leaves the attribute out."""
    lines = [line("dn", dn)]
    for name, value in values.items():
        if value is None:
            continue
        lines += [line(name, v) for v in ([value] if isinstance(value, (str, int)) else value)]
    return "\n".join(lines) + "\n\n"


def line(name, value):
    """An LDIF line, in base64 where the text is not safe as it is (RFC 2849)."""
    text = str(value)
    if text and (text[0] in " :<" or text[-1] == " " or not text.isascii()
                 or any(c in text for c in "\r\n\0")):
        import base64
        return f"{name}:: {base64.b64encode(text.encode()).decode()}"
    return f"{name}: {text}"


def tree():
    """The suffix, its three branches and the account that reads and writes."""
    text = entry(BASE, {"objectClass": ["dcObject", "organization"], "o": "Example", "dc": "example"})
    for ou in ("people", "groups", "svc"):
        text += entry(f"ou={ou},{BASE}", {"objectClass": "organizationalUnit", "ou": ou})
    return text + entry(SYNC_DN, {"objectClass": ["organizationalRole", "simpleSecurityObject"],
                                  "cn": "sync", "userPassword": SYNC_PASSWORD})


def people():
    """Twelve persons; ivy has no mail, zoe's name is not ASCII, canary is the entry that must be seen."""
    return [
        Person("ada", "Ada", "Lovelace", title="Lead Engineer", departmentNumber="100",
               telephoneNumber="+44 20 1815", employeeNumber="1"),
        Person("bob", "Bob", "Jensen", title="Engineer", departmentNumber="100", employeeNumber="2"),
        Person("cleo", "Cleo", "Marsh", title="Engineer", departmentNumber="100", employeeNumber="3"),
        Person("dan", "Dan", "Okafor", title="Account Lead", departmentNumber="200",
               employeeNumber="4"),
        Person("eve", "Eve", "Novak", title="Account Manager", departmentNumber="200",
               employeeNumber="5"),
        Person("finn", "Finn", "O'Brien, Jr.", title="Accountant", departmentNumber="300",
               employeeNumber="6"),
        Person("gia", "Gia", "Rossi", title="Administrator", departmentNumber="400",
               employeeNumber="7"),
        Person("hugo", "Hugo", "Meyer", title="Administrator", departmentNumber="400",
               employeeNumber="8"),
        Person("ivy", "Ivy", "Stone", title="Contractor", mail=None, employeeNumber="9"),
        Person("jun", "Jun", "Tanaka", title="Contractor", employeeNumber="10"),
        Person("zoe", "Zoë", "Größe", title="Übersetzerin", employeeNumber="11"),
        Person("canary", "Canary", "Bird", title="Do not remove", employeeNumber="12"),
    ]


def teams(persons):
    """Seven groups: engineering holds core and tools (nested), staff holds everybody but contractors."""
    by = {p.uid: p for p in persons}
    core = Team("eng-core", [by["ada"], by["bob"]])
    tools = Team("eng-tools", [by["cleo"], by["zoe"]])
    return [
        core, tools,
        Team("engineering", [core, tools], description="Everyone who builds"),
        Team("sales", [by["dan"], by["eve"]]),
        Team("it-admins", [by["gia"], by["hugo"]]),
        Team("staff", [by[u] for u in "ada bob cleo dan eve finn gia hugo zoe canary".split()]),
        Team("archive"),
    ]


def sample():
    """The whole small company as LDIF."""
    persons = people()
    return tree() + "".join(e.ldif() for e in persons + teams(persons))


def generated(users, groups, big=0, average=50, seed=1):
    """LDIF of any size, in pieces: u000000.. in g0000.., group 0 with `big` members, the others around `average`."""
    draw = random.Random(seed)
    yield tree()
    for i in range(users):
        yield Person(f"u{i:06d}", "User", f"Number{i}", employeeNumber=i, departmentNumber=i % 200,
                     title=f"Engineer level {i % 7}", telephoneNumber=f"+1 555 {i:07d}",
                     l=f"City {i % 50}").ldif()
    for g in range(groups):
        size = big if g == 0 and big else max(1, int(draw.expovariate(1 / average)))
        members = draw.sample(range(users), min(size, users))
        yield Team(f"g{g:04d}", [f"uid=u{m:06d},ou=people,{BASE}" for m in members]).ldif()


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Twin:
    """User i of a large data set as both worlds show it: the same values in LDIF and in SCIM."""

    def __init__(self, i):
        self.uid, self.uuid = f"user{i:07d}", f"{i:08x}-0000-4000-8000-0000000000aa"
        self.given, self.family = f"Given{i}", f"Family{i % 5000}"
        self.mail, self.phone = f"{self.uid}@example.com", f"+1 555 {i:07d}"
        self.number, self.department = str(i), f"Dept {i % 300}"

    @property
    def dn(self):
        return f"uid={self.uid},ou=people,{BASE}"

    def ldif(self):
        return (f"dn: {self.dn}\nobjectClass: inetOrgPerson\nentryUUID: {self.uuid}\n"
                f"uid: {self.uid}\ncn: {self.given} {self.family}\nsn: {self.family}\n"
                f"givenName: {self.given}\ndisplayName: {self.given} {self.family}\n"
                f"mail: {self.mail}\ntitle: Engineer\ntelephoneNumber: {self.phone}\n"
                f"employeeNumber: {self.number}\ndepartmentNumber: {self.department}\n\n")

    def scim(self):
        return {"userName": self.mail, "externalId": self.uuid,
                "name": {"givenName": self.given, "familyName": self.family},
                "displayName": f"{self.given} {self.family}", "title": "Engineer", "active": True,
                "emails": [{"value": self.mail, "type": "work", "primary": True}],
                "phoneNumbers": [{"value": self.phone, "type": "work"}],
                ENTERPRISE: {"employeeNumber": self.number, "department": self.department}}


def twin_members(group, users, members):
    """The numbers of the users in group `group` of a large data set."""
    return sorted({(group * 7919 + k * 13) % users for k in range(min(members, users))})


def twin_name(group):
    return f"team{group:05d}"


def twin_ldif(users, groups, members):
    """A large directory in pieces; the SCIM side of it is scim_service.py --users --groups --members."""
    yield tree()
    for i in range(users):
        yield Twin(i).ldif()
    for g in range(groups):
        lines = "".join(f"member: uid=user{i:07d},ou=people,{BASE}\n"
                        for i in twin_members(g, users, members))
        yield (f"dn: cn={twin_name(g)},ou=groups,{BASE}\nobjectClass: groupOfNames\n"
               f"entryUUID: {g:08x}-0000-4000-8000-0000000000bb\ncn: {twin_name(g)}\n{lines}\n")


def changes(first, modifies, deletes):
    """LDIF change records: `modifies` titles from user `first` on, then `deletes` users."""
    text = ""
    for i in range(first, first + modifies):
        text += (f"dn: uid=u{i:06d},ou=people,{BASE}\nchangetype: modify\n"
                 f"replace: title\ntitle: changed {i}\n\n")
    for i in range(first + modifies, first + modifies + deletes):
        text += f"dn: uid=u{i:06d},ou=people,{BASE}\nchangetype: delete\n\n"
    return text
