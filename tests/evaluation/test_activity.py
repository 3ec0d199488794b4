from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.evaluation.activity import activity
from neuroqgan.raster import SpikeRaster


def test_spikes_and_silent_windows_are_counted(make_raster) -> None:
    generated, held_out = make_raster(40, rate=0.02), make_raster(30, rate=0.05, seed=1)
    found = activity(generated, held_out)
    for raster, mean, silent in (
        (generated, found.generated, found.generated_silent),
        (held_out, found.held_out, found.held_out_silent),
    ):
        counts = raster.spikes.sum((1, 2))
        assert mean == pytest.approx(counts.mean())
        assert silent == pytest.approx((counts == 0).mean())
        assert silent > 0
    assert found.n_neurons == 4


@pytest.mark.parametrize(("n_windows", "named"), [(49, False), (50, True), (51, True)])
def test_neurons_are_silent_if_five_spikes_were_expected(n_windows: int, named: bool) -> None:
    # One spike in each window of ten bins, alternating between two neurons, for 20 bins a spike.
    spikes = np.zeros((20, 10, 3), bool)
    spikes[::2, 0, 0] = True
    spikes[:2, 1, 1] = True  # expected in every tenth window
    held_out = SpikeRaster(spikes, 0.02, ("a", "b", "c"))
    none = np.zeros((n_windows, 10, 3), bool)
    none[0, 0, 0] = True
    assert activity(SpikeRaster(none, 0.02), held_out).silent_neurons == (("b",) if named else ())
