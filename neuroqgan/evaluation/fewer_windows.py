"""Windows by which a large raster is judged: some of them, drawn at random, are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.reference import Reference

if TYPE_CHECKING:
    from neuroqgan.evaluation.judges.folds import Trials
    from neuroqgan.raster import SpikeRaster

_FEWEST, _MOST = 4_000, 20_000
# The bootstrap keeps several numbers for every window and pair of neurons.
_PAIRS = 50_000_000


def most_windows(n_neurons: int) -> int:
    """Return how many windows of each kind a raster is judged by, at most.

    Errors of statistics fall with the square root of the number of windows, while time and memory
    grow with it, and with the pairs of neurons.

    Parameters
    ----------
    n_neurons
        Number of neurons.

    Examples
    --------
    >>> most_windows(10), most_windows(50), most_windows(100)
    (20000, 20000, 5000)
    """
    return int(np.clip(_PAIRS // n_neurons**2, _FEWEST, _MOST))


def fewer_windows(
    raster: SpikeRaster, trials: Trials | None, most: int, random: np.random.Generator
) -> tuple[SpikeRaster, Trials | None]:
    """Return some windows of a raster, in their order, and their trials; all if they are few.

    Parameters
    ----------
    raster
        Its samples are windows.
    trials
        Of every window, if known.
    most
        How many windows to keep at most.
    random
        Draws them.
    """
    if raster.n_samples <= most:
        return raster, trials
    chosen = np.sort(random.choice(raster.n_samples, most, replace=False))
    return raster.take(chosen), None if trials is None else np.asarray(trials)[chosen]


def fewer_real_windows(reference: Reference, most: int, random: np.random.Generator) -> Reference:
    """Return the same reference with some of its windows; see `fewer_windows`."""
    held_out, held_out_trials = fewer_windows(
        reference.held_out, reference.held_out_trials, most, random
    )
    if reference.training is None:
        return Reference(held_out, None, held_out_trials)
    training, training_trials = fewer_windows(
        reference.training, reference.training_trials, most, random
    )
    return Reference(held_out, training, held_out_trials, training_trials)
