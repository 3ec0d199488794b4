"""What tests of trainings share."""

from __future__ import annotations

import pytest

from neuroqgan.models.history.moment_matching import averages as free_run_averages


@pytest.fixture
def fewer_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run freely less often than a training does; that takes longer than these trainings."""
    monkeypatch.setattr(free_run_averages, "_RUNS", 800)
