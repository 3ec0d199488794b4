"""Maximum entropy models of many neurons, by Gibbs sampling with persistent chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.evaluation.classical.features import Features, Potentials

    Floats = NDArray[np.float64]

_N_CHAINS = 20_000
_SWEEPS = 2
_STEPS = 20  # per round; the parameters are averaged over its second half
_CHECKS = 10
_MOST_ROUNDS = 20
_LARGEST_STEP = 0.5
_RIDGE = 0.05
_SEEN = 20_000  # bins that the preconditioner is estimated from


def gibbs(
    potentials: Potentials,
    patterns: NDArray[np.bool_],
    n_sweeps: int,
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """Redraw every neuron of every pattern, given the others.

    Parameters
    ----------
    potentials
        Parameters of the model.
    patterns
        Present states of the chains, ``(n_chains, n_neurons)``; not modified.
    n_sweeps
        How often every neuron is redrawn.
    random
        Source of the draws.

    Returns
    -------
    ndarray
        New states, ``(n_chains, n_neurons)``.
    """
    # One row per neuron: what a draw reads and writes is contiguous.
    spikes = np.ascontiguousarray(patterns.T).astype(np.float32)
    counts = spikes.sum(0).astype(np.intp)
    couplings = potentials.couplings.astype(np.float32)
    added = np.diff(potentials.by_count).astype(np.float32)
    for _ in range(n_sweeps):
        for i, field in enumerate(potentials.fields):
            counts -= spikes[i].astype(np.intp)
            energy = couplings[i] @ spikes + np.float32(field) + added[counts]
            # A spike has probability 1 / (1 + exp(-energy)).
            drawn = random.random(len(counts), np.float32)
            new = drawn * (1 + np.exp(-np.clip(energy, -80, 80))) < 1
            spikes[i] = new
            counts += new
    return spikes.T > 0


def fit_by_gibbs_chains(
    features: Features,
    patterns: NDArray[np.bool_],
    penalty: float,
    random: np.random.Generator,
) -> Floats:
    """Find parameters whose mean features are within sampling error of those of patterns.

    Chains that are never restarted follow the parameters (Tieleman, ICML 2008). A step is the
    deviation of the means, divided by the covariance of the features in the recording, which is
    the curvature at the solution. After every round the parameters are averaged over its second
    half and held, and the means of further draws are compared with the recording's.

    Parameters
    ----------
    features
        The features whose means the model reproduces.
    patterns
        Bins of the recording, ``(n_patterns, n_neurons)``.
    penalty
        See `neuroqgan.evaluation.classical.enumeration.fit_exactly`.
    random
        Source of the chains' starts and draws.

    Returns
    -------
    ndarray
        Parameters, ``(n_features,)``.

    Raises
    ------
    TrainingError
        If the mean features do not come within sampling error.
    """
    from scipy.linalg import cho_factor, cho_solve

    n = len(patterns)
    target = features.means(patterns)
    # The mean of a feature that was never seen is uncertain by about one observation.
    variance = np.maximum(target * (1 - target), 1 / n)
    seen = features.of(patterns[random.permutation(n)[:_SEEN]])
    covariance = np.cov(seen.T, dtype=np.float32).astype(np.float64)
    factor = cho_factor(covariance + np.diag(_RIDGE * variance + 1 / n))
    rate = np.clip(patterns.mean(0), 1 / n, 1 - 1 / n)
    parameters = np.zeros(features.n_features)
    parameters[: features.n_neurons] = np.log(rate / (1 - rate))
    chains = random.random((_N_CHAINS, features.n_neurons)) < rate
    # Both sides of the comparison are estimates.
    error = np.sqrt(variance * (1 / n + 1 / (_CHECKS * _N_CHAINS)))
    deviation = np.inf
    for i in range(_MOST_ROUNDS):
        kept = np.zeros_like(parameters)
        for step in range(_STEPS):
            chains = gibbs(features.potentials(parameters), chains, _SWEEPS, random)
            missing = target - features.means(chains) - penalty * parameters
            change = cho_solve(factor, missing) / (1 + i)
            parameters = parameters + change * min(
                1.0, _LARGEST_STEP / max(np.abs(change).max(), 1e-12)
            )
            if step >= _STEPS // 2:
                kept += parameters / (_STEPS - _STEPS // 2)
        parameters = kept
        reached = np.zeros_like(target)
        for _ in range(_CHECKS):
            chains = gibbs(features.potentials(parameters), chains, _SWEEPS, random)
            reached += features.means(chains) / _CHECKS
        gap = target - reached - penalty * parameters
        deviation = float(np.sqrt(np.mean((gap / error) ** 2)))
        if deviation <= 1:
            return parameters
    raise TrainingError(
        "The maximum entropy model does not reproduce the recording's moments.",
        expected="mean features within their standard errors",
        got=f"{deviation:.2g} standard errors off after {_MOST_ROUNDS} rounds",
        hint="use fewer neurons",
    )
