"""The part of a recording to learn from, and the part to be judged against.

Trials alternate between the two parts. Recordings drift slowly, since cells die and electrodes
move, so that a split into first and second half would compare two different states.

Every trial is cut from a place of its own. Where all trials repeat one stimulus, windows that begin
at the same places would carry its clock: rates that depend on the bin within a window, by which a
classifier tells even real windows that begin elsewhere.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

# Windows in a block of a recording without trials: long enough that few windows have a
# neighbour, and with it correlated activity, in the other part.
_WINDOWS_A_BLOCK = 20

# Windows in each part, the least from which anything about variability can be learned.
_FEWEST_WINDOWS = 8

# Bins a window; one bin knows nothing of time.
_SHORTEST_WINDOW = 2

# With this many windows a trial, one of them may be given up for a cut at any place.
_MANY_WINDOWS = 8
# Multiples of it, modulo 1, are spread evenly however many there are.
_GOLDEN = (5**0.5 - 1) / 2


class SilentNeuronWarning(UserWarning):
    """A neuron of the recording never fires."""


@dataclass(frozen=True)
class Split:
    """Windows of a recording in two parts that share no trial.

    Parameters
    ----------
    train
        Windows to learn from, shape ``(n_windows, n_bins, n_neurons)``.
    held_out
        Windows to be judged against, never seen in training.
    trials
        The trials that ``train`` was cut from, whole: what came before a window.
    """

    train: SpikeRaster
    held_out: SpikeRaster
    trials: SpikeRaster


def split(recording: SpikeRaster, n_bins: int) -> Split:
    """Cut a recording into windows, those of even trials to train on, of odd ones held out.

    A window never straddles two trials. The first window of a trial begins where no other trial's
    does, as far as that costs no more than one window. A recording of a single trial is first cut
    into consecutive blocks of at least 20 windows where it is long enough, else into two, and the
    blocks alternate instead of trials.

    Parameters
    ----------
    recording
        The recording; its samples are the trials.
    n_bins
        Bins a window.

    Raises
    ------
    RasterError
        If the recording fails `check_trainable`, or one of the parts has no spike.
    RasterError
        If the recording is too short for eight windows in each part.
    """
    check_trainable(recording)
    trials = _cut_blocks(recording, n_bins) if recording.n_samples == 1 else recording
    _check_length(trials, n_bins)
    learned = trials.take(slice(0, None, 2))
    parts = Split(
        train=_cut(learned, n_bins),
        held_out=_cut(trials.take(slice(1, None, 2)), n_bins),
        trials=learned,
    )
    _check_spikes("The part of the recording to train on", parts.train.spikes)
    _check_spikes("The part of the recording that is held out", parts.held_out.spikes)
    return parts


def check_trainable(recording: SpikeRaster) -> None:
    """Check that there is something to learn from a recording.

    Parameters
    ----------
    recording
        The neurons to learn.

    Raises
    ------
    RasterError
        If it has fewer than two neurons.
    RasterError
        If it has no spike.

    Warns
    -----
    SilentNeuronWarning
        If some neuron never fires.
    """
    if recording.n_neurons < 2:
        raise RasterError(
            "A population needs at least two neurons.",
            expected="two neurons or more",
            got="one",
            hint="neurons='0:10'",
        )
    _check_spikes("The recording", recording.spikes)
    silent = recording.silent_neurons
    if silent:
        warnings.warn(
            f"{len(silent):,} of {recording.n_neurons:,} neurons never fire: "
            f"{shorten(recording.neuron_labels[n] for n in silent)}",
            SilentNeuronWarning,
            stacklevel=2,
        )


def _cut(trials: SpikeRaster, n_bins: int) -> SpikeRaster:
    n_windows, left_over = divmod(trials.n_bins, n_bins)
    n_places = n_bins if n_windows >= _MANY_WINDOWS else left_over + 1
    windows = []
    for i, trial in enumerate(trials.spikes):
        start = int(n_places * (i * _GOLDEN % 1))
        n_whole = (trials.n_bins - start) // n_bins
        stop = start + n_whole * n_bins
        windows.append(trial[start:stop].reshape(n_whole, n_bins, -1))
    return trials.with_spikes(np.concatenate(windows))


def _cut_blocks(recording: SpikeRaster, n_bins: int) -> SpikeRaster:
    n_windows = recording.n_bins // n_bins if n_bins >= 1 else 0
    if n_windows < 2 * _FEWEST_WINDOWS:
        raise _too_short(recording, n_bins, windows_a_trial=2 * _FEWEST_WINDOWS)
    n_blocks = max(2, n_windows // _WINDOWS_A_BLOCK)
    return recording.windows(n_windows // n_blocks * n_bins)


def _check_length(trials: SpikeRaster, n_bins: int) -> None:
    held_out_trials = trials.n_samples // 2
    windows_a_trial = -(-_FEWEST_WINDOWS // held_out_trials)
    if n_bins < 1 or trials.n_bins < windows_a_trial * n_bins:
        raise _too_short(trials, n_bins, windows_a_trial)


def _too_short(trials: SpikeRaster, n_bins: int, windows_a_trial: int) -> RasterError:
    longest = trials.n_bins // windows_a_trial
    # Of no bin at all, nothing needs to be offered.
    fits = longest >= _SHORTEST_WINDOW
    fitting = f"windows of at most {longest:,} bins, or " if fits else ""
    return RasterError(
        f"Windows of {n_bins} bins do not fit {_FEWEST_WINDOWS} times into each half of the "
        "recording.",
        expected=f"{fitting}trials of at least {windows_a_trial * max(n_bins, 1):,} bins",
        got=f"windows of {n_bins} bins; {_counted(trials)}",
        hint=f"n_bins={min(16, longest)}"
        if fits
        else "a longer recording, or narrower bins; if bins and neurons were taken for each "
        "other, `axes` says which is which",
    )


def _counted(trials: SpikeRaster) -> str:
    count = "a single trial" if trials.n_samples == 1 else f"{trials.n_samples:,} trials"
    return f"{count} of {trials.n_bins:,} bins, {trials.n_neurons:,} neurons"


def _check_spikes(what: str, spikes: NDArray[np.bool_]) -> None:
    if not spikes.any():
        raise RasterError(
            f"{what} has no spike.",
            expected="spikes to learn from",
            got=f"none in {spikes.size} values",
            hint="other neurons, or wider bins",
        )
