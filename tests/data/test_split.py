from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from neuroqgan.data.split import SilentNeuronWarning, split
from neuroqgan.errors import RasterError
from neuroqgan.raster import SpikeRaster


def _numbered(n_trials: int, n_bins: int) -> SpikeRaster:
    """Neuron k of a bin holds bit k of the bin's number in the whole recording, and a spike."""
    number = np.arange(1, n_trials * n_bins + 1)
    bits = (number[:, None] >> np.arange(18)) & 1
    return SpikeRaster(bits.reshape(n_trials, n_bins, 18).astype(bool), 0.02)


def _random(n_trials: int, n_bins: int) -> SpikeRaster:
    """Spikes by which a place in a trial is known."""
    random = np.random.default_rng(n_bins)
    return SpikeRaster(random.random((n_trials, n_bins, 18)) < 0.5, 0.02)


def _find(trial: np.ndarray, window: int, windows: SpikeRaster) -> int:
    """Where in a trial the first of the windows begins that were cut from it."""
    for start in range(len(trial) - window + 1):
        if (windows.spikes == trial[start : start + window]).all((1, 2)).any():
            return start
    raise AssertionError


def _numbers(windows: SpikeRaster) -> np.ndarray:
    return (windows.spikes * (1 << np.arange(18))).sum(2) - 1


@pytest.mark.filterwarnings("ignore::neuroqgan.data.split.SilentNeuronWarning")
@given(n_trials=st.integers(2, 9), n_bins=st.integers(32, 60), window=st.integers(1, 4))
def test_parts_share_no_trial_and_windows_straddle_none(
    n_trials: int, n_bins: int, window: int
) -> None:
    parts = split(_numbered(n_trials, n_bins), window)
    train, held_out = _numbers(parts.train), _numbers(parts.held_out)
    for part, parity in ((train, 0), (held_out, 1)):
        trials = part // n_bins
        assert np.all(trials == trials[:, :1])
        assert np.all(trials % 2 == parity)
        assert np.all(np.diff(part, axis=1) == 1)
        assert len(np.unique(part)) == part.size
        _, n_windows = np.unique(trials[:, 0], return_counts=True)
        assert len(n_windows) == (n_trials + 1 - parity) // 2
        assert np.all((n_windows == n_bins // window) | (n_windows == n_bins // window - 1))
    assert np.array_equal(
        _numbers(parts.trials), np.arange(n_trials * n_bins).reshape(n_trials, -1)[::2]
    )


@pytest.mark.parametrize(("n_bins", "window"), [(953, 16), (34, 4), (34, 5)])
def test_every_trial_begins_at_a_place_of_its_own(n_bins: int, window: int) -> None:
    parts = split(_random(120, n_bins), window)
    n_windows = n_bins // window
    n_places = window if n_windows >= 8 else n_bins % window + 1
    starts = [_find(trial, window, parts.train) for trial in parts.trials.spikes]
    # 60 trials are spread evenly over the places there are.
    counts = np.bincount(starts, minlength=n_places)
    assert len(counts) == n_places
    assert np.ptp(counts) <= 3
    assert starts[0] != starts[1]


@given(n_bins=st.integers(16, 50), window=st.integers(4, 6))
def test_trials_of_few_windows_lose_none(n_bins: int, window: int) -> None:
    assume(n_bins // window < 8)
    parts = split(_random(16, n_bins), window)
    assert parts.train.n_samples == parts.held_out.n_samples == 8 * (n_bins // window)


@pytest.mark.filterwarnings("ignore::neuroqgan.data.split.SilentNeuronWarning")
@given(n_bins=st.integers(64, 5000), window=st.integers(1, 4))
def test_a_single_trial_is_cut_into_blocks(n_bins: int, window: int) -> None:
    parts = split(_numbered(1, n_bins), window)
    train, held_out = _numbers(parts.train), _numbers(parts.held_out)
    assert not set(train.ravel()) & set(held_out.ravel())
    assert np.all(np.diff(train, axis=1) == 1)
    assert len(train) >= len(held_out) >= 8


def test_recordings_that_nothing_can_be_learned_from(make_raster) -> None:
    with pytest.raises(RasterError, match="at least two neurons"):
        split(make_raster(n_neurons=1), 4)
    silent = SpikeRaster(np.zeros((4, 20, 3), bool), 0.02)
    with pytest.raises(RasterError, match="no spike|not a single spike|never"):
        split(silent, 4)
    one_sided = np.zeros((4, 20, 3), bool)
    one_sided[0] = True
    with pytest.raises(RasterError, match="held out"):
        split(SpikeRaster(one_sided, 0.02), 4)
    with pytest.raises(RasterError, match="do not fit") as caught:
        split(make_raster(n_samples=2, n_bins=20), 16)
    assert "`bins = 2`" in caught.value.hint


def test_silent_neurons_are_a_warning_with_their_labels(make_raster) -> None:
    spikes = make_raster().spikes.copy()
    spikes[:, :, 2] = False
    raster = SpikeRaster(spikes, 0.02, ("a", "b", "c", "d"))
    with pytest.warns(SilentNeuronWarning, match="1 of 4 neurons never fire: c$"):
        assert split(raster, 4).train.neuron_labels == ("a", "b", "c", "d")
    spikes = np.zeros((2, 100, 3000), bool)
    spikes[:, :, :2] = True
    with pytest.warns(SilentNeuronWarning, match="2,998 of 3,000 neurons never fire: 2, 3") as seen:
        split(SpikeRaster(spikes, 0.02), 4)
    assert len(str(seen[0].message)) < 120


def test_trials_too_short_for_any_window(make_raster) -> None:
    with pytest.raises(RasterError, match="do not fit") as caught:
        split(make_raster(n_samples=1, n_bins=8, n_neurons=20), 16)
    assert caught.value.expected == "trials of at least 256 bins"
    assert caught.value.got == "windows of 16 bins; a single trial of 8 bins, 20 neurons"
    assert "`axes`" in caught.value.hint
