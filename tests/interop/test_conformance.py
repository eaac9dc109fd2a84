# SPDX-License-Identifier: Apache-2.0
"""muster serve judged by conformance suites that others wrote."""
import json
import os
import subprocess

import pytest


@pytest.fixture
def service(muster):
    """(url, token) of a running muster serve with an empty inbox."""
    store = muster.folder / "inbox.db"
    made = muster("token", "create", "suite", "--store", store)
    assert made.code == 0, made
    running = muster.start("serve", "--listen", "127.0.0.1:0", "--store", store)
    url = running.wait_line("/scim/v2").strip()
    yield url, made.out.strip()
    ended = running.stop()
    assert ended.code == 0, ended


def judge(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300,
                          stdin=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"})
    return done.returncode, done.stdout + done.stderr


@pytest.mark.limit(300)
def test_scim2_tester(service, venv):
    url, token = service
    code, text = judge([str(venv / "scim2"), "--url", url, "--header", f"Authorization: Bearer {token}",
                        "test", "-v"])
    assert code == 0 and text.count("SUCCESS") > 100, text


@pytest.mark.limit(300)
def test_scim_sanity(service, venv):
    url, token = service
    code, text = judge([str(venv / "scim-sanity"), "probe", url, "--token", token,
                        "--i-accept-side-effects", "--json-output"])
    summary = json.loads(text[text.index("{"):])
    bad = [r for r in summary["results"] if r["status"] not in ("pass", "skip")]
    assert code == 0 and not bad and summary["summary"]["passed"] >= 28, text
