"""Maximum entropy models of few neurons, by enumeration of all patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.errors import TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.evaluation.classical.features import Features

    Floats = NDArray[np.float64]
    Vector = np.ndarray[tuple[int], np.dtype[np.float64]]

MOST_NEURONS = 12
"""Number of neurons up to which all patterns are enumerated."""

_TOLERANCE = 1e-7
_MOST_STEPS = 500


def all_patterns(n_neurons: int) -> NDArray[np.bool_]:
    """Return all patterns, ``(2**n_neurons, n_neurons)``; neuron i is bit i of the index."""
    return (np.arange(2**n_neurons)[:, None] >> np.arange(n_neurons) & 1).astype(bool)


def pattern_probabilities(features: Features, parameters: Floats) -> Floats:
    """Return the probability of each of `all_patterns`, ``(2**n_neurons,)``."""
    return _softmax(features.of(all_patterns(features.n_neurons)) @ parameters)


def fit_exactly(features: Features, means: Floats, penalty: float) -> Floats:
    """Find the parameters whose mean features are those given.

    Newton's method with a trust region on the convex dual. The penalty on squares keeps the
    parameters of features that were never seen finite, and selects one of the equivalent
    solutions if features depend on each other.

    Parameters
    ----------
    features
        The features whose means the model reproduces.
    means
        Mean features of the recording, ``(n_features,)``.
    penalty
        Weight of half the squared parameters; each mean is missed by this times its parameter.

    Returns
    -------
    ndarray
        Parameters, ``(n_features,)``.

    Raises
    ------
    TrainingError
        If the means are not reached.
    """
    from scipy.optimize import minimize

    values = features.of(all_patterns(features.n_neurons)).astype(np.float64)

    def loss(parameters: Vector) -> tuple[float, Floats]:
        energy = values @ parameters
        top = energy.max()
        weights = np.exp(energy - top)
        total = weights.sum()
        gradient = weights @ values / total - means + penalty * parameters
        log_partition = top + np.log(total)
        squares = penalty / 2 * parameters @ parameters
        return float(log_partition - parameters @ means + squares), gradient

    def curvature(parameters: Vector) -> Floats:
        probability = _softmax(values @ parameters)
        mean = probability @ values
        second = values.T @ (probability[:, None] * values) - np.outer(mean, mean)
        matrix: Floats = second + penalty * np.eye(len(means))
        return matrix

    options: Any = {"gtol": _TOLERANCE, "maxiter": _MOST_STEPS}
    found = minimize(
        loss,
        np.zeros(len(means)),
        jac=True,
        hess=curvature,
        method="trust-exact",
        options=options,
    )
    missed = float(np.abs(found.jac).max())
    # In float64 the loss may stop changing a little before the gradient is that small.
    if not missed < 100 * _TOLERANCE:
        raise TrainingError(
            "The maximum entropy model does not reproduce the recording's moments.",
            expected=f"mean features within {100 * _TOLERANCE:g}",
            got=f"{missed:.2g} after {found.nit} steps",
        )
    return np.asarray(found.x, np.float64)


def _softmax(energy: Floats) -> Floats:
    weights = np.exp(energy - energy.max())
    normalised: Floats = weights / weights.sum()
    return normalised
