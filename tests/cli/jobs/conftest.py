"""A service on loopback that jobs are sent to from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import LoopbackService

DEVICE = "ibm_montreal"
RUN = ("run", "--name", "tiny", "--backend", DEVICE, "--samples", 20)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Iterator[LoopbackService]:
    """A service with two devices, and a trained run ``tiny``."""
    monkeypatch.setattr("urllib3.util.retry.time.sleep", lambda _: None)
    with LoopbackService(devices=(DEVICE, "ibm_brisbane"), draw="random", polls=0) as started:
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        yield started
