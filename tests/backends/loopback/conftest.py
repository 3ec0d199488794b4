"""Starting loopback servers that the client will find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.testing import LoopbackService
from tests.backends.loopback.asking import Serve, enter


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Serve]:
    """Start services that the client will find, and nothing of a real account."""
    started: list[LoopbackService] = []

    def start(**options: Any) -> LoopbackService:
        service = LoopbackService(**{"polls": 0, **options})
        service.start()
        started.append(service)
        enter(service.environment, monkeypatch, tmp_path)
        return service

    yield start
    for service in started:
        service.stop()
