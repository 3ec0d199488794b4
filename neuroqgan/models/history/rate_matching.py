"""Thresholds that give free runs the recorded firing rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.models.drive.threshold import drive_of_rate
from neuroqgan.models.history.free_run import free_run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.history.generator import HistoryGenerator
    from neuroqgan.seeding import Seed

_ROUNDS = 4
# A threshold moves at most so many times further than the rate that it is to change.
_MOST_GAIN = 4.0
# Spikes of so many bins, so that the rates of runs are known as well as those of a recording.
_BINS = 1_000_000


def match_rates(
    generator: HistoryGenerator,
    rates: NDArray[np.float64],
    covariates: CovariateWindows,
    n_bins: int,
    seed: Seed,
) -> None:
    """Move thresholds until free runs have given rates.

    The likelihood makes mean rates right only if the model can be: an angle is no canonical link,
    so a neuron whose rate follows the covariates less well than others ends up a few percent too
    low or too high.

    Parameters
    ----------
    generator
        Trained; its thresholds are changed in place.
    rates
        Wanted spike probabilities per bin, shape ``(n_neurons,)``; neurons that never fire keep
        their thresholds.
    covariates
        Of trials; runs are given them in turn.
    n_bins
        Bins of a trial.
    seed
        The same seed gives the same thresholds. All rounds draw the same random numbers, so that
        noise does not decide what is changed.
    """
    n_runs = max(covariates.n_samples, -(-_BINS // n_bins))
    seen = covariates.take(np.arange(n_runs) % covariates.n_samples)
    wanted = drive_of_rate(rates)
    before, change = np.zeros_like(wanted), np.zeros_like(wanted)
    for _ in range(_ROUNDS):
        found = drive_of_rate(free_run(generator, n_runs, 0, (0, n_bins), seed, seen).mean((0, 1)))
        # A secant: a neuron that the covariates drive hard moves less than its threshold does.
        moved = np.where(change == 0, 1.0, found - before)
        ratio = np.where(change == 0, 1.0, change) / np.where(moved == 0, 1.0, moved)
        gain = np.clip(ratio, 1.0, _MOST_GAIN)
        before, change = found, np.where(rates > 0, gain * (wanted - found), 0.0)
        with torch.no_grad():
            generator.threshold.weight.add_(torch.from_numpy(change).float())
