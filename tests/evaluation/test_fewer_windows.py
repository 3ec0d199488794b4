"""Large rasters are judged by some of their windows, and it is said by how many."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.evaluation import judge as judging
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.fewer_windows import fewer_windows
from neuroqgan.raster import SpikeRaster


def _raster(n_windows: int, seed: int) -> SpikeRaster:
    return SpikeRaster(np.random.default_rng(seed).random((n_windows, 6, 3)) < 0.2, 0.02)


def test_windows_stay_in_order_with_their_trials() -> None:
    raster, trials = _raster(500, 0), np.arange(500) // 10
    found, of_trials = fewer_windows(raster, trials, 50, np.random.default_rng(1))
    assert found.n_samples == 50
    assert of_trials is not None
    assert (np.diff(of_trials) >= 0).all()
    places = [np.flatnonzero((raster.spikes == one).all((1, 2))) for one in found.spikes]
    assert all(t in trials[at] for at, t in zip(places, of_trials, strict=True))
    assert fewer_windows(raster, trials, 500, np.random.default_rng(1)) == (raster, trials)


def test_an_evaluation_says_how_many_windows_it_used(monkeypatch: pytest.MonkeyPatch) -> None:
    generated, held_out, training = (_raster(n, i) for i, n in enumerate((400, 300, 90)))
    # Training classifiers takes long, and is no part of this.
    monkeypatch.setattr(judging, "ask_panel", lambda *_, **__: {})
    stages: list[str] = []
    whole = judging.judge(generated, held_out, training, n_bootstrap=5, on_stage=stages.append)
    assert whole.max_windows is None
    assert stages == list(judging.STAGES)
    seen: list[int] = []
    compare = judging.compare

    def noted(*rasters: SpikeRaster, **others: int) -> object:
        seen.extend(raster.n_samples for raster in rasters)
        return compare(*rasters, **others)

    monkeypatch.setattr(judging, "compare", noted)
    monkeypatch.setattr(judging, "most_windows", lambda _: 100)
    found = judging.judge(generated, held_out, training, n_bootstrap=5)
    assert seen == [100, 100, 90]
    assert (found.n_generated, found.n_reference, found.max_windows) == (400, 300, 100)
    assert "100 of 400 generated and 100 of 300 held-out windows were used" in found.notes[0]
    assert Evaluation.from_dict(found.to_dict()) == found
    assert found == judging.judge(generated, held_out, training, n_bootstrap=5)
