# SPDX-License-Identifier: Apache-2.0
"""make install and uninstall into an empty folder, and the systemd units that it places."""
import json
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
UNITS = ["muster-sync@.service", "muster-sync@.timer", "muster-failed@.service",
         "muster-serve.service", "muster-serve.socket"]


def make(*words):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(["make", "-s", "-C", TOP, *words], capture_output=True, text=True,
                          check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())


@pytest.mark.parametrize("prefix", ["/usr", "/usr/local"])
def test_install_places_everything_and_uninstall_takes_it_away(folder, prefix):
    make("install", f"DESTDIR={folder}", f"PREFIX={prefix}")
    top = folder / prefix[1:]
    assert (top / "bin/muster").stat().st_mode & 0o777 == 0o755
    for unit in UNITS:
        path = top / "lib/systemd/system" / unit
        assert path.stat().st_mode & 0o777 == 0o644
        if "ExecStart" in path.read_text() and "failed" not in unit:
            assert f"ExecStart={prefix}/bin/muster " in path.read_text()
    for profile in (TOP / "conf/profiles").glob("*"):
        assert (top / "share/muster/profiles" / profile.name).is_file()
    assert json.loads((top / "share/muster/muster.schema.json").read_text())["properties"]["systems"]
    for page in (TOP / "src/man").glob("*.[1-8]"):
        assert (top / f"share/man/man{page.suffix[1:]}" / page.name).is_file()
    assert (folder / "etc/muster").is_dir()
    make("uninstall", f"DESTDIR={folder}", f"PREFIX={prefix}")
    assert files(folder) == [] and not (folder / "usr").exists() and not (folder / "etc").exists()


def test_what_an_admin_made_is_kept(folder):
    config = folder / "etc/muster/muster.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("version: 1\n")
    other = folder / "usr/bin/other"
    other.parent.mkdir(parents=True)
    other.write_text("x")
    make("install", f"DESTDIR={folder}", "PREFIX=/usr")
    assert config.read_text() == "version: 1\n"
    make("uninstall", f"DESTDIR={folder}", "PREFIX=/usr")
    assert files(folder) == ["etc/muster/muster.yaml", "usr/bin/other"]


@pytest.mark.parametrize("unit, threshold", [
    ("muster-sync@.service", 15), ("muster-serve.service", 5), ("muster-failed@.service", 5)])
def test_exposure_of_units(unit, threshold):
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", f"--threshold={threshold}",
                           TOP / "systemd" / unit], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_units_verify(folder):
    """With a program at the place they name, systemd has nothing to say about them."""
    for path in (TOP / "systemd").rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(TOP / "systemd")
            target.parent.mkdir(exist_ok=True)
            target.write_text(path.read_text().replace("/usr/bin/muster", "/bin/true"))
    for instance in ("muster-sync@.service", "muster-sync@.timer"):
        (folder / instance.replace("@", "@all")).symlink_to(folder / instance)
    units = sorted(str(p) for p in folder.iterdir() if not p.is_dir() and "@." not in p.name)
    assert len(units) == 4
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True,
                          text=True, check=False, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"})
    assert (done.returncode, done.stderr) == (0, "")


def test_the_units_promise_what_admins_rely_on():
    text = {name: (TOP / "systemd" / name).read_text() for name in UNITS}
    success = re.search(r"^SuccessExitStatus=(.*)$", text["muster-sync@.service"], re.M).group(1).split()
    assert "12" not in success and "13" not in success
    for name in ("muster-sync@.service", "muster-serve.service"):
        assert "OnFailure=muster-failed@%n.service" in text[name]
        assert "\nUser=muster\nDynamicUser=yes\nStateDirectory=muster\n" in text[name]
    assert "PrivateNetwork=yes" in text["muster-serve.service"]
    assert "Type=notify" in text["muster-serve.service"] and "WatchdogSec=" in text["muster-serve.service"]
    for key in ("Persistent=true", "RandomizedDelaySec=", "FixedRandomDelay=true"):
        assert key in text["muster-sync@.timer"]
    every = (TOP / "systemd/muster-sync@all.service.d/every.conf").read_text()
    assert "ExecStart=\nExecStart=/usr/bin/muster sync\n" in every
