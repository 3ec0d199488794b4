"""Rates in free run: what the likelihood of single bins leaves off, put right afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.history import HistoryGenerator

_ROUNDS = 12
_SAMPLES, _BINS = 3000, 100
# Rates go about with the square of the rotation's sine, and so with twice the drive; spikes that
# lead to spikes add to that.
_STEP = 0.3
_LEAST = 1e-5
# Rotations after the first may hold a rate up however low the threshold; it is not chased further.
_FARTHEST = 1.5
_STREAM = 303


def correct_rates(generator: HistoryGenerator, rates: NDArray[np.float64], seed: int) -> None:
    """Shift thresholds until neurons fire in free run as often as in the recording.

    Learning from recorded pasts matches rates given those pasts. In free run the past is the
    generator's own, where small errors of all neurons add up. A neuron's threshold has the most
    direct effect on its rate, so thresholds are moved by a share of the error of the logarithm of
    the rate, and the shares fall as in stochastic approximation (Robbins and Monro, Ann. Math.
    Stat. 22, 400 (1951)).

    Parameters
    ----------
    generator
        Trained; its thresholds are changed.
    rates
        Firing probability a bin of the recording, ``(n_neurons,)``.
    seed
        Of the free runs.
    """
    wanted = np.log(np.maximum(rates, _LEAST))
    trained = generator.threshold.detach().clone()
    for i in range(_ROUNDS):
        source = np.random.SeedSequence([seed, _STREAM, i])
        found = generator.sample(_SAMPLES, _BINS, source).mean((0, 1))
        error = np.log(np.maximum(found, _LEAST)) - wanted
        shift = _STEP * min(1.0, 4 / (i + 1)) * error
        with torch.no_grad():
            moved = generator.threshold - torch.from_numpy(shift).float()
            generator.threshold.copy_(moved.clamp(trained - _FARTHEST, trained + _FARTHEST))
