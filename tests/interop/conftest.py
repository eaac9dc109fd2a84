# SPDX-License-Identifier: Apache-2.0
"""The wider circle: peers and conformance suites from npm and PyPI, and other directory servers.

What it installs lies under build/interop and is kept between runs.
"""
import fcntl
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

from slapd import die_with_parent

HERE = pathlib.Path(__file__).resolve().parent
PLACE = HERE.parents[1] / "build" / "interop"
NPM = ["scimmy@1.3.5", "scimmy-routers@1.3.2", "express@4"]
PYPI = ["scim2-tester==0.5.2", "scim2-cli==0.6.0", "scim2-server==0.8.3", "scim-sanity==0.7.4"]


def install(name, packages, command):
    """Runs an installer once for this list of packages, whoever comes first."""
    PLACE.mkdir(parents=True, exist_ok=True)
    folder, done = PLACE / name, PLACE / f"{name}.done"
    with open(PLACE / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = "\n".join(packages)
        if not done.exists() or done.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for words in command(folder):
                run = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False,
                                     stdin=subprocess.DEVNULL, timeout=600)
                assert run.returncode == 0, f"{words}: {run.stdout[-2000:]}{run.stderr[-2000:]}"
            done.write_text(wanted)
    return folder


@pytest.fixture(scope="session")
def npm():
    """A folder with node_modules; node resolves imports from the file's folder, so scimmy.mjs is there too."""
    folder = install("npm", NPM, lambda _: [
        ["npm", "init", "-y"], ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *NPM]])
    shutil.copy(HERE / "scimmy.mjs", folder)
    return folder


@pytest.fixture(scope="session")
def venv():
    """The bin folder of a virtual environment with the Python peers."""
    folder = install("venv", PYPI, lambda folder: [
        ["/usr/bin/python3", "-m", "venv", str(folder)],
        [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *PYPI]])
    return folder / "bin"


class Peer:
    """A SCIM service of somebody else: url, token, and what it holds, read over its own API."""

    token = "peer-token"

    def __init__(self, folder, port, base):
        self.folder, self.port, self.base = folder, port, base
        self.url = f"http://127.0.0.1:{port}{base}"

    def system(self, **more):
        path = self.folder / "peer.token"
        path.write_text(self.token + "\n")
        path.chmod(0o600)
        return {"kind": "scim", "url": self.url, "token": {"file": str(path)}, **more}

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, self.base + path, json.dumps(body) if body else None,
                           {"Authorization": f"Bearer {self.token}", "Accept": "application/scim+json",
                            "Content-Type": "application/scim+json", "User-Agent": "interop"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 300, (method, path, answer.status, text)
        return json.loads(text) if text else None

    def users(self):
        """{userName: resource}"""
        found = self.call("GET", "/Users?startIndex=1&count=100").get("Resources", [])
        return {u["userName"]: u for u in found}

    def teams(self):
        """{displayName: [userName, ...]}"""
        names = {u["id"]: u["userName"] for u in self.users().values()}
        found = self.call("GET", "/Groups?startIndex=1&count=100").get("Resources", [])
        return {g["displayName"]: sorted(names[m["value"]] for m in g.get("members") or [])
                for g in found}


def start(command, folder, **more):
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, preexec_fn=die_with_parent, **more)


@pytest.fixture
def scimmy(npm, folder):
    """scimmy("bulk") or scimmy(): a service on SCIMMY."""
    running = []

    def begin(*options):
        running.append(start(["node", str(npm / "scimmy.mjs"), Peer.token, *options], npm))
        first = running[-1].stdout.readline().split()
        assert first[:1] == ["port"], first + [running[-1].stdout.read()]
        return Peer(folder, int(first[1]), "/scim/v2")

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def scim2_server(venv, folder):
    """The reference server of the python-scim project."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    process = start([str(venv / "scim2-server"), "--hostname", "127.0.0.1", "--port", str(port),
                     "--bearer-token", Peer.token], folder, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.05)  # it tells nobody when it is ready
    yield Peer(folder, port, "/v2")
    process.kill()
    process.communicate()
