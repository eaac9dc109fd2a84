# SPDX-License-Identifier: Apache-2.0
"""The wider circle: peers and conformance suites from npm and PyPI, and other directory servers.

What it installs lies under build/interop and is kept between runs.
"""
import fcntl
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PLACE = HERE.parents[1] / "build" / "interop"
NPM = ["scimmy@1.3.5", "scimmy-routers@1.3.2", "express@4.22.3"]
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


def scimmy_program():
    """The program scimmy_server.mjs, where node finds what it imports."""
    folder = install("npm", NPM, lambda _: [
        ["npm", "init", "-y"], ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *NPM]])
    # By way of a new name: another worker may be running the old one.
    fresh = folder / f"scimmy_server.{os.getpid()}.mjs"
    shutil.copy(HERE / "scimmy_server.mjs", fresh)
    return fresh.rename(folder / "scimmy_server.mjs")


@pytest.fixture(scope="session")
def scimmy():
    return scimmy_program()


@pytest.fixture(scope="session")
def venv():
    """The bin folder of a virtual environment with the Python peers."""
    folder = install("venv", PYPI, lambda folder: [
        ["/usr/bin/python3", "-m", "venv", str(folder)],
        [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *PYPI]])
    return folder / "bin"
