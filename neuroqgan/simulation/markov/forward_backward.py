"""The forward and backward passes of hidden Markov models (Rabiner, Proc. IEEE 77, 257 (1989)).

`smooth` takes many trials of one chain at a time, as matrix products in double precision: that is
how a model is fitted. The kernels `forward` and `backward` take emissions in single precision, and
chains that may differ between stretches, and return derivatives: that is how weights are trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np

from neuroqgan import checks
from neuroqgan.simulation.statevector.amplitudes import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Smoothed:
    """What trials say about the path of a latent.

    Parameters
    ----------
    posterior
        Probability of every value given the whole trial, ``(n_bins, n_trials, n_values)``.
    moved
        Expected number of times that one value followed another, ``(n_values, n_values)``.
    log_likelihood
        Natural logarithm, summed over trials.
    """

    posterior: Doubles
    moved: Doubles
    log_likelihood: float


def smooth(emitted: Doubles, transition_matrix: Doubles) -> Smoothed:
    """Return the posterior of a latent that begins with any value equally likely.

    Parameters
    ----------
    emitted
        Probability of what was seen for every value of the latent, up to a factor for each bin,
        ``(n_bins, n_trials, n_values)``.
    transition_matrix
        Probability of the next value by rows, ``(n_values, n_values)``.

    Raises
    ------
    InputError
        If the number of values differs between the two.

    Examples
    --------
    >>> found = smooth(np.array([[[0.9, 0.1]], [[0.5, 0.5]]]), np.eye(2))
    >>> found.posterior[:, 0, 0].round(3).tolist()
    [0.9, 0.9]
    """
    n_bins, n_trials, n_values = emitted.shape
    checks.shape("transition_matrix", transition_matrix.shape, now=n_values, next=n_values)
    ahead_of = np.full((n_trials, n_values), 1 / n_values)
    filtered = np.empty((n_bins, n_trials, n_values))
    scale = np.empty((n_bins, n_trials, 1))
    for t in range(n_bins):
        joint = ahead_of * emitted[t]
        scale[t] = joint.sum(1, keepdims=True)
        filtered[t] = joint / scale[t]
        ahead_of = filtered[t] @ transition_matrix
    moves = np.zeros((n_values, n_values))
    behind = np.ones((n_trials, n_values))
    posterior = np.empty_like(filtered)
    posterior[-1] = filtered[-1]
    for t in range(n_bins - 2, -1, -1):
        ahead = emitted[t + 1] * behind / scale[t + 1]
        moves += filtered[t].T @ ahead
        behind = ahead @ transition_matrix.T
        posterior[t] = filtered[t] * behind
    return Smoothed(posterior, transition_matrix * moves, float(np.log(scale).sum()))


@jit(parallel=True)
def forward(
    emitted: Floats, transition_matrices: Floats, start: Floats
) -> tuple[Floats, Floats, Any]:
    """Sum over all paths, from the first bin to the last.

    Weights are scaled in every bin, and sums are in double precision.

    Parameters
    ----------
    emitted
        Probability of what was seen for every value of the latent, above zero,
        ``(n_stretches, n_bins, n_values)``.
    transition_matrices
        Probability of the next value by rows, ``(n_stretches, n_values, n_values)``, or one for
        all, ``(1, n_values, n_values)``.
    start
        Probability of the first value, ``(n_stretches, n_values)``.

    Returns
    -------
    tuple of numpy.ndarray
        Log likelihoods, ``(n_stretches,)``; probability of every value given the bins up to its
        own, in the shape of ``emitted``; probability of every bin given those before it,
        ``(n_stretches, n_bins)``, in double precision.
    """
    n_stretches, n_bins, n_values = emitted.shape
    total = np.empty(n_stretches, np.float32)
    filtered = np.empty((n_stretches, n_bins, n_values), np.float32)
    weight = np.empty((n_stretches, n_bins), np.float64)
    step = 1 if len(transition_matrices) > 1 else 0
    for s in nb.prange(n_stretches):
        own = transition_matrices[np.int64(s) * step]
        before = np.empty(n_values, np.float64)
        after = np.empty(n_values, np.float64)
        before[:] = start[s]
        log_weight = 0.0
        for t in range(n_bins):
            here = 0.0
            for i in range(n_values):
                before[i] *= emitted[s, t, i]
                here += before[i]
            after[:] = 0
            for i in range(n_values):
                share = before[i] / here
                filtered[s, t, i] = share
                for j in range(n_values):
                    after[j] += share * own[i, j]
            weight[s, t] = here
            log_weight += np.log(here)
            before[:] = after
        total[s] = log_weight
    return total, filtered, weight


@jit(parallel=True)
def backward(
    emitted: Floats,
    transition_matrices: Floats,
    start: Floats,
    filtered: Floats,
    weight: Any,
    cotangent: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Pull derivatives by log likelihoods back to what `forward` was given.

    Parameters
    ----------
    emitted, transition_matrices, start
        As in `forward`.
    filtered, weight
        The second and third of what `forward` returned.
    cotangent
        Derivative by every log likelihood, ``(n_stretches,)``.

    Returns
    -------
    tuple of numpy.ndarray
        Derivatives by ``emitted`` and ``start``, in their shapes, in the first and last place;
        between them those by the transitions of every stretch,
        ``(n_stretches, n_values, n_values)``.
    """
    n_stretches, n_bins, n_values = emitted.shape
    by_emitted = np.empty(emitted.shape, np.float32)
    by_transition = np.empty((n_stretches, n_values, n_values), np.float32)
    by_start = np.empty(start.shape, np.float32)
    step = 1 if len(transition_matrices) > 1 else 0
    for s in nb.prange(n_stretches):
        own = transition_matrices[np.int64(s) * step]
        slope = cotangent[s]
        # What follows a bin makes its values more or less likely by so much.
        ahead = np.ones(n_values, np.float64)
        here = np.empty(n_values, np.float64)
        moves = np.zeros((n_values, n_values), np.float64)
        expected = np.empty(n_values, np.float64)
        for t in range(n_bins - 1, -1, -1):
            if t > 0:
                expected[:] = 0
                for i in range(n_values):
                    for j in range(n_values):
                        expected[j] += filtered[s, t - 1, i] * own[i, j]
            else:
                expected[:] = start[s]
            for j in range(n_values):
                ahead[j] /= weight[s, t]
                by_emitted[s, t, j] = slope * expected[j] * ahead[j]
                here[j] = emitted[s, t, j] * ahead[j]
            if t > 0:
                for i in range(n_values):
                    back = 0.0
                    for j in range(n_values):
                        back += own[i, j] * here[j]
                        moves[i, j] += filtered[s, t - 1, i] * here[j]
                    ahead[i] = back
        for i in range(n_values):
            by_start[s, i] = slope * here[i]
            for j in range(n_values):
                by_transition[s, i, j] = slope * moves[i, j]
    return by_emitted, by_transition, by_start
