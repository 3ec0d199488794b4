"""Validation trials: training trials that are left out of a training, to choose its settings by.

Whoever compares a hundred settings on the held-out trials and reports the best of them reports a
figure that is too good: those trials have been used. So settings are compared on trials that are
taken from the half to train on, and the held-out trials judge what was chosen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.data.split import FEWEST_WINDOWS, Split
from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.data.covariates.placing import Places
    from neuroqgan.raster import SpikeRaster


def take_validation(parts: Split, every: int) -> tuple[Split, Split]:
    """Leave every n-th training trial out of the training.

    Parameters
    ----------
    parts
        A recording, with its covariates.
    every
        One training trial in this many becomes a validation trial, from 2 on; spread over the
        recording, since recordings drift.

    Returns
    -------
    tuple of Split
        The recording with the remaining training trials, and the same held-out trials; and the same
        training trials with the validation trials in place of the held-out ones.

    Raises
    ------
    RasterError
        If either would have fewer than eight windows, or no spike.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> from neuroqgan.data.validation import take_validation
    >>> fitted, validation = take_validation(nq.split(nq.load("simulated"), n_bins=16), 5)
    >>> fitted.train.n_samples, validation.held_out.n_samples, fitted.held_out.n_samples
    (1698, 424, 2122)
    """
    n = parts.trials.n_samples
    is_chosen = np.arange(n) % every == every // 2
    trials, places = parts.trials, parts.train_places
    if places is None:
        raise RasterError(
            "Validation trials need windows whose trials are known.",
            expected="a split of a recording, as `neuroqgan.split` makes it",
            got="windows alone",
        )
    is_window_chosen = np.isin(places[0], np.unique(places[0])[is_chosen])
    fitted = replace(
        parts,
        train=parts.train.take(np.flatnonzero(~is_window_chosen)),
        trials=trials.take(np.flatnonzero(~is_chosen)),
        train_places=_of(places, ~is_window_chosen),
        n_left_out=parts.n_left_out + int(is_chosen.sum()),
    )
    held_out = parts.held_out_trials
    validation = replace(
        fitted,
        held_out=parts.train.take(np.flatnonzero(is_window_chosen)),
        held_out_trials=trials.take(np.flatnonzero(is_chosen)),
        held_out_places=_of(places, is_window_chosen),
        n_left_out=parts.n_left_out + (0 if held_out is None else held_out.n_samples),
    )
    _check(fitted.train, "remain to train on", every, n)
    _check(validation.held_out, "are left to choose settings by", every, n)
    return fitted, validation


def _of(places: Places, chosen: NDArray[np.bool_]) -> Places:
    return places[0][chosen], places[1][chosen]


def _check(windows: SpikeRaster, what: str, every: int, n_trials: int) -> None:
    if windows.n_samples < FEWEST_WINDOWS or not windows.spikes.any():
        raise RasterError(
            f"With one validation trial in {every}, too few windows {what}.",
            expected=f"{FEWEST_WINDOWS} windows or more, with spikes",
            got=f"{plural(windows.n_samples, 'window')} with "
            f"{plural(int(windows.spikes.sum()), 'spike')}, of "
            f"{plural(n_trials, 'training trial')}",
            hint="another `validation_every`, or a longer recording",
        )
