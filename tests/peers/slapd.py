#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A private OpenLDAP server on loopback: own directory, certificates made on the spot, three ways in.

As a library: Certificates(folder), Slapd(folder, ldif).start() ... .stop(). As a program it starts one
with the sample company (or an LDIF file) and prints how to reach it, for the demonstration and for hands:
    slapd.py FOLDER [LDIF]      ends with its standard input
"""
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import company

EXTENSIONS = {
    "server": ("/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth\n"),
    "client": ("/O=Example/OU=agents/CN=sync-agent", "extendedKeyUsage=clientAuth\n"),
    "wronghost": ("/CN=other.example", "subjectAltName=DNS:other.example\nextendedKeyUsage=serverAuth\n"),
}
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

BASE_CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
{modules}
pidfile {folder}/slapd.pid
threads 4
sortvals member
sockbuf_max_incoming_auth 67108864
TLSCACertificateFile {tls}/ca.crt
TLSCertificateFile {tls}/{certificate}.crt
TLSCertificateKeyFile {tls}/{certificate}.key
TLSVerifyClient try
authz-regexp "gidNumber={gid}[+]uidNumber={uid},cn=peercred,cn=external,cn=auth" "{admin}"
authz-regexp "cn=sync-agent,ou=agents,o=Example" "{sync}"
{first}
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}/db
maxsize {size}
envflags nosync writemap
{limits}
index objectClass,entryUUID,entryCSN,uid,cn,mail,employeeNumber,member eq
access to attrs=userPassword by self write by anonymous auth by * none
access to * by dn.exact="{sync}" write by * read
{overlays}
"""

UNLIMITED = 'limits dn.exact="{sync}" size=unlimited time=unlimited size.pr=unlimited size.prtotal=unlimited'
SYNCPROV = "overlay syncprov\nsyncprov-sessionlog 1000\n"

# Set-ups that differ from the plain one: modules to load and overlays of the database.
VARIANTS = {
    "plain": ("", SYNCPROV),
    "memberof": ("moduleload memberof\nmoduleload refint",
                 "overlay syncprov\nsyncprov-checkpoint 100 10\noverlay memberof\n"
                 "memberof-group-oc groupOfNames\nmemberof-member-ad member\n"
                 "memberof-memberof-ad memberOf\nmemberof-refint TRUE\noverlay refint\n"
                 f"refint_attributes member\nrefint_nothing {company.PLACEHOLDER}\n"),
    "dynlist": ("moduleload dynlist\ninclude /etc/ldap/schema/dyngroup.schema",
                "overlay syncprov\noverlay dynlist\n"
                "dynlist-attrset groupOfURLs memberURL member+memberOf@groupOfNames\n"),
    "multival": ("", "multival member 100,10\noverlay syncprov\nsyncprov-checkpoint 100 10\n"),
    "ppolicy": ("moduleload ppolicy", SYNCPROV + "overlay ppolicy\n"),
    "refint": ("moduleload refint",
               SYNCPROV + "overlay refint\nrefint_attributes member\n"
               f"refint_nothing {company.PLACEHOLDER}\n"),
}


def die_with_parent():
    """In a child before exec: a test that is killed leaves no server behind (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_ports(count):
    """Ports of 127.0.0.1 that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def run(*command, data=None):
    done = subprocess.run(command, input=data, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])}: exit {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


class Certificates:
    """A throw-away CA in `folder`: server, client and wronghost (.crt, .key), ca.crt, and notca.crt."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.ca, self.not_ca = self.path("ca.crt"), self.path("notca.crt")
        run("openssl", "req", "-x509", *KEY, "-keyout", self.path("ca.key"), "-out", self.ca,
            "-days", "3650", "-subj", "/CN=Test CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        for name, (subject, extensions) in EXTENSIONS.items():
            self.issue(name, subject, extensions)
        run("openssl", "req", "-x509", *KEY, "-keyout", "/dev/null", "-out", self.not_ca,
            "-days", "3650", "-subj", "/CN=Some other CA")

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, subject, extensions, days=3650):
        request, extra = self.path(name + ".csr"), self.path(name + ".ext")
        with open(extra, "w", encoding="ascii") as f:
            f.write(extensions)
        run("openssl", "req", *KEY, "-keyout", self.path(name + ".key"), "-out", request,
            "-subj", subject)
        run("openssl", "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey",
            self.path("ca.key"), "-CAcreateserial", "-days", str(days), "-out",
            self.path(name + ".crt"), "-extfile", extra)
        os.chmod(self.path(name + ".key"), 0o600)


class Slapd:
    """One server. `ldif` (text, or an iterable of texts) is loaded offline at the first start."""

    base = company.BASE
    admin_dn, admin_password = f"cn=admin,{company.BASE}", "adminpw"
    sync_dn, sync_password = company.SYNC_DN, company.SYNC_PASSWORD

    def __init__(self, certificates, ldif=None, variant="plain", limits=UNLIMITED, first="",
                 certificate="server", size=1 << 28):
        self.certificates = certificates
        self.ldif = ldif
        self.variant, self.limits, self.first = variant, limits, first
        self.certificate, self.size = certificate, size
        # Short on purpose: the ldapi path must fit into sun_path.
        self.folder = tempfile.mkdtemp(prefix="muster.slapd.", dir="/tmp")
        self.process = None
        self.ports = None

    # --- life

    def start(self):
        """Starts it, on the same ports as before when it ran already; ready when it returns."""
        fresh = not os.path.isdir(self.folder + "/db")
        os.makedirs(self.folder + "/db", exist_ok=True)
        self.write_config()
        if fresh and self.ldif is not None:
            self.load()
        for _ in range(5):
            ports = self.ports or free_ports(2)
            if self.try_start(ports):
                self.ports = ports
                return self
        with open(self.folder + "/out.log", encoding="utf-8", errors="replace") as f:
            raise RuntimeError("slapd does not start: " + f.read()[-2000:])

    def write_config(self):
        modules, overlays = VARIANTS[self.variant]
        names = {"sync": self.sync_dn, "admin": self.admin_dn, "base": self.base}
        with open(self.folder + "/slapd.conf", "w", encoding="utf-8") as f:
            f.write(BASE_CONFIG.format(
                folder=self.folder, tls=self.certificates.folder, certificate=self.certificate,
                uid=os.getuid(), gid=os.getgid(), password=self.admin_password, size=self.size,
                modules=modules, overlays=overlays, limits=self.limits.format(**names),
                first=self.first.format(folder=self.folder, **names), **names))

    def load(self):
        with open(self.folder + "/start.ldif", "w", encoding="utf-8") as f:
            for piece in [self.ldif] if isinstance(self.ldif, str) else self.ldif:
                f.write(piece)
        run("/usr/sbin/slapadd", "-q", "-f", self.folder + "/slapd.conf", "-b", self.base,
            "-l", self.folder + "/start.ldif")

    def try_start(self, ports):
        for stale in ("/slapd.pid", "/s"):
            if os.path.exists(self.folder + stale):
                os.remove(self.folder + stale)
        with open(self.folder + "/out.log", "wb") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/slapd", "-d", "0", "-f", self.folder + "/slapd.conf", "-h",
                 f"ldap://127.0.0.1:{ports[0]} ldaps://127.0.0.1:{ports[1]} {self.ldapi}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=die_with_parent)
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            if os.path.exists(self.folder + "/slapd.pid") and self.answers():
                return True
            time.sleep(0.005)  # slapd tells nobody that it is ready
        self.kill()
        return False

    def answers(self):
        """Whether its last door, the ldapi socket, takes a connection (the file is there before that)."""
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(self.folder + "/s") == 0

    def kill(self):
        """Ends it as a crash would; what was written is kept, start() brings it back."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """Ends it (SIGTERM would take two seconds) and removes its folder."""
        self.kill()
        subprocess.run(["rm", "-rf", "--", self.folder], check=False)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    # --- ways in

    @property
    def uri(self):
        return f"ldap://127.0.0.1:{self.ports[0]}"

    @property
    def ldaps(self):
        return f"ldaps://127.0.0.1:{self.ports[1]}"

    @property
    def ldapi(self):
        return "ldapi://" + urllib.parse.quote(self.folder + "/s", safe="")

    def system(self, url=None, **more):
        """This server as a system of muster's configuration (a dict), over LDAPS unless said otherwise."""
        password = self.folder + "/password"
        with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
            f.write(self.sync_password + "\n")
        system = {"kind": "ldap", "url": url or self.ldaps, "bind_dn": self.sync_dn,
                  "password": {"file": password}, "tls": {"ca": self.certificates.ca},
                  "users": {"base": f"ou=people,{self.base}"},
                  "groups": {"base": f"ou=groups,{self.base}"}}
        system.update(more)
        return system

    # --- what is in it

    def connect(self):
        """A python-ldap connection as the administrator (over ldapi)."""
        import ldap
        connection = ldap.initialize(self.ldapi)
        connection.simple_bind_s(self.admin_dn, self.admin_password)
        return connection

    def change(self, ldif):
        """Applies LDIF change records, or adds the entries of plain LDIF."""
        run("ldapmodify", "-a", "-x", "-H", self.ldapi, "-D", self.admin_dn, "-w",
            self.admin_password, data=ldif)

    def search(self, where="(objectClass=*)", base=None, attributes=None):
        """{dn: {attribute: [text, ...]}} of what matches."""
        import ldap
        connection = self.connect()
        try:
            found = connection.search_s(base or self.base, ldap.SCOPE_SUBTREE, where,
                                        attributes or ["*", "entryUUID", "entryCSN"])
        finally:
            connection.unbind_s()
        return {dn: {name: [v.decode("utf-8", "replace") for v in values]
                     for name, values in entry.items()} for dn, entry in found if dn}

    def members(self, name):
        """The member DNs of a group, sorted."""
        found = self.search(f"(&(objectClass=groupOfNames)(cn={name}))")
        return sorted(m for entry in found.values() for m in entry.get("member", []))


def main():
    folder = sys.argv[1]
    ldif = company.sample()
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as f:
            ldif = f.read()
    server = Slapd(Certificates(os.path.join(folder, "tls")), ldif).start()
    try:
        print(f"LDAP_URI={server.uri} LDAPS_URI={server.ldaps} LDAPI_URI={server.ldapi} "
              f"CA={server.certificates.ca} PID={server.process.pid}", flush=True)
        sys.stdin.read()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
