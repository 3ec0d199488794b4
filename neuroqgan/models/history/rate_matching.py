"""Thresholds that give free runs the recorded firing rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.models.drive.rate_steps import RateSteps
from neuroqgan.models.history.free_run import free_run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.history.generator import HistoryGenerator
    from neuroqgan.seeding import Seed

_ROUNDS = 4
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
    steps = RateSteps(rates)
    for _ in range(_ROUNDS):
        found = free_run(generator, n_runs, 0, (0, n_bins), seed, seen).mean((0, 1))
        generator.threshold.add(steps.change(found))
