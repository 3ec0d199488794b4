"""A clock that tests set, and what goes by it."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from neuroqgan.testing import FakeClock
from tests.imports import imported, paths

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_it_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(START)
    assert (clock.now(), clock.monotonic()) == (START, 0.0)
    clock.advance(90)
    clock.sleep(0.5)
    assert clock.now() - START == timedelta(seconds=90.5)
    assert clock.monotonic() == 90.5
    assert clock.slept == [0.5]
    assert clock.timestamp() == "2026-03-01T12:01:30.500000Z"


def test_it_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="go back"):
        FakeClock(START).advance(-1)
    with pytest.raises(ValueError, match="time zone"):
        FakeClock(datetime(2026, 3, 1))  # noqa: DTZ001


def test_code_that_sleeps_waits_for_nothing() -> None:
    clock, real = FakeClock(START), (time.sleep, time.monotonic)
    began = time.perf_counter()
    with clock.installed():
        before = time.monotonic()
        time.sleep(3600)
        assert time.monotonic() - before == 3600
    assert (time.sleep, time.monotonic) == real
    assert time.perf_counter() - began < 60


def test_nothing_of_a_test_framework_is_needed() -> None:
    ours = [path for path in paths() if "testing" in path.parts]
    wanted = {source.partition(".")[0] for path in ours for source, _ in imported(path)}
    assert len(ours) > 10
    assert wanted & {"pytest", "hypothesis", "tests", "_pytest"} == set()
    code = "import sys, neuroqgan.testing; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
