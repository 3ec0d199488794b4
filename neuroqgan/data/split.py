"""The part of a recording to learn from, and the part to be judged against.

Trials alternate between the two parts. Recordings drift slowly, because cells die and electrodes
move, so a split into first and second half would compare two different states.

In every trial the first window begins at a place of its own. If all trials repeat one stimulus,
windows that begin at the same places would carry its clock: rates that depend on the bin within a
window, by which a classifier distinguishes even real windows that begin elsewhere.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from neuroqgan.checks import plural, shorten
from neuroqgan.data.covariates.chosen import chosen_covariates
from neuroqgan.data.covariates.placing import trials_with, windows_with
from neuroqgan.data.cutting import cut
from neuroqgan.errors import NeuroqganWarning, RasterError
from neuroqgan.notebooks.card import card, table_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.covariates import Covariates
    from neuroqgan.data.covariates.chosen import Choice
    from neuroqgan.data.covariates.placing import Places
    from neuroqgan.raster import SpikeRaster

# Windows in a block of a recording without trials: long enough that few windows have a
# neighbour, and with it correlated activity, in the other part.
_WINDOWS_PER_BLOCK = 20

FEWEST_WINDOWS = 8
"""Per part; fewer say nothing about variability."""

# Bins per window; a single bin holds nothing about time.
_SHORTEST_WINDOW = 2


class SilentNeuronWarning(NeuroqganWarning):
    """A neuron of the recording never fires."""


@dataclass(frozen=True, repr=False)
class Split:
    """Windows of a recording in two parts that share no trial.

    Parameters
    ----------
    train
        Windows to learn from, shape ``(n_windows, n_bins, n_neurons)``.
    held_out
        Windows to be judged against, never seen in training, of the same bins and neurons.
    trials
        The whole trials that ``train`` was cut from, shape ``(n_trials, n_trial_bins,
        n_neurons)``: they hold what came before a window.
    held_out_trials
        The whole trials that ``held_out`` was cut from.
    train_places, held_out_places
        Where every window lies: its trial in the recording, and the first of its bins there, each
        of shape ``(n_windows,)``.
    is_aligned
        Whether a bin means the same time in every trial: false if a recording of a single trial
        was cut into blocks.
    covariates
        What was recorded beside the spikes, of all trials of the recording; None if nothing is
        used. See `with_covariates`. All four rasters know their part of them.
    recorded
        Those that the recording carries, used or not, of all trials; None if it carries none.
    n_recorded_bins
        Bins of a trial of the recording, before it was cut into blocks.
    n_left_out
        Trials of the recording that are in neither part; see
        `neuroqgan.data.validation.take_validation`.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> nq.split(nq.load("simulated"), n_bins=16)
    Split(2122 windows to train on, 2122 held out, 16 bins of 0.02 s, 8 neurons)
    """

    train: SpikeRaster
    held_out: SpikeRaster
    trials: SpikeRaster
    held_out_trials: SpikeRaster | None = None
    train_places: Places | None = None
    held_out_places: Places | None = None
    is_aligned: bool = False
    covariates: Covariates | None = None
    recorded: Covariates | None = None
    n_recorded_bins: int = 0
    n_left_out: int = 0

    def with_covariates(self, covariates: Choice) -> Split:
        """Return the same windows with other covariates.

        Parameters
        ----------
        covariates
            Of all trials of the recording, or the same for each of them, or a file with them;
            ``"trial-time"`` for the time in the trial; ``"recorded"`` for those that the recording
            carries; None or ``"none"`` for none. Those of a recording of a single trial are cut
            into blocks with it.

        Raises
        ------
        RasterError
            If they do not have the recording's trials and bins, or a column never changes in the
            trials to train on.
        RasterError
            If the time in the trial is asked for of a recording of a single trial, or recorded
            covariates of a recording that carries none.
        RecordingError
            If a file cannot be read.

        Examples
        --------
        >>> import neuroqgan as nq
        >>> parts = nq.split(nq.load("simulated"), n_bins=16)
        >>> parts.with_covariates("trial-time").covariates
        Covariates(trial-time; 500 bins, the same in all trials)
        >>> parts.with_covariates("recorded").covariates.names
        ('left', 'middle', 'right')
        """
        chosen, held_out = chosen_covariates(self, covariates), self.held_out_trials
        return replace(
            self,
            train=windows_with(self.train, chosen, self.train_places),
            held_out=windows_with(self.held_out, chosen, self.held_out_places),
            trials=trials_with(self.trials, chosen, self.train_places),
            held_out_trials=None
            if held_out is None
            else trials_with(held_out, chosen, self.held_out_places),
            covariates=chosen,
        )

    @property
    def n_trials(self) -> int:
        """Number of trials of the recording."""
        held_out = self.held_out_trials
        n_held_out = 0 if held_out is None else held_out.n_samples
        return self.trials.n_samples + n_held_out + self.n_left_out

    @property
    def n_bins(self) -> int:
        """Number of time bins per window."""
        return self.train.n_bins

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self.train.n_neurons

    @property
    def bin_width(self) -> float:
        """Width of a bin in seconds."""
        return self.train.bin_width

    def __repr__(self) -> str:
        return (
            f"Split({plural(self.train.n_samples, 'window')} to train on, "
            f"{self.held_out.n_samples} held out, {plural(self.n_bins, 'bin')} of "
            f"{self.bin_width:g} s, {plural(self.n_neurons, 'neuron')})"
        )

    def _repr_html_(self) -> str:
        parts = (("train", self.train), ("held out", self.held_out))
        rows = [
            (name, f"{part.n_samples:,}", f"{part.rates_hz.mean():.3g} Hz") for name, part in parts
        ]
        sizes = {
            "windows": f"{plural(self.n_bins, 'bin')} of {self.bin_width:g} s",
            "neurons": f"{self.n_neurons:,}",
            "covariates": self.covariates,
        }
        return card("Split", sizes, table=table_of(("part", "windows", "mean rate"), rows))


def split(recording: SpikeRaster, n_bins: int = 16, covariates: Choice = None) -> Split:
    """Cut a recording into windows: those of even trials to train on, those of odd ones held out.

    A window never straddles two trials. The first window of a trial begins at a place of its own,
    as far as that costs no more than one window. A recording of a single trial is first cut into
    consecutive blocks of at least 20 windows if it is long enough, and otherwise into two; then
    blocks alternate instead of trials.

    Parameters
    ----------
    recording
        The recording; its samples are the trials.
    n_bins
        Bins per window.
    covariates
        What was recorded beside the spikes; see `Split.with_covariates`. Those that the recording
        carries are only used if they are asked for, by ``"recorded"``.

    Raises
    ------
    RasterError
        If the recording has fewer than two neurons, or one of the parts has no spike.
    RasterError
        If the recording is too short for eight windows in each part.
    RasterError
        If the covariates do not have its trials and bins.

    Warns
    -----
    SilentNeuronWarning
        If some neuron never fires.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> recording = nq.load("simulated", neurons=slice(0, 4))
    >>> parts = nq.split(recording, n_bins=8)
    >>> parts.train
    SpikeRaster(4314 samples x 8 bins x 4 neurons, bin_width=0.02 s)
    """
    check_trainable(recording)
    trials = _cut_blocks(recording, n_bins) if recording.n_samples == 1 else recording
    _check_length(trials, n_bins)
    carried = trials.covariates
    learned, held_out = trials.take(slice(0, None, 2)), trials.take(slice(1, None, 2))
    train_windows, train_places = cut(learned, n_bins, 0)
    held_out_windows, held_out_places = cut(held_out, n_bins, 1)
    parts = Split(
        train=train_windows,
        held_out=held_out_windows,
        trials=learned,
        held_out_trials=held_out,
        train_places=train_places,
        held_out_places=held_out_places,
        is_aligned=recording.n_samples > 1,
        recorded=None if carried is None else carried.as_trials(),
        n_recorded_bins=recording.n_bins,
    )
    _check_spikes("The part of the recording to train on", parts.train.spikes)
    _check_spikes("The part of the recording that is held out", parts.held_out.spikes)
    return parts.with_covariates(covariates)


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
            hint="`neurons = 0:10`",
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


def _cut_blocks(recording: SpikeRaster, n_bins: int) -> SpikeRaster:
    n_windows = recording.n_bins // n_bins if n_bins >= 1 else 0
    if n_windows < 2 * FEWEST_WINDOWS:
        raise _too_short(recording, n_bins, windows_per_trial=2 * FEWEST_WINDOWS)
    n_blocks = max(2, n_windows // _WINDOWS_PER_BLOCK)
    return recording.windows(n_windows // n_blocks * n_bins)


def _check_length(trials: SpikeRaster, n_bins: int) -> None:
    held_out_trials = trials.n_samples // 2
    windows_per_trial = -(-FEWEST_WINDOWS // held_out_trials)
    if n_bins < 1 or trials.n_bins < windows_per_trial * n_bins:
        raise _too_short(trials, n_bins, windows_per_trial)


def _too_short(trials: SpikeRaster, n_bins: int, windows_per_trial: int) -> RasterError:
    longest = trials.n_bins // windows_per_trial
    # Of no bin at all, nothing needs to be offered.
    fits = longest >= _SHORTEST_WINDOW
    fitting = f"windows of at most {longest:,} bins, or " if fits else ""
    return RasterError(
        f"Windows of {n_bins} bins do not fit {FEWEST_WINDOWS} times into each half of the "
        "recording.",
        expected=f"{fitting}trials of at least {windows_per_trial * max(n_bins, 1):,} bins",
        got=f"windows of {n_bins} bins; {_counted(trials)}",
        hint=f"`bins = {min(16, longest)}`"
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
