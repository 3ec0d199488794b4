"""What precision, recall and coverage see."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from neuroqgan.evaluation.judge import judge
from neuroqgan.evaluation.judges.smoothing import smoothed
from neuroqgan.evaluation.manifold import N_NEIGHBOURS, manifold
from neuroqgan.raster import SpikeRaster


def _raster(n: int, seed: int, rate: float = 0.3) -> SpikeRaster:
    return SpikeRaster(np.random.default_rng(seed).random((n, 8, 3)) < rate, 0.02)


def test_by_brute_force() -> None:
    generated, real = _raster(60, 0, 0.2), _raster(60, 1)
    mine, theirs = smoothed(generated.spikes), smoothed(real.spikes)
    own, reach = (
        np.sort(cdist(rows, rows), axis=1)[:, N_NEIGHBOURS] + 1e-4 for rows in (mine, theirs)
    )
    between = cdist(mine, theirs)
    found = manifold(generated, real)
    assert found.precision == (between <= reach).any(1).mean()
    assert found.coverage == (between <= reach).any(0).mean()
    assert found.recall == (between <= own[:, None]).any(0).mean()
    assert found.precision > found.recall


def test_one_distribution_has_all_of_them() -> None:
    found = manifold(_raster(500, 0), _raster(500, 1))
    assert min(found.precision, found.recall, found.coverage) > 0.9


def test_a_missing_kind_of_windows_lowers_recall_and_coverage() -> None:
    silent = np.zeros((250, 8, 3), bool)
    half = SpikeRaster(np.concatenate([silent, _raster(250, 0, 0.6).spikes]), 0.02)
    found = manifold(_raster(500, 1, 0.6), half)
    assert found.precision > 0.9
    assert found.recall < 0.6
    assert found.coverage < 0.6
    # The other way round, what is generated never occurs.
    wrong = manifold(half, _raster(500, 1, 0.6))
    assert wrong.precision < 0.6
    assert wrong.recall > 0.9


def test_copies_and_memorised_windows_are_seen() -> None:
    training, held_out = _raster(200, 0), _raster(200, 1)
    copies = training.take(np.arange(200) % 20)
    evaluation = judge(copies, held_out, training, n_bootstrap=0)
    found, floor = evaluation.manifold, evaluation.manifold_floor
    assert found is not None
    assert floor is not None
    assert found.coverage < 0.6 < 0.9 < floor.coverage
    assert found.recall < 0.2 < 0.9 < floor.recall
    assert any("over and over" in note for note in evaluation.notes)
    assert evaluation.worst is not None
    assert evaluation.worst.accuracy > 0.6
    # All of the training windows are as good as any others, and only their copies betray them.
    learnt = judge(training, held_out, training, n_bootstrap=0)
    assert learnt.manifold == learnt.manifold_floor
    assert not any("over and over" in note for note in learnt.notes)
    assert learnt.memorisation is not None
    assert learnt.memorisation.memorised


@pytest.mark.parametrize(("n", "limit"), [(3, 4000), (30, 10)])
def test_few_windows(n: int, limit: int) -> None:
    found = manifold(_raster(n, 0), _raster(n, 1), max_samples=limit)
    assert 0 <= found.coverage <= 1
