# SPDX-License-Identifier: Apache-2.0
"""What the tests in Python stand on: private servers, the program itself, and a folder of one's own.

    folder              a short private folder, removed afterwards (pathlib.Path)
    certificates        a CA with server, client and wronghost certificates (once a session)
    slapd               a running slapd with the sample company of peers/company.py
    start_slapd(...)    one more, or another one: ldif=, variant=, limits=, certificate=
    scim_service        a running strict SCIM service (peers/scim_service.py), empty
    start_scim(...)     one more, or another one: keywords are its command-line options
    start_team(name)    a stand-in of a team API by its profile's name (peers/team_core.py); has .system()
    stall(mode)         a server that stops answering (peers/stall.py); has .port
    write(name, text)   a file in `folder`, mode 0600; gives its path as text
    muster              runs build/checked/muster (MUSTER=... for another): see class Muster
"""
import json
import os
import pathlib
import queue
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))

import company  # noqa: E402
import slapd as slapd_module  # noqa: E402
import stall as stall_module  # noqa: E402
import team_services  # noqa: E402

PROGRAM = os.environ.get("MUSTER", str(HERE.parent / "build" / "checked" / "muster"))


@pytest.fixture(autouse=True)
def bounded(request):
    """No test may hang: after its limit (mark 'limit', default 120 s) it fails where it stands."""
    mark = request.node.get_closest_marker("limit")
    seconds = mark.args[0] if mark else 120

    def ring(_signal, _frame):
        raise TimeoutError(f"the test took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="muster.test.", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def write(folder):
    def write_file(name, text, mode=0o600):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return str(path)
    return write_file


# --- LDAP

@pytest.fixture(scope="session")
def certificates():
    path = tempfile.mkdtemp(prefix="muster.tls.", dir="/tmp")
    yield slapd_module.Certificates(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def start_slapd(certificates):
    started = []

    def start(ldif=None, **options):
        """Starts a server; ldif=None gives the sample company, "" an empty server."""
        server = slapd_module.Slapd(certificates, company.sample() if ldif is None else ldif or None,
                                    **options)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def slapd(start_slapd):
    return start_slapd()


@pytest.fixture
def stall():
    made = []

    def make(mode):
        made.append(stall_module.Stall(mode))
        return made[-1]

    yield make
    for server in made:
        server.close()


# --- SCIM

class ScimService:
    """The stand-in SCIM service as a process of its own."""

    token, control_token = "test-token", "control-token"

    def __init__(self, folder, **options):
        self.folder = pathlib.Path(folder)
        self.log_path = self.folder / "scim.log"
        command = ["/usr/bin/python3", str(HERE / "peers" / "scim_service.py"), "--port", "0",
                   "--token", self.token, "--control-token", self.control_token,
                   "--log", str(self.log_path)]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            if value is True:
                command.append(flag)
            elif value is not None and value is not False:
                command += [flag, str(value)]
        self.errors = open(self.folder / "scim.err", "wb")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True,
                                        preexec_fn=slapd_module.die_with_parent)
        first = self.process.stdout.readline().split()
        if len(first) != 2 or first[0] != "port":
            raise RuntimeError("scim_service does not start: "
                               + (self.folder / "scim.err").read_text()[-2000:])
        self.port = int(first[1])
        self.origin = f"http{'s' if 'tls_cert' in options else ''}://127.0.0.1:{self.port}"
        self.url = self.origin + "/scim/v2"

    def system(self, **more):
        """This service as a system of muster's configuration (a dict)."""
        path = self.folder / "scim.token"
        path.write_text(self.token + "\n")
        path.chmod(0o600)
        return {"kind": "scim", "url": self.url, "token": {"file": str(path)}, **more}

    def control(self, action, **values):
        """One order to /_control: see scim_service.py; gives its answer."""
        request = urllib.request.Request(
            f"{self.origin}/_control/{action}", data=json.dumps(values).encode(), method="POST",
            headers={"Authorization": f"Bearer {self.control_token}",
                     "Content-Type": "application/json"})
        # The stand-in's own certificate is of no interest here.
        context = ssl._create_unverified_context() if self.origin.startswith("https") else None
        with urllib.request.urlopen(request, timeout=60, context=context) as answer:
            return json.load(answer)

    def set(self, **options):
        """Changes options while it runs: the names of the command line, with underscores."""
        return self.control("set", **options)

    def dump(self):
        """{'Users': [...], 'Groups': [...]}: what it holds, members included."""
        return self.control("dump")

    def user(self, user_name):
        found = [u for u in self.dump()["Users"] if u.get("userName", "").lower() == user_name.lower()]
        return found[0] if found else None

    def members(self, display_name):
        """The userNames (or displayNames) of a group's members, sorted."""
        state = self.dump()
        names = {r["id"]: r.get("userName") or r.get("displayName")
                 for r in state["Users"] + state["Groups"]}
        return sorted(names[m["value"]] for g in state["Groups"]
                      if g["displayName"] == display_name for m in g.get("members", []))

    def log(self, **wanted):
        """The requests so far as dicts (method, path, status, committed, fault...), filtered by equality."""
        with open(self.log_path, encoding="utf-8") as f:
            lines = [json.loads(text) for text in f if text.endswith("\n")]
        return [e for e in lines if all(e.get(k) == v for k, v in wanted.items())]

    def writes(self):
        """The requests that asked for a change."""
        return [e for e in self.log() if e["method"] in ("POST", "PUT", "PATCH", "DELETE")
                and not e["path"].endswith("/.search") and "/token" not in e["path"]]

    def complaints(self):
        """What a strict service found wrong in requests, as texts; a correct client leaves none."""
        return [f"{e['method']} {e['path']}: {e['complaint']}" for e in self.log() if e.get("complaint")]

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


@pytest.fixture
def start_scim():
    started, folders = [], []

    def start(**options):
        folders.append(tempfile.mkdtemp(prefix="muster.scim.", dir="/tmp"))
        started.append(ScimService(folders[-1], **options))
        return started[-1]

    yield start
    for service in started:
        service.stop()
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def scim_service(start_scim):
    return start_scim()


# --- team APIs

@pytest.fixture
def start_team(write):
    started = []

    def start(name, **options):
        service = team_services.SERVICES[name](**options).start()
        started.append(service)

        def system(**more):
            """This service as a system of muster's configuration (a dict)."""
            number = started.index(service)
            keys = {"auth": service.secret, **service.more_secrets}
            return {"kind": "team", "url": service.url, **service.settings(),
                    **{key: {"file": write(f"team.{number}.{key}", value + "\n")}
                       for key, value in keys.items()}, **more}

        service.system = system
        return service

    yield start
    for service in started:
        service.stop()


# --- the program

class Result:
    """How a run ended: code, out, err; text() for messages of asserts."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"{' '.join(self.command)}\nexit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Running:
    """A muster that stays (serve, watch): lines arrive while it runs."""

    def __init__(self, command, environment, cwd, **more):
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment, cwd=cwd,
                                        preexec_fn=slapd_module.die_with_parent, **more)
        self.seen = {"out": [], "err": []}
        self.lines = queue.Queue()
        self.threads = [threading.Thread(target=self.follow, args=(name, stream), daemon=True)
                        for name, stream in (("out", self.process.stdout), ("err", self.process.stderr))]
        for thread in self.threads:
            thread.start()

    def follow(self, name, stream):
        for text in stream:
            self.seen[name].append(text.rstrip("\n"))
            self.lines.put(text.rstrip("\n"))
        self.lines.put(None)

    def wait_line(self, part, seconds=20):
        """The first line not yet waited for (of either stream) that contains `part`."""
        end = time.monotonic() + seconds
        closed = 0
        while closed < 2:
            try:
                text = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                break
            if text is None:
                closed += 1
            elif part in text:
                return text
        raise AssertionError(f"no line with {part!r} from {' '.join(self.command)}: {self.seen}")

    def stop(self, by=signal.SIGTERM, seconds=20):
        """Signals it and waits; gives its Result."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        for thread in self.threads:
            thread.join()
        return Result(self.command, code, "\n".join(self.seen["out"]), "\n".join(self.seen["err"]))


class Muster:
    """Runs the program in the test's folder.

    muster.configure({...} or "yaml text")   writes the configuration (a dict gets version and state)
    muster("sync", "crm", env={...})          runs it; gives a Result
    muster.start("watch")                     starts it; gives a Running
    """

    def __init__(self, folder, program=PROGRAM):
        self.folder, self.program = folder, program
        self.config = folder / "muster.yaml"
        self.state = folder / "state.db"
        self.running = []

    def configure(self, config):
        if not isinstance(config, str):
            # JSON is YAML; one key a line keeps line numbers of errors useful.
            config = json.dumps({"version": 1, "state": str(self.state), **config}, indent=2,
                                ensure_ascii=False) + "\n"
        self.config.write_text(config)
        return self

    def prepare(self, arguments, env):
        command = [self.program, *(["-c", str(self.config)] if self.config.exists() else []),
                   *map(str, arguments)]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TZ": "UTC",
                       "LC_ALL": "C.UTF-8", "TMPDIR": str(self.folder),
                       "ASAN_OPTIONS": "detect_stack_use_after_return=1:exitcode=99",
                       "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=99", **(env or {})}
        return command, environment

    def __call__(self, *arguments, env=None, stdin=None, timeout=100):
        command, environment = self.prepare(arguments, env)
        done = subprocess.run(command, input=stdin or "", capture_output=True, text=True,
                              errors="replace", env=environment, cwd=self.folder, timeout=timeout,
                              check=False)
        result = Result(command, done.returncode, done.stdout, done.stderr)
        assert done.returncode != 99 and "Sanitizer" not in done.stderr, result
        return result

    def start(self, *arguments, env=None, **more):
        command, environment = self.prepare(arguments, env)
        self.running.append(Running(command, environment, self.folder, **more))
        return self.running[-1]


@pytest.fixture
def muster(folder):
    runner = Muster(folder)
    yield runner
    for running in runner.running:
        if running.process.poll() is None:
            running.stop(signal.SIGKILL)
