# SPDX-License-Identifier: Apache-2.0
"""Stopped at any point, nothing is lost and nothing is done twice: by the target's own log."""
import collections
import random
import signal
import time

import pytest

PEOPLE = 10_000


def roster(count):
    lines = ["users:"]
    for i in range(count):
        lines.append(f"  - {{id: p{i:05d}, userName: p{i:05d}@example.com, displayName: Person {i}}}")
    return "\n".join(lines) + "\n"


def configure(muster, write, service, count=PEOPLE):
    muster.configure({
        "systems": {"staff": {"kind": "file", "path": write("staff.yaml", roster(count))},
                    "crm": service.system()},
        "syncs": {"crm": {"from": "staff", "to": "crm", "pace": {"in_flight": 32}}},
    })


def creations(service):
    """How often each person was really created, by the log of the service."""
    return collections.Counter(e["body"]["externalId"] for e in service.log(method="POST", committed=True)
                               if e["path"].endswith("/Users"))


def check_end(muster, service, count=PEOPLE):
    made = creations(service)
    assert len(made) == count, f"{count - len(made)} lost"
    assert max(made.values()) == 1, [who for who, n in made.items() if n > 1][:10]
    assert len(service.dump()["Users"]) == count
    assert service.complaints() == []
    before = len(service.writes())
    again = muster("sync")
    assert again.code == 0, again
    assert len(service.writes()) == before, "a second run right after a first one sends nothing"


@pytest.mark.limit(400)
@pytest.mark.parametrize("uniqueness", ["enforced", "not enforced"])
def test_kill_9_at_random_moments(muster, write, start_scim, uniqueness):
    service = start_scim(latency=5, drop_every=97, no_uniqueness=uniqueness == "not enforced")
    configure(muster, write, service)
    chance = random.Random(20261122)
    for _ in range(6):
        running = muster.start("sync", "-q")
        time.sleep(chance.uniform(0.2, 1.5))   # the moment is the point: any one must do
        running.stop(signal.SIGKILL)
    service.set(drop_every=0)
    for _ in range(5):
        last = muster("sync", timeout=200)
        if last.code == 0:
            break
        assert last.code in (10, 15), last
    assert last.code == 0, last
    check_end(muster, service)


@pytest.mark.limit(200)
def test_a_signal_ends_the_run_safely(muster, write, start_scim):
    service = start_scim(latency=5)
    configure(muster, write, service, 3000)
    running = muster.start("sync")
    end = time.monotonic() + 30
    while not service.writes() and time.monotonic() < end:
        time.sleep(0.02)
    stopped = running.stop(signal.SIGTERM)
    assert stopped.code == 143, stopped
    assert "next run finishes" in stopped.out + stopped.err
    done = muster("sync", timeout=150)
    assert done.code == 0, done
    check_end(muster, service, 3000)


@pytest.mark.limit(100)
@pytest.mark.parametrize("method, fault, most", [
    ("GET", "stall_every", 4), ("POST", "stall_every", 15), ("POST", "commit_stall_every", 15)])
def test_a_signal_does_not_wait_for_a_stalled_answer(method, fault, most, muster, write, start_scim):
    """The service takes a request and never answers; the time-out of 30 s is not sat out."""
    service = start_scim(**{fault: 1}, fault_on=method)
    configure(muster, write, service, 5)
    running = muster.start("sync")
    end = time.monotonic() + 30
    while not service.log(method=method) and time.monotonic() < end:
        time.sleep(0.02)
    begin = time.monotonic()
    stopped = running.stop(signal.SIGTERM)
    assert stopped.code == 143, stopped
    assert time.monotonic() - begin < most, stopped
    service.set(**{fault: 0})
    for _ in range(3):
        last = muster("sync")
        if last.code == 0:
            break
    check_end(muster, service, 5)


def test_two_runs_at_once(muster, write, start_scim):
    service = start_scim(latency=20)
    configure(muster, write, service, 2000)
    first = muster.start("sync")
    end = time.monotonic() + 30
    while not service.writes() and time.monotonic() < end:
        time.sleep(0.02)
    second = muster("sync")
    assert second.code == 11, second
    assert "crm" in second.err
    assert first.process.wait(100) == 0
    check_end(muster, service, 2000)
