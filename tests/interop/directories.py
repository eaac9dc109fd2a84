# SPDX-License-Identifier: Apache-2.0
"""Directory servers with ports that cannot be chosen, each in a network of its own: Samba AD and 389-ds.

Namespace() moves this process into an empty network; what it starts then is reachable from here alone.
"""
import base64
import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from slapd import die_with_parent, run

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


class Namespace:
    """An empty network with loopback, for the thread that made it, until leave()."""

    def __init__(self):
        self.before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if LIBC.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNET): root is needed")
        run("ip", "link", "set", "lo", "up")

    def leave(self):
        if LIBC.setns(self.before, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(self.before)


def wait_for(what, process, seconds=60):
    """Until `what()` is true, or the process has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.05)  # neither server tells when it is ready
    raise RuntimeError("the server does not come up")


def secret_file(folder, text):
    path = os.path.join(folder, "password")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
        f.write(text + "\n")
    return path


def ldap_answers(uri, ca=None):
    environment = {**os.environ, **({"LDAPTLS_CACERT": ca} if ca else {})}
    return subprocess.run(["ldapsearch", "-x", "-LLL", "-H", uri, "-s", "base", "-b", "", "-o",
                           "nettimeout=2", "1.1"], env=environment, capture_output=True,
                          check=False).returncode == 0


AD_BASE = "DC=ad,DC=example,DC=test"
AD_CONFIG = """\
[global]
  workgroup = ADTEST
  realm = AD.EXAMPLE.TEST
  netbios name = DC1
  server role = active directory domain controller
  interfaces = lo
  bind interfaces only = yes
  private dir = {folder}/private
  lock directory = {folder}
  state directory = {folder}/state
  cache directory = {folder}/cache
  ncalrpc dir = {folder}/ncalrpc
  pid directory = {folder}/run
  log file = {folder}/log.%m
  server services = ldap
  dcerpc endpoint servers = none
  tls certfile = {tls}/server.crt
  tls keyfile = {tls}/server.key
  tls cafile = {tls}/ca.crt
"""


class SambaAd:
    """Samba as a domain controller; provisioned in the making (4 s), ldap and ldaps on 127.0.0.1."""

    admin, admin_password = "Administrator@AD.EXAMPLE.TEST", "Passw0rd.123"
    account, password = "svc@ad.example.test", "Svc.Passw0rd1"
    uri, ldaps = "ldap://127.0.0.1", "ldaps://127.0.0.1"

    def __init__(self, certificates):
        self.certificates = certificates
        self.folder = tempfile.mkdtemp(prefix="muster.ad.", dir="/tmp")
        run("samba-tool", "domain", "provision", "--server-role=dc", "--realm=AD.EXAMPLE.TEST",
            "--domain=ADTEST", f"--adminpass={self.admin_password}", "--dns-backend=NONE",
            "--host-name=dc1", "--host-ip=127.0.0.1", f"--targetdir={self.folder}",
            "--option=interfaces=lo", "--option=bind interfaces only=yes")
        for name in ("run", "ncalrpc"):
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        self.config = f"{self.folder}/etc/muster.conf"
        with open(self.config, "w", encoding="ascii") as f:
            f.write(AD_CONFIG.format(folder=self.folder, tls=certificates.folder))
        self.process = None

    def start(self):
        with open(self.folder + "/out.log", "wb") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/samba", "-i", "-M", "single", "-s", self.config, "-d", "1"],
                stdin=subprocess.PIPE, stdout=log, stderr=log, preexec_fn=die_with_parent)
        wait_for(lambda: ldap_answers(self.ldaps, self.certificates.ca), self.process)
        self.change(self.account_ldif())
        return self

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def account_ldif(self):
        """An ordinary account, as muster gets one: it may read, and nothing more."""
        secret = base64.b64encode(f'"{self.password}"'.encode("utf-16-le")).decode()
        return (f"dn: CN=svc,CN=Users,{AD_BASE}\nobjectClass: user\nsAMAccountName: svc\n"
                f"userPrincipalName: {self.account}\nunicodePwd:: {secret}\nuserAccountControl: 512\n\n")

    def change(self, ldif):
        done = subprocess.run(["ldapmodify", "-a", "-x", "-H", self.ldaps, "-D", self.admin, "-w",
                               self.admin_password], input=ldif, text=True, capture_output=True,
                              check=False, env={**os.environ, "LDAPTLS_CACERT": self.certificates.ca})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def system(self, **more):
        return {"kind": "ldap", "url": self.ldaps, "bind_dn": self.account,
                "password": {"file": secret_file(self.folder, self.password)},
                "tls": {"ca": self.certificates.ca}, "users": {"base": f"OU=people,{AD_BASE}"},
                "groups": {"base": f"OU=groups,{AD_BASE}"}, **more}


def ad_people(count):
    """u00000.. in OU=people, every tenth disabled; biggroup holds all, leaf is in mid, mid in top."""
    yield f"dn: OU=people,{AD_BASE}\nobjectClass: organizationalUnit\nou: people\n\n"
    yield f"dn: OU=groups,{AD_BASE}\nobjectClass: organizationalUnit\nou: groups\n\n"
    for i in range(count):
        yield (f"dn: CN=User {i:05d},OU=people,{AD_BASE}\nobjectClass: user\nsAMAccountName: u{i:05d}\n"
               f"userPrincipalName: u{i:05d}@ad.example.test\ngivenName: User\nsn: N{i}\n"
               f"displayName: User N{i}\nmail: u{i:05d}@example.com\n"
               f"userAccountControl: {546 if i % 10 == 0 else 544}\n\n")

    def group(name, *members):
        lines = "".join(f"member: {m},{AD_BASE}\n" for m in members)
        return (f"dn: CN={name},OU=groups,{AD_BASE}\nobjectClass: group\nsAMAccountName: {name}\n"
                f"{lines}\n")

    def person(i):
        return f"CN=User {i:05d},OU=people"

    yield group("biggroup", *[person(i) for i in range(count)])
    yield group("leaf", person(1))
    yield group("mid", "CN=leaf,OU=groups")
    yield group("top", "CN=mid,OU=groups", person(2))


DS_ANSWERS = """\
[general]
full_machine_name = localhost.localdomain
start = True
strict_host_checking = False
systemd = False
selinux = False
defaults = 999999999

[slapd]
instance_name = t1
port = {port}
secure_port = 13636
root_dn = cn=Directory Manager
root_password = {password}
self_sign_cert = False
user = root
group = root
db_lib = bdb

[backend-userroot]
sample_entries = no
suffix = dc=example,dc=com
create_suffix_entry = True
"""


class Ds389:
    """A private instance of 389-ds with its memberOf plug-in on; made in about 15 s."""

    admin, password, port = "cn=Directory Manager", "Passw0rd123", 13389
    uri = f"ldap://127.0.0.1:{port}"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="muster.ds.", dir="/tmp")
        self.top = pathlib.Path(self.folder)
        for name in ("share/dirsrv/inf", "run/dirsrv", "lock", "log", "lib", "etc/dirsrv", "etc/default",
                     "scratch", "inst", "shm", "var"):
            (self.top / name).mkdir(parents=True)
        self.write_defaults()
        for name in ("config", "schema"):
            shutil.copytree(f"/etc/dirsrv/{name}", self.top / "etc/dirsrv" / name)
        (self.top / "ds.inf").write_text(DS_ANSWERS.format(port=self.port, password=self.password))
        done = subprocess.run(["dscreate", "from-file", str(self.top / "ds.inf")], capture_output=True,
                              text=True, check=False, env={**os.environ, "PREFIX": self.folder})
        if done.returncode != 0:
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])

    def write_defaults(self):
        """Debian's defaults with every path below our own folder, and without systemd."""
        places = {"/run/lock/": "lock/", "/run/dirsrv": "run/dirsrv", "/run/slapd-": "run/slapd-",
                  "/var/log/": "log/", "/var/lib/": "lib/", "/dev/shm/": "shm/", "/etc": "etc"}
        fixed = {"with_systemd": "0", "with_selinux": "0", "user": "root", "group": "root",
                 "tmp_dir": f"{self.folder}/scratch", "initconfig_dir": f"{self.folder}/etc/default",
                 "local_state_dir": f"{self.folder}/var",
                 "inst_dir": f"{self.folder}/inst/slapd-{{instance_name}}"}
        lines = []
        for text in pathlib.Path("/usr/share/dirsrv/inf/defaults.inf").read_text().splitlines():
            key, equals, value = text.partition(" = ")
            if equals and key in fixed:
                value = fixed[key]
            elif equals:
                for old, new in places.items():
                    if value.startswith(old):
                        value = f"{self.folder}/{new}{value[len(old):]}"
                        break
            lines.append(key + equals + value)
        (self.top / "share/dirsrv/inf/defaults.inf").write_text("\n".join(lines) + "\n")

    def start(self):
        """dscreate has started it; the plug-in counts only after another start."""
        self.change("dn: cn=MemberOf Plugin,cn=plugins,cn=config\nchangetype: modify\n"
                    "replace: nsslapd-pluginEnabled\nnsslapd-pluginEnabled: on\n")
        self.kill()
        subprocess.run(["/usr/sbin/ns-slapd", "-D", f"{self.folder}/etc/dirsrv/slapd-t1", "-i",
                        f"{self.folder}/run/dirsrv/slapd-t1.pid"], check=True, capture_output=True)
        wait_for(lambda: ldap_answers(self.uri), None)
        return self

    def pid(self):
        try:
            return int((self.top / "run/dirsrv/slapd-t1.pid").read_text())
        except (OSError, ValueError):
            return None

    def kill(self, by=15):
        pid = self.pid()
        if pid is None:
            return
        try:
            os.kill(pid, by)
        except ProcessLookupError:
            return
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"), None)

    def stop(self):
        self.kill(9)
        shutil.rmtree(self.folder, ignore_errors=True)

    def change(self, ldif):
        run("ldapmodify", "-a", "-x", "-H", self.uri, "-D", self.admin, "-w", self.password, data=ldif)

    def system(self, **more):
        return {"kind": "ldap", "url": self.uri, "bind_dn": self.admin,
                "password": {"file": secret_file(self.folder, self.password)},
                "users": {"base": "ou=people,dc=example,dc=com"},
                "groups": {"base": "ou=groups,dc=example,dc=com"}, **more}
