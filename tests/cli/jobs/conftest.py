"""A service on loopback that jobs are sent to from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from neuroqgan.jobs.context import JobContext
from neuroqgan.testing import FakeClock, LoopbackService

DEVICE = "ibm_montreal"
RUN = ("run", "--name", "tiny", "--backend", DEVICE, "--samples", 20)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Iterator[LoopbackService]:
    """A service with two devices, and a trained run ``tiny``."""
    monkeypatch.setattr("time.sleep", FakeClock().sleep)
    with LoopbackService(devices=(DEVICE, "ibm_brisbane"), draw="random", polls=0) as started:
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        yield started


def without_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command line give a service no time in which lost jobs may turn up."""
    at_once = {"answer_grace": timedelta(0), "missing_grace": timedelta(0)}
    monkeypatch.setattr("neuroqgan.jobs.context.JobContext", partial(JobContext, **at_once))
