"""A short soak: clients share a store, answers are lost, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.soaking import Soak


@pytest.mark.slow
def test_no_job_is_lost_or_sent_twice(tmp_path: Path) -> None:
    found = Soak(tmp_path, n_jobs=16, n_clients=2).run(120)
    assert found["exit_codes"] == [0, 0]
    assert found["jobs"] == 16
    assert not any(found["faults"].values()), found["faults"]
