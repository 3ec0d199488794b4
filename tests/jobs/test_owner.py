"""Who works on a job: processes of this place, of other containers, of earlier versions."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from neuroqgan.jobs import owner
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.heartbeat import heartbeat
from neuroqgan.jobs.owner import LEASE, in_words, is_alive, myself, owner_of
from tests.jobs.conftest import StubService, planned

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no namespaces")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_a_process_of_this_place_is_looked_at() -> None:
    place, pid, started = myself().rsplit(":", 2)
    assert int(pid) == os.getpid()
    assert is_alive(myself(), NOW - 10 * LEASE, NOW)
    assert is_alive(owner_of(os.getppid()), NOW - 10 * LEASE, NOW)
    # A later one of the same number, and one that nobody has.
    assert not is_alive(f"{place}:{os.getppid()}:{started}0", NOW, NOW)
    assert not is_alive(f"{place}:{2**22 + 1}:{started}", NOW, NOW)
    assert in_words(myself()) == f"process {os.getpid()} on {socket.gethostname()}"


@ON_LINUX
@pytest.mark.parametrize("other", ["namespace", "boot", "host"])
def test_what_cannot_be_seen_from_here_has_a_lease(other: str) -> None:
    """Of another container of the same name and number, not even the start tells."""
    place, _, started = myself().rsplit(":", 2)
    host, boot, namespace = place.split("/")
    parts = {"host": host, "boot": boot, "namespace": namespace}
    parts[other] += "1"
    elsewhere = "/".join(parts.values()) + f":{2**22 + 1}:{started}"
    assert is_alive(elsewhere, NOW - LEASE / 2, NOW)
    assert not is_alive(elsewhere, NOW - LEASE * 2, NOW)
    # Its clock was ahead of ours by days: it would otherwise hold the job for these days.
    assert not is_alive(elsewhere, NOW + timedelta(days=3), NOW)


@ON_LINUX
def test_a_change_of_the_clock_ends_nobody(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = owner_of(sleeper.pid)
    create_time = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda one: create_time(one) + 3600)
    assert is_alive(running, NOW - 10 * LEASE, NOW)
    assert owner_of(sleeper.pid) == running


def test_owners_of_earlier_versions_are_understood(sleeper: subprocess.Popen[bytes]) -> None:
    host, started = socket.gethostname(), psutil.Process(sleeper.pid).create_time()
    running = f"{host}:{sleeper.pid}:{started:.2f}"
    assert is_alive(running, NOW - 10 * LEASE, NOW)
    assert in_words(running) == f"process {sleeper.pid} on {host}"
    # It may be in another container, or the clock was set.
    stepped = f"{host}:{sleeper.pid}:{started - 60:.2f}"
    assert is_alive(stepped, NOW - LEASE / 2, NOW)
    assert not is_alive(stepped, NOW - LEASE * 2, NOW)
    assert not is_alive("elsewhere:1:0.00", NOW - LEASE * 2, NOW)


@ON_LINUX
def test_where_numbers_mean_nothing_nobody_is_taken_for_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = f"{myself().rsplit(':', 2)[0]}:{2**22 + 1}:5"
    assert not is_alive(gone, NOW, NOW)
    # As where /proc is that of another namespace.
    monkeypatch.setattr(owner, "_sees_itself", lambda: False)
    assert is_alive(gone, NOW, NOW)
    assert not is_alive(gone, NOW - LEASE * 2, NOW)


@ON_LINUX
def test_without_a_boot_and_a_namespace_there_is_the_lease(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(owner, "_BOOT", tmp_path / "none")
    somebody = owner_of(os.getppid())
    assert is_alive(somebody, NOW - LEASE / 2, NOW)
    assert not is_alive(somebody, NOW - LEASE * 2, NOW)


def test_a_process_at_work_shows_that_it_lives(context: JobContext, service: StubService) -> None:
    job = planned(context, service)
    other = context.store.release(planned(context, service, n_samples=6))
    with heartbeat(context.store, seconds=0.01):
        while context.store.get(job.id).updated == job.updated:
            pass
    renewed = context.store.get(job.id)
    # A job that takes longer than a sign of life ends as any other, for the process that holds it.
    assert context.store.release(context.store.hold(job)).owner is None
    assert (renewed.version, renewed.owner) == (job.version, myself())
    assert context.store.get(other.id) == other
